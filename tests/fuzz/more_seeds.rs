//! Seeds of the targets that read no certificates: what servers, devices, files and people say.
//!
//! Not here: chains and statements, which need keys.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;
use vpnmedic::chain::Stores;
use vpnmedic::evidence::{Target, UnixTime};
use vpnmedic::guide::{Lang, System};
use vpnmedic::practice::{Fault, Lesson};
use vpnmedic::session::SessionEvent;
use vpnmedic::session::journal::{Entry, Header, encode};

use crate::{Corpus, files};

/// A day in the fixtures' validity.
const NOW: UnixTime = UnixTime(1_795_349_000);

/// Writes all of them.
pub fn write(here: &Path) {
    let root = here.join("../..");
    wire(&Corpus::new(here, "wire"));
    dns(&Corpus::new(here, "dns"));
    http(&Corpus::new(here, "http"));
    profile(&root, &Corpus::new(here, "profile"));
    knowledge(&root, &Corpus::new(here, "knowledge"));
    device(&root, &Corpus::new(here, "device"));
    log(&root, &Corpus::new(here, "log"));
    typed(&Corpus::new(here, "typed"));
    let journals = journals();
    session(here, &journals);
    bundle(&Corpus::new(here, "bundle"), &journals);
}

/// A TLS record (RFC 8446 section 5.1).
fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[kind, 3, 3], &length[..], content].concat()
}

/// A handshake message (RFC 8446 section 4).
fn message(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&[kind], &length[1..], content].concat()
}

fn wire(corpus: &Corpus) {
    let hello = |version: [u8; 2], suite: [u8; 2], extensions: &[u8]| {
        let length = u16::try_from(extensions.len()).unwrap().to_be_bytes();
        let body = [
            &version[..],
            &[7; 32],
            &[0],
            &suite,
            &[0],
            &length,
            extensions,
        ];
        message(2, &body.concat())
    };
    let old = hello([3, 3], [0xc0, 0x2f], &[0xff, 1, 0, 1, 0]);
    let new = hello([3, 3], [0x13, 1], &[0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0, 29]);
    let list = message(11, &[0, 0, 6, 0, 0, 3, 0x30, 1, 0]);
    let curve = message(
        12,
        &[&[3, 0, 29, 4, 1, 2, 3, 4, 4, 1, 0, 2][..], &[9, 9]].concat(),
    );
    let dh = message(12, &[0, 2, 0xff, 0xfb, 0, 1, 2, 0, 2, 7, 7, 4, 1, 0, 1, 9]);
    let done = message(14, &[]);
    let flights = [
        record(22, &[&old[..], &list, &curve, &done].concat()),
        [record(22, &old), record(22, &list), record(22, &done)].concat(),
        record(
            22,
            &[&hello([3, 1], [0, 0x39], &[])[..], &list, &dh, &done].concat(),
        ),
        record(22, &new),
        record(21, &[2, 40]),
        record(21, &[1, 112]),
        b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
        b"SSH-2.0-OpenSSH_9.9\r\n".to_vec(),
        vec![3, 0, 0, 0x13, 0x0e, 0xd0, 0, 0],
    ];
    for flight in &flights {
        for piece in [0_u8, 4, 40] {
            corpus.add(&[&[piece], flight.as_slice()].concat());
        }
    }
    let control = |opcode: u8, acknowledged: &[u32], number: Option<u32>, payload: &[u8]| {
        let mut packet = vec![opcode << 3];
        packet.extend([9; 8]);
        packet.push(u8::try_from(acknowledged.len()).unwrap());
        packet.extend(acknowledged.iter().flat_map(|n| n.to_be_bytes()));
        if !acknowledged.is_empty() {
            packet.extend([0; 8]);
        }
        packet.extend(number.iter().flat_map(|n| n.to_be_bytes()));
        packet.extend(payload);
        let length = u16::try_from(packet.len()).unwrap().to_be_bytes();
        [&length[..], &packet].concat()
    };
    let greeting = control(8, &[0], Some(0), b"");
    let talk = [
        greeting.clone(),
        control(4, &[], Some(2), b"second"),
        control(4, &[1], Some(1), &flights[0]),
        control(5, &[1, 2], None, b""),
    ];
    corpus.add(&[&[1], greeting.as_slice()].concat());
    corpus.add(&[&[1], talk.concat().as_slice()].concat());
    corpus.add(&[&[2, 22, 0xfe, 0xff][..], &[0; 45]].concat());
    corpus.add(&[&[2][..], &[0; 4], &[7; 8], &[0; 40]].concat());
    corpus.add(&[&[2, 0x40][..], &[5; 8], &[1, 0, 0, 0, 0], &[7; 8], &[0; 4]].concat());
    for head in [
        "HTTP/1.1 200 Connection established\r\n\r\n",
        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\nProxy-Authenticate: NTLM\r\n\r\n",
        "HTTP/1.0 403 Forbidden\r\nVia: 1.1 squid\r\n\r\n<html>",
    ] {
        corpus.add(&[&[3], head.as_bytes()].concat());
    }
}

