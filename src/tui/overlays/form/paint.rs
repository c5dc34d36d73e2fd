//! How a form looks: its fields, what is found for them, and what follows from what is entered.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::input::{Choices, Input, Value};
use super::lookup::{Kind, Search};
use super::{DONE, EMPTY, FORWARD, Form, OPTION};
use crate::domain::text;
use crate::tui::action;
use crate::tui::keymap::key_of;
use crate::tui::overlays::sheet::Tone;
use crate::tui::theme::Theme;
use crate::tui::view::Paint;
use crate::tui::widgets::hits::Hits;
use crate::tui::widgets::lines::{self, span};

impl Form {
    pub(super) fn paint(&self, frame: &mut Frame<'_>, area: Rect, paint: &Paint<'_>) {
        let theme = paint.theme;
        let width = area.width.saturating_sub(4).min(if self.live.is_some() { 110 } else { 84 });
        let said = self.said_lines(usize::from(width).saturating_sub(4), theme);
        let n_said = u16::try_from(said.len()).unwrap_or(u16::MAX);
        let refusal = self.refusal.as_ref().map_or_else(Vec::new, |it| lines::wrap(it, usize::from(width).saturating_sub(4)));
        let foot_height = u16::try_from(refusal.len()).unwrap_or(u16::MAX).clamp(2, 4);
        let least: u16 = self.inputs.iter().map(|it| it.height(false)).sum();
        // The field with the focus may grow, but a few words about what follows stay in sight.
        let room = area.height.saturating_sub(least + 2 + foot_height + u16::from(self.button.is_some()));
        let wanted = self.inputs[self.at].height(true).saturating_sub(self.inputs[self.at].height(false));
        let grown = wanted.min(room.saturating_sub(n_said.saturating_add(1).min(5)).max(room.min(3)));
        let said_height = n_said.min(room.saturating_sub(grown + 1));
        let n_button = u16::from(self.button.is_some());
        let height = n_button + least + grown + 2 + foot_height + if said_height > 0 { said_height + 1 } else { 1 };
        let inside = lines::popup(frame, area, width, height.min(area.height), theme, &self.title);
        self.hits.begin(inside);
        let mut y = inside.y;
        if let Some(here) = self.button {
            let words = Line::from(vec![
                span(" [ Empty it ]", if here { theme.cursor } else { theme.key }),
                span("  what was filled in is back", theme.hint),
            ]);
            self.hits.row(Rect { width: 13, height: 1, ..inside }, EMPTY);
            lines::paint(frame, Rect { height: 1, ..inside }, vec![words]);
            y += 1;
        }
        for (at, input) in self.inputs.iter().enumerate() {
            let here = at == self.at && self.button != Some(true);
            let height = input.height(false) + if here { grown } else { 0 };
            let height = height.min(inside.bottom().saturating_sub(y + foot_height));
            if height == 0 {
                continue;
            }
            let row = Rect { x: inside.x + 1, y, width: inside.width.saturating_sub(2), height };
            self.hits.row(row, at);
            draw_input(frame, row, input, here, theme, &self.hits);
            y += height;
        }
        let foot = Rect {
            x: inside.x + 1,
            y: inside.bottom().saturating_sub(foot_height),
            width: inside.width.saturating_sub(2),
            height: foot_height.min(inside.height),
        };
        let page = Rect { y: y + 1, height: foot.y.saturating_sub(y + 1), ..foot };
        self.below.set(usize::from(n_said.saturating_sub(page.height)).saturating_sub(self.top));
        lines::paint(frame, page, said.into_iter().skip(self.top).collect());
        let more = if self.below.get() > 0 { format!("{} shows the rest", key_of(action::PAGE_DOWN)) } else { String::new() };
        let ways = [
            format!("{} next field, on the last it is done; ", key_of(FORWARD)),
            format!("{} done; ", key_of(DONE)),
            format!("{} leaves", key_of(action::CLOSE)),
        ]
        .map(|it| span(&it, theme.hint));
        let say = if refusal.is_empty() {
            let line = Rect { y: foot.y + 1, ..foot };
            self.hits.buttons(line, &ways, &[(1, FORWARD), (1, DONE), (1, action::CLOSE)]);
            vec![Line::from(span(&more, theme.key)), Line::from(ways.to_vec())]
        } else {
            refusal.iter().map(|it| Line::from(span(it, theme.error))).collect()
        };
        lines::paint(frame, foot, say);
    }

