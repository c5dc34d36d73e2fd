//! What every answer keeps, whatever the verb: its filter, its formats, the names that programs know it by.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod asked;
mod home;

use std::collections::BTreeSet;

use asked::{ANSWERS, BIKES, EMIL, OTHERS, agency, json};
use home::Home;
use serde_json::Value;

const PUBLISH: &str = "editor.site.publish";

/// The values of one field of all rows.
fn column(rows: &Value, field: &str) -> BTreeSet<String> {
    rows.as_array().unwrap().iter().map(|it| it[field].as_str().unwrap().to_owned()).collect()
}

fn listed(home: &Home, noun: &str, filter: &str, field: &str) -> BTreeSet<String> {
    column(&json(home, &[noun, "list", "--filter", filter], 0), field)
}

#[test]
fn a_filter_finds_who_can_as_who_can_does() {
    let home = Home::demo();
    let holders = json(&home, &["who-can", PUBLISH], 0);
    let people = listed(&home, "person", &format!("can:{PUBLISH}"), "email");
    assert_eq!(people, column(&holders, "person"));
    assert_eq!(listed(&home, "person", "can:\"publish changes\"", "email"), people, "a label means the same");
    let others = listed(&home, "person", &format!("!can:{PUBLISH}"), "email");
    assert_eq!(&people | &others, listed(&home, "person", "", "email"));
    assert!(people.is_disjoint(&others) && !others.is_empty());

    let owners = json(&home, &["site", "list"], 0);
    let owner = |site: &Value| owners.as_array().unwrap().iter().find(|it| it["key"] == *site).unwrap()["owner"].clone();
    let beside: BTreeSet<String> = holders
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["person"] != owner(&it["site"]))
        .map(|it| it["site"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(listed(&home, "site", &format!("can:{PUBLISH}"), "key"), beside);

    let here = column(&json(&home, &["who-can", PUBLISH, BIKES], 0), "person");
    assert_eq!(column(&json(&home, &["person", "list", "--site", BIKES, "--filter", &format!("can:{PUBLISH}")], 0), "person"), here);

    let shown = json(&home, &["permission", "show", PUBLISH], 0);
    let giving = shown["granted_by"].as_array().unwrap().iter().chain(shown["implied_by"].as_array().unwrap());
    assert_eq!(listed(&home, "role", &format!("can:{PUBLISH}"), "key"), giving.map(|it| it.as_str().unwrap().to_owned()).collect());
}

#[test]
fn what_a_list_counts_is_asked_by_numbers_and_a_field_that_there_is_not_is_said() {
    let home = Home::demo();
    for site in json(&home, &["site", "list"], 0).as_array().unwrap().iter().take(3).map(|it| it["key"].as_str().unwrap()) {
        let n = json(&home, &["person", "list", "--site", site], 0).as_array().unwrap().len();
        let found = |filter: &str| listed(&home, "site", filter, "key").contains(site);
        assert!(found(&format!("people:{n}")) && found(&format!("people:>={n}")) && !found(&format!("!people:{n}")), "{site} {n}");
    }
    assert!(listed(&home, "role", "holders:>0", "key").contains("store-helper"));
    assert!(!listed(&home, "role", "holders:0", "key").contains("store-helper"));
    assert_eq!(listed(&home, "person", "sites:>1 emil", "email"), BTreeSet::from([EMIL.to_owned()]));
    home.refused(&["site", "list", "--filter", "folk:15"], "no field `folk` here; there are: key, name, url", 2);
    home.refused(&["person", "list", "--filter", "people:15"], "no field `people` here; there are: email, name", 2);
    home.refused(&["person", "list", "--filter", "label:vip"], "no field `label` here", 2);
    home.check(&["contact", "list", "--filter", "https://nowhere"], "", 1);
}

#[test]
fn words_of_a_permission_find_whoever_has_any_that_they_mean_and_several_add_up() {
    let home = Home::demo();
    let any = listed(&home, "role", "can:publish", "key");
    assert!(any.is_superset(&listed(&home, "role", &format!("can:{PUBLISH}"), "key")));
    let both = listed(&home, "role", &format!("can:{PUBLISH} can:\"manage orders\" !role:admin"), "key");
    assert!(both.is_subset(&any) && both.len() < any.len());
    home.refused(&["person", "list", "--filter", "can:publihs"], "no permission `publihs`", 2);
    home.refused(&["contact", "list", "--filter", "can:publish"], "no field `can` here", 2);
    home.check(&["permission", "list", "--filter", "id:editor.site.publish"], "Publish changes", 0);
}

#[test]
fn whoever_sees_only_their_own_is_told_what_they_can_do_themselves() {
    let home = Home::demo();
    let own = ["--as", EMIL, "site", "list", "--filter"];
    home.check(&[&own[..], &["can:stores.orders.manage"]].concat(), BIKES, 0);
    // Karin can, and Emil sees the site.
    home.check(&[&own[..], &[&format!("can:{PUBLISH} {BIKES}")]].concat(), "", 1);
    home.check(&[&own[..], &[&format!("!can:{PUBLISH} {BIKES}")]].concat(), BIKES, 0);
}

/// The verbs that have no further verbs under them.
fn leaves(command: &clap::Command, path: &str, found: &mut BTreeSet<String>) {
    for inner in command.get_subcommands() {
        let path = format!("{path} {}", inner.get_name());
        leaves(inner, &path, found);
        if inner.get_subcommands().next().is_none() || path == " journal" {
            found.insert(path.trim_start().to_owned());
        }
    }
}

/// Runs a verb in each format, and says which answer cannot be read or lacks a word.
fn wrong(home: &Home, args: &str, words: &[&str]) -> Vec<String> {
    let (mut wrong, mut exits) = (Vec::new(), BTreeSet::new());
    for format in ["table", "json", "csv", "md", "html"] {
        let output = home.run(&args.split(' ').chain(["--format", format]).collect::<Vec<_>>());
        let (answer, said) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        // A page to leave behind is for readers, who are told no keys.
        let is_page = answer.starts_with("<!doctype html>");
        let missing: Vec<_> = words.iter().filter(|it| !is_page && !answer.contains(**it)).collect();
        let is_read = match format {
            "json" => serde_json::from_str::<Value>(&answer).is_ok(),
            "csv" => {
                csv::Reader::from_reader(answer.as_bytes()).into_records().collect::<Result<Vec<_>, _>>().is_ok_and(|it| !it.is_empty())
            }
            "html" if is_page => answer.contains("<h1>") && answer.ends_with("</html>\n"),
            "html" => answer.starts_with("<table>") && answer.ends_with("</table>\n"),
            "md" => answer.lines().count() > 2 && answer.lines().all(|it| it.starts_with('|')),
            _ => !answer.is_empty(),
        };
        exits.insert(output.status.code());
        if !is_read || !missing.is_empty() {
            wrong.push(format!("{args} --format {format}: read: {is_read}, missing: {missing:?} in\n{answer}{said}"));
        }
    }
    if exits.len() > 1 || !exits.iter().all(|it| matches!(it, Some(0 | 1))) {
        wrong.push(format!("{args}: {exits:?}"));
    }
    wrong
}

#[test]
fn every_verb_that_answers_does_so_in_every_format() {
    let mut verbs = BTreeSet::new();
    let mut program = rolecall::cli::program();
    program.build();
    leaves(&program, "", &mut verbs);
    assert!(verbs.contains("role grant"), "{verbs:?}");
    let known = |verb: &&String| {
        let begins = |args: &str| args == verb.as_str() || args.strip_prefix(verb.as_str()).is_some_and(|it| it.starts_with(' '));
        OTHERS.contains(&verb.as_str()) || ANSWERS.iter().any(|it| begins(it.0))
    };
    let left: Vec<&String> = verbs.iter().filter(|it| !known(it)).collect();
    assert!(left.is_empty(), "neither among those that answer nor among the others: {left:?}");
    let home = agency();
    let wrong: Vec<String> = ANSWERS.iter().flat_map(|(args, words)| wrong(&home, args, words)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_was_done_and_sent_is_told_in_every_format() {
    let home = Home::demo();
    for (n, format) in ["table", "json", "csv", "md"].iter().enumerate() {
        let to = format!("nova-{n}@nova.example");
        let answer = home.check(&["invite", "send", &to, "--role", "store-helper", "--site", "kiln-kitchen", "--format", format], &to, 0);
        assert!(answer.contains("rolecall accept ") && answer.contains(".eml"), "{answer}");
        home.check(&["contact", "add", &format!("Nova {n}"), "--format", format], &format!("Nova {n}"), 0);
    }
}

#[test]
fn a_matrix_is_keyed_by_what_programs_know_its_columns_by() {
    let home = Home::demo();
    let cells = |args: &[&str], exit| json(&home, args, exit)[0]["cells"].as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    assert!(cells(&["matrix", "roles", "--platform", "wix"], 0).contains("website-manager"));
    assert!(cells(&["matrix", "people", "--site", BIKES], 0).contains("karin@lindqvist-bikes.example"));
    assert!(cells(&["matrix", "sites", "--person", EMIL], 0).contains(BIKES));
    for column in ["website-manager", "Website Manager"] {
        let picked = ["matrix", "roles", "--filter", PUBLISH, "--columns", &format!("permission,{column}")];
        let row = json(&home, &picked, 0)[0].clone();
        assert_eq!(row.to_string(), format!("{{\"cells\":{{\"website-manager\":\"granted\"}},\"permission\":\"{PUBLISH}\"}}"));
    }
    let summary = json(&home, &["matrix", "roles", "--summary"], 0);
    assert!(column(&summary, "role").contains("website-manager"));
    home.check(&["matrix", "roles", "--summary", "--format", "csv"], "\nWebsite Manager,", 0);
}

#[test]
fn an_entry_names_all_that_it_took_back() {
    let home = Home::demo();
    for name in ["One", "Two", "Three"] {
        home.check(&["contact", "add", name], "", 0);
    }
    home.check(&["undo", "2..3"], "", 0);
    let taken = |home: &Home, seq: &str| json(home, &["journal", "show", seq], 0)["takes_back"].clone();
    assert_eq!(taken(&home, "5"), serde_json::json!([3, 2]));
    home.check(&["undo"], "", 0);
    assert_eq!(taken(&home, "6"), serde_json::json!([4]));
    assert_eq!(json(&home, &["journal", "--limit", "1"], 0)[0]["takes_back"], serde_json::json!([4]));
    home.check(&["redo"], "", 0);
    assert_eq!(taken(&home, "7"), serde_json::json!([6]));
    assert_eq!(taken(&home, "4"), Value::Null);
}

#[test]
fn a_range_begins_and_ends_in_the_journal() {
    let home = Home::demo();
    home.check(&["contact", "add", "Zebulon"], "", 0);
    home.refused(&["undo", "5..2"], "5 comes after 2: write the older entry first, 2..5", 2);
    home.refused(&["undo", "2..5"], "no range of journal entries `2..5`; the newest is 2", 2);
    home.refused(&["undo", "7..9"], "no range of journal entries `7..9`; the newest is 2", 2);
    home.check(&["contact", "list", "--filter", "Zebulon"], "Zebulon", 0);
    home.check(&["undo", "2..2"], "", 0);
    home.check(&["contact", "list", "--filter", "Zebulon"], "", 1);
}

#[test]
fn of_several_chains_one_is_the_shortest_and_programs_get_all() {
    let home = Home::demo();
    home.check(&["role", "add", "Chief", "--permissions", "blog.posts.publish_all"], "", 0);
    home.check(&["assign", EMIL, "chief", "--site", BIKES], "", 0);
    let why = ["why", EMIL, "blog.posts.write", BIKES];
    home.check(&why, "granted blog.posts.publish_all → requires ", 0);
    home.check(&why, "(shortest of 2)", 0);
    home.check(&[&why[..], &["--format", "csv"]].concat(), "(shortest of 2)", 0);
    let routes = json(&home, &why, 0)["routes"].clone();
    let several: Vec<&Value> = routes.as_array().unwrap().iter().filter(|it| it.get("chains").is_some()).collect();
    let chains = several[0]["chains"].as_array().unwrap();
    assert_eq!((several.len(), chains.len(), &chains[0]), (1, 2, &several[0]["chain"]));
    assert!(chains.iter().all(|it| it[0] == "blog.posts.publish_all" && it.as_array().unwrap().last().unwrap() == "blog.posts.write"));
    assert_ne!(chains[0], chains[1]);
}
