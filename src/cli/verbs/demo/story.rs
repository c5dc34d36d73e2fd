//! The last two months of the sample agency, told in commands, so that its history is a real one.
//!
//! A line says how many days ago somebody did what. In a command `token of NAME` and `hash
//! of NAME` stand for a secret that is drawn anew for every sample, `in N days` for an instant.

use std::collections::HashMap;

use anyhow::{Context, Result, anyhow};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::Value;

use crate::cli::session::{uid, via};
use crate::command::{self, Actor, Command, Hand, fresh_token};
use crate::domain::token::Token;
use crate::facts::Store;

const STORY: &str = include_str!("../../../../assets/demo/story.jsonl");

/// How long before the first opening the story begins.
pub(super) const BEGINS: TimeDelta = TimeDelta::days(60);

#[derive(Deserialize)]
struct Step {
    days_ago: i64,
    r#as: String,
    r#do: Value,
}

/// Runs the story in a workspace that holds the sample.
pub(super) fn tell(store: &mut Store, clock: DateTime<Utc>) -> Result<()> {
    let mut secrets = Secrets { clock, tokens: HashMap::new() };
    for (n, line) in STORY.lines().enumerate() {
        let told = step(store, &mut secrets, line);
        told.with_context(|| format!("line {} of the story", n + 1))?;
    }
    Ok(())
}

fn step(store: &mut Store, secrets: &mut Secrets, line: &str) -> Result<()> {
    let mut step: Step = serde_json::from_str(line)?;
    secrets.fill(&mut step.r#do)?;
    let command: Command = serde_json::from_value(step.r#do)?;
    let actor = Actor { email: step.r#as, via: via(), by: Hand::User(uid()) };
    let at = secrets.clock - TimeDelta::days(step.days_ago);
    command::run(store, &actor, at, &command).map_err(|error| anyhow!("{error}"))?;
    Ok(())
}

/// What the words of the story stand for.
struct Secrets {
    clock: DateTime<Utc>,
    tokens: HashMap<String, Token>,
}

impl Secrets {
    fn fill(&mut self, value: &mut Value) -> Result<()> {
        match value {
            Value::String(text) => {
                if let Some(meant) = self.meaning(text)? {
                    *text = meant;
                }
            }
            Value::Array(list) => list.iter_mut().try_for_each(|it| self.fill(it))?,
            Value::Object(fields) => fields.values_mut().try_for_each(|it| self.fill(it))?,
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
        Ok(())
    }

    fn meaning(&mut self, text: &str) -> Result<Option<String>> {
        if let Some(name) = text.strip_prefix("token of ") {
            return Ok(Some(self.token(name)?.reveal()));
        }
        if let Some(name) = text.strip_prefix("hash of ") {
            return Ok(Some(self.token(name)?.hash().to_string()));
        }
        let days = text.strip_prefix("in ").and_then(|it| it.strip_suffix(" days")).and_then(|it| it.parse().ok());
        Ok(days.map(|days| (self.clock + TimeDelta::days(days)).to_rfc3339()))
    }

    fn token(&mut self, name: &str) -> Result<&Token> {
        if !self.tokens.contains_key(name) {
            self.tokens.insert(name.to_owned(), fresh_token()?);
        }
        self.tokens.get(name).context("a token that was just drawn")
    }
}
