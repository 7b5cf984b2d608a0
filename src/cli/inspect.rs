//! `vpnmedic inspect`: a saved chain, judged without any network.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::args::{Common, InspectArgs};
use super::{Exit, Refusal, client, columns, print, refuse, setup};
use crate::chain::{
    Cert, MAX_ANSWER, MAX_LIST, ReadStatementError, Statement, Stores, TrustStore, read_answers,
    read_chain, read_lists,
};
use crate::device::trust_store::Late;
use crate::diagnose::{Diagnosis, Relations, Saved, inspect};
use crate::evidence::{ClientEvidence, DEFAULT_PORT, Der, Evidence, Host, Target, UnixTime};
use crate::guide::{Knowledge, Lang};
use crate::msg::Msg;
use crate::report::{Document, Subject};
use crate::session::SavedFile;
use crate::tui::{Opened, Start};

/// The largest file of certificates that is read, in bytes.
const MAX_FILE: u64 = 4 << 20;

/// Judges the certificates of the files together, as if one server had sent them in this order.
pub fn run(common: &Common, args: &InspectArgs) -> Result<Exit, Refusal> {
    if args.roots.is_some() && common.live.ca.is_some() {
        return Err(refuse(&Msg::new("refusal.roots-and-ca")));
    }
    let knowledge = setup::knowledge_without_tree(common)?;
    let lang = setup::language(common, Some(&knowledge.wizard.site));
    let mut served = Vec::new();
    for file in &args.files {
        let bytes = setup::read_bounded(file, MAX_FILE)?;
        // More than a chain may hold is no mistake: the judge takes the first of them and says so.
        let more =
            read_chain(&bytes).map_err(|error| Refusal(format!("{}: {error}", file.display())))?;
        served.extend(more);
    }
    let host = args
        .host
        .as_deref()
        .map(|typed| setup::target(typed, &knowledge, lang).map(|target| target.host))
        .transpose()?;
    let at = match &args.at {
        Some(text) => moment(text)?,
        None => UnixTime::from(SystemTime::now()),
    };
    let stores = match &args.roots {
        Some(path) => Arc::new(only(path)?),
        None => setup::stores(&common.live)?,
    };
    let statements = statements(args)?;
    let files = client::Files {
        certificate: args.client_cert.as_deref(),
        key: args.key.as_deref(),
        archive: args.p12.as_deref(),
    };
    let identity = client::read(&files, &knowledge.texts, lang)?;
    let chain = Chain {
        served,
        host,
        at,
        statements,
        client: identity.as_ref().map(|own| own.evidence().clone()),
        roots_given: args.roots.is_some(),
        relations: Relations::from(&knowledge),
        stores,
    };
    if args.json || args.files.is_empty() || common.plain || !setup::has_screen() {
        written(common, args, &knowledge, lang, &chain)
    } else {
        shown(common, args, knowledge, lang, chain)
    }
}

/// What the command line gave, read.
struct Chain {
    served: Vec<Der>,
    host: Option<Host>,
    at: UnixTime,
    statements: Vec<Statement>,
    client: Option<ClientEvidence>,
    roots_given: bool,
    relations: Relations,
    stores: Arc<Stores>,
}

impl Chain {
    fn saved(&self) -> Saved<'_> {
        Saved {
            served: &self.served,
            name: self.host.as_ref(),
            at: self.at,
            statements: &self.statements,
            client: self.client.as_ref(),
            client_roots: if self.roots_given {
                &self.stores.system.anchors
            } else {
                &[]
            },
        }
    }

    fn diagnosis(&self) -> Diagnosis {
        inspect(&self.saved(), &self.stores, &self.relations)
    }
}

/// In words or as JSON.
fn written(
    common: &Common,
    args: &InspectArgs,
    knowledge: &Knowledge,
    lang: Lang,
    chain: &Chain,
) -> Result<Exit, Refusal> {
    let diagnosis = chain.diagnosis();
    let evidence = chain.saved().evidence();
    let subject = Subject {
        knowledge,
        lang,
        system: setup::system(common),
        evidence: &evidence,
        diagnosis: &diagnosis,
    };
    if args.json {
        let line = Document::saved(&subject, chain.host.is_some()).line();
        print(&(line.map_err(|error| Refusal(format!("cannot write JSON: {error}")))? + "\n"))?;
    } else {
        print(&crate::report::text(&subject, columns()))?;
    }
    Ok(diagnosis.verdict.into())
}

