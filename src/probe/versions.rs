//! Old versions, unusual methods and other protocols: what the gateway accepts where it has refused the ordinary
//! handshake. Runs on that doubt only, one connection a greeting, within the run's budget.
//!
//! Which greeting comes next is in `course`, what one offers in `offers` and `write`, how an answer is read in `read`.
//! Nothing is agreed on: the server's first answer is read, and the connection closed.

mod course;
mod offers;
mod read;
mod write;

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::MAX_CONNECTIONS;
use super::check::{Check, Ending, Reporter, microseconds};
use super::experiments::LEFT_TO_OTHERS;
use super::surroundings::Pace;
use super::tcp::{self, Budget};
use crate::evidence::{
    Hello, HelloAttempt, HelloOutcome, Knock, Observation, ProbeId, ProbeOutcome, Spoken, Standing,
    TlsOutcome, TlsVersion, VersionsEvidence, Why, WhyCode,
};
use crate::msg::Msg;
use read::{End, Reading};

pub(super) use read::secure_renegotiation;

/// An answer read at once and in pieces: where both come to something other than a foreign protocol, to the same.
#[cfg(fuzzing)]
pub(super) fn fuzz(bytes: &[u8], piece: usize) {
    let read = |piece: usize| {
        let mut reading = Reading::default();
        let told = bytes.chunks(piece).find_map(|bytes| reading.take(bytes));
        told.unwrap_or_else(|| reading.end(End::Closed))
    };
    let (whole, pieces) = (read(bytes.len().max(1)), read(piece));
    let foreign = |outcome: &HelloOutcome| matches!(outcome, HelloOutcome::NotTls(_));
    // The received bytes of an answer that ends early are not compared.
    if let (HelloOutcome::Answered(_), HelloOutcome::Answered(_))
    | (HelloOutcome::Alert(_), HelloOutcome::Alert(_)) = (&whole, &pieces)
    {
        assert_eq!(whole, pieces);
    } else if !foreign(&whole) && !foreign(&pieces) {
        assert_eq!(
            std::mem::discriminant(&whole),
            std::mem::discriminant(&pieces)
        );
    }
}

/// OpenVPN's first packet over TCP: length, `P_CONTROL_HARD_RESET_CLIENT_V2` with key 0, a session id, no
/// acknowledgement, packet id 0 (OpenVPN `src/openvpn/ssl_pkt.h`).
const OPENVPN_RESET: [u8; 16] = [
    0x00, 0x0e, 0x38, 0x76, 0x70, 0x6e, 0x6d, 0x65, 0x64, 0x69, 0x63, 0x00, 0x00, 0x00, 0x00, 0x00,
];
/// The request that begins a Remote Desktop connection: TPKT, X.224 Connection Request, and the protocols that this
/// client knows (MS-RDPBCGR section 2.2.1.1).
const RDP_REQUEST: [u8; 19] = [
    0x03, 0x00, 0x00, 0x13, 0x0e, 0xe0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x08, 0x00, 0x03,
    0x00, 0x00, 0x00,
];

/// Finds out what the gateway speaks instead.
pub(super) struct VersionsCheck {
    /// Where the ordinary handshake failed.
    pub addr: SocketAddr,
    /// How.
    pub ordinary: TlsOutcome,
    /// The server name to send.
    pub sni: Option<String>,
    /// What may still be connected.
    pub budget: Budget,
    /// How long it may take.
    pub pace: Pace,
}

/// Whether this end of the ordinary handshake leaves a doubt that other greetings can settle: refused before anything
/// was agreed on, or not a word.
pub(super) fn are_worth_trying(ordinary: &TlsOutcome) -> bool {
    // Alerts with a meaning of their own leave none.
    const ABOUT_METHODS: [&str; 9] = [
        "protocol_version",
        "handshake_failure",
        "insufficient_security",
        "illegal_parameter",
        "decode_error",
        "unexpected_message",
        "internal_error",
        "missing_extension",
        "unsupported_extension",
    ];
    match ordinary {
        TlsOutcome::Alert(alert) => ABOUT_METHODS.contains(&alert.as_str()),
        TlsOutcome::Incompatible(_) | TlsOutcome::Closed { .. } | TlsOutcome::Reset { .. } => true,
        TlsOutcome::Stalled { received } => *received == 0,
        TlsOutcome::Completed(_) | TlsOutcome::NotTls(_) | TlsOutcome::NotConnected(_) => false,
    }
}

impl Check for VersionsCheck {
    fn id(&self) -> ProbeId {
        ProbeId::Versions
    }

    fn limit(&self) -> Duration {
        self.pace.aside * 3
    }

    fn look(self: Box<Self>, report: Reporter) -> BoxFuture<'static, Ending> {
        self.greet(report).boxed()
    }
}

