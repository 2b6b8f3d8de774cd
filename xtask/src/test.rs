//! `cargo xtask test`: builds and runs the tests with real servers beside them.

use crate::browser;
use crate::cargo::cargo;
use crate::failure::{Failure, progress};
use crate::services::{self, Durability, Services};

/// What to test.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Arguments for cargo test: a filter, `-p galley-store`, a second `--` with the test's own
    #[arg(last = true)]
    cargo: Vec<String>,
}

/// Starts the servers while cargo builds, runs the tests, and fails with cargo's exit code.
///
/// Nothing is written after cargo's last line.
pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let workdir = services::workdir()?;
    progress("building the tests, and starting Postgres and Redis meanwhile");
    let build = async {
        match build_command(&arguments.cargo) {
            Some(command) => cargo(&command, |_| ()).await,
            None => Ok(()),
        }
    };
    let prepare = async {
        let services = Services::start(&workdir, Durability::Off).await?;
        // One after the other: two apt-gets would be in each other's way.
        if opens_pages(&arguments.cargo) {
            browser::make_ready(&workdir).await?;
        }
        Ok(services)
    };
    let (services, ()) = tokio::try_join!(prepare, build)?;
    progress("running the tests");
    cargo(&test_command(&arguments.cargo), |command| {
        // Also how processes are recognised that a test has left behind.
        command.env("TMPDIR", workdir.tests());
        command.envs(services.environment());
    })
    .await
}

/// The tests of the whole workspace, unless packages are named.
fn test_command(extra: &[String]) -> Vec<String> {
    let mut command = vec!["test".to_owned()];
    if !names_packages(extra) {
        command.push("--workspace".to_owned());
    }
    command.extend_from_slice(extra);
    command
}

/// What builds all that [`test_command`] will run, and the program `galley` for its tests.
///
/// `--workspace --tests` makes cargo resolve features as for the tests, so nothing is built twice;
/// `cargo build --bin galley` alone would not. `None` for doc tests alone: cargo refuses to build
/// these ahead.
fn build_command(extra: &[String]) -> Option<Vec<String>> {
    let extra = for_cargo(extra);
    if extra.iter().any(|argument| argument == "--doc") {
        return None;
    }
    if extra.is_empty() {
        let everything = ["build", "--workspace", "--tests", "--bin", "galley"];
        return Some(everything.map(str::to_owned).to_vec());
    }
    let mut command = test_command(extra);
    command.push("--no-run".to_owned());
    Some(command)
}

/// The arguments before the `--` that opens those of the test programs.
fn for_cargo(extra: &[String]) -> &[String] {
    let end = extra.iter().position(|argument| argument == "--");
    &extra[..end.unwrap_or(extra.len())]
}

/// Whether the tests of `galley` itself are among them, which have a browser.
fn opens_pages(extra: &[String]) -> bool {
    let named = for_cargo(extra);
    !names_packages(extra)
        || named.iter().any(|argument| {
            matches!(argument.as_str(), "galley" | "-pgalley" | "--package=galley" | "--workspace")
        })
}

fn names_packages(extra: &[String]) -> bool {
    for_cargo(extra).iter().any(|argument| {
        argument.starts_with("-p")
            || argument == "--package"
            || argument.starts_with("--package=")
            || argument == "--workspace"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn everything_is_tested_and_the_program_built_unless_told_otherwise() {
        assert_eq!(test_command(&[]), words("test --workspace"));
        assert_eq!(build_command(&[]), Some(words("build --workspace --tests --bin galley")));
    }

    #[test]
    fn a_filter_and_the_test_programs_own_arguments_are_passed_on() {
        let extra = words("settle -- --nocapture -p");
        assert_eq!(test_command(&extra), words("test --workspace settle -- --nocapture -p"));
        assert_eq!(build_command(&extra), Some(words("test --workspace settle --no-run")));
    }

    #[test]
    fn a_named_package_takes_the_place_of_the_workspace() {
        for extra in ["-p xtask", "-pxtask", "--package xtask", "--package=xtask"] {
            let extra = words(extra);
            assert_eq!(test_command(&extra), [words("test"), extra].concat());
        }
    }

    #[test]
    fn a_browser_is_only_needed_for_the_tests_that_open_pages() {
        for with in ["", "settle", "-p galley", "-pgalley", "--workspace", "-p galley-store -p galley"] {
            assert!(opens_pages(&words(with)), "{with}");
        }
        for without in ["-p galley-store", "-pxtask", "-p galley-store -- galley"] {
            assert!(!opens_pages(&words(without)), "{without}");
        }
    }

    #[test]
    fn doc_tests_alone_are_not_built_ahead() {
        assert_eq!(build_command(&words("--doc -p galley-domain")), None);
    }
}
