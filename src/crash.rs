//! Dying on command, for the tests that kill Galley between two steps.
//!
//! The places have names (`fail::fail_point!`). In a build without the crate's `failpoints` feature,
//! which only the tests turn on, the places are not there and this does nothing.

/// What names the place to die at.
const VARIABLE: &str = "GALLEY_CRASH_AT";

/// Arms the place that the environment names: whoever comes there ends the process, as a kill would.
#[expect(clippy::disallowed_methods, reason = "a switch of the tests, not configuration")]
pub(crate) fn arm() {
    if let Ok(place) = std::env::var(VARIABLE) {
        // Refused where the places are not compiled in.
        let _ = fail::cfg_callback(place, || std::process::abort());
    }
}
