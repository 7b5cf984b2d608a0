//! Packets that leave a device, counted by its kernel. For the promise that nothing is sent when nothing may be sent.
//! Not here: what is run meanwhile ([`crate::cases`]).

use std::path::Path;

use crate::netns::{Netns, cable, folder};
use crate::tools::{Outcome, Run, find};

/// A device with addresses, default routes and a resolver, all of which lead to a place where nobody answers: whatever
/// is sent leaves the device and is counted.
pub struct Device {
    netns: Netns,
    _elsewhere: Netns,
    home: tempfile::TempDir,
}

impl Device {
    /// Makes one, counting from nought.
    pub fn new(role: &str) -> Outcome<Self> {
        let (netns, elsewhere) = (Netns::new(role)?, Netns::new("elsewhere")?);
        cable((&netns, "eth0"), (&elsewhere, "eth0"))?;
        // Neighbours are fixed, so that the first packet leaves instead of waiting for an answer to ARP.
        netns.ip_batch(
            "addr add 192.0.2.2/24 dev eth0\naddr add 2001:db8:2::2/64 dev eth0 nodad\n\
             neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent\n\
             neigh add 2001:db8:2::1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent\n\
             route add default via 192.0.2.1\nroute add default via 2001:db8:2::1\n",
        )?;
        Self::counting(netns, elsewhere)
    }

    /// One whose cable is drawn.
    pub fn with_its_cable_drawn(role: &str) -> Outcome<Self> {
        let device = Self::new(role)?;
        device.netns.ip_batch("link set eth0 down\n")?;
        Ok(device)
    }

    /// One whose only interface is loopback.
    pub fn without_network(role: &str) -> Outcome<Self> {
        Self::counting(Netns::new(role)?, Netns::new("elsewhere")?)
    }

    fn counting(netns: Netns, elsewhere: Netns) -> Outcome<Self> {
        // All that programs send, loopback too. The kernel's own ICMPv6 (multicast reports) is nobody's doing.
        netns.nft(
            "table inet silence {
               counter sent { }
               counter public { }
               chain public { type filter hook output priority -1; ip daddr 1.1.1.1 counter name public; }
               chain output { type filter hook output priority 0; meta l4proto != ipv6-icmp counter name sent; }
             }",
        )?;
        netns.etc(
            "resolv.conf",
            "nameserver 192.0.2.53\nnameserver 2001:db8:53::53\n",
        )?;
        netns.etc("hosts", "127.0.0.1 localhost\n")?;
        netns.etc("nsswitch.conf", "hosts: files dns\n")?;
        Ok(Self {
            netns,
            _elsewhere: elsewhere,
            home: folder("home")?,
        })
    }

    /// A program on this device, with none of this machine's settings.
    pub fn run(&self, program: &Path) -> Outcome<Run> {
        let home = format!("HOME={}", self.home.path().display());
        let env = self.netns.run(&find("env")?)?;
        Ok(env
            .args(["-i", "PATH=/usr/bin:/bin", "LANG=C.UTF-8", &home])
            .arg(program))
    }

    /// The command line of such a program, for those who start it themselves.
    pub fn line(&self, program: &Path) -> Outcome<Vec<std::ffi::OsString>> {
        let home = format!("HOME={}", self.home.path().display());
        let mut line = self.netns.inside(&find("env")?)?;
        line.extend(
            [
                "-i",
                "PATH=/usr/bin:/bin",
                "LANG=C.UTF-8",
                "TERM=xterm-256color",
            ]
            .map(Into::into),
        );
        line.extend([home.into(), program.into()]);
        Ok(line)
    }

    /// Packets sent to the public DNS server so far.
    pub fn sent_to_public_dns(&self) -> Outcome<u64> {
        self.netns.counted("public")
    }

    /// Packets sent so far.
    pub fn sent(&self) -> Outcome<u64> {
        self.netns.counted("sent")
    }
}
