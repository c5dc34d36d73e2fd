//! Nothing is lost: not by what a verb writes, not by a closed pipe, a full disk, a kill or a file put over another.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod home;
mod world;

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Output, Stdio};

use home::{DEMO, Home};
use rolecall::facts::Store;
use tempfile::TempDir;

const EMIL: &str = "emil@lindqvist-bikes.example";
const BIKES: &str = "lindqvist-bikes";

/// What is in a folder, hidden files too, but for what SQLite keeps beside a workspace and the notes of the user whose home it is.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|it| !["-wal", "-shm", "-queue", ".local"].iter().any(|ending| it.ends_with(ending)));
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
    for ending in ["-wal", "-shm", "-journal", "-queue"] {
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

// ---- a workspace that is being made ----

/// Starts the program with this input, kills it after so many milliseconds, and waits for its end.
fn killed(home: &Home, args: &[&str], after: u64) {
    let mut child = home.command(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(after));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn what_was_killed_while_it_made_a_workspace_is_no_obstacle() {
    let before = |home: &Home| if Path::new(&home.path("work.db")).exists() { vec!["work.db".to_owned()] } else { Vec::new() };
    let (mut n_early, mut n_late) = (0, 0);
    for after in (0..240).step_by(24) {
        let home = Home::empty();
        killed(&home, &["import", "bundle", DEMO], after);
        let there = before(&home);
        if there.is_empty() {
            n_early += 1;
        } else {
            n_late += 1;
        }
        home.check(&["import", "bundle", DEMO], if there.is_empty() { "sites: 19 added" } else { "sites: 0 added" }, 0);
        assert_eq!(names(home.0.path()), ["work.db"]);
        home.check(&["verify"], "entries 1", 0);
    }
    assert!(n_early > 0, "every run was through before it was killed: {n_late}");
    for after in [0, 10, 20, 60] {
        let home = Home::empty();
        let init = ["init", "--name", "Ours", "--owner", "ann@x.example"];
        killed(&home, &init, after);
        let there = !before(&home).is_empty();
        assert_eq!(home.run(&init).status.code(), Some(if there { 3 } else { 0 }));
        assert_eq!(names(home.0.path()), ["work.db"]);
        let home = Home::empty();
        killed(&home, &["--db", "sample.db", "demo"], after * 5);
        for args in [&["--db", "sample.db", "demo"][..], &["--db", "sample.db", "demo", "--fresh"]] {
            // Without a terminal it makes the sample, says so, and shows no screens.
            assert!(String::from_utf8_lossy(&home.run(args).stderr).contains("this is a sample in"), "{args:?} after {after}");
            assert!(home.check(&["--db", "sample.db", "journal"], "", 0).lines().count() > 10);
        }
        assert_eq!(names(home.0.path()), ["sample.db"]);
    }
}

#[test]
fn a_file_without_a_workspace_counts_as_none() {
    let unfinished: [(&str, &str); 3] = [
        ("empty", ""),
        ("not even begun", "PRAGMA journal_mode = WAL; VACUUM"),
        ("marked, and no more", "PRAGMA application_id = 0x726c636c; PRAGMA user_version = 2; CREATE TABLE entry (seq, hash, at); VACUUM"),
    ];
    for (what, sql) in unfinished {
        let home = Home::empty();
        let make = || match sql {
            "" => drop(File::create(home.path("work.db")).unwrap()),
            sql => rusqlite::Connection::open(home.path("work.db")).unwrap().execute_batch(sql).unwrap(),
        };
        make();
        if what == "marked, and no more" {
            // Its tables are not those of a workspace, so that it is one of nobody knows what.
            assert_eq!(home.run(&["init", "--name", "Ours", "--owner", "ann@x.example"]).status.code(), Some(4));
            continue;
        }
        home.refused(&["contact", "list"], "work.db, only a file without one; look around with `rolecall demo`", 2);
        home.check(&["init", "--name", "Ours", "--owner", "ann@x.example"], "entry 1:", 0);
        fs::remove_file(home.path("work.db")).unwrap();
        make();
        home.check(&["import", "bundle", DEMO], "sites: 19 added", 0);
        home.check(&["verify"], "entries 1", 0);
    }
}

#[test]
fn the_log_of_a_workspace_that_is_gone_is_not_taken_for_that_of_a_new_one() {
    let home = Home::empty();
    fs::write(home.path("work.db-wal"), "the last changes of somebody").unwrap();
    home.refused(&["init", "--name", "Ours", "--owner", "ann@x.example"], "work.db-wal is left of a workspace that is gone", 4);
    assert_eq!(fs::read_to_string(home.path("work.db-wal")).unwrap(), "the last changes of somebody");
}

#[test]
fn only_a_sample_is_thrown_away_for_a_fresh_one() {
    let check = |args: &[&str]| {
        let home = Home::empty();
        home.check(args, "entry 1:", 0);
        home.refused(&["--db", "work.db", "demo", "--fresh"], "is not a sample that `rolecall demo` made", 3);
        home.check(&["verify"], "entries 1", 0);
    };
    check(&["init", "--name", "the sample agency", "--owner", "dana@northlight.example"]);
    check(&["init", "--name", "We build the sample agency sites", "--owner", "ann@x.example"]);
    check(&["import", "bundle", DEMO]);
}

// ---- a file that is replaced while it is open ----

/// By a process of its own: to open and close the file in this one would drop SQLite's locks.
fn sh(line: &str, folder: &Path) {
    assert!(std::process::Command::new("sh").args(["-c", line]).current_dir(folder).status().unwrap().success(), "{line}");
}

/// A workspace with an older copy beside it, open and with everything in the file itself.
fn open_with_a_backup() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.db");
    let mut store = Store::create(&path).unwrap();
    world::take_in(&mut store, world::BUNDLE).unwrap();
    drop(store);
    sh("cp w.db backup.db", folder.path());
    let mut store = Store::open(&path, false).unwrap();
    for n in 0..3 {
        world::run_all(&mut store, &[&contact(n)]);
    }
    checkpoint(&path);
    (folder, store)
}

fn contact(n: usize) -> String {
    format!(r#"{{"add":{{"type":"contact","name":"Contact {n}","status":"lead"}}}}"#)
}

fn checkpoint(path: &Path) {
    rusqlite::Connection::open(path).unwrap().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
}

#[test]
fn what_was_replaced_while_open_is_written_to_no_more() {
    let check = |how: &str| {
        let (folder, mut store) = open_with_a_backup();
        sh(how, folder.path());
        for _ in 0..2 {
            let error = world::run(&mut store, &world::cmd(&contact(9))).unwrap_err().to_string();
            assert!(error.contains("w.db was replaced while open; nothing more is written to it"), "{how}: {error}");
        }
    };
    check("cp backup.db w.db");
    check("cp -p backup.db w.db");
    check("cat backup.db > w.db");
    check("cp backup.db n && mv n w.db");
    check("mv w.db away.db");
    check("rm w.db");
    // Also where nothing was written yet: an import takes its time.
    let (folder, store) = open_with_a_backup();
    let mut fresh = Store::open(store.path(), false).unwrap();
    drop(store);
    sh("cp backup.db w.db", folder.path());
    let error = world::run(&mut fresh, &world::cmd(&contact(9))).unwrap_err().to_string();
    assert!(error.contains("was replaced while open"), "{error}");
    // Also where somebody else has gone on with what was put there.
    let (folder, store) = open_with_a_backup();
    let version = store.data_version().unwrap();
    sh("cp backup.db n && mv n w.db", folder.path());
    assert!(store.data_version().is_err_and(|it| it.to_string().contains("was replaced while open")), "{version}");
}

#[test]
fn a_log_that_others_bring_home_replaces_nothing() {
    let (folder, mut store) = open_with_a_backup();
    for n in 10..20 {
        let mut other = Store::open(&folder.path().join("w.db"), false).unwrap();
        world::run_all(&mut other, &[&contact(n)]);
        checkpoint(&folder.path().join("w.db"));
        store.data_version().unwrap();
        world::run_all(&mut store, &[&contact(n + 10)]);
    }
    world::proven(&store);
}

// ---- a disk that reports errors ----

#[test]
fn what_the_disk_did_not_confirm_is_looked_up() {
    let home = Home::demo();
    let mut n_told = 0;
    for n in 1..=3 {
        for again in ["", "+"] {
            let name = format!("Contact {n}{again}");
            let plain = home.command(&["contact", "add", &name]);
            let mut strace = std::process::Command::new("strace");
            strace.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e", &format!("inject=fsync:error=EIO:when={n}{again}")]);
            strace.arg(plain.get_program()).args(plain.get_args()).env("ROLECALL_DB", home.path("work.db")).env("HOME", home.0.path());
            let Ok(output) = strace.output() else { return eprintln!("skipped: there is no strace here") };
            let said = String::from_utf8_lossy(&output.stderr);
            if said.contains("ptrace") {
                return eprintln!("skipped: strace may not trace here");
            }
            let list = home.run(&["contact", "list", "--filter", &name, "--format", "csv"]);
            let there = String::from_utf8_lossy(&list.stdout).contains(&name);
            assert_eq!(output.status.code(), Some(if there { 0 } else { 4 }), "{n}{again}: {said}");
            n_told += usize::from(said.contains("it was not saved"));
            assert!(there || said.contains("it was not saved"), "{n}{again}: {said}");
        }
    }
    assert!(n_told > 0, "no error came through");
    home.check(&["verify"], "entries", 0);
}

// ---- where nothing can be written ----

/// Runs as somebody who may write nothing, or answers nothing where that cannot be had.
fn as_nobody(home: &Home, args: &[&str]) -> Option<Output> {
    let plain = home.command(args);
    if home.uid() != 0 {
        return Some(home.run(args));
    }
    let mut command = std::process::Command::new("setpriv");
    command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]).arg(plain.get_program()).args(args);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", home.0.path()).env("ROLECALL_DB", home.path("work.db"));
    let output = command.current_dir(home.0.path()).stdin(Stdio::null()).output().ok();
    output.filter(|it| it.status.code().is_none_or(|it| it < 126)).or_else(|| {
        eprintln!("skipped: this is root, which may write everywhere, and setpriv does not work here");
        None
    })
}

