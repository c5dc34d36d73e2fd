//! Which roles cover the permissions that are marked in the matrix.

use anyhow::Result;

use super::sheet::{Sheet, Tone};
use crate::domain::catalog::Catalog;
use crate::domain::ids::SiteId;
use crate::domain::perm_set::PermSet;
use crate::domain::text;
use crate::domain::things::{Level, Site};
use crate::exchange::ways;
use crate::query::covers::{self, Asked};
use crate::tui::view::{Env, Message};
use crate::tui::widgets::lines::plural;

/// Ways that are told.
const MAX_WAYS: usize = 12;

/// The page that says it: of a site where the matrix is of one, else wherever a role may be given.
pub(in crate::tui) fn open(env: &Env<'_>, catalog: &Catalog, asked: PermSet, level: Level, site: Option<SiteId>) -> Result<Message> {
    let site = site.map(|id| env.db.find::<Site>(id)).transpose()?.flatten();
    let permissions = catalog.names(asked);
    let key = site.as_ref().map(|it| it.key.as_str());
    let question = Asked { permissions: &permissions, level, site: key, platform: Some(&catalog.platform) };
    let found = covers::covers(env.db, env.policy, env.sight, &question)?;
    let mut sheet = Sheet::new("Which roles cover it".to_owned());
    let place = site.map_or_else(String::new, |it| format!(" on {}", text::display(&it.name)));
    sheet.say(Tone::Heading, format!("{} at {level} level{place}", plural(asked.len(), "permission")));
    for id in asked.iter() {
        sheet.say(Tone::Text, format!("  {}", catalog.get(id).label));
    }
    if !found.required.is_empty() {
        sheet.say(Tone::Hint, format!("  with {} that it requires", found.required.len()));
    }
    sheet.say(Tone::Heading, "ROLES, the least beside it first");
    for it in found.covers.iter().take(MAX_WAYS) {
        sheet.say(Tone::Text, format!("  {}", text::display(&found.told(it))));
    }
    let more = found.covers.len().saturating_sub(MAX_WAYS);
    if found.covers.is_empty() {
        sheet.say(Tone::Text, "  no role gives it there, nor do two together");
    } else if more > 0 {
        sheet.say(Tone::Hint, format!("  and {}: rolecall role find has all", plural(more, "more way")));
    }
    match &found.exact {
        Some(role) => {
            sheet.say(Tone::Heading, "EXACTLY THAT");
            sheet.say(Tone::Text, format!("  {}", ways::role(role.clone()).words));
        }
        None => sheet.say(Tone::Bad, found.barred_words()),
    }
    Ok(Message::Open(Box::new(sheet)))
}
