//! A form: labelled fields, each checked beside itself, and one way to send them.

use std::borrow::Cow;
use std::cell::Cell as Shared;
use std::collections::HashSet;

use anyhow::Result;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use crate::domain::catalog::BuiltinRole;
use crate::domain::record::ScopeRecord;
use crate::domain::text;
use crate::domain::things::{Person, Site};
use crate::facts::Reader;
use crate::query::search::{self, Index};
use crate::query::sight::Shown;
use crate::store::page::{From, Listed, Place as RowPlace};
use crate::tui::action::{self, Action, Place, actions};
use crate::tui::keymap::{self, key_of};
use crate::tui::overlays::sheet::Tone;
use crate::tui::theme::Theme;
use crate::tui::view::{Env, Message, Overlay, Paint};
use crate::tui::widgets::field::Field;
use crate::tui::widgets::lines::{self, span};

actions! {
    PLACE "Forms" "One field after the other; each says what is wrong with it. Letters are text." {
        CHOOSE "choose" ["space"] "choose" "Choose what is under the cursor, or the next where there can be but one; letters narrow the list";
        DROP_LAST "drop-last" ["backspace"] "drop the last" "Drop the last place that was chosen";
        NEW_ROLE "new-role" ["n"] "new role" "Make a role that is not there yet";
        FORWARD "forward" ["enter"] "" "Take what is found, or go to the next field; on the last it is done";
        NEXT_FIELD "next-field" ["tab"] "next field" "Take what is found, and go to the next field";
        LAST_FIELD "last-field" ["backtab"] "" "The field before";
        DONE "done" ["ctrl-s"] "done" "Done: what it would do is shown, or it is done";
    }
}

/// What a look-up field finds.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::tui) enum Kind {
    Person,
    Site,
    /// Everywhere, a folder or a site; or sites alone.
    Place {
        sites_only: bool,
    },
    /// Roles, of one platform only where it is named.
    Role(Option<String>),
}

