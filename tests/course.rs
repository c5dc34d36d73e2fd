//! The course from the first contact to the last goodbye, key by key, on an agency that was just set up.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

#[allow(dead_code, reason = "each test file presses other keys")]
mod pty;

use pty::{ENTER, ESC, Home, SEND, Screen, TAB, Terminal};

const ANA: &str = "ana@acme.example";
const INBOX: &str = "crm.inbox.manage";

fn can(home: &Home, permission: &str) -> bool {
    home.run(&["can", ANA, permission, "acme"]).status.code() == Some(0)
}

/// The token on the screen.
fn token(screen: &Screen) -> String {
    let row = screen.rows().iter().find(|it| it.contains("rolecall accept ")).unwrap();
    row.split("rolecall accept ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned()
}

/// Goes to a noun by the palette.
fn go(screens: &mut Terminal, kind: &str, to: &str, seen: &str) {
    screens.then(&format!(":{to}"), "the palette's offer", |it| it.has_row(&[kind, to]));
    screens.then(ENTER, seen, |it| it.has(seen) && !it.has("Go to, or do"));
}

#[test]
fn a_contact_becomes_a_client_is_invited_works_changes_role_and_is_removed() {
    let home = Home::empty();
    home.tell(&["init", "--name", "Northlight", "--owner", "dana@northlight.example"]);
    for site in ["Acme", "Bistro"] {
        home.tell(&["site", "add", site, "--apps", "Wix Chat"]);
    }
    let mut screens = home.screens().open();
    screens.wait("the agency", |it| it.has("Northlight"));

    // A contact.
    screens.then("1n", "the form", |it| it.has("Add a contact"));
    screens.press(&format!("Ana Ruiz{TAB}{ANA}{TAB}c"));
    screens.then(SEND, "the contact", |it| it.has_row(&[">   Ana Ruiz", "client"]) && it.has_row(&["e-mail", ANA]));

    // A role of the agency's own, copied from a built-in one.
    go(&mut screens, "role", "Website Designer", "roles of Wix");
    screens.then("c", "the form", |it| it.has("Copy Website Designer"));
    screens.then(&format!("\x15Client desk{SEND}"), "the review", |it| it.has("Copy the role Website Designer as Client desk"));
    screens.then("y", "the copy", |it| it.has("Client desk") && it.has("Saved as entry") && !it.has("Review: "));

    // The inbox is switched on, and contacts follow.
    go(&mut screens, "permission", INBOX, "Answer the inbox");
    screens.wait("that it is off", |it| it.is_marked("Answer the inbox", "·"));
    let follows = |it: &Screen| it.is_marked("Answer the inbox", "●+") && it.is_marked("Add and edit contacts", "○&");
    screens.then(" ", "what follows", |it| follows(it) && it.has("1 unsaved"));
    screens.then("s", "the review", |it| it.has_row(&["+", "Answer the inbox"]) && it.has_row(&["&", "Add and edit contacts"]));
    let saved = |it: &Screen| it.is_marked("Answer the inbox", "●") && it.has("Saved as entry") && !it.has("1 unsaved");
    screens.then("y", "it saved", saved);

    // The client is invited to one site, with that role.
    go(&mut screens, "site", "acme", "address");
    screens.then("i", "the form", |it| it.has("Invite") && it.has_row(&["Where", "Acme"]));
    screens.then(&format!("{ANA}{TAB}"), "the roles", |it| it.has("[ ] Client desk"));
    screens.then(" ", "what it brings", |it| it.has("[x] Client desk") && it.has("THEY WILL"));
    screens.then(SEND, "the review", |it| it.has("SENDS  1 letter") && it.has("before it is answered"));
    let token = token(&screens.then("y", "the letter", |it| it.has("Sent: 1 letter")));
    assert!(!can(&home, INBOX));
    screens.then(ESC, "the sites", |it| !it.has("Sent: 1 letter"));
    screens.then("4", "that it waits", |it| it.has_row(&[ANA, "d left"]) && it.has_row(&["roles", "Client desk"]));

    // The client says yes.
    home.tell(&["accept", &token]);
    screens.wait("that it is accepted", |it| it.has_row(&[ANA, "accepted"]));
    assert!(can(&home, INBOX) && can(&home, "crm.contacts.manage") && !can(&home, "stores.orders.view"));

    // What the client sees and does: their site, their inbox.
    go(&mut screens, "person", ANA, "HOLDS");
    screens.then("V", "what she can do, seen by Dana", |it| it.has("viewing as") && it.is_marked("Answer the inbox", "●"));
    screens.then(ESC, "her row again", |it| it.has("HOLDS") && !it.has("viewing as"));
    let theirs = |it: &Screen| it.has(&format!("as {ANA}")) && it.has_row(&["2 Sites", " 1 "]) && it.has("Acme") && !it.has("Bistro");
    screens.then("V", "what she can do", |it| it.has("viewing as"));
    screens.then("V", "her own screens", theirs);
    screens.then("d", "that she may not", |it| it.has("may not take acme from its owner"));
    screens.then(":act as myself", "the palette's offer", |it| it.has("act as myself"));
    screens.then(ENTER, "all sites", |it| !it.has(&format!("as {ANA}")) && it.has("2 sites"));

    // Another role instead: a wider one first, then the old one goes.
    go(&mut screens, "person", ANA, "HOLDS");
    screens.then("a", "the form", |it| it.has("Give a role") && it.has(ANA));
    screens.press(&format!("back-office-manager{TAB}{TAB}{TAB}acme"));
    screens.then(SEND, "what it brings", |it| it.has("Review: 1 change") && it.has("Give back-office-manager"));
    screens.then("y", "both roles", |it| it.has("Back Office Manager") && it.has("Client desk") && !it.has("Review: "));
    screens.then("d", "which one", |it| it.has("Take a role from"));
    screens.then("c", "the old one", |it| it.has("< Client desk (site acme) >"));
    screens.then(SEND, "the review", |it| it.has("Review: 1 change") && it.has("Take Client desk"));
    screens.then("y", "the new one alone", |it| {
        it.has("Back Office Manager") && !it.has("Review: ") && !it.has_row(&["Client desk", "site acme"])
    });
    assert!(!can(&home, "editor.site.edit") && can(&home, INBOX));

    // The work ends.
    screens.then("D", "what goes", |it| it.has("TAKES  1 role"));
    screens.then(SEND, "the review", |it| it.has("Review: 1 change") && it.has("Take everything from"));
    screens.then("y", "nothing is left", |it| it.has("nothing: no role, no site"));
    assert!(!can(&home, INBOX));
    screens.then("T", "the whole story", |it| it.has("7 Log of ") && it.has("accepted") && it.has("took"));
    screens.then("-", "the end", |it| !it.has("7 Log of "));
    home.tell(&["verify"]);
}
