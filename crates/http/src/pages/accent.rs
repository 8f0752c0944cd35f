//! The accent colour, and what it takes to stay readable on it and beside it.
//!
//! **The rule**: text has a contrast of at least 4.5 : 1 against what lies behind it (WCAG 2.2, 1.4.3), whatever the accent: what
//! stands on it is black or white, and where it is itself the colour of a text it is darkened or lightened until it can be read.

use std::fmt;
use std::str::FromStr;

/// WCAG 2.2, 1.4.3 for text of ordinary size.
const READABLE: f64 = 4.5;
/// The backgrounds of `assets/tokens.css` that texts in the accent colour stand on and that are hardest to read on.
const LIGHT_PAPER: Rgb = Rgb(0xf4, 0xf6, 0xf9);
const DARK_CARD: Rgb = Rgb(0x19, 0x1f, 0x28);
const BLACK: Rgb = Rgb(0, 0, 0);
const WHITE: Rgb = Rgb(0xff, 0xff, 0xff);
/// In how many steps a colour goes over into black or white.
const STEPS: u8 = 50;

/// The colour of buttons and links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accent(Rgb);

/// A text that is no colour.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a colour: write # and six hexadecimal digits, like #1a5fb4")]
pub struct AccentError(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rgb(u8, u8, u8);

impl Accent {
    /// The custom properties that follow from it, for both colour schemes.
    pub(super) fn style(self) -> String {
        let light = towards(self.0, BLACK, LIGHT_PAPER);
        let dark = towards(self.0, WHITE, DARK_CARD);
        let on = if contrast(self.0, WHITE) >= contrast(self.0, BLACK) {
            WHITE
        } else {
            BLACK
        };
        format!(
            ":root{{--kt-accent:{};--kt-on-accent:{on};--kt-link:{light}}}\n\
             @media (prefers-color-scheme:dark){{:root{{--kt-link:{dark}}}}}\n",
            self.0
        )
    }
}

impl Default for Accent {
    fn default() -> Self {
        Self(Rgb(0x1a, 0x5f, 0xb4))
    }
}

impl FromStr for Accent {
    type Err = AccentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || AccentError(text.to_owned());
        let digits = text.strip_prefix('#').ok_or_else(refused)?;
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(refused());
        }
        let number = u32::from_str_radix(digits, 16).map_err(|_| refused())?;
        let [_, red, green, blue] = number.to_be_bytes();
        Ok(Self(Rgb(red, green, blue)))
    }
}

impl fmt::Display for Accent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// The colour, moved towards `end` no further than it takes to be read on `background`.
fn towards(colour: Rgb, end: Rgb, background: Rgb) -> Rgb {
    (0..=STEPS)
        .map(|step| mixed(colour, end, f64::from(step) / f64::from(STEPS)))
        .find(|mixed| contrast(*mixed, background) >= READABLE)
        .unwrap_or(end)
}

fn mixed(from: Rgb, to: Rgb, share: f64) -> Rgb {
    let channel = |from: u8, to: u8| {
        let value = f64::from(from) + (f64::from(to) - f64::from(from)) * share;
        value.round().clamp(0.0, 255.0) as u8
    };
    Rgb(
        channel(from.0, to.0),
        channel(from.1, to.1),
        channel(from.2, to.2),
    )
}

/// WCAG 2.2, "contrast ratio".
fn contrast(one: Rgb, other: Rgb) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// WCAG 2.2, "relative luminance".
fn luminance(Rgb(red, green, blue): Rgb) -> f64 {
    let channel = |value: u8| {
        let share = f64::from(value) / 255.0;
        if share <= 0.04045 {
            share / 12.92
        } else {
            ((share + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_six_digits() {
        for (text, good) in [
            ("#1a5fb4", true),
            ("#1A5FB4", true),
            ("#fff", false),
            ("1a5fb4", false),
            ("#1a5fb", false),
            ("#1a5fb44", false),
            ("#+a5fb4", false),
            ("#1a5fbg", false),
            ("red", false),
            ("#000000;}*{color:red", false),
            ("", false),
        ] {
            assert_eq!(text.parse::<Accent>().is_ok(), good, "{text}");
        }
    }

    #[test]
    fn whatever_the_accent_is_texts_can_be_read() {
        for red in (0..=255).step_by(17) {
            for green in (0..=255).step_by(17) {
                for blue in (0..=255).step_by(17) {
                    let colour = Rgb(red, green, blue);
                    let on = contrast(colour, WHITE).max(contrast(colour, BLACK));
                    assert!(on >= READABLE, "{colour}: {on}");
                    let light = contrast(towards(colour, BLACK, LIGHT_PAPER), LIGHT_PAPER);
                    let dark = contrast(towards(colour, WHITE, DARK_CARD), DARK_CARD);
                    assert!(light >= READABLE && dark >= READABLE, "{colour}: {light} {dark}");
                }
            }
        }
    }

    #[test]
    fn the_backgrounds_are_those_of_the_style_sheet() {
        let tokens = include_str!("assets/tokens.css");
        for (name, colour) in [("--kt-paper", LIGHT_PAPER), ("--kt-card", DARK_CARD)] {
            assert!(tokens.contains(&format!("{name}: {colour};")), "{name}");
        }
    }

    #[test]
    fn contrast_is_that_of_the_standard() {
        assert!((contrast(BLACK, WHITE) - 21.0).abs() < 1e-9);
        assert!((contrast(WHITE, WHITE) - 1.0).abs() < 1e-9);
        assert!((contrast(Rgb(0x76, 0x76, 0x76), WHITE) - 4.54).abs() < 0.01);
    }
}
