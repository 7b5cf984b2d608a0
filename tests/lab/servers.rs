//! The servers, each as Debian ships it, with a configuration of its own in the world's folder: ocserv, nginx,
//! `openssl s_server`, dnsmasq, chronyd. Not here: what of them a case wants ([`crate::world`]).

#[path = "servers/others.rs"]
mod others;

pub use others::{charon, openvpn_udp};

use std::ffi::OsString;
use std::fs::{self, File};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::case::repetitions;
use crate::certificates::Made;
use crate::netns::{Netns, Protocol};
use crate::tools::{Outcome, Trouble, find, libfaketime, wait_until};

/// How long a server may take until it listens; generous, for a machine that is busy.
const START: Duration = Duration::from_secs(30);
/// How long it may take to end when it is asked to; then it is killed.
const END: Duration = Duration::from_secs(3);
/// Lines of a server's log that are shown when a case fails.
const TAIL: usize = 40;

/// A gateway program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gateway {
    /// OpenConnect's server: a real SSL-VPN gateway, GnuTLS.
    Ocserv,
    /// The same with its fast path over UDP switched on.
    OcservDtls,
    /// The web server in front of many gateways, OpenSSL.
    Nginx,
    /// `openssl s_server`: one connection at a time, one address.
    Openssl,
    /// nginx without TLS.
    PlainHttp,
    /// OpenSSH's server.
    Ssh,
    /// A mail server: the one that comes with Python.
    Smtp,
    /// OpenVPN over TCP, without a key for the first packet.
    OpenVpn,
    /// The same over UDP.
    OpenVpnUdp,
}

/// The TLS versions a gateway offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// 1.2 and 1.3.
    Both,
    /// 1.2 alone.
    Only12,
    /// 1.3 alone.
    Only13,
    /// In the program's own words: a priority string for ocserv, lines of configuration for nginx, options for
    /// `openssl s_server`.
    Words(&'static str),
}

/// The servers of a world. They end with it, the last one started first.
#[derive(Default)]
pub struct Servers(Vec<Running>);

impl Servers {
    /// Takes in servers that run.
    pub fn extend(&mut self, running: impl IntoIterator<Item = Running>) {
        self.0.extend(running);
    }
}

impl Drop for Servers {
    /// Asks all at once to end, so that they end their own children too.
    fn drop(&mut self) {
        let pids = self.0.iter().map(|running| running.child.id().to_string());
        if let Ok(sh) = find("sh") {
            let kill = ["-c", "kill -TERM \"$@\"", "kill"];
            let _ = std::process::Command::new(sh)
                .args(kill)
                .args(pids)
                .output();
        }
        while self.0.pop().is_some() {}
    }
}

/// A server that runs. It ends with the value; if a test is failing, its last words are shown.
pub struct Running {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Drop for Running {
    fn drop(&mut self) {
        let ended = wait_until("a server to end", END, || {
            Ok(self.child.try_wait()?.is_some())
        });
        if ended.is_err() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        if std::thread::panicking() {
            eprintln!("--- {} ---\n{}", self.name, self.last_words());
        }
    }
}

impl Running {
    /// Lets it stand still, with all that it has open.
    pub fn stop(&self) -> Outcome<()> {
        let pid = self.child.id().to_string();
        // Its children too: ocserv leaves the listening to its main process, nginx to its workers.
        crate::tools::Run::new(find("sh")?)
            .args([
                "-c",
                "kill -STOP \"$1\" $(cat /proc/\"$1\"/task/*/children)",
                "stop",
                &pid,
            ])
            .good()
            .map(drop)
    }

    fn last_words(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(TAIL)..].join("\n")
    }
}

