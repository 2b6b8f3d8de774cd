//! What all figures share: the program, the servers, the counts, and a directory.

use crate::{Arguments, Failure, proc::busy_time, setup::Engine};
use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};
use url::Url;

/// How often the disk is asked for a durable write to tell how fast it is.
const SYNC_PROBES: usize = 40;

/// How long the machine is watched before anything starts.
const NOISE_PROBE: Duration = Duration::from_secs(1);

/// The bench as it was asked for.
pub(crate) struct Bench {
    pub(crate) galley: PathBuf,
    pub(crate) postgres: Option<Url>,
    pub(crate) redis: Option<Url>,
    quick: bool,
    scratch: Scratch,
    named: AtomicU32,
}

/// A directory that goes with its owner.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // What a process that is just being killed still holds is removed by `xtask` later.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Bench {
    pub(crate) fn new(arguments: Arguments) -> Result<Self, Failure> {
        let galley = arguments.galley;
        let galley =
            galley.canonicalize().map_err(|error| format!("there is no {}: {error}", galley.display()))?;
        let directory = std::env::temp_dir().join(format!("galley-bench-{}", std::process::id()));
        fs::create_dir(&directory)
            .map_err(|error| format!("cannot make {}: {error}", directory.display()))?;
        Ok(Self {
            galley,
            postgres: arguments.postgres,
            redis: arguments.redis,
            quick: arguments.quick,
            scratch: Scratch(directory),
            named: AtomicU32::new(0),
        })
    }

    /// The full count or time, or the small one of `--quick`.
    pub(crate) fn pick<T>(&self, full: T, quick: T) -> T {
        if self.quick { quick } else { full }
    }

    /// The set-ups that can be had with the servers that were given.
    pub(crate) fn engines(&self) -> Vec<Engine> {
        let mut engines = vec![Engine::Sqlite];
        if self.postgres.is_some() {
            engines.push(Engine::Postgres);
            if self.redis.is_some() {
                engines.push(Engine::PostgresRedis);
            }
        }
        engines
    }

    /// A number that was not given out before.
    pub(crate) fn next_number(&self) -> u32 {
        self.named.fetch_add(1, Ordering::Relaxed)
    }

    /// A new empty directory.
    pub(crate) fn fresh_directory(&self) -> Result<PathBuf, Failure> {
        let path = self.scratch.0.join(self.next_number().to_string());
        fs::create_dir(&path)?;
        Ok(path)
    }

    /// What a reader must know of the machine to judge the figures.
    pub(crate) async fn surroundings(&self) -> Result<String, Failure> {
        let cores = std::thread::available_parallelism()?;
        let (before, started) = (busy_time().unwrap_or_default(), Instant::now());
        tokio::time::sleep(NOISE_PROBE).await;
        let busy = busy_time().unwrap_or_default().saturating_sub(before).as_secs_f64();
        let noise = busy / started.elapsed().as_secs_f64();
        let sync = sync_time(&self.scratch.0)?.as_secs_f64() * 1e3;
        Ok(format!(
            "{cores} cores, shared by galley, its database, and this driver with the stand-ins for AI, mail and Stripe. \
             Before the start, others kept {noise:.1} cores busy, and one durable write took {sync:.2} ms."
        ))
    }
}

/// The median time of a small write and its way to the disk.
fn sync_time(directory: &Path) -> Result<Duration, Failure> {
    let path = directory.join("sync");
    let mut file = File::create(&path)?;
    let mut times = Vec::with_capacity(SYNC_PROBES);
    for _ in 0..SYNC_PROBES {
        let started = Instant::now();
        file.write_all(&[0; 4_096])?;
        file.sync_data()?;
        times.push(started.elapsed());
    }
    fs::remove_file(path)?;
    times.sort_unstable();
    Ok(times[SYNC_PROBES / 2])
}
