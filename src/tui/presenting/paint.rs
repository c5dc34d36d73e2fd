//! What a presentation looks like: few things, far apart, in plain words.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::{ALIKE, CHOOSE, CLOSER, HAND_OUT, OTHERS, Page, Presentation, SIDE_BY_SIDE, Said, WIDER};
use crate::domain::text::{display, fit, width};
use crate::exchange::leaflet::{Group, Leaflet, Told};
use crate::tui::action::{self, Action, Entry};
use crate::tui::keymap::{self, key_of};
use crate::tui::theme::Theme;
use crate::tui::view::Paint;
use crate::tui::widgets::lines::{self, plural, span, wrap};

/// From so many lines on there are gaps round what is shown.
const TALL: u16 = 30;
/// The narrowest and the widest column of a role.
const COLUMN: (usize, usize) = (14, 32);
/// Columns between a name and what is said of it.
const GAP: usize = 2;

impl Presentation {
    pub(in crate::tui) fn draw(&self, frame: &mut Frame<'_>, paint: &Paint<'_>) {
        let (area, theme) = (frame.area(), paint.theme);
        let margin = if area.width < 100 { 2 } else { 5 };
        let gap = u16::from(area.height >= TALL);
        let inner = Rect { x: margin, width: area.width.saturating_sub(2 * margin), ..area };
        // The agency, a sentence and a rule; below, how much more there is, what is said, and the keys.
        let (head, foot) = (3 + 2 * gap, 3 + 2 * gap);
        let body = Rect { y: head, height: area.height.saturating_sub(head + foot), ..inner };
        self.draw_head(frame, Rect { y: gap, height: 3, ..inner }, theme);
        match &self.page {
            Some(page) => page.draw(frame, body, theme),
            None => self.draw_list(frame, body, theme),
        }
        self.draw_foot(frame, Rect { y: area.bottom().saturating_sub(2), height: 2, ..inner }, theme);
        if let Some(window) = &self.window {
            window.draw(frame, Rect { height: area.height.saturating_sub(2), ..area }, paint);
        }
    }

    fn draw_head(&self, frame: &mut Frame<'_>, inner: Rect, theme: &Theme) {
        let platform = self.policy.catalogs().nth(self.platform).map_or("", |it| it.name.as_str());
        let name = span(&fit(&display(&self.policy.name), 40), theme.heading);
        let gap = usize::from(inner.width).saturating_sub(name.width() + width(platform));
        let lead = match &self.page {
            Some(it) if it.leaflet.roles.len() > 1 => "Side by side: what each lets one person do, and what not",
            Some(_) | None => "Who may do what on your site: a role for each task",
        };
        let head = vec![
            Line::from(vec![name, Span::raw(" ".repeat(gap)), span(platform, theme.text)]),
            Line::from(span(lead, theme.text)),
            rule(usize::from(inner.width), theme),
        ];
        lines::paint(frame, inner, head);
    }

    /// What was said last, else what the marks on the page mean; and the keys.
    fn draw_foot(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
        let words = match &self.said {
            Some(Said { words, is_refusal: true }) => vec![span("no: ", theme.error), span(words, theme.good)],
            Some(Said { words, .. }) => vec![span(words, theme.good)],
            None => self.legend(theme),
        };
        let keys: Vec<Span<'static>> = self
            .offered()
            .into_iter()
            .flat_map(|it| [span(&key_of(it.action), theme.key), span(&format!(" {}   ", it.short), theme.text)])
            .collect();
        lines::paint(frame, area, vec![Line::from(words), Line::from(keys)]);
    }

