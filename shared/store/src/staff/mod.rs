//! Members of staff, as far as the database knows them.

mod token;

pub use token::ApiToken;
