//! The catalogs that come with the program.

use std::sync::{Arc, OnceLock};

use super::catalog::{Catalog, CatalogData};

macro_rules! shipped {
    ($($platform:literal),*) => {
        /// Platform, file name and text of every catalog of `assets/catalogs/`.
        pub const BUILTIN: &[(&str, &str, &str)] =
            &[$(($platform, concat!($platform, ".toml"), include_str!(concat!("../../assets/catalogs/", $platform, ".toml")))),*];

        /// The same in the form that is quick to read, in the same order: a process that answers
        /// one question spends a good part of its time here. A test writes and compares them.
        const COMPACT: &[&str] = &[$(include_str!(concat!("../../assets/compact/", $platform, ".json"))),*];
    };
}

shipped!["wix", "wordpress"];

static PARSED: [OnceLock<Arc<Catalog>>; BUILTIN.len()] = [const { OnceLock::new() }; BUILTIN.len()];

/// The catalog of a platform, read at its first use.
pub fn catalog(platform: &str) -> Option<Arc<Catalog>> {
    let at = BUILTIN.iter().position(|(name, ..)| *name == platform)?;
    Some(Arc::clone(PARSED[at].get_or_init(|| build(&data(at), None))))
}

/// The same under another reading of its built-in roles; an unknown profile is `None`.
pub fn with_profile(platform: &str, profile: &str) -> Option<Arc<Catalog>> {
    if profile == "table" {
        return catalog(platform);
    }
    let at = BUILTIN.iter().position(|(name, ..)| *name == platform)?;
    let data = data(at);
    data.profiles.contains_key(profile).then(|| build(&data, Some(profile)))
}

/// # Panics
/// Never in a program that passed its tests: they read every file of the list.
fn data(at: usize) -> CatalogData {
    serde_json::from_str(COMPACT[at]).unwrap_or_else(|error| panic!("built-in catalog: {error}"))
}

/// # Panics
/// As [`data`].
fn build(data: &CatalogData, profile: Option<&str>) -> Arc<Catalog> {
    Arc::new(Catalog::build(data, profile).unwrap_or_else(|error| panic!("built-in catalog: {error}")))
}

pub fn platforms() -> impl Iterator<Item = &'static str> {
    BUILTIN.iter().map(|(platform, ..)| *platform)
}
