//! One field of a form: what it holds, how it is typed into, and what is wrong with it.

use std::borrow::Cow;

use anyhow::Result;
use crossterm::event::{KeyCode, KeyEvent};

use super::lookup::{Kind, Search};
use crate::domain::text;
use crate::query::search;
use crate::tui::view::{Env, Overlay};
use crate::tui::widgets::field::Field;

pub(super) type Check = Box<dyn Fn(&str) -> Result<(), String>>;
pub(super) type Opens = fn(&Env<'_>) -> Box<dyn Overlay>;

/// One of several things to choose.
#[derive(Clone, Debug)]
pub(in crate::tui) struct Pick {
    pub(in crate::tui) key: String,
    pub(in crate::tui) name: String,
    pub(in crate::tui) chosen: bool,
    /// Why it cannot be chosen, if so.
    pub(in crate::tui) barred: Option<String>,
}

/// Several of a list, which what is typed narrows.
pub(super) struct Choices {
    pub(super) options: Vec<Pick>,
    /// The option under the cursor.
    pub(super) at: usize,
    pub(super) typed: Field,
}

impl Choices {
    pub(super) fn new(options: Vec<Pick>) -> Choices {
        Choices { options, at: 0, typed: Field::sought() }
    }

    /// The places of the options that what is typed lets through.
    pub(super) fn shown(&self) -> Vec<usize> {
        let typed = self.typed.text();
        let hit = |it: &Pick| search::matches(&format!("{} {}", it.name, it.key), &typed);
        (0..self.options.len()).filter(|at| hit(&self.options[*at])).collect()
    }

    /// Chooses the option under the cursor, or no longer.
    pub(super) fn choose(&mut self) {
        let shown = self.shown();
        let under = shown.iter().find(|it| **it == self.at).or(shown.first()).copied();
        if let Some(at) = under {
            self.at = at;
            self.options[at].chosen ^= self.options[at].barred.is_none();
        }
    }

    /// Takes the option under the cursor that was looked for by typing; `false` where it is none, or cannot be chosen.
    pub(super) fn take(&mut self) -> bool {
        let shown = self.shown();
        let Some(at) = shown.iter().find(|it| **it == self.at).or(shown.first()).copied() else { return false };
        let it = &mut self.options[at];
        it.chosen |= it.barred.is_none();
        let is_taken = it.chosen;
        if is_taken {
            self.at = at;
            self.typed = Field::sought();
        }
        is_taken
    }

    pub(super) fn key(&mut self, key: &KeyEvent) -> bool {
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

pub(super) enum Value {
    Text(Field),
    /// Addresses, one a line.
    Addresses(Field),
    /// Shown, not edited.
    Fixed(String),
    Choice {
        options: Vec<String>,
        at: usize,
        /// How what is looked for begins, letter by letter.
        typed: String,
    },
    Many(Choices),
    Lookup(Search),
    /// Several things that are looked up one after the other: key and name of each.
    Places(Search, Vec<(String, String)>),
}

/// The option that begins with what was typed and this letter; where none does, the next that begins with the letter.
pub(super) fn seek(options: &[String], at: usize, typed: &mut String, letter: char) -> usize {
    let n = options.len();
    let find = |from: usize, start: &str| {
        let begins = |at: &usize| options[*at].to_lowercase().starts_with(&start.to_lowercase());
        (0..n).map(|by| (from + by) % n).find(begins)
    };
    typed.push(letter);
    find(at, typed).unwrap_or_else(|| {
        *typed = letter.to_string();
        find(at + 1, typed).unwrap_or(at)
    })
}

/// One field.
pub(in crate::tui) struct Input {
    pub(super) label: &'static str,
    pub(super) hint: Cow<'static, str>,
    pub(super) value: Value,
    pub(super) check: Option<Check>,
    pub(super) error: Option<String>,
    /// The window that makes what is not there yet.
    pub(super) opens: Option<Opens>,
    /// It is an address; a name that comes with it belongs to this field.
    pub(super) named_in: Option<usize>,
    /// Nothing of the form is kept in which it stands.
    pub(super) is_secret: bool,
    /// The form begins here, whatever is empty.
    pub(super) is_first: bool,
    /// It is known from where the form was opened: going on passes it.
    pub(super) is_given: bool,
    /// Whether it is a text that may be long, and whether that may have lines.
    pub(super) long: Option<bool>,
}

impl Input {
    pub(super) fn new(label: &'static str, value: Value) -> Input {
        let (check, error, opens, named_in, long) = (None, None, None, None, None);
        Input { label, hint: Cow::Borrowed(""), value, check, error, opens, named_in, is_secret: false, is_first: false, is_given: false, long }
    }

    pub(in crate::tui) fn line(label: &'static str, content: &str) -> Input {
        Input::new(label, Value::Text(Field::new(content, false)))
    }

    pub(in crate::tui) fn notes(label: &'static str, content: &str) -> Input {
        Input { long: Some(true), ..Input::new(label, Value::Text(Field::new(content, true))) }
    }

    /// A text in a sentence or two: a reason.
    pub(in crate::tui) fn words(label: &'static str, content: &str) -> Input {
        Input { long: Some(false), ..Input::line(label, content) }
    }

    /// A text that is short as a rule, and may have lines where somebody writes it outside: a message.
    pub(in crate::tui) fn message(label: &'static str, content: &str) -> Input {
        Input { long: Some(true), ..Input::line(label, content) }
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
        Input::new(label, Value::Choice { options, at, typed: String::new() })
    }

    pub(in crate::tui) fn yes_no(label: &'static str, yes: bool) -> Input {
        Input::choice(label, ["no", "yes"].into_iter(), if yes { "yes" } else { "no" })
    }

    pub(in crate::tui) fn many(label: &'static str, options: Vec<String>, chosen: &[String]) -> Input {
        let pick = |it: String| Pick { chosen: chosen.contains(&it), key: it.clone(), name: it, barred: None };
        Input::new(label, Value::Many(Choices::new(options.into_iter().map(pick).collect())))
    }

    /// As [`Input::many`], with options that come while the form is filled in: see [`offer`](super::Entered::offer).
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

    /// Files to be taken in, by what was typed of each.
    pub(in crate::tui) fn files(label: &'static str) -> Input {
        Input::new(label, Value::Places(Search::new("", Kind::File), Vec::new()))
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

    pub(in crate::tui) fn secret(self) -> Input {
        Input { is_secret: true, ..self }
    }

    /// Where that is so, the form begins here.
    pub(in crate::tui) fn first(self, is_first: bool) -> Input {
        Input { is_first, ..self }
    }

    /// Where that is so, it is known already: Tab passes it, arrows do not.
    pub(in crate::tui) fn given(self, is_given: bool) -> Input {
        Input { is_given, ..self }
    }

    /// Ticks the option of this number, or puts the cursor on what was found there.
    pub(super) fn pick(&mut self, nth: usize) {
        match &mut self.value {
            Value::Many(choices) => {
                choices.at = nth;
                choices.choose();
            }
            Value::Lookup(search) | Value::Places(search, _) => search.at = Some(nth),
            Value::Text(_) | Value::Addresses(_) | Value::Fixed(_) | Value::Choice { .. } => {}
        }
    }

    /// Chooses what is under the cursor, or the next where there can be but one.
    pub(super) fn choose(&mut self) {
        self.error = None;
        match &mut self.value {
            Value::Choice { options, at, typed } => {
                typed.clear();
                *at = (*at + 1) % options.len().max(1);
            }
            Value::Many(choices) => choices.choose(),
            Value::Text(_) | Value::Addresses(_) | Value::Fixed(_) | Value::Lookup(_) | Value::Places(..) => {}
        }
    }

    /// Drops the last of several things that were looked up.
    pub(super) fn drop_last(&mut self) {
        self.error = None;
        if let Value::Places(_, chosen) = &mut self.value {
            chosen.pop();
        }
    }

    pub(super) fn is_long(&self) -> bool {
        self.long.is_some()
    }

    /// Holds what came from the user's editor: where there are no lines, all of it in one.
    pub(super) fn edited(&mut self, text: &str) {
        self.error = None;
        if let Value::Text(field) = &mut self.value {
            let has_lines = self.long == Some(true) && (field.has_lines() || text.contains('\n'));
            let one = || text.split_whitespace().collect::<Vec<_>>().join(" ");
            *field = Field::new(&if has_lines { text.to_owned() } else { one() }, has_lines);
        }
    }

    pub(super) fn is_fixed(&self) -> bool {
        matches!(self.value, Value::Fixed(_))
    }

    pub(super) fn text(&self) -> String {
        let listed = |all: Vec<&str>| all.join(", ");
        match &self.value {
            Value::Text(field) | Value::Addresses(field) => field.text(),
            Value::Lookup(search) => search.field.text(),
            Value::Fixed(text) => text.clone(),
            Value::Choice { options, at, .. } => options.get(*at).cloned().unwrap_or_default(),
            Value::Many(Choices { options, .. }) => listed(options.iter().filter(|it| it.chosen).map(|it| it.name.as_str()).collect()),
            Value::Places(_, chosen) => listed(chosen.iter().map(|it| it.1.as_str()).collect()),
        }
    }

    pub(super) fn validate(&mut self) -> bool {
        let text = self.text();
        let unfinished = match &self.value {
            Value::Places(search, _) if !search.field.text().trim().is_empty() => {
                Some(format!("nothing is called `{}`", text::display(search.field.text().trim())))
            }
            Value::Lookup(search) if search.finds_nothing() => Some(format!("nothing is called `{}`", text::display(text.trim()))),
            _ => None,
        };
        self.error = unfinished.or_else(|| self.check.as_ref().and_then(|check| check(&text).err()));
        self.error.is_none()
    }

    /// Lines that the field would like.
    pub(super) fn height(&self, focused: bool) -> u16 {
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
    pub(super) fn note(&self) -> Option<(String, bool)> {
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
