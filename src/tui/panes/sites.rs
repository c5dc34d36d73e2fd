//! Sites: where access happens.

use std::cell::RefCell;
use std::collections::HashMap;

use anyhow::Result;
use ratatui::text::Line;

use super::invites::waiting;
use super::list::Kind;
use super::list::sorting::Keys;
use crate::command::Command;
use crate::domain::change::Change;
use crate::domain::ids::SiteId;
use crate::domain::policy::Policy;
use crate::domain::record::Key;
use crate::domain::text;
use crate::domain::things::{Host, Person, Scope, Site, SiteStatus};
use crate::facts::Reader;
use crate::query::counts;
use crate::query::order::{self, Ask, Key as By};
use crate::query::{offers, rows};
use crate::query::rights::Of;
use crate::query::search::Index;
use crate::query::sight::{Shown, Sight};
use crate::store::life::Open;
use crate::store::page::{Anchor, Placed};
use crate::tui::action::{self, Action, Place, actions};
use crate::tui::keymap::key_of;
use crate::tui::overlays::{forms, handover, invite, leaving};
use crate::tui::theme::Theme;
use crate::tui::view::{Env, Journey, Message, Story};
use crate::tui::widgets::lines::{cell, fact, heading, plural, span, wrap};
use crate::tui::widgets::window::{Column, Item, column};

actions! {
    PLACE "Sites" "Every client site: who owns it, who carries its plan, what runs on it." as Stack {
        GIVE_HERE "give-here" ["a"] "give role" Form([InvitePeople, InviteTeam]) "Give somebody a role on this site, or on all that are marked";
        ADD_SITE "add-site" ["n"] "new" Form([AddSites]) "Add a site";
        EDIT_SITE "edit-site" ["e"] "edit" Form([EditSites, ManageApps, TransferSites, ManageFolders]) "Edit this site";
        REMOVE_SITE "remove-site" ["d"] "delete" Step([RemoveSites]) "Remove this site with every role held on it";
        REMOVE_GUESTS "remove-guests" ["D"] "" Step([RemovePeople]) "Take all roles at site level that are held on this site, or on all that are marked";
        TRANSFER "transfer" [] "" Form([TransferSites]) "Offer this site to another owner";
        PARTNER "partner" [] "" Owner "Propose to the client that the agency carries this site as partner";
        RECLAIM "reclaim" [] "" Form([TransferSites]) "Note that the client took this site back from the agency";
        SITE_MATRIX "site-matrix" ["m"] "matrix" "The matrix of everyone on this site; of marked sites, what differs between them for one person";
    }
}

#[derive(Default)]
pub(in crate::tui) struct Sites {
    /// Of sites that no staged step gives or takes access to: many assignments are read for that.
    counts: RefCell<HashMap<SiteId, Counts>>,
    /// What those see whom the screens are viewed as.
    pub(in crate::tui) viewed: Option<Sight>,
}

/// How many people have access, and how many can publish.
type Counts = Option<(usize, Option<usize>)>;

impl Sites {
    fn counts(&self, env: &Env<'_>, site: &Site) -> Result<Counts> {
        if !self.viewed.as_ref().map_or(Ok(true), |it| it.shows_people_of(env.db, env.policy, site))? {
            return Ok(None);
        }
        if !env.is_saved() && is_given(env, site.id) {
            return rows::on_site(env.drafted.db, env.drafted.policy, site, env.now);
        }
        if let Some(known) = self.counts.borrow().get(&site.id) {
            return Ok(*known);
        }
        let counts = rows::on_site(env.db, env.policy, site, env.now)?;
        self.counts.borrow_mut().insert(site.id, counts);
        Ok(counts)
    }
}

/// Whether a staged step gives or takes access there, or changes the site.
fn is_given(env: &Env<'_>, site: SiteId) -> bool {
    let touches = |it: &Change| match it {
        Change::Assignment(edit) => edit.any(|it| !matches!(it.scope, Scope::Site(other) if other != site)),
        Change::Site(edit) => edit.any(|it| it.id == site),
        _ => false,
    };
    env.draft.each_change().any(touches)
}

fn item(pane: &Sites, env: &Env<'_>, row: Placed<Site>) -> Result<Item> {
    let Placed { place, row } = row;
    let counts = pane.counts(env, &row)?;
    let number = |n: Option<usize>| n.map_or_else(String::new, |it| it.to_string());
    let (people, publish) = (number(counts.map(|it| it.0)), number(counts.and_then(|it| it.1)));
    let folder = folder_path(env.drafted.policy, &row);
    let dim = row.status == SiteStatus::Parked;
    let cells = vec![row.name, people, row.platform, publish, folder, row.status.to_string()];
    Ok(Item { id: row.id.0, place, cells, dim, trouble: env.is_troubled_site(row.id), fate: None, beside: false })
}

