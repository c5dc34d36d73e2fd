//! Statements: they list what is answered one by one, say the same when they are made again, and are found where a byte was changed.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod home;
mod world;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use home::Home;
use proptest::prelude::*;
use rolecall::command;
use rolecall::domain::things::{Person, Site};
use rolecall::exchange::signature::Key;
use rolecall::facts::Store;
use rolecall::query::access;
use rolecall::query::statement::{Desk, Topic};
use serde_json::Value;
use world::{actor, now, world};

const EMIL: &str = "emil@lindqvist-bikes.example";
const BIKES: &str = "lindqvist-bikes";

/// Person, site and permission.
type Can = BTreeSet<(String, String, String)>;

/// What a statement lists.
fn listed(store: &Store, about: Topic) -> Can {
    let (db, policy) = (store.reader(), store.reader().policy(None).unwrap());
    let entry = db.head().unwrap().unwrap().seq;
    let mut all = Can::new();
    Desk::new(db, &policy, about, now(), entry)
        .each_part(&mut |part| {
            for site in &part.sites {
                for it in &part.people {
                    assert!(!it.can.is_empty(), "who can do nothing is not listed");
                    let names = part.catalog.names(it.can).into_iter();
                    all.extend(names.map(|id| (it.person.email.clone(), site.key.clone(), id)));
                }
            }
            Ok(())
        })
        .unwrap();
    all
}

/// The same, asked one permission on one site at a time.
fn asked(store: &Store) -> Can {
    let (db, policy) = (store.reader(), store.reader().policy(None).unwrap());
    let mut all = Can::new();
    for site in db.sites_after("", 500).unwrap() {
        let ground = access::ground(&policy, &site).unwrap();
        for permission in ground.catalog.ids() {
            for it in access::who_can(db, &policy, &site, permission, now()).unwrap() {
                let email = db.find::<Person>(it.person).unwrap().unwrap().email;
                all.insert((email, site.key.clone(), ground.catalog.get(permission).id.clone()));
            }
        }
    }
    all
}

