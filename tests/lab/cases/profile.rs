//! Saved connections on real servers: the right authorities, those of somebody else, those that are over, and a name that
//! the certificate does not have. The witness is OpenVPN itself, with the same file.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::case::{Case, HEALTHY, skip};
use crate::certificates::{Chain, SOUND, Trusted};
use crate::servers::Gateway;
use crate::tools::{Outcome, Run, Trouble, find};
use crate::verdict::{Expect, complaints};
use crate::world::{NTP_HOST, PORTAL_CHECK, VPN, World};

/// Which authorities an OpenVPN profile has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Authorities {
    /// What the client trusts in this world.
    Trusted,
    /// The gateway's root as it was until it ended.
    Ended,
}

/// A file and what must be said of it.
#[derive(Clone, Copy, Debug)]
struct Saved {
    authorities: Authorities,
    udp: bool,
    /// What it says beside.
    more: &'static str,
    /// What OpenVPN's log has: `VERIFY OK: depth=0`, or why it refuses.
    openvpn_says: &'static str,
    expect: Expect,
}

const ASKED: Expect = Expect::HealthyBut(&["client-certificate-asked"]);

const RIGHT: Saved = Saved {
    authorities: Authorities::Trusted,
    udp: false,
    more: "",
    openvpn_says: "VERIFY OK: depth=0",
    expect: ASKED,
};

#[test]
fn profile_openvpn_tcp_with_the_right_ca_is_healthy() {
    openvpn("profile_tcp", SOUND, &RIGHT);
}

#[test]
fn profile_openvpn_udp_with_the_right_ca_and_name_is_healthy() {
    let saved = Saved {
        udp: true,
        more: "verify-x509-name vpn.lab.test name\nremote-cert-tls server\ntls-version-min 1.2\n",
        ..RIGHT
    };
    openvpn("profile_udp", SOUND, &saved);
}

#[test]
fn profile_openvpn_with_the_wrong_ca() {
    let chain = Chain {
        trusted: Trusted::Another,
        ..SOUND
    };
    let saved = Saved {
        openvpn_says: "VERIFY ERROR",
        expect: Expect::Top("profile-mismatch"),
        ..RIGHT
    };
    openvpn("profile_wrong", chain, &saved);
}

#[test]
fn profile_openvpn_udp_with_an_expired_ca() {
    let saved = Saved {
        authorities: Authorities::Ended,
        udp: true,
        openvpn_says: "error=certificate has expired",
        expect: Expect::Top("cert-expired-root"),
        ..RIGHT
    };
    openvpn("profile_ended", SOUND, &saved);
}

#[test]
fn profile_openvpn_that_expects_another_name() {
    let saved = Saved {
        more: "verify-x509-name gw-2.lab.test name\n",
        openvpn_says: "VERIFY X509NAME ERROR",
        expect: Expect::Top("profile-mismatch"),
        ..RIGHT
    };
    openvpn("profile_name", SOUND, &saved);
}

#[test]
fn profile_openvpn_over_tcp_where_the_server_listens_on_udp() {
    let case = Case {
        name: "profile_protocol",
        gateway: Some(Gateway::OpenVpnUdp),
        ..HEALTHY
    };
    carry_out(&case, |world| {
        let file = write(world, &RIGHT)?;
        ask(&case, world, &file, &Expect::Top("profile-mismatch"))
    });
}

#[test]
fn profile_anyconnect_with_the_name_of_the_certificate_is_healthy() {
    anyconnect("profile_cisco", SOUND, Expect::Healthy);
}

#[test]
fn profile_anyconnect_that_leads_to_another_name() {
    let chain = Chain {
        names: &["DNS:gw.lab.test"],
        ..SOUND
    };
    anyconnect("profile_cisco_name", chain, Expect::Top("profile-mismatch"));
}

#[test]
fn profile_anyconnect_whose_first_gateway_is_gone_and_whose_backup_answers() {
    let expect = Expect::Top("dns-nxdomain");
    with_backup(
        "profile_backup",
        ("gone.lab.test", VPN),
        expect,
        "backup-answers",
    );
}

#[test]
fn profile_anyconnect_whose_backup_would_not_take_over() {
    let expect = Expect::HealthyBut(&["backup-fails"]);
    with_backup(
        "profile_no_backup",
        (VPN, "gone.lab.test"),
        expect,
        "backup-fails",
    );
}

/// Cisco's profile with a first gateway and a backup.
fn with_backup(
    name: &'static str,
    (first, backup): (&str, &str),
    expect: Expect,
    advice: &'static str,
) {
    let case = Case { name, ..HEALTHY };
    carry_out(&case, |world| {
        let file = world.folder.path().join("office.xml");
        fs::write(
            &file,
            format!(
                "<AnyConnectProfile><ServerList><HostEntry><HostName>Office</HostName>\
                 <HostAddress>{first}</HostAddress><BackupServerList><HostAddress>{backup}\
                 </HostAddress></BackupServerList></HostEntry></ServerList></AnyConnectProfile>"
            ),
        )?;
        ask_for(&case, world, &file, &expect, Some(advice))
    });
}

fn openvpn(name: &'static str, chain: Chain, saved: &Saved) {
    let gateway = if saved.udp {
        Gateway::OpenVpnUdp
    } else {
        Gateway::OpenVpn
    };
    let case = Case {
        name,
        chain,
        gateway: Some(gateway),
        ..HEALTHY
    };
    carry_out(&case, |world| {
        let file = write(world, saved)?;
        let mut list = witness(&case, world, &file, saved)?;
        list.extend(ask(&case, world, &file, &saved.expect)?);
        Ok(list)
    });
}

