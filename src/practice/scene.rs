//! How a gateway broken in each way is set up: its certificates, what it says, what it stays silent about. Only data
//! comes of it; the listeners are in `gateway.rs`.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::SystemTime;

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, CrlDistributionPoint, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, KeyUsagePurpose, NameConstraints, SanType,
};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{RootCertStore, ServerConfig};

use super::Fault;
use super::hello::Old;
use super::lesson::PracticeError;
use super::pki::{Change, Entity, LOCALHOST, Maker, issuer_at, must_staple, named, unheard_of};
use super::statements;
use crate::chain::read_private_key;
use crate::evidence::{ClientEvidence, ClientKey, Der};
use crate::probe::Identity;

/// TLS_RSA_WITH_3DES_EDE_CBC_SHA and TLS_RSA_WITH_AES_128_CBC_SHA.
const TRIPLE_DES: u16 = 0x000a;
const AES_CBC: u16 = 0x002f;
/// The name on the certificate of somebody else.
const ELSEWHERE: &str = "login.hotel.example";

/// What a connection meets.
pub(super) enum Door {
    /// Nobody listens.
    Refuses,
    /// It is accepted and closed.
    Closes,
    /// It is accepted, and that is all.
    Silent,
    /// It is cut off as soon as something was said.
    Resets,
    /// Another protocol, whose server speaks first.
    Greets(&'static [u8]),
    /// Another protocol, whose server answers.
    Answers(String),
    /// TLS of another time.
    Old(Old),
    /// TLS, with an answer behind it.
    Tls {
        /// The nodes, taken by turns.
        nodes: Vec<Arc<ServerConfig>>,
        /// The answer to a request.
        answer: Page,
        /// Whether a hello above this many bytes is swallowed.
        swallows: Option<usize>,
    },
}

/// An HTTP answer, but for its date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// Status code and words.
    pub(super) status: &'static str,
    /// Further header lines, each with its end.
    pub(super) headers: &'static str,
    /// The body.
    pub(super) body: &'static str,
}

const GATE: Page = Page {
    status: "200 OK",
    headers: "Content-Type: text/html\r\n",
    body: "<html><title>Practice gateway</title><p>This gateway exists for practice only.</html>\n",
};

/// What a lesson needs.
pub(super) struct Scene {
    pub(super) door: Door,
    /// The root that the person's device trusts.
    pub(super) root: Vec<u8>,
    /// How the gateway is called: its address, or `localhost`.
    pub(super) host: &'static str,
    /// The client certificate that the person has been given.
    pub(super) identity: Option<Arc<Identity>>,
    /// What can be fetched on loopback: path and content.
    pub(super) shelf: BTreeMap<&'static str, Vec<u8>>,
    /// Whether plain web requests are answered by a sign-in page.
    pub(super) portal: bool,
}

/// What most gateways begin with.
struct Sound {
    maker: Maker,
    root: Entity,
    issuing: Entity,
    shelf: SocketAddr,
}

impl Scene {
    /// The gateway of this fault, as of `now`; `shelf` is where files can be fetched.
    pub(super) fn of(
        fault: Fault,
        now: SystemTime,
        shelf: SocketAddr,
    ) -> Result<Self, PracticeError> {
        let maker = Maker::new(now);
        let root = maker.root("Practice Root CA", &|params| {
            if fault == Fault::ExpiredRoot {
                maker.dates(params, -3650, -12);
            }
        })?;
        let issuing = maker.below(&root, "Practice Issuing CA", &|params| {
            change_issuing(fault, &maker, params);
        })?;
        let sound = Sound {
            maker,
            root,
            issuing,
            shelf,
        };
        let mut scene = Self {
            door: Door::Refuses,
            root: sound.root.der.clone(),
            host: "127.0.0.1",
            identity: None,
            shelf: BTreeMap::new(),
            portal: false,
        };
        scene.door = match sound.without_tls(fault)? {
            Some(door) => door,
            None => sound.with_tls(fault, &mut scene)?,
        };
        Ok(scene)
    }
}

