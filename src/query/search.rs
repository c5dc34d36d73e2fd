//! The filter of a long list: every row's search text in one string, scanned at once.
//!
//! A row is searched by all that is printed on it: every word that is typed has to stand there, a word with `!`
//! before it must not. `role:helper` looks for `helper` in the field `role` alone; the columns have the names. Case and
//! accents do not count, and `"two words"` stay together. `can:PERMISSION` asks for [`Rights`], which stand on no row, and
//! `people:15` for what a list counts of a row ([`counts`]). Where nothing has all words, the letters in their order are near.
//!
//! 200,000 names are some 8 MB and one pass over them takes a millisecond or two, where
//! `LIKE` in SQL takes thirty; so the text is read once and kept until the table changes.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;

use anyhow::Result;
use memchr::memmem;

use super::columns::{self, Columns};
use super::counts::{self, Asked, Bound};
use super::order::{Ask, Key};
use super::rights::{Can, Of, Passing, Rights};
use crate::domain::contact::{Contact, ContactRecord};
use crate::domain::ids::{PersonId, RoleId};
use crate::domain::policy::Policy;
use crate::domain::text;
use crate::domain::things::{Person, Site};
use crate::facts::Reader;
use crate::store::page::{Anchor, Listed};

/// Rows that are read at once.
const PAGE: usize = 2_000;

/// The names that a filter may put before a colon, besides the columns of what a workspace keeps: those of other lists,
/// none of which prints anything while one of its columns is missing here.
const MORE_FIELDS: &[&str] = &[
    "about",
    "accepted",
    "actor",
    "as_of",
    "asked",
    "at",
    "because",
    "become",
    "by",
    "category",
    "certainty",
    "decided",
    "decision",
    "due",
    "end",
    "entry",
    "evidence",
    "find",
    "finding",
    "finished",
    "id",
    "instead",
    "is_well",
    "item",
    "kind",
    "lose",
    "n",
    "place",
    "profile",
    "remark",
    "require",
    "risk",
    "rule",
    "say",
    "sensitive",
    "sensitivity",
    "sent",
    "seq",
    "settings",
    "severity",
    "site",
    "source",
    "standing",
    "started",
    "state",
    "summary",
    "thing",
    "time",
    "title",
    "to",
    "used",
    "via",
    "what",
    "when",
    "who",
    "why",
    CAN,
];

/// All of them, in all lists together.
static FIELDS: LazyLock<Vec<&str>> = LazyLock::new(|| columns::all_names().map(singular).chain(MORE_FIELDS.iter().copied()).collect());

/// Columns go by the singular: `labels` is `label`, `status` is itself.
fn singular(name: &str) -> &str {
    name.strip_suffix('s').filter(|it| !it.ends_with('u')).unwrap_or(name)
}

/// The field that no row prints: what one can do.
pub const CAN: &str = "can";

/// Shorter words have letters that stand everywhere.
const LEAST_NEAR: usize = 3;

/// What ends a cell in a row's text. No text that is stored or typed holds it.
const EDGE: char = '\u{1}';

/// The mark of the first field.
const FIRST_MARK: u32 = 0xe000;

/// The field of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field(usize);

impl Field {
    /// The field of a column or a name that was typed, `apps` like `app`.
    pub fn named(name: &str) -> Option<Field> {
        let same = |it: &str| name.eq_ignore_ascii_case(it) || name.strip_suffix('s').is_some_and(|one| one.eq_ignore_ascii_case(it));
        FIELDS.iter().position(|it| same(it)).map(Field)
    }

    pub fn as_str(self) -> &'static str {
        FIELDS[self.0]
    }

    fn of_mark(mark: char) -> Option<Field> {
        let at = u32::from(mark).checked_sub(FIRST_MARK).and_then(|it| usize::try_from(it).ok())?;
        (at < FIELDS.len()).then_some(Field(at))
    }

    /// What stands before its value in a row's text: a character of a private kind, which nobody types.
    fn mark(self) -> char {
        u32::try_from(self.0).ok().and_then(|at| char::from_u32(FIRST_MARK + at)).unwrap_or(EDGE)
    }
}

/// The search text of a row: its cells by the names of their columns. A cell of `until` or `review` that is empty says `never`.
pub fn row<'a>(cells: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::new();
    for (column, cell) in cells {
        let never = cell.is_empty() && matches!(column, "until" | "review");
        text.push(EDGE);
        text.extend(Field::named(column).map(Field::mark));
        text.push_str(&text::fold(if never { "never" } else { cell }).replace(['\n', EDGE], " "));
    }
    text
}

