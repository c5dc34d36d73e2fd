//! Saying yes: to an invitation, a transfer, a partner proposal.

use anyhow::Result;

use crate::cli::print::Out;
use crate::cli::receipt::Trial;
use crate::cli::session::Start;
use crate::cli::token;
use crate::command::Command;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The 52 letters and digits of the link; `-` reads them from stdin
    token: String,
    /// The address to accept an invitation under [default: that of --as, else the one that it was sent to]
    #[arg(long)]
    email: Option<String>,
    #[command(flatten)]
    trial: Trial,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let token = token::given(&self.token)?;
        let email = self.email.clone().or_else(|| start.globals.acting.clone());
        self.trial.carry_out(start, out, |_, _| Ok(Command::Accept { token, email }))
    }
}
