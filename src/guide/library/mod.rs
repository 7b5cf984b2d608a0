//! The library: pages that answer questions, and a search over them, the causes and the messages. Pages are Markdown in
//! `assets/library/`, one file a language; what of Markdown they may use is in `markdown`.

mod markdown;
mod of_messages;
mod search;

use std::sync::{LazyLock, OnceLock};

use super::{Knowledge, Lang};
use crate::cause::CauseId;

pub use markdown::{Block, Run};
pub use search::{Hit, Index};

/// One page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its id: the file's name without language and ending.
    pub id: &'static str,
    /// Its title and content in English.
    en: Content,
    /// The same in Japanese.
    ja: Content,
}

/// A page in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Content {
    title: String,
    blocks: Vec<Block>,
}

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A page, or a heading of it.
    Page {
        /// The page's id.
        id: &'static str,
        /// The heading's id.
        heading: Option<String>,
    },
    /// A cause.
    Cause(CauseId),
    /// A message that people see, by its id.
    Message(String),
}

impl Place {
    /// The place that a link of a page names: `page:<id>`, `page:<id>#<heading>` or `cause:<id>`.
    fn parse(link: &str) -> Option<Self> {
        if let Some(cause) = link.strip_prefix("cause:") {
            return CauseId::parse(cause).map(Self::Cause);
        }
        let page = link.strip_prefix("page:")?;
        let (page, heading) = match page.split_once('#') {
            Some((page, heading)) => (page, Some(heading.to_owned())),
            None => (page, None),
        };
        let (id, _, _) = FILES.iter().find(|(id, _, _)| *id == page)?;
        Some(Self::Page { id, heading })
    }
}

impl Page {
    /// Its title.
    pub fn title(&self, lang: Lang) -> &str {
        &self.content(lang).title
    }

    /// Its content.
    pub fn blocks(&self, lang: Lang) -> &[Block] {
        &self.content(lang).blocks
    }

    fn content(&self, lang: Lang) -> &Content {
        match lang {
            Lang::En => &self.en,
            Lang::Ja => &self.ja,
        }
    }
}

macro_rules! pages {
    ($($id:literal,)*) => {
        &[$((
            $id,
            include_str!(concat!("../../../assets/library/", $id, ".en.md")),
            include_str!(concat!("../../../assets/library/", $id, ".ja.md")),
        ),)*]
    };
}

/// Id and texts of every page, in the order of the table of contents.
const FILES: &[(&str, &str, &str)] = pages![
    "measures",
    "verify",
    "compare",
    "faq",
    "handover",
    "prevention",
    "operations",
    "glossary",
];

static PAGES: LazyLock<Vec<Page>> = LazyLock::new(|| {
    let read = |text| {
        let (title, blocks) = markdown::read(text);
        Content { title, blocks }
    };
    FILES
        .iter()
        .map(|(id, en, ja)| Page {
            id,
            en: read(en),
            ja: read(ja),
        })
        .collect()
});

/// Every page, read when first asked for.
pub fn pages() -> &'static [Page] {
    &PAGES
}

/// The index for searching all of it, built when first asked for.
pub fn index(knowledge: &Knowledge) -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(|| Index::new(knowledge))
}

/// The page with this id.
pub fn page(id: &str) -> Option<&'static Page> {
    PAGES.iter().find(|page| page.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headings(page: &Page, lang: Lang) -> Vec<(u8, &str)> {
        page.blocks(lang)
            .iter()
            .filter_map(|block| match block {
                Block::Heading { level, id, .. } => Some((*level, id.as_str())),
                _ => None,
            })
            .collect()
    }

    fn runs(block: &Block) -> &[Run] {
        match block {
            Block::Heading { runs, .. } | Block::Text(runs) | Block::Item { runs, .. } => runs,
            Block::Code(_) => &[],
        }
    }

    #[test]
    fn both_languages_have_the_same_headings_links_and_commands() {
        for page in pages() {
            assert_eq!(
                headings(page, Lang::En),
                headings(page, Lang::Ja),
                "{}",
                page.id
            );
            let links = |lang| {
                let mut links: Vec<String> = page
                    .blocks(lang)
                    .iter()
                    .flat_map(runs)
                    .filter_map(|run| run.to.as_ref().map(|to| format!("{to:?}")))
                    .collect();
                links.sort();
                links
            };
            assert_eq!(links(Lang::En), links(Lang::Ja), "{}", page.id);
            let code = |lang| -> Vec<&Block> {
                let blocks = page.blocks(lang).iter();
                blocks
                    .filter(|block| matches!(block, Block::Code(_)))
                    .collect()
            };
            assert_eq!(code(Lang::En), code(Lang::Ja), "{}", page.id);
        }
    }

    #[test]
    fn every_heading_has_an_id_of_its_own_and_every_page_a_title() {
        for page in pages() {
            for lang in [Lang::En, Lang::Ja] {
                assert!(!page.title(lang).is_empty(), "{}", page.id);
                let mut seen = Vec::new();
                for (_, id) in headings(page, lang) {
                    assert!(!id.is_empty() && !seen.contains(&id), "{} {id}", page.id);
                    seen.push(id);
                }
                assert!(!seen.is_empty(), "{} has no sections", page.id);
            }
        }
    }

    /// What is written as a link and leads nowhere would be shown as plain text: it is looked for in the source.
    #[test]
    fn every_link_is_alive() {
        for (id, en, ja) in FILES {
            for text in [en, ja] {
                for rest in text.split("](").skip(1) {
                    let link = rest.split(')').next().unwrap_or_default();
                    let place = Place::parse(link);
                    assert!(place.is_some(), "{id}: {link} leads nowhere");
                    if let Some(Place::Page {
                        id: to,
                        heading: Some(heading),
                    }) = place
                    {
                        let target = page(to).unwrap();
                        let known = headings(target, Lang::En);
                        assert!(known.iter().any(|(_, id)| *id == heading), "{id}: {link}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_twelve_questions_of_the_guide_and_its_six_steps_are_there() {
        assert_eq!(headings(page("faq").unwrap(), Lang::En).len(), 12);
        assert_eq!(headings(page("verify").unwrap(), Lang::En).len(), 6);
    }

    /// Commands are copied as they stand: no typographic hyphens or quotes. And no page weakens security.
    #[test]
    fn commands_are_plain_and_no_page_shows_a_way_round_the_check() {
        for (id, en, ja) in FILES {
            for text in [en, ja] {
                let parts: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
                for code in parts {
                    assert!(!code.contains(['–', '—', '“', '”', '’']), "{id}: {code}");
                }
                for flag in [
                    "--servercert",
                    "--insecure",
                    "--trusted-cert",
                    "verify none",
                    "curl -k",
                ] {
                    assert!(!text.contains(flag), "{id}: {flag}");
                }
                assert!(!text.contains(['!', '！']), "{id}: an exclamation mark");
            }
        }
    }
}
