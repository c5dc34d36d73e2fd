//! What was filled in of a form that was left: it comes back when the same form opens again.

/// What one field holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::tui) enum Content {
    Text(String),
    At(usize),
    Chosen(Vec<String>),
    Places(Vec<(String, String)>),
}

/// A form that was left: which one, as what it opens with says, and what was filled in.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::tui) struct Kept {
    pub(in crate::tui) form: (String, Vec<Content>),
    pub(in crate::tui) filled: Vec<Content>,
}