/// What was typed into a filter.
#[derive(Clone, Debug, Default)]
pub struct Query {
    terms: Vec<Term>,
    can: Vec<Can>,
    counts: Vec<Asked>,
    /// Words that look as if they named a field that there is nowhere.
    strange: Vec<String>,
}

#[derive(Clone, Debug)]
struct Term {
    wanted: bool,
    field: Option<Field>,
    word: String,
}

impl Query {
    pub fn parse(typed: &str) -> Query {
        Query::counting(typed, &[])
    }

    /// The same in a list that counts these of its rows.
    pub fn counting(typed: &str, counted: &[&'static str]) -> Query {
        let mut query = Query::default();
        for word in words(typed) {
            let (wanted, rest) = word.strip_prefix('!').map_or((true, word.as_str()), |rest| (false, rest));
            let named = rest.split_once(':');
            let count = named.and_then(|(name, value)| {
                let field = counted.iter().copied().find(|it| it.eq_ignore_ascii_case(name))?;
                Some(Asked { wanted, field, bound: Bound::read(value)? })
            });
            if let Some(count) = count {
                query.counts.push(count);
                continue;
            }
            let field = named.and_then(|(name, value)| Some((Field::named(name)?, value)));
            if let Some((name, value)) = named.filter(|_| field.is_none()) {
                query.strange.extend(looks_like_field(name, value).then(|| name.to_owned()));
            }
            match field.map_or((None, rest), |(field, value)| (Some(field), value)) {
                (_, "") => {}
                (Some(field), value) if field.as_str() == CAN => query.can.push(Can { wanted, permission: value.to_owned() }),
                (field, value) => query.terms.push(Term::new(wanted, field, value)),
            }
        }
        query
    }

    /// The fields that it names.
    pub fn fields(&self) -> impl Iterator<Item = Field> {
        let can = if self.can.is_empty() { None } else { Field::named(CAN) };
        self.terms.iter().filter_map(|it| it.field).chain(can)
    }

    /// The first name before a colon that is no field at all, and was taken as part of a word.
    pub fn strange(&self) -> Option<&str> {
        self.strange.first().map(String::as_str)
    }

    /// What it asks of what is counted.
    pub fn counts(&self) -> &[Asked] {
        &self.counts
    }

    /// What it asks about rights: for [`Rights::passing`].
    pub fn can(&self) -> &[Can] {
        &self.can
    }

    /// Whether it asks about rights.
    pub fn asks_rights(&self) -> bool {
        !self.can.is_empty()
    }

    /// Whether a row has every word, and none that it must not have. The text is one that [`row`] made, or folded.
    /// Rights stand on no row, and are not asked here.
    pub fn matches(&self, row: &str) -> bool {
        self.terms.iter().all(|it| it.stands_in(row) == it.wanted)
    }
}

impl Term {
    fn new(wanted: bool, field: Option<Field>, word: &str) -> Term {
        let word = if word.is_ascii() { word.to_ascii_lowercase() } else { word.to_lowercase() };
        Term { wanted, field, word }
    }

    /// Whether a row has the word, or its letters in their order: those of a field it has to have as they are.
    fn is_near(&self, row: &str) -> bool {
        let is_long = self.word.chars().count() >= LEAST_NEAR;
        self.stands_in(row) || self.wanted && self.field.is_none() && is_long && row.split(EDGE).any(|it| has_letters(it, &self.word))
    }

