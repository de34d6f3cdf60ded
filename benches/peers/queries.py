"""The set in each peer's own words. Standard library only (Polars is imported when it is asked for).

`sentences()` reads `benches/set.seg`; `shift_text` moves its numbers and dates a little. The SQL and the Polars
expressions here mean exactly what the sentences mean, for the same shift `k`:

- a missing value fails every positive condition, and every negative form is the complement of its positive twin;
- text compares without case; e-mails, statuses, stages and labels lie in a generated book in lower case already;
- `lost` is the column, the status `lost` alone, or an inactive account, and never missing;
- days are those of Asia/Jakarta, which has had no clock change since 1964: a day there is 24 hours.
"""
import datetime as dt
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
NOW_TEXT = "2026-11-20T09:00:00Z"
NOW = dt.datetime(2026, 11, 20, 9, tzinfo=dt.timezone.utc)
ZONE = dt.timezone(dt.timedelta(hours=7))
IDS = [*range(1, 19), 25, 26]
# What a sentence is meant to match; run.py warns when a book is far from it.
MEANT_SHARES = {2: 0.005, 16: 0.0001, 17: 0.0001}


def sentences(path=os.path.join(HERE, "..", "set.seg")):
    """{number: sentence on one line}, in the order of the file."""
    found, number, words = {}, None, []
    with open(path, encoding="utf-8") as file:
        for line in file:
            line = line.strip()
            heading = re.match(r"# (\d+) ", line)
            if heading:
                number = int(heading[1])
            if not line or line.startswith("#"):
                continue
            words.append(line)
            if line.endswith(";"):
                found[number] = " ".join(words).removesuffix(";")
                words = []
    assert list(found) == IDS, list(found)
    return found


def shift(n, k):
    """A number as run `k` asks for it; 0 is as written. Small numbers move by one, others by `k`."""
    return n + (min(k, 1) if n <= 20 else k)


def shift_text(text, k):
    """A sentence with each number and date moved; names such as `label_3` and quoted texts stay."""
    def moved(match):
        quoted, day, number = match.groups()
        if day:
            return (dt.date.fromisoformat(day) + dt.timedelta(days=k)).isoformat()
        return quoted or str(shift(int(number), k))

    return re.sub(r'("[^"]*")|\b(\d{4}-\d\d-\d\d)\b|(?<!\w)(\d+)(?!\w)', moved, text)


def day_start(text, k):
    """The instant, in UTC, at which a day begins in the zone of the query."""
    day = dt.date.fromisoformat(text) + dt.timedelta(days=k)
    return dt.datetime.combine(day, dt.time(), ZONE).astimezone(dt.timezone.utc)


def days_ago(n, k):
    return NOW - dt.timedelta(days=shift(n, k))


def anniversary_range(n, k):
    """Month * 100 + day of the first and the last day from today to today + n; `NOW` is far from the year's end and February."""
    today = NOW.astimezone(ZONE).date()
    first, last = ((day.month * 100 + day.day) for day in (today, today + dt.timedelta(days=shift(n, k))))
    assert 301 <= first <= last, "the range may cross neither 29 February nor the new year"
    return first, last


LABELS_25 = [f"label_{i}" for i in range(1, 21)]
STAGES_FROM_CUSTOMER = ["customer", "loyal_customer", "promoter"]
STAGES_9 = ["engaged", "customer", "loyal_customer"]