fn change_issuing(fault: Fault, maker: &Maker, params: &mut CertificateParams) {
    match fault {
        Fault::ExpiredIntermediate => maker.dates(params, -1000, -9),
        Fault::NotACa => {
            params.is_ca = IsCa::ExplicitNoCa;
        }
        Fault::PathLength => params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)),
        Fault::NameConstraints => {
            params.name_constraints = Some(NameConstraints {
                permitted_subtrees: vec![GeneralSubtree::IpAddress(CidrSubnet::V4(
                    [10, 0, 0, 0],
                    [255, 0, 0, 0],
                ))],
                excluded_subtrees: Vec::new(),
            });
        }
        _ => {}
    }
}

impl Sound {
    /// The door of faults that end before TLS of today.
    fn without_tls(&self, fault: Fault) -> Result<Option<Door>, PracticeError> {
        let old = |version, suites| {
            let leaf = self.maker.leaf(&self.issuing, &|_| {})?;
            let chain = vec![leaf.der, self.issuing.der.clone()];
            Ok::<_, PracticeError>(Door::Old(Old {
                version,
                suites,
                chain,
            }))
        };
        Ok(Some(match fault {
            Fault::Refused => Door::Refuses,
            Fault::TurnedAway => Door::Closes,
            Fault::Silent => Door::Silent,
            Fault::Reset => Door::Resets,
            Fault::Ssh => Door::Greets(b"SSH-2.0-OpenSSH_9.9\r\n"),
            Fault::Smtp => Door::Greets(b"220 mail.example.com ESMTP ready\r\n"),
            Fault::Http => Door::Answers(http_answer()),
            Fault::OldTls => old(0x0301, vec![AES_CBC, TRIPLE_DES])?,
            Fault::OldCiphers => old(0x0303, vec![TRIPLE_DES])?,
            _ => return Ok(None),
        }))
    }

    /// The door of faults that show in TLS or behind it.
    fn with_tls(&self, fault: Fault, scene: &mut Scene) -> Result<Door, PracticeError> {
        let mut answer = GATE;
        let mut swallows = None;
        let mut verifier = None;
        let nodes: Vec<Certificates> = match fault {
            Fault::DefaultCertificate => {
                scene.host = LOCALHOST;
                let other = self.leaf(&|params| for_others(params))?;
                let named = other.shown(&[&self.issuing], None)?;
                vec![Certificates {
                    named: Some(named),
                    ..self.certificates(&|_| {})?
                }]
            }
            Fault::Nodes => {
                let expired = |params: &mut CertificateParams| self.maker.dates(params, -400, -35);
                vec![self.certificates(&expired)?, self.certificates(&|_| {})?]
            }
            Fault::PostQuantum => {
                // A hello with the hybrid key share takes more, one without stays far below.
                swallows = Some(1200);
                vec![self.certificates(&|_| {})?]
            }
            Fault::Full => {
                answer = Page {
                    status: "503 Service Unavailable",
                    headers: "Retry-After: 120\r\n",
                    body: "The maximum number of sessions is reached.\n",
                };
                vec![self.certificates(&|_| {})?]
            }
            Fault::Down | Fault::PurposeAndDown => {
                answer = Page {
                    status: "503 Service Unavailable",
                    headers: "Retry-After: 600\r\n",
                    body: "The service is being maintained.\n",
                };
                vec![Certificates::alone(self.chain(fault, scene)?)]
            }
            Fault::ClientCertRequired => {
                verifier = Some(self.verifier()?);
                vec![self.certificates(&|_| {})?]
            }
            Fault::ClientCertExpired => {
                verifier = Some(self.verifier()?);
                scene.identity = Some(Arc::new(self.expired_identity()?));
                vec![self.certificates(&|_| {})?]
            }
            Fault::SignInPage => {
                scene.portal = true;
                answer = Page {
                    status: "200 OK",
                    headers: "Content-Type: text/html\r\n",
                    // Without an address to go on to: it would be looked up, and nothing is to leave this device.
                    body: "<html><title>Welcome</title><p>Sign in to use this network.</html>\n",
                };
                let desk = self.maker.root("Hotel Network Sign-in", &|_| {})?;
                let leaf = self.maker.leaf(&desk, &|params| for_others(params))?;
                vec![Certificates::alone(leaf.shown(&[], None)?)]
            }
            _ => vec![Certificates::alone(self.chain(fault, scene)?)],
        };
        let nodes: Result<Vec<_>, PracticeError> = nodes
            .into_iter()
            .map(|node| server(node, verifier.clone()))
            .collect();
        Ok(Door::Tls {
            nodes: nodes?,
            answer,
            swallows,
        })
    }

