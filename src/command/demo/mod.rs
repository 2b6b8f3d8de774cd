//! `galley demo`: the whole path in one command. Everything runs embedded in a fresh directory; the
//! payments come in as signed events over real HTTP, the mails go out over real SMTP.

mod screen;
mod watch;

use super::asked_to_stop;
use crate::{
    boot::{Failure, Role, Running, now},
    config::{Config, Environment},
};
use clap::Args;
use galley_content::order_link::OrderLinks;
use galley_domain::{brief::ProductKind, id::OrderId, order::OrderStatus};
use galley_sandbox::{
    ai::AiMode,
    fault::Fault,
    stripe::{RetryPlan, SessionSpec, WebhookSender, checkout_session_completed},
};
use screen::Screen;
use std::{
    collections::{BTreeMap, HashMap},
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

/// One of the two orders.
struct Purchase {
    label: &'static str,
    email: &'static str,
    session: SessionSpec,
    mails: [&'static str; 2],
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
    let secret = running.webhook_secret.as_ref().ok_or("no webhook secret")?.expose().to_owned();
    let stripe = WebhookSender::new(format!("http://{address}/api/v1/webhooks/stripe"), vec![secret], now)?;
    let purchases = purchases(&article.to_string());
    let mut orders: Vec<(OrderId, &Purchase)> = Vec::new();
    for purchase in &purchases {
        let event = checkout_session_completed(&purchase.session);
        let delivery = stripe.deliver_at_least_once(&event, RetryPlan::default()).await?;
        let order = running.store.find_order_of_session(&purchase.session.session_id).await?;
        let Some(order) = order.filter(|_| delivery.accepted()) else {
            return Err(
                format!("the payment of the {} was not accepted: {}", purchase.label, delivery.body).into()
            );
        };
        screen.line(&format!(
            "{}: paid; Stripe's event was answered with {}; order {order}",
            purchase.label, delivery.status
        ));
        orders.push((order, purchase));
    }
    let all = async {
        let mut ready = true;
        let watched = orders.iter().map(|(order, purchase)| {
            let token = running.signer.sign(*order, 0);
            watch::until_ready(address, *order, token, purchase.label, screen)
        });
        for status in futures_util::future::try_join_all(watched).await? {
            ready &= status == OrderStatus::QualityCheck;
        }
        for (order, purchase) in &orders {
            for subject in purchase.mails {
                let mail = smtp.wait_for(|mail| {
                    mail.envelope_to.iter().any(|to| to == purchase.email) && mail.subject.contains(subject)
                });
                screen.line(&format!("{}: mail “{}” has arrived", purchase.label, mail.await.subject));
            }
            tracing::debug!(%order, "Both mails are there");
        }
        Ok::<bool, Failure>(ready)
    };
    let ready =
        tokio::time::timeout(PATIENCE, all).await.map_err(|_| "the orders took longer than a minute")??;
    if ready {
        let links =
            OrderLinks { base: config.server.frontend_url.clone(), signer: running.signer.as_ref().clone() };
        say_where_to_look(running, screen, &links, &orders, directory);
    }
    Ok(ready)
}

fn say_where_to_look(
    running: &Running,
    screen: &Screen,
    links: &OrderLinks,
    orders: &[(OrderId, &Purchase)],
    directory: &Path,
) {
    screen.line("\nWhere to look:");
    for (order, purchase) in orders {
        let status = links.url(*order, 0).as_str().replace("/order-status/", "/api/v1/purchase/status/");
        screen.line(&format!("  {:<9} {status}", purchase.label));
    }
    if let Some(inbox) = running.sandbox.as_ref().and_then(galley_sandbox::Sandbox::inbox) {
        screen.line(&format!("  mails     {}", inbox.url()));
    }
    screen.line(&format!("  files     {}", directory.display()));
}

fn purchases(article: &str) -> [Purchase; 2] {
    let session =
        |number: u32, product: ProductKind, amount_total, email: &'static str, extra: &[(&str, &str)]| {
            let mut metadata = BTreeMap::from([("product".to_owned(), product.to_string())]);
            metadata.extend(extra.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
            SessionSpec {
                event_id: format!("evt_demo_{number}"),
                session_id: format!("cs_test_demo_{number}"),
                payment_intent: Some(format!("pi_demo_{number}")),
                amount_total,
                email: Some(email.to_owned()),
                metadata,
                created: now().timestamp(),
                ..SessionSpec::default()
            }
        };
    let brief = [
        ("topic", "How beginners choose their first running shoes"),
        ("keywords", "running shoes, beginner running"),
        ("target_url", "https://shoes.example/guide"),
        ("anchor_text", "shoe guide"),
        ("word_count", "800"),
        ("tone", "friendly"),
        ("language", "en"),
    ];
    let link = [
        ("article_id", article),
        ("target_url", "https://paper.example/notebooks"),
        ("anchor_text", "good paper"),
        ("keywords", "notebooks"),
    ];
    [
        Purchase {
            label: "article",
            email: "ann@demo.example",
            session: session(1, ProductKind::Article, 12_900, "ann@demo.example", &brief),
            mails: ["has arrived", "is ready"],
        },
        Purchase {
            label: "backlink",
            email: "ben@demo.example",
            session: session(2, ProductKind::Backlink, 7_900, "ben@demo.example", &link),
            mails: ["has arrived", "is ready"],
        },
    ]
}
