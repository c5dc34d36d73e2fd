//! Every verb in the name of somebody who does not see everything: it says what it would say if what they may not know of were not there.
//!
//! Two workspaces differ in what is veiled: one has it, the other never heard of it. Every line that can be typed is
//! tried in both, as a deed and as every trial of it, and the answers are the same to the word. A verb that is added is
//! walked by itself; an argument with a new kind of value fails the test until [`words_for`] knows what may stand there.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod home;

use std::fs;
use std::os::unix::fs::MetadataExt;

use clap::{Arg, Command};
use home::Home;
use rolecall::cli;

/// What is in the name of everything that is veiled, and in nothing else.
const VEILED: &str = "veiled";
/// The address of somebody who is, and one that is nearly it.
const HIDDEN: &str = "someone@veiled.example";
const NEARLY: &str = "someone@veiled.exampl";

/// What gives somebody something, or takes an address for them: whoever may invite learns by that whether it is taken.
const GIVING: [&[&str]; 3] = [&["assign"], &["invite", "send"], &["person", "add"]];

const SEEN: &str = r#"{"type":"workspace","name":"Northlight","owner":"dana@agency.example","ceiling":"strict"}
{"type":"folder","key":"shown","name":"Shown","parent":null}
{"type":"person","email":"dana@agency.example","name":"Dana Holt"}
{"type":"person","email":"emil@seen.example","name":"Emil Lind"}
{"type":"person","email":"lars@seen.example","name":"Lars Berg"}
{"type":"person","email":"nora@seen.example","name":"Nora Vik"}
{"type":"site","key":"open-shop","name":"Open shop","url":"https://open.example","platform":"wix","folder":"shown","owner":"dana@agency.example","host":"agency","apps":["Wix Stores"],"status":"published"}
{"type":"site","key":"own-shop","name":"Own shop","url":"https://own.example","platform":"wix","folder":null,"owner":"nora@seen.example","host":"owner","apps":[],"status":"published"}
{"type":"role","key":"helper","name":"Helper","platform":"wix","level":"both","permissions":["stores.orders.manage"]}
{"type":"role","key":"fitter","name":"Fitter","platform":"wix","level":"site","permissions":["apps.apps.install","sites.general_info.manage","blog.posts.write"]}
{"type":"assignment","person":"emil@seen.example","role":"helper","level":"site","scope":{"site":"open-shop"},"since":null,"until":null,"reason":null}
{"type":"assignment","person":"lars@seen.example","role":"fitter","level":"site","scope":{"site":"open-shop"},"since":null,"until":null,"reason":null}
{"type":"assignment","person":"emil@seen.example","role":"helper","level":"site","scope":{"site":"own-shop"},"since":null,"until":null,"reason":null}
"#;

const UNSEEN: &str = r#"{"type":"folder","key":"veiled-folder","name":"Veiled folder","parent":null}
{"type":"person","email":"someone@veiled.example","name":"Veiledvera"}
{"type":"person","email":"vic@veiled.example","name":"Veiled Vic"}
{"type":"contact","name":"Veiled Contact","email":"contact@veiled.example","status":"client","labels":["veiled-label"],"notes":"veiled note"}
{"type":"contact","name":"Emil's veiled contact","email":"emil@seen.example","status":"lead","labels":["veiled-label"],"notes":""}
{"type":"site","key":"veiled-site","name":"Veiled site","url":"https://veiled.example","platform":"wordpress","folder":"veiled-folder","owner":"someone@veiled.example","host":"owner","apps":[],"status":"published"}
{"type":"role","key":"veiled-role","name":"Veiled role","platform":"wordpress","level":"both","permissions":["edit_posts"]}
{"type":"assignment","person":"vic@veiled.example","role":"veiled-role","level":"site","scope":{"site":"veiled-site"},"since":null,"until":null,"reason":"veiled reason"}
{"type":"assignment","person":"someone@veiled.example","role":"fitter","level":"site","scope":{"site":"open-shop"},"since":null,"until":"2030-01-31T00:00:00Z","reason":"veiled reason"}
{"type":"assignment","person":"vic@veiled.example","role":"helper","level":"team","scope":"everywhere","since":null,"until":null,"reason":"veiled reason"}
"#;

