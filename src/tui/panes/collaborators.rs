//! Collaborators: everyone with access to a site, or everybody there is.

use anyhow::Result;
use chrono::{DateTime, Utc};
use ratatui::text::Line;

use super::invites::waiting;
use super::list::sorting::Keys;
use super::list::staged::Merged;
use super::list::{Kind, ends};
use crate::domain::change::Change;
use crate::domain::ids::{PersonId, SiteId};
use crate::domain::policy::Policy;
use crate::domain::text;
use crate::domain::things::{Assignment, Level, Person, Site};
use crate::facts::Reader;
use crate::query::access::{self, scope_record};
use crate::query::collaborators::{self, Collaborator, Standing};
use crate::query::matrix::Part;
use crate::query::counts;
use crate::query::order::{self, Ask, Key as By};
use crate::query::{offers, rows};
use crate::query::rights::Of;
use crate::query::rows::Holds;
use crate::query::search::Index;
use crate::query::sight::Shown;
use crate::session::Drafted;
use crate::store::life::Open;
use crate::store::page::{Anchor, Position, Placed};
use crate::tui::action::{self, Action, Place, actions};
use crate::tui::keymap::key_of;
use crate::tui::overlays::team::Team;
use crate::tui::overlays::bulk::{self, Asks, Counting};
use crate::tui::overlays::{forms, instead, invite, leaving, own_access};
use crate::tui::theme::Theme;
use crate::tui::view::{Env, Journey, Message, Story, hidden};
use crate::tui::widgets::lines::{cell, fact, heading, plural, span, wrap};
use crate::tui::widgets::window::{Column, Item, column};

actions! {
    PLACE "Collaborators" "Everyone with access: to one site if you came from it, or everybody." as Lower {
        ASSIGN "assign" ["a"] "give role" Form([InvitePeople, InviteTeam]) "Give this person, somebody new, or all that are marked, a role here";
        UNASSIGN "unassign" ["d"] "take role" Form([RemovePeople, RemoveTeam]) "Take a role from this person, or from all that are marked";
        ADD_PERSON "add-person" ["n"] "new person" Form([InvitePeople, InviteTeam]) "Add a person";
        EDIT_PERSON "edit-person" ["e"] "edit" Form([ChangeRoles, ChangeTeam, InvitePeople, InviteTeam]) "Edit this person's name or address";
        ACT_AS "act-as" [] "" "Go on in this person's name: see and do what they may and no more; for the account owner alone";
        TEAM_SCOPES "team" [] "" Step([ChangeTeam, InviteTeam, RemoveTeam]) "What this person holds in the team: add, change and take places and roles";
        REPLACE "replace" ["r"] "" Form([ChangeRoles, ChangeTeam, InvitePeople, InviteTeam, RemovePeople, RemoveTeam]) "Another role in the place of one, for this person or all that are marked: same place, same end";
        STILL_NEEDED "still-needed" ["o"] "" Form([ChangeRoles, ChangeTeam]) "Note that access is still needed: why, and when to look again; of this person, or all that are marked";
        EXTEND "extend" ["+"] "extend" Form([ChangeRoles, ChangeTeam]) "Let access that ends go on: 30 days more, or any other end";
        OFFBOARD "offboard" ["D"] "take all" Step([]) "Take all that this person has, or all that are marked: here, in the team, everywhere, as it is ticked; yourself, leave";
        PERSON_MATRIX "person-matrix" ["m"] "" "The matrix of everyone on this site, or of this person's sites; of marked people, what differs between them";
    }
}

/// Everybody, or with a site: those who have access to it.
#[derive(Default)]
pub(in crate::tui) struct Collaborators {
    pub(in crate::tui) site: Option<SiteId>,
    here: Vec<Collaborator>,
    /// The same without what is staged, where anything is.
    saved: Option<Vec<Collaborator>>,
}

/// What somebody holds on a site, in a few words.
pub(super) fn held(policy: &Policy, it: &Collaborator) -> String {
    if it.standing == Standing::Owner {
        return "owner".to_owned();
    }
    let held = it.assignments.iter().filter_map(|it| policy.role(it.role));
    let roles: Vec<&str> = text::each_once(held.map(|it| it.role.name.as_str()));
    match it.standing {
        Standing::Team => format!("{} (team)", roles.join(", ")),
        Standing::Ended => format!("{} (not now)", roles.join(", ")),
        Standing::Owner | Standing::Collaborator => roles.join(", "),
    }
}

