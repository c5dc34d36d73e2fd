//! Contacts as other programs export them: CSV of many programs, vCard.
//!
//! Both formats become `Draft`s; here each is checked and becomes what was [`Given`]. What
//! has no field of its own is kept in the notes of the contact; what is left out is said.

mod csv;
mod details;
mod given;
pub mod labels;
mod spool;
pub mod vcard;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasher, RandomState};

use anyhow::Result;

use details::{DETAILS, Detail};
pub use given::Given;

use super::table::{self, Faults, Mapping, at};
use crate::command::import::{ImportError, Line};
use crate::domain::record::Record;
use crate::domain::text;
use crate::domain::things::ContactStatus;
use crate::facts::Reader;
use spool::Spool;

/// How Google tells several values in one cell apart.
const GOOGLE_SEPARATOR: &str = " ::: ";
/// Most sentences about single lines.
const MAX_NOTES: usize = 100;
/// Most contacts that are named because something of theirs stays.
const MAX_KEPT: usize = 10;

/// What a file of contacts holds.
#[derive(Debug, Default)]
pub struct Contacts {
    given: Spool,
    /// How many of them were taken by [`Contacts::next`].
    n_taken: usize,
    /// Names and statuses that stay although the file has others: the first few, and how many.
    kept: (Vec<String>, usize),
    /// What was left out or kept elsewhere, one sentence each.
    pub notes: Vec<String>,
    /// Rows and cards that cannot be taken.
    pub faults: Faults,
}

impl Contacts {
    pub fn len(&self) -> usize {
        self.given.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The next record to import: a contact laid over the one that is there.
    pub fn next(&mut self, db: Reader<'_>) -> Option<Result<Line, ImportError>> {
        (self.n_taken < self.len()).then(|| self.over(db).map_err(ImportError::from))
    }

    fn over(&mut self, db: Reader<'_>) -> Result<Line> {
        if self.n_taken == 0 {
            self.given.rewind()?;
        }
        let (line, given) = self.given.next(self.n_taken)?;
        self.n_taken += 1;
        let (record, keeps) = given.over(db)?;
        if let Some(sentence) = keeps {
            self.kept.1 += 1;
            if self.kept.0.len() < MAX_KEPT {
                self.kept.0.push(sentence);
            }
        }
        Ok((line, Record::Contact(record)))
    }

    /// What is to be said once all were taken.
    pub fn said(&self) -> Option<String> {
        let (some, all) = &self.kept;
        let more = if *all > some.len() { format!(" and {} more", all - some.len()) } else { String::new() };
        (*all > 0).then(|| format!("names and statuses that are there stay: {}{more}", some.join(", ")))
    }
}

/// Reads a file of contacts; the content decides the format.
///
/// # Errors
/// Names the line and column at fault, where no row can be told from the next.
pub fn read(text: &str, mappings: &[Mapping]) -> Result<Contacts, ImportError> {
    let mut intake = Intake::default();
    let mut faults = Faults::default();
    if vcard::is_one(text) {
        vcard::read(text, &mut intake, &mut faults)?;
    } else {
        csv::read(text, mappings, &mut intake, &mut faults)?;
    }
    Ok(Contacts { faults, ..intake.finish() })
}

/// A value and where it stood: its line, and the column header or property.
#[derive(Clone, Debug)]
struct Cell {
    line: usize,
    column: String,
    text: String,
}

impl Cell {
    fn refuse(&self, sentence: &str) -> ImportError {
        at(self.line, format!("column {}: {sentence}", text::display(&self.column)))
    }
}

/// A contact as it stood in the file, not yet checked.
#[derive(Debug, Default)]
struct Draft {
    line: usize,
    /// Whole names: the first is taken.
    names: Vec<Cell>,
    /// Title, given name, family name and so on, in the order they are read out.
    parts: Vec<Cell>,
    companies: Vec<Cell>,
    /// Addresses or mailboxes: the first is taken.
    emails: Vec<Cell>,
    /// The first that is one is taken.
    statuses: Vec<Cell>,
    labels: Vec<Cell>,
    notes: Vec<Cell>,
    /// What has no field of its own, with its label.
    more: Vec<(String, Cell)>,
    /// The contact's details: how much better others would have to be, which of those it is, and its text.
    details: [Option<(u32, usize, String)>; DETAILS.len()],
}

impl Draft {
    /// Adds what may be such a detail: the first of the lowest rank is taken.
    fn add_detail(&mut self, may_be: impl Fn(&Detail) -> bool, rank: u32, label: String, cell: Cell) {
        let read = |it: &Detail| if may_be(it) && (it.is_one)(&label.to_lowercase()) { (it.check)(&cell.text).ok() } else { None };
        let found = DETAILS.iter().zip(&mut self.details).find_map(|(detail, place)| Some((place, read(detail)?)));
        if let Some((place, text)) = found
            && place.as_ref().is_none_or(|(best, ..)| rank < *best)
        {
            *place = Some((rank, self.more.len(), text));
        }
        self.more.push((label, cell));
    }
}

/// Checks drafts, adds up what is said of one contact and gathers what there is to say.
#[derive(Default)]
struct Intake {
    contacts: Contacts,
    /// The hash of e-mail or, for contacts without one, name → which of the contacts. Of random keys, so that
    /// two of a file's million names do not meet, and a file cannot make them.
    seen: HashMap<u64, u32>,
    hasher: RandomState,
    /// Columns that nothing here knows, and that held something.
    unknown: BTreeSet<String>,
    /// Words that stood for a status and are none, and how often.
    no_status: BTreeMap<String, usize>,
    /// What was not taken over at all.
    left_out: BTreeSet<String>,
    n_more_notes: usize,
}

impl Intake {
    /// Takes a contact, or more of one, and says which it is.
    fn take(&mut self, draft: Draft) -> Result<Option<usize>, ImportError> {
        let line = draft.line;
        let Some(given) = self.given(draft)? else {
            self.say(format!("line {line}: neither a name nor an e-mail; skipped"));
            return Ok(None);
        };
        let name = given.title().to_owned();
        if name.contains('\u{fffd}') {
            self.say(format!("line {line}: {} has lost a letter in an earlier program (U+FFFD)", text::display(&name)));
        }
        let key = given.email.as_ref().map_or_else(|| format!("name {name}"), |it| text::email_key(it));
        let Some(nth) = self.find(&key) else {
            let nth = self.contacts.given.push(line, &given)?;
            self.seen.insert(self.hasher.hash_one(&key), u32::try_from(nth).unwrap_or(u32::MAX));
            return Ok(Some(nth));
        };
        let (first, known) = self.contacts.given.get(nth)?;
        let what = given.email.clone().unwrap_or(name);
        known.add(given).map_err(|sentence| at(line, sentence))?;
        let called = known.title().to_owned();
        let sentence = format!(
            "line {line}: {} stood on line {first} already; both are one contact, {}",
            text::display(&what),
            text::display(&called)
        );
        self.say(sentence);
        Ok(Some(nth))
    }

