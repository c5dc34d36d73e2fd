//! A pane that is a list.

mod columns;
pub(super) mod sorting;
pub(super) mod staged;

use std::collections::HashSet;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use ratatui::Frame;
use ratatui::layout::{self, Rect};
use ratatui::text::Line;

use self::sorting::{Keys, Sorting, arrow};
pub(in crate::tui) use self::staged::Merged;
use crate::domain::change::Change;
use crate::domain::ids::SiteId;
use crate::domain::policy::Policy;
use crate::domain::text;
use crate::exchange::report::Report;
use crate::facts::Reader;
use crate::query::order::{Ask, Order, Ranks, Sort};
use crate::query::rights::{Of, Rights};
use crate::query::search::{self, Field, Index, Query};
use crate::query::sight::Shown;
use crate::store::page::{Anchor, Position};
use crate::tui::action::{self, Action, Place, Takes};
use crate::tui::keymap::key_of;
use crate::tui::panes::key_of_pane;
use crate::tui::theme::{Shapes, Theme};
use crate::tui::view::{Arrangement, Card, Env, Message, Paint, Pane, ReadIndex, ReadOrder, Room, Spot};
use crate::tui::widgets::lines::{self, Title};
use crate::tui::widgets::marks::Marks;
use crate::tui::widgets::window::{self, Column, Fate, Head, Item, Rows, Window, positions};

/// Most rows that are written at once.
const MAX_WRITTEN: usize = 10_000;

/// What of a title is not for counts: its rules and blanks, and the least of its name.
const LEAST_TITLE: usize = 16;

/// Rules and blanks of a title.
const TITLE_FRAME: usize = 7;

