//! The program killed at any moment while it writes.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{Chance, acknowledged, count, holds, verified, workspace};

/// `TORTURE_KILLS` says how many.
#[test]
fn nothing_that_was_acknowledged_is_lost_to_a_kill() {
    let kills = count("TORTURE_KILLS", 10);
    let (home, mut chance) = (workspace(), Chance::new(1));
    let mut heads: Vec<String> = Vec::new();
    let (mut killed, mut unacknowledged) = (0, 0);
    let begun = Instant::now();
    home.run(&["contact", "add", "The first"]);
    let mut usual = begun.elapsed();
    let mut entries = verified(&home).unwrap();
    for n in 0..kills {
        let name = format!("Number {n}");
        let address = format!("n{n}@x.example");
        let step: &[&str] = match chance.below(4) {
            0 => &["contact", "add", &name],
            1 => &["invite", "send", &address, "--role", "helper", "--site", "acme"],
            2 => &["import", "bundle", if n % 2 == 0 { "more.jsonl" } else { "bundle.jsonl" }],
            _ => &["undo"],
        };
        let mut child = home.command(step).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let moment = usual.mul_f64(f64::from(u32::try_from(chance.below(1_200)).unwrap()) / 1_000.0);
        std::thread::sleep(moment);
        let _ = child.kill();
        let output = child.wait_with_output().unwrap();
        let hit = output.status.signal().is_some();
        killed += usize::from(hit);
        // Half of them come while it runs, however fast the machine is.
        usual = usual.mul_f64(if hit { 1.1 } else { 0.9 });
        let now = verified(&home).unwrap_or_else(|complaint| panic!("kill {n} of {step:?} after {moment:?}: {complaint}"));
        let head = acknowledged(&output.stdout);
        assert!(head.is_none() || now == entries + 1, "kill {n} of {step:?}: {head:?} was acknowledged, and there are {now} entries");
        unacknowledged += usize::from(head.is_none() && now > entries);
        heads.extend(head);
        entries = now;
    }
    let lost = heads.iter().filter(|head| !holds(&home, head)).count();
    println!(
        "kills: {kills} tried, {killed} hit a running program, {} changes acknowledged, {unacknowledged} there without, {lost} lost, verify clean each time",
        heads.len()
    );
    assert_eq!(lost, 0);
}

/// Lines of the plan that is killed while it runs.
const LINES: usize = 12;

/// `TORTURE_KILLS` says how many.
#[test]
fn each_line_of_a_plan_that_was_acknowledged_is_kept_and_at_most_one_more() {
    let kills = count("TORTURE_KILLS", 10);
    let (home, mut chance) = (workspace(), Chance::new(2));
    let mut entries = verified(&home).unwrap();
    let (mut killed, mut acknowledged, mut beyond) = (0, 0, 0);
    for n in 0..kills {
        let add = |it: usize| format!("{{\"add\":{{\"type\":\"contact\",\"name\":\"Line {n}.{it}\",\"email\":null}}}}\n");
        fs::write(home.path("lines"), (0..LINES).map(add).collect::<String>()).unwrap();
        let mut child =
            home.command(&["apply", "--each", "lines"]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut answer = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut heads: Vec<String> = answer.by_ref().take(chance.below(LINES)).collect();
        std::thread::sleep(Duration::from_micros(u64::try_from(chance.below(4_000)).unwrap()));
        let _ = child.kill();
        heads.extend(answer);
        killed += usize::from(child.wait().unwrap().signal().is_some());
        let now = verified(&home).unwrap_or_else(|complaint| panic!("kill {n}: {complaint}"));
        let more = (now - entries).checked_sub(heads.len()).unwrap_or_else(|| panic!("kill {n}: {heads:?}, and only {now} entries"));
        assert!(more <= 1, "kill {n}: {heads:?}, and {now} entries after {entries}");
        if let Some(last) = heads.last() {
            let head = last.strip_prefix("ok ").unwrap().replace(' ', ":");
            assert!(holds(&home, &head), "kill {n}: {head} is lost");
        }
        (entries, acknowledged, beyond) = (now, acknowledged + heads.len(), beyond + more);
    }
    println!(
        "kills of apply --each: {killed} of {kills} hit it, {acknowledged} lines acknowledged and kept, {beyond} there without, verify clean each time"
    );
}
