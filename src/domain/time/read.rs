//! Which instant or day somebody means who typed some words.

use chrono::{DateTime, Datelike, FixedOffset, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};

use super::{Side, Zone, is_dated, micros, not_dated};
use crate::domain::text::display;

impl Zone {
    /// When something begins that begins with this day, or at this instant.
    ///
    /// # Errors
    /// A sentence with the way out: the text names no day, or could name two.
    pub fn since(self, text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
        self.read(text, now, Side::Begins)
    }

    /// When something is over that ends with this day, or at this instant.
    ///
    /// # Errors
    /// As [`Zone::since`].
    pub fn until(self, text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
        self.read(text, now, Side::Ends)
    }

    /// The instant that a question about this day, or this instant, is about.
    ///
    /// # Errors
    /// As [`Zone::since`].
    pub fn at(self, text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
        self.read(text, now, Side::About)
    }

    fn read(self, text: &str, now: DateTime<Utc>, side: Side) -> Result<DateTime<Utc>, String> {
        self.found(text, now, side).and_then(|it| if is_dated(it) { Ok(it) } else { Err(not_dated(text)) })
    }

    fn found(self, text: &str, now: DateTime<Utc>, side: Side) -> Result<DateTime<Utc>, String> {
        if let Ok(instant) = DateTime::parse_from_rfc3339(text.trim()) {
            return Ok(micros(instant.to_utc()));
        }
        let plain = text.trim().to_lowercase().replace(',', " ");
        let (day, hour) = split(&plain);
        if let (Some(count), None) = (Count::read(day), hour) {
            let instant = if side == Side::Ends { self.ends_after(count, now) } else { self.after(count, now) };
            return instant.ok_or_else(|| no_such_day(text));
        }
        let day = Words { text, today: self.today(now), side }.day(day)?;
        let instant = match hour {
            None => self.edge(day, side),
            Some(hour) => hour.on(day).and_then(|local| match hour.zone {
                Some(offset) => offset.from_local_datetime(&local).single().map(|it| it.to_utc()),
                None => self.instant(local),
            }),
        };
        instant.ok_or_else(|| no_such_day(text))
    }

    /// So long after an instant: days of 24 hours, months of the calendar.
    fn after(self, count: Count, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match count.unit {
            Unit::Days => now.checked_add_signed(TimeDelta::try_days(count.n)?),
            Unit::Months => self.instant(months_later(self.local(now), count.n)?),
        }
    }

    /// The end of the day that comes so long after today.
    fn ends_after(self, count: Count, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let today = self.today(now);
        let day = match count.unit {
            Unit::Days => today.checked_add_signed(TimeDelta::try_days(count.n)?)?,
            Unit::Months => months_later(today.and_time(NaiveTime::MIN), count.n)?.date(),
        };
        self.edge(day, Side::Ends)
    }

    /// The end of the day that comes so many days after today: when access is over that lasts so long.
    pub fn ends_in(self, days: u32, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.ends_after(Count { n: days.into(), unit: Unit::Days }, now)
    }
}

/// An hour of a day, and the zone where one is named.
#[derive(Clone, Copy)]
struct Hour {
    /// None is 24:00, where the day is over.
    time: Option<NaiveTime>,
    zone: Option<FixedOffset>,
}

impl Hour {
    fn on(self, day: NaiveDate) -> Option<NaiveDateTime> {
        match self.time {
            Some(time) => Some(day.and_time(time)),
            None => Some(day.succ_opt()?.and_time(NaiveTime::MIN)),
        }
    }

    fn read(text: &str) -> Option<Hour> {
        let (time, zone) = match text.strip_suffix('z').or_else(|| text.strip_suffix("utc")) {
            Some(time) => (time.trim(), FixedOffset::east_opt(0)),
            None => match text.rfind(['+', '-']) {
                Some(at) => (text[..at].trim(), Some(text[at..].parse().ok()?)),
                None => (text, None),
            },
        };
        if matches!(time, "24:00" | "24:00:00") {
            return Some(Hour { time: None, zone });
        }
        let read = |format| NaiveTime::parse_from_str(time, format).ok();
        Some(Hour { time: Some(read("%H:%M").or_else(|| read("%H:%M:%S%.f"))?), zone })
    }
}