    /// Which of the contacts has this key.
    fn find(&self, key: &str) -> Option<usize> {
        self.seen.get(&self.hasher.hash_one(key)).map(|it| *it as usize)
    }

    /// A sentence about a single line; there may be as many as lines.
    fn say(&mut self, sentence: String) {
        if self.contacts.notes.len() < MAX_NOTES {
            self.contacts.notes.push(sentence);
        } else {
            self.n_more_notes += 1;
        }
    }

    fn given(&mut self, draft: Draft) -> Result<Option<Given>, ImportError> {
        let Draft { line, mut names, parts, companies, emails, statuses, labels, notes, more, details } = draft;
        let taken: Vec<usize> = details.iter().flatten().map(|it| it.1).collect();
        let details = details.map(|it| it.map(|it| it.2));
        let left = more.into_iter().enumerate().filter(|it| !taken.contains(&it.0));
        let mut more: Vec<(String, Cell)> = left.map(|it| it.1).collect();
        let mut emails = emails.into_iter();
        let email = emails.next().map(|cell| address(&cell, &mut names)).transpose()?;
        let mut names = names.into_iter();
        let mut companies = companies.into_iter();
        let name = match names.next() {
            Some(cell) => {
                let name = checked(&cell, |it| text::required("name", it))?;
                more.extend(parts.into_iter().filter(|it| !says(&name, &it.text)).map(own_label));
                Some(name)
            }
            None if !parts.is_empty() => Some(joined(&parts)?),
            None => None,
        };
        let company = if name.is_none() { companies.next() } else { None };
        let company = company.map(|it| checked(&it, |text| text::required("company", text))).transpose()?;
        if name.is_none() && company.is_none() && email.is_none() {
            return Ok(None);
        }
        let further = names.filter(|it| !says(name.as_deref().unwrap_or_default(), &it.text)).map(own_label);
        let also = emails.map(|it| ("E-mail".to_owned(), it));
        let employer = companies.map(|it| ("Company".to_owned(), it));
        let (status, no_status) = self.status(statuses);
        let notes = notes.into_iter().map(|it| (String::new(), it));
        let notes = composed(line, notes.chain(further).chain(also).chain(employer).chain(more).chain(no_status))?;
        Ok(Some(Given { name, company, email, details, status, labels: self.labels(&labels)?, notes }))
    }

