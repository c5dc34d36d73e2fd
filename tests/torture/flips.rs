//! Single bits of a resting workspace turned over: `verify` finds it, or no answer is wrong.
//!
//! Asked in two ways: the program's verbs, a process each; and, ten times as often, the rooms behind them.

use std::fmt::Debug;
use std::fs;
use std::path::Path;

use chrono::TimeDelta;
use rolecall::command;
use rolecall::domain::contact::Contact;
use rolecall::domain::ids::{AssignmentId, HandoverId, InvitationId, RequestId};
use rolecall::domain::life::Invitation;
use rolecall::domain::things::{Assignment, Person, Site};
use rolecall::exchange::bundle;
use rolecall::facts::{Reader, Store};
use rolecall::query::timeline::{self, Until};
use rolecall::query::{access, due, offers};
use rolecall::store::assignments::Which;
use rolecall::store::life::Open;
use rolecall::store::page::Anchor;
use rusqlite::Connection;

use super::home::Home;
use super::world::{self, now, run_all, take_in};
use super::{Chance, copy_of, count, spread, verified, workspace};

/// What is asked; of `can --batch` every pair at once.
const QUESTIONS: [&[&str]; 16] = [
    &["can", "--batch", "batch.tsv"],
    &["who-can", "stores.orders.manage"],
    &["who-can", "blog.posts.publish_all", "acme"],
    &["what-can", "ana@acme.example"],
    &["why", "bo@n.example", "editor.site.publish", "corp", "--format", "json"],
    &["matrix", "people", "--site", "acme", "--summary"],
    &["person", "list"],
    &["person", "show", "cy@corp.example"],
    &["contact", "list", "--filter", "ana"],
    &["site", "list"],
    &["assignment", "list"],
    &["invite", "list", "--format", "json"],
    &["request", "list", "--format", "json"],
    &["timeline", "ana@acme.example"],
    &["offboard", "bo@n.example"],
    &["export", "bundle"],
];

/// Everybody, a permission of each kind, every site.
fn batch() -> String {
    let people = ["dana@n.example", "ana@acme.example", "bo@n.example", "cy@corp.example"];
    let rights = ["stores.orders.manage", "stores.orders.view", "blog.posts.publish_all", "crm.contacts.view"];
    let of = |person: &'static str| {
        rights.into_iter().flat_map(move |right| ["acme", "corp"].map(|site| format!("{person}\t{right}\t{site}\n")))
    };
    people.into_iter().flat_map(of).collect()
}

/// What the program answers: exit code and text. `None` where it says that the file is broken.
fn answer(home: &Home, question: &[&str]) -> Option<(Option<i32>, Vec<u8>)> {
    let output = home.run(question);
    (output.status.code() != Some(4)).then_some((output.status.code(), output.stdout))
}

