//! The screens as they are used: keys in a real terminal, and what is seen there.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod pty;

use std::sync::Arc;

use pty::{ENTER, ESC, Home, SEND, Screen, TAB, Terminal};
use rolecall::domain::builtin;
use rolecall::domain::catalog::Catalog;
use rolecall::domain::perm_set::{PermId, PermSet};
use rolecall::domain::ripple::{Cause, Toggle};
use rolecall::store::Store;
use rustix::process::Signal;

const ANA: &str = "ana@acme.example";
const INBOX: &str = "crm.inbox.manage";
const EDIT: &str = "crm.contacts.manage";
const SEE: &str = "crm.contacts.view";

fn catalog() -> Arc<Catalog> {
    builtin::catalog("wix").unwrap()
}

fn label(id: &str) -> String {
    catalog().get(catalog().find(id).unwrap()).label.clone()
}

/// The agency with an empty custom role that Ana holds on one of three sites.
fn helped() -> Home {
    let home = Home::agency();
    home.tell(&["role", "add", "Helper"]);
    for site in ["Acme", "Bistro", "Cargo"] {
        home.tell(&["site", "add", site, "--apps", "Wix Chat"]);
    }
    home.tell(&["person", "add", ANA, "--name", "Ana Ruiz"]);
    home.tell(&["assign", ANA, "helper", "--site", "acme"]);
    home
}

/// What the role has of its own, as the command line tells.
fn granted(home: &Home, role: &str) -> Vec<String> {
    let shown = home.json(&["role", "show", role]);
    shown["permissions"].as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect()
}

/// Whether the command line says that Ana can.
fn ana_can(home: &Home, permission: &str) -> bool {
    home.run(&["can", ANA, permission, "acme"]).status.code() == Some(0)
}

#[test]
fn a_passphrase_that_nobody_gives_leaves_the_terminal_as_it_was() {
    let home = Home::agency();
    let script = "ssh-keygen -q -t ed25519 -N secret -f key; \"$@\"; echo \"ended with $?\"; stty -a";
    let mut terminal = home.screens().shell(script).args(&["journal", "seal", "--output", "seal", "--sign", "key"]).open();
    let asked = terminal.wait("the question", |it| it.has("passphrase of key:") || it.has("ended with"));
    if !asked.has("passphrase of key:") {
        eprintln!("skipped: there is no ssh-keygen here; install openssh-client");
        return;
    }
    let said = terminal.then("se\u{3}", "the end", |it| it.has("iexten"));
    assert!(said.has("no passphrase was given") && said.has("ended with 4"), "{}", said.text());
    assert!(said.has(" echo ") && said.has("isig ") && !said.has("-isig"), "{}", said.text());
}

#[test]
fn a_verb_that_waits_for_another_writer_says_for_whom() {
    let home = Home::agency();
    let other = Store::open(&home.database(), false).unwrap();
    let turn = other.turn().unwrap();
    let terminal = home.screens().args(&["contact", "add", "Waits"]).open();
    let writer = format!("rolecall: process {} of uid ", std::process::id());
    terminal.wait("for whom it waits", |it| it.has(&writer) && it.has(" is writing, this waits for its turn"));
    drop(turn);
    assert_eq!(terminal.ended(), 0);
    assert!(terminal.screen().has("added the contact Waits"), "{}", terminal.screen().text());
}

/// Opens the screens and goes to a permission in the matrix.
#[track_caller]
fn at(home: &Home, permission: &str) -> Terminal {
    let mut screens = home.screens().open();
    go(&mut screens, permission);
    screens
}

#[track_caller]
fn go(screens: &mut Terminal, permission: &str) {
    screens.wait("the workspace", |it| it.has("Northlight"));
    screens.then(&format!(":{permission}"), "the palette's offer", |it| it.has_row(&[permission, &label(permission)]));
    screens.then(ENTER, "the permission in the matrix", |it| it.mark(&label(permission)).is_some() && !it.has(&format!(":{permission}")));
}

#[track_caller]
fn quit(mut screens: Terminal) -> Vec<u8> {
    screens.press("q");
    let code = screens.ended();
    assert_eq!(code, 0, "{}", screens.screen().text());
    screens.bytes()
}

#[test]
fn a_permission_shows_what_it_drags_along_is_saved_explained_taken_back_and_done_again() {
    let home = helped();
    let before = home.entries();
    let mut screens = at(&home, INBOX);
    let [inbox, edit, see] = [INBOX, EDIT, SEE].map(label);
    screens.wait("nothing granted yet", |it| it.is_marked(&inbox, "·"));
    let all_on = |it: &Screen| it.is_marked(&inbox, "●+") && it.is_marked(&edit, "○&") && it.is_marked(&see, "○&");
    screens.then(" ", "all three on", all_on);
    assert_eq!(granted(&home, "helper"), [""; 0]);
    screens.then("s", "the causes in the review", |it| it.has_row(&["&", &edit, &inbox]) && it.has_row(&["&", &see]) && it.has("Ana Ruiz"));
    assert_eq!(granted(&home, "helper"), [""; 0]);

    screens.then("y", "it saved", |it| it.is_marked(&inbox, "●"));
    screens.wait("what is implied", |it| it.is_marked(&edit, "○") || it.is_marked(&edit, "·?"));
    assert_eq!(granted(&home, "helper"), [INBOX]);
    assert!([INBOX, EDIT, SEE].iter().all(|it| ana_can(&home, it)));
    assert!(home.tell(&["why", ANA, SEE, "acme"]).contains("helper"));

    for (permission, cause) in [(INBOX, "granted"), (EDIT, inbox.as_str()), (SEE, inbox.as_str())] {
        go(&mut screens, permission);
        assert!(screens.screen().window().is_empty());
        screens.then("w", "why", |it| it.window_has("equires") && it.window_has("granted") && it.window_has(cause));
        screens.then(ESC, "no more why", |it| it.window().is_empty());
    }

    go(&mut screens, INBOX);
    for (keys, then) in [("u", false), ("U", true)] {
        screens.then(keys, "whom it touches", |it| it.window_has("Ana Ruiz"));
        assert_eq!(ana_can(&home, SEE), !then);
        let shape = if then { '●' } else { '·' };
        // Behind the question another column's shape may be the first that is seen.
        let changed = |it: &Screen| !it.has("Please confirm") && it.mark(&inbox).unwrap_or_default().starts_with(shape);
        screens.then("y", "the shape changed", changed);
        assert_eq!(ana_can(&home, SEE), then);
        assert_eq!(granted(&home, "helper"), if then { vec![INBOX] } else { vec![] });
    }
    quit(screens);
    home.tell(&["verify"]);
    assert_eq!(home.entries(), before + 3);
}

#[test]
fn a_permission_that_is_turned_off_takes_all_that_requires_it_along_and_the_review_says_why() {
    let home = Home::agency();
    home.tell(&["role", "duplicate", "website-manager", "Night watch"]);
    let catalog = catalog();
    let set = catalog.set_of(&granted(&home, "night-watch"));
    let see = catalog.find(SEE).unwrap();
    let ripple = catalog.toggle(set, see, Toggle::Off);
    let fallen: PermSet = ripple.removed.iter().map(|it| it.id).collect();
    assert!(fallen.len() > 10, "{} fall", fallen.len());
    let name = |id: PermId| catalog.get(id).label.as_str();

    // So tall that the whole catalog is on one screen.
    let mut screens = home.screens().size(140, 290).open();
    go(&mut screens, SEE);
    screens.press("ZZ");
    screens.wait("every category", |it| catalog.ids().all(|id| it.mark(name(id)).is_some()));
    go(&mut screens, SEE);
    screens.then(" ", "it is off", |it| it.is_marked(name(see), "·−"));
    let shown = screens.screen();
    for id in catalog.ids().filter(|id| *id != see) {
        let mark = shown.mark(name(id)).unwrap();
        let twin = catalog.ids().any(|other| other != id && catalog.get(other).label == name(id));
        assert!(twin || mark.ends_with('&') == fallen.contains(id), "{}: {mark}", name(id));
    }
    let review = screens.then("s", "the review", |it| {
        ripple.removed.iter().filter(|it| it.id != see).all(|effect| {
            let cut: String = name(effect.id).chars().take(28).collect();
            it.has_row(&["&", &cut, name(see)])
        })
    });
    assert!(ripple.removed.iter().all(|it| matches!(it.cause, Cause::Toggled | Cause::Requires(_))));
    assert!(review.has_row(&["−", name(see)]));
}

