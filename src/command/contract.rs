//! `galley contract`: what front ends may rely on.

use crate::boot::Failure;
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub(crate) struct Options {
    /// Write `openapi.json` and `errors.json` into this directory instead of printing the document.
    #[arg(long, value_name = "DIRECTORY")]
    write: Option<PathBuf>,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let document = galley_api::openapi_json()?;
    let Some(directory) = &options.write else {
        print!("{document}");
        return Ok(());
    };
    std::fs::create_dir_all(directory)
        .map_err(|error| format!("{} cannot be made: {error}", directory.display()))?;
    for (name, text) in
        [(galley_api::OPENAPI_FILE, document), (galley_api::ERRORS_FILE, galley_api::errors_json()?)]
    {
        let path = directory.join(name);
        std::fs::write(&path, text)
            .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    }
    Ok(())
}
