//! The documents tell the truth: their keys, verbs, options and answers are the program's.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod plain;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use plain::plain;
use rolecall::domain::record::Record;
use rolecall::tui::{self, keymap};
use tempfile::TempDir;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
const CHANGELOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/CHANGELOG.md");
const MANUAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/manual");
/// Most lines of the page that a stranger reads first.
const MAX_README: usize = 200;
/// Where the key table stands. `UPDATE=1 cargo test --test docs` writes it anew.
const KEYS: [&str; 2] = ["<!-- keys -->\n", "<!-- /keys -->"];
/// Words that belong to one machine, or promise what nobody can check.
const NEVER: &[&str] = &["/home/", "/root/", "localhost", "TODO", "FIXME", "blazing", "seamless", "effortless"];

/// A page of the manual.
fn page(name: &str) -> String {
    fs::read_to_string(format!("{MANUAL}/{name}.md")).unwrap()
}

/// The README and the pages of the manual, by their paths.
fn pages() -> Vec<(PathBuf, String)> {
    let manual = fs::read_dir(MANUAL).unwrap().map(|it| it.unwrap().path());
    let mut paths: Vec<PathBuf> = manual.chain([PathBuf::from(README)]).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

fn run(home: &TempDir, args: &[String]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rolecall"));
    command.args(args).current_dir(env!("CARGO_MANIFEST_DIR"));
    command.env_clear().env("HOME", home.path()).env("ROLECALL_DB", home.path().join("agency.db")).env("LANG", "C.UTF-8");
    command.output().unwrap()
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

/// The fenced blocks of one language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    text.split(&*fence).skip(1).map(|rest| rest.split_once("```").unwrap().0).collect()
}

/// The actions as a table, those without a key left out.
fn key_table() -> String {
    let mut table = "| where | keys | what |\n| --- | --- | --- |\n".to_owned();
    for place in tui::places() {
        let mut title = place.title;
        for it in place.entries.iter().filter(|it| !it.keys.is_empty()) {
            let keys: Vec<String> = it.keys.iter().map(|key| format!("`{}`", keymap::show(key))).collect();
            writeln!(table, "| {title} | {} | {} |", keys.join(" "), it.help).unwrap();
            title = "";
        }
    }
    table
}

#[test]
fn the_key_table_is_the_action_table() {
    let text = page("keys");
    let (before, rest) = text.split_once(KEYS[0]).unwrap();
    let (found, after) = rest.split_once(KEYS[1]).unwrap();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(format!("{MANUAL}/keys.md"), [before, KEYS[0], &key_table(), KEYS[1], after].concat()).unwrap();
        return;
    }
    assert_eq!(found, key_table(), "the key table is old: UPDATE=1 cargo test --test docs");
}

/// The verbs and options that a verb's help lists, its own verbs' included.
fn gather(home: &TempDir, verb: &[String], verbs: &mut BTreeSet<String>, options: &mut BTreeSet<String>) {
    let asked = [verb, &["-h".to_owned()]].concat();
    let help = String::from_utf8(run(home, &asked).stdout).unwrap();
    let is_option = |word: &&str| word.starts_with("--");
    options.extend(help.split_whitespace().filter(is_option).map(|it| bare(it).to_owned()));
    let Some((_, rest)) = help.split_once("Commands:\n") else { return };
    for line in rest.lines().take_while(|it| !it.is_empty()).filter(|it| it.starts_with("  ") && !it.starts_with("   ")) {
        let inner = [verb, &words(line)[..1]].concat();
        verbs.insert(inner.join(" "));
        gather(home, &inner, verbs, options);
    }
}

/// An option without what stands around it.
fn bare(word: &str) -> &str {
    let end = word.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(word.len());
    &word[..end]
}

#[test]
fn every_verb_is_described_and_every_option_named_exists() {
    let home = TempDir::new().unwrap();
    let (mut verbs, mut options) = (BTreeSet::new(), BTreeSet::new());
    gather(&home, &[], &mut verbs, &mut options);
    // The short help leaves these out.
    options.extend(["--theme", "--ascii", "--mouse", "--present", "--clock-is-right"].map(str::to_owned));
    let text = page("commands");
    let table = text.split("| verb | what |").nth(1).unwrap().split("\n\n").next().unwrap();
    for verb in verbs.iter().filter(|it| !it.contains(' ')) {
        assert!(table.contains(&format!("`{verb} ")) || table.contains(&format!("`{verb}`")), "no page describes `{verb}`");
    }
    let all: String = pages().into_iter().map(|it| it.1).collect();
    for line in all.lines().filter(|it| !it.contains("cargo ")) {
        for word in line.split(|c: char| c.is_whitespace() || "`|[](<".contains(c)).filter(|it| it.starts_with("--")) {
            let named = bare(word);
            assert!(named.trim_matches('-').is_empty() || options.contains(named), "there is no option {named}: {line}");
        }
    }
}

