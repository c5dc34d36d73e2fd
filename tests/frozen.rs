//! What was once written to disk is read for ever: a workspace of every schema, written by the program of its day.
//!
//! `tests/data/frozen/make.sh` made them and says how; the journal of each holds one entry of every kind of command that
//! its program knew. A fixture is never made again, whatever changes here.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod world;

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use flate2::read::{GzDecoder, ZlibDecoder};
use rolecall::command::{self, Command, undo_target};
use rolecall::domain::change::Change;
use rolecall::facts::Store;
use rusqlite::Connection;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tempfile::TempDir;
use world::{actor, at, export, proven};

/// After all of them were written.
fn now() -> DateTime<Utc> {
    at("2026-12-01T12:00:00Z")
}

fn version_of(path: &Path) -> i32 {
    Connection::open(path).unwrap().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

/// The schema that this program writes.
fn latest() -> i32 {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("w.db");
    drop(Store::create(&path).unwrap());
    version_of(&path)
}

fn file_of(schema: i32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/frozen/v{schema}.db.gz"))
}

/// The schemas with a frozen workspace: all that were shipped. The one of today is frozen when it is.
fn frozen() -> Vec<i32> {
    let latest = latest();
    (1..=latest).filter(|it| *it < latest || file_of(*it).exists()).collect()
}

/// A copy of the workspace of this schema, and where it lies.
fn thawed(schema: i32) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("w.db");
    let frozen = fs::File::open(file_of(schema)).unwrap_or_else(|error| panic!("schema {schema} has no frozen workspace: {error}"));
    let mut bytes = Vec::new();
    GzDecoder::new(frozen).read_to_end(&mut bytes).unwrap();
    fs::write(&path, bytes).unwrap();
    assert_eq!(version_of(&path), schema);
    (folder, path)
}

