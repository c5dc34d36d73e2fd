//! Says that a workspace is an older one than this user left.

use std::io::{self, Write};
use std::sync::Once;

use crate::facts::Store;
use crate::store::recall;

static TOLD: Once = Once::new();

/// Says it once, however often the file is opened.
pub(super) fn tell(store: &Store) {
    if let Some(older) = recall::doubt(store) {
        TOLD.call_once(|| drop(writeln!(io::stderr(), "rolecall: {older}")));
    }
}

/// Says nothing of it.
pub(super) fn keep_quiet() {
    TOLD.call_once(|| ());
}
