//! Why somebody can, by every route; or which layer refuses, and the smallest change that helps.

use std::collections::BTreeSet;

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::cli::args::Format;
use crate::cli::exit::{NO, YES};
use crate::cli::print::Out;
use crate::cli::session::Start;
use crate::domain::ids::RoleId;
use crate::domain::perm_set::PermId;
use crate::domain::policy::Policy;
use crate::domain::record::ScopeRecord;
use crate::domain::remedy::Step;
use crate::domain::text::plural;
use crate::domain::things::{Assignment, Level};
use crate::domain::time::{self, Zone};
use crate::domain::why::{Route, Verdict, Via};
use crate::exchange::ways;
use crate::facts::Reader;
use crate::query::access::{self, Asked};
use crate::query::{layer, remedy};

/// Most chains that are told from one granted permission.
const MAX_CHAINS: usize = 1_000;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// By e-mail, or by a name that one person alone has
    person: String,
    /// Its id, or its label
    permission: String,
    /// By key or URL
    site: String,
    /// Of a yes too: what would take it, the least extra change first
    #[arg(long)]
    ways: bool,
}

/// The answer for programs.
#[derive(Serialize)]
struct Answer {
    allowed: bool,
    person: String,
    permission: String,
    site: String,
    layer: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    routes: Vec<Way>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The first of the ways.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<Help>,
    /// Every way, the least extra access first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ways: Vec<Help>,
    #[serde(skip)]
    more_ways: usize,
    #[serde(skip)]
    tells_ways: bool,
}

#[derive(Serialize)]
struct Way {
    via: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<Level>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<ScopeRecord>,
    #[serde(skip_serializing_if = "Option::is_none", with = "time::instant::option")]
    since: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none", with = "time::instant::option")]
    until: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// From what was granted to what was asked for: a shortest.
    chain: Vec<String>,
    /// Every such chain, the shortest first, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    chains: Vec<Vec<String>>,
    /// How many there are.
    #[serde(skip)]
    n_chains: usize,
}

#[derive(Clone, Serialize)]
struct Help {
    commands: Vec<String>,
    /// What else the person would be able to do here.
    brings: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    takes: Vec<String>,
    /// What it does to the person on other sites.
    #[serde(skip_serializing_if = "Option::is_none")]
    elsewhere: Option<Part>,
    /// What it does to others.
    #[serde(skip_serializing_if = "Option::is_none")]
    others: Option<Part>,
    /// What it changes for everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip)]
    sentences: Vec<String>,
}

#[derive(Clone, Serialize)]
struct Part {
    people: Vec<String>,
    sites: Vec<String>,
    brings: Vec<String>,
    takes: Vec<String>,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let session = start.ask_in_part()?;
        let answer = session.snapshot(|db| {
            let policy = db.policy(None)?;
            let asked = Asked::find(db, &policy, &self.person, &self.permission, &self.site)?;
            session.check_pair(db, &policy, asked.person.id, &asked.site)?;
            let verdict = asked.verdict(&policy, session.now);
            let are_told = self.ways || !verdict.is_allowed();
            let ways = if are_told { remedy::ways(db, &policy, &asked, session.now)? } else { (Vec::new(), 0) };
            Teller { db, policy: &policy, asked: &asked, now: session.now, tail: start.same_file() }.answer(&verdict, &ways.0, ways.1)
        })?;
        let answer = Answer { tells_ways: self.ways || !answer.allowed, ..answer };
        match out.format {
            Format::Json => out.json(&answer)?,
            Format::Table => answer.print(out, session.zone()?),
            Format::Csv | Format::Md | Format::Html => answer.rows(out, session.zone()?)?,
        }
        Ok(if answer.allowed { YES } else { NO })
    }
}

/// Puts a verdict into words.
struct Teller<'a> {
    db: Reader<'a>,
    policy: &'a Policy,
    asked: &'a Asked,
    now: DateTime<Utc>,
    /// What the command lines that it prints end with.
    tail: String,
}

