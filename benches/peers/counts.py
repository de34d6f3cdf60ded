#!/usr/bin/env python3
"""Do SegQL and DuckDB count the same people? A small check over the same Parquet files.

    python3 benches/peers/counts.py SEGQL BOOK      BOOK: a directory made by `segql gen`

Asks the sentences 1, 3, 4, 6, 8 and 9 of the set and prints both counts side by side; exits 1 on a difference.
DuckDB is installed into an environment below target/.
"""
import json
import os
import subprocess
import sys

import environment
import queries

ASKED = [1, 3, 4, 6, 8, 9]
# Run by the environment's Python: counts over views of the files, with the SQL from stdin.
DUCKDB = """
import json, sys, duckdb, peer
con = duckdb.connect()
con.execute("set timezone = 'UTC'")
for table in ("contacts", "activity"):
    con.execute(f"create view {table} as from read_parquet({peer.files(sys.argv[1], table)!r}, union_by_name = true)")
print(json.dumps([con.execute(sql).fetchone()[0] for sql in json.load(sys.stdin)]))
"""


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    segql, book = sys.argv[1:]
    python, installed = environment.make(["duckdb"])
    if not installed:
        sys.exit("counts.py needs duckdb")
    texts = queries.sentences()
    ours = [count_by_segql(segql, book, texts[number]) for number in ASKED]
    sql = json.dumps([queries.Sql().query(number, 0) for number in ASKED])
    command = [python, "-B", "-c", DUCKDB, book]
    theirs = json.loads(subprocess.run(command, input=sql, check=True, stdout=subprocess.PIPE, text=True, env=module_path()).stdout)
    print(f"{'':>3} {'SegQL':>12} {'DuckDB':>12}")
    for number, our, their in zip(ASKED, ours, theirs):
        print(f"{number:>3} {our:>12} {their:>12}  {'' if our == their else 'DIFFERENT  '}{texts[number]}")
    sys.exit(0 if ours == theirs else 1)


def count_by_segql(segql, book, text):
    command = [segql, "query", "--book", book, "--now", queries.NOW_TEXT, "--format", "count", text]
    return int(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def module_path():
    """The environment in which the environment's Python finds the modules beside this file."""
    return dict(os.environ, PYTHONPATH=queries.HERE)


if __name__ == "__main__":
    main()
