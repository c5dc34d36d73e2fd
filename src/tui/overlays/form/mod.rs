//! A form: labelled fields, each checked beside itself, and one way to send them.

mod input;
mod kept;
mod lookup;
mod paint;

use std::borrow::Cow;
use std::cell::Cell as Shared;

use anyhow::Result;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;

pub(in crate::tui) use self::input::{Input, Pick};
pub(in crate::tui) use self::lookup::{Kind, place, place_key};
use self::input::{Choices, Value};
use crate::domain::text;
use crate::tui::action::{self, Action, Place, actions};
use crate::tui::kept::{Content, Kept};
use crate::tui::keymap;
use crate::tui::overlays::sheet::Tone;
use crate::tui::view::{Env, Message, Overlay, Paint};
use crate::tui::widgets::field::Field;
use crate::tui::widgets::hits::Hits;

actions! {
    PLACE "Forms" "One field after the other; each says what is wrong with it. Letters are text." {
        CHOOSE "choose" ["space"] "choose" "Choose what is under the cursor, or the next where there can be but one; letters narrow the list";
        DROP_LAST "drop-last" ["backspace"] "drop the last" "Drop the last place that was chosen";
        NEW_ROLE "new-role" ["n"] "new role" "Make a role that is not there yet";
        FORWARD "forward" ["enter"] "" "Take what is found, or go to the next field; on the last it is done";
        NEXT_FIELD "next-field" ["tab"] "next field" "Take what is found, and go to the next field that is not known yet";
        LAST_FIELD "last-field" ["backtab"] "" "The field before";
        OUTSIDE "edit-outside" ["ctrl-o"] "editor" "Write this text in your own editor, which VISUAL or EDITOR names";
        DONE "done" ["ctrl-s"] "done" "Done: what it would do is shown, or it is done";
    }
}

/// What was entered.
pub(in crate::tui) struct Values<'a>(&'a [Input]);

impl Values<'_> {
    pub(in crate::tui) fn text(&self, at: usize) -> String {
        self.0.get(at).map_or_else(String::new, Input::text)
    }

    /// The keys of what was chosen.
    pub(in crate::tui) fn list(&self, at: usize) -> Vec<String> {
        match self.0.get(at).map(|it| &it.value) {
            Some(Value::Many(Choices { options, .. })) => options.iter().filter(|it| it.chosen).map(|it| it.key.clone()).collect(),
            Some(Value::Places(_, chosen)) => chosen.iter().map(|it| it.0.clone()).collect(),
            _ => Vec::new(),
        }
    }

    pub(in crate::tui) fn is_yes(&self, at: usize) -> bool {
        self.text(at) == "yes"
    }
}

/// What is entered so far, while the form looks what follows from it.
pub(in crate::tui) struct Entered<'a> {
    inputs: &'a mut [Input],
    /// A window that was opened from here has just made something.
    made: bool,
}

impl Entered<'_> {
    pub(in crate::tui) fn values(&self) -> Values<'_> {
        Values(self.inputs)
    }

    /// Renews the options of a field; what was chosen stays so, and what was just made becomes so.
    pub(in crate::tui) fn offer(&mut self, field: usize, picks: Vec<Pick>) {
        let Some(Input { value: Value::Many(Choices { options, at, .. }), .. }) = self.inputs.get_mut(field) else { return };
        let was = std::mem::take(options);
        let keep = |mut it: Pick| {
            let known = was.iter().find(|old| old.key == it.key);
            it.chosen = it.barred.is_none() && known.map_or(it.chosen || self.made, |old| old.chosen);
            it
        };
        let under = was.get(*at).map(|it| it.key.clone());
        *options = picks.into_iter().map(keep).collect();
        *at = options.iter().position(|it| Some(&it.key) == under.as_ref()).unwrap_or(0);
    }

    /// Looks for something else in a field from now on.
    pub(in crate::tui) fn seek(&mut self, field: usize, kind: Kind) {
        if let Some(Input { value: Value::Lookup(search) | Value::Places(search, _), .. }) = self.inputs.get_mut(field)
            && search.kind != kind
        {
            search.kind = kind;
            search.searched = None;
        }
    }

    /// Writes into a line, in place of what stands there.
    pub(in crate::tui) fn write(&mut self, field: usize, words: &str) {
        match self.inputs.get_mut(field).map(|it| &mut it.value) {
            Some(Value::Text(line)) => *line = Field::new(words, line.has_lines()),
            Some(Value::Choice { options, at, .. }) => *at = options.iter().position(|it| it == words).unwrap_or(*at),
            _ => {}
        }
    }

    pub(in crate::tui) fn hint(&mut self, field: usize, hint: String) {
        if let Some(input) = self.inputs.get_mut(field) {
            input.hint = Cow::Owned(hint);
        }
    }
}

