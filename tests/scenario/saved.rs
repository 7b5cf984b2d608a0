//! Saved connections in short words: `client <id>`, `tcp` or `udp`, `roots <certificates with commas>` (alone),
//! `roots-missing`, `roots-elsewhere` (a file that nobody looked into), `certificate <name>`, `expects <common name>`, `expects-prefix <its beginning>`,
//! `backup <host>`, `strict <kebab case>`, `tls-min <version>`, `guarded`.

use vpnmedic::evidence::{
    Carrier, Material, NameRule, ProfileEvidence, ProfileTarget, Strict, Target,
};
use vpnmedic::msg::Msg;

use super::Pki;

pub fn profile(lines: &[String], target: &str, pki: &Pki) -> ProfileEvidence {
    let place = |host: &str, backup| ProfileTarget {
        target: Target::parse(host).unwrap(),
        carrier: Carrier::Dtls,
        backup,
    };
    let mut profile = ProfileEvidence {
        file: "office.xml".to_owned(),
        targets: vec![place(target, false)],
        ..ProfileEvidence::named("Office", "anyconnect")
    };
    let read = |names: &str| Material::Read {
        file: None,
        certificates: names.split(',').map(|name| pki.der(name)).collect(),
    };
    for line in lines {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "client" => profile.client = rest.to_owned(),
            "tcp" => profile.targets[0].carrier = Carrier::Tcp,
            "udp" => profile.targets[0].carrier = Carrier::Udp,
            "roots" => {
                profile.roots = read(rest);
                profile.roots_alone = true;
            }
            "roots-elsewhere" => {
                profile.roots = Material::Named("ca.crt".to_owned());
                profile.roots_alone = true;
            }
            "roots-missing" => {
                profile.roots = Material::Unreadable {
                    file: Some("ca.crt".to_owned()),
                    why: Msg::new("profile.file.missing"),
                };
                profile.roots_alone = true;
            }
            "certificate" => profile.client_certificate = read(rest),
            "certificate-missing" => {
                profile.client_certificate = Material::Unreadable {
                    file: Some("me.crt".to_owned()),
                    why: Msg::new("profile.file.missing"),
                };
            }
            "expects" => profile.expects = Some(NameRule::CommonName(rest.to_owned())),
            "expects-prefix" => profile.expects = Some(NameRule::Prefix(rest.to_owned())),
            "backup" => profile.targets.push(place(rest, true)),
            "strict" => {
                let strict: Strict = serde_json::from_value(rest.into()).unwrap();
                profile.strict.push(strict);
            }
            "tls-min" => profile.tls_min = Some(rest.to_owned()),
            "guarded" => profile.guarded = true,
            _ => panic!("{line}"),
        }
    }
    profile
}
