#!/usr/bin/env python3
"""Plants bugs, one at a time, in a copy of the tree and shows that the laws fail.

    tests/planted/run.py [--only NAME …] [--laws 500] [--seeds 1 2 3 …] [--target DIR]

A bug is an exact text of one source file and what stands there instead; the text must occur once. The copy and its target
directory lie outside the checkout; the directory is kept between bugs, so that only the package itself compiles again
(`--target`, a directory of its own, keeps it between runs too). Without a bug the laws must hold. Prints a table; exit status 1 if a bug is missed or
no longer applies.
"""
import argparse, os, re, shutil, subprocess, sys, tempfile, time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAW = "laws::engine_is_oracle"

# name, file, what stands there, what is planted
BUGS = [
    ("a missing value fails `not`", "src/index/number.rs", "        let rows = if self.missing.is_empty() { rows } else { rows.difference(&self.missing) };\n",
     "        let rows = if self.missing.is_empty() { rows } else { rows.union(&self.missing) };\n"),
    ("the last row of a shard is left out", "src/exec/eval.rs", "ShardSet::owned(rows.slice(at.start..at.start + at.n_rows), at.n_rows)",
     "ShardSet::owned(rows.slice(at.start..(at.start + at.n_rows).saturating_sub(1)), at.n_rows)"),
    ("`<=` a date is `<`", "src/plan/dates.rs", "CompareOp::Le => (i64::MIN, last),", "CompareOp::Le => (i64::MIN, last.saturating_sub(1)),"),
    ("a whole day ends a microsecond late", "src/plan/dates.rs", "zone.day_start(last.saturating_add(1)).saturating_sub(1))", "zone.day_start(last.saturating_add(1)))"),
    ("a month without that day goes into the next", "src/model/clock.rs", "        let moved = date.checked_add(span(by)?).map_err(|_| ClockError::OutOfRange)?;\n",
     "        let mut moved = date.checked_add(span(by)?).map_err(|_| ClockError::OutOfRange)?;\n        if matches!(by.unit, TimeUnit::Month | TimeUnit::Quarter | TimeUnit::Year) && moved.day() < date.day() {\n            moved = moved.tomorrow().map_err(|_| ClockError::OutOfRange)?;\n        }\n"),
    ("weeks begin on Sunday", "src/model/clock.rs", "i64::from(date.weekday().to_monday_zero_offset())", "i64::from(date.weekday().to_sunday_zero_offset())"),
    ("a second record at the same time follows the first", "src/exec/sequence.rs", "reached[n_before] < time {", "reached[n_before] <= time {"),
    ("`within` leaves its end out", "src/exec/sequence.rs", "map_or(true, |end| to <= end)", "map_or(true, |end| to < end)"),
    ("lower-casing by the full mapping", "src/model/fold.rs", "    Cow::Owned(text.chars().map(fold_char).collect())\n", "    Cow::Owned(text.to_lowercase())\n"),
    ("`at most` needs a record", "src/plan/records.rs", "CountForm::AtMost(text, span) => (0, n(text, *span)?)", "CountForm::AtMost(text, span) => (1, n(text, *span)?)"),
    ("equal amounts are summed once", "src/exec/aggregate.rs", "let sum: i128 = present.map(i128::from).sum();",
     "let sum: i128 = present.map(i128::from).collect::<std::collections::BTreeSet<_>>().into_iter().sum();"),
    ("`registered for` counts the cancelled", "src/plan/happenings.rs", '&["registered", "attended"]', '&["registered", "attended", "cancelled"]'),
    ("the lost stay in their stage of `funnel`", "src/plan/stages.rs", "build::and([is_stage(scope, &in_stage, id), build::not(is_lost(scope, id))]);", "is_stage(scope, &in_stage, id);"),
    ("the 29th of February has no anniversary in common years", "src/plan/anniversaries.rs", "            found.insert((2, 29));\n", ""),
    ("of equal keys the first row stays", "src/load/keys.rs", "replaced.extend(alike.iter().filter_map(", "replaced.extend(alike.iter().rev().filter_map("),
    ("the earliest record is one alone", "src/exec/aggregate.rs", "                &rows[..rows.iter().take_while(|row| at(row) == time).count()]\n",
     "                &rows[..rows.iter().take_while(|row| at(row) == time).count().min(1)]\n"),
    ("few candidates: the last record of each is overlooked", "src/exec/records.rs", "        records.extend(start as u32..from as u32);\n",
     "        records.extend(start as u32..(from - usize::from(n_theirs > 1)) as u32);\n"),
    ("an `or` in a chain binds as tight as `and`", "src/exec/bind.rs", "        if let Node::Or(inner) = part {\n            nodes.extend(inner);\n", "        if let Node::Or(inner) = part {\n            nodes.extend(inner.into_iter().skip(1));\n"),
]


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--only", nargs="+", default=[], help="bugs whose name holds one of these")
    ap.add_argument("--laws", type=int, default=500, help="filters a seed")
    ap.add_argument("--seeds", type=int, nargs="+", default=[*range(1, 10)], help="tried in turn until the laws fail")
    ap.add_argument("--target", help="a target directory to keep")
    ap.add_argument("--profile", default="dev")
    a = ap.parse_args()
    bugs = [bug for bug in BUGS if not a.only or any(part in bug[0] for part in a.only)]
    with tempfile.TemporaryDirectory(prefix="segql-planted-") as folder:
        target = str(Path(a.target or folder).resolve())
        # A place that stays the same: what has compiled there is known again.
        tree = Path(target) / "planted"
        copy(tree)
        rows = []
        verdict, why = run(tree, target, a)
        rows.append(("(none)", "holds" if verdict == "held" else "FAILS", why))
        print(*rows[-1], sep="  |  ", flush=True)
        for name, path, old, new in bugs if verdict == "held" else []:
            rows.append((name, *plant(tree / path, old, new, lambda: run(tree, target, a))))
            print(*rows[-1], sep="  |  ", flush=True)
    width = max(len(row[0]) for row in rows)
    print(f"\n{'bug':{width}}  {'':8}  law that fails")
    for name, verdict, why in rows:
        print(f"{name:{width}}  {verdict:8}  {why}")
    n_bad = sum(row[1] not in ("caught", "holds") for row in rows)
    print(f"{len(rows) - 1} bugs, {sum(row[1] == 'caught' for row in rows)} caught")
    return 1 if n_bad else 0


