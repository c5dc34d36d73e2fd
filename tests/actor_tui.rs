//! Whoever is not the account owner on the screens: what they see, what they may do, in whose name.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

#[allow(dead_code, reason = "each test file presses other keys")]
mod pty;

use pty::{ENTER, ESC, Home, SEND, Screen, Terminal};

const DANA: &str = "dana@northlight.example";
const ANA: &str = "ana@acme.example";
const BO: &str = "bo@bistro.example";
const INBOX: &str = "crm.inbox.manage";

/// An agency with two sites: Ana helps on one of them, where Bo helps too; he also runs the other.
fn agency() -> Home {
    let home = Home::agency();
    home.tell(&["role", "add", "Helper"]);
    home.tell(&["role", "grant", "helper", INBOX]);
    home.tell(&["role", "add", "Secret"]);
    for site in ["Acme", "Bistro"] {
        home.tell(&["site", "add", site, "--apps", "Wix Chat"]);
    }
    for (email, name) in [(ANA, "Ana Ruiz"), (BO, "Bo Bistro")] {
        home.tell(&["person", "add", email, "--name", name]);
        home.tell(&["contact", "add", name, "--email", email, "--status", "client"]);
        home.tell(&["assign", email, "helper", "--site", "acme"]);
    }
    home.tell(&["assign", BO, "website-manager", "--site", "bistro"]);
    home
}

/// The screens, opened in somebody's name.
fn open(home: &Home, email: &str) -> Terminal {
    let screens = home.screens().size(120, 50).args(&["--as", email]).open();
    screens.wait("the workspace", |it| it.has("Northlight"));
    screens
}

/// Whether the head names this actor.
fn acts(screen: &Screen, email: &str) -> bool {
    screen.rows()[0].contains(&format!("as {email}"))
}

/// Presses keys as Ana and checks what is, parts of a row with ` … ` between them, and what is not on the screen.
#[track_caller]
fn check(screens: &mut Terminal, keys: &str, shown: &[&str], hidden: &[&str]) {
    let screen = screens
        .then(keys, &format!("{shown:?} after {keys}"), |it| shown.iter().all(|text| it.has_row(&text.split(" … ").collect::<Vec<_>>())));
    let leaked: Vec<_> = hidden.iter().filter(|it| screen.has(it)).collect();
    assert!(leaked.is_empty(), "{leaked:?} after {keys}\n{}", screen.text());
    assert!(acts(&screen, ANA), "{}", screen.text());
}

#[test]
fn a_collaborator_sees_their_own_in_every_pane_and_nothing_of_others() {
    let home = agency();
    home.tell(&["invite", "send", BO, "--role", "helper", "--site", "bistro"]);
    let mut screens = open(&home, ANA);
    let others = ["Bo Bistro", BO, "Bistro", "Secret", "2 sites", "3 people"];
    check(&mut screens, "2", &["2 Sites … 1 ", "address", "YOU", "Ana Ruiz"], &others);
    check(&mut screens, "1", &["1 Contacts … 0 ", "contacts take a permission"], &others);
    check(&mut screens, "3", &["3 Collaborators … 1 ", "Ana Ruiz", "site acme"], &others);
    check(&mut screens, "4", &["4 Waiting … 0 ", "nothing was sent to you or by you"], &others);
    check(&mut screens, "5", &["5 Roles … 1 ", "Helper"], &others);
    check(&mut screens, "36", &["what Ana Ruiz can do on each Wix site", "Acme"], &others);
    check(&mut screens, "7", &["7 Log … 0 ", "nothing was done in your name"], &others);
    check(&mut screens, "2\r", &["3 Collaborators on Acme … 1 ", "Ana Ruiz"], &others);
    check(&mut screens, "m", &["who can do what on Acme", "Ana"], &others);
    check(&mut screens, "2T", &["does not see that: only their own sites"], &others);
    check(&mut screens, "3T", &["7 Log of Ana Ruiz"], &others);
}

