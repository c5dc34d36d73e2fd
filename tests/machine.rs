//! Random lives of access against a second telling of the rules, as plain as it can be.
//!
//! The model below knows e-mails, words and seconds, and shares nothing with the program. After
//! every step both are compared: what waits, who holds what where until when, who owns and
//! carries each site, and whether the step was refused at all.
//!
//! `MACHINE_STEPS=100000 cargo test --test machine` takes more steps than the usual run.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod world;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use rolecall::command::{self, Command, Error, redo_target, undo_target};
use rolecall::domain::ids::{HandoverId, InvitationId, PersonId, RequestId, RoleId};
use rolecall::domain::life::{HandoverKind, WaitsFor};
use rolecall::domain::record::{
    AssignmentKey, AssignmentRecord, HandoverRecord, InvitationRecord, Key, OfferKey, Record, RequestRecord, ScopeRecord,
};
use rolecall::domain::things::{Host, Level, Scope};
use rolecall::domain::token::Token;
use rolecall::facts::Store;
use rolecall::store::life::Open;
use world::{actor, empty, proven, take_in};

const AGENCY: &str = r#"
{"type":"workspace","name":"N","owner":"dana@nl.example","ceiling":"strict","profile":{"site_seats":SITE,"team_seats":TEAM,"request_days":10}}
{"type":"catalog","platform":"tiny","categories":["A"],"permissions":[{"id":"a","label":"A","category":"A"},{"id":"b","label":"B","category":"A"},{"id":"c","label":"C","category":"A"}],"roles":[{"key":"tiny-owner","name":"Tiny owner","level":"site","all":["A"],"owner":true},{"key":"keeper","name":"Keeper","level":"both","grants":["c"],"keeps":true},{"key":"relic","name":"Relic","level":"both","grants":["a"],"deprecated":true},{"key":"carrier","name":"Carrier","level":"site","all":["A"],"partnership":"partner"},{"key":"patron","name":"Patron","level":"site","grants":["a"],"partnership":"client"}]}
{"type":"folder","key":"f","name":"F","parent":null}
{"type":"person","email":"dana@nl.example"}
{"type":"person","email":"bo@nl.example"}
{"type":"person","email":"cy@c.example"}
{"type":"person","email":"eve@e.example"}
{"type":"site","key":"ours","name":"Ours","platform":"tiny","folder":"f","owner":"dana@nl.example"}
{"type":"site","key":"shop","name":"Shop","platform":"tiny","folder":null,"owner":"dana@nl.example"}
{"type":"site","key":"corp","name":"Corp","platform":"tiny","folder":null,"owner":"cy@c.example"}
{"type":"contact","name":"Cy","email":"cy@c.example"}
{"type":"role","key":"one","name":"One","platform":"tiny","level":"both","permissions":["a"]}
{"type":"role","key":"two","name":"Two","platform":"tiny","level":"site","permissions":["a","b"]}
{"type":"role","key":"crew","name":"Crew","platform":"tiny","level":"team","permissions":["a"]}
"#;

const DANA: &str = "dana@nl.example";
const PEOPLE: &[&str] = &[DANA, "bo@nl.example", "cy@c.example", "eve@e.example", "gus@g.example", "hal@h.example"];
const ROLES: &[&str] = &["one", "one", "two", "two", "tiny/keeper", "crew", "tiny/relic", "tiny/carrier", "tiny/patron", "tiny/tiny-owner"];
const SITES: &[&str] = &["ours", "shop", "corp"];
const PLACES: &[&str] = &["ours", "shop", "corp", "f", "*"];
const DAY: i64 = 86_400;
/// No letter has it.
const NO_LINK: u64 = 0;

/// One step, in words and seconds.
#[derive(Clone, Debug)]
enum Do {
    Invite { email: String, team: bool, roles: Vec<String>, places: Vec<String>, until: Option<i64>, token: u64 },
    Ask { person: String, roles: Vec<String>, until: Option<i64> },
    Approve { request: i64, site: String, roles: Vec<String>, wider: bool, token: u64 },
    HandOver { site: String, partner: bool, email: String, keep: Option<String>, token: u64 },
    Resend { kind: Kind, id: i64, seen: u32, token: u64 },
    Close { kind: Kind, id: i64, decline: bool },
    Accept { token: u64, email: Option<String> },
    Reclaim { site: String, keep: Option<String> },
    Leave { person: String, place: String },
    Expel { person: String, place: String },
    Offboard { person: String, to: Option<String> },
    Assign { person: String, role: String, team: bool, place: String, until: Option<i64> },
    Unassign { person: String, role: String, team: bool, place: String },
    Undo,
    Redo,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Invitation,
    Request,
    Handover,
}

