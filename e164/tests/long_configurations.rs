//! Configurations of other systems, long and hostile: memory in proportion to the text, and work that a test lives to see
//! the end of. Each of these texts once made some list be searched for each of its members.
#![cfg(feature = "alloc")]

use trunkline_e164::config::{
    DialPlan, NormalizationRule, Scope, VoiceConfiguration, VoicePolicy, VoiceRoute,
};
use trunkline_e164::import::{Format, LossReason, Reason};
use trunkline_testkit::count_allocations;

/// Texts of about this length, each made to cost as much as can be.
fn hostile(len: usize) -> Vec<(Format, String)> {
    let half = len / 2;
    let rows = |begin: &str, row: &str| [begin, &row.repeat(half / row.len())].concat();
    let long = "1".repeat(half);
    let many = "1,".repeat(half / 2);
    let numbered = |line: fn(usize) -> String| (0..len / 20).map(line).collect::<String>();
    vec![
        // long names, which each of many rules would repeat
        (
            Format::Asterisk,
            rows(&format!("[{long}]\n"), "exten => 1,1,Dial(A/1@b)\n"),
        ),
        (
            Format::Asterisk,
            rows(
                &format!("[a]\nexten => _{long},1,NoOp()\n"),
                "same => n,Goto(1,1)\n",
            ),
        ),
        (
            Format::Asterisk,
            rows(
                &format!("[a]\nexten => _{},1,NoOp()\n", "-".repeat(half)),
                "same => n,Goto(1,1)\n",
            ),
        ),
        (
            Format::Asterisk,
            ["[a]\n", &numbered(|n| format!("include => c{n}\n"))].concat(),
        ),
        (
            Format::Asterisk,
            numbered(|n| format!("[c{n}]\nexten => _{n}.,1,Goto(1${{EXTEN}},1)\n")),
        ),
        // one address for each of many gateways
        (
            Format::KamailioDrouting,
            format!("gwid,address\n1,{long}\n\nruleid,groupid,prefix,gwlist\n1,1,0,\"{many}\"\n"),
        ),
        (
            Format::KamailioDrouting,
            rows(
                &format!(
                    "gwid,address\n1,{}\n\ngroupid,prefix,gwlist\n",
                    "a".repeat(128)
                ),
                "1,,\"1,1,1,1\"\n",
            ),
        ),
        (
            Format::KamailioDialplan,
            rows(
                "dpid,match_op,match_exp,match_len\n",
                "1,1,^(1|2|3|4|5)*,9\n",
            ),
        ),
        (Format::PowerShellCsv, rows("Identity;Pattern\n", "a/b;\n")),
        (
            Format::PowerShellCsv,
            numbered(|n| format!("#TYPE X.Route\nIdentity\n{n}\n\n")),
        ),
        (
            Format::PowerShellList,
            rows("Identity : a\n", "           b\n"),
        ),
        (
            Format::PowerShellList,
            format!(
                "Identity : a\nNormalizationRules : {{{}}}",
                "Description=".repeat(half / 12)
            ),
        ),
        (Format::PowerShellList, "service:".repeat(len / 8)),
        (
            Format::PowerShellList,
            format!("Identity : {}\nUsage : a", "service:".repeat(len / 8)),
        ),
    ]
}

#[test]
fn reading_takes_memory_in_proportion_to_the_text() {
    for (format, text) in hostile(1 << 16) {
        let (findings, allocations) = count_allocations(|| {
            let mut configuration = VoiceConfiguration::default();
            format
                .read(&text, &mut configuration)
                .map(|findings| findings.len())
        });
        let begin: String = text.chars().take(60).collect();
        assert!(findings.is_ok(), "{format} {begin}");
        let per_octet = allocations.bytes / text.len() as u64;
        assert!(
            per_octet < 300,
            "{format}: {per_octet} octets for each of {begin}"
        );
    }
}

#[test]
fn what_is_too_long_is_told() {
    let long = "1".repeat(300);
    for (format, text, line) in [
        (
            Format::Asterisk,
            format!("[a{long}]\nexten => 1,1,Goto(2,1)\n"),
            1,
        ),
        (
            Format::Asterisk,
            format!("[a]\nexten => _{long},1,Goto(2,1)\n"),
            2,
        ),
        (
            Format::KamailioDrouting,
            format!("gwid,address\n1,{long}\n"),
            2,
        ),
        (
            Format::KamailioDrouting,
            format!("ruleid,groupid,prefix,gwlist\n1,1,0,{long}\n"),
            2,
        ),
    ] {
        let mut configuration = VoiceConfiguration::default();
        let findings = format.read(&text, &mut configuration).unwrap();
        assert_eq!(
            (findings[0].line, findings[0].reason),
            (line, Reason::TooLong),
            "{format}"
        );
        assert_eq!(configuration, VoiceConfiguration::default());
    }
}