#[test]
fn going_back_to_the_original_leaves_no_mark_and_nothing_to_save() {
    let home = helped();
    let mut screens = at(&home, INBOX);
    let first = screens.wait("nothing staged", |it| it.is_marked(&label(INBOX), "·") && it.has("findings")).rows()[0].clone();
    screens.then(" ", "a mark and a count", |it| it.is_marked(&label(INBOX), "●+") && it.rows()[0] != first);
    screens.then(" ", "no mark and no count", |it| it.is_marked(&label(INBOX), "·") && it.rows()[0] == first);
    screens.then(" u", "the same by u", |it| it.is_marked(&label(INBOX), "·") && it.rows()[0] == first);
}

#[test]
fn the_draft_and_the_place_outlive_quitting() {
    let home = helped();
    let before = home.entries();
    let mut screens = at(&home, INBOX);
    screens.then(" ", "it is staged", |it| it.is_marked(&label(INBOX), "●+"));
    quit(screens);
    assert_eq!(home.entries(), before);
    let mut screens = home.screens().open();
    screens.wait("draft and place", |it| it.is_marked(&label(INBOX), "●+") && it.is_marked(&label(SEE), "○&"));
    screens.then(" ", "the cursor on the same cell", |it| it.is_marked(&label(INBOX), "·"));
    quit(screens);
    let screens = home.screens().open();
    screens.wait("the place without the draft", |it| it.is_marked(&label(INBOX), "·"));
    let mut screens = screens;
    screens.then("5", "the roles", |it| it.is_on("5 Roles"));
    screens.then("C", "their columns", |it| it.text().contains("Columns of Roles"));
    screens.then("j \r", "one less", |it| it.is_on("5 Roles") && !it.has_row(&["held by", "grants"]));
    quit(screens);
    let back = home.screens().open();
    back.wait("the roles again", |it| it.is_on("5 Roles") && it.has_row(&[">   ", "/213"]) && !it.has_row(&["held by", "grants"]));
}

#[test]
fn what_somebody_else_grants_shows_at_once_and_the_cursor_stays() {
    let home = helped();
    let mut screens = at(&home, INBOX);
    home.tell(&["role", "grant", "helper", "crm.forms.manage"]);
    let [forms, entries] = ["crm.forms.manage", "crm.forms.view"].map(label);
    screens.wait("the marks of others", |it| it.is_marked(&forms, "●o") && it.is_marked(&entries, "○o"));
    screens.then(" ", "the cursor where it was", |it| it.is_marked(&label(INBOX), "●+"));
}

/// A permission that stands alone and is harmless: its rows have no other `!`.
fn plain_permission(catalog: &Catalog) -> PermId {
    let alone = |id: &PermId| catalog.closure(*id).len() == 1 && catalog.dependants(*id).len() == 1;
    catalog.ids().filter(alone).find(|id| !catalog.get(*id).is_sensitive()).unwrap()
}

#[test]
fn a_staged_cell_that_somebody_else_changed_is_a_clash_in_the_matrix_and_in_the_review() {
    let home = helped();
    let catalog = catalog();
    let plain = catalog.get(plain_permission(&catalog));
    let mut screens = at(&home, &plain.id);
    screens.then(" ", "it is staged", |it| it.is_marked(&plain.label, "●+"));
    home.tell(&["role", "grant", "helper", &plain.id]);
    screens.wait("the same done by others", |it| it.is_marked(&plain.label, "●o"));
    home.tell(&["role", "revoke", "helper", &plain.id]);
    screens.wait("the clash", |it| it.is_marked(&plain.label, "●!"));
    screens.then("s", "the clash in the review", |it| it.has_row(&["+", &plain.label, "!"]));
    screens.then("y", "it is asked whose word stands", |it| it.has("1 mine, 2 theirs, 3 out") && it.has("[!]"));
    screens.then("1", "mine", |it| it.has("[x]") && !it.has("[!]"));
    screens.then("y", "my word is the last", |it| it.is_marked(&plain.label, "●"));
    assert_eq!(granted(&home, "helper"), [plain.id.as_str()]);
}

#[test]
fn what_somebody_else_grants_that_needs_what_is_turned_off_here_goes_too_and_is_a_clash() {
    let home = helped();
    home.tell(&["role", "grant", "helper", EDIT]);
    // So tall that the whole category is seen.
    let mut screens = home.screens().size(140, 70).open();
    go(&mut screens, SEE);
    screens.then(" ", "it is off with its cause", |it| it.is_marked(&label(SEE), "·−") && it.is_marked(&label(EDIT), "·&"));
    home.tell(&["role", "grant", "helper", "crm.notes.manage"]);
    let notes = label("crm.notes.manage");
    screens.wait("off with that too, and a clash", |it| it.is_marked(&label(SEE), "·−") && it.is_marked(&notes, "·!"));
    screens.then("s", "the clash in the review", |it| {
        it.has_row(&[&notes, "! others changed it"]) && it.has("! somebody else changed this meanwhile: crm.notes.manage")
    });
}

#[test]
fn a_save_that_somebody_else_overtook_says_so_and_keeps_the_draft() {
    let home = helped();
    let mut screens = at(&home, INBOX);
    screens.then(" ", "it is staged", |it| it.is_marked(&label(INBOX), "●+"));
    screens.then("s", "the review", |it| it.has_row(&["&", &label(EDIT), &label(INBOX)]));
    // While the screens are held still, they cannot notice before the key is there.
    screens.kill(Signal::STOP);
    screens.stopped();
    home.tell(&["role", "grant", "helper", "crm.forms.manage"]);
    let before = home.entries();
    screens.press("y");
    screens.kill(Signal::CONT);
    screens.wait("why nothing was saved", |it| it.has("nothing was saved"));
    screens.wait("mine and theirs", |it| it.is_marked(&label(INBOX), "●+") && it.is_marked(&label("crm.forms.manage"), "●o"));
    assert_eq!(home.entries(), before);
    screens.press("s");
    screens.then("y", "it saved", |it| it.is_marked(&label(INBOX), "●"));
    assert_eq!(granted(&home, "helper").len(), 2);
}

#[test]
fn keys_typed_ahead_mean_what_they_mean_one_by_one() {
    let home = helped();
    home.tell(&["person", "add", "bo@acme.example", "--name", "Bo Lind"]);
    let mut screens = home.screens().open();
    screens.wait("the workspace", |it| it.has("Northlight"));
    screens.press(&format!(":{INBOX}\r "));
    screens.wait("one cell switched, the right one", |it| it.is_marked(&label(INBOX), "●+"));
    screens.then("u", "it is off", |it| it.is_marked(&label(INBOX), "·"));
    // A look-up takes what was typed, not what was offered before that.
    screens.press(&format!(":{ANA}\ra"));
    screens.wait("the form for Ana", |it| it.has_row(&[">"]) && it.has(ANA));
    screens.press(&format!("store-manager{TAB}{TAB}{TAB}bistro{SEND}"));
    screens.wait("the question", |it| it.has_row(&["store-manager", ANA, "bistro"]));
    let holds = |it: &Screen| it.has_row(&["Helper", "site acme"]) && it.has_row(&["Store Manager", "site bistro"]);
    screens.then("y", "what she holds, saved", |it| holds(it) && !it.has("unsaved"));
    assert!(home.tell(&["site", "show", "bistro"]).contains(ANA));
    screens.press("2/carg\r\r");
    screens.wait("the people of the third site", |it| it.has("Cargo") && it.has("dana@") && !it.has("Bo Lind"));
}

#[test]
fn a_save_that_touches_many_wants_their_number_even_when_typed_ahead() {
    let home = helped();
    for at in 0..12 {
        let email = format!("p{at}@acme.example");
        home.tell(&["person", "add", &email]);
        home.tell(&["assign", &email, "helper", "--site", "acme"]);
    }
    let before = home.entries();
    let mut screens = at(&home, INBOX);
    screens.press(" sy");
    screens.wait("how many it touches", |it| it.has("13") && it.has_row(&["&", &label(EDIT), &label(INBOX)]));
    assert_eq!(home.entries(), before);
    screens.then("13", "it is typed", |it| it.has("13_"));
    screens.then("y", "it saved", |it| it.is_marked(&label(INBOX), "●"));
    assert_eq!(home.entries(), before + 1);
}

