#!/usr/bin/env python3
"""Ends `segql run` at every file-system call in turn, and makes every such call fail in turn.

    python3 tests/faults/kill_points.py target/ci/segql             every point (some minutes)
    python3 tests/faults/kill_points.py target/ci/segql --stride 9  every ninth

There are outputs of an old run; a new one, of other definitions, is ended or made to fail at its N-th call of a sort, for
N = 1, 2, … until it gets to its end undisturbed. After each attempt the outputs must be the old or the new ones, every
byte of every file that the manifest lists, and another run must leave exactly the new ones, with nothing beside them.

A run that a failing call ends must say so by its exit status, with the old outputs in place; one that gets over it must
have the new ones in place. Needs `strace`; the run writes from one thread, which is the one that is traced.
"""

import argparse
import collections
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

# Each with the errors that it is made to fail with.
CALLS = {
    "write": ["ENOSPC", "EIO"],
    "fsync": ["ENOSPC", "EIO"],
    "rename,renameat,renameat2": ["ENOSPC", "EIO"],
    "openat": ["ENOSPC", "EIO"],
    "mkdir,mkdirat": ["ENOSPC", "EIO"],
    "fchmod": ["EIO"],
    "flock": ["EIO"],
    "unlink,unlinkat,rmdir": ["EIO"],
    "close": [],
}
VARYING = ("run_id", "started", "elapsed")
OLD = "segment all: everyone;\nsegment active: status = active;\nsegment gone: age > 60;\n"
NEW = "segment all: everyone;\nsegment active: status = active and age > 30;\nsegment young: age < 30;\n"


class Wrong(Exception):
    pass


def manifest(out):
    return json.loads((out / "manifest.json").read_text())


def steady(entries):
    return {key: value for key, value in entries.items() if key not in VARYING}


def tree(out):
    """Each file's bytes by path; of the manifest what doesn't vary, of the history nothing."""
    found = {}
    for path in sorted(out.rglob("*")):
        name = path.relative_to(out).as_posix()
        if path.is_dir() or name == "history.jsonl":
            continue
        found[name] = json.dumps(steady(manifest(out))) if name == "manifest.json" else path.read_bytes()
    return found


def check_listed(out):
    for segment in manifest(out)["segments"]:
        for file in segment["files"]:
            path = out / file["path"]
            content = path.read_bytes() if path.exists() else None
            if content is None:
                raise Wrong(f"{file['path']} is listed, but not there")
            if len(content) != file["bytes"] or hashlib.sha256(content).hexdigest() != file["sha256"]:
                raise Wrong(f"{file['path']} isn't as listed")


class Rig:
    def __init__(self, segql, work):
        self.segql, self.work = segql, work
        self.book, self.base, self.out, self.log = work / "book", work / "base", work / "out", work / "strace"
        subprocess.run([segql, "gen", "--contacts", "400", self.book], check=True, capture_output=True)
        self.define("old", OLD)
        self.define("new", NEW)
        self.run("old", self.base)
        self.old = tree(self.base)
        shutil.copytree(self.base, self.out)
        self.run("new", self.out)
        self.new = tree(self.out)
        self.runs = {manifest(self.base)["run_id"]}

    def define(self, name, text):
        (self.work / name).mkdir()
        (self.work / name / "all.seg").write_text(text)

    def command(self, name, out):
        formats = "parquet,csv,roaring"
        fixed = ["--now", "2026-11-20T09:00:00Z", "--threads", "1", "--jobs", "1", "--formats", formats, "--changes"]
        return [self.segql, "run", "--book", self.book, "--segments", self.work / name, "--out", out, *fixed]

    def run(self, name, out, tracing=()):
        return subprocess.run([*tracing, *self.command(name, out)], capture_output=True)

    def attempt(self, calls, what, at):
        """Whether the N-th call was met."""
        shutil.rmtree(self.out)
        shutil.copytree(self.base, self.out)
        inject = f"inject={calls}:{what}:when={at}"
        ended = self.run("new", self.out, ["strace", "-y", "-o", self.log, "-e", f"trace={calls}", "-e", inject])
        lines = self.log.read_text().splitlines()
        killed = any(line.startswith("+++ killed by SIGKILL") for line in lines)
        injected = [line for line in lines if "(INJECTED)" in line]
        if not killed and not injected:
            if ended.returncode != 0 or tree(self.out) != self.new:
                raise Wrong(f"undisturbed, and yet exit status {ended.returncode}")
            return False
        self.check(ended, killed, injected)
        return True

    def check(self, ended, killed, injected):
        check_listed(self.out)
        now = json.dumps(steady(manifest(self.out)))
        is_old, is_new = now == self.old["manifest.json"], now == self.new["manifest.json"]
        if not (is_old or is_new):
            raise Wrong("the manifest is neither the old nor the new one")
        if is_old and (self.out / "manifest.json").read_bytes() != (self.base / "manifest.json").read_bytes():
            raise Wrong("the old manifest isn't the old one byte by byte")
        # What the run says on its standard streams is no output: that they fail is told, whatever came before.
        on_streams = any(line.startswith(("write(1<", "write(2<")) for line in injected)
        if not killed and not on_streams:
            status = ended.returncode
            if b"panicked" in ended.stderr:
                raise Wrong("a panic")
            if (status != 0) != is_old or status not in (0, 1, 4):
                raise Wrong(f"exit status {status} with the {'old' if is_old else 'new'} outputs: {injected}")
        if self.run("new", self.out).returncode != 0:
            raise Wrong("the next run fails")
        # Its changes are against whichever run it found: all else must be as in the new outputs.
        left, wanted = tree(self.out), self.new
        if is_old and left != wanted:
            raise Wrong(f"the next run leaves {sorted(set(left) ^ set(wanted)) or 'other bytes'}")
        if is_new:
            check_listed(self.out)
            listed = {file["path"] for segment in manifest(self.out)["segments"] for file in segment["files"]}
            extra = set(left) - listed - {"manifest.json", ".segql.lock"}
            if extra:
                raise Wrong(f"the next run leaves {sorted(extra)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("segql", type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("--stride", type=int, default=1, help="take every so many-th point")
    options = parser.parse_args()
    if shutil.which("strace") is None:
        sys.exit("strace is not installed")
    points, wrong = collections.Counter(), []
    with tempfile.TemporaryDirectory() as work:
        rig = Rig(options.segql, pathlib.Path(work))
        for calls, errors in CALLS.items():
            for what in ["signal=SIGKILL", *(f"error={error}" for error in errors)]:
                at = 1
                while True:
                    try:
                        if not rig.attempt(calls, what, at):
                            break
                    except Wrong as why:
                        wrong.append(f"{what} at {calls} number {at}: {why}")
                    points["killed" if "signal" in what else "failed"] += 1
                    at += options.stride
                print(f"{calls.split(',')[0]:10} {what:14} up to number {at - 1}", flush=True)
    for line in wrong:
        print(line)
    print(f"killed at {points['killed']} points, failed at {points['failed']}, {len(wrong)} wrong")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
