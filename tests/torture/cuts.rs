//! Power cuts: any state that a disk may be in when writes that were not synced are kept, torn or gone.
//!
//! A run is recorded by `strace`: what was written where, and what was synced. A cut after any call of the record leaves
//! the synced bytes, and of each later write all, some of its sectors, or nothing, in any combination; likewise of files
//! that were made, renamed or removed since their folder was synced. Memory maps are not in the record: the only one that
//! is written to is the index of the write-ahead log, which SQLite builds anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::home::Home;
use super::{Chance, acknowledged, copy_of, count, holds, spread, strace, verified, workspace};

const SECTOR: usize = 512;

/// One thing that the program asked of the disk.
#[derive(Clone, Debug)]
enum Call {
    Write {
        file: usize,
        at: usize,
        bytes: Vec<u8>,
    },
    Cut {
        file: usize,
        length: usize,
    },
    Sync {
        file: usize,
    },
    /// A name in the folder leads to this file from now on, or to nothing.
    Name {
        name: String,
        file: Option<usize>,
    },
    SyncFolder,
    /// A receipt stood on stdout.
    Acknowledged(String),
}

/// `TORTURE_CUTS` says how many states.
#[test]
fn nothing_that_was_acknowledged_is_lost_to_a_power_cut() {
    let Some(strace) = strace::find("cuts") else { return };
    let cuts = count("TORTURE_CUTS", 8);
    let resting = workspace();
    let home = copy_of(&resting);
    let entries = verified(&home).unwrap();
    let mut record = Record::of(&home);
    for step in [
        &["contact", "add", "One more"][..],
        &["import", "bundle", "more.jsonl"],
        &["invite", "send", "new@x.example", "--role", "helper", "--site", "acme"],
        &["undo"],
        &["role", "revoke", "helper", "stores.orders.manage"],
        &["assign", "cy@corp.example", "website-manager", "--site", "corp"],
    ] {
        record.take(&strace, &home, step);
    }
    let promised = record.calls.iter().filter(|it| matches!(it, Call::Acknowledged(_))).count();
    assert_eq!(promised, 6, "each step is acknowledged");
    assert!(record.calls.iter().any(|it| matches!(it, Call::Sync { .. })), "the record shows what was synced");
    let salts: Vec<u64> = (0..).take(cuts).collect();
    let more = spread(&salts, |salt| {
        let mut chance = Chance::new(4 + salt);
        let after = chance.below(record.calls.len() + 1);
        let state = Home::empty();
        record.cut(after, &mut chance, &state);
        let heads: Vec<&String> = record.calls[..after].iter().filter_map(Call::head).collect();
        let now = verified(&state).unwrap_or_else(|complaint| panic!("cut {salt} after call {after}: {complaint}"));
        if let Some(last) = heads.last() {
            assert!(holds(&state, last), "cut {salt} after call {after}: {last} was acknowledged and is lost");
        }
        now > entries + heads.len()
    });
    println!(
        "cuts: {cuts} states of a record of {} calls and {promised} acknowledged changes: 0 lost, verify clean each time; {} with a change that was not acknowledged yet",
        record.calls.len(),
        more.iter().filter(|it| **it).count()
    );
}

impl Call {
    fn head(&self) -> Option<&String> {
        match self {
            Call::Acknowledged(head) => Some(head),
            Call::Write { .. } | Call::Cut { .. } | Call::Sync { .. } | Call::Name { .. } | Call::SyncFolder => None,
        }
    }
}

/// What happened in one folder, from files that were on the disk.
struct Record {
    folder: String,
    /// What each file held at the start; those that were made later held nothing.
    files: Vec<Vec<u8>>,
    names: BTreeMap<String, usize>,
    calls: Vec<Call>,
}

impl Record {
    fn of(home: &Home) -> Record {
        let folder = format!("{}/", home.0.path().canonicalize().unwrap().display());
        let names = BTreeMap::from([("work.db".to_owned(), 0)]);
        Record { folder, files: vec![fs::read(home.path("work.db")).unwrap()], names, calls: Vec::new() }
    }

    /// Runs one step and writes down what it asked of the disk.
    fn take(&mut self, strace: &Path, home: &Home, step: &[&str]) {
        let traced =
            "trace=openat,write,pwrite64,fsync,fdatasync,ftruncate,rename,renameat,renameat2,unlink,unlinkat,writev,pwritev,fallocate";
        let options = ["-y", "-xx", "-s", "16777216", "-e", traced].map(str::to_owned);
        let output = strace::run(strace, home, &options, step).unwrap();
        let trace = fs::read_to_string(home.path("trace")).unwrap();
        let mut said = Vec::new();
        for (name, rest) in strace::calls(&trace) {
            if name == "write" && rest.starts_with("1<") {
                said.extend(quoted(rest));
                continue;
            }
            self.call(name, rest);
        }
        assert_eq!(acknowledged(&said), acknowledged(&output.stdout), "{step:?}");
        self.calls.extend(acknowledged(&said).map(Call::Acknowledged));
    }

