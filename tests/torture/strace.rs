//! Runs the program under `strace`, which names every system call and can make one fail.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use super::home::Home;
use super::within;

/// Where `strace` is and works; else says why the test is skipped.
pub(super) fn find(test: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path).map(|it| it.join("strace")).find(|it| it.is_file());
    let works = |it: &PathBuf| Command::new(it).args(["-f", "-o", "/dev/null", "true"]).output().is_ok_and(|it| it.status.success());
    match found {
        Some(strace) if works(&strace) => return Some(strace),
        Some(_) => println!("{test}: skipped, strace may not trace here"),
        None => println!("{test}: skipped, there is no strace (apt-get install strace)"),
    }
    None
}

/// The program with these arguments under `strace` with these options, its record in `trace`.
/// `None` where it hangs.
pub(super) fn run(strace: &Path, home: &Home, options: &[String], args: &[&str]) -> Option<Output> {
    let mut command = Command::new(strace);
    command.args(["-f", "-qq", "-o", &home.path("trace")]).args(options).arg(env!("CARGO_BIN_EXE_rolecall")).args(args);
    command.env_clear().env("HOME", home.0.path()).env("ROLECALL_DB", home.path("work.db")).env("LANG", "C.UTF-8");
    within(command.current_dir(home.0.path()), Duration::from_secs(60))
}

/// The calls of a record, each as its name and the rest of its line.
pub(super) fn calls(trace: &str) -> Vec<(&str, &str)> {
    let call = |line| {
        let line: &str = line;
        let line = line.trim_start_matches(|it: char| it.is_ascii_digit()).trim_start();
        let (name, rest) = line.split_once('(')?;
        name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_').then_some((name, rest))
    };
    trace.lines().filter_map(call).collect()
}
