//! Copying: through the terminal, so that it works over SSH, and through what stands between.
//!
//! A terminal never answers whether it took what it was given. So no word here claims that it
//! did: it says which way the text went, and what that way needs.

use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use data_encoding::BASE64;

use crate::domain::text::{self, plural};

/// Most bytes that terminals take, encoded.
const LIMIT: usize = 74_994;
/// What GNU screen passes on at once; older ones take no more.
const PIECE: usize = 252;
/// How long tmux may take: its server may be stopped.
const PATIENCE: Duration = Duration::from_secs(1);

/// What stands between here and the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Road {
    Plain,
    Tmux,
    Screen,
    /// Some multiplexer further out: which one, nobody says.
    Unknown,
}

impl Road {
    fn of(variable: impl Fn(&str) -> Option<String>) -> Road {
        let is_set = |name| variable(name).is_some_and(|it| !it.is_empty());
        let term = variable("TERM").unwrap_or_default();
        if is_set("TMUX") {
            Road::Tmux
        } else if is_set("STY") {
            Road::Screen
        } else if term.starts_with("screen") || term.starts_with("tmux") {
            Road::Unknown
        } else {
            Road::Plain
        }
    }

    /// What the terminal is written.
    fn sequence(self, encoded: &str) -> String {
        let osc = format!("\x1b]52;c;{encoded}\x07");
        let piece = |at: usize| format!("\x1bP{}\x1b\\", &osc[at..osc.len().min(at + PIECE)]);
        let for_screen = || (0..osc.len()).step_by(PIECE).map(piece).collect::<Vec<_>>().concat();
        match self {
            Road::Plain => osc,
            Road::Tmux => format!("\x1bPtmux;{}\x1b\\", osc.replace('\x1b', "\x1b\x1b")),
            Road::Screen => for_screen(),
            // Each takes the one that is meant for it, and drops the other.
            Road::Unknown => osc.clone() + &for_screen(),
        }
    }

    /// Which way it went, and what that needs.
    fn words(self) -> &'static str {
        match self {
            Road::Plain => "to the terminal, to be copied (OSC 52)",
            Road::Tmux => "through tmux to the terminal, which needs: set -g allow-passthrough on",
            Road::Screen => "through screen to the terminal, to be copied (OSC 52)",
            Road::Unknown => "to the terminal, to be copied (OSC 52); a tmux between needs: set -g set-clipboard on",
        }
    }
}

/// Copies lines; what to say about it, good or bad. Whatever would steer a terminal or begin a line is shown, not copied.
pub(super) fn copy(lines: &[String]) -> Result<String, String> {
    let words = lines.iter().map(|it| clean(it)).collect::<Vec<_>>().join("\n");
    let encoded = BASE64.encode(words.as_bytes());
    let size = plural(words.len(), "byte");
    if encoded.len() > LIMIT {
        return Err(format!("{size} are more than a terminal takes for its clipboard; {} are the most", LIMIT / 4 * 3));
    }
    let what = match lines {
        [one] => format!("`{}`", text::fit(&text::display(one), 30)),
        _ => plural(lines.len(), "line"),
    };
    let road = Road::of(|name| std::env::var(name).ok());
    if road == Road::Tmux && load_buffer(words) {
        return Ok(format!("Gave {what} ({size}) to tmux (load-buffer -w); for the clipboard outside it needs: set -g set-clipboard on"));
    }
    let mut out = io::stdout();
    let sent = out.write_all(road.sequence(&encoded).as_bytes()).and_then(|()| out.flush());
    sent.map_err(|error| format!("the terminal did not take it: {error}"))?;
    Ok(format!("Sent {what} ({size}) {}", road.words()))
}

/// A line with its tabs, which part columns; all else that would steer is shown.
fn clean(line: &str) -> String {
    line.split('\t').map(text::display).collect::<Vec<_>>().join("\t")
}

/// Whether tmux took it: as it comes, it takes nothing from the programs inside, but does from its own client.
fn load_buffer(words: String) -> bool {
    let (done, waiting) = channel();
    thread::spawn(move || done.send(give_to_tmux(&words).is_ok_and(|it| it)));
    waiting.recv_timeout(PATIENCE).unwrap_or(false)
}

fn give_to_tmux(words: &str) -> io::Result<bool> {
    let mut tmux = Command::new("tmux");
    let tmux = tmux.args(["load-buffer", "-w", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = tmux.spawn()?;
    // Closed at the end of the statement, so that it sees the end.
    child.stdin.take().map_or(Ok(()), |mut it| it.write_all(words.as_bytes()))?;
    Ok(child.wait()?.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(variables: &[(&str, &str)], road: Road, sequence: &str) {
        let found = Road::of(|name| variables.iter().find(|it| it.0 == name).map(|it| it.1.to_owned()));
        assert_eq!((found, found.sequence("YWJj").as_str()), (road, sequence));
    }

    #[test]
    fn what_stands_between_gets_the_wrapping_that_it_passes_on() {
        let osc = "\x1b]52;c;YWJj\x07";
        check(&[("TERM", "xterm-256color")], Road::Plain, osc);
        check(&[], Road::Plain, osc);
        check(&[("TMUX", "/tmp/tmux,1,0"), ("TERM", "screen")], Road::Tmux, "\x1bPtmux;\x1b\x1b]52;c;YWJj\x07\x1b\\");
        check(&[("STY", "1.pts"), ("TERM", "screen")], Road::Screen, "\x1bP\x1b]52;c;YWJj\x07\x1b\\");
        check(&[("TMUX", ""), ("TERM", "screen-256color")], Road::Unknown, &format!("{osc}\x1bP{osc}\x1b\\"));
        check(&[("TERM", "tmux-256color")], Road::Unknown, &format!("{osc}\x1bP{osc}\x1b\\"));
    }

    #[test]
    fn nothing_that_is_stored_steers_where_it_is_pasted() {
        assert_eq!(clean("a\tb"), "a\tb");
        for (stored, copied) in [("x\u{1b}[2J", "x‹ESC›[2J"), ("x\r\ny", "x‹U+000D›‹U+000A›y"), ("a\u{202e}b", "a‹U+202E›b")]
        {
            assert_eq!(clean(stored), copied);
        }
    }

    #[test]
    fn for_screen_it_goes_in_pieces_that_screen_passes_on_whole() {
        let sent = Road::Screen.sequence(&"A".repeat(1000));
        let pieces: Vec<&str> = sent.split("\x1b\\").filter(|it| !it.is_empty()).collect();
        assert!(pieces.len() == 4 && pieces.iter().all(|it| it.starts_with("\x1bP") && it.len() <= 254));
        let whole: String = pieces.iter().map(|it| it.strip_prefix("\x1bP").unwrap()).collect();
        assert_eq!(whole, format!("\x1b]52;c;{}\x07", "A".repeat(1000)));
    }
}
