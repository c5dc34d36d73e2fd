//! A point of the journal in words, as it is kept elsewhere.

use anyhow::{Context, Result, ensure};

/// A point of the journal that can be kept elsewhere: `812:9f3c…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub seq: i64,
    pub hash: [u8; 32],
}

impl std::fmt::Display for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:", self.seq)?;
        self.hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::str::FromStr for Head {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Head> {
        let (seq, hex) = text.split_once(':').context("a head looks like 812:9f3c… (entry, colon, 64 hexadecimal digits)")?;
        ensure!(hex.len() == 64 && hex.is_ascii(), "a head ends in 64 hexadecimal digits");
        let mut hash = [0; 32];
        for (at, byte) in hash.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).context("a head ends in 64 hexadecimal digits")?;
        }
        Ok(Head { seq: seq.parse().context("a head begins with an entry's number")?, hash })
    }
}
