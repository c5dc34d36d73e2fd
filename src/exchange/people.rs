//! People and their roles in a table: a row for each, or several rows for one person.

use std::collections::{BTreeMap, HashMap};

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::steps::{self, Steps, wrong};
use super::table::{self, Mapping, Table, at};
use crate::command::Command;
use crate::command::import::ImportError;
use crate::domain::ids::PersonId;
use crate::domain::policy::Policy;
use crate::domain::record::{AssignmentRecord, PersonRecord, Record, ScopeRecord};
use crate::domain::text;
use crate::domain::things::{Assignment, Level, Person, Scope};
use crate::domain::time::{self, Zone};
use crate::facts::Reader;
use crate::facts::names::the_role;
use crate::query::records;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Email,
    Name,
    /// Part of a name, and its place.
    Part(u8),
    Role,
    Site,
    Folder,
    Everywhere,
    /// `site KEY`, `folder KEY` or `everywhere`, as assignments are listed.
    Scope,
    Level,
    Since,
    Until,
    Review,
    Reason,
}

const HEADERS: &[(Field, &[&str])] = &[
    (Field::Email, &["email", "mail", "email address", "user email", "person", "address"]),
    (Field::Name, &["name", "full name", "display name"]),
    (Field::Part(1), &["first name", "given name"]),
    (Field::Part(2), &["last name", "family name", "surname"]),
    (Field::Role, &["role", "roles"]),
    (Field::Site, &["site", "sites", "site key"]),
    (Field::Folder, &["folder", "folders"]),
    (Field::Everywhere, &["everywhere"]),
    (Field::Scope, &["scope", "place"]),
    (Field::Level, &["level"]),
    (Field::Since, &["since", "from", "begins"]),
    (Field::Until, &["until", "ends", "end", "expires"]),
    (Field::Review, &["review", "review on"]),
    (Field::Reason, &["reason"]),
];

fn known(pattern: &str) -> Option<Field> {
    HEADERS.iter().find(|(_, headers)| headers.contains(&pattern)).map(|(field, _)| *field)
}

/// Whether these may be such a table: who they are and what role they get, or who they are where that is meant.
pub(super) fn are_in(text: &str, are_meant: bool) -> bool {
    let fields = table::fields(text, known);
    fields.contains(&Field::Email) && (are_meant || fields.contains(&Field::Role))
}

/// What rows that do not say it themselves mean.
pub struct Terms {
    /// Where roles are given that come without a place.
    pub place: Option<ScopeRecord>,
    pub now: DateTime<Utc>,
}

/// One row, its names not yet looked up; each text with its header.
#[derive(Default)]
struct Row {
    line: usize,
    email: String,
    name: String,
    roles: Option<(String, String)>,
    places: Vec<(Field, String, String)>,
    level: Option<Level>,
    since: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
    review: Option<DateTime<Utc>>,
    reason: Option<String>,
}

/// What the table asks for in this workspace.
///
/// # Errors
/// Names the line, where no row can be told from the next.
pub fn steps(db: Reader<'_>, policy: &Policy, text: &str, mappings: &[Mapping], terms: &Terms) -> Result<Steps, ImportError> {
    let mut found = Steps::default();
    let rows = rows(text, mappings, policy.zone, terms.now, &mut found)?;
    let mut desk = Desk { db, policy, terms, names: HashMap::new(), added: HashMap::new(), given: HashMap::new(), kept: Vec::new() };
    desk.names_of(&rows);
    for row in &rows {
        match desk.take(row) {
            Ok(commands) => found.commands.extend(commands.into_iter().map(|it| (row.line, it))),
            Err(error) => found.faults.add(row.line, format!("{error:#}")),
        }
    }
    if !desk.kept.is_empty() {
        found.notes.push(format!("names that are there stay: {}", text::few(&desk.kept)));
    }
    Ok(found)
}

