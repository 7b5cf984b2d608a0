//! All that the screen shows, as data: the session, what follows from it, and where the person is looking.
//!
//! Only [`super::update`] changes it, only [`super::view`] draws it; neither is here.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::tz::TimeZone;
use tui_input::Input;

use crate::cause::CauseId;
use crate::device::profiles::Profiles;
use crate::diagnose::{Diagnosis, Finding};
use crate::evidence::{Carrier, DeviceEvidence, Evidence, ProfileEvidence, TargetError, UnixTime};
use crate::guide::{Cause, Fill, Knowledge, Lang, Step, System};
use crate::plan::Lan;
use crate::session::journal::{Kept, Trouble};
use crate::session::{FactsNow, Session, Stage};

use super::panes::{self, wizard::Offer};
use super::theme::{Glyphs, Theme, ThemeName};
use super::update::Practising;
use super::words::{Mask, Words};

mod changes;
mod popup;

pub use changes::changes_something;
pub use popup::{BundleForm, Compared, Packed, PoolForm, Popup, Reading, ReportForm, SessionList};

/// Draws conclusions from evidence: the diagnose room with this device's trust stores, or a fixture.
pub type Reasoner = Arc<dyn Fn(&Evidence, System) -> Diagnosis + Send + Sync>;

/// The panes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pane {
    /// The walk itself.
    #[default]
    Wizard,
    /// The steps to tick off.
    Checklist,
    /// The certificate chain.
    Chain,
    /// The probe log.
    Log,
}

impl Pane {
    /// All of them, in the order of the tabs.
    pub const ALL: [Self; 4] = [Self::Wizard, Self::Checklist, Self::Chain, Self::Log];

    /// Its place in [`Self::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The id of the word on its tab.
    pub const fn tab_id(self) -> &'static str {
        match self {
            Self::Wizard => "screen.tab.wizard",
            Self::Checklist => "screen.tab.checklist",
            Self::Chain => "screen.tab.chain",
            Self::Log => "screen.tab.log",
        }
    }

    /// The id of its title.
    pub const fn title_id(self) -> &'static str {
        match self {
            Self::Wizard => "screen.pane.wizard",
            Self::Checklist => "screen.pane.checklist",
            Self::Chain => "screen.pane.chain",
            Self::Log => "screen.pane.log",
        }
    }
}

/// What a run may contact, for the line that says so beforehand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contacts {
    /// Nothing at all.
    pub offline: bool,
    /// Only the gateway and its DNS.
    pub no_third_party: bool,
    /// Not the public DNS server.
    pub no_public_dns: bool,
    /// Time servers.
    pub ntp: Vec<String>,
    /// Captive portal probes.
    pub portal: Vec<String>,
}

/// What was known when the screen was frozen.
#[derive(Clone, Debug)]
pub struct Held {
    /// What was seen.
    pub evidence: Option<Evidence>,
    /// What followed from it.
    pub diagnosis: Option<Diagnosis>,
}

/// Whether and where what happens is written down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Keeping {
    /// Nothing is: nobody asked for it.
    #[default]
    Off,
    /// It will be, once something happens.
    Ready,
    /// It is, in this file.
    Kept(PathBuf),
    /// It cannot be at the moment.
    Trouble(Trouble),
}

