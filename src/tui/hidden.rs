//! What the mask hides that does not come from the run on show: saved connections, kept sessions, this device's
//! addresses, and the site's own name and hosts. What comes from the run is in [`super::words`].

use std::net::IpAddr;

use crate::evidence::{Host, Target};
use crate::session::compare::Topic;

use super::model::{Model, Popup};
use super::words::Mask;

/// The mask with everything beside the run that names somebody.
pub fn beside_the_run(model: &Model, mask: Mask) -> Mask {
    let mut names: Vec<String> = Vec::new();
    let mut addresses: Vec<IpAddr> = Vec::new();
    let mut host = |target: &Target, names: &mut Vec<String>| match &target.host {
        Host::Name { ascii, unicode } => names.extend([ascii.clone(), unicode.clone()]),
        Host::Ip(ip) => addresses.push(*ip),
    };
    for profile in &model.profiles.connections {
        names.push(profile.name.clone());
        names.extend(profile.file.rsplit(['/', '\\']).next().map(str::to_owned));
        for place in &profile.targets {
            host(&place.target, &mut names);
        }
    }
    match &model.popup {
        Some(Popup::Sessions(list)) => {
            for target in list.all.iter().flatten().filter_map(|s| s.target.as_ref()) {
                host(target, &mut names);
            }
        }
        Some(Popup::Resume { summary, .. }) => {
            if let Some(target) = &summary.target {
                host(target, &mut names);
            }
        }
        Some(Popup::Compared(compared)) => {
            for target in compared.comparison.gateways.iter().flatten() {
                if let Ok(target) = Target::parse(target) {
                    host(&target, &mut names);
                }
            }
            let telling = [Topic::Addresses, Topic::Issuer, Topic::Networks];
            let pairs = compared.comparison.pairs.iter();
            for pair in pairs.filter(|pair| telling.contains(&pair.topic)) {
                for value in [&pair.before, &pair.after].into_iter().flatten() {
                    names.extend(value.split(", ").map(str::to_owned));
                }
            }
        }
        _ => {}
    }
    let site = &model.knowledge.wizard.site;
    names.extend(site.company.clone());
    for gateway in &site.gateways {
        if let Ok(target) = Target::parse(&gateway.address) {
            host(&target, &mut names);
        }
    }
    for link in &site.links {
        let rest = link.url.trim_start_matches("https://");
        names.extend(rest.split(['/', '?', '#', ':']).next().map(str::to_owned));
    }
    if let Some(device) = model.device_seen() {
        addresses.extend(device.resolvers.known().into_iter().flatten());
        for tunnel in device.tunnels.known().into_iter().flatten() {
            addresses.extend(&tunnel.addresses);
            names.extend(tunnel.routes.iter().map(ToString::to_string));
        }
    }
    mask.also(names, addresses)
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyCode;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::super::fixtures::{NOW, press, sized, type_in, with_run};
    use super::super::model::{Pane, SessionList};
    use super::super::view;
    use super::*;
    use crate::device::profiles::Profiles;
    use crate::evidence::{Carrier, DeviceEvidence, Fact, ProfileEvidence, ProfileTarget};
    use crate::guide::Lang;
    use crate::session::journal::{Condition, Summary};

    const PLANTED: [&str; 9] = [
        "vpn.example.com",
        "192.0.2.5",
        "Example K.K.",
        "vpn-osaka.example.com",
        "Planted Office",
        "planted-profile.example.net",
        "planted-session.example.org",
        "198.51.100.77",
        "planted.conf",
    ];

    fn summary(model: &Model) -> Summary {
        Summary {
            id: "one".to_owned(),
            path: "/nowhere/one".into(),
            began: NOW,
            last: NOW,
            target: Target::parse("planted-session.example.org").ok(),
            symptom: model
                .knowledge
                .wizard
                .symptoms
                .first()
                .map(|s| s.id.clone()),
            verdict: None,
            causes: Vec::new(),
            ended: false,
            condition: Condition::Whole,
            events: 3,
            bytes: 99,
        }
    }

    fn screen(model: &Model) -> String {
        let backend = TestBackend::new(model.size.0, model.size.1);
        let mut terminal = Terminal::new(backend).unwrap();
        terminal.draw(|frame| view::view(model, frame)).unwrap();
        let buffer = terminal.backend().buffer();
        let rows = buffer.content().chunks(usize::from(model.size.0));
        rows.map(|row| row.iter().map(|cell| cell.symbol()).collect::<String>() + "\n")
            .collect()
    }

    /// All views with something planted, each drawn.
    fn everything(lang: Lang, masked: bool) -> Vec<(String, String)> {
        let mut model = sized(lang, (160, 60));
        model.profiles = Profiles {
            connections: vec![ProfileEvidence {
                file: "/home/someone/planted.conf".to_owned(),
                targets: vec![ProfileTarget {
                    target: Target::parse("planted-profile.example.net:1194").unwrap(),
                    carrier: Carrier::Udp,
                    backup: false,
                }],
                roots_alone: true,
                has_secrets: true,
                ..ProfileEvidence::named("Planted Office", "openvpn")
            }],
            unread: Vec::new(),
        };
        model.device = Some(Some(Box::new(DeviceEvidence {
            resolvers: Fact::Known(vec!["198.51.100.77".parse().unwrap()]),
            ..DeviceEvidence::default()
        })));
        model.masked = masked;
        let mut seen = vec![("target".to_owned(), screen(&model))];
        with_run(&mut model);
        press(&mut model, KeyCode::Enter);
        for pane in Pane::ALL {
            model.focus = pane;
            seen.push((format!("{pane:?}"), screen(&model)));
        }
        press(&mut model, KeyCode::Char('2'));
        press(&mut model, KeyCode::Char('n'));
        type_in(&mut model, "seen at vpn.example.com");
        press(&mut model, KeyCode::Enter);
        seen.push(("note".to_owned(), screen(&model)));
        press(&mut model, KeyCode::Char('1'));
        for key in ['a', 'd', 'u', '=', '?', 'b', 'e', 'W', 'Q', ':'] {
            press(&mut model, KeyCode::Char(key));
            seen.push((key.to_string(), screen(&model)));
            model.popup = None;
        }
        model.popup = Some(Popup::Resume {
            summary: Box::new(summary(&model)),
            chosen: 0,
        });
        seen.push(("resume".to_owned(), screen(&model)));
        model.popup = Some(Popup::Sessions(Box::new(SessionList {
            all: Some(vec![summary(&model)]),
            ..SessionList::default()
        })));
        seen.push(("sessions".to_owned(), screen(&model)));
        for cause in model.knowledge.causes.iter().map(|(id, _)| *id) {
            let mut model = model.clone();
            model.popup = None;
            super::super::update::take(
                &mut model,
                super::super::panes::wizard::Offer::Steps(cause),
                NOW,
            );
            seen.push((cause.to_string(), screen(&model)));
        }
        seen
    }

    #[test]
    fn hidden_names_are_in_no_view_and_each_would_be_seen_without_the_mask() {
        for lang in [Lang::En, Lang::Ja] {
            let open = everything(lang, false);
            for planted in PLANTED {
                let shown = open.iter().any(|(_, screen)| screen.contains(planted));
                assert!(shown, "{planted} is planted where nobody looks");
            }
            let mut leaks = Vec::new();
            for (view, screen) in everything(lang, true) {
                // The first screen's own example of an address; nothing is named there yet.
                let example = |planted: &str| view == "target" && planted == "vpn.example.com";
                for planted in PLANTED.into_iter().filter(|planted| !example(planted)) {
                    let lines = screen.lines().filter(|line| line.contains(planted));
                    leaks.extend(lines.map(|line| format!("{planted} in {view}: {line}")));
                }
            }
            assert!(leaks.is_empty(), "{}", leaks.join("\n"));
        }
    }
}
