//! Whether one role is wider than another.

use super::perm_set::PermSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    Equal,
    Wider,
    Narrower,
    Incomparable,
}

impl Width {
    pub fn as_str(self) -> &'static str {
        match self {
            Width::Equal => "equal",
            Width::Wider => "wider",
            Width::Narrower => "narrower",
            Width::Incomparable => "incomparable",
        }
    }
}

/// How role A relates to role B, and what each has that the other lacks. Both closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    pub width: Width,
    pub only_a: PermSet,
    pub only_b: PermSet,
}

pub fn compare(a: PermSet, b: PermSet) -> Comparison {
    let (only_a, only_b) = (a - b, b - a);
    let width = match (only_a.is_empty(), only_b.is_empty()) {
        (true, true) => Width::Equal,
        (false, true) => Width::Wider,
        (true, false) => Width::Narrower,
        (false, false) => Width::Incomparable,
    };
    Comparison { width, only_a, only_b }
}

/// What some of these sets have and others lack.
pub fn differing(sets: impl IntoIterator<Item = PermSet>) -> PermSet {
    let mut sets = sets.into_iter();
    let Some(first) = sets.next() else { return PermSet::EMPTY };
    let (any, all) = sets.fold((first, first), |(any, all), it| (any | it, all & it));
    any - all
}
