//! Network namespaces: made with names that tell whose they are, removed with everything that runs in them, also after
//! a panic, and swept when the process that made them is gone. Not here: what a world looks like ([`crate::world`]).

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::tools::{Outcome, Run, Trouble, find, wait_until};

/// The names of this lab's namespaces and folders start with this, then comes the process id of the maker.
pub const PREFIX: &str = "vpnmedic-lab-";
/// Where `ip netns` keeps names.
const NAMES: &str = "/run/netns";
/// Files here replace those of `/etc` for programs that `ip netns exec` starts.
const ETC: &str = "/etc/netns";

/// A namespace of this process. Everything in it ends with it.
pub struct Netns {
    name: String,
}

impl Netns {
    /// Makes one, with loopback up and IPv6 addresses usable at once.
    pub fn new(role: &str) -> Outcome<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        ready()?;
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{}-{number}-{role}", std::process::id());
        ip(["netns", "add", &name])?;
        let made = Self { name };
        // No duplicate address detection and no router solicitation: nothing is sent that the case did not ask for.
        made.sh("for where in all default; do
                 echo 0 > /proc/sys/net/ipv6/conf/$where/accept_dad
                 echo 0 > /proc/sys/net/ipv6/conf/$where/router_solicitations
             done")?;
        made.ip_batch("link set lo up")?;
        Ok(made)
    }

    /// Its name for `ip netns`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A command line that runs the given program inside.
    pub fn inside(&self, program: &Path) -> Outcome<Vec<std::ffi::OsString>> {
        Ok(vec![
            find("ip")?.into(),
            "netns".into(),
            "exec".into(),
            self.name.clone().into(),
            program.into(),
        ])
    }

    /// A program that runs inside to its end.
    pub fn run(&self, program: &Path) -> Outcome<Run> {
        let line = self.inside(program)?;
        Ok(Run::new(&line[0]).args(&line[1..]))
    }

    /// A program that stays, inside; the caller owns the child.
    pub fn command(&self, program: &Path) -> Outcome<Command> {
        let line = self.inside(program)?;
        let mut command = Command::new(&line[0]);
        command.args(&line[1..]);
        Ok(command)
    }

    /// Shell lines inside, each of which must succeed.
    pub fn sh(&self, lines: &str) -> Outcome<()> {
        let lines = format!("set -e\n{lines}");
        self.run(&find("sh")?)?.input(lines).good().map(drop)
    }

    /// Lines of `ip`, applied inside.
    pub fn ip_batch(&self, lines: &str) -> Outcome<()> {
        Run::new(find("ip")?)
            .args(["-n", &self.name, "-batch", "-"])
            .input(lines)
            .good()
            .map(drop)
    }

    /// Rules of nftables, applied inside on top of those there.
    pub fn nft(&self, rules: &str) -> Outcome<()> {
        let nft = find("nft")?;
        self.run(&nft)?
            .args(["-f", "-"])
            .input(rules)
            .good()
            .map(drop)
    }

    /// Packets that the counter of this name has seen.
    pub fn counted(&self, name: &str) -> Outcome<u64> {
        let listed = self.listed("counter", name)?;
        let packets = listed["packets"].as_u64();
        packets.ok_or_else(|| Trouble::Broken(format!("no number in {listed}")))
    }

    /// How many elements the set of this name has.
    pub fn members(&self, name: &str) -> Outcome<usize> {
        let listed = self.listed("set", name)?;
        // nft leaves `elem` out of an empty set.
        Ok(listed["elem"].as_array().map_or(0, Vec::len))
    }

    fn listed(&self, kind: &str, name: &str) -> Outcome<Value> {
        let nft = find("nft")?;
        let listed = self
            .run(&nft)?
            .args(["-j", "list", &format!("{kind}s")])
            .good()?;
        let listed: Value = serde_json::from_str(&listed)
            .map_err(|error| Trouble::Broken(format!("nft's JSON: {error}")))?;
        let entries = listed["nftables"].as_array().map_or(&[][..], Vec::as_slice);
        let found = entries
            .iter()
            .map(|entry| &entry[kind])
            .find(|it| it["name"] == name);
        found
            .cloned()
            .ok_or_else(|| Trouble::Broken(format!("no {kind} {name} in {listed}")))
    }

    /// A file that programs started inside see in `/etc`.
    pub fn etc(&self, file: &str, text: &str) -> Outcome<()> {
        let folder = Path::new(ETC).join(&self.name);
        // Another case may remove the folder above, empty for the moment, while this one makes its own.
        wait_until(
            "a folder for /etc",
            Duration::from_secs(5),
            || match fs::create_dir_all(&folder) {
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
                made => Ok(made.map(|()| true)?),
            },
        )?;
        fs::write(folder.join(file), text)?;
        Ok(())
    }

