//! What an independent client, curl with OpenSSL, makes of a world: the proof that it is broken in the way its case
//! says and in no other. Not here: vpnmedic's own view ([`crate::verdict`]).

use crate::case::Case;
use crate::tools::{Outcome, Ran, find};
use crate::world::{PORTAL_CHECK, World};

/// What curl meets.
#[derive(Clone, Copy, Debug)]
pub enum Witness {
    /// The name resolves, TLS completes, the certificate is accepted.
    Accepted,
    /// The same, and no more is said of it: programs of another kind may be refused.
    Connects,
    /// The same, by a client that sends no post-quantum key share; what vpnmedic sees is another matter.
    AcceptedWithoutShare,
    /// The name does not resolve.
    NoName,
    /// The connection is closed or refused while TLS is agreed on.
    Cut,
    /// TLS completes, and the answer has this HTTP status.
    Status(u16),
    /// No answer from the resolver.
    SilentResolver,
    /// The connection is refused.
    Refused,
    /// The connection is never answered.
    Silent,
    /// The certificate is refused with this error of OpenSSL (`X509_V_ERR_...`).
    Verify(Error),
    /// The same, said by `openssl s_client`, where curl ends with another error that follows from it.
    Verifies(Error),
    /// The certificate this deep in the chain (0 = end-entity) has expired, and is what OpenSSL refuses first.
    ExpiredAt(u8),
    /// The chain is accepted, the name is not.
    Name,
    /// The handshake fails, and runs through where `openssl s_client` is given these options as well.
    OnlyWith(&'static str),
    /// The handshake fails, whatever is offered.
    NoHandshake,
    /// What the client hands in is not accepted: the handshake or the request fails; without a fault in it, it would not.
    CardRefused,
    /// The portal check is sent elsewhere.
    Redirected,
    /// The port asked for is refused or silent, and the same host accepts on this one.
    OtherPort(u16),
}

/// OpenSSL's numbers, from its `x509_vfy.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// `X509_V_ERR_CERT_SIGNATURE_FAILURE`
    Signature = 7,
    /// `X509_V_ERR_CERT_NOT_YET_VALID`
    NotYetValid = 9,
    /// `X509_V_ERR_CERT_HAS_EXPIRED`
    Expired = 10,
    /// `X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT`
    SelfSigned = 18,
    /// `X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN`
    SelfSignedInChain = 19,
    /// `X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY`
    NoIssuer = 20,
    /// `X509_V_ERR_PATH_LENGTH_EXCEEDED`
    PathLength = 25,
    /// `X509_V_ERR_INVALID_PURPOSE`
    Purpose = 26,
    /// `X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION`
    Critical = 34,
    /// `X509_V_ERR_PERMITTED_VIOLATION`
    NotPermitted = 47,
    /// `X509_V_ERR_EXCLUDED_VIOLATION`
    Excluded = 48,
    /// `X509_V_ERR_EE_KEY_TOO_SMALL`
    SmallKey = 66,
    /// `X509_V_ERR_CA_MD_TOO_WEAK`
    WeakDigest = 68,
    /// `X509_V_ERR_INVALID_CA`
    NoCa = 79,
}

/// curl's exit codes.
mod code {
    pub const RESOLVE: i32 = 6;
    pub const CONNECT: i32 = 7;
    pub const TIMEOUT: i32 = 28;
    pub const HANDSHAKE: i32 = 35;
    pub const CERTIFICATE: i32 = 60;
}

