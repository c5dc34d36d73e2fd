//! How access begins, changes hands and ends, on the command line (facts §4).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod home;

use std::fs;
use std::path::{Path, PathBuf};

use home::Home;
use mail_parser::MessageParser;
use serde_json::Value;

const BUNDLE: &str = r#"{"type":"workspace","name":"Northlight","owner":"dana@nl.example"}
{"type":"person","email":"dana@nl.example","name":"Dana Holt"}
{"type":"person","email":"kim@nl.example","name":"Kim"}
{"type":"person","email":"lee@nl.example","name":"Lee"}
{"type":"person","email":"ana@acme.example","name":"Ana Ruiz"}
{"type":"folder","key":"retail","name":"Retail","parent":null}
{"type":"site","key":"shop","name":"Shop","url":"https://shop.example","platform":"wix","folder":"retail","owner":"dana@nl.example","apps":["Wix Stores","Wix Blog"]}
{"type":"site","key":"cafe","name":"Café","platform":"wix","folder":null,"owner":"ana@acme.example","apps":["Wix Blog"]}
{"type":"contact","name":"Ana Ruiz","email":"ana@acme.example","status":"client"}
{"type":"contact","name":"Walk-in","email":null}
{"type":"role","key":"packer","name":"Packer","platform":"wix","level":"site","permissions":["stores.orders.manage"]}
{"type":"role","key":"picker","name":"Picker","platform":"wix","level":"site","permissions":["stores.orders.view"]}
{"type":"assignment","person":"kim@nl.example","role":"website-manager","level":"team","scope":"everywhere"}
{"type":"assignment","person":"lee@nl.example","role":"packer","level":"site","scope":{"site":"shop"}}
{"type":"assignment","person":"kim@nl.example","role":"packer","level":"site","scope":{"site":"shop"}}
"#;

fn agency() -> Home {
    let home = Home::empty();
    fs::write(home.path("agency.jsonl"), BUNDLE).unwrap();
    home.check(&["import", "bundle", "agency.jsonl"], "entry 1:", 0);
    home
}

/// The token in an answer.
fn token(answer: &str) -> String {
    let line = answer.lines().find_map(|it| it.trim().strip_prefix("rolecall accept ")).unwrap_or_else(|| panic!("no token in {answer}"));
    line.split(' ').next().unwrap().to_owned()
}

/// The letters of the outbox, in the order of their names.
fn letters(home: &Home) -> Vec<PathBuf> {
    let Ok(found) = fs::read_dir(home.path("work.outbox")) else { return Vec::new() };
    let mut found: Vec<PathBuf> = found.map(|it| it.unwrap().path()).collect();
    found.sort();
    found
}

fn text_of(path: &Path) -> String {
    let bytes = fs::read(path).unwrap();
    MessageParser::new().parse(&bytes).unwrap().body_text(0).unwrap().replace("\r\n", "\n")
}

fn json(home: &Home, args: &[&str], exit: i32) -> Value {
    serde_json::from_str(&home.check(&[args, &["--format", "json"]].concat(), "", exit)).unwrap()
}

fn invited(home: &Home) -> String {
    token(&home.check(&["invite", "send", "new@x.example", "--role", "packer", "--site", "shop"], "invited new@x.example as packer", 0))
}

const CAN_PACK: [&str; 4] = ["can", "new@x.example", "stores.orders.manage", "shop"];

#[test]
fn who_is_invited_waits_accepts_once_and_then_has_access() {
    let home = agency();
    let token = invited(&home);
    home.check(&["invite", "list"], "pending", 0);
    home.check(&["site", "show", "shop"], "waits     invitation 1 to new@x.example: Packer (site shop)", 0);
    home.refused(&CAN_PACK, "no person `new@x.example`", 2);
    home.check(&["invite", "accept", &token, "--dry-run"], "gain stores.orders.view, stores.orders.manage", 0);
    home.check(&["accept", &token.to_uppercase()], "new@x.example accepted invitation 1", 0);
    home.check(&CAN_PACK, "yes", 0);
    home.check(&["invite", "list"], "", 1);
    home.check(&["invite", "list", "--all"], "accepted", 0);
    home.refused(&["accept", &token], "was accepted", 3);
    home.refused(&["invite", "resend", "1"], "was accepted", 3);
    home.check(&["invite", "show", "1", "--format", "json"], "\"stage\":\"accepted\"", 0);
    home.check(&["timeline", "new@x.example"], "invited new@x.example as packer", 0);
    home.check(&["verify"], "entries 3", 0);
}

#[test]
fn the_link_stands_in_the_answer_and_in_the_letter_and_nowhere_else() {
    let home = agency();
    let token = invited(&home);
    let written = letters(&home);
    assert_eq!(written.len(), 1);
    let text = text_of(&written[0]);
    assert!(text.contains(&format!("rolecall accept {token}")) && text.contains("Packer: "), "{text}");
    for args in [&["invite", "show", "1"][..], &["journal", "show", "2"], &["invite", "list", "--format", "json"], &["export", "bundle"]] {
        assert!(!home.check(args, "", 0).contains(&token), "{args:?}");
    }
    let file = fs::read(home.path("work.db")).unwrap();
    assert!(!file.windows(token.len()).any(|it| it == token.as_bytes()));
}

