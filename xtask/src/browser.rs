//! What the browser tests need: Chromium, and axe-core, which knows what keeps people out of a page.

use std::fs;
use std::path::Path;
use std::time::Duration;

use tokio::process::Command;

use crate::apt;
use crate::cargo;
use crate::failure::{Failure, progress};
use crate::process;
use crate::services::Workdir;

/// What Chromium and its descendants are called; the tests look for the same names.
const CHROMIUM: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// npm's two files: the version, and the checksum that npm holds the package against.
const PACKAGE: &str = include_str!("../axe-core/package.json");
const LOCK: &str = include_str!("../axe-core/package-lock.json");
const NPM_LIMIT: Duration = Duration::from_mins(3);

const ADVICE: &str = "  Debian:  sudo apt-get install chromium npm
  Fedora:  sudo dnf install chromium npm
  macOS:   brew install --cask chromium; brew install node";

/// Sees to it that a Chromium is installed and that axe-core lies in the target directory.
pub(crate) async fn make_ready(workdir: &Workdir) -> Result<(), Failure> {
    let axe = cargo::target_directory()?.join("axe-core");
    let fetched = is_fetched(&axe);
    let packages = missing(fetched);
    if !packages.is_empty() {
        if !apt::can_install() {
            return Err(not_found(&packages, "not found"));
        }
        apt::install(&packages, workdir).await?;
        let packages = missing(fetched);
        if !packages.is_empty() {
            return Err(not_found(&packages, "not in what apt-get has installed"));
        }
    }
    if fetched { Ok(()) } else { fetch(&axe, workdir).await }
}

/// The Debian packages that would help.
fn missing(fetched: bool) -> Vec<&'static str> {
    let needed = [("chromium", &CHROMIUM[..], true), ("npm", &["npm"], !fetched)];
    let missing =
        needed.into_iter().filter(|(_, names, needed)| *needed && apt::find_program(names).is_none());
    missing.map(|(package, ..)| package).collect()
}

fn not_found(packages: &[&str], why: &str) -> Failure {
    Failure::new(format!("{why}: {}. Install and try again:\n{ADVICE}", packages.join(" and ")))
}

/// Whether the version that is wanted lies there; it is kept between runs.
fn is_fetched(axe: &Path) -> bool {
    let lock = fs::read_to_string(axe.join("package-lock.json")).unwrap_or_default();
    lock == LOCK && axe.join("node_modules/axe-core/axe.min.js").is_file()
}

/// Has npm fetch the package; a checksum other than the lock's fails.
async fn fetch(axe: &Path, workdir: &Workdir) -> Result<(), Failure> {
    progress("fetching axe-core with npm");
    fs::create_dir_all(axe).map_err(Failure::trying("make a directory for axe-core"))?;
    for (name, text) in [("package.json", PACKAGE), ("package-lock.json", LOCK)] {
        fs::write(axe.join(name), text).map_err(Failure::trying(format_args!("write {name}")))?;
    }
    let mut command = Command::new("npm");
    command.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]);
    command.current_dir(axe);
    process::run_logged(&mut command, "npm ci", &workdir.join("npm.log"), NPM_LIMIT).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axe_core_is_of_one_version_and_has_a_checksum() {
        assert!(PACKAGE.contains("\"axe-core\": \"4."), "no range: {PACKAGE}");
        assert!(LOCK.contains("\"integrity\": \"sha512-"));
    }

    #[test]
    fn what_is_missing_is_said_by_name() {
        let Failure::Message(text) = not_found(&["chromium", "npm"], "not found") else {
            panic!("a message is expected");
        };
        assert!(text.starts_with("not found: chromium and npm."));
        assert!(text.contains("Debian"));
    }

    #[test]
    fn another_version_is_fetched_anew() {
        let axe = std::env::temp_dir().join(format!("galley-xtask-axe-{}", std::process::id()));
        fs::create_dir_all(axe.join("node_modules/axe-core")).unwrap();
        fs::write(axe.join("node_modules/axe-core/axe.min.js"), "").unwrap();
        fs::write(axe.join("package-lock.json"), LOCK).unwrap();
        assert!(is_fetched(&axe));
        fs::write(axe.join("package-lock.json"), LOCK.replace("4.", "3.")).unwrap();
        assert!(!is_fetched(&axe));
        fs::remove_dir_all(&axe).unwrap();
    }
}
