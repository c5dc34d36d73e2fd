//! Names that nothing has (R13), and "did you mean": the nearest known word.

/// A name that nothing has. Never a yes, never a no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    pub kind: &'static str,
    pub text: String,
    /// Empty, or `; did you mean …?`.
    pub hint: String,
}

impl std::fmt::Display for Unknown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no {} `{}`{}", self.kind, super::text::display(&self.text), self.hint)
    }
}

impl std::error::Error for Unknown {}

/// A name that several have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ambiguous {
    pub kind: &'static str,
    pub text: String,
    pub way_out: String,
}

impl std::fmt::Display for Ambiguous {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "several {}s are called `{}`; {}", self.kind, super::text::display(&self.text), self.way_out)
    }
}

impl std::error::Error for Ambiguous {}

/// Whether `known` is close enough to `typed` to be meant.
pub fn is_near(typed: &str, known: &str) -> bool {
    nearest(typed, [known]).is_some()
}

/// The closest of `known` to `typed`, if it is close enough to be meant.
pub fn nearest<T: AsRef<str>>(typed: &str, known: impl IntoIterator<Item = T>) -> Option<T> {
    let typed = typed.to_lowercase();
    let limit = (typed.chars().count() / 3).max(2);
    let scored = known.into_iter().map(|it| (distance(&typed, &it.as_ref().to_lowercase()), it));
    scored.filter(|(far, _)| *far <= limit).min_by(|(a, x), (b, y)| (a, x.as_ref()).cmp(&(b, y.as_ref()))).map(|(_, it)| it)
}

/// ``; did you mean `…`?`` or nothing.
pub fn did_you_mean<T: AsRef<str>>(typed: &str, known: impl IntoIterator<Item = T>) -> String {
    nearest(typed, known).map_or_else(String::new, |it| format!("; did you mean `{}`?", it.as_ref()))
}

/// The same of names of several words: the one that has what was typed among them, where none is alike as a whole.
pub fn did_you_mean_of<'a>(typed: &str, known: impl Iterator<Item = &'a String> + Clone) -> String {
    let near = nearest(typed, known.clone()).or_else(|| by_words(typed, known.map(|it| (it, it.clone()))).into_iter().next());
    near.map_or_else(String::new, |it| format!("; did you mean `{it}`?"))
}

/// Those whose text has all the words, one or many alike, the shortest text first: for whoever knows no id.
pub fn by_words<T>(typed: &str, known: impl IntoIterator<Item = (T, String)>) -> Vec<T> {
    let folded = super::text::fold(typed);
    let words = folded.split(|c: char| !c.is_alphanumeric()).map(|it| it.strip_suffix('s').unwrap_or(it)).filter(|it| it.len() > 1);
    let words: Vec<&str> = words.collect();
    let has_all = |text: &String| !words.is_empty() && words.iter().all(|it| text.contains(it));
    let mut found: Vec<(T, String)> =
        known.into_iter().map(|(it, text)| (it, super::text::fold(&text))).filter(|(_, text)| has_all(text)).collect();
    found.sort_by_key(|(_, text)| text.len());
    found.into_iter().map(|(it, _)| it).collect()
}

fn distance(typed: &str, known: &str) -> usize {
    if !typed.is_empty() && known.starts_with(typed) { 1 } else { strsim::damerau_levenshtein(typed, known) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_find_what_has_all_of_them() {
        let known = ["Remove contacts crm.contacts.delete", "Export contacts crm.contacts.export", "Delete a post blog.posts.delete"];
        let found = |typed| by_words(typed, known.iter().map(|it| (*it, (*it).to_owned())));
        assert_eq!(found("delete contacts"), [known[0]]);
        assert_eq!(found("Contact delete"), [known[0]]);
        assert_eq!(found("delete").len(), 2);
        assert!(found("delete orders").is_empty() && found(" ").is_empty());
    }

    #[test]
    fn a_slip_finds_its_word_and_nonsense_finds_none() {
        let known = ["stores.orders.manage", "stores.orders.view", "blog.posts.write"];
        assert_eq!(nearest("stores.order.manage", known), Some("stores.orders.manage"));
        assert_eq!(nearest("zzz", known), None);
        let apps = ["Wix Blog", "Wix Stores"].map(str::to_owned);
        assert_eq!(did_you_mean_of("stores", apps.iter()), "; did you mean `Wix Stores`?");
        assert_eq!(did_you_mean_of("Wix Blug", apps.iter()), "; did you mean `Wix Blog`?");
        assert_eq!(did_you_mean_of("payroll", apps.iter()), "");
    }
}
