//! The command line as it is used: arguments in, text and exit code out.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod home;

use std::fs;
use std::path::Path;
use std::process::Stdio;

use home::{DEMO, Home};

const EMIL: &str = "emil@lindqvist-bikes.example";
const BIKES: &str = "lindqvist-bikes";

#[test]
fn without_a_workspace_it_says_how_to_begin() {
    let home = Home::empty();
    home.refused(&[], "rolecall init --name", 2);
    home.refused(&["can", "a@x.example", "p", "s"], "rolecall demo", 2);
    assert!(!Path::new(&home.path("work.db")).exists());
}

#[test]
fn wrong_usage_is_two_and_goes_to_stderr() {
    let home = Home::empty();
    home.refused(&["cann"], "can", 2);
    home.refused(&["can", "a"], "required", 2);
    home.refused(&["assign", "a", "b"], "--everywhere", 2);
    home.refused(&["--like", "a@b.example", "site", "list"], "unexpected argument '--like'", 2);
    home.refused(&["site", "list", "--fitler", "a"], "'--filter'", 2);
    home.refused(&["f\u{202e}oo"], "f‹U+202E›oo", 2);
    home.check(&["--help"], "who-can", 0);
    home.check(&["--version"], "rolecall ", 0);
}

#[test]
fn a_yes_and_a_no_are_one_line_with_the_deciding_layer() {
    let home = Home::demo();
    let yes = home.check(&["can", EMIL, "stores.orders.manage", BIKES], "", 0);
    assert_eq!(yes, format!("yes  {EMIL}  stores.orders.manage  {BIKES}  site\n"));
    home.check(&["can", EMIL, "blog.posts.pin", BIKES], &format!("no  {EMIL}  blog.posts.pin  {BIKES}  role-lacks-it\n"), 1);
    let json = home.check(&["can", EMIL, "stores.orders.manage", BIKES, "--format", "json"], "", 0);
    let expected = format!(
        "{{\"allowed\":true,\"person\":\"{EMIL}\",\"permission\":\"stores.orders.manage\",\"site\":\"{BIKES}\",\"layer\":\"site\"}}\n"
    );
    assert_eq!(json, expected);
    home.check(&["can", EMIL, "stores.orders.manage", BIKES, "--format", "csv"], "allowed,person,permission,site,layer\nyes,", 0);
    home.check(&["can", EMIL, "stores.orders.manage", BIKES, "--color", "always"], "\u{1b}[32myes\u{1b}[0m", 0);
}

#[test]
fn unknown_names_are_errors_with_a_suggestion() {
    let home = Home::demo();
    home.refused(&["can", EMIL, "stores.order.manage", BIKES], "did you mean `stores.orders.manage`?", 2);
    home.refused(&["can", "emil@lindqvist-bike.example", "stores.orders.manage", BIKES], "did you mean `emil@lindqvist-bikes.example`?", 2);
    home.refused(&["can", EMIL, "stores.orders.manage", "lindqvist-bike"], "did you mean `lindqvist-bikes`?", 2);
    home.refused(&["who-can", "stores.order.manage"], "did you mean", 2);
    home.refused(&["role", "show", "store-helpr"], "did you mean `store-helper`?", 2);
    home.refused(&["site", "edit", BIKES, "--install", "Wix Blgo"], "did you mean `Wix Blog`?", 2);
    home.refused(&["journal", "show", "99"], "the newest is 1", 2);
}

#[test]
fn a_partnership_is_named_where_it_keeps_the_owner_from_the_plan() {
    let home = Home::demo();
    let proposed = home.check(&["partner", "propose", "papergarden"], "rolecall accept ", 0);
    let token = proposed.split("rolecall accept ").nth(1).and_then(|it| it.split_whitespace().next()).unwrap();
    home.check(&["accept", token], "accepted hand-over", 0);
    let ask = ["why", "lei@papergarden.example", "billing.history.view", "papergarden"];
    let sentence = "a partner carries papergarden, and meanwhile its owner works as Client, which lacks it (partnership)";
    home.check(&ask, sentence, 1);
    home.check(&ask, "    rolecall partner reclaim papergarden\n", 1);
    home.check(&["can", "dana@northlight.example", "sites.site.duplicate", "papergarden"], "yes", 0);
    home.check(&["why", "dana@northlight.example", "sites.site.duplicate", "papergarden"], "partner, site level, site papergarden", 0);
    home.check(&["who-can", "billing.domains.manage", "papergarden"], "Client (site papergarden)", 0);
    home.check(&["who-can", "billing.history.view", "papergarden"], "Partner (site papergarden)", 0);
}

#[test]
fn the_ways_to_a_yes_tell_all_that_each_would_do_to_anybody() {
    let home = Home::demo();
    let asked = ["why", EMIL, "crm.inbox.manage", BIKES];
    let json = home.check(&[&asked[..], &["--format", "json"]].concat(), "\"ways\":[", 1);
    let answer: serde_json::Value = serde_json::from_str(&json).unwrap();
    let ways = answer["ways"].as_array().unwrap();
    assert_eq!(answer["remedy"], ways[0]);
    let grant = ways.iter().find(|it| it["commands"][0] == "rolecall role grant store-helper crm.inbox.manage").unwrap();
    let both = serde_json::json!(["crm.contacts.manage", "crm.inbox.manage"]);
    assert_eq!(grant["brings"], serde_json::json!(["crm.contacts.manage"]));
    assert_eq!(grant["elsewhere"], serde_json::json!({"people": [EMIL], "sites": ["papergarden"], "brings": both, "takes": []}));
    assert_eq!(
        grant["others"],
        serde_json::json!({"people": ["fatima@harbour-oven.example"], "sites": ["harbour-oven"], "brings": both, "takes": []})
    );
    // What touches fewer comes first, though it is no fewer steps.
    let extra = |way: &serde_json::Value| way["brings"].as_array().unwrap().len();
    assert!(ways[0].get("others").is_none() && extra(&ways[0]) == 1, "{}", ways[0]);
    // A copy of the role for this person here spares the others; its lines do what they say.
    let copy = ways.iter().find(|it| it["commands"][0].as_str().unwrap().starts_with("rolecall role duplicate store-helper")).unwrap();
    assert!(copy.get("others").is_none() && copy.get("elsewhere").is_none() && extra(copy) == 1, "{copy}");
    let copied = Home::demo();
    for line in copy["commands"].as_array().unwrap() {
        let typed = std::process::Command::new("sh")
            .args(["-c", &line.as_str().unwrap().replace("rolecall", "\"$0\"")])
            .arg(env!("CARGO_BIN_EXE_rolecall"))
            .env_clear()
            .envs(copied.command(&[]).get_envs().filter_map(|(name, value)| Some((name, value?))))
            .output()
            .unwrap();
        assert!(typed.status.success(), "{line}: {}", String::from_utf8_lossy(&typed.stderr));
    }
    copied.check(&["can", EMIL, "crm.inbox.manage", BIKES], "yes", 0);
    copied.check(&["can", EMIL, "crm.inbox.manage", "papergarden"], "no", 1);
    copied.check(&["can", "fatima@harbour-oven.example", "crm.inbox.manage", "harbour-oven"], "no", 1);
    assert_eq!(
        copied
            .check(&["assignment", "list", "--person", EMIL, "--site", BIKES, "--format", "csv"], "store-helper-lindqvist-bikes", 0)
            .lines()
            .count(),
        2
    );
    // Whoever sees only their own is told of what is theirs alone.
    let own = home.check(&[&["--as", EMIL], &asked[..]].concat(), "elsewhere it also brings 2 permissions on papergarden", 1);
    assert!(!own.contains("fatima") && !own.contains("other person"), "{own}");
}

