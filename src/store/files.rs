//! Files that are written beside a workspace or anywhere else: whole or not at all, and never
//! over a workspace.
//!
//! A file has no name before it is whole, so that nothing is left of it where the program is
//! killed. What stands under a name already and is no ordinary file is written into, not replaced.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use etcetera::BaseStrategy;
use rustix::fs::{AtFlags, CWD, Gid, Uid};
use tempfile::NamedTempFile;

use super::migrate::APPLICATION_ID;
use super::queue;
use crate::domain::text::shell_bytes;

/// What SQLite and this program keep beside a workspace, under its name and these endings.
const SIDE_FILES: [&str; 4] = ["-wal", "-shm", "-journal", queue::SUFFIX];

/// The files that belong to a workspace, whether they are there or not.
pub(super) fn side_files(workspace: &Path) -> impl Iterator<Item = PathBuf> + '_ {
    SIDE_FILES.iter().map(move |ending| {
        let mut name = workspace.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    })
}

/// The name that tells SQLite to take no locks and to read no log: the file as it is.
pub(super) fn as_it_is(path: &Path) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-~".contains(byte);
    let name: String =
        path.as_os_str().as_bytes().iter().map(|it| if plain(it) { char::from(*it).to_string() } else { format!("%{it:02X}") }).collect();
    format!("file:{name}?immutable=1")
}

/// SQLite's log of a workspace.
pub(super) fn log_of(workspace: &Path) -> PathBuf {
    let mut name = workspace.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

/// The workspace where none is named; nothing where there is no home folder.
pub fn usual_workspace() -> Option<PathBuf> {
    Some(etcetera::choose_base_strategy().ok()?.data_dir().join("rolecall").join("rolecall.db"))
}

/// How a command line of this program ends so that it means this workspace.
pub fn meaning(workspace: &Path) -> String {
    if usual_workspace().as_deref() == Some(workspace) {
        return String::new();
    }
    format!(" --db {}", shell_bytes(workspace.as_os_str().as_bytes()))
}

/// The file that is meant by what was typed: `~/` is one's home.
pub fn named(typed: &str) -> PathBuf {
    let typed = typed.trim();
    let home = typed.strip_prefix("~/").zip(std::env::home_dir());
    home.map_or_else(|| PathBuf::from(typed), |(rest, home)| home.join(rest))
}

/// Endings of files that can be taken in.
const TAKEN_IN: [&str; 6] = ["csv", "tsv", "txt", "vcf", "jsonl", "json"];

/// As many names as somebody may choose among.
const AT_MOST: usize = 500;

/// The files to be taken in whose names begin as was typed, and folders, which end in `/`: as they would be typed on, and
/// what each is called; of very many some. Without a word of a name hidden ones are left out.
pub fn beginning(typed: &str) -> Vec<(String, String)> {
    let typed = typed.trim_start();
    let (folder, start) = typed.rfind('/').map_or(("", typed), |at| typed.split_at(at + 1));
    let place = if folder.is_empty() { PathBuf::from(".") } else { named(folder) };
    let start = start.to_lowercase();
    let is_meant = |name: &str| name.to_lowercase().starts_with(&start) && (start.starts_with('.') || !name.starts_with('.'));
    let ends_well = |name: &str| {
        let ending = Path::new(name).extension().map(|it| it.to_string_lossy().to_lowercase());
        ending.is_some_and(|it| TAKEN_IN.contains(&it.as_str()))
    };
    let named = |it: fs::DirEntry| {
        let name = it.file_name().into_string().ok().filter(|it| is_meant(it))?;
        (ends_well(&name) || !it.file_type().ok()?.is_file()).then_some((name, it.path()))
    };
    let entry = |(name, path): (String, PathBuf)| {
        let there = fs::metadata(path).ok()?;
        let is_taken = there.is_dir() || there.is_file() && ends_well(&name);
        let slash = if there.is_dir() { "/" } else { "" };
        is_taken.then(|| (there.is_dir(), format!("{folder}{name}{slash}"), format!("{name}{slash}")))
    };
    let there = fs::read_dir(place).into_iter().flatten().filter_map(Result::ok);
    // Of those alone that are meant it is asked what they are.
    let mut found: Vec<_> = there.filter_map(named).take(AT_MOST).filter_map(entry).collect();
    found.sort();
    found.into_iter().map(|(_, typed, name)| (typed, name)).collect()
}

/// The same where only a file will do: nobody waits on a screen for what is at the other end of a pipe.
pub fn why_no_file(target: &Path, workspace: &Path) -> Option<String> {
    let is_other = fs::metadata(target).is_ok_and(|it| !it.is_file() && !it.is_dir());
    if is_other { Some(format!("{} is no file; name one", target.display())) } else { why_not(target, workspace) }
}

/// Why nothing may be written to this file, where it would destroy something. `workspace` is the one in use.
pub fn why_not(target: &Path, workspace: &Path) -> Option<String> {
    let it = target.display();
    let there = fs::metadata(target).ok();
    if there.as_ref().is_some_and(|it| it.file_type().is_block_device()) {
        return Some(format!("{it} is a disk; name a file"));
    }
    if there.as_ref().is_some_and(Metadata::is_dir) {
        return Some(format!("{it} is a folder; name a file in it"));
    }
    // The workspace in use is known by its number alone: to open and close it here would drop SQLite's locks.
    let is = |file: &Path| there.as_ref().zip(fs::metadata(file).ok()).is_some_and(|(one, other)| is_same(one, &other));
    if is(workspace) {
        return Some(format!("{it} is the workspace itself; name another file"));
    }
    let is_workspace = |file: &Path| fs::metadata(file).is_ok_and(|it| it.is_file()) && (is(workspace) || has_mark(file));
    if side_files(workspace).any(|file| is(&file)) {
        return Some(format!("{it} belongs to the workspace {}; name another file", workspace.display()));
    }
    if there.as_ref().is_some_and(Metadata::is_file) && has_mark(target) {
        return Some(format!("{it} is a rolecall workspace; name another file, or move that one away first"));
    }
    if there.as_ref().is_some_and(Metadata::is_file) && is_database(target) {
        return Some(format!("{it} is a SQLite database; name another file"));
    }
    let of = owner_of(target).filter(|of| is_same_file(of, workspace) || is_workspace(of))?;
    Some(format!("{it} is a name that belongs to the workspace {}; name another file", of.display()))
}

/// For whom it is what lies beside a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// For its owner.
    Private,
    /// For everybody of this group.
    Shared(u32),
}

