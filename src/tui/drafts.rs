//! Drafts on disk: one plan file a window.
//!
//! A window that has unsaved changes holds a lock on its file, so that no other takes it for its own;
//! the lock goes with the process, however that ends. The next window takes up the first file that
//! nobody holds. What cannot be read is set aside under another name and said, never written over.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use crate::command::Command;
use crate::exchange::plan::{self, Head, Plan};
use crate::store::files::{self, Unnamed};

/// Windows of one user on one workspace that may have drafts at a time.
const MAX_WINDOWS: usize = 1000;

/// A draft that a window left behind, or a plan that the screens are opened with.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Left {
    /// What it is called, where it is a plan.
    pub(super) name: Option<String>,
    pub(super) commands: Vec<Command>,
    pub(super) at: Option<DateTime<Utc>>,
    /// Lines that could not be read, or are missing.
    pub(super) lost: usize,
    /// Where the file lies, if anything of it was lost.
    pub(super) aside: Option<PathBuf>,
    /// Drafts of other windows that are gone, which wait to be taken up.
    pub(super) waiting: usize,
}

/// The draft file of this window.
pub(super) struct DraftFile {
    folder: PathBuf,
    /// The name of its kind, without the window's number.
    name: String,
    /// It is this window's as long as this is open.
    held: Option<(PathBuf, File)>,
}

impl Left {
    /// What was kept as values.
    pub(super) fn of(values: &[serde_json::Value], at: Option<DateTime<Utc>>) -> Left {
        let commands: Vec<Command> = values.iter().filter_map(|it| serde_json::from_value(it.clone()).ok()).collect();
        Left { lost: values.len() - commands.len(), commands, at, ..Left::default() }
    }
}

impl DraftFile {
    pub(super) fn new(folder: &Path, name: String) -> DraftFile {
        DraftFile { folder: folder.to_owned(), name, held: None }
    }

    fn path(&self, window: usize) -> PathBuf {
        self.folder.join(format!("{}-{window}.jsonl", self.name))
    }

    /// The files that are there, by the numbers of their windows: one look into the folder, not one for each number.
    fn there(&self) -> Vec<PathBuf> {
        let Ok(files) = fs::read_dir(&self.folder) else { return Vec::new() };
        let number = |name: &str| name.strip_prefix(&self.name)?.strip_prefix('-')?.strip_suffix(".jsonl")?.parse().ok();
        let windows = files.filter_map(|it| number(it.ok()?.file_name().to_str()?));
        let windows: BTreeSet<usize> = windows.filter(|it| (1..=MAX_WINDOWS).contains(it)).collect();
        windows.into_iter().map(|it| self.path(it)).collect()
    }

    /// Takes up this window's own draft again or, where it has none, the first one whose window is gone.
    pub(super) fn take_up(&mut self) -> Result<Option<Left>> {
        if let Some((path, _)) = &self.held {
            return parse(&fs::read(path).with_context(|| format!("reading {}", path.display()))?).map(Some);
        }
        let mut dead = Vec::new();
        for path in self.there() {
            dead.extend(lock(&path).with_context(|| format!("looking into {}", path.display()))?.map(|file| (path, file)));
        }
        let waiting = dead.len().saturating_sub(1);
        let Some((path, file)) = dead.into_iter().next() else { return Ok(None) };
        let mut left = parse(&fs::read(&path).with_context(|| format!("reading {}", path.display()))?)?;
        left.waiting = waiting;
        if left.lost > 0 {
            left.aside = Some(set_aside(&path, !left.commands.is_empty())?);
        }
        if !left.commands.is_empty() {
            self.held = Some((path, file));
        }
        Ok(Some(left))
    }

