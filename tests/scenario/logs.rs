//! What logs say, in short words: `<days ago|-> <id of a message> [handed-in] [times=n]` a line. What a message points to
//! is the catalogue's.

use vpnmedic::evidence::{LogMessage, LogRead, LogsEvidence, UnixTime};
use vpnmedic::guide::messages;

const LOG: &str = "~/vpn.log";

pub fn logs(lines: &[String], now: UnixTime) -> LogsEvidence {
    let messages: Vec<LogMessage> = (1..).zip(lines).map(|(n, l)| message(n, l, now)).collect();
    LogsEvidence {
        read: vec![LogRead {
            log: LOG.to_owned(),
            bytes: 4096,
            known: messages.len(),
        }],
        messages,
    }
}

fn message(number: u64, line: &str, now: UnixTime) -> LogMessage {
    let words: Vec<&str> = line.split(' ').collect();
    let [age, id, rest @ ..] = words.as_slice() else {
        panic!("{line}")
    };
    let catalogue = messages::embedded();
    let known = catalogue.get(id).unwrap_or_else(|| panic!("{line}"));
    let at = (*age != "-").then(|| now.plus(-86_400 * age.parse::<i64>().unwrap()));
    let times = rest.iter().find_map(|word| word.strip_prefix("times="));
    LogMessage {
        message: known.id.clone(),
        log: LOG.to_owned(),
        line: number,
        count: times.map_or(1, |times| times.parse().unwrap()),
        at,
        when: at.map(|at| at.rfc3339()),
        text: known.text.clone(),
        causes: known.causes.clone(),
        undecided: known.undecided,
        handed_in: rest.contains(&"handed-in"),
    }
}