/// What was sent and what became of it; some fields are of one kind alone.
#[derive(Clone, Debug)]
struct Offer {
    kind: Kind,
    id: i64,
    email: String,
    sent: i64,
    sendings: u32,
    token: u64,
    answer: &'static str,
    team: bool,
    /// Role and place; of a request without a place.
    roles: BTreeSet<(String, String)>,
    until: Option<i64>,
    site: String,
    partner: bool,
    keep: Option<String>,
    accepted_by: String,
    wider: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Held {
    person: String,
    role: String,
    team: bool,
    place: String,
    since: Option<i64>,
    until: Option<i64>,
}

/// Everything, as a list of lists.
#[derive(Clone, Debug, Default)]
struct Model {
    people: BTreeSet<String>,
    /// Owner, and whether the agency carries the plan.
    sites: BTreeMap<String, (String, bool)>,
    held: Vec<Held>,
    sent: Vec<Offer>,
}

/// What no undo takes back.
struct Frame {
    invitation_days: i64,
    site_seats: Option<usize>,
    team_seats: Option<usize>,
    counts: [i64; 3],
}

fn live(it: &Held, now: i64) -> bool {
    it.since.is_none_or(|since| since <= now) && it.until.is_none_or(|until| now < until)
}

fn fits(role: &str, team: bool) -> bool {
    match role {
        "one" | "tiny/keeper" => true,
        "two" => !team,
        "crew" => team,
        _ => false,
    }
}

fn grants(role: &str) -> &'static str {
    match role {
        "two" => "ab",
        "tiny/keeper" => "c",
        _ => "a",
    }
}

fn lasts(held: Option<i64>, wanted: Option<i64>) -> bool {
    held.is_none_or(|held| wanted.is_some_and(|wanted| wanted <= held))
}

impl Model {
    fn days(frame: &Frame, it: &Offer) -> i64 {
        match it.kind {
            Kind::Invitation => frame.invitation_days,
            Kind::Request => 10 * DAY,
            Kind::Handover => 3 * DAY,
        }
    }

