//! The app: who has the focus, and the one place where anything changes.

use anyhow::Result;
use chrono::{DateTime, Utc};
use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::action::{ACTIONS, Action, Place};
use super::draft::Draft;
use super::overlays::confirm::Confirm;
use super::overlays::help::Help;
use super::overlays::palette::Palette;
use super::overlays::review::Review;
use super::panes::matrix::Mode;
use super::panes::{Activity, Collaborators, Contacts, ListPane, Matrix, PANES, Roles, Sites};
use super::session::{Keeper, Session};
use super::theme::Theme;
use super::view::{Effect, Env, Message, Overlay, Paint, Pane, Recent, Target};
use super::widgets::field::Field;
use super::widgets::lines::{self, plural, span};
use super::worker::Worker;
use super::{keymap, now};
use crate::command::{self, Actor, Command, Error};
use crate::domain::ids::{ContactId, PersonId, RoleId, SiteId};
use crate::domain::policy::Policy;
use crate::domain::text;
use crate::domain::things::{Contact, Person, Site};
use crate::query::access;
use crate::query::impact::{Budget, Impact, impact};
use crate::query::matrix::Subject;
use crate::store::Store;

/// Pairs of people and sites that are counted at once; more go to the worker.
const AT_ONCE: usize = 400;
/// Pairs that a question before a deed may count.
const BEFORE_A_DEED: usize = 20_000;
/// How long what others changed stays marked.
const MARKED: chrono::TimeDelta = chrono::TimeDelta::seconds(8);
/// Smallest screen that is drawn on.
const SMALLEST: (u16, u16) = (60, 16);

struct Toast {
    words: String,
    is_error: bool,
}

pub(super) struct App {
    store: Store,
    actor: Actor,
    policy: Policy,
    draft: Draft,
    theme: Theme,
    demo: bool,
    now: DateTime<Utc>,

    contacts: ListPane<Contacts>,
    sites: ListPane<Sites>,
    collaborators: ListPane<Collaborators>,
    roles: ListPane<Roles>,
    matrix: Matrix,
    activity: ListPane<Activity>,
    focus: usize,
    overlays: Vec<Box<dyn Overlay>>,
    /// The filter of the focused pane while it is typed.
    typing: Option<Field>,
    view_as: Option<Person>,

    effect: Effect,
    names: Vec<String>,
    worker: Worker,
    data_version: i64,
    recent: Recent,
    recent_until: Option<DateTime<Utc>>,
    toast: Option<Toast>,
    counts: (usize, usize),
    keeper: Keeper,

    size: (u16, u16),
    dirty: bool,
    redraw: bool,
    suspend: bool,
    done: bool,
    interrupted: bool,
}

impl App {
    pub(super) fn new(store: Store, actor: Actor, theme: Theme, demo: bool, now: DateTime<Utc>) -> Result<App> {
        let policy = store.reader().policy(None)?;
        let worker = Worker::start(&store)?;
        let data_version = store.data_version()?;
        let keeper = Keeper::of(store.path());
        let mut app = App {
            policy,
            draft: Draft::default(),
            theme,
            demo,
            now,
            contacts: ListPane::new(Contacts),
            sites: ListPane::new(Sites),
            collaborators: ListPane::new(Collaborators::default()),
            roles: ListPane::new(Roles),
            matrix: Matrix::default(),
            activity: ListPane::new(Activity),
            focus: 0,
            overlays: Vec::new(),
            typing: None,
            view_as: None,
            effect: Effect::None,
            names: Vec::new(),
            worker,
            data_version,
            recent: Recent::new(),
            recent_until: None,
            toast: None,
            counts: (0, 0),
            keeper,
            size: (80, 24),
            dirty: true,
            redraw: false,
            suspend: false,
            done: false,
            interrupted: false,
            store,
            actor,
        };
        app.count()?;
        app.restore()?;
        if app.toast.is_none() {
            app.say("Who can do what, why, and what would change. Space in the matrix (5) switches a permission; ? helps".to_owned());
        }
        Ok(app)
    }

    fn count(&mut self) -> Result<()> {
        let db = self.store.reader();
        self.counts = (db.count::<Site>()?, db.count::<Person>()?);
        Ok(())
    }

    // ---- what survives ----

