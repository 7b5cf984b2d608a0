//! What to scan a log's bytes for: a line without any of these holds no message, so that only the few lines with one
//! need to be read as text.

use std::collections::BTreeSet;

use super::catalogue::{Catalogue, Kind, Message};
use super::find::Code;
use crate::guide::placeholder;

/// The longest literal, in bytes: longer ones find no less and cost memory.
const LONGEST: usize = 16;
/// What stands between a number and the word of its context.
const BETWEEN: [&str; 10] = [" ", ": ", ":", "=", " = ", " (", "(", ". (", ": (", ". "];

impl Catalogue {
    /// Texts of which at least one stands, in any case of letters, in every line that [`Catalogue::in_log`] finds
    /// something in as it is usually written. None is empty.
    pub fn literals(&self) -> Vec<String> {
        let mut literals = BTreeSet::new();
        for message in &self.messages {
            for wording in message.wordings() {
                if message.ordinary && message.also.iter().all(|also| also != wording) {
                    continue;
                }
                let pieces = placeholder::between(wording);
                let longest = pieces.iter().map(|p| p.trim()).max_by_key(|p| p.len());
                literals.extend(longest.map(beginning));
            }
            for code in &message.codes {
                literals.extend(of_code(message, *code));
            }
        }
        literals.retain(|literal: &String| literal.len() >= 4);
        literals.into_iter().collect()
    }
}

fn beginning(text: &str) -> String {
    let lower = text.to_lowercase();
    lower[..lower.floor_char_boundary(LONGEST)].to_owned()
}

fn of_code(message: &Message, code: Code) -> Vec<String> {
    match code {
        Code::Hex(code) => {
            let signed = code.cast_signed();
            vec![
                format!("0x{code:08x}"),
                signed.to_string(),
                code.to_string(),
            ]
        }
        // OpenSSL 1.1.1 has the function in the middle of its number.
        Code::Packed(code) => vec![format!("{code:08x}"), "error:14".to_owned()],
        Code::Decimal(value) | Code::Enclosed(value) => {
            let digits = value.to_string();
            if message.context.is_empty() {
                return vec![digits];
            }
            // The beginning of the number is enough: most codes of one program share it.
            let start = digits.get(..2).unwrap_or(&digits);
            let mut literals: Vec<String> = message
                .context
                .iter()
                .flat_map(|(word, _)| BETWEEN.map(|between| format!("{word}{between}{start}")))
                .collect();
            if message.kind == Kind::Code && value > 0 {
                literals.push("0x8007".to_owned());
            }
            literals
        }
    }
}
