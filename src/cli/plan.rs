//! `vpnmedic plan`: address pool arithmetic.

use ipnet::IpNet;

use super::args::{Common, PlanArgs};
use super::{Exit, Refusal, print, setup};
use crate::plan::{Lan, Place, Question};
use crate::report::{PlanDocument, plan_lines};

/// Prints how many addresses are wanted, and what is to be said of the pool given.
pub fn run(common: &Common, args: &PlanArgs) -> Result<Exit, Refusal> {
    let pool = args
        .pool
        .as_deref()
        .map(|text| network("--pool", text))
        .transpose()?;
    let mut lans = crate::device::lan::networks();
    for text in &args.lan {
        lans.push(Lan {
            net: network("--lan", text)?,
            place: Place::Given,
        });
    }
    let plan = crate::plan::plan(&Question {
        peak: args.peak,
        pool,
        lans,
    });
    let text = if args.json {
        serde_json::to_string(&PlanDocument::new(&plan))
            .map_err(|error| Refusal(format!("cannot write JSON: {error}")))?
    } else {
        let knowledge = setup::knowledge(common)?;
        let lang = setup::language(common, Some(&knowledge.wizard.site));
        plan_lines(&plan, &knowledge.texts, lang).join("\n")
    };
    print(&(text + "\n"))?;
    Ok(if plan.has_problem() {
        Exit::Problem
    } else {
        Exit::Healthy
    })
}

/// A network of the command line, or what is wrong with it.
fn network(option: &str, text: &str) -> Result<IpNet, Refusal> {
    crate::plan::network(text).ok_or_else(|| {
        let text = crate::text::sanitise(text);
        Refusal(format!(
            "{option} {text}: not a network; expected an address and a prefix length, as in 10.20.0.0/22 or fd00:1::/64"
        ))
    })
}
