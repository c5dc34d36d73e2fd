//! What survives the program: where one was, and what was staged.
//!
//! Both lie in a file of the user's own, not in the workspace, so that they are kept
//! even when the workspace is locked, read-only or gone.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::command::Command;

/// Where the user was, and the unsaved changes as commands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Session {
    pub(super) pane: usize,
    pub(super) selected: Vec<Option<i64>>,
    pub(super) filters: Vec<String>,
    pub(super) open: Vec<String>,
    pub(super) permission: Option<String>,
    pub(super) draft: Vec<Command>,
    pub(super) drafted_at: Option<chrono::DateTime<chrono::Utc>>,
}

/// Writes sessions from any thread: the loop when it leaves, the watchdog when the line drops.
#[derive(Clone, Default)]
pub(super) struct Keeper(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    path: Option<PathBuf>,
    latest: Option<Session>,
}

impl Keeper {
    /// The keeper of one workspace and one actor: what somebody staged is nobody else's to see. It
    /// keeps nothing where there is no home folder.
    ///
    /// `first` is the hash of the journal's first entry: another workspace at the same place is
    /// another one.
    pub(super) fn of(database: &Path, first: [u8; 32], actor: &str) -> Keeper {
        let place = Sha256::new().chain_update(database.as_os_str().as_encoded_bytes()).chain_update(first);
        let digest = place.chain_update(actor).finalize();
        let name = u64::from_be_bytes(std::array::from_fn(|at| digest[at]));
        let folder = etcetera::choose_base_strategy().ok().and_then(|it| it.state_dir()).map(|it| it.join("rolecall"));
        let path = folder.map(|it| it.join(format!("session-{name:016x}.json")));
        Keeper(Arc::new(Mutex::new(Kept { path, latest: None })))
    }

    /// Keeps from now on what the other one would: whoever has this keeper goes along.
    pub(super) fn turn_to(&self, other: &Keeper) {
        let turned = other.0.lock().ok().map(|mut it| std::mem::take(&mut *it));
        if let (Some(turned), Ok(mut kept)) = (turned, self.0.lock()) {
            *kept = turned;
        }
    }

    pub(super) fn read(&self) -> Session {
        let path = self.0.lock().ok().and_then(|it| it.path.clone());
        let text = path.and_then(|it| fs::read(it).ok());
        text.and_then(|it| serde_json::from_slice(&it).ok()).unwrap_or_default()
    }

    /// Notes what is to be kept if the program ends now.
    pub(super) fn note(&self, session: Session) {
        if let Ok(mut kept) = self.0.lock() {
            kept.latest = Some(session);
        }
    }

    /// Writes what was noted since the last time, whole or not at all. After an
    /// error it is tried again the next time.
    pub(super) fn keep(&self) {
        let Ok(mut kept) = self.0.lock() else { return };
        let (Some(path), Some(session)) = (&kept.path, &kept.latest) else { return };
        let write = || -> anyhow::Result<()> {
            let folder = path.parent().unwrap_or(Path::new("."));
            fs::create_dir_all(folder)?;
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(&serde_json::to_vec(session)?)?;
            file.persist(path)?;
            Ok(())
        };
        if write().is_ok() {
            kept.latest = None;
        }
    }
}