/// The first row of each pane, as the command line lists it; the matrix has shapes.
fn first_rows(home: &Home) -> [(&'static str, String); 7] {
    let second_line = |args: &[&str], column: usize| {
        let answer = home.tell(&[args, &["--format", "csv"]].concat());
        answer.lines().nth(1).unwrap().split(',').nth(column).unwrap().to_owned()
    };
    // In a narrow list names are cut.
    let row = |name: &str| format!(">   {}", name.chars().take(12).collect::<String>());
    [
        ("1", row(&second_line(&["contact", "list"], 0))),
        // Not only those of the contact, not only those on the site.
        ("2\x1bg", row(&second_line(&["site", "list"], 1))),
        ("3\x1bg", row(&second_line(&["person", "list"], 1))),
        ("4", "nothing was sent yet".to_owned()),
        // Custom roles come first here; this is the first of them by name.
        ("5", row("Client concierge")),
        ("6", "●".to_owned()),
        ("7", row("imported")),
    ]
}

#[test]
fn every_pane_fits_every_size_down_to_the_notice() {
    let home = Home::demo();
    let panes = first_rows(&home);
    let mut screens = home.screens().size(80, 24).open();
    for (columns, rows) in [(80, 24), (140, 40), (80, 20), (60, 16)] {
        screens.resize(columns, rows);
        for (keys, first) in &panes {
            screens.then(keys, first, |it| it.is_on(&keys[..1]) && it.has(first));
        }
        screens.then("?", "the keys", |it| it.has("Esc"));
        screens.then(ESC, "no more keys", |it| !it.has("Esc"));
        screens.then("1", "the contacts again", |it| it.is_on("1 Contacts") && it.has(&panes[0].1));
        // Those that have no room stand there by their digits at least.
        screens.wait("all panes", |it| (1..=panes.len()).all(|n| it.has(&format!("─ {n} ")) || it.is_on(&format!("{n} "))));
    }
    screens.resize(59, 15);
    screens.wait("the notice", |it| it.has("59") && it.has("60") && !it.has(&panes[0].1));
    screens.resize(60, 16);
    screens.wait("the contacts", |it| it.has(&panes[0].1));
    quit(screens);
}

#[test]
fn a_storm_of_resizes_with_keys_between_is_survived() {
    let home = Home::demo();
    let (_, contact) = &first_rows(&home)[0];
    let mut screens = home.screens().open();
    screens.wait("the contacts", |it| it.has(contact));
    let mut dice: u32 = 11;
    let mut roll = |n: u32| {
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (dice >> 8) % n
    };
    let keys = ["j", "k", "\t", "5", "3", "2", "4", "6", "7", "G", "g", "z", "t", "=", "w", ":", "?", "/", "x", "\x04", ENTER, ESC, "m"];
    for _ in 0..200 {
        let size = |n| u16::try_from(n).unwrap();
        screens.resize(size(roll(200)), size(roll(70)));
        screens.press(keys[roll(23) as usize]);
    }
    for (columns, rows) in [(0, 0), (1, 1), (1, 200), (300, 1), (60, 16), (61, 15)] {
        screens.resize(columns, rows);
        screens.press("j");
    }
    screens.resize(100, 30);
    screens.press("\x03");
    screens.then("1", "the contacts", |it| it.is_on("1 Contacts") || it.has("Esc"));
    screens.press(ESC);
    screens.then("1g", "the first contact", |it| it.has(contact));
    quit(screens);
}

#[test]
fn a_screen_of_one_row_may_be_as_wide_as_a_terminal_can_say() {
    let home = Home::agency();
    let mut screens = home.screens().open();
    screens.wait("the workspace", |it| it.has("Northlight"));
    screens.resize(65_535, 1);
    screens.wait("the notice", |it| it.has("65535"));
    screens.resize(80, 24);
    screens.wait("the workspace", |it| it.has("Northlight"));
    quit(screens);
}

#[test]
fn a_line_that_drops_ends_the_program_and_keeps_the_draft() {
    let ways = [None, Some(r#"trap "" HUP; exec "$@""#), Some(r#"trap "" HUP; "$@"; exit $?"#)];
    for way in ways {
        let home = helped();
        let start = home.screens();
        let mut screens = way.map_or(start, |it| home.screens().shell(it)).open();
        go(&mut screens, INBOX);
        screens.then(" ", "it is staged", |it| it.is_marked(&label(INBOX), "●+"));
        screens.hang_up();
        assert_eq!(screens.ended(), 129, "{way:?}");
        let screens = home.screens().open();
        screens.wait("the draft", |it| it.has("unsaved"));
        let mut screens = screens;
        go(&mut screens, INBOX);
        screens.wait("the staged cell", |it| it.is_marked(&label(INBOX), "●+"));
    }
}

#[test]
fn a_signal_gives_the_terminal_back_and_is_the_exit_code() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::QUIT, 131)] {
        let home = helped();
        let mut screens = at(&home, INBOX);
        screens.then(" ", "it is staged", |it| it.is_marked(&label(INBOX), "●+"));
        assert!(screens.screen().cells.alternate_screen() && !screens.is_cooked());
        screens.kill(signal);
        assert_eq!(screens.ended(), code);
        screens.wait("the terminal as it was", |it| is_given_back(it) && screens.is_cooked());
        let screens = home.screens().open();
        screens.wait("draft and place", |it| it.has("unsaved"));
    }
}

fn is_given_back(screen: &Screen) -> bool {
    !screen.cells.alternate_screen() && !screen.cells.hide_cursor() && !screen.cells.bracketed_paste()
}

#[test]
fn stopping_gives_the_terminal_back_and_going_on_draws_again() {
    let home = helped();
    let mut screens = at(&home, INBOX);
    screens.then(" ", "it is staged", |it| it.is_marked(&label(INBOX), "●+"));
    screens.press("\x1a");
    screens.stopped();
    screens.wait("the terminal as it was", |it| is_given_back(it) && screens.is_cooked());
    screens.kill(Signal::CONT);
    screens.wait("everything again", |it| it.is_marked(&label(INBOX), "●+") && it.cells.alternate_screen());
    assert!(!screens.is_cooked());
    screens.then(" ", "keys again", |it| it.is_marked(&label(INBOX), "·"));
    quit(screens);
}

#[test]
fn without_a_terminal_there_is_one_sentence_and_exit_code_2() {
    let home = helped();
    let output = home.run(&[]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]));
    assert!(said.contains("terminal") && said.contains("--help") && said.lines().count() == 1 && !said.contains('\x1b'), "{said}");
    for term in [Some("dumb"), Some(""), None] {
        let screens = home.screens().env("TERM", term).open();
        assert_eq!(screens.ended(), 2, "{term:?}");
        let screen = screens.wait("a sentence", |it| it.has("TERM"));
        assert!(!screens.bytes().contains(&0x1b), "{}", screen.text());
    }
}

/// Another program's work is the clock here: many times what the screens need to look around.
fn time_passes(home: &Home, n: usize) {
    (0..n).for_each(|_| assert!(!ana_can(home, INBOX)));
}

#[test]
fn a_screen_on_which_nothing_happens_writes_nothing() {
    let home = helped();
    let mut screens = at(&home, INBOX);
    screens.then(" ", "it is staged", |it| it.is_marked(&label(INBOX), "●+"));
    time_passes(&home, 10);
    let before = screens.bytes().len();
    time_passes(&home, 60);
    assert_eq!(screens.bytes().len(), before, "{:?}", String::from_utf8_lossy(&screens.bytes()[before..]));
}

#[test]
fn a_pasted_megabyte_in_a_list_changes_nothing_and_says_so() {
    let home = helped();
    let before = home.entries();
    let mut screens = at(&home, INBOX);
    let shape = screens.wait("the counts", |it| it.rows()[0].contains("people") && it.has("findings")).rows()[0].clone();
    let text = " sy\rdyq1\ty".repeat(100_000);
    screens.then(&format!("\x1b[200~{text}\x1b[201~"), "a word about it", |it| it.has("aste"));
    assert_eq!((screens.screen().rows()[0].clone(), home.entries()), (shape, before));
    screens.then(" ", "the cursor where it was", |it| it.is_marked(&label(INBOX), "●+"));
}

#[test]
fn a_pasted_megabyte_in_a_field_is_taken_up_to_the_limit_and_refused_there() {
    let home = helped();
    let before = home.entries();
    let mut screens = home.screens().open();
    screens.wait("the workspace", |it| it.has("Northlight"));
    screens.press("1n");
    screens.then(&format!("\x1b[200~{}\x1b[201~", "qy\rs".repeat(250_000)), "the pasted text", |it| it.has("qy sqy s"));
    let pasted = screens.screen();
    screens.then(SEND, "the limit beside the field", |it| it.text() != pasted.text() && it.has("65536") || it.has("256"));
    assert_eq!(home.entries(), before);
    screens.then(ESC, "the list", |it| !it.has("qy sqy s"));
    assert_eq!(home.entries(), before);
}

