//! A file that is to be taken in: what it seems to hold, and its text.

use std::fs::File;
use std::io::{BufRead, Read};
use std::path::Path;

use anyhow::{Context, Result};

use super::{contacts, people, sites};
use crate::command::Refusal;
use crate::command::import::ImportError;
use crate::domain::text;

/// Largest table that is read, in bytes.
const MAX_TABLE: u64 = 256 << 20;
/// So much of a file tells what it holds.
const LOOK_AHEAD: u64 = 1 << 14;

/// What a file of records holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Bundle,
    Contacts,
    Sites,
    /// With their roles: on sites, which may come from another file.
    People,
}

impl Kind {
    pub const ALL: [Kind; 4] = [Kind::Contacts, Kind::Sites, Kind::People, Kind::Bundle];

    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Bundle => "bundle",
            Kind::Contacts => "contacts",
            Kind::Sites => "sites",
            Kind::People => "people",
        }
    }

    pub fn parse(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|it| it.as_str() == word)
    }

    /// Whether each row is a step that any command could be; the others are taken in as they are.
    pub fn is_of_steps(self) -> bool {
        matches!(self, Kind::Sites | Kind::People)
    }
}

/// What the file seems to hold: by how it begins and, where it may be either, by its name.
///
/// # Errors
/// That it cannot be read.
pub fn looks_like(path: &Path) -> Result<Kind> {
    let mut start = Vec::new();
    open(path)?.take(LOOK_AHEAD).read_to_end(&mut start).with_context(|| format!("reading {}", path.display()))?;
    // Headers are letters: of what is written otherwise the zeros between them go, and what is not UTF-8 is no matter.
    start.retain(|it| *it != 0);
    let start = String::from_utf8_lossy(&start);
    let text = start.trim_start_matches('\u{feff}');
    let named = path.file_stem().map_or_else(String::new, |it| text::fold(&it.to_string_lossy()));
    Ok(match text.trim_start() {
        it if it.starts_with('{') => Kind::Bundle,
        it if contacts::vcard::is_one(it) => Kind::Contacts,
        it if people::are_in(it, named.contains("people")) => Kind::People,
        it if sites::are_in(it) => Kind::Sites,
        _ => Kind::Contacts,
    })
}

/// Opens a file; what is none is not waited for.
///
/// # Errors
/// That it is not there, is no file, or may not be read.
pub fn open(path: &Path) -> Result<File> {
    let name = path.display();
    let there = std::fs::metadata(path).with_context(|| format!("opening {name}"))?;
    anyhow::ensure!(there.is_file(), "{name} is no file");
    File::open(path).with_context(|| format!("opening {name}"))
}

/// The whole of a table.
///
/// # Errors
/// That it is too large, or could not be read.
pub fn whole(input: impl BufRead, name: &str) -> Result<String, ImportError> {
    let (mut bytes, reading) = (Vec::new(), || format!("reading {name}"));
    let n = input.take(MAX_TABLE).read_to_end(&mut bytes).with_context(reading)?;
    if n as u64 == MAX_TABLE {
        let sentence = format!("more than {} MiB; split the file", MAX_TABLE >> 20);
        return Err(ImportError::Whole(Refusal::Invalid(sentence).into()));
    }
    Ok(String::from_utf8(bytes).with_context(reading)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, content: &[u8], expected: Kind) {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        assert_eq!(looks_like(&path).unwrap(), expected, "{name}: {}", String::from_utf8_lossy(content));
    }

    #[test]
    fn a_file_is_known_by_its_headers_and_by_its_name_where_these_fit_several() {
        check("a.jsonl", b"\xef\xbb\xbf\n{\"type\":\"site\"}\n", Kind::Bundle);
        check("a.txt", b"BEGIN:VCARD\r\nVERSION:3.0\r\n", Kind::Contacts);
        check("a.csv", b"email,name,role,site\n", Kind::People);
        check("users.csv", b"user_login;user_email;display_name;role\n", Kind::People);
        check("a.csv", b"sep=;\nkey;name;url\n", Kind::Sites);
        check("a.csv", b"Name,Platform,Owner\n", Kind::Sites);
        check("a.csv", b"Name,E-mail\n", Kind::Contacts);
        check("new-people.csv", b"Name,E-mail\n", Kind::People);
        check("a.csv", b"First name,Last name,Website,Status,E-mail 1\n", Kind::Contacts);
        check("empty.csv", b"", Kind::Contacts);
        let wide: Vec<u8> = "email,role\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        check("a.csv", &wide, Kind::People);
    }

    #[test]
    fn what_is_no_file_is_not_waited_for() {
        let folder = tempfile::TempDir::new().unwrap();
        for (name, sentence) in [("", "is no file"), ("gone.csv", "opening ")] {
            let error = looks_like(&folder.path().join(name)).unwrap_err();
            assert!(format!("{error:#}").contains(sentence), "{error:#}");
        }
    }
}
