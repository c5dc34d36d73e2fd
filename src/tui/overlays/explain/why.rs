//! Why: every route to a cell, or what refuses it and the smallest change.

use anyhow::Result;

use super::{About, KEEPS, Page, Turn, Ways};
use crate::domain::ids::{PersonId, SiteId};
use crate::domain::perm_set::{PermId, PermSet};
use crate::domain::remedy::Step;
use crate::domain::text;
use crate::domain::things::{Level, Person, Site};
use crate::domain::why::{Layer, Verdict};
use crate::exchange::ways;
use crate::facts::Reader;
use crate::query::access::{self, Asked};
use crate::query::layer;
use crate::query::matrix::{self, Subject};
use crate::query::remedy::{self, Way};
use crate::tui::overlays::sheet::Tone;
use crate::tui::view::{Env, Overlay};
use crate::tui::widgets::lines::plural;

/// Most routes of a yes that a page shows, and most causes in a role.
const MAX_ROUTES: usize = 20;

/// Most holders of a role that are named.
const HOLDERS: usize = 6;

pub(in crate::tui) fn open(env: &Env<'_>, about: &About) -> Result<Box<dyn Overlay>> {
    Ok(Box::new(page(env, about, false)?))
}

/// The page about one cell; docked, the lines of it that stand under the matrix.
pub(in crate::tui) fn page(env: &Env<'_>, about: &About, docked: bool) -> Result<Page> {
    let label = about.catalog.get(about.permission).label.clone();
    let mut page = Page::new(format!("Why: {label}"), about.clone(), true);
    match (about.person, about.site) {
        (Some(person), Some(site)) => person_page(env, &mut page, about, (person, site), docked)?,
        (Some(person), None) => anywhere_page(env, &mut page, about, person)?,
        _ => role_page(env, &mut page, about, docked)?,
    }
    Ok(page)
}

fn about_permission(page: &mut Page, about: &About) {
    let permission = about.catalog.get(about.permission);
    if !permission.about.is_empty() {
        page.say(Tone::Hint, permission.about.clone());
    }
    page.say(Tone::Hint, format!("{} in {}", permission.id, about.catalog.categories[permission.category].name));
}

/// A heading, where there is room for more than the answer.
fn head(page: &mut Page, words: &str, docked: bool) {
    if !docked {
        page.say(Tone::Heading, words);
    }
}