class Sql:
    """What the SQL dialects share; DuckDB's as it is.

    Of several forms with one meaning each dialect uses the one that was the fastest when they were tried.
    """

    contacts = "contacts"
    activity = "activity"

    def at(self, instant):
        return f"timestamptz '{instant:%Y-%m-%d %H:%M:%S}+00'"

    def has(self, label):
        return f"list_contains(labels, '{label}')"

    def has_any(self, labels):
        if len(labels) > 4:
            return f"list_has_any(labels, [{quoted(labels)}])"
        return "(" + " or ".join(map(self.has, labels)) + ")"

    def contains(self, column, text):
        return f"{column} ilike '%{text}%'"

    def contains_exactly(self, column, text):
        return f"contains({column}, '{text}')"

    def starts(self, column, text):
        return f"{column} ilike '{text}%'"

    def ends(self, column, text):
        return f"suffix({column}, '{text}')"

    def month_day(self, column):
        return f"month({column}) * 100 + day({column})"

    def within(self, later, earlier, days):
        return f"{later} <= {earlier} + interval {days} day"

    def then(self, days):
        """People with a purchase after an open: the nearest open before each purchase decides."""
        return (
            f"select count(distinct p.email) from (select email, \"at\" as t from {self.activity} where kind = 'purchase') p "
            f"asof join (select email, \"at\" as t from {self.activity} where kind = 'email_open') o "
            f"on p.email = o.email and p.t > o.t where {self.within('p.t', 'o.t', days)}"
        )

    def query(self, number, k):
        """One SELECT that gives the count of sentence `number`, shifted by `k`."""
        lost = "(coalesce(lost, false) or coalesce(funnel_status = 'lost', false) or coalesce(account_state = 'inactive', false))"
        active = "status = 'active'"
        asia = "country in ('ID', 'SG', 'MY')"
        from_customer = f"funnel_status in ({quoted(STAGES_FROM_CUSTOMER)})"
        records, n = self.activity, lambda value: shift(value, k)
        window = lambda days: f"\"at\" >= {self.at(days_ago(days, k))} and \"at\" <= {self.at(NOW)}"
        opened = lambda days: f"email in (select email from {records} where kind = 'email_open' and {window(days)})"
        if number == 13:
            return (
                f"select count(*) from (select email from {records} where kind = 'purchase' and {window(90)} and amount > {n(50)} "
                f"group by email having count(*) >= {n(3)}) x"
            )
        if number == 15:
            return (
                f"select count(*) from (select email from {records} where kind = 'purchase' and {window(365)} "
                f"group by email having sum(amount) >= {n(1000)}) x"
            )
        if number == 26:
            return self.then(n(7))
        where = {
            1: f"{active} and {self.has('label_3')}",
            2: f"{active} and {self.has('label_50')}",
            3: f"{active} and last_open < {self.at(day_start('2026-02-08', k))}",
            4: f"{active} and {self.contains('city', 'jakarta')}",
            5: f"funnel_status = 'customer' and not {lost} and last_open < {self.at(day_start('2026-08-08', k))}",
            6: f"{active} and ({self.has_any(['label_1', 'label_7'])} or {from_customer}) and not coalesce({self.has('label_2')}, false) "
               f"and {asia} and age between {n(25)} and {n(40)}",
            7: f"lifetime_value between {n(500)} and {n(5000)} and orders >= {n(10)}",
            8: f"{self.ends('email', '@gmail.com')} and {active}",
            9: f"{active} and {self.has('label_1')} and not coalesce({self.has('label_9')}, false) "
               f"and funnel_status in ({quoted(STAGES_9)}) and not {lost} and {asia} "
               f"and (city is null or not {self.contains('city', 'selatan')}) and age between {n(21)} and {n(60)} "
               f"and lifetime_value >= {n(100)} and last_open >= {self.at(day_start('2026-01-01', k))} and {opened(180)}",
            10: "age is null and lifetime_value is not null",
            11: "push_opt_in and (status is null or status not in ('unsubscribed', 'hard_bounce'))",
            12: f"{from_customer} and not {lost}",
            14: f"{opened(30)} and email not in (select email from {records} where kind = 'purchase')",
            16: self.contains_exactly("email", "wahidtutu"),
            17: self.starts("name", "mayasih s"),
            18: "{0} between {1} and {2}".format(self.month_day("birthday"), *anniversary_range(7, k)),
            25: self.has_any(LABELS_25),
        }[number]
        return f"select count(*) from {self.contacts} where {where}"


class ClickHouse(Sql):
    """A missing list is an empty one there."""

    def at(self, instant):
        return f"toDateTime64('{instant:%Y-%m-%d %H:%M:%S}', 6, 'UTC')"

    def has(self, label):
        return f"has(labels, '{label}')"

    def has_any(self, labels):
        return f"hasAny(labels, [{quoted(labels)}])"

    def contains(self, column, text):
        return f"{column} ilike '%{text}%'"

    def contains_exactly(self, column, text):
        return f"position({column}, '{text}') > 0"

    def starts(self, column, text):
        return f"startsWith(lowerUTF8({column}), '{text}')"

    def ends(self, column, text):
        return f"{column} like '%{text}'"

    def month_day(self, column):
        return f"toMonth({column}) * 100 + toDayOfMonth({column})"


