//! A window on a list of any length: only the rows on screen are in memory.
//!
//! The selection is a row's number, not its position, so that changes from elsewhere
//! never move what is under the cursor.

use std::ops::Range;

use anyhow::Result;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::lines;
use super::marks::Marks;
use crate::domain::text;
use crate::store::page::{Anchor, Position};
use crate::tui::theme::Theme;
use crate::tui::view::{Paint, Room};

/// One row as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::tui) struct Item {
    pub(in crate::tui) id: i64,
    pub(in crate::tui) place: Position,
    pub(in crate::tui) cells: Vec<String>,
    pub(in crate::tui) dim: bool,
    /// Whether it deserves a look.
    pub(in crate::tui) trouble: bool,
    /// What a save does to it.
    pub(in crate::tui) fate: Option<Fate>,
    /// Whether it stands below rows that are meant more, set in from them.
    pub(in crate::tui) beside: bool,
}

/// What a save of all that is staged does to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Fate {
    Comes,
    Goes,
    Differs,
}

impl Fate {
    fn sign(self, theme: &Theme) -> (&'static str, Style) {
        match self {
            Fate::Comes => ("+", theme.gain),
            Fate::Goes => (theme.shapes.minus, theme.loss),
            Fate::Differs => ("~", theme.gain),
        }
    }
}

/// Where a window's rows come from.
pub(in crate::tui) trait Rows {
    fn page(&self, from: &Anchor, limit: usize) -> Result<Vec<Item>>;
    fn find(&self, id: i64) -> Result<Option<Item>>;
    fn total(&self) -> Result<usize>;
}

/// The positions that a page of `n` rows at hand covers, where a row's place is its position.
pub(in crate::tui) fn positions(from: &Anchor, limit: usize, n: usize) -> Range<usize> {
    let spot = |place: &Position| usize::try_from(place.id).unwrap_or(0);
    let range = match from {
        Anchor::Start => 0..limit,
        Anchor::After(place) => spot(place) + 1..spot(place) + 1 + limit,
        Anchor::At(place) => spot(place)..spot(place) + limit,
        Anchor::Before(place) => spot(place).saturating_sub(limit)..spot(place),
        Anchor::End => n.saturating_sub(limit)..n,
    };
    range.start.min(n)..range.end.min(n)
}

/// A step of the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Step {
    Rows(isize),
    Pages(isize),
    HalfPages(isize),
    Top,
    Bottom,
}

#[derive(Debug)]
pub(in crate::tui) struct Window {
    items: Vec<Item>,
    cursor: usize,
    total: usize,
    height: usize,
    stale: bool,
    /// Select this row at the next load.
    wanted: Option<i64>,
}

impl Default for Window {
    fn default() -> Window {
        Window { items: Vec::new(), cursor: 0, total: 0, height: 10, stale: true, wanted: None }
    }
}

impl Window {
    pub(in crate::tui) fn selected(&self) -> Option<&Item> {
        self.items.get(self.cursor)
    }

    /// The number of the row that is selected, or will be once the rows are read.
    pub(in crate::tui) fn wanted(&self) -> Option<i64> {
        self.wanted.or(self.selected().map(|it| it.id))
    }

    pub(in crate::tui) fn total(&self) -> usize {
        self.total
    }

    /// Whether its rows were read once.
    pub(in crate::tui) fn is_read(&self) -> bool {
        !self.stale || !self.items.is_empty()
    }

    pub(in crate::tui) fn stale(&mut self) {
        self.stale = true;
    }

    /// Begins anew, perhaps at one row.
    pub(in crate::tui) fn restart(&mut self, at: Option<i64>) {
        self.items.clear();
        self.cursor = 0;
        self.wanted = at;
        self.stale = true;
    }