    /// Keeps these commands, whole or not at all; without any, the file goes.
    pub(super) fn write(&mut self, first: &Head, commands: &[Command]) -> Result<()> {
        if commands.is_empty() {
            if let Some((path, _)) = &self.held {
                fs::remove_file(path).or_else(unless_missing).with_context(|| format!("removing {}", path.display()))?;
            }
            self.held = None;
            return Ok(());
        }
        fs::create_dir_all(&self.folder).with_context(|| self.folder.display().to_string())?;
        let mut held = None;
        let fill = |file: &mut File| {
            plan::write(file, &first.clone().counting(commands), commands)?;
            // Locked before it has its name: nobody finds it free.
            file.try_lock().map_err(|error| anyhow::anyhow!("locking it: {error}"))?;
            held = Some(file.try_clone()?);
            Ok(())
        };
        let path = match &self.held {
            Some((path, _)) => files::replace(path, fill).map(|()| path.clone())?,
            None => self.begin(fill)?,
        };
        self.held = held.map(|file| (path, file));
        Ok(())
    }

    /// Makes a file under the first number that no other window has.
    fn begin(&self, fill: impl FnOnce(&mut File) -> Result<()>) -> Result<PathBuf> {
        let mut made = Unnamed::beside(&self.path(1))?;
        fill(made.file()).with_context(|| self.folder.display().to_string())?;
        for path in (1..=MAX_WINDOWS).map(|window| self.path(window)) {
            match made.put(&path).with_context(|| path.display().to_string())? {
                None => return Ok(path),
                Some(again) => made = again,
            }
        }
        anyhow::bail!("{MAX_WINDOWS} windows have drafts already in {}", self.folder.display())
    }
}

fn unless_missing(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

/// The file, locked; `None` where somebody holds it, or it is gone.
fn lock(path: &Path) -> io::Result<Option<File>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) => return unless_missing(error).map(|()| None),
    };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    // Its window may have replaced or removed it between the two: then this is no longer the one of that name.
    let same = fs::metadata(path).is_ok_and(|now| file.metadata().is_ok_and(|it| (it.dev(), it.ino()) == (now.dev(), now.ino())));
    Ok(same.then_some(file))
}

/// One unreadable line costs one line.
fn parse(bytes: &[u8]) -> Result<Left> {
    let plan = plan::read(bytes)?;
    // Every draft has a head: without one, it is among the lines that cannot be read, or the file is empty.
    let lost = plan.faults.len() + plan.n_missing();
    let lost = if plan.head.is_none() { lost.max(1) } else { lost };
    Ok(Left { lost, ..Left::from(plan) })
}

impl From<Plan> for Left {
    fn from(plan: Plan) -> Left {
        Left { commands: plan.commands, at: plan.head.map(|it| it.made), ..Left::default() }
    }
}