    fn stands_in(&self, row: &str) -> bool {
        let holds = |text: &str| memmem::find(text.as_bytes(), self.word.as_bytes()).is_some();
        match self.field {
            None => holds(row),
            Some(field) => row.split(EDGE).filter_map(|cell| cell.strip_prefix(field.mark())).any(holds),
        }
    }
}

/// Whether somebody who typed it meant a field: an address has slashes after its colon, a time has digits before it.
fn looks_like_field(name: &str, value: &str) -> bool {
    let is_name = !name.is_empty() && name.chars().all(|it| it.is_alphabetic() || "_-".contains(it));
    is_name && !value.is_empty() && !value.starts_with('/')
}

/// Said of a name that is no field of a list that has these.
pub fn no_field(name: &str, known: &[&str]) -> String {
    format!("no field `{}` here; there are: {}", text::display(name), known.join(", "))
}

/// Whether the letters stand in this text in their order, from the beginning of a word on, with few others between them.
fn has_letters(text: &str, word: &str) -> bool {
    let reach = 2 * word.chars().count();
    let from = |text: &str| {
        let mut wanted = word.chars().peekable();
        for c in text.chars().take(reach) {
            wanted.next_if_eq(&c);
        }
        wanted.peek().is_none()
    };
    let starts = |(at, _): &(usize, char)| !text[..*at].ends_with(char::is_alphanumeric);
    let first = word.chars().next();
    text.char_indices().filter(|it| Some(it.1) == first).filter(starts).any(|(at, _)| from(&text[at..]))
}

/// The words that were typed; what stands between quotes is one.
fn words(typed: &str) -> Vec<String> {
    let (mut all, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in typed.chars() {
        match c {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => all.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    all.push(word);
    all.retain(|it| !it.is_empty());
    all
}

/// A table whose rows can be searched by what their list prints.
pub trait Searched: Listed {
    /// What is looked up once for many rows.
    type Known: Default;
    /// Fields that it has besides the columns of its list.
    const FIELDS: &'static [&'static str];
    /// Whose rights `can:` asks about, where it has that field.
    const RIGHTS: Option<Of>;
    /// What is counted of its rows.
    const COUNTED: &'static [&'static str];

    /// One of those counts, where it is known.
    fn count(&self, ask: &Ask<'_>, field: &str) -> Result<Option<i64>>;
    fn search_text(&self, db: Reader<'_>, policy: &Policy, known: &mut Self::Known) -> Result<String>;
}

impl Searched for Contact {
    type Known = ();
    const FIELDS: &'static [&'static str] = &[];
    const RIGHTS: Option<Of> = None;
    const COUNTED: &'static [&'static str] = counts::OF_CONTACT;

    fn count(&self, ask: &Ask<'_>, field: &str) -> Result<Option<i64>> {
        counts::of_contact(ask, self, field)
    }

    fn search_text(&self, _: Reader<'_>, policy: &Policy, (): &mut ()) -> Result<String> {
        let (record, zone) = (ContactRecord::from(self.clone()), policy.zone);
        let cells = record.cells(zone);
        Ok(row(ContactRecord::COLUMNS.iter().map(|it| it.name).zip(cells.iter().map(String::as_str))))
    }
}

/// The owners whose names were read already.
#[derive(Default)]
pub struct Owners(HashMap<PersonId, String>);

impl Searched for Site {
    type Known = Owners;
    const FIELDS: &'static [&'static str] = &[CAN];
    const RIGHTS: Option<Of> = Some(Of::Sites);
    const COUNTED: &'static [&'static str] = counts::OF_SITE;

    fn count(&self, ask: &Ask<'_>, field: &str) -> Result<Option<i64>> {
        counts::of_site(ask, self, field)
    }

    fn search_text(&self, db: Reader<'_>, policy: &Policy, known: &mut Owners) -> Result<String> {
        if let Entry::Vacant(place) = known.0.entry(self.owner) {
            place.insert(db.find::<Person>(self.owner)?.map_or_else(String::new, |it| format!("{} {}", it.email, it.name)));
        }
        let folder = self.folder.and_then(|id| policy.folder(id)).map_or_else(String::new, |it| format!("{} {}", it.key, it.name));
        Ok(row([
            ("name", self.name.as_str()),
            ("key", &self.key),
            ("url", &self.url),
            ("platform", &self.platform),
            ("folder", &folder),
            ("owner", known.0.get(&self.owner).map_or("", String::as_str)),
            ("host", self.host.as_str()),
            ("status", self.status.as_str()),
            ("app", &self.apps.join(", ")),
            ("editor", self.editor.as_deref().unwrap_or_default()),
        ]))
    }
}

/// What everybody holds: role, and the end in words. Read in one pass, once it is asked for.
#[derive(Default)]
pub struct Holdings(Option<HashMap<PersonId, BTreeSet<(RoleId, String)>>>);

