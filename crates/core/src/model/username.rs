//! Usernames, and the form of text by which two sign-in names are one.
//!
//! A username is what a person chose, kept as given, with a **key** beside it that is unique: NFKC, lower-cased, NFKC
//! again. `Ann`, `ANN` and full-width `Ａｎｎ` are one name. The rules are checked on both, because NFKC turns some
//! characters into others (`＠` into `@`).
//!
//! A name can't contain `@`, so that an identifier with one is always an email address, and no character that can't be
//! seen, so that nobody is a twin of somebody else (UTS #39 §3.1, default-ignorable characters). Letters that merely look
//! alike across scripts (`а`, `a`) are not told apart.

use std::fmt;
use std::str::FromStr;

use unicode_normalization::UnicodeNormalization;

/// The longest username, in characters.
pub const MAX_USERNAME_CHARACTERS: usize = 64;

/// A valid username: as given, and its unique key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Username {
    as_given: String,
    key: String,
}

/// Why a text is no username, in words for the person who chose it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsernameError {
    /// Nothing was given.
    #[error("choose a username")]
    Empty,
    /// More than [`MAX_USERNAME_CHARACTERS`], as given or in its key.
    #[error("a username can have at most {MAX_USERNAME_CHARACTERS} characters")]
    TooLong,
    /// It would read as an email address.
    #[error("a username can't contain @")]
    At,
    /// Blank space of any kind.
    #[error("a username can't contain spaces")]
    Whitespace,
    /// Control, zero-width and other characters that show nothing.
    #[error("a username can't contain characters that can't be seen")]
    Invisible,
}

impl Username {
    /// Reads a username.
    ///
    /// # Errors
    /// The first rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, UsernameError> {
        check(text)?;
        let key = fold(text);
        check(&key)?;
        Ok(Self {
            as_given: text.to_owned(),
            key,
        })
    }

    /// What the person chose.
    pub fn as_given(&self) -> &str {
        &self.as_given
    }

    /// The unique form: equal for all spellings of one name.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl FromStr for Username {
    type Err = UsernameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_given)
    }
}

fn check(text: &str) -> Result<(), UsernameError> {
    if text.is_empty() {
        return Err(UsernameError::Empty);
    }
    if text.chars().nth(MAX_USERNAME_CHARACTERS).is_some() {
        return Err(UsernameError::TooLong);
    }
    text.chars().try_for_each(check_character)
}

fn check_character(character: char) -> Result<(), UsernameError> {
    if character == '@' {
        Err(UsernameError::At)
    } else if is_invisible(character) {
        Err(UsernameError::Invisible)
    } else if character.is_whitespace() {
        Err(UsernameError::Whitespace)
    } else {
        Ok(())
    }
}

/// One form for all spellings of a sign-in name: NFKC, lower-cased, NFKC. Applied twice it changes nothing more.
///
/// Lower-casing goes character by character, and a final sigma becomes a plain one, so that the form of a text does not
/// depend on where in a word a letter stands.
pub(crate) fn fold(text: &str) -> String {
    let lower = text
        .nfkc()
        .flat_map(char::to_lowercase)
        .map(|c| if c == 'ς' { 'σ' } else { c });
    lower.nfkc().collect()
}

/// Characters that show nothing: controls, Unicode's default-ignorable code points, interlinear marks, the blank
/// pattern of braille.
pub(super) fn is_invisible(character: char) -> bool {
    let blank = matches!(character,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}');
    blank || (character.is_control() && !character.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All of Unicode, one character at a time: the form is final, and never hides what is checked on it.
    #[test]
    fn the_folded_form_of_every_character_is_final() {
        for character in '\0'..=char::MAX {
            let once = fold(&character.to_string());
            assert_eq!(fold(&once), once, "{:04X}", u32::from(character));
        }
    }
}
