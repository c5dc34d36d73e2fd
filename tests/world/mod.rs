//! A small workspace with one of everything, and what tests ask of it.
#![allow(dead_code, reason = "each test file uses its part")]

pub(crate) mod steps;

use chrono::{DateTime, Utc};
use rolecall::command::{self, Actor, Command, Error, Hand, Receipt, import};
use rolecall::domain::record::Record;
use rolecall::exchange::bundle;
use rolecall::facts::Store;

/// Three people besides the owner, four sites in two nested folders, two platforms, a partnership.
pub(crate) const BUNDLE: &str = r#"
{"type":"workspace","name":"Northlight","owner":"dana@nl.example","ceiling":"strict"}
{"type":"catalog","platform":"mini","categories":["A","B"],"apps":["Shop","Blog"],"ceilings":{"strict":{"site":["a.delete"],"team":["b.pay"]},"relaxed":{"site":[],"team":[]},"frozen":{"site":["a.view"],"team":["a.view"]}},"permissions":[{"id":"a.view","label":"View A","category":"A"},{"id":"a.edit","label":"Edit A","category":"A","requires":["a.view"]},{"id":"a.delete","label":"Delete A","category":"A","requires":["a.edit"],"risk":["destroys"]},{"id":"b.view","label":"View B","category":"B"},{"id":"b.sell","label":"Sell B","category":"B","requires":["b.view","a.view"],"app":"Shop"},{"id":"b.pay","label":"Pay B","category":"B","requires":["b.sell"],"sensitivity":"financial"},{"id":"b.post","label":"Post B","category":"B","app":"Blog"}],"roles":[{"key":"mini-owner","name":"Mini owner","level":"site","all":["A","B"],"owner":true},{"key":"reader","name":"Reader","level":"both","grants":["a.view","b.view"]},{"key":"boss","name":"Boss","level":"team","all":["A","B"]},{"key":"relic","name":"Relic","level":"both","grants":["a.view"],"deprecated":true},{"key":"carrier","name":"Carrier","level":"site","all":["A","B"],"lifts":["a.delete"],"partnership":"partner"},{"key":"patron","name":"Patron","level":"site","all":["A"],"grants":["b.view","b.post"],"partnership":"client"}]}
{"type":"folder","key":"top","name":"Top","parent":null}
{"type":"folder","key":"inner","name":"Inner","parent":"top"}
{"type":"folder","key":"side","name":"Side","parent":null}
{"type":"person","email":"dana@nl.example","name":"Dana"}
{"type":"person","email":"ana@acme.example","name":"Ana Ruiz"}
{"type":"person","email":"bo@nl.example","name":"Bo"}
{"type":"person","email":"cy@corp.example","name":"Cy"}
{"type":"site","key":"acme","name":"Acme","url":"https://acme.example","platform":"mini","folder":"inner","owner":"dana@nl.example","host":"owner","apps":["Shop"]}
{"type":"site","key":"bakery","name":"Bakery","platform":"mini","folder":"top","owner":"cy@corp.example","host":"agency","apps":["Blog","Shop"]}
{"type":"site","key":"corp","name":"Corp","platform":"mini","folder":null,"owner":"cy@corp.example","host":"owner"}
{"type":"site","key":"press","name":"Press","platform":"wordpress","folder":"side","owner":"dana@nl.example"}
{"type":"contact","name":"Ana Ruiz","email":"ana@acme.example","status":"client","labels":["vip"]}
{"type":"contact","name":"Walk-in","email":null}
{"type":"role","key":"seller","name":"Seller","platform":"mini","level":"both","permissions":["b.sell"]}
{"type":"role","key":"editor-site","name":"Site editor","platform":"mini","level":"site","permissions":["a.edit","a.delete"]}
{"type":"role","key":"spare","name":"Spare","platform":"mini","level":"team","permissions":["b.pay"]}
{"type":"assignment","person":"ana@acme.example","role":"editor-site","level":"site","scope":{"site":"acme"}}
{"type":"assignment","person":"ana@acme.example","role":"seller","level":"team","scope":"everywhere"}
{"type":"assignment","person":"bo@nl.example","role":"reader","level":"team","scope":{"folder":"top"}}
{"type":"assignment","person":"bo@nl.example","role":"boss","level":"team","scope":"everywhere"}
{"type":"assignment","person":"dana@nl.example","role":"carrier","level":"site","scope":{"site":"bakery"}}
{"type":"assignment","person":"cy@corp.example","role":"patron","level":"site","scope":{"site":"bakery"}}
"#;

pub(crate) fn actor() -> Actor {
    Actor { email: "dana@nl.example".to_owned(), via: "dana".to_owned(), by: Hand::Caller }
}

/// The instant at which tests take place.
pub(crate) fn now() -> DateTime<Utc> {
    at("2026-11-21T12:00:00Z")
}

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(crate) fn empty() -> Store {
    Store::memory().unwrap()
}

pub(crate) fn world() -> Store {
    let mut store = empty();
    take_in(&mut store, BUNDLE).unwrap();
    store
}

pub(crate) fn take_in(store: &mut Store, lines: &str) -> Result<Receipt, String> {
    let mut bytes = lines.as_bytes();
    let mut records = bundle::read(&mut bytes);
    let imported = import::run(store, &actor(), now(), "test.jsonl", &mut records, &mut |_| true);
    imported.map(|it| it.receipt).map_err(|it| it.to_string())
}

pub(crate) fn run(store: &mut Store, command: &Command) -> Result<Receipt, Error> {
    command::run(store, &actor(), now(), command)
}

/// Runs commands that must succeed.
pub(crate) fn run_all(store: &mut Store, commands: &[&str]) {
    for text in commands {
        run(store, &cmd(text)).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
}

/// A command as it stands in a plan file.
pub(crate) fn cmd(json: &str) -> Command {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

pub(crate) fn record(json: &str) -> Record {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

/// The whole workspace as text.
pub(crate) fn export(store: &Store) -> String {
    let mut out = Vec::new();
    let policy = store.reader().policy(None).unwrap();
    bundle::write(store.reader(), &policy, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Everything that could have changed: head, tables.
pub(crate) fn state(store: &Store) -> String {
    let head = store.reader().head().unwrap().map(|it| it.to_string());
    format!("{head:?}\n{}", export(store))
}

/// The journal is whole and gives the tables.
pub(crate) fn proven(store: &Store) {
    let verdict = command::verify(store, None, &mut |_| ()).unwrap();
    assert!(verdict.is_ok(), "{verdict:?}");
}
