//! One clock a query: `now`, and the calendar of one zone.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};

/// A unit of time in `30 days`, `36 hours`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeUnit {
    /// Exact.
    Second,
    /// Exact.
    Minute,
    /// Exact.
    Hour,
    /// On the calendar.
    Day,
    /// On the calendar.
    Week,
    /// On the calendar.
    Month,
    /// On the calendar: three months.
    Quarter,
    /// On the calendar.
    Year,
}

impl TimeUnit {
    /// All of them, from small to large.
    pub const ALL: [Self; 8] =
        [Self::Second, Self::Minute, Self::Hour, Self::Day, Self::Week, Self::Month, Self::Quarter, Self::Year];

    /// Its name in the singular.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// Whether it is counted on the calendar, not in seconds.
    #[must_use]
    pub const fn is_calendar(self) -> bool {
        !matches!(self, Self::Second | Self::Minute | Self::Hour)
    }
}

/// A whole unit of the calendar in `in this month`, `by week(last_open)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CalendarUnit {
    /// A day.
    Day,
    /// From Monday to Sunday.
    Week,
    /// A month.
    Month,
    /// Three months, from January, April, July, October.
    Quarter,
    /// A year.
    Year,
}

impl CalendarUnit {
    /// All of them, from small to large.
    pub const ALL: [Self; 5] = [Self::Day, Self::Week, Self::Month, Self::Quarter, Self::Year];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// The unit that holds `day` (days since 1970-01-01), as written by `by`: `2017`, `2017-Q4`, `2017-03`, `2017-W52`, `2017-03-01`.
    ///
    /// None beyond the years −9999 to 9999.
    #[must_use]
    pub fn label(self, day: i32) -> Option<String> {
        let date = date_of(day)?;
        Some(match self {
            Self::Day => date.to_string(),
            Self::Week => {
                let week = date.iso_week_date();
                format!("{:04}-W{:02}", week.year(), week.week())
            }
            Self::Month => format!("{:04}-{:02}", date.year(), date.month()),
            Self::Quarter => format!("{:04}-Q{}", date.year(), (date.month() - 1) / 3 + 1),
            Self::Year => format!("{:04}", date.year()),
        })
    }

    /// The first day of the unit that holds `date`.
    fn first_day(self, date: Date) -> Date {
        match self {
            Self::Day => date,
            Self::Week => date.saturating_sub(i64::from(date.weekday().to_monday_zero_offset()).days()),
            Self::Month => date.first_of_month(),
            Self::Quarter => {
                let past = i64::from((date.month() - 1) % 3);
                date.first_of_month().saturating_sub(past.months())
            }
            Self::Year => date.first_of_year(),
        }
    }

    fn span(self, n: i64) -> jiff::Span {
        match self {
            Self::Day => n.days(),
            Self::Week => n.weeks(),
            Self::Month => n.months(),
            Self::Quarter => (3 * n).months(),
            Self::Year => n.years(),
        }
    }
}

/// A distance in time: so many of one unit, forwards if positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// How many; negative is back.
    pub count: i64,
    /// Of which unit.
    pub unit: TimeUnit,
}

/// Why a clock can't say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    /// No such zone.
    #[error("no time zone is called `{0}`")]
    UnknownZone(String),
    /// The result lies beyond the calendar.
    #[error("that lies beyond the years -9999 to 9999")]
    OutOfRange,
    /// A date or time that isn't one.
    #[error("`{0}` is no date or time that exists")]
    NoSuchTime(String),
}

/// A time zone of the IANA database, which is built in.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone(TimeZone);

impl Zone {
    /// Coordinated universal time.
    #[must_use]
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The zone of an IANA name, `UTC`, or a fixed offset such as `+07:00`.
    pub fn named(name: &str) -> Result<Self, ClockError> {
        let unknown = || ClockError::UnknownZone(name.to_owned());
        if let Some(offset) = parse_offset(name) {
            return Ok(Self(jiff::tz::Offset::from_seconds(offset).map_err(|_| unknown())?.to_time_zone()));
        }
        TimeZone::get(name).map(Self).map_err(|_| unknown())
    }

    /// Its name, by which [`Zone::named`] finds it again.
    #[must_use]
    pub fn name(&self) -> String {
        match (self.0.iana_name(), self.0.to_fixed_offset()) {
            (Some(name), _) => name.to_owned(),
            (None, Ok(offset)) => {
                let minutes = offset.seconds() / 60;
                let sign = if minutes < 0 { '-' } else { '+' };
                format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
            }
            (None, Err(_)) => "UTC".to_owned(),
        }
    }

