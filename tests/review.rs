//! Reviews: what is looked at, who may decide, what becomes of it, and the paper.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod home;
mod world;

use std::fs;

use home::Home;
use rolecall::exchange::review;
use serde_json::Value;
use world::{cmd, now, run, world};

const AGENCY: &str = r#"{"type":"workspace","name":"Northlight","owner":"dana@nl.example","ceiling":"strict"}
{"type":"folder","key":"retail","name":"Retail","parent":null}
{"type":"person","email":"dana@nl.example","name":"Dana"}
{"type":"person","email":"mira@nl.example","name":"Mira"}
{"type":"person","email":"ana@acme.example","name":"Ana"}
{"type":"person","email":"bo@x.example","name":"Bo"}
{"type":"person","email":"cy@x.example","name":"Cy"}
{"type":"site","key":"acme","name":"Acme","platform":"wix","folder":"retail","owner":"ana@acme.example","host":"agency","apps":["Wix Stores"]}
{"type":"site","key":"own","name":"Own","platform":"wix","folder":null,"owner":"ana@acme.example","host":"owner","apps":[]}
{"type":"role","key":"helper","name":"Helper","platform":"wix","level":"both","permissions":["stores.orders.manage"]}
{"type":"role","key":"looker","name":"Looker","platform":"wix","level":"site","permissions":["stores.orders.view"]}
{"type":"assignment","person":"mira@nl.example","role":"website-manager","level":"team","scope":"everywhere","since":"2024-01-01T00:00:00Z","until":null,"reason":"Team"}
{"type":"assignment","person":"mira@nl.example","role":"administrator","level":"team","scope":"everywhere","since":"2026-01-01T00:00:00Z","until":null,"reason":"of another platform"}
{"type":"assignment","person":"bo@x.example","role":"helper","level":"site","scope":{"site":"acme"},"since":"2024-01-01T00:00:00Z","until":null,"reason":null}
{"type":"assignment","person":"cy@x.example","role":"helper","level":"site","scope":{"site":"acme"},"since":"2025-01-01T00:00:00Z","until":null,"reason":null}
{"type":"assignment","person":"cy@x.example","role":"website-viewer","level":"site","scope":{"site":"acme"},"since":"2025-01-01T00:00:00Z","until":null,"reason":null}
{"type":"assignment","person":"cy@x.example","role":"website-viewer","level":"site","scope":{"site":"own"},"since":"2025-01-01T00:00:00Z","until":"2025-02-01T00:00:00Z","reason":null}
"#;

fn agency() -> Home {
    let home = Home::empty();
    fs::write(home.path("agency.jsonl"), AGENCY).unwrap();
    home.check(&["import", "bundle", "agency.jsonl"], "", 0);
    home
}

fn json(home: &Home, line: &str, exit: i32) -> Value {
    let args: Vec<&str> = line.split(' ').chain(["--format", "json"]).collect();
    serde_json::from_str(&home.check(&args, "", exit)).unwrap()
}

fn does(home: &Home, line: &str) -> String {
    home.check(&line.split(' ').collect::<Vec<_>>(), "", 0)
}

fn refused(home: &Home, line: &str, words: &str, exit: i32) {
    home.refused(&line.split(' ').collect::<Vec<_>>(), words, exit);
}

/// Whose they are and where, in the order of the review.
fn items(home: &Home, review: &str) -> Vec<String> {
    let all = json(home, &format!("review show {review}"), 0);
    let words =
        |it: &Value| format!("{} {} {}", it["person"].as_str().unwrap(), it["role"].as_str().unwrap(), it["place"].as_str().unwrap());
    all.as_array().unwrap().iter().map(words).collect()
}

