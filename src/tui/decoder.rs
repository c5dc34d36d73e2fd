//! From the bytes of a terminal to keys, pasted text and what a mouse points at.
//!
//! Three promises that the terminal's own reader does not make: whatever begins and never ends (a
//! paste without its last mark, a reply cut short) is given up after a moment, so that the keys after
//! it are keys again; Ctrl-c always counts; and what another program's question brings in never
//! becomes a key. Pure: bytes and instants come in, so that every case is a test without a terminal.

use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Position;

/// How long a paste or a reply may pause before it counts as over.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);
/// How long the rest of a key's sequence may take on a slow line: after that, Esc was Esc.
pub(super) const KEY: Duration = Duration::from_millis(25);
/// So much text at once was not typed: nobody types a thousand letters between two looks.
const BURST: usize = 1000;
/// How soon after such a burst more of it follows.
const SOON: Duration = Duration::from_millis(100);
/// Most of a paste that is kept: every field takes less, and says so.
const MAX_PASTE: usize = 1 << 21;

const PASTE_ENDS: &[u8] = b"\x1b[201~";
const CTRL_C: u8 = 3;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Input {
    Key(KeyEvent),
    Paste(String),
    Point(Pointed),
    /// Whether the background is a light one, as the terminal was asked.
    Ground(bool),
    /// The terminal waits for the end of a frame that begins, as it was asked.
    KnowsFrames,
}

/// What a mouse did, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pointed {
    pub(super) hand: Hand,
    pub(super) at: Position,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hand {
    Click,
    /// The right button.
    Ask,
    WheelUp,
    WheelDown,
}

/// What the last byte left open.
#[derive(Debug, PartialEq)]
enum State {
    Ground,
    /// The start of a sequence, an Esc or a character.
    Begun(Vec<u8>),
    Paste(Vec<u8>),
}

#[derive(Debug)]
pub(super) struct Decoder {
    state: State,
    /// When the last bytes came.
    since: Instant,
    /// Until when text still belongs to a burst.
    burst_until: Instant,
}

/// What a beginning turns out to be.
enum Parsed {
    /// Nothing yet.
    More,
    /// So many bytes, and the key that they are, if they are one.
    Done(usize, Option<KeyEvent>),
    PasteBegins(usize),
    Pointed(usize, Option<Pointed>),
    Ground(usize, bool),
    KnowsFrames(usize),
}

impl Decoder {
    pub(super) fn new(now: Instant) -> Decoder {
        Decoder { state: State::Ground, since: now, burst_until: now }
    }

    /// Takes what came in at once.
    pub(super) fn take(&mut self, bytes: &[u8], now: Instant) -> Vec<Input> {
        let mut told = self.give_up(now);
        self.since = now;
        let data = match std::mem::replace(&mut self.state, State::Ground) {
            // In the middle of a paste it would be text; a finger's comes alone.
            State::Paste(pasted) if bytes == [CTRL_C] => {
                told.extend(paste(pasted));
                bytes.to_vec()
            }
            State::Begun(begun) => [&begun, bytes].concat(),
            state @ (State::Ground | State::Paste(_)) => {
                self.state = state;
                bytes.to_vec()
            }
        };
        let mut rest = data.as_slice();
        if self.state == State::Ground && self.is_burst(rest, now) {
            self.burst_until = now + SOON;
            let (whole, begun) = rest.split_at(whole_characters(rest));
            told.extend(paste(whole.to_vec()));
            rest = begun;
        }
        while !rest.is_empty() {
            rest = match std::mem::replace(&mut self.state, State::Ground) {
                State::Paste(pasted) => self.go_on_pasting(pasted, rest, &mut told),
                State::Ground | State::Begun(_) => self.next(rest, &mut told),
            };
        }
        told
    }

    /// Text without any sequence, and more of it than fingers are.
    fn is_burst(&self, bytes: &[u8], now: Instant) -> bool {
        let is_text = |it: &u8| matches!(it, b'\t' | b'\n' | b'\r' | b' '..=b'~' | 0x80..);
        (bytes.len() >= BURST || now < self.burst_until) && bytes.iter().all(is_text)
    }