/// `TORTURE_FLIPS` says how many.
#[test]
fn no_answer_is_wrong_after_a_clean_verify_whatever_bit_was_turned() {
    let flips = count("TORTURE_FLIPS", 4);
    let resting = workspace();
    fs::write(resting.path("batch.tsv"), batch()).unwrap();
    let truth: Vec<_> = QUESTIONS.iter().map(|it| answer(&resting, it)).collect();
    for (question, answer) in QUESTIONS.iter().zip(&truth) {
        assert!(answer.as_ref().is_some_and(|it| !it.1.is_empty()), "{question:?} is not answered");
    }
    let whole = fs::read(resting.path("work.db")).unwrap();
    let mut chance = Chance::new(3);
    let bits: Vec<(usize, usize)> = (0..flips).map(|_| (chance.below(whole.len()), chance.below(8))).collect();
    let seen = spread(&bits, |(at, bit)| {
        let home = copy_of(&resting);
        fs::write(home.path("batch.tsv"), batch()).unwrap();
        let mut bytes = whole.clone();
        bytes[*at] ^= 1 << bit;
        fs::write(home.path("work.db"), bytes).unwrap();
        let clean = verified(&home).is_ok();
        let (mut told, mut wrong) = (0, Vec::new());
        for (question, truth) in QUESTIONS.iter().zip(&truth).filter(|_| clean) {
            match answer(&home, question) {
                None => told += 1,
                same if same == *truth => {}
                Some((code, text)) => {
                    let text = String::from_utf8_lossy(&text).into_owned();
                    wrong.push(format!("byte {at}, bit {bit}: {question:?} ends {code:?}: {text}"));
                }
            }
        }
        (clean, told, wrong)
    });
    let found = seen.iter().filter(|(clean, ..)| !clean).count();
    let told: usize = seen.iter().map(|(_, told, _)| told).sum();
    let wrong: Vec<&String> = seen.iter().flat_map(|(.., wrong)| wrong).collect();
    println!(
        "flips: {flips} of {} bits: {found} found by verify; after a clean one {} answers were wrong, and {told} refused as broken",
        whole.len() * 8,
        wrong.len()
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A workspace with something in every table, closed, as bytes.
fn full_workspace(path: &Path) -> Vec<u8> {
    let mut store = Store::create(path).unwrap();
    take_in(&mut store, world::BUNDLE).unwrap();
    let hash = |n: u8| rolecall::domain::token::Token::new([n; 32]).hash();
    let invite = format!(
        r#"{{"invite":{{"email":"eve@x.example","roles":["reader"],"level":"site","scopes":[{{"site":"acme"}}],"token":"{}"}}}}"#,
        hash(1)
    );
    let hand_over = format!(r#"{{"hand-over":{{"site":"corp","kind":"partner","email":"cy@corp.example","token":"{}"}}}}"#, hash(2));
    run_all(
        &mut store,
        &[
            r#"{"ceiling":"relaxed"}"#,
            r#"{"add":{"type":"folder","key":"new","name":"New","parent":null}}"#,
            r#"{"undo":3}"#,
            r#"{"redo":4}"#,
            r#"{"add":{"type":"assignment","person":"bo@nl.example","role":"editor-site","level":"site","scope":{"site":"corp"},"until":"2026-12-24T00:00:00Z","review_on":"2026-12-01T00:00:00Z"}}"#,
            r#"{"ask":{"contact":"ana@acme.example","site":"Her shop","roles":["reader"],"person":"bo@nl.example"}}"#,
            &invite,
            &hand_over,
            r#"{"bind":{"person":"dana@nl.example","uid":2001}}"#,
            r#"{"bind":{"person":"bo@nl.example","uid":2002}}"#,
        ],
    );
    drop(store);
    fs::read(path).unwrap()
}

fn debug<T: Debug>(found: anyhow::Result<T>) -> anyhow::Result<String> {
    found.map(|it| format!("{it:?}"))
}

/// What is asked of every file. An answer may be that it cannot be read.
fn answers(db: Reader<'_>) -> Vec<(String, Result<String, String>)> {
    let mut all: Vec<(String, Result<String, String>)> = Vec::new();
    let mut ask = |what: String, answer: anyhow::Result<String>| all.push((what, answer.map_err(|error| format!("{error:#}"))));
    let export = || -> anyhow::Result<String> {
        let mut out = Vec::new();
        bundle::write(db, &db.policy(None)?, &mut out)?;
        Ok(String::from_utf8(out)?)
    };
    ask("export".to_owned(), export());
    ask("journal".to_owned(), debug(db.entries(None, 99)));
    ask("people".to_owned(), debug(db.page::<Person>(&Anchor::Start, 99)));
    ask("people backwards".to_owned(), debug(db.page::<Person>(&Anchor::End, 99)));
    ask("contacts".to_owned(), debug(db.page::<Contact>(&Anchor::Start, 99)));
    ask("sites".to_owned(), debug(db.page::<Site>(&Anchor::Start, 99)));
    ask("assignments".to_owned(), debug(db.assignments_after(Which::default(), AssignmentId(0), 99)));
    ask("team".to_owned(), debug(db.assignments_of_team()));
    ask("requests".to_owned(), debug(db.requests_before(RequestId(i64::MAX), Open::All, 99)));
    ask("invitations".to_owned(), debug(db.invitations_before(InvitationId(i64::MAX), Open::All, 99)));
    ask("handovers".to_owned(), debug(db.handovers_before(HandoverId(i64::MAX), Open::All, 99)));
    ask("users".to_owned(), debug(db.users()));
    ask(
        "numbers".to_owned(),
        debug(
            [db.last_number::<Person>(), db.last_number::<Assignment>(), db.last_number::<Invitation>()]
                .into_iter()
                .collect::<anyhow::Result<Vec<_>>>(),
        ),
    );
    ask("next turn".to_owned(), debug(db.next_turn(now())));
    let Ok(policy) = db.policy(None) else { return all };
    let soon = now() + TimeDelta::days(90);
    ask("due".to_owned(), debug(due::due(db, &policy, now(), soon, 99)));
    ask("offers".to_owned(), debug(offers::list(db, &policy, now(), Open::All, 99)));
    for key in ["acme", "bakery", "corp", "press"] {
        let Ok(site) = db.the_site(key) else {
            ask(format!("site {key}"), Err(anyhow::anyhow!("not found")));
            continue;
        };
        ask(format!("timeline of {key}"), debug(timeline::of_site(db, &policy, Until::present(now()), &site, 99)));
        ask(format!("on {key}"), debug(db.assignments_on(site.id)));
        ask(format!("url of {key}"), debug(db.sites_by_url(&site.url)));
        let catalog = policy.catalog(&site.platform).unwrap();
        for id in catalog.ids().take(8) {
            ask(format!("who can {} {key}", catalog.get(id).id), debug(access::who_can(db, &policy, &site, id, now())));
        }
        for email in ["dana@nl.example", "ana@acme.example", "bo@nl.example", "cy@corp.example"] {
            let found = db.the_person(email).and_then(|it| access::what_can(db, &policy, it.id, &site, now()));
            ask(format!("what can {email} {key}"), debug(found));
        }
    }
    for email in ["dana@nl.example", "ana@acme.example", "bo@nl.example", "cy@corp.example"] {
        let Ok(person) = db.the_person(email) else {
            ask(format!("person {email}"), Err(anyhow::anyhow!("not found")));
            continue;
        };
        ask(format!("timeline of {email}"), debug(timeline::of_person(db, &policy, Until::present(now()), &person, 99)));
        ask(format!("of {email}"), debug(db.assignments_of(person.id)));
        ask(format!("sites of {email}"), debug(access::sites_of(db, &policy, person.id)));
        ask(format!("given by {email}"), debug(db.assignments_given_by(person.id)));
        ask(format!("owned by {email}"), debug(db.sites_owned_by(person.id)));
    }
    for held in policy.roles().take(30) {
        ask(format!("holders of {}", held.role.key), debug(db.holders_of(held.role.id)));
        ask(format!("with {}", held.role.key), debug(db.assignments_with(held.role.id, 99)));
        ask(format!("waiting with {}", held.role.key), debug(db.waiting_with(held.role.id)));
    }
    let mut folders: Vec<_> = policy.folders().collect();
    folders.sort_by_key(|it| &it.key);
    for folder in folders {
        ask(format!("in {}", folder.key), debug(db.sites_in(folder.id)));
        ask(format!("wide in {}", folder.key), debug(db.assignments_wide(Some(folder.id))));
    }
    all
}

#[derive(Debug, Default)]
struct Tally {
    refused: usize,
    found: usize,
    harmless: usize,
}

/// Turns these bits over, one at a time; every wrong answer after a clean `verify` is a line.
fn flip(whole: &[u8], path: &Path, bits: impl Iterator<Item = usize>) -> (Tally, Vec<String>) {
    fs::write(path, whole).unwrap();
    let expected = answers(Store::open(path, true).unwrap().reader());
    assert!(expected.iter().all(|it| it.1.is_ok()), "{expected:#?}");
    let (mut tally, mut wrong) = (Tally::default(), Vec::new());
    for bit in bits {
        let mut bytes = whole.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        for side in ["-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{side}", path.display()));
        }
        fs::write(path, &bytes).unwrap();
        let Ok(store) = Store::open(path, true) else {
            tally.refused += 1;
            continue;
        };
        if !matches!(command::verify(&store, None, &mut |_| ()), Ok(Ok(_))) {
            tally.found += 1;
            continue;
        }
        tally.harmless += 1;
        for ((what, answer), (asked, right)) in answers(store.reader()).iter().zip(&expected) {
            if what != asked || answer.is_ok() && answer != right {
                wrong.push(format!("bit {bit} (page {}): {what}: {answer:?} instead of {right:?}", bit / 8 / 4096 + 1));
            }
        }
        drop(store);
        // What SQLite finds looking every row up, the quicker way has to find too.
        let check = |conn: &Connection| conn.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0));
        if !matches!(Connection::open(path).and_then(|it| check(&it)).as_deref(), Ok("ok")) {
            wrong.push(format!("bit {bit} (page {}): SQLite finds what verify does not", bit / 8 / 4096 + 1));
        }
    }
    (tally, wrong)
}

