//! The screens from key to frame, without a terminal and without a clock.

use chrono::TimeDelta;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Position;
use tempfile::TempDir;

use super::*;
use crate::command::{self, Actor, Command, Hand, Switch, import};
use crate::domain::contact::Contact;
use crate::domain::ids::PersonId;
use crate::domain::record::{PersonRecord, Record};
use crate::domain::things::Site;
use crate::exchange::bundle;
use crate::facts::Store;
use crate::query::due::{self, About};
use crate::query::{access, rows};
use crate::tui::decoder::{Hand as Button, Pointed};
use crate::tui::keymap;
use crate::tui::overlays::explain::who::Holders;
use crate::tui::view::Journey;

#[path = "../../../tests/snapshots/screens.rs"]
mod snapshots;

const BUNDLE: &str = r#"
{"type":"workspace","name":"Northlight","owner":"dana@nl.example"}
{"type":"person","email":"dana@nl.example","name":"Dana"}
{"type":"person","email":"ana@acme.example","name":"Ana Ruiz"}
{"type":"site","key":"acme","name":"Acme","url":"https://acme.example","platform":"wix","owner":"dana@nl.example"}
{"type":"site","key":"bistro","name":"Bistro","url":"https://bistro.example","platform":"wix","owner":"dana@nl.example"}
{"type":"site","key":"cargo","name":"Cargo","url":"https://cargo.example","platform":"wix","owner":"dana@nl.example"}
{"type":"role","key":"helper","name":"Helper","platform":"wix","level":"site","permissions":[]}
{"type":"assignment","person":"ana@acme.example","role":"helper","level":"site","scope":{"site":"acme"},"until":"2026-11-21T13:00:00Z"}
{"type":"person","email":"bo@nl.example","name":"Bo"}
{"type":"assignment","person":"bo@nl.example","role":"website-manager","level":"team","scope":"everywhere","since":"2026-11-21T14:00:00Z","until":"2026-11-21T15:00:00Z"}
"#;

/// The screens of a workspace.
struct Screens {
    app: App,
    screen: Terminal<TestBackend>,
    start: DateTime<Utc>,
    folder: TempDir,
}

impl Screens {
    fn open() -> Screens {
        Screens::of(BUNDLE.as_bytes(), "dana@nl.example")
    }

    fn of(data: &[u8], owner: &str) -> Screens {
        Screens::with(data, owner, None)
    }

    fn with(mut data: &[u8], owner: &str, plan: Option<Left>) -> Screens {
        let folder = TempDir::new().unwrap();
        let start = "2026-11-21T12:00:00Z".parse().unwrap();
        let actor = Actor { email: owner.to_owned(), via: "dana".to_owned(), by: Hand::Caller };
        let mut store = Store::create(&folder.path().join("work.db")).unwrap();
        import::run(&mut store, &actor, start, "test", &mut bundle::read(&mut data), &mut |_| true).unwrap();
        let person = store.reader().person_by_email(owner).unwrap().map(|it| it.id);
        let session = Session::open(store, Who { actor, person }, start, start.into()).unwrap();
        let mut app = App::new(session, Theme::choose(Some("mono"), false).unwrap(), false, plan).unwrap();
        app.keeper = Keeper::default();
        app.resize(Size::new(120, 40));
        Screens { app, screen: Terminal::new(TestBackend::new(120, 40)).unwrap(), start, folder }
    }

    fn after(&self, ms: i64) -> DateTime<Utc> {
        self.start + TimeDelta::milliseconds(ms)
    }

    fn press(&mut self, ms: i64, code: KeyCode) {
        self.app.key(&KeyEvent::from(code), self.after(ms));
    }

    /// Lets time pass to an instant, and the workers come to their end.
    fn pass(&mut self, ms: i64) {
        self.app.tick(self.after(ms));
        while self.app.is_waiting() {
            std::thread::yield_now();
            self.app.tick(self.after(ms));
        }
    }

    /// The next frame, if there is anything new to draw.
    fn frame(&mut self) -> Option<String> {
        if !self.app.prepare() {
            return None;
        }
        self.screen.draw(|frame| self.app.draw(frame)).unwrap();
        Some(self.screen.backend().to_string())
    }

    #[track_caller]
    fn shows(&mut self, cursor: &str, page: &str) {
        let frame = self.frame().unwrap();
        assert!(frame.contains(&format!(">   {cursor}")) && frame.contains(page), "{cursor} and {page}\n{frame}");
    }
}

#[test]
fn a_run_of_keys_moves_the_list_alone_and_the_page_follows_when_it_is_over() {
    let mut screens = Screens::open();
    screens.press(0, KeyCode::Char('2'));
    screens.shows("Acme", "https://acme.example");
    screens.pass(900);
    screens.press(1000, KeyCode::Down);
    screens.shows("Bistro", "https://bistro.example");
    screens.press(1100, KeyCode::Down);
    screens.shows("Cargo", "https://bistro.example");
    assert!(screens.app.rests_in().is_some());
    screens.pass(1200);
    assert_eq!(screens.frame(), None);
    screens.pass(1250);
    screens.shows("Cargo", "https://cargo.example");
    assert_eq!(screens.app.rests_in(), None);
    screens.pass(9000);
    assert_eq!(screens.frame(), None);
}

/// Nothing is drawn as it was laid out for another window, whatever waits for the keys to rest.
#[test]
fn a_window_that_shrinks_in_a_run_of_keys_is_laid_out_anew() {
    for (before, after) in [((120, 50), (80, 24)), ((250, 60), (100, 30)), ((160, 50), (60, 16))] {
        let mut screens = Screens::of(include_bytes!("../../../assets/demo/northlight.jsonl"), "dana@northlight.example");
        let resized = |screens: &mut Screens, (width, height): (u16, u16)| {
            screens.app.resize(Size::new(width, height));
            screens.screen.backend_mut().resize(width, height);
            screens.screen.resize(ratatui::layout::Rect::new(0, 0, width, height)).unwrap();
        };
        resized(&mut screens, before);
        screens.press(0, KeyCode::Down);
        screens.frame();
        screens.pass(900);
        screens.frame();
        for ms in [1000, 1050] {
            screens.press(ms, KeyCode::Down);
            screens.frame();
        }
        resized(&mut screens, after);
        assert!(screens.frame().is_some(), "{before:?} to {after:?}");
    }
}

#[test]
fn a_key_in_a_run_is_about_the_row_under_the_cursor() {
    let mut screens = Screens::open();
    for (ms, code) in [(0, KeyCode::Char('2')), (20, KeyCode::Down), (40, KeyCode::Down), (60, KeyCode::Enter)] {
        screens.press(ms, code);
    }
    screens.shows("Dana", "on Cargo");
}

#[test]
fn what_waits_for_the_end_of_a_run_follows_before_the_focus_goes_on() {
    let mut screens = Screens::open();
    for (ms, code) in [(0, KeyCode::Char('2')), (20, KeyCode::Down), (40, KeyCode::Char('3'))] {
        screens.press(ms, code);
    }
    screens.shows("Dana", "3 Collaborators on Bistro");
}

#[test]
fn the_clock_set_back_ends_a_run() {
    let mut screens = Screens::open();
    screens.press(0, KeyCode::Char('2'));
    screens.press(10, KeyCode::Down);
    screens.shows("Bistro", "");
    screens.pass(-60_000);
    screens.shows("Bistro", "https://bistro.example");
}

#[test]
fn a_filter_asks_by_numbers_says_which_fields_there_are_and_finds_what_is_near() {
    let mut screens = Screens::open();
    screens.press(0, KeyCode::Char('2'));
    let mut filtered = |typed: &str| {
        screens.press(1000, KeyCode::Esc);
        for c in format!("/{typed}").chars() {
            screens.press(1000, KeyCode::Char(c));
        }
        // What is counted is asked for when the rows are there.
        screens.pass(2000);
        let frame = screens.frame().unwrap();
        screens.pass(2000);
        screens.frame().unwrap_or(frame)
    };
    for (typed, shown, hidden) in [("people:2", "Acme", "Bistro"), ("people:<2", "Bistro", "Acme"), ("bstr", "Bistro", "Acme")] {
        let frame = filtered(typed);
        assert!(frame.contains(&format!(">   {shown}")) && !frame.contains(&format!("  {hidden} ")), "{typed}\n{frame}");
        assert_eq!(frame.contains(&format!("/{typed} (near)")), typed == "bstr", "{frame}");
    }
    for typed in ["folk:2", "label:vip"] {
        let (frame, name) = (filtered(typed), typed.split_once(':').unwrap().0);
        assert!(frame.contains(&format!("no field `{name}` here; there are: name")), "{frame}");
    }
    assert!(filtered("people:9").contains("nothing matches"));
}

#[test]
fn what_a_filter_finds_shows_when_it_is_read_and_enter_waits_for_it() {
    let mut screens = Screens::open();
    screens.press(0, KeyCode::Char('2'));
    for c in "/bis".chars() {
        screens.press(1000, KeyCode::Char(c));
    }
    assert!(screens.frame().unwrap().contains("/bis … "));
    screens.pass(2000);
    let frame = screens.frame().unwrap();
    assert!(frame.contains("/bis 1 ") && !frame.contains("Acme"), "{frame}");
    screens.press(3000, KeyCode::Esc);
    screens.shows("Bistro", "Acme");

    // The data are others, so that the filter has to read them again.
    screens.app.stale();
    for code in ['/', 'c', 'a', 'r'].map(KeyCode::Char).into_iter().chain([KeyCode::Enter, KeyCode::Enter]) {
        screens.press(4000, code);
    }
    screens.shows("Dana", "on Cargo");
}

#[test]
fn what_begins_and_ends_by_itself_shows_without_a_key_and_between_nothing_is_drawn() {
    let mut screens = Screens::open();
    for (ms, code) in [(0, KeyCode::Char('2')), (1000, KeyCode::Enter)] {
        screens.press(ms, code);
    }
    screens.pass(2000);
    let hour = 3_600_000;
    for (at, ana, bo) in [
        (0, " Helper", "not now"),
        (hour, "not now", "not now"),
        (2 * hour, "not now", " Website Manager"),
        (3 * hour, "not now", "not now"),
    ] {
        if at > 0 {
            screens.pass(at - 1);
            assert_eq!(screens.frame(), None);
            screens.pass(at);
        }
        let frame = screens.frame().unwrap();
        let stands = |name: &str, standing: &str| frame.lines().any(|line| line.contains(name) && line.contains(standing));
        assert!(stands(" Ana Ruiz ", ana) && stands(" Bo ", bo), "{frame}");
    }
    screens.pass(4 * hour);
    assert_eq!(screens.frame(), None);
}

