//! The ceiling profiles: what no role can give, whatever it grants.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde::Serialize;

use super::list;
use crate::cli::args::Format;
use crate::cli::print::Out;
use crate::cli::receipt::Trial;
use crate::cli::session::Start;
use crate::command::Command;
use crate::domain::policy::Policy;
use crate::domain::record::CeilingRecord;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Shows the ceiling of this platform; a profile in its place switches every platform to it
    #[arg(value_name = "PLATFORM|PROFILE")]
    platform: Option<String>,
    /// Switches the platform to this profile
    profile: Option<String>,
    #[command(flatten)]
    options: list::Options,
    #[command(flatten)]
    trial: Trial,
}

#[derive(Serialize)]
struct Row {
    platform: String,
    profile: String,
    level: &'static str,
    permission: String,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let policy = start.ask_in_part()?.reader().policy(None)?;
        let switched = match (&self.platform, &self.profile) {
            (Some(platform), Some(profile)) => CeilingRecord::Each(BTreeMap::from([(platform.clone(), profile.clone())])),
            (Some(word), None) if is_profile(&policy, word) || policy.catalog(word).is_none() => CeilingRecord::All(word.clone()),
            (platform, _) => {
                return show(&policy, platform.as_deref(), &self.options, out);
            }
        };
        self.trial.carry_out(start, out, |_, _| Ok(Command::Ceiling(switched)))
    }
}

fn is_profile(policy: &Policy, word: &str) -> bool {
    policy.catalogs().any(|it| it.ceilings.contains_key(word))
}

fn show(policy: &Policy, only: Option<&str>, options: &list::Options, out: &mut Out) -> Result<u8> {
    let shown = || policy.catalogs().filter(|it| only.is_none_or(|only| only == it.platform));
    if out.format == Format::Table {
        out.line(&format!("ceiling {}", said(policy, shown().map(|it| it.platform.as_str()))));
    }
    let mut rows = options.rows(out, &["platform", "profile", "level", "permission"])?;
    for catalog in shown() {
        let ceiling = policy.ceiling_of(&catalog.platform);
        for (level, set) in [("site", ceiling.site), ("team", ceiling.team)] {
            for permission in catalog.names(set) {
                let profile = policy.ceilings.of(&catalog.platform).to_owned();
                let row = Row { platform: catalog.platform.clone(), profile, level, permission };
                rows.add(vec![row.platform.clone(), row.profile.clone(), level.to_owned(), row.permission.clone()], &row)?;
            }
        }
    }
    rows.end()
}

/// One word where it says it all.
fn said<'a>(policy: &Policy, platforms: impl Iterator<Item = &'a str>) -> String {
    let each: BTreeMap<String, String> = platforms.map(|it| (it.to_owned(), policy.ceilings.of(it).to_owned())).collect();
    let words: BTreeSet<&String> = each.values().collect();
    match words.into_iter().collect::<Vec<_>>().as_slice() {
        [one] => (*one).clone(),
        _ => CeilingRecord::Each(each).to_string(),
    }
}
