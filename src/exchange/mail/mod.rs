//! The letters that go out: invitations, access requests, transfers, partner proposals.
//!
//! A letter is a list of blocks, from which the plain text and the HTML are made, so that
//! both say the same. Everything in it has passed [`display`], and every address was read
//! as one mailbox: no name, note or address can add a header or act on a reader's screen.

mod words;

use std::fmt::Write as _;

use anyhow::{Result, anyhow};
use chrono::{DateTime, Utc};
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;

use crate::domain::text::{self, display, display_lines};

pub use words::of;

/// A letter before it is a mail: from whom, to whom, and what it says.
#[derive(Clone, Debug)]
pub struct Letter {
    /// What it is about, as in a file's name: `invitation-12`.
    pub about: String,
    from: Mailbox,
    /// Whoever acted, where that is not the sender.
    reply_to: Option<Mailbox>,
    to: Mailbox,
    subject: String,
    /// The agency's name, its line and its logo in text.
    head: Head,
    body: Vec<Block>,
}

#[derive(Clone, Debug)]
struct Head {
    name: String,
    line: String,
    logo: String,
}

/// A name and an address that is exactly one mailbox.
#[derive(Clone, Debug)]
struct Mailbox {
    name: String,
    address: String,
}

/// What a letter is made of.
#[derive(Clone, Debug)]
enum Block {
    Text(String),
    /// A sentence, and points under it.
    List(String, Vec<String>),
    /// What somebody wrote by hand.
    Quote(String),
    /// A line to be typed as it stands.
    Command(String),
}

impl Mailbox {
    /// # Errors
    /// That the address is not one.
    fn new(name: &str, address: &str) -> Result<Mailbox> {
        let address = text::email(address).map_err(|sentence| anyhow!(sentence))?;
        let (local, domain) = address.split_once('@').unwrap_or((&address, ""));
        let domain = idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_owned());
        Ok(Mailbox { name: display(name).into_owned(), address: format!("{local}@{domain}") })
    }

    fn header(&self) -> Address<'_> {
        Address::new_address(Some(self.name.as_str()).filter(|it| !it.is_empty()), self.address.as_str())
    }
}

impl Letter {
    /// Whom it goes to.
    pub fn to(&self) -> &str {
        &self.to.address
    }

    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The whole as a mail, to be sent by any program. `id` goes before the sender's domain in the
    /// Message-ID and must not be used twice.
    ///
    /// # Errors
    /// That it could not be put together.
    pub fn eml(&self, id: &str, date: DateTime<Utc>) -> Result<Vec<u8>> {
        let domain = self.from.address.rsplit('@').next().unwrap_or_default();
        let mail = MessageBuilder::new()
            .message_id(format!("{id}@{domain}"))
            .date(date.timestamp())
            .from(self.from.header())
            .to(self.to.header())
            .subject(self.subject.as_str())
            .text_body(self.text())
            .html_body(self.html());
        let mail = self.reply_to.iter().fold(mail, |mail, it| mail.reply_to(it.header()));
        Ok(mail.write_to_vec()?)
    }

    /// The letter as plain text.
    pub fn text(&self) -> String {
        let head = [&self.head.logo, &self.head.name, &self.head.line].into_iter().filter(|it| !it.is_empty());
        let head = head.cloned().collect::<Vec<_>>().join("\n");
        let indented = |text: &str| text.lines().map(|it| format!("    {it}")).collect::<Vec<_>>().join("\n");
        let body = self.body.iter().map(|block| match block {
            Block::Text(text) => text.clone(),
            Block::List(text, points) => points.iter().fold(text.clone(), |all, it| format!("{all}\n  - {it}")),
            Block::Quote(text) => text.lines().map(|it| format!("> {it}")).collect::<Vec<_>>().join("\n"),
            Block::Command(line) => indented(line),
        });
        std::iter::once(head).chain(body).collect::<Vec<_>>().join("\n\n") + "\n"
    }

    /// The letter as HTML that refers to nothing outside of itself.
    pub fn html(&self) -> String {
        let mut out = "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>".to_owned();
        let _ = writeln!(out, "{}</title></head>\n<body style=\"font-family: sans-serif; line-height: 1.5\">", escape(&self.subject));
        if !self.head.logo.is_empty() {
            let _ = writeln!(out, "<pre>{}</pre>", escape(&self.head.logo));
        }
        let _ = writeln!(out, "<p><strong>{}</strong><br>{}</p>", escape(&self.head.name), escape(&self.head.line));
        for block in &self.body {
            let _ = match block {
                Block::Text(text) => writeln!(out, "<p>{}</p>", escape(text)),
                Block::List(text, points) => {
                    let points = points.iter().map(|it| escape(it)).collect::<Vec<_>>().join("</li>\n<li>");
                    writeln!(out, "<p>{}</p>\n<ul>\n<li>{points}</li>\n</ul>", escape(text))
                }
                Block::Quote(text) => writeln!(out, "<blockquote>{}</blockquote>", escape(text).replace('\n', "<br>")),
                Block::Command(line) => writeln!(out, "<pre>{}</pre>", escape(line)),
            };
        }
        out + "</body>\n</html>\n"
    }
}

/// Several lines as they are shown; a tab, which a mail may hold, becomes spaces.
fn lines(text: &str) -> String {
    display_lines(&text.replace('\t', "    "))
}

fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
        out
    })
}