/// The whole screen as data.
#[derive(Clone)]
pub struct Model {
    /// What is known about causes, the tree and the words.
    pub knowledge: Arc<Knowledge>,
    /// The fold of what happened.
    pub session: Session,
    /// What follows from the evidence so far.
    pub conclusions: Option<Diagnosis>,
    /// Draws those conclusions.
    pub reasoner: Reasoner,
    /// What a run may contact.
    pub contacts: Contacts,
    /// Cells of the terminal: columns, rows.
    pub size: (u16, u16),
    /// The pane that has the keys.
    pub focus: Pane,
    /// The chosen line of each pane.
    pub chosen: [usize; 4],
    /// The first line shown of each pane.
    pub scroll: [usize; 4],
    /// How the log is shown.
    pub log: panes::log::View,
    /// The address field.
    pub address: Input,
    /// What is wrong with the address.
    pub address_error: Option<TargetError>,
    /// The error message field.
    pub message: Input,
    /// Which of the findings the verdict shows.
    pub finding: usize,
    /// What lies over the panes.
    pub popup: Option<Popup>,
    /// The saved connections of this device, once they were read.
    pub profiles: Profiles,
    /// The one that the target comes from, if it comes from one.
    pub profile: Option<Arc<ProfileEvidence>>,
    /// The networks this device is in, once they were asked for.
    pub lans: Option<Vec<Lan>>,
    /// What this device says of itself, once it was asked; none inside where this build cannot ask it.
    pub device: Option<Option<Box<DeviceEvidence>>>,
    /// The folder that is offered for reports.
    pub folder: std::path::PathBuf,
    /// Styles.
    pub theme: Theme,
    /// Signs.
    pub glyphs: Glyphs,
    /// Whether names and addresses are hidden.
    pub masked: bool,
    /// Whether certificates are left out of the session that is looked back at: none on show does not mean none seen.
    pub left_out: bool,
    /// What is shown while the screen is frozen.
    pub held: Option<Held>,
    /// Whether lessons can be begun here.
    pub lessons: bool,
    /// The lesson under way, if one is.
    pub practice: Option<Box<Practising>>,
    /// Whether the screen is shown to others: large spacing, one pane, one step at a time.
    pub presenter: bool,
    /// Whether the mouse is reported.
    pub mouse: bool,
    /// The line of what is on top that is pointed at, while lines are numbered.
    pub pointed: Option<usize>,
    /// The time zone of times shown.
    pub zone: TimeZone,
    /// Milliseconds since the run began, while one is under way.
    pub elapsed_ms: u64,
    /// A line shown in place of the hints until the next key: what a key just did.
    pub notice: Option<String>,
    /// The time of what happens now, by this device's clock.
    pub now: UnixTime,
    /// Whether and where what happens is written down.
    pub keeping: Keeping,
    /// What happened and was not yet handed over to be written down.
    pub outbox: Vec<Kept>,
}

impl Model {
    /// A screen at its beginning.
    pub fn new(
        knowledge: Arc<Knowledge>,
        reasoner: Reasoner,
        contacts: Contacts,
        lang: Lang,
        system: System,
    ) -> Self {
        Self {
            knowledge,
            session: Session::new(lang, system),
            conclusions: None,
            reasoner,
            contacts,
            size: (80, 24),
            focus: Pane::Wizard,
            chosen: [0; 4],
            scroll: [0; 4],
            log: panes::log::View::default(),
            address: Input::default(),
            address_error: None,
            message: Input::default(),
            finding: 0,
            popup: None,
            profiles: Profiles::default(),
            profile: None,
            lans: None,
            device: None,
            folder: std::path::PathBuf::new(),
            theme: Theme::new(ThemeName::Dark),
            glyphs: Glyphs::UNICODE,
            masked: false,
            left_out: false,
            held: None,
            lessons: true,
            practice: None,
            presenter: false,
            mouse: true,
            pointed: None,
            zone: TimeZone::UTC,
            elapsed_ms: 0,
            notice: None,
            now: UnixTime(0),
            keeping: Keeping::Off,
            outbox: Vec::new(),
        }
    }

    /// What was seen, as it is shown: what was known when the screen was frozen, if it is.
    pub fn evidence(&self) -> Option<&Evidence> {
        match &self.held {
            Some(held) => held.evidence.as_ref(),
            None => self.session.evidence(),
        }
    }

    /// What follows, as it is shown.
    pub fn diagnosis(&self) -> Option<&Diagnosis> {
        match &self.held {
            Some(held) => held.diagnosis.as_ref(),
            None => self.conclusions.as_ref(),
        }
    }