#[test]
fn a_way_that_is_left_out_makes_room_for_the_next() {
    let home = Home::empty();
    home.check(&["init", "--name", "N", "--owner", "a@b.example"], "", 0);
    home.check(&["person", "add", "ana@acme.example"], "", 0);
    home.check(&["site", "add", "Acme", "--owner", "a@b.example", "--install", "Wix Blog"], "", 0);
    let ways = |permission: &str, exit: i32| {
        let json = home.check(&["why", "ana@acme.example", permission, "acme", "--ways", "--format", "json"], "", exit);
        let answer: serde_json::Value = serde_json::from_str(&json).unwrap();
        let lines: Vec<String> = answer["ways"].as_array().unwrap().iter().map(|it| it["commands"].to_string()).collect();
        lines
    };
    // Nobody else holds these, so that copies of them would spare nobody.
    for key in ["r1", "r2", "r3", "r4"] {
        home.check(&["role", "add", key, "--key", key, "--level", "site", "--permissions", "blog.posts.write"], "", 0);
        home.check(&["assign", "ana@acme.example", key, "--site", "acme"], "", 0);
        if key == "r1" {
            let taking = ways("blog.posts.write", 0);
            assert!(!taking.iter().any(|it| it.contains("role duplicate")), "{taking:?}");
        }
    }
    assert_eq!(ways("crm.inbox.manage", 1).len(), 5);
}

#[test]
fn why_shows_every_route() {
    let home = Home::demo();
    home.check(&["why", EMIL, "stores.orders.view", BIKES], "granted stores.orders.manage → requires stores.orders.view", 0);
    home.check(&["why", EMIL, "stores.orders.view", BIKES, "--ascii"], "`-- store-helper, site level, site lindqvist-bikes", 0);
    home.check(&["why", "dana@northlight.example", "stores.orders.view", BIKES, "--format", "json"], "\"via\":\"owner\"", 0);
}

#[test]
fn what_a_no_offers_makes_it_a_yes() {
    let home = Home::demo();
    let person = "rafael@quintero-photo.example";
    let asked = [person, "editorx.content.edit", "nordhavn-outdoor"];
    let answer = home.check(&[&["why"], &asked[..]].concat(), "(expired)", 1);
    let line = answer.lines().find_map(|it| it.trim().strip_prefix("rolecall ")).unwrap();
    home.check(&line.split(' ').collect::<Vec<_>>(), "entry 2:", 0);
    home.check(&[&["can"], &asked[..]].concat(), "yes", 0);
}

#[test]
fn who_can_and_what_can_list_their_ways() {
    let home = Home::demo();
    home.check(&["who-can", "stores.orders.manage", BIKES], "Store helper (site lindqvist-bikes)", 0);
    let all = home.check(&["who-can", "stores.orders.manage", "--format", "csv"], "person,name,site,via\n", 0);
    let sites: Vec<&str> = all.lines().skip(1).filter_map(|it| it.split(',').nth(2)).collect();
    assert!(sites.len() > 10 && sites.is_sorted(), "{sites:?}");
    let json = home.check(&["who-can", "stores.orders.manage", BIKES, "--format", "json"], "", 0);
    let rows: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(rows.as_array().unwrap().iter().any(|it| it["person"] == EMIL && it["via"].is_array() && it["site"] == BIKES));
    let what = home.check(&["what-can", EMIL, "--format", "json"], "\"permission\":\"stores.orders.manage\"", 0);
    assert!(serde_json::from_str::<serde_json::Value>(&what).unwrap().is_array());
}

#[test]
fn nobody_and_nothing_are_a_no() {
    let home = Home::demo();
    home.check(&["person", "add", "new@x.example"], "", 0);
    assert_eq!(home.check(&["what-can", "new@x.example"], "", 1), "");
    assert_eq!(home.check(&["what-can", "new@x.example", BIKES, "--format", "json"], "", 1), "[]\n");
    home.check(&["site", "add", "Bare", "--owner", "new@x.example"], "", 0);
    home.check(&["who-can", "stores.orders.manage", "bare", "--format", "csv"], "person,name,site,via\n", 1);
    home.check(&["who-can", "crm.contacts.view", "bare"], "new@x.example", 0);
}

#[test]
fn a_site_and_a_person_show_every_role_with_its_dates() {
    let home = Home::demo();
    home.check(&["assign", EMIL, "blog-editor", "--site", BIKES, "--until", "2w", "--reason", "fair"], "", 0);
    let page = home.check(&["site", "show", BIKES], "PERSON", 0);
    let row = page.lines().find(|it| it.contains("blog-editor")).unwrap();
    assert!(row.starts_with(EMIL) && row.contains("  site lindqvist-bikes  2") && row.ends_with("fair"), "{row}");
    home.check(&["site", "show", BIKES, "--format", "json"], "\"reason\":\"fair\"", 0);
    home.check(&["person", "show", EMIL], "fair", 0);
    let people = home.check(&["person", "list", "--site", BIKES], "PERSON", 0);
    assert!(people.lines().any(|it| it.starts_with(EMIL) && it.contains("blog-editor")), "{people}");
    let json = home.check(&["person", "list", "--site", BIKES, "--filter", "emil", "--format", "json"], "", 0);
    let rows: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((rows.as_array().unwrap().len(), &rows[0]["person"], &rows[0]["standing"]), (1, &EMIL.into(), &"collaborator".into()));
    home.check(&["unassign", EMIL, "blog-editor", "--site", BIKES], "", 0);
    home.refused(&["person", "list", "--site", "lindqvist-bike"], "did you mean", 2);
}

