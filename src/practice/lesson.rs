//! One lesson: a gateway broken in one way, how it is checked, and whether what was broken has been found.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::Fault;
use super::gateway::{Gateway, reserve};
use super::scene::Scene;
use crate::cause::CauseId;
use crate::diagnose::{Diagnosis, Verdict};
use crate::evidence::{Host, Target};
use crate::guide::PortalCheck;
use crate::probe::{CheckOptions, Identity};

/// What the practice root is called where trusted roots are named.
const ROOT: &str = "the practice root";

/// Why a lesson cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum PracticeError {
    /// No listener on loopback.
    #[error("no gateway can be opened on this device: {0}")]
    Listener(#[from] std::io::Error),
    /// Certificates cannot be made.
    #[error("no practice certificate can be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The TLS library refuses the set-up.
    #[error("no practice gateway can be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// What was just made cannot be read back.
    #[error("a practice certificate cannot be read back")]
    Unreadable,
}

/// A gateway on loopback, open as long as this value lives.
pub struct Lesson {
    /// What is broken.
    pub fault: Fault,
    /// The gateway, as a person would name it.
    pub target: Target,
    root: Vec<u8>,
    identity: Option<Arc<Identity>>,
    portal: Vec<PortalCheck>,
    _gateway: Gateway,
}

/// What came of a lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What there was to find.
    pub expected: &'static [CauseId],
    /// Whether all of it was found and stands on top; where nothing is broken, whether nothing was found.
    pub found: bool,
}

impl Lesson {
    /// Opens the gateway. Needs a runtime.
    ///
    /// # Errors
    /// Where this device lets nobody listen on loopback.
    pub fn begin(fault: Fault) -> Result<Self, PracticeError> {
        let (shelf, shelf_at) = reserve()?;
        let scene = Scene::of(fault, SystemTime::now(), shelf_at)?;
        let portal = if scene.portal {
            // Two addresses, so that one sign-in page for both can be told from one page that moved.
            ["generate_204", "office/generate_204"]
                .map(|path| PortalCheck {
                    url: format!("http://{shelf_at}/{path}"),
                    status: 204,
                    body: None,
                })
                .to_vec()
        } else {
            Vec::new()
        };
        let gateway = Gateway::open(scene.door, shelf, scene.shelf, scene.portal)?;
        let host = match scene.host.parse::<IpAddr>() {
            Ok(address) => Host::Ip(address),
            Err(_) => Host::Name {
                ascii: scene.host.to_owned(),
                unicode: scene.host.to_owned(),
            },
        };
        Ok(Self {
            fault,
            target: Target {
                host,
                port: gateway.address.port(),
                port_given: true,
            },
            root: scene.root,
            identity: scene.identity,
            portal,
            _gateway: gateway,
        })
    }

    /// The root to trust for this lesson: its name and content, as of a file of `--ca`.
    pub fn root(&self) -> (String, Vec<u8>) {
        (ROOT.to_owned(), self.root.clone())
    }

    /// How to check the gateway: nobody but it is contacted.
    pub fn options(&self, timeout: Duration) -> CheckOptions {
        CheckOptions {
            timeout,
            connect: matches!(self.target.host, Host::Name { .. })
                .then_some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            portal: self.portal.clone(),
            // Other ports of this device are nobody's business.
            ports: Vec::new(),
            identity: self.identity.clone(),
            // No time server, no log, no address range: as where nothing is set.
            ..CheckOptions::default()
        }
    }

    /// Whether a diagnosis names what is broken.
    pub fn outcome(&self, diagnosis: &Diagnosis) -> Outcome {
        Outcome::of(self.fault, diagnosis)
    }
}

impl Outcome {
    /// Whether this diagnosis names what this fault breaks: on top, before everything else.
    pub fn of(fault: Fault, diagnosis: &Diagnosis) -> Self {
        let expected = fault.expected();
        let roots = diagnosis.causes.iter().filter(|f| f.explained_by.is_none());
        let top: Vec<CauseId> = roots.take(expected.len()).map(|f| f.cause).collect();
        let found = if expected.is_empty() {
            diagnosis.verdict == Verdict::Healthy
        } else {
            expected.iter().all(|cause| top.contains(cause))
        };
        Self { expected, found }
    }
}