fn dns(corpus: &Corpus) {
    let name = b"\x03vpn\x07example\x03com\x00";
    let answer = |rcode: u8, records: &[Vec<u8>]| {
        let count = u8::try_from(records.len()).unwrap();
        let head = [0, 7, 0x81, 0x80 | rcode, 0, 1, 0, count, 0, 0, 0, 0];
        let question = [&name[..], &[0, 1, 0, 1]].concat();
        [&[0][..], &head, &question, &records.concat()].concat()
    };
    let data = |kind: u8, data: &[u8]| {
        let length = u8::try_from(data.len()).unwrap();
        [&[0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 60, 0, length], data].concat()
    };
    corpus.add(&answer(0, &[data(1, &[192, 0, 2, 1])]));
    corpus.add(&answer(
        0,
        &[data(28, &[0x20; 16]), data(1, &[192, 0, 2, 1])],
    ));
    corpus.add(&answer(0, &[data(5, &[0xc0, 12])]));
    corpus.add(&answer(
        0,
        &[
            data(5, &[3, b'g', b'w', b'2', 0xc0, 16]),
            data(1, &[10, 0, 0, 1]),
        ],
    ));
    for rcode in [2, 3, 5] {
        corpus.add(&answer(rcode, &[]));
    }
    for file in [
        "nameserver 192.0.2.53\nnameserver 2001:db8::53\nsearch example.com corp.example.com\noptions ndots:2 timeout:1\n",
        "# made by a program\ndomain example.com\nnameserver fe80::1%eth0\nsortlist 10.0.0.0/8\n",
        "127.0.0.1 localhost\n192.0.2.7\tvpn.example.com vpn # old\n\u{feff}::1 vpn.example.com.\n",
    ] {
        corpus.add(&[&[1], file.as_bytes()].concat());
    }
}

fn http(corpus: &Corpus) {
    for sent in [
        "HTTP/1.1 200 OK\r\nServer: Apache\r\nX-CSTP-Version: 1\r\nDate: Sun, 22 Nov 2026 12:03:20 GMT\r\nContent-Length: 37\r\n\r\n<html><title> A\n page </title></html>",
        "HTTP/1.1 302 Found\r\nLocation: https://gw2.example.com:8443/in\r\nSet-Cookie: SVPNCOOKIE=; path=/\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;x=y\r\nyou\r\n0\r\nTrailer: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n<meta http-equiv=\"refresh\" content=\"0; URL=https://[2001:db8::7]:444/x\">",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 503 Service Unavailable\r\nRetry-After: 1\r\n\r\n",
        "HTTP/1.1 200 \r\nContent-Encoding: gzip\r\nServer: xxxxxxxx-xxxxx\r\n\r\n/remote/login fgt_lang",
    ] {
        for size in [0, 4, 255] {
            corpus.add(&[&[size], sent.as_bytes()].concat());
        }
    }
}

fn profile(root: &Path, corpus: &Corpus) {
    for path in files(&root.join("tests/profiles")) {
        let file = fs::read(path).unwrap();
        for format in 0..9 {
            corpus.add(&[&[format], file.as_slice()].concat());
        }
        corpus.add(&[&[0], crate::wide(&file).as_slice()].concat());
    }
}