#[test]
fn viewing_as_somebody_shows_their_sites_alone_and_esc_leaves() {
    let home = helped();
    home.tell(&["role", "grant", "helper", INBOX]);
    home.tell(&["assign", ANA, "helper", "--site", "bistro"]);
    let mut screens = home.screens().open();
    screens.wait("the workspace", |it| it.has("Northlight"));
    let [all, hers] = [["Acme", "Bistro", "Cargo"].as_slice(), &["Acme", "Bistro"]];
    let lists = |it: &Screen, sites: &[&str]| all.iter().all(|site| it.has_row(&[site, "wix"]) == sites.contains(site));
    screens.then("2", "all sites", |it| lists(it, all));
    screens.then(&format!(":{ANA}"), "the palette's offer", |it| it.has_row(&[ANA, "Ana Ruiz"]));
    screens.press(ENTER);
    screens.then("V", "her matrix", |it| {
        it.rows()[0].contains("viewing as Ana Ruiz") && it.has("Acme") && it.has("Bistro") && !it.has("Cargo")
    });
    screens.then("2", "her sites", |it| it.rows()[0].contains("viewing as Ana Ruiz") && lists(it, hers));
    screens.then(ESC, "nobody's view", |it| !it.rows()[0].contains("viewing as"));
    screens.then("2", "all sites again", |it| lists(it, all));
}

#[test]
fn the_sites_of_a_contact_stand_on_top_until_esc_and_those_that_come_join_them() {
    let home = helped();
    home.tell(&["contact", "add", "Ana Ruiz", "--email", ANA]);
    let mut screens = home.screens().open();
    screens
        .wait("her site", |it| it.has_row(&["2 Sites of Ana Ruiz", " 1 of 3 "]) && it.has("6 Matrix: what Ana Ruiz can do on their own"));
    home.tell(&["assign", ANA, "helper", "--site", "cargo"]);
    screens.wait("both", |it| it.has_row(&["2 Sites of Ana Ruiz", " 2 of 3 "]));
    screens.then("2j", "the second of hers", |it| it.has_row(&[">   Cargo"]) && it.has("3 Collaborators on Cargo"));
    screens.then(ESC, "all sites, the cursor where it was", |it| it.is_on("2 Sites ━") && it.has_row(&[">   Cargo"]));
    screens.then("1", "hers again", |it| it.is_on("1 Contacts") && it.has_row(&["2 Sites of Ana Ruiz", " 2 of 3 "]));
    quit(screens);
}

#[test]
fn what_forms_add_is_what_the_command_line_finds() {
    let home = helped();
    let mut screens = home.screens().open();
    screens.wait("the workspace", |it| it.has("Northlight"));
    screens.then("1n", "the form", |it| it.has("Notes"));
    screens.press(&format!(
        "Olga Petrova{TAB}olga@petrova.example{TAB}{TAB}vip, north{TAB}{TAB}Calls on Mondays.{ENTER}Never on Fridays.{SEND}"
    ));
    screens.wait("the contact in the list", |it| it.has("Olga Petrova") && !it.has("Ctrl-s"));
    let contact = home.json(&["contact", "show", "olga@petrova.example"]);
    assert_eq!(contact["name"], "Olga Petrova");
    assert_eq!(contact["labels"], serde_json::json!(["vip", "north"]));
    assert_eq!(contact["notes"], "Calls on Mondays.\nNever on Fridays.");

    screens.then("2n", "the form", |it| it.has("Platform"));
    screens.then(&format!("Dune Hotel{SEND}"), "the site in the list", |it| it.has("Dune Hotel") && !it.has("Ctrl-s"));
    assert_eq!(home.json(&["site", "show", "dune-hotel"])["owner"], "dana@northlight.example");

    screens.then("3n", "the form", |it| it.has("E-mail"));
    screens.press(&format!("Bo Lind{TAB}bo@acme.example{SEND}"));
    screens.wait("the person in the list", |it| it.has("Bo Lind") && !it.has("Ctrl-s"));
    assert_eq!(home.json(&["person", "show", "bo@acme.example"])["name"], "Bo Lind");
    home.tell(&["verify"]);
}

#[test]
fn a_role_is_given_and_taken_with_its_effect_shown_first() {
    let home = helped();
    home.tell(&["role", "grant", "helper", INBOX]);
    let can = |home: &Home| home.run(&["can", ANA, INBOX, "bistro"]).status.code() == Some(0);
    let mut screens = home.screens().open();
    screens.wait("the workspace", |it| it.has("Northlight"));
    screens.then(&format!(":{ANA}"), "the palette's offer", |it| it.has_row(&[ANA, "Ana Ruiz"]));
    screens.then(ENTER, "what she holds", |it| it.has_row(&["Helper", "site acme"]) && !it.has("site bistro"));
    screens.then("a", "the form", |it| it.has("Until"));
    screens.then("helper", "the role", |it| it.has("helper"));
    screens.then(&format!("{TAB}{TAB}{TAB}bistro"), "the site", |it| it.has("bistro"));
    screens.then(SEND, "whom it touches and how", |it| {
        it.window_has(&label(INBOX)) && it.window_has(&label(SEE)) && it.window_has("Ana Ruiz")
    });
    assert!(!can(&home));
    screens.then("y", "what she holds now", |it| it.window().is_empty() && it.has("site bistro") && it.has("site acme"));
    assert!(can(&home));

    screens.then("d", "the form", |it| it.has_row(&["> Role", "Helper (site"]));
    let other = |it: &Screen| it.has_row(&[">", "Helper", "bistro"]);
    if !other(&screens.screen()) {
        screens.then(" ", "the other one", other);
    }
    screens.then(SEND, "whom it touches and how", |it| it.window_has(&label(INBOX)) && it.window_has(&label(SEE)));
    assert!(can(&home));
    screens.then("y", "what she holds now", |it| it.window().is_empty() && it.has("site acme") && !it.has_row(&["Helper", "site bistro"]));
    assert!(!can(&home));
    home.tell(&["verify"]);
}

#[test]
fn a_bad_address_is_marked_beside_its_field_and_nothing_is_saved() {
    let home = helped();
    let before = home.entries();
    let mut screens = home.screens().size(80, 24).open();
    screens.wait("the workspace", |it| it.has("Northlight"));
    screens.press("1n");
    screens.then(&format!("Olga{TAB}nowhere"), "the address", |it| it.has("nowhere"));
    let row = |it: &Screen| it.rows().iter().find(|it| it.contains("nowhere")).cloned().unwrap_or_default();
    let typed = row(&screens.screen());
    screens.then(SEND, "a word beside it", |it| row(it) != typed && it.has("nowhere"));
    assert_eq!(home.entries(), before);
    screens.press("@olga.example");
    screens.then(SEND, "the contact", |it| it.has("Olga") && !it.has("Ctrl-s"));
    assert_eq!(home.entries(), before + 1);
}

#[test]
fn read_only_lets_one_try_and_refuses_to_save_with_the_reason() {
    let home = helped();
    let before = home.entries();
    let mut screens = home.screens().args(&["--read-only"]).open();
    go(&mut screens, INBOX);
    screens.then(" ", "it can be tried", |it| it.is_marked(&label(INBOX), "●+"));
    let refused = |it: &Screen| it.rows().iter().filter(|it| it.contains("read-only")).count() > 1;
    screens.then("s", "the whole effect", |it| it.rows().iter().any(|it| it.contains("Review")));
    screens.then("y", "the reason", refused);
    screens.press("3n");
    screens.then(&format!("Bo{TAB}bo@acme.example{SEND}"), "the reason", refused);
    assert_eq!(home.entries(), before);
}

/// The parameters of all sequences that set colours and looks.
fn looks(bytes: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(bytes);
    let sets = text.split("\x1b[").skip(1).filter_map(|it| it.split_once('m').map(|(numbers, _)| numbers.to_owned()));
    let only = sets.filter(|it| it.chars().all(|c| c.is_ascii_digit() || c == ';'));
    only.flat_map(|it| it.split(';').filter_map(|it| it.parse().ok()).collect::<Vec<u16>>()).collect()
}

