//! How access goes on or ends: extending, removing, offboarding, and roles that are retired.

use std::cell::Cell as Shared;
use std::collections::HashSet;
use std::rc::Rc;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};

use super::form::{Entered, Form, Input, Kind, Said, Values};
use super::forms::{optional_time, role_words};
use super::invite::filled;
use super::sheet::Tone;
use crate::command::Command;
use crate::domain::ids::{PersonId, SiteId};
use crate::domain::life::WaitsFor;
use crate::domain::offer::Stage;
use crate::domain::policy::{HeldRole, Policy};
use crate::domain::record::{AssignmentRecord, Key, Record, ScopeRecord};
use crate::domain::text;
use crate::domain::things::{Assignment, Level, Person, Site};
use crate::domain::time::Zone;
use crate::query::access::scope_record;
use crate::query::collaborators::Collaborator;
use crate::query::sight::Sight;
use crate::query::{offers, records};
use crate::session::{Drafted, Session};
use crate::store::life::Open;
use crate::tui::app::labor::AT_ONCE;
use crate::tui::panes::known_roles;
use crate::tui::view::{Env, Found, Message, Progress, Work};
use crate::tui::widgets::lines::plural;

/// By how much one key extends.
const MONTH: u32 = 30;

/// Gives access that ends another month, or any other end.
pub(in crate::tui) fn extend(env: &Env<'_>, person: &Person, held: &[Assignment]) -> Result<Message> {
    let name = text::display(&person.name).into_owned();
    let ending: Vec<&Assignment> = held.iter().filter(|it| it.until.is_some()).collect();
    if ending.is_empty() {
        return Ok(Message::Complain(format!("nothing that {name} holds here has an end")));
    }
    let (now, zone, db, policy) = (env.now, env.policy.zone, env.drafted.db, env.drafted.policy);
    let records = ending.iter().map(|it| records::assignment(db, policy, it)).collect::<Result<Vec<AssignmentRecord>>>()?;
    let label = |it: &AssignmentRecord| {
        format!("until {}: {}", it.until.map_or_else(String::new, |it| zone.show_until(it)), role_words(policy, it))
    };
    let labels: Vec<String> = records.iter().map(label).collect();
    let proposed: Vec<String> = records.iter().map(|it| zone.write_until(later(it.until, zone, now))).collect();
    let inputs = vec![
        Input::choice("Role", labels.iter().map(String::as_str), labels.first().map_or("", String::as_str)),
        Input::line("Until", proposed.first().map_or("", String::as_str))
            .checked(move |it| optional_time(it, zone, now))
            .hint("empty: no end; 2027-01-31, or 14d"),
    ];
    let (of_live, shown) = (labels.clone(), Shared::new(0));
    let live = move |entered: &mut Entered<'_>, _: &Env<'_>| {
        let at = of_live.iter().position(|it| *it == entered.values().text(0)).unwrap_or(0);
        if shown.replace(at) != at {
            entered.write(1, &proposed[at]);
        }
        Ok(vec![vec![(Tone::Hint, format!("30 days more are proposed; today is {}", zone.day(now)))]])
    };
    let build = move |values: &Values<'_>, env: &Env<'_>| {
        let Some(at) = labels.iter().position(|it| *it == values.text(0)) else { return Err((0, "choose one".to_owned())) };
        let before = records[at].clone();
        let until = zone.until(&values.text(1), env.now).ok();
        if until.is_some_and(|it| it <= env.now) {
            return Err((1, "this would have ended already".to_owned()));
        }
        let end = until.map_or_else(|| "without an end".to_owned(), |it| format!("until {}", zone.exact_until(it)));
        let role = role_words(env.drafted.policy, &before);
        let words = format!("Let {} keep {} {end}", text::display(&before.person), text::display(&role));
        let after = AssignmentRecord { until, ..before.clone() };
        Ok(vec![Message::Propose(vec![Command::Edit { before: Record::Assignment(before), after: Record::Assignment(after) }], words)])
    };
    Ok(Message::Open(Form::open_live(&format!("Extend the access of {name}"), inputs, live, build)))
}

/// With the day that comes a month after the last one, or after today where that is later.
pub(super) fn later(until: Option<DateTime<Utc>>, zone: Zone, now: DateTime<Utc>) -> DateTime<Utc> {
    // What ends with a day is over when the next one begins.
    let from = until.map_or(now, |it| (it - TimeDelta::microseconds(1)).max(now));
    zone.ends_in(MONTH, from).unwrap_or(from)
}

