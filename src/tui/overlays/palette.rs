//! The palette: any action by name, and any role, permission, site or person to jump to.

mod pairs;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::PathBuf;

use anyhow::Result;
use crossterm::event::KeyEvent;
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use self::pairs::{CELL, PERSON_ON};
use crate::domain::contact::Contact;
use crate::domain::ids::{PersonId, RoleId, SiteId};
use crate::domain::perm_set::PermId;
use crate::domain::policy::HeldRole;
use crate::domain::text;
use crate::domain::things::{Folder, Person, Site};
use crate::exchange::intake;
use crate::facts::Reader;
use crate::query::search::{self, Index};
use crate::query::sight::Shown;
use crate::store::files;
use crate::store::page::Anchor;
use crate::tui::action::{self, Action, Entry, Place};
use crate::tui::keymap::{self, key_of};
use crate::tui::panes::{PANES, contacts, sites};
use crate::tui::view::{Env, Journey, Message, Overlay, Paint};
use crate::tui::widgets::field::Field;
use crate::tui::widgets::hits::Hits;
use crate::tui::widgets::lines::{self, plural, span};

/// Before the name of the file to which what is staged is written.
pub(in crate::tui) const SAVE_PLAN: &str = "save plan ";

/// Before the name of a file that is taken in.
const IMPORT: &str = "import ";

/// As many contacts are asked for their labels.
const MAX_LABELLED: usize = 5_000;
/// Most things of one kind that the palette offers at a time.
const MAX_OF_A_KIND: usize = 30;

struct Offer {
    kind: &'static str,
    /// What runs it anywhere, in the place of its kind.
    key: Option<String>,
    name: String,
    /// How many people can, of a permission.
    n_able: Option<usize>,
    detail: String,
    goal: Goal,
}

impl Offer {
    fn new(kind: &'static str, name: String, detail: String, goal: Goal) -> Offer {
        Offer { kind, key: None, name, n_able: None, detail, goal }
    }

    fn jump(kind: &'static str, name: String, detail: String, journey: Journey) -> Offer {
        Offer::new(kind, name, detail, Goal::Jump(journey))
    }

    /// What it is, or how it is done.
    fn lead(&self) -> &str {
        match &self.key {
            Some(key) => key,
            None if self.kind == DO => "",
            None => self.kind,
        }
    }

    fn about(&self) -> String {
        let n = self.n_able.map_or_else(String::new, |n| format!("{}  ", plural(n, "person")));
        format!("{n}{}", text::display(&self.detail))
    }
}

/// The kind of what is done.
const DO: &str = "do";

/// The widest that a name is shown.
const WIDEST_NAME: usize = 34;

/// Most places of a role whose holders are counted.
const MAX_HOLDERS: usize = 1_000;

