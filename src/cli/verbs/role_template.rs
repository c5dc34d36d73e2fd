//! What an agency hands out again and again: templates of roles.

use anyhow::{Context, Result};
use clap::Subcommand;
use serde::Serialize;

use super::list;
use crate::cli::args::Format;
use crate::cli::exit::YES;
use crate::cli::print::Out;
use crate::cli::receipt::Trial;
use crate::cli::session::Start;
use crate::cli::shown;
use crate::command::Command;
use crate::domain::policy::{HeldRole, Policy};
use crate::domain::record::{Record, RoleRecord};
use crate::domain::text::{self, few, shell};
use crate::exchange::leaflet::Leaflet;
use crate::facts::Reader;
use crate::facts::names::the_template;
use crate::query::records;
use crate::query::templates::{self, TemplateRow, usual_end};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// All templates
    List(list::Options),
    /// When it is handed out, what it holds and when it usually ends
    Show(Which),
    /// Makes a role of it
    Use {
        #[command(flatten)]
        which: Which,
        /// The role's name, where it is to be another one
        #[arg(long)]
        name: Option<String>,
        /// Made from the name unless given
        #[arg(long)]
        key: Option<String>,
        #[command(flatten)]
        trial: Trial,
    },
}

#[derive(clap::Args)]
struct Which {
    /// By key or name
    template: String,
    /// Of this platform, where several have it
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<String>,
}

impl Which {
    fn find<'a>(&self, policy: &'a Policy) -> Result<&'a HeldRole> {
        the_template(policy, &self.template, self.platform.as_deref())
    }
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        match &self.verb {
            Verb::List(options) => {
                let session = start.ask_in_part()?;
                let rows = session.snapshot(|db| templates::rows(db, &db.policy(None)?))?;
                options.print_all(out, session.zone()?, rows)
            }
            Verb::Show(which) => {
                let session = start.ask_in_part()?;
                if out.format == Format::Html {
                    let policy = session.snapshot(|db| db.policy(None))?;
                    let leaflet = Leaflet::of(&policy, &[which.find(&policy)?], session.now).context("a platform without a catalog")?;
                    out.bytes(&leaflet.html()?);
                } else {
                    session.snapshot(|db| Page::of(db, &db.policy(None)?, which))?.print(out)?;
                }
                Ok(YES)
            }
            Verb::Use { which, name, key, trial } => trial.carry_out_saying(start, out, |_, policy| {
                let template = which.find(policy)?;
                let name = name.clone().unwrap_or_else(|| template.role.name.clone());
                let key = key.clone().unwrap_or_else(|| text::key_from(&name));
                let said = policy.template(template).and_then(|it| it.days).map(|days| {
                    let end = usual_end(Some(days));
                    format!("access by it usually ends {end}: rolecall assign PERSON {} --site SITE --until {days}d", shell(&key))
                });
                let role = RoleRecord { key, name, ..records::role(policy, &template.role) };
                Ok((Command::Add(Record::Role(role)), said.into_iter().collect()))
            }),
        }
    }
}

#[derive(Serialize)]
struct Page {
    #[serde(flatten)]
    row: TemplateRow,
    implied: Vec<String>,
    /// Of all that it holds.
    sensitive: Vec<String>,
}

impl Page {
    fn of(db: Reader<'_>, policy: &Policy, which: &Which) -> Result<Page> {
        let template = which.find(policy)?;
        let named = |set| policy.catalog(&template.role.platform).map_or_else(Vec::new, |it| it.names(set));
        let sensitive =
            template.closed.iter().filter(|id| policy.catalog(&template.role.platform).is_some_and(|it| it.get(*id).is_sensitive()));
        Ok(Page {
            row: templates::row(db, policy, template)?,
            implied: named(template.closed - template.granted),
            sensitive: named(sensitive.collect()),
        })
    }

    fn print(&self, out: &mut Out) -> Result<()> {
        match out.format {
            Format::Json => return out.json(self),
            Format::Csv | Format::Md | Format::Html => return self.rows(out),
            Format::Table => {}
        }
        let row = &self.row;
        let used = row.used.as_ref().map_or_else(|| "not yet".to_owned(), |it| format!("the role {it}"));
        let head = [
            ("key", row.key.clone()),
            ("name", row.name.clone()),
            ("when", row.when.clone()),
            ("level", format!("{}, {}", row.level, row.platform)),
            ("ends", usual_end(row.days)),
            ("used", used),
        ];
        shown::fields(out, head);
        let sensitive = if self.sensitive.is_empty() { "nothing".to_owned() } else { few(&self.sensitive) };
        let lists = [("granted", row.permissions.join("\n")), ("implied", self.implied.join("\n")), ("sensitive", sensitive)];
        shown::fields(out, lists.into_iter().filter(|it| !it.1.is_empty()));
        Ok(())
    }

    /// A row a permission, as of a role.
    fn rows(&self, out: &mut Out) -> Result<()> {
        let mut rows = out.rows(["template", "permission", "is"]);
        let all = self.row.permissions.iter().map(|it| (it, "granted")).chain(self.implied.iter().map(|it| (it, "implied")));
        for (permission, is) in all {
            rows.add(vec![self.row.key.clone(), permission.clone(), is.to_owned()], &())?;
        }
        rows.end()
    }
}