    /// The instant of a local date and time, in microseconds since 1970 UTC.
    ///
    /// A time that a clock change skips moves on by the gap; one that occurs twice is the first.
    /// Times beyond the calendar stop at its ends.
    #[must_use]
    pub fn instant_of_local(&self, local_us: i64) -> i64 {
        let seconds = local_us.div_euclid(1_000_000);
        let micros = local_us.rem_euclid(1_000_000);
        let Ok(timestamp) = Timestamp::from_second(seconds) else { return local_us };
        let local = TimeZone::UTC.to_datetime(timestamp);
        match self.0.to_ambiguous_timestamp(local).compatible() {
            Ok(instant) => instant.as_second() * 1_000_000 + micros,
            Err(_) => local_us,
        }
    }

    /// The local day of an instant, in days since 1970-01-01.
    #[must_use]
    pub fn day_of(&self, instant_us: i64) -> i32 {
        let offset = match Timestamp::from_second(instant_us.div_euclid(1_000_000)) {
            Ok(timestamp) => i64::from(self.0.to_offset(timestamp).seconds()),
            Err(_) => 0,
        };
        let day = (instant_us.div_euclid(1_000_000) + offset).div_euclid(86_400);
        day.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
    }

    /// From when on which offset from UTC holds, both in microseconds: what holds at `from_us`, then every change up to `to_us`.
    #[must_use]
    pub fn offsets(&self, from_us: i64, to_us: i64) -> Vec<(i64, i64)> {
        let Ok(from) = Timestamp::from_microsecond(from_us) else { return vec![(from_us, 0)] };
        let micros = |offset: jiff::tz::Offset| i64::from(offset.seconds()) * 1_000_000;
        let changes = self.0.following(from).map(|it| (it.timestamp().as_microsecond(), micros(it.offset())));
        std::iter::once((from_us, micros(self.0.to_offset(from))))
            .chain(changes.take_while(|it| it.0 <= to_us))
            .collect()
    }

    /// By how much the offsets that hold from one instant to another differ at most, in microseconds.
    #[must_use]
    pub fn offset_spread(&self, from_us: i64, to_us: i64) -> i64 {
        let offsets = self.offsets(from_us.max(Timestamp::MIN.as_microsecond()), to_us);
        let all = || offsets.iter().map(|(_, offset)| *offset);
        all().max().unwrap_or(0) - all().min().unwrap_or(0)
    }

    /// The first instant of a day.
    #[must_use]
    pub fn day_start(&self, day: i32) -> i64 {
        self.instant_of_local(i64::from(day).saturating_mul(86_400_000_000))
    }
}

/// `now` and the zone in which days are counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Clock {
    now_us: i64,
    zone: Zone,
}

impl Clock {
    /// A clock that stands at `now_us` microseconds since 1970 UTC.
    #[must_use]
    pub fn new(now_us: i64, zone: Zone) -> Self {
        Self { now_us, zone }
    }

    /// The machine's present time.
    #[must_use]
    pub fn system(zone: Zone) -> Self {
        Self::new(Timestamp::now().as_microsecond(), zone)
    }

    /// The instant that the query takes as now.
    #[must_use]
    pub fn now_us(&self) -> i64 {
        self.now_us
    }

    /// The zone of the query.
    #[must_use]
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Today in the zone, in days since 1970-01-01.
    #[must_use]
    pub fn today(&self) -> i32 {
        self.zone.day_of(self.now_us)
    }

    /// An instant moved by a span: days and longer on the zone's calendar, the rest exactly.
    pub fn shift(&self, instant_us: i64, by: Span) -> Result<i64, ClockError> {
        let at = Timestamp::from_microsecond(instant_us).map_err(|_| ClockError::OutOfRange)?;
        let out = if by.unit.is_calendar() {
            at.to_zoned(self.zone.0.clone()).checked_add(span(by)?).map(|it: Zoned| it.timestamp())
        } else {
            at.checked_add(exact(by)?)
        };
        out.map(|it| it.as_microsecond()).map_err(|_| ClockError::OutOfRange)
    }

    /// A day moved by a span of days or longer; a shorter unit is an error of the caller and is read as none.
    pub fn shift_day(&self, day: i32, by: Span) -> Result<i32, ClockError> {
        let date = date_of(day).ok_or(ClockError::OutOfRange)?;
        let moved = date.checked_add(span(by)?).map_err(|_| ClockError::OutOfRange)?;
        Ok(day_of_date(moved))
    }

    /// First and last day of the calendar unit that lies `offset` units after the present one.
    pub fn calendar(&self, unit: CalendarUnit, offset: i64) -> Result<(i32, i32), ClockError> {
        let today = date_of(self.today()).ok_or(ClockError::OutOfRange)?;
        let out = |_| ClockError::OutOfRange;
        let first = unit.first_day(today).checked_add(unit.span(offset)).map_err(out)?;
        let next = first.checked_add(unit.span(1)).map_err(out)?;
        Ok((day_of_date(first), day_of_date(next) - 1))
    }
}

