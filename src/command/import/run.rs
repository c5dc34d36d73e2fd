//! Takes all records in, or none: at once, over what is there, or on a copy while others go on.

use super::{Again, Import, ImportError, Imported, Line, Next};
use crate::command::Actor;
use crate::command::authority::Authority;
use crate::command::clock::Clock;
use crate::command::refusal::Refusal;
use crate::facts::Store;
use crate::store::settings;

/// How often many records are taken in on a copy, before everybody else has to wait for them.
const TRIES: usize = 2;

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
pub fn run_over(
    store: &mut Store,
    actor: &Actor,
    clock: impl Into<Clock>,
    source: &str,
    next: &mut Next<'_>,
    progress: &mut dyn FnMut(usize) -> bool,
) -> Result<Imported, ImportError> {
    let clock = clock.into();
    store.write(|writer| {
        let (now, _) = clock.read(writer.reader())?;
        if writer.reader().setting(settings::NAME)?.is_some() {
            let authority = Authority::of(writer.reader(), actor).map_err(ImportError::Whole)?;
            authority.take_in(writer.reader()).map_err(ImportError::Whole)?;
        }
        let mut import = Import::begin(writer, now.at)?;
        let mut n = 0;
        while let Some(record) = next(writer.reader()) {
            let (line, record) = record?;
            import.take(line, record)?;
            n += 1;
            if n % 4096 == 0 && !progress(n) {
                return Err(ImportError::Whole(Refusal::Invalid("stopped; nothing was imported".to_owned()).into()));
            }
        }
        clock.check_dates(now, import.dated.is_some()).map_err(|it| ImportError::Whole(it.into()))?;
        import.finish(actor, source)
    })
}

/// The same for records of which there are many: they are taken in on a copy, so that nobody waits for them but for the
/// moment in which the file becomes what the copy is. Where somebody wrote to the file meanwhile it begins anew; where
/// somebody always does, they wait in the end.
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
    let clock = clock.into();
    for _ in 0..TRIES {
        let mut copy = store.copy()?;
        let newest = copy.reader().head()?;
        let imported = run_over(&mut copy, actor, clock, source, &mut *again()?, progress)?;
        if imported.receipt.head.is_none() || store.take_over(&copy, newest)? {
            return Ok(imported);
        }
    }
    run_over(store, actor, clock, source, &mut *again()?, progress)
}
