//! What is wrong in the workspace, why it matters, and what mends it.

mod keep;
mod printed;

use std::collections::{BTreeMap, HashSet};
use std::io::Write;

use anyhow::Result;
use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::list;
use crate::cli::args::{Format, Special};
use crate::cli::exit::{NO, Stop, YES, usage};
use crate::cli::print::Out;
use crate::cli::receipt::{Effect, Trial};
use crate::cli::session::Start;
use crate::command::Command;
use crate::domain::audit::{Finding, FindingId, RULES, Rule, Settings, Severity, Takes};
use crate::domain::ids::{PersonId, SiteId};
use crate::domain::suggest;
use crate::domain::text;
use crate::domain::time::Zone;
use crate::exchange::format::junit;
use crate::exchange::mending::{Mended, Together};
use crate::facts::Reader;
use crate::query::audit::{Audit, Found};
use crate::query::columns::Columns;
use crate::query::impact::Budget;
use crate::session::Session;
use printed::{Outcome, Printed, RuleRow};

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
    /// Also findings that somebody answers for
    #[arg(long)]
    accepted: bool,
    /// Only findings that were not found then
    #[arg(long, value_name = "TIME")]
    new_since: Option<String>,
    /// With what each fix would do: who gains and loses what, and what would be found then
    #[arg(long)]
    effects: bool,
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
    /// Answers for findings until a day: they count no more
    Accept(keep::Accept),
    /// Answers for findings no more
    Withdraw(keep::Withdraw),
    /// Sets something of a rule
    Set(keep::Set),
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
        let asked = self.rules.iter().map(|it| named(it)).collect::<Result<Vec<_>>>()?;
        Ok(if asked.is_empty() { RULES.to_vec() } else { each_once(&asked) })
    }
}

/// Those that are asked for, in the order of all.
fn each_once(asked: &[&'static Rule]) -> Vec<&'static Rule> {
    RULES.iter().copied().filter(|it| asked.contains(it)).collect()
}

/// The rules that found what these keys name; all where one names no rule.
fn rules_of(keys: &[String]) -> Vec<&'static Rule> {
    let asked: Option<Vec<_>> = keys.iter().map(|it| Rule::named(it.split(':').next()?)).collect();
    asked.map_or_else(|| RULES.to_vec(), |it| each_once(&it))
}

fn named(id: &str) -> Result<&'static Rule> {
    Rule::called(id).map_err(usage)
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        match &self.verb {
            None => self.find(start, out),
            Some(Verb::Rules { options }) => {
                let settings = settings(start)?;
                options.print_all(out, Zone::default(), RULES.iter().map(|it| RuleRow::of(it, &settings)))
            }
            Some(Verb::Explain { rule }) => explain(start, out, named(rule)?),
            Some(Verb::Accept(it)) => it.run(start, out),
            Some(Verb::Withdraw(it)) => it.run(start, out),
            Some(Verb::Set(it)) => it.run(start, out),
            Some(Verb::Fix { keys, which, trial }) => fix(start, out, keys, which, trial),
        }
    }

    fn find(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let rules = self.which.rules()?;
        let known = self.new_since.as_deref().map(|it| found_at(start, it, &rules)).transpose()?;
        // What a fix would do is tried out.
        let mut session = if self.effects { start.try_out()? } else { start.ask_in_part()? };
        session.keep_little()?;
        let policy = session.reader().policy(None)?;
        let (audit, about) = session.snapshot(|db| {
            let site = self.site.as_deref().map(|it| db.the_site(it)).transpose()?.map(|it| it.id);
            let person = self.person.as_deref().map(|it| db.the_person(it)).transpose()?.map(|it| it.id);
            Ok((Audit::of(db, &policy, &rules, session.now)?, (person, site)))
        })?;
        let is_new = |it: &Found| known.as_ref().is_none_or(|known| !known.contains(&it.finding.id()));
        let is_meant = |it: &&Found| {
            (self.accepted || it.counts()) && it.finding.severity >= self.severity && is_about(&it.finding, about) && is_new(it)
        };
        let meant: Vec<&Found> = audit.findings.iter().filter(is_meant).collect();
        let fails = meant.iter().any(|it| it.counts() && it.finding.severity >= self.fail_on);
        self.print(&mut session, out, &audit, &meant)?;
        tell_left_out(&audit);
        Ok(if fails { NO } else { YES })
    }
}

