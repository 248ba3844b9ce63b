use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::{Finding, Format, ImportError, LossReason, Reason, decode};
use crate::config::{
    EmergencyForm, EmergencyNumber, NormalizationRule, OutboundTranslationRule, Scope,
    VoiceConfiguration, VoiceRoute,
};

fn read(format: Format, text: &str) -> (VoiceConfiguration, Vec<Finding<'_>>) {
    let mut configuration = VoiceConfiguration::default();
    let read = format.read_with_lines(text, &mut configuration);
    let (findings, lines) = read.unwrap();
    assert_eq!(lines.len(), parts(&configuration), "{lines:?}");
    let range = 1..=text.lines().count();
    assert!(lines.values().all(|line| range.contains(line)), "{lines:?}");
    (configuration, findings)
}

/// How many parts there are that have a line.
fn parts(of: &VoiceConfiguration) -> usize {
    let plans = of.dial_plans.iter();
    let trunks = of.trunk_configurations.iter();
    let translations = trunks.map(|trunk| {
        let calling = &trunk.outbound_calling_number_translation_rules_list;
        1 + calling.len() + trunk.outbound_translation_rules_list.len()
    });
    plans
        .map(|plan| 1 + plan.normalization_rules.len())
        .chain(translations)
        .sum::<usize>()
        + of.voice_policies.len()
        + of.voice_routes.len()
        + of.pstn_usages.len()
        + of.location_policies.len()
        + of.network_sites.len()
}

/// Routes and rules by themselves stand in the line that names them.
#[test]
fn parts_know_their_lines() {
    let mut named = 0;
    for (format, text) in [
        (Format::PowerShellList, TRANSCRIPT),
        (Format::PowerShellCsv, CSV),
        (Format::Asterisk, EXTENSIONS),
        (Format::KamailioDialplan, DIALPLAN),
        (Format::KamailioDrouting, DROUTING),
    ] {
        let mut configuration = VoiceConfiguration::default();
        let read = format.read_with_lines(text, &mut configuration);
        let (_, lines) = read.unwrap();
        for (place, line) in &lines {
            let name = match (place.list, place.rule) {
                ("voice_route", _) => &*configuration.voice_routes[place.index].identity,
                ("dial_plan", Some((_, rule))) => {
                    &*configuration.dial_plans[place.index].normalization_rules[rule].name
                }
                _ => continue,
            };
            let (_, name) = name.rsplit_once('/').unwrap_or(("", name));
            // a list of rules that was printed goes over lines, in a cell too
            let (above, below) = match format {
                Format::PowerShellList => (0, 3),
                Format::PowerShellCsv => (0, 1),
                // `same` is of the extension above
                Format::Asterisk => (1, 0),
                _ => (0, 0),
            };
            let above = above.min(line - 1);
            let text = text.lines().skip(line - 1 - above);
            let text = text.take(above + 1 + below);
            // as Asterisk knows an extension
            let text = text.collect::<String>().replace('-', "");
            let name = name.replace('-', "");
            assert!(
                text.contains(&name),
                "{format}, line {line}: {name} in {text}"
            );
            named += 1;
        }
    }
    assert_eq!(named, 25);
}

