//! What a changing verb prints: the receipt of what was done, or the effect of what would be.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde::Serialize;

use super::args::Format;
use super::exit;
use super::print::{Out, Rows};
use super::sent::{self, Sent};
use super::session::Start;
use crate::command::{Command, Note, Receipt};
use crate::domain::change::{Change, Edit, by_kind};
use crate::domain::policy::Policy;
use crate::domain::row::Row;
use crate::domain::text::{few, plural};
use crate::exchange::sending;
use crate::exchange::told::{Names, told_among};
use crate::facts::Reader;
use crate::query::impact::{self, Budget, Impact};
use crate::session::{self, Forecast, Session};

/// Most changes that a dry run lists one by one.
pub(super) const MAX_LISTED: usize = 20;

// Options of every verb that changes something. No doc comment: it would stand for what the verb itself says.
#[derive(clap::Args)]
pub(super) struct Trial {
    /// Show who would gain and lose what, and save nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

impl Trial {
    /// Makes a command from what is there, runs it or tries it, and prints what came of it: what it sends, too.
    pub(super) fn carry_out(&self, start: &Start, out: &mut Out, make: impl FnOnce(Reader<'_>, &Policy) -> Result<Command>) -> Result<u8> {
        self.carry_out_saying(start, out, |db, policy| Ok((make(db, policy)?, Vec::new())))
    }

    /// The same for what a file asks for, and what is to be said about the file.
    pub(super) fn take_in(&self, start: &Start, out: &mut Out, command: Command, said: Vec<String>) -> Result<u8> {
        self.carry_out_saying(start, out, |_, _| Ok((command, said)))
    }

    /// The same with what else is to be said of it.
    pub(super) fn carry_out_saying(
        &self,
        start: &Start,
        out: &mut Out,
        make: impl FnOnce(Reader<'_>, &Policy) -> Result<(Command, Vec<String>)>,
    ) -> Result<u8> {
        let mut session = if self.dry_run { start.try_out()? } else { start.change()? };
        let (command, said) = session.snapshot(|db| make(db, &db.policy(None)?))?;
        let said = said.into_iter().map(Note::Remark);
        if self.dry_run {
            let mut forecast = session.foresee(&[command], &Budget::ALL)?;
            forecast.plan.notes.splice(..0, said);
            session.snapshot(|db| Foreseen::of(db, &forecast))?.print(out)?;
        } else {
            let mut done = session.run(&command)?;
            done.receipt.notes.splice(..0, said);
            print_done(start, out, &session, done)?;
        }
        Ok(exit::YES)
    }
}

#[derive(Serialize)]
struct Done<'a> {
    summary: &'a str,
    entry: Option<String>,
    notes: Vec<String>,
    #[serde(skip_serializing_if = "<[Sent]>::is_empty")]
    sent: &'a [Sent],
}

impl<'a> Done<'a> {
    fn of(receipt: &'a Receipt, sent: &'a [Sent]) -> Done<'a> {
        let (entry, notes) = (receipt.head.map(|it| it.to_string()), receipt.notes.iter().map(Note::sentence).collect());
        Done { summary: &receipt.summary, entry, notes, sent }
    }
}

/// Prints what was done; the links of what it sent are shown this once.
pub(super) fn print_done(start: &Start, out: &mut Out, session: &Session, done: session::Done) -> Result<()> {
    out.saved = done.receipt.head;
    let sent = sent::told(start, session.zone()?, done.sent);
    print(out, &done.receipt, &sent)
}

/// Prints a receipt: what was done, what was sent, what else to know, the journal's head.
pub(super) fn print(out: &mut Out, receipt: &Receipt, sent: &[Sent]) -> Result<()> {
    out.saved = receipt.head;
    let done = Done::of(receipt, sent);
    if out.is_json() {
        return out.json(&done);
    }
    if out.format != Format::Table {
        let mut rows = out.rows(RECEIPT);
        add(&mut rows, receipt, sent)?;
        return rows.end();
    }
    let Some(entry) = done.entry else {
        out.line("nothing to change: it is so already");
        out.lines(2, &done.notes);
        return Ok(());
    };
    out.line(done.summary);
    out.lines(2, &done.notes);
    for it in sent {
        it.print(out);
    }
    out.line(&format!("entry {entry}"));
    Ok(())
}

/// The columns of receipts.
pub(super) const RECEIPT: [&str; 7] = ["summary", "entry", "notes", "offer", "to", "accept", "mail"];

/// A receipt as rows of [`RECEIPT`]: one for each offer that was sent, or one.
pub(super) fn add(rows: &mut Rows<'_>, receipt: &Receipt, sent: &[Sent]) -> Result<()> {
    let done = Done::of(receipt, sent);
    if rows.wants_json() {
        return rows.add(Vec::new(), &done);
    }
    let what = vec![done.summary.to_owned(), done.entry.unwrap_or_default(), done.notes.join("; ")];
    if sent.is_empty() {
        rows.add([what.as_slice(), &vec![String::new(); 4]].concat(), &())?;
    }
    sent.iter().try_for_each(|it| rows.add([what.as_slice(), &it.cells()].concat(), &()))
}

/// What commands would do, in words.
#[derive(Serialize)]
pub(super) struct Foreseen {
    dry_run: bool,
    changes: Vec<String>,
    #[serde(flatten)]
    effect: Effect,
    notes: Vec<String>,
    /// Changes that were too many to list.
    #[serde(skip)]
    n_bulk: usize,
    /// Every change, without the numbers of what is new, and whether it is shown.
    #[serde(skip)]
    all: BTreeMap<String, bool>,
}

#[derive(Serialize)]
struct Gained {
    permission: String,
    platform: String,
    sensitive: bool,
    people: Vec<String>,
    sites: Vec<String>,
}

impl Foreseen {
    pub(super) fn of(db: Reader<'_>, forecast: &Forecast) -> Result<Foreseen> {
        let (mut policy, plan) = (db.policy(None)?, &forecast.plan);
        // A role that is made on the way is called by its name too.
        for it in &plan.changes {
            if let Change::Role(Edit { before: None, after: Some(role) }) = it {
                policy.put_role(role.clone());
            }
        }
        let effect = Effect::of(db, &plan.changes, forecast.effect.as_ref())?;
        let names = Names::of(db, &plan.changes);
        let (mut changes, mut all) = (Vec::new(), BTreeMap::new());
        for it in &plan.changes {
            let (line, is_shown) = (told_among(&names, &policy, it)?, db.sight().shows_change(db, it)?);
            all.insert(without_number(it, &line), is_shown);
            changes.extend(is_shown.then_some(line));
        }
        let notes = plan.notes.iter().map(Note::sentence).collect();
        Ok(Foreseen { dry_run: true, changes, effect, notes, n_bulk: plan.n_bulk, all })
    }

