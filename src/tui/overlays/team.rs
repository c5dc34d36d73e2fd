//! What a member of the team holds, as a small list: places and roles are added, changed and taken, then saved as one step.

use std::cell::RefCell;
use std::rc::Rc;

use anyhow::Result;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::form::{Entered, Form, Input, Values, place, place_key};
use super::invite::{end, end_hint, filled, no_place, no_role, optional_end};
use super::would_have::WouldHave;
use crate::command::Command;
use crate::domain::record::{AssignmentRecord, Key, Record, Recorded, ScopeRecord};
use crate::domain::text;
use crate::domain::things::{Level, Person};
use crate::domain::time;
use crate::query::records;
use crate::tui::action::{self, Action, Place, actions};
use crate::tui::keymap::key_of;
use crate::tui::view::{Env, Message, Overlay, Paint};
use crate::tui::widgets::hits::Hits;
use crate::tui::widgets::lines::{self, plural, span};

actions! {
    PLACE "A member's places" "What a member holds in the team; nothing is saved before the review." {
        ADD_PLACE "add-place" ["a"] "add" "Add a role in a place";
        EDIT_PLACE "edit-place" ["e", "enter"] "change" "Change the role, the place or the end";
        TAKE_PLACE "take-place" ["d"] "take" "Take this role, or take that back";
        REVIEW_PLACES "review-places" ["s"] "review" "Review all that is changed here, and save it as one step";
    }
}

/// Rows that a page down goes over.
const PAGE: usize = 10;

/// One role in one place: as it is, and as it is to be.
#[derive(Clone, PartialEq)]
struct Row {
    before: Option<AssignmentRecord>,
    after: Option<AssignmentRecord>,
}

impl Row {
    fn command(&self) -> Option<Command> {
        match (self.before.clone(), self.after.clone()) {
            (Some(before), Some(after)) if before == after => None,
            (Some(before), Some(after)) => Some(Command::Edit { before: Record::Assignment(before), after: Record::Assignment(after) }),
            (Some(it), None) => {
                Some(Command::Remove(Key::Assignment(it.key())))
            }
            (None, Some(it)) => Some(Command::Add(Record::Assignment(it))),
            (None, None) => None,
        }
    }

    fn sign(&self) -> &'static str {
        match self.command() {
            None => " ",
            Some(Command::Remove(_)) => "-",
            Some(Command::Edit { .. }) => "~",
            Some(_) => "+",
        }
    }
}

/// Shared with the form that adds to it or changes it.
type Rows = Rc<RefCell<Vec<Row>>>;

pub(in crate::tui) struct Team {
    person: Person,
    rows: Rows,
    at: usize,
    /// It was said that leaving drops what is not saved.
    warned: bool,
    hits: Hits,
}

impl Team {
    pub(in crate::tui) fn open(env: &Env<'_>, person: &Person) -> Result<Box<dyn Overlay>> {
        let (db, policy) = (env.drafted.db, env.drafted.policy);
        let held = db.assignments_of(person.id)?.into_iter().filter(|it| it.level == Level::Team);
        let record = |it| records::assignment(db, policy, &it).map(Some);
        let row = |before: Option<AssignmentRecord>| Row { after: before.clone(), before };
        let rows = held.map(record).map(|it| it.map(row)).collect::<Result<Vec<_>>>()?;
        Ok(Box::new(Team { person: person.clone(), rows: Rc::new(RefCell::new(rows)), at: 0, warned: false, hits: Hits::default() }))
    }

    fn commands(&self) -> Vec<Command> {
        // What is taken goes first, so that its place is free.
        let mut commands: Vec<Command> = self.rows.borrow().iter().filter_map(Row::command).collect();
        commands.sort_by_key(|it| !matches!(it, Command::Remove(_)));
        commands
    }

    fn review(&self) -> Message {
        let commands = self.commands();
        if commands.is_empty() {
            return Message::Complain(format!(
                "nothing is changed yet: {} adds, {} changes, {} takes",
                key_of(ADD_PLACE),
                key_of(EDIT_PLACE),
                key_of(TAKE_PLACE)
            ));
        }
        let words = format!("{} to what {} holds in the team", plural(commands.len(), "change"), text::display(&self.person.name));
        Message::Propose(commands, words)
    }

