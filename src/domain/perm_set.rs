//! A set of permissions of one catalog, as bits.

use std::ops::{BitAnd, BitOr, BitOrAssign, Sub, SubAssign};

/// How many permissions one catalog may define.
pub const CAPACITY: usize = 512;

const WORDS: usize = CAPACITY / 64;

/// A permission: its position in one loaded catalog.
///
/// INVARIANT: never stored. Rows and files hold the permission's text id, so that
/// they outlive a catalog that is edited or reordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PermId(pub u16);

impl PermId {
    /// The position as an index into the catalog's tables.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// A set of permissions; 64 bytes, copied freely.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PermSet([u64; WORDS]);

impl PermSet {
    pub const EMPTY: PermSet = PermSet([0; WORDS]);

    pub fn of(id: PermId) -> PermSet {
        let mut set = PermSet::EMPTY;
        set.insert(id);
        set
    }

    pub fn insert(&mut self, id: PermId) {
        self.0[id.index() / 64] |= 1 << (id.index() % 64);
    }

    pub fn remove(&mut self, id: PermId) {
        self.0[id.index() / 64] &= !(1 << (id.index() % 64));
    }

    pub fn contains(&self, id: PermId) -> bool {
        self.0[id.index() / 64] & (1 << (id.index() % 64)) != 0
    }

    pub fn is_empty(&self) -> bool {
        self.0 == [0; WORDS]
    }

    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub fn is_subset(&self, other: &PermSet) -> bool {
        (*self - *other).is_empty()
    }

    pub fn intersects(&self, other: &PermSet) -> bool {
        !(*self & *other).is_empty()
    }

    /// The members in catalog order.
    pub fn iter(&self) -> impl Iterator<Item = PermId> + use<> {
        self.0.into_iter().enumerate().flat_map(|(word, bits)| Bits(bits).map(move |bit| position(word, bit)))
    }
}

fn position(word: usize, bit: u32) -> PermId {
    #[expect(clippy::cast_possible_truncation, reason = "a position is below CAPACITY, which fits")]
    PermId((word * 64) as u16 + bit as u16)
}

/// The positions of the ones in a word, lowest first.
struct Bits(u64);

impl Iterator for Bits {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let bit = (self.0 != 0).then(|| self.0.trailing_zeros())?;
        self.0 &= self.0 - 1;
        Some(bit)
    }
}

macro_rules! word_by_word {
    ($trait:ident, $method:ident, $op:expr) => {
        impl $trait for PermSet {
            type Output = PermSet;
            fn $method(mut self, other: PermSet) -> PermSet {
                let op: fn(u64, u64) -> u64 = $op;
                for (mine, theirs) in self.0.iter_mut().zip(other.0) {
                    *mine = op(*mine, theirs);
                }
                self
            }
        }
    };
}

word_by_word!(BitOr, bitor, |a, b| a | b);
word_by_word!(BitAnd, bitand, |a, b| a & b);
word_by_word!(Sub, sub, |a, b| a & !b);

impl BitOrAssign for PermSet {
    fn bitor_assign(&mut self, other: PermSet) {
        *self = *self | other;
    }
}

impl SubAssign for PermSet {
    fn sub_assign(&mut self, other: PermSet) {
        *self = *self - other;
    }
}

impl FromIterator<PermId> for PermSet {
    fn from_iter<I: IntoIterator<Item = PermId>>(ids: I) -> PermSet {
        let mut set = PermSet::EMPTY;
        ids.into_iter().for_each(|id| set.insert(id));
        set
    }
}

impl std::fmt::Debug for PermSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter().map(|id| id.0)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(ids: &[u16]) -> PermSet {
        ids.iter().map(|id| PermId(*id)).collect()
    }

    #[test]
    fn members_come_back_in_order_across_words() {
        let ids = [511, 0, 63, 64, 300];
        assert_eq!(set(&ids).iter().map(|id| id.0).collect::<Vec<_>>(), [0, 63, 64, 300, 511]);
        assert_eq!(set(&ids).len(), 5);
    }

    #[test]
    fn algebra_is_that_of_sets() {
        let (a, b) = (set(&[1, 2, 200]), set(&[2, 3]));
        assert_eq!(a | b, set(&[1, 2, 3, 200]));
        assert_eq!(a & b, set(&[2]));
        assert_eq!(a - b, set(&[1, 200]));
        assert!(set(&[2]).is_subset(&a) && !b.is_subset(&a) && a.intersects(&b));
    }
}