    fn legend(&self, theme: &Theme) -> Vec<Span<'static>> {
        let sensitive = "! sensitive: money, personal data, access, deleting";
        let can = format!("{} can   {} cannot   ", theme.shapes.granted, theme.shapes.off);
        let several = self.page.as_ref().is_some_and(|it| it.leaflet.roles.len() > 1);
        vec![span(if several { &can } else { "" }, theme.hint), span(sensitive, theme.hint)]
    }

    /// The keys that do something now, the more needed first.
    fn offered(&self) -> Vec<&'static Entry> {
        let places = self.places();
        if self.window.is_some() {
            let entries = keymap::lines(&places, true).into_iter();
            return entries.filter(|(it, keys)| !it.short.is_empty() && !keys.is_empty()).map(|it| it.0).collect();
        }
        let actions: &[Action] = match &self.page {
            Some(it) if it.leaflet.roles.len() > 1 => &[ALIKE, HAND_OUT, WIDER, action::HELP],
            Some(_) => &[HAND_OUT, WIDER, action::HELP],
            None if self.marked.len() > 1 => &[SIDE_BY_SIDE, CHOOSE, HAND_OUT, WIDER, action::HELP],
            None => &[CLOSER, CHOOSE, HAND_OUT, WIDER, action::HELP, OTHERS],
        };
        actions.iter().filter_map(|it| places.iter().find_map(|place| place.entry(*it))).collect()
    }

    // ---- the list, and beside it the role under the cursor ----

    fn draw_list(&self, frame: &mut Frame<'_>, body: Rect, theme: &Theme) {
        let left = Rect { width: (body.width / 3).clamp(26, 40), ..body };
        let right = Rect { x: left.right() + 4, width: body.width.saturating_sub(left.width + 4), ..body };
        self.room.set(usize::from(body.height));
        let rows = self.rows(usize::from(left.width), theme);
        let at = rows.iter().position(|it| it.0).unwrap_or(0);
        let top = at.saturating_sub(usize::from(body.height).saturating_sub(2)).min(rows.len().saturating_sub(usize::from(body.height)));
        let hidden = rows.len().saturating_sub(top + usize::from(body.height));
        lines::paint(frame, left, rows.into_iter().skip(top).map(|it| it.1).collect());
        more_below(frame, left, hidden, theme);
        let Some(leaflet) = self.listed().nth(self.cursor).and_then(|it| self.leaflet(&[it])) else { return };
        let page = alone(&leaflet, usize::from(right.width), theme);
        let hidden = page.len().saturating_sub(usize::from(right.height));
        lines::paint(frame, right, page);
        more_below(frame, right, hidden, theme);
    }

    /// The rows of the list, and which has the cursor.
    fn rows(&self, width: usize, theme: &Theme) -> Vec<(bool, Line<'static>)> {
        let mut rows = Vec::new();
        let mut at = 0;
        for shelf in &self.shelves {
            if !rows.is_empty() {
                rows.push((false, Line::default()));
            }
            rows.push((false, Line::from(span(&shelf.title, theme.hint))));
            for held in shelf.roles.iter().filter_map(|it| self.policy.role(*it)) {
                let is_here = at == self.cursor;
                let mark = if self.marked.contains(&held.role.id) { '*' } else { ' ' };
                let cursor = if is_here { '>' } else { ' ' };
                let words = lines::cell(&format!("{cursor}{mark} {}", held.role.name), width);
                rows.push((is_here, Line::from(span(&words, if is_here { theme.cursor } else { theme.text }))));
                at += 1;
            }
        }
        rows
    }
}

impl Page {
    fn draw(&self, frame: &mut Frame<'_>, body: Rect, theme: &Theme) {
        let columns = Columns::of(&self.leaflet, usize::from(body.width));
        let (head, rows) = match columns {
            Some(columns) => (columns.names(&self.leaflet, theme), columns.body(self, frame.area().height >= TALL, theme)),
            None => (Vec::new(), alone(&self.leaflet, usize::from(body.width).min(96), theme)),
        };
        let n = u16::try_from(head.len()).unwrap_or(0).min(body.height);
        let below = Rect { y: body.y + n, height: body.height - n, ..body };
        lines::paint(frame, Rect { height: n, ..body }, head);
        let hidden = self.scroll.paint(frame, below, rows);
        more_below(frame, below, hidden, theme);
    }
}

fn rule(width: usize, theme: &Theme) -> Line<'static> {
    Line::from(span(&theme.shapes.rule.repeat(width), theme.border))
}

fn more_below(frame: &mut Frame<'_>, room: Rect, hidden: usize, theme: &Theme) {
    if hidden > 0 {
        let row = Rect { y: room.bottom(), height: 1, ..room };
        frame.render_widget(Line::from(span(&format!("{hidden} more below"), theme.hint)), row);
    }
}

fn bold(theme: &Theme) -> ratatui::style::Style {
    theme.text.add_modifier(Modifier::BOLD)
}

/// A label, with a mark before what is sensitive.
fn labelled(label: &str, is_sensitive: bool, theme: &Theme) -> [Span<'static>; 2] {
    let mark = if is_sensitive { span("! ", theme.risk) } else { Span::raw("  ") };
    [mark, span(label, theme.text)]
}

/// One role: what it is for, how far it goes, what it lets one do, and what stays closed.
fn alone(leaflet: &Leaflet, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let Some(it) = leaflet.roles.first() else { return Vec::new() };
    let words = |words: &str, style| wrap(words, width).into_iter().map(|it| Line::from(span(&it, style))).collect::<Vec<_>>();
    let mut page = vec![Line::from(span(&it.name, theme.heading)), Line::default()];
    page.extend(words(&it.about, theme.text));
    page.push(Line::default());
    let sensitive = match it.n_sensitive {
        0 => "nothing of it sensitive".to_owned(),
        n => format!("{n} of them sensitive"),
    };
    page.extend(words(&format!("{}, {sensitive}; usually given for {}", leaflet.extent(it), it.lasts), theme.hint));
    for Group { category, rows } in leaflet.groups(leaflet.any()) {
        page.extend([Line::default(), Line::from(span(&category, bold(theme)))]);
        page.extend(rows.iter().map(|row| Line::from(labelled(&row.label, row.is_sensitive, theme).to_vec())));
    }
    page.extend([Line::default(), Line::from(span("What stays closed", bold(theme)))]);
    page.extend(words(&leaflet.untouched().join(", "), theme.hint));
    page
}

