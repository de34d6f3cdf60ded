#!/usr/bin/env python3
"""What `segql sql` writes, run by the engines that it is written for: the same people must come back.

    sql_engines.py BINARY [--engines duckdb,datafusion,clickhouse,spark,postgres] [--venv DIR] [--cases DIR] [--filters 500] [--seed 1]
                   [--state FILE [--minutes N]]

Three sorts of filters are run on every engine: the case files under --cases, against the checksums of their answers; random ones of
`duckdb_differential.py`, against SegQL's own answers; and the 500 texts of `naughty.py`, each asked for as a name and as a label. Each book's files are read by pyarrow, given a column that numbers their rows, and
loaded as they are; all that a book's reading does to them is left to the SQL. With --venv the packages are put there first, those of the
engines asked for alone. PostgreSQL is a server of its own in a folder of its own, from what Debian's package `postgresql` installs.

With --state the file keeps how far each engine has come, and the same command goes on there; --minutes ends a run after so many.

Exit status 1 if any answer differs, of which the first ones are printed; 75 if --minutes ended the run before all was compared.
"""
import argparse, glob, hashlib, json, os, pathlib, random, shutil, signal, subprocess, sys, tempfile, time

import naughty

PACKAGES = {"duckdb": ["duckdb"], "datafusion": ["datafusion"], "clickhouse": ["chdb"], "spark": ["pyspark"], "postgres": ["psycopg[binary]"]}
PARTS = ["contacts", "visitors", "activity", "registrations", "journey"]
SHOWN = 8
A_BOOK = 250


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("binary")
    ap.add_argument("--engines", default="duckdb,datafusion")
    ap.add_argument("--venv", help="make this environment if need be, and run in it")
    ap.add_argument("--cases", help="the folder of demo/cases.jsonl and cdnow/cases.jsonl")
    ap.add_argument("--only", default="", help="cases whose id starts so")
    ap.add_argument("--filters", type=int, default=500)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--state", type=pathlib.Path, help="keeps how far each engine has come")
    ap.add_argument("--minutes", type=float, help="ends the run after so many")
    a = ap.parse_args()
    until = time.time() + 60 * a.minutes if a.minutes else None
    engines = a.engines.split(",")
    # What is ended from outside stops its server, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if a.venv:
        in_environment(a.venv, engines)
    batches = [*case_batches(a), *random_batches(a), *naughty_batches(a), *odd_batches(a)]
    asked = sum(len(batch.filters) for batch in batches)
    asks = hashlib.sha256("\n".join(words for batch in batches for words in batch.filters).encode()).hexdigest()
    states = State(a.state, asks)
    differs = is_open = False
    for name in engines:
        started = time.time()
        state = states.of(name)
        if state["compared"] < asked:
            engine = ENGINES[name]()
            state["version"] = engine.version
            try:
                first = 0
                for batch in batches:
                    run(a.binary, engine, name, batch, first, state, until)
                    first += len(batch.filters)
            finally:
                engine.close()
                states.save()
        n, bad = state["compared"], len(state["different"])
        of_all = "" if n == asked else f" of {asked}"
        print(f"{name} {state['version']}: {n}{of_all} filters, {n - bad} the same, {bad} not; {time.time() - started:.0f} s", flush=True)
        differs, is_open = differs or bad > 0, is_open or n < asked
    return 1 if differs else 75 if is_open else 0


class State:
    """how far each engine has come with what is asked: numbers compared, and those that were different"""

    def __init__(self, path, asks):
        self.path, self.kept = path, {"asks": asks, "engines": {}}
        if path and path.exists():
            kept = json.loads(path.read_text(encoding="utf-8"))
            if kept["asks"] != asks:
                sys.exit(f"{path} is of other filters")
            self.kept = kept

    def of(self, engine):
        return self.kept["engines"].setdefault(engine, {"version": "", "compared": 0, "different": []})

    def save(self):
        if self.path:
            self.path.write_text(json.dumps(self.kept, indent=1, ensure_ascii=False), encoding="utf-8")