#[test]
fn a_review_looks_at_what_is_live_the_riskiest_first() {
    let home = agency();
    let of_acme = [
        "mira@nl.example Website Manager everywhere",
        // Whose a site is can do everything there.
        "ana@acme.example Owner site acme",
        "bo@x.example Helper site acme",
        "cy@x.example Helper site acme",
        "cy@x.example Website Viewer site acme",
    ];
    for (over, expected) in [
        ("--site acme", &of_acme[..]),
        ("--folder retail", &of_acme[..]),
        ("--person cy@x.example", &of_acme[3..5]),
        ("--site own", &["ana@acme.example Owner site own"][..]),
        ("--site acme --rule never-reviewed", &[of_acme[0], of_acme[2], of_acme[3], of_acme[4]]),
    ] {
        let name = over.replace([' ', '@', '.'], "-");
        does(&home, &format!("review start r{name} {over}"));
        assert_eq!(items(&home, &format!("r{name}")), expected, "{over}");
    }
    does(&home, "review start all --everywhere");
    assert_eq!(items(&home, "all").len(), 7);
    refused(&home, "review start all --everywhere", "there is already a review all", 3);
    refused(&home, "review start none --person bo@x.example --rule toxic-pair", "there is nothing to review", 2);
    refused(&home, "review start late --everywhere --due 2020-01-01", "is over: name one to come", 2);
    refused(&home, "review start odd --everywhere --rule nothing", "no audit rule `nothing`", 2);
}

