//! `[site]`: the settings of a site, each with its own check. Symptoms and nodes are beside.

use crate::evidence::Target;
use crate::guide::reader::Reader;
use crate::guide::{Contact, Gateway, Link, PortalCheck, Site};

/// The themes a site can ask for.
const THEMES: [&str; 5] = ["auto", "dark", "light", "high-contrast", "none"];

pub(super) fn site(table: Reader<'_, '_>) -> Site {
    let company = table.optional_str("company").map(|c| c.value);
    let helpdesk = table.optional_text("helpdesk", Some(&[]));
    let gateways = table
        .tables("gateway", "the gateway")
        .into_iter()
        .filter_map(gateway)
        .collect();
    let ntp = table.strs("ntp");
    for server in &ntp {
        if Target::parse(&server.value).is_err() {
            table.error(
                &server.span,
                format!("`{}` is no host name or address", server.value),
            );
        }
    }
    let portal = table
        .tables("portal", "the portal check")
        .into_iter()
        .filter_map(portal)
        .collect();
    let ports = table.numbers("ports", &(1..65_536));
    let mut root_sha256 = Vec::new();
    for text in table.strs("root_sha256") {
        match sha256(&text.value) {
            Some(sum) => root_sha256.push(sum),
            None => table.error(
                &text.span,
                format!(
                    "`{}` is no SHA-256 fingerprint; expected 64 hexadecimal digits, with or without colons",
                    text.value
                ),
            ),
        }
    }
    let theme = table.optional_str("theme");
    if let Some(theme) = &theme
        && !THEMES.contains(&theme.value.as_str())
    {
        let message = format!(
            "`{}` is no theme; expected one of: {}",
            theme.value,
            THEMES.join(", ")
        );
        table.error(&theme.span, message);
    }
    let language = table.optional_word("language").map(|l| l.value);
    let contact = table.table("contact").map(contact).unwrap_or_default();
    let links = table
        .tables("link", "the link")
        .into_iter()
        .filter_map(link)
        .collect();
    table.finish();
    Site {
        company,
        helpdesk,
        gateways,
        ntp: ntp.into_iter().map(|n| n.value).collect(),
        portal,
        // Checked to be in range.
        ports: ports
            .into_iter()
            .filter_map(|p| u16::try_from(p.value).ok())
            .collect(),
        root_sha256,
        theme: theme.map(|t| t.value),
        language,
        contact,
        links,
    }
}

/// What may be contacted; what is not said may be.
fn contact(table: Reader<'_, '_>) -> Contact {
    let contact = Contact {
        third_party: table.flag_or("third_party", true),
        public_dns: table.flag_or("public_dns", true),
        ntp: table.flag_or("ntp", true),
        portal: table.flag_or("portal", true),
    };
    table.finish();
    contact
}

fn link(table: Reader<'_, '_>) -> Option<Link> {
    let label = table.text("label", Some(&[]));
    let url = table.str("url");
    if let Some(url) = &url
        && !is_page(&url.value)
    {
        let message = format!(
            "`{}` is no address of a page; expected https:// and a host, without blanks, a user or a password",
            url.value
        );
        table.error(&url.span, message);
        table.finish();
        return None;
    }
    table.finish();
    Some(Link {
        label: label?,
        url: url?.value,
    })
}

/// Whether this is an address that can be shown as it is: nothing but `https://`, so that nobody is led to a program, a
/// file or a sign-in hidden in front of an `@`.
fn is_page(url: &str) -> bool {
    const LONGEST: usize = 300;
    let Some(rest) = url.strip_prefix("https://") else {
        return false;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    url.len() <= LONGEST
        && url.chars().all(|letter| letter.is_ascii_graphic())
        && !host.contains(['@', '\\'])
        && Target::parse(host).is_ok()
}

/// A fingerprint as programs show it: `AB:CD:...`, or without the colons.
fn sha256(text: &str) -> Option<[u8; 32]> {
    let digits: String = text.chars().filter(|c| *c != ':').collect();
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes());
    bytes.ok()?.try_into().ok()
}

fn gateway(table: Reader<'_, '_>) -> Option<Gateway> {
    let name = table.text("name", Some(&[]));
    let address = table.str("address");
    if let Some(address) = &address
        && let Err(error) = Target::parse(&address.value)
    {
        table.error(&address.span, format!("the gateway's address: {error}"));
    }
    table.finish();
    Some(Gateway {
        name: name?,
        address: address?.value,
    })
}

fn portal(table: Reader<'_, '_>) -> Option<PortalCheck> {
    let url = table.str("url");
    if let Some(url) = &url
        && (!url.value.starts_with("http://") || Target::parse(&url.value).is_err())
    {
        let message = format!(
            "`{}` cannot find a portal; expected a plain http:// address",
            url.value
        );
        table.error(&url.span, message);
    }
    let status = table.number("status", 100..600);
    let body = table.optional_str("body").map(|b| b.value);
    table.finish();
    Some(PortalCheck {
        url: url?.value,
        status: u16::try_from(status?.value).ok()?,
        body,
    })
}
