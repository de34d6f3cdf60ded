#!/usr/bin/env python3
"""Reads what `segql run` writes with the programs that it is written for, and compares whom they find.

    python3 tests/differential/read_outputs.py target/ci/segql

Needs pyarrow, duckdb and pyroaring; with chdb also ClickHouse's bytes are read by ClickHouse. StarRocks and Doris are servers
that aren't started here: their bytes are taken apart by hand, a byte for the kind, then an id or a portable bitmap, which is
read by pyroaring, whose library is the one that both of them use.

Then 500 naughty texts go out as names, labels, folders and names of segments, and must come back as they were.
"""

import argparse
import csv
import importlib.util
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import urllib.parse

import duckdb
import pyarrow as pa
import pyarrow.dataset as dataset
import pyarrow.feather as feather
import pyarrow.parquet as pq
from naughty import naughty, quoted
from pyroaring import BitMap

FORMATS = "parquet,csv,ndjson,arrow,roaring,clickhouse,starrocks"
NOW = "2026-11-20T09:00:00Z"
# The last ones have few people, one, and nobody: each has bytes of its own in some format.
SEGMENTS = """
segment everyone: everyone;
segment active: status = active and not label = label_1;
segment by_city: city contains "a" or age is empty;
segment buyers: did purchase at least 2 times;
segment few: email in ({few});
segment one: email in ({one});
segment nobody: age > 30 and age < 20;
"""
# What a spreadsheet takes for the beginning of a formula.
FORMULA = tuple("=+-@\t\r\n＝＋－＠")
ODD = ["=1+1", "+1", "@a", "a,b", 'say "hi"', "two\nlines", "cr\rhere", "", " ", "ü", "\u202eabc", "🙂", "a\tb", "NULL", "\\N", "'"]


def make_book(segql, work):
    """A book in two parts, in which some rows replace others, and names are odd."""
    made = work / "made"
    subprocess.run([segql, "gen", "--contacts", "3000", made], check=True, capture_output=True)
    contacts = pq.read_table(made / "contacts.parquet" if (made / "contacts.parquet").exists() else made / "contacts")
    names = [ODD[at % len(ODD)] for at in range(contacts.num_rows)]
    contacts = contacts.set_column(contacts.schema.get_field_index("name"), "name", pa.array(names, pa.string()))
    if "number" not in contacts.column_names:
        contacts = contacts.append_column("number", pa.array([4_000_000_000 - 7 * at for at in range(contacts.num_rows)], pa.int64()))
    (made / "contacts.parquet").unlink(missing_ok=True)
    (made / "contacts").mkdir(exist_ok=True)
    for part in (made / "contacts").glob("*.parquet"):
        part.unlink()
    again = contacts.slice(100, 50)
    pq.write_table(contacts.slice(0, 1700), made / "contacts" / "a.parquet")
    pq.write_table(pa.concat_tables([contacts.slice(1700), again]), made / "contacts" / "b.parquet")
    return made


def listed(out, tag, kind):
    manifest = json.loads((out / "manifest.json").read_text())
    files = next(it for it in manifest["segments"] if it["tag"] == tag)["files"]
    return [out / file["path"] for file in files if file["format"] == kind and file["set"] == "people"]


def starrocks(data):
    if data[0] == 0:
        return BitMap()
    if data[0] == 1:
        return BitMap([struct.unpack("<I", data[1:])[0]])
    assert data[0] == 2, data[0]
    return BitMap.deserialize(data[1:])


def clickhouse(path):
    import chdb

    query = f"SELECT bitmapToArray(b) FROM file('{path}', 'RowBinary', 'b AggregateFunction(groupBitmap, UInt32)')"
    return BitMap(json.loads(str(chdb.query(query, "JSONEachRow")))["bitmapToArray(b)"])


def read(path, kind):
    """Key and name of each row."""
    if kind == "parquet":
        table = pq.read_table(path)
    elif kind == "arrow":
        table = feather.read_table(path)
    elif kind == "ndjson":
        rows = [json.loads(line) for line in path.read_text().split("\n") if line]
        return {(row["email"], row.get("name")) for row in rows}
    else:
        with open(path, newline="", encoding="utf-8") as file:
            return {(row["email"], row["name"]) for row in csv.DictReader(file)}
    return set(zip(table["email"].to_pylist(), table["name"].to_pylist()))


