//! What books and filters both draw from.

use chrono_tz::Tz;
use segql::model::TimeUnit;

/// Texts that differ in case, in composition, in blanks; that lower-casing, `like` and quoting may trip over.
pub const TEXTS: [&str; 46] = [
    "Bandung",
    "BANDUNG",
    "bandung",
    "Jakarta Selatan",
    "jakarta selatan",
    "Jakarta",
    "Medan",
    " Bandung",
    "Bandung ",
    "İzmir",
    "izmir",
    "Izmir",
    "ısparta",
    "ISPARTA",
    "GIEẞEN",
    "gießen",
    "giessen",
    "ſ",
    "S",
    "s",
    "\u{212A}",
    "K",
    "k",
    "ΣΊΣΥΦΟΣ",
    "σίσυφος",
    "σίσυφοσ",
    "ς",
    "Σ",
    "São Paulo",
    "Sa\u{303}o Paulo",
    "東京",
    "",
    "100%",
    "a_b",
    "aXb",
    "under\\score",
    "line\nbreak",
    "tab\there",
    "O'Brien",
    "say \"hi\"",
    "null",
    "0",
    "2026-01-01",
    "Ǆ",
    "ǅ",
    "👩\u{200d}🚀 x",
];

/// Parts of texts, for `contains` and kin.
pub const PARTS: [&str; 16] =
    ["an", "AND", "jak", "Jakarta", "i", "I", "İ", "ß", "ẞ", "σ", "ς", "ã", "%", "_", "\\", "b"];

/// Patterns for `like`.
pub const LIKES: [&str; 14] = [
    "ja%",
    "%dung",
    "%AN%",
    "_zmir",
    "__andung",
    "%\\%",
    "a\\_b",
    "a_b",
    "%",
    "_",
    "under\\\\%",
    "line%break",
    "σ%ς",
    "",
];

/// Patterns for `matches`.
pub const REGEXES: [&str; 12] =
    ["^jakarta", "dung$", "^(bandung|medan)$", "[0-9]", "^.$", "\\s", "\\S+ \\S+", "(?-i)B", "^$", "k", "^ς|σ", "a.b"];

/// Labels.
pub const LABELS: [&str; 12] =
    ["vip", "VIP", "Vip", "newsletter", "press", "50%_off", "CAFÉ", "日本語", "İ", "i", "by", "first class"];

/// Declared choices.
pub const CHOICES: [&str; 4] = ["free", "silver", "gold", "Platinum"];

/// Kinds of activity; the last may be a list field's name too.
pub const KINDS: [&str; 5] = ["purchase", "email_open", "page_view", "add to cart", "hobbies"];

/// Events.
pub const EVENTS: [&str; 4] = ["Growth Webinar", "Growth Webinar 2", "İstanbul Meetup", "any"];

/// Audiences.
pub const AUDIENCES: [&str; 3] = ["Pricing page", "CHECKOUT", "home"];

/// Time zones with clock changes of all sorts: none, an hour, half an hour, at midnight.
///
/// Only zones on which the two crates' databases agree: Cuba's winter of 2026, for one, is in the newer alone.
pub const ZONES: [Tz; 8] = [
    Tz::UTC,
    Tz::Asia__Jakarta,
    Tz::Europe__Berlin,
    Tz::America__New_York,
    Tz::Asia__Beirut,
    Tz::Australia__Lord_Howe,
    Tz::Pacific__Kiritimati,
    Tz::Asia__Kathmandu,
];

/// Moments that books are about: a plain day, a leap day, both clock changes, a year's end, last days of months that their
/// neighbours don't have, the end of a February without a leap day.
pub const NOWS: [&str; 11] = [
    "2026-11-20T09:00:00Z",
    "2024-02-29T12:00:00Z",
    "2026-03-29T00:30:00Z",
    "2026-10-25T01:00:00Z",
    "2025-12-31T23:30:00Z",
    "2027-03-01T00:00:00Z",
    "2026-02-28T20:00:00Z",
    "2026-03-31T16:59:59.999999Z",
    "2025-05-31T09:00:00Z",
    "2024-08-30T18:30:00Z",
    "2026-11-01T05:30:00.000001Z",
];

/// How many of the reaches, from the first, are of whole days.
pub const WHOLE_DAYS: usize = 12;

/// How far windows reach.
pub const REACHES: [(i64, TimeUnit); 15] = [
    (1, TimeUnit::Day),
    (7, TimeUnit::Day),
    (30, TimeUnit::Day),
    (90, TimeUnit::Day),
    (400, TimeUnit::Day),
    (2, TimeUnit::Week),
    (1, TimeUnit::Month),
    (3, TimeUnit::Month),
    (6, TimeUnit::Month),
    (1, TimeUnit::Quarter),
    (1, TimeUnit::Year),
    (2, TimeUnit::Year),
    (24, TimeUnit::Hour),
    (90, TimeUnit::Minute),
    (45, TimeUnit::Second),
];
