//! The review: what it was opened for, what else is staged, and the whole effect, before anything is saved.

use std::cell::Cell as Shared;

use anyhow::Result;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::command::Note;
use crate::domain::perm_set::PermSet;
use crate::domain::policy::Policy;
use crate::domain::text;
use crate::query::impact::Impact;
use crate::session::draft::{Choice, Draft, Staged, Step};
use crate::tui::action::{self, Action, Place, actions};
use crate::tui::keymap::key_of;
use crate::tui::theme::Theme;
use crate::tui::view::{Effect, Env, Message, Overlay, Paint};
use crate::tui::widgets::hits::Hits;
use crate::tui::widgets::lines::{self, plural, span};
use crate::tui::widgets::scroll::Scroll;

actions! {
    PLACE "The review" "All that is unsaved, and whom it touches." {
        UNSTAGE "unstage" ["u"] "take one back" "Take the last unsaved step back";
        MINE "mine" ["1"] "" "Where somebody else changed what this step changes: mine stands, on top of theirs";
        THEIRS "theirs" ["2"] "" "Theirs stays, and the step does the rest";
        OUT "out" ["3"] "" "The step goes";
        LEAVE_OUT "leave-out" ["space"] "leave out" "Leave this step out of the save, or take it in again";
        RECEIPT "receipt" ["E"] "receipt" "Write a receipt of the entry with the save, under a name; once more to change that";
        COPY_COMMANDS "copy-commands" ["Y"] "copy as commands" "Copy the changes as a plan: commands, and on what they were made";
    }
}

/// Most sentences of one kind that are read about a step.
const MAX_TOLD: usize = 12;

/// Columns before the words of a step: cursor, number, tick.
const LEAD: usize = 10;

/// Past this many people the review wants their number typed.
const MAX_PEOPLE_BY_KEY: usize = 10;

pub(in crate::tui) struct Review {
    /// The step that it was opened for, which stands first.
    this: Option<usize>,
    /// Why nothing of it can be saved, where that is so.
    unsaved: Option<&'static str>,
    /// The line of steps under the cursor.
    at: usize,
    scroll: Scroll,
    /// Digits typed so far, where many people are touched.
    typed: String,
    width: Shared<usize>,
    hits: Hits,
}

impl Review {
    pub(in crate::tui) fn new(this: Option<usize>, unsaved: Option<&'static str>) -> Review {
        Review { this, unsaved, at: 0, scroll: Scroll::default(), typed: String::new(), width: Shared::new(80), hits: Hits::default() }
    }

    fn page(&self, paint: &Paint<'_>, width: usize) -> Vec<Line<'static>> {
        let (theme, policy) = (paint.theme, paint.policy);
        let mut page: Vec<Line<'static>> = Vec::new();
        let steps = paint.draft.steps();
        for (n, at) in self.order(steps.len()).enumerate() {
            page.extend(self.heads(n, steps.len()).iter().map(|it| lines::heading(theme, it)));
            page.extend(step_lines(theme, &steps[at], &self.number(at, steps.len()), n == self.at, width));
        }
        page.push(Line::default());
        let drafted = paint.draft.policy(policy);
        for (role, staged) in paint.draft.roles(policy) {
            let Some(held) = policy.role(role).or_else(|| drafted.role(role)) else { continue };
            page.push(lines::heading(theme, &text::display(&held.role.name)));
            page.extend(cell_lines(policy, theme, &held.role.platform, held.closed, held.granted, &staged));
            page.push(Line::default());
        }
        let letters = paint.draft.letters();
        if letters > 0 {
            let words = format!("{}; links are shown once, after the save", plural(letters, "letter"));
            page.push(Line::from(vec![span("SENDS  ", theme.heading), span(&words, theme.text)]));
        }
        if let Some(path) = paint.receipt {
            let words = format!("[x] into {}, with the save", path.display());
            page.push(Line::from(vec![span("RECEIPT  ", theme.heading), span(&text::fit(&words, width.saturating_sub(9)), theme.text)]));
        }
        match paint.effect {
            Effect::Known(impact) if impact.is_empty() => {
                let when = ["by it", "before it is answered", "before they are answered"][letters.min(2)];
                page.push(Line::styled(format!("{}Nobody gains or loses any access {when}.", impact.proviso()), theme.text));
            }
            Effect::Known(impact) => {
                page.extend(uncovered_lines(theme, paint.uncovered, width));
                page.extend(impact_words(policy, theme, impact, paint.names, width));
            }
            Effect::Counting => page.push(Line::styled("counting whom it touches…", theme.hint)),
            Effect::None => {}
        }
        page
    }
}

impl Review {
    /// The places of the steps as they are shown: first the one that it was opened for.
    fn order(&self, n: usize) -> impl Iterator<Item = usize> {
        let this = self.this.filter(|it| *it < n);
        this.into_iter().chain((0..n).filter(move |it| Some(*it) != this))
    }

