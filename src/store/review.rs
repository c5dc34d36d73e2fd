//! Reviews, and what is decided on in them.

use std::collections::HashSet;

use anyhow::Result;

use super::Reader;
use super::sql_types::{Json, Micros, instant};
use super::table::table;
use crate::domain::ids::{AssignmentId, ReviewId};
use crate::domain::review::{Decision, Held, Review, ReviewItem};

table! {
    Review in "review", it:
    id, name, about, due = it.due.map(Micros), asked, started = Micros(it.started), finished = it.finished.map(Micros)
    => {
        let Micros(started) = started;
        Review { id, name, about, due: instant(due), asked, started, finished: instant(finished) }
    }
}

table! {
    ReviewItem in "review_item", it:
    id, review, number, held as Json, named as Json, sensitive as Json, decision = it.decision.as_ref().map(Json);
    assignment = assignment(&it.held), verdict = it.decision.as_ref().map(|it| it.verdict.word())
    => ReviewItem {
        id, review, number, held: Json::inside(held), named: Json::inside(named), sensitive: Json::inside(sensitive),
        decision: decided(decision),
    }
}

fn decided(column: Option<Json<Decision>>) -> Option<Decision> {
    column.map(Json::inside)
}

fn assignment(held: &Held) -> Option<AssignmentId> {
    if let Held::Role(it) = held { Some(it.id) } else { None }
}

impl Reader<'_> {
    pub fn review_by_name(self, name: &str) -> Result<Option<Review>> {
        self.one("WHERE name = ?1", [name])
    }

    /// Those that go on, the first that was begun first.
    pub fn open_reviews(self) -> Result<Vec<Review>> {
        self.many("WHERE finished IS NULL ORDER BY id", [])
    }

    /// Everything that is decided on in a review, in its order.
    pub fn items_of(self, review: ReviewId) -> Result<Vec<ReviewItem>> {
        self.many("WHERE review = ?1 ORDER BY number", [review])
    }

    pub fn item(self, review: ReviewId, number: u32) -> Result<Option<ReviewItem>> {
        self.one("WHERE review = ?1 AND number = ?2", (review, number))
    }

    /// The first item behind this one on which nobody decided.
    pub fn open_item(self, review: ReviewId, behind: u32) -> Result<Option<ReviewItem>> {
        self.one("WHERE review = ?1 AND decision IS NULL AND number > ?2 ORDER BY number LIMIT 1", (review, behind))
    }

    /// What was decided on an assignment before, in other reviews than this one, the newest first.
    pub fn looks_at(self, assignment: AssignmentId, but: ReviewId) -> Result<Vec<ReviewItem>> {
        self.many("WHERE assignment = ?1 AND decision IS NOT NULL AND review <> ?2 ORDER BY id DESC", (assignment, but))
    }

    /// The assignments on which somebody ever decided.
    pub fn decided(self) -> Result<HashSet<AssignmentId>> {
        let sql = "SELECT DISTINCT assignment FROM review_item WHERE assignment IS NOT NULL AND decision IS NOT NULL";
        Ok(self.rows(sql, [], |row| row.get(0))?.into_iter().collect())
    }

    /// How many items a review has, and on how many somebody decided.
    pub fn n_decided(self, review: ReviewId) -> Result<(u32, u32)> {
        let sql = "SELECT count(*), count(decision) FROM review_item WHERE review = ?1";
        Ok(self.conn.prepare_cached(sql)?.query_row([review], |row| Ok((row.get(0)?, row.get(1)?)))?)
    }
}
