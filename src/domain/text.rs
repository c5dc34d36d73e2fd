//! Text rules: what is accepted as a name, how any text is shown, how addresses compare.
//!
//! Names are checked where they enter; [`display`] stands before every exit, because
//! files may hold what no check ever saw. Nothing that reaches a terminal can steer it.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Most grapheme clusters in a name.
pub const MAX_NAME: usize = 256;
/// Most bytes in any field.
pub const MAX_FIELD: usize = 64 * 1024;

/// The text with everything that could act on a terminal, hide or reorder made visible.
pub fn display(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| !must_show(c)) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().fold(String::with_capacity(text.len() + 8), |mut out, c| {
        match c {
            '\u{1b}' => out.push_str("‹ESC›"),
            c if must_show(c) => {
                let _ = write!(out, "‹U+{:04X}›", c as u32);
            }
            c => out.push(c),
        }
        out
    }))
}

/// The same for text of several lines: line breaks stay.
pub fn display_lines(text: &str) -> String {
    text.lines().map(display).collect::<Vec<_>>().join("\n")
}

/// The width on screen of [`display`]ed text, in columns.
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// Cuts to at most `columns`, on a grapheme edge, with `…` where something is missing.
pub fn fit(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut used = 0;
    for cluster in text.graphemes(true) {
        let wide = width(cluster);
        if used + wide + 1 > columns {
            break;
        }
        used += wide;
        out.push_str(cluster);
    }
    if columns > 0 {
        out.push('…');
    }
    Cow::Owned(out)
}

fn must_show(c: char) -> bool {
    c.is_control() || is_bidi(c) || is_invisible(c)
}

fn is_bidi(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Zero-width and other characters that leave no mark. The joiners and the emoji
/// variation selector are judged by [`joins`].
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0e}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fdd0}'..='\u{fdef}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
        || (c as u32 & 0xfffe) == 0xfffe
}

/// A name, a key, an address or another field of one line.
///
/// # Errors
/// A sentence that names the field and what is wrong with it.
pub fn line(field: &str, text: &str) -> Result<String, String> {
    if text.len() > MAX_FIELD {
        return Err(format!("the {field} has {} bytes; {MAX_FIELD} is the most", text.len()));
    }
    let folded: String = text.nfc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((at, c)) = folded.chars().enumerate().find(|(_, c)| must_show(*c)) {
        let what = if is_bidi(c) {
            "a text-direction control"
        } else if c.is_control() {
            "a control character"
        } else {
            "an invisible character"
        };
        return Err(format!("the {field} \"{}\" has {what} (U+{:04X}, character {})", display(&folded), c as u32, at + 1));
    }
    if let Some(reason) = bad_cluster(&folded) {
        return Err(format!("the {field} \"{}\" {reason}", display(&folded)));
    }
    let clusters = folded.graphemes(true).count();
    if clusters > MAX_NAME || folded.len() > 4 * 1024 {
        return Err(format!("the {field} has {clusters} characters; {MAX_NAME} is the most"));
    }
    Ok(folded)
}

/// As [`line`], and not empty.
///
/// # Errors
/// As [`line`].
pub fn required(field: &str, text: &str) -> Result<String, String> {
    let text = line(field, text)?;
    if text.is_empty() { Err(format!("the {field} is empty")) } else { Ok(text) }
}

/// Notes: several lines, tabs allowed.
///
/// # Errors
/// As [`line`].
pub fn note(field: &str, text: &str) -> Result<String, String> {
    if text.len() > MAX_FIELD {
        return Err(format!("the {field} has {} bytes; {MAX_FIELD} is the most", text.len()));
    }
    let text: String = text.replace("\r\n", "\n").replace('\r', "\n").nfc().collect();
    let bad = text.chars().find(|c| must_show(*c) && !matches!(c, '\n' | '\t'));
    match bad {
        Some(c) => Err(format!("the {field} has a hidden or control character (U+{:04X})", c as u32)),
        None => Ok(text.trim_end().to_owned()),
    }
}

fn bad_cluster(text: &str) -> Option<&'static str> {
    let is_mark = unicode_normalization::char::is_combining_mark;
    if text.chars().next().is_some_and(is_mark) {
        return Some("begins with a combining mark");
    }
    let mut marks = 0;
    for c in text.chars() {
        marks = if is_mark(c) { marks + 1 } else { 0 };
        if marks > 4 {
            return Some("has more than 4 combining marks on one character");
        }
    }
    let chars: Vec<char> = text.chars().collect();
    let lone = |(at, c): (usize, &char)| matches!(c, '\u{200c}' | '\u{200d}') && !joins(&chars, at);
    chars.iter().enumerate().any(lone).then_some("has an invisible joiner where nothing is joined")
}