impl Teller<'_> {
    fn answer(&self, verdict: &Verdict, ways: &[remedy::Way], more_ways: usize) -> Result<Answer> {
        let (routes, reason) = match verdict {
            Verdict::Allowed(routes) => (routes.iter().map(|it| self.way(it)).collect::<Result<_>>()?, None),
            Verdict::Refused(layer) => (Vec::new(), Some(layer::sentence(self.db, self.policy, self.asked, layer, |it| &it.id)?)),
        };
        let ways: Vec<Help> = ways.iter().map(|it| self.help(it)).collect::<Result<_>>()?;
        Ok(Answer {
            allowed: verdict.is_allowed(),
            person: self.asked.person.email.clone(),
            permission: self.id(self.asked.permission),
            site: self.asked.site.key.clone(),
            layer: verdict.word().to_owned(),
            routes,
            reason,
            remedy: ways.first().cloned(),
            ways,
            more_ways,
            tells_ways: false,
        })
    }

    fn id(&self, permission: PermId) -> String {
        self.asked.ground.catalog.get(permission).id.clone()
    }

    fn way(&self, route: &Route) -> Result<Way> {
        let ids = |chain: &Vec<PermId>| chain.iter().map(|it| self.id(*it)).collect::<Vec<_>>();
        let (catalog, chain) = (&self.asked.ground.catalog, ids(&route.chain));
        let (from, to) = (route.chain[0], self.asked.permission);
        let n_chains = catalog.n_chains(from, to);
        let chains = if n_chains > 1 { catalog.chains(from, to, MAX_CHAINS).iter().map(ids).collect() } else { Vec::new() };
        let (role, reason) = (None, None);
        let nothing = Way { via: "owner", role, level: None, scope: None, since: None, until: None, reason, chain, chains, n_chains };
        let Via::Assignment(it) = &route.via else { return Ok(nothing) };
        Ok(Way {
            via: "assignment",
            role: Some(self.role(it)),
            level: Some(it.level),
            scope: Some(access::scope_record(self.db, it.scope)?),
            since: it.since,
            until: it.until,
            reason: it.reason.clone(),
            ..nothing
        })
    }

    fn role(&self, it: &Assignment) -> String {
        self.policy.role(it.role).map_or_else(String::new, |held| held.role.key.clone())
    }

    fn help(&self, way: &remedy::Way) -> Result<Help> {
        let typed = ways::typed(self.db, self.policy, self.asked, &way.steps, self.now)?;
        let commands = typed.iter().map(|it| format!("rolecall {}{}", it.words, self.tail)).collect();
        let (brings, takes, elsewhere, others) = match &way.effect {
            Some(it) => (listed(&it.here.brought), listed(&it.here.taken), self.part(&it.elsewhere)?, self.part(&it.others)?),
            None => (Vec::new(), Vec::new(), None, None),
        };
        let sentences = match &way.effect {
            Some(it) => it.sentences(self.db)?.into_iter().map(|it| it.text).collect(),
            None => vec!["it touches too many people and sites to count here; the command with --dry-run counts them".to_owned()],
        };
        Ok(Help { commands, brings, takes, elsewhere, others, note: self.side_effect(way)?, sentences })
    }

    fn part(&self, moved: &remedy::Moved) -> Result<Option<Part>> {
        if moved.is_nothing() {
            return Ok(None);
        }
        let (people, sites) = (remedy::emails(self.db, moved)?, remedy::keys(self.db, moved)?);
        Ok(Some(Part { people, sites, brings: listed(&moved.brought), takes: listed(&moved.taken) }))
    }

    /// A role or a ceiling is everybody's.
    fn side_effect(&self, way: &remedy::Way) -> Result<Option<String>> {
        let changed: Option<RoleId> =
            way.steps.iter().find_map(|it| if let Step::Grant(role) | Step::Revoke(role) = it { Some(*role) } else { None });
        // Others may gain by the same way without holding the role: by an app that it installs.
        let touched = way.effect.iter().filter(|_| changed.is_some()).flat_map(|it| &it.others.people);
        let touched = touched.map(|it| self.db.assignments_of(*it)).collect::<Result<Vec<_>>>()?;
        let others = touched.iter().filter(|held| held.iter().any(|it| Some(it.role) == changed)).count();
        Ok(way.steps.iter().find_map(|step| match step {
            Step::Grant(_) | Step::Revoke(_) if !self.db.sees_all() => Some("it changes the role for everybody who holds it".to_owned()),
            Step::Grant(_) | Step::Revoke(_) => {
                (others > 0).then(|| format!("it changes the role for {} too", plural(others, "other person")))
            }
            Step::Ceiling(_) => Some(format!("it changes the ceiling for everybody on every site of {}", self.asked.site.platform)),
            Step::Reclaim => Some(format!("it ends the partnership, and what the partner can do on {} by it", self.asked.site.key)),
            Step::InstallApps(_) | Step::Reopen(_) | Step::Assign(..) | Step::Copy(_) | Step::Take(_) | Step::Swap(_) => None,
        }))
    }
}