impl VersionsCheck {
    async fn greet(self, report: Reporter) -> Ending {
        let mut seen = VersionsEvidence::default();
        let said_nothing = matches!(
            self.ordinary,
            TlsOutcome::Closed { received: 0 }
                | TlsOutcome::Reset { received: 0 }
                | TlsOutcome::Stalled { received: 0 }
        );
        if said_nothing && self.knock(Spoken::OpenVpn, &mut seen, &report).await == Some(true) {
            return Ending::Warn;
        }
        let is_mute = matches!(self.ordinary, TlsOutcome::Stalled { .. });
        // Where the door seems shut, the experiments need connections to tell whether it is.
        let most = if said_nothing { 1 } else { usize::MAX };
        while !is_mute
            && seen.hellos.len() < most
            && let Some(hello) = course::next(&self.ordinary, &seen.hellos)
        {
            let Some(attempt) = self.offer(hello, &report).await else {
                break;
            };
            seen.hellos.push(attempt);
            report.observe(Observation::Versions(seen.clone()));
        }
        let heard = seen.heard_tls()
            || seen
                .hellos
                .iter()
                .any(|attempt| matches!(attempt.outcome, HelloOutcome::NotTls(_)));
        if said_nothing && !heard && self.knock(Spoken::Rdp, &mut seen, &report).await == Some(true)
        {
            return Ending::Warn;
        }
        if seen.answers().next().is_some() {
            Ending::Warn
        } else if heard {
            Ending::Fail
        } else {
            Ending::Unknown(Why::because(
                WhyCode::Failed,
                Msg::new("versions.log.nothing"),
            ))
        }
    }

    /// One greeting on a connection of its own; none where it could not be sent.
    async fn offer(&self, hello: Hello, report: &Reporter) -> Option<HelloAttempt> {
        report.line(ProbeOutcome::Running, offer_text(&hello));
        let mut random = [0; 32];
        aws_lc_rs::rand::fill(&mut random).ok()?;
        let record = write::client_hello(&hello, self.sni.as_deref(), &random);
        let stream = self.connect(report).await?;
        let began = Instant::now();
        let outcome = converse(stream, &record, self.pace.aside).await;
        let took = began.elapsed();
        report.timed(tone(&outcome), outcome_text(&outcome, self.addr), took);
        Some(HelloAttempt {
            addr: self.addr,
            hello,
            outcome,
            took_us: microseconds(took),
        })
    }

    /// The first words of another protocol; whether they were answered in kind, if they could be sent.
    async fn knock(
        &self,
        protocol: Spoken,
        seen: &mut VersionsEvidence,
        report: &Reporter,
    ) -> Option<bool> {
        let mut stream = self.connect(report).await?;
        let began = Instant::now();
        let first = first_words(&protocol);
        let answer = async {
            stream.write_all(first).await.ok()?;
            let mut answer = Vec::new();
            while !is_in_kind(&protocol, &answer) {
                if answer.len() > 64 || stream.read_buf(&mut answer).await.ok()? == 0 {
                    return Some(false);
                }
            }
            Some(true)
        };
        let answered = tokio::time::timeout(self.pace.aside.mul_f64(0.35), answer).await;
        let answered = matches!(answered, Ok(Some(true)));
        let took = began.elapsed();
        let (tone, text) = match (&protocol, answered) {
            (Spoken::OpenVpn, true) => (ProbeOutcome::Warn, Msg::new("versions.log.openvpn")),
            (Spoken::OpenVpn, false) => {
                (ProbeOutcome::Running, Msg::new("versions.log.no-openvpn"))
            }
            (_, true) => (ProbeOutcome::Warn, Msg::new("versions.log.rdp")),
            (_, false) => (ProbeOutcome::Running, Msg::new("versions.log.no-rdp")),
        };
        report.timed(tone, text, took);
        seen.knocks.push(Knock {
            addr: self.addr,
            protocol,
            answered,
            took_us: microseconds(took),
        });
        report.observe(Observation::Versions(seen.clone()));
        Some(answered)
    }

    async fn connect(&self, report: &Reporter) -> Option<TcpStream> {
        let place = self
            .budget
            .place_leaving(LEFT_TO_OTHERS, self.pace.silence)
            .await;
        let Some(place) = place else {
            let text = Msg::new("probe.budget").with("max", MAX_CONNECTIONS);
            report.line(ProbeOutcome::Unknown, text);
            return None;
        };
        let (outcome, stream, took) = tcp::connect(self.addr, self.pace.aside).await;
        if stream.is_some() {
            place.forget();
        } else {
            let text = tcp::outcome_text(&outcome).with("addr", self.addr);
            report.timed(ProbeOutcome::Unknown, text, took);
        }
        stream
    }
}

