//! Keys: text where something is typed, and what the table says of them everywhere else.

use std::time::Duration;

use anyhow::Result;
use chrono::{DateTime, Utc};
use crossterm::event::{KeyCode, KeyEvent};

use super::warnings::About;
use super::{App, Leaving, PANES, Wish};
use crate::tui::action::{self, Action, Place};
use crate::tui::keymap::{self, key_of};
use crate::tui::overlays::QUESTION;
use crate::tui::overlays::help::Help;
use crate::tui::overlays::palette::{self, Palette};
use crate::tui::overlays::sheet::Sheet;
use crate::tui::overlays::{due, import, reviews};
use crate::tui::panes::{self, matrix};
use crate::tui::view::{Message, Pane};
use crate::tui::widgets::field::Field;

impl App {
    /// Takes a key. What breaks is said on the screen; the draft is not lost over it.
    pub(in crate::tui) fn key(&mut self, key: &KeyEvent, now: DateTime<Utc>) {
        self.hear(now, self.only_moves(key));
        if let Err(error) = self.press(key) {
            self.broke(&error);
        }
        self.follow_tour();
    }

    /// Something came: what only moves may belong to a run.
    pub(super) fn hear(&mut self, now: DateTime<Utc>, only_moves: bool) {
        self.world.session.pass(now);
        let rests = !self.is_run(now) || !only_moves;
        let rested = std::mem::replace(&mut self.world.rests, rests);
        // What waited for the run to end follows before anything else is done.
        self.dirty |= rests && !rested;
        self.last_key = Some(now);
    }

    fn press(&mut self, key: &KeyEvent) -> Result<()> {
        if self.waits_for_turn() {
            self.press_waiting(key);
            return Ok(());
        }
        let leaves = keymap::is_interrupt(key) || keymap::resolve(&self.places(), key) == Some(action::QUIT);
        if !leaves {
            self.leaving = Leaving::No;
        }
        if self.is_too_small() {
            self.press_unseen(key);
            return Ok(());
        }
        if self.press_presenting(key)? || self.stops_labor(key)? {
            return Ok(());
        }
        if self.holds(key)? {
            return Ok(());
        }
        self.dirty = true;
        if keymap::is_interrupt(key) {
            self.interrupt();
            return Ok(());
        }
        if self.type_text(key)? {
            return Ok(());
        }
        if !self.is_busy() {
            self.toast = None;
            if let Some(at) = pane_of(key) {
                if at != self.focus {
                    self.keep_place();
                    self.focus_on(at);
                }
                return Ok(());
            }
        }
        match keymap::resolve(&self.places(), key) {
            Some(action) => self.perform(action),
            None if self.is_busy() => Ok(()),
            None => {
                self.tell_elsewhere(key);
                Ok(())
            }
        }
    }