fn knowledge(root: &Path, corpus: &Corpus) {
    let add = |kind: u8, path: &str| {
        corpus.add(&[&[kind], fs::read(root.join(path)).unwrap().as_slice()].concat());
    };
    add(0, "tests/screens/wizard.toml");
    add(0, "wizard.toml");
    add(1, "assets/causes/captive-portal.toml");
    add(3, "assets/causes/cert-expired-leaf.toml");
    add(4, "assets/ui/probe.toml");
    add(5, "assets/advisories.toml");
    add(6, "assets/clients.toml");
    add(8, "assets/gateways.toml");
    // The catalogue is long; its beginning says as much.
    let messages = fs::read_to_string(root.join("assets/errors.toml")).unwrap();
    for (kind, tables) in [(2, 4), (7, 12)] {
        let parts: Vec<&str> = messages.split("[[message]]").take(tables).collect();
        corpus.add(&[&[kind], parts.join("[[message]]").as_bytes()].concat());
    }
    corpus.add(
        b"\x01id = \"own-cause\"\ncode = \"S01\"\ntitle = { en = \"A\", ja = \"B\" }\nowner = [\"helpdesk\"]\n",
    );
    corpus.add(b"\x02[[message]]\nid = \"own\"\ntext = \"No \\\"{name}\\\" here\"\ncauses = [\"captive-portal\"]\n");
}

/// The samples of the device tests, as answers one after the other.
fn device(root: &Path, corpus: &Corpus) {
    for (choice, system) in [(0, "linux"), (1, "windows"), (2, "macos")] {
        for sample in fs::read_dir(root.join("tests/device").join(system)).unwrap() {
            let sample = sample.unwrap().path();
            let header = fs::read_to_string(sample.join("header.toml")).unwrap();
            let mut answers: BTreeMap<String, Vec<u8>> = BTreeMap::new();
            let commands = header.lines().skip_while(|line| *line != "[commands]");
            for line in commands.filter(|line| line.starts_with('"')) {
                let Some((key, told)) = line.split_once("\" = {") else {
                    continue;
                };
                let file = told.split("file = \"").nth(1);
                let file = file.and_then(|rest| rest.split('"').next());
                let said = file.map_or(Vec::new(), |file| fs::read(sample.join(file)).unwrap());
                answers.insert(key[1..].replace("\\\\", "\\"), said);
            }
            let tree = sample.join("root");
            let mut open = vec![tree.clone()];
            while let Some(folder) = open.pop() {
                for entry in fs::read_dir(&folder).into_iter().flatten() {
                    let path = entry.unwrap().path();
                    if path.is_dir() {
                        open.push(path);
                    } else if let Ok(content) = fs::read(&path) {
                        let below = path.strip_prefix(&tree).unwrap();
                        answers.insert(format!("/{}", below.display()), content);
                    }
                }
            }
            let mut seed = vec![choice];
            for (key, said) in &answers {
                let said = said.iter().filter(|byte| **byte != 0xff).copied();
                seed.extend(key.as_bytes());
                seed.push(0);
                seed.extend(said.take(6000));
                seed.push(0xff);
                // Each alone as well: short inputs are changed more thoroughly.
                let mut alone = vec![choice];
                alone.extend(key.as_bytes());
                alone.push(0);
                alone.extend(answers[key].iter().filter(|byte| **byte != 0xff));
                corpus.add(&alone);
            }
            corpus.add(&seed);
        }
    }
    let gnome = "[system/proxy]\nmode='manual'\nignore-hosts=['localhost', '10.0.0.0/8', '*.example.com']\n[system/proxy/https]\nhost='proxy.example.com'\nport=3128\n";
    let kde = "[Proxy Settings]\nProxyType=1\nhttpsProxy=http://proxy.example.com 8080\nNoProxyFor=.example.com,10.0.0.1\n";
    let macos = "<dictionary> {\n  ExceptionsList : <array> {\n    0 : *.local\n    1 : 169.254/16\n  }\n  HTTPSEnable : 1\n  HTTPSPort : 8080\n  HTTPSProxy : proxy.example.com\n}\n";
    let environment = "export HTTPS_PROXY=\"http://u:p@proxy.example.com:3128\"\nno_proxy=example.com,[2001:db8::]/32,:443\n";
    let registry = "\r\nHKEY_CURRENT_USER\\Software\r\n    ProxyEnable    REG_DWORD    0x1\r\n    ProxyServer    REG_SZ    https=proxy:8080;socks=s:1080\r\n    WinHttpSettings    REG_BINARY    2800000000000000030000000A000000\r\n";
    for (key, said) in [
        ("gnome", gnome),
        ("kde", kde),
        ("macos", macos),
        ("environment", environment),
        ("reg query *", registry),
    ] {
        corpus.add(format!("\u{3}{key}\0{said}").as_bytes());
    }
}

