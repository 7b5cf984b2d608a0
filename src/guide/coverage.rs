//! How whole the causes are: cause by system by language, and every gap named. Behind `vpnmedic lint --coverage`.
//!
//! Whether a file is well formed at all is not asked here (the reader does that); nor what a screen makes of it.

use super::exempt::{self, Wants};
use super::{Cause, Causes, Knowledge, Lang, Layer, Owner, Place, Step, StepKind, System, Text};
use crate::cause::CauseId;

/// The gateways that every gateway-side cause speaks of, by the words that steps have for them.
pub(super) const FAMILIES: [&str; 6] =
    ["asa", "fortigate", "ocserv", "openvpn", "nginx", "haproxy"];

/// What every cause has and lacks, in the order of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// One entry a cause.
    pub causes: Vec<Covered>,
}

/// One cause's gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Covered {
    /// The cause.
    pub cause: CauseId,
    /// Its spoken code.
    pub code: String,
    /// Everything missing; empty where the cause is whole.
    pub gaps: Vec<Gap>,
}

/// Something missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// For whom: [`Place::Any`] where everybody lacks it.
    pub place: Place,
    /// In which language; none where it is missing in both.
    pub lang: Option<Lang>,
    /// What is missing.
    pub what: Missing,
}

/// What can be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The whole cause: its file has mistakes and cannot be read.
    File(CauseId),
    /// `[browser]`: why the browser or a colleague may still get in.
    Browser,
    /// `[apart]`: how to tell it from its look-alikes.
    Apart,
    /// A person on this system is told to ask and nothing else.
    Anything,
    /// No step says how it goes on this system.
    OwnStep,
    /// No step for this gateway product.
    Product(&'static str),
    /// The step with this code does or looks at something and does not say what is seen then.
    Expect(String),
    /// The step with this code changes something and cannot be taken back.
    Undo(String),
    /// The gateway is changed and nobody said to save its settings before.
    Backup,
    /// The gateway is changed and nobody looks afterwards, from outside, whether it helped.
    Afterwards,
    /// The person is never told to look whether it works now.
    Verify,
    /// A live check could confirm the repair, and no step for everybody names one.
    Check,
    /// Somebody else has to repair it, and no step hands the prepared text over.
    Escalate,
    /// A text of the cause or of this step that is not written in the language it stands for.
    Language(String),
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(id) => write!(
                f,
                "its file cannot be read; `vpnmedic lint assets/causes/{id}.toml` names the mistakes"
            ),
            Self::Browser => f.write_str("no [browser]"),
            Self::Apart => f.write_str("no [apart]"),
            Self::Anything => f.write_str("nothing but asking"),
            Self::OwnStep => f.write_str("no step of its own"),
            Self::Product(product) => write!(f, "no step for {product}"),
            Self::Expect(step) => write!(f, "{step} has no expect"),
            Self::Undo(step) => write!(f, "{step} changes something and has no undo"),
            Self::Backup => f.write_str("no backup step before the first change"),
            Self::Afterwards => f.write_str("no verify step for any product after the change"),
            Self::Verify => f.write_str("no verify step"),
            Self::Check => f.write_str("no verify step with a live `check`"),
            Self::Escalate => f.write_str("no escalate step"),
            Self::Language(part) => write!(f, "{part} is not written in this language"),
        }
    }
}

impl Coverage {
    /// Looks at all causes of this knowledge.
    pub fn of(knowledge: &Knowledge) -> Self {
        Self::of_causes(&knowledge.causes)
    }

    fn of_causes(causes: &Causes) -> Self {
        let all = CauseId::ALL.iter();
        let causes = all.map(|id| match causes.get(id) {
            Some(cause) => covered(cause),
            None => unread(*id),
        });
        Self {
            causes: causes.collect(),
        }
    }

    /// Whether nothing is missing anywhere.
    pub fn is_whole(&self) -> bool {
        self.causes.iter().all(|cause| cause.gaps.is_empty())
    }

    /// How many things are missing.
    pub fn gaps(&self) -> usize {
        self.causes.iter().map(|cause| cause.gaps.len()).sum()
    }
}

/// A cause that is listed and whose file says nothing.
pub(super) fn unread(id: CauseId) -> Covered {
    Covered {
        cause: id,
        code: "?".to_owned(),
        gaps: vec![Gap {
            place: Place::Any,
            lang: None,
            what: Missing::File(id),
        }],
    }
}

impl Covered {
    /// Whether there is anything to do or to look at in this place at all.
    pub fn concerns(&self, place: Place) -> bool {
        System::ALL
            .into_iter()
            .all(|system| system.place() != place || !exempt::has_nothing_to_do(self.cause, system))
    }

    /// Whether a person in this place, reading this language, has everything.
    pub fn is_whole(&self, place: Place, lang: Lang) -> bool {
        !self.gaps.iter().any(|gap| {
            (gap.place == place || gap.place == Place::Any)
                && gap.lang.is_none_or(|of_gap| of_gap == lang)
        })
    }
}

/// Everything that one cause lacks.
pub(super) fn covered(cause: &Cause) -> Covered {
    let mut gaps = Gaps(Vec::new());
    if cause.browser.is_none() {
        gaps.add(Place::Any, Missing::Browser);
    }
    if cause.apart.is_none() {
        gaps.add(Place::Any, Missing::Apart);
    }
    systems(cause, &mut gaps);
    if !cause
        .steps
        .iter()
        .any(|step| step.kind == StepKind::Escalate)
        && cause.owner.iter().any(|owner| *owner != Owner::User)
    {
        gaps.add(Place::Any, Missing::Escalate);
    }
    verify(cause, &mut gaps);
    steps(cause, &mut gaps);
    gateway(cause, &mut gaps);
    languages(cause, &mut gaps);
    Covered {
        cause: cause.id,
        code: cause.code.clone(),
        gaps: gaps.0,
    }
}

