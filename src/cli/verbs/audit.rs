//! What is wrong in the workspace, why it matters, and what mends it.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Result;
use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::Serialize;

use super::list;
use crate::cli::args::Format;
use crate::cli::exit::{NO, Stop, YES, usage};
use crate::cli::print::Out;
use crate::cli::receipt::Trial;
use crate::cli::session::Start;
use crate::command::Command;
use crate::domain::audit::{Finding, RULES, Rule, Severity, Takes};
use crate::domain::ids::{PersonId, SiteId};
use crate::domain::policy::Policy;
use crate::domain::record::{AssignmentRecord, Recorded};
use crate::domain::suggest;
use crate::domain::text;
use crate::domain::time::{self, Zone};
use crate::exchange::mending;
use crate::facts::Reader;
use crate::query::audit::Audit;
use crate::query::columns::{Column, Columns, column, keyed, on_demand};
use crate::query::records;

/// Findings that are told from one state of the file.
const PAGE: usize = 500;

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    which: Which,
    /// Only findings that are about this site
    #[arg(long, value_name = "SITE")]
    site: Option<String>,
    /// Only findings that are about this person
    #[arg(long, value_name = "PERSON")]
    person: Option<String>,
    /// Only findings that are as bad, or worse
    #[arg(long, value_name = "SEVERITY", value_parser = severities(), default_value = "low")]
    severity: Severity,
    /// The exit code is 1 where one is found that is as bad, or worse
    #[arg(long, value_name = "SEVERITY", value_parser = severities(), default_value = "low")]
    fail_on: Severity,
    #[command(flatten)]
    options: list::Options,
}

#[derive(clap::Args)]
struct Which {
    /// Only what this rule finds; may be repeated
    #[arg(long = "rule", value_name = "RULE", value_delimiter = ',')]
    rules: Vec<String>,
}

#[derive(Subcommand)]
enum Verb {
    /// All rules, and how bad what they find is
    Rules {
        #[command(flatten)]
        options: list::Options,
    },
    /// What a rule finds, and why it matters
    Explain {
        /// As `audit rules` calls it
        rule: String,
    },
    /// Does what mends findings, all as one step
    Fix {
        /// As `audit` prints them
        #[arg(value_name = "FINDING", required_unless_present = "rules")]
        keys: Vec<String>,
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        trial: Trial,
    },
}

fn severities() -> impl TypedValueParser<Value = Severity> {
    let words = Severity::ALL.iter().map(|it| it.as_str());
    PossibleValuesParser::new(words).map(|it| Severity::parse(&it).unwrap_or_default())
}

impl Which {
    /// The rules that are named, or all.
    fn rules(&self) -> Result<Vec<&'static Rule>> {
        if self.rules.is_empty() { Ok(RULES.to_vec()) } else { self.rules.iter().map(|it| named(it)).collect() }
    }
}

fn named(id: &str) -> Result<&'static Rule> {
    let hint = || suggest::did_you_mean(id, RULES.iter().map(|it| it.id));
    Rule::named(id).ok_or_else(|| usage(format!("no audit rule `{}`{}", text::display(id), hint())))
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        match &self.verb {
            None => self.find(start, out),
            Some(Verb::Rules { options }) => options.print_all(out, Zone::default(), RULES.iter().map(|it| About::of(it))),
            Some(Verb::Explain { rule }) => explain(out, named(rule)?),
            Some(Verb::Fix { keys, which, trial }) => fix(start, out, keys, which, trial),
        }
    }

    fn find(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let session = start.ask_in_part()?;
        session.keep_little()?;
        let policy = session.reader().policy(None)?;
        let (audit, about) = session.snapshot(|db| {
            let site = self.site.as_deref().map(|it| db.the_site(it)).transpose()?.map(|it| it.id);
            let person = self.person.as_deref().map(|it| db.the_person(it)).transpose()?.map(|it| it.id);
            Ok((Audit::of(db, &policy, &self.which.rules()?, session.now)?, (person, site)))
        })?;
        let is_meant = |it: &&(String, Finding)| it.1.severity >= self.severity && is_about(&it.1, about);
        let meant: Vec<&(String, Finding)> = audit.findings.iter().filter(is_meant).collect();
        let fails = meant.iter().any(|it| it.1.severity >= self.fail_on);
        // The sentence alone is found much sooner than what mends it.
        let (zone, is_brief) = (session.zone()?, out.format == Format::Table && self.options.is_plain());
        let mut list = self.options.of::<Found>(out, &[])?;
        for page in meant.chunks(PAGE) {
            session.snapshot(|db| {
                for (key, finding) in page {
                    if list.is_full() {
                        break;
                    }
                    let found = Found::of(db, &policy, &audit, key, finding, is_brief)?;
                    list.add(found.cells(zone), &found)?;
                }
                Ok(())
            })?;
            list.drain()?;
        }
        list.end()?;
        let mut left_out: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        let whole = audit.left_out.iter().map(|it| (it.id.to_owned(), it.takes));
        let in_part = audit.in_part.iter().map(|(it, part)| (format!("{} {part}", it.id), Takes::Whole));
        whole.chain(in_part).for_each(|(it, takes)| left_out.entry(takes.words()).or_default().push(it));
        for (takes, rules) in left_out {
            let _ = writeln!(std::io::stderr(), "rolecall: left out, as it takes sight of {takes}: {}", rules.join(", "));
        }
        Ok(if fails { NO } else { YES })
    }
}

/// Whether it is about these, where any are named.
fn is_about(finding: &Finding, (person, site): (Option<PersonId>, Option<SiteId>)) -> bool {
    let is_one = |id: PersonId| finding.person() == Some(id) || finding.other() == Some(id);
    person.is_none_or(is_one) && site.is_none_or(|id| finding.site() == Some(id))
}

