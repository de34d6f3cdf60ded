#!/usr/bin/env python3
"""Loads hostile files under limits of memory and time, and shows that each is answered.

    python3 tests/faults/hostile.py target/ci/segql ../shared/data/hostile

The folder holds Parquet files and `expect.json`, which says for each what it must be: `ok`, `error`, or `either`. Each file is
loaded twice: as the contacts of a book, and as a part beside one that has the key, so that all its columns are decoded. The
process has 1 GiB of address space and 10 seconds. Whatever ends in a signal, a panic, another status than 0 or 4, or in an
error that doesn't name the file, is wrong; so is a damaged file that is read, unless what is damaged is a column that is left
out and told. Needs `pyarrow`.
"""

import argparse
import collections
import json
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile

import pyarrow
import pyarrow.parquet

SECONDS = 10
FOLDERS = ("parquet-testing", "parquet-testing-bad", "arrow-fuzzing")


def load(segql, book, limit):
    command = [segql, "inspect", "--no-image", "--threads", "2", "--format", "json", str(book)]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            timeout=SECONDS,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
        )
    except subprocess.TimeoutExpired:
        return None, "", f"no answer within {SECONDS} seconds"
    return done.returncode, done.stdout, done.stderr.decode(errors="replace")


def fault(status, error, told, must, alone):
    """What is wrong with an answer; none if nothing is. `told` are the irregularities."""
    if status not in (0, 4):
        return f"exit status {status}"
    if "panicked" in error or "RUST_BACKTRACE" in error:
        return "the text of a panic"
    if status == 4 and "contacts" not in error:
        return "an error that doesn't name the file"
    if must == "error" and status == 0 and not any("left out: " in it for it in told):
        return "read, where it must be refused"
    if must == "ok" and status == 4 and not alone:
        return "refused, where it must be read"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("segql")
    parser.add_argument("hostile", type=pathlib.Path)
    parser.add_argument("--memory-mb", type=int, default=1_024, help="address space of each process")
    arguments = parser.parse_args()
    expected = json.loads((arguments.hostile / "expect.json").read_text())
    limit = arguments.memory_mb << 20
    wrong, statuses, n_files = 0, collections.Counter(), 0
    with tempfile.TemporaryDirectory() as scratch:
        book = pathlib.Path(scratch) / "book"
        for name, entry in sorted(expected.items()):
            if not name.startswith(FOLDERS):
                continue
            n_files += 1
            for alone in (True, False):
                shutil.rmtree(book, ignore_errors=True)
                contacts = book / "contacts"
                contacts.mkdir(parents=True)
                shutil.copy(arguments.hostile / name, contacts / "part-1.parquet")
                if not alone:
                    pyarrow.parquet.write_table(pyarrow.table({"email": ["a@x.example"]}), contacts / "part-0.parquet")
                # A field of contacts must be of its type; theirs only happen to have its name.
                (book / "book.toml").write_text('[columns]\nname = "their_name"\n')
                status, out, error = load(arguments.segql, book, limit)
                statuses[status] += 1
                told = json.loads(out)["irregularities"] if status == 0 else []
                found = fault(status, error, told, entry["must"], alone)
                if not found and status == 0 and not alone and entry.get("rows"):
                    # None of its rows has a key: all of them are counted as such.
                    if str(entry["rows"]) not in re.findall(r"\d+", " ".join(told)):
                        found = f"not its {entry['rows']} rows: {told}"
                if found:
                    wrong += 1
                    print(f"{name}, {'alone' if alone else 'beside a key'}: {found}: {error.strip()[:300]}")
    told = ", ".join(f"{n} with status {status}" for status, n in sorted(statuses.items(), key=str))
    print(f"{n_files} hostile files, each loaded twice in {arguments.memory_mb} MB: {told}; {wrong} wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
