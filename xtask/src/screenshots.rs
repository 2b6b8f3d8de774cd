//! `cargo xtask screenshots`: a picture of every page in every state.

use std::fs;

use crate::browser;
use crate::cargo::{self, cargo};
use crate::failure::{Failure, progress};
use crate::services;

/// The test that takes the pictures when it is told where to put them.
const TEST: &str = "clicks::pictures::every_page_in_every_state";

/// Fills `target/screenshots`, and says where its contact sheet is.
///
/// The shop in the pictures runs on `SQLite`: no server is started.
pub(crate) async fn run() -> Result<(), Failure> {
    let workdir = services::workdir()?;
    browser::make_ready(&workdir).await?;
    let directory = cargo::target_directory()?.join("screenshots");
    // What is no page any more shall not be left among them.
    if directory.exists() {
        fs::remove_dir_all(&directory).map_err(Failure::trying("empty the directory of the screenshots"))?;
    }
    fs::create_dir_all(&directory).map_err(Failure::trying("make a directory for the screenshots"))?;
    // Cargo builds the program only for tests of its own package, and so it does here.
    let words = ["test", "-p", "galley", "--test", "e2e", "--", "--ignored", "--exact", "--nocapture", TEST];
    cargo(&words.map(str::to_owned), |command| {
        command.env("TMPDIR", workdir.tests()).env("GALLEY_SCREENSHOTS", &directory);
    })
    .await?;
    let sheet = directory.join("index.html");
    if !sheet.is_file() {
        return Err(Failure::new("no picture was taken"));
    }
    progress(format_args!("look at {}", sheet.display()));
    Ok(())
}
