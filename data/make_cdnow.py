#!/usr/bin/env python3
"""Make the Parquet files of the book `cdnow` from CDNOW_master.txt.

    python make_cdnow.py [OUTPUT DIRECTORY]      default: cdnow beside this file

Reads CDNOW_master.txt beside this file, or else out of CDNOW_master.zip there. Needs the Python package duckdb
(the committed files were written by 2.0.0; another version may write other bytes with the same rows).
"""
import os
import sys
import zipfile

import duckdb

HERE = os.path.dirname(os.path.abspath(__file__))
FACTS = (69_659, 23_570, "2500315.63", 80)  # orders, customers, spent in all, orders of 0.00


def lines():
    """The lines of the text file: customer, day, number of CDs, dollars."""
    plain = os.path.join(HERE, "CDNOW_master.txt")
    if os.path.exists(plain):
        with open(plain, encoding="ascii") as file:
            return file.read().splitlines()
    with zipfile.ZipFile(os.path.join(HERE, "CDNOW_master.zip")) as archive:
        return archive.read("CDNOW_master.txt").decode("ascii").splitlines()


def main():
    out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "cdnow")
    os.makedirs(out, exist_ok=True)
    rows = []
    for n, line in enumerate(lines()[1:]):  # the first line is a header
        parts = line.split()
        if parts:
            customer, day, cds, dollars = parts
            rows.append(f"({n},'{customer}','{day}',{int(cds)},{dollars})")

    con = duckdb.connect()
    con.execute("set threads = 1; set preserve_insertion_order = true")  # the same bytes each time
    con.execute("create table raw(n int, customer varchar, day varchar, cds int, dollars decimal(10, 2))")
    con.execute("begin")
    for i in range(0, len(rows), 5000):
        con.execute("insert into raw values " + ",".join(rows[i : i + 5000]))
    con.execute("commit")
    con.execute(
        """
        create table orders as
        select n, 'c' || customer || '@example.com' as email, strptime(day, '%Y%m%d') as t, dollars as amount, cds from raw;
        create table people as
        select email, min(t) as first_t, count(*) as orders, sum(amount) as spent from orders group by email;
        """
    )
    found = con.execute("select count(*), count(distinct email), sum(amount)::varchar, count(*) filter (amount = 0) from orders").fetchone()
    assert found == FACTS, f"the text file holds {found}, not {FACTS}"

    con.execute(
        f"""
        copy (select email, first_t as subscribed_at, orders::int as orders, spent::decimal(10,2) as spent,
                     case when orders >= 10 and spent > 500 then 'promoter'
                          when orders >= 2 then 'loyal_customer'
                          else 'customer' end as funnel_status
              from people order by email)
        to '{out}/contacts.parquet' (format parquet, compression zstd, compression_level 12);
        copy (select email, 'purchase' as kind, t as "at", amount, cds from orders order by n)
        to '{out}/activity.parquet' (format parquet, compression zstd, compression_level 12);
        """
    )
    print("orders, customers, spent, free orders:", *found)


if __name__ == "__main__":
    main()