/// How several roles stand beside each other.
struct Columns {
    room: usize,
    label: usize,
    each: usize,
    /// So many of them have room.
    n: usize,
}

impl Columns {
    /// None for one role alone.
    fn of(leaflet: &Leaflet, room: usize) -> Option<Columns> {
        let n = leaflet.roles.len();
        if n < 2 {
            return None;
        }
        let label = (room / 3).clamp(28, 44);
        let each = ((room - label) / n).clamp(COLUMN.0, COLUMN.1);
        Some(Columns { room, label, each, n: n.min((room - label) / each) })
    }

    /// Cells under each other in each column, as many lines as the longest takes.
    fn stacked(&self, lead: &str, cells: &[String], style: ratatui::style::Style, theme: &Theme) -> Vec<Line<'static>> {
        let cells: Vec<Vec<String>> = cells.iter().take(self.n).map(|it| wrap(it, self.each.saturating_sub(GAP))).collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(0);
        let line = |at: usize| {
            let lead = span(&lines::cell(if at == 0 { lead } else { "" }, self.label), theme.hint);
            let part = |it: &Vec<String>| span(&lines::cell(it.get(at).map_or("", String::as_str), self.each), style);
            Line::from(std::iter::once(lead).chain(cells.iter().map(part)).collect::<Vec<_>>())
        };
        (0..height).map(line).collect()
    }

    /// The line that stays: the names.
    fn names(&self, leaflet: &Leaflet, theme: &Theme) -> Vec<Line<'static>> {
        let names: Vec<String> = leaflet.roles.iter().map(|it| it.name.clone()).collect();
        let left = names.len() - self.n;
        let lead = if left > 0 { format!("{left} more on paper") } else { String::new() };
        let mut head = self.stacked(&lead, &names, theme.heading, theme);
        head.push(rule(self.room, theme));
        head
    }

    /// What each is for stands over what it can do, where there is room for both.
    fn body(&self, page: &Page, is_tall: bool, theme: &Theme) -> Vec<Line<'static>> {
        let leaflet = &page.leaflet;
        let each = |say: &dyn Fn(&Told) -> String| leaflet.roles.iter().map(say).collect::<Vec<_>>();
        let row = |lead: &str, cells: &[String]| self.stacked(lead, cells, theme.text, theme);
        let purpose = row("what for", &each(&|it| it.about.clone()));
        let mut body = if is_tall { [purpose.clone(), vec![Line::default()]].concat() } else { Vec::new() };
        body.extend(row("can do", &each(&|it| format!("{} of {}", it.n_can, leaflet.n_all))));
        body.extend(row("sensitive", &each(&Told::sensitive)));
        body.extend(row("usually given for", &each(&|it| it.lasts.clone())));
        let (any, differing) = (leaflet.any(), leaflet.differing());
        for group in leaflet.groups(if page.whole { any } else { differing }) {
            body.extend([Line::default(), Line::from(span(&group.category, bold(theme)))]);
            body.extend(group.rows.iter().map(|it| self.row(&it.label, it.is_sensitive, &it.on, theme)));
        }
        if !is_tall {
            body.push(Line::default());
            body.extend(purpose);
        }
        body.push(Line::default());
        let alike = (any - differing).len();
        if alike > 0 && !page.whole {
            body.push(Line::from(span(
                &format!("All of them can also do {}: {} shows it", plural(alike, "thing"), key_of(ALIKE)),
                theme.hint,
            )));
        }
        body.push(Line::from(span("What stays closed to all of them", bold(theme))));
        body.extend(wrap(&leaflet.untouched().join(", "), self.room).into_iter().map(|it| Line::from(span(&it, theme.hint))));
        body
    }

    fn row(&self, label: &str, is_sensitive: bool, on: &[bool], theme: &Theme) -> Line<'static> {
        let mut spans = labelled(&lines::cell(label, self.label.saturating_sub(2 + GAP)), is_sensitive, theme).to_vec();
        spans.push(Span::raw(" ".repeat(GAP)));
        for it in on.iter().take(self.n) {
            let (shape, style) = match it {
                true if is_sensitive => (theme.shapes.granted, bold(theme)),
                true => (theme.shapes.granted, theme.text),
                false => (theme.shapes.off, theme.hint),
            };
            spans.push(span(&lines::cell(shape, self.each), style));
        }
        Line::from(spans)
    }
}
