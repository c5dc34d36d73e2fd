//! Presenting: roles, shown to somebody who is not of the agency.
//!
//! A stage in front of the screens. It is made of the policy alone, draws the whole terminal, takes every key, and does
//! itself what its one window asks for: nothing that panes, head or status line would say has a way onto it.

mod paint;

use std::cell::Cell;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use chrono::{DateTime, Utc};
use crossterm::event::KeyEvent;

use super::action::{self, Action, Place, actions};
use super::keymap::{self, key_of};
use super::overlays::help::Help;
use super::overlays::write::Write;
use super::view::{Env, Message, Overlay};
use super::widgets::scroll::{self, Scroll};
use crate::domain::catalog::BuiltinRole;
use crate::domain::ids::RoleId;
use crate::domain::policy::{HeldRole, Policy};
use crate::exchange::leaflet::Leaflet;
use crate::exchange::report::Ending;
use crate::store::files;

actions! {
    PLACE "Presenting" "Roles for somebody to look at: what each is for, and what it lets one do." {
        STOP "present-stop" ["q"] "stop" "Stop presenting: the screens are there again, with all their names";
        CLOSER "present-page" ["enter", "right", "l"] "closer" "The page of this role; of marked ones, side by side";
        CHOOSE "present-mark" ["space"] "mark" "Mark this role, or take its mark, and go one down: marked ones stand side by side";
        SIDE_BY_SIDE "present-compare" ["m"] "side by side" "The marked ones side by side: what each lets one do";
        ALIKE "present-alike" ["="] "the same too" "Beside what differs, also what all of them can do; once more, only what differs";
        OTHERS "present-platform" ["P"] "platform" "The roles of the next platform";
        HAND_OUT "present-write" ["E"] "write out" "Write the page into a file to leave behind: .html or .md, as its name ends";
        BY_NAME "present-do" [":"] "" "Any of these by its name; present, once more, stops it";
        WIDER "present-back" ["esc", "left", "h", "-"] "back" "From a page back to the roles; from the roles, stop presenting";
    }
}

/// What is left for the screens to do after a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    Nothing,
    /// It is over.
    Stop,
    /// It is for all of the program, whatever it shows.
    Everywhere(Action),
}

/// Roles of one kind, under a heading.
struct Shelf {
    title: String,
    roles: Vec<RoleId>,
}

/// What is shown in the place of the list.
struct Page {
    leaflet: Leaflet,
    /// Whether what all of them can do stands there, too.
    whole: bool,
    scroll: Scroll,
}

pub(super) struct Presentation {
    policy: Policy,
    at: DateTime<Utc>,
    workspace: PathBuf,
    /// Those that were chosen before it began: of roles of the agency's own, only they are shown.
    chosen: Vec<RoleId>,
    platform: usize,
    shelves: Vec<Shelf>,
    cursor: usize,
    marked: Vec<RoleId>,
    page: Option<Page>,
    window: Option<Box<dyn Overlay>>,
    said: Option<Said>,
    /// Lines of the list that had room when it was painted last.
    room: Cell<usize>,
}

struct Said {
    words: String,
    is_refusal: bool,
}

impl Presentation {
    /// On these roles: one is shown as a page, several side by side; with none, all that can be shown stand in a list.
    pub(super) fn of(policy: &Policy, chosen: Vec<RoleId>, at: DateTime<Utc>, workspace: &Path) -> Presentation {
        let first = chosen.first().and_then(|it| policy.role(*it)).map(|it| it.role.platform.as_str());
        let platform = first.and_then(|first| policy.catalogs().position(|it| it.platform == first)).unwrap_or(0);
        let mut it = Presentation {
            policy: policy.clone(),
            at,
            workspace: workspace.to_owned(),
            marked: chosen.clone(),
            chosen,
            platform,
            shelves: Vec::new(),
            cursor: 0,
            page: None,
            window: None,
            said: None,
            room: Cell::new(1),
        };
        it.fill();
        let first = it.listed().position(|id| it.marked.first() == Some(&id));
        it.cursor = first.unwrap_or(0);
        if !it.marked.is_empty() {
            it.open();
        }
        it
    }

