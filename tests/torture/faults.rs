//! Every system call of a change, made to fail or to be the last.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Output;

use super::home::Home;
use super::{Chance, acknowledged, copy_of, count, holds, spread, strace, verified, workspace};

const FAULTS: [&str; 4] = ["error=EIO", "error=ENOSPC", "error=EACCES", "signal=KILL"];

/// Calls of the loader and of the very end, where there is no program yet or none any more; and the waking of a thread,
/// which never fails.
const NOT_OURS: [&str; 9] =
    ["execve", "futex", "exit_group", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "access"];

/// What is done, and whether there is a workspace before.
struct Deed {
    args: &'static [&'static str],
    there: bool,
}

const DEEDS: [Deed; 6] = [
    Deed { args: &["contact", "add", "One more"], there: true },
    Deed { args: &["import", "bundle", "more.jsonl"], there: true },
    Deed { args: &["invite", "send", "new@x.example", "--role", "helper", "--site", "acme"], there: true },
    Deed { args: &["undo"], there: true },
    Deed { args: &["init", "--name", "New", "--owner", "new@n.example"], there: false },
    Deed { args: &["import", "bundle", "bundle.jsonl"], there: false },
];

/// One fault at one call of one deed.
struct Case<'a> {
    deed: &'a Deed,
    call: String,
    at: usize,
    fault: &'static str,
}

/// How one case ended, where nothing was lost or half done.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Acknowledged,
    /// Nothing was saved, and a new attempt succeeds.
    Nothing,
    /// It was saved, and the program was ended before it could tell whoever did it.
    Unheard,
    /// It was saved, and stderr says so, or that it is unknown, where the answer could not.
    Told,
    /// It was saved, and nothing said so.
    Unsaid(String),
}

impl std::fmt::Display for Case<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "rolecall {} under strace -e inject={}", self.deed.args.join(" "), self.injected())
    }
}

/// `TORTURE_FAULTS` says how many, at random among all; `ALL` tries each.
#[test]
fn nothing_that_was_acknowledged_is_lost_to_a_failing_system_call_and_nothing_is_half_done() {
    let Some(strace) = strace::find("faults") else { return };
    let resting = workspace();
    let before = verified(&resting).unwrap();
    let mut cases: Vec<Case<'_>> = DEEDS.iter().flat_map(|deed| cases_of(deed, &strace, &resting)).collect();
    let n_all = cases.len();
    let (wanted, mut chance) = (count("TORTURE_FAULTS", 10).min(n_all), Chance::new(2));
    while cases.len() > wanted {
        cases.swap_remove(chance.below(cases.len()));
    }
    let ends = spread(&cases, |case| tried(case, &strace, &resting, before));
    let unsaid: Vec<&str> = ends.iter().filter_map(|(it, _)| if let End::Unsaid(how) = it { Some(how.as_str()) } else { None }).collect();
    let n = |end: End| ends.iter().filter(|(it, _)| *it == end).count();
    let mut odd: BTreeMap<&str, usize> = BTreeMap::new();
    ends.iter().filter_map(|(_, odd)| odd.as_deref()).for_each(|it| *odd.entry(it).or_default() += 1);
    println!(
        "faults: {} of {n_all} tried: 0 lost, 0 half done, verify clean each time; {} acknowledged, {} left nothing and could be done again, {} saved before it was ended, {} saved and told on stderr, {} saved without a word; odd ends {odd:?}",
        ends.len(),
        n(End::Acknowledged),
        n(End::Nothing),
        n(End::Unheard),
        n(End::Told),
        unsaid.len()
    );
    assert!(unsaid.is_empty(), "saved without a word of it:\n{}", unsaid.join("\n"));
}

/// Every call of the deed with every fault.
fn cases_of<'a>(deed: &'a Deed, strace: &Path, resting: &Home) -> Vec<Case<'a>> {
    let home = start(resting, deed);
    strace::run(strace, &home, &[], deed.args).unwrap();
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for (call, _) in strace::calls(&fs::read_to_string(home.path("trace")).unwrap()) {
        *times.entry(call.to_owned()).or_default() += 1;
    }
    let ours = times.into_iter().filter(|(call, _)| !NOT_OURS.contains(&call.as_str()));
    let each = |(call, n): (String, usize)| {
        (1..=n).flat_map(move |at| {
            let call = call.clone();
            FAULTS.into_iter().map(move |fault| Case { deed, call: call.clone(), at, fault })
        })
    };
    ours.flat_map(each).collect()
}

impl Case<'_> {
    fn injected(&self) -> String {
        format!("{}:{}:when={}", self.call, self.fault, self.at)
    }
}

/// Does it, and looks at what is left. Beside the end, an exit code that the program does not have.
fn tried(case: &Case<'_>, strace: &Path, resting: &Home, before: usize) -> (End, Option<String>) {
    let home = start(resting, case.deed);
    let options = ["-e", &format!("trace={}", case.call), "-e", &format!("inject={}", case.injected())].map(str::to_owned);
    let output = strace::run(strace, &home, &options, case.deed.args).unwrap_or_else(|| panic!("{case} does not end"));
    let killed = output.status.signal() == Some(9);
    // Ended by the system or by the standard library, which breaks off where a folder cannot be closed: nobody can speak then.
    let died = output.status.signal().is_some() || String::from_utf8_lossy(&output.stderr).contains("/library/std/src/sys/");
    let odd = !killed && !matches!(output.status.code(), Some(0..=4));
    let odd = odd.then(|| format!("{} at {}", output.status, case.call));
    let head = acknowledged(&output.stdout);
    let now = match verified(&home) {
        Ok(entries) => entries,
        Err(_) if head.is_none() && !case.deed.there => 0,
        Err(complaint) => panic!("{case}: {complaint}\n{}", told(&output)),
    };
    let fresh = now - if case.deed.there { before } else { 0 };
    assert!(fresh <= 1, "{case}: {fresh} entries more");
    let end = match head {
        Some(head) => {
            assert!(fresh == 1 && holds(&home, &head), "{case}: {head} was acknowledged and is lost");
            End::Acknowledged
        }
        None if fresh == 0 => {
            again(&home, case);
            End::Nothing
        }
        None if died => End::Unheard,
        None if tells(&output) => End::Told,
        None => End::Unsaid(format!("{case}: {}", told(&output))),
    };
    (end, odd)
}

fn start(resting: &Home, deed: &Deed) -> Home {
    let home = copy_of(resting);
    if !deed.there {
        fs::remove_file(home.path("work.db")).unwrap();
    }
    home
}

/// What left nothing can be done again, where it was cut off.
fn again(home: &Home, case: &Case<'_>) {
    let output = home.run(case.deed.args);
    assert!(output.status.success(), "{case}, and then again: {}", told(&output));
    verified(home).unwrap_or_else(|complaint| panic!("{case}, and then again: {complaint}"));
}

/// Whether the one who did it was told that it is saved, or that nobody knows.
fn tells(output: &Output) -> bool {
    String::from_utf8_lossy(&output.stderr).contains("it was saved")
}

fn told(output: &Output) -> String {
    format!("{}: {}{}", output.status, String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
