//! Undo, redo, preview and proof: whatever happens, the journal explains the tables.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod world;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rolecall::command::{self, Command, Error, redo_target, undo_target};
use rolecall::facts::Store;
use rolecall::store::journal::Head;
use rusqlite::Connection;
use world::{actor, cmd, export, now, proven, run, run_all, state, steps, take_in, world};

/// Runs `each` with random lists of commands.
fn randomly(cases: u32, length: usize, each: impl Fn(Vec<Command>) -> Result<(), TestCaseError>) {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let lists = prop::collection::vec(steps::any(), 1..length);
    TestRunner::new(config).run(&lists, each).unwrap_or_else(|error| panic!("{error}"));
}

fn undo(store: &mut Store) -> Option<i64> {
    let target = undo_target(store.reader()).unwrap()?;
    run(store, &Command::Undo(target)).unwrap_or_else(|error| panic!("undo {target}: {error}"));
    Some(target)
}

fn redo(store: &mut Store) -> Option<i64> {
    let target = redo_target(store.reader()).unwrap()?;
    run(store, &Command::Redo(target)).unwrap_or_else(|error| panic!("redo {target}: {error}"));
    Some(target)
}

#[test]
fn every_step_is_explained_previewed_and_taken_back_exactly() {
    randomly(24, 30, |list| {
        let mut store = world();
        for command in list {
            let before = state(&store);
            let plan = command::preview(&mut store, &actor(), now(), std::slice::from_ref(&command));
            prop_assert_eq!(&state(&store), &before, "the preview wrote: {:?}", command);
            let done = run(&mut store, &command);
            match (plan, done) {
                (Ok(plan), Ok(receipt)) => {
                    prop_assert_eq!(plan.changes.len() + plan.n_bulk, receipt.n_changes, "{:?}", command);
                    prop_assert_eq!(&plan.notes, &receipt.notes);
                    let Some(head) = receipt.head else {
                        prop_assert_eq!(&state(&store), &before);
                        continue;
                    };
                    let after = export(&store);
                    let old = before.split_once('\n').unwrap().1;
                    let undone = run(&mut store, &Command::Undo(head.seq)).unwrap().head.unwrap();
                    prop_assert_eq!(export(&store), old, "undo of {:?}", command);
                    run(&mut store, &Command::Redo(undone.seq)).unwrap();
                    prop_assert_eq!(export(&store), after, "redo of {:?}", command);
                }
                (Err(Error::Refused(foreseen)), Err(Error::Refused(met))) => {
                    prop_assert_eq!(foreseen, met);
                    prop_assert_eq!(&state(&store), &before, "a refusal wrote: {:?}", command);
                }
                (foreseen, met) => prop_assert!(false, "{command:?}: {foreseen:?} but {met:?}"),
            }
        }
        proven(&store);
        Ok(())
    });
}

#[test]
fn taking_everything_back_leads_to_the_beginning_and_doing_it_again_to_the_end() {
    randomly(24, 30, |list| {
        let mut store = world();
        let first = export(&store);
        for (n, command) in list.iter().enumerate() {
            if n == list.len() / 2 {
                let _ = take_in(&mut store, steps::MORE);
            }
            let _ = run(&mut store, command);
        }
        let last = export(&store);
        let open = redo_target(store.reader()).unwrap();
        let mut n = 0;
        while undo(&mut store).is_some() {
            n += 1;
        }
        prop_assert_eq!(export(&store), first);
        proven(&store);
        for _ in 0..n {
            redo(&mut store);
        }
        prop_assert_eq!(redo_target(store.reader()).unwrap(), open);
        prop_assert_eq!(export(&store), last);
        proven(&store);
        Ok(())
    });
}

