#!/usr/bin/env python3
"""Counts the instructions of what SegQL does most often: of a commit, and of the tree as it is.

    python3 benches/instructions/run.py               the tree against the last commit
    python3 benches/instructions/run.py --base v0.1   against another one
    python3 benches/instructions/run.py --only count  the operations whose name holds this

Both are compiled with the same dependencies, with the kernels that every processor can run, and run in Valgrind one after the other; so a
count hangs neither on the machine nor on what else it does. Prints each count beside the commit's; exit status 1 if one is more
than five in a hundred above it. Needs Valgrind, and installs Gungraun's runner in `target/instructions`.
"""

import argparse
import io
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WORK = ROOT / "target/instructions"
VERSION = "0.20.0"
MOST_ABOVE = "5%"


def runner():
    """The program that has Valgrind run each operation."""
    if not shutil.which("valgrind"):
        sys.exit("valgrind isn't there; on Debian: apt-get install valgrind")
    path = WORK / "bin/gungraun-runner"
    if not path.exists():
        environment = os.environ | {"CARGO_TARGET_DIR": str(WORK / "tools")}
        install = ["cargo", "install", "--quiet", "--locked", "--root", WORK, f"gungraun-runner@{VERSION}"]
        subprocess.run(install, check=True, env=environment)
    return path


def tree_of(commit):
    """A commit's files, with these benches in place of its own."""
    tree = WORK / "base"
    shutil.rmtree(tree, ignore_errors=True)
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(tree, filter="data")
    for part in (HERE, HERE.parent / "support"):
        shutil.rmtree(tree / part.relative_to(ROOT), ignore_errors=True)
        shutil.copytree(part, tree / part.relative_to(ROOT))
    return tree


def count(tree, environment, arguments, **out):
    """Compiles and counts the operations of a tree; the exit status."""
    package = tree / HERE.relative_to(ROOT)
    # The versions of both are the tree's as it is; cargo adds those of Gungraun.
    shutil.copy(ROOT / "Cargo.lock", package / "Cargo.lock")
    command = ["cargo", "bench", "--manifest-path", package / "Cargo.toml", "--bench=hot", "--"]
    return subprocess.run([*command, *arguments], env=environment, **out).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", default="HEAD", help="the commit to be compared with")
    parser.add_argument("--only", help="a part of the name of what is counted")
    arguments = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {
        "CARGO_TARGET_DIR": str(WORK),
        "GUNGRAUN_RUNNER": str(runner()),
        "RUSTFLAGS": "--cfg portable_kernels",
    }
    given = ["--callgrind-args=--cache-sim=no", "--callgrind-metrics=ir"]
    if arguments.only:
        given.append(f"--filter=*{arguments.only}*")
    log = WORK / "base.log"
    with log.open("wb") as out:
        if count(tree_of(arguments.base), environment, [*given, "--save-baseline=base"], stdout=out, stderr=subprocess.STDOUT):
            sys.exit(f"the commit's couldn't be counted: {log}")
    sys.exit(1 if count(ROOT, environment, [*given, "--baseline=base", f"--callgrind-limits=ir={MOST_ABOVE}"]) else 0)


if __name__ == "__main__":
    main()
