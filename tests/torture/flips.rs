//! Single bits of a resting workspace turned over.

use std::fs;

use super::home::Home;
use super::{Chance, copy_of, count, spread, verified, workspace};

/// What is asked; of `can --batch` every pair at once.
const QUESTIONS: [&[&str]; 16] = [
    &["can", "--batch", "batch.tsv"],
    &["who-can", "stores.orders.manage"],
    &["who-can", "blog.posts.publish_all", "acme"],
    &["what-can", "ana@acme.example"],
    &["why", "bo@n.example", "editor.site.publish", "corp", "--format", "json"],
    &["matrix", "people", "--site", "acme", "--summary"],
    &["person", "list"],
    &["person", "show", "cy@corp.example"],
    &["contact", "list", "--filter", "ana"],
    &["site", "list"],
    &["assignment", "list"],
    &["invite", "list", "--format", "json"],
    &["request", "list", "--format", "json"],
    &["timeline", "ana@acme.example"],
    &["offboard", "bo@n.example"],
    &["export", "bundle"],
];

/// Everybody, a permission of each kind, every site.
fn batch() -> String {
    let people = ["dana@n.example", "ana@acme.example", "bo@n.example", "cy@corp.example"];
    let rights = ["stores.orders.manage", "stores.orders.view", "blog.posts.publish_all", "crm.contacts.view"];
    let of = |person: &'static str| {
        rights.into_iter().flat_map(move |right| ["acme", "corp"].map(|site| format!("{person}\t{right}\t{site}\n")))
    };
    people.into_iter().flat_map(of).collect()
}

/// What the program answers: exit code and text. `None` where it says that the file is broken.
fn answer(home: &Home, question: &[&str]) -> Option<(Option<i32>, Vec<u8>)> {
    let output = home.run(question);
    (output.status.code() != Some(4)).then_some((output.status.code(), output.stdout))
}

/// `TORTURE_FLIPS` says how many.
#[test]
fn no_answer_is_wrong_after_a_clean_verify_whatever_bit_was_turned() {
    let flips = count("TORTURE_FLIPS", 4);
    let resting = workspace();
    fs::write(resting.path("batch.tsv"), batch()).unwrap();
    let truth: Vec<_> = QUESTIONS.iter().map(|it| answer(&resting, it)).collect();
    for (question, answer) in QUESTIONS.iter().zip(&truth) {
        assert!(answer.as_ref().is_some_and(|it| !it.1.is_empty()), "{question:?} is not answered");
    }
    let whole = fs::read(resting.path("work.db")).unwrap();
    let mut chance = Chance::new(3);
    let bits: Vec<(usize, usize)> = (0..flips).map(|_| (chance.below(whole.len()), chance.below(8))).collect();
    let seen = spread(&bits, |(at, bit)| {
        let home = copy_of(&resting);
        fs::write(home.path("batch.tsv"), batch()).unwrap();
        let mut bytes = whole.clone();
        bytes[*at] ^= 1 << bit;
        fs::write(home.path("work.db"), bytes).unwrap();
        let clean = verified(&home).is_ok();
        let (mut told, mut wrong) = (0, Vec::new());
        for (question, truth) in QUESTIONS.iter().zip(&truth).filter(|_| clean) {
            match answer(&home, question) {
                None => told += 1,
                same if same == *truth => {}
                Some((code, text)) => {
                    let text = String::from_utf8_lossy(&text).into_owned();
                    wrong.push(format!("byte {at}, bit {bit}: {question:?} ends {code:?}: {text}"));
                }
            }
        }
        (clean, told, wrong)
    });
    let found = seen.iter().filter(|(clean, ..)| !clean).count();
    let told: usize = seen.iter().map(|(_, told, _)| told).sum();
    let wrong: Vec<&String> = seen.iter().flat_map(|(.., wrong)| wrong).collect();
    println!(
        "flips: {flips} of {} bits: {found} found by verify; after a clean one {} answers were wrong, and {told} refused as broken",
        whole.len() * 8,
        wrong.len()
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}