fn role_page(env: &Env<'_>, page: &mut Page, about: &About, docked: bool) -> Result<()> {
    let (catalog, id, column) = (&about.catalog, about.permission, &about.column);
    let staged = about.staged.map_or((column.granted, column.closed), |it| (it.granted, it.closed));
    let word = |on: bool| if on { "ON" } else { "OFF" };
    let (now, then) = (column.closed.contains(id), staged.1.contains(id));
    let answer = if now == then {
        format!("{} in {}", word(now), column.name)
    } else if docked {
        format!("{} now, {} once you save", word(now), word(then))
    } else {
        format!("{} now, {} once you save, in {}", word(now), word(then), column.name)
    };
    // Only what is staged has its colour.
    let tone = if now == then { Tone::Heading } else if then { Tone::Good } else { Tone::Bad };
    page.say(tone, answer);
    if !docked {
        about_permission(page, about);
        page.say(Tone::Text, "");
    }
    if column.owner {
        page.say(Tone::Text, "The owner holds everything that the site's apps allow. The role comes with the site.");
    } else if then {
        head(page, "BECAUSE", docked);
        let mut causes: Vec<Vec<PermId>> = (catalog.dependants(id) & staged.0).iter().map(|from| catalog.chain(from, id)).collect();
        causes.sort_by_key(Vec::len);
        if causes.len() > MAX_ROUTES {
            page.say(Tone::Hint, format!("  the shortest {MAX_ROUTES} of {}", causes.len()));
        }
        for chain in causes.iter().take(MAX_ROUTES) {
            let mut words = chain.iter().map(|it| catalog.get(*it).label.as_str());
            let first = words.next().unwrap_or_default();
            let rest: Vec<&str> = words.collect();
            page.say(
                Tone::Text,
                if rest.is_empty() {
                    "  granted in this role".to_owned()
                } else {
                    format!("  {first} is granted and requires {}", rest.join(", which requires "))
                },
            );
        }
    } else {
        head(page, "NOT, BECAUSE", docked);
        let words = if docked { "  not granted, nor required by what is" } else { "  it is not granted, and nothing that is granted requires it" };
        page.say(Tone::Text, words);
    }
    if column.ceiling.contains(id) {
        page.say(
            Tone::Bad,
            format!(
                "  Even so it does nothing: the {} ceiling locks it off at this level.",
                env.policy.ceilings.of(&about.catalog.platform)
            ),
        );
    }
    ripple_words(page, about, staged.0, then);
    if about.pin.is_some() {
        head(page, "WAYS", docked);
        page.say(Tone::Text, format!("  1 {KEEPS}, so that it stays when its cause goes"));
    }
    let Subject::Role(role) = column.subject else { return Ok(()) };
    let (places, people) = env.sight.holders_of(env.db, env.policy, role)?;
    page.say(Tone::Text, "");
    page.say(Tone::Heading, if env.sight.is_whole() { "REACHES" } else { "REACHES, AS FAR AS YOU SEE" });
    page.say(Tone::Text, format!("  {} in {}", plural(people, "person"), plural(places, "place")));
    let mut shown = 0;
    let enough = if env.sight.is_whole() { HOLDERS } else { usize::MAX };
    for it in env.db.assignments_with(role, enough)? {
        if shown == HOLDERS {
            break;
        }
        if !env.sight.shows_assignment(env.db, env.policy, &it)? {
            continue;
        }
        shown += 1;
        let name = env.db.find::<Person>(it.person)?.map_or_else(String::new, |it| it.name);
        page.say(Tone::Hint, format!("  {name}, {}", access::scope_record(env.db, it.scope)?));
    }
    if docked {
        about_permission(page, about);
    }
    Ok(())
}

fn ripple_words(page: &mut Page, about: &About, granted: PermSet, on: bool) {
    let (catalog, id) = (&about.catalog, about.permission);
    let names = |set: PermSet| set.iter().filter(|it| *it != id).map(|it| catalog.get(it).label.as_str()).collect::<Vec<_>>().join(", ");
    let needs = names(catalog.closure(id));
    if !needs.is_empty() {
        page.say(Tone::Text, format!("  It requires {needs}."));
    }
    let dependants = names(catalog.dependants(id) & catalog.close(granted));
    if on && !dependants.is_empty() {
        page.say(Tone::Text, format!("  Turned off, it would take along {dependants}."));
    }
}

/// Somebody on no site in particular: on which they can do it.
fn anywhere_page(env: &Env<'_>, page: &mut Page, about: &About, person: PersonId) -> Result<()> {
    let (db, policy) = (env.drafted.db, env.drafted.policy);
    let Some(person) = db.find::<Person>(person)? else { return Ok(()) };
    let grid = matrix::sites(db, policy, &person, &about.catalog, env.now, MAX_ROUTES * MAX_ROUTES)?;
    let names: Vec<&str> = grid.columns.iter().filter(|it| it.held().contains(about.permission)).map(|it| it.name.as_str()).collect();
    let answer = if names.is_empty() { "NO" } else { "YES" };
    let n = grid.columns.len() + grid.left_out;
    page.say(Tone::Heading, format!("{answer}: {} can do this on {} of {}", person.name, names.len(), plural(n, "site")));
    for name in names.iter().take(MAX_ROUTES) {
        page.say(Tone::Text, format!("  {name}"));
    }
    if names.len() > MAX_ROUTES {
        page.say(Tone::Hint, format!("  and {} more", names.len() - MAX_ROUTES));
    }
    about_permission(page, about);
    Ok(())
}