fn told(findings: &[Finding<'_>]) -> Vec<(usize, String, Reason)> {
    findings
        .iter()
        .map(|finding| (finding.line, finding.field.to_string(), finding.reason))
        .collect()
}

/// What was read and is written without a loss reads as the same, in this form.
fn round_trip(format: Format, configuration: &VoiceConfiguration) -> String {
    let mut text = String::new();
    let losses: Vec<String> = format
        .write(configuration, &mut text)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(losses.is_empty(), "{losses:#?}\n{text}");
    let (again, findings) = read(format, &text);
    assert_eq!(findings, [], "{text}");
    assert_eq!(&again, configuration, "{text}");
    text
}

/// A transcript of a Skype for Business shell, with what such transcripts suffer from.
const TRANSCRIPT: &str = include_str!("../../../tests/vectors/import/transcript.txt");
const CSV: &str = include_str!("../../../tests/vectors/import/export.csv");
const EXTENSIONS: &str = include_str!("../../../tests/vectors/import/extensions.conf");
const DIALPLAN: &str = include_str!("../../../tests/vectors/import/dialplan.tsv");
const DROUTING: &str = include_str!("../../../tests/vectors/import/drouting.csv");

#[test]
fn a_transcript_becomes_a_configuration() {
    let (configuration, findings) = read(Format::PowerShellList, TRANSCRIPT);
    assert_eq!(
        told(&findings),
        [
            (3, "NormalizationRules".into(), Reason::Wrapped),
            (16, "DialinConferencingRegion".into(), Reason::NotCarried),
            (17, "NormalizationRules".into(), Reason::Truncated),
            (50, "AllowSimulRing".into(), Reason::NotCarried),
            (61, "Colour".into(), Reason::UnknownField),
            (72, "SRTPMode".into(), Reason::NotCarried),
            (81, "".into(), Reason::Stray),
        ]
    );
    let [global, munich] = &configuration.dial_plans[..] else {
        panic!("{configuration:#?}");
    };
    assert_eq!(global.identity, Scope::Global);
    assert_eq!(global.simple_name.as_deref(), Some("DefaultProfile"));
    assert_eq!(
        global.normalization_rules,
        [NormalizationRule::new("KeepAll", r"^(\d+)$", "$1")]
    );
    assert_eq!(munich.identity, Scope::Site("Munich".into()));
    assert_eq!(munich.external_access_prefix.as_deref(), Some("0"));
    assert!(munich.optimize_device_dialing);
    let [extension, national] = &munich.normalization_rules[..] else {
        panic!("{munich:#?}");
    };
    // printed within the plan, and by itself with its priority
    assert_eq!(
        (extension.priority, extension.is_internal_extension),
        (Some(0), true)
    );
    assert_eq!(
        (&*national.name, &*national.pattern),
        ("National", r"^0([1-9]\d{5,13})$")
    );
    assert_eq!(national.description.as_deref(), Some("Germany; all of it"));

    assert_eq!(
        configuration.voice_policies[0].pstn_usages,
        ["Local", "National"]
    );
    let route = &configuration.voice_routes[0];
    assert_eq!(
        route.pstn_gateway_list,
        ["gw01.example.com", "gw02.example.com"]
    );
    assert_eq!(route.alternate_caller_id.as_deref(), Some("+498912340"));
    assert!(route.suppress_caller_id);
    let trunk = &configuration.trunk_configurations[0];
    assert_eq!(
        trunk.identity,
        Scope::PstnGateway("gw01.example.com".into())
    );
    assert_eq!(
        trunk.outbound_translation_rules_list,
        [OutboundTranslationRule::new(
            "National",
            r"^\+49(\d+)$",
            "0$1"
        )]
    );
    assert_eq!(
        trunk.outbound_calling_number_translation_rules_list,
        [OutboundTranslationRule::new(
            "Seven",
            r"^\+1206(\d{7})$",
            "$1"
        )]
    );
    let location = &configuration.location_policies[0];
    assert_eq!(location.emergency_dial_mask.as_deref(), Some("911;999"));
    round_trip(Format::PowerShellList, &configuration);
    round_trip(Format::PowerShellCsv, &configuration);
}

#[test]
fn tables_become_a_configuration() {
    let (configuration, findings) = read(Format::PowerShellCsv, CSV);
    assert_eq!(
        told(&findings),
        [
            (9, "PstnUsages".into(), Reason::TypeName),
            (13, "EnableBypass".into(), Reason::NotCarried),
            (17, "".into(), Reason::TooManyCells),
            (19, "".into(), Reason::UnknownObject),
        ]
    );
    assert_eq!(configuration.dial_plans[0].normalization_rules.len(), 2);
    assert_eq!(
        configuration.voice_routes[0].pstn_usages,
        ["Local", "National; and more"]
    );
    assert_eq!(configuration.voice_routes[1].pstn_usages, [""; 0]);
    assert_eq!(
        configuration.trunk_configurations[0].description.as_deref(),
        Some("says \"hello\"")
    );
    round_trip(Format::PowerShellCsv, &configuration);
}

#[test]
fn rows_that_cannot_be_read_are_told() {
    for (text, expected) in [
        (
            "#TYPE A.B.User\n\"Identity\"\n\"x\"\n",
            &[(1, "", Reason::UnknownObject)][..],
        ),
        (
            "Identity,Pattern,Translation\n,a,b\n",
            &[(2, "Identity", Reason::Missing)],
        ),
        (
            "Identity,NumberPattern\n\"a\n",
            &[(2, "", Reason::UnclosedQuote)],
        ),
        (
            "Identity,NumberPattern,Priority,SuppressCallerId\nr,.*,first,maybe\nr,\\d,,\n",
            &[
                (2, "Priority", Reason::NotNumber),
                (2, "SuppressCallerId", Reason::NotFlag),
                (3, "Identity", Reason::Duplicate),
            ],
        ),
        (
            "Identity,SimpleName,NormalizationRules\ncountry:x,a,\nSite:x,a,what\n",
            &[
                (
                    2,
                    "Identity",
                    Reason::Scope(crate::config::ScopeError::UnknownKind),
                ),
                (3, "NormalizationRules", Reason::NotRule),
            ],
        ),
    ] {
        let expected: Vec<_> = expected
            .iter()
            .map(|(line, field, reason)| (*line, field.to_string(), *reason))
            .collect();
        assert_eq!(
            told(&read(Format::PowerShellCsv, text).1),
            expected,
            "{text}"
        );
    }
}

#[test]
fn extensions_become_rules_and_routes() {
    let (configuration, findings) = read(Format::Asterisk, EXTENSIONS);
    assert_eq!(
        told(&findings),
        [
            (2, "general".into(), Reason::NotTelephony),
            (3, "".into(), Reason::Stray),
            (17, "_8XX".into(), Reason::NotTelephony),
            (19, "_3XX/_0891X".into(), Reason::CallerIdMatch),
            (20, "_7X.".into(), Reason::Expression),
            (21, "_2X".into(), Reason::Destinations),
            (23, "include".into(), Reason::Include),
            (31, "switch".into(), Reason::NotTelephony),
        ]
    );
    let plan = &configuration.dial_plans[0];
    assert_eq!(plan.identity, Scope::Tag("from-users".into()));
    let rules: Vec<_> = plan
        .normalization_rules
        .iter()
        .map(|rule| (&*rule.name, &*rule.pattern, &*rule.translation))
        .collect();
    assert_eq!(
        rules,
        [
            ("0112", "^0112$", "112"),
            ("_00Z.", "^00([1-9].+)$", "+$1"),
            ("_0ZX.", r"^0([1-9]\d.+)$", "+49$1"),
            ("_2X", r"^(2\d)$", "$1"),
            ("_9NXXXXXX", r"^9([2-9]\d{6})$", "+1206$1"),
        ]
    );
    let routes: Vec<_> = configuration
        .voice_routes
        .iter()
        .map(|route| {
            (
                &*route.identity,
                &*route.number_pattern,
                route.pstn_gateway_list.join(" "),
            )
        })
        .collect();
    assert_eq!(
        routes,
        [
            (
                "from-users/_9NXXXXXX",
                r"^\+1206[2-9]\d{6}$",
                "provider".to_string()
            ),
            ("outbound/112", "^112$", "gw01".to_string()),
            ("outbound/_+49X.", r"^\+49\d.+$", "gw01 gw02".to_string()),
        ]
    );
    assert_eq!(
        configuration.voice_policies[0].pstn_usages,
        ["from-users", "outbound"]
    );
}

/// What is dialled goes through the rules as Asterisk would have it.
#[test]
fn a_configuration_for_asterisk_reads_the_same() {
    let text = "\
[from-users]
exten => 0112,1,Goto(from-users,112,1)
exten => _00Z.,1,Goto(from-users,+${EXTEN:2},1)
exten => _0ZX.,1,Goto(from-users,+49${EXTEN:1},1)
exten => _2XX,1,Goto(from-users,+4989123${EXTEN:0:1}0${EXTEN:1},1)
include => outbound

[outbound]
exten => _+49X.,1,Dial(PJSIP/${EXTEN}@gw01)
 same => n,Dial(PJSIP/${EXTEN}@gw02)

";
    let (configuration, findings) = read(Format::Asterisk, text);
    assert_eq!(told(&findings), [(6, "include".into(), Reason::Include)]);
    let mut written = String::new();
    let losses = Format::Asterisk.write(&configuration, &mut written);
    assert_eq!(losses, []);
    assert_eq!(written, text);
}

/// Asterisk would go round in circles.
#[test]
fn rules_that_fit_their_own_output_are_told() {
    let mut configuration = VoiceConfiguration::default();
    for name in ["x", "y"] {
        let mut plan = crate::config::DialPlan::new(Scope::Tag(name.into()));
        for (name, pattern, translation) in [
            ("112", "^112$", "112"),
            ("_0!", "^0(.*)$", "$1"),
            ("_2X", r"^2(\d)$", "+49$1"),
        ] {
            let rule = NormalizationRule::new(name, pattern, translation);
            plan.normalization_rules.push(rule);
        }
        configuration.dial_plans.push(plan);
    }
    let policy = crate::config::VoicePolicy::new(Scope::Tag("x".into()), ["x"]);
    configuration.voice_policies.push(policy);
    let route = VoiceRoute::new("x/_1!", "^1.*$", "x", ["gw"]);
    configuration.voice_routes.push(route);
    let mut text = String::new();
    let losses = Format::Asterisk.write(&configuration, &mut text);
    let again: Vec<_> = losses
        .iter()
        .map(|loss| (loss.name, loss.rule, loss.reason))
        .collect();
    // the numbers of the other plan go to another context
    assert_eq!(
        again,
        [
            ("x", "112", LossReason::Again),
            ("x", "_0!", LossReason::Again)
        ],
        "{text}"
    );
}

#[test]
fn what_asterisk_cannot_say_is_told() {
    let mut configuration = VoiceConfiguration::default();
    let mut plan = crate::config::DialPlan::new(Scope::Tag("x".into()));
    for (name, pattern, translation) in [
        ("wide", r"^1(\d{3,})$", "+49$1"),
        ("widened", r"^2(\d+)$", "+49$1"),
        ("several", r"^3(\d{2,3})$", "+49$1"),
        ("ahead", r"^(?!4)(\d)$", "+49$1"),
        ("order", r"^2(\d)$", "+49$1"),
        ("_5X", r"^(5\d)$", "+49 $1"),
    ] {
        plan.normalization_rules
            .push(NormalizationRule::new(name, pattern, translation));
    }
    configuration.dial_plans.push(plan);
    let mut text = String::new();
    let losses = Format::Asterisk.write(&configuration, &mut text);
    let losses: Vec<_> = losses.iter().map(|loss| (loss.rule, loss.reason)).collect();
    assert_eq!(
        losses,
        [
            ("wide", LossReason::Widened),
            ("wide", LossReason::Renamed),
            ("widened", LossReason::Widened),
            ("widened", LossReason::Renamed),
            ("several", LossReason::Several),
            ("ahead", LossReason::Pattern),
            ("order", LossReason::Renamed),
            ("_5X", LossReason::Translation),
            ("order", LossReason::Order),
        ],
        "{text}"
    );
}

#[test]
fn rows_of_dialplan_become_rules() {
    let (configuration, findings) = read(Format::KamailioDialplan, DIALPLAN);
    assert_eq!(
        told(&findings),
        [
            (7, "subst_exp".into(), Reason::Substitution),
            (8, "repl_exp".into(), Reason::Replacement),
            (9, "match_op".into(), Reason::MatchOperator),
        ]
    );
    let rules: Vec<_> = configuration.dial_plans[0]
        .normalization_rules
        .iter()
        .map(|rule| (&*rule.name, &*rule.pattern, &*rule.translation))
        .collect();
    assert_eq!(
        rules,
        [
            ("emergency", "^112$", "112"),
            ("international", r"^00([1-9]\d+)$", "+$1"),
            ("short", r"^(?=.{3}$)([1-9]\d*)$", "+4989123${1}0"),
            ("mobile", "^01[567].*$", "$0"),
        ]
    );
    assert_eq!(configuration.dial_plans[1].identity, Scope::Tag("2".into()));
    let text = round_trip(Format::KamailioDialplan, &configuration);
    assert!(
        text.contains(r#""1","^00([1-9]\d+)$","0","^00([1-9]\d+)$","+\1","international""#),
        "{text}"
    );
}

#[test]
fn rows_of_drouting_become_routes() {
    let (configuration, findings) = read(Format::KamailioDrouting, DROUTING);
    assert_eq!(
        told(&findings),
        [
            (2, "type".into(), Reason::NotCarried),
            (3, "type".into(), Reason::NotCarried),
            (8, "timerec".into(), Reason::TimeRecurrence),
            (9, "gwlist".into(), Reason::GatewayGroups),
            (10, "gwlist".into(), Reason::GatewayList),
            (11, "prefix".into(), Reason::Prefix),
        ]
    );
    let routes: Vec<_> = configuration
        .voice_routes
        .iter()
        .map(|route| {
            (
                &*route.identity,
                &*route.number_pattern,
                route.pstn_gateway_list.join(" "),
            )
        })
        .collect();
    assert_eq!(
        routes,
        [
            ("2", r"^\+4989", "10.10.10.11 10.10.10.10:5080".to_string()),
            ("1", r"^\+49", "10.10.10.10:5080".to_string()),
            ("4", r"^\+1", "10.10.10.10:5080 10.10.10.11".to_string()),
            ("3", "^", "10.10.10.11 10.10.10.10:5080".to_string()),
        ]
    );
    assert_eq!(configuration.voice_routes[0].pstn_usages, ["0", "1"]);
    let trunk = &configuration.trunk_configurations[1];
    let rule = &trunk.outbound_translation_rules_list[0];
    assert_eq!((&*rule.pattern, &*rule.translation), ("^.{3}(.*)$", "0$1"));

    // by the route that takes all numbers 112 would go out as 0
    let mut text = String::new();
    let losses = Format::KamailioDrouting.write(&configuration, &mut text);
    let losses: Vec<_> = losses.iter().map(|loss| (loss.name, loss.reason)).collect();
    assert_eq!(
        losses,
        [
            ("1", LossReason::Failover),
            ("3", LossReason::Failover),
            ("3", LossReason::Emergency)
        ]
    );
    let mut configuration = configuration;
    let is_apart = |route: &VoiceRoute| matches!(&*route.identity, "2" | "4");
    configuration.voice_routes.retain(is_apart);
    round_trip(Format::KamailioDrouting, &configuration);
}

/// Columns of numbers have numbers, and each row one of its own.
#[test]
fn rows_of_drouting_are_numbered() {
    let mut configuration = VoiceConfiguration::default();
    for (name, pattern, usages) in [
        ("Germany", r"^\+49", &["germany", "2"][..]),
        ("1", r"^\+4[13]", &["world"]),
        ("none", r"^\+1", &[]),
    ] {
        let mut route = VoiceRoute::new(name, pattern, "", ["gw"]);
        route.pstn_usages = usages.iter().map(ToString::to_string).collect();
        configuration.voice_routes.push(route);
    }
    let mut text = String::new();
    let losses = Format::KamailioDrouting.write(&configuration, &mut text);
    let rows: Vec<_> = text
        .lines()
        .skip(4)
        .map(|row| row.split("\",\"").take(3).collect::<Vec<_>>())
        .collect();
    assert_eq!(
        rows,
        [
            ["\"2", "1,2", "+49"],
            ["\"1", "3", "+41"],
            ["\"3", "3", "+43"]
        ]
    );
    for (name, field) in [
        ("Germany", ""),
        ("Germany", "pstn_usages"),
        ("none", "pstn_usages"),
    ] {
        let is_told = losses
            .iter()
            .any(|loss| (loss.name, loss.field) == (name, field));
        assert!(is_told, "{name} {field}");
    }
}

#[test]
fn what_the_cmdlets_do_not_know_is_told() {
    let mut configuration = VoiceConfiguration::default();
    let mut route = VoiceRoute::new("r", ".*", "u", ["gw"]);
    route.caller_id_pattern = Some("^1$".into());
    configuration.voice_routes.push(route);
    let mut trunk = crate::config::TrunkConfiguration::new(Scope::Global);
    trunk.emergency_form = EmergencyForm::Plus;
    configuration.trunk_configurations.push(trunk);
    configuration
        .short_codes
        .push(crate::config::ShortCode::new("*21", "Busy"));
    let mut plan = crate::config::DialPlan::new(Scope::Global);
    plan.country_code = Some(crate::CountryCode::AUSTRIA);
    configuration.dial_plans.push(plan);
    let gateway = crate::config::PstnGateway::new("gw", "Munich");
    configuration.pstn_gateways.push(gateway);
    for format in Format::ALL {
        let mut text = String::new();
        let losses = format.write(&configuration, &mut text);
        assert!(losses.iter().any(|loss| loss.list == "pstn_gateway"));
        for field in ["caller_id_pattern", "emergency_form", "country_code"] {
            assert!(
                losses.iter().any(|loss| loss.field == field),
                "{format} {field}"
            );
        }
        assert!(
            losses.iter().any(|loss| loss.list == "short_code"),
            "{format}"
        );
    }
}

/// Names that the form cannot hold are told, whatever they are.
#[test]
fn what_reads_differently_is_told() {
    for (format, name) in [
        (Format::PowerShellList, "two\nlines"),
        (Format::PowerShellList, " led by a space"),
        (Format::PowerShellCsv, "{braces}"),
        (Format::Asterisk, "a]b"),
        (Format::KamailioDrouting, "not a number"),
    ] {
        let mut configuration = VoiceConfiguration::default();
        configuration
            .voice_routes
            .push(VoiceRoute::new("1", "^1", name, ["gw"]));
        let mut text = String::new();
        assert!(
            !format.write(&configuration, &mut text).is_empty(),
            "{format} {name:?}\n{text}"
        );
    }
    let mut configuration = VoiceConfiguration::default();
    let mut policy = crate::config::LocationPolicy::new(Scope::Global, "112", Some("911"));
    let number = EmergencyNumber {
        dial_string: "110".into(),
        dial_mask: None,
    };
    policy.emergency_numbers.push(number);
    configuration.location_policies.push(policy);
    round_trip(Format::PowerShellCsv, &configuration);
    round_trip(Format::PowerShellList, &configuration);
}

#[test]
fn files_are_utf_8_or_utf_16() {
    let units = |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        "\u{feff}Größe".encode_utf16().flat_map(bytes).collect()
    };
    assert_eq!(decode("Größe".as_bytes()).unwrap(), "Größe");
    assert_eq!(decode("\u{feff}Größe".as_bytes()).unwrap(), "Größe");
    assert_eq!(decode(&units(u16::to_le_bytes)).unwrap(), "Größe");
    assert_eq!(decode(&units(u16::to_be_bytes)).unwrap(), "Größe");
    assert_eq!(decode(b"\xff\xfea"), Err(ImportError::NotText));
    assert_eq!(decode(b"\xff\xfe\x00\xd8"), Err(ImportError::NotText));
    assert_eq!(decode(b"Gr\xf6\xdfe"), Err(ImportError::NotText));
}

#[test]
fn formats_have_names() {
    for format in Format::ALL {
        assert_eq!(format.to_string().parse(), Ok(format));
    }
    assert_eq!("yaml".parse::<Format>(), Err(ImportError::UnknownFormat));
    let long = "x".repeat(Format::MAX_LEN + 1);
    let mut configuration = VoiceConfiguration::default();
    let read = Format::Asterisk.read(&long, &mut configuration);
    assert_eq!(read, Err(ImportError::TooLong));
    assert_eq!(format!("{}", ImportError::TooLong), "longer than 16 MiB");
}
