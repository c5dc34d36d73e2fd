//! The frame: head, pane, foot, and the window on top.

use anyhow::Result;
use ratatui::Frame;
use ratatui::layout::{Position, Rect, Size};
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use super::{App, Toast};
use crate::domain::text;
use crate::tui::action::{self, Action, Entry, Place};
use crate::tui::diff::drawn_of;
use crate::tui::keymap::{self, key_of};
use crate::tui::panes::PANES;
use crate::tui::theme::Shapes;
use crate::tui::view::{Paint, Rooms};
use crate::tui::widgets::lines::{self, plural, span};

/// Smallest screen that is drawn on.
const SMALLEST: Size = Size { width: 60, height: 16 };

/// What the footer has room for at every size, in every pane.
const ALWAYS: [Action; 3] = [action::PALETTE, action::HELP, action::QUIT];

impl App {
    /// Reads what the next frame needs; `false` where there is nothing new to draw.
    pub(in crate::tui) fn prepare(&mut self) -> bool {
        if !self.dirty {
            return false;
        }
        if let Err(error) = self.load() {
            self.complain(format!("{error:#}"));
        }
        self.dirty = false;
        true
    }

    pub(super) fn load(&mut self) -> Result<()> {
        let rooms = Rooms::of(self.area(), PANES[self.focus]);
        let env = self.world.env();
        self.panes.all_mut()[self.focus].load(&rooms, &env, &self.theme)?;
        if let Some(overlay) = self.overlays.last_mut() {
            overlay.load(&env)?;
        }
        self.fetch_index()
    }

    /// Whether there is only room to say so.
    pub(super) fn is_too_small(&self) -> bool {
        self.window.width < SMALLEST.width || self.window.height < SMALLEST.height
    }

    pub(super) fn area(&self) -> Rect {
        Rect::from((Position::ORIGIN, drawn_of(self.window)))
    }

    pub(in crate::tui) fn draw(&self, frame: &mut Frame<'_>) {
        let area = frame.area();
        if area != self.area() {
            // The terminal has changed its size since the rows were read; its event is on its way.
            return;
        }
        if self.is_too_small() {
            let leaves = if self.is_busy() { format!("{} twice", keymap::INTERRUPT) } else { key_of(action::QUIT) };
            let words = format!("rolecall needs {SMALLEST}; this is {}. {leaves} leaves.", self.window);
            lines::paint(frame, area, lines::wrap(&words, usize::from(area.width.max(1))).into_iter().map(Line::from).collect());
            return;
        }
        let rooms = Rooms::of(area, PANES[self.focus]);
        self.draw_head(frame, rooms.head);
        let paint = Paint {
            theme: &self.theme,
            policy: &self.world.policy,
            draft: self.world.session.draft(),
            effect: &self.world.effect,
            names: &self.names,
            focused: self.overlays.is_empty(),
        };
        self.pane().draw(frame, &rooms, &paint);
        if let Some(overlay) = self.overlays.last() {
            overlay.draw(frame, rooms.body, &paint);
        }
        self.draw_foot(frame, rooms.foot);
        if self.theme.shapes == Shapes::ASCII {
            for cell in frame.buffer_mut().content.iter_mut().filter(|it| it.symbol() == "…") {
                cell.set_symbol("~");
            }
        }
    }

    fn draw_head(&self, frame: &mut Frame<'_>, area: Rect) {
        let theme = &self.theme;
        let counts = self.survey.counts.map(|(sites, people)| format!("   {}   {}", plural(sites, "site"), plural(people, "person")));
        let mut left = vec![span(" rolecall", theme.title), span(&format!("  {}", self.world.policy.name), theme.heading)];
        // How large it is, is not for who sees a part of it.
        left.extend(counts.filter(|_| self.world.session.sight().is_whole()).map(|it| span(&it, theme.hint)));
        left.push(span(self.remark, theme.hint));
        let mut right = Vec::new();
        if let Some(email) = self.acts_for() {
            right.push(span(&format!("as {}   ", text::fit(&text::display(email), 30)), theme.risk));
        }
        if let Some(person) = &self.view_as {
            right.push(span(&format!("viewing as {}   ", text::fit(&text::display(&person.name), 24)), theme.risk));
        }
        let unsaved = self.world.session.draft().count(&self.world.policy);
        if unsaved > 0 {
            right.push(span(&format!("{unsaved} unsaved   "), theme.gain));
        }
        if self.world.session.store.is_read_only() {
            right.push(span("read-only   ", theme.risk));
        }
        right.push(span(&format!("{} help ", key_of(action::HELP)), theme.hint));
        let width = u16::try_from(right.iter().map(Span::width).sum::<usize>()).unwrap_or(0).min(area.width);
        let room = area.width.saturating_sub(width + 1);
        // The name stays; what else there is to say is said where there is room for all of it.
        while left.len() > 2 && left.iter().map(Span::width).sum::<usize>() > usize::from(room) {
            left.pop();
        }
        frame.render_widget(Line::from(left), Rect { height: 1, width: room, ..area });
        frame.render_widget(Line::from(right), Rect { x: area.right() - width, y: area.y, width, height: 1 });
        // A blank more between the names where there is room for it.
        let needed: usize = PANES.iter().map(|it| text::width(it.title) + 5).sum();
        let gap = if needed < usize::from(area.width) { " " } else { "" };
        let mut tabs = vec![Span::raw(gap)];
        for (at, place) in PANES.iter().enumerate() {
            let style = if at == self.focus { theme.cursor } else { theme.text };
            tabs.extend([span(&format!(" {} {}{gap}", at + 1, place.title), style), Span::raw(" ")]);
        }
        frame.render_widget(Line::from(tabs), Rect { y: area.y + 1, height: 1, ..area });
    }

