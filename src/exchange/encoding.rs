//! What a file is written in: as it was named, as its mark says, or as its bytes have it.
//!
//! Every import reads through here. A mark (byte order mark) is believed; UTF-16 is known
//! by its zero bytes also without one; what is not UTF-8 and no damaged UTF-8 either is
//! taken for Windows-1252, and that is said.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read, Seek};

use anyhow::Context;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use encoding_rs_io::DecodeReaderBytesBuilder;

use crate::command::import::ImportError;
use crate::domain::text;

/// An encoding that whoever imports has named.
pub type Choice = Option<&'static Encoding>;

/// A file as text; it may be read on a thread of its own.
pub type Input = Box<dyn BufRead + Send>;

/// What is said where the encoding is but likely.
pub const GUESSED: &str = "this is not UTF-8 and was read as Windows-1252; say otherwise with --encoding NAME";

/// How many bytes of the beginning are looked at for UTF-16 without a mark.
const LOOK_AHEAD: usize = 4096;
const BUFFER: usize = 1 << 20;
/// Most bytes of a line that are looked at together.
const MAX_PIECE: u64 = 16 << 20;

/// The encoding of this name, as browsers know it: `utf-8`, `windows-1252`, `latin1`.
///
/// # Errors
/// A sentence with those that are met most.
pub fn by_name(name: &str) -> Result<&'static Encoding, String> {
    Encoding::for_label_no_replacement(name.as_bytes()).ok_or_else(|| {
        let known = "utf-8, utf-16le, utf-16be, windows-1252, windows-1250, windows-1251, iso-8859-2, macintosh, shift_jis, gb18030";
        format!("no encoding `{}`; the most common are: {known}", text::display(name))
    })
}

/// The file as UTF-8 from its beginning, without its mark, and what is to be said about it.
///
/// # Errors
/// Names line and column of a byte that damages what is UTF-8 else.
pub fn open<R: Read + Seek + Send + 'static>(mut source: R, named: Choice) -> Result<(Input, Option<String>), ImportError> {
    let mut start = Vec::new();
    let reading = || "reading the file";
    source.by_ref().take(LOOK_AHEAD as u64).read_to_end(&mut start).with_context(reading)?;
    source.rewind().with_context(reading)?;
    let known = marked(&start).or(named).or_else(|| utf16_by_its_zeros(&start));
    let (encoding, note) = match known {
        Some(encoding) if encoding != UTF_8 => (encoding, None),
        Some(_) | None => match damage(&mut source)? {
            None => (UTF_8, None),
            Some(it) if known.is_none() && it.census.is_another() => (WINDOWS_1252, Some(GUESSED.to_owned())),
            Some(it) => return Err(it.refuse()),
        },
    };
    source.rewind().with_context(reading)?;
    Ok((Box::new(decoding(source, encoding)), note))
}

/// A stream that cannot be looked through: as UTF-8 where it begins with a mark or with
/// UTF-16 or its encoding was named, else its bytes as they are, for [`line()`].
///
/// # Errors
/// That nothing could be read.
pub fn stream<R: BufRead + 'static>(mut source: R, named: Choice) -> io::Result<Box<dyn BufRead>> {
    let start = source.fill_buf()?;
    match marked(start).or(named).or_else(|| utf16_by_its_zeros(start)) {
        Some(encoding) => Ok(Box::new(decoding(source, encoding))),
        None => Ok(Box::new(source)),
    }
}

/// One line of a [`stream`], and whether it had to be taken for Windows-1252.
///
/// # Errors
/// The first byte that damages what is UTF-8 else.
pub fn line(bytes: &[u8]) -> Result<(Cow<'_, str>, bool), u8> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok((Cow::Borrowed(text), false)),
        Err(_) if Census::of(bytes).is_another() => Ok((WINDOWS_1252.decode_without_bom_handling(bytes).0, true)),
        Err(error) => Err(bytes[error.valid_up_to()]),
    }
}

fn decoding<R: Read>(source: R, encoding: &'static Encoding) -> impl BufRead + use<R> {
    let decoder =
        DecodeReaderBytesBuilder::new().encoding(Some(encoding)).utf8_passthru(true).strip_bom(true).bom_override(true).build(source);
    BufReader::with_capacity(BUFFER, decoder)
}

fn marked(start: &[u8]) -> Choice {
    Encoding::for_bom(start).map(|(encoding, _)| encoding)
}

