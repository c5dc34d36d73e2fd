//! The life of access, told as it happens: from the invitation to the day when everything is taken.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod world;

use chrono::{DateTime, TimeDelta, Utc};
use rolecall::command::{self, Command, Error, Receipt};
use rolecall::domain::ids::{HandoverId, InvitationId, RequestId};
use rolecall::domain::life::{HandoverKind, WaitsFor};
use rolecall::domain::offer::Stage;
use rolecall::domain::record::{HandoverRecord, InvitationRecord, OfferKey, Record, RequestRecord, ScopeRecord, SiteRecord};
use rolecall::domain::things::{Host, Level};
use rolecall::domain::token::Token;
use rolecall::facts::Store;
use rolecall::facts::names::the_role;
use rolecall::query::access::{self, Asked};
use rolecall::query::coverage::{self, Attempt};
use rolecall::query::{due, matrix, offers, records};
use rolecall::store::life::Open;
use world::{actor, at, cmd, empty, export, proven, take_in};

/// Dana's agency with two sites of its own, a client with one, and two people without anything.
const AGENCY: &str = r#"
{"type":"workspace","name":"Northlight","owner":"dana@nl.example","ceiling":"strict"}
{"type":"folder","key":"retail","name":"Retail","parent":null}
{"type":"folder","key":"north","name":"North","parent":"retail"}
{"type":"person","email":"dana@nl.example","name":"Dana"}
{"type":"person","email":"bo@nl.example","name":"Bo"}
{"type":"person","email":"cy@corp.example","name":"Cy"}
{"type":"site","key":"ours","name":"Ours","platform":"wix","folder":"north","owner":"dana@nl.example","apps":["Wix Blog"]}
{"type":"site","key":"shop","name":"Shop","platform":"wix","folder":"retail","owner":"dana@nl.example"}
{"type":"site","key":"corp","name":"Corp","platform":"wix","folder":null,"owner":"cy@corp.example"}
{"type":"contact","name":"Cy Corp","email":"cy@corp.example","status":"client"}
{"type":"contact","name":"Eve Ito","email":"eve@acme.example"}
{"type":"contact","name":"Walk-in","email":null}
{"type":"role","key":"helper","name":"Helper","platform":"wix","level":"both","permissions":["dashboard.site.view"]}
{"type":"role","key":"team-helper","name":"Team helper","platform":"wix","level":"team","permissions":["dashboard.site.view"]}
"#;

const DANA: &str = "dana@nl.example";
const BO: &str = "bo@nl.example";
const CY: &str = "cy@corp.example";
const EVE: &str = "eve@acme.example";

/// What tells one role from another: designers see the dashboard, managers the contacts too.
const DASHBOARD: &str = "dashboard.site.view";
const CONTACTS: &str = "crm.contacts.view";

const DAY: TimeDelta = TimeDelta::days(1);
const SECOND: TimeDelta = TimeDelta::seconds(1);

struct Life {
    store: Store,
    now: DateTime<Utc>,
    agency: String,
    past: Vec<(DateTime<Utc>, Command)>,
}

fn life() -> Life {
    life_of(AGENCY)
}

fn life_of(agency: &str) -> Life {
    let mut store = empty();
    take_in(&mut store, agency).unwrap();
    Life { store, now: world::now(), agency: agency.to_owned(), past: Vec::new() }
}

impl Life {
    fn after(&mut self, time: TimeDelta) -> &mut Life {
        self.now += time;
        self
    }

    /// The command does something and the journal explains it; in the same life lived again it is
    /// taken back and done again exactly, but for links.
    fn does(&mut self, command: &Command) -> Receipt {
        self.again().goes_and_comes(command);
        let before = self.all();
        let receipt = self.run(command).unwrap_or_else(|error| panic!("{command:?}: {error}"));
        assert_ne!(before, self.all(), "{command:?} did nothing");
        proven(&self.store);
        receipt
    }

    /// The same life, lived again.
    fn again(&self) -> Life {
        let mut twin = life_of(&self.agency);
        for (now, command) in &self.past {
            twin.now = *now;
            twin.run(command).unwrap();
        }
        assert_eq!(twin.all(), self.all());
        Life { now: self.now, ..twin }
    }

    fn goes_and_comes(mut self, command: &Command) {
        let before = self.all_but_links();
        let receipt = self.run(command).unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let after = self.all_but_links();
        let undone = self.run(&Command::Undo(receipt.head.unwrap().seq)).unwrap_or_else(|error| panic!("undo of {command:?}: {error}"));
        assert_eq!(self.all_but_links(), before, "undo of {command:?}");
        self.run(&Command::Redo(undone.head.unwrap().seq)).unwrap_or_else(|error| panic!("redo of {command:?}: {error}"));
        assert_eq!(self.all_but_links(), after, "redo of {command:?}");
        proven(&self.store);
    }

    fn run(&mut self, command: &Command) -> Result<Receipt, Error> {
        let receipt = command::run(&mut self.store, &actor(), self.now, command)?;
        self.past.push((self.now, command.clone()));
        Ok(receipt)
    }

    /// The command is refused with this sentence and leaves nothing behind.
    fn refuses(&mut self, command: &Command, sentence: &str) {
        let (before, head) = (self.all(), self.store.reader().head().unwrap());
        match self.run(command) {
            Err(Error::Refused(refusal)) => assert_eq!(refusal.to_string(), sentence, "{command:?}"),
            other => panic!("{command:?}: {other:?}"),
        }
        assert_eq!((self.all(), self.store.reader().head().unwrap()), (before, head), "{command:?}");
    }

    /// Tables, with what waits and what was answered.
    fn all(&self) -> String {
        self.told(false)
    }

    fn all_but_links(&self) -> String {
        self.told(true)
    }

    fn told(&self, without_links: bool) -> String {
        let db = self.store.reader();
        let mut invitations = db.invitations_before(InvitationId(i64::MAX), Open::All, 99).unwrap();
        let requests = db.requests_before(RequestId(i64::MAX), Open::All, 99).unwrap();
        let mut handovers = db.handovers_before(HandoverId(i64::MAX), Open::All, 99).unwrap();
        if without_links {
            for it in &mut invitations {
                it.offer.token = None;
            }
            for it in &mut handovers {
                it.offer.token = None;
            }
        }
        let of = invitations.iter().map(|it| WaitsFor::Invitation(it.id)).chain(requests.iter().map(|it| WaitsFor::Request(it.id)));
        let waiting: Vec<_> = of.map(|it| db.waiting_roles(it).unwrap()).collect();
        format!("{}{invitations:#?}{requests:#?}{handovers:#?}{waiting:#?}", export(&self.store))
    }

    /// The deciding layer: all ways of asking agree on yes or no.
    fn asked(&self, person: &str, permission: &str, site: &str) -> &'static str {
        let (db, now) = (self.store.reader(), self.now);
        let policy = db.policy(None).unwrap();
        let asked = Asked::find(db, &policy, person, permission, site).unwrap();
        let verdict = asked.verdict(&policy, now);
        let (lean, lean_policy) = Asked::find_lean(db, person, permission, site, now).unwrap();
        assert_eq!(lean.verdict(&lean_policy, now), verdict);
        let (yes, id) = (verdict.is_allowed(), asked.permission);
        assert_eq!(access::who(db, &policy, &asked.site, id, now).unwrap().contains(&asked.person.id), yes);
        assert_eq!(access::who_can(db, &policy, &asked.site, id, now).unwrap().iter().any(|it| it.person == asked.person.id), yes);
        assert_eq!(access::what_can(db, &policy, asked.person.id, &asked.site, now).unwrap().iter().any(|it| it.permission == id), yes);
        let grid = matrix::people(db, &policy, &asked.site, now).unwrap();
        let column = grid.columns.iter().find(|it| it.subject == matrix::Subject::Person(asked.person.id));
        assert_eq!(column.is_some_and(|it| it.held().contains(id)), yes, "the matrix on {permission} of {person} on {site}");
        let mut everywhere = false;
        access::everywhere(db, &policy, now, |on, who, set| {
            everywhere |= on == asked.site.id && who == asked.person.id && set.contains(id);
        })
        .unwrap();
        assert_eq!(everywhere, yes);
        verdict.word()
    }

    fn can(&self, person: &str, permission: &str, site: &str) -> bool {
        ["site", "team", "owner"].contains(&self.asked(person, permission, site))
    }

    fn stage(&self, key: OfferKey) -> Stage {
        let db = self.store.reader();
        offers::one(db, &db.policy(None).unwrap(), self.now, key).unwrap().unwrap().stage
    }

    /// Roles of a person, as `role@place`.
    fn holds(&self, person: &str) -> Vec<String> {
        let db = self.store.reader();
        let policy = db.policy(None).unwrap();
        let held = db.assignments_of(db.the_person(person).unwrap().id).unwrap();
        let mut names: Vec<String> = held
            .iter()
            .map(|it| format!("{}@{}", policy.role(it.role).unwrap().role.key, access::scope_record(db, it.scope).unwrap()))
            .collect();
        names.sort();
        names
    }

    fn owner(&self, site: &str) -> (String, Host) {
        let db = self.store.reader();
        let site = db.the_site(site).unwrap();
        (db.find::<rolecall::domain::things::Person>(site.owner).unwrap().unwrap().email, site.host)
    }
}

