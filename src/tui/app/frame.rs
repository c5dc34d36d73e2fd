//! The frame: head, panes, panel and impact, foot, and the window on top.

use anyhow::Result;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use super::{App, Toast};
use crate::domain::text;
use crate::tui::action::{self, Action, Entry, Place, Seat};
use crate::tui::diff::drawn_of;
use crate::tui::keymap::{self, key_of};
use crate::tui::layout::{Layout, Open};
use crate::tui::panes::{self, PANES};
use crate::tui::survey::MAX_DUE;
use crate::tui::theme::{Shapes, Theme};
use crate::tui::view::{Paint, Room};
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
        if self.presenting.is_none()
            && let Err(error) = self.load()
        {
            self.broke(&error);
        }
        self.dirty = false;
        true
    }

    pub(super) fn load(&mut self) -> Result<()> {
        let layout = self.layout();
        for (at, place) in PANES.iter().enumerate() {
            // In a run of keys, and in the first frame, only what has the focus is read.
            if !self.world.rests && at != self.focus {
                continue;
            }
            let room = layout.room(at);
            if *place == panes::matrix::PLACE {
                let ranks = self.column_ranks();
                self.panes.matrix.rank(ranks);
            }
            if room.area.height > 0 {
                self.panes.all_mut()[at].load(room, &self.world.env(), &self.theme)?;
            }
            if self.world.rests {
                self.panes.all_mut()[at].tally_up(&self.world.env())?;
                self.follow(place)?;
            }
        }
        if self.world.rests {
            // Whoever was under the cursor is gone: the cell is of whom the list has now.
            if self.panes.matrix.lost_column() {
                self.column_follows();
            }
            self.panes.all_mut()[self.focus].settle(&self.world.env())?;
            self.load_panel(&layout)?;
            self.crumbs = self.trail()?;
            // Whether a cell can be switched is known only now.
            self.follow_tour();
        }
        if let Some(overlay) = self.overlays.last_mut() {
            overlay.load(&self.world.env())?;
        }
        self.fetch_index()?;
        self.fetch_order()
    }

    pub(super) fn layout(&self) -> Layout {
        let seats = PANES.map(|it| it.seat.unwrap_or(Seat::Body));
        let open = Open { seats: &seats, focus: self.focus, list: self.list, lower: self.lower, zoomed: self.zoomed.is_some() };
        Layout::of(self.area(), &open)
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
        match &self.presenting {
            Some(it) => it.draw(frame, &self.paint()),
            None => self.draw_screens(frame),
        }
        take_halves_away(frame.buffer_mut());
        if self.theme.shapes == Shapes::ASCII {
            for cell in frame.buffer_mut().content.iter_mut().filter(|it| it.symbol() == "…") {
                cell.set_symbol("$");
            }
        }
    }

    fn paint(&self) -> Paint<'_> {
        Paint {
            theme: &self.theme,
            policy: &self.world.policy,
            draft: self.world.session.draft(),
            effect: &self.world.effect,
            names: &self.names,
            uncovered: &self.uncovered,
            focused: self.overlays.is_empty(),
            receipt: self.receipt.as_deref(),
            numbered: false,
        }
    }

    fn draw_screens(&self, frame: &mut Frame<'_>) {
        let (layout, paint) = (self.layout(), self.paint());
        self.draw_head(frame, layout.head);
        for (at, pane) in self.panes.all().into_iter().enumerate() {
            let room = layout.room(at);
            if room.area.height > 0 {
                pane.draw(frame, room, &Paint { focused: paint.focused && at == self.focus, numbered: self.sorting == Some(at), ..paint });
            }
        }
        self.draw_titles(frame, &layout);
        self.draw_panel(frame, &layout);
        self.draw_impact(frame, &layout, &paint);
        self.draw_divider(frame, &layout);
        self.draw_windows(frame, layout.body, &paint);
        self.draw_foot(frame, layout.foot);
    }

    /// One line: whose workspace, where one is, what waits to be saved, who acts.
    fn draw_head(&self, frame: &mut Frame<'_>, area: Rect) {
        let theme = &self.theme;
        let mut right = Vec::new();
        if let Some(email) = self.acts_for() {
            right.push(span(&format!("as {}   ", text::fit(&text::display(email), 30)), theme.risk));
        }
        if let Some(person) = &self.view_as {
            right.push(span(&format!("viewing as {}   ", text::fit(&text::display(&person.name), 24)), theme.risk));
        }
        let due = self.survey.due;
        if due > 0 && self.world.session.sight().is_whole() {
            let n = if due >= MAX_DUE { format!("{MAX_DUE}+") } else { due.to_string() };
            right.push(span(&format!("{n} due   "), theme.risk));
        }
        if let Some(found) = self.world.auditor.findings.as_ref().filter(|it| it.total() > 0) {
            let style = if found.n_high() > 0 { theme.risk } else { theme.hint };
            right.push(span(&format!("{}   ", plural(found.total(), "finding")), style));
        }
        let unsaved = self.world.session.draft().count(&self.world.policy);
        if unsaved > 0 {
            right.push(span(&format!("{unsaved} unsaved   "), theme.gain));
        }
        if let Some(then) = &self.world.then {
            let when = self.world.policy.zone.exact(then.at);
            right.push(span(&format!(" as of {when} "), theme.risk.add_modifier(Modifier::REVERSED)));
            right.push(span("   ", theme.text));
        } else if self.world.session.is_read_only() {
            right.push(span("read-only   ", theme.risk));
        }
        right.push(span(&format!("{} help ", key_of(action::HELP)), theme.hint));
        let width = u16::try_from(right.iter().map(Span::width).sum::<usize>()).unwrap_or(0).min(area.width);
        let room = usize::from(area.width.saturating_sub(width + 1));
        frame.render_widget(Line::from(self.head_left(room)), Rect { height: 1, width: area.width - width, ..area });
        frame.render_widget(Line::from(right), Rect { x: area.right() - width, y: area.y, width, height: 1 });
    }

    /// The name stays; then come the crumbs, cut from the left; what else there is to say is said where there is room for all of it.
    fn head_left(&self, room: usize) -> Vec<Span<'static>> {
        let theme = &self.theme;
        let counts = self.survey.counts.map(|(sites, people)| format!("   {}  {}", plural(sites, "site"), plural(people, "person")));
        // How large it is, is not for who sees a part of it.
        let counts = counts.filter(|_| self.world.session.sight().is_whole());
        let name = span(&format!(" {}", text::fit(&text::display(&self.world.policy.name), 30)), theme.heading);
        let program = span(" rolecall ", theme.title);
        let mut crumbs = self.crumbs.clone();
        let trail = |crumbs: &[String]| if crumbs.is_empty() { String::new() } else { format!("   {}", crumbs.join(" > ")) };
        while crumbs.len() > 1 && name.width() + text::width(&trail(&crumbs)) > room {
            crumbs.remove(0);
        }
        let trail = text::fit(&trail(&crumbs), room.saturating_sub(name.width())).into_owned();
        let mut spans = vec![program, name, span(&counts.unwrap_or_default(), theme.hint), span(self.remark, theme.hint)];
        spans.push(span(&trail, theme.text));
        // The least needed goes first.
        for at in [3, 2, 0] {
            if spans.iter().map(Span::width).sum::<usize>() > room {
                spans[at] = Span::raw("");
            }
        }
        spans
    }

    /// The panes that have no room, each with its key and its number of rows where that is known. Where not all of
    /// that has room, the numbers are left out, then the names.
    fn draw_titles(&self, frame: &mut Frame<'_>, layout: &Layout) {
        let rule = Line::styled(self.theme.shapes.rule.repeat(usize::from(layout.titles.width)), self.theme.border);
        let mut fitting = self.titles(layout);
        fitting.resize(usize::from(layout.titles.height), rule);
        lines::paint(frame, layout.titles, fitting);
    }

    /// The lines of those titles: before each a rule.
    pub(super) fn titles(&self, layout: &Layout) -> Vec<Line<'static>> {
        let (width, height) = (usize::from(layout.titles.width), usize::from(layout.titles.height));
        let closed = || (0..PANES.len()).filter(|at| layout.panes[*at].height == 0);
        let count = |at: usize| {
            self.panes.all()[at].tally(&self.theme.shapes).filter(|it| !it.is_empty()).map_or_else(String::new, |it| format!(" {it}"))
        };
        let [whole, named, bare] = [
            closed().map(|at| format!(" {} {}{} ", at + 1, PANES[at].title, count(at))).collect::<Vec<_>>(),
            closed().map(|at| format!(" {} {} ", at + 1, PANES[at].title)).collect(),
            closed().map(|at| format!(" {} ", at + 1)).collect(),
        ]
        .map(|it| self.title_lines(it, width));
        [whole, named].into_iter().find(|it| it.len() <= height).unwrap_or(bare)
    }

    /// Titles in as many lines as they need, with rules between them.
    fn title_lines(&self, titles: Vec<String>, width: usize) -> Vec<Line<'static>> {
        let theme = &self.theme;
        let mut lines = vec![Line::default()];
        for words in titles {
            let used = lines.last().map_or(0, Line::width);
            if used > 0 && used + text::width(&words) + 1 > width {
                lines.push(Line::default());
            }
            if let Some(line) = lines.last_mut() {
                line.spans.extend([Span::styled(theme.shapes.rule, theme.border), span(&words, theme.text)]);
            }
        }
        for line in &mut lines {
            let gap = width.saturating_sub(line.width());
            line.spans.push(Span::styled(theme.shapes.rule.repeat(gap), theme.border));
        }
        lines
    }

    /// The line between the stack and what stands beside it, joined to the title lines on either side.
    fn draw_divider(&self, frame: &mut Frame<'_>, layout: &Layout) {
        let area = layout.divider;
        let framed = [(layout.panel, layout.framed.0), (layout.impact, layout.framed.1)];
        let framed = framed.iter().filter_map(|(it, is_framed)| is_framed.then_some(it));
        let rooms: Vec<&Rect> = layout.panes.iter().chain(framed).filter(|it| it.height > 0).collect();
        let titles = layout.titles;
        for y in area.top()..area.bottom() {
            let right = rooms.iter().any(|it| it.x > area.x && it.y == y);
            let among_titles = titles.x < area.x && titles.right() <= area.x && (titles.top()..titles.bottom()).contains(&y);
            let left = among_titles || rooms.iter().any(|it| it.x < area.x && it.y == y);
            let shape = self.theme.shapes.divider[usize::from(right) + 2 * usize::from(left)];
            frame.buffer_mut().set_string(area.x, y, shape, self.theme.border);
        }
    }

    fn draw_foot(&self, frame: &mut Frame<'_>, area: Rect) {
        let theme = &self.theme;
        let status = Rect { y: area.bottom().saturating_sub(2), height: 1, ..area };
        let typed = Rect { height: 1, ..area };
        let is_taken = self.overlays.last().is_some_and(|it| it.is_line());
        let is_typed = self.typing.is_some() || self.sorting.is_some();
        if typed != status && !self.is_busy() {
            lines::paint(frame, typed, vec![self.choice_line()]);
        }
        // Over that: what is said is read whole.
        if !is_taken && (!is_typed || typed != status) {
            self.draw_words(frame, status);
        }
        if let Some(words) = self.tour_words() {
            let rows = lines::wrap(&words, usize::from(area.width.saturating_sub(1)));
            let height = u16::try_from(rows.len()).unwrap_or(1).min(status.y);
            let above = Rect { y: status.y - height, height, ..status };
            frame.render_widget(Clear, above);
            lines::paint(frame, above, rows.iter().map(|it| Line::from(span(&format!(" {it}"), theme.heading))).collect());
        }
        if let Some(field) = &self.typing {
            frame.render_widget(Line::from(span(&format!(" {}", key_of(action::FILTER)), theme.key)), typed);
            field.draw(frame, Rect { x: typed.x + 2, width: typed.width.saturating_sub(2), ..typed }, true, theme.text);
        }
        if self.sorting.is_some() {
            frame.render_widget(self.sort_line(), typed);
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
        frame.render_widget(Line::from(spans), Rect { y: area.bottom().saturating_sub(1), height: 1, ..area });
    }

    /// The window on top, and the one beneath where both have room.
    fn draw_windows(&self, frame: &mut Frame<'_>, body: Rect, paint: &Paint<'_>) {
        let Some((top, beneath)) = self.overlays.split_last() else { return };
        let mut room = body;
        if let Some(below) = beneath.last() {
            let beside = below.room_for_form(body).filter(|_| top.is_form());
            if top.is_line() || beside.is_some() {
                below.draw(frame, body, paint);
            }
            room = beside.unwrap_or(body);
        }
        top.draw(frame, room, paint);
    }

    /// What the list in focus is filtered by, how many of its rows are marked, and what can be done to all of these.
    fn choice_line(&self) -> Line<'static> {
        let (theme, pane) = (&self.theme, self.pane());
        let mut spans = Vec::new();
        if !pane.filter_text().is_empty() {
            spans.extend([
                span(&format!(" {} ", key_of(action::FILTER)), theme.key),
                span(&format!("{}  ", pane.filter_text()), theme.text),
            ]);
        }
        if pane.n_marked() > 0 {
            let keys: Vec<String> = pane.on_marked().iter().map(|it| key_of(*it)).collect();
            let marked = format!(" {} marked in {}: ", pane.n_marked(), PANES[self.focus].title);
            spans.extend([span(&marked, theme.text), span(&keys.join(" "), theme.key), span(" act on all of them", theme.text)]);
        }
        Line::from(spans)
    }

    /// The columns by their numbers, and by which the list is sorted.
    fn sort_line(&self) -> Line<'static> {
        let (theme, sorted) = (&self.theme, self.pane().sorted());
        let mut spans = vec![span(&format!(" {}  ", key_of(action::SORT)), theme.key)];
        for (at, name) in self.pane().columns().into_iter().enumerate() {
            let way = sorted.filter(|it| it.column == name).map_or("", |it| theme.shapes.sorted[usize::from(it.down)]);
            spans.extend([span(&(at + 1).to_string(), theme.key), span(&format!(" {name}{way}  "), theme.text)]);
        }
        Line::from(spans)
    }

    /// What was said last, or what stays to be said. Why something was refused is read whole, also above the line.
    fn draw_words(&self, frame: &mut Frame<'_>, line: Rect) {
        let theme = &self.theme;
        let (mark, words, most) = match (&self.toast, self.warnings.line()) {
            (Some(Toast { words, is_error: true }), _) => (span("no: ", theme.error), words.clone(), 4),
            (Some(Toast { words, is_error: false }), _) => (Span::raw(""), words.clone(), 2),
            (None, Some(words)) => (span("! ", theme.risk), words, 2),
            (None, None) => return,
        };
        let rows = lines::wrap_to(&format!("{}{words}", mark.content), usize::from(line.width.saturating_sub(1)), most);
        let rows = rows.iter().enumerate().map(|(at, row)| {
            let (mark, row) = if at == 0 {
                (mark.clone(), row.strip_prefix(mark.content.as_ref()).unwrap_or(row))
            } else {
                (Span::raw(""), row.as_str())
            };
            Line::from([vec![Span::raw(" "), mark], entry_bold(row, theme)].concat())
        });
        let rows: Vec<Line<'static>> = rows.collect();
        let height = u16::try_from(rows.len()).unwrap_or(1).min(line.y + 1);
        let area = Rect { y: line.y + 1 - height, height, ..line };
        frame.render_widget(Clear, area);
        lines::paint(frame, area, rows);
    }

    /// What the window on top, or the filter that is typed, offers now.
    fn window_footer(&self) -> Vec<(String, &'static str)> {
        let offers = |it: &Entry| {
            !it.short.is_empty() && self.fits(it.takes) && self.overlays.last().is_none_or(|overlay| overlay.offers(it.action))
        };
        let lines = keymap::lines(&self.places(), self.letters_are_text()).into_iter().filter(|(it, _)| offers(it));
        lines.filter_map(|(it, keys)| Some((keymap::show(keys.first()?), it.short))).collect()
    }

    /// The few keys that matter here and do something, the more needed first.
    fn footer(&self) -> Vec<(String, &'static str)> {
        let places = self.places();
        let is_shown = |it: &&Entry| !it.short.is_empty() && !ALWAYS.contains(&it.action) && self.offers(it);
        let of = |place: &'static Place| place.entries.iter().filter(is_shown);
        let (own, general): (Vec<_>, Vec<_>) = places.into_iter().partition(|it| ![action::EVERY_PANE, action::EVERYWHERE].contains(it));
        let (tables, own): (Vec<_>, Vec<_>) = own.into_iter().partition(|it| *it == action::TABLES);
        // What all lists can do comes before what only this one can; a matrix is asked why before all but its first keys.
        let after = if own.contains(&action::LISTS) { usize::MAX } else { 2 };
        let mut own: Vec<_> = own.into_iter().rev().flat_map(of).collect();
        let after = after.min(own.len());
        own.splice(after..after, tables.into_iter().flat_map(of));
        let (first, rest) = own.split_at(own.len().min(5));
        shown(first.iter().copied().chain(general.into_iter().flat_map(of)).chain(rest.iter().copied()))
    }
}