/// What a list shows, and what can be done with a row of it.
pub(in crate::tui) trait Kind {
    const PLACE: &'static Place;
    /// What it is called where its title has no room.
    const SHORT: &'static str = Self::PLACE.title;
    /// The columns, the more needed first.
    const COLUMNS: &'static [Column];
    /// Those that it has at other times.
    const OTHER_COLUMNS: &'static [Column] = &[];
    /// What takes a row away; of one that is only staged, its step.
    const TAKES_AWAY: Option<Action> = None;
    /// What shows other rows than before.
    const RELISTS: &'static [Action] = &[];
    /// What is about no row, and is done also where there is none.
    const ALONE: &'static [Action] = &[];
    /// What is done to all that is marked.
    const ON_MARKED: &'static [Action] = &[];
    /// The columns as things stand.
    fn columns(&self) -> &'static [Column] {
        Self::COLUMNS
    }
    /// Rows in list order.
    fn page(&self, env: &Env<'_>, from: &Anchor, limit: usize) -> Result<Vec<Item>>;
    fn find(&self, env: &Env<'_>, id: i64) -> Result<Option<Item>>;
    fn total(&self, env: &Env<'_>) -> Result<usize>;
    /// Of rows that are not all to be seen to, those that are.
    fn pressing(&self, _env: &Env<'_>) -> Result<Option<Pressing>> {
        Ok(None)
    }
    /// The numbers of all rows, in list order.
    fn ids(&self, env: &Env<'_>) -> Result<Vec<i64>>;
    /// The rows that the actor may see, where that is not all of them.
    fn shown(&self, env: &Env<'_>) -> Result<Option<Shown>>;
    /// Number and search text of every row, for the filter.
    fn index(db: Reader<'_>, policy: &Policy) -> Result<Index>;
    /// The same where the rows lie with the screens and need not be read.
    fn index_here(&self, _env: &Env<'_>) -> Option<Index> {
        None
    }
    /// The row that this change makes or takes away, if it is one of this list.
    fn moved(&self, _change: &Change) -> Option<i64> {
        None
    }
    /// What the rows are sorted by in the column of this name; a list that keeps its own order has nothing.
    fn keys(&self, _env: &Env<'_>, _column: &str) -> Result<Keys> {
        Ok(Keys::Here(Vec::new()))
    }
    /// What the filter may ask about by numbers.
    fn counted(&self) -> &'static [&'static str] {
        &[]
    }
    /// What is counted of the rows in this field, by number.
    fn counts(&self, _env: &Env<'_>, _field: &'static str) -> Result<Keys> {
        Ok(Keys::Here(Vec::new()))
    }
    /// Whose rights `can:` asks about in the filter, if it asks here at all.
    fn rights(&self) -> Option<Of> {
        None
    }
    /// The page about one row.
    fn detail(&self, env: &Env<'_>, id: i64, width: usize, theme: &Theme) -> Result<Vec<Line<'static>>>;
    /// Whether there is more than is listed.
    fn is_cut(&self) -> bool {
        false
    }
    /// What to say where the list is empty.
    fn empty(&self) -> String;
    /// An action on the selected row; `None` where it means nothing here.
    fn act(&mut self, env: &Env<'_>, id: Option<i64>, action: Action) -> Result<Option<Vec<Message>>>;
    /// An action on all that is marked; `None` where it is done to one row at a time.
    fn act_on_marked(&mut self, _env: &Env<'_>, _ids: &[i64], _action: Action) -> Result<Option<Vec<Message>>> {
        Ok(None)
    }
    /// What is written of one row instead of the list.
    fn report(&self, _env: &Env<'_>, _id: i64) -> Result<Option<Report>> {
        Ok(None)
    }
    /// Something changed: forget what was read.
    fn stale(&mut self) {}
    /// The same where nothing was saved: what is staged is something else.
    fn restaged(&mut self) {
        self.stale();
    }
}

/// How many rows wait to be seen to, and in how many days the first of them is too late, where that is soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Pressing {
    pub(in crate::tui) n: usize,
    pub(in crate::tui) days: Option<i64>,
}

/// How the rows are those that the filter lets through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Finding {
    #[default]
    Found,
    /// Nothing has its words: these have the letters in their order.
    Near,
    /// They are not yet: the filter waits for the index.
    Searching,
}

#[derive(Default)]
pub(in crate::tui) struct ListPane<K> {
    pub(in crate::tui) kind: K,
    window: Window,
    /// The rows that the actor may see, where that is not all of them.
    shown: Option<Shown>,
    /// Whether that is read, and all below keeps to it.
    keeps_to_shown: bool,
    /// Narrowed by another pane: "on Acme", and to which rows.
    narrowed: Option<(String, Merged)>,
    /// What another pane puts on top.
    lead: Option<Lead>,
    filter: String,
    index: Option<Index>,
    /// The rows that the filter lets through.
    matched: Option<Vec<i64>>,
    /// All rows, where staged steps make some or take some away, and which those are.
    merged: Option<Merged>,
    movers: Vec<i64>,
    finding: Finding,
    sorting: Sorting,
    /// How it is arranged where nothing else was chosen, and what was.
    usual: Arrangement,
    chosen: Arrangement,
    /// They outlive filter, sort and narrowing.
    marks: Marks,
    /// How many marked rows are not among those that are listed; counted anew where that is not known.
    n_hidden: Option<usize>,
    /// Rows may be gone that are marked.
    may_be_gone: bool,
    /// How many rows there are, and which of them are to be seen to, once that was counted.
    tally: Option<(usize, Option<Pressing>)>,
}

/// Rows that stand on top of the others, which are dim below them, and whose they are.
pub(in crate::tui) struct Lead {
    pub(in crate::tui) name: String,
    /// As they came, and as they are sorted.
    own: Vec<i64>,
    ids: Vec<i64>,
    set: HashSet<i64>,
}

impl Lead {
    pub(in crate::tui) fn new(name: String, ids: Vec<i64>) -> Lead {
        Lead { name, set: ids.iter().copied().collect(), own: ids.clone(), ids }
    }

    /// Leaves out those that are not shown.
    fn keep_only(&mut self, seen: &HashSet<i64>) {
        self.own.retain(|id| seen.contains(id));
        self.ids.retain(|id| seen.contains(id));
        self.set.retain(|id| seen.contains(id));
    }

    /// Sorts them, or puts them as they came.
    fn arrange(&mut self, order: Option<&Order>) {
        self.ids.clone_from(&self.own);
        if let Some(order) = order {
            self.ids.sort_by_key(|id| order.rank(*id));
        }
    }

    pub(in crate::tui) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    pub(in crate::tui) fn has(&self, site: SiteId) -> bool {
        self.set.contains(&site.0)
    }

    pub(in crate::tui) fn sites(&self) -> Vec<SiteId> {
        self.ids.iter().copied().map(SiteId).collect()
    }
}

/// When the first of what is held ends, in a cell: its last day.
pub(super) fn ends(env: &Env<'_>, until: Option<DateTime<Utc>>, holds: bool) -> String {
    match until {
        Some(until) => env.policy.zone.day(until - TimeDelta::microseconds(1)),
        None if holds => "never".to_owned(),
        None => String::new(),
    }
}

/// The kind's rows, or the given ones in their order.
struct Through<'a, K> {
    kind: &'a K,
    env: &'a Env<'a>,
    only: Option<&'a [i64]>,
    lead: Option<&'a Lead>,
    /// All rows, where they do not stand in the kind's own order.
    order: Option<&'a [i64]>,
}

/// What the places of sorted rows have for a name, beside those that lead.
const SORTED: &str = "sorted";

impl<K: Kind> Rows for Through<'_, K> {
    fn page(&self, from: &Anchor, limit: usize) -> Result<Vec<Item>> {
        match (self.only, self.lead) {
            (Some(ids), _) => self.given(ids, from, limit),
            (None, Some(lead)) if !lead.ids.is_empty() => self.led(lead, from, limit),
            (None, _) => self.own(from, limit),
        }
    }

    fn find(&self, id: i64) -> Result<Option<Item>> {
        let given = self.only.or(self.lead.filter(|it| it.set.contains(&id)).map(|it| it.ids.as_slice()));
        let place = |ids: &[i64], fold: &str| ids.iter().position(|it| *it == id).map_or(Ok(None), |at| self.at(at, id, fold));
        match (given, self.order) {
            (Some(ids), _) => place(ids, ""),
            (None, Some(ids)) => place(ids, SORTED),
            (None, None) => self.row(id),
        }
    }

    fn total(&self) -> Result<usize> {
        // Where none comes and none goes there are as many as are saved, which is counted sooner.
        self.only.or(self.order).map_or_else(|| self.kind.total(&self.env.saved()), |ids| Ok(ids.len()))
    }
}

impl<K: Kind> Through<'_, K> {
    fn at(&self, at: usize, id: i64, fold: &str) -> Result<Option<Item>> {
        let place = Position { fold: fold.to_owned(), id: i64::try_from(at)? };
        Ok(self.row(id)?.map(|item| Item { place, ..item }))
    }

    /// A row as it would be; one that goes, as it is.
    fn row(&self, id: i64) -> Result<Option<Item>> {
        let found = match self.kind.find(self.env, id)? {
            Some(item) => Some(self.fated(item)?),
            None if self.env.is_saved() => None,
            None => self.kind.find(&self.env.saved(), id)?.map(|it| Item { fate: Some(Fate::Goes), dim: true, ..it }),
        };
        Ok(found.map(|it| self.dimmed(it)))
    }

    /// The row with what a save does to it, by what it shows.
    fn fated(&self, item: Item) -> Result<Item> {
        if self.env.is_saved() || item.fate.is_some() {
            return Ok(item);
        }
        let fate = match self.kind.find(&self.env.saved(), item.id)? {
            None => Some(Fate::Comes),
            Some(before) => (before.cells != item.cells).then_some(Fate::Differs),
        };
        Ok(Item { fate, ..item })
    }

    /// Rows beside those that lead are dim.
    fn dimmed(&self, item: Item) -> Item {
        let beside = self.lead.is_some_and(|it| !it.ids.is_empty() && !it.set.contains(&item.id));
        Item { dim: item.dim || beside, beside, ..item }
    }

    fn given(&self, ids: &[i64], from: &Anchor, limit: usize) -> Result<Vec<Item>> {
        self.placed(ids, "", from, limit)
    }

    fn placed(&self, ids: &[i64], fold: &str, from: &Anchor, limit: usize) -> Result<Vec<Item>> {
        let range = positions(from, limit, ids.len());
        let rows = range.map(|at| self.at(at, ids[at], fold));
        rows.filter_map(Result::transpose).collect()
    }

    /// All rows as they are sorted, or in the kind's own order.
    fn own(&self, from: &Anchor, limit: usize) -> Result<Vec<Item>> {
        match self.order {
            Some(ids) => self.placed(ids, SORTED, from, limit),
            None => self.kind.page(self.env, from, limit)?.into_iter().map(|it| self.fated(it)).collect(),
        }
    }

    fn own_ids(&self) -> Result<Vec<i64>> {
        self.order.map_or_else(|| self.kind.ids(self.env), |ids| Ok(ids.to_vec()))
    }

    /// Those that lead, and below them the others.
    // INVARIANT: the other rows have names, so that a place without one is among those that lead.
    fn led(&self, lead: &Lead, from: &Anchor, limit: usize) -> Result<Vec<Item>> {
        let among_lead = |it: &Position| it.fold.is_empty();
        match from {
            Anchor::Before(place) if among_lead(place) => self.given(&lead.ids, from, limit),
            Anchor::Before(_) | Anchor::End => {
                let others = self.others(lead, from, limit)?;
                let above = self.given(&lead.ids, &Anchor::End, limit - others.len())?;
                Ok([above, others].concat())
            }
            Anchor::After(place) | Anchor::At(place) if !among_lead(place) => self.others(lead, from, limit),
            Anchor::Start | Anchor::After(_) | Anchor::At(_) => {
                let first = self.given(&lead.ids, from, limit)?;
                let others = self.others(lead, &Anchor::Start, limit - first.len())?;
                Ok([first, others].concat())
            }
        }
    }

    /// The numbers of the rows, in the order in which they are listed.
    fn ids(&self) -> Result<Vec<i64>> {
        let lead = self.lead.filter(|it| !it.ids.is_empty());
        Ok(match (self.only, lead) {
            (Some(ids), _) => ids.to_vec(),
            (None, None) => self.own_ids()?,
            (None, Some(lead)) => {
                let others = self.own_ids()?.into_iter().filter(|id| !lead.set.contains(id));
                lead.ids.iter().copied().chain(others).collect()
            }
        })
    }

    /// The rows without those that lead.
    fn others(&self, lead: &Lead, from: &Anchor, limit: usize) -> Result<Vec<Item>> {
        let backwards = matches!(from, Anchor::Before(_) | Anchor::End);
        let (mut found, mut from) = (Vec::new(), from.clone());
        while found.len() < limit {
            let mut page = self.own(&from, limit)?;
            let Some(edge) = (if backwards { page.first() } else { page.last() }) else { break };
            from = if backwards { Anchor::Before(edge.place.clone()) } else { Anchor::After(edge.place.clone()) };
            page.retain(|it| !lead.set.contains(&it.id));
            if backwards {
                found.splice(0..0, page)
            } else {
                found.splice(found.len().., page)
            };
        }
        let surplus = found.len().saturating_sub(limit);
        if backwards {
            found.drain(..surplus)
        } else {
            found.drain(limit.min(found.len())..)
        };
        Ok(found.into_iter().map(|it| self.dimmed(it)).collect())
    }
}

impl<K: Kind> ListPane<K> {
    /// Shows only these rows, and says so: "of Theo".
    pub(in crate::tui) fn narrow(&mut self, to: Option<(String, Merged)>) {
        self.narrowed = to;
        self.keeps_to_shown = false;
        self.filter.clear();
        self.refresh(None);
    }

    pub(in crate::tui) fn is_narrowed(&self) -> bool {
        self.narrowed.is_some()
    }

    /// Puts these rows on top, the cursor on one of them; the others stay in reach below.
    pub(in crate::tui) fn lead(&mut self, lead: Option<Lead>) {
        let here = self.selected();
        let mut lead = lead;
        if let Some(lead) = &mut lead {
            lead.arrange(self.sorting.order());
        }
        let first = lead.as_ref().and_then(|it| here.filter(|id| it.set.contains(id)).or(it.ids.first().copied()));
        self.lead = lead;
        self.keeps_to_shown = false;
        self.refresh(first.or(here));
    }

    /// The same with the selection kept: what is on top was read again.
    pub(in crate::tui) fn lead_again(&mut self, lead: Option<Lead>) {
        self.lead = lead;
        self.keeps_to_shown = false;
        self.refresh(self.selected());
    }

    /// Whose rows are on top, where there are any.
    pub(in crate::tui) fn led_by(&self) -> Option<&Lead> {
        self.lead.as_ref()
    }

    /// The same with the filter and the selection kept: what it is narrowed to was read again.
    pub(in crate::tui) fn renarrow(&mut self, to: Option<(String, Merged)>) {
        self.narrowed = to;
        self.keeps_to_shown = false;
        self.refresh(self.selected());
    }

    fn refresh(&mut self, at: Option<i64>) {
        self.tally = None;
        self.matched = None;
        self.finding = Finding::Found;
        self.restart(at);
    }

    /// Other rows are listed from now on.
    fn restart(&mut self, at: Option<i64>) {
        self.sorting.listed = None;
        self.marks.keep_range();
        self.n_hidden = None;
        self.window.restart(at);
    }

    /// Leaves out what the actor may not see.
    fn keep_to_shown(&mut self, env: &Env<'_>) -> Result<()> {
        if self.keeps_to_shown {
            return Ok(());
        }
        self.keeps_to_shown = true;
        self.merge(env)?;
        self.order_rows(env)?;
        self.shown = self.kind.shown(env)?;
        // What they stage themselves they may see.
        let come: Vec<i64> = self.merged.iter().flat_map(|it| &it.ids).copied().filter(|id| *id < 0).collect();
        self.shown.iter_mut().for_each(|it| it.ids.extend(&come));
        let Some(shown) = &self.shown else { return Ok(()) };
        let seen: HashSet<i64> = shown.ids.iter().copied().collect();
        if let Some((_, rows)) = &mut self.narrowed {
            rows.ids.retain(|id| seen.contains(id));
        }
        if let Some(lead) = &mut self.lead {
            lead.keep_only(&seen);
        }
        self.index = self.index.take().map(|it| it.only(&shown.ids));
        if self.matched.is_some() {
            self.match_rows();
        }
        Ok(())
    }

    fn with_rows<T>(&mut self, env: &Env<'_>, work: impl FnOnce(&mut Window, &Through<'_, K>) -> Result<T>) -> Result<T> {
        self.keep_to_shown(env)?;
        self.arrange();
        let narrowed = self.narrowed.as_ref().map(|(_, rows)| rows.ids.as_slice());
        let only = self.matched.as_deref().or(narrowed).or(self.shown.as_ref().map(|it| it.ids.as_slice()));
        let (only, order) = (
            self.sorting.listed.as_deref().or(only),
            self.sorting.order().map(Order::ids).or(self.merged.as_ref().map(|it| it.ids.as_slice())),
        );
        let rows = Through { kind: &self.kind, env, only, lead: self.lead.as_ref(), order };
        work(&mut self.window, &rows)
    }

    /// Moves the cursor; a range goes with it.
    fn go(&mut self, step: window::Step, env: &Env<'_>) -> Result<()> {
        self.with_rows(env, |window, rows| window.go(step, rows))?;
        if self.selected().is_some_and(|id| self.marks.stretch(id)) {
            self.n_hidden = None;
        }
        Ok(())
    }

    /// Marks the row, begins a range, or marks all that is shown: of a list in which some lead, those.
    fn mark_by(&mut self, action: Action, env: &Env<'_>) -> Result<()> {
        self.n_hidden = None;
        let Some(id) = self.selected() else { return Ok(()) };
        match action {
            action::MARK => {
                self.marks.turn(id);
                self.go(window::Step::Rows(1), env)?;
            }
            action::MARK_RANGE if self.marks.keep_range() => {}
            action::MARK_RANGE => {
                let rows = self.with_rows(env, |_, rows| rows.ids())?;
                self.marks.begin(rows, id);
            }
            _ => {
                let lead = self.lead.as_ref().filter(|it| self.matched.is_none() && !it.is_empty()).map(|it| it.ids.clone());
                let rows = lead.map_or_else(|| self.with_rows(env, |_, rows| rows.ids()), Ok)?;
                self.marks.add(rows);
            }
        }
        Ok(())
    }

    /// All rows of which the actor may know.
    fn all(&mut self, env: &Env<'_>) -> Result<Vec<i64>> {
        self.keep_to_shown(env)?;
        self.shown.as_ref().map_or_else(|| self.ids(env), |it| Ok(it.ids.clone()))
    }

    /// Forgets the marks of rows that are gone, and counts those that are not listed.
    fn check_marks(&mut self, env: &Env<'_>) -> Result<()> {
        if std::mem::take(&mut self.may_be_gone) && !self.marks.is_empty() {
            let all = self.all(env)?;
            self.marks.keep_only(&all);
            self.n_hidden = None;
        }
        if self.n_hidden.is_none() {
            let is_all = self.matched.is_none() && self.narrowed.is_none();
            let listed = if self.marks.is_empty() || is_all { None } else { Some(self.with_rows(env, |_, rows| rows.ids())?) };
            self.n_hidden = Some(listed.map_or(0, |rows| self.marks.len() - self.marks.among(&rows).len()));
        }
        Ok(())
    }

    /// The rows that are marked, in the order of the list.
    pub(in crate::tui) fn marked(&mut self, env: &Env<'_>) -> Result<Vec<i64>> {
        let all = self.all(env)?;
        Ok(self.marks.among(&all))
    }

    /// What an action does to one row, or to all that are marked.
    fn act_on_rows(&mut self, action: Action, env: &Env<'_>) -> Result<Vec<Message>> {
        let id = self.selected();
        let takes = [K::PLACE, action::LISTS].into_iter().find_map(|it| it.entry(action)).map(|it| it.takes);
        let changes = takes.is_some_and(|it| it != Takes::Nothing);
        if self.marks.is_empty() {
            let fate = self.window.selected().and_then(|it| it.fate).filter(|_| changes);
            return match fate {
                Some(Fate::Comes | Fate::Goes) => self.act_on_staged(action, env),
                Some(Fate::Differs) | None => {
                    let done = self.kind.act(env, id, action)?;
                    let nothing = || if id.is_none() { vec![Message::Complain(self.nothing_words())] } else { Vec::new() };
                    Ok(done.unwrap_or_else(nothing))
                }
            };
        }
        let all = self.all(env)?;
        if let Some(messages) = self.kind.act_on_marked(env, &self.marks.among(&all), action)? {
            return Ok(messages);
        }
        if !changes {
            return Ok(self.kind.act(env, id, action)?.unwrap_or_default());
        }
        // What is about no row is done whatever is marked.
        let alone = || Message::Complain(format!("that is done to one at a time; {} takes the marks back", key_of(action::BACK)));
        Ok(self.kind.act(env, None, action)?.unwrap_or_else(|| vec![alone()]))
    }

    /// Why there is no row.
    fn nothing_words(&self) -> String {
        let why = self.shown.as_ref().filter(|it| it.ids.is_empty()).map_or_else(|| self.kind.empty(), |it| it.why.to_owned());
        if self.filter.is_empty() { why } else { self.why_nothing() }
    }

    /// `44 (+2), 12 marked, 3 not shown`, as much of it as there is room for.
    fn counted(&self, width: u16, shapes: &Shapes) -> String {
        let count = self.count(shapes).unwrap_or_default();
        let hidden = self.n_hidden.filter(|it| *it > 0).map_or_else(String::new, |it| format!(", {it} not shown"));
        let whole = format!("{count}{hidden}");
        let fits = |it: &String| text::width(it) + LEAST_TITLE <= usize::from(width);
        let short = || count.replacen(" marked", "*", 1);
        if fits(&whole) { whole } else { Some(count.clone()).filter(fits).unwrap_or_else(short) }
    }

    /// Finds the rows that the filter lets through; without an index, what was shown stays until there is one.
    fn match_rows(&mut self) {
        self.finding = Finding::Found;
        self.sorting.listed = None;
        if self.filter.trim().is_empty() {
            self.matched = None;
        } else if let Some(index) = self.index.as_ref().filter(|it| !self.lacks_of(it)) {
            let query = self.query();
            let here = self.here();
            let among = |mut ids: Vec<i64>| {
                ids.retain(|id| here.as_ref().is_none_or(|here| here.contains(id)));
                ids
            };
            let mut ids = among(index.found(&query));
            if ids.is_empty() && query.strange().is_none() {
                ids = among(index.near(&query));
                self.finding = if ids.is_empty() { Finding::Found } else { Finding::Near };
            }
            if let Some(lead) = &self.lead {
                ids.sort_by_key(|id| !lead.set.contains(id));
            }
            self.matched = Some(ids);
        } else {
            self.finding = Finding::Searching;
        }
    }

    /// The row that is named as was typed: the one under the cursor, if it is, else the first.
    fn meant(&self) -> Option<i64> {
        let (index, query) = (self.index.as_ref()?, self.query());
        let here = self.here();
        let first =
            |among: &dyn Fn(i64) -> bool| index.first_named(&query, |id| among(id) && here.as_ref().is_none_or(|it| it.contains(&id)));
        let leads = |id| self.lead.as_ref().is_none_or(|it| it.set.contains(&id));
        first(&|id| self.selected() == Some(id)).or_else(|| first(&leads)).or_else(|| first(&|_| true))
    }

    /// The rows that it is narrowed to.
    fn here(&self) -> Option<HashSet<i64>> {
        self.narrowed.as_ref().map(|it| it.1.ids.iter().copied().collect())
    }

    /// What was typed, as this list understands it.
    fn query(&self) -> Query {
        Query::counting(&self.filter, self.kind.counted())
    }

    /// Whether the filter asks what the index does not know.
    fn lacks_of(&self, index: &Index) -> bool {
        let query = self.query();
        query.asks_rights() && self.kind.rights().is_some_and(|of| !index.has_rights(of))
            || query.counts().iter().any(|it| !index.has_counts(it.field))
    }

    /// Why the filter finds nothing, and what it may ask about here.
    fn why_nothing(&self) -> String {
        let (query, all) = (self.query(), key_of(action::BACK));
        let can = self.kind.rights().map(|_| search::CAN);
        let on_rows = self.index.as_ref().map_or_else(Vec::new, Index::fields);
        let known: Vec<&str> = on_rows.iter().copied().chain(self.kind.counted().iter().copied()).chain(can).collect();
        let missing = query.fields().map(Field::as_str).find(|it| !on_rows.is_empty() && !known.contains(it));
        match query.strange().or(missing) {
            Some(name) => format!("{}; {all} shows all", search::no_field(name, &known)),
            None if on_rows.is_empty() => format!("nothing matches; {all} shows all"),
            None => {
                let names: Vec<String> = known.iter().map(|it| format!("{it}:")).collect();
                format!("nothing matches; {all} shows all. In one column: {}", names.join(" "))
            }
        }
    }

    /// The pane's key and name, the short one where the other has no room, and what it is narrowed to.
    fn name(&self, room: usize) -> String {
        let of = match (&self.narrowed, &self.lead) {
            (Some((of, _)), _) => format!(" {of}"),
            (None, Some(lead)) => format!(" of {}", lead.name),
            (None, None) => String::new(),
        };
        let named = |title: &str| format!("{} {title}{of}", key_of_pane(K::PLACE));
        let whole = named(K::PLACE.title);
        if text::width(&whole) <= room { whole } else { named(K::SHORT) }
    }

    /// The names of the columns: with their numbers while one of them is chosen, with an arrow where it is sorted by.
    fn heads(&self, paint: &Paint<'_>) -> Vec<Head> {
        let sorted = self.sorted_by();
        let head = |(at, (cell, it)): (usize, (usize, &Column))| {
            let number = if paint.numbered { format!("{} ", at + 1) } else { String::new() };
            let way = sorted.filter(|by| by.column == it.name).map_or("", |by| arrow(&paint.theme.shapes, by.down));
            Head { cell, words: format!("{number}{}", it.name), way, width: it.width }
        };
        self.shown_columns().into_iter().enumerate().map(head).collect()
    }

    /// The same without the key.
    fn titled(&self) -> String {
        let name = self.name(usize::MAX);
        name.split_once(' ').map_or_else(String::new, |it| it.1.to_owned())
    }

    fn draw_empty(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
        let words = self.nothing_words();
        let text = lines::wrap(&words, usize::from(area.width).saturating_sub(2));
        lines::paint(frame, area, text.into_iter().map(|line| Line::styled(format!(" {line}"), theme.hint)).collect());
    }
}

