//! The catalogs that come with the program.

use std::sync::{Arc, OnceLock};

use super::catalog::{Catalog, CatalogData};
use super::suggest::{self, Unknown};

macro_rules! shipped {
    ($($platform:literal),* $(,)?) => {
        /// Every platform that has a file in `assets/catalogs/`, with that file in the form that is quick to read: a process
        /// that answers one question spends a good part of its time here. A test writes it anew and compares.
        static SHIPPED: &[(&str, &str)] = &[$(($platform, include_str!(concat!("../../assets/compact/", $platform, ".json")))),*];
    };
}

shipped![
    "wix",
    "wordpress",
    "cloudflare",
    "contentful",
    "drupal",
    "ghost",
    "github",
    "gitlab",
    "google-ads",
    "google-analytics",
    "google-business-profile",
    "google-merchant-center",
    "google-search-console",
    "google-tag-manager",
    "joomla",
    "linkedin",
    "mailchimp",
    "meta-business",
    "shopify",
    "shopware",
    "statamic",
    "tiktok-business",
    "umbraco",
    "webflow",
    "wordpress-multisite",
    "youtube",
];

static PARSED: [OnceLock<Arc<Catalog>>; SHIPPED.len()] = [const { OnceLock::new() }; SHIPPED.len()];

/// The catalog of a platform, read at its first use.
pub fn catalog(platform: &str) -> Option<Arc<Catalog>> {
    let at = SHIPPED.iter().position(|(name, _)| *name == platform)?;
    Some(Arc::clone(PARSED[at].get_or_init(|| build(&data(at), None))))
}

/// The same as it is written.
pub fn written(platform: &str) -> Option<CatalogData> {
    SHIPPED.iter().position(|(name, _)| *name == platform).map(data)
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
    let known = written(platform);
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
    serde_json::from_str(SHIPPED[at].1).unwrap_or_else(|error| panic!("built-in catalog: {error}"))
}

/// # Panics
/// As [`data`].
fn build(data: &CatalogData, profile: Option<&str>) -> Arc<Catalog> {
    Arc::new(Catalog::build(data, profile).unwrap_or_else(|error| panic!("built-in catalog: {error}")))
}

pub fn platforms() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(platform, _)| *platform)
}
