//! Who holds which role where.

use std::collections::HashMap;

use anyhow::Result;
use chrono::{DateTime, Utc};
use foldhash::fast::RandomState;

use super::Reader;
use super::sql_types::{Micros, instant, scope_columns, scope_of};
use super::table::table;
use crate::domain::ids::{AssignmentId, FolderId, PersonId, RoleId, SiteId};
use crate::domain::things::{Assignment, Level, Scope};

table! {
    Assignment in "assignment", it:
    id, person, role, level, folder = scope_columns(it.scope).0, site = scope_columns(it.scope).1,
    since = it.since.map(Micros), until = it.until.map(Micros), reason, granted_by, review_on = it.review_on.map(Micros)
    => Assignment {
        id, person, role, level, scope: scope_of(folder, site),
        since: instant(since), until: instant(until), reason, granted_by, review_on: instant(review_on),
    }
}

/// The reason of each assignment that has one or a review day, and that day.
type Notes = HashMap<AssignmentId, (Option<String>, Option<DateTime<Utc>>), RandomState>;

/// Which assignments a list is about: those that have all that is named.
#[derive(Clone, Copy, Debug, Default)]
pub struct Which {
    pub person: Option<PersonId>,
    /// The site itself: not a folder that it lies in, nor everywhere.
    pub site: Option<SiteId>,
    pub role: Option<RoleId>,
}

impl Which {
    /// What follows the first condition of a query, and its parameters.
    fn conditions(self) -> (String, impl Iterator<Item = i64>) {
        let named = [("person", self.person.map(|it| it.0)), ("site", self.site.map(|it| it.0)), ("role", self.role.map(|it| it.0))];
        let named = named.into_iter().filter_map(|(column, id)| id.map(|id| (column, id)));
        (named.clone().map(|(column, _)| format!(" AND {column} = ?")).collect::<Vec<_>>().concat(), named.map(|(_, id)| id))
    }
}

