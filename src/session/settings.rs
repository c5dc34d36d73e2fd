//! What somebody has set, as it is told to whoever asks.

use std::path::PathBuf;

/// The settings of the screens.
#[derive(Default)]
pub struct Settings {
    /// Where they are kept; nowhere for who has no home.
    pub file: Option<PathBuf>,
    pub is_there: bool,
    /// What is wrong with them: then the defaults hold.
    pub faults: Vec<String>,
    /// All of them, as the file could say it.
    pub page: String,
}