impl Collaborators {
    /// Reads who has access to the site; everybody where it is gone, or may no more be known.
    /// Where only what is staged is something else than when this site was read, what is saved is not read again.
    pub(in crate::tui) fn choose(&mut self, env: &Env<'_>, site: Option<SiteId>, is_only_staged: bool) -> Result<Option<(String, Merged)>> {
        let drafted = env.drafted;
        let find = |db: Reader<'_>| site.map(|id| db.find::<Site>(id)).transpose().map(Option::flatten);
        let (stays, is_saved) = (find(drafted.db)?, find(env.db)?);
        let goes = stays.is_none();
        let row = stays.or(is_saved);
        let shown = if row.is_some() { env.sight.sites(env.db, env.policy)? } else { None };
        let row = row.filter(|it| shown.is_none_or(|shown| shown.ids.contains(&it.id.0)));
        self.site = row.as_ref().map(|it| it.id);
        let Some(row) = row else {
            (self.here, self.saved) = Default::default();
            return Ok(None);
        };
        // Who is shown is told by what is saved.
        let whole = env.sight.shows_people_of(env.db, env.policy, &row)?;
        let read = |at: Drafted<'_>| -> Result<Vec<Collaborator>> {
            let mut people = collaborators::of_site(at.db, at.policy, &row, env.now)?;
            people.retain(|it| whole || env.sight.shows_person(it.person.id));
            Ok(people)
        };
        self.here = if goes { Vec::new() } else { read(drafted)? };
        let known = self.saved.take().filter(|_| is_only_staged);
        self.saved = if env.is_saved() { None } else { Some(known.map_or_else(|| read(env.saved().drafted), Ok)?) };
        let ids = |people: &[Collaborator]| people.iter().map(|it| it.person.id.0).collect::<Vec<_>>();
        let here = ids(&self.here);
        let rows = self.saved.as_ref().map_or_else(|| here.clone().into(), |saved| Merged::of(&ids(saved), &here));
        Ok(Some((format!("on {}", row.name), rows)))
    }

    fn here(&self, env: &Env<'_>, id: i64) -> Option<&Collaborator> {
        self.people(env).iter().find(|it| it.person.id.0 == id)
    }

    fn people(&self, env: &Env<'_>) -> &[Collaborator] {
        self.saved.as_ref().filter(|_| env.is_saved()).unwrap_or(&self.here)
    }

    /// Whether it counts on the site at hand, saved or staged.
    fn reaches(&self, assignment: &Assignment) -> bool {
        let all = self.here.iter().chain(self.saved.iter().flatten());
        all.flat_map(|it| &it.assignments).any(|it| it.id == assignment.id)
    }

    /// Whether somebody has access here, but not as things stand for whoever asks: they come to it or lose it by what is staged.
    fn is_absent(&self, env: &Env<'_>, id: i64) -> bool {
        let all = self.here.iter().chain(self.saved.iter().flatten());
        self.here(env, id).is_none() && all.into_iter().any(|it| it.person.id.0 == id)
    }

    /// What the person holds: all of it, or what could count on the site at hand.
    fn held(&self, env: &Env<'_>, row: &Person) -> Result<Vec<Assignment>> {
        let mut held = env.drafted.db.assignments_of(row.id)?;
        let reaches = |it: &Assignment| self.here(env, row.id.0).is_none_or(|here| here.assignments.iter().any(|other| other.id == it.id));
        held.retain(reaches);
        Ok(held)
    }

    /// What counts where one is, of those who are listed: all of what they hold where that is everywhere.
    fn counting(&self, env: &Env<'_>) -> Counting {
        self.people(env).iter().map(|it| (it.person.id, it.assignments.iter().map(|it| it.id.0).collect())).collect()
    }

    /// Asks about what these people hold here.
    fn ask_of(&self, env: &Env<'_>, people: Vec<PersonId>, asks: Asks) -> Result<Option<Vec<Message>>> {
        Ok(Some(vec![bulk::of_holders(env, people, self.counting(env), asks)?]))
    }

    /// Gives them a role: on the site at hand, where there is one.
    fn give(&self, env: &Env<'_>, people: Vec<Person>) -> Result<Vec<Message>> {
        let site = self.site.map(|id| env.db.find::<Site>(id)).transpose()?.flatten();
        let grant = forms::Grant { people, sites: site.into_iter().collect(), ..forms::Grant::default() };
        Ok(vec![Message::Open(forms::assign(env, &grant))])
    }

    fn item(&self, env: &Env<'_>, row: Placed<Person>) -> Result<Item> {
        let Placed { place, row } = row;
        match self.here(env, row.id.0) {
            Some(here) => Ok(here_item(env, place, here)),
            None => everywhere_item(env, place, row),
        }
    }
}