fn log(root: &Path, corpus: &Corpus) {
    let line = |when: &str, text: &str| format!("{when} vpnagent[812]: {text}\r\n");
    let catalogue = fs::read_to_string(root.join("assets/errors.toml")).unwrap();
    let texts = catalogue
        .lines()
        .filter_map(|line| line.strip_prefix("match = \"")?.strip_suffix('"'));
    let whens = [
        "Nov 22 12:03:20",
        "2026-11-22T12:03:20.104+09:00",
        "2026-11-22 12:03:20,104",
        "11/22/2026 12:03:20 PM",
        "[20261122 12:03:20.1040]",
        "Sun Nov 22 12:03:20 2026",
        "1795349000.104",
    ];
    let mut all = String::new();
    for (number, text) in texts.enumerate() {
        let line = line(whens[number % whens.len()], text);
        if number % 12 == 0 {
            for choice in [0, 1, 3] {
                corpus.add(&[&[choice], line.as_bytes()].concat());
            }
            corpus.add(&[&[0], crate::wide(line.as_bytes()).as_slice()].concat());
        }
        if all.len() < 6000 {
            all += &line;
        }
    }
    for choice in [0, 1, 0xfe, 3] {
        corpus.add(&[&[choice], all.as_bytes()].concat());
    }
    corpus.add(b"\x00\x8f\xd8\x96\xbe\x8f\x91\x82\xaa\x97L\x8c\xf8\x82\xc5\x82\xcd\x82\xa0\x82\xe8\x82\xdc\x82\xb9\x82\xf1\r\n");
    corpus.add(b"\x03password=hunter2 Cookie: webvpn=ABCDEF0123456789; user:pass@host -----BEGIN PRIVATE KEY-----");
}

fn typed(corpus: &Corpus) {
    for typed in [
        "vpn.example.com",
        "vpn.example.com:10443",
        "[2001:db8::1]:443",
        "2001:db8::1",
        "https://user@vpn.example.com/+CSCOE+/logon.html?x#y",
        "\u{ff56}\u{ff50}\u{ff4e}\u{3002}\u{4f8b}\u{3048}.jp\u{ff1a}443",
        "xn--r8jz45g.jp.",
        "\u{202e}moc.elpmaxe",
        "10.0.0.0/8 192.168.1.0/24 2001:db8::/32 172.16.0.1",
        "/certificate expired",
        "/\u{8a3c}\u{660e}\u{66f8} \u{671f}\u{9650}",
        "<\"'vpn.example.com'\">",
        "0x7f.1 1.2.3 999.1.1.1 a..b -a.b a_b.example",
        "a. b? \u{3002}c",
    ] {
        corpus.add(typed.as_bytes());
    }
}

/// Sessions of the checks against practice gateways, as entries.
fn journals() -> Vec<Vec<Entry>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let faults = [
        "missing-intermediate",
        "hostname-mismatch",
        "cert-expired-leaf",
    ];
    let mut journals = vec![by_hand()];
    for id in faults {
        let Some(fault) = Fault::parse(id) else {
            continue;
        };
        journals.push(runtime.block_on(async {
            let lesson = Lesson::begin(fault).unwrap();
            let (sender, mut seen) = mpsc::unbounded_channel();
            let target = lesson.target.clone();
            let mut entries = vec![Entry::Did(SessionEvent::TargetSet {
                target: target.clone(),
                at: NOW,
            })];
            let options = lesson.options(Duration::from_secs(20));
            let stores = Arc::new(Stores::default());
            let run = tokio::spawn(vpnmedic::probe::run(target, options, stores, sender));
            while let Some(event) = seen.recv().await {
                entries.push(Entry::Did(SessionEvent::Probe(event)));
            }
            run.await.unwrap();
            entries
        }));
    }
    journals
}