    fn leaf(&self, change: Change<'_>) -> Result<Entity, PracticeError> {
        self.maker.leaf(&self.issuing, change)
    }

    /// A good chain whose end-entity certificate was changed.
    fn certificates(&self, change: Change<'_>) -> Result<Certificates, PracticeError> {
        let leaf = self.leaf(change)?;
        Ok(Certificates::alone(leaf.shown(&[&self.issuing], None)?))
    }

    /// What the server shows, for faults of certificates.
    fn chain(&self, fault: Fault, scene: &mut Scene) -> Result<Arc<CertifiedKey>, PracticeError> {
        let maker = &self.maker;
        let url = |path: &str| format!("http://{}{path}", self.shelf);
        let leaf = self.leaf(&|params| self.change_leaf(fault, params))?;
        let issuing = &self.issuing;
        match fault {
            Fault::SelfSigned => maker.alone(&|_| {})?.shown(&[], None),
            Fault::UnknownCa => {
                let root = maker.root("Somebody Else's Root CA", &|_| {})?;
                let issuing = maker.below(&root, "Somebody Else's Issuing CA", &|_| {})?;
                maker.leaf(&issuing, &|_| {})?.shown(&[&issuing], None)
            }
            Fault::MissingIntermediate | Fault::MissingAndExpired => {
                scene.shelf.insert("/issuing.cer", issuing.der.clone());
                leaf.shown(&[], None)
            }
            Fault::WrongOrder => {
                let second = maker.below(issuing, "Practice Branch CA", &|_| {})?;
                maker
                    .leaf(&second, &|_| {})?
                    .shown(&[issuing, &second], None)
            }
            Fault::PathLength => {
                let second = maker.below(issuing, "Practice Branch CA", &|_| {})?;
                maker
                    .leaf(&second, &|_| {})?
                    .shown(&[&second, issuing], None)
            }
            Fault::RevokedStaple => {
                let word = statements::revoked(&leaf, issuing, maker.now)?;
                leaf.shown(&[issuing], Some(word))
            }
            Fault::RevokedList | Fault::ListExpired => {
                let naming = self.leaf(&|params| {
                    params.crl_distribution_points = vec![CrlDistributionPoint {
                        uris: vec![url("/list.crl")],
                    }];
                })?;
                let list = if fault == Fault::RevokedList {
                    statements::list(issuing, Some(&naming), maker.day(1))?
                } else {
                    statements::list(issuing, None, maker.day(-3))?
                };
                scene.shelf.insert("/list.crl", list);
                naming.shown(&[issuing], None)
            }
            Fault::BadSignature => {
                let mut broken = leaf;
                if let Some(last) = broken.der.last_mut() {
                    *last ^= 1;
                }
                broken.shown(&[issuing], None)
            }
            _ => leaf.shown(&[issuing], None),
        }
    }