    fn stage(frame: &Frame, it: &Offer, now: i64) -> &'static str {
        match it.answer {
            "" if now < it.sent + Model::days(frame, it) => "pending",
            "" => "expired",
            answer => answer,
        }
    }

    fn owns_some(&self, email: &str) -> bool {
        self.sites.values().any(|(owner, _)| owner == email)
    }

    fn owns(&self, email: &str, place: &str) -> bool {
        self.sites.get(place).is_some_and(|(owner, _)| owner == email)
    }

    fn shared(&self, site: &str) -> bool {
        self.held.iter().any(|it| it.role == "tiny/carrier" && it.place == site)
    }

    fn find(&self, kind: Kind, id: i64) -> Option<usize> {
        self.sent.iter().position(|it| it.kind == kind && it.id == id)
    }

    /// Everybody who takes a seat, by address.
    fn seats(&self, frame: &Frame, team: bool, site: &str, now: i64) -> BTreeSet<String> {
        let here = |place: &str| team || place == site;
        let holders = self.held.iter().filter(|it| it.team == team && here(&it.place) && live(it, now));
        let holders = holders.filter(|it| it.role != "tiny/carrier" && it.role != "tiny/patron").map(|it| it.person.clone());
        let asked =
            self.sent.iter().filter(|it| it.kind == Kind::Invitation && it.team == team && Model::stage(frame, it, now) == "pending");
        let asked = asked.filter(|it| it.roles.iter().any(|(_, place)| here(place))).map(|it| it.email.clone());
        holders.chain(asked).collect()
    }

    fn seated(&self, frame: &Frame, email: &str, team: bool, places: &BTreeSet<String>, now: i64) -> bool {
        let places: Vec<&str> = if team { vec![""] } else { places.iter().map(String::as_str).collect() };
        let limit = if team { frame.team_seats } else { frame.site_seats };
        places.iter().all(|place| {
            let seats = self.seats(frame, team, place, now);
            seats.contains(email) || limit.is_none_or(|limit| seats.len() < limit)
        })
    }

    fn may_come(&self, email: &str, team: bool, places: &BTreeSet<String>) -> bool {
        !(team && (email == DANA || self.owns_some(email))) && !places.iter().any(|place| self.owns(email, place))
    }

    fn replace(&mut self, frame: &Frame, email: &str, team: bool, places: &BTreeSet<String>, but: i64, now: i64) {
        for it in &mut self.sent {
            let same = it.kind == Kind::Invitation && it.id != but && it.email == email && it.team == team;
            if same && Model::stage(frame, it, now) == "pending" && it.roles.iter().all(|(_, place)| places.contains(place)) {
                it.answer = "cancelled";
            }
        }
    }

    /// Sends an invitation; `false` is a refusal.
    fn invite(&mut self, frame: &mut Frame, mut row: Offer, roles: &[String], places: &[String], now: i64) -> bool {
        let places: BTreeSet<String> = places.iter().cloned().collect();
        let site = |place: &String| self.sites.contains_key(place);
        if roles.is_empty() || places.is_empty() || (!row.team && !places.iter().all(site)) || row.until.is_some_and(|it| it <= now) {
            return false;
        }
        if !self.may_come(&row.email, row.team, &places) || !roles.iter().all(|it| fits(it, row.team)) {
            return false;
        }
        for place in &places {
            for role in roles {
                let has = |it: &&Held| it.person == row.email && it.role == *role && it.team == row.team && it.place == *place;
                if !self.held.iter().filter(has).any(|it| live(it, now) && lasts(it.until, row.until)) {
                    row.roles.insert((role.clone(), place.clone()));
                }
            }
        }
        if row.roles.is_empty() || !self.seated(frame, &row.email, row.team, &places, now) {
            return false;
        }
        self.replace(frame, &row.email, row.team, &places, 0, now);
        self.send(frame, row);
        true
    }

    fn send(&mut self, frame: &mut Frame, mut row: Offer) {
        let count = &mut frame.counts[row.kind as usize];
        *count += 1;
        row.id = *count;
        self.sent.push(row);
    }

    fn can_change_hands(&self, site: &str, partner: bool, email: &str, keep: Option<&str>) -> bool {
        let (owner, agency) = &self.sites[site];
        if self.shared(site) {
            return false;
        }
        if partner {
            return email != DANA && (owner == DANA || owner == email);
        }
        owner != email && (!agency || owner == DANA) && keep.is_none_or(|it| fits(it, false))
    }

    fn waits_on(&self, frame: &Frame, site: &str, but: i64, now: i64) -> bool {
        let on = |it: &&Offer| it.kind == Kind::Handover && it.site == site && it.id != but;
        self.sent.iter().filter(on).any(|it| Model::stage(frame, it, now) == "pending")
    }

    fn strip(&mut self, person: &str, site: &str) {
        self.held.retain(|it| !(it.person == person && it.place == site && !it.team));
    }

    fn put(&mut self, person: &str, role: &str, place: &str, now: i64) {
        let (person, role, place) = (person.to_owned(), role.to_owned(), place.to_owned());
        self.held.push(Held { person, role, team: false, place, since: Some(now), until: None });
    }

    fn accept(&mut self, frame: &Frame, token: u64, email: Option<&str>, now: i64) -> bool {
        let Some(at) = self.sent.iter().position(|it| it.kind != Kind::Request && it.token == token) else { return false };
        let row = self.sent[at].clone();
        if Model::stage(frame, &row, now) != "pending" {
            return false;
        }
        let email = email.unwrap_or(&row.email).to_owned();
        if row.kind == Kind::Handover {
            if email != row.email || !self.can_change_hands(&row.site, row.partner, &email, row.keep.as_deref()) {
                return false;
            }
            let old = self.sites[&row.site].0.clone();
            self.strip(&email, &row.site);
            if row.partner {
                self.put(DANA, "tiny/carrier", &row.site, now);
                self.put(&email, "tiny/patron", &row.site, now);
            } else {
                self.strip(&old, &row.site);
                if let Some(keep) = &row.keep {
                    self.put(&old, keep, &row.site, now);
                }
            }
            self.sites.insert(row.site.clone(), (email.clone(), row.partner));
        } else {
            let places: BTreeSet<String> = row.roles.iter().map(|it| it.1.clone()).collect();
            if row.until.is_some_and(|it| it <= now) || !self.may_come(&email, row.team, &places) {
                return false;
            }
            for (role, place) in &row.roles {
                let same = |it: &&mut Held| it.person == email && it.role == *role && it.team == row.team && it.place == *place;
                let Some(old) = self.held.iter_mut().find(same) else {
                    let (person, role, place) = (email.clone(), role.clone(), place.clone());
                    self.held.push(Held { person, role, team: row.team, place, since: Some(now), until: row.until });
                    continue;
                };
                let since = if live(old, now) { old.since } else { Some(now) };
                if !(live(old, now) && lasts(old.until, row.until)) {
                    *old = Held { since, until: old.until.zip(row.until).map(|(a, b)| a.max(b)), ..old.clone() };
                }
            }
            self.sent[at].accepted_by.clone_from(&email);
        }
        self.people.insert(email);
        self.sent[at].answer = "accepted";
        true
    }

    fn resend(&mut self, frame: &Frame, at: usize, seen: u32, token: u64, now: i64) -> bool {
        let row = self.sent[at].clone();
        if row.sendings != seen || !row.answer.is_empty() || row.until.is_some_and(|it| it <= now) {
            return false;
        }
        if row.kind == Kind::Invitation {
            let places = row.roles.iter().map(|it| it.1.clone()).collect();
            if !self.may_come(&row.email, row.team, &places) || !self.seated(frame, &row.email, row.team, &places, now) {
                return false;
            }
            self.replace(frame, &row.email, row.team, &places, row.id, now);
        }
        let possible = || self.can_change_hands(&row.site, row.partner, &row.email, row.keep.as_deref());
        if row.kind == Kind::Handover && (!possible() || self.waits_on(frame, &row.site, row.id, now)) {
            return false;
        }
        self.sent[at] = Offer { sent: now, sendings: seen + 1, token, ..row };
        true
    }

    fn depart(&mut self, person: &str, place: &str, by_themselves: bool, now: i64) -> bool {
        if !self.people.contains(person) || place == "f" || self.owns(person, place) {
            return false;
        }
        let team = place == "*";
        let goes = |it: &Held| it.person == person && it.team == team && (team || it.place == place);
        let gone: Vec<&Held> = self.held.iter().filter(|it| goes(it)).collect();
        let kept = gone.iter().any(|it| it.role == "tiny/carrier" || (by_themselves && it.role == "tiny/keeper" && live(it, now)));
        if gone.is_empty() || kept {
            return false;
        }
        self.held.retain(|it| !goes(it));
        true
    }

    fn offboard(&mut self, frame: &Frame, person: &str, to: Option<&str>, now: i64) -> bool {
        let owned: Vec<String> = self.sites.iter().filter(|(_, it)| it.0 == person).map(|it| it.0.clone()).collect();
        let heir = to.filter(|it| *it != person && self.people.contains(*it));
        if !self.people.contains(person) || person == DANA || (!owned.is_empty() && heir.is_none()) {
            return false;
        }
        self.held.retain(|it| it.person != person);
        for site in &owned {
            let (heir, agency) = (heir.unwrap(), self.sites[site].1);
            let shared = self.shared(site);
            self.strip(heir, site);
            if shared && heir != DANA {
                self.put(heir, "tiny/patron", site, now);
            }
            self.sites.insert(site.clone(), (heir.to_owned(), agency && !(shared && heir == DANA)));
        }
        for it in &mut self.sent {
            if Model::stage(frame, it, now) == "pending" && (it.email == person || owned.contains(&it.site)) {
                it.answer = "cancelled";
            }
        }
        true
    }

    fn reclaim(&mut self, frame: &Frame, site: &str, keep: Option<&str>, now: i64) -> bool {
        if !self.shared(site) || !keep.is_none_or(|it| fits(it, false)) {
            return false;
        }
        let team: BTreeSet<String> = self.held.iter().filter(|it| it.team).map(|it| it.person.clone()).collect();
        let owner = self.sites[site].0.clone();
        for it in
            self.sent.iter_mut().filter(|it| it.kind == Kind::Invitation && !it.team && (it.email == DANA || team.contains(&it.email)))
        {
            if Model::stage(frame, it, now) == "pending" && it.roles.iter().any(|(_, place)| place == site) {
                if it.roles.iter().all(|(_, place)| place == site) {
                    it.answer = "cancelled";
                } else {
                    it.roles.retain(|(_, place)| place != site);
                }
            }
        }
        let ours = |it: &Held| it.person != owner && (it.person == DANA || team.contains(&it.person));
        self.held.retain(|it| !(it.place == site && (ours(it) || it.role == "tiny/patron")));
        self.sites.insert(site.to_owned(), (owner, false));
        if let Some(keep) = keep {
            self.put(DANA, keep, site, now);
        }
        true
    }

    /// Goes to a state that was and gives back this one: what is open again, or anew, has no link.
    fn return_to(&mut self, there: Model) -> Model {
        let here = std::mem::replace(self, there);
        for it in self.sent.iter_mut().filter(|it| it.answer.is_empty()) {
            if here.find(it.kind, it.id).is_none_or(|at| !here.sent[at].answer.is_empty() || here.sent[at].token != it.token) {
                it.token = NO_LINK;
            }
        }
        here
    }

    /// Takes the step, or says no.
    fn step(&mut self, frame: &mut Frame, step: &Do, now: i64) -> bool {
        let blank = |kind, email: &str, token| Offer {
            kind,
            id: 0,
            email: email.to_owned(),
            sent: now,
            sendings: 1,
            token,
            answer: "",
            team: false,
            roles: BTreeSet::new(),
            until: None,
            site: String::new(),
            partner: false,
            keep: None,
            accepted_by: String::new(),
            wider: false,
        };
        match step {
            Do::Invite { email, team, roles, places, until, token } => {
                let row = Offer { team: *team, until: *until, ..blank(Kind::Invitation, email, *token) };
                // Dana owns the account: she gives herself what she wants.
                email != DANA && self.invite(frame, row, roles, places, now)
            }
            Do::Ask { person, roles, until } => {
                let possible = self.people.contains(person) && !roles.is_empty() && roles.iter().all(|it| fits(it, false));
                if !possible || until.is_some_and(|it| it <= now) {
                    return false;
                }
                let roles = roles.iter().map(|it| (it.clone(), String::new())).collect();
                self.send(frame, Offer { roles, until: *until, ..blank(Kind::Request, person, 0) });
                true
            }
            Do::Approve { request, site, roles, wider, token } => {
                let Some(at) = self.find(Kind::Request, *request) else { return false };
                let row = self.sent[at].clone();
                let asked: String = row.roles.iter().map(|it| grants(&it.0)).collect();
                let given = if roles.is_empty() { row.roles.iter().map(|it| it.0.clone()).collect() } else { roles.clone() };
                let more = given.iter().any(|it| grants_of(it).chars().any(|it| !asked.contains(it)));
                if Model::stage(frame, &row, now) != "pending" || (more && !wider) {
                    return false;
                }
                let invitation = Offer { until: row.until, ..blank(Kind::Invitation, &row.email, *token) };
                if !self.invite(frame, invitation, &given, std::slice::from_ref(site), now) {
                    return false;
                }
                self.sent[at] = Offer { answer: "accepted", site: site.clone(), wider: more, ..row };
                true
            }
            Do::HandOver { site, partner, email, keep, token } => {
                let possible = !(*partner && keep.is_some()) && self.can_change_hands(site, *partner, email, keep.as_deref());
                if !possible || self.waits_on(frame, site, 0, now) {
                    return false;
                }
                let (site, keep) = (site.clone(), keep.clone());
                self.send(frame, Offer { site, partner: *partner, keep, ..blank(Kind::Handover, email, *token) });
                true
            }
            Do::Resend { kind, id, seen, token } => self.find(*kind, *id).is_some_and(|at| self.resend(frame, at, *seen, *token, now)),
            Do::Close { kind, id, decline } => {
                let Some(at) = self.find(*kind, *id).filter(|at| Model::stage(frame, &self.sent[*at], now) == "pending") else {
                    return false;
                };
                self.sent[at].answer = if *decline { "declined" } else { "cancelled" };
                true
            }
            Do::Accept { token, email } => self.accept(frame, *token, email.as_deref(), now),
            Do::Reclaim { site, keep } => self.reclaim(frame, site, keep.as_deref(), now),
            Do::Leave { person, place } => self.depart(person, place, true, now),
            Do::Expel { person, place } => self.depart(person, place, false, now),
            Do::Offboard { person, to } => self.offboard(frame, person, to.as_deref(), now),
            Do::Assign { person, role, team, place, until } => {
                let same = |it: &Held| it.person == *person && it.role == *role && it.team == *team && it.place == *place;
                let possible = self.people.contains(person) && fits(role, *team) && (*team || self.sites.contains_key(place));
                if !possible || self.held.iter().any(same) {
                    return false;
                }
                let (person, role, place) = (person.clone(), role.clone(), place.clone());
                self.held.push(Held { person, role, team: *team, place, since: None, until: *until });
                true
            }
            Do::Unassign { person, role, team, place } => {
                let same = |it: &Held| it.person == *person && it.role == *role && it.team == *team && it.place == *place;
                let there = self.held.iter().any(same) && role != "tiny/carrier" && role != "tiny/patron";
                self.held.retain(|it| !(there && same(it)));
                there
            }
            Do::Undo | Do::Redo => unreachable!("told by the states that were"),
        }
    }

    /// Everything that is compared, line by line.
    fn told(&self, frame: &Frame, now: i64) -> BTreeSet<String> {
        let mut lines: BTreeSet<String> = self.people.iter().map(|it| format!("person {it}")).collect();
        lines.extend(self.sites.iter().map(|(key, (owner, agency))| format!("site {key} of {owner}, agency {agency}")));
        lines.extend(self.held.iter().map(|it| format!("{it:?}")));
        lines.extend(self.sent.iter().map(|it| {
            let roles = if it.kind == Kind::Handover { &BTreeSet::new() } else { &it.roles };
            let (stage, id, times) = (Model::stage(frame, it, now), it.id, it.sendings);
            format!("{:?} {id} to {} {stage} {times} {:?} {} {} {roles:?}", it.kind, it.email, it.until, it.accepted_by, it.wider)
        }));
        lines
    }
}