    /// Reads the rows on screen, keeping the selected one selected.
    pub(in crate::tui) fn load(&mut self, height: usize, rows: &dyn Rows) -> Result<bool> {
        let height = height.max(1);
        if !self.stale && self.height == height {
            return Ok(false);
        }
        let wanted = self.wanted.take().or_else(|| self.selected().map(|it| it.id));
        let lead = self.cursor.min(height - 1);
        self.height = height;
        self.stale = false;
        self.total = rows.total()?;
        if let Some(item) = wanted.map(|id| rows.find(id)).transpose()?.flatten() {
            let above = rows.page(&Anchor::Before(item.place.clone()), lead)?;
            self.cursor = above.len();
            let below = rows.page(&Anchor::At(item.place), height - above.len())?;
            self.items = [above, below].concat();
        } else {
            let first = self.items.first().map_or(Anchor::Start, |it| Anchor::At(it.place.clone()));
            self.items = rows.page(&first, height)?;
            if self.items.is_empty() {
                self.items = rows.page(&Anchor::End, height)?;
            }
            self.cursor = self.cursor.min(self.items.len().saturating_sub(1));
        }
        self.fill(rows)?;
        Ok(true)
    }

    /// Tops a short last page up with rows from above.
    fn fill(&mut self, rows: &dyn Rows) -> Result<()> {
        let missing = self.height.saturating_sub(self.items.len());
        if missing == 0 || self.items.is_empty() {
            return Ok(());
        }
        let above = rows.page(&Anchor::Before(self.items[0].place.clone()), missing)?;
        self.cursor += above.len();
        self.items.splice(0..0, above);
        Ok(())
    }

    pub(in crate::tui) fn go(&mut self, step: Step, rows: &dyn Rows) -> Result<()> {
        let page = isize::try_from(self.height).unwrap_or(1);
        match step {
            Step::Rows(n) => self.by(n, rows),
            Step::Pages(n) => self.by(n * page, rows),
            Step::HalfPages(n) => self.by(n * (page / 2).max(1), rows),
            Step::Top => self.jump(&Anchor::Start, rows, false),
            Step::Bottom => self.jump(&Anchor::End, rows, true),
        }
    }

    fn jump(&mut self, from: &Anchor, rows: &dyn Rows, last: bool) -> Result<()> {
        self.items = rows.page(from, self.height)?;
        self.cursor = if last { self.items.len().saturating_sub(1) } else { 0 };
        Ok(())
    }

    // The window jumps by half a screen when the cursor leaves it: a scroll by one line
    // costs as many bytes on a slow link as a whole page.
    fn by(&mut self, n: isize, rows: &dyn Rows) -> Result<()> {
        let target = self.cursor.saturating_add_signed(n);
        if n < 0 && self.cursor < n.unsigned_abs() {
            let Some(first) = self.items.first() else { return Ok(()) };
            let beyond = n.unsigned_abs() - self.cursor;
            let above = rows.page(&Anchor::Before(first.place.clone()), beyond + self.height / 2)?;
            let at = above.len().saturating_sub(beyond);
            self.items.splice(0..0, above);
            self.settle(at, rows)
        } else if target < self.items.len() {
            self.cursor = target;
            Ok(())
        } else {
            let Some(last) = self.items.last() else { return Ok(()) };
            let beyond = target + 1 - self.items.len();
            let below = rows.page(&Anchor::After(last.place.clone()), beyond + self.height / 2)?;
            let reached = (self.items.len() + below.len().min(beyond)).saturating_sub(1);
            self.items.extend(below);
            self.settle(reached, rows)
        }
    }

    /// How far from the cursor the row is that stands on this line.
    pub(in crate::tui) fn away(&self, line: usize) -> Option<isize> {
        (line < self.items.len()).then(|| line.cast_signed() - self.cursor.cast_signed())
    }

    /// Keeps one screen of the rows, with the cursor at `at` in it.
    fn settle(&mut self, at: usize, rows: &dyn Rows) -> Result<()> {
        let last_start = self.items.len().saturating_sub(self.height);
        let start = at.saturating_sub(self.height / 2).min(last_start);
        self.items.drain(..start);
        self.items.truncate(self.height);
        self.cursor = at - start;
        self.fill(rows)
    }