/// Who stands in the table, each once, as they would be added.
///
/// # Errors
/// As [`steps()`].
pub fn named(text: &str, mappings: &[Mapping], now: DateTime<Utc>) -> Result<Vec<PersonRecord>, ImportError> {
    let mut people: BTreeMap<String, PersonRecord> = BTreeMap::new();
    for row in rows(text, mappings, Zone::default(), now, &mut Steps::default())? {
        let person = PersonRecord { email: row.email.clone(), name: String::new() };
        let it = people.entry(text::email_key(&row.email)).or_insert(person);
        if it.name.is_empty() {
            it.name = row.name;
        }
    }
    Ok(people.into_values().collect())
}

/// The rows that can be read; what is wrong with the others, and what is to be said of all, comes with what is found.
fn rows(text: &str, mappings: &[Mapping], zone: Zone, now: DateTime<Utc>, found: &mut Steps) -> Result<Vec<Row>, ImportError> {
    let table = Table::open(text, known, mappings)?;
    if !table.columns.iter().any(|it| it.field == Some(Field::Email)) {
        let sentence = format!("no column has an e-mail; the first line is: {}. Say which with --column \"email=HEADER\"", table.listed());
        return Err(at(table.line(), sentence));
    }
    found.notes.extend(table.notes.iter().cloned().chain(steps::left_out(&table.columns)));
    let mut rows = Vec::new();
    table.each(&mut found.faults, |line, row| {
        rows.push(read(line, steps::said(&table.columns, row), zone, now).map_err(|sentence| at(line, sentence))?);
        Ok(())
    })?;
    Ok(rows)
}

fn read(line: usize, said: Vec<(Field, &str, String)>, zone: Zone, now: DateTime<Utc>) -> Result<Row, String> {
    let mut row = Row { line, ..Row::default() };
    let mut parts = Vec::new();
    for (field, header, text) in said {
        let instant =
            |read: Result<DateTime<Utc>, String>| read.map(|it| Some(time::micros(it))).map_err(|sentence| wrong(header, sentence));
        match field {
            Field::Email => {
                let (name, address) = text::mailbox(&text);
                row.email = text::email(address).map_err(|sentence| wrong(header, sentence))?;
                parts.extend(name.map(|it| (9, it.to_owned())));
            }
            Field::Name => row.name = text::line("name", &text).map_err(|sentence| wrong(header, sentence))?,
            Field::Part(place) => parts.push((place, text)),
            Field::Role => row.roles = Some((header.to_owned(), text)),
            Field::Site | Field::Folder | Field::Everywhere | Field::Scope => row.places.push((field, header.to_owned(), text)),
            Field::Level => {
                let known = || wrong(header, format!("no level `{}`; there are: site, team", text::display(&text)));
                row.level = Some(Level::parse(&text.to_lowercase()).ok_or_else(known)?);
            }
            Field::Since => row.since = instant(zone.since(&text, now))?,
            Field::Until => row.until = instant(zone.until(&text, now))?,
            Field::Review => row.review = instant(zone.since(&text, now))?,
            Field::Reason => row.reason = Some(text::line("reason", &text).map_err(|sentence| wrong(header, sentence))?),
        }
    }
    if row.email.is_empty() {
        return Err("there is no e-mail".to_owned());
    }
    if row.name.is_empty() {
        parts.sort_by_key(|it| it.0);
        let apart: Vec<&str> = parts.iter().filter(|it| it.0 < 9).map(|it| it.1.as_str()).collect();
        let name = if apart.is_empty() { parts.first().map_or("", |it| it.1.as_str()).to_owned() } else { apart.join(" ") };
        row.name = text::line("name", &name)?;
    }
    Ok(row)
}

/// What is known while the rows are taken one after the other.
struct Desk<'a> {
    db: Reader<'a>,
    policy: &'a Policy,
    terms: &'a Terms,
    /// By address: the first name that the file gives.
    names: HashMap<String, String>,
    /// By address: whom the file adds, as they will be written.
    added: HashMap<String, String>,
    /// What the file gives, and on which line first.
    given: HashMap<(String, String, Level, ScopeRecord), (usize, AssignmentRecord)>,
    /// Who keeps a name although the file has another.
    kept: Vec<String>,
}