#[test]
fn a_link_that_was_resent_cancelled_declined_or_altered_is_dead() {
    let home = agency();
    let old = invited(&home);
    let new = token(&home.check(&["invite", "resend", "1"], "sent invitation 1 again", 0));
    assert_ne!(old, new);
    home.refused(&["accept", &old], "only the newest link works", 3);
    let altered = new.replacen(&new[..1], if new.starts_with('b') { "c" } else { "b" }, 1);
    home.refused(&["accept", &altered], "a letter may be wrong", 3);
    home.refused(&["accept", &new[1..]], "52 letters and digits", 2);
    home.check(&["invite", "cancel", "1"], "took invitation 1 back", 0);
    home.refused(&["accept", &new], "was taken back", 3);
    home.refused(&["invite", "cancel", "1"], "was taken back", 3);
    let second = token(&home.check(&["invite", "send", "new@x.example", "--role", "packer", "--site", "shop"], "", 0));
    home.check(&["invite", "decline", &second], "invitation 2 was declined", 0);
    home.refused(&["accept", &second], "was declined", 3);
    home.refused(&["invite", "decline", &altered], "nothing that was sent has this token", 3);
    home.refused(&["invite", "cancel", "9"], "no invitation `9`", 2);
}

#[test]
fn another_address_may_accept_and_is_named() {
    let home = agency();
    let token = invited(&home);
    home.check(&["accept", &token, "--email", "other@y.example"], "sent to new@x.example, accepted by other@y.example", 0);
    home.check(&["invite", "list", "--all"], "accepted as other@y.example", 0);
    home.check(&["can", "other@y.example", "stores.orders.manage", "shop"], "yes", 0);
    home.check(&["unassign", "lee@nl.example", "packer", "--site", "shop"], "", 0);
    let token = invited(&home);
    home.check(&["--as", "lee@nl.example", "accept", &token], "sent to new@x.example, accepted by lee@nl.example", 0);
}

#[test]
fn many_addresses_are_one_step_each_once_and_all_or_none() {
    let home = agency();
    let many = "a@x.example, A@X.example;b@x.example\nc@x.example";
    home.check(
        &["invite", "send", many, "Di Roe <d@x.example>", "--role", "packer", "--role", "picker", "--site", "shop"],
        "5 steps: invited",
        0,
    );
    // The fifth keeps the name that came with an address.
    home.check(&["person", "show", "d@x.example"], "Di Roe", 0);
    assert_eq!(letters(&home).len(), 4);
    assert_eq!(home.entries(), 2);
    home.refused(&["invite", "send", "e@x.example, nonsense", "--role", "packer", "--site", "shop"], "`nonsense` is not an e-mail", 2);
    home.refused(
        &["invite", "send", "e@x.example\r\nBcc: f@x.example", "--role", "packer", "--site", "shop"],
        "`Bcc:` is not an e-mail",
        2,
    );
    home.refused(&["invite", "send", " , ", "--role", "packer", "--site", "shop"], "no address to send to", 2);
    assert_eq!((letters(&home).len(), home.entries()), (4, 2));
    let output = home.run(&["invite", "send", "e@x.example, nonsense", "--skip-invalid", "--role", "packer", "--site", "shop"]);
    assert!(output.status.success() && String::from_utf8_lossy(&output.stderr).contains("left out: `nonsense`"));
    let output = home.feed(&["invite", "send", "-", "--role", "packer", "--site", "shop"], "g@x.example\nh@x.example\n");
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("2 steps: "));
    home.check(&["undo"], "took back", 0);
    home.refused(&["invite", "send", "kim@nl.example", "--role", "packer", "--site", "shop"], "kim@nl.example has Packer there", 3);
    home.refused(&["invite", "send", "i@x.example", "--role", "pakcer", "--site", "shop"], "did you mean `packer`?", 2);
    home.refused(&["invite", "send", "i@x.example", "--role", "packer", "--site", "shpo"], "did you mean `shop`?", 2);
    home.refused(&["invite", "send", "i@x.example", "--role", "owner", "--site", "shop"], "never assigned", 3);
    home.refused(&["invite", "send", "ana@acme.example", "--role", "packer", "--site", "cafe"], "owns cafe and needs no invitation", 3);
    home.refused(&["invite", "send", "i@x.example", "--role", "packer"], "--everywhere", 2);
}