#[test]
fn assignments_are_listed_by_person_site_and_role() {
    let home = Home::demo();
    let count = |args: &[&str]| {
        let csv = home.check(
            &[&["assignment", "list", "--format", "csv"], args].concat(),
            "person,role,level,scope,since,until,review,reason\n",
            0,
        );
        csv.lines().count() - 1
    };
    let bundle = home.check(&["export", "bundle"], "", 0);
    let (all, emils): (Vec<_>, Vec<_>) = (
        bundle.lines().filter(|it| it.contains("\"assignment\"")).collect(),
        bundle.lines().filter(|it| it.contains(&format!("\"person\":\"{EMIL}\""))).collect(),
    );
    assert_eq!((count(&[]), count(&["--person", EMIL]), count(&["--limit", "3"])), (all.len(), emils.len(), 3));
    let of_role = all.iter().filter(|it| it.contains("\"role\":\"store-helper\"")).count();
    assert_eq!(count(&["--role", "Store helper"]), of_role);
    assert_eq!(count(&["--site", BIKES, "--role", "store-helper", "--person", EMIL]), 1);
    assert_eq!(count(&["--filter", "store-helper"]), of_role);
    let json = home.check(&["assignment", "list", "--person", EMIL, "--format", "json"], "", 0);
    let record = emils[0].replace("\"type\":\"assignment\",", "");
    assert!(json.contains(&record), "{record}\n{json}");
    home.refused(&["assignment", "list", "--role", "store-helpr"], "did you mean `store-helper`?", 2);
}

#[test]
fn a_batch_answers_line_by_line() {
    let home = Home::demo();
    let input = format!(
        "{EMIL}\tstores.orders.manage\t{BIKES}\n{EMIL}\tblog.posts.pin\t{BIKES}\nno@x.example\tblog.posts.pin\t{BIKES}\nnonsense\n{EMIL}\tstores.orders.manage\thttps://lindqvist-bikes.example"
    );
    let output = home.feed(&["can", "--batch", "-"], &input);
    let answer = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = answer.lines().collect();
    assert_eq!(output.status.code(), Some(0), "{answer}");
    assert_eq!(&lines[..3], ["yes", "no", "error: no person `no@x.example`"], "{answer}");
    assert!(lines[3].starts_with("error: a line is person, permission and site"), "{answer}");
    assert_eq!(lines.len(), 5, "{answer}");
}

#[test]
fn the_summary_is_the_published_table_cell_by_cell() {
    let home = Home::empty();
    let args = ["matrix", "roles", "--level", "team", "--summary", "--format", "csv"];
    let ours = table(&home.check(&args, "role,Editor,", 0));
    let published = table(include_str!("cli/published-table.csv"));
    assert_eq!(published.len(), 12 * 27);
    let wrong: Vec<_> = published.iter().filter(|(cell, value)| ours.get(*cell) != Some(value)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let lists = table(&home.check(&[&args[..], &["--profile", "bullets"]].concat(), "", 0));
    assert_eq!(ours.iter().filter(|(cell, value)| lists.get(*cell) != Some(value)).count(), 5);
    home.refused(&["matrix", "roles", "--profile", "nope"], "no profile `nope`", 2);
}

/// Row and column → cell.
fn table(text: &str) -> std::collections::BTreeMap<(String, String), String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let row = |row: csv::StringRecord| {
        let cells = header.iter().zip(&row).skip(1).map(|(column, cell)| ((row[0].to_owned(), column.to_owned()), cell.to_owned()));
        cells.collect::<Vec<_>>()
    };
    reader.records().flat_map(|it| row(it.unwrap())).collect()
}

#[test]
fn the_grid_has_shapes_words_and_custom_roles() {
    let home = Home::demo();
    home.check(&["matrix", "people", "--site", BIKES], "■", 0);
    home.check(&["matrix", "people", "--site", BIKES, "--ascii"], "=", 0);
    home.check(&["matrix", "people", "--site", BIKES, "--format", "csv"], "app-missing", 0);
    home.check(&["matrix", "sites", "--person", EMIL, "--summary", "--format", "csv"], "site,Editor,", 0);
    home.check(&["matrix", "roles", "--level", "site", "--summary", "--format", "csv"], "\nStore helper,", 0);
    home.check(&["matrix", "roles", "--summary", "--format", "json"], "{\"role\":\"account-admin\",\"cells\":{\"Editor\":\"All\"", 0);
}

#[test]
fn things_are_added_edited_listed_and_removed() {
    let home = Home::empty();
    home.check(&["init", "--name", "Acme", "--owner", "kim@acme.example"], "entry 1:", 0);
    home.refused(&["init", "--name", "Acme", "--owner", "kim@acme.example"], "already holds a workspace", 3);
    home.check(&["person", "add", "ana@c.example", "--name", "Ana"], "added the person", 0);
    home.check(&["folder", "add", "Retail"], "added the folder retail", 0);
    home.check(&["site", "add", "Ana's Shop", "--owner", "ana@c.example", "--apps", "Wix Stores", "--folder", "retail"], "ana-s-shop", 0);
    home.check(&["site", "edit", "ana-s-shop", "--install", "Wix Blog", "--uninstall", "Wix Stores", "--status", "draft"], "edited", 0);
    home.check(&["site", "show", "ana-s-shop", "--format", "json"], "\"apps\":[\"Wix Blog\"],\"status\":\"draft\"", 0);
    home.check(&["contact", "add", "Bo", "--label", "vip", "--label", "b", "--notes", "one\ntwo"], "added", 0);
    home.check(&["contact", "edit", "Bo", "--email", "bo@x.example", "--status", "client", "--label", ""], "edited", 0);
    let json = home.check(&["contact", "list", "--format", "json"], "", 0);
    assert_eq!(json, "[{\"name\":\"Bo\",\"email\":\"bo@x.example\",\"status\":\"client\",\"labels\":[],\"notes\":\"one\\ntwo\"}]\n");
    home.check(&["person", "list", "--filter", "ana", "--format", "csv"], "email,name\nana@c.example,Ana\n", 0);
    home.check(&["person", "list", "--limit", "1", "--format", "md"], "| email | name |\n| --- | --- |\n", 0);
    home.refused(&["person", "remove", "ana@c.example"], "they own 1 site", 3);
    home.refused(&["folder", "edit", "retail", "--parent", "retail"], "cannot be moved into itself", 3);
    home.check(&["folder", "remove", "retail"], "removed the folder retail", 0);
    home.check(&["site", "remove", "ana-s-shop"], "removed the site", 0);
    home.check(&["contact", "remove", "bo@x.example"], "removed the contact", 0);
    home.check(&["contact", "list", "--format", "json"], "[]\n", 1);
    home.check(&["person", "edit", "ana@c.example", "--name", "Ana"], "nothing to change", 0);
}

