//! The app: who has the focus, and the one place where anything changes.

mod acting;
mod changes;
mod frame;
mod keeping;
mod warnings;

use std::time::Duration;

use anyhow::Result;
use chrono::{DateTime, Utc};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Size;

use self::warnings::{About, Warnings};
use super::action::{self, Action, Place};
use super::clipboard;
use super::keymap::{self, key_of};
use super::overlays::help::Help;
use super::overlays::palette::Palette;
use super::overlays::standing;
use super::panes::matrix::Mode;
use super::panes::{self, PANES, Panes};
use super::session::Keeper;
use super::survey::Survey;
use super::theme::Theme;
use super::thrift::drawn_of;
use super::view::{Effect, Env, Message, Overlay, Pane, ReadIndex, Recent, Target};
use super::widgets::field::Field;
use super::widgets::lines::plural;
use super::worker::{Desk, Worker};
use crate::command;
use crate::domain::deed::Deed;
use crate::domain::ids::{ContactId, PersonId, RoleId, SiteId};
use crate::domain::policy::Policy;
use crate::domain::text;
use crate::domain::things::{Contact, Person, Site};
use crate::facts::{Reader, Store};
use crate::query::access;
use crate::query::impact::Impact;
use crate::query::matrix::Subject;
use crate::query::search::Index;
use crate::session::draft::Draft;
use crate::session::{Session, Who};

/// How long what others changed stays marked.
const MARKED: chrono::TimeDelta = chrono::TimeDelta::seconds(8);
/// Keys that come closer than this are a run: a held key repeats every 30 to 100 ms.
const RUN: chrono::TimeDelta = chrono::TimeDelta::milliseconds(150);
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
    session: Session,
    /// What the actor may do somewhere.
    deeds: Vec<Deed>,
    policy: Policy,
    draft: Draft,
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
            store: &self.session.store,
            actor: &self.session.who().actor,
            sight: self.session.sight(),
            policy: &self.policy,
            draft: &self.draft,
            recent: &self.recent,
            effect: &self.effect,
            now: self.session.now,
            rests: self.rests,
        }
    }
}

pub(super) struct App {
    // First, because fields end in this order and their connections have to close before the world's.
    /// Counts what the draft touches.
    counter: Worker<Impact>,
    /// Reads what the filter of the pane at this place searches.
    searcher: Worker<(usize, Index)>,
    survey: Survey,
    world: World,
    /// In whose name the screens were opened.
    myself: Who,
    panes: Panes,
    focus: usize,
    overlays: Vec<Box<dyn Overlay>>,
    /// The filter of the focused pane while it is typed.
    typing: Option<Field>,
    view_as: Option<Person>,
    theme: Theme,
    /// What the head says about the file.
    remark: &'static str,

    /// The first people that the effect touches.
    names: Vec<String>,
    data_version: i64,
    recent_until: Option<DateTime<Utc>>,
    toast: Option<Toast>,
    /// What stays to be said when the toast is gone.
    warnings: Warnings,
    /// The pane whose index was asked for last.
    fetching: usize,
    last_key: Option<DateTime<Utc>>,
    keeper: Keeper,
    /// Whether what is written here is remembered, so that an older file is noticed.
    remembers: bool,

    /// All of it; what is drawn on may be less.
    window: Size,
    dirty: bool,
    wish: Wish,
    /// The last thing done took effect at once: it is what `u` takes back.
    deed_last: bool,
    leaving: Leaving,
}

impl App {
    pub(super) fn new(session: Session, theme: Theme, demo: bool) -> Result<App> {
        let store = &session.store;
        let policy = store.reader().policy(None)?;
        let data_version = store.data_version()?;
        let keeper = Keeper::of(store.path(), first_hash(store)?, &session.who().actor.email);
        let myself = session.who().clone();
        let (draft, recent, effect) = (Draft::default(), Recent::new(), Effect::None);
        let mut app = App {
            world: World { session, deeds: Vec::new(), policy, draft, recent, effect, rests: true },
            myself,
            panes: Panes::default(),
            focus: 0,
            overlays: Vec::new(),
            typing: None,
            view_as: None,
            theme,
            remark: if demo { "   sample data" } else { "" },
            names: Vec::new(),
            counter: Worker::new("counter"),
            searcher: Worker::new("searcher"),
            survey: Survey::new(),
            data_version,
            recent_until: None,
            toast: None,
            warnings: Warnings::default(),
            fetching: 0,
            last_key: None,
            keeper,
            remembers: false,
            window: Size::new(80, 24),
            dirty: true,
            wish: Wish::None,
            deed_last: false,
            leaving: Leaving::No,
        };
        app.look()?;
        app.look_at_clock()?;
        app.restore()?;
        // The line is a warning's where there is one.
        let free = app.toast.is_none() && app.warnings.line().is_none();
        if free && !app.world.session.sight().is_whole() {
            app.say(format!(
                "This is what is yours: your sites, your roles, what was sent to you; {} shows the keys",
                key_of(action::HELP)
            ));
        } else if free {
            let matrix = PANES.iter().position(|it| *it == panes::matrix::PLACE).map_or(0, |at| at + 1);
            let (switch, help) = (key_of(panes::matrix::TOGGLE), key_of(action::HELP));
            app.say(format!("{matrix} is the matrix, where {switch} switches a permission; {help} shows the keys"));
        }
        Ok(app)
    }

    fn look_at_clock(&mut self) -> Result<()> {
        let doubt = command::now(self.world.session.store.reader(), self.world.session.now)?.doubt;
        self.warn(About::Clock, doubt.filter(|_| !self.world.session.clock.is_right).map(|it| it.to_string()));
        Ok(())
    }

    // ---- the loop's side ----

