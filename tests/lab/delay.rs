//! Long cables: two devices in two namespaces, and a program at each end that lets packets take their time. Not here:
//! ordinary cables ([`crate::netns`]).

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use crate::netns::Netns;
use crate::servers::{Ready, Running, start};
use crate::tools::Outcome;

/// A cable on which each packet is under way for `one_way`. Both ends are called as given and are up.
pub fn long_cable(
    one: (&Netns, &str),
    other: (&Netns, &str),
    one_way: Duration,
    folder: &Path,
) -> Outcome<[Running; 2]> {
    let ends = [(one, "near"), (other, "far")];
    for ((netns, device), _) in ends {
        netns.ip_batch(&format!("tuntap add dev {device} mode tun"))?;
    }
    let socket = |name: &str| folder.join(format!("{name}.socket"));
    let relay = |(netns, device): (&Netns, &str), here: &str, there: &str| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab/relay.py");
        let args: [OsString; 5] = [
            script.into(),
            device.into(),
            socket(here).into(),
            socket(there).into(),
            one_way.as_secs_f64().to_string().into(),
        ];
        let name = format!("relay-{here}");
        start(netns, &name, "python3", args, folder, Ready::Says("ready"))
    };
    let running = [relay(one, "near", "far")?, relay(other, "far", "near")?];
    for ((netns, device), _) in ends {
        netns.ip_batch(&format!("link set {device} up"))?;
    }
    Ok(running)
}
