//! A field that is looked up while it is typed: people, sites, places, roles.

use anyhow::Result;
use crossterm::event::{KeyCode, KeyEvent};

use crate::domain::record::ScopeRecord;
use crate::domain::text;
use crate::query::search::{self, Index};
use crate::query::suggest;
use crate::store::files;
use crate::tui::view::Env;
use crate::tui::widgets::field::Field;

/// What a look-up field finds.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::tui) enum Kind {
    Person,
    Contact,
    Site,
    /// Everywhere, a folder or a site; or sites alone.
    Place {
        sites_only: bool,
    },
    /// Roles, of one platform only where it is named.
    Role(Option<String>),
    /// Files that can be taken in.
    File,
}

/// A field whose text is looked up while it is typed.
pub(super) struct Search {
    pub(super) field: Field,
    pub(super) kind: Kind,
    /// Key and name.
    pub(super) found: Vec<(String, String)>,
    /// How many more there are.
    pub(super) more: usize,
    /// What people or sites are called, read at the first letter.
    pub(super) index: Option<Index>,
    /// What a key would take: nothing until something is typed, or an arrow goes there.
    pub(super) at: Option<usize>,
    pub(super) searched: Option<String>,
}

impl Search {
    pub(super) fn new(content: &str, kind: Kind) -> Search {
        Search { field: Field::new(content, false), kind, found: Vec::new(), more: 0, index: None, at: None, searched: None }
    }

    pub(super) fn load(&mut self, env: &Env<'_>) -> Result<()> {
        let typed = self.field.text();
        if self.searched.as_ref() != Some(&typed) {
            (self.found, self.more) = suggestions(env, &self.kind, text::mailbox(&typed).1, &mut self.index)?;
            self.at = None;
            self.searched = Some(typed);
        }
        if self.at.is_none() && !self.is_blank() && !self.found.is_empty() {
            self.at = Some(0);
        }
        Ok(())
    }

    /// Lines that it takes to show what was found.
    pub(super) fn height(&self) -> u16 {
        u16::try_from(self.found.len() + usize::from(self.more > 0)).unwrap_or(u16::MAX)
    }

    pub(super) fn is_blank(&self) -> bool {
        self.field.text().trim().is_empty()
    }

    pub(super) fn key(&mut self, key: &KeyEvent) -> bool {
        let last = self.found.len().saturating_sub(1);
        match (key.code, self.at) {
            (KeyCode::Down, None) if !self.found.is_empty() => self.at = Some(0),
            (KeyCode::Down, Some(at)) if last > 0 => self.at = Some((at + 1).min(last)),
            (KeyCode::Up, Some(at)) if at > 0 => self.at = Some(at - 1),
            (KeyCode::Up, Some(_)) if self.is_blank() => self.at = None,
            _ => return self.field.key(key),
        }
        true
    }

    /// Whether what was typed is of a kind that has to be there, and is not.
    pub(super) fn finds_nothing(&self) -> bool {
        let is_known = !matches!(self.kind, Kind::Person);
        is_known && !self.is_blank() && self.found.is_empty() && self.searched.as_ref() == Some(&self.field.text())
    }

    /// What stands under the cursor.
    pub(super) fn under(&self) -> Option<&(String, String)> {
        self.found.get(self.at?)
    }

    pub(super) fn put(&mut self, text: &str) {
        self.field = Field::new(text, false);
        self.searched = None;
        self.at = None;
    }
}

/// Most suggestions at a time.
const MAX_SUGGESTIONS: usize = 5;

/// Key and name of what is suggested, and how many more there are.
type Suggested = (Vec<(String, String)>, usize);

fn first(all: Vec<(String, String)>) -> Suggested {
    let more = all.len().saturating_sub(MAX_SUGGESTIONS);
    (all.into_iter().take(MAX_SUGGESTIONS).collect(), more)
}

