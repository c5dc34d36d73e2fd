//! The letters that go out: what they say, and that nobody's text can make them say more.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod world;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use mail_parser::{Message, MessageParser};
use rolecall::command::Command;
use rolecall::domain::record::{OfferKey, Record};
use rolecall::domain::text::display;
use rolecall::domain::things::Role;
use rolecall::domain::token::Token;
use rolecall::exchange::mail::{self, Letter};
use rolecall::exchange::outbox;
use rolecall::facts::Store;
use rolecall::query::records;
use tempfile::TempDir;
use world::{cmd, now, run, run_all, world};

const TOKEN: [u8; 32] = [7; 32];

fn token() -> Token {
    Token::new(TOKEN)
}

fn hash() -> String {
    token().hash().to_string()
}

fn letter(store: &Store, key: OfferKey, token: Option<&Token>) -> Letter {
    let db = store.reader();
    mail::of(db, &db.policy(None).unwrap(), key, token).unwrap()
}

fn eml(letter: &Letter) -> Vec<u8> {
    letter.eml("test.1", now()).unwrap()
}

fn parse(bytes: &[u8]) -> Message<'_> {
    MessageParser::new().parse(bytes).unwrap()
}

/// Names, line and logo of the agency.
fn dress(store: &mut Store, name: &str, line: &str, logo: &str) {
    let db = store.reader();
    let before = records::workspace(db, &db.policy(None).unwrap()).unwrap();
    let mut after = before.clone();
    (after.name, after.profile.line, after.profile.logo) = (name.to_owned(), line.to_owned(), logo.to_owned());
    run(store, &Command::Edit { before: Record::Workspace(before), after: Record::Workspace(after) }).unwrap();
}

fn invite(store: &mut Store, more: &str) {
    let text = format!(
        r#"{{"invite":{{"email":"new@acme.example","level":"site","roles":["reader","seller"],"scopes":[{{"site":"acme"}},{{"site":"bakery"}}],"token":"{}"{more}}}}}"#,
        hash()
    );
    run_all(store, &[&text]);
}

