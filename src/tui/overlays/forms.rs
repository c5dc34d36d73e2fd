//! Forms: what to ask for, field by field, and the command that comes of it.

use std::sync::Arc;

use anyhow::Result;

use super::form::{Entered, Form, Input, Kind, Values};
use crate::command::Command;
use crate::domain::contact::{Contact, ContactRecord};
use crate::domain::policy::{HeldRole, Policy};
use crate::domain::record::{AssignmentRecord, Key, PersonRecord, Record, Recorded, RoleRecord, ScopeRecord, SiteRecord};
use crate::domain::text;
use crate::domain::things::RoleLevel;
use crate::domain::things::{Assignment, ContactStatus, Host, Level, Person, Role, Site, SiteStatus};
use crate::domain::time::{self, Zone};
use crate::query::records;
use crate::tui::view::{Env, Message, Overlay};

/// An edit where there was something before, an addition where there was not.
fn put(before: Option<Record>, after: Record) -> Command {
    match before {
        Some(before) => Command::Edit { before, after },
        None => Command::Add(after),
    }
}

/// Words separated by commas.
fn words(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

/// A line that may be empty.
fn optional(label: &'static str, text: Option<&str>, check: fn(&str) -> Result<String, String>) -> Input {
    Input::line(label, text.unwrap_or_default()).checked(move |it| text::optional(Some(it), check).map(drop)).hint("may be empty")
}

fn named(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|it| !it.is_empty())
}

pub(in crate::tui) fn contact(row: Option<&Contact>) -> Box<dyn Overlay> {
    let before = row.cloned().map(ContactRecord::from);
    let seed = before.clone().unwrap_or_default();
    let statuses = ContactStatus::ALL.iter().map(|it| it.as_str());
    // What is typed, and where it goes.
    let field = |input: Input, put: fn(&mut ContactRecord, String)| (input, put);
    let fields = [
        field(Input::line("Name", &seed.name).checked(|it| text::required("name", it).map(drop)).first(before.is_some()), |it, text| {
            it.name = text;
        }),
        field(optional("E-mail", seed.email.as_deref(), text::email).named_in(0), |it, text| it.email = named(&text)),
        field(Input::choice("Status", statuses, seed.status.as_str()), |it, text| {
            it.status = ContactStatus::parse(&text).unwrap_or_default();
        }),
        field(Input::line("Labels", &seed.labels.join(", ")).hint("separated by commas"), |it, text| it.labels = words(&text)),
        field(optional("Phone", seed.phone.as_deref(), text::phone), |it, text| it.phone = named(&text)),
        field(Input::notes("Notes", &seed.notes).checked(|it| text::note("notes", it).map(drop)), |it, text| it.notes = text),
    ];
    let (inputs, puts): (Vec<_>, Vec<_>) = fields.into_iter().unzip();
    let build = move |values: &Values<'_>, _: &Env<'_>| {
        let mut after = ContactRecord::default();
        puts.iter().enumerate().for_each(|(at, put)| put(&mut after, values.text(at)));
        Ok(vec![Message::Run(put(before.clone().map(Record::Contact), Record::Contact(after)))])
    };
    let title = row.map_or("Add a contact", |_| "Edit the contact");
    Form::open(title, inputs, build)
}

pub(in crate::tui) fn person(row: Option<&Person>) -> Box<dyn Overlay> {
    let before = row.cloned().map(PersonRecord::from);
    let seed = before.clone().unwrap_or(PersonRecord { email: String::new(), name: String::new() });
    let inputs = vec![
        Input::line("Name", &seed.name).checked(|it| text::line("name", it).map(drop)).first(before.is_some()),
        Input::line("E-mail", &seed.email).checked(|it| text::email(it).map(drop)).named_in(0),
    ];
    let build = move |values: &Values<'_>, _: &Env<'_>| {
        let after = PersonRecord { name: values.text(0), email: values.text(1) };
        Ok(vec![Message::Run(put(before.clone().map(Record::Person), Record::Person(after)))])
    };
    Form::open(row.map_or("Add a person", |_| "Edit the person"), inputs, build)
}