#[test]
fn without_colours_the_cursor_is_still_to_be_seen() {
    let home = helped();
    let mut screens = home.screens().env("NO_COLOR", Some("1")).open();
    go(&mut screens, INBOX);
    let shown = screens.then(" ", "it is staged", |it| it.is_marked(&label(INBOX), "●+"));
    screens.then("s", "the review", |it| it.has_row(&["&", &label(EDIT), &label(INBOX)]));
    let colours: Vec<u16> = looks(&screens.bytes()).into_iter().filter(|it| matches!(it, 30..=38 | 40..=48 | 90..=107)).collect();
    assert_eq!(colours, [0; 0]);
    let (rows, columns) = shown.cells.size();
    let cells = (0..rows.get()).flat_map(|row| (0..columns.get()).map(move |column| (row, column)));
    let reversed: String =
        cells.filter_map(|(row, column)| shown.cells.cell(row, column)).filter(|it| it.inverse()).map(vt100::Cell::contents).collect();
    assert!(reversed.contains('●'), "{reversed}");
}

#[test]
fn in_ascii_no_other_byte_is_written() {
    for (args, lang) in [(&["--ascii"][..], "C.UTF-8"), (&[], "C")] {
        let home = helped();
        let mut screens = home.screens().env("LANG", Some(lang)).args(args).open();
        go(&mut screens, INBOX);
        screens.wait("nothing yet", |it| it.is_marked(&label(INBOX), "."));
        screens.then(" ", "the shapes", |it| it.is_marked(&label(INBOX), "X+") && it.is_marked(&label(SEE), "x&"));
        screens.then("s", "the review", |it| it.has_row(&["&", &label(EDIT), &label(INBOX)]));
        screens.then(ESC, "no more review", |it| !it.has_row(&["&", &label(EDIT), &label(INBOX)]));
        for (key, seen) in [("2", "Cargo"), ("3", "Ana Ruiz"), ("4", "nothing was sent"), ("5", "Helper"), ("7", "helper")] {
            screens.then(key, seen, |it| it.has(seen));
        }
        screens.then("?", "the keys", |it| it.has("Ctrl-s"));
        screens.then(ESC, "no more keys", |it| !it.has("Ctrl-s"));
        let others: String = String::from_utf8_lossy(&quit(screens)).chars().filter(|it| !it.is_ascii()).collect();
        assert_eq!(others, "");
    }
}

/// Names that no verb accepts, from the corpus.
const HOSTILE: &[&str] = &[
    "csi-clear-screen",
    "csi-cursor-position",
    "esc-ris-reset",
    "osc-0-title",
    "osc-52-clipboard-write",
    "osc-8-unterminated",
    "dcs-tmux-passthrough",
    "apc-kitty-graphics",
    "csi-bracketed-paste-end",
    "c0-nul-inside",
    "c0-lf-inside",
    "c1-osc-inside",
    "c1-dcs-inside",
    "bidi-rlo-role",
    "bidi-fsi-unclosed",
    "zw-zwsp",
    "zw-line-separator",
];

fn hostile_values() -> Vec<String> {
    let corpus: serde_json::Value = serde_json::from_str(include_str!("data/hostile-strings.json")).unwrap();
    let value =
        |name: &&str| corpus.as_array().unwrap().iter().find(|it| it["name"] == **name).unwrap()["value"].as_str().unwrap().to_owned();
    HOSTILE.iter().map(value).collect()
}

/// An agency in whose file somebody wrote these names past the program.
fn named(names: &[String]) -> Home {
    let home = helped();
    for at in 0..names.len() {
        let email = format!("p{at}@acme.example");
        home.tell(&["person", "add", &email, "--name", &format!("Z{at:02}")]);
        home.tell(&["contact", "add", &format!("Z{at:02}"), "--email", &email, "--status", "client"]);
    }
    home.tell(&["contact", "add", "Aaron"]);
    let file = rusqlite::Connection::open(home.database()).unwrap();
    for (at, name) in names.iter().enumerate() {
        for table in ["person", "contact"] {
            file.execute(&format!("UPDATE {table} SET name = ?1 WHERE email = ?2"), (name, format!("p{at}@acme.example"))).unwrap();
        }
    }
    file.execute("UPDATE role SET name = ?1 WHERE key = 'helper'", [&names[0]]).unwrap();
    file.execute("UPDATE site SET name = ?1, url = ?2 WHERE key = 'bistro'", [&names[3], &names[4]]).unwrap();
    home
}

/// What a terminal would obey, hide or reorder, other than the sequences that drawing needs.
fn harmful(bytes: &[u8]) -> Vec<String> {
    let text = untitled(std::str::from_utf8(bytes).unwrap());
    let mut found = Vec::new();
    for (at, c) in text.char_indices() {
        let rest = &text[at + c.len_utf8()..];
        let shown = || format!("U+{:04X} before {:?}", c as u32, rest.chars().take(12).collect::<String>());
        match c {
            '\x1b' => {
                let body = rest.strip_prefix('[').unwrap_or("\0");
                let last = body.chars().find(|it| !it.is_ascii_digit() && !";?".contains(*it));
                if !last.is_some_and(|it| "ABCDHJKmhl".contains(it)) {
                    found.push(shown());
                }
            }
            '\r' | '\n' => {}
            c if c.is_control() => found.push(shown()),
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' => found.push(shown()),
            _ => {}
        }
    }
    found
}

/// Leaves, and waits until the terminal is as it was: all that was written.
#[track_caller]
fn left(mut screens: Terminal) -> Vec<u8> {
    screens.press("q");
    assert_eq!(screens.ended(), 0);
    screens.wait("the terminal as it was", is_given_back);
    screens.bytes()
}

/// What was written without the title, which holds nothing that could act, and without what the terminal is asked.
fn untitled(text: &str) -> String {
    let text = text.replace("\x1b]11;?\x07", "").replace("\x1b[?2026$p", "").replace("\x1b[22;2t", "").replace("\x1b[23;2t", "");
    let mut parts = text.split("\x1b]2;rolecall: ");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |all, part| {
        let (title, rest) = part.split_once('\x07').unwrap();
        assert!(!title.chars().any(char::is_control), "{title:?}");
        all + rest
    })
}

#[test]
fn the_title_says_workspace_and_pane_and_is_put_back_and_the_background_is_asked_for_where_it_decides() {
    let home = helped();
    let mut screens = home.screens().open();
    screens.then("2", "the sites", |it| it.has("Cargo"));
    screens.press("\x1b]11;rgb:ffff/ffff/ffff\x07");
    screens.then("3", "the people", |it| it.has("━ 3 "));
    let bytes = String::from_utf8(left(screens)).unwrap();
    let parts = ["\x1b]11;?\x07", "\x1b[22;2t\x1b]2;rolecall: ", "Contacts\x07", "Sites\x07", "Collaborators\x07", "\x1b[23;2t"];
    let places: Vec<_> = parts.iter().map(|it| bytes.find(it)).collect();
    assert!(places.is_sorted() && places[0].is_some(), "{places:?}");
    for (args, term) in [(&["--theme", "dark"][..], "xterm"), (&[], "linux")] {
        let screens = home.screens().args(args).env("TERM", Some(term)).open();
        screens.wait("the workspace", |it| it.has("Northlight"));
        let bytes = String::from_utf8(left(screens)).unwrap();
        assert!(!bytes.contains("]11;") && bytes.contains("]2;") == (term == "xterm"), "{term}");
    }
}

/// What is seen of a cell: one that was wiped looks like one that was never written.
fn look(cell: &vt100::Cell) -> (String, [vt100::Color; 2], [bool; 4]) {
    let contents = if cell.has_contents() { cell.contents() } else { " " };
    (contents.to_owned(), [cell.fgcolor(), cell.bgcolor()], [cell.bold(), cell.dim(), cell.underline(), cell.inverse()])
}

/// Every window that opens on a contact, a site or a person, and one invitation that is sent.
fn through_all_windows(screens: &mut Terminal) {
    let is_open = |it: &Screen| it.rows().last().unwrap().contains("Esc");
    let mut visit = |keys: &str| {
        screens.then(keys, "a window", is_open);
        screens.then(ESC, "no window", |it| !is_open(it));
    };
    ["1gji", "1gjI", "3gji", "3gj:team\r", "3gjw", "3gD", "5gi", "5gd"].into_iter().for_each(&mut visit);
    for site in ["2g", "2gj", "2gjj"] {
        for key in ["i", ":transfer\r", ":partner\r", ":reclaim\r"] {
            visit(&format!("{site}{key}"));
        }
    }
    for history in ["1gjT", "3gjT", "2gjT"] {
        screens.then(history, "the log of one", |it| it.has("7 Log of "));
    }
    screens.then("5gi", "the form", |it| it.has("E-mails"));
    screens.then(&format!("p0@acme.example{TAB}{TAB}bistro"), "the site", |it| it.has("site bistro"));
    screens.then(ENTER, "it taken", |it| it.has("> Where") && !it.has_row(&["> Where", "none"]));
    screens.then(SEND, "the review", |it| it.has("SENDS  1 letter"));
    screens.then("y", "the link", |it| it.has("Sent: 1 letter"));
    screens.then(ESC, "no window", |it| !is_open(it));
    screens.then("4", "it waits", |it| it.has_row(&["p0@acme", "d left"]));
}

