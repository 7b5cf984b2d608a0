//! No packet leaves a device that has no network, or whose person asked for none.

use std::path::Path;
use std::time::Duration;

use crate::case::skip;
use crate::screen::Screen;
use crate::silence::Device;
use crate::tools::{Outcome, Trouble, find, wait_until};
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
fn check_with_the_cable_drawn_finds_no_network_and_sends_nothing() {
    let name = "check_with_the_cable_drawn_finds_no_network_and_sends_nothing";
    staged(name, || {
        let device = Device::with_its_cable_drawn("drawn")?;
        let ran = device
            .run(Path::new(VPNMEDIC))?
            .args(["check", VPN, "--json", "--lang", "ja"])
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

/// The wizard with these arguments on that device.
fn wizard(device: &Device, args: &[&str]) -> Outcome<Screen> {
    let mut line = device.line(Path::new(VPNMEDIC))?;
    line.extend(args.iter().map(Into::into));
    Screen::start(&line)
}

#[test]
fn wizard_offline_shows_itself_and_sends_nothing() {
    staged("wizard_offline_shows_itself_and_sends_nothing", || {
        let device = Device::new("wizard-offline")?;
        let screen = wizard(&device, &[VPN, "--offline"])?;
        screen.wait_for("OFFLINE")?;
        screen.wait_for(VPN)?;
        let shown = screen.text();
        screen.leave()?;
        assert_eq!(device.sent()?, 0, "packets were sent\n{shown}");
        Ok(())
    });
}

#[test]
fn wizard_online_is_counted() {
    staged("wizard_online_is_counted", || {
        let device = Device::new("wizard-online")?;
        let screen = wizard(&device, &[VPN])?;
        screen.wait_for(VPN)?;
        wait_until("the first packet", Duration::from_secs(20), || {
            Ok(device.sent()? > 0)
        })?;
        screen.leave()
    });
}

#[test]
fn wizard_in_an_empty_namespace_sends_nothing() {
    staged("wizard_in_an_empty_namespace_sends_nothing", || {
        let device = Device::without_network("wizard-empty")?;
        let screen = wizard(&device, &[VPN])?;
        screen.wait_for(VPN)?;
        // The verdict stands: only then is it certain that no check is still to come.
        screen.wait_for("The checks are done")?;
        let shown = screen.text();
        screen.leave()?;
        assert_eq!(device.sent()?, 0, "packets were sent\n{shown}");
        Ok(())
    });
}
