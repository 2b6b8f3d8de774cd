//! The secrets that links are signed with.

use super::Failure;
use crate::config::Config;
use galley_integrations::secret::Secret;
use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

/// The configured secrets or, in development, one that is kept beside the database, so that links
/// survive a restart.
pub(super) fn link_secrets(config: &Config, database: Option<PathBuf>) -> Result<Vec<Secret>, Failure> {
    if !config.secrets.is_empty() {
        return Ok(config.secrets.clone());
    }
    let directory =
        database.and_then(|file| Some(file.parent()?.to_owned())).unwrap_or_else(|| PathBuf::from("var"));
    let path = directory.join("secret");
    match std::fs::read_to_string(&path) {
        Ok(secret) if !secret.trim().is_empty() => return Ok(vec![Secret::new(secret.trim())]),
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(format!("{} cannot be read: {error}", path.display()).into());
        }
        _ => {}
    }
    let secret = random_secret();
    std::fs::create_dir_all(&directory)?;
    keep_secret(&path, &secret).map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    Ok(vec![Secret::new(secret)])
}

/// Writes a file that only its owner can read.
fn keep_secret(path: &Path, secret: &str) -> std::io::Result<()> {
    use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
    let mut file = std::fs::File::options().create(true).truncate(true).write(true).mode(0o600).open(path)?;
    file.write_all(secret.as_bytes())
}

/// 256 random bits in hex.
pub(crate) fn random_secret() -> String {
    hex::encode(rand::random::<[u8; 32]>())
}