const PLAN: &str = r#"{"leave":{"person":"emil@seen.example","from":{"site":"own-shop"}}}
{"remove":{"site":"veiled-site"}}
"#;

/// Somebody who does not see everything, with a site and a folder that they know of.
struct Actor {
    email: &'static str,
    site: &'static str,
    /// Whether they may invite.
    invites: bool,
}

const ACTORS: [Actor; 3] = [
    Actor { email: "emil@seen.example", site: "open-shop", invites: false },
    Actor { email: "lars@seen.example", site: "open-shop", invites: false },
    Actor { email: "nora@seen.example", site: "own-shop", invites: true },
];

/// What may stand for an argument.
struct Value {
    given: String,
    /// Of a name that is veiled: the same for something that is nowhere.
    nowhere: Option<String>,
}

fn words(all: &[&str]) -> Vec<Value> {
    all.iter().map(|it| Value { given: (*it).to_owned(), nowhere: None }).collect()
}

/// A name that the actor knows, one that is veiled, and one that is next to it and nowhere.
fn name(known: &str, veiled: &str, nowhere: &str) -> Vec<Value> {
    let hidden = Value { given: veiled.to_owned(), nowhere: Some(nowhere.to_owned()) };
    words(&[known]).into_iter().chain([hidden]).collect()
}

/// Somebody whom the actor knows; and one who is veiled by their address, by what is nearly it, and by their name.
fn people(known: &str) -> Vec<Value> {
    let hidden = [(HIDDEN, "someonq@veiled.example"), (NEARLY, "zz@nowhere.example"), ("Veiledvera", "Veiledverq")];
    let hidden = hidden.map(|(given, nowhere)| Value { given: given.to_owned(), nowhere: Some(nowhere.to_owned()) });
    words(&[known]).into_iter().chain(hidden).collect()
}

