//! The filter of a long list: every row's search text in one string, scanned at once.
//!
//! A row is searched by all that is printed on it: every word that is typed has to stand there, a word with `!`
//! before it must not. `role:helper` looks for `helper` in the field `role` alone; the columns have the names. Case and
//! accents do not count, and `"two words"` stay together. `can:PERMISSION` asks for [`Rights`], which stand on no row.
//!
//! 200,000 names are some 8 MB and one pass over them takes a millisecond or two, where
//! `LIKE` in SQL takes thirty; so the text is read once and kept until the table changes.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;

use anyhow::Result;
use memchr::memmem;

use super::columns::{self, Columns};
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
    "severity",
    "finding",
    "rule",
    "evidence",
    "title",
    "find",
    "why",
    "site",
    "kind",
    "to",
    "place",
    "state",
    "sent",
    "end",
    "by",
    "remark",
    "actor",
    "what",
    "who",
    "at",
    "entry",
    "seq",
    "summary",
    "time",
    "n",
    "profile",
    "is_well",
    "say",
    "standing",
    "via",
    "category",
    "require",
    "sensitivity",
    "risk",
    "id",
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

/// What ends a cell in a row's text. No text that is stored or typed holds it.
const EDGE: char = '\u{1}';

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

    /// The field before whose value this stands.
    fn marked(mark: char) -> Option<Field> {
        (0..FIELDS.len()).map(Field).find(|it| it.mark() == mark)
    }

    /// What stands before its value in a row's text: a character of a private kind, which nobody types.
    fn mark(self) -> char {
        u32::try_from(self.0).ok().and_then(|at| char::from_u32(0xe000 + at)).unwrap_or(EDGE)
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
}

#[derive(Clone, Debug)]
struct Term {
    wanted: bool,
    field: Option<Field>,
    word: String,
}

impl Query {
    pub fn parse(typed: &str) -> Query {
        let mut query = Query::default();
        for word in words(typed) {
            let (wanted, rest) = word.strip_prefix('!').map_or((true, word.as_str()), |rest| (false, rest));
            let named = rest.split_once(':').and_then(|(name, value)| Some((Field::named(name)?, value)));
            match named.map_or((None, rest), |(field, value)| (Some(field), value)) {
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

    fn stands_in(&self, row: &str) -> bool {
        let holds = |text: &str| memmem::find(text.as_bytes(), self.word.as_bytes()).is_some();
        match self.field {
            None => holds(row),
            Some(field) => row.split(EDGE).filter_map(|cell| cell.strip_prefix(field.mark())).any(holds),
        }
    }
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

    fn search_text(&self, db: Reader<'_>, policy: &Policy, known: &mut Self::Known) -> Result<String>;
}

impl Searched for Contact {
    type Known = ();
    const FIELDS: &'static [&'static str] = &[];
    const RIGHTS: Option<Of> = None;

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

    /// Whether it knows what these can do.
    pub fn has_rights(&self, of: Of) -> bool {
        self.rights.as_ref().is_some_and(|it| it.of == of)
    }

    /// The same with these rows alone.
    #[must_use]
    pub fn only(mut self, ids: &[i64]) -> Index {
        let kept: HashSet<i64> = ids.iter().copied().collect();
        let mut index = Index { rights: self.rights.take(), ..Index::default() };
        (0..self.ids.len()).filter(|at| kept.contains(&self.ids[*at])).for_each(|at| index.push(self.ids[at], self.row(at)));
        index
    }

    fn push(&mut self, id: i64, fold: &str) {
        self.ids.push(id);
        self.text.push_str(fold);
        self.text.push('\n');
        self.ends.push(self.text.len());
    }

    /// The fields of its rows.
    pub fn fields(&self) -> Vec<Field> {
        let first = if self.ids.is_empty() { "" } else { self.row(0) };
        first.split(EDGE).filter_map(|cell| Field::marked(cell.chars().next()?)).collect()
    }

    /// The rows that [`Query::matches`], in list order.
    pub fn matching(&self, typed: &str) -> Vec<i64> {
        let query = Query::parse(typed);
        let mut found = self.with_words(&query);
        if query.asks_rights() {
            let passing = self.rights.as_ref().map_or_else(|| Passing::without_rights(&query.can), |it| it.passing(&query.can));
            found.retain(|id| passing.has(*id));
        }
        found
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
        assert_eq!(index.fields().into_iter().map(Field::as_str).collect::<Vec<_>>(), ["name", "role", "until"]);
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
    fn an_index_keeps_fields_apart_too() {
        let rows = [("ana", "helper", "never"), ("bo", "owner of helpers", "2027-01-31"), ("cy", "designer", "never")];
        let index = Index::of((1..).zip(rows.map(|(name, role, until)| row([("name", name), ("role", role), ("until", until)]))));
        assert_eq!(index.matching("role:helper"), [1, 2]);
        assert_eq!(index.matching("role:helper until:never"), [1]);
        assert_eq!(index.matching("until:2027"), [2]);
        assert_eq!(index.matching("!role:helper"), [3]);
    }
}