    /// Paints the rows and their marks, under the names of their columns where there is a line for them.
    pub(in crate::tui) fn draw(&self, frame: &mut Frame<'_>, room: Room, columns: &[Head], paint: &Paint<'_>, marks: &Marks) {
        let (area, heads) = (room.inside(), room.heads);
        let theme = paint.theme;
        let widths = widths(columns, usize::from(area.width));
        let line = |y: usize| Rect { y: area.y + narrow(y), height: 1, ..area };
        if heads {
            let names: Vec<String> = columns.iter().zip(&widths).map(|(it, width)| it.fitted(*width)).collect();
            let names = row_text("    ", names.iter().map(String::as_str), &widths);
            frame.render_widget(Line::from(Span::styled(names, theme.hint)), line(0));
        }
        let first = usize::from(heads);
        for (at, item) in self.items.iter().take(usize::from(area.height).saturating_sub(first)).enumerate() {
            let chosen = at == self.cursor;
            let (gutter, widths) = if item.beside { ("  ", set_in(&widths)) } else { (" ", widths.clone()) };
            let text = row_text(gutter, columns.iter().map(|it| item.cells[it.cell].as_str()), &widths);
            let style = match (chosen && paint.focused, chosen, item.dim) {
                (true, ..) => theme.cursor,
                (false, true, _) => theme.heading,
                (false, false, true) => theme.hint,
                (false, false, false) => Style::new(),
            };
            let mark = [if chosen { ">" } else { " " }, if marks.has(item.id) { "*" } else { " " }].concat();
            let (sign, look) = match item.fate {
                Some(fate) => fate.sign(theme),
                None if item.trouble => ("!", theme.risk),
                None => (" ", style),
            };
            let signed = if chosen && paint.focused { style } else { look };
            let parts = [Span::styled(mark, style), Span::styled(sign, signed), Span::styled(text, style)];
            let row = line(first + at);
            if chosen && paint.focused {
                frame.set_cursor_position(row.as_position());
            }
            frame.render_widget(Line::from(parts.to_vec()), row);
        }
    }
}

/// A column of a list.
pub(in crate::tui) struct Column {
    pub(in crate::tui) name: &'static str,
    /// The least that it needs; the first takes what the others leave.
    pub(in crate::tui) width: usize,
}

pub(in crate::tui) const fn column(name: &'static str, width: usize) -> Column {
    Column { name, width }
}

/// A column as it is shown: which of a row's cells stands in it, and what stands above it.
pub(in crate::tui) struct Head {
    pub(in crate::tui) cell: usize,
    pub(in crate::tui) words: String,
    /// By which way it is sorted by.
    pub(in crate::tui) way: &'static str,
    pub(in crate::tui) width: usize,
}

impl Head {
    /// Its name, of which the end is cut before the sign that it is sorted by.
    fn fitted(&self, width: usize) -> String {
        format!("{}{}", text::fit(&self.words, width.saturating_sub(text::width(self.way))), self.way)
    }
}

/// Cells before the first column: the cursor, a mark, a state, a blank.
const GUTTER: usize = 4;

/// The least that the first column keeps: what it is called matters more than the rest.
fn least_name(room: usize) -> usize {
    (room / 5 + 6).max(14)
}

/// The least of a name beside which the column that is needed most is shown whole.
const LEAST_BESIDE: usize = 12;

/// How many columns stand beside the name at most, so that there is an end to what is read at a glance.
fn most_columns(room: usize) -> usize {
    match room {
        0..30 => 1,
        30..44 => 2,
        44..62 => 3,
        62..72 => 4,
        72..76 => 5,
        76.. => usize::MAX,
    }
}

/// The least that a column beside it is worth.
const LEAST_COLUMN: usize = 6;

/// How wide each column is that there is room for: as many beside the first as leave it its own. The second is whole where
/// some of the name is left, and takes less than it would like before it is not there.
fn widths(columns: &[Head], room: usize) -> Vec<usize> {
    let mut name = room.saturating_sub(GUTTER);
    let mut others = Vec::new();
    for it in columns.iter().skip(1).take(most_columns(room)) {
        let is_first = others.is_empty();
        let is_whole = is_first && it.width + LEAST_BESIDE < name;
        let spare = name.saturating_sub(if is_whole { LEAST_BESIDE } else { least_name(room) } + 1);
        let width = if is_first { it.width.min(spare) } else { it.width };
        if width > spare || width < LEAST_COLUMN.min(it.width) {
            break;
        }
        name -= width + 1;
        others.push(width);
    }
    std::iter::once(name).chain(others).collect()
}

