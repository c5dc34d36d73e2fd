//! What every command changes, and every refusal with its sentence.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod world;

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rolecall::command::{self, Command, Error, Hand, Note, Switch};
use rolecall::domain::audit::Settings;
use rolecall::domain::contact::ContactRecord;
use rolecall::domain::life::HandoverKind;
use rolecall::domain::record::{
    AssignmentKey, AssignmentRecord, CeilingRecord, FolderRecord, HandoverRecord, InvitationRecord, Key, OfferKey, PersonRecord, Profile,
    Record, RequestRecord, RoleRecord, ScopeRecord, SiteRecord, WorkspaceRecord,
};
use rolecall::domain::review::{Finish, ItemKey, ReviewRecord, Verdict};
use rolecall::domain::things::{ContactStatus, Host, Level, RoleLevel, SiteStatus};
use rolecall::domain::token::{Token, TokenHash};
use rolecall::facts::Store;
use world::{BUNDLE, actor, at, cmd, export, proven, record, run, run_all, state, take_in, world};

/// After the commands the export has gained and lost exactly these lines, by their beginnings.
fn changes(commands: &[&str], gained: &[&str], lost: &[&str]) {
    let mut store = world();
    let before = export(&store);
    run_all(&mut store, commands);
    let after = export(&store);
    let only = |a: &str, b: &str| a.lines().filter(|line| !b.lines().any(|it| it == *line)).map(str::to_owned).collect::<Vec<_>>();
    let fits =
        |lines: &[String], parts: &[&str]| lines.len() == parts.len() && parts.iter().all(|it| lines.iter().any(|line| line.contains(it)));
    let (new, old) = (only(&after, &before), only(&before, &after));
    assert!(fits(&new, gained) && fits(&old, lost), "{commands:?}\ngained {new:#?}\nlost {old:#?}");
    proven(&store);
}

/// After `setup`, the command is refused with this sentence and leaves nothing behind.
fn refused(setup: &[&str], command: &str, sentence: &str) {
    let mut store = world();
    run_all(&mut store, setup);
    let before = state(&store);
    match run(&mut store, &cmd(command)) {
        Err(Error::Refused(refusal)) => assert_eq!(refusal.to_string(), sentence, "{command}"),
        other => panic!("{command}: {other:?}"),
    }
    assert_eq!(state(&store), before, "{command}");
    proven(&store);
}

const ANA: &str = r#"{"type":"person","email":"ana@acme.example","name":"Ana Ruiz"}"#;
const ACME: &str = r#"{"type":"site","key":"acme","name":"Acme","url":"https://acme.example","platform":"mini","folder":"inner","owner":"dana@nl.example","host":"owner","apps":["Shop"]}"#;
const SELLER: &str = r#"{"type":"role","key":"seller","name":"Seller","platform":"mini","level":"both","permissions":["b.sell"]}"#;
const TOP: &str = r#"{"type":"folder","key":"top","name":"Top","parent":null}"#;
const WALK_IN: &str = r#"{"type":"contact","name":"Walk-in","email":null}"#;
const HELD: &str = r#"{"type":"assignment","person":"ana@acme.example","role":"editor-site","level":"site","scope":{"site":"acme"}}"#;

