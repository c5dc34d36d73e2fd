//! The terminal: taking it, giving it back in every case, and the loop between.
//!
//! One frame a batch of input, nothing drawn when nothing changed. A thread of its own
//! watches for a line that drops and for signals: it keeps the draft and ends the process,
//! whatever the loop is doing. Another hears Ctrl-c while the loop is busy.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, IsTerminal, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute};
use ratatui::Terminal;
use ratatui::layout::{Position, Rect, Size};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::iterator::Signals;

use super::Clock;
use super::app::{App, Wish};
use super::crash;
use super::decoder::{Decoder, Input};
use super::diff::{DiffBackend, drawn_of};
use super::links::{self, Links};
use super::outside;
use super::session::Keeper;

type Screen = Terminal<DiffBackend<Ink>>;

/// How often the loop looks at the clock, the file and the signals when no key comes.
const TICK: Duration = Duration::from_millis(250);
/// The same while an answer is on its way.
const SOON: Duration = Duration::from_millis(15);

const DROPPED: PollFlags = PollFlags::HUP.union(PollFlags::ERR).union(PollFlags::NVAL);
/// The exit code of a program whose line dropped.
const HUNG_UP: u8 = 129;
/// The same of one that was ended by Ctrl-c while it was busy, and the bytes that end it.
const INTERRUPTED: i32 = 128 + SIGINT;
const TWICE: &[u8] = &[3, 3];

/// Presses and the wheel, where they are in numbers: nothing of a mouse that only moves.
const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1000l";

/// Asks whether the terminal shows a frame at once: the answer comes among the keys, or never.
const ASK_FRAMES: &[u8] = b"\x1b[?2026$p";
const FRAME_BEGINS: &[u8] = b"\x1b[?2026h";
const FRAME_ENDS: &[u8] = b"\x1b[?2026l";
/// What is shorter is on the screen at once anyway.
const LONG_FRAME: usize = 1000;

/// Asks what colour the background has: the answer comes among the keys, or never.
const ASK_GROUND: &[u8] = b"\x1b]11;?\x07";
/// The title is laid aside, and put back.
const KEEP_TITLE: &[u8] = b"\x1b[22;2t";
const TITLE_BACK: &[u8] = b"\x1b[23;2t";

/// Whether there is a title of ours.
static TITLED: AtomicBool = AtomicBool::new(false);
/// Whether the terminal was asked to tell of the mouse.
static MOUSE: AtomicBool = AtomicBool::new(false);
/// Whether somebody else has the terminal: the user's editor.
static OUTSIDE: AtomicBool = AtomicBool::new(false);
static SUSPEND: AtomicBool = AtomicBool::new(false);
static RESUMED: AtomicBool = AtomicBool::new(false);

/// Why the screens cannot be shown here, if they cannot.
pub(super) fn obstacle() -> Option<&'static str> {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return Some("the screens need a terminal; for scripts there are verbs: rolecall --help");
    }
    let dumb = std::env::var_os("TERM").is_none_or(|it| it.is_empty() || it == "dumb");
    dumb.then_some("this terminal (TERM is dumb or not set) cannot show the screens; the verbs work here: rolecall --help")
}

/// Draws and listens until the user leaves.
pub(super) fn run(mut app: App, clock: Clock) -> Result<u8> {
    // crossterm would turn every colour change into a full reset under NO_COLOR, and
    // with it drop reverse and bold; the mono theme is how colour is left out here.
    crossterm::style::force_color_output(true);
    MOUSE.store(app.hears_mouse(), Ordering::Relaxed);
    enter().context("preparing the terminal")?;
    if knows_strings() {
        say(ASK_FRAMES)?;
        if app.asks_ground() {
            say(ASK_GROUND)?;
        }
    }
    crash::prepare(app.keeper(), leave);
    let outcome = watch(app.keeper()).and_then(|()| {
        let ink = Ink::default();
        let links = Links::default();
        let mut frame = Frame { ink: ink.clone(), is_whole: false, links: are_links_known().then(|| links.clone()) };
        cycle(&mut Terminal::new(DiffBackend::new(ink, links))?, &mut frame, &mut app, clock)
    });
    let kept = app.keep();
    leave();
    say_unkept(&kept);
    match outcome {
        // The loop may stumble over the dropped line before the watch sees it.
        Err(_) if line_is_dropped() => Ok(HUNG_UP),
        outcome => outcome.map(|()| 0),
    }
}

