//! Contacts as vCard 2.1, 3.0 and 4.0, and out again as 4.0.
//!
//! The reader is our own: version 2.1, which telephones and Outlook still write, has another
//! grammar than its followers (bare types, quoted-printable that runs over lines, pictures
//! without folds), and files in the wild mix the three.

use std::collections::{BTreeSet, HashMap};
use std::io::{self, Write};

use encoding_rs::{Encoding, UTF_8};

use super::details::{self, DETAILS, Detail};
use super::{Cell, Draft, Intake, labels};
use crate::command::import::ImportError;
use crate::domain::contact::ContactRecord;
use crate::domain::text;
use crate::exchange::encoding;
use crate::exchange::table::{Faults, at};

/// Where the status goes in a card, for which vCard has no property.
const STATUS: &str = "X-STATUS";
/// Most bytes of a line that is written.
const FOLD: usize = 75;

/// Whether the text is vCard at all.
pub fn is_one(text: &str) -> bool {
    text.trim_start().get(..11).is_some_and(|it| it.eq_ignore_ascii_case("BEGIN:VCARD"))
}

pub(super) fn read(text: &str, intake: &mut Intake, faults: &mut Faults) -> Result<(), ImportError> {
    let mut open: Option<Card> = None;
    let mut book = Book::default();
    let line_end = if text.contains('\n') { '\n' } else { '\r' };
    for (n, physical) in text.split(line_end).map(|it| it.trim_end_matches('\r')).enumerate() {
        // A fold may hold any words: what begins and ends a card stands at the margin.
        let (line, word) = (n + 1, physical.trim_end());
        let begins = word.eq_ignore_ascii_case("BEGIN:VCARD");
        match &mut open {
            None if word.trim().is_empty() => {}
            None if word.trim_start().eq_ignore_ascii_case("BEGIN:VCARD") => open = Some(Card { line, ..Card::default() }),
            None => faults.note(Err(at(line, format!("`{}` stands outside a card", text::fit(&text::display(word), 60)))))?,
            Some(card) if begins => {
                faults.note(Err(at(card.line, format!("this card has no end before line {line}, where another begins"))))?;
                open = Some(Card { line, ..Card::default() });
            }
            Some(card) if word.eq_ignore_ascii_case("END:VCARD") => {
                faults.note(card.take(&mut book, intake))?;
                open = None;
            }
            Some(card) => card.add(line, physical),
        }
    }
    if let Some(card) = open {
        faults.note(Err(at(card.line, "this card never ends; the file is cut off")))?;
    }
    book.finish(intake)
}

/// Which card became which contact, and the groups, which name cards.
#[derive(Default)]
struct Book {
    by_uid: HashMap<String, usize>,
    groups: Vec<Group>,
}

struct Group {
    name: String,
    members: Vec<String>,
}

impl Book {
    /// The name of a group is a label of its members.
    fn finish(self, intake: &mut Intake) -> Result<(), ImportError> {
        let mut names = BTreeSet::new();
        let mut absent = 0;
        for group in self.groups {
            for member in &group.members {
                match self.by_uid.get(member).copied().or_else(|| intake.find(&text::email_key(member))) {
                    Some(nth) => intake.contacts.given.get(nth)?.1.label(&group.name),
                    None => absent += 1,
                }
            }
            names.insert(text::display(&group.name).into_owned());
        }
        if !names.is_empty() {
            intake.say(format!("groups are labels of their members: {}", names.into_iter().collect::<Vec<_>>().join(", ")));
        }
        if absent > 0 {
            intake.say(format!("{} of groups not in the file", text::plural(absent, "member")));
        }
        Ok(())
    }
}

/// The lines of a card, unfolded, each with the line on which it begins.
#[derive(Default)]
struct Card {
    line: usize,
    lines: Vec<(usize, String)>,
    is_old: bool,
}

