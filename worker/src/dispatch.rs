//! Redis as transport: lists of job ids.
//!
//! Nothing is acknowledged in Redis, and nothing in it is believed: an id that is popped is claimed
//! in the database, and one that is lost is pushed again by the sweeper. Keys share a hash tag, so
//! that they live on one node of a Redis cluster.

use galley_domain::{id::JobId, job::Queue};
use galley_store::{DueJob, Store};
use redis::{AsyncConnectionConfig, Client, RedisError, aio::MultiplexedConnection};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::broadcast::error::RecvError;

/// How long a connection may take to come about, and an answer to come.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a pop waits for something to be pushed.
const POP_WAIT: Duration = Duration::from_secs(1);
/// Most ids in one push.
const PUSH_MAX: usize = 1_000;
/// Vanishes or changes when Redis has lost its memory.
const EPOCH_KEY: &str = "{galley}:epoch";

/// A Redis server.
#[derive(Clone)]
pub struct Redis {
    client: Client,
    /// For everything that does not block; made again when it broke.
    shared: Arc<Mutex<Option<MultiplexedConnection>>>,
}

impl Redis {
    /// Takes `redis://` or `rediss://`. Nothing is connected yet.
    pub fn new(url: &str) -> Result<Self, RedisError> {
        Ok(Self { client: Client::open(url)?, shared: Arc::default() })
    }

    /// Asks for a sign of life, and for the version.
    pub async fn version(&self) -> Result<String, RedisError> {
        let mut connection = self.connection().await?;
        let info: String = redis::cmd("INFO").arg("server").query_async(&mut connection).await?;
        let version = info.lines().find_map(|line| line.strip_prefix("redis_version:"));
        Ok(version.unwrap_or("unknown").trim().to_owned())
    }

    async fn connect(&self, answer: Duration) -> Result<MultiplexedConnection, RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(ANSWER_TIMEOUT))
            .set_response_timeout(Some(answer));
        self.client.get_multiplexed_async_connection_with_config(&config).await
    }

    async fn connection(&self) -> Result<MultiplexedConnection, RedisError> {
        let open = self.shared.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(connection) = open {
            return Ok(connection);
        }
        let connection = self.connect(ANSWER_TIMEOUT).await?;
        *self.shared.lock().unwrap_or_else(PoisonError::into_inner) = Some(connection.clone());
        Ok(connection)
    }

    fn forget_connection(&self) {
        *self.shared.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Pushes ids to the ends of their lists.
    pub(crate) async fn push(&self, jobs: &[DueJob]) -> Result<(), RedisError> {
        let pushed = async {
            let mut connection = self.connection().await?;
            for chunk in jobs.chunks(PUSH_MAX) {
                let mut pipeline = redis::pipe();
                for queue in Queue::ALL {
                    for high in [true, false] {
                        let mine = |job: &&DueJob| job.queue == *queue && (job.priority > 0) == high;
                        let ids: Vec<String> =
                            chunk.iter().filter(mine).map(|job| job.id.to_string()).collect();
                        if !ids.is_empty() {
                            pipeline.cmd("RPUSH").arg(list(*queue, high)).arg(ids).ignore();
                        }
                    }
                }
                pipeline.exec_async(&mut connection).await?;
            }
            Ok(())
        };
        pushed.await.inspect_err(|_| self.forget_connection())
    }

    /// Whether Redis still has the memory it had when it was last asked: sets a new epoch if not.
    pub(crate) async fn remembers(
        &self,
        epoch: &mut Option<String>,
        fresh: &str,
    ) -> Result<bool, RedisError> {
        let asked = async {
            let mut connection = self.connection().await?;
            let (_, now): (Option<String>, String) = redis::pipe()
                .cmd("SET")
                .arg(EPOCH_KEY)
                .arg(fresh)
                .arg("NX")
                .cmd("GET")
                .arg(EPOCH_KEY)
                .query_async(&mut connection)
                .await?;
            Ok(now)
        };
        let now = asked.await.inspect_err(|_: &RedisError| self.forget_connection())?;
        // The first epoch we see may be of a Redis that was emptied while we were down.
        let same = epoch.as_deref() == Some(now.as_str());
        *epoch = Some(now);
        Ok(same)
    }

    /// Whether no list holds anything.
    pub(crate) async fn is_drained(&self) -> Result<bool, RedisError> {
        let asked = async {
            let mut connection = self.connection().await?;
            let mut pipeline = redis::pipe();
            for queue in Queue::ALL {
                for high in [true, false] {
                    pipeline.cmd("LLEN").arg(list(*queue, high));
                }
            }
            let lengths: Vec<u64> = pipeline.query_async(&mut connection).await?;
            Ok(lengths.iter().all(|length| *length == 0))
        };
        asked.await.inspect_err(|_: &RedisError| self.forget_connection())
    }

    /// A connection of its own for blocking pops, which would stall a shared one.
    pub(crate) async fn popper(&self, queue: Queue) -> Result<Popper, RedisError> {
        let connection = self.connect(POP_WAIT + ANSWER_TIMEOUT).await?;
        Ok(Popper { connection, lists: [list(queue, true), list(queue, false)] })
    }
}

/// Pops ids of one queue, those of high priority first.
pub(crate) struct Popper {
    connection: MultiplexedConnection,
    lists: [String; 2],
}

impl Popper {
    /// Up to `limit` ids; none if nothing came within a second.
    pub(crate) async fn pop(&mut self, limit: usize) -> Result<Vec<JobId>, RedisError> {
        let popped: Option<(String, Vec<String>)> = redis::cmd("BLMPOP")
            .arg(POP_WAIT.as_secs_f64())
            .arg(self.lists.len())
            .arg(&self.lists[..])
            .arg("LEFT")
            .arg("COUNT")
            .arg(limit)
            .query_async(&mut self.connection)
            .await?;
        Ok(popped.map_or_else(Vec::new, |(_, ids)| ids.iter().filter_map(|id| id.parse().ok()).collect()))
    }
}

fn list(queue: Queue, high: bool) -> String {
    format!("{{galley}}:jobs:{queue}:{}", if high { "high" } else { "normal" })
}

/// Pushes what this process commits. Runs beside every process that commits jobs, workers or not;
/// what it fails to push is found by the sweeper of a worker.
pub async fn run(store: Arc<Store>, redis: Redis) {
    let mut commits = store.wake().subscribe();
    loop {
        let mut due = match commits.recv().await {
            Ok(commit) => commit.jobs.clone(),
            Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        };
        // Whatever was committed meanwhile goes into the same push.
        while due.len() < PUSH_MAX
            && let Ok(commit) = commits.try_recv()
        {
            due.extend_from_slice(&commit.jobs);
        }
        if let Err(error) = redis.push(&due).await {
            tracing::debug!(%error, count = due.len(), "Jobs could not be pushed to Redis");
        }
    }
}