#[test]
fn access_ends_when_the_invitation_or_the_agency_says() {
    let home = agency();
    home.check(&["team", "edit", "--ends-after", "packer=90", "--ends-after", "picker=30"], "edited the workspace", 0);
    let until = |args: &[&str]| {
        let token = token(&home.check(&[&["invite", "send"], args].concat(), "", 0));
        home.check(&["accept", &token], "", 0);
        let held = json(&home, &["person", "show", args[0]], 0)["holds"][0]["until"].clone();
        held.as_str().map(str::to_owned)
    };
    // With the day, which is over when the next one begins.
    let at = |days: i64| (chrono::Utc::now() + chrono::TimeDelta::days(days + 1)).format("%Y-%m-%dT00:00:00.000000Z").to_string();
    assert_eq!(until(&["a@x.example", "--role", "packer,picker", "--site", "shop"]), Some(at(30)));
    assert_eq!(until(&["b@x.example", "--role", "packer", "--site", "shop"]), Some(at(90)));
    assert_eq!(until(&["c@x.example", "--role", "packer", "--site", "shop", "--until", "never"]), None);
    assert_eq!(until(&["d@x.example", "--role", "packer", "--site", "shop", "--until", "7d"]), Some(at(7)));
    home.check(&["can", "d@x.example", "stores.orders.manage", "shop", "--at", "6d"], "yes", 0);
    home.check(&["can", "d@x.example", "stores.orders.manage", "shop", "--at", "8d"], "expired", 1);
    home.refused(
        &["invite", "send", "e@x.example", "--role", "packer", "--site", "shop", "--until", "2020-01-01"],
        "end before it begins",
        2,
    );
    home.check(&["due", "--within", "10d"], "d@x.example", 1);
    home.check(&["due", "--within", "1d"], "", 0);
    home.refused(&["due", "--within", "soon"], "is not a day or time", 2);
    home.check(&["team", "edit", "--ends-after", "packer="], "edited the workspace", 0);
    assert_eq!(json(&home, &["team", "show"], 0)["ends_after"], serde_json::json!({"picker": 30}));
}

#[test]
fn an_invitation_waits_thirty_days_and_a_transfer_three() {
    let home = agency();
    invited(&home);
    home.check(&["transfer", "send", "shop", "--to", "buyer@x.example"], "offered shop to buyer@x.example", 0);
    home.check(&["invite", "list", "--at", "29d"], "pending", 0);
    home.check(&["invite", "list", "--at", "30d", "--state", "expired"], "new@x.example", 0);
    home.check(&["transfer", "list", "--at", "4d", "--state", "expired"], "buyer@x.example", 0);
    home.check(&["due", "--within", "30d", "--format", "csv"], "hand-over,buyer@x.example", 1);
    home.check(&["timeline", "shop", "--at", "31d"], "invitation 1 to new@x.example ended without an answer", 0);
}

#[test]
fn the_team_has_seats_members_and_its_own_invitations() {
    let home = agency();
    fs::write(home.path("logo.txt"), " /\\\n/  \\\n").unwrap();
    home.check(&["team", "edit", "--name", "Nordlys", "--line", "Sites that last", "--logo", "logo.txt", "--seats", "2"], "edited", 0);
    home.check(&["team", "show"], "seats     [#####.....] 1 of 2 seats", 0);
    let answer = home.check(&["invite", "send", "mo@x.example", "--role", "website-designer", "--folder", "retail"], "(folder retail)", 0);
    let text = text_of(&letters(&home)[0]);
    assert!(text.starts_with(" /\\\n/  \\\nNordlys\nSites that last\n") && text.contains("every site in Retail, now and later"), "{text}");
    home.check(&["team", "show"], "[##########] 2 of 2 seats", 0);
    home.refused(&["invite", "send", "li@x.example", "--role", "website-designer", "--everywhere"], "all 2 seats of the team are taken", 3);
    home.refused(&["invite", "send", "ana@acme.example", "--role", "website-designer", "--everywhere"], "has an account of their own", 3);
    home.check(&["accept", &token(&answer)], "accepted", 0);
    home.check(&["team", "list"], "mo@x.example", 0);
    home.check(&["can", "mo@x.example", "editor.site.edit", "shop"], "yes", 0);
    home.check(&["team", "remove", "mo@x.example"], "removed mo@x.example", 0);
    home.check(&["can", "mo@x.example", "editor.site.edit", "shop"], "no-assignment", 1);
    home.refused(&["team", "remove", "mo@x.example"], "has no role in the team", 3);
    home.refused(&["team", "edit", "--seats", "few"], "is not a number", 2);
    home.check(&["team", "edit", "--seats", "none", "--logo", ""], "edited", 0);
    assert_eq!(json(&home, &["team", "show"], 0)["team_seats"], Value::Null);
}

const ASK: [&str; 10] = [
    "request",
    "send",
    "--contact",
    "ana@acme.example",
    "--about",
    "The café's site",
    "--role",
    "blog-editor",
    "--person",
    "kim@nl.example",
];

