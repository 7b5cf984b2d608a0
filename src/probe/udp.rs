//! UDP to the gateway: one question each of DTLS, IKEv2 and OpenVPN, as far as they can matter, and what came back.
//!
//! Silence is an outcome of its own and proves nothing: ocserv and ASA answer DTLS only after a sign-in over TLS, and
//! OpenVPN with a key of its own (tls-auth, tls-crypt) answers nobody else. How ICMP messages are heard is in `icmp`.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;

use super::check::{Check, Ending, Reporter, microseconds};
use super::icmp::{Heard, hear, socket};
use super::marks::UdpUse;
use super::surroundings::Pace;
use crate::evidence::{
    IcmpWord, Observation, ProbeId, ProbeOutcome, UdpAttempt, UdpEvidence, UdpOutcome, UdpQuestion,
    Why, WhyCode,
};
use crate::msg::Msg;

/// The ports of IKE (RFC 7296 section 2): the second with four zero bytes before each message (RFC 3948 section 2.2).
const IKE_PORT: u16 = 500;
const IKE_NAT_PORT: u16 = 4500;
/// OpenVPN's own port.
const OPENVPN_PORT: u16 = 1194;

/// Asks over UDP.
pub(super) struct UdpCheck {
    /// The gateway's address.
    pub address: IpAddr,
    /// What to ask, and where.
    pub questions: Vec<(UdpQuestion, u16)>,
    /// How long to wait for answers; a question is sent again at half of it.
    pub patience: Duration,
}

impl Check for UdpCheck {
    fn id(&self) -> ProbeId {
        ProbeId::Udp
    }

    fn limit(&self) -> Duration {
        self.patience + Duration::from_millis(200)
    }

    fn look(self: Box<Self>, report: Reporter) -> BoxFuture<'static, Ending> {
        self.ask_all(report).boxed()
    }
}

/// What can be meant where TCP leads nowhere.
pub(super) fn all_questions(port: u16) -> Vec<(UdpQuestion, u16)> {
    let mut questions = vec![
        (UdpQuestion::Dtls, port),
        (UdpQuestion::OpenVpn, OPENVPN_PORT),
        (UdpQuestion::Ike, IKE_PORT),
        (UdpQuestion::Ike, IKE_NAT_PORT),
    ];
    if port != OPENVPN_PORT {
        questions.push((UdpQuestion::OpenVpn, port));
    }
    questions
}

/// What a product that answers over TCP is to be asked over UDP.
pub(super) fn questions_for(uses: &[UdpUse], port: u16) -> Vec<(UdpQuestion, u16)> {
    uses.iter()
        .map(|used| (used.question, used.port.unwrap_or(port)))
        .collect()
}

/// How long to wait beside a gateway that answers over TCP within `round_trip`. Where it does not answer UDP before a
/// sign-in, only a filter's word can come, and that comes within one round trip; a busy device takes a little longer.
pub(super) fn patience(uses: &[UdpUse], round_trip: Duration, pace: &Pace) -> Duration {
    let answers = uses.iter().any(|used| used.answers);
    let wait = if answers {
        round_trip * 4 + Duration::from_millis(200)
    } else {
        round_trip * 3 / 2 + Duration::from_millis(20)
    };
    wait.min(pace.aside.mul_f64(0.9))
}

impl UdpCheck {
    async fn ask_all(self, report: Reporter) -> Ending {
        let mut seen = UdpEvidence::default();
        let mut asked: FuturesUnordered<_> = self
            .questions
            .iter()
            .map(|(question, port)| {
                ask(
                    *question,
                    SocketAddr::new(self.address, *port),
                    self.patience,
                )
            })
            .collect();
        while let Some(attempt) = asked.next().await {
            tell(&report, &attempt);
            seen.attempts.push(attempt);
            report.observe(Observation::Udp(seen.clone()));
        }
        ending(&seen)
    }
}

fn ending(seen: &UdpEvidence) -> Ending {
    let any = |wanted: fn(&UdpOutcome) -> bool| {
        seen.attempts.iter().any(|attempt| wanted(&attempt.outcome))
    };
    let closed = |attempt: &UdpAttempt| attempt.outcome == UdpOutcome::PortClosed;
    if any(|o| *o == UdpOutcome::Answered) || seen.attempts.iter().all(closed) {
        // A host that says that nobody listens is reached all the same.
        Ending::Pass
    } else if any(|o| matches!(o, UdpOutcome::Prohibited { .. })) {
        Ending::Warn
    } else {
        Ending::Unknown(Why::because(
            WhyCode::Failed,
            Msg::new("probe.udp.proves-nothing"),
        ))
    }
}