/// Half of UTF-16 is zeros where the text is mostly ASCII, and all on one side.
fn utf16_by_its_zeros(start: &[u8]) -> Choice {
    let pairs = &start[..start.len().min(LOOK_AHEAD)];
    let zeros = |side: usize| pairs.iter().skip(side).step_by(2).filter(|it| **it == 0).count();
    let (big, little) = (zeros(0), zeros(1));
    let speak_for = |side: usize, other: usize| side * 3 > pairs.len() / 2 && side > other * 4;
    if speak_for(little, big) {
        Some(UTF_16LE)
    } else if speak_for(big, little) {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// How many characters beyond ASCII are well-formed UTF-8, and how many bytes are not.
#[derive(Clone, Copy, Default)]
struct Census {
    good: usize,
    bad: usize,
}

impl Census {
    fn of(bytes: &[u8]) -> Census {
        bytes.utf8_chunks().fold(Census::default(), |census, chunk| Census {
            good: census.good + chunk.valid().chars().filter(|it| !it.is_ascii()).count(),
            bad: census.bad + usize::from(!chunk.invalid().is_empty()),
        })
    }

    /// Whether this is something else than UTF-8, rather than UTF-8 with a few damaged bytes:
    /// in another encoding, two bytes that happen to be a character of UTF-8 are rare.
    fn is_another(self) -> bool {
        self.good * 8 < self.bad
    }
}

/// The first byte that is not UTF-8, and how much of the whole is.
struct Damage {
    line: usize,
    column: usize,
    byte: u8,
    census: Census,
}

impl Damage {
    fn refuse(&self) -> ImportError {
        let Damage { line, column, byte, .. } = self;
        let way_out = "mend it, or name the encoding with --encoding";
        ImportError::At(*line, format!("column {column}: the byte 0x{byte:02x} is not UTF-8, as the rest is; {way_out}"))
    }
}

/// Looks the whole through, line by line: no character of UTF-8 goes over a line's end.
fn damage(source: &mut impl Read) -> Result<Option<Damage>, ImportError> {
    let mut pieces = BufReader::with_capacity(BUFFER, source);
    let mut found: Option<Damage> = None;
    let mut census = Census::default();
    let (mut bytes, mut line) = (Vec::new(), 1);
    loop {
        let n = pieces.by_ref().take(MAX_PIECE).read_until(b'\n', &mut bytes).context("reading the file")?;
        if bytes.is_empty() {
            return Ok(found.map(|it| Damage { census, ..it }));
        }
        let is_whole = n == 0 || bytes.ends_with(b"\n");
        let rest = if is_whole { Vec::new() } else { bytes.split_off(bytes.len() - begun(&bytes)) };
        if !bytes.is_ascii() {
            let here = Census::of(&bytes);
            census = Census { good: census.good + here.good, bad: census.bad + here.bad };
        }
        if let (None, Err(error)) = (&found, std::str::from_utf8(&bytes)) {
            let column = 1 + String::from_utf8_lossy(&bytes[..error.valid_up_to()]).chars().count();
            found = Some(Damage { line, column, byte: bytes[error.valid_up_to()], census });
        }
        line += usize::from(is_whole);
        bytes = rest;
    }
}

/// How many bytes at the end are the beginning of a character: a piece of an endless line is cut anywhere.
fn begun(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => bytes.len() - error.valid_up_to(),
        Ok(_) | Err(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn read(bytes: &[u8], named: Choice) -> (String, bool) {
        let (mut text, note) = open(Cursor::new(bytes.to_vec()), named).unwrap_or_else(|error| panic!("{error}"));
        let mut out = String::new();
        text.read_to_string(&mut out).unwrap();
        (out, note.is_some())
    }

    fn utf16(text: &str, encode: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(encode).collect()
    }

    #[test]
    fn utf_8_and_both_kinds_of_utf_16_are_read_with_and_without_their_mark() {
        let text = "name,email\r\nÅsa Lindh,asa@lindh.example\r\n李雷,li@lei.example\r\n";
        for mark in ["", "\u{feff}"] {
            let marked = format!("{mark}{text}");
            for bytes in [marked.clone().into_bytes(), utf16(&marked, u16::to_le_bytes), utf16(&marked, u16::to_be_bytes)] {
                assert_eq!(read(&bytes, None), (text.to_owned(), false), "{bytes:?}");
            }
        }
    }

    #[test]
    fn what_is_not_utf_8_is_windows_1252_unless_it_was_named() {
        assert_eq!(read(b"J\xf6rg \x80\n", None), ("Jörg €\n".to_owned(), true));
        assert_eq!(read(b"Ji\xf8\xed\n", Some(by_name("windows-1250").unwrap())), ("Jiří\n".to_owned(), false));
        assert!(by_name("klingon").unwrap_err().contains("utf-16le"));
    }

    #[test]
    fn damaged_utf_8_is_refused_with_the_place_and_not_read_as_something_else() {
        let error = open(Cursor::new("Zoë, Åsa\nJör".bytes().chain([0xf6, b'g', b'\n']).collect::<Vec<u8>>()), None).map(drop).unwrap_err();
        assert!(error.to_string().starts_with("line 2: column 4: the byte 0xf6 is not UTF-8, as the rest is"), "{error}");
        let error = open(Cursor::new(b"J\xf6rg".to_vec()), Some(UTF_8)).map(drop).unwrap_err();
        assert!(error.to_string().starts_with("line 1: column 2: the byte 0xf6 is not UTF-8"), "{error}");
    }

    #[test]
    fn a_zero_alone_is_no_utf_16() {
        assert_eq!(read(b"name\nA\0na\n", None).0, "name\nA\0na\n");
    }
}
