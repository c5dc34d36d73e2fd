//! Contacts: whom the agency deals with.

use anyhow::Result;
use ratatui::text::Line;

use super::invites::waiting;
use super::list::sorting::Keys;
use super::list::{Kind, ends};
use crate::command::Command;
use crate::domain::change::Change;
use crate::domain::ids::ContactId;
use crate::domain::policy::Policy;
use crate::domain::contact::{Contact, ContactRecord};
use crate::domain::record::Key;
use crate::domain::text;
use crate::domain::things::{ContactStatus, Person};
use crate::facts::Reader;
use crate::query::columns::Columns;
use crate::query::counts;
use crate::query::order::{self, Ask, Key as By};
use crate::query::search::Index;
use crate::query::sight::Shown;
use crate::query::rows::{self, Holds};
use crate::query::{access, offers};
use crate::store::page::{Anchor, Placed};
use crate::tui::action::{self, Action, Place, actions};
use crate::tui::keymap::key_of;
use crate::tui::overlays::{bulk, forms, invite, leaving, own_access, request};
use crate::tui::theme::Theme;
use crate::tui::view::{Env, Journey, Message, Story};
use crate::tui::widgets::lines::{fact, heading, span, wrap};
use crate::tui::widgets::window::{Column, Item, column};

actions! {
    PLACE "Contacts" "Whom the agency deals with: leads, clients, former ones." as Stack {
        ADD_CONTACT "add-contact" ["n"] "new" Form([ManageContacts]) "Add a contact";
        REQUEST "request" ["I"] "ask access" Form([ManageContacts, InvitePeople]) "Ask this contact for access to a site of theirs";
        EDIT_CONTACT "edit-contact" ["e"] "edit" Form([ManageContacts]) "Edit this contact, or the status of all that are marked";
        REMOVE_CONTACT "remove-contact" ["d"] "delete" Step([ManageContacts]) "Remove this contact";
        OFFBOARD_CONTACT "offboard-contact" ["D"] "" Step([]) "Take all that this contact's person has, or those of all that are marked: somewhere, in the team, everywhere, as it is ticked";
    }
}

/// Sites that the page about a contact names.
const MAX_SITES: usize = 10;

#[derive(Default)]
pub(in crate::tui) struct Contacts {
    /// Why those whom the screens are viewed as see none.
    pub(in crate::tui) unseen: Option<&'static str>,
}

fn item(env: &Env<'_>, row: Placed<Contact>) -> Result<Item> {
    let Placed { place, row } = row;
    let holds = holds(&Ask { db: env.drafted.db, policy: env.drafted.policy, now: env.now }, &row)?;
    let is_former = row.status == ContactStatus::Former;
    let sites = if holds.sites.n > 0 { holds.sites.to_string() } else { String::new() };
    let labels = row.labels.join(", ");
    let cells = vec![row.name, row.status.to_string(), sites, ends(env, holds.ends, holds.roles > 0), labels, row.email.unwrap_or_default()];
    Ok(Item { id: row.id.0, place, cells, dim: is_former && !holds.is_some(), trouble: is_former && holds.is_some() || rows::ends_soon(holds.ends, env.now), fate: None, beside: false })
}

/// What the contact's person holds, as far as that is shown.
fn holds(ask: &Ask<'_>, row: &Contact) -> Result<Holds> {
    let person = row.email.as_deref().map(|it| ask.db.person_by_email(it)).transpose()?.flatten();
    let person = person.filter(|it| ask.db.sight().shows_person(it.id));
    Ok(person.map(|it| rows::holds(ask.db, it.id, ask.now)).transpose()?.unwrap_or_default())
}

fn sorted_by(ask: &Ask<'_>, row: &Contact, column: &str) -> Result<By> {
    Ok(match column {
        "status" => By::text(row.status.as_str()),
        "sites" => By::some(holds(ask, row)?.sites.n),
        "ends" => holds(ask, row).map(|it| By::end(it.ends, it.roles > 0))?,
        "labels" => By::text(&row.labels.join(", ")),
        "e-mail" => By::text(row.email.as_deref().unwrap_or_default()),
        _ => By::text(&row.name),
    })
}

