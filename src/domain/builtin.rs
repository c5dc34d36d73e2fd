//! The catalogs that come with the program.

use std::sync::{Arc, OnceLock};

use super::catalog::Catalog;

/// Platform, file name and text of every catalog of `assets/catalogs/`.
pub const BUILTIN: &[(&str, &str, &str)] = &[
    ("wix", "wix.toml", include_str!("../../assets/catalogs/wix.toml")),
    ("wordpress", "wordpress.toml", include_str!("../../assets/catalogs/wordpress.toml")),
];

static PARSED: [OnceLock<Arc<Catalog>>; BUILTIN.len()] = [const { OnceLock::new() }; BUILTIN.len()];

/// The catalog of a platform, read at its first use.
///
/// # Panics
/// Never in a program that passed its tests: they parse every file of the list.
pub fn catalog(platform: &str) -> Option<Arc<Catalog>> {
    let at = BUILTIN.iter().position(|(name, ..)| *name == platform)?;
    let (_, file, text) = BUILTIN[at];
    let parse = || Arc::new(Catalog::parse(file, text, None).unwrap_or_else(|error| panic!("built-in catalog: {error}")));
    Some(Arc::clone(PARSED[at].get_or_init(parse)))
}

/// The same under another reading of its built-in roles; an unknown profile is `None`.
pub fn with_profile(platform: &str, profile: &str) -> Option<Arc<Catalog>> {
    let (_, file, text) = BUILTIN.iter().find(|(name, ..)| *name == platform)?;
    if profile == "table" {
        return catalog(platform);
    }
    let known = toml::from_str::<super::catalog::CatalogData>(text).is_ok_and(|data| data.profiles.contains_key(profile));
    known.then(|| Catalog::parse(file, text, Some(profile)).ok().map(Arc::new)).flatten()
}

pub fn platforms() -> impl Iterator<Item = &'static str> {
    BUILTIN.iter().map(|(platform, ..)| *platform)
}