#[test]
fn the_filter_finds_who_can_and_to_each_their_own() {
    let home = agency();
    let mut screens = open(&home, DANA);
    screens.then(&format!("3/can:{INBOX}"), "both who help", |it| it.has(" 3 ") && it.has_row(&["Ana Ruiz"]) && it.has_row(&["Bo Bistro"]));
    screens.then(&format!("{ESC}{ESC}2/can:{INBOX}"), "where somebody beside the owner can", |it| it.has_row(&[">   Acme"]));
    screens.then(&format!("{ESC}{ESC}2/!can:{INBOX}"), "nowhere else", |it| it.has_row(&["━ 2 Sites", " 0 "]) && it.has("nothing matches"));
    screens.then(&format!("{ESC}{ESC}5/can:{INBOX} helper"), "the role that gives it", |it| it.has_row(&["Helper", "/213"]));
    screens.then(&format!("{ESC}{ESC}5/!can:{INBOX} name:secret"), "one that does not", |it| it.has_row(&["Secret", "0/213"]));
    let mut screens = open(&home, ANA);
    screens.then("2/can:editor.site.publish", "Bo's rights say nothing", |it| it.has("nothing matches"));
    screens.then(&format!("{ESC}{ESC}2/can:{INBOX}"), "her own", |it| it.has_row(&[">   Acme"]));
}

#[test]
fn neither_the_filter_nor_the_palette_nor_a_field_finds_what_is_not_shown() {
    let home = agency();
    let mut screens = open(&home, ANA);
    screens.then("2/papergarden", "no match", |it| it.has("nothing matches"));
    screens.then(ESC, "her site", |it| it.has_row(&["2 Sites", " 1 "]));
    screens.then(":bistro", "nothing", |it| it.has(":bistro") && !it.has_row(&["site", "Bistro"]) && !it.has_row(&["person"]));
    assert!(!screens.screen().has(BO));
    screens.then(ESC, "the list", |it| !it.has("Go to, or do"));
    drop(screens);
    // He may give roles on his own site, and knows Ana from another.
    let mut screens = open(&home, BO);
    screens.then("3a", "the form", |it| it.has("Give a role"));
    screens.press("\x1b[Z\x15ana");
    let screen = screens.wait("what was typed", |it| it.has_row(&["> Person", "ana"]));
    assert!(!screen.has(ANA), "{}", screen.text());
}

#[test]
fn what_somebody_may_not_do_is_refused_at_the_key_and_not_offered() {
    let home = agency();
    let mut screens = open(&home, ANA);
    for (keys, offered, rule) in [
        ("1n", "n new", "may not manage contacts"),
        ("2n", "n new", "may not add sites"),
        ("2e", "e edit", "may not edit sites on acme"),
        ("2:partner\r", "p partner", "may not do this"),
        ("3a", "a give role", "may not invite people"),
        ("3i", "i invite", "may not invite people"),
        ("5c", "c copy", "may not manage roles"),
    ] {
        screens.then(keys, rule, |it| it.has(rule) && it.has(DANA) && !it.has("Ctrl-s"));
        assert!(!screens.screen().has_row(&[offered, "q quit"]), "{offered}\n{}", screens.screen().text());
    }
    drop(screens);
    let mut screens = home.screens().size(80, 24).args(&["--read-only"]).open();
    for keys in ["1n", "2e", "3a", "4i", "5c"] {
        screens.then(keys, "that nothing is saved", |it| it.has("this is read-only") && !it.has("Ctrl-s"));
        screens.then(ESC, "the list", |it| !it.has("this is read-only"));
    }
}

#[test]
fn the_footer_of_every_pane_ends_with_the_way_on_out_and_to_help_and_has_no_key_that_does_nothing() {
    let home = agency();
    let mut screens = home.screens().size(80, 24).open();
    screens.wait("the workspace", |it| it.has("Northlight"));
    let footer = |it: &Screen| it.rows()[23].clone();
    for pane in ["1", "2", "3", "4", "5", "6", "7"] {
        screens.then(pane, "the footer", |it| footer(it).contains(": go to  ? help  q quit"));
    }
    assert!(!footer(&screens.screen()).contains("s save"));
    screens.then("6", "the roles", |it| footer(it).contains("Space switch"));
    screens.then("2m", "the people of a site", |it| it.has("who can do what on Acme"));
    assert!(!footer(&screens.screen()).contains("L level"), "{}", screens.screen().text());
    screens.then(":all roles", "the palette's offer", |it| it.has_row(&["all roles", "The matrix of all roles"]));
    screens.then(ENTER, "all roles", |it| it.is_on("6 Matrix: roles of Wix") && footer(it).contains("Space switch"));
}