impl<K: Kind> Pane for ListPane<K> {
    fn act(&mut self, action: Action, env: &Env<'_>) -> Result<Vec<Message>> {
        let step = match action {
            action::UP => window::Step::Rows(-1),
            action::DOWN => window::Step::Rows(1),
            action::PAGE_UP => window::Step::Pages(-1),
            action::PAGE_DOWN => window::Step::Pages(1),
            action::HALF_UP => window::Step::HalfPages(-1),
            action::HALF_DOWN => window::Step::HalfPages(1),
            action::TOP => window::Step::Top,
            action::BOTTOM => window::Step::Bottom,
            action::MARK | action::MARK_RANGE | action::MARK_ALL => return self.mark_by(action, env).map(|()| Vec::new()),
            action::BACK if !self.marks.is_empty() => {
                self.n_hidden = None;
                let back = self.marks.take_back().filter(|it| !it.is_empty());
                return Ok(back.map(Message::Unmarked).into_iter().collect());
            }
            action::BACK if !self.filter.is_empty() => {
                self.filter("");
                return Ok(Vec::new());
            }
            action::BACK => {
                let keep = self.selected();
                (self.narrowed, self.lead) = (None, None);
                self.refresh(keep);
                return Ok(Vec::new());
            }
            action::COPY => {
                let text = self.window.selected().map(|it| it.cells[0].clone());
                return Ok(text.map(|it| Message::Copy(vec![it])).into_iter().collect());
            }
            action::COLUMNS => return Ok(vec![Message::Open(Box::new(self.columns_window()))]),
            other => {
                let messages = self.act_on_rows(other, env)?;
                if K::RELISTS.contains(&other) {
                    self.stale();
                }
                return Ok(messages);
            }
        };
        self.go(step, env)?;
        Ok(Vec::new())
    }