fn token(n: u8) -> Token {
    Token::new([n; 32])
}

fn on(sites: &[&str]) -> Vec<ScopeRecord> {
    sites.iter().map(|it| ScopeRecord::Site((*it).to_owned())).collect()
}

/// An invitation to sites, to the token numbered `n`.
fn invited(email: &str, roles: &[&str], sites: &[&str], n: u8) -> InvitationRecord {
    let roles = roles.iter().map(|it| (*it).to_owned()).collect();
    let (email, token) = (email.to_owned(), token(n).hash());
    InvitationRecord { email, level: Level::Site, roles, scopes: on(sites), client: false, until: None, note: String::new(), token }
}

fn invite(email: &str, roles: &[&str], sites: &[&str], n: u8) -> Command {
    Command::Invite(invited(email, roles, sites, n))
}

/// The same into the team.
fn recruit(email: &str, roles: &[&str], scopes: &[ScopeRecord], n: u8) -> Command {
    Command::Invite(InvitationRecord { level: Level::Team, scopes: scopes.to_vec(), ..invited(email, roles, &[], n) })
}

fn folder(key: &str) -> ScopeRecord {
    ScopeRecord::Folder(key.to_owned())
}

fn accept(n: u8) -> Command {
    Command::Accept { token: token(n), email: None }
}

fn accept_as(n: u8, email: &str) -> Command {
    Command::Accept { token: token(n), email: Some(email.to_owned()) }
}

fn resend(offer: OfferKey, seen: u32, n: u8) -> Command {
    Command::Resend { offer, seen, token: Some(token(n).hash()) }
}

fn ask(person: &str, roles: &[&str]) -> RequestRecord {
    let roles = roles.iter().map(|it| (*it).to_owned()).collect();
    let (contact, person) = (CY.to_owned(), person.to_owned());
    RequestRecord { contact, site: "your shop".to_owned(), roles, person, until: None, message: String::new() }
}

fn approve(request: i64, site: &str, roles: &[&str], wider: bool, n: u8) -> Command {
    let roles = roles.iter().map(|it| (*it).to_owned()).collect();
    Command::Approve { request, site: site.to_owned(), roles, wider, token: token(n).hash() }
}

fn transfer(site: &str, email: &str, n: u8) -> HandoverRecord {
    let (site, email) = (site.to_owned(), email.to_owned());
    HandoverRecord { site, kind: HandoverKind::Transfer, email, keep: None, with_plan: false, with_copy: false, token: token(n).hash() }
}

fn partner(site: &str, email: &str, n: u8) -> Command {
    Command::HandOver(HandoverRecord { kind: HandoverKind::Partner, ..transfer(site, email, n) })
}

fn reclaim(site: &str, keep: Option<&str>) -> Command {
    Command::Reclaim { site: site.to_owned(), keep: keep.map(str::to_owned) }
}

fn leave(person: &str, site: &str) -> Command {
    Command::Leave { person: person.to_owned(), from: ScopeRecord::Site(site.to_owned()) }
}

fn expel(person: &str, from: ScopeRecord) -> Command {
    Command::Expel { person: person.to_owned(), from }
}

fn offboard(person: &str, sites_to: Option<&str>) -> Command {
    Command::Offboard { person: person.to_owned(), sites_to: sites_to.map(str::to_owned) }
}

fn retire(role: &str, replacement: &str) -> Command {
    Command::Retire { role: role.to_owned(), replacement: replacement.to_owned() }
}

