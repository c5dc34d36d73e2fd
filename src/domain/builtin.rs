//! The catalogs that come with the program.

use std::sync::{Arc, OnceLock};

use super::catalog::{Catalog, CatalogData};
use super::suggest::{self, Unknown};

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

/// How the built-in roles are read unless another profile is named.
pub const DEFAULT_PROFILE: &str = "table";

/// The same under another reading of its built-in roles.
///
/// # Errors
/// R13: a profile that the catalog does not have.
pub fn with_profile(platform: &str, profile: &str) -> Result<Arc<Catalog>, Unknown> {
    if profile == DEFAULT_PROFILE
        && let Some(catalog) = catalog(platform)
    {
        return Ok(catalog);
    }
    let known = BUILTIN.iter().position(|(name, ..)| *name == platform).map(data);
    if let Some(data) = known.as_ref().filter(|it| it.profiles.contains_key(profile)) {
        return Ok(build(data, Some(profile)));
    }
    let others = known.iter().flat_map(|it| it.profiles.keys().map(String::as_str));
    let hint = suggest::did_you_mean(profile, others.chain([DEFAULT_PROFILE]));
    Err(Unknown { kind: "profile", text: profile.to_owned(), hint })
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