impl Witness {
    /// Asks curl; the complaints are empty when it meets what the case says.
    pub fn look(&self, case: &Case, world: &World) -> Outcome<Vec<String>> {
        let address = format!("https://{}/", case.ask);
        let seen = curl(case, world, &address)?;
        let (exit, said) = (seen.status.code(), &seen.stdout);
        let field = |name: &str| {
            let mut parts = said.split_whitespace();
            parts
                .find_map(|p| p.strip_prefix(name))
                .and_then(|v| v.strip_prefix('='))
        };
        let verify = field("verify").and_then(|v| v.parse::<i32>().ok());
        let holds = match *self {
            Self::Accepted | Self::Connects | Self::AcceptedWithoutShare => exit == Some(0),
            Self::NoName => exit == Some(code::RESOLVE) && !seen.stderr.contains("timed out"),
            Self::SilentResolver => {
                exit == Some(code::TIMEOUT) && seen.stderr.contains("Resolving")
            }
            Self::Refused => exit == Some(code::CONNECT),
            Self::Cut => exit == Some(code::HANDSHAKE),
            Self::Status(status) => {
                exit == Some(0) && field("http") == Some(status.to_string().as_str())
            }
            Self::Silent => exit == Some(code::TIMEOUT) && !seen.stderr.contains("Resolving"),
            Self::Verify(error) => exit == Some(code::CERTIFICATE) && verify == Some(error as i32),
            Self::Verifies(error) => {
                let first = format!("verify error:num={}:", error as i32);
                exit != Some(0) && s_client(case, world)?.stderr.contains(&first)
            }
            Self::ExpiredAt(depth) => {
                exit == Some(code::CERTIFICATE)
                    && verify == Some(Error::Expired as i32)
                    && refused_at(case, world)? == Some(depth)
            }
            Self::Name => exit == Some(code::CERTIFICATE) && seen.stderr.contains("subject name"),
            Self::OnlyWith(options) => {
                exit == Some(code::HANDSHAKE) && completes_with(case, world, options)?
            }
            // TLS 1.3 has completed for the client when the server refuses; then comes an alert, or status 400.
            Self::CardRefused => exit != Some(0) || field("http") == Some("400"),
            Self::NoHandshake => exit == Some(code::HANDSHAKE),
            Self::Redirected => {
                let portal = curl(case, world, PORTAL_CHECK)?;
                portal.stdout.contains("http=302")
            }
            Self::OtherPort(port) => {
                let other = curl(case, world, &format!("https://{}:{port}/", case.ask))?;
                matches!(exit, Some(code::CONNECT | code::TIMEOUT)) && other.status.success()
            }
        };
        if std::env::var_os("VPNMEDIC_LAB_SHOW").is_some() {
            eprintln!(
                "{}: {self:?}: {} {said} {}",
                case.name,
                seen.status,
                seen.stderr.trim()
            );
        }
        Ok(if holds {
            Vec::new()
        } else {
            vec![format!(
                "the world is not as the case says: curl meets {self:?}? {} {said} {}",
                seen.status, seen.stderr
            )]
        })
    }
}

fn curl(case: &Case, world: &World, address: &str) -> Outcome<Ran> {
    // The options of vpnmedic that hand in a certificate, in curl's words.
    let card = world.options.chunks(2).filter_map(|pair| match pair {
        [option, file] if option == "--client-cert" => Some(["--cert".into(), file.clone()]),
        [option, file] if option == "--client-key" => Some(["--key".into(), file.clone()]),
        _ => None,
    });
    case.as_person(world, &find("curl")?)?
        .args(card.flatten())
        .args([
            "--silent",
            "--show-error",
            "--noproxy",
            "*",
            "--connect-timeout",
            "3",
            "--max-time",
            "8",
            "--output",
            "/dev/null",
        ])
        .args([
            "--write-out",
            "http=%{http_code} verify=%{ssl_verify_result}",
            "--cacert",
        ])
        .arg(&world.certificates.trusted)
        .arg(address)
        .end()
}

/// Whether `openssl s_client` completes a handshake with these options.
fn completes_with(case: &Case, world: &World, options: &str) -> Outcome<bool> {
    let seen = case
        .as_person(world, &find("openssl")?)?
        .args(["s_client", "-connect"])
        .arg(format!("{}:{}", case.ask, case.port))
        .args(["-servername", case.ask])
        .args(options.split(' '))
        .end()?;
    Ok(seen.status.success())
}

/// How deep in the chain the first certificate is that `openssl s_client` refuses.
fn refused_at(case: &Case, world: &World) -> Outcome<Option<u8>> {
    let seen = s_client(case, world)?;
    // It says `depth=1 O = Lab, CN = ...` and on the next line `verify error:num=10:...`.
    let before = seen
        .stderr
        .split("\nverify error:")
        .next()
        .unwrap_or_default();
    let line = before.lines().next_back().unwrap_or_default();
    let depth = line
        .strip_prefix("depth=")
        .and_then(|rest| rest.split(' ').next());
    Ok(depth.and_then(|depth| depth.parse().ok()))
}

/// `openssl s_client` that heeds what it thinks of the certificate.
fn s_client(case: &Case, world: &World) -> Outcome<Ran> {
    case.as_person(world, &find("openssl")?)?
        .args(["s_client", "-verify_return_error", "-connect"])
        .arg(format!("{}:{}", case.ask, case.port))
        .args(["-servername", case.ask, "-CAfile"])
        .arg(&world.certificates.trusted)
        .end()
}