pub(in crate::tui) fn site(env: &Env<'_>, row: Option<&Site>) -> Result<Box<dyn Overlay>> {
    let before = row.map(|it| records::site(env.drafted.db, it)).transpose()?;
    let saved = row.map(|it| env.db.find::<Site>(it.id)).transpose()?.flatten();
    let is_staged = saved.as_ref() != row;
    let owner = env.db.email_of(env.policy.owner)?.unwrap_or_default();
    let platform = env.policy.catalogs().next().map_or_else(String::new, |it| it.platform.clone());
    let seed = before.clone().unwrap_or(SiteRecord {
        key: String::new(),
        name: String::new(),
        url: String::new(),
        platform,
        folder: None,
        owner,
        host: Host::Agency,
        apps: Vec::new(),
        status: SiteStatus::Published,
        editor: None,
    });
    let platforms = env.policy.platforms_there_are();
    let mut folders: Vec<String> = env.folders().map(|it| it.key.clone()).collect();
    folders.sort();
    folders.insert(0, "(none)".to_owned());
    let apps: Vec<String> =
        env.policy.catalog(&seed.platform).map_or_else(Vec::new, |it| it.apps.iter().map(|(name, _)| name.clone()).collect());
    let kept = seed.apps.iter().filter(|it| !apps.contains(it)).cloned().collect::<Vec<_>>();
    let apps = [apps, kept].concat();
    let inputs = vec![
        Input::line("Name", &seed.name).checked(|it| text::required("site name", it).map(drop)).first(before.is_some()),
        Input::line("Address", &seed.url).hint("https://…"),
        Input::line("Key", &seed.key).hint("made from the name if empty"),
        Input::choice("Platform", platforms.into_iter(), &seed.platform),
        Input::choice("Folder", folders.iter().map(String::as_str), seed.folder.as_deref().unwrap_or("(none)")),
        if before.is_some() {
            Input::fixed("Owner", &seed.owner).hint("changes only by a transfer")
        } else {
            Input::lookup("Owner", &seed.owner, Kind::Person)
        },
        Input::choice("Host", Host::ALL.iter().map(|it| it.as_str()), seed.host.as_str()).hint("who carries the plan"),
        Input::choice("Status", SiteStatus::ALL.iter().map(|it| it.as_str()), seed.status.as_str()),
        Input::many("Apps", apps, &seed.apps),
    ];
    let build = move |values: &Values<'_>, _: &Env<'_>| {
        let name = values.text(0);
        let after = SiteRecord {
            key: named(&values.text(2)).unwrap_or_else(|| text::key_from(&name)),
            name,
            url: values.text(1),
            platform: values.text(3),
            folder: Some(values.text(4)).filter(|it| it != "(none)"),
            owner: values.text(5),
            host: Host::parse(&values.text(6)).unwrap_or_default(),
            status: SiteStatus::parse(&values.text(7)).unwrap_or_default(),
            apps: values.list(8),
            editor: before.as_ref().and_then(|it| it.editor.clone()),
        };
        let staged = before.as_ref().is_some_and(|it| is_staged || moves_access(it, &after));
        let words = format!("Edit the site {}", text::display(&after.name));
        let command = put(before.clone().map(Record::Site), Record::Site(after));
        Ok(vec![if staged { Message::Propose(vec![command], words) } else { Message::Run(command) }])
    };
    Ok(Form::open(row.map_or("Add a site", |_| "Edit the site"), inputs, build))
}

/// Whether an edit of a site is more than what it is called, where it lies and how it stands.
fn moves_access(before: &SiteRecord, after: &SiteRecord) -> bool {
    let SiteRecord { key, name, url, status, editor, .. } = after.clone();
    SiteRecord { key, name, url, status, editor, ..before.clone() } != *after
}

