//! What a built-in role is called wherever a role is named.

/// The platforms whose built-in roles are called by their keys alone: they stand like that in files since the beginning.
pub const BARE: [&str; 2] = ["wix", "wordpress"];

/// Its key, behind its platform where others may have the same.
pub fn reference(platform: &str, key: &str) -> String {
    if BARE.contains(&platform) { key.to_owned() } else { format!("{platform}/{key}") }
}
