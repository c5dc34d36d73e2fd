//! Roles: the agency's own first, then those of each platform, then templates that are none yet.

use std::cell::{Ref, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use anyhow::Result;
use ratatui::text::Line;

use super::list::Kind;
use super::list::sorting::Keys;
use crate::domain::change::Change;
use crate::domain::ids::RoleId;
use crate::domain::policy::{HeldRole, Policy};
use crate::domain::text;
use crate::domain::things::{Person, Role};
use crate::facts::Reader;
use crate::query::access::scope_record;
use crate::query::matrix::Part;
use crate::query::order::Key as By;
use crate::query::counts::{self, n_sensitive};
use crate::query::rights::Of;
use crate::query::search::{self, Index};
use crate::query::sight::Shown;
use crate::query::templates::usual_end;
use crate::store::page::{Anchor, Position};
use crate::tui::action::{self, Action, Place, actions};
use crate::tui::keymap::key_of;
use crate::tui::overlays::sheet::{Sheet, Tone};
use crate::tui::overlays::{forms, invite, leaving};
use crate::tui::theme::Theme;
use crate::tui::view::{Env, Message, Journey};
use crate::tui::widgets::lines::{fact, heading, plural, span, wrap};
use crate::tui::widgets::window::{Column, Item, column, positions};

actions! {
    PLACE "Roles" "Named sets of permissions: your own first, then those of each platform, then templates to make one of." as Lower {
        GIVE_THIS "give-this" ["a"] "give" Form([InvitePeople, InviteTeam]) "Give this role to somebody, or all that are marked";
        ADD_ROLE "add-role" ["n"] "new" Form([ManageRoles]) "Add an empty custom role";
        DUPLICATE "duplicate" ["c"] "copy" Form([ManageRoles]) "Copy this role or template into a custom one";
        EDIT_ROLE "edit-role" ["e"] "edit" Form([ManageRoles]) "Edit this custom role's name and description";
        REMOVE_ROLE "remove-role" ["d"] "delete" Form([ManageRoles]) "Remove this custom role; its holders get another";
        WHO_HOLDS "who-holds" ["W"] "" "Who holds this role, and where";
        ROLE_MATRIX "role-matrix" ["m"] "matrix" "Go to this role in the matrix; of marked roles, to what differs between them";
    }
}

/// Their order is found once: with what is staged, and as they are saved.
#[derive(Default)]
pub(in crate::tui) struct Roles {
    orders: RefCell<[Option<Vec<RoleId>>; 2]>,
    /// By how many people each is held that no staged step gives or takes: many assignments are read for that.
    holders: RefCell<HashMap<RoleId, usize>>,
}

impl Roles {
    fn order(&self, env: &Env<'_>) -> Ref<'_, [RoleId]> {
        let at = usize::from(env.is_saved());
        let numbers = || listed(env.drafted.policy).into_iter().map(|it| it.role.id).collect();
        self.orders.borrow_mut()[at].get_or_insert_with(numbers);
        Ref::map(self.orders.borrow(), |it| it[at].as_deref().unwrap_or_default())
    }

    fn holders(&self, env: &Env<'_>, role: RoleId) -> Result<usize> {
        if !env.is_saved() && is_given(env, role) {
            return Ok(env.sight.holders_of(env.drafted.db, env.drafted.policy, role)?.1);
        }
        let known = self.holders.borrow().get(&role).copied();
        known.map_or_else(
            || {
                let (_, people) = env.sight.holders_of(env.db, env.policy, role)?;
                self.holders.borrow_mut().insert(role, people);
                Ok(people)
            },
            Ok,
        )
    }

    fn item(&self, env: &Env<'_>, at: usize, held: &HeldRole) -> Result<Item> {
        let place = Position { fold: String::new(), id: i64::try_from(at).unwrap_or(i64::MAX) };
        let people = if held.is_template() { 0 } else { self.holders(env, held.role.id)? };
        let holders = if people > 0 { people.to_string() } else { String::new() };
        let catalog = env.drafted.policy.catalog(&held.role.platform);
        let grants = catalog.map_or_else(String::new, |it| format!("{}/{}", held.closed.len(), it.len()));
        let sensitive = n_sensitive(env.drafted.policy, held).to_string();
        let cells = vec![held.role.name.clone(), holders, grants, sensitive, kind_of(held).to_owned(), held.role.level.as_str().to_owned()];
        Ok(Item { id: held.role.id.0, place, cells, dim: held.is_template(), trouble: false, fate: None, beside: false })
    }

    fn sorted_by(&self, env: &Env<'_>, held: &HeldRole, column: &str) -> Result<By> {
        Ok(match column {
            "held by" if held.is_template() => By::Empty,
            "held by" => By::some(self.holders(env, held.role.id)?),
            "grants" => By::count(held.closed.len()),
            "risky" => By::count(n_sensitive(env.drafted.policy, held)),
            "kind" => By::text(kind_of(held)),
            "level" => By::text(held.role.level.as_str()),
            _ => By::text(&held.role.name),
        })
    }
}

/// Whether a staged step gives or takes the role.
fn is_given(env: &Env<'_>, role: RoleId) -> bool {
    env.draft.each_change().any(|it| if let Change::Assignment(edit) = it { edit.any(|it| it.role == role) } else { false })
}

/// The roles of which the actor may know, in list order.
pub(in crate::tui) fn known<'a>(env: &Env<'a>) -> Vec<&'a HeldRole> {
    let mut roles = sorted(env.policy);
    roles.retain(|it| env.sight.knows(env.db, &*it.role).unwrap_or(false));
    roles
}