    /// Reads the key or sequence that comes next; answers what is behind it.
    fn next<'a>(&mut self, bytes: &'a [u8], told: &mut Vec<Input>) -> &'a [u8] {
        for n in 1..=bytes.len() {
            match parse(&bytes[..n]) {
                Parsed::More => {}
                Parsed::Done(used, key) => {
                    told.extend(key.map(Input::Key));
                    return &bytes[used..];
                }
                Parsed::Pointed(used, it) => {
                    told.extend(it.map(Input::Point));
                    return &bytes[used..];
                }
                Parsed::Ground(used, is_light) => {
                    told.push(Input::Ground(is_light));
                    return &bytes[used..];
                }
                Parsed::KnowsFrames(used) => {
                    told.push(Input::KnowsFrames);
                    return &bytes[used..];
                }
                Parsed::PasteBegins(used) => {
                    self.state = State::Paste(Vec::new());
                    return &bytes[used..];
                }
            }
        }
        self.state = State::Begun(shortened(bytes));
        &[]
    }

    fn go_on_pasting<'a>(&mut self, mut pasted: Vec<u8>, bytes: &'a [u8], told: &mut Vec<Input>) -> &'a [u8] {
        // The mark may have begun in the bytes before.
        let from = pasted.len().saturating_sub(PASTE_ENDS.len() - 1);
        let before = pasted.len();
        pasted.extend(bytes);
        let Some(at) = memchr::memmem::find(&pasted[from..], PASTE_ENDS) else {
            if pasted.len() > MAX_PASTE {
                // Its end must still be found: the mark is shorter than what stays.
                pasted.drain(MAX_PASTE - PASTE_ENDS.len()..pasted.len() - PASTE_ENDS.len());
            }
            self.state = State::Paste(pasted);
            return &[];
        };
        let end = from + at;
        pasted.truncate(end);
        told.extend(paste(pasted));
        &bytes[end + PASTE_ENDS.len() - before..]
    }

    /// How long what is open may stay so, if anything is.
    pub(super) fn patience(&self, now: Instant) -> Option<Duration> {
        let limit = match &self.state {
            State::Ground => return None,
            State::Begun(begun) if is_typed(begun) => KEY,
            State::Begun(_) | State::Paste(_) => PATIENCE,
        };
        Some(limit.saturating_sub(now.saturating_duration_since(self.since)))
    }

    /// Ends what was open for too long: a paste is what came of it, a sequence is what fingers would mean by it.
    pub(super) fn give_up(&mut self, now: Instant) -> Vec<Input> {
        if self.patience(now).is_none_or(|it| !it.is_zero()) {
            return Vec::new();
        }
        match std::mem::replace(&mut self.state, State::Ground) {
            State::Paste(pasted) => paste(pasted).into_iter().collect(),
            State::Begun(begun) if is_typed(&begun) => begun.iter().filter_map(|it| plain(*it)).map(Input::Key).collect(),
            // A reply, or a character, cut short.
            State::Ground | State::Begun(_) => Vec::new(),
        }
    }
}

/// What a sequence is, its first bytes say; whether it is over, the last.
fn shortened(begun: &[u8]) -> Vec<u8> {
    const EACH_END: usize = 16;
    if begun.len() <= 2 * EACH_END { begun.to_vec() } else { [&begun[..EACH_END], &begun[begun.len() - EACH_END..]].concat() }
}

/// Where the last whole character ends.
fn whole_characters(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => bytes.len(),
    }
}

