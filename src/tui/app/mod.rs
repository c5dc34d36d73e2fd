//! The app: who has the focus, and the one place where anything changes.

mod acting;
mod changes;
mod follow;
mod frame;
mod history;
mod impact;
mod keeping;
mod keys;
pub(super) mod labor;
mod mouse;
mod navigate;
mod panel;
mod places;
mod presenting;
#[cfg(test)]
mod tests;
mod tour;
mod travel;
mod turn;
mod warnings;
mod writing;

use std::collections::{HashSet, VecDeque};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use chrono::{DateTime, Utc};
use crossterm::event::KeyEvent;
use ratatui::layout::Size;

use self::mouse::Mouse;
use self::panel::Panel;
use self::places::Spot;
use self::tour::Tour;
use self::travel::Then;
use self::turn::Waiting;
use self::warnings::{About, Warnings};
use self::writing::Said;
use super::action::{self, Seat};
use super::audit::Auditor;
use super::clipboard;
use super::config::Config;
use super::diff::drawn_of;
use super::drafts::Left;
use super::kept::Kept;
use super::keymap::key_of;
use super::labor::Labor;
use super::overlays::import;
use super::panes::{PANES, Panes};
use super::presenting::Presentation;
use super::session::Keeper;
use super::survey::Survey;
use super::theme::Theme;
use super::view::{Arrangement, Effect, Env, Message, Overlay, Pane, ReadIndex, Recent, Story};
use super::widgets::field::Field;
use super::widgets::lines::plural;
use super::worker::{Desk, Worker};
use crate::command;
use crate::domain::deed::Deed;
use crate::domain::ids::ContactId;
use crate::domain::policy::Policy;
use crate::domain::text;
use crate::domain::things::Person;
use crate::facts::Reader;
use crate::query::impact::Impact;
use crate::query::order::{Ask, Order};
use crate::query::search::Index;
use crate::session::{Session, Who};
use crate::store::files;

/// How long what others changed stays marked.
const MARKED: chrono::TimeDelta = chrono::TimeDelta::seconds(8);
/// How long the terminal may take to answer.
const ANSWERS: chrono::TimeDelta = chrono::TimeDelta::seconds(1);

/// How many forms are kept that were left half filled in.
const MAX_KEPT: usize = 20;

struct Toast {
    words: String,
    is_error: bool,
}

/// What the terminal is to do besides drawing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Wish {
    #[default]
    None,
    Redraw,
    Suspend,
    /// The text that goes outside is edited there.
    Edit,
    Quit,
}

/// What the last key said about leaving.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Leaving {
    #[default]
    No,
    /// Ctrl-c was pressed once.
    Interrupted,
    /// A key that leaves was answered by what would be lost.
    Warned,
}

/// What every view may look at.
struct World {
    // First: its connection has to close before the session's.
    auditor: Auditor,
    session: Session,
    /// Where the screens are in time, if that is not the present.
    then: Option<Then>,
    /// What the actor may do somewhere.
    deeds: Vec<Deed>,
    policy: Policy,
    /// What others changed just now.
    recent: Recent,
    /// What the draft would do.
    effect: Effect,
    /// No key came for a while, or only one.
    rests: bool,
}

impl World {
    fn env(&self) -> Env<'_> {
        Env {
            db: self.session.reader(),
            actor: &self.session.who().actor,
            sight: self.session.sight(),
            policy: &self.policy,
            draft: self.session.draft(),
            drafted: self.session.drafted(&self.policy),
            recent: &self.recent,
            effect: &self.effect,
            findings: self.auditor.findings.as_ref(),
            now: self.instant(),
        }
    }
}