#[test]
fn names_that_would_steer_a_terminal_are_shown_and_do_nothing() {
    let names = hostile_values();
    let neutral: Vec<String> = (0..names.len()).map(|at| format!("Neutral {at:02}")).collect();
    let mut shots = Vec::new();
    for names in [&names, &neutral] {
        let home = named(names);
        let mut screens = home.screens().open();
        // By way of another pane: what is said at the start is gone then.
        screens.then("2", "the sites", |it| it.has("Cargo"));
        shots.push(
            screens.then("1g", "all of the contacts", |it| it.has_row(&["Aaron", "lead"]) && it.has("6 Matrix: Aaron") && it.is_whole),
        );
        // Each in its own page, and in the form that edits it.
        for key in ["1", "3"] {
            screens.press(&format!("{key}g"));
            for _ in names {
                screens.press("j");
                screens.then("e", "the form", |it| it.has("E-mail") && it.has("Ctrl-s"));
                screens.then(ESC, "the list", |it| !it.has("Ctrl-s"));
            }
        }
        screens.then("2", "the sites", |it| it.has("Cargo"));
        screens.then("5", "the roles", |it| it.has("helper"));
        screens.then("6", "the matrix", |it| it.has("●"));
        screens.then(":p0@", "the palette", |it| it.has("p0@acme.example"));
        screens.then(ESC, "no palette", |it| !it.has("p0@acme.example"));
        screens.then("7", "the journal", |it| it.has("added"));
        through_all_windows(&mut screens);
        screens.then("3", "the people", |it| it.has("dana@"));
        assert_eq!(harmful(&quit(screens)), [""; 0]);
    }
    let [hostile, neutral] = &shots[..] else { panic!("two shots") };
    for (row, shown) in neutral.rows().iter().enumerate() {
        let field = shown.find("Neutral").map(|it| shown[..it].chars().count());
        // What stands behind a name: a status, an address, a platform.
        let rest = |from: usize| shown.chars().skip(from).collect::<String>();
        let to_the_line = |from: usize| rest(from).chars().position(|it| it == '│').unwrap_or(140);
        let ends = |from: usize| ["client", "@acme", "wix"].iter().filter_map(|it| rest(from).find(it)).min();
        let end = field.map(|from| from + ends(from).unwrap_or_else(|| to_the_line(from)));
        for column in 0..140_u16 {
            let inside = field.is_some_and(|from| (from..end.unwrap()).contains(&column.into()));
            let [theirs, ours] = [hostile, neutral].map(|it| look(it.cells.cell(row.try_into().unwrap(), column).unwrap()));
            assert!(inside || theirs == ours, "{row},{column}\n{}\n{}", hostile.text(), neutral.text());
        }
    }
}

#[test]
fn what_never_ends_in_the_terminal_does_not_make_the_screens_deaf() {
    let home = helped();
    let mut screens = home.screens().open();
    screens.wait("the workspace", |it| it.has("Northlight"));
    for reply in ["\x1b[?2026;2$y", "\x1b[?997;1n", "\x1b]11;rgb:1111/1111/1111\x1b\\", "\x1bP>|XTerm(390)\x1b\\"] {
        screens.press(reply);
        screens.then("2", "the sites", |it| it.is_on("2 Sites") && it.has("Cargo"));
        screens.then("1", "the contacts", |it| it.is_on("1 Contacts"));
    }
    // Ctrl-c counts at once, in a paste and in a reply that were cut short.
    for open in ["\x1b[200~abc", "\x1b]11;rgb:11"] {
        screens.press(open);
        time_passes(&home, 3);
        screens.then("\x03", "it heard Ctrl-c", |it| it.has("Ctrl-c again leaves"));
        screens.then("2", "the sites", |it| it.is_on("2 Sites") && it.has("Cargo"));
        screens.then("1", "the contacts", |it| it.is_on("1 Contacts"));
    }
    // And after two seconds of silence an open paste is over: what came of it is said.
    screens.then("\x1b[200~abc", "a word about it", |it| it.has("asted text goes into a field"));
    screens.then("2", "the sites", |it| it.is_on("2 Sites"));
    quit(screens);
}

#[test]
fn esc_and_a_key_in_one_write_are_the_one_and_then_the_other() {
    let home = helped();
    let mut screens = home.screens().open();
    screens.wait("the workspace", |it| it.has("Northlight"));
    screens.then("2?", "the keys", |it| it.has("type to search"));
    screens.then("\x1bj", "no more keys, and one down", |it| !it.has("type to search") && it.has_row(&[">   Bistro"]));
    screens.then("/carg", "one site", |it| !it.has("Acme"));
    screens.then("\x1bg", "all sites, at the first", |it| it.has_row(&[">   Acme"]) && it.has("Cargo"));
    quit(screens);
}

#[test]
fn enter_in_the_very_first_moment_is_enter() {
    let home = helped();
    home.tell(&["contact", "add", "Dana", "--email", "dana@northlight.example"]);
    let mut screens = home.screens().open();
    // Typed while the program starts: the terminal still turns Enter into a line feed.
    screens.press("\n");
    screens.wait("the contact's sites", |it| it.is_on("2 Sites of Dana") && it.has("Cargo"));
    quit(screens);
}

#[test]
fn a_megabyte_pasted_without_brackets_is_text_and_never_keys() {
    let home = helped();
    let before = home.entries();
    let text = "qy sdu ".repeat(150_000);
    let mut screens = home.screens().open();
    screens.wait("the workspace", |it| it.has("Northlight"));
    // Into each kind of field; the list that has none says so.
    let fields = [("1n", "Notes", Some("4096")), ("1/", "keep the filter", Some("256")), (":", "Go to", Some("256"))];
    for (keys, open, full) in fields.into_iter().chain([("?", "type to search", Some("256")), ("1", "no contacts", None)]) {
        screens.then(keys, open, |it| it.has(open));
        screens.press(&text);
        match full {
            Some(limit) => screens.wait("the limit", |it| it.has(&format!("{limit} bytes are the most"))),
            None => screens.wait("a word about it", |it| it.has("asted text goes into a field")),
        };
        screens.then(ESC, "the list", |it| it.has("1 Contacts") && !it.has("are the most"));
        // What comes close behind belongs to it still.
        time_passes(&home, 20);
    }
    assert_eq!(home.entries(), before);
    quit(screens);
}

#[test]
fn the_cursor_of_the_terminal_stands_on_the_selected_line_and_in_fields() {
    let home = helped();
    let mut screens = home.screens().open();
    screens.wait("the workspace", |it| it.has("Northlight"));
    let at = |it: &Screen, words: &str| {
        let (row, column) = it.cells.cursor_position();
        let line: String = it.rows()[usize::from(row)].chars().skip(usize::from(column)).collect();
        !it.cells.hide_cursor() && line.starts_with(words)
    };
    screens.then("2", "the first site", |it| at(it, ">   Acme"));
    screens.then("j", "the second", |it| at(it, ">   Bistro"));
    let row = |it: &Screen| it.rows()[usize::from(it.cells.cursor_position().0)].clone();
    screens.then("/ca", "the end of what is typed", |it| at(it, "") && row(it).trim_end() == " /ca" && it.cells.cursor_position().1 == 4);
    screens.then(ESC, "the list again", |it| at(it, ">   Cargo"));
    screens.then("n", "the first field", |it| it.has("Add a site") && it.cells.cursor_position().1 > 10 && at(it, " "));
    screens.then("Dune", "behind the word", |it| it.has_row(&["> Name", "Dune"]) && at(it, " "));
    screens.then("\x1b[H", "before it", |it| at(it, "Dune"));
    screens.then("\x1b[B\x1b[B\x1b[B", "on a choice", |it| at(it, "< wix"));
    screens.then(ESC, "the list", |it| at(it, ">   Cargo"));
    screens.then("d", "the question", |it| at(it, "[ Back ]"));
    quit_from_a_window(screens);
}

fn quit_from_a_window(mut screens: Terminal) {
    screens.press(ESC);
    screens.wait("no window", |it| !it.has("[ Back ]"));
    quit(screens);
}