    /// Takes the roles of the platform out.
    fn fill(&mut self) {
        let Some(catalog) = self.policy.catalogs().nth(self.platform) else { return };
        let of_it = |it: &&HeldRole| it.role.platform == catalog.platform;
        let ids = |roles: &mut dyn Iterator<Item = &HeldRole>| roles.filter(of_it).map(|it| it.role.id).collect::<Vec<_>>();
        let assignable = |it: &&HeldRole| it.role.builtin && catalog.role(&it.role.key).is_some_and(BuiltinRole::is_assignable);
        let own = |it: &&HeldRole| !it.role.builtin && !it.is_template();
        let chosen = self.chosen.iter().filter_map(|it| self.policy.role(*it));
        let shelves = [
            ("For this talk".to_owned(), ids(&mut chosen.filter(own))),
            ("For one task".to_owned(), ids(&mut self.policy.templates().iter())),
            (format!("As {} has them", catalog.name), ids(&mut self.policy.roles().filter(assignable))),
        ];
        self.shelves = shelves.into_iter().filter(|it| !it.1.is_empty()).map(|(title, roles)| Shelf { title, roles }).collect();
        self.cursor = 0;
    }

    fn listed(&self) -> impl Iterator<Item = RoleId> {
        self.shelves.iter().flat_map(|it| it.roles.iter().copied())
    }

    /// What the terminal's title says.
    pub(super) fn title(&self) -> String {
        self.policy.name.clone()
    }

    /// The roles of these numbers on a page.
    fn leaflet(&self, roles: &[RoleId]) -> Option<Leaflet> {
        let roles: Vec<&HeldRole> = roles.iter().filter_map(|it| self.policy.role(*it)).collect();
        Leaflet::of(&self.policy, &roles, self.at)
    }

    /// The page of the role under the cursor, or of those that are marked.
    fn next(&self) -> Option<Leaflet> {
        let under = self.listed().nth(self.cursor);
        if self.marked.len() > 1 { self.leaflet(&self.marked) } else { self.leaflet(under.as_slice()) }
    }

    fn open(&mut self) {
        self.page = self.next().map(|leaflet| Page { leaflet, whole: false, scroll: Scroll::default() });
    }

    pub(super) fn say(&mut self, words: impl Into<String>) {
        self.said = Some(Said { words: words.into(), is_refusal: false });
    }

    fn refuse(&mut self, words: impl Into<String>) {
        self.said = Some(Said { words: words.into(), is_refusal: true });
    }

    // ---- keys ----

