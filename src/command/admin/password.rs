//! Asking for a password, and its hash.

use crate::boot::Failure;
use galley_content::password::hash;
use galley_domain::staff::{Login, password_fault};
use std::io::{BufRead as _, Read as _, stdin};

/// Longest line that is read as a password, in bytes.
const LINE_MAX_BYTES: u64 = 4_096;

/// Asks twice on the terminal, without showing what is typed; or takes the first line of the standard
/// input. Answers with the hash.
pub(super) fn ask(login: &Login, from_stdin: bool) -> Result<String, Failure> {
    let password = if from_stdin { first_line()? } else { typed(login)? };
    if let Some(fault) = password_fault(login, &password) {
        return Err(fault.to_string().into());
    }
    Ok(hash(&password, &rand::random())?)
}

fn first_line() -> Result<String, Failure> {
    let mut line = String::new();
    stdin().lock().take(LINE_MAX_BYTES).read_line(&mut line)?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}

fn typed(login: &Login) -> Result<String, Failure> {
    let prompt = |text: &str| {
        rpassword::prompt_password(text)
            .map_err(|error| format!("the password cannot be asked for here ({error}): use --password-stdin"))
    };
    let password = prompt(&format!("Password for `{login}`: "))?;
    // No second question about one that is not taken anyway.
    if let Some(fault) = password_fault(login, &password) {
        return Err(fault.to_string().into());
    }
    if prompt("Once more: ")? != password {
        return Err("these were two different passwords: nothing was changed".into());
    }
    Ok(password)
}