pub(super) struct App {
    // First, because fields end in this order and their connections have to close before the world's.
    /// Counts what the draft touches.
    counter: Worker<Impact>,
    /// Reads what the filter of the pane at this place searches.
    searcher: Worker<(usize, Index)>,
    /// Reads in which order the rows of the pane at this place stand.
    sorter: Worker<(usize, Order)>,
    survey: Survey,
    /// What takes long and goes on beside the screens.
    labor: Option<Labor>,
    /// The text that goes to the user's editor.
    outside: String,
    /// The file into which the next save writes its receipt.
    receipt: Option<PathBuf>,
    world: World,
    /// In whose name the screens were opened.
    myself: Who,
    panes: Panes,
    focus: usize,
    /// The list that had the focus last, and the one that has the lowest room of the stack.
    list: usize,
    lower: usize,
    /// The pane that has the whole body: the one in focus, or none.
    zoomed: Option<usize>,
    /// Whose sites are on top in the list of sites.
    contact: Option<ContactId>,
    /// Contact, site and person that are in force.
    crumbs: Vec<String>,
    panel: Panel,
    /// Where one was, the last place last.
    places: VecDeque<Spot>,
    overlays: Vec<Box<dyn Overlay>>,
    /// What is shown to somebody else, in front of all of it.
    presenting: Option<Presentation>,
    /// The rows, and their pane, whose marks the last key took back.
    unmarked: Option<(usize, HashSet<i64>)>,
    /// The filter of the focused pane while it is typed.
    typing: Option<Field>,
    /// The pane whose sort line is open: digits sort it.
    sorting: Option<usize>,
    /// About whom the log is alone.
    history: Option<Story>,
    view_as: Option<Person>,
    /// Where one was before the view as somebody.
    before_view: Option<Spot>,
    theme: Theme,
    /// What the head says about the file.
    remark: &'static str,

    /// The first people that the effect touches.
    names: Vec<String>,
    /// The sites that nobody but their owner could publish any more.
    uncovered: Vec<String>,
    data_version: i64,
    recent_until: Option<DateTime<Utc>>,
    toast: Option<Toast>,
    /// What was said at the start, where something more pressing may take its place.
    greeting: Option<String>,
    said: Said,
    tour: Option<Tour>,
    /// How many tips were told.
    tip: usize,
    /// Since when the terminal is asked for its background, and the themes for a dark and a light one.
    grounds: Option<(DateTime<Utc>, [Theme; 2])>,
    /// What was filled in of forms that were left.
    kept: Vec<Kept>,
    /// What stays to be said when the toast is gone.
    warnings: Warnings,
    /// What is to be written, while somebody else writes.
    waiting: Option<Waiting>,
    /// Keys that wait for what a filter finds.
    held: VecDeque<KeyEvent>,
    /// The pane whose index was asked for last.
    fetching: usize,
    last_key: Option<DateTime<Utc>>,
    mouse: Mouse,
    /// Keys that come closer than this are a run: a held key repeats every 30 to 100 ms.
    run: chrono::TimeDelta,
    keeper: Keeper,
    /// The verbs of the command line, as they are typed, and what they do.
    pub(super) verbs: fn() -> Vec<(String, String)>,
    /// How the lists are arranged where nothing else was chosen.
    usual: Vec<Arrangement>,

    /// All of it; what is drawn on may be less.
    window: Size,
    dirty: bool,
    wish: Wish,
    /// The last thing done took effect at once: it is what `u` takes back.
    deed_last: bool,
    leaving: Leaving,
}

impl App {
    pub(super) fn new(session: Session, theme: Theme, demo: bool, plan: Option<Left>) -> Result<App> {
        let policy = session.reader().policy(None)?;
        let data_version = session.data_version()?;
        let keeper = Keeper::of(session.path(), first_hash(session.reader())?, &session.who().actor.email);
        let (myself, began) = (session.who().clone(), session.now);
        let (recent, effect, run) = (Recent::new(), Effect::None, Config::default().run);
        let mut app = App {
            world: World { auditor: Auditor::new(), session, then: None, deeds: Vec::new(), policy, recent, effect, rests: false },
            myself,
            panes: Panes::default(),
            focus: 0,
            list: 0,
            lower: PANES.iter().position(|it| it.seat == Some(Seat::Lower)).unwrap_or(0),
            zoomed: None,
            contact: None,
            crumbs: Vec::new(),
            panel: Panel::default(),
            places: VecDeque::new(),
            overlays: Vec::new(),
            presenting: None,
            unmarked: None,
            typing: None,
            sorting: None,
            history: None,
            view_as: None,
            before_view: None,
            theme,
            remark: if demo { "   sample data" } else { "" },
            names: Vec::new(),
            uncovered: Vec::new(),
            counter: Worker::new("counter"),
            searcher: Worker::new("searcher"),
            sorter: Worker::new("sorter"),
            survey: Survey::new(),
            labor: None,
            outside: String::new(),
            receipt: None,
            data_version,
            recent_until: None,
            toast: None,
            greeting: None,
            said: Said::default(),
            tour: None,
            tip: 0,
            grounds: None,
            kept: Vec::new(),
            warnings: Warnings::default(),
            waiting: None,
            held: VecDeque::new(),
            fetching: 0,
            // A moment ago: what follows comes in the second frame, so that the first does not wait for it.
            last_key: Some(began - run),
            run,
            mouse: Mouse::default(),
            keeper,
            verbs: Vec::new,
            usual: Vec::new(),
            window: Size::ZERO,
            dirty: true,
            wish: Wish::None,
            deed_last: false,
            leaving: Leaving::No,
        };
        app.look()?;
        app.look_at_clock()?;
        app.restore(plan)?;
        // The line is a warning's where there is one.
        let free = app.toast.is_none() && app.warnings.line().is_none();
        if free && !app.world.session.sight().is_whole() {
            app.say(format!(
                "This is what is yours: your sites, your roles, what was sent to you; {} shows the keys",
                key_of(action::HELP)
            ));
        } else if free {
            app.greet(&App::welcome());
        }
        Ok(app)
    }

