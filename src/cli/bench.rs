//! `segql bench`: warm times of filters, in the process.

use std::io::Write;
use std::time::Instant;

use serde::Serialize;

use super::args::BenchArgs;
use super::failure::Failure;
use super::query::{open, query_options, read_source};
use super::script::statements;
use super::terminal::Terminal;
use crate::engine::{Engine, QueryOptions};

#[derive(Serialize)]
struct Report {
    load_ms: f64,
    peak_rss_bytes: Option<u64>,
    rss_bytes: Option<u64>,
    queries: Vec<Timing>,
}

#[derive(Serialize)]
struct Timing {
    filter: String,
    count: u64,
    min_us: f64,
    median_us: f64,
    p95_us: f64,
}

pub(super) fn run(args: &BenchArgs, terminal: &Terminal) -> Result<(), Failure> {
    let text = read_source(&args.file)?;
    let started = Instant::now();
    let engine = open(&args.book, &args.open, terminal)?;
    let load_ms = started.elapsed().as_secs_f64() * 1e3;
    let options = query_options(&engine, &args.clock)?;
    let queries = statements(&text)
        .map(|filter| time(&engine, filter, &options, args.runs, terminal))
        .collect::<Result<Vec<_>, _>>()?;
    let report = Report { load_ms, peak_rss_bytes: memory("VmHWM:"), rss_bytes: memory("VmRSS:"), queries };
    let mut out = std::io::stdout().lock();
    if args.json {
        serde_json::to_writer_pretty(&mut out, &report).map_err(std::io::Error::from)?;
        writeln!(out)?;
    } else {
        write_text(&report, &mut out)?;
    }
    Ok(())
}

/// Each run compiles and counts: what a peer's run of one SQL text does.
fn time(
    engine: &Engine,
    filter: &str,
    options: &QueryOptions,
    runs: u32,
    terminal: &Terminal,
) -> Result<Timing, Failure> {
    let failed = |error| Failure::of(error, filter, Some(engine.segments()), terminal);
    let count = engine.prepare(filter, options).and_then(|query| engine.count(&query)).map_err(failed)?;
    let mut times_us = Vec::new();
    for _ in 0..runs {
        let started = Instant::now();
        let again = engine.prepare(filter, options).and_then(|query| engine.count(&query)).map_err(failed)?;
        times_us.push(started.elapsed().as_secs_f64() * 1e6);
        if again != count {
            return Err(Failure::Message("two runs of one filter counted differently; please report it".to_owned(), 1));
        }
    }
    times_us.sort_by(f64::total_cmp);
    let at = |share: f64| times_us[((times_us.len() - 1) as f64 * share).round() as usize];
    Ok(Timing { filter: filter.to_owned(), count, min_us: at(0.0), median_us: at(0.5), p95_us: at(0.95) })
}

fn write_text(report: &Report, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "loaded in {:.0} ms", report.load_ms)?;
    if let Some(bytes) = report.peak_rss_bytes {
        writeln!(out, "peak memory {:.0} MB", bytes as f64 / 1e6)?;
    }
    writeln!(out, "{:>12} {:>11} {:>11} {:>11}  filter", "count", "min µs", "median µs", "p95 µs")?;
    for it in &report.queries {
        let filter = it.filter.split_whitespace().collect::<Vec<_>>().join(" ");
        writeln!(out, "{:>12} {:>11.1} {:>11.1} {:>11.1}  {filter}", it.count, it.min_us, it.median_us, it.p95_us)?;
    }
    Ok(())
}

/// A figure of this process from the system, in bytes; none where there is no such file.
fn memory(line: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let value = status.lines().find_map(|it| it.strip_prefix(line))?;
    value.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
