//! The shop's colour, made fit to be read.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Least contrast of text against what it stands on (WCAG 2.2, 1.4.3).
const CONTRAST_MIN: f64 = 4.5;
/// In how many steps a colour is moved towards black or white.
const STEPS: u8 = 100;

/// What pages are printed on by day and by night, and what is printed there.
const LIGHT_PAPER: Accent = Accent([0xfd, 0xfc, 0xf9]);
const DARK_PAPER: Accent = Accent([0x1b, 0x19, 0x16]);
const WHITE: Accent = Accent([0xff; 3]);
const BLACK: Accent = Accent([0; 3]);

/// A colour: `#rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Accent([u8; 3]);

/// A text that is no colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a colour is written #rrggbb, like #1f5c43")]
pub struct AccentError;

/// A colour as it is shown on one kind of paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shade {
    /// Of links and buttons.
    pub accent: Accent,
    /// Of the words on a button.
    pub on_accent: Accent,
}

/// A colour as it is shown by day and by night.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shades {
    /// On light paper.
    pub light: Shade,
    /// On dark paper.
    pub dark: Shade,
}

impl Accent {
    /// How it is shown. No colour can be read on light and on dark paper alike, so each gets the
    /// nearest one that can: the colour itself, or darker or lighter until its contrast is 4.5.
    pub fn shades(self) -> Shades {
        let shade = |paper: Self, towards: Self| {
            let mixed = (0..=STEPS).map(|step| self.mixed(towards, step));
            let accent = { mixed }.find(|one| one.contrast(paper) >= CONTRAST_MIN).unwrap_or(towards);
            let on_accent =
                if accent.contrast(LIGHT_PAPER) >= CONTRAST_MIN { LIGHT_PAPER } else { DARK_PAPER };
            Shade { accent, on_accent }
        };
        Shades { light: shade(LIGHT_PAPER, BLACK), dark: shade(DARK_PAPER, WHITE) }
    }

    /// The contrast of two colours, 1 to 21, whichever is in front.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// <https://www.w3.org/TR/WCAG22/#dfn-relative-luminance>
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|channel| {
            let channel = f64::from(channel) / 255.0;
            if channel <= 0.040_45 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
        });
        0.2126_f64.mul_add(red, 0.7152_f64.mul_add(green, 0.0722 * blue))
    }

    /// This colour with `step` hundredths of another in it.
    fn mixed(self, other: Self, step: u8) -> Self {
        let mix = |own: u8, other: u8| {
            let sum = u16::from(own) * u16::from(STEPS - step) + u16::from(other) * u16::from(step);
            u8::try_from(sum / u16::from(STEPS)).unwrap_or(u8::MAX)
        };
        Self(std::array::from_fn(|at| mix(self.0[at], other.0[at])))
    }
}

impl FromStr for Accent {
    type Err = AccentError;

    fn from_str(text: &str) -> Result<Self, AccentError> {
        let digits = text.trim().strip_prefix('#').filter(|digits| digits.len() == 6).ok_or(AccentError)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(AccentError);
        }
        let number = u32::from_str_radix(digits, 16).map_err(|_| AccentError)?;
        let [_, red, green, blue] = number.to_be_bytes();
        Ok(Self([red, green, blue]))
    }
}

impl fmt::Display for Accent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl TryFrom<String> for Accent {
    type Error = AccentError;

    fn try_from(text: String) -> Result<Self, AccentError> {
        text.parse()
    }
}

impl From<Accent> for String {
    fn from(accent: Accent) -> Self {
        accent.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_colour_is_written_in_one_way() {
        assert_eq!("#1F5c43".parse::<Accent>().unwrap().to_string(), "#1f5c43");
        for wrong in ["", "1f5c43", "#1f5", "#1f5c4g", "#+f5c43", "red", "#1f5c43;", "#1f5c433"] {
            assert_eq!(wrong.parse::<Accent>(), Err(AccentError), "{wrong}");
        }
    }

    #[test]
    fn a_colour_that_can_be_read_stays_as_it_is() {
        let shades = "#1f5c43".parse::<Accent>().unwrap().shades();
        assert_eq!(shades.light.accent.to_string(), "#1f5c43");
        assert_eq!(shades.light.on_accent, LIGHT_PAPER);
        assert_ne!(shades.dark.accent, shades.light.accent);
        assert_eq!(shades.dark.on_accent, DARK_PAPER);
        assert!((WHITE.contrast(BLACK) - 21.0).abs() < 0.01);
    }

    proptest! {
        #[test]
        fn every_colour_can_be_read_on_both_papers_and_under_its_words(rgb: [u8; 3]) {
            let shades = Accent(rgb).shades();
            for (shade, paper) in [(shades.light, LIGHT_PAPER), (shades.dark, DARK_PAPER)] {
                prop_assert!(shade.accent.contrast(paper) >= CONTRAST_MIN, "{shade:?}");
                prop_assert!(shade.accent.contrast(shade.on_accent) >= CONTRAST_MIN, "{shade:?}");
            }
        }
    }
}
