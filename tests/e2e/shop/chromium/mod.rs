//! A real browser: Chromium, driven over its `DevTools` protocol.
//!
//! One process serves all tests of this binary; each [`Window`] has cookies and storage of its own. The
//! protocol comes over a pipe, as JSON with a zero byte behind each message: no client crate is needed
//! for the thirty messages that are used here, and when this process ends, however it does, the pipe
//! closes and Chromium ends as well. Messages are at
//! <https://chromedevtools.github.io/devtools-protocol/>.

mod axe;
mod find;
mod key;
mod listening;
mod mouse;
mod page;
mod picture;
mod process;
mod window;

use key::Key;
pub(crate) use window::{Look, Window};
