//! No packet leaves a device that has no network, or whose person asked for none.

use std::path::Path;
use std::time::Duration;

use crate::case::skip;
use crate::silence::Device;
use crate::tools::{Outcome, Trouble, find};
use crate::verdict::{Expect, complaints};
use crate::world::VPN;

const VPNMEDIC: &str = env!("CARGO_BIN_EXE_vpnmedic");

/// Runs a test's body; skips it where this machine cannot stage it.
fn staged(name: &str, body: impl FnOnce() -> Outcome<()>) {
    match body() {
        Ok(()) => {}
        Err(Trouble::Missing(what)) => skip(name, &what),
        Err(Trouble::Broken(why)) => panic!("{name}: {why}"),
    }
}

#[test]
fn counter_sees_what_other_programs_send() {
    staged("counter_sees_what_other_programs_send", || {
        let device = Device::new("counted")?;
        assert_eq!(device.sent()?, 0, "nothing runs yet");
        let asked = device
            .run(&find("curl")?)?
            .args(["--silent", "--max-time", "1", &format!("https://{VPN}/")])
            .end()?;
        assert!(!asked.status.success(), "nobody can answer there");
        assert!(
            device.sent()? > 0,
            "a question to a resolver leaves the device"
        );
        Ok(())
    });
}

#[test]
fn check_in_an_empty_namespace_finds_no_network_and_sends_nothing() {
    let name = "check_in_an_empty_namespace_finds_no_network_and_sends_nothing";
    staged(name, || {
        let device = Device::without_network("empty")?;
        let ran = device
            .run(Path::new(VPNMEDIC))?
            .args(["check", VPN, "--json"])
            .limit(Duration::from_secs(30))
            .end()?;
        let document = serde_json::from_str(&ran.stdout);
        let document =
            document.map_err(|e| Trouble::Broken(format!("{e}: {}{}", ran.stdout, ran.stderr)))?;
        let found = complaints(&Expect::Top("no-network"), ran.status.code(), &document);
        assert!(found.is_empty(), "{}\n{}", found.join("\n"), ran.stdout);
        assert_eq!(device.sent()?, 0, "packets were sent\n{}", ran.stdout);
        Ok(())
    });
}

#[test]
fn check_offline_is_inconclusive_and_sends_nothing() {
    let name = "check_offline_is_inconclusive_and_sends_nothing";
    staged(name, || {
        let device = Device::new("offline")?;
        let ran = device
            .run(Path::new(VPNMEDIC))?
            .args(["check", VPN, "--json", "--offline"])
            .limit(Duration::from_secs(30))
            .end()?;
        let document: serde_json::Value = serde_json::from_str(&ran.stdout)
            .map_err(|e| Trouble::Broken(format!("{e}: {}{}", ran.stdout, ran.stderr)))?;
        assert_eq!(
            ran.status.code(),
            Some(3),
            "nothing was looked at\n{}",
            ran.stdout
        );
        assert_eq!(document["verdict"], "inconclusive", "{}", ran.stdout);
        assert_eq!(document["causes"], serde_json::json!([]), "{}", ran.stdout);
        assert_eq!(device.sent()?, 0, "packets were sent\n{}", ran.stdout);
        Ok(())
    });
}

#[test]
fn check_online_is_counted() {
    staged("check_online_is_counted", || {
        let device = Device::new("online")?;
        let ran = device
            .run(Path::new(VPNMEDIC))?
            .args(["check", VPN, "--json", "--timeout", "5"])
            .limit(Duration::from_secs(30))
            .end()?;
        assert!(
            device.sent()? > 0,
            "the same without --offline must ask the resolver\n{}{}",
            ran.stdout,
            ran.stderr
        );
        Ok(())
    });
}