pub(in crate::tui) fn role(env: &Env<'_>, held: Option<&HeldRole>) -> Box<dyn Overlay> {
    let before = held.map(|it| records::role(env.drafted.policy, &it.role));
    let platform = env.policy.catalogs().next().map_or_else(String::new, |it| it.platform.clone());
    let seed = before.clone().unwrap_or(RoleRecord {
        key: String::new(),
        name: String::new(),
        about: String::new(),
        platform,
        level: RoleLevel::Both,
        permissions: Vec::new(),
    });
    let platforms = env.policy.platforms_there_are();
    let levels = [RoleLevel::Both, RoleLevel::Site, RoleLevel::Team];
    let inputs = vec![
        Input::line("Name", &seed.name).checked(|it| text::required("role name", it).map(drop)).first(before.is_some()),
        Input::words("About", &seed.about).hint("one sentence, may be empty"),
        Input::line("Key", &seed.key).hint("made from the name if empty"),
        Input::choice("Platform", platforms.into_iter(), &seed.platform),
        Input::choice("Level", levels.iter().map(|it| it.as_str()), seed.level.as_str()).hint("site, team or both"),
    ];
    let permissions = seed.permissions;
    let build = move |values: &Values<'_>, _: &Env<'_>| {
        let name = values.text(0);
        let after = RoleRecord {
            key: named(&values.text(2)).unwrap_or_else(|| text::key_from(&name)),
            name,
            about: values.text(1),
            platform: values.text(3),
            level: levels.into_iter().find(|it| it.as_str() == values.text(4)).unwrap_or(RoleLevel::Both),
            permissions: permissions.clone(),
        };
        let words = format!("{} the role {}", if before.is_some() { "Edit" } else { "Add" }, text::display(&after.name));
        Ok(vec![Message::Propose(vec![put(before.clone().map(Record::Role), Record::Role(after))], words)])
    };
    Form::open(held.map_or("Add an empty role", |_| "Edit the role"), inputs, build)
}

/// A new role, made while another form waits beneath for it.
pub(in crate::tui) fn role_aside(env: &Env<'_>) -> Box<dyn Overlay> {
    const NOTHING: &str = "nothing";
    let names: Vec<(String, String)> =
        crate::tui::panes::known_roles(env).into_iter().map(|it| (it.role.key.clone(), it.role.name.clone())).collect();
    let platform = env.policy.catalogs().next().map_or_else(String::new, |it| it.platform.clone());
    let options = std::iter::once(NOTHING).chain(names.iter().map(|it| it.1.as_str()));
    let inputs = vec![
        Input::line("Name", "").checked(|it| text::required("role name", it).map(drop)),
        Input::choice("Starts as", options, NOTHING).hint("a copy of it; a letter jumps"),
    ];
    let build = move |values: &Values<'_>, _: &Env<'_>| {
        let (name, from) = (values.text(0), values.text(1));
        let command = match names.iter().find(|it| it.1 == from) {
            Some((role, _)) => Command::Duplicate { role: role.clone(), name, key: None },
            None => Command::Add(Record::Role(RoleRecord {
                key: text::key_from(&name),
                name,
                about: String::new(),
                platform: platform.clone(),
                level: RoleLevel::Both,
                permissions: Vec::new(),
            })),
        };
        Ok(vec![Message::RunAside(command)])
    };
    Form::open("A new role", inputs, build)
}

/// A role of one's own like this one, or what a template becomes.
pub(in crate::tui) fn duplicate(held: &HeldRole) -> Box<dyn Overlay> {
    if held.is_template() {
        return use_template(held);
    }
    let from = held.role.key.clone();
    let name = Input::line("Name", &format!("{} copy", held.role.name)).proposed();
    let inputs = vec![name.checked(|it| text::required("role name", it).map(drop))];
    let copied = text::display(&held.role.name).into_owned();
    let build = move |values: &Values<'_>, _: &Env<'_>| {
        let (role, name) = (from.clone(), values.text(0));
        let words = format!("Copy the role {copied} as {}", text::display(&name));
        Ok(vec![Message::Propose(vec![Command::Duplicate { role, name, key: None }], words)])
    };
    Form::open(&format!("Copy {} into a role of your own", text::display(&held.role.name)), inputs, build)
}

