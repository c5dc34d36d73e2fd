//! Does any text from outside break a reader? Samples are cut, doubled and stuffed with hostile strings, the same ones
//! in every run: each is taken, or refused in a sentence.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::cell::Cell;
use std::io::{Cursor, Read as _};

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use rolecall::command::import::{self, ImportError};
use rolecall::command::{Actor, Hand};
use rolecall::domain::catalog::Catalog;
use rolecall::domain::policy::Policy;
use rolecall::domain::time::Zone;
use rolecall::domain::token::{Token, TokenHash};
use rolecall::exchange::people::Terms;
use rolecall::exchange::table::Faults;
use rolecall::exchange::{bundle, contacts, encoding, people, sites};
use rolecall::facts::Store;
use rolecall::store::journal::Head;

const OWNER: &str = "dana@northlight.example";

fn now() -> DateTime<Utc> {
    "2026-06-01T08:00:00Z".parse().unwrap()
}

// ---------------------------------------------------------------------------------------
// How a sample is broken.

/// From one place on, so many bytes become these.
type Edit = (Index, usize, Vec<u8>);

/// What readers stumble over, beside the corpus of hostile strings.
const MARKS: &[&str] = &[
    "\"",
    "'",
    ",",
    ";",
    "\t",
    ":",
    "=",
    "\\",
    "{",
    "}",
    "[",
    "]",
    "\n",
    "\r",
    "\r\n",
    " ",
    "-",
    "+",
    "/",
    ".",
    "#",
    "null",
    "0",
    "-1",
    "1e999",
    "9999999999999999999999",
    "0000-00-00",
    "\u{feff}",
    "\\u0000",
    "\\ud800",
    "=0D=",
    "BEGIN:VCARD",
    "END:VCARD",
    "type",
];

fn corpus() -> Vec<Vec<u8>> {
    let entries: Vec<serde_json::Value> = serde_json::from_str(include_str!("data/hostile-strings.json")).unwrap();
    let short = entries.iter().map(|it| it["value"].as_str().unwrap()).filter(|it| it.len() < 200);
    short.map(|it| it.as_bytes().to_vec()).collect()
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let mark = prop::sample::select(MARKS).prop_map(|it| it.as_bytes().to_vec());
    let put =
        prop_oneof![3 => Just(Vec::new()), 4 => mark, 2 => prop::sample::select(corpus()), 1 => prop::collection::vec(any::<u8>(), 1..3)];
    let gone = prop_oneof![4 => 0..2_usize, 2 => 2..30_usize, 1 => Just(usize::MAX)];
    prop::collection::vec((any::<Index>(), gone, put), 1..4)
}

fn broken(sample: &str, edits: &[Edit]) -> Vec<u8> {
    let mut bytes = sample.as_bytes().to_vec();
    for (at, gone, put) in edits {
        let from = at.index(bytes.len() + 1);
        let to = from.saturating_add(*gone).min(bytes.len());
        bytes.splice(from..to, put.iter().copied());
    }
    bytes
}

/// Lower case or a name, no full stop, nothing that a terminal obeys, and no word that only programmers know.
fn is_sentence(text: &str) -> bool {
    let starts = text.trim_start().chars().next().is_some_and(|it| !it.is_uppercase());
    starts
        && !text.ends_with('.')
        && !text.chars().any(char::is_control)
        && !["Err(", "Error {", "Some(", "ParseIntError"].iter().any(|it| text.contains(it))
}

