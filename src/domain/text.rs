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
/// Most bytes in a name.
pub const MAX_LINE: usize = 4 * 1024;
/// Most bytes in any field.
pub const MAX_FIELD: usize = 64 * 1024;
/// Most bytes of a phone number.
const MAX_PHONE: usize = 60;

/// The text with everything that could act on a terminal, hide or reorder made visible.
pub fn display(text: &str) -> Cow<'_, str> {
    if is_plain(text) || text.chars().all(|c| !suspicious(c)) {
        return Cow::Borrowed(text);
    }
    let chars: Vec<char> = text.chars().collect();
    Cow::Owned(chars.iter().enumerate().fold(String::with_capacity(text.len() + 8), |mut out, (at, c)| {
        match hidden(&chars, at) {
            Some(_) if *c == '\u{1b}' => out.push_str("‹ESC›"),
            Some(_) => {
                let _ = write!(out, "‹U+{:04X}›", *c as u32);
            }
            None => out.push(*c),
        }
        out
    }))
}

/// The same for text of several lines: line breaks stay.
pub fn display_lines(text: &str) -> String {
    text.lines().map(display).collect::<Vec<_>>().join("\n")
}

/// The same on one line, as a row of a list has it: between its lines stands a stroke.
pub fn display_row(text: &str) -> Cow<'_, str> {
    if !text.contains('\n') {
        return display(text);
    }
    Cow::Owned(text.lines().filter(|it| !it.is_empty()).map(display).collect::<Vec<_>>().join(" / "))
}

/// The width on screen of [`display`]ed text, in columns.
pub fn width(text: &str) -> usize {
    if is_plain(text) { text.len() } else { UnicodeWidthStr::width(text) }
}

/// Whether it is printable ASCII alone, as nearly all text is: a byte each, a column each.
fn is_plain(text: &str) -> bool {
    // Many bytes at a time: all that is printed goes through here.
    text.as_bytes().chunks(32).all(|some| some.iter().fold(true, |plain, it| plain & matches!(it, b' '..=b'~')))
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

/// Whether the character has to be looked at together with its neighbours.
fn suspicious(c: char) -> bool {
    c.is_control() || is_bidi(c) || is_invisible(c)
}

/// What the character at this place hides from a reader, if it is not where it belongs.
fn hidden(chars: &[char], at: usize) -> Option<&'static str> {
    match chars[at] {
        c if is_bidi(c) => Some("a text-direction control"),
        c if c.is_control() => Some("a control character"),
        c if is_invisible(c) && !belongs(chars, at) => Some("an invisible character"),
        _ => None,
    }
}

fn is_bidi(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Zero-width and other characters that leave no mark. Joiners, variation selectors and
/// tags are at home in some places, which [`belongs`] knows.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200d}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{2800}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffc}' | '\u{fdd0}'..='\u{fdef}'
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
    if let Some(plain) = plain(text.trim()) {
        return Ok(plain);
    }
    let trimmed: String = text.trim().nfc().collect();
    if let Some((at, c, what)) = first_hidden(&trimmed, |_| false) {
        return Err(format!("the {field} \"{}\" has {what} (U+{:04X}, character {})", shortened(&trimmed), c as u32, at + 1));
    }
    if let Some(reason) = bad_marks(&trimmed) {
        return Err(format!("the {field} \"{}\" {reason}", shortened(&trimmed)));
    }
    let folded = trimmed.split_whitespace().collect::<Vec<_>>().join(" ");
    let clusters = folded.graphemes(true).count();
    if clusters > MAX_NAME {
        return Err(format!("the {field} has {clusters} characters; {MAX_NAME} is the most"));
    }
    if folded.len() > MAX_LINE {
        return Err(format!("the {field} has {} bytes; {MAX_LINE} is the most", folded.len()));
    }
    Ok(folded)
}

/// The line where nothing in it asks for a closer look: printing ASCII, not too long. Most
/// lines are so, and a large import has a million of them.
fn plain(text: &str) -> Option<String> {
    let printing = text.len() <= MAX_NAME && text.bytes().all(|it| matches!(it, b' '..=b'~'));
    (printing && !text.contains("  ")).then(|| text.to_owned())
}

