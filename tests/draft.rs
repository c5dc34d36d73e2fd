//! The draft against a naive telling of it: a list of commands, replayed on a fresh copy of the workspace.
//!
//! `DRAFT_CASES=2000 cargo test --test draft` takes more than the usual run.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod world;

use std::collections::BTreeSet;
use std::path::PathBuf;

use proptest::prelude::*;
use proptest::sample::Index;
use rolecall::command::{self, Actor, Command};
use rolecall::domain::policy::Policy;
use rolecall::exchange::bundle;
use rolecall::facts::{Reader, Store};
use rolecall::query::matrix;
use rolecall::session::draft::Choice;
use rolecall::session::{Session, Who};
use tempfile::TempDir;
use world::{BUNDLE, actor, cmd, export, now, proven, run, take_in};

/// A session on a file, which others write to as well.
#[allow(dead_code, reason = "the folder goes with it")]
struct Desk {
    session: Session,
    path: PathBuf,
    folder: TempDir,
}

impl Desk {
    fn new() -> Desk {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("work.db");
        let mut store = Store::create(&path).unwrap();
        take_in(&mut store, BUNDLE).unwrap();
        let person = store.reader().person_by_email("dana@nl.example").unwrap().map(|it| it.id);
        let session = Session::open(store, Who { actor: actor(), person }, now(), now().into()).unwrap();
        Desk { session, path, folder }
    }

    /// The file as anybody reads it.
    fn file(&self) -> Store {
        Store::open(&self.path, true).unwrap()
    }

    fn stage(&mut self, commands: &[Command]) -> bool {
        self.session.stage(commands.to_vec(), "a step".to_owned()).is_ok()
    }

    /// Somebody else does something, which is noticed.
    fn other(&mut self, command: &Command) {
        let _ = run(&mut Store::open(&self.path, false).unwrap(), command);
        self.session.rebase().unwrap();
    }

    fn saved(&self) -> Policy {
        self.session.reader().policy(None).unwrap()
    }

    /// What the draft shows, as a bundle, and what everybody can do.
    fn shown(&self) -> (String, BTreeSet<String>) {
        let saved = self.saved();
        let drafted = self.session.drafted(&saved);
        let mut out = Vec::new();
        bundle::write(drafted.db, drafted.policy, &mut out).unwrap();
        (String::from_utf8(out).unwrap(), access(drafted.db, drafted.policy))
    }

    fn entries(&self) -> usize {
        self.session.reader().entries(None, 1000).unwrap().len()
    }
}

/// Who can do what on every site, in words.
fn access(db: Reader<'_>, policy: &Policy) -> BTreeSet<String> {
    let of_site = |site: &rolecall::domain::things::Site| {
        let grid = matrix::people(db, policy, site, now()).unwrap();
        let told = |it: &matrix::Column| format!("{} {} {:?}", site.key, it.key, grid.catalog.names(it.held()));
        grid.columns.iter().map(told).collect::<Vec<_>>()
    };
    db.sites_after("", 100).unwrap().iter().flat_map(of_site).collect()
}

/// The same draft as a list: what was done, and what of it is left out.
#[derive(Default)]
struct Told {
    steps: Vec<(Vec<Command>, bool)>,
    done: usize,
}

impl Told {
    /// What the list makes of a fresh copy, and which of its steps are refused there.
    fn replayed(&self, store: &Store) -> (Store, Vec<bool>) {
        let mut copy = store.copy().unwrap();
        let steps = self.steps[..self.done].iter();
        let refused = steps.map(|(commands, left_out)| !left_out && run(&mut copy, &Command::Batch(commands.clone())).is_err()).collect();
        (copy, refused)
    }
}

#[derive(Clone, Debug)]
enum Do {
    Stage(Vec<Command>),
    Unstage,
    Restage,
    TakeOut(Index),
    LeaveOut(Index),
    Other(Vec<Command>),
    Save,
}