impl Home {
    fn uid(&self) -> u32 {
        fs::metadata(self.0.path()).unwrap().uid()
    }

    fn rights(&self, folder: u32, files: u32) {
        for it in fs::read_dir(self.0.path()).unwrap() {
            fs::set_permissions(it.unwrap().path(), fs::Permissions::from_mode(files)).unwrap();
        }
        fs::set_permissions(self.0.path(), fs::Permissions::from_mode(folder)).unwrap();
    }
}

#[test]
fn reading_needs_no_place_to_write() {
    let home = Home::demo();
    home.check(&["contact", "add", "In the file"], "", 0);
    fs::remove_file(home.path("work.db-queue")).unwrap();
    let check = |home: &Home, args: &[&str], words: &str, code: i32| {
        let Some(output) = as_nobody(home, args) else { return };
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{said}");
        assert!(said.contains(words), "{args:?}: no `{words}` in\n{said}");
    };
    let before = names(home.0.path());
    home.rights(0o555, 0o444);
    check(&home, &["can", EMIL, "stores.orders.manage", BIKES], "yes", 0);
    check(&home, &["contact", "list", "--filter", "In the file"], "In the file", 0);
    check(&home, &["verify"], "entries 2", 0);
    check(&home, &["contact", "add", "Ada"], "can only be read: the file, its folder or its disk takes nothing", 4);
    home.rights(0o755, 0o644);
    assert_eq!(names(home.0.path()), before);
    // Killed, with its last changes in the log and no index of it.
    let copy = Home::empty();
    let writer = rusqlite::Connection::open(home.path("work.db")).unwrap();
    writer.execute_batch("PRAGMA journal_mode = WAL; UPDATE contact SET notes = 'only in the log' WHERE name = 'In the file'").unwrap();
    sh(&format!("cp work.db work.db-wal {}", copy.0.path().display()), home.0.path());
    copy.rights(0o555, 0o444);
    check(&copy, &["contact", "list", "--filter", "In the file", "--format", "json"], "only in the log", 0);
    check(&copy, &["contact", "add", "Ada"], "can only be read", 4);
    copy.rights(0o755, 0o644);
    // Of an earlier version: it is read once it is brought up to date, which writes to it.
    let older = Home::empty();
    let zipped = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/frozen/v3.db.gz")).unwrap();
    std::io::copy(&mut flate2::read::GzDecoder::new(zipped), &mut std::fs::File::create(older.path("work.db")).unwrap()).unwrap();
    older.rights(0o555, 0o444);
    check(&older, &["who-can", "editor.site.publish"], "do that where it can be written, or on a copy that --db names", 4);
    older.rights(0o755, 0o644);
}

