//! Sites in a table, a row for each; what a row does not say stays as it is.

use std::collections::HashMap;

use anyhow::{Context, Result};

use super::steps::{self, Steps, wrong};
use super::table::{Faults, Mapping, Table, at};
use crate::command::Command;
use crate::command::import::ImportError;
use crate::domain::policy::Policy;
use crate::domain::record::{Record, SiteRecord};
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

/// What the table asks for in this workspace.
///
/// # Errors
/// Names the line, where no row can be told from the next.
pub fn steps(db: Reader<'_>, policy: &Policy, text: &str, mappings: &[Mapping]) -> Result<Steps, ImportError> {
    let table = Table::open(text, known, mappings)?;
    if !table.columns.iter().any(|it| matches!(it.field, Some(Field::Key | Field::Name))) {
        let sentence =
            format!("no column has a site's key or name; the first line is: {}. Say which with --column \"name=HEADER\"", table.listed());
        return Err(at(table.line(), sentence));
    }
    let mut found = Steps { notes: table.notes.clone(), ..Steps::default() };
    found.notes.extend(steps::left_out(&table.columns));
    let owner = db.find::<Person>(policy.owner)?.context("the account owner is there")?.email;
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut faults = Faults::default();
    table.each(&mut faults, |line, row| {
        let said = steps::said(&table.columns, row);
        let (key, command) = step(db, &owner, &said).map_err(|error| at(line, format!("{error:#}")))?;
        if let Some(first) = seen.insert(key.clone(), line) {
            return Err(at(line, format!("the site `{}` stands on line {first} already", text::display(&key))));
        }
        found.commands.extend(command.map(|it| (line, it)));
        Ok(())
    })?;
    found.faults = faults;
    Ok(found)
}

/// Adds a site, or brings one that is there to what the row says; nothing where it is so.
fn step(db: Reader<'_>, owner: &str, said: &[(Field, &str, String)]) -> Result<(String, Option<Command>)> {
    let text = |wanted: Field| said.iter().find(|it| it.0 == wanted).map(|it| it.2.as_str());
    let key = text(Field::Key).map(str::to_owned).or_else(|| text(Field::Name).map(text::key_from)).unwrap_or_default();
    anyhow::ensure!(!key.is_empty(), "there is neither a key nor a name that makes one");
    if let Some(before) = db.site_by_key(&key)?.map(|it| records::site(db, &it)).transpose()? {
        let mut after = before.clone();
        said.iter().try_for_each(|it| set(db, &mut after, it))?;
        let command = (after != before).then_some(Command::Edit { before: Record::Site(before), after: Record::Site(after) });
        return Ok((key, command));
    }
    let mut new = SiteRecord {
        name: key.clone(),
        key: key.clone(),
        url: String::new(),
        platform: "wix".to_owned(),
        folder: None,
        owner: owner.to_owned(),
        host: Host::Owner,
        apps: Vec::new(),
        status: SiteStatus::default(),
        editor: None,
    };
    said.iter().try_for_each(|it| set(db, &mut new, it))?;
    Ok((key, Some(Command::Add(Record::Site(new)))))
}

fn set(db: Reader<'_>, site: &mut SiteRecord, (field, header, text): &(Field, &str, String)) -> Result<()> {
    let no = |what: &str, words: &[&str]| {
        anyhow::anyhow!(wrong(header, format!("no {what} `{}`; there are: {}", text::display(text), words.join(", "))))
    };
    let named = |error: anyhow::Error| anyhow::anyhow!(wrong(header, format!("{error:#}")));
    match field {
        Field::Key => site.key.clone_from(text),
        Field::Name => site.name.clone_from(text),
        Field::Url => site.url.clone_from(text),
        Field::Platform => site.platform = text.to_lowercase(),
        Field::Folder => site.folder = Some(db.the_folder(text).map_err(named)?.key),
        Field::Owner => site.owner = db.the_person(text::mailbox(text).1).map_err(named)?.email,
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