/// The words for the day, and the hour where one stands behind them.
fn split(text: &str) -> (&str, Option<Hour>) {
    let behind_t = text.match_indices('t').filter(|(at, _)| text[..*at].ends_with(|c: char| c.is_ascii_digit()));
    let blanks = text.match_indices(' ');
    let mut edges = behind_t.chain(blanks).map(|(at, _)| at);
    edges.find_map(|at| Some((text[..at].trim_end(), Some(Hour::read(text[at + 1..].trim())?)))).unwrap_or((text, None))
}

/// A length of time: `14d`, `+30d`, `8w`, `3m`, `1y`, `in 2 weeks`, `3 days ago`.
#[derive(Clone, Copy)]
struct Count {
    n: i64,
    unit: Unit,
}

#[derive(Clone, Copy)]
enum Unit {
    Days,
    Months,
}

impl Count {
    fn read(text: &str) -> Option<Count> {
        let (text, ago) = text.strip_suffix(" ago").map_or((text, false), |text| (text, true));
        let text = text.strip_prefix("in ").unwrap_or(text).trim();
        let (count, unit) = text.split_at_checked(text.find(char::is_alphabetic)?)?;
        let (count, back) = match count.trim().strip_prefix('-') {
            Some(count) => (count, true),
            None => (count.trim().trim_start_matches('+'), ago),
        };
        if count.is_empty() || !count.bytes().all(|it| it.is_ascii_digit()) {
            return None;
        }
        let (each, unit) = match unit {
            "d" | "day" | "days" => (1, Unit::Days),
            "w" | "week" | "weeks" => (7, Unit::Days),
            "m" | "month" | "months" => (1, Unit::Months),
            "y" | "year" | "years" => (12, Unit::Months),
            _ => return None,
        };
        // What does not fit is beyond every calendar.
        let n = count.parse::<i64>().unwrap_or(i64::MAX).saturating_mul(each);
        Some(Count { n: if back { -n } else { n }, unit })
    }
}

/// The same day and hour so many months on, or the last day that the month has.
fn months_later(from: NaiveDateTime, n: i64) -> Option<NaiveDateTime> {
    let months = Months::new(n.unsigned_abs().try_into().ok()?);
    if n < 0 { from.checked_sub_months(months) } else { from.checked_add_months(months) }
}

/// What the words of a day are read against.
struct Words<'a> {
    /// All that was typed, for the sentence that refuses it.
    text: &'a str,
    today: NaiveDate,
    side: Side,
}

