//! Where everything stands: one function of the size of the screen and of what is open.
//!
//! From 72 columns on the lists stand in a stack on the left and the matrix beside them, with why and
//! impact under it. From 30 rows on nothing changes its height when the focus moves.

use ratatui::layout::Rect;

use super::action::Seat;

/// What is open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open<'a> {
    /// Which room each pane takes, in the order of their keys.
    pub(super) seats: &'a [Seat],
    pub(super) focus: usize,
    /// The list that had the focus last.
    pub(super) list: usize,
    /// The list that has the lowest room of the stack.
    pub(super) lower: usize,
    /// The pane in focus takes the whole body.
    pub(super) zoomed: bool,
}

/// The rooms of one frame. What has no room has no height.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) head: Rect,
    /// Between head and foot: where windows open.
    pub(super) body: Rect,
    pub(super) foot: Rect,
    /// Of every pane in the order of their keys, its title line included; a single line is a title and no more.
    pub(super) panes: Vec<Rect>,
    /// Where the titles of the panes stand that have no room.
    pub(super) titles: Rect,
    /// The line between the stack and what stands beside it.
    pub(super) divider: Rect,
    /// What there is to say about the row or the cell under the cursor; framed, its title line included.
    pub(super) panel: Rect,
    /// What Space would do, and what is staged.
    pub(super) impact: Rect,
    /// Whether panel and impact have title lines.
    pub(super) framed: (bool, bool),
    /// Whether lists name their columns, and the matrix its columns in two lines.
    pub(super) heads: bool,
}

/// Below this width there is room for a list or the matrix, and not for both.
const TWO: u16 = 72;
/// From this height on the focus changes no height.
const STEADY: u16 = 30;
/// The least that a card under a pane is worth.
const LEAST_CARD: u16 = 6;

impl Layout {
    /// The panel without its title line.
    pub(super) fn inside_panel(&self) -> Rect {
        below_title(self.panel, self.framed.0)
    }

    /// The impact without its title line.
    pub(super) fn inside_impact(&self) -> Rect {
        below_title(self.impact, self.framed.1)
    }

    pub(super) fn of(area: Rect, open: &Open<'_>) -> Layout {
        let head = Rect { height: 1.min(area.height), ..area };
        let n_foot = if area.height >= 40 { 3 } else { 2 };
        let foot = Rect { y: area.bottom().saturating_sub(n_foot), height: n_foot.min(area.height), ..area };
        let body = Rect { y: head.bottom(), height: area.height.saturating_sub(n_foot + 1), ..area };
        let panes = vec![Rect::default(); open.seats.len()];
        let seat = open.seats[open.focus];
        // Where a list shows several numbers, nobody knows them without their names.
        let is_wide_list = !matches!(seat, Seat::Answer | Seat::Body | Seat::Page) && (open.zoomed || area.width < TWO);
        let heads = area.height >= STEADY || is_wide_list;
        let mut layout = Layout { head, body, foot, panes, heads, ..Layout::default() };
        if matches!(seat, Seat::Body | Seat::Page) || open.zoomed {
            layout.whole(area, open);
        } else if area.width < TWO {
            layout.one(area, open);
        } else {
            let stack = Rect { width: stack_width(area.width), ..body };
            layout.divider = Rect { x: stack.right(), width: 1, ..body };
            layout.answer(area, Rect { x: stack.right() + 1, width: body.width - stack.width - 1, ..body }, open);
            layout.stack(area, stack, open);
        }
        layout
    }

    /// The pane of the matrix with panel and impact under it.
    fn answer(&mut self, area: Rect, room: Rect, open: &Open<'_>) {
        let (panel, impact) = lines_of(area);
        self.framed = (area.height >= 24, area.height >= STEADY);
        let framed = |lines: u16, is_framed: bool| (lines + u16::from(is_framed)).min(room.height);
        let (panel, impact) = (framed(panel, self.framed.0), framed(impact, self.framed.1));
        let (rest, impact) = cut_below(room, impact);
        let (matrix, panel) = cut_below(rest, panel);
        (self.panel, self.impact) = (panel, impact);
        if let Some(at) = open.seats.iter().position(|it| *it == Seat::Answer) {
            self.panes[at] = matrix;
        }
    }