/// Takes what people have: here, in the team, everywhere, as it is ticked; one's own access one leaves. What goes and
/// what stays shows first, in the review what it leaves bare.
/// Of many it is read beside the screens.
pub(in crate::tui) fn take_all(env: &Env<'_>, people: Vec<Person>, site: Option<SiteId>) -> Result<Message> {
    if people.len() <= AT_ONCE {
        return taking(env, Leaving::of(&Scene::of(env), people, site, &|_, _| Ok(()))?);
    }
    let what = "reading what they hold".to_owned();
    let run = move |twin: &mut Session, progress: &Progress<'_>| {
        let policy = twin.reader().policy(None)?;
        let leaving = Leaving::of(&Scene::beside(twin, &policy), people, site, &|n, of| progress.at(n, of))?;
        Ok(Found::Then(Box::new(move |env| taking(env, leaving))))
    };
    Ok(Message::Work(Work { what, writes: false, run: Box::new(run) }))
}

/// The form in which it is ticked what goes.
fn taking(env: &Env<'_>, leaving: Leaving) -> Result<Message> {
    let leaving = Rc::new(leaving);
    let nothing = || Message::Complain(format!("{} has no role here to lose", leaving.who()));
    let options = leaving.options();
    let Some(usual) = leaving.usual() else { return Ok(nothing()) };
    let owner = env.db.email_of(env.policy.owner)?.unwrap_or_default();
    let heir = if leaving.beside.owners.is_empty() {
        Input::fixed("Sites to", if leaving.is_whole { "nobody: they own none" } else { "only where everything goes" })
    } else {
        Input::lookup("Sites to", &owner, Kind::Person).hint("who owns theirs once everything goes")
    };
    let inputs = vec![
        Input::fixed("Person", &text::few(&leaving.emails())),
        Input::many("Where", options, &[usual]).checked(|it| filled(it, "tick what goes")),
        heir,
    ];
    let title = format!("Take everything from {}", leaving.who());
    let told = Rc::clone(&leaving);
    let live = move |entered: &mut Entered<'_>, env: &Env<'_>| {
        entered.hint(1, told.unticked());
        let values = entered.values();
        told.said(env, &values.list(1), &values.text(2))
    };
    let build = move |values: &Values<'_>, _: &Env<'_>| leaving.proposed(&values.list(1), &values.text(2));
    Ok(Message::Open(Form::open_live(&title, inputs, live, build)))
}

/// Most places of which each can be ticked, and most lines that say what goes.
const MAX_PLACES: usize = 12;
const MAX_SAID: usize = 12;
const EVERYWHERE: &str = "everywhere";
/// Most places where there is no tick for all of them.
const MAX_TICKS: usize = 200;

/// Where and when it is asked what somebody holds, and for whom.
struct Scene<'a> {
    at: Drafted<'a>,
    sight: &'a Sight,
    /// The address of whoever asks.
    own: String,
    now: DateTime<Utc>,
}

impl<'a> Scene<'a> {
    fn of(env: &Env<'a>) -> Scene<'a> {
        Scene { at: env.drafted, sight: env.sight, own: text::email_key(&env.actor.email), now: env.now }
    }

    fn beside(session: &'a Session, saved: &'a Policy) -> Scene<'a> {
        let own = text::email_key(&session.who().actor.email);
        Scene { at: session.drafted(saved), sight: session.sight(), own, now: session.now }
    }
}

/// Whom something is taken from, what they hold and where, and which of them own sites.
struct Leaving {
    people: Vec<Person>,
    held: Vec<(Assignment, ScopeRecord)>,
    /// By their words: where one is, or sites, and the team.
    places: Vec<(String, ScopeRecord)>,
    /// How many more there are, which have no tick.
    unticked: usize,
    is_here: bool,
    /// Nothing where not all of it can be seen.
    beside: Beside,
    /// Whether all of it can be seen, and is not one's own.
    is_whole: bool,
    own: String,
}

/// Is told how many of how many are read, and says whether it goes on.
type Counted<'a> = dyn Fn(usize, usize) -> Result<()> + 'a;

/// What goes with everything beside roles: the sites that they own, and what waits for their answer.
#[derive(Default)]
struct Beside {
    owners: HashSet<PersonId>,
    /// As many as are told.
    goes: Vec<Going>,
    untold: usize,
}

enum Going {
    Site(String),
    Offer(String),
}