/// Columns of text under the fields: what follows from what is entered.
pub(in crate::tui) type Said = Vec<Vec<(Tone, String)>>;
type Live = Box<dyn Fn(&mut Entered<'_>, &Env<'_>) -> Result<Said>>;
type Build = Box<dyn Fn(&Values<'_>, &Env<'_>) -> Result<Vec<Message>, (usize, String)>>;

pub(in crate::tui) struct Form {
    title: String,
    inputs: Vec<Input>,
    at: usize,
    live: Option<Live>,
    said: Said,
    /// How far down that is read, and how much of it there is below.
    top: usize,
    below: Shared<usize>,
    build: Build,
    /// Why the last attempt was refused.
    refusal: Option<String>,
    made: bool,
    /// What it opened with.
    seed: Vec<Content>,
    /// Whether the button is under the cursor that empties what came back; none where nothing did.
    button: Option<bool>,
    hits: Hits,
}

impl Form {
    pub(in crate::tui) fn open(
        title: &str,
        inputs: Vec<Input>,
        build: impl Fn(&Values<'_>, &Env<'_>) -> Result<Vec<Message>, (usize, String)> + 'static,
    ) -> Box<dyn Overlay> {
        Box::new(Form::new(title, inputs, None, Box::new(build)))
    }

    /// A form that says at every key what follows from what is entered.
    pub(in crate::tui) fn open_live(
        title: &str,
        inputs: Vec<Input>,
        live: impl Fn(&mut Entered<'_>, &Env<'_>) -> Result<Said> + 'static,
        build: impl Fn(&Values<'_>, &Env<'_>) -> Result<Vec<Message>, (usize, String)> + 'static,
    ) -> Box<dyn Overlay> {
        Box::new(Form::new(title, inputs, Some(Box::new(live)), Box::new(build)))
    }

    fn new(title: &str, inputs: Vec<Input>, live: Option<Live>, build: Build) -> Form {
        let at = first_of(&inputs);
        let seed = inputs.iter().map(Input::content).collect();
        Form {
            title: title.to_owned(),
            inputs,
            at,
            live,
            said: Vec::new(),
            top: 0,
            below: Shared::new(0),
            build,
            refusal: None,
            made: false,
            seed,
            button: None,
            hits: Hits::default(),
        }
    }

    /// Holds again what it opened with at first.
    fn empty(&mut self) {
        self.fill(&self.seed.clone());
        self.button = None;
    }

    fn fill(&mut self, contents: &[Content]) {
        for (input, content) in self.inputs.iter_mut().zip(contents) {
            input.put_back(content);
            input.error = None;
        }
        self.refusal = None;
        self.at = first_of(&self.inputs);
    }

    /// What a key does on the button; `None` where it does not stand there.
    fn press_button(&mut self, action: Action) -> Option<()> {
        self.button.filter(|it| *it)?;
        match action {
            FORWARD | CHOOSE => self.empty(),
            NEXT_FIELD | action::DOWN => self.leave_button(1),
            LAST_FIELD | action::UP => self.leave_button(-1),
            _ => return None,
        }
        Some(())
    }