/// A sentence in which the number of an entry of the journal stands out.
fn entry_bold(words: &str, theme: &Theme) -> Vec<Span<'static>> {
    const ENTRY: &str = "entry ";
    let start = words.match_indices(ENTRY).map(|it| it.0 + ENTRY.len()).find(|at| words[*at..].starts_with(|c: char| c.is_ascii_digit()));
    let Some(start) = start else { return vec![span(words, theme.good)] };
    let (before, rest) = words.split_at(start);
    let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
    vec![span(before, theme.good), span(number, theme.heading), span(after, theme.good)]
}

/// A wide character of which a window covers the right half is not there: a terminal would show it whole, or the window's
/// edge not at all.
fn take_halves_away(buffer: &mut Buffer) {
    let width = usize::from(buffer.area.width);
    for row in buffer.content.chunks_mut(width.max(1)) {
        for at in 0..row.len() {
            let covers = at + 1..(at + text::width(row[at].symbol())).min(row.len());
            if row[covers].iter().any(|it| it.symbol() != " ") {
                row[at].set_symbol(" ");
            }
        }
    }
}

/// Keys and words of actions.
fn shown<'a>(entries: impl Iterator<Item = &'a Entry>) -> Vec<(String, &'static str)> {
    entries.filter(|it| !keymap::keys(it).is_empty()).map(|it| (key_of(it.action), it.short)).collect()
}

impl Layout {
    /// The part of the screen that a pane draws on.
    pub(super) fn room(&self, at: usize) -> Room {
        Room { area: self.panes[at], heads: self.heads }
    }
}