    fn change_leaf(&self, fault: Fault, params: &mut CertificateParams) {
        let maker = &self.maker;
        match fault {
            Fault::ExpiredLeaf => maker.dates(params, -400, -35),
            Fault::NotYetValid => maker.dates(params, 6, 371),
            Fault::WrongName => for_others(params),
            Fault::ExpiredAndWrongName => {
                maker.dates(params, -400, -35);
                for_others(params);
            }
            Fault::MissingIntermediate | Fault::MissingAndExpired => {
                if fault == Fault::MissingAndExpired {
                    maker.dates(params, -400, -35);
                }
                let url = format!("http://{}/issuing.cer", self.shelf);
                params.custom_extensions.push(issuer_at(&url));
            }
            Fault::CnOnly => {
                params.distinguished_name = named("127.0.0.1");
                params.subject_alt_names.clear();
            }
            Fault::ClientPurpose | Fault::PurposeAndDown => {
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
            }
            Fault::KeyUsage => params.key_usages = vec![KeyUsagePurpose::KeyAgreement],
            Fault::CaAsServer => {
                params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
                params.key_usages.push(KeyUsagePurpose::KeyCertSign);
            }
            Fault::CriticalExtension => params.custom_extensions.push(unheard_of()),
            Fault::MustStaple => params.custom_extensions.push(must_staple()),
            _ => {}
        }
    }

    /// Asks clients for a certificate of this authority.
    fn verifier(&self) -> Result<Arc<dyn ClientCertVerifier>, PracticeError> {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.der.clone().into())?;
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider());
        verifier.build().map_err(|_| PracticeError::Unreadable)
    }

    /// The person's own certificate, which ran out ten days ago.
    fn expired_identity(&self) -> Result<Identity, PracticeError> {
        let own = self.leaf(&|params| {
            params.distinguished_name = named("Practice user");
            params.subject_alt_names.clear();
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
            self.maker.dates(params, -375, -10);
        })?;
        let key = read_private_key(&own.key.serialize_der(), None)
            .map_err(|_| PracticeError::Unreadable)?;
        let chain = [Der::from(own.der), Der::from(self.issuing.der.clone())];
        let evidence = ClientEvidence {
            file: "my-own.p12".to_owned(),
            certificates: chain.to_vec(),
            damage: None,
            key: ClientKey::Seen(vec![key.public.clone()]),
            can_be_shown: false,
        };
        Ok(Identity::new(evidence, Some((&chain, &key))))
    }
}

/// For another host than the practice gateway.
fn for_others(params: &mut CertificateParams) {
    params.distinguished_name = named(ELSEWHERE);
    params.subject_alt_names.clear();
    if let Ok(name) = ELSEWHERE.try_into() {
        params.subject_alt_names.push(SanType::DnsName(name));
    }
    // An address that is not this one: a certificate for the office's network.
    let elsewhere = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
    params.subject_alt_names.push(SanType::IpAddress(elsewhere));
}

fn http_answer() -> String {
    let body = "<html><title>400 The plain HTTP request was sent</title></html>";
    format!(
        "HTTP/1.1 400 Bad Request\r\nServer: practice\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// Which certificate a client is shown.
#[derive(Debug)]
struct Certificates {
    /// Without a server name, and with one where there is no other.
    default: Arc<CertifiedKey>,
    /// Where the client sends a server name.
    named: Option<Arc<CertifiedKey>>,
}

impl Certificates {
    fn alone(default: Arc<CertifiedKey>) -> Self {
        Self {
            default,
            named: None,
        }
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let named = hello.server_name().and(self.named.as_ref());
        Some(Arc::clone(named.unwrap_or(&self.default)))
    }
}

fn server(
    certificates: Certificates,
    verifier: Option<Arc<dyn ClientCertVerifier>>,
) -> Result<Arc<ServerConfig>, PracticeError> {
    let builder = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(rustls::ALL_VERSIONS)?;
    let builder = match verifier {
        Some(verifier) => builder.with_client_cert_verifier(verifier),
        None => builder.with_no_client_auth(),
    };
    Ok(Arc::new(builder.with_cert_resolver(Arc::new(certificates))))
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}
