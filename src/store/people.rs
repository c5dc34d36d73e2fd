//! Contacts and persons.

use anyhow::Result;
use rusqlite::OptionalExtension;

use super::Reader;
use super::page::Listed;
use super::table::table;
use crate::domain::contact::Contact;
use crate::domain::ids::PersonId;
use crate::domain::text;
use crate::domain::things::Person;

table! {
    Person in "person", it:
    id, email, name;
    email_key = text::email_key(&it.email),
    fold = text::fold(&format!("{} {}", it.name, it.email))
}

table! {
    Contact in "contact", it:
    id, name, email, phone, status, labels as Json, notes;
    email_key = it.email.as_deref().map(text::email_key),
    fold = text::fold(&format!("{} {}", it.name, it.email.as_deref().unwrap_or_default()))
}

impl Listed for Person {
    const NAME: &'static str = "email_key";
}

impl Listed for Contact {
    const NAME: &'static str = "email_key";
}

impl Reader<'_> {
    pub fn person_by_email(self, email: &str) -> Result<Option<Person>> {
        self.one("WHERE email_key = ?1", [text::email_key(email)])
    }

    /// The address of a person, without reading the rest of them.
    pub fn email_of(self, id: PersonId) -> Result<Option<String>> {
        Ok(self.conn.prepare_cached("SELECT email FROM person WHERE id = ?1")?.query_row([id], |row| row.get(0)).optional()?)
    }

    pub fn contact_by_email(self, email: &str) -> Result<Option<Contact>> {
        self.one("WHERE email_key = ?1", [text::email_key(email)])
    }

    /// The contact without an e-mail that has exactly this name.
    pub fn contact_by_name(self, name: &str) -> Result<Option<Contact>> {
        self.one("WHERE name = ?1 AND email IS NULL", [name])
    }

    /// Contacts whose name is exactly this, with or without an e-mail; two at most.
    pub fn contacts_named(self, name: &str) -> Result<Vec<Contact>> {
        // `fold` begins with the name in Latin letters, whatever follows it.
        self.many("WHERE fold >= ?1 AND fold < ?1 || x'f48fbfbf' AND name = ?2 LIMIT 2", (text::latin(name), name))
    }

    /// Calls `each` with every person, by address.
    pub fn each_person(self, each: impl FnMut(Person) -> Result<()>) -> Result<()> {
        self.each("ORDER BY email_key", each)
    }

    /// The same by their numbers, which is how they lie in the file.
    pub fn each_person_by_number(self, each: impl FnMut(Person) -> Result<()>) -> Result<()> {
        self.each("ORDER BY id", each)
    }

    /// Calls `each` with every contact, by address and name.
    pub fn each_contact(self, each: impl FnMut(Contact) -> Result<()>) -> Result<()> {
        self.each("ORDER BY email_key, name, id", each)
    }
}
