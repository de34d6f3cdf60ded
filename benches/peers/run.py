#!/usr/bin/env python3
"""Measure SegQL beside DuckDB, ClickHouse, Polars and DataFusion on one book.

    cargo build --release && python3 benches/peers/run.py [--contacts 1000000] [--segql target/release/segql]

Makes its own environment and, where there is none yet, the book (`segql gen --contacts N --seed 1`); builds nothing else.
Each program loads the same Parquet files into its own tables in memory, in a process of its own, with two threads on the
same two processors, one program after the other. Every count is asked as written and shifted: then each number and date
is moved a little, differently in each run. A timed run follows an untimed one of the same sentence. No time is printed unless all
programs give the same count for every sentence, in every shifted form too.

Prints a Markdown table; writes table.md, chart.svg and results.json into --out. A peer that can't be installed or fails
is reported and left out.
"""
import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile

import chart
import environment
import queries

HERE = os.path.dirname(os.path.abspath(__file__))
THREADS = 2
TITLES = {"segql": "SegQL", "duckdb": "DuckDB", "clickhouse": "ClickHouse", "polars": "Polars", "datafusion": "DataFusion"}


def main():
    target = os.path.join(environment.ROOT, "target")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--segql", default=os.path.join(target, "release", "segql"), help="the binary [target/release/segql]")
    parser.add_argument("--contacts", type=int, default=1_000_000, help="size of the book [1000000]")
    parser.add_argument("--book", help="a book made by `segql gen` [target/peers/book-N]")
    parser.add_argument("--runs", type=int, default=7, help="timed runs of each form, at least 5 [7]")
    parser.add_argument("--peers", default=",".join(environment.PACKAGES), help="which, by commas")
    parser.add_argument("--out", default=os.path.join(target, "peers"), help="where results go [target/peers]")
    args = parser.parse_args()
    if args.runs < 5:
        parser.error("--runs must be at least 5: a median of fewer says little")
    wanted = args.peers.split(",")
    if not set(wanted) <= set(environment.PACKAGES):
        parser.error(f"--peers knows {', '.join(environment.PACKAGES)}")
    segql = os.path.abspath(args.segql)
    if not os.path.exists(segql):
        parser.error(f"there is no {args.segql}: run `cargo build --release` first, or name one with --segql")
    os.makedirs(args.out, exist_ok=True)
    book = args.book or os.path.join(target, "peers", f"book-{args.contacts}")
    if not os.path.exists(book):
        told(f"making {book}")
        subprocess.run([segql, "gen", "--contacts", str(args.contacts), "--seed", "1", book], check=True, stdout=sys.stderr)

    python, installed = environment.make(wanted)
    results = [run_segql(segql, book, args.runs)]
    results += filter(None, (run_peer(python, name, book, args.runs) for name in installed))
    contacts = results[0]["contacts"]
    compare(results)
    table = report(results, contacts, machine(), args)
    print(table)
    with open(os.path.join(args.out, "table.md"), "w", encoding="utf-8") as file:
        file.write(table + "\n")
    with open(os.path.join(args.out, "results.json"), "w", encoding="utf-8") as file:
        json.dump({"machine": machine(), "contacts": contacts, "programs": results}, file, indent=1)
    rows = [(str(number), [median(program, number, "plain_us") for program in results]) for number in queries.IDS]
    with open(os.path.join(args.out, "chart.svg"), "w", encoding="utf-8") as file:
        file.write(chart.bars([titled(p) for p in results], rows, f"Time of one count, {contacts:,} contacts, {machine()}"))


def run_segql(segql, book, runs):
    """One `segql bench` over all runs of all sentences, so that the book is loaded once."""
    told("running segql")
    asked = [(number, k) for number in queries.IDS for i in range(runs) for k in (0, 1 + i)]
    texts = queries.sentences()
    with tempfile.NamedTemporaryFile("w", suffix=".seg", encoding="utf-8") as file:
        file.write("".join(f"{queries.shift_text(texts[number], k)};\n" for number, k in asked) + "everyone;\n")
        file.flush()
        command = [segql, "bench", "--book", book, "--now", queries.NOW_TEXT, "--threads", str(THREADS), "--runs", "1", "--no-image", "--json", "-f", file.name]
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE, preexec_fn=pin).stdout
    found = json.loads(output)
    *answers, everyone = found["queries"]
    assert len(answers) == len(asked), "segql bench answered another number of sentences than it was asked"
    by_id = {number: {"id": number, "counts": {}, "plain_us": [], "shifted_us": []} for number in queries.IDS}
    for (number, k), answer in zip(asked, answers):
        by_id[number]["counts"][str(k)] = answer["count"]
        by_id[number]["shifted_us" if k else "plain_us"].append(answer["median_us"])
    version = subprocess.run([segql, "--version"], check=True, stdout=subprocess.PIPE, text=True).stdout.split()[-1]
    load_s, peak = found["load_ms"] / 1000, found["peak_rss_bytes"]
    return {"name": "segql", "version": version, "contacts": everyone["count"], "load_s": load_s, "peak_rss_bytes": peak, "queries": list(by_id.values())}