    /// What stands above a line of steps, where what it was opened for is not all.
    fn heads(&self, line: usize, n: usize) -> &'static [&'static str] {
        match (line, self.this.is_some_and(|it| it < n) && n > 1) {
            (0, true) => &["THIS"],
            (1, true) => &["", "ALSO STAGED"],
            _ => &[],
        }
    }

    /// When a step was staged, where it stands elsewhere.
    fn number(&self, at: usize, n: usize) -> String {
        if self.this.is_some_and(|it| it < n && it != at) { format!("{:>2} ", at + 1) } else { String::new() }
    }

    /// The step under the cursor.
    fn step(&self, n: usize) -> usize {
        self.order(n).nth(self.at).unwrap_or(0)
    }

    /// Saves, where it is said whose word stands everywhere and how many people it touches.
    fn save(&mut self, env: &Env<'_>) -> Vec<Message> {
        if let Some(step) = undecided(env.draft) {
            let line = self.order(env.draft.steps().len()).position(|it| it == step);
            self.at = line.unwrap_or(self.at);
            return vec![Message::Complain(format!("somebody else changed what a step changes; {}", choices()))];
        }
        match asked_number(env.effect).filter(|it| self.typed != it.to_string()) {
            Some(people) => vec![Message::Complain(format!("so many people are touched: type {people}, then {}", key_of(super::YES)))],
            None => vec![Message::Close, Message::SaveDraft],
        }
    }

    fn decide(&self, env: &Env<'_>, choice: Choice) -> Vec<Message> {
        let (steps, at) = (env.draft.steps(), self.step(env.draft.steps().len()));
        if steps.get(at).is_some_and(|it| it.clash.is_some()) {
            vec![Message::Decide(at, choice)]
        } else {
            vec![Message::Complain("nobody else changed what this step changes".to_owned())]
        }
    }

    /// On which line of the page each step stands.
    fn starts(&self, steps: &[Step]) -> Vec<usize> {
        let mut line = 0;
        let start = |(n, at)| {
            let start = line + self.heads(n, steps.len()).len();
            let (step, width) = (&steps[at], self.width.get());
            line = start + deed(step, width).len() + becomes(step, width).len() + told(step, width).len();
            start
        };
        self.order(steps.len()).enumerate().map(start).collect()
    }

    /// Moves to another step and, past the last one and before the first, over the page.
    fn moves(&mut self, action: Action, steps: &[Step]) -> bool {
        let last = steps.len().saturating_sub(1);
        self.at = self.at.min(last);
        let starts = self.starts(steps);
        match action {
            action::DOWN if self.at < last => {
                self.at += 1;
                self.scroll.show(starts[self.at]);
            }
            action::UP if self.at > 0 && self.scroll.top() <= starts[self.at] => {
                self.at -= 1;
                self.scroll.show(if self.at == 0 { 0 } else { starts[self.at] });
            }
            _ => return self.scroll.moves(action),
        }
        true
    }
}