impl Rights {
    /// The same as those of the workspace.
    pub fn of(workspace: &Path) -> Rights {
        let shared = fs::metadata(workspace).ok().filter(|it| it.mode() & 0o060 == 0o060);
        shared.map_or(Rights::Private, |it| Rights::Shared(it.gid()))
    }

    pub fn give(self, file: &File) -> io::Result<()> {
        self.set(file, 0o600, 0o660)
    }

    /// What is made in the folder belongs to its group.
    pub fn give_folder(self, folder: &Path) -> io::Result<()> {
        self.set(&File::open(folder)?, 0o700, 0o2770)
    }

    fn set(self, file: &File, private: u32, shared: u32) -> io::Result<()> {
        match self {
            Rights::Private => file.set_permissions(fs::Permissions::from_mode(private)),
            Rights::Shared(group) => {
                if file.metadata()?.gid() != group {
                    rustix::fs::fchown(file, None, Some(Gid::from_raw(group)))?;
                }
                file.set_permissions(fs::Permissions::from_mode(shared))
            }
        }
    }
}

/// Replaces a file, all at once: never half of it, with the rights that it had, else for you alone.
pub fn replace(path: &Path, write: impl FnOnce(&mut File) -> Result<()>) -> Result<()> {
    let doing = || format!("writing {}", path.display());
    let before = fs::metadata(path).ok();
    if before.as_ref().is_some_and(|it| !it.is_file()) {
        return pour(path, write).with_context(doing);
    }
    // What a link leads to is replaced, not the link.
    let real = if before.is_some() { path.canonicalize().with_context(doing)? } else { path.to_owned() };
    let mut made = Unnamed::beside(&real)?;
    write(made.file()).with_context(doing)?;
    if let Some(before) = before {
        keep_rights(made.file(), &before).with_context(doing)?;
    }
    made.put_over(&real).with_context(doing)
}

/// Into a pipe or a device: all of it is made before anything is written.
fn pour(path: &Path, write: impl FnOnce(&mut File) -> Result<()>) -> Result<()> {
    let mut whole = tempfile::tempfile().context("making a temporary file")?;
    write(&mut whole)?;
    whole.rewind()?;
    let flags = i32::try_from(rustix::fs::OFlags::NOCTTY.bits())?;
    let mut target = OpenOptions::new().write(true).custom_flags(flags).open(path)?;
    io::copy(&mut whole, &mut target)?;
    Ok(())
}

/// A file that is being made in a folder and has no name in it yet.
pub struct Unnamed {
    folder: PathBuf,
    making: Making,
}

enum Making {
    Nameless(File),
    /// Where the file system knows no files without a name.
    Hidden(NamedTempFile),
}

impl Unnamed {
    /// In the folder of the file that it is to become.
    pub fn beside(path: &Path) -> Result<Unnamed> {
        let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
        let making = match nameless(&folder) {
            Ok(file) => Making::Nameless(file),
            Err(_) => Making::Hidden(NamedTempFile::new_in(&folder).with_context(|| format!("writing into {}", folder.display()))?),
        };
        Ok(Unnamed { folder, making })
    }