impl Card {
    /// Adds a physical line: a new property, or more of the last.
    fn add(&mut self, line: usize, physical: &str) {
        let is_old = self.is_old;
        if physical.is_empty() {
            return;
        }
        let Some((_, last)) = self.lines.last_mut() else { return self.begin(line, physical) };
        let head = last.split(':').next().unwrap_or_default().to_ascii_uppercase();
        if head.contains("QUOTED-PRINTABLE") && last.ends_with('=') {
            last.pop();
            last.push_str(physical);
        } else if let Some(rest) = physical.strip_prefix([' ', '\t']) {
            // Version 2.1 folds at a space that belongs to the text.
            let keeps = is_old && !head.contains("BASE64");
            last.push_str(if keeps { physical } else { rest });
        } else if (head.contains("BASE64") || head.contains("ENCODING=B")) && !physical.contains(':') {
            last.push_str(physical);
        } else {
            self.begin(line, physical);
        }
    }

    fn begin(&mut self, line: usize, physical: &str) {
        self.is_old |= physical.trim().eq_ignore_ascii_case("VERSION:2.1");
        self.lines.push((line, physical.to_owned()));
    }

    fn take(&self, book: &mut Book, intake: &mut Intake) -> Result<(), ImportError> {
        let properties = self.lines.iter().map(|(line, text)| Property::parse(*line, text, self.is_old)).collect::<Result<Vec<_>, _>>()?;
        if let Some(group) = group(&properties) {
            book.groups.push(group);
            return Ok(());
        }
        let mut draft = Draft { line: self.line, ..Draft::default() };
        let mut emails = Vec::new();
        for property in &properties {
            let kind = property.kind(&properties);
            property.take(kind.as_deref(), &mut draft, &mut emails, intake)?;
        }
        emails.sort_by_key(|(rank, _)| *rank);
        draft.emails = emails.into_iter().map(|(_, cell)| cell).collect();
        let uid = properties.iter().find(|it| it.name == "UID").map(|it| bare_uid(&it.text()));
        if let (Some(nth), Some(uid)) = (intake.take(draft)?, uid) {
            book.by_uid.insert(uid, nth);
        }
        Ok(())
    }
}

