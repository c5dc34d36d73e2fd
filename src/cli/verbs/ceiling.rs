//! The ceiling profile: what no role can give, whatever it grants.

use anyhow::Result;
use serde::Serialize;

use crate::cli::exit::YES;
use crate::cli::print::Out;
use crate::cli::receipt::Trial;
use crate::cli::session::Start;
use crate::command::Command;
use crate::domain::policy::Policy;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Switches to this profile; without it, shows the present one
    profile: Option<String>,
    #[command(flatten)]
    trial: Trial,
}

#[derive(Serialize)]
struct Row {
    platform: String,
    level: &'static str,
    permission: String,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        if let Some(profile) = self.profile.clone() {
            return self.trial.carry_out(start, out, |_, _| Ok(Command::Ceiling(profile)));
        }
        let policy = start.ask_in_part()?.store.reader().policy(None)?;
        show(&policy, out)?;
        Ok(YES)
    }
}

fn show(policy: &Policy, out: &mut Out) -> Result<()> {
    if !out.is_json() {
        out.line(&format!("ceiling {}", policy.ceiling));
    }
    let mut rows = out.rows(["platform", "level", "permission"]);
    for catalog in policy.catalogs() {
        let ceiling = policy.ceiling_of(&catalog.platform);
        for (level, set) in [("site", ceiling.site), ("team", ceiling.team)] {
            for permission in catalog.names(set) {
                let row = Row { platform: catalog.platform.clone(), level, permission };
                rows.add(vec![row.platform.clone(), level.to_owned(), row.permission.clone()], &row)?;
            }
        }
    }
    rows.end()
}
