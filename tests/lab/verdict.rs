//! What the JSON document of a check must say. Not here: how it was obtained ([`crate::case`]).

use serde_json::Value;

/// The expected outcome.
#[derive(Clone, Copy, Debug)]
pub enum Expect {
    /// Exit 0, verdict `healthy`, no cause, no advice.
    Healthy,
    /// The same, with this good advice.
    HealthyBut(&'static [&'static str]),
    /// One root cause that could be it, and nothing that speaks for it more than that: to cry wolf would be worse.
    Guess(&'static str),
    /// One root cause, named first; everything else that is named follows from it.
    Top(&'static str),
    /// The same, with other true findings that may stand beside it.
    TopBeside(&'static str, &'static [&'static str]),
    /// [`Self::Top`], that stops not everybody: its impact.
    Harms(&'static str, &'static str),
    /// Exactly these independent root causes, in this order.
    Roots(&'static [&'static str]),
    /// [`Self::Top`], known within so many milliseconds by the document's own times.
    TopWithin(&'static str, f64),
}

/// What is wrong with the answer; empty when it is as expected.
pub fn complaints(expect: &Expect, exit: Option<i32>, document: &Value) -> Vec<String> {
    let mut list = List {
        found: Vec::new(),
        impact: "blocks",
        certain: &["confirmed", "likely"],
    };
    list.same("schema", &document["schema"], &Value::from(1));
    match *expect {
        Expect::Healthy => list.healthy(exit, document, &[]),
        Expect::HealthyBut(advice) => list.healthy(exit, document, advice),
        Expect::Top(cause) => list.problem(exit, document, &[cause], &[]),
        Expect::Guess(cause) => {
            list.certain = &["possible"];
            list.problem(exit, document, &[cause], &[]);
        }
        Expect::Harms(cause, impact) => {
            list.impact = impact;
            list.problem(exit, document, &[cause], &[]);
        }
        Expect::TopBeside(cause, beside) => list.problem(exit, document, &[cause], beside),
        Expect::Roots(causes) => list.problem(exit, document, causes, &[]),
        Expect::TopWithin(cause, limit) => {
            list.problem(exit, document, &[cause], &[]);
            list.within(document, limit);
        }
    }
    list.words(document);
    list.found
}

/// What is wrong so far, and the impact and certainty that root causes are to have.
struct List {
    found: Vec<String>,
    impact: &'static str,
    certain: &'static [&'static str],
}

impl List {
    fn same(&mut self, what: &str, found: &Value, expected: &Value) {
        if found != expected {
            self.found
                .push(format!("{what}: expected {expected}, found {found}"));
        }
    }

    fn healthy(&mut self, exit: Option<i32>, document: &Value, advice: &[&str]) {
        self.same("exit code", &Value::from(exit), &Value::from(0));
        self.same("verdict", &document["verdict"], &Value::from("healthy"));
        let causes = Value::from(ids(&document["causes"], |_| true));
        self.same("causes", &causes, &Value::Array(Vec::new()));
        let given = Value::from(ids(&document["advice"], |_| true));
        self.same("advice", &given, &Value::from(advice.to_vec()));
    }

    /// Words for people are words: no message id where its text is missing, no placeholder left open.
    fn words(&mut self, value: &Value) {
        match value {
            Value::Array(entries) => entries.iter().for_each(|entry| self.words(entry)),
            Value::Object(fields) => {
                for (name, field) in fields {
                    match field.as_str() {
                        Some(text) if ["title", "text", "what", "why"].contains(&name.as_str()) => {
                            if is_id(text) || text.contains(['{', '}']) {
                                self.found.push(format!("`{name}` is no sentence: {text}"));
                            }
                        }
                        _ => self.words(field),
                    }
                }
            }
            _ => {}
        }
    }

    fn problem(&mut self, exit: Option<i32>, document: &Value, roots: &[&str], beside: &[&str]) {
        self.same("exit code", &Value::from(exit), &Value::from(1));
        self.same("verdict", &document["verdict"], &Value::from("problem"));
        let found = ids(&document["causes"], |cause| cause["explained_by"].is_null());
        let wanted: Vec<&str> = found
            .iter()
            .map(String::as_str)
            .filter(|id| !beside.contains(id))
            .collect();
        self.same(
            "root causes",
            &Value::from(wanted),
            &Value::from(roots.to_vec()),
        );
        let first = document["causes"][0]["id"].as_str();
        self.same("top cause", &Value::from(first), &Value::from(roots[0]));
        for root in roots {
            self.root(document, root);
        }
    }

    /// A root cause stops the connection here, is more than a guess, says what shows it and what to do, and is not at
    /// the same time ruled out or unknown.
    fn root(&mut self, document: &Value, id: &str) {
        let causes = document["causes"].as_array();
        let Some(cause) = causes.and_then(|all| all.iter().find(|cause| cause["id"] == id)) else {
            return;
        };
        self.same(
            &format!("impact of {id}"),
            &cause["impact"],
            &Value::from(self.impact),
        );
        let certainty = cause["certainty"].as_str().unwrap_or_default();
        if !self.certain.contains(&certainty) {
            self.found.push(format!(
                "{id} is {certainty}; expected {}",
                self.certain.join(" or ")
            ));
        }
        for part in ["evidence", "steps", "owner"] {
            if cause[part].as_array().is_none_or(Vec::is_empty) {
                self.found.push(format!("{id} has no {part}"));
            }
        }
        if contains(&document["ruled_out"], |entry| entry == id) {
            self.found
                .push(format!("{id} is found and ruled out at once"));
        }
        if contains(&document["unknown"], |entry| entry["id"] == id) {
            self.found
                .push(format!("{id} is found and unknown at once"));
        }
    }

    /// By the document's own times, no check ended later than this.
    fn within(&mut self, document: &Value, limit: f64) {
        let probes = document["probes"].as_array().map_or(&[][..], Vec::as_slice);
        let ends = probes
            .iter()
            .filter_map(|probe| Some(probe["started_ms"].as_f64()? + probe["took_ms"].as_f64()?));
        match ends.reduce(f64::max) {
            Some(end) if end <= limit => {}
            end => self.found.push(format!(
                "the last check ended after {end:?} ms; the limit is {limit}"
            )),
        }
    }
}

fn ids(list: &Value, keep: impl Fn(&Value) -> bool) -> Vec<String> {
    let entries = list.as_array().map_or(&[][..], Vec::as_slice);
    let kept = entries.iter().filter(|cause| keep(cause));
    kept.map(|cause| cause["id"].as_str().unwrap_or("?").to_owned())
        .collect()
}

/// Whether a text is a message id, which people see only where its text is missing.
fn is_id(text: &str) -> bool {
    let mark = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
    text.contains('.') && text.chars().all(mark)
}

fn contains(list: &Value, is_it: impl Fn(&Value) -> bool) -> bool {
    list.as_array()
        .is_some_and(|entries| entries.iter().any(is_it))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn cause(id: &str, explained_by: Option<&str>) -> Value {
        json!({"id": id, "impact": "blocks", "certainty": "confirmed", "explained_by": explained_by,
               "owner": ["user"], "evidence": [{"probe": "tls", "text": "It was seen."}], "steps": ["C01-1"]})
    }

    fn problem(causes: &[Value]) -> Value {
        json!({"schema": 1, "verdict": "problem", "causes": causes, "ruled_out": [], "unknown": [],
               "probes": [{"id": "tcp", "started_ms": 10.0, "took_ms": 4000.0}]})
    }

    fn clean(expect: Expect, exit: i32, document: &Value) -> bool {
        complaints(&expect, Some(exit), document).is_empty()
    }

    #[test]
    fn healthy_means_exit_0_and_no_cause_at_all() {
        let healthy = json!({"schema": 1, "verdict": "healthy", "causes": [], "advice": []});
        assert!(clean(Expect::Healthy, 0, &healthy));
        assert!(!clean(Expect::Healthy, 3, &healthy));
        let cried =
            json!({"schema": 1, "verdict": "healthy", "causes": [cause("unknown-ca", None)]});
        assert!(!clean(Expect::Healthy, 0, &cried));
        assert!(!clean(Expect::Healthy, 0, &json!({})));
    }

    #[test]
    fn a_root_may_be_followed_by_what_it_explains_and_by_nothing_else() {
        let top = Expect::Top("captive-portal");
        let portal = cause("captive-portal", None);
        let follows = cause("unknown-ca", Some("captive-portal"));
        assert!(clean(top, 1, &problem(&[portal.clone(), follows.clone()])));
        assert!(!clean(top, 1, &problem(&[follows, portal.clone()])));
        let stray = cause("unknown-ca", None);
        assert!(!clean(top, 1, &problem(&[portal.clone(), stray.clone()])));
        assert!(clean(
            Expect::TopBeside("captive-portal", &["unknown-ca"]),
            1,
            &problem(&[portal, stray])
        ));
        assert!(!clean(top, 1, &problem(&[])));
    }

    #[test]
    fn words_for_people_are_words() {
        let top = Expect::Top("firewall-drop");
        for text in ["tcp.silent", "It is {host}."] {
            let mut cause = cause("firewall-drop", None);
            cause["evidence"][0]["text"] = json!(text);
            assert!(!clean(top, 1, &problem(&[cause])), "{text}");
        }
    }

    #[test]
    fn healthy_gateways_get_no_advice_they_do_not_need() {
        let advised = json!({"schema": 1, "verdict": "healthy", "causes": [], "advice": [{"id": "root-sent"}]});
        assert!(!clean(Expect::Healthy, 0, &advised));
        assert!(clean(Expect::HealthyBut(&["root-sent"]), 0, &advised));
    }

    #[test]
    fn a_guess_is_not_more_than_a_guess() {
        let guess = Expect::Guess("security-software-interference");
        let mut cause = cause("security-software-interference", None);
        assert!(!clean(guess, 1, &problem(&[cause.clone()])));
        cause["certainty"] = json!("possible");
        assert!(clean(guess, 1, &problem(&[cause])));
    }

    #[test]
    fn two_roots_come_in_their_order() {
        let (first, second) = (
            cause("cert-expired-leaf", None),
            cause("hostname-mismatch", None),
        );
        let expect = Expect::Roots(&["cert-expired-leaf", "hostname-mismatch"]);
        assert!(clean(expect, 1, &problem(&[first.clone(), second.clone()])));
        assert!(!clean(expect, 1, &problem(&[second, first.clone()])));
        assert!(!clean(expect, 1, &problem(&[first])));
    }

    #[test]
    fn what_harms_only_some_has_to_say_so() {
        let expect = Expect::Harms("crl-expired", "some-clients");
        let mut document = problem(&[cause("crl-expired", None)]);
        assert!(!clean(expect, 1, &document));
        document["causes"][0]["impact"] = json!("some-clients");
        assert!(clean(expect, 1, &document));
        assert!(!clean(Expect::Top("crl-expired"), 1, &document));
    }

    #[test]
    fn a_root_is_shown_and_more_than_a_guess_and_not_ruled_out() {
        let top = Expect::Top("firewall-drop");
        for (part, value) in [
            ("certainty", json!("possible")),
            ("impact", json!("degrades")),
            ("evidence", json!([])),
            ("steps", json!([])),
        ] {
            let mut weak = cause("firewall-drop", None);
            weak[part] = value;
            assert!(!clean(top, 1, &problem(&[weak])), "{part}");
        }
        let mut document = problem(&[cause("firewall-drop", None)]);
        document["ruled_out"] = json!(["firewall-drop"]);
        assert!(!clean(top, 1, &document));
    }

    #[test]
    fn silence_must_be_named_in_time() {
        let document = problem(&[cause("firewall-drop", None)]);
        assert!(clean(
            Expect::TopWithin("firewall-drop", 5000.0),
            1,
            &document
        ));
        assert!(!clean(
            Expect::TopWithin("firewall-drop", 4000.0),
            1,
            &document
        ));
        let mut unmeasured = document;
        unmeasured["probes"] = json!([]);
        assert!(!clean(
            Expect::TopWithin("firewall-drop", 5000.0),
            1,
            &unmeasured
        ));
    }
}
