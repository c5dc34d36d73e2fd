//! What of a rule may be set, and what is set.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Rule;
use crate::domain::suggest;
use crate::domain::text::display;
use crate::domain::time::MAX_DAYS;

/// Something of a rule that may be set.
pub struct Setting {
    pub name: &'static str,
    /// What holds where nothing is set.
    pub usual: &'static str,
    pub what: &'static str,
    /// A value as it is kept.
    value: fn(&str) -> Result<String, String>,
}

/// What is set, by rule and name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Settings(pub BTreeMap<String, BTreeMap<String, String>>);

impl Setting {
    /// How many, or how many days.
    pub(super) const fn number(name: &'static str, usual: &'static str, what: &'static str) -> Setting {
        Setting { name, usual, what, value: number }
    }

    /// Several, with commas between them.
    pub(super) const fn list(name: &'static str, usual: &'static str, what: &'static str) -> Setting {
        Setting { name, usual, what, value: |text| list(text, |_| true) }
    }

    /// The same where not everything is one.
    pub(super) const fn checked(
        name: &'static str,
        usual: &'static str,
        what: &'static str,
        value: fn(&str) -> Result<String, String>,
    ) -> Setting {
        Setting { name, usual, what, value }
    }
}

impl Settings {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is set of a rule.
    pub fn get(&self, rule: &Rule, name: &str) -> Option<&str> {
        self.0.get(rule.id)?.get(name).map(String::as_str)
    }

    /// The same with this value; what holds anyway is not kept.
    ///
    /// # Errors
    /// A sentence about a name that the rule does not know, or a value that cannot be.
    pub fn with(mut self, rule: &Rule, name: &str, value: &str) -> Result<Settings, String> {
        let setting = rule.setting(name)?;
        let value = setting.check(rule, value)?;
        let of_rule = self.0.entry(rule.id.to_owned()).or_default();
        if value == setting.usual {
            of_rule.remove(name)
        } else {
            of_rule.insert(name.to_owned(), value)
        };
        self.0.retain(|_, of_rule| !of_rule.is_empty());
        Ok(self)
    }

    /// The same as each is kept.
    ///
    /// # Errors
    /// A sentence about the first that cannot be.
    pub fn checked(&self) -> Result<Settings, String> {
        let mut checked = Settings::default();
        for (rule, of_rule) in &self.0 {
            let rule = Rule::called(rule)?;
            for (name, value) in of_rule {
                checked = checked.with(rule, name, value)?;
            }
        }
        Ok(checked)
    }
}

impl Setting {
    fn check(&self, rule: &Rule, value: &str) -> Result<String, String> {
        (self.value)(value.trim()).map_err(|why| format!("{} {}: `{}` {why}", rule.id, self.name, display(value)))
    }
}

impl Rule {
    /// The rule with this name.
    ///
    /// # Errors
    /// A sentence that names what is like it.
    pub fn called(id: &str) -> Result<&'static Rule, String> {
        let hint = || suggest::did_you_mean(id, super::RULES.iter().map(|it| it.id));
        Rule::named(id).ok_or_else(|| format!("no audit rule `{}`{}", display(id), hint()))
    }

    fn setting(&self, name: &str) -> Result<&Setting, String> {
        let names = || self.settings.iter().map(|it| it.name).collect::<Vec<_>>();
        self.settings.iter().find(|it| it.name == name).ok_or_else(|| {
            let there = if names().is_empty() { "nothing of it is".to_owned() } else { names().join(", ") };
            format!("{} has no `{}` to set; there is: {there}", self.id, display(name))
        })
    }
}

fn number(text: &str) -> Result<String, String> {
    let number = text.parse::<u32>().ok().filter(|it| *it <= MAX_DAYS);
    number.map(|it| it.to_string()).ok_or_else(|| format!("is not a number from 0 to {MAX_DAYS}"))
}

/// Several that `is_one`, as they are kept.
pub(super) fn list(text: &str, is_one: impl Fn(&str) -> bool) -> Result<String, String> {
    let items: Vec<&str> = text.split(',').map(str::trim).filter(|it| !it.is_empty()).collect();
    match items.iter().find(|it| !is_one(it)) {
        Some(wrong) => Err(format!("has `{}`, which is none", display(wrong))),
        None => Ok(items.join(",")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(rule: &str, name: &str, value: &str) -> Result<Settings, String> {
        Settings::default().with(Rule::called(rule)?, name, value)
    }

    #[test]
    fn a_value_is_kept_in_one_way_and_what_holds_anyway_is_not() {
        let kept = |rule, name, value| set(rule, name, value).unwrap().get(Rule::called(rule).unwrap(), name).map(str::to_owned);
        assert_eq!(kept("never-ends", "days", " 030 "), Some("30".to_owned()));
        assert_eq!(kept("never-ends", "days", "90"), None);
        assert_eq!(kept("outside-domain", "domains", "a.example , b.example,"), Some("a.example,b.example".to_owned()));
        assert!(set("never-ends", "days", "90").unwrap().is_empty());
    }

    #[test]
    fn what_cannot_be_set_is_said_with_what_can() {
        let refused = |rule, name, value| set(rule, name, value).unwrap_err();
        assert_eq!(refused("never-end", "days", "1"), "no audit rule `never-end`; did you mean `never-ends`?");
        assert_eq!(refused("never-ends", "day", "1"), "never-ends has no `day` to set; there is: days, end");
        assert_eq!(refused("never-ends", "days", "-1"), format!("never-ends days: `-1` is not a number from 0 to {MAX_DAYS}"));
        assert_eq!(refused("role-twin", "days", "1"), "role-twin has no `days` to set; there is: nothing of it is");
        assert_eq!(refused("toxic-pair", "pairs", "wix/a"), "toxic-pair pairs: `wix/a` has `wix/a`, which is none");
    }
}
