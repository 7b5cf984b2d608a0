//! `vpnmedic plan`: address pool arithmetic.

use super::args::{Common, PlanArgs};
use super::{Exit, Refusal, print, setup};
use crate::plan::{Lan, Place, Question};
use crate::report::{PlanDocument, plan_lines};

/// Prints how many addresses are wanted, and what is to be said of the pool given.
pub fn run(common: &Common, args: &PlanArgs) -> Result<Exit, Refusal> {
    let pool = args
        .pool
        .as_deref()
        .map(|text| setup::network("--pool", text))
        .transpose()?;
    let mut lans = crate::device::lan::networks();
    for text in &args.lan {
        lans.push(Lan {
            net: setup::network("--lan", text)?,
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
        let knowledge = setup::knowledge_without_tree(common)?;
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
