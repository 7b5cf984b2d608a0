//! Long cables: a namespace between two others, and a program in it that lets frames take their time. Not here: ordinary
//! cables ([`crate::netns`]).

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use crate::netns::{Netns, cable};
use crate::servers::{Ready, Running, start};
use crate::tools::Outcome;

/// A cable on which each frame is under way for a while.
pub struct LongCable {
    // The program first: fields are dropped in this order.
    _relay: Running,
    _middle: Netns,
}

impl LongCable {
    /// Lays it. Both ends are ordinary devices, are called as given and are up.
    pub fn lay(
        one: (&Netns, &str),
        other: (&Netns, &str),
        one_way: Duration,
        folder: &Path,
    ) -> Outcome<Self> {
        let middle = Netns::new("cable")?;
        cable(one, (&middle, "near"))?;
        cable(other, (&middle, "far"))?;
        // The devices in the middle only carry: no addresses of their own, nothing said of themselves.
        middle.sh("for device in near far; do
                 echo 1 > /proc/sys/net/ipv6/conf/$device/disable_ipv6
             done")?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab/relay.py");
        let args: [OsString; 4] = [
            script.into(),
            one_way.as_secs_f64().to_string().into(),
            "near".into(),
            "far".into(),
        ];
        let relay = start(
            &middle,
            "relay",
            "python3",
            args,
            folder,
            Ready::Says("ready"),
        )?;
        Ok(Self {
            _relay: relay,
            _middle: middle,
        })
    }
}