impl Searched for Person {
    type Known = Holdings;
    const FIELDS: &'static [&'static str] = &["role", "until", CAN];
    const RIGHTS: Option<Of> = Some(Of::People);
    const COUNTED: &'static [&'static str] = counts::OF_PERSON;

    fn count(&self, ask: &Ask<'_>, field: &str) -> Result<Option<i64>> {
        counts::of_person(ask, self.id, field)
    }

    fn search_text(&self, db: Reader<'_>, policy: &Policy, known: &mut Holdings) -> Result<String> {
        if known.0.is_none() {
            let mut all: HashMap<PersonId, BTreeSet<(RoleId, String)>> = HashMap::new();
            db.each_held(|person, role, until| {
                let until = until.map_or_else(|| "never".to_owned(), |at| policy.zone.show_until(at));
                all.entry(person).or_default().insert((role, until));
            })?;
            known.0 = Some(all);
        }
        let held = known.0.iter().filter_map(|it| it.get(&self.id)).flatten();
        let (roles, ends): (Vec<String>, Vec<&str>) = held.map(|(role, until)| (role_words(policy, *role), until.as_str())).unzip();
        Ok(row([("name", self.name.as_str()), ("email", &self.email), ("role", &roles.join(", ")), ("until", &ends.join(", "))]))
    }
}

/// A role by name and key.
fn role_words(policy: &Policy, role: RoleId) -> String {
    policy.role(role).map_or_else(String::new, |it| format!("{} {}", it.role.name, it.role.key))
}

/// The search texts of one table, in list order.
#[derive(Default)]
pub struct Index {
    ids: Vec<i64>,
    /// Where each row's text ends in `text`.
    ends: Vec<usize>,
    text: String,
    rights: Option<Rights>,
    /// What is counted, as far as it was read: by field and row.
    counts: HashMap<&'static str, HashMap<i64, i64>>,
}

impl Index {
    /// By everything that the rows print.
    pub fn load<T: Searched>(db: Reader<'_>, policy: &Policy) -> Result<Index> {
        let (mut index, mut known, mut from) = (Index::default(), T::Known::default(), Anchor::Start);
        loop {
            let page = db.page::<T>(&from, PAGE)?;
            for it in &page {
                index.push(it.row.number(), &it.row.search_text(db, policy, &mut known)?);
            }
            let Some(last) = page.last() else { return Ok(index) };
            from = Anchor::After(last.place.clone());
        }
    }

    /// By their names and addresses alone: to jump to one.
    pub fn names<T: Listed>(db: Reader<'_>) -> Result<Index> {
        let mut index = Index::default();
        db.each_search_text::<T>(|id, fold| index.push(id, fold))?;
        Ok(index)
    }

    /// An index of rows that are at hand: number and folded text.
    pub fn of(rows: impl IntoIterator<Item = (i64, String)>) -> Index {
        let mut index = Index::default();
        rows.into_iter().for_each(|(id, fold)| index.push(id, &fold));
        index
    }

    /// The same with what its rows can do.
    #[must_use]
    pub fn with_rights(self, rights: Rights) -> Index {
        Index { rights: Some(rights), ..self }
    }

    /// The same with what is counted of its rows in this field.
    #[must_use]
    pub fn with_counts(mut self, field: &'static str, rows: Vec<(Key, i64)>) -> Index {
        let counted = rows.into_iter().filter_map(|(key, row)| if let Key::Number(n) = key { Some((row, n)) } else { None });
        self.counts.insert(field, counted.collect());
        self
    }

    /// Whether it knows these counts.
    pub fn has_counts(&self, field: &str) -> bool {
        self.counts.contains_key(field)
    }