#[test]
fn a_client_is_asked_chooses_the_site_and_an_invitation_follows() {
    let home = agency();
    home.check(&ASK, "asked ana@acme.example for access to The café's site", 0);
    let text = text_of(&letters(&home)[0]);
    assert!(text.contains("> The café's site") && text.contains("Kim (kim@nl.example)"), "{text}");
    home.check(&["contact", "show", "Ana Ruiz"], "request 1 to Ana Ruiz <ana@acme.example>: Blog Editor", 0);
    home.refused(&["request", "approve", "1", "--site", "cafe", "--role", "website-manager"], "if the client means it, say so: --wider", 3);
    let answer = home.check(&["request", "approve", "1", "--site", "cafe"], "request 1 was approved for cafe", 0);
    home.check(&["accept", &token(&answer)], "kim@nl.example accepted invitation 1", 0);
    home.check(&["can", "kim@nl.example", "blog.posts.pin", "cafe"], "yes", 0);
    home.check(&["request", "show", "1"], "request 1 was approved for cafe", 0);
    home.check(&["request", "list", "--state", "approved"], "site cafe", 0);
    home.refused(&["request", "withdraw", "1"], "was accepted", 3);
}

#[test]
fn a_client_may_give_more_or_less_say_no_or_never_answer() {
    let home = agency();
    home.check(&ASK, "", 0);
    home.check(
        &["request", "approve", "1", "--site", "cafe", "--role", "website-manager", "--wider"],
        "is wider than what was asked for",
        0,
    );
    home.check(&["request", "list", "--all"], "the client gave more than was asked for", 0);
    home.check(&ASK, "", 0);
    home.check(&["request", "decline", "2"], "request 2 was declined", 0);
    home.check(&ASK, "", 0);
    home.check(&["request", "resend", "3"], "sent request 3 again", 0);
    home.check(&["request", "withdraw", "3"], "took request 3 back", 0);
    home.check(&["request", "list", "--all"], "withdrawn", 0);
    home.check(&ASK, "", 0);
    home.check(&["request", "list", "--at", "31d"], "lapsed", 0);
    home.check(&["request", "list", "--site", "cafe", "--all"], "approved", 0);
    assert_eq!(home.check(&["request", "list", "--site", "cafe"], "", 1), "", "it is answered");
    home.refused(&["due", "--within=-262143-01-05"], "is not a day or time", 2);
    home.refused(&["request", "send", "--contact", "Walk-in", "--about", "x", "--role", "packer"], "has no e-mail to send a request to", 2);
    home.refused(&["request", "send", "--contact", "Ana Riuz", "--about", "x", "--role", "packer"], "no contact `Ana Riuz`", 2);
}

#[test]
fn a_site_changes_hands_and_the_old_owner_keeps_what_was_chosen() {
    let home = agency();
    let send = ["transfer", "send", "shop", "--to", "buyer@x.example", "--keep", "website-manager", "--with-plan"];
    let answer = home.check(&send, "offered shop to buyer@x.example", 0);
    home.refused(&send, "take it back first: rolecall transfer cancel 1", 3);
    home.refused(&["partner", "cancel", "1"], "rolecall transfer show 1", 2);
    home.check(&["site", "show", "shop"], "hand-over 1 to buyer@x.example: transfer (site shop)", 0);
    let first = token(&answer);
    let second = token(&home.check(&["transfer", "resend", "1"], "sent hand-over 1 again", 0));
    home.refused(&["accept", &first], "only the newest link works", 3);
    home.refused(&["accept", &second, "--email", "eve@y.example"], "is for buyer@x.example alone", 3);
    home.check(&["accept", &second], "buyer@x.example accepted hand-over 1", 0);
    home.check(&["site", "show", "shop"], "owner     buyer@x.example", 0);
    home.check(&["can", "dana@nl.example", "editor.site.edit", "shop"], "yes", 0);
    home.check(&["can", "dana@nl.example", "sites.site.remove", "shop"], "no", 1);
    home.check(&["undo"], "took back", 0);
    home.check(&["site", "show", "shop"], "owner     dana@nl.example", 0);
    home.refused(&["transfer", "send", "shop", "--to", "other@x.example"], "take it back first", 3);
}

