//! A form: labelled fields, each checked beside itself, and one way to send them.

use anyhow::Result;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::domain::catalog::BuiltinRole;
use crate::domain::policy::Policy;
use crate::domain::text;
use crate::domain::things::{Person, Site};
use crate::query::search;
use crate::store::page::{From, Place};
use crate::tui::theme::Theme;
use crate::tui::view::{Env, Message, Overlay, Paint};
use crate::tui::widgets::field::Field;
use crate::tui::widgets::lines::{self, span};

/// What a look-up field finds.
#[derive(Clone, Debug)]
pub(in crate::tui) enum Kind {
    Person,
    Site,
    /// Roles, of one platform only where it is named.
    Role(Option<String>),
}

type Check = Box<dyn Fn(&str) -> Result<(), String>>;

enum Value {
    Text(Field),
    /// Shown, not edited.
    Fixed(String),
    Choice {
        options: Vec<String>,
        at: usize,
    },
    Many {
        options: Vec<(String, bool)>,
        at: usize,
    },
    Lookup {
        field: Field,
        kind: Kind,
        found: Vec<(String, String)>,
        at: usize,
        searched: Option<String>,
    },
}

/// One field.
pub(in crate::tui) struct Input {
    label: &'static str,
    hint: &'static str,
    value: Value,
    check: Option<Check>,
    error: Option<String>,
}

impl Input {
    fn new(label: &'static str, value: Value) -> Input {
        Input { label, hint: "", value, check: None, error: None }
    }

    pub(in crate::tui) fn line(label: &'static str, content: &str) -> Input {
        Input::new(label, Value::Text(Field::new(content, false)))
    }

    pub(in crate::tui) fn notes(label: &'static str, content: &str) -> Input {
        Input::new(label, Value::Text(Field::new(content, true)))
    }

    pub(in crate::tui) fn fixed(label: &'static str, content: &str) -> Input {
        Input::new(label, Value::Fixed(content.to_owned()))
    }

    pub(in crate::tui) fn choice<'a>(label: &'static str, options: impl Iterator<Item = &'a str>, chosen: &str) -> Input {
        let options: Vec<String> = options.map(str::to_owned).collect();
        let at = options.iter().position(|it| it == chosen).unwrap_or(0);
        Input::new(label, Value::Choice { options, at })
    }

    pub(in crate::tui) fn many(label: &'static str, options: Vec<String>, chosen: &[String]) -> Input {
        let options = options.into_iter().map(|it| (it.clone(), chosen.contains(&it))).collect();
        Input::new(label, Value::Many { options, at: 0 })
    }

    pub(in crate::tui) fn lookup(label: &'static str, content: &str, kind: Kind) -> Input {
        Input::new(label, Value::Lookup { field: Field::new(content, false), kind, found: Vec::new(), at: 0, searched: None })
    }

    pub(in crate::tui) fn hint(self, hint: &'static str) -> Input {
        Input { hint, ..self }
    }

    pub(in crate::tui) fn checked(self, check: impl Fn(&str) -> Result<(), String> + 'static) -> Input {
        Input { check: Some(Box::new(check)), ..self }
    }

    fn text(&self) -> String {
        match &self.value {
            Value::Text(field) | Value::Lookup { field, .. } => field.text(),
            Value::Fixed(text) => text.clone(),
            Value::Choice { options, at } => options.get(*at).cloned().unwrap_or_default(),
            Value::Many { options, .. } => options.iter().filter(|it| it.1).map(|it| it.0.as_str()).collect::<Vec<_>>().join(", "),
        }
    }

    fn validate(&mut self) -> bool {
        let text = self.text();
        self.error = self.check.as_ref().and_then(|check| check(&text).err());
        self.error.is_none()
    }

    /// Lines that the field takes.
    fn height(&self, focused: bool) -> u16 {
        match &self.value {
            Value::Text(field) if field.has_lines() => 4,
            Value::Many { options, .. } if focused => u16::try_from(options.len().div_ceil(2)).unwrap_or(1).clamp(1, 10),
            Value::Lookup { found, .. } if focused => 1 + u16::try_from(found.len()).unwrap_or(0),
            _ => 1,
        }
    }
}

/// What was entered.
pub(in crate::tui) struct Values<'a>(&'a [Input]);

