//! What this device says of itself: no packet is sent.
//!
//! Reading it is [`crate::device`]'s; what follows from it [`crate::diagnose`]'s.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::check::{Check, Ending, Reporter};
use crate::device::{Device, facts};
use crate::evidence::{Observation, ProbeId, Why, WhyCode};

/// How long each group of facts may take.
const LIMIT: Duration = Duration::from_secs(2);

/// Asks the device.
pub(super) struct DeviceCheck {
    pub device: Arc<dyn Device>,
}

impl Check for DeviceCheck {
    fn id(&self) -> ProbeId {
        ProbeId::Device
    }

    fn limit(&self) -> Duration {
        LIMIT + Duration::from_secs(1)
    }

    fn look(self: Box<Self>, report: Reporter) -> BoxFuture<'static, Ending> {
        async move {
            let device = self.device;
            let read = move || facts::read(&*device, LIMIT);
            let Ok(seen) = tokio::task::spawn_blocking(read).await else {
                return Ending::Unknown(Why::code(WhyCode::Failed));
            };
            report.observe(Observation::Device(Box::new(seen)));
            Ending::Pass
        }
        .boxed()
    }
}
