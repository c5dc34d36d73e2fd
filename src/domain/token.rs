//! The secret of a link: shown once, kept as a hash, compared in constant time.

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// 256 random bits. Whoever has them may accept what was offered.
///
/// Read back from where it was written down, it is only its hash, which opens nothing.
#[derive(Clone)]
pub struct Token {
    hash: TokenHash,
    bits: Option<[u8; 32]>,
}

/// What stands before a hash that is written in a token's place.
const HASHED: &str = "sha256:";

/// SHA-256 of a [`Token`]: all that is kept. By default that of none: it is made when the command runs that sends it.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct TokenHash(pub [u8; 32]);

impl Token {
    /// `bits` come from the system's source of randomness.
    pub fn new(bits: [u8; 32]) -> Token {
        Token { hash: TokenHash(Sha256::digest(bits).into()), bits: Some(bits) }
    }

    pub fn hash(&self) -> TokenHash {
        self.hash
    }

    /// The text of the link: 52 letters and digits, none of them easily taken for another.
    pub fn reveal(&self) -> String {
        self.bits.map_or_else(|| self.written(), |bits| BASE32_NOPAD.encode(&bits).to_ascii_lowercase())
    }

    fn written(&self) -> String {
        format!("{HASHED}{}", self.hash)
    }
}

/// Two are the same where their hashes are, which is all that a written command keeps.
impl PartialEq for Token {
    fn eq(&self, other: &Token) -> bool {
        self.hash == other.hash
    }
}

impl Eq for Token {}

impl TokenHash {
    /// In constant time: how much of a guess was right never shows.
    pub fn is_of(&self, token: &Token) -> bool {
        token.bits.is_some() && bool::from(self.0.ct_eq(&token.hash.0))
    }
}

impl FromStr for Token {
    type Err = String;

    fn from_str(text: &str) -> Result<Token, String> {
        let refuse = || "this is not an invitation's token: it has 52 letters and digits, with nothing left out".to_owned();
        let bits = BASE32_NOPAD.decode(text.trim().to_ascii_uppercase().as_bytes()).map_err(|_| refuse())?;
        bits.try_into().map(Token::new).map_err(|_| refuse())
    }
}

/// Never the secret itself: what is printed for debugging or written to the journal is its hash.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({})", self.hash())
    }
}

impl Serialize for Token {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.written())
    }
}

impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Token, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.strip_prefix(HASHED) {
            Some(hash) => hash.parse().map(|hash| Token { hash, bits: None }),
            None => text.parse(),
        }
        .map_err(serde::de::Error::custom)
    }
}

impl FromStr for TokenHash {
    type Err = String;

    fn from_str(text: &str) -> Result<TokenHash, String> {
        let bytes = HEXLOWER.decode(text.as_bytes()).ok().and_then(|it| it.try_into().ok());
        bytes.map(TokenHash).ok_or_else(|| "a token's hash is 64 hexadecimal digits".to_owned())
    }
}

impl fmt::Display for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenHash({self})")
    }
}

impl Serialize for TokenHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TokenHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<TokenHash, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_one_altered_letter_does_not_fit() {
        let token = Token::new([7; 32]);
        let text = token.reveal();
        assert_eq!(text.len(), 52);
        assert!(token.hash().is_of(&text.parse().unwrap()));
        let altered = text.replacen(&text[..1], if text.starts_with('b') { "c" } else { "b" }, 1);
        assert!(!token.hash().is_of(&altered.parse().unwrap()));
        assert!(text[1..].parse::<Token>().is_err());
    }

    #[test]
    fn what_is_written_about_a_token_is_its_hash() {
        let token = Token::new([9; 32]);
        let written = format!("{}{token:?}", serde_json::to_string(&token).unwrap());
        assert!(!written.contains(&token.reveal()) && written.contains(&token.hash().to_string()));
    }

    #[test]
    fn a_token_that_was_written_down_reads_back_as_itself_and_opens_nothing() {
        let token = Token::new([5; 32]);
        let read: Token = serde_json::from_str(&serde_json::to_string(&token).unwrap()).unwrap();
        assert!(read == token && token.hash().is_of(&token) && !token.hash().is_of(&read));
        assert!(!read.reveal().contains(&token.reveal()));
        assert!(serde_json::from_str::<Token>("\"sha256:12\"").is_err() && read.reveal().parse::<Token>().is_err());
    }
}