/// Every role in list order.
fn sorted(policy: &Policy) -> Vec<&HeldRole> {
    let platforms: Vec<&str> = policy.catalogs().map(|it| it.platform.as_str()).collect();
    let rank = |it: &HeldRole| {
        let catalog = policy.catalog(&it.role.platform);
        let built = catalog.and_then(|catalog| catalog.roles.iter().position(|role| it.role.builtin && role.key == it.role.key));
        (it.role.builtin, platforms.iter().position(|name| *name == it.role.platform), built)
    };
    let mut roles: Vec<&HeldRole> = policy.roles().collect();
    roles.sort_by_cached_key(|it| (rank(it), text::fold(&it.role.name)));
    roles
}

/// Every role in list order, and behind them the templates of which no role was made.
fn listed(policy: &Policy) -> Vec<&HeldRole> {
    let mut listed = sorted(policy);
    listed.extend(policy.templates().iter().filter(|it| policy.made_of(it).is_none()));
    listed
}

fn kind_of(held: &HeldRole) -> &str {
    match (held.is_template(), held.role.builtin) {
        (true, _) => "template",
        (false, true) => &held.role.platform,
        (false, false) => "custom",
    }
}

impl Kind for Roles {
    const PLACE: &'static Place = PLACE;
    const COLUMNS: &'static [Column] = &[
        column("name", 0),
        column("held by", 7),
        column("grants", 7),
        column("risky", 5),
        column("kind", 9),
        column("level", 5),
    ];

    const TAKES_AWAY: Option<Action> = Some(REMOVE_ROLE);

    const ALONE: &'static [Action] = &[ADD_ROLE];

    const ON_MARKED: &'static [Action] = &[GIVE_THIS, action::INVITE, ROLE_MATRIX];

    fn page(&self, env: &Env<'_>, from: &Anchor, limit: usize) -> Result<Vec<Item>> {
        let order = self.order(env);
        let range = positions(from, limit, order.len());
        range.filter_map(|at| env.drafted.policy.role(order[at]).map(|held| self.item(env, at, held))).collect()
    }

    fn find(&self, env: &Env<'_>, id: i64) -> Result<Option<Item>> {
        let at = self.order(env).iter().position(|it| it.0 == id);
        at.zip(env.drafted.policy.role(RoleId(id))).map(|(at, held)| self.item(env, at, held)).transpose()
    }

    fn total(&self, env: &Env<'_>) -> Result<usize> {
        Ok(self.order(env).len())
    }

    fn ids(&self, env: &Env<'_>) -> Result<Vec<i64>> {
        Ok(self.order(env).iter().map(|it| it.0).collect())
    }

    fn shown(&self, env: &Env<'_>) -> Result<Option<Shown>> {
        env.sight.roles(env.db)
    }

    fn index(_db: Reader<'_>, policy: &Policy) -> Result<Index> {
        let text = |it: &HeldRole| {
            let kind = if it.role.builtin { "built-in" } else { kind_of(it) };
            let (name, platform, level) = (format!("{} {}", it.role.name, it.role.key), it.role.platform.as_str(), it.role.level.as_str());
            search::row([
                ("role", name.as_str()),
                ("name", &it.role.name),
                ("key", &it.role.key),
                ("platform", platform),
                ("level", level),
                ("kind", kind),
                ("about", it.role.about.as_str()),
            ])
        };
        Ok(Index::of(listed(policy).into_iter().map(|it| (it.role.id.0, text(it)))))
    }

    fn moved(&self, change: &Change) -> Option<i64> {
        if let Change::Role(edit) = change { edit.moved().map(|it| it.id.0) } else { None }
    }

    fn keys(&self, env: &Env<'_>, column: &str) -> Result<Keys> {
        let rows = listed(env.drafted.policy).into_iter().map(|it| Ok((self.sorted_by(env, it, column)?, it.role.id.0)));
        Ok(Keys::Here(rows.collect::<Result<_>>()?))
    }

    fn rights(&self) -> Option<Of> {
        Some(Of::Roles)
    }

    fn stale(&mut self) {
        self.restaged();
        self.holders.get_mut().clear();
    }

    fn restaged(&mut self) {
        *self.orders.get_mut() = [None, None];
    }

    fn counted(&self) -> &'static [&'static str] {
        counts::OF_ROLE
    }

    /// Who holds them is counted beside the keys: many assignments are read for that.
    fn counts(&self, _env: &Env<'_>, field: &'static str) -> Result<Keys> {
        Ok(Keys::Read(Box::new(move |ask, _| {
            let key = |it: &HeldRole| Ok((counts::of_role(ask, it, field)?.map_or(By::Empty, By::Number), it.role.id.0));
            ask.policy.roles().chain(ask.policy.templates()).map(key).collect()
        })))
    }

    fn empty(&self) -> String {
        "no roles".to_owned()
    }

    fn detail(&self, env: &Env<'_>, id: i64, width: usize, theme: &Theme) -> Result<Vec<Line<'static>>> {
        let (db, policy) = (env.drafted.db, env.drafted.policy);
        let Some(held) = policy.role(RoleId(id)) else { return Ok(Vec::new()) };
        let role = &held.role;
        let mut page: Vec<Line<'static>> = wrap(&role.about, width).into_iter().map(Line::from).collect();
        let level = match role.level {
            crate::domain::things::RoleLevel::Both => "site and team",
            other => other.as_str(),
        };
        let kind = match (held.is_template(), role.builtin) {
            (true, _) => format!("template, {} makes a role of it", key_of(DUPLICATE)),
            (false, true) => format!("built in, {} copies it", key_of(DUPLICATE)),
            (false, false) => "custom".to_owned(),
        };
        page.extend([fact(theme, "kind", &format!("{kind}, {level} level, {}", role.platform)), fact(theme, "key", &role.key)]);
        if let Some(template) = policy.template(held) {
            page.push(fact(theme, "ends", &usual_end(template.days)));
        } else if env.sight.is_whole() {
            let (places, people) = db.holders_of(role.id)?;
            let holders = format!("{} in {}", plural(usize::try_from(people)?, "person"), plural(usize::try_from(places)?, "place"));
            page.push(fact(theme, "held by", &holders));
        }
        let Some(catalog) = policy.catalog(&role.platform) else { return Ok(page) };
        page.push(fact(theme, "grants", &format!("{} of {} permissions", held.closed.len(), catalog.len())));
        page.push(Line::default());
        for (name, wanted) in [("ALL OF", Part::All), ("SOME OF", Part::Some)] {
            let part = |members| Part::of(members, held.closed);
            let names: Vec<&str> = catalog.categories.iter().filter(|it| part(it.members) == wanted).map(|it| it.name.as_str()).collect();
            if !names.is_empty() {
                page.push(heading(theme, name));
                page.extend(wrap(&names.join(", "), width).into_iter().map(Line::from));
            }
        }
        let unknown: Vec<&String> = role.permissions.iter().filter(|id| catalog.find(id).is_none()).collect();
        if !unknown.is_empty() {
            page.push(Line::default());
            page.push(Line::from(span("keeps permissions that the catalog does not know:", theme.risk)));
            page.extend(unknown.iter().take(5).map(|id| Line::from(span(id, theme.text))));
        }
        Ok(page)
    }

    fn act(&mut self, env: &Env<'_>, id: Option<i64>, action: Action) -> Result<Option<Vec<Message>>> {
        if action == ADD_ROLE {
            return Ok(Some(vec![Message::Open(forms::role(env, None))]));
        }
        let Some(held) = id.and_then(|id| env.drafted.policy.role(RoleId(id))) else { return Ok(None) };
        if held.is_template() {
            return Ok(act_on_template(held, action).map(|it| vec![it]));
        }
        let custom = || {
            let words = || format!("{} is built in; {} copies it into a role of your own", held.role.name, key_of(DUPLICATE));
            (held.role.builtin).then(|| Message::Complain(words()))
        };
        Ok(match action {
            action::OPEN | ROLE_MATRIX => Some(vec![Message::Go(Journey::Role(held.role.id))]),
            GIVE_THIS => Some(vec![give(env, vec![Arc::clone(&held.role)])]),
            DUPLICATE => Some(vec![Message::Open(forms::duplicate(held))]),
            EDIT_ROLE => Some(vec![custom().unwrap_or_else(|| Message::Open(forms::role(env, Some(held))))]),
            action::INVITE => {
                let start = invite::Start { roles: vec![held.role.key.clone()], ..invite::Start::default() };
                Some(vec![Message::Open(invite::open(env, start))])
            }
            WHO_HOLDS => Some(vec![holders(env, held)?]),
            REMOVE_ROLE => Some(vec![match custom() {
                Some(refusal) => refusal,
                None => leaving::retire(env, held)?,
            }]),
            action::TIMELINE => Some(vec![Message::Complain(super::no_history_of_roles())]),
            _ => None,
        })
    }

    fn act_on_marked(&mut self, env: &Env<'_>, ids: &[i64], action: Action) -> Result<Option<Vec<Message>>> {
        let ids = ids.iter().map(|id| RoleId(*id));
        let template = ids.clone().filter_map(|id| env.drafted.policy.role(id)).find(|it| it.is_template());
        if let Some(held) = template.filter(|_| action != ROLE_MATRIX) {
            return Ok(act_on_template(held, action).map(|it| vec![it]));
        }
        let roles = ids.clone().filter_map(|id| env.drafted.policy.role(id)).map(|it| Arc::clone(&it.role));
        Ok(match action {
            GIVE_THIS => Some(vec![give(env, roles.collect())]),
            action::INVITE => {
                let start = invite::Start { roles: roles.map(|it| it.key.clone()).collect(), ..invite::Start::default() };
                Some(vec![Message::Open(invite::open(env, start))])
            }
            ROLE_MATRIX if ids.len() > 1 => Some(vec![Message::Go(Journey::CompareRoles(ids.collect()))]),
            _ => None,
        })
    }
}