    /// The lists, one above the other, and the titles of the rest.
    fn stack(&mut self, area: Rect, room: Rect, open: &Open<'_>) {
        let (room, titles) = cut_below(room, title_lines(area));
        self.titles = titles;
        let lists: Vec<usize> = (0..open.seats.len()).filter(|it| open.seats[*it] == Seat::Stack || *it == open.lower).collect();
        let at = lists.iter().position(|it| *it == open.list).unwrap_or(0);
        let heights =
            if area.height >= STEADY && area.width >= TWO { steady(room.height) } else { accordion(room.height, lists.len(), at) };
        let mut y = room.y;
        for (list, height) in lists.into_iter().zip(heights) {
            let height = height.min(room.bottom() - y);
            self.panes[list] = Rect { y, height, ..room };
            y += height;
        }
    }

    /// A list or the matrix, and what there is to say about it.
    fn one(&mut self, area: Rect, open: &Open<'_>) {
        if open.seats[open.focus] == Seat::Answer {
            let (room, titles) = cut_below(self.body, title_lines(area));
            self.titles = titles;
            return self.answer(area, room, open);
        }
        let panel = if area.height >= 24 { lines_of(area).0 + 1 } else { 0 };
        let (stack, panel) = cut_below(self.body, panel);
        (self.panel, self.framed) = (panel, (true, false));
        self.stack(area, stack, open);
    }

    /// One pane in the whole body, with its card beside or below.
    fn whole(&mut self, area: Rect, open: &Open<'_>) {
        let (room, titles) = cut_below(self.body, 1);
        self.titles = titles;
        self.framed = (true, area.height >= STEADY);
        let is_matrix = open.seats[open.focus] == Seat::Answer;
        if is_matrix && area.width < 150 {
            return self.answer(area, room, open);
        }
        let (room, impact) = if is_matrix { cut_below(room, lines_of(area).1 + u16::from(self.framed.1)) } else { (room, Rect::default()) };
        self.impact = impact;
        if area.width < 110 {
            let below = if area.height < 24 { 1 } else { (room.height / 3).max(LEAST_CARD + 1) };
            self.framed.0 = area.height >= 24;
            (self.panes[open.focus], self.panel) = cut_below(room, below);
            return;
        }
        let width = if is_matrix { room.width - 51 } else { room.width * 65 / 100 };
        self.panes[open.focus] = Rect { width, ..room };
        self.divider = Rect { x: room.x + width, width: 1, ..room };
        self.panel = Rect { x: room.x + width + 1, width: room.width - width - 1, ..room };
    }
}

/// How wide the stack is beside the matrix.
fn stack_width(width: u16) -> u16 {
    match width {
        0..100 => 26,
        100..120 => 38,
        120..140 => 44,
        140..170 => 50,
        170..200 => 62,
        200.. => 72,
    }
}

/// Lines of the panel and of the impact, without their title lines.
fn lines_of(area: Rect) -> (u16, u16) {
    match area.height {
        0..24 => (1, 1),
        24..30 => (3, 2),
        30..40 if area.width < 100 => (3, 2),
        30..40 => (5, 2),
        40..50 => (8, 2),
        50.. => (11, 4),
    }
}

fn below_title(room: Rect, has_title: bool) -> Rect {
    cut_below(room, room.height.saturating_sub(u16::from(has_title))).1
}

fn title_lines(area: Rect) -> u16 {
    if area.height < 24 { 1 } else { 2 }
}

/// A part of so many lines at the foot of a room, and the rest of it.
fn cut_below(room: Rect, lines: u16) -> (Rect, Rect) {
    let lines = lines.min(room.height);
    let rest = Rect { height: room.height - lines, ..room };
    (rest, Rect { y: rest.bottom(), height: lines, ..room })
}