/// A step in words, and what is the matter with it.
fn step_lines(theme: &Theme, step: &Step, number: &str, is_here: bool, width: usize) -> Vec<Line<'static>> {
    let tick = match (step.is_saved(), step.is_undecided()) {
        (true, true) => "[!]",
        (true, false) => "[x]",
        (false, _) => "[ ]",
    };
    let style = if step.is_saved() { theme.text } else { theme.hint };
    let lead = format!("{} {number}{tick} ", if is_here { ">" } else { " " });
    let words = deed(step, width).into_iter().enumerate();
    let lines = words.map(|(at, it)| format!("{}{it}", if at == 0 { lead.clone() } else { " ".repeat(text::width(&lead)) }));
    let mut page: Vec<Line<'static>> = lines.map(|it| span(&it, style).into()).collect();
    page.extend(becomes(step, width).into_iter().map(|(stays, it)| Line::from(span(&it, if stays { theme.hint } else { theme.text }))));
    page.extend(told(step, width).into_iter().map(|it| Line::from(span(&it, theme.risk))));
    page
}

/// What a step does, whole: it is the deed that is confirmed.
fn deed(step: &Step, width: usize) -> Vec<String> {
    lines::wrap(&step.words, width.saturating_sub(LEAD))
}

/// What becomes of each thing that a step is about, and whether that leaves it as it is: of these, as many as one reads.
fn becomes(step: &Step, width: usize) -> Vec<(bool, String)> {
    let items = |stay: bool| step.notes.iter().filter(move |it| matches!(it, Note::Item { stays, .. } if *stays == stay)).map(Note::sentence);
    let said = items(false).map(|it| (false, it)).chain(first(items(true).collect()).into_iter().map(|it| (true, it)));
    let lines = said.flat_map(|(stays, it)| lines::wrap(&it, width.saturating_sub(6)).into_iter().map(move |it| (stays, it)));
    lines.map(|(stays, it)| (stays, format!("      {it}"))).collect()
}

/// Why a step cannot be saved, should be looked at twice, or what else there is to know about it, line by line.
fn told(step: &Step, width: usize) -> Vec<String> {
    let notes = step.notes.iter().filter_map(|it| if let Note::Remark(words) = it { Some(words.clone()) } else { None });
    let clash = step.clash.as_ref().map(|it| format!("{}: {}", it.sentence(), choices()));
    let troubles = step.unfit.clone().into_iter().chain(clash);
    let cannot = step.cannot.iter().map(|it| format!("cannot: {it}"));
    let said = troubles.chain(first(cannot.collect())).chain(first(notes.collect()));
    let lines = said.flat_map(|it| lines::wrap(&format!("! {it}"), width.saturating_sub(6)));
    lines.map(|it| format!("      {it}")).collect()
}

/// The keys that say whose word stands.
fn choices() -> String {
    format!("{} mine, {} theirs, {} out", key_of(MINE), key_of(THEIRS), key_of(OUT))
}

/// The first step of which it is to be said first whose word stands.
fn undecided(draft: &Draft) -> Option<usize> {
    draft.steps().iter().position(Step::is_undecided)
}

/// As many sentences as one reads, and how many more there are.
fn first(mut sentences: Vec<String>) -> Vec<String> {
    if sentences.len() > MAX_TOLD {
        let more = sentences.len() - MAX_TOLD + 1;
        sentences.truncate(MAX_TOLD - 1);
        sentences.push(format!("and {more} more like these"));
    }
    sentences
}

/// How many people it touches, where that is so many that their number is to be typed.
fn asked_number(effect: &Effect) -> Option<usize> {
    if let Effect::Known(impact) = effect { Some(impact.people.len()).filter(|it| *it > MAX_PEOPLE_BY_KEY) } else { None }
}

