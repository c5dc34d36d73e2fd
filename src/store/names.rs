//! Finds things by the names that people type, or says what they may have meant.

use std::sync::Arc;

use anyhow::Result;

use super::Reader;
use super::life::Open;
use super::page::{From, Listed, Place};
use crate::domain::catalog::Catalog;
use crate::domain::perm_set::PermId;
use crate::domain::policy::{HeldRole, Policy};
use crate::domain::suggest::{self, Ambiguous, Unknown};
use crate::domain::text;
use crate::domain::things::{Contact, Folder, Person, Site};

/// People whose names begin alike, among whom one is looked for.
const NAMESAKES: usize = 1_000;

fn unknown<T>(kind: &'static str, text: &str, hint: String) -> Result<T> {
    Err(Unknown { kind, text: text.to_owned(), hint }.into())
}

impl Reader<'_> {
    /// The person with this e-mail, or the only one with this name.
    pub fn the_person(self, email: &str) -> Result<Person> {
        match self.person_by_email(email)? {
            Some(person) => Ok(person),
            None => self.person_named(email),
        }
    }

    /// The only person with this name.
    fn person_named(self, name: &str) -> Result<Person> {
        let latin = text::latin(name);
        let (key, place) = (text::name_key(name), Place { fold: latin.clone(), id: 0 });
        let near = if key.is_empty() { Vec::new() } else { self.page::<Person>(&From::At(place), NAMESAKES)? };
        let alike = near.into_iter().take_while(|it| it.place.fold.starts_with(&latin)).map(|it| it.row);
        let found: Vec<Person> = alike.filter(|it| text::name_key(&it.name) == key).collect();
        match found.as_slice() {
            [only] => Ok(only.clone()),
            [] => unknown("person", name, self.hint_of_address(name)?),
            several => {
                let all: Vec<String> = several.iter().map(|it| it.email.clone()).collect();
                unknown("single person", name, format!("; this is the name of {}: give the e-mail", text::few(&all)))
            }
        }
    }

    /// Whoever was invited and has not answered is nobody yet, and a contact is no person by itself.
    fn hint_of_address(self, email: &str) -> Result<String> {
        match self.invitations_to(email, Open::Unanswered)?.first() {
            Some(it) => Ok(format!("; invited on {}, not accepted yet", self.zone()?.day(it.offer.sent))),
            None if self.contact_by_email(email)?.is_some() => {
                Ok("; a contact has this address, and becomes a person with: rolecall person add EMAIL".to_owned())
            }
            None => self.hint::<Person>(email, |it| it.email.clone()),
        }
    }

    /// The site with this key or URL.
    pub fn the_site(self, text: &str) -> Result<Site> {
        if let Some(site) = self.site_by_key(text)? {
            return Ok(site);
        }
        match self.site_by_url(text)? {
            Some(site) => Ok(site),
            None => unknown("site", text, self.hint::<Site>(text, |it| it.key.clone())?),
        }
    }

    pub fn the_folder(self, key: &str) -> Result<Folder> {
        match self.folder_by_key(key)? {
            Some(folder) => Ok(folder),
            None => unknown("folder", key, suggest::did_you_mean(key, self.folders()?.iter().map(|it| it.key.as_str()))),
        }
    }

    /// The contact with this e-mail, or the only one with this name.
    pub fn the_contact(self, who: &str) -> Result<Contact> {
        let found = if who.contains('@') { self.contact_by_email(who)? } else { self.contact_by_name(who)? };
        if let Some(contact) = found {
            return Ok(contact);
        }
        match self.contacts_named(who)?.as_slice() {
            [only] => Ok(only.clone()),
            [] => unknown("contact", who, self.hint::<Contact>(who, |it| it.email.clone().unwrap_or_else(|| it.name.clone()))?),
            [..] => Err(Ambiguous { kind: "contact", text: who.to_owned(), way_out: "give the e-mail" }.into()),
        }
    }

    /// The nearest of the rows that stand where the name would stand in the list.
    fn hint<T: Listed>(self, typed: &str, name: impl Fn(&T) -> String) -> Result<String> {
        let place = Place { fold: text::fold(typed), id: 0 };
        let mut near = self.page::<T>(&From::Before(place.clone()), 200)?;
        near.extend(self.page::<T>(&From::At(place), 200)?);
        Ok(suggest::did_you_mean(typed, near.iter().map(|it| name(&it.row))))
    }
}

/// The role with this key, or the only one with this name.
pub fn the_role<'a>(policy: &'a Policy, text: &str) -> Result<&'a HeldRole> {
    match policy.find_role(text) {
        Some(held) => Ok(held),
        None => unknown("role", text, suggest::did_you_mean(text, policy.roles().map(|it| it.role.key.as_str()))),
    }
}

/// The catalog of a platform.
pub fn the_catalog<'a>(policy: &'a Policy, platform: &str) -> Result<&'a Arc<Catalog>> {
    let all = || policy.catalogs().map(|it| it.platform.as_str()).collect::<Vec<_>>().join(", ");
    policy.catalog(platform).map_or_else(|| unknown("platform", platform, format!("; there are: {}", all())), Ok)
}

/// The permission of a platform with this id, or the only one with this label.
pub fn the_permission(policy: &Policy, platform: &str, text: &str) -> Result<PermId> {
    let catalog = the_catalog(policy, platform)?;
    if let Some(id) = catalog.lookup(text) {
        return Ok(id);
    }
    Err(no_permission(&[catalog.as_ref()], text).into())
}

/// That no catalog has the permission: with those that the words may mean, or the id that is nearest.
pub fn no_permission(catalogs: &[&Catalog], text: &str) -> Unknown {
    let all = || catalogs.iter().flat_map(|it| it.ids().map(|id| it.get(id)));
    let near = suggest::did_you_mean(text, all().map(|it| it.id.as_str()));
    let found = suggest::by_words(text, all().map(|it| (it, format!("{} {}", it.label, it.id))));
    let offers: Vec<String> = found.iter().map(|it| format!("{} ({})", it.id, it.label)).collect();
    let hint = match (near.as_str(), offers.as_slice()) {
        ("", []) => "; rolecall permission list has all".to_owned(),
        ("", offers) => format!("; there are: {}", text::few(offers)),
        (near, _) => near.to_owned(),
    };
    Unknown { kind: "permission", text: text.to_owned(), hint }
}
