//! Plans on the command line: shown, run as one entry where nothing has become of their effect, or line by line.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod home;

use std::fs;

use home::Home;
use serde_json::Value;

const AGENCY: &str = r#"{"type":"workspace","name":"Northlight","owner":"dana@nl.example"}
{"type":"person","email":"dana@nl.example","name":"Dana Holt"}
{"type":"person","email":"ana@acme.example","name":"Ana Ruiz"}
{"type":"person","email":"bo@nl.example","name":"Bo"}
{"type":"site","key":"shop","name":"Shop","platform":"wix","folder":null,"owner":"dana@nl.example","apps":["Wix Stores","Wix Blog"]}
{"type":"site","key":"cafe","name":"Cafe","platform":"wix","folder":null,"owner":"dana@nl.example","apps":["Wix Blog"]}
{"type":"role","key":"packer","name":"Packer","platform":"wix","level":"site","permissions":["stores.orders.view"]}
{"type":"assignment","person":"bo@nl.example","role":"packer","level":"site","scope":{"site":"shop"}}
"#;

const GRANT: &str = r#"{"toggle":{"role":"packer","permissions":["stores.orders.manage"],"to":"grant"}}"#;
const ANA: &str = r#"{"add":{"type":"assignment","person":"ana@acme.example","role":"packer","level":"site","scope":{"site":"shop"}}}"#;

fn agency() -> Home {
    let home = Home::empty();
    write(&home, "agency.jsonl", AGENCY);
    home.check(&["import", "bundle", "agency.jsonl"], "entry 1:", 0);
    home
}

fn write(home: &Home, name: &str, text: &str) {
    fs::write(home.path(name), text).unwrap();
}

/// A plan of these lines on what is there now.
fn planned(home: &Home, lines: &[&str], exit: i32) {
    write(home, "lines", &lines.join("\n"));
    home.check(&["plan", "lines", "--out", "plan.jsonl"], "", exit);
}

fn json(home: &Home, args: &[&str], exit: i32) -> Value {
    serde_json::from_str(&home.check(&[args, &["--format", "json"]].concat(), "", exit)).unwrap()
}

#[test]
fn a_plan_is_shown_as_every_trial_is_and_then_run_as_one_entry_once() {
    let home = agency();
    write(&home, "lines", &format!("# what Ana needs\n\n{GRANT}\n{ANA}\n"));
    let shown = home.check(&["plan", "lines", "--out", "plan.jsonl"], "nothing was saved; this would happen:\n  changed role packer", 1);
    for line in
        ["  gave packer: ana@acme.example, site level, site shop", "gain stores.orders.manage", "ana@acme.example, bo@nl.example on shop"]
    {
        assert!(shown.contains(line), "no `{line}` in\n{shown}");
    }
    let trial = json(&home, &["plan", "plan.jsonl"], 1);
    assert_eq!((&trial["dry_run"], trial["changes"].as_array().unwrap().len()), (&Value::Bool(true), 2));
    let text = fs::read_to_string(home.path("plan.jsonl")).unwrap();
    let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!((&first["plan"], &first["workspace"], &first["by"]), (&1.into(), &"Northlight".into(), &"dana@nl.example".into()));
    let verified = json(&home, &["verify"], 0);
    assert_eq!(first["head"], verified["head"]);
    assert_eq!(home.entries(), 1);

    home.check(&["apply", "plan.jsonl"], "2 steps: granted stores.orders.manage in packer", 0);
    assert_eq!(home.entries(), 2);
    home.check(&["can", "ana@acme.example", "stores.orders.manage", "shop"], "yes", 0);
    home.refused(&["apply", "plan.jsonl"], "plan.jsonl was made on entry 1, and by now it is refused: plan.jsonl line 3: ", 3);
    home.check(&["undo"], "", 0);
    home.check(&["can", "ana@acme.example", "stores.orders.view", "shop"], "no", 1);
}