    fn call(&mut self, name: &str, rest: &str) {
        let failed = rest.rsplit_once(") = ").is_none_or(|(_, result)| result.starts_with('-'));
        if failed {
            return;
        }
        let text = |it: &str| String::from_utf8(unescaped(it)).unwrap_or_default();
        let handle = rest.split_once('<').and_then(|(_, it)| it.split_once('>')).map_or_else(String::new, |(it, _)| text(it));
        let paths: Vec<String> = rest.split('"').skip(1).step_by(2).map(text).collect();
        match name {
            "openat" if rest.contains("O_CREAT") => self.made(&paths[0]),
            "unlink" | "unlinkat" => self.renamed(&paths[0], None),
            "rename" | "renameat" | "renameat2" => self.renamed(&paths[0], Some(&paths[1])),
            "fsync" | "fdatasync" if format!("{handle}/") == self.folder => self.calls.push(Call::SyncFolder),
            "fsync" | "fdatasync" => self.calls.extend(self.file(&handle).map(|file| Call::Sync { file })),
            "ftruncate" => {
                let length = number(rest.split(", ").nth(1));
                self.calls.extend(self.file(&handle).map(|file| Call::Cut { file, length }));
            }
            "pwrite64" => {
                let Some(file) = self.file(&handle) else { return };
                let bytes = quoted(rest);
                let at = number(rest.rsplit_once(") = ").and_then(|(it, _)| it.rsplit(", ").next()));
                self.calls.push(Call::Write { file, at, bytes });
            }
            _ => assert!(name == "openat" || self.file(&handle).is_none(), "{name} is not understood here"),
        }
    }

    /// The file that a path of this folder leads to now. The index of the log lives in memory alone.
    fn file(&self, path: &str) -> Option<usize> {
        self.names.get(path.strip_prefix(&self.folder)?).copied()
    }

    fn made(&mut self, path: &str) {
        let name = path.strip_prefix(&self.folder).map(str::to_owned);
        let Some(name) = name.filter(|it| it.starts_with("work.db") && !it.ends_with("-shm") && !self.names.contains_key(it)) else {
            return;
        };
        let file = self.files.len();
        self.files.push(Vec::new());
        self.names.insert(name.clone(), file);
        self.calls.push(Call::Name { name, file: Some(file) });
    }

    fn renamed(&mut self, from: &str, to: Option<&str>) {
        let within = |it: &str| it.strip_prefix(&self.folder).map(str::to_owned);
        let Some((from, file)) = within(from).and_then(|it| Some((it.clone(), self.names.remove(&it)?))) else { return };
        self.calls.push(Call::Name { name: from, file: None });
        if let Some(to) = to.and_then(within) {
            self.names.insert(to.clone(), file);
            self.calls.push(Call::Name { name: to, file: Some(file) });
        }
    }

    /// A state of the disk after the first `after` calls, written into a home.
    fn cut(&self, after: usize, chance: &mut Chance, into: &Home) {
        let mut disk = self.files.clone();
        let mut names = BTreeMap::from([("work.db".to_owned(), 0)]);
        for (at, call) in self.calls[..after].iter().enumerate() {
            let later = &self.calls[at..after];
            match call {
                Call::Write { file, at, bytes } => {
                    let synced = later.iter().any(|it| matches!(it, Call::Sync { file: other } if other == file));
                    written(&mut disk[*file], *at, bytes, synced, chance);
                }
                Call::Cut { file, length } => {
                    let synced = later.iter().any(|it| matches!(it, Call::Sync { file: other } if other == file));
                    if synced || chance.below(2) == 0 {
                        disk[*file].resize(*length, 0);
                    }
                }
                Call::Name { name, file } => {
                    let synced = later.iter().any(|it| matches!(it, Call::SyncFolder));
                    if !synced && chance.below(2) == 0 {
                        continue;
                    }
                    match file {
                        Some(file) => drop(names.insert(name.clone(), *file)),
                        None => drop(names.remove(name)),
                    }
                }
                Call::Sync { .. } | Call::SyncFolder | Call::Acknowledged(_) => {}
            }
        }
        for (name, file) in names {
            fs::write(into.path(&name), &disk[file]).unwrap();
        }
    }
}

/// Writes all of it where it was synced; else all, some sectors, or nothing.
fn written(file: &mut Vec<u8>, at: usize, bytes: &[u8], synced: bool, chance: &mut Chance) {
    let fate = if synced { 0 } else { chance.below(3) };
    if fate == 2 {
        return;
    }
    if file.len() < at + bytes.len() {
        file.resize(at + bytes.len(), 0);
    }
    let mut from = 0;
    while from < bytes.len() {
        let to = (from + SECTOR - (at + from) % SECTOR).min(bytes.len());
        if fate == 0 || chance.below(2) == 0 {
            file[at + from..at + to].copy_from_slice(&bytes[from..to]);
        }
        from = to;
    }
}

fn number(text: Option<&str>) -> usize {
    let digits: String = text.unwrap_or_default().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

/// The bytes between the first two quotation marks.
fn quoted(rest: &str) -> Vec<u8> {
    let mut parts = rest.splitn(3, '"').skip(1);
    let bytes = unescaped(parts.next().unwrap_or_default());
    assert!(!parts.next().unwrap_or_default().starts_with("..."), "the record is cut short");
    bytes
}

/// `\x41\x42` is AB; with `-xx` every byte is written so.
fn unescaped(text: &str) -> Vec<u8> {
    text.split("\\x").skip(1).map(|it| u8::from_str_radix(it, 16).unwrap()).collect()
}
