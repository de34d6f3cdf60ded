#!/usr/bin/env python3
"""Random filters, asked of SegQL and of DuckDB over the same Parquet files: the same people must come back.

    duckdb_differential.py BINARY [--filters 5000] [--seed 1] [--records] [--contacts 600] [--jobs 2]

Every filter is drawn once as a pair: the sentence, and SQL written by hand for that form (this file shares nothing with the
engine). Dates are worked out by Python's zoneinfo. `--records` draws a condition on records into every filter. Needs duckdb and pyarrow.
`--jobs` splits the books, of 1,000 filters each, among processes; each book has a seed of its own, so that the split changes no filter.
Exit status 1 if any answer differs; the first ones are printed with seed and number, so that they can be drawn again.
"""
import argparse, calendar, datetime as dt, random, re, subprocess, sys, tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from decimal import Decimal
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

UTC = dt.timezone.utc
NOW = dt.datetime(2026, 11, 20, 9, 0, 0, tzinfo=UTC)
ZONES = ["Asia/Jakarta", "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]
STAGES = ["aware", "engaged", "customer", "loyal_customer", "promoter"]
STATUSES = ["active", "pending", "unsubscribed", "hard_bounce"]
CITIES = ["Bandung", "BANDUNG", "bandung", "Jakarta Selatan", "jakarta barat", "Kota Jakarta", "İzmir", "izmir", "Zürich", "ZÜRICH",
          "Gießen", "São Paulo", "Sa\u0303o Paulo", "Αθήνα", "ΑΘΗΝΑΣ", "東京", "", " Medan", "Medan", "50%_off", "a\"b", "O'Brien", None, None]
LABELS = ["vip", "VIP", "newsletter", "vip gold", "50%_off", "café", "CAFÉ", "press"]
TIERS = ["free", "silver", "Gold", "gold", None]
EVENTS = ["Growth Webinar", "growth webinar", "Gala", "Jakarta Meetup"]
AUDIENCES = ["Pricing page", "Home", "checkout"]
SKUS = ["A", "a", "B-1", "b-2", "E%2", None]
A_BOOK = 1000
# The operators and words whose number is printed.
FORMS = re.compile(r"<=|>=|!=|[<>=]|\b(?:in (?:last|next|this) \d*|not|between|contains|(?:starts|ends) with|like|in \(|is empty|cased|field|before|after|on|since|"
                   r"ago|anniversary|all|none|count\(|(?:sum|avg|min|max|first|last)\(|distinct|did|then|within|where|registered for|attended|moved (?:to|from)|"
                   r"became lost|visitor of|push|(?:at least|at most|exactly|more than|fewer than) \d+ times|once|twice)")
UNITS = {"minute": 60, "hour": 3600, "day": None, "week": None, "month": None, "quarter": None, "year": None}


# ---------------------------------------------------------------------------------------------- the book
def instant(rng):
    if rng.random() < 0.15:
        return None
    if rng.random() < 0.25:   # at the edge of a window, and a microsecond beside it
        edge = shift(NOW, -rng.choice([1, 7, 30, 90]), "day", ZoneInfo(rng.choice(ZONES)))
        return edge + dt.timedelta(microseconds=rng.choice([-1, 0, 1]))
    if rng.random() < 0.2:
        day = dt.datetime.combine(NOW.date() - dt.timedelta(days=rng.randrange(400)), dt.time(), ZoneInfo(rng.choice(ZONES)))
        return day.astimezone(UTC) + dt.timedelta(microseconds=rng.choice([-1, 0, 1]))
    return NOW - dt.timedelta(seconds=rng.randrange(-40 * 86400, 900 * 86400))


def write_book(folder, rng, n):
    emails = [f"p{i:04}@{rng.choice(['gmail.example', 'mail.example.org', 'x.test'])}" for i in range(n)]
    pick = lambda values: [rng.choice(values) for _ in range(n)]
    contacts = pa.table({
        "email": emails,
        "name": pick(["Ana", "Budi", "null", None, "Siti Rahma", "O'Brien"]),
        "status": pick(STATUSES + [None, "Hard Bounce", "ACTIVE"]),
        "labels": pa.array([rng.choice([None, []]) if rng.random() < 0.2 else rng.sample(LABELS, rng.randrange(1, 4)) for _ in range(n)], pa.list_(pa.string())),
        "city": pick(CITIES), "tier": pick(TIERS),
        "age": pa.array(pick([None] + list(range(16, 81))), pa.int32()),
        "orders": pa.array(pick([None, 0, 1, 2, 3, 5, 2**40]), pa.int64()),
        "spent": pa.array(pick([None, Decimal("-25.50"), Decimal("0.00"), Decimal("500.01"), Decimal("1000.00"), Decimal("1000.01"), Decimal("99.99")]), pa.decimal128(12, 2)),
        "score": pa.array(pick([None, float("nan"), float("inf"), float("-inf"), 0.0, -0.0, 0.1 + 0.2, 0.3, -0.5, 5e-324, 2.5, 3.0]), pa.float64()),
        "birthday": pa.array(pick([None, dt.date(1992, 2, 29), dt.date(1988, 2, 29)] + [dt.date(1950, 1, 1) + dt.timedelta(days=rng.randrange(20000)) for _ in range(200)]), pa.date32()),
        "opted": pa.array(pick([True, False, None]), pa.bool_()),
        "last_open": pa.array([instant(rng) for _ in range(n)], pa.timestamp("us", tz="UTC")),
        "last_click": pa.array([instant(rng) for _ in range(n)], pa.timestamp("us", tz="UTC")),
        "funnel_status": pick(STAGES + [None, None, "lost"]),
        "lost": pa.array(pick([True, False, None, None, None]), pa.bool_()),
        "account_state": pick(["active", "active", "active", None, "inactive"]),
    })
    pq.write_table(contacts, f"{folder}/contacts.parquet")
    people = [e.upper() if rng.random() < 0.1 else e for e in emails] + ["nobody@else.example"]
    acts, regs, moves = [], [], []
    for _ in range(n * 4):
        who = people[int(rng.random() ** 2 * len(people))]
        acts.append((who, rng.choice(["purchase", "purchase", "Purchase", "email_open", "page_view"]), instant(rng) or NOW,
                     rng.choice([None, Decimal("0.00"), Decimal("10.50"), Decimal("50.00"), Decimal("50.01"), Decimal("120.00")]), rng.choice(SKUS),
                     rng.choice([None, 0.1, 0.2, 0.3, 1e16, -1e16, 1.0])))
    for who, kind, at, *_ in rng.sample(acts, n // 2):   # the same instant, and exactly seven days after
        acts.append((who, "purchase", at + dt.timedelta(days=rng.choice([0, 7]), microseconds=rng.choice([0, 0, 1])), Decimal("50.00"), "A", 0.1))
    for _ in range(n):
        state = rng.choice(["registered", "attended", "cancelled"])
        at = instant(rng) or NOW
        regs.append((rng.choice(people), rng.choice(EVENTS), state, at, rng.choice([None, "vip", "regular"]),
                     rng.choice([None, Decimal("0.00"), Decimal("25.00")]), at + dt.timedelta(days=3) if state == "attended" else None))
    for _ in range(n):
        a, b = rng.choice(STAGES + [None]), rng.choice(STAGES)
        moves.append((rng.choice(people), instant(rng) or NOW, a, b, a == b and rng.random() < 0.8, rng.choice(["manual", "label", None])))
    def table(rows, fields):
        return pa.table([pa.array(list(col), type_) for col, (_, type_) in zip(zip(*rows), fields)], names=[f for f, _ in fields])
    ts, text, money = pa.timestamp("us", tz="UTC"), pa.string(), pa.decimal128(12, 2)
    pq.write_table(table(acts, [("email", text), ("kind", text), ("at", ts), ("amount", money), ("sku", text), ("weight", pa.float64())]), f"{folder}/activity.parquet")
    pq.write_table(table(regs, [("email", text), ("event", text), ("state", text), ("registered_at", ts), ("product", text), ("amount", money), ("attended_at", ts)]), f"{folder}/registrations.parquet")
    pq.write_table(table(moves, [("email", text), ("at", ts), ("from_stage", text), ("to_stage", text), ("lost", pa.bool_()), ("cause", text)]), f"{folder}/journey.parquet")
    visits = [(f"v{i}", rng.choice(AUDIENCES), rng.choice(people + [None] * n), rng.choice(["granted", "blocked", "unsubscribed", None]), rng.randrange(40)) for i in range(n // 2)]
    pq.write_table(table(visits, [("visitor_id", text), ("audience", text), ("email", text), ("push", text), ("pages", pa.int64())]), f"{folder}/visitors.parquet")


VIEWS = """
create macro lc(x) as lower(x);
create table c as select *, replace(replace(lc(status), ' ', '_'), '-', '_') as st, case when funnel_status <> 'lost' then funnel_status end as stage,
  case when isnan(score) then null else score end as sc,
  coalesce(lost, false) or coalesce(funnel_status = 'lost', false) or coalesce(account_state = 'inactive', false) as is_lost,
  list_transform(coalesce(labels, []), lambda x: lc(x)) as ls, list_position(['aware','engaged','customer','loyal_customer','promoter'], case when funnel_status <> 'lost' then funnel_status end) as sn,
  epoch_us(last_open) as o, epoch_us(last_click) as k
  from read_parquet('{0}/contacts.parquet');
create table a as select lc(email) as e, lc(kind) as kind, epoch_us("at") as t, amount, sku, weight from read_parquet('{0}/activity.parquet');
create table r as select lc(email) as e, *, epoch_us(registered_at) as t, epoch_us(attended_at) as ta from read_parquet('{0}/registrations.parquet');
create table j as select lc(email) as e, *, epoch_us("at") as t from read_parquet('{0}/journey.parquet');
create table v as select lc(email) as e, * from read_parquet('{0}/visitors.parquet');
"""


# ---------------------------------------------------------------------------------------------- dates
def shift(at, n, unit, zone):
    """an instant moved by n units: on the calendar of the zone for days and longer"""
    if UNITS[unit]:
        return at + dt.timedelta(seconds=n * UNITS[unit])
    local = at.astimezone(zone)
    return resolve(shift_local(local.replace(tzinfo=None), n, unit), zone)


def shift_local(local, n, unit):
    if unit in ("day", "week"):
        return local + dt.timedelta(days=n * (7 if unit == "week" else 1))
    months = local.year * 12 + local.month - 1 + n * {"month": 1, "quarter": 3, "year": 12}[unit]
    year, month = divmod(months, 12)
    return local.replace(year=year, month=month + 1, day=min(local.day, calendar.monthrange(year, month + 1)[1]))


def resolve(local, zone):
    """fold 0 is the first of two, and moves a skipped time on by the gap"""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def us(at):
    return (at - dt.datetime(1970, 1, 1, tzinfo=UTC)) // dt.timedelta(microseconds=1)


def day_start(day, zone):
    """a day begins at its first instant, also where the clocks skip midnight"""
    return us(resolve(dt.datetime.combine(day, dt.time()), zone))


def unit_days(day, unit, offset):
    first = {"day": day, "week": day - dt.timedelta(days=day.weekday()), "month": day.replace(day=1),
             "quarter": day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1), "year": day.replace(month=1, day=1)}[unit]
    at = dt.datetime.combine(first, dt.time())
    return shift_local(at, offset, unit).date(), shift_local(at, offset + 1, unit).date()


class Draw:
    def __init__(self, rng, zone):
        self.rng, self.zone = rng, ZoneInfo(zone)
        self.today = NOW.astimezone(self.zone).date()

    def quoted(self, text):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    def sql(self, text):
        return "'" + text.replace("'", "''") + "'"

    def window(self, column):
        """a window on an instant: words, and SQL on microseconds"""
        rng, zone, now = self.rng, self.zone, us(NOW)
        form = rng.randrange(9)
        n, unit = rng.choice([1, 2, 3, 7, 12, 30, 90]), rng.choice(list(UNITS))
        s = "" if n == 1 and rng.random() < 0.5 else "s"
        day = self.today - dt.timedelta(days=rng.randrange(-10, 400))
        start, end = day_start(day, zone), day_start(day + dt.timedelta(days=1), zone)
        if form == 0:
            return f"in last {n} {unit}{s}", f"{column} between {us(shift(NOW, -n, unit, zone))} and {now}"
        if form == 1:
            return f"in next {n} {unit}{s}", f"{column} between {now} and {us(shift(NOW, n, unit, zone))}"
        if form == 2:
            return f"more than {n} {unit}{s} ago", f"{column} < {us(shift(NOW, -n, unit, zone))}"
        if form == 3:
            word, off = rng.choice([("this", 0), ("last", -1), ("next", 1)])
            cal = rng.choice(["day", "week", "month", "quarter", "year"])
            a, b = unit_days(self.today, cal, off)
            return f"in {word} {cal}", f"{column} >= {day_start(a, zone)} and {column} < {day_start(b, zone)}"
        if form == 4:
            return f"before {day}", f"{column} < {start}"
        if form == 5:
            return f"after {day}", f"{column} >= {end}"
        if form == 6:
            return f"on {day}", f"{column} >= {start} and {column} < {end}"
        if form == 7:
            return f"since {day}", f"{column} >= {start}"
        last = day + dt.timedelta(days=rng.randrange(0, 60))
        return f"between {day} and {last}", f"{column} >= {start} and {column} < {day_start(last + dt.timedelta(days=1), zone)}"

    def text(self, words, column, values):
        """a test of text: words, and SQL"""
        rng = self.rng
        value = rng.choice([v for v in values if v is not None])
        form = rng.randrange(8)
        lit = self.quoted(value)
        if rng.random() < 0.3 and form < 5:
            lit, left, right = "cased " + lit, column, self.sql(value)
        else:
            left, right = f"lc({column})", f"lc({self.sql(value)})"
        if form == 0:
            return f"{words} = {lit}", f"{left} = {right}"
        if form == 1:
            return f"{words} != {lit}", f"not coalesce({left} = {right}, false)"
        part = value[1:4] or value or "a"
        if "cased" in lit:
            lit, right = "cased " + self.quoted(part), self.sql(part)
        else:
            lit, right = self.quoted(part), f"lc({self.sql(part)})"
        if form == 2:
            return f"{words} contains {lit}", f"contains({left}, {right})"
        if form == 3:
            return f"{words} starts with {lit}", f"starts_with({left}, {right})"
        if form == 4:
            return f"{words} ends with {lit}", f"ends_with({left}, {right})"
        if form == 5:
            return f"{words} is empty", f"({column} is null or {column} = '')"
        if form == 6:
            some = [v for v in values if v is not None]
            chosen = rng.sample(some, min(len(some), 3))
            return f"{words} in ({', '.join(map(self.quoted, chosen))})", f"lc({column}) in ({', '.join('lc(' + self.sql(v) + ')' for v in chosen)})"
        pattern = rng.choice(["%a%", "_a%", "%g", "ja%", "%\\\\_%", "%\\\\%%"])
        sql_pattern = pattern.replace("\\\\", "\\")
        return f'{words} like "{pattern}"', f"lc({column}) like {self.sql(sql_pattern)} escape '\\'"

    def number(self, words, column, values):
        rng = self.rng
        value = rng.choice(values)
        op = rng.choice(["=", "!=", "<", "<=", ">", ">=", "between", "empty", "in"])
        if op == "empty":
            return f"{words} is empty", f"{column} is null"
        if op == "in":
            return f"{words} in ({value}, {values[0]})", f"{column} in ({value}, {values[0]})"
        if op == "between":
            other = rng.choice(values)
            return f"{words} between {value} and {other}", f"{column} between {value} and {other}"
        if op == "!=":
            return f"{words} != {value}", f"not coalesce({column} = {value}, false)"
        return f"{words} {op} {value}", f"{column} {op} {value}"

    # ------------------------------------------------------------------ conditions
    def contact(self):
        rng = self.rng
        form = rng.randrange(20)
        if form == 0:
            s = rng.choice(STATUSES)
            return rng.choice([(f"status = {s}", f"st = '{s}'"), (f"status != {s}", f"not coalesce(st = '{s}', false)"), (f"status in ({s}, pending)", f"st in ('{s}', 'pending')")])
        if form == 1:
            return self.text("city", "city", CITIES)
        if form == 2:
            return self.text("name", "name", ["Ana", "Budi", "null", "Siti Rahma", "O'Brien"])
        if form == 3:
            return self.number("age", "age", [16, 30, 40, 65, 80, "30.5", 200])
        if form == 4:
            return self.number("orders", "orders", [0, 1, 2, 5, 1000000000000])
        if form == 5:
            return self.number("spent", "spent", ["0", "-25.50", "500.01", "1000", "1000.005", "99.99"])
        if form == 6:
            words, sql = self.number("score", "sc", ["0.0", "0.3", "-0.5", "2.5", "3.0"])
            return words, sql.replace("0.3", "0.3::double").replace("2.5", "2.5::double").replace("-0.5", "(-0.5)::double").replace("3.0", "3.0::double")
        if form in (7, 8):
            words, sql = self.window("o")
            no = rng.random() < 0.2 and words.startswith(("in", "between"))
            return (f"last_open not {words}", f"not coalesce({sql}, false)") if no else (f"last_open {words}", sql)
        if form == 9:
            op = rng.choice(["<", "<=", ">", ">=", "="])
            return f"last_click {op} field last_open", f"k {op} o"
        if form == 10:
            d = rng.choice([dt.date(1992, 2, 29), dt.date(1970, 1, 1), dt.date(1985, 6, 15)])
            op = rng.choice(["<", "<=", ">", ">=", "="])
            return f"birthday {op} {d}", f"birthday {op} date '{d}'"
        if form == 11:
            return self.anniversary()
        if form == 12:
            return rng.choice([("opted", "opted"), ("not opted", "not coalesce(opted, false)"), ("opted = no", "not opted"), ("opted is empty", "opted is null")])
        if form == 13:
            return self.labels()
        if form == 14:
            s = rng.randrange(5)
            op = rng.choice(["=", "<", "<=", ">", ">="])
            return f"stage {op} {STAGES[s]}", f"sn {op} {s + 1}"
        if form == 15:
            s = rng.randrange(5)
            op = rng.choice(["=", "<", "<=", ">", ">="])
            return f"funnel {op} {STAGES[s]}", f"(sn {op} {s + 1} and not is_lost)"
        if form == 16:
            return rng.choice([("lost", "is_lost"), ("funnel = lost", "is_lost"), ("funnel is empty", "(stage is null and not is_lost)"), ("lost from customer", "(is_lost and stage = 'customer')"), ("lost = no", "not is_lost")])
        if form == 17:
            t = rng.choice(["free", "gold", "silver"])
            return rng.choice([(f"tier = {t}", f"lc(tier) = '{t}'"), (f"tier != {t}", f"not coalesce(lc(tier) = '{t}', false)")])
        if form == 18:
            d = rng.choice(["gmail.example", "example.org", "x.test"])
            return rng.choice([(f'email ends with "@{d}"', f"ends_with(email, '@{d}')"), (f'email.domain = "{d}"', f"split_part(email, '@', 2) = '{d}'")])
        return rng.choice([("everyone", "true"), ("nobody", "false")])

    def anniversary(self):
        n = self.rng.choice([1, 7, 30, 99, 100, 101, 366])
        days = [self.today + dt.timedelta(days=i) for i in range(n + 1)]
        pairs = {(d.month, d.day) for d in days}
        pairs |= {(2, 29) for d in days if (d.month, d.day) == (2, 28) and not calendar.isleap(d.year)}
        return f"birthday anniversary in next {n} days", f"(month(birthday), day(birthday)) in ({', '.join(f'({m}, {d})' for m, d in sorted(pairs))})"

    def labels(self):
        rng = self.rng
        a, b = rng.sample(LABELS, 2)
        qa, qb, sa, sb = self.quoted(a), self.quoted(b), f"lc({self.sql(a)})", f"lc({self.sql(b)})"
        return rng.choice([
            (f"label = {qa}", f"list_contains(ls, {sa})"), (f"label != {qa}", f"not list_contains(ls, {sa})"),
            (f"label in ({qa}, {qb})", f"list_has_any(ls, [{sa}, {sb}])"), (f"label all ({qa}, {qb})", f"list_has_all(ls, [{sa}, {sb}])"),
            (f"label none ({qa}, {qb})", f"not list_has_any(ls, [{sa}, {sb}])"), ("label is empty", "len(ls) = 0"),
            ("count(label) >= 2", "len(list_distinct(ls)) >= 2"), ('label starts with "vip"', "len(list_filter(ls, lambda x: starts_with(x, 'vip'))) > 0")])

    def activity_where(self):
        rng = self.rng
        one = lambda: rng.choice([lambda: self.number("amount", "amount", ["0", "10.5", "50", "50.005", "120"]), lambda: self.text("sku", "sku", SKUS),
                                  lambda: (lambda w: (f"at {w[0]}", w[1]))(self.window("t"))])()
        if rng.random() < 0.5:
            words, sql = one()
            return f"where {words}", f"coalesce({sql}, false)"
        (a, x), (b, y) = one(), one()
        op = rng.choice(["and", "or"])
        return f"where ({a} {op} not {b})", f"(coalesce({x}, false) {op} not coalesce({y}, false))"

    def counts(self):
        n = self.rng.randrange(0, 4)
        return self.rng.choice([("", "> 0"), (f"at least {n} times", f">= {n}"), (f"at most {n} times", f"<= {n}"), (f"exactly {n} times", f"= {n}"),
                                (f"more than {n} times", f"> {n}"), (f"fewer than {n} times", f"< {n}"), (f"between {n} and 3 times", f"between {n} and 3"), ("once", "= 1"), ("twice", "= 2")])

    def records(self):
        rng = self.rng
        form = rng.randrange(10)
        kind = rng.choice(["purchase", "email_open", "page_view"])
        base = f"from a where a.e = c.email and kind = '{kind}'"
        if form < 4:
            count, n = self.counts()
            words, sql = ["did", kind, count], base
            if rng.random() < 0.5:
                w, s = self.window("t")
                words.append(w); sql += f" and {s}"
            if rng.random() < 0.5:
                w, s = self.activity_where()
                words.append(w); sql += f" and {s}"
            return " ".join(filter(None, words)), f"(select count(*) {sql}) {n}"
        if form < 6:
            inner, sql = "", base
            if rng.random() < 0.4:
                w, s = self.window("t")
                inner += f" {w}"; sql += f" and {s}"
            if rng.random() < 0.4:
                w, s = self.activity_where()
                inner += f" {w}"; sql += f" and {s}"
            op, value = rng.choice(["=", ">=", "<", ">"]), rng.choice(["0", "50", "100.5", "60.5"])
            return rng.choice([
                (f"sum({kind}.amount{inner}) {op} {value}", f"(select coalesce(sum(amount), 0) {sql}) {op} {value}"),
                (f"avg({kind}.amount{inner}) {op} {value}", f"(select sum(amount) {op} {value} * count(amount) and count(amount) > 0 {sql})"),
                (f"min({kind}.amount{inner}) {op} {value}", f"(select min(amount) {sql}) {op} {value}"),
                (f"max({kind}.amount{inner}) {op} {value}", f"(select max(amount) {sql}) {op} {value}"),
                (f"count(distinct {kind}.sku{inner}) >= 2", f"(select count(distinct lc(sku)) {sql}) >= 2"),
                (f"last({kind}.amount{inner}) {op} {value}", f"(select max(amount) {sql} and t = (select max(t) {sql})) {op} {value}"),
                (f"first({kind}.amount{inner}) {op} {value}", f"(select min(amount) {sql} and t = (select min(t) {sql})) {op} {value}"),
                (f"min({kind}.amount{inner}) is empty", f"(select min(amount) {sql}) is null")])
        if form == 6:
            within, least = rng.choice([("", None), (" within 7 days", 7), (" within 1 day", 1), (" within 48 hours", None)])
            other = rng.choice(["purchase", "email_open"])
            if within == " within 48 hours":
                bound = "y.t <= x.t + 172800000000"
            elif least:
                zone = str(self.zone)
                bound = f"y.t <= epoch_us((make_timestamptz(x.t) at time zone '{zone}' + interval {least} day) at time zone '{zone}')"
            else:
                bound = "true"
            return (f"did {kind} then {other}{within}", f"exists (from a x, a y where x.e = c.email and y.e = c.email and x.kind = '{kind}' and y.kind = '{other}' and y.t > x.t and {bound})")
        if form == 7:
            event, state = rng.choice(EVENTS), rng.choice(["registered for", "attended"])
            states, at = (("'registered', 'attended'", "t") if state == "registered for" else ("'attended'", "ta"))
            words, sql = f"{state} {self.quoted(event)}", f"from r where r.e = c.email and lc(event) = lc({self.sql(event)}) and state in ({states})"
            if rng.random() < 0.4:
                w, s = self.window(at)
                words += f" {w}"; sql += f" and {s}"
            if rng.random() < 0.3:
                words += " where product = vip"; sql += " and product = 'vip'"
            return words, f"exists ({sql})"
        if form == 8:
            a, b = rng.sample(STAGES, 2)
            w, s = self.window("t") if rng.random() < 0.5 else ("", "true")
            return rng.choice([
                (f"moved to {b} {w}", f"exists (from j where j.e = c.email and to_stage = '{b}' and from_stage is distinct from '{b}' and {s})"),
                (f"moved from {a} to {b} {w}", f"exists (from j where j.e = c.email and to_stage = '{b}' and from_stage = '{a}' and {s})"),
                (f"moved from {a} {w}", f"exists (from j where j.e = c.email and from_stage = '{a}' and to_stage <> '{a}' and {s})"),
                (f"became lost {w}", f"exists (from j where j.e = c.email and lost and {s})")])
        audience, push = rng.choice(AUDIENCES), rng.choice(["granted", "blocked", "unsubscribed"])
        return rng.choice([
            (f"visitor of {self.quoted(audience)}", f"exists (from v where v.e = c.email and lc(audience) = lc({self.sql(audience)}))"),
            (f"push {push}", f"exists (from v where v.e = c.email and push = '{push}')"),
            (f"visitor of {self.quoted(audience)} where (push = {push} and pages >= 10)", f"exists (from v where v.e = c.email and lc(audience) = lc({self.sql(audience)}) and push = '{push}' and pages >= 10)")])

    def filter(self, depth, must_have_record):
        rng = self.rng
        if depth == 0 or rng.random() < 0.25:
            words, sql = self.records() if must_have_record or rng.random() < 0.3 else self.contact()
            sql = f"coalesce({sql}, false)"
            return (f"not {words}", f"(not {sql})") if rng.random() < 0.2 else (words, sql)
        op = rng.choice(["and", "or"])
        parts = [self.filter(depth - 1, must_have_record and i == 0) for i in range(rng.choice([2, 2, 3]))]
        words = f" {op} ".join(f"({w})" for w, _ in parts)
        return words, "(" + f" {op} ".join(s for _, s in parts) + ")"


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("binary")
    ap.add_argument("--filters", type=int, default=5000)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--contacts", type=int, default=600)
    ap.add_argument("--records", action="store_true")
    ap.add_argument("--jobs", type=int, default=1)
    a = ap.parse_args()
    books = range((a.filters + A_BOOK - 1) // A_BOOK)
    failed = done = 0
    forms = Counter()
    with ProcessPoolExecutor(a.jobs) as pool:
        for more_failed, more_done, more_forms in pool.map(partial(check, a), books):
            failed, done = failed + more_failed, done + more_done
            forms.update(more_forms)
            if len(books) > 10 and done % (10 * A_BOOK) == 0:
                print(f"  {done} of {a.filters}, {failed} failed", flush=True)
    print("words: " + ", ".join(f"{word} {n}" for word, n in sorted(forms.items())))
    print(f"{done} filters against DuckDB {duckdb.__version__}, seed {a.seed}: {done - failed} passed, {failed} failed")
    return 1 if failed else 0


def check(a, book):
    """the filters of one book: how many differ, how many there are, and the words in them"""
    rng = random.Random(f"{a.seed}/{book}")
    first = book * A_BOOK
    zone = rng.choice(ZONES)
    with tempfile.TemporaryDirectory() as folder:
        write_book(folder, rng, a.contacts)
        db = duckdb.connect()
        db.execute("set timezone = 'UTC'")
        if a.jobs > 1:
            db.execute("set threads = 1")
        db.execute(VIEWS.replace("{0}", folder))
        draw = Draw(rng, zone)
        pairs = [draw.filter(rng.randrange(0, 4), a.records) for _ in range(min(A_BOOK, a.filters - first))]
        failed = compare(a, folder, db, zone, pairs, first)
    bare = (re.sub(r'"(\\.|[^"\\])*"', "", words) for words, _ in pairs)
    return failed, len(pairs), Counter(form for words in bare for form in FORMS.findall(words))


def compare(a, folder, db, zone, pairs, first):
    script = "\n".join(f"{words} | show email;" for words, _ in pairs)
    p = subprocess.run([a.binary, "repl", "--book", folder, "--now", "2026-11-20T09:00:00Z", "--tz", zone], input=script.encode(), capture_output=True)
    if p.returncode:
        print(p.stderr.decode()[-2000:])
        sys.exit(f"segql ended with status {p.returncode}")
    answers = p.stdout.decode().split("email\n")[1:]
    assert len(answers) == len(pairs), (len(answers), len(pairs))
    failed = 0
    for i, ((words, sql), answer) in enumerate(zip(pairs, answers)):
        ours = answer.split()
        theirs = sorted(e for (e,) in db.execute(f"select email from c where {sql}").fetchall())
        if ours != theirs:
            failed += 1
            if failed <= 5:
                print(f"DIFFERS: filter {first + i}, zone {zone}: ours {len(ours)}, DuckDB's {len(theirs)}\n  {words}\n  {sql}")
                print("  only ours:", sorted(set(ours) - set(theirs))[:3], " only DuckDB's:", sorted(set(theirs) - set(ours))[:3])
    return failed


if __name__ == "__main__":
    sys.exit(main())