    pub(super) fn resize(&mut self, window: Size) {
        let drawn = drawn_of(window);
        self.window = window;
        let words = || format!("this window is {window}; {drawn} of it are drawn on");
        self.warn(About::Window, (drawn != window).then(words));
        self.dirty = true;
    }

    pub(super) fn wish(&self) -> Wish {
        self.wish
    }

    pub(super) fn granted(&mut self) {
        self.wish = Wish::None;
        self.dirty = true;
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.counter.is_pending() || self.searcher.is_pending() || self.survey.is_pending()
    }

    /// How long until the run of keys counts as over, if there is one.
    pub(super) fn rests_in(&self) -> Option<Duration> {
        let since = self.last_key.filter(|_| !self.world.rests)?;
        // A millisecond more, so that a timer in whole ones does not wake too early.
        Some((RUN - (self.world.session.now - since)).to_std().unwrap_or_default() + Duration::from_millis(1))
    }

    /// Looks around: other processes' changes, the workers' answers, what begins and ends by itself.
    pub(super) fn tick(&mut self, now: DateTime<Utc>) {
        if let Err(error) = self.look_around(now) {
            self.complain(format!("{error:#}"));
        }
    }

    fn look_around(&mut self, now: DateTime<Utc>) -> Result<()> {
        self.world.session.pass(now);
        for impact in self.counter.answers()? {
            self.know(impact)?;
        }
        let indexes = self.searcher.answers()?;
        self.give(indexes);
        self.dirty |= self.survey.collect(&self.world.session.store, now)?;
        if !self.world.rests && !self.is_run(now) {
            self.world.rests = true;
            self.dirty = true;
        }
        if self.survey.has_turned(now) {
            self.reread()?;
        }
        if self.recent_until.is_some_and(|until| until < self.world.session.now) {
            self.world.recent.clear();
            self.recent_until = None;
            self.stale();
        }
        self.notice_others()
    }

    pub(super) fn notice_others(&mut self) -> Result<()> {
        let version = self.world.session.store.data_version()?;
        if version != self.data_version {
            self.data_version = version;
            self.others_changed()?;
        }
        Ok(())
    }

    /// Whether a key now belongs to the run of the last one. A clock that was set back ends it.
    fn is_run(&self, now: DateTime<Utc>) -> bool {
        self.last_key.is_some_and(|last| (now - last).abs() < RUN)
    }

    /// What the filter of the pane in front is to search and does not have, from `/` on.
    fn lacks(&self) -> Option<ReadIndex> {
        let pane = self.pane();
        pane.lacks().filter(|_| self.typing.is_some() || !pane.filter_text().is_empty())
    }

