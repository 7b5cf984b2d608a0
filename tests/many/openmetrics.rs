//! A strict reader of OpenMetrics text, after the ABNF and the rules of the OpenMetrics 1.0 specification as far as
//! gauges need them: what it accepts, a collector accepts.

use std::collections::BTreeMap;

/// One sample: the metric's name, its labels, its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    pub name: String,
    pub labels: BTreeMap<String, String>,
    pub value: f64,
}

/// All samples, or the first line that breaks a rule.
pub fn read(text: &str) -> Result<Vec<Sample>, String> {
    let body = text
        .strip_suffix("# EOF\n")
        .ok_or("the text does not end in `# EOF`")?;
    let mut reader = Reader::default();
    for (at, line) in body.split_terminator('\n').enumerate() {
        reader
            .line(line)
            .map_err(|why| format!("line {}: {why}: {line}", at + 1))?;
    }
    Ok(reader.samples)
}

#[derive(Default)]
struct Reader {
    families: Vec<String>,
    units: BTreeMap<String, String>,
    /// Of the latest family, what has been said about it.
    said: Vec<String>,
    samples: Vec<Sample>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), String> {
        if line.contains('\r') {
            return Err("a carriage return".into());
        }
        match line.strip_prefix("# ") {
            Some(rest) => self.metadata(rest),
            None => self.sample(line),
        }
    }

    fn metadata(&mut self, rest: &str) -> Result<(), String> {
        let mut parts = rest.splitn(3, ' ');
        let (Some(kind), Some(name), Some(text)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err("metadata without name and text".into());
        };
        check_name(name)?;
        if self.families.last().is_none_or(|family| family != name) {
            if self.families.iter().any(|family| family == name) {
                return Err(format!("{name} comes in two places"));
            }
            self.families.push(name.to_owned());
            self.said.clear();
        } else if self.samples.last().is_some_and(|s| s.name == name) {
            return Err("metadata after samples".into());
        }
        if self.said.iter().any(|said| said == kind) {
            return Err(format!("{kind} twice"));
        }
        self.said.push(kind.to_owned());
        match kind {
            "TYPE" if text == "gauge" => Ok(()),
            "UNIT" if name.ends_with(&format!("_{text}")) => {
                self.units.insert(name.to_owned(), text.to_owned());
                Ok(())
            }
            "HELP" => unescape(text).map(drop),
            _ => Err("not a rule of a gauge".into()),
        }
    }

    fn sample(&mut self, line: &str) -> Result<(), String> {
        let (name, rest) = line.split_once('{').ok_or("no labels")?;
        check_name(name)?;
        if self.families.last().is_none_or(|family| family != name) {
            return Err(format!("{name} stands outside its family"));
        }
        if !self.said.iter().any(|said| said == "TYPE") {
            return Err("a sample before its TYPE".into());
        }
        let (labels, value) = labels(rest)?;
        let value: f64 = value
            .strip_prefix(' ')
            .ok_or("no blank before the value")?
            .parse()
            .map_err(|error| format!("{error}"))?;
        if !value.is_finite() {
            return Err("not a number".into());
        }
        let sample = Sample {
            name: name.to_owned(),
            labels,
            value,
        };
        if self
            .samples
            .iter()
            .any(|s| s.name == sample.name && s.labels == sample.labels)
        {
            return Err("the same labels twice".into());
        }
        self.samples.push(sample);
        Ok(())
    }
}

/// The labels up to the closing brace, and what follows it.
fn labels(mut rest: &str) -> Result<(BTreeMap<String, String>, &str), String> {
    let mut found = BTreeMap::new();
    loop {
        if let Some(after) = rest.strip_prefix('}') {
            return Ok((found, after));
        }
        let (name, after) = rest.split_once("=\"").ok_or("a label without value")?;
        check_name(name)?;
        let end = closing_quote(after).ok_or("a value without end")?;
        let value = unescape(&after[..end])?;
        if found.insert(name.to_owned(), value).is_some() {
            return Err(format!("label {name} twice"));
        }
        rest = &after[end + 1..];
        rest = match rest.strip_prefix(',') {
            Some(more) if !more.starts_with('}') => more,
            Some(_) => return Err("a comma before the end".into()),
            None => rest,
        };
    }
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at),
            _ => {}
        }
    }
    None
}

fn unescape(text: &str) -> Result<String, String> {
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => plain.push('\n'),
                Some(c @ ('\\' | '"')) => plain.push(c),
                other => return Err(format!("escape of {other:?}")),
            },
            c if c.is_control() => return Err("a control character".into()),
            c => plain.push(c),
        }
    }
    Ok(plain)
}

fn check_name(name: &str) -> Result<(), String> {
    let mut chars = name.chars();
    let first = chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if first && chars.all(|c| c.is_ascii_alphanumeric() || c == '_') {
        Ok(())
    } else {
        Err(format!("`{name}` is not a name"))
    }
}

#[test]
fn the_reader_refuses_what_a_collector_refuses() {
    let good =
        "# TYPE a_seconds gauge\n# UNIT a_seconds seconds\na_seconds{x=\"\\\"\\n\"} 1\n# EOF\n";
    assert_eq!(read(good).unwrap()[0].labels["x"], "\"\n");
    for (bad, why) in [
        ("# TYPE a gauge\na{} 1\n", "EOF"),
        ("a{} 1\n# EOF\n", "outside"),
        ("# TYPE a gauge\na{} x\n# EOF\n", "invalid"),
        ("# TYPE a gauge\na{} 1\na{} 1\n# EOF\n", "twice"),
        ("# TYPE a gauge\n# UNIT a seconds\n# EOF\n", "rule"),
        ("# TYPE a gauge\na{x=\"1} 1\n# EOF\n", "without end"),
        ("# TYPE a gauge\n# TYPE b gauge\na{} 1\n# EOF\n", "outside"),
        (
            "# TYPE a gauge\na{} 1\n# TYPE b gauge\n# TYPE a gauge\n# EOF\n",
            "two places",
        ),
    ] {
        let told = read(bad).unwrap_err();
        assert!(told.contains(why), "{bad}: {told}");
    }
}