fn line_is_dropped() -> bool {
    let stdin = io::stdin();
    // No event is asked for: hang-up and error are reported all the same.
    let mut watched = [PollFd::new(&stdin, PollFlags::empty())];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    let told = poll(&mut watched, Some(&now)).is_ok() && watched[0].revents().intersects(DROPPED);
    told || rustix::termios::tcgetattr(stdin.as_fd()).is_err()
}

/// What was drawn and not shown yet.
#[derive(Clone, Default)]
struct Ink(Rc<RefCell<Vec<u8>>>);

impl Write for Ink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend(bytes);
        Ok(bytes.len())
    }

    /// Cells, and then where the cursor is: all of it waits for the end of the frame.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Shows what was drawn, a frame at once where the terminal can.
struct Frame {
    ink: Ink,
    /// Whether the terminal waits for the end of a frame.
    is_whole: bool,
    /// Where links are put down, if the terminal knows any.
    links: Option<Links>,
}

impl Frame {
    fn show(&self, terminal: &mut impl Write) -> io::Result<()> {
        let drawn = self.ink.0.take();
        if self.is_whole && drawn.len() > LONG_FRAME {
            terminal.write_all(&[FRAME_BEGINS, &drawn, FRAME_ENDS].concat())?;
        } else {
            terminal.write_all(&drawn)?;
        }
        terminal.flush()
    }
}

/// The terminal's bytes while the loop is busy: somebody else listens then, for the keys that end it.
struct Overheard {
    /// Since when the loop does not listen.
    busy: Option<Instant>,
    bytes: Vec<u8>,
}

static OVERHEARD: Mutex<Overheard> = Mutex::new(Overheard { busy: None, bytes: Vec::new() });
static TURNS_BUSY: Condvar = Condvar::new();

/// How long the loop may be busy before somebody else listens.
const BUSY: Duration = Duration::from_millis(250);

fn overheard() -> MutexGuard<'static, Overheard> {
    OVERHEARD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The loop listens from now on; what came while it did not.
fn listens() -> Vec<u8> {
    let mut overheard = overheard();
    overheard.busy = None;
    std::mem::take(&mut overheard.bytes)
}

/// The loop listens no more, until it is done with what it heard.
fn turns_busy() {
    overheard().busy = Some(Instant::now());
    TURNS_BUSY.notify_one();
}

/// Ends the program where Ctrl-c is pressed twice while the loop is busy; whatever else comes is kept for the loop.
// INVARIANT: who reads the terminal holds the lock or is the loop that listens, so that no two read at a time.
fn overhear(keeper: &Keeper) {
    let mut waiting = overheard();
    let mut buffer = vec![0; 1 << 12];
    loop {
        waiting = TURNS_BUSY.wait_while(waiting, |it| it.busy.is_none()).unwrap_or_else(PoisonError::into_inner);
        let since = waiting.busy;
        waiting = TURNS_BUSY.wait_timeout_while(waiting, BUSY, |it| it.busy == since).unwrap_or_else(PoisonError::into_inner).0;
        if waiting.busy != since {
            continue;
        }
        let stdin = io::stdin();
        let mut watched = [PollFd::new(&stdin, PollFlags::IN)];
        let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
        let is_there = poll(&mut watched, Some(&at_once)).is_ok() && watched[0].revents().contains(PollFlags::IN);
        if let Some(n) = is_there.then(|| rustix::io::read(&stdin, &mut *buffer).ok()).flatten() {
            waiting.bytes.extend(&buffer[..n]);
        }
        if waiting.bytes.ends_with(TWICE) {
            drop(waiting);
            return end(keeper, INTERRUPTED, true);
        }
    }
}

