//! Activity: the journal, newest first.

use std::cell::OnceCell;
use std::collections::HashSet;

use anyhow::Result;
use ratatui::text::Line;

use super::list::Kind;
use crate::command::Command;
use crate::domain::policy::Policy;
use crate::domain::text::few;
use crate::domain::time::{self, Zone};
use crate::exchange::report::Report;
use crate::exchange::told::{Names, switched, told_among};
use crate::facts::Reader;
use crate::query::diff::{Difference, Moved, Point, Wanted};
use crate::query::journal;
use crate::query::search::{self, Index};
use crate::query::sight::Shown;
use crate::session::Session;
use crate::store::journal::Entry;
use crate::store::page::{Anchor, Position};
use crate::tui::action::{self, Action, Place, actions};
use crate::tui::keymap::key_of;
use crate::tui::theme::Theme;
use crate::tui::overlays::sheet::{Sheet, Tone};
use crate::tui::view::{Env, Found, Message, Progress, Work};
use crate::tui::widgets::lines::{fact, heading, plural, span, wrap};
use crate::tui::widgets::window::{Column, Item, column};

actions! {
    PLACE "Log" "Every step ever saved, newest first; each can be explained and taken back." as Body {
        MARK_ENTRY "mark-entry" ["space"] "mark" "Mark this entry, or take its mark, and go one down: two that are marked are compared";
        COMPARE "log-compare" ["m"] "compare" "Who gained and lost what between two entries that are marked; without marks, from this entry to now";
        TAKE_BACK "take-back" ["x"] "take back" Step([]) "Take exactly this step back";
    }
}

/// How far back the filter looks.
const MAX_ENTRIES_SEARCHED: usize = 20_000;

/// Most changes that a receipt tells.
const MAX_RECEIPT: usize = 1_000;

/// Steps that may have taken back what is listed.
const MAX_UNDOS_READ: usize = 2_000;

#[derive(Default)]
pub(in crate::tui) struct Activity {
    /// The entries that were taken back, once they are read.
    taken_back: OnceCell<HashSet<i64>>,
}

impl Activity {
    fn taken_back(&self, env: &Env<'_>) -> Result<&HashSet<i64>> {
        if let Some(known) = self.taken_back.get() {
            return Ok(known);
        }
        let read = journal::taken_back(env.db, MAX_UNDOS_READ)?;
        Ok(self.taken_back.get_or_init(|| read))
    }

    fn item(&self, env: &Env<'_>, entry: Entry) -> Result<Item> {
        let when = time::ago(entry.at, env.now);
        let dim = self.taken_back(env)?.contains(&entry.seq);
        let what = if dim { format!("taken back: {}", entry.summary) } else { entry.summary };
        let place = Position { fold: String::new(), id: entry.seq };
        Ok(Item { id: entry.seq, place, dim, trouble: false, fate: None, beside: false, cells: vec![what, when, format!("#{}", entry.seq), entry.actor] })
    }
}

impl Kind for Activity {
    const PLACE: &'static Place = PLACE;
    const ON_MARKED: &'static [Action] = &[COMPARE];
    const COLUMNS: &'static [Column] = &[column("what", 0), column("when", 11), column("entry", 6), column("who", 16)];

    fn page(&self, env: &Env<'_>, from: &Anchor, limit: usize) -> Result<Vec<Item>> {
        let db = env.db;
        let newest = db.head()?.map_or(0, |it| it.seq);
        let n = i64::try_from(limit)?;
        // The list runs from the newest entry to the first: "after" is older.
        let (before, limit) = match from {
            Anchor::Start => (newest + 1, n),
            Anchor::After(place) => (place.id, n),
            Anchor::At(place) => (place.id + 1, n),
            Anchor::Before(place) => ((place.id + n).min(newest) + 1, n.min(newest - place.id)),
            Anchor::End => (n.min(newest) + 1, n),
        };
        let entries = journal::page(db, Some(before), usize::try_from(limit.max(0))?)?;
        entries.into_iter().map(|it| self.item(env, it)).collect()
    }