enum Goal {
    Action(Action),
    Elsewhere(&'static Place, Action),
    /// What only the command line does.
    Shell,
    SavePlan(PathBuf),
    Import(PathBuf, Option<intake::Kind>),
    Jump(Journey),
    /// A list with only what these words let through.
    Filter(&'static Place, String),
}

fn message(offer: &Offer) -> Message {
    match &offer.goal {
        Goal::Action(action) => Message::Perform(*action),
        Goal::Elsewhere(place, action) => Message::PerformIn(place, *action),
        Goal::Shell => Message::SayVerb(offer.name.clone(), offer.detail.clone()),
        Goal::SavePlan(path) => Message::SavePlan(path.clone(), false),
        Goal::Import(path, kind) => Message::Import(path.clone(), *kind),
        Goal::Jump(target) => Message::Go(target.clone()),
        Goal::Filter(place, words) => Message::Filter(place, words.clone()),
    }
}

pub(in crate::tui) struct Palette {
    typed: Field,
    searched: Option<String>,
    offers: Vec<Offer>,
    at: usize,
    places: Vec<&'static Place>,
    /// The site whose people are listed.
    site: Option<SiteId>,
    verbs: fn() -> Vec<(String, String)>,
    /// Who holds each role, read at the first letter by whoever sees everything.
    holders: Option<HashMap<RoleId, HashSet<PersonId>>>,
    /// Search texts of sites, people and contacts, read at the first letter, and the labels of contacts.
    indexes: Option<[Index; 3]>,
    labels: BTreeSet<String>,
    hits: Hits,
}

impl Palette {
    /// With these words typed already.
    pub(in crate::tui) fn new(
        places: &[&'static Place],
        words: &str,
        site: Option<SiteId>,
        verbs: fn() -> Vec<(String, String)>,
    ) -> Palette {
        let mut typed = Field::sought();
        typed.paste(words);
        Palette {
            typed,
            searched: None,
            offers: Vec::new(),
            at: 0,
            places: places.to_vec(),
            site,
            verbs,
            holders: None,
            indexes: None,
            labels: BTreeSet::new(),
            hits: Hits::default(),
        }
    }

    fn actions(&self) -> Vec<Offer> {
        let offer = |it: &Entry| Offer {
            key: keymap::keys(it).first().map(|key| keymap::show(key)),
            ..Offer::new(DO, it.action.id.replace('-', " "), it.help.to_owned(), Goal::Action(it.action))
        };
        self.places.iter().flat_map(|it| it.entries).map(offer).collect()
    }

    /// What is done in other panes, and what the command line alone does, where it has all the words: a verb with the words
    /// of an action is that one.
    fn elsewhere(&self, typed: &str) -> Vec<Offer> {
        let offer = |place: &'static Place, it: &Entry| {
            let (name, detail) = (it.action.id.replace('-', " "), format!("in {}: {}", place.title, it.help));
            Offer::new(DO, name, detail, Goal::Elsewhere(place, it.action))
        };
        let others = PANES.into_iter().filter(|it| !self.places.contains(it));
        let mut offers: Vec<Offer> = others.flat_map(|place| place.entries.iter().map(move |it| offer(place, it))).collect();
        let here = self.places.iter().flat_map(|it| it.entries).map(|it| it.action.id.replace('-', " "));
        let done: HashSet<Vec<String>> = here.chain(offers.iter().map(|it| it.name.clone())).map(|it| sorted_words(&it)).collect();
        let is_done = |name: &str| name.starts_with(IMPORT) || done.contains(&sorted_words(name));
        let verbs = (self.verbs)().into_iter().filter(|(name, _)| !is_done(name));
        offers.extend(verbs.map(|(name, detail)| Offer::new("shell", name, detail, Goal::Shell)));
        offers.retain(|it| search::matches(&format!("{} {}", it.name, it.detail), typed));
        offers
    }

    fn found(&mut self, env: &Env<'_>, typed: &str) -> Result<Vec<Offer>> {
        let mut offers = self.actions();
        if !typed.is_empty() {
            offers.extend(self.elsewhere(typed));
        }
        offers.extend(self.nouns(env, typed)?);
        offers.extend(self.pairs(env, typed)?);
        Ok(if typed.is_empty() { offers } else { ranked(offers, typed) })
    }

    fn nouns(&mut self, env: &Env<'_>, typed: &str) -> Result<Vec<Offer>> {
        let jump = Offer::jump;
        let db = env.db;
        if self.holders.is_none() && !typed.is_empty() && env.sight.is_whole() {
            self.holders = Some(holders(env)?);
        }
        let shown = env.sight.roles(db)?;
        let roles = env.policy.roles().filter(|it| shown.as_ref().is_none_or(|shown| shown.ids.contains(&it.role.id.0)));
        let mut offers: Vec<Offer> =
            roles.map(|it| jump("role", it.role.name.clone(), it.role.platform.clone(), Journey::Role(it.role.id))).collect();
        for catalog in env.policy.catalogs() {
            for id in catalog.ids() {
                let it = catalog.get(id);
                let goal = Journey::Permission(catalog.platform.clone(), it.id.clone());
                let is_meant = !typed.is_empty() && search::matches(&format!("{} {}", it.label, it.id), typed);
                let n_able = self.holders.as_ref().filter(|_| is_meant).map(|held| n_able(env, held, &catalog.platform, id));
                offers.push(Offer { n_able, ..jump("permission", it.label.clone(), it.id.clone(), goal) });
            }
        }
        if typed.is_empty() {
            return Ok(offers);
        }
        if self.indexes.is_none() {
            let [sites, people, contacts] = [Index::names::<Site>(db)?, Index::names::<Person>(db)?, Index::names::<Contact>(db)?];
            let seen = |index: Index, shown: Option<Shown>| match shown {
                Some(shown) => index.only(&shown.ids),
                None => index,
            };
            let sites = seen(sites, env.sight.sites(db, env.policy)?);
            self.labels = labels(db)?;
            self.indexes = Some([sites, seen(people, env.sight.people()), seen(contacts, env.sight.contacts())]);
        }
        let Some([sites, people, contacts]) = &self.indexes else { return Ok(offers) };
        offers.extend(filters(env, &self.labels, typed));
        let first = |index: &Index| index.matching(typed).into_iter().take(MAX_OF_A_KIND).collect::<Vec<_>>();
        for it in db.picked::<Site>(&first(sites))? {
            offers.push(jump("site", it.row.name, it.row.key, Journey::Site(it.row.id)));
        }
        for it in db.picked::<Person>(&first(people))? {
            offers.push(jump("person", it.row.name, it.row.email, Journey::Person(it.row.id)));
        }
        for it in db.picked::<Contact>(&first(contacts))? {
            offers.push(jump("contact", it.row.name, it.row.email.unwrap_or_default(), Journey::Contact(it.row.id)));
        }
        Ok(offers)
    }
}

/// Who holds each role.
fn holders(env: &Env<'_>) -> Result<HashMap<RoleId, HashSet<PersonId>>> {
    let of = |role: RoleId| Ok((role, env.db.assignments_with(role, MAX_HOLDERS)?.iter().map(|it| it.person).collect()));
    env.policy.roles().map(|it| of(it.role.id)).collect()
}

/// How many people hold a role that has the permission.
fn n_able(env: &Env<'_>, held: &HashMap<RoleId, HashSet<PersonId>>, platform: &str, id: PermId) -> usize {
    let grants = |it: &&HeldRole| it.role.platform == platform && it.closed.contains(id);
    let people: HashSet<_> = env.policy.roles().filter(grants).filter_map(|it| held.get(&it.role.id)).flatten().collect();
    people.len()
}

/// The labels of contacts, of as many of them as are looked at.
fn labels(db: Reader<'_>) -> Result<BTreeSet<String>> {
    let contacts = db.page::<Contact>(&Anchor::Start, MAX_LABELLED)?;
    Ok(contacts.into_iter().flat_map(|it| it.row.labels).collect())
}

/// Folders and labels: each is a list with only what is in it.
fn filters(env: &Env<'_>, labels: &BTreeSet<String>, typed: &str) -> Vec<Offer> {
    let folder = |it: &Folder| {
        let goal = Goal::Filter(sites::PLACE, format!("folder:{}", it.key));
        Offer::new("folder", it.name.clone(), format!("{}: its sites", it.key), goal)
    };
    let label = |it: &String| {
        let goal = Goal::Filter(contacts::PLACE, format!("label:\"{it}\""));
        Offer::new("label", it.clone(), "its contacts".to_owned(), goal)
    };
    let folders = env.folders().filter(|it| search::matches(&format!("{} {}", it.name, it.key), typed)).map(folder);
    let found = labels.iter().filter(|it| env.sight.contacts().is_none() && search::matches(it, typed)).map(label);
    folders.take(MAX_OF_A_KIND).chain(found.take(MAX_OF_A_KIND)).collect()
}

/// The words in one order, whichever way round they are said.
fn sorted_words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = name.split([' ', '-']).map(str::to_owned).collect();
    words.sort();
    words
}

/// The files that can be taken in and begin so, or are called so; what they hold may be said first, as in the shell.
fn from_files(typed: &str) -> Vec<Offer> {
    let said = typed.split_once(' ').and_then(|(word, rest)| Some((Some(intake::Kind::parse(word)?), rest.trim_start())));
    let (kind, file) = said.unwrap_or((None, typed));
    let offer = |file: &str| {
        let (name, detail) = (format!("{IMPORT}{file}"), "take it in: what it holds is shown before anything is saved".to_owned());
        Offer::new(DO, name, detail, Goal::Import(files::named(file), kind))
    };
    let found: Vec<Offer> = files::beginning(file).iter().filter(|it| !it.0.ends_with('/')).map(|it| offer(&it.0)).collect();
    if found.is_empty() && files::named(file).is_file() { vec![offer(file)] } else { found }
}

fn to_file(file: &str) -> Offer {
    let (name, detail) = (SAVE_PLAN.trim_end().to_owned(), format!("to {file}"));
    Offer::new(DO, name, detail, Goal::SavePlan(files::named(file)))
}

/// Of permissions with a word that begins so, those that concern more people come first, whatever else is in their names.
fn by_people(scored: &mut [(u32, u32, Offer)], typed: &str) {
    let typed = text::fold(typed);
    let begins = |it: &Offer| it.n_able.is_some() && text::fold(&it.name).split_whitespace().any(|word| word.starts_with(&typed));
    let best = scored.iter().filter(|it| begins(&it.2)).map(|it| it.0).max().unwrap_or(0);
    scored.iter_mut().filter(|it| begins(&it.2)).for_each(|it| it.0 = best);
}

/// What it is worth to have the words themselves: more than any score.
const WORDS: u32 = 1 << 20;

/// The offers that match, best first; all of them in their order where nothing is typed.
fn ranked(offers: Vec<Offer>, typed: &str) -> Vec<Offer> {
    let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let several = typed.split_whitespace().count() > 1;
    let mut scored: Vec<(u32, u32, Offer)> = offers
        .into_iter()
        .filter_map(|it| {
            let mut buffer = Vec::new();
            let score = pattern.score(Utf32Str::new(&format!("{} {}", it.name, it.detail), &mut buffer), &mut matcher)?;
            let exact = match it.kind {
                // What can be done is called so by nobody else.
                DO if it.name.eq_ignore_ascii_case(typed) => 2_000_000,
                _ if it.name.eq_ignore_ascii_case(typed) || it.detail == typed => 1_000_000,
                // More than one thing is meant only where no single one has all the words in its name.
                _ if several && search::matches(&it.name, typed) => 500_000,
                CELL | PERSON_ON => 400_000,
                _ => 0,
            };
            let named = pattern.score(Utf32Str::new(&it.name, &mut buffer), &mut matcher).unwrap_or(0);
            let is_pair = matches!(it.kind, CELL | PERSON_ON);
            let worth = if is_pair || search::matches(&format!("{} {}", it.name, it.detail), typed) { WORDS } else { named };
            Some((exact + score + 2 * named, worth, it))
        })
        .collect();
    by_people(&mut scored, typed);
    scored.sort_by_key(|(score, _, it)| std::cmp::Reverse((*score, it.n_able.unwrap_or(0))));
    // Letters that happen to stand far apart are no answer beside one that is; alone they are what was mistyped.
    let best = scored.iter().map(|it| it.1).max().unwrap_or(0);
    scored.retain(|it| it.1 > 0 && it.1 >= best / 4 * if best == WORDS { 4 } else { 3 });
    scored.into_iter().map(|it| it.2).take(200).collect()
}

impl Overlay for Palette {
    fn places(&self) -> &'static [&'static Place] {
        &[action::SEARCHED]
    }

