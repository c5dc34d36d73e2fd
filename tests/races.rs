//! Many writers, and writers that die: nothing acknowledged is lost.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod world;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};

use rolecall::command::{Command, Error, Switch};
use rolecall::domain::builtin;
use rolecall::facts::Store;
use rolecall::store::journal::Head;
use world::{cmd, proven, run, run_all, take_in};

/// A file with a custom role that everybody will toggle.
fn file() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.db");
    let mut store = Store::create(&path).unwrap();
    take_in(&mut store, world::BUNDLE).unwrap();
    run_all(&mut store, &[r#"{"add":{"type":"role","key":"busy","name":"Busy","platform":"wordpress","level":"site"}}"#]);
    (folder, path)
}

/// Writer `n`'s own permission: one that requires nothing, so that no other toggle touches it.
fn permission(n: usize) -> String {
    let catalog = builtin::catalog("wordpress").unwrap();
    let free = catalog.ids().filter(|id| catalog.get(*id).requires.is_empty());
    free.map(|id| catalog.get(id).id.clone()).nth(n).unwrap()
}

/// Grants and revokes the writer's permission in turn, `times` over; each must find what it left.
fn write(path: &Path, n: usize, times: usize, mut each: impl FnMut(Head)) {
    let mut store = Store::open(path, false).unwrap();
    let policy = store.reader().policy(None).unwrap();
    let on = policy.find_role("busy").unwrap().role.permissions.contains(&permission(n));
    for turn in 0..times {
        let to = if (turn % 2 == 0) == on { Switch::Revoke } else { Switch::Grant };
        let receipt = run(&mut store, &Command::Toggle { role: "busy".to_owned(), permissions: vec![permission(n)], to }).unwrap();
        each(receipt.head.expect("somebody took a step back behind our back"));
    }
}

const FILE: &str = "ROLECALL_TEST_FILE";
const NUMBER: &str = "ROLECALL_TEST_NUMBER";
const TIMES: &str = "ROLECALL_TEST_TIMES";

/// This program once more, as a writer that prints `ok SEQ:HASH` after each commit.
fn spawn(path: &Path, n: usize, times: usize) -> Child {
    Process::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_writer_process", "--nocapture", "--quiet"])
        .env(FILE, path)
        .env(NUMBER, n.to_string())
        .env(TIMES, times.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The writer's side; without its file it has nothing to do.
#[test]
fn a_writer_process() {
    let Some(path) = std::env::var_os(FILE) else { return };
    let number = |name: &str| std::env::var(name).unwrap().parse().unwrap();
    write(Path::new(&path), number(NUMBER), number(TIMES), |head| {
        let mut out = std::io::stdout().lock();
        writeln!(out, "\nok {head}").unwrap();
        out.flush().unwrap();
    });
}

fn heads(out: impl std::io::Read) -> impl Iterator<Item = Head> {
    let lines = BufReader::new(out).lines().map_while(Result::ok);
    lines.filter_map(|line| line.strip_prefix("ok ").and_then(|it| it.parse().ok()))
}

fn last(path: &Path) -> i64 {
    Store::open(path, true).unwrap().reader().head().unwrap().unwrap().seq
}

#[test]
fn two_threads_lose_nothing() {
    let (_folder, path) = file();
    std::thread::scope(|scope| {
        for n in 0..2 {
            let path = path.as_path();
            scope.spawn(move || write(path, n, 200, |_| ()));
        }
    });
    assert_eq!(last(&path), 2 + 400);
    proven(&Store::open(&path, true).unwrap());
}

#[test]
fn eight_processes_lose_nothing_and_see_no_error() {
    let (_folder, path) = file();
    let writers: Vec<Child> = (0..8).map(|n| spawn(&path, n, 50)).collect();
    for writer in writers {
        let done = writer.wait_with_output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
        assert_eq!(heads(done.stdout.as_slice()).count(), 50);
    }
    assert_eq!(last(&path), 2 + 400);
    proven(&Store::open(&path, true).unwrap());
}

#[test]
fn a_killed_writer_loses_nothing_that_it_acknowledged() {
    let (_folder, path) = file();
    let (mut dice, mut total): (u32, usize) = (5, 0);
    for round in 0..100 {
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let before = last(&path);
        let mut writer = spawn(&path, 0, 1_000_000);
        let mut acknowledged: Vec<Head> = Vec::new();
        let mut told = heads(writer.stdout.take().unwrap());
        acknowledged.extend(told.by_ref().take((dice >> 29) as usize));
        // Somewhere within the next step, wherever that is.
        (0..dice >> 12).for_each(|_| std::hint::spin_loop());
        writer.kill().unwrap();
        acknowledged.extend(told);
        writer.wait().unwrap();
        let store = Store::open(&path, true).unwrap();
        for head in &acknowledged {
            assert_eq!(store.reader().entry(head.seq).unwrap().map(|it| it.head()), Some(*head), "round {round}");
        }
        total += acknowledged.len();
        let more = last(&path) - before - i64::try_from(acknowledged.len()).unwrap();
        assert!((0..=1).contains(&more), "round {round}: {more} steps more than acknowledged");
        if round % 10 == 9 {
            proven(&store);
        }
    }
    assert!(total > 100, "the writers hardly wrote: {total}");
}

#[test]
fn a_form_that_went_stale_in_another_window_is_refused() {
    let (_folder, path) = file();
    let (mut one, mut two) = (Store::open(&path, false).unwrap(), Store::open(&path, false).unwrap());
    let edit = |name: &str| {
        let row = |name: &str| format!(r#"{{"type":"person","email":"bo@nl.example","name":"{name}"}}"#);
        cmd(&format!(r#"{{"edit":{{"before":{},"after":{}}}}}"#, row("Bo"), row(name)))
    };
    let version = two.data_version().unwrap();
    run(&mut one, &edit("Bob")).unwrap();
    assert_ne!(two.data_version().unwrap(), version);
    let Err(Error::Refused(refusal)) = run(&mut two, &edit("Boris")) else { panic!("theirs was overwritten") };
    assert_eq!(refusal.to_string(), "the person bo@nl.example was changed by somebody else meanwhile; nothing was saved, look again");
    proven(&two);
}

#[test]
fn a_writer_gives_up_after_ten_seconds_and_says_so() {
    let (_folder, path) = file();
    let mut store = Store::open(&path, false).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = run(&mut store, &cmd(r#"{"ceiling":"relaxed"}"#)).unwrap_err().to_string();
    let expected = format!("{} has been written by another program for 10 s; nothing was saved, try again", path.display());
    assert!(error.starts_with(&expected), "{error}");
    other.execute_batch("ROLLBACK").unwrap();
    run_all(&mut store, &[r#"{"ceiling":"relaxed"}"#]);
}