/// Heights of three lists that keep them whatever has the focus: the lowest has most of the rows.
fn steady(height: u16) -> Vec<u16> {
    // A title line and one that names the columns.
    let above = (height.saturating_sub(6) * 9 + 20) / 40 + 2;
    vec![above, above, height.saturating_sub(2 * above)]
}

/// Heights where the list in focus is open, the next deeper one where there is room for both, and the others are titles.
fn accordion(height: u16, n: usize, at: usize) -> Vec<u16> {
    let mut heights = vec![1; n];
    let deeper = (at + 1 < n && height >= 19).then_some(at + 1);
    let closed = u16::try_from(n).unwrap_or(0) - 1 - u16::from(deeper.is_some());
    let room = height.saturating_sub(closed);
    heights[at] = if deeper.is_some() { room / 2 } else { room };
    if let Some(next) = deeper {
        heights[next] = room - room / 2;
    }
    heights
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEATS: [Seat; 7] = [Seat::Stack, Seat::Stack, Seat::Lower, Seat::Lower, Seat::Lower, Seat::Answer, Seat::Body];

    fn layout(width: u16, height: u16, focus: usize) -> Layout {
        let list = if focus < 5 { focus } else { 1 };
        let lower = if (2..5).contains(&focus) { focus } else { 2 };
        Layout::of(Rect::new(0, 0, width, height), &Open { seats: &SEATS, focus, list, lower, zoomed: false })
    }

    /// Rows inside the lists and the panel, and permissions in the matrix.
    fn rows(width: u16, height: u16, focus: usize) -> ([u16; 3], u16, u16) {
        let it = layout(width, height, focus);
        let heads = u16::from(it.heads);
        let inside = |at: usize| it.panes[at].height.saturating_sub(1 + heads);
        ([inside(0), inside(1), inside(2)], it.panes[5].height.saturating_sub(3 + heads), it.panel.height - u16::from(it.framed.0))
    }

    #[test]
    fn every_size_has_the_rows_that_it_is_to_have() {
        for ((width, height, focus), wanted) in [
            ((80, 16, 1), ([0, 9, 0], 8, 1)),
            ((80, 24, 0), ([8, 8, 0], 12, 3)),
            ((80, 24, 1), ([0, 8, 8], 12, 3)),
            ((80, 24, 2), ([0, 0, 16], 12, 3)),
            ((80, 30, 2), ([4, 4, 11], 16, 3)),
            ((100, 30, 0), ([4, 4, 11], 14, 5)),
            ((140, 40, 0), ([6, 6, 16], 20, 8)),
            ((200, 50, 1), ([9, 9, 20], 25, 11)),
        ] {
            assert_eq!(rows(width, height, focus), wanted, "{width}x{height} at {focus}");
        }
    }

    #[test]
    fn from_thirty_rows_on_the_focus_changes_no_height() {
        for (width, height) in [(80, 30), (100, 33), (140, 40), (300, 90)] {
            let still = layout(width, height, 0);
            for focus in [1, 2, 5] {
                assert_eq!(layout(width, height, focus), still, "{width}x{height} at {focus}");
            }
        }
    }

    #[test]
    fn rooms_lie_in_the_body_and_over_each_other_nowhere() {
        for width in 60..=210 {
            for height in 16..=60 {
                for (focus, zoomed) in (0..7).flat_map(|it| [(it, false), (it, true)]) {
                    let list = if focus < 5 { focus } else { 0 };
                    let open = Open { seats: &SEATS, focus, list, lower: focus.clamp(2, 4), zoomed };
                    let it = Layout::of(Rect::new(0, 0, width, height), &open);
                    let all = [it.head, it.foot, it.titles, it.divider, it.panel, it.impact].into_iter().chain(it.panes.iter().copied());
                    let area: u32 = all.clone().map(Rect::area).sum();
                    assert_eq!(area, u32::from(width) * u32::from(height), "{width}x{height} at {focus}, {zoomed}: {it:?}");
                    assert!(all.filter(|it| it.area() > 0).all(|it| it.right() <= width && it.bottom() <= height));
                    assert!(it.panes[focus].height >= 5, "{width}x{height} at {focus}, {zoomed}: {it:?}");
                }
            }
        }
    }
}