    fn is_text(&self) -> bool {
        true
    }

    fn text(&mut self, key: &KeyEvent, _env: &Env<'_>) -> Result<Option<Vec<Message>>> {
        if !self.typed.key(key) {
            return Ok(None);
        }
        self.at = 0;
        Ok(Some(Vec::new()))
    }

    fn act(&mut self, action: Action, _env: &Env<'_>) -> Result<Vec<Message>> {
        self.at = super::found(action, self.at, self.offers.len());
        Ok(match action {
            action::CLOSE => vec![Message::Close],
            action::TAKE => {
                // What is typed stays where nothing has such a name.
                self.offers.get(self.at).map_or_else(Vec::new, |it| vec![Message::Close, message(it)])
            }
            _ => Vec::new(),
        })
    }

    fn paste(&mut self, text: &str) {
        self.typed.paste(text);
    }

    fn load(&mut self, env: &Env<'_>) -> Result<()> {
        let typed = self.typed.text();
        if self.searched.as_ref() == Some(&typed) {
            return Ok(());
        }
        let after = |words: &str| typed.strip_prefix(words).map(str::trim).filter(|it| !it.is_empty());
        self.offers = match (after(SAVE_PLAN), after(IMPORT)) {
            (Some(file), _) => vec![to_file(file)],
            (None, Some(file)) => from_files(file).into_iter().chain(self.found(env, typed.trim())?).collect(),
            (None, None) => self.found(env, typed.trim())?,
        };
        self.at = self.at.min(self.offers.len().saturating_sub(1));
        self.searched = Some(typed);
        Ok(())
    }