    fn offers(&self, action: Action) -> bool {
        let own = [K::PLACE, action::LISTS, action::TABLES].into_iter().find_map(|it| it.entry(action));
        let is_empty = self.window.is_read() && self.window.total() == 0;
        if is_empty && own.is_some() {
            return K::ALONE.contains(&action);
        }
        if !self.marks.is_empty() && own.is_some_and(|it| it.takes != Takes::Nothing) {
            return K::ON_MARKED.contains(&action);
        }
        action != action::BACK || !self.marks.is_empty() || !self.filter.is_empty() || self.narrowed.is_some() || self.lead.is_some()
    }

    fn filter(&mut self, text: &str) {
        text.clone_into(&mut self.filter);
        let before = self.matched.take();
        self.match_rows();
        if self.is_searching() {
            self.matched = before;
        } else {
            self.restart(self.meant().or(self.selected()));
        }
    }

    fn filter_text(&self) -> &str {
        &self.filter
    }

    fn selected(&self) -> Option<i64> {
        self.window.wanted()
    }

    /// Selects a row, leaving filter and narrowing if they hide it.
    fn select(&mut self, id: i64) {
        self.filter.clear();
        if self.narrowed.as_ref().is_some_and(|(_, rows)| !rows.ids.contains(&id)) {
            self.narrowed = None;
        }
        self.lead.take_if(|it| !it.set.contains(&id));
        self.refresh(Some(id));
    }

