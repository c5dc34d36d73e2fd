//! A terminal around the program: keys go in, and the screen is waited for.
//!
//! Nothing here sleeps. Every wait is for a condition, is woken by what the program
//! writes or by its end, and shows the screen when it gives up.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};
use tempfile::TempDir;

/// How long a condition may take on a slow machine.
const LIMIT: Duration = Duration::from_secs(10);

const PROGRAM: &str = env!("CARGO_BIN_EXE_rolecall");

pub(crate) const ENTER: &str = "\r";
pub(crate) const ESC: &str = "\x1b";
pub(crate) const TAB: &str = "\t";
pub(crate) const SEND: &str = "\x13";

/// A home folder of its own, with or without a workspace in it.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn empty() -> Home {
        Home(TempDir::new().unwrap())
    }

    /// A workspace with its owner, Dana, and nothing else.
    pub(crate) fn agency() -> Home {
        let home = Home::empty();
        home.tell(&["init", "--name", "Northlight", "--owner", "dana@northlight.example"]);
        home
    }

    /// The sample agency.
    pub(crate) fn demo() -> Home {
        let home = Home::empty();
        home.tell(&["import", "bundle", concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo/northlight.jsonl")]);
        home
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.0.path().join("work.db")
    }

    fn environment(&self) -> Vec<(&'static str, OsString)> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        vec![
            ("HOME", self.0.path().into()),
            ("PATH", path),
            ("ROLECALL_DB", self.database().into()),
            ("TERM", "xterm-256color".into()),
            ("LANG", "C.UTF-8".into()),
        ]
    }

    /// Runs a verb.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::new(PROGRAM);
        command.args(args).env_clear().envs(self.environment()).current_dir(self.0.path()).stdin(Stdio::null());
        command.output().unwrap()
    }

    /// Runs a verb that must succeed; its answer.
    #[track_caller]
    pub(crate) fn tell(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {said}{}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stdout).unwrap()
    }

    #[track_caller]
    pub(crate) fn json(&self, args: &[&str]) -> serde_json::Value {
        serde_json::from_str(&self.tell(&[args, &["--format", "json"]].concat())).unwrap()
    }

    /// How many steps the journal holds.
    pub(crate) fn entries(&self) -> usize {
        self.tell(&["journal", "--limit", "1000", "--format", "csv"]).lines().count() - 1
    }

    /// The screens, about to be opened.
    pub(crate) fn screens(&self) -> Start<'_> {
        Start { home: self, size: (140, 50), env: self.environment(), args: Vec::new(), shell: None }
    }
}

/// How the screens are opened.
pub(crate) struct Start<'a> {
    home: &'a Home,
    size: (u16, u16),
    env: Vec<(&'static str, OsString)>,
    args: Vec<&'a str>,
    shell: Option<&'a str>,
}