#[test]
fn what_others_did_since_matters_where_it_makes_another_effect() {
    let home = agency();
    planned(&home, &[GRANT], 1);
    home.check(&["contact", "add", "Nova"], "entry 2", 0);
    home.check(&["apply", "plan.jsonl"], "entry 3", 0);
    home.check(&["undo"], "entry 4", 0);

    planned(&home, &[GRANT], 1);
    home.check(&["assign", "ana@acme.example", "packer", "--site", "shop"], "entry 5", 0);
    let output = home.run(&["apply", "plan.jsonl"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{said}");
    let told = [
        "plan.jsonl was made on entry 4, and by now it would do something else:",
        "  - gain stores.orders.manage: bo@nl.example on shop\n",
        "  + gain stores.orders.manage: ana@acme.example, bo@nl.example on shop\n",
        "rolecall plan plan.jsonl shows what it does now",
    ];
    assert!(told.iter().all(|it| said.contains(it)), "{said}");
    assert_eq!(home.entries(), 5);
    home.check(&["apply", "plan.jsonl", "--anyway"], "entry 6", 0);
}

#[test]
fn an_invitation_keeps_its_effect_whatever_its_number_and_its_link_is_made_when_it_is_sent() {
    let home = agency();
    let invite = |to: &str| format!(r#"{{"invite":{{"email":"{to}","level":"site","roles":["packer"],"scopes":[{{"site":"shop"}}]}}}}"#);
    planned(&home, &[&invite("nils@nova.example")], 1);
    home.check(&["invite", "send", "ove@nova.example", "--role", "packer", "--site", "shop"], "invitation 1", 0);
    let done = json(&home, &["apply", "plan.jsonl"], 0);
    let accept = done["sent"][0]["accept"].as_str().unwrap();
    let token = accept.strip_prefix("rolecall accept ").unwrap();
    home.check(&["accept", token], "", 0);
    write(&home, "more", &invite("ulf@nova.example"));
    let answer = home.check(&["apply", "--each", "more"], "ok 5 ", 0);
    assert!(answer.contains("rolecall accept "), "{answer}");
}

#[test]
fn what_cannot_be_read_is_told_with_its_line_and_nothing_is_done() {
    let home = agency();
    for (text, said) in [
        (
            format!("{GRANT}\n{{\"togle\":{{}}}}\n"),
            "lines line 2: this is no command: `togle` is not known at column 8; did you mean `toggle`?; `rolecall help plans`",
        ),
        (format!("{GRANT}\nand so on"), "lines line 2: this is no command: expected value at column 1"),
        ("{\"plan\":1}\n".to_owned(), "lines line 1: this does not say on what the plan was made: missing field `made`"),
        (format!("{{\"plan\":9,\"made\":\"2026-11-21T12:00:00Z\"}}\n{GRANT}"), "this is a plan of the form 9, and 1 is the newest"),
        (format!("{{\"commands\":2,\"at\":\"2026-11-21T12:00:00Z\"}}\n{GRANT}"), "lines was cut: 1 command is missing at its end"),
    ] {
        write(&home, "lines", &text);
        for verb in ["plan", "apply"] {
            home.refused(&[verb, "lines"], said, 2);
        }
    }
    home.refused(&["plan", "nowhere"], "opening nowhere", 4);
    write(&home, "lines", GRANT);
    home.refused(&["apply", "lines"], "lines does not say on which entry it was made", 2);
    home.refused(&["plan", "lines", "--out", "work.db"], "is the workspace itself", 3);
    assert_eq!(home.entries(), 1);
}

#[test]
fn a_refusal_names_its_line_and_keeps_its_code() {
    let home = agency();
    write(&home, "lines", &format!("{GRANT}\n{{\"remove\":{{\"role\":\"nobody\"}}}}\n"));
    home.refused(&["plan", "lines"], "lines line 2: no role `nobody`", 2);
    home.refused(&["apply", "lines", "--anyway"], "lines line 2: no role `nobody`", 2);
    write(&home, "lines", &format!("{GRANT}\n{{\"remove\":{{\"person\":\"dana@nl.example\"}}}}\n"));
    home.refused(&["apply", "lines", "--anyway"], "lines line 2: ", 3);
    assert_eq!(home.entries(), 1);
}

#[test]
fn a_plan_of_another_workspace_is_refused_and_one_without_effect_writes_nothing() {
    let (home, other) = (agency(), Home::demo());
    planned(&home, &[GRANT], 1);
    fs::copy(home.path("plan.jsonl"), other.path("plan.jsonl")).unwrap();
    other.refused(&["apply", "plan.jsonl"], "which is not in this journal; nothing was saved; rolecall plan plan.jsonl shows", 3);
    home.check(&["apply", "plan.jsonl"], "entry 2", 0);

    planned(&home, &[GRANT], 0);
    home.check(&["apply", "plan.jsonl"], "nothing to change: it is so already", 0);
    planned(&home, &[], 0);
    home.check(&["apply", "plan.jsonl"], "nothing to change: it is so already", 0);
    assert_eq!(home.entries(), 2);
}

#[test]
fn line_by_line_each_is_an_entry_and_the_first_that_fails_ends_it() {
    let home = agency();
    let lines = format!("{GRANT}\n# twice is once\n{GRANT}\n{ANA}\n{ANA}\n{{\"undo\":2}}\n");
    let output = home.feed(&["apply", "--each", "-"], &lines);
    let (answer, said) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let heads: Vec<&str> = answer.lines().filter_map(|it| it.strip_prefix("ok ")).collect();
    assert_eq!(heads.iter().map(|it| it.split(' ').next().unwrap()).collect::<Vec<_>>(), ["2", "2", "3"], "{answer}{said}");
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("it was saved, as entry 3; what follows was not done: stdin line 5: "), "{said}");
    let hash = json(&home, &["verify"], 0)["head"].as_str().unwrap().replace(':', " ");
    assert_eq!(heads[2], hash);
    assert_eq!(home.entries(), 3);
    let rows: Value =
        serde_json::from_slice(&home.feed(&["apply", "--each", "-", "--format", "json"], "{\"undo\":3}\n{\"undo\":2}").stdout).unwrap();
    assert_eq!(
        rows.as_array().unwrap().iter().map(|it| it["entry"].as_str().unwrap().split(':').next().unwrap()).collect::<Vec<_>>(),
        ["4", "5"]
    );
}

#[test]
fn where_nothing_may_be_saved_a_plan_is_shown_and_not_run() {
    let home = agency();
    planned(&home, &[GRANT], 1);
    home.check(&["plan", "plan.jsonl", "--read-only"], "gain stores.orders.manage", 1);
    home.refused(&["apply", "plan.jsonl", "--read-only"], "--read-only changes nothing", 3);
    home.refused(&["plan", "plan.jsonl", "--out", "other", "--at", "2099-01-01"], "--out writes a plan on what is there now", 2);
}

#[test]
fn the_screens_open_with_a_plan_that_can_be_read_and_with_no_verb() {
    let home = agency();
    write(&home, "lines", "nonsense");
    home.refused(&["--plan", "lines"], "lines line 1: this is no command: ", 2);
    home.refused(&["--plan", "nowhere"], "opening nowhere", 4);
    home.refused(&["--plan", "lines", "verify"], "--plan opens the screens and goes with no verb", 2);
}

/// What somebody may not know of is in no answer about a plan, whatever became of it.
#[test]
fn whoever_sees_a_part_learns_of_no_more_by_a_plan() {
    let home = agency();
    write(&home, "role", r#"{"toggle":{"role":"account-admin","permissions":["stores.orders.manage"],"to":"grant"}}"#);
    home.refused(&["plan", "role", "--as", "bo@nl.example"], "role line 1: ", 3);
    write(&home, "leave", r#"{"leave":{"person":"bo@nl.example","from":{"site":"shop"}}}"#);
    home.check(&["plan", "leave", "--as", "bo@nl.example", "--out", "plan.jsonl"], "took packer: bo@nl.example", 1);
    home.check(&["assign", "ana@acme.example", "packer", "--site", "cafe"], "entry 2", 0);
    home.check(&["apply", "plan.jsonl", "--as", "bo@nl.example"], "bo@nl.example left", 0);
    let text = fs::read_to_string(home.path("plan.jsonl")).unwrap();
    assert!(!text.contains("ana@") && !text.contains("dana@"), "{text}");
}