#[test]
fn keys_u_and_shift_u_walk_like_in_any_editor() {
    let runner_input = prop::collection::vec(0..4u8, 1..60);
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&runner_input, |keys| {
            let mut store = world();
            // The model: every state ever stood in, with one position, cut off by a new edit.
            let (mut line, mut at, mut n) = (vec![export(&store)], 0_usize, 0);
            for key in keys {
                match key {
                    0 | 1 => {
                        prop_assert_eq!(undo(&mut store).is_some(), at > 0);
                        at = at.saturating_sub(1);
                    }
                    2 => {
                        let can = at + 1 < line.len();
                        prop_assert_eq!(redo(&mut store).is_some(), can);
                        at += usize::from(can);
                    }
                    _ => {
                        n += 1;
                        let add = format!(r#"{{"add":{{"type":"folder","key":"n{n}","name":"N","parent":null}}}}"#);
                        run(&mut store, &cmd(&add)).unwrap();
                        line.truncate(at + 1);
                        line.push(export(&store));
                        at += 1;
                    }
                }
                prop_assert_eq!(&export(&store), &line[at]);
            }
            proven(&store);
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn an_older_state_is_a_replay() {
    let mut store = world();
    let first = export(&store);
    let later = world::at("2026-12-01T00:00:00Z");
    command::run(&mut store, &actor(), later, &cmd(r#"{"ceiling":"relaxed"}"#)).unwrap();
    let past = command::replay_to(store.reader(), store.reader().last_by(world::now()).unwrap()).unwrap();
    assert_eq!(export(&past), first);
    assert_eq!(export(&command::replay_to(store.reader(), store.reader().last_by(later).unwrap()).unwrap()), export(&store));
}

#[test]
fn a_large_import_is_taken_back_and_done_again_part_by_part() {
    let mut store = world();
    let before = export(&store);
    let notes = "x".repeat(40_000);
    let lines = (0..120).map(|n| format!(r#"{{"type":"contact","name":"c{n}","email":"c{n}@x.example","notes":"{notes}"}}"#));
    let head = take_in(&mut store, &lines.collect::<Vec<_>>().join("\n")).unwrap().head.unwrap();
    assert!(store.reader().entry(head.seq).unwrap().unwrap().parts > 1);
    let after = export(&store);
    assert_eq!(undo(&mut store), Some(2));
    assert_eq!(export(&store), before);
    proven(&store);
    assert_eq!(redo(&mut store), Some(3));
    assert_eq!(export(&store), after);
    proven(&store);
}

/// A file with an import, commands, an undo and a redo in it.
fn file() -> (tempfile::TempDir, std::path::PathBuf, Head) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.db");
    let mut store = Store::create(&path).unwrap();
    take_in(&mut store, world::BUNDLE).unwrap();
    run_all(
        &mut store,
        &[
            r#"{"ceiling":"relaxed"}"#,
            r#"{"add":{"type":"folder","key":"new","name":"New","parent":null}}"#,
            r#"{"undo":3}"#,
            r#"{"redo":4}"#,
            r#"{"toggle":{"role":"spare","permissions":["b.pay"],"to":"revoke"}}"#,
        ],
    );
    proven(&store);
    let head = store.reader().head().unwrap().unwrap();
    (folder, path, head)
}

/// What `verify` says of a file after somebody ran SQL on it behind our back.
fn tampered(sql: &str, kept: bool) -> Result<command::Verified, String> {
    let (_folder, path, head) = file();
    let conn = Connection::open(&path).unwrap();
    let triggers: Vec<(String, String)> = conn
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    conn.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;").unwrap();
    for (name, _) in &triggers {
        conn.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    conn.execute_batch(sql).unwrap();
    for (_, sql) in &triggers {
        conn.execute_batch(sql).unwrap();
    }
    drop(conn);
    let store = Store::open(&path, true).unwrap();
    command::verify(&store, kept.then_some(head), &mut |_| ()).unwrap()
}

fn found(sql: &str, says: &str) {
    let sentence = tampered(sql, false).expect_err(sql);
    assert!(sentence.contains(says), "{sql}\n{sentence}");
}

#[test]
fn an_entry_that_was_touched_is_named() {
    for column in ["actor", "via", "summary"] {
        found(&format!("UPDATE entry SET {column} = {column} || 'x' WHERE seq = 3"), "entry 3 of the journal was altered");
    }
    found("UPDATE entry SET at = at + 1 WHERE seq = 2", "entry 2 of the journal was altered");
    found("UPDATE entry SET command = '{}' WHERE seq = 6", "entry 6 of the journal was altered");
    found("UPDATE entry SET changes = '[]' WHERE seq = 3", "entry 3 of the journal was altered");
    found("UPDATE entry SET changes = NULL WHERE seq = 3", "entry 3 of the journal was altered");
    found("UPDATE entry SET inverse_of = 2 WHERE seq = 4", "entry 4 of the journal was altered");
    found("UPDATE entry SET hash = zeroblob(32) WHERE seq = 5", "entry 5 of the journal was altered");
    found("UPDATE entry SET actor = 'da', via = 'na@nl.exampledana' WHERE seq = 2", "entry 2 of the journal was altered");
    found("DELETE FROM entry WHERE seq = 3", "entry 3 is missing");
    found("DELETE FROM entry WHERE seq = 1", "entry 1 is missing");
    found(
        "UPDATE entry SET seq = 99 WHERE seq = 2; UPDATE entry SET seq = 2 WHERE seq = 3; UPDATE entry SET seq = 3 WHERE seq = 99",
        "entry 2 of the journal was altered",
    );
    found(
        "INSERT INTO entry SELECT 7, at, actor, via, command, summary, changes, parts, inverse_of, hash FROM entry WHERE seq = 6",
        "entry 7 of the journal was altered",
    );
    found("UPDATE entry_part SET body = zeroblob(9)", "entry 1 of the journal was altered");
    found("DELETE FROM entry_part", "part 1 of entry 1 is missing");
    found(
        "INSERT INTO entry_part (seq, part, body) VALUES (1, 2, x'00')",
        "the journal holds 2 parts of imports, and its entries speak of 1",
    );
}

#[test]
fn a_row_that_was_touched_is_named() {
    found("UPDATE person SET name = 'Mal' WHERE id = 2", "person 2 is not as the journal says: its name differs");
    found("UPDATE person SET fold = 'x' WHERE id = 2", "person 2 is not as the journal says: its fold differs");
    found("UPDATE setting SET value = '2' WHERE name = 'owner'", "setting owner is not as the journal says: its value differs");
    found("UPDATE role SET permissions = '[\"b.pay\"]' WHERE key = 'spare'", "its permissions differs");
    found("UPDATE site SET owner = 2 WHERE key = 'acme'", "its owner differs");
    found("UPDATE assignment SET until = 5 WHERE id = 1", "assignment 1 is not as the journal says: its until differs");
    found("UPDATE catalog SET data = '{}'", "catalog mini is not as the journal says: its data differs");
    found("UPDATE folder SET parent = NULL", "its parent differs");
    found("UPDATE contact SET notes = 'x' WHERE id = 1", "contact 1 is not as the journal says: its notes differs");
    found("INSERT INTO person (email, email_key, name, fold) VALUES ('m@l', 'm@l', 'M', 'm')", "is in the table but not in the journal");
    found("INSERT INTO assignment (person, role, level) VALUES (2, 1, 'team')", "is in the table but not in the journal");
    found("DELETE FROM assignment WHERE id = 2", "assignment 2 is in the journal but not in the table");
    found("DELETE FROM setting WHERE name = 'name'", "setting name is in the journal but not in the table");
}

#[test]
fn whatever_is_answered_from_is_looked_at() {
    let touched = "the list of what the entries touched is not as the journal says";
    found("DELETE FROM touched", touched);
    found("DELETE FROM touched WHERE seq = 6", touched);
    found("INSERT INTO touched VALUES ('person', 2, 3)", touched);
    let number = "the next person could get a number that was given before";
    found("UPDATE sqlite_sequence SET seq = seq - 1 WHERE name = 'person'", number);
    found("DELETE FROM sqlite_sequence WHERE name = 'person'", number);
    found("INSERT INTO sqlite_sequence VALUES ('person', 1)", number);
    found("UPDATE sqlite_sequence SET seq = 'many' WHERE name = 'person'", number);
    found("UPDATE sqlite_sequence SET seq = 3 WHERE name = 'folder'", "the next folder could get a number that was given before");
    assert!(tampered("UPDATE sqlite_sequence SET seq = seq + 5", false).is_ok());
}

#[test]
fn the_schema_is_that_of_an_empty_workspace_no_more_and_no_less() {
    found("DROP INDEX assignment_by_site", "the index assignment_by_site is missing");
    found("CREATE INDEX mine ON person (name)", "the index mine does not belong to a workspace");
    found("DROP INDEX site_by_url; CREATE INDEX site_by_url ON site (name)", "the index site_by_url is not as a workspace has it");
    found("CREATE VIEW mine AS SELECT 1", "the view mine does not belong to a workspace");
    found("CREATE TABLE mine (a)", "the table mine does not belong to a workspace");
    let gift = "CREATE TRIGGER gift AFTER INSERT ON contact BEGIN DELETE FROM assignment; END";
    found(gift, "the trigger gift does not belong to a workspace");
    found("ALTER TABLE person ADD COLUMN extra TEXT", "the table person is not as a workspace has it");
    found("ANALYZE", "does not belong to a workspace");
    assert!(tampered("VACUUM", false).is_ok());
    assert!(tampered("REINDEX", false).is_ok());
}

#[test]
fn a_kept_head_also_finds_a_cut_tail_and_an_old_copy() {
    let cut = "DELETE FROM touched WHERE seq > 5; DELETE FROM entry WHERE seq > 5; UPDATE role SET permissions = '[\"b.pay\"]' WHERE key = 'spare'";
    assert!(tampered(cut, false).is_ok());
    let sentence = tampered(cut, true).unwrap_err();
    assert!(sentence.contains("this file ends at entry 5; somebody put an older copy back or rewrote it"), "{sentence}");
    assert!(tampered("SELECT 1", true).is_ok());
    let (_folder, path, head) = file();
    let store = Store::open(&path, true).unwrap();
    let other = Head { hash: [7; 32], ..head };
    let sentence = command::verify(&store, Some(other), &mut |_| ()).unwrap().unwrap_err();
    assert!(sentence.contains("entry 6 is another one here"), "{sentence}");
    assert_eq!(head.to_string().parse::<Head>().unwrap(), head);
}
