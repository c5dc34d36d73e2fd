//! Sites of former contacts on which the team still has roles: the other half of a parting.

use super::facts::Facts;
use super::finding::{About, Besides, Finding, Mend, Told};
use super::gather::Gather;
use super::{Check, Rule, Severity, Takes};
use crate::domain::ids::SiteId;
use crate::domain::text::few;
use crate::domain::things::{Assignment, Level, Site};

pub(super) static RULE: Rule = Rule {
    id: "still-inside",
    title: "Still inside where work is over",
    severity: Severity::Medium,
    why: "What goes wrong on the site of a client who left is laid at the door of whoever could still get in.",
    finds: "A live assignment at site level of somebody of the team, on a site that the agency neither hosts nor owns and whose owner is \
            a former contact. Roles of team level give nothing there. One finding a site.",
    settings: &[],
    takes: Takes::Contacts,
    check: || Box::<Inside>::default(),
    sentence,
    mend: |told| Ok(told.held.iter().cloned().map(Mend::Take).collect()),
};

#[derive(Default)]
struct Inside(Gather<SiteId>);

impl Check for Inside {
    fn held(&mut self, facts: &Facts<'_>, it: &Assignment, site: Option<&Site>) {
        let Some(site) = site.filter(|it| facts.is_former(it.owner) && !facts.hosts(it)) else { return };
        let is_inside = it.level == Level::Site && it.person != site.owner && facts.is_team(it.person);
        if is_inside && it.is_live(facts.now) {
            self.0.add_to(site.id, facts, it);
        }
    }

    fn end(self: Box<Self>, facts: &Facts<'_>) -> Vec<Finding> {
        let owner = |it: &Finding| facts.site(it.site()?).map(|it| Besides::Owner(it.owner));
        let findings = self.0.findings_about(&RULE, About::Site).into_iter();
        findings.map(|it| (owner(&it), it)).map(|(owner, it)| it.with(owner)).collect()
    }
}

fn sentence(told: &Told<'_>) -> String {
    let owner = told.finding.site().and_then(|it| told.facts.site(it)).map_or("", |it| told.facts.name(it.owner));
    let (names, verb) = (told.holders(), if told.holders().len() == 1 { "gets" } else { "get" });
    format!("{} of the team still {verb} in on {}, whose owner {owner} is a former contact", few(&names), told.place())
}