/// What a person does, without any check.
fn by_hand() -> Vec<Entry> {
    let target = Target::parse("vpn.example.com:10443").unwrap();
    let events = [
        json!({"did": {"target-set": {"target": target, "at": NOW}}}),
        json!({"did": "target-skipped"}),
        json!({"did": {"symptom-chosen": {"id": "certificate"}}}),
        json!({"did": {"error-text-given": {"text": "unable to get local issuer certificate"}}}),
        json!({"did": {"answered": {"node": "a", "choice": {"answer": "yes"}}}}),
        json!({"did": "went-back"}),
        json!({"did": {"jumped": {"node": "a"}}}),
        json!({"did": {"opened": {"steps": "missing-intermediate"}}}),
        json!({"did": {"opened": "target"}}),
        json!({"did": {"step-marked": {"code": "C04-W1", "mark": "done"}}}),
        json!({"did": {"step-noted": {"code": "C04-W1", "note": "by phone"}}}),
        json!({"did": {"step-undone": {"code": "C04-W1"}}}),
        json!({"did": {"rechecked": {"at": NOW, "found": ["missing-intermediate"]}}}),
        json!({"did": {"system-chosen": "macos"}}),
        json!({"did": {"language-chosen": "en"}}),
        json!({"did": {"concluded": {"verdict": "problem", "causes": [["captive-portal", "likely"]], "gone": []}}}),
        json!({"left-out": {"bytes": 9_000_000}}),
        json!({"resumed": {"tool": "vpnmedic 0.1.0"}}),
        json!("ended"),
    ];
    let read = |value: &Value| serde_json::from_value(value.clone()).ok();
    events.iter().filter_map(read).collect()
}

fn session(here: &Path, journals: &[Vec<Entry>]) {
    let corpus = Corpus::new(here, "session");
    for entries in journals {
        let whole = file(entries);
        corpus.add(&[&[0], whole.as_slice()].concat());
        corpus.add(&[&[2], &whole[..whole.len() * 3 / 4]].concat());
        for (number, choice) in [3_u8, 7, 11, 15].into_iter().enumerate() {
            let lines: Vec<String> = entries
                .iter()
                .map(|entry| serde_json::to_string(entry).unwrap())
                .collect();
            corpus.add(&[&[choice], lines.join("\n").as_bytes()].concat());
            for line in lines.iter().skip(number).step_by(4) {
                // After the target, so that there is evidence to take it in.
                corpus.add(&[&[choice], lines[0].as_bytes(), b"\n", line.as_bytes()].concat());
            }
        }
    }
}

fn file(entries: &[Entry]) -> Vec<u8> {
    let first = Entry::Began(Header::new(Lang::En, System::Linux));
    let numbered = (0..).zip([first].into_iter().chain(entries.iter().cloned()));
    numbered
        .flat_map(|(n, entry)| encode(n, NOW, &entry).unwrap())
        .collect()
}

fn bundle(corpus: &Corpus, journals: &[Vec<Entry>]) {
    for entries in journals {
        let events = file(&entries[..entries.len().min(12)]);
        for level in ["none", "names", "strict"] {
            let manifest = json!({"format": 1, "tool": "vpnmedic 0.1.0", "redaction": level, "began": NOW, "last": NOW});
            let conclusions = json!([{"after": 3, "verdict": "problem", "causes": [], "ruled_out": ["captive-portal"], "unknown": []}]);
            let parts = [
                manifest.to_string().into_bytes(),
                events.clone(),
                conclusions.to_string().into_bytes(),
            ];
            corpus.add(&[&[2], parts.join(&0).as_slice()].concat());
        }
    }
    corpus.add(
        b"\x00\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00",
    );
    corpus.add(&[1; 1100]);
}
