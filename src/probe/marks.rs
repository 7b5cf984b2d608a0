//! Recognising a gateway product by the marks of `assets/gateways.toml`: loading, checking and matching them. Pure.
//!
//! Asking the gateway is in `gateway`.

mod pattern;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::chain::Cert;
use crate::evidence::{GatewayGuess, HttpAnswer, UdpQuestion};

pub use pattern::Pattern;

/// What nobody has verified is never more than a guess.
const MAX_CONFIDENCE_FROM_RECALL: u8 = 50;

/// The products this build knows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Products {
    /// In the order of the file.
    #[serde(rename = "product")]
    pub products: Vec<Product>,
}

/// One gateway product.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Stable id, as steps name it.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What it can be asked over UDP.
    #[serde(default)]
    pub udp: Vec<UdpUse>,
    /// What gives it away.
    #[serde(rename = "mark")]
    pub marks: Vec<Mark>,
}

/// How a product uses UDP.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UdpUse {
    /// What to ask.
    pub question: UdpQuestion,
    /// Where; the gateway's own port where none is named.
    pub port: Option<u16>,
    /// Whether it answers before anybody has signed in: if not, silence says nothing.
    pub answers: bool,
}

/// Something that gives a product away: everything it names must hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// What was seen, without words of any language.
    pub how: String,
    /// A header, its name in lower case.
    pub header: Option<HeaderMark>,
    /// `name=value` of a cookie that is set.
    pub cookie: Option<Pattern>,
    /// The status.
    pub status: Option<u16>,
    /// Somewhere in the first part of the body.
    pub body: Option<Pattern>,
    /// In the subject of the end-entity certificate, all of them.
    #[serde(default)]
    pub subject: Vec<Pattern>,
    /// In its issuer, all of them.
    #[serde(default)]
    pub issuer: Vec<Pattern>,
    /// 1 to 100.
    pub confidence: u8,
    /// Where this is known from.
    pub source: String,
    /// How well.
    pub verified: Verified,
}

/// A header and what its value looks like.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderMark {
    /// In lower case.
    pub name: String,
    /// Somewhere in the value.
    pub value: Pattern,
}

/// How well a mark is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verified {
    /// Seen on the real server.
    Lab,
    /// Read in the cited source.
    Source,
    /// Neither.
    Recall,
}

/// What is wrong with a file of marks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MarksError {
    /// Not TOML, an unknown key, or a pattern that does not compile; the parser's own words, with line and column.
    #[error("{0}")]
    Syntax(String),
    /// Two products with one id.
    #[error("the product `{0}` is there twice")]
    TwiceThere(String),
    /// A product that nothing gives away, or a mark that names nothing to look for.
    #[error("`{0}` names nothing to look for")]
    Empty(String),
    /// Confidence outside its range.
    #[error("`{how}`: a confidence of {confidence} is not between 1 and {max}")]
    Confidence {
        /// The mark.
        how: String,
        /// What it says.
        confidence: u8,
        /// What it may say.
        max: u8,
    },
    /// A header name that can never match.
    #[error("`{0}`: header names are written in lower case")]
    HeaderCase(String),
}

impl Products {
    /// The ones that are part of the program.
    ///
    /// # Errors
    /// None in a build whose tests pass.
    pub fn embedded() -> Result<&'static Self, &'static MarksError> {
        static EMBEDDED: LazyLock<Result<Products, MarksError>> =
            LazyLock::new(|| Products::read(include_str!("../../assets/gateways.toml")));
        EMBEDDED.as_ref()
    }

    /// How the product of this id uses UDP.
    pub fn udp_of(&self, id: &str) -> &[UdpUse] {
        self.products
            .iter()
            .find(|product| product.id == id)
            .map_or(&[], |product| &product.udp)
    }

    /// Reads and checks a file of marks, its patterns too.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, MarksError> {
        let read = Self::read(text)?;
        let marks = read.products.iter().flat_map(|product| &product.marks);
        for pattern in marks.flat_map(Mark::patterns) {
            let compiles = pattern.check();
            compiles.map_err(|error| MarksError::Syntax(error.to_string()))?;
        }
        Ok(read)
    }

    /// Reads and checks a file of marks, but not its patterns: they are compiled when they are needed.
    fn read(text: &str) -> Result<Self, MarksError> {
        let read: Self =
            toml::from_str(text).map_err(|error| MarksError::Syntax(error.to_string()))?;
        let mut ids = BTreeSet::new();
        for product in &read.products {
            if !ids.insert(product.id.as_str()) {
                return Err(MarksError::TwiceThere(product.id.clone()));
            }
            if product.marks.is_empty() {
                return Err(MarksError::Empty(product.id.clone()));
            }
            product.marks.iter().try_for_each(Mark::check)?;
        }
        Ok(read)
    }

    /// The product whose surest mark holds, if any does.
    pub fn recognise(
        &self,
        http: Option<&HttpAnswer>,
        certificate: Option<&Cert>,
    ) -> Option<GatewayGuess> {
        let mut best: Option<(&Product, &Mark)> = None;
        for product in &self.products {
            for mark in &product.marks {
                if best.is_none_or(|(_, known)| mark.confidence > known.confidence)
                    && mark.holds(http, certificate)
                {
                    best = Some((product, mark));
                }
            }
        }
        best.map(|(product, mark)| GatewayGuess {
            id: product.id.clone(),
            name: product.name.clone(),
            how: mark.how.clone(),
            confidence: mark.confidence,
        })
    }
}