/// The first character that hides something: where it stands, and what it is.
fn first_hidden(text: &str, allowed: impl Fn(char) -> bool) -> Option<(usize, char, &'static str)> {
    if text.chars().all(|c| !suspicious(c)) {
        return None;
    }
    let chars: Vec<char> = text.chars().collect();
    (0..chars.len()).filter(|at| !allowed(chars[*at])).find_map(|at| Some((at, chars[at], hidden(&chars, at)?)))
}

/// Enough of a text to recognise it in a sentence.
fn shortened(text: &str) -> String {
    fit(&display(text), 80).into_owned()
}

/// A value without what copying from pages and telephones leaves at its edges: spaces, and marks of direction and order.
pub fn without_edges(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_edge_mark(c))
}

/// Marks that say something of what is between them, and nothing at an edge.
pub fn is_edge_mark(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// A mailbox taken apart: `Ana Ruiz <ana@acme.example>` is a name and an address, `ana@acme.example` an address.
pub fn mailbox(text: &str) -> (Option<&str>, &str) {
    let text = without_edges(text);
    let parts = text.strip_suffix('>').and_then(|it| it.rsplit_once('<'));
    let Some((name, address)) = parts else { return (None, text.strip_prefix("mailto:").unwrap_or(text)) };
    let name = name.trim().trim_matches(['"', '\'']).trim();
    (Some(name).filter(|it| !it.is_empty()), address.trim())
}

/// The mailboxes of a list as people paste it: name and address, or plain addresses, with commas, semicolons, spaces or
/// lines between. What is no address is among them, to be named.
pub fn mailboxes(text: &str) -> Vec<(Option<&str>, &str)> {
    let mut quoted = false;
    let pieces = text.split(move |c| {
        quoted ^= c == '"';
        !quoted && matches!(c, ',' | ';' | '\n' | '\r')
    });
    let mut found = Vec::new();
    for mut piece in pieces {
        while let Some((name, rest)) = piece.split_once('<') {
            let (address, after) = rest.split_once('>').unwrap_or((rest, ""));
            // Plain addresses may stand before it, and then no name.
            let plain = name.split_whitespace().map(|it| it.trim_matches(['"', '\''])).filter(|it| it.contains('@'));
            found.extend(plain.map(|it| (None, it)));
            let name = without_edges(name).trim_matches(['"', '\'']).trim();
            found.push((Some(name).filter(|it| !it.is_empty() && !it.contains('@')), address));
            piece = after;
        }
        found.extend(piece.split_whitespace().map(|it| (None, it)));
    }
    found.into_iter().map(|(name, address)| (name, without_edges(address))).filter(|it| !it.1.is_empty()).collect()
}

/// As [`line()`], and not empty.
///
/// # Errors
/// As [`line()`].
pub fn required(field: &str, text: &str) -> Result<String, String> {
    let text = line(field, text)?;
    if text.is_empty() { Err(format!("the {field} is empty")) } else { Ok(text) }
}

/// `1 site`, `2 sites`, `3 people`.
pub fn plural(n: usize, noun: &str) -> String {
    match (n, noun.strip_suffix("person")) {
        (1, _) => format!("1 {noun}"),
        (n, Some(which)) => format!("{n} {which}people"),
        (n, None) => format!("{n} {noun}s"),
    }
}

/// The first names of a list, and how many more.
pub fn few(names: &[String]) -> String {
    const FEW: usize = 3;
    let shown = names.iter().take(FEW).map(|it| display(it)).collect::<Vec<_>>().join(", ");
    if names.len() > FEW { format!("{shown} and {} more", names.len() - FEW) } else { shown }
}

/// The names of a list, each once, where it comes first.
pub fn each_once<T: PartialEq>(names: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut once = Vec::new();
    for it in names {
        if !once.contains(&it) {
            once.push(it);
        }
    }
    once
}

/// Notes: several lines, tabs allowed.
///
/// # Errors
/// As [`line()`].
pub fn note(field: &str, text: &str) -> Result<String, String> {
    if text.len() > MAX_FIELD {
        return Err(format!("the {field} has {} bytes; {MAX_FIELD} is the most", text.len()));
    }
    let text: String = text.replace("\r\n", "\n").replace('\r', "\n").nfc().collect();
    match first_hidden(&text, |c| matches!(c, '\n' | '\t')) {
        Some((at, c, what)) => Err(format!("the {field} has {what} (U+{:04X}, character {})", c as u32, at + 1)),
        None => Ok(text.trim_end().to_owned()),
    }
}

fn bad_marks(text: &str) -> Option<&'static str> {
    let is_mark = unicode_normalization::char::is_combining_mark;
    if text.chars().next().is_some_and(is_mark) {
        return Some("begins with a combining mark");
    }
    let mut marks = 0;
    for c in text.nfd() {
        marks = if is_mark(c) { marks + 1 } else { 0 };
        if marks > 4 {
            return Some("has more than 4 combining marks on one character");
        }
    }
    None
}