/// A role that a template becomes, under its own name or another.
fn use_template(held: &HeldRole) -> Box<dyn Overlay> {
    let role = Arc::clone(&held.role);
    let name = Input::line("Name", &role.name).proposed();
    let inputs = vec![name.checked(|it| text::required("role name", it).map(drop))];
    let title = format!("Make a role of {}", text::display(&role.name));
    let build = move |values: &Values<'_>, env: &Env<'_>| {
        let name = values.text(0);
        let words = format!("Make the role {} of a template", text::display(&name));
        let record = RoleRecord { key: text::key_from(&name), name, ..records::role(env.policy, &role) };
        Ok(vec![Message::Propose(vec![Command::Add(Record::Role(record))], words)])
    };
    Form::open(&title, inputs, build)
}

/// To whom, as what and where a role is given, as far as that is known before it is asked.
#[derive(Default)]
pub(in crate::tui) struct Grant {
    pub(in crate::tui) people: Vec<Person>,
    pub(in crate::tui) roles: Vec<Arc<Role>>,
    pub(in crate::tui) sites: Vec<Site>,
}

impl Grant {
    /// Of which platform the roles are that can be given there; `None` where there are several, or it is not known.
    fn platform(&self) -> Option<String> {
        let mut platforms: Vec<&String> = self.sites.iter().map(|it| &it.platform).collect();
        platforms.dedup();
        if let [only] = platforms.as_slice() { Some((*only).clone()) } else { None }
    }
}

/// Something that is asked, unless several of it are known.
fn asked(label: &'static str, known: &[String], kind: Kind) -> Input {
    match known {
        [] => Input::lookup(label, "", kind),
        [only] => Input::lookup(label, only, kind),
        several => Input::fixed(label, &format!("{}: {}", several.len(), text::few(several))),
    }
}

/// What was asked, or the several that were known.
fn answered(known: &[String], values: &Values<'_>, at: usize) -> Vec<String> {
    if known.len() > 1 { known.to_vec() } else { vec![values.text(at)] }
}

/// One by its name, several by their number.
fn counted(all: &[String], noun: &str) -> String {
    if let [only] = all { text::display(only).into_owned() } else { text::plural(all.len(), noun) }
}

