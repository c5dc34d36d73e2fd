//! A text in the user's own editor.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::domain::text;

/// The editor where the user names none.
const USUAL: &str = "vi";

/// Gives a text to the editor that VISUAL or EDITOR names, and waits for it; what the text is then. The terminal must be
/// free for it.
///
/// # Errors
/// That there is no such editor, that it said it failed, or that what it left is no text.
pub(super) fn edit(before: &str) -> Result<String> {
    let named = ["VISUAL", "EDITOR"].into_iter().filter_map(std::env::var_os).find(|it| !it.is_empty());
    let editor = named.unwrap_or_else(|| USUAL.into());
    let name = text::display(&editor.to_string_lossy()).into_owned();
    let file = tempfile::Builder::new().prefix("rolecall-").suffix(".txt").tempfile().context("making a temporary file")?;
    fs::write(file.path(), before).context("writing a temporary file")?;
    // As a shell reads it: it may have arguments.
    let mut script = editor.clone();
    script.push(" \"$@\"");
    let status = Command::new("sh").arg("-c").arg(script).arg(editor).arg(file.path()).status().context("running a shell")?;
    ensure!(status.success(), "the editor `{name}` ended with {}: nothing was taken over", status.code().unwrap_or(-1));
    // By its name: it may be another file by now.
    let after = fs::read(file.path()).context("reading what the editor left")?;
    let after = String::from_utf8(after).ok().with_context(|| format!("what `{name}` left is no UTF-8: nothing was taken over"))?;
    // A field shows no tabs, which would stand as marks.
    Ok(after.strip_suffix('\n').map_or(after.as_str(), |it| it.strip_suffix('\r').unwrap_or(it)).replace('\t', "    "))
}