/// One line a cell that differs: what you did, then what follows.
fn cell_lines(policy: &Policy, theme: &Theme, platform: &str, closed: PermSet, granted: PermSet, staged: &Staged) -> Vec<Line<'static>> {
    let Some(catalog) = policy.catalog(platform) else { return Vec::new() };
    let line = |id, by_you: bool| {
        let (was, will) = (closed.contains(id), staged.closed.contains(id));
        let word = |on: bool| if on { "on" } else { "off" };
        let permission = catalog.get(id);
        let sign = match (by_you, will) {
            (false, _) => "&",
            (true, true) => "+",
            (true, false) => theme.shapes.minus,
        };
        let required_by = || {
            let by = (catalog.dependants(id) & staged.granted).iter().next();
            by.map_or_else(String::new, |it| format!("required by {}", catalog.get(it).label))
        };
        let cause = if by_you {
            if was == will && staged.granted.contains(id) && !granted.contains(id) { "you, pinned".to_owned() } else { "you".to_owned() }
        } else if will {
            required_by()
        } else {
            let gone = closed - staged.closed;
            let needs = (catalog.closure(id) & gone & staged.by_you).iter().find(|it| *it != id);
            needs.map_or_else(|| "nothing needs it any more".to_owned(), |it| format!("requires {}", catalog.get(it).label))
        };
        let risk = if permission.is_sensitive() { "!" } else { " " };
        let style = match (by_you, will) {
            (true, true) => theme.gain,
            (true, false) => theme.loss,
            (false, true) => theme.follows,
            (false, false) => theme.falls,
        };
        let clash = if staged.clash.contains(id) { "  ! others changed it" } else { "" };
        Line::from(vec![
            span(" ", theme.text),
            span(sign, style),
            span(&format!(" {risk} "), theme.risk),
            span(&lines::cell(&permission.label, 30), theme.text),
            span(&format!(" {:>3} {} {:<3}  ", word(was), theme.shapes.arrow, word(will)), theme.text),
            span(&cause, theme.hint),
            span(clash, theme.risk),
        ])
    };
    staged.by_you.iter().map(|id| line(id, true)).chain(staged.follows.iter().map(|id| line(id, false))).collect()
}

/// Who gains and loses what: the people, then one line a permission, sensitive ones first.
pub(in crate::tui) fn impact_words(policy: &Policy, theme: &Theme, impact: &Impact, names: &[String], width: usize) -> Vec<Line<'static>> {
    let mut page = vec![who_line(theme, impact, names, width)];
    for (gain, head, style) in [(true, "GAIN", theme.gain), (false, "LOSE", theme.loss)] {
        for (at, it) in impact.effects.iter().filter(|it| it.gain == gain).enumerate() {
            let Some(permission) = policy.catalog(&it.platform).map(|catalog| catalog.get(it.permission)) else { continue };
            let risk = if permission.is_sensitive() { "!" } else { " " };
            let touched = format!("{} on {}", plural(it.people.len(), "person"), plural(it.sites.len(), "site"));
            let lead = if at == 0 { head } else { "" };
            page.push(Line::from(vec![
                span(&format!("{lead:<5}{risk} "), style),
                span(&lines::cell(&permission.label, 30), theme.text),
                span(&format!(" {touched}"), theme.hint),
            ]));
        }
    }
    page
}

fn who_line(theme: &Theme, impact: &Impact, names: &[String], width: usize) -> Line<'static> {
    let more = impact.people.len().saturating_sub(names.len());
    let who = match (names.is_empty(), more) {
        (true, _) => plural(more, "person"),
        (false, 0) => names.join(", "),
        (false, _) => format!("{} and {more} more", names.join(", ")),
    };
    let who = format!("{}{who}", impact.proviso());
    Line::from(vec![span("WHO    ", theme.heading), span(&text::fit(&who, width.saturating_sub(8)), theme.text)])
}

/// Which sites lose their last publisher.
fn uncovered_lines(theme: &Theme, sites: &[String], width: usize) -> Vec<Line<'static>> {
    if sites.is_empty() {
        return Vec::new();
    }
    let sentence = format!("! Nobody but the owner could publish any more: {}.", text::few(sites));
    lines::wrap(&sentence, width).into_iter().map(|it| Line::styled(it, theme.risk)).collect()
}

/// That all stays staged, and how to go on with it.
fn left_staged(env: &Env<'_>) -> Message {
    let n = plural(env.draft.count(env.policy), "change");
    let (reviews, undoes) = (key_of(action::SAVE), key_of(action::UNDO));
    Message::Say(format!("Staged, not saved: {n}; {reviews} reviews, {undoes} takes the last out"))
}