    fn hits(&self) -> Option<&Hits> {
        Some(&self.hits)
    }

    fn choose(&mut self, row: usize) {
        self.at = row;
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, paint: &Paint<'_>) {
        let theme = paint.theme;
        let width = area.width.saturating_sub(4).min(90);
        let inside = lines::popup(frame, area, width, area.height.saturating_sub(2).min(22), theme, "Go to, or do");
        self.hits.begin(inside);
        lines::paint(frame, Rect { height: 1, ..inside }, vec![Line::from(span(&format!(" {}", key_of(action::PALETTE)), theme.key))]);
        self.typed.draw(frame, Rect { x: inside.x + 2, width: inside.width.saturating_sub(3), height: 1, ..inside }, true, theme.text);
        let room = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
        if self.offers.is_empty() {
            lines::paint(frame, room, vec![Line::styled(" nothing has such a name", theme.hint)]);
        }
        let top = self.at.saturating_sub(usize::from(room.height).saturating_sub(1));
        self.hits.rows(room, top, self.offers.len().saturating_sub(top));
        let shown = self.offers.iter().enumerate().skip(top).take(usize::from(room.height));
        let widest = |of: fn(&Offer) -> &str| shown.clone().map(|(_, it)| text::width(&text::display(of(it)))).max().unwrap_or(0);
        let (lead, name) = (widest(Offer::lead), widest(|it| &it.name).min(WIDEST_NAME));
        let rows = shown.map(|(at, it)| {
            let line = format!(" {}  {}  {}", lines::cell(it.lead(), lead), lines::cell(&it.name, name), it.about());
            let line = lines::cell(&line, usize::from(room.width));
            Line::from(span(&line, if at == self.at { theme.cursor } else { theme.text }))
        });
        lines::paint(frame, room, rows.collect());
    }
}
