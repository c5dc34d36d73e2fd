//! Instants as people write and read them. Every instant is UTC.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};

/// Reads `2026-11-21`, `2026-11-21T09:30`, an RFC 3339 instant, or `14d` / `8w` from `now`.
pub fn parse(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(instant.to_utc());
    }
    if let Some(instant) =
        ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"].iter().find_map(|it| NaiveDateTime::parse_from_str(text, it).ok())
    {
        return Some(instant.and_utc());
    }
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return day.and_hms_opt(0, 0, 0).map(|it| it.and_utc());
    }
    let split = text.char_indices().last().filter(|(at, _)| *at > 0)?;
    let (count, unit) = text.split_at_checked(split.0)?;
    let count: i64 = count.parse().ok()?;
    let days = match unit {
        "d" => count,
        "w" => count.checked_mul(7)?,
        _ => return None,
    };
    now.checked_add_signed(TimeDelta::try_days(days)?)
}

/// The shortest text that [`parse`] reads back: a day where it is midnight.
pub fn show(instant: DateTime<Utc>) -> String {
    if instant.timestamp() % 86_400 == 0 && instant.timestamp_subsec_micros() == 0 {
        instant.format("%Y-%m-%d").to_string()
    } else {
        instant.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
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

/// Nights until then: 0 is today, 1 is tomorrow, whatever the hour.
pub fn days_until(instant: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
    (instant.date_naive() - now.date_naive()).num_days()
}

/// Cuts to microseconds, the precision of the store.
pub fn micros(instant: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(instant.timestamp_micros()).unwrap_or(instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_show_prints_parse_reads() {
        let now = DateTime::from_timestamp_micros(1_795_000_000_123_456).unwrap();
        for instant in [now, parse("2026-11-21", now).unwrap(), parse("2026-11-21T09:30", now).unwrap()] {
            assert_eq!(parse(&show(instant), now), Some(instant));
        }
        assert_eq!(parse("2w", now), parse("14d", now));
        assert_eq!(parse("soon", now), None);
        assert_eq!(parse("é", now), None);
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        let at = |text: &str| parse(text, DateTime::UNIX_EPOCH).unwrap();
        let evening = at("2026-11-21T22:00");
        assert_eq!(days_until(at("2026-11-21T23:59"), evening), 0);
        assert_eq!(days_until(at("2026-11-22T01:00"), evening), 1);
        assert_eq!(days_until(parse("30d", evening).unwrap() - TimeDelta::microseconds(1), evening), 30);
    }
}