    fn restore(&mut self) -> Result<()> {
        let session = self.keeper.read();
        self.focus = session.pane.min(PANES.len() - 1);
        for (at, id) in session.selected.iter().enumerate() {
            let Some(id) = id else { continue };
            match at {
                0 => self.contacts.select(*id),
                1 => self.sites.select(*id),
                2 => self.collaborators.select(*id),
                3 => self.roles.select(*id),
                _ => {}
            }
        }
        self.matrix.restore(session.open, session.permission);
        for (at, filter) in session.filters.iter().enumerate().filter(|(_, it)| !it.is_empty()) {
            self.with_pane(at, |pane, env| pane.filter(filter, env))?;
        }
        if !session.draft.is_empty() {
            let taken = self.draft.restore(&self.policy, &session.draft);
            if taken > 0 {
                let when = session.drafted_at.map_or_else(String::new, |at| format!(" of {}", at.format("%Y-%m-%d %H:%M")));
                self.say(format!("Your unsaved changes{when} to {} are back. s reviews them, u takes them back", plural(taken, "role")));
                self.measure()?;
            }
        }
        Ok(())
    }

    fn session(&self) -> Session {
        let (open, permission) = self.matrix.folds();
        let draft = self.draft.commands(&self.policy);
        Session {
            pane: self.focus,
            selected: vec![self.contacts.selected(), self.sites.selected(), self.collaborators.selected(), self.roles.selected()],
            filters: (0..PANES.len()).map(|at| self.pane(at).filter_text().to_owned()).collect(),
            open,
            permission,
            drafted_at: (!draft.is_empty()).then_some(self.now),
            draft,
        }
    }

    pub(super) fn keeper(&self) -> Keeper {
        self.keeper.clone()
    }

    /// Keeps place and draft for the next time.
    pub(super) fn keep(&self) {
        self.keeper.note(self.session());
        self.keeper.keep();
    }

    // ---- the loop's side ----

    pub(super) fn resize(&mut self, width: u16, height: u16) {
        self.size = (width, height);
        self.dirty = true;
    }

    pub(super) fn touch(&mut self) {
        self.dirty = true;
    }

    pub(super) fn is_done(&self) -> bool {
        self.done
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.worker.is_pending()
    }

    pub(super) fn wants_suspend(&self) -> bool {
        self.suspend
    }

    pub(super) fn take_suspend(&mut self) -> bool {
        std::mem::take(&mut self.suspend)
    }

    pub(super) fn take_redraw(&mut self) -> bool {
        std::mem::take(&mut self.redraw)
    }

    /// Looks around: other processes' changes, the worker's answer, marks that fade.
    pub(super) fn tick(&mut self) -> Result<()> {
        self.now = now();
        if let Some(impact) = self.worker.answer() {
            self.know(impact)?;
        }
        if self.recent_until.is_some_and(|until| until < self.now) {
            self.recent.clear();
            self.recent_until = None;
            self.stale();
        }
        let version = self.store.data_version()?;
        if version != self.data_version {
            self.data_version = version;
            self.others_changed()?;
        }
        Ok(())
    }

    fn others_changed(&mut self) -> Result<()> {
        let before = std::mem::replace(&mut self.policy, self.store.reader().policy(None)?);
        for held in self.policy.roles() {
            let Some(old) = before.role(held.role.id) else { continue };
            let moved = (old.closed - held.closed) | (held.closed - old.closed);
            if !moved.is_empty() {
                self.recent.insert(held.role.id, moved);
            }
        }
        self.recent_until = Some(self.now + MARKED);
        self.draft.rebase(&before, &self.policy);
        let last = self.store.reader().entries(None, 1)?.pop();
        if let Some(entry) = last {
            self.say(format!("{} {} (entry {}, elsewhere)", entry.actor, entry.summary, entry.seq));
        }
        self.count()?;
        self.stale();
        self.measure()
    }

    fn stale(&mut self) {
        for at in 0..PANES.len() {
            self.pane_mut(at).stale();
        }
        self.dirty = true;
    }

    // ---- keys ----

