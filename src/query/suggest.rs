//! What a typed text may mean: people and sites, the likeliest first, among those that are shown to somebody.
//!
//! Each answer has at most so many rows, and says how many more there are. The index of names is read at the first
//! letter and kept by the caller.

use std::collections::HashSet;

use anyhow::Result;

use super::search::Index;
use super::sight::Shown;
use crate::domain::contact::Contact;
use crate::domain::policy::Policy;
use crate::domain::text;
use crate::domain::things::{Person, Site};
use crate::facts::Reader;
use crate::store::page::{Anchor, Listed, Position};

pub fn people(db: Reader<'_>, typed: &str, index: &mut Option<Index>, most: usize) -> Result<(Vec<Person>, usize)> {
    let exact = db.person_by_email(typed)?.map(|it| it.id.0);
    let (mut rows, more) = called::<Person>(db, typed, exact.into_iter().collect(), db.sight().people(), index, most)?;
    rows.retain(|it| may_mean(typed, &it.email));
    Ok((rows, more))
}

pub fn contacts(db: Reader<'_>, typed: &str, index: &mut Option<Index>, most: usize) -> Result<(Vec<Contact>, usize)> {
    let (mut rows, more) = called::<Contact>(db, typed, Vec::new(), db.sight().contacts(), index, most)?;
    rows.retain(|it| may_mean(typed, it.email.as_ref().unwrap_or(&it.name)));
    Ok((rows, more))
}

/// Whether the words that stand for an address are of this one, and not of a name that somebody has.
fn may_mean(typed: &str, address: &str) -> bool {
    let of_it = |word: &str| text::email_key(word) == text::email_key(address) || text::latin(address).contains(&text::latin(word));
    typed.split_whitespace().filter(|it| text::is_for_mail(it)).all(of_it)
}

pub fn sites(db: Reader<'_>, policy: &Policy, typed: &str, index: &mut Option<Index>, most: usize) -> Result<(Vec<Site>, usize)> {
    called(db, typed, by_key(db, typed, most)?, db.sight().sites(db, policy)?, index, most)
}

/// The sites whose keys begin so, the one of that key first.
fn by_key(db: Reader<'_>, typed: &str, most: usize) -> Result<Vec<i64>> {
    let typed = typed.trim().to_lowercase();
    if typed.is_empty() {
        return Ok(Vec::new());
    }
    let longer = db.sites_after(&typed, 4 * most)?.into_iter().filter(|it| it.key.starts_with(&typed));
    Ok(db.site_by_key(&typed)?.into_iter().chain(longer).map(|it| it.id.0).collect())
}

/// The rows that are called so, of all or of those that are shown: those of that key, those whose names begin so, and
/// those that have these words anywhere; and how many more there are.
fn called<T: Listed>(
    db: Reader<'_>,
    typed: &str,
    of_key: Vec<i64>,
    shown: Option<Shown>,
    index: &mut Option<Index>,
    most: usize,
) -> Result<(Vec<T>, usize)> {
    let place = Position { fold: text::fold(typed.trim()), id: 0 };
    let near = db.page::<T>(&Anchor::At(place.clone()), most)?.into_iter().filter(|it| it.place.fold.starts_with(&place.fold));
    let near: Vec<i64> = near.map(|it| it.place.id).collect();
    let (mut ids, total) = if place.fold.is_empty() {
        let ids = shown.as_ref().map_or(near, |it| it.ids.clone());
        (ids, shown.map_or_else(|| db.count::<T>(), |it| Ok(it.ids.len()))?)
    } else {
        let names = match index.take() {
            Some(names) => names,
            None => Index::names::<T>(db)?,
        };
        let all = index.insert(names).matching(typed);
        let mut ids = [of_key, near, all].concat();
        let mut seen = HashSet::new();
        ids.retain(|id| seen.insert(*id) && shown.as_ref().is_none_or(|it| it.ids.contains(id)));
        let total = ids.len();
        (ids, total)
    };
    ids.truncate(most);
    let rows: Vec<T> = db.picked::<T>(&ids)?.into_iter().map(|it| it.row).collect();
    let more = total.saturating_sub(rows.len());
    Ok((rows, more))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
mod tests {
    use super::*;
    use crate::command::{self, Actor, Command, Hand};
    use crate::domain::record::Record;
    use crate::facts::Store;

    #[test]
    fn a_name_that_reads_as_an_address_is_not_offered_for_it() {
        let mut store = Store::memory().unwrap();
        let actor = Actor { email: "dana@nl.example".to_owned(), via: "test".to_owned(), by: Hand::Caller };
        let at: chrono::DateTime<chrono::Utc> = "2026-11-21T12:00:00Z".parse().unwrap();
        let lines = [
            r#"{"type":"workspace","name":"Northlight","owner":"dana@nl.example","ceiling":"strict"}"#,
            r#"{"type":"person","email":"karin@bikes.example","name":"Boss@client.example"}"#,
            r#"{"type":"contact","name":"boss@client.example","email":"sales@client.example"}"#,
        ];
        for line in lines {
            let command = match serde_json::from_str(line).unwrap() {
                Record::Workspace(it) => Command::Init(it),
                other => Command::Add(other),
            };
            command::run(&mut store, &actor, at, &command).unwrap();
        }
        let found = |typed: &str| {
            let people = people(store.reader(), typed, &mut None, 5).unwrap().0.into_iter().map(|it| it.email);
            let contacts = contacts(store.reader(), typed, &mut None, 5).unwrap().0.into_iter().filter_map(|it| it.email);
            people.chain(contacts).collect::<Vec<_>>()
        };
        for address in ["boss@client.example", "boss@", "Boss@Client.example"] {
            assert!(found(address).is_empty(), "{address}");
        }
        assert_eq!(found("boss client"), ["karin@bikes.example", "sales@client.example"]);
        assert_eq!(found("karin@bi"), ["karin@bikes.example"]);
        assert_eq!(found("sales@CLIENT.example"), ["sales@client.example"]);
    }
}
