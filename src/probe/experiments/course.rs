//! Which experiments are made for which doubt, and in which order.
//!
//! How one is made, and several side by side, is in `bench`.

use std::time::Duration;

use futures_util::future::join;

use super::bench::{Bench, Trial, alike, ran_through, turned_away};
use super::doubt::Doubt;
use crate::evidence::{TlsAttempt, TlsOutcome, TlsVariant};

/// Addresses of the name that are tried beside the ordinary one.
const MAX_OTHERS: usize = 3;
/// Times that the ordinary handshake is repeated on the same address.
const MAX_AGAIN: usize = 3;

impl Bench<'_> {
    /// All of them.
    pub(super) async fn work(&mut self) {
        let others = self.check.others.iter().take(MAX_OTHERS);
        let others: Vec<Trial> = others
            .map(|addr| (TlsVariant::OtherAddress, *addr))
            .collect();
        match self.check.doubt {
            // Nobody hangs up here: all of it at the same time.
            Some(Doubt::Certificate { wrong_name }) => {
                let again = self.certificate(wrong_name);
                let differs = |made: &TlsAttempt| self.differs(made);
                let (other, again) = join(
                    self.side_by_side(&others, |_| false),
                    self.side_by_side(&again, differs),
                )
                .await;
                self.take(other).await;
                self.take(again).await;
                self.smaller_elsewhere().await;
                return;
            }
            _ => self.batch(&others, |_| false).await,
        }
        self.smaller_elsewhere().await;
        match self.check.doubt {
            None | Some(Doubt::Certificate { .. }) => {}
            Some(Doubt::Silence) => self.silence().await,
            Some(Doubt::Cut { at_once }) => self.cut(at_once).await,
            Some(Doubt::Refusal) => self.without_share().await,
            Some(Doubt::UnknownName) => {
                self.batch_here(&[TlsVariant::WithoutSni, TlsVariant::Again], |_| false)
                    .await;
            }
            Some(Doubt::Odd) => {
                self.again(1).await;
            }
        }
    }

    /// A tunnel for IPv6 often carries less than its ends think, while IPv4 is in order: where another address fell
    /// silent, smaller packets to it.
    async fn smaller_elsewhere(&mut self) {
        let silent = |made: &&TlsAttempt| {
            made.variant == TlsVariant::OtherAddress
                && matches!(made.outcome, TlsOutcome::Stalled { .. })
        };
        let smaller: Vec<Trial> = (self.made.iter().filter(silent))
            .map(|made| (TlsVariant::SmallSegments, made.addr))
            .collect();
        self.batch(&smaller, |_| false).await;
    }

    /// Packets that are too large for the path, or a hello that is too large for the server. Where smaller packets help,
    /// the other answer changes nothing; the other way round it does, for without the share there are fewer packets.
    async fn silence(&mut self) {
        let small =
            |made: &TlsAttempt| made.variant == TlsVariant::SmallSegments && ran_through(made);
        let trials = [TlsVariant::SmallSegments, TlsVariant::WithoutPostQuantum];
        self.batch_here(&trials, small).await;
        if self
            .made
            .iter()
            .any(|made| made.addr == self.check.main.addr && ran_through(made))
        {
            self.control().await;
        }
    }

    async fn without_share(&mut self) {
        if self.here(TlsVariant::WithoutPostQuantum).await == Some(true) {
            self.control().await;
        } else {
            self.again(1).await;
        }
    }

    /// The ordinary one again after a change that helped, to see that it was the change: not time that passed, and not
    /// the next of two nodes that answer in turn, hence twice.
    async fn control(&mut self) {
        let helped = self.made.iter().rfind(|made| ran_through(made));
        let ample = Duration::from_micros(helped.map_or(0, |made| made.took_us)).saturating_mul(20);
        self.limit = ample.clamp(self.check.pace.silence, self.check.pace.tls / 2);
        let main = self.check.main.clone();
        self.batch_here(&[TlsVariant::Again; 2], |made| !alike(made, &main))
            .await;
    }

    /// Another node may sit behind the same address; and where the name is at fault, none is sent.
    fn certificate(&self, wrong_name: bool) -> Vec<Trial> {
        let main = &self.check.main;
        let mut variants = vec![TlsVariant::Again; MAX_AGAIN];
        if wrong_name && main.sni.is_some() {
            variants.insert(MAX_AGAIN - 1, TlsVariant::WithoutSni);
        }
        variants
            .into_iter()
            .map(|variant| (variant, main.addr))
            .collect()
    }

    /// What differs from one try to the next is no matter of the name, so that the rest is not waited for.
    fn differs(&self, made: &TlsAttempt) -> bool {
        made.variant == TlsVariant::Again && !alike(made, &self.check.main)
    }

    /// Somebody hangs up: on anybody, on this hello, or only now and then. One after the other: who counts connections
    /// is not to be given more at once.
    async fn cut(&mut self, at_once: bool) {
        if at_once {
            self.here(TlsVariant::WithoutHello).await;
            if self.made.last().is_some_and(turned_away) {
                self.again(MAX_AGAIN).await;
                return;
            }
        }
        self.without_share().await;
    }

    /// The ordinary handshake on the same address, until it comes to something else than before. Being turned away is
    /// looked at to the end: a door that stays shut is not one that sticks.
    async fn again(&mut self, times: usize) {
        for _ in 0..times {
            if self.here(TlsVariant::Again).await.is_none() {
                return;
            }
            let differs = self
                .made
                .last()
                .is_some_and(|made| !turned_away(made) && !alike(made, &self.check.main));
            if differs {
                return;
            }
        }
    }

    /// One experiment by itself on the address of the ordinary handshake; whether it ran through, none where it was not
    /// made.
    async fn here(&mut self, variant: TlsVariant) -> Option<bool> {
        // Gateways that limit how fast anybody may connect see no burst: this is the pause between two connections, and
        // nothing is waited for.
        tokio::time::sleep(self.check.pace.silence / 10).await;
        let made = self
            .trial((variant, self.check.main.addr), Duration::ZERO)
            .await;
        let Some(made) = made else {
            self.refused_a_place = true;
            return None;
        };
        let through = ran_through(&made);
        self.keep(made);
        Some(through)
    }

    /// These side by side on the address of the ordinary handshake; see [`Self::batch`].
    async fn batch_here(&mut self, variants: &[TlsVariant], enough: impl Fn(&TlsAttempt) -> bool) {
        let addr = self.check.main.addr;
        let trials: Vec<Trial> = variants.iter().map(|variant| (*variant, addr)).collect();
        self.batch(&trials, enough).await;
    }
}
