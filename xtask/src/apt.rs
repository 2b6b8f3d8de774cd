//! Debian's packages: what is missing is installed where that is ours to do.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::Command;

use crate::failure::{Failure, progress};
use crate::process;
use crate::services::{Workdir, is_root};

const APT_LIMIT: Duration = Duration::from_mins(10);
/// dpkg refuses to work without the `sbin` directories.
const APT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Whether this is Debian, or a child of it, and we are root.
pub(crate) fn can_install() -> bool {
    is_debian() && is_root()
}

/// Installs packages without what they only recommend, and without a question.
pub(crate) async fn install(packages: &[&str], workdir: &Workdir) -> Result<(), Failure> {
    progress(format_args!("installing {} with apt-get", packages.join(" ")));
    for arguments in commands(packages) {
        let mut command = Command::new("apt-get");
        command
            .args(&arguments)
            .env("PATH", APT_PATH)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .env("LC_ALL", "C.UTF-8");
        let what = format!("apt-get {}", arguments.join(" "));
        process::run_logged(&mut command, &what, &workdir.join("apt.log"), APT_LIMIT).await?;
    }
    Ok(())
}

/// The arguments of the two calls of apt-get; they wait for another apt-get that is running.
fn commands<'a>(packages: &[&'a str]) -> [Vec<&'a str>; 2] {
    let patience = ["-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"];
    let update = [&["update"], &patience[..]].concat();
    let install = ["install", "-y", "--no-install-recommends"];
    [update, [&install, &patience[..], packages].concat()]
}

fn is_debian() -> bool {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    is_debian_release(&release) && Path::new("/usr/bin/apt-get").exists()
}

/// Reads `/etc/os-release`: Debian itself, or a child of it such as Ubuntu.
fn is_debian_release(release: &str) -> bool {
    release
        .lines()
        .filter_map(|line| line.split_once('='))
        .filter(|(key, _)| matches!(*key, "ID" | "ID_LIKE"))
        .flat_map(|(_, value)| value.trim_matches('"').split(' '))
        .any(|word| word == "debian")
}

/// The directories that programs are looked for in: `PATH`, and where servers hide from it.
pub(crate) fn search_path() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut directories: Vec<PathBuf> = std::env::split_paths(&path).collect();
    directories.extend(["/usr/local/bin", "/usr/bin", "/usr/sbin"].map(PathBuf::from));
    directories
}

/// The first program of one of these names on the search path.
pub(crate) fn find_program(names: &[&str]) -> Option<PathBuf> {
    let directories = search_path();
    let candidates = names.iter().flat_map(|name| directories.iter().map(move |path| path.join(name)));
    candidates.into_iter().find(|program| program.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apt_updates_its_lists_and_then_installs_without_questions() {
        let [update, install] = commands(&["postgresql", "redis-server"]);
        assert_eq!(update.join(" "), "update -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3");
        assert_eq!(
            install.join(" "),
            "install -y --no-install-recommends -o DPkg::Lock::Timeout=300 \
             -o Acquire::Retries=3 postgresql redis-server"
        );
    }

    #[test]
    fn debian_and_its_children_are_known_by_their_release_file() {
        assert!(is_debian_release("PRETTY_NAME=\"Debian\"\nID=debian\n"));
        assert!(is_debian_release("ID=linuxmint\nID_LIKE=\"ubuntu debian\""));
        assert!(!is_debian_release("ID=fedora\nNAME=\"like debian\""));
        assert!(!is_debian_release(""));
    }
}
