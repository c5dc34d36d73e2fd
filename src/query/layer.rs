//! Which layer said no, in a sentence.

use anyhow::Result;

use super::access::{self, Asked};
use crate::domain::catalog::{Permission, Side};
use crate::domain::ids::AssignmentId;
use crate::domain::policy::Policy;
use crate::domain::things::Level;
use crate::domain::why::Layer;
use crate::facts::Reader;

/// The refusing layer in a plain sentence; `called` says what a permission is called that it names.
///
/// # Errors
/// That the file could not be read.
pub fn sentence(db: Reader<'_>, policy: &Policy, asked: &Asked, layer: &Layer, called: fn(&Permission) -> &str) -> Result<String> {
    let (who, site) = (&asked.person.name, &asked.site.key);
    let ceiling = || policy.ceilings.of(&asked.site.platform);
    Ok(match layer {
        Layer::NoAssignment => format!("{who} holds no role anywhere"),
        Layer::OutOfScope if asked.is_apart() => {
            format!("team-level roles do not count on {site}, which the agency neither owns nor hosts")
        }
        Layer::OutOfScope => format!("what {who} holds does not reach {site}"),
        Layer::Replaced(by) => format!("the nearer {} replaces a wider role that has it", held(db, policy, asked, *by)?),
        Layer::Taken(by) => format!("{} takes it, whatever else {who} holds", held(db, policy, asked, *by)?),
        Layer::NotLiveYet(since) => format!("the role that has it begins on {}", policy.zone.show_since(*since)),
        Layer::Expired(until) => format!("the role that had it ended at {}", policy.zone.exact_until(*until)),
        Layer::Invited { sent, ends } => format!(
            "{who} was invited on {}, which would allow it, and has not accepted; the invitation ends at {}",
            policy.zone.day(*sent),
            policy.zone.exact(*ends)
        ),
        Layer::Partnership => format!(
            "a partner carries {site}, and meanwhile its owner works as {}, which lacks it",
            asked.ground.catalog.side(Side::Client).map_or("the client", |it| it.name.as_str())
        ),
        Layer::RoleLacksIt => format!("no role that {who} holds on {site} has it"),
        Layer::Ceiling(Level::Site) => format!("the {} ceiling keeps it from every collaborator", ceiling()),
        Layer::Ceiling(Level::Team) => format!("the {} ceiling keeps it from every team member", ceiling()),
        Layer::AppMissing(app) => format!("it needs {app}, which {site} does not have installed"),
        Layer::RequirementMissing(needed, because) => {
            let needed = called(asked.ground.catalog.get(*needed));
            format!("it requires {needed}, which is refused: {}", sentence(db, policy, asked, because, called)?)
        }
    })
}

/// The role of an assignment of theirs, and where it is held.
fn held(db: Reader<'_>, policy: &Policy, asked: &Asked, id: AssignmentId) -> Result<String> {
    let Some(it) = asked.assignments.iter().find(|it| it.id == id) else { return Ok("role".to_owned()) };
    let role = policy.role(it.role).map_or("", |held| held.role.key.as_str());
    Ok(format!("role {role} ({})", access::scope_record(db, it.scope)?))
}