/// What may stand for an argument, by what the usage line calls it.
fn words_for(called: &str, actor: &Actor) -> Option<Vec<Value>> {
    Some(match called {
        "PERSON" | "EMAIL" => people(actor.email),
        "SITE" => name(actor.site, "veiled-site", "veiled-sitq"),
        "ROLE" | "A" | "B" => name("helper", "veiled-role", "veiled-rolq"),
        "TEMPLATE" => words(&["shop-packer", "no-template"]),
        "FOLDER" | "PARENT" => name("shown", "veiled-folder", "veiled-foldeq"),
        "CONTACT" => name("nobody@seen.example", "contact@veiled.example", "contacq@veiled.example"),
        "WHO" => name(actor.site, "Veiled Contact", "Veiled Contacq"),
        "ROLE=DAYS" => name("helper=30", "veiled-role=30", "veiled-rolq=30"),
        // The first offers are Nora's, the second are veiled, and so are the entries about them.
        "N" | "N|TOKEN" => name("1", "2", "8"),
        "SEQ" => name("2", "5", "800"),
        "SEQ|FROM..TO" => name("2", "5..6", "800..801"),
        "TOKEN" => words(&["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]),
        "PERMISSION" | "PERMISSIONS" => words(&["blog.posts.write", "nothing.at.all"]),
        "NAME" | "TEXT" | "LINE" | "LABEL" | "NOTES" | "NOTE" | "ABOUT" | "REASON" => words(&["A few words"]),
        "REVIEW" => name("shown", "veiled-review", "veiled-revieq"),
        "ITEM" => words(&["1"]),
        "KEY" => words(&["a-key"]),
        "RULE" => words(&["former-with-access", "nothing"]),
        "FINDING" => name(
            "former-with-access:a@seen.example",
            "former-with-access:person@veiled.example",
            "former-with-access:persoq@veiled.example",
        ),
        "VALUE" => words(&["3"]),
        "PHONE" => words(&["+46 70 1"]),
        "URL" => words(&["https://new.example"]),
        "APP" => words(&["Wix Blog"]),
        "EDITOR" => words(&["Wix Studio"]),
        "TIME" | "DAY" => words(&["2098-01-31"]),
        "PLATFORM" | "PLATFORM|PROFILE" => words(&["wix", "wordpress", "nothing"]),
        "PROFILE" => words(&["relaxed", "table"]),
        "COLUMN" => words(&["key", "email"]),
        "WORDS" => words(&["veiled", "!veiled"]),
        "FILE" => words(&["bundle", "batch", "deeds"]),
        "BUNDLE" => words(&["bundle", "deeds"]),
        "ENCODING" => words(&["utf-8"]),
        "FIELD=HEADER" => words(&["email=Mail"]),
        "N|none" | "DAYS" | "UID" | "LIMIT" | "COUNT" => words(&["9"]),
        "WAY" => words(&["1", "2"]),
        "ZONE" => words(&["Europe/Berlin"]),
        "SEQ:HASH" => words(&["1:00"]),
        "GROUP" => words(&["nobody"]),
        "OUT" => words(&["written"]),
        "KEYFILE" => words(&["key"]),
        "TOPIC|VERB" | "VERB" => words(&["can"]),
        _ => return None,
    })
}

/// An argument as it is typed.
#[derive(Clone)]
struct Piece {
    id: String,
    typed: String,
    is_required: bool,
    is_positional: bool,
}

fn piece(arg: &Arg, value: &str) -> Piece {
    let typed = match (arg.get_long(), arg.get_action().takes_values()) {
        (Some(long), true) => format!("--{long}={value}"),
        (Some(long), false) => format!("--{long}"),
        (None, _) => value.to_owned(),
    };
    Piece { id: arg.get_id().to_string(), typed, is_required: arg.is_required_set(), is_positional: arg.is_positional() }
}

/// A verb, the way to it, and who says it.
struct Leaf<'a> {
    command: &'a Command,
    path: &'a [String],
    actor: &'a Actor,
}

impl Leaf<'_> {
    /// The words of a line, if the verb reads them.
    fn line(&self, pieces: &[Piece]) -> Option<Vec<String>> {
        let typed: Vec<String> = pieces.iter().map(|it| it.typed.clone()).collect();
        let reads = self.command.clone().no_binary_name(true).try_get_matches_from(&typed).is_ok();
        reads.then(|| [self.path, &typed].concat())
    }

    /// The line with one argument more or another value for it: without what it cannot stand beside, with what it needs.
    fn with(&self, base: &[Piece], all: &[Piece], new: &Piece) -> Option<Vec<String>> {
        let put = |pieces: &[Piece]| {
            let mut pieces = pieces.to_vec();
            match pieces.iter_mut().find(|it| it.id == new.id) {
                Some(it) => *it = new.clone(),
                None => pieces.push(new.clone()),
            }
            pieces
        };
        let fewer = (0..base.len()).map(|n| [&base[..n], &base[n + 1..]].concat());
        let least = base.iter().filter(|it| it.is_required).cloned().collect();
        let more = all.iter().map(|it| [base, std::slice::from_ref(it)].concat());
        let tries = std::iter::once(base.to_vec()).chain(fewer).chain([least, Vec::new()]).chain(more);
        tries.map(|it| put(&it)).find_map(|it| self.line(&it))
    }

    fn values(&self, arg: &Arg) -> Vec<Value> {
        let possible: Vec<_> = arg.get_possible_values().iter().map(|it| it.get_name().to_owned()).collect();
        if !arg.get_action().takes_values() || !possible.is_empty() {
            return possible.into_iter().chain([String::new()]).take(1).map(|given| Value { given, nowhere: None }).collect();
        }
        let in_usage = arg.get_value_names().and_then(|it| it.first()).map_or_else(String::new, ToString::to_string);
        // These two share their word in the usage line with others.
        let called = if ["encoding", "limit"].contains(&arg.get_id().as_str()) { arg.get_id().as_str().to_uppercase() } else { in_usage };
        words_for(&called, self.actor).unwrap_or_else(|| panic!("{:?}: say in words_for what may stand for {called}", self.path))
    }

    /// Every line that this verb takes: the plain one, and one for every value of every argument. What stands for no
    /// name is tried where it is met first, and the list of that is `met`.
    fn cases(&self, met: &mut Vec<String>) -> Vec<Case> {
        let own = |it: &&Arg| !it.is_global_set() && !["help", "version", "dry_run"].contains(&it.get_id().as_str());
        let args: Vec<&Arg> = self.command.get_arguments().filter(own).collect();
        let has_trial = self.command.get_arguments().any(|it| it.get_id() == "dry_run");
        let all: Vec<Piece> = args.iter().map(|it| piece(it, &self.values(it)[0].given)).collect();
        let (usual, other): (Vec<Piece>, Vec<Piece>) = all.iter().cloned().partition(|it| it.is_required || it.is_positional);
        let bases = std::iter::once(usual.clone()).chain(other.iter().map(|it| [&usual[..], std::slice::from_ref(it)].concat()));
        let base = bases.into_iter().find(|it| self.line(it).is_some()).unwrap_or_else(|| panic!("{:?}: no line is read", self.path));
        let mut cases: Vec<Case> = self.line(&[]).into_iter().map(|words| Case { words, twin: None, has_trial }).collect();
        for arg in args {
            let values = self.values(arg);
            let id = arg.get_id().to_string();
            if values.iter().all(|it| it.nowhere.is_none()) && !arg.is_positional() {
                if met.contains(&id) {
                    continue;
                }
                met.push(id);
            }
            for value in values {
                let with = |value: &str| self.with(&base, &all, &piece(arg, value));
                let words = with(&value.given).unwrap_or_else(|| panic!("{:?}: no line is read with {}", self.path, arg.get_id()));
                let twin = value.nowhere.and_then(|it| with(&it).map(|words| (value.given.clone(), it, words)));
                cases.push(Case { words, twin, has_trial });
            }
        }
        cases
    }
}