fn paste(mut bytes: Vec<u8>) -> Option<Input> {
    // A last mark that was cut short is no text.
    let cut = (1..PASTE_ENDS.len()).rev().find(|n| bytes.ends_with(&PASTE_ENDS[..*n])).unwrap_or(0);
    bytes.truncate(bytes.len() - cut);
    (!bytes.is_empty()).then(|| Input::Paste(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Whether fingers may have typed this: Esc, alone or with a letter that could also begin a sequence.
fn is_typed(begun: &[u8]) -> bool {
    matches!(begun, [0x1b] | [0x1b, b'[' | b'O' | b']' | b'P' | b'_'])
}

/// What begins with these bytes; of what is no sequence, the first byte alone.
fn parse(begun: &[u8]) -> Parsed {
    let [first, rest @ ..] = begun else { return Parsed::More };
    match (*first, rest) {
        (0x1b, []) => Parsed::More,
        (0x1b, [b'[', rest @ ..]) => control(rest),
        (0x1b, [b'O', rest @ ..]) => match rest {
            [] => Parsed::More,
            [last, ..] => match function(*last) {
                Some(code) => Parsed::Done(3, Some(code.into())),
                None => escape_then(*last, begun.len()),
            },
        },
        (0x1b, [start @ (b']' | b'P' | b'_'), rest @ ..]) => reply(*start, rest),
        // Esc and a key at once: Alt means nothing here, so that it is the one and then the other.
        (0x1b, [_, ..]) => Parsed::Done(1, Some(KeyCode::Esc.into())),
        (0x80.., _) => character(begun),
        (first, _) => Parsed::Done(1, plain(first)),
    }
}

/// A sequence that was none: what began it is dropped, unless the key that breaks it off is to be read for itself.
fn escape_then(last: u8, n: usize) -> Parsed {
    // A control character, Ctrl-c or Esc among them, is never a part of a sequence.
    Parsed::Done(if last < 0x20 { n - 1 } else { n }, None)
}

/// After `ESC [`.
fn control(rest: &[u8]) -> Parsed {
    let n = rest.len() + 2;
    match rest {
        // Two brackets begin the function keys of the Linux console; the place of a mouse that nobody asked
        // for stands in three bytes more.
        [] | [b'[' | b'M'] | [b'M', _] | [b'M', _, _] => Parsed::More,
        [b'[', last @ b'A'..=b'E'] => Parsed::Done(n, Some(KeyCode::F(1 + last - b'A').into())),
        [b'M', ..] => Parsed::Done(n, None),
        [params @ .., last] => match last {
            0x20..=0x3f => Parsed::More,
            b'~' if params == b"200" => Parsed::PasteBegins(n),
            // On, or off until it is asked for: a terminal that does not know it says 0, one that never does it 4.
            b'y' if matches!(params, b"?2026;1$" | b"?2026;2$") => Parsed::KnowsFrames(n),
            b'M' | b'm' if params.starts_with(b"<") => Parsed::Pointed(n, pointed(&params[1..], *last)),
            0x40..=0x7e => Parsed::Done(n, named(params, *last)),
            _ => escape_then(*last, n),
        },
    }
}

/// After `ESC ]`, `ESC P` or `ESC _`: a string to its end, where what follows can be a reply at all.
fn reply(start: u8, rest: &[u8]) -> Parsed {
    let n = rest.len() + 2;
    let replies = match (start, rest.first()) {
        (_, None) => return Parsed::More,
        (b']', Some(it)) => it.is_ascii_digit(),
        (b'P', Some(it)) => it.is_ascii_digit() || b">!+$".contains(it),
        (_, Some(it)) => *it == b'G',
    };
    match rest {
        _ if !replies => Parsed::Done(1, Some(KeyCode::Esc.into())),
        [told @ .., 0x1b, b'\\'] | [told @ .., 0x07] => ground(told).map_or(Parsed::Done(n, None), |it| Parsed::Ground(n, it)),
        [.., 0x1b, last] => escape_then(*last, n),
        [.., 0x1b] => Parsed::More,
        [.., last] if *last < 0x20 => escape_then(*last, n),
        _ => Parsed::More,
    }
}

/// Whether the background is light, of the answer to what its colour is: `11;rgb:RRRR/GGGG/BBBB`.
fn ground(told: &[u8]) -> Option<bool> {
    let colours = std::str::from_utf8(told).ok()?.strip_prefix("11;rgb:")?.split('/');
    let part = |it: &str| {
        let largest = 16_u32.pow(u32::try_from(it.len()).ok().filter(|it| (1..=4).contains(it))?) - 1;
        Some(f64::from(u16::from_str_radix(it, 16).ok()?) / f64::from(largest))
    };
    let [red, green, blue] = colours.map(part).collect::<Option<Vec<_>>>()?.try_into().ok()?;
    Some(0.299 * red + 0.587 * green + 0.114 * blue > 0.5)
}

/// A character of several bytes; one that is broken is dropped.
fn character(begun: &[u8]) -> Parsed {
    match std::str::from_utf8(begun) {
        Ok(text) => Parsed::Done(begun.len(), text.chars().next().map(letter)),
        Err(error) if error.error_len().is_none() => Parsed::More,
        Err(_) => Parsed::Done(begun.len().max(2) - 1, None),
    }
}

/// A byte that is a key for itself.
fn plain(byte: u8) -> Option<KeyEvent> {
    let ctrl = |c: u8| KeyEvent::new(KeyCode::Char(c.into()), KeyModifiers::CONTROL);
    Some(match byte {
        0 => ctrl(b' '),
        b'\t' => KeyCode::Tab.into(),
        // Typed before the terminal was taken, Enter comes as a line feed.
        b'\r' | b'\n' => KeyCode::Enter.into(),
        0x08 | 0x7f => KeyCode::Backspace.into(),
        0x1b => KeyCode::Esc.into(),
        1..=26 => ctrl(byte - 1 + b'a'),
        0x1c..=0x1f => ctrl(byte - 0x1c + b'4'),
        0x20..=0x7e => letter(byte.into()),
        0x80.. => return None,
    })
}

fn letter(c: char) -> KeyEvent {
    KeyEvent::new(KeyCode::Char(c), if c.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE })
}

/// The key that a sequence with these parameters names, if any: replies name none.
fn named(params: &[u8], last: u8) -> Option<KeyEvent> {
    let mut numbers = std::str::from_utf8(params).ok()?.split(';').map(|it| it.split(':').next().unwrap_or_default());
    let first = numbers.next().unwrap_or_default();
    let modifiers = numbers.next().map_or(Some(KeyModifiers::NONE), |it| it.parse().ok().map(modifiers))?;
    let code = match last {
        b'~' => tilde(first.parse().ok()?)?,
        b'u' => char::from_u32(first.parse().ok()?).map(KeyCode::Char)?,
        b'Z' => return Some(KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT)),
        // Where the cursor stands is answered so, and could be taken for F3 with a modifier.
        b'R' => return None,
        _ if !matches!(first, "" | "1") => return None,
        _ => function(last)?,
    };
    // Keys of the extended kind name control characters as themselves.
    let code = match code {
        KeyCode::Char(c) if u32::from(c) < 0x20 || c == '\x7f' => plain(u8::try_from(c).ok()?)?.code,
        code => code,
    };
    Some(KeyEvent::new(code, modifiers))
}

/// A press or a turn of the wheel, as mode 1006 writes it; letting go says nothing more.
fn pointed(params: &[u8], last: u8) -> Option<Pointed> {
    const HELD_KEYS: u16 = 4 | 8 | 16;
    let numbers = std::str::from_utf8(params).ok()?.split(';').map(|it| it.parse::<u16>().ok());
    let [button, column, row] = numbers.collect::<Option<Vec<_>>>()?.try_into().ok()?;
    let hand = match button & !HELD_KEYS {
        0 => Hand::Click,
        2 => Hand::Ask,
        64 => Hand::WheelUp,
        65 => Hand::WheelDown,
        _ => return None,
    };
    let at = Position { x: column.checked_sub(1)?, y: row.checked_sub(1)? };
    (last == b'M').then_some(Pointed { hand, at })
}

fn function(last: u8) -> Option<KeyCode> {
    Some(match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P'..=b'S' => KeyCode::F(1 + last - b'P'),
        _ => return None,
    })
}

