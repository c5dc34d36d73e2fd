//! What each letter says.

use anyhow::{Context, Result};

use super::{Block, Head, Letter, Mailbox, lines};
use crate::domain::contact::Contact;
use crate::domain::ids::{HandoverId, InvitationId, PersonId, RequestId, RoleId, SiteId};
use crate::domain::life::{Handover, HandoverKind, Invitation, Request, WaitsFor};
use crate::domain::policy::{HeldRole, Policy};
use crate::domain::record::OfferKey;
use crate::domain::text::{display, few, plural};
use crate::domain::things::{Folder, Level, Person, Scope, Site};
use crate::domain::token::Token;
use crate::facts::Reader;
use crate::query::handover::{self, Choices};

/// The letter that goes out with an offer. `token` is that of its link; a request has none.
///
/// # Errors
/// That there is no such offer, or that an address in it is none.
pub fn of(db: Reader<'_>, policy: &Policy, key: OfferKey, token: Option<&Token>) -> Result<Letter> {
    let desk = Desk { db, policy };
    match key {
        OfferKey::Invitation(id) => desk.invitation(&db.find(InvitationId(id))?.context("there is no such invitation")?, token),
        OfferKey::Request(id) => desk.request(&db.find(RequestId(id))?.context("there is no such request")?),
        OfferKey::Handover(id) => desk.handover(&db.find(HandoverId(id))?.context("there is no such hand-over")?, token),
    }
}

/// Where letters are written: everything that they may speak of.
#[derive(Clone, Copy)]
struct Desk<'a> {
    db: Reader<'a>,
    policy: &'a Policy,
}

