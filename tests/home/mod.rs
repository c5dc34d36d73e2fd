//! The program as it is run: a home of its own, arguments in, text and exit code out.
#![allow(dead_code, reason = "each test file uses its part")]

use std::io::Write;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

pub(crate) const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo/northlight.jsonl");

/// A home of its own with, or without, a workspace in it.
pub(crate) struct Home(pub(crate) TempDir);

impl Home {
    pub(crate) fn empty() -> Home {
        Home(TempDir::new().unwrap())
    }

    pub(crate) fn demo() -> Home {
        let home = Home::empty();
        home.check(&["import", "bundle", DEMO], "folders: 4 added, 0 changed, 0 the same", 0);
        home
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rolecall"));
        command.args(args).env_clear().env("HOME", self.0.path()).env("ROLECALL_DB", self.path("work.db")).env("LANG", "C.UTF-8");
        command.current_dir(self.0.path());
        command
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.command(args).stdin(Stdio::null()).output().unwrap()
    }

    pub(crate) fn feed(&self, args: &[&str], input: &str) -> Output {
        let mut child = self.command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Runs, expects the exit code and this text in the answer.
    #[track_caller]
    pub(crate) fn check(&self, args: &[&str], stdout: &str, exit: i32) -> String {
        let output = self.run(args);
        let answer = String::from_utf8(output.stdout).unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(exit), "{args:?}\n{answer}{said}");
        assert!(answer.contains(stdout), "{args:?}: no `{stdout}` in\n{answer}");
        answer
    }

    /// Runs, expects the exit code, nothing on stdout, this text on stderr.
    #[track_caller]
    pub(crate) fn refused(&self, args: &[&str], stderr: &str, exit: i32) {
        let output = self.run(args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(exit), "{args:?}\n{said}");
        assert!(said.contains(stderr), "{args:?}: no `{stderr}` in\n{said}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{args:?}");
    }

    pub(crate) fn entries(&self) -> usize {
        self.check(&["journal", "--limit", "1000", "--format", "csv"], "", 0).lines().count() - 1
    }
}
