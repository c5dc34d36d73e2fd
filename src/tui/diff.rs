//! Fewer bytes for the same screen.
//!
//! Between two changed cells of a row stand often a few that stay as they are. To go over
//! them costs some four bytes; to print them again costs one each, if they look like their neighbours.
//! Blanks up to the end of a row cost three, however many there are.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect, Size};

use super::links::{self, Link, Links};
use super::pen::{Pen, is_blank};
use crate::domain::text;

/// Bytes that it takes to go over a few cells: `ESC [ 5 C`.
const JUMP: u16 = 4;
/// As many blanks as it takes to leave the rest of a row blank: `ESC [ K`.
const ERASED: usize = 4;

/// The largest part of a window that is drawn on: a cell takes some fifty bytes, three times over,
/// and a terminal may say that it has four thousand million of them.
const LARGEST: Size = Size { width: 1000, height: 400 };

/// A window as far as it is drawn on.
pub(super) fn drawn_of(window: Size) -> Size {
    Size::new(window.width.min(LARGEST.width), window.height.min(LARGEST.height))
}

/// Whether terminals disagree about how many columns it takes: it is one character to the reader and several to them.
/// A row with such a one is drawn whole, so that nothing of it is left behind.
fn is_disputed(cell: &Cell) -> bool {
    cell.symbol().chars().nth(1).is_some()
}

/// How many columns it takes.
fn columns(cell: &Cell) -> u16 {
    u16::try_from(text::width(cell.symbol())).unwrap_or(1).max(1)
}

/// The terminal, and what it shows.
pub(super) struct DiffBackend<W: Write> {
    inner: CrosstermBackend<W>,
    shown: Buffer,
    /// Whether the cursor is to be seen, and where it stands, if nothing was drawn since it was put there.
    cursor: (Option<bool>, Option<Position>),
    /// The links of the frame that comes, and of the one that is shown.
    links: Links,
    linked: Vec<Link>,
}

impl<W: Write> DiffBackend<W> {
    /// Whoever paints puts down the links of each frame.
    pub(super) fn new(writer: W, links: Links) -> DiffBackend<W> {
        let shown = Buffer::empty(Rect::ZERO);
        DiffBackend { inner: CrosstermBackend::new(writer), shown, cursor: (None, None), links, linked: Vec::new() }
    }

    fn forget(&mut self) {
        self.shown = Buffer::empty(Rect::ZERO);
        self.cursor = (None, None);
        self.linked.clear();
    }

    /// Keeps a copy of what is drawn, as large as what was ever drawn since the last clearing.
    fn note(&mut self, changes: &[(u16, u16, Cell)]) {
        let (width, height) =
            changes.iter().fold((0, 0), |(width, height), (x, y, cell)| (width.max(x + columns(cell)), height.max(y + 1)));
        let area = Rect::new(0, 0, width, height).union(self.shown.area);
        if area != self.shown.area {
            let mut larger = Buffer::empty(area);
            larger.merge(&self.shown);
            self.shown = larger;
        }
        for (x, y, cell) in changes {
            self.shown[(*x, *y)] = cell.clone();
            // What a wide character covers is blank once something narrower stands there.
            for covered in *x + 1..x + columns(cell) {
                if let Some(covered) = self.shown.cell_mut((covered, *y)) {
                    covered.reset();
                }
            }
        }
    }

    /// The places of a row at which something stands: those that a wide character covers are left out.
    fn seen(&self, y: u16) -> Vec<u16> {
        let mut seen = Vec::new();
        let mut x = 0;
        while x < self.shown.area.width {
            seen.push(x);
            x += columns(&self.shown[(x, y)]);
        }
        seen
    }

    /// The places that wide characters cover in the rows that change.
    fn covered(&self, changes: &[(u16, u16, Cell)]) -> Vec<(u16, u16)> {
        let rows: BTreeSet<u16> = changes.iter().map(|it| it.1).filter(|y| *y < self.shown.area.height).collect();
        let of = |y: u16| {
            let seen: BTreeSet<u16> = self.seen(y).into_iter().collect();
            (0..self.shown.area.width).filter(move |x| !seen.contains(x)).map(move |x| (x, y))
        };
        rows.into_iter().flat_map(of).collect()
    }

