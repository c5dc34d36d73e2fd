//! Small helpers for lines of text.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph};

pub(in crate::tui) use crate::domain::text::plural;

use crate::domain::text;
use crate::tui::theme::Theme;

/// Text made safe, as a span.
pub(in crate::tui) fn span(content: &str, style: Style) -> Span<'static> {
    Span::styled(text::display(content).into_owned(), style)
}

/// `name  value`, the name dimmed and padded to a column.
pub(in crate::tui) fn fact(theme: &Theme, name: &str, value: &str) -> Line<'static> {
    Line::from(vec![Span::styled(format!("{name:<10}"), theme.hint), span(value, theme.text)])
}

pub(in crate::tui) fn heading(theme: &Theme, words: &str) -> Line<'static> {
    Line::from(Span::styled(words.to_owned(), theme.heading))
}

/// Cuts to a width and pads to it.
pub(in crate::tui) fn cell(content: &str, width: usize) -> String {
    let shown = text::display(content);
    let cut = text::fit(&shown, width).into_owned();
    let gap = width.saturating_sub(text::width(&cut));
    cut + &" ".repeat(gap)
}

/// Breaks text into lines of at most `width` columns, at blanks where there are any; nothing is left out.
pub(in crate::tui) fn wrap(content: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in content.lines() {
        let mut line = String::new();
        for word in text::display(paragraph).split(' ') {
            let room = width.saturating_sub(text::width(&line) + usize::from(!line.is_empty()));
            if text::width(word) > room && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            if text::width(word) > width {
                let mut parts = chop(word, width.max(1));
                line = parts.pop().unwrap_or_default();
                lines.append(&mut parts);
            } else {
                line.push_str(word);
            }
        }
        lines.push(line);
    }
    lines
}

/// The same in `most` lines at most: the last says where there is more.
pub(in crate::tui) fn wrap_to(content: &str, width: usize, most: usize) -> Vec<String> {
    let mut lines = wrap(content, width);
    if lines.len() > most {
        let rest = lines.split_off(most.saturating_sub(1)).join(" ");
        lines.push(text::fit(&rest, width).into_owned());
    }
    lines
}

/// Breaks text at any character: what has to be read in full and has no blanks.
pub(in crate::tui) fn chop(content: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for c in text::display(content).chars() {
        line.push(c);
        if text::width(&line) > width {
            line.pop();
            lines.push(std::mem::replace(&mut line, c.to_string()));
        }
    }
    lines.push(line);
    lines
}

/// A bordered block with a title.
pub(in crate::tui) fn block(theme: &Theme, title: String, focused: bool) -> Block<'static> {
    let style = if focused { theme.border_focus } else { theme.border };
    let title = Span::styled(title, if focused { theme.title } else { theme.heading });
    Block::bordered().border_set(theme.shapes.border).border_style(style).title(title)
}

/// What stands in the line over a room: its name, a word about it, and what there is to count.
#[derive(Clone, Copy, Default)]
pub(in crate::tui) struct Title<'a> {
    pub(in crate::tui) name: &'a str,
    pub(in crate::tui) note: &'a str,
    pub(in crate::tui) count: &'a str,
}

/// As much of a name as stays beside a note.
const LEAST_NAME: usize = 10;

/// The line over a room: a rule with its name, and at the right what there is to count; heavy over what has the focus.
/// Where it is narrow the name is cut, then the note, and the count never.
pub(in crate::tui) fn title(frame: &mut Frame<'_>, area: Rect, theme: &Theme, it: Title<'_>, focused: bool) {
    let (rule, style) = if focused { (theme.shapes.heavy, theme.border_focus) } else { (theme.shapes.rule, theme.border) };
    let (name, note) = (text::display(it.name), text::display(it.note));
    // Two rules, and blanks round each of the two sides.
    let room = usize::from(area.width).saturating_sub(6);
    let least = text::width(&name).min(LEAST_NAME);
    let note = text::fit(&note, room.saturating_sub(least + text::width(it.count) + 2));
    let side: Vec<&str> = [note.as_ref(), it.count].into_iter().filter(|it| !it.is_empty()).collect();
    let side = padded(&side.join(" "));
    let name = padded(&text::fit(&name, (room + 1).saturating_sub(text::width(&side))));
    let gap = usize::from(area.width).saturating_sub(text::width(&name) + text::width(&side) + 2);
    let rules = |n: usize| Span::styled(rule.repeat(n), style);
    let name = Span::styled(name, if focused { theme.title } else { theme.text });
    let side = Span::styled(side, if focused { theme.text } else { theme.hint });
    frame.render_widget(Line::from(vec![rules(1), name, rules(gap), side, rules(1)]), Rect { height: 1.min(area.height), ..area });
}