def defused(text):
    """what a spreadsheet would run as a formula, told to be text"""
    return "'" + text if text.lstrip(" ").startswith(FORMULA) else text


def send_naughty(segql, work):
    """500 texts as names and labels through every format; how many texts came back"""
    texts = naughty()
    emails = [f"n{at:03}@naughty.test" for at in range(len(texts))]
    wanted = {email: (text, [text, "kept"]) for email, text in zip(emails, texts)}
    book = work / "naughty"
    (book / "segments").mkdir(parents=True)
    (book / "segments" / "all.seg").write_text("segment all: everyone;\n")
    labels = pa.array([[text, "kept"] for text in texts], pa.list_(pa.string()))
    pq.write_table(pa.table({"email": emails, "name": texts, "labels": labels}), book / "contacts.parquet")

    def same(found, how, shown=str):
        found = {email: (name, labels) for email, name, labels in found}
        wrong = [(found.get(email), it) for email, it in wanted.items() if found.get(email) != (shown(it[0]), it[1])]
        assert not wrong and len(found) == len(wanted), (how, len(wrong), wrong[:2])

    def of_table(table):
        return zip(*(table[column].to_pylist() for column in ("email", "name", "labels")))

    def of_json(rows):
        return ((row["email"], row["name"], row["labels"]) for row in rows)

    def of_csv(path):
        with open(path, newline="", encoding="utf-8") as file:
            return [(row["email"], row["name"], json.loads(row["labels"])) for row in csv.DictReader(file)]

    columns = ["--columns", "email,name,labels"]
    for folder, more in (("defused", []), ("raw", ["--csv-raw"])):
        out = work / f"naughty-{folder}"
        subprocess.run([segql, "run", "--book", book, *columns, "--formats", "parquet,csv,ndjson,arrow", "--out", out, *more], check=True, capture_output=True)
        same(of_table(pq.read_table(listed(out, "all", "parquet")[0])), "parquet")
        same(of_table(feather.read_table(listed(out, "all", "arrow")[0])), "arrow")
        same(of_json(map(json.loads, filter(None, listed(out, "all", "ndjson")[0].read_text().split("\n")))), "ndjson")
        (path,) = listed(out, "all", "csv")
        same(of_csv(path), f"csv, {folder}", defused if folder == "defused" else str)
        if folder == "raw":
            rows = duckdb.sql(f"select email, name, labels from read_csv('{path}', header=true, all_varchar=true, delim=',', quote='\"', escape='\"', new_line='\\n', strict_mode=false, max_line_size=1000000)").fetchall()
            same([(email, name, json.loads(labels)) for email, name, labels in rows], "csv by DuckDB")
    for form in ("csv", "ndjson", "json", "parquet", "arrow"):
        path = work / f"naughty.{form}"
        subprocess.run([segql, "query", "--book", book, *columns, "--format", form, "--output", path, "everyone"], check=True, capture_output=True)
        found = {"csv": of_csv, "ndjson": lambda it: of_json(map(json.loads, filter(None, it.read_text().split("\n")))),
                 "json": lambda it: of_json(json.loads(it.read_text())), "parquet": lambda it: of_table(pq.read_table(it)),
                 "arrow": lambda it: of_table(feather.read_table(it))}[form](path)
        same(found, f"{form} of a query")

    # As folders: a name is cut at 120 bytes, and ends with a checksum then.
    out = work / "naughty-folders"
    subprocess.run([segql, "run", "--book", book, "--columns", "email", "--partition", "name", "--out", out], check=True, capture_output=True)
    whole = 0
    for path in listed(out, "all", "parquet"):
        (email,) = pq.ParquetFile(path).read()["email"].to_pylist()
        tag, _, value = path.parent.name.partition("=")
        if len(path.parent.name) < 120:
            assert (tag, urllib.parse.unquote(value)) == ("name", wanted[email][0]), path
            whole += 1
    assert whole > 400, whole

    # As literals of the language, and names of segments: each finds the one who is called so.
    plan = []
    for at, text in enumerate(texts):
        name = "".join(c if c.isascii() and c.isalnum() else f"\\U{ord(c):08x}" for c in text)
        definition = f"name = cased {quoted(text)} and label = {quoted(text)}"
        plan.append(f"[segments.s{at:03}]\nname = \"{name}\"\ndefinition = {json.dumps(definition)}\n")
    (work / "naughty.toml").write_text("\n".join(plan))
    out = work / "naughty-names"
    subprocess.run([segql, "run", "--book", book, "--plan", work / "naughty.toml", "--out", out], check=True, capture_output=True)
    for at, segment in enumerate(json.loads((out / "manifest.json").read_text())["segments"]):
        table = pq.ParquetFile(out / segment["files"][0]["path"])
        assert table.read()["email"].to_pylist() == [emails[at]], (texts[at], table.read())
        assert segment["name"] == texts[at] == table.metadata.metadata[b"name"].decode(), (texts[at], segment["name"])
    return len(texts)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("segql", type=lambda path: str(pathlib.Path(path).resolve()))
    segql = parser.parse_args().segql
    has_clickhouse = importlib.util.find_spec("chdb") is not None
    compared = 0
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        book, out, by_number, raw = make_book(segql, work), work / "out", work / "by_number", work / "raw"
        stored = dataset.dataset([book / "contacts" / "a.parquet", book / "contacts" / "b.parquet"]).to_table(columns=["email", "number"])
        emails = [email.strip().lower() for email in stored["email"].to_pylist()]
        row_of, number_of = ({email: at for at, email in enumerate(column)} for column in (emails, emails))
        number_of = dict(zip(emails, stored["number"].to_pylist()))
        quoted = [json.dumps(email) for email in sorted(row_of)[:20]]
        (book / "segments").mkdir(exist_ok=True)
        (book / "segments" / "all.seg").write_text(SEGMENTS.format(few=", ".join(quoted), one=quoted[0]))
        run = [segql, "run", "--book", book, "--now", NOW, "--columns", "email,name", "--formats", FORMATS, "--out"]
        subprocess.run([*run, out], check=True, capture_output=True)
        subprocess.run([*run, by_number, "--id-column", "number"], check=True, capture_output=True)
        subprocess.run([*run, raw, "--csv-raw"], check=True, capture_output=True)
        for tag in [line.split()[1].rstrip(":") for line in SEGMENTS.strip().splitlines()]:
            asked = subprocess.run(
                [segql, "query", "--book", book, "--now", NOW, "--columns", "email,name", "--format", "ndjson", f"@{tag}"],
                check=True, capture_output=True, text=True,
            )
            people = {(row["email"], row.get("name")) for row in map(json.loads, filter(None, asked.stdout.split("\n")))}
            keys = {key for key, _ in people}
            for kind in ("parquet", "arrow", "ndjson"):
                (path,) = listed(out, tag, kind)
                assert read(path, kind) == people, (tag, kind)
            as_text = {(key, name or "") for key, name in people}
            (path,) = listed(raw, tag, "csv")
            assert read(path, "csv") == as_text, (tag, "csv")
            found = duckdb.sql(f"SELECT email, name FROM read_csv('{path}', header=true, all_varchar=true, new_line='\\n', quote='\"', escape='\"', strict_mode=false)").fetchall()
            assert {(key, name or "") for key, name in found} == as_text, (tag, "csv by DuckDB")
            (path,) = listed(out, tag, "csv")
            for key, name in read(path, "csv"):
                assert not name.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n")), (tag, name)
            assert {(key, name[1:] if name.startswith("'") and name != "'" else name) for key, name in read(path, "csv")} == as_text, tag
            for folder, ids in ((out, {row_of[key] for key in keys}), (by_number, {number_of[key] for key in keys})):
                wanted = BitMap(ids)
                (path,) = listed(folder, tag, "roaring")
                assert BitMap.deserialize(path.read_bytes()) == wanted, (tag, "roaring")
                (path,) = listed(folder, tag, "starrocks")
                assert starrocks(path.read_bytes()) == wanted, (tag, "starrocks")
                if has_clickhouse:
                    (path,) = listed(folder, tag, "clickhouse")
                    assert clickhouse(path) == wanted, (tag, "clickhouse")
            about = json.loads(listed(by_number, tag, "sidecar")[0].read_text())
            assert about["id_column"] == "number" and about["count"] == len(keys), about
            print(f"{tag:10} {len(keys):5} people", flush=True)
            compared += 1
        n_naughty = send_naughty(segql, work)
    print(f"{n_naughty} naughty texts came back from every format")
    print(f"{compared} segments read back as they are{'' if has_clickhouse else ' (without ClickHouse)'}")


if __name__ == "__main__":
    sys.exit(main())