#[test]
fn a_partnership_is_proposed_accepted_shown_and_reclaimed() {
    let home = agency();
    home.check(&["partner", "show", "cafe"], "this is what one would mean", 0);
    home.refused(&["partner", "propose", "shop"], "say which client is to have it: --to EMAIL", 2);
    let answer = home.check(&["partner", "propose", "cafe"], "proposed a partnership on cafe to ana@acme.example", 0);
    let text = text_of(&letters(&home)[0]).to_lowercase();
    assert!(text.contains("you keep the site, its content, its domain and its copyright") && !text.contains("owner"), "{text}");
    home.check(&["partner", "show", "cafe"], "state     hand-over 1 to ana@acme.example, until", 0);
    home.check(&["accept", &token(&answer)], "ana@acme.example accepted hand-over 1", 0);
    home.check(&["partner", "show", "cafe"], "state     partner since", 0);
    assert_eq!(json(&home, &["partner", "show", "cafe"], 0)["state"], "partner");
    home.check(&["can", "dana@nl.example", "editor.site.publish", "cafe"], "yes", 0);
    home.refused(&["partner", "propose", "cafe"], "already a partnership on cafe", 3);
    home.refused(&["transfer", "send", "cafe", "--to", "x@y.example"], "rolecall partner reclaim cafe", 3);
    home.check(&["partner", "reclaim", "cafe", "--keep", "blog-editor", "--dry-run"], "lose ", 0);
    home.check(&["partner", "reclaim", "cafe", "--keep", "blog-editor"], "cafe was reclaimed", 0);
    home.check(&["can", "dana@nl.example", "editor.site.publish", "cafe"], "no", 1);
    home.check(&["can", "dana@nl.example", "blog.posts.pin", "cafe"], "yes", 0);
    home.refused(&["partner", "reclaim", "cafe"], "in no partnership", 3);
}

#[test]
fn people_are_removed_from_a_site_or_the_team_and_the_owner_is_not() {
    let home = agency();
    home.check(&["expel", "kim@nl.example", "--site", "shop", "--dry-run"], "took packer: kim@nl.example", 0);
    home.check(&["expel", "kim@nl.example", "--site", "shop"], "removed kim@nl.example (site shop)", 0);
    home.refused(&["expel", "kim@nl.example", "--site", "shop"], "has no role of their own on shop", 3);
    home.refused(&["expel", "ana@acme.example", "--site", "cafe"], "which can only be transferred", 3);
    home.check(&["expel", "kim@nl.example", "--team"], "removed kim@nl.example (everywhere)", 0);
    home.refused(&["expel", "kim@nl.example"], "--team", 2);
    home.refused(&["leave", "--site", "shop"], "owns shop", 3);
    home.refused(&["leave", "--team"], "has no role in the team", 3);
}

#[test]
fn people_leave_by_themselves_unless_their_role_forbids_it() {
    let home = agency();
    home.check(&["--as", "lee@nl.example", "leave", "--site", "shop"], "lee@nl.example left (site shop)", 0);
    home.check(&["what-can", "lee@nl.example"], "", 1);
    home.refused(&["--as", "lee@nl.example", "leave", "--site", "shop"], "no site `shop`", 2);
    home.check(&["assign", "lee@nl.example", "blog-writer", "--site", "shop"], "", 0);
    home.check(&["assign", "lee@nl.example", "packer", "--site", "shop"], "", 0);
    home.refused(&["--as", "lee@nl.example", "leave", "--site", "shop"], "whoever is Blog Writer cannot leave by themselves", 3);
    home.check(&["expel", "lee@nl.example", "--site", "shop"], "removed lee@nl.example", 0);
    home.check(&["--as", "kim@nl.example", "leave", "--team"], "kim@nl.example left (everywhere)", 0);
}

#[test]
fn nobody_offers_what_they_do_not_hold_or_grants_it_to_themselves() {
    let home = agency();
    let before = home.entries();
    let send =
        |who: &'static str, to: &'static str, role: &'static str| ["--as", who, "invite", "send", to, "--role", role, "--site", "shop"];
    home.refused(&send("kim@nl.example", "new@x.example", "admin"), "kim@nl.example", 3);
    home.refused(&send("kim@nl.example", "kim@nl.example", "admin"), "kim@nl.example", 3);
    home.refused(&send("lee@nl.example", "new@x.example", "packer"), "lee@nl.example", 3);
    home.refused(&["--as", "lee@nl.example", "expel", "kim@nl.example", "--site", "shop"], "no person `kim@nl.example`", 2);
    home.refused(&["--as", "lee@nl.example", "offboard", "kim@nl.example"], "lee@nl.example does not see that", 3);
    assert_eq!((letters(&home).len(), home.entries()), (0, before));
}

#[test]
fn whoever_has_a_link_may_answer_it_also_as_nobody() {
    let home = agency();
    let token = invited(&home);
    let ours = rustix::process::getuid().as_raw().to_string();
    home.check(&["person", "bind", "dana@nl.example", "--uid", "4000000"], "", 0);
    home.check(&["person", "unbind", "--uid", &ours], "", 0);
    home.refused(&["invite", "cancel", "1"], "is nobody in this workspace", 3);
    home.refused(&["accept", &"a".repeat(52)], "is nobody in this workspace", 3);
    home.check(&["accept", &token], "new@x.example accepted invitation 1", 0);
    home.check(&CAN_PACK, "yes", 0);
}

