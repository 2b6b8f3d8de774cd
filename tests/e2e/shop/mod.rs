//! A shop: Galley's processes, the neighbours around them, and those who come in.

mod browser;
mod chromium;
mod customer;
mod database;
mod directory;
mod interruption;
mod money;
mod patience;
mod port;
mod program;
mod proxy;
mod redaction;
pub(crate) mod sale;
mod second_till;
mod server;
mod setup;
mod staff;
mod till;
mod watcher;

pub(crate) use chromium::{Look, Window};
pub(crate) use customer::{Answer, Order, status_path};
pub(crate) use interruption::{ENDLESS, TAKE_OVER_GUARD};
pub(crate) use money::{PRICE, Sold};
pub(crate) use patience::{LONG, SOON, holds_within, until, within};
pub(crate) use redaction::redacted;
pub(crate) use server::{RedisServer, fresh_database};
pub(crate) use setup::{
    MAIL_DOMAIN, Plan, SECRET, STAFF, STORE_PASSWORD, STRIPE_KEY, Setup, WEBHOOK_SECRET, on_both_sources,
    on_every_setup, on_sqlite,
};
pub(crate) use staff::PASSWORD;
pub(crate) use till::{Checkout, bearer, checkout_in, json_headers, wish};
pub(crate) use watcher::{Told, Watcher};

use chrono::{DateTime, Utc};
use database::Database;
use directory::Directory;
use galley_content::order_link::LinkSigner;
use galley_sandbox::{
    ai::AiServer,
    smtp::SmtpServer,
    sslcommerz::SslcommerzServer,
    stripe::{StripeServer, WebhookSender},
};
use program::Program;
use proxy::Proxy;
use server::RedisSeat;
use std::{collections::BTreeMap, path::PathBuf, process::Command, time::Duration};

/// Names the place where a process shall die.
const CRASH_AT: &str = "GALLEY_CRASH_AT";

/// The system's time.
pub(crate) fn now() -> DateTime<Utc> {
    galley_store::Clock::system().now()
}

/// The fields are dropped in this order: processes first, then what they use.
#[derive(Debug)]
pub(crate) struct Shop {
    /// `serve` or `api`.
    front: Option<Program>,
    workers: Vec<Program>,
    /// Those that were killed, kept for their logs.
    retired: Vec<Program>,
    started: u32,
    pub(crate) setup: Setup,
    pub(crate) stripe: WebhookSender,
    pub(crate) http: reqwest::Client,
    pub(crate) signer: LinkSigner,
    pub(crate) db: Database,
    environment: BTreeMap<&'static str, String>,
    pub(crate) ai: AiServer,
    pub(crate) smtp: SmtpServer,
    /// The stand-in Stripe that Galley asks; it delivers its own events, too.
    pub(crate) till: StripeServer,
    sslcommerz: Option<SslcommerzServer>,
    pub(crate) proxy: Option<Proxy>,
    directory: Directory,
    _redis: Option<RedisSeat>,
}