#[test]
fn a_toggle_prints_its_ripple() {
    let home = Home::demo();
    let answer =
        home.check(&["role", "revoke", "store-helper", "stores.orders.view"], "- stores.orders.manage: requires stores.orders.view", 0);
    assert!(answer.contains("entry 2:"), "{answer}");
    home.check(&["role", "grant", "store-helper", "stores.orders.manage"], "+ stores.orders.view: required by stores.orders.manage", 0);
    home.check(&["role", "pin", "store-helper", "stores.orders.view", "--format", "json"], "{\"summary\":\"pinned", 0);
    home.refused(&["role", "grant", "website-manager", "blog.tags.manage"], "is built in", 3);
    home.refused(
        &["who-can", "edit_posts", BIKES],
        "no permission of this platform `edit_posts`; wordpress has it, this is about wix: rolecall permission list --platform wix",
        2,
    );
    home.check(&["role", "duplicate", "store-helper", "Packer"], "duplicated store-helper as Packer (packer)", 0);
    home.check(&["role", "diff", "store-helper", "packer"], "grant the same", 0);
    home.check(&["role", "diff", "packer", "store-manager"], "for example greta@nordhavn-outdoor.example", 1);
    home.check(&["role", "show", "packer"], "by 0 people in 0 places", 0);
    home.check(&["role", "edit", "packer", "--name", "Packing", "--key", "packing"], "edited the role packing", 0);
    home.check(&["role", "add", "Poster", "--permissions", "blog.posts.write"], "added the role poster", 0);
    home.check(&["role", "list", "--filter", "poster"], "poster", 0);
    home.check(&["role", "remove", "poster"], "removed the role poster", 0);
    home.refused(&["role", "remove", "store-helper"], "held by 2 people", 3);
}

#[test]
fn roles_are_given_and_taken() {
    let home = Home::demo();
    let on_site = [EMIL, "blog-editor", "--site", BIKES];
    home.check(&[&["assign"], &on_site[..]].concat(), "gave blog-editor", 0);
    home.check(&["can", EMIL, "blog.posts.pin", BIKES], "yes", 0);
    home.refused(&[&["assign"], &on_site[..]].concat(), "already a role", 3);
    home.check(&[&["assign"], &on_site[..], &["--until", "2w", "--reason", "fair"]].concat(), "changed blog-editor", 0);
    home.check(&["person", "show", EMIL], "fair", 0);
    home.check(&["--at", "30d", "can", EMIL, "blog.posts.pin", BIKES], "expired", 1);
    home.check(&[&["unassign"], &on_site[..]].concat(), "took blog-editor", 0);
    home.refused(&[&["unassign"], &on_site[..]].concat(), "does not hold", 2);
    home.refused(&["assign", EMIL, "blog-editor", "--everywhere", "--level", "site"], "site-level role is for one site", 3);
    home.refused(&["assign", EMIL, "owner", "--site", BIKES], "never assigned", 3);
    home.refused(&["assign", EMIL, "blog-editor", "--site", BIKES, "--until", "soon"], "is not a day or time", 2);
    home.check(&["assign", EMIL, "website-designer", "--folder", "retail"], "(folder retail)", 0);
}

#[test]
fn a_dry_run_says_what_would_happen_and_saves_nothing() {
    let home = Home::demo();
    let before = home.entries();
    let answer = home.check(&["role", "revoke", "store-helper", "stores.orders.view", "--dry-run"], "nothing was saved", 0);
    assert!(answer.contains("2 people and 3 sites would be touched"), "{answer}");
    home.check(&["assign", EMIL, "blog-editor", "--site", BIKES, "--dry-run", "--format", "json"], "\"permission\":\"blog.posts.pin\"", 0);
    home.check(&["assign", EMIL, "blog-editor", "--site", BIKES, "--dry-run", "--read-only"], "gain blog.posts.manage_all, ", 0);
    home.check(&["ceiling", "relaxed", "--dry-run"], "gain ", 0);
    home.check(&["import", "bundle", DEMO, "--dry-run"], "assignments: 0 added", 0);
    home.check(&["import", "bundle", DEMO, "--dry-run"], "\nnobody would gain or lose anything\n", 0);
    let bundle = format!(
        "{{\"type\":\"person\",\"email\":\"new@x.example\"}}\n{{\"type\":\"assignment\",\"person\":\"new@x.example\",\"role\":\"store-helper\",\"level\":\"site\",\"scope\":{{\"site\":\"{BIKES}\"}}}}\n"
    );
    fs::write(home.path("more.jsonl"), &bundle).unwrap();
    let gain =
        format!("  gain stores.orders.view, stores.orders.manage, crm.contacts.view and 3 more (3 sensitive): new@x.example on {BIKES}\n");
    home.check(&["import", "bundle", "more.jsonl", "--dry-run"], "\n1 person and 1 site would be touched:\n", 0);
    home.check(&["import", "bundle", "more.jsonl", "--dry-run"], &gain, 0);
    home.check(&["import", "bundle", "more.jsonl", "--dry-run", "--format", "json"], "\"losses\":[],\"whole\":true,\"entry\":null", 0);
    let catalog =
        r#"{"type":"catalog","platform":"mini","categories":["A"],"permissions":[{"id":"a.view","label":"View A","category":"A"}]}"#;
    fs::write(home.path("catalog.jsonl"), catalog).unwrap();
    home.check(&["import", "bundle", "catalog.jsonl", "--dry-run"], "too much at once to say", 0);
    home.refused(&["assign", EMIL, "owner", "--site", BIKES, "--dry-run"], "never assigned", 3);
    assert_eq!(home.entries(), before);
}

#[test]
fn steps_are_taken_back_and_the_journal_holds() {
    let home = Home::demo();
    home.refused(&["undo"], "nothing to undo", 3);
    home.check(&["ceiling", "relaxed"], "switched the ceiling to relaxed", 0);
    home.check(&["ceiling"], "ceiling relaxed", 0);
    home.check(&["undo"], "took back 2", 0);
    home.check(&["ceiling"], "ceiling strict", 0);
    let redone = home.check(&["redo"], "did again", 0);
    home.refused(&["redo"], "nothing to redo", 3);
    home.refused(&["undo", "1"], "set the workspace up", 3);
    let head = redone.lines().find_map(|it| it.strip_prefix("entry ")).unwrap();
    home.check(&["verify"], &format!("entries 4\nhead {head}\n"), 0);
    home.check(&["verify", "--head", head], "entries 4", 0);
    home.check(&["verify", "--head", &format!("9:{}", "0".repeat(64))], "does not hold", 1);
    home.refused(&["verify", "--head", "nonsense"], "a head looks like", 2);
    home.check(&["journal", "--limit", "1"], "did again", 0);
    home.check(&["journal", "--before", "3", "--format", "json"], "\"seq\":2", 0);
    home.check(&["journal", "show", "2"], "changed setting ceiling", 0);
}