/// What counts of somebody's assignments on the chosen site: those that are live, else all.
struct Here<'a> {
    shown: Vec<&'a Assignment>,
    until: Option<DateTime<Utc>>,
    since: Option<DateTime<Utc>>,
    reason: &'a str,
}

impl Here<'_> {
    fn of(it: &Collaborator, now: DateTime<Utc>) -> Here<'_> {
        let live: Vec<&Assignment> = it.assignments.iter().filter(|it| it.is_live(now)).collect();
        let shown = if live.is_empty() { it.assignments.iter().collect() } else { live };
        let until = shown.iter().filter_map(|it| it.until).min();
        let since = shown.iter().filter_map(|it| it.since).min();
        let reason = shown.iter().find_map(|it| it.reason.as_deref()).unwrap_or_default();
        Here { shown, until, since, reason }
    }
}

fn level_of(it: &Collaborator) -> &'static str {
    match it.standing {
        Standing::Collaborator => "site",
        Standing::Team => "team",
        Standing::Owner | Standing::Ended => "",
    }
}

fn sorted_here_by(env: &Env<'_>, it: &Collaborator, column: &str) -> By {
    let here = Here::of(it, env.now);
    match column {
        "role" if it.standing == Standing::Owner => By::text("owner"),
        "role" => By::text(&roles_of(env.drafted.policy, &here.shown)),
        "ends" => By::end(here.until, !here.shown.is_empty()),
        "level" => By::text(level_of(it)),
        "since" => By::day(here.since),
        "reason" => By::text(here.reason),
        _ => By::text(&it.person.name),
    }
}

fn sorted_by(ask: &Ask<'_>, row: &Person, column: &str) -> Result<By> {
    let holds = || if ask.db.sight().shows_person(row.id) { rows::holds(ask.db, row.id, ask.now) } else { Ok(Holds::default()) };
    Ok(match column {
        "sites" if ask.db.sight().shows_person(row.id) => By::some(rows::reach(ask.db, ask.policy, row.id)?.n),
        "sites" => By::Empty,
        "roles" => By::some(holds()?.roles),
        "ends" => holds().map(|it| By::end(it.ends, it.roles > 0))?,
        "team" => By::text(if holds()?.team { "team" } else { "" }),
        "e-mail" => By::text(&row.email),
        _ => By::text(&row.name),
    })
}

/// Somebody on the chosen site: by which roles, until when, why.
fn here_item(env: &Env<'_>, place: Position, it: &Collaborator) -> Item {
    let Here { shown, until, since, reason } = Here::of(it, env.now);
    let since = since.map_or_else(String::new, |at| env.policy.zone.day(at));
    let roles = match it.standing {
        Standing::Owner => "owner".to_owned(),
        Standing::Collaborator | Standing::Team => roles_of(env.drafted.policy, &shown),
        Standing::Ended => format!("not now: {}", roles_of(env.drafted.policy, &shown)),
    };
    let trouble = rows::ends_soon(until, env.now) || env.is_troubled(it.person.id);
    let cells = vec![it.person.name.clone(), roles, ends(env, until, !shown.is_empty()), level_of(it).to_owned(), since, reason.to_owned()];
    Item { id: it.person.id.0, place, cells, dim: it.standing == Standing::Ended, trouble, fate: None, beside: false }
}

/// The first role, and how many more there are.
fn roles_of(policy: &Policy, held: &[&Assignment]) -> String {
    let mut names: Vec<&str> = held.iter().filter_map(|it| policy.role(it.role)).map(|it| it.role.name.as_str()).collect();
    names.dedup();
    match names.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first, rest @ ..] => format!("{first} +{}", rest.len()),
    }
}

