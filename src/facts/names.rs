//! Finds things by the names that people type, or says what they may have meant.

use std::collections::HashSet;
use std::sync::Arc;

use anyhow::Result;

use super::Reader;
use super::sight::{Eyes, Own, Sight, Subject};
use crate::domain::catalog::Catalog;
use crate::domain::contact::Contact;
use crate::domain::perm_set::PermId;
use crate::domain::policy::{HeldRole, Policy};
use crate::domain::record::OfferKey;
use crate::domain::review::Review;
use crate::domain::suggest::{self, Ambiguous, Unknown};
use crate::domain::text;
use crate::domain::things::{Assignment, Folder, Person, Role, Site};
use crate::store::journal::Entry;
use crate::store::life::Open;
use crate::store::page::{Anchor, Listed, Position};

/// Most own entries of the journal that are told from others', and how far back they are looked for.
const OWN_ENTRIES: (i64, usize) = (1_000_000, 100_000);

/// People whose names begin alike, among whom one is looked for.
const NAMESAKES: usize = 1_000;

fn unknown<T>(kind: &'static str, text: &str, hint: String) -> Result<T> {
    Err(Unknown { kind, text: text.to_owned(), hint }.into())
}

/// Through whose eyes is asked.
impl<'a> Reader<'a> {
    /// The same with nobody's eyes: everything has its name.
    pub fn plain(self) -> Reader<'a> {
        Reader { eyes: None, ..self }
    }

    /// The same through these eyes.
    pub fn through(self, eyes: &'a Eyes) -> Reader<'a> {
        Reader { eyes: Some(eyes), ..self }
    }

    /// The eyes that were put on the whole store.
    pub fn eyes(self) -> Option<&'a Eyes> {
        self.eyes
    }

    /// The workspace as it is, through the same eyes, where this shows another instant of it.
    pub fn present(self) -> Reader<'a> {
        self.elsewhere().map_or(self, |db| Reader { eyes: self.eyes, ..db })
    }

    /// The same where this does show another instant.
    pub(super) fn elsewhere(self) -> Option<Reader<'a>> {
        self.eyes.and_then(Eyes::present)
    }

    /// What of the workspace whoever asks may see.
    pub fn sight(self) -> &'a Sight {
        self.eyes.map_or(&Sight::Everything, Eyes::sight)
    }

    /// Whoever asks, where they do not see everything.
    pub fn own(self) -> Option<&'a Own> {
        match self.sight() {
            Sight::Everything => None,
            Sight::Own(own) => Some(own),
        }
    }

    /// Whether nothing is kept from whoever asks.
    pub fn sees_all(self) -> bool {
        self.own().is_none()
    }

    /// Whether whoever asks may know of this.
    pub fn knows<T: Subject>(self, row: &T) -> Result<bool> {
        self.eyes.map_or(Ok(true), |eyes| eyes.know(self, row))
    }

    /// What is held, where it is shown to whoever asks. What is not shown stands as if it were not there.
    pub fn shown_assignment(self, row: Option<Assignment>) -> Result<Option<Assignment>> {
        let (Some(it), Some(eyes)) = (&row, self.eyes) else { return Ok(row) };
        let db = self.present().plain();
        Ok(if eyes.sight().shows_assignment(db, &db.policy(None)?, it)? { row } else { None })
    }

    pub fn knows_offer(self, key: OfferKey) -> Result<bool> {
        self.eyes.map_or(Ok(true), |eyes| eyes.know_offer(self, key))
    }

    /// The row, where whoever asks may know of it.
    pub fn known<T: Subject>(self, row: Option<T>) -> Result<Option<T>> {
        let Some(row) = row else { return Ok(None) };
        Ok(self.knows(&row)?.then_some(row))
    }

    /// Those of which whoever asks may know.
    fn known_of<T: Subject>(self, rows: impl IntoIterator<Item = T>) -> Result<Vec<T>> {
        rows.into_iter().filter_map(|it| self.known(Some(it)).transpose()).collect()
    }

    /// The entry with this number, if whoever asks may know of it.
    pub fn the_entry(self, seq: i64) -> Result<Entry> {
        match self.entry(seq)? {
            Some(entry) if self.knows_entry(&entry)? => Ok(entry),
            Some(_) | None if self.sees_all() => {
                let newest = self.head()?.map_or(0, |it| it.seq);
                unknown("journal entry", &seq.to_string(), format!("; the newest is {newest}"))
            }
            Some(_) | None => unknown("journal entry", &seq.to_string(), String::new()),
        }
    }

    /// What they did themselves, and what was done about an offer that they know of.
    pub fn knows_entry(self, entry: &Entry) -> Result<bool> {
        if self.own().is_none_or(|own| own.person.email == entry.actor) {
            return Ok(true);
        }
        for key in self.offers_touched(entry)? {
            if self.knows_offer(key)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The entries of whoever asks; `None` where they see all of them.
    pub fn own_entries(self) -> Result<Option<HashSet<i64>>> {
        let (reach, most) = OWN_ENTRIES;
        self.own().map(|own| Ok(self.entries_by(&own.person.email, reach, most)?.into_iter().collect())).transpose()
    }
}

impl Reader<'_> {
    /// The person with this e-mail or, where it is none, the only one with this name.
    pub fn the_person(self, email: &str) -> Result<Person> {
        match self.known(self.person_by_email(email)?)? {
            Some(person) => Ok(person),
            None if text::is_for_mail(email) => unknown("person", email, self.hint_of_address(email)?),
            None => self.person_named(email),
        }
    }

    /// The same where somebody is to be given something: under their address, whoever they are.
    pub fn the_recipient(self, email: &str) -> Result<Person> {
        self.recipient_by_email(email)?.map_or_else(|| self.the_person(email), Ok)
    }

    /// Whoever has this address, of whom whoever asks may know, or to whom they may give something.
    pub fn recipient_by_email(self, email: &str) -> Result<Option<Person>> {
        let Some(person) = self.person_by_email(email)? else { return Ok(None) };
        let may_give = self.eyes.map_or(Ok(true), |eyes| eyes.may_give(self, &person))?;
        if may_give { Ok(Some(person)) } else { self.known(Some(person)) }
    }

    /// The only person with this name.
    fn person_named(self, name: &str) -> Result<Person> {
        let latin = text::latin(name);
        let (key, place) = (text::name_key(name), Position { fold: latin.clone(), id: 0 });
        let near = if key.is_empty() { Vec::new() } else { self.page::<Person>(&Anchor::At(place), NAMESAKES)? };
        let alike = near.into_iter().take_while(|it| it.place.fold.starts_with(&latin)).map(|it| it.row);
        let found = self.known_of(alike.filter(|it| text::name_key(&it.name) == key))?;
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
        for it in self.invitations_to(email, Open::Unanswered)? {
            if self.knows_offer(OfferKey::Invitation(it.id.0))? {
                return Ok(format!("; invited on {}, not accepted yet", self.zone()?.day(it.offer.sent)));
            }
        }
        if self.known(self.contact_by_email(email)?)?.is_some() {
            return Ok("; a contact has this address, and becomes a person with: rolecall person add EMAIL".to_owned());
        }
        self.hint::<Person>(email, |it| it.email.clone())
    }

    /// The site with this key, or the only one with this URL. What is one site's key and another one's URL means neither:
    /// `key:` before it says that it is a key, a scheme that it is a URL.
    pub fn the_site(self, text: &str) -> Result<Site> {
        if let Some(key) = text.strip_prefix("key:") {
            let site = self.known(self.site_by_key(key)?)?;
            return site.map_or_else(|| unknown("site", key, self.hint::<Site>(key, |it| it.key.clone())?), Ok);
        }
        let of_key = self.known(self.site_by_key(text)?)?;
        let of_url = self.known_of(self.sites_by_url(text)?)?;
        if let Some(site) = of_key {
            let other = of_url.into_iter().find(|it| it.id != site.id);
            return other.map_or(Ok(site), |other| unknown("single site", text, either(text, &other)));
        }
        match of_url.as_slice() {
            [only] => Ok(only.clone()),
            [] => unknown("site", text, self.hint::<Site>(text, |it| it.key.clone())?),
            [..] => {
                let keys: Vec<String> = of_url.into_iter().map(|it| it.key).collect();
                unknown("single site", text, format!("; it is the URL of {}: give the key", text::few(&keys)))
            }
        }
    }

    /// The site that a command names: by its key, whatever else leads there, else as somebody would type it.
    pub fn the_site_of(self, key: &str) -> Result<Site> {
        self.known(self.site_by_key(key)?)?.map_or_else(|| self.the_site(key), Ok)
    }

    pub fn the_folder(self, key: &str) -> Result<Folder> {
        self.named(key, self.folder_by_key(key)?, || self.folders(), |it| it.key.clone())
    }

    pub fn the_review(self, name: &str) -> Result<Review> {
        self.named(name, self.review_by_name(name)?, || self.all(), |it| it.name.clone())
    }

    /// The row that a name found, if whoever asks may know of it; else which of all of them may have been meant.
    pub fn named<T: Subject>(
        self,
        typed: &str,
        found: Option<T>,
        all: impl FnOnce() -> Result<Vec<T>>,
        name: impl Fn(&T) -> String,
    ) -> Result<T> {
        match self.known(found)? {
            Some(row) => Ok(row),
            None => unknown(T::NOUN, typed, self.did_you_mean(typed, all()?, name)?),
        }
    }

    /// The contact with this e-mail or, where it is none, the only one with this name.
    pub fn the_contact(self, who: &str) -> Result<Contact> {
        if let Some(contact) = self.known(self.contact_by_key(who)?)? {
            return Ok(contact);
        }
        let named = if text::is_for_mail(who) { Vec::new() } else { self.known_of(self.contacts_named(who)?)? };
        match named.as_slice() {
            [only] => Ok(only.clone()),
            [] => unknown("contact", who, self.hint::<Contact>(who, |it| it.email.clone().unwrap_or_else(|| it.name.clone()))?),
            [..] => Err(Ambiguous { kind: "contact", text: who.to_owned(), way_out: "give the e-mail".to_owned() }.into()),
        }
    }

    /// The contact with this e-mail, or the one without an e-mail that is known by exactly this name.
    fn contact_by_key(self, key: &str) -> Result<Option<Contact>> {
        self.contact_by_email(key)?.map_or_else(|| self.contact_by_name(key), |it| Ok(Some(it)))
    }

    /// The nearest of the rows that stand where the name would stand in the list.
    fn hint<T: Listed + Subject>(self, typed: &str, name: impl Fn(&T) -> String) -> Result<String> {
        let place = Position { fold: text::fold(typed), id: 0 };
        let mut near = self.page::<T>(&Anchor::Before(place.clone()), 200)?;
        near.extend(self.page::<T>(&Anchor::At(place), 200)?);
        self.did_you_mean(typed, near.into_iter().map(|it| it.row), name)
    }

    /// The nearest of those of which whoever asks may know.
    fn did_you_mean<T: Subject>(self, typed: &str, all: impl IntoIterator<Item = T>, name: impl Fn(&T) -> String) -> Result<String> {
        let mut near = Vec::new();
        for it in all {
            let name = name(&it);
            if suggest::is_near(typed, &name) && self.knows(&it)? {
                near.push(name);
            }
        }
        Ok(suggest::did_you_mean(typed, near))
    }
}

