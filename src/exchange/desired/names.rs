//! The names that a bundle uses, and those that it has lines for: what goes for want of a line must not be used.

use std::collections::{HashMap, HashSet};

use crate::command::import::ImportError;
use crate::domain::accepted::{AcceptedRecord, Evidence, NamedEvidence};
use crate::domain::audit::Besides;
use crate::domain::builtin;
use crate::domain::policy::Policy;
use crate::domain::record::{AssignmentKey, Record, Recorded, ScopeRecord};
use crate::domain::reference::reference;
use crate::domain::row::Row;
use crate::domain::text;
use crate::domain::things::{Folder, Person, Role, Site};

/// A kind in a word, and a name as it is compared.
type Name = (&'static str, String);

#[derive(Debug, Default)]
pub(super) struct Names {
    has_line: HashSet<Name>,
    /// Each with the first line that uses it; those that had a line by then are left out.
    used: HashMap<Name, usize>,
}

impl Names {
    pub(super) fn note(&mut self, line: usize, record: &Record) {
        self.has_line.extend(defined(record));
        for name in used(record) {
            if !self.has_line.contains(&name) {
                self.used.entry(name).or_insert(line);
            }
        }
    }

    /// Refuses a name without a line. Built-in roles and the account owner need none.
    pub(super) fn check(&self, policy: &Policy, owner: &str) -> Result<(), ImportError> {
        let needs_none = |(kind, name): &Name| {
            (*kind == Person::NOUN && *name == text::email_key(owner))
                || (*kind == Role::NOUN && (policy.find_role(name).is_some_and(|it| it.role.builtin) || ships(name)))
        };
        let missing = self.used.iter().filter(|(name, _)| !self.has_line.contains(*name) && !needs_none(name));
        match missing.min_by_key(|it| it.1) {
            Some(((kind, name), line)) => {
                let sentence = format!("no {kind} `{}`: nothing stays that the file has no line for", text::display(name));
                Err(ImportError::At(*line, sentence))
            }
            None => Ok(()),
        }
    }
}

/// Whether it is a role of a platform that comes with the program.
fn ships(role: &str) -> bool {
    role.split_once('/').and_then(|(platform, _)| builtin::catalog(platform)).is_some_and(|it| it.role(role).is_some())
}

fn person(email: &str) -> Name {
    (Person::NOUN, text::email_key(email))
}

fn folder(key: &str) -> Name {
    (Folder::NOUN, key.to_owned())
}

fn site(key: &str) -> Name {
    (Site::NOUN, key.to_owned())
}

fn role(key: &str) -> Name {
    (Role::NOUN, key.to_owned())
}

fn scope(it: &ScopeRecord) -> Option<Name> {
    match it {
        ScopeRecord::Everywhere => None,
        ScopeRecord::Folder(key) => Some(folder(key)),
        ScopeRecord::Site(key) => Some(site(key)),
    }
}

fn defined(record: &Record) -> Vec<Name> {
    match record {
        Record::Folder(it) => vec![folder(&it.key)],
        Record::Person(it) => vec![person(&it.email)],
        Record::Site(it) => vec![site(&it.key)],
        Record::Role(it) => vec![role(&it.key)],
        // By its key alone, too.
        Record::Catalog(it) => it.roles.iter().flat_map(|own| [role(&own.key), role(&reference(&it.platform, &own.key))]).collect(),
        Record::Workspace(_) | Record::Contact(_) | Record::Assignment(_) | Record::Accepted(_) => Vec::new(),
    }
}

fn used(record: &Record) -> Vec<Name> {
    match record {
        Record::Folder(it) => it.parent.iter().map(|it| folder(it)).collect(),
        Record::Site(it) => it.folder.iter().map(|it| folder(it)).chain([person(&it.owner)]).collect(),
        Record::Assignment(it) => held(&it.key()),
        Record::Accepted(it) => accepted(it),
        Record::Workspace(_) | Record::Catalog(_) | Record::Person(_) | Record::Contact(_) | Record::Role(_) => Vec::new(),
    }
}

fn held(it: &AssignmentKey) -> Vec<Name> {
    [person(&it.person), role(&it.role)].into_iter().chain(scope(&it.scope)).collect()
}

fn accepted(it: &AcceptedRecord) -> Vec<Name> {
    let people = [it.about.person(), it.about.other(), it.by.as_ref()].into_iter().flatten().map(|it| person(it));
    let things = it.about.site().map(|it| site(it)).into_iter().chain(it.about.role().map(|it| role(it)));
    people.chain(things).chain(it.evidence.iter().flat_map(evidence)).collect()
}

fn evidence(it: &NamedEvidence) -> Vec<Name> {
    match it {
        Evidence::Held(it) => held(it),
        Evidence::Besides(Besides::Right(_)) => Vec::new(),
        Evidence::Besides(Besides::Owner(email)) => vec![person(email)],
        Evidence::Besides(Besides::Owns(email, key)) => vec![person(email), site(key)],
        Evidence::Besides(Besides::Twin(key)) => vec![role(key)],
        Evidence::Besides(Besides::Offered { role: key, level: _, scope: place }) => [role(key)].into_iter().chain(scope(place)).collect(),
    }
}
