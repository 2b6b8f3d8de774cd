//! `galley sandbox`: the stand-ins by themselves, for `galley api` and `galley worker`.

use super::asked_to_stop;
use crate::boot::{Failure, now, random_secret};
use clap::Args;
use galley_sandbox::{
    Sandbox, SandboxOptions, ai::AiOptions, smtp::SmtpOptions, sslcommerz::SslcommerzOptions,
    stripe::StripeOptions, wordpress::WordpressOptions,
};
use std::{net::SocketAddr, path::PathBuf};
use tokio_util::sync::CancellationToken;

#[derive(Args)]
pub(crate) struct Options {
    /// Where the stand-in AI service listens.
    #[arg(long, default_value = "127.0.0.1:4010")]
    ai: SocketAddr,
    /// Where the stand-in mail server listens.
    #[arg(long, default_value = "127.0.0.1:4025")]
    smtp: SocketAddr,
    /// Where the pages are that show the mails.
    #[arg(long, default_value = "127.0.0.1:4026")]
    inbox: SocketAddr,
    /// Where the stand-in Stripe listens.
    #[arg(long, default_value = "127.0.0.1:4012")]
    stripe: SocketAddr,
    /// Where the stand-in SSLCommerz listens.
    #[arg(long, default_value = "127.0.0.1:4013")]
    sslcommerz: SocketAddr,
    /// Where the stand-in WordPress site listens.
    #[arg(long, default_value = "127.0.0.1:4014")]
    wordpress: SocketAddr,
    /// Where Stripe's events are delivered.
    #[arg(long, default_value = "http://127.0.0.1:8080/api/v1/webhooks/stripe")]
    webhooks: String,
    /// Also write each mail to a file in this directory.
    #[arg(long)]
    mails: Option<PathBuf>,
}

pub(super) async fn run(options: Options) -> Result<(), Failure> {
    let sandbox = Sandbox::start(SandboxOptions {
        ai: Some(AiOptions { bind: options.ai, seed: rand::random(), ..AiOptions::new(now) }),
        smtp: Some(SmtpOptions { bind: options.smtp, directory: options.mails, ..SmtpOptions::new(now) }),
        inbox: Some(options.inbox),
        stripe: Some(StripeOptions { bind: options.stripe, seed: rand::random(), ..StripeOptions::new(now) }),
        sslcommerz: Some(SslcommerzOptions {
            bind: options.sslcommerz,
            seed: rand::random(),
            ..SslcommerzOptions::new(now)
        }),
        wordpress: Some(WordpressOptions { bind: options.wordpress, ..WordpressOptions::new(now) }),
        stop: CancellationToken::new(),
    })
    .await?;
    if let (Some(ai), Some(smtp), Some(inbox)) = (sandbox.ai(), sandbox.smtp(), sandbox.inbox()) {
        println!("# The sandbox runs until Ctrl-C. Mails can be read at {}", inbox.url());
        println!("export AI_BASE_URL={} AI_MODEL=sandbox-writer-1", ai.base_url());
        println!("export SMTP_URL={} MAIL_FROM='Galley <orders@galley.localhost>'", smtp.url());
    }
    if let (Some(stripe), Some(sslcommerz)) = (sandbox.stripe(), sandbox.sslcommerz()) {
        let secret = format!("whsec_{}", random_secret());
        stripe.control().deliver_to(&options.webhooks, vec![secret.clone()]);
        let (id, password) = (sslcommerz.store_id(), sslcommerz.store_password());
        println!("export STRIPE_SECRET_KEY={} STRIPE_WEBHOOK_SECRET={secret}", stripe.secret_key());
        println!(
            "export STRIPE_API_BASE={} SSLCOMMERZ_API_BASE={}",
            stripe.base_url(),
            sslcommerz.base_url()
        );
        println!("export SSLCOMMERZ_STORE_ID={id} SSLCOMMERZ_STORE_PASSWORD={password}");
    }
    if let Some(site) = sandbox.wordpress() {
        println!("# For copies of the articles on a site:");
        println!("export WORDPRESS_URL={} WORDPRESS_USER={}", site.base_url(), site.user());
        println!("export WORDPRESS_APP_PASSWORD='{}'", site.app_password());
    }
    asked_to_stop().await;
    sandbox.shutdown().await;
    Ok(())
}