/// What a command has done.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) success: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Shop {
    /// The binary with this shop's environment and nothing else of ours.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_galley"));
        command.args(arguments).env_clear().envs(&self.environment).current_dir(self.directory.path());
        command
    }

    /// What all processes have written, those that have ended as well.
    pub(crate) fn logs(&self) -> String {
        let programs = self.front.iter().chain(&self.workers).chain(&self.retired);
        programs.map(Program::log).collect::<Vec<_>>().join("\n")
    }

    /// A place in the shop's own directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Runs one of the operator's commands to its end.
    pub(crate) async fn galley(&self, arguments: &[&str]) -> Output {
        self.galley_with(arguments, &[]).await
    }

    /// The same with variables changed; an empty one counts as not set.
    pub(crate) async fn galley_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = self.command(arguments);
        command.envs(variables.iter().copied());
        let output = tokio::process::Command::from(command).kill_on_drop(true).output();
        let output = within("a command ends", SOON, output).await.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Output { success: output.status.success(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    fn launch(&mut self, role: &str) -> Program {
        self.started += 1;
        let name = format!("{role}-{}", self.started);
        Program::start(&name, &mut self.command(&[role]), self.directory.path())
    }

    /// Starts `serve` or `api`; false when it ended instead of listening.
    pub(crate) async fn start_front(&mut self) -> bool {
        let role = if self.setup == Setup::Sqlite { "serve" } else { "api" };
        let mut front = self.launch(role);
        let ready = front.has_said("Listening on").await;
        self.retired.extend(self.front.replace(front));
        ready
    }

    /// Starts one more worker.
    pub(crate) async fn start_worker(&mut self) {
        let mut worker = self.launch("worker");
        assert!(worker.has_said("Working").await, "a worker does not start: {}", worker.log());
        self.workers.push(worker);
    }

    /// The process that serves HTTP.
    pub(crate) fn front(&mut self) -> &mut Program {
        self.front.as_mut().unwrap()
    }

    /// The processes that work on jobs.
    pub(crate) fn workers(&mut self) -> &mut [Program] {
        if self.setup == Setup::Sqlite { self.front.as_mut_slice() } else { &mut self.workers }
    }

    /// The place among the workers of the one that holds a content job.
    pub(crate) async fn busy_worker(&mut self) -> usize {
        let hosts = "SELECT w.host FROM worker_process w JOIN job j ON j.worker_id = w.id \
                     WHERE j.queue = 'content' AND j.state = 'active'";
        let hosts = self.db.texts(hosts).await;
        let place = self.workers().iter().position(|worker| {
            let id = format!(":{}", worker.id());
            hosts.iter().any(|host| host.ends_with(&id))
        });
        place.expect("a worker with a content job")
    }

    /// Takes a worker out of the shop, to do something to it.
    pub(crate) fn take_worker(&mut self, place: usize) -> Program {
        if self.setup == Setup::Sqlite { self.front.take().unwrap() } else { self.workers.remove(place) }
    }

    /// Starts another in place of one that was taken out.
    pub(crate) async fn start_working(&mut self) {
        if self.setup == Setup::Sqlite {
            assert!(self.start_front().await);
        } else {
            self.start_worker().await;
        }
    }

    /// Ends every process politely and starts them again.
    pub(crate) async fn restart(&mut self) {
        let workers = self.workers.len();
        let mut running: Vec<Program> = self.front.take().into_iter().chain(self.workers.drain(..)).collect();
        for program in &mut running {
            program.signal("TERM");
        }
        for program in &mut running {
            assert!(program.ended(SOON).await.success(), "a clean stop ends with 0");
        }
        self.retired.extend(running);
        assert!(self.start_front().await);
        for _ in 0..workers {
            self.start_worker().await;
        }
    }

    /// Kills every process and starts it again; it lives until something else happens.
    pub(crate) async fn kill_all(&mut self) {
        self.environment.remove(CRASH_AT);
        self.start_over().await;
    }

    /// The same, but the first process that comes to a named place dies there.
    pub(crate) async fn restart_to_crash_at(&mut self, place: &'static str) {
        self.environment.insert(CRASH_AT, place.to_owned());
        self.start_over().await;
        self.environment.remove(CRASH_AT);
    }

    async fn start_over(&mut self) {
        let workers = self.workers.len();
        let running: Vec<Program> = self.front.take().into_iter().chain(self.workers.drain(..)).collect();
        for mut program in running {
            program.kill();
            self.retired.push(program);
        }
        for _ in 0..workers {
            let worker = self.launch("worker");
            self.workers.push(worker);
        }
        // A process that dies while it starts is raised by whoever looks next.
        self.start_front().await;
    }

    /// Starts what has died, and says how much that was.
    pub(crate) async fn raise(&mut self) -> i64 {
        let mut dead = 0;
        for place in 0..self.workers.len() {
            if self.workers[place].has_ended() {
                let worker = self.launch("worker");
                self.retired.push(std::mem::replace(&mut self.workers[place], worker));
                dead += 1;
            }
        }
        while self.front.as_mut().is_none_or(Program::has_ended) {
            self.start_front().await;
            dead += 1;
        }
        dead
    }

    /// Waits until nothing is left to do.
    pub(crate) async fn drained(&self) {
        self.drained_within(SOON).await;
    }

    pub(crate) async fn drained_within(&self, limit: Duration) {
        let open = "SELECT COUNT(*) FROM job WHERE state IN ('waiting', 'delayed', 'active')";
        until("all jobs have ended", limit, async || self.db.count(open).await == 0).await;
    }
}
