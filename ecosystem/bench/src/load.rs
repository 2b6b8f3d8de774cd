//! Many requests over many connections.

use crate::{
    Failure,
    http::{Answer, Connection},
    latency::Latencies,
};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// When requests are sent.
#[derive(Clone, Copy)]
pub(crate) enum Pace {
    /// Each once, as fast as answers come, and none after the limit.
    Once {
        /// When no more are sent.
        limit: Duration,
    },
    /// All in turn, again and again, as fast as answers come.
    Round {
        /// When no more are sent.
        time: Duration,
    },
    /// Each once, so many in a second, however fast answers come.
    Steady {
        /// How many.
        per_second: u32,
    },
}

/// What is sent, where to, and when.
pub(crate) struct Load {
    pub(crate) address: SocketAddr,
    pub(crate) connections: usize,
    pub(crate) requests: Arc<[Vec<u8>]>,
    pub(crate) pace: Pace,
}

/// One answer.
pub(crate) struct Sample {
    /// Which request it was.
    pub(crate) request: usize,
    pub(crate) took: Duration,
    pub(crate) answered: Instant,
    /// What the judge made of it.
    pub(crate) marked: bool,
}

/// All answers.
pub(crate) struct Samples {
    pub(crate) all: Vec<Sample>,
    /// From the first request to the last answer.
    pub(crate) took: Duration,
}

impl Samples {
    pub(crate) fn latencies(&self) -> Latencies {
        self.all.iter().map(|sample| sample.took).collect()
    }
}

/// Marks a good answer, or says what is wrong with one.
pub(crate) type Judge = fn(&Answer<'_>) -> Result<bool, Failure>;

impl Load {
    /// Connects, then starts the clock; the first bad answer ends everything.
    pub(crate) async fn run(&self, judge: Judge) -> Result<Samples, Failure> {
        let mut connections = Vec::with_capacity(self.connections);
        for _ in 0..self.connections {
            connections.push(Connection::open(self.address).await?);
        }
        let next = Arc::new(AtomicUsize::new(0));
        let started = Instant::now();
        // Dropping the set stops the tasks.
        let mut tasks = JoinSet::new();
        for connection in connections {
            let (requests, next) = (Arc::clone(&self.requests), Arc::clone(&next));
            tasks.spawn(send(connection, requests, next, self.pace, started, judge));
        }
        let mut all = Vec::with_capacity(self.requests.len());
        while let Some(ended) = tasks.join_next().await {
            all.extend(ended??);
        }
        let last = all.iter().map(|sample| sample.answered).max().unwrap_or(started);
        Ok(Samples { all, took: last - started })
    }
}

async fn send(
    mut connection: Connection,
    requests: Arc<[Vec<u8>]>,
    next: Arc<AtomicUsize>,
    pace: Pace,
    started: Instant,
    judge: Judge,
) -> Result<Vec<Sample>, Failure> {
    let mut samples = Vec::new();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let over = match pace {
            Pace::Once { limit } => number >= requests.len() || started.elapsed() >= limit,
            Pace::Round { time } => started.elapsed() >= time,
            Pace::Steady { .. } => number >= requests.len(),
        };
        if over {
            return Ok(samples);
        }
        if let Pace::Steady { per_second } = pace {
            let due = started + Duration::from_secs(1) * u32::try_from(number)? / per_second;
            tokio::time::sleep_until(due.into()).await;
        }
        let request = number % requests.len();
        let sent = Instant::now();
        let answer = connection.exchange(&requests[request]).await?;
        let answered = Instant::now();
        let marked = judge(&answer)?;
        samples.push(Sample { request, took: answered - sent, answered, marked });
    }
}

/// Demands a status.
pub(crate) fn expect(answer: &Answer<'_>, status: u16) -> Result<(), Failure> {
    if answer.status == status {
        return Ok(());
    }
    Err(format!("an answer with status {} instead of {status}: {}", answer.status, answer.text()).into())
}
