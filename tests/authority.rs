//! Nobody gives what they do not hold, by whatever road (R11).
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod model;
mod world;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use model::Names;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rolecall::command::{self, Actor, Command, Error, Hand, Refusal};
use rolecall::domain::catalog::{Catalog, Side};
use rolecall::domain::policy::{HeldRole, Policy};
use rolecall::domain::things::{Assignment, Host, Level, Person, RoleLevel, Scope, Site};
use rolecall::domain::token::Token;
use rolecall::facts::Store;
use world::{BUNDLE, at, cmd, empty, now, proven, run_all, state, steps, take_in};

const AUTHORITY: &str = r#""authority":{"view-people":"b.view","invite-people":"b.view","change-roles":"b.view","remove-people":"b.view",
"view-team":"a.view","invite-team":"a.view","change-team":"a.view","remove-team":"a.view","manage-roles":"a.edit","add-sites":"a.delete",
"edit-sites":"b.view","remove-sites":"a.delete","transfer-sites":"a.delete","manage-apps":"b.view","manage-folders":"a.view",
"view-contacts":"a.view","manage-contacts":"a.view"}"#;

const DANA: &str = "dana@nl.example";
const ANA: &str = "ana@acme.example";
const BO: &str = "bo@nl.example";
const CY: &str = "cy@corp.example";

