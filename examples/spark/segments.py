#!/usr/bin/env python3
"""Runs the saved segments of a folder on Spark, over tables of Parquet, and writes them as `segql run` does: a folder each.

    python3 examples/spark/segments.py --segql target/release/segql --book data/cdnow --now 1998-07-01T00:00:00Z --out out
    spark-submit examples/spark/segments.py --segql segql --book sample --tables s3a://crm/ --segments segments --out s3a://crm/segments

Needs PySpark (`pip install pyspark`) and a JRE; SegQL itself only to write the SQL, from the book whose columns and kinds of records
the tables have: a sample of a few thousand rows will do. Below --tables (unless said: the book itself) lie `contacts`, `activity`,
`registrations`, `journey` and `visitors`, those of them that there are, as folders of Parquet, partitioned or not, or files.

Each segment becomes OUT/segments/TAG/people.parquet with the one column `email`, in no order; `--check RUN` compares it with what
`segql run --out RUN` wrote of the same segments. No key may occur twice in the tables; if one may, give them a column that numbers the
rows, and name it with --row.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from pyspark.sql import SparkSession

PARTS = ["contacts", "activity", "registrations", "journey", "visitors"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--segql", default="segql", help="the program")
    parser.add_argument("--book", required=True, help="the book whose columns and kinds the tables have")
    parser.add_argument("--tables", help="where the tables lie [the book]")
    parser.add_argument("--segments", help="the folder of definitions [segments in the book]")
    parser.add_argument("--row", help="the column of contacts and visitors that numbers their rows")
    parser.add_argument("--now", help="the clock")
    parser.add_argument("--out", required=True, help="the folder of the outputs; segments that are there already are replaced")
    parser.add_argument("--check", type=pathlib.Path, help="the outputs of `segql run`, to compare with")
    args = parser.parse_args()

    definitions = selects(args)
    spark = SparkSession.builder.appName("segments").getOrCreate()
    for part in PARTS:
        table = read(spark, args.tables or args.book, part)
        if table is not None:
            table.createOrReplaceTempView(part)
    differs = 0
    for tag, sql in definitions.items():
        path = f"{args.out.rstrip('/')}/segments/{tag}/people.parquet"
        spark.sql(sql).write.mode("overwrite").option("compression", "zstd").parquet(path)
        people = spark.read.parquet(path)
        print(f"{tag}: {people.count()} people", flush=True)
        if args.check:
            differs += compare(people, args.check, tag)
    spark.stop()
    return 1 if differs else 0


def selects(args):
    """the SELECT of each segment, by tag"""
    order = f"row = {json.dumps(args.row)}" if args.row else "unique = true"
    with tempfile.TemporaryDirectory() as folder:
        tables = pathlib.Path(folder) / "tables.toml"
        tables.write_text("".join(f"[{part}]\n{order}\n" for part in ("contacts", "visitors")), encoding="utf-8")
        command = [args.segql, "sql", "--book", args.book, "--dialect", "spark", "--tables", tables, "--all", "--format", "json"]
        command += ["--now", args.now] if args.now else []
        command += ["--segments", args.segments] if args.segments else []
        # A segment that Spark can't say exactly is told there, and ends this.
        lines = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.split(b"\n")
    return {segment["segment"]: segment["sql"] for segment in map(json.loads, filter(None, lines))}


def read(spark, root, part):
    """a table, if there is one: columns of parts that differ are brought together"""
    root = root.rstrip("/")
    for path in (f"{root}/{part}", f"{root}/{part}.parquet"):
        if "://" in root or os.path.exists(path):
            try:
                return spark.read.option("mergeSchema", "true").parquet(path)
            except Exception as error:   # with a path that isn't there, the next may be
                if "PATH_NOT_FOUND" not in str(error):
                    raise
    return None


def compare(people, run, tag):
    """how many e-mails are in one of both outputs alone"""
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    files = next(it for it in manifest["segments"] if it["tag"] == tag)["files"]
    paths = [str(run / file["path"]) for file in files if (file["set"], file["format"]) == ("people", "parquet")]
    theirs = people.sparkSession.read.parquet(*paths).selectExpr("lower(trim(email)) as email")
    n = people.exceptAll(theirs).count() + theirs.exceptAll(people).count()
    print(f"{tag}: {'the same as' if n == 0 else f'{n} differ from'} `segql run`", flush=True)
    return n


if __name__ == "__main__":
    sys.exit(main())
