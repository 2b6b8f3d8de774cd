//! One set-up: a fresh database, the neighbours, and the processes of a shop.

use crate::{
    Failure,
    bench::Bench,
    database::{self, Database},
    neighbours::Neighbours,
    server::{Launch, Server},
};
use std::{fmt, net::SocketAddr, time::Duration};

/// How long a worker may take to register.
const WORKER_LIMIT: Duration = Duration::from_secs(20);
const WORKERS: &str = "SELECT COUNT(*) FROM worker_process";
/// Databases that a Redis has unless configured otherwise.
const REDIS_DATABASES: u32 = 16;

/// What a set-up keeps its data in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// One process, one file.
    Sqlite,
    /// `galley api` and `galley worker`.
    Postgres,
    /// The same, with job ids going through Redis.
    PostgresRedis,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "Postgres",
            Self::PostgresRedis => "Postgres + Redis",
        })
    }
}

/// A fresh database and the neighbours.
pub(crate) struct SetUp<'a> {
    bench: &'a Bench,
    pub(crate) engine: Engine,
    pub(crate) launch: Launch,
    pub(crate) database: Database,
    pub(crate) neighbours: Neighbours,
    /// The database's name on the Postgres.
    name: Option<String>,
}

/// The processes that serve customers.
pub(crate) struct Shop {
    front: Server,
    worker: Option<Server>,
}

impl<'a> SetUp<'a> {
    /// Makes the database and starts the neighbours.
    pub(crate) async fn make(bench: &'a Bench, engine: Engine) -> Result<Self, Failure> {
        let directory = bench.fresh_directory()?;
        let neighbours = Neighbours::start().await?;
        let mut variables = neighbours.variables().to_vec();
        let file = directory.join("galley.db");
        let (url, database, name) = if engine == Engine::Sqlite {
            (format!("sqlite://{}", file.display()), Database::sqlite(&file)?, None)
        } else {
            let server = bench.postgres.as_ref().ok_or("no Postgres was given")?;
            let name = format!("galley_bench_{}_{}", std::process::id(), bench.next_number());
            let url = database::create(server, &name).await?;
            (url.to_string(), Database::postgres(&url)?, Some(name))
        };
        variables.push(("DATABASE_URL", url));
        if engine == Engine::PostgresRedis {
            let mut url = bench.redis.clone().ok_or("no Redis was given")?;
            url.set_path(&(bench.next_number() % REDIS_DATABASES).to_string());
            variables.push(("REDIS_URL", url.to_string()));
        }
        let launch = Launch { galley: bench.galley.clone(), directory, variables };
        if engine != Engine::Sqlite {
            launch.run(&["migrate"]).await?;
        }
        Ok(Self { bench, engine, launch, database, neighbours, name })
    }

    /// Starts the front alone: `galley api`, or `galley serve` embedded, which knows no other way.
    pub(crate) async fn open_front(&self) -> Result<Shop, Failure> {
        let mut front = self.launch.start(if self.engine == Engine::Sqlite { "serve" } else { "api" })?;
        front.ready().await?;
        Ok(Shop { front, worker: None })
    }

    /// Starts front and worker.
    pub(crate) async fn open(&self) -> Result<Shop, Failure> {
        let mut shop = self.open_front().await?;
        if self.engine != Engine::Sqlite {
            shop.worker = Some(self.launch.start("worker")?);
        }
        self.workers_reach(1).await?;
        Ok(shop)
    }

    /// Waits until so many workers have registered.
    pub(crate) async fn workers_reach(&self, count: usize) -> Result<(), Failure> {
        self.database.reaches("workers that have registered", WORKERS, count, WORKER_LIMIT).await
    }

    /// Removes the database; the processes are gone by now.
    pub(crate) async fn end(self) -> Result<(), Failure> {
        self.database.close().await;
        self.neighbours.ai.shutdown().await;
        self.neighbours.mail.shutdown().await;
        self.neighbours.stripe.shutdown().await;
        if let (Some(name), Some(server)) = (&self.name, &self.bench.postgres) {
            database::remove(server, name).await?;
        }
        Ok(())
    }
}

impl Shop {
    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.front.address
    }

    /// Its processes.
    pub(crate) fn processes(&self) -> Vec<u32> {
        self.worker.iter().chain([&self.front]).map(|server| server.id).collect()
    }

    /// Takes front and worker apart.
    pub(crate) fn into_parts(self) -> (Server, Option<Server>) {
        (self.front, self.worker)
    }

    /// Kills everything.
    pub(crate) async fn close(self) -> Result<(), Failure> {
        if let Some(worker) = self.worker {
            worker.kill().await?;
        }
        self.front.kill().await
    }
}