def run_peer(python, name, book, runs):
    told(f"running {name}")
    command = [python, os.path.join(HERE, "peer.py"), name, book, str(runs), str(THREADS)]
    env = dict(os.environ, POLARS_MAX_THREADS=str(THREADS), TOKIO_WORKER_THREADS=str(THREADS), PYTHONDONTWRITEBYTECODE="1")
    run = subprocess.run(command, stdout=subprocess.PIPE, env=env, preexec_fn=pin)
    if run.returncode != 0 or not run.stdout:
        told(f"left out: {name} ended with {run.returncode}")
        return None
    return json.loads(run.stdout.splitlines()[-1])


def pin():
    """Every program has the same two processors, where the system can be told."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])


def compare(results):
    """Ends the run unless all programs agree on every count, as written and shifted."""
    wrong = []
    for program in results:
        for query in program["queries"]:
            ours = answer(results[0], query["id"])["counts"]
            if "error" in query:
                told(f"{program['name']} can't answer {query['id']}: {query['error']}")
            elif query["counts"] != ours:
                wrong.append(f"{query['id']}: segql {ours}, {program['name']} {query['counts']}")
    if wrong:
        sys.exit("the programs disagree, so no time is told:\n  " + "\n  ".join(wrong))


def report(results, contacts, where, args):
    """The Markdown that the README quotes."""
    names = [TITLES[p["name"]] for p in results]
    lines = [
        f"{contacts:,} contacts; {where}; " + ", ".join(titled(p) for p in results) + "; two threads each.",
        f"Milliseconds of one count, warm, median of {args.runs}: as written / with shifted numbers and dates.",
        "",
        "| sentence | people | " + " | ".join(names) + " | fastest peer / SegQL |",
        "|---|--:|" + "--:|" * (len(names) + 1),
    ]
    texts, ratios = queries.sentences(), []
    for number in queries.IDS:
        count = answer(results[0], number)["counts"]["0"]
        cells = []
        for program in results:
            plain, shifted = (median(program, number, form) for form in ("plain_us", "shifted_us"))
            cells.append("–" if plain is None else f"{ms(plain)} / {ms(shifted)}")
        ratio = "–"
        peers = [us for us in (median(p, number, "plain_us") for p in results[1:]) if us is not None]
        if peers:
            ratios.append(min(peers) / max(median(results[0], number, "plain_us"), 0.001))
            ratio = f"{ratios[-1]:,.1f}"
        lines.append(f"| {number}. {shortened(texts[number])} | {count:,} | " + " | ".join(cells) + f" | {ratio} |")
        meant = queries.MEANT_SHARES.get(number)
        if meant and not meant / 5 <= count / max(contacts, 1) <= meant * 5:
            told(f"sentence {number} finds {count} of {contacts}, meant were about {meant:.2%}: it fits this book badly")
    if ratios:
        lines.append(f"| geometric mean | | {' | ' * len(names)} {math.exp(statistics.mean(map(math.log, ratios))):,.1f} |")
    lines.append("| load, s | | " + " | ".join(f"{p['load_s']:.2f}" for p in results) + " | |")
    lines.append("| peak memory, MB | | " + " | ".join(f"{p['peak_rss_bytes'] / 1e6:,.0f}" for p in results) + " | |")
    return "\n".join(lines)


def titled(program):
    return f"{TITLES[program['name']]} {program['version']}"


def answer(program, number):
    return next(query for query in program["queries"] if query["id"] == number)


def median(program, number, form):
    """Microseconds, or None where the program has no answer."""
    times = answer(program, number).get(form)
    return statistics.median(times) if times else None


def ms(us):
    return f"{us / 1000:.3f}" if us < 1000 else f"{us / 1000:.1f}" if us < 100_000 else f"{us / 1000:,.0f}"


def shortened(text):
    text = text.replace("|", "\\|")
    return f"`{text}`" if len(text) <= 60 else f"`{text[:57]}…`"


def machine():
    """Processor, cores and memory."""
    model, cores, memory = platform.processor() or platform.machine(), os.cpu_count(), ""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), model)
        with open("/proc/meminfo", encoding="utf-8") as file:
            memory = f", {int(file.readline().split()[1]) / 2**20:.0f} GiB"
    except OSError:
        pass
    return f"{model}, {cores} cores{memory}"


def told(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
