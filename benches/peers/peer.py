"""Runs the set in one peer: `peer.py NAME BOOK RUNS THREADS`, in the environment that run.py made.

Prints one JSON object: version, seconds to load, peak memory, and for each sentence its counts and times. A timed run
always follows an untimed one of the same sentence, as in `segql bench`; after each run as written comes a shifted one.
"""
import glob
import json
import os
import resource
import shutil
import sys
import tempfile
import time

import queries


def files(book, table):
    """The Parquet files of a table, in name order."""
    single = os.path.join(book, f"{table}.parquet")
    return [single] if os.path.exists(single) else sorted(glob.glob(os.path.join(book, table, "*.parquet")))


class DuckDb:
    def __init__(self, book, threads):
        import duckdb

        self.version = duckdb.__version__
        self.con = duckdb.connect()
        self.con.execute(f"set threads = {threads}; set timezone = 'UTC'")
        for table in ("contacts", "activity"):
            self.con.execute(f"create table {table} as from read_parquet({files(book, table)!r}, union_by_name = true)")
        self.sql = queries.Sql()

    def prepare(self, number, k):
        sql = self.sql.query(number, k)
        return lambda: self.con.execute(sql).fetchone()[0]


class ClickHouse:
    # Texts of few distinct values, as its users would declare them.
    FEW = {"contacts": ("status", "source", "funnel_status", "account_state", "country", "city", "tier"), "activity": ("kind", "campaign", "page")}

    def __init__(self, book, threads):
        import chdb
        from chdb import session

        self.scratch = tempfile.mkdtemp(prefix="segql-chdb-")
        self.session = session.Session(self.scratch)
        self.version = f"{self.session.query('select version()', 'TSV').data().strip()} (chdb {chdb.__version__})"
        self.session.query("create database peers engine = Atomic")
        self.settings = f"settings max_threads = {threads}, join_use_nulls = 0"
        for table in ("contacts", "activity"):
            paths = files(book, table)
            pattern = paths[0] if len(paths) == 1 else os.path.join(os.path.dirname(paths[0]), "*.parquet")
            has = {line.split("\t")[0] for line in str(self.session.query(f"describe file('{pattern}', Parquet)", "TSV")).splitlines()}
            few = ", ".join(f"toLowCardinality({c}) as {c}" for c in self.FEW[table] if c in has)
            self.session.query(
                f"create table peers.{table} engine = Memory as select * replace ({few}) from file('{pattern}', Parquet) settings max_threads = {threads}"
            )
        self.sql = queries.ClickHouse()
        self.sql.contacts, self.sql.activity = "peers.contacts", "peers.activity"

    def prepare(self, number, k):
        sql = f"{self.sql.query(number, k)} {self.settings}"
        return lambda: int(str(self.session.query(sql, "TSV")))


class Polars:
    def __init__(self, book, threads):
        import polars

        self.pl = polars
        self.version = polars.__version__
        read = lambda table: polars.concat([polars.read_parquet(path) for path in files(book, table)], how="vertical_relaxed", rechunk=True)
        self.contacts, self.activity = read("contacts").lazy(), read("activity").lazy()

    def prepare(self, number, k):
        query = queries.polars_query(self.pl, self.contacts, self.activity, number, k)
        return lambda: int(query.collect().item())


class DataFusion:
    def __init__(self, book, threads):
        import datafusion

        self.version = datafusion.__version__
        config = datafusion.SessionConfig().with_target_partitions(threads)
        self.ctx = datafusion.SessionContext(config)
        for table in ("contacts", "activity"):
            paths = files(book, table)
            source = paths[0] if len(paths) == 1 else os.path.dirname(paths[0])
            self.ctx.register_parquet(f"{table}_files", source)
            self.ctx.register_table(table, self.ctx.sql(f"select * from {table}_files").cache())
        self.sql = queries.DataFusion()

    def prepare(self, number, k):
        sql = self.sql.query(number, k)
        return lambda: self.ctx.sql(sql).collect()[0].column(0)[0].as_py()


PEERS = {"duckdb": DuckDb, "clickhouse": ClickHouse, "polars": Polars, "datafusion": DataFusion}


def timed(run):
    """Microseconds of the second of two runs, and the count."""
    run()
    start = time.perf_counter_ns()
    count = run()
    return (time.perf_counter_ns() - start) / 1000, count


def main():
    name, book, runs, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    start = time.perf_counter()
    peer = PEERS[name](book, threads)
    load_s = time.perf_counter() - start
    found = []
    for number in queries.IDS:
        plain, shifted, counts = [], [], {}
        try:
            for i in range(runs):
                for k, times in ((0, plain), (1 + i, shifted)):
                    us, counts[k] = timed(peer.prepare(number, k))
                    times.append(us)
        except Exception as error:  # a peer that can't run a sentence is reported, and the others go on
            found.append({"id": number, "error": f"{type(error).__name__}: {str(error).splitlines()[0][:300]}"})
            continue
        found.append({"id": number, "counts": counts, "plain_us": plain, "shifted_us": shifted})
        print(f"  {name} {number}: {counts[0]}, {sorted(plain)[len(plain) // 2] / 1000:.2f} ms", file=sys.stderr, flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"name": name, "version": peer.version, "load_s": load_s, "peak_rss_bytes": peak, "queries": found}), flush=True)
    shutil.rmtree(getattr(peer, "scratch", ""), ignore_errors=True)
    os._exit(0)  # some peers crash while they are torn down


if __name__ == "__main__":
    main()