/// What the loop listens to: the terminal's bytes, and word of a new size.
struct Ear {
    decoder: Decoder,
    resized: UnixStream,
    buffer: Vec<u8>,
}

/// What was heard.
enum Heard {
    Nothing,
    Resized,
    Input(Vec<Input>),
}

impl Ear {
    fn new() -> Result<Ear> {
        let (resized, teller) = UnixStream::pair()?;
        resized.set_nonblocking(true)?;
        signal_hook::low_level::pipe::register(SIGWINCH, teller)?;
        Ok(Ear { decoder: Decoder::new(Instant::now()), resized, buffer: vec![0; 1 << 16] })
    }

    /// Waits for something, so long at most.
    fn listen(&mut self, patience: Duration) -> Result<Heard> {
        let early = listens();
        let heard = if early.is_empty() { self.hear(patience) } else { Ok(Heard::Input(self.decoder.take(&early, Instant::now()))) };
        turns_busy();
        heard
    }

    fn hear(&mut self, patience: Duration) -> Result<Heard> {
        let open = self.decoder.patience(Instant::now());
        let patience = patience.min(open.unwrap_or(patience));
        let stdin = io::stdin();
        let [typed, resized] = ready([stdin.as_fd(), self.resized.as_fd()], patience)?;
        if resized {
            while matches!(rustix::io::read(&self.resized, &mut *self.buffer), Ok(1..)) {}
            return Ok(Heard::Resized);
        }
        if !typed {
            return Ok(match self.decoder.give_up(Instant::now()) {
                late if late.is_empty() => Heard::Nothing,
                late => Heard::Input(late),
            });
        }
        match rustix::io::read(&stdin, &mut *self.buffer) {
            Ok(0) => anyhow::bail!("the terminal is gone"),
            Ok(n) => Ok(Heard::Input(self.decoder.take(&self.buffer[..n], Instant::now()))),
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => Ok(Heard::Nothing),
            Err(error) => Err(error).context("reading the terminal"),
        }
    }
}

/// Which of the two can be read from, after so long at most.
fn ready(watched: [BorrowedFd<'_>; 2], patience: Duration) -> Result<[bool; 2]> {
    let mut polled = watched.map(|it| PollFd::from_borrowed_fd(it, PollFlags::IN));
    match poll(&mut polled, Some(&Timespec::try_from(patience)?)) {
        Ok(_) => Ok(polled.map(|it| !it.revents().is_empty())),
        // A signal came. What is there already is still heard before the loop looks around.
        Err(rustix::io::Errno::INTR) if patience.is_zero() => Ok([false; 2]),
        Err(rustix::io::Errno::INTR) => ready(watched, Duration::ZERO),
        Err(error) => Err(error).context("waiting for the terminal"),
    }
}

fn cycle(screen: &mut Screen, frame: &mut Frame, app: &mut App, clock: Clock) -> Result<()> {
    // Before the first look at the size: no change of it may fall between.
    let mut ear = Ear::new()?;
    let mut heard = VecDeque::new();
    let mut title = String::new();
    app.resize(window()?);
    loop {
        if app.prepare() {
            entitle(&mut title, app.title())?;
            screen.draw(|canvas| {
                app.draw(canvas);
                frame.links.iter().for_each(|it| it.set(app.links()));
            })?;
            frame.show(&mut io::stdout())?;
        }
        hear_mouse(app.hears_mouse())?;
        // After the frame: what is kept is on the disk before the next key is heard, and no key waits for it.
        app.keep_noted();
        match app.wish() {
            Wish::None => {}
            Wish::Quit => return Ok(()),
            Wish::Redraw => repaint(screen, app)?,
            Wish::Suspend => suspend(screen, app)?,
            Wish::Edit => go_outside(screen, app, &mut ear, &mut heard)?,
        }
        if app.wish() != Wish::None {
            app.granted();
            continue;
        }
        let mut patience = if app.is_waiting() { SOON } else { TICK }.min(app.rests_in().unwrap_or(TICK));
        // Everything that is there already makes one frame.
        while app.wish() == Wish::None {
            match heard.pop_front() {
                Some(Input::Key(key)) => {
                    #[cfg(debug_assertions)]
                    crash::rehearse(&key);
                    app.key(&key, clock.now());
                }
                Some(Input::KnowsFrames) => frame.is_whole = true,
                Some(Input::Paste(text)) => app.paste(&text),
                Some(Input::Ground(is_light)) => app.ground(is_light, clock.now()),
                Some(Input::Point(it)) => app.point(it, clock.now()),
                None => match ear.listen(patience)? {
                    Heard::Nothing => break,
                    Heard::Resized => adapt(screen, app, window()?)?,
                    Heard::Input(inputs) => heard.extend(inputs),
                },
            }
            patience = Duration::ZERO;
        }
        app.tick(clock.now());
        if SUSPEND.swap(false, Ordering::Relaxed) {
            suspend(screen, app)?;
        }
        if RESUMED.swap(false, Ordering::Relaxed) {
            repaint(screen, app)?;
        }
    }
}

// `Terminal::clear` asks the terminal where its cursor is and waits for the answer; a
// resize to the same size clears without a question.
fn repaint(screen: &mut Screen, app: &mut App) -> Result<()> {
    adapt(screen, app, window()?)
}

fn adapt(screen: &mut Screen, app: &mut App, window: Size) -> Result<()> {
    screen.resize(Rect::from((Position::ORIGIN, drawn_of(window))))?;
    app.resize(window);
    Ok(())
}

fn window() -> io::Result<Size> {
    crossterm::terminal::size().map(Size::from)
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, Clear(ClearType::All), EnableBracketedPaste, cursor::Hide)?;
    if MOUSE.load(Ordering::Relaxed) { say(MOUSE_ON) } else { Ok(()) }
}