    fn draw_foot(&self, frame: &mut Frame<'_>, area: Rect) {
        let theme = &self.theme;
        let status = Rect { height: 1, ..area };
        if let Some(field) = &self.typing {
            frame.render_widget(Line::from(span(&format!(" {}", key_of(action::FILTER)), theme.key)), status);
            field.draw(frame, Rect { x: status.x + 2, width: status.width.saturating_sub(2), ..status }, true, theme.text);
        } else {
            self.draw_words(frame, status);
        }
        let always = ALWAYS.iter().filter_map(|it| action::EVERY_PANE.entry(*it).or_else(|| action::EVERYWHERE.entry(*it)));
        let (here, always) = if self.is_busy() { (self.window_footer(), Vec::new()) } else { (self.footer(), shown(always)) };
        let width = |(key, word): &(String, &str)| text::width(key) + text::width(word) + 3;
        let mut room = usize::from(area.width).saturating_sub(1 + always.iter().map(width).sum::<usize>());
        let fits = |it: &(String, &str)| {
            let rest = room.checked_sub(width(it));
            room = rest.unwrap_or(room);
            rest.is_some()
        };
        let mut spans = vec![Span::raw(" ")];
        for (key, word) in here.into_iter().filter(fits).chain(always) {
            spans.extend([span(&key, theme.key), span(&format!(" {word}  "), theme.text)]);
        }
        frame.render_widget(Line::from(spans), Rect { y: area.y + 1, height: 1, ..area });
    }

    /// What was said last, or what stays to be said. Why something was refused is read whole, also above the line.
    fn draw_words(&self, frame: &mut Frame<'_>, line: Rect) {
        let (words, style, most) = match (&self.toast, self.warnings.line()) {
            (Some(Toast { words, is_error: true }), _) => (words.clone(), self.theme.risk, 4),
            (Some(Toast { words, is_error: false }), _) => (words.clone(), self.theme.good, 1),
            (None, Some(words)) => (words, self.theme.risk, 1),
            (None, None) => return,
        };
        let width = usize::from(line.width.saturating_sub(1));
        let mut rows = lines::wrap(&words, width);
        if rows.len() > most {
            rows = if most == 1 { vec![text::fit(&text::display(&words), width).into_owned()] } else { rows[..most].to_vec() };
        }
        let height = u16::try_from(rows.len()).unwrap_or(1).min(line.y + 1);
        let area = Rect { y: line.y + 1 - height, height, ..line };
        frame.render_widget(Clear, area);
        lines::paint(frame, area, rows.iter().map(|it| Line::from(span(&format!(" {it}"), style))).collect());
    }

    /// What the window on top, or the filter that is typed, offers now.
    fn window_footer(&self) -> Vec<(String, &'static str)> {
        let offers = |it: &Entry| !it.short.is_empty() && self.overlays.last().is_none_or(|overlay| overlay.offers(it.action));
        let lines = action::lines(&self.places(), self.letters_are_text()).into_iter().filter(|(it, _)| offers(it));
        lines.filter_map(|(it, keys)| Some((keymap::show(keys.first()?), it.short))).collect()
    }

    /// The few keys that matter here and do something, the more needed first.
    fn footer(&self) -> Vec<(String, &'static str)> {
        let places = self.places();
        let is_shown = |it: &&Entry| !it.short.is_empty() && !ALWAYS.contains(&it.action) && self.offers(it);
        let of = |place: &'static Place| place.entries.iter().filter(is_shown);
        let (own, general): (Vec<_>, Vec<_>) = places.into_iter().partition(|it| ![action::EVERY_PANE, action::EVERYWHERE].contains(it));
        // What all lists can do comes before what only this one can.
        let own: Vec<_> = own.into_iter().rev().flat_map(of).collect();
        let (first, rest) = own.split_at(own.len().min(5));
        shown(first.iter().copied().chain(general.into_iter().flat_map(of)).chain(rest.iter().copied()))
    }
}

/// Keys and words of actions.
fn shown<'a>(entries: impl Iterator<Item = &'a Entry>) -> Vec<(String, &'static str)> {
    entries.filter(|it| !it.keys.is_empty()).map(|it| (key_of(it.action), it.short)).collect()
}

impl Rooms {
    /// Divides the screen.
    fn of(area: Rect, place: &Place) -> Rooms {
        let head = Rect { height: 2.min(area.height), ..area };
        let foot = Rect { y: area.bottom().saturating_sub(2), height: 2.min(area.height), ..area };
        let body = Rect { y: area.y + 2, height: area.height.saturating_sub(4), ..area };
        let shape = place.shape.unwrap_or(action::LIST);
        if body.width < shape.stacks_below {
            let list = Rect { height: body.height / 2, ..body };
            return Rooms { head, body, list, detail: Rect { y: list.bottom(), height: body.height - list.height, ..body }, foot };
        }
        let (part, whole) = shape.share;
        let wide = (body.width.saturating_mul(part) / whole).clamp(shape.least, shape.most).min(body.width);
        let list = Rect { width: wide, ..body };
        let detail = Rect { x: body.x + wide, width: body.width - wide, ..body };
        Rooms { head, body, list, detail, foot }
    }
}
