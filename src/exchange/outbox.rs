//! The outbox: letters as files beside the workspace, for a mail program to send.

use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context, Result, anyhow};
use chrono::{DateTime, Utc};

use super::mail::Letter;
use crate::store::files::{self, Rights, Unnamed};

/// How many letters are written side by side: a disk makes many files safe in the time of a few.
const HANDS: usize = 16;

/// The folder of letters of a workspace: `agency.outbox` beside `agency.db`.
pub fn beside(workspace: &Path) -> PathBuf {
    workspace.with_extension("outbox")
}

/// Writes letters into the outbox of a workspace, each whole or not at all, and for those whose the workspace is. Answers the
/// path of each in their order, or that the folder or the file could not be made; what has a path outlives a power cut.
pub fn post(workspace: &Path, letters: &[&Letter], now: DateTime<Utc>) -> Vec<Result<PathBuf>> {
    let share = letters.len().div_ceil(HANDS);
    let write = |letters: &[&Letter]| letters.iter().map(|it| put(workspace, it, now)).collect::<Vec<_>>();
    let (own, others) = letters.split_at(share);
    let paths = thread::scope(|scope| {
        let hands: Vec<_> = others.chunks(share.max(1)).map(|share| (share.len(), scope.spawn(|| write(share)))).collect();
        let mut paths = write(own);
        for (n, hand) in hands {
            let broken = || (0..n).map(|_| Err(anyhow!("a thread that wrote letters broke off"))).collect();
            paths.extend(hand.join().unwrap_or_else(|_| broken()));
        }
        paths
    });
    files::sync_folder(&beside(workspace));
    paths
}

fn put(workspace: &Path, letter: &Letter, now: DateTime<Utc>) -> Result<PathBuf> {
    let (folder, rights) = (&beside(workspace), Rights::of(workspace));
    open(folder, rights).with_context(|| format!("making the folder {}", folder.display()))?;
    let mail = letter.eml(&format!("{}.{}", letter.about, now.timestamp_micros()), now)?;
    let stem = format!("{}-{}", now.format("%Y%m%dT%H%M%SZ"), letter.about);
    let names = (1..).map(|n| if n == 1 { format!("{stem}.eml") } else { format!("{stem}-{n}.eml") });
    let writing = || format!("writing into {}", folder.display());
    let mut file = Unnamed::beside(&folder.join(&stem))?;
    file.file().write_all(&mail).and_then(|()| rights.give(file.file())).with_context(writing)?;
    for path in names.map(|it| folder.join(it)) {
        match file.put(&path).with_context(writing)? {
            Some(again) => file = again,
            None => return Ok(path),
        }
    }
    anyhow::bail!("{} has no free name", folder.display())
}

/// Makes the folder where it is not there yet. One from before the workspace was shared is opened to the group.
fn open(folder: &Path, rights: Rights) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => rights.give_folder(folder),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let there = fs::symlink_metadata(folder)?;
            // A link could lead the letters to where others read them.
            if !there.is_dir() {
                return Err(error);
            }
            let closed = matches!(rights, Rights::Shared(_)) && there.mode() & 0o070 == 0;
            let mine = there.uid() == rustix::process::geteuid().as_raw();
            if closed && mine { rights.give_folder(folder) } else { Ok(()) }
        }
        Err(error) => Err(error),
    }
}