    pub fn file(&mut self) -> &mut File {
        match &mut self.making {
            Making::Nameless(file) => file,
            Making::Hidden(file) => file.as_file_mut(),
        }
    }

    /// Gives it a name that is free; gives itself back where it is not. The name outlives a power cut
    /// after [`sync_folder`], of which many need but one.
    pub fn put(mut self, path: &Path) -> Result<Option<Unnamed>> {
        self.file().sync_all()?;
        let folder = self.folder;
        match self.making {
            Making::Nameless(file) => match link(&file, path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    return Ok(Some(Unnamed { folder, making: Making::Nameless(file) }));
                }
                other => other?,
            },
            Making::Hidden(file) => match file.persist_noclobber(path) {
                Ok(_) => {}
                Err(taken) if taken.error.kind() == ErrorKind::AlreadyExists => {
                    return Ok(Some(Unnamed { folder, making: Making::Hidden(taken.file) }));
                }
                Err(failed) => return Err(failed.error.into()),
            },
        }
        Ok(None)
    }

    /// Takes the place of whatever has the name.
    fn put_over(mut self, path: &Path) -> Result<()> {
        self.file().sync_all()?;
        match self.making {
            Making::Nameless(file) => {
                let mut name = OsString::from(".");
                name.push(path.file_name().unwrap_or(OsStr::new("rolecall")));
                name.push(".new");
                let passing = self.folder.join(name);
                match link(&file, path) {
                    Err(error) if error.kind() == ErrorKind::AlreadyExists => over(&file, &passing, path)?,
                    other => other?,
                }
            }
            Making::Hidden(file) => drop(file.persist(path)?),
        }
        sync_folder(&self.folder);
        Ok(())
    }
}

/// There is no call that puts a nameless file over another: it passes through a name, always the
/// same, so that what a kill left there is gone the next time.
fn over(file: &File, passing: &Path, path: &Path) -> Result<()> {
    for _ in 0..100 {
        match link(file, passing) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => drop(fs::remove_file(passing)),
            Err(error) => return Err(error.into()),
            Ok(()) => match fs::rename(passing, path) {
                // Somebody who writes the same file took it for a leftover.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                other => return Ok(other?),
            },
        }
    }
    bail!("{} is written by others all the time", path.display())
}

#[cfg(target_os = "linux")]
fn nameless(folder: &Path) -> io::Result<File> {
    use rustix::fs::OFlags;
    // The name is given through this folder.
    fs::metadata("/proc/self/fd")?;
    let flags = i32::try_from(OFlags::TMPFILE.bits()).map_err(io::Error::other)?;
    OpenOptions::new().read(true).write(true).mode(0o600).custom_flags(flags).open(folder)
}

#[cfg(not(target_os = "linux"))]
fn nameless(_folder: &Path) -> io::Result<File> {
    Err(ErrorKind::Unsupported.into())
}

fn link(file: &File, path: &Path) -> io::Result<()> {
    let from = format!("/proc/self/fd/{}", file.as_raw_fd());
    Ok(rustix::fs::linkat(CWD, from, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
}

/// A new name outlives a power cut once its folder is synced. Where a folder cannot be, the name is there all the same.
pub fn sync_folder(folder: &Path) {
    let _ = File::open(folder).and_then(|it| it.sync_all());
}

fn keep_rights(file: &File, before: &Metadata) -> io::Result<()> {
    let now = file.metadata()?;
    if (now.uid(), now.gid()) != (before.uid(), before.gid()) {
        // Only root may give a file away; whose it is now may write it either way.
        let _ = rustix::fs::fchown(file, Some(Uid::from_raw(before.uid())), Some(Gid::from_raw(before.gid())));
    }
    file.set_permissions(fs::Permissions::from_mode(before.mode() & 0o777))
}

fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    fs::metadata(one).ok().zip(fs::metadata(other).ok()).is_some_and(|(one, other)| is_same(&one, &other))
}

/// The file that a side file of this name would belong to.
fn owner_of(side: &Path) -> Option<PathBuf> {
    let name = side.file_name()?.as_bytes();
    let base = SIDE_FILES.iter().find_map(|ending| name.strip_suffix(ending.as_bytes()))?;
    Some(side.with_file_name(OsString::from_vec(base.to_vec())))
}

/// Whether the header says that the file is SQLite's.
fn is_database(file: &Path) -> bool {
    let mut header = [0; 16];
    let read = File::open(file).and_then(|mut it| it.read_exact(&mut header));
    read.is_ok() && header == *b"SQLite format 3\0"
}

/// Whether the header says that the file is a workspace.
fn has_mark(file: &Path) -> bool {
    let mut header = [0; 72];
    let read = File::open(file).and_then(|mut it| it.read_exact(&mut header));
    read.is_ok() && header.starts_with(b"SQLite format 3\0") && header[68..] == APPLICATION_ID.to_be_bytes()
}
