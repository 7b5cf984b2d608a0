//! Servers that speak something other than TLS: OpenSSH, a mail server, OpenVPN over TCP.

use std::fs;
use std::net::IpAddr;
use std::path::Path;

use super::{Ready, Running, socket, start};
use crate::certificates::Made;
use crate::netns::{Netns, Protocol};
use crate::tools::{Outcome, Run, find};

/// OpenSSH's server on every address, with a host key of its own.
pub(super) fn ssh(netns: &Netns, port: u16, folder: &Path) -> Outcome<Running> {
    let key = folder.join("ssh-host-key");
    Run::new(find("ssh-keygen")?)
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(&key)
        .good()?;
    // Where its unprivileged half lives; the package's service would make it.
    fs::create_dir_all("/run/sshd")?;
    let file = folder.join("sshd.conf");
    fs::write(
        &file,
        format!(
            "Port {port}\nHostKey {}\nPidFile none\nUsePAM no\nPasswordAuthentication no\n",
            key.display()
        ),
    )?;
    let args = ["-D".into(), "-e".into(), "-f".into(), file.into()];
    let ready = Ready::Listens(Protocol::Tcp, port);
    start(netns, "sshd", "sshd", args, folder, ready)
}

/// Python's own mail server on each address; none where this Python has none any more.
pub(super) fn smtp(
    netns: &Netns,
    addresses: &[IpAddr],
    port: u16,
    folder: &Path,
) -> Outcome<Vec<Running>> {
    let python = find("python3")?;
    let has_it = Run::new(python)
        .args(["-W", "ignore", "-c", "import smtpd"])
        .end()?;
    if !has_it.status.success() {
        return Err(crate::tools::Trouble::Missing(
            "Python's module smtpd".to_owned(),
        ));
    }
    let servers = addresses.iter().map(|address| {
        let args = [
            "-W".into(),
            "ignore".into(),
            "-m".into(),
            "smtpd".into(),
            "-n".into(),
            "-c".into(),
            "DebuggingServer".into(),
            // It splits host and port at the last colon and wants no brackets.
            format!("{address}:{port}").into(),
        ];
        let name = format!("smtpd-{}", if address.is_ipv4() { 4 } else { 6 });
        let ready = Ready::Listens(Protocol::Tcp, port);
        start(netns, &name, "python3", args, folder, ready)
    });
    servers.collect()
}

/// OpenVPN over TCP or UDP on each address, for many clients.
pub(super) fn openvpn(
    netns: &Netns,
    udp: bool,
    addresses: &[IpAddr],
    port: u16,
    certificates: &Made,
    folder: &Path,
) -> Outcome<Vec<Running>> {
    let servers = addresses.iter().enumerate().map(|(number, address)| {
        let file = folder.join(format!("openvpn-{number}.conf"));
        let family = if address.is_ipv4() { "" } else { "6" };
        let protocol = if udp {
            format!("udp{family}")
        } else {
            format!("tcp{family}-server")
        };
        fs::write(
            &file,
            format!(
                "mode server\ntls-server\nproto {protocol}\nlocal {address}\nport {port}\n\
                 dev ovpn{number}\ndev-type tun\nserver 10.98.{number}.0 255.255.255.0\n\
                 ca {}\ncert {}\nkey {}\ndh none\nverb 3\n",
                certificates.trusted.display(),
                certificates.served.display(),
                certificates.key.display(),
            ),
        )?;
        let args = ["--config".into(), file.into()];
        let name = format!(
            "openvpn-{}",
            socket(*address, port).replace([':', '[', ']'], "-")
        );
        let ready = Ready::Says("Initialization Sequence Completed");
        start(netns, &name, "openvpn", args, folder, ready)
    });
    servers.collect()
}