    /// Leaves; the first time not with changes that were never saved.
    fn leave(&mut self) -> Message {
        let n = self.commands().len();
        if n == 0 || std::mem::replace(&mut self.warned, true) {
            return Message::Close;
        }
        let (are, them) = if n == 1 { ("is", "it") } else { ("are", "them") };
        let (reviews, drops) = (key_of(REVIEW_PLACES), key_of(action::CLOSE));
        Message::Complain(format!("{} {are} not saved: {reviews} reviews {them}, {drops} once more drops {them}", plural(n, "change")))
    }

    /// Takes the row, or takes that back.
    fn take(&mut self) {
        let mut rows = self.rows.borrow_mut();
        let Some(row) = rows.get_mut(self.at) else { return };
        match (&row.before, &row.after) {
            (None, _) => drop(rows.remove(self.at)),
            (Some(before), None) => row.after = Some(before.clone()),
            (Some(_), Some(_)) => row.after = None,
        }
    }

    fn edit(&self, env: &Env<'_>) -> Option<Box<dyn Overlay>> {
        let seed = self.rows.borrow().get(self.at)?.after.clone()?;
        Some(row_form(env, &self.person, Rc::clone(&self.rows), Some((self.at, seed))))
    }
}

/// A role in a place: a new one, or the one at hand with other words.
fn row_form(env: &Env<'_>, person: &Person, rows: Rows, at: Option<(usize, AssignmentRecord)>) -> Box<dyn Overlay> {
    let (now, zone) = (env.now, env.policy.zone);
    let seed = at.as_ref().map(|it| it.1.clone());
    let chosen: Vec<String> = seed.iter().map(|it| it.role.clone()).collect();
    let scopes = seed.iter().map(|it| (place_key(&it.scope), it.scope.to_string())).collect();
    // What has no end keeps none, whatever is usual for its role.
    let until = seed.as_ref().map_or_else(String::new, |it| it.until.map_or_else(|| "never".to_owned(), |it| zone.write_until(it)));
    let inputs = vec![
        Input::places("Where", scopes).checked(|it| filled(it, &no_place())),
        Input::picks("Roles", &chosen).checked(|it| filled(it, &no_role())),
        Input::line("Until", &until).checked(move |it| optional_end(it, zone, now)),
    ];
    let live = move |entered: &mut Entered<'_>, env: &Env<'_>| {
        let scopes = entered.values().list(0).iter().map(|it| place(it)).collect();
        let would_have = WouldHave::new(env, Level::Team, scopes)?;
        entered.offer(1, would_have.picks(env, &chosen));
        let roles = entered.values().list(1);
        entered.hint(2, end_hint(&env.db.profile()?, env, &roles));
        would_have.said(env, &roles)
    };
    let email = person.email.clone();
    let title = format!("{} in the team", text::display(&person.name));
    let build = move |values: &Values<'_>, env: &Env<'_>| {
        let profile = env.db.profile().map_err(|error| (0, format!("{error:#}")))?;
        let roles = values.list(1);
        let until = end(&values.text(2), &profile, &roles, env.now);
        let each = values.list(0).into_iter().flat_map(|scope| roles.iter().map(move |role| (place(&scope), role.clone())));
        let mut records = each.map(|(scope, role)| record(&email, role, scope, until, at.as_ref().map(|it| &it.1), env));
        let mut rows = rows.borrow_mut();
        if let Some((n, _)) = &at
            && let Some(row) = rows.get_mut(*n)
        {
            row.after = records.next();
        }
        for new in records {
            let same = |it: &Row| it.after.as_ref().is_some_and(|old| (&old.role, &old.scope) == (&new.role, &new.scope));
            if !rows.iter().any(same) {
                rows.push(Row { before: None, after: Some(new) });
            }
        }
        Ok(vec![Message::Close])
    };
    Form::open_live(&title, inputs, live, build)
}