    /// What the tree may ask: always of what is known now, also while the screen is frozen.
    pub fn facts(&self) -> FactsNow<'_> {
        FactsNow {
            evidence: self.session.evidence(),
            diagnosis: self.conclusions.as_ref(),
            system: self.session.system(),
        }
    }

    /// The saved connections that can be looked at here: IPsec's cannot.
    pub fn offered_profiles(&self) -> impl Iterator<Item = &ProfileEvidence> {
        const MOST: usize = 30;
        let looked_at = |profile: &&ProfileEvidence| {
            let place = profile.target();
            place.is_some_and(|place| place.carrier != Carrier::Ipsec)
        };
        self.profiles
            .connections
            .iter()
            .filter(looked_at)
            .take(MOST)
    }

    /// Whether checks are under way.
    pub fn is_running(&self) -> bool {
        self.session.evidence().is_some_and(|e| !e.finished)
    }

    /// Whether there are checks that can be made again.
    pub fn can_recheck(&self) -> bool {
        self.session.target().is_some() && self.session.file().is_none() && !self.offline()
    }

    /// What this device says of itself: as the run saw it, else as it was asked for the card.
    pub fn device_seen(&self) -> Option<&DeviceEvidence> {
        let run = self.session.evidence().and_then(|e| e.device.known());
        run.or(self.device.as_ref()?.as_deref())
    }

    /// Whether a lesson is offered on the first screen: its checks are live ones, on this device's own gateway.
    pub fn offers_lessons(&self) -> bool {
        self.lessons && !self.offline()
    }

    /// Whether nothing may be contacted.
    pub fn offline(&self) -> bool {
        self.contacts.offline
    }

    /// Whether keys are letters of a field.
    pub fn is_typing(&self) -> bool {
        match &self.popup {
            Some(
                Popup::Palette { .. }
                | Popup::Library { .. }
                | Popup::Pool(_)
                | Popup::Report(_)
                | Popup::Bundle(_)
                | Popup::Note { .. }
                | Popup::Sessions(_),
            ) => true,
            Some(_) => false,
            None if self.focus == Pane::Log => self.log.field.is_some(),
            None => {
                self.focus == Pane::Wizard
                    && panes::wizard::offers(self).get(self.chosen[Pane::Wizard.index()])
                        == Some(&Offer::Field)
            }
        }
    }

    /// The words of the screen now.
    pub fn words(&self) -> Words<'_> {
        let mask = self.masked.then(|| {
            let host = self.session.target().map(|target| &target.host);
            let mask = Mask::of(host, self.evidence(), self.diagnosis());
            super::hidden::beside_the_run(self, mask)
        });
        Words::new(
            &self.knowledge.texts,
            self.session.lang(),
            self.fill(),
            mask,
        )
    }

    /// What goes into the placeholders of texts and commands.
    pub fn fill(&self) -> Fill {
        self.session.fill(self.diagnosis())
    }

    /// The cause that the steps, the checklist and the text for the administrator are about.
    pub fn subject(&self) -> Option<CauseId> {
        match self.session.stage() {
            Stage::Steps(cause) | Stage::HandOver(cause) => Some(*cause),
            Stage::Walk => {
                let chosen = self.chosen[Pane::Wizard.index()];
                match panes::wizard::offers(self).get(chosen) {
                    // A possibility that is looked at comes before what was found.
                    Some(Offer::Steps(cause)) => Some(*cause),
                    _ => self.shown_finding().map(|finding| finding.cause),
                }
            }
            Stage::Target | Stage::Symptom | Stage::File => {
                self.shown_finding().map(|finding| finding.cause)
            }
        }
    }

    /// The finding that the verdict shows.
    pub fn shown_finding(&self) -> Option<&Finding> {
        let causes = &self.diagnosis()?.causes;
        causes.get(self.finding).or_else(|| causes.first())
    }

    /// A cause's knowledge.
    pub fn cause(&self, id: CauseId) -> Option<&Cause> {
        self.knowledge.causes.get(&id)
    }

    /// The steps for this cause on the system chosen, then those for the gateway.
    pub fn steps(&self, id: CauseId) -> Vec<&Step> {
        let Some(cause) = self.cause(id) else {
            return Vec::new();
        };
        let product = self
            .evidence()
            .and_then(|evidence| evidence.gateway.known())
            .and_then(|gateway| gateway.product.as_ref())
            .map(|product| product.id.as_str());
        cause
            .steps_for(self.session.system(), self.knowledge.distro)
            .chain(cause.gateway_steps(product))
            .collect()
    }

    /// Whether steps are on show that can be marked.
    pub fn shows_steps(&self) -> bool {
        matches!(self.session.stage(), Stage::Steps(_))
            || (self.focus == Pane::Checklist && self.subject().is_some())
    }

    /// What can be chosen in the wizard pane: how much of it.
    pub fn choices(&self) -> usize {
        panes::wizard::offers(self).len()
    }

    /// Whether a step that can be marked is chosen.
    pub fn at_step(&self) -> bool {
        match self.focus {
            Pane::Checklist => self.subject().is_some(),
            Pane::Wizard => matches!(
                panes::wizard::offers(self).get(self.chosen[Pane::Wizard.index()]),
                Some(Offer::Step(_))
            ),
            Pane::Chain | Pane::Log => false,
        }
    }

    /// The certificate that is shown or chosen, by its place in the diagnosis' chain.
    pub fn certificate_at_hand(&self) -> Option<usize> {
        super::update::certificate_at_hand(self)
    }

    /// Whether the copy key would copy something now.
    pub fn can_copy(&self) -> bool {
        super::update::can_copy(self)
    }
}