fn tilde(number: u8) -> Option<KeyCode> {
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F(number - 10),
        17..=21 => KeyCode::F(number - 11),
        23..=26 => KeyCode::F(number - 12),
        _ => return None,
    })
}

/// What a terminal counts from one on.
fn modifiers(number: u8) -> KeyModifiers {
    let mask = number.saturating_sub(1);
    let each = [(1, KeyModifiers::SHIFT), (2, KeyModifiers::ALT), (4, KeyModifiers::CONTROL)];
    each.into_iter().filter(|(bit, _)| mask & bit != 0).fold(KeyModifiers::NONE, |all, (_, it)| all | it)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keymap;

    /// What comes of pieces that arrive so many milliseconds after the start, and of waiting until the end.
    fn told(pieces: &[(u64, &[u8])], end: u64) -> Vec<String> {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut decoder = Decoder::new(start);
        let mut all = Vec::new();
        for (ms, bytes) in pieces {
            all.extend(decoder.take(bytes, at(*ms)));
        }
        all.extend(decoder.give_up(at(end)));
        all.iter().map(shown).collect()
    }

    fn shown(input: &Input) -> String {
        match input {
            Input::Paste(text) => format!("<{text}>"),
            Input::Ground(is_light) => format!("light: {is_light}"),
            Input::KnowsFrames => "frames".to_owned(),
            Input::Point(Pointed { hand, at }) => format!("{hand:?} {},{}", at.x, at.y),
            Input::Key(key) => {
                let ctrl = if key.modifiers.contains(KeyModifiers::CONTROL) { "C-" } else { "" };
                let alt = if key.modifiers.contains(KeyModifiers::ALT) { "A-" } else { "" };
                match key.code {
                    KeyCode::Char(c) => format!("{ctrl}{alt}{c}"),
                    code => format!("{ctrl}{alt}{code:?}"),
                }
            }
        }
    }

    #[track_caller]
    fn check(pieces: &[&[u8]], expected: &[&str]) {
        let at_once: Vec<(u64, &[u8])> = pieces.iter().map(|it| (0, *it)).collect();
        assert_eq!(told(&at_once, 60_000), expected, "{pieces:?}");
    }

    #[test]
    fn a_mouse_clicks_asks_and_turns_its_wheel_and_says_nothing_else() {
        check(&[b"\x1b[<0;5;3M\x1b[<0;5;3ma"], &["Click 4,2", "a"]);
        check(&[b"\x1b[<2;1;1M", b"\x1b[<64;80;24M\x1b[<65;", b"300;1M"], &["Ask 0,0", "WheelUp 79,23", "WheelDown 299,0"]);
        check(&[b"\x1b[<16;2;2M"], &["Click 1,1"]);
        for nothing in ["\x1b[<1;5;3M", "\x1b[<32;5;3M", "\x1b[<0;0;3M", "\x1b[<0;5M", "\x1b[<;;M", "\x1b[<99999;1;1M"] {
            check(&[nothing.as_bytes(), b"a"], &["a"]);
        }
    }

    #[test]
    fn the_colour_of_the_background_is_light_or_dark() {
        check(&[b"\x1b]11;rgb:ffff/ffff/ffff\x07a"], &["light: true", "a"]);
        check(&[b"\x1b]11;rgb:00/2b/", b"36\x1b\\a"], &["light: false", "a"]);
        for nothing in ["11;rgb:ff/ff", "11;rgb:x/y/z", "11;rgb:fffff/0/0", "11;rgb://", "10;rgb:ff/ff/ff", "11;?"] {
            check(&[format!("\x1b]{nothing}\x07a").as_bytes()], &["a"]);
        }
    }

    #[test]
    fn a_terminal_that_shows_frames_at_once_says_so() {
        check(&[b"\x1b[?2026;2$y", b"\x1b[?20", b"26;1$yj"], &["frames", "frames", "j"]);
    }

    #[test]
    fn keys_are_what_terminals_write_for_them() {
        check(&[b"a Q\r\n\t\x7f\x08"], &["a", " ", "Q", "Enter", "Enter", "Tab", "Backspace", "Backspace"]);
        check(&[b"\x13\x03\x1a\0\x1c"], &["C-s", "C-c", "C-z", "C- ", "C-4"]);
        check(&["äé漢😀".as_bytes()], &["ä", "é", "漢", "😀"]);
        check(&[b"\x1b[A\x1b[B\x1bOC\x1bOD\x1b[H\x1bOF"], &["Up", "Down", "Right", "Left", "Home", "End"]);
        check(&[b"\x1b[1~\x1b[4~\x1b[3~\x1b[5~\x1b[6~\x1b[Z"], &["Home", "End", "Delete", "PageUp", "PageDown", "BackTab"]);
        check(&[b"\x1bOP\x1b[11~\x1b[[A\x1b[15~\x1b[24~\x1b[1;5P"], &["F(1)", "F(1)", "F(1)", "F(5)", "F(12)", "C-F(1)"]);
        check(&[b"\x1b[1;5C\x1b[1;3A\x1b[5;5~\x1b[97;5u\x1b[13;5u"], &["C-Right", "A-Up", "C-PageUp", "C-a", "C-Enter"]);
    }

    #[test]
    fn esc_and_a_key_in_one_write_are_esc_and_then_the_key() {
        check(&[b"\x1bj"], &["Esc", "j"]);
        check(&[b"\x1b\r"], &["Esc", "Enter"]);
        check(&[b"\x1b\x1b"], &["Esc", "Esc"]);
        check(&[b"\x1b\x1b[A"], &["Esc", "Up"]);
        check(&["\x1bé".as_bytes()], &["Esc", "é"]);
        for letter in [b'O', b'[', b']', b'P', b'_', b'X', b'^'] {
            let name = char::from(letter).to_string();
            check(&[&[0x1b, letter]], &["Esc", &name]);
        }
        check(&[b"\x1bPj"], &["Esc", "P", "j"]);
    }

    #[test]
    fn a_sequence_may_come_in_pieces_and_esc_alone_is_esc_after_a_moment() {
        for sequence in [&b"\x1b[1;5C"[..], b"\x1bOC", b"\x1b[15~", "漢".as_bytes()] {
            let pieces: Vec<(u64, &[u8])> = (0..).zip(sequence.chunks(1)).map(|(at, it)| (at * 20, it)).collect();
            assert_eq!(told(&pieces, 60_000).len(), 1, "{sequence:?}");
        }
        assert_eq!(told(&[(0, b"\x1b"), (30, b"[")], 60_000), ["Esc", "["]);
        assert_eq!(told(&[(0, b"\x1b")], 20), [""; 0]);
        assert_eq!(told(&[(0, b"\x1b")], 25), ["Esc"]);
    }

    #[test]
    fn replies_never_become_keys() {
        for reply in [
            &b"\x1b[?2026;0$y"[..],
            b"\x1b[?2026;4$y",
            b"\x1b[?2027;2$y",
            b"\x1b[?997;1n",
            b"\x1b[?62;22c",
            b"\x1b[>41;354;0c",
            b"\x1b[12;40R",
            b"\x1b[1;4R",
            b"\x1b[0n",
            b"\x1b[8;40;120t",
            b"\x1b[?1u",
            b"\x1b[I",
            b"\x1b[O",
            b"\x1b[<35;10;10M",
            b"\x1b[M !!",
            b"\x1b]10;rgb:1111/1111/1111\x1b\\",
            b"\x1b]52;c;cXVpdA==\x07",
            b"\x1bP>|XTerm(390)\x1b\\",
            b"\x1bP1$r0m\x1b\\",
            b"\x1bP1+r544e\x1b\\",
            b"\x1b_Gi=1;OK\x1b\\",
        ] {
            check(&[reply], &[]);
            let pieces: Vec<&[u8]> = reply.chunks(1).chain([&b"j"[..]]).collect();
            check(&pieces, &["j"]);
        }
    }

    #[test]
    fn what_never_ends_is_given_up_after_two_seconds_and_ctrl_c_always_counts() {
        for (open, came) in [
            (&b"\x1b[200~abc"[..], &["<abc>"][..]),
            (b"\x1b[200~abc\x1b[20", &["<abc>"]),
            (b"\x1b[?2026;2$", &[]),
            (b"\x1b]11;rgb:11", &[]),
            (b"\x1bP>|term", &[]),
            (b"\xe6\xbc", &[]),
        ] {
            let then_j = [came, &["j"]].concat();
            assert_eq!(told(&[(0, open), (2000, b"j")], 60_000), then_j, "{open:?}");
            let then_c = [came, &["C-c", "j"]].concat();
            assert_eq!(told(&[(0, open), (10, b"\x03"), (20, b"j")], 60_000), then_c, "{open:?}");
            let mut waiting = Decoder::new(Instant::now());
            waiting.take(open, waiting.since);
            assert_eq!(waiting.patience(waiting.since), Some(PATIENCE));
        }
    }

    #[test]
    fn pasted_text_is_never_keys_however_it_is_cut() {
        let text = "one\rtwo \x1b[A \x03 qy\x1b[200~ é";
        let whole = format!("\x1b[200~{text}\x1b[201~j");
        for n in 1..whole.len() {
            let pieces: Vec<&[u8]> = whole.as_bytes().chunks(n).collect();
            // A Ctrl-c that comes all alone is a finger's.
            if pieces.contains(&&b"\x03"[..]) {
                continue;
            }
            check(&pieces, &[&format!("<{text}>"), "j"]);
        }
        check(&[b"\x1b[200~\x1b[201~j"], &["j"]);
    }

    #[test]
    fn much_text_at_once_is_pasted_though_the_terminal_does_not_say_so() {
        let text = "qy\rs".repeat(300);
        check(&[text.as_bytes(), b"y\r"], &[&format!("<{text}>"), "<y\r>"]);
        assert_eq!(told(&[(0, text.as_bytes()), (100, b"y\r")], 60_000)[1..], ["y", "Enter"]);
        assert_eq!(told(&[(0, b"jj\r")], 0), ["j", "j", "Enter"]);
    }

    /// Every run of four of the bytes that begin a sequence, go on with one and end one.
    #[test]
    fn whatever_came_every_key_has_a_name_and_a_letter_a_moment_later_is_that_letter() {
        const BYTES: &[u8] = b"\x1b[]OP<?2;~MuA \x03\xe6\0";
        let (start, n_bytes) = (Instant::now(), BYTES.len());
        let letter = Input::Key(KeyCode::Char('j').into());
        for n in 0..n_bytes.pow(4) {
            let came = [0, 1, 2, 3].map(|at| BYTES[n / n_bytes.pow(at) % n_bytes]);
            let mut decoder = Decoder::new(start);
            let told = [decoder.take(&came, start), decoder.take(b"j", start + PATIENCE)].concat();
            assert_eq!(told.last(), Some(&letter), "{came:?}");
            for it in &told {
                let Input::Key(key) = it else { panic!("{came:?} is pasted") };
                let name = keymap::chord(key).map(|it| keymap::show(&it));
                assert!(name.is_none_or(|it| !it.is_empty() && !it.contains(char::is_control)), "{came:?} {key:?}");
            }
        }
    }

    #[test]
    fn of_a_paste_without_end_only_so_much_is_kept_and_its_end_is_found() {
        let start = Instant::now();
        let mut decoder = Decoder::new(start);
        decoder.take(b"\x1b[200~", start);
        for _ in 0..100 {
            assert_eq!(decoder.take(&vec![b'x'; 1 << 16], start), []);
        }
        let last = decoder.take(b"\x1b[201~j", start);
        assert!(matches!(&last[..], [Input::Paste(text), Input::Key(_)] if text.len() <= MAX_PASTE));
    }
}