/// Whether an invisible character stands where writing systems and emoji need one.
fn belongs(chars: &[char], at: usize) -> bool {
    let before = at.checked_sub(1).map(|it| chars[it]);
    let after = chars.get(at + 1).copied();
    let Some(before) = before else { return false };
    match chars[at] {
        '\u{200d}' if after.is_some_and(is_emoji) && is_emoji(before) => true,
        '\u{200c}' | '\u{200d}' => is_indic(before) || (is_arabic(before) && after.is_some_and(is_arabic)),
        '\u{fe0e}' | '\u{fe0f}' => is_emoji(before) || (matches!(before, '0'..='9' | '#' | '*') && after == Some('\u{20e3}')),
        '\u{e0020}'..='\u{e007f}' => in_flag(chars, at),
        _ => false,
    }
}

fn is_arabic(c: char) -> bool {
    matches!(c, '\u{0600}'..='\u{08ff}' | '\u{fb50}'..='\u{fdff}')
}

fn is_indic(c: char) -> bool {
    matches!(c, '\u{0900}'..='\u{0dff}')
}

/// Pictographs, with the selector that makes one of an older sign.
fn is_emoji(c: char) -> bool {
    matches!(c, '©' | '®' | '‼' | '⁉' | '™' | 'ℹ' | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{24c2}' | '\u{25a0}'..='\u{27bf}'
        | '\u{2934}' | '\u{2935}' | '\u{2b00}'..='\u{2bff}' | '〰' | '〽' | '㊗' | '㊙' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}')
}

/// Whether the tag at this place is part of the flag of England, Scotland or Wales: the
/// only sequences of tags in use.
fn in_flag(chars: &[char], at: usize) -> bool {
    let is_tag = |c: &char| matches!(c, '\u{e0020}'..='\u{e007f}');
    let start = chars[..at].iter().rposition(|c| !is_tag(c)).filter(|it| chars[*it] == '\u{1f3f4}');
    let Some(start) = start else { return false };
    let tags = chars[start + 1..].iter().take_while(|c| is_tag(c));
    let letters: String = tags.filter_map(|c| char::from_u32(*c as u32 - 0xe_0000)).collect();
    matches!(letters.as_str(), "gbeng\u{7f}" | "gbsct\u{7f}" | "gbwls\u{7f}")
}

/// Nothing where a text is blank, else what the check makes of it.
///
/// # Errors
/// As the check.
pub fn optional(text: Option<&str>, check: impl Fn(&str) -> Result<String, String>) -> Result<Option<String>, String> {
    text.filter(|it| !it.trim().is_empty()).map(check).transpose()
}

/// A number to call as somebody wrote it: digits, words such as `ext`, and the marks between them.
///
/// # Errors
/// A sentence where it is none.
pub fn phone(text: &str) -> Result<String, String> {
    let number = line("phone", text)?;
    let fits = |c: char| c.is_alphanumeric() || " +-().,/#*;=".contains(c);
    if number.contains(|c: char| c.is_ascii_digit()) && number.chars().all(fits) && number.len() <= MAX_PHONE {
        return Ok(number);
    }
    Err(format!("`{}` is not a phone number", shortened(&number)))
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

/// What makes two addresses the same: NFKC and case fold, and the ASCII form of the domain.
pub fn email_key(address: &str) -> String {
    if is_own_key(address) {
        return address.to_owned();
    }
    let folded = name_key(address);
    match folded.rsplit_once('@') {
        Some((local, domain)) => format!("{local}@{}", idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_owned())),
        None => folded,
    }
}

/// Whether a text stands for an e-mail address, well written or not: it is looked up as that alone, so that no name which
/// people choose themselves stands for somebody else's address.
pub fn is_for_mail(text: &str) -> bool {
    name_key(text).contains('@')
}

