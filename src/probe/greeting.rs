//! The first message of a product's own clients, sent as they send it before anybody signs in: what the gateway then
//! tells, and where it sends them. It goes over the session that is there already, and only to a gateway whose front page
//! gave its product away.
//!
//! ```text
//! AnyConnect     POST / with a `config-auth` of type `init`: a form, a demand for a certificate, or a redirect to a member
//!                of the cluster, which only this message meets and not a browser's
//! GlobalProtect  POST .../prelogin.esp of the portal, then of the gateway: region, kind of sign-in, a demand for a certificate
//! ```
//! Sources: openconnect `auth.c` (`xmlpost_initial_req`, `parse_xml_response`, `cstp_obtain_cookie`) and
//! `auth-globalprotect.c` (`parse_prelogin_xml`, `gpst_login`). Nothing that belongs to a sign-in is sent: no name, no
//! password, no cookie. What follows from the answer is in [`crate::diagnose`].

use std::time::Duration;

use super::check::Reporter;
use super::handshake::Session;
use super::http::{Query, Talk};
use crate::evidence::{Greeting, GreetingKind, HttpAnswer, ProbeOutcome, SignIn, Why, WhyCode};
use crate::msg::Msg;

/// Bytes of an answer that are read.
const MAX_BODY: usize = 16 << 10;
/// Characters of the gateway's own words that are kept.
const MAX_WORDS: usize = 200;

/// What the clients of this product ask first, in this order until one is understood.
pub(super) fn questions(product: &str) -> &'static [GreetingKind] {
    match product {
        "asa" | "ocserv" => &[GreetingKind::AnyConnect],
        "globalprotect" => &[
            GreetingKind::GlobalProtectPortal,
            GreetingKind::GlobalProtectGateway,
        ],
        _ => &[],
    }
}

/// What came back: the whole answer, for where it leads, and what it tells if it is one that clients understand.
pub(super) struct Answered {
    pub answer: HttpAnswer,
    pub greeting: Option<Greeting>,
}

/// Asks and says in the log what came; none where no answer came.
pub(super) async fn greet(
    talk: &mut Talk<Session>,
    kind: GreetingKind,
    host: &str,
    limit: Duration,
    report: &Reporter,
) -> Option<Answered> {
    let client = client(kind);
    let began = std::time::Instant::now();
    let asked = tokio::time::timeout(limit, talk.ask(query(kind, host))).await;
    let took = began.elapsed();
    let Ok(Ok(answer)) = asked else {
        let why = Why::because(
            WhyCode::Failed,
            Msg::new("probe.greeting.no-answer").with("client", client),
        );
        report.timed(ProbeOutcome::Unknown, why.message(), took);
        return None;
    };
    let answer = answer.into_evidence();
    let greeting = read(kind, &answer);
    let status = Msg::new(match greeting {
        Some(_) => "probe.greeting.answered",
        None => "probe.greeting.not-understood",
    });
    let status = status.with("client", client).with("status", answer.status);
    report.timed(ProbeOutcome::Running, status, took);
    for (tone, line) in greeting.iter().flat_map(lines) {
        report.line(tone, line);
    }
    Some(Answered { answer, greeting })
}

/// The question as the product's clients put it.
fn query(kind: GreetingKind, host: &str) -> Query<'_> {
    let (path, posted, headers): (_, _, &'static [(&'static str, &'static str)]) = match kind {
        GreetingKind::AnyConnect => (
            "/",
            ("application/xml; charset=utf-8", init(host).into_bytes()),
            &[("x-transcend-version", "1"), ("x-aggregate-auth", "1")],
        ),
        GreetingKind::GlobalProtectPortal => (
            PORTAL,
            ("application/x-www-form-urlencoded", Vec::new()),
            &[],
        ),
        GreetingKind::GlobalProtectGateway => (
            GATEWAY,
            ("application/x-www-form-urlencoded", Vec::new()),
            &[],
        ),
    };
    Query {
        host,
        path,
        posted: Some(posted),
        max_body: MAX_BODY,
        begins_within: None,
        headers,
        keep: true,
    }
}

