//! Reviews: what is to be decided on, item by item, and what comes of it.

use anyhow::Result;
use clap::{ArgGroup, Subcommand};

use super::list;
use crate::cli::args::Format;
use crate::cli::exit::{NO, YES, usage};
use crate::cli::paper::Paper;
use crate::cli::print::Out;
use crate::cli::receipt::Trial;
use crate::cli::session::Start;
use crate::cli::shown;
use crate::command::Command;
use crate::domain::audit::Rule;
use crate::domain::policy::Policy;
use crate::domain::review::{NEXT_LOOK, Review, ReviewItem, ReviewRecord, Verdict};
use crate::domain::suggest::Unknown;
use crate::domain::text::shell;
use crate::exchange::review::{self as reviews, Page, Report};
use crate::facts::Reader;
use crate::facts::names::the_role;
use crate::query::impact::Budget;
use crate::query::review::{self, ItemRow, Over, Progress};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Freezes what is to be decided on, the riskiest first
    Start(Begin),
    /// Reviews, and how far they are
    List(List),
    /// What is decided on in a review, or all there is to know of one item
    Show {
        /// By its name
        review: String,
        /// Its number in the review
        #[arg(value_name = "ITEM")]
        n: Option<u32>,
        #[command(flatten)]
        options: list::Options,
    },
    /// The first item on which nobody decided
    Next {
        /// By its name
        review: String,
        /// The first behind this one, if there is any
        #[arg(long, value_name = "ITEM", default_value_t = 0, hide_default_value = true)]
        after: u32,
    },
    /// Decides on items: what becomes of them is done when the review is finished
    Decide(Decide),
    /// Carries out what was decided, as one step, and ends the review
    Finish {
        /// By its name
        review: String,
        #[command(flatten)]
        trial: Trial,
    },
    /// What was looked at, by whom, what was decided and why, on paper
    Report {
        /// By its name
        review: String,
        #[command(flatten)]
        paper: Paper,
    },
}

#[derive(clap::Args)]
#[command(group(ArgGroup::new("over").required(true)))]
struct Begin {
    /// What to call it
    name: String,
    /// One site: what is held there, and what reaches it from further away
    #[arg(long, group = "over", value_name = "SITE")]
    site: Option<String>,
    /// A folder and everything in it, and what reaches it from further away
    #[arg(long, group = "over", value_name = "FOLDER")]
    folder: Option<String>,
    /// All that one person holds
    #[arg(long, group = "over", value_name = "PERSON")]
    person: Option<String>,
    /// All that anybody holds
    #[arg(long, group = "over")]
    everywhere: bool,
    /// Only what the findings of this audit rule are by
    #[arg(long, value_name = "RULE")]
    rule: Option<String>,
    /// By which day it is to be done
    #[arg(long, value_name = "DAY")]
    due: Option<String>,
    /// Who is asked to do it
    #[arg(long, value_name = "PERSON")]
    by: Option<String>,
    #[command(flatten)]
    trial: Trial,
}

#[derive(clap::Args)]
struct List {
    /// Those that are finished, too
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    options: list::Options,
}

#[derive(clap::Args)]
#[command(group(ArgGroup::new("verdict").required(true)))]
struct Decide {
    /// By its name
    review: String,
    /// By their numbers; several may be separated by commas
    #[arg(value_name = "ITEM", required = true, value_delimiter = ',')]
    items: Vec<u32>,
    /// It stays until the next look
    #[arg(long, group = "verdict")]
    keep: bool,
    /// When to look again at what is kept [default: in 180 days]
    #[arg(long, value_name = "DAY", requires = "keep")]
    look: Option<String>,
    /// A narrower role in its place
    #[arg(long, group = "verdict", value_name = "ROLE")]
    role: Option<String>,
    /// It ends with this day
    #[arg(long, group = "verdict", value_name = "TIME")]
    until: Option<String>,
    /// It is taken
    #[arg(long, group = "verdict")]
    take: bool,
    /// What was decided is taken back
    #[arg(long, group = "verdict", conflicts_with = "because")]
    undecided: bool,
    /// Why; what is sensitive is not kept without
    #[arg(long, value_name = "TEXT")]
    because: Option<String>,
    #[command(flatten)]
    trial: Trial,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        match &self.verb {
            Verb::Start(it) => it.run(start, out),
            Verb::List(it) => it.run(start, out),
            Verb::Show { review, n: None, options } => items(start, out, review, options),
            Verb::Show { review, n: Some(n), options } => {
                if !options.is_plain() {
                    return Err(usage("--filter, --sort and --columns are about the list; leave the number of the item out"));
                }
                page(start, out, review, |db, row| the_item(db, row, *n).map(Some))
            }
            Verb::Next { review, after } => page(start, out, review, |db, row| next(db, row, *after)),
            Verb::Decide(it) => it.run(start, out),
            Verb::Finish { review, trial } => finish(start, out, review, trial),
            Verb::Report { review, paper } => report(start, out, review, paper),
        }
    }
}