async fn ask(question: UdpQuestion, addr: SocketAddr, patience: Duration) -> UdpAttempt {
    let began = Instant::now();
    let asked = tokio::time::timeout(patience, exchange(question, addr, patience / 2)).await;
    UdpAttempt {
        addr,
        question,
        outcome: match asked {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => UdpOutcome::NotSent,
            Err(_) => UdpOutcome::Silent,
        },
        took_us: microseconds(began.elapsed()),
    }
}

async fn exchange(
    question: UdpQuestion,
    addr: SocketAddr,
    interval: Duration,
) -> io::Result<UdpOutcome> {
    let socket = socket(addr, None).await?;
    let packet = Packet::new(question, addr.port())?;
    socket.send(&packet.bytes).await?;
    let mut again = false;
    loop {
        if again {
            // An error here is the echo of a message that is heard below.
            let _ = socket.send(&packet.bytes).await;
        }
        again = true;
        let Ok(heard) = tokio::time::timeout(interval, hear(&socket)).await else {
            continue;
        };
        return Ok(match heard {
            Heard::Datagram(answer) if packet.is_answered_by(&answer) => UdpOutcome::Answered,
            Heard::Datagram(_) => UdpOutcome::OtherAnswer,
            // Somebody else in the host's place, who closes a port that is not his.
            Heard::Icmp(Some(from), IcmpWord::PortClosed) if from != addr.ip() => {
                UdpOutcome::Prohibited { from: Some(from) }
            }
            Heard::Icmp(_, IcmpWord::PortClosed) => UdpOutcome::PortClosed,
            Heard::Icmp(from, IcmpWord::Prohibited) => UdpOutcome::Prohibited { from },
            Heard::Icmp(from, IcmpWord::Unreachable) => UdpOutcome::Unreachable { from },
            Heard::Icmp(..) => UdpOutcome::Silent,
        });
    }
}

/// A question as it goes out, and what its answer must carry.
struct Packet {
    question: UdpQuestion,
    bytes: Vec<u8>,
    /// What the asker chose, and an answer repeats: IKE's SPI, OpenVPN's session id.
    token: [u8; 8],
    /// Whether IKE's four zero bytes go first.
    marked: bool,
}

impl Packet {
    fn new(question: UdpQuestion, port: u16) -> io::Result<Self> {
        let token = random::<8>()?;
        let marked = question == UdpQuestion::Ike && port != IKE_PORT;
        let bytes = match question {
            UdpQuestion::Dtls => dtls_client_hello(&random::<32>()?),
            UdpQuestion::Ike => {
                let mut bytes = vec![0; if marked { 4 } else { 0 }];
                bytes.extend(ike_sa_init(&token, &random::<256>()?, &random::<32>()?));
                bytes
            }
            UdpQuestion::OpenVpn => openvpn_hard_reset(&token),
        };
        Ok(Self {
            question,
            bytes,
            token,
            marked,
        })
    }

    fn is_answered_by(&self, answer: &[u8]) -> bool {
        match self.question {
            // A handshake record or an alert of any version of DTLS.
            UdpQuestion::Dtls => matches!(answer, [0x15 | 0x16, 0xfe, ..]) && answer.len() > 13,
            UdpQuestion::Ike => {
                let message = match answer {
                    [0, 0, 0, 0, rest @ ..] if self.marked => rest,
                    whole => whole,
                };
                message.len() >= 28 && message.starts_with(&self.token)
            }
            // P_CONTROL_HARD_RESET_SERVER_V2 that acknowledges our session.
            UdpQuestion::OpenVpn => {
                answer.first().is_some_and(|first| first >> 3 == 8)
                    && answer.len() >= 26
                    && answer.windows(8).any(|window| window == self.token)
            }
        }
    }
}

/// Whether this is an answer to a question with a known token: never to its own echo.
#[cfg(fuzzing)]
pub(super) fn fuzz(answer: &[u8]) {
    for question in [UdpQuestion::Dtls, UdpQuestion::Ike, UdpQuestion::OpenVpn] {
        for marked in [false, true] {
            let packet = Packet {
                question,
                bytes: Vec::new(),
                token: [7; 8],
                marked,
            };
            assert!(!packet.is_answered_by(answer) || answer.len() > 13);
        }
    }
}

fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| io::Error::other("no random numbers"))?;
    Ok(bytes)
}

/// A ClientHello of DTLS 1.2 in one record (RFC 6347 section 4.2.1, RFC 5246 section 7.4.1.2), without a cookie.
fn dtls_client_hello(random: &[u8; 32]) -> Vec<u8> {
    const SUITES: [u16; 8] = [
        0xc02b, 0xc02f, 0xc02c, 0xc030, 0x009c, 0x009d, 0x002f, 0x0035,
    ];
    let mut body = vec![0xfe, 0xfd];
    body.extend(random);
    // No session id, no cookie.
    body.extend([0, 0]);
    body.extend(sized(&SUITES.map(u16::to_be_bytes).concat()));
    body.extend([1, 0]);
    let extension = |kind: u16, content: &[u8]| {
        let mut bytes = kind.to_be_bytes().to_vec();
        bytes.extend(sized(content));
        bytes
    };
    let groups = sized(&[0, 29, 0, 23, 0, 24]);
    let signatures = sized(&[4, 3, 5, 3, 8, 4, 8, 5, 4, 1, 5, 1]);
    let extensions = [
        extension(10, &groups),
        extension(11, &[1, 0]),
        extension(13, &signatures),
        extension(0xff01, &[0]),
    ]
    .concat();
    body.extend(sized(&extensions));
    let length = u32::try_from(body.len()).unwrap_or_default().to_be_bytes();
    let length = &length[1..];
    // Message sequence 0, one fragment from 0 to the end.
    let message = [&[1], length, &[0, 0, 0, 0, 0], length, &body].concat();
    let mut record = vec![22, 0xfe, 0xff];
    // Epoch 0, sequence number 0.
    record.extend([0; 8]);
    record.extend(sized(&message));
    record
}

/// The bytes with their number before them.
fn sized(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    let mut sized = length.to_be_bytes().to_vec();
    sized.extend_from_slice(bytes);
    sized
}

/// IKE_SA_INIT with one proposal (RFC 7296 sections 3.1, 3.3, 3.4, 3.9): AES-CBC-256, HMAC-SHA2-256, group 14.
fn ike_sa_init(spi: &[u8; 8], public: &[u8; 256], nonce: &[u8; 32]) -> Vec<u8> {
    let transform = |more: u8, kind: u8, id: u8, attribute: &[u8]| {
        let length = u8::try_from(8 + attribute.len()).unwrap_or(8);
        [&[more, 0, 0, length, kind, 0, 0, id], attribute].concat()
    };
    let transforms = [
        // ENCR_AES_CBC with a key of 256 bits.
        transform(3, 1, 12, &[0x80, 0x0e, 1, 0]),
        transform(3, 2, 5, &[]),
        transform(3, 3, 12, &[]),
        transform(0, 4, 14, &[]),
    ]
    .concat();
    let payload = |next: u8, content: &[u8]| {
        let length = u16::try_from(4 + content.len()).unwrap_or(u16::MAX);
        [&[next, 0], &length.to_be_bytes()[..], content].concat()
    };
    // The last and only proposal, number 1, for IKE, without an SPI, of four transforms.
    let proposal_length = u16::try_from(8 + transforms.len()).unwrap_or(u16::MAX);
    let proposal = [
        &[0, 0],
        &proposal_length.to_be_bytes()[..],
        &[1, 1, 0, 4],
        &transforms,
    ]
    .concat();
    // Any number below the group's prime can be a public value: its first bit is 0, the prime's is 1.
    let mut value = *public;
    value[0] &= 0x7f;
    let payloads = [
        payload(34, &proposal),
        payload(40, &[&[0, 14, 0, 0], &value[..]].concat()),
        payload(0, nonce),
    ]
    .concat();
    let total = u32::try_from(28 + payloads.len()).unwrap_or(u32::MAX);
    [
        spi,
        &[0; 8][..],
        &[33, 0x20, 34, 0x08, 0, 0, 0, 0],
        &total.to_be_bytes(),
        &payloads,
    ]
    .concat()
}

/// P_CONTROL_HARD_RESET_CLIENT_V2: opcode 7 and key 0, session id, no acknowledgement, packet 0 (OpenVPN's
/// `ssl_pkt.h`).
fn openvpn_hard_reset(session: &[u8; 8]) -> Vec<u8> {
    [&[7 << 3], &session[..], &[0, 0, 0, 0, 0]].concat()
}