/// The widths where the first column begins one further to the right.
fn set_in(widths: &[usize]) -> Vec<usize> {
    let mut widths = widths.to_vec();
    if let Some(first) = widths.first_mut() {
        *first = first.saturating_sub(1);
    }
    widths
}

fn row_text<'a>(gutter: &str, cells: impl Iterator<Item = &'a str>, widths: &[usize]) -> String {
    let cells: Vec<String> = cells.zip(widths).map(|(cell, width)| lines::cell(cell, *width)).collect();
    format!("{gutter}{}", cells.join(" "))
}

fn narrow(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Numbers(i64);

    impl Rows for Numbers {
        fn page(&self, from: &Anchor, limit: usize) -> Result<Vec<Item>> {
            let item = |id: i64| Item {
                id,
                place: Position { fold: String::new(), id },
                cells: Vec::new(),
                dim: false,
                trouble: false,
                fate: None,
                beside: false,
            };
            let range = positions(from, limit, usize::try_from(self.0)?);
            Ok(range.map(|at| item(i64::try_from(at).unwrap())).collect())
        }
        fn find(&self, id: i64) -> Result<Option<Item>> {
            Ok(self.page(&Anchor::At(Position { fold: String::new(), id }), 1)?.pop())
        }
        fn total(&self) -> Result<usize> {
            Ok(usize::try_from(self.0)?)
        }
    }

    #[test]
    fn a_thousand_steps_end_where_counting_says() {
        for height in [1, 2, 7, 30] {
            let rows = Numbers(100);
            let mut window = Window::default();
            window.load(height, &rows).unwrap();
            let mut at: i64 = 0;
            let mut dice: u32 = 7;
            for _ in 0..1000 {
                dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let h = i64::try_from(height).unwrap();
                let (step, by) = match dice >> 29 {
                    0 => (Step::Pages(1), h),
                    1 => (Step::Pages(-1), -h),
                    2 => (Step::HalfPages(1), (h / 2).max(1)),
                    3 => (Step::Top, -1000),
                    4 => (Step::Bottom, 1000),
                    5 => (Step::Rows(-1), -1),
                    _ => (Step::Rows(1), 1),
                };
                window.go(step, &rows).unwrap();
                at = (at + by).clamp(0, 99);
                assert_eq!(window.selected().unwrap().id, at, "{step:?} at height {height}");
                assert_eq!(window.items.len(), height.min(100));
            }
        }
    }

    /// The widths of columns that would like these, in a room.
    fn fitted(wanted: &[usize], room: usize) -> Vec<usize> {
        let heads: Vec<Head> = wanted.iter().map(|width| Head { cell: 0, words: String::new(), way: "", width: *width }).collect();
        widths(&heads, room)
    }

    #[test]
    fn a_name_keeps_its_room_and_the_first_column_beside_it_is_whole() {
        // Roles and sites; what waits has its days, a person on a site a part of the role.
        assert_eq!(fitted(&[0, 7, 7, 5, 9, 5], 50), [24, 7, 7, 5]);
        assert_eq!(fitted(&[0, 6, 9, 7, 16, 9], 72), [26, 6, 9, 7, 16]);
        assert_eq!(fitted(&[0, 9, 8, 18, 20], 26), [12, 9]);
        assert_eq!(fitted(&[0, 17, 10], 26), [14, 7]);
        assert_eq!(fitted(&[0, 7, 7, 5, 9, 5], 80).len(), 6);
    }

    #[test]
    fn the_sign_of_a_sorted_column_is_there_however_narrow_it_is() {
        let head = |words: &str| Head { cell: 0, words: words.to_owned(), way: "^", width: 6 };
        assert_eq!([head("people").fitted(6), head("2 people").fitted(6), head("who").fitted(6)], ["peop…^", "2 pe…^", "who^"]);
    }

    #[test]
    fn a_reload_keeps_the_selected_row_where_it_was() {
        let rows = Numbers(50);
        let mut window = Window::default();
        window.load(10, &rows).unwrap();
        window.go(Step::Rows(13), &rows).unwrap();
        let before = (window.cursor, window.items.clone());
        window.stale();
        window.load(10, &rows).unwrap();
        assert_eq!((window.cursor, window.items.clone()), before);
    }
}
