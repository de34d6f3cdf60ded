#!/usr/bin/env python3
"""Tells which lines of syntax, plan, exec and index no test runs.

    python3 tests/planted/coverage.py            the share of each module, and of all
    python3 tests/planted/coverage.py --lines    each line that isn't run, too

Compiles the package with the compiler's counters, unoptimized, as the dependencies stand in the profile `ci`; runs the unit and
integration tests, and counts the lines that any of them, or any process that they start, came through. Lines of tests don't
count. Needs `cov` of llvm_profparser, which reads what the compiler wrote without LLVM's own tools, and installs it in
`target`. Exit status 1 if fewer than 90 of a hundred lines are run.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = ROOT / "target"
WORK = TARGET / "coverage"
FLOORS = ("syntax", "plan", "exec", "index")
LEAST = 0.90
# Limits that are those of the optimized binary.
LEFT_OUT = ("a_small_address_space_is_no_abort",)


def tool():
    if not shutil.which("cov") and not (WORK / "bin/cov").exists():
        install = ["cargo", "install", "--quiet", "--locked", "--root", WORK, "llvm_profparser@0.15.0"]
        subprocess.run(install, check=True, env=os.environ | {"CARGO_TARGET_DIR": str(WORK / "tools")})
    return shutil.which("cov") or WORK / "bin/cov"


def programs():
    """The test programs and the binary that they start, compiled with counters."""
    WORK.mkdir(parents=True, exist_ok=True)
    wrapper = WORK / "rustc.sh"
    wrapper.write_text('#!/bin/sh\nexec "$@" -Cinstrument-coverage\n')
    wrapper.chmod(0o755)
    # What cargo asks of the compiler beforehand leaves a profile, too.
    environment = os.environ | {"RUSTC_WORKSPACE_WRAPPER": str(wrapper), "LLVM_PROFILE_FILE": "/dev/null"}
    command = ["cargo", "test", "--profile", "ci", "--config=profile.ci.package.segql.opt-level=0", "--lib", "--test=it", "--no-run", "--message-format=json"]
    told = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True, text=True).stdout
    messages = [json.loads(line) for line in told.splitlines()]
    found = {it["target"]["name"] + "-" + it["target"]["kind"][0]: it["executable"] for it in messages if it.get("executable")}
    return [found[name] for name in ("segql-lib", "it-test", "segql-bin")]


def run(tests):
    """The profiles of all processes."""
    for old in WORK.glob("*.profraw"):
        old.unlink()
    # Those of one program are added up as each process ends.
    # Fewer random filters than the tests have, as the package isn't optimized here.
    environment = os.environ | {"LLVM_PROFILE_FILE": str(WORK / "%2m.profraw"), "SEGQL_LAWS": "1000"}
    skip = [it for name in LEFT_OUT for it in ("--skip", name)]
    for program in tests:
        subprocess.run([program, *skip], cwd=ROOT, env=environment, check=True)
    # A process that is started without an environment leaves its own where it ran.
    for it in ROOT.glob("default_*.profraw"):
        shutil.move(it, WORK / it.name)
    return list(WORK.glob("*.profraw"))


def lines(cov, objects, profiles):
    """By file: how often each line that does something was run."""
    counts = collections.defaultdict(collections.Counter)
    for it in objects:
        command = [cov, "show", "--object", it, *(f"--instr-profile={profile}" for profile in profiles)]
        file = None
        for line in subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines():
            if found := re.match(r" *(\d+)\| *(\d*)\|", line):
                number, count = found.groups()
                if count:
                    counts[file][int(number)] += int(count)
            elif line.endswith(".rs"):
                file = pathlib.Path(line)
    return counts


def of_floors(counts):
    """By module: the lines that do something, and those of them that were run; without tests."""
    found = {}
    for path, of_file in counts.items():
        path = path if path.is_absolute() else ROOT / path
        inner = path.relative_to(ROOT / "src").parts if path.is_relative_to(ROOT / "src") else ()
        if not inner or inner[0] not in FLOORS or "tests" in (pathlib.Path(it).stem for it in inner):
            continue
        text = path.read_text().splitlines()
        end = next((at for at, line in enumerate(text, 1) if line.startswith("#[cfg(test)]")), len(text))
        found[path.relative_to(ROOT)] = {number: count for number, count in of_file.items() if number <= end}
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", action="store_true")
    arguments = parser.parse_args()
    cov, objects = tool(), programs()
    found = of_floors(lines(cov, objects, run(objects[:2])))
    totals = collections.Counter()
    for path, of_file in sorted(found.items()):
        missed = sorted(number for number, count in of_file.items() if not count)
        for name in (path.parts[1], "all"):
            totals[name, "all"] += len(of_file)
            totals[name, "run"] += len(of_file) - len(missed)
        if missed and arguments.lines:
            print(f"{path}: {', '.join(map(str, missed))}")
    for name in (*FLOORS, "all"):
        n, n_run = totals[name, "all"], totals[name, "run"]
        print(f"{name}: {n_run:,} of {n:,} lines, {n_run / max(n, 1):.1%}")
    sys.exit(0 if totals["all", "run"] >= LEAST * totals["all", "all"] > 0 else 1)


if __name__ == "__main__":
    main()
