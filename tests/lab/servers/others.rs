//! Servers that speak something other than TLS: OpenSSH, a mail server, OpenVPN, strongSwan's charon for IKEv2.

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
    let name = |address: IpAddr| if address.is_ipv4() { "here4" } else { "here6" };
    let hosts = addresses
        .iter()
        .map(|address| format!("{address} {}\n", name(*address)));
    netns.etc("hosts", &hosts.collect::<String>())?;
    netns.etc("nsswitch.conf", "hosts: files\n")?;
    let servers = addresses.iter().map(|address| {
        let args = [
            "-W".into(),
            "ignore".into(),
            "-m".into(),
            "smtpd".into(),
            "-n".into(),
            "-c".into(),
            "DebuggingServer".into(),
            // It splits host and port at the first colon: an IPv6 address has to have a name.
            format!("{}:{port}", name(*address)).into(),
        ];
        let name = format!("smtpd-{}", if address.is_ipv4() { 4 } else { 6 });
        let ready = Ready::Listens(Protocol::Tcp, port);
        start(netns, &name, "python3", args, folder, ready)
    });
    servers.collect()
}

/// OpenVPN over UDP on its own port, without a key for the first packet.
pub fn openvpn_udp(
    netns: &Netns,
    addresses: &[IpAddr],
    certificates: &Made,
    folder: &Path,
) -> Outcome<Vec<Running>> {
    openvpn(netns, true, addresses, 1194, certificates, folder)
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
        let file = folder.join(format!(
            "openvpn-{}-{number}.conf",
            if udp { "udp" } else { "tcp" }
        ));
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

/// Its files: Debian puts no such program into a folder for programs.
const CHARON: &str = "/usr/lib/ipsec/charon";

/// strongSwan's charon on every address: it answers IKE_SA_INIT, and knows nobody who could go on from there.
pub fn charon(netns: &Netns, folder: &Path) -> Outcome<Running> {
    if !Path::new(CHARON).is_file() {
        return Err(crate::tools::Trouble::Missing(
            "strongSwan's charon is not installed".to_owned(),
        ));
    }
    let file = folder.join("strongswan.conf");
    fs::write(
        &file,
        "charon {\n install_routes = no\n filelog {\n stderr {\n default = 1\n flush_line = yes\n }\n }\n
         load = random nonce aes sha1 sha2 hmac gmp kdf pem pkcs1 pubkey x509 kernel-netlink socket-default\n}\n",
    )?;
    // It keeps its number in /run, where that of another case would be in its way. `ip netns exec` gives every program
    // mounts of its own.
    let line = "mount -t tmpfs lab /run && exec \"$@\"";
    let args = [
        "-c".into(),
        line.into(),
        "charon".into(),
        "env".into(),
        format!("STRONGSWAN_CONF={}", file.display()).into(),
        CHARON.into(),
    ];
    let ready = Ready::Listens(Protocol::Udp, 4500);
    start(netns, "charon", "sh", args, folder, ready)
}
