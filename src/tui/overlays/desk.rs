//! A review at work: its items, what there is to know of one, and what is decided.

use std::collections::BTreeSet;

use anyhow::Result;
use chrono::Duration;
use ratatui::Frame;
use ratatui::layout::{Margin, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::form::{Form, Input, Values};
use super::invite::filled;
use crate::command::{self, Command};
use crate::domain::review::{Held, NEXT_LOOK, Review, ReviewItem, Verdict};
use crate::domain::text;
use crate::domain::time::Zone;
use crate::exchange::report::Report;
use crate::exchange::review::{self as reviews, Page};
use crate::query::columns::Columns;
use crate::query::impact::Budget;
use crate::query::review::{self, ItemRow, Narrower, Progress};
use crate::store::journal::Entry;
use crate::tui::action::{self, Action, Place, actions};
use crate::tui::keymap::key_of;
use crate::tui::theme::Theme;
use crate::tui::view::{Env, Message, Overlay, Paint};
use crate::tui::widgets::hits::Hits;
use crate::tui::widgets::lines::{self, span, wrap};
use crate::tui::widgets::scroll::Scroll;

actions! {
    PLACE "Access review" "What people hold, one by one, the riskiest first: what stays, and what goes." {
        KEEP "keep-item" ["o"] "keep" "It stays until the next look; what is sensitive, for a reason";
        NARROW "narrow-item" ["r"] "narrower" "A narrower role in its place";
        END "end-item" ["+"] "end" "It ends on a day";
        TAKE_ITEM "take-item" ["d"] "take" "It is taken";
        MARK_ITEM "mark-item" ["space"] "mark" "Mark this one and go one down: what is decided is decided on all that are marked";
        NEXT_OPEN "next-open" ["tab"] "next open" "The next on which nobody decided";
        FINISH "finish-review" ["F"] "finish" "Stage all that was decided as one step, and look at its whole effect";
        UNDECIDE "undecide" ["-"] "" "Take back what was decided on this one";
        UNDO_LAST "undo-decision" ["u"] "undo" "Take the last decision back, whichever item it was on";
        REDO_LAST "redo-decision" ["U"] "" "Decide again what was taken back last";
        WRITE_ITEMS "write-items" ["E"] "" "Write the items and decisions into a file";
    }
}

/// Pairs of people and sites that are looked at for what taking something would do.
const LOOKED_AT: usize = 2_000;
/// From this width on the page stands beside the list.
const WIDE: u16 = 100;

pub(in crate::tui) struct Desk {
    review: Review,
    items: Vec<ReviewItem>,
    progress: Progress,
    at: usize,
    /// What is said of the item under the cursor, by its number; whether that may be otherwise now.
    page: (u32, Vec<(&'static str, String)>),
    is_stale: bool,
    scroll: Scroll,
    narrower: Vec<Narrower>,
    marks: BTreeSet<u32>,
    /// In which days are told.
    zone: Zone,
    /// The newest entry when it was read.
    read_at: Option<i64>,
    hits: Hits,
}

impl Desk {
    pub(in crate::tui) fn open(review: Review) -> Box<dyn Overlay> {
        Box::new(Desk {
            review,
            items: Vec::new(),
            progress: Progress::default(),
            at: 0,
            page: (0, Vec::new()),
            is_stale: true,
            scroll: Scroll::default(),
            narrower: Vec::new(),
            marks: BTreeSet::new(),
            zone: Zone::default(),
            read_at: None,
            hits: Hits::default(),
        })
    }

    /// Those that are marked, or the one under the cursor.
    fn chosen(&self) -> Vec<&ReviewItem> {
        if self.marks.is_empty() {
            return self.items.get(self.at).into_iter().collect();
        }
        self.items.iter().filter(|it| self.marks.contains(&it.number)).collect()
    }

    fn command(&self) -> impl Fn(Option<Verdict>, Option<String>) -> Command + use<> {
        let (review, items): (String, Vec<u32>) = (self.review.name.clone(), self.chosen().iter().map(|it| it.number).collect());
        move |verdict, because| Command::Decide { review: review.clone(), items: items.clone(), verdict, because }
    }

    fn decide(&self, verdict: Option<Verdict>) -> Message {
        Message::RunHere((self.command())(verdict, None))
    }

    /// What is decided, in a title.
    fn title(&self, what: &str) -> String {
        match self.chosen().as_slice() {
            [only] => format!("{what}: {} of {}", only.named.role, text::display(only.named.who())),
            several => format!("{what}: {} items", several.len()),
        }
    }

    /// What is sensitive is kept one by one and for a reason, which is asked for; the rest just stays.
    fn keep(&self, env: &Env<'_>) -> Message {
        let (zone, look) = (env.policy.zone, env.now + Duration::days(NEXT_LOOK));
        if self.chosen().len() != 1 || !self.chosen().iter().any(|it| it.asks_why()) {
            return self.decide(Some(Verdict::Keep(look)));
        }
        let command = self.command();
        let inputs = vec![
            Input::line("Because", "").checked(|it| filled(it, "it lets them do something sensitive: why is it kept?")),
            Input::line("Next look", &zone.day(look)).hint("2027-01-31, or 90d"),
        ];
        let build = move |values: &Values<'_>, env: &Env<'_>| {
            let look = zone.since(&values.text(1), env.now).map_err(|words| (1, words))?;
            Ok(vec![Message::RunAside(command(Some(Verdict::Keep(look)), Some(values.text(0))))])
        };
        Message::Open(Form::open(&self.title("Keep"), inputs, build))
    }

    /// The roles that give less, the nearest first.
    fn narrow(&self) -> Message {
        if self.narrower.is_empty() || !self.marks.is_empty() {
            let alone = "another role is chosen for one item at a time";
            let none = "no role that can be given there gives less";
            return Message::Complain(if self.marks.is_empty() { none } else { alone }.to_owned());
        }
        let (command, roles) = (self.command(), self.narrower.clone());
        let words = |it: &Narrower| format!("{}, loses {}", it.name, text::few(&it.loses));
        let options: Vec<String> = roles.iter().map(words).collect();
        let first = options[0].clone();
        let inputs = vec![Input::choice("Instead", options.iter().map(String::as_str), &first).first(true), reason()];
        let build = move |values: &Values<'_>, _: &Env<'_>| {
            let chosen = roles.iter().find(|it| words(it) == values.text(0)).ok_or_else(|| (0, "choose one".to_owned()))?;
            Ok(vec![Message::RunAside(command(Some(Verdict::Narrow(chosen.role.clone())), because(values)))])
        };
        Message::Open(Form::open(&self.title("Less"), inputs, build))
    }

    fn end(&self, env: &Env<'_>) -> Message {
        let (now, zone, command) = (env.now, env.policy.zone, self.command());
        let day = Input::line("Last day", "").checked(move |it| zone.until(it, now).map(drop)).hint("2027-01-31, or 30d");
        let build = move |values: &Values<'_>, env: &Env<'_>| {
            let until = zone.until(&values.text(0), env.now).map_err(|words| (0, words))?;
            Ok(vec![Message::RunAside(command(Some(Verdict::End(until)), because(values)))])
        };
        Message::Open(Form::open(&self.title("End"), vec![day, reason()], build))
    }

    /// Takes back what was decided on those that are chosen, where anything was.
    fn undecide(&self) -> Message {
        if self.chosen().iter().any(|it| it.decision.is_some()) {
            return self.decide(None);
        }
        Message::Complain(format!("nothing is decided here yet; {} takes your last decision back", key_of(UNDO_LAST)))
    }

    /// Takes the last step back, where it is a decision of one's own in this review.
    fn undo(&self, env: &Env<'_>) -> Result<Message> {
        let last = command::undo_target(env.db)?.map(|seq| env.db.entry(seq)).transpose()?.flatten();
        Ok(match last.filter(|it| self.is_own_decision(it, env)) {
            Some(entry) => Message::RunHere(Command::Undo(entry.seq)),
            None => Message::Complain(format!("your last step is no decision of this review; {} takes back one item's", key_of(UNDECIDE))),
        })
    }

    /// Does again what was taken back last, where that is a decision of one's own in this review.
    fn redo(&self, env: &Env<'_>) -> Result<Message> {
        let undo = command::redo_target(env.db)?.map(|seq| env.db.entry(seq)).transpose()?.flatten();
        let mut undone = Vec::new();
        for seq in undo.iter().flat_map(Entry::takes_back) {
            undone.extend(env.db.entry(seq)?);
        }
        Ok(match undo.filter(|_| undone.iter().all(|it| self.is_own_decision(it, env))) {
            Some(entry) => Message::RunHere(Command::Redo(entry.seq)),
            None => Message::Complain("what was taken back last is no decision of yours in this review".to_owned()),
        })
    }

    fn is_own_decision(&self, it: &Entry, env: &Env<'_>) -> bool {
        let decides = matches!(serde_json::from_str(&it.command), Ok(Command::Decide { review, .. }) if review == self.review.name);
        decides && it.actor == env.actor.email
    }

    /// All that was decided, staged as one step.
    fn finish(&self, env: &Env<'_>) -> Result<Vec<Message>> {
        if self.progress.decided == 0 {
            return Ok(vec![Message::Complain("nothing is decided yet".to_owned())]);
        }
        let finish = reviews::finish(env.db, env.policy, &self.review, env.now)?;
        let words = format!("finish the review {}: {}", text::display(&self.review.name), self.progress.words());
        Ok(vec![Message::Close, Message::Propose(vec![finish], words)])
    }

    /// That it is over, where it is.
    fn over(&self) -> Option<String> {
        self.review.finished.map(|at| format!("finished {}", self.zone.day(at)))
    }

    fn mark(&mut self) {
        let Some(it) = self.items.get(self.at) else { return };
        if !self.marks.remove(&it.number) {
            self.marks.insert(it.number);
        }
        self.at = (self.at + 1).min(self.items.len() - 1);
    }

    /// The next on which nobody decided, from here on and then from the top.
    fn next_open(&self, from: usize) -> Option<usize> {
        let open = |at: &usize| self.items[*at].decision.is_none();
        (from..self.items.len()).find(open).or_else(|| (0..from.min(self.items.len())).find(open))
    }

    /// Reads what is there now. What was decided is marked no more; where it is under the cursor, the next open one comes.
    fn read(&mut self, env: &Env<'_>) -> Result<()> {
        let before = std::mem::take(&mut self.items);
        if let Some(row) = env.db.find::<Review>(self.review.id)? {
            self.review = row;
        }
        self.items = env.db.items_of(self.review.id)?;
        self.progress = Progress::of(&self.items);
        self.zone = env.policy.zone;
        self.is_stale = true;
        let was_open = |it: &ReviewItem| before.iter().any(|old| old.number == it.number && old.decision.is_none());
        let decided: Vec<u32> = self.items.iter().filter(|it| it.decision.is_some() && was_open(it)).map(|it| it.number).collect();
        self.marks.retain(|it| !decided.contains(it));
        if self.items.get(self.at).is_some_and(|it| decided.contains(&it.number)) {
            self.at = self.next_open(self.at).unwrap_or(self.at);
        }
        Ok(())
    }

    fn look(&mut self, env: &Env<'_>) -> Result<()> {
        let Some(item) = self.items.get(self.at) else { return Ok(()) };
        let is_same = self.page.0 == item.number;
        if is_same && !self.is_stale {
            return Ok(());
        }
        let budget = Budget { pairs: LOOKED_AT, ..Budget::ALL };
        let page = Page::of(env.policy, review::look(env.db, env.policy, item.clone(), env.now, &budget)?);
        self.page = (page.n, page.fields(env.policy.zone));
        self.is_stale = false;
        self.narrower = page.narrower;
        if !is_same {
            self.scroll = Scroll::default();
        }
        Ok(())
    }

    /// One item in the list.
    fn line(&self, at: usize, width: usize, theme: &Theme) -> Line<'static> {
        let it = &self.items[at];
        let (sign, style) = sign(it, theme);
        let mark = if self.marks.contains(&it.number) { "*" } else { " " };
        let risk = if it.sensitive.is_empty() { " " } else { "!" };
        let room = width.saturating_sub(10);
        let third = (room / 3).saturating_sub(1);
        let (who, role) = (lines::cell(it.named.who(), third), lines::cell(&it.named.role, third));
        let place = it.named.place.strip_prefix("site ").unwrap_or(&it.named.place);
        let words = format!("{mark}{:>4} {sign} {risk}{who} {role} {place}", it.number);
        Line::from(span(&lines::cell(&words, width), if at == self.at { theme.cursor } else { style }))
    }

    fn list(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
        let room = usize::from(area.height).max(1);
        let top = (self.at + 1).saturating_sub(room.div_ceil(2)).min(self.items.len().saturating_sub(room));
        let shown = (top..self.items.len()).take(room).map(|at| self.line(at, usize::from(area.width), theme));
        lines::paint(frame, area, shown.collect());
        self.hits.rows(area, top, self.items.len() - top);
        let row = u16::try_from(self.at - top).unwrap_or(0);
        frame.set_cursor_position((area.x, area.y + row));
    }

    /// How many lines of it are further down.
    fn page(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) -> usize {
        let width = usize::from(area.width);
        let line = |(name, value): &(&'static str, String)| -> Vec<Line<'static>> {
            let style = match *name {
                "contact" | "sensitive" | "meanwhile" => theme.risk,
                "decided" => self.items.get(self.at).map_or(theme.text, |it| sign(it, theme).1),
                _ => theme.text,
            };
            let words = value.lines().flat_map(|it| wrap(it, width.saturating_sub(NAME))).collect::<Vec<_>>();
            let named = |(at, words): (usize, String)| {
                let name = if at == 0 { *name } else { "" };
                Line::from(vec![span(&lines::cell(name, NAME), theme.hint), span(&words, style)])
            };
            words.into_iter().enumerate().map(named).collect()
        };
        self.scroll.paint(frame, area, self.page.1.iter().flat_map(line).collect())
    }
}

/// The room for what a field is called.
const NAME: usize = 11;

fn reason() -> Input {
    Input::line("Because", "").hint("may be empty")
}

fn because(values: &Values<'_>) -> Option<String> {
    Some(values.text(1)).filter(|it| !it.trim().is_empty())
}

/// What was decided on an item, as one mark.
fn sign(it: &ReviewItem, theme: &Theme) -> (&'static str, Style) {
    match it.decision.as_ref().map(|it| &it.verdict) {
        None => (" ", theme.text),
        Some(Verdict::Keep(_)) => ("=", theme.hint),
        Some(Verdict::Narrow(_)) => ("~", theme.gain),
        Some(Verdict::End(_)) => ("+", theme.gain),
        Some(Verdict::Take) => (theme.shapes.minus, theme.loss),
    }
}

impl Overlay for Desk {
    fn places(&self) -> &'static [&'static Place] {
        &[PLACE, action::BESIDE]
    }

    /// Of a review that is over everything stays as it is; a site is not taken from whom it belongs to.
    fn offers(&self, action: Action) -> bool {
        let is_owned = || self.chosen().iter().all(|it| matches!(it.held, Held::Site { .. }));
        match action {
            _ if self.review.finished.is_some() => !DECIDING.contains(&action),
            NARROW | END | TAKE_ITEM => !is_owned(),
            _ => true,
        }
    }

    fn act(&mut self, action: Action, env: &Env<'_>) -> Result<Vec<Message>> {
        if let Some(at) = super::moved(action, self.at, 10, self.items.len().saturating_sub(1)) {
            self.at = at;
            return Ok(Vec::new());
        }
        Ok(match action {
            action::CLOSE => vec![Message::Close],
            action::PANEL_UP => {
                self.scroll.by(-1);
                Vec::new()
            }
            action::PANEL_DOWN => {
                self.scroll.by(1);
                Vec::new()
            }
            _ if DECIDING.contains(&action) && self.over().is_some() => {
                vec![Message::Complain("this review is finished: nothing is decided in it any more".to_owned())]
            }
            FINISH => self.finish(env)?,
            WRITE_ITEMS => vec![Message::AskWhere],
            _ if self.items.is_empty() => Vec::new(),
            KEEP => vec![self.keep(env)],
            NARROW => vec![self.narrow()],
            END => vec![self.end(env)],
            TAKE_ITEM => vec![self.decide(Some(Verdict::Take))],
            UNDECIDE => vec![self.undecide()],
            UNDO_LAST => vec![self.undo(env)?],
            REDO_LAST => vec![self.redo(env)?],
            MARK_ITEM => {
                self.mark();
                Vec::new()
            }
            NEXT_OPEN => match self.next_open(self.at + 1) {
                Some(at) => {
                    self.at = at;
                    Vec::new()
                }
                None => vec![Message::Say(format!("everything is decided; {} finishes the review", key_of(FINISH)))],
            },
            _ => Vec::new(),
        })
    }

    fn load(&mut self, env: &Env<'_>) -> Result<()> {
        let newest = env.db.newest()?.map(|(head, _)| head.seq);
        if self.read_at != newest {
            self.read(env)?;
            self.read_at = newest;
        }
        self.look(env)
    }

    fn room_for_form(&self, area: Rect) -> Option<Rect> {
        let (list, page) = halves(body(window(area)));
        // Over the list: what is decided on stands beside it, or below.
        let room = if page.y == list.y {
            Rect { width: page.x.saturating_sub(area.x + 1), ..area }
        } else {
            Rect { height: page.y.saturating_sub(area.y), ..area }
        };
        Some(room)
    }

    fn hits(&self) -> Option<&Hits> {
        Some(&self.hits)
    }

    fn choose(&mut self, row: usize) {
        self.at = row.min(self.items.len().saturating_sub(1));
    }

    fn report(&self) -> Option<Report> {
        Some(Report {
            title: format!("Review {}: {}", self.review.name, self.review.about),
            remarks: vec![self.progress.words()],
            header: ItemRow::names(),
            rows: self.items.iter().map(|it| ItemRow::from(it).cells(self.zone)).collect(),
        })
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, paint: &Paint<'_>) {
        let theme = paint.theme;
        let title = format!("Review {}: {}", text::display(&self.review.name), text::display(&self.review.about));
        let place = window(area);
        let inside = lines::popup(frame, area, place.width, place.height, theme, &title);
        self.hits.begin(inside);
        let words = [Some(self.progress.words()), self.over()].into_iter().flatten().collect::<Vec<_>>().join("; ");
        lines::paint(frame, Rect { height: 1, ..inside }, vec![Line::from(span(&format!(" {words}"), theme.heading))]);
        if self.items.is_empty() {
            return;
        }
        let (list, page) = halves(body(place));
        self.list(frame, list, theme);
        let hidden = self.page(frame, page, theme);
        lines::below_by(frame, inside, hidden, &key_of(action::PANEL_DOWN), theme);
    }
}

/// Nothing of it is done in a review that is over.
const DECIDING: [Action; 10] = [KEEP, NARROW, END, TAKE_ITEM, UNDECIDE, UNDO_LAST, REDO_LAST, MARK_ITEM, NEXT_OPEN, FINISH];

/// The window, with its border.
fn window(area: Rect) -> Rect {
    lines::centred(area, area.width.saturating_sub(2), area.height.saturating_sub(1))
}

/// Its room below the line that says how far the review is.
fn body(window: Rect) -> Rect {
    let inside = window.inner(Margin::new(1, 1));
    Rect { y: inside.y + 2, height: inside.height.saturating_sub(2), ..inside }
}

/// The room of the list, and that of the page: beside it, or below where it is narrow.
fn halves(body: Rect) -> (Rect, Rect) {
    if body.width >= WIDE {
        let width = body.width * 11 / 20;
        let x = body.x + width + 2;
        return (Rect { width, ..body }, Rect { x, width: body.right().saturating_sub(x), ..body });
    }
    let height = (body.height * 2 / 5).max(3).min(body.height);
    let y = body.y + height + 1;
    (Rect { height, ..body }, Rect { x: body.x + 1, y, width: body.width.saturating_sub(2), height: body.bottom().saturating_sub(y) })
}