impl Beside {
    fn of(scene: &Scene<'_>, people: &[Person], progress: &Counted<'_>) -> Result<Beside> {
        let (Drafted { db, policy }, mut beside) = (scene.at, Beside::default());
        for (n, person) in people.iter().enumerate() {
            progress(n, people.len())?;
            let sites = db.sites_owned_by(person.id)?;
            beside.owners.extend((!sites.is_empty()).then_some(person.id));
            for id in sites {
                beside.tell(|| Ok(Going::Site(db.find::<Site>(id)?.map_or_else(String::new, |it| it.name))))?;
            }
            let offers = offers::to_address(db, policy, scene.now, &person.email, Open::Unanswered)?;
            for it in offers.iter().filter(|it| it.stage == Stage::Pending) {
                beside.tell(|| Ok(Going::Offer(format!("{} ({})", it.key, it.places.join(", ")))))?;
            }
        }
        Ok(beside)
    }

    fn tell(&mut self, going: impl FnOnce() -> Result<Going>) -> Result<()> {
        if self.goes.len() < MAX_SAID {
            self.goes.push(going()?);
        } else {
            self.untold += 1;
        }
        Ok(())
    }

    fn said(&self, heir: &str) -> impl Iterator<Item = (Tone, String)> {
        let heir = if heir.trim().is_empty() { "whoever takes their sites" } else { heir };
        self.goes.iter().map(move |it| match it {
            Going::Site(name) => (Tone::Text, format!("- {name} goes to {heir}")),
            Going::Offer(words) => (Tone::Text, format!("- {words} is taken back")),
        })
    }
}

impl Leaving {
    fn of(scene: &Scene<'_>, people: Vec<Person>, site: Option<SiteId>, progress: &Counted<'_>) -> Result<Leaving> {
        let (Drafted { db, policy }, Scene { sight, own, .. }) = (scene.at, scene);
        let here = site.map(|id| db.site_key(id)).transpose()?.flatten().map(ScopeRecord::Site);
        let is_whole = people.iter().all(|it| sight.shows_person(it.id) && text::email_key(&it.email) != *own);
        let mut held = Vec::new();
        for (n, person) in people.iter().enumerate() {
            progress(n, people.len())?;
            for it in db.assignments_of(person.id)? {
                if sight.shows_assignment(db, policy, &it)? {
                    let place = if it.level == Level::Team { ScopeRecord::Everywhere } else { scope_record(db, it.scope)? };
                    held.push((it, place));
                }
            }
        }
        let beside = if is_whole { Beside::of(scene, &people, progress)? } else { Beside::default() };
        let counts = |it: &&ScopeRecord| here.is_none() || here.as_ref() == Some(it) || **it == ScopeRecord::Everywhere;
        let mut places: Vec<ScopeRecord> = held.iter().map(|it| &it.1).filter(counts).cloned().collect();
        places.sort_by_key(|it| (*it == ScopeRecord::Everywhere, it.to_string()));
        places.dedup();
        // One tick serves for all of them, where there is that tick.
        if is_whole && places.len() > MAX_PLACES {
            places.retain(|it| *it == ScopeRecord::Everywhere);
        }
        let is_here = here.is_some() && places.first() == here.as_ref();
        let unticked = places.len().saturating_sub(MAX_TICKS);
        places.truncate(MAX_TICKS);
        let places = places.into_iter().map(|it| (words(&it), it)).collect();
        Ok(Leaving { people, held, places, unticked, is_here, beside, is_whole, own: own.clone() })
    }

    fn emails(&self) -> Vec<String> {
        self.people.iter().map(|it| it.email.clone()).collect()
    }

    fn who(&self) -> String {
        if let [only] = self.people.as_slice() { text::display(&only.name).into_owned() } else { plural(self.people.len(), "person") }
    }

    fn options(&self) -> Vec<String> {
        let all = self.is_whole.then(|| EVERYWHERE.to_owned());
        self.places.iter().map(|it| it.0.clone()).chain(all).collect()
    }

    /// What is to be said of places that cannot be ticked.
    fn unticked(&self) -> String {
        if self.unticked == 0 { String::new() } else { format!("{} more have no tick: mark fewer people", plural(self.unticked, "place")) }
    }

    /// What is ticked at first: where one is; else everything. Nothing where there is nothing to take.
    fn usual(&self) -> Option<String> {
        let first = self.places.first().map(|it| it.0.clone());
        let has_any = first.is_some() || !self.beside.goes.is_empty();
        if self.is_here || !self.is_whole { first } else { has_any.then(|| EVERYWHERE.to_owned()) }
    }

