//! Rows as one array of JSON, with nothing in it that could act on a terminal.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::Write;

use anyhow::Result;

use super::Exporter;
use crate::domain::text::display;

#[derive(Default)]
pub struct Json {
    begun: bool,
}

impl Exporter for Json {
    fn wants_json(&self) -> bool {
        true
    }

    fn write(&mut self, out: &mut dyn Write, _header: &[String], rows: &[Vec<String>]) -> Result<()> {
        for row in rows {
            out.write_all(if std::mem::replace(&mut self.begun, true) { b",\n " } else { b"[" })?;
            row.iter().try_for_each(|it| out.write_all(inert(it).as_bytes()))?;
        }
        Ok(())
    }

    fn end(&mut self, out: &mut dyn Write, _header: &[String], n: usize) -> Result<()> {
        out.write_all(if n == 0 { b"[]\n" } else { b"]\n" })?;
        Ok(())
    }
}

/// The same JSON with everything that could act on a terminal as `\u` escapes. Outside of
/// strings JSON has no such characters, so that this changes no value.
pub fn inert(json: &str) -> Cow<'_, str> {
    if matches!(display(json), Cow::Borrowed(_)) {
        return Cow::Borrowed(json);
    }
    let escaped = json.chars().fold(String::with_capacity(json.len() + 16), |mut out, c| {
        let mut bytes = [0; 4];
        if matches!(display(c.encode_utf8(&mut bytes)), Cow::Borrowed(_)) {
            out.push(c);
        } else {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                let _ = write!(out, "\\u{unit:04x}");
            });
        }
        out
    });
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_the_value_and_shows_nothing_raw() {
        let hostile = "a\u{202e}b\u{9b}31m\u{e0041}";
        let json = inert(&serde_json::to_string(hostile).unwrap()).into_owned();
        assert!(json.is_ascii(), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), hostile);
    }
}
