//! What is claimed of access, a line each: who can what where, and what a role holds.
//!
//! `can|cannot PERSON PERMISSION SITE`, `holds|lacks ROLE PERMISSION`, `only PERMISSION SITE PERSON…`; `#` begins a remark, a
//! word with blanks stands in quotes, and `*` and `?` in a person, a permission or a site stand for any letters and for one.

use super::text::display;

/// One claim, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Counted from 1.
    pub at: usize,
    pub text: String,
    pub claim: Claim,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Everybody who is meant can everything that is meant, everywhere that is meant; or nobody anything anywhere.
    Can { wanted: bool, person: String, permission: String, site: String },
    /// A role holds a permission, granted or implied; or it does not.
    Holds { wanted: bool, role: String, permission: String },
    /// These people can, and nobody else.
    Only { permission: String, site: String, people: Vec<String> },
}

/// The claims of a text.
///
/// # Errors
/// The first line that is none, and why.
pub fn read(text: &str) -> Result<Vec<Line>, (usize, String)> {
    let lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    let read = |(n, text): (usize, &str)| match claim(text) {
        Ok(found) => found.map(|claim| Ok(Line { at: n + 1, text: text.trim().to_owned(), claim })),
        Err(why) => Some(Err((n + 1, why))),
    };
    lines.filter_map(read).collect()
}

fn claim(line: &str) -> Result<Option<Claim>, String> {
    let words = words(line)?;
    let Some((verb, rest)) = words.split_first() else { return Ok(None) };
    Ok(Some(match (verb.as_str(), rest) {
        ("can" | "cannot", [person, permission, site]) => {
            Claim::Can { wanted: verb == "can", person: person.clone(), permission: permission.clone(), site: site.clone() }
        }
        ("holds" | "lacks", [role, permission]) => {
            Claim::Holds { wanted: verb == "holds", role: role.clone(), permission: permission.clone() }
        }
        ("only", [permission, site, people @ ..]) => {
            Claim::Only { permission: permission.clone(), site: site.clone(), people: people.to_vec() }
        }
        ("can" | "cannot", _) => return Err(format!("write {verb} PERSON PERMISSION SITE")),
        ("holds" | "lacks", _) => return Err(format!("write {verb} ROLE PERMISSION")),
        ("only", _) => return Err("write only PERMISSION SITE PERSON…".to_owned()),
        _ => return Err(format!("`{}` claims nothing; a line begins with can, cannot, holds, lacks or only", display(verb))),
    }))
}

/// The words of a line, without its remark.
fn words(line: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match (quote, c) {
            (Some(end), _) if c == end => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '#') if word.is_none() => break,
            (None, _) if c.is_whitespace() => words.extend(word.take()),
            (Some(_) | None, _) => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err("a quote is not closed".to_owned());
    }
    words.extend(word);
    Ok(words)
}

/// Whether a word stands for several.
pub fn is_pattern(word: &str) -> bool {
    word.contains(['*', '?'])
}

/// Whether a pattern means this, capitals aside.
pub fn means(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.to_lowercase().chars().collect(), text.to_lowercase().chars().collect());
    // Where a star stands last, and how much of the text it took: that much and one more is tried where the rest does not fit.
    let (mut p, mut t, mut star) = (0, 0, None::<(usize, usize)>);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => (p, t) = (p + 1, t + 1),
            _ => match &mut star {
                Some((at, taken)) => {
                    *taken += 1;
                    (p, t) = (*at + 1, *taken);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|it| *it == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_what_it_fits_whole() {
        for (pattern, text) in
            [("*", ""), ("a*c", "abbc"), ("a*c", "AC"), ("*@x.example", "ana@x.example"), ("b?g", "bag"), ("*a*b*", "xaybz")]
        {
            assert!(means(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("", "a"), ("a*c", "abcd"), ("b?g", "bg"), ("*@x.example", "ana@y.example"), ("a", "aa")] {
            assert!(!means(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn claims_are_read_and_what_is_none_is_said() {
        let one = |line: &str| read(line).map(|it| it.into_iter().next().map(|it| it.claim));
        let can = Claim::Can { wanted: false, person: "Ana Ruiz".into(), permission: "a.*".into(), site: "acme".into() };
        assert_eq!(one("  cannot \"Ana Ruiz\" a.* acme # never"), Ok(Some(can)));
        assert_eq!(one("only a.b acme"), Ok(Some(Claim::Only { permission: "a.b".into(), site: "acme".into(), people: vec![] })));
        assert_eq!(one("# nothing\n\n"), Ok(None));
        let refused = |line: &str| read(line).unwrap_err();
        assert_eq!(refused("\ncan ana acme"), (2, "write can PERSON PERMISSION SITE".to_owned()));
        assert_eq!(refused("may ana a acme").1, "`may` claims nothing; a line begins with can, cannot, holds, lacks or only");
        assert_eq!(refused("can 'ana a acme").1, "a quote is not closed");
    }
}
