//! Records that are taken in on a copy while others write: it is as if the others had come first.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod world;

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rolecall::command::import::{self, ImportError, Imported, Next};
use rolecall::command::{self, Command};
use rolecall::exchange::bundle;
use rolecall::facts::Store;
use rolecall::store::journal::Entry;
use world::{actor, at, cmd, export, now, proven, run, run_all, steps, take_in, world};

/// What the file of these tests has besides.
const FILE: &str = r#"
{"type":"contact","name":"Ana Ruiz","email":"ana@acme.example","status":"client","labels":["vip"],"notes":"called"}
{"type":"contact","name":"New","email":"new@x.example"}
{"type":"contact","name":"Nobody's"}
{"type":"role","key":"spare","name":"Spare","platform":"mini","level":"site","permissions":["b.pay"]}
"#;

fn file() -> String {
    [steps::MORE, FILE].concat()
}

fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.db");
    take_in(&mut Store::create(&path).unwrap(), world::BUNDLE).unwrap();
    (folder, path)
}

fn aside(store: &mut Store, file: &str, mut meanwhile: impl FnMut(usize)) -> (Result<Imported, String>, usize) {
    let mut begun = 0;
    let mut again = || -> Result<Box<Next<'_>>, ImportError> {
        begun += 1;
        meanwhile(begun);
        let mut lines = bundle::read(file.as_bytes());
        Ok(Box::new(move |_| lines.next()))
    };
    let imported = import::run_aside(store, &actor(), now(), "test.jsonl", &mut again, &mut |_| true);
    (imported.map_err(|it| it.to_string()), begun)
}

