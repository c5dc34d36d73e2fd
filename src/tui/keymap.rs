//! From a key press to an action.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::action::{Action, Place};

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
    let named = |place: &&'static Place| place.entries.iter().find(|it| it.keys.contains(&chord.as_str()));
    places.iter().find_map(named).map(|it| it.action)
}

/// The key of an action as the user reads it: no sentence spells one out.
pub(super) fn key_of(action: Action) -> String {
    show(action.key)
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
        "f1" => "F1".to_owned(),
        key => key.strip_prefix("ctrl-").map_or_else(|| key.to_owned(), |letter| format!("Ctrl-{letter}")),
    }
}
