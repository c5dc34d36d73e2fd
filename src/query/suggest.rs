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
    called(db, typed, exact.into_iter().collect(), db.sight().people(), index, most)
}

pub fn contacts(db: Reader<'_>, typed: &str, index: &mut Option<Index>, most: usize) -> Result<(Vec<Contact>, usize)> {
    called(db, typed, Vec::new(), db.sight().contacts(), index, most)
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