    /// The names of the fields on its rows.
    pub fn fields(&self) -> Vec<&'static str> {
        let marks = |row: &str| row.split(EDGE).filter_map(|it| it.chars().next()).collect::<Vec<char>>();
        let first = if self.ids.is_empty() { Vec::new() } else { marks(self.row(0)) };
        first.into_iter().filter_map(Field::of_mark).map(Field::as_str).collect()
    }

    /// Whether it knows what these can do.
    pub fn has_rights(&self, of: Of) -> bool {
        self.rights.as_ref().is_some_and(|it| it.of == of)
    }

    /// The same with these rows alone.
    #[must_use]
    pub fn only(mut self, ids: &[i64]) -> Index {
        let kept: HashSet<i64> = ids.iter().copied().collect();
        let mut index = Index { rights: self.rights.take(), counts: std::mem::take(&mut self.counts), ..Index::default() };
        (0..self.ids.len()).filter(|at| kept.contains(&self.ids[*at])).for_each(|at| index.push(self.ids[at], self.row(at)));
        index
    }

    fn push(&mut self, id: i64, fold: &str) {
        self.ids.push(id);
        self.text.push_str(fold);
        self.text.push('\n');
        self.ends.push(self.text.len());
    }

    /// The rows that [`Query::matches`], in list order.
    pub fn matching(&self, typed: &str) -> Vec<i64> {
        self.found(&Query::parse(typed))
    }

    /// The same of a query about counts too.
    pub fn found(&self, query: &Query) -> Vec<i64> {
        self.able(query, self.with_words(query))
    }

    /// The first of these rows that has the words in its name, its first column: what was meant, more likely than one that
    /// has them in a note.
    pub fn first_named(&self, query: &Query, among: impl Fn(i64) -> bool) -> Option<i64> {
        let is_named = |at: &usize| {
            let name = self.row(*at).trim_start_matches(EDGE).split(EDGE).next().unwrap_or_default();
            query.terms.iter().any(|it| it.wanted && it.field.is_none())
                && query.terms.iter().filter(|it| it.wanted && it.field.is_none()).all(|it| name.contains(&it.word))
                && query.matches(self.row(*at))
        };
        let is_able = |at: &usize| !self.able(query, vec![self.ids[*at]]).is_empty();
        (0..self.ids.len()).find(|at| among(self.ids[*at]) && is_named(at) && is_able(at)).map(|at| self.ids[at])
    }

    /// The rows that have the letters of each word in their order, near each other, from the beginning of a word on:
    /// for where nothing has the words themselves.
    pub fn near(&self, query: &Query) -> Vec<i64> {
        if !query.terms.iter().any(|it| it.wanted && it.field.is_none() && it.word.chars().count() >= LEAST_NEAR) {
            return Vec::new();
        }
        let rows = (0..self.ids.len()).filter(|at| query.terms.iter().all(|it| it.is_near(self.row(*at)) == it.wanted));
        self.able(query, rows.map(|at| self.ids[at]).collect())
    }

    /// Of these rows those that can and count what is asked.
    fn able(&self, query: &Query, mut rows: Vec<i64>) -> Vec<i64> {
        if query.asks_rights() {
            let passing = self.rights.as_ref().map_or_else(|| Passing::without_rights(&query.can), |it| it.passing(&query.can));
            rows.retain(|id| passing.has(*id));
        }
        for asked in &query.counts {
            rows.retain(|id| asked.passes(self.counts.get(asked.field).and_then(|it| it.get(id)).copied()));
        }
        rows
    }

    /// The rows that have the words.
    fn with_words(&self, query: &Query) -> Vec<i64> {
        let Some(first) = query.terms.iter().find(|it| it.wanted) else {
            return (0..self.ids.len()).filter(|at| query.matches(self.row(*at))).map(|at| self.ids[at]).collect();
        };
        let is_enough = query.terms.len() == 1 && first.field.is_none();
        let mut found = Vec::new();
        let finder = memmem::Finder::new(first.word.as_bytes());
        let (mut from, mut at) = (0, 0);
        while let Some(hit) = finder.find(&self.text.as_bytes()[from..]) {
            // A hit is a few rows on: a step each is cheaper than a search.
            while self.ends[at] <= from + hit {
                at += 1;
            }
            if is_enough || query.matches(self.row(at)) {
                found.push(self.ids[at]);
            }
            from = self.ends[at];
            at += 1;
        }
        found
    }

    fn row(&self, at: usize) -> &str {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.text[start..self.ends[at] - 1]
    }
}