fn tell(report: &Reporter, attempt: &UdpAttempt) {
    let (tone, text) = match &attempt.outcome {
        UdpOutcome::Answered => (ProbeOutcome::Pass, Msg::new("probe.udp.answered")),
        UdpOutcome::OtherAnswer => (ProbeOutcome::Running, Msg::new("probe.udp.other-answer")),
        UdpOutcome::PortClosed => (ProbeOutcome::Running, Msg::new("probe.udp.closed")),
        UdpOutcome::Prohibited { from: Some(from) } => (
            ProbeOutcome::Warn,
            Msg::new("probe.udp.prohibited-by").with("router", from),
        ),
        UdpOutcome::Prohibited { from: None } => {
            (ProbeOutcome::Warn, Msg::new("probe.udp.prohibited"))
        }
        UdpOutcome::Unreachable { .. } => (ProbeOutcome::Warn, Msg::new("probe.udp.unreachable")),
        UdpOutcome::Silent => (ProbeOutcome::Unknown, Msg::new("probe.udp.silent")),
        UdpOutcome::NotSent => (ProbeOutcome::Unknown, Msg::new("probe.udp.not-sent")),
    };
    report.timed(
        tone,
        text.with("addr", attempt.addr)
            .with("protocol", attempt.question.name()),
        Duration::from_micros(attempt.took_us),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(question: UdpQuestion, port: u16) -> Packet {
        Packet::new(question, port).expect("random numbers")
    }

    #[test]
    fn lengths_inside_the_questions_agree_with_what_is_there() {
        let hello = dtls_client_hello(&[7; 32]);
        let number = |from: usize, count: usize| {
            hello[from..from + count]
                .iter()
                .fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte))
        };
        assert_eq!(number(11, 2), hello.len() - 13, "the record");
        assert_eq!(number(14, 3), hello.len() - 25, "the message");
        assert_eq!(number(22, 3), hello.len() - 25, "the fragment");
        assert_eq!(hello[59], 0);
        assert_eq!(hello[60], 0);
        let ike = ike_sa_init(&[1; 8], &[255; 256], &[3; 32]);
        assert_eq!(
            u32::from_be_bytes(ike[24..28].try_into().expect("four")),
            u32::try_from(ike.len()).expect("fits")
        );
        // Payload after payload to the very end.
        let mut at = 28;
        let mut kinds = vec![ike[16]];
        while at < ike.len() {
            kinds.push(ike[at]);
            at += usize::from(u16::from_be_bytes([ike[at + 2], ike[at + 3]]));
        }
        assert_eq!(at, ike.len());
        assert_eq!(kinds, [33, 34, 40, 0]);
        assert_eq!(openvpn_hard_reset(&[9; 8]).len(), 14);
    }

    #[test]
    fn only_the_answer_to_this_question_counts() {
        let openvpn = packet(UdpQuestion::OpenVpn, 1194);
        let mut answer = vec![0x40];
        answer.extend([5; 8]);
        answer.extend([1, 0, 0, 0, 0]);
        answer.extend(openvpn.token);
        answer.extend([0; 4]);
        assert!(openvpn.is_answered_by(&answer));
        assert!(!openvpn.is_answered_by(&openvpn.bytes), "an echo");
        assert!(!packet(UdpQuestion::OpenVpn, 1194).is_answered_by(&answer));
        let ike = packet(UdpQuestion::Ike, 4500);
        let mut answer = vec![0; 4];
        answer.extend(ike.token);
        answer.extend([0; 40]);
        assert!(ike.is_answered_by(&answer));
        assert!(!ike.is_answered_by(&[0; 60]));
        let dtls = packet(UdpQuestion::Dtls, 443);
        let verify = [&[22, 0xfe, 0xff][..], &[0; 45]].concat();
        assert!(dtls.is_answered_by(&verify));
        assert!(!dtls.is_answered_by(&[22, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
        assert!(!dtls.is_answered_by(&[]));
    }

    #[test]
    fn a_gateway_that_cannot_answer_is_not_waited_for() {
        let used = |answers| UdpUse {
            question: UdpQuestion::Dtls,
            port: None,
            answers,
        };
        let pace = Pace::default();
        let near = Duration::from_millis(1);
        assert!(patience(&[used(false)], near, &pace) < Duration::from_millis(30));
        assert!(patience(&[used(true)], near, &pace) > Duration::from_millis(100));
        let far = Duration::from_secs(3);
        assert!(patience(&[used(true)], far, &pace) <= pace.aside);
    }
}
