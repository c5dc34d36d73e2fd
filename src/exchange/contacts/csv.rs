//! Contacts in CSV: what other programs call their columns.

use std::collections::HashSet;

use super::details::DETAILS;
use super::{Cell, Draft, GOOGLE_SEPARATOR, Intake};
use crate::command::import::ImportError;
use crate::domain::text;
use crate::exchange::guard::bare;
use crate::exchange::table::{self, Column, Faults, Mapping, Table, at};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Name,
    /// Part of a name, and its place when the name is read out.
    Part(u8),
    /// Part of a name where another column is the job's title, else the job's title.
    Title,
    Company,
    Email,
    Status,
    Labels,
    Notes,
    /// A detail, by its label.
    Detail(&'static str),
    /// Known, but without a field of its own: kept in the notes under this label.
    Kept(&'static str),
    /// What sort of phone, address, … the column beside it has.
    Kind,
}

/// Fields and their headers as words, `#` for a number: those of Google, Wix, Outlook in the
/// languages of Europe, Thunderbird, Yahoo, Fastmail, WordPress, WooCommerce, LinkedIn.
const HEADERS: &[(Field, &[&str])] = &[
    (
        Field::Name,
        &[
            "name",
            "full name",
            "display name",
            "contact name",
            "customer name",
            "client name",
            "contact",
            "customer",
            "kontakt",
            "ansprechpartner",
        ],
    ),
    (
        Field::Part(0),
        &["name prefix", "prefix", "salutation", "anrede", "tratamiento", "tratamento", "aanspreekvorm", "osloveni", "megszolitas"],
    ),
    (Field::Title, &["title", "titel", "titre", "titolo", "titulo", "tytul", "tittel", "titteli", "titul"]),
    (
        Field::Part(1),
        &[
            "first name",
            "first",
            "given name",
            "forename",
            "billing first name",
            "vorname",
            "prenom",
            "nombre",
            "nome",
            "primeiro nome",
            "nome proprio",
            "voornaam",
            "imie",
            "fornamn",
            "fornavn",
            "etunimi",
            "jmeno",
            "krestni jmeno",
            "utonev",
            "keresztnev",
        ],
    ),
    (
        Field::Part(2),
        &[
            "middle name",
            "middle",
            "additional name",
            "weitere vornamen",
            "zweiter vorname",
            "deuxieme prenom",
            "second prenom",
            "autre prenom",
            "segundo nombre",
            "secondo nome",
            "tweede voornaam",
            "middelste naam",
            "tussenvoegsel",
            "segundo nome",
            "nome do meio",
            "drugie imie",
            "mellannamn",
            "mellemnavn",
            "mellomnavn",
            "toinen nimi",
            "prostredni jmeno",
            "dalsi jmeno",
            "masodik utonev",
            "kozepso nev",
        ],
    ),
    (
        Field::Part(3),
        &[
            "last name",
            "last",
            "family name",
            "surname",
            "billing last name",
            "nachname",
            "familienname",
            "nom",
            "nom de famille",
            "apellidos",
            "apellido",
            "cognome",
            "achternaam",
            "apelido",
            "sobrenome",
            "ultimo nome",
            "nazwisko",
            "efternamn",
            "efternavn",
            "etternavn",
            "sukunimi",
            "prijmeni",
            "vezeteknev",
            "csaladnev",
        ],
    ),
    (
        Field::Part(4),
        &[
            "name suffix",
            "suffix",
            "suffixe",
            "sufijo",
            "suffisso",
            "achtervoegsel",
            "sufixo",
            "sufiks",
            "suffiks",
            "loppuliite",
            "titul za jmenem",
            "utotag",
            "nevutotag",
        ],
    ),
    (
        Field::Company,
        &[
            "company",
            "company name",
            "organization",
            "organisation",
            "organization name",
            "organization # name",
            "billing company",
            "firma",
            "societe",
            "entreprise",
            "empresa",
            "organizacion",
            "compania",
            "societa",
            "azienda",
            "organizzazione",
            "bedrijf",
            "organisatie",
            "organizacao",
            "organizacja",
            "foretag",
            "virksomhed",
            "bedrift",
            "yritys",
            "spolecnost",
            "ceg",
            "vallalat",
        ],
    ),
    (
        Field::Email,
        &[
            "email",
            "mail",
            "email address",
            "email #",
            "email # address",
            "email address #",
            "email # value",
            "user email",
            "primary email",
            "secondary email",
            "alternate email",
            "alternate email #",
            "billing email",
            "customer email",
            "email adresse",
            "email # adresse",
            "adresse email",
            "adresse email #",
            "adresse de messagerie",
            "adresse de messagerie #",
            "courriel",
            "adresse courriel",
            "correo",
            "correo electronico",
            "correo electronico #",
            "direccion de correo electronico",
            "direccion de correo electronico #",
            "direccion de email",
            "direccion de email #",
            "indirizzo email",
            "indirizzo email #",
            "indirizzo posta elettronica",
            "indirizzo posta elettronica #",
            "indirizzo di posta elettronica",
            "indirizzo di posta elettronica #",
            "posta elettronica",
            "emailadres",
            "email adres",
            "email # adres",
            "endereco de email",
            "endereco de email #",
            "endereco de correio electronico",
            "endereco de correio electronico #",
            "endereco de correio eletronico",
            "endereco de correio eletronico #",
            "correio electronico",
            "correio eletronico",
            "adres email",
            "adres email #",
            "e postadress",
            "e postadress #",
            "e post",
            "e post #",
            "e postadresse",
            "e postadresse #",
            "mailadresse",
            "sahkoposti",
            "sahkoposti #",
            "sahkopostiosoite",
            "sahkopostiosoite #",
            "emailova adresa",
            "emailova adresa #",
            "email cim",
            "email # cim",
            "email cim #",
        ],
    ),
    (Field::Status, &["status"]),
    (
        Field::Labels,
        &[
            "labels",
            "label",
            "tags",
            "tag",
            "groups",
            "group membership",
            "category",
            "categories",
            "kategorien",
            "categorias",
            "categorie",
            "categorieen",
            "kategorie",
            "kategorier",
            "luokat",
            "kategoriak",
        ],
    ),
    (
        Field::Notes,
        &[
            "notes",
            "note",
            "comments",
            "notizen",
            "notas",
            "remarques",
            "notities",
            "opmerkingen",
            "uwagi",
            "notatki",
            "anteckningar",
            "noter",
            "bemaerkninger",
            "notater",
            "muistiinpanot",
            "huomautukset",
            "poznamky",
            "megjegyzesek",
            "jegyzetek",
        ],
    ),
    (
        Field::Kept("Job title"),
        &[
            "position",
            "job title",
            "organization title",
            "organization # title",
            "fonction",
            "puesto",
            "cargo",
            "posizione",
            "qualifica",
            "functie",
            "stanowisko",
            "befattning",
            "stilling",
            "tehtavanimike",
            "funkce",
            "beosztas",
        ],
    ),
    (Field::Kept("Occupation"), &["occupation"]),
    (Field::Kept("Department"), &["department", "organization department", "organization # department"]),
    (Field::Kept("Address"), &["address", "address #", "address # formatted"]),
    (Field::Kept("Street"), &["address # street", "address # street line #"]),
    (Field::Kept("Address line 2"), &["address # extended address"]),
    (Field::Kept("PO box"), &["address # po box"]),
    (Field::Kept("Postal code"), &["address # postal code", "address # zip"]),
    (Field::Kept("City"), &["address # city"]),
    (Field::Kept("Region"), &["address # region", "address # state region"]),
    (Field::Kept("Country"), &["address # country"]),
    (Field::Kept("Website"), &["website", "website # value", "url", "web page", "web page #"]),
    (Field::Kept("Birthday"), &["birthday", "birthdate", "geburtstag"]),
    (Field::Kept("Nickname"), &["nickname", "nick name"]),
    (Field::Kept("Language"), &["language"]),
    (Field::Kept("Source"), &["source"]),
    (Field::Kept("Event"), &["event # value"]),
    (Field::Kept("Relation"), &["relation # value"]),
    (Field::Kept("Custom field"), &["custom field # value"]),
    (Field::Kept("Chat"), &["im # value"]),
    (Field::Kept("Email subscriber status"), &["email subscriber status"]),
    (Field::Kept("SMS subscriber status"), &["sms subscriber status"]),
    (Field::Kept("Last activity"), &["last activity"]),
    (Field::Kept("Last activity at (UTC)"), &["last activity date utc #"]),
    (Field::Kept("Created at (UTC)"), &["created at utc #"]),
    (
        Field::Kind,
        &[
            "phone # type",
            "phone # label",
            "email # type",
            "email # label",
            "email type",
            "email typ",
            "email # typ",
            "address # type",
            "address # label",
            "website # type",
            "website # label",
            "event # type",
            "event # label",
            "relation # type",
            "relation # label",
            "custom field # type",
            "custom field # label",
            "im # type",
            "im # label",
            "organization # type",
        ],
    ),
];

/// What a header, as words, stands for.
fn known(pattern: &str) -> Option<Field> {
    let detail = || DETAILS.iter().find(|it| it.headers.contains(&pattern)).map(|it| Field::Detail(it.label));
    HEADERS.iter().find(|(_, headers)| headers.contains(&pattern)).map(|(field, _)| *field).or_else(detail)
}

pub(super) fn read(text: &str, mappings: &[Mapping], intake: &mut Intake, faults: &mut Faults) -> Result<(), ImportError> {
    let mut table = Table::open(text, known, mappings)?;
    intake.contacts.notes.append(&mut table.notes);
    settle_titles(&mut table.columns);
    find_addresses(&mut table)?;
    let names_somebody = |it: &Column<Field>| matches!(it.field, Some(Field::Name | Field::Part(_) | Field::Company | Field::Email));
    if !table.columns.iter().any(names_somebody) {
        let sentence = format!(
            "no column has a name or an e-mail; the first line is: {}. Say which with --column \"E-mail=HEADER\" or --column \"Name=HEADER\"",
            table.listed()
        );
        return Err(at(table.line(), sentence));
    }
    let kinds: Vec<Option<usize>> = table.columns.iter().map(|it| kind_of(&table.columns, it)).collect();
    table.each(faults, |line, row| {
        let draft = draft(line, &table.columns, &kinds, row, intake);
        intake.take(draft).map(drop)
    })
}

/// A title is the job's, unless another column is: then it is part of the name.
fn settle_titles(columns: &mut [Column<Field>]) {
    let job = columns.iter().any(|it| it.field == Some(Field::Kept("Job title")));
    for it in columns.iter_mut().filter(|it| it.field == Some(Field::Title)) {
        it.field = Some(if job { Field::Part(0) } else { Field::Kept("Job title") });
    }
}

/// A column that nobody knows and of which every value is an address has addresses. Where another column is known to
/// have them, one that repeats itself is of somebody else: an owner, a boss.
fn find_addresses(table: &mut Table<'_, Field>) -> Result<(), ImportError> {
    let mut candidates: Vec<Option<(usize, HashSet<String>)>> =
        table.columns.iter().map(|it| it.field.is_none().then(Default::default)).collect();
    table.each(&mut Faults::default(), |_, row| {
        for (candidate, value) in candidates.iter_mut().zip(row).filter(|(_, value)| !value.trim().is_empty()) {
            let Some((n, seen)) = candidate else { continue };
            let value = table::cell(value);
            let address = text::mailbox(&value).1;
            if address.contains('@') && text::email(address).is_ok() {
                *n += 1;
                seen.insert(text::email_key(address));
            } else {
                *candidate = None;
            }
        }
        Ok(())
    })?;
    let has_others = table.columns.iter().any(|it| it.field == Some(Field::Email));
    for (column, candidate) in table.columns.iter_mut().zip(candidates) {
        if candidate.is_some_and(|(n, seen)| n > 0 && (!has_others || seen.len() == n)) {
            column.field = Some(Field::Email);
        }
    }
    Ok(())
}

/// Words to address somebody with, which are no part of a name as a title is.
fn is_salutation(value: &str) -> bool {
    const WORDS: &[&str] = &[
        "mr", "mrs", "ms", "miss", "mx", "herr", "frau", "m", "mme", "mlle", "monsieur", "madame", "sr", "sra", "srta", "sig", "sigra",
        "signor", "signora", "dhr", "mevr", "mevrouw", "pan", "pani", "hr", "fru", "herra", "rouva",
    ];
    let word: String = value.chars().filter(|c| c.is_alphabetic()).collect();
    WORDS.contains(&word.to_lowercase().as_str())
}

/// Which column tells the sort of what this one holds: `Phone 1 - Label` of `Phone 1 - Value`.
fn kind_of(columns: &[Column<Field>], column: &Column<Field>) -> Option<usize> {
    let stem = stem(&column.header)?;
    columns.iter().position(|it| it.field == Some(Field::Kind) && self::stem(&it.header).is_some_and(|it| it.eq_ignore_ascii_case(stem)))
}

/// `Phone 1` of `Phone 1 - Value`.
fn stem(header: &str) -> Option<&str> {
    header.split_once(" - ").map(|(stem, _)| stem)
}

fn draft(line: usize, columns: &[Column<Field>], kinds: &[Option<usize>], row: &::csv::StringRecord, intake: &mut Intake) -> Draft {
    let mut draft = Draft { line, ..Draft::default() };
    let mut parts = Vec::new();
    let mut kinds_used = Vec::new();
    for (n, (column, value)) in columns.iter().zip(row).enumerate().filter(|(_, (_, value))| !value.trim().is_empty()) {
        let cell = |text: &str| Cell { line, column: column.header.clone(), text: text::without_edges(text).to_owned() };
        let whole = || cell(&bare(value));
        let several = || bare(value).split(GOOGLE_SEPARATOR).map(cell).filter(|it| !it.text.is_empty()).collect::<Vec<_>>();
        let values = || several().into_iter().filter(|it| !table::is_no_date(&it.text)).collect::<Vec<_>>();
        let labelled = |label: &str| {
            let kind = kinds[n].and_then(|it| row.get(it)).map(|it| it.trim_start_matches('*').trim()).filter(|it| !it.is_empty());
            kind.map_or_else(|| label.to_owned(), |kind| format!("{label} ({kind})"))
        };
        match column.field {
            Some(Field::Name) => draft.names.push(whole()),
            Some(Field::Part(0)) if is_salutation(value) => draft.more.push((column.header.clone(), whole())),
            Some(Field::Part(place)) => parts.push((place, whole())),
            Some(Field::Company) => draft.companies.extend(values()),
            Some(Field::Email) => draft.emails.extend(values()),
            Some(Field::Status) => draft.statuses.push(whole()),
            Some(Field::Labels) => draft.labels.push(whole()),
            // Where notes begin is theirs: only marks fall off.
            Some(Field::Notes) => {
                let text = bare(value).trim_start_matches(text::is_edge_mark).to_owned();
                draft.notes.push(Cell { text, ..whole() });
            }
            Some(Field::Detail(name)) => {
                // A header that says which of them it is stays with it in the notes.
                let is_plain = kinds[n].is_some() || column.header.to_lowercase().starts_with(&name.to_lowercase());
                let label = if is_plain { labelled(name) } else { column.header.clone() };
                kinds_used.extend(kinds[n]);
                for it in several() {
                    draft.add_detail(|it| it.label == name, 0, label.clone(), it);
                }
            }
            Some(Field::Kept(label)) => {
                let label = labelled(label);
                kinds_used.extend(kinds[n]);
                draft.more.extend(values().into_iter().map(|it| (label.clone(), it)));
            }
            Some(Field::Kind | Field::Title) => {}
            None => {
                let kept = values();
                if !kept.is_empty() {
                    intake.unknown.insert(text::display(&column.header).into_owned());
                }
                draft.more.extend(kept.into_iter().map(|it| (column.header.clone(), it)));
            }
        }
    }
    let is_kind = |(n, value): (usize, &str)| columns.get(n).is_some_and(|it| it.field == Some(Field::Kind)) && !value.trim().is_empty();
    let unused = row.iter().enumerate().filter(|it| is_kind(*it)).map(|(n, _)| n).filter(|n| !kinds_used.contains(n));
    intake.left_out.extend(unused.map(|n| columns[n].header.clone()));
    parts.sort_by_key(|(place, _)| *place);
    let mut last = None;
    for (place, cell) in parts {
        // A second column of one part, such as the name on the bill, is no further name.
        let is_first = place == 0 || last != Some(place);
        let is_known = draft.parts.last().is_some_and(|it: &Cell| it.text == cell.text);
        match (is_first, is_known) {
            (true, _) => draft.parts.push(cell),
            (false, true) => {}
            (false, false) => draft.more.push((cell.column.clone(), cell)),
        }
        last = Some(place);
    }
    draft
}
