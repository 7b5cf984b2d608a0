//! The system's own way from a name to addresses (`getaddrinfo`), and the hosts file read beside it.
//!
//! Asking DNS servers one by one is in `dns`.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::Path;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

/// How programs on this device resolve a name.
pub(super) trait SystemLookup: Send + Sync {
    /// The addresses of a name in the system's order, without repetitions.
    fn lookup(&self, name: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The real one.
pub(super) struct Getaddrinfo;

impl SystemLookup for Getaddrinfo {
    /// Runs in a thread of its own: `getaddrinfo` cannot be stopped and waits for tens of seconds when no server
    /// answers, which a pool of the runtime would have to wait out when the program ends.
    fn lookup(&self, name: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let (answer, answered) = oneshot::channel();
        let name = name.to_owned();
        let started = std::thread::Builder::new()
            .name("getaddrinfo".to_owned())
            .spawn(move || {
                let found = (name.as_str(), 0).to_socket_addrs().map(|addresses| {
                    let mut unique = Vec::new();
                    for address in addresses.map(|a| a.ip()) {
                        if !unique.contains(&address) {
                            unique.push(address);
                        }
                    }
                    unique
                });
                // Fails only when nobody waits any more.
                let _ = answer.send(found);
            });
        async move {
            started?;
            answered
                .await
                .unwrap_or_else(|_| Err(io::Error::other("the resolver's thread ended early")))
        }
        .boxed()
    }
}

/// The addresses of `host`, which may also be an address itself; fails with [`io::ErrorKind::TimedOut`] after `limit`.
pub(super) async fn addresses_of(
    system: &dyn SystemLookup,
    host: &str,
    limit: Duration,
) -> io::Result<Vec<IpAddr>> {
    let bare = host
        .strip_prefix('[')
        .and_then(|h| h.strip_suffix(']'))
        .unwrap_or(host);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(vec![address]);
    }
    match tokio::time::timeout(limit, system.lookup(bare)).await {
        Ok(found) => found,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// `host`, `host:port`, `[v6]:port` or a bare IPv6 address, split; `port` where none is given.
pub(super) fn split_host_port(text: &str, port: u16) -> (String, u16) {
    if let Ok(socket) = text.parse::<SocketAddr>() {
        return (socket.ip().to_string(), socket.port());
    }
    match text.rsplit_once(':') {
        Some((host, digits)) if !host.is_empty() && !host.contains(':') => {
            match digits.parse::<u16>() {
                Ok(port) => (host.to_owned(), port),
                Err(_) => (text.to_owned(), port),
            }
        }
        _ => (text.to_owned(), port),
    }
}

/// The longest hosts file that is read, in bytes: block lists reach tens of megabytes.
const MAX_HOSTS_FILE: u64 = 64 << 20;

/// The addresses that the hosts file gives to `name`; none where the file cannot be read.
pub(super) fn in_hosts_file(path: &Path, name: &str) -> Vec<IpAddr> {
    use std::io::{BufRead as _, Read as _};
    let Ok(file) = std::fs::File::open(path) else {
        return Vec::new();
    };
    let mut reader = io::BufReader::new(file.take(MAX_HOSTS_FILE));
    let mut found = Vec::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        match reader.read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return found,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(&line);
        if let Some(address) = hosts_line(&text, name)
            && !found.contains(&address)
        {
            found.push(address);
        }
    }
}

/// The address on this line of a hosts file, if it names `name`.
pub(super) fn hosts_line(line: &str, name: &str) -> Option<IpAddr> {
    let line = line.trim_start_matches('\u{feff}');
    let content = line.split('#').next()?;
    let mut words = content.split_whitespace();
    let address = words.next()?.parse().ok()?;
    let mut names = words.map(|word| word.strip_suffix('.').unwrap_or(word));
    names
        .any(|word| word.eq_ignore_ascii_case(name))
        .then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hosts_line_is_read_as_the_system_reads_it() {
        let v4 = "192.0.2.7".parse().ok();
        assert_eq!(
            hosts_line("192.0.2.7\tother vpn.example.com # old", "vpn.example.com"),
            v4
        );
        assert_eq!(
            hosts_line("192.0.2.7 VPN.Example.com", "vpn.example.com"),
            v4
        );
        assert_eq!(
            hosts_line("#192.0.2.7 vpn.example.com", "vpn.example.com"),
            None
        );
        assert_eq!(
            hosts_line("192.0.2.7 other # vpn.example.com", "vpn.example.com"),
            None
        );
        assert_eq!(
            hosts_line("not-an-address vpn.example.com", "vpn.example.com"),
            None
        );
        assert_eq!(
            hosts_line("2001:db8::7 vpn.example.com", "vpn.example.com"),
            "2001:db8::7".parse().ok()
        );
    }

    #[test]
    fn a_port_is_split_off_where_there_is_one() {
        for (text, expected) in [
            ("time.example.com", ("time.example.com", 123)),
            ("time.example.com:1123", ("time.example.com", 1123)),
            ("[::1]:1123", ("::1", 1123)),
            ("::1", ("::1", 123)),
            ("127.0.0.1:9", ("127.0.0.1", 9)),
        ] {
            let (host, port) = split_host_port(text, 123);
            assert_eq!((host.as_str(), port), expected, "given {text:?}");
        }
    }
}