    fn leave_button(&mut self, by: isize) {
        self.button = Some(false);
        let free = |it: &&usize| !self.inputs[**it].is_fixed();
        let all: Vec<usize> = (0..self.inputs.len()).collect();
        let to = if by > 0 { all.iter().find(free) } else { all.iter().rev().find(free) };
        self.at = to.copied().unwrap_or(self.at);
    }

    /// Takes a mailbox in a field for one address apart.
    fn take_apart(&mut self, at: usize) {
        let named_in = self.inputs[at].named_in;
        let text = self.inputs[at].text();
        let (name, address) = text::mailbox(&text);
        if address == text.trim() {
            return;
        }
        match &mut self.inputs[at].value {
            Value::Text(field) if named_in.is_some() => *field = Field::new(address, false),
            Value::Lookup(search) if search.kind == Kind::Person => search.put(address),
            _ => return,
        }
        if let (Some(name), Some(Value::Text(line))) = (name, named_in.and_then(|it| self.inputs.get_mut(it)).map(|it| &mut it.value))
            && line.text().trim().is_empty()
        {
            *line = Field::new(name, false);
        }
    }

    fn send(&mut self, env: &Env<'_>) -> Vec<Message> {
        self.refusal = None;
        (0..self.inputs.len()).for_each(|at| self.take_apart(at));
        let mut valid = true;
        for input in &mut self.inputs {
            valid &= input.validate();
        }
        if !valid {
            self.at = self.inputs.iter().position(|it| it.error.is_some()).unwrap_or(self.at);
            return Vec::new();
        }
        match (self.build)(&Values(&self.inputs), env) {
            Ok(messages) => messages,
            Err((at, sentence)) => {
                self.at = at;
                self.inputs[at].error = Some(sentence);
                Vec::new()
            }
        }
    }

    fn step(&mut self, by: isize) {
        self.take_apart(self.at);
        self.inputs[self.at].validate();
        let n = self.inputs.len();
        let is_edge = if by > 0 { self.inputs[self.at + 1..].iter().all(Input::is_fixed) } else { self.inputs[..self.at].iter().all(Input::is_fixed) };
        if self.button.is_some() && is_edge {
            self.button = Some(true);
            return;
        }
        // A form may have nothing but words to read: then the cursor stays.
        for _ in 0..n {
            self.at = (self.at + n).saturating_add_signed(by) % n;
            if !self.inputs[self.at].is_fixed() {
                break;
            }
        }
    }

    /// Takes the suggestion under the cursor over; `true` where the field is done with it.
    fn accept(&mut self, env: &Env<'_>) -> Result<bool> {
        Ok(match &mut self.inputs[self.at].value {
            Value::Lookup(search) => {
                // Keys may come faster than frames: what is taken is what the typed text finds.
                search.load(env)?;
                let Some((key, _)) = search.under().cloned() else { return Ok(false) };
                let typed = search.field.text();
                let is_exact = search.at == Some(0) && search.found.iter().any(|(it, _)| *it == typed);
                if is_exact || typed == key {
                    return Ok(false);
                }
                search.put(&key);
                true
            }
            Value::Places(search, chosen) => {
                search.load(env)?;
                let Some(it) = search.under().cloned() else { return Ok(false) };
                // One goes on in a folder.
                if search.kind == Kind::File && it.0.ends_with('/') {
                    search.put(&it.0);
                    return Ok(true);
                }
                if !chosen.contains(&it) {
                    chosen.push(it);
                }
                search.put("");
                true
            }
            Value::Many(choices) if !choices.typed.text().trim().is_empty() => choices.take(),
            Value::Text(_) | Value::Addresses(_) | Value::Fixed(_) | Value::Choice { .. } | Value::Many(_) => false,
        })
    }

    /// Goes to the next field that is empty; where none is, to the next.
    fn step_to_empty(&mut self) {
        let is_empty = |it: &Input| !it.is_fixed() && it.text().is_empty();
        match self.inputs[self.at + 1..].iter().position(is_empty) {
            Some(by) => self.step(isize::try_from(by + 1).unwrap_or(1)),
            None => self.step(1),
        }
    }