/// Words with a blank on either side, where there are any.
fn padded(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!(" {words} ") }
}

/// The middle of a room.
pub(in crate::tui) fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height }
}

/// Clears a centred box and draws its border; answers the room inside.
pub(in crate::tui) fn popup(frame: &mut Frame<'_>, area: Rect, width: u16, height: u16, theme: &Theme, title: &str) -> Rect {
    let place = centred(area, width, height);
    let width = place.width;
    let title = text::fit(title, usize::from(width).saturating_sub(4)).into_owned();
    let block = block(theme, format!(" {title} "), true);
    let inside = block.inner(place);
    frame.render_widget(Clear, place);
    frame.render_widget(block, place);
    // Where a screen reader begins, unless a field or a row of the window takes it further.
    frame.set_cursor_position(inside.as_position());
    inside
}

/// Says on the lower border of a window how much of it is further down.
pub(in crate::tui) fn below(frame: &mut Frame<'_>, inside: Rect, hidden: usize, theme: &Theme) {
    below_by(frame, inside, hidden, "", theme);
}

/// The same with the key that goes there.
pub(in crate::tui) fn below_by(frame: &mut Frame<'_>, inside: Rect, hidden: usize, key: &str, theme: &Theme) {
    if hidden > 0 {
        let way = if key.is_empty() { String::new() } else { format!(", {key} scrolls") };
        let words = format!(" {hidden} more below{way} ");
        let width = u16::try_from(text::width(&words)).unwrap_or(0).min(inside.width);
        let place = Rect { x: inside.right().saturating_sub(width + 1), y: inside.bottom(), width, height: 1 };
        frame.render_widget(Line::from(Span::styled(words, theme.key)), place);
    }
}

/// Paints lines from the top, without wrapping; what is too long ends in `…`.
pub(in crate::tui) fn paint(frame: &mut Frame<'_>, area: Rect, lines: Vec<Line<'static>>) {
    let lines: Vec<Line<'static>> = lines.into_iter().map(|it| cut(it, usize::from(area.width))).collect();
    frame.render_widget(Paragraph::new(lines), area);
}

/// Cuts a line to a width; blanks at its end are not missed.
fn cut(mut line: Line<'static>, width: usize) -> Line<'static> {
    if line.width() <= width {
        return line;
    }
    let mut room = width;
    for span in &mut line.spans {
        if span.width() > room {
            span.content = text::fit(span.content.trim_end(), room).into_owned().into();
        }
        room -= span.width().min(room);
    }
    line
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;

    /// A title line of that width.
    fn line(width: u16, it: Title<'_>) -> String {
        let theme = Theme::choose(Some("mono"), false).unwrap();
        let mut screen = Terminal::new(TestBackend::new(width, 1)).unwrap();
        screen.draw(|frame| title(frame, frame.area(), &theme, it, false)).unwrap();
        screen.backend().to_string()
    }

    #[test]
    fn a_title_line_says_its_count_at_every_width_and_the_name_before_the_note() {
        let it = Title { name: "2 Sites of Karin Lindqvist", note: "/owner:karin role:helper", count: "1 of 19" };
        for width in 22..=90 {
            let line = line(width, it);
            assert!(line.contains(" 1 of 19 ─") && line.contains("─ 2 Sites"), "{width}: {line}");
        }
        assert!(line(80, it).contains(it.name) && line(80, it).contains("/owner:karin role:helper 1 of 19"));
    }
}