    /// The changes row by row, with what was covered before them and is no more: what stands there is the terminal's guess.
    fn to_draw(&self, changes: &[(u16, u16, Cell)], covered: Vec<(u16, u16)>) -> Vec<(u16, u16)> {
        let still: BTreeSet<(u16, u16)> = self.covered(changes).into_iter().collect();
        let places = changes.iter().map(|it| (it.0, it.1));
        let mut all: Vec<_> = places.chain(covered).filter(|it| !still.contains(it)).collect();
        all.sort_unstable_by_key(|it| (it.1, it.0));
        all.dedup();
        all
    }

    /// From which column on nothing is to be seen in a row.
    fn end_of(&self, y: u16) -> u16 {
        let width = self.shown.area.width;
        (0..width).rev().find(|x| !is_blank(&self.shown[(*x, y)])).map_or(0, |x| (x + columns(&self.shown[(x, y)])).min(width))
    }

    /// Leaves out what is blank up to the end of its row, where that is shorter said: the first of each such row.
    fn erasing(&self, places: &mut Vec<(u16, u16)>) -> BTreeSet<(u16, u16)> {
        let mut erased = BTreeSet::new();
        let mut tails: BTreeMap<u16, Vec<(u16, u16)>> = BTreeMap::new();
        for it in places.iter() {
            tails.entry(it.1).or_default().push(*it);
        }
        for (y, row) in tails {
            let end = self.end_of(y);
            let tail: Vec<(u16, u16)> = row.into_iter().filter(|it| it.0 >= end).collect();
            if tail.len() >= ERASED {
                erased.insert(tail[0]);
            }
        }
        let rows: BTreeMap<u16, u16> = erased.iter().map(|it| (it.1, it.0)).collect();
        places.retain(|it| rows.get(&it.1).is_none_or(|from| it.0 <= *from));
        erased
    }

    /// The cells between two on one row, where to print them is cheaper than to jump.
    fn gap(&self, from: (u16, u16), to: (u16, u16)) -> impl Iterator<Item = (u16, u16)> {
        let is_narrow = columns(&self.shown[from]) == 1;
        let short = is_narrow && from.1 == to.1 && (from.0 + 2..=from.0 + JUMP).contains(&to.0);
        let between = if short { from.0 + 1..to.0 } else { 0..0 };
        let plain = between.clone().all(|x| {
            let cell = &self.shown[(x, from.1)];
            matches!(cell.symbol().as_bytes(), [b' '..=b'~']) && cell.style() == self.shown[from].style()
        });
        between.filter(move |_| plain).map(move |x| (x, from.1))
    }
}

