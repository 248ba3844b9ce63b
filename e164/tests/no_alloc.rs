//! Nothing in this crate allocates.

use core::fmt::Write;
use core::hint::black_box;
use core::time::Duration;

use trunkline_e164::sans_io::{DnsData, DnsName, DnsRecord, Naptr};
use trunkline_e164::{
    CallerId, CountryCode, DialString, E164_ARPA, EmergencyNumber, EnumLookup, EnumStep, LineUri,
    LocationPolicy, LongNumber, NormalizationRule, Number, NumberFormat, Pattern, Plan, TelUri,
    VoicePolicy, VoiceRoute,
};
use trunkline_testkit::assert_no_allocation;

/// What is written, on the stack.
struct Room([u8; 32], usize);

impl Write for Room {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let end = self.1 + text.len();
        let room = self.0.get_mut(self.1..end).ok_or(core::fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.1 = end;
        Ok(())
    }
}

#[test]
fn numbers_allocate_nothing() {
    assert_no_allocation(|| {
        let number = Number::parse(black_box("+498007722375")).expect("a number");
        assert_eq!(&*number.text(), "+498007722375");
        assert_eq!(number.country_code(), Some(CountryCode::GERMANY));
        let tolerant = Number::parse_tolerant(black_box("+49 (0)800/7722375"));
        assert_eq!(tolerant, Ok(number));
        let dialled = DialString::parse(black_box("(089) 12 34-567;ext=1")).expect("digits");
        assert_eq!(
            (dialled.as_str(), dialled.extension()),
            ("0891234567", Some("1"))
        );
        let uri = TelUri::parse(black_box("tel:+49-89-840798;ext=118")).expect("a URI");
        assert!(uri.is_equivalent(&uri) && uri.e164().is_some());
        let line = LineUri::try_from(&uri).expect("a line");
        assert_eq!(
            line.extension.map(|extension| extension.digit_count()),
            Some(3)
        );
        let long = LongNumber::parse(black_box("+493320312345678901")).expect("a number");
        let mut room = Room([0; 32], 0);
        write!(room, "{}", long.format(NumberFormat::National)).expect("room");
        assert_eq!(&room.0[..room.1], b"033203 12345678901");
        assert_eq!(
            CountryCode::all().filter(|code| code.len() == 3).count(),
            169
        );
    });
}

#[test]
fn enum_allocates_nothing() {
    let answer = [DnsRecord {
        ttl: Duration::from_secs(300),
        data: DnsData::Naptr(Naptr {
            order: 100,
            preference: 10,
            flags: "u",
            services: "E2U+sip",
            regexp: r"!^\+4989(.*)$!sip:\1@contoso.com!",
            replacement: DnsName::ROOT,
        }),
    }];
    assert_no_allocation(|| {
        let number = Number::parse(black_box("+4989840798")).expect("a number");
        let mut lookup = EnumLookup::new(number, &E164_ARPA, &["sip"]).expect("a name");
        let question = lookup.question().expect("a question");
        assert_eq!(&*question.name, "8.9.7.0.4.8.9.8.9.4.e164.arpa");
        let EnumStep::Found(mut uris) = lookup.handle_answer(Ok(black_box(&answer))) else {
            panic!("nothing found");
        };
        assert_eq!(uris.next().as_deref(), Some("sip:840798@contoso.com"));
    });
}

#[test]
fn a_plan_is_made_and_asked_without_allocation() {
    assert_no_allocation(|| {
        let own = [NormalizationRule::new(r"^8(\d{3})$", "+49891234$1").expect("a rule")];
        let main_number = Number::parse("+49891234").expect("a number");
        let emergency = [EmergencyNumber::with_mask("911", "112").expect("a number")];
        let plan = Plan::german(black_box("89"))
            .and_then(|plan| plan.with_extensions(main_number, 3))
            .expect("a plan")
            .with_rules(&own)
            .with_location_policy(LocationPolicy::german(emergency));
        assert_eq!(plan.lint().count(), 2); // neither 110 nor 112
        let mut covered = 0;
        for text in [
            "0891234567",
            "8118",
            "118",
            "115",
            "911",
            "alice",
            "+43 1 234567",
            "01013089",
        ] {
            let dialled = DialString::parse(black_box(text)).expect("printable");
            covered += usize::from(black_box(plan.normalize(&dialled)).is_ok());
        }
        assert_eq!(covered, 6);
    });
}

