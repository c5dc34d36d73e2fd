//! The desired state: whatever a workspace is like, the plan to a bundle takes it there, or says why not and does nothing.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod home;
mod world;

use std::collections::BTreeSet;
use std::fs;

use home::Home;
use proptest::prelude::*;
use rolecall::command::{self, Actor, Command, Hand};
use rolecall::exchange::bundle;
use rolecall::exchange::desired::{Desired, desired};
use rolecall::facts::Store;
use serde_json::Value;
use world::{BUNDLE, actor, export, now, proven, steps, take_in};

/// What may be otherwise in a bundle of the small workspace: each a piece of its text, and what stands there instead.
const OTHERWISE: &[(&str, &str)] = &[
    (r#""folder":null,"owner":"cy@corp.example","host":"owner"}"#, r#""folder":"side","owner":"ana@acme.example","host":"owner"}"#),
    (r#""folder":"inner","owner":"dana@nl.example","host":"owner""#, r#""folder":null,"owner":"bo@nl.example","host":"owner""#),
    (r#""platform":"wordpress","folder":"side""#, r#""platform":"mini","folder":"side""#),
    (r#""platform":"mini","folder":"inner""#, r#""platform":"wordpress","folder":"inner""#),
    (r#"{"type":"assignment","person":"ana@acme.example","role":"editor-site","level":"site","scope":{"site":"acme"}}"#, ""),
    (
        r#""key":"seller","name":"Seller","platform":"mini","level":"both","permissions":["b.sell"]"#,
        r#""key":"seller","name":"Site editor","platform":"wordpress","level":"team","permissions":["never.heard.of"]"#,
    ),
    (
        r#""key":"editor-site","name":"Site editor","platform":"mini","level":"site""#,
        r#""key":"editor-site","name":"Seller","platform":"mini","level":"both""#,
    ),
    (r#""key":"top","name":"Top","parent":null"#, r#""key":"top","name":"Top","parent":"side""#),
    (r#""key":"inner","name":"Inner","parent":"top"}"#, r#""key":"inner","name":"Inner","parent":null}"#),
    (r#""key":"side","name":"Side","parent":null"#, r#""key":"side","name":"Side","parent":"inner""#),
    (r#""url":"https://acme.example","#, ""),
    (r#""key":"corp","name":"Corp","#, r#""key":"corp","name":"Corp","url":"https://acme.example","#),
    (r#"{"type":"contact","name":"Walk-in","email":null}"#, r#"{"type":"contact","name":"Walk-in","email":"bo@nl.example"}"#),
    (
        r#""role":"boss","level":"team","scope":"everywhere""#,
        r#""role":"relic","level":"team","scope":"everywhere","until":"2026-01-01T00:00:00Z""#,
    ),
    (
        r#"{"type":"assignment","person":"dana@nl.example","role":"carrier","level":"site","scope":{"site":"bakery"}}
{"type":"assignment","person":"cy@corp.example","role":"patron","level":"site","scope":{"site":"bakery"}}"#,
        "",
    ),
    (
        r#"{"type":"assignment","person":"cy@corp.example","role":"patron","level":"site","scope":{"site":"bakery"}}"#,
        r#"{"type":"assignment","person":"cy@corp.example","role":"patron","level":"site","scope":{"site":"bakery"},"reason":"our deal"}"#,
    ),
    (r#""folder":"top","owner":"cy@corp.example","host":"agency""#, r#""folder":"top","owner":"bo@nl.example","host":"agency""#),
    (r#""person":"cy@corp.example","role":"patron""#, r#""person":"bo@nl.example","role":"patron""#),
    (
        r#""ceiling":"strict"}"#,
        r#""ceiling":{"mini":"frozen"},"profile":{"line":"Ours","ends_after":{"gone":30}},"audit":{"one-publisher":{"people":"3"}}}"#,
    ),
    (r#""apps":["Shop","Blog"],"#, r#""apps":["Shop","Blog","Chat"],"#),
    (
        r#"{"type":"person","email":"cy@corp.example","name":"Cy"}"#,
        r#"{"type":"person","email":"cy@corp.example","name":"Cy"}
{"type":"accepted","rule":"never-ends","about":{"person":"ana@acme.example"},"severity":"low","until":"2026-01-31T17:00:00Z","because":"hers","by":"bo@nl.example"}"#,
    ),
];

/// A bundle without most of it, and without the catalog of its own.
const BARE: &str = r#"{"type":"workspace","name":"Northlight","owner":"dana@nl.example"}
{"type":"person","email":"dana@nl.example","name":"Dana"}
{"type":"site","key":"press","name":"Press","platform":"wordpress","folder":null,"owner":"dana@nl.example"}
{"type":"assignment","person":"dana@nl.example","role":"editor","level":"site","scope":{"site":"press"}}
"#;

/// The difference and the commands that make it, or why there are none.
fn plan(store: &mut Store, by: &Actor, text: &str, prune: bool) -> Result<(Desired, Vec<Command>), String> {
    let (db, mut bytes) = (store.reader(), text.as_bytes());
    let policy = db.policy(None).unwrap();
    let found = desired(db, &policy, &mut bundle::read(&mut bytes), prune).map_err(|it| it.to_string())?;
    let mut steps = found.differences.iter().flat_map(|it| it.steps(&by.email));
    let (commands, refusal) = command::feasible(store, by, now(), &mut steps).unwrap();
    refusal.map_or(Ok((found, commands)), |it| Err(it.to_string()))
}

fn lines(text: &str) -> BTreeSet<&str> {
    text.lines().collect()
}

/// A workspace that somebody else might have, and has worked with.
fn other() -> impl Strategy<Value = Shown> {
    let pieces = prop::sample::subsequence(OTHERWISE, 0..=OTHERWISE.len().min(9));
    let started = prop_oneof![1 => Just(BARE.to_owned()), 12 => pieces.prop_map(|pieces| {
        pieces.into_iter().fold(BUNDLE.to_owned(), |text, (from, to)| text.replace(from, to))
    })];
    let filled = started.prop_filter_map("it does not go together", |text| {
        let mut store = world::empty();
        take_in(&mut store, &text).is_ok().then_some(text)
    });
    (filled, prop::collection::vec(steps::any(), 0..12)).prop_map(|(text, commands)| {
        let mut store = world::empty();
        take_in(&mut store, &text).unwrap();
        for it in &commands {
            let _ = world::run(&mut store, it);
        }
        Shown(store)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, max_global_rejects: 100_000, ..ProptestConfig::default() })]

    #[test]
    fn from_any_workspace_the_plan_reaches_the_bundle_as_one_entry_once(mut here in other(), there in other()) {
        let (before, wanted) = (export(&here), export(&there));
        let (found, commands) = plan(&mut here, &actor(), &wanted, true).map_err(TestCaseError::fail)?;
        prop_assert_eq!(&export(&here), &before);
        prop_assert_eq!(lines(&before) == lines(&wanted), commands.is_empty());
        let done = world::run(&mut here, &Command::Batch(commands.clone())).map_err(|it| TestCaseError::fail(it.to_string()))?;
        let after = export(&here);
        prop_assert_eq!(lines(&after), lines(&wanted), "{:#?}", commands);
        prop_assert_eq!(done.head.is_some(), !commands.is_empty());
        let gone = |text: &str| -> BTreeSet<String> {
            let keys = lines(text).into_iter().filter_map(|it| world::record(it).key());
            keys.map(|it| serde_json::to_string(&it).unwrap()).filter(|it| !it.contains("\"accepted\"")).collect()
        };
        prop_assert_eq!(found.n_removed, gone(&before).difference(&gone(&wanted)).count());
        prop_assert_eq!(found.n_present, gone(&before).len());
        let (again, _) = plan(&mut here, &actor(), &wanted, true).map_err(TestCaseError::fail)?;
        prop_assert_eq!(again.differences, vec![]);
        proven(&here);
        if let Some(head) = done.head {
            world::run(&mut here, &Command::Undo(head.seq)).map_err(|it| TestCaseError::fail(it.to_string()))?;
            let after = export(&here);
            prop_assert_eq!(lines(&after), lines(&before));
        }
    }

    /// Whoever may not do all of it does none of it, and nobody but the account owner declares anything.
    #[test]
    fn somebody_else_does_what_they_may_or_nothing(
        mut here in other(), there in other(), prune in any::<bool>(), who in prop::sample::select(vec!["bo@nl.example", "ana@acme.example", "cy@corp.example"]),
    ) {
        let (by, before) = (Actor { email: who.to_owned(), via: "x".to_owned(), by: Hand::Caller }, world::state(&here));
        let planned = plan(&mut here, &by, &export(&there), prune);
        prop_assert_eq!(&world::state(&here), &before);
        let Ok((_, commands)) = planned else { return Ok(()) };
        prop_assert!(commands.iter().all(|it| !matches!(it, Command::Declare { .. })), "{commands:?}");
        command::run(&mut here, &by, now(), &Command::Batch(commands)).map_err(|it| TestCaseError::fail(it.to_string()))?;
        proven(&here);
    }
}

/// A workspace as a failing case tells it.
struct Shown(Store);

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&export(&self.0))
    }
}

impl std::ops::Deref for Shown {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.0
    }
}

impl std::ops::DerefMut for Shown {
    fn deref_mut(&mut self) -> &mut Store {
        &mut self.0
    }
}

fn agency() -> Home {
    let home = Home::empty();
    fs::write(home.path("agency.jsonl"), BUNDLE).unwrap();
    home.check(&["import", "bundle", "agency.jsonl"], "entry 1:", 0);
    home
}

/// The bundle of the agency with these pieces of its text replaced.
fn wanted(home: &Home, pieces: &[(&str, &str)]) {
    let text = home.check(&["export", "bundle"], "", 0);
    let text = pieces.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "no `{from}` in\n{text}");
        text.replace(from, to)
    });
    fs::write(home.path("access.jsonl"), text).unwrap();
}

const BO_IN_TOP: &str = r#"{"type":"assignment","person":"bo@nl.example","role":"mini/reader","level":"team","scope":{"folder":"top"},"since":null,"until":null,"reason":null}
"#;

#[test]
fn a_workspace_lives_in_a_file_that_is_edited_looked_at_and_applied() {
    let home = agency();
    wanted(&home, &[]);
    home.check(&["plan", "--to", "access.jsonl", "--prune"], "", 0);
    wanted(&home, &[(BO_IN_TOP, ""), ("\"name\":\"Bo\"", "\"name\":\"Bo Berg\"")]);
    let shown = home.check(&["plan", "--to", "access.jsonl"], "changed person bo@nl.example", 1);
    assert!(!shown.contains("reader"), "{shown}");
    let shown = home.check(
        &["plan", "--to", "access.jsonl", "--prune", "--out", "plan.jsonl"],
        "took mini/reader: bo@nl.example, team level, folder top",
        1,
    );
    assert!(shown.contains("gain a.delete, a.edit"), "{shown}");
    let trial: Value = serde_json::from_str(&home.check(&["plan", "plan.jsonl", "--format", "json"], "", 1)).unwrap();
    assert_eq!(trial["changes"].as_array().unwrap().len(), 2);
    assert_eq!(home.entries(), 1);
    home.check(&["apply", "plan.jsonl"], "entry 2", 0);
    let text = fs::read_to_string(home.path("access.jsonl")).unwrap();
    assert_eq!(lines(&home.check(&["export", "bundle"], "", 0)), lines(&text));
    home.check(&["plan", "--to", "access.jsonl", "--prune", "--out", "plan.jsonl"], "", 0);
    home.check(&["apply", "plan.jsonl"], "nothing to change: it is so already", 0);
    assert_eq!(home.entries(), 2);
    let spelled = text
        .replace(r#""apps":["Blog","Shop"]"#, r#""apps":["Shop","Blog","Blog"]"#)
        .replace(r#"["a.delete","a.edit"]"#, r#"["a.edit","a.delete"]"#);
    assert_ne!(spelled, text);
    fs::write(home.path("access.jsonl"), spelled).unwrap();
    home.check(&["plan", "--to", "access.jsonl", "--prune", "--out", "plan.jsonl"], "", 0);
    assert_eq!(fs::read_to_string(home.path("plan.jsonl")).unwrap().lines().count(), 1);
    let piped = home.feed(&["plan", "--to", "-", "--prune"], &text);
    assert_eq!(piped.status.code(), Some(0));
}

#[test]
fn a_stale_plan_is_refused_with_what_is_otherwise() {
    let home = agency();
    wanted(
        &home,
        &[(
            r#""key":"corp","name":"Corp","url":"","platform":"mini","folder":null,"owner":"cy@corp.example""#,
            r#""key":"corp","name":"Corp","url":"","platform":"mini","folder":null,"owner":"ana@acme.example""#,
        )],
    );
    let shown = home.check(&["plan", "--to", "access.jsonl", "--out", "plan.jsonl"], "changed site corp", 1);
    assert!(shown.contains("corp goes from cy@corp.example to ana@acme.example without a transfer"), "{shown}");
    home.check(&["assign", "ana@acme.example", "reader", "--site", "corp"], "entry 2", 0);
    home.refused(&["apply", "plan.jsonl"], "plan.jsonl was made on entry 1, and by now it would do something else:", 3);
    home.check(&["undo"], "entry 3", 0);
    home.check(&["apply", "plan.jsonl"], "entry 4", 0);
    home.check(&["site", "show", "corp"], "ana@acme.example", 0);
    home.refused(&["apply", "plan.jsonl"], "plan.jsonl was made on entry 1, and by now it is refused", 3);
    home.check(&["undo"], "entry 5", 0);
    home.check(&["site", "show", "corp"], "cy@corp.example", 0);
}

#[test]
fn a_file_without_the_workspace_speaks_of_its_sites_alone() {
    let home = agency();
    let site = r#"{"type":"site","key":"acme","name":"Acme","url":"https://acme.example","platform":"mini","folder":"inner","owner":"dana@nl.example","apps":["Shop"]}"#;
    let bo = r#"{"type":"assignment","person":"bo@nl.example","role":"seller","level":"site","scope":{"site":"acme"}}"#;
    fs::write(home.path("acme.jsonl"), format!("{site}\n{bo}\n")).unwrap();
    let shown = home.check(&["plan", "--to", "acme.jsonl", "--prune", "--out", "plan.jsonl"], "took editor-site: ana@acme.example", 1);
    assert!(shown.contains("gave seller: bo@nl.example, site level, site acme"), "{shown}");
    let before = home.check(&["export", "bundle"], "", 0);
    home.check(&["apply", "plan.jsonl"], "entry 2", 0);
    let after = home.check(&["export", "bundle"], "", 0);
    assert_eq!(lines(&before).difference(&lines(&after)).count(), 1, "{before}\n{after}");
    fs::write(home.path("bo.jsonl"), bo).unwrap();
    home.check(&["plan", "--to", "bo.jsonl", "--prune"], "", 0);
}

#[test]
fn the_sample_says_what_is_wanted_of_two_of_its_sites() {
    let home = Home::demo();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo/access.jsonl");
    let shown = home.check(&["plan", "--to", file, "--prune", "--format", "json"], "", 1);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let changes: Vec<&str> =
        shown["changes"].as_array().unwrap().iter().map(|it| it.as_str().unwrap().split(':').next().unwrap()).collect();
    assert_eq!(changes, ["took financial-manager", "changed blog-writer", "gave subscriber"], "{shown:#}");
}

#[test]
fn many_removals_are_asked_for_by_their_number() {
    let home = agency();
    // Of 3 folders, 4 people, 4 sites, 2 contacts, 3 roles and 6 assignments: a folder, a site, three roles, two that fall, two more.
    fs::write(home.path("bare.jsonl"), BARE).unwrap();
    home.refused(
        &["plan", "--to", "bare.jsonl", "--prune"],
        "bare.jsonl: 20 of 22 records would go for want of a line, which is more than 20 %; where that is meant: --yes-remove 20",
        3,
    );
    home.refused(
        &["plan", "--to", "bare.jsonl", "--prune", "--yes-remove", "19"],
        "20 of 22 records would go, not 19; nothing was planned",
        3,
    );
    home.check(&["plan", "--to", "bare.jsonl"], "changed site press", 1);
    home.check(&["plan", "--to", "bare.jsonl", "--prune", "--yes-remove", "20", "--out", "plan.jsonl"], "", 1);
    home.check(&["apply", "plan.jsonl"], "entry 2", 0);
    home.check(&["plan", "--to", "bare.jsonl", "--prune"], "", 0);
    home.check(&["verify"], "", 0);
    home.refused(&["plan", "--to", "bare.jsonl", "--yes-remove", "1"], "--prune", 2);
    home.refused(&["plan", "--prune"], "--to", 2);
    home.refused(&["plan", "bare.jsonl", "--to", "bare.jsonl"], "cannot be used with", 2);
}

#[test]
fn what_cannot_be_is_told_with_its_line() {
    let home = agency();
    let check = |text: &str, said: &str, exit: i32| {
        fs::write(home.path("access.jsonl"), text).unwrap();
        home.refused(&["plan", "--to", "access.jsonl", "--out", "plan.jsonl"], said, exit);
    };
    let whole = home.check(&["export", "bundle"], "", 0);
    check(&whole.replacen("dana@nl.example", "bo@nl.example", 1), "access.jsonl: bo@nl.example does not own this workspace", 3);
    let bo = r#"{"type":"person","email":"bo@nl.example"}"#;
    check(
        &format!("{bo}\n{}", bo.replace("bo@", "Bo@")),
        "access.jsonl line 2: the person `Bo@nl.example` stands on line 1 already; nothing was planned",
        2,
    );
    check(&format!("{bo}\nnonsense"), "access.jsonl line 2: column 2: expected", 2);
    let role = |person: &str, role: &str| {
        format!(r#"{{"type":"assignment","person":"{person}","role":"{role}","level":"site","scope":{{"site":"acme"}}}}"#)
    };
    check(&role("nobody@nl.example", "reader"), "access.jsonl line 1: no person `nobody@nl.example`", 2);
    check(&role("bo@nl.example", "mini-owner"), "access.jsonl line 1: Mini owner comes with the site and is never assigned", 3);
    check(&role("bo@nl.example", "carrier"), "access.jsonl line 1: a partnership on acme takes the agency as its host", 3);
    check(
        r#"{"type":"role","key":"editor","name":"Editor","platform":"wordpress","level":"both","permissions":["read"]}"#,
        "access.jsonl line 1: ",
        3,
    );
    home.refused(&["plan", "--to", "nowhere"], "opening nowhere", 4);
    let unnamed = whole.lines().filter(|it| !it.contains(r#""type":"person","email":"ana@"#)).collect::<Vec<_>>().join("\n");
    fs::write(home.path("access.jsonl"), unnamed).unwrap();
    home.check(&["plan", "--to", "access.jsonl"], "", 0);
    home.refused(
        &["plan", "--to", "access.jsonl", "--prune"],
        "no person `ana@acme.example`: nothing stays that the file has no line for",
        2,
    );
    home.refused(&["plan", "--to", "access.jsonl", "--out", "work.db"], "is the workspace itself", 3);
    assert_eq!(home.entries(), 1);
}

/// Mira runs the account for Dana: she sees all of it and may give roles, but what only a file of records says is not hers.
#[test]
fn whoever_may_do_a_part_is_refused_the_rest_by_its_line() {
    let home = Home::demo();
    let as_mira = |text: &str, said: &str, exit: i32| {
        fs::write(home.path("part.jsonl"), text).unwrap();
        home.check(&["plan", "--to", "part.jsonl", "--as", "mira@northlight.example"], said, exit);
    };
    let give =
        r#"{"type":"assignment","person":"freya@northlight.example","role":"blog-writer","level":"site","scope":{"site":"moka-and-moss"}}"#;
    as_mira(give, "gave blog-writer: freya@northlight.example", 1);
    let exported = home.check(&["export", "bundle"], "", 0);
    let site = exported.lines().find(|it| it.contains(r#""key":"harbour-oven""#)).unwrap();
    let taken = site.replace("dana@northlight.example", "mira@northlight.example");
    fs::write(home.path("part.jsonl"), format!("{give}\n{taken}\n")).unwrap();
    home.refused(
        &["plan", "--to", "part.jsonl", "--as", "mira@northlight.example"],
        "part.jsonl line 2: mira@northlight.example may not",
        3,
    );
    home.check(&["plan", "--to", "part.jsonl"], "changed site harbour-oven", 1);
    assert_eq!(home.entries(), 1);
}
