//! The life of access on the screens: invited, asked, handed over, extended, taken.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

#[allow(dead_code, reason = "each test file presses other keys")]
mod pty;

use std::fs;

use pty::{ENTER, ESC, Home, SEND, Screen, TAB, Terminal};

const ANA: &str = "ana@acme.example";
const BO: &str = "bo@bistro.example";
const INBOX: &str = "crm.inbox.manage";
const DOWN: &str = "\x1b[B";

/// An agency with two sites, two clients and a role of its own.
fn agency() -> Home {
    let home = Home::agency();
    home.tell(&["role", "add", "Helper"]);
    home.tell(&["role", "grant", "helper", INBOX]);
    home.tell(&["site", "add", "Acme", "--apps", "Wix Chat"]);
    home.tell(&["site", "add", "Bistro", "--apps", "Wix Chat"]);
    home.tell(&["contact", "add", "Bo Bistro", "--email", BO, "--status", "client"]);
    home
}

fn open(home: &Home) -> Terminal {
    opened(home, 120, 50)
}

fn opened(home: &Home, columns: u16, rows: u16) -> Terminal {
    let screens = home.screens().size(columns, rows).open();
    screens.wait("the workspace", |it| it.has("Northlight"));
    screens
}

fn can(home: &Home, person: &str, site: &str) -> bool {
    home.run(&["can", person, INBOX, site]).status.code() == Some(0)
}