fn edit(before: &str, from: &str, to: &str) -> String {
    assert!(before.contains(from), "{before} has no {from}");
    format!(r#"{{"edit":{{"before":{before},"after":{}}}}}"#, before.replacen(from, to, 1))
}

fn give(person: &str, role: &str, level: &str, scope: &str) -> String {
    format!(r#"{{"add":{{"type":"assignment","person":"{person}","role":"{role}","level":"{level}","scope":{scope}}}}}"#)
}

#[test]
fn adding_adds_one_line() {
    changes(
        &[r#"{"add":{"type":"person","email":"Eve@New.example","name":""}}"#],
        &[r#""email":"Eve@New.example","name":"Eve@New.example""#],
        &[],
    );
    changes(&[r#"{"add":{"type":"contact","name":"Eve","email":null}}"#], &[r#""name":"Eve""#], &[]);
    changes(&[r#"{"add":{"type":"folder","key":"new","name":"New","parent":"inner"}}"#], &[r#""key":"new""#], &[]);
    let site = r#"{"add":{"type":"site","key":"new","name":"New","platform":"mini","folder":null,"owner":"bo@nl.example"}}"#;
    changes(&[site], &[r#""host":"owner""#], &[]);
    changes(&[r#"{"add":{"type":"role","key":"new","name":"New","platform":"mini","level":"site"}}"#], &[r#""permissions":[]"#], &[]);
    changes(&[&give("cy@corp.example", "seller", "site", r#"{"site":"acme"}"#)], &[r#""person":"cy@corp.example","role":"seller""#], &[]);
    changes(&[&give("cy@corp.example", "boss", "team", r#"{"folder":"side"}"#)], &[r#""scope":{"folder":"side"}"#], &[]);
}

#[test]
fn editing_replaces_one_line() {
    changes(
        &[&edit(ANA, "ana@acme", "ana@new")],
        &[r#""person","email":"ana@new"#, r#""role":"editor-site""#, r#""role":"seller""#],
        &[r#""person","email":"ana@acme"#, r#""role":"editor-site""#, r#""role":"seller""#],
    );
    changes(&[&edit(ACME, r#"["Shop"]"#, "[]")], &[r#""apps":[]"#], &[r#""apps":["Shop"]"#]);
    changes(&[&edit(ACME, r#""inner""#, r#""side""#)], &[r#""folder":"side""#], &[r#""folder":"inner""#]);
    changes(&[&edit(SELLER, "b.sell", "b.pay")], &[r#"["b.pay"]"#], &[r#"["b.sell"]"#]);
    changes(&[&edit(TOP, "Top", "Roof")], &["Roof"], &["Top"]);
    changes(&[&edit(TOP, "null", r#""side""#)], &[r#""parent":"side""#], &[r#""key":"top""#]);
    changes(&[&edit(WALK_IN, "null", r#""w@in.example""#)], &["w@in.example"], &["Walk-in"]);
    changes(&[&edit(HELD, r#"{"site":"acme"}"#, r#"{"site":"corp"}"#)], &[r#"{"site":"corp"}"#], &[r#"{"site":"acme"}"#]);
    changes(&[&edit(HELD, r#"{"site":"acme"}"#, r#"{"site":"acme"},"until":"2027-01-01T00:00:00Z""#)], &["2027-01-01"], &["editor-site"]);
    changes(&[&edit(ANA, "Ruiz", "Ruiz")], &[], &[]);
}

#[test]
fn removing_removes_what_hangs_on_it() {
    changes(&[r#"{"remove":{"contact":"Walk-in"}}"#], &[], &["Walk-in"]);
    changes(&[r#"{"remove":{"role":"spare"}}"#], &[], &["Spare"]);
    changes(&[r#"{"remove":{"site":"acme"}}"#], &[], &[r#""key":"acme""#, "editor-site"]);
    changes(
        &[r#"{"remove":{"folder":"inner"}}"#],
        &[r#""key":"acme","name":"Acme","url":"https://acme.example","platform":"mini","folder":"top""#],
        &["Inner", "Acme"],
    );
    let held = r#"{"person":"bo@nl.example","role":"boss","level":"team","scope":"everywhere"}"#;
    changes(&[&format!(r#"{{"remove":{{"assignment":{held}}}}}"#)], &[], &[r#""role":"mini/boss""#]);
}

#[test]
fn a_person_who_once_gave_a_role_can_be_removed() {
    let mut store = world();
    let (eve, held) = (
        "eve@nl.example",
        [r#""administrator","level":"team","scope":"everywhere""#, r#""subscriber","level":"site","scope":{"site":"press"}"#],
    );
    let given = |who: &str, what: &str| format!(r#"{{"add":{{"type":"assignment","person":"{who}","role":{what}}}}}"#);
    run_all(&mut store, &[r#"{"add":{"type":"person","email":"eve@nl.example"}}"#, &given(eve, held[0])]);
    let eve_herself = rolecall::command::Actor { email: eve.to_owned(), via: "eve".to_owned(), by: Hand::Caller };
    rolecall::command::run(&mut store, &eve_herself, world::now(), &cmd(&given("cy@corp.example", held[1]))).unwrap();
    run_all(&mut store, &[&format!(r#"{{"remove":{{"assignment":{{"person":"{eve}","role":{}}}}}}}"#, held[0])]);
    let before = export(&store);
    let gone = run(&mut store, &cmd(r#"{"remove":{"person":"eve@nl.example"}}"#)).unwrap();
    assert_eq!(before.lines().count() - 1, export(&store).lines().count());
    proven(&store);
    run(&mut store, &Command::Undo(gone.head.unwrap().seq)).unwrap();
    assert_eq!(export(&store), before);
    proven(&store);
}

#[test]
fn toggling_duplicating_and_the_ceiling() {
    changes(&[r#"{"toggle":{"role":"spare","permissions":["b.pay"],"to":"revoke"}}"#], &[r#""permissions":[]"#], &[r#"["b.pay"]"#]);
    changes(&[r#"{"toggle":{"role":"Spare","permissions":["View B"],"to":"pin"}}"#], &[r#"["b.pay","b.view"]"#], &[r#"["b.pay"]"#]);
    changes(
        &[r#"{"toggle":{"role":"editor-site","permissions":["a.view","b.post"],"to":"revoke"}}"#],
        &[r#""permissions":[]"#],
        &["a.edit"],
    );
    changes(&[r#"{"toggle":{"role":"spare","permissions":["b.pay"],"to":"grant"}}"#], &[], &[]);
    changes(
        &[r#"{"duplicate":{"role":"boss","name":"Boss Two","key":null}}"#],
        &[r#""key":"boss-two","name":"Boss Two","platform":"mini","level":"team""#],
        &[],
    );
    changes(&[r#"{"ceiling":"relaxed"}"#], &[r#""ceiling":"relaxed""#], &[r#""ceiling":"strict""#]);
    changes(&[r#"{"ceiling":"strict"}"#], &[], &[]);
}

#[test]
fn each_platform_has_a_ceiling_of_its_own() {
    let mini = r#"{"ceiling":{"mini":"relaxed"}}"#;
    changes(&[mini], &[r#""ceiling":{"mini":"relaxed"}"#], &[r#""ceiling":"strict""#]);
    changes(&[r#"{"ceiling":{"mini":"strict"}}"#], &[], &[]);
    changes(&[mini, r#"{"ceiling":{"mini":"strict"}}"#], &[], &[]);
    changes(&[mini, r#"{"ceiling":{"wix":"relaxed","wordpress":"relaxed"}}"#], &[r#""ceiling":"relaxed""#], &[r#""ceiling":"strict""#]);
    changes(&[mini, r#"{"ceiling":"relaxed"}"#], &[r#""ceiling":"relaxed""#], &[r#""ceiling":"strict""#]);
    changes(&[mini, r#"{"ceiling":"strict"}"#], &[], &[]);
    let relaxed = r#"{"ceiling":"relaxed"}"#;
    changes(
        &[relaxed, r#"{"ceiling":{"mini":"frozen"}}"#],
        &[r#""ceiling":{"mini":"frozen","wix":"relaxed","#],
        &[r#""ceiling":"strict""#],
    );
    refused(&[], r#"{"ceiling":{"mini":"lax"}}"#, "no ceiling profile `lax` of mini; there are: frozen, relaxed, strict");
    refused(&[], r#"{"ceiling":{"wix":"frozen"}}"#, "no ceiling profile `frozen` of wix; there are: relaxed, strict");
    refused(&[], r#"{"ceiling":{"min":"strict"}}"#, "no platform `min`; did you mean `mini`?");
}

#[test]
fn a_batch_is_one_entry_and_all_or_nothing() {
    let two = r#"{"batch":[{"add":{"type":"folder","key":"new","name":"New","parent":null}},{"add":{"type":"folder","key":"newer","name":"Newer","parent":"new"}}]}"#;
    changes(&[two], &[r#""key":"new""#, r#""key":"newer""#], &[]);
    changes(&[two, r#"{"undo":2}"#], &[], &[]);
    changes(&[two, r#"{"undo":2}"#, r#"{"redo":3}"#], &[r#""key":"new""#, r#""key":"newer""#], &[]);
    let half = r#"{"batch":[{"add":{"type":"folder","key":"new","name":"New","parent":null}},{"remove":{"folder":"nowhere"}}]}"#;
    refused(&[], half, "no folder `nowhere`");
    let setup = r#"{"batch":[{"init":{"name":"X","owner":"x@y.example"}}]}"#;
    refused(&[], setup, "this file already holds a workspace; name another one with --db");
}

#[test]
fn a_preview_runs_the_steps_of_a_batch_one_on_another() {
    let mut store = world();
    let step = |key: &str| cmd(&format!(r#"{{"add":{{"type":"folder","key":"{key}","name":"New","parent":null}}}}"#));
    let nested = Command::Batch(vec![step("one"), Command::Batch(vec![step("two")])]);
    assert_eq!(command::preview(&mut store, &actor(), world::now(), &[nested]).unwrap().changes.len(), 2);
}

#[test]
fn unknown_names_are_refused_with_the_nearest() {
    let site = |from: &str, to: &str| edit(ACME, from, to);
    refused(&[], r#"{"remove":{"person":"anna@acme.example"}}"#, "no person `anna@acme.example`; did you mean `ana@acme.example`?");
    refused(&[], r#"{"remove":{"site":"acne"}}"#, "no site `acne`; did you mean `acme`?");
    refused(&[], r#"{"remove":{"folder":"inne"}}"#, "no folder `inne`; did you mean `inner`?");
    refused(&[], r#"{"remove":{"contact":"Walk-on"}}"#, "no contact `Walk-on`; did you mean `Walk-in`?");
    refused(&[], r#"{"remove":{"role":"sellr"}}"#, "no role `sellr`; did you mean `seller`?");
    refused(&[], r#"{"toggle":{"role":"spare","permissions":["b.pai"],"to":"grant"}}"#, "no permission `b.pai`; did you mean `b.pay`?");
    refused(&[], r#"{"toggle":{"role":"nope-nope","permissions":[],"to":"grant"}}"#, "no role `nope-nope`");
    refused(&[], &give("nobody@elsewhere.example", "seller", "site", r#"{"site":"acme"}"#), "no person `nobody@elsewhere.example`");
    refused(&[], &give("bo@nl.example", "seller", "site", r#"{"site":"acmee"}"#), "no site `acmee`; did you mean `acme`?");
    refused(&[], &site(r#""Shop""#, r#""Shopp""#), "no app `Shopp`; did you mean `Shop`?");
    refused(&[], &site(r#""inner""#, r#""upstairs""#), "no folder `upstairs`");
    refused(&[], r#"{"ceiling":"lax"}"#, "no ceiling profile `lax`; there are: frozen, relaxed, strict");
    let role = r#"{"add":{"type":"role","key":"x","name":"X","platform":"min","level":"site"}}"#;
    refused(&[], role, "no platform `min`; did you mean `mini`?");
    let gone = r#"{"remove":{"assignment":{"person":"bo@nl.example","role":"seller","level":"site","scope":{"site":"acme"}}}}"#;
    refused(&[], gone, "bo@nl.example does not hold seller at site level (site acme)");
    refused(&[], r#"{"undo":99}"#, "no journal entry `99`; the newest is 1");
}

#[test]
fn what_is_there_already_is_refused() {
    refused(&[], r#"{"init":{"name":"X","owner":"x@y.example"}}"#, "this file already holds a workspace; name another one with --db");
    refused(
        &[],
        r#"{"add":{"type":"workspace","name":"X","owner":"x@y.example"}}"#,
        "this file already holds a workspace; name another one with --db",
    );
    refused(&[], r#"{"add":{"type":"person","email":"ANA@acme.example"}}"#, "there is already a person ana@acme.example");
    refused(&[], r#"{"add":{"type":"contact","name":"Walk-in","email":null}}"#, "there is already a contact Walk-in");
    refused(
        &[],
        r#"{"add":{"type":"contact","name":"X","email":"Ana@acme.example"}}"#,
        "there is already a contact Ana Ruiz <ana@acme.example>",
    );
    refused(&[], r#"{"add":{"type":"folder","key":"top","name":"X","parent":null}}"#, "there is already a folder top");
    let site = ACME.replace("Acme", "X");
    refused(&[], &format!(r#"{{"add":{site}}}"#), "there is already a site acme");
    refused(
        &[],
        r#"{"add":{"type":"role","key":"x","name":"SELLER","platform":"mini","level":"site"}}"#,
        "there is already a role Seller (seller)",
    );
    refused(&[], r#"{"duplicate":{"role":"boss","name":"Spare","key":"x"}}"#, "there is already a role Spare (spare)");
    refused(&[], &format!(r#"{{"add":{HELD}}}"#), "there is already a role Site editor for ana@acme.example (site acme)");
    refused(&[], &edit(ANA, "ana@acme.example", "bo@nl.example"), "there is already a person bo@nl.example");
    refused(&[], &edit(TOP, r#""top""#, r#""side""#), "there is already a folder side");
    refused(&[], &edit(ACME, r#""acme""#, r#""corp""#), "there is already a site corp");
    refused(&[], &edit(SELLER, "Seller", "Spare"), "there is already a role Spare (spare)");
    refused(&[], &edit(WALK_IN, "null", r#""ana@acme.example""#), "there is already a contact Ana Ruiz <ana@acme.example>");
    let passer = r#"{"add":{"type":"contact","name":"Passer-by","email":null}}"#;
    refused(&[passer], &edit(WALK_IN, "Walk-in", "Passer-by"), "there is already a contact Passer-by");
    let twin = give("ana@acme.example", "editor-site", "site", r#"{"site":"corp"}"#);
    refused(&[&twin], &edit(HELD, r#"{"site":"acme"}"#, r#"{"site":"corp"}"#), "there is already a role editor-site for ana@acme.example");
}

#[test]
fn a_name_that_several_have_means_none_of_them() {
    let twin = |email: &str| format!(r#"{{"add":{{"type":"contact","name":"Twin","email":"{email}"}}}}"#);
    let twins = [twin("one@x.example"), twin("two@x.example")];
    let sentence = "several contacts are called `Twin`; give the e-mail";
    refused(&twins.each_ref().map(String::as_str), r#"{"remove":{"contact":"Twin"}}"#, sentence);
}

#[test]
fn what_is_in_use_stays() {
    refused(
        &[],
        r#"{"remove":{"role":"seller"}}"#,
        "Seller cannot be removed: it is held by 1 person in 1 place; name the role that takes its place: rolecall role remove seller --replace-with ROLE",
    );
    refused(
        &[],
        r#"{"remove":{"person":"bo@nl.example"}}"#,
        "bo@nl.example cannot be removed: they hold 2 roles; take those first: rolecall offboard bo@nl.example",
    );
    refused(
        &[],
        r#"{"remove":{"person":"cy@corp.example"}}"#,
        "cy@corp.example cannot be removed: they own 2 sites; a site always has an owner, so hand those over first",
    );
    refused(
        &[],
        r#"{"remove":{"folder":"top"}}"#,
        "top cannot be removed: 1 roles are given on it; take those first, or give them elsewhere",
    );
    refused(
        &[],
        &edit(SELLER, r#""both""#, r#""site""#),
        "Seller is held by 1 person in 1 place, so that its platform and level stay as they are",
    );
    refused(
        &[],
        &edit(
            ACME,
            r#""mini","folder":"inner","owner":"dana@nl.example","host":"owner","apps":["Shop"]"#,
            r#""wordpress","folder":"inner","owner":"dana@nl.example","host":"owner","apps":[]"#,
        ),
        "1 roles of mini are given on acme, so that its platform stays as it is",
    );
}

#[test]
fn built_in_roles_owners_and_misfits_are_refused() {
    let cannot = "mini/reader is built in and cannot be edited; duplicate it first: rolecall role duplicate mini/reader NAME";
    refused(&[], r#"{"remove":{"role":"reader"}}"#, cannot);
    refused(&[], r#"{"toggle":{"role":"reader","permissions":["a.edit"],"to":"grant"}}"#, cannot);
    refused(
        &[],
        &edit(
            r#"{"type":"role","key":"reader","name":"Reader","platform":"mini","level":"both","permissions":["a.view","b.view"]}"#,
            "Reader",
            "X",
        ),
        cannot,
    );
    refused(&[], r#"{"remove":{"person":"dana@nl.example"}}"#, "dana@nl.example owns this workspace and cannot be removed");
    refused(
        &[],
        &give("bo@nl.example", "mini-owner", "site", r#"{"site":"acme"}"#),
        "Mini owner comes with the site and is never assigned; it moves by a transfer",
    );
    refused(&[], r#"{"duplicate":{"role":"mini-owner","name":"X","key":null}}"#, "Mini owner comes with a site and cannot be duplicated");
    refused(&[], &edit(ACME, "dana@nl.example", "bo@nl.example"), "the site acme changes hands only by a transfer, not by an edit");
    refused(
        &[],
        &give("bo@nl.example", "relic", "site", r#"{"site":"acme"}"#),
        "Relic is deprecated and not given to anybody new; its holders keep it",
    );
    refused(
        &[],
        &give("bo@nl.example", "carrier", "site", r#"{"site":"acme"}"#),
        "Carrier comes with a partnership and is never assigned; rolecall partner propose SITE proposes one",
    );
    refused(
        &[],
        &edit(
            r#"{"type":"assignment","person":"ana@acme.example","role":"editor-site","level":"site","scope":{"site":"acme"}}"#,
            "editor-site",
            "patron",
        ),
        "Patron comes with a partnership and is never assigned; rolecall partner propose SITE proposes one",
    );
    refused(
        &[],
        &give("bo@nl.example", "boss", "site", r#"{"site":"acme"}"#),
        "Boss is a team-level role and cannot be given at site level",
    );
    refused(
        &[],
        &give("bo@nl.example", "editor-site", "team", "\"everywhere\""),
        "Site editor is a site-level role and cannot be given at team level",
    );
    refused(
        &[],
        &give("bo@nl.example", "seller", "site", r#"{"folder":"top"}"#),
        "a site-level role is for one site; folders and everywhere are for the team (level team)",
    );
    refused(&[], &give("bo@nl.example", "seller", "site", r#"{"site":"press"}"#), "Seller is a role of mini, and press is on wordpress");
    refused(
        &[],
        r#"{"toggle":{"role":"spare","permissions":["a.edit"],"to":"pin"}}"#,
        "a.edit is off in Spare; only a permission that is implied can be pinned",
    );
    refused(&[], &edit(TOP, "null", r#""inner""#), "the folder top cannot be moved into itself");
    refused(&[], &edit(TOP, "null", r#""top""#), "the folder top cannot be moved into itself");
}

#[test]
fn an_edit_of_something_that_moved_is_refused() {
    let meanwhile = "was changed by somebody else meanwhile; nothing was saved, look again";
    let check = |first: &str, second: &str, what: &str| refused(&[first], second, &format!("{what} {meanwhile}"));
    check(&edit(ANA, "Ruiz", "R."), &edit(ANA, "Ruiz", "Ruix"), "the person ana@acme.example");
    check(&edit(ACME, "Acme", "Acne"), &edit(ACME, "Acme", "Ace"), "the site acme");
    check(&edit(SELLER, "b.sell", "b.pay"), &edit(SELLER, "b.sell", "b.view"), "the role seller");
    check(&edit(TOP, "Top", "T"), &edit(TOP, "Top", "P"), "the folder top");
    let later = edit(HELD, r#"{"site":"acme"}"#, r#"{"site":"acme"},"until":"2027-01-01T00:00:00Z""#);
    check(&later, &edit(HELD, r#"{"site":"acme"}"#, r#"{"site":"acme"},"reason":"x""#), "the role editor-site of ana@acme.example");
    check(&edit(WALK_IN, "null}", r#"null,"notes":"x"}"#), &edit(WALK_IN, "null}", r#"null,"notes":"y"}"#), "the contact Walk-in");
}

#[test]
fn words_that_are_off_are_refused() {
    refused(&[], r#"{"add":{"type":"person","email":"ana"}}"#, "`ana` is not an e-mail address");
    refused(&[], r#"{"add":{"type":"contact","name":" ","email":null}}"#, "the name is empty");
    refused(
        &[],
        r#"{"add":{"type":"folder","key":"a b","name":"X","parent":null}}"#,
        "the folder key `a b` may hold ASCII letters, digits, `-`, `_` and `.` only, 128 at most",
    );
    refused(&[], r#"{"duplicate":{"role":"boss","name":"…","key":""}}"#, "the role key is empty; name one with --key");
    refused(
        &[],
        &edit(HELD, r#"{"site":"acme"}"#, r#"{"site":"acme"},"since":"2027-01-01T00:00:00Z","until":"2026-01-01T00:00:00Z""#),
        "the access would end before it begins",
    );
    refused(
        &[],
        &edit(
            HELD,
            r#"{"site":"acme"}"#,
            r#"{"site":"acme"},"since":"2027-01-01T00:00:00.0000001Z","until":"2027-01-01T00:00:00.0000002Z""#,
        ),
        "the access would end before it begins",
    );
    for year in ["-97973", "1969", "+12000"] {
        let at = format!("{year}-12-01T00:00:00Z");
        let sentence = format!("`{year}-12-01T00:00:00.000000Z` is not in the years 1970 to 9999");
        for field in ["since", "until", "review_on"] {
            refused(&[], &edit(HELD, r#"{"site":"acme"}"#, &format!(r#"{{"site":"acme"}},"{field}":"{at}""#)), &sentence);
        }
    }
    let asked = r#"{"ask":{"contact":"ana@acme.example","person":"bo@nl.example","site":"a shop","roles":["seller"],"until":"+12000-12-01T00:00:00Z"}}"#;
    refused(&[], asked, "`+12000-12-01T00:00:00.000000Z` is not in the years 1970 to 9999");
    refused(&[], &format!(r#"{{"edit":{{"before":{ANA},"after":{TOP}}}}}"#), "an edit keeps the kind of thing and leaves catalogs alone");
    let catalog = r#"{"add":{"type":"catalog","platform":"x","categories":[]}}"#;
    refused(&[], catalog, "a catalog comes with a bundle: rolecall import bundle FILE");
}

#[test]
fn folders_lie_fifty_deep_at_most() {
    let mut store = world();
    for n in 0..50 {
        let parent = if n == 0 { "null".to_owned() } else { format!("\"f{}\"", n - 1) };
        run_all(&mut store, &[&format!(r#"{{"add":{{"type":"folder","key":"f{n}","name":"F","parent":{parent}}}}}"#)]);
    }
    let deeper = cmd(r#"{"add":{"type":"folder","key":"x","name":"X","parent":"f49"}}"#);
    assert_eq!(run(&mut store, &deeper).unwrap_err().to_string(), "the folder x would lie more than 50 deep");
    let move_all = cmd(
        r#"{"edit":{"before":{"type":"folder","key":"f0","name":"F","parent":null},"after":{"type":"folder","key":"f0","name":"F","parent":"top"}}}"#,
    );
    assert_eq!(run(&mut store, &move_all).unwrap_err().to_string(), "the folder f0 would lie more than 50 deep");
    take_in(&mut world::empty(), &export(&store)).unwrap();
}

#[test]
fn a_bundle_names_one_ceiling_for_all_or_one_for_each_platform_that_differs() {
    let with = |ceiling: &str| world::BUNDLE.replace(r#""ceiling":"strict""#, &format!(r#""ceiling":{ceiling}"#));
    let named = |store: &rolecall::facts::Store| export(store).lines().next().unwrap().split_once(r#""ceiling":"#).unwrap().1.to_owned();
    for (written, kept) in [
        (r#"{"mini":"frozen"}"#, r#"{"mini":"frozen"}}"#),
        (r#"{"mini":"relaxed","wix":"relaxed","wordpress":"relaxed"}"#, r#""relaxed"}"#),
        (r#"{"wix":"strict"}"#, r#""strict"}"#),
        ("{}", r#""strict"}"#),
    ] {
        let mut store = world::empty();
        take_in(&mut store, &with(written)).unwrap();
        assert_eq!(named(&store), kept, "{written}");
        // The same file into a workspace with other ceilings makes them the file's.
        let mut other = world();
        run_all(&mut other, &[r#"{"ceiling":"relaxed"}"#, r#"{"ceiling":{"wordpress":"strict","mini":"strict"}}"#]);
        take_in(&mut other, &with(written)).unwrap();
        assert_eq!(named(&other), kept, "{written}");
    }
}

#[test]
fn a_step_is_taken_back_once_and_the_first_never() {
    let add = r#"{"add":{"type":"folder","key":"new","name":"New","parent":null}}"#;
    refused(&[add, r#"{"undo":2}"#], r#"{"undo":2}"#, "entry 2 cannot be taken back: entry 3 took it back already");
    refused(&[add], r#"{"undo":1}"#, "entry 1 cannot be taken back: it set the workspace up");
    refused(&[add, r#"{"undo":2}"#, r#"{"redo":3}"#], r#"{"redo":3}"#, "entry 3 cannot be taken back: entry 4 took it back already");
    refused(&[add], r#"{"redo":2}"#, "entry 2 is not an undo, so that there is nothing to do again");
}

/// An undo meets a later step that stands in its way.
fn in_the_way(setup: &[&str], undo: i64) {
    let mut store = world();
    run_all(&mut store, setup);
    let before = state(&store);
    let why = run(&mut store, &Command::Undo(undo)).unwrap_err().to_string();
    // The entry in the way is named where it touched the same thing.
    let named = |seq: i64| format!("entry {seq} changed something it touched; take that back first: rolecall undo {seq}");
    let ways = (undo + 1..=9).map(named).chain(["something it touched was changed since; take the later steps back first".to_owned()]);
    assert!(ways.into_iter().any(|it| why == format!("entry {undo} cannot be taken back: {it}")), "{why}");
    assert_eq!(state(&store), before);
    let preview = rolecall::command::preview(&mut store, &world::actor(), world::now(), &[Command::Undo(undo)]);
    assert!(preview.is_err(), "the preview of {setup:?} says yes");
}

#[test]
fn an_undo_that_would_leave_a_hole_is_refused_already_in_the_preview() {
    let person = r#"{"add":{"type":"person","email":"eve@nl.example"}}"#;
    in_the_way(&[person, &give("eve@nl.example", "seller", "site", r#"{"site":"acme"}"#)], 2);
    let folder = r#"{"add":{"type":"folder","key":"new","name":"New","parent":null}}"#;
    in_the_way(&[folder, &edit(ACME, r#""inner""#, r#""new""#)], 2);
    in_the_way(
        &[
            r#"{"remove":{"role":"spare"}}"#,
            r#"{"add":{"type":"role","key":"x","name":"X","platform":"mini","level":"site"}}"#,
            r#"{"add":{"type":"role","key":"spare","name":"Other","platform":"mini","level":"site"}}"#,
        ],
        2,
    );
    in_the_way(&[r#"{"remove":{"contact":"Walk-in"}}"#, &format!(r#"{{"add":{}}}"#, WALK_IN.replace('}', r#","notes":"x"}"#))], 2);
    let mut store = world();
    let more = take_in(&mut store, r#"{"type":"person","email":"eve@nl.example"}"#).unwrap();
    run_all(&mut store, &[&give("eve@nl.example", "seller", "site", r#"{"site":"acme"}"#)]);
    let undo = Command::Undo(more.head.unwrap().seq);
    let why = "entry 2 cannot be taken back: something it touched was changed since; take the later steps back first";
    assert_eq!(
        rolecall::command::preview(&mut store, &world::actor(), world::now(), std::slice::from_ref(&undo)).unwrap_err().to_string(),
        why
    );
    assert_eq!(run(&mut store, &undo).unwrap_err().to_string(), why);
}

#[test]
fn an_undo_never_bends_a_rule_that_a_later_step_relies_on() {
    let side = r#"{"type":"folder","key":"side","name":"Side","parent":null}"#;
    let side_in_top = r#"{"type":"folder","key":"side","name":"Side","parent":"top"}"#;
    in_the_way(&[&edit(side, "null", r#""top""#), &edit(side_in_top, r#""top""#, "null"), &edit(TOP, "null", r#""side""#)], 3);
    let spare = r#"{"type":"role","key":"spare","name":"Spare","platform":"mini","level":"team","permissions":["b.pay"]}"#;
    in_the_way(&[&edit(spare, r#""team""#, r#""site""#), &give("bo@nl.example", "spare", "site", r#"{"site":"acme"}"#)], 2);
    let held = give("bo@nl.example", "spare", "team", r#"{"site":"acme"}"#);
    let taken = r#"{"remove":{"assignment":{"person":"bo@nl.example","role":"spare","level":"team","scope":{"site":"acme"}}}}"#;
    in_the_way(&[&held, taken, &edit(spare, r#""team""#, r#""site""#)], 3);
}

#[test]
fn an_undo_never_brings_a_reference_back_to_somebody_else() {
    let eve = r#"{"add":{"type":"person","email":"eve@nl.example"}}"#;
    let mal = r#"{"add":{"type":"person","email":"mal@evil.example"}}"#;
    let taken = r#"{"remove":{"assignment":{"person":"eve@nl.example","role":"seller","level":"site","scope":{"site":"acme"}}}}"#;
    let gift = give("eve@nl.example", "seller", "site", r#"{"site":"acme"}"#);
    in_the_way(&[eve, &gift, taken, r#"{"remove":{"person":"eve@nl.example"}}"#, mal], 4);
}

#[test]
fn a_large_import_is_taken_back_in_a_step_of_its_own() {
    let mut store = world();
    take_in(&mut store, r#"{"type":"person","email":"eve@nl.example"}"#).unwrap();
    let before = state(&store);
    let batch = Command::Batch(vec![Command::Undo(2)]);
    assert_eq!(run(&mut store, &batch).unwrap_err().to_string(), "entry 2 is an import; take it back in a step of its own, not in a batch");
    assert_eq!(state(&store), before);
    run(&mut store, &Command::Undo(2)).unwrap();
    proven(&store);
    assert_eq!(export(&store), export(&world()));
}

#[test]
fn a_contact_is_found_by_any_name() {
    for name in ["Zoë Nuñez", "李雷", "plain", "ΟΔΟΣ"] {
        let add = format!(r#"{{"add":{{"type":"contact","name":"{name}","email":"z@n.example"}}}}"#);
        let remove = format!(r#"{{"remove":{{"contact":"{name}"}}}}"#);
        changes(&[&add, &remove], &[], &[]);
    }
}

#[test]
fn a_clock_that_goes_back_does_not_turn_the_journal_round() {
    let mut store = world();
    let command = cmd(r#"{"ceiling":"relaxed"}"#);
    rolecall::command::run(&mut store, &world::actor(), at("2026-11-21T02:00:00Z"), &command).unwrap();
    assert_eq!(store.reader().entry(2).unwrap().unwrap().at, world::now());
    proven(&store);
}

/// An import is refused with this sentence and leaves nothing behind.
fn not_taken_in(lines: &str, sentence: &str) {
    let mut store = world();
    let before = state(&store);
    assert_eq!(take_in(&mut store, lines).unwrap_err(), format!("{sentence}; nothing was imported"));
    assert_eq!(state(&store), before);
}

#[test]
fn an_import_cannot_do_what_a_command_may_not() {
    not_taken_in(
        r#"{"type":"workspace","name":"N","owner":"dana@nl.example","ceiling":"lax"}"#,
        "line 1: no ceiling profile `lax`; there are: frozen, relaxed, strict",
    );
    not_taken_in(
        r#"{"type":"workspace","name":"N","owner":"dana@nl.example","ceiling":{"wix":"frozen"}}"#,
        "line 1: no ceiling profile `frozen` of wix; there are: relaxed, strict",
    );
    not_taken_in(
        r#"{"type":"workspace","name":"N","owner":"dana@nl.example","ceiling":5}"#,
        "line 1: the ceiling is one profile for every platform, or a profile by platform",
    );
    not_taken_in(
        &SELLER.replace(r#""both""#, r#""site""#),
        "line 1: Seller is a site-level role and is held at team level by ana@acme.example",
    );
    not_taken_in(
        &ACME.replace(r#""mini""#, r#""wordpress""#),
        "line 1: acme is on wordpress, and Site editor, which is given there, is a role of mini",
    );
    not_taken_in(
        r#"{"type":"site","key":"x","name":"X","platform":"moon","folder":null,"owner":"bo@nl.example"}"#,
        "line 1: no platform `moon`: neither built in nor in the file",
    );
    not_taken_in(&TOP.replace("null", r#""inner""#), "line 1: the folder `inner` lies in itself, or more than 50 deep");
}

#[test]
fn a_bundle_moves_no_site_and_makes_no_half_of_a_partnership() {
    let corp = BUNDLE.lines().find(|it| it.starts_with(r#"{"type":"site","key":"corp""#)).unwrap();
    let role = |person: &str, role: &str, site: &str| {
        format!(r#"{{"type":"assignment","person":"{person}","role":"{role}","level":"site","scope":{{"site":"{site}"}}}}"#)
    };
    not_taken_in(
        &corp.replace("cy@corp.example", "ana@acme.example"),
        "line 1: the site corp changes hands only by a transfer: rolecall transfer send corp --to EMAIL",
    );
    not_taken_in(
        &corp.replace(r#""host":"owner""#, r#""host":"agency""#),
        "line 1: the agency carries the plan of corp only by a partnership: rolecall partner propose corp",
    );
    let half = |line: usize, role: &str, site: &str| {
        format!("line {line}: {role} on {site} comes with a partnership, as a whole: rolecall partner propose {site}")
    };
    not_taken_in(&role("dana@nl.example", "carrier", "corp"), &half(1, "Carrier", "corp"));
    not_taken_in(&role("ana@acme.example", "carrier", "bakery"), &half(1, "Carrier", "bakery"));
    not_taken_in(&role("ana@acme.example", "patron", "bakery"), &half(1, "Patron", "bakery"));
    let new = |host: &str| {
        let row = corp.replace(r#""key":"corp""#, r#""key":"new""#);
        row.replace(r#""host":"owner""#, &format!(r#""host":"{host}""#))
    };
    let (partner, client) = (role("dana@nl.example", "carrier", "new"), role("cy@corp.example", "patron", "new"));
    let wrong = role("ana@acme.example", "carrier", "new");
    not_taken_in(&[new("owner"), partner.clone()].join("\n"), &half(2, "Carrier", "new"));
    not_taken_in(&[new("agency"), client.clone()].join("\n"), &half(2, "Patron", "new"));
    not_taken_in(&[new("agency"), wrong].join("\n"), &half(2, "Carrier", "new"));
    let mut store = world();
    take_in(&mut store, &[client, partner, new("agency")].join("\n")).unwrap();
    let whole = export(&store);
    take_in(&mut store, &whole).unwrap();
    assert_eq!(export(&store), whole);
    proven(&store);
}

#[test]
fn a_bundle_may_come_in_any_order_and_comes_out_the_same() {
    let mut lines: Vec<&str> = world::BUNDLE.lines().filter(|it| !it.is_empty()).collect();
    let expected = export(&world());
    for turn in 0..lines.len() {
        lines.rotate_left(1);
        let mut store = world::empty();
        take_in(&mut store, &lines.join("\n")).unwrap_or_else(|error| panic!("turn {turn}: {error}"));
        assert_eq!(export(&store), expected, "turn {turn}");
    }
    let mut store = world::empty();
    let own = world::BUNDLE.replace(r#""ceiling":"strict""#, r#""ceiling":"frozen""#);
    take_in(&mut store, &own).unwrap();
    take_in(&mut world::empty(), &export(&store)).unwrap();
}

/// One command of each kind: a new kind does not compile until it has a place here.
fn kind(command: &Command) -> usize {
    match command {
        Command::Init(_) => 0,
        Command::Ceiling(_) => 1,
        Command::Add(_) => 2,
        Command::Edit { .. } => 3,
        Command::Remove(_) => 4,
        Command::Toggle { .. } => 5,
        Command::Duplicate { .. } => 6,
        Command::Invite(_) => 7,
        Command::Ask(_) => 8,
        Command::HandOver(_) => 9,
        Command::Resend { .. } => 10,
        Command::Cancel(_) => 11,
        Command::Decline(_) => 12,
        Command::Accept { .. } => 13,
        Command::Approve { .. } => 14,
        Command::Reclaim { .. } => 15,
        Command::Leave { .. } => 16,
        Command::Expel { .. } => 17,
        Command::Offboard { .. } => 18,
        Command::Retire { .. } => 19,
        Command::Bind { .. } => 20,
        Command::Unbind { .. } => 21,
        Command::Batch(_) => 22,
        Command::Undo(_) => 23,
        Command::Redo(_) => 24,
        Command::Import { .. } => 25,
        Command::Declare { .. } => 26,
        Command::StartReview(_) => 27,
        Command::Decide { .. } => 28,
        Command::FinishReview(_) => 29,
    }
}

const KINDS: usize = 30;

fn hash() -> impl Strategy<Value = TokenHash> {
    any::<[u8; 32]>().prop_map(TokenHash)
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-z]{1,8}", "\\PC{0,6}", Just("sha256:00".to_owned())]
}

fn maybe<T: Clone + std::fmt::Debug + 'static>(it: impl Strategy<Value = T> + 'static) -> impl Strategy<Value = Option<T>> {
    prop::option::of(it)
}

fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    (0..4_000_000_000_000_000i64).prop_map(|it| DateTime::from_timestamp_micros(it).unwrap())
}

fn scope() -> impl Strategy<Value = ScopeRecord> {
    prop_oneof![Just(ScopeRecord::Everywhere), words().prop_map(ScopeRecord::Folder), words().prop_map(ScopeRecord::Site)]
}

fn level() -> impl Strategy<Value = Level> {
    prop_oneof![Just(Level::Site), Just(Level::Team)]
}

fn offer() -> impl Strategy<Value = OfferKey> {
    let keys = [OfferKey::Invitation as fn(i64) -> OfferKey, OfferKey::Request, OfferKey::Handover];
    (any::<i64>(), prop::sample::select(keys.to_vec())).prop_map(|(n, key)| key(n))
}

fn ceiling() -> impl Strategy<Value = CeilingRecord> {
    let each = prop::collection::btree_map(words(), words(), 0..3).prop_map(CeilingRecord::Each);
    prop_oneof![words().prop_map(CeilingRecord::All), each]
}

fn any_record() -> impl Strategy<Value = Record> {
    let profile = (words(), maybe(any::<u32>()), any::<u32>(), prop::collection::btree_map(words(), any::<u32>(), 0..3)).prop_map(
        |(line, team_seats, request_days, ends_after)| Profile { line, team_seats, request_days, ends_after, ..Profile::default() },
    );
    let workspace = (words(), words(), ceiling(), profile).prop_map(|(name, owner, ceiling, profile)| {
        Record::Workspace(WorkspaceRecord { name, owner, ceiling, profile, audit: Settings::default() })
    });
    let folder = (words(), words(), maybe(words())).prop_map(|(key, name, parent)| Record::Folder(FolderRecord { key, name, parent }));
    let site = (words(), maybe(words()), any::<bool>(), prop::collection::vec(words(), 0..3), maybe(words())).prop_map(
        |(key, folder, ours, apps, editor)| {
            let host = if ours { Host::Agency } else { Host::Owner };
            let (name, url, platform, owner) = (key.clone(), String::new(), key.clone(), key.clone());
            Record::Site(SiteRecord { key, name, url, platform, folder, owner, host, apps, status: SiteStatus::Draft, editor })
        },
    );
    let person = (words(), words()).prop_map(|(email, name)| Record::Person(PersonRecord { email, name }));
    let contact = (words(), maybe(words()), prop::collection::vec(words(), 0..3), words()).prop_map(|(name, email, labels, notes)| {
        let phone = email.clone();
        Record::Contact(ContactRecord { name, email, phone, status: ContactStatus::Former, labels, notes })
    });
    let role = (words(), words(), prop::collection::vec(words(), 0..3)).prop_map(|(key, about, permissions)| {
        Record::Role(RoleRecord { name: key.clone(), platform: key.clone(), key, about, level: RoleLevel::Both, permissions })
    });
    let assignment = (words(), words(), level(), scope(), [maybe(instant()), maybe(instant()), maybe(instant())], maybe(words())).prop_map(
        |(person, role, level, scope, [since, until, review_on], reason)| {
            Record::Assignment(AssignmentRecord { person, role, level, scope, since, until, review_on, reason })
        },
    );
    let catalog = BUNDLE.lines().find(|it| it.contains(r#""type":"catalog""#)).map(record).unwrap();
    prop_oneof![workspace, Just(catalog), folder, site, person, contact, role, assignment]
}

fn any_command() -> BoxedStrategy<Command> {
    let init =
        any_record().prop_filter_map("a workspace", |it| if let Record::Workspace(it) = it { Some(Command::Init(it)) } else { None });
    let held = (words(), words(), level(), scope())
        .prop_map(|(person, role, level, scope)| Key::Assignment(AssignmentKey { person, role, level, scope }));
    let keys = [Key::Folder as fn(String) -> Key, Key::Site, Key::Person, Key::Contact, Key::Role];
    let key = prop_oneof![held, (words(), prop::sample::select(keys.to_vec())).prop_map(|(name, key)| key(name))];
    let switch = prop::sample::select(vec![Switch::Grant, Switch::Revoke, Switch::Pin]);
    let several = || prop::collection::vec(words(), 0..3);
    let invitation = (words(), level(), several(), prop::collection::vec(scope(), 0..3), any::<bool>(), maybe(instant()), hash()).prop_map(
        |(email, level, roles, scopes, client, until, token)| {
            Command::Invite(InvitationRecord { note: email.clone(), email, level, roles, scopes, client, until, token })
        },
    );
    let request = (words(), words(), several(), words(), maybe(instant())).prop_map(|(contact, site, roles, person, until)| {
        Command::Ask(RequestRecord { message: site.clone(), contact, site, roles, person, until })
    });
    let handover = (words(), any::<bool>(), maybe(words()), any::<bool>(), hash()).prop_map(|(site, partner, keep, with_plan, token)| {
        let kind = if partner { HandoverKind::Partner } else { HandoverKind::Transfer };
        Command::HandOver(HandoverRecord { email: site.clone(), site, kind, keep, with_plan, with_copy: partner, token })
    });
    let item = (words(), words(), level(), scope()).prop_map(|(person, role, level, scope)| {
        if role.len() % 2 == 0 { ItemKey::Role(AssignmentKey { person, role, level, scope }) } else { ItemKey::Site(person) }
    });
    let review = (words(), words(), maybe(instant()), maybe(words()), prop::collection::vec(item, 0..3))
        .prop_map(|(name, about, due, asked, items)| Command::StartReview(ReviewRecord { name, about, due, asked, items }));
    let verdict = prop_oneof![
        instant().prop_map(Verdict::Keep),
        words().prop_map(Verdict::Narrow),
        instant().prop_map(Verdict::End),
        Just(Verdict::Take)
    ];
    let decision = (words(), prop::collection::vec(any::<u32>(), 0..3), maybe(verdict), maybe(words()))
        .prop_map(|(review, items, verdict, because)| Command::Decide { review, items, verdict, because });
    let finish = (words(), maybe(words())).prop_map(|(review, decided)| Command::FinishReview(Finish { review, decided }));
    let token = any::<[u8; 32]>().prop_map(Token::new);
    let one = prop_oneof![
        init,
        ceiling().prop_map(Command::Ceiling),
        any_record().prop_map(Command::Add),
        (any_record(), any_record()).prop_map(|(before, after)| Command::Edit { before, after }),
        key.prop_map(Command::Remove),
        (words(), several(), switch).prop_map(|(role, permissions, to)| Command::Toggle { role, permissions, to }),
        (words(), words(), maybe(words())).prop_map(|(role, name, key)| Command::Duplicate { role, name, key }),
        invitation,
        request,
        handover,
        (offer(), any::<u32>(), maybe(hash())).prop_map(|(offer, seen, token)| Command::Resend { offer, seen, token }),
        offer().prop_map(Command::Cancel),
        offer().prop_map(Command::Decline),
        review,
        decision,
        finish,
        (token, maybe(words())).prop_map(|(token, email)| Command::Accept { token, email }),
        (any::<i64>(), words(), several(), any::<bool>(), hash()).prop_map(|(request, site, roles, wider, token)| Command::Approve {
            request,
            site,
            roles,
            wider,
            token
        }),
        (words(), maybe(words())).prop_map(|(site, keep)| Command::Reclaim { site, keep }),
        (words(), scope()).prop_map(|(person, from)| Command::Leave { person, from }),
        (words(), scope()).prop_map(|(person, from)| Command::Expel { person, from }),
        (words(), maybe(words())).prop_map(|(person, sites_to)| Command::Offboard { person, sites_to }),
        (words(), words()).prop_map(|(role, replacement)| Command::Retire { role, replacement }),
        (words(), any::<u32>()).prop_map(|(person, uid)| Command::Bind { person, uid }),
        any::<u32>().prop_map(|uid| Command::Unbind { uid }),
        any::<i64>().prop_map(Command::Undo),
        any::<i64>().prop_map(Command::Redo),
        (maybe(any_record()), maybe(any_record())).prop_map(|(before, after)| Command::Declare { before, after }),
        (words(), any::<u16>()).prop_map(|(source, n)| Command::Import { source, added: n.into(), changed: 7 }),
    ];
    let one = one.boxed();
    let batch = prop::collection::vec(one.clone(), 0..3).prop_map(Command::Batch).boxed();
    prop_oneof![4 => one, 1 => prop::collection::vec(batch.clone(), 0..2).prop_map(Command::Batch), 2 => batch].boxed()
}

#[test]
fn every_command_that_was_written_down_reads_back_as_itself() {
    // The generators of all kinds stand in one another: without optimisation that takes more than a test's stack.
    std::thread::Builder::new().stack_size(64 << 20).spawn(every_command_reads_back).unwrap().join().unwrap();
}

fn every_command_reads_back() {
    let seen = std::cell::RefCell::new([false; KINDS]);
    let config = Config { cases: 1_000, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&any_command(), |command| {
            seen.borrow_mut()[kind(&command)] = true;
            let written = serde_json::to_string(&command).unwrap();
            prop_assert_eq!(serde_json::from_str::<Command>(&written).unwrap(), command, "{}", written);
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(seen.into_inner(), [true; KINDS]);
}

#[test]
fn every_entry_of_the_journal_holds_a_command() {
    let mut store = world();
    take_in(&mut store, r#"{"type":"contact","name":"Lead","email":null}"#).unwrap();
    let token = Token::new([3; 32]);
    let invite = format!(
        r#"{{"invite":{{"email":"new@x.example","level":"site","roles":["reader"],"scopes":[{{"site":"acme"}}],"token":"{}"}}}}"#,
        token.hash()
    );
    run_all(&mut store, &[&invite]);
    let accept = Command::Accept { token, email: None };
    run(&mut store, &accept).unwrap();
    let written = |store: &Store, seq: i64| cmd(&store.reader().entry(seq).unwrap().unwrap().command);
    let (import, kept) = (written(&store, 2), written(&store, 4));
    assert_eq!(import, Command::Import { source: "test.jsonl".to_owned(), added: 1, changed: 0 });
    assert_eq!((written(&store, 3), kept.clone()), (cmd(&invite), accept));
    let again = run(&mut store, &kept).unwrap_err().to_string();
    assert!(again.starts_with("nothing that was sent has this token"), "what the journal keeps opens nothing: {again}");
    let refused = run(&mut store, &import).unwrap_err().to_string();
    assert_eq!(refused, "an import takes its records from a file: rolecall import bundle FILE");
}

/// It is told where it is given, not when somebody misses it.
#[test]
fn what_of_a_role_does_nothing_where_it_is_given_is_said() {
    let check = |json: &str, expected: &[&str]| {
        let notes = run(&mut world(), &cmd(json)).unwrap().notes;
        let expected: Vec<Note> = expected.iter().map(|it| Note::Remark((*it).to_owned())).collect();
        assert_eq!(notes, expected, "{json}");
    };
    let give = |role: &str, site: &str| {
        format!(r#"{{"add":{{"type":"assignment","person":"bo@nl.example","role":"{role}","level":"site","scope":{{"site":"{site}"}}}}}}"#)
    };
    check(&give("editor-site", "acme"), &["1 permission of Site editor does nothing at site level, whose ceiling takes away a.delete"]);
    check(&give("seller", "corp"), &["1 permission of Seller does nothing on corp, which does not have Shop"]);
    check(&give("seller", "acme"), &[]);
    check(&give("reader", "corp"), &[]);
}