/// Whether a short text matches, by the same rules as [`Index::matching`].
pub fn matches(row: &str, typed: &str) -> bool {
    let query = Query::parse(typed);
    query.matches(&text::fold(row)) && Passing::without_rights(&query.can).has(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(typed: &str, expected: &[i64]) {
        let rows = [(1, "ana ruiz ana@acme.example"), (2, "bo lindqvist"), (3, "łukasz nowak lukasz nowak"), (4, "anabel")];
        let index = Index::of(rows.map(|(id, row)| (id, row.to_owned())));
        assert_eq!(index.matching(typed), expected, "{typed}");
    }

    #[test]
    fn an_index_knows_the_fields_of_its_rows() {
        let index = Index::of([(1, row([("name", "Ana"), ("roles", ""), ("until", "")]))]);
        assert_eq!(index.fields(), ["name", "role", "until"]);
        assert!(Index::default().fields().is_empty());
    }

    #[test]
    fn an_index_of_some_rows_finds_no_others() {
        let index = Index::of([(1, "ana ruiz".to_owned()), (2, "bo".to_owned()), (3, "anabel".to_owned())]).only(&[3, 2]);
        assert_eq!((index.matching("ana"), index.matching("")), (vec![3], vec![2, 3]));
    }

    #[test]
    fn every_word_counts_in_any_order_and_case() {
        check("", &[1, 2, 3, 4]);
        check("ana", &[1, 4]);
        check("RUIZ ana", &[1]);
        check("lukasz", &[3]);
        check("ŁUKASZ", &[3]);
        check("!ana", &[2, 3]);
        check("ana !acme", &[4]);
        check("zzz", &[]);
    }

    #[track_caller]
    fn finds(typed: &str, expected: bool) {
        let row = row([
            ("name", "Łucja Nowak"),
            ("roles", "Store helper store-helper"),
            ("until", ""),
            ("labels", "vip, role model"),
            ("url", "https://nowak.example"),
        ]);
        assert_eq!(Query::parse(typed).matches(&row), expected, "{typed}");
    }

    #[test]
    fn a_field_is_searched_alone_and_what_is_no_field_is_a_word() {
        for typed in ["helper", "role:helper", "ROLE:Helper", "role:\"store helper\"", "until:never", "label:vip name:lucja", "name:Łucja"]
        {
            finds(typed, true);
        }
        for typed in ["!role:designer", "https://nowak", "role:", "!", "\"role model\"", "!until:2027 nowak"] {
            finds(typed, true);
        }
        for typed in ["role:vip", "label:helper", "!role:helper", "until:2027", "!nowak", "role:model", "app:blog", "\"model role\""] {
            finds(typed, false);
        }
    }

    #[test]
    fn a_column_is_named_in_the_singular_or_as_it_stands() {
        for (typed, field) in [
            ("labels", "label"),
            ("label", "label"),
            ("Apps", "app"),
            ("status", "status"),
            ("site", "site"),
            ("n", "n"),
            ("times", "time"),
            ("can", "can"),
        ] {
            assert_eq!(Field::named(typed).map(Field::as_str), Some(field), "{typed}");
        }
        assert_eq!(Field::named("https"), None);
    }

    #[test]
    fn a_list_that_counts_is_asked_by_numbers_and_what_looks_like_a_field_and_is_none_is_known() {
        let rows = [("acme", 15), ("bistro", 0), ("cargo", 7)];
        let index = Index::of((1..).zip(rows.map(|(name, _)| row([("name", name), ("url", "https://a.example")]))));
        let counts = (1..).zip(rows).map(|(id, (_, n))| (Key::Number(n), id)).chain([(Key::Empty, 4)]).collect();
        let index = index.with_counts("people", counts);
        let found = |typed: &str| index.found(&Query::counting(typed, &["people"]));
        assert_eq!(
            (found("people:15"), found("PEOPLE:<8"), found("!people:0"), found("cargo people:>=7")),
            (vec![1], vec![2, 3], vec![1, 3], vec![3])
        );
        assert_eq!((index.fields(), index.has_counts("people"), index.has_counts("sites")), (vec!["name", "url"], true, false));
        for (typed, strange) in
            [("folk:15", Some("folk")), ("name:a", None), ("https://a", None), ("12:30", None), ("people:3", None), ("folk:", None)]
        {
            assert_eq!(Query::counting(typed, &["people"]).strange(), strange, "{typed}");
        }
    }

    #[test]
    fn where_nothing_has_the_word_its_letters_are_near_from_the_beginning_of_a_word_on() {
        let index =
            Index::of([(1, row([("name", "Refund orders"), ("key", "shop")])), (2, row([("name", "Blog"), ("key", "surfing daily")]))]);
        let near = |typed: &str| index.near(&Query::parse(typed));
        assert_eq!((near("rfnd"), near("rfnd !shop"), near("rfnd shop"), near("rfdly")), (vec![1], vec![], vec![1], vec![]));
        // Two letters stand everywhere, a field is asked for what it says, and all of it lies in one cell.
        assert_eq!((near("rf"), near("name:rfnd"), near("refop")), (vec![], vec![], vec![]));
    }

    #[test]
    fn an_index_keeps_fields_apart_too() {
        let rows = [("ana", "helper", "never"), ("bo", "owner of helpers", "2027-01-31"), ("cy", "designer", "never")];
        let index = Index::of((1..).zip(rows.map(|(name, role, until)| row([("name", name), ("role", role), ("until", until)]))));
        assert_eq!(index.matching("role:helper"), [1, 2]);
        assert_eq!(index.matching("role:helper until:never"), [1]);
        assert_eq!(index.matching("until:2027"), [2]);
        assert_eq!(index.matching("!role:helper"), [3]);
    }
}
