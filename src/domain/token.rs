//! The secret of a link: shown once, kept as a hash, compared in constant time.

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// 256 random bits. Whoever has them may accept what was offered.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; 32]);

/// SHA-256 of a [`Token`]: all that is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TokenHash(pub [u8; 32]);

impl Token {
    /// `bits` come from the system's source of randomness.
    pub fn new(bits: [u8; 32]) -> Token {
        Token(bits)
    }

    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0).into())
    }

    /// The text of the link: 52 letters and digits, none of them easily taken for another.
    pub fn reveal(&self) -> String {
        BASE32_NOPAD.encode(&self.0).to_ascii_lowercase()
    }
}

impl TokenHash {
    /// In constant time: how much of a guess was right never shows.
    pub fn is_of(&self, token: &Token) -> bool {
        bool::from(self.0.ct_eq(&token.hash().0))
    }
}

impl FromStr for Token {
    type Err = String;

    fn from_str(text: &str) -> Result<Token, String> {
        let refuse = || "this is not an invitation's token: it has 52 letters and digits, with nothing left out".to_owned();
        let bits = BASE32_NOPAD.decode(text.trim().to_ascii_uppercase().as_bytes()).map_err(|_| refuse())?;
        bits.try_into().map(Token).map_err(|_| refuse())
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
        serializer.serialize_str(&format!("sha256:{}", self.hash()))
    }
}

impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Token, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
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
        let text = String::deserialize(deserializer)?;
        let bytes = HEXLOWER.decode(text.as_bytes()).ok().and_then(|it| it.try_into().ok());
        bytes.map(TokenHash).ok_or_else(|| serde::de::Error::custom("a token's hash is 64 hexadecimal digits"))
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
}