#[test]
fn an_invitation_says_who_where_what_until_when_and_how_to_accept() {
    let mut store = world();
    dress(&mut store, "Northlight", "Sites that last", " /\\\n/__\\");
    run_all(&mut store, &[r#"{"add":{"type":"contact","name":"Nea Wirth","email":"new@acme.example"}}"#]);
    invite(&mut store, r#","until":"2027-01-31T00:00:00Z","note":"See you on Monday\nat nine""#);
    let bytes = eml(&letter(&store, OfferKey::Invitation(1), Some(&token())));
    let mail = parse(&bytes);
    assert_eq!(mail.subject(), Some("Northlight invites you to 2 sites"));
    let from = mail.from().unwrap().first().unwrap().clone();
    assert_eq!((from.name(), from.address()), (Some("Northlight"), Some("dana@nl.example")));
    let to = mail.to().unwrap().first().unwrap().clone();
    assert_eq!((to.name(), to.address()), (Some("Nea Wirth"), Some("new@acme.example")));
    assert_eq!(mail.message_id(), Some("test.1@nl.example"));
    assert_eq!(mail.date().unwrap().to_timestamp(), now().timestamp());
    let plain = mail.body_text(0).unwrap().replace("\r\n", "\n");
    let html = mail.body_html(0).unwrap().into_owned();
    let accept = format!("rolecall accept {}", token().reveal());
    for said in [
        "Sites that last",
        "Hello Nea Wirth",
        "Dana (dana@nl.example) of Northlight invites you",
        "Acme (https://acme.example)",
        "Bakery",
        "Reader: ",
        "Seller: Sell B",
        "2027-01-30 24:00 UTC",
        "See you on Monday",
        "at nine",
        &accept,
        "2026-12-21 12:00 UTC",
    ] {
        assert!(plain.contains(said), "no `{said}` in\n{plain}");
        assert!(html.contains(said), "no `{said}` in\n{html}");
    }
    assert!(plain.starts_with(" /\\\n/__\\\nNorthlight\nSites that last\n"), "{plain}");
}

#[test]
fn the_agency_sends_and_whoever_acted_gets_the_answer() {
    let mut store = world();
    invite(&mut store, "");
    let mut policy = store.reader().policy(None).unwrap();
    policy.owner = store.reader().the_person("bo@nl.example").unwrap().id;
    let bytes = eml(&mail::of(store.reader(), &policy, OfferKey::Invitation(1), Some(&token())).unwrap());
    let mail = parse(&bytes);
    assert_eq!(mail.from().unwrap().first().unwrap().address(), Some("bo@nl.example"));
    assert_eq!(mail.reply_to().unwrap().first().unwrap().address(), Some("dana@nl.example"));
    let own = eml(&letter(&store, OfferKey::Invitation(1), Some(&token())));
    assert!(parse(&own).reply_to().is_none());
}

#[test]
fn a_request_asks_in_words_and_has_no_link() {
    let mut store = world();
    run_all(
        &mut store,
        &[
            r#"{"ask":{"contact":"ana@acme.example","site":"The shop at acme.example","roles":["seller"],"person":"bo@nl.example","message":"For the summer sale"}}"#,
        ],
    );
    let bytes = eml(&letter(&store, OfferKey::Request(1), None));
    let mail = parse(&bytes);
    assert_eq!(mail.subject(), Some("Northlight asks for access to your site"));
    let plain = mail.body_text(0).unwrap().replace("\r\n", "\n");
    for said in
        ["Hello Ana Ruiz", "> The shop at acme.example", "Bo (bo@nl.example)", "Seller: Sell B", "> For the summer sale", "2026-12-21"]
    {
        assert!(plain.contains(said), "no `{said}` in\n{plain}");
    }
    assert!(!plain.contains("rolecall accept"), "{plain}");
}

#[test]
fn a_transfer_says_what_goes_along_and_a_proposal_that_the_client_keeps_the_site() {
    let mut store = world();
    let hand = |site: &str, kind: &str, to: &str, more: &str| {
        format!(r#"{{"hand-over":{{"site":"{site}","kind":"{kind}","email":"{to}","token":"{}"{more}}}}}"#, hash())
    };
    run_all(&mut store, &[&hand("acme", "transfer", "cy@corp.example", r#","with_plan":true,"keep":"seller""#)]);
    let given = letter(&store, OfferKey::Handover(1), Some(&token()));
    assert_eq!(given.subject(), "Northlight hands Acme over to you");
    for said in ["Acme is yours from then on", "plan, domain and mailboxes", "as Seller", "2026-11-24 12:00 UTC", "rolecall accept "] {
        assert!(given.text().contains(said), "no `{said}` in\n{}", given.text());
    }
    let other = Token::new([8; 32]);
    let proposal = hand("corp", "partner", "cy@corp.example", "").replace(&hash(), &other.hash().to_string());
    run_all(&mut store, &[&proposal]);
    let proposed = letter(&store, OfferKey::Handover(2), Some(&other));
    let whole = format!("{}{}{}", proposed.subject(), proposed.text(), proposed.html()).to_lowercase();
    assert!(whole.contains("you keep the site, its content, its domain and its copyright"), "{whole}");
    assert!(whole.contains("at any time"), "{whole}");
    assert!(!whole.contains("owner"), "{whole}");
}

#[derive(serde::Deserialize)]
struct Hostile {
    name: String,
    value: String,
}

fn corpus() -> Vec<Hostile> {
    serde_json::from_str(include_str!("data/hostile-strings.json")).unwrap()
}

/// What may stand raw in no mail: anything that acts, hides or reorders.
fn is_shown(text: &str) -> bool {
    text.lines().all(|line| display(line) == line)
}

/// A letter in which the text stands as the agency's name, and as name and description of a role,
/// past the checks at the door.
fn with_hostile(store: &Store, value: &str) -> Letter {
    let db = store.reader();
    let mut policy = db.policy(None).unwrap();
    value.clone_into(&mut policy.name);
    let mut role = Role::clone(&policy.find_role("seller").unwrap().role);
    (role.name, role.about) = (value.to_owned(), value.to_owned());
    policy.put_role(role);
    mail::of(db, &policy, OfferKey::Invitation(1), Some(&token())).unwrap()
}

#[test]
fn no_hostile_text_adds_a_header_a_recipient_a_part_or_a_tag() {
    let mut store = world();
    invite(&mut store, "");
    let plain = with_hostile(&store, "Northlight");
    let innocent = eml(&plain);
    let headers = |mail: &Message<'_>| mail.headers_raw().map(|it| it.0.to_owned()).collect::<Vec<_>>();
    let (expected, n_parts) = (headers(&parse(&innocent)), parse(&innocent).parts.len());
    for it in corpus() {
        let letter = with_hostile(&store, &it.value);
        let bytes = eml(&letter);
        let mail = parse(&bytes);
        assert_eq!(headers(&mail), expected, "{}", it.name);
        assert_eq!(mail.parts.len(), n_parts, "{}", it.name);
        assert_eq!(mail.to().unwrap().as_list().unwrap().len(), 1, "{}", it.name);
        assert_eq!(mail.to().unwrap().first().unwrap().address(), Some("new@acme.example"), "{}", it.name);
        assert_eq!(mail.from().unwrap().first().unwrap().address(), Some("dana@nl.example"), "{}", it.name);
        for said in [mail.subject().unwrap(), mail.from().unwrap().first().unwrap().name().unwrap_or_default()] {
            assert!(is_shown(said) && said.lines().count() <= 1, "{}: {said:?}", it.name);
        }
        assert!(is_shown(&letter.text()) && is_shown(&letter.html()), "{}: {}", it.name, letter.text());
        assert!(!bytes.split(|it| *it == b'\n').any(|line| line == b".\r"), "{}: a line with a dot alone ends a mail", it.name);
        let tags = |html: &str| html.matches('<').count();
        assert_eq!(tags(&letter.html()), tags(&plain.html()), "{}", it.name);
    }
}

#[test]
fn a_hostile_note_is_refused_or_inert() {
    let mut store = world();
    let mut n_sent = 0;
    for it in corpus() {
        let (note, token) = (serde_json::to_string(&it.value).unwrap(), Token::new([n_sent; 32]));
        let text = format!(
            r#"{{"invite":{{"email":"new@acme.example","level":"site","roles":["seller"],"scopes":[{{"site":"acme"}}],"note":{note},"token":"{}"}}}}"#,
            token.hash()
        );
        if run(&mut store, &cmd(&text)).is_err() {
            continue;
        }
        n_sent += 1;
        let letter = letter(&store, OfferKey::Invitation(i64::from(n_sent)), Some(&token));
        assert!(is_shown(&letter.text()) && is_shown(&letter.html()), "{}", it.name);
        assert!(!letter.html().contains("<script") && !letter.html().contains("<img"), "{}", it.name);
    }
    assert!(n_sent > 50, "{n_sent} notes were sent");
}

#[test]
fn an_address_with_letters_of_any_script_reaches_its_domain() {
    let mut store = world();
    let text = format!(
        r#"{{"invite":{{"email":"ana@bücher.example","level":"site","roles":["seller"],"scopes":[{{"site":"acme"}}],"token":"{}"}}}}"#,
        hash()
    );
    run_all(&mut store, &[&text]);
    assert_eq!(letter(&store, OfferKey::Invitation(1), Some(&token())).to(), "ana@xn--bcher-kva.example");
}

fn posted(workspace: &std::path::Path, letter: &Letter) -> anyhow::Result<std::path::PathBuf> {
    outbox::post(workspace, &[letter], now()).remove(0)
}

#[test]
fn many_letters_are_written_at_once_each_under_its_own_name() {
    let home = TempDir::new().unwrap();
    let mut store = world();
    invite(&mut store, "");
    let numbered = |n| {
        let mut it = letter(&store, OfferKey::Invitation(1), Some(&token()));
        it.about = format!("invitation-{n}");
        it
    };
    let letters: Vec<Letter> = (0..50).map(numbered).collect();
    let workspace = home.path().join("agency.db");
    let paths = outbox::post(&workspace, &letters.iter().chain(&letters).collect::<Vec<_>>(), now());
    let names: Vec<String> = paths.into_iter().map(|it| it.unwrap().file_name().unwrap().to_string_lossy().into_owned()).collect();
    for (n, name) in names.iter().enumerate() {
        assert!(name.starts_with(&format!("20261121T120000Z-invitation-{}", n % 50)), "{n}: {name}");
    }
    assert_eq!(fs::read_dir(outbox::beside(&workspace)).unwrap().count(), 100);
    assert_eq!(outbox::post(&workspace, &[], now()).len(), 0);
}

#[test]
fn the_outbox_is_for_you_alone_and_never_overwrites() {
    let home = TempDir::new().unwrap();
    let mut store = world();
    invite(&mut store, "");
    let letter = letter(&store, OfferKey::Invitation(1), Some(&token()));
    let workspace = home.path().join("agency.db");
    let folder = outbox::beside(&workspace);
    assert_eq!(folder, home.path().join("agency.outbox"));
    let first = posted(&workspace, &letter).unwrap();
    let second = posted(&workspace, &letter).unwrap();
    assert_eq!(first, folder.join("20261121T120000Z-invitation-1.eml"));
    assert_eq!(second, folder.join("20261121T120000Z-invitation-1-2.eml"));
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&first)), (0o700, 0o600));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
    assert_eq!(parse(&fs::read(&first).unwrap()).subject(), Some("Northlight invites you to 2 sites"));
}

#[test]
fn letters_follow_no_link_to_another_folder() {
    let home = TempDir::new().unwrap();
    let mut store = world();
    invite(&mut store, "");
    let letter = letter(&store, OfferKey::Invitation(1), Some(&token()));
    let elsewhere = home.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    symlink(&elsewhere, home.path().join("agency.outbox")).unwrap();
    assert!(posted(&home.path().join("agency.db"), &letter).is_err());
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
}

#[test]
fn the_outbox_of_a_shared_workspace_is_for_everybody_of_the_group() {
    let (home, mut store) = (tempfile::tempdir().unwrap(), world::world());
    invite(&mut store, "");
    let letter = letter(&store, OfferKey::Invitation(1), Some(&token()));
    let workspace = home.path().join("agency.db");
    fs::write(&workspace, "").unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let rights = |mode| fs::set_permissions(&workspace, fs::Permissions::from_mode(mode)).unwrap();
    rights(0o600);
    let first = posted(&workspace, &letter).unwrap();
    assert_eq!((mode(&outbox::beside(&workspace)), mode(&first)), (0o700, 0o600));
    rights(0o660);
    let second = posted(&workspace, &letter).unwrap();
    assert_eq!((mode(&outbox::beside(&workspace)), mode(&second)), (0o2770, 0o660));
}