const PORTAL: &str = "/global-protect/prelogin.esp?tmp=tmp&clientVer=4100&clientos=Linux";
const GATEWAY: &str = "/ssl-vpn/prelogin.esp?tmp=tmp&clientVer=4100&clientos=Linux";

/// The message by which AnyConnect's clients begin. A host that was parsed needs no escapes.
fn init(host: &str) -> String {
    let device = match std::env::consts::OS {
        "windows" => "win",
        "macos" => "mac-intel",
        _ => "linux-64",
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <config-auth client=\"vpn\" type=\"init\" aggregate-auth-version=\"2\">\
         <version who=\"vpn\">vpnmedic {}</version><device-id>{device}</device-id>\
         <group-access>https://{host}/</group-access></config-auth>\n",
        env!("CARGO_PKG_VERSION")
    )
}

/// What an answer tells; none where it is none that the product's clients understand.
fn read(kind: GreetingKind, answer: &HttpAnswer) -> Option<Greeting> {
    let body = &answer.body;
    let empty = Greeting {
        kind,
        status: answer.status,
        wants_certificate: false,
        sign_in: None,
        region: None,
        message: None,
    };
    match kind {
        GreetingKind::AnyConnect => {
            inside(body, "config-auth")?;
            // It says the second where the certificate is missing or wrong (openconnect `handle_auth_form`).
            let message = element(body, "error");
            let demanded = body.contains("<client-cert-request")
                || body.contains("<multiple-client-cert-request")
                || message.as_deref() == Some("Certificate Validation Failure");
            let sign_in = if body.contains("<sso-v2-login>") {
                Some(SignIn::SingleSignOn)
            } else {
                body.contains("<form").then_some(SignIn::Form)
            };
            Some(Greeting {
                wants_certificate: demanded,
                sign_in,
                message,
                ..empty
            })
        }
        GreetingKind::GlobalProtectPortal | GreetingKind::GlobalProtectGateway => {
            inside(body, "prelogin-response")?;
            let failed = element(body, "status").is_some_and(|status| status != "Success");
            let message = failed.then(|| element(body, "msg")).flatten();
            let demanded = message.as_deref() == Some("Valid client certificate is required");
            // Portal and gateway are two services of one device; one that is not there says so.
            if failed && !demanded {
                return None;
            }
            let sign_in = match element(body, "saml-auth-method") {
                Some(_) => SignIn::SingleSignOn,
                None => SignIn::Form,
            };
            Some(Greeting {
                wants_certificate: demanded,
                sign_in: (!failed).then_some(sign_in),
                region: element(body, "region"),
                message,
                ..empty
            })
        }
    }
}

/// The text of the first element of this name, short and without the space around it.
fn element(body: &str, name: &str) -> Option<String> {
    let text = inside(body, name)?;
    let text = text.get(..text.find('<')?)?.trim();
    (!text.is_empty()).then(|| text.chars().take(MAX_WORDS).collect())
}

/// What follows the opening tag of the first element of this name.
fn inside<'a>(body: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = body;
    loop {
        let at = rest.find('<')? + 1;
        rest = rest.get(at..)?;
        let Some(after) = rest.strip_prefix(name) else {
            continue;
        };
        // The name may be the beginning of a longer one.
        if !after.starts_with(['>', ' ', '\t', '\r', '\n']) {
            continue;
        }
        return after.get(after.find('>')? + 1..);
    }
}

/// The log's lines about what it tells.
fn lines(greeting: &Greeting) -> Vec<(ProbeOutcome, Msg)> {
    let mut lines = Vec::new();
    if greeting.wants_certificate {
        lines.push((ProbeOutcome::Warn, Msg::new("probe.greeting.certificate")));
    }
    match greeting.sign_in {
        Some(SignIn::Form) => lines.push((ProbeOutcome::Running, Msg::new("probe.greeting.form"))),
        Some(SignIn::SingleSignOn) => {
            lines.push((
                ProbeOutcome::Running,
                Msg::new("probe.greeting.single-sign-on"),
            ));
        }
        None => {}
    }
    if let Some(region) = &greeting.region {
        let text = Msg::new("probe.greeting.region").with("region", region);
        lines.push((ProbeOutcome::Running, text));
    }
    if let Some(message) = &greeting.message {
        let text = Msg::new("probe.greeting.message").with("message", message);
        lines.push((ProbeOutcome::Running, text));
    }
    lines
}