/// A line to try.
struct Case {
    words: Vec<String>,
    /// The veiled name in it, another that is nowhere, and the line with that.
    twin: Option<(String, String, Vec<String>)>,
    has_trial: bool,
}

fn walk(command: &Command, path: &[String], actor: &Actor, met: &mut Vec<String>, cases: &mut Vec<Case>) {
    if !path.is_empty() && !command.is_subcommand_required_set() {
        cases.extend(Leaf { command, path, actor }.cases(met));
    }
    // The parser's own `help` beside a verb's verbs prints their usage.
    for inner in command.get_subcommands().filter(|it| path.is_empty() || it.get_name() != "help") {
        walk(inner, &[path, &[inner.get_name().to_owned()]].concat(), actor, met, cases);
    }
}

/// A workspace, and the file as it was before anything was tried.
struct World {
    home: Home,
    pristine: Vec<u8>,
}

/// The agency, with what is veiled or without it.
fn agency(unseen: bool) -> Home {
    let home = Home::empty();
    let records = if unseen { [SEEN, UNSEEN].concat() } else { SEEN.to_owned() };
    fs::write(home.path("bundle"), UNSEEN).unwrap();
    fs::write(home.path("deeds"), PLAN).unwrap();
    fs::write(home.path("batch"), "someone@veiled.example\tblog.posts.write\tveiled-site\n").unwrap();
    fs::write(home.path("records"), records).unwrap();
    home.check(&["import", "bundle", "records"], "", 0);
    let nora = ["--as", "nora@seen.example"];
    home.check(&[&nora[..], &["invite", "send", "guest@seen.example", "--role", "helper", "--site", "own-shop"]].concat(), "", 0);
    home.check(&[&nora[..], &["transfer", "send", "own-shop", "--to", "heir@seen.example"]].concat(), "", 0);
    if unseen {
        home.check(&["invite", "send", "guest@veiled.example", "--role", "veiled-role", "--site", "veiled-site"], "", 0);
        home.check(&["transfer", "send", "veiled-site", "--to", "heir@veiled.example"], "", 0);
        home.check(&["request", "send", "--contact", "contact@veiled.example", "--about", "veiled", "--role", "veiled-role"], "", 0);
        home.check(&["review", "start", "veiled-review", "--site", "veiled-site"], "", 0);
    }
    home.check(&[&nora[..], &["review", "start", "shown", "--site", "own-shop"]].concat(), "", 0);
    home
}

