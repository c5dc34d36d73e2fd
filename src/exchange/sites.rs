//! Sites in a table, a row for each; what a row does not say stays as it is.

use std::collections::{HashMap, HashSet};

use anyhow::{Context, Result};

use super::steps::{self, Steps, wrong};
use super::table::{self, Faults, Mapping, Table, at};
use crate::command::Command;
use crate::command::import::ImportError;
use crate::domain::policy::Policy;
use crate::domain::record::{PersonRecord, Record, SiteRecord};
use crate::domain::text;
use crate::domain::things::{Host, Person, SiteStatus};
use crate::facts::Reader;
use crate::query::records;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Key,
    Name,
    Url,
    Platform,
    Folder,
    Owner,
    Host,
    Apps,
    Status,
    Editor,
}

const HEADERS: &[(Field, &[&str])] = &[
    (Field::Key, &["key", "site", "site key"]),
    (Field::Name, &["name", "site name", "title"]),
    (Field::Url, &["url", "address", "domain", "website", "site url"]),
    (Field::Platform, &["platform"]),
    (Field::Folder, &["folder"]),
    (Field::Owner, &["owner", "owner email"]),
    (Field::Host, &["host"]),
    (Field::Apps, &["apps", "app", "installed apps"]),
    (Field::Status, &["status"]),
    (Field::Editor, &["editor"]),
];

fn known(pattern: &str) -> Option<Field> {
    HEADERS.iter().find(|(_, headers)| headers.contains(&pattern)).map(|(field, _)| *field)
}

/// Whether this may be such a table: contacts have names, addresses and a status, too.
pub(super) fn are_in(text: &str) -> bool {
    let fields = table::fields(text, known);
    let is_told = |it: &Field| matches!(it, Field::Key | Field::Platform | Field::Owner | Field::Host | Field::Apps | Field::Editor);
    fields.iter().any(is_told) && fields.iter().any(|it| matches!(it, Field::Key | Field::Name))
}

/// What the table asks for in this workspace. Owners who are not there may be among those who come with another file:
/// they come first.
///
/// # Errors
/// Names the line, where no row can be told from the next.
pub fn steps(db: Reader<'_>, policy: &Policy, text: &str, mappings: &[Mapping], coming: &[PersonRecord]) -> Result<Steps, ImportError> {
    let table = Table::open(text, known, mappings)?;
    if !table.columns.iter().any(|it| matches!(it.field, Some(Field::Key | Field::Name))) {
        let sentence =
            format!("no column has a site's key or name; the first line is: {}. Say which with --column \"name=HEADER\"", table.listed());
        return Err(at(table.line(), sentence));
    }
    let mut found = Steps { notes: table.notes.clone(), ..Steps::default() };
    found.notes.extend(steps::left_out(&table.columns));
    let owner = db.find::<Person>(policy.owner)?.context("the account owner is there")?.email;
    let coming = coming.iter().map(|it| (text::email_key(&it.email), it)).collect();
    let mut desk = Desk { db, owner, coming, come: Vec::new(), came: HashSet::new() };
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut faults = Faults::default();
    table.each(&mut faults, |line, row| {
        let said = steps::said(&table.columns, row);
        let (key, command) = desk.step(&said).map_err(|error| at(line, format!("{error:#}")))?;
        if let Some(first) = seen.insert(key.clone(), line) {
            return Err(at(line, format!("the site `{}` stands on line {first} already", text::display(&key))));
        }
        let come = std::mem::take(&mut desk.come);
        desk.came.extend(come.iter().map(|it| text::email_key(&it.email)));
        let come = come.into_iter().map(|it| Command::Add(Record::Person(it)));
        found.commands.extend(come.chain(command).map(|it| (line, it)));
        Ok(())
    })?;
    found.faults = faults;
    Ok(found)
}

/// What is known while the rows are taken one after the other.
struct Desk<'a> {
    db: Reader<'a>,
    /// Whose a site is that has no other owner.
    owner: String,
    /// By address who comes with another file.
    coming: HashMap<String, &'a PersonRecord>,
    /// Who has to come for the row at hand, and by address who came for those before it.
    come: Vec<PersonRecord>,
    came: HashSet<String>,
}

impl Desk<'_> {
    /// Adds a site, or brings one that is there to what the row says; nothing where it is so.
    fn step(&mut self, said: &[(Field, &str, String)]) -> Result<(String, Option<Command>)> {
        self.come.clear();
        let text = |wanted: Field| said.iter().find(|it| it.0 == wanted).map(|it| it.2.as_str());
        let key = text(Field::Key).map(str::to_owned).or_else(|| text(Field::Name).map(text::key_from)).unwrap_or_default();
        anyhow::ensure!(!key.is_empty(), "there is neither a key nor a name that makes one");
        if let Some(before) = self.db.site_by_key(&key)?.map(|it| records::site(self.db, &it)).transpose()? {
            let mut after = before.clone();
            said.iter().try_for_each(|it| self.set(&mut after, it))?;
            let command = (after != before).then_some(Command::Edit { before: Record::Site(before), after: Record::Site(after) });
            return Ok((key, command));
        }
        let mut new = SiteRecord {
            name: key.clone(),
            key: key.clone(),
            url: String::new(),
            platform: "wix".to_owned(),
            folder: None,
            owner: self.owner.clone(),
            host: Host::Owner,
            apps: Vec::new(),
            status: SiteStatus::default(),
            editor: None,
        };
        said.iter().try_for_each(|it| self.set(&mut new, it))?;
        Ok((key, Some(Command::Add(Record::Site(new)))))
    }

    fn set(&mut self, site: &mut SiteRecord, (field, header, text): &(Field, &str, String)) -> Result<()> {
        let no = |what: &str, words: &[&str]| {
            anyhow::anyhow!(wrong(header, format!("no {what} `{}`; there are: {}", text::display(text), words.join(", "))))
        };
        let named = |error: anyhow::Error| anyhow::anyhow!(wrong(header, format!("{error:#}")));
        match field {
            Field::Key => site.key.clone_from(text),
            Field::Name => site.name.clone_from(text),
            Field::Url => site.url.clone_from(text),
            Field::Platform => site.platform = text.to_lowercase(),
            Field::Folder => site.folder = Some(self.db.the_folder(text).map_err(named)?.key),
            Field::Owner => site.owner = self.owner_of(text).map_err(named)?,
            Field::Host => site.host = Host::parse(&text.to_lowercase()).ok_or_else(|| no("host", &["agency", "owner"]))?,
            Field::Apps => {
                site.apps = steps::several(text).map(str::to_owned).collect();
                site.apps.sort();
                site.apps.dedup();
            }
            Field::Status => {
                let words: Vec<&str> = SiteStatus::ALL.iter().map(|it| it.as_str()).collect();
                site.status = SiteStatus::parse(&text.to_lowercase()).ok_or_else(|| no("status", &words))?;
            }
            Field::Editor => site.editor = Some(text.clone()),
        }
        Ok(())
    }

    /// Who owns a site: somebody who is there, or who comes with another file.
    fn owner_of(&mut self, text: &str) -> Result<String> {
        let address = text::mailbox(text).1;
        let missing = match self.db.the_person(address) {
            Ok(person) => return Ok(person.email),
            Err(missing) => missing,
        };
        let key = text::email_key(address);
        let comes = *self.coming.get(&key).ok_or(missing)?;
        if !self.came.contains(&key) {
            self.come.push(comes.clone());
        }
        Ok(comes.email.clone())
    }
}
