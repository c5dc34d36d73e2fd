//! Several labels in one cell, as other programs write them, and out again.

use super::GOOGLE_SEPARATOR;

/// One label of a cell.
pub(super) struct Label {
    pub(super) text: String,
    quoted: bool,
}

impl Label {
    /// Google's own groups begin with a star.
    pub(super) fn is_system(&self) -> bool {
        !self.quoted && self.text.starts_with("* ")
    }
}

/// `vip ::: press`, `vip;press`, `vip, press`, or with labels in quotes: `"vip","store owner"`.
pub(super) fn apart(cell: &str) -> Vec<Label> {
    let separator = [GOOGLE_SEPARATOR, ";", ","].into_iter().find(|it| has_outside_quotes(cell, it)).unwrap_or(",");
    let mut labels = Vec::new();
    let mut rest = cell;
    while !rest.is_empty() {
        rest = rest.trim_start();
        let (label, after) = quoted(rest, separator).unwrap_or_else(|| {
            let (text, after) = rest.split_once(separator).unwrap_or((rest, ""));
            (Label { text: text.trim().to_owned(), quoted: false }, after)
        });
        rest = after;
        if !label.text.is_empty() {
            labels.push(label);
        }
    }
    labels
}

/// The labels as one cell, which [`apart`] reads back.
pub fn together(labels: &[String]) -> String {
    let needs_quotes = |it: &str| it.contains([';', ',', '"']) || it.contains(":::") || it.starts_with('*');
    let cell = |it: &String| if needs_quotes(it) { format!("\"{}\"", it.replace('"', "\"\"")) } else { it.clone() };
    labels.iter().map(cell).collect::<Vec<_>>().join(GOOGLE_SEPARATOR)
}

/// A label in quotes up to the separator, and what follows.
fn quoted<'a>(text: &'a str, separator: &str) -> Option<(Label, &'a str)> {
    let inner = text.strip_prefix('"')?;
    let end = closing(inner)?;
    let after = inner[end + 1..].trim_start();
    let after = if after.is_empty() { "" } else { after.strip_prefix(separator.trim())? };
    Some((Label { text: inner[..end].replace("\"\"", "\""), quoted: true }, after))
}

/// Where the quote is that closes; two are one inside.
fn closing(inner: &str) -> Option<usize> {
    let bytes = inner.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'"', Some(b'"')) => at += 2,
            (b'"', _) => return Some(at),
            _ => at += 1,
        }
    }
    None
}

fn has_outside_quotes(cell: &str, separator: &str) -> bool {
    let mut rest = cell;
    loop {
        let begun = rest.trim_start();
        let label = begun.strip_prefix('"').and_then(|inner| closing(inner).map(|end| &inner[end + 1..]));
        let plain = label.unwrap_or(begun);
        let next = plain.find([';', ',']).into_iter().chain(plain.find(GOOGLE_SEPARATOR)).min();
        let Some(at) = next else { return false };
        if plain[at..].starts_with(separator) {
            return true;
        }
        let skip = if plain[at..].starts_with(GOOGLE_SEPARATOR) { GOOGLE_SEPARATOR.len() } else { 1 };
        rest = &plain[at + skip..];
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(cell: &str, expected: &[&str]) {
        let labels: Vec<String> = apart(cell).into_iter().map(|it| it.text).collect();
        assert_eq!(labels, expected, "{cell}");
    }

    #[test]
    fn labels_of_several_programs_come_apart() {
        check("vip ::: press", &["vip", "press"]);
        check("vip;press; ", &["vip", "press"]);
        check("vip, press", &["vip", "press"]);
        check("\"vip\",\"store owner\"", &["vip", "store owner"]);
        check("\"a, b\" ::: c", &["a, b", "c"]);
        check("12\" screen ::: tall", &["12\" screen", "tall"]);
        check("\"half", &["\"half"]);
        check("", &[]);
    }

    proptest! {
        #[test]
        fn labels_put_together_come_apart_again(labels in prop::collection::vec("[a-c;,\":* ]{0,6}[a-c;,\":*]", 0..5)) {
            let labels: Vec<String> = labels.iter().map(|it| it.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
            let cell = together(&labels);
            let back: Vec<String> = apart(&cell).into_iter().map(|it| it.text).collect();
            prop_assert_eq!(back, labels, "{}", cell);
        }
    }
}