    /// Prints what would change: the rows, then who gains and loses what, sensitive first.
    pub(super) fn print(&self, out: &mut Out) -> Result<()> {
        if out.is_json() {
            return out.json(self);
        }
        if out.format != Format::Table {
            return self.rows(out);
        }
        out.line("nothing was saved; this would happen:");
        out.lines(2, self.changes.iter().take(MAX_LISTED));
        let more = self.changes.len().saturating_sub(MAX_LISTED) + self.n_bulk;
        if more > 0 {
            out.line(&format!("  and {more} more changes"));
        }
        out.lines(2, &self.notes);
        self.effect.print(out);
        Ok(())
    }

    /// The same as rows: what would change, who would gain and lose what, what else to know.
    fn rows(&self, out: &mut Out) -> Result<()> {
        let mut rows = out.rows(WHAT);
        self.changes.iter().try_for_each(|it| plain(&mut rows, "change", it))?;
        self.effect.rows(&mut rows)?;
        self.notes.iter().try_for_each(|it| plain(&mut rows, "note", it))?;
        rows.end()
    }

    /// Whether no row would be another one.
    pub(super) fn changes_nothing(&self) -> bool {
        self.all.is_empty() && self.n_bulk == 0
    }

    /// What another time makes of the same commands: what does not happen any more, and what happens then. `None`
    /// where it is the same; of what is not shown nothing is told but that.
    pub(super) fn difference(&self, then: &Foreseen) -> Option<Vec<String>> {
        let (before, after) = (self.lines(), then.lines());
        let only = |mark: char, these: &BTreeMap<String, bool>, those: &BTreeMap<String, bool>| {
            let told = these.iter().filter(|(line, _)| !those.contains_key(*line));
            told.filter(|(_, is_shown)| **is_shown).map(|(line, _)| format!("{mark} {line}")).collect::<Vec<_>>()
        };
        let is_same = before.keys().eq(after.keys()) && self.n_bulk == then.n_bulk;
        (!is_same).then(|| [only('-', &before, &after), only('+', &after, &before)].concat())
    }