    /// Keeps to the settings; what is wrong with them is said as long as these screens are open.
    pub(super) fn configure(&mut self, config: &Config, faults: &[String]) {
        self.last_key = self.last_key.map(|it| it + self.run - config.run);
        self.run = config.run;
        self.mouse.is_heard = config.mouse;
        self.usual.clone_from(&config.lists);
        self.arrange_as_usual();
        if let Some(at) = config.start {
            self.focus_on(at);
        }
        if config.tips {
            self.tell_tip();
        }
        if !faults.is_empty() {
            // Nothing that is said at the beginning is as pressing.
            self.toast = None;
        }
        let more = if faults.len() > 1 { format!(" (and {} more)", faults.len() - 1) } else { String::new() };
        for it in faults {
            self.said.keep(self.world.session.now, it);
        }
        self.warn(About::Settings, faults.first().map(|it| format!("the defaults hold: {it}{more}")));
    }

    pub(super) fn arrange_as_usual(&mut self) {
        for (pane, usual) in self.panes.all_mut().into_iter().zip(&self.usual) {
            pane.set_usual(usual.clone());
        }
    }

    /// What the terminal's title says: the workspace and the pane.
    pub(super) fn title(&self) -> String {
        if let Some(it) = &self.presenting {
            return it.title();
        }
        format!("rolecall: {}, {}", text::fit(&text::display(&self.world.policy.name), 40), PANES[self.focus].title)
    }

    /// These are the themes for a dark and for a light background: which it is, the terminal is asked now.
    pub(super) fn offer_grounds(&mut self, themes: [Theme; 2]) {
        self.grounds = Some((self.world.session.now, themes));
    }

    pub(super) fn asks_ground(&self) -> bool {
        self.grounds.is_some()
    }

    /// The background is a light one or a dark one. An answer that took long is none.
    pub(super) fn ground(&mut self, is_light: bool, now: DateTime<Utc>) {
        let Some((asked, [dark, light])) = self.grounds.take() else { return };
        if now - asked < ANSWERS {
            self.theme = if is_light { light } else { dark };
            self.stale();
        }
    }

    fn look_at_clock(&mut self) -> Result<()> {
        let doubt = command::now(self.world.session.reader(), self.world.session.now)?.doubt;
        self.warn(About::Clock, doubt.filter(|_| !self.world.session.clock.is_right).map(|it| it.to_string()));
        Ok(())
    }

    // ---- the loop's side ----

    pub(super) fn resize(&mut self, window: Size) {
        let drawn = drawn_of(window);
        // What waits for the keys to rest was laid out for another window: all of it is read for this one.
        self.world.rests |= ![Size::ZERO, window].contains(&self.window);
        self.window = window;
        let words = || format!("this window is {window}; {drawn} of it are drawn on");
        self.warn(About::Window, (drawn != window).then(words));
        self.dirty = true;
    }

    pub(super) fn wish(&self) -> Wish {
        self.wish
    }

    /// The text that goes to the user's editor.
    pub(super) fn outside(&self) -> &str {
        &self.outside
    }

    /// What came back from there.
    pub(super) fn edited(&mut self, text: Result<String>) {
        match (text, self.overlays.last_mut()) {
            (Ok(text), Some(overlay)) => overlay.edited(&text),
            (Ok(_), None) => {}
            (Err(error), _) => self.broke(&error),
        }
        self.dirty = true;
    }