impl World {
    /// Whoever runs the test is this actor from then on.
    fn new(actor: &Actor, unseen: bool) -> World {
        let home = agency(unseen);
        let uid = fs::metadata(home.0.path()).unwrap().uid();
        home.check(&["person", "bind", "dana@agency.example", "--uid", &(uid + 1).to_string()], "", 0);
        home.check(&["person", "bind", actor.email, "--uid", &uid.to_string()], "", 0);
        let pristine = fs::read(home.path("work.db")).unwrap();
        World { home, pristine }
    }

    /// What the program says: exit code and words. What it did is taken back.
    fn says(&self, words: &[String]) -> (Option<i32>, String) {
        let output = self.home.run(&words.iter().map(String::as_str).collect::<Vec<_>>());
        let file = self.home.path("work.db");
        let wal = format!("{file}-wal");
        if fs::metadata(&wal).is_ok_and(|it| it.len() > 0) || fs::read(&file).unwrap() != self.pristine {
            fs::remove_file(wal).ok();
            fs::remove_file(format!("{file}-shm")).ok();
            fs::write(&file, &self.pristine).unwrap();
            // Nor does anybody remember that it was another one.
            fs::remove_dir_all(self.home.path(".local")).ok();
        }
        let text = [output.stdout, b"--\n".to_vec(), output.stderr].concat();
        (output.status.code(), plain(&String::from_utf8_lossy(&text).replace(&self.home.path(""), "")))
    }
}

/// Without what is new with every run: instants, links, letters, numbers of entries and offers.
fn plain(said: &str) -> String {
    let mut plain = String::new();
    let is_word = |c: char| c.is_alphanumeric() || ":.-".contains(c);
    for word in said.split_inclusive(|c: char| !is_word(c)) {
        let bare = word.trim_end_matches(|c: char| !is_word(c));
        let is_day = bare.len() >= 10 && bare.as_bytes()[4] == b'-' && bare.as_bytes()[..4].iter().all(u8::is_ascii_digit);
        let is_hour = bare.len() == 5 && bare.as_bytes()[2] == b':';
        let numbered =
            ["entry ", "entries ", "entries\"", "invitation ", "hand-over ", "request ", "waits "].iter().any(|it| plain.ends_with(it));
        let is_number = numbered && bare.trim_start_matches(':').parse::<u32>().is_ok();
        // The name of a letter has the second in it.
        let is_letter = bare.strip_suffix(".eml").is_some();
        plain += if is_day || is_hour || is_number || is_letter || bare.len() >= 52 { "…" } else { bare };
        plain += &word[bare.len()..];
    }
    plain
}

const TRIALS: [&[&str]; 2] = [&["--dry-run"], &["--dry-run", "--read-only", "--at", "1d"]];
const FORMS: [&[&str]; 2] = [&["--format", "json"], &["--read-only", "--at", "1d"]];

type Said = (Option<i32>, String);

fn is_refused(said: &Said) -> bool {
    matches!(said.0, Some(2 | 3))
}

/// The two workspaces in the name of one actor, and what was against the promise.
struct Walk<'a> {
    actor: &'a Actor,
    with: World,
    without: World,
    faults: Vec<String>,
}