    fn fetch_index(&mut self) -> Result<()> {
        let Some(read) = self.lacks().filter(|_| !self.searcher.is_pending() || self.fetching != self.focus) else { return Ok(()) };
        self.fetching = self.focus;
        let (at, policy, sight, now) = (self.focus, self.world.policy.clone(), self.world.session.sight().clone(), self.world.session.now);
        let job = move |db: Reader<'_>, desk: &Desk<'_, (usize, Index)>| {
            desk.tell((at, read(db, &policy, &sight, now)?));
            Ok(())
        };
        self.searcher.ask(&self.world.session.store, Box::new(job))
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

    fn others_changed(&mut self) -> Result<()> {
        let before = std::mem::replace(&mut self.world.policy, self.world.session.store.reader().policy(None)?);
        for held in self.world.policy.roles() {
            let Some(old) = before.role(held.role.id) else { continue };
            let moved = (old.closed - held.closed) | (held.closed - old.closed);
            if !moved.is_empty() {
                self.world.recent.insert(held.role.id, moved);
            }
        }
        self.recent_until = Some(self.world.session.now + MARKED);
        let gone = self.world.draft.rebase(&before, &self.world.policy);
        let last = self.world.session.store.reader().entries(None, 1)?.pop().filter(|it| self.world.session.sight().shows_entry(it));
        if let Some(entry) = last {
            self.say(format!("{} {} (entry {}, elsewhere)", entry.actor, entry.summary, entry.seq));
        }
        self.tell_of_gone(&gone);
        self.reread()
    }

    /// Reads everything anew: it is another time, or the data are others.
    pub(super) fn reread(&mut self) -> Result<()> {
        self.look()?;
        self.look_at_clock()?;
        self.refresh_site()?;
        self.stale();
        self.survey.want();
        self.measure()
    }

    fn stale(&mut self) {
        self.searcher.cancel();
        self.panes.all_mut().into_iter().for_each(Pane::stale);
        self.dirty = true;
    }

    // ---- keys ----

    /// Takes a key. What breaks is said on the screen; the draft is not lost over it.
    pub(super) fn key(&mut self, key: &KeyEvent, now: DateTime<Utc>) {
        self.world.session.pass(now);
        self.world.rests = !self.is_run(now);
        self.last_key = Some(now);
        if let Err(error) = self.press(key) {
            self.complain(format!("{error:#}"));
        }
    }

    fn press(&mut self, key: &KeyEvent) -> Result<()> {
        if !keymap::is_interrupt(key) && key.code != KeyCode::Char('q') {
            self.leaving = Leaving::No;
        }
        if self.is_too_small() {
            self.press_unseen(key);
            return Ok(());
        }
        if !self.is_text(key) {
            self.catch_up()?;
        }
        self.dirty = true;
        if keymap::is_interrupt(key) {
            if self.leaving != Leaving::No || self.overlays.is_empty() && self.typing.is_none() {
                if self.leaving == Leaving::No {
                    self.leaving = Leaving::Interrupted;
                    self.say(format!("{} again leaves; unsaved changes are kept", keymap::INTERRUPT));
                } else {
                    self.leave();
                }
            } else {
                self.overlays.clear();
                self.typing = None;
            }
            return Ok(());
        }
        if self.type_text(key)? {
            return Ok(());
        }
        if self.overlays.is_empty() && self.typing.is_none() {
            self.toast = None;
            if let Some(at) = pane_of(key) {
                self.focus_on(at);
                return Ok(());
            }
        }
        match keymap::resolve(&self.places(), key) {
            Some(action) => self.perform(action),
            None => Ok(()),
        }
    }

    /// Where nothing is seen, nothing is done: one may leave, or go and enlarge the window.
    fn press_unseen(&mut self, key: &KeyEvent) {
        match keymap::resolve(&[action::EVERY_PANE, action::EVERYWHERE], key) {
            Some(action::SUSPEND) => self.wish = Wish::Suspend,
            Some(action::QUIT) => self.leave(),
            _ if keymap::is_interrupt(key) && self.leaving != Leaving::No => self.leave(),
            _ if keymap::is_interrupt(key) => self.leaving = Leaving::Interrupted,
            _ => {}
        }
    }

    /// Keys typed ahead find the screen that they would have found one by one.
    fn catch_up(&mut self) -> Result<()> {
        if self.pane().is_searching() {
            self.fetch_index()?;
            let indexes = self.searcher.wait()?;
            self.give(indexes);
        }
        if self.dirty { self.load() } else { Ok(()) }
    }

    /// Whether the key only adds to or takes from what is being typed.
    fn is_text(&self, key: &KeyEvent) -> bool {
        (self.typing.is_some() || !self.overlays.is_empty()) && matches!(key.code, KeyCode::Char(_) | KeyCode::Backspace)
    }

    /// Takes the key as text, where text is typed and it is some.
    fn type_text(&mut self, key: &KeyEvent) -> Result<bool> {
        if let Some(mut overlay) = self.overlays.pop() {
            let messages = overlay.text(key, &self.world.env());
            self.overlays.push(overlay);
            let Some(messages) = messages? else { return Ok(false) };
            self.update(messages)?;
            return Ok(true);
        }
        let Some(field) = self.typing.as_mut() else { return Ok(false) };
        let is_text = field.key(key);
        if is_text {
            self.panes.all_mut()[self.focus].filter(&field.text());
        }
        Ok(is_text)
    }

    /// What ends the typing of a filter.
    fn end_filter(&mut self, action: Action) -> Result<()> {
        self.typing = None;
        match action {
            action::KEEP_FILTER => Ok(()),
            action::SHOW_ALL => {
                self.panes.all_mut()[self.focus].filter("");
                Ok(())
            }
            action::FIRST_FOUND => self.perform(action::DOWN),
            action => self.perform(action),
        }
    }

    pub(super) fn paste(&mut self, pasted: &str) {
        if self.is_too_small() {
            return;
        }
        self.dirty = true;
        if let Some(overlay) = self.overlays.last_mut() {
            overlay.paste(pasted);
        } else if let Some(field) = &mut self.typing {
            field.paste(pasted);
            self.panes.all_mut()[self.focus].filter(&field.text());
        } else {
            let (filters, adds) = (key_of(action::FILTER), key_of(panes::contacts::ADD_CONTACT));
            self.complain(format!("pasted text goes into a field; open one first ({filters} filters, {adds} adds)"));
        }
    }

    /// Where the keys' meanings come from, the nearest first.
    fn places(&self) -> Vec<&'static Place> {
        if let Some(overlay) = self.overlays.last() {
            return [overlay.places(), &[action::EVERY_WINDOW, action::EVERYWHERE]].concat();
        }
        if self.typing.is_some() {
            return vec![action::TYPED_FILTER, action::EVERYWHERE];
        }
        let here = PANES[self.focus];
        let lists = here.shape.is_some_and(|it| it.is_list).then_some(action::LISTS);
        [here].into_iter().chain(lists).chain([action::EVERY_PANE, action::EVERYWHERE]).collect()
    }

    /// Whether letters are text now.
    fn letters_are_text(&self) -> bool {
        self.overlays.last().map_or(self.typing.is_some(), |it| it.is_text())
    }

    pub(super) fn perform(&mut self, action: Action) -> Result<()> {
        match action {
            action::HELP => {
                let help = Help::new(&self.places(), self.letters_are_text());
                self.overlays.push(Box::new(help));
            }
            action::REDRAW => self.wish = Wish::Redraw,
            action::SUSPEND => self.wish = Wish::Suspend,
            action if !self.overlays.is_empty() => self.act_in_window(action)?,
            action if self.typing.is_some() => self.end_filter(action)?,
            action => self.act_in_pane(action)?,
        }
        Ok(())
    }

    fn act_in_window(&mut self, action: Action) -> Result<()> {
        let Some(mut overlay) = self.overlays.pop() else { return Ok(()) };
        let messages = overlay.act(action, &self.world.env());
        self.overlays.push(overlay);
        self.update(messages?)
    }

    fn act_in_pane(&mut self, action: Action) -> Result<()> {
        match action {
            action::QUIT => self.leave(),
            action::PALETTE => self.overlays.push(Box::new(Palette::new(&self.places()))),
            action::NEXT_PANE => self.focus_on((self.focus + 1) % PANES.len()),
            action::LAST_PANE => self.focus_on((self.focus + PANES.len() - 1) % PANES.len()),
            action::FILTER => self.typing = Some(Field::sought()),
            action::SAVE => self.review(),
            action::UNDO => self.undo()?,
            action::REDO => self.redo()?,
            action::DISCARD => {
                self.world.draft.clear();
                self.say("All unsaved changes are dropped");
                self.drafted()?;
            }
            action::ACT_AS_MYSELF => self.act_as_myself()?,
            action::MY_STANDING => self.show_standing()?,
            action::BACK if self.view_as.is_some() => self.leave_view()?,
            action::BACK if *self.world.session.who() != self.myself && !self.pane().offers(action) => self.act_as_myself()?,
            action if !self.may_begin(action)? => {}
            action => {
                let messages = self.panes.all_mut()[self.focus].act(action, &self.world.env())?;
                self.after_back(action)?;
                self.update(messages)?;
            }
        }
        Ok(())
    }