/// Runs a command, or takes the record in.
fn write(store: &mut Store, text: &str) {
    if text.starts_with(r#"{"type""#) { take_in(store, text).map(drop).unwrap() } else { run_all(store, &[text]) }
}

fn entries(store: &Store) -> Vec<Entry> {
    let mut all = store.reader().entries(None, 1_000).unwrap();
    all.reverse();
    all
}

/// While the file is taken in on a copy for the first time, others write these, and the next for the second time; it is
/// begun so often, and what comes of it is what comes of the same one after the other.
fn check(meanwhile: &[&str], expected: usize) -> (tempfile::TempDir, Store, Vec<Entry>) {
    let (folder, path) = place();
    let (mut store, mut other) = (Store::open(&path, false).unwrap(), Store::open(&path, false).unwrap());
    let mut rest = meanwhile.chunks(meanwhile.len().div_ceil(2.min(expected)).max(1));
    let (imported, begun) = aside(&mut store, &file(), |_| rest.next().into_iter().flatten().for_each(|it| write(&mut other, it)));
    assert_eq!(begun, expected, "{meanwhile:?}: {imported:?}");
    let mut plain = world();
    for it in meanwhile {
        write(&mut plain, it);
    }
    let theirs = entries(&plain);
    let one_by_one = take_in(&mut plain, &file());
    assert_eq!(imported.map(|it| it.receipt.n_changes), one_by_one.map(|it| it.n_changes), "{meanwhile:?}");
    assert_eq!(export(&store), export(&plain), "{meanwhile:?}");
    assert_eq!(export(&other), export(&plain), "{meanwhile:?}");
    assert_eq!(entries(&store)[..theirs.len()], theirs, "{meanwhile:?}");
    proven(&other);
    (folder, store, theirs)
}

/// Nothing that the file names, and something of everything else.
const APART: &[&str] = &[
    r#"{"add":{"type":"contact","name":"Walk-in two","email":"walk@x.example"}}"#,
    r#"{"add":{"type":"folder","key":"new","name":"New","parent":"inner"}}"#,
    r#"{"add":{"type":"person","email":"gus@x.example"}}"#,
    r#"{"add":{"type":"site","key":"shop","name":"Shop","platform":"mini","folder":"top","owner":"ana@acme.example","host":"owner"}}"#,
    r#"{"add":{"type":"assignment","person":"gus@x.example","role":"reader","level":"site","scope":{"site":"bakery"}}}"#,
    r#"{"remove":{"assignment":{"person":"ana@acme.example","role":"seller","level":"team","scope":"everywhere"}}}"#,
    r#"{"toggle":{"role":"seller","permissions":["a.edit"],"to":"grant"}}"#,
    r#"{"undo":8}"#,
    r#"{"type":"contact","name":"Taken in","email":"in@x.example"}"#,
    r#"{"undo":10}"#,
];

#[test]
fn what_others_write_is_there_as_they_wrote_it_and_the_import_comes_last() {
    check(&[], 1);
    let (_folder, mut store, theirs) = check(APART, 1);
    let last = store.reader().head().unwrap().unwrap();
    assert_eq!(last.seq, i64::try_from(theirs.len()).unwrap() + 1);
    assert_eq!(entries(&store).iter().rev().take(2).map(|it| it.parts).collect::<Vec<_>>(), [1, 0]);
    // Numbers go on, and each step can be taken back: one under the import, the import, and the others.
    run_all(&mut store, &[r#"{"add":{"type":"person","email":"late@x.example"}}"#]);
    for seq in [7, last.seq + 1, last.seq, 6, 5, 4, 3, 2] {
        run(&mut store, &Command::Undo(seq)).unwrap_or_else(|error| panic!("undo {seq}: {error}"));
    }
    assert_eq!(export(&store), export(&world()));
    proven(&store);
}

#[test]
fn where_the_two_do_not_go_together_it_begins_anew() {
    for command in [
        r#"{"edit":{"before":{"type":"folder","key":"top","name":"Top","parent":null},"after":{"type":"folder","key":"top","name":"Attic","parent":"side"}}}"#,
        r#"{"add":{"type":"person","email":"EVE@x.example","name":"Another Eve"}}"#,
        r#"{"add":{"type":"folder","key":"more","name":"Mine","parent":"side"}}"#,
        r#"{"duplicate":{"role":"seller","name":"Later","key":"later"}}"#,
        r#"{"add":{"type":"contact","name":"Other","email":"new@x.example"}}"#,
        r#"{"add":{"type":"contact","name":"Nobody's"}}"#,
        r#"{"remove":{"contact":"ana@acme.example"}}"#,
        r#"{"ceiling":"relaxed"}"#,
        r#"{"remove":{"assignment":{"person":"bo@nl.example","role":"boss","level":"team","scope":"everywhere"}}}"#,
        r#"{"add":{"type":"assignment","person":"bo@nl.example","role":"editor-site","level":"site","scope":{"site":"corp"}}}"#,
        // What each may do for itself, and both may not.
        r#"{"add":{"type":"assignment","person":"ana@acme.example","role":"spare","level":"team","scope":"everywhere"}}"#,
    ] {
        check(&[command], 2);
    }
}

#[test]
fn the_import_is_not_written_before_those_that_it_comes_after() {
    let (_folder, path) = place();
    let (mut store, mut other) = (Store::open(&path, false).unwrap(), Store::open(&path, false).unwrap());
    let later = at("2026-11-21T13:00:00Z");
    let (imported, begun) = aside(&mut store, &file(), |_| drop(command::run(&mut other, &actor(), later, &cmd(APART[0])).unwrap()));
    imported.unwrap();
    assert_eq!(begun, 1);
    assert_eq!(entries(&store).iter().map(|it| it.at).collect::<Vec<_>>(), [now(), later, later]);
}

#[test]
fn where_they_never_go_together_the_others_wait_in_the_end() {
    let ceilings = [r#"{"ceiling":"relaxed"}"#, r#"{"ceiling":"frozen"}"#];
    check(&ceilings, 3);
}

#[test]
fn who_writes_all_the_time_puts_nothing_off_and_loses_nothing() {
    let (_folder, path) = place();
    let file: String = (0..3_000).map(|n| format!("{{\"type\":\"person\",\"email\":\"p{n}@x.example\"}}\n")).collect::<Vec<_>>().concat();
    let (mut store, over) = (Store::open(&path, false).unwrap(), AtomicBool::new(false));
    let write = || {
        let (mut other, mut heads) = (Store::open(&path, false).unwrap(), Vec::new());
        while !over.load(Ordering::SeqCst) || heads.is_empty() {
            let command = format!(r#"{{"add":{{"type":"contact","name":"C {}"}}}}"#, heads.len());
            heads.push(run(&mut other, &cmd(&command)).unwrap().head.unwrap());
        }
        heads
    };
    let heads = std::thread::scope(|scope| {
        let writer = scope.spawn(write);
        let (imported, begun) = aside(&mut store, &file, |_| ());
        over.store(true, Ordering::SeqCst);
        assert_eq!(begun, 1, "{imported:?}");
        imported.unwrap();
        writer.join().unwrap()
    });
    let all: Vec<_> = entries(&store).iter().map(Entry::head).collect();
    assert!(heads.iter().all(|it| all.contains(it)));
    assert_eq!(all.len(), heads.len() + 2);
    proven(&store);
}

/// What a line is about, by what it begins with.
fn what(line: &str) -> Vec<&str> {
    line.split(',').take(if line.contains(r#""assignment""#) { 3 } else { 2 }).collect()
}

#[test]
fn whatever_others_do_the_outcome_is_that_of_one_after_the_other() {
    let config = Config { cases: 24, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    // Much that is there already, and more that is not: what the file leaves as it is, others may change.
    let some = |text: &str, n| prop::sample::subsequence(text.trim().lines().map(str::to_owned).collect::<Vec<_>>(), n);
    let drawn = (some(world::BUNDLE, 8..=22), some(&file(), 4..=12), prop::collection::vec(steps::any(), 1..6), 0..30usize);
    let outcome = TestRunner::new(config).run(&drawn, |(mut there, new, commands, at)| {
        there.retain(|it| new.iter().all(|other| what(other) != what(it)));
        let file = [there, new].concat().join("\n");
        let (_folder, path) = place();
        let (mut store, other) = (Store::open(&path, false).unwrap(), RefCell::new(Store::open(&path, false).unwrap()));
        let rest = Cell::new(Some(&commands));
        let write = || rest.take().into_iter().flatten().for_each(|it| drop(run(&mut other.borrow_mut(), it)));
        let mut again = || -> Result<Box<Next<'_>>, ImportError> {
            let mut lines = bundle::read(file.as_bytes()).enumerate();
            let write = &write;
            Ok(Box::new(move |_| {
                let next = lines.next();
                if next.as_ref().is_none_or(|it| it.0 >= at) {
                    write();
                }
                next.map(|it| it.1)
            }))
        };
        let imported = import::run_aside(&mut store, &actor(), now(), "test.jsonl", &mut again, &mut |_| true);
        // Where the import was refused before it came to that.
        write();
        let imported = imported.map(|it| it.receipt.n_changes).map_err(|it| it.to_string());
        let (mut first, mut last) = (world(), world());
        let theirs_last = take_in(&mut first, &file).map(|it| it.n_changes);
        for it in &commands {
            let _ = (run(&mut first, it), run(&mut last, it));
        }
        let theirs_first = take_in(&mut last, &file).map(|it| it.n_changes);
        let is = (&imported, export(&store));
        let refused_before = is == (&theirs_last, export(&first)) && imported.is_err();
        prop_assert!(is == (&theirs_first, export(&last)) || refused_before, "{imported:?} {theirs_first:?} {theirs_last:?}");
        prop_assert!(command::verify(&other.borrow(), None, &mut |_| ()).unwrap().is_ok());
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
