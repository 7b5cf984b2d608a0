//! The state of the device itself, made in a mount namespace of its own, so that nothing of this machine changes: a VPN
//! program's agent that was killed, no tun device, a stale line in the hosts file, another tunnel, an empty trust store,
//! a time service that was killed; and a clean device beside them.
//!
//! What is real and what is not: tun, tunnel, hosts file, store and chronyd are the real ones. Cisco's program cannot
//! be had here: a copy of `sleep` under its agent's path and name stands in for it, which is all that is looked at.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use crate::case::{Case, HEALTHY, skip};
use crate::tools::{Outcome, Trouble, find};
use crate::verdict::{Expect, complaints};
use crate::world::{NTP_HOST, PORTAL_CHECK, VPN, World};

/// How a device differs from a clean one.
struct Device {
    name: &'static str,
    expect: Expect,
    /// Shell lines before the check, in a mount namespace of their own; `"$@"` is the check.
    script: &'static str,
    /// Lines of `ip` in the client's namespace.
    links: &'static str,
    /// The client's hosts file, where it is not the usual one.
    hosts: Option<&'static str>,
    /// How far the device's clock is off.
    clock: Option<&'static str>,
    /// Whether the check is told whom to trust, or goes by the system's store alone.
    told_root: bool,
    /// The VPN program that the person names.
    client: &'static str,
    /// Programs that have to be there.
    needs: &'static [&'static str],
}

const CLEAN: Device = Device {
    name: "",
    expect: Expect::Healthy,
    script: "\"$@\"",
    links: "",
    hosts: None,
    clock: None,
    told_root: true,
    client: "anyconnect",
    needs: &[],
};

/// Puts the stand-in for Cisco's agent in its place, in a folder that only this namespace sees.
const INSTALLED: &str = "mount -t tmpfs none /opt
mkdir -p /opt/cisco/secureclient/bin
cp \"$(command -v sleep)\" /opt/cisco/secureclient/bin/vpnagentd
";

impl Device {
    fn run(&self) {
        match self.carry_out() {
            Ok(complaints) if complaints.is_empty() => {}
            Ok(complaints) => panic!("{}: {}", self.name, complaints.join("\n")),
            Err(Trouble::Broken(why)) => panic!("{}: the lab broke: {why}", self.name),
            Err(Trouble::Missing(what)) => skip(self.name, &what),
        }
    }

    fn carry_out(&self) -> Outcome<Vec<String>> {
        for program in self.needs {
            find(program)?;
        }
        let case = Case {
            name: self.name,
            expect: self.expect,
            clock: self.clock,
            ..HEALTHY
        };
        let world = World::build(&case)?;
        if let Some(hosts) = self.hosts {
            world.client.etc("hosts", hosts)?;
        }
        if !self.links.is_empty() {
            world.client.ip_batch(self.links)?;
        }
        let program = Path::new(env!("CARGO_BIN_EXE_vpnmedic"));
        let mut args: Vec<OsString> = vec![
            "-c".into(),
            format!("set -e\n{}", self.script).into(),
            "sh".into(),
            program.into(),
        ];
        args.extend(["check", VPN, "--json", "--client", self.client].map(OsString::from));
        args.extend(["--portal", PORTAL_CHECK, "--ntp", NTP_HOST].map(OsString::from));
        if self.told_root {
            args.extend(["--ca".into(), world.certificates.trusted.clone().into()]);
        }
        let ran = case
            .as_person(&world, &find("sh")?)?
            .args(args)
            .limit(Duration::from_secs(60))
            .end()?;
        let Ok(document) = serde_json::from_str(&ran.stdout) else {
            return Ok(vec![format!(
                "no JSON document: {}{}",
                ran.stdout, ran.stderr
            )]);
        };
        let mut found = complaints(&self.expect, ran.status.code(), &document);
        if !found.is_empty() {
            found.push(ran.stdout);
        }
        Ok(found)
    }
}

#[test]
fn device_clean_with_its_agent_running() {
    // The stand-in ends with the check, whatever comes of it.
    const SCRIPT: &str = "mount -t tmpfs none /opt
mkdir -p /opt/cisco/secureclient/bin
cp \"$(command -v sleep)\" /opt/cisco/secureclient/bin/vpnagentd
/opt/cisco/secureclient/bin/vpnagentd 120 &
trap 'kill $!' EXIT
\"$@\"";
    assert!(SCRIPT.starts_with(INSTALLED));
    Device {
        name: "device_clean_with_its_agent_running",
        script: SCRIPT,
        ..CLEAN
    }
    .run();
}

#[test]
fn device_agent_killed() {
    const SCRIPT: &str = "mount -t tmpfs none /opt
mkdir -p /opt/cisco/secureclient/bin
cp \"$(command -v sleep)\" /opt/cisco/secureclient/bin/vpnagentd
/opt/cisco/secureclient/bin/vpnagentd 120 &
kill -9 $!
wait $! || true
\"$@\"";
    assert!(SCRIPT.starts_with(INSTALLED));
    Device {
        name: "device_agent_killed",
        expect: Expect::Top("client-not-running"),
        script: SCRIPT,
        ..CLEAN
    }
    .run();
}