/// Asks the terminal to tell of the mouse from now on, or no more.
fn hear_mouse(is_heard: bool) -> io::Result<()> {
    if MOUSE.swap(is_heard, Ordering::Relaxed) == is_heard {
        return Ok(());
    }
    say(if is_heard { MOUSE_ON } else { MOUSE_OFF })
}

/// Gives the terminal back as it was. Safe to call twice, and from any thread.
fn leave() {
    if MOUSE.load(Ordering::Relaxed) {
        let _ = say(MOUSE_OFF);
    }
    if TITLED.swap(false, Ordering::Relaxed) {
        let _ = say(TITLE_BACK);
    }
    let _ = execute!(io::stdout(), DisableBracketedPaste, cursor::Show, LeaveAlternateScreen);
    let _ = disable_raw_mode();
}

/// Whether a string to the terminal itself is one for it, and not letters on the screen.
fn knows_strings() -> bool {
    let term = std::env::var("TERM").unwrap_or_default();
    !["linux", "vt", "cons", "wsvt"].iter().any(|it| term.starts_with(it))
}

/// Whether it opens links, as far as that is known.
fn are_links_known() -> bool {
    knows_strings() && links::are_known(|name| std::env::var(name).ok())
}

/// Says where one is in the terminal's title, where it says something else.
fn entitle(shown: &mut String, title: String) -> io::Result<()> {
    if *shown == title || !knows_strings() {
        return Ok(());
    }
    if !TITLED.swap(true, Ordering::Relaxed) {
        say(KEEP_TITLE)?;
    }
    say(format!("\x1b]2;{title}\x07").as_bytes())?;
    *shown = title;
    Ok(())
}

fn say(sequence: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout();
    stdout.write_all(sequence)?;
    stdout.flush()
}

fn suspend(screen: &mut Screen, app: &mut App) -> Result<()> {
    app.keep_noted();
    // Whoever is stopped keeps nobody waiting.
    app.stop_waiting();
    leave();
    // Nobody listens while it is stopped; what came before is for the loop.
    overheard().busy = None;
    signal_hook::low_level::emulate_default_handler(SIGTSTP)?;
    enter()?;
    entitle(&mut String::new(), app.title())?;
    repaint(screen, app)
}

