//! What lists count of their rows, as a filter asks for it: `people:15`, `publish:0`, `sites:>3`.

use std::cmp::Ordering;

use anyhow::Result;

use super::order::{Ask, Key};
use super::rights::Of;
use super::rows;
use crate::domain::contact::Contact;
use crate::domain::ids::{PersonId, RoleId, SiteId};
use crate::domain::policy::{HeldRole, Policy};
use crate::domain::things::Site;
use crate::store::page::Listed;

/// Of a contact: the sites of its person.
pub const OF_CONTACT: &[&str] = &["sites"];
pub const OF_PERSON: &[&str] = &["sites", "roles"];
pub const OF_SITE: &[&str] = &["people", "publish"];
pub const OF_ROLE: &[&str] = &["holders", "grants", "risky"];

/// A number that is asked for: `15`, `>10`, `>=10`, `<3`, `<=3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    n: i64,
    /// How what is counted may compare with it.
    allowed: &'static [Ordering],
}

impl Bound {
    pub fn read(typed: &str) -> Option<Bound> {
        const SIGNS: [(&str, &[Ordering]); 5] = [
            (">=", &[Ordering::Greater, Ordering::Equal]),
            ("<=", &[Ordering::Less, Ordering::Equal]),
            (">", &[Ordering::Greater]),
            ("<", &[Ordering::Less]),
            ("", &[Ordering::Equal]),
        ];
        let (n, allowed) = SIGNS.iter().find_map(|(sign, allowed)| Some((typed.strip_prefix(sign)?, *allowed)))?;
        Some(Bound { n: n.parse().ok()?, allowed })
    }

    pub fn holds(self, count: i64) -> bool {
        self.allowed.contains(&count.cmp(&self.n))
    }
}

/// A count that a row has to have, or must not have.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub wanted: bool,
    pub field: &'static str,
    pub bound: Bound,
}

impl Asked {
    /// Whether a row passes; one of which it is not known passes no question, nor its contrary.
    pub fn passes(self, count: Option<i64>) -> bool {
        count.is_some_and(|it| self.bound.holds(it) == self.wanted)
    }
}

fn number(n: usize) -> Option<i64> {
    i64::try_from(n).ok()
}

/// What is counted of somebody, as far as that is shown.
pub fn of_person(ask: &Ask<'_>, person: PersonId, field: &str) -> Result<Option<i64>> {
    if !ask.db.sight().shows_person(person) {
        return Ok(None);
    }
    let held = rows::holds(ask.db, person, ask.now)?;
    Ok(number(if field == "roles" { held.roles } else { held.sites.n }))
}

/// What is counted of a contact: nothing of one that is nobody with access.
pub fn of_contact(ask: &Ask<'_>, row: &Contact, field: &str) -> Result<Option<i64>> {
    let person = row.email.as_deref().map(|it| ask.db.person_by_email(it)).transpose()?.flatten();
    person.map_or(Ok(Some(0)), |it| of_person(ask, it.id, field))
}

/// What is counted of a site; nothing is known on a platform without a catalog.
pub fn of_site(ask: &Ask<'_>, row: &Site, field: &str) -> Result<Option<i64>> {
    let counts = rows::on_site(ask.db, ask.policy, row, ask.now)?;
    Ok(if field == "publish" { counts.and_then(|it| it.1) } else { counts.map(|it| it.0) }.and_then(number))
}

/// What is counted of a role: by how many people it is held, what it grants, how much of that is sensitive.
pub fn of_role(ask: &Ask<'_>, held: &HeldRole, field: &str) -> Result<Option<i64>> {
    Ok(number(match field {
        "grants" => held.closed.len(),
        "risky" => n_sensitive(ask.policy, held),
        _ if held.is_template() => return Ok(None),
        _ => ask.db.sight().holders_of(ask.db, ask.policy, held.role.id)?.1,
    }))
}

pub fn n_sensitive(policy: &Policy, held: &HeldRole) -> usize {
    policy.catalog(&held.role.platform).map_or(0, |it| held.closed.iter().filter(|id| it.get(*id).is_sensitive()).count())
}

/// The fields of a list whose rows are these.
pub fn fields(of: Of) -> &'static [&'static str] {
    match of {
        Of::People => OF_PERSON,
        Of::PeopleOn(_) => &[],
        Of::Sites => OF_SITE,
        Of::Roles => OF_ROLE,
    }
}

/// What is counted of the row with this number.
pub fn of(ask: &Ask<'_>, of: Of, row: i64, field: &str) -> Result<Option<i64>> {
    match of {
        Of::People | Of::PeopleOn(_) => of_person(ask, PersonId(row), field),
        Of::Sites => ask.db.find::<Site>(SiteId(row))?.map_or(Ok(None), |it| of_site(ask, &it, field)),
        Of::Roles => ask.policy.role(RoleId(row)).map_or(Ok(None), |it| of_role(ask, it, field)),
    }
}

/// What the rows of a table are sorted by in the column of such a field: these rows, or all of them.
pub fn keys<T: Listed>(ask: &Ask<'_>, only: Option<&[i64]>, count: impl Fn(&T) -> Result<Option<i64>>) -> Result<Vec<(Key, i64)>> {
    super::order::keys::<T>(ask, only, |it| Ok(count(it)?.map_or(Key::Empty, Key::Number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &str, passing: &[i64]) {
        let bound = Bound::read(typed).unwrap();
        assert_eq!((0..5).filter(|it| bound.holds(*it)).collect::<Vec<_>>(), passing, "{typed}");
    }

    #[test]
    fn a_count_is_asked_for_itself_or_from_a_bound_on() {
        check("3", &[3]);
        check(">3", &[4]);
        check(">=3", &[3, 4]);
        check("<2", &[0, 1]);
        check("<=2", &[0, 1, 2]);
        for typed in ["", ">", "three", "3 ", "2027-01-31", "-"] {
            assert_eq!(Bound::read(typed), None, "{typed}");
        }
    }
}
