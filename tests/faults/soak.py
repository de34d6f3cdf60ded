#!/usr/bin/env python3
"""Asks and reloads books in one process for a long time, and shows that nothing drifts.

    python3 tests/faults/soak.py                 half an hour
    python3 tests/faults/soak.py --seconds 30

Builds the tests in the profile `ci` and runs one of them, `soak`, alone in its process: three threads ask 60 random sentences each,
while the book is loaded anew, from its files and from an image in turn. Every answer must be the serial one. After the first
third, memory may neither grow nor shrink by more than 5 % (a straight line through the samples), nor handles at all.
"""

import argparse
import os
import re
import subprocess
import sys

from mutations import test_binary

MOST_DRIFT = 0.05


def drift(samples):
    """How much a straight line through (time, value) rises from end to end, as a share of the mean."""
    n = len(samples)
    mean_t = sum(t for t, _ in samples) / n
    mean_v = sum(v for _, v in samples) / n
    square = sum((t - mean_t) ** 2 for t, _ in samples)
    slope = sum((t - mean_t) * (v - mean_v) for t, v in samples) / square
    return slope * (samples[-1][0] - samples[0][0]) / mean_v


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=1_800)
    arguments = parser.parse_args()
    done = subprocess.run(
        [test_binary(), "soak::", "--nocapture", "--test-threads", "1"],
        env=os.environ | {"SEGQL_SOAK_SECONDS": str(arguments.seconds)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    told = re.search(r"^\d+ answers, .*", done.stdout, re.MULTILINE)
    if done.returncode or not told:
        sys.exit(f"exit status {done.returncode}\n{done.stdout[-3_000:]}")
    samples = [tuple(map(float, it)) for it in re.findall(r"sample (\S+) (\d+) (\d+)", done.stdout)]
    samples = samples[len(samples) // 3 :]
    if len(samples) < 10:
        sys.exit(f"only {len(samples)} samples: too short a time")
    memory = drift([(t, kb) for t, kb, _ in samples])
    handles = [n for _, _, n in samples]
    print(
        f"{told[0]}; over the last {samples[-1][0] - samples[0][0]:.0f} s memory {samples[-1][1] / 1024:.0f} MB, drift "
        f"{memory:+.1%}; handles {min(handles):.0f} to {max(handles):.0f}"
    )
    sys.exit(1 if abs(memory) > MOST_DRIFT or handles[-1] > handles[0] else 0)


if __name__ == "__main__":
    main()