/// Reads so many broken samples; some must be taken and some refused, or nothing was tried.
#[track_caller]
fn check(samples: &[&'static str], cases: u32, read: impl Fn(&[u8]) -> Result<(), String>) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let (taken, refused) = (Cell::new(0), Cell::new(0));
    let tried = runner.run(&(prop::sample::select(samples.to_vec()), edits()), |(sample, edits)| {
        match read(&broken(sample, &edits)) {
            Ok(()) => taken.set(taken.get() + 1),
            Err(sentence) if is_sentence(&sentence) => refused.set(refused.get() + 1),
            Err(sentence) => return Err(TestCaseError::fail(format!("no sentence: {sentence:?}"))),
        }
        Ok(())
    });
    tried.unwrap_or_else(|error| panic!("{error}"));
    for sample in samples {
        read(sample.as_bytes()).unwrap();
    }
    assert!(taken.get() > 0 && refused.get() > 0, "{} taken, {} refused", taken.get(), refused.get());
}

/// The same for readers of words.
#[track_caller]
fn check_words<T, E: ToString>(samples: &[&'static str], cases: u32, read: impl Fn(&str) -> Result<T, E>) {
    check(samples, cases, |bytes| read(&String::from_utf8_lossy(bytes)).map(|_| ()).map_err(|it| it.to_string()));
}

// ---------------------------------------------------------------------------------------
// The readers.

fn bundle_page() -> &'static str {
    include_str!("../assets/manual/bundle.md").split("```jsonl\n").nth(1).unwrap().split("```").next().unwrap()
}

fn import(bytes: &[u8]) -> Result<Store, String> {
    let mut store = Store::memory().unwrap();
    let actor = Actor { email: OWNER.to_owned(), via: "dana".to_owned(), by: Hand::Caller };
    let taken = import::run(&mut store, &actor, now(), "test", &mut bundle::read(bytes), &mut |_| true);
    taken.map(|_| store).map_err(|error| error.to_string())
}

#[test]
fn a_line_of_a_bundle() {
    let lines: Vec<&str> = bundle_page().lines().collect();
    check(&lines, 1500, |bytes| bundle::read(bytes).try_for_each(|it| it.map(|_| ()).map_err(|error| error.to_string())));
}

#[test]
fn a_whole_bundle() {
    check(&[bundle_page()], 60, |bytes| import(bytes).map(|_| ()));
}

/// Text in any encoding, as the imports of tables open it.
fn decoded(bytes: &[u8]) -> Result<String, String> {
    let (mut input, _) = encoding::open(Cursor::new(bytes.to_vec()), None).map_err(|error| error.to_string())?;
    let mut text = String::new();
    input.read_to_string(&mut text).map_err(|error| error.to_string())?;
    Ok(text)
}

/// What is wrong with one row is a sentence as well.
fn told(read: Result<Faults, ImportError>) -> Result<(), String> {
    let faults = read.map_err(|error| error.to_string())?;
    faults.named.into_iter().next().map_or(Ok(()), |(_, sentence)| Err(sentence))
}

fn check_table(samples: &[&'static str], read: impl Fn(&Store, &Policy, &str) -> Result<Faults, ImportError>) {
    let store = import(bundle_page().as_bytes()).unwrap();
    let policy = store.reader().policy(None).unwrap();
    check(samples, 400, |bytes| told(read(&store, &policy, &decoded(bytes)?)));
}

#[test]
fn a_table_of_people() {
    let terms = Terms { place: None, now: now() };
    check_table(
        &[
            "Email,Name,Role,Site,Since,Until,Reason\nana@acme.example,Ana Ruiz,store-helper,acme,,2027-01-31,Sale\n",
            "email;role;scope\nana@acme.example;website-designer;folder retail\nbo@acme.example;\"website-manager\";everywhere\n",
        ],
        |store, policy, text| people::steps(store.reader(), policy, text, &[], &terms).map(|it| it.faults),
    );
}

#[test]
fn a_table_of_sites() {
    check_table(
        &[
            "key,name,url,platform,folder,owner,status,apps\nbistro,Bistro,https://bistro.example,wix,retail,ana@acme.example,draft,\"Wix Stores; Wix Blog\"\n",
        ],
        |store, policy, text| sites::steps(store.reader(), policy, text, &[], &[]).map(|it| it.faults),
    );
}

#[test]
fn a_file_of_contacts() {
    check_table(
        &[
            "Name,E-mail 1 - Value,Phone 1 - Value,Labels,Notes\nAna Ruiz,ana@acme.example,+46 70 123 45 67,* myContacts ::: vip,\"Calls\non Mondays\"\n",
            "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Ruiz;Ana;;;\r\nFN:Ana Ruiz\r\nitem1.EMAIL;TYPE=INTERNET:ana@acme.example\r\nNOTE:Calls on\r\n  Mondays\\, mostly\r\nCATEGORIES:vip,press\r\nEND:VCARD\r\n",
            "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Ru=C3=ADz;An=\r\na\r\nTEL;CELL:070\r\nEND:VCARD\r\n",
        ],
        |_, _, text| contacts::read(text, &[]).map(|it| it.faults),
    );
}

#[test]
fn a_catalog() {
    check_words(&[include_str!("data/small.toml")], 400, |text| Catalog::parse("small.toml", text, None));
}

#[test]
fn a_time_that_was_typed() {
    let zones: Vec<Zone> = ["UTC", "Europe/Stockholm", "Pacific/Apia"].iter().map(|it| it.parse().unwrap()).collect();
    let samples = [
        "2027-01-31",
        "31.01.2027",
        "31 Jan 2027",
        "jan 31st 2027",
        "end of next month",
        "end of jan 2028",
        "14d",
        "in 2 weeks",
        "3 months ago",
        "2027-01-31T09:30:15.5+02:00",
        "2027-01-31 24:00 utc",
        "tomorrow 09:30z",
        "12/31/2027",
    ];
    check_words(&samples, 800, |text| {
        zones.iter().try_for_each(|zone| {
            let read = [zone.since(text, now())?, zone.until(text, now())?, zone.at(text, now())?];
            for it in read {
                assert_eq!(zone.until(&zone.write_until(it), now()), Ok(it), "{text:?}");
                assert!(!zone.show_since(it).is_empty() && !zone.show_until(it).is_empty() && zone.days_until(it, now()).abs() < 4_000_000);
            }
            Ok::<(), String>(())
        })
    });
    check_words(&["Europe/Stockholm", "utc"], 200, str::parse::<Zone>);
}

#[test]
fn a_token_and_what_is_written_in_its_place() {
    check_words(&["abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrsa"], 400, str::parse::<Token>);
    check_words(&["0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"], 400, str::parse::<TokenHash>);
    check_words(&["812:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"], 400, str::parse::<Head>);
}