#[test]
fn each_platform_has_a_ceiling_of_its_own() {
    let home = Home::demo();
    home.check(&["ceiling"], "ceiling strict\n", 0);
    let no = home.check(
        &["why", "jonas@northlight.example", "install_plugins", "northlight"],
        "the strict ceiling keeps it from every team member",
        1,
    );
    assert!(no.contains("rolecall ceiling wordpress relaxed") && no.contains("for everybody on every site of wordpress"), "{no}");
    home.check(&["ceiling", "wix", "relaxed", "--dry-run"], "gain ", 0);
    home.check(&["ceiling", "wix", "relaxed"], "switched the ceiling to relaxed on wix", 0);
    home.check(&["ceiling"], "ceiling relaxed on wix, strict on wordpress\n", 0);
    home.check(&["ceiling", "wix"], "ceiling relaxed\n", 0);
    home.check(&["ceiling", "wordpress"], "ceiling strict\n", 0);
    let row = r#"{"platform":"wordpress","profile":"strict","level":"team","permission":"create_users"}"#;
    home.check(&["ceiling", "wordpress", "--format", "json"], row, 0);
    home.check(&["matrix", "roles", "--platform", "wordpress", "--level", "team", "--format", "csv"], "install_plugins", 0);
    home.check(&["team", "show"], "relaxed on wix", 0);
    home.refused(&["ceiling", "wix", "lax"], "no ceiling profile `lax` of wix; there are: relaxed, strict", 2);
    home.refused(&["ceiling", "wx", "strict"], "no platform `wx`; did you mean `wix`?", 2);
    home.refused(&["ceiling", "wx"], "no ceiling profile `wx`; there are: relaxed, strict", 2);
    home.check(&["undo"], "took back 2", 0);
    home.check(&["ceiling"], "ceiling strict\n", 0);
}