    /// Every change, and every permission that somebody gains or loses.
    fn lines(&self) -> BTreeMap<String, bool> {
        self.all.iter().map(|(line, is_shown)| (line.clone(), *is_shown)).chain(self.effect.lines().map(|it| (it, true))).collect()
    }
}

/// A change in words without the number that a new row gets: on another day it is another one.
fn without_number(change: &Change, line: &str) -> String {
    let title = by_kind!(change, edit => edit.after.as_ref().filter(|_| edit.before.is_none()).map(Row::title)).unwrap_or_default();
    let number = title.split(' ').next().filter(|it| it.parse::<i64>().is_ok());
    number.map_or_else(|| line.to_owned(), |it| line.replacen(&format!(" {it}"), "", 1))
}

/// The columns of an answer that tells things of several kinds.
pub(super) const WHAT: [&str; 4] = ["kind", "what", "people", "sites"];

/// A row of [`WHAT`] that is about nobody.
pub(super) fn plain(rows: &mut Rows<'_>, kind: &str, what: &str) -> Result<()> {
    rows.add(vec![kind.to_owned(), what.to_owned(), String::new(), String::new()], &())
}

/// Prints what would happen where there is nobody yet whose access it could change.
pub(super) fn foretold(out: &mut Out, change: String) -> Result<()> {
    let effect = Effect { whole: true, ..Effect::default() };
    match out.format {
        Format::Table => {
            out.line(&format!("nothing was saved; this would happen: {change}"));
            Ok(())
        }
        Format::Json | Format::Csv | Format::Md | Format::Html => {
            Foreseen { dry_run: true, changes: vec![change], effect, notes: Vec::new(), n_bulk: 0, all: BTreeMap::new() }.print(out)
        }
    }
}

/// Who would gain and lose what.
#[derive(Default, Serialize)]
pub(super) struct Effect {
    gains: Vec<Gained>,
    losses: Vec<Gained>,
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

impl Effect {
    /// What changes would do to everybody's access, by name. Where it was too much to count, nobody is named.
    pub(super) fn of(db: Reader<'_>, changes: &[Change], effect: Option<&Impact>) -> Result<Effect> {
        let Some(found) = effect else { return Ok(Effect::default()) };
        let (policy, names) = (db.policy(None)?, Names::of(db, changes));
        let rows =
            |gain: bool| found.effects.iter().filter(|it| it.gain == gain).map(|it| named(&names, &policy, it)).collect::<Result<_>>();
        Ok(Effect {
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

    /// A line a permission that is gained or lost, with everybody and every site.
    fn lines(&self) -> impl Iterator<Item = String> {
        let sorted =
            |names: &[String]| names.iter().map(String::as_str).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ");
        let line = move |(word, it): (&str, &Gained)| format!("{word} {}: {} on {}", it.permission, sorted(&it.people), sorted(&it.sites));
        let gains = self.gains.iter().map(|it| ("gain", it));
        gains.chain(self.losses.iter().map(|it| ("lose", it))).map(line)
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
            out.line(&format!("{seen}{} and {} would be touched:", plural(people, "person"), plural(sites, "site")));
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
fn groups(rows: &[Gained]) -> Vec<Vec<&Gained>> {
    let mut groups: Vec<Vec<&Gained>> = Vec::new();
    for row in rows {
        match groups.iter_mut().find(|it| (&it[0].people, &it[0].sites) == (&row.people, &row.sites)) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    groups
}

/// An effect by its names.
fn named(names: &Names<'_>, policy: &Policy, effect: &impact::Effect) -> Result<Gained> {
    let permission = policy.catalog(&effect.platform).map(|it| it.get(effect.permission));
    Ok(Gained {
        permission: permission.map_or_else(String::new, |it| it.id.clone()),
        platform: effect.platform.clone(),
        sensitive: permission.is_some_and(crate::domain::catalog::Permission::is_sensitive),
        people: effect.people.iter().map(|id| names.person(*id)).collect::<Result<_>>()?,
        sites: effect.sites.iter().map(|id| names.site(*id)).collect::<Result<_>>()?,
    })
}
