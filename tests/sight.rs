//! What somebody sees who does not see everything: a trial, an error, a suggestion or a count never says more than the answer.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod home;

use home::Home;

/// Store helper on two sites, and nothing else.
const EMIL: &str = "emil@lindqvist-bikes.example";
const MIRA: &str = "mira@northlight.example";
const THEO: &str = "theo@northlight.example";
const TRIALS: [&[&str]; 4] = [&[], &["--read-only"], &["--at", "2099-01-01"], &["--read-only", "--at", "2099-01-01"]];

impl Home {
    /// What the program says in somebody's name: exit code, stdout, stderr.
    fn says(&self, who: &str, args: &[&str]) -> (Option<i32>, String, String) {
        let output = self.run(&[&["--as", who], args].concat());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    }
}

/// A trial is refused word for word as the deed is, whatever the file may be asked about.
#[track_caller]
fn refused_alike(home: &Home, who: &str, deed: &[&str]) {
    let real = home.says(who, deed);
    assert!(matches!(real.0, Some(2 | 3)) && real.1.is_empty(), "{deed:?}: {real:?}");
    for flags in TRIALS {
        let trial = home.says(who, &[flags, deed, &["--dry-run"]].concat());
        assert_eq!(trial, real, "{flags:?} {deed:?}");
    }
}

#[test]
fn a_trial_on_a_file_that_is_only_read_is_weighed_like_the_deed() {
    let home = Home::demo();
    refused_alike(&home, EMIL, &["expel", MIRA, "--team"]);
    refused_alike(&home, EMIL, &["contact", "edit", "zoe@brandt-physio.example", "--name", "x"]);
    refused_alike(&home, EMIL, &["site", "remove", "tidewater-museum"]);
    refused_alike(&home, EMIL, &["undo"]);
    let gain = &["assign", EMIL, "blog-editor", "--site", "lindqvist-bikes", "--dry-run"];
    for flags in TRIALS {
        home.check(&[flags, gain].concat(), "gain blog.posts.manage_all", 0);
    }
    assert_eq!(home.entries(), 1);
}

#[test]
fn who_sees_nothing_now_sees_nothing_of_another_instant() {
    let home = Home::demo();
    home.check(&["assign", THEO, "account-admin", "--everywhere"], "", 0);
    let newest: serde_json::Value = serde_json::from_str(&home.check(&["journal", "--limit", "1", "--format", "json"], "", 0)).unwrap();
    let then = newest[0]["at"].as_str().unwrap().to_owned();
    home.check(&["expel", THEO, "--team"], "", 0);
    home.check(&["assign", EMIL, "account-admin", "--everywhere", "--since", "2031-01-01"], "", 0);
    for (who, at) in [(THEO, &then[..]), (EMIL, "2031-06-01")] {
        for args in [&["contact", "list"][..], &["person", "list"], &["export", "bundle"], &["site", "show", "vesper-wines"]] {
            let now = home.says(who, args);
            assert_ne!(now.0, Some(0), "{who} {args:?}: {now:?}");
            assert_eq!(home.says(who, &[&["--at", at], args].concat()), now, "{who} {at} {args:?}");
        }
        let others = |answer: String| answer.lines().filter(|it| !it.contains(who)).map(str::to_owned).collect::<Vec<_>>();
        let audit = ["audit", "--format", "csv", "--columns", "key,finding"];
        let now = others(home.says(who, &audit).1);
        assert_eq!(others(home.says(who, &[&["--at", at], &audit[..]].concat()).1), now, "{who} {at}");
    }
}

/// One that there is, but not for Emil, is answered like one that nothing has.
#[track_caller]
fn alike(home: &Home, line: &[&str], there: &str, nowhere: &str) {
    let answer = |word: &str| {
        let line: Vec<&str> = line.iter().map(|it| if *it == "?" { word } else { it }).collect();
        let (code, out, err) = home.says(EMIL, &line);
        (code, (out + &err).replace(word, "…"))
    };
    let (hidden, missing) = (answer(there), answer(nowhere));
    assert_eq!(hidden, missing, "{line:?}: {there} and {nowhere}");
    assert_ne!(hidden.0, Some(0), "{line:?}: {hidden:?}");
}