impl Walk<'_> {
    fn check(&mut self, case: &Case) {
        let real = self.with.says(&case.words);
        let forms = if case.has_trial { &TRIALS } else { &FORMS };
        if is_refused(&real) {
            self.alike(case, &case.words, &real);
            // Most is refused to all three alike: the first has all of it, the others the deed alone.
            for flags in TRIALS.iter().filter(|_| case.has_trial && self.actor.email == ACTORS[0].email) {
                let tried = self.with.says(&flagged(&case.words, flags));
                self.expect(tried == real, || format!("{:?} {flags:?}: the trial is not the deed\n{real:?}\n{tried:?}", case.words));
            }
            return;
        }
        self.alike(case, &case.words, &real);
        for flags in forms {
            let words = flagged(&case.words, flags);
            let tried = self.with.says(&words);
            self.expect(!case.has_trial || !is_refused(&tried), || format!("{words:?}: the trial is not the deed\n{real:?}\n{tried:?}"));
            self.alike(case, &words, &tried);
        }
    }

    fn expect(&mut self, holds: bool, fault: impl FnOnce() -> String) {
        if !holds {
            self.faults.push(fault());
        }
    }

    /// What is said where the veiled things are is what is said where they are not, and of a name that nothing has.
    fn alike(&mut self, case: &Case, words: &[String], said: &Said) {
        let given = case.twin.as_ref().map_or("\0", |it| it.0.split('=').next().unwrap());
        let from_a_file = words.iter().any(|it| it.ends_with("batch") || it.ends_with("deeds"));
        let rest = words.iter().fold(said.1.replace(given, "…"), |said, it| said.replace(it.as_str(), "…"));
        self.expect(from_a_file || !rest.to_lowercase().contains(VEILED), || format!("{words:?}: says what is veiled\n{}", said.1));
        if self.actor.invites && given == HIDDEN && GIVING.iter().any(|it| case.words.iter().zip(*it).all(|(said, verb)| said == verb)) {
            return;
        }
        let without = self.without.says(words);
        self.expect(*said == without, || format!("{words:?}: other words where nothing is veiled\n{said:?}\n{without:?}"));
        if let Some((given, nowhere, twin)) = case.twin.as_ref().filter(|_| words == case.words) {
            let other = self.with.says(twin);
            let (given, nowhere) = (given.split('=').next().unwrap(), nowhere.split('=').next().unwrap());
            let same = (said.0, said.1.replace(given, "…")) == (other.0, other.1.replace(nowhere, "…"));
            self.expect(same, || format!("{words:?}: there is a difference to {nowhere}\n{said:?}\n{other:?}"));
        }
    }
}

fn flagged(words: &[String], flags: &[&str]) -> Vec<String> {
    words.iter().cloned().chain(flags.iter().map(|it| (*it).to_owned())).collect()
}

/// By half of the cases each, side by side.
#[track_caller]
fn knows_nothing_of_what_is_veiled(actor: &Actor) {
    let (mut met, mut cases) = (Vec::new(), Vec::new());
    let mut program = cli::program();
    program.build();
    walk(&program, &[], actor, &mut met, &mut cases);
    assert!(cases.len() > 200, "{}", cases.len());
    let faults = |part: &[Case]| {
        let mut walk = Walk { actor, with: World::new(actor, true), without: World::new(actor, false), faults: Vec::new() };
        for it in part {
            walk.check(it);
        }
        walk.faults
    };
    let (one, other) = cases.split_at(cases.len() / 2);
    let faults = std::thread::scope(|scope| {
        let aside = scope.spawn(|| faults(one));
        [faults(other), aside.join().unwrap()].concat()
    });
    assert!(faults.is_empty(), "{} faults in {} cases:\n{}", faults.len(), cases.len(), faults.join("\n\n"));
}

#[test]
fn a_collaborator_knows_nothing_of_what_is_veiled() {
    knows_nothing_of_what_is_veiled(&ACTORS[0]);
}

#[test]
fn who_may_change_a_site_without_seeing_its_people_does_not_learn_of_them() {
    knows_nothing_of_what_is_veiled(&ACTORS[1]);
}

#[test]
fn who_owns_a_site_knows_nothing_of_the_agencys_others() {
    knows_nothing_of_what_is_veiled(&ACTORS[2]);
}

#[test]
fn a_forecast_names_whom_the_actor_sees_and_counts_no_others() {
    let home = agency(true);
    let line = ["site", "edit", "open-shop", "--install", "Wix Blog", "--dry-run"];
    let (all, own) = ("someone@veiled.example on open-shop", "lars@seen.example on open-shop");
    let whole = home.check(&line, "3 people and 1 site would be touched", 0);
    assert!(whole.contains("someone@veiled.example"), "{whole}");
    let part =
        home.check(&[&["--as", "lars@seen.example"], &line[..]].concat(), "as far as you see, 1 person and 1 site would be touched", 0);
    assert!(part.contains(own) && !part.contains(all), "{part}");
    let json = home.check(&[&["--as", "lars@seen.example", "--format", "json"], &line[..]].concat(), "\"whole\":false", 0);
    assert!(!json.contains(VEILED), "{json}");
}