    /// The first word that is a status; the others are kept in the notes.
    fn status(&mut self, cells: Vec<Cell>) -> (Option<ContactStatus>, impl Iterator<Item = (String, Cell)> + use<>) {
        let mut status = None;
        let mut others = Vec::new();
        for cell in cells {
            match ContactStatus::parse(&cell.text.to_lowercase()) {
                Some(word) if status.is_none() => status = Some(word),
                Some(_) => others.push(cell),
                None => {
                    *self.no_status.entry(text::display(&cell.text).into_owned()).or_default() += 1;
                    others.push(cell);
                }
            }
        }
        (status, others.into_iter().map(|it| ("Status".to_owned(), it)))
    }

    fn labels(&mut self, cells: &[Cell]) -> Result<Vec<String>, ImportError> {
        let mut labels = Vec::new();
        for cell in cells {
            for label in labels::apart(&cell.text) {
                if label.is_system() {
                    self.left_out.insert(format!("the group {}", text::display(&label.text)));
                    continue;
                }
                let label = text::required("label", text::without_edges(&label.text)).map_err(|sentence| cell.refuse(&sentence))?;
                if !labels.contains(&label) {
                    labels.push(label);
                }
            }
        }
        Ok(labels)
    }

    fn finish(self) -> Contacts {
        let mut contacts = self.contacts;
        if self.n_more_notes > 0 {
            contacts.notes.push(format!("and as much about {} more", text::plural(self.n_more_notes, "line")));
        }
        if !self.no_status.is_empty() {
            let words: Vec<String> = self.no_status.keys().cloned().collect();
            let count = text::plural(self.no_status.values().sum(), "contact");
            let known: Vec<&str> = ContactStatus::ALL.iter().map(|it| it.as_str()).collect();
            let sentence = format!("no status here, kept in the notes of {count}: {} (there are: {})", text::few(&words), known.join(", "));
            contacts.notes.push(sentence);
        }
        if !self.unknown.is_empty() {
            contacts.notes.push(format!("kept in the notes of each contact, for want of a field: {}", table::names(self.unknown)));
        }
        if !self.left_out.is_empty() {
            contacts.notes.push(format!("left out: {}", table::names(self.left_out)));
        }
        contacts
    }
}

fn checked(cell: &Cell, check: impl Fn(&str) -> Result<String, String>) -> Result<String, ImportError> {
    check(&cell.text).map_err(|sentence| cell.refuse(&sentence))
}

/// The address of a cell; where it comes in a mailbox with a name, that is a name too.
fn address(cell: &Cell, names: &mut Vec<Cell>) -> Result<String, ImportError> {
    let (name, address) = text::mailbox(&cell.text);
    let email = text::email(address).map_err(|sentence| cell.refuse(&sentence))?;
    names.extend(name.map(|it| Cell { text: it.to_owned(), ..cell.clone() }));
    Ok(email)
}

/// Whether the name already has every word of the text.
fn says(name: &str, text: &str) -> bool {
    let words: Vec<&str> = name.split_whitespace().collect();
    text.split_whitespace().all(|word| words.contains(&word))
}

fn own_label(cell: Cell) -> (String, Cell) {
    (cell.column.clone(), cell)
}

fn joined(parts: &[Cell]) -> Result<String, ImportError> {
    let words = parts.iter().map(|it| checked(it, |text| text::required("name", text))).collect::<Result<Vec<_>, _>>()?;
    text::required("name", &words.join(" ")).map_err(|sentence| parts[0].refuse(&sentence))
}

/// The notes: first the file's own, then a line for everything that has no field.
fn composed(line: usize, cells: impl Iterator<Item = (String, Cell)>) -> Result<String, ImportError> {
    let mut notes = Vec::new();
    for (label, cell) in cells {
        let text = checked(&cell, |it| text::note("value", it))?;
        notes.push(if label.is_empty() { text } else { format!("{}: {text}", text::display(&label)) });
    }
    text::note("notes", &notes.join("\n")).map_err(|sentence| at(line, sentence))
}
