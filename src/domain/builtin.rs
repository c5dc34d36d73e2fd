//! The catalogs that come with the program.

use std::sync::{Arc, OnceLock};

use super::catalog::{Catalog, CatalogData};
use super::suggest::{self, Unknown};

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
    let text = BUILTIN.iter().find(|(name, ..)| *name == platform).map_or("", |(.., text)| *text);
    let data: Option<CatalogData> = toml::from_str(text).ok();
    let read = data.as_ref().and_then(|data| Catalog::build(data, Some(profile)).ok());
    read.map(Arc::new).ok_or_else(|| {
        let others = data.iter().flat_map(|it| it.profiles.keys().map(String::as_str));
        let hint = suggest::did_you_mean(profile, others.chain([DEFAULT_PROFILE]));
        Unknown { kind: "profile", text: profile.to_owned(), hint }
    })
}

pub fn platforms() -> impl Iterator<Item = &'static str> {
    BUILTIN.iter().map(|(platform, ..)| *platform)
}