    fn find(&self, env: &Env<'_>, id: i64) -> Result<Option<Item>> {
        env.db.entry(id)?.map(|it| self.item(env, it)).transpose()
    }

    fn total(&self, env: &Env<'_>) -> Result<usize> {
        Ok(usize::try_from(env.db.head()?.map_or(0, |it| it.seq))?)
    }

    fn ids(&self, env: &Env<'_>) -> Result<Vec<i64>> {
        Ok((1..=env.db.head()?.map_or(0, |it| it.seq)).rev().collect())
    }

    fn shown(&self, env: &Env<'_>) -> Result<Option<Shown>> {
        env.sight.entries(env.db)
    }

    fn index(db: Reader<'_>, policy: &Policy) -> Result<Index> {
        let words = |policy: &Policy, it: &Entry| {
            let seq = format!("#{}", it.seq);
            search::row([("what", it.summary.as_str()), ("actor", &it.actor), ("at", &policy.zone.minute(it.at)), ("entry", &seq)])
        };
        let entries = journal::page(db, None, MAX_ENTRIES_SEARCHED)?;
        Ok(Index::of(entries.into_iter().map(|it| (it.seq, words(policy, &it)))))
    }

    fn empty(&self) -> String {
        "nothing has happened yet".to_owned()
    }

    fn detail(&self, env: &Env<'_>, id: i64, width: usize, theme: &Theme) -> Result<Vec<Line<'static>>> {
        let db = env.db;
        let Some(entry) = db.entry(id)? else { return Ok(Vec::new()) };
        let mut page: Vec<Line<'static>> = wrap(&entry.summary, width).into_iter().map(Line::from).collect();
        page.extend([
            fact(theme, "when", &entry.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)),
            fact(theme, "who", &entry.actor),
            fact(theme, "ran by", &entry.via),
        ]);
        let head = entry.head().to_string();
        let (first, rest) = head.split_at(head.len().min(width.saturating_sub(10).max(20)));
        page.push(fact(theme, "head", first));
        if !rest.is_empty() {
            page.push(fact(theme, "", rest));
        }
        page.push(Line::default());
        if entry.parts > 0 {
            page.push(Line::styled("a large import: its changes are kept compressed", theme.hint));
            page.push(Line::styled(format!("{} takes all of it back", key_of(TAKE_BACK)), theme.hint));
            return Ok(page);
        }
        let (changes, more) = journal::changes(db, &entry, 15)?;
        page.push(heading(theme, "CHANGES"));
        let names = Names::of(db, &changes);
        for it in &changes {
            page.push(Line::from(span(&told_among(&names, env.policy, it)?, theme.text)));
        }
        if more {
            page.push(Line::styled(format!("and more; rolecall journal show {id}"), theme.hint));
        }
        page.extend([Line::default(), Line::styled(format!("{} takes exactly this step back", key_of(TAKE_BACK)), theme.hint)]);
        Ok(page)
    }

    /// The receipt of an entry: what it changed, by names, as far as the actor may know it.
    fn report(&self, env: &Env<'_>, id: i64) -> Result<Option<Report>> {
        let db = env.db;
        let Some(entry) = db.entry(id)? else { return Ok(None) };
        let (changes, more) = journal::changes(db, &entry, MAX_RECEIPT)?;
        let (mut rows, names) = (Vec::new(), Names::of(db, &changes));
        for it in &changes {
            if env.sight.shows_change(db, it)? {
                let lines = switched(env.policy, it).map_or_else(|| Ok(vec![told_among(&names, env.policy, it)?]), anyhow::Ok)?;
                rows.extend(lines.into_iter().map(|it| vec![it]));
            }
        }
        let when = format!("{} by {}", env.policy.zone.exact(entry.at), entry.actor);
        let head = format!("head of the journal after it: {}", entry.head());
        let cut = more.then(|| format!("these are the first {MAX_RECEIPT} changes"));
        let remarks = [entry.summary, when, head].into_iter().chain(cut).collect();
        Ok(Some(Report { title: format!("Entry {id}"), remarks, header: vec!["change".to_owned()], rows }))
    }

    fn stale(&mut self) {
        self.taken_back.take();
    }

