//! What a pane or an overlay is, and what it may see and say.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use chrono::{DateTime, Utc};
use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use serde::{Deserialize, Serialize};

use super::action::{Action, Place};
use super::kept::Kept;
use super::theme::{Shapes, Theme};
use super::widgets::hits::Hits;
use crate::command::import::Imported;
use crate::command::{Actor, Command, Error};
use crate::domain::ids::{ContactId, PersonId, RoleId, SiteId};
use crate::domain::perm_set::PermSet;
use crate::domain::policy::Policy;
use crate::domain::record::OfferKey;
use crate::domain::things::Folder;
use crate::exchange::intake;
use crate::exchange::report::Report;
use crate::facts::Reader;
use crate::query::audit::Findings;
use crate::query::impact::Impact;
use crate::query::order::{Ask, Order, Ranks, Sort};
use crate::query::search::Index;
use crate::query::sight::{self, Sight};
use crate::session::draft::{Choice, Draft};
use crate::session::{Drafted, Session};

/// What a view may see while it decides and loads.
#[derive(Clone, Copy)]
pub(super) struct Env<'a> {
    /// The workspace, as far as the actor may know of it.
    pub(super) db: Reader<'a>,
    /// In whose name commands run.
    pub(super) actor: &'a Actor,
    /// What of the workspace they may see.
    pub(super) sight: &'a Sight,
    pub(super) policy: &'a Policy,
    pub(super) draft: &'a Draft,
    /// Rows and policy as the draft would leave them.
    pub(super) drafted: Drafted<'a>,
    pub(super) recent: &'a Recent,
    pub(super) effect: &'a Effect,
    /// What the audit found, once it was made.
    pub(super) findings: Option<&'a Findings>,
    pub(super) now: DateTime<Utc>,
}

impl<'a> Env<'a> {
    /// The same with nothing staged.
    pub(super) fn saved(&self) -> Env<'a> {
        Env { drafted: Drafted { db: self.db, policy: self.policy }, ..*self }
    }

    /// Whether nothing staged is laid over what is saved.
    pub(super) fn is_saved(&self) -> bool {
        std::ptr::eq(self.drafted.policy, self.policy)
    }

    /// Whether the audit found something about somebody that is as bad as can be.
    pub(super) fn is_troubled(&self, person: PersonId) -> bool {
        self.findings.is_some_and(|it| it.people.contains(&person))
    }

    /// The same about a site.
    pub(super) fn is_troubled_site(&self, site: SiteId) -> bool {
        self.findings.is_some_and(|it| it.sites.contains(&site))
    }

    /// The folders of which the actor may know.
    pub(super) fn folders(&self) -> impl Iterator<Item = &'a Folder> {
        let Env { db, policy, .. } = *self;
        policy.folders().filter(move |it| db.knows(*it).unwrap_or(false))
    }
}

/// Said instead of what the actor may not see.
pub(super) fn hidden(env: &Env<'_>) -> Message {
    Message::Complain(format!("{} does not see that: {}", env.actor.email, sight::OWN_ONLY))
}

/// What somebody else changed just now: cells by role.
pub(super) type Recent = std::collections::HashMap<RoleId, PermSet>;

/// What the strip under the matrix knows about the draft.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Effect {
    #[default]
    None,
    Counting,
    Known(Impact),
}

/// What a view may see while it paints: no store.
#[derive(Clone, Copy)]
pub(super) struct Paint<'a> {
    pub(super) theme: &'a Theme,
    pub(super) policy: &'a Policy,
    pub(super) draft: &'a Draft,
    pub(super) effect: &'a Effect,
    /// Names of the people that the effect touches, as far as they are shown.
    pub(super) names: &'a [String],
    /// Names of the sites that nobody but their owner could publish any more.
    pub(super) uncovered: &'a [String],
    pub(super) focused: bool,
    /// The file into which the next save writes its receipt.
    pub(super) receipt: Option<&'a Path>,
    /// Whether the columns are numbered, to sort by one.
    pub(super) numbered: bool,
}

/// Where one goes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Journey {
    Contact(ContactId),
    Site(SiteId),
    Person(PersonId),
    Role(RoleId),
    /// A permission of a platform, in the matrix of its roles.
    Permission(String, String),
    /// A contact's sites.
    SitesOf(ContactId),
    /// A site's people.
    PeopleOf(SiteId),
    /// The matrix of a site's people, perhaps at one of them.
    MatrixOfSite(SiteId, Option<PersonId>),
    /// What differs between these roles of one platform.
    CompareRoles(Vec<RoleId>),
    /// What differs between these people on a site.
    ComparePeople(SiteId, Vec<PersonId>),
    /// What differs between what somebody can do on these sites.
    CompareSites(Vec<SiteId>),
    /// What differs between what these people can do, wherever.
    CompareAnywhere(Vec<PersonId>),
    /// A site's people, at one of them.
    PersonOn(SiteId, PersonId),
    /// A permission of one of a site's people.
    Cell(SiteId, PersonId, String),
    /// The matrix of a person's sites.
    MatrixOfPerson(PersonId),
    /// All as this person can see and do it.
    ViewAs(PersonId),
    /// What waits for an answer.
    Offer(OfferKey),
    /// The log with what is about this one alone.
    History(Story),
}