    /// Whether a socket listens inside on this port (TCP) or is bound to it (UDP).
    pub fn listens(&self, protocol: Protocol, port: u16) -> Outcome<bool> {
        let kind = match protocol {
            Protocol::Tcp => "-Hltn",
            Protocol::Udp => "-Hlun",
        };
        let ss = find("ss")?;
        let sockets = self
            .run(&ss)?
            .args([kind, &format!("sport = :{port}")])
            .good()?;
        Ok(!sockets.trim().is_empty())
    }

    /// Whether a socket listens inside on this very address and port (TCP).
    pub fn listens_at(&self, addr: std::net::SocketAddr) -> Outcome<bool> {
        let ss = find("ss")?;
        let filter = format!("src = {addr}");
        let sockets = self.run(&ss)?.args(["-Hltn", &filter]).good()?;
        Ok(!sockets.trim().is_empty())
    }
}

impl Drop for Netns {
    fn drop(&mut self) {
        remove(&self.name);
    }
}

/// What a server listens with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Connections.
    Tcp,
    /// Datagrams.
    Udp,
}

/// A cable between two namespaces; both ends are called as given and are up.
pub fn cable(one: (&Netns, &str), other: (&Netns, &str)) -> Outcome<()> {
    ip([
        "link",
        "add",
        one.1,
        "netns",
        one.0.name(),
        "type",
        "veth",
        "peer",
        "name",
        other.1,
        "netns",
        other.0.name(),
    ])?;
    one.0.ip_batch(&format!("link set {} up", one.1))?;
    other.0.ip_batch(&format!("link set {} up", other.1))
}

/// A folder for the files of one world. It goes with the value, or with the next sweep.
pub fn folder(role: &str) -> Outcome<tempfile::TempDir> {
    let prefix = format!("{PREFIX}{}-{role}-", std::process::id());
    Ok(tempfile::Builder::new().prefix(&prefix).tempdir()?)
}

fn ip<const N: usize>(args: [&str; N]) -> Outcome<()> {
    Run::new(find("ip")?).args(args).good().map(drop)
}

/// Whether this machine lets us make namespaces at all; asked once, after the remains of dead runs are swept.
fn ready() -> Outcome<()> {
    static READY: OnceLock<Result<(), String>> = OnceLock::new();
    let ready = READY.get_or_init(|| {
        let tools = ["ip", "ss", "nft", "sh"]
            .iter()
            .try_for_each(|t| find(t).map(drop));
        if let Err(Trouble::Missing(what)) = tools {
            return Err(what);
        }
        sweep();
        let name = format!("{PREFIX}{}-may-we", std::process::id());
        let may = ip(["netns", "add", &name]);
        remove(&name);
        may.map_err(|_| "the right to make network namespaces (run it as root)".to_owned())
    });
    ready.clone().map_err(Trouble::Missing)
}

/// Ends what runs in a namespace and removes it with its files. Silent: it also runs while a panic unwinds.
fn remove(name: &str) {
    let Ok(ip) = find("ip") else { return };
    let pids = Command::new(&ip).args(["netns", "pids", name]).output();
    let pids = pids.map(|o| String::from_utf8_lossy(&o.stdout).into_owned());
    let pids = pids.unwrap_or_default();
    let pids: Vec<&str> = pids.split_whitespace().collect();
    if let (false, Ok(sh)) = (pids.is_empty(), find("sh")) {
        let _ = Command::new(sh)
            .args(["-c", "kill -KILL \"$@\"", "kill"])
            .args(&pids)
            .output();
    }
    let _ = Command::new(&ip).args(["netns", "del", name]).output();
    let _ = fs::remove_dir_all(Path::new(ETC).join(name));
    // Goes only when it is empty, so never with anything of somebody else's.
    let _ = fs::remove_dir(ETC);
}

/// Removes what processes that are gone left behind.
fn sweep() {
    for name in named_like_ours(Path::new(NAMES)).chain(named_like_ours(Path::new(ETC))) {
        remove(&name);
    }
    let temporary = std::env::temp_dir();
    for name in named_like_ours(&temporary) {
        let _ = fs::remove_dir_all(temporary.join(name));
    }
}

/// The entries of a folder that carry this lab's prefix and the id of a process that is no longer a lab.
fn named_like_ours(folder: &Path) -> impl Iterator<Item = String> + use<> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let pid = name.strip_prefix(PREFIX)?.split('-').next()?;
        let comm = PathBuf::from(format!("/proc/{pid}/comm"));
        // The benches `roundtrips` and `peers` build worlds too; the kernel keeps the first fifteen letters of a program's name.
        let ours = ["lab", "roundtrips", "peers"];
        let alive = fs::read_to_string(comm)
            .is_ok_and(|comm| ours.iter().any(|name| comm.starts_with(name)));
        (!alive).then_some(name)
    })
}
