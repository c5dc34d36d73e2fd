//! What a changing verb prints: the receipt of what was done, or the effect of what would be.

use std::collections::HashMap;
use std::io::{self, Write};

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::args::Format;
use super::exit;
use super::print::{Out, Rows};
use super::sent::{self, Sent};
use super::session::{Session, Start};
use crate::command::{self, Actor, Command, Note, Plan, Receipt};
use crate::domain::change::{Change, Edit};
use crate::domain::ids::{PersonId, SiteId};
use crate::domain::policy::Policy;
use crate::domain::record::ScopeRecord;
use crate::domain::text::few;
use crate::domain::things::{Person, Scope, Site};
use crate::domain::token::Token;
use crate::exchange::sending;
use crate::facts::Reader;
use crate::query::coverage::{self, Deed};
use crate::query::impact::{self, Budget, Effect};
use crate::query::records;
use crate::query::sight::Sight;

/// Most changes that a dry run lists one by one.
const MANY: usize = 20;

/// Options of every verb that changes something.
#[derive(clap::Args)]
pub(super) struct Trial {
    /// Show who would gain and lose what, and save nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

impl Trial {
    /// Makes a command from what is there, runs it or tries it, and prints what came of it.
    pub(super) fn carry_out(&self, start: &Start, out: &mut Out, make: impl FnOnce(Reader<'_>, &Policy) -> Result<Command>) -> Result<u8> {
        if let Some((_, receipt, ())) = self.attempt(start, out, Vec::new(), |db, policy| Ok((make(db, policy)?, ())))? {
            print(out, &receipt, &[])?;
        }
        Ok(exit::YES)
    }

    /// The same for what a file asks for, and what is to be said about the file.
    pub(super) fn take_in(&self, start: &Start, out: &mut Out, command: Command, said: Vec<String>) -> Result<u8> {
        let said = said.into_iter().map(Note::Remark).collect();
        if let Some((_, receipt, ())) = self.attempt(start, out, said, |_, _| Ok((command, ())))? {
            print(out, &receipt, &[])?;
        }
        Ok(exit::YES)
    }

    /// The same for a command that sends something: its letters go to the outbox, and its
    /// links, made from these tokens, are printed this once.
    pub(super) fn send(
        &self,
        start: &Start,
        out: &mut Out,
        make: impl FnOnce(Reader<'_>, &Policy) -> Result<(Command, Vec<Token>)>,
    ) -> Result<u8> {
        let Some((session, receipt, tokens)) = self.attempt(start, out, Vec::new(), make)? else { return Ok(exit::YES) };
        let posted = sent::post(start, &session, receipt.head, &tokens)?;
        print(out, &receipt, &posted.sent)?;
        if let Some(sentence) = posted.lost {
            // A warning: the offer stands, and its link was printed.
            let _ = writeln!(io::stderr(), "rolecall: {sentence}");
        }
        Ok(exit::YES)
    }

    /// Runs the command, or prints what it would do and answers nothing.
    fn attempt<T>(
        &self,
        start: &Start,
        out: &mut Out,
        mut said: Vec<Note>,
        make: impl FnOnce(Reader<'_>, &Policy) -> Result<(Command, T)>,
    ) -> Result<Option<(Session, Receipt, T)>> {
        let mut session = if self.dry_run { start.try_out()? } else { start.change()? };
        let (command, with) = session.store.snapshot(|db| make(db, &db.policy(None)?))?;
        let actor = start.actor_of(session.present(), &command)?;
        if self.dry_run {
            let mut plan = tried(&mut session, &actor, command)?;
            plan.notes.extend(remarks(&session, &plan.changes, false)?);
            plan.notes.splice(..0, said);
            session.store.snapshot(|db| forecast(db, session.sight(), out, &plan, session.now))?;
            return Ok(None);
        }
        start.bind_first(&mut session.store)?;
        let mut receipt = done(&mut session, &actor, &command)?;
        said.append(&mut receipt.notes);
        receipt.notes = said;
        Ok(Some((session, receipt, with)))
    }
}

/// Runs the command, and notes what only the state before it tells.
fn done(session: &mut Session, actor: &Actor, command: &Command) -> Result<Receipt> {
    let mut receipt = command::run(&mut session.store, actor, session.clock, command)?;
    receipt.notes.extend(remarks(session, &receipt.changes, true)?);
    Ok(receipt)
}

/// Who gets in whose way by what is given and, where that is done, what it takes the place of: a trial lists it as lost.
fn remarks(session: &Session, changes: &[Change], is_done: bool) -> Result<Vec<Note>> {
    if !coverage::gives(changes) {
        return Ok(Vec::new());
    }
    let sentences = session.store.snapshot(|db| {
        let deed = Deed { db, policy: &db.policy(None)?, sight: session.sight(), changes, is_done, now: session.now };
        let mut all = coverage::crowding(deed)?;
        if is_done {
            all.extend(coverage::displaced(deed)?);
        }
        Ok(all)
    })?;
    Ok(sentences.into_iter().map(Note::Remark).collect())
}

#[derive(Serialize)]
struct Done<'a> {
    summary: &'a str,
    entry: Option<String>,
    notes: Vec<String>,
    #[serde(skip_serializing_if = "<[Sent]>::is_empty")]
    sent: &'a [Sent],
}

/// Prints a receipt: what was done, what was sent, what else to know, the journal's head.
pub(super) fn print(out: &mut Out, receipt: &Receipt, sent: &[Sent]) -> Result<()> {
    out.saved = receipt.head;
    let entry = receipt.head.map(|it| it.to_string());
    let notes: Vec<String> = receipt.notes.iter().map(note).collect();
    if out.is_json() {
        return out.json(&Done { summary: &receipt.summary, entry, notes, sent });
    }
    if out.format != Format::Table {
        let mut rows = out.rows(["summary", "entry", "notes", "offer", "to", "accept", "mail"]);
        let what = vec![receipt.summary.clone(), entry.unwrap_or_default(), notes.join("; ")];
        if sent.is_empty() {
            rows.add([what.as_slice(), &vec![String::new(); 4]].concat(), &())?;
        }
        sent.iter().try_for_each(|it| rows.add([what.as_slice(), &it.cells()].concat(), &()))?;
        return rows.end();
    }
    let Some(entry) = entry else {
        out.line("nothing to change: it is so already");
        out.lines(2, &notes);
        return Ok(());
    };
    out.line(&receipt.summary);
    out.lines(2, &notes);
    for it in sent {
        it.print(out);
    }
    out.line(&format!("entry {entry}"));
    Ok(())
}

/// A note as one line.
pub(super) fn note(note: &Note) -> String {
    match note {
        Note::Ripple { permission, on, cause, .. } => format!("{} {permission}: {cause}", if *on { '+' } else { '-' }),
        Note::Remark(sentence) => sentence.clone(),
    }
}

/// What the command would change.
pub(super) fn tried(session: &mut Session, actor: &Actor, command: Command) -> Result<Plan> {
    Ok(command::preview(&mut session.store, actor, session.clock, &[command])?)
}

#[derive(Serialize)]
struct Forecast {
    dry_run: bool,
    changes: Vec<String>,
    #[serde(flatten)]
    outlook: Outlook,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Row {
    permission: String,
    platform: String,
    sensitive: bool,
    people: Vec<String>,
    sites: Vec<String>,
}

/// Prints what a plan would change: the rows, then who gains and loses what, sensitive first.
pub(super) fn forecast(db: Reader<'_>, sight: &Sight, out: &mut Out, plan: &Plan, now: DateTime<Utc>) -> Result<()> {
    let policy = db.policy(None)?;
    let outlook = Outlook::of(db, sight, &plan.changes, plan.n_bulk == 0, now, &Budget::ALL)?;
    let names = Names::of(db, &plan.changes);
    let mut changes = Vec::new();
    for it in &plan.changes {
        if sight.shows_change(db, it)? {
            changes.push(told_among(&names, &policy, it)?);
        }
    }
    let notes: Vec<String> = plan.notes.iter().map(note).collect();
    if out.is_json() {
        return out.json(&Forecast { dry_run: true, changes, outlook, notes });
    }
    if out.format != Format::Table {
        return rows(out, &changes, &notes, &outlook);
    }
    out.line("nothing was saved; this would happen:");
    out.lines(2, changes.iter().take(MANY));
    let more = changes.len().saturating_sub(MANY) + plan.n_bulk;
    if more > 0 {
        out.line(&format!("  and {more} more changes"));
    }
    out.lines(2, &notes);
    outlook.print(out);
    Ok(())
}

/// The same as rows: what would change, who would gain and lose what, what else to know.
fn rows(out: &mut Out, changes: &[String], notes: &[String], outlook: &Outlook) -> Result<()> {
    let mut rows = out.rows(WHAT);
    changes.iter().try_for_each(|it| plain(&mut rows, "change", it))?;
    outlook.rows(&mut rows)?;
    notes.iter().try_for_each(|it| plain(&mut rows, "note", it))?;
    rows.end()
}

/// The columns of an answer that tells things of several kinds.
pub(super) const WHAT: [&str; 4] = ["kind", "what", "people", "sites"];

/// A row of [`WHAT`] that is about nobody.
pub(super) fn plain(rows: &mut Rows<'_>, kind: &str, what: &str) -> Result<()> {
    rows.add(vec![kind.to_owned(), what.to_owned(), String::new(), String::new()], &())
}

/// Prints what would happen where there is nobody yet whose access it could change.
pub(super) fn foretold(out: &mut Out, change: String) -> Result<()> {
    let outlook = Outlook { whole: true, ..Outlook::default() };
    match out.format {
        Format::Json => out.json(&Forecast { dry_run: true, changes: vec![change], outlook, notes: Vec::new() }),
        Format::Table => {
            out.line(&format!("nothing was saved; this would happen: {change}"));
            Ok(())
        }
        Format::Csv | Format::Md => rows(out, &[change], &[], &outlook),
    }
}

/// Who would gain and lose what.
#[derive(Default, Serialize)]
pub(super) struct Outlook {
    gains: Vec<Row>,
    losses: Vec<Row>,
    /// Whether the rows are all there is.
    whole: bool,
    /// Whether they are only those that whoever asks may see.
    #[serde(skip)]
    in_part: bool,
    #[serde(skip)]
    touched: (usize, usize),
    /// Whether something is sent that waits for its answer.
    #[serde(skip)]
    waits: bool,
}

impl Outlook {
    /// What the changes would do to everybody's access. Where they are not `all`, or it takes
    /// more than the budget, nobody is named.
    pub(super) fn of(
        db: Reader<'_>,
        sight: &Sight,
        changes: &[Change],
        all: bool,
        now: DateTime<Utc>,
        budget: &Budget<'_>,
    ) -> Result<Outlook> {
        let policy = db.policy(None)?;
        // Other permissions than those that are known now cannot be weighed against them.
        let known = all && !changes.iter().any(|it| matches!(it, Change::Catalog(_)));
        let found = if known { impact::impact(db, &policy, sight, changes, now, budget)?.ok() } else { None };
        let Some(found) = found else { return Ok(Outlook::default()) };
        let names = Names::of(db, changes);
        let rows = |gain: bool| found.effects.iter().filter(|it| it.gain == gain).map(|it| names.row(&policy, it)).collect::<Result<_>>();
        Ok(Outlook {
            gains: rows(true)?,
            losses: rows(false)?,
            whole: !found.in_part,
            in_part: found.in_part,
            touched: (found.people.len(), found.sites.len()),
            waits: changes.iter().any(|it| sending::sending(it).is_some()),
        })
    }

    /// Its rows of [`WHAT`].
    pub(super) fn rows(&self, rows: &mut Rows<'_>) -> Result<()> {
        for (kind, effects) in [("gain", &self.gains), ("lose", &self.losses)] {
            for it in effects {
                rows.add(vec![kind.to_owned(), it.permission.clone(), it.people.join(", "), it.sites.join(", ")], &())?;
            }
        }
        Ok(())
    }

    pub(super) fn print(&self, out: &mut Out) {
        let (people, sites) = self.touched;
        let seen = if self.in_part { "as far as you see, " } else { "" };
        if !self.whole && !self.in_part {
            out.line("too much at once to say who would gain and lose what");
        } else if self.gains.is_empty() && self.losses.is_empty() {
            let when = if self.waits { " before it is accepted" } else { "" };
            out.line(&format!("{seen}nobody would gain or lose anything{when}"));
        } else {
            out.line(&format!("{seen}{} and {} would be touched:", count(people, "person", "people"), count(sites, "site", "sites")));
        }
        for (word, rows) in [("gain", &self.gains), ("lose", &self.losses)] {
            for alike in groups(rows) {
                let permissions: Vec<String> = alike.iter().map(|it| it.permission.clone()).collect();
                let mark = match (alike.len(), alike.iter().filter(|it| it.sensitive).count()) {
                    (_, 0) => String::new(),
                    (1, _) => " (sensitive)".to_owned(),
                    (_, sensitive) => format!(" ({sensitive} sensitive)"),
                };
                out.line(&format!("  {word} {}{mark}: {} on {}", few(&permissions), few(&alike[0].people), few(&alike[0].sites)));
            }
        }
    }
}

/// Rows about the same people and sites together, in the order of their first.
fn groups(rows: &[Row]) -> Vec<Vec<&Row>> {
    let mut groups: Vec<Vec<&Row>> = Vec::new();
    for row in rows {
        match groups.iter_mut().find(|it| (&it[0].people, &it[0].sites) == (&row.people, &row.sites)) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    groups
}

/// A change as one line; an assignment by the names of those it is about.
pub(super) fn told(db: Reader<'_>, policy: &Policy, change: &Change) -> Result<String> {
    told_among(&Names::of(db, &[]), policy, change)
}

/// The same for one of several changes, by the names also of those that only they make.
fn told_among(names: &Names<'_>, policy: &Policy, change: &Change) -> Result<String> {
    let Change::Assignment(edit) = change else { return Ok(command::describe(change)) };
    let Some(row) = edit.either() else { return Ok(command::describe(change)) };
    let mut it = records::assignment(names.db, policy, row)?;
    if it.person.is_empty() {
        it.person = names.person(row.person)?;
    }
    if let (Scope::Site(id), ScopeRecord::Site(key)) = (row.scope, &mut it.scope)
        && key.is_empty()
    {
        *key = names.site(id)?;
    }
    let verb = match (&edit.before, &edit.after) {
        (None, _) => "gave",
        (_, None) => "took",
        _ => "changed",
    };
    let since = it.since.map(|at| format!(", since {}", policy.zone.show_since(at)));
    let until = it.until.map(|at| format!(", until {}", policy.zone.exact_until(at)));
    let dates: String = since.into_iter().chain(until).collect();
    Ok(format!("{verb} {}: {}, {} level, {}{}", it.role, it.person, it.level, it.scope, dates))
}

/// `1 site`, `3 sites`.
pub(super) fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// Finds names for numbers, also for what does not exist yet.
struct Names<'a> {
    db: Reader<'a>,
    new_people: HashMap<PersonId, &'a str>,
    new_sites: HashMap<SiteId, &'a str>,
}

impl<'a> Names<'a> {
    fn of(db: Reader<'a>, changes: &'a [Change]) -> Names<'a> {
        let mut names = Names { db, new_people: HashMap::new(), new_sites: HashMap::new() };
        for change in changes {
            match change {
                Change::Person(Edit { before: None, after: Some(it) }) => drop(names.new_people.insert(it.id, &it.email)),
                Change::Site(Edit { before: None, after: Some(it) }) => drop(names.new_sites.insert(it.id, &it.key)),
                Change::Person(_)
                | Change::Site(_)
                | Change::Setting(_)
                | Change::Catalog(_)
                | Change::Contact(_)
                | Change::Folder(_)
                | Change::Role(_)
                | Change::Assignment(_)
                | Change::Request(_)
                | Change::Invitation(_)
                | Change::WaitingRole(_)
                | Change::Handover(_) => {}
            }
        }
        names
    }

    fn row(&self, policy: &Policy, effect: &Effect) -> Result<Row> {
        let permission = policy.catalog(&effect.platform).map(|it| it.get(effect.permission));
        Ok(Row {
            permission: permission.map_or_else(String::new, |it| it.id.clone()),
            platform: effect.platform.clone(),
            sensitive: permission.is_some_and(crate::domain::catalog::Permission::is_sensitive),
            people: effect.people.iter().map(|id| self.person(*id)).collect::<Result<_>>()?,
            sites: effect.sites.iter().map(|id| self.site(*id)).collect::<Result<_>>()?,
        })
    }

    fn person(&self, id: PersonId) -> Result<String> {
        let new = || self.new_people.get(&id).map_or_else(String::new, |it| (*it).to_owned());
        Ok(self.db.find::<Person>(id)?.map_or_else(new, |it| it.email))
    }

    fn site(&self, id: SiteId) -> Result<String> {
        let new = || self.new_sites.get(&id).map_or_else(String::new, |it| (*it).to_owned());
        Ok(self.db.find::<Site>(id)?.map_or_else(new, |it| it.key))
    }
}