#[test]
fn routing_allocates_nothing() {
    assert_no_allocation(|| {
        let routes = [VoiceRoute {
            pattern: Pattern::new(r"^\+49[1-9]\d{3,12}$").expect("a pattern"),
            usages: ["all"],
            trunks: ["link01"],
            caller_id: CallerId::new(true, Some("+4989123456")).expect("a caller ID"),
        }];
        let policy = VoicePolicy { usages: &["all"] };
        let called = DialString::parse(black_box("+4989840798")).expect("digits");
        let selection = policy.select_text(&routes, called);
        assert_eq!(selection.trunks().next(), Some(&"link01"));
        for route in selection {
            assert_eq!(route.caller_id.present(&called).as_str(), "+4989123456");
        }
        assert!(Pattern::new(black_box(r"^(\d{1,99}){1,99}$")).is_err());
    });
}

/// 10,000 rules take less than 2 MB once they are compiled.
#[cfg(feature = "alloc")]
#[test]
fn long_lists_take_little_memory() {
    use trunkline_e164::CompiledRules;
    use trunkline_testkit::count_allocations;

    let rules = (20_000..30_000).map(|area| {
        let pattern = format!(r"^0({area}\d{{4,8}})$");
        NormalizationRule::new(&pattern, "+49$1").expect("a rule")
    });
    let (rules, allocations) = count_allocations(|| rules.collect::<CompiledRules>());
    assert_eq!(rules.len(), 10_000);
    assert!(allocations.kept_bytes <= 2_000_000, "{allocations:?}");
}

/// A decision of a whole voice configuration, an emergency call among them, and what each trunk is sent.
#[cfg(feature = "alloc")]
#[test]
fn deciding_by_a_voice_configuration_allocates_nothing() {
    use trunkline_e164::config::{
        DialPlan, LocationPolicy, OutboundTranslationRule, Scope, TrunkConfiguration,
        VoiceConfiguration, VoicePolicy, VoiceRoute,
    };
    use trunkline_e164::{Caller, NationalPlan, VoiceRouting};

    let mut configuration = VoiceConfiguration::default();
    let plan = DialPlan::national(Scope::Global, &NationalPlan::GERMANY, "89");
    configuration.dial_plans = vec![plan.expect("an area code")];
    configuration.voice_policies = vec![VoicePolicy::new(Scope::Global, ["all"])];
    let mut route = VoiceRoute::new("all", ".*", "all", ["gw01", "gw02"]);
    route.caller_id_pattern = Some(r"^\+49".into());
    configuration.voice_routes = vec![route];
    let mut trunk = TrunkConfiguration::new(Scope::Global);
    trunk.outbound_translation_rules_list =
        vec![OutboundTranslationRule::new("", r"^\+(\d*)$", "$1")];
    configuration.trunk_configurations = vec![trunk];
    configuration.location_policies = vec![LocationPolicy::new(Scope::Global, "112", Some("911"))];
    let routing = VoiceRouting::new(&configuration).expect("sound");
    assert_no_allocation(|| {
        let caller = Caller::new(DialString::parse("+49891234118").expect("digits"));
        let mut sent = 0;
        for text in [
            "0891234567",
            "840798",
            "0110",
            "911",
            "115",
            "*99",
            "+43155555",
        ] {
            let dialled = DialString::parse(black_box(text)).expect("digits");
            if let Ok(destination) = routing.route(&caller, &dialled) {
                let call = destination.call().expect("a call");
                sent += black_box(call.attempts()).count();
            }
        }
        assert_eq!(sent, 12);
    });
}