impl<W: Write> Backend for DiffBackend<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let changes: Vec<(u16, u16, Cell)> = content.map(|(x, y, cell)| (x, y, cell.clone())).collect();
        let links = self.links.now();
        let before = std::mem::replace(&mut self.linked, links.clone());
        let relinked = links::moved(&before, &links);
        if changes.is_empty() && relinked.is_empty() {
            return Ok(());
        }
        let was_disputed = |it: &&(u16, u16, Cell)| self.shown.cell((it.0, it.1)).is_some_and(is_disputed) || is_disputed(&it.2);
        let whole: BTreeSet<u16> = changes.iter().filter(was_disputed).map(|it| it.1).collect();
        let covered = self.covered(&changes);
        self.note(&changes);
        self.cursor = (None, None);
        let mut drawn = self.to_draw(&changes, covered);
        let seen = |it: &(u16, u16)| self.shown.area.contains(Position::new(it.0, it.1)) && self.shown[*it].symbol() != "";
        drawn.extend(relinked.into_iter().filter(seen));
        drawn.sort_unstable_by_key(|it| (it.1, it.0));
        drawn.dedup();
        drawn.retain(|it| !whole.contains(&it.1));
        let erased = self.erasing(&mut drawn);
        let mut places = Vec::with_capacity(changes.len());
        for place in drawn {
            if let Some(last) = places.last() {
                let gap: Vec<_> = self.gap(*last, place).collect();
                places.extend(gap);
            }
            places.push(place);
        }
        let rows: Vec<(u16, Vec<u16>)> = whole.into_iter().map(|y| (y, self.seen(y))).collect();
        let mut pen = Pen::default();
        let DiffBackend { inner, shown, .. } = self;
        for place in places {
            if erased.contains(&place) {
                pen.lead(inner, None)?;
                pen.erase(inner, place)?;
            } else {
                pen.lead(inner, links::at(&links, place))?;
                pen.put(inner, place, &shown[place], Some(columns(&shown[place])))?;
            }
        }
        for (y, seen) in rows {
            // Nor does it tell how far such a character reached that is gone now.
            pen.lead(inner, None)?;
            pen.erase(inner, (0, y))?;
            let end = seen.iter().rposition(|x| !is_blank(&shown[(*x, y)])).map_or(0, |at| at + 1);
            for x in seen.into_iter().take(end) {
                let cell = &shown[(x, y)];
                pen.lead(inner, links::at(&links, (x, y)))?;
                // Where the cursor stands behind such a character, the terminal alone knows.
                pen.put(inner, (x, y), cell, Some(columns(cell)).filter(|_| !is_disputed(cell)))?;
            }
        }
        pen.end(inner)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.cursor.0.replace(false) == Some(false) { Ok(()) } else { self.inner.hide_cursor() }
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if self.cursor.0.replace(true) == Some(true) { Ok(()) } else { self.inner.show_cursor() }
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        self.inner.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        if self.cursor.1.replace(position) == Some(position) { Ok(()) } else { self.inner.set_cursor_position(position) }
    }

    fn clear(&mut self) -> io::Result<()> {
        self.forget();
        self.inner.clear()
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        self.forget();
        self.inner.clear_region(region)
    }

    fn size(&self) -> io::Result<Size> {
        self.inner.size().map(drawn_of)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Backend::flush(&mut self.inner)
    }
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::style::{Style, Stylize};
    use ratatui::text::Line;

    use super::*;

    /// What is written where one line follows another on a screen.
    fn written(lines: &[Line<'static>]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let options = ratatui::TerminalOptions { viewport: ratatui::Viewport::Fixed(Rect::new(0, 0, 40, 2)) };
        let mut screen = Terminal::with_options(DiffBackend::new(&mut bytes, Links::default()), options).unwrap();
        for line in lines {
            screen.draw(|frame| frame.render_widget(line.clone(), frame.area())).unwrap();
        }
        drop(screen);
        bytes
    }

    #[track_caller]
    fn check(before: &str, after: &str, expected: &str) {
        let first = written(&[Line::raw(before.to_owned())]);
        let both = written(&[Line::raw(before.to_owned()), Line::raw(after.to_owned())]);
        let text = String::from_utf8(both[first.len()..].to_vec()).unwrap();
        assert!(text.contains(expected), "{text:?}");
        let mut parser = vt100::Parser::new(2.try_into().unwrap(), 40.try_into().unwrap(), 0);
        parser.process(&both);
        assert_eq!(parser.screen().contents().trim_end(), after.trim_end());
    }

    #[test]
    fn a_short_gap_is_printed_and_a_long_one_jumped() {
        check("aaa bbb", "xxx yyy", "xxx yyy");
        check("a123b", "x123y", "x123y");
        check("a1234b", "x1234y", "x\u{1b}[4Cy");
        check("aaa bbb and more", "aaa", "\u{1b}[K");
        check("aaa é bbb", "xxx é yyy", "xxx\u{1b}[3Cyyy");
        check("aaa 漢 bbb", "xxx 漢 yyy", "yyy");
        check("漢字 bbb", "xx字 yyy", "yyy");
        check("", "a b", "a b");
    }

    #[test]
    fn what_a_wide_character_covered_never_comes_back() {
        let bytes = written(&["in spring".into(), "加藤加藤".into(), "".into()]);
        let mut parser = vt100::Parser::new(2.try_into().unwrap(), 40.try_into().unwrap(), 0);
        parser.process(&bytes);
        assert_eq!(parser.screen().contents().trim(), "");
    }

    /// What a terminal shows after these lines were drawn one after the other.
    fn screen(lines: &[Line<'static>]) -> Vec<String> {
        let mut parser = vt100::Parser::new(2.try_into().unwrap(), 40.try_into().unwrap(), 0);
        parser.process(&written(lines));
        let screen = parser.screen();
        let cell =
            |x| screen.cell(0, x).map_or_else(String::new, |it| format!("{}{}", it.contents().trim(), if it.inverse() { "!" } else { "" }));
        (0..40).map(cell).collect()
    }

    #[test]
    fn whatever_stood_in_a_row_before_it_reads_as_one_that_is_drawn_anew() {
        let rows = [
            "",
            "who can do what on Acme Garden Tools",
            "what Theo Marsh can do",
            "\u{905}\u{928}\u{928}\u{94d}\u{92f} \u{936}\u{930}\u{94d}\u{92e}\u{93e}",
            "> \u{915}\u{94d}\u{937}\u{93f}\u{924}\u{93f}\u{91c} x yz \u{905}\u{928}\u{928}\u{94d}\u{92f} w",
            "\u{6f22}\u{5b57} \u{52a0}\u{85e4} and the rest of it",
            "a\u{6f22}\u{5b57}b\u{52a0}\u{85e4}",
            "\u{1f600} smile \u{1f600}\u{1f600} done",
            "x \u{2764}\u{fe0f} heart \u{2328}\u{fe0f} keys",
            "\u{1f469}\u{200d}\u{1f467} family",
            "e\u{301}\u{301} o\u{308} combining",
        ];
        let looks = |words: &str| [Line::raw(words.to_owned()), Line::from(words.to_owned().reversed())];
        let all: Vec<Line<'static>> = rows.iter().flat_map(|it| looks(it)).collect();
        for after in &all {
            let anew = screen(std::slice::from_ref(after));
            for before in &all {
                assert_eq!(screen(&[before.clone(), after.clone()]), anew, "{before} then {after}");
                assert_eq!(screen(&[after.clone(), before.clone(), after.clone()]), anew, "{after}, {before}, and again");
            }
        }
    }

    #[test]
    fn a_row_with_a_character_whose_width_is_disputed_is_drawn_whole() {
        // A terminal that takes three columns for two of ours has something left of it where nothing changed for us.
        let name = "क्षितिज";
        let before = format!("{name} and what stays");
        let after = format!("{:<1$} and what stays", "Bo", text::width(name));
        let (first, both) = (written(&[before.clone().into()]), written(&[before.into(), after.into()]));
        let text = String::from_utf8(both[first.len()..].to_vec()).unwrap();
        assert!(text.contains("and what stays"), "{text:?}");
        // Behind such a character nothing is printed where the cursor happens to be.
        let text = String::from_utf8(first).unwrap();
        assert!(text.contains("ति\u{1b}[") && !text.contains("षि "), "{text:?}");
    }

    #[test]
    fn a_gap_of_another_look_is_jumped_and_nothing_new_is_nothing_written() {
        let line = |ends: &'static str| Line::from(vec![ends.into(), " == ".bold(), ends.into()]);
        let text = String::from_utf8(written(&[line("aa"), line("xx")])).unwrap();
        assert!(text.contains("xx\u{1b}[4Cxx"), "{text:?}");
        let drawn = written(&[Line::styled("aa", Style::new().red())]).len();
        assert_eq!(written(&[Line::styled("aa", Style::new().red()), Line::styled("aa", Style::new().red())]).len(), drawn);
    }

    #[test]
    fn a_link_is_told_where_it_stands_and_anew_where_it_leads_elsewhere() {
        let links = Links::default();
        let mut bytes = Vec::new();
        let options = ratatui::TerminalOptions { viewport: ratatui::Viewport::Fixed(Rect::new(0, 0, 40, 2)) };
        let mut screen = Terminal::with_options(DiffBackend::new(&mut bytes, links.clone()), options).unwrap();
        for (words, to) in
            [("see here now", "https://a.example"), ("see here now", "https://b.example"), ("see here", ""), ("see hers", "")]
        {
            links.set(if to.is_empty() { Vec::new() } else { vec![(Rect::new(4, 0, 4, 1), to.to_owned())] });
            screen.draw(|frame| frame.render_widget(Line::raw(words), frame.area())).unwrap();
        }
        drop(screen);
        let text = String::from_utf8(bytes).unwrap();
        for to in ["https://a.example", "https://b.example"] {
            assert_eq!(text.matches(&format!("\x1b]8;;{to}\x1b\\")).count(), 1, "{text:?}");
        }
        assert_eq!(text.matches("here\x1b]8;;\x1b\\").count(), 2, "each ends behind its words: {text:?}");
        assert_eq!(text.matches("\x1b]8;").count(), 4, "{text:?}");
        assert_eq!(text.matches("here").count(), 3, "it leads nowhere in the end: {text:?}");
    }
}