impl<'a> Start<'a> {
    pub(crate) fn size(self, columns: u16, rows: u16) -> Start<'a> {
        Start { size: (columns, rows), ..self }
    }

    /// Sets a variable; without a value, takes it away.
    pub(crate) fn env(mut self, name: &'static str, value: Option<&str>) -> Start<'a> {
        self.env.retain(|(it, _)| *it != name);
        self.env.extend(value.map(|it| (name, OsString::from(it))));
        self
    }

    pub(crate) fn args(self, args: &[&'a str]) -> Start<'a> {
        Start { args: args.to_vec(), ..self }
    }

    /// Runs this script instead, in which `"$@"` is the program.
    pub(crate) fn shell(self, script: &'a str) -> Start<'a> {
        Start { shell: Some(script), ..self }
    }

    pub(crate) fn open(self) -> Terminal {
        let (columns, rows) = self.size;
        let pair = native_pty_system().openpty(pty_size(columns, rows)).unwrap();
        let mut command = match self.shell {
            Some(script) => {
                let mut shell = CommandBuilder::new("/bin/sh");
                shell.args(["-c", script, "sh", PROGRAM]);
                shell
            }
            None => CommandBuilder::new(PROGRAM),
        };
        command.args(&self.args);
        command.env_clear();
        for (name, value) in &self.env {
            command.env(name, value);
        }
        // It would start in $HOME anyway, but only where that is set.
        command.cwd(self.home.0.path());
        let mut child = pair.slave.spawn_command(command).unwrap();
        // As long as this side of the line is open here too, its end is never seen.
        drop(pair.slave);
        let pid = Pid::from_raw(i32::try_from(child.process_id().unwrap()).unwrap()).unwrap();
        let shared = Arc::new(Shared {
            seen: Mutex::new(Seen { parser: parser(columns, rows), bytes: Vec::new(), exit: None, is_leaving: false }),
            changed: Condvar::new(),
        });
        let waiting = Arc::clone(&shared);
        thread::spawn(move || {
            let code = child.wait().unwrap().exit_code();
            waiting.seen.lock().unwrap().exit = Some(code);
            waiting.changed.notify_all();
        });
        let listening = Arc::clone(&shared);
        let mut output = pair.master.try_clone_reader().unwrap();
        let reader = thread::spawn(move || listening.listen(&mut output));
        let writer = pair.master.take_writer().unwrap();
        Terminal { shared, pid, master: Some(pair.master), writer: Some(writer), reader: Some(reader) }
    }
}

fn pty_size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn at_least_one(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).unwrap_or(NonZeroU16::MIN)
}

fn parser(columns: u16, rows: u16) -> vt100::Parser {
    vt100::Parser::new(at_least_one(rows), at_least_one(columns), 0)
}

struct Seen {
    parser: vt100::Parser,
    bytes: Vec<u8>,
    exit: Option<u32>,
    is_leaving: bool,
}

struct Shared {
    seen: Mutex<Seen>,
    changed: Condvar,
}

impl Shared {
    fn listen(&self, output: &mut dyn Read) {
        let mut piece = [0; 1 << 14];
        while let Ok(n @ 1..) = output.read(&mut piece) {
            let mut seen = self.seen.lock().unwrap();
            seen.bytes.extend(&piece[..n]);
            seen.parser.process(&piece[..n]);
            self.changed.notify_all();
            if seen.is_leaving {
                return;
            }
        }
    }

    /// Waits until `found` answers; `None` at the limit, or where the program ended and it never will.
    fn wait<T>(&self, mut found: impl FnMut(&Seen) -> Option<T>) -> Option<T> {
        let end = Instant::now() + LIMIT;
        let mut seen = self.seen.lock().unwrap();
        loop {
            if let Some(it) = found(&seen) {
                return Some(it);
            }
            let left = end.saturating_duration_since(Instant::now());
            // What it wrote last may still be on its way here when it has ended.
            let left = if seen.exit.is_some() { left.min(Duration::from_secs(1)) } else { left };
            let (again, waited) = self.changed.wait_timeout(seen, left).unwrap();
            seen = again;
            if waited.timed_out() {
                return found(&seen);
            }
        }
    }
}

/// An open terminal with the program in it.
pub(crate) struct Terminal {
    shared: Arc<Shared>,
    pid: Pid,
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    reader: Option<JoinHandle<()>>,
}

impl Terminal {
    /// Types.
    pub(crate) fn press(&mut self, keys: &str) {
        let writer = self.writer.as_mut().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    /// Waits for a screen that is as wanted; that screen.
    #[track_caller]
    pub(crate) fn wait(&self, what: &str, wanted: impl Fn(&Screen) -> bool) -> Screen {
        let found = self.shared.wait(|seen| Some(Screen::of(seen)).filter(|it| wanted(it)));
        found.unwrap_or_else(|| panic!("never saw {what}; exit {:?}; the screen is\n{}", self.exit_code(), self.screen().text()))
    }

    /// Types, then waits.
    #[track_caller]
    pub(crate) fn then(&mut self, keys: &str, what: &str, wanted: impl Fn(&Screen) -> bool) -> Screen {
        self.press(keys);
        self.wait(what, wanted)
    }

    pub(crate) fn screen(&self) -> Screen {
        Screen::of(&self.shared.seen.lock().unwrap())
    }

    /// Everything that was written to the terminal so far.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.shared.seen.lock().unwrap().bytes.clone()
    }

    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        // A fresh screen: what a terminal keeps of the old one is its own affair.
        let mut seen = self.shared.seen.lock().unwrap();
        seen.parser.set_size(at_least_one(rows), at_least_one(columns));
        self.master.as_ref().unwrap().resize(pty_size(columns, rows)).unwrap();
    }

    fn exit_code(&self) -> Option<u32> {
        self.shared.seen.lock().unwrap().exit
    }

    /// Waits for the end of the program.
    #[track_caller]
    pub(crate) fn ended(&self) -> u32 {
        let code = self.shared.wait(|seen| seen.exit);
        code.unwrap_or_else(|| panic!("it goes on; the screen is\n{}", self.screen().text()))
    }

    pub(crate) fn kill(&self, signal: Signal) {
        rustix::process::kill_process(self.pid, signal).unwrap();
    }

    /// Waits until the program has stopped, as the shell sees it.
    #[track_caller]
    pub(crate) fn stopped(&self) {
        let (done, stopped) = mpsc::channel();
        let pid = self.pid;
        thread::spawn(move || {
            let it = rustix::process::waitid(WaitId::Pid(pid), WaitIdOptions::STOPPED);
            done.send(matches!(it, Ok(Some(status)) if status.stopped()))
        });
        assert_eq!(stopped.recv_timeout(LIMIT), Ok(true), "it never stopped\n{}", self.screen().text());
    }

    /// Whether the terminal's driver edits lines, as a shell expects to find it.
    pub(crate) fn is_cooked(&self) -> bool {
        const ICANON: u32 = 0o2;
        let modes = self.master.as_ref().unwrap().get_termios().unwrap();
        modes.local_flags.bits() & ICANON != 0
    }

    /// Drops the line, as a lost connection does.
    pub(crate) fn hang_up(&mut self) {
        // The reader holds the line too, and lets go after the next bytes: a redraw.
        self.shared.seen.lock().unwrap().is_leaving = true;
        self.press("\x0c");
        self.reader.take().unwrap().join().unwrap();
        self.writer = None;
        self.master = None;
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if self.exit_code().is_none() {
            let _ = rustix::process::kill_process(self.pid, Signal::KILL);
        }
    }
}

/// Whether the last that was written is that the cursor is to be seen, and where, or that it is not.
fn ends_a_frame(bytes: &[u8]) -> bool {
    let place = |bytes: &[u8]| bytes.strip_suffix(b"H").is_some_and(|it| it.iter().all(|it| it.is_ascii_digit() || *it == b';'));
    let shown = bytes.windows(6).rposition(|it| it == b"\x1b[?25h").map(|at| &bytes[at + 6..]);
    bytes.ends_with(b"\x1b[?25l") || shown.and_then(|it| it.strip_prefix(b"\x1b[")).is_some_and(place)
}

/// What stands on the screen at one moment.
pub(crate) struct Screen {
    rows: Vec<String>,
    pub(crate) cells: vt100::Screen,
    /// Nothing of a frame is still to come: where the cursor stands is its last word.
    pub(crate) is_whole: bool,
}

impl Screen {
    fn of(seen: &Seen) -> Screen {
        let cells = seen.parser.screen().clone();
        let (_, columns) = cells.size();
        let rows = cells.rows(0, columns.get()).collect();
        Screen { rows, cells, is_whole: ends_a_frame(&seen.bytes) }
    }

    pub(crate) fn text(&self) -> String {
        self.rows.join("\n")
    }

    pub(crate) fn rows(&self) -> &[String] {
        &self.rows
    }

    pub(crate) fn has(&self, text: &str) -> bool {
        self.rows.iter().any(|it| it.contains(text))
    }

    /// Whether one row has all of these.
    pub(crate) fn has_row(&self, parts: &[&str]) -> bool {
        self.rows.iter().any(|row| parts.iter().all(|it| row.contains(it)))
    }

    /// Whether the pane with this title has the focus.
    pub(crate) fn is_on(&self, title: &str) -> bool {
        self.has(&format!("━ {title}"))
    }

    /// What stands in the window on top, its title in the first row; nothing where none is open.
    pub(crate) fn window(&self) -> Vec<String> {
        let (rows, columns) = self.cells.size();
        let all = (0..rows.get()).flat_map(|row| (0..columns.get()).map(move |column| (row, column)));
        let is_corner = |shape: &str, (row, column)| self.cells.cell(row, column).is_some_and(|it| it.contents() == shape);
        let [first, last] = ["╭", "╯"].map(|shape| all.clone().find(|at| is_corner(shape, *at)));
        let (Some((top, left)), Some((bottom, right))) = (first, last) else { return Vec::new() };
        self.cells.rows(left, right - left + 1).skip(top.into()).take(usize::from(bottom - top) + 1).collect()
    }

    /// Whether a window is open and has this text.
    pub(crate) fn window_has(&self, text: &str) -> bool {
        self.window().iter().any(|it| it.contains(text))
    }

    /// The first cell of the matrix in the row of this label: its shape, and who did it.
    pub(crate) fn mark(&self, label: &str) -> Option<String> {
        // A long label is cut.
        let start: String = label.chars().take(21).collect();
        self.rows.iter().find_map(|row| {
            let (_, rest) = row.split_once(&start)?;
            let rest = if start.len() < label.len() { rest.split_once(' ')?.1 } else { rest };
            rest.split_whitespace().map(|it| it.trim_matches(['[', ']'])).find(|it| is_mark(it)).map(str::to_owned)
        })
    }

    pub(crate) fn is_marked(&self, label: &str, mark: &str) -> bool {
        self.mark(label).as_deref() == Some(mark)
    }
}

fn is_mark(word: &str) -> bool {
    let mut chars = word.chars();
    let shape = chars.next().is_some_and(|it| "●○·◐■╳╌Xx.~=/_".contains(it));
    let who = chars.next().is_none_or(|it| "+−-&?o!^".contains(it));
    shape && who && chars.next().is_none()
}
