//! What survives the program: where one was, and what was staged.
//!
//! Both lie in files of the user's own, not in the workspace, so that they are kept
//! even when the workspace is locked, read-only or gone.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::drafts::{self, DraftFile, Left};
use super::view::Arrangement;
use crate::command::Command;
use crate::exchange::plan::Head;
use crate::store::files;

/// Where the user was.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Session {
    pub(super) pane: usize,
    pub(super) selected: Vec<Option<i64>>,
    pub(super) filters: Vec<String>,
    pub(super) lists: Vec<Arrangement>,
    pub(super) open: Vec<String>,
    pub(super) permission: Option<String>,
    /// How many tips were told.
    pub(super) tip: usize,
    /// The draft, as it was kept here before windows had files of their own for it.
    #[serde(skip_serializing)]
    draft: Vec<serde_json::Value>,
    #[serde(skip_serializing)]
    drafted_at: Option<DateTime<Utc>>,
}

impl Session {
    pub(super) fn new(
        pane: usize,
        selected: Vec<Option<i64>>,
        filters: Vec<String>,
        (open, permission): (Vec<String>, Option<String>),
    ) -> Session {
        Session { pane, selected, filters, open, permission, ..Session::default() }
    }
}

/// Writes sessions from any thread: the loop when it leaves, the watchdog when the line drops.
#[derive(Clone, Default)]
pub(super) struct Keeper(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    own: Option<Files>,
    /// Of those in whose name this window worked before: their drafts are still its own.
    parked: Vec<Files>,
    latest: Option<(Session, Head, Vec<Command>)>,
}

/// The files of one workspace and one actor: what somebody staged is nobody else's to see.
struct Files {
    place: PathBuf,
    draft: DraftFile,
}

impl Keeper {
    /// The keeper of one workspace and one actor.
    ///
    /// `first` is the hash of the journal's first entry: another workspace at the same place is
    /// another one.
    pub(super) fn of(database: &Path, first: [u8; 32], actor: &str) -> Keeper {
        Keeper(Arc::new(Mutex::new(Kept { own: files(database, first, actor), ..Kept::default() })))
    }

    /// Keeps from now on what is somebody else's: whoever has this keeper goes along.
    pub(super) fn turn_to(&self, database: &Path, first: [u8; 32], actor: &str) {
        let Ok(mut kept) = self.0.lock() else { return };
        let next = files(database, first, actor);
        let known = kept.parked.iter().position(|it| next.as_ref().is_some_and(|next| next.place == it.place));
        let next = known.map(|at| kept.parked.swap_remove(at)).or(next);
        let before = std::mem::replace(&mut kept.own, next);
        kept.parked.extend(before);
        kept.latest = None;
    }

    /// Where the user was, and what a window that is gone left behind, if this one has nothing of its own to begin with.
    pub(super) fn read(&self, begins_empty: bool) -> Result<(Session, Option<Left>)> {
        let Ok(mut kept) = self.0.lock() else { return Ok(Default::default()) };
        let Some(own) = &mut kept.own else { return Ok(Default::default()) };
        let session = match fs::read(&own.place) {
            Ok(text) => {
                serde_json::from_slice::<Session>(&text).or_else(|_| drafts::set_aside(&own.place, false).map(|_| Session::default()))?
            }
            Err(_) => Session::default(),
        };
        if !begins_empty {
            return Ok((session, None));
        }
        let older = (!session.draft.is_empty()).then(|| Left::of(&session.draft, session.drafted_at));
        let left = match own.draft.take_up()? {
            Some(left) => Some(left),
            None => older,
        };
        Ok((session, left))
    }

    /// Notes what is to be kept if the program ends now.
    pub(super) fn note(&self, session: Session, head: Head, draft: Vec<Command>) {
        if let Ok(mut kept) = self.0.lock() {
            kept.latest = Some((session, head, draft));
        }
    }

    /// Writes what was noted since the last time, whole or not at all. After an error it is tried
    /// again the next time.
    ///
    /// # Errors
    /// Why the draft is not kept. Where one was is no loss.
    pub(super) fn keep(&self) -> Result<()> {
        let Ok(mut kept) = self.0.lock() else { return Ok(()) };
        let Kept { own, latest, .. } = &mut *kept;
        let Some((session, head, draft)) = latest else { return Ok(()) };
        match own {
            Some(own) => {
                own.draft.write(head, draft)?;
                let _ = place(&own.place, session);
            }
            None if draft.is_empty() => {}
            None => anyhow::bail!("there is no home folder"),
        }
        *latest = None;
        Ok(())
    }
}

fn files(database: &Path, first: [u8; 32], actor: &str) -> Option<Files> {
    let digest = Sha256::new().chain_update(database.as_os_str().as_encoded_bytes()).chain_update(first).chain_update(actor).finalize();
    let name = u64::from_be_bytes(std::array::from_fn(|at| digest[at]));
    let folder = etcetera::choose_base_strategy().ok()?.state_dir()?.join("rolecall");
    let place = folder.join(format!("session-{name:016x}.json"));
    Some(Files { place, draft: DraftFile::new(&folder, format!("draft-{name:016x}")) })
}

fn place(path: &Path, session: &Session) -> Result<()> {
    let folder = path.parent().context("a file is in a folder")?;
    fs::create_dir_all(folder)?;
    files::replace(path, |file| Ok(serde_json::to_writer(file, session)?))
}