/// A role that nobody is given by hand grants here what its catalog says.
fn grants_of(role: &str) -> &'static str {
    match role {
        "tiny/carrier" | "tiny/tiny-owner" => "abc",
        other => grants(other),
    }
}

/// The program's side: the same lines from its tables.
struct Program {
    store: Store,
    roles: HashMap<RoleId, String>,
}

fn instant(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn token(n: u64) -> Token {
    let mut bits = [0; 32];
    bits[..8].copy_from_slice(&n.to_le_bytes());
    Token::new(bits)
}

fn scope(place: &str) -> ScopeRecord {
    match place {
        "*" => ScopeRecord::Everywhere,
        "f" => ScopeRecord::Folder(place.to_owned()),
        site => ScopeRecord::Site(site.to_owned()),
    }
}

fn level(team: bool) -> Level {
    if team { Level::Team } else { Level::Site }
}

fn key(kind: Kind, id: i64) -> OfferKey {
    match kind {
        Kind::Invitation => OfferKey::Invitation(id),
        Kind::Request => OfferKey::Request(id),
        Kind::Handover => OfferKey::Handover(id),
    }
}

fn command(step: &Do, store: &Store) -> Option<Command> {
    Some(match step.clone() {
        Do::Invite { email, team, roles, places, until, token: n } => Command::Invite(InvitationRecord {
            email,
            level: level(team),
            roles,
            scopes: places.iter().map(|it| scope(it)).collect(),
            client: false,
            until: until.map(instant),
            note: String::new(),
            token: token(n).hash(),
        }),
        Do::Ask { person, roles, until } => Command::Ask(RequestRecord {
            contact: "Cy".to_owned(),
            site: "the shop".to_owned(),
            roles,
            person,
            until: until.map(instant),
            message: String::new(),
        }),
        Do::Approve { request, site, roles, wider, token: n } => Command::Approve { request, site, roles, wider, token: token(n).hash() },
        Do::HandOver { site, partner, email, keep, token: n } => Command::HandOver(HandoverRecord {
            site,
            kind: if partner { HandoverKind::Partner } else { HandoverKind::Transfer },
            email,
            keep,
            with_plan: false,
            with_copy: false,
            token: token(n).hash(),
        }),
        Do::Resend { kind, id, seen, token: n } => Command::Resend { offer: key(kind, id), seen, token: Some(token(n).hash()) },
        Do::Close { kind, id, decline: true } => Command::Decline(key(kind, id)),
        Do::Close { kind, id, decline: false } => Command::Cancel(key(kind, id)),
        Do::Accept { token: n, email } => Command::Accept { token: token(n), email },
        Do::Reclaim { site, keep } => Command::Reclaim { site, keep },
        Do::Leave { person, place } => Command::Leave { person, from: scope(&place) },
        Do::Expel { person, place } => Command::Expel { person, from: scope(&place) },
        Do::Offboard { person, to } => Command::Offboard { person, sites_to: to },
        Do::Assign { person, role, team, place, until } => Command::Add(Record::Assignment(AssignmentRecord {
            person,
            role,
            level: level(team),
            scope: scope(&place),
            since: None,
            until: until.map(instant),
            review_on: None,
            reason: None,
        })),
        Do::Unassign { person, role, team, place } => {
            Command::Remove(Key::Assignment(AssignmentKey { person, role, level: level(team), scope: scope(&place) }))
        }
        Do::Undo => Command::Undo(undo_target(store.reader()).unwrap()?),
        Do::Redo => Command::Redo(redo_target(store.reader()).unwrap()?),
    })
}

impl Program {
    fn new(bundle: &str, now: i64) -> Program {
        let mut store = empty();
        take_in(&mut store, bundle).unwrap();
        assert!(now >= world::now().timestamp());
        let roles = store.reader().policy(None).unwrap().roles().map(|it| (it.role.id, it.role.key.clone())).collect();
        Program { store, roles }
    }

    fn told(&self, now: i64) -> BTreeSet<String> {
        let db = self.store.reader();
        let now = instant(now);
        let mut emails: HashMap<PersonId, String> = HashMap::new();
        db.each_person(|it| {
            emails.insert(it.id, it.email);
            Ok(())
        })
        .unwrap();
        let mut sites = HashMap::new();
        let mut lines: BTreeSet<String> = emails.values().map(|it| format!("person {it}")).collect();
        db.each_site(|it| {
            lines.insert(format!("site {} of {}, agency {}", it.key, emails[&it.owner], it.host == Host::Agency));
            sites.insert(it.id, it.key);
            Ok(())
        })
        .unwrap();
        let place = |it: Scope| match it {
            Scope::Everywhere => "*".to_owned(),
            Scope::Folder(_) => "f".to_owned(),
            Scope::Site(id) => sites[&id].clone(),
        };
        let seconds = |it: Option<DateTime<Utc>>| it.map(|it| it.timestamp());
        for id in emails.keys() {
            for it in db.assignments_of(*id).unwrap() {
                let (person, role, place) = (emails[id].clone(), self.roles[&it.role].clone(), place(it.scope));
                let (since, until) = (seconds(it.since), seconds(it.until));
                lines.insert(format!("{:?}", Held { person, role, team: it.level == Level::Team, place, since, until }));
            }
        }
        let waiting = |of: WaitsFor| -> BTreeSet<(String, String)> {
            let rows = db.waiting_roles(of).unwrap().into_iter();
            rows.map(|it| (self.roles[&it.role].clone(), it.scope.map_or_else(String::new, place))).collect()
        };
        for it in db.invitations_before(InvitationId(i64::MAX), Open::All, 9999).unwrap() {
            let by = it.accepted_by.map_or_else(String::new, |it| emails[&it].clone());
            let (id, times, roles) = (it.id.0, it.offer.sendings, waiting(WaitsFor::Invitation(it.id)));
            lines.insert(format!("Invitation {id} to {} {} {times} {:?} {by} false {roles:?}", it.email, it.stage(now), seconds(it.until)));
        }
        for it in db.requests_before(RequestId(i64::MAX), Open::All, 9999).unwrap() {
            let (id, times, roles) = (it.id.0, it.offer.sendings, waiting(WaitsFor::Request(it.id)));
            let (person, until, wider) = (&emails[&it.person], seconds(it.until), it.wider);
            lines.insert(format!("Request {id} to {person} {} {times} {until:?}  {wider} {roles:?}", it.stage(now)));
        }
        for it in db.handovers_before(HandoverId(i64::MAX), Open::All, 9999).unwrap() {
            lines.insert(format!("Handover {} to {} {} {} None  false {{}}", it.id.0, it.email, it.stage(now), it.offer.sendings));
        }
        lines
    }
}

/// Small, seeded, the same on every machine (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.roll(n) == 0
    }

    fn among<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[usize::try_from(self.roll(list.len() as u64)).unwrap()]
    }

    fn word(&mut self, list: &[&str]) -> String {
        (*self.among(list)).to_owned()
    }

    fn words(&mut self, list: &[&str]) -> Vec<String> {
        let n = self.roll(12).min(3);
        (0..n.max(u64::from(!self.one_in(30)))).map(|_| self.word(list)).collect()
    }

    fn perhaps(&mut self, list: &[&str]) -> Option<String> {
        (!self.one_in(3)).then(|| self.word(list))
    }

    fn end(&mut self, now: i64) -> Option<i64> {
        self.one_in(3).then(|| now + i64::try_from(self.roll(40)).unwrap() * DAY - DAY)
    }
}

