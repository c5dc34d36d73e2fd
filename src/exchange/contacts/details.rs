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

/// In the languages in which Outlook writes its headers. What has a phone of somebody else (an assistant, a company) or a
/// fax is none of them.
#[rustfmt::skip]
const PHONES: &[&str] = &[
    "phone", "phone number", "phone #", "phone # value", "mobile", "mobile phone", "mobile number", "cell", "cell phone",
    "cellphone", "cell number", "telephone", "telephone number", "tel", "primary phone", "primary phone number", "main phone",
    "business phone", "business phone #", "work phone", "work phone #", "work number", "office phone", "home phone",
    "home phone #", "home number", "other phone", "car phone", "contact phone", "customer phone", "billing phone", "telefon",
    "telefonnummer", "telefon geschaftlich", "telefon geschaftlich #", "telefon privat", "telefon privat #", "telefon mobil",
    "haupttelefon", "weiteres telefon", "mobiltelefon", "mobilnummer", "mobil", "mobil tel", "handy", "handynummer", "rufnummer",
    "tel dienstlich", "tel privat", "tel mobil", "autotelefon", "numero de telephone", "telephone mobile", "telephone portable",
    "tel mobile", "tel portable", "portable", "telephone bureau", "telephone # bureau", "telephone professionnel",
    "telephone domicile", "telephone # domicile", "telephone personnel", "telephone prive", "telephone principal",
    "autre telephone", "telephone voiture", "telefono", "numero de telefono", "telefono movil", "movil", "numero de movil",
    "telefono celular", "celular", "numero de celular", "telefono del trabajo", "telefono del trabajo #", "telefono trabajo",
    "telefono de la oficina", "telefono particular", "telefono particular #", "telefono de casa", "telefono fijo",
    "telefono principal", "otro telefono", "telefono del automovil", "numero di telefono", "cellulare", "numero di cellulare",
    "telefono cellulare", "telefono mobile", "telefono ufficio", "telefono ufficio #", "ufficio", "tel ufficio",
    "telefono abitazione", "telefono abitazione #", "telefono casa", "tel abitazione", "telefono principale", "altro telefono",
    "telefoon", "telefoonnummer", "mobiel", "mobiele telefoon", "mobiel nummer", "mobiele nummer", "mobiel telefoonnummer",
    "telefoon op werk", "telefoon op werk #", "telefoon werk", "zakelijke telefoon", "telefoon zakelijk", "telefoon thuis",
    "telefoon thuis #", "andere telefoon", "hoofdtelefoon", "autotelefoon", "telefone", "numero de telefone", "telefone celular",
    "telefone movel", "telemovel", "telefone comercial", "telefone comercial #", "telefone do emprego", "telefone do emprego #",
    "telefone emprego", "telefone residencial", "telefone residencial #", "telefone de casa", "telefone casa",
    "telefone principal", "outro telefone", "numer telefonu", "telefon komorkowy", "komorka", "telefon sluzbowy",
    "telefon sluzbowy #", "telefon domowy", "telefon domowy #", "telefon glowny", "inny telefon", "telefon arbete",
    "telefon arbete #", "telefon hem", "telefon hem #", "annan telefon", "primar telefon", "telefon arbejde", "arbejdstelefon",
    "hjemmetelefon", "anden telefon", "telefon arbeid", "telefon hjem", "annen telefon", "puhelin", "puhelinnumero",
    "matkapuhelin", "matkapuhelinnumero", "tyopuhelin", "puhelin tyo", "kotipuhelin", "puhelin koti", "muu puhelin",
    "telefonni cislo", "mobilni telefon", "telefon do zamestnani", "telefon do prace", "telefon domu", "hlavni telefon",
    "jiny telefon", "telefonszam", "mobilszam", "hivatali telefon", "hivatali telefon #", "munkahelyi telefon", "otthoni telefon",
    "otthoni telefon #", "mas telefon",
];

pub(super) const DETAILS: [Detail; 1] = [Detail {
    label: "Phone",
    headers: PHONES,
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