def in_environment(folder, engines):
    """runs this script again in an environment that has the packages"""
    folder = pathlib.Path(folder).absolute()
    python = folder / "bin" / "python"
    if pathlib.Path(sys.prefix).resolve() == folder.resolve():
        return
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    packages = ["duckdb", "pyarrow", *(package for engine in engines for package in PACKAGES[engine])]
    subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
    os.execv(python, [python, *sys.argv])


# ---------------------------------------------------------------------------------------------- what is asked
class Batch:
    """filters over one book at one time: `answers` are lists of keys, or checksums of them"""

    def __init__(self, book, now, zone, filters, answers, lists=None):
        self.book, self.now, self.zone, self.filters, self.answers, self.lists = book, now, zone, filters, answers, lists

    def answer(self, at, engine):
        """what an engine can find"""
        return [] if not engine.holds_zero and "\\u{0}" in self.filters[at] else self.answers[at]


def case_batches(a):
    for name in ("demo", "cdnow") if a.cases else ():
        folder = pathlib.Path(a.cases) / name
        groups = {}
        for line in open(folder / "cases.jsonl", encoding="utf-8"):
            case = json.loads(line)
            if case["id"].startswith(a.only):
                groups.setdefault((case.get("book", "book"), case["now"], case["tz"]), []).append(case)
        for (book, now, zone), cases in groups.items():
            yield Batch(folder / book, now, zone, [case["dsl"] for case in cases], [case["emails_sha256"] for case in cases], folder / "lists")


KEEP = tempfile.TemporaryDirectory()


