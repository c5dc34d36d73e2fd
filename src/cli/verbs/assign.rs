//! Giving roles to people in scopes, and taking them away; many at once are one entry.

use std::io::{self, Write};

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::ArgGroup;

use crate::cli::exit::usage;
use crate::cli::print::Out;
use crate::cli::receipt::Trial;
use crate::cli::session::Start;
use crate::command::Command;
use crate::domain::ids::PersonId;
use crate::domain::policy::{HeldRole, Policy};
use crate::domain::record::{AssignmentKey, AssignmentRecord, Key, Record, ScopeRecord};
use crate::domain::text::display;
use crate::domain::things::{Assignment, Level, Person, Scope, Site};
use crate::facts::Reader;
use crate::facts::names::the_role_on;
use crate::query::records;
use crate::query::sight::Sight;

#[derive(clap::Args)]
#[command(group = ArgGroup::new("place").required(true).multiple(true).args(["sites", "folders", "everywhere", "like"]))]
pub(crate) struct Assign {
    /// Who gets it; several with commas between
    #[arg(value_name = "PERSON")]
    people: String,
    /// Which role, by key or name; several with commas between
    #[arg(value_name = "ROLE", required_unless_present = "like", conflicts_with = "like")]
    roles: Option<String>,
    #[command(flatten)]
    places: Places,
    /// As collaborators or as members of the team [default: site for --site, else team]
    #[arg(long, value_parser = ["site", "team"], conflicts_with = "like")]
    level: Option<String>,
    /// All that this person holds, where they hold it, and as long; nothing is taken
    #[arg(long, value_name = "PERSON", conflicts_with_all = ["sites", "folders", "everywhere"])]
    like: Option<String>,
    /// When it begins [default: now]
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// When it ends; a day counts in [default: never]
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// When to look whether it is still needed [default: never]
    #[arg(long, value_name = "TIME")]
    review: Option<String>,
    /// Why, in a few words
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    trial: Trial,
}

#[derive(clap::Args)]
#[command(group = ArgGroup::new("place").required(true).multiple(true).args(["sites", "folders", "everywhere"]))]
pub(crate) struct Unassign {
    /// From whom; several with commas between
    #[arg(value_name = "PERSON")]
    people: String,
    /// Which role, by key or name; several with commas between
    #[arg(value_name = "ROLE")]
    roles: String,
    #[command(flatten)]
    places: Places,
    /// Held as collaborator or as member of the team [default: site for --site, else team]
    #[arg(long, value_parser = ["site", "team"])]
    level: Option<String>,
    #[command(flatten)]
    trial: Trial,
}

// Where: once for every place, or with commas between. No doc comment: it would stand for what the verb itself says.
#[derive(clap::Args)]
struct Places {
    /// On this site; may be repeated
    #[arg(long = "site", value_name = "SITE", value_delimiter = ',')]
    sites: Vec<String>,
    /// On every site of this folder, now and later; may be repeated
    #[arg(long = "folder", value_name = "FOLDER", value_delimiter = ',')]
    folders: Vec<String>,
    /// On every site of the agency
    #[arg(long)]
    everywhere: bool,
}

/// One role of one person in one place, by numbers and by names, and the row where there is one.
struct Held {
    person: PersonId,
    place: Scope,
    record: AssignmentRecord,
    row: Option<Assignment>,
}

/// Who, which roles, where.
struct What<'a> {
    people: &'a str,
    roles: &'a str,
    places: &'a Places,
    level: Option<Level>,
}

impl What<'_> {
    /// Every role for everybody everywhere; `find` knows the people.
    fn find(&self, db: Reader<'_>, policy: &Policy, find: impl Fn(&str) -> Result<Person>) -> Result<Vec<Held>> {
        let mut given = Vec::new();
        for (scope, place, platform) in &self.places.scopes(db)? {
            given.extend(roles(db, policy, self.roles, platform.as_deref())?.into_iter().enumerate().map(|it| (it, scope.clone(), *place)));
        }
        given.sort_by_key(|it| it.0.0);
        let mut all = Vec::new();
        for person in &people(self.people, find)? {
            for ((_, role), scope, place) in &given {
                let usual = if matches!(place, Scope::Site(_)) { Level::Site } else { Level::Team };
                let level = self.level.unwrap_or(usual);
                let row = db.shown_assignment(db.assignment(person.id, role.role.id, level, *place)?)?;
                let (email, role, scope) = (person.email.clone(), role.role.key.clone(), scope.clone());
                let (since, until, review_on, reason) = (None, None, None, None);
                let record = AssignmentRecord { person: email, role, level, scope, since, until, review_on, reason };
                all.push(Held { person: person.id, place: *place, record, row });
            }
        }
        Ok(all)
    }
}

