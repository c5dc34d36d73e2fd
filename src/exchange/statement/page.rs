//! What stands on the page, in which order and in which words.

use anyhow::Result;

use super::Terms;
use crate::domain::catalog::Catalog;
use crate::domain::perm_set::{PermId, PermSet};
use crate::domain::record::ScopeRecord;
use crate::domain::text::{each_once, few, plural};
use crate::domain::things::{Host, Level, Person, Site};
use crate::query::statement::{Access, Changed, Desk, Held, LOOKS_BACK, Part, Topic, called};

/// Words on the page; those that matter most stand out.
pub(in crate::exchange) type Words = Vec<Span>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::exchange) enum Span {
    Plain(String),
    Strong(String),
}

/// A part of the page.
pub(in crate::exchange) enum Block {
    Title(String),
    Heading(String),
    Text(Words),
    Facts(Vec<(&'static str, String)>),
    Card(Card),
    Table(Vec<&'static str>, Vec<Vec<String>>),
    Grid(Grid),
    /// By category.
    Means(Vec<(String, Words)>),
    Small(Vec<String>),
}

/// What it is, and who of them can do it.
pub(in crate::exchange) type Line = (Words, Vec<bool>);

/// What several can do: a column each, the rows in groups.
pub(in crate::exchange) struct Grid {
    pub(in crate::exchange) header: Vec<String>,
    pub(in crate::exchange) groups: Vec<(String, Vec<Line>)>,
}

/// What stands out on a page.
pub(in crate::exchange) const MARKED: &str =
    "What stands out is sensitive: money, personal data, other people's access, what goes public and what cannot be undone.";

/// Somebody, as what, and what that means.
pub(in crate::exchange) struct Card {
    pub(in crate::exchange) name: String,
    pub(in crate::exchange) address: String,
    pub(in crate::exchange) tag: String,
    pub(in crate::exchange) lines: Vec<String>,
    /// By category.
    pub(in crate::exchange) means: Vec<(String, Words)>,
}

/// Where blocks are written.
pub(in crate::exchange) trait Paper {
    fn put(&mut self, block: &Block) -> Result<()>;
    fn end(&mut self) -> Result<()>;
}

pub(in crate::exchange) fn plain(text: impl Into<String>) -> Words {
    vec![Span::Plain(text.into())]
}

/// What it is about, in words.
pub(super) fn title(desk: &Desk<'_>) -> Result<String> {
    Ok(match desk.about {
        Topic::Site(id) => format!("Who has access to {}", desk.db.the::<Site>(id)?.name),
        Topic::Person(id) => format!("What {} has access to", called(&desk.db.the::<Person>(id)?)),
        Topic::Workspace => format!("Who has access to what: {}", desk.policy.name),
    })
}

/// Writes all of it. What is to be told besides gets a function of its own, and a line here.
pub(super) fn page(desk: &Desk<'_>, terms: &Terms, paper: &mut dyn Paper) -> Result<()> {
    let page = Page { desk, terms, agency: &desk.policy.name };
    paper.put(&Block::Title(title(desk)?))?;
    page.lead(paper)?;
    page.access(paper)?;
    page.later(paper)?;
    page.offers(paper)?;
    page.changed(paper)?;
    page.answers(paper)?;
    page.foot(paper)?;
    paper.end()
}

struct Page<'a> {
    desk: &'a Desk<'a>,
    terms: &'a Terms,
    agency: &'a str,
}

impl Page<'_> {
    fn lead(&self, paper: &mut dyn Paper) -> Result<()> {
        let (desk, zone) = (self.desk, self.desk.policy.zone);
        let when = format!("{} ({})", zone.long_day(desk.at), zone.exact(desk.at));
        paper.put(&Block::Text(plain(format!("By the records of {} as they stood on {when}.", self.agency))))?;
        match desk.about {
            Topic::Site(id) => {
                let site = desk.db.the::<Site>(id)?;
                let owner = desk.db.the::<Person>(site.owner)?;
                let catalog = desk.policy.catalog(&site.platform);
                let mut facts = vec![("Site", site.name.clone())];
                facts.extend((!site.url.is_empty()).then(|| ("Address", site.url.clone())));
                facts.push(("Platform", catalog.map_or_else(|| site.platform.clone(), |it| it.name.clone())));
                facts.push(("Owner", format!("{} ({})", called(&owner), owner.email)));
                let carries = if site.host == Host::Agency { self.agency.to_owned() } else { "the owner".to_owned() };
                facts.push(("Plan carried by", carries));
                facts.extend((!site.apps.is_empty()).then(|| ("Apps", site.apps.join(", "))));
                facts.push(("Status", site.status.to_string()));
                paper.put(&Block::Facts(facts))
            }
            Topic::Person(id) => {
                let person = desk.db.the::<Person>(id)?;
                paper.put(&Block::Facts(vec![("Name", called(&person)), ("Address", person.email)]))
            }
            Topic::Workspace => Ok(()),
        }
    }

    fn access(&self, paper: &mut dyn Paper) -> Result<()> {
        let mut told = false;
        self.desk.each_part(&mut |part| {
            if !std::mem::replace(&mut told, true) && self.desk.about != Topic::Workspace {
                paper.put(&Block::Text(self.in_short(&part)))?;
            }
            self.part(paper, &part)
        })?;
        if told { Ok(()) } else { paper.put(&Block::Text(plain("Nobody can do anything here."))) }
    }

    fn in_short(&self, part: &Part) -> Words {
        let n = part.people.len();
        let ours = part.people.iter().filter(|it| it.of_agency).count();
        let counted = match self.desk.about {
            Topic::Site(_) if n == 1 => "One person can do something here. ".to_owned(),
            Topic::Site(_) => {
                format!("{} can do something here: {ours} of {}, {}. ", plural(n, "person"), self.agency, plural(n - ours, "other"))
            }
            Topic::Person(_) | Topic::Workspace => String::new(),
        };
        vec![Span::Plain(counted), Span::Plain(MARKED.to_owned())]
    }

    fn part(&self, paper: &mut dyn Paper, part: &Part) -> Result<()> {
        match self.desk.about {
            Topic::Site(_) => {
                let rows = part.people.iter().map(|it| self.glance(part, it)).collect();
                paper.put(&Block::Table(vec!["Who", "Of", "As", "Sensitive"], rows))?;
                paper.put(&Block::Heading("Who, as what, and what that means".to_owned()))?;
                part.people
                    .iter()
                    .try_for_each(|it| paper.put(&Block::Card(self.card(part, it, called(&it.person), it.person.email.clone()))))
            }
            Topic::Person(_) => {
                let names: Vec<String> = part.sites.iter().map(|it| it.name.clone()).collect();
                let (name, address) = match part.sites.as_slice() {
                    [only] => (only.name.clone(), only.url.clone()),
                    several => (plural(several.len(), "site"), names.join(", ")),
                };
                part.people.iter().try_for_each(|it| paper.put(&Block::Card(self.card(part, it, name.clone(), address.clone()))))
            }
            Topic::Workspace => {
                let Some(site) = part.sites.first() else { return Ok(()) };
                paper.put(&Block::Heading(site.name.clone()))?;
                let rows = part.people.iter().map(|it| self.row(part, it)).collect();
                paper.put(&Block::Table(vec!["Who", "As", "That is", "Sensitive"], rows))
            }
        }
    }

    /// Somebody at a glance.
    fn glance(&self, part: &Part, it: &Access) -> Vec<String> {
        let zone = self.desk.policy.zone;
        let until = |it: &Held| it.until.map_or_else(String::new, |at| format!(" (until {})", zone.long_until(at)));
        let owns = it.is_owner.then(|| "the owner".to_owned());
        // Held at several scopes it is named once.
        let roles = each_once(owns.into_iter().chain(it.held.iter().map(|it| format!("{}{}", it.role, until(it)))));
        let whose = if it.of_agency { self.agency } else { "outside" };
        let sensitive = match sensitive(&part.catalog, it.can).len() {
            0 => "nothing".to_owned(),
            n => plural(n, "thing"),
        };
        vec![called(&it.person), whose.to_owned(), roles.join(", "), sensitive]
    }

    fn card(&self, part: &Part, it: &Access, name: String, address: String) -> Card {
        let whose = if it.of_agency { format!("of {}", self.agency) } else { format!("not of {}", self.agency) };
        let tag = match self.desk.about {
            Topic::Person(_) => part.catalog.name.clone(),
            Topic::Site(_) | Topic::Workspace if it.is_owner => format!("the owner, {whose}"),
            Topic::Site(_) | Topic::Workspace => whose,
        };
        let owns = it.is_owner.then(|| "Owns it, and can do what the apps on it allow".to_owned());
        let lines = owns.into_iter().chain(it.held.iter().map(|it| self.role(it))).collect();
        Card { name, address, tag, lines, means: means(&part.catalog, it.can, self.terms.ids) }
    }

    /// Somebody on a site among many, in one row.
    fn row(&self, part: &Part, it: &Access) -> Vec<String> {
        let catalog = &part.catalog;
        let whose = if it.of_agency { "" } else { ", from outside" };
        let owns = it.is_owner.then(|| "the owner".to_owned());
        let roles: Vec<String> = owns.into_iter().chain(it.held.iter().map(|it| self.role(it))).collect();
        let held = |category: &&crate::domain::catalog::Category| !(category.members & it.can).is_empty();
        let categories = catalog.categories.iter().filter(held);
        let parts: Vec<String> = categories
            .map(|category| {
                let part = if category.members.is_subset(&it.can) { "" } else { "part of " };
                format!("{part}{}", category.name)
            })
            .collect();
        let sensitive: Vec<String> = sensitive(catalog, it.can).iter().map(|id| self.label(catalog, id)).collect();
        let named = if self.terms.ids { sensitive.join(", ") } else { few(&sensitive) };
        vec![format!("{} ({}){whose}", called(&it.person), it.person.email), roles.join("; "), parts.join(", "), named]
    }

    fn label(&self, catalog: &Catalog, id: PermId) -> String {
        label(catalog, id, self.terms.ids)
    }

    /// A role with all that is noted of it.
    fn role(&self, it: &Held) -> String {
        let zone = self.desk.policy.zone;
        let place = match (&it.scope, it.level) {
            (ScopeRecord::Everywhere, _) => ", in the team, for all sites".to_owned(),
            (ScopeRecord::Folder(key), _) => format!(", in the team, for the sites in {}", it.folder.as_ref().unwrap_or(key)),
            (ScopeRecord::Site(_), Level::Team) => ", in the team, for this site".to_owned(),
            (ScopeRecord::Site(_), Level::Site) => String::new(),
        };
        let since = it.since.map(|at| {
            let word = if it.is_dated { "since" } else { "on record since" };
            format!(", {word} {}", zone.long_day(at))
        });
        let until = it.until.map_or_else(|| ", without an end".to_owned(), |at| format!(", until {}", zone.long_until(at)));
        let by = it.given_by.as_ref().map(|who| format!("; given by {who}"));
        let why = it.reason.as_ref().map(|why| format!("; why: {why}"));
        let looked = it.reviewed.as_ref().map(|(at, who)| format!("; last looked at on {} by {who}", zone.long_day(*at)));
        let next = it.review_on.map(|at| format!("; to be looked at on {}", zone.long_day(at)));
        let parts = [Some(it.role.clone()), Some(place), since, Some(until), by, why, looked, next];
        parts.into_iter().flatten().collect()
    }

    fn later(&self, paper: &mut dyn Paper) -> Result<()> {
        let later = self.desk.later()?;
        if later.is_empty() {
            return Ok(());
        }
        let zone = self.desk.policy.zone;
        let day = |at: Option<_>| at.map_or_else(String::new, |it| zone.long_day(it));
        let rows = later.iter().map(|it| {
            let until = it.held.until.map_or_else(|| "without an end".to_owned(), |at| zone.long_until(at));
            vec![called(&it.person), it.held.role.clone(), day(it.held.since), until]
        });
        paper.put(&Block::Heading("Agreed, and not begun".to_owned()))?;
        paper.put(&Block::Table(vec!["Who", "As", "From", "Until"], rows.collect()))
    }

    fn offers(&self, paper: &mut dyn Paper) -> Result<()> {
        let (offers, zone) = (self.desk.offers()?, self.desk.policy.zone);
        let is_site = matches!(self.desk.about, Topic::Site(_));
        paper.put(&Block::Heading("Waiting for an answer".to_owned()))?;
        if offers.is_empty() {
            return paper.put(&Block::Text(plain(format!("{}: no invitation, request or hand-over is open.", self.nothing()))));
        }
        let rows = offers.iter().map(|it| {
            let what = if it.roles.is_empty() { it.kind.as_str().to_owned() } else { it.roles.join(", ") };
            let place = (!is_site).then(|| it.places.join(", "));
            let cells = [Some(it.to.clone()), Some(what), place, Some(zone.long_day(it.sent)), Some(zone.long_day(it.ends))];
            cells.into_iter().flatten().collect()
        });
        let header = [Some("Sent to"), Some("As"), (!is_site).then_some("Where"), Some("Sent"), Some("Open until")];
        paper.put(&Block::Table(header.into_iter().flatten().collect(), rows.collect()))
    }

    fn changed(&self, paper: &mut dyn Paper) -> Result<()> {
        let ((changed, is_whole), zone) = (self.desk.changed()?, self.desk.policy.zone);
        paper.put(&Block::Heading(format!("Changed in the last {} days", LOOKS_BACK.num_days())))?;
        if changed.is_empty() {
            return paper.put(&Block::Text(plain(format!("{}.", self.nothing()))));
        }
        let by = |it: &Changed| it.by.clone().unwrap_or_else(|| "by itself".to_owned());
        let rows = changed.iter().map(|it| vec![zone.long_day(it.at), it.what.clone(), by(it)]).collect();
        paper.put(&Block::Table(vec!["When", "What", "By"], rows))?;
        if is_whole {
            Ok(())
        } else {
            paper.put(&Block::Small(vec!["Only the newest entries of the journal were looked through for this.".to_owned()]))
        }
    }

    /// What somebody answers for of what an audit finds.
    fn answers(&self, paper: &mut dyn Paper) -> Result<()> {
        let (answers, zone) = (self.desk.answers()?, self.desk.policy.zone);
        if answers.is_empty() {
            return Ok(());
        }
        let rows = answers.into_iter().map(|it| {
            let of = if it.of.is_empty() { String::new() } else { format!(": {}", it.of.join(", ")) };
            vec![format!("{}{of}", it.what), it.because, it.by.unwrap_or_default(), zone.long_until(it.until)]
        });
        paper.put(&Block::Heading("Known, and accepted".to_owned()))?;
        paper.put(&Block::Table(vec!["What", "Why", "By", "Until"], rows.collect()))
    }

    /// That there is nothing or, where not all is seen, nothing that is seen.
    fn nothing(&self) -> String {
        if self.desk.db.sees_all() { "Nothing".to_owned() } else { format!("Nothing, as far as {} sees", self.terms.by) }
    }

    fn foot(&self, paper: &mut dyn Paper) -> Result<()> {
        let check = "Whoever has this journal can check that this page says what it says: rolecall verify --statement FILE";
        let made = format!("Made by {} from the journal of {} up to entry {}.", self.terms.by, self.agency, self.terms.head);
        paper.put(&Block::Small(vec![made, check.to_owned()]))
    }
}

fn sensitive(catalog: &Catalog, set: PermSet) -> PermSet {
    set.iter().filter(|id| catalog.get(*id).is_sensitive()).collect()
}

fn label(catalog: &Catalog, id: PermId, ids: bool) -> String {
    let it = catalog.get(id);
    if ids { format!("{} ({})", it.label, it.id) } else { it.label.clone() }
}

/// What somebody can do, by category: what is all of one, all but a little, or each by its name; what is sensitive is
/// named in any case.
pub(in crate::exchange) fn means(catalog: &Catalog, can: PermSet, ids: bool) -> Vec<(String, Words)> {
    let categories = catalog.categories.iter().filter(|it| !(it.members & can).is_empty());
    let words = |held: PermSet, missing: PermSet| {
        if !ids && missing.is_empty() {
            return with_sensitive(catalog, "everything".to_owned(), held);
        }
        if !ids && held.len() >= 4 && missing.len() <= 2 {
            let but: Vec<String> = missing.iter().map(|id| label(catalog, id, false)).collect();
            return with_sensitive(catalog, format!("everything but {}", but.join(" and ")), held);
        }
        listed(catalog, held, ids)
    };
    categories.map(|it| (it.name.clone(), words(it.members & can, it.members - can))).collect()
}

fn with_sensitive(catalog: &Catalog, all: String, held: PermSet) -> Words {
    let sensitive = sensitive(catalog, held);
    if sensitive.is_empty() {
        return plain(all);
    }
    let mut words = plain(format!("{all}; among it "));
    words.extend(listed(catalog, sensitive, false));
    words
}

fn listed(catalog: &Catalog, set: PermSet, ids: bool) -> Words {
    let mut words = Words::new();
    for id in set.iter() {
        if !words.is_empty() {
            words.push(Span::Plain(", ".to_owned()));
        }
        let text = label(catalog, id, ids);
        words.push(if catalog.get(id).is_sensitive() { Span::Strong(text) } else { Span::Plain(text) });
    }
    words
}
