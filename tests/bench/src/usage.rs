//! What this process has used, from `/proc` (Linux only: benches run there).

/// CPU and memory of this process so far.
pub(crate) struct Usage {
    /// User and system time, all threads.
    pub(crate) cpu_seconds: f64,
    /// Highest resident set.
    pub(crate) peak_mb: f64,
}

/// Clock ticks a second in `/proc` (USER_HZ is 100 on every Linux that Rust runs on).
const TICKS: f64 = 100.0;

/// Reads it.
pub(crate) fn own() -> Usage {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Fields after the command's closing bracket; utime and stime are the 14th and 15th of the line (proc(5)).
    let after = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields: Vec<f64> = after.split_whitespace().map(|field| field.parse().unwrap_or(0.0)).collect();
    let ticks = fields.get(11).copied().unwrap_or(0.0) + fields.get(12).copied().unwrap_or(0.0);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|kilobytes| kilobytes.parse::<f64>().ok())
        .unwrap_or(0.0);
    Usage { cpu_seconds: ticks / TICKS, peak_mb: peak / 1024.0 }
}