    /// Where the meanings of keys come from, the nearest first.
    pub(super) fn places(&self) -> Vec<&'static Place> {
        match &self.window {
            Some(window) => [window.places(), &[action::EVERY_WINDOW, action::EVERYWHERE]].concat(),
            None => vec![PLACE, action::EVERYWHERE],
        }
    }

    pub(super) fn key(&mut self, key: &KeyEvent, env: &Env<'_>) -> Result<Left> {
        let typed = self.window.as_mut().map(|it| it.text(key, env)).transpose()?.flatten();
        if let Some(messages) = typed {
            return self.follow(messages, env);
        }
        self.said = None;
        match keymap::resolve(&self.places(), key) {
            Some(action) => self.perform(action, env),
            None if self.window.is_none() && keymap::chord(key).is_some() => {
                self.refuse(format!("nothing is changed while something is presented; {} stops it", key_of(STOP)));
                Ok(Left::Nothing)
            }
            None => Ok(Left::Nothing),
        }
    }

    pub(super) fn paste(&mut self, text: &str) {
        if let Some(window) = &mut self.window {
            window.paste(text);
        }
    }

    pub(super) fn perform(&mut self, action: Action, env: &Env<'_>) -> Result<Left> {
        match (action, &mut self.window) {
            (action::REDRAW | action::SUSPEND, _) => return Ok(Left::Everywhere(action)),
            (action, Some(window)) => {
                let messages = window.act(action, env)?;
                return self.follow(messages, env);
            }
            (action::HELP | BY_NAME, None) => self.window = Some(Box::new(help(&self.places()))),
            (STOP, None) => return Ok(Left::Stop),
            (WIDER, None) if self.page.take().is_none() => return Ok(Left::Stop),
            (WIDER, None) => {}
            (HAND_OUT, None) => self.window = self.shown().map(|it| Box::new(Write::page(&it.title())) as Box<dyn Overlay>),
            (OTHERS, None) => self.turn_to_next(),
            (action, None) if self.page.is_some() => self.act_on_page(action),
            (action, None) => self.act_in_list(action),
        }
        Ok(Left::Nothing)
    }

    /// Does what its window asks for. Whatever else a window of the screens could ask for is not done here.
    fn follow(&mut self, messages: Vec<Message>, env: &Env<'_>) -> Result<Left> {
        for message in messages {
            match message {
                Message::Close => self.window = None,
                Message::Perform(action) => return self.perform(action, env),
                Message::Write(path, over) => self.write(&path, over)?,
                _ => {}
            }
        }
        Ok(Left::Nothing)
    }

    fn act_in_list(&mut self, action: Action) {
        let n = self.listed().count();
        if let Some(to) = scroll::moved(action, self.cursor, self.room.get(), n.saturating_sub(1)) {
            self.cursor = to;
            return;
        }
        match action {
            CHOOSE => self.mark(),
            CLOSER => self.open(),
            SIDE_BY_SIDE if self.marked.len() > 1 => self.open(),
            SIDE_BY_SIDE => self.refuse(format!("{} marks a role; with two or more they stand side by side", key_of(CHOOSE))),
            _ => {}
        }
    }

    fn mark(&mut self) {
        let Some(id) = self.listed().nth(self.cursor) else { return };
        match self.marked.iter().position(|it| *it == id) {
            Some(at) => drop(self.marked.remove(at)),
            None => self.marked.push(id),
        }
        self.cursor = (self.cursor + 1).min(self.listed().count().saturating_sub(1));
    }

    fn act_on_page(&mut self, action: Action) {
        let Some(page) = &mut self.page else { return };
        if action == ALIKE {
            (page.whole, page.scroll) = (!page.whole, Scroll::default());
        } else {
            page.scroll.moves(action);
        }
    }

    fn turn_to_next(&mut self) {
        let n = self.policy.catalogs().count().max(1);
        (self.page, self.marked) = (None, Vec::new());
        self.platform = (self.platform + 1) % n;
        self.fill();
    }

    // ---- paper ----

    /// What `E` writes.
    fn shown(&self) -> Option<Leaflet> {
        self.page.as_ref().map(|it| it.leaflet.clone()).or_else(|| self.next())
    }

    fn write(&mut self, path: &Path, over: bool) -> Result<()> {
        let ending = Ending::of(path).ok().filter(|it| matches!(it, Ending::Md | Ending::Html));
        let fault = match ending {
            None => Some("a page to leave behind is .html or .md, as its name ends".to_owned()),
            Some(_) => files::why_no_file(path, &self.workspace),
        };
        if let Some(sentence) = fault {
            self.window.iter_mut().for_each(|it| _ = it.refused(&sentence));
            return Ok(());
        }
        self.window = (!over && path.exists()).then(|| Box::new(Write::over(path)) as Box<dyn Overlay>);
        let Some(leaflet) = self.shown().filter(|_| self.window.is_none()) else { return Ok(()) };
        let page = if ending == Some(Ending::Html) { leaflet.html()? } else { leaflet.markdown()? };
        match files::replace(path, |file| Ok(file.write_all(&page)?)) {
            Ok(()) => self.say(format!("Wrote {} into {}", leaflet.title(), path.display())),
            Err(error) => self.refuse(format!("nothing was written: {error:#}")),
        }
        Ok(())
    }
}

fn help(places: &[&'static Place]) -> Help {
    let words = [
        PLACE.about.to_owned(),
        "No person, client or site is named here, and nothing can be changed.".to_owned(),
        format!("{} leaves the page that is shown as a file; {} stops presenting.", key_of(HAND_OUT), key_of(STOP)),
    ];
    Help::saying(words, places)
}
