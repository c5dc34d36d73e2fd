//! What the terminal is sent for a cell: where to, in which look, and what stands there, in as few bytes as say it.

use std::io::{self, Write};

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

/// What shows on a blank, too.
const SHOWS: Modifier = Modifier::REVERSED.union(Modifier::UNDERLINED).union(Modifier::CROSSED_OUT);

/// Each mark, the number that turns it on, and the one that turns it off: for the first two that is the same.
const MARKS: [(Modifier, u8, u8); 8] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Look {
    fg: Color,
    bg: Color,
    marks: Modifier,
}

impl Look {
    fn of(cell: &Cell) -> Look {
        Look { fg: cell.fg, bg: cell.bg, marks: cell.modifier }
    }

    /// Whether a blank shows none of it.
    fn is_blank(self) -> bool {
        self.bg == Color::Reset && !self.marks.intersects(SHOWS)
    }
}

/// Whether nothing is to be seen of the cell.
pub(super) fn is_blank(cell: &Cell) -> bool {
    cell.symbol() == " " && Look::of(cell).is_blank()
}

/// What is known of the terminal while a frame is written: where the next letter goes, and in which look.
#[derive(Debug, Default)]
pub(super) struct Pen {
    at: Option<(u16, u16)>,
    look: Look,
    /// Where what is written leads.
    link: String,
}

impl Pen {
    /// Writes a cell that takes so many columns, if that is sure.
    pub(super) fn put(&mut self, out: &mut impl Write, place: (u16, u16), cell: &Cell, columns: Option<u16>) -> io::Result<()> {
        self.go(out, place)?;
        let look = Look::of(cell);
        if !(is_blank(cell) && self.look.is_blank()) {
            self.turn(out, look)?;
        }
        self.at = columns.map(|n| (place.0 + n, place.1));
        out.write_all(cell.symbol().as_bytes())
    }

    /// What is written from here on leads there, or nowhere.
    pub(super) fn lead(&mut self, out: &mut impl Write, link: Option<&str>) -> io::Result<()> {
        let link = link.unwrap_or_default();
        if self.link == link {
            return Ok(());
        }
        link.clone_into(&mut self.link);
        write!(out, "\x1b]8;;{link}\x1b\\")
    }

    /// Leaves the row blank from here on.
    pub(super) fn erase(&mut self, out: &mut impl Write, place: (u16, u16)) -> io::Result<()> {
        self.go(out, place)?;
        if !self.look.is_blank() {
            self.turn(out, Look::default())?;
        }
        out.write_all(b"\x1b[K")
    }

    /// The frame is over: whatever else is written looks as usual.
    pub(super) fn end(&mut self, out: &mut impl Write) -> io::Result<()> {
        self.at = None;
        self.lead(out, None)?;
        self.turn(out, Look::default())
    }

    fn go(&mut self, out: &mut impl Write, (x, y): (u16, u16)) -> io::Result<()> {
        let there = format!("\x1b[{};{}H", y + 1, x + 1);
        let way = match self.at.replace((x, y)) {
            Some(at) if at == (x, y) => return Ok(()),
            Some((from, row)) if row == y && from < x => forward(x - from),
            // In the next row, from its beginning.
            Some((_, row)) if row + 1 == y => format!("\r\n{}", forward(x)),
            Some(_) | None => there.clone(),
        };
        out.write_all(if way.len() < there.len() { way.as_bytes() } else { there.as_bytes() })
    }

    fn turn(&mut self, out: &mut impl Write, to: Look) -> io::Result<()> {
        let from = std::mem::replace(&mut self.look, to);
        if from == to {
            return Ok(());
        }
        let (step, anew) = (numbers(from, to), [vec!["0".to_owned()], numbers(Look::default(), to)].concat());
        let [step, anew] = [step, anew].map(|it| it.join(";"));
        let shorter = if anew == "0" {
            ""
        } else if anew.len() < step.len() {
            &anew
        } else {
            &step
        };
        write!(out, "\x1b[{shorter}m")
    }
}

fn forward(n: u16) -> String {
    match n {
        0 => String::new(),
        1 => "\x1b[C".to_owned(),
        n => format!("\x1b[{n}C"),
    }
}

/// The numbers that lead from one look to another.
fn numbers(from: Look, to: Look) -> Vec<String> {
    let gone = from.marks - to.marks;
    let mut off: Vec<u8> = MARKS.iter().filter(|it| gone.contains(it.0)).map(|it| it.2).collect();
    off.dedup();
    // What goes with another one comes back.
    let left = MARKS.iter().fold(from.marks, |left, it| if off.contains(&it.2) { left - it.0 } else { left });
    let on = MARKS.iter().filter(|it| (to.marks - left).contains(it.0)).map(|it| it.1);
    let fg = (from.fg != to.fg).then(|| number(to.fg, 30));
    let bg = (from.bg != to.bg).then(|| number(to.bg, 40));
    off.iter().copied().chain(on).map(|it| it.to_string()).chain(fg).chain(bg).collect()
}