#[test]
fn the_past_answers_and_cannot_be_changed() {
    let home = Home::demo();
    let then = home.check(&["journal", "--format", "json"], "", 0);
    let at = then.split("\"at\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    home.check(&["assign", EMIL, "blog-editor", "--site", BIKES], "gave", 0);
    home.check(&["--at", &at, "can", EMIL, "blog.posts.pin", BIKES], "role-lacks-it", 1);
    let before = home.run(&["--at", "2020-01-01", "can", EMIL, "blog.posts.pin", BIKES]);
    assert!(String::from_utf8_lossy(&before.stderr).contains("the journal does not reach back to 2020-01-01"));
    home.check(&["assign", EMIL, "website-manager", "--site", "fjord-piano", "--since", "2019-01-01", "--until", "2019-12-31"], "gave", 0);
    home.check(&["--at", "2019-06-01", "can", EMIL, "editor.site.publish", "fjord-piano"], "yes", 0);
    home.check(&["--at", "2020-01-01", "can", EMIL, "editor.site.publish", "fjord-piano"], "expired", 1);
    home.check(&["--at", "2019-06-01", "unassign", EMIL, "website-manager", "--site", "fjord-piano", "--dry-run"], "website-manager", 0);
    home.refused(&["--at", &at, "ceiling", "relaxed"], "--at changes nothing", 3);
    home.refused(&["--read-only", "ceiling", "relaxed"], "--read-only changes nothing", 3);
    let count = home.check(&["--at", &at, "journal", "--format", "csv"], "", 0).lines().count();
    assert_eq!(count, 2);
}

#[test]
fn what_is_exported_comes_back_the_same() {
    let home = Home::demo();
    let first = home.check(&["export", "bundle"], "{\"type\":\"workspace\"", 0);
    home.check(&["export", "bundle", "-o", "out.jsonl"], "", 0);
    assert_eq!(fs::read_to_string(home.path("out.jsonl")).unwrap(), first);
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(home.path("out.jsonl")).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    home.check(&["--db", "copy.db", "import", "bundle", "out.jsonl"], "entry 1:", 0);
    assert_eq!(home.check(&["--db", "copy.db", "export", "bundle"], "", 0), first);
    home.check(&["import", "bundle", "out.jsonl"], "nothing to change", 0);
}

#[test]
fn an_import_names_file_and_line_and_leaves_nothing() {
    let home = Home::empty();
    let bundle = "{\"type\":\"workspace\",\"name\":\"N\",\"owner\":\"a@b.example\"}\n{\"type\":\"nope\"}\n";
    fs::write(home.path("bad.jsonl"), bundle).unwrap();
    home.refused(&["import", "bundle", "bad.jsonl"], "bad.jsonl line 2: ", 2);
    home.refused(&["import", "bundle", "bad.jsonl"], "; nothing was imported", 2);
    assert!(!Path::new(&home.path("work.db")).exists());
    let output = home.feed(&["import", "bundle", "-"], "{}\n");
    assert_eq!(output.status.code(), Some(2));
    home.refused(&["import", "bundle", "none.jsonl"], "opening none.jsonl", 4);
}

#[test]
fn a_file_of_very_many_records_comes_through_a_pipe_and_is_one_entry() {
    let home = Home::empty();
    home.check(&["init", "--name", "Northlight", "--owner", "dana@northlight.example"], "", 0);
    let line = |n| format!("{{\"type\":\"person\",\"email\":\"p{n}@people.example\",\"name\":\"P {n}\"}}\n");
    let output = home.feed(&["import", "bundle", "-"], &(0..50_001).map(line).collect::<String>());
    let answer = String::from_utf8(output.stdout).unwrap();
    assert!(answer.starts_with("people: 50001 added, 0 changed, 0 the same\nentry 2:"), "{answer}");
    home.check(&["person", "show", "p50000@people.example"], "P 50000", 0);
    home.check(&["verify"], "entries 2", 0);
}

#[test]
fn contacts_from_a_file_add_to_those_that_are_there() {
    let home = Home::empty();
    home.check(&["init", "--name", "N", "--owner", "a@b.example"], "", 0);
    home.check(
        &["contact", "add", "Ana", "--email", "ana@acme.example", "--status", "client", "--label", "vip", "--notes", "Likes tea"],
        "",
        0,
    );
    home.check(&["contact", "add", "Bo", "--email", "bo@acme.example", "--status", "former"], "", 0);
    let before = home.check(&["contact", "list", "--format", "json"], "", 0);
    let google = "First Name,Last Name,Organization Name,Notes,Labels,E-mail 1 - Value,Phone 1 - Value\n\
                  Ana,Ruiz,Acme,Likes tea,press ::: * myContacts,ANA@acme.example,+46 70 1\n,,Acme,,,bo@acme.example,\n,,,,,new@acme.example,\n";
    fs::write(home.path("google.csv"), google).unwrap();
    home.check(&["import", "contacts", "google.csv"], "contacts: 1 added, 2 changed, 0 the same", 0);
    let after = home.check(&["contact", "list", "--format", "json"], "", 0);
    let ana = r#"{"name":"Ana","email":"ana@acme.example","phone":"+46 70 1","status":"client","labels":["vip","press"],"notes":"Likes tea\nCompany: Acme"}"#;
    assert!(after.contains(ana), "{after}");
    assert!(after.contains(r#"{"name":"Bo","email":"bo@acme.example","status":"former","labels":[],"notes":"Company: Acme"}"#), "{after}");
    home.check(&["import", "contacts", "google.csv"], "contacts: 0 added, 0 changed, 3 the same\n", 0);
    fs::write(home.path("plain.csv"), "email,name,status\nana@acme.example,Ana R.,former\nbo@acme.example,,\n").unwrap();
    let stays = "contacts: 0 added, 0 changed, 2 the same\nnames and statuses that are there stay: Ana (not Ana R.; client, not former)";
    home.check(&["import", "contacts", "plain.csv"], stays, 0);
    assert_eq!(home.check(&["contact", "list", "--format", "json"], "", 0), after);
    home.check(&["undo"], "took back", 0);
    assert_eq!(home.check(&["contact", "list", "--format", "json"], "", 0), before);
}

#[test]
fn a_contact_has_a_phone_which_a_list_shows_when_it_is_asked_for() {
    let home = Home::empty();
    home.check(&["init", "--name", "N", "--owner", "a@b.example"], "", 0);
    home.check(&["contact", "add", "Ana", "--phone", "+46 70 1", "--status", "client"], "added the contact Ana", 0);
    home.check(&["contact", "add", "Bo"], "", 0);
    home.check(&["contact", "show", "Ana"], "name      Ana\nphone     +46 70 1\nstatus    client\n", 0);
    assert_eq!(home.check(&["contact", "list"], "", 0), "NAME  EMAIL  STATUS  LABELS  NOTES\nAna          client\nBo           lead\n");
    assert_eq!(home.check(&["contact", "list", "--columns", "name,phone", "--filter", "phone:70"], "", 0), "NAME  PHONE\nAna   +46 70 1\n");
    home.check(&["export", "contacts"], "name,email,phone,status,labels,notes\n", 0);
    home.check(&["export", "contacts"], "\nAna,,'+46 70 1,client,,\n", 0);
    let rows =
        "[{\"name\":\"Ana\",\"email\":null,\"phone\":\"+46 70 1\",\"status\":\"client\",\"labels\":[],\"notes\":\"\"},\n {\"name\":\"Bo\",";
    home.check(&["export", "contacts", "--format", "json"], rows, 0);
    home.check(&["export", "contacts", "--format", "md"], "| Ana |  | +46 70 1 | client |  |  |\n", 0);
    home.check(&["export", "contacts", "--vcard"], "FN:Ana\r\nTEL:+46 70 1\r\n", 0);
    fs::write(home.path("more.csv"), "name,phone\nAna,+46 70 2\nBo,+46 70 3\n").unwrap();
    home.check(&["import", "contacts", "more.csv"], "contacts: 0 added, 2 changed", 0);
    home.check(&["contact", "show", "Ana"], "phone     +46 70 1\nstatus    client\nnotes     Phone: +46 70 2\n", 0);
    home.check(&["contact", "show", "Bo"], "phone     +46 70 3\n", 0);
    home.check(&["contact", "edit", "Bo", "--phone", ""], "edited the contact Bo", 0);
    assert!(!home.check(&["contact", "show", "Bo"], "", 0).contains("phone"));
    home.refused(&["contact", "edit", "Bo", "--phone", "at noon"], "`at noon` is not a phone number", 2);
    home.check(&["verify"], "", 0);
}

#[test]
fn a_contact_who_is_no_person_is_told_how_to_become_one() {
    let home = Home::empty();
    home.check(&["init", "--name", "N", "--owner", "a@b.example"], "", 0);
    home.check(&["contact", "add", "Ana", "--email", "ana@acme.example"], "", 0);
    let way_out = "no person `ana@acme.example`; a contact has this address, and becomes a person with: rolecall person add EMAIL";
    home.refused(&["person", "show", "ana@acme.example"], way_out, 2);
}

#[test]
fn sheets_are_guarded_against_formulas() {
    let home = Home::empty();
    home.check(&["init", "--name", "N", "--owner", "a@b.example"], "", 0);
    home.check(&["contact", "add", "=HYPERLINK(1)"], "", 0);
    home.check(&["contact", "add", "+47 123"], "", 0);
    home.check(&["export", "contacts"], "\n'=HYPERLINK(1),", 0);
    home.check(&["contact", "list", "--format", "csv"], "\n'+47 123,", 0);
    home.check(&["export", "people"], "email,name\na@b.example,", 0);
    home.check(&["export", "sites"], "key,name,url,", 0);
}

#[test]
fn hostile_text_reaches_no_terminal() {
    let home = Home::demo();
    let hostile =
        ["Acme\u{1b}[2J\u{1b}[H", "\u{1b}]52;c;ZXZpbA==\u{7}", "viewer\u{202e} nimda", "ad\u{200b}min", "ad\u{9b}31m", "a\u{7f}b"];
    for text in hostile {
        for args in [&["contact", "add", text][..], &["can", text, "p", "s"], &["role", "show", text], &["site", "list", "--filter", text]]
        {
            let output = home.run(args);
            let all = [output.stdout, output.stderr].concat();
            let said = String::from_utf8(all).unwrap();
            let raw = said.chars().find(|c| (c.is_control() && *c != '\n') || ['\u{202e}', '\u{200b}'].contains(c));
            assert_eq!(raw, None, "{args:?}: {said:?}");
        }
    }
}

#[test]
fn a_closed_pipe_is_success_and_a_full_disk_is_not() {
    let home = Home::demo();
    for args in [&["who-can", "stores.orders.manage"][..], &["export", "bundle"], &["matrix", "people", "--site", BIKES]] {
        let mut child = home.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = home.command(args).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(4), "{args:?}");
    }
}

#[test]
fn the_demo_has_its_own_file_and_spares_others() {
    let home = Home::demo();
    let demo = |args: &[&str]| home.command(args).env_remove("ROLECALL_DB").output().unwrap();
    demo(&["demo"]);
    assert!(home.0.path().join(".local/share/rolecall/demo.db").exists());
    let said = demo(&["demo", "--fresh"]);
    assert!(String::from_utf8_lossy(&said.stderr).contains("rolecall init --name"));
    home.refused(&["--db", "work.db", "demo", "--fresh"], "it stays as it is", 3);
    home.check(&["site", "show", BIKES], "Lindqvist", 0);
}

#[test]
fn the_shell_and_the_manual_know_the_verbs() {
    let home = Home::empty();
    home.check(&["man"], "who\\-can", 0);
    home.check(&["man", "who-can"], "rolecall\\-who\\-can", 0);
    home.check(&["man", "role", "grant"], "Switches permissions on", 0);
    home.check(&["man", "role", "grant"], ".SH EXAMPLES", 0);
    home.check(&["help", "undo"], "Examples:\n  Take the last step back\n      rolecall undo\n", 0);
    home.check(&["help", "folder"], "      rolecall folder add Cafes --parent retail", 0);
    home.refused(&["man", "role", "gant"], "no verb `gant`; did you mean `grant`?", 2);
}

/// Whose site the paper garden is.
const LEI: &str = "lei@papergarden.example";
const GARDEN: &str = "papergarden";
const OWNER: &str = "dana@northlight.example";

impl Home {
    /// The number of the user who runs the tests.
    fn uid(&self) -> String {
        std::os::unix::fs::MetadataExt::uid(&fs::metadata(self.0.path()).unwrap()).to_string()
    }

    /// The demo, run by somebody who is this person there; another user is the account owner.
    fn of(email: &str) -> Home {
        let home = Home::demo();
        home.check(&["person", "bind", OWNER, "--uid", "4242"], "bound uid 4242", 0);
        home.check(&["person", "bind", email, "--uid", &home.uid()], "bound uid", 0);
        home
    }
}

#[test]
fn whoever_makes_a_workspace_is_its_owner() {
    let home = Home::empty();
    home.check(&["init", "--name", "N", "--owner", "me@n.example"], "entry 1:", 0);
    home.check(&["person", "show", "me@n.example"], &format!("uid       {}", home.uid()), 0);
    home.check(&["contact", "add", "Lead"], "entry 2:", 0);
    let home = Home::demo();
    home.check(&["person", "show", OWNER, "--format", "json"], &format!("\"users\":[{}]", home.uid()), 0);
    home.refused(&["person", "unbind", "--uid", &home.uid()], "is the only user who is the account owner", 3);
    home.refused(&["person", "bind", LEI, "--uid", &home.uid()], "bind another one first", 3);
}

#[test]
fn a_user_who_is_nobody_may_ask_and_not_write() {
    let home = Home::demo();
    home.check(&["person", "bind", OWNER, "--uid", "4242"], "", 0);
    home.check(&["person", "unbind", "--uid", &home.uid()], "unbound", 0);
    home.check(&["site", "list"], GARDEN, 0);
    let way_out = format!("rolecall person bind EMAIL --uid {}", home.uid());
    home.refused(&["contact", "add", "Lead"], &way_out, 3);
    home.refused(&["--as", OWNER, "contact", "add", "Lead"], "may not act for others", 3);
    home.check(&["verify"], "", 0);
}

#[test]
fn the_account_owner_acts_for_others_and_the_journal_says_so() {
    let home = Home::demo();
    home.refused(&["--as", LEI, "contact", "add", "Lead"], "lei@papergarden.example may not manage contacts", 3);
    home.check(&["--as", LEI, "site", "edit", GARDEN, "--name", "Garden"], "", 0);
    let page = home.check(&["journal", "show", "2"], &format!("by {LEI} (uid {}@", home.uid()), 0);
    assert!(page.contains(&format!(", {OWNER})")), "{page}");
    let mut command = home.command(&["site", "list", "--format", "csv"]);
    let narrowed = command.env("ROLECALL_AS", LEI).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&narrowed.stdout).lines().count(), 2);
}