/// Gives roles: on the sites at hand, or wherever the form says. Whatever there are several of is one step all the same.
pub(in crate::tui) fn assign(env: &Env<'_>, known: &Grant) -> Box<dyn Overlay> {
    let (now, zone) = (time::micros(env.now), env.policy.zone);
    let everywhere = "everywhere".to_owned();
    let mut folders: Vec<String> = env.folders().map(|it| format!("folder {}", it.key)).collect();
    folders.sort();
    let places: Vec<String> = ["one site".to_owned(), everywhere].into_iter().chain(folders).collect();
    let emails: Vec<String> = known.people.iter().map(|it| it.email.clone()).collect();
    let keys: Vec<String> = known.roles.iter().map(|it| it.key.clone()).collect();
    let sites: Vec<String> = known.sites.iter().map(|it| it.key.clone()).collect();
    let inputs = vec![
        asked("Person", &emails, Kind::Person),
        asked("Role", &keys, Kind::Role(known.platform())),
        Input::choice("Level", Level::ALL.iter().map(|it| it.as_str()), Level::Site.as_str()).hint("site: collaborator; team: member"),
        if sites.len() > 1 {
            Input::fixed("Where", &text::plural(sites.len(), "site"))
        } else {
            Input::choice("Where", places.iter().map(String::as_str), "one site")
        },
        asked("Site", &sites, Kind::Site).hint("for one site"),
        Input::line("Until", "").checked(move |it| optional_time(it, zone, now)).hint("empty: no end; 2027-01-31, or 14d"),
        Input::words("Reason", "").checked(|it| text::line("reason", it).map(drop)),
    ];
    let build = move |values: &Values<'_>, _: &Env<'_>| {
        let place = values.text(3);
        let scopes: Vec<ScopeRecord> = match place.strip_prefix("folder ") {
            Some(folder) => vec![ScopeRecord::Folder(folder.to_owned())],
            None if place == "everywhere" => vec![ScopeRecord::Everywhere],
            None => answered(&sites, values, 4).into_iter().map(ScopeRecord::Site).collect(),
        };
        if scopes.contains(&ScopeRecord::Site(String::new())) {
            return Err((4, "which site?".to_owned()));
        }
        let level = Level::parse(&values.text(2)).unwrap_or_default();
        if level == Level::Site && !scopes.iter().all(|it| matches!(it, ScopeRecord::Site(_))) {
            return Err((2, "folders and everywhere are for the team".to_owned()));
        }
        let (people, roles) = (answered(&emails, values, 0), answered(&keys, values, 1));
        let (until, reason) = (named(&values.text(5)).and_then(|it| zone.until(&it, now).ok()), named(&values.text(6)));
        let places: Vec<String> = scopes.iter().map(ToString::to_string).collect();
        let words = format!("Give {} to {} ({})", counted(&roles, "role"), counted(&people, "person"), counted(&places, "site"));
        let mut commands = Vec::new();
        for person in &people {
            for (role, scope) in roles.iter().flat_map(|role| scopes.iter().map(move |it| (role.clone(), it.clone()))) {
                let (person, since, reason) = (person.clone(), Some(now), reason.clone());
                let record = AssignmentRecord { person, role, level, scope, since, until, review_on: None, reason };
                commands.push(Command::Add(Record::Assignment(record)));
            }
        }
        Ok(vec![Message::ProposeEach(commands, words)])
    };
    // A folder, or everywhere, is for the team alone.
    let live = move |entered: &mut Entered<'_>, _: &Env<'_>| {
        let values = entered.values();
        let (level, is_wide) = (values.text(2), values.text(3) == "everywhere" || values.text(3).starts_with("folder "));
        if is_wide && level == Level::Site.as_str() {
            entered.write(2, Level::Team.as_str());
        }
        Ok(Vec::new())
    };
    Form::open_live("Give a role", inputs, live, build)
}

pub(super) fn optional_time(text: &str, zone: Zone, now: chrono::DateTime<chrono::Utc>) -> Result<(), String> {
    if text.trim().is_empty() { Ok(()) } else { zone.until(text, now).map(|_| ()) }
}

/// A role and where it is held: `Website Manager (team, everywhere)`.
pub(super) fn role_words(policy: &Policy, it: &AssignmentRecord) -> String {
    let name = policy.find_role(&it.role).map_or(it.role.as_str(), |held| held.role.name.as_str());
    let team = if it.level == Level::Team { "team, " } else { "" };
    format!("{name} ({team}{})", it.scope)
}

/// Takes one of the roles that somebody holds.
pub(in crate::tui) fn unassign(env: &Env<'_>, person: &Person, held: &[Assignment]) -> Result<Box<dyn Overlay>> {
    let (db, policy) = (env.drafted.db, env.drafted.policy);
    let records = held.iter().map(|it| records::assignment(db, policy, it)).collect::<Result<Vec<_>>>()?;
    let labels: Vec<String> = records.iter().map(|it| role_words(policy, it)).collect();
    let inputs = vec![Input::choice("Role", labels.iter().map(String::as_str), labels.first().map_or("", String::as_str))];
    let name = person.name.clone();
    let build = move |values: &Values<'_>, _: &Env<'_>| {
        let label = values.text(0);
        let Some((_, it)) = labels.iter().zip(&records).find(|it| *it.0 == label) else { return Err((0, "choose one".to_owned())) };
        let key = Key::Assignment(it.key());
        let words = format!("Take {} from {}", text::display(&label), text::display(&name));
        Ok(vec![Message::Propose(vec![Command::Remove(key)], words)])
    };
    Ok(Form::open(&format!("Take a role from {}", text::display(&person.name)), inputs, build))
}
