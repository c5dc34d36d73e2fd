//! Plan files: commands, one as JSON a line, under a line that says on what they were made.
//!
//! The draft of the screens is kept as one, too.

use std::io::{BufRead, Read, Write};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::command::Command;
use crate::domain::suggest::did_you_mean;
use crate::domain::text;
use crate::domain::time;
use crate::store::journal;

/// The form that is written, and the newest that is read.
const VERSION: u32 = 1;

/// Longest line that is read, in bytes.
const MAX_LINE: u64 = 4 << 20;

/// The first line: on what the commands were made, when and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    #[serde(default)]
    plan: u32,
    /// The name of the workspace.
    #[serde(default)]
    pub workspace: String,
    /// The newest entry of its journal.
    #[serde(default, with = "in_text")]
    pub head: Option<journal::Head>,
    #[serde(alias = "at", with = "time::instant")]
    pub made: DateTime<Utc>,
    #[serde(default)]
    pub by: String,
    /// How many commands follow, where a cut is to be noticed. What somebody edits does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    commands: Option<usize>,
}

impl Head {
    pub fn new(workspace: String, head: Option<journal::Head>, made: DateTime<Utc>, by: String) -> Head {
        Head { plan: VERSION, workspace, head, made, by, commands: None }
    }

    /// The same, saying how many commands follow.
    pub fn counting(self, commands: &[Command]) -> Head {
        Head { commands: Some(commands.len()), ..self }
    }

    /// Where it is not known on what.
    pub fn bare(made: DateTime<Utc>) -> Head {
        Head::new(String::new(), None, made, String::new())
    }
}

/// What a line holds.
#[derive(Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "lines are short-lived")]
pub enum Line {
    Head(Head),
    Command(Command),
}

/// A line that cannot be read, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub line: usize,
    pub sentence: String,
}

/// A file as far as it could be read.
#[derive(Debug, Default, PartialEq)]
pub struct Plan {
    pub head: Option<Head>,
    /// The lines of the commands, in the same order.
    pub lines: Vec<usize>,
    pub commands: Vec<Command>,
    pub faults: Vec<Fault>,
}

impl Plan {
    /// How many commands are missing at the end, as far as the head says it.
    pub fn n_missing(&self) -> usize {
        let wanted = self.head.as_ref().and_then(|it| it.commands).unwrap_or(0);
        wanted.saturating_sub(self.commands.len() + self.faults.len())
    }
}

/// Reads a file to its end; a line that cannot be read costs itself.
///
/// # Errors
/// That it could not be read.
pub fn read(input: impl BufRead) -> Result<Plan> {
    let mut plan = Plan::default();
    for line in lines(input) {
        match line? {
            Ok((_, Line::Head(head))) => plan.head = Some(head),
            Ok((at, Line::Command(command))) => {
                plan.lines.push(at);
                plan.commands.push(command);
            }
            Err(fault) => plan.faults.push(fault),
        }
    }
    Ok(plan)
}

/// The lines one at a time. Those that are empty or begin with `#` say nothing.
pub fn lines(mut input: impl BufRead) -> impl Iterator<Item = Result<Result<(usize, Line), Fault>>> {
    let (mut at, mut is_first) = (0, true);
    std::iter::from_fn(move || {
        loop {
            let mut bytes = Vec::new();
            match Read::take(&mut input, MAX_LINE).read_until(b'\n', &mut bytes).context("reading the plan") {
                Ok(0) => return None,
                Ok(_) => at += 1,
                Err(error) => return Some(Err(error)),
            }
            if bytes.len() as u64 == MAX_LINE && !bytes.ends_with(b"\n") {
                is_first = false;
                let sentence = format!("the line is longer than {MAX_LINE} bytes");
                return Some(input.skip_until(b'\n').context("reading the plan").map(|_| Err(Fault { line: at, sentence })));
            }
            let text = bytes.strip_prefix(b"\xef\xbb\xbf").filter(|_| at == 1).unwrap_or(&bytes).trim_ascii();
            if text.is_empty() || text.starts_with(b"#") {
                continue;
            }
            let may_be_head = std::mem::replace(&mut is_first, false);
            return Some(Ok(line(text, may_be_head).map(|it| (at, it)).map_err(|sentence| Fault { line: at, sentence })));
        }
    })
}

fn line(text: &[u8], may_be_head: bool) -> Result<Line, String> {
    if may_be_head && is_head(text) {
        return match serde_json::from_slice::<Head>(text) {
            Ok(head) if head.plan > VERSION => {
                Err(format!("this is a plan of the form {}, and {VERSION} is the newest that is known here", head.plan))
            }
            Ok(head) => Ok(Line::Head(head)),
            Err(error) => Err(format!("this does not say on what the plan was made: {}", sentence(&error))),
        };
    }
    serde_json::from_slice(text).map(Line::Command).map_err(|error| format!("this is no command: {}", sentence(&error)))
}

/// Whether a line is a first one; before there were plan files it said `commands` and `at`.
fn is_head(text: &[u8]) -> bool {
    let fields = serde_json::from_slice::<Value>(text).ok();
    fields.is_some_and(|it| it.get("plan").is_some() || it.get("commands").is_some_and(Value::is_number))
}

