//! The bundle: out and in again is the identity, and a bad line leaves nothing behind.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::io::{BufRead, BufReader, Read};

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use rolecall::command::import::{self, Count, ImportError, Imported};
use rolecall::command::{self, Actor, Command, Hand};
use rolecall::domain::ids::PersonId;
use rolecall::domain::things::Person;
use rolecall::exchange::bundle;
use rolecall::facts::Store;
use rolecall::store::settings;

const NORTHLIGHT: &str = include_str!("../assets/demo/northlight.jsonl");

/// A workspace in which every kind of record stands once or more, as it is exported.
const SMALL: &[&str] = &[
    r#"{"type":"workspace","name":"Northlight","owner":"dana@n.example","ceiling":"strict","profile":{"line":"Sites that sell","logo":"/\\\nNL","team_seats":12,"site_seats":null,"request_days":14,"ends_after":{"website-designer":90}}}"#,
    r#"{"type":"catalog","platform":"synthetic","categories":["orders"],"ceilings":{"strict":{"site":["orders.view"],"team":[]}},"permissions":[{"id":"orders.view","label":"View orders","category":"orders","requires":[],"app":null,"sensitivity":"none"}]}"#,
    r#"{"type":"folder","key":"retail","name":"Retail","parent":null}"#,
    r#"{"type":"folder","key":"cafes","name":"Cafés","parent":"retail"}"#,
    r#"{"type":"person","email":"dana@n.example","name":"Dana Holt"}"#,
    r#"{"type":"person","email":"kim@n.example","name":"Kim"}"#,
    r#"{"type":"site","key":"acme","name":"Acme","url":"https://acme.example","platform":"wix","folder":"cafes","owner":"dana@n.example","host":"agency","apps":["Wix Stores"],"status":"published","editor":"studio"}"#,
    r#"{"type":"contact","name":"Acme","email":null,"status":"client","labels":["vip"],"notes":"a\nb"}"#,
    r#"{"type":"contact","name":"Ana","email":"ana@a.example","status":"lead","labels":[],"notes":""}"#,
    r#"{"type":"role","key":"helper","name":"Helper","platform":"wix","level":"site","permissions":["stores.orders.manage"]}"#,
    r#"{"type":"assignment","person":"kim@n.example","role":"helper","level":"site","scope":{"site":"acme"},"since":"2025-01-01T00:00:00.000000Z","until":"2027-01-01T00:00:00.000001Z","review_on":"2026-09-01T00:00:00.000000Z","reason":"Help"}"#,
    r#"{"type":"assignment","person":"kim@n.example","role":"website-designer","level":"team","scope":{"folder":"retail"},"since":null,"until":null,"reason":null}"#,
];

fn now() -> DateTime<Utc> {
    "2026-06-01T08:00:00Z".parse().unwrap()
}

/// The account owner, once there is one.
fn owner(store: &Store) -> Actor {
    let number = store.reader().setting(settings::OWNER).unwrap().map(|it| it.parse().unwrap());
    let person: Option<Person> = number.and_then(|it| store.reader().find(PersonId(it)).unwrap());
    Actor { email: person.map_or_else(|| "dana@n.example".to_owned(), |it| it.email), via: "dana".to_owned(), by: Hand::Caller }
}

fn take(store: &mut Store, input: &mut dyn BufRead) -> Result<Imported, String> {
    let actor = owner(store);
    import::run(store, &actor, now(), "test", &mut bundle::read(input), &mut |_| true).map_err(|error| error.to_string())
}

fn take_in(store: &mut Store, file: &str) -> Imported {
    take(store, &mut file.as_bytes()).unwrap()
}

fn with(file: &str) -> Store {
    let mut store = Store::memory().unwrap();
    take_in(&mut store, file);
    store
}

