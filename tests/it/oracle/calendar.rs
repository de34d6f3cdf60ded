//! Dates and times by rules 5.4 to 5.7, on chrono.

use chrono::{DateTime, Datelike, Days, Duration, LocalResult, Months, NaiveDate, NaiveDateTime, TimeZone};
use chrono_tz::Tz;
use segql::model::{CalendarUnit, TimeUnit};

/// `now` and the query's zone.
#[derive(Debug, Clone, Copy)]
pub struct OracleClock {
    /// Microseconds since 1970 UTC.
    pub now_us: i64,
    /// The zone.
    pub tz: Tz,
}

/// What a date value is: a whole day, or an instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum When {
    /// A whole day.
    Day(NaiveDate),
    /// An instant; `ago` says that it was written `n units ago` or `in n units`.
    Moment { at: i64, ago: bool },
}

impl OracleClock {
    /// The day it is.
    pub fn today(&self) -> NaiveDate {
        self.day_of(self.now_us)
    }

    /// The wall clock at an instant.
    fn local(&self, us: i64) -> NaiveDateTime {
        utc(us).with_timezone(&self.tz).naive_local()
    }

    /// The day of an instant.
    pub fn day_of(&self, us: i64) -> NaiveDate {
        self.local(us).date()
    }

    /// A day's first instant.
    pub fn start(&self, day: NaiveDate) -> i64 {
        instant(day.and_hms_opt(0, 0, 0).expect("midnight"), self.tz)
    }

    /// The instant after a day's last.
    pub fn end(&self, day: NaiveDate) -> i64 {
        self.start(day + Days::new(1))
    }

    /// An instant moved by `n` units.
    pub fn shift(&self, us: i64, n: i64, unit: TimeUnit) -> i64 {
        if n == 0 {
            // Not by way of the local time, which may stand for two instants.
            return us;
        }
        match unit {
            TimeUnit::Second => us + n * 1_000_000,
            TimeUnit::Minute => us + n * 60_000_000,
            TimeUnit::Hour => us + n * 3_600_000_000,
            TimeUnit::Day | TimeUnit::Week | TimeUnit::Month | TimeUnit::Quarter | TimeUnit::Year => {
                let local = self.local(us);
                instant(shift_day(local.date(), n, unit).and_time(local.time()), self.tz)
            }
        }
    }

    /// First and last day of this unit, the one before (-1) or after (1).
    pub fn unit(&self, unit: CalendarUnit, offset: i32) -> (NaiveDate, NaiveDate) {
        let today = self.today();
        let (first, step) = match unit {
            CalendarUnit::Day => (today, TimeUnit::Day),
            CalendarUnit::Week => {
                (today - Days::new(u64::from(today.weekday().num_days_from_monday())), TimeUnit::Week)
            }
            CalendarUnit::Month => (ymd(today.year(), today.month(), 1), TimeUnit::Month),
            CalendarUnit::Quarter => (ymd(today.year(), (today.month() - 1) / 3 * 3 + 1, 1), TimeUnit::Quarter),
            CalendarUnit::Year => (ymd(today.year(), 1, 1), TimeUnit::Year),
        };
        let first = shift_day(first, i64::from(offset), step);
        (first, shift_day(first, 1, step) - Days::new(1))
    }

    /// The instant of a literal time.
    pub fn time(&self, text: &str) -> i64 {
        let text = text.to_uppercase();
        if let Ok(at) = DateTime::parse_from_rfc3339(&text) {
            return at.timestamp_micros();
        }
        // RFC 3339 wants seconds.
        for form in ["%Y-%m-%dT%H:%M%#z", "%Y-%m-%dT%H:%M%:z"] {
            if let Ok(at) = DateTime::parse_from_str(&text.replace('Z', "+00:00"), form) {
                return at.timestamp_micros();
            }
        }
        for form in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"] {
            if let Ok(local) = NaiveDateTime::parse_from_str(&text, form) {
                return instant(local, self.tz);
            }
        }
        panic!("no time: {text}")
    }
}

/// An instant as chrono has it.
pub fn utc(us: i64) -> DateTime<chrono::Utc> {
    DateTime::from_timestamp_micros(us).expect("an instant of the calendar")
}

/// The instant of a wall clock: what a clock change skips moves on by the gap, what occurs twice is the first.
pub fn instant(local: NaiveDateTime, tz: Tz) -> i64 {
    match tz.from_local_datetime(&local) {
        LocalResult::Single(at) => at.timestamp_micros(),
        LocalResult::Ambiguous(a, b) => a.timestamp_micros().min(b.timestamp_micros()),
        LocalResult::None => {
            // By the offset that held before the gap.
            let mut before = local;
            let offset_us = loop {
                before -= Duration::minutes(15);
                let at = match tz.from_local_datetime(&before) {
                    LocalResult::Single(at) => at,
                    LocalResult::Ambiguous(_, last) => last,
                    LocalResult::None => continue,
                };
                break before.and_utc().timestamp_micros() - at.timestamp_micros();
            };
            local.and_utc().timestamp_micros() - offset_us
        }
    }
}

/// A day moved on the calendar; a month without that day ends earlier.
pub fn shift_day(day: NaiveDate, n: i64, unit: TimeUnit) -> NaiveDate {
    let months = |n: i64| {
        let by = Months::new(u32::try_from(n.abs()).expect("few months"));
        if n < 0 { day.checked_sub_months(by) } else { day.checked_add_months(by) }.expect("in the calendar")
    };
    match unit {
        TimeUnit::Day => day + Duration::days(n),
        TimeUnit::Week => day + Duration::days(7 * n),
        TimeUnit::Month => months(n),
        TimeUnit::Quarter => months(3 * n),
        TimeUnit::Year => months(12 * n),
        TimeUnit::Second | TimeUnit::Minute | TimeUnit::Hour => panic!("a date has no hours"),
    }
}

/// Whether an anniversary of `born` falls on one of the days from `first` to `last`.
pub fn anniversary(born: NaiveDate, first: NaiveDate, last: NaiveDate) -> bool {
    let mut day = first;
    while day <= last {
        let same = day.month() == born.month() && day.day() == born.day();
        let common = !day.leap_year() && (born.month(), born.day()) == (2, 29) && (day.month(), day.day()) == (2, 28);
        if same || common {
            return true;
        }
        day = day + Days::new(1);
    }
    false
}

fn ymd(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a date")
}