    /// A list that is no longer narrowed shows everybody again.
    fn after_back(&mut self, action: Action) -> Result<()> {
        let pane = &self.panes.collaborators;
        if action == action::BACK && !pane.is_narrowed() && pane.kind.site.is_some() {
            let keep = pane.selected();
            self.choose_site(None)?;
            if let Some(id) = keep {
                self.panes.collaborators.select(id);
            }
        }
        Ok(())
    }

    fn focus_on(&mut self, at: usize) {
        self.focus = at;
        self.typing = None;
    }

    fn show(&mut self, place: &'static Place) {
        self.focus_on(PANES.iter().position(|it| *it == place).unwrap_or(0));
    }

    // ---- the one update ----

    fn update(&mut self, messages: Vec<Message>) -> Result<()> {
        messages.into_iter().try_for_each(|message| self.take(message))
    }

    fn take(&mut self, message: Message) -> Result<()> {
        match message {
            Message::Run(command) => self.run(&command)?,
            Message::RunAside(command) => self.run_aside(&command)?,
            Message::Send(command, tokens) => self.send(&command, &tokens)?,
            Message::Ask(question, commands) => self.ask(question, commands, None)?,
            Message::AskToSend(question, commands, tokens) => self.ask(question, commands, Some(tokens))?,
            Message::Stage { role, toggled, ripple } => {
                self.deed_last = false;
                self.stage(role, toggled, &ripple)?;
            }
            Message::Open(overlay) => self.overlays.push(overlay),
            Message::Close => drop(self.overlays.pop()),
            Message::Go(target) => self.go(&target)?,
            Message::SitesOf(contact) => self.sites_of(contact)?,
            Message::PeopleOf(site) => self.people_of(site),
            Message::MatrixOfSite(site, person) => self.matrix_of_site(site, person)?,
            Message::MatrixOfPerson(person) => self.matrix_of_person(person)?,
            Message::ViewAs(person) => self.start_view(person)?,
            Message::ActAs(person) => self.act_as(person)?,
            Message::Vouch => {
                self.world.session.clock.is_right = true;
                self.warn(About::Clock, None);
                self.say("The clock counts as right as long as these screens are open; now do it again");
            }
            Message::SaveDraft => self.save()?,
            Message::UnstageOne => {
                self.world.draft.undo();
                self.drafted()?;
                if self.world.draft.differences(&self.world.policy).is_empty() {
                    self.overlays.pop();
                }
            }
            Message::Perform(action) => self.perform(action)?,
            Message::Say(words) => self.say(words),
            Message::Complain(words) => self.complain(words),
            Message::Copy(lines) => match clipboard::copy(&lines) {
                Ok(words) => self.say(words),
                Err(words) => self.complain(words),
            },
        }
        Ok(())
    }

    fn go(&mut self, target: &Target) -> Result<()> {
        match target {
            Target::Contact(id) => {
                self.panes.contacts.select(id.0);
                self.show(panes::contacts::PLACE);
            }
            Target::Site(id) => {
                self.panes.sites.select(id.0);
                self.show(panes::sites::PLACE);
            }
            Target::Person(id) => {
                self.choose_site(None)?;
                self.panes.collaborators.select(id.0);
                self.show(panes::collaborators::PLACE);
            }
            Target::Role(id) => {
                let platform = self.world.policy.role(*id).map_or_else(String::new, |it| it.role.platform.clone());
                self.matrix_roles(&platform, Some(*id), None);
            }
            Target::Permission(platform, id) if PANES[self.focus] == panes::matrix::PLACE && self.panes.matrix.has(platform) => {
                self.panes.matrix.go(id.clone());
            }
            Target::Permission(platform, id) => self.matrix_roles(platform, None, Some(id.clone())),
        }
        Ok(())
    }

    /// Reads again who has access to the site that is shown, keeping filter and selection.
    fn refresh_site(&mut self) -> Result<()> {
        let pane = &mut self.panes.collaborators;
        if let Some(site) = pane.kind.site {
            let narrowed = pane.kind.choose(&self.world.env(), Some(site))?;
            pane.renarrow(narrowed);
        }
        Ok(())
    }

    /// Everyone on a site, or everybody.
    fn choose_site(&mut self, site: Option<SiteId>) -> Result<()> {
        let pane = &mut self.panes.collaborators;
        let narrowed = pane.kind.choose(&self.world.env(), site)?;
        pane.narrow(narrowed);
        Ok(())
    }

    fn matrix_roles(&mut self, platform: &str, role: Option<RoleId>, permission: Option<String>) {
        self.panes.matrix.show_roles(&self.world.env(), platform, role, permission);
        self.show(panes::matrix::PLACE);
    }

    fn sites_of(&mut self, contact: ContactId) -> Result<()> {
        let db = self.world.session.store.reader();
        let Some(contact) = db.find::<Contact>(contact)? else { return Ok(()) };
        let person = contact.email.as_deref().map(|it| db.person_by_email(it)).transpose()?.flatten();
        let sites = match &person {
            Some(person) => access::sites_of(db, &self.world.policy, person.id)?,
            None => Vec::new(),
        };
        if sites.is_empty() {
            self.complain(format!("{} owns no site and has access to none", text::display(&contact.name)));
            return Ok(());
        }
        self.panes.sites.narrow(Some((contact.name, sites.iter().map(|it| it.id.0).collect())));
        self.show(panes::sites::PLACE);
        Ok(())
    }

    fn people_of(&mut self, site: SiteId) {
        match self.choose_site(Some(site)) {
            Ok(()) => self.show(panes::collaborators::PLACE),
            Err(error) => self.complain(format!("{error:#}")),
        }
    }