    pub(super) fn granted(&mut self) {
        self.wish = Wish::None;
        self.dirty = true;
    }

    pub(super) fn is_waiting(&self) -> bool {
        let is_under_way = self.counter.is_pending()
            || self.searcher.is_pending()
            || self.sorter.is_pending()
            || self.survey.is_pending()
            || self.world.auditor.is_pending()
            || self.labor.is_some()
            || self.waits_for_turn();
        is_under_way && self.presenting.is_none()
    }

    /// How long until the run of keys counts as over, if there is one.
    pub(super) fn rests_in(&self) -> Option<Duration> {
        let since = self.last_key.filter(|_| !self.world.rests)?;
        // A millisecond more, so that a timer in whole ones does not wake too early.
        Some((self.run - (self.world.session.now - since)).to_std().unwrap_or_default() + Duration::from_millis(1))
    }

    /// Looks around: other processes' changes, the workers' answers, what begins and ends by itself.
    pub(super) fn tick(&mut self, now: DateTime<Utc>) {
        if self.presenting.is_some() {
            return self.tick_presenting(now);
        }
        if let Err(error) = self.look_around(now) {
            self.stop_waiting();
            self.broke(&error);
        }
    }

    fn look_around(&mut self, now: DateTime<Utc>) -> Result<()> {
        self.world.session.pass(now);
        for impact in self.counter.answers()? {
            self.know(impact)?;
        }
        let indexes = self.searcher.answers()?;
        self.give(indexes);
        for (at, order) in self.sorter.answers()? {
            self.panes.all_mut()[at].give_order(order);
            self.dirty = true;
        }
        self.dirty |= self.survey.collect(&self.world.session, self.world.instant())?;
        self.audit()?;
        if !self.world.rests && !self.is_run(now) {
            self.world.rests = true;
            self.dirty = true;
        }
        if self.survey.has_turned(self.world.instant()) {
            self.reread()?;
        }
        if self.recent_until.is_some_and(|until| until < self.world.session.now) {
            self.world.recent.clear();
            self.recent_until = None;
            self.stale();
        }
        self.notice_others()?;
        self.release_held()?;
        self.collect_labor()?;
        self.take_turn()
    }

    /// What was found is shown; it is looked for anew where the data changed, once the keys rest.
    fn audit(&mut self) -> Result<()> {
        if self.world.auditor.collect()? {
            // Rows that deserve a look are marked in other lists, too.
            self.panes.all_mut().into_iter().for_each(Pane::restaged);
            self.panel.stale();
            self.tell_worst();
            self.dirty = true;
        }
        if self.world.rests {
            let now = self.world.instant();
            let World { auditor, session, policy, .. } = &mut self.world;
            auditor.begin(session, policy, now)?;
        }
        Ok(())
    }

    pub(super) fn notice_others(&mut self) -> Result<()> {
        // What is being written beside the screens is told of when it is over.
        if self.labor.as_ref().is_some_and(|it| it.writes) {
            return Ok(());
        }
        let version = self.world.session.data_version()?;
        if version != self.data_version {
            self.data_version = version;
            self.others_changed()?;
        }
        Ok(())
    }

    /// Whether a key now belongs to the run of the last one. A clock that was set back ends it.
    fn is_run(&self, now: DateTime<Utc>) -> bool {
        self.last_key.is_some_and(|last| (now - last).abs() < self.run)
    }

    /// What a filter is to search and does not have, from `/` on, and in which pane: the one in focus first.
    fn lacks(&self) -> Result<Option<(usize, ReadIndex)>> {
        let (panes, env) = (self.panes.all(), self.world.env());
        let is_filtered = |at: usize| at == self.focus && self.typing.is_some() || !panes[at].filter_text().is_empty();
        for at in std::iter::once(self.focus).chain(0..PANES.len()).filter(|at| is_filtered(*at)) {
            if let Some(read) = panes[at].lacks(&env)? {
                return Ok(Some((at, read)));
            }
        }
        Ok(None)
    }

    fn fetch_index(&mut self) -> Result<()> {
        let is_asked = |at: usize| self.searcher.is_pending() && self.fetching == at;
        let Some((at, read)) = self.lacks()?.filter(|(at, _)| !is_asked(*at)) else { return Ok(()) };
        self.fetching = at;
        let (policy, now) = (self.world.policy.clone(), self.world.instant());
        let job = move |db: Reader<'_>, desk: &Desk<'_, (usize, Index)>| {
            desk.tell((at, read(db, &policy, now)?));
            Ok(())
        };
        self.searcher.ask(&self.world.session, Box::new(job))
    }