type Check = Box<dyn Fn(&str) -> Result<(), String>>;
type Opens = fn(&Env<'_>) -> Box<dyn Overlay>;

/// One of several things to choose.
#[derive(Clone, Debug)]
pub(in crate::tui) struct Pick {
    pub(in crate::tui) key: String,
    pub(in crate::tui) name: String,
    pub(in crate::tui) chosen: bool,
    /// Why it cannot be chosen, if so.
    pub(in crate::tui) barred: Option<String>,
}

/// A field whose text is looked up while it is typed.
struct Search {
    field: Field,
    kind: Kind,
    /// Key and name.
    found: Vec<(String, String)>,
    /// How many more there are.
    more: usize,
    /// What people or sites are called, read at the first letter.
    index: Option<Index>,
    /// What a key would take: nothing until something is typed, or an arrow goes there.
    at: Option<usize>,
    searched: Option<String>,
}

impl Search {
    fn new(content: &str, kind: Kind) -> Search {
        Search { field: Field::new(content, false), kind, found: Vec::new(), more: 0, index: None, at: None, searched: None }
    }

    fn load(&mut self, env: &Env<'_>) -> Result<()> {
        let typed = self.field.text();
        if self.searched.as_ref() != Some(&typed) {
            (self.found, self.more) = suggestions(env, &self.kind, text::mailbox(&typed).1, &mut self.index)?;
            self.at = None;
            self.searched = Some(typed);
        }
        if self.at.is_none() && !self.is_blank() && !self.found.is_empty() {
            self.at = Some(0);
        }
        Ok(())
    }

    /// Lines that it takes to show what was found.
    fn height(&self) -> u16 {
        u16::try_from(self.found.len() + usize::from(self.more > 0)).unwrap_or(u16::MAX)
    }

    fn is_blank(&self) -> bool {
        self.field.text().trim().is_empty()
    }

    fn key(&mut self, key: &KeyEvent) -> bool {
        let last = self.found.len().saturating_sub(1);
        match (key.code, self.at) {
            (KeyCode::Down, None) if !self.found.is_empty() => self.at = Some(0),
            (KeyCode::Down, Some(at)) if last > 0 => self.at = Some((at + 1).min(last)),
            (KeyCode::Up, Some(at)) if at > 0 => self.at = Some(at - 1),
            (KeyCode::Up, Some(_)) if self.is_blank() => self.at = None,
            _ => return self.field.key(key),
        }
        true
    }

    /// What stands under the cursor.
    fn under(&self) -> Option<&(String, String)> {
        self.found.get(self.at?)
    }

    fn put(&mut self, text: &str) {
        self.field = Field::new(text, false);
        self.searched = None;
        self.at = None;
    }
}

/// Several of a list, which what is typed narrows.
struct Choices {
    options: Vec<Pick>,
    /// The option under the cursor.
    at: usize,
    typed: Field,
}

impl Choices {
    fn new(options: Vec<Pick>) -> Choices {
        Choices { options, at: 0, typed: Field::sought() }
    }

    /// The places of the options that what is typed lets through.
    fn shown(&self) -> Vec<usize> {
        let typed = self.typed.text();
        let hit = |it: &Pick| search::matches(&format!("{} {}", it.name, it.key), &typed);
        (0..self.options.len()).filter(|at| hit(&self.options[*at])).collect()
    }

    /// Chooses the option under the cursor, or no longer.
    fn choose(&mut self) {
        let shown = self.shown();
        let under = shown.iter().find(|it| **it == self.at).or(shown.first()).copied();
        if let Some(at) = under {
            self.at = at;
            self.options[at].chosen ^= self.options[at].barred.is_none();
        }
    }

    fn key(&mut self, key: &KeyEvent) -> bool {
        let shown = self.shown();
        let spot = shown.iter().position(|it| *it == self.at).unwrap_or(0);
        let to = match key.code {
            KeyCode::Left => spot.saturating_sub(1),
            KeyCode::Right => spot + 1,
            KeyCode::Down if spot + 2 < shown.len() => spot + 2,
            KeyCode::Up if spot >= 2 => spot - 2,
            KeyCode::Char(_) | KeyCode::Backspace => {
                if !self.typed.key(key) {
                    return false;
                }
                self.at = self.shown().first().copied().unwrap_or(self.at);
                return true;
            }
            _ => return false,
        };
        self.at = shown.get(to.min(shown.len().saturating_sub(1))).copied().unwrap_or(self.at);
        true
    }
}

enum Value {
    Text(Field),
    /// Addresses, one a line.
    Addresses(Field),
    /// Shown, not edited.
    Fixed(String),
    Choice {
        options: Vec<String>,
        at: usize,
    },
    Many(Choices),
    Lookup(Search),
    /// Several things that are looked up one after the other: key and name of each.
    Places(Search, Vec<(String, String)>),
}

/// One field.
pub(in crate::tui) struct Input {
    label: &'static str,
    hint: Cow<'static, str>,
    value: Value,
    check: Option<Check>,
    error: Option<String>,
    /// The window that makes what is not there yet.
    opens: Option<Opens>,
    /// It is an address; a name that comes with it belongs to this field.
    named_in: Option<usize>,
}

impl Input {
    fn new(label: &'static str, value: Value) -> Input {
        Input { label, hint: Cow::Borrowed(""), value, check: None, error: None, opens: None, named_in: None }
    }

    pub(in crate::tui) fn line(label: &'static str, content: &str) -> Input {
        Input::new(label, Value::Text(Field::new(content, false)))
    }

    pub(in crate::tui) fn notes(label: &'static str, content: &str) -> Input {
        Input::new(label, Value::Text(Field::new(content, true)))
    }

    /// Addresses: what is pasted is split at commas, semicolons and line breaks.
    pub(in crate::tui) fn addresses(label: &'static str, content: &str) -> Input {
        Input::new(label, Value::Addresses(Field::new(content, true)))
    }

    pub(in crate::tui) fn fixed(label: &'static str, content: &str) -> Input {
        Input::new(label, Value::Fixed(content.to_owned()))
    }

    pub(in crate::tui) fn choice<'a>(label: &'static str, options: impl Iterator<Item = &'a str>, chosen: &str) -> Input {
        let options: Vec<String> = options.map(str::to_owned).collect();
        let at = options.iter().position(|it| it == chosen).unwrap_or(0);
        Input::new(label, Value::Choice { options, at })
    }

    pub(in crate::tui) fn yes_no(label: &'static str, yes: bool) -> Input {
        Input::choice(label, ["no", "yes"].into_iter(), if yes { "yes" } else { "no" })
    }

    pub(in crate::tui) fn many(label: &'static str, options: Vec<String>, chosen: &[String]) -> Input {
        let pick = |it: String| Pick { chosen: chosen.contains(&it), key: it.clone(), name: it, barred: None };
        Input::new(label, Value::Many(Choices::new(options.into_iter().map(pick).collect())))
    }

    /// As [`Input::many`], with options that come while the form is filled in: see [`Entered::offer`].
    pub(in crate::tui) fn picks(label: &'static str, chosen: &[String]) -> Input {
        Input::many(label, chosen.to_vec(), chosen)
    }

    pub(in crate::tui) fn lookup(label: &'static str, content: &str, kind: Kind) -> Input {
        Input::new(label, Value::Lookup(Search::new(content, kind)))
    }

    /// Sites, folders or everywhere: key and name of those that are chosen already.
    pub(in crate::tui) fn places(label: &'static str, chosen: Vec<(String, String)>) -> Input {
        Input::new(label, Value::Places(Search::new("", Kind::Place { sites_only: false }), chosen))
    }

    pub(in crate::tui) fn hint(self, hint: &'static str) -> Input {
        Input { hint: Cow::Borrowed(hint), ..self }
    }

    /// What stands there is a proposal: the first letter takes its place.
    pub(in crate::tui) fn proposed(mut self) -> Input {
        if let Value::Text(field) = &mut self.value {
            field.propose();
        }
        self
    }

    pub(in crate::tui) fn checked(self, check: impl Fn(&str) -> Result<(), String> + 'static) -> Input {
        Input { check: Some(Box::new(check)), ..self }
    }

    pub(in crate::tui) fn opens(self, window: Opens) -> Input {
        Input { opens: Some(window), ..self }
    }

    /// An address, whose name goes into another line where that is empty.
    pub(in crate::tui) fn named_in(self, field: usize) -> Input {
        Input { named_in: Some(field), ..self }
    }

    /// Chooses what is under the cursor, or the next where there can be but one.
    fn choose(&mut self) {
        self.error = None;
        match &mut self.value {
            Value::Choice { options, at } => *at = (*at + 1) % options.len().max(1),
            Value::Many(choices) => choices.choose(),
            Value::Text(_) | Value::Addresses(_) | Value::Fixed(_) | Value::Lookup(_) | Value::Places(..) => {}
        }
    }

    /// Drops the last of several things that were looked up.
    fn drop_last(&mut self) {
        self.error = None;
        if let Value::Places(_, chosen) = &mut self.value {
            chosen.pop();
        }
    }

    fn is_fixed(&self) -> bool {
        matches!(self.value, Value::Fixed(_))
    }

    fn text(&self) -> String {
        let listed = |all: Vec<&str>| all.join(", ");
        match &self.value {
            Value::Text(field) | Value::Addresses(field) => field.text(),
            Value::Lookup(search) => search.field.text(),
            Value::Fixed(text) => text.clone(),
            Value::Choice { options, at } => options.get(*at).cloned().unwrap_or_default(),
            Value::Many(Choices { options, .. }) => listed(options.iter().filter(|it| it.chosen).map(|it| it.name.as_str()).collect()),
            Value::Places(_, chosen) => listed(chosen.iter().map(|it| it.1.as_str()).collect()),
        }
    }

    fn validate(&mut self) -> bool {
        let text = self.text();
        let unfinished = match &self.value {
            Value::Places(search, _) if !search.field.text().trim().is_empty() => {
                Some(format!("nothing is called `{}`", text::display(search.field.text().trim())))
            }
            _ => None,
        };
        self.error = unfinished.or_else(|| self.check.as_ref().and_then(|check| check(&text).err()));
        self.error.is_none()
    }

    /// Lines that the field would like.
    fn height(&self, focused: bool) -> u16 {
        let n = |it: usize| u16::try_from(it).unwrap_or(u16::MAX);
        match &self.value {
            Value::Text(field) | Value::Addresses(field) if focused && field.has_lines() => 4,
            Value::Many(choices) if focused => n(choices.options.len().div_ceil(2)).clamp(1, 10) + 1,
            Value::Lookup(search) if focused => 1 + search.height(),
            Value::Places(search, _) if focused => 2 + search.height(),
            _ => 1,
        }
    }

    /// What stands beside the field: what is wrong with it, or what it is for.
    fn note(&self) -> Option<(String, bool)> {
        if let Some(error) = &self.error {
            return Some((error.clone(), true));
        }
        if let Value::Many(Choices { options, at, .. }) = &self.value
            && let Some(reason) = options.get(*at).and_then(|it| it.barred.clone())
        {
            return Some((reason, true));
        }
        Some((self.hint.to_string(), false)).filter(|it| !it.0.is_empty())
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
        if let Some(Input { value: Value::Text(line), .. }) = self.inputs.get_mut(field) {
            *line = Field::new(words, line.has_lines());
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
        let empty = inputs.iter().position(|it| it.text().is_empty() && !matches!(it.value, Value::Many(_)));
        let at = empty.or(inputs.iter().position(|it| !it.is_fixed())).unwrap_or(0);
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
        }
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
                if !chosen.contains(&it) {
                    chosen.push(it);
                }
                search.put("");
                true
            }
            Value::Text(_) | Value::Addresses(_) | Value::Fixed(_) | Value::Choice { .. } | Value::Many(_) => false,
        })
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
            Value::Choice { options, at } => {
                let n = options.len().max(1);
                match key.code {
                    KeyCode::Left => *at = (*at + n - 1) % n,
                    KeyCode::Right => *at = (*at + 1) % n,
                    KeyCode::Char(c) => {
                        let starts = |it: &String| it.to_lowercase().starts_with(&c.to_lowercase().to_string());
                        *at = (1..=n).map(|by| (*at + by) % n).find(|it| options.get(*it).is_some_and(starts)).unwrap_or(*at);
                    }
                    _ => return false,
                }
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

    fn text(&mut self, key: &KeyEvent, _env: &Env<'_>) -> Result<Option<Vec<Message>>> {
        // What the table says of this field goes before its text.
        if keymap::resolve(&[PLACE], key).is_some_and(|it| self.offers(it)) || !self.field_key(key) {
            return Ok(None);
        }
        self.inputs[self.at].error = None;
        Ok(Some(Vec::new()))
    }

    fn act(&mut self, action: Action, env: &Env<'_>) -> Result<Vec<Message>> {
        match action {
            action::CLOSE => return Ok(vec![Message::Close]),
            DONE => {
                self.accept(env)?;
                return Ok(self.send(env));
            }
            NEW_ROLE => {
                self.made = true;
                return Ok(self.inputs[self.at].opens.map(|window| Message::Open(window(env))).into_iter().collect());
            }
            CHOOSE => self.inputs[self.at].choose(),
            DROP_LAST => self.inputs[self.at].drop_last(),
            action::PAGE_DOWN => self.top += self.below.get().min(4),
            action::PAGE_UP => self.top = self.top.saturating_sub(4),
            NEXT_FIELD | action::DOWN => {
                self.accept(env)?;
                self.step(1);
            }
            LAST_FIELD | action::UP => self.step(-1),
            FORWARD if self.accept_more(env)? => {}
            FORWARD if self.accept(env)? => self.step(1),
            FORWARD if self.inputs[self.at + 1..].iter().any(|it| !it.is_fixed()) => self.step(1),
            FORWARD => return Ok(self.send(env)),
            _ => {}
        }
        Ok(Vec::new())
    }

    fn offers(&self, action: Action) -> bool {
        let input = &self.inputs[self.at];
        match action {
            CHOOSE => matches!(input.value, Value::Many(_) | Value::Choice { .. }),
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
        match &mut self.inputs[self.at].value {
            Value::Text(field) => field.paste(pasted),
            Value::Addresses(field) => field.paste(&one_a_line(pasted)),
            Value::Lookup(search) | Value::Places(search, _) => search.field.paste(pasted),
            Value::Many(choices) => choices.typed.paste(pasted),
            Value::Fixed(_) | Value::Choice { .. } => {}
        }
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

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, paint: &Paint<'_>) {
        let theme = paint.theme;
        let width = area.width.saturating_sub(4).min(if self.live.is_some() { 110 } else { 84 });
        let said = self.said_lines(usize::from(width).saturating_sub(4), theme);
        let n_said = u16::try_from(said.len()).unwrap_or(u16::MAX);
        let refusal = self.refusal.as_ref().map_or_else(Vec::new, |it| lines::wrap(it, usize::from(width).saturating_sub(4)));
        let foot_height = u16::try_from(refusal.len()).unwrap_or(u16::MAX).clamp(2, 4);
        let least: u16 = self.inputs.iter().map(|it| it.height(false)).sum();
        // The field with the focus may grow, but a few words about what follows stay in sight.
        let room = area.height.saturating_sub(least + 2 + foot_height);
        let wanted = self.inputs[self.at].height(true).saturating_sub(self.inputs[self.at].height(false));
        let grown = wanted.min(room.saturating_sub(n_said.saturating_add(1).min(5)).max(room.min(3)));
        let said_height = n_said.min(room.saturating_sub(grown + 1));
        let height = least + grown + 2 + foot_height + if said_height > 0 { said_height + 1 } else { 1 };
        let inside = lines::popup(frame, area, width, height.min(area.height), theme, &self.title);
        let mut y = inside.y;
        for (at, input) in self.inputs.iter().enumerate() {
            let here = at == self.at;
            let height = input.height(false) + if here { grown } else { 0 };
            let height = height.min(inside.bottom().saturating_sub(y + foot_height));
            if height == 0 {
                continue;
            }
            let row = Rect { x: inside.x + 1, y, width: inside.width.saturating_sub(2), height };
            draw_input(frame, row, input, here, theme);
            y += height;
        }
        let foot = Rect {
            x: inside.x + 1,
            y: inside.bottom().saturating_sub(foot_height),
            width: inside.width.saturating_sub(2),
            height: foot_height.min(inside.height),
        };
        let page = Rect { y: y + 1, height: foot.y.saturating_sub(y + 1), ..foot };
        self.below.set(usize::from(n_said.saturating_sub(page.height)).saturating_sub(self.top));
        lines::paint(frame, page, said.into_iter().skip(self.top).collect());
        let more = if self.below.get() > 0 { format!("{} shows the rest", key_of(action::PAGE_DOWN)) } else { String::new() };
        let ways = format!(
            "{} next field, on the last it is done; {} done; {} leaves",
            key_of(FORWARD),
            key_of(DONE),
            key_of(action::CLOSE)
        );
        let say = if refusal.is_empty() {
            vec![Line::from(span(&more, theme.key)), Line::from(span(&ways, theme.hint))]
        } else {
            refusal.iter().map(|it| Line::from(span(it, theme.error))).collect()
        };
        lines::paint(frame, foot, say);
    }
}

impl Form {
    /// The columns about what follows, side by side.
    fn said_lines(&self, width: usize, theme: &Theme) -> Vec<Line<'static>> {
        let n = self.said.len().max(1);
        let room = (width / n).saturating_sub(if n > 1 { 2 } else { 0 });
        let broken = |column: &Vec<(Tone, String)>| -> Vec<(Tone, String)> {
            let part = |(tone, words): &(Tone, String)| lines::wrap(words, room).into_iter().map(|it| (*tone, it)).collect::<Vec<_>>();
            column.iter().flat_map(part).collect()
        };
        let columns: Vec<Vec<(Tone, String)>> = self.said.iter().map(broken).collect();
        let height = columns.iter().map(Vec::len).max().unwrap_or(0);
        let cell = |column: &Vec<(Tone, String)>, row: usize| {
            let (tone, words) = column.get(row).cloned().unwrap_or((Tone::Text, String::new()));
            span(&lines::cell(&words, width / n), tone.style(theme))
        };
        (0..height).map(|row| Line::from(columns.iter().map(|it| cell(it, row)).collect::<Vec<_>>())).collect()
    }
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

fn draw_input(frame: &mut Frame<'_>, row: Rect, input: &Input, here: bool, theme: &Theme) {
    let label = span(&format!("{} {:<9}", if here { ">" } else { " " }, input.label), if here { theme.title } else { theme.hint });
    lines::paint(frame, Rect { height: 1, ..row }, vec![Line::from(label)]);
    let (note, is_wrong) = input.note().unwrap_or_default();
    let style = if is_wrong { theme.error } else { theme.hint };
    let room = row.width.saturating_sub(12);
    // Half of the room, or what the value leaves of it.
    let left = usize::from(room).saturating_sub(text::width(&input.text()) + 16);
    let most = room.div_ceil(2).max(u16::try_from(left).unwrap_or(0));
    // Names need all the width there is: what is to be said of them stands beneath.
    let is_beneath = here && matches!(input.value, Value::Many(_)) && row.height > 1;
    let note_width = if note.is_empty() || is_beneath { 0 } else { u16::try_from(text::width(&note) + 2).unwrap_or(room).min(most) };
    let field = Rect { x: row.x + 12, width: room.saturating_sub(note_width), ..row };
    let beside = Rect { x: field.right(), y: row.y, width: note_width, height: row.height };
    let note_lines = lines::wrap(&note, usize::from(note_width.saturating_sub(1)));
    lines::paint(frame, beside, note_lines.into_iter().map(|it| Line::from(span(&format!(" {it}"), style))).collect());
    if here {
        frame.set_cursor_position(field.as_position());
    }
    match &input.value {
        Value::Text(text) | Value::Addresses(text) if here || !text.has_lines() => text.draw(frame, field, here, theme.text),
        Value::Text(text) | Value::Addresses(text) => paint_line(frame, field, &text.text().replace('\n', ", "), theme),
        Value::Fixed(text) => paint_line(frame, field, text, theme),
        Value::Choice { options, at } => {
            let value = options.get(*at).map_or("", String::as_str);
            let more = if here && options.len() > 1 { format!("  {} of {}", at + 1, options.len()) } else { String::new() };
            let shown = if here { format!("< {value} >") } else { value.to_owned() };
            lines::paint(frame, field, vec![Line::from(vec![span(&shown, theme.text), span(&more, theme.hint)])]);
        }
        Value::Many(choices) if here => draw_many(frame, field, choices, (&note, style), theme),
        Value::Many(_) | Value::Places(..) if !here => {
            paint_line(frame, field, &or_none(input.text()), theme);
        }
        Value::Many(_) => {}
        Value::Lookup(search) => {
            search.field.draw(frame, Rect { height: 1, ..field }, here, theme.text);
            if here {
                draw_found(frame, Rect { x: row.x + 12, width: row.width.saturating_sub(12), ..row }, 1, search, theme);
            }
        }
        Value::Places(search, _) => {
            paint_line(frame, Rect { height: 1, ..field }, &or_none(input.text()), theme);
            let below = Rect { x: row.x + 12, width: row.width.saturating_sub(12), ..row };
            let typed = Rect { y: below.y + 1, height: 1.min(below.height.saturating_sub(1)), ..below };
            lines::paint(frame, typed, vec![Line::from(span("+ ", theme.key))]);
            search.field.draw(frame, Rect { x: typed.x + 2, width: typed.width.saturating_sub(2), ..typed }, true, theme.text);
            draw_found(frame, below, 2, search, theme);
        }
    }
}

fn or_none(chosen: String) -> String {
    if chosen.is_empty() { "none".to_owned() } else { chosen }
}

fn paint_line(frame: &mut Frame<'_>, area: Rect, words: &str, theme: &Theme) {
    let shown = text::fit(&text::display(words), usize::from(area.width)).into_owned();
    lines::paint(frame, area, vec![Line::from(span(&shown, theme.text))]);
}

/// Paints options in two columns; beneath them what is typed, how many more there are, and what is to be said of them.
fn draw_many(frame: &mut Frame<'_>, area: Rect, choices: &Choices, note: (&str, Style), theme: &Theme) {
    let shown = choices.shown();
    let half = usize::from(area.width / 2);
    let height = usize::from(area.height).saturating_sub(1).max(1);
    let row_at = shown.iter().position(|it| *it == choices.at).unwrap_or(0) / 2;
    let top = row_at.saturating_sub(height - 1);
    let part = |n: usize| {
        let Some(at) = shown.get(n).copied() else { return span("", theme.text) };
        let it = &choices.options[at];
        let (mark, style) = match (it.barred.is_some(), it.chosen) {
            (true, _) => ("[-]", theme.locked),
            (false, true) => ("[x]", theme.text),
            (false, false) => ("[ ]", theme.text),
        };
        span(&lines::cell(&format!("{mark} {}", it.name), half), if at == choices.at { theme.cursor } else { style })
    };
    let rows = (top..shown.len().div_ceil(2)).map(|row| Line::from(vec![part(row * 2), part(row * 2 + 1)]));
    lines::paint(frame, area, rows.take(height).collect());
    let below = shown.len().saturating_sub((top + height) * 2);
    let typed = choices.typed.text();
    let said = [
        if typed.is_empty() { String::new() } else { format!("/{} ", text::display(&typed)) },
        if shown.is_empty() { "nothing matches what is typed  ".to_owned() } else { String::new() },
        if below > 0 { format!("{below} more below  ") } else { String::new() },
    ];
    if usize::from(area.height) > height {
        let line = Line::from(vec![span(&said.concat(), theme.key), span(note.0, note.1)]);
        lines::paint(frame, Rect { y: area.bottom() - 1, height: 1, ..area }, vec![line]);
    }
}

/// Paints what was found, from a line of the field on.
fn draw_found(frame: &mut Frame<'_>, area: Rect, from: u16, search: &Search, theme: &Theme) {
    let below = Rect { y: area.y + from, height: area.height.saturating_sub(from), ..area };
    let rows = search.found.iter().enumerate().map(|(n, (key, name))| {
        // The name of a folder, and the word for all of them, say it already.
        let says_all = matches!(search.kind, Kind::Place { .. }) && !key.starts_with("site ");
        let words = if says_all { format!(" {name}") } else { format!(" {name}  {key}") };
        let line = lines::cell(&words, usize::from(below.width.saturating_sub(2)));
        Line::from(span(&line, if Some(n) == search.at { theme.cursor } else { theme.hint }))
    });
    let more = (search.more > 0).then(|| Line::from(span(&format!(" {} more: type on", search.more), theme.key)));
    lines::paint(frame, below, rows.chain(more).collect());
}

/// Most suggestions at a time.
const OFFERED: usize = 5;

/// Key and name of what is suggested, and how many more there are.
type Suggested = (Vec<(String, String)>, usize);

fn first(all: Vec<(String, String)>) -> Suggested {
    let more = all.len().saturating_sub(OFFERED);
    (all.into_iter().take(OFFERED).collect(), more)
}

/// What the typed text may mean, the likeliest first.
fn suggestions(env: &Env<'_>, kind: &Kind, typed: &str, index: &mut Option<Index>) -> Result<Suggested> {
    let db = env.store.reader();
    Ok(match kind {
        Kind::Person => {
            let exact = db.person_by_email(typed)?.map(|it| it.id.0);
            let (rows, more) = called::<Person>(db, typed, exact.into_iter().collect(), env.sight.people(), index)?;
            (rows.into_iter().map(|it| (it.email, it.name)).collect(), more)
        }
        Kind::Site => {
            let (rows, more) = called::<Site>(db, typed, by_key(db, typed)?, env.sight.sites(db, env.policy)?, index)?;
            (rows.into_iter().map(|it| (it.key, it.name)).collect(), more)
        }
        Kind::Place { sites_only } => places(env, typed, *sites_only, index)?,
        Kind::Role(platform) => first(roles(env, platform.as_deref(), typed)),
    })
}

/// The sites whose keys begin so, the one of that key first.
fn by_key(db: Reader<'_>, typed: &str) -> Result<Vec<i64>> {
    let typed = typed.trim().to_lowercase();
    if typed.is_empty() {
        return Ok(Vec::new());
    }
    let longer = db.sites_after(&typed, 4 * OFFERED)?.into_iter().filter(|it| it.key.starts_with(&typed));
    Ok(db.site_by_key(&typed)?.into_iter().chain(longer).map(|it| it.id.0).collect())
}

/// The rows that are called so, of all or of those that are shown: those of that key, those whose names begin so, and
/// those that have these words anywhere; and how many more there are.
fn called<T: Listed>(
    db: Reader<'_>,
    typed: &str,
    of_key: Vec<i64>,
    shown: Option<Shown>,
    index: &mut Option<Index>,
) -> Result<(Vec<T>, usize)> {
    let place = RowPlace { fold: text::fold(typed.trim()), id: 0 };
    let near = db.page::<T>(&From::At(place.clone()), OFFERED)?.into_iter().filter(|it| it.place.fold.starts_with(&place.fold));
    let near: Vec<i64> = near.map(|it| it.place.id).collect();
    let (mut ids, total) = if place.fold.is_empty() {
        let ids = shown.as_ref().map_or(near, |it| it.ids.clone());
        (ids, shown.map_or_else(|| db.count::<T>(), |it| Ok(it.ids.len()))?)
    } else {
        let names = match index.take() {
            Some(names) => names,
            None => Index::names::<T>(db)?,
        };
        let all = index.insert(names).matching(typed);
        let mut ids = [of_key, near, all].concat();
        let mut seen = HashSet::new();
        ids.retain(|id| seen.insert(*id) && shown.as_ref().is_none_or(|it| it.ids.contains(id)));
        let total = ids.len();
        (ids, total)
    };
    ids.truncate(OFFERED);
    let rows: Vec<T> = db.picked::<T>(&ids)?.into_iter().map(|it| it.row).collect();
    let more = total.saturating_sub(rows.len());
    Ok((rows, more))
}

/// Keys as [`place_key`] writes them.
fn places(env: &Env<'_>, typed: &str, sites_only: bool, index: &mut Option<Index>) -> Result<Suggested> {
    let whole = [(place_key(&ScopeRecord::Everywhere), "everywhere".to_owned())];
    let mut folders: Vec<(String, String)> =
        env.folders().map(|it| (place_key(&ScopeRecord::Folder(it.key.clone())), format!("folder {}", it.name))).collect();
    folders.sort_by_cached_key(|it| text::fold(&it.1));
    let known: Vec<(String, String)> = whole.into_iter().chain(folders).filter(|it| !sites_only && search::matches(&it.1, typed)).collect();
    // A few of them, so that there is room for sites.
    let more_known = known.len().saturating_sub(3);
    let (sites, more) = suggestions(env, &Kind::Site, typed, index)?;
    let sites = sites.into_iter().map(|(key, name)| (place_key(&ScopeRecord::Site(key)), name));
    let mut all: Vec<(String, String)> = known.into_iter().take(3).chain(sites).collect();
    if !typed.trim().is_empty() {
        // The sites come first where their names begin so.
        all.sort_by_key(|it| !it.0.starts_with("site "));
    }
    let (rows, cut) = first(all);
    Ok((rows, more + more_known + cut))
}

/// A place as the key of an option; [`place`] reads it back.
pub(in crate::tui) fn place_key(scope: &ScopeRecord) -> String {
    scope.to_string()
}

pub(in crate::tui) fn place(key: &str) -> ScopeRecord {
    match key.split_once(' ') {
        Some(("folder", folder)) => ScopeRecord::Folder(folder.to_owned()),
        Some((_, site)) => ScopeRecord::Site(site.to_owned()),
        None => ScopeRecord::Everywhere,
    }
}

fn roles(env: &Env<'_>, platform: Option<&str>, typed: &str) -> Vec<(String, String)> {
    let offered = |it: &&crate::domain::policy::HeldRole| {
        let fits = platform.is_none_or(|only| only == it.role.platform);
        fits && env.policy.builtin(it).is_none_or(BuiltinRole::is_assignable)
            && search::matches(&format!("{} {}", it.role.name, it.role.key), typed)
    };
    crate::tui::panes::known_roles(env).into_iter().filter(offered).map(|it| (it.role.key.clone(), it.role.name.clone())).collect()
}