    /// The columns about what follows, side by side.
    fn said_lines(&self, width: usize, theme: &Theme) -> Vec<Line<'static>> {
        let n = self.said.len().max(1);
        let room = (width / n).saturating_sub(if n > 1 { 2 } else { 0 });
        let broken = |column: &Vec<(Tone, String)>| -> Vec<(Tone, String)> {
            let part = |(tone, words): &(Tone, String)| lines::wrap(words, room).into_iter().map(|it| (*tone, it)).collect::<Vec<_>>();
            column.iter().flat_map(part).collect()
        };
        let columns: Vec<Vec<(Tone, String)>> = self.said.iter().map(broken).collect();
        let height = columns.iter().map(Vec::len).max().unwrap_or(0);
        let cell = |column: &Vec<(Tone, String)>, row: usize| {
            let (tone, words) = column.get(row).cloned().unwrap_or((Tone::Text, String::new()));
            tone.spans(&lines::cell(&words, width / n), theme)
        };
        (0..height).map(|row| Line::from(columns.iter().flat_map(|it| cell(it, row)).collect::<Vec<_>>())).collect()
    }
}

fn draw_input(frame: &mut Frame<'_>, row: Rect, input: &Input, here: bool, theme: &Theme, hits: &Hits) {
    let label = span(&format!("{} {:<9}", if here { ">" } else { " " }, input.label), if here { theme.title } else { theme.hint });
    lines::paint(frame, Rect { height: 1, ..row }, vec![Line::from(label)]);
    let (note, is_wrong) = input.note().unwrap_or_default();
    let style = if is_wrong { theme.error } else { theme.hint };
    let room = row.width.saturating_sub(12);
    // Half of the room, or what the value leaves of it.
    let left = usize::from(room).saturating_sub(text::width(&input.text()) + 16);
    // What is wrong is read whole before what was typed is.
    let most = if is_wrong { room.saturating_sub(12) } else { room.div_ceil(2) }.max(u16::try_from(left).unwrap_or(0));
    // Names need all the width there is: what is to be said of them stands beneath.
    let is_beneath = here && matches!(input.value, Value::Many(_)) && row.height > 1;
    let note_width = if note.is_empty() || is_beneath { 0 } else { u16::try_from(text::width(&note) + 2).unwrap_or(room).min(most) };
    let field = Rect { x: row.x + 12, width: room.saturating_sub(note_width), ..row };
    let beside = Rect { x: field.right(), y: row.y, width: note_width, height: row.height };
    let note_lines = lines::wrap_to(&note, usize::from(note_width.saturating_sub(1)), usize::from(row.height));
    lines::paint(frame, beside, note_lines.into_iter().map(|it| Line::from(span(&format!(" {it}"), style))).collect());
    if here {
        frame.set_cursor_position(field.as_position());
    }
    match &input.value {
        Value::Text(text) | Value::Addresses(text) if here || !text.has_lines() => text.draw(frame, field, here, theme.text),
        Value::Text(text) | Value::Addresses(text) => paint_line(frame, field, &text.text().replace('\n', ", "), theme),
        Value::Fixed(text) => paint_line(frame, field, text, theme),
        Value::Choice { options, at, .. } => {
            let value = options.get(*at).map_or("", String::as_str);
            let more = if here && options.len() > 1 { format!("  {} of {}", at + 1, options.len()) } else { String::new() };
            // Which one it is, is told also where the value is long.
            let room = usize::from(field.width).saturating_sub(text::width(&more) + 4);
            let shown = if here { format!("< {} >", text::fit(&text::display(value), room)) } else { value.to_owned() };
            lines::paint(frame, field, vec![Line::from(vec![span(&shown, theme.text), span(&more, theme.hint)])]);
        }
        Value::Many(choices) if here => draw_many(frame, field, choices, (&note, style), theme, hits),
        Value::Many(_) | Value::Places(..) if !here => {
            paint_line(frame, field, &or_none(input.text()), theme);
        }
        Value::Many(_) => {}
        Value::Lookup(search) => {
            search.field.draw(frame, Rect { height: 1, ..field }, here, theme.text);
            if here {
                draw_found(frame, Rect { x: row.x + 12, width: row.width.saturating_sub(12), ..row }, 1, search, theme, hits);
            }
        }
        Value::Places(search, _) => {
            paint_line(frame, Rect { height: 1, ..field }, &or_none(input.text()), theme);
            let below = Rect { x: row.x + 12, width: row.width.saturating_sub(12), ..row };
            let typed = Rect { y: below.y + 1, height: 1.min(below.height.saturating_sub(1)), ..below };
            lines::paint(frame, typed, vec![Line::from(span("+ ", theme.key))]);
            search.field.draw(frame, Rect { x: typed.x + 2, width: typed.width.saturating_sub(2), ..typed }, true, theme.text);
            draw_found(frame, below, 2, search, theme, hits);
        }
    }
}