impl Desk<'_> {
    fn names_of(&mut self, rows: &[Row]) {
        for row in rows.iter().filter(|it| !it.name.is_empty()) {
            self.names.entry(text::email_key(&row.email)).or_insert_with(|| row.name.clone());
        }
    }

    fn take(&mut self, row: &Row) -> Result<Vec<Command>> {
        let key = text::email_key(&row.email);
        let present = self.db.recipient_by_email(&row.email)?;
        let (mut commands, mut given) = (Vec::new(), Vec::new());
        for (role, scope) in self.wanted(row)? {
            let at_site = matches!(scope, ScopeRecord::Site(_));
            let level = row.level.unwrap_or(if at_site { Level::Site } else { Level::Team });
            let email = present.as_ref().map(|it| &it.email).or_else(|| self.added.get(&key)).unwrap_or(&row.email).clone();
            let wanted = AssignmentRecord {
                person: email,
                role,
                level,
                scope,
                since: row.since,
                until: row.until,
                review_on: row.review,
                reason: row.reason.clone(),
            };
            let name = (key.clone(), wanted.role.clone(), level, wanted.scope.clone());
            match self.given.get(&name) {
                Some((_, before)) if *before == wanted => {}
                Some((line, _)) => anyhow::bail!(
                    "{} {} for {} stands on line {line} already, with other dates or reason",
                    wanted.role,
                    wanted.scope,
                    row.email
                ),
                None => {
                    commands.extend(self.give(present.as_ref().map(|it| it.id), &wanted)?);
                    given.push((name, (row.line, wanted)));
                }
            }
        }
        if let Some(command) = self.person(&key, row, present.as_ref())? {
            commands.insert(0, command);
        }
        self.given.extend(given);
        Ok(commands)
    }

    /// Adds whoever is not there; who is there keeps their name, unless they have none. Of whom one may not know, one
    /// does not learn the name.
    fn person(&mut self, key: &str, row: &Row, present: Option<&Person>) -> Result<Option<Command>> {
        let is_hidden = !present.map_or(Ok(true), |it| self.db.knows(it))?;
        if is_hidden || self.added.contains_key(key) {
            return Ok(None);
        }
        let name = self.names.get(key).cloned().unwrap_or_default();
        self.added.insert(key.to_owned(), present.map_or(&row.email, |it| &it.email).clone());
        Ok(match present.cloned().map(PersonRecord::from) {
            None => Some(Command::Add(Record::Person(PersonRecord { email: row.email.clone(), name }))),
            Some(before) if before.name == before.email && !name.is_empty() && name != before.name => {
                let after = PersonRecord { name, ..before.clone() };
                Some(Command::Edit { before: Record::Person(before), after: Record::Person(after) })
            }
            Some(before) => {
                self.kept.extend((!name.is_empty() && name != before.name).then(|| format!("{} (not {name})", before.name)));
                None
            }
        })
    }

    /// Each role in each place, by key.
    fn wanted(&self, row: &Row) -> Result<Vec<(String, ScopeRecord)>> {
        let Some((header, text)) = &row.roles else {
            return match row.places.first() {
                Some((_, header, _)) => anyhow::bail!(wrong(header, "a place without a role; add a column role")),
                None => Ok(Vec::new()),
            };
        };
        let places = self.places(row)?;
        if places.is_empty() {
            let way_out = "add a column site, folder or everywhere, or say for all with --site, --folder or --everywhere";
            anyhow::bail!(wrong(header, format!("{} without a place; {way_out}", text::display(text))));
        }
        let whole = the_role(self.db, self.policy, text);
        let roles = match whole {
            Ok(held) => vec![held],
            Err(error) if !text.contains([',', ';']) => anyhow::bail!(wrong(header, error)),
            Err(_) => steps::several(text)
                .map(|it| the_role(self.db, self.policy, it))
                .collect::<Result<_>>()
                .map_err(|error| anyhow::anyhow!(wrong(header, error)))?,
        };
        let keys = roles.iter().map(|it| it.role.key.clone());
        Ok(keys.flat_map(|role| places.iter().map(move |place| (role.clone(), place.clone()))).collect())
    }

    fn places(&self, row: &Row) -> Result<Vec<ScopeRecord>> {
        let mut places = Vec::new();
        for (field, header, text) in &row.places {
            let found = self.place(*field, text).map_err(|error| anyhow::anyhow!(wrong(header, format!("{error:#}"))))?;
            places.extend(found);
        }
        if places.is_empty() {
            places.extend(self.terms.place.clone());
        }
        Ok(places)
    }

    fn place(&self, field: Field, text: &str) -> Result<Vec<ScopeRecord>> {
        let site = |it: &str| Ok(ScopeRecord::Site(self.db.the_site(it)?.key));
        let folder = |it: &str| Ok(ScopeRecord::Folder(self.db.the_folder(it)?.key));
        match field {
            Field::Site if self.db.the_site(text).is_ok() => Ok(vec![site(text)?]),
            Field::Site => steps::several(text).map(site).collect(),
            Field::Folder => steps::several(text).map(folder).collect(),
            Field::Everywhere => match text.to_lowercase().as_str() {
                "yes" | "true" | "1" | "x" | "everywhere" => Ok(vec![ScopeRecord::Everywhere]),
                "no" | "false" | "0" | "-" => Ok(Vec::new()),
                _ => anyhow::bail!("`{}` is neither yes nor no", text::display(text)),
            },
            Field::Scope => match text.split_once(' ') {
                Some(("site", key)) => Ok(vec![site(key.trim())?]),
                Some(("folder", key)) => Ok(vec![folder(key.trim())?]),
                _ if text.eq_ignore_ascii_case("everywhere") => Ok(vec![ScopeRecord::Everywhere]),
                _ => anyhow::bail!("`{}` is no place; write site KEY, folder KEY or everywhere", text::display(text)),
            },
            Field::Email
            | Field::Name
            | Field::Part(_)
            | Field::Role
            | Field::Level
            | Field::Since
            | Field::Until
            | Field::Review
            | Field::Reason => Ok(Vec::new()),
        }
    }

    /// Gives the role, or brings one that is held to what the row says; nothing where it is so.
    fn give(&self, person: Option<PersonId>, wanted: &AssignmentRecord) -> Result<Option<Command>> {
        let held = person.map(|it| self.held(it, wanted)).transpose()?.flatten();
        let Some(row) = held else {
            let new = AssignmentRecord { since: wanted.since.or(Some(self.terms.now)), ..wanted.clone() };
            return Ok(Some(Command::Add(Record::Assignment(new))));
        };
        let before = records::assignment(self.db, self.policy, &row)?;
        let lives = row.is_live(self.terms.now);
        let after = AssignmentRecord {
            since: wanted.since.or(if lives { before.since } else { Some(self.terms.now) }),
            until: wanted.until.or(if lives { before.until } else { None }),
            review_on: wanted.review_on.or(if lives { before.review_on } else { None }),
            reason: wanted.reason.clone().or_else(|| before.reason.clone()),
            ..before.clone()
        };
        let differs = after != before;
        Ok(differs.then_some(Command::Edit { before: Record::Assignment(before), after: Record::Assignment(after) }))
    }

    fn held(&self, person: PersonId, wanted: &AssignmentRecord) -> Result<Option<Assignment>> {
        let scope = match &wanted.scope {
            ScopeRecord::Everywhere => Scope::Everywhere,
            ScopeRecord::Folder(key) => Scope::Folder(self.db.the_folder(key)?.id),
            ScopeRecord::Site(key) => Scope::Site(self.db.the_site(key)?.id),
        };
        let role = the_role(self.db, self.policy, &wanted.role)?.role.id;
        self.db.shown_assignment(self.db.assignment(person, role, wanted.level, scope)?)
    }
}