impl Mark {
    fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        let header = self.header.iter().map(|header| &header.value);
        let in_http = header.chain(&self.cookie).chain(&self.body);
        in_http.chain(&self.subject).chain(&self.issuer)
    }

    fn check(&self) -> Result<(), MarksError> {
        if !self.needs_http() && !self.needs_certificate() {
            return Err(MarksError::Empty(self.how.clone()));
        }
        let max = match self.verified {
            Verified::Recall => MAX_CONFIDENCE_FROM_RECALL,
            Verified::Lab | Verified::Source => 100,
        };
        if !(1..=max).contains(&self.confidence) {
            return Err(MarksError::Confidence {
                how: self.how.clone(),
                confidence: self.confidence,
                max,
            });
        }
        match &self.header {
            Some(header) if header.name != header.name.to_lowercase() => {
                Err(MarksError::HeaderCase(header.name.clone()))
            }
            _ => Ok(()),
        }
    }

    fn needs_http(&self) -> bool {
        self.header.is_some()
            || self.cookie.is_some()
            || self.status.is_some()
            || self.body.is_some()
    }

    fn needs_certificate(&self) -> bool {
        !self.subject.is_empty() || !self.issuer.is_empty()
    }

    fn holds(&self, http: Option<&HttpAnswer>, certificate: Option<&Cert>) -> bool {
        let in_http = !self.needs_http() || http.is_some_and(|answer| self.holds_in_http(answer));
        let in_certificate =
            !self.needs_certificate() || certificate.is_some_and(|cert| self.holds_in(cert));
        in_http && in_certificate
    }

    fn holds_in_http(&self, answer: &HttpAnswer) -> bool {
        let some_value = |name: &str, pattern: &Pattern| {
            answer
                .headers
                .iter()
                .any(|(known, value)| known == name && pattern.is_match(value))
        };
        self.header
            .as_ref()
            .is_none_or(|header| some_value(&header.name, &header.value))
            && self
                .cookie
                .as_ref()
                .is_none_or(|pattern| some_value("set-cookie", pattern))
            && self.status.is_none_or(|status| status == answer.status)
            && self
                .body
                .as_ref()
                .is_none_or(|pattern| pattern.is_match(&answer.body))
    }

    fn holds_in(&self, cert: &Cert) -> bool {
        self.subject.iter().all(|p| p.is_match(&cert.subject))
            && self.issuer.iter().all(|p| p.is_match(&cert.issuer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(headers: &[(&str, &str)], body: &str) -> HttpAnswer {
        HttpAnswer {
            status: 200,
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            body: body.to_owned(),
        }
    }

    fn recognised(answer: &HttpAnswer) -> Option<String> {
        let products = Products::embedded().expect("the embedded file is right");
        products.recognise(Some(answer), None).map(|guess| guess.id)
    }

    #[test]
    fn the_embedded_file_is_right() {
        let products = Products::parse(include_str!("../../assets/gateways.toml"))
            .expect("the embedded file is right");
        assert!(products.products.len() >= 15);
    }

    #[test]
    fn ocserv_is_not_taken_for_the_asa_it_speaks_like() {
        let body = r#"<?xml version="1.0" encoding="UTF-8"?>
<config-auth client="vpn" type="auth-request">
<version who="sg">0.1(1)</version>"#;
        let cookie = (
            "set-cookie",
            "webvpncontext=; expires=Thu, 01 Jan 1970 22:00:00 GMT",
        );
        let seen = answer(&[cookie, ("x-transcend-version", "1")], body);
        assert_eq!(recognised(&seen).as_deref(), Some("ocserv"));
    }

    #[test]
    fn the_surest_mark_wins() {
        let both = answer(
            &[
                ("set-cookie", "BIGipServerpool=1"),
                ("set-cookie", "MRHSession=2"),
            ],
            "",
        );
        assert_eq!(recognised(&both).as_deref(), Some("f5"));
        let balancer = answer(&[("set-cookie", "BIGipServerpool=1")], "");
        assert_eq!(recognised(&balancer).as_deref(), Some("bigip"));
    }

    #[test]
    fn an_ordinary_web_server_is_no_product() {
        let nginx = answer(&[("server", "nginx")], "<title>Welcome to nginx!</title>");
        assert_eq!(recognised(&nginx), None);
    }

    #[test]
    fn a_wrong_file_is_refused_with_its_reason() {
        let mark = |rest: &str| {
            format!(
                "[[product]]\nid = \"x\"\nname = \"X\"\n[[product.mark]]\nhow = \"h\"\nsource = \"s\"\n{rest}\n"
            )
        };
        let parsed = |rest: &str| Products::parse(&mark(rest)).map(|_| ());
        assert_eq!(
            parsed("status = 200\nconfidence = 80\nverified = \"recall\""),
            Err(MarksError::Confidence {
                how: "h".to_owned(),
                confidence: 80,
                max: 50
            })
        );
        assert_eq!(
            parsed("confidence = 80\nverified = \"lab\""),
            Err(MarksError::Empty("h".to_owned()))
        );
        assert_eq!(
            parsed(
                "header = { name = \"Server\", value = \"x\" }\nconfidence = 8\nverified = \"lab\""
            ),
            Err(MarksError::HeaderCase("Server".to_owned()))
        );
        for broken in [
            "body = '('\nconfidence = 8\nverified = \"lab\"",
            "sniff = 1",
        ] {
            assert!(
                matches!(parsed(broken), Err(MarksError::Syntax(_))),
                "{broken}"
            );
        }
        let twice = mark("status = 200\nconfidence = 8\nverified = \"lab\"").repeat(2);
        assert_eq!(
            Products::parse(&twice).map(|_| ()),
            Err(MarksError::TwiceThere("x".to_owned()))
        );
    }
}
