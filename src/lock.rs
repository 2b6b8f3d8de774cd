//! The lock file of an embedded database: proof that exactly one process serves from it.

use std::{
    fs::{File, TryLockError},
    io,
    path::Path,
};

/// Held as long as the process lives; the kernel lets go of it however the process ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock beside a database file; an error says that another process has it.
    pub(crate) fn take(database: &Path) -> io::Result<Self> {
        let path = database.with_extension("lock");
        let file = File::options().create(true).truncate(false).write(true).open(&path)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(io::Error::other(format!(
                "another process serves from {}; stop it first, or use Postgres for several",
                database.display()
            ))),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}
