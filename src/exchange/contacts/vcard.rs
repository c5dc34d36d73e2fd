//! Contacts as vCard 3.0 and 4.0.

use calcard::common::{IanaString, PartialDateTime};
use calcard::vcard::{VCardEntry, VCardParameterName, VCardParameterValue, VCardProperty, VCardValue, VCardValueType, VCardVersion};
use calcard::{Entry, Parser};

use super::{Cell, Draft, Intake, at};
use crate::command::import::ImportError;
use crate::domain::text;

/// Whether the text is vCard at all.
pub(super) fn is_one(text: &str) -> bool {
    text.trim_start().get(..11).is_some_and(|it| it.eq_ignore_ascii_case("BEGIN:VCARD"))
}

pub(super) fn read(text: &str, intake: &mut Intake) -> Result<(), ImportError> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut open: Option<Card> = None;
    let mut start = 0;
    for (n, physical) in text.split_inclusive('\n').enumerate() {
        let (line, from) = (n + 1, start);
        start += physical.len();
        let word = physical.trim();
        let is_begin = word.eq_ignore_ascii_case("BEGIN:VCARD");
        match &mut open {
            None if word.is_empty() => {}
            None if is_begin => open = Some(Card { line, from, properties: Vec::new() }),
            None => return Err(at(line, format!("`{}` stands outside a card", text::fit(&text::display(word), 60)))),
            Some(card) if is_begin => return Err(at(line, format!("a card begins before the one of line {} has ended", card.line))),
            Some(card) if word.eq_ignore_ascii_case("END:VCARD") => {
                card.read(&text[card.from..start], intake)?;
                open = None;
            }
            Some(card) if !word.is_empty() && !physical.starts_with([' ', '\t']) => card.properties.push(line),
            Some(_) => {}
        }
    }
    match open {
        Some(card) => Err(at(card.line, "this card never ends; the file is cut off")),
        None => Ok(()),
    }
}

/// One card: where it begins, and the lines on which its properties begin.
struct Card {
    line: usize,
    from: usize,
    properties: Vec<usize>,
}

impl Card {
    fn read(&self, text: &str, intake: &mut Intake) -> Result<(), ImportError> {
        let card = match Parser::new(text).strict().entry() {
            Entry::VCard(card) => card,
            Entry::InvalidLine(line) => {
                return Err(at(self.line, format!("this card has a line without a colon: `{}`", text::fit(&text::display(&line), 60))));
            }
            _ => return Err(at(self.line, "this card cannot be read")),
        };
        if matches!(card.version(), Some(VCardVersion::V2_0 | VCardVersion::V2_1)) {
            return Err(at(self.line, "this card is vCard 2.1, which is not read; export it as vCard 3.0 or 4.0"));
        }
        let mut draft = Draft { line: self.line, ..Draft::default() };
        let mut emails = Vec::new();
        for (n, entry) in card.entries.iter().enumerate() {
            // Lines and properties are the same in number, unless an old encoding runs over lines.
            let line = if self.properties.len() == card.entries.len() { self.properties[n] } else { self.line };
            let property = Property { line, entry, kind: kind(&card.entries, entry) };
            if entry.values.iter().map(VCardValue::size).sum::<usize>() > text::MAX_FIELD && !is_technical(&entry.name) {
                return Err(at(line, format!("{}: more than {} bytes", property.name(), text::MAX_FIELD)));
            }
            property.take(&mut draft, &mut emails, intake);
        }
        emails.sort_by_key(|(rank, _)| *rank);
        draft.emails = emails.into_iter().map(|(_, cell)| cell).collect();
        intake.take(draft)
    }
}

struct Property<'a> {
    line: usize,
    entry: &'a VCardEntry,
    /// `work`, `cell` and so on.
    kind: Option<String>,
}