/// How a server is seen to be ready.
#[derive(Clone, Copy, Debug)]
pub enum Ready {
    /// A socket on this port.
    Listens(Protocol, u16),
    /// This in its log.
    Says(&'static str),
    /// It takes connections on this address and port: where others listen on the port too.
    Answers(std::net::SocketAddr),
}

/// Starts a program inside and waits until it is ready.
pub fn start(
    netns: &Netns,
    name: &str,
    program: &str,
    args: impl IntoIterator<Item = OsString>,
    folder: &Path,
    ready: Ready,
) -> Outcome<Running> {
    let program = if program.contains('/') {
        PathBuf::from(program)
    } else {
        find(program)?
    };
    let log = folder.join(format!("{name}.log"));
    let words = File::create(&log)?;
    let child = netns
        .command(&program)?
        .args(args)
        .current_dir(folder)
        .env_remove("NOTIFY_SOCKET")
        .stdin(Stdio::null())
        .stdout(words.try_clone()?)
        .stderr(words)
        .spawn()?;
    let mut running = Running {
        name: name.to_owned(),
        child,
        log,
    };
    let waited = wait_until(&format!("{name} to be ready"), START, || {
        if let Some(status) = running.child.try_wait()? {
            return Err(Trouble::Broken(format!("{name} ended: {status}")));
        }
        match ready {
            Ready::Listens(protocol, port) => netns.listens(protocol, port),
            Ready::Says(words) => Ok(fs::read_to_string(&running.log)?.contains(words)),
            Ready::Answers(addr) => netns.listens_at(addr),
        }
    });
    match waited {
        Ok(()) => Ok(running),
        Err(Trouble::Broken(why)) => {
            Err(Trouble::Broken(format!("{why}\n{}", running.last_words())))
        }
        Err(missing) => Err(missing),
    }
}

/// Starts a gateway on this port of these addresses.
pub fn gateway(
    netns: &Netns,
    kind: Gateway,
    tls: Tls,
    addresses: &[IpAddr],
    port: u16,
    certificates: &Made,
    folder: &Path,
) -> Outcome<Vec<Running>> {
    match kind {
        Gateway::Ocserv | Gateway::OcservDtls => {
            let mut text = ocserv(tls, addresses, port, certificates, folder)?;
            if kind == Gateway::OcservDtls {
                text += &format!("udp-port = {port}\n");
            }
            ocserv_with(netns, &text, port, folder).map(|r| vec![r])
        }
        Gateway::Nginx => {
            let protocols = match tls {
                Tls::Both => "ssl_protocols TLSv1.2 TLSv1.3;",
                Tls::Only12 => "ssl_protocols TLSv1.2;",
                Tls::Only13 => "ssl_protocols TLSv1.3;",
                Tls::Words(words) => words,
            };
            let staple = match certificates.bureau.stapled() {
                Some(file) => format!("ssl_stapling on; ssl_stapling_file {};", file.display()),
                None => String::new(),
            };
            let site = format!(
                "server {{ {} {protocols} ssl_certificate {}; ssl_certificate_key {}; {staple}
                   location / {{ default_type text/html; return 200 '<title>Sign in</title>'; }} }}",
                addresses.iter().map(|a| format!("listen {} ssl;", socket(*a, port))).collect::<String>(),
                certificates.served.display(),
                certificates.key.display(),
            );
            nginx(netns, "nginx-gateway", &site, port, folder).map(|r| vec![r])
        }
        Gateway::Openssl => addresses
            .iter()
            .map(|address| {
                let name = format!("s_server-{}", if address.is_ipv4() { 4 } else { 6 });
                let args = s_server(tls, *address, port, certificates);
                start(netns, &name, "openssl", args, folder, Ready::Says("ACCEPT"))
            })
            .collect(),
        Gateway::PlainHttp => {
            let listens = addresses
                .iter()
                .map(|a| format!("listen {};", socket(*a, port)));
            let site = format!(
                "server {{ {} location / {{ return 200 'plain'; }} }}",
                listens.collect::<String>()
            );
            nginx(netns, "nginx-plain", &site, port, folder).map(|r| vec![r])
        }
        Gateway::Ssh => others::ssh(netns, port, folder).map(|r| vec![r]),
        Gateway::Smtp => others::smtp(netns, addresses, port, folder),
        Gateway::OpenVpn | Gateway::OpenVpnUdp => {
            let udp = kind == Gateway::OpenVpnUdp;
            others::openvpn(netns, udp, addresses, port, certificates, folder)
        }
    }
}