// ---- a workspace of several users ----

#[test]
fn a_shared_workspace_is_for_the_group_with_all_that_lies_beside_it() {
    let home = Home::empty();
    let group = fs::metadata(home.0.path()).unwrap().gid().to_string();
    let db = home.path("share/ours.db");
    let args = |shared: &str| ["--db", &db, "init", "--name", "Ours", "--owner", "ann@x.example", "--shared", shared].map(str::to_owned);
    let wrong = args("no-such-group");
    home.refused(&wrong.each_ref().map(String::as_str), "no group `no-such-group` in /etc/group; write its number", 2);
    let right = args(&group);
    home.check(&right.each_ref().map(String::as_str), "entry 1:", 0);
    home.check(&["--db", &db, "site", "add", "Shop", "--owner", "ann@x.example"], "entry 2:", 0);
    home.check(&["--db", &db, "invite", "send", "new@x.example", "--role", "blog-editor", "--site", "shop"], "entry 3:", 0);
    let mode = |name: &str| fs::metadata(home.0.path().join("share").join(name)).unwrap().mode() & 0o7777;
    assert_eq!((mode(""), mode("ours.db"), mode("ours.db-queue"), mode("ours.outbox")), (0o2770, 0o660, 0o660, 0o2770));
    let letters = names(&home.0.path().join("share/ours.outbox"));
    assert_eq!((letters.len(), mode(&format!("ours.outbox/{}", letters[0]))), (1, 0o660));
}