fn anyconnect(name: &'static str, chain: Chain, expect: Expect) {
    let case = Case {
        name,
        chain,
        ..HEALTHY
    };
    carry_out(&case, |world| {
        let file = world.folder.path().join("office.xml");
        fs::write(
            &file,
            format!(
                "<AnyConnectProfile><ClientInitialization><BlockUntrustedServers>true</BlockUntrustedServers>\
                 </ClientInitialization><ServerList><HostEntry><HostName>Office</HostName>\
                 <HostAddress>{VPN}</HostAddress></HostEntry></ServerList></AnyConnectProfile>"
            ),
        )?;
        ask(&case, world, &file, &expect)
    });
}

fn carry_out(case: &Case, look: impl Fn(&World) -> Outcome<Vec<String>>) {
    let world = match World::build(case) {
        Ok(world) => world,
        Err(Trouble::Missing(what)) => return skip(case.name, &what),
        Err(Trouble::Broken(why)) => panic!("{}: the lab broke: {why}", case.name),
    };
    match look(&world) {
        Ok(complaints) if complaints.is_empty() => {}
        Ok(complaints) => panic!("{}: {}", case.name, complaints.join("\n")),
        Err(Trouble::Missing(what)) => skip(case.name, &what),
        Err(Trouble::Broken(why)) => panic!("{}: the lab broke: {why}", case.name),
    }
}

/// The profile, as a helpdesk hands it out.
fn write(world: &World, saved: &Saved) -> Outcome<PathBuf> {
    let trusted = &world.certificates.trusted;
    let authorities = match saved.authorities {
        Authorities::Trusted => fs::read_to_string(trusted)?,
        Authorities::Ended => ended(trusted)?,
    };
    let protocol = if saved.udp { "udp" } else { "tcp-client" };
    let file = world.folder.path().join("office.ovpn");
    fs::write(
        &file,
        format!(
            "client\ndev null\nproto {protocol}\nremote {VPN} 443\n{}<ca>\n{authorities}</ca>\n\
             <auth-user-pass>\nalice\nopensesame\n</auth-user-pass>\n",
            saved.more
        ),
    )?;
    Ok(file)
}

/// The same authority with the same key, as it was until 300 days ago.
fn ended(root: &Path) -> Outcome<String> {
    let file = root.with_extension("ended");
    Run::new(find("faketime")?)
        .args(["-f", "-400d"])
        .arg(find("openssl")?)
        .args(["x509", "-days", "100", "-in"])
        .arg(root)
        .arg("-signkey")
        .arg(root.with_file_name("1.key"))
        .arg("-out")
        .arg(&file)
        .good()?;
    Ok(fs::read_to_string(file)?)
}

/// What OpenVPN makes of the file.
fn witness(case: &Case, world: &World, file: &Path, saved: &Saved) -> Outcome<Vec<String>> {
    let ran = case
        .as_person(world, &find("openvpn")?)?
        .args(["--config".as_ref(), file.as_os_str()])
        .args([
            "--verb",
            "3",
            "--connect-retry-max",
            "1",
            "--hand-window",
            "4",
        ])
        .args(["--tls-exit", "--ifconfig-noexec", "--route-noexec"])
        .limit(Duration::from_secs(20))
        .end()?;
    Ok(if ran.stdout.contains(saved.openvpn_says) {
        Vec::new()
    } else {
        vec![format!(
            "OpenVPN should say {:?} and says\n{}\n{}",
            saved.openvpn_says, ran.stdout, ran.stderr
        )]
    })
}

/// What vpnmedic makes of it; nothing secret of the file may appear.
fn ask(case: &Case, world: &World, file: &Path, expect: &Expect) -> Outcome<Vec<String>> {
    ask_for(case, world, file, expect, None)
}

/// The same, with a piece of advice that must be given.
fn ask_for(
    case: &Case,
    world: &World,
    file: &Path,
    expect: &Expect,
    advice: Option<&str>,
) -> Outcome<Vec<String>> {
    let mut run = case
        .as_person(world, Path::new(env!("CARGO_BIN_EXE_vpnmedic")))?
        .args([
            "check",
            "--json",
            "--ntp",
            NTP_HOST,
            "--portal",
            PORTAL_CHECK,
        ])
        .arg("--profile")
        .arg(file);
    if file.extension().is_some_and(|ending| ending == "xml") {
        run = run.arg("--ca").arg(&world.certificates.trusted);
    }
    let ran = run.limit(Duration::from_secs(60)).end()?;
    let mut list = match serde_json::from_str::<Value>(&ran.stdout) {
        Ok(document) => {
            let mut list = complaints(expect, ran.status.code(), &document);
            let given = document["advice"].as_array();
            let has = |id: &str| given.is_some_and(|all| all.iter().any(|a| a["id"] == id));
            list.extend(
                advice
                    .filter(|id| !has(id))
                    .map(|id| format!("the advice {id} is not given")),
            );
            list
        }
        Err(error) => vec![format!("standard output is not one JSON document: {error}")],
    };
    if ran.stdout.contains("opensesame") || ran.stderr.contains("opensesame") {
        list.push("a password is shown".to_owned());
    }
    if !list.is_empty() {
        list.push(format!("{}\n{}", ran.stdout, ran.stderr));
    }
    Ok(list)
}
