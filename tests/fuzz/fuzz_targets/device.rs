//! What a device's own programs and files answer, on all three systems: read without a panic, and bounded.
//!
//! Input: one byte that chooses the system, then answers, each ended by 0xff: a key (the command line or the path, `*` at
//! its end for whatever follows), a zero byte, what it says. 0xfe after the zero byte: the command failed.

#![no_main]

use std::collections::BTreeSet;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use vpnmedic::device::linux::Linux;
use vpnmedic::device::macos::Macos;
use vpnmedic::device::source::{Answer, Miss, Node, NodeKind, Source};
use vpnmedic::device::windows::Windows;
use vpnmedic::device::{Deadline, Device, proxy};
use vpnmedic::evidence::{Target, UnixTime};

/// Longer than any look takes.
const LIMIT: Duration = Duration::from_secs(60);

#[derive(Clone, Default)]
struct Told(Vec<(String, Vec<u8>)>);

impl Told {
    fn read(bytes: &[u8]) -> Self {
        let answers = bytes.split(|byte| *byte == 0xff).take(256);
        Self(
            answers
                .filter_map(|answer| {
                    let at = answer.iter().position(|byte| *byte == 0)?;
                    let key = String::from_utf8_lossy(&answer[..at]).into_owned();
                    Some((key, answer[at + 1..].to_vec()))
                })
                .collect(),
        )
    }

    fn find(&self, line: &str) -> Result<&[u8], Miss> {
        let exact = self.0.iter().find(|(key, _)| key == line);
        let begun = || {
            self.0.iter().find(|(key, _)| {
                let start = key.strip_suffix('*');
                start.is_some_and(|start| line.starts_with(start))
            })
        };
        let (_, said) = exact.or_else(begun).ok_or(Miss::Absent)?;
        Ok(said)
    }
}

impl Source for Told {
    fn file(&self, path: &str) -> Result<Vec<u8>, Miss> {
        self.find(path).map(<[u8]>::to_vec)
    }

    fn folder(&self, path: &str) -> Result<Vec<String>, Miss> {
        let names: BTreeSet<String> = self
            .0
            .iter()
            .filter_map(|(key, _)| {
                let below = key.strip_prefix(path)?.trim_start_matches(['/', '\\']);
                Some(below.split(['/', '\\']).next()?.to_owned())
            })
            .filter(|name| !name.is_empty())
            .collect();
        if names.is_empty() {
            Err(Miss::Absent)
        } else {
            Ok(names.into_iter().collect())
        }
    }

    fn link(&self, path: &str) -> Result<String, Miss> {
        let said = self.find(&format!("link {path}"))?;
        Ok(String::from_utf8_lossy(said).into_owned())
    }

    fn node(&self, path: &str) -> Result<Node, Miss> {
        let kind = if self.find(path).is_ok() {
            NodeKind::File
        } else if self.folder(path).is_ok() {
            NodeKind::Folder
        } else {
            return Err(Miss::Absent);
        };
        let changed = Some(UnixTime(1_795_349_000));
        Ok(Node { kind, changed })
    }

    fn run(&self, program: &str, arguments: &[&str], _: Deadline) -> Result<Answer, Miss> {
        let said = self.find(&[&[program], arguments].concat().join(" "))?;
        Ok(match said.strip_prefix(&[0xfe]) {
            Some(out) => Answer {
                code: Some(1),
                out: out.to_vec(),
            },
            None => Answer {
                code: Some(0),
                out: said.to_vec(),
            },
        })
    }

    fn variable(&self, name: &str) -> Option<String> {
        let said = self.find(&format!("variable {name}")).ok()?;
        Some(String::from_utf8_lossy(said).into_owned())
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, answers)) = bytes.split_first() else {
        return;
    };
    let told = Told::read(answers);
    match choice % 4 {
        0 => ask(&Linux::new(told)),
        1 => ask(&Windows::new(told)),
        2 => ask(&Macos::new(told)),
        _ => {
            let target = Target::parse("vpn.example.com").expect("a target");
            for (_, said) in &told.0 {
                proxy::fuzz(&String::from_utf8_lossy(said), &told, &target);
            }
        }
    }
});

/// Every group, one after the other: what breaks breaks here and not in a thread.
fn ask(device: &dyn Device) {
    let until = Deadline::after(LIMIT);
    let _ = (device.system(until), device.administrator(until));
    let _ = (device.clients(until), device.processes(until));
    let _ = (device.services(until), device.adapters(until));
    let _ = (device.tun(until), device.drivers(until));
    let _ = (device.extensions(until), device.tunnels(until));
    let _ = (device.security(until), device.time(until));
    let _ = (device.resolvers(until), device.trust(until));
}