    /// Of a letter that means something elsewhere, what it means there.
    fn tell_elsewhere(&mut self, key: &KeyEvent) {
        let Some(chord) = keymap::chord(key) else { return };
        let of = |place: &&'static Place| {
            place.entries.iter().find(|it| keymap::keys(it).contains(&chord.as_str())).map(|it| (place.title, it.help))
        };
        let meanings = PANES.iter().chain(&[action::LISTS, action::TABLES, QUESTION]).filter_map(of).map(|(title, help)| {
            let first = help.split([':', ';', ',']).next().unwrap_or(help);
            format!("in {title}: {}", uncapital(first))
        });
        let meanings: Vec<String> = meanings.take(MEANINGS).collect();
        if !meanings.is_empty() {
            self.say(format!("The key {} means nothing here; {}", keymap::show(&chord), meanings.join("; ")));
        }
    }

    /// The first time closes what is open, the second leaves.
    fn interrupt(&mut self) {
        if self.leaving != Leaving::No {
            return self.leave();
        }
        while !self.overlays.is_empty() {
            self.lay_aside();
        }
        (self.typing, self.sorting) = (None, None);
        self.leaving = Leaving::Interrupted;
        self.say(format!("{} again leaves; unsaved changes are kept", keymap::INTERRUPT));
    }

    /// Whether a window or a field is open above the pane.
    pub(super) fn is_busy(&self) -> bool {
        !self.overlays.is_empty() || self.typing.is_some() || self.sorting.is_some()
    }

    /// Where nothing is seen, nothing is done: one may leave, or go and enlarge the window. What was filled in where
    /// it cannot be seen is not left by a letter.
    fn press_unseen(&mut self, key: &KeyEvent) {
        match keymap::resolve(&[action::EVERY_PANE, action::EVERYWHERE], key) {
            Some(action::SUSPEND) => self.wish = Wish::Suspend,
            Some(action::QUIT) if !self.is_busy() => self.leave(),
            _ if keymap::is_interrupt(key) && self.leaving != Leaving::No => self.leave(),
            _ if keymap::is_interrupt(key) => self.leaving = Leaving::Interrupted,
            _ => {}
        }
    }

    /// Whether the key moves the cursor, or adds to what is typed, and does nothing else.
    fn only_moves(&self, key: &KeyEvent) -> bool {
        self.is_text(key) || keymap::resolve(&self.places(), key).is_some_and(moves)
    }

    /// Keys typed ahead find the screen that they would have found one by one.
    pub(super) fn catch_up(&mut self) -> Result<()> {
        if self.pane().is_searching() {
            self.fetch_index()?;
            let indexes = self.searcher.wait(A_MOMENT)?;
            self.give(indexes);
        }
        if self.dirty { self.load() } else { Ok(()) }
    }

    /// Whether the key waits: it is about rows that are still being looked for, or behind such a one. What gives up does not.
    fn holds(&mut self, key: &KeyEvent) -> Result<bool> {
        let gives_up = key.code == KeyCode::Esc || keymap::is_interrupt(key);
        if gives_up {
            self.held.clear();
            self.tell_held();
        }
        if self.held.is_empty() {
            if self.is_text(key) {
                return Ok(false);
            }
            self.catch_up()?;
            if gives_up || !self.pane().is_searching() {
                return Ok(false);
            }
        }
        self.held.push_back(*key);
        self.tell_held();
        Ok(true)
    }

    fn tell_held(&mut self) {
        let gives_up = key_of(action::CLOSE);
        let words = || format!("the filter is still looking: the keys wait for it; {gives_up} gives up");
        self.warn(About::Search, (!self.held.is_empty()).then(words));
    }

    /// Takes the keys that waited, once what they are about is there.
    pub(super) fn release_held(&mut self) -> Result<()> {
        if self.held.is_empty() || self.pane().is_searching() {
            return Ok(());
        }
        let mut held = std::mem::take(&mut self.held);
        self.tell_held();
        while let Some(key) = held.pop_front() {
            self.press(&key)?;
            if !self.held.is_empty() {
                self.held.extend(held);
                break;
            }
        }
        Ok(())
    }

    /// Whether the key only adds to or takes from what is being typed.
    pub(super) fn is_text(&self, key: &KeyEvent) -> bool {
        self.is_busy() && matches!(key.code, KeyCode::Char(_) | KeyCode::Backspace)
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
        if self.sorting.is_some() {
            return Ok(self.sort_by(key));
        }
        let Some(field) = self.typing.as_mut() else { return Ok(false) };
        let is_text = field.key(key);
        if is_text {
            self.panes.all_mut()[self.focus].filter(&field.text());
        }
        Ok(is_text)
    }

    /// Takes the key as the number of a column.
    fn sort_by(&mut self, key: &KeyEvent) -> bool {
        let Some(nth) = digit(key) else { return false };
        self.sort(nth);
        true
    }

    fn sort(&mut self, nth: usize) {
        if !self.panes.all_mut()[self.focus].sort(nth) {
            self.complain(format!("there is no column {nth} here"));
        }
        // What is being read may be another order.
        self.sorter.cancel();
    }

    /// Leaves the sort line, or moves in the list beneath it.
    fn end_sort(&mut self, action: Action) -> Result<()> {
        match action {
            action::END_SORT => {
                self.sorting = None;
                Ok(())
            }
            action::SORT_BY => {
                self.say("The number of a column sorts by it");
                Ok(())
            }
            action::SORT_BY_NONE => {
                self.sort(0);
                Ok(())
            }
            action => self.act_in_pane(action),
        }
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

    pub(in crate::tui) fn paste(&mut self, pasted: &str) {
        if self.is_too_small() || self.waits_for_turn() {
            return;
        }
        self.dirty = true;
        if let Some(it) = &mut self.presenting {
            it.paste(pasted);
        } else if let Some(overlay) = self.overlays.last_mut() {
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
    pub(super) fn places(&self) -> Vec<&'static Place> {
        if let Some(it) = &self.presenting {
            return it.places();
        }
        if let Some(overlay) = self.overlays.last() {
            return [overlay.places(), &[action::EVERY_WINDOW, action::EVERYWHERE]].concat();
        }
        if self.typing.is_some() {
            return vec![action::TYPED_FILTER, action::EVERYWHERE];
        }
        if self.sorting.is_some() {
            return vec![action::SORT_LINE, action::EVERYWHERE];
        }
        action::around(PANES[self.focus])
    }

    /// Whether letters are text now.
    pub(super) fn letters_are_text(&self) -> bool {
        self.overlays.last().map_or(self.typing.is_some(), |it| it.is_text())
    }

    pub(in crate::tui) fn perform(&mut self, action: Action) -> Result<()> {
        match action {
            action::HELP => {
                let help = Help::new(&self.places(), self.letters_are_text(), |it| self.why_not(it.takes));
                self.overlays.push(Box::new(help));
            }
            action::REDRAW => self.wish = Wish::Redraw,
            action::SUSPEND => self.wish = Wish::Suspend,
            action if !self.overlays.is_empty() => self.act_in_window(action)?,
            action if self.typing.is_some() => self.end_filter(action)?,
            action if self.sorting.is_some() => self.end_sort(action)?,
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
        let unmarked = self.unmarked.take().filter(|(at, _)| *at == self.focus);
        match (action, unmarked) {
            (action::UNDO, Some((at, rows))) => self.panes.all_mut()[at].mark(rows),
            // What only moves has done nothing else.
            (action, unmarked) if moves(action) => {
                self.unmarked = unmarked;
                self.act_unmarked(action)?;
            }
            (action, _) => self.act_unmarked(action)?,
        }
        Ok(())
    }

    fn act_unmarked(&mut self, action: Action) -> Result<()> {
        match action {
            action::QUIT => self.leave(),
            action::PALETTE => self.open_palette(""),
            action::SAVE_PLAN => self.open_palette(palette::SAVE_PLAN),
            action::NEXT_PANE => self.focus_on(self.neighbour(1)),
            action::LAST_PANE => self.focus_on(self.neighbour(PANES.len() - 1)),
            action::SHALLOWER => self.shallower(),
            action::RETRACE => self.retrace()?,
            action::ZOOM => {
                self.keep_place();
                self.zoomed = self.zoomed.xor(Some(self.focus));
            }
            action::PANEL_UP => self.scroll_panel(-1),
            action::PANEL_DOWN => self.scroll_panel(1),
            action::FILTER => self.typing = Some(Field::sought()),
            action::SORT => self.sorting = Some(self.focus),
            action::SAVE => self.review(),
            action::UNDO => self.undo()?,
            action::REDO => self.redo()?,
            action::DISCARD => {
                self.world.session.drop_draft()?;
                self.say("All unsaved changes are dropped");
                self.drafted()?;
            }
            action::TRAVEL => self.ask_day(),
            action::BACK if self.world.then.is_some() && self.pane().filter_text().is_empty() && self.pane().n_marked() == 0 => {
                self.come_back()?;
                self.say("This is the present again");
            }
            action::PRESENT => self.present()?,
            action::TOUR => self.begin_tour(),
            action::BACK if self.tour.is_some() => self.end_tour(),
            action::VIEW_AS if self.view_as.is_some() && !self.is_about_people() => self.act_as_viewed()?,
            action::VIEW_AS if !self.is_about_people() => {
                let panes = [panes::contacts::PLACE, panes::collaborators::PLACE];
                let keys = panes.map(|it| format!("{} {}", panes::key_of_pane(it), it.title)).join(" and ");
                self.say(format!("whom to view as is chosen in {keys}, or in the column of a person"));
            }
            action::WRITE => self.ask_where(),
            action::MOUSE => self.turn_mouse(),
            action::MESSAGES => self.show_messages(),
            action::ALL_ROLES => self.all_roles(),
            action::ACT_AS_MYSELF => self.act_as_myself()?,
            action::WHAT_I_CAN => self.show_own_access()?,
            action::BACK if self.view_as.is_some() && self.pane().filter_text().is_empty() && self.pane().n_marked() == 0 => {
                self.leave_view()?;
            }
            action::BACK if !self.pane().offers(action) => self.widen()?,
            action if !self.may_begin(action)? => {}
            action::WHY => {
                let messages = self.panes.all_mut()[self.focus].act(action, &self.world.env())?;
                if messages.is_empty() { self.open_card()? } else { self.update(messages)? }
            }
            action::REVIEWS => self.take(reviews::open(&self.world.env())?)?,
            action::COMING_UP => self.take(due::open(&self.world.env())?)?,
            action::IMPORT => self.take(Message::Open(import::open()))?,
            action => {
                let messages = self.panes.all_mut()[self.focus].act(action, &self.world.env())?;
                self.after_back(action)?;
                self.update(messages)?;
            }
        }
        Ok(())
    }

    /// With these words typed already.
    fn open_palette(&mut self, words: &str) {
        let palette = Palette::new(&self.places(), words, self.panes.collaborators.kind.site, self.verbs);
        self.overlays.push(Box::new(palette));
    }

    /// The card about what the cursor is on as a window.
    fn open_card(&mut self) -> Result<()> {
        let card = self.pane().card(&self.world.env(), CARD_WIDTH, &self.theme)?;
        if card.lines.is_empty() {
            self.complain("there is nothing to tell about here");
        } else {
            self.overlays.push(Box::new(Sheet::of(card, &self.theme)));
        }
        Ok(())
    }

    /// Whether what the cursor is on may be a person.
    fn is_about_people(&self) -> bool {
        [panes::contacts::PLACE, panes::collaborators::PLACE, matrix::PLACE].contains(&PANES[self.focus])
    }

    /// Undoes what holds for all panes, where the one in focus has nothing left to undo.
    fn widen(&mut self) -> Result<()> {
        if *self.world.session.who() != self.myself {
            return self.act_as_myself();
        }
        self.say(format!("Nothing is narrowed; {} goes back, {} leaves", key_of(action::RETRACE), key_of(action::QUIT)));
        Ok(())
    }

    /// A list that is no longer narrowed shows everybody again.
    fn after_back(&mut self, action: Action) -> Result<()> {
        if !self.panes.activity.is_narrowed() {
            self.history = None;
        }
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
}

/// How wide the lines of a card are in a window.
const CARD_WIDTH: usize = 72;

/// As long as a key waits for rows without anybody noticing.
const A_MOMENT: Duration = Duration::from_millis(200);

/// Most places of which is said what a letter means there.
const MEANINGS: usize = 2;

fn moves(action: Action) -> bool {
    const MOVES: [Action; 8] =
        [action::UP, action::DOWN, action::PAGE_UP, action::PAGE_DOWN, action::HALF_UP, action::HALF_DOWN, action::TOP, action::BOTTOM];
    const SIDEWAYS: [Action; 4] = [matrix::LEFT, matrix::RIGHT, matrix::PAGE_LEFT, matrix::PAGE_RIGHT];
    MOVES.contains(&action) || SIDEWAYS.contains(&action)
}

/// The sentence with a small first letter.
fn uncapital(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().collect::<String>() + chars.as_str())
}

/// The pane that a digit names.
fn pane_of(key: &KeyEvent) -> Option<usize> {
    digit(key).filter(|n| (1..=PANES.len()).contains(n)).map(|n| n - 1)
}

fn digit(key: &KeyEvent) -> Option<usize> {
    let KeyCode::Char(c) = key.code else { return None };
    usize::try_from(c.to_digit(10)?).ok()
}
