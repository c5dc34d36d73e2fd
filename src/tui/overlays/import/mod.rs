//! Files that are taken in: which, what they hold, and where roles are given that come without a place.

mod preview;
mod work;

use std::path::{Path, PathBuf};

use super::form::{self, Entered, Form, Input, Values, place};
use super::sheet::Tone;
use crate::domain::record::ScopeRecord;
use crate::domain::text;
use crate::exchange::encoding;
use crate::exchange::intake::{self, Kind};
use crate::exchange::table::Mapping;
use crate::store::files;
use crate::tui::view::{Env, Message, Overlay, Work};

/// The word for what is told by the file itself.
const AS_IT_LOOKS: &str = "as it looks";

/// What is to be taken in, and how.
#[derive(Clone, Debug, Default)]
struct Request {
    files: Vec<PathBuf>,
    /// Told by the files where it is not said.
    kind: Option<Kind>,
    /// Where roles are given whose rows name no place.
    place: Option<ScopeRecord>,
    columns: Vec<Mapping>,
    encoding: encoding::Choice,
}

/// Takes one file in: what it is said to hold, or seems to.
pub(in crate::tui) fn of_file(path: PathBuf, kind: Option<Kind>) -> Work {
    Request { files: vec![path], kind, ..Request::default() }.look()
}

/// Asks for the files.
pub(in crate::tui) fn open() -> Box<dyn Overlay> {
    let kinds = [AS_IT_LOOKS].into_iter().chain(Kind::ALL.map(Kind::as_str));
    let inputs = vec![
        Input::files("Files").checked(|it| super::invite::filled(it, "which file? type its name")),
        Input::choice("Hold", kinds, AS_IT_LOOKS),
        Input::lookup("Where", "", form::Kind::Place { sites_only: false }).hint("for people whose rows name no place"),
        Input::line("Columns", "").checked(|it| columns(it).map(drop)).hint("where a header is unknown: email=E-Mail-Adresse"),
        Input::line("Encoding", "").checked(|it| named(it).map(drop)).hint("empty: what it looks like; or windows-1252"),
    ];
    let live = |entered: &mut Entered<'_>, _: &Env<'_>| {
        let values = entered.values();
        Ok(vec![values.list(0).iter().map(|it| told(it, Kind::parse(&values.text(1)))).collect()])
    };
    let build = |values: &Values<'_>, _: &Env<'_>| {
        let at = values.text(2);
        let request = Request {
            files: values.list(0).iter().map(|it| files::named(it)).collect(),
            kind: Kind::parse(&values.text(1)),
            place: (!at.is_empty()).then(|| place(&at)),
            columns: columns(&values.text(3)).map_err(|sentence| (3, sentence))?,
            encoding: named(&values.text(4)).map_err(|sentence| (4, sentence))?,
        };
        Ok(vec![Message::Work(request.look())])
    };
    Form::open_live("Take files in", inputs, live, build)
}

/// What a file is taken for.
fn told(file: &str, said: Option<Kind>) -> (Tone, String) {
    let name = text::display(file);
    match said.map_or_else(|| intake::looks_like(&files::named(file)), Ok) {
        Ok(kind) if kind.is_of_steps() => (Tone::Text, format!("{name}: {}, as a step that is reviewed", kind.as_str())),
        Ok(kind) => (Tone::Text, format!("{name}: {}, shown first, and written when that is confirmed", kind.as_str())),
        Err(error) => (Tone::Warn, format!("! {error:#}")),
    }
}

/// `email=E-Mail-Adresse, name=Wer`.
fn columns(text: &str) -> Result<Vec<Mapping>, String> {
    text.split(',').map(str::trim).filter(|it| !it.is_empty()).map(str::parse).collect()
}

fn named(text: &str) -> Result<encoding::Choice, String> {
    if text.trim().is_empty() { Ok(None) } else { encoding::by_name(text.trim()).map(Some) }
}

/// A file's name without its folder.
fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |it| it.to_string_lossy().into_owned())
}
