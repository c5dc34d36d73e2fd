//! Details of a contact: fields of one line, each said once. What files call it, and where it stands in a contact.

use crate::domain::contact::ContactRecord;
use crate::domain::text;

/// A field of one line, or none, of which a file may have several: one is taken, the others are kept in the notes.
pub(super) struct Detail {
    /// What it is called that stands in the notes.
    pub(super) label: &'static str,
    /// The headers of its column, as words, `#` for a number.
    pub(super) headers: &'static [&'static str],
    /// The property of a card.
    pub(super) property: &'static str,
    /// Whether what a file calls so, in small letters, is one.
    pub(super) is_one: fn(&str) -> bool,
    pub(super) check: fn(&str) -> Result<String, String>,
    pub(super) of: fn(&mut ContactRecord) -> &mut Option<String>,
}

pub(super) const DETAILS: [Detail; 1] = [Detail {
    label: "Phone",
    headers: &[
        "phone",
        "mobile",
        "phone number",
        "phone #",
        "phone # value",
        "billing phone",
        "mobile phone",
        "mobile number",
        "mobiltelefon",
    ],
    property: "TEL",
    is_one: |called| !called.contains("fax"),
    check: text::phone,
    of: |it| &mut it.phone,
}];

/// The value of each.
pub(super) type Details = [Option<String>; DETAILS.len()];

/// Those of a contact.
pub(super) fn of(it: &ContactRecord) -> Details {
    let mut it = it.clone();
    DETAILS.each_ref().map(|detail| (detail.of)(&mut it).take())
}

/// The contact with these details.
pub(super) fn with(details: Details, mut it: ContactRecord) -> ContactRecord {
    DETAILS.iter().zip(details).for_each(|(detail, value)| *(detail.of)(&mut it) = value);
    it
}

/// The first of each, and those that come second, as lines of the notes.
pub(super) fn joined(first: Details, second: Details) -> (Details, Vec<String>) {
    let mut others = Vec::new();
    let mut joined = first;
    for ((detail, stays), other) in DETAILS.iter().zip(&mut joined).zip(second) {
        match stays {
            Some(stays) => others.extend(other.filter(|it| it != stays).map(|it| format!("{}: {it}", detail.label))),
            None => *stays = other,
        }
    }
    (joined, others)
}