    fn matrix_of_site(&mut self, site: SiteId, person: Option<PersonId>) -> Result<()> {
        if let Some(site) = self.world.session.store.reader().find::<Site>(site)? {
            self.panes.matrix.show(Mode::PeopleOf(site.id, site.name), person.map(Subject::Person));
            self.show(panes::matrix::PLACE);
        }
        Ok(())
    }

    fn matrix_of_person(&mut self, person: PersonId) -> Result<()> {
        if let Some(person) = self.world.session.store.reader().find::<Person>(person)? {
            self.panes.matrix.show(Mode::SitesOf(person.id, person.name), None);
            self.show(panes::matrix::PLACE);
        }
        Ok(())
    }

    fn start_view(&mut self, person: PersonId) -> Result<()> {
        let Some(person) = self.world.session.store.reader().find::<Person>(person)? else { return Ok(()) };
        let sites = access::sites_of(self.world.session.store.reader(), &self.world.policy, person.id)?;
        let mut seen = Vec::new();
        for site in &sites {
            let Ok(ground) = access::ground(&self.world.policy, site) else { continue };
            if !access::access(self.world.session.store.reader(), &self.world.policy, &ground, person.id, self.world.session.now)?
                .is_empty()
            {
                seen.push(site.id.0);
            }
        }
        let n = seen.len();
        self.panes.sites.narrow(Some((person.name.clone(), seen)));
        self.panes.matrix.show(Mode::SitesOf(person.id, person.name.clone()), None);
        self.say(format!(
            "This is what {} sees: {}, and what can be done on each. {} leaves",
            text::display(&person.name),
            plural(n, "site"),
            key_of(action::BACK)
        ));
        self.view_as = Some(person);
        self.show(panes::matrix::PLACE);
        Ok(())
    }

    /// What the person that is viewed as can do, or the one in whose name commands run.
    fn show_standing(&mut self) -> Result<()> {
        let env = self.world.env();
        let person = match &self.view_as {
            Some(person) => person.clone(),
            None => self.world.session.store.reader().the_person(&self.world.session.who().actor.email)?,
        };
        let page = standing::open(&env, &person)?;
        self.overlays.push(page);
        Ok(())
    }

    fn leave_view(&mut self) -> Result<()> {
        let person = self.view_as.take();
        self.panes.sites.narrow(None);
        self.panes.matrix.show(Mode::Roles, None);
        self.choose_site(None)?;
        if let Some(person) = person {
            self.panes.collaborators.select(person.id.0);
        }
        self.show(panes::collaborators::PLACE);
        Ok(())
    }

    // ---- small talk ----

    fn say(&mut self, words: impl AsRef<str>) {
        self.toast = Some(Toast { words: capital(words.as_ref()), is_error: false });
        self.dirty = true;
    }

    /// Says something for as long as it is so; `None` takes it back.
    fn warn(&mut self, about: About, sentence: Option<String>) {
        self.dirty |= self.warnings.set(about, sentence.map(|it| capital(&it)));
    }

    fn complain(&mut self, words: impl AsRef<str>) {
        self.toast = Some(Toast { words: capital(words.as_ref()), is_error: true });
        self.dirty = true;
    }
}

/// The pane that a digit names.
fn pane_of(key: &KeyEvent) -> Option<usize> {
    let KeyCode::Char(c) = key.code else { return None };
    let n = usize::try_from(c.to_digit(10)?).ok()?;
    (1..=PANES.len()).contains(&n).then(|| n - 1)
}

/// What tells this workspace from another one at the same place.
fn first_hash(store: &Store) -> Result<[u8; 32]> {
    Ok(store.reader().entry(1)?.map_or([0; 32], |it| it.hash))
}

