//! What every answer keeps, whatever the verb: its filter, its formats, the names that programs know it by.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod home;

use std::collections::BTreeSet;

use home::Home;
use serde_json::Value;

const PUBLISH: &str = "editor.site.publish";
const EMIL: &str = "emil@lindqvist-bikes.example";
const BIKES: &str = "lindqvist-bikes";

fn json(home: &Home, args: &[&str], exit: i32) -> Value {
    serde_json::from_str(&home.check(&[args, &["--format", "json"]].concat(), "", exit)).unwrap()
}

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
fn words_of_a_permission_find_whoever_has_any_that_they_mean_and_several_add_up() {
    let home = Home::demo();
    let any = listed(&home, "role", "can:publish", "key");
    assert!(any.is_superset(&listed(&home, "role", &format!("can:{PUBLISH}"), "key")));
    let both = listed(&home, "role", &format!("can:{PUBLISH} can:\"manage orders\" !role:admin"), "key");
    assert!(both.is_subset(&any) && both.len() < any.len());
    home.refused(&["person", "list", "--filter", "can:publihs"], "no permission `publihs`", 2);
    home.refused(&["contact", "list", "--filter", "can:publish"], "this list has no `can`", 2);
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

/// Verbs that answer, each with words that every format of its answer has.
const ANSWERS: &[(&str, &[&str])] = &[
    ("can karin@lindqvist-bikes.example editor.site.publish lindqvist-bikes", &["editor.site.publish", "lindqvist-bikes", "site"]),
    ("why emil@lindqvist-bikes.example stores.orders.manage lindqvist-bikes", &["store-helper", "stores.orders.manage"]),
    ("who-can editor.site.publish lindqvist-bikes", &["karin@lindqvist-bikes.example"]),
    ("what-can emil@lindqvist-bikes.example lindqvist-bikes", &["stores.orders.manage"]),
    ("matrix roles --platform wix", &["editor.site.publish"]),
    ("matrix people --site lindqvist-bikes", &["karin@lindqvist-bikes.example", "editor.site.publish"]),
    ("matrix sites --person emil@lindqvist-bikes.example", &["lindqvist-bikes", "editor.site.publish"]),
    ("contact list", &["emil@lindqvist-bikes.example"]),
    ("contact show karin@lindqvist-bikes.example", &["Karin Lindqvist", "client"]),
    ("contact add Nova --email nova@nova.example --dry-run", &["Nova"]),
    ("contact edit karin@lindqvist-bikes.example --status former --dry-run", &["Karin"]),
    ("contact remove emil@lindqvist-bikes.example --dry-run", &["Emil"]),
    ("person list", &["karin@lindqvist-bikes.example", "Karin Lindqvist"]),
    ("person show emil@lindqvist-bikes.example", &["store-helper"]),
    ("person add ove@nova.example --dry-run", &["ove@nova.example"]),
    ("person edit emil@lindqvist-bikes.example --name Emilio --dry-run", &["emil@lindqvist-bikes.example"]),
    ("person bind emil@lindqvist-bikes.example --uid 4242 --dry-run", &["4242"]),
    ("person unbind --uid 4243 --dry-run", &["4243"]),
    ("person remove nova@nova.example --dry-run", &["nova@nova.example"]),
    ("site list", &["lindqvist-bikes", "published"]),
    ("site show lindqvist-bikes", &["emil@lindqvist-bikes.example", "store-helper"]),
    ("site add Nova --dry-run", &["nova"]),
    ("site edit lindqvist-bikes --name Wheels --dry-run", &["lindqvist-bikes"]),
    ("site remove lindqvist-bikes --dry-run", &["lindqvist-bikes", "store-helper"]),
    ("folder list", &["retail"]),
    ("folder show retail", &["retail"]),
    ("folder add Other --dry-run", &["other"]),
    ("folder edit retail --name Shops --dry-run", &["retail"]),
    ("folder remove nova --dry-run", &["nova"]),
    ("role list", &["store-helper", "Store helper"]),
    ("role show store-helper", &["stores.orders.manage"]),
    ("role add Other --permissions stores.orders.manage --dry-run", &["other"]),
    ("role edit store-helper --name Helper --dry-run", &["store-helper"]),
    ("role remove nova --dry-run", &["nova"]),
    ("role duplicate store-helper Other --key other-nova --dry-run", &["other-nova"]),
    ("role grant store-helper editor.site.publish --dry-run", &["editor.site.publish", "emil@lindqvist-bikes.example"]),
    ("role revoke store-helper stores.orders.manage --dry-run", &["stores.orders.manage", "emil@lindqvist-bikes.example"]),
    ("role pin store-helper stores.orders.view --dry-run", &["store-helper"]),
    ("role diff website-manager website-designer", &["website-manager", "website-designer", "wider"]),
    ("permission list", &["editor.site.publish", "Publish changes"]),
    ("permission show editor.site.publish", &["editor.site.publish", "Publish changes", "website-manager"]),
    ("ceiling", &["wix", "strict"]),
    ("assign emil@lindqvist-bikes.example website-manager --site lindqvist-bikes --dry-run", &["website-manager", "sites.people.view"]),
    ("unassign emil@lindqvist-bikes.example store-helper --site lindqvist-bikes --dry-run", &["store-helper", "stores.orders.manage"]),
    ("give emil@lindqvist-bikes.example crm.inbox.manage lindqvist-bikes --dry-run", &["front-desk-staff", "crm.inbox.manage"]),
    ("take emil@lindqvist-bikes.example stores.orders.manage lindqvist-bikes --dry-run", &["stores.orders.manage"]),
    ("assignment list", &["store-helper", "emil@lindqvist-bikes.example"]),
    ("invite list", &["nils@nova.example"]),
    ("invite show 1", &["nils@nova.example", "store-helper"]),
    ("invite send ove@nova.example --role store-helper --site lindqvist-bikes --dry-run", &["ove@nova.example"]),
    ("invite resend 1 --dry-run", &["nils@nova.example"]),
    ("invite cancel 1 --dry-run", &["nils@nova.example"]),
    ("invite decline 1 --dry-run", &["nils@nova.example"]),
    ("request list", &["karin@lindqvist-bikes.example"]),
    ("request show 1", &["karin@lindqvist-bikes.example"]),
    ("request send --contact karin@lindqvist-bikes.example --role website-designer --about Shop --dry-run", &["request 2"]),
    ("request approve 1 --site papergarden --dry-run", &["invitation 2"]),
    ("request decline 1 --dry-run", &["request 1"]),
    ("request withdraw 1 --dry-run", &["request 1"]),
    ("request resend 1 --dry-run", &["request 1"]),
    ("transfer list", &["karin@lindqvist-bikes.example"]),
    ("transfer show 1", &["karin@lindqvist-bikes.example"]),
    ("transfer send lindqvist-bikes --to karin@lindqvist-bikes.example --dry-run", &["lindqvist-bikes"]),
    ("transfer resend 1 --dry-run", &["karin@lindqvist-bikes.example"]),
    ("transfer cancel 1 --dry-run", &["karin@lindqvist-bikes.example"]),
    ("transfer decline 1 --dry-run", &["karin@lindqvist-bikes.example"]),
    ("partner list", &["brandt-physio"]),
    ("partner show brandt-physio", &["brandt-physio"]),
    ("partner propose fjord-piano --dry-run", &["fjord-piano"]),
    ("partner reclaim nowak-joinery --dry-run", &["nowak-joinery"]),
    ("partner resend 2 --dry-run", &["brandt-physio"]),
    ("partner cancel 2 --dry-run", &["brandt-physio"]),
    ("partner decline 2 --dry-run", &["brandt-physio"]),
    ("team show", &["Northlight"]),
    ("team edit --name Southlight --dry-run", &["Southlight"]),
    ("team list", &["mira@northlight.example"]),
    ("team remove jonas@northlight.example --dry-run", &["jonas@northlight.example"]),
    ("leave --site lindqvist-bikes --as tove@lundhands.example --dry-run", &["tove@lundhands.example"]),
    ("expel emil@lindqvist-bikes.example --site lindqvist-bikes --dry-run", &["store-helper"]),
    ("offboard theo@northlight.example", &["Website Designer"]),
    ("due --within 36500d", &["daniel@searchlark.example"]),
    ("timeline nova@nova.example", &["dana@northlight.example"]),
    ("import bundle more.jsonl --dry-run", &["people", "1"]),
    ("import contacts more.csv --dry-run", &["contacts", "1"]),
    ("import people people.csv --dry-run", &["ova@nova.example"]),
    ("import sites sites.csv --dry-run", &["nova-two"]),
    ("journal", &["dana@northlight.example"]),
    ("journal show 2", &["nils@nova.example"]),
    ("undo --dry-run", &["4243"]),
    ("redo --dry-run", &["Wither"]),
    ("verify", &["head"]),
    ("init --name Other --owner dana@other.example --dry-run --db other.db", &["Other"]),
];

/// Those that print a file in a form of its own, a page to be read, or open the screens; and what takes a link.
const OTHERS: &[&str] =
    &["demo", "accept", "invite accept", "export bundle", "export contacts", "export people", "export sites", "completions", "help", "man"];

/// The sample agency with one of everything that waits for an answer.
fn agency() -> Home {
    let home = Home::demo();
    let sent = |args: &[&str]| {
        json(&home, args, 0)["sent"][0]["accept"].as_str().unwrap_or_default().trim_start_matches("rolecall accept ").to_owned()
    };
    sent(&["invite", "send", "nils@nova.example", "--role", "store-helper", "--site", BIKES]);
    sent(&["request", "send", "--contact", "karin@lindqvist-bikes.example", "--about", "Shop", "--role", "website-designer"]);
    sent(&["transfer", "send", "thimble-and-twine", "--to", "karin@lindqvist-bikes.example"]);
    sent(&["partner", "propose", "brandt-physio"]);
    let token = sent(&["partner", "propose", "nowak-joinery"]);
    home.check(&["accept", token.split(' ').next().unwrap()], "", 0);
    home.check(&["role", "add", "Nova", "--permissions", "stores.orders.manage"], "", 0);
    home.check(&["folder", "add", "Nova"], "", 0);
    home.check(&["person", "add", "nova@nova.example"], "", 0);
    home.check(&["person", "bind", EMIL, "--uid", "4243"], "", 0);
    home.check(&["contact", "add", "Wither"], "", 0);
    home.check(&["undo"], "", 0);
    let files = [
        ("more.jsonl", "{\"type\":\"person\",\"email\":\"more@nova.example\",\"name\":\"More\"}\n"),
        ("more.csv", "Name,E-mail\nMore,more@nova.example\n"),
        ("people.csv", "email,role,site\nova@nova.example,store-helper,lindqvist-bikes\n"),
        ("sites.csv", "key,name\nnova-two,Nova Two\n"),
    ];
    for (name, text) in files {
        std::fs::write(home.path(name), text).unwrap();
    }
    home
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
    for format in ["table", "json", "csv", "md"] {
        let output = home.run(&args.split(' ').chain(["--format", format]).collect::<Vec<_>>());
        let (answer, said) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        let missing: Vec<_> = words.iter().filter(|it| !answer.contains(**it)).collect();
        let is_read = match format {
            "json" => serde_json::from_str::<Value>(&answer).is_ok(),
            "csv" => {
                csv::Reader::from_reader(answer.as_bytes()).into_records().collect::<Result<Vec<_>, _>>().is_ok_and(|it| !it.is_empty())
            }
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
