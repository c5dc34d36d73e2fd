//! What the program says, word for word: the help of every verb, what programs read, the exit codes.
//!
//! A change that is meant is taken over by `INSTA_UPDATE=always cargo test --test snapshots`, and read in the diff.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod asked;
mod home;
mod plain;

use std::fmt::Write as _;

use asked::{ANSWERS, agency};
use home::Home;
use plain::plain;
use serde_json::Value;

fn check(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

// ---------------------------------------------------------------------------------------
// Help.

/// Every verb and every verb of it, as they are typed.
fn verbs(command: &clap::Command, path: &[String], found: &mut Vec<Vec<String>>) {
    found.push(path.to_vec());
    for inner in command.get_subcommands() {
        verbs(inner, &[path, &[inner.get_name().to_owned()]].concat(), found);
    }
}

/// What every verb's help ends with.
fn for_every_verb(help: &str) -> &str {
    let from = help.find("For every verb:\n").unwrap();
    let rest = &help[from..];
    let ends = rest.find("\n\n").into_iter().chain(rest.match_indices("\n\n").map(|it| it.0));
    let end = ends.filter(|at| !rest[at + 2..].starts_with(' ')).min().unwrap_or(rest.len());
    &rest[..end]
}

#[test]
fn the_help_of_every_verb_is_its_snapshot() {
    let home = Home::empty();
    let mut found = Vec::new();
    verbs(&rolecall::cli::program(), &[], &mut found);
    let mut text = String::new();
    for option in ["-h", "--help"] {
        let every = home.check(&[option], "", 0);
        let every = for_every_verb(&every);
        writeln!(text, "{every}\n").unwrap();
        for verb in &found {
            let args: Vec<&str> = verb.iter().map(String::as_str).chain([option]).collect();
            let help = home.check(&args, every, 0).replace(every, "");
            let lines: Vec<&str> = help.lines().map(str::trim_end).filter(|it| !it.is_empty()).collect();
            writeln!(text, "$ rolecall {}\n{}\n", args.join(" "), lines.join("\n")).unwrap();
        }
    }
    check("help", &text);
}

// ---------------------------------------------------------------------------------------
// What programs read.

/// Most fields of a record: what has more is a map.
const MAX_FIELDS: usize = 30;

/// The form of an answer: of many rows, words or cells the first two.
fn short(value: Value) -> Value {
    match value {
        Value::Array(all) => {
            let more = all.len().saturating_sub(2);
            let told = (more > 0).then(|| format!("… {more} more").into());
            all.into_iter().take(2).map(short).chain(told).collect()
        }
        Value::Object(all) => {
            let kept = if all.len() > MAX_FIELDS { 2 } else { all.len() };
            let told = (kept < all.len()).then(|| ("…".to_owned(), format!("{} more", all.len() - kept).into()));
            all.into_iter().take(kept).map(|(name, it)| (name, short(it))).chain(told).collect()
        }
        Value::String(text) if text.starts_with("uid ") => "UNIX USER".into(),
        Value::String(text) => plain(&text).into(),
        it @ (Value::Null | Value::Bool(_) | Value::Number(_)) => it,
    }
}

/// A line for every row, or every field.
fn lines(value: &Value) -> Vec<String> {
    match value {
        Value::Array(rows) => rows.iter().map(Value::to_string).collect(),
        Value::Object(fields) => fields.iter().map(|(name, it)| format!("{name}: {it}")).collect(),
        it @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => vec![it.to_string()],
    }
}

#[test]
fn what_programs_read_is_its_snapshot() {
    let home = agency();
    let mut text = String::new();
    for (line, _) in ANSWERS {
        let args: Vec<&str> = line.split(' ').chain(["--format", "json"]).collect();
        let output = home.run(&args);
        let answer = String::from_utf8(output.stdout).unwrap().replace(&home.path(""), "HOME/");
        let answer = short(serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{line}: {error}\n{answer}")));
        writeln!(text, "$ rolecall {line} # exit {}\n{}\n", output.status.code().unwrap(), lines(&answer).join("\n")).unwrap();
    }
    check("json", &text);
}

// ---------------------------------------------------------------------------------------
// Exit codes.

/// One of every way in which a run ends, beside those of the answers.
const ENDS: &[&str] = &[
    "can emil@lindqvist-bikes.example editor.site.publish lindqvist-bikes",
    "can nobody@nova.example editor.site.publish lindqvist-bikes",
    "can emil@lindqvist-bikes.example editor.site.publihs lindqvist-bikes",
    "why emil@lindqvist-bikes.example editor.site.publish lindqvist-bikes",
    "who-can editor.site.publish nowhere",
    "person list --filter nobody-at-all",
    "person list --format xml",
    "person list --limit many",
    "person list --at someday",
    "person list --as nobody@nova.example",
    "person show emil@lindqvist-bikes.example --read-only",
    "person add",
    "person add no-address",
    "person add karin@lindqvist-bikes.example",
    "person add ove@nova.example --read-only",
    "person add ove@nova.example --at 2026-01-01",
    "person add ove@nova.example --as emil@lindqvist-bikes.example",
    "person remove dana@northlight.example",
    "role remove website-manager",
    "role remove store-helper",
    "role diff website-manager website-manager",
    "role diff website-manager website-designer",
    "role compare guest-writer blog-writer",
    "role compare guest-writer guest-writer",
    "role compare guest-writer administrator",
    "role template show nothing",
    "role template use shop-packer",
    "role template use shop-packer",
    "role find stores.orders.manage",
    "role find sites.site.remove",
    "role find stores.orders.manag",
    "role find stores.orders.manage edit_posts",
    "assign emil@lindqvist-bikes.example store-helper --site lindqvist-bikes",
    "unassign emil@lindqvist-bikes.example website-manager --site lindqvist-bikes",
    "invite show 99",
    "accept no-token",
    "accept aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "due --within 0d",
    "timeline nowhere",
    "journal show 9999",
    "undo 9999",
    "redo 1",
    "verify --head 1:0000000000000000000000000000000000000000000000000000000000000000",
    "verify --head nonsense",
    "verify --db missing.db",
    "verify --db more.csv",
    "init --name Other --owner dana@other.example",
    "plan plan.jsonl",
    "plan missing.jsonl",
    "plan more.csv",
    "apply plan.jsonl",
    "apply plan.jsonl --anyway --read-only",
    "import bundle missing.jsonl",
    "import bundle more.csv",
    "import people more.csv --dry-run",
    "export bundle --output /",
    "help times",
    "help nothing",
    "man nothing",
    "completions nothing",
    "frobnicate",
    "--frobnicate",
    "--version",
    "demo",
    "",
];

#[test]
fn the_exit_codes_are_their_snapshot() {
    let home = agency();
    let mut text = String::new();
    for line in ENDS {
        let output = home.run(&line.split_whitespace().collect::<Vec<_>>());
        let said = String::from_utf8(output.stderr).unwrap().replace(&home.path(""), "HOME/");
        let said = said.lines().next().map(|it| format!(" # {}", plain(it))).unwrap_or_default();
        writeln!(text, "{} rolecall {line}{said}", output.status.code().unwrap()).unwrap();
    }
    check("exits", &text);
}