impl Args {
    /// Whether it answers with findings.
    pub(crate) fn finds(&self) -> bool {
        self.verb.is_none()
    }

    fn print(&self, session: &mut Session, out: &mut Out, audit: &Audit<'_>, meant: &[&Found]) -> Result<()> {
        if out.special.is_some() && !self.options.is_plain() {
            return Err(usage("sarif and junit hold whole findings: leave out --filter, --sort and --columns"));
        }
        if out.special == Some(Special::Junit) {
            return checks(session.reader(), out, audit, &self.which.rules()?, meant);
        }
        // The sentence alone is found much sooner than what mends it.
        let is_brief = out.format == Format::Table && self.options.is_plain() && !self.effects;
        let (zone, is_sarif, policy) = (session.zone()?, out.special.is_some(), audit.facts.policy);
        let known =
            if self.effects { session.snapshot(|db| Ok(Audit::of(db, policy, RULES, session.now)?.ids()))? } else { HashSet::new() };
        let mut list = self.options.of::<Printed>(out, &[])?;
        for page in meant.chunks(PAGE) {
            let wanted = &page[..page.len().min(list.at_once(PAGE))];
            let mut printed =
                session.snapshot(|db| wanted.iter().map(|it| Printed::of(db, policy, audit, it, is_brief)).collect::<Result<Vec<_>>>())?;
            for it in printed.iter_mut().filter(|it| self.effects && !it.fix.is_empty()) {
                it.outcome = Some(outcome(session, &known, it)?);
            }
            for it in printed {
                if is_sarif { list.add(it.cells(zone), &it.hit())? } else { list.add(it.cells(zone), &it)? }
            }
            list.drain()?;
            if list.is_full() {
                break;
            }
        }
        list.end()?;
        Ok(())
    }
}

/// What the fix of a finding would do, beside what is `known` to be found now.
fn outcome(session: &mut Session, known: &HashSet<FindingId>, it: &Printed) -> Result<Outcome> {
    let command = [Command::all(it.fix.clone())];
    let forecast = session.foresee(&command, &Budget::ALL)?;
    let now = session.now;
    let brings = session.afterwards(&command, |db| {
        let policy = db.policy(None)?;
        let after = Audit::of(db, &policy, RULES, now)?;
        let worse = after.counting().filter(|found| found.finding.severity > it.severity && !known.contains(&found.finding.id()));
        Ok(worse.map(|it| it.key.clone()).collect())
    })?;
    Ok(Outcome { brings, effect: session.snapshot(|db| Effect::of(db, &forecast.plan.changes, forecast.effect.as_ref()))? })
}

