//! The temporary directory of one run.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::account::Account;
use crate::failure::{Failure, progress};
use crate::process;

/// Longest base path: a Unix socket's whole path has 103 bytes on macOS, 107 on Linux.
const MAX_BASE_BYTES: usize = 60;
/// How often processes are looked for that were started while others were killed.
const MAX_SWEEPS: usize = 5;

/// A directory that is removed on drop, after the processes that were started for it.
pub(crate) struct Workdir {
    path: PathBuf,
}

impl Workdir {
    /// Makes an empty directory that `account` can reach.
    ///
    /// `TMPDIR` may lie in a home directory that the Postgres user cannot enter: then `/tmp` it is.
    pub(crate) fn create(account: &Account) -> Result<Self, Failure> {
        let bases = [std::env::temp_dir(), "/tmp".into(), "/var/tmp".into()];
        for base in bases {
            if base.as_os_str().len() <= MAX_BASE_BYTES
                && let Some(path) = create_below(&base)
            {
                let workdir = Self { path };
                fs::create_dir(workdir.tests()).map_err(Failure::trying("make a directory"))?;
                if can_enter(account, &workdir.path) {
                    return Ok(workdir);
                }
            }
        }
        Err(Failure::new(format!(
            "no temporary directory can be made that user {} can enter; set TMPDIR to one",
            account.name()
        )))
    }

    /// A path inside the directory.
    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The temporary directory for the tests: what they forget is removed with it.
    pub(crate) fn tests(&self) -> PathBuf {
        self.join("tests")
    }

    /// Kills the processes that run with `TMPDIR` in [`Workdir::tests`].
    ///
    /// A test that panics or is killed can leave a server behind that has left our process group.
    /// Works on Linux; elsewhere the group is all that is known.
    fn sweep(&self) {
        let mark = format!("TMPDIR={}", self.tests().display());
        for _ in 0..MAX_SWEEPS {
            let left = processes_with(&mark);
            if left.is_empty() {
                break;
            }
            process::kill(&left);
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}

impl Drop for Workdir {
    fn drop(&mut self) {
        self.sweep();
        if let Err(error) = fs::remove_dir_all(&self.path) {
            progress(format_args!("{} is left: {error}", self.path.display()));
        }
    }
}

fn create_below(base: &Path) -> Option<PathBuf> {
    let id = std::process::id();
    // The first free name: a killed run may have left its directory, and process ids come again.
    let path = (0..100)
        .map(|n| base.join(format!("galley-xtask-{id}-{n}")))
        .find(|path| fs::create_dir(path).is_ok())?;
    // Others may pass through, not look around.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o711)).ok()?;
    Some(path)
}

fn can_enter(account: &Account, directory: &Path) -> bool {
    let mut command = Command::new("/bin/sh");
    account.switch(&mut command);
    command
        .args(["-c", ":"])
        .current_dir(directory)
        .stdin(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The live processes whose environment holds exactly the entry `mark`.
fn processes_with(mark: &str) -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| {
            let id = entry.file_name().to_str()?.parse().ok()?;
            let environment = fs::read(entry.path().join("environ")).ok()?;
            let mut variables = environment.split(|&byte| byte == 0);
            variables.any(|variable| variable == mark.as_bytes()).then_some(id)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workdir_takes_what_was_left_behind_with_it() {
        let account = Account::for_postgres().unwrap();
        let workdir = Workdir::create(&account).unwrap();
        let path = workdir.path.clone();
        fs::write(workdir.tests().join("forgotten"), "x").unwrap();
        let mut left = Command::new("sleep").arg("600").env("TMPDIR", workdir.tests()).spawn().unwrap();

        drop(workdir);

        assert!(!path.exists());
        if cfg!(not(target_os = "linux")) {
            left.kill().unwrap();
        }
        assert!(!left.wait().unwrap().success());
    }
}
