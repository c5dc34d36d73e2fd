//! People and sites from a table: one step on the road of every other command, every bad row named at once.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod home;

use std::fs;

use home::Home;
use proptest::prelude::*;
use rolecall::domain::contact::ContactRecord;
use rolecall::domain::record::Record;
use rolecall::domain::text;
use rolecall::domain::things::ContactStatus;

const OWNER: &str = "dana@agency.example";

/// An agency with two sites and a folder, and files to bring in.
fn agency() -> Home {
    let home = Home::empty();
    home.check(&["init", "--name", "Northlight", "--owner", OWNER], "", 0);
    home.check(&["folder", "add", "Retail", "--key", "retail"], "", 0);
    home.check(&["site", "add", "alder", "--key", "alder", "--install", "Wix Blog"], "", 0);
    home.check(&["site", "add", "birch", "--key", "birch", "--folder", "retail", "--url", "https://birch.example"], "", 0);
    home
}

fn take(home: &Home, kind: &str, file: &str, more: &[&str]) -> (i32, String) {
    fs::write(home.path("table.csv"), file).unwrap();
    let output = home.run(&[&["import", kind, "table.csv"], more].concat());
    (output.status.code().unwrap(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

/// Takes the table in as one entry, and says so with these words.
#[track_caller]
fn taken(home: &Home, kind: &str, file: &str, more: &[&str], words: &str) {
    let before = home.entries();
    let (code, said) = take(home, kind, file, more);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains(words), "{said}");
    assert_eq!(home.entries(), before + 1, "{said}");
}

/// Refuses the table with this exit code and these words, and leaves everything as it was.
#[track_caller]
fn refused(home: &Home, kind: &str, file: &str, code: i32, words: &str) {
    let before = home.entries();
    let (found, said) = take(home, kind, file, &[]);
    assert_eq!((found, said.contains(words)), (code, true), "{said}");
    assert_eq!(home.entries(), before, "{said}");
}

#[track_caller]
fn held(home: &Home, expected: &[&str]) {
    let rows = home.check(&["assignment", "list", "--format", "csv"], "", i32::from(expected.is_empty()));
    let short = |row: &str| row.split(',').take(4).collect::<Vec<_>>().join(",");
    let mut rows: Vec<String> = rows.lines().skip(1).map(short).collect();
    rows.sort();
    assert_eq!(rows, expected);
}

#[test]
fn people_come_with_their_roles_as_one_entry_that_is_undone_as_one() {
    let home = agency();
    let file = "email,name,role,site,folder,everywhere,level,until,reason\n\
                kai@x.example,Kai Noor,blog-editor,alder,,,,2031-01-31,Spring\n\
                kai@x.example,,blog-editor,https://birch.example,,,,,\n\
                Lin Ek <lin@x.example>,,Website Designer,,retail,,,,\n\
                mo@x.example,Mo,website-manager,,,yes,team,,\n\
                no@x.example,No Role,,,,,,,\n";
    taken(&home, "people", file, &[], "steps: added ");
    let all = [
        "kai@x.example,blog-editor,site,site alder",
        "kai@x.example,blog-editor,site,site birch",
        "lin@x.example,website-designer,team,folder retail",
        "mo@x.example,website-manager,team,everywhere",
    ];
    held(&home, &all);
    home.check(&["person", "show", "lin@x.example"], "Lin Ek", 0);
    home.check(&["assignment", "list", "--format", "json"], "Spring", 0);
    let (code, said) = take(&home, "people", file, &[]);
    assert_eq!((code, said.as_str()), (0, "nothing to change: it is so already\n"));
    home.check(&["undo"], "took back", 0);
    held(&home, &[]);
    home.check(&["verify"], "", 0);
}

#[test]
fn a_trial_tells_who_would_gain_what_and_saves_nothing() {
    let home = agency();
    let (code, said) = take(&home, "people", "email,role,site\nkai@x.example,blog-editor,alder\n", &["--dry-run"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.starts_with("nothing was saved; this would happen:\n"), "{said}");
    assert!(said.contains("  gave blog-editor: kai@x.example, site level, site alder"), "{said}");
    assert!(said.contains("gain ") && said.contains("kai@x.example on alder"), "{said}");
    held(&home, &[]);
}

#[test]
fn a_list_of_wordpress_users_comes_in() {
    let home = agency();
    home.check(&["site", "add", "press", "--key", "press", "--platform", "wordpress"], "", 0);
    let users = "ID,user_login,display_name,user_email,user_registered,roles\n7,sunny,Sun Yi,sun@yi.example,2024-05-01 08:00:00,\"editor,author\"\n";
    let way_out =
        "line 2: column roles: editor,author without a place; add a column site, folder or everywhere, or say for all with --site";
    refused(&home, "people", users, 2, way_out);
    taken(&home, "people", users, &["--site", "press"], "left out, for want of a field: ID, user_login, user_registered");
    held(&home, &["sun@yi.example,author,site,site press", "sun@yi.example,editor,site,site press"]);
}

#[test]
fn every_bad_row_is_named_and_the_others_come_in_when_asked() {
    let home = agency();
    let file = "email,role,site,until\n\
                a@x.example,blog-editr,alder,\n\
                b-at-x.example,blog-editor,alder,\n\
                c@x.example,blog-editor,aldr,\n\
                d@x.example,blog-editor,alder,someday\n\
                e@x.example,blog-editor,alder,\n\
                e@x.example,blog-editor,alder,2031-01-01\n";
    let sentences = [
        "table.csv: 5 lines cannot be taken\n",
        "line 2: column role: no role `blog-editr`; did you mean `blog-editor`?\n",
        "line 3: column email: `b-at-x.example` is not an e-mail address\n",
        "line 4: column site: no site `aldr`; did you mean `alder`?\n",
        "line 5: column until: `someday` ",
        "line 7: blog-editor site alder for e@x.example stands on line 6 already, with other dates or reason\n",
        "nothing was imported; mend it, or leave it out with --skip-invalid\n",
    ];
    for sentence in sentences {
        refused(&home, "people", file, 2, sentence);
    }
    taken(&home, "people", file, &["--skip-invalid"], "left out: line 4: column site: no site `aldr`");
    held(&home, &["e@x.example,blog-editor,site,site alder"]);
}

#[test]
fn what_a_rule_refuses_is_named_by_its_line_too() {
    let home = agency();
    let file = "email,role,site,everywhere\na@x.example,blog-editor,alder,\nb@x.example,wix-owner,alder,\nc@x.example,blog-editor,,yes\n";
    let level = "email,role,everywhere,level\nc@x.example,blog-editor,yes,site\nd@x.example,website-manager,yes,\n";
    refused(&home, "people", file, 2, "line 3: column role: no role `wix-owner`");
    refused(&home, "people", level, 3, "line 2: a site-level role is for one site; folders and everywhere are for the team (level team)");
    taken(&home, "people", level, &["--skip-invalid"], "left out: line 2: a site-level role is for one site");
    held(&home, &["d@x.example,website-manager,team,everywhere"]);
}

#[test]
fn who_is_there_keeps_name_and_gets_the_dates_of_the_row() {
    let home = agency();
    home.check(&["person", "add", "kai@x.example", "--name", "Kai Noor"], "", 0);
    home.check(&["assign", "kai@x.example", "blog-editor", "--site", "alder", "--reason", "first"], "", 0);
    taken(
        &home,
        "people",
        "email,name,role,site,reason\nKAI@x.example,K.,blog-editor,alder,second\n",
        &[],
        "names that are there stay: Kai Noor (not K.)",
    );
    home.check(&["person", "show", "kai@x.example"], "Kai Noor", 0);
    home.check(&["assignment", "list", "--format", "json"], "second", 0);
}

#[test]
fn what_is_exported_comes_in_unchanged() {
    let home = Home::demo();
    for kind in ["people", "sites"] {
        let list = home.check(&["export", kind], "", 0);
        let (code, said) = take(&home, kind, &list, &[]);
        assert_eq!((code, said.as_str()), (0, "nothing to change: it is so already\n"), "{kind}");
    }
}

#[test]
fn sites_come_in_and_those_that_are_there_are_brought_to_the_row() {
    let home = agency();
    let file = "name,url,folder,host,apps,status,owner\nCedar,https://cedar.example,retail,agency,\"Wix Stores, Wix Blog\",published,\nalder,,retail,,,,\n";
    taken(&home, "sites", file, &[], "2 steps: added the site cedar, edited the site alder");
    home.check(
        &["site", "list", "--format", "csv"],
        "cedar,Cedar,https://cedar.example,wix,retail,dana@agency.example,agency,published,\"Wix Blog, Wix Stores\",",
        0,
    );
    home.check(&["site", "show", "alder"], "folder    retail", 0);
    home.check(&["site", "show", "alder"], "apps      Wix Blog", 0);
    let bad = "key,name,folder,host,owner\na,A,retial,,\nb,B,,landlord,\nc,C,,,nobody@x.example\nd,D,,,\nd,D,,,\n";
    refused(&home, "sites", bad, 2, "line 2: column folder: no folder `retial`; did you mean `retail`?");
    refused(&home, "sites", bad, 2, "line 3: column host: no host `landlord`; there are: agency, owner");
    refused(&home, "sites", bad, 2, "line 4: column owner: no person `nobody@x.example`");
    refused(&home, "sites", bad, 2, "line 6: the site `d` stands on line 5 already");
    let unsound = "key,name,apps,owner\nx y,X,,\nz,Z,No Such App,\n";
    refused(&home, "sites", unsound, 2, "line 2: the site key `x y` may hold ASCII letters");
    refused(&home, "sites", unsound, 2, "line 3: no app `No Such App`");
    home.check(&["person", "add", "kai@x.example"], "", 0);
    refused(
        &home,
        "sites",
        "key,owner\nalder,kai@x.example\n",
        3,
        "line 2: the site alder changes hands only by a transfer, not by an edit",
    );
}

#[test]
fn an_actor_brings_in_no_more_than_they_may_give() {
    let home = agency();
    home.check(&["person", "add", "kai@x.example"], "", 0);
    home.check(&["assign", "kai@x.example", "blog-editor", "--site", "alder"], "", 0);
    fs::write(home.path("table.csv"), "email,role,everywhere\nkai@x.example,website-manager,yes\n").unwrap();
    home.refused(
        &["--as", "kai@x.example", "import", "people", "table.csv"],
        "line 2: kai@x.example: nobody changes their own roles; ask dana@agency.example",
        3,
    );
    home.refused(&["--as", "kai@x.example", "import", "people", "table.csv", "--skip-invalid"], "nobody changes their own roles", 3);
}

#[test]
fn contacts_go_out_and_in_unchanged_and_their_bad_rows_may_be_left_out() {
    let home = agency();
    home.check(&["contact", "add", "=1+1 GmbH", "--email", "g@x.example", "--notes=+1 555 0112"], "", 0);
    home.check(&["contact", "add", "'t Hart", "--label", "a;b", "--label", "\"c\", d", "--label", "* e"], "", 0);
    for export in [&["export", "contacts"][..], &["export", "contacts", "--vcard"]] {
        let file = home.check(export, "", 0);
        let output = home.feed(&["import", "contacts", "-"], &file);
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.starts_with("contacts: 0 added, 0 changed, 2 the same\n"), "{said}");
    }
    let bad = "Name,Email\nAda,ada@f.example\nBo,bo-at-ek.example\nCy,cy@o.example\nDi,not known\n";
    refused(
        &home,
        "contacts",
        bad,
        2,
        "line 3: column Email: `bo-at-ek.example` is not an e-mail address\nline 5: column Email: `not known` is not",
    );
    taken(&home, "contacts", bad, &["--skip-invalid"], "contacts: 2 added, 0 changed, 0 the same\nleft out: line 3: column Email");
}

#[test]
fn a_mark_and_other_encodings_are_read_by_every_road() {
    let home = agency();
    let utf16 = |text: &str| format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    fs::write(home.path("batch.tsv"), format!("\u{feff}{OWNER}\teditor.site.publish\talder\r\n")).unwrap();
    assert_eq!(home.check(&["can", "--batch", "batch.tsv"], "", 0), "yes\n");
    fs::write(home.path("batch.tsv"), utf16(&format!("{OWNER}\teditor.site.publish\talder\r\n"))).unwrap();
    assert_eq!(home.check(&["can", "--batch", "batch.tsv"], "", 0), "yes\n");
    fs::write(home.path("bundle.jsonl"), utf16("{\"type\":\"person\",\"email\":\"asa@l.example\",\"name\":\"Åsa\"}\r\n")).unwrap();
    home.check(&["import", "bundle", "bundle.jsonl"], "people: 1 added", 0);
    fs::write(home.path("people.csv"), b"email;name\r\njorg@w.example;J\xf6rg\r\n").unwrap();
    home.check(&["import", "people", "people.csv"], "read as Windows-1252; say otherwise with --encoding NAME", 0);
    home.check(&["person", "show", "jorg@w.example"], "Jörg", 0);
    fs::write(home.path("sites.csv"), b"name\r\n\xf8\r\n").unwrap();
    home.check(&["import", "sites", "sites.csv", "--encoding", "windows-1250", "--column", "key=none"], "", 2);
}

fn corpus() -> Vec<String> {
    let entries: Vec<serde_json::Value> = serde_json::from_str(include_str!("data/hostile-strings.json")).unwrap();
    entries.iter().map(|it| it["value"].as_str().unwrap().to_owned()).collect()
}

/// A contact made of these texts, as far as they are accepted.
fn contact(n: usize, name: &str, labels: &[String], notes: &str) -> ContactRecord {
    let name = text::required("name", name).unwrap_or_else(|_| format!("No. {n}"));
    let mut labels: Vec<String> = labels.iter().filter_map(|it| text::required("label", it).ok()).collect();
    labels.dedup();
    let mut seen = std::collections::BTreeSet::new();
    labels.retain(|it| seen.insert(it.clone()));
    let email = (!n.is_multiple_of(3)).then(|| format!("c{n}@x.example"));
    let status = ContactStatus::ALL[n % 3];
    let phone = text::phone(&format!("+{n} {}", labels.join(" "))).or(text::phone(&name)).ok();
    ContactRecord { name, email, phone, status, labels, notes: text::note("notes", notes).unwrap_or_default() }
}

/// Out and in is the identity: here nothing changes, and in a fresh workspace the same list comes out.
fn check_round(contacts: &[ContactRecord]) {
    let home = Home::empty();
    home.check(&["init", "--name", "N", "--owner", OWNER], "", 0);
    let mut known = std::collections::BTreeSet::new();
    let once = contacts.iter().filter(|it| known.insert(it.email.clone().unwrap_or_else(|| text::name_key(&it.name))));
    let lines: Vec<String> = once.map(|it| serde_json::to_string(&Record::Contact(it.clone())).unwrap()).collect();
    fs::write(home.path("bundle.jsonl"), lines.join("\n")).unwrap();
    let added = format!("contacts: {} added", lines.len());
    home.check(&["import", "bundle", "bundle.jsonl"], &added, 0);
    for export in [&["export", "contacts"][..], &["export", "contacts", "--vcard"]] {
        let file = home.check(export, "", 0);
        fs::write(home.path("contacts"), &file).unwrap();
        home.check(&["import", "contacts", "contacts"], &format!("contacts: 0 added, 0 changed, {} the same\n", lines.len()), 0);
        let fresh = Home::empty();
        fresh.check(&["init", "--name", "N", "--owner", OWNER], "", 0);
        fs::write(fresh.path("contacts"), &file).unwrap();
        fresh.check(&["import", "contacts", "contacts"], &added, 0);
        assert_eq!(fresh.check(export, "", 0), file);
    }
}

#[test]
fn every_hostile_text_that_is_accepted_goes_out_and_in_unchanged() {
    let corpus = corpus();
    let all = corpus.iter().enumerate();
    check_round(
        &all.map(|(n, text)| contact(n, text, &[text.clone(), format!("{text};x")], &format!("{text}\n {text}"))).collect::<Vec<_>>(),
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn contacts_made_of_marks_and_formulas_go_out_and_in_unchanged(
        texts in prop::collection::vec(("['=+@a;,:* \"-]{1,8}", prop::collection::vec("[a;,:\"* =']{1,6}", 0..4), "[a'=\n ,;\\\\\"]{0,12}"), 1..40)
    ) {
        check_round(&texts.iter().enumerate().map(|(n, (name, labels, notes))| contact(n, name, labels, notes)).collect::<Vec<_>>());
    }
}