    pub(super) fn key(&mut self, key: &KeyEvent) -> Result<()> {
        self.now = now();
        self.dirty = true;
        if key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL) {
            if self.interrupted || self.overlays.is_empty() && self.typing.is_none() {
                self.done = self.interrupted;
                self.interrupted = true;
                self.say("Ctrl-c again leaves; unsaved changes are kept".to_owned());
            } else {
                self.overlays.clear();
                self.typing = None;
            }
            return Ok(());
        }
        self.interrupted = false;
        if let Some(mut overlay) = self.overlays.pop() {
            let messages = overlay.key(key, &self.env())?;
            self.overlays.push(overlay);
            return self.update(messages);
        }
        if self.typing.is_some() {
            return self.type_filter(key);
        }
        self.toast = None;
        if let KeyCode::Char(c) = key.code
            && let Some(at) = c.to_digit(10).and_then(|it| usize::try_from(it).ok()).filter(|it| (1..=PANES.len()).contains(it))
        {
            self.focus_on(at - 1);
            return Ok(());
        }
        match keymap::resolve(&self.places(), key) {
            Some(action) => self.perform(action),
            None => Ok(()),
        }
    }

    fn type_filter(&mut self, key: &KeyEvent) -> Result<()> {
        let Some(field) = &mut self.typing else { return Ok(()) };
        match key.code {
            KeyCode::Enter | KeyCode::Down | KeyCode::Up | KeyCode::Tab => {
                self.typing = None;
                if key.code != KeyCode::Enter {
                    let action = if key.code == KeyCode::Up { Action::Up } else { Action::Down };
                    return self.perform(action);
                }
                Ok(())
            }
            KeyCode::Esc => {
                self.typing = None;
                self.with_pane(self.focus, |pane, env| pane.filter("", env))
            }
            _ => {
                field.key(key);
                let text = field.text();
                self.with_pane(self.focus, |pane, env| pane.filter(&text, env))
            }
        }
    }

    pub(super) fn paste(&mut self, pasted: &str) {
        self.dirty = true;
        if let Some(overlay) = self.overlays.last_mut() {
            overlay.paste(pasted);
        } else if let Some(field) = &mut self.typing {
            field.paste(pasted);
            let text = field.text();
            // A filter that cannot be read is as good as none.
            drop(self.with_pane(self.focus, |pane, env| pane.filter(&text, env)));
        } else {
            self.complain("pasted text goes into a field; open one first (/ filters, a adds)".to_owned());
        }
    }

    /// Where the keys' meanings come from, the nearest first.
    fn places(&self) -> Vec<Place> {
        let here = PANES[self.focus];
        match here {
            Place::Matrix | Place::Activity => vec![here, Place::Everywhere],
            _ => vec![here, Place::Lists, Place::Everywhere],
        }
    }

    pub(super) fn perform(&mut self, action: Action) -> Result<()> {
        match action {
            Action::Quit => self.done = true,
            Action::Help => self.overlays.push(Box::new(Help::new(&self.places()))),
            Action::Palette => self.overlays.push(Box::new(Palette::new(&self.places()))),
            Action::NextPane => self.focus_on((self.focus + 1) % PANES.len()),
            Action::LastPane => self.focus_on((self.focus + PANES.len() - 1) % PANES.len()),
            Action::Filter => self.typing = Some(Field::new(self.pane(self.focus).filter_text(), false)),
            Action::Redraw => self.redraw = true,
            Action::Suspend => self.suspend = true,
            Action::Save => self.review(),
            Action::Undo => self.undo()?,
            Action::Redo => self.redo()?,
            Action::Discard => {
                self.draft.clear();
                self.say("All unsaved changes are dropped".to_owned());
                self.drafted()?;
            }
            Action::Back if self.view_as.is_some() => self.leave_view()?,
            action => {
                let mut messages = Vec::new();
                self.with_pane(self.focus, |pane, env| {
                    messages = pane.act(action, env)?;
                    Ok(())
                })?;
                self.after_back(action)?;
                self.update(messages)?;
            }
        }
        Ok(())
    }

    /// A list that is no longer narrowed shows everybody again.
    fn after_back(&mut self, action: Action) -> Result<()> {
        if action == Action::Back && !self.collaborators.is_narrowed() && self.collaborators.kind.site.is_some() {
            let mut collaborators = std::mem::replace(&mut self.collaborators, ListPane::new(Collaborators::default()));
            collaborators.kind.choose(&self.env(), None)?;
            collaborators.stale();
            self.collaborators = collaborators;
        }
        Ok(())
    }

    fn focus_on(&mut self, at: usize) {
        self.focus = at;
        self.typing = None;
    }

    fn show(&mut self, place: Place) {
        self.focus_on(PANES.iter().position(|it| *it == place).unwrap_or(0));
    }

    // ---- the one update ----

    fn update(&mut self, messages: Vec<Message>) -> Result<()> {
        messages.into_iter().try_for_each(|message| self.take(message))
    }

    fn take(&mut self, message: Message) -> Result<()> {
        match message {
            Message::Run(command) => self.run(&command)?,
            Message::Ask(question, commands) => self.ask(question, commands)?,
            Message::Stage { role, toggled, ripple } => {
                self.draft.stage(&self.policy, role, toggled, &ripple);
                self.drafted()?;
            }
            Message::Open(overlay) => self.overlays.push(overlay),
            Message::Close => drop(self.overlays.pop()),
            Message::Go(target) => self.go(&target)?,
            Message::SitesOf(contact) => self.sites_of(contact)?,
            Message::PeopleOf(site) => self.people_of(site)?,
            Message::MatrixOfSite(site, person) => self.matrix_of_site(site, person)?,
            Message::MatrixOfPerson(person) => self.matrix_of_person(person)?,
            Message::ViewAs(person) => self.start_view(person)?,
            Message::SaveDraft => self.save()?,
            Message::Perform(action) => self.perform(action)?,
            Message::Say(words) => self.say(words),
            Message::Complain(words) => self.complain(words),
            Message::Copy(words) => self.copy(&words),
        }
        Ok(())
    }

    fn go(&mut self, target: &Target) -> Result<()> {
        match target {
            Target::Contact(id) => {
                self.contacts.select(id.0);
                self.show(Place::Contacts);
            }
            Target::Site(id) => {
                self.sites.select(id.0);
                self.show(Place::Sites);
            }
            Target::Person(id) => {
                self.everybody()?;
                self.collaborators.select(id.0);
                self.show(Place::Collaborators);
            }
            Target::Role(id) => {
                let platform = self.policy.role(*id).map_or_else(String::new, |it| it.role.platform.clone());
                self.matrix_roles(&platform, Some(*id), None);
            }
            Target::Permission(platform, id) => self.matrix_roles(platform, None, Some(id.clone())),
        }
        Ok(())
    }

    fn everybody(&mut self) -> Result<()> {
        let mut pane = std::mem::replace(&mut self.collaborators, ListPane::new(Collaborators::default()));
        let narrowed = pane.kind.choose(&self.env(), None)?;
        pane.narrow(narrowed);
        self.collaborators = pane;
        Ok(())
    }

    fn matrix_roles(&mut self, platform: &str, role: Option<RoleId>, permission: Option<String>) {
        let mut matrix = std::mem::take(&mut self.matrix);
        matrix.show_roles(&self.env(), platform, role, permission);
        self.matrix = matrix;
        self.show(Place::Matrix);
    }

    fn sites_of(&mut self, contact: ContactId) -> Result<()> {
        let db = self.store.reader();
        let Some(contact) = db.find::<Contact>(contact)? else { return Ok(()) };
        let person = contact.email.as_deref().map(|it| db.person_by_email(it)).transpose()?.flatten();
        let sites = match &person {
            Some(person) => access::sites_of(db, &self.policy, person.id)?,
            None => Vec::new(),
        };
        if sites.is_empty() {
            self.complain(format!("{} owns no site and has access to none", text::display(&contact.name)));
            return Ok(());
        }
        self.sites.narrow(Some((contact.name, sites.iter().map(|it| it.id.0).collect())));
        self.show(Place::Sites);
        Ok(())
    }

    fn people_of(&mut self, site: SiteId) -> Result<()> {
        let mut pane = std::mem::replace(&mut self.collaborators, ListPane::new(Collaborators::default()));
        let narrowed = pane.kind.choose(&self.env(), Some(site));
        self.collaborators = pane;
        match narrowed {
            Ok(narrowed) => {
                self.collaborators.narrow(narrowed);
                self.show(Place::Collaborators);
            }
            Err(error) => self.complain(format!("{error:#}")),
        }
        Ok(())
    }

    fn matrix_of_site(&mut self, site: SiteId, person: Option<PersonId>) -> Result<()> {
        if let Some(site) = self.store.reader().find::<Site>(site)? {
            self.matrix.show(Mode::PeopleOf(site.id, site.name), person.map(Subject::Person));
            self.show(Place::Matrix);
        }
        Ok(())
    }

    fn matrix_of_person(&mut self, person: PersonId) -> Result<()> {
        if let Some(person) = self.store.reader().find::<Person>(person)? {
            self.matrix.show(Mode::SitesOf(person.id, person.name), None);
            self.show(Place::Matrix);
        }
        Ok(())
    }

    fn start_view(&mut self, person: PersonId) -> Result<()> {
        let Some(person) = self.store.reader().find::<Person>(person)? else { return Ok(()) };
        let sites = access::sites_of(self.store.reader(), &self.policy, person.id)?;
        let mut seen = Vec::new();
        for site in &sites {
            let Ok(ground) = access::ground(&self.policy, site) else { continue };
            if !access::access(self.store.reader(), &self.policy, &ground, person.id, self.now)?.is_empty() {
                seen.push(site.id.0);
            }
        }
        let n = seen.len();
        self.sites.narrow(Some((person.name.clone(), seen)));
        self.matrix.show(Mode::SitesOf(person.id, person.name.clone()), None);
        self.say(format!(
            "This is what {} sees: {}, and what can be done on each. Esc leaves",
            text::display(&person.name),
            plural(n, "site")
        ));
        self.view_as = Some(person);
        self.show(Place::Matrix);
        Ok(())
    }

    fn leave_view(&mut self) -> Result<()> {
        self.view_as = None;
        self.sites.narrow(None);
        self.matrix.show(Mode::Roles, None);
        self.everybody()?;
        self.show(Place::Collaborators);
        Ok(())
    }

    // ---- changing things ----

    fn run(&mut self, command: &Command) -> Result<()> {
        if self.store.is_read_only() {
            self.complain("this is read-only: nothing can be saved".to_owned());
            return Ok(());
        }
        match command::run(&mut self.store, &self.actor, self.now, command) {
            Ok(receipt) => {
                self.overlays.clear();
                let entry =
                    receipt.head.map_or_else(|| "nothing to change".to_owned(), |head| format!("entry {}; u takes it back", head.seq));
                self.say(format!("{} ({entry})", capital(&receipt.summary)));
                self.own_change()
            }
            Err(error) => {
                self.refused(&error);
                Ok(())
            }
        }
    }

    fn refused(&mut self, error: &Error) {
        let sentence = capital(&error.to_string());
        let kept = self.overlays.last_mut().is_some_and(|it| it.refused(&sentence));
        if !kept {
            self.complain(sentence);
        }
    }

    /// After a command of our own: reads again what may have changed.
    fn own_change(&mut self) -> Result<()> {
        self.data_version = self.store.data_version()?;
        self.policy = self.store.reader().policy(None)?;
        let site = self.collaborators.kind.site;
        if site.is_some() {
            let keep = self.collaborators.selected();
            let mut pane = std::mem::replace(&mut self.collaborators, ListPane::new(Collaborators::default()));
            let narrowed = pane.kind.choose(&self.env(), site)?;
            pane.narrow(narrowed);
            if let Some(id) = keep {
                pane.reselect(id);
            }
            self.collaborators = pane;
        }
        self.count()?;
        self.stale();
        self.drafted()
    }

    fn ask(&mut self, question: String, commands: Vec<Command>) -> Result<()> {
        if self.store.is_read_only() {
            self.complain("this is read-only: nothing can be saved".to_owned());
            return Ok(());
        }
        let plan = match command::preview(&mut self.store, &self.actor, &commands) {
            Ok(plan) => plan,
            Err(error) => {
                self.refused(&error);
                return Ok(());
            }
        };
        let budget = Budget { pairs: BEFORE_A_DEED, ..Budget::ALL };
        let counted =
            if plan.n_bulk > 0 { None } else { impact(self.store.reader(), &self.policy, &plan.changes, self.now, &budget)?.ok() };
        let names = counted.as_ref().map(|it| self.first_names(it)).transpose()?.unwrap_or_default();
        self.overlays.push(Box::new(Confirm::new(question, commands, &plan.notes, counted, names)));
        Ok(())
    }

    fn review(&mut self) {
        if self.store.is_read_only() {
            self.complain("this is read-only: changes can be tried here, not saved".to_owned());
        } else if self.draft.differences(&self.policy).is_empty() {
            self.complain("nothing is staged; Space in the matrix switches a permission".to_owned());
        } else {
            self.overlays.push(Box::new(Review::new()));
        }
    }

    fn save(&mut self) -> Result<()> {
        let mut commands = self.draft.commands(&self.policy);
        let command = if commands.len() == 1 { commands.remove(0) } else { Command::Batch(commands) };
        match command::run(&mut self.store, &self.actor, self.now, &command) {
            Ok(receipt) => {
                self.draft.clear();
                let entry = receipt.head.map_or(0, |it| it.seq);
                self.say(format!("Saved as entry {entry}: {}. u takes it back", receipt.summary));
                self.own_change()
            }
            Err(error) => {
                self.complain(capital(&error.to_string()));
                self.others_changed()
            }
        }
    }

    fn undo(&mut self) -> Result<()> {
        if self.draft.undo() {
            self.say("Took one unsaved change back; U does it again".to_owned());
            return self.drafted();
        }
        match command::undo_target(self.store.reader())? {
            Some(seq) => {
                let what = self.store.reader().entry(seq)?.map_or_else(String::new, |it| it.summary);
                self.ask(format!("Take entry {seq} back: {what}?"), vec![Command::Undo(seq)])
            }
            None => {
                self.complain("there is nothing to take back".to_owned());
                Ok(())
            }
        }
    }

    fn redo(&mut self) -> Result<()> {
        if self.draft.redo() {
            self.say("Did it again".to_owned());
            return self.drafted();
        }
        match command::redo_target(self.store.reader())? {
            Some(seq) => {
                let what = self.store.reader().entry(seq)?.map_or_else(String::new, |it| it.summary);
                self.ask(format!("Do it again: {what}?"), vec![Command::Redo(seq)])
            }
            None => {
                self.complain("there is nothing to do again".to_owned());
                Ok(())
            }
        }
    }

    /// After any change of the draft: what is drawn from it, kept of it, counted for it.
    fn drafted(&mut self) -> Result<()> {
        self.matrix.stale();
        self.dirty = true;
        self.keeper.note(self.session());
        self.measure()
    }

    /// Counts what the draft touches: at once where that is little, else by the worker.
    fn measure(&mut self) -> Result<()> {
        let changes = self.draft.changes(&self.policy);
        self.names.clear();
        self.worker.cancel();
        if changes.is_empty() {
            self.effect = Effect::None;
            return Ok(());
        }
        let budget = Budget { pairs: AT_ONCE, ..Budget::ALL };
        match impact(self.store.reader(), &self.policy, &changes, self.now, &budget)? {
            Ok(impact) => self.know(impact)?,
            Err(_) => {
                self.effect = Effect::Counting;
                self.worker.ask(&self.policy, changes, self.now);
            }
        }
        Ok(())
    }

    fn know(&mut self, impact: Impact) -> Result<()> {
        self.names = self.first_names(&impact)?;
        self.effect = Effect::Known(impact);
        self.dirty = true;
        Ok(())
    }

    fn first_names(&self, impact: &Impact) -> Result<Vec<String>> {
        let db = self.store.reader();
        let names = impact.people.iter().take(4).map(|id| Ok(db.find::<Person>(*id)?.map(|it| text::display(&it.name).into_owned())));
        names.filter_map(Result::transpose).collect()
    }

    // ---- small talk ----

    fn say(&mut self, words: String) {
        self.toast = Some(Toast { words, is_error: false });
        self.dirty = true;
    }

    fn complain(&mut self, words: String) {
        self.toast = Some(Toast { words, is_error: true });
        self.dirty = true;
    }

    fn copy(&mut self, words: &str) {
        let sent = crossterm::execute!(std::io::stdout(), CopyToClipboard::to_clipboard_from(words));
        match sent {
            Ok(()) => self.say(format!("Copied {} through the terminal", plural(words.len(), "byte"))),
            Err(error) => self.complain(format!("the terminal did not take it: {error}")),
        }
    }

    // ---- panes ----

    fn pane(&self, at: usize) -> &dyn Pane {
        match PANES[at] {
            Place::Contacts => &self.contacts,
            Place::Sites => &self.sites,
            Place::Collaborators => &self.collaborators,
            Place::Roles => &self.roles,
            Place::Activity => &self.activity,
            Place::Matrix | Place::Everywhere | Place::Lists => &self.matrix,
        }
    }

    fn pane_mut(&mut self, at: usize) -> &mut dyn Pane {
        match PANES[at] {
            Place::Contacts => &mut self.contacts,
            Place::Sites => &mut self.sites,
            Place::Collaborators => &mut self.collaborators,
            Place::Roles => &mut self.roles,
            Place::Activity => &mut self.activity,
            Place::Matrix | Place::Everywhere | Place::Lists => &mut self.matrix,
        }
    }

    fn env(&self) -> Env<'_> {
        Env { store: &self.store, policy: &self.policy, draft: &self.draft, recent: &self.recent, now: self.now }
    }

    /// Lets a pane work with everything else at hand.
    fn with_pane(&mut self, at: usize, work: impl FnOnce(&mut dyn Pane, &Env<'_>) -> Result<()>) -> Result<()> {
        let env = Env { store: &self.store, policy: &self.policy, draft: &self.draft, recent: &self.recent, now: self.now };
        let pane: &mut dyn Pane = match PANES[at] {
            Place::Contacts => &mut self.contacts,
            Place::Sites => &mut self.sites,
            Place::Collaborators => &mut self.collaborators,
            Place::Roles => &mut self.roles,
            Place::Activity => &mut self.activity,
            Place::Matrix | Place::Everywhere | Place::Lists => &mut self.matrix,
        };
        work(pane, &env)
    }

    // ---- painting ----

    /// Reads what the next frame needs; `false` where there is nothing new to draw.
    pub(super) fn prepare(&mut self) -> Result<bool> {
        if !std::mem::take(&mut self.dirty) {
            return Ok(false);
        }
        let rooms = Rooms::of(self.area(), PANES[self.focus]);
        self.with_pane(self.focus, |pane, env| pane.load(rooms.list, env))?;
        let env = Env { store: &self.store, policy: &self.policy, draft: &self.draft, recent: &self.recent, now: self.now };
        match PANES[self.focus] {
            Place::Contacts => self.contacts.load_detail(rooms.detail, &env, &self.theme)?,
            Place::Sites => self.sites.load_detail(rooms.detail, &env, &self.theme)?,
            Place::Collaborators => self.collaborators.load_detail(rooms.detail, &env, &self.theme)?,
            Place::Roles => self.roles.load_detail(rooms.detail, &env, &self.theme)?,
            Place::Activity => self.activity.load_detail(rooms.detail, &env, &self.theme)?,
            Place::Matrix | Place::Everywhere | Place::Lists => {}
        }
        if let Some(overlay) = self.overlays.last_mut() {
            overlay.load(&env)?;
        }
        Ok(true)
    }

    fn area(&self) -> Rect {
        Rect::new(0, 0, self.size.0, self.size.1)
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>) {
        let area = frame.area();
        if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
            let words = format!("rolecall needs {}x{}; this is {}x{}. q leaves.", SMALLEST.0, SMALLEST.1, area.width, area.height);
            lines::paint(frame, area, lines::wrap(&words, usize::from(area.width.max(1))).into_iter().map(Line::from).collect());
            return;
        }
        let rooms = Rooms::of(area, PANES[self.focus]);
        self.draw_head(frame, rooms.head);
        let paint = Paint {
            theme: &self.theme,
            policy: &self.policy,
            draft: &self.draft,
            effect: &self.effect,
            names: &self.names,
            focused: self.overlays.is_empty(),
        };
        self.pane(self.focus).draw(frame, rooms.list, &paint);
        match PANES[self.focus] {
            Place::Contacts => self.contacts.draw_detail(frame, rooms.detail, &paint),
            Place::Sites => self.sites.draw_detail(frame, rooms.detail, &paint),
            Place::Collaborators => self.collaborators.draw_detail(frame, rooms.detail, &paint),
            Place::Roles => self.roles.draw_detail(frame, rooms.detail, &paint),
            Place::Activity => self.activity.draw_detail(frame, rooms.detail, &paint),
            Place::Matrix | Place::Everywhere | Place::Lists => {}
        }
        self.draw_foot(frame, rooms.foot);
        if let Some(overlay) = self.overlays.last() {
            overlay.draw(frame, rooms.body, &paint);
        }
    }

    fn draw_head(&self, frame: &mut Frame<'_>, area: Rect) {
        let theme = &self.theme;
        let (sites, people) = self.counts;
        let mut left = vec![span(" rolecall", theme.title), span(&format!("  {}", self.policy.name), theme.heading)];
        left.push(span(&format!("   {}   {}", plural(sites, "site"), plural(people, "person")), theme.hint));
        if self.demo {
            left.push(span("   sample data", theme.hint));
        }
        let mut right = Vec::new();
        if let Some(person) = &self.view_as {
            right.push(span(&format!("viewing as {}   ", text::fit(&text::display(&person.name), 24)), theme.risk));
        }
        let unsaved = self.draft.count(&self.policy);
        if unsaved > 0 {
            right.push(span(&format!("{unsaved} unsaved   "), theme.gain));
        }
        if self.store.is_read_only() {
            right.push(span("read-only   ", theme.risk));
        }
        right.push(span("? help ", theme.hint));
        let width = u16::try_from(right.iter().map(Span::width).sum::<usize>()).unwrap_or(0).min(area.width);
        frame.render_widget(Line::from(left), Rect { height: 1, width: area.width.saturating_sub(width + 1), ..area });
        frame.render_widget(Line::from(right), Rect { x: area.right() - width, y: area.y, width, height: 1 });
        let mut tabs = vec![Span::raw(" ")];
        for (at, place) in PANES.iter().enumerate() {
            let style = if at == self.focus { theme.cursor } else { theme.text };
            tabs.extend([span(&format!(" {} {} ", at + 1, place.title()), style), Span::raw(" ")]);
        }
        frame.render_widget(Line::from(tabs), Rect { y: area.y + 1, height: 1, ..area });
    }

    fn draw_foot(&self, frame: &mut Frame<'_>, area: Rect) {
        let theme = &self.theme;
        let status = Rect { height: 1, ..area };
        if let Some(field) = &self.typing {
            frame.render_widget(Line::from(span(" /", theme.key)), status);
            field.draw(frame, Rect { x: status.x + 2, width: status.width.saturating_sub(2), ..status }, true, theme.text);
        } else if let Some(toast) = &self.toast {
            let style = if toast.is_error { theme.risk } else { theme.good };
            frame.render_widget(
                Line::from(span(&text::fit(&text::display(&format!(" {}", toast.words)), usize::from(area.width)), style)),
                status,
            );
        }
        let keys: Vec<(String, &str)> = match self.overlays.last() {
            Some(overlay) => overlay.keys().into_iter().map(|(key, word)| (key.to_owned(), word)).collect(),
            None if self.typing.is_some() => vec![("Enter".to_owned(), "keep the filter"), ("Esc".to_owned(), "show all")],
            None => self.footer(),
        };
        let mut spans = vec![Span::raw(" ")];
        let mut used = 1;
        for (key, word) in keys {
            let width = text::width(&key) + text::width(word) + 3;
            if used + width > usize::from(area.width) {
                break;
            }
            used += width;
            spans.extend([span(&key, theme.key), span(&format!(" {word}  "), theme.text)]);
        }
        frame.render_widget(Line::from(spans), Rect { y: area.y + 1, height: 1, ..area });
    }

    /// The few keys that matter here.
    fn footer(&self) -> Vec<(String, &'static str)> {
        let places = self.places();
        let of = |place: Place| ACTIONS.iter().filter(move |it| it.place == place && !it.short.is_empty());
        let (own, general): (Vec<Place>, Vec<Place>) = places.iter().partition(|it| **it != Place::Everywhere);
        let own: Vec<_> = own.into_iter().flat_map(of).collect();
        let (first, rest) = own.split_at(own.len().min(4));
        let all = first.iter().copied().chain(general.into_iter().flat_map(of)).chain(rest.iter().copied());
        all.filter_map(|it| Some((keymap::show(it.keys.first()?), it.short))).collect()
    }
}

/// Where things are drawn.
struct Rooms {
    head: Rect,
    body: Rect,
    list: Rect,
    detail: Rect,
    foot: Rect,
}

impl Rooms {
    fn of(area: Rect, place: Place) -> Rooms {
        let head = Rect { height: 2.min(area.height), ..area };
        let foot = Rect { y: area.bottom().saturating_sub(2), height: 2.min(area.height), ..area };
        let body = Rect { y: area.y + 2, height: area.height.saturating_sub(4), ..area };
        if place == Place::Activity && body.width < 110 {
            let list = Rect { height: body.height / 2, ..body };
            return Rooms { head, body, list, detail: Rect { y: list.bottom(), height: body.height - list.height, ..body }, foot };
        }
        let wide = match place {
            Place::Matrix => body.width,
            Place::Activity => body.width * 3 / 5,
            _ => (body.width * 2 / 5).clamp(34, 64).min(body.width),
        };
        let list = Rect { width: wide, ..body };
        let detail = Rect { x: body.x + wide, width: body.width - wide, ..body };
        Rooms { head, body, list, detail, foot }
    }
}

/// The sentence with a capital first letter.
fn capital(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + chars.as_str())
}