impl Property<'_> {
    fn take(&self, draft: &mut Draft, emails: &mut Vec<(u32, Cell)>, intake: &mut Intake) {
        let values: Vec<String> = self.entry.values.iter().map(value).collect();
        let whole = || listed(&values, ", ");
        let kept = |label: &str| (self.kind.as_ref().map_or_else(|| label.to_owned(), |kind| format!("{label} ({kind})")), whole());
        let (label, text) = match &self.entry.name {
            VCardProperty::Version | VCardProperty::Begin | VCardProperty::End => return,
            VCardProperty::Fn => return draft.names.extend(self.cell(&whole())),
            VCardProperty::N => {
                // Family, given, further names, titles before, titles after.
                let in_order = [3, 1, 2, 0, 4].iter().filter_map(|it| values.get(*it));
                return draft.parts.extend(in_order.filter_map(|it| self.cell(it)));
            }
            VCardProperty::Org => return draft.companies.extend(self.cell(&whole())),
            VCardProperty::Email => {
                let address = whole();
                let address = address.strip_prefix("mailto:").unwrap_or(&address);
                return emails.extend(self.cell(address).map(|it| (rank(self.entry), it)));
            }
            VCardProperty::Note => return draft.notes.extend(self.cell(&whole())),
            VCardProperty::Categories => return draft.labels.extend(values.iter().filter_map(|it| self.cell(it))),
            VCardProperty::Tel => {
                let (label, number) = kept("Phone");
                (label, number.strip_prefix("tel:").map_or(number.clone(), str::to_owned))
            }
            VCardProperty::Title => kept("Job title"),
            VCardProperty::Adr => kept("Address"),
            VCardProperty::Url => kept("Website"),
            VCardProperty::Bday => kept("Birthday"),
            VCardProperty::Nickname => kept("Nickname"),
            name if is_technical(name) => {
                intake.left_out.insert(self.name());
                return;
            }
            // The label of a group is read with its property.
            VCardProperty::Other(name) if name.eq_ignore_ascii_case("X-ABLABEL") => return,
            _ => {
                intake.unknown.insert(self.name());
                kept(&self.name())
            }
        };
        draft.more.extend(self.cell(&text).map(|cell| (label, cell)));
    }

    fn name(&self) -> String {
        text::display(self.entry.name.as_str()).to_uppercase()
    }

    fn cell(&self, text: &str) -> Option<Cell> {
        let text = text.trim();
        (!text.is_empty()).then(|| Cell { line: self.line, column: self.name(), text: text.to_owned() })
    }
}

/// What only the exporting program needs, or no terminal shows.
fn is_technical(name: &VCardProperty) -> bool {
    matches!(
        name,
        VCardProperty::Photo
            | VCardProperty::Logo
            | VCardProperty::Sound
            | VCardProperty::Key
            | VCardProperty::Prodid
            | VCardProperty::Uid
            | VCardProperty::Rev
            | VCardProperty::Kind
            | VCardProperty::Clientpidmap
            | VCardProperty::Xml
    )
}

fn value(value: &VCardValue) -> String {
    match value {
        VCardValue::Text(text) => text.clone(),
        VCardValue::Component(texts) => listed(texts, " "),
        VCardValue::Integer(number) => number.to_string(),
        VCardValue::Float(number) => number.to_string(),
        VCardValue::Boolean(flag) => flag.to_string(),
        VCardValue::Sex(word) => word.as_str().to_owned(),
        VCardValue::GramGender(word) => word.as_str().to_owned(),
        VCardValue::Kind(word) => word.as_str().to_owned(),
        VCardValue::Binary(data) => data.to_unwrapped_string(),
        VCardValue::PartialDateTime(date) => day(date),
    }
}

/// `1980-04-01`, or where something else is known of a date, as vCard writes it.
fn day(date: &PartialDateTime) -> String {
    if let (Some(year), Some(month), Some(day), None) = (date.year, date.month, date.day, date.hour) {
        return format!("{year:04}-{month:02}-{day:02}");
    }
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = date.format_as_vcard(&mut out, &VCardValueType::DateAndOrTime);
    out
}

fn listed(texts: &[String], between: &str) -> String {
    texts.iter().map(|it| it.trim()).filter(|it| !it.is_empty()).collect::<Vec<_>>().join(between)
}

/// What sort of phone, address, … it is: its types, or the label of its group.
fn kind(all: &[VCardEntry], entry: &VCardEntry) -> Option<String> {
    let group = entry.group.as_ref();
    let is_label = |it: &&VCardEntry| {
        it.group.as_ref() == group && matches!(&it.name, VCardProperty::Other(name) if name.eq_ignore_ascii_case("X-ABLABEL"))
    };
    let label = group.and_then(|_| all.iter().find(is_label)).and_then(|it| it.values.first()).map(value);
    let words: Vec<String> = match label {
        Some(label) => vec![label.trim_start_matches("_$!<").trim_end_matches(">!$_").to_owned()],
        None => types(entry).filter(|it| !matches!(it.as_str(), "pref" | "internet" | "voice")).collect(),
    };
    let words = listed(&words, ", ");
    (!words.is_empty()).then_some(words)
}

fn types(entry: &VCardEntry) -> impl Iterator<Item = String> {
    entry.parameters(&VCardParameterName::Type).filter_map(|it| it.as_text()).map(str::to_lowercase)
}

/// 1 for the preferred address, 101 where nothing is said.
fn rank(entry: &VCardEntry) -> u32 {
    let pref = entry.parameters(&VCardParameterName::Pref).find_map(|it| match it {
        VCardParameterValue::Integer(rank) => Some(*rank),
        _ => None,
    });
    pref.unwrap_or(if types(entry).any(|it| it == "pref") { 1 } else { 101 })
}