#[test]
fn what_is_copied_says_which_way_it_went_and_steers_nothing() {
    let home = helped();
    let file = rusqlite::Connection::open(home.database()).unwrap();
    file.execute("UPDATE site SET name = ?1 WHERE key = 'acme'", ["Acme\u{1b}[2J\r\nrm"]).unwrap();
    let clean = "QWNtZeKAuUVTQ+KAulsySuKAuVUrMDAwROKAuuKAuVUrMDAwQeKAunJt";
    let mut screens = home.screens().open();
    screens.then("2", "the sites", |it| it.has("Cargo"));
    screens.then("Y", "which way", |it| it.has("Sent `Acme") && it.has("OSC 52"));
    let sent = String::from_utf8(quit(screens)).unwrap();
    assert!(sent.contains(&format!("\x1b]52;c;{clean}\x07")), "{sent:?}");

    // Inside tmux its own client hands it on; where there is none, what tmux needs is said.
    let bin = home.database().with_file_name("bin");
    std::fs::create_dir(&bin).unwrap();
    let inside = || home.screens().env("TMUX", Some("/tmp/tmux,1,0"));
    let path = format!("{}:/bin:/usr/bin", bin.display());
    let alone = bin.display().to_string();
    let mut screens = inside().env("PATH", Some(&alone)).open();
    screens.then("2gjY", "what tmux needs", |it| it.has("Sent `Bistro`") && it.has("allow-passthrough on"));
    assert!(String::from_utf8(quit(screens)).unwrap().contains("\x1bPtmux;\x1b\x1b]52;c;QmlzdHJv\x07\x1b\\"));
    let script = "#!/bin/sh\necho \"$@\" >\"${0%/*}/asked\"\ncat >\"${0%/*}/given\"\n";
    let tmux = bin.join("tmux");
    std::fs::write(&tmux, script).unwrap();
    std::fs::set_permissions(&tmux, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut screens = inside().env("PATH", Some(&path)).open();
    screens.then("2gjY", "that tmux has it", |it| it.has("Gave `Bistro`") && it.has("set-clipboard on"));
    assert!(!String::from_utf8(quit(screens)).unwrap().contains("]52;"));
    let read = |name: &str| std::fs::read_to_string(bin.join(name)).unwrap();
    assert_eq!((read("asked").as_str(), read("given").as_str()), ("load-buffer -w -\n", "Bistro"));
}

#[test]
fn who_can_on_a_cell_of_the_roles_answers_as_the_command_line_does() {
    let home = Home::demo();
    let permission = "payments.refunds.issue";
    let rows = home.json(&["who-can", permission]);
    let rows = rows.as_array().unwrap();
    let mut people: Vec<&str> = rows.iter().map(|it| it["person"].as_str().unwrap()).collect();
    people.sort_unstable();
    people.dedup();
    assert!(people.len() > 5 && rows.len() > people.len());
    let mut screens = home.screens().size(140, 60).open();
    go(&mut screens, permission);
    let head = format!("{} people in {} places", people.len(), rows.len());
    let page = screens.then("W", &head, |it| it.window_has(&head) && people.iter().all(|who| it.window_has(who)));
    // The owners come first; the roles that give it are another part.
    let window = page.window();
    let first = window.iter().position(|it| it.contains(&head)).unwrap() + 1;
    assert!(window[first].contains('@') && window[first + 1].contains("owner: "), "{}", page.text());
    screens.then("G", "the second part", |it| it.has("ROLES THAT GIVE IT") && it.has("held by"));
    // The same from a site's matrix, of that site alone.
    screens.then(ESC, "the matrix", |it| it.window().is_empty());
    screens.then("2\x1bg", "all sites", |it| it.is_on("2 Sites ━"));
    screens.then("m", "everyone's matrix", |it| it.is_on("6 Matrix: who can do what on"));
    go(&mut screens, permission);
    screens.then("W", "who can on it", |it| it.has("people on ") || it.has("person on "));
}

#[test]
fn two_windows_of_one_user_have_two_drafts_and_a_kill_loses_neither() {
    let home = helped();
    let [mut one, mut two] = [at(&home, INBOX), at(&home, SEE)];
    one.then(" ", "it is staged", |it| it.is_marked(&label(INBOX), "●+"));
    two.then(" ", "it is staged", |it| it.is_marked(&label(SEE), "●+") && it.has("1 unsaved"));
    go(&mut two, INBOX);
    two.wait("only that is staged", |it| it.is_marked(&label(INBOX), "·"));
    // A window that comes beside them has neither.
    let three = home.screens().open();
    three.wait("the workspace", |it| it.has("Northlight") && !it.has("unsaved"));
    quit(three);
    quit(two);
    // What was staged is on the disk a moment after it is seen.
    time_passes(&home, 3);
    one.kill(Signal::KILL);
    one.ended();
    let first = home.screens().open();
    first.wait("one draft, and word of the other", |it| it.has("unsaved") && it.has("1 draft more of other windows"));
    let second = home.screens().open();
    second.wait("the other draft", |it| it.has("unsaved changes of") && !it.has("more of other windows"));
    quit(first);
    quit(second);
}

#[test]
fn where_nothing_can_be_kept_leaving_asks_and_a_signal_says_it() {
    let home = helped();
    let open = || home.screens().env("XDG_STATE_HOME", Some("/etc/hostname")).open();
    let mut screens = open();
    go(&mut screens, INBOX);
    screens.then(" ", "it is staged", |it| it.is_marked(&label(INBOX), "●+"));
    screens.wait("that it cannot be kept", |it| it.has("cannot be kept"));
    screens.then("q", "what would be lost", |it| it.has("would be lost"));
    quit(screens);
    let mut screens = open();
    go(&mut screens, INBOX);
    screens.then(" ", "it is staged", |it| it.is_marked(&label(INBOX), "●+"));
    screens.wait("that it cannot be kept", |it| it.has("cannot be kept"));
    screens.kill(Signal::TERM);
    assert_eq!(screens.ended(), 143);
    screens.wait("what is lost", |it| it.has("the unsaved changes are lost") && is_given_back(it));
}

#[test]
fn an_older_file_put_back_is_told_of_until_something_is_written_again() {
    let home = Home::agency();
    let older = std::fs::read(home.database()).unwrap();
    home.tell(&["contact", "add", "Walk-in"]);
    let said = |args: &[&str]| String::from_utf8(home.run(args).stderr).unwrap();
    assert_eq!(said(&["contact", "list"]), "");
    std::fs::write(home.database(), older).unwrap();
    let sentence = "rolecall: entry 2, which you wrote, is not in this file";
    assert!(said(&["contact", "list", "--at", "1d"]).starts_with(sentence));
    let mut screens = home.screens().open();
    screens.wait("the warning", |it| it.has("Entry 2, which you wrote, is not in this file"));
    screens.press("q");
    assert_eq!(screens.ended(), 0);
    assert!(said(&["contact", "add", "Passer-by"]).starts_with(sentence));
    assert_eq!(said(&["contact", "list"]), "");
}

#[test]
fn where_nothing_can_be_remembered_nothing_is_said_of_it() {
    let home = Home::agency();
    let state = home.database().with_file_name("state");
    std::fs::write(&state, "no folder").unwrap();
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_rolecall"));
    program.env_clear().env("ROLECALL_DB", home.database()).env("HOME", "/").env("XDG_STATE_HOME", &state);
    let added = program.args(["contact", "add", "Walk-in"]).output().unwrap();
    assert_eq!((added.status.code(), added.stderr.len()), (Some(0), 0));
    assert_eq!(std::fs::read_to_string(&state).unwrap(), "no folder");
}

/// A configuration file with these words.
fn configured(home: &Home, text: &str) {
    let folder = home.database().with_file_name(".config").join("rolecall");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), text).unwrap();
}