fn export(store: &Store) -> String {
    let policy = store.reader().policy(None).unwrap();
    let mut out = Vec::new();
    bundle::write(store.reader(), &policy, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn is_sound(store: &Store) {
    command::verify(store, None, &mut |_| ()).unwrap().unwrap();
}

fn small() -> String {
    SMALL.join("\n") + "\n"
}

#[test]
fn what_is_read_ahead_is_what_is_read_and_nothing_reads_on_behind() {
    let person = |n: usize| format!("{{\"type\":\"person\",\"email\":\"p{n}@n.example\",\"name\":\"P {n}\"}}\n");
    let file = (0..5_000).map(person).collect::<Vec<_>>().concat() + "{broken\n" + &person(5_000);
    let told = |records: &mut dyn Iterator<Item = Result<import::Line, ImportError>>| format!("{:?}", records.collect::<Vec<_>>());
    let ahead = |file: &str| bundle::read_ahead(std::io::Cursor::new(file.to_owned()));
    assert_eq!(told(&mut ahead(&file)), told(&mut bundle::read(file.as_bytes())));
    assert_eq!(told(&mut ahead("")), "[]");
    let mut first = ahead(&file);
    assert!(first.next().is_some_and(|it| it.is_ok()));
    drop(first);
}

/// Out, in, and out again: the same bytes, and the same lines as came in.
fn check_identity(file: &str) {
    let store = with(file);
    is_sound(&store);
    let out = export(&store);
    assert_eq!(export(&with(&out)), out);
    // Apps and permissions are sets: they are written in order.
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(in_order).collect();
        lines.sort();
        lines
    };
    for (out, came) in sorted(&out).iter().zip(&sorted(file)) {
        assert_eq!(out, came);
    }
    assert_eq!(out.lines().count(), file.lines().count());
}

fn in_order(line: &str) -> String {
    let mut record: serde_json::Value = serde_json::from_str(line).unwrap();
    for list in ["apps", "permissions"] {
        if let Some(list) = record.get_mut(list).and_then(serde_json::Value::as_array_mut) {
            list.sort_by_key(ToString::to_string);
        }
    }
    record.to_string()
}

/// The line is refused with the sentence, in an empty file and on top of a workspace, and nothing is written.
fn check_refused(change: impl Fn(&mut Vec<String>), sentence: &str) {
    let mut lines: Vec<String> = SMALL.iter().map(|it| (*it).to_owned()).collect();
    change(&mut lines);
    let file = lines.join("\n");
    for before in [None, Some(small())] {
        let mut store = before.as_deref().map_or_else(|| Store::memory().unwrap(), with);
        assert_eq!(take(&mut store, &mut file.as_bytes()).unwrap_err(), format!("{sentence}; nothing was imported"));
        match before {
            None => assert_eq!(store.reader().head().unwrap(), None),
            Some(before) => assert_eq!(export(&store), export(&with(&before))),
        }
        // What was refused leaves the file as good as new: the sound one still goes in.
        take_in(&mut store, &small());
        is_sound(&store);
    }
}

fn check_appended(line: &str, sentence: &str) {
    check_refused(|lines| lines.push(line.to_owned()), &format!("line {}: {sentence}", SMALL.len() + 1));
}

#[test]
fn a_record_may_be_32_levels_deep_and_no_more() {
    let nested = |n: usize| format!(r#"{{"type":"person","email":{}{}}}"#, "[".repeat(n), "]".repeat(n));
    let said = |n| take(&mut with(&small()), &mut nested(n).as_bytes()).unwrap_err();
    assert!(said(31).contains("invalid type: sequence"), "{}", said(31));
    assert_eq!(said(32), "line 1: column 57: more than 32 levels deep; nothing was imported");
    assert_eq!(said(100_000), said(32));
    let assignment = format!(r#"{{"type":"assignment","reason":{}"#, "[".repeat(100_000));
    let error = take(&mut with(&small()), &mut assignment.as_bytes()).unwrap_err();
    assert_eq!(error, "line 1: column 62: more than 32 levels deep; nothing was imported");
    let brackets = r#"{"type":"contact","name":"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[ \\\"{{{{","email":null}"#;
    assert_eq!(take_in(&mut with(&small()), brackets).counts["contacts"].added, 1);
}

#[test]
fn the_demo_goes_out_and_in_unchanged() {
    check_identity(NORTHLIGHT);
}

#[test]
fn every_kind_of_record_goes_out_as_it_came_in() {
    check_identity(&small());
    assert_eq!(export(&with(&small())), export(&with(&export(&with(&small())))));
}

#[test]
fn what_waits_for_an_answer_does_not_travel() {
    let mut store = with(&small());
    let before = export(&store);
    let hash = "7".repeat(64);
    for offer in [
        format!(
            r#"{{"invite":{{"email":"eve@e.example","level":"site","roles":["helper"],"scopes":[{{"site":"acme"}}],"token":"{hash}"}}}}"#
        ),
        r#"{"ask":{"contact":"ana@a.example","site":"hers","roles":["helper"],"person":"kim@n.example"}}"#.to_owned(),
        format!(r#"{{"hand-over":{{"site":"acme","kind":"transfer","email":"ana@a.example","token":"{hash}"}}}}"#),
    ] {
        let actor = owner(&store);
        command::run(&mut store, &actor, now(), &serde_json::from_str(&offer).unwrap()).unwrap();
    }
    assert_eq!(export(&store), before);
    let waits = |days: i64| store.reader().n_pending(now() + chrono::TimeDelta::days(days)).unwrap();
    assert_eq!([waits(0), waits(2), waits(3), waits(14), waits(30)], [[1, 1, 1], [1, 1, 1], [1, 1, 0], [1, 0, 0], [0, 0, 0]]);
}

#[test]
fn the_order_of_lines_does_not_matter() {
    let expected = export(&with(NORTHLIGHT));
    let mut lines: Vec<&str> = NORTHLIGHT.lines().collect();
    lines.reverse();
    assert_eq!(export(&with(&lines.join("\n"))), expected);
    let n = lines.len();
    lines.sort_by_key(|it| (it.len() * 7919) % n);
    assert_eq!(export(&with(&lines.join("\n"))), expected);
}

#[test]
fn taking_the_same_in_twice_changes_nothing() {
    let mut store = with(NORTHLIGHT);
    let head = store.reader().head().unwrap();
    let out = export(&store);
    let again = take_in(&mut store, &out);
    assert!(again.counts.values().all(|it| *it == Count { same: it.same, ..Count::default() }), "{:?}", again.counts);
    assert_eq!((again.receipt.head, again.receipt.n_changes), (None, 0));
    assert_eq!(store.reader().head().unwrap(), head);
}

#[test]
fn an_import_is_undone_and_redone_as_a_whole() {
    let mut store = Store::memory().unwrap();
    take_in(&mut store, &[SMALL[0], SMALL[4]].join("\n"));
    let before = export(&store);
    take_in(&mut store, &small());
    let after = export(&store);
    assert_ne!(before, after);
    for expected in [&before, &after, &before] {
        let target = command::undo_target(store.reader()).unwrap();
        let command = match (command::redo_target(store.reader()).unwrap(), expected == &after) {
            (Some(seq), true) => Command::Redo(seq),
            _ => Command::Undo(target.unwrap()),
        };
        let actor = owner(&store);
        command::run(&mut store, &actor, now(), &command).unwrap();
        assert_eq!(&export(&store), expected);
        is_sound(&store);
    }
}

#[test]
fn a_workspace_is_checked_when_it_is_there_already_too() {
    let named = |lines: &mut Vec<String>| lines[0] = SMALL[0].replace("Northlight", r"North\u001blight");
    check_refused(named, "line 1: the workspace name \"North‹ESC›light\" has a control character (U+001B, character 6)");
    let mut store = with(&small());
    let error = take(&mut store, &mut SMALL[0].replace("strict", "lenient").as_bytes()).unwrap_err();
    assert!(error.starts_with("line 1: no ceiling profile `lenient`"), "{error}");
}

#[test]
fn names_that_lead_nowhere_are_refused() {
    let site = r#"{"type":"site","key":"new","name":"New","platform":"wix","folder":null,"owner":"nobody@n.example"}"#;
    check_appended(site, "no person `nobody@n.example`");
    let role = r#"{"type":"assignment","person":"kim@n.example","role":"no-such","level":"team","scope":"everywhere"}"#;
    check_appended(role, "no role `no-such`");
    let folder = r#"{"type":"folder","key":"deep","name":"Deep","parent":"no-such"}"#;
    check_appended(folder, "no folder `no-such`");
}

#[test]
fn what_stands_twice_is_refused() {
    check_appended(r#"{"type":"person","email":"KIM@n.example","name":"Kim"}"#, "the person `KIM@n.example` stands on line 6 already");
    check_appended(SMALL[10], "the role helper of kim@n.example (site acme) stands on line 11 already");
    check_appended(SMALL[7], "the contact `Acme` stands on line 8 already");
    check_appended(SMALL[0], "the workspace `Northlight` stands on line 1 already");
    check_appended(SMALL[1], "the catalog `synthetic` stands on line 2 already");
    check_appended(&SMALL[6].replace("acme\",\"name", "acme \",\"name"), "the site `acme ` stands on line 7 already");
    check_appended(&SMALL[2].replace("retail", " retail"), "the folder ` retail` stands on line 3 already");
    check_appended(&SMALL[9].replace("helper", "helper\\t"), "the role `helper‹U+0009›` stands on line 10 already");
}

#[test]
fn roles_that_do_not_fit_are_refused() {
    let level = r#"{"type":"assignment","person":"kim@n.example","role":"helper","level":"team","scope":"everywhere"}"#;
    check_appended(level, "a site-level role cannot be given at team level");
    let scope = r#"{"type":"assignment","person":"kim@n.example","role":"helper","level":"site","scope":{"folder":"retail"}}"#;
    check_appended(scope, "a site-level role is for one site; folders and everywhere are for the team (level team)");
}

#[test]
fn circles_are_refused() {
    let circle = |lines: &mut Vec<String>| lines[2] = r#"{"type":"folder","key":"retail","name":"Retail","parent":"cafes"}"#.to_owned();
    let mut lines: Vec<String> = SMALL.iter().map(|it| (*it).to_owned()).collect();
    circle(&mut lines);
    let error = take(&mut Store::memory().unwrap(), &mut lines.join("\n").as_bytes()).unwrap_err();
    assert!(error.contains("lies in itself") && error.starts_with("line "), "{error}");

    let catalog = r#"{"type":"catalog","platform":"loop","categories":["c"],"permissions":[{"id":"a","label":"A","category":"c","requires":["b"]},{"id":"b","label":"B","category":"c","requires":["a"]}]}"#;
    lines = SMALL.iter().map(|it| (*it).to_owned()).chain([catalog.to_owned()]).collect();
    let error = take(&mut Store::memory().unwrap(), &mut lines.join("\n").as_bytes()).unwrap_err();
    assert!(error.starts_with("line 13: catalog `loop`") && error.contains("a → b → a"), "{error}");
}

#[test]
fn lines_that_are_no_records_are_refused() {
    check_appended("{", "column 1: EOF while parsing an object");
    check_appended(r#"{"type":"person","email":"x@n.example","nmae":"X"}"#, "unknown field `nmae`, expected `email` or `name`");
    check_appended(r#"{"type":"person","email":"x@n.example","email":"y@n.example"}"#, "duplicate field `email`");
    check_appended(r#"{"type":"assignment","role":"helper","role":"helper"}"#, "duplicate field `role`");
    check_appended(r#"{"type":"assignment","type":"person","email":"x@n.example"}"#, "column 27: duplicate field `type`");
    check_appended(r#"{"type":"person","email":"\ud800"}"#, "column 33: unexpected end of hex escape");
    check_appended(r#"{"type":"person","email":"x@n.example",}"#, "column 40: trailing comma");
    check_appended("\u{1b}[2J", "column 1: expected value");
    check_appended(
        r#"{"type":"person","email":"ana\u202e@n.example"}"#,
        "the e-mail \"ana‹U+202E›@n.example\" has a text-direction control (U+202E, character 4)",
    );
}

#[test]
fn lines_that_are_too_deep_or_too_long_are_refused_by_number() {
    let deep = format!(r#"{{"type":"person","email":{}"#, "[".repeat(100_000));
    check_appended(&deep, "column 57: more than 32 levels deep");
    let mut endless = BufReader::new(Read::chain(SMALL[0].as_bytes(), Read::chain(&b"\n\""[..], std::io::repeat(b'x').take(100 << 20))));
    let error = take(&mut Store::memory().unwrap(), &mut endless).unwrap_err();
    assert_eq!(error, "line 2: the line is longer than 4194304 bytes; nothing was imported");
}

/// Lines of a workspace of any shape; every name that is used is defined.
fn workspace() -> impl Strategy<Value = Vec<String>> {
    let text = "[A-Za-zé李 '\"\\\\]{0,8}";
    let folders = prop::collection::vec((text, any::<prop::sample::Index>(), any::<bool>()), 0..5);
    let sites = prop::collection::vec((text, any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<bool>()), 1..6);
    let contacts = prop::collection::vec((text, any::<bool>(), prop::collection::vec("[a-z]{1,4}", 0..3)), 0..6);
    let assignments =
        prop::collection::btree_map((0usize..4, 0usize..3, 0usize..6), (prop::option::of(1_600_000_000i64..1_700_000_000), text), 0..12);
    (folders, sites, contacts, assignments).prop_map(|(folders, sites, contacts, assignments)| {
        let quoted = |text: &str| serde_json::to_string(text).unwrap();
        let mut lines = vec![SMALL[0].to_owned(), SMALL[4].to_owned(), SMALL[9].to_owned()];
        lines.extend((0..4).map(|n| format!(r#"{{"type":"person","email":"p{n}@n.example","name":"P {n}"}}"#)));
        for (n, (name, parent, nested)) in folders.iter().enumerate() {
            let parent = if *nested && n > 0 { quoted(&format!("f{}", parent.index(n))) } else { "null".to_owned() };
            lines.push(format!(r#"{{"type":"folder","key":"f{n}","name":{},"parent":{parent}}}"#, quoted(&format!("F{name}"))));
        }
        for (n, (name, folder, owner, filed)) in sites.iter().enumerate() {
            let folder = if *filed && !folders.is_empty() { quoted(&format!("f{}", folder.index(folders.len()))) } else { "null".to_owned() };
            let owner = quoted(&format!("p{}@n.example", owner.index(4)));
            let name = quoted(&format!("S{name}"));
            lines.push(format!(r#"{{"type":"site","key":"s{n}","name":{name},"platform":"wix","folder":{folder},"owner":{owner},"host":"agency"}}"#));
        }
        for (n, (name, with_email, labels)) in contacts.iter().enumerate() {
            let email = if *with_email { quoted(&format!("c{n}@n.example")) } else { "null".to_owned() };
            let labels = serde_json::to_string(labels).unwrap();
            lines.push(format!(r#"{{"type":"contact","name":{},"email":{email},"labels":{labels}}}"#, quoted(&format!("C{n} {name}"))));
        }
        for ((person, role, place), (since, reason)) in &assignments {
            let since = since.map_or("null".to_owned(), |it| quoted(&DateTime::from_timestamp(it, 0).unwrap().to_rfc3339()));
            let (role, level, scope) = match role {
                0 => ("helper", "site", format!(r#"{{"site":"s{}"}}"#, place % sites.len())),
                1 if !folders.is_empty() => ("website-designer", "team", format!(r#"{{"folder":"f{}"}}"#, place % folders.len())),
                _ => ("website-manager", "team", r#""everywhere""#.to_owned()),
            };
            let line = format!(
                r#"{{"type":"assignment","person":"p{person}@n.example","role":"{role}","level":"{level}","scope":{scope},"since":{since},"reason":{}}}"#,
                quoted(reason)
            );
            let is_same = |it: &String| it.split(",\"since\"").next() == line.split(",\"since\"").next();
            if !lines.iter().any(is_same) {
                lines.push(line);
            }
        }
        lines
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn any_workspace_goes_out_and_in_unchanged_in_any_order(lines in workspace().prop_flat_map(|it| (Just(it.clone()), Just(it).prop_shuffle()))) {
        let (written, shuffled) = lines;
        let out = export(&with(&written.join("\n")));
        prop_assert_eq!(&export(&with(&out)), &out);
        prop_assert_eq!(&export(&with(&shuffled.join("\n"))), &out);
    }
}

#[test]
fn a_chain_of_twenty_thousand_folders_is_refused_without_walking_each_to_its_top() {
    let line = |n: usize| {
        let parent = n.checked_sub(1).map_or_else(|| "null".to_owned(), |it| format!("\"f{it:05}\""));
        format!(r#"{{"type":"folder","key":"f{n:05}","name":"F","parent":{parent}}}"#)
    };
    let chain: Vec<String> = (0..20_000).map(line).collect();
    let sentence = format!("line {}: the folder `f00050` lies in itself, or more than 50 deep", SMALL.len() + 51);
    check_refused(|lines| lines.extend(chain.clone()), &sentence);
}