/// How to say which is meant of the site with this key and the one with this URL.
fn either(text: &str, other: &Site) -> String {
    let (key, url) = (text::shell(&format!("key:{text}")), text::shell(&other.url));
    format!("; it is the key of one and the URL of {}: give {key} for the one, {url} for the other", text::display(&other.key))
}

/// The role that is called so, of all of them.
pub fn the_role<'a>(db: Reader<'_>, policy: &'a Policy, text: &str) -> Result<&'a HeldRole> {
    the_role_on(db, policy, text, None)
}

/// The role that is called so on the platform where it is to be given; where none is there, the one that is called so anywhere.
pub fn the_role_on<'a>(db: Reader<'_>, policy: &'a Policy, text: &str, platform: Option<&str>) -> Result<&'a HeldRole> {
    let mut called = policy.roles_called(text, platform);
    if called.is_empty() {
        called = policy.roles_called(text, None);
    }
    let mut known = Vec::new();
    for it in called {
        if db.knows(&*it.role)? {
            known.push(it);
        }
    }
    match known.as_slice() {
        [only] => Ok(only),
        [] => unknown("role", text, db.did_you_mean(text, policy.roles().map(|it| Role::clone(&it.role)), |it| it.key.clone())?),
        several => {
            let keys: Vec<&str> = several.iter().map(|it| it.role.key.as_str()).collect();
            Err(Ambiguous { kind: "role", text: text.to_owned(), way_out: format!("give one of {}", keys.join(", ")) }.into())
        }
    }
}

