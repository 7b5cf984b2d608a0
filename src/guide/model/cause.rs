//! A cause and its steps. How causes are read is in the loader; which cause holds is for the diagnosis to say.

use serde::{Deserialize, Serialize};

use super::{System, Text};
use crate::cause::CauseId;
use crate::evidence::ProbeId;

/// Where a step applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Everywhere.
    Any,
    /// Windows.
    Windows,
    /// macOS.
    Macos,
    /// Linux.
    Linux,
    /// iOS.
    Ios,
    /// Android.
    Android,
    /// On the gateway, by its administrator.
    Gateway,
}

/// Who can fix something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// The person in front of the device.
    User,
    /// Their helpdesk.
    Helpdesk,
    /// Whoever runs the gateway.
    GatewayAdmin,
    /// Whoever issues its certificates.
    PkiAdmin,
    /// The internet provider or the network's owner.
    Isp,
}

impl Owner {
    /// The id of this owner's word in `assets/ui`.
    pub const fn text_id(self) -> &'static str {
        match self {
            Self::User => "owner.user",
            Self::Helpdesk => "owner.helpdesk",
            Self::GatewayAdmin => "owner.gateway-admin",
            Self::PkiAdmin => "owner.pki-admin",
            Self::Isp => "owner.isp",
        }
    }
}

/// The layer a cause lives in, in the order a connection meets them: this is the order of ranking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// This device: clock, client, drivers, rights.
    Device,
    /// The way out: links, portals, proxies, routes.
    Network,
    /// Names.
    Dns,
    /// TCP and UDP.
    Transport,
    /// TLS itself.
    Tls,
    /// The server's certificates.
    Certificate,
    /// The client's certificate.
    ClientCertificate,
    /// Accounts and second factors.
    SignIn,
    /// Limits of the gateway.
    Capacity,
}

/// One cause, as `assets/causes/<id>.toml` tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Its id, equal to the file's name.
    pub id: CauseId,
    /// What is said over the phone: `C04`.
    pub code: String,
    /// Where it lives.
    pub layer: Layer,
    /// Who can fix it, the likeliest first; never empty.
    pub owner: Vec<Owner>,
    /// Causes that follow from this one.
    pub explains: Vec<CauseId>,
    /// One line.
    pub name: Text,
    /// A few plain sentences.
    pub meaning: Text,
    /// Why the browser or a colleague may still get in.
    pub browser: Option<Text>,
    /// How to tell it from its look-alikes.
    pub apart: Option<Text>,
    /// What to do, in order.
    pub steps: Vec<Step>,
}

impl Cause {
    /// The steps for a device of this system, in order; the gateway's own are not among them. Steps for another Linux
    /// family than `distro` are left out; all families' where it is not known.
    pub fn steps_for(&self, system: System, distro: Option<&str>) -> impl Iterator<Item = &Step> {
        self.steps
            .iter()
            .filter(move |step| step.os.contains(&Place::Any) || step.os.contains(&system.place()))
            .filter(move |step| match (step.distro.as_deref(), distro) {
                (Some(of_step), Some(here)) => of_step == here,
                _ => true,
            })
    }

    /// The steps for the gateway's administrator: those for this product (an id of `assets/gateways.toml` or a step's
    /// own word) and for any; every product's where it is not known.
    pub fn gateway_steps(&self, product: Option<&str>) -> impl Iterator<Item = &Step> {
        self.steps
            .iter()
            .filter(|step| step.os.contains(&Place::Gateway))
            .filter(move |step| match (step.product.as_deref(), product) {
                (None | Some("any"), _) | (_, None) => true,
                // Knowledge of products says `cisco_asa` where steps say `asa`.
                (Some(of_step), Some(product)) => product.split(['_', '-']).any(|p| p == of_step),
            })
    }

    /// What is said over the phone: `C04-W1`.
    pub fn step_code(&self, step: &Step) -> String {
        format!("{}-{}", self.code, step.code)
    }
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its code within the cause: `W2`. Said over the phone as `C04-W2`.
    pub code: String,
    /// Where it applies.
    pub os: Vec<Place>,
    /// Which Linux family, where it matters: `debian`, `fedora` or `arch`.
    pub distro: Option<String>,
    /// Which gateway product, for gateway steps.
    pub product: Option<String>,
    /// Whose hands.
    pub who: Owner,
    /// What kind of thing.
    pub kind: StepKind,
    /// Whether it needs administrator rights.
    pub admin: bool,
    /// What to do.
    pub text: Text,
    /// The command, with `{host}`, `{port}` and `{address}` to fill in.
    pub command: Option<String>,
    /// What is seen when it worked.
    pub expect: Option<Text>,
    /// How to take it back.
    pub undo: Option<Text>,
    /// The command that takes it back.
    pub undo_command: Option<String>,
    /// What could go wrong.
    pub danger: Option<Text>,
    /// The live check that confirms it.
    pub check: Option<ProbeId>,
    /// Whether the site wrote it, not this program's makers.
    pub site: bool,
}

/// Kinds of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// Save what is there before changing it.
    Backup,
    /// Change something by hand.
    Do,
    /// Change something by a command.
    Command,
    /// Look, change nothing.
    Verify,
    /// Ask somebody.
    Ask,
    /// Switch something off for a moment to see whether it is the culprit, and on again.
    Isolate,
    /// Hand the prepared text over.
    Escalate,
}