/// Both sides, the clock, and the states that were.
struct Race {
    dice: Dice,
    clock: i64,
    /// Of the newest entry: no step takes place before it.
    last: i64,
    tokens: Vec<u64>,
    frame: Frame,
    model: Model,
    past: Vec<Model>,
    future: Vec<Model>,
    program: Program,
}

impl Race {
    fn new(seed: u64, invitation_days: i64) -> Race {
        let mut dice = Dice(seed);
        let start = world::now().timestamp();
        let mut limit = || (!dice.one_in(3)).then(|| usize::try_from(dice.roll(4) + 1).unwrap());
        let (site_seats, team_seats) = (limit(), limit());
        let word = |it: Option<usize>| it.map_or("null".to_owned(), |it| it.to_string());
        let program = Program::new(&AGENCY.replace("SITE", &word(site_seats)).replace("TEAM", &word(team_seats)), start);
        let site = |key: &str, owner: &str| (key.to_owned(), (owner.to_owned(), false));
        let model = Model {
            people: PEOPLE[..4].iter().map(|it| (*it).to_owned()).collect(),
            sites: BTreeMap::from([site("ours", DANA), site("shop", DANA), site("corp", PEOPLE[2])]),
            ..Model::default()
        };
        let frame = Frame { invitation_days, site_seats, team_seats, counts: [0; 3] };
        Race { dice, clock: start, last: start, tokens: Vec::new(), frame, model, past: Vec::new(), future: Vec::new(), program }
    }

