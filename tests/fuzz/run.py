#!/usr/bin/env python3
"""Fuzzes SegQL with libFuzzer, on the stable compiler and without a sanitizer.

    python3 tests/fuzz/run.py                             each target for a minute
    python3 tests/fuzz/run.py parser plan --seconds 600   these, for so long each
    python3 tests/fuzz/run.py parser --runs 100000        so many executions, however long they take
    python3 tests/fuzz/run.py parser --max-len 128        of inputs of so many bytes at most, which are run more often
    python3 tests/fuzz/run.py --long                      10,000,000 of parser, 1,000,000 of plan, the others 10 minutes each
    python3 tests/fuzz/run.py book --everything           counts what Parquet's and Roaring's decoders do, too

Builds the targets with the counters that lead libFuzzer (`instrument.sh`), in the profile `ci`; what the tests depend on isn't
compiled again. As many run at a time as there are processors; fewer targets, in several processes each. An input that
panics, takes over a second or over 2 GiB ends its target with status 1, and is told. What leads to new code is kept in `target/fuzz`, and the next run goes on
from there; the seeds are `tests/fuzz/corpus` and the sentences of the goldens. What was found belongs into
`tests/fuzz/corpus`, which the ordinary tests run. Needs a C++ compiler.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# Of each target: the longest input, and how the goldens' sentences are its seeds.
TARGETS = {
    "parser": (2_048, "{}"),
    "plan": (768, "\0{}"),
    "tree": (2_048, "{}"),
    "segments": (2_048, "segment x: {};"),
    "image": (512, None),
    "roaring": (4_096, None),
    "book": (16_384, None),
}
LONG_RUNS = {"parser": 10_000_000, "plan": 1_000_000}
LONG_SECONDS = 600
HANG_SECONDS = 1
MEMORY_MB = 2_048


def build(targets, everything):
    """The programs of targets, by name."""
    target_dir = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
    environment = os.environ | {"RUSTC_WRAPPER": str(HERE / "instrument.sh"), "CARGO_TARGET_DIR": str(target_dir)}
    if everything:
        # What is counted and what isn't must not meet in one folder.
        environment |= {"SEGQL_FUZZ_ALL": "1", "CARGO_TARGET_DIR": str(target_dir / "fuzz-everything")}
    # The versions are the package's; cargo adds those of libFuzzer.
    shutil.copy(ROOT / "Cargo.lock", HERE / "Cargo.lock")
    command = ["cargo", "build", "--profile", "ci", "--manifest-path", str(HERE / "Cargo.toml")]
    subprocess.run(command + [it for name in targets for it in ("--bin", f"fuzz_{name}")], env=environment, check=True)
    folder = pathlib.Path(environment["CARGO_TARGET_DIR"]) / "ci"
    return {name: folder / f"fuzz_{name}" for name in targets}, target_dir / "fuzz"


def seed(name, corpus):
    """Fills a corpus with what lies in the repository."""
    corpus.mkdir(parents=True, exist_ok=True)
    for file in (HERE / "corpus" / name).iterdir():
        shutil.copy(file, corpus / file.name)
    form = TARGETS[name][1]
    if not form:
        return
    for golden in sorted((ROOT / "tests/golden").glob("*/*.txt")):
        sentences = re.findall(r"^query  (.*(?:\n {7}.*)*)", golden.read_text(), re.MULTILINE)
        for n, sentence in enumerate(sentences):
            path = corpus / f"golden-{golden.parent.name}-{golden.stem}-{n}"
            path.write_text(form.format(re.sub(r"\n {7}", "\n", sentence)))


def fuzz(name, program, work, scratch, max_len, seconds, runs, copies):
    """Whether a target came to its end, in so many processes that share its corpus."""
    corpus = work / "corpus" / name
    seed(name, corpus)
    command = [
        str(program),
        f"-max_len={max_len}",
        # To weigh inputs by how rare their features are takes a fifth of the time, and found no more.
        "-entropic=0",
        # Else a process looks each second for what the others found, in tens of thousands of files.
        "-reload=60",
        f"-timeout={HANG_SECONDS}",
        f"-rss_limit_mb={MEMORY_MB}",
        f"-dict={HERE / 'segql.dict'}",
        f"-artifact_prefix={work}/{name}-",
        "-print_final_stats=1",
        *([f"-runs={-(-runs // copies)}"] if runs else [f"-max_total_time={seconds}"]),
        str(corpus),
    ]
    # The temporary books of image and book are small, and many.
    environment = os.environ | {"TMPDIR": scratch, "XDG_CACHE_HOME": scratch, "RUST_BACKTRACE": "0"}
    logs = [work / f"{name}-{n}.log" for n in range(copies)]
    running = []
    for log in logs:
        with log.open("wb") as out:
            running.append(subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=environment))
    statuses = [process.wait() for process in running]
    told = [log.read_text(errors="replace") for log in logs]
    stats = [dict(re.findall(r"^stat::(\w+): +(\d+)", it, re.MULTILINE)) for it in told]
    each = {it: [int(of_one.get(it, 0)) for of_one in stats] for it in ("number_of_executed_units", "average_exec_per_sec", "slowest_unit_time_sec", "peak_rss_mb")}
    if not any(statuses) and all(each["number_of_executed_units"]):
        reached = max(int(it) for text in told for it in re.findall(r"cov: (\d+)", text)[-1:])
        print(
            f"{name}: {sum(each['number_of_executed_units']):,} executions, {sum(each['average_exec_per_sec']):,} a second, {reached} places reached, "
            f"slowest {max(each['slowest_unit_time_sec'])} s, {max(each['peak_rss_mb'])} MB; nothing found",
            flush=True,
        )
        return True
    for status, log, text, n_done in zip(statuses, logs, told, each["number_of_executed_units"]):
        if status or not n_done:
            print(f"{name}: exit status {status} after {n_done:,} executions; {log} ends with\n{text[-3_000:]}", flush=True)
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=60, help="of each target")
    parser.add_argument("--runs", type=int, help="executions of each target, in place of seconds")
    parser.add_argument("--max-len", type=int, help="bytes of an input, if the target takes more")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--everything", action="store_true")
    arguments = parser.parse_args()
    targets = arguments.targets or list(TARGETS)
    unknown = [it for it in targets if it not in TARGETS]
    if unknown:
        parser.error(f"no target is called {unknown[0]}; there are {', '.join(TARGETS)}")
    programs, work = build(targets, arguments.everything)
    shared_memory = pathlib.Path("/dev/shm")

    # A processor that has no target of its own helps another.
    copies = max(1, (os.cpu_count() or 1) // len(targets))

    def run(name):
        seconds, runs = arguments.seconds, arguments.runs
        if arguments.long:
            seconds, runs = LONG_SECONDS, LONG_RUNS.get(name)
        max_len = min(TARGETS[name][0], arguments.max_len or TARGETS[name][0])
        return fuzz(name, programs[name], work, scratch, max_len, seconds, runs, copies)

    with tempfile.TemporaryDirectory(dir=shared_memory if shared_memory.is_dir() else None) as scratch:
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            came_to_end = list(pool.map(run, targets))
    sys.exit(0 if all(came_to_end) else 1)


if __name__ == "__main__":
    main()
