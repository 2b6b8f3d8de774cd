//! The system user that Postgres runs as.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use crate::failure::Failure;
use crate::process::ask;

/// Who owns and runs the database: ourselves, or somebody else when we are root.
///
/// Postgres refuses to run as root.
pub(crate) struct Account {
    name: String,
    /// User and group id; `None` means that nothing needs to be switched.
    ids: Option<(u32, u32)>,
}

impl Account {
    /// Ourselves; for root `postgres`, which comes with the Debian package, or else `nobody`.
    pub(crate) fn for_postgres() -> Result<Self, Failure> {
        if !is_root() {
            let name = "of this session".to_owned();
            return Ok(Self { name, ids: None });
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| {
                let id = |flag| ask("id", &[flag, name])?.parse().ok();
                let name = name.to_owned();
                let ids = Some((id("-u")?, id("-g")?));
                Some(Self { name, ids })
            })
            .ok_or_else(|| {
                Failure::new(
                    "Postgres does not run as root, and there is neither a user `postgres` nor \
                     `nobody`: run this as another user",
                )
            })
    }

    /// The user's name, for messages.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Makes `command` run as this user, without any supplementary group of ours.
    pub(crate) fn switch(&self, command: &mut Command) {
        if let Some((user, group)) = self.ids {
            command.uid(user).gid(group);
        }
    }

    /// Makes a directory that belongs to this user.
    pub(crate) fn create_dir(&self, path: &Path) -> Result<(), Failure> {
        let what = format_args!("make the directory {}", path.display());
        fs::create_dir(path).map_err(Failure::trying(what))?;
        if let Some((user, group)) = self.ids {
            let what = format_args!("give {} to {}", path.display(), self.name);
            chown(path, Some(user), Some(group)).map_err(Failure::trying(what))?;
        }
        Ok(())
    }
}

/// Whether we run as root.
pub(crate) fn is_root() -> bool {
    ask("id", &["-u"]).as_deref() == Some("0")
}