impl Reader<'_> {
    /// What one person holds that could count on one site: there, in folders, everywhere.
    pub fn assignments_for(self, person: PersonId, site: SiteId) -> Result<Vec<Assignment>> {
        self.many("WHERE person = ?1 AND ifnull(site, 0) IN (0, ?2)", (person, site))
    }

    /// All that one person holds, anywhere.
    pub fn assignments_of(self, person: PersonId) -> Result<Vec<Assignment>> {
        self.many("WHERE person = ?1 ORDER BY id", [person])
    }

    /// All that is held on this site itself, by anybody: what access depends on, from the covering index alone.
    pub fn assignments_on(self, site: SiteId) -> Result<Vec<Assignment>> {
        self.assignments_on_that(site, |_, _, _| true)
    }

    /// The same of those that matter, by the people's numbers: of others no more is read than what tells.
    pub fn assignments_on_that(self, site: SiteId, matters: impl Fn(PersonId, RoleId, Level) -> bool) -> Result<Vec<Assignment>> {
        // Whether it is of the team comes as a number: reading a text each is felt.
        let sql = "SELECT id, person, role, level = 'team', since, until FROM assignment WHERE site = ?1 ORDER BY person";
        let mut statement = self.conn.prepare_cached(sql)?;
        let (mut rows, mut those) = (statement.query([site])?, Vec::new());
        while let Some(row) = rows.next()? {
            let (person, role, level) = (row.get(1)?, row.get(2)?, if row.get(3)? { Level::Team } else { Level::Site });
            if matters(person, role, level) {
                let (id, since, until) = (row.get(0)?, instant(row.get(4)?), instant(row.get(5)?));
                those.push(Assignment { id, since, until, ..Assignment::plain(person, role, level, Scope::Site(site)) });
            }
        }
        Ok(those)
    }

    /// The same whole, by the people's numbers.
    pub fn assignments_at(self, site: SiteId) -> Result<Vec<Assignment>> {
        self.many("WHERE site = ?1 ORDER BY person, id", [site])
    }

    /// Whether some do not say when they began.
    pub(super) fn has_undated(self) -> Result<bool> {
        Ok(self.conn.prepare_cached("SELECT 1 FROM assignment WHERE since IS NULL")?.exists([])?)
    }

    /// All that is held on a folder itself, or (`None`) everywhere.
    pub fn assignments_wide(self, folder: Option<FolderId>) -> Result<Vec<Assignment>> {
        self.many("WHERE site IS NULL AND folder IS ?1", [folder])
    }

    /// Everything held in folders or everywhere, by anybody.
    pub fn assignments_all_wide(self) -> Result<Vec<Assignment>> {
        self.many("WHERE site IS NULL", [])
    }

    /// What ends between two instants, the first to end first, `limit` at most.
    pub fn assignments_ending(self, after: DateTime<Utc>, until: DateTime<Utc>, limit: usize) -> Result<Vec<Assignment>> {
        self.many(&format!("WHERE until > ?1 AND until <= ?2 ORDER BY until, id LIMIT {limit}"), (Micros(after), Micros(until)))
    }

    /// What somebody should look at by then and has not ended, overdue ones included, `limit` at most.
    pub fn assignments_to_review(self, now: DateTime<Utc>, by: DateTime<Utc>, limit: usize) -> Result<Vec<Assignment>> {
        self.many(
            &format!("WHERE review_on <= ?2 AND ifnull(?1 < until, 1) ORDER BY review_on, id LIMIT {limit}"),
            (Micros(now), Micros(by)),
        )
    }

    /// Everything held by members of the team, wherever it reaches.
    pub fn assignments_of_team(self) -> Result<Vec<Assignment>> {
        self.many("WHERE level = 'team'", [])
    }

    /// Every assignment of one role, `limit` at most.
    pub fn assignments_with(self, role: RoleId, limit: usize) -> Result<Vec<Assignment>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.many("WHERE role = ?1 LIMIT ?2", (role, limit))
    }

    /// The assignments after this one, in the order of their numbers, `limit` at most.
    pub fn assignments_after(self, which: Which, after: AssignmentId, limit: usize) -> Result<Vec<Assignment>> {
        let (conditions, ids) = which.conditions();
        let sql = format!("WHERE id > ?{conditions} ORDER BY id LIMIT {limit}");
        self.many(&sql, rusqlite::params_from_iter([after.0].into_iter().chain(ids)))
    }

    /// The assignments that have ended by themselves, the last to end first, `limit` at most.
    pub fn assignments_over(self, which: Which, now: DateTime<Utc>, limit: usize) -> Result<Vec<Assignment>> {
        let (conditions, ids) = which.conditions();
        let sql = format!("WHERE until <= ?{conditions} ORDER BY until DESC, id DESC LIMIT {limit}");
        self.many(&sql, rusqlite::params_from_iter([now.timestamp_micros()].into_iter().chain(ids)))
    }

    /// All that one person gave to others.
    pub fn assignments_given_by(self, person: PersonId) -> Result<Vec<Assignment>> {
        self.many("WHERE granted_by = ?1 ORDER BY id", [person])
    }

    /// The first instant after this one at which an assignment begins or ends.
    pub fn next_turn(self, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        // Ends have an index of their own; beginnings are read from the one of each site, and the few others.
        let turn = |sql: &str| -> Result<Option<DateTime<Utc>>> {
            let turn: Option<Micros> = self.conn.prepare_cached(sql)?.query_row([Micros(after)], |row| row.get(0))?;
            Ok(turn.map(|it| it.0))
        };
        let turns = [
            turn("SELECT min(until) FROM assignment WHERE until > ?1")?,
            turn("SELECT min(since) FROM assignment WHERE site IS NULL AND since > ?1")?,
            turn("SELECT min(since) FROM assignment WHERE site IS NOT NULL AND since > ?1")?,
        ];
        Ok(turns.into_iter().flatten().min())
    }

    /// What begins or ends behind one instant and by another, each once.
    pub fn assignments_turning(self, after: DateTime<Utc>, by: DateTime<Utc>) -> Result<Vec<Assignment>> {
        let mut turning = self.many("WHERE until > ?1 AND until <= ?2", (Micros(after), Micros(by)))?;
        turning.extend(self.many("WHERE since > ?1 AND since <= ?2 AND ifnull(until > ?2, 1)", (Micros(after), Micros(by)))?);
        Ok(turning)
    }

    /// How many assignments and how many people a role has.
    pub fn holders_of(self, role: RoleId) -> Result<(i64, i64)> {
        // In groups, which come sorted from the index; DISTINCT would sort them again.
        let sql = "SELECT ifnull(sum(n), 0), count(*) FROM (SELECT count(*) AS n FROM assignment WHERE role = ?1 GROUP BY person)";
        Ok(self.conn.prepare_cached(sql)?.query_row([role], |row| Ok((row.get(0)?, row.get(1)?)))?)
    }

    /// The assignment of exactly this person, role, level and scope.
    pub fn assignment(self, person: PersonId, role: RoleId, level: Level, scope: Scope) -> Result<Option<Assignment>> {
        let (folder, site) = scope_columns(scope);
        self.one(
            "WHERE person = ?1 AND ifnull(site, 0) = ifnull(?2, 0) AND ifnull(folder, 0) = ifnull(?3, 0) AND role = ?4 AND level = ?5",
            (person, site, folder, role, level),
        )
    }

    /// Calls `each` with everything held on single sites at an instant, grouped by site, in the order of the sites' numbers.
    pub fn each_assignment_by_site(
        self,
        now: DateTime<Utc>,
        mut each: impl FnMut(SiteId, PersonId, RoleId, Level) -> Result<()>,
    ) -> Result<()> {
        // Whether it is of the team comes as a number: of millions of rows, reading a text each is felt.
        let sql = "SELECT site, person, role, level = 'team' FROM assignment
             WHERE site IS NOT NULL AND ifnull(since <= ?1, 1) AND ifnull(?1 < until, 1) ORDER BY site, person";
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([Micros(now)])?;
        while let Some(row) = rows.next()? {
            each(row.get(0)?, row.get(1)?, row.get(2)?, if row.get(3)? { Level::Team } else { Level::Site })?;
        }
        Ok(())
    }

    /// Calls `each` with everything held on single sites, live or not, by the sites' numbers and then the people's. Who gave
    /// it is not read.
    pub fn each_on_sites(self, mut each: impl FnMut(SiteId, Assignment) -> Result<()>) -> Result<()> {
        let mut notes = self.notes()?;
        // From the covering index alone; what it lacks few have.
        let sql =
            "SELECT id, site, person, role, level = 'team', since, until FROM assignment WHERE site IS NOT NULL ORDER BY site, person";
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (id, site) = (row.get(0)?, row.get(1)?);
            let level = if row.get(4)? { Level::Team } else { Level::Site };
            let (since, until) = (instant(row.get(5)?), instant(row.get(6)?));
            let (reason, review_on) = notes.remove(&id).unwrap_or_default();
            let plain = Assignment::plain(row.get(2)?, row.get(3)?, level, Scope::Site(site));
            each(site, Assignment { id, since, until, review_on, reason, ..plain })?;
        }
        Ok(())
    }

    /// The reasons of what is held on sites, and when it is to be reviewed.
    fn notes(self) -> Result<Notes> {
        let sql = "SELECT id, reason, review_on FROM assignment WHERE (reason IS NOT NULL OR review_on IS NOT NULL) AND site IS NOT NULL";
        let notes = self.rows(sql, [], |row| Ok((row.get(0)?, (row.get(1)?, instant(row.get(2)?)))))?;
        Ok(notes.into_iter().collect())
    }

    /// Calls `each` with who holds which role until when, in no order: what a search of people needs.
    pub fn each_held(self, mut each: impl FnMut(PersonId, RoleId, Option<DateTime<Utc>>)) -> Result<()> {
        let mut statement = self.conn.prepare_cached("SELECT person, role, until FROM assignment")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            each(row.get(0)?, row.get(1)?, row.get::<_, Option<Micros>>(2)?.map(|it| it.0));
        }
        Ok(())
    }

    /// Calls `each` with all that one person holds, person by person.
    pub fn each_holder(self, mut each: impl FnMut(Vec<Assignment>)) -> Result<()> {
        let mut held: Vec<Assignment> = Vec::new();
        self.each("ORDER BY person, id", |it: Assignment| {
            if held.first().is_some_and(|first| first.person != it.person) {
                each(std::mem::take(&mut held));
            }
            held.push(it);
            Ok(())
        })?;
        if !held.is_empty() {
            each(held);
        }
        Ok(())
    }

    /// Calls `each` with every assignment, in an order that depends on names and keys alone.
    pub fn each_assignment(self, each: impl FnMut(Assignment) -> Result<()>) -> Result<()> {
        self.each(
            "JOIN (SELECT id AS p, email_key FROM person) ON p = person JOIN (SELECT id AS r, key AS r_key FROM role) ON r = role
             LEFT JOIN (SELECT id AS f, key AS f_key FROM folder) ON f = folder LEFT JOIN (SELECT id AS s, key AS s_key FROM site) ON s = site
             ORDER BY email_key, s_key, f_key, r_key, level",
            each,
        )
    }
}