/// The template with this key, or the only one with this name; of this platform, where one is named.
pub fn the_template<'a>(policy: &'a Policy, text: &str, platform: Option<&str>) -> Result<&'a HeldRole> {
    let known = || policy.templates().iter().filter(|it| platform.is_none_or(|only| only == it.role.platform));
    let named = known().filter(|it| it.role.key == text || it.role.name.eq_ignore_ascii_case(text));
    match named.collect::<Vec<_>>().as_slice() {
        [only] => Ok(only),
        [] => unknown("template", text, suggest::did_you_mean(text, known().map(|it| &it.role.key))),
        [..] => Err(Ambiguous { kind: "template", text: text.to_owned(), way_out: "name the platform with --platform".to_owned() }.into()),
    }
}

/// The same where a role may be meant: a template that has become one is that.
pub fn the_role_or_template<'a>(db: Reader<'_>, policy: &'a Policy, text: &str) -> Result<&'a HeldRole> {
    the_role(db, policy, text).or_else(|error| the_template(policy, text, None).map_err(|_| error))
}

/// The catalog of a platform.
pub fn the_catalog<'a>(policy: &'a Policy, platform: &str) -> Result<&'a Arc<Catalog>> {
    policy.catalog(platform).map_or_else(|| Err(no_platform(platform, &policy.platforms_there_are()).into()), Ok)
}

/// That there is no such platform: with the one that is nearest, or where to look.
pub fn no_platform(platform: &str, all: &[&str]) -> Unknown {
    let near = suggest::did_you_mean(platform, all);
    let hint = if near.is_empty() { "; all of them: rolecall catalog list".to_owned() } else { near };
    Unknown { kind: "platform", text: platform.to_owned(), hint }
}

/// The permission of a platform with this id, or the only one with this label.
pub fn the_permission(policy: &Policy, platform: &str, text: &str) -> Result<PermId> {
    let catalog = the_catalog(policy, platform)?;
    if let Some(id) = catalog.lookup(text) {
        return Ok(id);
    }
    let others: Vec<String> = policy.catalogs().filter(|it| it.lookup(text).is_some()).map(|it| it.platform.clone()).collect();
    if others.is_empty() {
        return Err(no_permission(&[catalog.as_ref()], text).into());
    }
    let kind = "permission of this platform";
    let hint = format!("; {} has it, this is about {platform}: rolecall permission list --platform {platform}", text::few(&others));
    unknown(kind, text, hint)
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