/// Whether nothing in the address has another form: lower-case ASCII, no encoded domain.
fn is_own_key(address: &str) -> bool {
    let plain = |it: u8| matches!(it, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'+' | b'@');
    address.bytes().all(plain) && !address.contains("xn--")
}

/// What a list sorts by and a search compares: no case, no accents, in Latin letters; behind them what was written, so
/// that this is found too.
pub fn fold(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { format!("{} {}", latin(text), text.to_lowercase()) }
}

/// The beginning of [`fold`]: no case, no accents, Latin letters.
pub fn latin(text: &str) -> String {
    deunicode::deunicode(text).to_lowercase()
}

/// What makes two names the same where names must differ.
pub fn name_key(text: &str) -> String {
    if text.is_ascii() {
        return text.trim().to_ascii_lowercase();
    }
    // Up, then down: `ß` meets `SS`, `ſ` meets `s` and a dotless `ı` meets `i`.
    text.trim().nfkc().collect::<String>().to_uppercase().to_lowercase().nfkc().collect()
}

/// A word as a shell reads it back: every command line that is suggested is made of such words.
pub fn shell(word: &str) -> String {
    shell_bytes(word.as_bytes())
}

/// The same for a word that may be no text, such as a path: what cannot be shown is written as an escape.
pub fn shell_bytes(word: &[u8]) -> String {
    let plain = |it: &u8| it.is_ascii_alphanumeric() || b"@%+=:,./-_".contains(it);
    let shown = std::str::from_utf8(word).ok().filter(|it| *display(it) == **it);
    match shown {
        Some(text) if !text.is_empty() && word.iter().all(plain) => text.to_owned(),
        Some(text) => format!("'{}'", text.replace('\'', r"'\''")),
        None => {
            let escaped = word.iter().map(|it| match it {
                b'\'' | b'\\' => format!("\\{}", char::from(*it)),
                b' '..=b'~' => char::from(*it).to_string(),
                _ => format!("\\x{it:02x}"),
            });
            format!("$'{}'", escaped.collect::<String>())
        }
    }
}

/// Whether a word is an address in the web: with a scheme, or a host with a dot. A bare word is a key.
pub fn is_address(text: &str) -> bool {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    !host.is_empty() && !text.contains(char::is_whitespace) && (rest.len() < text.len() || host.trim_matches('.').contains('.'))
}

/// The address as it is written shortest: scheme and host in small letters, without the port that the scheme has anyway
/// and without a dot behind the host. It is the same address.
pub fn plain_address(address: &str) -> String {
    let start = address.find("://").map_or(0, |at| at + 3);
    let end = start + address[start..].find(['/', '?', '#']).unwrap_or(address.len() - start);
    let (scheme, host, rest) = (address[..start].to_lowercase(), address[start..end].to_lowercase(), &address[end..]);
    let usual = match scheme.as_str() {
        "https://" | "" => "443",
        "http://" => "80",
        _ => return format!("{scheme}{host}{rest}"),
    };
    // The colons of an address in brackets lead to no port.
    let (name, port) = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|it| it.is_ascii_digit())).unwrap_or((&host, ""));
    let name = name.strip_suffix('.').unwrap_or(name);
    match port.trim_start_matches('0') {
        "" => format!("{scheme}{name}{rest}"),
        port if port == usual => format!("{scheme}{name}{rest}"),
        port => format!("{scheme}{name}:{port}{rest}"),
    }
}