/// Tables without rows, and those that are too wide, do not pass unseen either; what follows them is read.
#[test]
fn a_header_of_nothing_known_is_told() {
    let wide = ",".repeat(200);
    for (format, known) in [
        (Format::PowerShellCsv, "Identity,NumberPattern\na,1\n"),
        (Format::KamailioDialplan, "dpid,match_op,match_exp\n1,1,1\n"),
        (Format::KamailioDrouting, "groupid,prefix,gwlist\n1,1,1\n"),
    ] {
        for (header, reason) in [
            ("garbage", Reason::UnknownObject),
            (&*wide, Reason::TooManyCells),
        ] {
            let text = format!("{header}\n1\n2\n\n{known}");
            let mut configuration = VoiceConfiguration::default();
            let findings = format.read(&text, &mut configuration).unwrap();
            let told: Vec<_> = findings
                .iter()
                .map(|found| (found.line, found.reason))
                .collect();
            assert_eq!(told, [(1, reason)], "{format} {header}");
            assert_ne!(configuration, VoiceConfiguration::default(), "{format}");
        }
    }
}

/// Twenty thousand of each, which no form takes over as they are.
#[test]
fn long_configurations_are_written() {
    const MANY: usize = 20_000;
    let mut configuration = VoiceConfiguration::default();
    for n in 0..MANY {
        let mut plan = DialPlan::new(Scope::Tag(format!("plan{n}")));
        plan.description = Some("told".into());
        configuration.dial_plans.push(plan);
        let mut policy = VoicePolicy::new(Scope::Tag(format!("policy{n}")), ["usage"]);
        policy.description = Some("told".into());
        configuration.voice_policies.push(policy);
    }
    for format in Format::ALL {
        let mut text = String::new();
        let losses = format.write(&configuration, &mut text);
        let is_own = matches!(format, Format::PowerShellCsv | Format::PowerShellList);
        assert_eq!(losses.is_empty(), is_own, "{format}");
    }
}

/// Routes that all fit the same numbers, with long lists of trunks that differ at their end.
#[test]
fn routes_with_many_trunks_are_written() {
    let mut configuration = VoiceConfiguration::default();
    for n in 0..40 {
        let trunks = (0..1000).map(|trunk| format!("gw{}.example.com", trunk / 999 * n));
        let mut route = VoiceRoute::new(n.to_string(), "^[0-9]{0,3}", "1", Vec::<String>::new());
        route.pstn_gateway_list = trunks.collect();
        configuration.voice_routes.push(route);
    }
    let mut text = String::new();
    let losses = Format::Asterisk.write(&configuration, &mut text);
    let behind = losses
        .iter()
        .filter(|loss| loss.reason == LossReason::Failover);
    assert_eq!(behind.count(), 39);
}

/// One row for each way of a pattern and each gateway: bounded, and told.
#[test]
fn writing_one_route_is_bounded() {
    let gateways: Vec<String> = (0..1000).map(|n| format!("gw{n}.example.com")).collect();
    for pattern in [
        "^[0-9]{2}",
        "^[0-9]?[0-5]?[0-5]?[0-9]?",
        "^(1|2|3|4|5|6)[0-9]",
    ] {
        let mut configuration = VoiceConfiguration::default();
        let route = VoiceRoute::new("1", pattern, "1", gateways.clone());
        configuration.voice_routes.push(route);
        let mut text = String::new();
        let losses = Format::KamailioDrouting.write(&configuration, &mut text);
        assert!(losses.iter().any(|loss| loss.list == "voice_route"));
        assert!(text.len() < 100_000, "{pattern}: {}", text.len());
    }
    let mut plan = DialPlan::new(Scope::Tag("1".into()));
    let pattern = "^(?:0|1|2|3)?(?:0|1|2|3)?(?:0|1|2|3)?(?:0|1|2|3)?1$";
    plan.normalization_rules
        .push(NormalizationRule::new("1", pattern, "$0"));
    let mut configuration = VoiceConfiguration::default();
    configuration.dial_plans.push(plan);
    let mut text = String::new();
    assert!(!Format::Asterisk.write(&configuration, &mut text).is_empty());
    assert!(text.len() < 10_000, "{}", text.len());
}