/// A command line as a shell splits it, quotes included, and the exit code that its remark promises.
fn command_line(line: &str) -> (Vec<String>, i32) {
    let (line, remark) = line.split_once(" # ").unwrap_or((line, "exit 0"));
    let mut args = vec![String::new()];
    let mut quote = None;
    for c in line.trim().chars() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, ' ') => args.push(String::new()),
            (_, c) => args.last_mut().unwrap().push(c),
        }
    }
    args.retain(|it| !it.is_empty());
    (args, remark.trim().strip_prefix("exit ").unwrap().parse().unwrap())
}

/// Whether the answer is what is shown; a line with `…` alone stands for any lines.
fn is_shown(shown: &[String], answer: &[String]) -> bool {
    match shown.split_first() {
        None => answer.is_empty(),
        Some((first, rest)) if first == "…" => (0..=answer.len()).any(|skipped| is_shown(rest, &answer[skipped..])),
        Some((first, rest)) => answer.first() == Some(first) && is_shown(rest, &answer[1..]),
    }
}

#[test]
fn the_command_lines_answer_as_shown() {
    let mut n = 0;
    for (_, text) in pages() {
        // Each page is read by itself.
        let home = TempDir::new().unwrap();
        for part in format!("\n{}", blocks(&text, "console").concat()).split("\n$ ").filter_map(|it| it.strip_prefix("rolecall ")) {
            let (line, shown) = part.split_once('\n').unwrap_or((part, ""));
            let (args, code) = command_line(line);
            let output = run(&home, &args);
            let answer = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            assert_eq!(output.status.code(), Some(code), "{line}\n{answer}");
            let all = |text: &str| text.trim_end().lines().map(plain).collect::<Vec<_>>();
            assert!(is_shown(&all(shown), &all(&answer)), "rolecall {line}\nprints\n{answer}\nnot\n{shown}");
            n += 1;
        }
    }
    assert!(n > 10, "{n} command lines");
}

#[test]
fn the_bundle_shows_every_kind_of_record_and_goes_in() {
    let (home, text) = (TempDir::new().unwrap(), page("bundle"));
    let bundle = blocks(&text, "jsonl").concat();
    let unknown = serde_json::from_str::<Record>(r#"{"type":"?"}"#).unwrap_err().to_string();
    // The parser lists what it knows between backticks.
    for kind in unknown.split('`').skip(3).step_by(2) {
        assert!(bundle.contains(&format!(r#""type":"{kind}""#)), "no {kind} in the page's bundle");
    }
    let file = home.path().join("bundle.jsonl");
    fs::write(&file, bundle).unwrap();
    let import = ["import", "bundle", file.to_str().unwrap()].map(str::to_owned);
    assert!(run(&home, &import).status.success(), "{:?}", run(&home, &import));
    let again = String::from_utf8(run(&home, &import).stdout).unwrap();
    assert!(again.contains("nothing to change"), "{again}");
}

#[test]
fn what_the_pages_link_to_is_there() {
    for (path, text) in pages() {
        for target in text.split("](").skip(1).map(|rest| rest.split([')', '#']).next().unwrap()) {
            let is_here = !target.is_empty() && !target.starts_with("http");
            assert!(
                !is_here || path.parent().unwrap_or(Path::new(ROOT)).join(target).exists(),
                "{}: {target} is not there",
                path.display()
            );
        }
    }
}

#[test]
fn the_readme_is_short_and_names_every_page_which_help_shows() {
    let text = fs::read_to_string(README).unwrap();
    assert!(text.lines().count() <= MAX_README, "{} lines", text.lines().count());
    let home = TempDir::new().unwrap();
    for (path, page) in pages().into_iter().filter(|it| it.0 != Path::new(README)) {
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(text.contains(&format!("[{name}](assets/manual/{name}.md)")), "the README does not name {name}");
        let shown = run(&home, &["help", name].map(str::to_owned)).stdout;
        assert_eq!(String::from_utf8(shown).unwrap(), page, "help {name}");
    }
}

#[test]
fn the_rust_that_is_asked_for_is_the_one_that_the_sources_need() {
    let needed = format!("Rust {} or newer", env!("CARGO_PKG_RUST_VERSION"));
    for path in [README, concat!(env!("CARGO_MANIFEST_DIR"), "/.ci/run")] {
        assert!(fs::read_to_string(path).unwrap().contains(&needed), "{path} does not ask for {needed}");
    }
}

#[test]
fn the_documents_name_no_machine_and_promise_no_wonders() {
    let changelog = (PathBuf::from(CHANGELOG), fs::read_to_string(CHANGELOG).unwrap());
    for (path, text) in pages().into_iter().chain([changelog]) {
        for word in NEVER {
            assert!(!text.contains(word), "{} says `{word}`", path.display());
        }
    }
}
