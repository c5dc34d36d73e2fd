//! The text rules against the corpus of hostile strings.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use rolecall::domain::text;
use serde::Deserialize;

#[derive(Deserialize)]
struct Hostile {
    name: String,
    value: String,
    class: String,
}

fn corpus() -> Vec<Hostile> {
    serde_json::from_str(include_str!("data/hostile-strings.json")).unwrap()
}

/// Holds for every entry that `which` picks, or names all for which it does not.
fn check(which: impl Fn(&Hostile) -> bool, holds: impl Fn(&Hostile) -> bool) {
    let picked: Vec<Hostile> = corpus().into_iter().filter(which).collect();
    assert!(!picked.is_empty(), "nothing was checked");
    let failed: Vec<_> = picked.iter().filter(|it| !holds(it)).map(|it| format!("{} {:?}", it.name, it.value)).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

/// Entries of a refused class that are accepted all the same.
const ACCEPTED: &[(&str, &str)] = &[
    ("caret-notation-literal", "plain text that only looks like an escape"),
    ("zw-replacement-char", "visible; an import warns that an earlier program lost a letter here"),
];

fn is_refused_class(it: &Hostile) -> bool {
    matches!(it.class.as_str(), "control" | "ansi" | "bidi" | "invisible") && !ACCEPTED.iter().any(|(name, _)| *name == it.name)
}

/// As §F has them, without a look at neighbours: what is allowed somewhere is left out.
fn is_never_shown(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}' | '\u{206a}' | '\u{2800}')
        || matches!(c, '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffc}' | '\u{ffff}' | '\u{10ffff}' | '\u{e0100}')
}

#[test]
fn nothing_that_acts_hides_or_reorders_gets_past_display() {
    check(|_| true, |it| !text::display(&it.value).chars().any(is_never_shown));
}

#[test]
fn what_is_displayed_is_displayed_as_it_is() {
    check(|_| true, |it| text::display(&text::display(&it.value)) == text::display(&it.value));
}

#[test]
fn a_twin_by_an_invisible_character_looks_different() {
    check(is_refused_class, |it| text::display(&it.value).contains('‹') || it.value.trim().is_empty());
}

#[test]
fn names_with_hidden_characters_are_refused() {
    check(is_refused_class, |it| text::required("name", &it.value).is_err());
}

#[test]
fn exceptions_are_accepted_and_shown_as_they_are() {
    let is_exception = |it: &Hostile| ACCEPTED.iter().any(|(name, _)| *name == it.name);
    check(is_exception, |it| text::line("name", &it.value).as_deref() == Ok(&it.value) && text::display(&it.value) == it.value);
}

#[test]
fn real_spelling_is_accepted_unchanged() {
    let is_real = |it: &Hostile| it.name.ends_with("-legit") || it.class == "rtl";
    check(is_real, |it| {
        let composed: String = unicode_normalization::UnicodeNormalization::nfc(it.value.as_str()).collect();
        text::line("name", &it.value) == Ok(composed) && text::display(&it.value) == it.value
    });
}

#[test]
fn wide_characters_emoji_code_and_markup_are_only_text() {
    let plain = |it: &Hostile| matches!(it.class.as_str(), "wide" | "sql" | "path-shell" | "markup");
    check(plain, |it| text::line("name", &it.value).is_ok() && text::display(&it.value) == it.value);
}

#[test]
fn marks_are_limited_to_four_on_a_letter() {
    let legal = ["comb-enclosing", "comb-hebrew-legit", "comb-thai-legit", "comb-devanagari-zwj-legit"];
    check(|it| it.class == "combining", |it| text::line("name", &it.value).is_ok() == legal.contains(&it.name.as_str()));
}

#[test]
fn lengths_are_limited_in_characters_and_bytes() {
    let legal = ["long-255", "long-email-local-65", "long-label-64", "long-bytes-vs-chars"];
    check(|it| it.class == "long", |it| text::line("name", &it.value).is_ok() == legal.contains(&it.name.as_str()));
    check(|it| it.name.starts_with("long-email") || it.name.starts_with("long-label"), |it| text::email(&it.value).is_err());
}

#[test]
fn spaces_are_trimmed_and_folded_and_nothing_is_not_a_name() {
    let folded = |it: &Hostile| it.value.split_whitespace().collect::<Vec<_>>().join(" ");
    check(|it| it.class == "whitespace", |it| text::line("name", &it.value) == Ok(folded(it)));
    check(|it| it.name == "ws-empty" || it.name == "c0-lf-only", |it| text::required("name", &it.value).is_err());
}

#[test]
fn addresses_that_mailers_misread_are_refused() {
    check(|it| it.class == "smtp" || it.name == "bidi-email-rlo", |it| text::email(&it.value).is_err());
}

#[test]
fn twins_have_one_key() {
    for (a, b) in [
        ("Caf\u{e9}", "Cafe\u{301}"),
        ("\u{212b}ngstrom", "\u{c5}ngstrom"),
        ("of\u{fb01}ce", "OFFICE"),
        ("\u{d55c}\u{ae00}", "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}"),
        ("q\u{307}\u{323}", "q\u{323}\u{307}"),
        ("Stra\u{df}e", "STRASSE"),
        ("adm\u{131}n", "ADMIN"),
        ("\u{17f}upport", "Support"),
        ("\u{ff41}\u{ff44}\u{ff4d}\u{ff49}\u{ff4e}", "admin"),
    ] {
        assert_eq!(text::name_key(a), text::name_key(b), "{a} {b}");
        let mailbox = |it: &str| text::email_key(&format!("{it}@example.com"));
        assert_eq!(mailbox(a), mailbox(b), "{a} {b}");
    }
    assert_eq!(text::email_key("\u{212a}im@example.com"), "kim@example.com");
    assert_eq!(text::email_key("kim@example\u{ff0e}com"), "kim@example.com");
    assert_eq!(text::email_key("kim@example\u{3002}com"), "kim@example.com");
}

#[test]
fn a_key_is_its_own_key() {
    check(|_| true, |it| text::name_key(&text::name_key(&it.value)) == text::name_key(&it.value));
    check(|_| true, |it| text::email_key(&text::email_key(&it.value)) == text::email_key(&it.value));
}