/// What the typed text may mean, the likeliest first.
fn suggestions(env: &Env<'_>, kind: &Kind, typed: &str, index: &mut Option<Index>) -> Result<Suggested> {
    let db = env.db;
    Ok(match kind {
        Kind::Person => {
            let (rows, more) = suggest::people(db, typed, index, MAX_SUGGESTIONS)?;
            (rows.into_iter().map(|it| (it.email, it.name)).collect(), more)
        }
        Kind::Contact => {
            let (rows, more) = suggest::contacts(db, typed, index, MAX_SUGGESTIONS)?;
            (rows.into_iter().map(|it| (it.email.unwrap_or_else(|| it.name.clone()), it.name)).collect(), more)
        }
        Kind::Site => {
            let (rows, more) = suggest::sites(db, env.policy, typed, index, MAX_SUGGESTIONS)?;
            (rows.into_iter().map(|it| (it.key, it.name)).collect(), more)
        }
        Kind::Place { sites_only } => places(env, typed, *sites_only, index)?,
        Kind::Role(platform) => first(roles(env, platform.as_deref(), typed)),
        Kind::File => first(files(typed)),
    })
}

/// Files that begin so, and the one whose name was typed, whatever it ends in.
fn files(typed: &str) -> Vec<(String, String)> {
    let mut found = files::beginning(typed);
    if found.iter().all(|it| it.0 != typed) && files::named(typed).is_file() {
        found.insert(0, (typed.to_owned(), typed.to_owned()));
    }
    found
}

/// Keys as [`place_key`] writes them.
fn places(env: &Env<'_>, typed: &str, sites_only: bool, index: &mut Option<Index>) -> Result<Suggested> {
    let whole = [(place_key(&ScopeRecord::Everywhere), "everywhere".to_owned())];
    let mut folders: Vec<(String, String)> =
        env.folders().map(|it| (place_key(&ScopeRecord::Folder(it.key.clone())), format!("folder {}", it.name))).collect();
    folders.sort_by_cached_key(|it| text::fold(&it.1));
    let known: Vec<(String, String)> = whole.into_iter().chain(folders).filter(|it| !sites_only && search::matches(&it.1, typed)).collect();
    // A few of them, so that there is room for sites.
    let more_known = known.len().saturating_sub(3);
    let (sites, more) = suggestions(env, &Kind::Site, typed, index)?;
    let sites = sites.into_iter().map(|(key, name)| (place_key(&ScopeRecord::Site(key)), name));
    let mut all: Vec<(String, String)> = known.into_iter().take(3).chain(sites).collect();
    if !typed.trim().is_empty() {
        // The sites come first where their names begin so.
        all.sort_by_key(|it| !it.0.starts_with("site "));
    }
    let (rows, cut) = first(all);
    Ok((rows, more + more_known + cut))
}

/// A place as the key of an option; [`place`] reads it back.
pub(in crate::tui) fn place_key(scope: &ScopeRecord) -> String {
    scope.to_string()
}

pub(in crate::tui) fn place(key: &str) -> ScopeRecord {
    match key.split_once(' ') {
        Some(("folder", folder)) => ScopeRecord::Folder(folder.to_owned()),
        Some((_, site)) => ScopeRecord::Site(site.to_owned()),
        None => ScopeRecord::Everywhere,
    }
}

/// Those that are staged, too.
fn roles(env: &Env<'_>, platform: Option<&str>, typed: &str) -> Vec<(String, String)> {
    let env = &Env { policy: env.drafted.policy, ..*env };
    let offered = |it: &&crate::domain::policy::HeldRole| {
        let fits = platform.is_none_or(|only| only == it.role.platform);
        fits && env.policy.is_assignable(it)
            && search::matches(&format!("{} {}", it.role.name, it.role.key), typed)
    };
    crate::tui::panes::known_roles(env).into_iter().filter(offered).map(|it| (it.role.key.clone(), it.role.name.clone())).collect()
}