pub fn s_server(tls: Tls, address: IpAddr, port: u16, certificates: &Made) -> Vec<OsString> {
    let mut args: Vec<OsString> = vec!["s_server".into(), "-www".into(), "-accept".into()];
    args.push(socket(address, port).into());
    args.extend(["-cert".into(), certificates.leaf.clone().into()]);
    args.extend(["-key".into(), certificates.key.clone().into()]);
    // Without this option s_server adds what it finds to complete the chain.
    args.push("-no-CAfile".into());
    args.push("-no-CApath".into());
    args.push("-no-CAstore".into());
    if certificates.count > 1 {
        args.extend(["-cert_chain".into(), certificates.rest.clone().into()]);
    }
    match tls {
        Tls::Both => {}
        Tls::Only12 => args.push("-tls1_2".into()),
        Tls::Only13 => args.push("-tls1_3".into()),
        Tls::Words(words) => args.extend(words.split(' ').map(Into::into)),
    }
    args
}

/// Starts ocserv with this configuration.
pub fn ocserv_with(netns: &Netns, text: &str, port: u16, folder: &Path) -> Outcome<Running> {
    let file = folder.join("ocserv.conf");
    fs::write(&file, text)?;
    let args = [
        "-f".into(),
        "-d".into(),
        "3".into(),
        "-c".into(),
        file.into(),
    ];
    let listens = Ready::Listens(Protocol::Tcp, port);
    start(netns, "ocserv", "ocserv", args, folder, listens)
}

/// The configuration of an ocserv.
pub fn ocserv(
    tls: Tls,
    addresses: &[IpAddr],
    port: u16,
    certificates: &Made,
    folder: &Path,
) -> Outcome<String> {
    let passwords = folder.join("ocpasswd");
    fs::write(&passwords, "lab:*:*\n")?;
    let versions = match tls {
        Tls::Both => "",
        Tls::Only12 => ":-VERS-ALL:+VERS-TLS1.2",
        Tls::Only13 => ":-VERS-ALL:+VERS-TLS1.3",
        Tls::Words(words) => words,
    };
    let host = match addresses {
        [one] => format!("listen-host = {one}\n"),
        _ => String::new(),
    };
    // Its own default bans at 30 points, one for each connection: it holds in an ordinary run, to catch the eager.
    let bans = match repetitions() {
        0 | 1 => "",
        _ => "max-ban-score = 0\n",
    };
    Ok(format!(
        "{bans}auth = \"plain[passwd={}]\"\n{host}tcp-port = {port}\n\
         run-as-user = root\nrun-as-group = root\nsocket-file = {}\nisolate-workers = false\n\
         server-cert = {}\nserver-key = {}\ntls-priorities = \"NORMAL:%SERVER_PRECEDENCE{versions}\"\n\
         device = labvpn\nipv4-network = 10.99.0.0/24\nuse-occtl = false\ncookie-timeout = 300\n\
         max-clients = 16\nmax-same-clients = 2\nkeepalive = 32400\n",
        passwords.display(),
        folder.join("ocserv.sock").display(),
        certificates.served.display(),
        certificates.key.display(),
    ))
}

/// Starts nginx with these `server` blocks.
pub fn nginx(netns: &Netns, name: &str, sites: &str, port: u16, folder: &Path) -> Outcome<Running> {
    let ready = Ready::Listens(Protocol::Tcp, port);
    nginx_when(netns, name, sites, ready, folder)
}

/// The same where other programs listen on the port too.
pub fn nginx_at(
    netns: &Netns,
    name: &str,
    sites: &str,
    address: IpAddr,
    port: u16,
    folder: &Path,
) -> Outcome<Running> {
    let ready = Ready::Answers(std::net::SocketAddr::new(address, port));
    nginx_when(netns, name, sites, ready, folder)
}

