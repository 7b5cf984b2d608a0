use super::*;

#[test]
fn everything_embedded_is_right() {
    if let Err(errors) = Knowledge::load(None) {
        let shown: Vec<String> = errors.iter().map(ToString::to_string).collect();
        panic!("{}\n{} errors", shown.join("\n"), shown.len());
    }
}