impl Places {
    /// Each with its platform, where it has one.
    fn scopes(&self, db: Reader<'_>) -> Result<Vec<(ScopeRecord, Scope, Option<String>)>> {
        let sites =
            self.sites.iter().map(|it| db.the_site(it).map(|it| (ScopeRecord::Site(it.key), Scope::Site(it.id), Some(it.platform))));
        let folders = self.folders.iter().map(|it| db.the_folder(it).map(|it| (ScopeRecord::Folder(it.key), Scope::Folder(it.id), None)));
        let everywhere = self.everywhere.then_some((ScopeRecord::Everywhere, Scope::Everywhere, None));
        let mut all = sites.chain(folders).chain(everywhere.map(Ok)).collect::<Result<Vec<_>>>()?;
        once(&mut all, |it| it.1);
        Ok(all)
    }
}

/// The people that were named, each once.
pub(super) fn people(named: &str, find: impl Fn(&str) -> Result<Person>) -> Result<Vec<Person>> {
    let mut all = named.split(',').map(|it| find(it.trim())).collect::<Result<Vec<_>>>()?;
    once(&mut all, |it| it.id);
    Ok(all)
}

/// The roles that were named, each once. A name may hold a comma itself.
fn roles<'a>(db: Reader<'_>, policy: &'a Policy, named: &str, platform: Option<&str>) -> Result<Vec<&'a HeldRole>> {
    if let Ok(only) = the_role_on(db, policy, named, platform) {
        return Ok(vec![only]);
    }
    let mut all = named.split(',').map(|it| the_role_on(db, policy, it.trim(), platform)).collect::<Result<Vec<_>>>()?;
    once(&mut all, |it| it.role.id);
    Ok(all)
}

/// Leaves out what stood before.
pub(super) fn once<T, K: PartialEq>(all: &mut Vec<T>, key: impl Fn(&T) -> K) {
    let mut seen = Vec::new();
    all.retain(|it| {
        let new = !seen.contains(&key(it));
        seen.push(key(it));
        new
    });
}

/// What of many is left as it is: told on stderr once the others are done, so that a refusal tells nothing besides.
#[derive(Default)]
struct Left(Vec<String>);

impl Left {
    fn add(&mut self, words: &str, it: &AssignmentRecord) {
        self.0.push(format!("rolecall: left as it is: {} {words} {} ({})", it.person, it.role, it.scope));
    }

    fn tell(&self) {
        for line in &self.0 {
            // A terminal that has gone must not turn a remark into an error.
            let _ = writeln!(io::stderr(), "{}", display(line));
        }
    }
}

/// Whether who asks may know what somebody holds there. If not, the command is put whole, and refused as a whole.
fn sees(sight: &Sight, db: Reader<'_>, policy: &Policy, it: &Held) -> Result<bool> {
    if sight.shows_person(it.person) {
        return Ok(true);
    }
    match it.place {
        Scope::Site(id) => db.find::<Site>(id)?.map_or(Ok(false), |site| sight.shows_people_of(db, policy, &site)),
        Scope::Folder(_) | Scope::Everywhere => Ok(false),
    }
}

/// When and why, as it was typed.
#[derive(Clone)]
struct Terms {
    since: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
    review_on: Option<DateTime<Utc>>,
    reason: Option<String>,
}

impl Terms {
    /// Whether there is anything to change in a role that is held already.
    fn say_something(&self) -> bool {
        self.since.is_some() || self.until.is_some() || self.review_on.is_some() || self.reason.is_some()
    }

    /// What gives the role; nothing where it is held like that.
    fn step(&self, db: Reader<'_>, policy: &Policy, it: &Held, now: DateTime<Utc>) -> Result<Option<Command>> {
        let new = AssignmentRecord {
            since: self.since.or(it.record.since).or(Some(now)),
            until: self.until.or(it.record.until),
            review_on: self.review_on.or(it.record.review_on),
            reason: self.reason.clone().or_else(|| it.record.reason.clone()),
            ..it.record.clone()
        };
        let Some(row) = &it.row else { return Ok(Some(Command::Add(Record::Assignment(new)))) };
        if row.is_live(now) && !self.say_something() {
            return Ok(None);
        }
        let before = records::assignment(db, policy, row)?;
        let after = self.onto(&before, row.is_live(now), &new);
        Ok(Some(Command::Edit { before: Record::Assignment(before), after: Record::Assignment(after) }))
    }

    /// A role that is held keeps what is not said anew; one that is over begins anew.
    fn onto(&self, before: &AssignmentRecord, lives: bool, new: &AssignmentRecord) -> AssignmentRecord {
        AssignmentRecord {
            since: if lives && self.since.is_none() { before.since } else { new.since },
            until: if lives && self.until.is_none() { before.until } else { new.until },
            review_on: if lives && self.review_on.is_none() { before.review_on } else { new.review_on },
            reason: self.reason.clone().or_else(|| before.reason.clone()),
            ..before.clone()
        }
    }
}