/// A colour as a number, of letters from 30 on, of what is behind them from 40 on.
fn number(color: Color, base: u8) -> String {
    let plain = match color {
        Color::Rgb(r, g, b) => return format!("{};2;{r};{g};{b}", base + 8),
        Color::Indexed(n) => return format!("{};5;{n}", base + 8),
        Color::Reset => 9,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 60,
        Color::LightRed => 61,
        Color::LightGreen => 62,
        Color::LightYellow => 63,
        Color::LightBlue => 64,
        Color::LightMagenta => 65,
        Color::LightCyan => 66,
        Color::White => 67,
    };
    (base + plain).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::backend::{Backend, CrosstermBackend};
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;
    use crate::tui::diff::DiffBackend;
    use crate::tui::links::Links;

    const AREA: Rect = Rect { x: 0, y: 0, width: 24, height: 4 };

    fn looks() -> impl Strategy<Value = Style> {
        let color = || {
            prop_oneof![Just(Color::Reset), Just(Color::Cyan), Just(Color::LightRed), Just(Color::Indexed(99)), Just(Color::Rgb(1, 2, 3))]
        };
        let marks = prop_oneof![
            Just(Modifier::empty()),
            Just(Modifier::BOLD),
            Just(Modifier::REVERSED | Modifier::BOLD),
            Just(Modifier::UNDERLINED | Modifier::ITALIC)
        ];
        (color(), color(), marks).prop_map(|(fg, bg, marks)| Style::new().fg(fg).bg(bg).add_modifier(marks))
    }

    /// Words in some looks, anywhere.
    fn screens() -> impl Strategy<Value = Vec<Buffer>> {
        let words = prop_oneof!["[a-z ]{1,12}", Just("漢字".to_owned()), Just("              ".to_owned())];
        let painted = (0..AREA.width, 0..AREA.height, words, looks());
        let screen = prop::collection::vec(painted, 0..12).prop_map(|all| {
            let mut screen = Buffer::empty(AREA);
            for (x, y, words, look) in all {
                screen.set_stringn(x, y, words, usize::from(AREA.width - x), look);
            }
            screen
        });
        prop::collection::vec(screen, 1..4)
    }

    type Frames = Vec<Vec<(u16, u16, Cell)>>;

    /// What changes from one screen to the next.
    fn frames(screens: &[Buffer]) -> Frames {
        let mut before = Buffer::empty(AREA);
        let frame = |screen: &Buffer| {
            let changes = before.diff(screen).into_iter().map(|(x, y, cell)| (x, y, cell.clone())).collect();
            before = screen.clone();
            changes
        };
        screens.iter().map(frame).collect()
    }

    /// What a terminal shows in the end, place by place.
    fn shown(backend: &mut impl Backend, written: impl Fn() -> Vec<u8>, frames: &Frames) -> Vec<String> {
        for frame in frames {
            backend.draw(frame.iter().map(|(x, y, cell)| (*x, *y, cell))).ok().unwrap();
        }
        let mut parser = vt100::Parser::new(AREA.height.try_into().unwrap(), AREA.width.try_into().unwrap(), 0);
        parser.process(&written());
        let cell = |y, x| {
            let it = parser.screen().cell(y, x).unwrap();
            let is_blank = it.contents().trim().is_empty() && !it.inverse() && !it.underline();
            let ink = format!("{:?} {:?} {} {} {}", it.contents(), it.fgcolor(), it.bold(), it.dim(), it.italic());
            let ink = if is_blank { "blank".to_owned() } else { ink };
            format!("{y} {x} {ink} {:?} {} {}", it.bgcolor(), it.inverse(), it.underline())
        };
        (0..AREA.height).flat_map(|y| (0..AREA.width).map(move |x| (y, x))).map(|(y, x)| cell(y, x)).collect()
    }

    /// Bytes that can be read while somebody writes them.
    #[derive(Clone, Default)]
    struct Written(std::rc::Rc<std::cell::RefCell<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_follows_what_a_terminal_shows_it_as_if_it_were_drawn_anew(screens in screens()) {
            let (ours, plain) = (Written::default(), Written::default());
            let after = shown(&mut DiffBackend::new(ours.clone(), Links::default()), || ours.0.borrow().clone(), &frames(&screens));
            let last = screens.last().cloned().into_iter().collect::<Vec<_>>();
            let anew = shown(&mut CrosstermBackend::new(plain.clone()), || plain.0.borrow().clone(), &frames(&last));
            prop_assert_eq!(after, anew);
        }
    }

    #[test]
    fn a_look_is_left_by_what_is_shortest() {
        let look = |marks, fg| Look { fg, marks, ..Look::default() };
        let (bold, cyan) = (Modifier::BOLD, Color::Cyan);
        for (from, to, bytes) in [
            (look(bold, cyan), Look::default(), "\x1b[m"),
            (Look::default(), look(bold, cyan), "\x1b[1;36m"),
            (look(bold, cyan), look(Modifier::empty(), cyan), "\x1b[22m"),
            (look(bold | Modifier::DIM, cyan), look(bold, cyan), "\x1b[22;1m"),
            (look(bold, Color::Rgb(1, 2, 3)), look(bold, Color::Reset), "\x1b[39m"),
        ] {
            let (mut pen, mut out) = (Pen { look: from, ..Pen::default() }, Vec::new());
            pen.turn(&mut out, to).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), bytes);
        }
    }
}