/// Somebody among all people: how many sites they reach, with how many roles.
fn everywhere_item(env: &Env<'_>, place: Position, row: Person) -> Result<Item> {
    let is_shown = env.sight.shows_person(row.id);
    let holds = is_shown.then(|| rows::holds(env.drafted.db, row.id, env.now)).transpose()?.unwrap_or_default();
    let number = |n: String| if holds.is_some() { n } else { String::new() };
    let reach = holds.is_some().then(|| rows::reach(env.drafted.db, env.drafted.policy, row.id)).transpose()?;
    let trouble = rows::ends_soon(holds.ends, env.now) || env.is_troubled(row.id);
    let team = if holds.team { "team" } else { "" };
    let cells =
        vec![row.name, reach.map_or_else(String::new, |it| it.to_string()), number(holds.roles.to_string()), ends(env, holds.ends, holds.roles > 0), team.to_owned(), row.email];
    Ok(Item { id: row.id.0, place, cells, dim: is_shown && !holds.is_some(), trouble, fate: None, beside: false })
}

const HERE: &[Column] =
    &[column("name", 0), column("role", 17), column("ends", 10), column("level", 7), column("since", 10), column("reason", 20)];

impl Kind for Collaborators {
    const PLACE: &'static Place = PLACE;
    const COLUMNS: &'static [Column] =
        &[column("name", 0), column("sites", 5), column("roles", 5), column("ends", 10), column("team", 4), column("e-mail", 24)];

    const SHORT: &'static str = "People";

    const OTHER_COLUMNS: &'static [Column] = HERE;

    const TAKES_AWAY: Option<Action> = Some(UNASSIGN);

    const ALONE: &'static [Action] = &[ADD_PERSON, ASSIGN, action::INVITE];

    const ON_MARKED: &'static [Action] = &[ASSIGN, UNASSIGN, REPLACE, STILL_NEEDED, EXTEND, OFFBOARD, action::INVITE, PERSON_MATRIX];

