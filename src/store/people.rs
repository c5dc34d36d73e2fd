//! Contacts and persons.

use anyhow::Result;
use rusqlite::{Row, ToSql};

use super::Reader;
use super::sql_types::Json;
use super::table::Table;
use crate::domain::text;
use crate::domain::things::{Contact, Person};

impl Table for Person {
    const NOUN: &'static str = "person";
    const FIND: &'static str = "SELECT id, email, name FROM person WHERE id = ?1";
    const INSERT: &'static str = "INSERT INTO person (id, email, email_key, name, fold) VALUES (?1, ?2, ?3, ?4, ?5)";
    const UPDATE: &'static str = "UPDATE person SET email = ?2, email_key = ?3, name = ?4, fold = ?5 WHERE id = ?1";
    const DELETE: &'static str = "DELETE FROM person WHERE id = ?1";

    fn read(row: &Row<'_>) -> rusqlite::Result<Person> {
        Ok(Person { id: row.get(0)?, email: row.get(1)?, name: row.get(2)? })
    }

    fn bind(&self, write: &mut dyn FnMut(&[&dyn ToSql]) -> rusqlite::Result<usize>) -> rusqlite::Result<usize> {
        let fold = text::fold(&format!("{} {}", self.name, self.email));
        write(&[&self.id, &self.email, &text::email_key(&self.email), &self.name, &fold])
    }

    fn id(&self) -> impl ToSql + '_ {
        self.id
    }
}

impl Table for Contact {
    const NOUN: &'static str = "contact";
    const FIND: &'static str = "SELECT id, name, email, status, labels, notes FROM contact WHERE id = ?1";
    const INSERT: &'static str =
        "INSERT INTO contact (id, name, email, email_key, status, labels, notes, fold) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    const UPDATE: &'static str =
        "UPDATE contact SET name = ?2, email = ?3, email_key = ?4, status = ?5, labels = ?6, notes = ?7, fold = ?8 WHERE id = ?1";
    const DELETE: &'static str = "DELETE FROM contact WHERE id = ?1";

    fn read(row: &Row<'_>) -> rusqlite::Result<Contact> {
        Ok(Contact {
            id: row.get(0)?,
            name: row.get(1)?,
            email: row.get(2)?,
            status: row.get(3)?,
            labels: row.get::<_, Json<_>>(4)?.0,
            notes: row.get(5)?,
        })
    }

    fn bind(&self, write: &mut dyn FnMut(&[&dyn ToSql]) -> rusqlite::Result<usize>) -> rusqlite::Result<usize> {
        let key = self.email.as_deref().map(text::email_key);
        let fold = text::fold(&format!("{} {}", self.name, self.email.as_deref().unwrap_or_default()));
        write(&[&self.id, &self.name, &self.email, &key, &self.status, &Json(&self.labels), &self.notes, &fold])
    }

    fn id(&self) -> impl ToSql + '_ {
        self.id
    }
}

impl Reader<'_> {
    pub fn person_by_email(self, email: &str) -> Result<Option<Person>> {
        self.one("SELECT id, email, name FROM person WHERE email_key = ?1", [text::email_key(email)])
    }

    pub fn contact_by_email(self, email: &str) -> Result<Option<Contact>> {
        self.one("SELECT id, name, email, status, labels, notes FROM contact WHERE email_key = ?1", [text::email_key(email)])
    }

    /// The contact without an e-mail that has exactly this name.
    pub fn contact_by_name(self, name: &str) -> Result<Option<Contact>> {
        self.one("SELECT id, name, email, status, labels, notes FROM contact WHERE name = ?1 AND email IS NULL", [name])
    }

    /// Contacts whose name is exactly this, with or without an e-mail; two at most.
    pub fn contacts_named(self, name: &str) -> Result<Vec<Contact>> {
        // `fold` begins with the name in Latin letters, whatever follows it.
        self.many(
            "SELECT id, name, email, status, labels, notes FROM contact
             WHERE fold >= ?1 AND fold < ?1 || x'f48fbfbf' AND name = ?2 LIMIT 2",
            (text::latin(name), name),
        )
    }

    /// Calls `each` with every person, by address.
    pub fn each_person(self, each: impl FnMut(Person) -> Result<()>) -> Result<()> {
        self.each("SELECT id, email, name FROM person ORDER BY email_key", each)
    }

    /// Calls `each` with every contact, by address and name.
    pub fn each_contact(self, each: impl FnMut(Contact) -> Result<()>) -> Result<()> {
        self.each("SELECT id, name, email, status, labels, notes FROM contact ORDER BY email_key, name, id", each)
    }
}
