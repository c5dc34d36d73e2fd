//! What a rule asks of a platform once, and not again on each of its sites.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::domain::catalog::Catalog;

/// What was asked, by platform.
pub(super) struct ByPlatform<T>(HashMap<String, T, RandomState>);

impl<T> Default for ByPlatform<T> {
    fn default() -> ByPlatform<T> {
        ByPlatform(HashMap::default())
    }
}

impl<T: Copy> ByPlatform<T> {
    pub(super) fn of(&mut self, catalog: &Catalog, ask: impl FnOnce(&Catalog) -> T) -> T {
        if let Some(known) = self.0.get(&catalog.platform) {
            return *known;
        }
        let asked = ask(catalog);
        self.0.insert(catalog.platform.clone(), asked);
        asked
    }
}