/// Each rule as a check, which fails by each finding.
fn checks(db: Reader<'_>, out: &mut Out, audit: &Audit<'_>, rules: &[&'static Rule], meant: &[&Found]) -> Result<()> {
    let mut rows = out.rows(junit::COLUMNS);
    for rule in rules.iter().filter(|it| !audit.left_out.contains(it)) {
        let found = meant.iter().filter(|it| *it.finding.rule == **rule && it.counts());
        let mut failures = found.map(|it| audit.sentence(db, it)).collect::<Result<Vec<_>>>()?;
        if failures.is_empty() {
            failures.push(String::new());
        }
        for it in failures {
            rows.add(vec!["audit".to_owned(), rule.id.to_owned(), it], &())?;
        }
    }
    rows.end()
}

/// What these rules found then.
fn found_at(start: &Start, then: &str, rules: &[&'static Rule]) -> Result<HashSet<FindingId>> {
    let session = start.ask_at(start.instant("--new-since", then)?)?;
    session.keep_little()?;
    session.snapshot(|db| {
        let policy = db.policy(None)?;
        Ok(Audit::of(db, &policy, rules, session.now)?.ids())
    })
}

/// Says which rules were left out, in a line for each kind of sight that they take.
fn tell_left_out(audit: &Audit<'_>) {
    let mut left_out: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let whole = audit.left_out.iter().map(|it| (it.id.to_owned(), it.takes));
    let in_part = audit.in_part.iter().map(|(it, part)| (format!("{} {part}", it.id), Takes::Whole));
    whole.chain(in_part).for_each(|(it, takes)| left_out.entry(takes.words()).or_default().push(it));
    for (takes, rules) in left_out {
        let _ = writeln!(std::io::stderr(), "rolecall: left out, as it takes sight of {takes}: {}", rules.join(", "));
    }
}

/// Whether it is about these, where any are named.
fn is_about(finding: &Finding, (person, site): (Option<PersonId>, Option<SiteId>)) -> bool {
    let is_one = |id: PersonId| finding.person() == Some(id) || finding.other() == Some(id);
    person.is_none_or(is_one) && site.is_none_or(|id| finding.site() == Some(id))
}

/// What is set of rules; nothing where there is no workspace yet.
fn settings(start: &Start) -> Result<Settings> {
    let Some(store) = start.find(true)? else { return Ok(Settings::default()) };
    store.reader().audit_settings()
}

fn explain(start: &Start, out: &mut Out, rule: &'static Rule) -> Result<u8> {
    let about = RuleRow::of(rule, &settings(start)?);
    if out.is_json() {
        out.json(&about)?;
        return Ok(YES);
    }
    if out.format != Format::Table {
        let mut rows = out.rows(RuleRow::names());
        rows.add(about.cells(Zone::default()), &about)?;
        rows.end()?;
        return Ok(YES);
    }
    out.line(&format!("{}: {} ({})", rule.id, rule.title, rule.severity));
    out.lines(2, [rule.why, rule.finds]);
    for it in about.settings {
        let set = if it.is_usual() { "" } else { " (set)" };
        out.line(&format!("  {} = {}{set}: {}", it.name, it.value, it.what));
    }
    Ok(YES)
}

/// What mends the findings that are named; one that another mended already needs nothing more.
fn fix(start: &Start, out: &mut Out, keys: &[String], which: &Which, trial: &Trial) -> Result<u8> {
    trial.carry_out_saying(start, out, |db, policy| {
        let now = start.now(db)?;
        let rules = if keys.is_empty() || !which.rules.is_empty() { which.rules()? } else { rules_of(keys) };
        let audit = Audit::of(db, policy, &rules, now)?;
        let found = if keys.is_empty() { audit.counting().collect() } else { wanted(&audit, keys)? };
        let mut together = Together::default();
        for it in found {
            match audit.shown(db, it)?.mend {
                Ok(mends) => together.add(&it.key, &mends),
                // A whole rule leaves out what nothing mends.
                Err(_) if keys.is_empty() => {}
                Err(why) => return Err(Stop::Refused(format!("nothing mends {} by itself: {why}", it.key)).into()),
            }
        }
        let Mended { commands, left } = together.mended(db, policy, now)?;
        if commands.is_empty() {
            return Err(Stop::Refused("nothing was found that can be mended by itself".to_owned()).into());
        }
        let said = left.into_iter().map(|it| format!("{} is left for the next time: {}", it.key, it.why)).collect();
        Ok((Command::all(commands), said))
    })
}

/// The findings with these keys.
fn wanted<'a>(audit: &'a Audit<'_>, keys: &[String]) -> Result<Vec<&'a Found>> {
    let all: BTreeMap<&str, &Found> = audit.findings.iter().map(|it| (it.key.as_str(), it)).collect();
    let find = |key: &String| {
        let hint = || suggest::did_you_mean(key, all.keys().copied());
        all.get(key.as_str()).copied().ok_or_else(|| usage(format!("nothing is found under `{}`{}", text::display(key), hint())))
    };
    keys.iter().map(find).collect()
}