/// Whose history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Story {
    Contact(ContactId),
    Site(SiteId),
    Person(PersonId),
}

/// What a view asks of the app.
pub(super) enum Message {
    /// Runs a command now.
    Run(Command),
    /// Runs a command now, and goes back to the window beneath.
    RunAside(Command),
    /// Runs a command now; the window stays.
    RunHere(Command),
    /// Shows what a command would do, and runs it on `y`.
    Ask(String, Vec<Command>),
    /// Stages a step: what is to be done, and the words for it.
    Stage(Vec<Command>, String),
    /// The same where it is to be looked at now: the review opens with it, and with what else is staged below it.
    Propose(Vec<Command>, String),
    /// The same for commands that do not need each other: what cannot be done is left out, and told.
    ProposeEach(Vec<Command>, String),
    /// Does what takes long beside the screens, and goes on with what comes of it.
    Work(Work),
    Open(Box<dyn Overlay>),
    Close,
    /// Closes the window, and keeps what was filled in for when the same one opens again.
    LayAside,
    Go(Journey),
    /// Goes on in this person's name.
    ActAs(PersonId),
    /// Takes the machine's clock for right as long as these screens are open.
    Vouch,
    SaveDraft,
    /// Leaves this step out of the next save, or takes it in again.
    LeaveOut(usize),
    /// Says whose word stands where somebody else changed what this step changes.
    Decide(usize, Choice),
    /// Takes this step out of the draft.
    TakeOut(usize),
    /// Takes the last unsaved step back, and closes the review once nothing is left.
    UnstageOne,
    Perform(Action),
    /// The same in another pane.
    PerformIn(&'static Place, Action),
    /// Shows these columns of the pane in focus, in this order.
    ShowColumns(Vec<String>),
    /// The marks of these rows were taken back.
    Unmarked(HashSet<i64>),
    Say(String),
    /// Says how a verb of the command line is typed for this workspace, and what it does.
    SayVerb(String, String),
    Complain(String),
    /// Copies what a save would run, as a plan.
    CopyPlan,
    /// Writes it to this file; over one that is there only where that was asked.
    SavePlan(PathBuf, bool),
    /// Copies these lines.
    Copy(Vec<String>),
    /// Asks for the name of a file for what the window on top shows.
    AskWhere,
    /// Writes what is on screen into this file; over another only where that was answered.
    Write(PathBuf, bool),
    /// Asks under which name the next save writes its receipt.
    AskReceipt,
    /// The next save writes its receipt into this file.
    Receipt(PathBuf),
    /// Gives this text to the user's editor.
    EditOutside(String),
    /// Takes a file in: what it is said to hold, or seems to.
    Import(PathBuf, Option<intake::Kind>),
    /// Shows everything as of the day or instant that was typed.
    Travel(String),
    /// Goes to a pane and shows there only what these words let through.
    Filter(&'static Place, String),
}

impl Message {
    /// Whether it writes to the workspace, or tries to.
    pub(super) fn writes(&self) -> bool {
        matches!(self, Message::Run(_) | Message::RunAside(_) | Message::RunHere(_) | Message::Ask(..) | Message::SaveDraft)
    }
}

/// As many rows as are counted between two words about it.
const BETWEEN: usize = 200;

/// What takes long, and what it is in words: "reading what they hold".
pub(super) struct Work {
    pub(super) what: String,
    /// Whether it writes to the workspace, with nothing staged.
    pub(super) writes: bool,
    pub(super) run: Box<Run>,
}

type Run = dyn FnOnce(&mut Session, &Progress<'_>) -> Result<Found> + Send;

type Then = dyn FnOnce(&Env<'_>) -> Result<Message> + Send;

/// What came of it.
pub(super) enum Found {
    /// What is to be done now, decided where the screens are.
    Then(Box<Then>),
    /// A step was staged, or refused.
    Staged(Result<(), Error>),
    /// Records were taken in; what more there is to say.
    Imported(Imported, Vec<String>),
}

/// How far it is.
pub(super) struct Progress<'a> {
    pub(super) stopped: &'a AtomicBool,
    pub(super) tell: &'a dyn Fn(usize, usize),
}

impl Progress<'_> {
    /// So many of so many are done.
    ///
    /// # Errors
    /// That nobody waits for it any more.
    pub(super) fn at(&self, n: usize, of: usize) -> Result<()> {
        anyhow::ensure!(!self.stopped.load(Ordering::Relaxed), "it was stopped");
        if n.is_multiple_of(BETWEEN) {
            (self.tell)(n, of);
        }
        Ok(())
    }
}

/// Reads what a filter searches, on whichever thread, as far as it is shown to somebody at an instant.
pub(super) type ReadIndex = Box<dyn FnOnce(Reader<'_>, &Policy, DateTime<Utc>) -> Result<Index> + Send>;

/// Reads in which order rows stand, on whichever thread.
pub(super) type ReadOrder = Box<dyn FnOnce(&Ask<'_>) -> Result<Order> + Send>;

/// Before the name of a column by which the larger one comes first.
pub(super) const DOWN: &str = "-";

/// How a list is arranged, as far as that is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Arrangement {
    /// The columns that are shown, in their order; of those the list has some at one time, some at another.
    pub(super) columns: Option<Vec<String>>,
    /// By the first of these columns that the list has; by `-people` the larger one first.
    pub(super) sort: Option<Vec<String>>,
}

/// A pane.
pub(super) trait Pane {
    fn act(&mut self, action: Action, env: &Env<'_>) -> Result<Vec<Message>>;
    /// Whether the action means something where the cursor is.
    fn offers(&self, _action: Action) -> bool {
        true
    }
    /// The filter's text was edited.
    fn filter(&mut self, text: &str);
    fn filter_text(&self) -> &str;
    /// The row under the cursor, in a pane that is a list.
    fn selected(&self) -> Option<i64> {
        None
    }
    fn select(&mut self, _id: i64) {}
    /// Puts the cursor on a row, where it is among those that are listed.
    fn point_at(&mut self, _id: i64) {}
    /// Puts the cursor where somebody points; `false` where there is nothing.
    fn point(&mut self, _room: Room, _at: Position, _env: &Env<'_>) -> Result<bool> {
        Ok(false)
    }
    /// How to read what the filter searches, where that is not at hand.
    fn lacks(&self, _env: &Env<'_>) -> Result<Option<ReadIndex>> {
        Ok(None)
    }
    /// What it asked for by [`Pane::lacks`].
    fn give(&mut self, _index: Index) {}
    /// How to read the order that the rows are to have, where that is not at hand.
    fn lacks_order(&self, _env: &Env<'_>) -> Result<Option<ReadOrder>> {
        Ok(None)
    }
    /// What it asked for by [`Pane::lacks_order`].
    fn give_order(&mut self, _order: Order) {}
    /// Sorts by the column of this number, from 1, or turns it; by 0 the rows stand as they did at first. `false` where
    /// there is no such column.
    fn sort(&mut self, _nth: usize) -> bool {
        false
    }
    /// By what the rows are sorted.
    fn sorted(&self) -> Option<Sort> {
        None
    }
    fn set_sorted(&mut self, _sort: Option<Sort>) {}
    /// Where each row stands, in a pane that is sorted.
    fn ranks(&self) -> Option<&Ranks> {
        None
    }
    /// The names of the columns that it shows, by their numbers.
    fn columns(&self) -> Vec<&'static str> {
        Vec::new()
    }
    /// The names of all columns that it has at one time or another.
    fn all_columns(&self) -> Vec<&'static str> {
        Vec::new()
    }
    /// Shows these columns, in this order.
    fn show_columns(&mut self, _names: Vec<String>) {}
    /// How it is arranged, where that is other than usual.
    fn arranged(&self) -> Arrangement {
        Arrangement::default()
    }
    fn arrange_as(&mut self, _arrangement: Arrangement) {}
    /// It is arranged so where nothing else was chosen.
    fn set_usual(&mut self, _arrangement: Arrangement) {}
    /// Whether the rows are not yet those that the filter lets through.
    fn is_searching(&self) -> bool {
        false
    }
    /// Reads what `draw` needs; bounded.
    fn load(&mut self, room: Room, env: &Env<'_>, theme: &Theme) -> Result<()>;
    /// The keys rest: reads what is worth its time only then.
    fn settle(&mut self, _env: &Env<'_>) -> Result<()> {
        Ok(())
    }
    /// Forgets what was read: something changed.
    fn stale(&mut self);
    /// The same where nothing was saved: what is staged is something else.
    fn restaged(&mut self) {
        self.stale();
    }
    /// What the cursor is on: as long as this stays, so does the card about it.
    fn spot(&self) -> Option<Spot>;
    /// What it shows, to be written into a file.
    ///
    /// # Errors
    /// That there is too much of it, or nothing.
    fn report(&mut self, env: &Env<'_>) -> Result<Report>;
    /// What there is to say about what the cursor is on, in lines of this width.
    fn card(&self, env: &Env<'_>, width: usize, theme: &Theme) -> Result<Card>;
    /// How many rows are marked.
    fn n_marked(&self) -> usize {
        0
    }
    /// What is done to all that is marked.
    fn on_marked(&self) -> &'static [Action] {
        &[]
    }
    /// Counts its rows where that is not done, for its title; it may have no room.
    fn tally_up(&mut self, _env: &Env<'_>) -> Result<()> {
        Ok(())
    }
    /// How many rows there are, or how many of them are to be seen to.
    fn tally(&self, shapes: &Shapes) -> Option<String> {
        self.count(shapes)
    }
    /// Marks these rows.
    fn mark(&mut self, _ids: HashSet<i64>) {}
    /// How many rows there are, as the title says it; nothing where that was not counted.
    fn count(&self, _shapes: &Shapes) -> Option<String> {
        None
    }
    fn draw(&self, frame: &mut Frame<'_>, room: Room, paint: &Paint<'_>);
}

/// A row, or a row and whom its column is about.
pub(super) type Spot = (i64, i64);

/// A pane's part of the screen: its title line, and what is below it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub(super) area: Rect,
    /// Whether there is a line for the names of columns, in the matrix one more of them.
    pub(super) heads: bool,
}

impl Room {
    /// Which line below the title and the names of columns a place is on.
    pub(super) fn line(self, at: Position, heads: u16) -> Option<usize> {
        let inside = self.inside();
        at.y.checked_sub(inside.y + heads).filter(|_| inside.contains(at)).map(usize::from)
    }

    /// Without the title line.
    pub(super) fn inside(self) -> Rect {
        Rect { y: self.area.y + 1, height: self.area.height.saturating_sub(1), ..self.area }
    }
}

/// What there is to say about what the cursor is on.
#[derive(Default)]
pub(super) struct Card {
    pub(super) title: String,
    pub(super) lines: Vec<Line<'static>>,
}

/// A window on top of the panes. Keys go to the topmost one first.
pub(super) trait Overlay {
    /// Where the meanings of its keys come from, the nearest first; behind them stand those of every window.
    fn places(&self) -> &'static [&'static Place];
    /// Whether letters are text here.
    fn is_text(&self) -> bool {
        false
    }
    /// Takes a key that is text or moves in it; `None` where it is neither, and the table says what it does.
    fn text(&mut self, _key: &KeyEvent, _env: &Env<'_>) -> Result<Option<Vec<Message>>> {
        Ok(None)
    }
    fn act(&mut self, action: Action, env: &Env<'_>) -> Result<Vec<Message>>;
    /// Whether the action means something as things stand.
    fn offers(&self, _action: Action) -> bool {
        true
    }
    fn paste(&mut self, _text: &str) {}
    /// The text that it gave to the user's editor is this by now.
    fn edited(&mut self, _text: &str) {}
    fn load(&mut self, _env: &Env<'_>) -> Result<()> {
        Ok(())
    }
    /// What was filled in, where it is other than what the window opened with.
    fn kept(&self) -> Option<Kept> {
        None
    }
    /// Takes up what was filled in when it was left the last time.
    fn take_up(&mut self, _kept: &mut Vec<Kept>) {}
    /// What one can point at in it; nothing where it is filled in and left by keys alone.
    fn hits(&self) -> Option<&Hits> {
        None
    }
    /// Puts the cursor on the row of this number, or ticks what can be ticked there.
    fn choose(&mut self, _row: usize) {}
    /// Whether it is in the status line, where otherwise something may be said.
    fn is_line(&self) -> bool {
        false
    }
    /// Whether it is filled in about what lies beneath, which stays in sight where that leaves it room.
    fn is_form(&self) -> bool {
        false
    }
    /// The room of a form above it, beside which what it is about stays in sight.
    fn room_for_form(&self, _area: Rect) -> Option<Rect> {
        None
    }
    /// What it shows, to be written into a file, where it is something to write.
    fn report(&self) -> Option<Report> {
        None
    }
    /// A command of this window was refused; `true` where the window stays and shows it.
    fn refused(&mut self, _sentence: &str) -> bool {
        false
    }
    fn draw(&self, frame: &mut Frame<'_>, area: Rect, paint: &Paint<'_>);
}
