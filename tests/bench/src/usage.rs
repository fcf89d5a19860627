//! What this process has used (Linux only: benches run there; elsewhere the figures are zero).

use std::sync::atomic::{AtomicU64, Ordering};

/// CPU and memory of this process so far.
pub(crate) struct Usage {
    /// User and system time, all threads.
    pub(crate) cpu_seconds: f64,
    /// Highest resident set.
    pub(crate) peak_mb: f64,
}

/// Highest resident set before the last reset, in kilobytes.
static EARLIER_PEAK: AtomicU64 = AtomicU64::new(0);

/// Reads it.
pub(crate) fn own() -> Usage {
    let peak = high_water().max(EARLIER_PEAK.load(Ordering::Relaxed));
    Usage { cpu_seconds: cpu_seconds(), peak_mb: megabytes(peak) }
}

/// User and system time of all threads.
#[cfg(target_os = "linux")]
pub(crate) fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// User and system time of all threads.
#[cfg(not(target_os = "linux"))]
pub(crate) fn cpu_seconds() -> f64 {
    0.0
}

/// Highest resident set since the last call, in megabytes; the mark starts anew (proc(5), `clear_refs`).
pub(crate) fn take_peak() -> f64 {
    let peak = high_water();
    EARLIER_PEAK.fetch_max(peak, Ordering::Relaxed);
    // Where it cannot be reset, later marks only say "at most".
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    megabytes(peak)
}

fn high_water() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|kilobytes| kilobytes.parse().ok())
        .unwrap_or(0)
}

fn megabytes(kilobytes: u64) -> f64 {
    kilobytes as f64 / 1024.0
}