#[test]
fn a_plan_that_names_what_is_veiled_is_answered_as_one_that_names_nothing() {
    let actor = &ACTORS[1];
    let [with, without] = [true, false].map(|it| World::new(actor, it));
    for line in [
        r#"{"remove":{"site":"veiled-site"}}"#,
        r#"{"toggle":{"role":"veiled-role","permissions":["edit_posts"],"to":"revoke"}}"#,
        r#"{"expel":{"person":"someone@veiled.example","from":{"site":"open-shop"}}}"#,
        r#"{"offboard":{"person":"vic@veiled.example","sites_to":null}}"#,
        r#"{"add":{"type":"assignment","person":"lars@seen.example","role":"veiled-role","level":"site","scope":{"site":"open-shop"}}}"#,
        r#"{"cancel":{"invitation":2}}"#,
        r#"{"undo":7}"#,
    ] {
        for deed in
            [&["plan", "named"][..], &["plan", "named", "--out", "kept"], &["apply", "named", "--anyway"], &["apply", "--each", "named"]]
        {
            let words: Vec<String> = deed.iter().map(|it| (*it).to_owned()).collect();
            let [said, other] = [&with, &without].map(|it| {
                fs::write(it.home.path("named"), line).unwrap();
                it.says(&words)
            });
            assert!(is_refused(&said), "{line}: {said:?}");
            assert_eq!(said, other, "{line}: {deed:?}");
        }
    }
}