    /// Asks in which order rows stand, where that takes reading: one list at a time.
    fn fetch_order(&mut self) -> Result<()> {
        if self.sorter.is_pending() {
            return Ok(());
        }
        let env = self.world.env();
        for (at, pane) in self.panes.all().into_iter().enumerate() {
            let Some(read) = pane.lacks_order(&env)? else { continue };
            let (policy, now) = (self.world.policy.clone(), self.world.instant());
            let job = move |db: Reader<'_>, desk: &Desk<'_, (usize, Order)>| {
                desk.tell((at, read(&Ask { db, policy: &policy, now })?));
                Ok(())
            };
            return self.sorter.ask(&self.world.session, Box::new(job));
        }
        Ok(())
    }

    fn give(&mut self, indexes: Vec<(usize, Index)>) {
        for (at, index) in indexes {
            self.panes.all_mut()[at].give(index);
            self.dirty = true;
        }
    }

    fn pane(&self) -> &dyn Pane {
        self.panes.all()[self.focus]
    }

    /// Somebody else saved something: what is staged is laid over it anew, and what no longer fits is said.
    fn others_changed(&mut self) -> Result<()> {
        if self.world.then.is_some() {
            return self.settle_anew();
        }
        let before = std::mem::replace(&mut self.world.policy, self.world.session.reader().policy(None)?);
        for held in self.world.policy.roles() {
            let Some(old) = before.role(held.role.id) else { continue };
            let moved = (old.closed - held.closed) | (held.closed - old.closed);
            if !moved.is_empty() {
                self.world.recent.insert(held.role.id, moved);
            }
        }
        self.recent_until = Some(self.world.session.now + MARKED);
        self.world.session.rebase()?;
        let last = self.world.session.reader().entries(None, 1)?.pop().filter(|it| self.world.session.sight().shows_entry(it));
        if let Some(entry) = last {
            self.say(format!("{} {} (entry {}, elsewhere)", entry.actor, entry.summary, entry.seq));
        }
        self.tell_of_unfit();
        self.reread()
    }

    /// Reads everything anew: it is another time, or the data are others.
    pub(super) fn reread(&mut self) -> Result<()> {
        self.look()?;
        self.look_at_clock()?;
        self.refresh_lead()?;
        self.refresh_site(false)?;
        self.refresh_history()?;
        self.stale();
        self.survey.want();
        self.world.auditor.want();
        self.measure()
    }

    fn stale(&mut self) {
        self.searcher.cancel();
        self.sorter.cancel();
        self.panes.all_mut().into_iter().for_each(Pane::stale);
        self.panel.stale();
        self.dirty = true;
    }

    // ---- the one update ----