/// The group that the card is, where it is one.
fn group(properties: &[Property<'_>]) -> Option<Group> {
    let is = |it: &&Property<'_>, name: &str| it.name.strip_prefix("X-ADDRESSBOOKSERVER-").unwrap_or(&it.name) == name;
    properties.iter().find(|it| is(it, "KIND")).filter(|it| it.text().eq_ignore_ascii_case("group"))?;
    let name = properties.iter().find(|it| it.name == "FN").or_else(|| properties.iter().find(|it| it.name == "N"))?;
    let name = name.parts(';').into_iter().find(|it| !it.is_empty())?;
    let members = properties.iter().filter(|it| is(it, "MEMBER")).map(|it| bare_uid(&it.text())).collect();
    Some(Group { name, members })
}

fn bare_uid(uid: &str) -> String {
    let uid = uid.trim().to_lowercase();
    uid.strip_prefix("urn:uuid:").or_else(|| uid.strip_prefix("mailto:")).unwrap_or(&uid).to_owned()
}

/// One line of a card: `item1.TEL;TYPE=CELL:+46 70 1`.
struct Property<'a> {
    line: usize,
    group: Option<&'a str>,
    /// In capitals.
    name: String,
    /// Names in capitals; bare ones of version 2.1 are types, or the encoding.
    parameters: Vec<(String, &'a str)>,
    raw: &'a str,
    is_old: bool,
}

impl<'a> Property<'a> {
    fn parse(line: usize, text: &'a str, is_old: bool) -> Result<Property<'a>, ImportError> {
        let colon = outside_quotes(text, ':').next();
        let (head, raw) = colon
            .map(|it| (&text[..it], &text[it + 1..]))
            .ok_or_else(|| at(line, format!("a line of a card without a colon: `{}`", text::fit(&text::display(text), 60))))?;
        let mut parts = split(head, ';', outside_quotes(head, ';'));
        let name = parts.next().unwrap_or_default().trim();
        let (group, name) = name.rsplit_once('.').map_or((None, name), |(group, name)| (Some(group), name));
        let parameter = |it: &'a str| {
            let it = it.trim();
            match it.split_once('=') {
                Some((name, value)) => (name.trim().to_ascii_uppercase(), value.trim()),
                None if matches!(it.to_ascii_uppercase().as_str(), "QUOTED-PRINTABLE" | "BASE64" | "8BIT" | "7BIT") => {
                    ("ENCODING".to_owned(), it)
                }
                None => ("TYPE".to_owned(), it),
            }
        };
        Ok(Property { line, group, name: name.to_ascii_uppercase(), parameters: parts.map(parameter).collect(), raw, is_old })
    }

    fn take(&self, kind: Option<&str>, draft: &mut Draft, emails: &mut Vec<(u32, Cell)>, intake: &mut Intake) -> Result<(), ImportError> {
        if self.is_technical() {
            intake.left_out.insert(self.shown());
            return Ok(());
        }
        if self.raw.len() > text::MAX_FIELD {
            return Err(at(self.line, format!("{}: more than {} bytes", self.shown(), text::MAX_FIELD)));
        }
        let kept = |label: &str| kind.map_or_else(|| label.to_owned(), |kind| format!("{label} ({kind})"));
        let (label, text) = match self.name.as_str() {
            // The label of a group is read with its property.
            "VERSION" | "X-ABLABEL" => return Ok(()),
            "FN" => {
                draft.names.extend(self.cell(&self.text()));
                return Ok(());
            }
            "N" => {
                // Family, given, further names, titles before, titles after.
                let parts = self.parts(';');
                let in_order = [3, 1, 2, 0, 4].iter().filter_map(|it| parts.get(*it));
                draft.parts.extend(in_order.filter_map(|it| self.cell(it)));
                return Ok(());
            }
            "ORG" => {
                draft.companies.extend(self.cell(&listed(&self.parts(';'))));
                return Ok(());
            }
            "EMAIL" => {
                emails.extend(self.cell(&self.text()).map(|it| (self.rank(), it)));
                return Ok(());
            }
            "NOTE" => {
                // Where notes begin is theirs.
                let text = self.read(self.raw).trim_start_matches(text::is_edge_mark).to_owned();
                draft.notes.extend(self.cell(&text).map(|it| Cell { text, ..it }));
                return Ok(());
            }
            "CATEGORIES" => {
                let words = if self.is_old { self.parts(';') } else { self.parts(',') };
                let words: Vec<String> = words.into_iter().filter(|it| !it.is_empty()).collect();
                draft.labels.extend(self.cell(&labels::together(&words)));
                return Ok(());
            }
            STATUS => {
                draft.statuses.extend(self.cell(&self.text()));
                return Ok(());
            }
            "TITLE" => (kept("Job title"), self.text()),
            "ADR" => (kept("Address"), listed(&self.parts(';'))),
            "URL" => (kept("Website"), self.text()),
            "BDAY" => (kept("Birthday"), day(&self.text())),
            "NICKNAME" => (kept("Nickname"), listed(&self.parts(','))),
            name => {
                let is = |it: &Detail| it.property == name;
                if let Some(detail) = DETAILS.iter().find(|it| is(it)) {
                    let text = self.text();
                    // A number may be written as an address to call.
                    if let Some(cell) = self.cell(text.strip_prefix("tel:").unwrap_or(&text)) {
                        draft.add_detail(is, self.rank(), kept(detail.label), cell);
                    }
                    return Ok(());
                }
                intake.unknown.insert(self.shown());
                (kept(&self.shown()), listed(&self.parts(';')))
            }
        };
        draft.more.extend(self.cell(&text).map(|cell| (label, cell)));
        Ok(())
    }

    fn parameter(&self, name: &str) -> Option<&'a str> {
        self.parameters.iter().find(|it| it.0 == name).map(|it| it.1)
    }

    /// The whole value.
    fn text(&self) -> String {
        text::without_edges(&self.read(self.raw)).to_owned()
    }

    /// The value's parts between the separators that nothing escapes.
    fn parts(&self, separator: char) -> Vec<String> {
        let parts = split(self.raw, separator, unescaped(self.raw, separator));
        parts.map(|it| text::without_edges(&self.read(it)).to_owned()).collect()
    }

    /// Escapes and encodings resolved.
    fn read(&self, raw: &str) -> String {
        let plain = unescape(raw, self.is_old);
        let is_quoted = self.parameter("ENCODING").is_some_and(|it| it.eq_ignore_ascii_case("QUOTED-PRINTABLE"));
        if !is_quoted {
            return plain;
        }
        let bytes = unquote(&plain);
        let charset = self.parameter("CHARSET").and_then(|it| Encoding::for_label(it.trim_matches('"').as_bytes()));
        let text = match charset.filter(|it| *it != UTF_8) {
            Some(charset) => charset.decode_without_bom_handling(&bytes).0.into_owned(),
            None => encoding::line(&bytes).map_or_else(|_| String::from_utf8_lossy(&bytes).into_owned(), |(text, _)| text.into_owned()),
        };
        text.replace("\r\n", "\n").replace('\r', "\n")
    }

    fn cell(&self, text: &str) -> Option<Cell> {
        let text = text::without_edges(text);
        (!text.is_empty()).then(|| Cell { line: self.line, column: self.shown(), text: text.to_owned() })
    }

    fn shown(&self) -> String {
        text::display(&self.name).into_owned()
    }

    /// What only the exporting program needs, or no terminal shows.
    fn is_technical(&self) -> bool {
        let names = [
            "PHOTO",
            "LOGO",
            "SOUND",
            "KEY",
            "PRODID",
            "UID",
            "REV",
            "KIND",
            "CLIENTPIDMAP",
            "XML",
            "MAILER",
            "CLASS",
            "SORT-STRING",
            "AGENT",
            "X-ABUID",
            "X-ABADR",
            "X-ABSHOWAS",
        ];
        names.contains(&self.name.as_str()) || self.name.starts_with("X-ADDRESSBOOKSERVER-")
    }

    /// What sort of phone, address, … it is: the label of its group, or its types.
    fn kind(&self, all: &[Property<'_>]) -> Option<String> {
        let label = |it: &&Property<'_>| it.name == "X-ABLABEL" && it.group == self.group;
        let words = match self.group.and_then(|_| all.iter().find(label)) {
            Some(it) => vec![it.text().trim_start_matches("_$!<").trim_end_matches(">!$_").to_owned()],
            None => self.types().filter(|it| !matches!(it.as_str(), "pref" | "internet" | "voice")).collect(),
        };
        Some(listed(&words)).filter(|it| !it.is_empty())
    }

    fn types(&self) -> impl Iterator<Item = String> {
        let values = self.parameters.iter().filter(|it| it.0 == "TYPE").flat_map(|it| it.1.split(','));
        values.map(|it| it.trim_matches('"').trim().to_lowercase()).filter(|it| !it.is_empty())
    }

    /// 1 for the preferred address, 101 where nothing is said.
    fn rank(&self) -> u32 {
        let said = self.parameter("PREF").and_then(|it| it.trim_matches('"').parse().ok());
        said.unwrap_or(if self.types().any(|it| it == "pref") { 1 } else { 101 })
    }
}

/// Where this character stands outside quotes.
fn outside_quotes(text: &str, wanted: char) -> impl Iterator<Item = usize> {
    let mut quoted = false;
    text.char_indices().filter_map(move |(at, c)| {
        quoted ^= c == '"';
        (c == wanted && !quoted).then_some(at)
    })
}

/// Where this character stands without a backslash before it.
fn unescaped(text: &str, wanted: char) -> impl Iterator<Item = usize> {
    let mut escaped = false;
    text.char_indices().filter_map(move |(at, c)| {
        let found = c == wanted && !escaped;
        escaped = c == '\\' && !escaped;
        found.then_some(at)
    })
}

fn split(text: &str, separator: char, at: impl Iterator<Item = usize>) -> impl Iterator<Item = &str> {
    let mut start = 0;
    let ends = at.chain([text.len()]);
    ends.map(move |end| {
        let part = &text[start..end];
        start = (end + separator.len_utf8()).min(text.len());
        part
    })
}

/// Version 2.1 knows no escaped line break: there, a backslash is one before separators only.
fn unescape(text: &str, is_old: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match (c, rest.peek()) {
            ('\\', Some('n' | 'N')) if !is_old => {
                rest.next();
                out.push('\n');
            }
            ('\\', Some(next @ ('\\' | ',' | ';' | ':'))) => {
                out.push(*next);
                rest.next();
            }
            _ => out.push(c),
        }
    }
    out
}

