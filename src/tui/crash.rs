//! When the program breaks: the terminal goes back, the draft is kept, and a file says what happened.

use std::backtrace::Backtrace;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use std::sync::{Once, mpsc};
use std::thread;
use std::time::Duration;

use etcetera::BaseStrategy;

use super::Clock;
use super::session::Keeper;

/// The exit code of a program that broke.
const BROKEN: i32 = 101;
/// The draft gets no longer than this: what broke may hold what writes it.
const PATIENCE: Duration = Duration::from_millis(500);

/// From now on whatever breaks goes through `give_back` first. Wherever it happens, the program ends.
pub(super) fn prepare(keeper: Keeper, give_back: fn()) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let (before, main) = (std::panic::take_hook(), thread::current().id());
        std::panic::set_hook(Box::new(move |panic| {
            give_back();
            let kept = keep(keeper.clone());
            let written = folder().and_then(|it| write(&it, &report(panic)));
            // Without a file what is known goes to the terminal.
            if written.is_none() {
                before(panic);
            }
            let _ = writeln!(io::stderr(), "{}", sentence(kept, written.as_deref()));
            // Screens that have lost the terminal, or who works for them, are of no use.
            if thread::current().id() != main {
                std::process::exit(BROKEN);
            }
        }));
    });
}

/// Breaks, or is busy for ever, to see what becomes of it: there is no such thing in a program that is shipped.
#[cfg(debug_assertions)]
pub(super) fn rehearse(key: &crossterm::event::KeyEvent) {
    let asked = super::keymap::chord(key).filter(|_| std::env::var_os("ROLECALL_REHEARSE").is_some());
    assert!(asked.as_deref() != Some("f12"), "a rehearsal");
    if asked.as_deref() == Some("f11") {
        let _ = write!(io::stdout(), "\x1b[Hbusy for ever").and_then(|()| io::stdout().flush());
        loop {
            thread::park();
        }
    }
}

/// Whether the draft is kept.
fn keep(keeper: Keeper) -> bool {
    let (done, waiting) = mpsc::channel();
    thread::spawn(move || done.send(keeper.keep().is_ok()));
    waiting.recv_timeout(PATIENCE).unwrap_or(false)
}

fn folder() -> Option<PathBuf> {
    Some(etcetera::choose_base_strategy().ok()?.state_dir()?.join("rolecall"))
}

/// What it takes to find the fault: which program, where, what, by which way.
fn report(panic: &PanicHookInfo<'_>) -> String {
    let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    let payload = panic.payload();
    let message = payload.downcast_ref::<&str>().copied().or(payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
    let at = Clock::of_machine().to_rfc3339();
    let (version, system, machine) = (env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH);
    format!("rolecall {version} on {system} {machine}\n{at}\nat {place}\n{message}\n\n{}", Backtrace::force_capture())
}

/// Writes it into a file of its own, for the user alone.
fn write(folder: &Path, report: &str) -> Option<PathBuf> {
    let file = folder.join(format!("crash-{}.txt", Clock::of_machine().format("%Y%m%dT%H%M%S%6f")));
    fs::create_dir_all(folder).ok()?;
    let mut open = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file).ok()?;
    open.write_all(report.as_bytes()).ok()?;
    Some(file)
}

fn sentence(kept: bool, written: Option<&Path>) -> String {
    let draft = if kept { "your unsaved changes are kept for the next start" } else { "your unsaved changes could not be kept" };
    let file = written.map_or_else(String::new, |it| format!("; what happened stands in {}", it.display()));
    format!("rolecall broke, which is a fault of the program: {draft}{file}")
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_report_is_a_file_of_ones_own_and_the_sentence_names_it() {
        let folder = TempDir::new().unwrap();
        let file = write(&folder.path().join("state"), "what happened").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "what happened");
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
        let said = sentence(true, Some(&file));
        assert!(said.contains("are kept") && said.ends_with(&file.display().to_string()), "{said}");
    }

    #[test]
    fn where_no_file_can_be_written_the_sentence_names_none() {
        assert_eq!(write(Path::new("/proc/none"), "what happened"), None);
        let said = sentence(false, None);
        assert!(said.contains("could not be kept") && !said.contains("stands in"), "{said}");
    }
}
