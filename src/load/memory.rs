//! What a book takes in memory, planned from its footers before it is loaded, and what the machine has.
//!
//! The plan is on the large side: measured on books of 20,000 to 1,000,000 contacts, with 1 to 4 threads, it is 1.0 to 2.2
//! times what a load takes at its peak, and 2.8 times with 100,000,000. A column is kept as narrow codes and its texts once
//! more; while it is read, its rows and what its pages claim to hold stand there twice. What a query takes besides is bits
//! for rows, and its answer: neither is counted.

use std::fs;
use std::path::Path;

use super::error::LoadError;
use super::records::{LOG_KEYS, LOGS};
use super::shape::Shape;
use super::source::Source;

/// The share of the machine that a book may take unless said otherwise, in percent.
const SHARE: u64 = 80;
/// What a process takes that has no book.
const BASE_BYTES: u64 = 16 << 20;
/// Address space that the system's C library reserves for the heap of a thread.
const HEAP_BYTES: u64 = 128 << 20;
/// Of a record while records are put in order: contact, time and kind, and in their new order contact, time and place.
const RECORD_BYTES: u64 = 28;
/// Of a contact or visitor: its key's hash and row, while they are sorted and once they are.
const KEY_BYTES: u64 = 40;

/// Whether a book of these files may be loaded with so many bytes by so many threads; without a ceiling it may.
pub(super) fn check(sources: &[&Source], threads: usize, ceiling: Option<u64>) -> Result<(), LoadError> {
    fits("its files", planned(sources, threads), ceiling)
}

/// Whether an image of so many bytes may be read: it is mapped, and each answer goes over it.
pub(super) fn check_image(size_bytes: u64, ceiling: Option<u64>) -> Result<(), LoadError> {
    fits("its image", size_bytes.saturating_add(BASE_BYTES), ceiling)
}

fn fits(from: &'static str, needed: u64, ceiling: Option<u64>) -> Result<(), LoadError> {
    match ceiling {
        Some(at) if needed > at => Err(LoadError::BeyondMemory { from, needed, at }),
        Some(_) | None => Ok(()),
    }
}

/// Bytes that these files take, on the large side.
fn planned(sources: &[&Source], threads: usize) -> u64 {
    let (mut kept, mut largest) = (BASE_BYTES, 0_u64);
    for source in sources {
        let n_rows = source.n_rows();
        let is_log = LOGS.iter().any(|it| it.part == source.part);
        kept = kept.saturating_add(n_rows.saturating_mul(if is_log { RECORD_BYTES } else { KEY_BYTES }));
        for column in &source.columns {
            let size = Size::of(&column.shape, n_rows, source.column_values(column), source.column_claim(column));
            if is_log && LOG_KEYS.contains(&column.name.as_str()) {
                // Each row group's become rows of contacts at once.
                let share =
                    u128::from(size.working) * u128::from(source.largest_row_group()) / u128::from(n_rows.max(1));
                largest = largest.max(u64::try_from(share).unwrap_or(u64::MAX));
                continue;
            }
            kept = kept.saturating_add(size.kept);
            largest = largest.max(size.working);
        }
    }
    kept.saturating_add(largest.saturating_mul(threads as u64))
}

/// Bytes of a column.
struct Size {
    /// Once it is there.
    kept: u64,
    /// While it is read, beyond that.
    working: u64,
}

impl Size {
    /// Of so many rows and, in lists, values, whose pages claim so many bytes.
    fn of(shape: &Shape, n_rows: u64, n_values: u64, claim: u64) -> Self {
        let times = |n: u64, bytes: u64| n.saturating_mul(bytes);
        let (once_more, twice) = (claim.saturating_add(claim / 2), times(claim, 2));
        // As the pages need so few bytes a value, there are so few values to tell apart.
        let code = match claim.checked_div(n_values.max(1)).unwrap_or(0) {
            0 => 1,
            1 => 2,
            _ => 4,
        };
        match shape {
            Shape::Flag => Self { kept: n_rows / 2, working: times(n_rows, 3) },
            Shape::Int | Shape::Decimal(_) | Shape::Float | Shape::Date | Shape::Time => {
                let narrow = n_rows.saturating_add(claim).saturating_add(claim / 4);
                Self { kept: narrow.min(times(n_rows, 9)), working: times(n_rows, 18) }
            }
            Shape::Text => Self {
                kept: times(n_rows, code).saturating_add(once_more),
                working: times(n_rows, 8).saturating_add(twice),
            },
            Shape::List => Self {
                kept: times(n_rows, 4).saturating_add(times(n_values, code)).saturating_add(once_more),
                working: times(n_rows, 18).saturating_add(times(n_values, 8)).saturating_add(twice),
            },
            // Nothing is read.
            Shape::Null | Shape::Other(_) => Self { kept: 0, working: 0 },
        }
    }
}

