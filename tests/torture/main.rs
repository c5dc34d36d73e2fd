//! Killed, cut off, failed and flipped: what was acknowledged is there, and what `verify` calls whole answers right.
//!
//! Every day a small part runs. `README.md`, "How it is built", says how to run all of it: the counts come from the
//! environment, and each test prints what it did.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
#![allow(clippy::print_stdout, reason = "the counts are what somebody runs it for")]

mod cuts;
mod faults;
mod flips;
#[path = "../home/mod.rs"]
mod home;
mod kills;
mod strace;
#[path = "../world/mod.rs"]
mod world;

use std::fs;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use home::Home;

/// How much of it to do: `ALL` for everything there is to try.
fn count(name: &str, everyday: usize) -> usize {
    match std::env::var(name) {
        Ok(text) if text == "ALL" => usize::MAX,
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}: `{text}` is neither a number nor ALL")),
        Err(_) => everyday,
    }
}

/// Numbers that look random, the same for the same `TORTURE_SEED`.
struct Chance(u64);

impl Chance {
    fn new(salt: u64) -> Chance {
        let seed: u64 = std::env::var("TORTURE_SEED").ok().and_then(|it| it.parse().ok()).unwrap_or(20_261_129);
        Chance((seed ^ salt.wrapping_mul(0x9e37_79b9_7f4a_7c15)) | 1)
    }

    /// Below `n`.
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11).unwrap() % n
    }
}

/// A small workspace with some of everything.
const BUNDLE: &str = r#"{"type":"workspace","name":"Northlight","owner":"dana@n.example","ceiling":"strict"}
{"type":"person","email":"dana@n.example","name":"Dana"}
{"type":"person","email":"ana@acme.example","name":"Ana Ruiz"}
{"type":"person","email":"bo@n.example","name":"Bo"}
{"type":"person","email":"cy@corp.example","name":"Cy"}
{"type":"folder","key":"retail","name":"Retail","parent":null}
{"type":"folder","key":"shoes","name":"Shoes","parent":"retail"}
{"type":"site","key":"acme","name":"Acme","url":"https://acme.example","platform":"wix","folder":"shoes","owner":"dana@n.example","host":"agency","apps":["Wix Stores","Wix Blog"]}
{"type":"site","key":"corp","name":"Corp","platform":"wix","folder":"retail","owner":"cy@corp.example","host":"agency","apps":[]}
{"type":"site","key":"press","name":"Press","platform":"wordpress","folder":null,"owner":"dana@n.example"}
{"type":"contact","name":"Ana Ruiz","email":"ana@acme.example","status":"client","labels":["vip"]}
{"type":"contact","name":"Walk-in","email":null}
{"type":"role","key":"helper","name":"Helper","platform":"wix","level":"both","permissions":["stores.orders.manage","blog.posts.publish_all"]}
{"type":"assignment","person":"ana@acme.example","role":"helper","level":"site","scope":{"site":"acme"}}
{"type":"assignment","person":"ana@acme.example","role":"website-manager","level":"site","scope":{"site":"corp"}}
{"type":"assignment","person":"bo@n.example","role":"website-manager","level":"team","scope":{"folder":"retail"}}
{"type":"assignment","person":"bo@n.example","role":"editor","level":"team","scope":"everywhere"}
"#;

/// A few more rows, for an import into it.
const MORE: &str = r#"{"type":"person","email":"di@n.example","name":"Di"}
{"type":"site","key":"shop","name":"Shop","platform":"wix","folder":"retail","owner":"di@n.example","host":"agency","apps":["Wix Stores"]}
{"type":"contact","name":"Di","email":"di@n.example","status":"lead"}
{"type":"assignment","person":"di@n.example","role":"helper","level":"team","scope":{"folder":"shoes"}}
{"type":"assignment","person":"bo@n.example","role":"helper","level":"site","scope":{"site":"shop"}}
"#;

/// A home whose workspace has a history of every kind, and rests: no process has it open.
fn workspace() -> Home {
    let home = Home::empty();
    fs::write(home.path("bundle.jsonl"), BUNDLE).unwrap();
    fs::write(home.path("more.jsonl"), MORE).unwrap();
    for step in [
        &["import", "bundle", "bundle.jsonl"][..],
        &["assign", "cy@corp.example", "helper", "--site", "acme", "--until", "2030-01-31"],
        &["invite", "send", "eve@x.example", "--role", "helper", "--site", "acme"],
        &["request", "send", "--contact", "ana@acme.example", "--about", "Shoes", "--role", "website-manager", "--person", "bo@n.example"],
        &["contact", "add", "Passer-by", "--email", "by@x.example"],
        &["role", "revoke", "helper", "blog.posts.publish_all"],
        &["undo"],
    ] {
        let done = home.run(step);
        assert!(done.status.success(), "{step:?}: {}", String::from_utf8_lossy(&done.stderr));
    }
    home
}

/// A copy of a resting workspace, in a home of its own.
fn copy_of(from: &Home) -> Home {
    let home = Home::empty();
    for name in ["work.db", "more.jsonl", "bundle.jsonl"] {
        fs::copy(from.path(name), home.path(name)).unwrap();
    }
    home
}

/// The head that a receipt acknowledges: the last `entry SEQ:HASH` that stands on a line of its own.
fn acknowledged(stdout: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(stdout);
    let lines = text.split_inclusive('\n').filter(|it| it.ends_with('\n'));
    lines.filter_map(|it| Some(it.trim_end().strip_prefix("entry ")?.to_owned())).next_back()
}

/// What `verify` says of a workspace: the number of entries, or its complaint.
fn verified(home: &Home) -> Result<usize, String> {
    let output = home.run(&["verify"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let entries = said.lines().find_map(|it| it.strip_prefix("entries ")?.parse().ok());
    entries.filter(|_| output.status.success()).ok_or(said)
}

/// Whether this head, which was acknowledged, is still on the chain.
fn holds(home: &Home, head: &str) -> bool {
    home.run(&["verify", "--head", head]).status.success()
}

/// Runs to the end, or `None` where it does not come to one.
fn within(command: &mut Command, limit: Duration) -> Option<Output> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > limit {
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Some(child.wait_with_output().unwrap())
}

/// Each of them on every core that there is; what they give stands in their order.
fn spread<T: Sync, R: Send>(these: &[T], each: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let share = these.len().div_ceil(workers).max(1);
    std::thread::scope(|scope| {
        let workers: Vec<_> = these.chunks(share).map(|share| scope.spawn(|| share.iter().map(&each).collect::<Vec<R>>())).collect();
        workers.into_iter().flat_map(|it| it.join().expect("it said why")).collect()
    })
}
