//! What this device says of itself: no packet is sent.
//!
//! Reading it is [`crate::device`]'s; what follows from it [`crate::diagnose`]'s.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::check::{Check, Ending, Reporter};
use crate::device::{Device, facts};
use crate::evidence::{
    DeviceEvidence, Fact, InstalledClient, Observation, ProbeId, ProbeOutcome, StoreOwner,
    TimeService, TunNode, Tunnel, Why, WhyCode,
};
use crate::msg::Msg;

/// How long each group of facts may take.
const LIMIT: Duration = Duration::from_secs(2);

/// How long what it said holds for the next run: less than anybody needs to mend something and check again.
const FRESH: Duration = Duration::from_secs(2);

/// Asks the device.
pub(super) struct DeviceCheck {
    pub device: Arc<dyn Device>,
}

impl Check for DeviceCheck {
    fn id(&self) -> ProbeId {
        ProbeId::Device
    }

    fn limit(&self) -> Duration {
        facts::patience(LIMIT) + Duration::from_secs(1)
    }

    fn look(self: Box<Self>, report: Reporter) -> BoxFuture<'static, Ending> {
        async move {
            let device = self.device;
            let read = move || recent(&*device);
            let Ok(seen) = tokio::task::spawn_blocking(read).await else {
                return Ending::Unknown(Why::code(WhyCode::Failed));
            };
            let lines = lines(&seen);
            let notable = lines.iter().any(|(tone, _)| *tone == ProbeOutcome::Warn);
            for (tone, text) in lines {
                report.line(tone, text);
            }
            report.observe(Observation::Device(Box::new(seen)));
            if notable { Ending::Warn } else { Ending::Pass }
        }
        .boxed()
    }
}

/// What this device said last, and when.
static SAID: Mutex<Option<(Instant, DeviceEvidence)>> = Mutex::new(None);

/// Asks this device now, on a thread of its own: what its VPN programs say of their versions takes longest of all that a
/// run waits for, and depends on nothing that has to be read first. The check finds the answer, or waits for it.
pub fn ask_early() {
    // Where the system has no thread to give, the check asks by itself.
    let _ = std::thread::Builder::new().spawn(|| {
        if let Some(device) = crate::device::this_device() {
            recent(&*device);
        }
    });
}

/// Asks the device, or repeats what it said a moment ago: many gateways checked side by side are one device, and it is
/// asked once for all of them.
fn recent(device: &dyn Device) -> DeviceEvidence {
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((at, seen)) = &*said
        && at.elapsed() < FRESH
    {
        return seen.clone();
    }
    let seen = facts::read(device, facts::patience(LIMIT));
    *said = Some((Instant::now(), seen.clone()));
    seen
}

/// What is worth a line, and whether it is worth a second look.
fn lines(seen: &DeviceEvidence) -> Vec<(ProbeOutcome, Msg)> {
    const PLAIN: ProbeOutcome = ProbeOutcome::Running;
    let mut lines = Vec::new();
    if let Fact::Known(system) = &seen.system {
        let text = Msg::new("device.log.system")
            .with("name", &system.name)
            .with("version", &system.version);
        lines.push((PLAIN, text));
    }
    if let Fact::Known(clients) = &seen.clients {
        if clients.is_empty() {
            lines.push((PLAIN, Msg::new("device.log.no-client")));
        }
        lines.extend(clients.iter().map(|client| (PLAIN, installed(client))));
    }
    if let Fact::Known(tun) = &seen.tun
        && (tun.device != TunNode::Present || tun.module == Some(false))
    {
        lines.push((ProbeOutcome::Warn, Msg::new("device.log.tun-missing")));
    }
    let tunnels = seen.tunnels.known().map_or(&[][..], Vec::as_slice);
    lines.extend(tunnels.iter().map(tunnel));
    lines.extend(seen.time.known().and_then(time));
    let stores = seen.trust.known().map_or(&[][..], Vec::as_slice);
    for card in stores
        .iter()
        .filter(|card| card.owner == StoreOwner::System)
    {
        let (tone, text) = match card.roots {
            0 => (ProbeOutcome::Warn, Msg::new("device.log.store-empty")),
            count => (PLAIN, Msg::new("device.log.store").with("count", count)),
        };
        lines.push((tone, text.with("store", &card.store)));
    }
    lines
}

fn installed(client: &InstalledClient) -> Msg {
    let text = match &client.version {
        Fact::Known(version) => Msg::new("device.log.client").with("version", version),
        Fact::Unknown(_) => Msg::new("device.log.client-unknown"),
    };
    text.with("client", &client.name)
}

fn tunnel(tunnel: &Tunnel) -> (ProbeOutcome, Msg) {
    let addresses: Vec<String> = tunnel.addresses.iter().map(ToString::to_string).collect();
    let (tone, text) = if tunnel.default_route {
        (ProbeOutcome::Warn, Msg::new("device.log.full-tunnel"))
    } else {
        (ProbeOutcome::Running, Msg::new("device.log.tunnel"))
    };
    let text = text
        .with("adapter", &tunnel.adapter)
        .with("addresses", addresses.join(" "));
    (tone, text)
}

fn time(service: &TimeService) -> Option<(ProbeOutcome, Msg)> {
    let (tone, text) = match (service.running, &service.synchronised) {
        (false, _) => (ProbeOutcome::Warn, Msg::new("device.log.time-stopped")),
        (true, Fact::Known(false)) => (ProbeOutcome::Warn, Msg::new("device.log.time-lost")),
        (true, _) => (ProbeOutcome::Running, Msg::new("device.log.time")),
    };
    Some((tone, text.with("service", service.name.as_ref()?)))
}
