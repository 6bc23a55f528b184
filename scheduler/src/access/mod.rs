//! Who comes in by login name and password, by single sign-on, as a guest by a ticket, or as a device by its key: secrets,
//! passwords, digits, wrong tries, how many requests one sends, the cookies, the provider, challenges, and requests that another
//! site's page made a browser send.
//!
//! What stands in the store of a secret is its SHA-256, of a password what argon2id makes of it, of six digits and of a patient's card a MAC. The
//! decisions are `deploy/decisions/0046`, `0053` and `0059`.

mod card;
mod challenge;
mod cookie;
mod counters;
mod device_key;
mod digits;
mod gate;
mod guesses;
mod login_name;
mod openid;
mod openid_trip;
mod origin;
mod pace;
mod password;
mod secret;
mod tries;

pub(crate) use card::{card_mac, is_card_mac};
pub(crate) use challenge::{Challenge, ChallengeFor};
pub(crate) use cookie::{
    clear_cookie, cookie_secret, device_cookie_secret, guest_cookie_secret, set_cookie,
    set_device_cookie, set_guest_cookie,
};
pub(crate) use counters::{
    Counters, DeviceOutcome, DigitsOf, DigitsOutcome, LoginOutcome, ProviderOutcome,
};
pub(crate) use device_key::{DeviceKey, is_key_sha256};
pub(crate) use digits::Digits;
pub(crate) use gate::Gate;
pub(crate) use guesses::Stopped;
pub(crate) use login_name::LoginName;
pub(crate) use openid::{Identity, NotIdentified, OpenId};
pub(crate) use openid_trip::{Purpose, Trip};
pub(crate) use origin::{check_origin, is_secure, origin_of};
pub(crate) use pace::{Allowed, Hurried};
pub(crate) use password::{NotHashed, WeakPassword, check_password};
pub(crate) use secret::Secret;
pub(crate) use tries::{Address, Held};

/// How long a set-up link works, seconds.
pub(crate) const SETUP_LINK_LIFE_S: u64 = 24 * 3600;
/// How long a link works by which a person sets a password, seconds: a holiday may lie between.
pub(crate) const PASSWORD_LINK_LIFE_S: u64 = 3 * 24 * 3600;
/// Most logins of one person at a time; the one that was idle for longest ends for the next.
pub(crate) const LOGINS_MAX: u32 = 20;
/// How long the link of a pairing code works, seconds: from the office to the school on the next day.
pub(crate) const PAIRING_LINK_LIFE_S: u64 = 24 * 3600;
/// How long the digits of a pairing code work, seconds: they are read from one screen and typed at another.
pub(crate) const PAIRING_DIGITS_LIFE_S: u64 = 10 * 60;
/// How long the cookie of a device works, seconds; the device then signs again.
pub(crate) const DEVICE_LOGIN_LIFE_S: u64 = 3600;
