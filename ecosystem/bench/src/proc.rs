//! What Linux says about processes: their processor time and memory.

use crate::Failure;
use std::{
    fmt, fs,
    time::{Duration, Instant},
};

/// Clock ticks per second in `/proc`: `USER_HZ` is 100 wherever Linux runs servers.
const TICKS_PER_SECOND: u64 = 100;

/// The processor time that a process has used, in user and kernel mode.
pub(crate) fn cpu_time(process: u32) -> Result<Duration, Failure> {
    let path = format!("/proc/{process}/stat");
    let text = fs::read_to_string(&path).map_err(|error| format!("cannot read {path}: {error}"))?;
    parse_cpu_time(&text).ok_or_else(|| format!("{path} is not as expected: {text}").into())
}

/// `utime` and `stime`: the 14th and 15th field. The second, the name, may contain anything.
fn parse_cpu_time(stat: &str) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(ticks(user + system))
}

/// The memory of a process that is resident, in bytes.
pub(crate) fn resident_bytes(process: u32) -> Result<u64, Failure> {
    let path = format!("/proc/{process}/status");
    let text = fs::read_to_string(&path).map_err(|error| format!("cannot read {path}: {error}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes: Option<u64> = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    Ok(1_024 * kibibytes.ok_or_else(|| format!("{path} has no VmRSS"))?)
}

/// The time that all processors together have been busy since boot.
pub(crate) fn busy_time() -> Option<Duration> {
    let text = fs::read_to_string("/proc/stat").ok()?;
    let fields = text.lines().next()?.strip_prefix("cpu ")?.split_whitespace();
    let times: Vec<u64> = fields.map_while(|field| field.parse().ok()).collect();
    // user nice system (idle iowait) irq softirq
    let busy = times.get(0..3)?.iter().chain(times.get(5..7)?).sum();
    Some(ticks(busy))
}

fn ticks(count: u64) -> Duration {
    Duration::from_millis(count * 1_000 / TICKS_PER_SECOND)
}

/// Measures what a phase costs.
pub(crate) struct Meter {
    processes: Vec<u32>,
    started: Instant,
    before: [Duration; 3],
}

/// The processor time of a phase.
pub(crate) struct Cost {
    time: Duration,
    galley: Duration,
    driver: Duration,
    rest: Duration,
}

impl Meter {
    /// Starts to measure; `processes` are those of Galley.
    pub(crate) fn start(processes: Vec<u32>) -> Result<Self, Failure> {
        let before = spent(&processes)?;
        Ok(Self { processes, started: Instant::now(), before })
    }

    /// Ends the phase.
    pub(crate) fn stop(self) -> Result<Cost, Failure> {
        let after = spent(&self.processes)?;
        let [galley, driver, machine] = [0, 1, 2].map(|i| after[i].saturating_sub(self.before[i]));
        let rest = machine.saturating_sub(galley + driver);
        Ok(Cost { time: self.started.elapsed(), galley, driver, rest })
    }
}

/// Galley's time, ours, and the whole machine's.
fn spent(processes: &[u32]) -> Result<[Duration; 3], Failure> {
    let mut galley = Duration::ZERO;
    for process in processes {
        galley += cpu_time(*process)?;
    }
    Ok([galley, cpu_time(std::process::id())?, busy_time().unwrap_or_default()])
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [time, galley, driver, rest] =
            [self.time, self.galley, self.driver, self.rest].map(|time| time.as_secs_f64());
        write!(f, "[CPU s in {time:.1} s: galley {galley:.2}, driver {driver:.2}, all others {rest:.2}]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_found_behind_any_name() {
        let stat = "42 (a) b (c)) S 1 42 42 0 -1 4194304 900 0 0 0 150 25 0 0 20 0 9 0 100 1 1";
        assert_eq!(parse_cpu_time(stat), Some(Duration::from_millis(1_750)));
        assert_eq!(parse_cpu_time("42 (short) S 1"), None);
    }

    #[test]
    fn we_ourselves_have_memory_and_the_machine_has_worked() {
        assert!(resident_bytes(std::process::id()).unwrap() > 100_000);
        assert!(cpu_time(std::process::id()).is_ok());
        assert!(busy_time().unwrap() > Duration::ZERO);
    }
}
