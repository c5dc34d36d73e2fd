//! Warnings that stand until what they are about is mended: said in the status line whenever nothing newer is.

use std::collections::BTreeMap;

/// What a standing warning is about, the most pressing first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::tui) enum About {
    /// Somebody else is writing, and a change waits for that.
    Turn,
    /// Keys wait for what a filter finds.
    Search,
    /// Something takes long and goes on beside the screens.
    Labor,
    /// The machine's clock and the journal cannot both be right.
    Clock,
    /// The file is an older one than this user left.
    Older,
    /// Unsaved changes cannot be kept for the next time.
    Draft,
    /// The configuration file says what cannot be.
    Settings,
    /// The window is larger than what is drawn.
    Window,
}

/// At most one sentence about each.
#[derive(Debug, Default)]
pub(in crate::tui) struct Warnings(BTreeMap<About, String>);

impl Warnings {
    /// Says this from now on, or nothing any more; `true` where that is another thing than before.
    pub(in crate::tui) fn set(&mut self, about: About, sentence: Option<String>) -> bool {
        let before = self.0.remove(&about);
        let is_new = before != sentence;
        self.0.extend(sentence.map(|it| (about, it)));
        is_new
    }

    /// The most pressing, and how many more there are.
    pub(in crate::tui) fn line(&self) -> Option<String> {
        let (_, first) = self.0.first_key_value()?;
        Some(match self.0.len() - 1 {
            0 => first.clone(),
            more => format!("{first} (and {more} more)"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_stands_until_it_is_taken_back() {
        let mut warnings = Warnings::default();
        assert_eq!(warnings.line(), None);
        assert!(warnings.set(About::Window, Some("too wide".to_owned())));
        assert!(!warnings.set(About::Window, Some("too wide".to_owned())));
        assert_eq!(warnings.line().as_deref(), Some("too wide"));
        assert!(warnings.set(About::Window, None));
        assert_eq!(warnings.line(), None);
    }
}
