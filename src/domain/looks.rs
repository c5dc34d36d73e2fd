//! Addresses that look the same.
//!
//! By UTS 39: two texts look the same where their skeletons are equal. The skeleton is of the folded address, and folded
//! again, since what looks the same may come in capital letters: `0` is like `O`, and so like `o`.

use std::sync::LazyLock;

use unicode_security::confusable_detection::skeleton as prototype;

use super::text::{email_key, name_key};

/// The skeletons of single ASCII characters: nearly every address is made of such.
static ASCII: LazyLock<Vec<String>> = LazyLock::new(|| (0..128u8).map(|it| of_text(&char::from(it).to_string())).collect());

/// An address as it is compared, with its domain as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looks {
    pub local: String,
    pub domain: String,
}

impl Looks {
    pub fn of(address: &str) -> Looks {
        let key = email_key(address);
        let (local, domain) = key.rsplit_once('@').unwrap_or((&key, ""));
        // What is no encoded name reads as it is.
        let domain = if domain.contains("xn--") { name_key(&idna::domain_to_unicode(domain).0) } else { domain.to_owned() };
        Looks { local: local.to_owned(), domain }
    }

    /// What all that looks the same has in common.
    pub fn skeleton(&self) -> String {
        let text = format!("{}@{}", self.local, self.domain);
        if text.is_ascii() { text.bytes().map(|it| ASCII[usize::from(it)].as_str()).collect() } else { of_text(&text) }
    }

    /// Whether somebody may take one for the other: they look the same, or one name stands before domains that so many
    /// edits make the same.
    pub fn is_like(&self, other: &Looks, edits: usize) -> bool {
        self.skeleton() == other.skeleton() || (self.local == other.local && strsim::levenshtein(&self.domain, &other.domain) <= edits)
    }
}

fn of_text(text: &str) -> String {
    name_key(&prototype(text).collect::<String>())
}

/// The address, and behind it how its domain is written where that tells it from one that looks the same.
pub fn told(address: &str) -> String {
    let key = email_key(address);
    match key.rsplit_once('@') {
        Some((_, domain)) if domain.contains("xn--") && !address.contains(domain) => format!("{address} ({domain})"),
        Some(_) | None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(one: &str, other: &str, is_like: bool) {
        assert_eq!(Looks::of(one).is_like(&Looks::of(other), 0), is_like, "{one} {other}");
    }

    #[test]
    fn what_looks_the_same_has_one_skeleton() {
        check("ana@acme.example", "ana@acrne.example", true);
        check("bo0k@a.example", "book@a.example", true);
        check("paul@a.example", "pau1@a.example", true);
        // A Cyrillic `а` in the name, and in the domain, written either way.
        check("an\u{430}@acme.example", "ana@acme.example", true);
        check("ana@\u{430}cme.example", "ana@acme.example", true);
        check("ana@xn--cme-5cd.example", "ana@acme.example", true);
        check("ana@acme.example", "ann@acme.example", false);
        check("ana@acme.example", "ana@acne.example", false);
    }

    #[test]
    fn the_short_way_says_what_the_long_way_says() {
        for it in ["ana@acme.example", "m.0_1l+rn@w-vv.example"] {
            assert_eq!(Looks::of(it).skeleton(), of_text(it));
        }
    }

    #[test]
    fn one_name_before_nearly_one_domain_is_alike() {
        let is_like = |one: &str, other: &str| Looks::of(one).is_like(&Looks::of(other), 1);
        assert!(is_like("ana@acme.example", "ana@acne.example") && is_like("ana@acme.example", "ana@acmee.example"));
        assert!(!is_like("ana@acme.example", "ana@acem.example") && !is_like("ana@acme.example", "anna@acne.example"));
    }
}