def random_batches(a):
    import duckdb_differential as draws
    for book in range((a.filters + A_BOOK - 1) // A_BOOK):
        rng = random.Random(f"sql/{a.seed}/{book}")
        zone = rng.choice(draws.ZONES)
        folder = pathlib.Path(KEEP.name) / f"random-{book}"
        folder.mkdir()
        draws.write_book(folder, rng, 600)
        draw = draws.Draw(rng, zone)
        n = min(A_BOOK, a.filters - book * A_BOOK)
        filters = [draw.filter(rng.randrange(0, 4), rng.random() < 0.5)[0] for _ in range(n)]
        now = "2026-11-20T09:00:00Z"
        script = "\n".join(f"{words} | show email;" for words in filters)
        p = subprocess.run([a.binary, "repl", "--book", folder, "--now", now, "--tz", zone], input=script.encode(), capture_output=True, check=True)
        answers = [answer.split() for answer in p.stdout.decode().split("email\n")[1:]]
        assert len(answers) == len(filters)
        yield Batch(folder, now, zone, filters, answers)


def naughty_batches(a):
    import pyarrow as pa, pyarrow.parquet as pq
    texts = naughty.naughty(500 if a.filters else 0)
    if texts:
        folder = pathlib.Path(KEEP.name) / "naughty"
        folder.mkdir()
        emails = [f"n{at:03}@naughty.test" for at in range(len(texts))]
        labels = pa.array([[text, "kept"] for text in texts], pa.list_(pa.string()))
        pq.write_table(pa.table({"email": emails, "name": texts, "labels": labels}), folder / "contacts.parquet")
        filters = [f"name = cased {naughty.quoted(text)} and label = {naughty.quoted(text)}" for text in texts]
        yield Batch(folder, "2026-11-20T09:00:00Z", "UTC", filters, [[email] for email in emails])


def odd_batches(a):
    """values at which some engine gave up, with their answers by hand"""
    import pyarrow as pa, pyarrow.parquet as pq
    if a.filters:
        folder = pathlib.Path(KEEP.name) / "odd"
        folder.mkdir()
        (folder / "book.toml").write_text('[fields.day]\ntype = "date"\n')
        rows = [("2026-01-05", 5e-324, 0), ("2026-02-30", -5e-324, 0), ("2024-02-29", 0.0, 0), ("1900-02-29", -0.0, 0), ("2000-02-29", 1.0, 1), ("2026-13-01", float("nan"), 1),
                ("2026-00-10", float("inf"), 1), ("2026-01-00", float("-inf"), 1), ("soon", 1e300, 1), (None, 0.5, 0), ("2026-04-31", None, 0)]
        day, score, orders = zip(*rows)
        emails = [f"o{at:02}@odd.test" for at in range(len(rows))]
        pq.write_table(pa.table({"email": emails, "day": pa.array(day, pa.string()), "score": pa.array(score, pa.float64()), "orders": pa.array(orders, pa.int64())}), folder / "contacts.parquet")
        answers = {"day is empty": [1, 3, 5, 6, 7, 8, 9, 10], "day before 2026-01-01": [2, 4], "day >= 2024-02-29": [0, 2],
                   "score > field orders": [0, 6, 8, 9], "score < field orders": [1, 7], "score = field orders": [2, 3, 4]}
        yield Batch(folder, "2026-11-20T09:00:00Z", "UTC", list(answers), [[emails[at] for at in answer] for answer in answers.values()])


def run(binary, engine, dialect, batch, first, state, until):
    """the filters of a batch that haven't been compared yet; the first has this number"""
    rest = list(enumerate(batch.filters))[max(0, state["compared"] - first):]
    if not rest or until and time.time() > until:
        return
    prefix = engine.load(batch.book)
    with tempfile.TemporaryDirectory() as folder:
        selects = sql_of(binary, dialect, batch, pathlib.Path(folder), prefix)
    for at, words in rest:
        answer = batch.answer(at, engine)
        if until and time.time() > until:
            return
        started = time.time()
        try:
            keys = sorted(key.lower() for key in engine.keys(selects[at]))
        except KeyError:
            keys = "no SQL"
        except Exception as error:   # told as a failure of the filter
            keys = f"{type(error).__name__}: {str(error)[:300]}"
        if os.environ.get("SHOW_SLOW") and time.time() - started > 2:
            print(f"{time.time() - started:.1f} s on {dialect}: {words[:200]}", flush=True)
        state["compared"] += 1
        same = keys == answer if isinstance(answer, list) else hashlib.sha256("\n".join(keys).encode()).hexdigest() == answer
        if not same:
            state["different"].append([first + at, words])
            if len(state["different"]) <= SHOWN:
                theirs = keys if isinstance(keys, str) else f"{len(keys)} people"
                ours = f" for {len(answer)}" if isinstance(answer, list) else ""
                print(f"DIFFERS on {dialect}: {theirs}{ours}\n  {words[:2000]}", flush=True)
                if os.environ.get("SHOW_SQL"):
                    print(selects.get(at))


def sql_of(binary, dialect, batch, folder, prefix):
    """the SELECT of each filter, by number: all at once, as saved segments beside the book's own"""
    segments = folder / "book" / "segments"
    if (batch.book / "segments").exists():
        shutil.copytree(batch.book / "segments", segments)
    segments.mkdir(parents=True, exist_ok=True)
    if batch.lists and batch.lists.exists():
        shutil.copytree(batch.lists, folder / "lists")
        shutil.copytree(batch.lists, segments / "lists")
    lines = []
    for at, words in enumerate(batch.filters):
        lines.append(f"segment drawn_{at}: {words}\n;\n")
    (segments / "zz-drawn.seg").write_text("".join(lines), encoding="utf-8")
    (folder / "map.toml").write_text("".join(f'[{part}]\ntable = "{prefix}_{part}"\nrow = "row_no"\n' for part in PARTS))
    p = subprocess.run([binary, "sql", "--book", batch.book, "--dialect", dialect, "--now", batch.now, "--tz", batch.zone, "--segments", segments,
                        "--tables", folder / "map.toml", "--all", "--format", "json"], capture_output=True)
    if p.returncode not in (0, 3):
        sys.exit(p.stderr.decode())
    found = {}
    # Not by `splitlines`, which ends a line at characters that stand in texts, too.
    for line in filter(None, p.stdout.split(b"\n")):
        line = json.loads(line)
        if line["segment"].startswith("drawn_"):
            found[int(line["segment"][6:])] = line["sql"]
    if p.returncode == 3:
        print("\n".join(p.stderr.decode().splitlines()[:20]))
    return found


# ---------------------------------------------------------------------------------------------- the raw tables
def tables_of(book):
    """the parts of a book as tables of Arrow, with their rows numbered"""
    found = {}
    for part in PARTS:
        files = sorted(glob.glob(f"{book}/{part}/*.parquet")) or glob.glob(f"{book}/{part}.parquet")
        if files:
            table = joined([plain(file) for file in files])
            import pyarrow as pa
            found[part] = table.append_column("row_no", pa.array(range(table.num_rows), pa.int64()))
    return found


def plain(file):
    """a file with the types that every engine has: no dictionaries, microseconds at most, INT96 as the instants that they are"""
    import pyarrow as pa, pyarrow.compute as pc, pyarrow.parquet as pq
    f = pq.ParquetFile(file)
    int96 = {f.schema.column(i).name for i in range(len(f.schema)) if f.schema.column(i).physical_type == "INT96"}
    table = f.read()
    columns = {}
    for field in table.schema:
        column = table[field.name]
        if pa.types.is_dictionary(field.type):
            column = column.cast(field.type.value_type)
        elif pa.types.is_timestamp(field.type):
            zone = "UTC" if field.name in int96 else field.type.tz
            if field.type.unit == "ns":
                column = pa.chunked_array([pa.array([None if v is None else v // 1000 for v in column.cast(pa.int64()).to_pylist()], pa.int64())]).cast(pa.timestamp("us"))
            else:
                column = column.cast(pa.timestamp("us", field.type.tz)).cast(pa.int64()).cast(pa.timestamp("us"))
            column = column.cast(pa.int64()).cast(pa.timestamp("us", zone)) if zone else column
        elif pa.types.is_uint64(field.type):
            if pc.max(column).as_py() is not None and pc.max(column).as_py() >= 2**63:
                continue
            column = column.cast(pa.int64())
        columns[field.name] = column
    return pa.table(columns)


def joined(tables):
    import pyarrow as pa
    return pa.concat_tables(tables, promote_options="permissive").combine_chunks()


class Engine:
    """tables of a book under a prefix of their own; what is loaded once stays"""

    # Whether its texts can hold U+0000.
    holds_zero = True

    def __init__(self):
        self.loaded = {}

    def load(self, book):
        if book not in self.loaded:
            self.loaded[book] = f"b{len(self.loaded)}"
            for part, table in tables_of(book).items():
                self.put(f"{self.loaded[book]}_{part}", table)
        return self.loaded[book]

    def close(self):
        pass


class DuckDb(Engine):
    def __init__(self):
        super().__init__()
        import duckdb
        self.db, self.version = duckdb.connect(), duckdb.__version__

    def put(self, name, table):
        self.db.register("arrived", table)
        self.db.execute(f"create table {name} as select * from arrived")

    def keys(self, sql):
        return [key for (key,) in self.db.execute(sql).fetchall()]


class DataFusion(Engine):
    def __init__(self):
        super().__init__()
        import datafusion
        # Functions on lists take lambdas, which this engine's own dialect doesn't read.
        config = datafusion.SessionConfig().set("datafusion.sql_parser.dialect", "duckdb").with_target_partitions(2)
        self.context, self.version = datafusion.SessionContext(config), datafusion.__version__

    def put(self, name, table):
        self.context.register_record_batches(name, [table.to_batches()])

    def keys(self, sql):
        return [key for batch in self.context.sql(sql).collect() for key in batch.column(0).to_pylist()]


class ClickHouse(Engine):
    def __init__(self):
        super().__init__()
        from chdb import session
        self.session = session.Session()
        self.version = str(self.session.query("select version()", "TSVRaw")).strip()
        self.session.query("create database if not exists drawn engine = Atomic")
        self.session.query("use drawn")

    def put(self, name, table):
        import pyarrow.parquet as pq
        with tempfile.TemporaryDirectory() as folder:
            pq.write_table(table, f"{folder}/it.parquet")
            self.session.query(f"create table {name} engine = Memory as select * from file('{folder}/it.parquet', Parquet)")

    def keys(self, sql):
        answer = self.session.query(sql, "JSONCompactEachRow")
        return [json.loads(line)[0] for line in str(answer).splitlines()]

    def close(self):
        self.session.close()


class Spark(Engine):
    def __init__(self):
        super().__init__()
        from pyspark.sql import SparkSession
        build = SparkSession.builder.master("local[2]").appName("sql_engines")
        for key, value in {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "2", "spark.driver.memory": "4g", "spark.log.level": "ERROR",
                           "spark.ui.showConsoleProgress": "false", "spark.sql.session.timeZone": "America/New_York"}.items():
            build = build.config(key, value)
        self.session = build.getOrCreate()
        self.version = self.session.version
        self.folder = tempfile.TemporaryDirectory()

    def put(self, name, table):
        import pyarrow.parquet as pq
        path = f"{self.folder.name}/{name}"
        pq.write_table(table, path + ".parquet")
        self.session.read.parquet(path + ".parquet").createOrReplaceTempView(name)
        self.session.catalog.cacheTable(name)

    def keys(self, sql):
        return [row[0] for row in self.session.sql(sql).collect()]

    def close(self):
        self.session.stop()
        self.folder.cleanup()


class Postgres(Engine):
    """a server in a folder, which listens on a socket there alone"""

    holds_zero = False

    def __init__(self):
        super().__init__()
        import psycopg
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin")) or [os.path.dirname(shutil.which("postgres") or "postgres")]
        self.bin, self.folder = found[-1], tempfile.mkdtemp()
        # The server refuses to be root.
        self.user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        if self.user:
            shutil.chown(self.folder, "postgres")
        self.tool("initdb", "-D", f"{self.folder}/data", "-U", "drawn", "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8")
        self.tool("pg_ctl", "-D", f"{self.folder}/data", "-w", "-l", f"{self.folder}/log", "-o", f"-k {self.folder} -c listen_addresses='' -c fsync=off -c jit=off -c statement_timeout=120s -c TimeZone=America/New_York", "start")
        self.db = psycopg.connect(f"host={self.folder} user=drawn dbname=postgres", autocommit=True)
        self.version = self.db.execute("show server_version").fetchone()[0]

    def tool(self, name, *words):
        p = subprocess.run([*self.user, f"{self.bin}/{name}", *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/")
        if p.returncode:
            sys.exit(f"{name}: {p.stderr.decode()}")

    def put(self, name, table):
        import pyarrow as pa
        def type_of(field):
            t = field.type
            if pa.types.is_timestamp(t):
                return "timestamptz" if t.tz else "timestamp"
            if pa.types.is_decimal(t):
                return f"numeric({t.precision},{t.scale})"
            if pa.types.is_list(t):
                return "text[]"
            return {"bool": "boolean", "double": "double precision", "float": "real", "date32[day]": "date", "int32": "integer", "int64": "bigint"}.get(str(t), "text")
        fields = ", ".join('"' + f.name.replace('"', '""') + '" ' + type_of(f) for f in table.schema)
        self.db.execute(f"create table {name} ({fields})")
        with self.db.cursor() as cursor, cursor.copy(f"copy {name} from stdin") as copy:
            for batch in table.to_batches(max_chunksize=10_000):
                for row in zip(*(column.to_pylist() for column in batch.columns)):
                    copy.write_row([without_zero(value) for value in row])
        self.db.execute(f"analyze {name}")

    def keys(self, sql):
        return [key for (key,) in self.db.execute(sql.encode()).fetchall()]

    def close(self):
        self.db.close()
        self.tool("pg_ctl", "-D", f"{self.folder}/data", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)


def without_zero(value):
    """a value without the texts that PostgreSQL can't hold"""
    if isinstance(value, list):
        return [item for item in value if not item or "\0" not in item]
    return None if isinstance(value, str) and "\0" in value else value


ENGINES = {"duckdb": DuckDb, "datafusion": DataFusion, "clickhouse": ClickHouse, "spark": Spark, "postgres": Postgres}

if __name__ == "__main__":
    sys.exit(main())
