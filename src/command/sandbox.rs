//! `galley sandbox`: the stand-ins by themselves, for `galley api` and `galley worker`.

use super::asked_to_stop;
use crate::boot::{Failure, now};
use clap::Args;
use galley_sandbox::{Sandbox, SandboxOptions, ai::AiOptions, smtp::SmtpOptions};
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
    /// Also write each mail to a file in this directory.
    #[arg(long)]
    mails: Option<PathBuf>,
}

pub(super) async fn run(options: Options) -> Result<(), Failure> {
    let sandbox = Sandbox::start(SandboxOptions {
        ai: Some(AiOptions { bind: options.ai, seed: rand::random(), ..AiOptions::new(now) }),
        smtp: Some(SmtpOptions { bind: options.smtp, directory: options.mails, ..SmtpOptions::new(now) }),
        inbox: Some(options.inbox),
        stop: CancellationToken::new(),
        ..SandboxOptions::default()
    })
    .await?;
    if let (Some(ai), Some(smtp), Some(inbox)) = (sandbox.ai(), sandbox.smtp(), sandbox.inbox()) {
        println!("# The sandbox runs until Ctrl-C. Mails can be read at {}", inbox.url());
        println!("export AI_BASE_URL={} AI_MODEL=sandbox-writer-1", ai.base_url());
        println!("export SMTP_URL={} MAIL_FROM='Galley <orders@galley.localhost>'", smtp.url());
    }
    asked_to_stop().await;
    sandbox.shutdown().await;
    Ok(())
}