impl Overlay for Review {
    fn places(&self) -> &'static [&'static Place] {
        &[PLACE, super::QUESTION]
    }

    fn text(&mut self, key: &KeyEvent, env: &Env<'_>) -> Result<Option<Vec<Message>>> {
        if asked_number(env.effect).is_none() || undecided(env.draft).is_some() {
            return Ok(None);
        }
        match key.code {
            KeyCode::Char(c) if c.is_ascii_digit() => self.typed.push(c),
            KeyCode::Backspace => drop(self.typed.pop()),
            _ => return Ok(None),
        }
        Ok(Some(Vec::new()))
    }

    fn act(&mut self, action: Action, env: &Env<'_>) -> Result<Vec<Message>> {
        if self.moves(action, env.draft.steps()) {
            return Ok(Vec::new());
        }
        if let (super::YES, Some(why)) = (action, self.unsaved) {
            return Ok(vec![Message::Complain(why.to_owned())]);
        }
        Ok(match action {
            super::YES if *env.effect == Effect::Counting => vec![Message::Complain("still counting whom it touches".to_owned())],
            super::YES if !env.draft.steps().iter().any(Step::is_saved) => {
                vec![Message::Complain(format!("nothing is ticked; {} takes a step in again", key_of(LEAVE_OUT)))]
            }
            super::YES => self.save(env),
            MINE => self.decide(env, Choice::Mine),
            THEIRS => self.decide(env, Choice::Theirs),
            OUT => self.decide(env, Choice::Out),
            COPY_COMMANDS => vec![Message::CopyPlan],
            RECEIPT => vec![Message::AskReceipt],
            UNSTAGE => vec![Message::UnstageOne],
            LEAVE_OUT => vec![Message::LeaveOut(self.step(env.draft.steps().len()))],
            super::NO | action::CLOSE => vec![Message::Close, left_staged(env)],
            _ => Vec::new(),
        })
    }

    fn offers(&self, action: Action) -> bool {
        action != super::YES || self.unsaved.is_none()
    }

    fn hits(&self) -> Option<&Hits> {
        Some(&self.hits)
    }

    fn choose(&mut self, row: usize) {
        self.at = row;
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, paint: &Paint<'_>) {
        let theme = paint.theme;
        let width = area.width.saturating_sub(2).min(96);
        self.width.set(usize::from(width) - 4);
        let page = self.page(paint, self.width.get());
        let height = u16::try_from(page.len() + 4).unwrap_or(u16::MAX).min(area.height.saturating_sub(2));
        let n = paint.draft.count(paint.policy);
        let inside = lines::popup(frame, area, width, height, theme, &format!("Review: {}", plural(n, "change")));
        let room = inside.height.saturating_sub(2);
        let body = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), height: room, ..inside };
        let hidden = self.scroll.paint(frame, body, page);
        lines::below(frame, inside, hidden, theme);
        let mut answers = vec![span("[ Back ]", theme.cursor)];
        match (self.unsaved, asked_number(paint.effect)) {
            (Some(why), _) => answers.push(span(&format!("   {why}"), theme.text)),
            (None, Some(people)) => answers.extend([
                span(&format!("   type {people}, then {}", key_of(super::YES)), theme.key),
                span(&format!(" to save: so many people are touched  {}_", self.typed), theme.text),
            ]),
            (None, None) => answers.extend([span(&format!("   {}", key_of(super::YES)), theme.key), span(" save", theme.text)]),
        }
        for it in PLACE.entries.iter().filter(|it| !it.short.is_empty()) {
            answers.extend([span(&format!("   {}", key_of(it.action)), theme.key), span(&format!(" {}", it.short), theme.text)]);
        }
        let foot = Rect { y: inside.bottom().saturating_sub(1), height: 1, ..body };
        let shorts = PLACE.entries.iter().filter(|it| !it.short.is_empty()).map(|it| (2, it.action));
        let buttons: Vec<(usize, Action)> = [(1, super::NO), (2, super::YES)].into_iter().chain(shorts).collect();
        self.hits.begin(inside);
        self.hits.buttons(foot, &answers, &buttons);
        for (n, start) in self.starts(paint.draft.steps()).into_iter().enumerate() {
            let line = start.checked_sub(self.scroll.top()).and_then(|it| u16::try_from(it).ok()).filter(|it| *it < body.height);
            if let Some(line) = line {
                self.hits.row(Rect { y: body.y + line, height: 1, ..body }, n);
            }
        }
        lines::paint(frame, foot, vec![Line::from(answers)]);
        frame.set_cursor_position(foot.as_position());
    }
}
