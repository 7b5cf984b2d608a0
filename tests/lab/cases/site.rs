//! What a site's wizard.toml lets the checks contact, by the packets that leave.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::case::skip;
use crate::silence::Device;
use crate::tools::{Outcome, Trouble};

const VPNMEDIC: &str = env!("CARGO_BIN_EXE_vpnmedic");
/// A name as the internet has them: of an inner one a public server is never asked.
const NAME: &str = "vpn.example.com";

/// Checks the gateway where no resolver answers, with this line under `[site]`: the document, and how many packets went
/// to the public DNS server.
fn checked(role: &str, line: &str) -> Outcome<(serde_json::Value, u64)> {
    let device = Device::new(role)?;
    let folder = tempfile::tempdir()?;
    let wizard = folder.path().join("wizard.toml");
    let own = fs::read_to_string("wizard.toml")?;
    let with_line = own.replacen("[site]\n", &format!("[site]\n{line}\n"), 1);
    assert!(line.is_empty() || with_line != own, "the line is in force");
    fs::write(&wizard, with_line)?;
    let ran = device
        .run(Path::new(VPNMEDIC))?
        .args(["check", NAME, "--json", "--timeout", "8", "--wizard"])
        .arg(&wizard)
        .limit(Duration::from_secs(30))
        .end()?;
    let document = serde_json::from_str(&ran.stdout)
        .map_err(|e| Trouble::Broken(format!("{e}: {}{}", ran.stdout, ran.stderr)))?;
    Ok((document, device.sent_to_public_dns()?))
}

fn staged(name: &str, body: impl FnOnce() -> Outcome<()>) {
    match body() {
        Ok(()) => {}
        Err(Trouble::Missing(what)) => skip(name, &what),
        Err(Trouble::Broken(why)) => panic!("{name}: {why}"),
    }
}

#[test]
fn a_site_that_forbids_the_public_dns_server_has_it_left_alone() {
    let name = "a_site_that_forbids_the_public_dns_server_has_it_left_alone";
    staged(name, || {
        let (document, asked) = checked("forbidden", "contact = { public_dns = false }")?;
        assert_eq!(asked, 0, "it was asked\n{document}");
        assert_ne!(document["verdict"], "healthy", "{document}");
        Ok(())
    });
}

#[test]
fn the_public_dns_server_is_asked_where_nothing_forbids_it() {
    staged(
        "the_public_dns_server_is_asked_where_nothing_forbids_it",
        || {
            let (document, asked) = checked("allowed", "")?;
            assert!(
                asked > 0,
                "otherwise the counter proves nothing\n{document}"
            );
            Ok(())
        },
    );
}