fn or_none(chosen: String) -> String {
    if chosen.is_empty() { "none".to_owned() } else { chosen }
}

fn paint_line(frame: &mut Frame<'_>, area: Rect, words: &str, theme: &Theme) {
    let shown = text::fit(&text::display(words), usize::from(area.width)).into_owned();
    lines::paint(frame, area, vec![Line::from(span(&shown, theme.text))]);
}

/// Paints options in two columns; beneath them what is typed, how many more there are, and what is to be said of them.
fn draw_many(frame: &mut Frame<'_>, area: Rect, choices: &Choices, note: (&str, Style), theme: &Theme, hits: &Hits) {
    let shown = choices.shown();
    let half = usize::from(area.width / 2);
    let height = usize::from(area.height).saturating_sub(1).max(1);
    let row_at = shown.iter().position(|it| *it == choices.at).unwrap_or(0) / 2;
    let top = row_at.saturating_sub(height - 1);
    let part = |n: usize| {
        let Some(at) = shown.get(n).copied() else { return span("", theme.text) };
        let it = &choices.options[at];
        let (mark, style) = match (it.barred.is_some(), it.chosen) {
            (true, _) => ("[-]", theme.locked),
            (false, true) => ("[x]", theme.text),
            (false, false) => ("[ ]", theme.text),
        };
        span(&lines::cell(&format!("{mark} {}", it.name), half), if at == choices.at { theme.cursor } else { style })
    };
    for (n, at) in shown.iter().enumerate().skip(top * 2).take(height * 2) {
        let [column, line] = [n % 2, n / 2 - top].map(|it| u16::try_from(it).unwrap_or(0));
        hits.row(Rect { x: area.x + column * (area.width / 2), y: area.y + line, width: area.width / 2, height: 1 }, OPTION + at);
    }
    let rows = (top..shown.len().div_ceil(2)).map(|row| Line::from(vec![part(row * 2), part(row * 2 + 1)]));
    lines::paint(frame, area, rows.take(height).collect());
    let below = shown.len().saturating_sub((top + height) * 2);
    let typed = choices.typed.text();
    let said = [
        if typed.is_empty() { String::new() } else { format!("/{} ", text::display(&typed)) },
        if shown.is_empty() { "nothing matches what is typed  ".to_owned() } else { String::new() },
        if below > 0 { format!("{below} more below  ") } else { String::new() },
    ];
    if usize::from(area.height) > height {
        let line = Line::from(vec![span(&said.concat(), theme.key), span(note.0, note.1)]);
        lines::paint(frame, Rect { y: area.bottom() - 1, height: 1, ..area }, vec![line]);
    }
}

/// Paints what was found, from a line of the field on.
fn draw_found(frame: &mut Frame<'_>, area: Rect, from: u16, search: &Search, theme: &Theme, hits: &Hits) {
    let below = Rect { y: area.y + from, height: area.height.saturating_sub(from), ..area };
    hits.rows(below, OPTION, search.found.len());
    let rows = search.found.iter().enumerate().map(|(n, (key, name))| {
        // The name of a folder, and the word for all of them, say it already.
        let says_all = matches!(search.kind, Kind::Place { .. }) && !key.starts_with("site ");
        let words = match search.kind {
            Kind::File => format!(" {key}"),
            _ if says_all => format!(" {name}"),
            _ => format!(" {name}  {key}"),
        };
        let line = lines::cell(&words, usize::from(below.width.saturating_sub(2)));
        Line::from(span(&line, if Some(n) == search.at { theme.cursor } else { theme.hint }))
    });
    let more = (search.more > 0).then(|| Line::from(span(&format!(" {} more: type on", search.more), theme.key)));
    lines::paint(frame, below, rows.chain(more).collect());
}