/// What is wrong, with its column alone, since the line is another one's; of words that are not known, the nearest that is.
fn sentence(error: &serde_json::Error) -> String {
    let (words, column) = (error.to_string(), error.column());
    let words = words.strip_suffix(&format!(" at line {} column {column}", error.line())).unwrap_or(&words);
    let mut quoted = words.split('`').skip(1).step_by(2);
    match (words.starts_with("unknown variant"), quoted.next()) {
        (true, Some(word)) => format!("`{}` is not known at column {column}{}", text::display(word), did_you_mean(word, quoted)),
        (true, None) | (false, _) => format!("{} at column {column}", text::display(words)),
    }
}

/// Writes a file that [`read`] reads.
///
/// # Errors
/// That it could not be written.
pub fn write(out: &mut dyn Write, head: &Head, commands: &[Command]) -> Result<()> {
    serde_json::to_writer(&mut *out, head)?;
    for command in commands {
        out.write_all(b"\n")?;
        serde_json::to_writer(&mut *out, command)?;
    }
    out.write_all(b"\n")?;
    Ok(())
}

/// A head of the journal as it is told: `812:9f3c…`.
pub mod in_text {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::store::journal::Head;

    pub fn serialize<S: Serializer>(head: &Option<Head>, to: S) -> Result<S::Ok, S::Error> {
        head.map(|it| it.to_string()).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Head>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|it| it.parse().map_err(|error| D::Error::custom(format!("{error:#}")))).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Plan {
        read(text.as_bytes()).unwrap()
    }

    fn head() -> Head {
        let hash = "ab".repeat(32);
        let made = "2026-11-21T12:00:00Z".parse().unwrap();
        Head::new("Northlight".to_owned(), Some(format!("7:{hash}").parse().unwrap()), made, "dana@nl.example".to_owned())
    }

    #[test]
    fn what_is_written_is_read_and_says_on_what_it_was_made() {
        let commands = [Command::Undo(3), Command::Batch(vec![Command::Redo(4)])];
        let mut text = Vec::new();
        write(&mut text, &head(), &commands).unwrap();
        let text = String::from_utf8(text).unwrap();
        let first = format!(r#"{{"plan":1,"workspace":"Northlight","head":"7:{}","made":"2026-11-21T12:00:00.000000Z","#, "ab".repeat(32));
        assert!(text.starts_with(&first), "{text}");
        let plan = check(&text);
        assert_eq!((plan.head, plan.commands, plan.lines), (Some(head()), commands.to_vec(), vec![2, 3]));
    }

    #[test]
    fn the_manuals_commands_are_some() {
        let page = include_str!("../../assets/manual/plans.md");
        let block = page.split("```json\n").nth(2).and_then(|it| it.split("```").next()).unwrap();
        let plan = check(block);
        assert_eq!((plan.commands.len(), plan.faults), (block.lines().count(), Vec::new()));
    }

    #[test]
    fn remarks_and_empty_lines_say_nothing_and_the_lines_are_counted_all_the_same() {
        let plan = check("\u{feff}# what we agreed on\n\n{\"undo\":3}\r\n  # and\n{\"redo\":4}");
        assert_eq!((plan.head, plan.lines, plan.faults), (None, vec![3, 5], Vec::new()));
    }

    #[test]
    fn a_line_that_cannot_be_read_is_told_with_its_number_and_costs_itself() {
        let plan = check("{\"undo\":3}\n{\"undoo\":3}\n{\"plan\":1}\n{\"redo\":4}\n{\"\\u001b[2J\":1}");
        assert_eq!(plan.commands, [Command::Undo(3), Command::Redo(4)]);
        let [wrong, late, hostile] = plan.faults.as_slice() else { panic!("{:?}", plan.faults) };
        assert_eq!(wrong.sentence, "this is no command: `undoo` is not known at column 8; did you mean `undo`?");
        assert_eq!((wrong.line, late.line), (2, 3));
        assert_eq!((hostile.line, hostile.sentence.as_str()), (5, "this is no command: `‹ESC›[2J` is not known at column 12"));
    }

    #[test]
    fn a_head_of_before_there_were_plans_is_one_and_one_of_a_later_form_is_not_read() {
        let plan = check("{\"commands\":2,\"at\":\"2026-11-21T12:00:00Z\"}\n{\"undo\":3}");
        assert_eq!((plan.n_missing(), plan.head.unwrap().made), (1, head().made));
        let plan = check("{\"plan\":2,\"made\":\"2026-11-21T12:00:00Z\"}\n{\"undo\":3}");
        assert_eq!(plan.faults[0].sentence, "this is a plan of the form 2, and 1 is the newest that is known here");
        let plan = check("{\"plan\":1,\"head\":\"7\",\"made\":\"2026-11-21T12:00:00Z\"}");
        assert!(plan.faults[0].sentence.contains("a head looks like 812:9f3c…"), "{:?}", plan.faults);
    }
}