fn deeds() -> impl Strategy<Value = Vec<Do>> {
    let switches = prop::collection::vec((0..3usize, 0..7usize), 1..4).prop_map(|all| all.into_iter().map(switch).collect());
    let one = prop_oneof![
        6 => world::steps::plain().prop_map(|it| Do::Stage(it.into_iter().take(2).collect())),
        4 => switches.prop_map(Do::Stage),
        3 => Just(Do::Unstage),
        2 => Just(Do::Restage),
        1 => any::<Index>().prop_map(Do::TakeOut),
        1 => any::<Index>().prop_map(Do::LeaveOut),
        2 => world::steps::plain().prop_map(|it| Do::Other(it.into_iter().take(1).collect())),
        1 => Just(Do::Save),
    ];
    prop::collection::vec(one, 1..25)
}

fn switch((to, id): (usize, usize)) -> Command {
    let id = ["a.view", "a.edit", "a.delete", "b.view", "b.sell", "b.pay", "b.post"][id];
    cmd(&format!(r#"{{"toggle":{{"role":"seller","permissions":["{id}"],"to":"{}"}}}}"#, ["grant", "revoke", "revoke"][to]))
}

fn play(deeds: Vec<Do>) {
    let (mut desk, mut told) = (Desk::new(), Told::default());
    for deed in deeds {
        let text = format!("{deed:?}");
        match deed {
            Do::Stage(commands) => {
                let (mut copy, _) = told.replayed(&desk.file());
                let fits = run(&mut copy, &Command::Batch(commands.clone())).is_ok();
                assert_eq!(desk.stage(&commands), fits, "{text}");
                if fits {
                    told.steps.truncate(told.done);
                    told.steps.push((commands, false));
                    told.done += 1;
                }
            }
            Do::Unstage => {
                assert_eq!(desk.session.unstage().unwrap(), told.done > 0);
                told.done = told.done.saturating_sub(1);
            }
            Do::Restage => {
                assert_eq!(desk.session.restage().unwrap(), told.done < told.steps.len());
                told.done = (told.done + 1).min(told.steps.len());
            }
            Do::TakeOut(at) if told.done > 0 => {
                let at = at.index(told.done);
                desk.session.take_out(at).unwrap();
                let step = told.steps.remove(at);
                told.done -= 1;
                told.steps.insert(told.done, step);
            }
            Do::LeaveOut(at) if told.done > 0 => {
                let at = at.index(told.done);
                desk.session.leave_out(at).unwrap();
                told.steps[at].1 = !told.steps[at].1;
            }
            Do::TakeOut(_) | Do::LeaveOut(_) => {}
            Do::Other(commands) => commands.iter().for_each(|it| desk.other(it)),
            Do::Save => save(&mut desk, &mut told),
        }
        let (copy, refused) = told.replayed(&desk.file());
        let unfit: Vec<bool> = desk.session.draft().steps().iter().map(|it| it.unfit.is_some()).collect();
        assert_eq!(unfit, refused, "{text}");
        assert_eq!(desk.shown(), (export(&copy), access(copy.reader(), &copy.reader().policy(None).unwrap())), "{text}");
    }
    proven(&desk.file());
}

/// One entry, which one undo takes back; what was left out or did not fit stays.
fn save(desk: &mut Desk, told: &mut Told) {
    (0..told.done).for_each(|at| desk.session.decide(at, Choice::Mine).unwrap());
    let (copy, refused) = told.replayed(&desk.file());
    let (before, entries) = (export(&desk.file()), desk.entries());
    if desk.session.draft().to_save(&desk.saved()).is_empty() {
        return;
    }
    let receipt = desk.session.save().unwrap().receipt;
    assert_eq!(export(&desk.file()), export(&copy));
    assert_eq!(desk.entries() - entries, usize::from(receipt.head.is_some()));
    let steps = std::mem::take(&mut told.steps).into_iter().take(told.done).zip(refused);
    told.steps = steps.filter(|((_, left_out), refused)| *left_out || *refused).map(|((it, _), _)| (it, false)).collect();
    told.done = told.steps.len();
    if let Some(head) = receipt.head {
        desk.session.run(&Command::Undo(head.seq)).unwrap();
        assert_eq!(export(&desk.file()), before);
        desk.session.run(&Command::Redo(head.seq + 1)).unwrap();
        desk.session.rebase().unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("DRAFT_CASES").ok().and_then(|it| it.parse().ok()).unwrap_or(48),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_is_staged_taken_back_and_done_by_others_a_replay_of_the_list_shows_the_same(deeds in deeds()) {
        play(deeds);
    }
}

fn toggle(role: &str, id: &str, to: &str) -> Command {
    cmd(&format!(r#"{{"toggle":{{"role":"{role}","permissions":["{id}"],"to":"{to}"}}}}"#))
}

#[test]
fn on_then_off_saves_nothing_and_undo_goes_step_by_step() {
    let mut desk = Desk::new();
    for (to, n) in [("grant", 1), ("revoke", 0)] {
        assert!(desk.stage(&[toggle("seller", "b.post", to)]));
        assert_eq!(desk.session.draft().count(&desk.saved()), n);
    }
    assert_eq!(desk.session.draft().to_save(&desk.saved()), []);
    desk.session.unstage().unwrap();
    assert_eq!(desk.session.draft().to_save(&desk.saved()), [toggle("seller", "b.post", "grant")]);
}

#[test]
fn switches_of_one_role_are_saved_as_what_they_come_to() {
    let mut desk = Desk::new();
    for (id, to) in [("b.post", "grant"), ("b.sell", "revoke"), ("b.pay", "grant"), ("b.post", "revoke"), ("b.post", "grant")] {
        assert!(desk.stage(&[toggle("seller", id, to)]));
    }
    let wanted =
        [toggle("seller", "b.sell", "revoke"), cmd(r#"{"toggle":{"role":"seller","permissions":["b.pay","b.post"],"to":"grant"}}"#)];
    assert_eq!(desk.session.draft().to_save(&desk.saved()), wanted);
    assert_eq!(desk.session.save().unwrap().receipt.summary, "2 steps: revoked b.sell in seller, granted b.pay, b.post in seller");
}

#[test]
fn what_somebody_else_changed_of_a_step_is_told_on_it_and_other_parts_of_the_row_are_no_clash() {
    let mut desk = Desk::new();
    assert!(desk.stage(&[toggle("seller", "b.post", "grant")]));
    desk.other(&toggle("seller", "a.edit", "grant"));
    assert_eq!(desk.session.draft().steps()[0].clash, None);
    desk.other(&toggle("seller", "b.post", "grant"));
    let told = desk.session.draft().steps()[0].clash.as_ref().map(rolecall::session::draft::Clash::sentence);
    assert_eq!(told.unwrap(), "somebody else changed this meanwhile: b.post");
}

#[test]
fn whose_word_stands_is_said_before_a_save() {
    let both = || {
        let mut desk = Desk::new();
        assert!(desk.stage(&[cmd(r#"{"toggle":{"role":"seller","permissions":["b.post","b.pay"],"to":"grant"}}"#)]));
        desk.other(&toggle("seller", "b.post", "grant"));
        desk.other(&toggle("seller", "b.post", "revoke"));
        desk
    };
    for (choice, wanted, saved) in
        [(Choice::Mine, vec!["b.pay", "b.post"], true), (Choice::Theirs, vec!["b.pay"], true), (Choice::Out, vec![], false)]
    {
        let mut desk = both();
        let told = desk.session.save().unwrap_err().to_string();
        assert!(told.contains("was changed by somebody else meanwhile; nothing was saved"), "{told}");
        desk.session.decide(0, choice).unwrap();
        assert_eq!(desk.session.draft().steps().iter().filter(|it| it.clash.is_some()).count(), 0);
        if saved {
            desk.session.save().unwrap();
        }
        let granted = desk.saved().find_role("seller").unwrap().role.permissions.clone();
        let new: Vec<&str> = granted.iter().map(String::as_str).filter(|it| ["b.pay", "b.post"].contains(it)).collect();
        assert_eq!((new, desk.session.draft().steps().len()), (wanted, 0), "{choice:?}");
    }
}

#[test]
fn what_does_not_fit_any_more_says_why_and_is_saved_when_it_fits_again() {
    let mut desk = Desk::new();
    let give = cmd(r#"{"add":{"type":"assignment","person":"bo@nl.example","role":"spare","level":"team","scope":{"folder":"side"}}}"#);
    assert!(desk.stage(std::slice::from_ref(&give)));
    let gone = cmd(r#"{"remove":{"role":"spare"}}"#);
    desk.other(&gone);
    let step = &desk.session.draft().steps()[0];
    assert!(step.unfit.as_ref().unwrap().contains("spare") && !step.is_saved() && step.commands == [give.clone()]);
    assert_eq!(desk.session.draft().to_save(&desk.saved()), []);
    desk.other(&Command::Undo(2));
    assert_eq!(desk.session.draft().to_save(&desk.saved()), [give]);
}

#[test]
fn what_is_staged_stands_on_what_is_done_beside_it() {
    let mut desk = Desk::new();
    let give = cmd(r#"{"add":{"type":"assignment","person":"bo@nl.example","role":"spare","level":"team","scope":{"folder":"side"}}}"#);
    assert!(desk.stage(std::slice::from_ref(&give)));
    desk.session.run(&cmd(r#"{"remove":{"role":"spare"}}"#)).unwrap();
    assert!(desk.session.draft().steps()[0].unfit.as_ref().unwrap().contains("spare"));
    desk.session.run(&Command::Undo(2)).unwrap();
    assert_eq!(desk.session.draft().to_save(&desk.saved()), [give]);
}

#[test]
fn a_step_that_builds_on_one_that_was_taken_out_is_kept_and_says_so() {
    let mut desk = Desk::new();
    assert!(desk.stage(&[cmd(r#"{"add":{"type":"person","email":"eve@x.example"}}"#)]));
    let give = r#"{"add":{"type":"assignment","person":"eve@x.example","role":"reader","level":"site","scope":{"site":"acme"}}}"#;
    assert!(desk.stage(&[cmd(give)]));
    assert!(desk.shown().1.iter().any(|it| it.starts_with("acme eve@x.example")));
    desk.session.take_out(0).unwrap();
    let step = &desk.session.draft().steps()[0];
    assert!(step.unfit.as_ref().unwrap().contains("eve@x.example"), "{step:?}");
    assert!(!desk.shown().1.iter().any(|it| it.contains("eve@x.example")));
}

#[test]
fn new_rows_have_negative_numbers_and_nothing_is_written_before_the_save() {
    let mut desk = Desk::new();
    let head = desk.session.reader().head().unwrap();
    assert!(desk.stage(&[cmd(r#"{"add":{"type":"person","email":"eve@x.example"}}"#)]));
    assert!(desk.stage(&[cmd(r#"{"duplicate":{"role":"seller","name":"Twin","key":null}}"#)]));
    assert!(desk.stage(&[toggle("twin", "b.post", "grant")]));
    let saved = desk.saved();
    let drafted = desk.session.drafted(&saved);
    assert!(drafted.db.person_by_email("eve@x.example").unwrap().unwrap().id.0 < 0);
    assert!(drafted.policy.find_role("twin").unwrap().role.id.0 < 0);
    // Another process can write meanwhile, and sees nothing of it.
    let mut other = Store::open(&desk.path, false).unwrap();
    assert!(other.reader().person_by_email("eve@x.example").unwrap().is_none());
    run(&mut other, &cmd(r#"{"add":{"type":"person","email":"fay@x.example"}}"#)).unwrap();
    assert_ne!(other.reader().head().unwrap(), head);
    drop(other);
    desk.session.rebase().unwrap();
    desk.session.save().unwrap();
    assert!(desk.session.reader().person_by_email("eve@x.example").unwrap().unwrap().id.0 > 0);
    proven(&desk.file());
}

#[test]
fn a_draft_of_an_older_version_is_taken_up_as_what_it_changed() {
    let mut desk = Desk::new();
    let row =
        |list: &str| format!(r#"{{"type":"role","key":"seller","name":"Seller","platform":"mini","level":"both","permissions":{list}}}"#);
    let old = cmd(&format!(r#"{{"edit":{{"before":{},"after":{}}}}}"#, row(r#"["b.sell"]"#), row(r#"["b.sell","b.post"]"#)));
    desk.other(&toggle("seller", "a.edit", "grant"));
    desk.session.take_up(&[old]).unwrap();
    assert_eq!(desk.session.draft().to_save(&desk.saved()), [toggle("seller", "b.post", "grant")]);
}

#[test]
fn a_read_only_workspace_can_be_tried_on() {
    let desk = Desk::new();
    let Desk { path, folder, session } = desk;
    drop(session);
    let store = Store::open(&path, true).unwrap();
    let person = store.reader().person_by_email("dana@nl.example").unwrap().map(|it| it.id);
    let session = Session::open(store, Who { actor: actor(), person }, now(), now().into()).unwrap();
    let mut desk = Desk { session, path, folder };
    assert!(desk.stage(&[cmd(r#"{"add":{"type":"person","email":"eve@x.example"}}"#)]));
    assert!(desk.shown().0.contains("eve@x.example"));
    assert!(desk.session.save().is_err());
    assert_eq!(desk.session.draft().steps().len(), 1);
    assert!(command::verify(&desk.file(), None, &mut |_| ()).unwrap().is_ok());
}

#[test]
fn letters_go_with_the_save_and_what_is_kept_of_a_staged_one_opens_nothing() {
    let mut desk = Desk::new();
    let invite = cmd(r#"{"invite":{"email":"eve@x.example","level":"team","roles":["seller"],"scopes":["everywhere"]}}"#);
    assert!(desk.stage(&[toggle("seller", "b.post", "grant")]) && desk.stage(&[invite]));
    assert_eq!(desk.session.draft().letters(), 1);
    let kept = desk.session.draft().lines(&desk.saved());
    desk.session.drop_draft().unwrap();
    desk.session.take_up(&kept).unwrap();
    let done = desk.session.save().unwrap();
    let token = done.sent[0].token.clone().unwrap();
    assert_eq!((done.sent.len(), desk.entries()), (1, 2));
    let written = serde_json::to_string(&kept).unwrap() + &desk.session.reader().entry(2).unwrap().unwrap().command;
    assert!(!written.contains(&token.reveal()) && !serde_json::to_string(&kept).unwrap().contains(&token.hash().to_string()));
    desk.session.run(&Command::Accept { token, email: None }).unwrap();
    assert!(desk.shown().1.iter().any(|it| it.contains("eve@x.example")));
    proven(&desk.file());
}

#[test]
fn of_what_one_save_sends_twice_or_takes_back_no_link_is_shown_that_is_dead() {
    let mut desk = Desk::new();
    let invite = cmd(r#"{"invite":{"email":"eve@x.example","level":"team","roles":["seller"],"scopes":["everywhere"]}}"#);
    assert!(desk.stage(std::slice::from_ref(&invite)) && desk.stage(std::slice::from_ref(&invite)));
    let done = desk.session.save().unwrap();
    assert_eq!(done.sent.len(), 1);
    let again = [cmd(r#"{"resend":{"offer":{"invitation":2},"seen":1}}"#), cmd(r#"{"cancel":{"invitation":2}}"#)];
    assert!(desk.stage(&again));
    assert_eq!((desk.session.draft().letters(), desk.session.save().unwrap().sent.len()), (0, 0));
}

#[test]
fn a_step_that_is_refused_says_nothing_of_what_its_actor_may_not_see() {
    let mut desk = Desk::new();
    desk.other(&cmd(r#"{"add":{"type":"person","email":"hush@secret.example"}}"#));
    let ana = desk.session.reader().person_by_email("ana@acme.example").unwrap().unwrap();
    let who = Who { actor: Actor { email: ana.email, ..actor() }, person: Some(ana.id) };
    let mut limited = Session::open(Store::open(&desk.path, false).unwrap(), who, now(), now().into()).unwrap();
    limited.take_up(&[Command::Undo(2), cmd(r#"{"remove":{"person":"hush@secret.example"}}"#)]).unwrap();
    let steps = limited.draft().steps();
    assert!(steps.iter().all(|it| it.unfit.is_some()));
    assert_eq!(steps[0].words, r#"{"undo":2}"#);
}
