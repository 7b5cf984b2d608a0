//! `vpnmedic logs`: the logs of this system's VPN programs, or those named, searched for known messages. No network.

use jiff::Zoned;

use super::args::{Common, LogsArgs};
use super::{Exit, Refusal, print, setup};
use crate::device::logs;
use crate::report::{ExplainReader, LogsReading};

/// Reads the logs named, else those that are found.
pub fn run(common: &Common, args: &LogsArgs) -> Result<Exit, Refusal> {
    let knowledge = setup::knowledge_without_tree(common)?;
    let clients = knowledge.clients();
    let system = setup::system(common);
    let catalogue = knowledge.messages();
    let mut elsewhere = Vec::new();
    let (logs, obstacles) = if args.paths.is_empty() {
        let mut logs = Vec::new();
        let mut obstacles = Vec::new();
        for candidate in logs::locate(&clients.logs, system) {
            if candidate.logs.is_empty() && candidate.place.command.is_some() {
                elsewhere.push(candidate.place);
            }
            logs.extend(candidate.logs);
            obstacles.extend(candidate.obstacles);
        }
        (logs, obstacles)
    } else {
        logs::named(&args.paths)
    };
    let mut found = logs::read(&logs, &catalogue, &Zoned::now());
    found.obstacles.splice(..0, obstacles);
    let reader = ExplainReader {
        knowledge: &knowledge,
        catalogue: &catalogue,
        lang: setup::language(common, Some(&knowledge.wizard.site)),
        system,
    };
    let reading = LogsReading {
        found: &found,
        elsewhere: &elsewhere,
    };
    if args.json {
        let line = reader.logs_json(&reading);
        print(&(line.map_err(|error| Refusal(format!("cannot write JSON: {error}")))? + "\n"))?;
    } else {
        print(&reader.logs_text(&reading))?;
    }
    // What was named and could not be read at all is a mistake on the command line, unless the rest told something.
    let nothing_read = !args.paths.is_empty() && found.read.is_empty();
    Ok(match (found.hits.is_empty(), nothing_read) {
        (false, _) => Exit::Problem,
        (true, true) => Exit::Usage,
        (true, false) => Exit::Inconclusive,
    })
}