#[test]
fn a_change_that_is_refused_before_it_is_written_leaves_the_line_to_others() {
    let mut screens = Screens::open();
    let file = screens.folder.path().join("work.db");
    std::fs::copy(&file, screens.folder.path().join("other")).unwrap();
    std::fs::rename(screens.folder.path().join("other"), &file).unwrap();
    let add = serde_json::from_str(r#"{"add":{"type":"contact","name":"Ada","status":"lead"}}"#).unwrap();
    let _ = screens.app.update(vec![Message::Run(add)]);
    assert!(screens.app.world.session.reader().page::<Contact>(&crate::store::page::Anchor::Start, 9).unwrap().is_empty());
    assert!(Store::open(&file, false).unwrap().can_write(std::time::Duration::ZERO));
}

/// The screens at Acme's people, with the cursor on the second row.
fn on_people_of_acme() -> Screens {
    let mut screens = Screens::open();
    for (ms, code) in [(0, KeyCode::Char('2')), (500, KeyCode::Enter), (1000, KeyCode::Down)] {
        screens.press(ms, code);
        screens.pass(ms + 400);
        screens.frame();
    }
    screens
}

#[test]
fn a_row_that_is_staged_to_go_stays_with_a_sign_until_it_is_saved() {
    let mut screens = on_people_of_acme();
    let before = screens.frame().unwrap_or_else(|| screens.screen.backend().to_string());
    assert!(before.contains("> ! Ana Ruiz"), "{before}");
    screens.press(2000, KeyCode::Char('d'));
    screens.app.key(&KeyEvent::new(KeyCode::Char('s'), KeyModifiers::CONTROL), screens.after(2500));
    screens.press(3000, KeyCode::Esc);
    let staged = screens.frame().unwrap();
    assert!(staged.contains("> − Ana Ruiz") && staged.contains("3 (−1) ━"), "{staged}");
    // Acme has one less, and so has Ana.
    assert!(staged.contains("  ~ Acme") || staged.contains("> ~ Acme"), "{staged}");
    screens.press(3500, KeyCode::Char('2'));
    screens.pass(3800);
    let card = screens.frame().unwrap();
    assert!(card.contains("was       people 2"), "{card}");
    screens.press(3900, KeyCode::Char('3'));
    // Sorted, it stays too: by role, the owner is behind it.
    for (ms, key) in [(3910, ','), (3930, '2'), (3950, ',')] {
        screens.press(ms, KeyCode::Char(key));
    }
    let sorted = screens.frame().unwrap();
    assert!(sorted.contains("> − Ana Ruiz") && sorted.contains("3 (−1)"), "{sorted}");
    for (ms, key) in [(3960, ','), (3970, '0'), (3980, ',')] {
        screens.press(ms, KeyCode::Char(key));
    }
    // It cannot be taken twice.
    screens.press(4000, KeyCode::Char('d'));
    let said = screens.frame().unwrap();
    assert!(said.contains("Ana Ruiz is staged to go: s reviews it, u takes the last step out"), "{said}");
    screens.press(5000, KeyCode::Char('u'));
    let back = screens.frame().unwrap();
    assert!(back.contains("> ! Ana Ruiz") && !back.contains("(−1)"), "{back}");
    for (ms, code) in [(6000, KeyCode::Char('d')), (8000, KeyCode::Esc), (8500, KeyCode::Char('s')), (9000, KeyCode::Char('y'))] {
        screens.press(ms, code);
        if ms == 6000 {
            screens.app.key(&KeyEvent::new(KeyCode::Char('s'), KeyModifiers::CONTROL), screens.after(7000));
        }
    }
    let saved = screens.frame().unwrap();
    assert!(!saved.contains("Ana Ruiz  ") && saved.contains("Saved as entry"), "{saved}");
}

#[test]
fn a_row_that_is_staged_to_come_stands_where_it_will_and_is_taken_out_by_what_takes_rows() {
    let mut screens = on_people_of_acme();
    let words = r#"{"add":{"type":"person","email":"cy@nl.example","name":"Cy"}}"#;
    let cy = serde_json::from_str(words).unwrap();
    screens.app.run(&cy).unwrap();
    let words = r#"{"add":{"type":"assignment","person":"cy@nl.example","role":"helper","level":"site","scope":{"site":"acme"}}}"#;
    let give = serde_json::from_str(words).unwrap();
    screens.app.go(&Journey::PeopleOf(screens.app.world.session.reader().the_site("acme").unwrap().id)).unwrap();
    screens.app.update(vec![Message::Stage(vec![give], "Give Cy a role".to_owned())]).unwrap();
    screens.press(2000, KeyCode::Char('G'));
    let staged = screens.frame().unwrap();
    assert!(staged.contains("> + Cy") && staged.contains("3 (+1) ━"), "{staged}");
    // What is staged elsewhere later stays.
    let elsewhere = serde_json::from_str(&words.replace("acme", "bistro")).unwrap();
    screens.app.update(vec![Message::Stage(vec![elsewhere], "And there".to_owned())]).unwrap();
    screens.frame();
    screens.press(3000, KeyCode::Char('d'));
    let out = screens.frame().unwrap();
    assert!(!out.contains("+ Cy") && out.contains("It was staged, and is no more"), "{out}");
    let left: Vec<&str> = screens.app.world.session.draft().steps().iter().map(|it| it.words.as_str()).collect();
    assert_eq!(left, ["And there"]);
}

/// A toggle is staged and its save is answered with yes, while somebody else writes.
fn a_save_that_waits() -> (Screens, Store) {
    let mut screens = Screens::open();
    let helper = screens.app.world.policy.find_role("helper").unwrap().role.id;
    screens.press(1000, KeyCode::Char('6'));
    screens.frame();
    screens.app.panes.matrix.show_roles(&screens.app.world.env(), "wix", Some(helper), Some("crm.inbox.manage".to_owned()));
    screens.press(2000, KeyCode::Char(' '));
    screens.press(3000, KeyCode::Char('s'));
    let mut elsewhere = Store::open(&screens.folder.path().join("work.db"), false).unwrap();
    assert!(elsewhere.can_write(std::time::Duration::ZERO));
    screens.press(4000, KeyCode::Char('y'));
    assert!(screens.app.waits_for_turn());
    assert!(screens.frame().unwrap().contains("is writing, this waits for its turn"));
    (screens, elsewhere)
}

#[test]
fn a_change_waits_for_others_with_the_screen_alive_and_is_done_when_they_are() {
    let (mut screens, elsewhere) = a_save_that_waits();
    let before = n_entries(&screens);
    screens.app.resize(Size::new(120, 40));
    assert!(screens.frame().is_some());
    screens.app.tick(screens.after(5000));
    assert!(screens.app.waits_for_turn());
    drop(elsewhere);
    screens.pass(6000);
    let frame = screens.frame().unwrap();
    assert!(frame.contains("Saved as entry"), "{frame}");
    assert_eq!(n_entries(&screens), before + 1);
}

#[test]
fn a_save_that_waited_is_not_what_was_answered_yes_to_where_others_changed_it() {
    let (mut screens, mut elsewhere) = a_save_that_waits();
    let before = n_entries(&screens);
    let grant = r#"{"toggle":{"role":"helper","permissions":["crm.inbox.manage"],"to":"grant"}}"#;
    command::run(&mut elsewhere, &screens.app.world.session.who().actor, screens.start, &serde_json::from_str(grant).unwrap()).unwrap();
    drop(elsewhere);
    screens.pass(6000);
    assert!(!screens.app.waits_for_turn());
    assert_eq!(n_entries(&screens), before + 1);
    let frame = screens.frame().unwrap();
    assert!(frame.contains("omebody else changed meanwhile what this changes; nothing was saved"), "{frame}");
}

#[test]
fn a_change_that_waits_is_given_up_by_a_key_or_after_a_while_and_nothing_is_saved() {
    let closing = |screens: &mut Screens| screens.press(5000, KeyCode::Esc);
    let waiting = |screens: &mut Screens| screens.pass(14_000);
    for (ending, said) in
        [(closing as fn(&mut Screens), "Given up: nothing was saved"), (waiting, "for 10 s; nothing was saved, try again")]
    {
        let (mut screens, elsewhere) = a_save_that_waits();
        let before = n_entries(&screens);
        ending(&mut screens);
        assert!(!screens.app.waits_for_turn());
        let frame = screens.frame().unwrap();
        assert!(frame.contains(said), "{frame}");
        drop(elsewhere);
        screens.pass(15_000);
        assert_eq!(n_entries(&screens), before);
        // What was staged still is, and the line is open to anybody.
        screens.press(16_000, KeyCode::Char('s'));
        screens.press(17_000, KeyCode::Char('y'));
        assert_eq!(n_entries(&screens), before + 1, "{}", screens.frame().unwrap_or_default());
    }
}

#[test]
fn what_others_did_just_before_a_deed_of_ones_own_is_still_marked() {
    let mut screens = Screens::open();
    let grant = Command::Toggle { role: "helper".to_owned(), permissions: vec!["crm.inbox.manage".to_owned()], to: Switch::Grant };
    let mut elsewhere = Store::open(&screens.folder.path().join("work.db"), false).unwrap();
    command::run(&mut elsewhere, &screens.app.world.session.who().actor, screens.start, &grant).unwrap();
    let copy = Command::Duplicate { role: "helper".to_owned(), name: "Helper two".to_owned(), key: None };
    screens.app.run(&copy).unwrap();
    let role = screens.app.world.policy.find_role("helper").unwrap();
    assert_eq!(screens.app.world.recent.get(&role.role.id), Some(&role.closed));
    assert!(!role.closed.is_empty());
}

#[test]
fn what_others_did_just_before_a_draft_is_saved_is_still_marked() {
    let mut screens = Screens::open();
    let copy = Command::Duplicate { role: "helper".to_owned(), name: "Other".to_owned(), key: None };
    screens.app.run(&copy).unwrap();
    let theirs = screens.app.world.policy.find_role("helper").unwrap().role.id;
    screens.press(1000, KeyCode::Char('6'));
    screens.frame();
    let mine = screens.app.world.policy.find_role("other").unwrap().role.id;
    screens.app.panes.matrix.show_roles(&screens.app.world.env(), "wix", Some(mine), Some("crm.notes.manage".to_owned()));
    screens.press(2000, KeyCode::Char(' '));
    let grant = Command::Toggle { role: "helper".to_owned(), permissions: vec!["crm.inbox.manage".to_owned()], to: Switch::Grant };
    let mut elsewhere = Store::open(&screens.folder.path().join("work.db"), false).unwrap();
    command::run(&mut elsewhere, &screens.app.world.session.who().actor, screens.start, &grant).unwrap();
    screens.app.save().unwrap();
    let toast = screens.app.toast.as_ref().unwrap();
    assert!(!toast.is_error && toast.words.starts_with("Saved"), "{}", toast.words);
    assert!(screens.app.world.recent.contains_key(&theirs) && !screens.app.world.recent.contains_key(&mine));
}

/// Stages one permission of a role that can be changed.
fn stage(screens: &mut Screens, role: &str) {
    let role = screens.app.world.policy.find_role(role).unwrap().role.id;
    screens.press(0, KeyCode::Char('6'));
    screens.app.panes.matrix.show_roles(&screens.app.world.env(), "wix", Some(role), Some("crm.notes.manage".to_owned()));
    screens.press(1000, KeyCode::Char(' '));
    assert!(!screens.app.world.session.draft().is_empty(&screens.app.world.policy));
}

#[test]
fn a_window_says_its_keys_and_help_lists_them_and_runs_one() {
    let mut screens = Screens::open();
    stage(&mut screens, "helper");
    screens.press(2000, KeyCode::Char('s'));
    let frame = screens.frame().unwrap();
    assert!(frame.lines().last().unwrap().contains("u take one back") || frame.contains("u take one back  Y copy as commands"), "{frame}");
    screens.press(3000, KeyCode::Char('?'));
    let frame = screens.frame().unwrap();
    for line in ["Help: The review", "Take the last unsaved step back", "Go back: nothing is done", "Close it;", "A page down"] {
        assert!(frame.contains(line), "{line}\n{frame}");
    }
    for c in "unstage".chars() {
        screens.press(4000, KeyCode::Char(c));
    }
    screens.press(5000, KeyCode::Enter);
    assert!(screens.app.overlays.is_empty() && screens.app.world.session.draft().is_empty(&screens.app.world.policy));
}

#[test]
fn a_letter_is_text_where_something_is_typed_and_help_shows_what_is_none() {
    let mut screens = Screens::open();
    screens.press(0, KeyCode::Char('1'));
    screens.press(1000, KeyCode::Char('n'));
    for c in "q?kyn".chars() {
        screens.press(2000, KeyCode::Char(c));
    }
    let frame = screens.frame().unwrap();
    assert!(frame.contains("q?kyn") && frame.contains("F1 help"), "{frame}");
    screens.press(3000, KeyCode::F(1));
    let frame = screens.frame().unwrap();
    assert!(frame.contains("Help: Forms") && frame.contains(" Esc           Close it"), "{frame}");
    for _ in 0..2 {
        screens.press(4000, KeyCode::Esc);
    }
    assert!(screens.app.overlays.is_empty());
}

#[test]
fn esc_and_a_letter_that_arrive_together_answer_no_question() {
    let mut screens = Screens::open();
    let grant = Command::Toggle { role: "helper".to_owned(), permissions: vec!["crm.inbox.manage".to_owned()], to: Switch::Grant };
    screens.app.ask("Grant it?".to_owned(), vec![grant]).unwrap();
    for modifier in [KeyModifiers::ALT, KeyModifiers::CONTROL] {
        screens.app.key(&KeyEvent::new(KeyCode::Char('y'), modifier), screens.start);
        assert_eq!((screens.app.overlays.len(), screens.app.world.session.reader().entries(None, 9).unwrap().len()), (1, 1));
    }
    screens.press(1000, KeyCode::Char('y'));
    assert_eq!((screens.app.overlays.len(), screens.app.world.session.reader().entries(None, 9).unwrap().len()), (0, 2));
}

#[test]
fn a_draft_that_cannot_be_kept_is_told_of_and_not_lost_without_a_question() {
    let interrupt = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    for (key, last) in [(KeyEvent::from(KeyCode::Char('q')), 2), (interrupt, 3)] {
        // The keeper of these screens keeps nothing.
        let mut screens = Screens::open();
        stage(&mut screens, "helper");
        screens.app.keep_noted();
        screens.app.toast = None;
        assert!(screens.frame().unwrap().contains("Unsaved changes cannot be kept for the next time"));
        // Any other key between the two, and it is asked again.
        for n in [last - 1, last] {
            screens.press(3000, KeyCode::Down);
            for at in 1..=n {
                assert_eq!(screens.app.wish, Wish::None, "{at}");
                screens.app.key(&key, screens.start);
                // The last but one tells what the last would do.
                let told = screens.app.toast.as_ref().is_some_and(|it| it.words.starts_with("1 unsaved change would be lost"));
                assert!(told || at != last - 1, "{at}");
            }
        }
        assert_eq!(screens.app.wish, Wish::Quit);
        screens.app.granted();
        let ana = screens.app.world.session.reader().the_person("ana@acme.example").unwrap().id;
        screens.app.act_as(ana).unwrap();
        assert!(screens.app.toast.as_ref().unwrap().words.contains("would be lost") && screens.app.acts_for().is_none());
        screens.app.save().unwrap();
        screens.app.keep_noted();
        screens.press(4000, KeyCode::Char('q'));
        assert_eq!((screens.app.wish, screens.app.warnings.line()), (Wish::Quit, None));
    }
}

#[test]
fn what_is_staged_is_saved_as_a_plan_and_no_file_is_written_over_without_a_yes() {
    let mut screens = Screens::open();
    let path = |name: &str| screens.folder.path().join(name);
    let (plan, work) = (path("next.jsonl"), path("work.db"));
    let toast = |screens: &Screens| screens.app.toast.as_ref().unwrap().words.clone();
    let to = |screens: &mut Screens, path: &std::path::Path| {
        type_all(screens, &format!(":save plan {}", path.display()));
        screens.frame();
        screens.press(2000, KeyCode::Enter);
    };
    to(&mut screens, &plan);
    assert!(toast(&screens).contains("nothing is staged") && !plan.exists());
    stage(&mut screens, "helper");
    to(&mut screens, &work);
    assert!(toast(&screens).contains("is the workspace itself"), "{}", toast(&screens));
    to(&mut screens, &plan);
    assert!(toast(&screens).contains("work.db runs it"), "{}", toast(&screens));
    let text = std::fs::read_to_string(&plan).unwrap();
    let read = crate::exchange::plan::read(text.as_bytes()).unwrap();
    let head = read.head.unwrap();
    assert_eq!((head.workspace.as_str(), head.by.as_str(), read.commands.len()), ("Northlight", "dana@nl.example", 1));
    assert_eq!(head.head, screens.app.world.session.head().unwrap());
    std::fs::write(&plan, "mine").unwrap();
    for (key, stays) in [(KeyCode::Enter, true), (KeyCode::Esc, true), (KeyCode::Char('y'), false)] {
        to(&mut screens, &plan);
        assert!(screens.frame().unwrap().contains("Write over a file"));
        screens.press(3000, key);
        assert_eq!((std::fs::read_to_string(&plan).unwrap() == "mine", screens.app.overlays.len()), (stays, 0));
    }
    // Without a name it is asked for.
    type_all(&mut screens, ":save plan");
    screens.frame();
    screens.press(4000, KeyCode::Enter);
    assert!(screens.frame().unwrap().contains(":save plan "));
}

#[test]
fn screens_that_are_opened_with_a_plan_have_it_staged_and_say_what_of_it_does_not_fit() {
    let lines =
        "{\"toggle\":{\"role\":\"helper\",\"permissions\":[\"crm.inbox.manage\"],\"to\":\"grant\"}}\n{\"remove\":{\"role\":\"nobody\"}}\n";
    let plan = crate::exchange::plan::read(lines.as_bytes()).unwrap();
    let plan = Left { name: Some("next.jsonl".to_owned()), ..Left::from(plan) };
    let mut screens = Screens::with(BUNDLE.as_bytes(), "dana@nl.example", Some(plan));
    let toast = &screens.app.toast.as_ref().unwrap().words;
    assert!(
        toast.starts_with("the plan next.jsonl is staged: s reviews it")
            && toast.contains("1 step does not fit any more: no role `nobody`"),
        "{toast}"
    );
    screens.press(0, KeyCode::Char('s'));
    let frame = screens.frame().unwrap();
    assert!(frame.contains("[x] granted crm.inbox.manage in helper") && frame.contains("! no role `nobody`"), "{frame}");
    screens.press(10, KeyCode::Char('y'));
    assert_eq!((n_entries(&screens), screens.app.world.session.draft().steps().len()), (2, 1));
}

#[test]
fn what_two_changed_is_saved_once_it_is_said_whose_word_stands() {
    for (key, n_steps, on) in [('1', 1, true), ('2', 0, false), ('3', 0, false)] {
        let mut screens = Screens::open();
        stage(&mut screens, "helper");
        let Command::Toggle { permissions, .. } = screens.app.world.session.draft().steps()[0].commands[0].clone() else { panic!() };
        let mut elsewhere = Store::open(&screens.folder.path().join("work.db"), false).unwrap();
        for to in [Switch::Grant, Switch::Revoke] {
            let other = Command::Toggle { role: "helper".to_owned(), permissions: permissions.clone(), to };
            command::run(&mut elsewhere, &screens.app.world.session.who().actor, screens.start, &other).unwrap();
            screens.pass(1000);
        }
        screens.press(2000, KeyCode::Char('s'));
        let frame = screens.frame().unwrap();
        assert!(frame.contains("> [!] ") && frame.contains(": 1 mine, 2 theirs, 3 out"), "{frame}");
        screens.press(2100, KeyCode::Char('y'));
        let toast = screens.app.toast.as_ref().unwrap();
        assert!(toast.is_error && toast.words.starts_with("somebody else changed what a step changes; 1 mine"), "{}", toast.words);
        assert_eq!((n_entries(&screens), screens.app.overlays.len()), (3, 1));
        screens.press(2200, KeyCode::Char(key));
        assert_eq!((screens.app.world.session.draft().steps().len(), screens.app.overlays.len()), (n_steps, n_steps), "{key}");
        screens.press(2300, KeyCode::Char('y'));
        let held = screens.app.world.policy.find_role("helper").unwrap();
        assert_eq!((!held.role.permissions.is_empty(), n_entries(&screens)), (on, 3 + n_steps), "{key}");
    }
}

#[test]
fn a_save_that_touches_many_people_wants_their_number_and_then_yes() {
    let people: String = (0..12)
        .map(|n| {
            format!(
                "{{\"type\":\"person\",\"email\":\"p{n}@acme.example\",\"name\":\"P{n}\"}}\n{{\"type\":\"assignment\",\"person\":\"p{n}@acme.example\",\"role\":\"helper\",\"level\":\"site\",\"scope\":{{\"site\":\"acme\"}}}}\n"
            )
        })
        .collect::<Vec<_>>()
        .concat();
    let mut screens = Screens::of([BUNDLE, &people].concat().as_bytes(), "dana@nl.example");
    stage(&mut screens, "helper");
    screens.pass(500);
    screens.press(1000, KeyCode::Char('s'));
    assert!(screens.frame().unwrap().contains("type 13, then y"));
    for (keys, n) in [("y", 1), ("12y", 1), ("13", 1)] {
        type_all(&mut screens, keys);
        assert_eq!((n_entries(&screens), screens.app.overlays.len()), (n, 1), "{keys}");
        if keys == "12y" {
            assert!(screens.app.toast.as_ref().unwrap().words.contains("type 13, then y"));
            screens.press(1500, KeyCode::Backspace);
            screens.press(1500, KeyCode::Backspace);
        }
    }
    screens.press(2000, KeyCode::Char('y'));
    assert_eq!((n_entries(&screens), screens.app.overlays.len()), (2, 0));
}

#[test]
fn what_was_staged_of_a_role_that_somebody_removed_is_told_of() {
    let mut screens = Screens::open();
    let copy = Command::Duplicate { role: "helper".to_owned(), name: "Other".to_owned(), key: None };
    screens.app.run(&copy).unwrap();
    stage(&mut screens, "other");
    let mut elsewhere = Store::open(&screens.folder.path().join("work.db"), false).unwrap();
    let remove = Command::Remove(crate::domain::record::Key::Role("other".to_owned()));
    command::run(&mut elsewhere, &screens.app.world.session.who().actor, screens.start, &remove).unwrap();
    screens.pass(3000);
    let toast = screens.app.toast.as_ref().unwrap();
    assert!(toast.is_error && toast.words.contains("does not fit any more: no role `other`"), "{}", toast.words);
    screens.press(4000, KeyCode::Char('s'));
    let frame = screens.frame().unwrap();
    assert!(frame.contains("[ ] Other: ") && frame.contains("! no role `other`"), "{frame}");
    screens.press(5000, KeyCode::Char('u'));
    assert!(screens.app.overlays.is_empty() && screens.app.world.session.draft().steps().is_empty());
}

#[test]
fn who_can_answers_as_the_engine_does_for_every_permission_of_the_sample() {
    let screens = Screens::of(include_bytes!("../../../assets/demo/northlight.jsonl"), "dana@northlight.example");
    let (db, policy) = (screens.app.world.session.reader(), &screens.app.world.policy);
    let mut held = Vec::new();
    for site in db.sites_after("", 1000).unwrap() {
        let ground = access::ground(policy, &site).unwrap();
        for id in 1..100 {
            let Some(person) = db.find::<Person>(PersonId(id)).unwrap() else { continue };
            let can = access::access(db, policy, &ground, person.id, screens.start).unwrap();
            held.push((person.email, site.clone(), can));
        }
    }
    for catalog in policy.catalogs() {
        for id in catalog.ids().map(|it| catalog.get(it).id.as_str()) {
            let known = |site: &Site| policy.catalog(&site.platform).and_then(|it| it.lookup(id));
            let able = held.iter().filter(|(_, site, can)| known(site).is_some_and(|it| can.contains(it)));
            let mut able: Vec<(String, String)> = able.map(|(email, site, _)| (email.clone(), site.key.clone())).collect();
            let rows = Holders::of(&screens.app.world.env(), id, None).unwrap().rows();
            let mut told: Vec<(String, String)> = rows.into_iter().map(|(email, site, _)| (email, site)).collect();
            told.sort();
            told.dedup();
            able.sort();
            assert_eq!(told, able, "{id}");
        }
    }
}

#[test]
fn where_the_window_is_too_small_to_see_anything_keys_do_nothing_but_leave() {
    for (width, height) in [(59, 40), (120, 15), (1, 1)] {
        let mut screens = Screens::open();
        let before = n_entries(&screens);
        screens.press(0, KeyCode::Char('2'));
        screens.app.resize(Size::new(width, height));
        for code in "duysXOa/:?x6 1".chars().map(KeyCode::Char).chain([KeyCode::Enter, KeyCode::Tab, KeyCode::Down, KeyCode::Char('y')]) {
            screens.press(1000, code);
        }
        screens.app.paste("pasted");
        assert!(screens.app.overlays.is_empty() && screens.app.typing.is_none());
        assert_eq!((n_entries(&screens), screens.app.focus, screens.app.wish), (before, 1, Wish::None));
        screens.app.key(&KeyEvent::new(KeyCode::Char('z'), KeyModifiers::CONTROL), screens.start);
        assert_eq!(screens.app.wish, Wish::Suspend);
        let interrupt = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        for (leaving, n) in [(KeyEvent::from(KeyCode::Char('q')), 1), (interrupt, 2)] {
            for at in 0..n {
                screens.app.granted();
                assert_eq!(screens.app.wish, Wish::None, "{at}");
                screens.app.key(&leaving, screens.start);
            }
            assert_eq!(screens.app.wish, Wish::Quit);
        }
    }
}

/// What is filled in there is lost by no letter.
#[test]
fn where_the_window_is_too_small_a_form_that_is_open_is_not_left_by_a_letter() {
    let mut screens = Screens::open();
    screens.press(0, KeyCode::Char('1'));
    screens.press(0, KeyCode::Char('n'));
    screens.press(0, KeyCode::Char('x'));
    screens.app.resize(Size::new(40, 5));
    screens.screen = Terminal::new(TestBackend::new(40, 5)).unwrap();
    assert!(screens.frame().unwrap().contains("Ctrl-c twice"));
    screens.press(0, KeyCode::Char('q'));
    assert_eq!((screens.app.wish, screens.app.overlays.len()), (Wish::None, 1));
}

#[test]
fn two_interrupts_leave_from_anywhere() {
    for open in [None, Some('a'), Some('/'), Some('?')] {
        let mut screens = Screens::open();
        screens.press(0, KeyCode::Char('1'));
        if let Some(it) = open {
            screens.press(0, KeyCode::Char(it));
        }
        let interrupt = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        screens.app.key(&interrupt, screens.start);
        assert_eq!(screens.app.wish, Wish::None);
        assert!(screens.frame().unwrap().contains("Ctrl-c again leaves"), "{open:?}");
        screens.app.key(&interrupt, screens.start);
        assert_eq!(screens.app.wish, Wish::Quit, "{open:?}");
    }
}

#[test]
fn a_window_shows_no_key_that_does_something_else_in_it() {
    let mut screens = Screens::open();
    screens.press(0, KeyCode::Char('?'));
    let frame = screens.frame().unwrap();
    assert!(frame.contains("Esc close") && !frame.contains("F1 help"), "{frame}");
}

#[test]
fn of_a_window_that_is_too_large_a_part_is_drawn_on_and_the_screen_says_so() {
    let mut screens = Screens::open();
    screens.press(0, KeyCode::Char('2'));
    screens.app.resize(Size::new(u16::MAX, u16::MAX));
    assert_eq!(screens.app.area().as_size(), Size::new(1000, 400));
    screens.app.resize(Size::new(1200, 40));
    screens.screen = Terminal::new(TestBackend::new(1000, 40)).unwrap();
    assert!(screens.frame().unwrap().contains("This window is 1200x40; 1000x40 of it are drawn on"));
    screens.app.resize(Size::new(120, 40));
    screens.screen = Terminal::new(TestBackend::new(120, 40)).unwrap();
    assert!(!screens.frame().unwrap().contains("drawn on"));
}

#[test]
fn a_role_given_in_a_form_is_staged_shows_in_lists_and_matrices_and_is_saved_as_one_entry() {
    let mut screens = Screens::open();
    let reader = screens.app.world.session.reader();
    let (ana, bistro) = (reader.the_person("ana@acme.example").unwrap().id, reader.the_site("bistro").unwrap().id);
    screens.app.go(&Journey::PeopleOf(bistro)).unwrap();
    let text =
        r#"{"add":{"type":"assignment","person":"ana@acme.example","role":"website-manager","level":"site","scope":{"site":"bistro"}}}"#;
    let give: Command = serde_json::from_str(text).unwrap();
    screens.app.propose(vec![give], "Give website-manager to Ana".to_owned()).unwrap();
    let frame = screens.frame().unwrap();
    assert!(frame.contains("> [x] Give website-manager to Ana") && frame.contains("GAIN") && frame.contains("Ana Ruiz"), "{frame}");
    screens.press(1000, KeyCode::Esc);
    let frame = screens.frame().unwrap();
    assert!(frame.contains("Ana Ruiz") && frame.contains("1 unsaved"), "{frame}");
    screens.app.go(&Journey::MatrixOfSite(bistro, Some(ana))).unwrap();
    screens.app.dirty = true;
    assert!(screens.frame().unwrap().contains("●+"));
    screens.app.go(&Journey::MatrixOfPerson(ana)).unwrap();
    screens.app.dirty = true;
    assert!(screens.frame().unwrap().contains("●+"));
    // Left out, it shows nowhere and is not saved.
    screens.press(2000, KeyCode::Char('s'));
    screens.press(2000, KeyCode::Char(' '));
    assert!(screens.frame().unwrap().contains("> [ ] Give website-manager to Ana"));
    screens.press(3000, KeyCode::Char(' '));
    let before = n_entries(&screens);
    screens.press(4000, KeyCode::Char('y'));
    assert_eq!((n_entries(&screens), screens.app.world.session.draft().steps().len()), (before + 1, 0));
    assert_eq!(screens.app.world.session.reader().assignments_for(ana, bistro).unwrap().len(), 1);
}

/// Presses these characters one by one, long after each other.
fn type_all(screens: &mut Screens, keys: &str) {
    for (n, c) in (1..).zip(keys.chars()) {
        screens.press(n * 1000, KeyCode::Char(c));
    }
}

/// The numbers of the sites that are marked, as the title counts them, and the names before which a mark stands.
#[track_caller]
fn marked(screens: &mut Screens, title: &str, names: &[&str]) {
    screens.app.dirty = true;
    let frame = screens.frame().unwrap();
    assert!(frame.contains(&format!(" {title} ━")), "{title}\n{frame}");
    let rows = frame.lines().filter_map(|it| it.get(2..5).filter(|it| *it == "*  ").and(it.get(5..)));
    let found: Vec<&str> = rows.filter_map(|it| it.split_whitespace().next()).collect();
    assert_eq!(found, names, "{frame}");
}

#[test]
fn rows_are_marked_one_by_one_in_ranges_and_all_at_once_and_esc_takes_the_marks_back_first() {
    let mut screens = Screens::open();
    type_all(&mut screens, "2  ");
    marked(&mut screens, "3, 2 marked", &["Acme", "Bistro"]);
    type_all(&mut screens, "k ");
    marked(&mut screens, "3, 1 marked", &["Acme"]);
    // A range is stretched by moving, and kept by the key that began it.
    type_all(&mut screens, "vkv");
    marked(&mut screens, "3, 3 marked", &["Acme", "Bistro", "Cargo"]);
    screens.press(2000, KeyCode::Esc);
    marked(&mut screens, "3", &[]);
    assert!(screens.app.toast.as_ref().unwrap().words.starts_with("3 marks taken back; u brings them back"));
    type_all(&mut screens, "u");
    marked(&mut screens, "3, 3 marked", &["Acme", "Bistro", "Cargo"]);
    // A range goes before the marks, these before the filter.
    screens.press(3000, KeyCode::Esc);
    type_all(&mut screens, "/bis");
    screens.press(4000, KeyCode::Enter);
    screens.pass(5000);
    type_all(&mut screens, " v");
    marked(&mut screens, "/bis 1, 1 marked", &["Bistro"]);
    for (title, names) in [("/bis 1, 1 marked", &["Bistro"][..]), ("/bis 1", &[]), ("3", &[])] {
        screens.press(6000, KeyCode::Esc);
        marked(&mut screens, title, names);
    }
    // Moving does nothing to them; what was done meanwhile is what is undone.
    type_all(&mut screens, "*");
    screens.press(7000, KeyCode::Esc);
    type_all(&mut screens, "gju");
    marked(&mut screens, "3, 3 marked", &["Acme", "Bistro", "Cargo"]);
    screens.press(7100, KeyCode::Esc);
    type_all(&mut screens, "g  u");
    marked(&mut screens, "3, 2 marked", &["Acme", "Bistro"]);
}

#[test]
fn marks_outlive_the_filter_and_a_row_that_is_gone_loses_its_own() {
    let mut screens = Screens::open();
    type_all(&mut screens, "2*/bis");
    screens.press(5000, KeyCode::Enter);
    screens.pass(6000);
    marked(&mut screens, "/bis 1, 3 marked, 2 not shown", &["Bistro"]);
    let remove = Command::Remove(crate::domain::record::Key::Site("acme".to_owned()));
    screens.app.run(&remove).unwrap();
    screens.frame().unwrap();
    screens.pass(7000);
    marked(&mut screens, "/bis 1, 2 marked, 1 not shown", &["Bistro"]);
}

#[test]
fn what_is_done_to_one_at_a_time_is_not_done_to_the_row_under_the_cursor_while_others_are_marked() {
    let mut screens = Screens::open();
    type_all(&mut screens, "2 e");
    let said = &screens.app.toast.as_ref().unwrap().words;
    assert_eq!((said.as_str(), screens.app.overlays.len()), ("that is done to one at a time; Esc takes the marks back", 0));
}

/// The names in the rows of the pane with this title, from the top, once what they need is read.
fn listed(screens: &mut Screens, title: &str) -> Vec<String> {
    screens.frame();
    let later = screens.app.world.session.now + TimeDelta::milliseconds(1);
    screens.pass((later - screens.start).num_milliseconds());
    let frame = screens.frame().unwrap_or_else(|| screens.screen.backend().to_string());
    let lines = frame.lines().map(|it| it.trim_matches('"')).skip_while(|it| !it.contains(title)).skip(2);
    let name = |it: &str| it.get(4..)?.split_whitespace().next().map(str::to_owned);
    lines.take_while(|it| it.starts_with([' ', '>'])).map_while(name).take_while(|it| !it.starts_with(['│', '├'])).collect()
}

#[test]
fn a_list_is_sorted_by_the_number_of_a_column_turned_by_it_again_and_a_place_keeps_how_it_was() {
    let mut screens = Screens::open();
    type_all(&mut screens, "2,");
    let frame = screens.frame().unwrap();
    assert!(frame.contains(",  1 name  2 people  3 platform") && frame.contains("1 name") && frame.contains("2 peo"), "{frame}");
    // Two have access to one of them, the owner alone to the others.
    for (key, names) in [
        ("2", ["Bistro", "Cargo", "Acme"]),
        ("2", ["Acme", "Bistro", "Cargo"]),
        ("1", ["Acme", "Bistro", "Cargo"]),
        ("1", ["Cargo", "Bistro", "Acme"]),
    ] {
        type_all(&mut screens, key);
        assert_eq!(listed(&mut screens, "2 Sites"), names, "{key}");
    }
    screens.press(20_000, KeyCode::Esc);
    assert!(screens.app.sorting.is_none() && screens.app.pane().sorted().is_some());
    // With a filter too, and again at a place where it was so.
    type_all(&mut screens, "/!acme");
    screens.press(30_000, KeyCode::Enter);
    assert_eq!(listed(&mut screens, "2 Sites"), ["Cargo", "Bistro"]);
    screens.press(40_000, KeyCode::Esc);
    screens.press(41_000, KeyCode::Char('5'));
    screens.press(42_000, KeyCode::Char('2'));
    type_all(&mut screens, ",0");
    screens.press(50_000, KeyCode::Esc);
    assert_eq!(listed(&mut screens, "2 Sites"), ["Acme", "Bistro", "Cargo"]);
    type_all(&mut screens, "--");
    assert_eq!(listed(&mut screens, "2 Sites"), ["Cargo", "Bistro", "Acme"]);
}

#[test]
fn the_columns_of_a_matrix_stand_as_its_list_is_sorted_and_what_is_staged_stands_where_it_sorts() {
    let mut screens = Screens::open();
    type_all(&mut screens, "2");
    screens.press(9000, KeyCode::Enter);
    let columns = |screens: &Screens| screens.app.panes.matrix.columns().map(|it| it.name.clone()).collect::<Vec<_>>();
    type_all(&mut screens, ",1");
    assert_eq!(listed(&mut screens, "3 Collaborators"), ["Ana", "Bo", "Dana"]);
    assert_eq!(columns(&screens), ["Ana Ruiz", "Bo", "Dana"]);
    type_all(&mut screens, "1");
    screens.press(20_000, KeyCode::Esc);
    assert_eq!(
        (listed(&mut screens, "3 Collaborators").len(), columns(&screens)),
        (3, ["Dana", "Bo", "Ana Ruiz"].map(str::to_owned).to_vec())
    );
    let commands = [
        r#"{"add":{"type":"person","email":"cy@nl.example","name":"Cy"}}"#,
        r#"{"add":{"type":"assignment","person":"cy@nl.example","role":"helper","level":"site","scope":{"site":"acme"}}}"#,
    ];
    screens.app.stage(commands.iter().map(|it| serde_json::from_str(it).unwrap()).collect(), "Give".to_owned()).unwrap();
    assert_eq!(listed(&mut screens, "3 Collaborators"), ["Dana", "Cy", "Bo", "Ana"]);
    assert_eq!(columns(&screens), ["Dana", "Cy", "Bo", "Ana Ruiz"]);
    // Among everybody too, where the order was read before.
    screens.press(30_000, KeyCode::Esc);
    type_all(&mut screens, ",11");
    assert_eq!(listed(&mut screens, "3 Collaborators"), ["Dana", "Cy", "Bo", "Ana"]);
}

#[test]
fn the_columns_of_a_list_are_those_that_were_chosen_in_their_order_and_the_first_stays() {
    let mut screens = Screens::open();
    let columns = |screens: &Screens| screens.app.pane().columns().join(" ");
    let said = |screens: &Screens| screens.app.toast.as_ref().map(|it| it.words.clone()).unwrap_or_default();
    // The first can neither be hidden nor carried away, and none stands before it.
    for keys in ["2C ", "J"] {
        type_all(&mut screens, keys);
        assert_eq!(said(&screens), "the column name is always there, and the first", "{keys}");
    }
    // People two further down, the folder hidden; nothing holds before it is done.
    type_all(&mut screens, "jJJKJj ");
    assert_eq!(columns(&screens), "name people platform publish folder status");
    screens.press(1000, KeyCode::Enter);
    assert_eq!(columns(&screens), "name platform publish people status");
    let rows = |screens: &mut Screens| {
        let report = screens.app.panes.sites.report(&screens.app.world.env()).unwrap();
        (report.header.join(" "), report.rows[0].join(" "))
    };
    let frame = screens.frame().unwrap_or_else(|| screens.screen.backend().to_string());
    let row = |words: &[&str]| {
        frame
            .lines()
            .any(|it| it.split([' ', '│']).filter(|it| !it.is_empty()).collect::<Vec<_>>().windows(words.len()).any(|it| it == words))
    };
    assert!(row(&["name", "platform", "publish", "people"]) && row(&["Acme", "wix", "1", "2"]), "{frame}");
    assert_eq!(rows(&mut screens), ("name platform publish people status".to_owned(), "Acme wix 1 2 published".to_owned()));
    // Numbers of the sort line are those of what is shown.
    type_all(&mut screens, ",4");
    assert_eq!(screens.app.pane().sorted().map(|it| it.column), Some("people"));
    screens.press(2000, KeyCode::Esc);
    // Left by Esc, nothing changes; as at first all are there.
    type_all(&mut screens, "C0");
    screens.press(3000, KeyCode::Esc);
    assert_eq!(columns(&screens), "name platform publish people status");
    type_all(&mut screens, "C0");
    screens.press(4000, KeyCode::Enter);
    assert_eq!(columns(&screens), "name people platform publish folder status");
}

#[test]
fn what_is_chosen_of_a_list_on_a_site_leaves_alone_what_it_has_of_everybody() {
    let mut screens = Screens::open();
    let columns = |screens: &Screens| screens.app.pane().columns().join(" ");
    type_all(&mut screens, "2");
    screens.press(1000, KeyCode::Enter);
    type_all(&mut screens, "Cj ");
    screens.press(2000, KeyCode::Enter);
    assert_eq!(columns(&screens), "name ends level since reason");
    screens.press(3000, KeyCode::Esc);
    assert_eq!(columns(&screens), "name ends sites roles team e-mail");
}

#[test]
fn a_list_is_arranged_as_the_settings_say_until_something_else_is_chosen_and_that_is_kept() {
    let usual = |columns: &[&str], sort: &str| Arrangement {
        columns: Some(columns.iter().map(|it| (*it).to_owned()).collect()),
        sort: Some(vec![sort.to_owned()]),
    };
    let mut screens = Screens::open();
    let lists = vec![Arrangement::default(), usual(&["name", "people", "status"], "-people")];
    screens.app.configure(&Config { lists, tips: false, ..Config::default() }, &[]);
    type_all(&mut screens, "2");
    assert_eq!(
        (screens.app.pane().columns().join(" "), listed(&mut screens, "2 Sites")),
        ("name people status".to_owned(), ["Acme", "Bistro", "Cargo"].map(str::to_owned).to_vec())
    );
    assert_eq!(screens.app.pane().arranged(), Arrangement::default(), "nothing was chosen yet");
    // As it was is no choice, whatever was tried before.
    for keys in ["C0", ",22"] {
        type_all(&mut screens, keys);
        screens.press(20_000, KeyCode::Enter);
        assert_eq!(screens.app.pane().arranged(), Arrangement::default(), "{keys}");
    }
    type_all(&mut screens, ",0");
    screens.press(30_000, KeyCode::Enter);
    type_all(&mut screens, "Cj ");
    screens.press(40_000, KeyCode::Enter);
    let own = Arrangement { columns: Some(vec!["name".to_owned(), "status".to_owned()]), sort: Some(Vec::new()) };
    assert_eq!((screens.app.pane().arranged(), screens.app.pane().sorted()), (own, None));
}

#[test]
fn the_log_has_columns_to_choose_from_too() {
    let mut screens = Screens::open();
    type_all(&mut screens, "7C");
    assert!(screens.frame().unwrap().contains("Columns of Log"));
}

#[test]
fn a_list_that_keeps_its_own_order_and_a_number_without_a_column_say_so() {
    let mut screens = Screens::open();
    type_all(&mut screens, "5,9");
    assert_eq!(screens.app.toast.as_ref().unwrap().words, "there is no column 9 here");
    screens.press(9000, KeyCode::Esc);
    type_all(&mut screens, "7,");
    assert!(screens.app.sorting.is_none());
}

#[test]
fn a_letter_that_means_something_elsewhere_says_what_and_a_free_one_nothing() {
    let mut screens = Screens::open();
    for (keys, words) in [
        ("2t", "The key t means nothing here; in Matrix: swap rows and columns"),
        ("5x", "The key x means nothing here; in Waiting: take back what was sent; in Log: take exactly this step back"),
        ("5V", "Whom to view as is chosen in 1 Contacts and 3 Collaborators, or in the column of a person"),
    ] {
        type_all(&mut screens, keys);
        assert_eq!(screens.app.toast.as_ref().unwrap().words, words);
    }
    type_all(&mut screens, "X");
    assert!(screens.app.toast.is_none());
}

/// The first offers of the palette after these words: kind, name and what is said of each.
fn offered(screens: &mut Screens, words: &str) -> Vec<String> {
    type_all(screens, &format!(":{words}"));
    let frame = screens.frame().unwrap();
    let lines = frame.lines().skip_while(|it| !it.contains("Go to, or do")).skip(2).map_while(|it| it.split('│').rev().nth(1));
    lines.map(|it| it.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|it| !it.is_empty()).collect()
}

#[test]
fn two_words_of_the_palette_are_a_person_and_a_permission_or_a_person_and_a_site() {
    let mut screens = Screens::of(include_bytes!("../../../assets/demo/northlight.jsonl"), "dana@northlight.example");
    screens.frame();
    for words in ["emil inbox", "inbox emil"] {
        let offers = offered(&mut screens, words);
        assert_eq!(offers[0], "cell Emil Lindqvist Answer the inbox on Lindqvist Bikes", "{offers:?}");
        screens.press(20_000, KeyCode::Enter);
        screens.pass(30_000);
        let frame = screens.frame().unwrap();
        assert!(frame.contains("Lindqvist Bikes > Emil Lindqvist") && frame.contains("Why: Answer the inbox"), "{frame}");
        assert!(frame.contains("NO: no role here has it"), "{frame}");
        type_all(&mut screens, "1");
    }
    // On the site whose people are listed, where both of it are so.
    let offers = offered(&mut screens, "emil lindqvist");
    assert!(
        offers[0].starts_with("person Emil Lindqvist") && offers.contains(&"access Emil Lindqvist on Lindqvist Bikes".to_owned()),
        "{offers:?}"
    );
    screens.press(40_000, KeyCode::Esc);
    offered(&mut screens, "emil bikes");
    screens.press(50_000, KeyCode::Enter);
    screens.pass(60_000);
    let frame = screens.frame().unwrap();
    assert!(frame.contains("3 Collaborators on Lindqvist Bikes") && frame.contains(">   Emil Lindqvist"), "{frame}");
    let offers = offered(&mut screens, "emil chartreuse");
    assert!(
        !offers.iter().any(|it| it.starts_with("cell") || it.starts_with("access")),
        "every word is somebody's or something's: {offers:?}"
    );
}

#[test]
fn the_palette_runs_what_other_panes_do_and_names_what_the_command_line_alone_does() {
    let mut screens = Screens::open();
    screens.app.verbs = || vec![("verify".to_owned(), "Whether the journal is whole".to_owned()), ("site add".to_owned(), String::new())];
    type_all(&mut screens, "7");
    let offers = offered(&mut screens, "verify");
    assert_eq!(offers[0], "shell verify Whether the journal is whole", "{offers:?}");
    screens.press(20_000, KeyCode::Enter);
    let toast = screens.app.toast.as_ref().unwrap();
    assert!(toast.words.starts_with("Whether the journal is whole; in a shell: rolecall verify"), "{}", toast.words);
    // What is done in another pane is done there; the verb is the same, and is not said again.
    let offers = offered(&mut screens, "site add");
    assert_eq!(offers[0], "add site in Sites: Add a site", "{offers:?}");
    assert!(!offers.iter().any(|it| it.starts_with("shell")), "{offers:?}");
    screens.press(30_000, KeyCode::Enter);
    assert_eq!((PANES[screens.app.focus].title, screens.app.overlays.len()), ("Sites", 1));
}

#[test]
fn what_one_may_not_do_is_dim_in_the_help_which_says_why() {
    let mut screens = Screens::open();
    let ana = screens.app.world.session.reader().person_by_email("ana@acme.example").unwrap().unwrap().id;
    screens.app.theme = Theme::choose(Some("dark"), false).unwrap();
    type_all(&mut screens, "2?");
    let is_dim = |screens: &mut Screens, words: &str| {
        screens.frame();
        let buffer = screens.screen.backend().buffer();
        let rows = buffer.content.chunks(usize::from(buffer.area.width));
        let mut rows = rows.filter(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>().contains(words));
        let row = rows.next().unwrap();
        row[usize::from(buffer.area.width) / 2].modifier.contains(ratatui::style::Modifier::DIM)
    };
    assert!(!is_dim(&mut screens, "Add a site"), "the owner may");
    screens.press(9000, KeyCode::Esc);
    screens.app.act_as(ana).unwrap();
    type_all(&mut screens, "2?");
    assert!(is_dim(&mut screens, "Add a site") && !is_dim(&mut screens, "The matrix of everyone on this site"));
    type_all(&mut screens, "add-site");
    let frame = screens.frame().unwrap();
    assert!(frame.contains("n             no: ana@acme.example may not"), "{frame}");
    screens.press(9900, KeyCode::Enter);
    let toast = screens.app.toast.as_ref().unwrap();
    assert!(screens.app.overlays.is_empty() && toast.is_error && toast.words.starts_with("ana@acme.example may not"), "{}", toast.words);
}

#[test]
fn a_view_as_somebody_has_their_contacts_and_esc_comes_back_to_where_one_was() {
    let contacts = r#"{"type":"contact","name":"Ana Ruiz","email":"ana@acme.example","status":"client"}"#;
    let mut screens = Screens::of((BUNDLE.to_owned() + contacts).as_bytes(), "dana@nl.example");
    for (ms, code) in [(0, KeyCode::Char('2')), (1000, KeyCode::Enter), (2000, KeyCode::Down), (3000, KeyCode::Char('m'))] {
        screens.press(ms, code);
        screens.frame();
    }
    let before = screens.frame().unwrap_or_else(|| screens.screen.backend().to_string());
    assert!(before.contains("who can do what on Acme"), "{before}");
    screens.press(5000, KeyCode::Char('V'));
    let frame = screens.frame().unwrap();
    assert!(
        frame.contains("viewing as Ana Ruiz") && frame.contains("contacts take a permission to see them") && !frame.contains(" client "),
        "{frame}"
    );
    screens.press(6000, KeyCode::Esc);
    let frame = screens.frame().unwrap();
    assert!(frame.contains("who can do what on Acme") && !frame.contains("viewing as") && frame.contains(" client "), "{frame}");
}

#[test]
fn what_is_marked_is_invited_extended_and_taken_from_all_at_once() {
    let mut screens = Screens::open();
    type_all(&mut screens, "2  i");
    let frame = screens.frame().unwrap();
    assert!(frame.contains("Invite") && frame.contains("Acme, Bistro"), "{frame}");
    screens.press(9000, KeyCode::Esc);
    // Everybody: Ana and Bo hold something that ends, Dana nothing.
    type_all(&mut screens, "3");
    screens.press(9100, KeyCode::Esc);
    type_all(&mut screens, "*+");
    let frame = screens.frame().unwrap();
    assert!(frame.contains("Extend the access of 3 people") && frame.contains("2 roles that end"), "{frame}");
    done(&mut screens);
    assert_eq!(screens.app.world.session.draft().steps()[0].commands.len(), 2);
    screens.press(95_000, KeyCode::Char('u'));
    screens.press(95_500, KeyCode::Esc);
    screens.press(96_000, KeyCode::Esc);
    // Of the sites that are still marked all guests.
    type_all(&mut screens, "2g");
    screens.frame();
    type_all(&mut screens, "D");
    let words: Vec<String> = screens.app.world.session.draft().steps().iter().map(|it| it.words.clone()).collect();
    assert_eq!(words, ["Remove all guests from 2 sites"]);
}

#[test]
fn an_implied_permission_is_kept_by_the_first_way_of_its_why() {
    let role = r#"{"type":"role","key":"desk","name":"Desk","platform":"wix","level":"site","permissions":["stores.orders.manage"]}"#;
    let mut screens = Screens::of((BUNDLE.to_owned() + role).as_bytes(), "dana@nl.example");
    let desk = screens.app.world.policy.find_role("desk").unwrap().role.id;
    let implied = |screens: &Screens| {
        let held = screens.app.world.session.drafted(&screens.app.world.policy).policy.role(desk).unwrap().clone();
        held.closed - held.granted
    };
    let before = implied(&screens).len();
    let first = implied(&screens).iter().next().unwrap();
    let catalog = screens.app.world.policy.catalog("wix").unwrap().clone();
    screens.app.go(&Journey::Role(desk)).unwrap();
    screens.frame();
    screens.app.go(&Journey::Permission("wix".to_owned(), catalog.get(first).id.clone())).unwrap();
    screens.app.dirty = true;
    screens.frame();
    type_all(&mut screens, "w");
    let frame = screens.frame().unwrap();
    assert!(frame.contains("1 keep it in its own right, so that it stays when its cause goes"), "{frame}");
    type_all(&mut screens, "1");
    assert_eq!(implied(&screens).len(), before - 1);
}

#[test]
fn a_step_that_a_second_space_took_out_is_redone() {
    let mut screens = Screens::open();
    for (ms, code) in
        [(0, KeyCode::Char('2')), (1000, KeyCode::Enter), (2000, KeyCode::Down), (3000, KeyCode::Enter), (4000, KeyCode::Down)]
    {
        screens.press(ms, code);
        screens.frame();
    }
    let n = |screens: &Screens| screens.app.world.session.draft().steps().len();
    let mut counted = Vec::new();
    for (ms, key) in [(5000, ' '), (6000, ' '), (7000, 'U')] {
        screens.press(ms, KeyCode::Char(key));
        screens.frame();
        counted.push(n(&screens));
    }
    assert_eq!(counted, [1, 0, 1]);
}

/// Sends the form that is open.
fn done(screens: &mut Screens) {
    screens.app.key(&KeyEvent::new(KeyCode::Char('s'), KeyModifiers::CONTROL), screens.after(90_000));
}

fn n_entries(screens: &Screens) -> usize {
    screens.app.world.session.reader().entries(None, 100).unwrap().len()
}

#[test]
fn a_role_is_given_on_all_marked_sites_as_one_step_and_one_entry_and_one_undo_takes_it_from_all() {
    let site = |n: i32| {
        let site = r#"{"type":"site","key":"kN","name":"Kiosk N","url":"https://kN.example","platform":"wix","owner":"dana@nl.example"}"#;
        site.replace('N', &n.to_string()) + "\n"
    };
    let bundle = BUNDLE.to_owned() + &(1..=150).map(site).collect::<String>();
    let mut screens = Screens::of(bundle.as_bytes(), "dana@nl.example");
    let ana = screens.app.world.session.reader().the_person("ana@acme.example").unwrap().id;
    let held = |screens: &Screens| screens.app.world.session.reader().assignments_of(ana).unwrap().len();
    type_all(&mut screens, "2*");
    assert_eq!(screens.app.pane().n_marked(), 153);
    type_all(&mut screens, "a");
    let frame = screens.frame().unwrap();
    assert!(frame.contains("153 sites") && frame.contains("153: acme, bistro, cargo and 150 more"), "{frame}");
    type_all(&mut screens, "ana@acme.example");
    screens.press(80_000, KeyCode::Tab);
    type_all(&mut screens, "helper");
    done(&mut screens);
    // She holds it on one of them already.
    let frame = screens.frame().unwrap();
    assert!(frame.contains("[x] Give helper to ana@acme.example (153 sites): 152 of 153"), "{frame}");
    assert!(frame.contains("! cannot: ") && frame.contains("acme"), "{frame}");
    let before = (n_entries(&screens), held(&screens));
    assert_eq!(before.1, 1);
    screens.press(91_000, KeyCode::Char('y'));
    assert_eq!((n_entries(&screens), held(&screens), screens.app.pane().n_marked()), (before.0 + 1, 153, 153));
    screens.press(92_000, KeyCode::Char('u'));
    screens.press(93_000, KeyCode::Char('y'));
    assert_eq!((n_entries(&screens), held(&screens)), (before.0 + 2, 1));
}

#[test]
fn a_view_as_somebody_shows_in_every_list_what_they_see() {
    let mut screens = on_people_of_acme();
    screens.press(2000, KeyCode::Char('V'));
    screens.pass(2500);
    screens.frame();
    let listed = |screens: &mut Screens, key: char| {
        screens.press(3000, KeyCode::Char(key));
        screens.pass(3500);
        screens.app.dirty = true;
        screens.frame().unwrap()
    };
    let people = listed(&mut screens, '3');
    assert!(people.contains("3 Collaborators of Ana Ruiz") && people.contains(" 1 ━") && !people.contains("Dana  "), "{people}");
    let log = listed(&mut screens, '7');
    assert!(log.contains("7 Log of Ana Ruiz") && !log.contains("dana@nl.example"), "{log}");
    screens.press(4000, KeyCode::Esc);
    screens.pass(4500);
    let people = listed(&mut screens, '3');
    assert!(people.contains("Dana  ") && !people.contains("of Ana Ruiz"), "{people}");
}

#[test]
fn a_folder_makes_it_a_role_in_the_team() {
    let mut screens = on_people_of_acme();
    screens.press(2000, KeyCode::Char('a'));
    // From the person, which is known, past the role and the level to where.
    for ms in [2100, 2200, 2300] {
        screens.press(ms, KeyCode::Tab);
    }
    for (ms, c) in (2400..).step_by(100).zip("everywhere".chars()) {
        screens.press(ms, KeyCode::Char(c));
    }
    let frame = screens.frame().unwrap();
    let level = frame.lines().find(|it| it.contains(" Level ")).unwrap();
    assert!(level.contains("team"), "{frame}");
}

#[test]
fn another_role_takes_the_place_of_one_and_what_is_still_needed_says_why_and_when_to_look_again() {
    let mut screens = on_people_of_acme();
    let ctrl_s = KeyEvent::new(KeyCode::Char('s'), KeyModifiers::CONTROL);
    let held = |screens: &Screens| {
        let db = screens.app.world.session.reader();
        let held = db.assignments_of(db.the_person("ana@acme.example").unwrap().id).unwrap();
        held.into_iter().map(|it| (screens.app.world.policy.role(it.role).unwrap().role.key.clone(), it)).collect::<Vec<_>>()
    };
    let before = held(&screens);
    // What is filled in already is not asked first.
    screens.press(2000, KeyCode::Char('r'));
    for (ms, c) in (3100..).step_by(100).zip("website-manager".chars()) {
        screens.press(ms, KeyCode::Char(c));
    }
    screens.app.key(&ctrl_s, screens.after(5000));
    screens.press(6000, KeyCode::Char('y'));
    let after = held(&screens);
    assert_eq!((before[0].0.as_str(), after[0].0.as_str(), after.len()), ("helper", "website-manager", 1));
    assert_eq!((after[0].1.scope, after[0].1.until), (before[0].1.scope, before[0].1.until));
    screens.press(7000, KeyCode::Char('o'));
    for (ms, c) in (8100..).step_by(100).zip("the shop opens".chars()) {
        screens.press(ms, KeyCode::Char(c));
    }
    screens.app.key(&ctrl_s, screens.after(11_000));
    screens.press(12_000, KeyCode::Char('y'));
    let kept = held(&screens);
    assert_eq!(kept[0].1.reason.as_deref(), Some("the shop opens"));
    assert_eq!(kept[0].1.review_on, Some("2027-05-22T00:00:00Z".parse().unwrap()));
}

#[test]
fn a_role_is_taken_from_all_marked_people_and_who_does_not_hold_it_is_named() {
    let mut screens = Screens::open();
    let bistro = screens.app.world.session.reader().the_site("bistro").unwrap().id;
    let give = |person: &str| -> Command {
        let text = r#"{"add":{"type":"assignment","person":"P@nl.example","role":"helper","level":"site","scope":{"site":"bistro"}}}"#;
        serde_json::from_str(&text.replace('P', person)).unwrap()
    };
    let cy = serde_json::from_str(r#"{"add":{"type":"person","email":"cy@nl.example","name":"Cy"}}"#).unwrap();
    screens.app.run(&Command::Batch(vec![cy, give("bo"), give("cy")])).unwrap();
    screens.app.go(&Journey::PeopleOf(bistro)).unwrap();
    screens.app.dirty = true;
    screens.frame().unwrap();
    type_all(&mut screens, "*d");
    let frame = screens.frame().unwrap();
    assert!(frame.contains("Take a role from 3 people") && frame.contains("Helper (site bistro), 2 of 3"), "{frame}");
    done(&mut screens);
    let frame = screens.frame().unwrap();
    assert!(frame.contains("[x] Take helper (site bistro) from 3 people: 2 of 3"), "{frame}");
    assert!(frame.contains("! cannot: ") && frame.contains("dana@nl.example"), "{frame}");
    assert_eq!(screens.app.world.session.draft().steps().len(), 1);
    // Everything of theirs there is another step; the owner has nothing to lose.
    screens.press(95_000, KeyCode::Char('u'));
    screens.press(96_000, KeyCode::Char('D'));
    done(&mut screens);
    let steps = screens.app.world.session.draft().steps();
    assert_eq!((steps.len(), steps[0].commands.len(), steps[0].cannot.len()), (1, 2, 1), "{steps:?}");
}

#[test]
fn marked_contacts_get_another_status_at_once_as_one_entry() {
    let contacts = ["Kim", "Lou", "Max"].map(|it| format!(r#"{{"type":"contact","name":"{it}","status":"lead"}}"#) + "\n").concat();
    let mut screens = Screens::of((BUNDLE.to_owned() + &contacts).as_bytes(), "dana@nl.example");
    let before = n_entries(&screens);
    type_all(&mut screens, "1  ef");
    done(&mut screens);
    let db = screens.app.world.session.reader();
    let former = ["Kim", "Lou", "Max"].map(|it| db.the_contact(it).unwrap().status.as_str().to_owned());
    assert_eq!((former, n_entries(&screens)), (["former", "former", "lead"].map(str::to_owned), before + 1));
}

#[test]
fn the_matrix_of_marked_roles_or_people_shows_these_alone_and_only_what_differs() {
    let mut screens = Screens::open();
    type_all(&mut screens, "5   m");
    let frame = screens.frame().unwrap();
    assert!(frame.contains("6 Matrix: 3 marked roles of Wix ") && frame.contains("only rows that differ"), "{frame}");
    // Back in a list, all of what it asks about is there again.
    screens.press(9000, KeyCode::Char('5'));
    screens.press(9500, KeyCode::Esc);
    let frame = screens.frame().unwrap();
    assert!(frame.contains("6 Matrix: roles of Wix") && !frame.contains("only rows that differ"), "{frame}");
    let acme = screens.app.world.session.reader().the_site("acme").unwrap().id;
    screens.app.go(&Journey::PeopleOf(acme)).unwrap();
    screens.app.dirty = true;
    screens.frame().unwrap();
    type_all(&mut screens, "  m");
    let frame = screens.frame().unwrap();
    assert!(frame.contains("6 Matrix: 2 marked people on Acme ") && frame.contains("only rows that differ"), "{frame}");
}

#[test]
fn marked_permissions_are_asked_which_roles_cover_them() {
    let mut screens = sample();
    type_all(&mut screens, "6:all roles");
    screens.press(50_000, KeyCode::Enter);
    rested(&mut screens);
    type_all(&mut screens, "/orders");
    screens.press(60_000, KeyCode::Enter);
    let before = rested(&mut screens);
    assert!(!before.contains("* !"), "{before}");
    type_all(&mut screens, "vjv");
    let frame = rested(&mut screens);
    assert_eq!(frame.matches("* ! ").count(), 2, "{frame}");
    type_all(&mut screens, ":find role");
    screens.press(70_000, KeyCode::Enter);
    let frame = rested(&mut screens);
    assert!(frame.contains("Which roles cover it") && frame.contains("2 permissions at site level"), "{frame}");
    assert!(frame.contains("EXACTLY THAT") && frame.contains("role add"), "{frame}");
    screens.press(80_000, KeyCode::Esc);
    screens.press(90_000, KeyCode::Esc);
    assert_eq!(rested(&mut screens).matches("* ! ").count(), 0);
}

#[test]
fn a_template_is_a_kind_of_its_own_until_a_role_is_made_of_it() {
    let mut screens = sample();
    type_all(&mut screens, "5G");
    let frame = rested(&mut screens);
    assert!(frame.contains("Designer for a relaunch") && frame.contains("template"), "{frame}");
    let name = |screens: &Screens| screens.app.world.policy.templates().last().map(|it| it.role.name.clone());
    assert_eq!(name(&screens).as_deref(), Some("Designer for a relaunch"));
    screens.press(100_000, KeyCode::Char('a'));
    let said = screens.app.toast.as_ref().unwrap().words.clone();
    assert_eq!(said, "Designer for a relaunch is a template; c makes a role of it");
    type_all(&mut screens, " km");
    let frame = rested(&mut screens);
    assert!(frame.contains("6 Matrix: 1 marked role of ") || frame.contains("6 Matrix: 2 marked roles of "), "{frame}");
    type_all(&mut screens, "5Gc");
    assert!(rested(&mut screens).contains("Make a role of Designer for a relaunch"));
    for code in [KeyCode::Enter, KeyCode::Enter, KeyCode::Char('s'), KeyCode::Char('y')] {
        screens.press(200_000, code);
        screens.frame();
    }
    let frame = rested(&mut screens);
    let made = screens.app.world.policy.find_role("designer-for-a-relaunch").map(|it| it.role.about.clone());
    assert_eq!(
        made.as_deref(),
        Some("For whoever gives the site another face with the theme that is there, and installs nothing"),
        "{frame}"
    );
}

#[test]
fn where_whom_the_cursor_is_on_vanishes_elsewhere_the_matrix_goes_along_with_the_list() {
    let mut screens = Screens::open();
    for (ms, code) in [(0, KeyCode::Char('2')), (1000, KeyCode::Enter), (2000, KeyCode::Down), (3000, KeyCode::Enter)] {
        screens.press(ms, code);
        screens.frame();
    }
    assert!(screens.frame().is_none_or(|it| it.contains(">   Ana Ruiz")));
    let mut elsewhere = Store::open(&screens.folder.path().join("work.db"), false).unwrap();
    let (person, from) = ("ana@acme.example".to_owned(), crate::domain::record::ScopeRecord::Site("acme".to_owned()));
    let expel = Command::Expel { person, from };
    command::run(&mut elsewhere, &screens.app.world.session.who().actor, screens.start, &expel).unwrap();
    screens.pass(5000);
    let frame = screens.frame().unwrap();
    assert!(frame.contains(">   Dana") && frame.contains("who can do what on Acme"), "{frame}");
    assert_eq!(screens.app.panes.matrix.cell().map(|it| it.1), Some(0), "{frame}");
}

#[test]
fn the_ways_of_a_cell_are_those_of_whom_it_is_about_also_where_another_matrix_has_the_same_cell() {
    let mut screens = Screens::open();
    for (ms, code) in
        [(0, KeyCode::Char('2')), (1000, KeyCode::Enter), (2000, KeyCode::Down), (3000, KeyCode::Enter), (4000, KeyCode::Down)]
    {
        screens.press(ms, code);
        screens.frame();
    }
    let cell = screens.app.panes.matrix.cell();
    let bistro = screens.app.world.session.reader().the_site("bistro").unwrap().id;
    screens.app.go(&crate::tui::view::Journey::MatrixOfSite(bistro, None)).unwrap();
    screens.app.dirty = true;
    screens.frame();
    assert_eq!(screens.app.panes.matrix.cell(), cell);
    screens.press(5000, KeyCode::Char(' '));
    let steps = screens.app.world.session.draft().steps();
    let told = format!("{:?}", steps.iter().map(|it| &it.commands).collect::<Vec<_>>());
    assert!(told.contains("bistro") && told.contains("bo@nl.example") && !told.contains("ana@"), "{told}");
}

#[test]
fn a_key_of_ones_own_is_the_one_that_footer_help_palette_and_sentences_name() {
    let mut own = keymap::Bindings::default();
    own.add(action::SAVE, vec!["M"]);
    own.add(action::ZOOM, Vec::new());
    keymap::bind(own);
    let mut screens = Screens::open();
    stage(&mut screens, "helper");
    screens.press(0, KeyCode::Char('z'));
    let frame = screens.frame().unwrap();
    assert!(frame.contains(" M save ") && !frame.contains(" s save ") && screens.app.zoomed.is_none(), "{frame}");
    screens.press(1000, KeyCode::Char('?'));
    let help = screens.frame().unwrap();
    assert!(help.contains(" M             Review the unsaved changes") && !help.contains("the whole screen, and take it back"), "{help}");
    screens.press(2000, KeyCode::Esc);
    screens.press(3000, KeyCode::Char(':'));
    "save".chars().for_each(|it| screens.press(4000, KeyCode::Char(it)));
    let palette = screens.frame().unwrap();
    assert!(palette.contains("│ M           save ") && palette.contains("Review the unsaved changes"), "{palette}");
    screens.press(5000, KeyCode::Esc);
    screens.press(6000, KeyCode::Char('s'));
    assert!(screens.app.overlays.is_empty());
    screens.press(7000, KeyCode::Char('M'));
    assert_eq!(screens.app.overlays.len(), 1);
    assert_eq!((keymap::key_of(action::SAVE), keymap::key_of(action::ZOOM)), ("M".to_owned(), ":zoom".to_owned()));
    keymap::bind(keymap::Bindings::default());
}

#[test]
fn a_click_selects_a_second_one_opens_the_right_button_asks_and_the_wheel_moves() {
    let mut screens = Screens::open();
    let point = |screens: &mut Screens, ms: i64, hand: Button, words: &str| {
        let frame = screens.frame().unwrap_or_else(|| screens.screen.backend().to_string());
        // The leftmost: the same name may stand in a title at the right.
        let column = |line: &str| line.find(words).map(|it| line[..it].chars().count() - 1);
        let found = frame.lines().enumerate().filter_map(|(y, line)| Some((column(line)?, y))).min();
        let (x, y) = found.unwrap_or_else(|| panic!("{words}\n{frame}"));
        let at = Position { x: u16::try_from(x).unwrap(), y: u16::try_from(y).unwrap() };
        screens.app.point(Pointed { hand, at }, screens.after(ms));
    };
    screens.frame();
    screens.pass(500);
    point(&mut screens, 1000, Button::Click, "Bistro");
    assert_eq!(screens.app.focus, 0, "unless it is wanted, it is not heard");
    screens.app.configure(&Config { mouse: true, ..Config::default() }, &[]);
    point(&mut screens, 2000, Button::Click, "Bistro");
    screens.shows("Bistro", "https://bistro.example");
    assert_eq!(PANES[screens.app.focus].title, "Sites");
    point(&mut screens, 2200, Button::Click, "Bistro");
    screens.pass(3000);
    assert_eq!(PANES[screens.app.focus].title, "Collaborators");
    point(&mut screens, 4000, Button::WheelDown, "Bistro");
    assert_eq!(screens.app.panes.sites.selected(), Some(3), "the wheel moves what it is over");
    point(&mut screens, 5000, Button::Ask, "Acme");
    assert!(screens.frame().unwrap().contains("Help: Sites") && screens.app.panes.sites.selected() == Some(1));
    point(&mut screens, 6000, Button::Click, "Help: Sites");
    assert_eq!(screens.app.overlays.len(), 1, "a window is left by keys");
    screens.press(7000, KeyCode::Esc);
    point(&mut screens, 8000, Button::Click, "5 Roles");
    assert_eq!(PANES[screens.app.focus].title, "Roles");
    screens.pass(8500);
    point(&mut screens, 9000, Button::Click, "Publish changes");
    assert!(screens.frame().unwrap().contains(">    Publish changes") && PANES[screens.app.focus].title == "Matrix");
}

#[test]
fn in_windows_a_click_chooses_presses_or_leaves_and_the_palette_turns_the_mouse_on_and_off() {
    let mut screens = Screens::open();
    let type_words = |screens: &mut Screens, ms: i64, words: &str| {
        words.chars().for_each(|c| screens.press(ms, KeyCode::Char(c)));
        screens.frame();
        screens.press(ms, KeyCode::Enter);
    };
    let click = |screens: &mut Screens, ms: i64, words: &str| {
        let frame = screens.frame().unwrap_or_else(|| screens.screen.backend().to_string());
        let place = |line: &str| line.find(words).map(|it| line[..it].chars().count() - 1);
        let (y, x) = frame.lines().enumerate().find_map(|(y, line)| Some((y, place(line)?))).unwrap_or_else(|| panic!("{words}\n{frame}"));
        let at = Position { x: u16::try_from(x).unwrap(), y: u16::try_from(y).unwrap() };
        screens.app.point(Pointed { hand: Button::Click, at }, screens.after(ms));
    };
    screens.frame();
    screens.pass(500);
    assert!(!screens.app.hears_mouse());
    type_words(&mut screens, 1000, ":mouse");
    assert!(screens.app.hears_mouse());

    // In a list of things a click chooses, a second one goes there.
    screens.press(2000, KeyCode::Char(':'));
    "bistro".chars().for_each(|c| screens.press(2000, KeyCode::Char(c)));
    click(&mut screens, 3000, "Bistro  ");
    click(&mut screens, 3200, "Bistro  ");
    assert!(screens.app.overlays.is_empty());
    screens.pass(4000);
    screens.shows("Bistro", "https://bistro.example");

    // Fields, what they offer, buttons.
    screens.press(5000, KeyCode::Char('n'));
    click(&mut screens, 6000, "Address");
    screens.press(6500, KeyCode::Char('x'));
    assert!(screens.frame().unwrap().contains("> Address"), "{}", screens.screen.backend());
    click(&mut screens, 7000, "1 Contacts");
    assert!(screens.app.overlays.is_empty(), "a click beside the window leaves it");

    // The review: a step, its buttons, and back.
    stage(&mut screens, "helper");
    screens.press(9000, KeyCode::Char('s'));
    click(&mut screens, 10_000, "leave out");
    assert!(screens.frame().unwrap().contains("[ ]"), "{}", screens.screen.backend());
    click(&mut screens, 11_000, "[ Back ]");
    assert!(screens.app.overlays.is_empty());
    type_words(&mut screens, 12_000, ":mouse");
    assert!(!screens.app.hears_mouse());
}

#[test]
fn keys_wait_for_what_a_filter_finds_without_holding_up_the_screens_and_esc_gives_up() {
    let mut screens = Screens::open();
    screens.press(0, KeyCode::Char('2'));
    screens.frame();
    screens.pass(500);
    let (go_on, blocked) = std::sync::mpsc::channel::<()>();
    let job = move |_: Reader<'_>, _: &Desk<'_, (usize, Index)>| {
        let _ = blocked.recv();
        Ok(())
    };
    screens.app.searcher.ask(&screens.app.world.session, Box::new(job)).unwrap();
    let type_all = |screens: &mut Screens, ms: i64| {
        ['/', 'c', 'a', 'r'].map(KeyCode::Char).into_iter().chain([KeyCode::Enter, KeyCode::Enter]).for_each(|it| screens.press(ms, it));
    };
    type_all(&mut screens, 1000);
    assert!(screens.frame().unwrap().contains("the keys wait for it"), "{}", screens.screen.backend());
    screens.press(1500, KeyCode::Esc);
    assert!(screens.app.held.is_empty() && screens.app.panes.sites.filter_text().is_empty());
    screens.press(2000, KeyCode::Esc);
    type_all(&mut screens, 3000);
    assert_eq!(screens.app.held.len(), 2);
    go_on.send(()).unwrap();
    screens.pass(4000);
    screens.shows("Dana", "on Cargo");
}

#[test]
fn a_role_is_copied_edited_given_and_made_as_steps_of_one_save() {
    let mut screens = Screens::open();
    let ctrl_s = KeyEvent::new(KeyCode::Char('s'), KeyModifiers::CONTROL);
    screens.press(0, KeyCode::Char('5'));
    screens.frame();
    screens.pass(500);
    screens.frame();
    screens.press(1000, KeyCode::Char('c'));
    screens.app.key(&ctrl_s, screens.after(1100));
    let frame = screens.frame().unwrap();
    assert!(frame.contains("Review: 1 change") && frame.contains("Copy the role Helper as Helper copy"), "{frame}");
    screens.press(2000, KeyCode::Esc);
    screens.pass(2500);
    let frame = screens.frame().unwrap();
    assert!(frame.contains("> + Helper copy") && frame.contains("(+1)"), "{frame}");

    // What is only staged is edited and given like any other role.
    screens.press(3000, KeyCode::Char('e'));
    assert!(screens.frame().unwrap().contains("Edit the role"), "{}", screens.screen.backend());
    screens.app.paste(" two");
    screens.app.key(&ctrl_s, screens.after(3100));
    assert!(screens.frame().unwrap().contains("Edit the role Helper copy two"), "{}", screens.screen.backend());
    screens.press(3500, KeyCode::Esc);
    screens.press(3600, KeyCode::Char('a'));
    screens.app.paste("ana@acme.example");
    [KeyCode::Tab; 4].into_iter().for_each(|it| screens.press(3700, it));
    screens.app.paste("acme");
    screens.app.key(&ctrl_s, screens.after(3800));
    assert!(screens.frame().unwrap().contains("Give helper-copy to ana@acme.example (site acme)"), "{}", screens.screen.backend());
    screens.press(3900, KeyCode::Esc);
    screens.press(4000, KeyCode::Char('n'));
    screens.app.paste("Desk");
    screens.app.key(&ctrl_s, screens.after(4100));
    assert!(screens.frame().unwrap().contains("Add the role Desk"), "{}", screens.screen.backend());
    let before = screens.app.world.session.head().unwrap().unwrap().seq;
    screens.press(5000, KeyCode::Char('y'));
    screens.pass(5500);
    assert_eq!(screens.app.world.session.head().unwrap().unwrap().seq, before + 1, "{}", screens.frame().unwrap_or_default());
    for role in ["Helper copy two", "Desk"] {
        assert!(screens.app.world.policy.find_role(role).is_some(), "{role}");
    }
    let copy = screens.app.world.policy.find_role("Helper copy two").unwrap().role.id;
    assert_eq!(screens.app.world.session.reader().holders_of(copy).unwrap(), (1, 1));
}

#[test]
fn folders_and_labels_are_found_by_name_and_lead_to_a_filter_and_letters_that_happen_to_stand_somewhere_are_no_hits() {
    let more = r#"
{"type":"folder","key":"retail","name":"Retail"}
{"type":"site","key":"shop","name":"Shop","url":"https://shop.example","platform":"wix","owner":"dana@nl.example","folder":"retail"}
{"type":"contact","name":"Ida Moss","status":"client","labels":["vip guest"]}
{"type":"contact","name":"Cy","status":"lead","labels":[]}
"#;
    let mut screens = Screens::of(format!("{BUNDLE}{more}").as_bytes(), "dana@nl.example");
    let mut gone_to = |words: &str| {
        screens.press(1000, KeyCode::Char(':'));
        words.chars().for_each(|c| screens.press(1000, KeyCode::Char(c)));
        let palette = screens.frame().unwrap();
        screens.press(1100, KeyCode::Enter);
        screens.pass(1500);
        screens.frame();
        screens.pass(2500);
        (palette, screens.frame().unwrap_or_else(|| screens.screen.backend().to_string()))
    };
    let (palette, frame) = gone_to("retail");
    assert!(palette.contains(" folder  Retail") && !palette.contains(" permission "), "{palette}");
    assert!(frame.contains("2 Sites") && frame.contains("/folder:retail 1") && frame.contains(">   Shop"), "{frame}");
    let (palette, frame) = gone_to("vip guest");
    assert!(palette.contains(" label  vip guest"), "{palette}");
    assert!(frame.contains(">   Ida Moss") && !frame.contains("    Cy "), "{frame}");
    let (palette, _) = gone_to("refnd");
    assert!(palette.to_lowercase().contains("refund"), "what is mistyped is still found: {palette}");
    assert!(gone_to("zzzz").0.contains("nothing has such a name"));
}

#[test]
fn who_can_is_written_as_a_table_and_a_receipt_that_is_ticked_in_the_review_comes_with_the_save() {
    let mut screens = Screens::open();
    stage(&mut screens, "helper");
    screens.press(2000, KeyCode::Char('W'));
    assert!(screens.frame().unwrap().contains("Who can: "), "{}", screens.screen.backend());
    let table = written(&mut screens, "who.csv");
    assert!(table.starts_with("name,e-mail,way,sites\n") && table.contains("Dana,dana@nl.example,owner,"), "{table}");
    screens.press(11_000, KeyCode::Esc);

    screens.press(12_000, KeyCode::Char('s'));
    let path = screens.folder.path().join("receipt.md");
    for (name, fault) in [("who.csv", Some("is there already")), ("receipt.odt", Some("the name's ending")), ("receipt.md", None)] {
        screens.press(13_000, KeyCode::Char('E'));
        assert!(screens.frame().unwrap().contains("receipt into: "), "{}", screens.screen.backend());
        let last = screens.folder.path().join(name);
        screens.app.key(&KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL), screens.after(13_000));
        screens.app.paste(last.to_str().unwrap());
        screens.press(13_000, KeyCode::Enter);
        let frame = screens.frame().unwrap();
        match fault {
            Some(words) => {
                assert!(frame.contains(words), "{frame}");
                screens.press(13_500, KeyCode::Esc);
            }
            None => assert!(frame.contains("RECEIPT  [x] into "), "{frame}"),
        }
    }
    assert!(!path.exists());
    screens.press(14_000, KeyCode::Char('y'));
    screens.pass(14_500);
    assert!(screens.frame().unwrap_or_default().contains("its receipt is in ") && screens.app.overlays.is_empty());
    let receipt = std::fs::read_to_string(path).unwrap();
    assert!(receipt.starts_with("# Entry 2") && receipt.contains("Helper"), "{receipt}");
}

/// A workspace of so many people, each with a role on a site.
fn crowd(n: usize) -> Vec<u8> {
    let person = |n: usize| {
        let who = format!("guest{n:04}@acme.example");
        format!(
            "{{\"type\":\"person\",\"email\":\"{who}\",\"name\":\"Guest {n:04}\"}}\n\
             {{\"type\":\"assignment\",\"person\":\"{who}\",\"role\":\"helper\",\"level\":\"site\",\"scope\":{{\"site\":\"acme\"}}}}\n"
        )
    };
    (0..n).fold(BUNDLE.to_owned(), |all, n| all + &person(n)).into_bytes()
}

#[test]
fn everything_taken_from_many_is_worked_out_beside_the_screens_and_esc_stops_it() {
    let mut screens = Screens::of(&crowd(labor::AT_ONCE + 20), "dana@nl.example");
    let press = |screens: &mut Screens, ms: i64, keys: &[KeyCode]| keys.iter().for_each(|it| screens.press(ms, *it));
    press(&mut screens, 0, &[KeyCode::Char('3'), KeyCode::Esc]);
    screens.frame();
    press(&mut screens, 1000, &["/guest"].concat().chars().map(KeyCode::Char).collect::<Vec<_>>());
    screens.pass(1500);
    screens.frame();
    press(&mut screens, 2000, &[KeyCode::Enter, KeyCode::Char('*'), KeyCode::Char('D')]);
    assert!(screens.app.labor.is_some(), "{}", screens.frame().unwrap());
    assert!(screens.frame().unwrap().contains("Reading what they hold"), "{}", screens.screen.backend());
    press(&mut screens, 2100, &[KeyCode::Esc]);
    assert!(screens.app.labor.is_none() && screens.frame().unwrap().contains("Stopped: nothing was done"));
    assert_eq!(screens.app.panes.collaborators.n_marked(), labor::AT_ONCE + 20, "what stops the work takes nothing else back");

    press(&mut screens, 3000, &[KeyCode::Char('D')]);
    screens.pass(3500);
    assert!(screens.frame().unwrap().contains("Take everything from 320 people"), "{}", screens.screen.backend());
    screens.app.key(&KeyEvent::new(KeyCode::Char('s'), KeyModifiers::CONTROL), screens.after(4000));
    assert!(screens.app.labor.is_some(), "its steps are planned beside the screens too");
    screens.pass(4500);
    let frame = screens.frame().unwrap();
    assert!(frame.contains("Review: 1 change") && frame.contains("Take everything from guest0000@acme.example"), "{frame}");
    assert_eq!(screens.app.world.session.draft().steps()[0].commands.len(), 320);
    assert_eq!(screens.app.world.session.draft().changes().len(), 320);
}

/// Writes what is on screen into a file of this name; what it says.
fn written(screens: &mut Screens, name: &str) -> String {
    let path = screens.folder.path().join(name);
    screens.press(10_000, KeyCode::Char('E'));
    assert!(screens.frame().unwrap().contains("write into: "));
    screens.app.paste(path.to_str().unwrap());
    screens.press(10_000, KeyCode::Enter);
    std::fs::read_to_string(path).unwrap_or_default()
}

#[test]
fn what_is_on_screen_is_written_into_a_file_and_over_no_other_without_a_yes() {
    let mut screens = Screens::open();
    screens.press(0, KeyCode::Char('2'));
    screens.frame();
    screens.pass(900);
    screens.frame();
    let list = written(&mut screens, "sites.csv");
    assert!(list.starts_with("name,people,") && list.lines().count() == 4 && list.contains("\nBistro,"), "{list}");
    screens.press(11_000, KeyCode::Char(' '));
    assert_eq!(written(&mut screens, "sites.csv"), list, "it is asked first");
    assert!(screens.frame().unwrap().contains("sites.csv is there already; y writes over it"));
    screens.press(12_000, KeyCode::Char('y'));
    let marked = std::fs::read_to_string(screens.folder.path().join("sites.csv")).unwrap();
    assert!(marked.lines().count() == 2 && marked.contains("Acme") && screens.app.overlays.is_empty(), "{marked}");
    for (name, sentence) in [("work.db", "the name's ending is the format"), ("other.md", "is a SQLite database")] {
        let other = screens.folder.path().join("other.md");
        std::fs::write(other, b"SQLite format 3\0 and more").unwrap();
        written(&mut screens, name);
        let frame = screens.frame().unwrap();
        assert!(frame.contains(sentence) && screens.app.overlays.len() == 1, "{frame}");
        screens.press(13_000, KeyCode::Esc);
    }
    screens.press(14_000, KeyCode::Char('7'));
    screens.pass(15_000);
    screens.frame();
    let receipt = written(&mut screens, "entry.md");
    assert!(
        receipt.starts_with("# Entry 1\n\n") && receipt.contains("dana@nl.example") && receipt.contains("head of the journal"),
        "{receipt}"
    );
    // What was switched in a role, by labels, and what came along.
    stage(&mut screens, "helper");
    screens.press(15_200, KeyCode::Char('s'));
    screens.press(15_400, KeyCode::Char('y'));
    screens.press(15_600, KeyCode::Char('7'));
    screens.press(15_700, KeyCode::Char('g'));
    screens.pass(15_900);
    screens.frame();
    let receipt = written(&mut screens, "switched.md");
    assert!(receipt.contains("| Helper: Write contact notes on |") && receipt.contains(" on, comes along |"), "{receipt}");
    stage(&mut screens, "helper");
    screens.app.all_roles();
    screens.pass(16_000);
    screens.frame();
    let matrix = written(&mut screens, "matrix.html");
    assert!(matrix.contains("<th>Helper</th>") && matrix.contains("<p>with what is staged and not saved</p>"), "{matrix}");
    screens.app.perform(action::MESSAGES).unwrap();
    let said = screens.frame().unwrap();
    assert!(said.contains("Wrote Matrix: roles of Wix") && said.contains("Wrote Entry 1 into"), "{said}");
}

#[test]
fn a_half_filled_form_outlives_esc_and_is_there_again_until_it_is_sent_or_emptied() {
    let mut screens = Screens::open();
    let typed = |screens: &mut Screens, words: &str| words.chars().for_each(|it| screens.press(0, KeyCode::Char(it)));
    let frame = |screens: &mut Screens| {
        screens.app.dirty = true;
        screens.frame().unwrap()
    };
    typed(&mut screens, "1nNova");
    screens.press(0, KeyCode::Esc);
    assert!(frame(&mut screens).contains("What you filled in is kept"));
    typed(&mut screens, "n");
    let again = frame(&mut screens);
    assert!(again.contains("[ Empty it ]") && again.contains("Nova"), "{again}");
    screens.press(0, KeyCode::Esc);
    screens.press(0, KeyCode::Char('2'));
    typed(&mut screens, "n");
    assert!(!frame(&mut screens).contains("Empty it"), "another form is another one");
    screens.press(0, KeyCode::Esc);
    assert!(!frame(&mut screens).contains("What you filled in is kept"), "nothing was");
    screens.press(0, KeyCode::Char('1'));
    typed(&mut screens, "n");
    // The first empty field is the second; before the first stands the button.
    for it in [KeyCode::Up, KeyCode::Up, KeyCode::Enter] {
        screens.press(0, it);
    }
    let emptied = frame(&mut screens);
    assert!(!emptied.contains("Nova") && !emptied.contains("Empty it"), "{emptied}");
    typed(&mut screens, "Other");
    screens.app.key(&KeyEvent::new(KeyCode::Char('s'), KeyModifiers::CONTROL), screens.start);
    assert!(frame(&mut screens).contains("Add the contact") || screens.app.overlays.is_empty());
    typed(&mut screens, "n");
    assert!(!frame(&mut screens).contains("Other  ") || !frame(&mut screens).contains("Empty it"), "what was sent is not kept");
}

#[test]
fn the_tour_follows_what_one_does_and_esc_ends_it() {
    let mut screens = Screens::open();
    let mut ms = 0;
    let mut go = |screens: &mut Screens, keys: &[KeyCode], words: &str| {
        for it in keys {
            ms += 1000;
            screens.press(ms, *it);
            screens.frame();
            screens.pass(ms + 500);
        }
        screens.app.dirty = true;
        let frame = screens.frame().unwrap();
        assert!(frame.contains(words), "{words}\n{frame}");
    };
    screens.frame();
    screens.pass(500);
    screens.frame();
    screens.app.perform(action::TOUR).unwrap();
    go(&mut screens, &[], "Tour 1 of 5: 2 goes to the sites");
    go(&mut screens, &[KeyCode::Char('2')], "Tour 1 of 5");
    go(&mut screens, &[KeyCode::Down], "Tour 2 of 5");
    go(&mut screens, &[KeyCode::Char(':')], "Tour 2 of 5");
    go(&mut screens, &[KeyCode::Esc], "Tour 2 of 5");
    screens.app.all_roles();
    let helper = screens.app.world.policy.find_role("helper").unwrap().role.id;
    screens.app.panes.matrix.show_roles(&screens.app.world.env(), "wix", Some(helper), None);
    go(&mut screens, &[KeyCode::Char('j')], "Tour 3 of 5: Space");
    go(&mut screens, &[KeyCode::Char(' ')], "Tour 4 of 5: s");
    go(&mut screens, &[KeyCode::Char('s')], "Tour 5 of 5");
    go(&mut screens, &[KeyCode::Esc, KeyCode::Char('u')], "That was the tour");
    screens.app.perform(action::TOUR).unwrap();
    go(&mut screens, &[KeyCode::Esc], "The tour is over");
    assert!(screens.app.tour.is_none());
}

#[test]
fn each_start_has_another_tip_until_all_were_told_and_none_where_they_are_off() {
    let mut screens = Screens::open();
    let (mut told, config) = (std::collections::BTreeSet::new(), Config::default());
    let welcome = screens.app.toast.as_ref().unwrap().words.clone();
    screens.app.configure(&Config { tips: false, ..config.clone() }, &[]);
    assert_eq!(screens.app.toast.as_ref().unwrap().words, welcome);
    for _ in 0..1000 {
        screens.app.say(welcome.clone());
        screens.app.configure(&config, &[]);
        let words = screens.app.toast.as_ref().unwrap().words.clone();
        assert!(told.insert(words.clone()) || words == welcome, "{words}");
    }
    assert!(told.len() > 50, "{}", told.len());
    assert!(told.iter().any(|it| it.starts_with("In Sites, n: Add a site")), "{told:?}");
}

#[test]
fn the_ground_that_the_terminal_tells_of_decides_the_theme_where_nobody_else_does() {
    let mut screens = Screens::open();
    let [dark, light] = ["dark", "light"].map(|it| Theme::choose(Some(it), false).unwrap());
    screens.app.ground(true, screens.start);
    assert_eq!(screens.app.theme.gain, Theme::choose(Some("mono"), false).unwrap().gain, "it was not asked");
    for (ms, told) in [(500, true), (5000, false)] {
        screens.app.theme = dark.clone();
        screens.app.offer_grounds([dark.clone(), light.clone()]);
        screens.app.ground(true, screens.after(ms));
        assert_eq!(screens.app.theme.gain == light.gain, told, "{ms}");
    }
}

/// The screens of the sample agency.
fn sample() -> Screens {
    let mut screens = Screens::of(include_bytes!("../../../assets/demo/northlight.jsonl"), "dana@northlight.example");
    screens.frame();
    screens
}

#[test]
fn a_cell_that_is_staged_says_what_it_is_now_and_what_once_it_is_saved() {
    let mut screens = sample();
    offered(&mut screens, "emil inbox");
    screens.press(20_000, KeyCode::Enter);
    screens.pass(30_000);
    screens.frame();
    screens.press(40_000, KeyCode::Char(' '));
    screens.pass(41_000);
    let frame = screens.frame().unwrap();
    assert!(frame.contains("NO now, YES once you save") && !frame.contains("YES: "), "{frame}");
    screens.press(42_000, KeyCode::Char('w'));
    let frame = screens.frame().unwrap();
    assert!(frame.contains("NO now, YES once you save: Emil Lindqvist can do this on Lindqvist Bikes"), "{frame}");
    screens.press(43_000, KeyCode::Tab);
    let frame = screens.frame().unwrap();
    assert!(frame.contains("6 people on Lindqvist Bikes now, 7 people on Lindqvist Bikes once you save"), "{frame}");
    assert!(frame.contains("Emil Lindqvist, ") && frame.contains(", once you save"), "{frame}");
}

#[test]
fn everybody_on_a_site_that_is_staged_to_go_loses_every_cell_there() {
    let mut screens = sample();
    type_all(&mut screens, "2dq6");
    screens.pass(30_000);
    screens.app.dirty = true;
    screens.frame();
    let matrix = &screens.app.panes.matrix;
    let held = matrix.columns().filter(|it| !it.held().is_empty()).count();
    assert!(matrix.columns().count() > 5 && held == 0, "{held} people keep something");
}

#[test]
fn people_are_listed_with_all_the_sites_that_they_reach() {
    let mut screens = sample();
    type_all(&mut screens, "3");
    screens.press(2000, KeyCode::Esc);
    screens.press(3000, KeyCode::Esc);
    screens.app.resize(Size::new(140, 76));
    screens.screen = Terminal::new(TestBackend::new(140, 76)).unwrap();
    screens.pass(9000);
    screens.app.dirty = true;
    let frame = screens.frame().unwrap();
    let sites = |name: &str| {
        frame.lines().find(|it| it.contains(name)).and_then(|it| it.split_once(name)?.1.split_whitespace().next()).map(str::to_owned)
    };
    assert_eq!(sites("Mira Castellanos").as_deref(), Some("14"), "{frame}");
    assert_eq!(sites("Theo Marsh").as_deref(), Some("6"), "{frame}");
}

#[test]
fn a_view_as_somebody_counts_the_sites_that_acting_as_them_lists_and_no_people_whom_they_do_not_see() {
    let listed = |screens: &mut Screens| {
        type_all(screens, "2");
        screens.pass(90_000);
        screens.app.dirty = true;
        screens.frame().unwrap()
    };
    let mut screens = sample();
    let freya = screens.app.world.session.reader().the_person("freya@northlight.example").unwrap().id;
    screens.app.go(&Journey::ViewAs(freya)).unwrap();
    screens.pass(80_000);
    assert!(screens.app.toast.as_ref().unwrap().words.contains("15 sites"), "{}", screens.app.toast.as_ref().unwrap().words);
    let viewed = listed(&mut screens);
    screens.app.act_as(freya).unwrap();
    let acted = listed(&mut screens);
    for frame in [&viewed, &acted] {
        assert!(frame.contains(" 15 ━"), "{frame}");
        let row = frame.lines().find(|it| it.contains("Aurora Chamber") && it.contains("wix")).unwrap();
        let cells: Vec<&str> = row.split('│').next().unwrap().split('…').nth(1).unwrap().split_whitespace().collect();
        assert_eq!(cells, ["wix"], "{frame}");
    }
}

#[test]
fn marked_sites_and_people_anywhere_are_compared_too() {
    let mut screens = sample();
    type_all(&mut screens, "2j  m");
    screens.pass(30_000);
    screens.app.dirty = true;
    let frame = screens.frame().unwrap();
    assert!(frame.contains("6 Matrix: what Agnes Thornbury can do on 2 mar") && frame.contains("only rows that differ"), "{frame}");
    type_all(&mut screens, "3");
    screens.press(2000, KeyCode::Esc);
    screens.press(3000, KeyCode::Esc);
    screens.pass(31_000);
    screens.frame();
    type_all(&mut screens, "g   m");
    screens.pass(32_000);
    screens.app.dirty = true;
    let frame = screens.frame().unwrap();
    assert!(frame.contains("6 Matrix: 3 marked people on any Wix site") && frame.contains("only rows that differ"), "{frame}");
    screens.press(33_000, KeyCode::Down);
    screens.pass(34_000);
    screens.app.dirty = true;
    let frame = screens.frame().unwrap();
    assert!(frame.contains(" can do this on "), "{frame}");
}

/// The next frame once the keys rest.
fn rested(screens: &mut Screens) -> String {
    screens.pass(99_000);
    screens.app.dirty = true;
    screens.frame().unwrap()
}

#[test]
fn a_filter_that_finds_nothing_keeps_the_card_and_says_what_it_may_ask_about() {
    let mut screens = sample();
    let before = rested(&mut screens);
    assert!(before.contains("what Agnes Thornbury can do"), "{before}");
    type_all(&mut screens, "/zzz");
    rested(&mut screens);
    let frame = rested(&mut screens);
    assert!(frame.contains("nothing matches; Esc shows all. In one") && frame.contains("status:"), "{frame}");
    assert!(frame.contains("what Agnes Thornbury can do") && frame.contains("agnes@thimble-and-twine.example"), "{frame}");
}

#[test]
fn a_filter_points_at_who_is_named_so_before_whose_note_says_it() {
    let mut screens = sample();
    rested(&mut screens);
    type_all(&mut screens, "/karin");
    rested(&mut screens);
    let frame = rested(&mut screens);
    // Her nephew's note names her, and he stands first.
    assert!(frame.contains("    Emil Lindqvist") && frame.contains(">   Karin Lindqvist"), "{frame}");
    type_all(&mut screens, " !nephew");
    assert!(rested(&mut screens).contains(">   Karin Lindqvist"));
}

#[test]
fn what_comes_up_is_listed_and_enter_goes_there() {
    let mut screens = Screens::open();
    rested(&mut screens);
    let open = |screens: &mut Screens| {
        type_all(screens, ":due");
        rested(screens);
        screens.press(0, KeyCode::Enter);
        rested(screens)
    };
    let due = {
        let env = screens.app.world.env();
        due::due(env.db, env.policy, env.now, env.now + rows::SOON, 99).unwrap()
    };
    assert!(due.len() > 1);
    for (nth, it) in due.iter().enumerate() {
        let frame = open(&mut screens);
        let width = it.who.len().min(12);
        assert!(frame.contains("What comes up") && frame.contains(&it.who[..width]) && frame.contains(it.kind.as_str()), "{frame}");
        (0..nth).for_each(|_| screens.press(0, KeyCode::Down));
        screens.press(0, KeyCode::Enter);
        let frame = rested(&mut screens);
        assert!(!frame.contains("What comes up"), "{frame}");
        let name = match it.about {
            About::Held(person, _) => screens.app.world.session.reader().find::<Person>(person).unwrap().unwrap().name,
            About::Review(_) | About::Offer(_) => unreachable!("there is none"),
        };
        let row = frame.lines().find(|it| it.starts_with("\">") && it.contains(&name[..name.len().min(12)]));
        assert!(row.is_some(), "{it:?}\n{frame}");
    }
}

#[test]
fn a_list_without_rows_offers_what_needs_none_and_says_why_the_rest_does_nothing() {
    let mut screens = Screens::open();
    type_all(&mut screens, "1");
    let frame = rested(&mut screens);
    let foot = frame.lines().last().unwrap();
    assert!(foot.contains("n new") && !foot.contains("e edit") && !foot.contains("Space mark"), "{foot}");
    type_all(&mut screens, "T");
    assert!(screens.app.toast.as_ref().unwrap().words.starts_with("no contacts yet: n adds one"));
}

#[test]
fn titles_of_closed_panes_count_their_rows_and_what_is_to_be_seen_to() {
    let mut screens = sample();
    let frame = rested(&mut screens);
    assert!(frame.contains("5 Roles 61") && frame.contains("7 Log "), "{frame}");
    let waiting = frame.split("4 Waiting ").nth(1).unwrap();
    assert!(waiting.starts_with(|it: char| it.is_ascii_digit()), "{frame}");
}

#[test]
fn what_is_filtered_and_marked_stands_in_a_line_of_the_foot_with_the_keys_for_all_of_it() {
    let mut screens = sample();
    type_all(&mut screens, "2  ");
    let frame = rested(&mut screens);
    assert!(frame.contains("2 marked in Sites: a D i m act on all of them"), "{frame}");
    let foot = frame.lines().last().unwrap();
    assert!(foot.contains("i invite") && !foot.contains("e edit"), "{foot}");
}

#[test]
fn the_card_of_any_row_opens_whole_and_a_role_tells_its_holders() {
    let mut screens = sample();
    for (keys, title) in [("2w", "Second Shelf Books"), ("5w", "Client concierge"), ("7w", "imported "), ("6w", " of ")] {
        type_all(&mut screens, keys);
        let frame = rested(&mut screens);
        assert!(!screens.app.overlays.is_empty() && frame.contains(title) && frame.contains("Y copy"), "{keys}\n{frame}");
        screens.press(100_000, KeyCode::Char('-'));
        assert!(screens.app.overlays.is_empty(), "{keys}");
    }
    type_all(&mut screens, "5W");
    let frame = rested(&mut screens);
    assert!(frame.contains("Who holds Client concierge") && frame.contains("Freya Okafor, freya@northlight.example"), "{frame}");
}

#[test]
fn the_palette_puts_first_what_concerns_more_people_and_says_how_many() {
    let mut screens = sample();
    let offers = offered(&mut screens, "refund");
    assert!(offers[0].starts_with("permission ") && offers[0].contains(" people "), "{offers:?}");
    let n = |it: &String| {
        it.split_whitespace()
            .zip(it.split_whitespace().skip(1))
            .find(|it| ["people", "person"].contains(&it.1))
            .map(|it| it.0.parse::<usize>().unwrap())
    };
    let numbers: Vec<usize> = offers.iter().filter(|it| it.starts_with("permission ")).filter_map(n).collect();
    assert!(numbers.len() > 1 && numbers.is_sorted_by(|a, b| a >= b), "{offers:?}");
}

#[test]
fn the_columns_of_a_matrix_are_chosen_and_all_are_there_again() {
    let mut screens = Screens::open();
    type_all(&mut screens, "5m");
    rested(&mut screens);
    let all = screens.app.panes.matrix.columns().count();
    type_all(&mut screens, "C");
    screens.frame();
    // None, then the first that is found.
    type_all(&mut screens, "*editor ");
    screens.press(9000, KeyCode::Enter);
    let frame = rested(&mut screens);
    let n = screens.app.panes.matrix.columns().count();
    assert!(n == 1 && frame.contains(&format!("{n} of {all} columns")), "{n} of {all}\n{frame}");
    screens.press(10_000, KeyCode::Esc);
    rested(&mut screens);
    assert_eq!(screens.app.panes.matrix.columns().count(), all);
}

#[test]
fn a_line_of_the_help_is_read_whole_where_the_cursor_is() {
    let mut screens = sample();
    screens.app.resize(Size::new(80, 24));
    screens.screen = Terminal::new(TestBackend::new(80, 24)).unwrap();
    type_all(&mut screens, "2?offboard");
    screens.press(20_000, KeyCode::Esc);
    type_all(&mut screens, "3?take all");
    screens.press(21_000, KeyCode::Tab);
    let frame = rested(&mut screens);
    assert!(frame.contains("yourself, leave"), "{frame}");
}

#[test]
fn a_review_where_nothing_can_be_saved_says_so_and_stays() {
    let mut review = crate::tui::overlays::review::Review::new(None, Some("read-only"));
    let screens = Screens::open();
    let said = crate::tui::view::Overlay::act(&mut review, crate::tui::overlays::YES, &screens.app.world.env()).unwrap();
    assert!(matches!(said.as_slice(), [Message::Complain(words)] if words == "read-only"));
}

/// Writes a file beside the workspace; its path.
fn file(screens: &Screens, name: &str, content: &str) -> String {
    let path = screens.folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Takes files in through the form; what shows when that is read.
fn import_files(screens: &mut Screens, ms: i64, files: &[&str]) -> String {
    type_all(screens, ":import");
    screens.press(ms, KeyCode::Enter);
    screens.frame();
    for it in files {
        screens.app.paste(it);
        screens.press(ms, KeyCode::Enter);
        screens.frame();
    }
    screens.app.key(&KeyEvent::new(KeyCode::Char('s'), KeyModifiers::CONTROL), screens.after(ms));
    screens.pass(ms + 500);
    screens.frame().unwrap()
}

const NEW_SITES: &str = "key,name,url,owner\ndeli,Deli,https://deli.example,eve@deli.example\nacme,Acme Tools,,\n";
const NEW_PEOPLE: &str =
    "email,name,role,site\neve@deli.example,Eve,,\nfay@deli.example,Fay,helper,deli\nana@acme.example,,nonsense,acme\n";

#[test]
fn sites_and_people_of_files_are_steps_of_the_draft_and_a_row_that_cannot_be_taken_is_named() {
    let mut screens = Screens::open();
    let (sites, people) = (file(&screens, "sites.csv", NEW_SITES), file(&screens, "people.csv", NEW_PEOPLE));
    // The sites come first, whichever way round they are named; who owns one may come with the people.
    let frame = import_files(&mut screens, 1000, &[&people, &sites]);
    assert!(frame.contains("Review: 2 changes"), "{frame}");
    assert!(frame.contains("Import sites.csv: 1 site added, 1 person added, 1 row changed"), "{frame}");
    assert!(frame.contains("Import people.csv: 1 person added, 1 role given"), "{frame}");
    assert!(frame.contains("! cannot: line 4: column role: no role `nonsense`"), "{frame}");
    let before = n_entries(&screens);
    screens.press(2000, KeyCode::Char('y'));
    screens.pass(2500);
    assert_eq!(n_entries(&screens), before + 1, "{}", screens.frame().unwrap());
    let db = screens.app.world.session.reader();
    let site = db.the_site("deli").unwrap();
    assert_eq!(db.find::<Person>(site.owner).unwrap().unwrap().name, "Eve");
    assert_eq!(db.the_site("acme").unwrap().name, "Acme Tools");
    assert_eq!(db.assignments_of(db.the_person("fay@deli.example").unwrap().id).unwrap().len(), 1);

    let frame = import_files(&mut screens, 3000, &[&sites]);
    assert!(frame.contains("It is so already: nothing was staged"), "{frame}");
}

#[test]
fn a_file_of_which_nothing_can_be_taken_says_why_line_by_line_and_the_form_stays() {
    let mut screens = Screens::open();
    let people = file(&screens, "people.csv", "email,role,site\nfay@deli.example,helper,nowhere\nno address,helper,acme\n");
    let frame = import_files(&mut screens, 1000, &[&people]);
    assert!(frame.contains("Nothing was staged") && frame.contains("line 2: column site: no site `nowhere`"), "{frame}");
    assert!(frame.contains("line 3: column email: "), "{frame}");
    screens.press(2000, KeyCode::Esc);
    assert!(screens.frame().unwrap().contains("Take files in"));
    assert!(screens.app.world.session.draft().steps().is_empty());
    for (name, content, sentence) in [
        ("a.csv", "name,mail\n\"open", "the quote that opens here is never closed"),
        ("b.jsonl", "{\"type\":\"site\"}", "b.jsonl: line 1: "),
    ] {
        let mut screens = Screens::open();
        let path = file(&screens, name, content);
        let frame = import_files(&mut screens, 1000, &[&path]);
        assert!(frame.contains(sentence) && frame.contains("Take files in"), "{name}: {frame}");
    }
    let mut screens = Screens::open();
    let (contacts, sites) = (file(&screens, "c.csv", "name,e-mail\nFay,fay@deli.example\n"), file(&screens, "sites.csv", NEW_SITES));
    let frame = import_files(&mut screens, 1000, &[&contacts, &sites]);
    assert!(frame.contains("c.csv holds contacts, which are no step of others: take it in by itself"), "{frame}");
}

#[test]
fn contacts_of_a_file_are_shown_written_as_one_entry_and_taken_back() {
    let mut screens = Screens::open();
    let path = file(&screens, "contacts.csv", "Name,E-mail\nFay,fay@deli.example\nGil,no address\nHal,hal@deli.example\n");
    screens.press(500, KeyCode::Char(':'));
    screens.app.paste(&format!("import {path}"));
    screens.frame();
    screens.press(1000, KeyCode::Enter);
    screens.pass(1500);
    let frame = screens.frame().unwrap();
    assert!(frame.contains("Take in contacts.csv") && frame.contains("2 added       0 changed"), "{frame}");
    assert!(frame.contains("LEFT OUT  1 line") && frame.contains("! line 3: column E-mail: "), "{frame}");
    assert!(frame.contains("Nobody gains or loses any access by it."), "{frame}");
    let before = n_entries(&screens);
    screens.press(2000, KeyCode::Char('y'));
    screens.pass(2500);
    let frame = screens.frame().unwrap();
    assert!(frame.contains(&format!("(entry {}; u takes it back)", before + 1)) && frame.contains("Hal"), "{frame}");
    assert!(!screens.app.said.has("elsewhere"), "it is one's own doing");
    screens.press(3000, KeyCode::Char('u'));
    screens.press(3100, KeyCode::Char('y'));
    screens.pass(3500);
    assert!(!screens.frame().unwrap().contains("Hal") && n_entries(&screens) == before + 2);
}

#[test]
fn a_bundle_says_who_gains_what_before_it_is_written_and_is_not_where_the_file_is_another_by_then() {
    let mut screens = Screens::open();
    let more = BUNDLE.replace("\"email\":\"bo@nl.example\"", "\"email\":\"cy@nl.example\"").replace("bo@nl.example", "cy@nl.example");
    let more = more.replace("\"since\":\"2026-11-21T14:00:00Z\",\"until\":\"2026-11-21T15:00:00Z\"", "\"since\":null");
    let path = file(&screens, "more.jsonl", &more);
    let frame = import_files(&mut screens, 1000, &[&path]);
    assert!(frame.contains("Take in more.jsonl") && frame.contains("people             1 added"), "{frame}");
    assert!(frame.contains("WHO    Bo") && frame.contains("GAIN"), "{frame}");
    file(&screens, "more.jsonl", BUNDLE);
    screens.press(2000, KeyCode::Char('y'));
    screens.pass(2500);
    let frame = screens.frame().unwrap();
    assert!(frame.contains("more.jsonl was changed meanwhile; nothing was taken in"), "{frame}");
    file(&screens, "more.jsonl", &more);
    screens.app.key(&KeyEvent::new(KeyCode::Char('s'), KeyModifiers::CONTROL), screens.after(3000));
    screens.pass(3500);
    screens.frame();
    screens.press(4000, KeyCode::Char('y'));
    screens.pass(4500);
    let frame = screens.frame().unwrap();
    assert!(frame.contains("Imported more.jsonl") && screens.app.overlays.is_empty(), "{frame}");
    assert!(screens.app.world.session.reader().the_person("cy@nl.example").is_ok());
}

#[test]
fn who_may_not_import_is_told_at_the_key_or_once_it_is_clear_what_the_file_holds() {
    let bundle = BUNDLE.replace("website-manager", "account-admin").replace("\"since\":\"2026-11-21T14:00:00Z\",", "");
    let mut screens = Screens::of(bundle.as_bytes(), "dana@nl.example");
    let bo = screens.app.world.session.reader().the_person("bo@nl.example").unwrap().id;
    screens.app.act_as(bo).unwrap();
    let contacts = file(&screens, "contacts.csv", "Name,E-mail\nFay,fay@deli.example\n");
    let frame = import_files(&mut screens, 1000, &[&contacts]);
    assert!(frame.contains("bo@nl.example may not import"), "{frame}");
    screens.press(2000, KeyCode::Esc);
    screens.app.act_as_myself().unwrap();
    let ana = screens.app.world.session.reader().the_person("ana@acme.example").unwrap().id;
    screens.app.act_as(ana).unwrap();
    screens.app.perform(action::IMPORT).unwrap();
    let frame = screens.frame().unwrap();
    assert!(frame.contains("ana@acme.example may not") && screens.app.overlays.is_empty(), "{frame}");
}

#[test]
fn an_answer_and_what_is_taken_back_in_waiting_are_steps_of_the_draft() {
    let mut screens = Screens::open();
    for (n, who) in ["eve@x.example", "fay@x.example", "gil@x.example"].into_iter().enumerate() {
        let text = format!(
            r#"{{"invite":{{"email":"{who}","level":"site","roles":["helper"],"scopes":[{{"site":"acme"}}],"token":"{}"}}}}"#,
            n.to_string().repeat(64)
        );
        screens.app.run(&serde_json::from_str(&text).unwrap()).unwrap();
    }
    screens.press(0, KeyCode::Char('4'));
    rested(&mut screens);
    let before = n_entries(&screens);
    screens.press(2000, KeyCode::Char('x'));
    let frame = rested(&mut screens);
    assert!(frame.contains("Review: 1 change") && frame.contains("[x] Take invitation ") && frame.contains(" back"), "{frame}");
    screens.press(3000, KeyCode::Esc);
    let frame = rested(&mut screens);
    assert!(frame.contains("> ~") && frame.contains("1 unsaved"), "{frame}");
    // Whatever else is to be done with it waits for the save.
    for key in ['x', 'A', 'S'] {
        screens.press(4000, KeyCode::Char(key));
        let frame = rested(&mut screens);
        assert!(frame.contains("is staged, not saved: s reviews it") && screens.app.overlays.is_empty(), "{key}: {frame}");
    }
    assert_eq!(n_entries(&screens), before);
    screens.press(5000, KeyCode::Char('u'));
    rested(&mut screens);
    screens.app.run(&Command::Cancel(crate::domain::record::OfferKey::Invitation(1))).unwrap();
    screens.press(6000, KeyCode::Char('*'));
    screens.press(6100, KeyCode::Char('x'));
    let frame = rested(&mut screens);
    assert!(frame.contains("Take back 3 offers: 2 of 3") && frame.contains("cannot: invitation 1 was taken back"), "{frame}");
    screens.press(7000, KeyCode::Char('y'));
    rested(&mut screens);
    assert_eq!(n_entries(&screens), before + 2);
    screens.press(8000, KeyCode::Char('u'));
    assert!(rested(&mut screens).contains("Take back entry"), "one undo brings all of them back");
}

#[test]
fn a_category_opens_with_every_permission_and_why() {
    let mut screens = sample();
    type_all(&mut screens, "5m");
    rested(&mut screens);
    // Content desk, Editor X.
    type_all(&mut screens, "ljjjj");
    rested(&mut screens);
    screens.press(20_000, KeyCode::Char('w'));
    let frame = rested(&mut screens);
    assert!(frame.contains("Editor X in Content desk") && frame.contains("ON  3 of 9") && frame.contains("OFF  6 of 9"), "{frame}");
    assert!(frame.contains("required by "), "{frame}");
}

#[test]
fn a_history_is_the_log_with_what_is_about_one_alone_until_esc_or_its_digit() {
    let mut screens = Screens::open();
    for name in ["Ana R.", "Ana Ruiz"] {
        let before = person_record(&screens, "ana");
        let after = PersonRecord { name: name.to_owned(), ..before.clone() };
        screens.app.run(&Command::Edit { before: Record::Person(before), after: Record::Person(after) }).unwrap();
    }
    type_all(&mut screens, ":ana@");
    screens.press(10_000, KeyCode::Enter);
    rested(&mut screens);
    screens.press(11_000, KeyCode::Char('T'));
    let frame = rested(&mut screens);
    assert!(frame.contains("7 Log of Ana Ruiz") && n_entries(&screens) == 3, "{frame}");
    let count = |screens: &Screens| screens.app.panes.activity.count(&screens.app.theme.shapes).unwrap();
    assert_eq!(count(&screens), "2", "the import of a file is about nobody alone");
    // What is done about them meanwhile is among it.
    let before = person_record(&screens, "ana");
    let after = PersonRecord { name: "Ana Bo".to_owned(), ..before.clone() };
    screens.app.run(&Command::Edit { before: Record::Person(before), after: Record::Person(after) }).unwrap();
    assert!(rested(&mut screens).contains("7 Log of Ana Bo"));
    assert_eq!(count(&screens), "3");
    screens.press(12_000, KeyCode::Char('T'));
    assert!(rested(&mut screens).contains("these are entries"));
    screens.press(13_000, KeyCode::Char('-'));
    rested(&mut screens);
    assert_eq!(PANES[screens.app.focus].title, "Collaborators");
    screens.press(14_000, KeyCode::Char('7'));
    assert!(!rested(&mut screens).contains("Log of Ana"), "its digit shows all of it");
    screens.press(15_000, KeyCode::Char('-'));
    screens.press(15_100, KeyCode::Char('T'));
    assert!(rested(&mut screens).contains("Log of Ana"));
    screens.press(16_000, KeyCode::Esc);
    assert!(!rested(&mut screens).contains("Log of Ana"));
    // A site of which nothing is known keeps one where one is; a role says how its steps are found.
    for (keys, words) in [("2T", "the journal has nothing about Acme"), ("5T", "a role has no history of its own")] {
        let mut screens = Screens::open();
        keys.chars().for_each(|it| {
            screens.press(1000, KeyCode::Char(it));
            screens.frame();
        });
        assert!(screens.screen.backend().to_string().contains(words), "{keys}: {}", screens.screen.backend());
    }
}

/// The record of the person whose address begins so.
fn person_record(screens: &Screens, start: &str) -> PersonRecord {
    let db = screens.app.world.session.reader();
    let all = db.numbers::<Person>().unwrap().into_iter().map(|id| db.find::<Person>(PersonId(id)).unwrap().unwrap());
    all.filter(|it| it.email.starts_with(start)).map(PersonRecord::from).next().unwrap()
}

#[test]
fn a_click_in_the_help_chooses_a_second_one_runs_and_one_beside_it_closes() {
    let mut screens = Screens::open();
    screens.app.turn_mouse();
    let click = |screens: &mut Screens, ms: i64, (x, y): (u16, u16)| {
        let at = screens.after(ms);
        screens.app.point(Pointed { hand: Button::Click, at: Position::new(x, y) }, at);
        screens.frame();
    };
    screens.press(0, KeyCode::Char('2'));
    rested(&mut screens);
    screens.press(1000, KeyCode::Char('?'));
    let frame = screens.frame().unwrap();
    let y = frame.lines().position(|it| it.contains("Give this pane the whole screen")).unwrap();
    click(&mut screens, 2000, (20, u16::try_from(y).unwrap()));
    assert!(!screens.app.overlays.is_empty() && screens.app.zoomed.is_none());
    let frame = screens.screen.backend().to_string();
    let y = frame.lines().position(|it| it.contains("Give this pane the whole screen")).unwrap();
    click(&mut screens, 3000, (20, u16::try_from(y).unwrap()));
    click(&mut screens, 3100, (20, u16::try_from(y).unwrap()));
    assert!(screens.app.overlays.is_empty() && screens.app.zoomed.is_some());
    screens.press(4000, KeyCode::Char('?'));
    screens.frame();
    click(&mut screens, 5000, (0, 0));
    assert!(screens.app.overlays.is_empty());
}

#[test]
fn what_is_asked_about_many_that_are_marked_is_read_beside_the_screens() {
    for (key, title) in [('d', "Take a role from"), ('r', "Another role for"), ('o', "Still needed by"), ('+', "Extend the access of")] {
        let data = String::from_utf8(crowd(labor::AT_ONCE + 20)).unwrap();
        let data = data.replace("\"scope\":{\"site\":\"acme\"}}", "\"scope\":{\"site\":\"acme\"},\"until\":\"2026-12-24T00:00:00Z\"}");
        let mut screens = Screens::of(data.as_bytes(), "dana@nl.example");
        for (ms, code) in [(0, KeyCode::Char('3')), (100, KeyCode::Esc)] {
            screens.press(ms, code);
        }
        rested(&mut screens);
        "/guest".chars().for_each(|it| screens.press(1000, KeyCode::Char(it)));
        screens.pass(1500);
        screens.frame();
        for it in [KeyCode::Enter, KeyCode::Char('*'), KeyCode::Char(key)] {
            screens.press(2000, it);
        }
        assert!(screens.app.labor.is_some(), "{key}");
        screens.pass(2500);
        let frame = screens.frame().unwrap();
        assert!(frame.contains(&format!("{title} 320 people")), "{key}: {frame}");
    }
}

#[test]
fn a_long_text_goes_to_ones_own_editor_and_comes_back_into_its_field() {
    let mut screens = sample();
    screens.press(0, KeyCode::Char('1'));
    rested(&mut screens);
    type_all(&mut screens, "I");
    let outside = |screens: &mut Screens| screens.app.key(&KeyEvent::new(KeyCode::Char('o'), KeyModifiers::CONTROL), screens.after(9000));
    // In a field for a line there is nothing to write at length.
    outside(&mut screens);
    assert_eq!(screens.app.wish(), Wish::None);
    while !screens.screen.backend().to_string().contains("> Message") {
        screens.press(9100, KeyCode::Tab);
        screens.frame();
    }
    assert!(screens.screen.backend().to_string().contains("Ctrl-o editor"), "{}", screens.screen.backend());
    screens.app.paste("Hello");
    outside(&mut screens);
    assert_eq!((screens.app.wish(), screens.app.outside()), (Wish::Edit, "Hello"));
    screens.app.edited(Ok("Hello,\nhere we are.".to_owned()));
    screens.app.granted();
    let frame = rested(&mut screens);
    assert!(frame.contains("Hello,") && frame.contains("here we are."), "{frame}");
    screens.app.edited(Err(anyhow::anyhow!("the editor `no` ended with 127: nothing was taken over")));
    let frame = rested(&mut screens);
    assert!(frame.contains("ended with 127: nothing was taken over") && frame.contains("here we are."), "{frame}");
}

fn read_command(text: &str) -> Command {
    serde_json::from_str(text).unwrap()
}

const DELTA: &str =
    r#"{"add":{"type":"site","key":"delta","name":"Delta","url":"https://delta.example","platform":"wix","owner":"dana@nl.example"}}"#;

/// Goes to an instant, as it is typed.
fn travel(screens: &mut Screens, ms: i64, day: &str) {
    screens.press(ms, KeyCode::Char('@'));
    day.chars().for_each(|c| screens.press(ms + 100, KeyCode::Char(c)));
    screens.press(ms + 900, KeyCode::Enter);
    screens.pass(ms + 1900);
}

#[test]
fn the_time_machine_shows_every_pane_as_of_then_and_escape_brings_back_what_is_staged() {
    let mut screens = Screens::open();
    screens.app.world.session.stage(vec![read_command(r#"{"add":{"type":"person","email":"eve@x.example"}}"#)], "eve".to_owned()).unwrap();
    screens.pass(3_600_000);
    screens.app.update(vec![Message::Run(read_command(DELTA))]).unwrap();
    screens.press(3_601_000, KeyCode::Char('2'));
    assert!(screens.frame().unwrap().contains("Delta"));
    travel(&mut screens, 3_602_000, "2026-11-21T12:30Z");
    screens.app.dirty = true;
    let frame = screens.frame().unwrap();
    assert!(frame.contains("as of 2026-11-21 12:30 UTC") && frame.contains("Acme") && !frame.contains("Delta"), "{frame}");
    assert!(!frame.contains("unsaved"), "{frame}");
    // What ends by itself at one is there still.
    let env = screens.app.world.env();
    assert_eq!((env.now, env.db.head().unwrap().unwrap().seq), ("2026-11-21T12:30:00Z".parse().unwrap(), 1));
    screens.press(3_605_000, KeyCode::Char('n'));
    assert!(screens.frame().unwrap().contains("his is another time: nothing can be changed there"));
    screens.app.update(vec![Message::Stage(vec![read_command(DELTA)], "delta".to_owned())]).unwrap();
    screens.app.dirty = true;
    assert!(screens.frame().unwrap().contains("nothing can be changed there"));
    assert!(screens.app.world.session.draft().steps().is_empty());
    screens.press(3_606_000, KeyCode::Esc);
    screens.pass(3_607_000);
    screens.app.dirty = true;
    let frame = screens.frame().unwrap();
    assert!(frame.contains("Delta") && frame.contains("1 unsaved") && !frame.contains("as of"), "{frame}");
}

/// As at any other time: what is staged is compared with it once one is back.
#[test]
fn what_others_save_while_one_looks_back_is_asked_about_in_the_draft() {
    for looks in [1, 2] {
        let mut screens = Screens::open();
        let named = |to: &str| {
            let site = |name: &str| {
                format!(
                    r#"{{"type":"site","key":"acme","name":"{name}","url":"https://acme.example","platform":"wix","owner":"dana@nl.example"}}"#
                )
            };
            read_command(&format!(r#"{{"edit":{{"before":{},"after":{}}}}}"#, site("Acme"), site(to)))
        };
        screens.app.world.session.stage(vec![named("Acme mine")], "acme".to_owned()).unwrap();
        screens.pass(3_600_000);
        travel(&mut screens, 3_602_000, "2026-11-21T12:30Z");
        let mut other = Store::open(&screens.folder.path().join("work.db"), false).unwrap();
        command::run(&mut other, &screens.app.world.session.who().actor, screens.after(3_605_000), &named("Acme theirs")).unwrap();
        if looks == 2 {
            travel(&mut screens, 3_606_000, "2026-11-21T12:20Z");
        }
        screens.pass(3_610_000);
        screens.press(3_611_000, KeyCode::Esc);
        screens.press(3_612_000, KeyCode::Char('s'));
        let frame = screens.frame().unwrap();
        assert!(frame.contains(": 1 mine, 2 theirs, 3 out"), "{looks}\n{frame}");
    }
}

#[test]
fn what_others_save_meanwhile_does_not_change_the_past() {
    let mut screens = Screens::open();
    screens.pass(3_600_000);
    travel(&mut screens, 3_602_000, "2026-11-21T12:30Z");
    let mut other = Store::open(&screens.folder.path().join("work.db"), false).unwrap();
    let actor = Actor { email: "dana@nl.example".to_owned(), via: "dana".to_owned(), by: Hand::Caller };
    command::run(&mut other, &actor, screens.after(3_605_000), &read_command(DELTA)).unwrap();
    screens.press(3_606_000, KeyCode::Char('2'));
    screens.pass(3_607_000);
    screens.app.dirty = true;
    let frame = screens.frame().unwrap();
    assert!(!frame.contains("Delta") && frame.contains("as of 2026-11-21 12:30 UTC"), "{frame}");
    screens.press(3_608_000, KeyCode::Esc);
    screens.pass(3_609_000);
    screens.app.dirty = true;
    assert!(screens.frame().unwrap().contains("Delta"));
}

#[test]
fn a_day_that_is_none_is_said_where_it_is_typed_and_before_the_journal_dates_alone_tell() {
    let mut screens = Screens::open();
    travel(&mut screens, 1000, "soon");
    assert!(screens.frame().unwrap().contains("is not a day or time"));
    screens.press(4000, KeyCode::Esc);
    travel(&mut screens, 5000, "2020-01-01");
    screens.app.dirty = true;
    assert!(screens.frame().unwrap().contains("The journal does not reach back to 2020-01-01"));
}

#[test]
fn two_entries_that_are_marked_in_the_log_are_compared() {
    let mut screens = Screens::open();
    for (n, role) in [(1, "website-manager"), (2, "back-office-manager")] {
        screens.pass(60_000 * n);
        let give = format!(
            r#"{{"add":{{"type":"assignment","person":"ana@acme.example","role":"{role}","level":"site","scope":{{"site":"cargo"}},"since":null,"until":null,"reason":null}}}}"#
        );
        screens.app.update(vec![Message::Run(read_command(&give))]).unwrap();
    }
    for (n, key) in (0..).zip(['7', ' ', ' ', 'm']) {
        screens.press(200_000 + 1000 * n, KeyCode::Char(key));
        screens.pass(200_500 + 1000 * n);
    }
    screens.app.dirty = true;
    let frame = screens.frame().unwrap();
    assert!(frame.contains("From #2 to #3") && frame.contains("GAINED") && frame.contains("ana@acme.example on Cargo"), "{frame}");
    screens.press(210_000, KeyCode::Esc);
    screens.press(211_000, KeyCode::Esc);
    screens.press(212_000, KeyCode::Char('g'));
    screens.press(213_000, KeyCode::Char('m'));
    screens.pass(214_000);
    screens.app.dirty = true;
    assert!(screens.frame().unwrap().contains("Nobody gained or lost anything"));
}

#[test]
fn the_worst_that_is_wrong_is_said_at_the_start_unless_a_key_was_pressed() {
    let sample = || Screens::of(include_bytes!("../../../assets/demo/northlight.jsonl"), "dana@northlight.example");
    let said = |screens: &Screens| screens.app.toast.as_ref().map(|it| it.words.clone());
    let (mut idle, mut busy) = (sample(), sample());
    idle.pass(500);
    let worst = idle.app.world.auditor.findings.as_ref().unwrap().listed[0].shown.sentence.clone();
    assert_eq!(said(&idle), Some(format!("{worst}; 8 shows it, and what mends it")));
    busy.press(0, KeyCode::Down);
    busy.pass(500);
    assert_eq!(said(&busy), None);
}

#[test]
fn what_nobody_looked_at_again_is_told_in_one_line_until_one_asks_for_each() {
    let mut screens = Screens::of(include_bytes!("../../../assets/demo/northlight.jsonl"), "dana@northlight.example");
    screens.pass(500);
    let found = screens.app.world.auditor.findings.as_ref().unwrap();
    let all = found.listed.iter().filter(|it| it.found.counts()).count();
    let folding = found.listed.iter().filter(|it| it.found.counts() && it.found.finding.rule.folds()).count();
    assert!(folding > 2, "{folding}");
    screens.press(600, KeyCode::Char('8'));
    screens.pass(1200);
    let title = |screens: &mut Screens, n: usize| {
        screens.app.dirty = true;
        let frame = screens.frame().unwrap();
        let title = frame.lines().find(|it| it.contains("8 Audit ━")).unwrap_or_default();
        assert!(title.contains(&format!("━ {n} ━")), "{n}\n{frame}");
    };
    title(&mut screens, all - folding + 1);
    screens.press(1300, KeyCode::Char('Z'));
    screens.pass(2000);
    title(&mut screens, all);
    // What is done to one of them is not done to the line, and what is done to the line is done to all.
    let keys = |screens: &mut Screens, from: i64, keys: &str| {
        for (at, key) in (from..).step_by(500).zip(keys.chars()) {
            screens.press(at, if key == '\n' { KeyCode::Enter } else { KeyCode::Char(key) });
            screens.pass(at + 400);
        }
    };
    let steps =
        |screens: &Screens| -> Vec<String> { screens.app.world.session.draft().steps().iter().map(|it| it.words.clone()).collect() };
    keys(&mut screens, 3_000, "/nobody looked\nf");
    assert_eq!(steps(&screens).len(), 1);
    keys(&mut screens, 20_000, "Zf");
    assert!(steps(&screens).last().is_some_and(|it| it.contains("never-reviewed")), "{:?}", steps(&screens));
}

/// The screens of the sample, in a review of everything, after these keys.
fn reviewing(size: (u16, u16), keys: &str) -> (Screens, String) {
    let mut screens = Screens::after_keys(size, ": r e v i e w s enter s p r i n g ctrl-s enter");
    let frame = after(&mut screens, keys);
    (screens, frame)
}

/// Presses these keys one after the other, each of which finds what the one before led to.
fn after(screens: &mut Screens, keys: &str) -> String {
    for name in keys.split_whitespace() {
        let at = screens.app.world.session.now + TimeDelta::seconds(1);
        screens.app.key(&snapshots::key(name), at);
        screens.app.tick(at);
        screens.frame();
    }
    screens.app.dirty = true;
    screens.frame().unwrap()
}

#[test]
fn an_item_of_a_review_says_what_matters_first_and_scrolls_where_it_is_longer() {
    let (mut screens, frame) = reviewing((80, 24), "");
    let at = |words: &str| frame.find(words).unwrap_or_else(|| panic!("{words}\n{frame}"));
    let first = ["Mira Castellanos (mira@northlight.example)", "(everywhere, at team level)", "sensitive  See", "if taken   loses"];
    assert!(first.map(at).is_sorted() && frame.contains("6 more below, J scrolls") && !frame.contains("since"), "{frame}");
    let frame = after(&mut screens, "J J J J J J J");
    assert!(!frame.contains("more below") && frame.contains("since") && !frame.contains("mira@northlight"), "{frame}");
    let frame = after(&mut screens, "K K");
    assert!(frame.contains("2 more below, J scrolls"), "{frame}");
    // Another one is read from its beginning.
    assert!(after(&mut screens, "down").contains("who        Camille Vasseur"));
}

#[test]
fn what_is_decided_on_stays_in_sight_while_it_is_asked_why() {
    for size in [(80, 24), (140, 40)] {
        for key in ["o", "r", "+"] {
            let (mut screens, frame) = reviewing(size, key);
            let seen = ["Because", "Mira Castellanos (mira@northlight.example)", "(everywhere, at team"];
            assert!(seen.iter().all(|it| frame.contains(it)), "{size:?} {key}\n{frame}");
            let frame = after(&mut screens, "esc E");
            assert!(frame.contains("write into:") && frame.contains("0 of 91 decided"), "{frame}");
        }
    }
}

#[test]
fn after_a_decision_no_key_takes_back_what_is_not_decided_and_the_last_one_goes_and_comes_again() {
    let (mut screens, frame) = reviewing((140, 40), "d");
    assert!(frame.contains("1 of 91 decided") && frame.contains("who        Camille Vasseur"), "{frame}");
    let entries = n_entries(&screens);
    assert!(after(&mut screens, "-").contains("nothing is decided here yet; u takes your last decision back"));
    assert_eq!(n_entries(&screens), entries);
    assert!(after(&mut screens, "u").contains("0 of 91 decided"));
    assert!(after(&mut screens, "U").contains("1 of 91 decided"));
    assert!(after(&mut screens, "U").contains("what was taken back last is no decision of yours"));
    assert!(after(&mut screens, "g -").contains("0 of 91 decided"));
}

#[test]
fn a_review_is_finished_with_each_item_told_and_is_looked_at_afterwards() {
    let (mut screens, frame) = reviewing((140, 40), "d o F");
    let told =
        ["Mira Castellanos, Account Admin (Co-Owner) (everywhere): taken", "Camille Vasseur, Owner (site vesper-wines): kept, next look"];
    assert!(told.iter().all(|it| frame.contains(it)) && frame.contains("89 items stay undecided"), "{frame}");
    let frame = after(&mut screens, "y : r e v i e w s enter");
    assert!(frame.contains("2 of 91 decided  finished 2026-11-21"), "{frame}");
    let frame = after(&mut screens, "enter");
    assert!(frame.contains("2 of 91 decided, 50 % kept, 1 s each; finished 2026-11-21") && frame.contains("decided    take"), "{frame}");
    assert!(!frame.contains("gone") && !frame.contains("if taken") && !frame.contains("o keep"), "{frame}");
    let entries = n_entries(&screens);
    assert!(after(&mut screens, "d").contains("this review is finished: nothing is decided in it any more"));
    assert_eq!(n_entries(&screens), entries);
}

/// Names and addresses of people, contacts and sites of the sample.
fn named_in_sample() -> Vec<String> {
    let lines = std::str::from_utf8(snapshots::SAMPLE).unwrap().lines().map(|it| serde_json::from_str::<serde_json::Value>(it).unwrap());
    let of_somebody = lines.filter(|it| ["person", "contact", "site", "folder"].contains(&it["type"].as_str().unwrap()));
    let fields = of_somebody.flat_map(|it| ["name", "email", "url", "company", "phone"].map(|field| it[field].as_str().map(str::to_owned)));
    // The agency itself is named.
    let mut names: Vec<String> = fields.flatten().filter(|it| !["", "Northlight"].contains(&it.as_str())).collect();
    names.extend(["Zacharias Quill", "zacharias@quill.example"].map(str::to_owned));
    names
}

impl Screens {
    /// What is presented after these keys, begun anew.
    fn presenting(&mut self, keys: &[KeyCode]) {
        self.app.present().unwrap();
        for key in keys {
            self.press(0, *key);
        }
    }

    /// Nobody is named on the next frame, in the terminal's title, or by a link.
    #[track_caller]
    fn names_nobody(&mut self, names: &[String], what: &str) {
        if self.app.presenting.is_none() {
            return;
        }
        let frame = self.frame().unwrap_or_default() + &self.app.title();
        assert!(self.app.links().is_empty());
        for name in names {
            assert!(!frame.contains(name.as_str()), "{what}: {name} is named\n{frame}");
        }
    }
}

/// Every key that a terminal sends, by itself and with Ctrl.
fn every_key() -> Vec<KeyEvent> {
    let codes =
        [KeyCode::Enter, KeyCode::Esc, KeyCode::Tab, KeyCode::BackTab, KeyCode::Backspace, KeyCode::Delete, KeyCode::Up].into_iter().chain(
            [KeyCode::Down, KeyCode::Left, KeyCode::Right, KeyCode::Home, KeyCode::End, KeyCode::PageUp, KeyCode::PageDown, KeyCode::F(1)],
        );
    let letters = (' '..='~').map(KeyCode::Char);
    let plain = codes.chain(letters).map(KeyEvent::from);
    plain.chain(('a'..='z').map(|it| KeyEvent::new(KeyCode::Char(it), KeyModifiers::CONTROL))).collect()
}

#[test]
fn while_something_is_presented_nobody_is_named_whatever_is_pressed_or_happens_and_nothing_is_changed() {
    use KeyCode::{Char, Down, Enter};
    let names = named_in_sample();
    let marked = [Char(' '), Char(' '), Down, Char(' ')];
    let states: [&[KeyCode]; 7] = [
        &[],
        &[Char('P')],
        &[Enter],
        &marked,
        &[Char(' '), Char(' '), Char('m')],
        &[Char('?')],
        &[Char(' '), Char(' '), Char('m'), Char('='), Char('E')],
    ];
    for size in [(80, 24), (140, 40)] {
        let mut screens = Screens::after_keys(size, "2 e x ctrl-s y 7");
        let page = screens.folder.path().join("page.html");
        let before = screens.app.world.session.reader().head().unwrap();
        for (keys, pressed) in states.iter().flat_map(|keys| every_key().into_iter().map(move |key| (keys, key))) {
            screens.presenting(keys);
            screens.app.paste(page.to_str().unwrap());
            screens.app.key(&pressed, screens.after(0));
            screens.names_nobody(&names, &format!("{keys:?} {pressed:?}"));
            screens.app.leaving = Leaving::No;
        }
        let written = std::fs::read_to_string(&page).unwrap();
        assert!(written.contains("By Northlight") && !names.iter().any(|it| written.contains(it.as_str())), "{written}");
        assert_eq!(screens.app.world.session.reader().head().unwrap(), before);
        assert_eq!(screens.app.world.session.draft().count(&screens.app.world.policy), 0);
    }
}

#[test]
fn what_others_change_while_something_is_presented_is_told_of_afterwards() {
    let mut screens = Screens::after_keys((140, 40), "5");
    screens.presenting(&[]);
    screens.frame();
    let actor = Actor { email: "dana@northlight.example".to_owned(), via: "dana".to_owned(), by: Hand::Caller };
    let mut other = Store::open(&screens.folder.path().join("work.db"), false).unwrap();
    let contact: serde_json::Result<Record> =
        serde_json::from_str(r#"{"type":"contact","name":"Zacharias Quill","email":"zacharias@quill.example","status":"lead"}"#);
    command::run(&mut other, &actor, screens.after(20_000), &Command::Add(contact.unwrap())).unwrap();
    screens.pass(30_000);
    screens.app.dirty = true;
    screens.names_nobody(&named_in_sample(), "others");
    screens.press(31_000, KeyCode::Char('q'));
    screens.pass(32_000);
    assert!(screens.frame().unwrap().contains("Zacharias Quill"));
}

#[test]
fn what_is_marked_or_compared_is_presented_at_once_and_present_once_more_stops_it() {
    let begins = |keys: &str, wanted: &[&str]| {
        let mut screens = Screens::after_keys((140, 40), keys);
        screens.app.perform(action::PRESENT).unwrap();
        let frame = screens.frame().unwrap();
        assert!(wanted.iter().all(|it| frame.contains(it)), "{keys}: {wanted:?}\n{frame}");
        screens
    };
    begins("5", &["Who may do what on your site", "For one task"]);
    begins("5 space space", &["Side by side", "Client concierge", "Content desk"]);
    begins("5 space space m", &["Side by side", "Client concierge", "Content desk"]);
    begins("1 space space", &["Who may do what on your site"]);
    let mut screens = begins("5 space", &["Client concierge", "What stays closed"]);
    for key in ":present".chars().map(KeyCode::Char).chain([KeyCode::Enter]) {
        screens.press(60_000, key);
    }
    assert!(screens.app.presenting.is_none());
    assert!(screens.frame().unwrap().contains("5 Roles"));
}

#[test]
fn a_page_that_is_handed_out_has_one_of_two_endings_and_writes_over_nothing_unasked() {
    use KeyCode::{Char, Enter, Esc};
    let mut screens = Screens::after_keys((140, 40), "5");
    let mut written = |name: &str, answer: &[KeyCode]| {
        let path = screens.folder.path().join(name);
        screens.presenting(&[Enter, Char('E')]);
        screens.app.paste(path.to_str().unwrap());
        [Enter].iter().chain(answer).for_each(|it| screens.press(0, *it));
        let frame = screens.frame().unwrap();
        (frame, std::fs::read_to_string(path).unwrap_or_default())
    };
    let (frame, page) = written("shop.html", &[]);
    assert!(frame.contains("Wrote Shop packer into") && page.starts_with("<!doctype html>") && !page.contains("http"), "{frame}{page}");
    let (frame, again) = written("shop.html", &[Esc]);
    assert!(!frame.contains("Wrote") && again == page, "{frame}");
    assert!(written("shop.html", &[Char('y')]).0.contains("Wrote Shop packer into"));
    let (_, page) = written("shop.md", &[]);
    assert!(
        page.starts_with("# Shop packer\n\nFor whoever packs and ships") && page.ends_with("By Northlight, 21 November 2026.\n\n"),
        "{page}"
    );
    let (frame, page) = written("shop.csv", &[]);
    assert!(frame.contains("a page to leave behind is .html or .md") && page.is_empty(), "{frame}");
}