fn give(person: &str, role: &str, level: &str, scope: &str) -> Command {
    cmd(&format!(r#"{{"add":{{"type":"assignment","person":"{person}","role":"{role}","level":"{level}","scope":{scope}}}}}"#))
}

/// Edits the agency's profile.
fn profile(text: &str) -> Command {
    let row = r#""type":"workspace","name":"Northlight","owner":"dana@nl.example","ceiling":"strict""#;
    cmd(&format!(r#"{{"edit":{{"before":{{{row}}},"after":{{{row},"profile":{{{text}}}}}}}}}"#))
}

const FIRST: OfferKey = OfferKey::Invitation(1);
const NO_SUCH_TOKEN: &str =
    "nothing that was sent has this token: a letter may be wrong, or it was sent again since, and only the newest link works";

// Invitations (facts §4.1).

#[test]
fn whoever_is_invited_is_pending_and_by_accepting_a_collaborator() {
    let mut it = life();
    it.does(&invite(EVE, &["website-designer"], &["ours"], 1));
    assert_eq!(it.stage(FIRST), Stage::Pending);
    assert_eq!(
        it.store.reader().the_person(EVE).unwrap_err().to_string(),
        format!("no person `{EVE}`; invited on 2026-11-21, not accepted yet")
    );
    it.after(DAY).does(&accept(1));
    assert_eq!(it.stage(FIRST), Stage::Accepted);
    assert_eq!(it.store.reader().the_person(EVE).unwrap().name, "Eve Ito", "named as the contact is");
    assert_eq!(it.asked(EVE, DASHBOARD, "ours"), "site");
    assert_eq!(it.asked(EVE, CONTACTS, "ours"), "role-lacks-it");
    assert_eq!(it.asked(EVE, DASHBOARD, "shop"), "out-of-scope");
    it.refuses(&accept(1), "invitation 1 was accepted on 2026-11-22, and each works once");
}

#[test]
fn an_invitation_lives_thirty_days_to_the_second() {
    let mut it = life();
    it.does(&invite(EVE, &["website-designer"], &["ours"], 1));
    it.after(DAY * 30 - SECOND);
    assert_eq!(it.stage(FIRST), Stage::Pending);
    let mut late = life();
    late.does(&invite(EVE, &["website-designer"], &["ours"], 1));
    late.after(DAY * 30);
    assert_eq!(late.stage(FIRST), Stage::Expired);
    let over = "invitation 1 ended on 2026-12-21 without an answer; ask for it to be sent again";
    for late_answer in [accept(1), Command::Cancel(FIRST), Command::Decline(FIRST)] {
        late.refuses(&late_answer, over);
    }
    it.does(&accept(1));
    assert!(it.can(EVE, DASHBOARD, "ours"));
}

#[test]
fn sending_it_again_renews_it_and_kills_the_old_link() {
    let mut it = life();
    it.does(&invite(EVE, &["website-designer"], &["ours"], 1));
    it.after(DAY * 29).does(&resend(FIRST, 1, 2));
    it.after(DAY * 29);
    assert_eq!(it.stage(FIRST), Stage::Pending);
    it.refuses(&accept(1), NO_SUCH_TOKEN);
    it.does(&accept(2));
    it.refuses(&resend(FIRST, 2, 3), "invitation 1 was accepted on 2027-01-18, and each works once");
}

#[test]
fn what_has_expired_is_sent_again_and_accepted() {
    let mut it = life();
    it.does(&invite(EVE, &["website-designer"], &["ours"], 1));
    it.after(DAY * 45).does(&resend(FIRST, 1, 2));
    assert_eq!(it.stage(FIRST), Stage::Pending);
    it.after(DAY).does(&accept(2));
    assert!(it.can(EVE, DASHBOARD, "ours"));
}

#[test]
fn an_answer_is_given_once() {
    let link = |command: Command, told: &str| {
        let mut it = life();
        it.does(&invite(EVE, &["website-designer"], &["ours"], 1));
        it.does(&command);
        for second in [accept(1), Command::Cancel(FIRST), Command::Decline(FIRST), resend(FIRST, 1, 2)] {
            it.refuses(&second, told);
        }
    };
    link(Command::Cancel(FIRST), "invitation 1 was taken back on 2026-11-21; ask for a new one");
    link(Command::Decline(FIRST), "invitation 1 was declined on 2026-11-21; send a new one");
    link(accept(1), "invitation 1 was accepted on 2026-11-21, and each works once");
}

#[test]
fn another_address_may_accept_and_that_is_said() {
    let mut it = life();
    it.does(&invite(EVE, &["website-designer"], &["ours"], 1));
    let receipt = it.does(&accept_as(1, "eve@home.example"));
    let said = "sent to eve@acme.example, accepted by eve@home.example: make sure that you know them";
    assert_eq!(receipt.notes, [command::Note::Remark(said.to_owned())]);
    let db = it.store.reader();
    let row = offers::one(db, &db.policy(None).unwrap(), it.now, FIRST).unwrap().unwrap();
    assert!(row.remark.is_some_and(|it| it.contains("eve@home.example")), "the list says so too");
    assert!(it.can("eve@home.example", DASHBOARD, "ours"));
    assert!(it.store.reader().person_by_email(EVE).unwrap().is_none());
}

#[test]
fn letter_case_makes_no_other_address() {
    let mut it = life();
    it.does(&invite("Eve@ACME.example", &["website-designer"], &["ours"], 1));
    assert_eq!(it.does(&accept_as(1, "eve@acme.example")).notes, []);
}

#[test]
fn a_second_invitation_to_the_same_places_takes_the_first_ones_place() {
    let mut it = life();
    it.does(&invite(EVE, &["website-designer"], &["ours"], 1));
    it.does(&invite(EVE, &["helper"], &["shop"], 2));
    it.does(&invite("EVE@acme.example", &["website-manager"], &["ours"], 3));
    let stages = [1, 2, 3].map(|n| it.stage(OfferKey::Invitation(n)));
    assert_eq!(stages, [Stage::Cancelled, Stage::Pending, Stage::Pending], "other places stay");
    it.refuses(&accept(1), "invitation 1 was taken back on 2026-11-21; ask for a new one");
    it.does(&accept(3));
    it.does(&accept(2));
    assert_eq!(it.holds(EVE), ["helper@site shop", "website-manager@site ours"]);
}

#[test]
fn an_expired_one_that_is_sent_again_takes_the_place_of_the_later_one() {
    let mut it = life();
    it.does(&invite(EVE, &["website-designer"], &["ours"], 1));
    it.after(DAY * 31).does(&invite(EVE, &["website-manager"], &["ours"], 2));
    it.does(&resend(FIRST, 1, 3));
    assert_eq!([1, 2].map(|n| it.stage(OfferKey::Invitation(n))), [Stage::Pending, Stage::Cancelled]);
}

#[test]
fn whoever_has_the_access_is_not_invited_to_it() {
    let mut it = life();
    it.does(&give(BO, "helper", "site", r#"{"site":"ours"}"#));
    it.refuses(&invite(BO, &["helper"], &["ours"], 1), "bo@nl.example has Helper there already");
    it.does(&invite(BO, &["helper", "website-designer"], &["ours"], 1));
    it.does(&accept(1));
    assert_eq!(it.holds(BO), ["helper@site ours", "website-designer@site ours"]);
}

#[test]
fn an_invitation_lengthens_what_would_end_and_never_shortens_it() {
    let until = |it: &Life| it.store.reader().assignments_of(it.store.reader().the_person(BO).unwrap().id).unwrap()[0].until;
    let mut it = life();
    let first = it.now + DAY * 20;
    it.does(&Command::Invite(InvitationRecord { until: Some(first), ..invited(BO, &["helper"], &["ours"], 1) }));
    it.does(&accept(1));
    assert_eq!(until(&it), Some(first));
    let second = it.now + DAY * 40;
    it.does(&Command::Invite(InvitationRecord { until: Some(second), ..invited(BO, &["helper"], &["ours"], 2) }));
    it.does(&invite(BO, &["website-designer", "helper"], &["ours"], 3));
    it.does(&accept(3));
    assert_eq!(it.holds(BO).len(), 2);
    assert_eq!(until(&it), None);
    it.refuses(&accept(2), "invitation 2 was taken back on 2026-11-21; ask for a new one");
}

#[test]
fn access_that_begins_later_keeps_its_own_end() {
    let mut it = life();
    let later = r#"{"site":"ours"},"since":"2027-06-01T00:00:00Z""#;
    it.does(&give(BO, "helper", "site", later));
    let until = it.now + DAY * 20;
    it.does(&Command::Invite(InvitationRecord { until: Some(until), ..invited(BO, &["helper"], &["ours"], 1) }));
    it.does(&accept(1));
    it.now = at("2027-07-01T00:00:00Z");
    assert!(it.can(BO, DASHBOARD, "ours"));
}

#[test]
fn several_roles_on_several_sites_come_with_one_yes() {
    let mut it = life();
    it.does(&invite(EVE, &["blog-writer", "helper", "Helper"], &["ours", "shop", "ours"], 1));
    it.does(&accept(1));
    assert_eq!(it.holds(EVE), ["blog-writer@site ours", "blog-writer@site shop", "helper@site ours", "helper@site shop"]);
    assert_eq!(it.asked(EVE, "blog.posts.write", "ours"), "site");
    assert_eq!(it.asked(EVE, "blog.posts.write", "shop"), "app-missing");
}

#[test]
fn words_of_an_invitation_that_are_off_are_refused() {
    let mut it = life();
    it.refuses(&invite(EVE, &[], &["ours"], 1), "an invitation needs at least one role and one place");
    it.refuses(&invite(EVE, &["helper"], &[], 1), "an invitation needs at least one role and one place");
    it.refuses(&invite("eve", &["helper"], &["ours"], 1), "`eve` is not an e-mail address");
    it.refuses(&invite(EVE, &["helper"], &["ourz"], 1), "no site `ourz`; did you mean `ours`?");
    it.refuses(
        &invite(EVE, &["partner"], &["ours"], 1),
        "Partner comes with a partnership and is never assigned; rolecall partner propose SITE proposes one",
    );
    it.refuses(&invite(EVE, &["owner"], &["ours"], 1), "Owner comes with the site and is never assigned; it moves by a transfer");
    it.refuses(&invite(EVE, &["team-helper"], &["ours"], 1), "Team helper is a team-level role and cannot be given at site level");
    it.refuses(&invite(CY, &["helper"], &["corp"], 1), "cy@corp.example owns corp and needs no invitation to it");
    let past = Command::Invite(InvitationRecord { until: Some(it.now), ..invited(EVE, &["helper"], &["ours"], 1) });
    it.refuses(&past, "the access would end before it begins");
    let in_folder = Command::Invite(InvitationRecord { scopes: vec![folder("retail")], ..invited(EVE, &["helper"], &[], 1) });
    it.refuses(&in_folder, "collaborators are invited to sites; folders and everywhere are for the team (level team)");
    for hostile in ["\u{202e}eve@acme.example", "eve\n@acme.example", "eve\u{200b}@acme.example"] {
        assert!(it.run(&invite(hostile, &["helper"], &["ours"], 1)).is_err(), "{hostile:?}");
    }
    for hostile in ["\u{1b}[2J", "a\u{202e}b", "a\0b"] {
        let note = Command::Invite(InvitationRecord { note: hostile.to_owned(), ..invited(EVE, &["helper"], &["ours"], 1) });
        assert!(it.run(&note).is_err(), "{hostile:?}");
    }
}

#[test]
fn access_that_would_have_ended_is_neither_accepted_nor_sent_again() {
    let mut it = life();
    let until = Some(it.now + DAY * 10);
    it.does(&Command::Invite(InvitationRecord { until, ..invited(EVE, &["helper"], &["ours"], 1) }));
    it.after(DAY * 10);
    let over = "the access that invitation 1 would bring has ended meanwhile; send a new one";
    it.refuses(&accept(1), over);
    it.refuses(&resend(FIRST, 1, 2), over);
}

#[test]
fn what_no_longer_fits_is_refused_when_it_is_accepted() {
    let mut it = life();
    it.does(&invite(EVE, &["helper"], &["shop"], 1));
    let site = r#"{"type":"site","key":"shop","name":"Shop","platform":"wix","folder":"retail","owner":"dana@nl.example"}"#;
    it.does(&cmd(&format!(r#"{{"edit":{{"before":{site},"after":{}}}}}"#, site.replace(r#""wix""#, r#""wordpress""#))));
    it.refuses(&accept(1), "Helper is a role of wix, and shop is on wordpress");
    let mut it = life();
    it.does(&invite(EVE, &["helper"], &["shop"], 1));
    let role = r#"{"type":"role","key":"helper","name":"Helper","platform":"wix","level":"both","permissions":["dashboard.site.view"]}"#;
    it.does(&cmd(&format!(r#"{{"edit":{{"before":{role},"after":{}}}}}"#, role.replace(r#""both""#, r#""team""#))));
    it.refuses(&accept(1), "Helper is a team-level role and cannot be given at site level");
}

// The team (facts §4.4) and seats (facts §4.2).

#[test]
fn the_nearest_scope_of_the_team_wins() {
    let mut it = life();
    it.does(&recruit(EVE, &["website-manager"], &[ScopeRecord::Everywhere], 1));
    it.does(&accept(1));
    assert!(it.can(EVE, CONTACTS, "ours") && it.can(EVE, CONTACTS, "shop"));
    assert_eq!(it.asked(EVE, DASHBOARD, "corp"), "out-of-scope", "a client's own site is not the team's");
    it.does(&recruit(EVE, &["website-designer"], &[folder("north")], 2));
    it.does(&accept(2));
    assert!(!it.can(EVE, CONTACTS, "ours") && it.can(EVE, DASHBOARD, "ours") && it.can(EVE, CONTACTS, "shop"));
    it.does(&recruit(EVE, &["back-office-manager"], &on(&["ours"]), 3));
    it.does(&accept(3));
    assert!(it.can(EVE, CONTACTS, "ours") && !it.can(EVE, "editor.site.edit", "ours"));
    it.does(&expel(EVE, ScopeRecord::Everywhere));
    assert_eq!(it.asked(EVE, DASHBOARD, "ours"), "no-assignment");
}

#[test]
fn a_team_invitation_to_everywhere_and_one_to_a_folder_do_not_replace_each_other() {
    let mut it = life();
    it.does(&recruit(EVE, &["helper"], &[ScopeRecord::Everywhere], 1));
    it.does(&recruit(EVE, &["helper"], &[folder("north")], 2));
    it.does(&invite(EVE, &["helper"], &["ours"], 3));
    assert_eq!([1, 2, 3].map(|n| it.stage(OfferKey::Invitation(n))), [Stage::Pending; 3]);
}

#[test]
fn whoever_owns_an_account_joins_sites_and_not_the_team() {
    let mut it = life();
    let sentence =
        "cy@corp.example has an account of their own, with sites; invite them to single sites, or to the team under another address";
    it.refuses(&recruit(CY, &["helper"], &[ScopeRecord::Everywhere], 1), sentence);
    it.does(&recruit("cy@work.example", &["helper"], &[ScopeRecord::Everywhere], 1));
    it.refuses(&accept_as(1, CY), sentence);
    it.does(&accept(1));
    it.does(&invite(CY, &["helper"], &["ours"], 2));
    it.refuses(
        &recruit(DANA, &["helper"], &[ScopeRecord::Everywhere], 3),
        "dana@nl.example owns this workspace and needs no place in its team",
    );
}

#[test]
fn seats_are_counted_by_person_and_nobody_new_comes_over_the_limit() {
    let mut it = life();
    it.does(&profile(r#""site_seats":2,"team_seats":1"#));
    it.does(&give(BO, "helper", "site", r#"{"site":"ours"}"#));
    it.does(&invite(BO, &["website-designer"], &["ours"], 1));
    it.does(&invite(EVE, &["helper"], &["ours"], 2));
    let full = "all 2 seats of ours are taken; take one back, or raise the limit: rolecall team edit";
    it.refuses(&invite(CY, &["helper"], &["ours"], 3), full);
    it.does(&invite(EVE, &["website-designer"], &["ours"], 3));
    it.after(DAY * 31).does(&invite(CY, &["helper"], &["ours"], 4));
    it.refuses(&resend(OfferKey::Invitation(3), 1, 5), full);
    it.does(&expel(BO, ScopeRecord::Site("ours".to_owned())));
    it.does(&resend(OfferKey::Invitation(3), 1, 5));
    it.does(&recruit(BO, &["helper"], &[ScopeRecord::Everywhere], 6));
    it.refuses(
        &recruit(EVE, &["helper"], &[folder("north")], 7),
        "all 1 seats of the team are taken; take one back, or raise the limit: rolecall team edit",
    );
}

#[test]
fn over_the_limit_people_stay() {
    let mut it = life();
    it.does(&give(BO, "helper", "site", r#"{"site":"ours"}"#));
    it.does(&invite(EVE, &["helper"], &["ours"], 1));
    it.does(&profile(r#""site_seats":1"#));
    assert!(it.can(BO, DASHBOARD, "ours"));
    it.does(&accept(1));
    assert!(it.can(EVE, DASHBOARD, "ours"));
}

// Requests (facts §4.3).

#[test]
fn a_request_becomes_access_by_two_yeses() {
    let mut it = life();
    it.does(&Command::Ask(ask(BO, &["website-designer"])));
    assert_eq!(it.stage(OfferKey::Request(1)), Stage::Pending);
    it.after(DAY).does(&approve(1, "corp", &[], false, 1));
    assert_eq!((it.stage(OfferKey::Request(1)), it.stage(FIRST)), (Stage::Accepted, Stage::Pending));
    assert_eq!(it.asked(BO, DASHBOARD, "corp"), "invitation-pending");
    it.after(DAY).does(&accept(1));
    assert_eq!(it.asked(BO, DASHBOARD, "corp"), "site");
    it.refuses(&approve(1, "corp", &[], false, 2), "request 1 was accepted on 2026-11-22, and each works once");
}

#[test]
fn the_owner_of_the_agency_can_be_asked_for_too() {
    let mut it = life();
    it.does(&Command::Ask(ask(DANA, &["website-designer"])));
    it.does(&approve(1, "corp", &[], false, 1));
    it.does(&accept(1));
    assert_eq!(it.asked(DANA, DASHBOARD, "corp"), "site");
}

#[test]
fn the_client_may_give_less_and_more_only_in_so_many_words() {
    let mut it = life();
    it.does(&Command::Ask(ask(BO, &["website-designer", "blog-editor"])));
    let wider = "Website Manager is wider than what was asked for: ";
    let Err(Error::Refused(refusal)) = it.run(&approve(1, "corp", &["website-manager"], false, 1)) else { panic!() };
    assert!(refusal.to_string().starts_with(wider) && refusal.to_string().ends_with("if the client means it, say so: --wider"));
    it.does(&approve(1, "corp", &["blog-editor"], true, 1));
    let row = |it: &Life, n| it.store.reader().find::<rolecall::domain::life::Request>(RequestId(n)).unwrap().unwrap();
    assert!(!row(&it, 1).wider, "what is narrower is not called wider");
    it.does(&accept(1));
    assert_eq!(it.holds(BO), ["blog-editor@site corp"]);
    it.does(&Command::Ask(ask(BO, &["website-designer"])));
    it.does(&approve(2, "corp", &["website-manager"], true, 2));
    assert!(row(&it, 2).wider);
}

#[test]
fn a_request_is_declined_withdrawn_or_lapses() {
    let key = OfferKey::Request(1);
    for (command, stage, told) in [
        (Command::Decline(key), Stage::Declined, "request 1 was declined on 2026-11-21; send a new one"),
        (Command::Cancel(key), Stage::Cancelled, "request 1 was taken back on 2026-11-21; ask for a new one"),
    ] {
        let mut it = life();
        it.does(&Command::Ask(ask(BO, &["helper"])));
        it.does(&command);
        assert_eq!(it.stage(key), stage);
        it.refuses(&approve(1, "corp", &[], false, 1), told);
    }
    let mut it = life();
    it.does(&profile(r#""request_days":7"#));
    it.does(&Command::Ask(ask(BO, &["helper"])));
    it.after(DAY * 7 - SECOND);
    assert_eq!(it.stage(key), Stage::Pending);
    it.after(SECOND);
    assert_eq!(it.stage(key), Stage::Expired);
    it.refuses(&approve(1, "corp", &[], false, 1), "request 1 ended on 2026-11-28 without an answer; ask for it to be sent again");
    it.does(&Command::Resend { offer: key, seen: 1, token: None });
    it.does(&approve(1, "corp", &[], false, 1));
}

#[test]
fn a_request_needs_somebody_to_send_it_to_and_a_role_that_can_be_had() {
    let mut it = life();
    let to = |contact: &str| Command::Ask(RequestRecord { contact: contact.to_owned(), ..ask(BO, &["helper"]) });
    it.refuses(&to("Walk-in"), "Walk-in has no e-mail to send a request to; add one: rolecall contact edit");
    it.refuses(&to("nobody@no.example"), "no contact `nobody@no.example`");
    it.refuses(&Command::Ask(ask(BO, &[])), "a request needs at least one role");
    it.refuses(&Command::Ask(ask(BO, &["team-helper"])), "Team helper is a role of the team; ask for one that collaborators can have");
    it.refuses(&Command::Ask(RequestRecord { site: " ".to_owned(), ..ask(BO, &["helper"]) }), "the site is empty");
}

// Ends and clocks (R5).

#[test]
fn the_moment_an_end_passes_access_is_gone_in_every_answer() {
    let mut it = life();
    let until = it.now + DAY * 10;
    it.does(&Command::Invite(InvitationRecord { until: Some(until), ..invited(EVE, &["helper"], &["ours"], 1) }));
    it.does(&accept(1));
    it.now = until - TimeDelta::microseconds(1);
    assert_eq!(it.asked(EVE, DASHBOARD, "ours"), "site");
    it.now = until;
    assert_eq!(it.asked(EVE, DASHBOARD, "ours"), "expired");
}

#[test]
fn a_clock_that_is_set_back_by_a_day_brings_nothing_back_to_life() {
    let mut it = life();
    it.does(&invite(EVE, &["helper"], &["ours"], 1));
    it.does(&invite(EVE, &["helper"], &["shop"], 2));
    it.after(DAY * 30 + DAY / 2).does(&cmd(r#"{"ceiling":"relaxed"}"#));
    it.after(-DAY);
    it.refuses(&accept(1), "invitation 1 ended on 2026-12-21 without an answer; ask for it to be sent again");
    let receipt = it.run(&resend(FIRST, 1, 3)).unwrap();
    assert!(matches!(receipt.notes.as_slice(), [command::Note::Remark(it)] if it.contains("is taken for now")), "{:?}", receipt.notes);
    assert_eq!(it.store.reader().invitations_to(EVE, Open::Unanswered).unwrap()[1].offer.sent, it.now + DAY);
}

// Change, leaving, removing (facts §4.5).

#[test]
fn a_change_counts_at_once() {
    let mut it = life();
    it.does(&give(BO, "website-designer", "site", r#"{"site":"ours"}"#));
    let row = r#"{"type":"assignment","person":"bo@nl.example","role":"website-designer","level":"site","scope":{"site":"ours"}}"#;
    let edit = |after: String| cmd(&format!(r#"{{"edit":{{"before":{row},"after":{after}}}}}"#));
    it.does(&edit(row.replace("website-designer", "website-manager")));
    assert!(it.can(BO, CONTACTS, "ours"));
    it.refuses(&edit(row.replace("ours", "shop")), "bo@nl.example does not hold website-designer at site level (site ours)");
}

#[test]
fn writers_and_editors_of_the_blog_cannot_leave_whatever_else_they_hold() {
    let stays = |roles: &[&str], name: &str| {
        let mut it = life();
        it.does(&invite(EVE, roles, &["ours"], 1));
        it.does(&accept(1));
        it.refuses(&leave(EVE, "ours"), &format!("whoever is {name} cannot leave by themselves; ask somebody who may remove people there"));
        it.does(&expel(EVE, ScopeRecord::Site("ours".to_owned())));
        assert_eq!(it.asked(EVE, DASHBOARD, "ours"), "no-assignment");
    };
    stays(&["blog-writer"], "Blog Writer");
    stays(&["blog-editor"], "Blog Editor");
    stays(&["website-manager", "blog-writer"], "Blog Writer");
    let mut it = life();
    it.does(&invite(EVE, &["website-manager"], &["ours", "shop"], 1));
    it.does(&accept(1));
    it.does(&leave(EVE, "ours"));
    assert_eq!(it.holds(EVE), ["website-manager@site shop"]);
    it.refuses(&leave(EVE, "ours"), "eve@acme.example has no role of their own on ours");
}

#[test]
fn a_role_that_has_ended_keeps_nobody() {
    let mut it = life();
    it.does(&give(BO, "blog-writer", "site", r#"{"site":"ours"},"until":"2026-12-01T00:00:00Z""#));
    it.does(&give(BO, "helper", "site", r#"{"site":"ours"}"#));
    it.after(DAY * 20).does(&leave(BO, "ours"));
    assert_eq!(it.holds(BO), Vec::<String>::new());
}

#[test]
fn the_owner_neither_leaves_nor_is_removed() {
    let mut it = life();
    let corp = ScopeRecord::Site("corp".to_owned());
    for command in [leave(CY, "corp"), expel(CY, corp)] {
        it.refuses(&command, "cy@corp.example owns corp, which can only be transferred");
    }
    let in_folder = Command::Leave { person: BO.to_owned(), from: folder("north") };
    it.refuses(&in_folder, "people leave a site, or the team as a whole; roles in one folder are taken one by one: rolecall unassign");
    it.refuses(&offboard(DANA, None), "dana@nl.example owns this workspace and cannot be offboarded");
    it.refuses(&offboard(CY, None), "cy@corp.example cannot be removed: they own 1 site; say who takes them: --sites-to EMAIL");
    it.refuses(&offboard(CY, Some(CY)), "the sites cannot go to the person who leaves");
}

#[test]
fn offboarding_takes_everything_everywhere_at_once() {
    let mut it = life();
    it.does(&give(CY, "helper", "site", r#"{"site":"ours"}"#));
    it.does(&give(CY, "helper", "site", r#"{"site":"shop"}"#));
    it.does(&invite(CY, &["website-manager"], &["ours"], 1));
    it.does(&Command::Ask(ask(CY, &["helper"])));
    it.does(&Command::HandOver(transfer("ours", CY, 2)));
    it.does(&partner("corp", CY, 3));
    it.does(&offboard(CY, Some(BO)));
    assert_eq!(it.holds(CY), Vec::<String>::new());
    assert_eq!(it.owner("corp"), (BO.to_owned(), Host::Owner));
    let open = [FIRST, OfferKey::Request(1), OfferKey::Handover(1), OfferKey::Handover(2)];
    assert_eq!(open.map(|key| it.stage(key)), [Stage::Cancelled; 4]);
    assert_eq!(it.asked(CY, DASHBOARD, "corp"), "no-assignment");
    assert!(it.can(BO, DASHBOARD, "corp"));
    let nothing = it.run(&offboard(CY, None)).unwrap();
    assert_eq!((nothing.head, nothing.n_changes), (None, 0));
    it.does(&cmd(r#"{"remove":{"person":"cy@corp.example"}}"#));
}

#[test]
fn whoever_inherits_a_site_takes_the_clients_place_in_its_partnership() {
    let mut it = life();
    it.does(&partner("corp", CY, 1));
    it.does(&accept(1));
    it.does(&give(BO, "helper", "site", r#"{"site":"corp"}"#));
    it.does(&offboard(CY, Some(BO)));
    assert_eq!((it.holds(BO), it.owner("corp")), (vec!["client@site corp".to_owned()], (BO.to_owned(), Host::Agency)));
    it.does(&reclaim("corp", None));
    assert_eq!((it.holds(BO), it.holds(DANA)), (Vec::new(), Vec::new()));
    let mut it = life();
    it.does(&partner("corp", CY, 1));
    it.does(&accept(1));
    it.does(&offboard(CY, Some(DANA)));
    assert_eq!((it.holds(DANA), it.owner("corp")), (Vec::new(), (DANA.to_owned(), Host::Owner)), "the agency needs no partner");
}

// Transfer (facts §4.6).

#[test]
fn a_site_changes_hands_when_the_new_owner_says_so() {
    let mut it = life();
    it.does(&give(BO, "helper", "site", r#"{"site":"ours"}"#));
    it.does(&Command::HandOver(transfer("ours", BO, 1)));
    assert_eq!(it.owner("ours").0, DANA);
    it.after(DAY * 3 - SECOND).does(&accept(1));
    assert_eq!((it.owner("ours"), it.holds(BO)), ((BO.to_owned(), Host::Owner), Vec::new()), "an owner needs no role");
    assert_eq!((it.asked(BO, DASHBOARD, "ours"), it.asked(DANA, DASHBOARD, "ours")), ("owner", "no-assignment"));
    assert!(it.store.reader().the_site("ours").unwrap().folder.is_some(), "it stays where it lies");
}

#[test]
fn a_transfer_lives_three_days_and_is_for_one_address() {
    let mut it = life();
    let key = OfferKey::Handover(1);
    it.does(&Command::HandOver(transfer("ours", EVE, 1)));
    it.refuses(&accept_as(1, BO), "hand-over 1 is for eve@acme.example alone; have it sent to the other address instead");
    let waits = "hand-over 1 of ours to eve@acme.example waits for its answer; take it back first: rolecall transfer cancel 1";
    it.refuses(&Command::HandOver(transfer("ours", BO, 2)), waits);
    it.after(DAY * 3);
    assert_eq!(it.stage(key), Stage::Expired);
    it.refuses(&accept(1), "hand-over 1 ended on 2026-11-24 without an answer; ask for it to be sent again");
    it.does(&Command::HandOver(transfer("ours", BO, 2)));
    let waits = "hand-over 2 of ours to bo@nl.example waits for its answer; take it back first: rolecall transfer cancel 2";
    it.refuses(&resend(key, 1, 3), waits);
    it.does(&Command::Decline(OfferKey::Handover(2)));
    it.does(&resend(key, 1, 3));
    it.does(&accept(3));
    assert_eq!(it.owner("ours").0, EVE);
}

#[test]
fn the_old_owner_keeps_what_was_agreed_and_nothing_else() {
    let mut it = life();
    it.does(&give(CY, "website-manager", "site", r#"{"site":"corp"}"#));
    it.does(&give(CY, "helper", "site", r#"{"site":"corp"}"#));
    it.does(&Command::HandOver(HandoverRecord {
        keep: Some("helper".to_owned()),
        with_plan: true,
        with_copy: true,
        ..transfer("corp", EVE, 1)
    }));
    it.does(&accept(1));
    assert_eq!(it.holds(CY), ["helper@site corp"]);
    assert_eq!((it.asked(CY, DASHBOARD, "corp"), it.asked(CY, CONTACTS, "corp")), ("site", "role-lacks-it"));
    assert_eq!(it.owner("corp-copy").0, CY, "the copy stays with the old owner");
    let copy = it.store.reader().the_site("corp-copy").unwrap();
    assert_eq!(it.store.reader().assignments_on(copy.id).unwrap(), [], "nobody comes along with a copy");
}

#[test]
fn a_transfer_that_cannot_be_is_refused() {
    let mut it = life();
    it.refuses(&Command::HandOver(transfer("corp", CY, 1)), "cy@corp.example has corp already");
    let keep = |role: &str| Command::HandOver(HandoverRecord { keep: Some(role.to_owned()), ..transfer("ours", EVE, 1) });
    it.refuses(&keep("team-helper"), "Team helper cannot be kept on ours");
    it.refuses(&keep("owner"), "Owner comes with the site and is never assigned; it moves by a transfer");
    let row = r#"{"type":"site","key":"corp","name":"Corp","platform":"wix","folder":null,"owner":"cy@corp.example"}"#;
    it.does(&cmd(&format!(r#"{{"edit":{{"before":{row},"after":{}}}}}"#, row.replace('}', r#","host":"agency"}"#))));
    let carried = "the agency carries the plan of corp; give the plan back first: rolecall site edit corp --host owner";
    it.refuses(&Command::HandOver(transfer("corp", BO, 1)), carried);
}

#[test]
fn what_another_owner_offered_dies_with_their_ownership() {
    let mut it = life();
    it.does(&Command::HandOver(transfer("ours", EVE, 1)));
    let cancelled = it.does(&Command::Cancel(OfferKey::Handover(1)));
    it.does(&Command::HandOver(transfer("ours", BO, 2)));
    it.run(&Command::Undo(cancelled.head.unwrap().seq)).unwrap();
    assert_eq!([1, 2].map(|n| it.stage(OfferKey::Handover(n))), [Stage::Pending; 2]);
    it.does(&accept(2));
    assert_eq!(it.stage(OfferKey::Handover(1)), Stage::Cancelled);
    assert_eq!(it.owner("ours").0, BO);
}

// The Partner role (R10).

#[test]
fn a_partnership_gives_the_agency_the_work_and_leaves_the_client_in_charge() {
    let mut it = life();
    it.does(&partner("corp", CY, 1));
    assert_eq!(it.asked(DANA, DASHBOARD, "corp"), "no-assignment");
    it.does(&accept(1));
    assert_eq!(it.owner("corp"), (CY.to_owned(), Host::Agency));
    assert_eq!((it.asked(DANA, DASHBOARD, "corp"), it.asked(CY, DASHBOARD, "corp")), ("site", "site"));
    assert!(!it.can(DANA, "sites.site.transfer", "corp") && it.can(CY, "sites.site.transfer", "corp"));
    assert!(it.can(DANA, "sites.site.duplicate", "corp"), "what the Partner role lifts");
    assert_eq!(it.asked(CY, "billing.premium_plan.assign", "corp"), "partnership");
    it.refuses(&partner("corp", CY, 2), "there is already a partnership on corp");
    it.refuses(&Command::HandOver(transfer("corp", BO, 2)), "corp is in a partnership; end it first: rolecall partner reclaim corp");
    let ends = "a partnership ends when the client reclaims the site: rolecall partner reclaim SITE";
    it.refuses(&leave(DANA, "corp"), ends);
    it.does(&reclaim("corp", None));
    assert_eq!((it.owner("corp"), it.holds(DANA), it.holds(CY)), ((CY.to_owned(), Host::Owner), Vec::new(), Vec::new()));
    assert_eq!((it.asked(DANA, DASHBOARD, "corp"), it.asked(CY, "billing.premium_plan.assign", "corp")), ("no-assignment", "owner"));
    it.refuses(&reclaim("corp", None), "corp is in no partnership, so that there is nothing to take back");
}

#[test]
fn reclaiming_takes_the_whole_agency_out_but_for_one_role_that_the_client_picks() {
    let mut it = life();
    it.does(&give(BO, "helper", "team", r#""everywhere""#));
    it.does(&give(BO, "helper", "site", r#"{"site":"corp"}"#));
    it.does(&partner("corp", CY, 1));
    it.does(&accept(1));
    it.does(&invite(EVE, &["helper"], &["corp"], 2));
    it.does(&accept(2));
    assert!(it.can(BO, DASHBOARD, "corp"));
    it.refuses(&reclaim("corp", Some("team-helper")), "Team helper is a team-level role and cannot be given at site level");
    it.does(&reclaim("corp", Some("website-designer")));
    assert_eq!(it.holds(DANA), ["website-designer@site corp"]);
    assert_eq!((it.can(DANA, DASHBOARD, "corp"), it.can(BO, DASHBOARD, "corp")), (true, false));
    assert!(it.can(EVE, DASHBOARD, "corp"), "who is not of the agency stays");
}

#[test]
fn reclaiming_takes_back_what_the_agencys_people_were_invited_to_there() {
    let mut it = life();
    it.does(&partner("corp", CY, 1));
    it.does(&accept(1));
    it.does(&give(BO, "team-helper", "team", r#""everywhere""#));
    it.does(&Command::Ask(ask(DANA, &["helper"])));
    it.does(&approve(1, "corp", &[], false, 2));
    it.does(&invite(BO, &["helper"], &["corp", "shop"], 3));
    it.does(&invite(EVE, &["helper"], &["corp"], 4));
    it.does(&reclaim("corp", None));
    it.refuses(&accept(2), "invitation 1 was taken back on 2026-11-21; ask for a new one");
    it.does(&accept(3));
    it.does(&accept(4));
    assert_eq!((it.can(BO, DASHBOARD, "corp"), it.can(BO, DASHBOARD, "shop"), it.can(EVE, DASHBOARD, "corp")), (false, true, true));
}

#[test]
fn a_partnership_that_ended_by_itself_is_begun_anew() {
    let ended = r#"{"type":"assignment","person":"dana@nl.example","role":"partner","level":"site","scope":{"site":"corp"},"until":"2026-01-01T00:00:00Z"}"#;
    let carried = AGENCY.replace(r#""owner":"cy@corp.example"}"#, r#""owner":"cy@corp.example","host":"agency"}"#);
    let mut it = life_of(&format!("{carried}{ended}"));
    it.does(&partner("corp", CY, 1));
    it.does(&accept(1));
    assert_eq!((it.holds(DANA), it.owner("corp").1), (vec!["partner@site corp".to_owned()], Host::Agency));
}

#[test]
fn a_site_that_the_agency_built_is_the_clients_from_the_start_of_a_partnership() {
    let mut it = life();
    it.refuses(&partner("ours", DANA, 1), "the Partner role is proposed to the client, and dana@nl.example is the agency");
    it.refuses(&partner("corp", EVE, 1), "corp is cy@corp.example's, who alone can give the Partner role on it");
    it.does(&partner("ours", EVE, 1));
    it.does(&accept(1));
    assert_eq!(it.owner("ours"), (EVE.to_owned(), Host::Agency));
    assert_eq!((it.holds(EVE), it.holds(DANA)), (vec!["client@site ours".to_owned()], vec!["partner@site ours".to_owned()]));
    it.does(&reclaim("ours", None));
    assert_eq!((it.owner("ours"), it.asked(DANA, DASHBOARD, "ours")), ((EVE.to_owned(), Host::Owner), "no-assignment"));
}

#[test]
fn a_proposal_dies_with_the_ownership_that_it_was_made_on() {
    let mut it = life();
    it.does(&partner("ours", EVE, 1));
    it.after(DAY * 4).does(&Command::HandOver(transfer("ours", BO, 2)));
    it.does(&accept(2));
    it.refuses(&resend(OfferKey::Handover(1), 1, 3), "ours is bo@nl.example's, who alone can give the Partner role on it");
}

#[test]
fn to_carry_the_plan_gives_nobody_access() {
    let mut it = life();
    let row = r#"{"type":"site","key":"corp","name":"Corp","platform":"wix","folder":null,"owner":"cy@corp.example"}"#;
    it.does(&cmd(&format!(r#"{{"edit":{{"before":{row},"after":{}}}}}"#, row.replace('}', r#","host":"agency"}"#))));
    assert_eq!(it.asked(DANA, DASHBOARD, "corp"), "no-assignment");
    assert_eq!(it.asked(BO, DASHBOARD, "corp"), "no-assignment");
    it.does(&give(BO, "helper", "team", r#""everywhere""#));
    assert_eq!(it.asked(BO, DASHBOARD, "corp"), "team", "but it opens the site to the team");
}

// What goes, and what hangs on it.

#[test]
fn a_role_is_retired_with_its_holders_and_everything_that_waits() {
    let mut it = life();
    it.does(&give(BO, "helper", "site", r#"{"site":"ours"}"#));
    it.does(&give(BO, "helper", "site", r#"{"site":"shop"}"#));
    it.does(&give(BO, "website-designer", "site", r#"{"site":"shop"},"until":"2026-12-01T00:00:00Z""#));
    it.does(&invite(EVE, &["helper", "website-designer"], &["ours"], 1));
    it.does(&Command::Ask(ask(BO, &["helper"])));
    it.does(&Command::HandOver(HandoverRecord { keep: Some("helper".to_owned()), ..transfer("ours", CY, 2) }));
    it.refuses(&retire("helper", "helper"), "a role cannot take its own place");
    let no_fit = "Account Admin (Co-Owner) cannot take the place of Helper, which is held on wix at site level";
    it.refuses(&retire("helper", "account-admin"), no_fit);
    it.does(&retire("helper", "website-designer"));
    assert_eq!(it.holds(BO), ["website-designer@site ours", "website-designer@site shop"]);
    it.does(&accept(1));
    assert_eq!(it.holds(EVE), ["website-designer@site ours"]);
    // It gives more than whoever was asked was told of.
    it.does(&approve(1, "corp", &[], true, 3));
    it.does(&Command::Resend { offer: OfferKey::Handover(1), seen: 1, token: Some(token(4).hash()) });
    it.does(&accept(4));
    assert_eq!(it.holds(DANA), ["website-designer@site ours"]);
    it.after(DAY * 30);
    assert!(it.can(BO, DASHBOARD, "shop"), "the longer of the two ends counts");
}

#[test]
fn a_role_of_the_team_cannot_take_the_place_of_one_that_waits_for_a_site() {
    let setups = [
        invite(EVE, &["helper"], &["ours"], 1),
        Command::Ask(ask(BO, &["helper"])),
        Command::HandOver(HandoverRecord { keep: Some("helper".to_owned()), ..transfer("ours", CY, 1) }),
    ];
    for setup in setups {
        let mut it = life();
        it.does(&setup);
        let no_fit = "Team helper cannot take the place of Helper, which is held on wix at site level";
        it.refuses(&retire("helper", "team-helper"), no_fit);
        it.after(DAY * 31).does(&retire("helper", "team-helper"));
    }
}

#[test]
fn a_role_that_went_does_not_lock_the_agencys_profile() {
    let mut it = life();
    it.refuses(&profile(r#""ends_after":{"helpr":90}"#), "no role `helpr`; did you mean `helper`?");
    it.does(&profile(r#""ends_after":{"helper":90}"#));
    it.does(&cmd(r#"{"remove":{"role":"helper"}}"#));
    let row =
        r#""type":"workspace","name":"Northlight","owner":"dana@nl.example","ceiling":"strict","profile":{"ends_after":{"helper":90}"#;
    it.does(&cmd(&format!(r#"{{"edit":{{"before":{{{row}}}}},"after":{{{row},"team_seats":3}}}}}}}}"#)));
}

/// Removing the thing is refused while something waits, works once it is over, and is undone.
fn removed(setup: &[Command], key: &str, waits: &str) {
    let mut it = life();
    for command in setup {
        it.does(command);
    }
    let remove = cmd(&format!(r#"{{"remove":{key}}}"#));
    it.refuses(&remove, waits);
    it.after(DAY * 31).does(&remove);
}

#[test]
fn what_an_open_offer_names_stays_until_it_is_over() {
    let helper = r#"{"role":"helper"}"#;
    let way_out = "name the role that takes its place: rolecall role remove helper --replace-with ROLE";
    removed(&[invite(EVE, &["helper"], &["ours"], 1)], helper, &format!("Helper cannot be removed: invitation 1 offers it; {way_out}"));
    removed(&[Command::Ask(ask(BO, &["helper"]))], helper, &format!("Helper cannot be removed: request 1 offers it; {way_out}"));
    let keep = Command::HandOver(HandoverRecord { keep: Some("helper".to_owned()), ..transfer("ours", CY, 1) });
    removed(&[keep], helper, &format!("Helper cannot be removed: hand-over 1 is to keep it; {way_out}"));
    removed(
        &[recruit(EVE, &["helper"], &[folder("north")], 1)],
        r#"{"folder":"north"}"#,
        "north cannot be removed: invitation 1 offers it; take that back first, or wait for its answer",
    );
    let withdraw = "request 1 waits for an answer; take it back first: rolecall request withdraw 1";
    removed(&[Command::Ask(ask(BO, &["helper"]))], r#"{"contact":"cy@corp.example"}"#, &format!("Cy Corp cannot be removed: {withdraw}"));
    removed(
        &[Command::Ask(ask(BO, &["helper"]))],
        r#"{"person":"bo@nl.example"}"#,
        &format!("bo@nl.example cannot be removed: {withdraw}"),
    );
}

#[test]
fn a_site_goes_with_whatever_was_offered_there() {
    let mut it = life();
    it.does(&invite(EVE, &["helper"], &["ours"], 1));
    it.does(&invite(BO, &["helper"], &["ours", "shop"], 2));
    it.does(&Command::HandOver(transfer("ours", CY, 3)));
    it.does(&Command::Ask(ask(BO, &["helper"])));
    it.does(&approve(1, "ours", &["helper"], false, 4));
    it.does(&cmd(r#"{"remove":{"site":"ours"}}"#));
    assert_eq!([1, 2, 3].map(|n| it.stage(OfferKey::Invitation(n))), [Stage::Cancelled, Stage::Pending, Stage::Cancelled]);
    it.does(&accept(2));
    assert_eq!(it.holds(BO), ["helper@site shop"], "what was offered elsewhere still stands");
}

#[test]
fn an_expired_invitation_to_a_site_that_went_is_not_sent_again() {
    let mut it = life();
    it.does(&invite(EVE, &["helper"], &["ours"], 1));
    it.after(DAY * 31).does(&cmd(r#"{"remove":{"site":"ours"}}"#));
    it.refuses(&resend(FIRST, 1, 2), "nothing that invitation 1 offered is there any more; send a new one");
}

#[test]
fn whoever_went_through_a_whole_life_can_be_removed() {
    let mut it = life();
    it.does(&Command::Ask(ask(BO, &["helper"])));
    it.does(&approve(1, "corp", &[], false, 1));
    it.does(&accept(1));
    it.does(&leave(BO, "corp"));
    it.does(&cmd(r#"{"remove":{"person":"bo@nl.example"}}"#));
    it.does(&cmd(r#"{"remove":{"contact":"cy@corp.example"}}"#));
}

// Links, undo, and two at once.

#[test]
fn an_altered_token_opens_nothing() {
    let mut it = life();
    it.does(&invite(EVE, &["helper"], &["ours"], 1));
    for at in [0, 17, 31] {
        for bit in [1, 128] {
            let mut bits = [1; 32];
            bits[at] ^= bit;
            it.refuses(&Command::Accept { token: Token::new(bits), email: None }, NO_SUCH_TOKEN);
        }
    }
}

#[test]
fn a_token_opens_what_it_was_made_for() {
    let mut it = life();
    it.does(&invite(EVE, &["helper"], &["ours"], 1));
    it.does(&Command::HandOver(transfer("ours", CY, 2)));
    it.does(&accept(2));
    assert_eq!((it.stage(FIRST), it.owner("ours").0.as_str()), (Stage::Pending, CY));
    it.does(&accept(1));
    assert_eq!(it.owner("ours").0, CY);
    it.refuses(&resend(OfferKey::Handover(1), 1, 1), "hand-over 1 was accepted on 2026-11-21, and each works once");
    it.refuses(&Command::Resend { offer: FIRST, seen: 1, token: None }, "invitation 1 needs the hash of a new token");
}

#[test]
fn an_acceptance_that_was_taken_back_can_be_given_once_more_by_a_new_link() {
    let mut it = life();
    it.does(&invite(EVE, &["helper"], &["ours"], 1));
    let accepted = it.run(&accept(1)).unwrap().head.unwrap().seq;
    it.run(&Command::Undo(accepted)).unwrap();
    assert_eq!(it.stage(FIRST), Stage::Pending);
    assert!(it.store.reader().person_by_email(EVE).unwrap().is_none());
    it.refuses(&accept(1), NO_SUCH_TOKEN);
    it.refuses(&accept_as(1, "thief@x.example"), NO_SUCH_TOKEN);
    it.does(&resend(FIRST, 1, 2));
    it.does(&accept(2));
    it.refuses(&accept(2), "invitation 1 was accepted on 2026-11-21, and each works once");
    assert_eq!(it.holds(EVE), ["helper@site ours"]);
}

#[test]
fn what_an_undo_or_a_redo_opens_again_has_no_link_until_it_is_sent_again() {
    let dead =
        |key: &str, verb: &str| format!("{key} waits again, but its link is dead; a new one goes out with: rolecall {verb} resend 1");
    let invitation = || vec![invite(EVE, &["helper"], &["ours"], 1)];
    let partnership = || vec![partner("corp", CY, 1)];
    let offer = || vec![Command::HandOver(transfer("ours", EVE, 1))];
    let cases = [
        (invitation(), accept(1), dead("invitation 1", "invite")),
        (invitation(), Command::Cancel(FIRST), dead("invitation 1", "invite")),
        (invitation(), Command::Decline(FIRST), dead("invitation 1", "invite")),
        (invitation(), resend(FIRST, 1, 2), dead("invitation 1", "invite")),
        (invitation(), invite(EVE, &["website-designer"], &["ours"], 2), dead("invitation 1", "invite")),
        (invitation(), Command::Batch(vec![resend(FIRST, 1, 2), Command::Cancel(FIRST)]), dead("invitation 1", "invite")),
        (offer(), accept(1), dead("hand-over 1", "transfer")),
        (offer(), Command::Cancel(OfferKey::Handover(1)), dead("hand-over 1", "transfer")),
        (partnership(), accept(1), dead("hand-over 1", "partner")),
    ];
    for (before, step, note) in cases {
        let mut it = life();
        for command in &before {
            it.run(command).unwrap();
        }
        let done = it.run(&step).unwrap().head.unwrap().seq;
        let undone = it.run(&Command::Undo(done)).unwrap();
        assert_eq!(undone.notes, [command::Note::Remark(note.clone())], "{step:?}");
        for n in [1, 2] {
            it.refuses(&accept(n), NO_SUCH_TOKEN);
        }
        proven(&it.store);
        // The earlier step goes too, and comes back without its link.
        let sent = it.run(&Command::Undo(2)).unwrap();
        let again = it.run(&Command::Redo(sent.head.unwrap().seq)).unwrap();
        assert_eq!(again.notes, [command::Note::Remark(note)], "{step:?}");
        it.refuses(&accept(1), NO_SUCH_TOKEN);
        proven(&it.store);
    }
}

#[test]
fn a_role_that_grew_since_it_was_offered_is_sent_again_and_one_that_shrank_is_told_of() {
    let toggle =
        |permission: &str, to: &str| cmd(&format!(r#"{{"toggle":{{"role":"helper","permissions":["{permission}"],"to":"{to}"}}}}"#));
    let (grow, shrink) = (toggle(CONTACTS, "grant"), toggle(DASHBOARD, "revoke"));
    let remark = |it: &Life, key: OfferKey| {
        let db = it.store.reader();
        offers::one(db, &db.policy(None).unwrap(), it.now, key).unwrap().unwrap().remark
    };
    let mut it = life();
    it.does(&invite(EVE, &["helper"], &["ours", "shop"], 1));
    assert_eq!(remark(&it, FIRST), None);
    it.does(&grow);
    let changed = "Helper has changed since it was offered: +crm.contacts.view";
    assert_eq!(remark(&it, FIRST), Some(format!("{changed}, so that it must be sent again")));
    it.refuses(&accept(1), &format!("{changed}; whoever sent invitation 1 sends it again, as it is now: rolecall invite resend 1"));
    it.does(&resend(FIRST, 1, 2));
    assert_eq!(remark(&it, FIRST), None);
    it.does(&accept(2));
    assert!(it.can(EVE, CONTACTS, "ours") && it.can(EVE, CONTACTS, "shop"));

    let mut it = life();
    it.does(&invite(EVE, &["helper"], &["ours", "shop"], 1));
    it.does(&shrink);
    let changed = "Helper has changed since it was offered: -dashboard.site.view";
    assert_eq!(remark(&it, FIRST), Some(changed.to_owned()));
    assert_eq!(it.does(&accept(1)).notes, [command::Note::Remark(changed.to_owned())]);

    // What the client was asked for is what they were told.
    let mut it = life();
    it.does(&Command::Ask(ask(BO, &["helper"])));
    it.does(&grow);
    let wider = "Helper is wider than what was asked for: crm.contacts.view; if the client means it, say so: --wider";
    it.refuses(&approve(1, "corp", &[], false, 1), wider);
    it.does(&approve(1, "corp", &[], true, 1));
    it.does(&accept(1));

    // And what the old owner keeps is what the new one said yes to.
    let mut it = life();
    it.does(&Command::HandOver(HandoverRecord { keep: Some("helper".to_owned()), ..transfer("ours", EVE, 1) }));
    it.does(&grow);
    let changed = "Helper has changed since it was offered: +crm.contacts.view; whoever sent hand-over 1 sends it again, as it is now";
    it.refuses(&accept(1), &format!("{changed}: rolecall transfer resend 1"));
    it.does(&Command::Resend { offer: OfferKey::Handover(1), seen: 1, token: Some(token(2).hash()) });
    it.does(&accept(2));
}

#[test]
fn offboarding_takes_back_what_somebody_sent_and_approved() {
    let mut it = life();
    it.does(&give(BO, "account-admin", "team", r#""everywhere""#));
    let bo = |it: &mut Life, command: &Command| {
        let actor = command::Actor { email: BO.to_owned(), ..actor() };
        command::run(&mut it.store, &actor, it.now, command).unwrap_or_else(|error| panic!("{command:?}: {error}"));
    };
    it.does(&Command::Ask(ask(CY, &["helper"])));
    bo(&mut it, &invite(EVE, &["helper"], &["ours"], 1));
    bo(&mut it, &approve(1, "ours", &[], false, 2));
    bo(&mut it, &Command::Ask(ask(CY, &["helper"])));
    it.run(&cmd(&format!(r#"{{"offboard":{{"person":"{BO}","sites_to":null}}}}"#))).unwrap();
    let stages = [OfferKey::Invitation(1), OfferKey::Invitation(2), OfferKey::Request(2)].map(|key| it.stage(key));
    assert_eq!(stages, [Stage::Cancelled; 3]);
}

#[test]
fn a_role_that_takes_the_place_of_another_keeps_the_longer_time_and_the_earlier_review() {
    let held = |role: &str, since: &str, until: &str, review: &str| {
        cmd(&format!(
            r#"{{"add":{{"type":"assignment","person":"{BO}","role":"{role}","level":"site","scope":{{"site":"ours"}},"since":{since},"until":{until},"review_on":{review}}}}}"#
        ))
    };
    let (early, late) = (r#""2026-01-01T00:00:00Z""#, r#""2028-01-01T00:00:00Z""#);
    for (going, staying) in [([early, late, late], [late, "null", early]), ([late, "null", early], [early, late, "null"])] {
        let mut it = life();
        it.does(&held("helper", going[0], going[1], going[2]));
        it.does(&held("website-designer", staying[0], staying[1], staying[2]));
        it.does(&cmd(r#"{"retire":{"role":"helper","replacement":"website-designer"}}"#));
        let db = it.store.reader();
        let [row] = db.assignments_of(db.the_person(BO).unwrap().id).unwrap().try_into().unwrap();
        let first = Some(at("2026-01-01T00:00:00Z"));
        assert_eq!((row.since, row.until, row.review_on), (first, None, first));
    }
}

#[test]
fn of_two_who_send_it_again_at_once_the_second_is_told() {
    let mut it = life();
    it.does(&invite(EVE, &["helper"], &["ours"], 1));
    it.does(&resend(FIRST, 1, 2));
    let moved = "invitation 1 was changed by somebody else meanwhile; nothing was saved, look again";
    it.refuses(&resend(FIRST, 1, 3), moved);
    it.does(&accept(2));
}

#[test]
fn a_no_names_the_invitation_that_waits_only_if_it_would_help() {
    let mut it = life();
    it.does(&give(BO, "helper", "site", r#"{"site":"shop"}"#));
    it.does(&invite(BO, &["website-designer", "blog-writer"], &["ours"], 1));
    it.does(&invite(BO, &["blog-writer"], &["shop"], 2));
    assert_eq!(it.asked(BO, DASHBOARD, "ours"), "invitation-pending");
    assert_eq!(it.asked(BO, CONTACTS, "ours"), "out-of-scope", "the role that waits lacks it");
    assert_eq!(it.asked(BO, "blog.posts.write", "shop"), "role-lacks-it", "the app is missing there");
    assert_eq!(it.asked(BO, DASHBOARD, "shop"), "site");
    it.after(DAY * 30);
    assert_eq!(it.asked(BO, DASHBOARD, "ours"), "out-of-scope", "it is over");
}

#[test]
fn every_role_of_the_test_world_is_what_the_scenarios_take_it_for() {
    let it = life();
    let policy = it.store.reader().policy(None).unwrap();
    let catalog = policy.catalog("wix").unwrap();
    let has = |role: &str, id: &str| the_role(it.store.reader(), &policy, role).unwrap().closed.contains(catalog.lookup(id).unwrap());
    assert!(has("website-designer", DASHBOARD) && !has("website-designer", CONTACTS) && has("website-manager", CONTACTS));
    assert!(has("back-office-manager", CONTACTS) && !has("back-office-manager", "editor.site.edit"));
}

// What comes up.

#[test]
fn what_is_over_does_not_come_up_any_more() {
    let check = |command: &Command, days: i64| {
        let mut it = life();
        it.does(command);
        let coming = |it: &Life| {
            let db = it.store.reader();
            due::due(db, &db.policy(None).unwrap(), it.now, it.now + DAY * 60, 9).unwrap().len()
        };
        assert_eq!(coming(&it), 1, "{command:?}");
        it.after(DAY * i32::try_from(days).unwrap() - SECOND);
        assert_eq!(coming(&it), 1, "{command:?}, in the last second");
        for _ in 0..days {
            it.after(SECOND);
            assert_eq!(coming(&it), 0, "{command:?}, over");
            it.after(DAY);
        }
    };
    check(&invite(EVE, &["helper"], &["ours"], 1), 30);
    check(&Command::HandOver(transfer("ours", BO, 1)), 3);
    check(&Command::Ask(ask(BO, &["helper"])), 30);
}

#[test]
fn who_comes_with_the_folder_that_a_site_is_moved_to_is_told_of() {
    let mut it = life();
    let site = |it: &Life| {
        let db = it.store.reader();
        records::site(db, &db.the_site("ours").unwrap()).unwrap()
    };
    let edit = |before: &SiteRecord, after: SiteRecord| Command::Edit { before: Record::Site(before.clone()), after: Record::Site(after) };
    let before = site(&it);
    it.does(&edit(&before, SiteRecord { editor: Some("Classic".to_owned()), folder: None, ..before.clone() }));
    it.does(&give(CY, "website-designer", "site", r#"{"site":"ours"}"#));
    let before = site(&it);
    let moved = edit(&before, SiteRecord { folder: Some("north".to_owned()), ..before.clone() });
    let steps = [moved, give(BO, "website-designer", "team", r#"{"folder":"retail"}"#)];
    let plan = command::preview(&mut it.store, &actor(), it.now, &steps).unwrap();
    let db = it.store.reader();
    let policy = db.policy(None).unwrap();
    let attempt = Attempt { db, policy: &policy, changes: &plan.changes, is_done: false, now: it.now };
    let told = coverage::crowding(attempt).unwrap();
    assert!(told.iter().any(|it| it.contains(BO) && it.contains("can edit ours")), "{told:?}");
}