#[test]
fn a_collaborator_changes_nothing_and_the_refusal_names_the_rule() {
    let home = agency();
    let before = home.entries();
    let mut screens = open(&home, ANA);
    screens.then("2d", "the rule", |it| it.has("may not take acme from its owner"));
    screens.then("5m", "her role", |it| it.has("roles of Wix") && it.has("Helper"));
    screens.then(&format!(":{INBOX}"), "the palette's offer", |it| it.has_row(&["permission", INBOX]));
    screens.then(ENTER, "the permission", |it| it.is_marked("Answer the inbox", "●"));
    screens.then(" ", "the rule", |it| it.has("nobody changes their own") && it.is_marked("Answer the inbox", "●"));
    assert!(!screens.screen().has("unsaved"));
    screens.then("3V", "her own view", |it| it.has("viewing as"));
    screens.then("V", "who may", |it| it.has("only the account owner may"));
    assert!(acts(&screens.screen(), ANA));
    assert_eq!(home.entries(), before);
}

#[test]
fn a_collaborator_can_leave_and_is_left_with_nothing_to_see() {
    let home = agency();
    let mut screens = open(&home, ANA);
    screens.then("3D", "what goes", |it| it.has("[x] site acme") && !it.has("] everywhere"));
    screens.then(SEND, "the review", |it| it.has("Review: 1 change") && it.has("Leave site acme"));
    screens.then("y", "nothing is left", |it| it.has("nothing: no role, no site"));
    screens.wait("nothing to ask about", |it| it.has("6 Matrix: what Ana Ruiz can do") && it.has("Ana Ruiz has access to no site"));
    screens.then("2", "no site", |it| it.has("you own no site and have"));
    screens.then("7", "what she did", |it| it.has_row(&["7 Log", " 1 "]));
    assert_eq!(home.run(&["can", ANA, INBOX, "acme"]).status.code(), Some(1));
}

#[test]
fn who_may_see_the_people_of_a_site_sees_them_there_and_their_access_elsewhere_not() {
    let home = agency();
    home.tell(&["assign", ANA, "helper", "--site", "bistro"]);
    let mut screens = open(&home, BO);
    screens.then("2", "his sites", |it| it.has_row(&["2 Sites", " 2 "]) && it.has("YOU") && !it.has("Ana Ruiz"));
    screens.then("\x1b[B\r", "everyone there", |it| it.has("on Bistro") && it.has("Ana Ruiz") && it.has(DANA));
    screens.then("/ruiz", "her row", |it| it.has_row(&[">   Ana Ruiz"]));
    let screen = screens.then(ENTER, "what she holds there", |it| it.has_row(&["Helper", "site bistro"]));
    assert!(!screen.has("site acme"), "{}", screen.text());
    screens.then("w", "no more than that", |it| it.has(&format!("{BO} does not see that")));
}

#[test]
fn who_takes_a_role_on_their_site_is_told_whom_that_touches() {
    let home = agency();
    home.tell(&["site", "add", "Cargo", "--owner", BO, "--apps", "Wix Chat"]);
    home.tell(&["assign", ANA, "helper", "--site", "cargo"]);
    let mut screens = open(&home, BO);
    screens.then("2/cargo", "his own site", |it| it.has_row(&[">   Cargo"]));
    screens.then("\r\r", "everyone there", |it| it.has("on Cargo") && it.has("Ana Ruiz"));
    screens.then("/ruiz", "her row", |it| it.has_row(&[">   Ana Ruiz"]));
    screens.then(ENTER, "the list", |it| it.has("/ruiz 1"));
    screens.then("d", "her role", |it| it.has("Take a role from Ana Ruiz"));
    screens.then(SEND, "her name", |it| it.has("Review: 1 change") && it.has_row(&["WHO", "Ana Ruiz"]));
}

