use std::sync::Arc;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

/// Of a password, in characters. Longer ones are refused, for hashing must not become work for free.
const LENGTHS: std::ops::RangeInclusive<usize> = 8..=128;
/// Different characters that a password has at least.
const DIFFERENT_MIN: usize = 4;
/// What is tried first where passwords are guessed.
const COMMONEST: &[&str] = &[
    "password",
    "passw0rd",
    "password1",
    "password123",
    "p@ssw0rd",
    "12345678",
    "123456789",
    "1234567890",
    "87654321",
    "11223344",
    "88888888",
    "66668888",
    "qwertyui",
    "qwerty123",
    "qwertyuiop",
    "1qaz2wsx",
    "1q2w3e4r",
    "abcd1234",
    "abc12345",
    "a1234567",
    "a12345678",
    "woaini1314",
    "woaini520",
    "5201314520",
    "asdfghjkl",
    "iloveyou",
    "admin123",
    "administrator",
    "shanqiao",
    "shanqiao123",
    "letmein123",
    "welcome123",
];

/// OWASP's parameters for argon2id (Password Storage Cheat Sheet): 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// A hash of no password, against which a try for nobody is held, so that it takes the same time as one for somebody.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGlzIGhlcmUuLg$bm9ib2R5IGhhcyB0aGlzIHBhc3N3b3JkLCBldmVyISE";

/// Most passwords that are hashed at one time, on threads of their own: 19 MiB and some 20 ms of a core each.
const AT_ONCE_MAX: usize = 2;
/// Most that wait for their turn; more are told to come back.
const WAITING_MAX: usize = 64;

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WeakPassword {
    Short,
    Long,
    /// One of those that are guessed first, or of too few different characters.
    Common,
    /// The login name stands in it.
    HasName,
}

/// Whether a password may be set. Its characters are the person's own choice (NIST SP 800-63B, section 3.1.1.2).
pub(crate) fn check_password(password: &str, login_name: &str) -> Result<(), WeakPassword> {
    let length = password.chars().count();
    if length < *LENGTHS.start() {
        return Err(WeakPassword::Short);
    }
    if length > *LENGTHS.end() {
        return Err(WeakPassword::Long);
    }
    let small = password.to_lowercase();
    let mut different: Vec<char> = small.chars().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < DIFFERENT_MIN || COMMONEST.contains(&small.as_str()) {
        return Err(WeakPassword::Common);
    }
    if small.contains(login_name) {
        return Err(WeakPassword::HasName);
    }
    Ok(())
}

/// Why nothing is known of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotHashed {
    /// Too many wait already.
    Busy,
    /// The library or the thread failed.
    Failed,
}

/// Hashes passwords beside the threads that answer requests, a bounded number at a time.
#[derive(Debug)]
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        let places = Semaphore::new(AT_ONCE_MAX + WAITING_MAX);
        Self { turns: Arc::new(Semaphore::new(AT_ONCE_MAX)), places: Arc::new(places) }
    }

    /// What the store keeps of a password, as a PHC string.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, NotHashed> {
        let password = password.to_owned();
        let hash = move || Some(hasher()?.hash_password(password.as_bytes()).ok()?.to_string());
        self.in_turn(hash).await?.ok_or(NotHashed::Failed)
    }

    /// Whether it is the password of this hash. Without one it is not, after the same work.
    pub(crate) async fn is(&self, password: &str, kept: Option<&str>) -> Result<bool, NotHashed> {
        let somebody = kept.is_some();
        let (password, kept) = (password.to_owned(), kept.unwrap_or(NOBODY).to_owned());
        if password.chars().count() > *LENGTHS.end() {
            return Ok(false);
        }
        let verify =
            move || Some(hasher()?.verify_password(password.as_bytes(), kept.as_str()).is_ok());
        let same = self.in_turn(verify).await?.ok_or(NotHashed::Failed)?;
        Ok(same && somebody)
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, NotHashed> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| NotHashed::Busy)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| NotHashed::Failed)?;
        // The work goes on if the one who asked has gone, and keeps its turn until it is done.
        let done = tokio::task::spawn_blocking(move || {
            let _held = (place, turn);
            work()
        });
        done.await.map_err(|_| NotHashed::Failed)
    }
}

fn hasher() -> Option<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_passwords_are_named_by_what_is_weak() {
        for (password, said) in [
            ("七个字符的密码", Err(WeakPassword::Short)),
            ("八个字符的密码啊", Ok(())),
            ("short12", Err(WeakPassword::Short)),
            ("PassWord", Err(WeakPassword::Common)),
            ("abababab1", Err(WeakPassword::Common)),
            ("my-wang.min-1", Err(WeakPassword::HasName)),
            ("correct horse battery", Ok(())),
        ] {
            assert_eq!(check_password(password, "wang.min"), said, "{password}");
        }
        assert_eq!(check_password(&"abcdefgh".repeat(16), "w.m"), Ok(()));
        assert_eq!(check_password(&"abcdefgh".repeat(17), "w.m"), Err(WeakPassword::Long));
    }

    #[tokio::test]
    async fn a_password_is_known_again_and_nobody_has_one() {
        let passwords = Passwords::new();
        let kept = passwords.hash("correct horse").await.unwrap();
        let form = "$argon2id$v=19$m=19456,t=2,p=1$";
        assert!(kept.starts_with(form) && NOBODY.starts_with(form), "the same work: {kept}");
        assert_eq!(kept.len(), NOBODY.len());
        assert_ne!(passwords.hash("correct horse").await.unwrap(), kept, "salted");
        assert_eq!(passwords.is("correct horse", Some(&kept)).await, Ok(true));
        assert_eq!(passwords.is("correct hors", Some(&kept)).await, Ok(false));
        assert_eq!(passwords.is("correct horse", None).await, Ok(false));
        assert_eq!(passwords.is(&"x".repeat(10_000), Some(&kept)).await, Ok(false));
        assert!(hasher().unwrap().verify_password(b"x", NOBODY).is_err());
    }

    #[tokio::test]
    async fn when_too_many_wait_the_next_is_told_so_at_once() {
        let passwords = Passwords::new();
        let held = Arc::clone(&passwords.places);
        let held =
            held.try_acquire_many(u32::try_from(AT_ONCE_MAX + WAITING_MAX).unwrap()).unwrap();
        assert_eq!(passwords.hash("correct horse").await, Err(NotHashed::Busy));
        drop(held);
        assert!(passwords.hash("correct horse").await.is_ok());
    }
}