/// The token on the screen.
fn token(screen: &Screen) -> String {
    let row = screen.rows().iter().find(|it| it.contains("rolecall accept ")).unwrap();
    row.split("rolecall accept ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned()
}

/// Closes the window on top; a key that came right behind an escape would be another key.
fn close(screens: &mut Terminal) {
    let titles = ["Sent: ", "Accept with", "can do ", "Please confirm"];
    let open = |it: &Screen| titles.iter().find(|title| it.rows().iter().any(|row| row.contains('╭') && row.contains(*title))).copied();
    let title = open(&screens.screen()).unwrap();
    screens.then(ESC, "the window closed", |it| open(it) != Some(title));
}

/// Fills in the invitation that is open, and sends it; the token that is shown.
fn invite(screens: &mut Terminal, to: &str) -> String {
    screens.then(to, "the address", |it| it.has("1 new") || it.has("1 known"));
    screens.then(TAB, "the roles", |it| it.has("[ ] Helper"));
    screens.then(" ", "what it brings", |it| it.has("[x] Helper") && it.has("THEY WILL"));
    screens.then(SEND, "the review", |it| it.has("SENDS  1 letter") && it.has("before it is answered"));
    token(&screens.then("y", "the link", |it| it.has("Sent: 1 letter")))
}

/// Says yes with a token, from the pane of invitations, up to the question or the reason against it.
fn accept(screens: &mut Terminal, token: &str, seen: &str) {
    screens.then("4:accept", "the palette's offer", |it| it.has("Say yes with a token"));
    screens.then(ENTER, "the form", |it| it.has("Accept with a token"));
    screens.then(&format!("{token}{SEND}"), seen, |it| it.has(seen));
}

const ASKED: &str = "Say yes with this token?";

#[test]
fn an_invitation_is_sent_from_a_site_and_its_link_is_shown_once_and_works_once() {
    let home = agency();
    let mut screens = open(&home);
    screens.then("2i", "the form at the site", |it| it.has("Invite") && it.has_row(&["Where", "Acme"]));
    let token = invite(&mut screens, ANA);
    let mail = fs::read_dir(home.database().with_extension("outbox")).unwrap().next().unwrap().unwrap();
    assert!(screens.screen().has("mail: ") && screens.screen().has(".eml"));
    assert!(fs::read_to_string(mail.path()).unwrap().contains(&token[..40]));
    screens.then("Y", "it copied", |it| it.has("to be copied"));
    assert!(String::from_utf8_lossy(&screens.bytes()).contains("\x1b]52;c;"));
    close(&mut screens);
    screens.wait("no link any more", |it| !it.has(&token));
    screens.then("4", "it waits", |it| it.has_row(&["ana@acme", "site", "d left"]) && it.has_row(&["where", "site acme"]));
    assert!(!screens.screen().has(&token));
    assert!(home.run(&["can", ANA, INBOX, "acme"]).status.code() != Some(0));

    accept(&mut screens, &token, ASKED);
    screens.then("y", "it is accepted", |it| it.has_row(&["ana@acme", "accepted"]));
    assert!(can(&home, ANA, "acme") && !can(&home, ANA, "bistro"));
    accept(&mut screens, &token, "works once");
    home.tell(&["verify"]);
}

#[test]
fn addresses_that_are_pasted_are_split_and_merged_and_a_bad_one_is_named_while_the_others_stay() {
    let home = agency();
    let mut screens = open(&home);
    screens.then("2i", "the form", |it| it.has("Invite"));
    screens.press(&format!("\x1b[200~{ANA}, nowhere;{BO}\r\nANA@acme.example\x1b[201~"));
    screens.wait("the bad one", |it| it.has("! `nowhere`"));
    screens.then(&format!("{TAB} "), "a role", |it| it.has("[x] Helper"));
    screens.then(SEND, "it named", |it| it.has_row(&["E-mails", "nowhere"]) && !it.has("Review"));
    // Up to the bad line, and away with it.
    screens.press("\x1b[A\x1b[A");
    screens.press(&format!("\x05{}", "\x7f".repeat("nowhere".len() + 1)));
    screens.wait("two that are new", |it| it.has("2 new, 0 known"));
    screens.then(SEND, "both in the review", |it| it.has("SENDS  2 letters") && it.has(ANA) && it.has(BO));
    screens.then("y", "a link each", |it| it.has("Sent: 2 letters") && it.has(ANA) && it.has(BO));
    assert_eq!(screens.screen().rows().iter().filter(|it| it.contains("rolecall accept ")).count(), 2);
}

#[test]
fn a_place_is_taken_only_where_it_was_typed_or_gone_to_and_a_collaborator_is_offered_sites_alone() {
    let home = agency();
    let mut screens = open(&home);
    screens.then("1i", "the form at the place", |it| it.has_row(&["> Where", "none"]) && it.has("site acme") && !it.has("everywhere"));
    screens.then(ENTER, "nothing taken, the next field", |it| it.has_row(&["> Roles"]) && it.has_row(&["Where", "choose a place"]));
    screens.then("\x1b[A", "the place again", |it| it.has_row(&["> Where"]) && it.has("site bistro"));
    screens.then(&format!("{DOWN}{DOWN}{ENTER}"), "the second", |it| it.has_row(&["> Where", "Bistro"]));
    screens.then(&format!("acme{ENTER}"), "what was typed, however fast", |it| it.has_row(&["> Where", "Bistro, Acme"]));
    // A member of the team may be sent everywhere.
    screens.then("\x1b[A", "the level", |it| it.has("< collaborator >"));
    screens.then(&format!(" {TAB}"), "all places", |it| it.has("folder") || it.has(" everywhere"));
}

#[test]
fn a_place_is_found_by_its_key_too_and_what_is_not_shown_is_counted() {
    let home = agency();
    for n in 1..=5 {
        home.tell(&["site", "add", &format!("Shop {n}"), "--key", &format!("kiosk-{n}")]);
    }
    let mut screens = open(&home);
    screens.then("1i", "the form at the place", |it| it.has_row(&["> Where"]) && it.has("2 more: type on"));
    screens.then("kio", "the sites of that key", |it| it.has("site kiosk-5") && !it.has("site acme") && !it.has("more: type on"));
    screens.then(&format!("sk-4{ENTER}"), "the one", |it| it.has_row(&["> Where", "Shop 4"]));
}

#[test]
fn roles_are_narrowed_by_typing_and_an_error_stands_beneath_their_names() {
    let home = agency();
    let mut screens = open(&home);
    screens.then("2i", "the form", |it| it.has("Invite"));
    screens.then(TAB, "the roles", |it| it.has("more below"));
    screens.then(SEND, "the first fault", |it| it.has_row(&["> E-mails", "to whom?"]));
    screens.then(&format!("{ANA}{TAB}"), "the roles", |it| it.has("more below") && it.has("choose a role: Space"));
    assert!(screens.screen().has("Back Office Manager"), "{}", screens.screen().text());
    screens.then("office m", "one of them", |it| it.has("/officem") || it.has("[x]"));
    screens.then("\x7f", "again", |it| it.has("Back Office Manager") && !it.has("Helper"));
}

#[test]
fn a_pasted_mailbox_is_an_address_and_a_name() {
    let home = agency();
    let mut screens = open(&home);
    screens.then("1n", "the form", |it| it.has("Add a contact"));
    screens.press(&format!("{TAB}\x1b[200~Ida Moss <ida@moss.example>\x1b[201~{TAB}"));
    let apart = |it: &Screen| it.has_row(&["Name", "Ida Moss"]) && it.has_row(&["E-mail", "ida@moss.example"]) && !it.has("<ida");
    screens.wait("both in their fields", apart);
    screens.then(SEND, "the contact", |it| it.has(">   Ida Moss") && !it.has("Ctrl-s"));
    screens.then("2i", "the form", |it| it.has("Invite"));
    screens.press("\x1b[200~Ida Moss <ida@moss.example>, \"Low, Nia\" <nia@low.example>\x1b[201~");
    screens.wait("two", |it| it.has("2 new, 0 known"));
    screens.then(&format!("{TAB} "), "a role", |it| it.has("[x] Helper"));
    screens.then(SEND, "the review", |it| it.has("SENDS  2 letters") && it.has("nia@low.example"));
    screens.then("y", "a link each", |it| it.has("Sent: 2 letters"));
    assert!(home.tell(&["person", "show", "nia@low.example"]).contains("Low, Nia"));
}

#[test]
fn a_role_whose_app_is_missing_says_so_and_cannot_be_chosen() {
    let home = agency();
    let mut screens = home.screens().size(120, 40).open();
    screens.wait("the workspace", |it| it.has("Northlight"));
    screens.then("2i", "the form", |it| it.has("Invite"));
    screens.then(TAB, "the roles", |it| it.has("[-] Blog Writer") && it.has("[ ] Helper"));
    // Down its column until the cursor stands on one that is barred.
    for _ in 0..12 {
        screens.press(DOWN);
        if screens.wait("a moved cursor", |_| true).has("which is not on Acme") {
            break;
        }
    }
    let shown = screens.wait("the reason", |it| it.has("which is not on Acme"));
    let before = shown.rows().iter().filter(|it| it.contains("[x]")).count();
    screens.press(" ");
    let after = screens.then(" ", "no change", |it| it.has("which is not on Acme"));
    assert_eq!(after.rows().iter().filter(|it| it.contains("[x]")).count(), before);
}

#[test]
fn a_role_is_made_in_the_middle_of_inviting_and_is_chosen_on_the_way_back() {
    let home = agency();
    let mut screens = open(&home);
    screens.then("2i", "the form", |it| it.has("Invite"));
    screens.press(&format!("{ANA}{TAB}"));
    screens.then("n", "the form of a role", |it| it.has("A new role"));
    screens.then(&format!("Doorkeeper{TAB}H"), "a copy", |it| it.has("< Helper >"));
    screens.then(SEND, "the invitation again", |it| it.has("[x] Doorkeeper") && it.has(ANA) && it.has("THEY WILL"));
    screens.then(SEND, "the review", |it| it.has("SENDS  1 letter") && it.has("Doorkeeper"));
    screens.then("y", "the link", |it| it.has("Sent: 1 letter"));
    assert!(home.tell(&["role", "show", "doorkeeper"]).contains(INBOX));
}

#[test]
fn sending_again_kills_the_old_link_and_taking_back_kills_the_new_one() {
    let home = agency();
    let mut screens = open(&home);
    screens.then("2i", "the form", |it| it.has("Invite"));
    let old = invite(&mut screens, ANA);
    close(&mut screens);
    screens.then("4", "it waits", |it| it.has("d left"));
    screens.then("S", "the question", |it| it.has("old link is dead"));
    let new = token(&screens.then("y", "the new link", |it| it.has("Sent: 1 letter")));
    assert_ne!(old, new);
    close(&mut screens);
    screens.wait("how often", |it| it.has("2 times"));
    accept(&mut screens, &old, "only the newest link");
    close(&mut screens);
    screens.then("4x", "the review", |it| it.has("Review: 1 change") && it.has("Take invitation"));
    screens.then("y", "it is cancelled", |it| it.has_row(&["ana@acme", "cancelled"]));
    accept(&mut screens, &new, "was taken back");
    assert!(!can(&home, ANA, "acme"));
}

#[test]
fn a_client_is_asked_for_access_and_a_wider_yes_is_shown_as_such() {
    let home = agency();
    home.tell(&["person", "add", ANA]);
    let mut screens = open(&home);
    screens.then("1I", "the form", |it| it.has("Ask for access") && it.has(BO));
    screens.press(&format!("the bistro's shop{TAB}"));
    screens.then(" ", "what is asked for", |it| it.has("[x] Helper") && it.has("THEY WILL"));
    screens.press(&format!("{TAB}\x15{ANA}"));
    screens.then(SEND, "the review", |it| it.has("SENDS  1 letter") && it.has("the bistro's shop"));
    screens.then("y", "the mail", |it| it.has("Sent: 1 letter") && !it.has("rolecall accept"));
    close(&mut screens);
    screens.then("4", "it waits", |it| it.has_row(&["request", "d left"]) && it.has("the bistro's shop"));

    screens.then("A", "yes or no", |it| it.has("What did ") && it.has("< yes >"));
    screens.then(SEND, "the form", |it| it.has("Approve request 1") && it.has("Helper (asked for)"));
    screens.press(&format!("bistro{TAB}"));
    screens.then(&format!("{DOWN} "), "that it is wider", |it| it.has("WIDER than was asked for"));
    screens.then(SEND, "that one must say so", |it| it.has_row(&["> Wider", "yes, if more is meant"]));
    screens.then(" ", "yes", |it| it.has_row(&["> Wider", "< yes >"]));
    screens.then(SEND, "the review", |it| it.has("SENDS  1 letter"));
    let token = token(&screens.then("y", "the link", |it| it.has("Sent: 1 letter") && it.has(ANA)));
    close(&mut screens);
    accept(&mut screens, &token, ASKED);
    screens.then("y", "both are closed", |it| it.has_row(&["request", "approved"]) && it.has_row(&["site", "accepted"]));
    assert!(can(&home, ANA, "bistro"));
}

#[test]
fn a_partnership_is_proposed_accepted_and_reclaimed_with_both_sides_in_sight() {
    let home = agency();
    let mut screens = open(&home);
    screens.then("2:partner\r", "both sides", |it| it.has("whom it goes to") && it.has("Northlight carries the plan"));
    screens.then(&format!("{BO}{TAB}"), "the client's side", |it| it.has_row(&["Northlight", BO]));
    assert!(!screens.screen().text().to_lowercase().contains("ownership"));
    screens.then(SEND, "the review", |it| it.has("SENDS  1 letter"));
    let token = token(&screens.then("y", "the link", |it| it.has("Sent: 1 letter")));
    close(&mut screens);
    screens.wait("that it waits", |it| it.has("WAITS") && it.has_row(&["partner", "left"]));
    accept(&mut screens, &token, ASKED);
    screens.then("y", "it is accepted", |it| it.has_row(&["partner", "accepted"]));
    assert_eq!(home.json(&["site", "show", "acme"])["owner"], BO);
    assert_eq!(home.json(&["site", "show", "acme"])["host"], "agency");

    screens.then("2:reclaim\r", "both sides", |it| it.has("Reclaim Acme") && it.has("Northlight has no access any"));
    screens.then("H", "what stays", |it| it.has("< Helper >") && it.has("goes on"));
    screens.then(SEND, "the review", |it| it.has("Review: 1 change") && it.has("Give acme back to its owner's plan"));
    screens.then("y", "it is done", |it| it.has("reclaimed"));
    assert_eq!(home.json(&["site", "show", "acme"])["host"], "owner");
    assert!(can(&home, "dana@northlight.example", "acme"));
    home.tell(&["verify"]);
}

#[test]
fn a_transfer_shows_what_each_choice_means_for_both_sides() {
    let home = agency();
    let mut screens = open(&home);
    screens.then("4n", "what goes out", |it| it.has("Send out") && it.has("> What"));
    screens.press(&format!("t{TAB}acme{TAB}"));
    screens.then(SEND, "the form", |it| it.has("Transfer Acme"));
    screens.then(&format!("{BO}{TAB}"), "both sides", |it| it.has("has no") && it.has("comes without a plan"));
    screens.then("H", "the role that stays", |it| it.has("< Helper >") && it.window_has("goes on working there as"));
    screens.then(&format!("{TAB} "), "the plan", |it| it.has("you take over plan"));
    screens.then(SEND, "the review", |it| it.has("SENDS  1 letter"));
    let token = token(&screens.then("y", "the link", |it| it.has("Sent: 1 letter")));
    close(&mut screens);
    accept(&mut screens, &token, ASKED);
    screens.then("y", "it is accepted", |it| it.has_row(&["transfer", "accepted"]));
    assert_eq!(home.json(&["site", "show", "acme"])["owner"], BO);
    assert!(can(&home, "dana@northlight.example", "acme"));
}

/// Goes to a person's row.
fn to_person(screens: &mut Terminal, who: &str) {
    screens.then(&format!(":{who}"), "the palette's offer", |it| it.has_row(&["person", who]));
    screens.then(ENTER, "their page", |it| it.has_row(&["e-mail", who]));
}

#[test]
fn places_and_roles_of_a_member_of_the_team_are_edited_as_a_list_and_saved_as_one_step() {
    let home = agency();
    home.tell(&["person", "add", ANA, "--name", "Ana Ruiz"]);
    home.tell(&["assign", ANA, "helper", "--site", "acme", "--level", "team"]);
    let before = home.entries();
    let mut screens = open(&home);
    to_person(&mut screens, ANA);
    screens.then(":team", "the palette's offer", |it| it.has("What this person holds in the team"));
    screens.then(ENTER, "the list", |it| it.has("holds in the team") && it.has_row(&["Helper", "site acme"]) && it.has("everywhere."));
    screens.then("a", "the form", |it| it.has("Where"));
    screens.press("everyw");
    screens.then(ENTER, "the place", |it| it.has_row(&["Where", "everywhere"]));
    screens.then(&format!("{TAB} "), "what it brings", |it| it.has("[x] Helper"));
    screens.then(SEND, "the new row", |it| it.has_row(&["+", "Helper", "everywhere"]));
    screens.then("d", "the old one is taken", |it| it.has_row(&["-", "Helper", "site acme"]));
    screens.then(ESC, "what leaving would drop", |it| it.has("2 changes are not saved") && it.has("holds in the team"));
    assert_eq!(home.entries(), before);
    screens.then("s", "the review", |it| it.has("Review: 1 change") && it.has("2 changes to what Ana Ruiz holds in the team"));
    screens.then("y", "what she holds", |it| it.has_row(&["Helper", "team, everywhere"]) && !it.has_row(&["Helper", "site acme"]));
    assert_eq!(home.entries(), before + 1);
    assert!(can(&home, ANA, "bistro"));
}

#[test]
fn access_that_ends_is_extended_by_a_month_with_one_key_and_a_yes() {
    let home = agency();
    home.tell(&["person", "add", ANA, "--name", "Ana Ruiz"]);
    home.tell(&["assign", ANA, "helper", "--site", "acme", "--until", "2099-01-31"]);
    home.tell(&["assign", ANA, "helper", "--site", "bistro", "--until", "2098-06-01"]);
    let mut screens = open(&home);
    to_person(&mut screens, ANA);
    screens.then("+", "the new end", |it| it.has_row(&["Role", "until 2099-01-31: Helper (site acme)"]) && it.has("2099-03-02"));
    screens.then(" ", "the other's", |it| it.has("Helper (site bistro)") && it.has_row(&["Until", "2098-07-01"]));
    screens.then(" ", "the first again", |it| it.has("Helper (site acme)") && it.has_row(&["Until", "2099-03-02"]));
    screens.then(SEND, "the review", |it| it.has("Review: 1 change") && it.window_has("2099-03-02"));
    screens.then("y", "the new end on her page", |it| it.has("until 2099-03-02") && !it.has("Review: "));
}

#[test]
fn somebody_is_removed_from_one_place_and_offboarded_from_all_with_the_plan_in_sight() {
    let home = agency();
    home.tell(&["person", "add", ANA, "--name", "Ana Ruiz"]);
    for site in ["acme", "bistro"] {
        home.tell(&["assign", ANA, "helper", "--site", site]);
    }
    home.tell(&["assign", ANA, "website-manager", "--site", "bistro"]);
    let mut screens = open(&home);
    screens.then(&format!("2{ENTER}{DOWN}"), "her row on Acme", |it| it.has_row(&[">   Ana Ruiz"]) && it.has("on Acme"));
    let here = |it: &Screen| it.has("[x] site acme") && it.has("[ ] everywhere") && it.has("TAKES  1 role") && it.has("LEAVES  2 roles");
    screens.then("D", "what goes and what stays", here);
    screens.then(SEND, "the review", |it| it.has("Review: 1 change") && it.has("Remove Ana Ruiz from site acme"));
    screens.then("y", "the rest", |it| !it.has("Review: ") && !it.has_row(&["Helper", "site acme"]));
    to_person(&mut screens, ANA);
    screens.then("D", "the plan", |it| it.has("TAKES  2 roles") && it.has("Website Manager (site bistro)") && it.has("[x] everywhere"));
    screens.then(SEND, "the review, and what it leaves bare", |it| {
        it.has("Review: 1 change") && it.has("Take everything from ana@") && it.has("Nobody but the owner could publish any more: Bistro")
    });
    screens.then("y", "nothing is left", |it| it.has("nothing: no role, no site"));
    assert!(!can(&home, ANA, "bistro"));
    screens.then("D", "why not", |it| it.has("no role here to lose"));
}

#[test]
fn what_a_review_was_opened_for_stands_first_and_what_was_staged_before_below_it() {
    let home = agency();
    home.tell(&["person", "add", ANA, "--name", "Ana Ruiz"]);
    for site in ["acme", "bistro"] {
        home.tell(&["assign", ANA, "helper", "--site", site]);
    }
    let before = home.entries();
    let mut screens = open(&home);
    to_person(&mut screens, ANA);
    screens.then("d", "which one", |it| it.has("Take a role from Ana Ruiz") && it.has("< Helper (site acme) >"));
    screens.then(SEND, "it alone", |it| it.has("Review: 1 change") && it.has("> [x] Take Helper (site acme) from Ana") && !it.has("THIS"));
    let left = |it: &Screen| it.has("Staged, not saved: 1 change; s reviews, u takes the last out") && it.has("1 unsaved");
    screens.then(ENTER, "that it stays staged", |it| left(it) && it.has("site bistro") && !it.has_row(&["Helper", "site acme"]));
    assert_eq!(home.entries(), before);
    let both = |it: &Screen| it.has_row(&["THIS"]) && it.has("> [x] Take everything from ana@") && it.has("ALSO STAGED");
    screens.then("D", "what goes", |it| it.has("TAKES  1 role"));
    screens.then(SEND, "both", |it| both(it) && it.has("   1 [x] Take Helper (site acme) from Ana Ruiz"));
    screens.then(&format!("{DOWN} "), "the earlier one left out", |it| it.has(">  1 [ ] Take Helper (site acme)"));
    screens.then(" ", "and taken in again", |it| it.has(">  1 [x] Take Helper (site acme)"));
    screens.then("y", "nothing is left", |it| it.has("nothing: no role, no site") && it.has("Saved as entry") && !it.has("unsaved"));
    assert_eq!(home.entries(), before + 1);
}

#[test]
fn what_a_site_is_called_is_saved_at_once_and_where_it_belongs_is_staged() {
    let home = agency();
    home.tell(&["folder", "add", "Retail"]);
    let before = home.entries();
    let mut screens = open(&home);
    screens.then("2e", "the form", |it| it.has("Edit the site") && it.has_row(&["> Name", "Acme"]));
    screens.then(&format!(" Ltd{SEND}"), "it saved", |it| it.has_row(&[">   Acme Ltd"]) && it.has("takes it back"));
    assert_eq!(home.entries(), before + 1);
    screens.then("e", "the form", |it| it.has_row(&["> Name", "Acme Ltd"]));
    screens.then(&TAB.repeat(4), "the folder", |it| it.has_row(&["> Folder", "< (none) >"]));
    screens.then("r", "another", |it| it.has_row(&["> Folder", "< retail >"]));
    screens.then(SEND, "the review", |it| it.has("Review: 1 change") && it.has("> [x] Edit the site Acme Ltd"));
    screens.then(ESC, "that it is staged", |it| it.has("Staged, not saved: 1 change"));
    screens.then("e", "what is staged", |it| it.has("Edit the site") && it.has_row(&["Folder", "retail"]));
    screens.then(ESC, "the sites", |it| !it.has("Edit the site"));
    assert_eq!(home.entries(), before + 1);
    screens.then("s", "the review", |it| it.has("Review: 1 change"));
    screens.then("y", "it saved", |it| it.has("Saved as entry"));
    assert_eq!(home.json(&["site", "show", "acme"])["folder"], "retail");
}

#[test]
fn a_role_in_use_is_removed_with_another_in_its_place() {
    let home = agency();
    home.tell(&["person", "add", ANA, "--name", "Ana Ruiz"]);
    home.tell(&["assign", ANA, "helper", "--site", "acme"]);
    let mut screens = open(&home);
    screens.then("5d", "whom it concerns", |it| it.has("Remove Helper") && it.has("1 person"));
    screens.then("W", "another", |it| it.has("< Website Manager >"));
    screens.then(SEND, "the review", |it| it.has("Review: 1 change") && it.has("Website Manager instead"));
    screens.then("y", "it is gone", |it| it.has("removed the role") || it.has("Removed the role"));
    assert!(home.tell(&["person", "show", ANA]).contains("website-manager"));
}

#[test]
fn what_happened_and_what_somebody_can_do_are_one_key_away() {
    let home = agency();
    home.tell(&["person", "add", ANA, "--name", "Ana Ruiz"]);
    home.tell(&["assign", ANA, "helper", "--site", "acme"]);
    home.tell(&["assign", ANA, "blog-writer", "--site", "bistro"]);
    let mut screens = opened(&home, 80, 24);
    to_person(&mut screens, ANA);
    screens.then("T", "her days", |it| it.has("7 Log of Ana Ruiz") && it.has("gave helper") && it.has("dana@"));
    screens.then("-", "where she stands", |it| !it.has("7 Log of "));
    screens.then("w", "what she can", |it| it.has("What Ana Ruiz can do") && it.window_has("as Helper") && it.window_has("more below"));
    screens.then("G", "that she stays", |it| it.window_has("LEAVING") && it.window_has("Blog Writer") && !it.window_has("more below"));
    close(&mut screens);
    screens.then("2T", "the site's days", |it| it.has("7 Log of Acme") && it.has("added the site acme"));
    screens.then("1T", "the contact's days", |it| it.has("7 Log of Bo Bistro"));
    screens.then(":what i can", "the palette's offer", |it| it.has("what i can"));
    screens.then(ENTER, "what the owner can", |it| it.has("dana@") || it.has("account owner"));
}

#[test]
fn an_empty_list_says_what_to_press_and_a_filter_finds_by_state() {
    let home = agency();
    let mut screens = open(&home);
    screens.then("4", "what to press", |it| it.has("nothing was sent yet: n begins"));
    screens.then("2i", "the form", |it| it.has("Invite"));
    invite(&mut screens, ANA);
    close(&mut screens);
    screens.then("2i", "the form", |it| it.has("Invite"));
    invite(&mut screens, BO);
    close(&mut screens);
    screens.then("4x", "the review", |it| it.has("Review: 1 change") && it.has("Take invitation"));
    screens.then("y", "one that waits before one that does not", |it| {
        let at = |what: &str| it.rows().iter().position(|row| row.contains(what));
        at("d left").is_some() && at("d left") < at("cancelled")
    });
    screens.then("/cancelled", "it alone", |it| it.has_row(&["bo@bistro", "cancelled"]) && !it.has_row(&["ana@acme", "d left"]));
    screens.then(ENTER, "the filter in the title", |it| it.has_row(&["4 Waiting", "/cancelled 1 "]));
}

#[test]
fn a_long_address_can_be_read_whole_on_a_small_screen() {
    let home = agency();
    home.tell(&["invite", "send", "somebody-with-a-long-name@a-long-name.of-a-client.example", "--role", "helper", "--site", "acme"]);
    let mut screens = opened(&home, 80, 24);
    screens.then("4", "it in two lines", |it| {
        it.has_row(&["to  ", " somebody-with-a-long-name@a-long-name.of-"]) && it.has_row(&["  a-client.example"])
    });
}

/// An entry of another machine, whose clock is so much ahead of this one's.
fn written_ahead(home: &Home, by: chrono::TimeDelta) {
    use rolecall::command::{self, Actor, Hand};
    let contact = serde_json::from_str(r#"{"add":{"type":"contact","name":"Later","email":null}}"#).unwrap();
    let actor = Actor { email: "dana@northlight.example".to_owned(), via: "test".to_owned(), by: Hand::Caller };
    let mut store = rolecall::facts::Store::open(&home.database(), false).unwrap();
    command::run(&mut store, &actor, chrono::Utc::now() + by, &contact).map(drop).unwrap();
}

#[test]
fn a_clock_that_is_a_little_late_shows_no_ended_access_as_live() {
    let home = agency();
    home.tell(&["person", "add", ANA, "--name", "Ana Ruiz"]);
    let soon = (chrono::Utc::now() + chrono::TimeDelta::hours(12)).format("%Y-%m-%dT%H:%M").to_string();
    home.tell(&["assign", ANA, "helper", "--site", "acme", "--until", &soon]);
    written_ahead(&home, chrono::TimeDelta::hours(20));
    let mut screens = open(&home);
    screens.then("2/acme", "the site", |it| it.has_row(&["Acme", "wix"]));
    screens.then(&format!("{ENTER}{ENTER}"), "that it is over", |it| it.has_row(&["Ana", "not now"]));
}

#[test]
fn where_the_clock_is_in_doubt_a_key_says_that_it_is_right_and_nothing_typed_is_lost() {
    let home = agency();
    written_ahead(&home, chrono::TimeDelta::days(400));
    let mut screens = open(&home);
    screens.then("2i", "the form", |it| it.has("Invite"));
    screens.then(&format!("{ANA}{TAB} "), "a role", |it| it.has("[x] Helper"));
    screens.then(SEND, "the doubt", |it| it.has("The clock is in doubt") && it.has("y it is right") && !it.has("--clock-is-right"));
    screens.then("y", "the form as it was", |it| it.has("[x] Helper") && it.has("The clock counts as right") && it.has(ANA));
    screens.then(SEND, "the review", |it| it.has("SENDS  1 letter"));
    screens.then("y", "the link", |it| it.has("Sent: 1 letter"));
    close(&mut screens);
    assert!(!screens.screen().has("one of the two is wrong"));
}

#[test]
fn what_was_taken_back_shows_as_such_and_the_question_says_what_it_is() {
    let home = agency();
    let mut screens = opened(&home, 80, 24);
    screens.then("7", "the newest", |it| it.has_row(&[">   added the contact Bo Bistro"]));
    screens.then("x", "what it was", |it| it.has("Please confirm") && it.has("added the contact Bo Bistro?"));
    screens.then("y", "it is marked", |it| it.has("taken back: added") && !it.has("Please confirm"));
    screens.then("u", "what is next", |it| it.has("Please confirm"));
    screens.then(ESC, "the list", |it| !it.has("Please confirm"));
    screens.then("?", "help that goes on", |it| it.window_has("more below"));
}

#[test]
fn the_screens_say_that_the_clock_is_in_doubt_and_go_on() {
    let home = agency();
    written_ahead(&home, chrono::TimeDelta::days(60));
    let mut screens = open(&home);
    screens.then("2", "the doubt", |it| it.has_row(&["This machine's clock stands at"]));
}

#[test]
fn what_is_staged_to_be_sent_waits_in_the_list_as_such_until_it_is_saved() {
    let home = agency();
    let mut screens = open(&home);
    screens.then("2i", "the form", |it| it.has("Invite"));
    screens.then(&format!("{ANA}{TAB} "), "a role", |it| it.has("[x] Helper"));
    screens.then(SEND, "the review", |it| it.has("SENDS  1 letter"));
    screens.then(ESC, "that it stays", |it| it.has("Staged, not saved: 1 change"));
    screens.then("4", "it in the list", |it| it.has_row(&["ana@acme", "staged"]));
    screens.then("S", "that it is not out", |it| it.has("it is staged, not saved"));
    assert_eq!(home.run(&["invite", "list"]).status.code(), Some(1));
    screens.then("sy", "the link", |it| it.has("Sent: 1 letter"));
    close(&mut screens);
    screens.wait("it sent", |it| it.has_row(&["ana@acme", "d left"]));
    assert!(home.tell(&["invite", "list"]).contains(ANA));
}
