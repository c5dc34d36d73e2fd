//! Text fields: one line or several, with the keys that fingers know.

use std::borrow::Cow;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use tui_textarea::{CursorMove, TextArea};

use crate::domain::text;

/// A text area that speaks plain strings.
pub(in crate::tui) struct Field {
    area: TextArea<'static>,
    lines: bool,
}

impl Field {
    /// A field of one line, or of several.
    pub(in crate::tui) fn new(content: &str, several_lines: bool) -> Field {
        let mut area = TextArea::new(content.lines().map(str::to_owned).collect());
        area.set_cursor_line_style(Style::new());
        area.move_cursor(CursorMove::Bottom);
        area.move_cursor(CursorMove::End);
        Field { area, lines: several_lines }
    }

    pub(in crate::tui) fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    pub(in crate::tui) fn has_lines(&self) -> bool {
        self.lines
    }

    pub(in crate::tui) fn is_at_empty_line(&self) -> bool {
        self.area.lines().get(self.area.cursor().0).is_none_or(|it| it.trim().is_empty())
    }

    /// Takes a key; `false` where it is not for a text field.
    pub(in crate::tui) fn key(&mut self, key: &KeyEvent) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('u') if ctrl => drop(self.area.delete_line_by_head()),
            KeyCode::Char('a') if ctrl => self.area.move_cursor(CursorMove::Head),
            KeyCode::Char('e') if ctrl => self.area.move_cursor(CursorMove::End),
            KeyCode::Char('w') if ctrl => drop(self.area.delete_word()),
            KeyCode::Char('k') if ctrl => drop(self.area.delete_line_by_end()),
            KeyCode::Char(_) if ctrl || key.modifiers.contains(KeyModifiers::ALT) => return false,
            KeyCode::Enter if self.lines => self.area.insert_newline(),
            KeyCode::Up | KeyCode::Down if !self.lines => return false,
            KeyCode::Up if self.area.cursor().0 == 0 => return false,
            KeyCode::Down if self.area.cursor().0 + 1 >= self.area.lines().len() => return false,
            KeyCode::Enter | KeyCode::Tab | KeyCode::BackTab | KeyCode::Esc => return false,
            KeyCode::Up => self.area.move_cursor(CursorMove::Up),
            KeyCode::Down => self.area.move_cursor(CursorMove::Down),
            KeyCode::Left => self.area.move_cursor(CursorMove::Back),
            KeyCode::Right => self.area.move_cursor(CursorMove::Forward),
            KeyCode::Home => self.area.move_cursor(CursorMove::Head),
            KeyCode::End => self.area.move_cursor(CursorMove::End),
            _ => drop(self.area.input_without_shortcuts(*key)),
        }
        true
    }

    /// Pasted text: line breaks become blanks in a field of one line.
    pub(in crate::tui) fn paste(&mut self, pasted: &str) {
        let pasted = pasted.replace("\r\n", "\n").replace('\r', "\n");
        let clipped: String = pasted.chars().take(text::MAX_FIELD).collect();
        let shown = if self.lines { clipped } else { clipped.replace('\n', " ") };
        self.area.insert_str(shown);
    }

    /// The area with a `?` for every character that would hide or steer, where there are any.
    fn masked(&self) -> Option<TextArea<'static>> {
        let is_plain = |it: &str| matches!(text::display(it), Cow::Borrowed(_));
        if self.area.lines().iter().all(|it| is_plain(it)) {
            return None;
        }
        let mask = |c: char| if is_plain(c.encode_utf8(&mut [0; 4])) { c } else { '?' };
        let mut shown = TextArea::new(self.area.lines().iter().map(|line| line.chars().map(mask).collect()).collect());
        shown.set_cursor_line_style(Style::new());
        let narrow = |n| u16::try_from(n).unwrap_or(u16::MAX);
        let at = self.area.cursor();
        shown.move_cursor(CursorMove::Jump(narrow(at.0), narrow(at.1)));
        Some(shown)
    }

    pub(in crate::tui) fn draw(&self, frame: &mut Frame<'_>, area: Rect, focused: bool, style: Style) {
        let mut shown = self.masked().unwrap_or_else(|| self.area.clone());
        shown.set_style(style);
        if !focused {
            shown.set_cursor_style(Style::new());
        }
        frame.render_widget(&shown, area);
    }
}
