//! Members of the team with addresses from elsewhere.

use super::facts::Facts;
use super::finding::Finding;
use super::gather::Gather;
use super::{Check, Rule, Setting, Severity, Takes};
use crate::domain::text::{email_key, plural};
use crate::domain::things::{Assignment, Level, Site};

pub(super) static RULE: Rule = Rule {
    id: "outside-domain",
    title: "Team members from elsewhere",
    severity: Severity::Medium,
    why: "An address that is not the agency's cannot be switched off by the agency: whoever leaves goes on getting in by it.",
    finds: "A live assignment at team level that gives something sensitive, of an address that is in none of `domains` and their \
            subdomains. Where none are set the agency's is that of the account owner, who is never found. One finding a person.",
    settings: &[Setting::list("domains", "", "the domains of the agency's own addresses")],
    takes: Takes::Nothing,
    check: || Box::<Outside>::default(),
    sentence: |told| {
        let address = told.finding.person().map_or("", |it| told.facts.email(it));
        let roles = plural(told.held.len(), "role");
        format!("{} is of the team as {address}, which is not the agency's, and holds {roles} with something sensitive", told.who())
    },
    mend: |told| {
        let way = "give them one, and what they hold under it, then `rolecall offboard` the other";
        Err(format!("somebody has to say whether {} should have an address of the agency; {way}", told.who()))
    },
};

#[derive(Default)]
struct Outside {
    domains: Option<Vec<String>>,
    found: Gather,
}

impl Check for Outside {
    fn held(&mut self, facts: &Facts<'_>, it: &Assignment, _site: Option<&Site>) {
        let is_of_team = it.level == Level::Team && it.person != facts.policy.owner && it.is_live(facts.now);
        if is_of_team && facts.is_sensitive(it) {
            let domains = self.domains.get_or_insert_with(|| domains(facts));
            if !is_within(domains, facts.email(it.person)) {
                self.found.add(facts, it);
            }
        }
    }

    fn end(self: Box<Self>, _facts: &Facts<'_>) -> Vec<Finding> {
        self.found.findings(&RULE)
    }
}

/// The agency's domains, as they are compared.
fn domains(facts: &Facts<'_>) -> Vec<String> {
    let set = facts.list(&RULE, "domains");
    if set.is_empty() {
        return vec![domain(facts.email(facts.policy.owner))];
    }
    set.iter().map(|it| domain(&format!("@{}", it.trim_start_matches(['@', '.'])))).collect()
}

fn domain(address: &str) -> String {
    email_key(address).rsplit_once('@').map_or_else(String::new, |it| it.1.to_owned())
}

/// Whether an address lies in one of them.
fn is_within(domains: &[String], address: &str) -> bool {
    let domain = domain(address);
    domains.iter().any(|it| domain.strip_suffix(it.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_counts_with_its_subdomains() {
        let domains = [domain("@nl.example"), domain("@b\u{fc}cher.example")];
        for it in ["a@nl.example", "a@Mail.NL.example", "a@xn--bcher-kva.example", "a@x.B\u{dc}CHER.example"] {
            assert!(is_within(&domains, it), "{it}");
        }
        for it in ["a@onl.example", "a@example", "a@nl.example.org"] {
            assert!(!is_within(&domains, it), "{it}");
        }
    }
}