    fn act_on_marked(&mut self, env: &Env<'_>, ids: &[i64], action: Action) -> Result<Option<Vec<Message>>> {
        if action != COMPARE {
            return Ok(None);
        }
        let (Some(first), Some(last), 2) = (ids.iter().min(), ids.iter().max(), ids.len()) else {
            return Ok(Some(vec![Message::Complain("two entries can be compared: mark two".to_owned())]));
        };
        let point = |seq: i64| Ok::<_, anyhow::Error>(env.db.entry(seq)?.map(|it| Point { at: it.at, entry: seq }));
        let (Some(from), Some(to)) = (point(*first)?, point(*last)?) else { return Ok(None) };
        Ok(Some(vec![compare(from, Point { at: to.at.max(from.at), ..to }, format!("#{last}"))]))
    }

    fn act(&mut self, env: &Env<'_>, id: Option<i64>, wanted: Action) -> Result<Option<Vec<Message>>> {
        let Some(entry) = id.map(|seq| env.db.entry(seq)).transpose()?.flatten() else { return Ok(None) };
        let question = format!("Take back entry {}: {}?", entry.seq, entry.summary);
        Ok(match wanted {
            action::TIMELINE => {
                let key = key_of(action::TIMELINE);
                Some(vec![Message::Complain(format!("these are entries; {key} on a contact, a site or a person shows here what is about them"))])
            }
            MARK_ENTRY => Some(vec![Message::Perform(action::MARK)]),
            COMPARE => {
                let newest = env.db.newest()?.map_or(entry.seq, |(head, _)| head.seq);
                Some(vec![compare(Point { at: entry.at, entry: entry.seq }, Point { at: env.now, entry: newest }, "now".to_owned())])
            }
            TAKE_BACK => Some(vec![Message::Ask(question, vec![Command::Undo(entry.seq)])]),
            _ => None,
        })
    }
}

/// Works out what differs between what stood after one entry and after another, or stands now, and shows it.
fn compare(from: Point, to: Point, end: String) -> Message {
    let run = move |session: &mut Session, _: &Progress<'_>| {
        let found = session.difference(&Wanted::default(), from, to)?;
        let title = format!("From #{} to {end}", from.entry);
        let sheet = sheet(&found, title, (from, to), session.zone()?);
        Ok(Found::Then(Box::new(move |_| Ok(Message::Open(Box::new(sheet))))))
    };
    Message::Work(Work { what: "comparing what people could do then and later".to_owned(), writes: false, run: Box::new(run) })
}

fn sheet(found: &Difference, title: String, (from, to): (Point, Point), zone: Zone) -> Sheet {
    let mut sheet = Sheet::new(title);
    sheet.say(Tone::Hint, format!("{} to {}", zone.exact(from.at), zone.exact(to.at)));
    if found.in_part {
        sheet.say(Tone::Hint, "as far as you see");
    }
    if found.is_empty() {
        sheet.say(Tone::Text, "Nobody gained or lost anything.");
    }
    for (title, tone, list) in [("GAINED", Tone::Good, &found.gains), ("LOST", Tone::Bad, &found.losses)] {
        if !list.is_empty() {
            sheet.say(Tone::Heading, title);
        }
        for it in list {
            sheet.say(tone, moved(it));
        }
    }
    let entries: Vec<String> = found.entries.iter().map(|it| format!("#{it}")).collect();
    if !entries.is_empty() {
        sheet.say(Tone::Heading, "BY");
        sheet.say(Tone::Text, entries.join(" "));
    }
    if let Some(besides) = found.besides() {
        sheet.say(Tone::Hint, besides);
    }
    sheet
}

fn moved(it: &Moved) -> String {
    let labels: Vec<String> = it.permissions().map(|it| it.label.clone()).collect();
    let sensitive = it.permissions().filter(|it| it.is_sensitive()).count();
    let mark = if sensitive > 0 { format!(", {sensitive} sensitive") } else { String::new() };
    format!("{} on {}: {}{mark}: {}", it.person.email, it.site.name, plural(labels.len(), "permission"), few(&labels))
}