#[test]
fn the_owner_acts_as_somebody_and_back_and_drafts_stay_with_whoever_made_them() {
    let home = agency();
    let mut screens = home.screens().size(80, 24).open();
    screens.wait("all of it", |it| it.has("2 sites") && !it.rows()[0].contains(" as "));
    screens.then(&format!(":{INBOX}"), "the palette's offer", |it| it.has_row(&["permission", INBOX]));
    screens.then(ENTER, "the permission", |it| it.is_marked("Answer the inbox", "●"));
    screens.then(" ", "a draft", |it| it.has("1 unsaved"));

    screens.then(&format!(":{ANA}"), "the palette's offer", |it| it.has_row(&["person", ANA]));
    screens.then(ENTER, "her page", |it| it.has_row(&["e-mail", ANA]));
    screens.then("V", "what she can do", |it| it.has("viewing as"));
    screens.then("V", "her view", |it| acts(it, ANA) && it.has_row(&["2 Sites", " 1 "]) && !it.has("unsaved"));
    screens.then("3D", "what goes", |it| it.has("[x] site acme"));
    screens.then(SEND, "the review", |it| it.has("Review: 1 change") && it.has("Leave site acme"));
    screens.then("y", "it is done", |it| it.has("nothing: no role, no site"));
    let entry = home.json(&["journal", "--limit", "1"])[0].clone();
    assert_eq!(entry["actor"], ANA);
    assert!(entry["via"].as_str().unwrap().ends_with(DANA), "{entry}");

    screens.then(ESC, "all of it, and the draft", |it| !it.rows()[0].contains(" as ") && it.has("1 unsaved"));
    screens.then("2", "both sites", |it| it.has_row(&["2 Sites", " 2 "]));
    screens.then(":act as myself", "the palette's offer", |it| it.has("act as myself"));
    screens.then(ENTER, "that it is so", |it| it.has("already"));
}

#[test]
fn the_actor_shows_without_colour_and_beside_a_long_name() {
    let home = agency();
    let long = "a-very-long-name-of-somebody@a-very-long-domain-indeed.example";
    home.tell(&["person", "add", long]);
    let screens = home.screens().size(80, 24).args(&["--as", long]).env("NO_COLOR", Some("1")).open();
    screens.wait("the actor", |it| it.rows()[0].contains("as a-very-long-name-of-some") && it.rows()[0].contains("? help"));
}

#[test]
fn reading_only_narrows_no_less() {
    let home = agency();
    let mut screens = home.screens().size(80, 24).args(&["--read-only", "--as", ANA]).open();
    screens.then("2", "her site", |it| it.has_row(&["2 Sites", " 1 "]) && it.rows()[0].contains("read-only"));
}

#[test]
fn who_loses_sight_while_the_screens_are_open_sees_no_more() {
    let home = agency();
    let mut screens = open(&home, BO);
    screens.then("2", "his sites", |it| it.has_row(&["2 Sites", " 2 "]));
    home.tell(&["expel", BO, "--site", "bistro"]);
    screens.wait("one of them", |it| it.has_row(&["2 Sites", " 1 "]) && !it.has("expel"));
}

#[test]
fn a_role_that_brings_a_second_editor_to_a_classic_site_says_so_before() {
    let home = agency();
    home.tell(&["site", "edit", "bistro", "--editor", "Classic"]);
    let mut screens = home.screens().size(80, 24).open();
    screens.wait("the workspace", |it| it.has("Northlight"));
    screens.then(&format!(":{ANA}"), "the palette's offer", |it| it.has_row(&["person", ANA]));
    screens.then(ENTER, "her page", |it| it.has_row(&["e-mail", ANA]));
    screens.then("a", "the form", |it| it.has("Give a role"));
    screens.press("website-designer\t\t\tbistro");
    let seen = |it: &Screen| it.has("Review: 1 change") && it.has("whose Classic editor bears one person at a time") && it.has(ANA);
    screens.then(SEND, "who would be in each other's way", seen);
}