/// What can be done with a template: it is looked at, and made a role.
fn act_on_template(held: &HeldRole, action: Action) -> Option<Message> {
    let words = || format!("{} is a template; {} makes a role of it", text::display(&held.role.name), key_of(DUPLICATE));
    match action {
        action::OPEN | ROLE_MATRIX => Some(Message::Go(Journey::CompareRoles(vec![held.role.id]))),
        DUPLICATE => Some(Message::Open(forms::duplicate(held))),
        GIVE_THIS | EDIT_ROLE | REMOVE_ROLE | WHO_HOLDS | action::INVITE | action::TIMELINE => Some(Message::Complain(words())),
        _ => None,
    }
}

/// Most places in which a role is held that are told one by one.
const MAX_HOLDERS: usize = 300;

/// Who holds a role, as far as that is shown: each with the places.
fn holders(env: &Env<'_>, held: &HeldRole) -> Result<Message> {
    let mut sheet = Sheet::new(format!("Who holds {}", text::display(&held.role.name)));
    let (db, policy) = (env.drafted.db, env.drafted.policy);
    let mut people: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for it in db.assignments_with(held.role.id, MAX_HOLDERS + 1)?.iter().take(MAX_HOLDERS) {
        if env.sight.shows_assignment(db, policy, it)?
            && let Some(person) = db.find::<Person>(it.person)?
        {
            people.entry((person.name, person.email)).or_default().push(scope_record(db, it.scope)?.to_string());
        }
    }
    let (places, n) = env.sight.holders_of(db, policy, held.role.id)?;
    sheet.say(Tone::Heading, format!("{} in {}", plural(n, "person"), plural(places, "place")));
    for ((name, email), places) in people {
        sheet.say(Tone::Text, format!("  {name}, {email}"));
        sheet.say(Tone::Hint, format!("    {}", places.join(", ")));
    }
    if places > MAX_HOLDERS {
        sheet.say(Tone::Hint, format!("  the first {MAX_HOLDERS} places"));
    }
    Ok(Message::Open(Box::new(sheet)))
}

fn give(env: &Env<'_>, roles: Vec<Arc<Role>>) -> Message {
    Message::Open(forms::assign(env, &forms::Grant { roles, ..forms::Grant::default() }))
}