fn explain(out: &mut Out, rule: &'static Rule) -> Result<u8> {
    let about = About::of(rule);
    if out.is_json() {
        out.json(&about)?;
        return Ok(YES);
    }
    if out.format != Format::Table {
        let mut rows = out.rows(About::names());
        rows.add(about.cells(Zone::default()), &about)?;
        rows.end()?;
        return Ok(YES);
    }
    out.line(&format!("{}: {} ({})", rule.id, rule.title, rule.severity));
    out.lines(2, [rule.why, rule.finds]);
    for (name, usual, what) in rule.settings {
        out.line(&format!("  {name} = {usual}: {what}"));
    }
    Ok(YES)
}

/// What mends the findings that are named; one that another mended already needs nothing more.
fn fix(start: &Start, out: &mut Out, keys: &[String], which: &Which, trial: &Trial) -> Result<u8> {
    trial.carry_out(start, out, |db, policy| {
        let now = start.now(db)?;
        let audit = Audit::of(db, policy, &which.rules()?, now)?;
        let mut commands: Vec<Command> = Vec::new();
        for (key, finding) in wanted(&audit, keys)? {
            match audit.shown(db, finding)?.mend {
                Ok(mends) => {
                    for it in mending::commands(db, policy, &mends, now)? {
                        if !commands.contains(&it) {
                            commands.push(it);
                        }
                    }
                }
                // A whole rule leaves out what nothing mends.
                Err(_) if keys.is_empty() => {}
                Err(why) => return Err(Stop::Refused(format!("nothing mends {key} by itself: {why}")).into()),
            }
        }
        if commands.is_empty() {
            return Err(Stop::Refused("nothing was found that can be mended by itself".to_owned()).into());
        }
        Ok(Command::all(commands))
    })
}

/// The findings with these keys, or all.
fn wanted<'a>(audit: &'a Audit<'_>, keys: &[String]) -> Result<Vec<(&'a str, &'a Finding)>> {
    let all: BTreeMap<&str, &Finding> = audit.findings.iter().map(|(key, it)| (key.as_str(), it)).collect();
    if keys.is_empty() {
        return Ok(audit.findings.iter().map(|(key, it)| (key.as_str(), it)).collect());
    }
    let find = |key: &String| {
        let hint = || suggest::did_you_mean(key, all.keys().copied());
        let found = all.get_key_value(key.as_str()).map(|(key, it)| (*key, *it));
        found.ok_or_else(|| usage(format!("nothing is found under `{}`{}", text::display(key), hint())))
    };
    keys.iter().map(find).collect()
}

/// A finding as it is printed.
#[derive(Serialize)]
struct Found {
    key: String,
    rule: &'static str,
    severity: Severity,
    sentence: String,
    since: Option<String>,
    subjects: Subjects,
    evidence: Vec<AssignmentRecord>,
    fix: Vec<Command>,
    no_fix: Option<String>,
}

#[derive(Serialize)]
struct Subjects {
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
}

impl Found {
    fn of(db: Reader<'_>, policy: &Policy, audit: &Audit<'_>, key: &str, finding: &Finding, is_brief: bool) -> Result<Found> {
        let facts = &audit.facts;
        let subjects = Subjects {
            person: finding.person().map(|it| facts.email(it).to_owned()),
            site: finding.site().and_then(|it| facts.site(it)).map(|it| it.key.clone()),
            role: finding.role().and_then(|it| facts.role(it)).map(|it| it.key.clone()),
        };
        let (rule, severity, since) = (finding.rule.id, finding.severity, finding.since.map(time::rfc3339));
        let (sentence, evidence, fix, no_fix) = (String::new(), Vec::new(), Vec::new(), None);
        let found = Found { key: key.to_owned(), rule, severity, sentence, since, subjects, evidence, fix, no_fix };
        if is_brief {
            return Ok(Found { sentence: audit.sentence(db, finding)?, ..found });
        }
        let shown = audit.shown(db, finding)?;
        let evidence = shown.held.iter().map(|it| records::assignment(db, policy, it)).collect::<Result<_>>()?;
        let (fix, no_fix) = match shown.mend {
            Ok(mends) => (mending::commands(db, policy, &mends, facts.now)?, None),
            Err(why) => (Vec::new(), Some(why)),
        };
        Ok(Found { sentence: shown.sentence, evidence, fix, no_fix, ..found })
    }
}

impl Columns for Found {
    const COLUMNS: &'static [Column<Found>] = &[
        column("severity", |it, _| it.severity.to_string()),
        keyed("finding", "sentence", |it, _| it.sentence.clone()),
        column("key", |it, _| it.key.clone()),
        on_demand("rule", |it, _| it.rule.to_owned()),
        on_demand("since", |it, _| it.since.clone().unwrap_or_default()),
        on_demand("evidence", |it, _| it.evidence.iter().map(|it| it.key().to_string()).collect::<Vec<_>>().join("; ")),
    ];
}

/// A rule as it is printed.
#[derive(Serialize)]
struct About {
    id: &'static str,
    severity: Severity,
    title: &'static str,
    why: &'static str,
    finds: &'static str,
}

impl About {
    fn of(rule: &Rule) -> About {
        About { id: rule.id, severity: rule.severity, title: rule.title, why: rule.why, finds: rule.finds }
    }
}

impl Columns for About {
    const COLUMNS: &'static [Column<About>] = &[
        column("id", |it, _| it.id.to_owned()),
        column("severity", |it, _| it.severity.to_string()),
        column("title", |it, _| it.title.to_owned()),
        on_demand("finds", |it, _| it.finds.to_owned()),
        on_demand("why", |it, _| it.why.to_owned()),
    ];
}
