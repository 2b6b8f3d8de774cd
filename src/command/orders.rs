//! `galley orders`.

use crate::{boot, boot::Failure, config::Config};
use clap::Subcommand;
use galley_domain::order::OrderStatus;
use std::io::Write as _;

#[derive(Subcommand)]
pub(crate) enum Orders {
    /// Print `orderId token`, a line per order, for operators and load tests.
    Links {
        /// Only orders of this status, for example `QUALITY_CHECK`.
        #[arg(long)]
        status: Option<OrderStatus>,
    },
}

/// Orders read at a time.
const PAGE: i64 = 1_000;

impl Orders {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let Self::Links { status } = self;
        let opened = boot::open(&Config::load()?, false).await?;
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        let mut after = None;
        loop {
            let page = opened.store.order_links(status, after, PAGE).await?;
            for order in &page {
                writeln!(out, "{} {}", order.id, opened.signer.sign(order.id, order.link_epoch))?;
            }
            match page.last() {
                Some(last) => after = Some(last.id),
                None => break,
            }
        }
        out.flush()?;
        Ok(())
    }
}
