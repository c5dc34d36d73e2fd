//! When assignments came, and roles: the numbers of one entry lie together, and those of the next are greater.

use std::collections::BTreeMap;

use anyhow::Result;
use chrono::{DateTime, Utc};
use memchr::memmem;

use crate::domain::ids::{AssignmentId, RoleId};
use crate::store::Reader;
use crate::store::sql_types::Micros;

/// How an assignment that is made begins in the journal. Inside a text the quotes would be escaped.
const MADE: &[u8] = br#"{"assignment":{"after":{"id":"#;

/// The same of a role.
const MADE_ROLE: &[u8] = br#"{"role":{"after":{"id":"#;

impl Reader<'_> {
    /// The first new number of each entry that made assignments, and when it was written; nothing where all that is held says
    /// itself when it began.
    pub fn made(self) -> Result<Vec<(AssignmentId, DateTime<Utc>)>> {
        if !self.has_undated()? {
            return Ok(Vec::new());
        }
        let sql = "SELECT seq, at, changes, parts FROM entry WHERE changes IS NOT NULL OR inverse_of IS NULL ORDER BY seq";
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let (mut made, mut newest): (Vec<(AssignmentId, DateTime<Utc>)>, i64) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let (seq, Micros(at), parts): (i64, Micros, i64) = (row.get(0)?, row.get(1)?, row.get(3)?);
            let numbers = match row.get_ref(2)?.as_str_or_null()? {
                Some(changes) => numbers(changes.as_bytes(), MADE),
                None => self.numbers_in_parts(seq, parts)?,
            };
            // What came back by an undo has its old number.
            let Some(last) = numbers.into_iter().filter(|it| *it > newest).max() else { continue };
            made.push((AssignmentId(newest + 1), at));
            newest = last;
        }
        Ok(made)
    }

    /// Those of the last part that has any: numbers are handed out in order.
    fn numbers_in_parts(self, seq: i64, parts: i64) -> Result<Vec<i64>> {
        for part in (1..=parts).rev() {
            let numbers = numbers(&self.lines_of_part(seq, part)?, MADE);
            if !numbers.is_empty() {
                return Ok(numbers);
            }
        }
        Ok(Vec::new())
    }

    /// The entries that made these roles, by the roles' numbers. Nothing is read behind the last of them.
    pub fn roles_made(self, roles: &[RoleId]) -> Result<Vec<(RoleId, i64)>> {
        let sql = "SELECT seq, changes, parts FROM entry WHERE changes IS NOT NULL OR inverse_of IS NULL ORDER BY seq";
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let mut made: BTreeMap<RoleId, i64> = BTreeMap::new();
        let mut note = |text: &[u8], seq: i64| {
            for id in numbers(text, MADE_ROLE).into_iter().map(RoleId).filter(|id| roles.contains(id)) {
                made.entry(id).or_insert(seq);
            }
            made.len() == roles.len()
        };
        while let Some(row) = rows.next()? {
            let (seq, parts): (i64, i64) = (row.get(0)?, row.get(2)?);
            let mut is_all = row.get_ref(1)?.as_str_or_null()?.is_some_and(|changes| note(changes.as_bytes(), seq));
            for part in 1..=parts {
                is_all = is_all || note(&self.lines_of_part(seq, part)?, seq);
            }
            if is_all {
                break;
            }
        }
        Ok(made.into_iter().collect())
    }
}

/// The numbers of those that are made there.
fn numbers(text: &[u8], made: &[u8]) -> Vec<i64> {
    let number = |at: usize| {
        let digits = text[at + made.len()..].iter().take_while(|it| it.is_ascii_digit());
        digits.fold(0i64, |n, digit| n.saturating_mul(10).saturating_add(i64::from(digit - b'0')))
    };
    memmem::find_iter(text, made).map(number).collect()
}
