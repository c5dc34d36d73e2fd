//! From a key press to an action, by the table or as the configuration file has it.

use std::cell::RefCell;
use std::collections::HashMap;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::action::{self, Action, Entry, Place};

/// Keys of one action: they live as long as the program, as those of the table do.
pub(super) type Keys = &'static [&'static str];

/// Keys that are other than those of the table, by the action's id; none where it is switched off.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Bindings(HashMap<&'static str, Keys>);

impl Bindings {
    pub(super) fn add(&mut self, action: Action, keys: Vec<&'static str>) {
        self.0.insert(action.id, keys.leak());
    }

    /// The keys that do it.
    pub(super) fn keys(&self, it: &Entry) -> Keys {
        self.0.get(it.action.id).copied().unwrap_or(it.keys)
    }
}

thread_local! {
    /// Those in force: set before the screens open, whose keys are heard and named by one thread.
    static BOUND: RefCell<Bindings> = RefCell::default();
}

/// From now on these keys are in force.
pub(super) fn bind(own: Bindings) {
    BOUND.set(own);
}

/// The keys that do it, the first of them the one that is shown.
pub(super) fn keys(it: &Entry) -> Keys {
    BOUND.with_borrow(|own| own.keys(it))
}

/// What leaves from anywhere when it is pressed twice; no table can take it away.
pub(super) const INTERRUPT: &str = "Ctrl-c";

pub(super) fn is_interrupt(key: &KeyEvent) -> bool {
    key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL)
}

/// The name of a key as the action table writes it; `None` for keys that no table names.
pub(super) fn chord(key: &KeyEvent) -> Option<String> {
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    // Esc and a letter that arrive together read as Alt and the letter: neither is meant.
    if key.modifiers.contains(KeyModifiers::ALT) {
        return None;
    }
    let name = match key.code {
        KeyCode::Char(' ') => "space".to_owned(),
        // Terminals disagree about SHIFT on characters: the character itself says it.
        KeyCode::Char(c) if ctrl => format!("ctrl-{}", c.to_ascii_lowercase()),
        KeyCode::Char(c) => c.to_string(),
        KeyCode::Enter => "enter".to_owned(),
        KeyCode::Esc => "esc".to_owned(),
        KeyCode::Backspace => "backspace".to_owned(),
        KeyCode::Tab => "tab".to_owned(),
        KeyCode::BackTab => "backtab".to_owned(),
        KeyCode::Up => "up".to_owned(),
        KeyCode::Down => "down".to_owned(),
        KeyCode::Left => "left".to_owned(),
        KeyCode::Right => "right".to_owned(),
        KeyCode::Home => "home".to_owned(),
        KeyCode::End => "end".to_owned(),
        KeyCode::PageUp => "pgup".to_owned(),
        KeyCode::PageDown => "pgdn".to_owned(),
        KeyCode::F(n) => format!("f{n}"),
        _ => return None,
    };
    Some(name)
}

/// The action of a key: the nearest place's meaning before that of the wider ones.
pub(super) fn resolve(places: &[&'static Place], key: &KeyEvent) -> Option<Action> {
    let chord = chord(key)?;
    let named = |place: &&'static Place| place.entries.iter().find(|it| keys(it).contains(&chord.as_str()));
    places.iter().find_map(named).map(|it| it.action)
}

/// The lines of places, the nearest first, each with the keys that do it: a key of a nearer one does that. Where letters
/// are text, those that hold everywhere have no letters.
pub(super) fn lines(places: &[&'static Place], letters_are_text: bool) -> Vec<(&'static Entry, Vec<&'static str>)> {
    let own = |nearer: &[&'static Place], place: &Place, it: &'static Entry| {
        let no_letters = letters_are_text && [action::EVERY_WINDOW, action::EVERYWHERE].contains(&place);
        let is_taken = |key: &str| nearer.iter().any(|it| it.entries.iter().any(|it| keys(it).contains(&key)));
        keys(it).iter().copied().filter(|key| (!no_letters || key.chars().count() > 1) && !is_taken(key)).collect()
    };
    let each = places.iter().enumerate();
    each.flat_map(|(n, place)| place.entries.iter().map(move |it| (it, own(&places[..n], place, it)))).collect()
}

/// The key of an action as the user reads it: no sentence spells one out. Where it was switched off, what runs it.
pub(super) fn key_of(action: Action) -> String {
    let first = BOUND.with_borrow(|own| own.0.get(action.id).map_or(Some(action.key), |it| it.first().copied()));
    first.map_or_else(|| format!(":{}", action.id), show)
}

/// What the table calls a key that is written as one reads it, or as the table does.
///
/// # Errors
/// Why there is no such key.
pub(super) fn read(written: &str) -> Result<&'static str, String> {
    const NAMED: [&str; 12] = ["enter", "esc", "tab", "backspace", "up", "down", "left", "right", "home", "end", "pgup", "pgdn"];
    let lower = written.to_ascii_lowercase();
    let key = match lower.as_str() {
        " " | "space" => "space".to_owned(),
        "shift-tab" | "backtab" => "backtab".to_owned(),
        it if NAMED.contains(&it) => lower,
        it if is_function(it) => lower,
        it => match (it.strip_prefix("ctrl-"), written.chars().collect::<Vec<_>>().as_slice()) {
            (Some("c"), _) => return Err(format!("{INTERRUPT} leaves, whatever else is bound")),
            (Some("h" | "i" | "j" | "m"), _) => return Err(format!("`{written}` is another key for a terminal")),
            (Some(letter), _) if letter.len() == 1 && letter.as_bytes()[0].is_ascii_lowercase() => lower,
            (None, [digit]) if digit.is_ascii_digit() => return Err(format!("`{digit}` goes to a pane")),
            (None, [letter]) if !letter.is_control() => letter.to_string(),
            _ => {
                return Err(format!(
                    "no key `{written}`; a key is a letter, ctrl-LETTER, space, shift-tab, f1 to f12, {}",
                    NAMED.join(", ")
                ));
            }
        },
    };
    Ok(key.leak())
}

fn is_function(key: &str) -> bool {
    key.strip_prefix('f').and_then(|it| it.parse().ok()).is_some_and(|n: u8| (1..=12).contains(&n))
}

/// A key as the user reads it.
pub fn show(key: &str) -> String {
    match key {
        "space" => "Space".to_owned(),
        "enter" => "Enter".to_owned(),
        "esc" => "Esc".to_owned(),
        "tab" => "Tab".to_owned(),
        "backtab" => "Shift-Tab".to_owned(),
        "backspace" => "Backspace".to_owned(),
        "up" | "down" | "left" | "right" | "home" | "end" => {
            let mut name = key.to_owned();
            name[..1].make_ascii_uppercase();
            name
        }
        "pgup" => "PgUp".to_owned(),
        "pgdn" => "PgDn".to_owned(),
        key if is_function(key) => key.to_ascii_uppercase(),
        key => key.strip_prefix("ctrl-").map_or_else(|| key.to_owned(), |letter| format!("Ctrl-{letter}")),
    }
}