#[test]
fn others_act_in_their_own_name_alone() {
    let home = Home::of(LEI);
    home.check(&["site", "edit", GARDEN, "--name", "Garden"], "", 0);
    home.check(&["--as", LEI, "site", "edit", GARDEN, "--name", "Gardens"], "", 0);
    home.refused(&["--as", OWNER, "site", "edit", GARDEN, "--name", "Garden"], "lei@papergarden.example may not act for others", 3);
    home.refused(
        &["ceiling", "relaxed"],
        "may not change the rules of the workspace; ask dana@northlight.example, who owns the account",
        3,
    );
    home.refused(&["person", "bind", LEI, "--uid", "7"], "may not change the rules of the workspace", 3);
    home.refused(&["ceiling", "relaxed", "--dry-run"], "may not change the rules", 3);
    home.refused(&["import", "bundle", DEMO], "may not import", 3);
    home.refused(&["undo", "3"], "no journal entry `3`\n", 2);
    home.refused(&["undo", "99"], "no journal entry `99`\n", 2);
}

#[test]
fn whoever_does_not_see_the_team_sees_what_is_theirs() {
    let home = Home::of(LEI);
    assert_eq!(home.check(&["site", "list", "--format", "csv"], GARDEN, 0).lines().count(), 2);
    home.check(&["can", LEI, "stores.orders.manage", GARDEN], "yes", 0);
    home.check(&["what-can", LEI], "stores.orders.manage", 0);
    home.check(&["matrix", "sites", "--person", LEI], "", 0);
    home.check(&["person", "show", LEI], LEI, 0);
    home.check(&["person", "list", "--site", GARDEN], "priya@northlight.example", 0);
    home.check(&["who-can", "stores.orders.manage", GARDEN], LEI, 0);
    home.check(&["role", "list"], "website-designer", 0);
    let theirs_alone: &[&[&str]] = &[
        &["person", "list"],
        &["person", "show", OWNER],
        &["contact", "list"],
        &["who-can", "stores.orders.manage"],
        &["what-can", OWNER],
        &["matrix", "sites", "--person", OWNER],
        &["assignment", "list"],
        &["journal"],
        &["export", "bundle"],
        &["export", "people"],
    ];
    for args in theirs_alone {
        home.refused(args, "lei@papergarden.example does not see that: ", 3);
    }
    let as_if_it_were_not: &[&[&str]] = &[
        &["who-can", "stores.orders.manage", "harbour-oven"],
        &["can", OWNER, "stores.orders.manage", "harbour-oven"],
        &["matrix", "people", "--site", "harbour-oven"],
        &["site", "show", "harbour-oven"],
    ];
    for args in as_if_it_were_not {
        home.refused(args, "no site `harbour-oven`\n", 2);
    }
}

