//! `galley demo`: the whole path in one command. Everything runs embedded in a fresh directory; the
//! payments come in as signed events over real HTTP, the mails go out over real SMTP.

mod purchase;
mod screen;
mod watch;

use super::asked_to_stop;
use crate::{
    boot::{Failure, Role, Running},
    config::{Config, Environment},
};
use clap::Args;
use galley_content::order_link::OrderLinks;
use galley_domain::order::OrderStatus;
use galley_sandbox::{Sandbox, ai::AiMode, fault::Fault};
use purchase::Purchase;
use screen::Screen;
use std::{
    collections::HashMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

#[derive(Args)]
pub(crate) struct Options {
    /// End when both orders are ready and their mails have arrived: status 0 only then.
    #[arg(long)]
    exit: bool,
    /// Where to keep everything; a fresh temporary directory unless given.
    #[arg(long)]
    directory: Option<PathBuf>,
}

/// The article that the backlink is sold into.
const ARTICLE: &str = include_str!("article.md");
/// How long the stand-in AI service takes, so that there is something to watch.
const WRITING_TIME: Duration = Duration::from_millis(1_500);
/// How long both orders may take before the demo counts as failed.
const PATIENCE: Duration = Duration::from_mins(1);

pub(super) async fn run(options: Options) -> Result<ExitCode, Failure> {
    let directory = options.directory.clone().unwrap_or_else(fresh_directory);
    let mails = directory.join("mails");
    std::fs::create_dir_all(&mails)?;
    let config = configuration(&directory)?;
    let running = Arc::new(Running::start(&config, Role::Serve, Some(mails.clone())).await?);
    let screen = Screen::new();
    let outcome = show(&running, &config, &screen, &options, &directory).await;
    if !options.exit && outcome.is_ok() {
        screen.line("Ctrl-C ends the demo.");
        asked_to_stop().await;
    }
    if let Ok(running) = Arc::try_unwrap(running).map_err(|_| "still in use") {
        running.stop().await;
    }
    let ready = outcome?;
    Ok(if ready { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn fresh_directory() -> PathBuf {
    std::env::temp_dir().join(format!("galley-demo-{:08x}", rand::random::<u32>()))
}

/// The embedded default, on a free port, whatever the environment says.
fn configuration(directory: &Path) -> Result<Config, Failure> {
    // The links in the mails name the port, so it must be known before the server starts.
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let variables = [
        ("BIND_ADDR", format!("127.0.0.1:{port}")),
        ("DATABASE_URL", format!("sqlite://{}", directory.join("galley.db").display())),
        ("SHOP_NAME", "The Demo Press".to_owned()),
        ("STAFF_EMAIL", "editor@demo.example".to_owned()),
    ];
    let variables: HashMap<String, String> =
        variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Ok(Config::from(Environment::new(variables))?)
}

async fn show(
    running: &Arc<Running>,
    config: &Config,
    screen: &Screen,
    options: &Options,
    directory: &Path,
) -> Result<bool, Failure> {
    let address = running.address.ok_or("the server does not listen")?;
    let sandbox = running.sandbox.as_ref().ok_or("the sandbox does not run")?;
    let (Some(ai), Some(smtp)) = (sandbox.ai(), sandbox.smtp()) else {
        return Err("the sandbox is not whole".into());
    };
    if !options.exit {
        ai.control().set(Fault::always(AiMode::Slow).latency(WRITING_TIME));
    }
    screen.line(&format!("SANDBOX: everything below happens on this machine, in {}", directory.display()));
    screen.line(&format!("The server listens on http://{address}"));
    let article =
        running.store.insert_article("better-notes", "Better notes for small teams", ARTICLE).await?;
    let bought = async {
        let purchases = [
            purchase::article(running, address, screen).await?,
            purchase::backlink(running, &article.to_string(), screen).await?,
        ];
        Ok::<_, Failure>(purchases)
    };
    let late = |_| "the payments took longer than a minute to become orders";
    let purchases = tokio::time::timeout(PATIENCE, bought).await.map_err(late)??;
    let all = async {
        let mut ready = true;
        let watched = purchases.iter().map(|purchase| {
            let token = running.signer.sign(purchase.order, 0);
            watch::until_ready(address, purchase.order, token, purchase.label, screen)
        });
        for status in futures_util::future::try_join_all(watched).await? {
            ready &= status == OrderStatus::QualityCheck;
        }
        for purchase in &purchases {
            for subject in purchase.mails {
                let mail = smtp.wait_for(|mail| {
                    mail.envelope_to.iter().any(|to| to == purchase.email) && mail.subject.contains(subject)
                });
                screen.line(&format!("{}: mail “{}” has arrived", purchase.label, mail.await.subject));
            }
        }
        Ok::<bool, Failure>(ready)
    };
    let ready =
        tokio::time::timeout(PATIENCE, all).await.map_err(|_| "the orders took longer than a minute")??;
    if ready {
        let links =
            OrderLinks { base: config.server.frontend_url.clone(), signer: running.signer.as_ref().clone() };
        say_where_to_look(running, address, screen, &links, &purchases, directory);
    }
    Ok(ready)
}

fn say_where_to_look(
    running: &Running,
    address: SocketAddr,
    screen: &Screen,
    links: &OrderLinks,
    purchases: &[Purchase],
    directory: &Path,
) {
    screen.line("\nWhere to look:");
    for purchase in purchases {
        let link = links.url(purchase.order, 0);
        let status = link.as_str().replace("/order-status/", "/api/v1/purchase/status/");
        screen.line(&format!("  {:<9} {status}", purchase.label));
    }
    screen.line(&format!("  the shop  http://{address}/ (buy something: no real money moves)"));
    if let Some(stripe) = running.sandbox.as_ref().and_then(Sandbox::stripe) {
        screen.line(&format!("  Stripe    {}", stripe.base_url()));
    }
    if let Some(link) = &running.first_link {
        screen.line(&format!("  the desk  {link} (for 15 minutes; whoever opens it first is the owner)"));
    }
    if let Some(inbox) = running.sandbox.as_ref().and_then(Sandbox::inbox) {
        screen.line(&format!("  mails     {}", inbox.url()));
    }
    screen.line(&format!("  files     {}", directory.display()));
}