impl Kind for Contacts {
    const PLACE: &'static Place = PLACE;
    const COLUMNS: &'static [Column] = &[
        column("name", 0),
        column("status", 6),
        column("sites", 5),
        column("ends", 10),
        column("labels", 14),
        column("e-mail", 24),
    ];

    const TAKES_AWAY: Option<Action> = Some(REMOVE_CONTACT);

    const ALONE: &'static [Action] = &[ADD_CONTACT];

    const ON_MARKED: &'static [Action] = &[action::INVITE, EDIT_CONTACT, OFFBOARD_CONTACT];

    fn page(&self, env: &Env<'_>, from: &Anchor, limit: usize) -> Result<Vec<Item>> {
        env.drafted.db.page::<Contact>(from, limit)?.into_iter().map(|it| item(env, it)).collect()
    }

    fn find(&self, env: &Env<'_>, id: i64) -> Result<Option<Item>> {
        env.drafted.db.place_of::<Contact>(id)?.map(|it| item(env, it)).transpose()
    }

    fn total(&self, env: &Env<'_>) -> Result<usize> {
        env.drafted.db.count::<Contact>()
    }

    fn ids(&self, env: &Env<'_>) -> Result<Vec<i64>> {
        env.drafted.db.numbers::<Contact>()
    }

    fn shown(&self, env: &Env<'_>) -> Result<Option<Shown>> {
        Ok(env.sight.contacts())
    }

    fn index(db: Reader<'_>, policy: &Policy) -> Result<Index> {
        Index::load::<Contact>(db, policy)
    }

    fn moved(&self, change: &Change) -> Option<i64> {
        if let Change::Contact(edit) = change { edit.moved().map(|it| it.id.0) } else { None }
    }

    fn keys(&self, _env: &Env<'_>, column: &str) -> Result<Keys> {
        let column = column.to_owned();
        Ok(Keys::Read(Box::new(move |ask, only| order::keys::<Contact>(ask, only, |it| sorted_by(ask, it, &column)))))
    }

    fn counted(&self) -> &'static [&'static str] {
        counts::OF_CONTACT
    }

    fn counts(&self, _env: &Env<'_>, field: &'static str) -> Result<Keys> {
        Ok(Keys::Read(Box::new(move |ask, only| counts::keys::<Contact>(ask, only, |it| counts::of_contact(ask, it, field)))))
    }

    fn empty(&self) -> String {
        let adds = || {
            let (adds, palette, import) = (key_of(ADD_CONTACT), key_of(action::PALETTE), action::IMPORT.id);
            format!("no contacts yet: {adds} adds one, and {palette}{import} takes in a CSV or vCard file")
        };
        self.unseen.map_or_else(adds, str::to_owned)
    }

    fn detail(&self, env: &Env<'_>, id: i64, width: usize, theme: &Theme) -> Result<Vec<Line<'static>>> {
        let db = env.db;
        let Some(row) = db.find::<Contact>(ContactId(id))? else { return Ok(Vec::new()) };
        let mut page = vec![fact(theme, "status", row.status.as_str())];
        let cells = ContactRecord::from(row.clone()).cells(env.policy.zone);
        let named = ContactRecord::COLUMNS.iter().map(|it| it.name).zip(&cells);
        let told = named.filter(|(name, cell)| !["name", "status", "notes"].contains(name) && !cell.is_empty());
        page.extend(told.map(|(name, cell)| fact(theme, if name == "email" { "e-mail" } else { name }, cell)));
        let person = row.email.as_deref().map(|it| db.person_by_email(it)).transpose()?.flatten();
        page.push(Line::default());
        if person.as_ref().is_some_and(|it| !env.sight.shows_person(it.id)) {
            page.push(Line::styled("what they have access to is not shown to you", theme.hint));
        } else if let Some(person) = person {
            let sites = access::first_sites_of(db, env.policy, person.id, MAX_SITES + 1)?;
            page.push(heading(theme, "SITES"));
            for site in sites.iter().take(MAX_SITES) {
                let what = if site.owner == person.id { "owner" } else { "has a role" };
                page.push(Line::from(vec![
                    span(&format!("{:<28} ", text::fit(&text::display(&site.name), 28)), theme.text),
                    span(what, theme.hint),
                ]));
            }
            if sites.len() > MAX_SITES {
                page.push(Line::styled(format!("and more; {} lists them", key_of(action::OPEN)), theme.hint));
            }
            if sites.is_empty() {
                page.push(Line::styled("none: owns no site and holds no role", theme.hint));
            }
        } else {
            page.push(Line::styled("holds no access: no person has this address", theme.hint));
        }
        if env.sight.is_whole() {
            page.extend(waiting(theme, &offers::about_contact(db, env.policy, env.now, row.id)?, env.policy.zone, env.now));
        }
        if !row.notes.is_empty() {
            page.extend([Line::default(), heading(theme, "NOTES")]);
            page.extend(wrap(&row.notes, width).into_iter().map(Line::from));
        }
        Ok(page)
    }

    fn act(&mut self, env: &Env<'_>, id: Option<i64>, action: Action) -> Result<Option<Vec<Message>>> {
        if action == ADD_CONTACT {
            return Ok(Some(vec![Message::Open(forms::contact(None))]));
        }
        let row = id.map(|id| env.db.find::<Contact>(ContactId(id))).transpose()?.flatten();
        let Some(row) = row else { return Ok(None) };
        Ok(match action {
            action::OPEN => Some(vec![Message::Go(Journey::SitesOf(row.id))]),
            EDIT_CONTACT => Some(vec![Message::Open(forms::contact(Some(&row)))]),
            action::INVITE => {
                let client = row.status == ContactStatus::Client;
                let start = invite::Start { emails: row.email.into_iter().collect(), client, ..invite::Start::default() };
                Some(vec![Message::Open(invite::open(env, start))])
            }
            action::VIEW_AS => Some(vec![people_behind(env, &[row])?.pop().map_or_else(nobody, |it| Message::Go(Journey::ViewAs(it.id)))]),
            OFFBOARD_CONTACT => Some(vec![offboard(env, &[row])?]),
            action::WHY => match people_behind(env, &[row])?.pop() {
                Some(person) => Some(vec![Message::Open(own_access::open(env, &person)?)]),
                None => None,
            },
            REQUEST => Some(vec![Message::Open(request::ask(env, &row))]),
            action::TIMELINE => Some(vec![Message::Go(Journey::History(Story::Contact(row.id)))]),
            REMOVE_CONTACT => {
                let who = row.email.clone().unwrap_or_else(|| row.name.clone());
                Some(vec![Message::Ask(
                    format!("Remove the contact {}?", text::display(&row.name)),
                    vec![Command::Remove(Key::Contact(who))],
                )])
            }
            _ => None,
        })
    }

    fn act_on_marked(&mut self, env: &Env<'_>, ids: &[i64], action: Action) -> Result<Option<Vec<Message>>> {
        let rows = || env.db.picked::<Contact>(ids).map(|it| it.into_iter().map(|it| it.row).collect::<Vec<_>>());
        Ok(match action {
            EDIT_CONTACT => Some(vec![bulk::status(rows()?)]),
            OFFBOARD_CONTACT => Some(vec![offboard(env, &rows()?)?]),
            action::INVITE => {
                let rows = rows()?;
                let client = rows.iter().all(|it| it.status == ContactStatus::Client);
                let emails = rows.into_iter().filter_map(|it| it.email).collect();
                Some(vec![Message::Open(invite::open(env, invite::Start { emails, client, ..invite::Start::default() }))])
            }
            _ => None,
        })
    }
}

/// The people that contacts are, as far as they may be known.
fn people_behind(env: &Env<'_>, rows: &[Contact]) -> Result<Vec<Person>> {
    let found = rows.iter().filter_map(|it| it.email.as_deref()).map(|it| env.db.person_by_email(it));
    let found = found.collect::<Result<Vec<_>>>()?.into_iter().flatten();
    Ok(found.filter(|it| env.sight.shows_person(it.id)).collect())
}

fn nobody() -> Message {
    Message::Complain("holds no access: no person has this address".to_owned())
}

fn offboard(env: &Env<'_>, rows: &[Contact]) -> Result<Message> {
    let people = people_behind(env, rows)?;
    if people.is_empty() { Ok(nobody()) } else { leaving::take_all(env, people, None) }
}
