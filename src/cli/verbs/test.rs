//! Whether what files claim of access is so.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::cli::args::{Format, Special};
use crate::cli::exit::{NO, YES, usage};
use crate::cli::input::name;
use crate::cli::print::Out;
use crate::cli::session::Start;
use crate::domain::claims::{self, Claim, Line};
use crate::domain::policy::Policy;
use crate::domain::record::Recorded;
use crate::domain::text::plural;
use crate::domain::things::{Person, Site};
use crate::domain::why::{Verdict, Via};
use crate::exchange::format::junit;
use crate::facts::Reader;
use crate::query::access::{Asked, scope_record};
use crate::query::claims::{Broken, Claims, Fact, Loss};
use crate::query::{layer, records};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Claims, one a line: can, cannot, holds, lacks, only; `-` is stdin
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Also which grants, requirements, assignments and ceilings no claim is about
    #[arg(long)]
    coverage: bool,
    /// Also which of them no claim would miss if it were gone
    #[arg(long)]
    mutate: bool,
}

/// Most assignments of the sites that claims are about, where each fact is taken away in turn.
const MAX_TRIED: usize = 20_000;

#[derive(Serialize)]
struct Answer {
    passed: usize,
    failed: usize,
    failures: Vec<Failure>,
    /// Facts that no claim is about, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    uncovered: Option<Vec<String>>,
    /// Facts whose loss no claim would notice, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    unnoticed: Option<Vec<String>>,
    /// How many of the facts that count are noticed, of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<[usize; 2]>,
    /// Every claim with its file, in their order.
    #[serde(skip)]
    all: Vec<(String, usize, String)>,
}

#[derive(Serialize)]
pub(super) struct Failure {
    file: String,
    line: usize,
    text: String,
    why: Vec<String>,
}

/// A file and its claims.
pub(super) struct Asserted {
    file: String,
    lines: Vec<Line>,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let session = start.ask()?;
        let files = read(&self.files)?;
        let answer = session.snapshot(|db| self.answer(db, &db.policy(None)?, session.now, &files))?;
        match out.special {
            Some(Special::Junit | Special::Tap) => answer.checks(out)?,
            Some(Special::Sarif) | None if out.is_json() => out.json(&answer)?,
            Some(Special::Sarif) | None => answer.print(out)?,
        }
        Ok(if answer.failed == 0 { YES } else { NO })
    }

    fn answer(&self, db: Reader<'_>, policy: &Policy, now: DateTime<Utc>, files: &[Asserted]) -> Result<Answer> {
        let (mut failures, mut all, mut losses) = (Vec::new(), Vec::new(), None::<Vec<Loss>>);
        for it in files {
            let claims = found(db, policy, now, it)?;
            failures.extend(fails(db, policy, now, it, &claims.broken())?);
            all.extend(it.lines.iter().map(|line| (it.file.clone(), line.at, line.text.clone())));
        }
        if self.coverage || self.mutate {
            let lines: Vec<Line> = files.iter().flat_map(|it| it.lines.clone()).collect();
            let claims = Claims::of(db, policy, now, &lines)?;
            if claims.n_held() > MAX_TRIED {
                return Err(usage(format!(
                    "the claims are about sites with {} roles; taking each away in turn is for {MAX_TRIED} at most: name fewer sites",
                    claims.n_held()
                )));
            }
            losses = Some(claims.losses());
        }
        let told = |is: fn(&Loss) -> bool| -> Result<Vec<String>> {
            losses.iter().flatten().filter(|it| is(it)).map(|it| words(db, policy, &it.fact)).collect()
        };
        Ok(Answer {
            passed: all.len() - failures.len(),
            failed: failures.len(),
            failures,
            uncovered: if self.coverage { Some(told(|it| !it.is_covered)?) } else { None },
            unnoticed: if self.mutate { Some(told(|it| !it.is_noticed)?) } else { None },
            score: losses.as_ref().filter(|_| self.mutate).map(|it| [it.iter().filter(|it| it.is_noticed).count(), it.len()]),
            all,
        })
    }
}

/// What these files claim.
///
/// # Errors
/// The line that claims nothing.
pub(super) fn read(files: &[PathBuf]) -> Result<Vec<Asserted>> {
    let read = |path: &PathBuf| {
        let file = name(path);
        let lines = claims::read(&text(path)?).map_err(|(line, why)| usage(format!("{file} line {line}: {why}")))?;
        Ok(Asserted { file, lines })
    };
    files.iter().map(read).collect()
}

fn text(path: &Path) -> Result<String> {
    if path.as_os_str() == "-" {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).context("reading stdin")?;
        return Ok(text);
    }
    fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}

/// What of these claims is not so, as the workspace is.
pub(super) fn failures(db: Reader<'_>, now: DateTime<Utc>, files: &[Asserted]) -> Result<Vec<Failure>> {
    let policy = db.policy(None)?;
    let mut failures = Vec::new();
    for it in files {
        failures.extend(fails(db, &policy, now, it, &found(db, &policy, now, it)?.broken())?);
    }
    Ok(failures)
}

