//! What a word that somebody types stands for: nobody's own choice of a name takes it from somebody else.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod home;

use home::Home;

const BOSS: &str = "boss@bigclient.example";
const KARIN: &str = "karin@lindqvist-bikes.example";
const BIKES: &str = "lindqvist-bikes";

#[test]
fn a_name_never_stands_for_an_address() {
    let home = Home::demo();
    home.check(&["person", "edit", KARIN, "--name", BOSS], "", 0);
    home.check(&["contact", "add", BOSS, "--email", "other@bigclient.example"], "", 0);
    let unassign = format!(r#"{{"expel":{{"person":"{BOSS}","from":{{"site":"{BIKES}"}}}}}}"#);
    std::fs::write(home.path("plan.jsonl"), unassign).unwrap();
    let (plan, before) = (home.path("plan.jsonl"), home.entries());
    for line in [
        &["assign", BOSS, "account-admin", "--everywhere"][..],
        &["assign", "cy@new.example", "--like", BOSS],
        &["unassign", BOSS, "blog-writer", "--site", BIKES],
        &["can", BOSS, "blog.posts.write", BIKES],
        &["why", BOSS, "blog.posts.write", BIKES],
        &["what-can", BOSS],
        &["site", "list", "--as", BOSS],
        &["site", "add", "New", "--owner", BOSS],
        &["transfer", "send", BIKES, "--to", KARIN, "--as", BOSS],
        &["person", "bind", BOSS, "--uid", "4711"],
        &["person", "show", BOSS],
        &["offboard", BOSS],
        &["contact", "show", BOSS],
        &["contact", "remove", BOSS],
        &["request", "send", BOSS, "--role", "blog-writer"],
        &["plan", &plan],
    ] {
        home.refused(line, BOSS, 2);
    }
    assert_eq!(home.entries(), before);
    // In any writing of it.
    home.refused(&["person", "show", "Boss\u{ff20}BigClient.example"], "no person", 2);
    home.check(&["person", "show", KARIN], BOSS, 0);
    home.check(&["person", "edit", KARIN, "--name", "Karin of the bikes"], "", 0);
    home.check(&["person", "show", "karin of the bikes"], KARIN, 0);
}

#[test]
fn a_contact_without_an_address_is_known_by_whatever_it_is_called() {
    let home = Home::demo();
    home.check(&["contact", "add", "Team @ Studio"], "", 0);
    home.check(&["contact", "edit", "Team @ Studio", "--status", "client"], "", 0);
    home.check(&["contact", "remove", "Team @ Studio"], "removed the contact", 0);
}

#[test]
fn who_is_called_by_their_address_is_called_by_the_new_one() {
    let home = Home::demo();
    home.check(&["person", "add", BOSS], "", 0);
    home.check(&["person", "edit", BOSS, "--email", "boss@renamed.example"], "", 0);
    home.check(&["person", "list", "--filter", "boss", "--format", "csv"], "email,name\nboss@renamed.example,boss@renamed.example\n", 0);
    home.refused(&["assign", BOSS, "account-admin", "--everywhere"], "no person", 2);
    home.check(&["person", "edit", "boss@renamed.example", "--name", "The boss"], "", 0);
    home.check(&["person", "edit", "boss@renamed.example", "--email", BOSS], "", 0);
    home.check(&["person", "list", "--filter", "boss", "--format", "csv"], "email,name\nboss@bigclient.example,The boss\n", 0);
}

#[test]
fn no_site_has_a_key_that_is_the_url_of_another() {
    let home = Home::demo();
    let taken = "there is already a site with the URL https://tidewater-museum.example";
    let write = |name: &str, text: &str| std::fs::write(home.path(name), text).map(|()| home.path(name)).unwrap();
    let record = |key: &str, url: &str| {
        format!(r#"{{"type":"site","key":"{key}","name":"New","url":"{url}","platform":"wix","owner":"dana@northlight.example"}}"#)
    };
    let plan = write("plan.jsonl", &format!(r#"{{"add":{}}}"#, record("tidewater-museum.example", "")));
    let bundle = write("bundle.jsonl", &record("tidewater-museum.example", ""));
    let table = write("sites.csv", "key,name\ntidewater-museum.example,New\n");
    for key in ["tidewater-museum.example", "Tidewater-Museum.example", "tidewater-museum.example."] {
        home.refused(&["site", "edit", "vesper-wines", "--key", key], taken, 3);
        home.refused(&["site", "add", "New", "--key", key], taken, 3);
    }
    home.refused(&["plan", &plan], taken, 3);
    home.refused(&["import", "bundle", &bundle], &format!("line 1: {taken}"), 2);
    home.refused(&["import", "sites", &table], taken, 3);
    // Nor the other way round; its own is no other's.
    home.check(&["site", "add", "Own", "--key", "own.example", "--url", "https://own.example"], "", 0);
    home.check(&["site", "show", "own.example"], "https://own.example", 0);
    home.check(&["site", "edit", "own.example", "--url", ""], "", 0);
    let key = "there is already a site with the key own.example";
    home.refused(&["site", "edit", "vesper-wines", "--url", "https://own.example/"], key, 3);
    let bundle = write("bundle.jsonl", &record("new", "https://own.example"));
    home.refused(&["import", "bundle", &bundle], &format!("line 1: {key}"), 2);
    let two = format!("{}\n{}\n", record("new", "https://two.example"), record("two.example", ""));
    home.refused(&["import", "bundle", &write("two.jsonl", &two)], "line 2: there is already a site with the URL https://two.example", 2);
}

/// As an earlier version let it be written down.
#[test]
fn a_word_that_is_one_sites_key_and_anothers_url_means_neither() {
    let home = Home::demo();
    let old = rusqlite::Connection::open(home.path("work.db")).unwrap();
    old.execute_batch("UPDATE site SET key = 'tidewater-museum.example' WHERE key = 'vesper-wines'").unwrap();
    drop(old);
    let both = "no single site `tidewater-museum.example`; it is the key of one and the URL of tidewater-museum: \
                give key:tidewater-museum.example for the one, https://tidewater-museum.example for the other";
    home.refused(&["can", "leila@tidewater-museum.example", "crm.contacts.view", "tidewater-museum.example"], both, 2);
    home.refused(&["assign", KARIN, "blog-writer", "--site", "tidewater-museum.example"], both, 2);
    home.check(&["site", "show", "https://tidewater-museum.example"], "key       tidewater-museum\n", 0);
    home.check(&["site", "show", "key:tidewater-museum.example"], "vesper", 0);
    home.check(&["assign", KARIN, "blog-writer", "--site", "key:tidewater-museum.example"], "", 0);
    home.check(&["site", "edit", "key:tidewater-museum.example", "--key", "vesper-wines"], "", 0);
    home.check(&["site", "show", "tidewater-museum.example"], "key       tidewater-museum\n", 0);
    home.refused(&["site", "show", "key:tidewater-museum.exampl"], "no site `tidewater-museum.exampl`", 2);
}
