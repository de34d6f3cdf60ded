#!/usr/bin/env python3
"""Damages three good books in thousands of ways, under a memory limit, and shows that each is answered.

    python3 tests/faults/mutations.py                   20,000 mutations (some minutes)
    python3 tests/faults/mutations.py --mutations 1000

Builds the tests in the profile `ci` and runs one of them, `mutations`, in portions of 1,000 with seeds of their own: bits
flipped, files cut, bytes zeroed. Without a manifest a book must be an error or be read; with one it must be an error
that names the file. No panic, no abort, none slower than 10 seconds, all in 1 GiB of address space.
"""

import argparse
import json
import os
import re
import resource
import subprocess
import sys

PORTION = 1_000
SLOWEST_MS = 10_000
LINE = re.compile(
    r"(\d+) mutations: (\d+) refused, (\d+) read the same, (\d+) read with other content; with a manifest 0; slowest (\d+) ms"
)


def test_binary():
    command = ["cargo", "test", "--profile", "ci", "--test", "it", "--no-run", "--message-format", "json"]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    built = [json.loads(line) for line in lines if line.startswith("{")]
    # The program that the tests ask is built beside them.
    return next(it["executable"] for it in built if it.get("executable") and it["target"]["kind"] == ["test"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutations", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1, help="of the first portion")
    parser.add_argument("--memory-mb", type=int, default=1_024, help="address space of the process")
    arguments = parser.parse_args()
    binary = test_binary()
    limit = arguments.memory_mb << 20
    totals, slowest, failures = [0, 0, 0, 0], 0, 0
    for portion in range(-(-arguments.mutations // PORTION)):
        n = min(PORTION, arguments.mutations - portion * PORTION)
        seed = arguments.seed + portion
        done = subprocess.run(
            [binary, "mutations::", "--nocapture", "--test-threads", "1"],
            env=os.environ | {"SEGQL_MUTATIONS": str(n), "SEGQL_MUTATIONS_SEED": str(seed)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
        )
        told = LINE.search(done.stdout)
        if done.returncode != 0 or not told or "panicked" in done.stdout:
            failures += 1
            print(f"seed {seed}, {n} mutations: exit status {done.returncode}\n{done.stdout[-2_000:]}")
            continue
        totals = [total + int(it) for total, it in zip(totals, told.groups())]
        slowest = max(slowest, int(told[5]))
    n, refused, same, other = totals
    print(
        f"{n} mutations: {refused} refused, {same} read the same, {other} read with other content (of pages without "
        f"checksums); with a manifest 0; slowest {slowest} ms, {failures} portions with a panic or an abort"
    )
    sys.exit(1 if failures or slowest > SLOWEST_MS else 0)


if __name__ == "__main__":
    main()