fn span(by: Span) -> Result<jiff::Span, ClockError> {
    let base = jiff::Span::new();
    match by.unit {
        TimeUnit::Second | TimeUnit::Minute | TimeUnit::Hour => Ok(base),
        TimeUnit::Day => base.try_days(by.count),
        TimeUnit::Week => base.try_weeks(by.count),
        TimeUnit::Month => base.try_months(by.count),
        TimeUnit::Quarter => base.try_months(by.count.saturating_mul(3)),
        TimeUnit::Year => base.try_years(by.count),
    }
    .map_err(|_| ClockError::OutOfRange)
}

fn exact(by: Span) -> Result<SignedDuration, ClockError> {
    let seconds = match by.unit {
        TimeUnit::Minute => 60,
        TimeUnit::Hour => 3_600,
        TimeUnit::Second | TimeUnit::Day | TimeUnit::Week | TimeUnit::Month | TimeUnit::Quarter | TimeUnit::Year => 1,
    };
    by.count.checked_mul(seconds).map(SignedDuration::from_secs).ok_or(ClockError::OutOfRange)
}

fn parse_offset(text: &str) -> Option<i32> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let number = |it: &str| if it.len() == 2 { it.parse::<i32>().ok() } else { None };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours <= 18 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

/// The civil date of a day number; none beyond the calendar.
fn date_of(day: i32) -> Option<Date> {
    Date::new(1970, 1, 1).ok()?.checked_add(i64::from(day).days()).ok()
}

fn day_of_date(date: Date) -> i32 {
    let epoch = Date::constant(1970, 1, 1);
    // A civil date lies within ±9999 years, so its day number fits.
    (date.duration_since(epoch).as_hours() / 24) as i32
}

/// Year, month and day of a day number (days since 1970-01-01); none beyond the years −9999 to 9999.
#[must_use]
pub fn civil(day: i32) -> Option<(i16, i8, i8)> {
    date_of(day).map(|it| (it.year(), it.month(), it.day()))
}

/// The day number of a date; none if there is no such date.
#[must_use]
pub fn day_number(year: i16, month: i8, day: i8) -> Option<i32> {
    Date::new(year, month, day).ok().map(day_of_date)
}

/// The day number of `2026-02-08`.
pub fn parse_day(text: &str) -> Result<i32, ClockError> {
    let wrong = || ClockError::NoSuchTime(text.to_owned());
    let mut parts = text.split('-');
    let mut number = |digits: usize| -> Option<i16> {
        let part = parts.next()?;
        (part.len() == digits && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok())?
    };
    let (year, month, day) = (number(4), number(2), number(2));
    match (year, month, day, parts.next()) {
        (Some(year), Some(month), Some(day), None) => day_number(year, month as i8, day as i8).ok_or_else(wrong),
        _ => Err(wrong()),
    }
}

/// The instant of `2026-02-08T14:30`, with seconds, a fraction, `Z` or `+07:00` if wanted; without a zone it is local in `zone`.
///
/// Digits past the microsecond are floored. The `T` may be lower-case.
pub fn parse_time(text: &str, zone: &Zone) -> Result<i64, ClockError> {
    let wrong = || ClockError::NoSuchTime(text.to_owned());
    let (date, rest) = text.split_at_checked(10).ok_or_else(wrong)?;
    let day = parse_day(date).map_err(|_| wrong())?;
    let rest = rest.strip_prefix(['T', 't']).ok_or_else(wrong)?;
    let (clock, offset_s) = if let Some(clock) = rest.strip_suffix(['Z', 'z']) {
        (clock, Some(0))
    } else if let Some(at) = rest.find(['+', '-']) {
        (&rest[..at], Some(parse_offset(&rest[at..]).ok_or_else(wrong)?))
    } else {
        (rest, None)
    };
    let (clock, fraction) = clock.split_once('.').map_or((clock, None), |(clock, fraction)| (clock, Some(fraction)));
    let mut numbers = [0_i64; 3];
    let mut n_parts = 0;
    for part in clock.split(':') {
        let two = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        *numbers.get_mut(n_parts).filter(|_| two).ok_or_else(wrong)? = part.parse().map_err(|_| wrong())?;
        n_parts += 1;
    }
    let [hour, minute, second] = numbers;
    if n_parts < 2 || hour > 23 || minute > 59 || second > 59 || (fraction.is_some() && n_parts < 3) {
        return Err(wrong());
    }
    let micros = match fraction {
        None => 0,
        Some(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
            digits.bytes().chain(std::iter::repeat(b'0')).take(6).fold(0_i64, |sum, b| sum * 10 + i64::from(b - b'0'))
        }
        Some(_) => return Err(wrong()),
    };
    let local = (i64::from(day) * 86_400 + hour * 3_600 + minute * 60 + second) * 1_000_000 + micros;
    Ok(match offset_s {
        Some(offset) => local - i64::from(offset) * 1_000_000,
        None => zone.instant_of_local(local),
    })
}
