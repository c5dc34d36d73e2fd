//! The statement on paper: who has access, in words that a client reads, as Markdown, HTML or JSON.
//!
//! Each says on what it was made: the entry of the journal, the instant, about whom. From that it can be made once more,
//! and compared byte by byte.

mod html;
mod json;
mod markdown;
pub(super) mod page;

use std::io::Write;

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::time;
use crate::exchange::format::json::inert;
use crate::query::statement::Desk;
use crate::store::journal::Head;

pub(super) use html::Html;
pub(super) use markdown::Markdown;

/// What stands before its terms in a file that is not JSON.
const MARK: &str = "<!-- rolecall ";

/// The version of these forms.
pub const VERSION: u32 = 1;

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
    /// When it was made, where it is about another instant: what its maker could see is told by that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Made>,
}

/// When a statement was made, and what the newest entry was then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    #[serde(with = "time::instant")]
    pub at: DateTime<Utc>,
    pub head: String,
}

impl Terms {
    /// The newest entry when it was made, and the instant.
    ///
    /// # Errors
    /// That it names no entry.
    pub fn made(&self) -> Result<(Head, DateTime<Utc>)> {
        let (head, at) = self.made.as_ref().map_or((&self.head, self.at), |it| (&it.head, it.at));
        Ok((head.parse()?, at))
    }
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
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// The version of its form.
    pub seal: u32,
    pub workspace: String,
    pub head: String,
    #[serde(with = "time::instant")]
    pub at: DateTime<Utc>,
    pub by: String,
}

impl Seal {
    /// All that stands in its file.
    ///
    /// # Errors
    /// That it could not be written.
    pub fn line(&self) -> Result<String> {
        Ok(format!("{}\n", inert(&serde_json::to_string(self)?)))
    }
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

/// What a file is that was written here: a seal is nothing but its line, and all of a statement is told by its terms.
///
/// # Errors
/// That it is neither, or of another version.
pub fn paper(file: &[u8]) -> Result<Paper> {
    let text = std::str::from_utf8(file).context("it is not text")?;
    if let Ok(seal) = serde_json::from_str::<Seal>(text) {
        ensure!(seal.seal == VERSION, "it is a seal of version {}, which this program does not know", seal.seal);
        ensure!(seal.line()? == text, "it is a seal that was written otherwise, or changed");
        return Ok(Paper::Seal(seal));
    }
    let line = text.lines().last().unwrap_or_default();
    let json = line.strip_prefix(MARK).and_then(|it| it.strip_suffix(" -->")).unwrap_or(text);
    let none = "it is neither a statement nor a seal of rolecall, or its last line was changed";
    let terms: Terms = serde_json::from_str(json).context(none)?;
    ensure!(terms.statement == VERSION, "it is a statement of version {}, which this program does not know", terms.statement);
    Ok(Paper::Statement(terms))
}