impl Begin {
    fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let rule = self.rule.as_deref().map(|it| Rule::called(it).map_err(usage)).transpose()?;
        let due = self.due.as_deref().map(|it| start.ends("--due", it)).transpose()?;
        self.trial.carry_out(start, out, |db, policy| {
            let (about, items) = review::frozen(db, policy, &self.over(db)?, rule, start.now(db)?)?;
            let asked = self.by.as_deref().map(|it| db.the_person(it)).transpose()?.map(|it| it.email);
            Ok(Command::StartReview(ReviewRecord { name: self.name.clone(), about, due, asked, items }))
        })
    }

    fn over(&self, db: Reader<'_>) -> Result<Over> {
        let site = self.site.as_deref().map(|it| db.the_site(it)).transpose()?.map(|it| Over::Site(Box::new(it)));
        let folder = self.folder.as_deref().map(|it| db.the_folder(it)).transpose()?.map(|it| Over::Folder(it.id));
        let person = self.person.as_deref().map(|it| db.the_person(it)).transpose()?.map(|it| Over::Person(it.id));
        Ok(site.or(folder).or(person).unwrap_or(Over::Everywhere))
    }
}

impl List {
    fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let session = start.ask_in_part()?;
        let rows = session.snapshot(review::reviews)?;
        self.options.print_all(out, session.zone()?, rows.into_iter().filter(|it| self.all || it.is_open()))
    }
}

fn items(start: &Start, out: &mut Out, name: &str, options: &list::Options) -> Result<u8> {
    let session = start.ask_in_part()?;
    let items = session.snapshot(|db| db.items_of(db.the_review(name)?.id))?;
    let answer = options.print_all(out, session.zone()?, items.iter().map(ItemRow::from))?;
    if out.format == Format::Table {
        out.line(&Progress::of(&items).words());
    }
    Ok(answer)
}

/// The page of an item, if there is such an item.
fn page(start: &Start, out: &mut Out, name: &str, find: impl FnOnce(Reader<'_>, &Review) -> Result<Option<ReviewItem>>) -> Result<u8> {
    let session = start.ask_in_part()?;
    let (row, page, progress) = session.snapshot(|db| {
        let (policy, row) = (db.policy(None)?, db.the_review(name)?);
        let Some(item) = find(db, &row)? else {
            let progress = Progress::of(&db.items_of(row.id)?);
            return Ok((row, None, progress));
        };
        let page = Page::of(&policy, review::look(db, &policy, item, session.now, &Budget::ALL)?);
        Ok((row, Some(page), Progress::default()))
    })?;
    let (zone, name) = (session.zone()?, shell(name));
    let over = row.finished.map(|at| format!("finished on {}; rolecall review report {name}", zone.day(at)));
    let Some(page) = page else {
        let ways = over.unwrap_or_else(|| format!("rolecall review finish {name}"));
        match out.format {
            Format::Json => out.json(&None::<Page>)?,
            Format::Table => out.line(&format!("nothing is left to decide: {}; {ways}", progress.words())),
            Format::Csv | Format::Md | Format::Html => out.rows(["field", "value"]).end()?,
        }
        return Ok(NO);
    };
    if out.is_json() {
        out.json(&page)?;
    } else if out.format == Format::Table {
        out.line(&format!("item {}", page.n));
        shown::fields(out, page.fields(zone));
        let ways = || format!("rolecall review decide {name} {} --keep, --role ROLE, --until DAY or --take", page.n);
        out.line(&over.unwrap_or_else(ways));
    } else {
        let mut rows = out.rows(["field", "value"]);
        page.fields(zone).into_iter().try_for_each(|(name, value)| rows.add(vec![name.to_owned(), value], &()))?;
        rows.end()?;
    }
    Ok(YES)
}

fn next(db: Reader<'_>, row: &Review, after: u32) -> Result<Option<ReviewItem>> {
    if row.finished.is_some() {
        return Ok(None);
    }
    db.open_item(row.id, after)?.map_or_else(|| db.open_item(row.id, 0), |it| Ok(Some(it)))
}

fn the_item(db: Reader<'_>, row: &Review, n: u32) -> Result<ReviewItem> {
    let hint = || format!("; rolecall review show {}", shell(&row.name));
    db.item(row.id, n)?.ok_or_else(|| Unknown { kind: "review item", text: n.to_string(), hint: hint() }.into())
}

impl Decide {
    fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        self.trial.carry_out(start, out, |db, policy| {
            Ok(Command::Decide {
                review: self.review.clone(),
                items: self.items.clone(),
                verdict: self.verdict(start, db, policy)?,
                because: self.because.clone(),
            })
        })
    }

    fn verdict(&self, start: &Start, db: Reader<'_>, policy: &Policy) -> Result<Option<Verdict>> {
        if self.undecided {
            return Ok(None);
        }
        if let Some(role) = &self.role {
            return Ok(Some(Verdict::Narrow(the_role(db, policy, role)?.role.key.clone())));
        }
        if let Some(until) = &self.until {
            return Ok(Some(Verdict::End(start.ends("--until", until)?)));
        }
        if self.take {
            return Ok(Some(Verdict::Take));
        }
        let usual = format!("{NEXT_LOOK}d");
        Ok(Some(Verdict::Keep(start.begins("--look", self.look.as_deref().unwrap_or(&usual))?)))
    }
}

fn finish(start: &Start, out: &mut Out, name: &str, trial: &Trial) -> Result<u8> {
    trial.carry_out(start, out, |db, policy| reviews::finish(db, policy, &db.the_review(name)?, start.now(db)?))
}

fn report(start: &Start, out: &mut Out, name: &str, paper: &Paper) -> Result<u8> {
    let form = paper.form(start, out, "report", "review show makes a table")?;
    let report = start.present_in_part()?.snapshot(|db| Report::of(db, &db.policy(None)?, &db.the_review(name)?))?;
    let mut written = Vec::new();
    report.write(form, &mut written)?;
    paper.put(start, out, &written)?;
    Ok(YES)
}
