//! Cargo, run from a program that cargo runs.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::failure::Failure;
use crate::process::{Process, exit_code};

/// Runs cargo in the workspace's root; its output is ours.
pub(crate) async fn cargo(arguments: &[String], adjust: impl FnOnce(&mut Command)) -> Result<(), Failure> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root);
    for (variable, _) in std::env::vars_os() {
        if describes_xtask(&variable) {
            command.env_remove(variable);
        }
    }
    adjust(&mut command);
    run(&mut command).await
}

/// Runs a program to its end; a bad one becomes our own exit code.
pub(crate) async fn run(command: &mut Command) -> Result<(), Failure> {
    let status = Process::spawn(command, "TERM")?.wait().await?;
    match exit_code(status) {
        0 => Ok(()),
        code => Err(Failure::Exit(code)),
    }
}

/// Where `cargo build --release` puts its programs: beside the directory that we ourselves lie in.
pub(crate) fn release_directory() -> Result<PathBuf, Failure> {
    Ok(target_directory()?.join("release"))
}

/// The directory of all that cargo makes.
pub(crate) fn target_directory() -> Result<PathBuf, Failure> {
    let ourselves = std::env::current_exe().map_err(Failure::trying("find this program"))?;
    let target = ourselves.ancestors().nth(2);
    let target = target.ok_or_else(|| Failure::new("this program does not lie in a target directory"))?;
    Ok(target.to_owned())
}

/// Whether `cargo run` has set the variable to tell xtask about itself.
///
/// Passed on, these would make cargo run the build scripts again that watch them (ring's does),
/// and with them build half of the dependencies anew whenever plain cargo and xtask take turns.
fn describes_xtask(variable: &OsStr) -> bool {
    let name = variable.as_encoded_bytes();
    name.starts_with(b"CARGO_PKG_") || name.starts_with(b"CARGO_MANIFEST_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_says_about_xtask_stays_here() {
        assert!(describes_xtask(OsStr::new("CARGO_MANIFEST_DIR")));
        assert!(describes_xtask(OsStr::new("CARGO_PKG_NAME")));
        for kept in ["CARGO_TARGET_DIR", "CARGO_HOME", "CARGO_TERM_COLOR", "PATH"] {
            assert!(!describes_xtask(OsStr::new(kept)), "{kept}");
        }
    }
}
