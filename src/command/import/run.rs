//! Takes all records in, or none: at once, over what is there, or on a copy while others go on.

use super::others::Stopped;
use super::{Again, By, Import, ImportError, Imported, Line, Next};
use crate::command::Actor;
use crate::command::authority::Authority;
use crate::command::clock::Clock;
use crate::command::refusal::Refusal;
use crate::facts::{Store, Writer};
use crate::store::settings;

/// How often many records are taken in on a copy, before everybody else has to wait for them.
const TRIES: usize = 2;

/// So many rows of a kind may others make while records are taken in on a copy.
const AHEAD: i64 = 1 << 16;

/// Takes all records in, or none. `source` is what the journal calls them; `progress` hears
/// the number of records every few thousand and may answer `false` to stop.
///
/// # Errors
/// [`ImportError`], after which nothing has changed.
pub fn run(
    store: &mut Store,
    actor: &Actor,
    clock: impl Into<Clock>,
    source: &str,
    records: &mut dyn Iterator<Item = Result<Line, ImportError>>,
    progress: &mut dyn FnMut(usize) -> bool,
) -> Result<Imported, ImportError> {
    run_over(store, actor, clock, source, &mut |_| records.next(), progress)
}

/// The same for records that depend on what is there: each is made inside the transaction.
///
/// # Errors
/// As [`run`].
pub(super) fn run_over(
    store: &mut Store,
    actor: &Actor,
    clock: impl Into<Clock>,
    source: &str,
    next: &mut Next<'_>,
    progress: &mut dyn FnMut(usize) -> bool,
) -> Result<Imported, ImportError> {
    let by = By { actor, clock: clock.into(), source };
    store.write(|writer| take_in(writer, by, 0, next, progress)?.journal())
}

/// The same for records of which there are many: they are taken in on a copy, so that nobody waits for them but for the
/// moment in which the file becomes what the copy is. What others write to the file meanwhile is done on the copy as well,
/// and the import's entry comes behind theirs. Where the two do not go together it begins anew; where they never do, the
/// others wait in the end.
///
/// # Errors
/// As [`run`].
pub fn run_aside(
    store: &mut Store,
    actor: &Actor,
    clock: impl Into<Clock>,
    source: &str,
    again: &mut Again<'_>,
    progress: &mut dyn FnMut(usize) -> bool,
) -> Result<Imported, ImportError> {
    let by = By { actor, clock: clock.into(), source };
    for _ in 0..TRIES {
        let mut copy = store.copy()?;
        let mut next = again()?;
        let tried = copy.write(|writer| {
            let import = take_in(writer, by, AHEAD, &mut *next, progress)?;
            let (turn, newest) = import.follow(store)?;
            Ok((import.journal()?, turn, newest))
        });
        match tried {
            Ok((imported, turn, newest)) => {
                if imported.receipt.head.is_none() || store.take_over(turn, &copy, newest)? {
                    return Ok(imported);
                }
            }
            Err(Stopped::Apart) => {}
            Err(Stopped::Failed(error)) => return Err(error),
        }
    }
    run_over(store, actor, by.clock, source, &mut *again()?, progress)
}

/// Takes all records in, but for the entry that says so. New rows are numbered so far `ahead`.
fn take_in<'a>(
    writer: &'a Writer<'a>,
    by: By<'a>,
    ahead: i64,
    next: &mut Next<'_>,
    progress: &mut dyn FnMut(usize) -> bool,
) -> Result<Import<'a>, ImportError> {
    let (now, _) = by.clock.by_now().read(writer.reader())?;
    if writer.reader().setting(settings::NAME)?.is_some() {
        let authority = Authority::of(writer.reader(), by.actor).map_err(ImportError::Whole)?;
        authority.take_in(writer.reader(), "import").map_err(ImportError::Whole)?;
    }
    let mut import = Import::begin(writer, by, now.at, ahead)?;
    let mut n = 0;
    while let Some(record) = next(writer.reader()) {
        let (line, record) = record?;
        import.take(line, record)?;
        n += 1;
        if n % 4096 == 0 && !progress(n) {
            return Err(ImportError::Whole(Refusal::Invalid("stopped; nothing was imported".to_owned()).into()));
        }
    }
    import.close()?;
    Ok(import)
}