fn nginx_when(
    netns: &Netns,
    name: &str,
    sites: &str,
    ready: Ready,
    folder: &Path,
) -> Outcome<Running> {
    let own = folder.join(name);
    fs::create_dir_all(&own)?;
    let file = own.join("nginx.conf");
    fs::write(
        &file,
        format!(
            "daemon off; user root; pid {0}/pid; error_log stderr info; worker_processes 1;\n\
             events {{ worker_connections 256; }}\n\
             http {{ access_log {0}/access.log; client_body_temp_path {0}/body; proxy_temp_path {0}/proxy;\n\
             fastcgi_temp_path {0}/fastcgi; uwsgi_temp_path {0}/uwsgi; scgi_temp_path {0}/scgi;\n{sites}\n}}\n",
            own.display()
        ),
    )?;
    let args = [
        "-e".into(),
        "stderr".into(),
        "-p".into(),
        own.into(),
        "-c".into(),
        file.into(),
    ];
    start(netns, name, "nginx", args, folder, ready)
}

/// Starts dnsmasq with these lines on top of a resolver that knows nothing.
pub fn dnsmasq(netns: &Netns, name: &str, lines: &str, folder: &Path) -> Outcome<Running> {
    let file = folder.join(format!("{name}.conf"));
    let pid = folder.join(format!("{name}.pid"));
    fs::write(
        &file,
        format!(
            "no-resolv\nno-hosts\nno-poll\nuser=root\npid-file={}\nlog-queries\nlog-facility=-\n{lines}\n",
            pid.display()
        ),
    )?;
    let args = [
        "--keep-in-foreground".into(),
        format!("--conf-file={}", file.display()).into(),
    ];
    start(
        netns,
        name,
        "dnsmasq",
        args,
        folder,
        // Said once its sockets are open; another one may have port 53 on another address.
        Ready::Says("started, version"),
    )
}

/// Starts chronyd as a time source that believes the machine's clock and never touches it (`-x`).
pub fn chronyd(netns: &Netns, folder: &Path) -> Outcome<Running> {
    chronyd_through(netns, "chronyd", find("chronyd")?, Vec::new(), folder)
}

/// Starts one whose clock is shifted, as libfaketime writes it.
pub fn lying_chronyd(netns: &Netns, shift: &str, folder: &Path) -> Outcome<Running> {
    let before = vec![
        format!("LD_PRELOAD={}", libfaketime()?.display()).into(),
        format!("FAKETIME={shift}").into(),
        "DONT_FAKE_MONOTONIC=1".into(),
        find("chronyd")?.into(),
    ];
    chronyd_through(netns, "liar", find("env")?, before, folder)
}

fn chronyd_through(
    netns: &Netns,
    name: &str,
    program: PathBuf,
    before: Vec<OsString>,
    folder: &Path,
) -> Outcome<Running> {
    let file = folder.join(format!("{name}.conf"));
    let pid = folder.join(format!("{name}.pid"));
    fs::write(
        &file,
        format!(
            "local stratum 1\nallow all\ncmdport 0\nuser root\npidfile {}\n",
            pid.display()
        ),
    )?;
    let own = ["-x".into(), "-d".into(), "-f".into(), file.into()];
    start(
        netns,
        name,
        &program.to_string_lossy(),
        before.into_iter().chain(own),
        folder,
        Ready::Listens(Protocol::Udp, 123),
    )
}

/// Starts tinyproxy on this address and port; with a sign-in where one is wanted.
pub fn tinyproxy(netns: &Netns, listen: &str, sign_in: bool, folder: &Path) -> Outcome<Running> {
    let file = folder.join("tinyproxy.conf");
    let (address, port) = listen.rsplit_once(':').unwrap_or((listen, "3128"));
    let basic = if sign_in {
        "BasicAuth bob anotherword\n"
    } else {
        ""
    };
    fs::write(
        &file,
        format!("Port {port}\nListen {address}\nTimeout 30\nMaxClients 20\nLogLevel Info\n{basic}"),
    )?;
    let args = ["-d".into(), "-c".into(), file.into()];
    let ready = Ready::Listens(Protocol::Tcp, port.parse().unwrap_or(3128));
    start(netns, "tinyproxy", "tinyproxy", args, folder, ready)
}

/// An address and port as every program here writes them.
pub fn socket(address: IpAddr, port: u16) -> String {
    std::net::SocketAddr::new(address, port).to_string()
}