/// The commands and the changes of a journal, as the text that was written.
fn written(path: &Path) -> (Vec<String>, Vec<String>) {
    let journal = Connection::open(path).unwrap();
    let all = |sql: &str| -> Vec<Vec<u8>> {
        let mut rows = journal.prepare(sql).unwrap();
        rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let commands = all("SELECT CAST(command AS BLOB) FROM entry ORDER BY seq").into_iter().map(text).collect();
    let mut changes: Vec<String> = Vec::new();
    for list in all("SELECT CAST(changes AS BLOB) FROM entry WHERE changes IS NOT NULL ORDER BY seq") {
        changes.extend(serde_json::from_slice::<Vec<Value>>(&list).unwrap().iter().map(Value::to_string));
    }
    for part in all("SELECT body FROM entry_part ORDER BY id") {
        let lines = serde_json::Deserializer::from_reader(ZlibDecoder::new(part.as_slice())).into_iter::<Value>();
        changes.extend(lines.map(|it| it.unwrap().to_string()));
    }
    (commands, changes)
}

/// What stands in the journal as JSON is read and written the same again, however an instant is spelled.
fn reads_back<T: DeserializeOwned + Serialize>(json: &str) -> T {
    let read: T = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"));
    assert_eq!(spelled(serde_json::to_value(&read).unwrap()), spelled(serde_json::from_str(json).unwrap()));
    read
}

/// The same with every instant in one spelling.
fn spelled(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.parse::<DateTime<Utc>>().map_or(text, |it| it.to_rfc3339())),
        Value::Array(items) => Value::Array(items.into_iter().map(spelled).collect()),
        Value::Object(fields) => Value::Object(fields.into_iter().map(|(name, it)| (name, spelled(it))).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

/// The word that says of what kind a command or change is.
fn kind(it: &impl Serialize) -> String {
    match serde_json::to_value(it).unwrap() {
        Value::String(word) => word,
        Value::Object(fields) => fields.keys().next().unwrap().clone(),
        other => panic!("{other}"),
    }
}

/// Every kind that there is: reading a wrong one names them.
fn kinds<T: DeserializeOwned>() -> BTreeSet<String> {
    let error = serde_json::from_str::<T>(r#"{"nothing":0}"#).err().unwrap().to_string();
    error.split('`').skip(3).step_by(2).map(str::to_owned).collect()
}

#[test]
fn a_workspace_of_every_schema_is_brought_up_to_date_and_explained_by_its_journal() {
    for schema in frozen() {
        let (_folder, path) = thawed(schema);
        let store = Store::open(&path, false).unwrap();
        proven(&store);
        assert_eq!(version_of(&path), latest());
        assert!(export(&store).contains(r#""ceiling":"relaxed""#) || schema >= 3, "{}", export(&store));
    }
}

#[test]
fn every_command_and_change_that_was_ever_written_reads_back_as_itself() {
    let (mut commands, mut changes) = (BTreeSet::new(), BTreeSet::new());
    for schema in frozen() {
        let (_folder, path) = thawed(schema);
        let (told, made) = written(&path);
        commands.extend(told.iter().map(|json| kind(&reads_back::<Command>(json))));
        changes.extend(made.iter().map(|json| kind(&reads_back::<Change>(json))));
    }
    assert_eq!(kinds::<Command>().difference(&commands).collect::<Vec<_>>(), [""; 0], "commands that no frozen journal holds");
    assert_eq!(kinds::<Change>().difference(&changes).collect::<Vec<_>>(), [""; 0], "changes that no frozen journal holds");
}

#[test]
fn everything_that_was_ever_written_can_be_taken_back() {
    for schema in frozen() {
        let (_folder, path) = thawed(schema);
        let mut store = Store::open(&path, false).unwrap();
        let founded = command::replay_to(store.reader(), 1).unwrap();
        while let Some(target) = undo_target(store.reader()).unwrap() {
            let undone = command::run(&mut store, &actor(), now(), &Command::Undo(target));
            undone.unwrap_or_else(|error| panic!("schema {schema}, undo of {target}: {error}"));
        }
        assert_eq!(export(&store), export(&founded), "schema {schema}");
        proven(&store);
    }
}

/// A line of every verb that opens the workspace.
const LINES: &[&str] = &[
    "can ana@acme.example stores.orders.manage acme",
    "why ana@acme.example stores.orders.manage acme",
    "give ana@acme.example stores.orders.manage acme --dry-run",
    "take ana@acme.example stores.orders.manage acme --dry-run",
    "who-can editor.site.publish",
    "what-can ana@acme.example acme",
    "matrix roles",
    "contact list",
    "person list",
    "site show acme",
    "folder list",
    "role list",
    "catalog list",
    "permission list",
    "ceiling",
    "assign ana@acme.example helper --site acme --until 2027-01-31 --dry-run",
    "unassign ana@acme.example helper --site acme --dry-run",
    "assignment list",
    "invite list",
    "accept aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --dry-run",
    "request list",
    "transfer list",
    "partner list",
    "team show",
    "leave --team --dry-run",
    "expel ana@acme.example --site acme --dry-run",
    "offboard ana@acme.example",
    "audit",
    "review list",
    "test access.test",
    "due",
    "plan plan.jsonl",
    "plan --to bundle.jsonl",
    "apply --each plan.jsonl --dry-run",
    "timeline acme",
    "diff --from 2026-11-01",
    "report workspace",
    "import bundle bundle.jsonl --dry-run",
    "export bundle",
    "journal",
    "undo --dry-run",
    "redo --dry-run",
    "verify",
    "doctor",
    "init --name N --owner a@b.example --dry-run",
    "can ana@acme.example stores.orders.manage acme --at 2026-11-01",
];

/// Verbs that need no workspace, or have one of their own.
const APART: &[&str] = &["demo", "config", "completions", "man", "help"];

/// What it says and whether it kept the older file as a copy, on a workspace of this schema.
fn run(schema: i32, path: &Path, line: &str) -> (String, bool) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_rolecall"));
    let folder = path.parent().unwrap();
    fs::write(folder.join("bundle.jsonl"), "").unwrap();
    fs::write(folder.join("access.test"), "holds website-manager editor.site.publish\n").unwrap();
    fs::write(folder.join("plan.jsonl"), r#"{"add":{"type":"person","email":"new@acme.example"}}"#).unwrap();
    command.args(line.split(' ')).env_clear().env("HOME", folder).env("ROLECALL_DB", path).current_dir(folder);
    let output = command.stdin(std::process::Stdio::null()).output().unwrap();
    (String::from_utf8_lossy(&output.stderr).into_owned(), folder.join(format!("w.db.v{schema}.bak")).exists())
}

#[test]
fn whatever_comes_first_brings_an_older_workspace_up_to_date_also_where_it_only_asks() {
    let verbs: BTreeSet<String> = rolecall::cli::program().get_subcommands().map(|it| it.get_name().to_owned()).collect();
    let tried = LINES.iter().map(|it| it.split(' ').next().unwrap()).chain(APART.iter().copied()).map(str::to_owned).collect();
    assert_eq!(verbs.difference(&tried).collect::<Vec<_>>(), [""; 0], "verbs that are not tried");
    for schema in frozen().into_iter().filter(|it| *it < latest()) {
        for line in LINES {
            let (_folder, path) = thawed(schema);
            let (said, kept) = run(schema, &path, line);
            assert!(kept && version_of(&path) == latest() && !said.contains("schema"), "schema {schema}, {line}: {said}");
        }
    }
}

#[test]
fn an_older_workspace_is_not_written_to_under_read_only() {
    for schema in frozen().into_iter().filter(|it| *it < latest()) {
        let (_folder, path) = thawed(schema);
        let before = fs::read(&path).unwrap();
        let (said, kept) = run(schema, &path, "can ana@acme.example stores.orders.manage acme --read-only");
        assert!(!kept && said.contains("any command without --read-only brings it up to date"), "{said}");
        assert_eq!(fs::read(&path).unwrap(), before);
    }
}
