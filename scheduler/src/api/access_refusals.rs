//! Why somebody does not come in, and what the person can do.

use serde_json::json;
use session::NAME_CHARS_MAX;

use super::faults::Faults;
use crate::access::{Held, Hurried, LoginName, NotHashed, WeakPassword, check_password};
use crate::problem::{self, Problem};
use crate::store::{LinkPurpose, LinkState};

/// What can be wrong with the forms of coming in.
impl Faults {
    /// A name that people read, without the spaces around it.
    pub(super) fn called(&mut self, field: &str, typed: &str) -> String {
        let name = typed.trim();
        let length = name.chars().count();
        if length == 0 || length > NAME_CHARS_MAX || name.chars().any(char::is_control) {
            let detail =
                format!("`{field}` must be a name of 1 to {NAME_CHARS_MAX} characters on one line");
            self.add(field, "not-a-name", json!({ "most": NAME_CHARS_MAX }), &detail);
        }
        name.to_owned()
    }

    pub(super) fn login_name(&mut self, typed: &str) -> Option<LoginName> {
        let name = LoginName::read(typed);
        if name.is_err() {
            let detail = "`loginName` must be 2 to 64 of the letters a to z, digits, `.`, `-` and `_`; a telephone number will do";
            self.add("loginName", "not-a-login-name", json!({}), detail);
        }
        name.ok()
    }

    pub(super) fn login_name_taken(&mut self) {
        let detail = "somebody has this login name; choose another";
        self.add("loginName", "login-name-taken", json!({}), detail);
    }

    pub(super) fn password(&mut self, password: &str, login_name: &str) {
        let Err(weak) = check_password(password, login_name) else { return };
        let (code, detail) = match weak {
            WeakPassword::Short => ("password-short", "`password` must have at least 8 characters"),
            WeakPassword::Long => ("password-long", "`password` may have at most 128 characters"),
            WeakPassword::Common => (
                "password-common",
                "this password is among the first that are guessed; choose another",
            ),
            WeakPassword::HasName => {
                ("password-has-name", "the login name stands in this password; choose another")
            }
        };
        self.add("password", code, json!({ "least": 8, "most": 128 }), detail);
    }

    pub(super) fn old_password_wrong(&mut self) {
        let detail =
            "this is not your present password; type it again, or ask an administrator for a link";
        self.add("oldPassword", "password-wrong", json!({}), detail);
    }

    pub(super) fn person_unknown(&mut self) {
        let detail = "there is no such person; choose one from the directory";
        self.add("personId", "person-unknown", json!({}), detail);
    }
}

/// The same whether the name or the password is wrong.
pub(super) fn login_refused() -> Problem {
    problem::login_refused(
        "login name or password is wrong; type both again, or ask an administrator for a link to set a new password",
    )
    .member("reason", "wrong")
}

pub(super) fn too_many_tries((held, wait_s): (Held, u64)) -> Problem {
    tried_too_often(wait_s, |minutes| match held {
        Held::Name => format!(
            "this login name was tried too often; try again in {minutes} minutes, or ask an administrator for a link"
        ),
        Held::Address => format!(
            "too many wrong passwords came from your network; try again in {minutes} minutes"
        ),
    })
}

/// That no try is looked at for so many seconds, in words that name the minutes.
pub(super) fn tried_too_often(wait_s: u64, detail: impl FnOnce(u64) -> String) -> Problem {
    let minutes = wait_s.div_ceil(60);
    let wait_s = u32::try_from(wait_s).unwrap_or(u32::MAX);
    problem::too_many_tries(detail(minutes)).param("minutes", minutes).retry_after_s(wait_s)
}

pub(super) fn too_many_requests((whose, wait_s): (Hurried, u64)) -> Problem {
    let detail = match whose {
        Hurried::Person => "you send more requests than one person may; wait a moment and go on",
        Hurried::Address => {
            "more requests come from your network than one may send; wait a moment and go on"
        }
    };
    let wait_s = u32::try_from(wait_s).unwrap_or(u32::MAX);
    problem::too_many_requests(detail).retry_after_s(wait_s)
}

pub(super) fn not_hashed(why: NotHashed) -> Problem {
    match why {
        NotHashed::Busy => {
            problem::busy("many are coming in at once; try again in a few seconds").retry_after_s(3)
        }
        NotHashed::Failed => problem::internal(
            "the password could not be checked; try again, and tell the operator if it stays",
        ),
    }
}

/// A link that does not work, and what its bearer can do.
pub(super) fn link_over(link: Option<(&LinkPurpose, LinkState)>) -> Problem {
    let (reason, detail) = match link {
        None => (
            "unknown",
            "this is no link of this server, or a part of it was lost; open the whole link, or ask for a new one",
        ),
        Some((LinkPurpose::Setup, LinkState::Used)) => (
            "setup-used",
            "this link was used and the county is set up; log in, or ask the county's administrator for an account",
        ),
        Some((LinkPurpose::Setup, _)) => (
            "setup-over",
            "a set-up link works for 24 hours and until the next start; start the program again: it prints a new one",
        ),
        Some((LinkPurpose::Password(_), LinkState::Used)) => (
            "password-used",
            "this link was used and the password is set; log in, or ask an administrator for a new link",
        ),
        Some((LinkPurpose::Password(_), _)) => (
            "password-over",
            "this link does not work any more; ask an administrator for a new one",
        ),
    };
    problem::link_over(detail).member("reason", reason)
}

pub(super) fn account_disabled() -> Problem {
    problem::account_disabled("your account is disabled; ask an administrator of your county")
}
