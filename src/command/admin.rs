//! `galley admin`: who may use the admin API.

use crate::{boot, boot::Failure, config::Config};
use clap::Subcommand;
use galley_domain::staff::Role;
use sha2::{Digest as _, Sha256};

#[derive(Subcommand)]
pub(crate) enum Admin {
    /// Make a token for the admin API; it is shown once, and only its hash is kept.
    Token {
        /// Whose it is: the name that stands in the history of what is done with it.
        #[arg(long)]
        name: String,
        /// What it may do: `owner`, `reviewer` or `read-only`.
        #[arg(long)]
        role: Role,
    },
    /// List the tokens.
    Tokens,
    /// Make a token worthless.
    Revoke {
        /// Its name.
        #[arg(long)]
        name: String,
    },
}

/// Longest name of a token, in characters.
const NAME_MAX_CHARS: usize = 80;

impl Admin {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let store = boot::open(&Config::load()?, false).await?.store;
        match self {
            Self::Token { name, role } => {
                let name = name.trim();
                if name.is_empty() || name.chars().count() > NAME_MAX_CHARS {
                    return Err(format!("a name has 1 to {NAME_MAX_CHARS} characters").into());
                }
                let token = format!("gly_{}", boot::random_secret());
                store.create_api_token(name, role, &Sha256::digest(&token).into()).await?;
                println!("{token}");
                eprintln!("Send it as `Authorization: Bearer {}…`; it is not shown again.", &token[..8]);
            }
            Self::Tokens => {
                for token in store.api_tokens().await? {
                    let until = token.revoked_at.map(|at| format!(", revoked {}", at.format("%Y-%m-%d")));
                    println!(
                        "{:<24} {:<10} since {}{}",
                        token.name,
                        token.role,
                        token.created_at.format("%Y-%m-%d"),
                        until.unwrap_or_default()
                    );
                }
            }
            Self::Revoke { name } => {
                if !store.revoke_api_token(&name).await? {
                    return Err(format!("there is no token `{name}` that still works").into());
                }
                println!("The token `{name}` opens nothing any more.");
            }
        }
        Ok(())
    }
}