/// Gives the terminal to the user's editor, and takes it back.
fn go_outside(screen: &mut Screen, app: &mut App, ear: &mut Ear, heard: &mut VecDeque<Input>) -> Result<()> {
    app.keep_noted();
    // Whoever is away keeps nobody waiting.
    app.stop_waiting();
    // From here on nobody else reads the terminal; what came before is for the loop.
    heard.extend(ear.decoder.take(&listens(), Instant::now()));
    leave();
    OUTSIDE.store(true, Ordering::Relaxed);
    let edited = outside::edit(app.outside());
    OUTSIDE.store(false, Ordering::Relaxed);
    enter()?;
    entitle(&mut String::new(), app.title())?;
    app.edited(edited);
    repaint(screen, app)
}

/// Watches for signals and for a line that drops; keeps the draft and ends the process.
fn watch(keeper: Keeper) -> Result<()> {
    let mut signals = Signals::new([SIGHUP, SIGTERM, SIGINT, SIGQUIT, SIGTSTP, SIGCONT])?;
    let (on_signal, on_keys) = (keeper.clone(), keeper.clone());
    std::thread::Builder::new().name("keys".to_owned()).spawn(move || overhear(&on_keys))?;
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for signal in signals.forever() {
            match signal {
                // What is typed in an editor is for that one; whoever stops it stops both.
                SIGINT | SIGQUIT if OUTSIDE.load(Ordering::Relaxed) => {}
                SIGTSTP if OUTSIDE.load(Ordering::Relaxed) => drop(signal_hook::low_level::emulate_default_handler(SIGTSTP)),
                SIGTSTP => SUSPEND.store(true, Ordering::Relaxed),
                SIGCONT => RESUMED.store(true, Ordering::Relaxed),
                SIGHUP => end(&on_signal, HUNG_UP.into(), false),
                other => end(&on_signal, 128 + other, true),
            }
        }
    })?;
    std::thread::Builder::new().name("line".to_owned()).spawn(move || {
        let stdin = io::stdin();
        loop {
            // No event is asked for: hang-up and error are reported all the same.
            let mut watched = [PollFd::new(&stdin, PollFlags::empty())];
            let dropped = poll(&mut watched, None).is_ok() && watched[0].revents().intersects(DROPPED);
            if dropped || rustix::termios::tcgetattr(stdin.as_fd()).is_err() {
                end(&keeper, HUNG_UP.into(), false);
            }
        }
    })?;
    Ok(())
}

/// Whoever could not be asked any more is told at least.
fn say_unkept(kept: &Result<()>) {
    if let Err(error) = kept {
        let _ = writeln!(io::stderr(), "rolecall: the unsaved changes are lost, as they could not be kept: {error:#}");
    }
}

fn end(keeper: &Keeper, code: i32, restore: bool) {
    let kept = keeper.keep();
    if restore {
        // The terminal may not be reading: half a second is all it gets.
        let (done, waiting) = std::sync::mpsc::channel();
        let restoring = std::thread::spawn(move || {
            leave();
            let _ = io::stdout().flush();
            say_unkept(&kept);
            done.send(())
        });
        let _ = waiting.recv_timeout(Duration::from_millis(500));
        drop(restoring);
    }
    std::process::exit(code);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(is_whole: bool, drawn: usize, around: usize) {
        let frame = Frame { ink: Ink::default(), is_whole, links: None };
        frame.ink.clone().write_all(&vec![b'x'; drawn]).unwrap();
        let mut shown = Vec::new();
        frame.show(&mut shown).unwrap();
        assert_eq!((shown.len(), shown.starts_with(FRAME_BEGINS), shown.ends_with(FRAME_ENDS)), (drawn + around, around > 0, around > 0));
        frame.show(&mut shown).unwrap();
        assert_eq!(shown.len(), drawn + around, "nothing is shown twice");
    }

    #[test]
    fn a_long_frame_is_shown_at_once_where_the_terminal_can_and_a_short_one_costs_nothing_more() {
        check(true, 1001, 16);
        check(true, 1000, 0);
        check(false, 5000, 0);
        check(true, 0, 0);
    }
}