/// On the screen. The exit code is that of the verdict, as in words.
fn shown(
    common: &Common,
    args: &InspectArgs,
    knowledge: Knowledge,
    lang: Lang,
    chain: Chain,
) -> Result<Exit, Refusal> {
    let verdict = chain.diagnosis().verdict;
    let names: Vec<String> = args.files.iter().map(|file| shown_name(file)).collect();
    let file = SavedFile {
        files: names.join(", "),
        target: chain.host.clone().map(|host| Target {
            host,
            port: DEFAULT_PORT,
            port_given: false,
        }),
        at: chain.at,
        roots: args.roots.as_deref().map(shown_name),
        client: chain.client.clone(),
    };
    let options = setup::options(common, &knowledge.wizard.site)?;
    let stores = Late::from(Arc::clone(&chain.stores));
    let judge = Arc::new(move |_: &Evidence, _| chain.diagnosis());
    let start = Start {
        opened: Some(Opened { file, judge }),
        ..setup::screen(common, knowledge, lang, options, stores)
    };
    setup::show(start, setup::screens_runtime(), "vpnmedic inspect --plain")?;
    Ok(verdict.into())
}

/// A file's name without its folders; `-` is standard input.
fn shown_name(file: &Path) -> String {
    file.file_name().map_or_else(
        || file.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// The revocation lists and OCSP answers of the files given.
fn statements(args: &InspectArgs) -> Result<Vec<Statement>, Refusal> {
    let mut all = Vec::new();
    read_statements(&args.crl, MAX_LIST, read_lists, Statement::list, &mut all)?;
    read_statements(
        &args.ocsp,
        MAX_ANSWER,
        read_answers,
        Statement::answer,
        &mut all,
    )?;
    Ok(all)
}

/// Reads the files; PEM is larger than what is in it. A file that holds nothing of the kind is a mistake on the command
/// line, not a finding; a responder's refusal is an answer.
fn read_statements(
    files: &[PathBuf],
    max: usize,
    read: fn(&[u8]) -> Result<Vec<Der>, ReadStatementError>,
    make: fn(&str, &Der) -> Statement,
    all: &mut Vec<Statement>,
) -> Result<(), Refusal> {
    let limit = u64::try_from(max).unwrap_or(u64::MAX).saturating_mul(2);
    for file in files {
        let name = file.display().to_string();
        let refuse = |error: &dyn std::fmt::Display| Refusal(format!("{name}: {error}"));
        let bytes = setup::read_bounded(file, limit)?;
        for der in read(&bytes).map_err(|error| refuse(&error))? {
            let statement = make(&name, &der);
            if let Some(reason) = statement.malformed() {
                return Err(refuse(&format!("not readable: it {reason}")));
            }
            all.push(statement);
        }
    }
    Ok(())
}

/// A store that holds the certificates of this file and nothing else.
fn only(path: &Path) -> Result<Stores, Refusal> {
    let bytes = setup::read_bounded(path, MAX_FILE)?;
    let mut anchors = Vec::new();
    let ders = crate::chain::read_store(&bytes)
        .map_err(|error| Refusal(format!("{}: {error}", path.display())))?;
    for der in ders {
        let cert =
            Cert::parse(&der).map_err(|error| Refusal(format!("{}: {error}", path.display())))?;
        anchors.push(Arc::new(cert));
    }
    let system = TrustStore {
        name: path.display().to_string(),
        brought: anchors.len(),
        anchors,
    };
    Ok(Stores {
        system,
        mozilla: TrustStore::default(),
    })
}

/// A moment as people write it.
fn moment(text: &str) -> Result<UnixTime, Refusal> {
    if let Ok(seconds) = text.parse::<i64>() {
        return Ok(UnixTime(seconds));
    }
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Ok(UnixTime(moment.as_second()));
    }
    format!("{text}T00:00:00Z")
        .parse::<jiff::Timestamp>()
        .map(|moment| UnixTime(moment.as_second()))
        .map_err(|_| refuse(&Msg::new("refusal.moment").with("text", text)))
}
