//! Random commands about the small workspace and what may grow in it.

use proptest::prelude::*;
use rolecall::command::Command;

use super::cmd;

fn among(list: &'static [&'static str]) -> impl Strategy<Value = String> + Clone {
    prop::sample::select(list).prop_map(str::to_owned)
}

fn person() -> impl Strategy<Value = String> + Clone {
    among(&["dana@nl.example", "ana@acme.example", "bo@nl.example", "cy@corp.example", "eve@x.example"])
}

fn folder() -> impl Strategy<Value = String> + Clone {
    among(&["null", "\"top\"", "\"inner\"", "\"side\"", "\"new\""])
}

fn scope() -> impl Strategy<Value = String> {
    let sites = &[r#"{"site":"acme"}"#, r#"{"site":"bakery"}"#, r#"{"site":"corp"}"#, r#"{"site":"press"}"#, r#"{"site":"shop"}"#];
    prop_oneof![among(sites), among(&[r#"{"folder":"top"}"#, r#"{"folder":"inner"}"#, r#"{"folder":"new"}"#, "\"everywhere\""])]
}

fn role() -> impl Strategy<Value = String> + Clone {
    among(&["seller", "editor-site", "spare", "reader", "boss", "relic", "twin", "editor"])
}

fn level() -> impl Strategy<Value = String> {
    among(&["site", "team"])
}

fn dates() -> impl Strategy<Value = String> {
    among(&["null,\"until\":null", "null,\"until\":\"2026-01-01T00:00:00Z\"", "\"2027-01-01T00:00:00Z\",\"until\":null"])
}

fn site(key: &str, owner: &str) -> impl Strategy<Value = String> + use<> {
    let (key, owner) = (key.to_owned(), owner.to_owned());
    let apps = among(&["[]", r#"["Shop"]"#, r#"["Blog","Shop"]"#]);
    (folder(), apps, among(&["owner", "agency"]), among(&["mini", "mini", "wordpress"])).prop_map(move |(folder, apps, host, platform)| {
        let apps = if platform == "mini" { apps } else { "[]".to_owned() };
        format!(r#"{{"type":"site","key":"{key}","name":"{key}","platform":"{platform}","folder":{folder},"owner":"{owner}","host":"{host}","apps":{apps}}}"#)
    })
}

fn custom(key: &str) -> impl Strategy<Value = String> + use<> {
    let key = key.to_owned();
    let lists = among(&["[]", r#"["a.delete"]"#, r#"["b.pay","a.edit"]"#, r#"["b.post","b.view"]"#]);
    (among(&["site", "team", "both"]), lists).prop_map(move |(level, list)| {
        format!(r#"{{"type":"role","key":"{key}","name":"{key}","platform":"mini","level":"{level}","permissions":{list}}}"#)
    })
}

fn single() -> impl Strategy<Value = String> {
    let add = |it: String| format!(r#"{{"add":{it}}}"#);
    let assignment = (person(), role(), level(), scope(), dates()).prop_map(|(person, role, level, scope, dates)| {
        format!(r#"{{"type":"assignment","person":"{person}","role":"{role}","level":"{level}","scope":{scope},"since":{dates}}}"#)
    });
    let taken = (person(), role(), level(), scope()).prop_map(|(person, role, level, scope)| {
        format!(r#"{{"remove":{{"assignment":{{"person":"{person}","role":"{role}","level":"{level}","scope":{scope}}}}}}}"#)
    });
    let toggle =
        (role(), among(&["a.view", "a.edit", "a.delete", "b.view", "b.sell", "b.pay", "b.post"]), among(&["grant", "revoke", "pin"]))
            .prop_map(|(role, id, to)| format!(r#"{{"toggle":{{"role":"{role}","permissions":["{id}"],"to":"{to}"}}}}"#));
    let new_folder = folder().prop_map(|it| format!(r#"{{"add":{{"type":"folder","key":"new","name":"New","parent":{it}}}}}"#));
    let moved = (among(&["top", "inner", "side", "new"]), folder(), folder()).prop_map(|(key, from, to)| {
        let (name, key) = (format!("{}{}", key[..1].to_uppercase(), &key[1..]), key);
        let row = |parent: &str| format!(r#"{{"type":"folder","key":"{key}","name":"{name}","parent":{parent}}}"#);
        format!(r#"{{"edit":{{"before":{},"after":{}}}}}"#, row(&from), row(&to))
    });
    let reclaimed = (among(&["bakery", "corp"]), among(&["null", "\"reader\""]))
        .prop_map(|(site, keep)| format!(r#"{{"reclaim":{{"site":"{site}","keep":{keep}}}}}"#));
    prop_oneof![
        4 => assignment.prop_map(add),
        3 => taken,
        1 => reclaimed,
        3 => toggle,
        1 => person().prop_map(|it| format!(r#"{{"add":{{"type":"person","email":"{it}"}}}}"#)),
        1 => person().prop_map(|it| format!(r#"{{"remove":{{"person":"{it}"}}}}"#)),
        1 => role().prop_map(|it| format!(r#"{{"duplicate":{{"role":"{it}","name":"Twin","key":null}}}}"#)),
        1 => role().prop_map(|it| format!(r#"{{"remove":{{"role":"{it}"}}}}"#)),
        1 => new_folder,
        2 => moved,
        1 => among(&["top", "inner", "side", "new"]).prop_map(|it| format!(r#"{{"remove":{{"folder":"{it}"}}}}"#)),
        1 => among(&["acme", "bakery", "corp", "shop"]).prop_map(|it| format!(r#"{{"remove":{{"site":"{it}"}}}}"#)),
        1 => site("shop", "bo@nl.example").prop_map(add),
        1 => among(&["strict", "relaxed", "frozen"]).prop_map(|it| format!(r#"{{"ceiling":"{it}"}}"#)),
        1 => (among(&["mini", "wordpress"]), among(&["strict", "relaxed", "frozen"]))
            .prop_map(|(platform, it)| format!(r#"{{"ceiling":{{"{platform}":"{it}"}}}}"#)),
        1 => edits(),
    ]
}

/// Edits from the rows as the bundle has them: stale after the first of a kind.
fn edits() -> impl Strategy<Value = String> {
    let row = |start: &'static str| super::BUNDLE.lines().find(|it| it.starts_with(start)).unwrap_or_default();
    let edit = |before: &'static str| move |after: String| format!(r#"{{"edit":{{"before":{before},"after":{after}}}}}"#);
    let acme = edit(row(r#"{"type":"site","key":"acme""#));
    let corp = edit(row(r#"{"type":"site","key":"corp""#));
    let seller = edit(row(r#"{"type":"role","key":"seller""#));
    let spare = edit(row(r#"{"type":"role","key":"spare""#));
    prop_oneof![
        site("acme", "dana@nl.example").prop_map(acme),
        site("corp", "cy@corp.example").prop_map(corp),
        custom("seller").prop_map(seller),
        custom("spare").prop_map(spare),
    ]
}

/// A command, now and then a batch or a step back.
pub(crate) fn any() -> impl Strategy<Value = Command> {
    let one = single().prop_map(|it| cmd(&it));
    let several = prop::collection::vec(single().prop_map(|it| cmd(&it)), 1..4).prop_map(Command::Batch);
    prop_oneof![8 => one, 2 => several, 1 => (2..20i64).prop_map(Command::Undo), 1 => (2..20i64).prop_map(Command::Redo)]
}

/// A second bundle: new things, and others changed.
pub(crate) const MORE: &str = r#"
{"type":"assignment","person":"eve@x.example","role":"later","level":"team","scope":{"folder":"more"},"until":"2027-03-01T00:00:00Z"}
{"type":"folder","key":"more","name":"More","parent":null}
{"type":"folder","key":"top","name":"Roof","parent":"more"}
{"type":"person","email":"eve@x.example","name":"Eve"}
{"type":"role","key":"later","name":"Later","platform":"mini","level":"both","permissions":["a.delete","b.post"]}
{"type":"site","key":"bakery","name":"Bakery","platform":"mini","folder":"more","owner":"cy@corp.example","host":"agency","apps":["Blog"]}
{"type":"assignment","person":"eve@x.example","role":"reader","level":"site","scope":{"site":"corp"}}
{"type":"assignment","person":"bo@nl.example","role":"editor-site","level":"site","scope":{"site":"corp"},"until":"2027-03-01T00:00:00Z"}
"#;

/// Lists of plain commands.
pub(crate) fn plain() -> impl Strategy<Value = Vec<Command>> {
    prop::collection::vec(single().prop_map(|it| cmd(&it)), 1..7)
}
