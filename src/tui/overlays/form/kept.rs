//! What the fields of a form hold, to be kept and put back.

use super::input::{Choices, Input, Pick, Value};
use crate::tui::kept::Content;
use crate::tui::widgets::field::Field;

impl Input {
    pub(super) fn content(&self) -> Content {
        match &self.value {
            Value::Text(field) | Value::Addresses(field) => Content::Text(field.text()),
            Value::Fixed(text) => Content::Text(text.clone()),
            Value::Lookup(search) => Content::Text(search.field.text()),
            Value::Choice { at, .. } => Content::At(*at),
            Value::Many(Choices { options, .. }) => {
                Content::Chosen(options.iter().filter(|it| it.chosen).map(|it| it.key.clone()).collect())
            }
            Value::Places(_, chosen) => Content::Places(chosen.clone()),
        }
    }

    /// Holds this from now on.
    pub(super) fn put_back(&mut self, content: &Content) {
        match (&mut self.value, content) {
            (Value::Text(field) | Value::Addresses(field), Content::Text(text)) => *field = Field::new(text, field.has_lines()),
            (Value::Lookup(search), Content::Text(text)) => search.put(text),
            (Value::Choice { at, options, .. }, Content::At(to)) if *to < options.len() => *at = *to,
            (Value::Many(choices), Content::Chosen(keys)) => choices.choose_these(keys),
            (Value::Places(_, chosen), Content::Places(places)) => chosen.clone_from(places),
            // Of another form's field.
            (Value::Text(_) | Value::Addresses(_) | Value::Fixed(_) | Value::Lookup(_) | Value::Choice { .. } | Value::Many(_) | Value::Places(..), _) => {}
        }
    }
}

impl Choices {
    /// What is not offered yet may be in a moment: it is kept as chosen.
    fn choose_these(&mut self, keys: &[String]) {
        for it in &mut self.options {
            it.chosen = keys.contains(&it.key);
        }
        let missing: Vec<&String> = keys.iter().filter(|key| !self.options.iter().any(|it| it.key == **key)).collect();
        self.options.extend(missing.into_iter().map(|it| Pick { key: it.clone(), name: it.clone(), chosen: true, barred: None }));
    }
}