#[test]
fn what_waits_is_named_where_it_is_left_behind_and_where_it_would_help() {
    let home = Home::demo();
    let said = |kind: &str| String::from_utf8(home.run(&["export", kind]).stderr).unwrap();
    assert_eq!(said("bundle"), "");
    let offers = [
        r#"{"invite":{"email":"eve@e.example","level":"site","roles":["website-designer"],"scopes":[{"site":"lindqvist-bikes"}],"token":"7777777777777777777777777777777777777777777777777777777777777777"}}"#,
        r#"{"invite":{"email":"eve@e.example","level":"team","roles":["website-designer"],"scopes":["everywhere"],"token":"8888888888888888888888888888888888888888888888888888888888888888"}}"#,
        r#"{"hand-over":{"site":"lindqvist-bikes","kind":"transfer","email":"eve@e.example","token":"9999999999999999999999999999999999999999999999999999999999999999"}}"#,
    ];
    let mut store = rolecall::facts::Store::open(Path::new(&home.path("work.db")), false).unwrap();
    let owner = rolecall::command::Actor {
        email: "dana@northlight.example".to_owned(),
        via: "test".to_owned(),
        by: rolecall::command::Hand::Caller,
    };
    for offer in offers {
        rolecall::command::run(&mut store, &owner, chrono::Utc::now(), &serde_json::from_str(offer).unwrap()).unwrap();
    }
    assert_eq!(said("bundle"), "rolecall: 2 invitations, 1 hand-over that wait are not part of a bundle\n");
    assert_eq!(said("sites"), "");
    home.refused(&["can", "eve@e.example", "dashboard.site.view", BIKES], "not accepted yet", 2);
    let eve = serde_json::from_str(r#"{"add":{"type":"person","email":"eve@e.example","name":"Eve"}}"#).unwrap();
    rolecall::command::run(&mut store, &owner, chrono::Utc::now(), &eve).unwrap();
    let why = home.check(&["why", "eve@e.example", "dashboard.site.view", BIKES], "Eve was invited on ", 1);
    assert!(why.contains("which would allow it, and has not accepted") && why.contains("(invitation-pending)"), "{why}");
    home.check(&["can", "eve@e.example", "dashboard.site.view", BIKES], "invitation-pending", 1);
}

/// What the shell offers for the last of these words, in somebody's name.
#[track_caller]
fn offered(home: &Home, shell: &str, line: &[&str]) -> Vec<String> {
    let mut asked = home.command(&[&["--", "rolecall"], line].concat());
    asked.env("ROLECALL_COMPLETE", shell).env("_CLAP_COMPLETE_INDEX", line.len().to_string());
    let answer = asked.output().unwrap();
    assert_eq!((answer.status.code(), String::from_utf8_lossy(&answer.stderr).as_ref()), (Some(0), ""), "{line:?}");
    let text = String::from_utf8(answer.stdout).unwrap();
    text.lines().map(|it| it.split(['\t', ':']).next().unwrap().to_owned()).collect()
}

#[test]
fn the_shell_offers_verbs_options_and_the_names_that_whoever_types_may_know_of() {
    let home = Home::demo();
    for shell in ["bash", "zsh", "fish"] {
        home.check(&["completions", shell], "ROLECALL_COMPLETE", 0);
        assert_eq!(offered(&home, shell, &["who"]), ["who-can"]);
        assert_eq!(offered(&home, shell, &["can", "emil@"]), ["emil@lindqvist-bikes.example"]);
        assert_eq!(offered(&home, shell, &["can", "emil@x.example", "blog.posts.publish_a"]), ["blog.posts.publish_all"]);
        assert_eq!(offered(&home, shell, &["assign", "emil@x.example", "store-h", "--site", "tide"]), ["tidewater-museum"]);
        assert_eq!(offered(&home, shell, &["role", "show", "content-d"]), ["content-desk"]);
        assert_eq!(offered(&home, shell, &["folder", "show", "cul"]), ["culture"]);
    }
    let emil = ["--as", "emil@lindqvist-bikes.example"];
    assert_eq!(offered(&home, "bash", &[&emil[..], &["site", "show", "lind"]].concat()), ["lindqvist-bikes"]);
    for hidden in [["site", "show", "tide"], ["person", "show", "mira@"], ["role", "show", "content-d"], ["folder", "show", "cul"]] {
        assert_eq!(offered(&home, "bash", &[&emil[..], &hidden].concat()), Vec::<String>::new(), "{hidden:?}");
    }
    let empty = Home::empty();
    assert_eq!(offered(&empty, "bash", &["site", "show", "tide"]), Vec::<String>::new());
    for (line, expected) in [
        (&["timeline", "emil@"][..], &["emil@lindqvist-bikes.example"][..]),
        (&["timeline", "tide"], &["tidewater-museum"]),
        (&["help", "ti"], &["timeline", "times"]),
        (&["help", "role", "gr"], &["grant"]),
        (&["man", "ti"], &["timeline"]),
        (&["man", "role", "sh"], &["show"]),
    ] {
        assert_eq!(offered(&home, "bash", line), expected, "{line:?}");
    }
}

#[test]
fn give_and_take_turn_one_answer_by_the_way_that_changes_least_and_by_the_others_that_why_numbers() {
    let home = Home::demo();
    let asked = |who| [who, "crm.inbox.manage", BIKES];
    let can = |who| home.run(&[&["can"], &asked(who)[..]].concat()).status.code() == Some(0);
    let ways = |exit| {
        let answer = home.check(&[&["why"], &asked(EMIL)[..], &["--ways", "--format", "json"]].concat(), "", exit);
        serde_json::from_str::<serde_json::Value>(&answer).unwrap()["ways"].as_array().unwrap().len()
    };
    let turn = |verb: &str, n: usize| home.check(&[&[verb], &asked(EMIL)[..], &["--way", &n.to_string()]].concat(), "entry ", 0);
    assert!(!can(EMIL) && ways(1) >= 3);
    for n in 1..=ways(1) {
        turn("give", n);
        assert!(can(EMIL), "{n}");
        for m in 1..=ways(0) {
            turn("take", m);
            assert!(!can(EMIL), "{n}, {m}");
            home.check(&["undo"], "", 0);
        }
        home.check(&["undo"], "", 0);
    }
    // A copy, of a role that somebody else holds as well.
    home.check(&[&["give"], &asked(EMIL)[..], &["--dry-run"]].concat(), "gave store-helper-lindqvist-bikes: ", 0);
    home.refused(&[&["give"], &asked(EMIL)[..], &["--way", "9"]].concat(), "no way 9: there are", 2);
    home.refused(&[&["take"], &asked(EMIL)[..]].concat(), "cannot do that on lindqvist-bikes already", 2);
    home.check(&["verify"], "", 0);
}

#[test]
fn a_row_is_a_line_and_a_page_has_the_lines_of_what_it_shows() {
    let home = Home::demo();
    home.check(&["contact", "add", "Ida Holm", "--notes", "calls on Mondays\n\nlikes blue"], "", 0);
    for format in ["table", "csv", "md"] {
        home.check(&["contact", "list", "--filter", "Ida", "--format", format], "calls on Mondays / likes blue", 0);
    }
    home.check(&["contact", "show", "Ida Holm"], "notes     calls on Mondays\n\n          likes blue\n", 0);
}