fn found<'a>(db: Reader<'_>, policy: &'a Policy, now: DateTime<Utc>, it: &'a Asserted) -> Result<Claims<'a>> {
    Claims::of(db, policy, now, &it.lines).with_context(|| it.file.clone())
}

fn fails(db: Reader<'_>, policy: &Policy, now: DateTime<Utc>, it: &Asserted, broken: &[Broken<'_>]) -> Result<Vec<Failure>> {
    let fail = |broken: &Broken<'_>| {
        let (file, line, text) = (it.file.clone(), broken.line.at, broken.line.text.clone());
        Ok(Failure { file, line, text, why: why(db, policy, now, broken)? })
    };
    broken.iter().map(fail).collect()
}

/// Why a claim is not so, a line each.
fn why(db: Reader<'_>, policy: &Policy, now: DateTime<Utc>, broken: &Broken<'_>) -> Result<Vec<String>> {
    let Some((person, site, permission)) = broken.by else {
        let Claim::Holds { role, permission, wanted } = &broken.line.claim else { return Ok(Vec::new()) };
        return Ok(vec![format!("{role} {} {permission}", if *wanted { "does not hold" } else { "holds" })]);
    };
    let asked = Asked::about(db, policy, db.the::<Person>(person)?, db.the::<Site>(site)?, permission)?;
    let (who, id, site) = (&asked.person.email, &asked.ground.catalog.get(permission).id, &asked.site.key);
    match asked.verdict(policy, now) {
        Verdict::Refused(it) => {
            let because = layer::sentence(db, policy, &asked, &it, |it| &it.id)?;
            Ok(vec![format!("{who} cannot {id} on {site}: {because}")])
        }
        Verdict::Allowed(routes) => {
            let by = |via: &Via| -> Result<String> {
                Ok(match via {
                    Via::Owner => "as its owner".to_owned(),
                    Via::Assignment(it) => {
                        let role = policy.role(it.role).map_or("", |it| it.role.key.as_str());
                        format!("by {role}, {} level, {}", it.level, scope_record(db, it.scope)?)
                    }
                })
            };
            routes.iter().map(|it| Ok(format!("{who} can {id} on {site} {}", by(&it.via)?))).collect()
        }
    }
}

/// A fact in words.
fn words(db: Reader<'_>, policy: &Policy, fact: &Fact) -> Result<String> {
    let of = |platform: &str, permission| policy.catalog(platform).map_or("", |it| it.get(permission).id.as_str()).to_owned();
    Ok(match fact {
        Fact::Grant { role, permission } => {
            policy.role(*role).map_or_else(String::new, |it| format!("{} grants {}", it.role.key, of(&it.role.platform, *permission)))
        }
        Fact::Requirement { platform, permission, required } => {
            format!("{} requires {}", of(platform, *permission), of(platform, *required))
        }
        Fact::Assignment(it) => records::assignment(db, policy, it)?.key().to_string(),
        Fact::Ceiling { platform, level, permission } => {
            format!("the ceiling of {platform} keeps {} from {level} level", of(platform, *permission))
        }
    })
}

impl Answer {
    fn print(&self, out: &mut Out) -> Result<()> {
        if out.format != Format::Table {
            let mut rows = out.rows(["file", "line", "claim", "why"]);
            for it in &self.failures {
                rows.add(vec![it.file.clone(), it.line.to_string(), it.text.clone(), it.why.join("; ")], &())?;
            }
            return rows.end();
        }
        for it in &self.failures {
            out.line(&it.sentence());
            out.lines(2, &it.why);
        }
        out.line(&match self.failed {
            0 => format!("all {} hold", plural(self.passed, "claim")),
            n => format!("{} of {} not hold", n, plural(self.passed + n, "claim")),
        });
        for (what, facts) in [("no claim is about", &self.uncovered), ("no claim would miss", &self.unnoticed)] {
            for it in facts.iter().flatten() {
                out.line(&format!("{what}: {it}"));
            }
        }
        if let Some([noticed, all]) = self.score {
            let share = (noticed * 100).checked_div(all).unwrap_or(100);
            out.line(&format!("{noticed} of {} would be missed: {share} %", plural(all, "fact")));
        }
        Ok(())
    }

    /// Each claim as a check.
    fn checks(&self, out: &mut Out) -> Result<()> {
        let mut rows = out.rows(junit::COLUMNS);
        for (file, line, text) in &self.all {
            let failed = self.failures.iter().find(|it| it.file == *file && it.line == *line);
            let why = failed.map_or_else(String::new, |it| it.why.join("; "));
            rows.add(vec![file.clone(), format!("line {line}: {text}"), why], &())?;
        }
        rows.end()
    }
}

impl Failure {
    /// Where it stands, and what it says.
    pub(super) fn sentence(&self) -> String {
        format!("{} line {}: {}", self.file, self.line, self.text)
    }
}
