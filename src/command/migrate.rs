//! `galley migrate`.

use crate::{boot, boot::Failure, config::Config};

pub(super) async fn run() -> Result<(), Failure> {
    let opened = boot::open(&Config::load()?, false).await?;
    opened.store.migrate().await?;
    println!("The database is up to date.");
    Ok(())
}
