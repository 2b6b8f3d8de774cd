//! `galley admin`: who may log in to the console, and who may use the admin API.

mod member;
mod password;
mod token;

use crate::{boot, boot::Failure, config::Config};
use clap::Subcommand;
use galley_domain::staff::{Login, Role};

#[derive(Subcommand)]
pub(crate) enum Admin {
    /// Let somebody log in to the console; asks for their password twice.
    Add {
        /// What they log in with: 2 to 40 of a-z, 0-9, dot, hyphen and underscore.
        login: Login,
        /// What they may do: `owner`, `reviewer` or `read-only`.
        #[arg(long)]
        role: Role,
        /// Take the password from the first line of the standard input instead of asking.
        #[arg(long)]
        password_stdin: bool,
    },
    /// List who may log in.
    List,
    /// Give somebody another role; whoever is logged in has to do so again.
    Role {
        /// Whom.
        login: Login,
        /// What they may do: `owner`, `reviewer` or `read-only`.
        role: Role,
    },
    /// Give somebody a new password; whoever is logged in has to do so again.
    Password {
        /// Whom.
        login: Login,
        /// Take the password from the first line of the standard input instead of asking.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Let somebody log in no more; they are logged out at once.
    Disable {
        /// Whom.
        login: Login,
    },
    /// Let somebody log in again.
    Enable {
        /// Whom.
        login: Login,
    },
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

impl Admin {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let config = Config::load()?;
        let store = boot::open(&config, false).await?.store;
        // The first owner may be added before the first start, which makes the tables of an embedded
        // database.
        if config.database.file().is_some() {
            store.migrate().await?;
        }
        match self {
            Self::Add { login, role, password_stdin } => {
                member::add(&store, &login, role, password_stdin).await
            }
            Self::List => member::list(&store).await,
            Self::Role { login, role } => member::role(&store, &login, role).await,
            Self::Password { login, password_stdin } => {
                member::password(&store, &login, password_stdin).await
            }
            Self::Disable { login } => member::disable(&store, &login).await,
            Self::Enable { login } => member::enable(&store, &login).await,
            Self::Token { name, role } => token::create(&store, name.trim(), role).await,
            Self::Tokens => token::list(&store).await,
            Self::Revoke { name } => token::revoke(&store, &name).await,
        }
    }
}

/// Most rows that are read at once.
const PAGE_MAX: i64 = 200;