impl Answer {
    /// A row for every route; of a no, one with its reason and the way out.
    fn rows(&self, out: &mut Out, zone: Zone) -> Result<()> {
        let mut rows = out.rows(["allowed", "person", "permission", "site", "layer", "how", "chain", "commands"]);
        let asked = |how: String, chain: String, commands: String| {
            let allowed = if self.allowed { "yes" } else { "no" };
            let mut cells = [allowed, &self.person, &self.permission, &self.site, &self.layer].map(str::to_owned).to_vec();
            cells.extend([how, chain, commands]);
            cells
        };
        for way in &self.routes {
            rows.add(asked(way.head(zone), way.words(" > "), String::new()), &())?;
        }
        if !self.allowed {
            let commands = self.remedy.as_ref().map_or_else(String::new, |it| it.commands.join("; "));
            rows.add(asked(self.reason.clone().unwrap_or_default(), String::new(), commands), &())?;
        }
        rows.end()
    }

    fn print(&self, out: &mut Out, zone: Zone) {
        let can = if self.allowed { "can" } else { "cannot" };
        out.verdict(self.allowed, &format!(": {} {can} {} on {}", self.person, self.permission, self.site));
        let (fork, last, bar) = if out.ascii { ("|-- ", "`-- ", "|   ") } else { ("├── ", "└── ", "│   ") };
        for (n, way) in self.routes.iter().enumerate() {
            let is_last = n + 1 == self.routes.len();
            out.line(&format!("{}{}", if is_last { last } else { fork }, way.head(zone)));
            let arrow = if out.ascii { " -> requires " } else { " → requires " };
            if way.via == "assignment" {
                out.line(&format!("{}granted {}", if is_last { "    " } else { bar }, way.words(arrow)));
            }
        }
        if let Some(reason) = &self.reason {
            out.line(&format!("  {reason} ({})", self.layer));
        }
        if self.tells_ways {
            let turns = if self.allowed { "takes" } else { "allows" };
            match self.ways.len() {
                0 if self.allowed => out.line("  no single change takes it: it comes with owning the site"),
                0 => out.line("  no single change helps: only the owner can do this"),
                1 => out.line(&format!("  the smallest change that {turns} it:")),
                n => out.line(&format!("  {n} ways would {} it, the least extra change first:", turns.trim_end_matches('s'))),
            }
        }
        for (at, way) in self.ways.iter().enumerate() {
            way.print(out, (self.ways.len() > 1).then_some(at + 1));
        }
        if self.more_ways > 0 {
            out.line(&format!("  and {} that would bring more here", plural(self.more_ways, "change")));
        }
    }
}

impl Way {
    /// The chain, and that there are longer ones.
    fn words(&self, arrow: &str) -> String {
        let more = if self.n_chains > 1 { format!(" (shortest of {})", self.n_chains) } else { String::new() };
        self.chain.join(arrow) + &more
    }

    fn head(&self, zone: Zone) -> String {
        let Some(role) = &self.role else { return "the owner of the site".to_owned() };
        let level = self.level.map_or("", Level::as_str);
        let since = self.since.map(|at| format!(", since {}", zone.show_since(at)));
        let until = self.until.map(|at| format!(", until {}", zone.exact_until(at)));
        let dates: String = since.into_iter().chain(until).collect();
        let reason = self.reason.as_ref().map_or_else(String::new, |it| format!(", \"{it}\""));
        let scope = self.scope.as_ref().map_or_else(String::new, ToString::to_string);
        format!("{role}, {level} level, {scope}{dates}{reason}")
    }
}

impl Help {
    fn print(&self, out: &mut Out, number: Option<usize>) {
        if let Some(number) = number {
            out.line(&format!("  way {number}"));
        }
        out.lines(4, &self.commands);
        out.lines(6, &self.note);
        if self.sentences.is_empty() {
            out.line("      it would change nothing else, for anybody");
        }
        out.lines(6, &self.sentences);
    }
}

fn listed(ids: &BTreeSet<String>) -> Vec<String> {
    ids.iter().cloned().collect()
}
