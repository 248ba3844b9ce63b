//! Where a server finds its users.

use core::fmt;

use crate::{Ha1, HashFunction};

/// What a server knows of a user that only the user knows besides.
#[derive(Clone, Copy)]
pub enum Secret<'s> {
    /// The password.
    Password(&'s str),
    /// Hashes of name, realm and password, of any of the hash functions. An algorithm whose function is
    /// missing does not succeed, so offer no others.
    Ha1(&'s [Ha1]),
}

impl Secret<'_> {
    /// The hash of name, realm and password.
    pub fn ha1(&self, function: HashFunction, username: &str, realm: &str) -> Option<Ha1> {
        match self {
            Self::Password(password) => Some(Ha1::new(function, username, realm, password)),
            Self::Ha1(hashes) => {
                let mut hashes = hashes.iter();
                hashes.find(|ha1| ha1.function() == function).cloned()
            }
        }
    }
}

impl fmt::Debug for Secret<'_> {
    /// Tells nothing of the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Password(_) => "Password(..)",
            Self::Ha1(_) => "Ha1(..)",
        })
    }
}

/// A user.
#[derive(Clone, Copy, Debug)]
pub struct Account<'s> {
    /// The name.
    pub username: &'s str,
    /// The secret.
    pub secret: Secret<'s>,
}

/// Finds users.
///
/// A slice of [`Account`]s is a store whose users are the same in every realm. Implement it for what holds
/// yours; where that takes time, look the user up first and give a slice of one.
pub trait CredentialStore {
    /// The user called `username` in `realm`.
    fn by_name(&self, realm: &str, username: &str) -> Option<Account<'_>>;

    /// The user for whose name `userhash` stands in `realm`
    /// ([`HashFunction::user_hash`], lower-case digits). Needed with
    /// [`DigestServerConfig::userhash`](crate::DigestServerConfig) only.
    fn by_hash(&self, realm: &str, function: HashFunction, userhash: &str) -> Option<Account<'_>> {
        let _ = (realm, function, userhash);
        None
    }
}

impl CredentialStore for [Account<'_>] {
    fn by_name(&self, _realm: &str, username: &str) -> Option<Account<'_>> {
        let mut accounts = self.iter();
        accounts
            .find(|account| account.username == username)
            .copied()
    }

    /// Hashes all names, so it is for a few users only.
    fn by_hash(&self, realm: &str, function: HashFunction, userhash: &str) -> Option<Account<'_>> {
        let mut accounts = self.iter();
        accounts
            .find(|account| function.user_hash(account.username, realm).as_str() == userhash)
            .copied()
    }
}

impl<const N: usize> CredentialStore for [Account<'_>; N] {
    fn by_name(&self, realm: &str, username: &str) -> Option<Account<'_>> {
        self.as_slice().by_name(realm, username)
    }

    fn by_hash(&self, realm: &str, function: HashFunction, userhash: &str) -> Option<Account<'_>> {
        self.as_slice().by_hash(realm, function, userhash)
    }
}
