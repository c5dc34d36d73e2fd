//! What makes a finding one beside roles that are held: more of it brings back what somebody answered for.

use rolecall::command::{self, Command};
use rolecall::domain::record::InvitationRecord;
use rolecall::domain::token::Token;
use rolecall::exchange::bundle;
use rolecall::exchange::desired::desired;
use rolecall::facts::Store;

use crate::accepted::{acceptance, accepted, back, comes_back, run};
use crate::world::{actor, at, cmd, empty, export, proven, state, take_in};
use crate::{NOW, check_in, contact, holds, person, site};

const FAY: &str = "fay@free.example";
const OLD: &str = "old@corp.example";
const OLDER: &str = "older@corp.example";
const INFO: &str = "info@corp.example";
/// As Cy's address looks.
const ALIKE: &str = "cy@c\u{43e}rp.example";

fn role(key: &str, rights: &str) -> String {
    format!(r#"{{"type":"role","key":"{key}","name":"{key}","platform":"mini","level":"both","permissions":[{rights}]}}"#) + "\n"
}

/// A role that somebody holds.
fn packer(rights: &str) -> String {
    role("packer", rights) + &holds(FAY, "packer", "shop", "")
}

fn former(email: &str) -> String {
    person(email) + &contact(email, "former")
}

fn old_site(owner: &str) -> String {
    site("old", owner, "owner", "draft", "")
}

fn invites(n: u8, email: &str, role: &str, site: &str) -> Command {
    let invite = format!(r#"{{"invite":{{"email":"{email}","level":"site","roles":["{role}"],"scopes":[{{"site":"{site}"}}]}}}}"#);
    let Command::Invite(record) = cmd(&invite) else { panic!("{invite}") };
    Command::Invite(InvitationRecord { token: Token::new([n; 32]).hash(), ..record })
}

/// What is there becomes as these lines have it, be it a site's owner.
fn becomes(store: &mut Store, lines: &str) {
    let (db, mut bytes) = (store.reader(), lines.as_bytes());
    let policy = db.policy(None).unwrap();
    let found = desired(db, &policy, &mut bundle::read(&mut bytes), false).unwrap();
    let mut steps = found.differences.iter().flat_map(|it| it.steps(&actor().email));
    let (commands, refusal) = command::feasible(store, &actor(), at(NOW), &mut steps).unwrap();
    assert_eq!(refusal.map(|it| it.to_string()), None);
    run(store, &Command::Batch(commands));
}

/// One line of a bundle becomes another one.
fn edit(before: &str, after: &str) -> String {
    format!(r#"{{"edit":{{"before":{},"after":{}}}}}"#, before.trim(), after.trim())
}

/// Both have another address now.
fn moves(from: &str, to: &str) -> Command {
    let contacts =
        [contact(from, "former"), contact(from, "former").replace(&format!(r#""email":"{from}""#), &format!(r#""email":"{to}""#))];
    cmd(&format!(r#"{{"batch":[{},{}]}}"#, edit(&person(from), &person(to)), edit(&contacts[0], &contacts[1])))
}

/// What somebody answers for: by a rule, in the agency with more lines.
struct Case {
    rule: &'static str,
    lines: String,
    /// Its evidence as it travels, but for roles that are held.
    besides: &'static str,
    /// What makes it one more, or in another way, and by what it comes back.
    then: String,
    by: &'static str,
}

fn cases() -> Vec<Case> {
    let case = |rule, lines, besides, then, by| Case { rule, lines, besides, then, by };
    let (two, reads) = (former(OLD) + &former(OLDER), |who: &str, site: &str| holds(who, "reader", site, ""));
    let (of_old, of_older) = (r#"{"owner":"old@corp.example"}"#, old_site(OLDER));
    let mailbox = person(INFO) + &reads(INFO, "shop") + &site("desk", INFO, "owner", "draft", "");
    let draft = site("press", "dana@nl.example", "owner", "draft", "");
    let hosted = |owner: &str| site("old", owner, "agency", "published", "");
    let no_team = crate::in_team("tim@nl.example", "publisher", r#""everywhere""#, r#""until":"2026-11-21T12:00:00Z""#);
    vec![
        case("role-idle-rights", packer(r#""b.sell""#), r#"{"right":"b.sell"}"#, packer(r#""a.team","b.sell""#), "1 right more"),
        case(
            "unknown-permission",
            packer(r#""x.gone""#),
            r#"{"right":"x.gone"}"#,
            packer(r#""x.gone","x.lost","x.more""#),
            "2 rights more",
        ),
        case("role-twin", role("peeper", r#""a.view""#), r#"{"twin":"mini/reader"}"#, role("peeper", r#""a.edit""#), "1 twin more"),
        case("owner-gone", two.clone() + &old_site(OLD), of_old, of_older.clone(), "another owner"),
        case("still-inside", two + &old_site(OLD) + &reads("tim@nl.example", "old"), of_old, of_older, "another owner"),
        case("shared-address", mailbox, r#"{"owns":["info@corp.example","desk"]}"#, old_site(INFO), "1 site more"),
        case(
            "look-alike",
            person(ALIKE) + &reads(ALIKE, "shop"),
            r#"{"owns":["cy@corp.example","shop"]}"#,
            old_site(ALIKE) + &reads("cy@corp.example", "old"),
            "1 role more, 1 site more",
        ),
        case(
            "nobody-publishes",
            no_team + &person(OLD) + &site("shop", "cy@corp.example", "owner", "draft", "") + &draft + &hosted("cy@corp.example"),
            r#"{"owns":["cy@corp.example","old"]}"#,
            hosted(OLD),
            "another owner",
        ),
    ]
}

/// The agency in which the finding of a case is accepted.
fn begun(case: &Case) -> Store {
    accepted(&case.lines, case.rule)
}

/// The same in another file.
fn copied(store: &Store) -> Store {
    let mut other = empty();
    take_in(&mut other, &export(store)).unwrap();
    other
}

#[test]
fn more_of_whatever_makes_it_one_brings_it_back() {
    for case in cases() {
        let mut store = begun(&case);
        becomes(&mut store, &case.then);
        comes_back(&store, case.rule, case.by);
        let anew = acceptance(&store, case.rule, "2027-11-21T00:00:00Z");
        run(&mut store, &anew);
        assert_eq!(back(&store, case.rule), None, "{}", case.rule);
        let head = store.reader().head().unwrap().unwrap();
        run(&mut store, &Command::Undo(head.seq));
        comes_back(&store, case.rule, case.by);
        proven(&store);
    }
}

#[test]
fn whatever_makes_it_one_travels() {
    for case in cases() {
        let store = begun(&case);
        assert!(export(&store).contains(&format!(r#"{}],"until""#, case.besides)), "{}", export(&store));
        let mut other = copied(&store);
        check_in(&other, case.rule, &[]);
        assert_eq!(export(&other), export(&store), "{}", case.rule);
        let before = state(&other);
        take_in(&mut other, &export(&store)).unwrap();
        assert_eq!(state(&other), before, "{}", case.rule);
        becomes(&mut other, &case.then);
        comes_back(&other, case.rule, case.by);
    }
}

/// Findings that always have one of these were accepted without a word of it before it was written down.
#[test]
fn what_was_accepted_when_only_roles_were_written_down_stays_so() {
    for case in cases().into_iter().filter(|it| !["shared-address", "look-alike"].contains(&it.rule)) {
        let text = export(&begun(&case));
        let old = text.replace(&format!(r#""evidence":[{}],"#, case.besides), "").replace(&format!(",{}]", case.besides), "]");
        assert_ne!(old, text);
        let mut store = empty();
        take_in(&mut store, &old).unwrap();
        assert_eq!(export(&store), old, "{}", case.rule);
        check_in(&store, case.rule, &[]);
        becomes(&mut store, &case.then);
        check_in(&store, case.rule, &[]);
    }
}

#[test]
fn less_of_it_keeps_it() {
    let mut store = accepted(&packer(r#""a.team","b.sell""#), "role-idle-rights");
    run(&mut store, &cmd(r#"{"toggle":{"role":"packer","permissions":["b.sell"],"to":"revoke"}}"#));
    assert_eq!(back(&store, "role-idle-rights"), None);
    run(&mut store, &cmd(r#"{"toggle":{"role":"packer","permissions":["b.sell"],"to":"grant"}}"#));
    assert_eq!(back(&store, "role-idle-rights"), None);
    let mut store = accepted(&(person(INFO) + &holds(INFO, "reader", "shop", "") + &old_site(INFO)), "shared-address");
    becomes(&mut store, &(person(OLD) + &old_site(OLD)));
    assert_eq!(back(&store, "shared-address"), None);
}

#[test]
fn other_names_keep_it() {
    let mut store = accepted(&packer(r#""b.sell""#), "role-idle-rights");
    let renamed = packer(r#""b.sell""#).replace(r#""name":"packer""#, r#""name":"Crate""#);
    run(&mut store, &cmd(&edit(role("packer", r#""b.sell""#).trim(), renamed.lines().next().unwrap())));
    assert_eq!(back(&store, "role-idle-rights"), None);
    // The other role is meant, whatever it is called.
    let [abe, zed] = ["abe", "zed"].map(|it| role(it, r#""b.sell""#));
    let mut store = accepted(&(abe.clone() + &zed), "role-twin");
    run(&mut store, &cmd(&edit(&abe, &abe.replace("abe", "bob"))));
    assert_eq!(back(&store, "role-twin"), None);
    assert!(export(&store).contains(r#""evidence":[{"twin":"bob"}]"#), "{}", export(&store));
    // Now the other one is to go, for which nobody answers.
    run(&mut store, &cmd(&edit(&abe.replace("abe", "bob"), &abe.replace("abe", "zoo"))));
    check_in(&store, "role-twin", &["low zoo"]);
    run(&mut store, &cmd(&edit(&abe.replace("abe", "zoo"), &abe)));
    check_in(&store, "role-twin", &[]);
    take_in(&mut store, &role("late", r#""b.sell""#)).unwrap();
    check_in(&store, "role-twin", &["low late", "low zed"]);
    let mut store = accepted(&(former(OLD) + &old_site(OLD)), "owner-gone");
    run(&mut store, &moves(OLD, OLDER));
    assert_eq!(back(&store, "owner-gone"), None);
    assert!(export(&store).contains(r#""evidence":[{"owner":"older@corp.example"}]"#), "{}", export(&store));
}

/// Dana publishes by owning the site, and somebody else of the team does then.
#[test]
fn who_publishes_by_owning_the_site_is_evidence() {
    let rule = "one-publisher";
    let none = crate::in_team("tim@nl.example", "reader", r#""everywhere""#, "");
    let ended = crate::in_team("tim@nl.example", "publisher", r#""everywhere""#, r#""until":"2026-11-21T12:00:00Z""#);
    let shop = site("shop", "cy@corp.example", "owner", "draft", "");
    let mut store = accepted(&(none + &ended + &shop), rule);
    assert!(export(&store).contains(r#""evidence":[{"owns":["dana@nl.example","press"]}]"#), "{}", export(&store));
    becomes(&mut store, &site("press", "tim@nl.example", "agency", "published", ""));
    comes_back(&store, rule, "another owner");
}

#[test]
fn what_is_offered_to_a_former_contact_is_evidence_until_it_is_taken_back() {
    let rule = "former-with-access";
    let mut store = accepted(&(former(FAY) + &holds(FAY, "reader", "shop", "")), rule);
    run(&mut store, &invites(1, FAY, "maker", "shop"));
    comes_back(&store, rule, "1 offered role more");
    let anew = acceptance(&store, rule, "2027-11-21T00:00:00Z");
    run(&mut store, &anew);
    let offered = r#"{"offered":{"role":"mini/maker","level":"site","scope":{"site":"shop"}}}],"until""#;
    assert!(export(&store).contains(offered), "{}", export(&store));
    // Without the invitation, which does not travel, there is less of it.
    assert_eq!(back(&copied(&store), rule), None);
    run(&mut store, &cmd(r#"{"cancel":{"invitation":1}}"#));
    assert_eq!(back(&store, rule), None);
    take_in(&mut store, &holds(FAY, "caller", "shop", "")).unwrap();
    run(&mut store, &invites(2, FAY, "clerk", "shop"));
    comes_back(&store, rule, "1 role more, 1 offered role more");
    proven(&store);
}

#[test]
fn an_address_that_is_nobody_s_is_offered_more() {
    let (rule, eve) = ("former-with-access", "eve@acme.example");
    let mut store = crate::agency(&contact(eve, "former"));
    run(&mut store, &invites(1, eve, "maker", "shop"));
    let accept = acceptance(&store, rule, "2027-11-21T00:00:00Z");
    run(&mut store, &accept);
    assert_eq!(back(&store, rule), None);
    run(&mut store, &invites(2, eve, "clerk", "press"));
    comes_back(&store, rule, "1 offered role more");
}

#[test]
fn evidence_that_is_not_understood_is_refused_with_what_may_stand_there() {
    let text = export(&accepted(&packer(r#""b.sell""#), "role-idle-rights"));
    let refused = |from: &str, to: &str| take_in(&mut empty(), &text.replace(from, to)).unwrap_err();
    let wrong = refused(r#"{"right":"b.sell"}"#, r#"{"rite":"b.sell"}"#);
    assert!(wrong.contains("evidence is who holds which role (person, role, level, scope), or `right`, `owner`"), "{wrong}");
    let empty = refused(r#"{"right":"b.sell"}"#, r#"{"right":" "}"#);
    assert!(empty.contains("the right is empty"), "{empty}");
    let unknown = refused(r#"{"right":"b.sell"}"#, r#"{"twin":"nowhere"}"#);
    assert!(unknown.contains("no role `nowhere`"), "{unknown}");
}