#[test]
fn nobody_answers_as_whom_a_link_was_sent_to_but_as_whose_address_they_give() {
    let home = agency();
    let ours = rustix::process::getuid().as_raw().to_string();
    // The owner of a site may invite who owns the account.
    let answer =
        home.check(&["--as", "ana@acme.example", "invite", "send", "dana@nl.example", "--role", "packer", "--site", "cafe"], "", 0);
    home.check(&["person", "bind", "dana@nl.example", "--uid", "4000000"], "", 0);
    home.check(&["person", "unbind", "--uid", &ours], "", 0);
    let token = token(&answer);
    home.refused(&["accept", &token], "dana@nl.example is an owner: nobody else says yes in their name", 3);
    home.refused(&["accept", &token, "--email", "dana@nl.example"], "nobody else says yes in their name", 3);
    home.refused(&["accept", &token, "--email", "ana@acme.example"], "ana@acme.example owns cafe", 3);
    home.check(&["accept", &token, "--email", "KIM@nl.example", "--dry-run"], "", 0);
    home.check(&["accept", &token, "--email", "KIM@nl.example"], "accepted invitation 1", 0);
    assert_eq!(json(&home, &["journal", "--limit", "1"], 0)[0]["actor"], "kim@nl.example");
}

#[test]
fn who_is_offboarded_loses_everything_and_the_receipt_says_what() {
    let home = agency();
    home.check(&["site", "edit", "shop", "--status", "draft"], "", 0);
    let before = home.entries();
    let plan = home.check(&["offboard", "kim@nl.example"], "nothing was saved; --apply would take from kim@nl.example:", 0);
    assert!(plan.contains("sites that nobody but their owner could publish: shop"), "{plan}");
    assert!(plan.contains("site shop   Packer, site level") && plan.contains("everywhere  Website Manager, team level"), "{plan}");
    assert_eq!(home.entries(), before);
    home.refused(&["offboard", "kim@nl.example", "--receipt", "x.md"], "--apply", 2);
    let done = home.check(&["offboard", "kim@nl.example", "--apply", "--receipt", "kim.md"], "taken from kim@nl.example:", 0);
    let head = done.lines().find_map(|it| it.strip_prefix("entry ")).unwrap();
    home.check(&["verify", "--head", head], "entries", 0);
    let receipt = fs::read_to_string(home.path("kim.md")).unwrap();
    for said in ["# Access taken from kim@nl.example", "- Agency: Northlight", "| site shop | Packer, site level |", "- shop\n", head] {
        assert!(receipt.contains(said), "no `{said}` in\n{receipt}");
    }
    home.check(&["what-can", "kim@nl.example"], "", 1);
    home.check(&["offboard", "kim@nl.example", "--apply"], "nothing to take from kim@nl.example", 0);
    home.refused(&["offboard", "ana@acme.example"], "say who takes them: --sites-to EMAIL", 3);
    home.check(&["offboard", "ana@acme.example", "--sites-to", "dana@nl.example", "--apply"], "which goes to dana@nl.example", 0);
    home.refused(&["offboard", "dana@nl.example"], "owns this workspace and cannot be offboarded", 3);
    home.check(&["undo"], "took back", 0);
    let answer = home.check(&["partner", "propose", "cafe"], "", 0);
    home.check(&["accept", &token(&answer)], "", 0);
    home.check(&["assign", "lee@nl.example", "packer", "--site", "cafe"], "", 0);
    let plan = home.check(&["offboard", "ana@acme.example", "--sites-to", "lee@nl.example"], "", 0);
    for said in [
        "site cafe  Client, site level\n",
        "site cafe  Client, site level, which goes to lee@nl.example",
        "site cafe  Packer, site level, which lee@nl.example needs no longer as the owner",
    ] {
        assert!(plan.contains(said), "no `{said}` in\n{plan}");
    }
    let gone = json(&home, &["offboard", "kim@nl.example"], 0);
    assert_eq!((&gone["taken"], &gone["uncovered"]), (&serde_json::json!([]), &serde_json::json!([])));
}

#[test]
fn a_role_in_use_goes_only_for_another() {
    let home = agency();
    let token = invited(&home);
    home.refused(&["role", "remove", "packer"], "packer", 3);
    home.refused(&["role", "remove", "packer", "--replace-with", "piker"], "did you mean `picker`?", 2);
    home.check(
        &["role", "remove", "packer", "--replace-with", "picker", "--dry-run"],
        "lose stores.orders.manage, crm.contacts.view (2 sensitive): lee@nl.example on shop",
        0,
    );
    home.check(&["role", "remove", "packer", "--replace-with", "picker"], "removed the role packer, with picker in its place", 0);
    home.check(&["accept", &token], "", 0);
    home.check(&["can", "new@x.example", "stores.orders.view", "shop"], "yes", 0);
    home.check(&CAN_PACK, "role-lacks-it", 1);
    home.check(&["can", "lee@nl.example", "stores.orders.view", "shop"], "yes", 0);
    home.check(&["can", "lee@nl.example", "stores.orders.manage", "shop"], "role-lacks-it", 1);
}

