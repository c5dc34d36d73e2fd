//! Files that a verb writes: whole or not at all, for you alone.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result};

/// Writes beside the target and moves the whole over it: never half a file.
pub(super) fn replace(path: &Path, write: impl FnOnce(&mut File) -> Result<()>) -> Result<()> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(|| format!("writing into {}", folder.display()))?;
    let doing = || format!("writing {}", path.display());
    write(file.as_file_mut()).with_context(doing)?;
    file.as_file().sync_all().with_context(doing)?;
    file.persist(path).with_context(doing)?;
    Ok(())
}
