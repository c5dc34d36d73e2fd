//! Many questions, a line each: `yes`, `no` or `error: …` in the same order.
//!
//! Answers are passed on whenever the input pauses, so that another program can keep one
//! process and talk to it. What was looked up is kept until the file changes.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use crate::cli::exit::YES;
use crate::cli::print::Out;
use crate::cli::session::Start;
use crate::domain::access::Ground;
use crate::domain::ids::{PersonId, SiteId};
use crate::domain::perm_set::PermSet;
use crate::domain::policy::Policy;
use crate::domain::text::display;
use crate::exchange::encoding::{self, Choice};
use crate::facts::Reader;
use crate::facts::names::the_permission;
use crate::query::access;
use crate::session::Session;

/// Names and answers that are kept at most; then all are forgotten.
const MAX_KEPT: usize = 50_000;
/// Longest line that is read, in bytes.
const MAX_LINE: u64 = 64 * 1024;

pub(super) fn run(start: &Start, out: &mut Out, file: &Path, named: Choice) -> Result<u8> {
    let source: Box<dyn Read> = if file.as_os_str() == "-" {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(file).with_context(|| format!("opening {}", file.display()))?)
    };
    let session = start.ask()?;
    let source = encoding::stream(BufReader::new(source), named).context("reading the questions")?;
    let mut input = BufReader::with_capacity(64 * 1024, source);
    let mut memory = Memory::new(&session)?;
    let mut line = Vec::new();
    let mut guessed = false;
    loop {
        // Before the next wait: what was asked is answered, and what is known may have aged.
        if input.buffer().is_empty() {
            out.flush()?;
            if input.fill_buf().context("reading the questions")?.is_empty() {
                return Ok(YES);
            }
            memory.refresh()?;
        }
        line.clear();
        let n = input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line).context("reading the questions")?;
        if n as u64 == MAX_LINE && line.last() != Some(&b'\n') {
            anyhow::bail!("a question is longer than {MAX_LINE} bytes");
        }
        let (question, foreign) = match encoding::line(&line) {
            Ok((text, foreign)) => (Ok(text), foreign),
            Err(byte) => (Err(anyhow::anyhow!("the byte 0x{byte:02x} is not UTF-8")), false),
        };
        if foreign && !guessed {
            guessed = true;
            let _ = writeln!(io::stderr(), "rolecall: {}", encoding::GUESSED);
        }
        let answer = match question.and_then(|it| memory.answer(&it, session.now)) {
            Ok(true) => "yes".to_owned(),
            Ok(false) => "no".to_owned(),
            Err(error) => format!("error: {error:#}"),
        };
        out.line(&answer);
        out.drain()?;
    }
}

struct Place {
    ground: Ground,
    platform: String,
}

/// What was looked up so far.
struct Memory<'a> {
    session: &'a Session,
    version: i64,
    policy: Policy,
    people: HashMap<String, PersonId>,
    sites: HashMap<String, Place>,
    held: HashMap<(PersonId, SiteId), PermSet>,
}

impl<'a> Memory<'a> {
    fn new(session: &'a Session) -> Result<Memory<'a>> {
        Ok(Memory {
            session,
            version: session.data_version()?,
            policy: session.reader().policy(None)?,
            people: HashMap::new(),
            sites: HashMap::new(),
            held: HashMap::new(),
        })
    }

    fn refresh(&mut self) -> Result<()> {
        if self.session.data_version()? != self.version {
            *self = Memory::new(self.session)?;
        }
        Ok(())
    }

    fn answer(&mut self, line: &str, now: DateTime<Utc>) -> Result<bool> {
        let line = line.trim_end_matches(['\n', '\r']);
        let mut parts = line.split('\t');
        let (Some(person), Some(permission), Some(site), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            anyhow::bail!("a line is person, permission and site with a tab between; this is `{}`", display(line));
        };
        let db = self.session.reader();
        let person = self.person(db, person)?;
        self.learn(db, site)?;
        let place = self.sites.get(site).context("the site was just found")?;
        let permission = the_permission(&self.policy, &place.platform, permission)?;
        if self.held.len() >= MAX_KEPT {
            self.held.clear();
        }
        let held = match self.held.get(&(person, place.ground.site)) {
            Some(held) => *held,
            None => access::access(db, &self.policy, &place.ground, person, now)?,
        };
        self.held.insert((person, place.ground.site), held);
        Ok(held.contains(permission))
    }

    fn person(&mut self, db: Reader<'_>, email: &str) -> Result<PersonId> {
        if let Some(id) = self.people.get(email) {
            return Ok(*id);
        }
        let id = db.the_person(email)?.id;
        if self.people.len() >= MAX_KEPT {
            self.people.clear();
        }
        self.people.insert(email.to_owned(), id);
        Ok(id)
    }

    /// Looks the site up unless it is known.
    fn learn(&mut self, db: Reader<'_>, text: &str) -> Result<()> {
        if self.sites.contains_key(text) {
            return Ok(());
        }
        let site = db.the_site(text)?;
        if self.sites.len() >= MAX_KEPT {
            self.sites.clear();
        }
        let ground = access::ground(&self.policy, &site)?;
        self.sites.insert(text.to_owned(), Place { ground, platform: site.platform });
        Ok(())
    }
}
