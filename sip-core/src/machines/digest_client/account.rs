//! The credentials of a user.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;

use zeroize::Zeroizing;

use crate::{Ha1, HashFunction, QuotedString};

enum Known {
    Password(Zeroizing<String>),
    Hashes(Vec<Ha1>),
}

/// The credentials of a user: name and password, or hashes of them.
///
/// The password is wiped when it is dropped, and never shown.
pub struct DigestAccount {
    realm: Option<String>,
    peers: Option<Vec<IpAddr>>,
    username: String,
    known: Known,
}

impl DigestAccount {
    /// A name with its password, for every realm that asks. Whoever may send challenges to the client can
    /// have a digest of the password then; say [`in_realm`](Self::in_realm) where the realm is known.
    pub fn with_password(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            realm: None,
            peers: None,
            username: username.into(),
            known: Known::Password(Zeroizing::new(password.into())),
        }
    }

    /// A name with hashes made of it, `realm` and the password, one for each hash function that is to be
    /// answered.
    pub fn with_hashes(
        username: impl Into<String>,
        realm: impl Into<String>,
        hashes: impl IntoIterator<Item = Ha1>,
    ) -> Self {
        Self {
            realm: Some(realm.into()),
            peers: None,
            username: username.into(),
            known: Known::Hashes(hashes.into_iter().collect()),
        }
    }

    /// The same, for this realm only.
    #[must_use]
    pub fn in_realm(mut self, realm: impl Into<String>) -> Self {
        self.realm = Some(realm.into());
        self
    }

    /// The same, for requests that went to these addresses only: nobody else gets a digest, of whatever realm he
    /// claims to be. Which address it is the session tells, [`DigestSession::with_peer`](super::DigestSession::with_peer);
    /// a [`UserAgent`](crate::UserAgent) knows by itself.
    #[must_use]
    pub fn for_peers(mut self, peers: impl IntoIterator<Item = IpAddr>) -> Self {
        self.peers = Some(peers.into_iter().collect());
        self
    }

    /// The name of the user.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// The realm; `None` stands for all.
    pub fn realm(&self) -> Option<&str> {
        self.realm.as_deref()
    }

    /// The addresses; `None` stands for all.
    pub fn peers(&self) -> Option<&[IpAddr]> {
        self.peers.as_deref()
    }

    fn is_for(&self, peer: Option<IpAddr>) -> bool {
        let peers = self.peers.as_deref();
        peers.is_none_or(|peers| peer.is_some_and(|peer| peers.contains(&peer)))
    }

    /// Whether challenges for this hash function can be answered.
    pub(super) fn has(&self, function: HashFunction) -> bool {
        match &self.known {
            Known::Password(_) => true,
            Known::Hashes(hashes) => hashes.iter().any(|ha1| ha1.function() == function),
        }
    }

    pub(super) fn ha1(&self, function: HashFunction, realm: &QuotedString<'_>) -> Option<Ha1> {
        match &self.known {
            Known::Password(password) => Some(Ha1::of(function, &self.username, *realm, password)),
            Known::Hashes(hashes) => {
                let mut hashes = hashes.iter();
                hashes.find(|ha1| ha1.function() == function).cloned()
            }
        }
    }
}

impl fmt::Debug for DigestAccount {
    /// Tells nothing of the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DigestAccount")
            .field("realm", &self.realm)
            .field("peers", &self.peers)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// The account for a realm at a peer: one that names the realm, else one for all.
pub(super) fn find<'a>(
    accounts: &'a [DigestAccount],
    realm: &QuotedString<'_>,
    peer: Option<IpAddr>,
) -> Option<&'a DigestAccount> {
    let here = || accounts.iter().filter(move |account| account.is_for(peer));
    let names_it = |account: &&DigestAccount| {
        let own = account.realm.as_deref();
        own.is_some_and(|own| QuotedString::new(own) == *realm)
    };
    here()
        .find(names_it)
        .or_else(|| here().find(|account| account.realm.is_none()))
}
