//! Which key shares the first hello carries. The library sends the hybrid share and, beside it, that of the group which the
//! hybrid contains: X25519. Gateways are another matter than web servers: ocserv as it is installed and many appliances
//! insist on P-256, which VPN clients bring, and send everyone else round again for it (RFC 8446 section 4.1.4). So P-256
//! stands in the second place. The groups offered are the library's own.

use std::fmt;

use rustls::crypto::aws_lc_rs::kx_group::{SECP256R1, X25519MLKEM768};
use rustls::crypto::{ActiveKeyExchange, SharedSecret, SupportedKxGroup};
use rustls::{Error, NamedGroup, ProtocolVersion};

/// `groups` as a VPN client would offer them: P-256 before the other classical ones, and its share beside the hybrid one.
pub(super) fn as_gateways_like_them(groups: &mut [&'static dyn SupportedKxGroup]) {
    groups.sort_by_key(|group| match group.name() {
        NamedGroup::X25519MLKEM768 => 0,
        NamedGroup::secp256r1 => 1,
        _ => 2,
    });
    if let Some(first) = groups.first_mut()
        && first.name() == NamedGroup::X25519MLKEM768
    {
        *first = &Paired;
    }
}

/// The hybrid group, whose first hello has a share of P-256 to spare.
struct Paired;

impl fmt::Debug for Paired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{X25519MLKEM768:?} and {SECP256R1:?}")
    }
}

impl SupportedKxGroup for Paired {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        Ok(Box::new(Begun {
            hybrid: X25519MLKEM768.start()?,
            spare: SECP256R1.start()?,
        }))
    }

    fn name(&self) -> NamedGroup {
        X25519MLKEM768.name()
    }

    fn usable_for_version(&self, version: ProtocolVersion) -> bool {
        X25519MLKEM768.usable_for_version(version)
    }
}

/// The two key pairs of one hello.
struct Begun {
    hybrid: Box<dyn ActiveKeyExchange>,
    spare: Box<dyn ActiveKeyExchange>,
}

impl ActiveKeyExchange for Begun {
    fn complete(self: Box<Self>, peer_pub_key: &[u8]) -> Result<SharedSecret, Error> {
        self.hybrid.complete(peer_pub_key)
    }

    fn hybrid_component(&self) -> Option<(NamedGroup, &[u8])> {
        Some((self.spare.group(), self.spare.pub_key()))
    }

    fn complete_hybrid_component(
        self: Box<Self>,
        peer_pub_key: &[u8],
    ) -> Result<SharedSecret, Error> {
        self.spare.complete(peer_pub_key)
    }

    fn pub_key(&self) -> &[u8] {
        self.hybrid.pub_key()
    }

    fn group(&self) -> NamedGroup {
        self.hybrid.group()
    }
}
