//! `vpnmedic completions` and `vpnmedic man`: made from the same description of the command line as `--help`.

use super::args::{CompletionsArgs, beside, described};
use super::{Exit, Refusal, print_bytes};

/// Prints the completions of a shell.
pub fn completions(args: &CompletionsArgs) -> Result<Exit, Refusal> {
    let mut out = Vec::new();
    clap_complete::generate(args.shell, &mut described(), "vpnmedic", &mut out);
    print_bytes(&out)?;
    Ok(Exit::Healthy)
}

/// Prints the manual page: the program's own, then a section for each verb.
pub fn man() -> Result<Exit, Refusal> {
    let mut out = Vec::new();
    let written = page(&mut out);
    written.map_err(|error| Refusal(format!("cannot write the manual page: {error}")))?;
    print_bytes(&out)?;
    Ok(Exit::Healthy)
}

fn page(out: &mut Vec<u8>) -> std::io::Result<()> {
    let command = described();
    let page = clap_mangen::Man::new(command.clone());
    page.render_title(out)?;
    page.render_name_section(out)?;
    page.render_synopsis_section(out)?;
    page.render_description_section(out)?;
    page.render_options_section(out)?;
    for verb in command.get_subcommands() {
        // Options that stand beside the verbs are told once, above; here are only their names.
        let common = beside(verb.get_name());
        let name = verb.get_name().to_uppercase();
        let own = verb.clone().mut_args(|arg| {
            if arg.is_global_set() {
                arg.hide(true)
            } else {
                arg
            }
        });
        let section = clap_mangen::Man::new(own);
        roff_heading(out, &name);
        section.render_description_section(out)?;
        section.render_options_section(out)?;
        if !common.is_empty() {
            let names = common.join(", ").replace('-', "\\-");
            out.extend_from_slice(format!(".PP\nAlso, as told above: {names}\n").as_bytes());
        }
    }
    page.render_extra_section(out)?;
    page.render_version_section(out)
}

/// A section heading in the manual page's own language.
fn roff_heading(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(format!(".SH {name}\n").as_bytes());
}