    /// Mostly forward; often to the second in which something ends, or one beside it; now and then back.
    fn tick(&mut self) {
        let beside = i64::try_from(self.dice.roll(3)).unwrap() - 1;
        let open = self.model.sent.iter().filter(|it| it.answer.is_empty()).map(|it| it.sent + Model::days(&self.frame, it));
        let ends: Vec<i64> = open.chain(self.model.held.iter().filter_map(|it| it.until)).filter(|it| *it > self.clock).collect();
        self.clock = match self.dice.roll(12) {
            0 if !ends.is_empty() => *self.dice.among(&ends) + beside,
            1 => self.clock.max(self.last) - i64::try_from(self.dice.roll(20 * 3_600)).unwrap(),
            2 | 3 => self.clock + i64::try_from(self.dice.roll(4 * 86_400)).unwrap(),
            _ => self.clock + i64::try_from(self.dice.roll(600)).unwrap(),
        };
    }

    fn fresh(&mut self) -> u64 {
        let token = self.tokens.len() as u64 + 1;
        self.tokens.push(token);
        token
    }

    /// Something that was sent, or a number that nothing has.
    fn offer(&mut self) -> (Kind, i64, u32) {
        if self.model.sent.is_empty() || self.dice.one_in(20) {
            return (*self.dice.among(&[Kind::Invitation, Kind::Request, Kind::Handover]), 999, 1);
        }
        let open: Vec<&Offer> = self.model.sent.iter().filter(|it| it.answer.is_empty()).collect();
        let it = if open.is_empty() || self.dice.one_in(4) { self.dice.among(&self.model.sent) } else { *self.dice.among(&open) };
        (it.kind, it.id, it.sendings - u32::from(it.sendings > 1 && self.dice.one_in(6)))
    }