/// The folder with its parents, the widest first.
fn folder_path(policy: &Policy, site: &Site) -> String {
    let names: Vec<String> =
        policy.path(site.folder).into_iter().rev().filter_map(|id| policy.folder(id)).map(|it| it.name.clone()).collect();
    if names.is_empty() { "in no folder".to_owned() } else { names.join(" / ") }
}

fn sorted_by(ask: &Ask<'_>, row: &Site, column: &str) -> Result<By> {
    Ok(match column {
        "people" | "publish" => counts::of_site(ask, row, column)?.map_or(By::Empty, By::Number),
        "platform" => By::text(&row.platform),
        "folder" => row.folder.map_or(By::Empty, |_| By::text(&folder_path(ask.policy, row))),
        "status" => By::text(row.status.as_str()),
        _ => By::text(&row.name),
    })
}

impl Kind for Sites {
    const PLACE: &'static Place = PLACE;
    const COLUMNS: &'static [Column] = &[
        column("name", 0),
        column("people", 6),
        column("platform", 9),
        column("publish", 7),
        column("folder", 16),
        column("status", 9),
    ];

    const TAKES_AWAY: Option<Action> = Some(REMOVE_SITE);

    const ALONE: &'static [Action] = &[ADD_SITE];

    const ON_MARKED: &'static [Action] = &[GIVE_HERE, REMOVE_GUESTS, action::INVITE, SITE_MATRIX];

    fn page(&self, env: &Env<'_>, from: &Anchor, limit: usize) -> Result<Vec<Item>> {
        env.drafted.db.page::<Site>(from, limit)?.into_iter().map(|it| item(self, env, it)).collect()
    }

    fn find(&self, env: &Env<'_>, id: i64) -> Result<Option<Item>> {
        env.drafted.db.place_of::<Site>(id)?.map(|it| item(self, env, it)).transpose()
    }

    fn total(&self, env: &Env<'_>) -> Result<usize> {
        env.drafted.db.count::<Site>()
    }

    fn ids(&self, env: &Env<'_>) -> Result<Vec<i64>> {
        env.drafted.db.numbers::<Site>()
    }

    fn shown(&self, env: &Env<'_>) -> Result<Option<Shown>> {
        env.sight.sites(env.db, env.policy)
    }

    fn index(db: Reader<'_>, policy: &Policy) -> Result<Index> {
        Index::load::<Site>(db, policy)
    }

    fn moved(&self, change: &Change) -> Option<i64> {
        if let Change::Site(edit) = change { edit.moved().map(|it| it.id.0) } else { None }
    }

    fn keys(&self, _env: &Env<'_>, column: &str) -> Result<Keys> {
        let column = column.to_owned();
        Ok(Keys::Read(Box::new(move |ask, only| order::keys::<Site>(ask, only, |it| sorted_by(ask, it, &column)))))
    }

    fn stale(&mut self) {
        self.counts.get_mut().clear();
    }

    fn restaged(&mut self) {}

    fn rights(&self) -> Option<Of> {
        Some(Of::Sites)
    }

    fn counted(&self) -> &'static [&'static str] {
        counts::OF_SITE
    }

    fn counts(&self, _env: &Env<'_>, field: &'static str) -> Result<Keys> {
        Ok(Keys::Read(Box::new(move |ask, only| counts::keys::<Site>(ask, only, |it| counts::of_site(ask, it, field)))))
    }

    fn empty(&self) -> String {
        format!("no sites here; {} adds one", key_of(ADD_SITE))
    }

    fn detail(&self, env: &Env<'_>, id: i64, width: usize, theme: &Theme) -> Result<Vec<Line<'static>>> {
        let (db, policy) = (env.drafted.db, env.drafted.policy);
        let Some(row) = db.find::<Site>(SiteId(id))? else { return Ok(Vec::new()) };
        let owner = db.find::<Person>(row.owner)?.map_or_else(String::new, |it| it.name);
        let host = if row.host == Host::Agency { "the agency carries the plan" } else { "the owner carries the plan" };
        let mut page = vec![
            fact(theme, "address", &row.url),
            fact(theme, "platform", &format!("{}, {}", row.platform, row.status)),
            fact(theme, "folder", &folder_path(policy, &row)),
            fact(theme, "owner", &owner),
            fact(theme, "host", host),
        ];
        let apps = if row.apps.is_empty() { "none".to_owned() } else { row.apps.join(", ") };
        for (at, line) in wrap(&apps, width.saturating_sub(10)).iter().enumerate() {
            page.push(fact(theme, if at == 0 { "apps" } else { "" }, line));
        }
        let sight = self.viewed.as_ref().unwrap_or(env.sight);
        let Ok(people) = sight.people_of(db, policy, &row, env.now) else {
            page.push(Line::default());
            page.push(Line::styled("no catalog for this platform: nothing is known of its permissions", theme.error));
            return Ok(page);
        };
        if sight.shows_people_of(db, policy, &row)? {
            page.extend(waiting(theme, &offers::about_site(db, policy, env.now, row.id, Open::Unanswered)?, env.policy.zone, env.now));
            page.extend([Line::default(), heading(theme, &format!("PEOPLE  {}", plural(people.len(), "person")))]);
        } else {
            page.extend([Line::default(), heading(theme, "YOU")]);
        }
        for it in people.iter().take(12) {
            let what = super::collaborators::held(policy, it);
            page.push(Line::from(vec![span(&cell(&it.person.name, 20), theme.text), span(" ", theme.text), span(&what, theme.hint)]));
        }
        if people.len() > 12 {
            page.push(Line::styled(format!("and {} more; {} lists them", people.len() - 12, key_of(action::OPEN)), theme.hint));
        }
        Ok(page)
    }

    fn act(&mut self, env: &Env<'_>, id: Option<i64>, action: Action) -> Result<Option<Vec<Message>>> {
        if action == ADD_SITE {
            return Ok(Some(vec![Message::Open(forms::site(env, None)?)]));
        }
        let row = id.map(|id| env.db.find::<Site>(SiteId(id))).transpose()?.flatten();
        let Some(row) = row else { return Ok(None) };
        Ok(match action {
            action::OPEN => Some(vec![Message::Go(Journey::PeopleOf(row.id))]),
            GIVE_HERE => Some(vec![give_here(env, vec![row])]),
            SITE_MATRIX => Some(vec![Message::Go(Journey::MatrixOfSite(row.id, None))]),
            EDIT_SITE => Some(vec![match env.drafted.db.find::<Site>(row.id)? {
                Some(row) => Message::Open(forms::site(env, Some(&row))?),
                None => Message::Complain(format!("{} is staged to be removed", text::display(&row.name))),
            }]),
            action::INVITE => {
                let start = invite::Start { sites: vec![row], ..invite::Start::default() };
                Some(vec![Message::Open(invite::open(env, start))])
            }
            action::TIMELINE => Some(vec![Message::Go(Journey::History(Story::Site(row.id)))]),
            REMOVE_GUESTS => Some(vec![leaving::remove_guests(env, vec![row])?]),
            TRANSFER => Some(vec![Message::Open(handover::transfer(env, &row)?)]),
            PARTNER => Some(vec![Message::Open(handover::partner(env, &row)?)]),
            RECLAIM => Some(vec![Message::Open(handover::reclaim(env, &row)?)]),
            REMOVE_SITE => {
                let words = format!("Remove the site {} and every role held on it", text::display(&row.name));
                Some(vec![Message::Propose(vec![Command::Remove(Key::Site(row.key))], words)])
            }
            _ => None,
        })
    }

    fn act_on_marked(&mut self, env: &Env<'_>, ids: &[i64], action: Action) -> Result<Option<Vec<Message>>> {
        let sites = || env.db.picked::<Site>(ids).map(|it| it.into_iter().map(|it| it.row).collect::<Vec<_>>());
        Ok(match action {
            GIVE_HERE => Some(vec![give_here(env, sites()?)]),
            REMOVE_GUESTS => Some(vec![leaving::remove_guests(env, sites()?)?]),
            SITE_MATRIX if ids.len() > 1 => Some(vec![Message::Go(Journey::CompareSites(ids.iter().copied().map(SiteId).collect()))]),
            action::INVITE => {
                let start = invite::Start { sites: sites()?, ..invite::Start::default() };
                Some(vec![Message::Open(invite::open(env, start))])
            }
            _ => None,
        })
    }
}

fn give_here(env: &Env<'_>, sites: Vec<Site>) -> Message {
    Message::Open(forms::assign(env, &forms::Grant { sites, ..forms::Grant::default() }))
}