    fn take(&mut self, message: Message) -> Result<()> {
        if self.is_over(&message) {
            return Ok(());
        }
        self.deed_last &= !matches!(message, Message::Stage(..) | Message::Propose(..) | Message::ProposeEach(..));
        match message {
            Message::Travel(day) => self.travel(&day)?,
            Message::Run(command) => self.run(&command)?,
            Message::RunAside(command) => self.run_aside(&command)?,
            Message::RunHere(command) => drop(self.carry_out(&command)?),
            Message::Ask(question, commands) => self.ask(question, commands)?,
            Message::Stage(commands, words) => _ = self.stage(commands, words)?,
            Message::Propose(commands, words) => self.propose(commands, words)?,
            Message::ProposeEach(commands, words) => self.propose_each(commands, &words)?,
            Message::Work(work) => self.work(work)?,
            Message::Open(mut overlay) => {
                overlay.take_up(&mut self.kept);
                self.overlays.push(overlay);
            }
            Message::LayAside => self.lay_aside(),
            Message::Close => drop(self.overlays.pop()),
            Message::Go(journey) => {
                self.keep_place();
                self.go(&journey)?;
            }
            Message::ActAs(person) => self.act_as(person)?,
            Message::Vouch => {
                self.world.session.clock.is_right = true;
                self.warn(About::Clock, None);
                self.say("The clock counts as right as long as these screens are open; now do it again");
            }
            Message::SaveDraft => self.save()?,
            Message::LeaveOut(step) => {
                self.world.session.leave_out(step)?;
                self.drafted()?;
            }
            Message::TakeOut(step) => {
                self.world.session.take_out(step)?;
                self.drafted()?;
            }
            Message::UnstageOne => {
                self.world.session.unstage()?;
                self.taken_out()?;
            }
            Message::Decide(step, choice) => {
                self.world.session.decide(step, choice)?;
                self.taken_out()?;
            }
            Message::Perform(action) => self.perform(action)?,
            Message::PerformIn(place, action) => {
                self.keep_place();
                self.show(place);
                self.load()?;
                self.perform(action)?;
            }
            Message::ShowColumns(names) => self.panes.all_mut()[self.focus].show_columns(names),
            Message::Unmarked(rows) => {
                self.say(format!(
                    "{} taken back; {} brings {} back",
                    plural(rows.len(), "mark"),
                    key_of(action::UNDO),
                    if rows.len() == 1 { "it" } else { "them" }
                ));
                self.unmarked = Some((self.focus, rows));
            }
            Message::Say(words) => self.say(words),
            Message::SayVerb(verb, about) => {
                let workspace = files::meaning(self.world.session.path());
                self.say(format!("{about}; in a shell: rolecall {verb}{workspace}"));
            }
            Message::Complain(words) => self.complain(words),
            Message::CopyPlan => {
                let lines = self.plan()?.lines().map(str::to_owned).collect();
                self.take(Message::Copy(lines))?;
            }
            Message::SavePlan(path, over) => self.save_plan(path, over)?,
            Message::AskWhere => self.ask_where(),
            Message::Write(path, over) => self.write(&path, over)?,
            Message::AskReceipt => self.ask_receipt(),
            Message::Receipt(path) => self.note_receipt(path),
            Message::EditOutside(text) => (self.outside, self.wish) = (text, Wish::Edit),
            Message::Import(path, kind) => {
                if self.may_begin(action::IMPORT)? {
                    self.work(import::of_file(path, kind))?;
                }
            }
            Message::Filter(place, words) => {
                self.keep_place();
                self.show(place);
                self.panes.all_mut()[self.focus].filter(&words);
            }
            Message::Copy(lines) => match clipboard::copy(&lines) {
                Ok(words) => self.say(words),
                Err(words) => self.complain(words),
            },
        }
        Ok(())
    }

    /// Closes the window on top; what was filled in is there when the same one opens again.
    fn lay_aside(&mut self) {
        let kept = self.overlays.pop().and_then(|it| it.kept());
        if kept.is_none() {
            return;
        }
        self.kept.extend(kept);
        let surplus = self.kept.len().saturating_sub(MAX_KEPT);
        self.kept.drain(..surplus);
        self.say("What you filled in is kept: it is there when you open this again");
    }

    // ---- small talk ----

    fn say(&mut self, words: impl AsRef<str>) {
        self.tell(words.as_ref(), false);
    }

    fn tell(&mut self, words: &str, is_error: bool) {
        // What is refused follows a mark; a sentence of its own has a capital letter.
        let words = if is_error { words.to_owned() } else { capital(words) };
        self.said.keep(self.world.session.now, &words);
        self.toast = Some(Toast { words, is_error });
        self.dirty = true;
    }

    /// Says something for as long as it is so; `None` takes it back.
    fn warn(&mut self, about: About, sentence: Option<String>) {
        self.dirty |= self.warnings.set(about, sentence.map(|it| capital(&it)));
    }

    /// Something that cannot be mended here went wrong.
    fn broke(&mut self, error: &anyhow::Error) {
        self.complain(self.world.session.in_words(error));
    }

    fn complain(&mut self, words: impl AsRef<str>) {
        self.tell(words.as_ref(), true);
    }
}

/// What tells this workspace from another one at the same place.
fn first_hash(db: Reader<'_>) -> Result<[u8; 32]> {
    Ok(db.entry(1)?.map_or([0; 32], |it| it.hash))
}

/// The sentence with a capital first letter; an address, a file's name and what is quoted stay as they are.
fn capital(sentence: &str) -> String {
    if sentence.split_whitespace().next().is_some_and(|it| it.trim_end_matches([',', ':', ';', '.']).contains(['@', '.', '/', '`'])) {
        return sentence.to_owned();
    }
    let mut chars = sentence.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + chars.as_str())
}