    fn columns(&self) -> &'static [Column] {
        if self.site.is_some() { HERE } else { Self::COLUMNS }
    }

    fn page(&self, env: &Env<'_>, from: &Anchor, limit: usize) -> Result<Vec<Item>> {
        env.drafted.db.page::<Person>(from, limit)?.into_iter().map(|it| self.item(env, it)).collect()
    }

    fn find(&self, env: &Env<'_>, id: i64) -> Result<Option<Item>> {
        if self.is_absent(env, id) {
            return Ok(None);
        }
        env.drafted.db.place_of::<Person>(id)?.map(|it| self.item(env, it)).transpose()
    }

    fn total(&self, env: &Env<'_>) -> Result<usize> {
        env.drafted.db.count::<Person>()
    }

    fn ids(&self, env: &Env<'_>) -> Result<Vec<i64>> {
        env.drafted.db.numbers::<Person>()
    }

    /// On a site those who were read for it, elsewhere those whose whole access is shown.
    fn shown(&self, env: &Env<'_>) -> Result<Option<Shown>> {
        Ok(if self.site.is_some() { None } else { env.sight.people() })
    }

    fn index(db: Reader<'_>, policy: &Policy) -> Result<Index> {
        Index::load::<Person>(db, policy)
    }

    fn moved(&self, change: &Change) -> Option<i64> {
        match change {
            Change::Assignment(edit) if self.site.is_some() => edit.moved().filter(|it| self.reaches(it)).map(|it| it.person.0),
            Change::Person(edit) => edit.moved().map(|it| it.id.0),
            _ => None,
        }
    }

    fn keys(&self, env: &Env<'_>, column: &str) -> Result<Keys> {
        if self.site.is_some() {
            let people = self.people(env);
            return Ok(Keys::Here(people.iter().map(|it| (sorted_here_by(env, it, column), it.person.id.0)).collect()));
        }
        let column = column.to_owned();
        Ok(Keys::Read(Box::new(move |ask, only| order::keys::<Person>(ask, only, |it| sorted_by(ask, it, &column)))))
    }

    fn rights(&self) -> Option<Of> {
        Some(self.site.map_or(Of::People, Of::PeopleOn))
    }

    fn counted(&self) -> &'static [&'static str] {
        if self.site.is_some() { &[] } else { counts::OF_PERSON }
    }

    fn counts(&self, _env: &Env<'_>, field: &'static str) -> Result<Keys> {
        Ok(Keys::Read(Box::new(move |ask, only| counts::keys::<Person>(ask, only, |it| counts::of_person(ask, it.id, field)))))
    }

    fn empty(&self) -> String {
        format!("nobody here; {} gives somebody a role, {} adds a person", key_of(ASSIGN), key_of(ADD_PERSON))
    }

    fn detail(&self, env: &Env<'_>, id: i64, width: usize, theme: &Theme) -> Result<Vec<Line<'static>>> {
        let (db, policy) = (env.drafted.db, env.drafted.policy);
        let Some(row) = db.find::<Person>(PersonId(id))? else { return Ok(Vec::new()) };
        let mut page = vec![fact(theme, "e-mail", &row.email)];
        if let Some(it) = self.here(env, id) {
            page.extend(here_lines(env, it, self.site, width, theme)?);
        }
        let is_whole = env.sight.shows_person(row.id);
        let all = if is_whole { db.assignments_of(row.id)? } else { self.held(env, &row)? };
        if is_whole || !all.is_empty() {
            page.extend([Line::default(), heading(theme, "HOLDS")]);
        }
        for it in all.iter().take(12) {
            let role = policy.role(it.role).map_or("?", |held| held.role.name.as_str());
            let level = if it.level == Level::Team { "team, " } else { "" };
            let live = if it.is_live(env.now) {
                it.until.map_or_else(String::new, |until| format!(" until {}", env.policy.zone.show_until(until)))
            } else {
                " (not now)".to_owned()
            };
            let style = if it.is_live(env.now) { theme.text } else { theme.hint };
            let place = scope_record(db, it.scope)?;
            let words = format!("{level}{place}{live}");
            if 26 + text::width(&words) <= width && text::width(role) <= 25 {
                page.push(Line::from(vec![span(&cell(role, 26), style), span(&words, theme.hint)]));
            } else {
                page.extend([
                    Line::from(span(role, style)),
                    Line::from(span(&format!("  {}", text::fit(&words, width.saturating_sub(2))), theme.hint)),
                ]);
            }
        }
        if all.len() > 12 {
            page.push(Line::styled(
                format!("and {} more; {} shows the matrix of all sites", all.len() - 12, key_of(PERSON_MATRIX)),
                theme.hint,
            ));
        }
        if !is_whole {
            return Ok(page);
        }
        let owned = db.n_sites_owned_by(row.id)?;
        if owned > 0 {
            page.push(Line::from(format!("owns {}", plural(owned, "site"))));
        }
        if all.is_empty() && owned == 0 {
            page.push(Line::styled("nothing: no role, no site", theme.hint));
        }
        page.extend(waiting(theme, &offers::to_address(db, env.policy, env.now, &row.email, Open::Unanswered)?, env.policy.zone, env.now));
        Ok(page)
    }

    fn act(&mut self, env: &Env<'_>, id: Option<i64>, action: Action) -> Result<Option<Vec<Message>>> {
        let row = id.map(|id| env.db.find::<Person>(PersonId(id))).transpose()?.flatten();
        match action {
            ADD_PERSON => return Ok(Some(vec![Message::Open(forms::person(None))])),
            ASSIGN => {
                return self.give(env, row.into_iter().collect()).map(Some);
            }
            action::INVITE => {
                let site = self.site.map(|id| env.db.find::<Site>(id)).transpose()?.flatten();
                // On a site somebody else is meant; among all people the one under the cursor.
                let emails = row.filter(|_| site.is_none()).into_iter().map(|it| it.email).collect();
                let start = invite::Start { emails, sites: site.into_iter().collect(), ..invite::Start::default() };
                return Ok(Some(vec![Message::Open(invite::open(env, start))]));
            }
            _ => {}
        }
        let Some(row) = row else { return Ok(None) };
        let is_about_all = matches!(action, action::VIEW_AS | TEAM_SCOPES | action::WHY);
        if is_about_all && !env.sight.shows_person(row.id) {
            return Ok(Some(vec![hidden(env)]));
        }
        Ok(match action {
            action::OPEN | PERSON_MATRIX => Some(vec![match self.site {
                Some(site) => Message::Go(Journey::MatrixOfSite(site, Some(row.id))),
                None => Message::Go(Journey::MatrixOfPerson(row.id)),
            }]),
            EDIT_PERSON => Some(vec![Message::Open(forms::person(Some(&row)))]),
            action::VIEW_AS => Some(vec![Message::Go(Journey::ViewAs(row.id))]),
            ACT_AS => Some(vec![Message::ActAs(row.id)]),
            UNASSIGN => {
                let held = self.held(env, &row)?;
                Some(vec![if held.is_empty() {
                    Message::Complain(format!("{} holds no role here to take", text::display(&row.name)))
                } else {
                    Message::Open(forms::unassign(env, &row, &held)?)
                }])
            }
            TEAM_SCOPES => Some(vec![Message::Open(Team::open(env, &row)?)]),
            REPLACE => self.ask_of(env, vec![row.id], instead::replace)?,
            STILL_NEEDED => self.ask_of(env, vec![row.id], instead::keep)?,
            EXTEND => Some(vec![leaving::extend(env, &row, &self.held(env, &row)?)?]),
            OFFBOARD => Some(vec![leaving::take_all(env, vec![row], self.site)?]),
            action::WHY => Some(vec![Message::Open(own_access::open(env, &row)?)]),
            action::TIMELINE => Some(vec![Message::Go(Journey::History(Story::Person(row.id)))]),
            _ => None,
        })
    }

    fn act_on_marked(&mut self, env: &Env<'_>, ids: &[i64], action: Action) -> Result<Option<Vec<Message>>> {
        let people = || env.drafted.db.picked::<Person>(ids).map(|it| it.into_iter().map(|it| it.row).collect::<Vec<_>>());
        let holders = |asks: Asks| self.ask_of(env, ids.iter().copied().map(PersonId).collect(), asks);
        Ok(match action {
            ASSIGN => Some(self.give(env, people()?)?),
            UNASSIGN => holders(bulk::unassign)?,
            REPLACE => holders(instead::replace)?,
            STILL_NEEDED => holders(instead::keep)?,
            EXTEND => holders(bulk::extend)?,
            OFFBOARD => Some(vec![leaving::take_all(env, people()?, self.site)?]),
            action::INVITE => {
                let site = self.site.map(|id| env.db.find::<Site>(id)).transpose()?.flatten();
                let emails = people()?.into_iter().map(|it| it.email).collect();
                Some(vec![Message::Open(invite::open(env, invite::Start { emails, sites: site.into_iter().collect(), ..invite::Start::default() }))])
            }
            PERSON_MATRIX if ids.len() > 1 => {
                let people: Vec<PersonId> = ids.iter().copied().map(PersonId).collect();
                Some(vec![Message::Go(match self.site {
                    Some(site) => Journey::ComparePeople(site, people),
                    None => Journey::CompareAnywhere(people),
                })])
            }
            _ => None,
        })
    }
}

