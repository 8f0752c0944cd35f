//! What the pages say: each text has a name, and a configuration may put another in its place.
//!
//! **The rule**: templates hold no words of their own; a name that is not in this catalogue is refused at start. What stands in braces
//! is filled in by the page and may be left out.
//!
//! **The caveat**: what is wrong with a field is said by the rules, in English.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use keyturn_core::model::EndReason;

/// Name and words of each text, by page. The reasons of sign-outs are `reason_` and the code.
const DEFAULTS: &[(&str, &str)] = &[
    ("skip_to_content", "Skip to the content"),
    ("error_prefix", "Error"),
    ("error_summary", "That did not work"),
    ("optional", "optional"),
    ("sign_out", "Sign out"),
    ("your_account", "Your account"),
    ("back_to_account", "Back to your account"),
    ("imprint", "Imprint"),
    ("privacy", "Privacy"),
    ("help", "Help"),
    // sign in
    ("sign_in_title", "Sign in"),
    ("sign_in_submit", "Sign in"),
    ("identifier", "Email or username"),
    ("password", "Password"),
    ("remember", "Keep me signed in"),
    ("remember_hint", "Only on a device of your own."),
    ("no_account", "No account yet?"),
    ("to_sign_up", "Sign up"),
    ("signed_in_title", "You are signed in"),
    ("signed_in_as", "You are signed in as {name}."),
    ("continue", "Continue"),
    ("other_account", "Sign in with another account"),
    // sign up
    ("sign_up_title", "Create an account"),
    ("sign_up_submit", "Create account"),
    ("email", "Email"),
    ("username", "Username"),
    ("username_hint", "A second name to sign in by."),
    ("name", "Name"),
    ("name_hint", "How we should call you."),
    ("new_password", "Password"),
    (
        "new_password_hint",
        "A few unrelated words are easy to remember and hard to guess.",
    ),
    ("have_account", "You have an account?"),
    ("to_sign_in", "Sign in"),
    (
        "sign_up_closed",
        "New accounts are not open to everybody here. Ask an administrator for one.",
    ),
    ("pending_title", "Almost there"),
    (
        "pending_text",
        "If this email address was free, your account waits to be activated. Until then nobody can sign in to it.",
    ),
    // account
    ("account_title", "Your account"),
    ("account_lead", "Signed in as {name}."),
    ("details_title", "About you"),
    ("none", "none"),
    ("sessions_title", "Where you are signed in"),
    (
        "sessions_lead",
        "Each sign-in on a device is a session. End those that you do not know.",
    ),
    ("this_session", "This device"),
    ("session_started", "Signed in"),
    ("session_active", "Last active"),
    ("session_ends", "Ends at the latest"),
    ("session_address", "Address"),
    ("unknown_address", "not recorded"),
    ("end_session", "Sign out"),
    ("end_session_of", "Sign out {device}"),
    ("end_others", "Sign out everywhere else"),
    ("end_all", "Sign out everywhere"),
    ("no_others", "You are signed in nowhere else."),
    ("ended_title", "Sessions that ended"),
    ("ended_at", "Ended"),
    ("session_ended_done", "That session is over."),
    ("sessions_ended_done", "You are signed out everywhere else."),
    ("change_profile", "Change name or username"),
    ("leave_title", "Your data"),
    (
        "export_lead",
        "Everything that is kept about you, as one document for programs.",
    ),
    ("export_link", "Download"),
    // links by mail
    ("forgot", "Forgot your password?"),
    ("forgot_title", "Set a new password"),
    (
        "forgot_lead",
        "Tell us the email address of your account, and we send you a link. It works once, for a quarter of an hour.",
    ),
    ("resend_title", "Activate your account"),
    (
        "resend_lead",
        "Tell us the email address that you signed up with, and we send you the link again.",
    ),
    ("send_link", "Send the link"),
    ("sent_title", "Look into your mail"),
    (
        "sent_text",
        "If there is something to send to this address, a link is on its way. It may take a minute, and may lie among the unwanted mail.",
    ),
    ("reset_title", "Choose a new password"),
    (
        "reset_lead",
        "You are signed out everywhere, and sign in with the new password.",
    ),
    ("reset_submit", "Set the password"),
    ("activate_title", "Activate your account"),
    ("activate_lead", "One more step, and you can sign in."),
    ("activate_hint", "The one that you chose when you signed up."),
    ("activate_submit", "Activate"),
    ("another_link", "Have another link sent"),
    (
        "error_link_invalid",
        "This link does not work any more: it was used, is too old, or a later one took its place.",
    ),
    ("reset_done", "Your new password is set. Sign in with it."),
    ("activated_done", "Your account is active. Sign in."),
    (
        "pending_mail_text",
        "We have sent a link to this address. Open it, and your account is ready. It may take a minute, and may lie among the unwanted mail.",
    ),
    // profile, password, email, leaving
    ("profile_title", "Name and username"),
    ("current_password", "Current password"),
    ("username_password_hint", "Needed where the username changes."),
    ("save", "Save"),
    ("profile_done", "Your details are saved."),
    ("password_title", "Change your password"),
    (
        "password_lead",
        "You stay signed in here, and are signed out everywhere else.",
    ),
    ("change_password", "Change password"),
    ("chosen_password", "New password"),
    (
        "password_done",
        "Your password is changed. You are signed out everywhere else.",
    ),
    ("change_email", "Change email"),
    ("chosen_email", "New email"),
    (
        "email_lead",
        "We send a link to the new address. Nothing changes until it is opened and confirmed.",
    ),
    (
        "email_asked",
        "Look into the mail of the new address: unless it has an account, a link is on its way. It works for a quarter of an hour.",
    ),
    ("confirm_email_title", "Your new email"),
    ("confirm_email_lead", "One click, and it is your account's."),
    ("confirm_email_submit", "Confirm"),
    ("email_changed_text", "Your email is changed."),
    ("deactivate_title", "Switch your account off"),
    (
        "deactivate_lead",
        "You are signed out everywhere, and nobody can sign in until an administrator switches the account on again. Nothing is deleted.",
    ),
    ("deactivate_submit", "Switch off"),
    ("delete_title", "Delete your account"),
    (
        "delete_lead",
        "Your account and everything that names you is deleted, at once and for good.",
    ),
    ("delete_submit", "Delete for good"),
    // what goes wrong
    (
        "error_invalid_credentials",
        "The sign-in name or the password is wrong.",
    ),
    (
        "error_too_many_attempts",
        "Too many attempts. Try again in {wait}.",
    ),
    (
        "error_email_taken",
        "There is an account with this email already.",
    ),
    (
        "error_username_taken",
        "This username is taken. Choose another one.",
    ),
    (
        "error_form_expired",
        "This form could not be taken as it was: it had been open for too long, or cookies are switched off. Send it again.",
    ),
    (
        "error_pending",
        "The password is right, but this account is not activated yet.",
    ),
    (
        "error_inactive",
        "The password is right, but this account is switched off. Ask an administrator to switch it on again.",
    ),
    (
        "error_suspended",
        "The password is right, but this account is suspended. Ask an administrator why.",
    ),
    // pages of their own for what goes wrong
    ("problem_signed_out_title", "You are signed out"),
    (
        "problem_signed_out_text",
        "Your session has ended. Sign in again, and try once more.",
    ),
    ("problem_not_found_title", "There is nothing here"),
    (
        "problem_not_found_text",
        "The address may be mistyped, or what was here is gone.",
    ),
    ("problem_form_title", "Please send that again"),
    (
        "problem_form_text",
        "The page had been open for too long, you have signed in or out since, or cookies are switched off. Go back, load the page again, and try once more.",
    ),
    ("problem_origin_title", "That came from another site"),
    (
        "problem_origin_text",
        "For your safety this can only be done from a page of this site.",
    ),
    ("problem_busy_title", "Too much at once"),
    (
        "problem_busy_text",
        "Nothing is lost. Wait a moment, go back, and try again.",
    ),
    ("problem_cookies_title", "A cookie came twice"),
    (
        "problem_cookies_text",
        "Remove this site's cookies in your browser, and sign in again.",
    ),
    ("problem_fault_title", "Something went wrong here"),
    (
        "problem_fault_text",
        "It was not you. If it happens again, tell whoever runs this site, with the number below.",
    ),
    ("problem_request_title", "That could not be understood"),
    (
        "problem_request_text",
        "Go back, load the page again, and try once more.",
    ),
    ("problem_number", "Number of this request: {id}"),
];

