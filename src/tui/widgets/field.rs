//! Text fields: one line or several, with the keys that fingers know.
//!
//! What is pasted or typed costs by its own length, and every field has a limit that it names
//! when it is reached.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use tui_textarea::{CursorMove, TextArea};
use unicode_segmentation::UnicodeSegmentation;

use crate::domain::text;

/// Most bytes of words that are looked for.
const MAX_SOUGHT: usize = 256;

/// A text area that speaks plain strings and keeps to a limit.
pub(in crate::tui) struct Field {
    area: TextArea<'static>,
    lines: bool,
    /// Most bytes that it takes.
    limit: usize,
    /// Something was left out because of that.
    full: bool,
    /// It holds what was proposed: the first letter takes its place.
    proposed: bool,
}

impl Field {
    fn of(content: &str, lines: bool, limit: usize) -> Field {
        let mut area = TextArea::new(content.split('\n').map(str::to_owned).collect());
        // A field is left with Esc; there is no way back inside it.
        area.set_max_histories(0);
        area.move_cursor(CursorMove::Bottom);
        area.move_cursor(CursorMove::End);
        Field { area, lines, limit, full: false, proposed: false }
    }

    /// A field of one line, or of several.
    pub(in crate::tui) fn new(content: &str, several_lines: bool) -> Field {
        Field::of(content, several_lines, if several_lines { text::MAX_FIELD } else { text::MAX_LINE })
    }

    /// A field for words that are looked for.
    pub(in crate::tui) fn sought() -> Field {
        Field::of("", false, MAX_SOUGHT)
    }

    /// What stands there is only a proposal.
    pub(in crate::tui) fn propose(&mut self) {
        self.proposed = !self.area.is_empty();
    }

    pub(in crate::tui) fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    pub(in crate::tui) fn has_lines(&self) -> bool {
        self.lines
    }

    pub(in crate::tui) fn is_at_empty_line(&self) -> bool {
        self.line().trim().is_empty()
    }

    /// That something was left out, if so.
    pub(in crate::tui) fn overflow(&self) -> Option<String> {
        self.full.then(|| format!("{} bytes are the most", self.limit))
    }

    /// The line that the cursor is in.
    fn line(&self) -> &str {
        &self.area.lines()[self.area.cursor().0]
    }

    /// What stands in the line before the cursor, and behind it.
    fn around(&self) -> (&str, &str) {
        let line = self.line();
        let at = line.char_indices().nth(self.area.cursor().1).map_or(line.len(), |(at, _)| at);
        line.split_at(at)
    }

