//! What a line says, whatever the day, the machine and the chance.

/// A line with what differs from run to run made equal: hashes, tokens, dates, widths, where letters lie.
pub(crate) fn plain(line: &str) -> String {
    let is_secret = |word: &str| word.len() > 11 && word.chars().all(|c| matches!(c, 'a'..='z' | '2'..='7' | '…'));
    let plain_word = |word: &str| match word.split_once(':') {
        Some((seq, hash)) if hash.len() > 7 && hash.chars().all(|c| c.is_ascii_hexdigit() || c == '…') => format!("{seq}:HASH"),
        Some((hour, minute)) if hour.len() == 2 && minute.len() == 2 && minute.parse::<u8>().is_ok() => "TIME".to_owned(),
        None if is_secret(word) && (word.len() == 52 || word.ends_with('…')) => "TOKEN".to_owned(),
        None if word.len() == 64 && word.chars().all(|c| c.is_ascii_hexdigit()) => "HASH".to_owned(),
        None if word.strip_suffix(".eml").is_some() => "MAIL".to_owned(),
        _ if word.len() >= 10 && word.is_char_boundary(10) && word[..10].split('-').all(|it| it.parse::<u16>().is_ok()) => {
            "DATE".to_owned()
        }
        _ => word.to_owned(),
    };
    line.split_whitespace().map(plain_word).collect::<Vec<_>>().join(" ")
}