/// The small workspace with a catalog that names deeds. Bo is a boss everywhere, but a mere
/// reader in the folder `top`, where Acme and Bakery are; Cy owns Bakery and Corp.
fn world() -> Store {
    let mut store = empty();
    let authority = AUTHORITY.replace('\n', "");
    take_in(&mut store, &BUNDLE.replace(r#""platform":"mini","categories""#, &format!(r#""platform":"mini",{authority},"categories""#)))
        .unwrap();
    store
}

fn named(email: &str) -> Actor {
    Actor { email: email.to_owned(), via: "somebody".to_owned(), by: Hand::Caller }
}

/// After `before`, which the account owner did, the actor runs the command: `""` means that it
/// is done, else the refusal says so, to a preview too, and nothing has changed.
fn check(before: &[&str], actor: &str, command: &str, refusal: &str) {
    let before: Vec<_> = before.iter().map(|it| (DANA, cmd(it))).collect();
    check_after(&before, actor, &cmd(command), refusal);
}

/// The same after commands of anybody.
fn check_after(before: &[(&str, Command)], actor: &str, command: &Command, refusal: &str) {
    let mut store = world();
    for (who, command) in before {
        command::run(&mut store, &named(who), now(), command).unwrap_or_else(|error| panic!("{who}: {command:?}: {error}"));
    }
    let actor = named(actor);
    let untouched = state(&store);
    let tried = command::preview(&mut store, &actor, now(), std::slice::from_ref(command)).map(drop);
    assert_eq!(state(&store), untouched, "the preview wrote");
    let done = command::run(&mut store, &actor, now(), command);
    let said = match (&tried, &done) {
        (Ok(()), Ok(receipt)) => {
            assert!(receipt.head.is_some(), "nothing happened");
            String::new()
        }
        (Err(Error::Refused(first)), Err(Error::Refused(second))) => {
            assert_eq!(first, second);
            assert!(matches!(first, Refusal::NotAllowed { .. } | Refusal::Unknown(_)), "another refusal: {first}");
            assert_eq!(state(&store), untouched, "a refusal wrote");
            first.to_string()
        }
        other => panic!("{other:?}"),
    };
    assert!(said.contains(refusal) && said.is_empty() == refusal.is_empty(), "expected `{refusal}`, heard `{said}`");
    proven(&store);
}

fn give(person: &str, role: &str, level: &str, scope: &str) -> String {
    give_for(person, role, level, scope, "null", "null")
}

fn give_for(person: &str, role: &str, level: &str, scope: &str, since: &str, until: &str) -> String {
    format!(
        r#"{{"add":{{"type":"assignment","person":"{person}","role":"{role}","level":"{level}","scope":{scope},"since":{since},"until":{until}}}}}"#
    )
}

fn take(person: &str, role: &str, level: &str, scope: &str) -> String {
    format!(r#"{{"remove":{{"assignment":{{"person":"{person}","role":"{role}","level":"{level}","scope":{scope}}}}}}}"#)
}

fn toggle(role: &str, permission: &str, to: &str) -> String {
    format!(r#"{{"toggle":{{"role":"{role}","permissions":["{permission}"],"to":"{to}"}}}}"#)
}

fn edit(before: &str, change: &str, to: &str) -> String {
    let row = BUNDLE.lines().find(|it| it.starts_with(before)).unwrap();
    assert!(row.contains(change), "{change}");
    format!(r#"{{"edit":{{"before":{row},"after":{}}}}}"#, row.replace(change, to))
}

const ACME: &str = r#"{"site":"acme"}"#;
const CORP: &str = r#"{"site":"corp"}"#;
const TOP: &str = r#"{"folder":"top"}"#;
const SIDE: &str = r#"{"folder":"side"}"#;
const EVERYWHERE: &str = r#""everywhere""#;

// ---------------------------------------------------------------------------------------
// The deed: whether the actor holds the permission for it.

#[test]
fn an_invitation_takes_the_permission_to_invite_on_that_site() {
    check(&[], BO, &give(CY, "reader", "site", ACME), "");
    check(
        &[],
        BO,
        &give(ANA, "reader", "site", CORP),
        "bo@nl.example may not invite people on corp: it takes b.view there; ask cy@corp.example, who owns the site, or dana@nl.example, who owns the account",
    );
}

#[test]
fn the_owner_of_a_site_manages_its_people() {
    check(&[], CY, &give(ANA, "editor-site", "site", CORP), "");
    check(&[&give(ANA, "reader", "site", CORP)], CY, &take(ANA, "reader", "site", CORP), "");
    check(&[], CY, &give(DANA, "reader", "site", CORP), "");
    check(&[], CY, &give(ANA, "reader", "site", ACME), "no site `acme`");
}

#[test]
fn the_owner_of_a_site_manages_its_people_also_where_the_catalog_names_no_deeds() {
    let mut store = world::world();
    let refused = command::run(&mut store, &named(BO), now(), &cmd(&give(ANA, "editor-site", "site", CORP))).unwrap_err();
    assert!(command::run(&mut store, &named(CY), now(), &cmd(&give(ANA, "editor-site", "site", CORP))).is_ok());
    assert!(refused.to_string().contains("no site `corp`"), "{refused}");
}

#[test]
fn the_team_takes_a_permission_that_is_held_everywhere() {
    check(&[], BO, &give(CY, "reader", "team", SIDE), "");
    check(
        &[],
        CY,
        &give(ANA, "reader", "team", r#"{"site":"bakery"}"#),
        "cy@corp.example may not invite people to the team: it takes a.view in a team role that is given everywhere; ask dana@nl.example, who owns the account",
    );
}

#[test]
fn folders_contacts_and_roles_take_a_permission_that_is_held_everywhere() {
    let folder = r#"{"add":{"type":"folder","key":"new","name":"New","parent":null}}"#;
    let contact = r#"{"add":{"type":"contact","name":"Lead","email":null}}"#;
    let role = r#"{"add":{"type":"role","key":"new","name":"New","platform":"mini","level":"site","permissions":["a.edit"]}}"#;
    for (command, refusal) in [
        (folder, "manage folders: it takes a.view or sites.folders.manage"),
        (contact, "manage contacts: it takes a.view or partner.contacts.manage"),
        (role, "manage roles: it takes a.edit"),
    ] {
        check(&[], BO, command, "");
        check(&[], CY, command, &format!("cy@corp.example may not {refusal} in a team role that is given everywhere"));
    }
}

#[test]
fn people_are_added_by_whoever_may_invite_somewhere() {
    let add = r#"{"add":{"type":"person","email":"new@x.example"}}"#;
    check(&[], BO, add, "");
    check(&[], CY, add, "");
    check(
        &[r#"{"add":{"type":"person","email":"eve@x.example"}}"#],
        "eve@x.example",
        add,
        "eve@x.example may not invite people to the team",
    );
}

#[test]
fn what_the_rules_of_the_workspace_are_is_the_account_owners_to_say() {
    check(&[], BO, r#"{"ceiling":"relaxed"}"#, "bo@nl.example may not change the rules of the workspace; ask dana@nl.example");
    check(&[], BO, r#"{"ceiling":"frozen"}"#, "may not change the rules of the workspace");
}

#[test]
fn a_site_is_edited_by_those_who_may_and_stays_with_its_owner() {
    let acme = r#"{"type":"site","key":"acme""#;
    check(&[], BO, &edit(acme, r#""name":"Acme""#, r#""name":"Acme Ltd""#), "");
    check(&[], CY, &edit(acme, r#""name":"Acme""#, r#""name":"Acme Ltd""#), "no site `acme`");
    check(&[], BO, r#"{"remove":{"site":"acme"}}"#, "bo@nl.example may not take acme from its owner");
    check(&[], BO, r#"{"remove":{"site":"corp"}}"#, "bo@nl.example may not take corp from its owner");
}

#[test]
fn a_stranger_may_do_nothing() {
    check(
        &[],
        "nobody@x.example",
        r#"{"add":{"type":"contact","name":"Lead","email":null}}"#,
        "nobody in this workspace has the address `nobody@x.example`",
    );
}

#[test]
fn the_account_owner_may_do_everything() {
    check(&[], DANA, r#"{"ceiling":"relaxed"}"#, "");
    check(&[], DANA, &give(DANA, "boss", "team", EVERYWHERE), "");
    check(&[], "Dana@NL.example", &toggle("seller", "b.pay", "grant"), "");
}

// ---------------------------------------------------------------------------------------
// The difference: what comes of it, by whatever road.

#[test]
fn nobody_gives_a_role_that_is_wider_than_they_are() {
    check(
        &[],
        BO,
        &give(CY, "seller", "site", ACME),
        "cy@corp.example would gain b.sell on acme, which bo@nl.example does not hold there then: nobody gives what they do not hold; ask dana@nl.example",
    );
    check(&[], BO, &give(CY, "seller", "team", TOP), "cy@corp.example would gain b.sell on acme");
}

#[test]
fn a_role_in_an_empty_folder_is_weighed_like_one_with_sites() {
    let folders = [
        r#"{"add":{"type":"folder","key":"new","name":"New","parent":"top"}}"#,
        r#"{"add":{"type":"folder","key":"free","name":"Free","parent":null}}"#,
    ];
    check(&folders, BO, &give(CY, "boss", "team", r#"{"folder":"new"}"#), "would gain a.delete and 3 more in the folder new");
    check(&folders, BO, &give(CY, "boss", "team", r#"{"folder":"free"}"#), "");
}

#[test]
fn a_role_for_an_app_that_is_not_there_yet_is_weighed_like_one_that_is() {
    let blogger = r#"{"add":{"type":"role","key":"blogger","name":"Blogger","platform":"mini","level":"both","permissions":["b.post"]}}"#;
    check(
        &[blogger],
        BO,
        &give(CY, "blogger", "site", ACME),
        "cy@corp.example would gain b.post on acme, which bo@nl.example does not hold there",
    );
}

#[test]
fn an_edit_of_a_role_is_weighed_for_everybody_who_holds_it() {
    check(
        &[],
        BO,
        &toggle("seller", "b.post", "grant"),
        "ana@acme.example would gain b.post on bakery, which bo@nl.example does not hold there",
    );
    check(&[], BO, &toggle("seller", "b.sell", "revoke"), "");
}

#[test]
fn a_role_that_nobody_holds_grants_no_more_than_its_author_holds() {
    check(&[], BO, &toggle("spare", "a.delete", "grant"), "");
    check(
        &[&toggle("spare", "b.pay", "revoke")],
        BO,
        &toggle("spare", "b.pay", "grant"),
        "Spare would grant b.pay, which bo@nl.example does not hold",
    );
    check(&[], BO, r#"{"duplicate":{"role":"boss","name":"Twin","key":null}}"#, "Twin would grant b.pay");
    check(&[r#"{"remove":{"role":"spare"}}"#], BO, r#"{"undo":2}"#, "Spare would grant b.pay");
}

#[test]
fn a_folder_that_moves_gives_nothing() {
    let inner = r#"{"type":"folder","key":"inner""#;
    check(
        &[],
        BO,
        &edit(inner, r#""parent":"top""#, r#""parent":null"#),
        "bo@nl.example would gain a.delete and 2 more on acme: nobody widens their own access",
    );
    check(&[], BO, r#"{"remove":{"folder":"inner"}}"#, "");
    let acme = r#"{"type":"site","key":"acme""#;
    check(
        &[],
        BO,
        &edit(acme, r#""folder":"inner""#, r#""folder":"side""#),
        "bo@nl.example would gain a.delete and 2 more on acme: nobody widens their own access",
    );
}

#[test]
fn an_app_that_is_installed_gives_nothing() {
    let acme = r#"{"type":"site","key":"acme""#;
    let blog = edit(acme, r#"["Shop"]"#, r#"["Blog","Shop"]"#);
    check(&[], BO, &blog, "");
    let waiting = [
        r#"{"add":{"type":"role","key":"blogger","name":"Blogger","platform":"mini","level":"site","permissions":["b.post"]}}"#,
        &give(ANA, "blogger", "site", ACME),
    ];
    check(&waiting, BO, &blog, "ana@acme.example would gain b.post on acme, which bo@nl.example does not hold there");
    check(&[waiting[0], waiting[1], &give(BO, "blogger", "site", ACME)], BO, &blog, "");
    check(&[], BO, &edit(acme, r#"["Shop"]"#, "[]"), "");
    let corp = r#"{"type":"site","key":"corp""#;
    let with_apps = |it: &str| edit(corp, r#""host":"owner""#, &format!(r#""host":"owner","apps":{it}"#));
    check(&[], CY, &with_apps(r#"["Shop"]"#), "");
    check(&[], ANA, &with_apps(r#"["Shop"]"#), "ana@acme.example may not install and remove apps on corp");
}

#[test]
fn a_new_site_and_another_host_are_differences_like_any_other() {
    let shop = |owner: &str| {
        format!(r#"{{"add":{{"type":"site","key":"shop","name":"Shop","platform":"mini","folder":null,"owner":"{owner}"}}}}"#)
    };
    check(&[], BO, &shop(BO), "bo@nl.example would gain a.delete and 3 more on shop: nobody widens their own access");
    check(&[], BO, &shop(CY), "cy@corp.example would gain a.delete and 3 more on shop");
    check(&[], CY, &shop(CY), "cy@corp.example may not add sites");
    let host = edit(r#"{"type":"site","key":"corp""#, r#""host":"owner""#, r#""host":"agency""#);
    let partnership = "may not make the agency carry corp: that takes a partnership: rolecall partner propose corp; ask dana@nl.example";
    check(&[], BO, &host, &format!("bo@nl.example {partnership}"));
    check(&[], CY, &host, &format!("cy@corp.example {partnership}"));
    check(&[], DANA, &host, "");
    let hash = token(1).hash();
    let own = format!(r#"{{"hand-over":{{"site":"corp","kind":"partner","email":"{CY}","token":"{hash}"}}}}"#);
    check(&[], CY, &own, "cy@corp.example may not propose a partnership, which makes the agency pay");
    check(&[&own], CY, r#"{"decline":{"handover":1}}"#, "");
    check_after(&[(DANA, cmd(&own))], CY, &accept(None), "");
    check(&[r#"{"reclaim":{"site":"bakery","keep":null}}"#], CY, r#"{"undo":2}"#, "no journal entry `2`");
}

#[test]
fn taking_a_removal_back_is_a_gift_like_any_other() {
    let removal = take(ANA, "editor-site", "site", ACME);
    check(&[&removal], BO, r#"{"undo":2}"#, "ana@acme.example would gain a.edit on acme, which bo@nl.example does not hold there");
    check(&[&removal], DANA, r#"{"undo":2}"#, "");
    check(&[&removal, r#"{"undo":2}"#], BO, r#"{"redo":3}"#, "");
    check(&[&toggle("seller", "b.pay", "grant")], BO, r#"{"undo":2}"#, "");
}

#[test]
fn an_end_that_brings_a_wider_role_back_is_a_gift() {
    let narrow = [give(CY, "boss", "team", EVERYWHERE), give(CY, "reader", "team", TOP)];
    let narrow = narrow.each_ref().map(String::as_str);
    check(&narrow, BO, &take(CY, "reader", "team", TOP), "cy@corp.example would gain a.delete and 2 more on acme");
}

#[test]
fn a_batch_is_weighed_step_by_step_and_refused_as_a_whole() {
    let (good, bad) = (give(CY, "reader", "site", ACME), give(CY, "seller", "site", ACME));
    check(&[], BO, &format!(r#"{{"batch":[{good},{bad}]}}"#), "cy@corp.example would gain b.sell on acme");
    let made = r#"{"add":{"type":"role","key":"new","name":"New","platform":"mini","level":"site","permissions":["a.edit"]}}"#;
    check(&[], BO, &format!(r#"{{"batch":[{made},{}]}}"#, give(CY, "new", "site", ACME)), "cy@corp.example would gain a.edit on acme");
}

#[test]
fn later_instants_count_like_now() {
    let (until, later) = (r#""2027-01-01T00:00:00Z""#, r#""2027-02-01T00:00:00Z""#);
    let lent = give_for(BO, "seller", "site", ACME, "null", until);
    let gift = |since: &str, until: &str| give_for(CY, "seller", "site", ACME, since, until);
    check(&[&lent], BO, &gift("null", until), "");
    check(
        &[&lent],
        BO,
        &gift("null", "null"),
        "cy@corp.example would gain b.sell on acme from 2027-01-01 00:00 UTC, which bo@nl.example does not hold there then",
    );
    check(&[&lent], BO, &gift("null", later), "from 2027-01-01");
    check(&[&lent], BO, &gift(later, "null"), "cy@corp.example would gain b.sell on acme from 2027-02-01");
    let promised = give_for(BO, "seller", "site", ACME, later, "null");
    check(&[&promised], BO, &gift(later, "null"), "");
    check(&[&promised], BO, &gift("null", "null"), "cy@corp.example would gain b.sell on acme, which");
}

// ---------------------------------------------------------------------------------------
// One's own, and the owners'.

#[test]
fn nobody_changes_their_own_roles() {
    check(&[], BO, &give(BO, "reader", "site", ACME), "bo@nl.example: nobody changes their own roles");
    check(&[], BO, &take(BO, "reader", "team", TOP), "bo@nl.example: nobody changes their own roles");
    check(&[], BO, &take(BO, "boss", "team", EVERYWHERE), "bo@nl.example: nobody changes their own roles");
}

#[test]
fn nobody_changes_a_role_that_they_hold() {
    let held = give(BO, "spare", "team", SIDE);
    check(
        &[&held],
        BO,
        &toggle("spare", "a.view", "grant"),
        "bo@nl.example holds Spare and may not change it: nobody changes their own role",
    );
    check(&[&held], BO, &toggle("spare", "b.pay", "revoke"), "nobody changes their own role");
}

#[test]
fn a_role_that_somebody_held_once_is_not_theirs_any_more() {
    let until = |end: &str| give_for(BO, "spare", "team", SIDE, r#""2025-01-01T00:00:00Z""#, end);
    check(&[&until(r#""2026-01-01T00:00:00Z""#)], BO, &toggle("spare", "a.view", "grant"), "");
    check(&[&until(r#""2027-01-01T00:00:00Z""#)], BO, &toggle("spare", "a.view", "grant"), "nobody changes their own role");
}

#[test]
fn an_owner_stays_as_they_are() {
    check(
        &[],
        BO,
        &give(DANA, "reader", "site", ACME),
        "bo@nl.example may not change the roles of dana@nl.example: an owner stays as they are",
    );
    check(&[], BO, &give(CY, "reader", "site", r#"{"site":"bakery"}"#), "bo@nl.example may not change the roles of cy@corp.example");
    check(&[], BO, &give(DANA, "reader", "team", SIDE), "an owner stays as they are");
    let person = |email: &str, name: &str| format!(r#"{{"type":"person","email":"{email}","name":"{name}"}}"#);
    let renamed =
        |old: &str, new: &str, name: &str| format!(r#"{{"edit":{{"before":{},"after":{}}}}}"#, person(old, name), person(new, name));
    check(&[], BO, &renamed(CY, "evil@x.example", "Cy"), "bo@nl.example may not change cy@corp.example: an owner stays as they are");
    check(&[], BO, &renamed(DANA, "evil@x.example", "Dana"), "an owner stays as they are");
    check(&[], BO, &renamed(BO, "evil@x.example", "Bo"), "nobody changes their own address");
}

#[test]
fn an_address_that_changes_hands_gives_all_that_its_person_holds() {
    let person = |email: &str| format!(r#"{{"type":"person","email":"{email}","name":"Ana Ruiz"}}"#);
    let renamed = format!(r#"{{"edit":{{"before":{},"after":{}}}}}"#, person(ANA), person("evil@x.example"));
    check(&[], BO, &renamed, "evil@x.example would gain a.edit and 1 more on acme, which bo@nl.example does not hold there");
    let bare = [take(ANA, "editor-site", "site", ACME), take(ANA, "seller", "team", EVERYWHERE)];
    check(&bare.each_ref().map(String::as_str), BO, &renamed, "");
}

#[test]
fn who_once_gave_a_role_is_removed_without_a_change_to_that_role() {
    let mut store = world();
    let (eve, everywhere) = ("eve@x.example", give("eve@x.example", "reader", "team", EVERYWHERE));
    run_all(&mut store, &[r#"{"add":{"type":"person","email":"eve@x.example"}}"#, &everywhere]);
    command::run(&mut store, &named(eve), now(), &cmd(&give(BO, "reader", "site", ACME))).unwrap();
    run_all(&mut store, &[&take(eve, "reader", "team", EVERYWHERE)]);
    let removed = command::run(&mut store, &named(BO), now(), &cmd(r#"{"remove":{"person":"eve@x.example"}}"#)).unwrap();
    assert_eq!(removed.n_changes, 2);
    proven(&store);
}

#[test]
fn everybody_may_leave_and_only_they_without_a_permission() {
    let leave = |from: &str| format!(r#"{{"leave":{{"person":"{ANA}","from":{from}}}}}"#);
    check(&[], ANA, &leave(ACME), "");
    check(&[], ANA, &leave(EVERYWHERE), "");
    check(&[], CY, &leave(ACME), "no site `acme`");
    check(&[], ANA, &format!(r#"{{"batch":[{},{}]}}"#, leave(ACME), give(ANA, "reader", "site", ACME)), "nobody changes their own roles");
}

#[test]
fn a_partnership_is_ended_by_the_client() {
    let reclaim = r#"{"reclaim":{"site":"bakery","keep":null}}"#;
    check(&[], CY, reclaim, "");
    check(&[], BO, reclaim, "an owner stays as they are");
}

fn token(bit: u8) -> Token {
    Token::new([bit; 32])
}

fn invite(email: &str, role: &str, level: &str, scope: &str, until: &str) -> Command {
    let hash = token(1).hash();
    cmd(&format!(
        r#"{{"invite":{{"email":"{email}","level":"{level}","roles":["{role}"],"scopes":[{scope}],"until":{until},"token":"{hash}"}}}}"#
    ))
}

fn accept(email: Option<&str>) -> Command {
    Command::Accept { token: token(1), email: email.map(str::to_owned) }
}

#[test]
fn an_invitation_offers_no_more_than_its_sender_holds() {
    let new = "new@x.example";
    let invited = |role: &str, level: &str, scope: &str| invite(new, role, level, scope, "null");
    check_after(&[], BO, &invited("reader", "site", ACME), "");
    check_after(&[], BO, &invited("boss", "team", SIDE), "");
    check_after(
        &[],
        BO,
        &invited("seller", "site", ACME),
        "whoever is invited would gain b.sell on acme, which bo@nl.example does not hold there",
    );
    check_after(&[], BO, &invited("boss", "team", EVERYWHERE), "whoever is invited would gain a.delete and 3 more in the folder");
    check_after(&[], BO, &invited("reader", "site", CORP), "bo@nl.example may not invite people on corp");
    check_after(&[], CY, &invited("reader", "team", SIDE), "no folder `side`");
    let lent = cmd(&give_for(BO, "seller", "site", ACME, "null", r#""2027-01-01T00:00:00Z""#));
    check_after(&[(DANA, lent.clone())], BO, &invited("seller", "site", ACME), "would gain b.sell on acme from 2027-01-01");
    check_after(&[(DANA, lent)], BO, &invite(new, "seller", "site", ACME, r#""2026-12-31T00:00:00Z""#), "");
}

#[test]
fn an_acceptance_is_weighed_in_the_name_of_whoever_sent_it() {
    let sent = (BO, invite("new@x.example", "reader", "site", ACME, "null"));
    check_after(std::slice::from_ref(&sent), "new@x.example", &accept(None), "");
    check_after(std::slice::from_ref(&sent), CY, &accept(None), "");
    check_after(std::slice::from_ref(&sent), BO, &accept(Some(BO)), "bo@nl.example: nobody changes their own roles");
    let lost = (DANA, cmd(&take(BO, "reader", "team", TOP)));
    let lost_too = (DANA, cmd(&take(BO, "boss", "team", EVERYWHERE)));
    check_after(&[sent.clone(), lost, lost_too], "new@x.example", &accept(None), "bo@nl.example may not invite people");
    let role = r#"{"add":{"type":"role","key":"tiny","name":"Tiny","platform":"mini","level":"site","permissions":["a.view"]}}"#;
    let (role, tiny) = ((DANA, cmd(role)), (BO, invite("new@x.example", "tiny", "site", ACME, "null")));
    check_after(&[role, tiny], "new@x.example", &accept(None), "");
    check_after(&[(DANA, invite("new@x.example", "boss", "team", EVERYWHERE, "null"))], "new@x.example", &accept(None), "");
}

#[test]
fn an_invitation_is_sent_again_and_taken_back_by_those_who_may_invite_and_declined_by_whom_it_is_for() {
    let sent = [(DANA, invite(CY, "seller", "site", ACME, "null"))];
    let resend = cmd(&format!(r#"{{"resend":{{"offer":{{"invitation":1}},"seen":1,"token":"{}"}}}}"#, token(2).hash()));
    check_after(&sent, BO, &resend, "whoever is invited would gain b.sell on acme, which bo@nl.example does not hold there");
    check_after(&sent, ANA, &resend, "");
    check_after(&sent, BO, &cmd(r#"{"cancel":{"invitation":1}}"#), "");
    check_after(&sent, CY, &cmd(r#"{"cancel":{"invitation":1}}"#), "cy@corp.example may not invite people on acme");
    check_after(&sent, CY, &cmd(r#"{"decline":{"invitation":1}}"#), "");
    check_after(&sent, "eve@x.example", &cmd(r#"{"decline":{"invitation":1}}"#), "nobody in this workspace has the address");
}

#[test]
fn whoever_sends_it_again_answers_for_it() {
    let again = cmd(&format!(r#"{{"resend":{{"offer":{{"invitation":1}},"seen":1,"token":"{}"}}}}"#, token(2).hash()));
    let accept = Command::Accept { token: token(2), email: None };
    let sent = |by: &'static str| (by, invite("new@x.example", "reader", "site", ACME, "null"));
    let lost = [take(BO, "reader", "team", TOP), take(BO, "boss", "team", EVERYWHERE)].map(|it| (DANA, cmd(&it)));
    let [first, second] = lost;
    let by_owner = [sent(BO), first.clone(), second.clone(), (DANA, again.clone())];
    check_after(&by_owner, "new@x.example", &accept, "");
    check_after(&[sent(DANA), (BO, again), first, second], "new@x.example", &accept, "bo@nl.example may not invite people");
}

#[test]
fn what_an_owner_is_to_keep_after_a_transfer_is_no_other_role_by_somebody_elses_hand() {
    let tiny = cmd(r#"{"add":{"type":"role","key":"tiny","name":"Tiny","platform":"mini","level":"site","permissions":["a.view"]}}"#);
    let offer =
        cmd(&format!(r#"{{"hand-over":{{"site":"corp","kind":"transfer","email":"{ANA}","keep":"tiny","token":"{}"}}}}"#, token(1).hash()));
    let retire = cmd(r#"{"retire":{"role":"tiny","replacement":"reader"}}"#);
    check_after(&[(DANA, tiny.clone())], BO, &retire, "");
    check_after(&[(DANA, tiny.clone()), (CY, offer.clone())], BO, &retire, "whoever is invited would gain a.view and 1 more on corp");
    check_after(&[(DANA, tiny), (CY, offer)], DANA, &retire, "");
}

#[test]
fn no_road_binds_users_so_that_the_account_owner_is_none_of_them() {
    let mut store = world();
    let mut run = |command: Command| command::run(&mut store, &named(DANA), now(), &command).map_err(|it| it.to_string());
    let bind = |person: &str, uid: u32| Command::Bind { person: person.to_owned(), uid };
    assert_eq!(run(bind(BO, 7)).unwrap_err(), "no user is the account owner yet; bind that one first");
    let first = run(bind(DANA, 1)).unwrap().head.unwrap().seq;
    run(bind(BO, 7)).unwrap();
    let only = "uid 1 is the only user who is the account owner; bind another one first";
    assert_eq!([run(bind(BO, 1)), run(Command::Unbind { uid: 1 })].map(Result::unwrap_err), [only; 2]);
    assert!(run(Command::Undo(first)).unwrap_err().contains("take the later steps back first"));
    run(bind(DANA, 2)).unwrap();
    run(Command::Unbind { uid: 1 }).unwrap();
}

#[test]
fn a_site_is_offered_by_its_owner_alone() {
    let offer = |site: &str| {
        let hash = token(1).hash();
        cmd(&format!(r#"{{"hand-over":{{"site":"{site}","kind":"transfer","email":"{ANA}","keep":"reader","token":"{hash}"}}}}"#))
    };
    check_after(&[], BO, &offer("acme"), "bo@nl.example may not offer acme, which is its owner's");
    check_after(&[(CY, offer("corp"))], ANA, &accept(None), "");
    check_after(&[(DANA, offer("acme"))], ANA, &accept(None), "");
    check_after(&[(CY, offer("corp"))], ANA, &cmd(r#"{"decline":{"handover":1}}"#), "");
    check_after(&[(CY, offer("corp"))], BO, &cmd(r#"{"cancel":{"handover":1}}"#), "bo@nl.example may not offer corp");
}

#[test]
fn who_said_that_a_client_agreed_answers_for_it_and_did_not_ask() {
    let ask = cmd(&format!(r#"{{"ask":{{"contact":"{ANA}","site":"their shop","roles":["seller"],"person":"{BO}"}}}}"#));
    let approve = |site: &str| {
        cmd(&format!(r#"{{"approve":{{"request":1,"site":"{site}","roles":[],"wider":false,"token":"{}"}}}}"#, token(1).hash()))
    };
    check_after(&[], CY, &ask, "no contact `ana@acme.example`");
    check_after(&[(DANA, ask.clone())], BO, &approve("corp"), "bo@nl.example may not invite people on corp");
    check_after(&[(BO, ask.clone())], CY, &approve("corp"), "");
    check_after(&[(BO, ask.clone()), (CY, approve("corp"))], BO, &accept(None), "");
    check_after(&[(BO, ask.clone()), (DANA, approve("corp"))], BO, &accept(None), "");
    let friend = (DANA, cmd(r#"{"add":{"type":"person","email":"friend@x.example"}}"#));
    let for_friend = ask_for("friend@x.example");
    let own = "bo@nl.example asked for what request 1 would bring and may not record the client's yes to it; ask whoever may invite there";
    check_after(&[friend.clone(), (BO, for_friend.clone())], BO, &approve("acme"), own);
    check_after(&[friend.clone(), (DANA, for_friend.clone())], DANA, &approve("acme"), "");
    let approved = [friend, (DANA, for_friend), (BO, approve("acme"))];
    check_after(&approved, ANA, &accept(None), "");
    let lost = [take(BO, "reader", "team", TOP), take(BO, "boss", "team", EVERYWHERE)].map(|it| (DANA, cmd(&it)));
    check_after(&[approved.as_slice(), &lost].concat(), ANA, &accept(None), "bo@nl.example may not invite people on acme");
}

fn ask_for(person: &str) -> Command {
    cmd(&format!(r#"{{"ask":{{"contact":"{ANA}","site":"their shop","roles":["reader"],"person":"{person}"}}}}"#))
}

#[test]
fn what_was_sent_is_taken_back_by_undo_only_by_those_who_could_take_it_back() {
    let sent = [(DANA, invite("new@x.example", "reader", "site", CORP, "null"))];
    for command in [r#"{"cancel":{"invitation":1}}"#, r#"{"undo":2}"#] {
        check_after(&sent, ANA, &cmd(command), "ana@acme.example may not invite people on corp");
        check_after(&sent, BO, &cmd(command), "bo@nl.example may not invite people on corp");
        check_after(&sent, CY, &cmd(command), "");
    }
    let team = [(DANA, invite("new@x.example", "reader", "team", SIDE, "null"))];
    check_after(&team, CY, &cmd(r#"{"undo":2}"#), "no journal entry `2`");
    check_after(&[sent[0].clone(), (DANA, accept(None))], ANA, &cmd(r#"{"undo":3}"#), "may not");
    let asked = [(BO, ask_for(BO))];
    check_after(&asked, CY, &cmd(r#"{"undo":2}"#), "no journal entry `2`");
    let offer = cmd(&format!(r#"{{"hand-over":{{"site":"corp","kind":"transfer","email":"{ANA}","token":"{}"}}}}"#, token(1).hash()));
    check_after(&[(CY, offer.clone())], BO, &cmd(r#"{"undo":2}"#), "bo@nl.example may not offer corp, which is its owner's");
    check_after(&[(CY, offer)], CY, &cmd(r#"{"undo":2}"#), "");
}

fn renamed(old: &str, new: &str) -> Command {
    let person = |email: &str| format!(r#"{{"type":"person","email":"{email}","name":"It"}}"#);
    cmd(&format!(r#"{{"edit":{{"before":{},"after":{}}}}}"#, person(old), person(new)))
}

fn added(email: &str) -> Command {
    cmd(&format!(r#"{{"add":{{"type":"person","email":"{email}","name":"It"}}}}"#))
}

#[test]
fn an_address_that_is_offered_something_is_not_taken_over() {
    let (mal, lead) = ("mal@x.example", "lead@x.example");
    let refused = "bo@nl.example may not give somebody the address lead@x.example, which is offered something; ask dana@nl.example";
    let site = format!(r#"{{"hand-over":{{"site":"acme","kind":"transfer","email":"{lead}","token":"{}"}}}}"#, token(1).hash());
    let client = (DANA, cmd(&format!(r#"{{"add":{{"type":"contact","name":"Lead","email":"{lead}"}}}}"#)));
    let asked = (DANA, cmd(&format!(r#"{{"ask":{{"contact":"{lead}","site":"it","roles":["reader"],"person":"{ANA}"}}}}"#)));
    let roads = [
        vec![(DANA, invite(lead, "boss", "team", EVERYWHERE, "null"))],
        vec![(DANA, invite(lead, "reader", "site", ACME, "null"))],
        vec![(DANA, cmd(&site))],
        vec![client, asked],
    ];
    for road in roads {
        let past = [vec![(DANA, added(mal))], road].concat();
        check_after(&past, BO, &renamed(mal, lead), refused);
        check_after(&past, DANA, &renamed(mal, lead), "");
    }
    // By a step that is taken back, too.
    let freed = [(DANA, added(lead)), (DANA, renamed(lead, mal)), (DANA, invite(lead, "reader", "site", ACME, "null"))];
    check_after(&freed, BO, &cmd(r#"{"undo":3}"#), refused);
    // What is over is not offered any more.
    let over = [(DANA, added(mal)), (DANA, invite(lead, "reader", "site", ACME, "null")), (DANA, cmd(r#"{"cancel":{"invitation":1}}"#))];
    check_after(&over, BO, &renamed(mal, lead), "");
    // Whoever adds the address stands where the answer will go.
    check_after(&[(DANA, invite(lead, "reader", "site", ACME, "null"))], BO, &added(lead), "");
    check_after(&[(DANA, invite(lead, "seller", "site", ACME, "null"))], BO, &added(lead), "whoever is invited would gain b.sell on acme");
    check_after(&[(DANA, cmd(&site))], BO, &added(lead), "bo@nl.example may not add lead@x.example, to whom a site is offered");
}

#[test]
fn the_address_of_a_unix_user_is_the_account_owners_to_change() {
    let mal = "mal@x.example";
    let bound = [(DANA, added(mal)), (DANA, bind(DANA, 1)), (DANA, bind(mal, 9))];
    let refused = "bo@nl.example may not change the address of mal@x.example, who is a Unix user here; ask dana@nl.example";
    check_after(&bound, BO, &renamed(mal, "lead@x.example"), refused);
    check_after(&bound[..1], BO, &renamed(mal, "lead@x.example"), "");
    check_after(&bound, DANA, &renamed(mal, "lead@x.example"), "");
}

#[test]
fn people_are_edited_and_removed_where_one_manages_people_and_nowhere_else() {
    let (eve, new) = ("eve@x.example", "new@x.example");
    let here = [(DANA, added(eve)), (DANA, added(new)), (DANA, cmd(&give(eve, "reader", "site", ACME)))];
    let with = |command: &str| [here.as_slice(), &[(DANA, cmd(command))]].concat();
    let called = |email: &str, was: &str| {
        let row = |name: &str| format!(r#"{{"type":"person","email":"{email}","name":"{name}"}}"#);
        cmd(&format!(r#"{{"edit":{{"before":{},"after":{}}}}}"#, row(was), row("Dana Holt")))
    };
    let remove = cmd(&format!(r#"{{"remove":{{"person":"{new}"}}}}"#));
    check_after(&with(&give(new, "reader", "site", ACME)), eve, &called(new, "It"), "");
    // Of whom they do not see they learn nothing, not even that there is somebody.
    let nobody = "no person `new@x.example`";
    check_after(&with(&give(new, "reader", "site", CORP)), eve, &called(new, "It"), nobody);
    check_after(&with(&give(new, "reader", "team", SIDE)), eve, &called(new, "It"), nobody);
    check_after(&here, eve, &called(new, "It"), nobody);
    check_after(&here, eve, &remove, nobody);
    check_after(&here, BO, &remove, "");
    let stays = "an owner stays as they are";
    for (owner, name, told) in [(CY, "Cy", "no person `cy@corp.example`"), (DANA, "Dana", stays)] {
        check_after(&here, eve, &called(owner, name), told);
        check_after(&here, BO, &called(owner, name), stays);
    }
    // A step of one's own is taken back.
    check_after(&[here.as_slice(), &[(eve, added("typo@x.example"))]].concat(), eve, &cmd(r#"{"undo":5}"#), "");
    check_after(&[here.as_slice(), &[(DANA, added("typo@x.example"))]].concat(), eve, &cmd(r#"{"undo":5}"#), "no journal entry `5`");
}

#[test]
fn the_account_owner_is_invited_by_the_owner_of_a_site_alone() {
    let mut store = world();
    let pointless = "dana@nl.example owns this workspace; an invitation to them is the owner's of the site to send";
    for who in [BO, DANA] {
        for scope in [ACME, CORP] {
            assert_eq!(heard(&mut store, &named(who), &invite(DANA, "reader", "site", scope, "null")), pointless);
        }
    }
    assert_eq!(heard(&mut store, &named(CY), &invite(DANA, "reader", "site", CORP, "null")), "");
    assert_eq!(heard(&mut store, &named(DANA), &accept(None)), "");
}

#[test]
fn offboarding_is_the_account_owners_where_it_takes_what_others_may_not() {
    check(&[], DANA, &format!(r#"{{"offboard":{{"person":"{ANA}","sites_to":null}}}}"#), "");
    check(&[], BO, &format!(r#"{{"offboard":{{"person":"{ANA}","sites_to":null}}}}"#), "");
    check(&[], BO, &format!(r#"{{"offboard":{{"person":"{CY}","sites_to":"{BO}"}}}}"#), "an owner stays as they are");
}

#[test]
fn only_the_account_owner_takes_files_in() {
    let mut store = world();
    let untouched = state(&store);
    let mut lines = r#"{"type":"contact","name":"Lead","email":null}"#.as_bytes();
    let mut records = rolecall::exchange::bundle::read(&mut lines);
    let refused = command::import::run(&mut store, &named(BO), now(), "file", &mut records, &mut |_| true).unwrap_err();
    assert!(refused.to_string().contains("bo@nl.example may not import"), "{refused}");
    assert_eq!(state(&store), untouched);
    take_in(&mut store, steps::MORE).unwrap();
    let refused = command::run(&mut store, &named(BO), now(), &Command::Undo(2)).unwrap_err();
    assert!(refused.to_string().contains("may not take an import back"), "{refused}");
}

#[test]
fn a_catalog_names_permissions_that_it_has() {
    let text = |deed: &str| {
        format!(
            "platform = \"p\"\ncategories = [\"c\"]\n\n[authority]\n{deed}\n\n[[permission]]\nid = \"a\"\nlabel = \"A\"\ncategory = \"c\"\n"
        )
    };
    assert!(Catalog::parse("p.toml", &text("invite-people = \"a\""), None).is_ok());
    let unknown = Catalog::parse("p.toml", &text("invite-people = \"b\""), None).unwrap_err();
    assert_eq!(unknown, "p.toml line 5: the deed `invite-people` names the unknown permission `b`; did you mean `a`?");
    let no_deed = Catalog::parse("p.toml", &text("fly = \"a\""), None).unwrap_err();
    assert!(no_deed.starts_with("p.toml line 5: ") && no_deed.contains("fly"), "{no_deed}");
}

// ---------------------------------------------------------------------------------------
// Anything, by anybody.

/// What every person can do on every site at every instant that matters, told by the plain model.
type Facts = BTreeMap<(String, String, i64), Names>;

/// All that access depends on.
#[derive(Clone)]
struct Told {
    policy: Policy,
    people: Vec<(Person, Vec<Assignment>)>,
    sites: Vec<Site>,
}

impl Told {
    fn by(store: &Store) -> Told {
        let db = store.reader();
        let (mut people, mut sites): (Vec<Person>, Vec<Site>) = (Vec::new(), Vec::new());
        db.each_person(|it| {
            people.push(it);
            Ok(())
        })
        .unwrap();
        db.each_site(|it| {
            sites.push(it);
            Ok(())
        })
        .unwrap();
        let people = people.into_iter().map(|it| (it.clone(), db.assignments_of(it.id).unwrap())).collect();
        Told { policy: db.policy(None).unwrap(), people, sites }
    }

    /// The same with the apps that sites have in another telling.
    fn with_apps_of(&self, other: &Told) -> Told {
        let mut told = self.clone();
        for site in &mut told.sites {
            if let Some(it) = other.sites.iter().find(|it| it.id == site.id && it.platform == site.platform) {
                site.apps.clone_from(&it.apps);
            }
        }
        told
    }

    fn owns(&self, email: &str, site: &str) -> bool {
        let person = self.people.iter().find(|(it, _)| it.email == email);
        self.sites.iter().any(|it| it.key == site && person.is_some_and(|(person, _)| person.id == it.owner))
    }

    fn facts(&self, instants: &BTreeSet<i64>) -> Facts {
        let mut facts = Facts::new();
        for catalog in self.policy.catalogs() {
            for (person, held) in &self.people {
                let world = told(&self.policy, catalog, person, &self.sites, held);
                for site in self.sites.iter().filter(|it| it.platform == catalog.platform) {
                    let told = world.sites.iter().find(|it| it.id == site.id.0).unwrap();
                    for at in instants {
                        facts.insert((person.email.clone(), site.key.clone(), *at), world.access(told, *at));
                    }
                }
            }
        }
        facts
    }
}

/// One platform and one person in the words of the model.
fn told(policy: &Policy, catalog: &Catalog, person: &Person, sites: &[Site], assignments: &[Assignment]) -> model::World {
    let permission = |it| {
        let it = catalog.get(it);
        let requires = it.requires.iter().map(|id| catalog.get(*id).id.clone()).collect();
        model::Permission { id: it.id.clone(), requires, app: it.app.clone() }
    };
    let names = |set| catalog.names(set).into_iter().collect::<Names>();
    let fits = |it| match it {
        RoleLevel::Site => model::Fits::Site,
        RoleLevel::Team => model::Fits::Team,
        RoleLevel::Both => model::Fits::Both,
    };
    let role = |it: &HeldRole| {
        let builtin = catalog.role(&it.role.key).filter(|_| it.role.builtin && it.role.platform == catalog.platform);
        let granted = builtin.map_or_else(|| it.role.permissions.clone(), |it| names(it.grants));
        let lifts = builtin.map_or_else(Names::new, |it| names(it.lifts));
        let takes = builtin.map_or_else(Names::new, |it| names(it.takes));
        let side = it.side.map(|it| match it {
            Side::Partner => model::Side::Partner,
            Side::Client => model::Side::Client,
        });
        let (platform, builtin, fits) = (it.role.platform.clone(), it.role.builtin, fits(it.role.level));
        (it.role.id.0, model::Role { platform, builtin, lifts, takes, side, fits, granted })
    };
    let assignment = |it: &Assignment| model::Assignment {
        id: it.id.0,
        role: it.role.0,
        team: it.level == Level::Team,
        scope: match it.scope {
            Scope::Everywhere => model::Scope::Everywhere,
            Scope::Folder(id) => model::Scope::Folder(id.0),
            Scope::Site(id) => model::Scope::Site(id.0),
        },
        since: it.since.map(|it| it.timestamp_micros()),
        until: it.until.map(|it| it.timestamp_micros()),
    };
    let site = |it: &Site| model::Site {
        id: it.id.0,
        folder: it.folder.map(|it| it.0),
        owner: it.owner.0,
        agency_hosts: it.host == Host::Agency,
        apps: it.apps.iter().cloned().collect(),
    };
    let profile = policy.ceilings.of(&catalog.platform);
    model::World {
        platform: catalog.platform.clone(),
        adds_up: false,
        permissions: catalog.ids().map(permission).collect(),
        ceilings: catalog
            .ceilings
            .iter()
            .map(|(name, it)| (name.clone(), model::Ceiling { site: names(it.site), team: names(it.team) }))
            .collect(),
        profile: if catalog.ceilings.contains_key(profile) { profile } else { "strict" }.to_owned(),
        roles: policy.roles().map(role).collect(),
        folders: policy.folders().map(|it| (it.id.0, it.parent.map(|it| it.0))).collect(),
        sites: sites.iter().filter(|it| it.platform == catalog.platform).map(site).collect(),
        account_owner: policy.owner.0,
        person: person.id.0,
        assignments: assignments.iter().map(assignment).collect(),
    }
}

/// Now, and every instant at which the random commands let something begin or end.
fn instants() -> BTreeSet<i64> {
    let dates = ["2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "2027-03-01T00:00:00Z"].map(at);
    dates.into_iter().filter(|it| *it > now()).chain([now()]).map(|it| it.timestamp_micros()).collect()
}

/// R10: the client takes back what is theirs, which nobody gives them.
fn is_theirs(store: &Store, command: &Command, person: &str, site: &str) -> bool {
    match command {
        Command::Reclaim { site: reclaimed, .. } => {
            let (person, row) = (store.reader().person_by_email(person).unwrap(), store.reader().site_by_key(site).unwrap());
            reclaimed == site && person.zip(row).is_some_and(|(person, row)| row.owner == person.id)
        }
        // What is theirs again they may give in the next step.
        Command::Batch(steps) => steps.iter().any(|it| matches!(it, Command::Reclaim { site: reclaimed, .. } if reclaimed == site)),
        _ => false,
    }
}

#[test]
fn no_sequence_of_commands_gives_anybody_what_its_actor_does_not_hold() {
    let config = Config { cases: 120, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let actors = prop::sample::select(&[ANA, BO, BO, CY, "eve@x.example"][..]);
    let lists = (prop::collection::vec(steps::any(), 0..8), any::<bool>(), actors, prop::collection::vec(steps::any(), 1..40));
    let (accepted, instants) = (Cell::new(0), instants());
    TestRunner::new(config)
        .run(&lists, |(past, mighty, email, future)| {
            let mut store = world();
            let might = [cmd(&take(BO, "reader", "team", TOP)), cmd(&give(email, "boss", "team", EVERYWHERE))];
            for command in past.iter().chain(might.iter().filter(|_| mighty)) {
                let _ = world::run(&mut store, command);
            }
            let actor = named(email);
            let mut before = Told::by(&store);
            for command in future {
                if command::run(&mut store, &actor, now(), &command).is_err() {
                    continue;
                }
                accepted.set(accepted.get() + 1);
                let after = Told::by(&store);
                // Apps are facts: what one's own roles, and owning a site, make of them is nobody's gift.
                let (was, with_apps) = (before.facts(&instants), before.with_apps_of(&after).facts(&instants));
                let is = after.facts(&instants);
                for ((person, site, at), has) in is.iter().filter(|((person, site, _), _)| !is_theirs(&store, &command, person, site)) {
                    let in_facts = |facts: &Facts, who: &str| facts.get(&(who.to_owned(), site.clone(), *at)).cloned().unwrap_or_default();
                    let theirs = in_facts(if before.owns(person, site) { &with_apps } else { &was }, person);
                    let (gained, own) = (has - &theirs, in_facts(&with_apps, email));
                    prop_assert!(gained.is_subset(&own), "{email} gave {person} {gained:?} on {site} by {command:?}");
                }
                before = after;
            }
            proven(&store);
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
    assert!(accepted.get() > 60, "only {} commands were allowed at all", accepted.get());
}

// ---------------------------------------------------------------------------------------
// Who it is.

fn as_user(email: &str, uid: u32) -> Actor {
    Actor { by: Hand::User(uid), ..named(email) }
}

fn bind(person: &str, uid: u32) -> Command {
    Command::Bind { person: person.to_owned(), uid }
}

/// A workspace in which uid 1 is the account owner and uid 2 is Bo.
fn bound() -> Store {
    let mut store = world();
    for command in [bind(DANA, 1), bind(BO, 2)] {
        command::run(&mut store, &named(DANA), now(), &command).unwrap();
    }
    store
}

/// Runs it, and tries it before; `""` means that both do it.
fn heard(store: &mut Store, actor: &Actor, command: &Command) -> String {
    let before = state(store);
    let tried = command::preview(store, actor, now(), std::slice::from_ref(command)).map(drop);
    assert_eq!(state(store), before, "the preview wrote");
    let done = command::run(store, actor, now(), command).map(drop);
    let said = |it: Result<(), Error>| it.err().map_or_else(String::new, |it| it.to_string());
    let (tried, done) = (said(tried), said(done));
    assert_eq!(tried, done);
    done
}

#[test]
fn a_unix_user_acts_as_who_they_are_and_the_account_owner_for_anybody() {
    let mut store = bound();
    let add = |name: &str| cmd(&format!(r#"{{"add":{{"type":"contact","name":"{name}","email":null}}}}"#));
    assert_eq!(heard(&mut store, &as_user(BO, 2), &add("A")), "");
    assert_eq!(heard(&mut store, &as_user(BO, 1), &add("B")), "");
    let other = "bo@nl.example may not act for dana@nl.example; ask dana@nl.example, who owns the account";
    assert_eq!(heard(&mut store, &as_user(DANA, 2), &add("C")), other);
    assert!(heard(&mut store, &as_user(ANA, 2), &add("C")).starts_with("bo@nl.example may not act for ana@acme.example"));
    let nobody = "uid 3 is nobody in this workspace and may only ask; dana@nl.example, who owns the account, can say who it is";
    for email in [DANA, BO, "nobody@x.example"] {
        assert!(heard(&mut store, &as_user(email, 3), &add("C")).starts_with(nobody));
    }
}

#[test]
fn whoever_was_unbound_is_refused_at_the_next_write() {
    let mut store = bound();
    let add = |name: &str| cmd(&format!(r#"{{"add":{{"type":"contact","name":"{name}","email":null}}}}"#));
    command::run(&mut store, &named(DANA), now(), &bind(DANA, 30)).unwrap();
    let (owner, bo) = (as_user(DANA, 30), as_user(BO, 2));
    assert_eq!([heard(&mut store, &owner, &add("A")), heard(&mut store, &bo, &add("B"))], ["", ""]);
    for uid in [30, 2] {
        command::run(&mut store, &named(DANA), now(), &Command::Unbind { uid }).unwrap();
    }
    for actor in [owner, bo] {
        let said = heard(&mut store, &actor, &add("after"));
        assert!(said.contains("is nobody in this workspace"), "{said}");
        let said = heard(&mut store, &actor, &Command::Batch(vec![add("after"), add("that")]));
        assert!(said.contains("is nobody in this workspace"), "{said}");
    }
    let mut lines = r#"{"type":"contact","name":"Lead","email":null}"#.as_bytes();
    let mut records = rolecall::exchange::bundle::read(&mut lines);
    let refused = command::import::run(&mut store, &as_user(DANA, 30), now(), "file", &mut records, &mut |_| true).unwrap_err();
    assert!(refused.to_string().contains("is nobody in this workspace"), "{refused}");
    // Whoever is bound to somebody else meanwhile acts as that person only.
    command::run(&mut store, &named(DANA), now(), &bind(ANA, 2)).unwrap();
    assert!(heard(&mut store, &as_user(BO, 2), &add("after")).starts_with("ana@acme.example may not act for bo@nl.example"));
}

#[test]
fn two_users_cannot_both_be_the_first() {
    let mut store = world();
    assert_eq!(heard(&mut store, &as_user(DANA, 1), &bind(DANA, 1)), "");
    assert!(heard(&mut store, &as_user(DANA, 2), &bind(DANA, 2)).starts_with("uid 2 is nobody in this workspace"));
}

#[test]
fn a_user_who_is_nobody_says_yes_for_whom_a_link_was_sent_to_and_for_nobody_else() {
    let mut store = bound();
    let sent = |email: &str| invite(email, "reader", "site", ACME, "null");
    assert_eq!(heard(&mut store, &as_user(BO, 2), &sent("new@x.example")), "");
    let nobody = "uid 9 is nobody in this workspace";

    assert!(heard(&mut store, &as_user(DANA, 9), &accept(None)).starts_with(nobody));
    let owner = |who: &str| format!("{who} is an owner: nobody else says yes in their name; ask them to accept it as who they are");
    for actor in [as_user("new@x.example", 9), as_user(BO, 2)] {
        assert_eq!(heard(&mut store, &actor, &accept(Some(CY))), owner(CY));
    }
    // Under another address they are whoever has that one, never whom it was sent to.
    for actor in ["new@x.example", DANA] {
        assert!(heard(&mut store, &as_user(actor, 9), &accept(Some("other@x.example"))).starts_with(nobody), "{actor}");
    }
    assert_eq!(heard(&mut store, &as_user("new@x.example", 9), &accept(None)), "");
    let entry = store.reader().entry(store.reader().head().unwrap().unwrap().seq).unwrap().unwrap();
    assert_eq!(entry.actor, "new@x.example");
}

#[test]
fn an_acceptance_is_weighed_as_its_sponsor_whoever_says_yes() {
    let lost = [take(BO, "reader", "team", TOP), take(BO, "boss", "team", EVERYWHERE)].map(|it| (DANA, cmd(&it)));
    let [first, second] = lost;
    let sent = (BO, invite("new@x.example", "reader", "site", ACME, "null"));
    for who in ["new@x.example", ANA, DANA] {
        check_after(&[sent.clone(), first.clone(), second.clone()], who, &accept(None), "bo@nl.example may not invite people");
    }
    let offer = format!(r#"{{"hand-over":{{"site":"corp","kind":"transfer","email":"{DANA}","token":"{}"}}}}"#, token(1).hash());
    check_after(&[(CY, cmd(&offer))], DANA, &accept(None), "");
    check_after(&[(CY, cmd(&offer))], BO, &accept(None), "dana@nl.example is an owner: nobody else says yes in their name");
}