    /// Takes a key; `false` where it is not for a text field.
    pub(in crate::tui) fn key(&mut self, key: &KeyEvent) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let (row, last) = (self.area.cursor().0, self.area.lines().len() - 1);
        match key.code {
            KeyCode::Char(_) if key.modifiers.contains(KeyModifiers::ALT) => return false,
            KeyCode::Char('u') if ctrl => self.cut(|it| it.cursor().1 > 0 && it.delete_line_by_head()),
            KeyCode::Char('k') if ctrl => self.cut_to_end(),
            KeyCode::Char('w') if ctrl => self.cut(TextArea::delete_word),
            KeyCode::Char('a') if ctrl => self.go(CursorMove::Head, 1),
            KeyCode::Char('e') if ctrl => self.go(CursorMove::End, 1),
            KeyCode::Char(_) if ctrl => return false,
            KeyCode::Char(c) => self.put(c.encode_utf8(&mut [0; 4])),
            KeyCode::Enter if self.lines => self.put("\n"),
            KeyCode::Backspace => self.cut_each(self.before(), TextArea::delete_char),
            KeyCode::Delete => self.cut_each(self.after(), TextArea::delete_next_char),
            KeyCode::Left => self.go(CursorMove::Back, self.before()),
            KeyCode::Right => self.go(CursorMove::Forward, self.after()),
            KeyCode::Home => self.go(CursorMove::Head, 1),
            KeyCode::End => self.go(CursorMove::End, 1),
            KeyCode::Up if row > 0 => self.go(CursorMove::Up, 1),
            KeyCode::Down if row < last => self.go(CursorMove::Down, 1),
            _ => return false,
        }
        true
    }

    /// How many characters the one before the cursor is, with all that is drawn on it; a line's start is one.
    fn before(&self) -> usize {
        self.around().0.graphemes(true).next_back().map_or(1, |it| it.chars().count())
    }

    fn after(&self) -> usize {
        self.around().1.graphemes(true).next().map_or(1, |it| it.chars().count())
    }

    /// Pasted text: line breaks become blanks in a field of one line.
    pub(in crate::tui) fn paste(&mut self, pasted: &str) {
        let pasted = pasted.replace("\r\n", "\n").replace('\r', "\n");
        self.put(&if self.lines { pasted } else { pasted.replace('\n', " ") });
    }

    /// Writes at the cursor, as much as there is room for.
    fn put(&mut self, words: &str) {
        if std::mem::take(&mut self.proposed) {
            *self = Field::of("", self.lines, self.limit);
        }
        let taken: usize = self.area.lines().iter().map(|it| it.len() + 1).sum::<usize>() - 1;
        let mut room = self.limit.saturating_sub(taken).min(words.len());
        while !words.is_char_boundary(room) {
            room -= 1;
        }
        self.full = room < words.len();
        if room > 0 {
            self.area.insert_str(&words[..room]);
        }
    }

    fn cut(&mut self, cut: impl FnOnce(&mut TextArea<'static>) -> bool) {
        cut(&mut self.area);
        (self.full, self.proposed) = (false, false);
    }

    fn cut_each(&mut self, times: usize, cut: fn(&mut TextArea<'static>) -> bool) {
        self.cut(|it| (0..times).fold(false, |done, _| cut(it) || done));
    }

    /// The line break at the end of a line stays.
    fn cut_to_end(&mut self) {
        if !self.around().1.is_empty() {
            self.cut(TextArea::delete_line_by_end);
        }
    }

    fn go(&mut self, to: CursorMove, times: usize) {
        (0..times).for_each(|_| self.area.move_cursor(to));
        self.proposed = false;
    }

    /// Paints what there is room for around the cursor, which is the terminal's own.
    pub(in crate::tui) fn draw(&self, frame: &mut Frame<'_>, area: Rect, focused: bool, style: Style) {
        let (width, height) = (usize::from(area.width), usize::from(area.height));
        if width == 0 || height == 0 {
            return;
        }
        let row = self.area.cursor().0;
        let top = row.saturating_sub(height - 1);
        let column = text::width(&shown(self.around().0));
        let left = if focused { column.saturating_sub(width - 1) } else { 0 };
        let style = if self.proposed && focused { style.reversed() } else { style };
        for (y, line) in (area.y..area.bottom()).zip(self.area.lines().iter().skip(top)) {
            // Only the cursor's line is moved aside.
            let aside = if usize::from(y - area.y) + top == row { left } else { 0 };
            let line = window(&shown(line), aside, width);
            frame.render_widget(Line::from(Span::styled(line, style)), Rect { y, height: 1, ..area });
        }
        if let Some(words) = self.overflow().filter(|_| focused) {
            let words = format!(" {words}");
            let room = u16::try_from(text::width(&words)).unwrap_or(0).min(area.width / 2);
            frame.render_widget(Span::styled(words, style.bold()), Rect { x: area.right() - room, width: room, height: 1, ..area });
        }
        if focused {
            let narrow = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
            frame.set_cursor_position((area.x + narrow(column - left), area.y + narrow(row - top)));
        }
    }
}

/// The line with a `?` for every character that would hide or steer.
fn shown(line: &str) -> String {
    let is_plain = |c: char| text::display(c.encode_utf8(&mut [0; 4])).chars().eq([c]);
    if text::display(line) == line { line.to_owned() } else { line.chars().map(|c| if is_plain(c) { c } else { '?' }).collect() }
}

/// The columns of a line from `left` on, as many as `width`.
fn window(line: &str, left: usize, width: usize) -> String {
    let mut column = 0;
    let mut seen = String::new();
    for it in line.graphemes(true) {
        if column >= left && column + text::width(it) <= left + width {
            seen.push_str(it);
        }
        column += text::width(it);
        if column >= left + width {
            break;
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A field after keys: a letter is itself, `<` and `>` are arrows, `^` and `v` go up and down, `~` is
    /// Backspace, `D` Delete, `|` Enter, and `U K W A E` are those with Ctrl.
    #[track_caller]
    fn check(several: bool, start: &str, keys: &str, expected: &str) {
        let mut field = Field::new(start, several);
        for key in keys.chars() {
            let ctrl = |c: char| KeyEvent::new(KeyCode::Char(c.to_ascii_lowercase()), KeyModifiers::CONTROL);
            let key = match key {
                '<' => KeyCode::Left.into(),
                '>' => KeyCode::Right.into(),
                '^' => KeyCode::Up.into(),
                'v' => KeyCode::Down.into(),
                '~' => KeyCode::Backspace.into(),
                'D' => KeyCode::Delete.into(),
                '|' => KeyCode::Enter.into(),
                c @ ('U' | 'K' | 'W' | 'A' | 'E') => ctrl(c),
                c => KeyCode::Char(c).into(),
            };
            field.key(&key);
        }
        field.area.insert_char('_');
        assert_eq!(field.text(), expected, "{start:?} {keys:?}");
    }

    #[test]
    fn keys_edit_a_line_as_fingers_know_it() {
        check(false, "", "abc", "abc_");
        check(false, "abc", "<<x", "ax_bc");
        check(false, "abc", "A~xE~", "xab_");
        check(false, "abc", "AD>D", "b_");
        check(false, "one two", "Wx", "one x_");
        check(false, "one two ", "W", "one _");
        check(false, "one two", "<<<U", "_two");
        check(false, "one two", "<<<K", "one _");
        check(false, "e\u{301}é漢", "~<~", "_é");
        check(false, "a\u{a0}漢", "W", "a\u{a0}_");
        check(false, "abc", "^v|x", "abcx_");
    }

    #[test]
    fn keys_go_through_several_lines() {
        check(true, "ab\ncd", "|x", "ab\ncd\nx_");
        check(true, "ab\ncd", "^x", "abx_\ncd");
        check(true, "ab\nc", "A^>>v", "ab\nc_");
        check(true, "a\nlong", "^v", "a\nl_ong");
        check(true, "ab\ncd", "A~", "ab_cd");
        check(true, "ab\ncd", "UU~K", "ab_");
    }

    #[test]
    fn the_first_letter_takes_the_place_of_a_proposal_and_an_arrow_keeps_it() {
        for (key, expected) in [(KeyCode::Char('x'), "x"), (KeyCode::End, "helper copy"), (KeyCode::Backspace, "helper cop")] {
            let mut field = Field::new("helper copy", false);
            field.propose();
            field.key(&key.into());
            assert_eq!(field.text(), expected);
        }
    }

    #[test]
    fn a_field_takes_so_much_and_says_where_it_stops() {
        let megabyte = "né".repeat(400_000);
        for (mut field, limit) in [(Field::new("", true), 65_536), (Field::new("", false), 4096), (Field::sought(), 256)] {
            field.paste(&megabyte);
            // A character of two bytes is taken whole or not at all.
            assert!((limit - 2..=limit).contains(&field.text().len()), "{}", field.text().len());
            assert_eq!(field.overflow(), Some(format!("{limit} bytes are the most")));
            for c in megabyte.chars() {
                field.key(&KeyCode::Char(c).into());
            }
            assert!(field.text().len() <= limit && field.overflow().is_some());
            field.key(&KeyCode::Backspace.into());
            assert_eq!(field.overflow(), None);
        }
    }

    #[test]
    fn what_would_steer_a_terminal_is_shown_as_a_question_mark() {
        assert_eq!(shown("a\u{1b}[2J\u{202e}漢"), "a?[2J?漢");
        assert_eq!(
            (window("abc漢def", 0, 4), window("abc漢def", 2, 3), window("abc漢def", 4, 3)),
            ("abc".into(), "c漢".into(), "de".into())
        );
    }
}