/// The bytes that a book may take unless said otherwise: a share of what the machine lets the process have; none where the
/// system doesn't tell.
pub(super) fn share_of_machine() -> Option<u64> {
    let read = |path: &str| fs::read_to_string(path).ok();
    let cgroup = read("/proc/self/cgroup").unwrap_or_default();
    let of_cgroups =
        cgroup_files(&cgroup).into_iter().filter_map(|it| read(&it)).filter_map(|it| it.trim().parse().ok());
    let of_machine = read("/proc/meminfo").and_then(|it| kilobytes(&it, "MemTotal:"));
    // Programs and libraries take of the address space, too, and so do the heaps of threads, whatever they hold.
    let taken = read("/proc/self/status").and_then(|it| kilobytes(&it, "VmSize:")).unwrap_or(0);
    let taken = taken.saturating_add(HEAP_BYTES.saturating_mul(rayon::current_num_threads() as u64));
    let of_process = read("/proc/self/limits").and_then(|it| address_space(&it)).map(|it| it.saturating_sub(taken));
    let least = of_machine.into_iter().chain(of_process).chain(of_cgroups).min()?;
    Some(least / 100 * SHARE)
}

/// What a file of the system says in a line with this name, in bytes.
fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|it| it.strip_prefix(name))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()?.checked_mul(1_024)
}

/// The soft limit of the address space in `/proc/self/limits`; none if there is none.
fn address_space(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|it| it.strip_prefix("Max address space"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The files with the limits of a process's control groups, of both versions, from its own up to the root.
fn cgroup_files(cgroup: &str) -> Vec<String> {
    let mut files = Vec::new();
    for line in cgroup.lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else { continue };
        let (root, file) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.max"),
            it if it.split(',').any(|it| it == "memory") => ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
            _ => continue,
        };
        for folder in Path::new(path).ancestors() {
            let folder = folder.to_string_lossy();
            files.push(format!("{root}{}/{file}", folder.trim_end_matches('/')));
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_machine_has_is_read_as_the_system_writes_it() {
        let meminfo = "MemTotal:       24645480 kB\nMemFree:        22645480 kB\n";
        assert_eq!(kilobytes(meminfo, "MemTotal:"), Some(24_645_480 * 1_024));
        assert_eq!(kilobytes("MemFree: 1 kB\n", "MemTotal:"), None);
        assert_eq!(kilobytes("Name:\tsegql\nVmSize:\t    2048 kB\n", "VmSize:"), Some(2 << 20));
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
                      Max address space         1073741824           unlimited            bytes     \n";
        assert_eq!(address_space(limits), Some(1 << 30));
        assert_eq!(address_space(&limits.replace("1073741824", "unlimited ")), None);
        let second = cgroup_files("0::/user.slice/app\n");
        assert_eq!(second, ["/user.slice/app", "/user.slice", ""].map(|it| format!("/sys/fs/cgroup{it}/memory.max")));
        let first = cgroup_files("5:devices:/x\n4:memory:/jobs\n1:cpu,cpuacct:/\n");
        assert_eq!(first, ["/jobs", ""].map(|it| format!("/sys/fs/cgroup/memory{it}/memory.limit_in_bytes")));
    }

    #[test]
    fn a_ceiling_is_met_at_its_last_byte() {
        assert!(fits("its files", 100, Some(100)).is_ok() && fits("its files", u64::MAX, None).is_ok());
        let error = fits("its files", 101, Some(100)).unwrap_err().to_string();
        assert!(error.contains("--max-memory 101"), "{error}");
    }
}