/// What the web interface says beyond that, by name: read by its build, too.
const INTERFACE: &str = include_str!("assets/interface.json");

/// The built-in texts of the web interface; without any where the file cannot be read, which a test rules out.
static OF_INTERFACE: LazyLock<BTreeMap<String, String>> =
    LazyLock::new(|| serde_json::from_str(INTERFACE).unwrap_or_default());

/// The texts in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts(BTreeMap<String, String>);

/// A name that is no text's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no text `{0}`")]
pub struct TextError(String);

impl Texts {
    /// With these in place of the built-in ones.
    ///
    /// # Errors
    /// A name that is no text's.
    pub fn with<'a>(overrides: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, TextError> {
        let mut texts = Self::default();
        for (name, words) in overrides {
            let slot = texts.0.get_mut(name);
            words.clone_into(slot.ok_or_else(|| TextError(name.to_owned()))?);
        }
        Ok(texts)
    }

    /// Names and words of all, in the order of the names.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, words)| (name.as_str(), words.as_str()))
    }

    /// Those of the web interface that are not the built-in ones.
    pub(super) fn changed(&self) -> BTreeMap<&str, &str> {
        let of_interface = OF_INTERFACE.iter().filter_map(|(name, built_in)| {
            let words = self.0.get(name)?;
            (words != built_in).then_some((name.as_str(), words.as_str()))
        });
        of_interface.collect()
    }

    /// One text; its own name where there is none, which a test rules out.
    pub(super) fn text<'a>(&'a self, name: &'a str) -> &'a str {
        self.0.get(name).map_or(name, String::as_str)
    }

    /// One text, with a placeholder filled in.
    pub(super) fn filled(&self, name: &str, placeholder: &str, value: &str) -> String {
        self.text(name).replace(&format!("{{{placeholder}}}"), value)
    }

    /// Why a session ended.
    pub(super) fn reason(&self, reason: EndReason) -> &str {
        let name = reason_name(reason);
        self.0.get(&name).map_or(reason.sentence(), String::as_str)
    }

    /// For templates.
    pub(super) const fn map(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

impl Default for Texts {
    fn default() -> Self {
        let fixed = DEFAULTS
            .iter()
            .map(|(name, words)| ((*name).to_owned(), (*words).to_owned()));
        let reasons = EndReason::ALL
            .iter()
            .map(|reason| (reason_name(*reason), reason.sentence().to_owned()));
        let of_interface = OF_INTERFACE.clone().into_iter();
        Self(of_interface.chain(fixed).chain(reasons).collect())
    }
}

fn reason_name(reason: EndReason) -> String {
    format!("reason_{reason}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    /// What the files of this module hold that end so, but for this one.
    fn sources(extension: &str) -> Vec<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages");
        let files = [folder.clone(), folder.join("templates")]
            .into_iter()
            .flat_map(|folder| fs::read_dir(folder).unwrap())
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|found| found == extension))
            .filter(|path| !path.ends_with("texts.rs"));
        files.map(|file| fs::read_to_string(file).unwrap()).collect()
    }

    /// The texts that templates name.
    fn named() -> BTreeSet<String> {
        let name = |rest: &str| {
            let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '_');
            rest[..end.unwrap_or(rest.len())].to_owned()
        };
        let before = |c: char| matches!(c, ' ' | '=' | '(');
        sources("html")
            .iter()
            .flat_map(|text| text.match_indices("t.").map(|(at, _)| text.split_at(at)))
            .filter(|(left, _)| left.ends_with(before))
            .map(|(_, right)| name(&right[2..]))
            .filter(|name| !name.is_empty())
            .collect()
    }

    #[test]
    fn every_text_of_a_template_is_in_the_catalogue() {
        let texts = Texts::default();
        let named = named();
        assert!(named.len() > 40, "{named:?}");
        for name in named {
            assert!(texts.0.contains_key(&name), "{name}");
        }
    }

    #[test]
    fn every_text_of_the_catalogue_is_used() {
        let (named, code) = (named(), sources("rs"));
        for (name, _) in DEFAULTS {
            let quoted = format!("\"{name}\"");
            let by_code = code.iter().any(|text| text.contains(&quoted));
            assert!(named.contains(*name) || by_code, "{name}");
        }
    }

    #[test]
    fn what_pages_and_interface_both_say_is_said_in_the_same_words() {
        let texts = Texts::default();
        assert!(OF_INTERFACE.len() > 100, "{}", OF_INTERFACE.len());
        assert_eq!(texts.changed(), BTreeMap::new());
        let other = Texts::with([("sign_in_title", "Anmelden")]).unwrap();
        assert_eq!(other.changed(), BTreeMap::from([("sign_in_title", "Anmelden")]));
    }

    #[test]
    fn another_text_takes_the_place_of_one_that_exists() {
        let texts = Texts::with([("sign_in_title", "Anmelden"), ("reason_idle", "Zu lange still.")]).unwrap();
        assert_eq!(texts.text("sign_in_title"), "Anmelden");
        assert_eq!(texts.reason(EndReason::Idle), "Zu lange still.");
        assert_eq!(texts.reason(EndReason::Admin), EndReason::Admin.sentence());
        assert_eq!(
            Texts::with([("sign_in_titel", "x")]),
            Err(TextError("sign_in_titel".to_owned()))
        );
    }

    #[test]
    fn a_placeholder_is_filled_in_and_may_be_left_out() {
        let texts = Texts::with([("account_lead", "Hello!")]).unwrap();
        assert_eq!(texts.filled("account_lead", "name", "Ann"), "Hello!");
        assert_eq!(
            texts.filled("signed_in_as", "name", "Ann"),
            "You are signed in as Ann."
        );
    }
}
