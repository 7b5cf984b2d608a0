//! The report for scripts: the document of `check --json`, with what the person said and did beside it.

use serde::Serialize;

use crate::chain::{Source, pem};
use crate::guide::By;
use crate::session::{Mark, SavedFile};

use super::super::{Document, marked};
use super::model::Gathered;

#[derive(Serialize)]
struct SessionDocument {
    #[serde(flatten)]
    document: Document,
    made_at: String,
    /// The certificates of `chain` that are not the store's, in its order.
    chain_pem: Vec<String>,
    session: Option<Said>,
}

#[derive(Serialize)]
struct Said {
    language: crate::guide::Lang,
    system: crate::guide::System,
    symptom: Option<String>,
    message: Option<String>,
    answers: Vec<Answer>,
    checklist: Vec<Step>,
}

#[derive(Serialize)]
struct Answer {
    question: String,
    answer: String,
    by: &'static str,
}

#[derive(Serialize)]
struct Step {
    code: String,
    state: Mark,
}

pub fn write(gathered: &Gathered<'_>) -> serde_json::Result<String> {
    let subject = gathered.subject();
    let session = gathered.source.session;
    let file: Option<&SavedFile> = session.and_then(|session| session.file());
    let named = match (file, gathered.source.evidence) {
        (Some(file), _) => file.target.is_some(),
        (None, evidence) => evidence.is_some(),
    };
    let document = if file.is_some() || !named {
        Document::saved(&subject, named)
    } else {
        Document::live(&subject)
    };
    let chain = gathered.diagnosis.chain.iter();
    let whole = SessionDocument {
        document,
        made_at: gathered.source.made_at.rfc3339(),
        chain_pem: chain
            .filter(|entry| entry.source != Source::Store)
            .map(|entry| pem(&entry.cert.der))
            .collect(),
        session: session.map(|session| Said {
            language: session.lang(),
            system: session.system(),
            symptom: session.walk().map(|walk| walk.symptom().to_owned()),
            message: gathered.message.clone(),
            answers: gathered
                .answers
                .iter()
                .map(|answered| Answer {
                    question: answered.question.clone(),
                    answer: answered.answer.clone(),
                    by: match answered.by {
                        By::Person => "person",
                        By::Check => "check",
                        By::Message => "message",
                    },
                })
                .collect(),
            checklist: marked(gathered.source.knowledge, session)
                .into_iter()
                .map(|(code, state, _)| Step { code, state })
                .collect(),
        }),
    };
    serde_json::to_string_pretty(&whole).map(|text| text + "\n")
}
