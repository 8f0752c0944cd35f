//! Which passwords may be chosen: NIST SP 800-63B §5.1.1.2.
//!
//! Length counts in Unicode scalar values, every character counts and none is required: there are no composition rules.
//! Common passwords, patterns, and what is known about the person (`context`) are found by the zxcvbn estimate, on a scale
//! from 0 to 4. It takes three words for strong, whatever they are, so a password that has little in it beside words of
//! the context is refused before.
//!
//! Only the first 20 characters are estimated; what follows can only add strength. The limit is the estimator's: it tries
//! every combination of letter substitutions (`4` for `a`), most of a second for 100 hostile characters, and multiplies
//! beyond 64 bits from 21 parts or 28 neighbouring keys on. Of the clock it takes the current year, to know recent dates.

use std::cmp::Reverse;

use zxcvbn::feedback::Feedback;
use zxcvbn::zxcvbn;

use super::Password;

/// As many characters are estimated, of the password and of each word known about the person.
const ESTIMATED_CHARACTERS: usize = 20;

/// At most this many words of context are looked for.
const MAX_CONTEXT_WORDS: usize = 32;

/// Shorter words of context are no hint: nearly every password has them in it.
const MIN_CONTEXT_CHARACTERS: usize = 3;

/// A password has at least this many characters that are in no word of the context.
const MIN_OWN_CHARACTERS: usize = 4;

/// What the product is called: a poor password everywhere.
const PRODUCT_NAME: &str = "keyturn";

const ABOUT_YOU: &str = "There is little in it beside names or addresses of yours or of this service. Add words that have nothing to do with them.";
const UNCOMMON_WORDS: &str = "Add another word or two, uncommon ones.";

/// What a new password must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// The fewest characters.
    pub min_length: usize,
    /// The most characters; at least 64 (NIST SP 800-63B §5.1.1.2).
    pub max_length: usize,
    /// The lowest estimate that is accepted, from 0 (anything) to 4. With 3, eight random characters are just too few
    /// (2, 10⁸ guesses) and nine are enough; with 2, eight are.
    pub min_strength: u8,
    /// What everybody here would think of: names of the organisation and its products (ASVS 5.0 V6.2.11).
    pub context: Vec<String>,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            min_length: 8,
            max_length: 256,
            min_strength: 3,
            context: Vec::new(),
        }
    }
}

/// Why a password can't be chosen, in words that say what to do. Never contains the password or a part of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRejection {
    /// Fewer characters than [`PasswordPolicy::min_length`].
    #[error("use at least {min} characters")]
    TooShort {
        /// The fewest characters.
        min: usize,
    },
    /// More characters than [`PasswordPolicy::max_length`].
    #[error("use at most {max} characters")]
    TooLong {
        /// The most characters.
        max: usize,
    },
    /// Too easy to guess.
    #[error("this password is too easy to guess. {advice}")]
    TooWeak {
        /// Full sentences: what is weak in it, and what would be better.
        advice: String,
    },
    /// bcrypt ignores what follows 72 bytes, so such a password is refused where bcrypt is configured.
    #[error("use at most {max} bytes: a plain letter is one byte, an accented letter two, an emoji four")]
    TooLongForBcrypt {
        /// The most bytes.
        max: usize,
    },
    /// bcrypt takes a NUL for the end of the password.
    #[error("the password has a NUL character in it; leave it out")]
    NulForBcrypt,
}

impl PasswordRejection {
    /// The stable name of the reason, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooShort { .. } => "too_short",
            Self::TooLong { .. } => "too_long",
            Self::TooWeak { .. } => "too_weak",
            Self::TooLongForBcrypt { .. } => "too_long_for_bcrypt",
            Self::NulForBcrypt => "nul_for_bcrypt",
        }
    }
}

impl PasswordPolicy {
    /// Whether `password` may be chosen by the person of whom `context` is known: email address, username, name.
    ///
    /// Each is looked for as a whole and word by word, so that the local part of an address need not be given beside it.
    /// Length is judged first: what is too long costs no estimate.
    ///
    /// # Errors
    /// The first rule that the password breaks.
    pub fn check(&self, password: &Password, context: &[&str]) -> Result<(), PasswordRejection> {
        let text = password.expose();
        let length = text.chars().count();
        if length < self.min_length {
            return Err(PasswordRejection::TooShort { min: self.min_length });
        }
        if length > self.max_length {
            return Err(PasswordRejection::TooLong { max: self.max_length });
        }
        self.check_strength(text, context)
    }

    fn check_strength(&self, text: &str, context: &[&str]) -> Result<(), PasswordRejection> {
        if self.min_strength == 0 {
            return Ok(());
        }
        let house = self.context.iter().map(String::as_str);
        let words = words(house.take(MAX_CONTEXT_WORDS / 2).chain(context.iter().copied()));
        if own_characters(text, &words) < MIN_OWN_CHARACTERS {
            return Err(PasswordRejection::TooWeak {
                advice: ABOUT_YOU.to_owned(),
            });
        }
        let words: Vec<&str> = words.iter().map(|word| first_characters(word)).collect();
        let estimate = zxcvbn(first_characters(text), &words);
        if u8::from(estimate.score()) >= self.min_strength {
            return Ok(());
        }
        Err(PasswordRejection::TooWeak {
            advice: advice(estimate.feedback()),
        })
    }
}

/// Everything to look for, longest first: the product's name, each text of the context, and each word of it.
fn words<'a>(context: impl Iterator<Item = &'a str> + Clone) -> Vec<String> {
    let parts = context
        .clone()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    let mut words: Vec<String> = context
        .chain(parts)
        .filter(|word| word.chars().nth(MIN_CONTEXT_CHARACTERS - 1).is_some())
        .take(MAX_CONTEXT_WORDS)
        .chain([PRODUCT_NAME])
        .map(str::to_lowercase)
        .collect();
    words.sort_by_key(|word| Reverse(word.len()));
    words
}

/// How many characters of `text` are neither blank nor part of one of `words`.
fn own_characters(text: &str, words: &[String]) -> usize {
    let rest = words
        .iter()
        .fold(text.to_lowercase(), |rest, word| rest.replace(word, " "));
    rest.chars().filter(|c| !c.is_whitespace()).count()
}

fn first_characters(text: &str) -> &str {
    text.char_indices()
        .nth(ESTIMATED_CHARACTERS)
        .and_then(|(end, _)| text.get(..end))
        .unwrap_or(text)
}

/// What is weak and what to do; never empty.
fn advice(feedback: Option<&Feedback>) -> String {
    let warning = feedback
        .and_then(Feedback::warning)
        .map(|warning| warning.to_string());
    let suggestions = feedback.map(Feedback::suggestions).unwrap_or_default();
    let sentences: Vec<String> = warning
        .into_iter()
        .chain(suggestions.iter().map(ToString::to_string))
        .collect();
    if sentences.is_empty() {
        UNCOMMON_WORDS.to_owned()
    } else {
        sentences.join(" ")
    }
}