class DataFusion(Sql):
    """No ASOF join there: an open is joined with each later purchase of the same person."""

    def at(self, instant):
        return f"arrow_cast('{instant:%Y-%m-%dT%H:%M:%S}', 'Timestamp(Microsecond, Some(\"UTC\"))')"

    def has(self, label):
        return f"array_has(labels, '{label}')"

    def has_any(self, labels):
        return f"array_has_any(labels, make_array({quoted(labels)}))"

    def contains(self, column, text):
        return f"contains(lower({column}), '{text}')"

    def ends(self, column, text):
        return f"{column} like '%{text}'"

    def month_day(self, column):
        return f"date_part('month', {column}) * 100 + date_part('day', {column})"

    def then(self, days):
        return (
            f"select count(distinct p.email) from (select email, \"at\" as t from {self.activity} where kind = 'purchase') p "
            f"join (select email, \"at\" as t from {self.activity} where kind = 'email_open') o "
            f"on p.email = o.email and p.t > o.t and {self.within('p.t', 'o.t', days)}"
        )

    def within(self, later, earlier, days):
        return f"{later} <= {earlier} + interval '{days} days'"


def quoted(texts):
    return ", ".join(f"'{text}'" for text in texts)


def polars_query(pl, contacts, activity, number, k):
    """A LazyFrame that gives the count of sentence `number`, shifted by `k`, as its one value."""
    col, n = pl.col, lambda value: shift(value, k)
    active = col("status") == "active"
    lost = col("lost").fill_null(False) | (col("funnel_status") == "lost").fill_null(False) | (col("account_state") == "inactive").fill_null(False)
    asia = col("country").is_in(["ID", "SG", "MY"])
    from_customer = col("funnel_status").is_in(STAGES_FROM_CUSTOMER)
    has = lambda label: col("labels").list.contains(label)
    has_any = lambda labels: col("labels").list.eval(pl.element().is_in(labels)).list.any()
    contains = lambda column, text: col(column).str.contains_any([text], ascii_case_insensitive=True)
    window = lambda days: col("at").is_between(days_ago(days, k), NOW)
    purchases, opens = activity.filter(col("kind") == "purchase"), activity.filter(col("kind") == "email_open")
    opened = lambda people, days: people.join(opens.filter(window(days)).select("email"), on="email", how="semi")
    if number == 13:
        many = purchases.filter(window(90) & (col("amount") > n(50))).group_by("email").agg(pl.len().alias("n")).filter(col("n") >= n(3))
        return many.select(pl.len())
    if number == 14:
        return opened(contacts, 30).join(purchases.select("email"), on="email", how="anti").select(pl.len())
    if number == 15:
        sums = purchases.filter(window(365)).group_by("email").agg(col("amount").sum())
        return sums.filter(col("amount") >= n(1000)).select(pl.len())
    if number == 26:
        pairs = purchases.select("email", "at").join(opens.select("email", col("at").alias("opened")), on="email")
        near = (col("at") > col("opened")) & (col("at") <= col("opened") + dt.timedelta(days=n(7)))
        return pairs.filter(near).select(col("email").n_unique())
    ten = (
        active & has("label_1") & ~has("label_9").fill_null(False) & col("funnel_status").is_in(STAGES_9) & ~lost & asia
        & ~contains("city", "selatan").fill_null(False) & col("age").is_between(n(21), n(60)) & (col("lifetime_value") >= n(100))
        & (col("last_open") >= day_start("2026-01-01", k))
    )
    if number == 9:
        return opened(contacts.filter(ten), 180).select(pl.len())
    birthday = col("birthday").dt.month().cast(pl.Int32) * 100 + col("birthday").dt.day()
    where = {
        1: active & has("label_3"),
        2: active & has("label_50"),
        3: active & (col("last_open") < day_start("2026-02-08", k)),
        4: active & contains("city", "jakarta"),
        5: (col("funnel_status") == "customer") & ~lost & (col("last_open") < day_start("2026-08-08", k)),
        6: active & (has_any(["label_1", "label_7"]) | from_customer) & ~has("label_2").fill_null(False) & asia & col("age").is_between(n(25), n(40)),
        7: col("lifetime_value").is_between(n(500), n(5000)) & (col("orders") >= n(10)),
        8: col("email").str.ends_with("@gmail.com") & active,
        10: col("age").is_null() & col("lifetime_value").is_not_null(),
        11: col("push_opt_in") & ~col("status").is_in(["unsubscribed", "hard_bounce"]).fill_null(False),
        12: from_customer & ~lost,
        16: col("email").str.contains("wahidtutu", literal=True),
        17: col("name").str.contains("(?i)^mayasih s"),
        18: birthday.is_between(*anniversary_range(7, k)),
        25: has_any(LABELS_25),
    }[number]
    return contacts.filter(where).select(pl.len())