// ---- others, meanwhile ----

#[test]
fn an_import_that_waits_for_its_input_keeps_nobody_waiting() {
    let home = Home::demo();
    let mut child = home.command(&["import", "bundle", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let person = |n: usize| format!("{{\"type\":\"person\",\"email\":\"p{n}@x.example\",\"name\":\"P {n}\"}}\n");
    input.write_all((0..1000).map(person).collect::<String>().as_bytes()).unwrap();
    let began = std::time::Instant::now();
    home.check(&["contact", "add", "Meanwhile"], "entry 2:", 0);
    assert!(began.elapsed().as_secs() < 5, "it waited for the import's input");
    input.write_all((1000..2000).map(person).collect::<String>().as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("people: 2000 added"), "{output:?}");
    home.check(&["verify"], "entries 3", 0);
}

#[test]
fn a_backup_beside_a_log_that_holds_all_that_the_journal_has_is_a_mixture_too() {
    let home = Home::demo();
    let [file, backup] = ["work.db", "backup.db"].map(|it| home.path(it));
    fs::copy(&file, &backup).unwrap();
    home.check(&["offboard", "theo@northlight.example", "--apply"], "", 0);
    // Whoever has it open keeps its log from being brought home. It has the page with all entries, and not those of what
    // the offboarding took.
    let open = Store::open(Path::new(&file), false).unwrap();
    home.check(&["contact", "add", "Latecomer"], "", 0);
    let version = open.data_version().unwrap();
    fs::copy(&backup, &file).unwrap();
    let question = ["can", "theo@northlight.example", "stores.orders.manage", "nordhavn-outdoor"];
    home.refused(&question, "work.db is a mixture of two files", 4);
    home.refused(&["contact", "add", "Passer-by"], "Move", 4);
    home.refused(&["verify"], "put the backup there once more", 4);
    assert!(open.data_version().is_err_and(|it| it.to_string().contains("was replaced while open")), "{version}");
    // Whoever was the last to have it open brings nothing of it home: it is told still.
    drop(open);
    home.refused(&question, "work.db is a mixture of two files", 4);
    home.refused(&["contact", "add", "Passer-by"], "Move", 4);
    home.refused(&question, "work.db is a mixture of two files", 4);
}

#[test]
fn a_log_that_was_brought_home_in_part_when_the_power_failed_is_still_the_files_own() {
    const SECTOR: usize = 512;
    let home = Home::demo();
    let [file, log, cut] = ["work.db", "work.db-wal", "cut.db"].map(|it| home.path(it));
    for n in 0..30 {
        home.check(&["contact", "add", &format!("Walk-in {n}")], "", 0);
    }
    // Whoever has it open keeps its log from being brought home.
    let open = Store::open(Path::new(&file), false).unwrap();
    home.check(&["offboard", "theo@northlight.example", "--apply"], "", 0);
    for n in 0..12 {
        home.check(&["contact", "add", &format!("Latecomer {n}"), "--notes", &"met at the fair; ".repeat(20)], "", 0);
    }
    let (before, log, newest) = (fs::read(&file).unwrap(), fs::read(log).unwrap(), open.reader().head().unwrap());
    fs::write(&cut, &before).unwrap();
    fs::write(format!("{cut}-wal"), &log).unwrap();
    checkpoint(Path::new(&cut));
    let after = fs::read(&cut).unwrap();
    let written: Vec<usize> =
        (0..after.len()).step_by(SECTOR).filter(|at| before.get(*at..at + SECTOR) != Some(&after[*at..][..SECTOR])).collect();
    let check = |sectors: &[usize]| {
        let mut state = before.clone();
        state.resize(after.len(), 0);
        for at in sectors {
            state[*at..][..SECTOR].copy_from_slice(&after[*at..][..SECTOR]);
        }
        fs::write(&cut, state).unwrap();
        fs::write(format!("{cut}-wal"), &log).unwrap();
        let store = Store::open(Path::new(&cut), false).unwrap_or_else(|error| panic!("{sectors:?}: {error:#}"));
        assert_eq!(store.reader().head().unwrap(), newest, "{sectors:?}");
    };
    (0..written.len()).step_by(7).for_each(|n| check(&written[..n]));
    let mut chance: u64 = 0x9e37_79b9_7f4a_7c15;
    for _ in 0..60 {
        let mut is_written = |_: &usize| {
            chance = chance.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            chance >> 63 == 1
        };
        check(&written.iter().copied().filter(|it| is_written(it)).collect::<Vec<_>>());
    }
    drop(open);
}

#[test]
fn a_file_whose_pages_make_no_sense_is_said_to_be_damaged() {
    let home = Home::demo();
    let file = home.path("work.db");
    let mut pages = fs::read(&file).unwrap();
    pages[4096..].chunks_mut(4096).for_each(|page| page[..64].fill(0x5a));
    fs::write(&file, pages).unwrap();
    home.refused(&["contact", "list"], "the file is damaged, or another was put in its place while it was open", 4);
}

#[test]
fn a_backup_beside_the_log_of_the_former_file_is_a_mixture_that_nothing_is_written_to() {
    let home = Home::demo();
    let [file, backup] = ["work.db", "backup.db"].map(|it| home.path(it));
    fs::copy(&file, &backup).unwrap();
    for n in 0..30 {
        home.check(&["contact", "add", &format!("Walk-in {n}")], "", 0);
    }
    // Whoever has it open keeps its log from being brought home.
    let open = Store::open(Path::new(&file), false).unwrap();
    home.check(&["contact", "add", "Latecomer"], "", 0);
    fs::copy(&backup, &file).unwrap();
    home.refused(&["contact", "add", "Passer-by"], "work.db is a mixture of two files", 4);
    home.refused(&["import", "bundle", DEMO], "put the backup there once more", 4);
    drop(open);
    for ending in ["-wal", "-shm"] {
        let _ = fs::remove_file(format!("{file}{ending}"));
    }
    fs::copy(&backup, &file).unwrap();
    home.check(&["contact", "add", "Passer-by"], "", 0);
    home.check(&["verify"], "entries 2", 0);
}

/// A workspace whose backup is so many entries older, open, with nothing in its log but one entry more.
fn older_backup(n: usize) -> (Home, Store) {
    let home = Home::empty();
    let path = home.path("work.db");
    let mut store = Store::create(Path::new(&path)).unwrap();
    world::take_in(&mut store, world::BUNDLE).unwrap();
    drop(store);
    sh("cp work.db backup.db", home.0.path());
    // Of somebody who remembers what they wrote.
    home.check(&["contact", "add", "Remembered"], "", 0);
    let mut store = Store::open(Path::new(&path), false).unwrap();
    (0..n).for_each(|n| world::run_all(&mut store, &[&contact(n)]));
    checkpoint(Path::new(&path));
    world::run_all(&mut store, &[&contact(n)]);
    (home, store)
}

/// Answers as to somebody who remembers nothing of this file.
fn newcomer(home: &Home, args: &[&str]) -> Output {
    home.command(args).env("XDG_STATE_HOME", home.path("nothing")).stdin(Stdio::null()).output().unwrap()
}

/// Whoever asks or writes is told, and neither of the two files is touched.
fn is_a_mixture(home: &Home, what: &str) {
    let files = || ["work.db", "work.db-wal"].map(|it| fs::read(home.path(it)).unwrap_or_default());
    let before = files();
    for args in [&["contact", "list"][..], &["contact", "add", "Passer-by"], &["verify"], &["journal"], &["--read-only", "site", "list"]] {
        for (who, output) in [("a newcomer", newcomer(home, args)), ("who remembers", home.run(args))] {
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(4), "{what}: {who} {args:?}: {said}{}", String::from_utf8_lossy(&output.stdout));
            assert!(said.contains("is a mixture of two files"), "{what}: {who} {args:?}: {said}");
        }
        assert!(files() == before, "{what}: {args:?} altered a file");
    }
}

#[test]
fn whoever_comes_upon_a_backup_beside_the_log_of_the_former_file_is_told_and_alters_neither() {
    for n in [2, 30, 60, 150] {
        for put in ["cp backup.db work.db", "cp backup.db n && mv n work.db"] {
            let what = format!("{n} entries, {put}");
            let (home, store) = older_backup(n);
            // What a kill leaves: the log, and not its index.
            sh("mkdir killed && cp work.db work.db-wal backup.db killed", home.0.path());
            sh(put, home.0.path());
            is_a_mixture(&home, &what);
            drop(store);
            sh("rm -f work.db-wal work.db-shm && mv killed/* .", home.0.path());
            sh(put, home.0.path());
            is_a_mixture(&home, &format!("{what}, killed"));
            sh("rm work.db-wal", home.0.path());
            home.check(&["verify"], "entries 1", 0);
            home.check(&["contact", "add", "Passer-by"], "", 0);
            home.check(&["verify"], "entries", 0);
        }
    }
}

#[test]
fn a_newer_file_beside_the_log_of_an_older_one_is_a_mixture_too() {
    let (home, store) = older_backup(40);
    drop(store);
    sh("cp work.db newer.db && cp backup.db work.db", home.0.path());
    let mut store = Store::open(Path::new(&home.path("work.db")), false).unwrap();
    world::run_all(&mut store, &[&contact(0)]);
    sh("cp newer.db work.db", home.0.path());
    is_a_mixture(&home, "newer");
    drop(store);
    is_a_mixture(&home, "newer, closed");
}

#[test]
fn whoever_closes_a_file_over_which_a_backup_was_put_leaves_it_as_it_is() {
    let (home, store) = older_backup(30);
    sh("cp backup.db work.db", home.0.path());
    drop(store);
    assert!(fs::read(home.path("work.db")).unwrap() == fs::read(home.path("backup.db")).unwrap());
    is_a_mixture(&home, "closed");
}

#[test]
fn who_looks_just_when_a_backup_is_being_put_there_is_told_of_it_then_and_afterwards() {
    let (home, mut store) = older_backup(30);
    let told = |result: String| assert!(result.contains("was replaced while open; nothing more is written to it"), "{result}");
    let mut look = || {
        // What is asked without having looked first is answered from the log, or is said to be gone.
        if let Err(error) = store.reader().head() {
            told(store.in_words(&error));
        }
        told(format!("{:#}", store.data_version().unwrap_err()));
        told(world::run(&mut store, &world::cmd(&contact(99))).unwrap_err().to_string());
    };
    sh(": >work.db", home.0.path());
    look();
    sh("cat backup.db >work.db", home.0.path());
    look();
    drop(store);
    assert!(fs::read(home.path("work.db")).unwrap() == fs::read(home.path("backup.db")).unwrap());
    is_a_mixture(&home, "closed");
}

#[test]
fn a_backup_whose_log_has_all_that_came_since_is_the_whole_workspace() {
    let home = Home::empty();
    let mut store = Store::create(Path::new(&home.path("work.db"))).unwrap();
    world::take_in(&mut store, world::BUNDLE).unwrap();
    checkpoint(Path::new(&home.path("work.db")));
    sh("cp work.db backup.db", home.0.path());
    (0..12).for_each(|n| world::run_all(&mut store, &[&contact(n)]));
    sh("cp backup.db work.db", home.0.path());
    assert_eq!(newcomer(&home, &["verify"]).status.code(), Some(0));
    drop(store);
    home.check(&["contact", "list", "--filter", "Contact 11"], "Contact 11", 0);
    home.check(&["verify"], "entries 13", 0);
}

#[test]
fn who_finds_a_mixture_by_what_they_remember_leaves_the_backup_as_it_is() {
    let (home, store) = older_backup(30);
    drop(store);
    // What another program wrote adds no entry: the log alone says nothing of the journal.
    let other = rusqlite::Connection::open(home.path("work.db")).unwrap();
    other.execute_batch("PRAGMA journal_mode = WAL; UPDATE contact SET notes = 'by hand' WHERE name = 'Contact 29'").unwrap();
    sh("cp work.db-wal kept", home.0.path());
    drop(other);
    sh("cp backup.db work.db && cp kept work.db-wal", home.0.path());
    home.refused(&["contact", "add", "Passer-by"], "work.db is a mixture of two files", 4);
    for (one, other) in [("work.db", "backup.db"), ("work.db-wal", "kept")] {
        assert!(fs::read(home.path(one)).unwrap() == fs::read(home.path(other)).unwrap(), "{one}");
    }
    home.refused(&["contact", "add", "Passer-by"], "work.db is a mixture of two files", 4);
}

// ---- a disk that is full ----

#[test]
fn a_disk_without_room_is_said_to_be_full_and_no_file_is_asked_for_what_it_is() {
    let home = Home::demo();
    let said = |line: &str| {
        let args = ["-c", line, "sh", env!("CARGO_BIN_EXE_rolecall")];
        let mut unshare = std::process::Command::new("unshare");
        unshare.arg("--mount").arg("sh").args(args).env("HOME", home.0.path()).current_dir(home.0.path());
        unshare.stdin(Stdio::null()).output().map(|it| (it.status.code(), String::from_utf8_lossy(&it.stderr).into_owned()))
    };
    // No file grows: there is no room for the index of the log either.
    let limited = std::process::Command::new("sh")
        .args(["-c", "ulimit -f 0; trap '' XFSZ; exec \"$0\" --db work.db contact add Ada", env!("CARGO_BIN_EXE_rolecall")])
        .env("HOME", home.0.path())
        .current_dir(home.0.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&limited.stderr);
    assert_eq!(limited.status.code(), Some(4), "{text}");
    assert!(text.contains("can only be read") && !text.contains("is it a rolecall workspace"), "{text}");
    home.check(&["verify"], "entries 1", 0);

    let full = "mkdir full && mount -t tmpfs -o size=3m tmpfs full || exit 99; cp work.db full; cd full; cat /dev/zero >filler 2>/dev/null
        exec \"$1\" --db work.db contact add Ada";
    match said(full) {
        Ok((Some(4), text)) => {
            let sentence = "work.db can only be read: its disk is full; free some space and try again\n";
            assert!(text.ends_with(sentence), "{text}");
        }
        Ok((Some(1 | 99), text)) if !text.contains("rolecall:") => eprintln!("skipped: nothing can be mounted here: {text}"),
        other => panic!("{other:?}"),
    }
}
