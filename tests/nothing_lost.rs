//! Nothing is lost: not by what a verb writes, not by a closed pipe, a full disk, a kill or a file put over another.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod home;

use std::fs::{self, File};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Output, Stdio};

use home::{DEMO, Home};

const EMIL: &str = "emil@lindqvist-bikes.example";
const BIKES: &str = "lindqvist-bikes";

/// What is in a folder, hidden files too, but for what SQLite keeps beside a workspace.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|it| !it.ends_with("-wal") && !it.ends_with("-shm"));
    names.sort();
    names
}

// ---- what a verb writes ----

#[test]
fn no_output_goes_over_a_workspace_or_what_belongs_to_one() {
    let home = Home::demo();
    home.check(&["--db", &home.path("other.db"), "import", "bundle", DEMO], "", 0);
    fs::create_dir(home.path("sub")).unwrap();
    symlink(home.path("work.db"), home.path("link")).unwrap();
    symlink(home.path("other.db"), home.path("sub/link")).unwrap();
    fs::hard_link(home.path("other.db"), home.path("second")).unwrap();
    let check = |target: &str, sentence: &str| {
        let target = home.path(target);
        home.refused(&["export", "bundle", "--output", &target], sentence, 3);
        home.refused(&["export", "people", "-o", &target], sentence, 3);
        home.refused(&["offboard", "theo@northlight.example", "--apply", "--receipt", &target], sentence, 3);
    };
    check("work.db", "is the workspace itself; name another file; nothing was written");
    check("sub/../work.db", "is the workspace itself");
    check("link", "is the workspace itself");
    check("other.db", "is a rolecall workspace");
    check("sub/link", "is a rolecall workspace");
    check("second", "is a rolecall workspace");
    for ending in ["-wal", "-shm", "-journal", ".lock"] {
        check(&format!("work.db{ending}"), "work.db; name another file");
        check(&format!("other.db{ending}"), "other.db; name another file");
    }
    check("sub", "is a folder; name a file in it");
    fs::remove_file(home.path("second")).unwrap();
    assert_eq!(home.entries(), 1);
    home.check(&["verify"], "entries 1", 0);
    home.check(&["--db", &home.path("other.db"), "verify"], "entries 1", 0);
}

#[test]
fn what_is_no_ordinary_file_is_written_into() {
    let home = Home::demo();
    let before = fs::metadata("/dev/null").unwrap();
    home.check(&["export", "people", "--output", "/dev/null"], "", 0);
    let after = fs::metadata("/dev/null").unwrap();
    assert_eq!((before.ino(), before.rdev()), (after.ino(), after.rdev()));
    let pipe = home.path("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = std::process::Command::new("cat").arg(&pipe).stdout(Stdio::piped()).spawn().unwrap();
    home.check(&["export", "people", "--output", &pipe], "", 0);
    let read = String::from_utf8(reader.wait_with_output().unwrap().stdout).unwrap();
    assert!(read.starts_with("email,name\n"), "{read}");
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
}

#[test]
fn a_file_that_is_replaced_keeps_its_rights_and_a_link_stays_a_link() {
    let home = Home::demo();
    let (file, link) = (home.path("people.csv"), home.path("latest"));
    fs::write(&file, "old").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    symlink(&file, &link).unwrap();
    // What a kill between two names leaves.
    fs::write(home.path(".people.csv.new"), "left").unwrap();
    home.check(&["export", "people", "--output", &link], "", 0);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&file).unwrap().contains("theo@northlight.example"));
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o644);
    home.check(&["export", "people", "--output", &home.path("new.csv")], "", 0);
    assert_eq!(fs::metadata(home.path("new.csv")).unwrap().mode() & 0o777, 0o600);
    assert_eq!(names(home.0.path()), ["latest", "new.csv", "people.csv", "work.db"]);
}

// ---- where nobody reads, or nothing can be written ----

/// Runs with a stdout that nobody reads.
fn unread(home: &Home, args: &[&str]) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    home.command(args).stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap()
}

#[test]
fn a_closed_pipe_leaves_the_code_to_the_answer() {
    let home = Home::demo();
    let check = |args: &[&str], code: i32| {
        let output = unread(&home, args);
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(code), ""), "{args:?}");
    };
    check(&["can", EMIL, "crm.inbox.manage", BIKES], 1);
    check(&["can", EMIL, "stores.orders.manage", BIKES], 0);
    check(&["why", EMIL, "crm.inbox.manage", BIKES], 1);
    check(&["who-can", "stores.orders.manage"], 0);
    check(&["verify"], 0);
    check(&["verify", "--head", &format!("7:{}", "0".repeat(64))], 1);
    check(&["role", "diff", "store-helper", "website-manager"], 1);
    for kind in ["bundle", "contacts", "people", "sites"] {
        check(&["export", kind], 0);
    }
    check(&["contact", "add", "Heard by nobody"], 0);
    check(&["--help"], 0);
    assert_eq!(unread(&home, &["can", EMIL, "crm.inbox.manage", "nowhere"]).status.code(), Some(2));
    assert_eq!(unread(&home, &["person", "add", EMIL]).status.code(), Some(3));
}

#[test]
fn what_was_saved_says_so_where_the_answer_does_not_get_out() {
    let home = Home::demo();
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let run = |args: &[&str]| home.command(args).stdout(full()).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    let check = |args: &[&str], code: i32, sentence: &str| {
        let output = run(args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{said}");
        assert!(said.contains(sentence), "{args:?}: no `{sentence}` in\n{said}");
    };
    check(&["contact", "add", "Ada"], 0, "it was saved, as entry 2; only the answer did not get out: writing the answer to stdout");
    // The link is shown but once.
    check(&["invite", "send", "ada@x.example", "--role", "blog-editor", "--site", BIKES], 0, "rolecall accept ");
    check(&["offboard", "theo@northlight.example", "--apply"], 0, "it was saved, as entry 4");
    check(&["contact", "list"], 4, "writing the answer to stdout: No space left on device");
    check(&["export", "bundle"], 4, "writing the answer to stdout");
    assert_eq!(home.entries(), 4);
}