/// The address as it is typed: without `https://` and a last slash.
pub fn bare_address(address: &str) -> &str {
    let rest = address.strip_prefix("https://").unwrap_or(address);
    rest.strip_suffix('/').unwrap_or(rest)
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
    fn a_word_is_written_as_a_shell_reads_it_back() {
        let check = |word: &[u8], written: &str| assert_eq!(shell_bytes(word), written);
        check(b"ana@acme.example", "ana@acme.example");
        check(b"", "''");
        check(b"two words", "'two words'");
        check(b"`touch${IFS}pwn`@x.example", "'`touch${IFS}pwn`@x.example'");
        check(b"it's", r"'it'\''s'");
        check("Zo\u{eb}".as_bytes(), "'Zo\u{eb}'");
        check(b"w\xff's \\.db", r"$'w\xff\'s \\.db'");
        check("a\u{202e}b\u{1b}".as_bytes(), r"$'a\xe2\x80\xaeb\x1b'");
    }

    #[test]
    fn an_address_has_a_scheme_or_a_host_with_a_dot() {
        for it in ["https://acme.example/", "acme.example", "http://localhost:8080", "acme.example/shop?x#y"] {
            assert!(is_address(it), "{it}");
        }
        for it in ["harbour-market", "", "https://", ".", "two words.example", "/a.b"] {
            assert!(!is_address(it), "{it}");
        }
    }

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
    fn the_short_way_for_plain_text_says_what_the_long_way_says() {
        for address in ["ana@acme.example", "ana+1@a-b.example", "a_b.c@1.example", "@", "ana", "a@b@c", "ana@.example", "ana@-a.example"] {
            let (local, domain) = address.rsplit_once('@').map_or((address, None), |(local, domain)| (local, Some(domain)));
            let domain = domain.map(|it| format!("@{}", idna::domain_to_ascii(it).unwrap_or_else(|_| it.to_owned())));
            assert!(is_own_key(address));
            assert_eq!(email_key(address), format!("{local}{}", domain.unwrap_or_default()));
        }
        assert_eq!(line("name", " a  b ").unwrap(), "a b");
        assert_eq!(line("name", &"a".repeat(MAX_NAME)).unwrap().len(), MAX_NAME);
        assert!(line("name", &"a".repeat(MAX_NAME + 1)).is_err());
    }

    #[test]
    fn names_sort_as_they_are_searched() {
        let mut names = ["Zora", "Łucja", "Eva", "Élise", "Eleni"];
        names.sort_by_cached_key(|it| fold(it));
        assert_eq!(names, ["Eleni", "Élise", "Eva", "Łucja", "Zora"]);
    }

    #[test]
    fn mailboxes_come_apart_and_marks_fall_off_the_edges() {
        assert_eq!(mailbox("Finn Aas <finn@aas.example>"), (Some("Finn Aas"), "finn@aas.example"));
        assert_eq!(mailbox("\"Aas, Finn\" <finn@aas.example>"), (Some("Aas, Finn"), "finn@aas.example"));
        assert_eq!(mailbox("<finn@aas.example>"), (None, "finn@aas.example"));
        assert_eq!(mailbox(" mailto:finn@aas.example"), (None, "finn@aas.example"));
        assert_eq!(without_edges("\u{202a}+1 555\u{202c} "), "+1 555");
        assert_eq!(without_edges("a\u{202a}b"), "a\u{202a}b");
        let pasted = "Finn Aas <finn@aas.example>, \"Ruiz, Ana\" <ana@a.example>; bo@b.example\tnonsense\nc@c.example <c@c.example>";
        let named = [(Some("Finn Aas"), "finn@aas.example"), (Some("Ruiz, Ana"), "ana@a.example")];
        let plain = ["bo@b.example", "nonsense", "c@c.example", "c@c.example"].map(|it| (None, it));
        assert_eq!(mailboxes(pasted), [&named[..], &plain[..]].concat());
    }

    #[test]
    fn cutting_respects_width() {
        assert_eq!(fit("李雷先生", 5), "李雷…");
        assert_eq!(fit("Ana", 3), "Ana");
        assert_eq!(fit("Anabel", 0), "");
    }

    #[test]
    fn an_address_is_the_same_with_the_port_that_its_scheme_has() {
        let check = |written: &str, plain: &str| assert_eq!(plain_address(written), plain, "{written}");
        check("HTTPS://Acme.Example/Path?Q", "https://acme.example/Path?Q");
        for same in [
            "https://acme.example:443",
            "https://acme.example:",
            "https://acme.example:0443",
            "https://acme.example.",
            "https://acme.example.:443",
        ] {
            check(same, "https://acme.example");
        }
        check("http://acme.example:80/", "http://acme.example/");
        check("acme.example:443", "acme.example");
        check("https://[2001:db8::1]:443/a:443", "https://[2001:db8::1]/a:443");
        for other in [
            "https://acme.example:80",
            "http://acme.example:443",
            "https://acme.example:8443",
            "https://[2001:db8::1]",
            "https://acme.example/:443",
        ] {
            check(other, other);
        }
        check("ftp://Acme.example:21", "ftp://acme.example:21");
    }
}