    /// The places that are ticked; nothing where that is everywhere.
    fn ticked(&self, ticked: &[String]) -> Option<Vec<&ScopeRecord>> {
        let is_here = |it: &&(String, ScopeRecord)| ticked.contains(&it.0);
        let is_all = ticked.iter().any(|it| it == EVERYWHERE);
        (!is_all).then(|| self.places.iter().filter(is_here).map(|it| &it.1).collect())
    }

    fn said(&self, env: &Env<'_>, ticked: &[String], heir: &str) -> Result<Said> {
        let (db, policy) = (env.drafted.db, env.drafted.policy);
        let places = self.ticked(ticked);
        let goes = |it: &&(Assignment, ScopeRecord)| places.as_ref().is_none_or(|places| places.contains(&&it.1));
        let (gone, kept): (Vec<_>, Vec<_>) = self.held.iter().partition(goes);
        let line = |it: &(Assignment, ScopeRecord)| -> Result<(Tone, String)> {
            let role = policy.role(it.0.role).map_or("?", |held| held.role.name.as_str());
            let team = if it.0.level == Level::Team { "team, " } else { "" };
            Ok((Tone::Text, format!("- {role} ({team}{})", scope_record(db, it.0.scope)?)))
        };
        let mut said = vec![(Tone::Heading, format!("TAKES  {}", plural(gone.len(), "role")))];
        said.extend(gone.iter().take(MAX_SAID).map(|it| line(it)).collect::<Result<Vec<_>>>()?);
        let mut untold = gone.len().saturating_sub(MAX_SAID);
        if ticked.iter().any(|it| it == EVERYWHERE) {
            said.extend(self.beside.said(heir));
            untold += self.beside.untold;
        }
        let surplus = untold + said.len().saturating_sub(MAX_SAID);
        said.truncate(MAX_SAID);
        if surplus > 0 {
            said.push((Tone::Hint, format!("and {surplus} more")));
        }
        if !kept.is_empty() {
            said.push((Tone::Heading, format!("LEAVES  {}", plural(kept.len(), "role"))));
            said.extend(kept.iter().take(MAX_SAID).map(|it| line(it)).collect::<Result<Vec<_>>>()?);
        }
        Ok(vec![said])
    }

    fn proposed(&self, ticked: &[String], heir: &str) -> Result<Vec<Message>, (usize, String)> {
        let whom = text::few(&self.emails());
        if ticked.iter().any(|it| it == EVERYWHERE) {
            if !self.beside.owners.is_empty() && heir.trim().is_empty() {
                return Err((2, "who takes their sites?".to_owned()));
            }
            let sites_to = |it: &Person| self.beside.owners.contains(&it.id).then(|| heir.to_owned());
            let all = self.people.iter().map(|it| Command::Offboard { person: it.email.clone(), sites_to: sites_to(it) });
            return Ok(vec![self.propose(all.collect(), format!("Take everything from {whom}"))]);
        }
        let places: Vec<_> = self.places.iter().filter(|it| ticked.contains(&it.0)).collect();
        let is_held = |person: &Person, place: &ScopeRecord| self.held.iter().any(|it| it.0.person == person.id && it.1 == *place);
        let command = |person: &Person, from: &ScopeRecord| {
            let (email, from) = (person.email.clone(), from.clone());
            if text::email_key(&email) == self.own {
                Command::Leave { person: email, from }
            } else {
                Command::Expel { person: email, from }
            }
        };
        let pairs = places.iter().flat_map(|it| self.people.iter().map(move |person| (person, &it.1)));
        // Of one person only what they have is named; of several, those who have nothing there are told.
        let commands = pairs.filter(|it| self.people.len() > 1 || is_held(it.0, it.1)).map(|it| command(it.0, it.1)).collect();
        let from = text::few(&places.iter().map(|it| it.0.clone()).collect::<Vec<_>>());
        let is_own = matches!(self.people.as_slice(), [it] if text::email_key(&it.email) == self.own);
        let words = if is_own { format!("Leave {from}") } else { format!("Remove {} from {from}", self.who()) };
        Ok(vec![self.propose(commands, words)])
    }

    fn propose(&self, commands: Vec<Command>, words: String) -> Message {
        if self.people.len() > 1 { Message::ProposeEach(commands, words) } else { Message::Propose(commands, words) }
    }
}