#[test]
fn whose_a_site_is_can_do_everything_and_is_kept_without_a_reason() {
    let home = agency();
    does(&home, "review start spring --site acme");
    let page = does(&home, "review show spring 2");
    for words in ["Ana (ana@acme.example)", "Owner (site acme)", "owns the site: everything", "whoever says yes to a transfer"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let rights = |n: usize| json(&home, "review show spring", 0)[n]["sensitive"].as_array().unwrap().len();
    assert!(rights(0) >= rights(1) && rights(1) > rights(2), "it comes by what it gives");
    does(&home, "review decide spring 2,5 --keep");
}

#[test]
fn a_finish_that_does_not_say_what_was_decided_is_refused() {
    let home = agency();
    does(&home, "review start spring --person bo@x.example");
    does(&home, "review decide spring 1 --take");
    for (line, words, exit) in [
        (r#"{"finish-review":"spring"}"#, "it does not say what was decided in the review spring", 3),
        (r#"{"finish-review":{"review":"spring"}}"#, "rolecall review finish spring", 3),
        (r#"{"finish-review":{"review":"spring","decided":"0"}}"#, "something was decided in the review spring since", 3),
        (r#"{"finish-review":{"review":"spring","decide":"0"}}"#, "unknown field `decide`, expected `review` or `decided`", 2),
        (r#"{"finish-review":{"decided":"0"}}"#, "missing field `review`", 2),
    ] {
        fs::write(home.path("plan.jsonl"), format!("{line}\n")).unwrap();
        home.refused(&["plan", "plan.jsonl"], words, exit);
    }
}

#[test]
fn what_is_sensitive_is_kept_alone_and_for_a_reason() {
    let home = agency();
    does(&home, "review start spring --site acme");
    refused(&home, "review decide spring 3 --keep", "say why it is kept", 3);
    refused(&home, "review decide spring 3,4 --keep --because x", "it is kept by itself, not together with others", 3);
    does(&home, "review decide spring 3 --keep --because needed");
    // What is not sensitive, several together.
    does(&home, "review decide spring 2,5 --keep");
    does(&home, "review decide spring 1,4 --take");
    assert_eq!(json(&home, "review next spring", 1), Value::Null);
}

#[test]
fn a_decision_is_one_that_can_be_carried_out() {
    let home = agency();
    does(&home, "review start spring --site acme");
    refused(&home, "review decide spring 5 --keep --look 2020-01-01", "the day of the next look is over", 2);
    for (line, words) in [
        ("3 --role website-manager", "Website Manager is no narrower"),
        ("3 --role helper", "Helper is no narrower"),
        ("3 --until 2020-01-01", "the end is over"),
        ("2 --take", "a site goes to somebody else by a yes of theirs"),
        ("2 --until 2090-01-01", "a site goes to somebody else by a yes of theirs"),
    ] {
        refused(&home, &format!("review decide spring {line}"), words, 3);
    }
    refused(&home, "review decide spring 9 --take", "no review item `9`", 2);
    refused(&home, "review decide sprin 1 --take", "no review `sprin`; did you mean `spring`?", 2);
    does(&home, "unassign bo@x.example helper --site acme");
    refused(&home, "review decide spring 3 --take", "it is gone meanwhile", 3);
    assert_eq!(json(&home, "review show spring 3", 0)["meanwhile"], "it is gone since the review began");
    does(&home, "assign cy@x.example helper --site acme --until 2090-01-31");
    assert_eq!(json(&home, "review show spring 4", 0)["meanwhile"], "its end changed since the review began");
    refused(&home, "review decide spring 4 --until 2091-01-01", "it ends sooner by itself", 3);
}

#[test]
fn finishing_carries_everything_out_as_one_entry_that_is_taken_back_as_one() {
    let home = agency();
    does(&home, "review start spring --site acme");
    does(&home, "review decide spring 1 --keep --because team --look 2090-03-01");
    does(&home, "review decide spring 3 --role looker");
    does(&home, "review decide spring 4 --until 2090-01-31");
    does(&home, "review decide spring 5 --take");
    let before = does(&home, "export bundle");
    let said = home.check(&["review", "finish", "spring", "--dry-run"], "took website-viewer: cy@x.example", 0);
    let told =
        ["Bo, Helper (site acme): narrowed to Looker", "Cy, Helper (site acme): ends 2090-01-31", "Cy, Website Viewer (site acme): taken"];
    let kept = "Mira, Website Manager (everywhere): kept, next look 2090-03-01";
    let at = |words: &str| said.find(words).unwrap_or_else(|| panic!("{words}: {said}"));
    assert!(told.iter().all(|it| at(it) < at(kept)), "what changes comes first: {said}");
    assert_eq!(does(&home, "export bundle"), before);
    home.check(&["review", "finish", "spring"], "one item stays undecided", 0);
    let held = json(&home, "assignment list", 0);
    let of = |person: &str, role: &str| held.as_array().unwrap().iter().find(|it| it["person"] == person && it["role"] == role).cloned();
    assert_eq!(of("mira@nl.example", "website-manager").unwrap()["review_on"], "2090-03-01T00:00:00.000000Z");
    assert!(of("bo@x.example", "looker").is_some() && of("bo@x.example", "helper").is_none());
    assert_eq!(of("cy@x.example", "helper").unwrap()["until"], "2090-02-01T00:00:00.000000Z");
    refused(&home, "review decide spring 2 --keep", "the review spring was finished on", 3);
    refused(&home, "review finish spring", "the review spring was finished on", 3);
    let taken = json(&home, "review show spring 5", 0);
    assert_eq!((&taken["meanwhile"], &taken["decision"]["verdict"]), (&Value::Null, &"take".into()), "the finish itself took it");
    let narrowed = does(&home, "review show spring 3");
    assert!(narrowed.contains("decided   Looker in its place (dana@nl.example"), "{narrowed}");
    let page = does(&home, "review show spring 5");
    assert!(page.contains("finished on") && !page.contains("review decide"), "{page}");
    let next = home.check(&["review", "next", "spring"], "nothing is left to decide", 1);
    assert!(next.contains("finished on") && !next.contains("review finish"), "{next}");
    does(&home, "undo");
    assert_eq!(does(&home, "export bundle"), before);
    home.check(&["verify"], "entries", 0);
    does(&home, "review decide spring 2 --keep");
    does(&home, "review finish spring");
    home.check(&["verify"], "entries", 0);
}

#[test]
fn what_was_decided_is_known_to_the_audit_and_to_the_next_review() {
    let home = agency();
    let forgotten = || json(&home, "audit --rule never-reviewed --fail-on high", 0).as_array().unwrap().len();
    let before = forgotten();
    does(&home, "review start spring --person bo@x.example");
    assert_eq!(forgotten(), before);
    does(&home, "review decide spring 1 --keep --because needed");
    assert_eq!(forgotten(), before - 1);
    does(&home, "review finish spring");
    does(&home, "review start summer --site acme");
    assert_eq!(items(&home, "summer")[3], "bo@x.example Helper site acme", "what was looked at comes later");
    let last = json(&home, "review show summer 4", 0)["last"].clone();
    assert_eq!((&last["review"], &last["because"]), (&Value::from("spring"), &Value::from("needed")));
}

#[test]
fn what_was_worked_out_before_somebody_decided_otherwise_is_not_carried_out() {
    let mut store = world();
    let on = |person: &str, role: &str| {
        format!(r#"{{"role":{{"person":"{person}","role":"{role}","level":"site","scope":{{"site":"acme"}}}}}}"#)
    };
    run(
        &mut store,
        &cmd(r#"{"add":{"type":"assignment","person":"bo@nl.example","role":"seller","level":"site","scope":{"site":"acme"}}}"#),
    )
    .unwrap();
    let items = [on("ana@acme.example", "editor-site"), on("bo@nl.example", "seller")].join(",");
    run(&mut store, &cmd(&format!(r#"{{"start-review":{{"name":"spring","about":"Acme","items":[{items}]}}}}"#))).unwrap();
    let decide = |n: u32, verdict: &str| cmd(&format!(r#"{{"decide":{{"review":"spring","items":[{n}],"verdict":{verdict}}}}}"#));
    run(&mut store, &decide(1, r#""take""#)).unwrap();
    let finish = |store: &rolecall::facts::Store| {
        let (db, policy) = (store.reader(), store.reader().policy(None).unwrap());
        let spring = db.review_by_name("spring").unwrap().unwrap();
        review::finish(db, &policy, &spring, now()).unwrap()
    };
    let before = finish(&store);
    for otherwise in [decide(2, r#""take""#), decide(1, "null")] {
        run(&mut store, &otherwise).unwrap();
        let refused = run(&mut store, &before).unwrap_err().to_string();
        assert!(refused.contains("something was decided in the review spring since"), "{refused}");
    }
    let anew = finish(&store);
    run(&mut store, &anew).unwrap();
    assert_eq!(store.reader().assignments_on(store.reader().site_by_key("acme").unwrap().unwrap().id).unwrap().len(), 1);
}

#[test]
fn a_review_outlives_whom_it_was_about() {
    let home = agency();
    does(&home, "review start spring --person bo@x.example");
    does(&home, "review decide spring 1 --take");
    does(&home, "review finish spring");
    does(&home, "person remove bo@x.example");
    let report = json(&home, "review report spring", 0);
    let told = &report["decisions"][0];
    assert_eq!((&told["person"], &told["role"], &told["decision"]["verdict"]), (&"bo@x.example".into(), &"Helper".into(), &"take".into()));
    assert_eq!((&report["before"], report["items"].as_u64(), report["kept"].as_u64()), (&head(&home, 1).into(), Some(1), Some(0)));
    home.check(&["verify"], "entries", 0);
}

/// `SEQ:HASH` of an entry.
fn head(home: &Home, seq: i64) -> String {
    let all = json(home, "journal", 0);
    all.as_array().unwrap().iter().find(|it| it["seq"] == seq).unwrap()["entry"].as_str().unwrap().to_owned()
}

#[test]
fn who_may_change_roles_decides_but_not_on_their_own() {
    let home = agency();
    does(&home, "review start spring --site acme");
    // The owner of a site sees its people and may change their roles, but not what the team holds further away.
    refused(&home, "--as ana@acme.example review show spring", "no review `spring`", 2);
    refused(&home, "--as ana@acme.example review decide spring 2 --take", "no review `spring`", 2);
    does(&home, "--as ana@acme.example review start ours --site acme");
    assert_eq!(items(&home, "ours").len(), 4, "what reaches the site from elsewhere is not hers to see");
    does(&home, "--as ana@acme.example review decide ours 2 --take");
    refused(&home, "--as ana@acme.example review decide ours 1 --keep", "ana@acme.example may not decide on what they hold themselves", 3);
    refused(&home, "--as cy@x.example review start mine --person cy@x.example", "may not change people's roles", 3);
    refused(&home, "--as cy@x.example review show ours", "no review `ours`", 2);
    does(&home, "--as ana@acme.example review finish ours");
    home.check(&["can", "bo@x.example", "stores.orders.view", "acme"], "no", 1);
}

#[test]
fn the_paper_says_who_decided_what_and_why_and_nothing_in_it_is_markup() {
    let home = agency();
    home.check(&["person", "edit", "bo@x.example", "--name", "<b>Bo</b>"], "", 0);
    does(&home, "review start spring --person bo@x.example");
    home.check(&["review", "decide", "spring", "1", "--keep", "--because", "ships | <i>parcels</i>"], "", 0);
    let html = home.check(&["review", "report", "spring", "--format", "html"], "&lt;b&gt;Bo&lt;/b&gt;", 0);
    assert!(!html.contains("<i>") && html.contains("1 of 1 decided, 100 % kept") && html.contains("dana@<wbr>nl.example"));
    let md = home.check(&["review", "report", "spring"], "## What stays: 1", 0);
    assert!(md.contains("Finished: not yet") && md.contains("ships"));
    assert!(html.contains("<th>Who</th><th>Holds</th><th>Sensitive</th><th>Decision</th>") && html.contains("bo@<wbr>x.example"));
    home.refused(&["review", "report", "spring", "--format", "csv"], "review show makes a table", 2);
}
