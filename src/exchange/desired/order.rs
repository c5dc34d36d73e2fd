//! In which order a workspace becomes another: what is named comes before what names it, and goes after it.

use std::collections::HashMap;

use super::Difference;
use crate::domain::record::Record;

/// Folders deeper than this lie in themselves.
const DEEP: usize = 1_000;

/// Each folder's parent.
pub(super) type Parents = HashMap<String, Option<String>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Catalogs,
    /// It would fall with what it is about.
    AcceptedGo,
    /// What is held moves, or goes with who and where.
    Taken,
    Folders,
    People,
    /// Their URLs and names are free then.
    SitesGo,
    RolesGo,
    ContactsGo,
    Sites,
    Roles,
    Contacts,
    Given,
    FoldersGo,
    PeopleGo,
    Accepted,
    /// Its ceilings are of catalogs, its ends of roles.
    Workspace,
    CatalogsGo,
}

/// Sorts them so; `parents` are those of the folders as they are.
pub(super) fn sort(differences: &mut [Difference], mut parents: Parents) {
    for it in differences.iter() {
        if let Some(Record::Folder(it)) = &it.after {
            parents.insert(it.key.clone(), it.parent.clone());
        }
    }
    differences.sort_by_cached_key(|it| (stage(it), within(it, &parents)));
}

fn stage(it: &Difference) -> Stage {
    match (&it.before, &it.after) {
        (_, Some(comes)) => match comes {
            Record::Catalog(_) => Stage::Catalogs,
            Record::Folder(_) => Stage::Folders,
            Record::Person(_) => Stage::People,
            Record::Site(_) => Stage::Sites,
            Record::Role(_) => Stage::Roles,
            Record::Contact(_) => Stage::Contacts,
            Record::Assignment(_) => Stage::Given,
            Record::Accepted(_) => Stage::Accepted,
            Record::Workspace(_) => Stage::Workspace,
        },
        (Some(goes), None) => match goes {
            Record::Catalog(_) => Stage::CatalogsGo,
            Record::Folder(_) => Stage::FoldersGo,
            Record::Person(_) => Stage::PeopleGo,
            Record::Site(_) => Stage::SitesGo,
            Record::Role(_) => Stage::RolesGo,
            Record::Contact(_) => Stage::ContactsGo,
            Record::Assignment(_) => Stage::Taken,
            Record::Accepted(_) => Stage::AcceptedGo,
            Record::Workspace(_) => Stage::Workspace,
        },
        (None, None) => Stage::Workspace,
    }
}

/// Among those of a stage: folders come from the top down, so that none ever lies in itself, and go from the bottom up.
fn within(it: &Difference, parents: &Parents) -> usize {
    match (&it.before, &it.after) {
        (_, Some(Record::Folder(it))) => depth(parents, &it.key),
        (Some(Record::Folder(it)), None) => DEEP - depth(parents, &it.key),
        _ => 0,
    }
}

fn depth(parents: &Parents, key: &str) -> usize {
    std::iter::successors(Some(key), |it| parents.get(*it)?.as_deref()).take(DEEP).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(json: &str) -> Record {
        serde_json::from_str(json).unwrap()
    }

    fn check(lines: &[&str]) {
        let wanted: Vec<Difference> = lines
            .iter()
            .map(|it| {
                let (before, after) = match it.split_at(1) {
                    ("-", gone) => (Some(record(gone)), None),
                    (_, new) => (None, Some(record(new))),
                };
                Difference { line: None, before, after }
            })
            .collect();
        let parents = Parents::from([("old".to_owned(), None), ("older".to_owned(), Some("old".to_owned()))]);
        for turn in 0..wanted.len() {
            let mut found = wanted.clone();
            found.rotate_left(turn);
            sort(&mut found, parents.clone());
            assert_eq!(found, wanted, "turn {turn}");
        }
    }

    #[test]
    fn what_is_named_comes_first_and_goes_last() {
        check(&[
            r#"-{"type":"assignment","person":"a@n.example","role":"r","level":"site","scope":{"site":"old"}}"#,
            r#"+{"type":"folder","key":"new","name":"New","parent":null}"#,
            r#"+{"type":"folder","key":"inner","name":"Inner","parent":"new"}"#,
            r#"+{"type":"person","email":"a@n.example"}"#,
            r#"-{"type":"site","key":"old","name":"Old","platform":"p","folder":"old","owner":"a@n.example"}"#,
            r#"-{"type":"role","key":"old","name":"R","platform":"p","level":"site"}"#,
            r#"+{"type":"site","key":"new","name":"New","platform":"p","folder":"inner","owner":"a@n.example"}"#,
            r#"+{"type":"role","key":"new","name":"R","platform":"p","level":"site"}"#,
            r#"+{"type":"assignment","person":"a@n.example","role":"new","level":"site","scope":{"site":"new"}}"#,
            r#"-{"type":"folder","key":"older","name":"Older","parent":"old"}"#,
            r#"-{"type":"folder","key":"old","name":"Old","parent":null}"#,
            r#"-{"type":"person","email":"b@n.example"}"#,
        ]);
    }
}