impl Assign {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let terms = Terms {
            since: self.since.as_deref().map(|it| start.begins("--since", it)).transpose()?,
            until: self.until.as_deref().map(|it| start.ends("--until", it)).transpose()?,
            review_on: self.review.as_deref().map(|it| start.begins("--review", it)).transpose()?,
            reason: self.reason.clone(),
        };
        let (sight, mut left) = (self.model(start)?, Left::default());
        let code = self.trial.carry_out(start, out, |db, policy| {
            let now = start.now(db)?;
            let wanted = match (&self.like, &self.roles) {
                (Some(like), _) => self.like(db, policy, like, (&sight, now), &mut left)?,
                (None, Some(roles)) => self.what(roles).find(db, policy, |it| db.the_recipient(it))?,
                (None, None) => return Err(usage("say which role, or --like whom")),
            };
            let (mut steps, mut held) = (Vec::new(), Vec::new());
            for it in &wanted {
                match terms.step(db, policy, it, now)? {
                    Some(step) => steps.push(step),
                    None => held.push(&it.record),
                }
            }
            // Where all of it is held, the command says so itself.
            if steps.is_empty() && self.like.is_none() {
                steps.extend(held.drain(..).take(1).map(|it| Command::Add(Record::Assignment(it.clone()))));
            }
            for it in held {
                left.add("has", it);
            }
            Ok(Command::all(steps))
        })?;
        left.tell();
        Ok(code)
    }

    /// What who asks may see; refused where that is not the person whom others are to be like.
    fn model(&self, start: &Start) -> Result<Sight> {
        let session = start.ask_in_part()?;
        if let Some(like) = &self.like {
            session.snapshot(|db| session.check_person(db.the_person(like)?.id))?;
        }
        Ok(session.sight().clone())
    }

    fn what<'a>(&'a self, roles: &'a str) -> What<'a> {
        What { people: &self.people, roles, places: &self.places, level: self.level.as_deref().and_then(Level::parse) }
    }

    /// What somebody holds now or will hold, for each of the others; and what those hold besides is named.
    fn like(
        &self,
        db: Reader<'_>,
        policy: &Policy,
        like: &str,
        (sight, now): (&Sight, DateTime<Utc>),
        left: &mut Left,
    ) -> Result<Vec<Held>> {
        let model = db.the_person(like)?;
        let lasting = |it: &Assignment| it.until.is_none_or(|until| now < until);
        let held: Vec<Assignment> = db.assignments_of(model.id)?.into_iter().filter(lasting).collect();
        if held.is_empty() {
            return Err(usage(format!("{} holds no role that could be given to others", model.email)));
        }
        let mut all = Vec::new();
        for person in people(&self.people, |it| db.the_recipient(it))? {
            if person.id == model.id {
                return Err(usage(format!("{} cannot become like themselves; name the others before --like", model.email)));
            }
            for it in &held {
                let row = db.shown_assignment(db.assignment(person.id, it.role, it.level, it.scope)?)?;
                let record = records::assignment(db, policy, it)?;
                let since = record.since.filter(|since| now < *since);
                let reason = record.reason.clone().or_else(|| Some(format!("like {}", model.email)));
                let record = AssignmentRecord { person: person.email.clone(), since, reason, ..record };
                all.push(Held { person: person.id, place: it.scope, record, row });
            }
            let same = |it: &Assignment| held.iter().any(|other| (other.role, other.level, other.scope) == (it.role, it.level, it.scope));
            let others = db.assignments_of(person.id)?.into_iter().filter(|it| lasting(it) && !same(it) && sight.shows_person(person.id));
            for it in others {
                left.add(&format!("keeps, unlike {},", model.email), &records::assignment(db, policy, &it)?);
            }
        }
        Ok(all)
    }
}

impl Unassign {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let level = self.level.as_deref().and_then(Level::parse);
        let (sight, mut left) = (start.ask_in_part()?.sight().clone(), Left::default());
        let code = self.trial.carry_out(start, out, |db, policy| {
            let what = What { people: &self.people, roles: &self.roles, places: &self.places, level };
            let found = what.find(db, policy, |it| db.the_person(it))?;
            // Where nothing is held at all, the command says so itself.
            let some = found.iter().any(|it| it.row.is_some());
            let mut steps = Vec::new();
            for it in found {
                if it.row.is_some() || !some || !sees(&sight, db, policy, &it)? {
                    let AssignmentRecord { person, role, level, scope, .. } = it.record;
                    steps.push(Command::Remove(Key::Assignment(AssignmentKey { person, role, level, scope })));
                } else {
                    left.add("has no", &it.record);
                }
            }
            Ok(Command::all(steps))
        })?;
        left.tell();
        Ok(code)
    }
}