impl Desk<'_> {
    fn invitation(self, it: &Invitation, token: Option<&Token>) -> Result<Letter> {
        let waiting = self.db.waiting_roles(WaitsFor::Invitation(it.id))?;
        let mut scopes: Vec<Scope> = waiting.iter().filter_map(|it| it.scope).collect();
        scopes.sort();
        scopes.dedup();
        let places = scopes.iter().map(|it| self.place(*it)).collect::<Result<Vec<_>>>()?;
        let agency = display(&self.policy.name);
        let subject = match (it.level, scopes.as_slice()) {
            (Level::Team, _) => format!("{agency} invites you to its team"),
            (Level::Site, [Scope::Site(only)]) => format!("{agency} invites you to {}", display(&self.site(*only)?.name)),
            (Level::Site, several) => format!("{agency} invites you to {}", plural(several.len(), "site")),
        };
        let by = self.somebody(it.invited_by)?;
        let role = match (it.level, it.client) {
            (Level::Team, _) => "to join its team",
            (Level::Site, true) => "as its client",
            (Level::Site, false) => "to work with it",
        };
        let asked = it.request.map(|id| self.db.find::<Request>(id)).transpose()?.flatten();
        let client = asked.map(|it| self.db.find::<Contact>(it.contact)).transpose()?.flatten();
        let first = match client {
            Some(client) => format!("{} said yes to what {agency} asked for: you can work there:", display(&client.name)),
            None => format!("{by} invites you {role}:"),
        };
        let mut body = vec![
            Block::Text(first),
            Block::List("Where".to_owned(), places),
            Block::List("What you will be able to do".to_owned(), self.roles(waiting.iter().map(|it| it.role))),
        ];
        body.extend(it.until.map(|at| Block::Text(format!("This access ends at {}.", self.policy.zone.exact_until(at)))));
        body.extend(quote(&it.note));
        body.extend(answer("accept", token, &self.policy.zone.exact(it.ends())));
        self.letter(OfferKey::Invitation(it.id.0), it.invited_by, &it.email, subject, body)
    }

    fn request(self, it: &Request) -> Result<Letter> {
        let contact: Contact = self.db.find(it.contact)?.context("the contact of this request is gone")?;
        let person: Person = self.db.find(it.person)?.context("the person of this request is gone")?;
        let agency = display(&self.policy.name);
        let waiting = self.db.waiting_roles(WaitsFor::Request(it.id))?;
        let mut body = vec![
            Block::Text(format!("{} asks for access to a site of yours:", self.somebody(it.asked_by)?)),
            Block::Quote(display(&it.site_text).into_owned()),
            Block::Text(format!("Who would work there: {}.", named(&person))),
            Block::List("What for".to_owned(), self.roles(waiting.iter().map(|it| it.role))),
        ];
        body.extend(it.until.map(|at| Block::Text(format!("The access would end at {}.", self.policy.zone.exact_until(at)))));
        body.extend(quote(&it.message));
        body.push(Block::Text(
            "Please answer this mail: say which site it is, and whether you agree. You may give less than what is asked for, and take it back at any time."
                .to_owned(),
        ));
        body.push(Block::Text(format!(
            "Without an answer this ends on {}, and nobody has got anything.",
            self.policy.zone.exact(it.ends())
        )));
        let subject = format!("{agency} asks for access to your site");
        let to = contact.email.context("the contact of this request has no e-mail")?;
        self.letter(OfferKey::Request(it.id.0), it.asked_by, &to, subject, body)
    }

    fn handover(self, it: &Handover, token: Option<&Token>) -> Result<Letter> {
        let site = self.site(it.site)?;
        let keep = it.keep.and_then(|id| self.policy.role(id)).map(|held| held.role.name.clone());
        let choices = Choices { keep, with_plan: it.with_plan, with_copy: it.with_copy };
        let sides = handover::sides(self.db, self.policy, &site, it.kind, &it.email, &choices)?;
        let (agency, by, name) = (display(&self.policy.name), self.somebody(it.asked_by)?, display(&site.name));
        let (subject, first, verb) = match it.kind {
            HandoverKind::Transfer => {
                (format!("{agency} hands {name} over to you"), format!("{by} hands {name} over to you."), "take it over")
            }
            HandoverKind::Partner => (
                format!("{agency} would like to be your partner on {name}"),
                format!(
                    "{by} would like to look after {name} for you as your partner. {} its content, its domain and its copyright, and you can take it back at any time.",
                    if site.owner == self.policy.owner { "You get the site," } else { "You keep the site," }
                ),
                "agree",
            ),
        };
        let points = sides.theirs.iter().map(|it| display(it).into_owned()).collect();
        let mut body = vec![Block::Text(first), Block::List("What this means for you".to_owned(), points)];
        body.extend(answer(verb, token, &self.policy.zone.exact(it.ends())));
        self.letter(OfferKey::Handover(it.id.0), it.asked_by, &it.email, subject, body)
    }

    fn letter(self, key: OfferKey, by: Option<PersonId>, to: &str, subject: String, mut body: Vec<Block>) -> Result<Letter> {
        let owner: Person = self.db.find(self.policy.owner)?.context("the workspace has no owner")?;
        let by = by.filter(|id| *id != owner.id).map(|id| self.db.find::<Person>(id)).transpose()?.flatten();
        let name = self.name_of(to)?;
        let hello = if name.is_empty() { "Hello,".to_owned() } else { format!("Hello {},", display(&name)) };
        body.insert(0, Block::Text(hello));
        let profile = self.db.profile()?;
        Ok(Letter {
            about: key.to_string().replace(' ', "-"),
            from: Mailbox::new(&self.policy.name, &owner.email)?,
            reply_to: by.map(|it| Mailbox::new(&it.name, &it.email)).transpose()?,
            to: Mailbox::new(&name, to)?,
            subject,
            head: Head {
                name: display(&self.policy.name).into_owned(),
                line: display(&profile.line).into_owned(),
                logo: lines(&profile.logo),
            },
            body,
        })
    }

    /// The name that goes with an address: of a person, else of a contact.
    fn name_of(self, email: &str) -> Result<String> {
        if let Some(person) = self.db.person_by_email(email)?.filter(|it| !it.name.is_empty()) {
            return Ok(person.name);
        }
        Ok(self.db.contact_by_email(email)?.map_or_else(String::new, |it| it.name))
    }

    /// Who acts, of which agency.
    fn somebody(self, id: Option<PersonId>) -> Result<String> {
        let person = id.map(|id| self.db.find::<Person>(id)).transpose()?.flatten();
        let agency = display(&self.policy.name);
        Ok(person.map_or_else(|| agency.to_string(), |it| format!("{} of {agency}", named(&it))))
    }

    fn site(self, id: SiteId) -> Result<Site> {
        self.db.find(id)?.with_context(|| format!("site {} is gone", id.0))
    }

    /// A place as somebody from outside knows it.
    fn place(self, scope: Scope) -> Result<String> {
        Ok(match scope {
            Scope::Everywhere => format!("every site of {}, now and later", display(&self.policy.name)),
            Scope::Folder(id) => {
                let name = self.db.the::<Folder>(id)?.name;
                format!("every site in {}, now and later", display(&name))
            }
            Scope::Site(id) => {
                let site = self.site(id)?;
                let url = if site.url.is_empty() { String::new() } else { format!(" ({})", display(&site.url)) };
                format!("{}{url}", display(&site.name))
            }
        })
    }

    /// Each role once, with a sentence about it.
    fn roles(self, ids: impl Iterator<Item = RoleId>) -> Vec<String> {
        let mut told = Vec::new();
        for held in ids.filter_map(|id| self.policy.role(id)) {
            let line = format!("{}: {}", display(&held.role.name), self.sentence(held));
            if !told.contains(&line) {
                told.push(line);
            }
        }
        told
    }

    /// What a role is for: its description, else the first of what it grants.
    fn sentence(self, held: &HeldRole) -> String {
        let about = self.policy.builtin(held).map_or(&held.role.about, |it| &it.about);
        if !about.is_empty() {
            return display(about).into_owned();
        }
        let catalog = self.policy.catalog(&held.role.platform);
        let labels: Vec<String> = catalog.map_or_else(Vec::new, |it| held.granted.iter().map(|id| it.get(id).label.clone()).collect());
        if labels.is_empty() { "nothing yet".to_owned() } else { few(&labels) }
    }
}

fn named(it: &Person) -> String {
    if it.name.is_empty() { display(&it.email).into_owned() } else { format!("{} ({})", display(&it.name), display(&it.email)) }
}

fn quote(text: &str) -> Option<Block> {
    (!text.trim().is_empty()).then(|| Block::Quote(lines(text.trim())))
}

/// How to say yes, and until when.
fn answer(verb: &str, token: Option<&Token>, ends: &str) -> Vec<Block> {
    let command = token.map(|it| Block::Command(format!("rolecall accept {}", it.reveal())));
    let how = "run this line where you work with us, or send it back to us and we do it for you:";
    [
        Some(Block::Text(format!("To {verb}, {how}"))),
        command,
        Some(Block::Text(format!(
            "It works once, until {ends}. If you did not expect this, do nothing: nothing happens without your answer."
        ))),
    ]
    .into_iter()
    .flatten()
    .collect()
}