/// Gives a file that could not be read another name, or a copy of it where the rest of it is in use.
pub(super) fn set_aside(path: &Path, copy: bool) -> Result<PathBuf> {
    let mut names = (1..=MAX_WINDOWS).map(|n| path.with_extension(format!("unread-{n}")));
    let aside = names.find(|it| !it.exists()).with_context(|| format!("too much is set aside beside {}", path.display()))?;
    if copy { fs::copy(path, &aside).map(drop) } else { fs::rename(path, &aside) }
        .with_context(|| format!("setting {} aside", path.display()))?;
    Ok(aside)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::command::Switch;

    fn command(role: &str) -> Command {
        Command::Toggle { role: role.to_owned(), permissions: Vec::new(), to: Switch::Grant }
    }

    fn at() -> DateTime<Utc> {
        "2026-11-21T12:00:00Z".parse().unwrap()
    }

    fn head() -> Head {
        Head::new("Northlight".to_owned(), None, at(), "dana@nl.example".to_owned())
    }

    fn window(folder: &TempDir) -> DraftFile {
        DraftFile::new(folder.path(), "draft-1".to_owned())
    }

    fn names(folder: &TempDir) -> Vec<String> {
        let mut all: Vec<String> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        all.sort();
        all
    }

    #[test]
    fn two_windows_have_two_drafts_and_the_next_ones_take_up_what_the_dead_left() {
        let folder = TempDir::new().unwrap();
        let [mut one, mut two] = [window(&folder), window(&folder)];
        for n in 0..3 {
            one.write(&head(), &[command("a"), command(&n.to_string())]).unwrap();
            two.write(&head(), &[command("b")]).unwrap();
            assert_eq!(window(&folder).take_up().unwrap(), None);
        }
        assert_eq!(names(&folder), ["draft-1-1.jsonl", "draft-1-2.jsonl"]);
        drop((one, two));
        let [mut three, mut four] = [window(&folder), window(&folder)];
        let left = three.take_up().unwrap().unwrap();
        assert_eq!((left.commands, left.at, left.lost, left.waiting), (vec![command("a"), command("2")], Some(at()), 0, 1));
        let left = four.take_up().unwrap().unwrap();
        assert_eq!((left.commands, left.waiting), (vec![command("b")], 0));
        three.write(&head(), &[]).unwrap();
        assert_eq!(names(&folder), ["draft-1-2.jsonl"]);
        three.write(&head(), &[command("c")]).unwrap();
        four.write(&head(), &[]).unwrap();
        assert_eq!(names(&folder), ["draft-1-1.jsonl"]);
    }

    #[test]
    fn an_unreadable_line_costs_itself_and_a_cut_or_empty_file_is_set_aside() {
        let whole = || {
            let folder = TempDir::new().unwrap();
            window(&folder).write(&head(), &[command("a"), command("b"), command("c")]).unwrap();
            let text = fs::read_to_string(folder.path().join("draft-1-1.jsonl")).unwrap();
            (folder, text)
        };
        let roles = |left: &Left| format!("{:?}", left.commands);
        for (what, change, kept, lost) in [
            ("a line", (|text: &str| text.replace("\"b\"", "b")) as fn(&str) -> String, "ac", 1),
            ("the head", |text| text.replacen('{', "", 1), "abc", 1),
            ("the end", |text| text[..text.len() - 8].to_owned(), "ab", 1),
            ("two lines", |text| text.lines().take(2).collect::<Vec<_>>().join("\n"), "a", 2),
            ("everything", |_| String::new(), "", 1),
            ("nonsense", |_| "\0\0\0\0".to_owned(), "", 1),
        ] {
            let (folder, text) = whole();
            let path = folder.path().join("draft-1-1.jsonl");
            fs::write(&path, change(&text)).unwrap();
            let mut next = window(&folder);
            let left = next.take_up().unwrap().unwrap();
            assert_eq!(left.lost, lost, "{what}");
            assert!("abc".chars().all(|c| kept.contains(c) == roles(&left).contains(&format!("\"{c}\""))), "{what}: {left:?}");
            assert_eq!(fs::read_to_string(left.aside.unwrap()).unwrap(), change(&text), "{what}");
            next.write(&head(), &left.commands).unwrap();
            drop(next);
            assert_eq!(window(&folder).take_up().unwrap().map_or(0, |it| it.lost), 0, "{what}");
        }
    }

    #[test]
    fn a_draft_of_an_older_version_is_taken_up() {
        let folder = TempDir::new().unwrap();
        let text = "{\"commands\":1,\"at\":\"2026-11-21T12:00:00Z\"}\n{\"toggle\":{\"role\":\"a\",\"permissions\":[],\"to\":\"grant\"}}\n";
        fs::write(folder.path().join("draft-1-1.jsonl"), text).unwrap();
        let left = window(&folder).take_up().unwrap().unwrap();
        assert_eq!((left.commands, left.at, left.lost), (vec![command("a")], Some(at()), 0));
    }

    #[test]
    fn where_nothing_can_be_written_it_says_so() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let mut blocked = DraftFile::new(&file, "draft-1".to_owned());
        assert_eq!(blocked.take_up().unwrap(), None);
        assert!(format!("{:#}", blocked.write(&head(), &[command("a")]).unwrap_err()).contains("file"));
        blocked.write(&head(), &[]).unwrap();
    }
}