fn words(from: &ScopeRecord) -> String {
    if *from == ScopeRecord::Everywhere { "the team".to_owned() } else { from.to_string() }
}

/// Removes everybody who has a role at site level there.
pub(in crate::tui) fn remove_guests(env: &Env<'_>, sites: Vec<Site>) -> Result<Message> {
    if sites.len() <= AT_ONCE {
        let (commands, whence) = guests(&Scene::of(env), &sites, &|_, _| Ok(()))?;
        return Ok(without(commands, &whence));
    }
    let what = "reading who is there".to_owned();
    let run = move |twin: &mut Session, progress: &Progress<'_>| {
        let policy = twin.reader().policy(None)?;
        let (commands, words) = guests(&Scene::beside(twin, &policy), &sites, &|n, of| progress.at(n, of))?;
        Ok(Found::Then(Box::new(move |_| Ok(without(commands, &words)))))
    };
    Ok(Message::Work(Work { what, writes: false, run: Box::new(run) }))
}

/// What takes away the guests of these sites, and where that is in words.
fn guests(scene: &Scene<'_>, sites: &[Site], progress: &Counted<'_>) -> Result<(Vec<Command>, String)> {
    let mut commands = Vec::new();
    for (n, site) in sites.iter().enumerate() {
        progress(n, sites.len())?;
        let people = scene.sight.people_of(scene.at.db, scene.at.policy, site, scene.now)?;
        let is_guest = |it: &&Collaborator| it.assignments.iter().any(|it| it.level == Level::Site);
        let from = ScopeRecord::Site(site.key.clone());
        commands.extend(people.iter().filter(is_guest).map(|it| Command::Expel { person: it.person.email.clone(), from: from.clone() }));
    }
    let whence = if let [only] = sites { text::display(&only.name).into_owned() } else { plural(sites.len(), "site") };
    Ok((commands, whence))
}

fn without(commands: Vec<Command>, whence: &str) -> Message {
    if commands.is_empty() {
        return Message::Complain(format!("nobody has a role at site level on {whence}"));
    }
    Message::ProposeEach(commands, format!("Remove all guests from {whence}"))
}

/// Removes a custom role; where it is in use, another takes its place in the same step.
pub(in crate::tui) fn retire(env: &Env<'_>, held: &HeldRole) -> Result<Message> {
    let db = env.db;
    let name = text::display(&held.role.name).into_owned();
    let key = held.role.key.clone();
    let (_, holders) = env.sight.holders_of(db, env.policy, held.role.id)?;
    let mut waiting = db.waiting_with(held.role.id)?;
    waiting.retain(|it| env.sight.shows_offer(db, it.of.key()).unwrap_or(false));
    let kept = db.handovers_keeping(held.role.id)?;
    if holders == 0 && waiting.is_empty() && kept.is_empty() {
        return Ok(Message::Propose(vec![Command::Remove(Key::Role(key))], format!("Remove the role {name}")));
    }
    let invitations = waiting.iter().filter(|it| matches!(it.of, WaitsFor::Invitation(_))).count();
    let fits = |it: &&HeldRole| it.role.platform == held.role.platform && it.role.id != held.role.id && env.policy.is_assignable(it);
    let others: Vec<(String, String)> =
        known_roles(env).into_iter().filter(fits).map(|it| (it.role.key.clone(), it.role.name.clone())).collect();
    let inputs = vec![Input::choice("Instead", others.iter().map(|it| it.1.as_str()), "").hint("what its holders get; a letter jumps")];
    let used = format!(
        "Held by {}; {} and {} wait with it.",
        plural(holders, "person"),
        plural(invitations, "invitation"),
        plural(waiting.len() - invitations, "request")
    );
    let live = move |_: &mut Entered<'_>, _: &Env<'_>| Ok(vec![vec![(Tone::Text, used.clone())]]);
    let title = format!("Remove {name}");
    let build = move |values: &Values<'_>, _: &Env<'_>| {
        let Some((replacement, other)) = others.iter().find(|it| it.1 == values.text(0)).cloned() else {
            return Err((0, "choose one".to_owned()));
        };
        let words = format!("Remove {name}, and give its holders {} instead", text::display(&other));
        Ok(vec![Message::Propose(vec![Command::Retire { role: key.clone(), replacement }], words)])
    };
    Ok(Message::Open(Form::open_live(&title, inputs, live, build)))
}
