//! What it means where a path ends: trusted, issued by itself, or for want of an issuer.
//!
//! Not here: how the end was reached (`path.rs`).

use super::cert::Cert;
use super::path::{End, Found};
use super::{Purpose, Question, Violation, limits};
use crate::cause::CauseId;
use crate::msg::Msg;

/// What it means where the path ends.
pub(super) fn fault(question: &Question<'_>, found: &Found) -> Option<Violation> {
    const RULE: &str = "RFC 5280 section 6.1";
    let top = found.path.last()?;
    let at = found.path.len() - 1;
    let cause = |server: CauseId| match question.purpose {
        Purpose::Server => server,
        Purpose::Client => CauseId::CLIENT_CERT_WRONG_ISSUER,
    };
    let say = |id: &'static str| {
        Msg::new(id)
            .with("subject", top.cert.label())
            .with("issuer", issuer_label(&top.cert))
    };
    let (which, text) = match &found.end {
        End::Anchor => return None,
        End::SelfIssued if at == 0 => (CauseId::SELF_SIGNED, say("chain.self-signed")),
        End::SelfIssued => (CauseId::UNKNOWN_CA, say("chain.unknown-root")),
        End::NameDiffers(other) => {
            let text = say("chain.issuer-name-differs").with("found", other.subject.clone());
            (CauseId::UNKNOWN_CA, text)
        }
        End::Loop => (CauseId::UNKNOWN_CA, say("chain.loop")),
        End::Limit => (CauseId::UNKNOWN_CA, say("chain.search-cut-short")),
        End::NoIssuer if namesake_served(&top.cert, question) => (
            CauseId::MISSING_INTERMEDIATE,
            say("chain.missing-intermediate-other-key"),
        ),
        End::NoIssuer if issuer_is_intermediate(&top.cert, at, question) => (
            CauseId::MISSING_INTERMEDIATE,
            say("chain.missing-intermediate"),
        ),
        End::NoIssuer => (CauseId::UNKNOWN_CA, say("chain.unknown-issuer")),
    };
    Some(Violation {
        cause: cause(which),
        at: Some(at),
        text,
        rule: RULE,
    })
}

/// Whether an intermediate with the absent issuer's name was served: one whose key is another, or it would be on the
/// path.
fn namesake_served(top: &Cert, question: &Question<'_>) -> bool {
    question.served.iter().any(|cert| {
        cert.subject_name == top.issuer_name && !cert.is_self_issued() && !cert.same_entity(top)
    })
}

/// Whether the absent issuer is most likely an intermediate that should have been served, rather than a root that is
/// not trusted here. Nothing of this is certain until the issuer's certificate is seen: that is what fetching is for.
fn issuer_is_intermediate(top: &Cert, at: usize, question: &Question<'_>) -> bool {
    // The certificate may say who issued its issuer: itself, then it is a root; another, then it is not.
    if let Some(above) = &top.extensions.authority_issuer {
        return *above != top.issuer_name;
    }
    let issuer = &top.issuer_name;
    let called = issuer
        .common_name()
        .or(issuer.organisation())
        .unwrap_or_default();
    let has_word = |word: &str| {
        called
            .split(|c: char| !c.is_alphanumeric())
            .any(|part| part == word)
    };
    if has_word("root") || called.contains("ルート") {
        return false;
    }
    let words = ["intermediate", "issuing", "subordinate", "sub", "subca"];
    let calls_itself = words.iter().any(|word| has_word(word)) || called.contains("中間");
    let same_owner = issuer.organisation().is_some_and(|owner| {
        question
            .anchors
            .iter()
            .any(|anchor| anchor.subject_name.organisation() == Some(owner))
    });
    // Below a served intermediate, what is left out is usually the root: an address to fetch it from says little.
    let address = at == 0 && top.issuer_urls.iter().any(|url| limits::is_fetchable(url));
    calls_itself || same_owner || address
}

/// What to call the issuer in one line: its common name, or the whole name.
fn issuer_label(cert: &Cert) -> String {
    let common = cert
        .issuer
        .split(", ")
        .find_map(|part| part.strip_prefix("CN="));
    crate::text::sanitise(common.unwrap_or(&cert.issuer))
}