#[test]
fn device_clean_openvpn_beside_its_tun_device() {
    Device {
        name: "device_clean_openvpn_beside_its_tun_device",
        client: "openvpn",
        needs: &["openvpn"],
        ..CLEAN
    }
    .run();
}

#[test]
fn device_tun_absent() {
    Device {
        name: "device_tun_absent",
        expect: Expect::Top("virtual-adapter-missing"),
        script: "mount -t tmpfs none /dev/net\n\"$@\"",
        client: "openvpn",
        needs: &["openvpn"],
        ..CLEAN
    }
    .run();
}

#[test]
fn device_stale_hosts_line() {
    Device {
        name: "device_stale_hosts_line",
        expect: Expect::Top("dns-wrong-answer"),
        hosts: Some("127.0.0.1 localhost\n203.0.113.99 vpn.lab.test\n"),
        client: "openvpn",
        ..CLEAN
    }
    .run();
}

#[test]
fn device_second_tunnel_takes_everything() {
    Device {
        name: "device_second_tunnel_takes_everything",
        expect: Expect::Top("conflicting-vpn-client"),
        links: "tuntap add dev tun0 mode tun\naddr add 10.8.0.6/24 dev tun0\nlink set tun0 up\n\
                route replace default dev tun0\n",
        client: "openvpn",
        ..CLEAN
    }
    .run();
}

#[test]
fn device_second_tunnel_to_elsewhere_is_in_nobodys_way() {
    Device {
        name: "device_second_tunnel_to_elsewhere_is_in_nobodys_way",
        links: "tuntap add dev tun0 mode tun\naddr add 10.8.0.6/24 dev tun0\nlink set tun0 up\n",
        client: "openvpn",
        ..CLEAN
    }
    .run();
}

#[test]
fn device_trust_store_emptied() {
    Device {
        name: "device_trust_store_emptied",
        expect: Expect::Top("trust-store-outdated"),
        script: "mount -t tmpfs none /etc/ssl/certs\n: > /etc/ssl/certs/ca-certificates.crt\n\"$@\"",
        told_root: false,
        client: "openvpn",
        ..CLEAN
    }
    .run();
}

#[test]
fn device_time_service_killed_and_the_clock_off() {
    Device {
        name: "device_time_service_killed_and_the_clock_off",
        expect: Expect::Top("ntp-unsynced"),
        // A killed chronyd leaves its pid file behind: that is how a device that was meant to keep its own clock is
        // told from a container, whose host does.
        script: "mkdir -p /run/chrony
mount -t tmpfs none /run/chrony
chmod 700 /run/chrony
printf 'server ntp.lab.test\\ncmdport 0\\nport 0\\nuser root\\npidfile /run/chrony/chronyd.pid\\n' > /run/chrony/own.conf
env -u LD_PRELOAD /usr/sbin/chronyd -x -f /run/chrony/own.conf
for i in $(seq 100); do [ -s /run/chrony/chronyd.pid ] && break; env -u LD_PRELOAD sleep 0.05; done
kill -9 $(cat /run/chrony/chronyd.pid)
for i in $(seq 100); do [ -d /proc/$(cat /run/chrony/chronyd.pid) ] || break; env -u LD_PRELOAD sleep 0.05; done
\"$@\"",
        clock: Some("+400d"),
        client: "openvpn",
        needs: &["chronyd", "seq"],
        ..CLEAN
    }
    .run();
}

#[test]
fn device_client_needs_rights_that_this_account_cannot_have() {
    Device {
        name: "device_client_needs_rights_that_this_account_cannot_have",
        expect: Expect::Top("not-admin"),
        // Another account, on a device where no program gives rights to anybody. It may read every file, because those of
        // the lab are root's.
        script: "for program in sudo sudo-rs doas pkexec run0; do
[ ! -e /usr/bin/$program ] || mount --bind /dev/null /usr/bin/$program
done
setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps +dac_override --ambient-caps +dac_override \"$@\"",
        client: "openvpn",
        needs: &["openvpn", "setpriv"],
        ..CLEAN
    }
    .run();
}

#[test]
fn device_account_without_rights_whose_client_is_started_by_others() {
    const SCRIPT: &str = "mount -t tmpfs none /opt
mkdir -p /opt/cisco/secureclient/bin
cp \"$(command -v sleep)\" /opt/cisco/secureclient/bin/vpnagentd
/opt/cisco/secureclient/bin/vpnagentd 120 &
trap 'kill $!' EXIT
setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps +dac_override --ambient-caps +dac_override \"$@\"";
    assert!(SCRIPT.starts_with(INSTALLED));
    Device {
        name: "device_account_without_rights_whose_client_is_started_by_others",
        script: SCRIPT,
        needs: &["setpriv"],
        ..CLEAN
    }
    .run();
}
