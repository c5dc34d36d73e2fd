//! What a path may lead to: only a workspace that this program understands is opened, and nothing else is touched.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod world;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rolecall::facts::Store;
use rusqlite::Connection;

/// What `make` leaves at the path is refused, reading and writing, with `{path}` and this sentence, and stays as it was.
fn refused(make: impl Fn(&Path), sentence: &str) {
    for read_only in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.db");
        make(&path);
        let before = fs::read(&path).ok();
        let error = Store::open(&path, read_only).err().map(|it| format!("{it:#}")).unwrap_or_default();
        assert_eq!(error, sentence.replace("{path}", path.to_str().unwrap()), "read_only: {read_only}");
        assert_eq!(fs::read(&path).ok(), before);
    }
}

fn sql(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

/// Which entries touched what.
fn touched(path: &Path) -> Vec<(String, i64, i64)> {
    let conn = Connection::open(path).unwrap();
    let mut statement = conn.prepare("SELECT kind, id, seq FROM touched").unwrap();
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap().map(Result::unwrap).collect()
}

/// Takes a file back to the second schema.
const TO_2: &str = "DROP TABLE review_item; DROP TABLE review; DROP TABLE accepted; ALTER TABLE contact DROP COLUMN phone; ALTER TABLE waiting_role DROP COLUMN offered; ALTER TABLE handover DROP COLUMN keep_offered; PRAGMA user_version = 2;";

fn create(path: &Path) -> Store {
    let mut store = Store::create(path).unwrap();
    world::take_in(&mut store, world::BUNDLE).unwrap();
    store
}

const FOREIGN: &str = "{path} is not a rolecall workspace: its header says that another program made it";

#[test]
fn a_newer_schema_is_refused_in_plain_words() {
    let newer = |path: &Path| {
        drop(create(path));
        sql(path, "PRAGMA user_version = 99");
    };
    refused(
        newer,
        "{path} was written by a newer rolecall (schema 99, this one knows 7); update rolecall, or open a copy with the newer one",
    );
}

#[test]
fn an_older_workspace_is_kept_as_a_copy_and_brought_up_to_date() {
    const TO_1: &str = "DROP TABLE review_item; DROP TABLE review; DROP TABLE accepted; DROP TABLE touched; DROP TABLE handover; DROP TABLE waiting_role; DROP TABLE invitation; DROP TABLE request;
        DROP INDEX assignment_of_team; DROP INDEX assignment_by_end; DROP INDEX assignment_by_beginning; DROP INDEX assignment_by_review;
        ALTER TABLE contact DROP COLUMN phone; ALTER TABLE assignment DROP COLUMN review_on; ALTER TABLE site DROP COLUMN editor; PRAGMA user_version = 1;";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.db");
    let mut store = create(&path);
    world::run_all(
        &mut store,
        &[
            r#"{"add":{"type":"folder","key":"new","name":"New","parent":null}}"#,
            r#"{"add":{"type":"person","email":"di@nl.example","name":"Di"}}"#,
            r#"{"remove":{"person":"di@nl.example"}}"#,
            r#"{"undo":4}"#,
        ],
    );
    let before = world::export(&store);
    let touched = touched(&path);
    assert!(touched.len() >= 3, "{touched:?}");
    drop(store);
    sql(&path, TO_1);
    assert!(Store::open(&path, true).is_err_and(|it| it.to_string().contains("any command without --read-only brings it up to date")));
    let store = Store::open(&path, false).unwrap();
    assert_eq!(world::export(&store), before);
    world::proven(&store);
    assert_eq!(self::touched(&path), touched, "what the older entries touched is known again");
    let copy = folder.path().join("w.db.v1.bak");
    assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    let kept: i32 = Connection::open(&copy).unwrap().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(kept, 1);
}

#[test]
fn half_a_copy_of_an_older_workspace_never_bears_the_name_of_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.db");
    drop(create(&path));
    sql(&path, TO_2);
    let (half, copy) = (folder.path().join("w.db.v2.bak.part"), folder.path().join("w.db.v2.bak"));
    fs::write(&half, "what a kill left").unwrap();
    drop(Store::open(&path, false).unwrap());
    assert!(!half.exists());
    sql(&copy, "PRAGMA integrity_check");
    // Where no copy can be made the file stays as it was, and nothing bears a name of one.
    sql(&path, TO_2);
    let next = folder.path().join("w.db.v2-1.bak");
    fs::create_dir_all(folder.path().join("w.db.v2-1.bak.part/in-the-way")).unwrap();
    assert!(Store::open(&path, false).is_err_and(|it| it.to_string().contains("keeping a copy of the older workspace")));
    assert!(!next.exists());
    let version: i32 = Connection::open(&path).unwrap().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 2);
}

#[test]
fn what_is_no_workspace_is_refused_and_not_touched() {
    refused(|path| sql(path, "CREATE TABLE t (a); INSERT INTO t VALUES (1)"), FOREIGN);
    refused(|path| sql(path, "PRAGMA application_id = 7; CREATE TABLE t (a)"), FOREIGN);
    refused(|path| fs::write(path, "").unwrap(), "{path} is empty: no workspace was ever set up in it");
    let text = "opening {path}: is it a rolecall workspace?: file is not a database: Error code 26: file is not a database";
    for body in ["short", &"a long letter about nothing\n".repeat(500)] {
        refused(|path| fs::write(path, body).unwrap(), text);
    }
}