impl Values<'_> {
    pub(in crate::tui) fn text(&self, at: usize) -> String {
        self.0.get(at).map_or_else(String::new, Input::text)
    }

    pub(in crate::tui) fn list(&self, at: usize) -> Vec<String> {
        match self.0.get(at).map(|it| &it.value) {
            Some(Value::Many { options, .. }) => options.iter().filter(|it| it.1).map(|it| it.0.clone()).collect(),
            _ => Vec::new(),
        }
    }
}

type Build = Box<dyn Fn(&Values<'_>) -> Result<Vec<Message>, (usize, String)>>;

pub(in crate::tui) struct Form {
    title: String,
    inputs: Vec<Input>,
    at: usize,
    build: Build,
    /// Why the last attempt was refused.
    refusal: Option<String>,
}

impl Form {
    pub(in crate::tui) fn open(
        title: &str,
        inputs: Vec<Input>,
        build: impl Fn(&Values<'_>) -> Result<Vec<Message>, (usize, String)> + 'static,
    ) -> Box<dyn Overlay> {
        let at = inputs.iter().position(|it| it.text().is_empty() && !matches!(it.value, Value::Many { .. })).unwrap_or(0);
        Box::new(Form { title: title.to_owned(), inputs, at, build: Box::new(build), refusal: None })
    }

    fn send(&mut self) -> Vec<Message> {
        self.refusal = None;
        let mut valid = true;
        for input in &mut self.inputs {
            valid &= input.validate();
        }
        if !valid {
            self.at = self.inputs.iter().position(|it| it.error.is_some()).unwrap_or(self.at);
            return Vec::new();
        }
        match (self.build)(&Values(&self.inputs)) {
            Ok(messages) => messages,
            Err((at, sentence)) => {
                self.at = at;
                self.inputs[at].error = Some(sentence);
                Vec::new()
            }
        }
    }

    fn step(&mut self, by: isize) {
        self.inputs[self.at].validate();
        let n = self.inputs.len();
        loop {
            self.at = (self.at + n).saturating_add_signed(by) % n;
            if !matches!(self.inputs[self.at].value, Value::Fixed(_)) {
                break;
            }
        }
    }

    /// Takes the suggestion under the cursor over; `true` if there was something to take.
    fn accept(&mut self) -> bool {
        let Value::Lookup { field, found, at, searched, .. } = &mut self.inputs[self.at].value else { return false };
        let Some((key, _)) = found.get(*at).cloned() else { return false };
        let typed = field.text();
        let is_exact = *at == 0 && found.iter().any(|(it, _)| *it == typed);
        if typed.trim().is_empty() || is_exact || typed == key {
            return false;
        }
        *field = Field::new(&key, false);
        *searched = None;
        true
    }

    fn field_key(&mut self, key: &KeyEvent) -> bool {
        let input = &mut self.inputs[self.at];
        match &mut input.value {
            Value::Text(field) => field.key(key),
            Value::Fixed(_) => false,
            Value::Choice { options, at } => {
                let n = options.len().max(1);
                match key.code {
                    KeyCode::Left => *at = (*at + n - 1) % n,
                    KeyCode::Right | KeyCode::Char(' ') => *at = (*at + 1) % n,
                    KeyCode::Char(c) => {
                        let starts = |it: &String| it.starts_with(c);
                        *at = (1..=n).map(|by| (*at + by) % n).find(|it| options.get(*it).is_some_and(starts)).unwrap_or(*at);
                    }
                    _ => return false,
                }
                true
            }
            Value::Many { options, at } => {
                let last = options.len().saturating_sub(1);
                match key.code {
                    KeyCode::Left => *at = at.saturating_sub(1),
                    KeyCode::Right => *at = (*at + 1).min(last),
                    KeyCode::Down if *at + 2 <= last => *at += 2,
                    KeyCode::Up if *at >= 2 => *at -= 2,
                    KeyCode::Char(' ') => {
                        if let Some(it) = options.get_mut(*at) {
                            it.1 = !it.1;
                        }
                    }
                    _ => return false,
                }
                true
            }
            Value::Lookup { field, found, at, .. } => match key.code {
                KeyCode::Down if *at + 1 < found.len() => {
                    *at += 1;
                    true
                }
                KeyCode::Up if *at > 0 => {
                    *at -= 1;
                    true
                }
                _ => {
                    let taken = field.key(key);
                    if taken {
                        *at = 0;
                    }
                    taken
                }
            },
        }
    }
}

impl Overlay for Form {
    fn key(&mut self, key: &KeyEvent, _env: &Env<'_>) -> Result<Vec<Message>> {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        if ctrl && key.code == KeyCode::Char('s') {
            return Ok(self.send());
        }
        if self.field_key(key) {
            self.inputs[self.at].error = None;
            return Ok(Vec::new());
        }
        match key.code {
            KeyCode::Esc => return Ok(vec![Message::Close]),
            KeyCode::Tab | KeyCode::Down => {
                self.accept();
                self.step(1);
            }
            KeyCode::BackTab | KeyCode::Up => self.step(-1),
            KeyCode::Enter if self.accept() => self.step(1),
            KeyCode::Enter if self.at + 1 < self.inputs.len() => self.step(1),
            KeyCode::Enter => return Ok(self.send()),
            _ => {}
        }
        Ok(Vec::new())
    }

    fn paste(&mut self, pasted: &str) {
        if let Value::Text(field) | Value::Lookup { field, .. } = &mut self.inputs[self.at].value {
            field.paste(pasted);
        }
    }

    fn load(&mut self, env: &Env<'_>) -> Result<()> {
        if let Value::Lookup { field, kind, found, searched, at } = &mut self.inputs[self.at].value {
            let typed = field.text();
            if searched.as_ref() != Some(&typed) {
                *found = suggestions(env, kind, &typed)?;
                *at = (*at).min(found.len().saturating_sub(1));
                *searched = Some(typed);
            }
        }
        Ok(())
    }

    fn refused(&mut self, sentence: &str) -> bool {
        self.refusal = Some(sentence.to_owned());
        true
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, paint: &Paint<'_>) {
        let theme = paint.theme;
        let width = area.width.saturating_sub(4).min(84);
        let rows: u16 = self.inputs.iter().enumerate().map(|(at, it)| it.height(at == self.at)).sum();
        let height = rows + 5;
        let inside = lines::popup(frame, area, width, height.min(area.height), theme, &self.title);
        let mut y = inside.y;
        for (at, input) in self.inputs.iter().enumerate() {
            let here = at == self.at;
            let height = input.height(here).min(inside.bottom().saturating_sub(y + 2));
            if height == 0 {
                continue;
            }
            let row = Rect { x: inside.x + 1, y, width: inside.width.saturating_sub(2), height };
            draw_input(frame, row, input, here, theme);
            y += height;
        }
        let foot = Rect {
            x: inside.x + 1,
            y: inside.bottom().saturating_sub(2),
            width: inside.width.saturating_sub(2),
            height: 2.min(inside.height),
        };
        let say = match &self.refusal {
            Some(sentence) => {
                lines::wrap(sentence, usize::from(foot.width)).into_iter().take(2).map(|it| Line::from(span(&it, theme.error))).collect()
            }
            None => vec![
                Line::default(),
                Line::from(span("Enter next, on the last it sends; Ctrl-s sends from anywhere; Esc leaves", theme.hint)),
            ],
        };
        lines::paint(frame, foot, say);
    }

    fn keys(&self) -> Vec<(&'static str, &'static str)> {
        vec![("Tab", "next field"), ("Ctrl-s", "send"), ("Esc", "leave")]
    }
}

fn draw_input(frame: &mut Frame<'_>, row: Rect, input: &Input, here: bool, theme: &Theme) {
    let label = span(&format!("{} {:<9}", if here { ">" } else { " " }, input.label), if here { theme.title } else { theme.hint });
    lines::paint(frame, Rect { height: 1, ..row }, vec![Line::from(label)]);
    let note = input.error.as_ref().map_or((input.hint, theme.hint), |error| (error.as_str(), theme.error));
    let room = row.width.saturating_sub(12);
    let note_width = if note.0.is_empty() { 0 } else { u16::try_from(text::width(note.0) + 2).unwrap_or(room).min(room / 2 + 4) };
    let field = Rect { x: row.x + 12, width: room.saturating_sub(note_width), ..row };
    let beside = Rect { x: field.right(), y: row.y, width: note_width, height: row.height };
    let note_lines = lines::wrap(note.0, usize::from(note_width.saturating_sub(1)));
    lines::paint(frame, beside, note_lines.into_iter().map(|it| Line::from(span(&format!(" {it}"), note.1))).collect());
    match &input.value {
        Value::Text(text) => text.draw(frame, field, here, theme.text),
        Value::Fixed(text) => lines::paint(frame, field, vec![Line::from(span(text, theme.text))]),
        Value::Choice { options, at } => {
            let value = options.get(*at).map_or("", String::as_str);
            let more = if here && options.len() > 1 { format!("   {} of {}, Space changes", at + 1, options.len()) } else { String::new() };
            let shown = if here { format!("< {value} >") } else { value.to_owned() };
            lines::paint(frame, field, vec![Line::from(vec![span(&shown, theme.text), span(&more, theme.hint)])]);
        }
        Value::Many { options, at } if here => {
            let cell = |at: usize| options.get(at).map_or_else(String::new, |it| format!("[{}] {}", if it.1 { "x" } else { " " }, it.0));
            let half = usize::from(field.width / 2);
            let top = (*at / 2).saturating_sub(usize::from(row.height).saturating_sub(1));
            let rows = (top..options.len().div_ceil(2)).map(|row| {
                let part = |it: usize| span(&lines::cell(&cell(it), half), if it == *at { theme.cursor } else { theme.text });
                Line::from(vec![part(row * 2), part(row * 2 + 1)])
            });
            lines::paint(frame, field, rows.take(usize::from(row.height)).collect());
        }
        Value::Many { .. } => {
            let all = input.text();
            let shown = if all.is_empty() { "none".to_owned() } else { all };
            lines::paint(frame, field, vec![Line::from(span(&text::fit(&shown, usize::from(field.width)), theme.text))]);
        }
        Value::Lookup { field: text, found, at, .. } => {
            text.draw(frame, Rect { height: 1, ..field }, here, theme.text);
            if here {
                let rows = found.iter().enumerate().map(|(n, (key, name))| {
                    let line = lines::cell(&format!(" {name}  {key}"), usize::from(row.width.saturating_sub(14)));
                    Line::from(span(&line, if n == *at { theme.cursor } else { theme.hint }))
                });
                let below = Rect { x: row.x + 12, y: row.y + 1, width: row.width.saturating_sub(12), height: row.height.saturating_sub(1) };
                lines::paint(frame, below, rows.collect());
            }
        }
    }
}

/// Up to five things that the typed text may mean: key and name.
fn suggestions(env: &Env<'_>, kind: &Kind, typed: &str) -> Result<Vec<(String, String)>> {
    let db = env.store.reader();
    let place = Place { fold: text::fold(typed.trim()), id: 0 };
    let starts = |fold: &str| fold.starts_with(&place.fold);
    Ok(match kind {
        Kind::Person => {
            let exact = db.person_by_email(typed)?.map(|it| (it.email, it.name));
            let near = db
                .page::<Person>(&From::At(place.clone()), 5)?
                .into_iter()
                .filter(|it| starts(&it.place.fold))
                .map(|it| (it.row.email, it.row.name));
            exact.into_iter().chain(near).take(5).collect()
        }
        Kind::Site => {
            let exact = db.site_by_key(typed)?.map(|it| (it.key, it.name));
            let near = db
                .page::<Site>(&From::At(place.clone()), 5)?
                .into_iter()
                .filter(|it| starts(&it.place.fold))
                .map(|it| (it.row.key, it.row.name));
            exact.into_iter().chain(near).take(5).collect()
        }
        Kind::Role(platform) => roles(env.policy, platform.as_deref(), typed),
    })
}

fn roles(policy: &Policy, platform: Option<&str>, typed: &str) -> Vec<(String, String)> {
    let offered = |it: &&crate::domain::policy::HeldRole| {
        let fits = platform.is_none_or(|only| only == it.role.platform);
        fits && policy.builtin(it).is_none_or(BuiltinRole::is_assignable)
            && search::matches(&format!("{} {}", it.role.name, it.role.key), typed)
    };
    crate::tui::panes::sorted_roles(policy)
        .into_iter()
        .filter(offered)
        .take(5)
        .map(|it| (it.role.key.clone(), it.role.name.clone()))
        .collect()
}