impl Words<'_> {
    fn day(&self, text: &str) -> Result<NaiveDate, String> {
        let dashed = text.find('-').is_some_and(|at| at > 0) && text.chars().any(char::is_alphabetic);
        let spaced = if dashed { text.replace('-', " ") } else { text.to_owned() };
        let words: Vec<&str> = spaced.split_whitespace().filter(|it| !matches!(*it, "of" | "the" | "this" | "in")).collect();
        match words.as_slice() {
            ["today"] => Ok(self.today),
            ["tomorrow"] => self.there_is(self.today.succ_opt()),
            ["yesterday"] => self.there_is(self.today.pred_opt()),
            ["end", rest @ ..] => self.end_of(rest),
            [one] if one.starts_with(|c: char| c.is_ascii_digit()) && one.contains(['.', '/', '-']) => self.numbers(one),
            words => match Count::read(text) {
                Some(Count { n, unit: Unit::Days }) => {
                    self.there_is(TimeDelta::try_days(n).and_then(|it| self.today.checked_add_signed(it)))
                }
                Some(Count { n, unit: Unit::Months }) => {
                    self.there_is(months_later(self.today.and_time(NaiveTime::MIN), n).map(|it| it.date()))
                }
                None => self.month_and_day(words),
            },
        }
    }

    fn there_is(&self, day: Option<NaiveDate>) -> Result<NaiveDate, String> {
        day.filter(|it| (1..=9999).contains(&it.year())).ok_or_else(|| no_such_day(self.text))
    }

    fn unread<T>(&self) -> Result<T, String> {
        let typed = display(self.text);
        Err(format!("`{typed}` is not a day or time; write 2027-01-31, 31.01.2027, 31 Jan, end of month, 14d or 2027-01-31T09:30"))
    }

    /// `month`, `next month`, `year`, `january`, `jan 2028`: the last day of it.
    fn end_of(&self, words: &[&str]) -> Result<NaiveDate, String> {
        let (first, months) = match words {
            ["month"] => (self.today.with_day(1), 1),
            ["next", "month"] => (self.today.with_day(1), 2),
            ["year"] => (NaiveDate::from_ymd_opt(self.today.year(), 1, 1), 12),
            ["next", "year"] => (NaiveDate::from_ymd_opt(self.today.year() + 1, 1, 1), 12),
            [name] => match month(name) {
                Some(month) => {
                    let over = self.side != Side::About && month < self.today.month();
                    (NaiveDate::from_ymd_opt(self.today.year() + i32::from(over), month, 1), 1)
                }
                None => return self.unread(),
            },
            [name, year] => match (month(name), full_year(year)) {
                (Some(month), Some(year)) => (NaiveDate::from_ymd_opt(year, month, 1), 1),
                _ => return self.unread(),
            },
            _ => return self.unread(),
        };
        self.there_is(first.and_then(|it| it.checked_add_months(Months::new(months))?.pred_opt()))
    }

    /// `31 jan`, `jan 31`, `31st january 2027`.
    fn month_and_day(&self, words: &[&str]) -> Result<NaiveDate, String> {
        let (number, name, year) = match words {
            [a, b] => (a, b, None),
            [a, b, year] => match full_year(year) {
                Some(year) => (a, b, Some(year)),
                None => return self.unread(),
            },
            _ => return self.unread(),
        };
        let found = match (day_number(number), month(name), day_number(name), month(number)) {
            (Some(day), Some(month), _, _) | (_, _, Some(day), Some(month)) => Some((month, day)),
            _ => None,
        };
        match found {
            Some((month, day)) => self.dated(year, month, day),
            None => self.unread(),
        }
    }

    /// `2027-01-31`, `31.01.2027`, `31.01.`, and with slashes where there is one way to read it.
    fn numbers(&self, text: &str) -> Result<NaiveDate, String> {
        let dots = text.contains('.');
        let text = if dots { text.trim_end_matches('.') } else { text };
        let parts: Vec<&str> = text.split(['.', '/', '-']).collect();
        let number = |text: &str| text.parse::<u32>().ok().filter(|_| text.len() <= 2);
        let (first, second, year) = match parts.as_slice() {
            [year, month, day] if full_year(year).is_some() => match (number(month), number(day)) {
                (Some(month), Some(day)) => return self.dated(full_year(year), month, day),
                _ => return self.unread(),
            },
            [first, second, year] if full_year(year).is_some() => (number(first), number(second), full_year(year)),
            [_, _, _] => {
                let typed = display(self.text);
                return Err(format!("`{typed}`: write the year with four digits, as in 2027-01-31"));
            }
            [first, second] => (number(first), number(second), None),
            _ => return self.unread(),
        };
        let (Some(first), Some(second)) = (first, second) else { return self.unread() };
        if dots || first > 12 || first == second {
            return self.dated(year, second, first);
        }
        if second > 12 {
            return self.dated(year, first, second);
        }
        let (a, b) = (self.dated(year, second, first)?, self.dated(year, first, second)?);
        Err(format!("`{}` could be {} or {}; write {a} or {b}", display(self.text), a.format("%-d %B"), b.format("%-d %B")))
    }

    /// A day of a year; of the coming one that has it where none is named.
    fn dated(&self, year: Option<i32>, month: u32, day: u32) -> Result<NaiveDate, String> {
        if let Some(year) = year {
            return self.there_is(NaiveDate::from_ymd_opt(year, month, day));
        }
        let this = self.today.year();
        let coming = (this..this + 9).filter_map(|year| NaiveDate::from_ymd_opt(year, month, day)).find(|it| *it >= self.today);
        let past = (this - 8..=this).rev().filter_map(|year| NaiveDate::from_ymd_opt(year, month, day)).find(|it| *it <= self.today);
        match (self.side, past, coming) {
            (Side::About, Some(past), Some(coming)) if past != coming => {
                Err(format!("`{}` of which year? write {past} or {coming}", display(self.text)))
            }
            (Side::Begins | Side::Ends | Side::About, _, coming) => self.there_is(coming),
        }
    }
}