/// The bytes of quoted-printable text; what is none of it stays.
fn unquote(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut next = 0;
    while next < bytes.len() {
        let digits =
            bytes.get(next + 1..next + 3).and_then(|it| std::str::from_utf8(it).ok()).and_then(|it| u8::from_str_radix(it, 16).ok());
        match (bytes[next], digits) {
            (b'=', Some(byte)) => {
                out.push(byte);
                next += 3;
            }
            (byte, _) => {
                out.push(byte);
                next += 1;
            }
        }
    }
    out
}

/// `1980-04-01` of `19800401`; what else a date may be as it stands.
fn day(text: &str) -> String {
    let digits = text.len() == 8 && text.bytes().all(|it| it.is_ascii_digit());
    if digits { format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]) } else { text.to_owned() }
}

fn listed(texts: &[String]) -> String {
    texts.iter().map(|it| it.trim()).filter(|it| !it.is_empty()).collect::<Vec<_>>().join(", ")
}

/// Writes a contact as a card, which comes in again as the same contact.
///
/// # Errors
/// That nothing could be written.
pub fn write(it: &ContactRecord, out: &mut dyn Write) -> io::Result<()> {
    let escaped = |text: &str| text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace('\n', "\\n");
    let mut lines = vec!["BEGIN:VCARD".to_owned(), "VERSION:4.0".to_owned(), format!("FN:{}", escaped(&it.name))];
    lines.extend(it.email.iter().map(|email| format!("EMAIL:{}", escaped(email))));
    let details = DETAILS.iter().zip(details::of(it)).filter_map(|(detail, text)| Some((detail.property, text?)));
    lines.extend(details.map(|(property, text)| format!("{property}:{}", escaped(&text))));
    lines.push(format!("{STATUS}:{}", it.status.as_str()));
    if !it.labels.is_empty() {
        lines.push(format!("CATEGORIES:{}", it.labels.iter().map(|it| escaped(it)).collect::<Vec<_>>().join(",")));
    }
    if !it.notes.is_empty() {
        lines.push(format!("NOTE:{}", escaped(&it.notes)));
    }
    lines.push("END:VCARD".to_owned());
    lines.iter().try_for_each(|it| folded(it, out))
}

/// A line in pieces that old programs can read, cut between characters.
fn folded(line: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut rest = line;
    while rest.len() > FOLD {
        let cut = (0..=FOLD).rev().find(|it| rest.is_char_boundary(*it)).unwrap_or(FOLD);
        write!(out, "{}\r\n ", &rest[..cut])?;
        rest = &rest[cut..];
    }
    write!(out, "{rest}\r\n")
}