fn agrees(store: &Store) {
    let all = asked(store);
    assert_eq!(listed(store, Topic::Workspace), all);
    let db = store.reader();
    for site in db.all::<Site>().unwrap() {
        let here: Can = all.iter().filter(|it| it.1 == site.key).cloned().collect();
        assert_eq!(listed(store, Topic::Site(site.id)), here, "{}", site.key);
    }
    for person in db.all::<Person>().unwrap() {
        let theirs: Can = all.iter().filter(|it| it.0 == person.email).cloned().collect();
        assert_eq!(listed(store, Topic::Person(person.id)), theirs, "{}", person.email);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_was_done_it_lists_exactly_who_can(commands in prop::collection::vec(world::steps::any(), 1..20)) {
        let mut store = world();
        for it in &commands {
            let _ = command::run(&mut store, &actor(), now(), it);
        }
        agrees(&store);
    }
}

#[test]
fn the_sample_agency_is_listed_as_it_answers() {
    let mut store = world::empty();
    world::take_in(&mut store, include_str!("../assets/demo/northlight.jsonl")).unwrap();
    agrees(&store);
}

fn agency() -> Home {
    let home = Home::demo();
    let end = ["--until", "2099-01-31", "--reason", "the --> <b>winter"];
    home.check(&[&["assign", EMIL, "blog-editor", "--site", BIKES], &end[..]].concat(), "", 0);
    home.check(&["invite", "send", "guest@free.example", "--role", "store-helper", "--site", BIKES], "", 0);
    home.check(&["role", "grant", "store-helper", "crm.inbox.manage"], "", 0);
    home
}

#[test]
fn a_client_reads_who_can_what_and_why_in_words() {
    let home = agency();
    let page = home.check(&["report", "site", BIKES, "--format", "html"], "<h1>Who has access to Lindqvist Bikes</h1>", 0);
    for words in [
        "Emil Lindqvist",
        "Blog Editor, since ",
        "until 31 January 2099",
        "given by Dana Holt",
        "why: the --&gt; &lt;b&gt;winter",
        "guest@<wbr>free.example",
        "the role Store helper gives more: Add and edit contacts, Answer the inbox",
        "Emil Lindqvist was given Blog Editor, until 31 January 2099",
        "<b>Process orders</b>",
    ] {
        assert!(page.contains(words), "no `{words}`");
    }
    for outside in ["http://", "src=", "href=", "url(", "@import", "<script"] {
        assert!(!page.replace("https://lindqvist-bikes.example", "").contains(outside), "{outside}");
    }
    assert!(!page.contains("stores.orders.manage"), "ids only where they are asked for");
    home.check(&["report", "site", BIKES, "--format", "html", "--ids"], "<b>Process orders (stores.orders.manage)</b>", 0);
    let text = home.check(&["report", "person", EMIL], "# What Emil Lindqvist has access to", 0);
    assert!(text.contains("**Process orders**") && text.contains("Store helper"), "{text}");
    home.check(&["report", "workspace", "--format", "md"], "## Lindqvist Bikes", 0);
    home.refused(&["report", "workspace", "--format", "csv"], "a statement is written as md, html or json", 2);
    home.refused(&["report", "site", "nowhere"], "no site `nowhere`", 2);
}

#[test]
fn programs_get_what_who_can_says_also_of_another_day() {
    let home = agency();
    for at in [&[][..], &["--at", "2099-06-01"], &["--at", "2020-01-01"]] {
        let args = [&["report", "site", BIKES, "--format", "json"], at].concat();
        let statement: Value = serde_json::from_str(&home.check(&args, "", 0)).unwrap();
        let rows = statement["access"].as_array().unwrap();
        let all = rows.iter().flat_map(|it| it["permissions"].as_array().unwrap().iter().map(|id| (it["person"].clone(), id.clone())));
        let mut told: Vec<_> = all.map(|(person, id)| format!("{person} {id}")).collect();
        let mut asked = Vec::new();
        let listed = home.check(&["permission", "list", "--platform", "wix", "--format", "json"], "", 0);
        for permission in serde_json::from_str::<Value>(&listed).unwrap().as_array().unwrap() {
            let id = permission["id"].as_str().unwrap();
            let output = home.run(&[&["who-can", id, BIKES, "--format", "json"], at].concat());
            let rows: Value = serde_json::from_slice(&output.stdout).unwrap();
            asked.extend(rows.as_array().unwrap().iter().map(|it| format!("{} {}", it["person"], permission["id"])));
        }
        told.sort();
        asked.sort();
        assert_eq!(told, asked, "{at:?}");
    }
}

/// Every byte that is turned is found, whatever it is a part of.
#[test]
fn a_statement_is_checked_against_the_journal_byte_by_byte() {
    let home = agency();
    for (form, name) in [("html", "a.html"), ("md", "a.md"), ("json", "a.json")] {
        home.check(&["report", "site", BIKES, "--format", form, "--output", name], "", 0);
        home.check(&["verify", "--statement", name], "head ", 0);
        let bytes = fs::read(home.path(name)).unwrap();
        for at in (0..bytes.len()).step_by(bytes.len() / 23) {
            let mut turned = bytes.clone();
            turned[at] ^= 1;
            fs::write(home.path(name), turned).unwrap();
            home.check(&["verify", "--statement", name], "does not hold", 1);
        }
        fs::write(home.path(name), [&bytes[..], b" "].concat()).unwrap();
        home.check(&["verify", "--statement", name], "does not hold", 1);
        fs::write(home.path(name), &bytes).unwrap();
    }
    // It says what was true then, whatever is done later.
    home.check(&["assign", EMIL, "website-manager", "--site", BIKES], "", 0);
    home.check(&["role", "revoke", "store-helper", "crm.inbox.manage"], "", 0);
    home.check(&["verify", "--statement", "a.html", "--format", "json"], "\"holds\":true", 0);
    let other = Home::demo();
    fs::copy(home.path("a.html"), other.path("a.html")).unwrap();
    other.check(&["verify", "--statement", "a.html"], "the journal does not lead to", 1);
    home.refused(&["verify", "--statement", "nowhere"], "--statement: nowhere", 2);
    fs::write(home.path("letter"), "Dear client\n").unwrap();
    home.check(&["verify", "--statement", "letter"], "neither a statement nor a seal", 1);
}

/// Nothing vouches for other text: each of these holds until one thing in it is changed.
#[test]
fn what_was_forged_does_not_hold_whatever_it_passes_itself_off_as() {
    let home = agency();
    let made = |args: &[&str]| home.check(args, "", 0);
    let page = |form: &str| made(&["report", "site", BIKES, "--format", form]);
    let (md, html, json, seal) = (page("md"), page("html"), page("json"), made(&["journal", "seal"]));
    let verify = |text: &str| {
        fs::write(home.path("paper"), text).unwrap();
        home.run(&["verify", "--statement", "paper"]).status.code()
    };
    for genuine in [&md, &html, &json, &seal] {
        assert_eq!(verify(genuine), Some(0), "{genuine}");
    }
    let with = |text: &str, old: &str, new: &str| {
        assert!(text.contains(old), "{old} in {text}");
        text.replacen(old, new, 1)
    };
    let emptied = serde_json::from_str::<Value>(&json).map(|mut it| {
        it["access"] = Value::Array(Vec::new());
        it.to_string()
    });
    let at = seal.split("\"at\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let head = seal.split("\"head\":\"").nth(1).unwrap().split('"').next().unwrap();
    for forged in [
        format!("# Nobody but you\n\n<!-- rolecall {} -->\n", seal.trim_end()),
        with(&emptied.unwrap(), "{", r#"{"seal":1,"workspace":"Northlight","#),
        with(&json, "{", r#"{"seal":1,"workspace":"Northlight","#),
        with(&json, r#""statement":1"#, r#""statement":2"#),
        with(&md, r#""statement":1"#, r#""statement":2"#),
        with(&md, r#""about":{"site":"lindqvist-bikes"}"#, r#""about":"workspace""#),
        with(&md, r#""format":"md""#, r#""format":"html""#),
        with(&html, r#""ids":false"#, r#""ids":true"#),
        with(&md, "dana@northlight.example\"} -->", "nobody@northlight.example\"} -->"),
        with(&md, "dana@northlight.example\"} -->", "emil@lindqvist-bikes.example\"} -->"),
        with(&seal, &at, "1999-01-01T00:00:00.000000Z"),
        with(&seal, &at, "2199-01-01T00:00:00.000000Z"),
        with(&seal, head, &format!("1:{}", &head[2..])),
        with(&seal, "Northlight", "Southlight"),
        with(&seal, "dana@northlight.example", "nobody@northlight.example"),
        with(&seal, r#""seal":1"#, r#""seal":2"#),
        with(&seal, "{", "{ "),
        with(&seal, "}", r#","note":"all is well"}"#),
        format!("{seal}\n"),
    ] {
        assert_eq!(verify(&forged), Some(1), "{forged}");
    }
    // What was true once, told of a later day.
    home.check(&["assign", EMIL, "website-manager", "--site", BIKES], "", 0);
    let made: DateTime<Utc> = serde_json::from_str::<Value>(&json).unwrap()["at"].as_str().unwrap().parse().unwrap();
    let stamp = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, true);
    assert_eq!(verify(&json), Some(0));
    let later = with(&json, &stamp(made), &stamp(made + TimeDelta::minutes(10)));
    assert_eq!(verify(&later), Some(1), "{later}");
    let by = r#""by":"dana@northlight.example""#;
    let made = format!(
        r#"{by},"made":{{"at":"{}","head":{}}}"#,
        stamp(made + TimeDelta::minutes(10)),
        serde_json::from_str::<Value>(&json).unwrap()["head"]
    );
    assert_eq!(verify(&with(&json, by, &made)), Some(1), "{made}");
    let (line, n) = (md.lines().nth(2).unwrap(), md.lines().count());
    assert_eq!(verify(&md.lines().take(n - 1).collect::<Vec<_>>().join("\n")), Some(1));
    fs::write(home.path("paper"), md.replacen(line, "By heart.", 1)).unwrap();
    home.check(&["verify", "--statement", "paper"], "line 3 does not say what the journal says", 1);
}

/// Whoever made it is renamed, holds less, or holds more since: it was theirs to see when they made it.
#[test]
fn a_statement_holds_whatever_becomes_of_whoever_made_it() {
    let home = agency();
    let (karin, bikes) = ("karin@lindqvist-bikes.example", ["--site", BIKES]);
    home.check(&[&["assign", EMIL, "website-manager"], &bikes[..]].concat(), "", 0);
    let report = |by: &str, more: &[&str], file: &str| {
        home.check(&[&["report", "site", BIKES, "--as", by, "--output", file], more].concat(), "", 0);
    };
    report(karin, &[], "owner.md");
    report(karin, &["--at", "2020-01-01"], "earlier.md");
    report(karin, &["--at", "2099-01-01", "--format", "json"], "later.json");
    report(EMIL, &[], "emil.md");
    report("dana@northlight.example", &[], "dana.md");
    let all = ["owner.md", "earlier.md", "later.json", "emil.md", "dana.md"];
    let hold = |when: &str| {
        for it in all {
            let output = home.run(&["verify", "--statement", it]);
            assert_eq!(output.status.code(), Some(0), "{it} {when}: {}", String::from_utf8_lossy(&output.stdout));
        }
    };
    hold("at first");
    home.check(&[&["unassign", EMIL, "website-manager"], &bikes[..]].concat(), "", 0);
    hold("where the role is taken");
    home.check(&["person", "edit", EMIL, "--email", "emil@other.example"], "", 0);
    home.check(&["person", "edit", karin, "--email", "karin@other.example"], "", 0);
    hold("where they have another address");
    home.check(&["assign", "emil@other.example", "account-admin", "--everywhere"], "", 0);
    hold("where they see everything");
    home.check(&["person", "edit", "dana@northlight.example", "--email", "dana@other.example"], "", 0);
    hold("where the account owner has another address");
}

#[test]
fn whoever_sees_a_part_gets_a_statement_of_that_and_it_can_be_checked() {
    let home = agency();
    home.check(&["report", "person", EMIL, "--as", EMIL, "--output", "own.md"], "", 0);
    home.check(&["verify", "--statement", "own.md"], "head ", 0);
    home.refused(&["report", "workspace", "--as", EMIL], "only their own sites", 3);
    home.refused(&["report", "site", BIKES, "--as", EMIL], "who has access to", 3);
    home.refused(&["report", "person", "tove@lundhands.example", "--as", EMIL], "no person", 2);
    let karin = home.check(&["report", "site", BIKES, "--as", "karin@lindqvist-bikes.example"], "Emil Lindqvist", 0);
    assert!(karin.contains("Blog Editor"), "{karin}");
    // What others did there is told, whoever they are; where nothing is, not that there is nothing.
    assert!(karin.contains("Emil Lindqvist was given Blog Editor, until 31 January 2099"), "{karin}");
    let own = home.check(&["report", "person", "karin@lindqvist-bikes.example", "--as", "karin@lindqvist-bikes.example"], "", 0);
    assert!(own.contains("Nothing, as far as karin@lindqvist-bikes.example sees: no invitation"), "{own}");
}

/// What each of these does is told on the site that it concerns, and on no other.
#[test]
fn what_changed_and_what_comes_is_told_where_it_counts() {
    let (home, other) = (agency(), "fjord-piano");
    let now = |site: &str| home.check(&["report", "site", site], "", 0);
    let others = [now(BIKES), now(other)];
    assert!(others[0].contains("the role Store helper gives more") && !others[1].contains("Store helper"), "{}", others[1]);
    let until = "2099-01-31";
    home.check(&["assign", EMIL, "website-manager", "--everywhere", "--since", "2098-01-01", "--until", until], "", 0);
    let agreed = "| Emil Lindqvist | Website Manager | 1 January 2098 | 31 January 2099 |";
    let given = "Emil Lindqvist was given Website Manager everywhere, from 1 January 2098 on, until 31 January 2099";
    for site in [BIKES, "papergarden"] {
        assert!(now(site).contains(agreed) && now(site).contains(given), "{}", now(site));
    }
    home.check(&["invite", "send", "new@free.example", "--role", "website-manager", "--everywhere"], "", 0);
    assert!(now(BIKES).contains("| new@free.example | Website Manager |") && !now(other).contains("new@free.example"), "{}", now(BIKES));
    let later = home.check(&["report", "site", BIKES, "--at", "2099-02-10"], "", 0);
    assert!(later.contains("Website Manager of Emil Lindqvist ended everywhere"), "{later}");
    let line = |site: &str, role: &str| {
        format!(r#"{{"type":"assignment","person":"tove@lundhands.example","role":"{role}","level":"site","scope":{{"site":"{site}"}}}}"#)
    };
    fs::write(home.path("more.jsonl"), [line(BIKES, "blog-editor"), line(other, "website-manager")].join("\n")).unwrap();
    home.check(&["import", "bundle", "more.jsonl"], "assignments: 2 added", 0);
    let [bikes, piano] = [now(BIKES), now(other)];
    assert!(bikes.contains("was given Blog Editor, without an end") && !bikes.contains("imported"), "{bikes}");
    assert!(piano.contains("was given Website Manager, without an end") && !piano.contains("Blog Editor, without"), "{piano}");
}

#[test]
fn what_somebody_answers_for_is_told_to_whoever_sees_everything() {
    let home = agency();
    let accept = ["audit", "accept", "changes-nothing:karin@lindqvist-bikes.example", "--until", "2099-01-31", "--because", "she is new"];
    home.check(&accept, "", 0);
    for about in [&["site", BIKES][..], &["person", "karin@lindqvist-bikes.example"], &["workspace"]] {
        let args = [&["report"], about].concat();
        let said = home.check(&args, "## Known, and accepted", 0);
        assert!(said.contains("she is new") && said.contains("Dana Holt") && said.contains("31 January 2099"), "{said}");
        home.check(&[&args[..], &["--format", "json"]].concat(), r#""key":"changes-nothing:karin@lindqvist-bikes.example""#, 0);
    }
    assert!(!home.check(&["report", "site", "fjord-piano"], "", 0).contains("she is new"));
    let karin = home.check(&["report", "site", BIKES, "--as", "karin@lindqvist-bikes.example"], "", 0);
    assert!(!karin.contains("she is new"), "{karin}");
}

/// A key of this kind, and who it is; nothing where there is no OpenSSH.
fn key(home: &Home, kind: &str, passphrase: &str) -> Option<String> {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", kind, "-N", passphrase, "-C", "dana", "-f", &home.path(kind)])
        .status()
        .inspect_err(|_| eprintln!("skipped: there is no ssh-keygen here; install openssh-client"));
    assert!(made.ok()?.success());
    let public = fs::read_to_string(home.path(&format!("{kind}.pub"))).unwrap();
    let other = "eve@x.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
    fs::write(home.path("signers"), format!("# who may\n{other}\ndana@northlight.example namespaces=\"rolecall\" {public}")).unwrap();
    Some(home.path(kind))
}

/// What `ssh-keygen` says of a file and its signature.
fn openssh(home: &Home, file: &str) -> bool {
    let mut check = Command::new("ssh-keygen");
    check.args(["-Y", "verify", "-f", &home.path("signers"), "-I", "dana@northlight.example", "-n", "rolecall"]);
    check.args(["-s", &home.path(&format!("{file}.sig"))]).stdin(fs::File::open(home.path(file)).unwrap()).stdout(Stdio::null());
    check.stderr(Stdio::null()).status().unwrap().success()
}

#[test]
fn openssh_and_this_program_check_each_others_signatures() {
    for kind in ["ed25519", "ecdsa"] {
        let home = agency();
        let Some(key) = key(&home, kind, "") else { return };
        home.check(&["report", "site", BIKES, "--format", "html", "--output", "a.html", "--sign", &key], "", 0);
        home.check(&["journal", "seal", "--output", "seal", "--sign", &key], "", 0);
        for file in ["a.html", "seal"] {
            assert!(openssh(&home, file), "{kind} {file}");
            home.check(&["verify", "--statement", file, "--signers", "signers"], "signed by dana@northlight.example (SHA256:", 0);
            let bytes = fs::read(home.path(file)).unwrap();
            for at in [0, bytes.len() / 2, bytes.len() - 1] {
                let mut turned = bytes.clone();
                turned[at] ^= 1;
                fs::write(home.path(file), turned).unwrap();
                assert!(!openssh(&home, file));
                home.check(&["verify", "--statement", file, "--signers", "signers"], "the signature is not of this file", 1);
            }
            fs::write(home.path(file), &bytes).unwrap();
            // And the other way round.
            fs::remove_file(home.path(&format!("{file}.sig"))).unwrap();
            home.check(&["verify", "--statement", file, "--signers", "signers"], "there is no signature", 1);
            let sign = |namespace: &str| {
                let args = ["-Y", "sign", "-q", "-f", &key, "-n", namespace, &home.path(file)];
                assert!(Command::new("ssh-keygen").args(args).stderr(Stdio::null()).status().unwrap().success());
            };
            sign("file");
            home.check(&["verify", "--statement", file, "--signers", "signers"], "made for something else", 1);
            fs::remove_file(home.path(&format!("{file}.sig"))).unwrap();
            sign("rolecall");
            home.check(&["verify", "--statement", file, "--signers", "signers"], "signed by dana", 0);
        }
        fs::write(home.path("signers"), "eve@x.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n")
            .unwrap();
        home.check(&["verify", "--statement", "seal", "--signers", "signers"], "none of the signers'", 1);
    }
}

#[test]
fn what_cannot_be_signed_is_said_before_anything_is_asked() {
    let home = agency();
    home.refused(&["report", "site", BIKES, "--sign", "key"], "name the file with --output", 2);
    let Some(key) = key(&home, "ed25519", "hunter2") else { return };
    home.refused(&["journal", "seal", "--output", "seal", "--sign", &format!("{key}.pub")], "is a public key; name the private one", 4);
    let open = |passphrase: &str| Key::read(Path::new(&key), || Ok(passphrase.to_owned()));
    assert!(open("hunter3").err().unwrap().to_string().contains("not the passphrase"));
    fs::write(home.path("letter"), "Dear client").unwrap();
    fs::write(home.path("letter.sig"), open("hunter2").unwrap().sign(b"Dear client").unwrap()).unwrap();
    assert!(openssh(&home, "letter"));
}
