//! Ids, words, instants and scopes as columns.

use chrono::{DateTime, Utc};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

use crate::domain::audit::Severity;
use crate::domain::ids::{self, FolderId, SiteId};
use crate::domain::kinds::kinds;
use crate::domain::life::HandoverKind;
use crate::domain::offer::Answer;
use crate::domain::things::{ContactStatus, Host, Level, RoleLevel, Scope, SiteStatus};
use crate::domain::token::TokenHash;

macro_rules! id_columns {
    ($($part:ident { $($name:ident($row:ty $(, $id:ident)?) $(as $record:path)?),* $(,)? })*) => { $($($(
        impl ToSql for ids::$id {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from(self.0))
            }
        }
        impl FromSql for ids::$id {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<ids::$id> {
                value.as_i64().map(ids::$id)
            }
        }
    )?)*)* };
}

kinds!(id_columns);

macro_rules! word_columns {
    ($($word:ident),*) => { $(
        impl ToSql for $word {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from(self.as_str()))
            }
        }
        impl FromSql for $word {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<$word> {
                $word::parse(value.as_str()?).ok_or(FromSqlError::InvalidType)
            }
        }
    )* };
}

word_columns!(Answer, ContactStatus, HandoverKind, Host, Level, RoleLevel, Severity, SiteStatus);

impl ToSql for TokenHash {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.as_slice()))
    }
}

impl FromSql for TokenHash {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<TokenHash> {
        value.as_blob()?.try_into().map(TokenHash).map_err(|_| FromSqlError::InvalidType)
    }
}

/// An instant as microseconds since 1970 UTC.
pub(super) struct Micros(pub(super) DateTime<Utc>);

impl ToSql for Micros {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.timestamp_micros()))
    }
}

impl FromSql for Micros {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Micros> {
        let micros = value.as_i64()?;
        DateTime::from_timestamp_micros(micros).map(Micros).ok_or(FromSqlError::OutOfRange(micros))
    }
}

/// The instant in a column.
pub(super) fn instant(column: Option<Micros>) -> Option<DateTime<Utc>> {
    column.map(|it| it.0)
}

/// The two columns of a scope: folder, site.
pub(super) fn scope_columns(scope: Scope) -> (Option<FolderId>, Option<SiteId>) {
    match scope {
        Scope::Everywhere => (None, None),
        Scope::Folder(folder) => (Some(folder), None),
        Scope::Site(site) => (None, Some(site)),
    }
}

pub(super) fn scope_of(folder: Option<FolderId>, site: Option<SiteId>) -> Scope {
    match (folder, site) {
        (_, Some(site)) => Scope::Site(site),
        (Some(folder), None) => Scope::Folder(folder),
        (None, None) => Scope::Everywhere,
    }
}

/// A list column: JSON text.
pub(super) struct Json<T>(pub(super) T);

impl<T> Json<T> {
    pub(super) fn inside(self) -> T {
        self.0
    }
}

impl<T: serde::Serialize> ToSql for Json<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let text = serde_json::to_string(&self.0).map_err(|it| rusqlite::Error::ToSqlConversionFailure(it.into()))?;
        Ok(ToSqlOutput::from(text))
    }
}

impl<T: serde::de::DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Json<T>> {
        serde_json::from_str(value.as_str()?).map(Json).map_err(|it| FromSqlError::Other(it.into()))
    }
}