def copy(tree):
    """what git would take into a commit: tracked and new files, without what is ignored"""
    shutil.rmtree(tree, ignore_errors=True)
    out = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True)
    for name in filter(None, out.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            # Of today, so that a bug that a broken-off run has compiled in is compiled out.
            shutil.copy(ROOT / name, tree / name)


def plant(path, old, new, look):
    text = path.read_text()
    if text.count(old) != 1:
        return "STALE", f"its text occurs {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new))
    verdict, why = look()
    path.write_text(text)
    return {"held": "MISSED", "failed": "caught"}.get(verdict, "BROKEN"), why


def run(tree, target, a):
    """held, failed or broken, and what failed"""
    env = dict(os.environ, CARGO_TARGET_DIR=target, CARGO_PROFILE_DEV_DEBUG="0", SEGQL_LAWS=str(a.laws))
    command = ["cargo", "test", "--profile", a.profile, "--test", "it"]
    built = subprocess.run([*command, "--no-run"], cwd=tree, env=env, capture_output=True)
    if built.returncode:
        return "broken", "doesn't compile: " + built.stderr.decode()[-600:]
    for seed in a.seeds:
        p = subprocess.run([*command, LAW, "--", "--exact"], cwd=tree, env=dict(env, SEGQL_LAWS_SEED=str(seed)), capture_output=True)
        if p.returncode:
            return "failed", reason(p.stdout.decode() + p.stderr.decode(), seed)
    return "held", f"{len(a.seeds)} seeds of {a.laws} filters"


def reason(output, seed):
    """the law of the first failure: the third line of its report"""
    found = re.search(r"^book \d+ .*, filter \d+.*\n  .*\n  ([^:\n]+):", output, re.M)
    return f"{found.group(1).strip() if found else 'the laws'} (seed {seed})"


if __name__ == "__main__":
    started = time.monotonic()
    status = main()
    print(f"{time.monotonic() - started:.0f} s")
    sys.exit(status)