/// As things would be with what is staged.
fn person_page(env: &Env<'_>, page: &mut Page, about: &About, (person, site): (PersonId, SiteId), docked: bool) -> Result<()> {
    let (db, policy) = (env.drafted.db, env.drafted.policy);
    let (Some(person), Some(site)) = (db.find::<Person>(person)?, db.find::<Site>(site)?) else { return Ok(()) };
    let asked = Asked::about(db, policy, person, site, about.permission)?;
    let verdict = asked.verdict(policy, env.now);
    let (name, place) = (&asked.person.name, &asked.site.name);
    let now = if env.is_saved() { verdict.is_allowed() } else { is_allowed_now(env, about, (asked.person.id, asked.site.id))? };
    match &verdict {
        Verdict::Allowed(routes) => {
            let (answer, tone) = if now { ("YES", Tone::Heading) } else { ("NO now, YES once you save", Tone::Good) };
            if docked {
                page.say(tone, answer);
            } else {
                page.say(tone, format!("{answer}: {name} can do this on {place}"));
                about_permission(page, about);
                page.say(Tone::Text, "");
                let cut = if routes.len() > MAX_ROUTES { format!(", the shortest {MAX_ROUTES} of them") } else { String::new() };
                page.say(Tone::Heading, format!("{} THERE{cut}", plural(routes.len(), "WAY").to_uppercase()));
            }
            for route in routes.iter().take(MAX_ROUTES) {
                page.say(Tone::Text, format!("  {}", access::via(policy, &asked.ground, &asked.site, route)));
                let chain = route.chain.iter().map(|it| about.catalog.get(*it).label.as_str()).collect::<Vec<_>>();
                if chain.len() > 1 {
                    let n = about.catalog.n_chains(route.chain[0], route.chain[chain.len() - 1]);
                    let more = if n > 1 { format!(" (shortest of {n})") } else { String::new() };
                    page.say(Tone::Hint, format!("    {}{more}", chain.join(" requires ")));
                }
            }
        }
        Verdict::Refused(layer) => {
            let why = layer::sentence(db, policy, &asked, layer, |it| &it.label)?;
            let (answer, tone) = if now { ("YES now, NO once you save", Tone::Bad) } else { ("NO", Tone::Heading) };
            if docked {
                page.say(tone, format!("{answer}: {}", brief(layer).map_or(why, str::to_owned)));
            } else {
                page.say(tone, format!("{answer}: {name} cannot do this on {place}"));
                about_permission(page, about);
                page.say(Tone::Text, "");
                page.say(Tone::Heading, "REFUSED BY");
                page.say(Tone::Text, format!("  {why}"));
            }
            if about.ways.all.is_empty() {
                page.say(Tone::Text, "  no change helps: only the owner can do this");
            }
        }
    }
    if !docked {
        page.say(Tone::Text, "");
    }
    ways(env, page, about, verdict.is_allowed(), docked)?;
    if docked {
        about_permission(page, about);
    }
    Ok(())
}

/// Whether they can do it as things are saved.
fn is_allowed_now(env: &Env<'_>, about: &About, (person, site): (PersonId, SiteId)) -> Result<bool> {
    let (Some(person), Some(site)) = (env.db.find::<Person>(person)?, env.db.find::<Site>(site)?) else { return Ok(false) };
    Ok(Asked::about(env.db, env.policy, person, site, about.permission)?.verdict(env.policy, env.now).is_allowed())
}

/// The reason of a no in a few words, where it names nothing but whom and where: under the cell both are said already.
fn brief(layer: &Layer) -> Option<&'static str> {
    match layer {
        Layer::NoAssignment => Some("no role anywhere"),
        Layer::OutOfScope => Some("no role reaches here"),
        Layer::RoleLacksIt => Some("no role here has it"),
        Layer::Replaced(_)
        | Layer::Taken(_)
        | Layer::NotLiveYet(_)
        | Layer::Expired(_)
        | Layer::Invited { .. }
        | Layer::Partnership
        | Layer::Ceiling(_)
        | Layer::AppMissing(_)
        | Layer::RequirementMissing(..) => None,
    }
}

