//! What is found about people and what they hold.

use chrono::TimeDelta;
use rolecall::command::{self, Command};
use rolecall::domain::audit::RULES;
use rolecall::domain::record::{InvitationRecord, Key};
use rolecall::domain::token::Token;
use rolecall::facts::Store;
use rolecall::facts::sight::{Eyes, Sight};
use rolecall::query::audit::Audit;

use crate::world::{actor, at, cmd};
use crate::{NOW, after, agency, check, check_in, contact, found_at, holds, in_team, mended, person, site, told};

const DANA: &str = "dana@nl.example";
const TIM: &str = "tim@nl.example";
const CY: &str = "cy@corp.example";
const FAY: &str = "fay@free.example";

#[test]
fn a_former_contact_who_gets_in_is_found_once() {
    let former = contact(FAY, "former");
    let rule = "former-with-access";
    check(rule, "", &[]);
    check(rule, &former, &[]);
    check(rule, &holds(FAY, "maker", "shop", ""), &[]);
    let holding = former.clone() + &holds(FAY, "maker", "shop", "") + &holds(FAY, "reader", "press", "");
    check(rule, &holding, &["high fay@free.example"]);
    check(rule, &(former.clone() + &holds(FAY, "maker", "shop", r#""until":"2026-11-21T12:00:00Z""#)), &[]);
    check(rule, &(former.clone() + &holds(FAY, "maker", "shop", r#""since":"2027-01-01T00:00:00Z""#)), &["high fay@free.example"]);
    check(rule, &(former.clone() + &in_team(FAY, "reader", r#"{"folder":"retail"}"#, "")), &["high fay@free.example"]);
    let invite = r#"{"invite":{"email":"eve@acme.example","level":"site","roles":["reader"],"scopes":[{"site":"shop"}]}}"#;
    check_in(&after(&contact("eve@acme.example", "former"), &[invite]), rule, &["high eve@acme.example"]);
    let store = agency(&holding);
    assert_eq!(told(&store, rule).0, "Fay is a former contact and still holds 2 roles on Press, Shop");
    mended(store, rule);
}

#[test]
fn what_a_guest_was_given_without_an_end_is_found_once_it_is_old() {
    let rule = "never-ends";
    let held = |more: &str| holds(FAY, "maker", "shop", more);
    check(rule, &held(r#""since":"2026-08-23T11:59:59Z""#), &["medium fay@free.example"]);
    check(rule, &held(r#""since":"2026-08-23T12:00:00Z""#), &[]);
    check(rule, &held(r#""since":"2026-01-01T00:00:00Z","until":"2027-01-01T00:00:00Z""#), &[]);
    check(rule, &(contact(FAY, "client") + &held(r#""since":"2026-01-01T00:00:00Z""#)), &[]);
    mended(agency(&held(r#""since":"2026-01-01T00:00:00Z""#)), rule);
}

/// A platform that keeps two permissions apart, with a shop of the agency's and a bank that it hosts for Cy.
const DUO: &str = r#"{"type":"catalog","platform":"duo","categories":["A"],"permissions":[{"id":"make","label":"Make bills","category":"A"},{"id":"pay","label":"Pay bills","category":"A"},{"id":"see","label":"See bills","category":"A"},{"id":"apps","label":"Add apps","category":"A","risk":["widens"]}],"separate":[{"permissions":["pay","make"],"reason":"whoever makes a bill and pays it can pay themselves."}],"roles":[{"key":"duo-owner","name":"Duo owner","level":"site","all":["A"],"owner":true},{"key":"biller","name":"Biller","level":"both","grants":["make"]},{"key":"payer","name":"Payer","level":"both","grants":["pay"]},{"key":"viewer","name":"Viewer","level":"both","grants":["see"]},{"key":"fitter","name":"Fitter","level":"both","grants":["apps","see"]},{"key":"chief","name":"Chief","level":"both","grants":["make","pay"]}]}
{"type":"site","key":"till","name":"Till","platform":"duo","folder":null,"owner":"dana@nl.example"}
{"type":"site","key":"bank","name":"Bank","platform":"duo","folder":null,"owner":"cy@corp.example","host":"agency"}
"#;

/// Roles of the agency's own: one that gives nothing on a site, and one that takes an app.
const ROLES: &str = r#"{"type":"role","key":"runner","name":"Runner","platform":"mini","level":"both","permissions":["a.team"]}
{"type":"role","key":"packer","name":"Packer","platform":"mini","level":"both","permissions":["b.sell"]}
"#;

const EVERYWHERE: &str = r#""everywhere""#;
const RETAIL: &str = r#"{"folder":"retail"}"#;

/// The keys of what would be taken, of the only finding.
fn taken(store: &Store, rule: &str) -> Vec<String> {
    let key = |it: Command| match it {
        Command::Remove(Key::Assignment(key)) => format!("{} {} {}", key.person, key.role, key.level),
        other => format!("{other:?}"),
    };
    told(store, rule).1.unwrap().into_iter().map(key).collect()
}

#[test]
fn a_guest_who_lets_others_in_is_found_and_gets_a_narrower_role() {
    let rule = "outsider-widens";
    check(rule, &holds(FAY, "inviter", "shop", ""), &["high fay@free.example:shop"]);
    check(rule, &(DUO.to_owned() + &holds(FAY, "fitter", "till", "")), &["medium fay@free.example:till"]);
    check(rule, &holds(FAY, "maker", "shop", ""), &[]);
    check(rule, &holds(FAY, "inviter", "shop", r#""until":"2026-11-21T12:00:00Z""#), &[]);
    check(rule, &(contact(FAY, "client") + &holds(FAY, "inviter", "shop", "")), &[]);
    check(rule, &holds(TIM, "inviter", "shop", ""), &[]);
    // The ceiling of sites takes it away.
    check(rule, &(ROLES.to_owned() + &holds(FAY, "runner", "shop", "")), &[]);
    let store = agency(&holds(FAY, "inviter", "shop", ""));
    assert_eq!(told(&store, rule).0, "Fay, a guest, can let others in on Shop: Invite people");
    mended(store, rule);
    let store = agency(&(DUO.to_owned() + &holds(FAY, "fitter", "till", "")));
    assert_eq!(told(&store, rule).0, "Fay, a guest, can widen access on Till: Add apps");
    mended(store, rule);
}

#[test]
fn a_guest_who_sees_personal_data_without_an_end_or_a_reason_is_found() {
    let rule = "outsider-data";
    check(rule, &holds(FAY, "caller", "shop", ""), &["medium fay@free.example:shop"]);
    check(rule, &holds(FAY, "caller", "shop", r#""reason":"newsletter""#), &[]);
    check(rule, &holds(FAY, "caller", "shop", r#""until":"2027-11-21T12:00:00Z""#), &[]);
    check(rule, &holds(FAY, "maker", "shop", ""), &[]);
    check(rule, &(contact(FAY, "client") + &holds(FAY, "caller", "shop", "")), &[]);
    // What is given without a reason has to be what shows it.
    check(rule, &(holds(FAY, "caller", "shop", r#""reason":"newsletter""#) + &holds(FAY, "maker", "shop", "")), &[]);
    // Money and letting others in are said instead.
    check(rule, &(holds(FAY, "caller", "shop", "") + &holds(FAY, "clerk", "shop", "")), &[]);
    check(rule, &(holds(FAY, "caller", "shop", "") + &holds(FAY, "inviter", "shop", "")), &[]);
    let store = agency(&(holds(FAY, "caller", "shop", "") + &holds(FAY, "maker", "shop", "")));
    let (sentence, mend) = told(&store, rule);
    assert_eq!(sentence, "Fay, a guest, sees personal data of Shop without an end or a reason: See customers");
    assert_eq!(mend.unwrap().len(), 1, "what shows nothing stays as it is");
    mended(store, rule);
}

#[test]
fn both_halves_of_a_pair_in_one_hand_are_found_once_a_person() {
    let rule = "toxic-pair";
    let duo = |more: String| DUO.to_owned() + &more;
    let fay = &["high fay@free.example:duo/make:duo/pay"];
    check(rule, DUO, &[]);
    check(rule, &duo(holds(FAY, "biller", "till", "")), &[]);
    check(rule, &duo(holds(FAY, "chief", "till", "")), fay);
    check(rule, &duo(holds(FAY, "biller", "till", "") + &holds(FAY, "payer", "till", "")), fay);
    check(rule, &duo(holds(FAY, "biller", "till", "") + &holds(FAY, "payer", "bank", "")), fay);
    check(rule, &duo(holds(FAY, "biller", "till", "") + &holds(FAY, "payer", "till", r#""until":"2026-11-21T12:00:00Z""#)), &[]);
    check(rule, &duo(holds(FAY, "biller", "till", "") + &holds(FAY, "payer", "till", r#""until":"2026-11-21T12:00:01Z""#)), fay);
    // What Cy has as an owner does not count, what Cy holds elsewhere does.
    check(rule, &duo(holds(CY, "payer", "till", "")), &[]);
    check(rule, &duo(holds(CY, "chief", "till", "")), &["high cy@corp.example:duo/make:duo/pay"]);
    check(rule, &duo(in_team(DANA, "chief", EVERYWHERE, "")), &[]);
    check(rule, &duo(in_team(TIM, "chief", EVERYWHERE, "")), &["high tim@nl.example:duo/make:duo/pay"]);
    check(rule, &duo(in_team(TIM, "biller", EVERYWHERE, "") + &holds(TIM, "payer", "bank", "")), &["high tim@nl.example:duo/make:duo/pay"]);
    // A nearer role stands in place of the wider one on the only sites.
    let nearer = in_team(TIM, "viewer", r#"{"site":"till"}"#, "") + &in_team(TIM, "viewer", r#"{"site":"bank"}"#, "");
    check(rule, &duo(in_team(TIM, "chief", EVERYWHERE, "") + &nearer), &[]);
    let store = agency(&duo(holds(FAY, "biller", "till", "") + &holds(FAY, "payer", "bank", "")));
    let (sentence, mend) = told(&store, rule);
    let reason = "whoever makes a bill and pays it can pay themselves";
    assert_eq!(sentence, format!("Fay holds both Make bills and Pay bills, on Bank, Till: {reason}"));
    assert!(mend.is_err());
    let store = agency(&duo(in_team(TIM, "biller", EVERYWHERE, "") + &holds(TIM, "payer", "bank", "")));
    assert!(told(&store, rule).0.starts_with("Tim holds both Make bills and Pay bills, in the team and on Bank: "));
}

#[test]
fn addresses_that_look_alike_are_found_where_both_get_in() {
    let rule = "look-alike";
    let guest = |email: &str, at: &str| person(email) + &holds(email, "reader", at, "");
    let fay = |at: &str| holds(FAY, "reader", at, "");
    check(rule, "", &[]);
    check(rule, &(fay("shop") + &guest("fay@tree.example", "shop")), &["high fay@free.example:fay@tree.example"]);
    check(rule, &(fay("shop") + &guest("fay@trees.example", "shop")), &[]);
    check(rule, &(fay("shop") + &guest("may@free.example", "shop")), &[]);
    check(rule, &(fay("shop") + &guest("fay@tree.example", "press")), &[]);
    check(rule, &(fay("shop") + &person("fay@tree.example")), &[]);
    check(rule, &(fay("shop") + &guest("f\u{430}y@free.example", "shop")), &["high fay@free.example:f\u{430}y@free.example"]);
    check(rule, &(fay("shop") + &guest("fay@fre\u{435}.example", "shop")), &["high fay@free.example:fay@fre\u{435}.example"]);
    let ended = person("fay@tree.example") + &holds("fay@tree.example", "reader", "shop", r#""until":"2026-11-21T12:00:00Z""#);
    check(rule, &(fay("shop") + &ended), &[]);
    // An owner has access, and the team wherever it reaches.
    check(rule, &guest("cy@c0rp.example", "shop"), &["high cy@c0rp.example:cy@corp.example"]);
    check(rule, &guest("tirn@nl.example", "press"), &["high tim@nl.example:tirn@nl.example"]);
    let team = person("tirn@nl.example") + &in_team("tirn@nl.example", "reader", RETAIL, "");
    check(rule, &team, &["high tim@nl.example:tirn@nl.example"]);
    assert_eq!(told(&agency(&team), rule).0, "tim@nl.example and tirn@nl.example look alike and are both of the team");
    let store = agency(&(fay("shop") + &guest("fay@fre\u{435}.example", "shop")));
    let (sentence, mend) = told(&store, rule);
    let other = "fay@fre\u{435}.example (xn--fre-tdd.example)";
    assert_eq!(sentence, format!("fay@free.example and {other} look alike and both have access to Shop"));
    assert!(mend.is_err());
}

/// The agency after somebody was invited and another address said yes.
fn accepted_by(email: &str, more: &str) -> Store {
    let mut store = agency(more);
    let token = || Token::new([7; 32]);
    let invite = r#"{"invite":{"email":"eve@acme.example","level":"site","roles":["reader"],"scopes":[{"site":"shop"}]}}"#;
    let Command::Invite(record) = cmd(invite) else { panic!("{invite}") };
    let invite = Command::Invite(InvitationRecord { token: token().hash(), ..record });
    let accept = Command::Accept { token: token(), email: Some(email.to_owned()) };
    for it in [invite, accept] {
        command::run(&mut store, &actor(), at(NOW), &it).unwrap();
    }
    store
}

#[test]
fn an_invitation_that_another_address_accepted_is_found_for_a_year() {
    let rule = "other-address";
    let found_after =
        |store: &Store, seconds: i64| found_at(store, rule, at(NOW) + TimeDelta::days(365) + TimeDelta::seconds(seconds)).len();
    let store = accepted_by("eva@acme.example", "");
    check_in(&store, rule, &["medium eva@acme.example:eve@acme.example"]);
    assert_eq!((found_after(&store, 0), found_after(&store, 1)), (1, 0));
    let (sentence, mend) = told(&store, rule);
    assert_eq!(sentence, "eva@acme.example accepted as eva@acme.example an invitation that was sent to eve@acme.example");
    assert!(mend.is_err());
    check_in(&accepted_by("Eve@ACME.example", ""), rule, &[]);
    // While they have any access.
    let mut store = accepted_by("eva@acme.example", "");
    let take = r#"{"remove":{"assignment":{"person":"eva@acme.example","role":"reader","level":"site","scope":{"site":"shop"}}}}"#;
    command::run(&mut store, &actor(), at(NOW), &cmd(take)).unwrap();
    check_in(&store, rule, &[]);
    let site = site("eva", "eva@acme.example", "owner", "draft", "");
    let mut store = accepted_by("eva@acme.example", &(person("eva@acme.example") + &site));
    command::run(&mut store, &actor(), at(NOW), &cmd(take)).unwrap();
    check_in(&store, rule, &["medium eva@acme.example:eve@acme.example"]);
}

#[test]
fn access_of_a_mailbox_that_many_read_is_found() {
    let rule = "shared-address";
    let held = |email: &str, more: &str| person(email) + &holds(email, "reader", "shop", more);
    check(rule, &held("info@acme.example", ""), &["medium info@acme.example"]);
    check(rule, &held("Office+shop@acme.example", ""), &["medium Office+shop@acme.example"]);
    check(rule, &held("informatics@acme.example", ""), &[]);
    check(rule, &person("info@acme.example"), &[]);
    check(rule, &held("info@acme.example", r#""until":"2026-11-21T12:00:00Z""#), &[]);
    check(rule, &held("info@acme.example", r#""since":"2026-11-21T12:00:01Z""#), &[]);
    let owned = person("info@acme.example") + &site("own", "info@acme.example", "owner", "draft", "");
    check(rule, &owned, &["medium info@acme.example"]);
    assert_eq!(told(&agency(&owned), rule).0, "info@acme.example is a mailbox that many may read, and owns own");
    let (sentence, mend) = told(&agency(&held("info@acme.example", "")), rule);
    assert_eq!(sentence, "info@acme.example is a mailbox that many may read, and holds 1 role");
    assert!(mend.is_err());
}

#[test]
fn somebody_of_the_team_from_elsewhere_with_something_sensitive_is_found() {
    let rule = "outside-domain";
    check(rule, &in_team(FAY, "clerk", EVERYWHERE, ""), &["medium fay@free.example"]);
    check(rule, &in_team(FAY, "clerk", r#"{"site":"shop"}"#, ""), &["medium fay@free.example"]);
    check(rule, &in_team(FAY, "maker", EVERYWHERE, ""), &[]);
    check(rule, &in_team(TIM, "clerk", EVERYWHERE, ""), &[]);
    check(rule, &holds(FAY, "clerk", "shop", ""), &[]);
    check(rule, &in_team(FAY, "clerk", EVERYWHERE, r#""until":"2026-11-21T12:00:00Z""#), &[]);
    check(rule, &in_team(FAY, "clerk", EVERYWHERE, r#""until":"2026-11-21T12:00:01Z""#), &["medium fay@free.example"]);
    check(rule, &(person("zoe@mail.nl.example") + &in_team("zoe@mail.nl.example", "clerk", EVERYWHERE, "")), &[]);
    check(rule, &(person("zoe@onl.example") + &in_team("zoe@onl.example", "clerk", RETAIL, "")), &["medium zoe@onl.example"]);
    let (sentence, mend) = told(&agency(&in_team(FAY, "clerk", EVERYWHERE, "")), rule);
    assert_eq!(sentence, "Fay is of the team as fay@free.example, which is not the agency's, and holds 1 role with something sensitive");
    assert!(mend.is_err());
}

#[test]
fn something_sensitive_without_a_reason_is_found() {
    let rule = "no-reason";
    check(rule, &holds(FAY, "clerk", "shop", ""), &["low fay@free.example"]);
    check(rule, &holds(FAY, "clerk", "shop", r#""reason":"books""#), &[]);
    check(rule, &holds(FAY, "maker", "shop", ""), &[]);
    check(rule, &holds(FAY, "clerk", "shop", r#""since":"2026-11-21T12:00:00Z""#), &["low fay@free.example"]);
    check(rule, &holds(FAY, "clerk", "shop", r#""since":"2026-11-21T12:00:01Z""#), &[]);
    // At site level the ceiling takes away what is sensitive of it.
    check(rule, &(ROLES.to_owned() + &holds(FAY, "runner", "shop", "")), &[]);
    check(rule, &(ROLES.to_owned() + &in_team(FAY, "runner", EVERYWHERE, "")), &["low fay@free.example"]);
    let (sentence, mend) = told(&agency(&(holds(FAY, "clerk", "shop", "") + &holds(FAY, "caller", "press", ""))), rule);
    assert_eq!(sentence, "Fay holds 2 roles with something sensitive, and nobody wrote down what for");
    assert!(mend.is_err());
}

#[test]
fn what_could_go_without_a_change_is_found_and_taken() {
    let rule = "changes-nothing";
    let fay = &["low fay@free.example"];
    let on_shop = |role: &str, more: &str| holds(FAY, role, "shop", more);
    check(rule, "", &[]);
    check(rule, &on_shop("reader", ""), &[]);
    check(rule, &(on_shop("maker", "") + &holds(FAY, "reader", "press", "")), &[]);
    check(rule, &(on_shop("maker", "") + &on_shop("clerk", "")), &[]);
    let both = agency(&(on_shop("maker", "") + &on_shop("reader", "")));
    assert_eq!(taken(&both, rule), ["fay@free.example mini/reader site"]);
    assert_eq!(told(&both, rule).0, "Fay holds 1 role on Shop that could go, and nothing would change");
    mended(both, rule);
    // The younger of two that do the same; of one instant the one with the greater key.
    let twin = r#"{"type":"role","key":"twin","name":"Twin","platform":"mini","level":"both","permissions":["a.view"]}
"#;
    let twins = |of_reader: &str, of_twin: &str| agency(&(twin.to_owned() + &on_shop("reader", of_reader) + &on_shop("twin", of_twin)));
    assert_eq!(taken(&twins("", ""), rule), ["fay@free.example twin site"]);
    assert_eq!(taken(&twins("", r#""since":"2026-10-01T00:00:00Z""#), rule), ["fay@free.example mini/reader site"]);
    // Later counts as now does.
    let until = |day: &str| format!(r#""until":"{day}""#);
    check(rule, &(on_shop("maker", &until("2027-01-01T00:00:00Z")) + &on_shop("reader", "")), &[]);
    check(rule, &(on_shop("maker", "") + &on_shop("reader", &until("2027-01-01T00:00:00Z"))), fay);
    check(rule, &(on_shop("maker", &until("2027-01-01T00:00:00Z")) + &on_shop("reader", &until("2027-01-01T00:00:00Z"))), fay);
    check(rule, &(on_shop("maker", &until("2027-01-01T00:00:00Z")) + &on_shop("reader", &until("2027-01-01T00:00:01Z"))), &[]);
    check(rule, &(on_shop("maker", &until("2026-11-21T12:00:00Z")) + &on_shop("reader", "")), &[]);
    check(rule, &(on_shop("maker", r#""since":"2027-01-01T00:00:00Z""#) + &on_shop("reader", "")), &[]);
    check(rule, &(on_shop("maker", "") + &on_shop("reader", r#""since":"2027-01-01T00:00:00Z""#)), fay);
    // What gives nothing there: for its ceiling, for a missing app beside the rest, to the owner.
    check(rule, &(ROLES.to_owned() + &on_shop("runner", "")), fay);
    check(rule, &(ROLES.to_owned() + &on_shop("packer", "")), &[]);
    check(rule, &(ROLES.to_owned() + &on_shop("packer", "") + &on_shop("reader", "")), fay);
    check(rule, &holds(CY, "maker", "shop", ""), &["low cy@corp.example"]);
}

#[test]
fn what_of_the_team_could_go_is_tried_where_sites_may_come_too() {
    let rule = "changes-nothing";
    let tim = &["low tim@nl.example"];
    check(rule, &in_team(TIM, "reader", EVERYWHERE, ""), tim);
    check(rule, &in_team(TIM, "clerk", EVERYWHERE, ""), &[]);
    check(rule, &holds(TIM, "maker", "shop", ""), tim);
    check(rule, &holds(TIM, "maker", "press", ""), tim);
    // A nearer role takes away, so that somebody would gain.
    check(rule, &in_team(TIM, "maker", RETAIL, ""), &[]);
    let nearer = agency(&in_team(TIM, "publisher", RETAIL, ""));
    assert_eq!(taken(&nearer, rule), ["tim@nl.example mini/publisher team"]);
    mended(nearer, rule);
    check(rule, &in_team(TIM, "publisher", RETAIL, r#""since":"2026-01-01T00:00:00Z""#), tim);
    check(rule, &in_team(TIM, "publisher", r#"{"site":"shop"}"#, ""), tim);
    check(rule, &in_team(TIM, "maker", r#"{"site":"shop"}"#, ""), &[]);
    // No site has the app, but one that comes may.
    check(rule, &(ROLES.to_owned() + &in_team(TIM, "packer", EVERYWHERE, "")), &[]);
    check(rule, &(ROLES.to_owned() + &holds(TIM, "packer", "shop", "")), tim);
    // Nothing is in the folder, but something may come.
    let empty = r#"{"type":"folder","key":"empty","name":"Empty","parent":null}
"#;
    check(rule, &(empty.to_owned() + &in_team(FAY, "reader", r#"{"folder":"empty"}"#, "")), &[]);
    check(rule, &(empty.to_owned() + &in_team(TIM, "maker", r#"{"folder":"empty"}"#, "")), &[]);
    // What the account owner holds counts on a client's site.
    check(rule, &in_team(DANA, "publisher", EVERYWHERE, ""), &[]);
    check(rule, &(in_team(DANA, "publisher", EVERYWHERE, "") + &in_team(DANA, "reader", EVERYWHERE, "")), &["low dana@nl.example"]);
}

#[test]
fn a_nearer_role_that_takes_away_is_found() {
    let rule = "narrows";
    let tim = &["low tim@nl.example"];
    check(rule, "", &[]);
    check(rule, &in_team(TIM, "maker", RETAIL, ""), tim);
    check(rule, &in_team(TIM, "publisher", RETAIL, ""), &[]);
    check(rule, &(in_team(TIM, "maker", RETAIL, "") + &holds(TIM, "publisher", "press", "")), &[]);
    check(rule, &(in_team(TIM, "maker", RETAIL, "") + &in_team(TIM, "publisher", RETAIL, "")), &[]);
    check(rule, &in_team(TIM, "maker", r#"{"site":"shop"}"#, ""), tim);
    check(rule, &in_team(TIM, "maker", RETAIL, r#""since":"2026-11-21T12:00:00Z""#), tim);
    check(rule, &in_team(TIM, "maker", RETAIL, r#""since":"2026-11-21T12:00:01Z""#), &[]);
    let folders = r#"{"type":"folder","key":"empty","name":"Empty","parent":null}
{"type":"folder","key":"inner","name":"Inner","parent":"retail"}
{"type":"site","key":"deep","name":"Deep","platform":"mini","folder":"inner","owner":"dana@nl.example"}
"#;
    check(rule, &(folders.to_owned() + &in_team(TIM, "maker", r#"{"folder":"empty"}"#, "")), &[]);
    // On `deep` the folder's role stands in place of the one above, which takes away nothing that the widest gives there.
    let inner = in_team(TIM, "publisher", RETAIL, "") + &in_team(TIM, "reader", r#"{"folder":"inner"}"#, "");
    check(rule, &(folders.to_owned() + &inner), tim);
    let (sentence, mend) = told(&agency(&in_team(TIM, "maker", RETAIL, "")), rule);
    assert_eq!(sentence, "what Tim holds in Retail takes away 1 permission that a wider role would give there");
    assert!(mend.is_err());
    // Whoever owns a site can do everything there.
    check(rule, &(in_team(DANA, "publisher", EVERYWHERE, "") + &in_team(DANA, "maker", RETAIL, "")), &[]);
}

#[test]
fn who_holds_nothing_at_all_is_found_and_removed() {
    let rule = "holds-nothing";
    check(rule, "", &["low fay@free.example"]);
    check(rule, &holds(FAY, "reader", "shop", ""), &[]);
    check(rule, &holds(FAY, "reader", "shop", r#""since":"2027-01-01T00:00:00Z""#), &[]);
    check(rule, &holds(FAY, "reader", "shop", r#""until":"2026-11-21T12:00:01Z""#), &[]);
    let ended = holds(FAY, "reader", "shop", r#""until":"2026-11-21T12:00:00Z""#);
    check(rule, &ended, &["low fay@free.example"]);
    check(rule, &contact(FAY, "former"), &[]);
    check(rule, &site("own", FAY, "owner", "parked", ""), &[]);
    let invite = r#"{"invite":{"email":"fay@free.example","level":"site","roles":["reader"],"scopes":[{"site":"shop"}]}}"#;
    check_in(&after("", &[invite]), rule, &[]);
    check_in(&after("", &[invite, r#"{"cancel":{"invitation":1}}"#]), rule, &["low fay@free.example"]);
    let ask = r#"{"ask":{"contact":"cy@corp.example","site":"the shop","roles":["reader"],"person":"fay@free.example"}}"#;
    check_in(&after("", &[ask]), rule, &[]);
    let hand_over = r#"{"hand-over":{"site":"press","kind":"transfer","email":"fay@free.example"}}"#;
    check_in(&after("", &[hand_over]), rule, &[]);
    assert_eq!(told(&agency(""), rule).0, "Fay holds nothing, owns nothing and was offered nothing");
    let store = mended(agency(&ended), rule);
    assert!(store.reader().person_by_email(FAY).unwrap().is_none());
}

#[test]
fn the_team_on_the_site_of_a_former_contact_is_found_and_taken_out() {
    let rule = "still-inside";
    let gone = |host: &str, status: &str| {
        contact("gus@gone.example", status) + &person("gus@gone.example") + &site("gone", "gus@gone.example", host, "published", "")
    };
    let tim = |more: &str| holds(TIM, "maker", "gone", more);
    check(rule, &(gone("owner", "former") + &tim("")), &["medium gone"]);
    check(rule, &gone("owner", "former"), &[]);
    check(rule, &(gone("agency", "former") + &tim("")), &[]);
    check(rule, &(gone("owner", "client") + &tim("")), &[]);
    check(rule, &(gone("owner", "former") + &holds(FAY, "maker", "gone", "")), &[]);
    check(rule, &(gone("owner", "former") + &tim(r#""until":"2026-11-21T12:00:00Z""#)), &[]);
    check(rule, &(gone("owner", "former") + &tim(r#""until":"2026-11-21T12:00:01Z""#)), &["medium gone"]);
    check(rule, &(gone("owner", "former") + &holds(DANA, "maker", "gone", "")), &["medium gone"]);
    let store = agency(&(gone("owner", "former") + &tim("")));
    assert_eq!(told(&store, rule).0, "Tim of the team still gets in on gone, whose owner gus@gone.example is a former contact");
    mended(store, rule);
}

#[test]
fn who_does_not_see_the_team_is_told_what_is_on_the_sites_that_they_see() {
    let lines = holds(FAY, "inviter", "shop", "")
        + &person("tirn@nl.example")
        + &in_team("tirn@nl.example", "reader", RETAIL, "")
        + &in_team(TIM, "maker", r#"{"site":"shop"}"#, "")
        + &person("fay@tree.example")
        + &holds("fay@tree.example", "reader", "shop", "")
        + &holds("fay@tree.example", "reader", "press", "");
    let store = agency(&lines);
    let sight = Sight::of(store.reader(), FAY, at(NOW)).unwrap();
    let store = store.seen_by(Eyes::new(sight, None));
    let db = store.reader();
    let policy = db.policy(None).unwrap();
    let audit = Audit::of(db, &policy, RULES, at(NOW)).unwrap();
    for it in &audit.findings {
        audit.shown(db, it).unwrap();
    }
    assert_eq!(audit.in_part.iter().map(|it| (it.0.id, it.1)).collect::<Vec<_>>(), [("look-alike", "for the team")]);
    let keys: Vec<&str> = audit.findings.iter().map(|it| it.key.as_str()).collect();
    let (there, elsewhere): (Vec<&str>, Vec<&str>) = keys.iter().partition(|it| it.contains("fay@") || it.ends_with(":shop"));
    assert!(there.contains(&"look-alike:fay@free.example:fay@tree.example"), "{keys:?}");
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
}