    /// The newest link of something, or any that was ever made, or none.
    fn a_token(&mut self) -> u64 {
        let newest: Vec<u64> = self.model.sent.iter().filter(|it| it.answer.is_empty() && it.token > 0).map(|it| it.token).collect();
        match self.dice.roll(10) {
            0 => 1_000_000,
            1 if !self.tokens.is_empty() => *self.dice.among(&self.tokens),
            _ if !newest.is_empty() => *self.dice.among(&newest),
            _ => 1_000_001,
        }
    }

    fn pick(&mut self, now: i64) -> Do {
        let dice = self.dice.roll(40);
        let person = self.dice.word(PEOPLE);
        let site = self.dice.word(SITES);
        let team = self.dice.one_in(3);
        match dice {
            0..=7 => {
                let known = if self.dice.one_in(5) { ROLES } else { &ROLES[..5] };
                let roles = self.dice.words(known);
                let near = if team || self.dice.one_in(8) { PLACES } else { SITES };
                let places = self.dice.words(near);
                Do::Invite { email: person, team, roles, places, until: self.dice.end(now), token: self.fresh() }
            }
            8..=9 => {
                let known = if self.dice.one_in(5) { ROLES } else { &ROLES[..5] };
                let roles = self.dice.words(known);
                Do::Ask { person, roles, until: self.dice.end(now) }
            }
            10..=12 => {
                let open: Vec<i64> = self.model.sent.iter().filter(|it| it.kind == Kind::Request).map(|it| it.id).collect();
                let request = if open.is_empty() { 999 } else { *self.dice.among(&open) };
                let roles = if self.dice.one_in(2) { Vec::new() } else { self.dice.words(&ROLES[..6]) };
                Do::Approve { request, site, roles, wider: self.dice.one_in(2), token: self.fresh() }
            }
            13..=15 => {
                let partner = self.dice.one_in(2);
                let keep = if partner && !self.dice.one_in(8) { None } else { self.dice.perhaps(&ROLES[..7]) };
                let email = if partner && !self.dice.one_in(4) { PEOPLE[2].to_owned() } else { person };
                Do::HandOver { site, partner, email, keep, token: self.fresh() }
            }
            16..=18 => {
                let (kind, id, seen) = self.offer();
                Do::Resend { kind, id, seen, token: self.fresh() }
            }
            19..=20 => {
                let (kind, id, _) = self.offer();
                Do::Close { kind, id, decline: team }
            }
            21..=28 => Do::Accept { token: self.a_token(), email: self.dice.one_in(5).then_some(person) },
            29 => Do::Reclaim { site, keep: self.dice.perhaps(&ROLES[..6]) },
            30..=31 => Do::Leave { person, place: self.dice.word(PLACES) },
            32 => Do::Expel { person, place: self.dice.word(PLACES) },
            33 => Do::Offboard { person, to: self.dice.perhaps(PEOPLE) },
            34..=35 => {
                Do::Assign { person, role: self.dice.word(&ROLES[..8]), team, place: self.dice.word(PLACES), until: self.dice.end(now) }
            }
            36 => match self.model.held.as_slice() {
                [] => Do::Unassign { person, role: "one".to_owned(), team, place: site },
                held => {
                    let it = self.dice.among(held).clone();
                    Do::Unassign { person: it.person, role: it.role, team: it.team, place: it.place }
                }
            },
            37..=38 => Do::Undo,
            _ => Do::Redo,
        }
    }

