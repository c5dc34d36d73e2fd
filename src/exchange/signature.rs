//! Signatures with the keys that people have for SSH: as `ssh-keygen -Y sign -n rolecall` makes them, and `-Y verify` checks them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use chrono::{DateTime, Local, NaiveDate, NaiveDateTime, Utc};
use ssh_key::{HashAlg, LineEnding, PrivateKey, PublicKey, SshSig};

use crate::domain::claims;

/// What these signatures are for: one that was made for something else says nothing here.
const NAMESPACE: &str = "rolecall";

/// How a list of signers calls kinds of keys.
const KINDS: [&str; 3] = ["ssh-", "ecdsa-", "sk-"];

/// A key that can sign.
pub struct Key(PrivateKey);

/// Whose signature it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// As the list of signers calls them.
    pub name: String,
    pub fingerprint: String,
}

/// Where the signature of a file lies: beside it.
pub fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".sig");
    PathBuf::from(name)
}

impl Key {
    /// The private key in a file; `passphrase` is asked where it is locked.
    ///
    /// # Errors
    /// That it is none, or cannot be unlocked.
    pub fn read(path: &Path, passphrase: impl FnOnce() -> Result<String>) -> Result<Key> {
        let name = path.display();
        let text = fs::read_to_string(path).with_context(|| format!("reading the key {name}"))?;
        ensure!(PublicKey::from_openssh(&text).is_err(), "{name} is a public key; name the private one beside it");
        let key =
            PrivateKey::from_openssh(&text).map_err(|_| anyhow!("{name} is no private key of OpenSSH; ssh-keygen -t ed25519 makes one"))?;
        if !key.is_encrypted() {
            return Ok(Key(key));
        }
        let open = key.decrypt(passphrase()?).map_err(|_| anyhow!("that is not the passphrase of {name}"))?;
        Ok(Key(open))
    }

    /// The signature of a file's bytes, as it stands in a file of its own.
    ///
    /// # Errors
    /// That keys of this kind are not signed with here.
    pub fn sign(&self, bytes: &[u8]) -> Result<String> {
        let unable = |_| anyhow!("{} keys are not signed with here; ssh-keygen -t ed25519 makes one that is", self.0.algorithm());
        Ok(self.0.sign(NAMESPACE, HashAlg::Sha512, bytes).map_err(unable)?.to_pem(LineEnding::LF)?)
    }
}

/// Whose signature of these bytes it is, by a list of signers as `ssh-keygen` reads it.
///
/// # Errors
/// What is wrong with it, in a sentence.
pub fn check(bytes: &[u8], signature: &str, signers: &str, now: DateTime<Utc>) -> Result<Signer, String> {
    let signature = SshSig::from_pem(signature).map_err(|_| "the signature is none of SSH, or was changed".to_owned())?;
    if signature.namespace() != NAMESPACE {
        return Err(format!("the signature was made for something else than {NAMESPACE}"));
    }
    let key = PublicKey::from(signature.public_key().clone());
    let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
    match key.verify(NAMESPACE, bytes, &signature) {
        Ok(()) => {}
        Err(ssh_key::Error::AlgorithmUnknown | ssh_key::Error::AlgorithmUnsupported { .. }) => {
            return Err(format!("signatures of {} keys are not checked here; ssh-keygen -Y verify does", key.algorithm()));
        }
        Err(_) => return Err("the signature is not of this file: one of the two was changed".to_owned()),
    }
    let named = signers.lines().filter_map(|line| may_sign(line, now)).find(|(_, other)| other.key_data() == key.key_data());
    let name = named.map(|it| it.0).ok_or_else(|| format!("the key {fingerprint} signed it, which is none of the signers'"))?;
    Ok(Signer { name, fingerprint })
}

/// The name and the key of a line of a list of signers, where it may sign this now.
fn may_sign(line: &str, now: DateTime<Utc>) -> Option<(String, PublicKey)> {
    let line = line.trim();
    let (name, rest) = line.split_once(char::is_whitespace).filter(|_| !line.starts_with('#'))?;
    let starts = |at: usize| KINDS.iter().any(|kind| rest[at..].starts_with(kind));
    let words = std::iter::once(0).chain(rest.match_indices(char::is_whitespace).map(|(at, it)| at + it.len()));
    let at = words.into_iter().find(|at| starts(*at))?;
    let key = PublicKey::from_openssh(rest[at..].trim()).ok()?;
    allows(rest[..at].trim(), now).then(|| (name.trim_matches('"').to_owned(), key))
}

/// Whether the options of a line let it sign this now. One that is not known lets it not.
fn allows(options: &str, now: DateTime<Utc>) -> bool {
    let mut quoted = false;
    let split = options.split(|c: char| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    split.filter(|it| !it.is_empty()).all(|option| {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let value = value.trim_matches('"');
        match name.to_ascii_lowercase().as_str() {
            "namespaces" => is_among(value),
            "valid-after" => day(value).is_some_and(|it| it <= now),
            "valid-before" => day(value).is_some_and(|it| now < it),
            _ => false,
        }
    })
}

/// Whether a list of patterns lets it through: one that fits, and none with `!` before it that fits.
fn is_among(patterns: &str) -> bool {
    let fits = |pattern: &str| pattern == pattern.to_lowercase() && claims::means(pattern, NAMESPACE);
    let (shut, open): (Vec<&str>, Vec<&str>) = patterns.split(',').partition(|it| it.starts_with('!'));
    open.into_iter().any(fits) && !shut.into_iter().any(|it| fits(&it[1..]))
}

/// `20270131`, `202701310930` or `20270131093000`, by this machine's time zone; with `Z` behind it, UTC.
fn day(text: &str) -> Option<DateTime<Utc>> {
    let (text, is_utc) = text.strip_suffix('Z').map_or((text, false), |it| (it, true));
    let hour = |format: &str| NaiveDateTime::parse_from_str(text, format).ok();
    let found = match text.len() {
        8 => NaiveDate::parse_from_str(text, "%Y%m%d").ok()?.and_hms_opt(0, 0, 0),
        12 => hour("%Y%m%d%H%M"),
        14 => hour("%Y%m%d%H%M%S"),
        _ => None,
    };
    if is_utc { found.map(|it| it.and_utc()) } else { Some(found?.and_local_timezone(Local).earliest()?.to_utc()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_a_signer_are_heeded_and_one_that_is_not_known_shuts_them_out() {
        let now: DateTime<Utc> = "2026-11-21T12:00:00Z".parse().unwrap();
        for open in [
            "",
            "namespaces=\"git,rolecall\"",
            "namespaces=\"*\"",
            "namespaces=\"!git,role*\"",
            "valid-after=\"20260101\",valid-before=\"202701010000Z\"",
        ] {
            assert!(allows(open, now), "{open}");
        }
        for shut in ["namespaces=\"!rolecall,*\"", "namespaces=\"*,!role????\"", "namespaces=\"Rolecall\"", "namespaces=\"!git\""] {
            assert!(!allows(shut, now), "{shut}");
        }
        for shut in ["namespaces=\"git,file\"", "cert-authority", "valid-before=\"20260101\"", "valid-after=\"soon\""] {
            assert!(!allows(shut, now), "{shut}");
        }
        let local = now.with_timezone(&Local).format("%Y%m%d%H%M%S");
        assert!(allows(&format!("valid-after=\"{local}\""), now) && !allows(&format!("valid-before=\"{local}\""), now));
    }
}