    fn point_at(&mut self, id: i64) {
        self.window.restart(Some(id));
    }

    fn point(&mut self, room: Room, at: layout::Position, env: &Env<'_>) -> Result<bool> {
        let Some(away) = room.line(at, u16::from(room.heads)).and_then(|it| self.window.away(it)) else { return Ok(false) };
        self.go(window::Step::Rows(away), env)?;
        Ok(true)
    }

    fn lacks(&self, env: &Env<'_>) -> Result<Option<ReadIndex>> {
        if self.index.as_ref().is_some_and(|it| !self.lacks_of(it)) {
            return Ok(None);
        }
        let query = self.query();
        let of = self.kind.rights().filter(|_| query.asks_rights());
        let counts = query.counts().iter().map(|it| Ok((it.field, self.kind.counts(env, it.field)?)));
        let counts = counts.collect::<Result<Vec<_>>>()?;
        let here = self.kind.index_here(env);
        Ok(Some(Box::new(move |db, policy, now| {
            let mut index = here.map_or_else(|| K::index(db, policy), Ok)?;
            if let Some(of) = of {
                index = index.with_rights(Rights::read(db, policy, now, of)?);
            }
            for (field, keys) in counts {
                let rows = match keys {
                    Keys::Here(rows) => rows,
                    Keys::Read(read) => read(&Ask { db, policy, now }, None)?,
                };
                index = index.with_counts(field, rows);
            }
            Ok(index)
        })))
    }