#[test]
fn what_is_no_file_of_its_own_is_refused() {
    refused(|_| (), "no workspace at {path}: No such file or directory (os error 2)");
    refused(|path| fs::create_dir(path).unwrap(), "{path} is not a regular file");
    let second = |path: &Path| {
        drop(create(path));
        fs::hard_link(path, path.with_extension("two")).unwrap();
    };
    refused(second, "{path} has a second name (a hard link), which SQLite's locks cannot follow; copy it instead");
}

#[test]
fn a_file_that_is_there_is_never_created_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.db");
    fs::write(&path, "mine").unwrap();
    assert!(Store::create(&path).is_err());
    assert_eq!(fs::read(&path).unwrap(), b"mine");
}

#[test]
fn everything_that_is_made_is_private() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/w.db");
    let _store = create(&path);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let files: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().map(|it| it.unwrap().path()).collect();
    assert_eq!(files.len(), 4, "{files:?}");
    for file in &files {
        assert_eq!(mode(file), 0o600, "{}", file.display());
    }
    for made in ["a", "a/b"] {
        assert_eq!(mode(&folder.path().join(made)), 0o700);
    }
}

#[test]
fn a_read_only_store_answers_and_does_not_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.db");
    let writable = create(&path);
    let mut store = Store::open(&path, true).unwrap();
    assert_eq!(world::export(&store), world::export(&writable));
    let command = world::cmd(r#"{"ceiling":"relaxed"}"#);
    let sentence = format!("{} is open read-only", path.display());
    assert_eq!(world::run(&mut store, &command).unwrap_err().to_string(), sentence);
    let preview = rolecall::command::preview(&mut store, &world::actor(), world::now(), &[command]);
    assert_eq!(preview.unwrap_err().to_string(), sentence);
}

#[test]
fn a_commit_that_leaves_a_hole_is_an_error_and_the_store_lives_on() {
    use rolecall::domain::change::{Change, Edit};
    let mut store = world::world();
    let ana = store.reader().person_by_email("ana@acme.example").unwrap().unwrap();
    let before = world::state(&store);
    let outcome = store.write(|writer| {
        writer.defer_references()?;
        writer.apply(&Change::from(Edit::delete(ana)))
    });
    assert!(rolecall::store::is_constraint(&outcome.unwrap_err()));
    assert_eq!(world::state(&store), before);
    world::run_all(&mut store, &[r#"{"ceiling":"relaxed"}"#]);
    world::proven(&store);
}

/// Every search that a question of access makes goes through an index.
#[test]
fn no_question_of_access_reads_the_whole_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.db");
    drop(create(&path));
    let conn = Connection::open(&path).unwrap();
    let check = |sql: &str, expected: &str| {
        let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let n = statement.parameter_count();
        let steps: Vec<String> =
            statement.query_map(rusqlite::params_from_iter(vec![0; n]), |row| row.get(3)).unwrap().map(Result::unwrap).collect();
        assert!(steps.iter().any(|it| it.contains(expected)) && !steps.iter().any(|it| it.starts_with("SCAN")), "{sql}\n{steps:#?}");
    };
    let source = include_str!("../src/store/assignments.rs").split_whitespace().collect::<Vec<_>>().join(" ");
    for (condition, expected) in [
        ("person = ?1 AND ifnull(site, 0) IN (0, ?2)", "assignment_once (person=? AND <expr>=?)"),
        (
            "person = ?1 AND ifnull(site, 0) = ifnull(?2, 0) AND ifnull(folder, 0) = ifnull(?3, 0) AND role = ?4 AND level = ?5",
            "assignment_once (person=? AND <expr>=? AND <expr>=? AND role=? AND level=?)",
        ),
        ("site IS NULL AND folder IS ?1", "assignment_wide (folder=?)"),
        ("granted_by = ?1", "assignment_by_giver (granted_by=?)"),
    ] {
        assert!(source.contains(&format!("WHERE {condition}")), "{condition} is not asked any more");
        check(
            &format!("SELECT id, person, role, level, folder, site, since, until, reason, granted_by FROM assignment WHERE {condition}"),
            expected,
        );
    }
    // What the foreign keys ask when a row goes.
    for (column, expected) in [
        ("person", "assignment_once (person=?)"),
        ("role", "assignment_by_role (role=?)"),
        ("folder", "assignment_by_folder (folder=?)"),
        ("site", "assignment_by_site (site=?)"),
        ("granted_by", "assignment_by_giver (granted_by=?)"),
    ] {
        check(&format!("SELECT rowid FROM assignment WHERE {column} = ?1"), expected);
    }
    for (condition, expected) in [
        ("", "assignment USING INTEGER PRIMARY KEY (rowid>?)"),
        (" AND person = ?", "assignment_once (person=?)"),
        (" AND site = ?", "assignment_by_site (site=?)"),
        (" AND role = ?", "assignment_by_role (role=?)"),
    ] {
        check(&format!("SELECT * FROM assignment WHERE id > ?{condition} ORDER BY id LIMIT 500"), expected);
    }
    let lean = "SELECT id, person, role, level = 'team', since, until FROM assignment WHERE site = ?1";
    assert!(source.contains(lean));
    check(lean, "USING COVERING INDEX assignment_by_site (site=?)");
    check(
        "SELECT name FROM contact WHERE fold >= ?1 AND fold < ?1 || x'f48fbfbf' AND name = ?2 LIMIT 2",
        "contact_by_fold (fold>? AND fold<?)",
    );
}