fn record(
    email: &str,
    role: String,
    scope: ScopeRecord,
    until: Option<chrono::DateTime<chrono::Utc>>,
    seed: Option<&AssignmentRecord>,
    env: &Env<'_>,
) -> AssignmentRecord {
    let fresh = || AssignmentRecord {
        person: email.to_owned(),
        role: String::new(),
        level: Level::Team,
        scope: ScopeRecord::Everywhere,
        since: Some(time::micros(env.now)),
        until: None,
        review_on: None,
        reason: None,
    };
    AssignmentRecord { role, scope, until, ..seed.cloned().unwrap_or_else(fresh) }
}

impl Overlay for Team {
    fn places(&self) -> &'static [&'static Place] {
        &[PLACE]
    }

    fn act(&mut self, action: Action, env: &Env<'_>) -> Result<Vec<Message>> {
        self.warned &= action == action::CLOSE;
        let last = self.rows.borrow().len().saturating_sub(1);
        if let Some(at) = super::moved(action, self.at, PAGE, last) {
            self.at = at;
            return Ok(Vec::new());
        }
        Ok(match action {
            ADD_PLACE => vec![Message::Open(row_form(env, &self.person, Rc::clone(&self.rows), None))],
            EDIT_PLACE => self.edit(env).map(Message::Open).into_iter().collect(),
            TAKE_PLACE => {
                self.take();
                self.at = self.at.min(self.rows.borrow().len().saturating_sub(1));
                Vec::new()
            }
            REVIEW_PLACES => vec![self.review()],
            action::CLOSE => vec![self.leave()],
            _ => Vec::new(),
        })
    }

    fn hits(&self) -> Option<&Hits> {
        Some(&self.hits)
    }

    fn choose(&mut self, row: usize) {
        self.at = row;
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, paint: &Paint<'_>) {
        let theme = paint.theme;
        let rows = self.rows.borrow();
        let width = area.width.saturating_sub(4).min(92);
        let foot = lines::wrap("The nearest place counts: a site before its folder, that before everywhere.", usize::from(width) - 4);
        let n_foot = u16::try_from(foot.len()).unwrap_or(1);
        let height = u16::try_from(rows.len().max(1) + 3).unwrap_or(u16::MAX).saturating_add(n_foot);
        let title = format!("What {} holds in the team", text::display(&self.person.name));
        let inside = lines::popup(frame, area, width, height, theme, &title);
        self.hits.begin(inside);
        let room = usize::from(inside.height.saturating_sub(n_foot + 1));
        let top = (self.at + 1).saturating_sub(room.max(1));
        self.hits.rows(Rect { height: u16::try_from(room).unwrap_or(0), ..inside }, top, rows.len().saturating_sub(top));
        let mut page: Vec<Line<'static>> = rows
            .iter()
            .enumerate()
            .skip(top)
            .take(room)
            .map(|(at, it)| {
                let shown = it.after.as_ref().or(it.before.as_ref());
                let role = shown
                    .map_or_else(String::new, |it| paint.policy.find_role(&it.role).map_or(it.role.clone(), |held| held.role.name.clone()));
                let scope = shown.map_or_else(String::new, |it| it.scope.to_string());
                let until =
                    shown.and_then(|it| it.until).map_or_else(String::new, |it| format!("until {}", paint.policy.zone.show_until(it)));
                let words = format!(" {} {} {} {until}", it.sign(), lines::cell(&role, 26), lines::cell(&scope, 28));
                let style = match it.sign() {
                    "+" | "~" => theme.gain,
                    "-" => theme.loss,
                    _ => theme.text,
                };
                Line::from(span(&lines::cell(&words, usize::from(inside.width)), if at == self.at { theme.cursor } else { style }))
            })
            .collect();
        if rows.is_empty() {
            page.push(Line::from(span(&format!(" nothing yet: {} adds a role in a place", key_of(ADD_PLACE)), theme.hint)));
        }
        lines::paint(frame, inside, page);
        let below = Rect { y: inside.bottom().saturating_sub(n_foot), height: n_foot, ..inside };
        lines::paint(frame, below, foot.iter().map(|it| Line::from(span(&format!(" {it}"), theme.hint))).collect());
    }
}