#[test]
fn a_dry_run_sends_nothing() {
    let home = agency();
    let args = ["invite", "send", "new@x.example", "--role", "packer", "--site", "shop", "--dry-run"];
    let answer = home.check(&args, "nothing was saved", 0);
    assert!(!answer.contains("rolecall accept"), "{answer}");
    assert_eq!((letters(&home).len(), home.entries()), (0, 1));
    home.check(&[&args[..], &["--read-only"]].concat(), "nothing was saved", 0);
    home.refused(&[&args[..7], &["--read-only"]].concat(), "--read-only changes nothing", 3);
}

#[test]
fn a_letter_that_cannot_be_written_loses_no_link() {
    let home = agency();
    fs::write(home.path("work.outbox"), "in the way").unwrap();
    let output = home.run(&["invite", "send", "new@x.example", "other@x.example", "--role", "packer", "--site", "shop"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    for n in ["1", "2"] {
        let (stands, way) = (format!("invitation {n} stands"), format!("rolecall invite resend {n} writes a new one"));
        assert!(said.contains(&stands) && said.contains(&way), "{said}");
    }
    let token = token(&String::from_utf8(output.stdout).unwrap());
    fs::remove_file(home.path("work.outbox")).unwrap();
    home.check(&["accept", &token], "accepted invitation 1", 0);
}

#[test]
fn programs_read_what_was_sent() {
    let home = agency();
    let answer = json(&home, &["invite", "send", "new@x.example", "--role", "packer", "--site", "shop"], 0);
    let sent = &answer["sent"][0];
    assert_eq!((&sent["offer"]["invitation"], &sent["to"]), (&1.into(), &"new@x.example".into()));
    assert!(Path::new(sent["mail"].as_str().unwrap()).exists());
    let token = token(sent["accept"].as_str().unwrap());
    home.check(&["accept", &token, "--format", "json"], "{\"summary\":\"new@x.example accepted invitation 1\"", 0);
    let rows = json(&home, &["invite", "list", "--all"], 0);
    assert_eq!((&rows[0]["offer"]["invitation"], &rows[0]["word"]), (&1.into(), &"accepted".into()));
}

#[test]
fn a_history_is_a_persons_a_sites_or_a_contacts() {
    let home = agency();
    home.check(&ASK, "", 0);
    home.check(&["timeline", "Ana Ruiz"], "asked ana@acme.example for access", 0);
    home.check(&["timeline", "ana@acme.example"], "asked ana@acme.example for access", 0);
    home.check(&["expel", "kim@nl.example", "--site", "shop"], "", 0);
    home.check(&["timeline", "kim@nl.example"], "removed kim@nl.example (site shop)", 0);
    home.check(&["timeline", "shop", "--limit", "1"], "removed kim@nl.example (site shop)", 0);
    home.check(&["timeline", "shop", "--limit", "1", "--at", "1d"], "removed kim@nl.example (site shop)", 0);
    home.check(&["contact", "add", "shop"], "", 0);
    home.check(&["timeline", "shop", "--limit", "1"], "removed kim@nl.example (site shop)", 0);
    home.refused(&["timeline", "shpo"], "did you mean `shop`?", 2);
    home.refused(&["timeline", "kim@nl.exmple"], "did you mean `kim@nl.example`?", 2);
}

/// An entry of another machine, whose clock is so much ahead of this one's.
fn written_ahead(home: &Home, by: chrono::TimeDelta) {
    use rolecall::command::{self, Actor, Hand};
    let contact = serde_json::from_str(r#"{"add":{"type":"contact","name":"Later","email":null}}"#).unwrap();
    let actor = Actor { email: "dana@nl.example".to_owned(), via: "test".to_owned(), by: Hand::Caller };
    let mut store = rolecall::facts::Store::open(Path::new(&home.path("work.db")), false).unwrap();
    command::run(&mut store, &actor, chrono::Utc::now() + by, &contact).map(drop).unwrap();
}

#[test]
fn a_clock_that_is_a_little_late_brings_no_ended_access_back() {
    let home = agency();
    let soon = (chrono::Utc::now() + chrono::TimeDelta::hours(12)).format("%Y-%m-%dT%H:%M").to_string();
    home.check(&["assign", "ana@acme.example", "packer", "--site", "shop", "--until", &soon], "", 0);
    home.check(&["can", "ana@acme.example", "stores.orders.manage", "shop"], "yes", 0);
    written_ahead(&home, chrono::TimeDelta::hours(20));
    home.check(&["can", "ana@acme.example", "stores.orders.manage", "shop"], "expired", 1);
    home.check(&["contact", "add", "Now"], "clock stands at", 0);
}

#[test]
fn a_clock_that_ran_ahead_is_told_of_hides_nothing_and_is_got_over() {
    let home = agency();
    home.check(&["assign", "ana@acme.example", "packer", "--site", "shop", "--until", "30d"], "", 0);
    written_ahead(&home, chrono::TimeDelta::days(20_000));
    let told = |args: &[&str], times: usize| {
        let said = String::from_utf8(home.run(args).stderr).unwrap();
        assert_eq!(said.matches("one of the two is wrong").count(), times, "{args:?}: {said}");
    };
    let can = ["can", "ana@acme.example", "stores.orders.manage", "shop"];
    home.check(&can, "yes", 0);
    home.check(&["journal", "--limit", "1"], "Later", 0);
    home.check(&["timeline", "Later"], "Later", 0);
    std::fs::write(home.path("again.jsonl"), r#"{"type":"contact","name":"Later","email":null}"#).unwrap();
    let import = ["import", "bundle", "again.jsonl"];
    for args in [&can[..], &["journal"], &["timeline", "Later"], &["verify"], &["due"], &["contact", "list"], &import] {
        told(args, 1);
    }
    // A trial, too, stands on all there is.
    home.check(&[&import[..], &["--dry-run"]].concat(), "contacts: 0 added", 0);
    let until = ["assign", "ana@acme.example", "packer", "--site", "cafe", "--until", "30d"];
    home.refused(&until, "add --clock-is-right if it is", 3);
    home.refused(&[&until[..], &["--dry-run"]].concat(), "add --clock-is-right if it is", 3);
    home.check(&["undo", "--dry-run"], "", 0);
    home.check(&["undo"], "", 0);
    told(&can, 0);
    home.check(&until, "", 0);
    home.check(&can, "yes", 0);
    home.check(&["verify"], "entries", 0);
}

#[test]
fn who_vouches_for_the_clock_may_give_dates() {
    let home = agency();
    written_ahead(&home, chrono::TimeDelta::days(60));
    let send = ["invite", "send", "new@x.example", "--role", "packer", "--site", "shop"];
    home.refused(&send, "add --clock-is-right if it is", 3);
    home.check(&[&send[..], &["--clock-is-right"]].concat(), "invited new@x.example", 0);
    home.check(&["verify"], "entries", 0);
}

#[test]
fn who_comes_to_edit_a_classic_site_beside_others_is_told_of() {
    let home = agency();
    home.check(&["site", "edit", "shop", "--editor", "Classic"], "", 0);
    home.check(&["site", "edit", "cafe", "--editor", "Studio"], "", 0);
    let crowd =
        |who: &str| format!("{who}, dana@nl.example, kim@nl.example can edit shop, whose Classic editor bears one person at a time");
    let assign = ["assign", "lee@nl.example", "website-designer", "--site", "shop"];
    home.check(&[&assign[..], &["--dry-run"]].concat(), &crowd("lee@nl.example"), 0);
    home.check(&assign, &crowd("lee@nl.example"), 0);
    let silent = |args: &[&str]| assert!(!home.check(args, "", 0).contains("at a time"), "{args:?}");
    // Neither once more, nor to pack, nor where the editor bears several.
    silent(&[&assign[..], &["--reason", "again"]].concat());
    silent(&["assign", "ana@acme.example", "packer", "--site", "shop"]);
    silent(&["assign", "lee@nl.example", "website-designer", "--site", "cafe"]);
    home.check(&["unassign", "lee@nl.example", "website-designer", "--site", "shop"], "", 0);

    let invite = ["invite", "send", "new@x.example", "--role", "website-designer", "--site", "shop"];
    let sent = home.check(&invite, &format!("once it is accepted, {}", crowd("new@x.example")), 0);
    home.check(&["accept", &token(&sent)], &crowd("new@x.example"), 0);
}

#[test]
fn a_name_that_comes_with_an_address_is_kept() {
    let home = agency();
    let to = "Nia Low <nia@low.example>, Ana R. <ana@acme.example>";
    home.check(&["invite", "send", to, "--role", "packer", "--site", "shop"], "nia@low.example", 0);
    home.check(&["person", "show", "nia@low.example"], "Nia Low", 0);
    // Who is known keeps their name.
    home.check(&["person", "show", "ana@acme.example"], "Ana Ruiz", 0);
}

/// What comes back by an undo of an undo was sent when it was first done: nobody is written to again.
#[test]
fn taking_back_and_doing_again_writes_no_letter() {
    let home = agency();
    let sent: [&[&str]; 3] = [
        &["invite", "send", "new@shop.example", "--role", "packer", "--site", "shop"],
        &["request", "send", "--contact", "ana@acme.example", "--about", "her second shop", "--role", "packer"],
        &["transfer", "send", "shop", "--to", "ana@acme.example"],
    ];
    for (n, args) in sent.iter().enumerate() {
        home.check(args, "mail: ", 0);
        assert_eq!(letters(&home).len(), n + 1);
        for verb in ["undo", "redo", "undo", "redo"] {
            let said = home.check(&[verb], "", 0);
            assert!(!said.contains("mail:"), "{said}");
        }
        assert_eq!(letters(&home).len(), n + 1, "{args:?}");
    }
}
