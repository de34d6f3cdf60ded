//! [`LocalTimes`]: instants of times without a zone, many at once.

use std::sync::OnceLock;

use crate::model::Zone;

const DAY_US: i64 = 86_400_000_000;
/// 1870 to 2170: what is outside takes the slow way.
const DAYS: std::ops::Range<i64> = -36_525..73_050;
/// No offset is as long as a day.
const MIXED: i64 = i64::MAX;

/// A zone with a table of the days on which its offset doesn't change.
#[derive(Debug)]
pub(super) struct LocalTimes {
    zone: Zone,
    /// By day from the start of [`DAYS`]: local time less UTC, or [`MIXED`].
    offsets: OnceLock<Vec<i64>>,
}

impl LocalTimes {
    pub(super) fn new(zone: Zone) -> Self {
        Self { zone, offsets: OnceLock::new() }
    }

    pub(super) fn zone(&self) -> &Zone {
        &self.zone
    }

    /// As [`Zone::instant_of_local`]; none beyond 64 bits.
    ///
    /// Cost: a look-up, but for days of a clock change.
    pub(super) fn instant(&self, local_us: i64) -> Option<i64> {
        let offsets = self.offsets.get_or_init(|| self.table());
        let day = local_us.div_euclid(DAY_US) - DAYS.start;
        match usize::try_from(day).ok().and_then(|day| offsets.get(day)) {
            Some(&offset) if offset != MIXED => local_us.checked_sub(offset),
            _ => Some(self.zone.instant_of_local(local_us)),
        }
    }

    fn table(&self) -> Vec<i64> {
        let offset = |local: i64| local - self.zone.instant_of_local(local);
        DAYS.map(|day| {
            let start = day * DAY_US;
            let first = offset(start);
            // A day with two changes that undo each other is in no zone; noon is asked all the same.
            let same = first == offset(start + DAY_US / 2) && first == offset(start + DAY_US - 1);
            if same { first } else { MIXED }
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::parse_time;

    #[test]
    fn agrees_with_the_zone() {
        for name in ["UTC", "Asia/Jakarta", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia"] {
            let zone = Zone::named(name).unwrap();
            let times = LocalTimes::new(zone.clone());
            for text in [
                "1800-01-01T00:00",
                "1945-05-24T02:30",
                "2011-12-30T12:00",
                "2018-11-04T00:30",
                "2026-03-29T02:30",
                "2026-10-25T02:30",
                "2026-07-01T12:00",
                "2500-01-01T00:00",
            ] {
                let local = parse_time(text, &Zone::utc()).unwrap();
                assert_eq!(times.instant(local), Some(zone.instant_of_local(local)), "{name} {text}");
            }
        }
    }
}