struct Gaps(Vec<Gap>);

impl Gaps {
    fn add(&mut self, place: Place, what: Missing) {
        self.0.push(Gap {
            place,
            lang: None,
            what,
        });
    }
}

/// Whether the person does more than turn to somebody.
fn is_more_than_asking(step: &Step) -> bool {
    !matches!(step.kind, StepKind::Ask | StepKind::Escalate)
}

fn is_change(step: &Step) -> bool {
    matches!(
        step.kind,
        StepKind::Do | StepKind::Command | StepKind::Isolate
    )
}

fn systems(cause: &Cause, gaps: &mut Gaps) {
    for system in System::ALL {
        let place = system.place();
        if exempt::has_nothing_to_do(cause.id, system) {
            continue;
        }
        if !cause.steps_for(system, None).any(is_more_than_asking) {
            gaps.add(place, Missing::Anything);
        }
        let mut own = cause.steps.iter().filter(|step| step.os.contains(&place));
        if !own.any(is_more_than_asking) {
            gaps.add(place, Missing::OwnStep);
        }
    }
}

/// Whether a live check sees that a cause of this kind is gone.
fn is_seen_live(cause: &Cause) -> bool {
    matches!(
        cause.layer,
        Layer::Network | Layer::Dns | Layer::Transport | Layer::Tls | Layer::Certificate
    ) && !exempt::is_never_seen_live(cause.id)
}

fn verify(cause: &Cause, gaps: &mut Gaps) {
    let for_all = || {
        let steps = cause.steps.iter();
        steps.filter(|step| step.kind == StepKind::Verify && step.os.contains(&Place::Any))
    };
    if for_all().next().is_none() {
        gaps.add(Place::Any, Missing::Verify);
    } else if is_seen_live(cause) && !for_all().any(|step| step.check.is_some()) {
        gaps.add(Place::Any, Missing::Check);
    }
}

fn steps(cause: &Cause, gaps: &mut Gaps) {
    for step in &cause.steps {
        let place = step.os.first().copied().unwrap_or(Place::Any);
        if is_more_than_asking(step) && step.expect.is_none() {
            gaps.add(place, Missing::Expect(step.code.clone()));
        }
        if is_change(step) && step.undo.is_none() && step.undo_command.is_none() {
            gaps.add(place, Missing::Undo(step.code.clone()));
        }
    }
}

fn gateway(cause: &Cause, gaps: &mut Gaps) {
    let of_gateway: Vec<&Step> = cause.gateway_steps(None).collect();
    match exempt::wants(cause) {
        Wants::Nothing => {}
        Wants::Something => {
            for family in FAMILIES {
                if cause.gateway_steps(Some(family)).next().is_none() {
                    gaps.add(Place::Gateway, Missing::Product(family));
                }
            }
        }
        Wants::Products(products) => {
            for family in products {
                if !of_gateway
                    .iter()
                    .any(|step| step.product.as_deref() == Some(family))
                {
                    gaps.add(Place::Gateway, Missing::Product(family));
                }
            }
        }
    }
    // Getting a certificate issued changes nothing on the gateway; a step for a product does.
    let changes = |step: &&Step| matches!(step.kind, StepKind::Do | StepKind::Command);
    let on_product = |step: &&Step| changes(step) && !is_any_product(step);
    let first = of_gateway
        .iter()
        .position(on_product)
        .or_else(|| of_gateway.iter().position(changes));
    let Some(first) = first else {
        return;
    };
    let is_backup = |step: &&Step| step.kind == StepKind::Backup;
    if !of_gateway[..first].iter().any(is_backup) {
        gaps.add(Place::Gateway, Missing::Backup);
    }
    let is_look = |step: &&Step| step.kind == StepKind::Verify && is_any_product(step);
    if is_seen_live(cause) && !of_gateway[first + 1..].iter().any(is_look) {
        gaps.add(Place::Gateway, Missing::Afterwards);
    }
}

fn is_any_product(step: &Step) -> bool {
    step.product
        .as_deref()
        .is_none_or(|product| product == "any")
}

/// A text that was copied instead of translated is not there for those who read the other language.
fn languages(cause: &Cause, gaps: &mut Gaps) {
    let mut look = |place: Place, part: &str, text: Option<&Text>| {
        let Some(text) = text else { return };
        for (lang, is_there) in [
            (Lang::En, !text.en.chars().any(is_japanese)),
            (Lang::Ja, text.ja.chars().any(is_japanese)),
        ] {
            if !is_there {
                gaps.0.push(Gap {
                    place,
                    lang: Some(lang),
                    what: Missing::Language(part.to_owned()),
                });
            }
        }
    };
    look(Place::Any, "name", Some(&cause.name));
    look(Place::Any, "meaning", Some(&cause.meaning));
    look(Place::Any, "browser", cause.browser.as_ref());
    look(Place::Any, "apart", cause.apart.as_ref());
    for step in &cause.steps {
        for place in &step.os {
            look(*place, &step.code, Some(&step.text));
            look(*place, &step.code, step.expect.as_ref());
            look(*place, &step.code, step.undo.as_ref());
            look(*place, &step.code, step.danger.as_ref());
        }
    }
}

/// Kana and kanji.
pub(super) fn is_japanese(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}')
}