/// Sends the record and reads the answer, within `limit`.
async fn converse(mut stream: TcpStream, record: &[u8], limit: Duration) -> HelloOutcome {
    /// Tells the server that nothing follows: a warning alert, `close_notify` (RFC 5246 section 7.2.1).
    const FAREWELL: [u8; 7] = [21, 3, 1, 0, 2, 1, 0];
    let mut reading = Reading::default();
    let talk = async {
        if let Err(error) = stream.write_all(record).await {
            return Err(ended(&error));
        }
        let mut buffer = vec![0; 16 << 10];
        loop {
            match stream.read(&mut buffer).await {
                Ok(0) => return Err(End::Closed),
                Ok(count) => {
                    let fresh = buffer.get(..count).unwrap_or_default();
                    if let Some(outcome) = reading.take(fresh) {
                        return Ok(outcome);
                    }
                }
                Err(error) => return Err(ended(&error)),
            }
        }
    };
    match tokio::time::timeout(limit, talk).await {
        Ok(Ok(outcome)) => {
            // A courtesy: whether it arrives changes nothing.
            let _ = stream.try_write(&FAREWELL);
            outcome
        }
        Ok(Err(end)) => reading.end(end),
        Err(_) => reading.end(End::Deadline),
    }
}

fn ended(error: &io::Error) -> End {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => End::Closed,
        io::ErrorKind::TimedOut => End::Deadline,
        _ => End::Reset,
    }
}

/// What opens a conversation in this protocol.
fn first_words(protocol: &Spoken) -> &'static [u8] {
    match protocol {
        Spoken::Rdp => &RDP_REQUEST,
        _ => &OPENVPN_RESET,
    }
}

/// Whether this is how this protocol answers its first words: OpenVPN with `P_CONTROL_HARD_RESET_SERVER_V2`, which
/// names the session id that it was sent, Remote Desktop with an X.224 Connection Confirm.
fn is_in_kind(protocol: &Spoken, answer: &[u8]) -> bool {
    match (protocol, answer) {
        (Spoken::OpenVpn, [_, _, opcode, rest @ ..]) => {
            let own = OPENVPN_RESET.get(3..11).unwrap_or_default();
            opcode >> 3 == 8 && rest.windows(own.len()).any(|window| window == own)
        }
        (Spoken::Rdp, [3, 0, _, _, _, confirm, ..]) => *confirm == 0xd0,
        _ => false,
    }
}

fn tone(outcome: &HelloOutcome) -> ProbeOutcome {
    match outcome {
        HelloOutcome::Answered(_) => ProbeOutcome::Warn,
        _ => ProbeOutcome::Fail,
    }
}

/// The log's words for what is offered.
fn offer_text(hello: &Hello) -> Msg {
    let narrowed = [
        (hello.suites, "suites"),
        (hello.groups, "groups"),
        (hello.signatures, "signatures"),
    ];
    let least = narrowed
        .iter()
        .filter(|(standing, _)| *standing < Standing::Rare)
        .min_by_key(|(standing, _)| *standing);
    let text = match least {
        None if hello.highest == TlsVersion::Tls13 => Msg::new("versions.log.offers-13"),
        None => Msg::new("versions.log.offers"),
        Some((Standing::Current, "suites")) => Msg::new("versions.log.offers-current-suites"),
        Some((_, "suites")) => Msg::new("versions.log.offers-usual-suites"),
        Some((Standing::Current, "groups")) => Msg::new("versions.log.offers-current-groups"),
        Some((_, "groups")) => Msg::new("versions.log.offers-usual-groups"),
        Some(_) => Msg::new("versions.log.offers-usual-signatures"),
    };
    text.with("version", hello.highest.name())
}

/// The log's words for what came of it.
fn outcome_text(outcome: &HelloOutcome, addr: SocketAddr) -> Msg {
    let as_tls = match outcome {
        HelloOutcome::Answered(answer) => {
            return Msg::new("versions.log.chooses")
                .with("version", answer.version.name())
                .with("suite", &answer.suite.name)
                .with(
                    "group",
                    answer.group.as_ref().map_or("-", |group| &group.name),
                )
                .with("count", answer.served.len());
        }
        HelloOutcome::Garbled => return Msg::new("versions.log.garbled"),
        HelloOutcome::TooLong => return Msg::new("versions.log.too-long"),
        HelloOutcome::Alert(alert) => TlsOutcome::Alert(alert.clone()),
        HelloOutcome::Closed { received } => TlsOutcome::Closed {
            received: *received,
        },
        HelloOutcome::Reset { received } => TlsOutcome::Reset {
            received: *received,
        },
        HelloOutcome::Stalled { received } => TlsOutcome::Stalled {
            received: *received,
        },
        HelloOutcome::NotTls(spoken) => TlsOutcome::NotTls(spoken.clone()),
    };
    super::tls::outcome_text(&as_tls, addr)
}
