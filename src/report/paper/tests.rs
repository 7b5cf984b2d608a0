//! Papers as a whole: every link leads somewhere, every box has its code, nothing of a text is read as markup.

use std::collections::BTreeSet;

use super::*;
use crate::guide::Knowledge;

fn reader(knowledge: &Knowledge, lang: Lang, system: System) -> Reader<'_> {
    Reader {
        knowledge,
        lang,
        system,
        distro: None,
        gateway: None,
    }
}

fn parts<'a>(page: &'a str, from: &str, to: char) -> Vec<&'a str> {
    page.split(from)
        .skip(1)
        .filter_map(|rest| rest.split(to).next())
        .collect()
}

#[test]
fn every_link_of_the_book_leads_to_one_place() {
    let knowledge = Knowledge::load(None).unwrap();
    for lang in [Lang::En, Lang::Ja] {
        let paper = Paper::new(About::All, reader(&knowledge, lang, System::Linux)).unwrap();
        let page = html(&paper);
        let ids = parts(&page, " id=\"", '"');
        let once: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(once.len(), ids.len(), "a name is used twice");
        let links = parts(&page, "href=\"#", '"');
        assert!(links.len() > 300, "{}", links.len());
        for link in links {
            assert!(once.contains(link), "{link} leads nowhere");
        }
        assert!(!page.contains("<script"), "a paper needs no script");
        assert!(
            !page.contains("http-equiv=\"refresh"),
            "nor anything fetched"
        );
        assert!(page.contains("default-src 'none'"), "and allows none");
    }
}

#[test]
fn each_symptom_leads_from_its_first_question_to_every_cause_of_its_outcomes() {
    let knowledge = Knowledge::load(None).unwrap();
    for symptom in &knowledge.wizard.symptoms {
        let about = About::Symptom(&symptom.id);
        let paper = Paper::new(about, reader(&knowledge, Lang::En, System::Windows)).unwrap();
        let headings: BTreeSet<&str> = paper
            .blocks
            .iter()
            .filter_map(|block| match block {
                Block::Heading(_, name, _) => Some(name.as_str()),
                _ => None,
            })
            .collect();
        let mut outcomes = 0;
        for block in &paper.blocks {
            if let Block::Outcome { causes, .. } = block {
                outcomes += 1;
                for (name, code, _) in causes {
                    assert!(headings.contains(name.as_str()), "{}: {code}", symptom.id);
                }
            }
        }
        assert!(outcomes > 0, "{} ends nowhere", symptom.id);
    }
}

#[test]
fn every_system_gets_its_own_steps_and_the_gateways_beside() {
    let knowledge = Knowledge::load(None).unwrap();
    for system in System::ALL {
        let about = About::Cause(CauseId::UNKNOWN_CA);
        let paper = Paper::new(about, reader(&knowledge, Lang::En, system)).unwrap();
        let codes: Vec<&str> = paper
            .blocks
            .iter()
            .filter_map(|block| match block {
                Block::Step(step) => Some(step.code.as_str()),
                _ => None,
            })
            .collect();
        let own = match system {
            System::Windows => "C03-W",
            System::Macos => "C03-M",
            System::Linux => "C03-L",
            System::Ios => "C03-I",
            System::Android => "C03-A",
        };
        assert!(codes.iter().any(|code| code.starts_with(own)), "{codes:?}");
        assert!(
            codes.iter().any(|code| code.starts_with("C03-G")),
            "{codes:?}"
        );
    }
}

#[test]
fn a_gateway_that_was_named_stands_in_the_commands() {
    let knowledge = Knowledge::load(None).unwrap();
    let mut reader = reader(&knowledge, Lang::En, System::Linux);
    reader.gateway = Some(("vpn.lab.test", 10443));
    let paper = Paper::new(About::Cause(CauseId::MISSING_INTERMEDIATE), reader).unwrap();
    let text = plain(&paper);
    assert!(text.contains("-connect vpn.lab.test:10443"), "{text}");
    assert!(!text.contains("vpn.example.com"), "{text}");
}

#[test]
fn what_looks_like_markup_is_shown_as_it_is() {
    let nasty = "a <b>&amp; *x* [y](z) `q` | # ~ \"'".to_owned();
    let paper = Paper {
        lang: Lang::En,
        title: nasty.clone(),
        blocks: vec![
            Block::Text(nasty.clone()),
            Block::Step(Box::new(PaperStep {
                code: "C01-1".into(),
                who: nasty.clone(),
                text: nasty.clone(),
                command: vec!["echo ```` </pre>".into()],
                notes: vec![(nasty.clone(), nasty)],
                undo_command: Vec::new(),
                state: Some((Mark::Done, "<i>done</i>".into())),
            })),
            Block::List(vec!["<li>".into()]),
            Block::Table {
                head: vec!["<th>".into(), "|".into()],
                rows: vec![vec!["<td>".into(), "a | b".into()]],
            },
            Block::Code(vec!["</pre>```".into()]),
            Block::Chart(Chart {
                caption: "</figcaption>".into(),
                bars: vec![ChartBar {
                    label: "</text><script>".into(),
                    note: "\"&".into(),
                    from: 0.1,
                    to: 0.5,
                    tone: Tone::Bad,
                    depth: 1,
                }],
            }),
        ],
    };
    let page = html(&paper);
    assert!(!page.contains("<b>&amp; *x*"), "{page}");
    assert!(page.contains("a &lt;b&gt;&amp;amp; *x*"), "{page}");
    assert!(page.contains("echo ```` &lt;/pre&gt;"), "{page}");
    assert!(page.contains("[&lt;i&gt;done"), "{page}");
    for markup in [
        "<script",
        "<li></li>",
        "<th></th>",
        "<td></td>",
        "</pre>```",
        "<i>done",
    ] {
        assert!(!page.contains(markup), "{markup}: {page}");
    }
    assert!(page.contains("&lt;/text&gt;&lt;script&gt;"), "{page}");
    let page = markdown(&paper);
    assert!(
        page.contains(r"a \<b\>\&amp; \*x\* \[y\](z) \`q\` \| \# \~"),
        "{page}"
    );
    assert!(
        page.contains("`````text\n  echo ```` </pre>\n  `````"),
        "{page}"
    );
}

/// A line on paper is as wide as the paper, but for what must not be broken.
#[test]
fn lines_fit_the_paper_and_commands_stay_whole() {
    let knowledge = Knowledge::load(None).unwrap();
    for lang in [Lang::En, Lang::Ja] {
        let paper = Paper::new(About::All, reader(&knowledge, lang, System::Windows)).unwrap();
        let commands: BTreeSet<&str> = paper
            .blocks
            .iter()
            .flat_map(|block| match block {
                Block::Step(step) => step.command.iter().chain(&step.undo_command).collect(),
                _ => Vec::new(),
            })
            .map(|line| line.trim())
            .collect();
        for line in plain(&paper).lines() {
            let is_step_head = line.starts_with("[ ] C");
            let fits = crate::wrap::width(line) <= 78;
            assert!(
                fits || is_step_head || commands.contains(line.trim()),
                "{line}"
            );
        }
    }
}
