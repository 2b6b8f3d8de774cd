//! Tokens for the admin API.

use super::{super::operator, PAGE_MAX};
use crate::boot::{Failure, random_secret};
use galley_domain::staff::{Role, TOKEN_NAME_MAX_CHARS, TOKEN_PREFIX, is_token_name};
use galley_store::Store;
use sha2::{Digest as _, Sha256};

pub(super) async fn create(store: &Store, name: &str, role: Role) -> Result<(), Failure> {
    if !is_token_name(name) {
        return Err(format!("a name has 1 to {TOKEN_NAME_MAX_CHARS} characters, all of them visible").into());
    }
    let token = format!("{TOKEN_PREFIX}{}", random_secret());
    store.create_api_token(name, role, &Sha256::digest(&token).into(), &operator()).await?;
    println!("{token}");
    eprintln!("Send it as `Authorization: Bearer {}…`; it is not shown again.", &token[..8]);
    Ok(())
}

pub(super) async fn list(store: &Store) -> Result<(), Failure> {
    let mut before = None;
    loop {
        let tokens = store.api_tokens(before, PAGE_MAX).await?;
        for token in &tokens {
            let until = token.revoked_at.map(|at| format!(", revoked {}", at.format("%Y-%m-%d")));
            let since = token.created_at.format("%Y-%m-%d");
            println!("{:<24} {:<10} since {since}{}", token.name, token.role, until.unwrap_or_default());
        }
        let Some(last) = tokens.last() else { return Ok(()) };
        before = Some(last.id);
    }
}

pub(super) async fn revoke(store: &Store, name: &str) -> Result<(), Failure> {
    let revoked = match store.find_api_token_named(name).await? {
        Some(token) => store.revoke_api_token(token.id, &operator()).await?,
        None => false,
    };
    if !revoked {
        return Err(format!("there is no token `{name}` that still works").into());
    }
    println!("The token `{name}` opens nothing any more.");
    Ok(())
}
