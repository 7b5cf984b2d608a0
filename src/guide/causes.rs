//! Every cause this program knows, each read from its embedded file when it is first asked for: a run shows a few of
//! them, and reading all takes longer than the first frame may. The files cannot change, so what was read is kept for
//! the whole process.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, OnceLock};

use super::cause_file::{self, Header};
use super::source::Source;
use super::{Cause, Clients, Knowledge, Text, advisories, clients};
use crate::cause::CauseId;
use crate::diagnose::Relations;
use crate::packed::Packed;

/// The causes by id: the embedded ones, and in their place those that a site wrote about.
#[derive(Clone, Debug, Default)]
pub struct Causes {
    site: Arc<BTreeMap<CauseId, Cause>>,
}

/// A file, and the cause once it was read.
type File = (Packed, OnceLock<Option<Cause>>);

static FILES: LazyLock<BTreeMap<CauseId, File>> = LazyLock::new(|| {
    let files = CauseId::FILES.iter();
    let unread = files.map(|(id, file)| (*id, (*file, OnceLock::new())));
    unread.collect()
});

static HEADERS: LazyLock<BTreeMap<CauseId, Header>> = LazyLock::new(|| {
    let files = CauseId::FILES.iter();
    let headers =
        files.filter_map(|(id, file)| Some((*id, cause_file::header(&name(*id), file.head)?)));
    headers.collect()
});

/// The name of a cause's file in messages.
fn name(id: CauseId) -> String {
    format!("assets/causes/{id}.toml")
}

/// What the files say before their texts begin: enough to check what must hold across causes.
pub(super) fn headers() -> &'static BTreeMap<CauseId, Header> {
    &HEADERS
}

impl Causes {
    /// The embedded causes, and these in the place of theirs.
    pub(super) fn with_site(site: BTreeMap<CauseId, Cause>) -> Self {
        Self {
            site: Arc::new(site),
        }
    }

    /// The cause with this id. Every id has one: a test reads them all.
    pub fn get(&self, id: &CauseId) -> Option<&Cause> {
        self.site.get(id).or_else(|| Self::embedded(*id))
    }

    /// This program's own cause with this id.
    fn embedded(id: CauseId) -> Option<&'static Cause> {
        let (file, whole) = FILES.get(&id)?;
        let read = || {
            let (name, text) = (name(id), file.text()?);
            let source = Source::new(&name, text.as_bytes()).ok()?;
            cause_file::read(&source).map(|file| file.cause)
        };
        whole.get_or_init(read).as_ref()
    }

    /// Every cause, in the order of ids. Reads those that nobody asked for yet.
    pub fn iter(&self) -> impl Iterator<Item = (&'static CauseId, &Cause)> {
        FILES.keys().filter_map(move |id| Some((id, self.get(id)?)))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        FILES.len()
    }

    /// How many of them a site wrote about.
    pub fn from_site(&self) -> usize {
        self.site.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        FILES.is_empty()
    }
}

impl Cause {
    /// Every text for people in it: its own, then its steps'.
    pub(super) fn texts(&self) -> impl Iterator<Item = &Text> {
        let own = [
            Some(&self.name),
            Some(&self.meaning),
            self.browser.as_ref(),
            self.apart.as_ref(),
        ];
        let of_steps = self.steps.iter().flat_map(|step| {
            [
                Some(&step.text),
                step.expect.as_ref(),
                step.undo.as_ref(),
                step.danger.as_ref(),
            ]
        });
        own.into_iter().chain(of_steps).flatten()
    }
}

impl Knowledge {
    /// Named clients, and how each judges a server's certificates.
    pub fn clients(&self) -> Arc<Clients> {
        clients::embedded()
    }

    /// How causes hang together, for ranking and for putting consequences under their root; and the dated and named
    /// facts that rules compare with.
    pub fn relations(&self) -> Relations {
        let headers = headers().iter();
        let (layer, explains) = headers
            .map(|(id, header)| ((*id, header.layer), (*id, header.explains.clone())))
            .unzip();
        Relations {
            layer,
            explains,
            advisories: advisories::embedded(),
            clients: clients::embedded(),
            site_roots: self.wizard.site.root_sha256.clone(),
        }
    }
}
