//! What about the ordinary handshake is worth another one. Pure.
//!
//! Which experiments a doubt asks for is in `course`.

use crate::cause::CauseId;
use crate::evidence::{TlsAttempt, TlsOutcome};
use crate::probe::chain::ChainView;

/// What about the ordinary handshake an experiment can settle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::probe) enum Doubt {
    /// It fell silent.
    Silence,
    /// The connection was closed or reset.
    Cut {
        /// Before a single byte came.
        at_once: bool,
    },
    /// It was refused with an alert that servers use for hellos they do not understand.
    Refusal,
    /// The server does not know the name.
    UnknownName,
    /// The chain is not accepted.
    Certificate {
        /// Among other things for its name.
        wrong_name: bool,
    },
    /// It failed in a way that one node of several might.
    Odd,
}

/// The doubt that this handshake leaves; its chain as far as it was judged.
pub(in crate::probe) fn doubt(main: &TlsAttempt, chain: Option<&ChainView>) -> Option<Doubt> {
    const NOT_UNDERSTOOD: [&str; 4] = [
        "decode_error",
        "illegal_parameter",
        "internal_error",
        "handshake_failure",
    ];
    // Who asked for a certificate and then ended the handshake was not content with the answer.
    if main.outcome.session().is_none() && main.certificate_request.is_some() {
        return None;
    }
    match &main.outcome {
        TlsOutcome::Completed(_) => {
            let chain = chain.filter(|chain| !chain.accepted)?;
            Some(Doubt::Certificate {
                wrong_name: chain.causes.contains(&CauseId::HOSTNAME_MISMATCH),
            })
        }
        TlsOutcome::Stalled { .. } => Some(Doubt::Silence),
        TlsOutcome::Closed { received } | TlsOutcome::Reset { received } => Some(Doubt::Cut {
            at_once: *received == 0,
        }),
        TlsOutcome::Alert(alert) if alert == "unrecognized_name" => Some(Doubt::UnknownName),
        TlsOutcome::Alert(alert) if NOT_UNDERSTOOD.contains(&alert.as_str()) => {
            Some(Doubt::Refusal)
        }
        TlsOutcome::Alert(_) | TlsOutcome::Incompatible(_) => Some(Doubt::Odd),
        TlsOutcome::NotTls(_) | TlsOutcome::NotConnected(_) => None,
    }
}