/// Whether a joiner stands where writing systems and emoji need one.
fn joins(chars: &[char], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|it| chars.get(it)).copied();
    let after = chars.get(at + 1).copied();
    let (Some(before), Some(after)) = (before, after) else { return false };
    let arabic = |c: char| matches!(c, '\u{0600}'..='\u{08ff}' | '\u{fb50}'..='\u{fdff}');
    let indic = |c: char| matches!(c, '\u{0900}'..='\u{0dff}');
    let emoji = |c: char| matches!(c, '\u{2600}'..='\u{27bf}' | '\u{1f000}'..='\u{1faff}' | '\u{fe0f}');
    (arabic(before) && arabic(after)) || indic(before) || (chars.get(at) == Some(&'\u{200d}') && emoji(before) && emoji(after))
}

/// An e-mail address as stored: trimmed, NFC, one mailbox.
///
/// # Errors
/// A sentence that names the address.
pub fn email(text: &str) -> Result<String, String> {
    let address = required("e-mail", text)?;
    let refuse = || format!("`{}` is not an e-mail address", display(&address));
    if address.contains(' ')
        || address.chars().any(char::is_whitespace)
        || address.matches('@').count() != 1
        || address.contains(['"', ',', ';', '<', '>', '[', ']', '(', ')', '\\'])
    {
        return Err(refuse());
    }
    let (local, domain) = address.split_once('@').ok_or_else(refuse)?;
    let ascii = idna::domain_to_ascii_strict(domain).map_err(|_| refuse())?;
    let plausible = email_address::EmailAddress::is_valid(&format!("{local}@{ascii}"));
    if !plausible || !ascii.contains('.') || local.len() > 64 || address.len() > 254 {
        return Err(refuse());
    }
    Ok(address)
}

/// What makes two addresses the same: NFKC and case fold of the local part, ASCII form of the domain.
pub fn email_key(address: &str) -> String {
    let folded: String = address.trim().nfkc().collect::<String>().to_lowercase();
    match folded.rsplit_once('@') {
        Some((local, domain)) => format!("{local}@{}", idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_owned())),
        None => folded,
    }
}

/// What makes two names the same in a search: no case, no accents, Latin letters.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        format!("{} {}", text.to_lowercase(), deunicode::deunicode(text).to_lowercase())
    }
}

/// What makes two names the same where names must differ.
pub fn name_key(text: &str) -> String {
    text.trim().nfkc().collect::<String>().to_lowercase()
}

/// A key made from a name: kebab-case ASCII.
pub fn key_from(name: &str) -> String {
    let plain = deunicode::deunicode(name).to_lowercase();
    let words = plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|it| !it.is_empty());
    words.collect::<Vec<_>>().join("-")
}

/// A key as stored: ASCII letters, digits, `-`, `_` and `.`.
///
/// # Errors
/// A sentence that names the key.
pub fn key(field: &str, text: &str) -> Result<String, String> {
    let text = required(field, text)?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if text.chars().all(fits) && text.len() <= 128 {
        Ok(text)
    } else {
        Err(format!("the {field} `{}` may hold ASCII letters, digits, `-`, `_` and `.` only, 128 at most", display(&text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_direction_controls_are_shown_not_sent() {
        assert_eq!(display("a\u{1b}[31mb"), "a‹ESC›[31mb");
        assert_eq!(display("ana\u{202e}gro"), "ana‹U+202E›gro");
        assert_eq!(display("Zoë 李雷"), "Zoë 李雷");
    }

    #[test]
    fn names_are_folded_and_traps_refused() {
        assert_eq!(line("name", "  Ana \u{a0} Ruiz ").unwrap(), "Ana Ruiz");
        assert!(line("name", "ana\u{202e}").unwrap_err().contains("text-direction"));
        assert!(line("name", "a\u{200b}b").unwrap_err().contains("invisible"));
        assert!(required("name", "   ").unwrap_err().contains("empty"));
    }

    #[test]
    fn addresses_compare_without_case_and_keep_their_spelling() {
        assert_eq!(email(" Ana@Acme.example ").unwrap(), "Ana@Acme.example");
        assert_eq!(email_key("Ana@BÜCHER.example"), email_key("ana@xn--bcher-kva.example"));
        for bad in ["ana", "a@b", "a@b@c.example", "a b@c.example", "a@c.example,b@c.example", "<a@c.example>", "@c.example"] {
            assert!(email(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn cutting_respects_width() {
        assert_eq!(fit("李雷先生", 5), "李雷…");
        assert_eq!(fit("Ana", 3), "Ana");
        assert_eq!(fit("Anabel", 0), "");
    }
}