#[test]
fn after_a_clean_verify_no_room_answers_wrongly() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.db");
    let whole = full_workspace(&path);
    let times = count("TORTURE_FLIPS", 4).saturating_mul(10);
    let mut chance = Chance::new(4);
    let bits = std::iter::repeat_with(|| chance.below(whole.len() * 8));
    let (tally, wrong) = flip(&whole, &path, bits.take(times));
    println!("{times} bits of {} bytes: {tally:?}", whole.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The number of a row stands twice in an index that names it: the copy that is compared is not the one that is answered.
#[test]
fn a_bit_in_the_number_that_an_index_is_sorted_by_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.db");
    let whole = full_workspace(&path);
    let fold = rolecall::domain::text::fold("Ana Ruiz ana@acme.example");
    let ends: Vec<usize> = memchr::memmem::find_iter(&whole, fold.as_bytes()).map(|at| at + fold.len()).collect();
    let (tally, wrong) = flip(&whole, &path, ends.iter().map(|at| at * 8 + 1));
    assert!(wrong.is_empty() && tally.found >= 2, "{tally:?} {wrong:#?}, {ends:?}");
}

#[test]
fn a_bit_in_any_index_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.db");
    let whole = full_workspace(&path);
    // The last bytes of the first page of each index: an entry stands there, since pages fill from their end.
    let conn = Connection::open(&path).unwrap();
    let sql = "SELECT name, rootpage FROM sqlite_schema WHERE type = 'index' AND rootpage > 0";
    let mut statement = conn.prepare(sql).unwrap();
    let roots: Vec<(String, usize)> =
        statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, u32>(1)? as usize))).unwrap().map(Result::unwrap).collect();
    drop(statement);
    drop(conn);
    let size = usize::from(u16::from_be_bytes([whole[16], whole[17]]));
    let mut n = 0;
    for (name, page) in roots {
        let root = &whole[(page - 1) * size..page * size];
        if u16::from_be_bytes([root[3], root[4]]) == 0 {
            continue;
        }
        n += 1;
        let (tally, wrong) = flip(&whole, &path, std::iter::once((page * size - 1) * 8 + 1));
        assert!(wrong.is_empty(), "{name}: {wrong:#?}");
        assert_eq!(tally.harmless, 0, "{name}");
    }
    assert!(n > 15, "only {n} indexes have entries");
}