fn no_such_day(text: &str) -> String {
    format!("`{}` is no day of the calendar", display(text))
}

/// The number of a month by its English name, three letters at least.
fn month(text: &str) -> Option<u32> {
    const NAMES: [&str; 12] =
        ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];
    let text = text.trim_end_matches('.');
    let at = NAMES.iter().position(|it| text.len() >= 3 && (it.starts_with(text) || (text == "sept" && *it == "september")))?;
    u32::try_from(at + 1).ok()
}

/// `31`, `31.` or `31st`.
fn day_number(text: &str) -> Option<u32> {
    let digits = ["st", "nd", "rd", "th", "."].iter().find_map(|it| text.strip_suffix(it)).unwrap_or(text);
    digits.parse().ok().filter(|_| digits.len() <= 2)
}

fn full_year(text: &str) -> Option<i32> {
    text.parse().ok().filter(|_| text.len() == 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::tests::utc;

    /// A Sunday evening in Berlin.
    fn now() -> DateTime<Utc> {
        utc("2026-11-29T20:15:30.123456Z")
    }

    #[track_caller]
    fn day(text: &str, expected: &str) {
        assert_eq!(Zone::default().show_since(Zone::default().since(text, now()).unwrap()), expected, "{text}");
        assert_eq!(Zone::default().show_until(Zone::default().until(text, now()).unwrap()), expected, "{text}");
    }

    #[track_caller]
    fn refused(text: &str, expected: &str) {
        let said = Zone::default().until(text, now()).unwrap_err();
        assert!(said.contains(expected), "{text}: {said}");
    }

    #[test]
    fn a_day_is_read_in_every_way_that_people_write_it() {
        for text in [
            "2027-01-31",
            "2027/1/31",
            "2027.01.31",
            "31.01.2027",
            "31.1.2027",
            "31.1.",
            "31.01",
            "31/01/2027",
            "01/31/2027",
            "31 Jan",
            "31 january 2027",
            "31. Jan. 2027",
            "Jan 31",
            "January 31, 2027",
            "31st of January",
            "31-Jan-2027",
            "end of january",
            "End of Jan 2027",
        ] {
            day(text, "2027-01-31");
        }
        day("today", "2026-11-29");
        day("29 Nov", "2026-11-29");
        day("28 Nov", "2027-11-28");
        day("tomorrow", "2026-11-30");
        day("end of month", "2026-11-30");
        day("end of next month", "2026-12-31");
        day("end of the year", "2026-12-31");
        day("end of feb", "2027-02-28");
        day("29 feb", "2028-02-29");
    }

    #[test]
    fn a_length_of_time_counts_from_this_instant_and_ends_with_the_day_that_comes_then() {
        let zone = Zone::default();
        for text in ["14d", "+14d", "2w", "in 14 days", "2 weeks"] {
            assert_eq!(zone.since(text, now()), Ok(now() + TimeDelta::days(14)), "{text}");
            assert_eq!(zone.at(text, now()), zone.since(text, now()), "{text}");
            assert_eq!(zone.until(text, now()), zone.until("2026-12-13", now()), "{text}");
        }
        assert_eq!(zone.since("3m", now()).unwrap(), utc("2027-02-28T20:15:30.123456Z"));
        assert_eq!(zone.until("3m", now()), zone.until("2027-02-28", now()));
        assert_eq!(zone.until("1y", now()), zone.until("2027-11-29", now()));
        assert_eq!(zone.until("0d", now()), zone.until("today", now()));
        assert_eq!(zone.ends_in(14, now()), zone.until("14d", now()).ok());
        // The day is the agency's: there it is tomorrow already.
        let kiritimati: Zone = "Pacific/Kiritimati".parse().unwrap();
        assert_eq!(kiritimati.until("14d", now()), kiritimati.until("2026-12-14", now()));
        assert_eq!(zone.at("-2d", now()), zone.at("2 days ago", now()));
        assert_eq!(zone.until("14d 09:30", now()).unwrap(), utc("2026-12-13T09:30:00Z"));
    }

    #[test]
    fn what_could_be_two_days_is_refused_with_both() {
        refused("01/02/2027", "could be 1 February or 2 January; write 2027-02-01 or 2027-01-02");
        refused("1-2-2027", "could be 1 February or 2 January");
        day("02/02/2027", "2027-02-02");
        refused("31.01.27", "four digits");
        assert!(Zone::default().at("1 Nov", now()).unwrap_err().contains("of which year? write 2026-11-01 or 2027-11-01"));
    }

    #[test]
    fn what_is_no_day_is_refused_with_the_ways_to_write_one() {
        for text in ["soon", "", "é", "30", "d", "end of", "end of soon", "2027-01", "31", "jan", "next", "T09:30", "+d", "--5d", "d14"] {
            refused(text, "is not a day or time; write 2027-01-31");
        }
        for text in ["31.02.2027", "2027-13-01", "99999999999d", "0000-01-01"] {
            refused(text, "no day of the calendar");
        }
    }

    #[test]
    fn what_lies_outside_of_all_that_can_be_dated_is_refused() {
        for text in ["-99999y", "99999y", "9000y", "-60y", "1969-12-30", "1969-12-31T23:59Z", "0001-01-01T00:00"] {
            refused(text, "is not in the years 1970 to 9999");
            assert!(Zone::default().at(text, now()).is_err() && Zone::default().since(text, now()).is_err(), "{text}");
        }
        day("1970-01-01", "1970-01-01");
        day("9999-12-31", "9999-12-31");
    }

    #[test]
    fn a_day_counts_in_as_an_end_and_from_its_first_instant_as_a_beginning() {
        let zone: Zone = "Europe/Berlin".parse().unwrap();
        assert_eq!(zone.since("2027-01-31", now()).unwrap(), utc("2027-01-30T23:00:00Z"));
        assert_eq!(zone.until("2027-01-31", now()).unwrap(), utc("2027-01-31T23:00:00Z"));
        assert_eq!(zone.at("2027-01-31", now()).unwrap(), utc("2027-01-31T22:59:59.999999Z"));
    }

    #[test]
    fn an_hour_is_that_of_the_zone_unless_it_names_one() {
        let zone: Zone = "europe/berlin".parse().unwrap();
        for text in ["2027-01-31T09:30", "2027-01-31 09:30:00", "31.01.2027 09:30", "31 jan 09:30", "2027-01-31T08:30Z", "31 jan 08:30 utc"]
        {
            assert_eq!(zone.until(text, now()).unwrap(), utc("2027-01-31T08:30:00Z"), "{text}");
        }
        assert_eq!(zone.until("2027-01-31T09:30+02:00", now()).unwrap(), utc("2027-01-31T07:30:00Z"));
        assert_eq!(zone.until("2027-01-31 24:00", now()), zone.until("2027-01-31", now()));
        // Clocks go forward: there is no half past two that night.
        assert_eq!(zone.since("2027-03-28T02:30", now()).unwrap(), utc("2027-03-28T01:00:00Z"));
    }

    #[test]
    fn what_is_shown_of_an_end_is_read_back_as_that_end() {
        for zone in ["UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu"] {
            let zone: Zone = zone.parse().unwrap();
            for text in ["2027-01-31", "2027-01-31T09:30", "14d", "2027-01-31T09:30:15.000001Z"] {
                let end = zone.until(text, now()).unwrap();
                assert_eq!(zone.until(&zone.write_until(end), now()), Ok(end), "{zone} {text}");
                assert!(!zone.show_until(end).contains('.'));
            }
            let day = zone.until("2027-01-31", now()).unwrap();
            assert_eq!((zone.show_until(day), zone.exact_until(day)), ("2027-01-31".to_owned(), format!("2027-01-31 24:00 {zone}")));
        }
    }

    #[test]
    fn where_clocks_are_set_back_the_first_of_two_hours_is_meant_and_a_day_that_was_left_out_begins_with_the_next() {
        let zone: Zone = "Europe/Berlin".parse().unwrap();
        assert_eq!(zone.since("2027-10-31T02:30", now()).unwrap(), utc("2027-10-31T00:30:00Z"));
        assert_eq!(zone.since("2027-10-31T03:00", now()).unwrap(), utc("2027-10-31T02:00:00Z"));
        let apia: Zone = "Pacific/Apia".parse().unwrap();
        assert_eq!(apia.since("2011-12-30", now()), apia.since("2011-12-31", now()));
        assert_eq!(apia.since("2011-12-31", now()).unwrap(), utc("2011-12-30T10:00:00Z"));
    }
}