/// The sentence with a capital first letter; an address stays as it is.
fn capital(sentence: &str) -> String {
    if sentence.split_whitespace().next().is_some_and(|it| it.contains('@')) {
        return sentence.to_owned();
    }
    let mut chars = sentence.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + chars.as_str())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use crossterm::event::KeyModifiers;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use tempfile::TempDir;

    use super::*;
    use crate::command::{self, Actor, Command, Hand, Switch, import};
    use crate::exchange::bundle;
    use crate::tui::overlays::explain::who::Holders;

    const BUNDLE: &str = r#"
{"type":"workspace","name":"Northlight","owner":"dana@nl.example"}
{"type":"person","email":"dana@nl.example","name":"Dana"}
{"type":"person","email":"ana@acme.example","name":"Ana Ruiz"}
{"type":"site","key":"acme","name":"Acme","url":"https://acme.example","platform":"wix","owner":"dana@nl.example"}
{"type":"site","key":"bistro","name":"Bistro","url":"https://bistro.example","platform":"wix","owner":"dana@nl.example"}
{"type":"site","key":"cargo","name":"Cargo","url":"https://cargo.example","platform":"wix","owner":"dana@nl.example"}
{"type":"role","key":"helper","name":"Helper","platform":"wix","level":"site","permissions":[]}
{"type":"assignment","person":"ana@acme.example","role":"helper","level":"site","scope":{"site":"acme"},"until":"2026-11-21T13:00:00Z"}
{"type":"person","email":"bo@nl.example","name":"Bo"}
{"type":"assignment","person":"bo@nl.example","role":"website-manager","level":"team","scope":"everywhere","since":"2026-11-21T14:00:00Z","until":"2026-11-21T15:00:00Z"}
"#;

    /// The screens of a workspace, without a terminal and without a clock.
    struct Screens {
        app: App,
        screen: Terminal<TestBackend>,
        start: DateTime<Utc>,
        folder: TempDir,
    }

    impl Screens {
        fn open() -> Screens {
            Screens::of(BUNDLE.as_bytes(), "dana@nl.example")
        }

        fn of(mut data: &[u8], owner: &str) -> Screens {
            let folder = TempDir::new().unwrap();
            let start = "2026-11-21T12:00:00Z".parse().unwrap();
            let actor = Actor { email: owner.to_owned(), via: "dana".to_owned(), by: Hand::Caller };
            let mut store = Store::create(&folder.path().join("work.db")).unwrap();
            import::run(&mut store, &actor, start, "test", &mut bundle::read(&mut data), &mut |_| true).unwrap();
            let person = store.reader().person_by_email(owner).unwrap().map(|it| it.id);
            let session = Session::open(store, Who { actor, person }, start, start.into()).unwrap();
            let mut app = App::new(session, Theme::choose(Some("mono"), false).unwrap(), false).unwrap();
            app.keeper = Keeper::default();
            app.resize(Size::new(120, 40));
            Screens { app, screen: Terminal::new(TestBackend::new(120, 40)).unwrap(), start, folder }
        }

        fn after(&self, ms: i64) -> DateTime<Utc> {
            self.start + TimeDelta::milliseconds(ms)
        }

        fn press(&mut self, ms: i64, code: KeyCode) {
            self.app.key(&KeyEvent::from(code), self.after(ms));
        }

        /// Lets time pass to an instant, and the workers come to their end.
        fn pass(&mut self, ms: i64) {
            self.app.tick(self.after(ms));
            while self.app.is_waiting() {
                std::thread::yield_now();
                self.app.tick(self.after(ms));
            }
        }

        /// The next frame, if there is anything new to draw.
        fn frame(&mut self) -> Option<String> {
            if !self.app.prepare() {
                return None;
            }
            self.screen.draw(|frame| self.app.draw(frame)).unwrap();
            Some(self.screen.backend().to_string())
        }

        #[track_caller]
        fn shows(&mut self, cursor: &str, page: &str) {
            let frame = self.frame().unwrap();
            assert!(frame.contains(&format!("> {cursor}")) && frame.contains(page), "{cursor} and {page}\n{frame}");
        }
    }

    #[test]
    fn a_run_of_keys_moves_the_list_alone_and_the_page_follows_when_it_is_over() {
        let mut screens = Screens::open();
        screens.press(0, KeyCode::Char('2'));
        screens.shows("Acme", "https://acme.example");
        screens.pass(900);
        screens.press(1000, KeyCode::Down);
        screens.shows("Bistro", "https://bistro.example");
        screens.press(1100, KeyCode::Down);
        screens.shows("Cargo", "https://bistro.example");
        assert!(screens.app.rests_in().is_some());
        screens.pass(1200);
        assert_eq!(screens.frame(), None);
        screens.pass(1250);
        screens.shows("Cargo", "https://cargo.example");
        assert_eq!(screens.app.rests_in(), None);
        screens.pass(9000);
        assert_eq!(screens.frame(), None);
    }

    #[test]
    fn a_key_in_a_run_is_about_the_row_under_the_cursor() {
        let mut screens = Screens::open();
        for (ms, code) in [(0, KeyCode::Char('2')), (20, KeyCode::Down), (40, KeyCode::Down), (60, KeyCode::Enter)] {
            screens.press(ms, code);
        }
        screens.shows("Dana", "of Cargo");
    }

    #[test]
    fn the_clock_set_back_ends_a_run() {
        let mut screens = Screens::open();
        screens.press(0, KeyCode::Char('2'));
        screens.press(10, KeyCode::Down);
        screens.shows("Bistro", "");
        screens.pass(-60_000);
        screens.shows("Bistro", "https://bistro.example");
    }

    #[test]
    fn what_a_filter_finds_shows_when_it_is_read_and_enter_waits_for_it() {
        let mut screens = Screens::open();
        screens.press(0, KeyCode::Char('2'));
        for c in "/bis".chars() {
            screens.press(1000, KeyCode::Char(c));
        }
        assert!(screens.frame().unwrap().contains("/bis … "));
        screens.pass(2000);
        let frame = screens.frame().unwrap();
        assert!(frame.contains("/bis 1 ") && !frame.contains("Acme"), "{frame}");
        screens.press(3000, KeyCode::Esc);
        screens.shows("Bistro", "Acme");

        // The data are others, so that the filter has to read them again.
        screens.app.stale();
        for code in ['/', 'c', 'a', 'r'].map(KeyCode::Char).into_iter().chain([KeyCode::Enter, KeyCode::Enter]) {
            screens.press(4000, code);
        }
        screens.shows("Dana", "of Cargo");
    }

    #[test]
    fn what_begins_and_ends_by_itself_shows_without_a_key_and_between_nothing_is_drawn() {
        let mut screens = Screens::open();
        for (ms, code) in [(0, KeyCode::Char('2')), (1000, KeyCode::Enter)] {
            screens.press(ms, code);
        }
        screens.pass(2000);
        let hour = 3_600_000;
        for (at, ana, bo) in
            [(0, "collaborator", "ended"), (hour, "ended", "ended"), (2 * hour, "ended", "team"), (3 * hour, "ended", "ended")]
        {
            if at > 0 {
                screens.pass(at - 1);
                assert_eq!(screens.frame(), None);
                screens.pass(at);
            }
            let frame = screens.frame().unwrap();
            let stands = |name: &str, standing: &str| frame.lines().any(|line| line.contains(name) && line.contains(standing));
            assert!(stands(" Ana Ruiz ", ana) && stands(" Bo ", bo), "{frame}");
        }
        screens.pass(4 * hour);
        assert_eq!(screens.frame(), None);
    }

    #[test]
    fn what_others_did_just_before_a_deed_of_ones_own_is_still_marked() {
        let mut screens = Screens::open();
        let grant = Command::Toggle { role: "helper".to_owned(), permissions: vec!["crm.inbox.manage".to_owned()], to: Switch::Grant };
        let mut elsewhere = Store::open(&screens.folder.path().join("work.db"), false).unwrap();
        command::run(&mut elsewhere, &screens.app.world.session.who().actor, screens.start, &grant).unwrap();
        let copy = Command::Duplicate { role: "helper".to_owned(), name: "Helper two".to_owned(), key: None };
        screens.app.run(&copy).unwrap();
        let role = screens.app.world.policy.find_role("helper").unwrap();
        assert_eq!(screens.app.world.recent.get(&role.role.id), Some(&role.closed));
        assert!(!role.closed.is_empty());
    }

    #[test]
    fn what_others_did_just_before_a_draft_is_saved_is_still_marked() {
        let mut screens = Screens::open();
        let copy = Command::Duplicate { role: "helper".to_owned(), name: "Other".to_owned(), key: None };
        screens.app.run(&copy).unwrap();
        let theirs = screens.app.world.policy.find_role("helper").unwrap().role.id;
        screens.press(1000, KeyCode::Char('6'));
        screens.frame();
        let mine = screens.app.world.policy.find_role("other").unwrap().role.id;
        screens.app.panes.matrix.show_roles(&screens.app.world.env(), "wix", Some(mine), Some("crm.notes.manage".to_owned()));
        screens.press(2000, KeyCode::Char(' '));
        let grant = Command::Toggle { role: "helper".to_owned(), permissions: vec!["crm.inbox.manage".to_owned()], to: Switch::Grant };
        let mut elsewhere = Store::open(&screens.folder.path().join("work.db"), false).unwrap();
        command::run(&mut elsewhere, &screens.app.world.session.who().actor, screens.start, &grant).unwrap();
        screens.app.save().unwrap();
        let toast = screens.app.toast.as_ref().unwrap();
        assert!(!toast.is_error && toast.words.starts_with("Saved"), "{}", toast.words);
        assert!(screens.app.world.recent.contains_key(&theirs) && !screens.app.world.recent.contains_key(&mine));
    }

    /// Stages one permission of a role that can be changed.
    fn stage(screens: &mut Screens, role: &str) {
        let role = screens.app.world.policy.find_role(role).unwrap().role.id;
        screens.press(0, KeyCode::Char('6'));
        screens.app.panes.matrix.show_roles(&screens.app.world.env(), "wix", Some(role), Some("crm.notes.manage".to_owned()));
        screens.press(1000, KeyCode::Char(' '));
        assert!(!screens.app.world.draft.commands(&screens.app.world.policy).is_empty());
    }

    #[test]
    fn a_window_says_its_keys_and_help_lists_them_and_runs_one() {
        let mut screens = Screens::open();
        stage(&mut screens, "helper");
        screens.press(2000, KeyCode::Char('s'));
        let frame = screens.frame().unwrap();
        assert!(
            frame.lines().last().unwrap().contains("u take one back") || frame.contains("u take one back  Y copy as commands"),
            "{frame}"
        );
        screens.press(3000, KeyCode::Char('?'));
        let frame = screens.frame().unwrap();
        for line in ["Help: The review", "Take the last unsaved step back", "Go back: nothing is done", "Close it;", "A page down"] {
            assert!(frame.contains(line), "{line}\n{frame}");
        }
        for c in "unstage".chars() {
            screens.press(4000, KeyCode::Char(c));
        }
        screens.press(5000, KeyCode::Enter);
        assert!(screens.app.overlays.is_empty() && screens.app.world.draft.differences(&screens.app.world.policy).is_empty());
    }

    #[test]
    fn a_letter_is_text_where_something_is_typed_and_help_shows_what_is_none() {
        let mut screens = Screens::open();
        screens.press(0, KeyCode::Char('1'));
        screens.press(1000, KeyCode::Char('a'));
        for c in "q?kyn".chars() {
            screens.press(2000, KeyCode::Char(c));
        }
        let frame = screens.frame().unwrap();
        assert!(frame.contains("q?kyn") && frame.contains("F1 help"), "{frame}");
        screens.press(3000, KeyCode::F(1));
        let frame = screens.frame().unwrap();
        assert!(frame.contains("Help: Forms") && frame.contains(" Esc           Close it"), "{frame}");
        for _ in 0..2 {
            screens.press(4000, KeyCode::Esc);
        }
        assert!(screens.app.overlays.is_empty());
    }

    #[test]
    fn esc_and_a_letter_that_arrive_together_answer_no_question() {
        let mut screens = Screens::open();
        let grant = Command::Toggle { role: "helper".to_owned(), permissions: vec!["crm.inbox.manage".to_owned()], to: Switch::Grant };
        screens.app.ask("Grant it?".to_owned(), vec![grant], None).unwrap();
        for modifier in [KeyModifiers::ALT, KeyModifiers::CONTROL] {
            screens.app.key(&KeyEvent::new(KeyCode::Char('y'), modifier), screens.start);
            assert_eq!((screens.app.overlays.len(), screens.app.world.session.store.reader().entries(None, 9).unwrap().len()), (1, 1));
        }
        screens.press(1000, KeyCode::Char('y'));
        assert_eq!((screens.app.overlays.len(), screens.app.world.session.store.reader().entries(None, 9).unwrap().len()), (0, 2));
    }

    #[test]
    fn a_draft_that_cannot_be_kept_is_told_of_and_not_lost_without_a_question() {
        let interrupt = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        for (key, last) in [(KeyEvent::from(KeyCode::Char('q')), 2), (interrupt, 3)] {
            // The keeper of these screens keeps nothing.
            let mut screens = Screens::open();
            stage(&mut screens, "helper");
            screens.app.keep_noted();
            screens.app.toast = None;
            assert!(screens.frame().unwrap().contains("Unsaved changes cannot be kept for the next time"));
            // Any other key between the two, and it is asked again.
            for n in [last - 1, last] {
                screens.press(3000, KeyCode::Down);
                for at in 1..=n {
                    assert_eq!(screens.app.wish, Wish::None, "{at}");
                    screens.app.key(&key, screens.start);
                    // The last but one tells what the last would do.
                    let told = screens.app.toast.as_ref().is_some_and(|it| it.words.starts_with("1 unsaved change would be lost"));
                    assert!(told || at != last - 1, "{at}");
                }
            }
            assert_eq!(screens.app.wish, Wish::Quit);
            screens.app.granted();
            let ana = screens.app.world.session.store.reader().the_person("ana@acme.example").unwrap().id;
            screens.app.act_as(ana).unwrap();
            assert!(screens.app.toast.as_ref().unwrap().words.contains("would be lost") && screens.app.acts_for().is_none());
            screens.app.save().unwrap();
            screens.app.keep_noted();
            screens.press(4000, KeyCode::Char('q'));
            assert_eq!((screens.app.wish, screens.app.warnings.line()), (Wish::Quit, None));
        }
    }

    #[test]
    fn what_was_staged_of_a_role_that_somebody_removed_is_told_of() {
        let mut screens = Screens::open();
        let copy = Command::Duplicate { role: "helper".to_owned(), name: "Other".to_owned(), key: None };
        screens.app.run(&copy).unwrap();
        stage(&mut screens, "other");
        let mut elsewhere = Store::open(&screens.folder.path().join("work.db"), false).unwrap();
        let remove = Command::Remove(crate::domain::record::Key::Role("other".to_owned()));
        command::run(&mut elsewhere, &screens.app.world.session.who().actor, screens.start, &remove).unwrap();
        screens.pass(3000);
        let toast = screens.app.toast.as_ref().unwrap();
        assert!(toast.is_error && toast.words.contains("Other was removed elsewhere, and your unsaved changes to it are gone"));
    }

    #[test]
    fn who_can_answers_as_the_engine_does_for_every_permission_of_the_sample() {
        let screens = Screens::of(include_bytes!("../../assets/demo/northlight.jsonl"), "dana@northlight.example");
        let (db, policy) = (screens.app.world.session.store.reader(), &screens.app.world.policy);
        let mut held = Vec::new();
        for site in db.sites_after("", 1000).unwrap() {
            let ground = access::ground(policy, &site).unwrap();
            for id in 1..100 {
                let Some(person) = db.find::<Person>(PersonId(id)).unwrap() else { continue };
                let can = access::access(db, policy, &ground, person.id, screens.start).unwrap();
                held.push((person.email, site.clone(), can));
            }
        }
        for catalog in policy.catalogs() {
            for id in catalog.ids().map(|it| catalog.get(it).id.as_str()) {
                let known = |site: &Site| policy.catalog(&site.platform).and_then(|it| it.lookup(id));
                let able = held.iter().filter(|(_, site, can)| known(site).is_some_and(|it| can.contains(it)));
                let mut able: Vec<(String, String)> = able.map(|(email, site, _)| (email.clone(), site.key.clone())).collect();
                let rows = Holders::of(&screens.app.world.env(), id, None).unwrap().rows();
                let mut told: Vec<(String, String)> = rows.into_iter().map(|(email, site, _)| (email, site)).collect();
                told.sort();
                told.dedup();
                able.sort();
                assert_eq!(told, able, "{id}");
            }
        }
    }

    #[test]
    fn where_the_window_is_too_small_to_see_anything_keys_do_nothing_but_leave() {
        for (width, height) in [(59, 40), (120, 15), (1, 1)] {
            let mut screens = Screens::open();
            let entries = |screens: &Screens| screens.app.world.session.store.reader().entries(None, 100).unwrap().len();
            let before = entries(&screens);
            screens.press(0, KeyCode::Char('2'));
            screens.app.resize(Size::new(width, height));
            for code in "duysXOa/:?x6 1".chars().map(KeyCode::Char).chain([KeyCode::Enter, KeyCode::Tab, KeyCode::Down, KeyCode::Char('y')])
            {
                screens.press(1000, code);
            }
            screens.app.paste("pasted");
            assert!(screens.app.overlays.is_empty() && screens.app.typing.is_none());
            assert_eq!((entries(&screens), screens.app.focus, screens.app.wish), (before, 1, Wish::None));
            screens.app.key(&KeyEvent::new(KeyCode::Char('z'), KeyModifiers::CONTROL), screens.start);
            assert_eq!(screens.app.wish, Wish::Suspend);
            let interrupt = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
            for (leaving, n) in [(KeyEvent::from(KeyCode::Char('q')), 1), (interrupt, 2)] {
                for at in 0..n {
                    screens.app.granted();
                    assert_eq!(screens.app.wish, Wish::None, "{at}");
                    screens.app.key(&leaving, screens.start);
                }
                assert_eq!(screens.app.wish, Wish::Quit);
            }
        }
    }

    #[test]
    fn of_a_window_that_is_too_large_a_part_is_drawn_on_and_the_screen_says_so() {
        let mut screens = Screens::open();
        screens.press(0, KeyCode::Char('2'));
        screens.app.resize(Size::new(u16::MAX, u16::MAX));
        assert_eq!(screens.app.area().as_size(), Size::new(1000, 400));
        screens.app.resize(Size::new(1200, 40));
        screens.screen = Terminal::new(TestBackend::new(1000, 40)).unwrap();
        assert!(screens.frame().unwrap().contains("This window is 1200x40; 1000x40 of it are drawn on"));
        screens.app.resize(Size::new(120, 40));
        screens.screen = Terminal::new(TestBackend::new(120, 40)).unwrap();
        assert!(!screens.frame().unwrap().contains("drawn on"));
    }
}