#[test]
fn what_somebody_may_not_know_of_is_answered_like_what_is_not_there() {
    let home = Home::demo();
    home.check(&["invite", "send", "guest@hidden.example", "--role", "blog-editor", "--site", "tidewater-museum"], "", 0);
    let (site, nowhere) = ("tidewater-museum", "tidewater-museuq");
    let person = (MIRA, "mirq@northlight.example");
    for line in [
        &["site", "show", "?"][..],
        &["site", "edit", "?", "--name", "x"],
        &["site", "remove", "?", "--dry-run"],
        &["person", "list", "--site", "?"],
        &["invite", "send", "x@x.example", "--role", "store-helper", "--site", "?"],
        &["assign", EMIL, "store-helper", "--site", "?"],
        &["transfer", "send", "?", "--to", "x@x.example"],
        &["partner", "reclaim", "?"],
        &["leave", "--site", "?"],
    ] {
        alike(&home, line, site, nowhere);
    }
    for line in [
        &["person", "show", "?"][..],
        &["person", "add", "?"],
        &["person", "remove", "?"],
        &["what-can", "?"],
        &["expel", "?", "--team"],
        &["assign", "?", "store-helper", "--site", "lindqvist-bikes"],
        &["contact", "add", "x", "--email", "?"],
    ] {
        alike(&home, line, person.0, person.1);
    }
    alike(&home, &["role", "show", "?"], "content-desk", "content-desq");
    alike(&home, &["role", "add", "?"], "content-desk", "content-desq");
    alike(&home, &["folder", "show", "?"], "culture", "culturq");
    alike(&home, &["contact", "edit", "?", "--name", "x"], "zoe@brandt-physio.example", "zoq@brandt-physio.example");
    alike(&home, &["invite", "cancel", "?"], "1", "9");
    alike(&home, &["undo", "?"], "2", "9");
    let helper = home.says(EMIL, &["role", "show", "store-helper"]).1;
    assert!(helper.contains("by 1 person in 2 places"), "{helper}");
}

#[test]
fn a_url_is_one_sites_and_never_a_key() {
    let home = Home::demo();
    home.refused(&["site", "edit", "vesper-wines", "--url", "https://tidewater-museum.example"], "there is already a site with the URL", 3);
    home.refused(&["site", "edit", "vesper-wines", "--url", "harbour-market"], "`harbour-market` is no URL", 2);
    // A host is the same in whichever letters.
    home.refused(&["site", "edit", "vesper-wines", "--url", "https://TIDEWATER-museum.example"], "a host is written in small letters", 2);
    home.check(&["site", "show", "https://TIDEWATER-museum.example"], "key       tidewater-museum", 0);
    // The port that a scheme has anyway says nothing, nor does the last dot of a host.
    for same in ["tidewater-museum.example:443", "https://tidewater-museum.example:443/", "https://tidewater-museum.example."] {
        home.refused(&["site", "edit", "vesper-wines", "--url", same], "without the usual port or a last dot: ", 2);
        home.check(&["site", "show", same], "key       tidewater-museum", 0);
    }
    home.check(&["site", "edit", "vesper-wines", "--url", "https://tidewater-museum.example:8443"], "", 0);
    home.check(&["site", "show", "https://tidewater-museum.example:8443"], "key       vesper-wines", 0);
    home.check(&["undo"], "", 0);
    // One that an earlier version wrote down so: two have it, and neither answers for the other.
    let old = rusqlite::Connection::open(home.path("work.db")).unwrap();
    old.execute_batch("UPDATE site SET url = 'https://tidewater-museum.example:443' WHERE key = 'vesper-wines'").unwrap();
    home.refused(
        &["site", "show", "https://tidewater-museum.example:443"],
        "it is the URL of tidewater-museum, vesper-wines: give the key",
        2,
    );
    home.check(&["site", "show", "https://tidewater-museum.example"], "key       tidewater-museum", 0);
    drop(old);
    let line = r#"{"type":"site","key":"loud","name":"Loud","url":"HTTPS://LOUD.example/Path","platform":"wix","owner":"dana@northlight.example"}"#;
    std::fs::write(home.path("loud.jsonl"), line).unwrap();
    home.check(&["import", "bundle", &home.path("loud.jsonl")], "1 added", 0);
    home.check(&["site", "show", "https://loud.example/Path"], "key       loud", 0);
    home.check(&["site", "show", "tidewater-museum.example/"], "key       tidewater-museum", 0);
    home.refused(&["site", "show", "tidewater-museum-x"], "no site", 2);
}

#[test]
fn a_token_comes_from_stdin_and_suggested_lines_are_quoted() {
    let home = Home::demo();
    let sent = home.check(&["invite", "send", "a@new.example", "--role", "store-helper", "--site", "papergarden"], "rolecall accept ", 0);
    let token = sent.lines().find_map(|it| it.trim().strip_prefix("rolecall accept ")).unwrap();
    // As a shell of Windows pipes it: a mark before it, or UTF-16.
    assert_eq!(home.feed(&["accept", "-", "--dry-run"], &format!("\u{feff}{token}\r\n")).status.code(), Some(0));
    let wide: Vec<u8> = format!("\u{feff}{token}\r\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(home.path("token"), wide).unwrap();
    let wide = std::fs::File::open(home.path("token")).unwrap();
    assert_eq!(home.command(&["accept", "-", "--dry-run"]).stdin(wide).output().unwrap().status.code(), Some(0));
    assert_eq!(home.feed(&["accept", "-"], &format!("{token}\n")).status.code(), Some(0));
    assert_eq!(home.feed(&["accept", "-"], "no token\n").status.code(), Some(2));
    let hostile = "`touch${IFS}pwn`@x.example";
    home.check(&["person", "add", hostile], "", 0);
    home.check(&["assign", hostile, "store-helper", "--site", "papergarden"], "", 0);
    home.refused(&["person", "remove", hostile], "rolecall offboard '`touch${IFS}pwn`@x.example'", 3);
}