/// Also where the rest of what is held on a site is to go: what they do not see of it stays.
#[test]
fn a_bundle_that_names_what_is_veiled_is_answered_as_one_that_names_nothing() {
    let site = SEEN.lines().find(|it| it.contains(r#""key":"open-shop""#)).unwrap();
    let gone = SEEN.lines().next().unwrap();
    for actor in &ACTORS[..2] {
        let [with, without] = [true, false].map(|it| World::new(actor, it));
        for line in UNSEEN.lines().chain([site, gone]) {
            for deed in [
                &["plan", "--to", "named"][..],
                &["plan", "--to", "named", "--prune"],
                &["plan", "--to", "named", "--prune", "--yes-remove", "2"],
            ] {
                let words: Vec<String> = deed.iter().map(|it| (*it).to_owned()).collect();
                let [said, other] = [&with, &without].map(|it| {
                    fs::write(it.home.path("named"), line).unwrap();
                    it.says(&words)
                });
                assert_eq!(said, other, "{}: {line}: {deed:?}", actor.email);
            }
        }
    }
}

/// Only by the address, and only that it is taken.
#[test]
fn who_may_invite_learns_nothing_else_of_whom_they_do_not_know() {
    let home = agency(true);
    let nora = |line: &[&'static str]| [&["--as", "nora@seen.example"], line].concat();
    fs::write(home.path("people.csv"), "email,name,role,site\nsomeone@veiled.example,Other Name,helper,own-shop\n").unwrap();
    let said = home.check(&nora(&["import", "people", "people.csv"]), "", 0);
    assert!(!said.contains("Veiledvera") && !said.contains("names that are there"), "{said}");
    let refused = |line: &[&'static str], what: &str| {
        let output = home.run(&nora(line));
        assert_eq!(String::from_utf8(output.stderr).unwrap(), format!("rolecall: no person `{what}`\n"), "{line:?}");
    };
    let here = ["helper", "--site", "own-shop"];
    for unknown in ["Veiled Vic", "vic@veiled.exampl"] {
        refused(&[&["assign", unknown], &here[..]].concat(), unknown);
    }
    let vic = "vic@veiled.example";
    refused(&[&["unassign", vic], &here[..]].concat(), vic);
    refused(&["expel", vic, "--site", "own-shop"], vic);
    refused(&["person", "edit", vic, "--name", "Other"], vic);
    home.check(&nora(&[&["assign", vic], &here[..]].concat()), "vic@veiled.example", 0);
}

/// Also who took back what one did oneself.
#[test]
fn an_entry_that_one_may_not_know_of_is_not_named_as_what_took_another_back() {
    let home = agency(true);
    let nora = ["--as", "nora@seen.example"];
    let taken = home.check(&[&nora[..], &["unassign", "emil@seen.example", "helper", "--site", "own-shop"]].concat(), "entry ", 0);
    let entry = taken.split("entry ").nth(1).unwrap().split(':').next().unwrap();
    home.check(&["undo", entry], "", 0);
    home.refused(&["undo", entry], "took it back already", 3);
    let output = home.run(&[&nora[..], &["undo", entry]].concat());
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said, format!("rolecall: entry {entry} cannot be taken back: it was taken back already\n"));
}

/// Nothing broke: what is there answers by its dates.
#[test]
fn before_the_workspace_began_every_verb_answers() {
    let owner = Actor { email: "dana@agency.example", site: "open-shop", invites: true };
    let (mut met, mut cases) = (Vec::new(), Vec::new());
    let mut program = cli::program();
    program.build();
    walk(&program, &[], &owner, &mut met, &mut cases);
    let home = agency(false);
    for it in cases.iter().filter(|it| it.twin.is_none() && it.words.iter().all(|it| it != "demo")) {
        for flags in [&["--at", "1990-01-01"][..], &["--at", "1990-01-01", "--dry-run"]].iter().take(1 + usize::from(it.has_trial)) {
            let words = flagged(&it.words, flags);
            let output = home.run(&words.iter().map(String::as_str).collect::<Vec<_>>());
            let said = String::from_utf8_lossy(&output.stderr);
            let is_read_anyhow = !matches!(output.status.code(), Some(4) | None);
            assert!(is_read_anyhow, "{words:?}: {said}");
        }
    }
    let expelled = home.run(&["expel", "emil@seen.example", "--site", "own-shop", "--at", "1990-01-01", "--dry-run"]);
    assert!(String::from_utf8_lossy(&expelled.stderr).contains("the journal does not reach back to 1990-01-01"));
    assert_eq!(expelled.status.code(), Some(0));
}

/// Rolf cares for the agency's own sites, for folders, roles and contacts, and sees no team.
const ROLF: &str = r#"{"type":"person","email":"rolf@seen.example","name":"Rolf Dahl"}
{"type":"person","email":"vida@veiled.example","name":"Veiled Vida"}
{"type":"role","key":"keeper","name":"Keeper","platform":"wix","level":"both","permissions":["account.roles.manage","sites.folders.manage","sites.general_info.manage","sites.people.change_role"]}
{"type":"assignment","person":"rolf@seen.example","role":"keeper","level":"team","scope":"everywhere","since":null,"until":null,"reason":null}
{"type":"assignment","person":"rolf@seen.example","role":"keeper","level":"site","scope":{"site":"open-shop"},"since":null,"until":null,"reason":null}
"#;

/// What is taken cannot be given, and that is all that is said of it.
#[test]
fn a_name_that_somebody_unseen_has_cannot_be_used_and_nothing_is_said_of_who_has_it() {
    let home = agency(true);
    fs::write(home.path("more"), ROLF).unwrap();
    home.check(&["import", "bundle", "more"], "", 0);
    let taken: &[(&[&str], &str)] = &[
        (&["site", "edit", "open-shop", "--key", "veiled-site"], "site key `veiled-site`"),
        (&["site", "edit", "open-shop", "--url", "https://veiled.example"], "URL `https://veiled.example`"),
        (&["role", "duplicate", "keeper", "Veiled role", "--key", "other"], "role name `Veiled role`"),
        (&["role", "add", "Veiled role"], "role key `veiled-role`"),
        (&["role", "duplicate", "keeper", "Other", "--key", "veiled-role"], "role key `veiled-role`"),
        (&["person", "edit", "lars@seen.example", "--email", "vida@veiled.example"], "address `vida@veiled.example`"),
    ];
    for (line, what) in taken {
        let output = home.run(&[&["--as", "rolf@seen.example"], *line].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said, format!("rolecall: the {what} cannot be used here; choose another\n"), "{line:?}");
        assert_eq!(output.status.code(), Some(2), "{line:?}");
        home.refused(line, "there is already a", 3);
    }
}