    /// One step on both sides. `Err` is how they differ.
    fn step(&mut self) -> Result<(Do, bool), String> {
        self.tick();
        let now = self.clock.max(self.last);
        let step = self.pick(now);
        let before = self.model.clone();
        let foreseen = match &step {
            Do::Undo => self.past.pop().map(|it| self.future.push(self.model.return_to(it))).is_some(),
            Do::Redo => self.future.pop().map(|it| self.past.push(self.model.return_to(it))).is_some(),
            step => self.model.step(&mut self.frame, step, now),
        };
        let done = match command(&step, &self.program.store) {
            None => Err("nothing to take back".to_owned()),
            Some(command) => match command::run(&mut self.program.store, &actor(), instant(self.clock), &command) {
                Ok(receipt) => Ok(receipt.head.is_some()),
                Err(Error::Refused(refusal)) => Err(refusal.to_string()),
                Err(Error::Broken(error)) => return Err(format!("{step:?} broke: {error:#}")),
            },
        };
        if done.is_ok() != foreseen {
            return Err(format!("{step:?} at {now}: the model says {foreseen}, the program {done:?}"));
        }
        if done == Ok(true) {
            self.last = now;
            if !matches!(step, Do::Undo | Do::Redo) {
                self.past.push(before);
                self.future.clear();
            }
        }
        let (ours, theirs) = (self.model.told(&self.frame, now), self.program.told(now));
        if ours != theirs {
            let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect::<Vec<_>>();
            return Err(format!("after {step:?} at {now}:\nmodel {:#?}\nprogram {:#?}", only(&ours, &theirs), only(&theirs, &ours)));
        }
        Ok((step, foreseen))
    }
}

/// Steps that one world takes.
const LENGTH: usize = 200;

/// How often each kind of step was refused and taken.
type Tally = BTreeMap<String, [usize; 2]>;

fn race(seed: u64, invitation_days: i64) -> Result<Tally, String> {
    let mut race = Race::new(seed, invitation_days);
    let mut tally = Tally::new();
    let mut told = Vec::new();
    for n in 0..LENGTH {
        let (step, taken) = race.step().map_err(|difference| {
            let tail = told[usize::max(25, n) - 25..].join("\n");
            format!("seed {seed}, step {n}\n{tail}\n{difference}")
        })?;
        let line = format!("{step:?}");
        let kind: String = line.chars().take_while(char::is_ascii_alphabetic).collect();
        tally.entry(kind).or_default()[usize::from(taken)] += 1;
        told.push(format!("{} {line}", if taken { "yes" } else { "no " }));
    }
    proven(&race.program.store);
    Ok(tally)
}

#[test]
fn random_lives_are_lived_as_the_rules_say() {
    let steps: usize = std::env::var("MACHINE_STEPS").ok().and_then(|it| it.parse().ok()).unwrap_or(4_000);
    let mut tally = Tally::new();
    for seed in 0..steps.div_ceil(LENGTH) {
        let more = race(seed as u64, 30 * DAY).unwrap_or_else(|difference| panic!("{difference}"));
        for (kind, [no, yes]) in more {
            let sum = tally.entry(kind).or_default();
            *sum = [sum[0] + no, sum[1] + yes];
        }
    }
    println!("refused and taken: {tally:#?}");
    assert!(tally.len() == 15 && tally.values().all(|it| it.iter().all(|n| *n > 0)), "a walk that leaves something out: {tally:?}");
}

#[test]
fn a_model_that_errs_by_one_second_is_found_out() {
    let found = (0..20).find_map(|seed| race(seed, 30 * DAY + 1).err()).unwrap();
    assert!(found.contains("pending") || found.contains("the model says true"), "{found}");
}