/// Every way to turn the answer with all that it would do; where it stands under the matrix, a line each.
fn ways(env: &Env<'_>, page: &mut Page, about: &About, allowed: bool, docked: bool) -> Result<()> {
    let db = env.drafted.db;
    let all = &about.ways.all;
    let words = match (all.len(), allowed) {
        (0, _) => return Ok(()),
        (_, true) => "WAYS TO TAKE IT, LEAST EXTRA CHANGE FIRST",
        (_, false) => "WAYS, LEAST EXTRA ACCESS FIRST",
    };
    head(page, words, docked);
    for (at, Turn { way, words, .. }) in all.iter().enumerate() {
        if docked {
            page.say(Tone::Text, format!("{} {words}{}", at + 1, reach(db, way)?));
            continue;
        }
        page.say(Tone::Text, format!("  {} {words}", at + 1));
        let Some(effect) = &way.effect else {
            page.say(Tone::Hint, "    it touches too many people and sites to count here");
            continue;
        };
        let said = effect.sentences(db)?;
        if said.is_empty() {
            page.say(Tone::Hint, "    it would change nothing else, for anybody");
        }
        for it in said {
            if it.warns {
                page.say(Tone::Warn, format!("    ! {}", it.text));
            } else {
                page.say(Tone::Hint, format!("    {}", it.text));
            }
        }
    }
    if about.ways.more > 0 {
        page.say(Tone::Hint, format!("  and {} that would change more here", plural(about.ways.more, "way")));
    }
    Ok(())
}

/// How much else a way does, and to whom beside the person asked about.
fn reach(db: Reader<'_>, way: &Way) -> Result<String> {
    let Some(effect) = &way.effect else { return Ok("   reaches too many to count".to_owned()) };
    let count = |sign: &str, n: usize| if n > 0 { format!(" {sign}{n}") } else { String::new() };
    let (brought, taken) = (effect.here.brought.len(), effect.here.taken.len());
    let extra = if brought + taken == 0 { " nothing else".to_owned() } else { count("+", brought) + &count("-", taken) };
    let others = remedy::emails(db, &effect.others)?;
    let whom = if others.is_empty() { String::new() } else { format!("   also {}", text::few(&others)) };
    let n = effect.elsewhere.sites.len();
    let sites = if n > 0 { format!("   and {} more", plural(n, "site")) } else { String::new() };
    Ok(format!("  {extra}{whom}{sites}"))
}

/// The steps of a way in words.
fn steps(env: &Env<'_>, asked: &Asked, steps: &[Step]) -> String {
    let role = |id| env.drafted.policy.role(id).map_or_else(String::new, |held| held.role.name.clone());
    let wanted = asked.ground.catalog.get(asked.permission).id.clone();
    let words = |step: &Step| match step {
        Step::InstallApps(apps) => format!("install {}", apps.join(", ")),
        Step::Reopen(it) => format!("let {} count again", role(it.role)),
        Step::Grant(id) => format!("switch it on in {}", role(*id)),
        Step::Revoke(id) => format!("switch it off in {}", role(*id)),
        Step::Assign(id, Level::Site) => format!("give them {} here", role(*id)),
        Step::Assign(id, Level::Team) => format!("give them {} here, in the team", role(*id)),
        Step::Copy(it) => {
            let how = if it.copy.permissions.contains(&wanted) { "with" } else { "without" };
            format!("copy {} for them here, {how} it", role(it.from.role))
        }
        Step::Take(it) => format!("take {} from them", role(it.role)),
        Step::Swap(it) => format!("give them {} in place of {}", role(it.to), role(it.from.role)),
        Step::Reclaim => "reclaim the site, which ends the partnership".to_owned(),
        Step::Ceiling(profile) => format!("switch {} to the {profile} ceiling", asked.site.platform),
    };
    steps.iter().map(words).collect::<Vec<_>>().join("; ")
}

/// What would turn the answer about a person on a site, as things would be with what is staged.
pub(in crate::tui) fn turns(env: &Env<'_>, person: PersonId, site: SiteId, permission: PermId) -> Result<Ways> {
    let (db, policy) = (env.drafted.db, env.drafted.policy);
    let (Some(person), Some(site)) = (db.find::<Person>(person)?, db.find::<Site>(site)?) else { return Ok(Ways::default()) };
    let asked = Asked::about(db, policy, person, site, permission)?;
    let (all, more) = remedy::ways(db, policy, &asked, env.now)?;
    let turn = |way: Way| {
        let commands = ways::commands(db, policy, &asked, &way.steps, env.now)?;
        Ok(Turn { words: steps(env, &asked, &way.steps), commands, way })
    };
    Ok(Ways { all: all.into_iter().map(turn).collect::<Result<_>>()?, more })
}