/// What the person can and cannot do on the chosen site, category by category.
fn here_lines(env: &Env<'_>, it: &Collaborator, site: Option<SiteId>, width: usize, theme: &Theme) -> Result<Vec<Line<'static>>> {
    let mut page = vec![fact(theme, "here", &held(env.drafted.policy, it))];
    let row = site.map(|id| env.drafted.db.find::<Site>(id)).transpose()?.flatten();
    let Some(row) = row else { return Ok(page) };
    let ground = access::ground(env.drafted.policy, &row)?;
    let mut by_part: [Vec<&str>; 3] = Default::default();
    for category in &ground.catalog.categories {
        by_part[Part::of(category.members, it.access) as usize].push(&category.name);
    }
    page.push(Line::default());
    for (name, categories, style) in
        [("CAN", &by_part[0], theme.text), ("SOME", &by_part[1], theme.text), ("CANNOT", &by_part[2], theme.hint)]
    {
        let words = if categories.is_empty() { "nothing".to_owned() } else { categories.join(", ") };
        for (at, line) in wrap(&words, width.saturating_sub(8)).into_iter().take(4).enumerate() {
            let label = if at == 0 { name } else { "" };
            page.push(Line::from(vec![span(&format!("{label:<8}"), theme.heading), span(&line, style)]));
        }
    }
    Ok(page)
}
