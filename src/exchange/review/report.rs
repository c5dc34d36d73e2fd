//! A review on paper: what was looked at, by whom, what was decided and why, and what became of it.

use std::io::Write;

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::domain::policy::Policy;
use crate::domain::review::{Decision, Held, Review, ReviewItem, Verdict};
use crate::domain::row::Subject;
use crate::domain::text::{few, plural};
use crate::domain::time;
use crate::exchange::format::json::inert;
use crate::exchange::statement::page::{Block, Paper, plain};
use crate::exchange::statement::{Form, Html, Markdown};
use crate::facts::Reader;
use crate::query::review::{self, Now, OWNS, Progress};

/// Everything that stands on the page.
#[derive(Serialize)]
pub struct Report {
    #[serde(flatten)]
    review: Shown,
    #[serde(flatten)]
    progress: Progress,
    /// The journal's newest entry before it began, and after it was finished or, where it goes on, touched last.
    before: Option<String>,
    after: Option<String>,
    decisions: Vec<Item>,
    #[serde(skip)]
    agency: String,
    #[serde(skip)]
    zone: time::Zone,
}

#[derive(Serialize)]
struct Shown {
    name: String,
    about: String,
    asked: Option<String>,
    #[serde(with = "time::instant")]
    started: DateTime<Utc>,
    #[serde(with = "time::instant::option")]
    due: Option<DateTime<Utc>>,
    #[serde(with = "time::instant::option")]
    finished: Option<DateTime<Utc>>,
}

#[derive(Serialize)]
struct Item {
    n: u32,
    person: String,
    name: String,
    role: String,
    place: String,
    sensitive: Vec<String>,
    #[serde(skip)]
    in_words: Vec<String>,
    given_by: Option<String>,
    decision: Option<Decision>,
    #[serde(skip)]
    verdict: String,
    /// What became of it while the review went on.
    #[serde(skip_serializing_if = "Option::is_none")]
    meanwhile: Option<String>,
}

impl Report {
    /// # Errors
    /// That the file could not be read.
    pub fn of(db: Reader<'_>, policy: &Policy, row: &Review) -> Result<Report> {
        let items = db.items_of(row.id)?;
        let progress = Progress::of(&items);
        let (before, after) = heads(db, row)?;
        let Review { id: _, name, about, due, asked, started, finished } = row.clone();
        let decisions = items.into_iter().map(|it| item(db, policy, row, it)).collect::<Result<_>>()?;
        let review = Shown { name, about, asked, started, due, finished };
        Ok(Report { review, progress, before, after, decisions, agency: policy.name.clone(), zone: policy.zone })
    }

    /// Writes it.
    ///
    /// # Errors
    /// That it could not be written.
    pub fn write(&self, form: Form, out: &mut dyn Write) -> Result<()> {
        match form {
            Form::Json => Ok(writeln!(out, "{}", inert(&serde_json::to_string(self)?))?),
            Form::Md => self.page(&mut Markdown::begin(out)),
            Form::Html => self.page(&mut Html::begin(out, &self.title())?),
        }
    }

    fn title(&self) -> String {
        format!("Access review: {}", self.review.name)
    }

