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
    }
}