#[test]
fn keys_of_the_configuration_file_are_the_keys_and_what_is_wrong_with_it_is_said_with_line_and_way_out() {
    let home = Home::agency();
    let told = |home: &Home, verb: &str| {
        let output = home.run(&[verb]);
        (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    assert!(told(&home, "doctor").1.contains("not there, the defaults hold"));
    configured(&home, "start = \"sites\"\n[keys]\nhelp = [\"M\"]\n");
    let mut screens = home.screens().open();
    screens.wait("the key in the footer", |it| it.text().contains("M help") && it.text().contains("━ 2 Sites"));
    screens.then("M", "the help", |it| it.text().contains("Help: Sites"));
    screens.then(ESC, "the list", |it| !it.text().contains("Help: "));
    quit(screens);
    let (code, page) = told(&home, "config");
    assert!(code == Some(0) && page.contains("help = [\"M\"]") && page.contains("#save = "), "{page}");

    configured(&home, "[columns]\ncollaborators = [\"roles\", \"sites\"]\n[sort]\ncollaborators = \"-name\"\n");
    let screens = home.screens().open();
    screens.wait("the columns of the file", |it| it.has_row(&["    name", "roles sites"]) && it.has_row(&["3 Collaborators", " name "]));
    quit(screens);
    let (code, page) = told(&home, "config");
    assert!(code == Some(0) && page.contains("\ncollaborators = [\"roles\", \"sites\"]") && page.contains("\n#roles = "), "{page}");

    configured(&home, "mause = true\n");
    for (verb, code) in [("config", 2), ("doctor", 1)] {
        let (found, said) = told(&home, verb);
        assert!(found == Some(code) && said.contains("config.toml line 1: mause: no setting `mause`"), "{verb} {found:?}: {said}");
    }
    let mut screens = home.screens().open();
    screens.wait("the fault", |it| it.text().contains("The defaults hold: ") && it.text().contains("line 1: mause: no setting"));
    screens.then("?", "the help by its own key", |it| it.text().contains("Help: Sites"));
    screens.then(ESC, "the list", |it| !it.text().contains("Help: "));
    quit(screens);
}

#[test]
fn the_mouse_is_heard_where_it_is_wanted_and_let_go_at_every_end() {
    let (on, off) = (b"\x1b[?1000h\x1b[?1006h", b"\x1b[?1006l\x1b[?1000l");
    let count = |bytes: &[u8], it: &[u8]| bytes.windows(it.len()).filter(|window| *window == it).count();
    let home = helped();
    let mut screens = home.screens().open();
    screens.then("2", "the sites", |it| it.has("Cargo"));
    let bytes = left(screens);
    assert_eq!((count(&bytes, b"?1000"), count(&bytes, b"?1006")), (0, 0), "nobody asked for it");

    let mut screens = home.screens().args(&["--mouse"]).open();
    screens.then("2", "the sites", |it| it.has(">   Acme"));
    let row = screens.screen().rows().iter().position(|it| it.contains("Cargo")).unwrap();
    screens.then(&format!("\x1b[<0;9;{}M\x1b[<0;9;{}m", row + 1, row + 1), "the row that was clicked", |it| it.has(">   Cargo"));
    screens.press("\x1a");
    screens.stopped();
    screens.wait("the terminal as it was", is_given_back);
    assert_eq!((count(&screens.bytes(), on), count(&screens.bytes(), off)), (1, 1));
    screens.kill(Signal::CONT);
    screens.wait("everything again", |it| it.has(">   Cargo") && it.cells.alternate_screen());
    let bytes = left(screens);
    assert_eq!((count(&bytes, on), count(&bytes, off)), (2, 2));

    configured(&home, "mouse = true\n");
    let screens = home.screens().open();
    screens.wait("the workspace", |it| it.has("Northlight"));
    screens.kill(Signal::TERM);
    assert_eq!(screens.ended(), 143);
    screens.wait("the terminal as it was", is_given_back);
    let bytes = screens.bytes();
    assert_eq!((count(&bytes, on), count(&bytes, off)), (1, 1));
}

#[test]
fn what_is_presented_is_the_first_that_the_terminal_gets_and_no_name_comes_before_it_is_over() {
    let home = Home::demo();
    let mut screens = home.screens().args(&["--present"]).open();
    screens.wait("the roles", |it| it.has("Who may do what on your site") && it.has(">  Shop packer"));
    screens.then("a", "that nothing is changed", |it| it.has("no: nothing is changed while something is presented"));
    screens.then("mm", "how to choose", |it| it.has("marks a role"));
    let bytes = String::from_utf8_lossy(&screens.bytes()).into_owned();
    assert!(!["Lindqvist", "Theo", "@", "Contacts"].iter().any(|it| bytes.contains(it)), "{bytes}");
    assert!(bytes.contains("\x1b]2;Northlight\x07"), "{bytes}");
    screens.then("q", "the screens", |it| it.has("1 Contacts"));
    quit(screens);
}

#[test]
fn long_frames_are_shown_at_once_where_the_terminal_says_that_it_can() {
    let count = |bytes: &[u8], it: &[u8]| bytes.windows(it.len()).filter(|window| *window == it).count();
    let (asked, begin, end) = (b"\x1b[?2026$p", b"\x1b[?2026h", b"\x1b[?2026l");
    let home = helped();
    let mut screens = home.screens().open();
    screens.then("2", "the sites", |it| it.has("Cargo"));
    assert_eq!((count(&screens.bytes(), asked), count(&screens.bytes(), begin)), (1, 0));
    screens.press("\x1b[?2026;2$y");
    screens.then("?", "the keys", |it| it.text().contains("Help: "));
    screens.then(ESC, "the sites again", |it| !it.text().contains("Help: "));
    let bytes = left(screens);
    assert_eq!(count(&bytes, begin), count(&bytes, end));
    assert!(count(&bytes, begin) > 0);

    let mut screens = home.screens().env("TERM", Some("linux")).open();
    screens.then("2", "the sites", |it| it.has("Cargo"));
    assert_eq!(count(&left(screens), asked), 0);
}

/// The screens of a program that is built for tests and does what it is asked to, with something staged.
fn rehearsing(home: &Home) -> Terminal {
    let mut screens = home.screens().env("ROLECALL_REHEARSE", Some("1")).open();
    screens.wait("the workspace", |it| it.has("Northlight"));
    go(&mut screens, INBOX);
    screens.then(" ", "it is staged", |it| it.is_marked(&label(INBOX), "●+"));
    screens
}

/// Only a program that is built for tests breaks when it is asked to.
#[test]
fn when_the_program_breaks_the_terminal_is_given_back_the_draft_is_kept_and_a_file_says_what_happened() {
    let home = helped();
    let mut screens = rehearsing(&home);
    screens.press("\x1b[24~");
    assert_eq!(screens.ended(), 101);
    let screen = screens.wait("the terminal as it was", |it| is_given_back(it) && screens.is_cooked());
    let said = screen.rows().join("");
    assert!(said.contains("unsaved changes are kept for the next start") && said.contains("crash-"), "{said}");
    let folder = home.database().parent().unwrap().join(".local/state/rolecall");
    let mut reports =
        std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).filter(|it| it.extension().is_some_and(|it| it == "txt"));
    let report = std::fs::read_to_string(reports.next().unwrap()).unwrap();
    assert!(report.starts_with("rolecall ") && report.contains("a rehearsal") && report.contains("src/tui/crash.rs"), "{report}");
    let screens = home.screens().open();
    screens.wait("draft and place", |it| it.is_marked(&label(INBOX), "●+"));
}

/// Only a program that is built for tests is busy for ever when it is asked to.
#[test]
fn ctrl_c_twice_ends_the_program_and_keeps_the_draft_also_while_it_is_busy() {
    let home = helped();
    let mut screens = rehearsing(&home);
    screens.then("\x1b[23~", "nobody who listens", |it| it.has("busy for ever"));
    screens.press("jj\x03");
    screens.press("\x03");
    assert_eq!(screens.ended(), 130);
    screens.wait("the terminal as it was", |it| is_given_back(it) && screens.is_cooked());
    let screens = home.screens().open();
    screens.wait("draft and place", |it| it.is_marked(&label(INBOX), "●+"));
}

#[test]
fn a_text_is_written_in_ones_own_editor_which_has_the_terminal_to_itself() {
    let home = Home::agency();
    home.tell(&["contact", "add", "Bo Bistro"]);
    // An interrupt that is typed there reaches the whole group, and is the editor's own matter.
    let editor = "trap '' INT; kill -INT 0; stty -a > seen; printf 'from outside\\nand more\\n' >";
    let mut screens = home.screens().size(100, 30).env("VISUAL", Some(editor)).open();
    screens.wait("the contact", |it| it.has("Bo Bistro"));
    screens.then("1e", "the form", |it| it.has("> Name"));
    screens.then("\t\t\t\t\t", "the notes", |it| it.has("> Notes"));
    screens.then("\x0f", "what was written", |it| it.has("from outside") && it.has("and more") && it.has("> Notes"));
    screens.then(SEND, "it is saved", |it| it.has("entry 3") && it.has("from outside"));
    let seen = std::fs::read_to_string(home.database().with_file_name("seen")).unwrap();
    let words: Vec<&str> = seen.split_whitespace().collect();
    assert!(["icanon", "isig", "echo"].iter().all(|it| words.contains(it)), "{seen}");
    assert_eq!(home.json(&["contact", "show", "Bo Bistro"])["notes"], "from outside\nand more");
}
