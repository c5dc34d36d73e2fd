//! The statement on paper: who has access, in words that a client reads, as Markdown, HTML or JSON.
//!
//! Each says on what it was made: the entry of the journal, the instant, about whom. From that it can be made once more,
//! and compared byte by byte.

mod html;
mod json;
mod markdown;
mod page;

use std::io::Write;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::time;
use crate::query::statement::Desk;

use html::Html;
use markdown::Markdown;

/// What stands before its terms in a file that is not JSON.
const MARK: &str = "<!-- rolecall ";

/// What a statement is about, by the name that it was asked with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Named {
    Site(String),
    Person(String),
    Workspace,
}

/// In which form it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    Md,
    Html,
    Json,
}

/// On what a statement is made: all that it takes to make it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The version of its form.
    pub statement: u32,
    pub about: Named,
    /// The instant that it is about.
    #[serde(with = "time::instant")]
    pub at: DateTime<Utc>,
    /// The newest entry that counts.
    pub head: String,
    pub format: Form,
    /// Whether permissions are told by their ids, too.
    pub ids: bool,
    /// In whose name it was made.
    pub by: String,
}

/// Writes a statement.
///
/// # Errors
/// That it could not be written, or that the file could not be read.
pub fn write(desk: &Desk<'_>, terms: &Terms, out: &mut dyn Write) -> Result<()> {
    match terms.format {
        Form::Json => return json::write(desk, terms, out),
        Form::Md => page::page(desk, terms, &mut Markdown::begin(out))?,
        Form::Html => page::page(desk, terms, &mut Html::begin(out, &page::title(desk)?)?)?,
    }
    // No name can end the comment early: two hyphens never stand beside each other in it.
    let terms = serde_json::to_string(terms)?.replace("--", "-\\u002d");
    Ok(writeln!(out, "{MARK}{terms} -->")?)
}

/// The newest entry of a journal, written down to be kept elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// The version of its form.
    pub seal: u32,
    pub workspace: String,
    pub head: String,
    #[serde(with = "time::instant")]
    pub at: DateTime<Utc>,
    pub by: String,
}

/// What was put on paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paper {
    Statement(Terms),
    Seal(Seal),
}

impl Paper {
    /// The entry that it stands on.
    pub fn head(&self) -> &str {
        match self {
            Paper::Statement(it) => &it.head,
            Paper::Seal(it) => &it.head,
        }
    }
}

/// What a file is that was written here.
///
/// # Errors
/// That it is neither.
pub fn paper(file: &[u8]) -> Result<Paper> {
    let text = std::str::from_utf8(file).context("it is not text")?;
    let line = text.lines().last().unwrap_or_default();
    let json = line.strip_prefix(MARK).and_then(|it| it.strip_suffix(" -->")).unwrap_or(text);
    if let Ok(seal) = serde_json::from_str(json) {
        return Ok(Paper::Seal(seal));
    }
    let none = "it is neither a statement nor a seal of rolecall, or its last line was changed";
    serde_json::from_str(json).map(Paper::Statement).context(none)
}
