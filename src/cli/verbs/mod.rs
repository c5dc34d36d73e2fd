//! The verbs: one file a family.

mod accept;
mod assign;
mod assignment;
mod audit;
mod can;
mod can_batch;
mod catalog;
mod ceiling;
mod completions;
mod config;
mod contact;
mod demo;
mod diff;
mod doctor;
mod due;
mod examples;
mod export;
mod folder;
mod give;
pub(super) mod help;
mod history;
mod import;
mod init;
mod invite;
mod leave;
mod list;
mod man;
mod matrix;
mod offboard;
mod offers;
mod partner;
mod permission;
mod person;
mod plan;
mod plan_to;
mod present;
mod report;
mod request;
mod review;
mod role;
mod role_compare;
mod role_diff;
mod role_find;
mod role_fit;
mod role_mine;
mod role_template;
mod site;
mod team;
mod test;
mod timeline;
mod transfer;
mod verify;
mod what_can;
mod who_can;
mod why;

use anyhow::Result;
use clap::Subcommand;

use super::Outcome;
use super::args::Special;
use super::print::Out;
use super::session::Start;

/// Declares [`Verb`] and its dispatch from one list.
macro_rules! verbs {
    ($($(#[$doc:meta])* $name:ident($args:ty)),* $(,)?) => {
        // Deferred: only the verb that is given builds its arguments.
        #[derive(Subcommand)]
        #[command(defer = true)]
        pub(super) enum Verb { $($(#[$doc])* $name($args)),* }

        impl Verb {
            pub(super) fn run(self, start: &Start, out: &mut Out) -> Result<Outcome> {
                match self { $(Verb::$name(args) => args.run(start, out).map(Outcome::from)),* }
            }
        }
    };
}

impl Verb {
    /// Whether it writes a format that not every verb does.
    pub(super) fn writes(&self, format: Special) -> bool {
        match format {
            Special::Sarif => matches!(self, Verb::Audit(args) if args.finds()),
            Special::Junit => matches!(self, Verb::Audit(args) if args.finds()) || matches!(self, Verb::Test(_)),
            Special::Tap => matches!(self, Verb::Test(_)),
        }
    }
}

verbs! {
    /// Opens the screens on a sample agency
    Demo(demo::Args),
    /// Sets up a new workspace
    Init(init::Args),
    /// Whether PERSON has PERMISSION on SITE
    Can(can::Args),
    /// Why PERSON has PERMISSION on SITE, or what would help
    Why(why::Args),
    /// Lets PERSON do PERMISSION on SITE, by the way that changes least
    Give(give::Give),
    /// Takes PERMISSION on SITE from PERSON, by the way that changes least
    Take(give::Take),
    /// Everyone who has PERMISSION
    WhoCan(who_can::Args),
    /// Everything that PERSON can do
    WhatCan(what_can::Args),
    /// Permissions against roles, people or sites
    Matrix(matrix::Args),
    /// People and companies the agency deals with
    Contact(contact::Args),
    /// People who can hold access
    Person(person::Args),
    /// Client sites
    Site(site::Args),
    /// Folders of sites
    Folder(folder::Args),
    /// Roles and what they grant
    Role(role::Args),
    /// Rights in words and ids, and which roles give them
    Permission(permission::Args),
    /// Platforms: what each knows, its roles, how somebody gets in
    Catalog(catalog::Args),
    /// Shows or switches the ceiling profile
    Ceiling(ceiling::Args),
    /// Gives a role, or changes its dates
    Assign(assign::Assign),
    /// Takes a role away
    Unassign(assign::Unassign),
    /// Roles as they were given
    Assignment(assignment::Args),
    /// Invitations to sites and to the team
    Invite(invite::Args),
    /// Says yes to an invitation, a transfer or a partner proposal
    Accept(accept::Args),
    /// Requests for access to clients' sites
    Request(request::Args),
    /// Hands a site to another owner
    Transfer(transfer::Args),
    /// The Partner role: carrying a client's site for them
    Partner(partner::Args),
    /// The agency's profile, seats and members
    Team(team::Args),
    /// Ends your own access
    Leave(leave::Leave),
    /// Takes all roles on a site, or in the team, from PERSON
    Expel(leave::Expel),
    /// Takes everything from PERSON, everywhere
    Offboard(offboard::Args),
    /// What is wrong, why it matters, and what mends it
    Audit(audit::Args),
    /// What people decide on, item by item: what stays, and what goes
    Review(review::Args),
    /// Whether what files claim of access is so
    Test(test::Args),
    /// What comes up: ends of access, reviews, offers that run out
    Due(due::Args),
    /// The history of a person, site or contact
    Timeline(timeline::Args),
    /// Who gained and lost what between two instants, and by which entries
    Diff(diff::Args),
    /// Who has access, on paper: of a site, of a person, or of everything
    Report(report::Args),
    /// Shows what the commands of a file would do as one
    Plan(plan::Plan),
    /// Runs the commands of a file, as one or each for itself
    Apply(plan::Apply),
    /// Takes records in, all or none
    Import(import::Args),
    /// Writes records out
    Export(export::Args),
    /// What was done, by whom
    Journal(history::Journal),
    /// Takes an entry of the journal back
    Undo(history::Undo),
    /// Takes the last undo back
    Redo(history::Redo),
    /// Checks that the journal is whole and explains the tables, or a statement that was made of it
    Verify(verify::Args),
    /// The settings of the screens, as a file to begin with
    Config(config::Args),
    /// Which files are in force here, and what is wrong with them
    Doctor(doctor::Args),
    /// Prints completions for a shell
    Completions(completions::Args),
    /// Tells about a verb, or about names, times, lists, formats and exit codes
    Help(help::Args),
    /// Prints a page of the manual
    Man(man::Args),
}