    fn page(&self, paper: &mut dyn Paper) -> Result<()> {
        paper.put(&Block::Title(self.title()))?;
        paper.put(&Block::Text(plain(format!("Who holds what at {}, looked at one by one.", self.agency))))?;
        paper.put(&Block::Facts(self.facts()))?;
        let decided = |is_meant: &dyn Fn(&Verdict) -> bool| -> Vec<(&Item, &Decision)> {
            let all = self.decisions.iter().filter_map(|it| Some((it, it.decision.as_ref()?)));
            all.filter(|it| is_meant(&it.1.verdict)).collect()
        };
        let stays = |it: &Verdict| matches!(it, Verdict::Keep(_));
        self.decided(paper, "What changes", &decided(&|it| !stays(it)))?;
        self.decided(paper, "What stays", &decided(&stays))?;
        self.undecided(paper)?;
        let head = |it: &Option<String>| it.clone().unwrap_or_else(|| "none".to_owned());
        let heads = [format!("Journal before: {}", head(&self.before)), format!("Journal after: {}", head(&self.after))];
        paper.put(&Block::Small(heads.into()))?;
        paper.end()
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let (it, zone) = (&self.review, self.zone);
        let mut facts = vec![("Looked at", it.about.clone()), ("Begun", zone.exact(it.started))];
        facts.extend(it.due.map(|at| ("To be done by", zone.show_until(at))));
        facts.extend(it.asked.clone().map(|who| ("Asked", who)));
        facts.push(("Finished", it.finished.map_or_else(|| "not yet".to_owned(), |at| zone.exact(at))));
        facts.push(("Items", self.progress.words()));
        facts
    }

    fn decided(&self, paper: &mut dyn Paper, heading: &'static str, items: &[(&Item, &Decision)]) -> Result<()> {
        if items.is_empty() {
            return Ok(());
        }
        paper.put(&Block::Heading(format!("{heading}: {}", items.len())))?;
        let row = |(it, decision): &(&Item, &Decision)| {
            let why = decision.because.clone().into_iter().chain(it.meanwhile.clone()).collect::<Vec<_>>().join("; ");
            let why = if why.is_empty() { why } else { format!(": {why}") };
            let words = format!("{}{why} ({}, {})", it.verdict, decision.by, self.zone.minute(decision.at));
            [it.cells().as_slice(), &[words]].concat()
        };
        paper.put(&Block::Table(vec!["Who", "Holds", "Sensitive", "Decision"], items.iter().map(row).collect()))
    }

    fn undecided(&self, paper: &mut dyn Paper) -> Result<()> {
        let open: Vec<&Item> = self.decisions.iter().filter(|it| it.decision.is_none()).collect();
        if open.is_empty() {
            return Ok(());
        }
        paper.put(&Block::Heading(format!("Not decided: {}", plural(open.len(), "item"))))?;
        paper.put(&Block::Table(vec!["Who", "Holds", "Sensitive"], open.iter().map(|it| it.cells().into()).collect()))
    }
}

impl Item {
    fn cells(&self) -> [String; 3] {
        let who = if self.name.is_empty() { self.person.clone() } else { format!("{} ({})", self.name, self.person) };
        [who, format!("{} ({})", self.role, self.place), few(&self.in_words)]
    }
}

/// What became of it once it is finished is its decision.
fn item(db: Reader<'_>, policy: &Policy, review: &Review, it: ReviewItem) -> Result<Item> {
    let meanwhile = if review.finished.is_some() { Now::Same } else { review::became(db, &it)? };
    let in_words = if let Held::Site { .. } = it.held { vec![OWNS.to_owned()] } else { review::sensitive_words(policy, &it) };
    let ReviewItem { id: _, review: _, number, held: _, named, sensitive, decision } = it;
    Ok(Item {
        n: number,
        person: named.email,
        name: named.name,
        role: named.role,
        place: named.place,
        in_words,
        sensitive,
        given_by: named.given_by,
        verdict: decision.as_ref().map_or_else(String::new, |it| review::verdict_words(policy, &it.verdict)),
        decision,
        meanwhile: review::became_words(&meanwhile),
    })
}

fn heads(db: Reader<'_>, row: &Review) -> Result<(Option<String>, Option<String>)> {
    let head = |seq: i64| Ok::<_, anyhow::Error>(db.entry(seq)?.map(|it| it.head().to_string()));
    let subject = Subject::from(row.id);
    let first = db.first_about(subject)?;
    let last = db.entries_about(&[subject], i64::MAX, 1)?.first().map(|it| it.head().to_string());
    Ok((first.map(|seq| head(seq - 1)).transpose()?.flatten(), last))
}
