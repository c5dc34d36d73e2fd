//! Help: about a verb, or a page about what all verbs share.

use anyhow::Result;
use clap::CommandFactory;

use super::{examples, man};
use crate::cli::Cli;
use crate::cli::exit::YES;
use crate::cli::plain;
use crate::cli::print::Out;
use crate::cli::session::Start;

/// The pages of the manual that are about no verb.
macro_rules! topics {
    ($($name:literal)*) => {
        const TOPICS: &[(&str, &str)] = &[$(($name, include_str!(concat!("../../../assets/manual/", $name, ".md")))),*];
        const ABOUT: &str = concat!("A verb, as in `help role grant`, or a topic:" $(, " ", $name)*);
    };
}

topics!("access" "audit" "authority" "bundle" "commands" "config" "contacts" "data" "exit" "formats" "invitations" "json" "keys" "lists" "names" "plans" "platforms" "present" "proof" "review" "ssh" "test" "times" "tour" "trust");

/// The names of those pages.
pub(in crate::cli) fn topics() -> impl Iterator<Item = &'static str> {
    TOPICS.iter().map(|it| it.0)
}

#[derive(clap::Args)]
pub(crate) struct Args {
    #[arg(value_name = "TOPIC|VERB", help = ABOUT)]
    about: Vec<String>,
}

impl Args {
    pub(crate) fn run(&self, _start: &Start, out: &mut Out) -> Result<u8> {
        let topic = |word: &String| TOPICS.iter().find(|it| it.0 == word);
        if let [word] = self.about.as_slice()
            && let Some((_, page)) = topic(word)
        {
            let lines = if out.is_read() { plain::lines(page) } else { page.lines().map(str::to_owned).collect() };
            out.lines(0, lines);
            return Ok(YES);
        }
        let mut program = Cli::command();
        program.build();
        let topics: Vec<&str> = topics().collect();
        let verb = man::verb(&program, &self.about, "verb or topic", &topics)?;
        out.lines(0, verb.clone().render_long_help().to_string().lines());
        for (n, (wanted, line)) in examples::of(&self.about).enumerate() {
            if n == 0 {
                out.lines(0, ["", "Examples:"]);
            }
            out.lines(2, [wanted.to_owned(), format!("    {line}")]);
        }
        Ok(YES)
    }
}