    fn give(&mut self, index: Index) {
        self.index = Some(index);
        self.keeps_to_shown = false;
        let was_filtered = self.matched.is_some();
        self.match_rows();
        match (was_filtered, self.matched.is_some()) {
            (true, true) => {
                self.n_hidden = None;
                self.window.stale();
            }
            (false, true) | (true, false) => self.restart(self.meant().or(self.selected())),
            (false, false) => {}
        }
    }

    fn lacks_order(&self, env: &Env<'_>) -> Result<Option<ReadOrder>> {
        self.order_to_read(env)
    }

    fn give_order(&mut self, order: Order) {
        self.take_order(order);
    }

    fn sort(&mut self, nth: usize) -> bool {
        let column = nth.checked_sub(1).and_then(|at| self.shown_columns().get(at).map(|it| it.1));
        let is_meant = nth == 0 || column.is_some();
        if is_meant {
            self.sort_by(column);
        }
        is_meant
    }

    fn sorted(&self) -> Option<Sort> {
        self.sorted_by()
    }

    fn set_sorted(&mut self, sort: Option<Sort>) {
        self.set_sort(sort);
    }

    fn ranks(&self) -> Option<&Ranks> {
        self.sorting.order().map(Order::ranks)
    }

    fn columns(&self) -> Vec<&'static str> {
        self.shown_columns().into_iter().map(|it| it.1.name).collect()
    }

    fn all_columns(&self) -> Vec<&'static str> {
        Self::names()
    }

    fn show_columns(&mut self, names: Vec<String>) {
        self.chosen.columns = Some(names).filter(|it| *it != self.usual_columns());
    }

    fn arranged(&self) -> Arrangement {
        self.chosen.clone()
    }

    fn arrange_as(&mut self, arrangement: Arrangement) {
        self.chosen = arrangement;
        self.set_order(None);
    }

    fn set_usual(&mut self, arrangement: Arrangement) {
        self.usual = arrangement;
        self.set_order(None);
    }

    fn is_searching(&self) -> bool {
        self.finding == Finding::Searching
    }

    fn load(&mut self, room: Room, env: &Env<'_>, _theme: &Theme) -> Result<()> {
        self.keep_to_shown(env)?;
        if self.matched.is_none() {
            self.match_rows();
        }
        let height = usize::from(room.inside().height).saturating_sub(usize::from(room.heads));
        self.with_rows(env, |window, rows| window.load(height, rows))?;
        self.tally_up(env)?;
        self.check_marks(env)
    }

    fn stale(&mut self) {
        self.marks.keep_range();
        self.may_be_gone = true;
        self.tally = None;
        (self.merged, self.movers) = Default::default();
        self.sorting.stale();
        self.kind.stale();
        self.keeps_to_shown = false;
        self.index = None;
        self.finding = if self.matched.is_some() { Finding::Searching } else { Finding::Found };
        self.window.stale();
    }

    fn restaged(&mut self) {
        self.kind.restaged();
        self.tally = None;
        self.keeps_to_shown = false;
        self.window.stale();
    }

    fn spot(&self) -> Option<Spot> {
        self.window.selected().map(|it| (it.id, 0))
    }

    fn card(&self, env: &Env<'_>, width: usize, theme: &Theme) -> Result<Card> {
        let Some(row) = self.window.selected() else { return Ok(Card::default()) };
        let env = if row.fate == Some(Fate::Goes) { &env.saved() } else { env };
        let lines = [self.was(env, row, theme)?, self.kind.detail(env, row.id, width, theme)?].concat();
        Ok(Card { title: row.cells[0].clone(), lines })
    }

    fn report(&mut self, env: &Env<'_>) -> Result<Report> {
        if let Some(id) = self.selected().filter(|_| self.marks.is_empty())
            && let Some(report) = self.kind.report(env, id)?
        {
            return Ok(report);
        }
        let shown = self.with_rows(env, |_, rows| rows.ids())?;
        let all = self.all(env)?;
        let ids = if self.marks.is_empty() { shown } else { self.marks.among(&all) };
        anyhow::ensure!(ids.len() <= MAX_WRITTEN, "{} rows are too many to write from here; a verb with --format writes them", ids.len());
        let found = ids.into_iter().map(|id| self.kind.find(env, id));
        let columns = self.shown_columns();
        let cells = |it: Item| columns.iter().map(|(at, _)| it.cells[*at].clone()).collect();
        let rows = found.filter_map(Result::transpose).map(|it| it.map(cells)).collect::<Result<Vec<_>>>()?;
        let filter = (!self.filter.is_empty()).then(|| format!("only what holds: {}", self.filter));
        let marked = (!self.marks.is_empty()).then(|| "only what is marked".to_owned());
        let staged = (!env.is_saved()).then(|| "with what is staged and not saved".to_owned());
        let header = columns.iter().map(|it| it.1.name.to_owned()).collect();
        Ok(Report { title: self.titled(), remarks: filter.into_iter().chain(marked).chain(staged).collect(), header, rows })
    }

    fn n_marked(&self) -> usize {
        self.marks.len()
    }

    fn on_marked(&self) -> &'static [Action] {
        K::ON_MARKED
    }

    fn tally_up(&mut self, env: &Env<'_>) -> Result<()> {
        if self.tally.is_none() {
            let n = self.with_rows(env, |_, rows| rows.total())?;
            self.tally = Some((n, self.kind.pressing(env)?));
        }
        Ok(())
    }

    fn tally(&self, shapes: &Shapes) -> Option<String> {
        match self.tally? {
            (_, Some(Pressing { n, days: Some(days) })) => Some(format!("{n} ({days} d)")),
            (_, Some(Pressing { n, days: None })) => Some(n.to_string()),
            (n, None) => self.count(shapes).or_else(|| Some(n.to_string())),
        }
    }

    fn mark(&mut self, ids: HashSet<i64>) {
        self.marks.add(ids);
        self.n_hidden = None;
    }

    fn count(&self, shapes: &Shapes) -> Option<String> {
        let (come, go) = self.moved();
        let n_saved = self.window.total().saturating_sub(come);
        let total = if self.is_searching() { "…".to_owned() } else { n_saved.to_string() };
        let leads = self.matched.is_none() && self.narrowed.is_none();
        let pressing = self.tally.and_then(|it| it.1).map(|it| it.n).filter(|n| leads && *n != n_saved);
        let lead = self.lead.as_ref().filter(|_| leads).map(|it| it.ids.len()).or(pressing);
        let lead = lead.map_or_else(String::new, |it| format!("{it} of "));
        let marked = if self.marks.is_empty() { String::new() } else { format!(", {} marked", self.marks.len()) };
        let moves: Vec<String> =
            [("+", come), (shapes.minus, go)].iter().filter(|it| it.1 > 0).map(|(sign, n)| format!("{sign}{n}")).collect();
        let moves = if moves.is_empty() { String::new() } else { format!(" ({})", moves.join(" ")) };
        let more = if self.kind.is_cut() { "+" } else { "" };
        self.window.is_read().then(|| format!("{lead}{total}{more}{moves}{marked}"))
    }

    fn draw(&self, frame: &mut Frame<'_>, room: Room, paint: &Paint<'_>) {
        let count = self.counted(room.area.width, &paint.theme.shapes);
        let filter = if self.filter.is_empty() {
            String::new()
        } else {
            format!("/{}{}  ", self.filter, if self.finding == Finding::Near { " (near)" } else { "" })
        };
        let is_waiting = self.sorted_by() != self.sorting.order().map(|it| it.sort);
        let waits = if is_waiting { "…" } else { "" };
        let by = self.sorted_by().map_or_else(String::new, |it| format!("{} {}{waits}", arrow(&paint.theme.shapes, it.down), it.column));
        let note = format!("{filter}{by}");
        let name = self.name(usize::from(room.area.width).saturating_sub(text::width(note.trim_end()) + text::width(&count) + TITLE_FRAME));
        lines::title(frame, room.area, paint.theme, Title { name: &name, note: note.trim_end(), count: &count }, paint.focused);
        let inside = room.inside();
        if inside.height == 0 {
            return;
        }
        if self.window.total() == 0 {
            return self.draw_empty(frame, inside, paint.theme);
        }
        self.window.draw(frame, room, &self.heads(paint), paint, &self.marks);
    }
}