    /// The same in a field where more may follow.
    fn accept_more(&mut self, env: &Env<'_>) -> Result<bool> {
        Ok(matches!(self.inputs[self.at].value, Value::Places(..)) && self.accept(env)?)
    }

    fn field_key(&mut self, key: &KeyEvent) -> bool {
        let input = &mut self.inputs[self.at];
        match &mut input.value {
            Value::Text(field) | Value::Addresses(field) => field.key(key),
            // A letter goes nowhere.
            Value::Fixed(_) => matches!(key.code, KeyCode::Char(_)),
            Value::Choice { options, at, typed } => {
                let n = options.len().max(1);
                let (to, goes_on) = match key.code {
                    KeyCode::Left => ((*at + n - 1) % n, false),
                    KeyCode::Right => ((*at + 1) % n, false),
                    KeyCode::Char(c) => (input::seek(options, *at, typed, c), true),
                    _ => return false,
                };
                if !goes_on {
                    typed.clear();
                }
                *at = to;
                true
            }
            Value::Many(choices) => choices.key(key),
            Value::Lookup(search) | Value::Places(search, _) => search.key(key),
        }
    }
}

impl Overlay for Form {
    fn places(&self) -> &'static [&'static Place] {
        &[PLACE]
    }

    fn is_text(&self) -> bool {
        true
    }

    fn is_form(&self) -> bool {
        true
    }

    fn text(&mut self, key: &KeyEvent, _env: &Env<'_>) -> Result<Option<Vec<Message>>> {
        // What the table says of this field goes before its text.
        let is_key = keymap::resolve(&[PLACE], key).is_some_and(|it| self.offers(it));
        if self.button == Some(true) && !is_key {
            // A letter goes nowhere.
            return Ok(matches!(key.code, KeyCode::Char(_) | KeyCode::Backspace).then(Vec::new));
        }
        if is_key || !self.field_key(key) {
            return Ok(None);
        }
        self.inputs[self.at].error = None;
        Ok(Some(Vec::new()))
    }

    fn act(&mut self, action: Action, env: &Env<'_>) -> Result<Vec<Message>> {
        if self.press_button(action).is_some() {
            return Ok(Vec::new());
        }
        match action {
            action::CLOSE => return Ok(vec![Message::LayAside]),
            DONE => {
                self.accept(env)?;
                return Ok(self.send(env));
            }
            NEW_ROLE => {
                self.made = true;
                return Ok(self.inputs[self.at].opens.map(|window| Message::Open(window(env))).into_iter().collect());
            }
            OUTSIDE if self.offers(OUTSIDE) => return Ok(vec![Message::EditOutside(self.inputs[self.at].text())]),
            CHOOSE => self.inputs[self.at].choose(),
            DROP_LAST => self.inputs[self.at].drop_last(),
            action::PAGE_DOWN => self.top += self.below.get().min(4),
            action::PAGE_UP => self.top = self.top.saturating_sub(4),
            NEXT_FIELD => {
                self.accept(env)?;
                let given = self.inputs[self.at + 1..].iter().take_while(|it| it.is_given && !it.text().is_empty()).count();
                self.step(isize::try_from(given + 1).unwrap_or(1));
            }
            action::DOWN => {
                self.accept(env)?;
                self.step(1);
            }
            LAST_FIELD | action::UP => self.step(-1),
            FORWARD if self.accept_more(env)? => {}
            FORWARD if self.accept(env)? => self.step_to_empty(),
            FORWARD if self.inputs[self.at + 1..].iter().any(|it| !it.is_fixed()) => self.step(1),
            FORWARD => return Ok(self.send(env)),
            _ => {}
        }
        Ok(Vec::new())
    }

    fn kept(&self) -> Option<Kept> {
        let filled: Vec<Content> = self.inputs.iter().map(Input::content).collect();
        let is_kept = filled != self.seed && !self.inputs.iter().any(|it| it.is_secret);
        is_kept.then(|| Kept { form: (self.title.clone(), self.seed.clone()), filled })
    }

    fn take_up(&mut self, kept: &mut Vec<Kept>) {
        if let Some(at) = kept.iter().position(|it| it.form.0 == self.title && it.form.1 == self.seed) {
            self.fill(&kept.remove(at).filled);
            self.button = Some(false);
        }
    }

    fn offers(&self, action: Action) -> bool {
        if self.button == Some(true) {
            return !matches!(action, DROP_LAST | NEW_ROLE | OUTSIDE);
        }
        let input = &self.inputs[self.at];
        match action {
            CHOOSE => matches!(input.value, Value::Many(_) | Value::Choice { .. }),
            OUTSIDE => input.is_long(),
            DROP_LAST => matches!(&input.value, Value::Places(search, _) if search.field.text().is_empty()),
            // While letters narrow the list they mean nothing else.
            NEW_ROLE => input.opens.is_some() && !matches!(&input.value, Value::Many(it) if !it.typed.text().is_empty()),
            FORWARD => match &input.value {
                Value::Text(field) => !field.has_lines(),
                // A second Enter goes on.
                Value::Addresses(field) => field.is_at_empty_line(),
                Value::Fixed(_) | Value::Choice { .. } | Value::Many(_) | Value::Lookup(_) | Value::Places(..) => true,
            },
            _ => true,
        }
    }

    fn paste(&mut self, pasted: &str) {
        if self.button == Some(true) {
            return;
        }
        match &mut self.inputs[self.at].value {
            Value::Text(field) => field.paste(pasted),
            Value::Addresses(field) => field.paste(&one_a_line(pasted)),
            Value::Lookup(search) | Value::Places(search, _) => search.field.paste(pasted),
            Value::Many(choices) => choices.typed.paste(pasted),
            Value::Fixed(_) | Value::Choice { .. } => {}
        }
    }

    fn edited(&mut self, text: &str) {
        self.inputs[self.at].edited(text);
    }

    fn load(&mut self, env: &Env<'_>) -> Result<()> {
        if let Some(live) = &self.live {
            self.said = live(&mut Entered { inputs: &mut self.inputs, made: self.made }, env)?;
            self.made = false;
        }
        if let Value::Lookup(search) | Value::Places(search, _) = &mut self.inputs[self.at].value {
            search.load(env)?;
        }
        Ok(())
    }

    fn refused(&mut self, sentence: &str) -> bool {
        self.refusal = Some(sentence.to_owned());
        true
    }

    fn hits(&self) -> Option<&Hits> {
        Some(&self.hits)
    }

    fn choose(&mut self, row: usize) {
        if row == EMPTY {
            return self.empty();
        }
        if let Some(nth) = row.checked_sub(OPTION) {
            return self.inputs[self.at].pick(nth);
        }
        if self.inputs.get(row).is_some_and(|it| !it.is_fixed()) {
            self.take_apart(self.at);
            self.inputs[self.at].validate();
            self.at = row;
            self.button = self.button.map(|_| false);
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, paint: &Paint<'_>) {
        self.paint(frame, area, paint);
    }
}

/// From here on rows that one can point at are the options of the field with the focus; before, they are fields.
const OPTION: usize = 1 << 16;
/// The button that empties the form.
const EMPTY: usize = usize::MAX;

/// The field to begin with: the one that is named so, the first that is empty, else the first that can be changed.
fn first_of(inputs: &[Input]) -> usize {
    let first = inputs.iter().position(|it| it.is_first);
    let empty = inputs.iter().position(|it| it.text().is_empty() && !matches!(it.value, Value::Many(_)));
    first.or(empty).or(inputs.iter().position(|it| !it.is_fixed())).unwrap_or(0)
}

/// Addresses as they come, one a line, with the names that come along.
fn one_a_line(text: &str) -> String {
    let line = |(name, address): (Option<&str>, &str)| match name {
        Some(it) if it.contains([',', ';']) => format!("\"{it}\" <{address}>"),
        Some(it) => format!("{it} <{address}>"),
        None => address.to_owned(),
    };
    text::mailboxes(text).into_iter().map(line).collect::<Vec<_>>().join("\n")
}