/// Whose message it is.
fn client(kind: GreetingKind) -> &'static str {
    match kind {
        GreetingKind::AnyConnect => "AnyConnect",
        GreetingKind::GlobalProtectPortal | GreetingKind::GlobalProtectGateway => "GlobalProtect",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: GreetingKind, body: &str) -> Option<Greeting> {
        let answer = HttpAnswer {
            status: 200,
            headers: Vec::new(),
            body: body.to_owned(),
        };
        read(kind, &answer)
    }

    #[test]
    fn what_anyconnects_first_message_is_answered_with_is_read() {
        let form = "<?xml version=\"1.0\"?><config-auth client=\"vpn\" type=\"auth-request\"><auth id=\"main\">\
                    <message>Please enter your username</message><form><input type=\"password\"/></form></auth></config-auth>";
        let seen = told(GreetingKind::AnyConnect, form).expect("a form");
        assert_eq!(seen.sign_in, Some(SignIn::Form));
        assert!(!seen.wants_certificate);
        let demand = "<config-auth client=\"vpn\" type=\"auth-request\"><client-cert-request/></config-auth>";
        assert!(told(GreetingKind::AnyConnect, demand).is_some_and(|seen| seen.wants_certificate));
        let refusal = "<config-auth><auth id=\"main\"><error id=\"13\" param1=\"\">Certificate Validation Failure</error></auth></config-auth>";
        let seen = told(GreetingKind::AnyConnect, refusal).expect("an answer");
        assert!(seen.wants_certificate);
        let single =
            "<config-auth><auth><sso-v2-login>https://x</sso-v2-login><form/></auth></config-auth>";
        let seen = told(GreetingKind::AnyConnect, single).expect("an answer");
        assert_eq!(seen.sign_in, Some(SignIn::SingleSignOn));
    }

    #[test]
    fn what_globalprotects_first_message_is_answered_with_is_read() {
        let kind = GreetingKind::GlobalProtectPortal;
        let form =
            "<prelogin-response><status>Success</status><region>JP</region></prelogin-response>";
        let seen = told(kind, form).expect("an answer");
        assert_eq!(
            (seen.sign_in, seen.region.as_deref()),
            (Some(SignIn::Form), Some("JP"))
        );
        let saml = "<prelogin-response>\n<status>Success</status>\n<saml-auth-method>REDIRECT</saml-auth-method></prelogin-response>";
        assert_eq!(
            told(kind, saml).and_then(|seen| seen.sign_in),
            Some(SignIn::SingleSignOn)
        );
        let demand = "<prelogin-response><status>Error</status><msg>Valid client certificate is required</msg></prelogin-response>";
        let seen = told(kind, demand).expect("an answer");
        assert!(seen.wants_certificate);
        assert_eq!(seen.sign_in, None);
        let absent = "<prelogin-response><status>Error</status><msg>GlobalProtect portal does not exist</msg></prelogin-response>";
        assert_eq!(told(kind, absent), None);
    }

    #[test]
    fn an_answer_that_is_none_tells_nothing_and_words_are_kept_short() {
        for body in [
            "",
            "<html></html>",
            "<",
            "<config-auths>",
            "<prelogin-responses",
        ] {
            assert_eq!(
                told(GreetingKind::GlobalProtectGateway, body),
                None,
                "{body}"
            );
            assert_eq!(element(body, "region"), None, "{body}");
        }
        let long = format!(
            "<regions>no</regions><region a=\"1\">{}</region>",
            "x".repeat(5000)
        );
        assert_eq!(
            element(&long, "region").map(|words| words.len()),
            Some(MAX_WORDS)
        );
        assert_eq!(
            element("<region>\u{e9}\u{3042}</region>", "region").as_deref(),
            Some("\u{e9}\u{3042}")
        );
    }

    #[test]
    fn only_products_whose_clients_speak_first_are_asked() {
        assert_eq!(questions("ocserv"), [GreetingKind::AnyConnect]);
        assert_eq!(questions("globalprotect").len(), 2);
        assert!(questions("fortigate").is_empty());
    }
}
