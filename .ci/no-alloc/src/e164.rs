//! Numbers, the German plan, rules, routes.

use core::hint::black_box;
use core::time::Duration;

use trunkline_e164::sans_io::{DnsData, DnsName, DnsRecord, Naptr};
use trunkline_e164::{
    CallerId, CountryCode, DialString, E164_ARPA, EmergencyNumber, EnumLookup, EnumStep, Finding,
    Length, LineUri, LocationPolicy, LongNumber, NationalPlan, NormalizationRule, Normalized,
    Number, NumberFormat, Pattern, Plan, Refusal, RuleSet, Rules, SERVICE_NUMBERS, SimpleRule,
    SimpleRules, TelUri, VoicePolicy, VoiceRoute,
};

use crate::check::{Failed, check, some};

pub fn run() -> Result<(), Failed> {
    numbers()?;
    enum_lookup()?;
    rules()?;
    plan()?;
    routes()
}

fn numbers() -> Result<(), Failed> {
    let number = some!(Number::parse(black_box("+498007722375")));
    check!(&*number.text() == "+498007722375" && number.text().national() == Some("8007722375"));
    check!(number.country_code() == Some(CountryCode::GERMANY));
    check!(Number::parse_tolerant(black_box("+49 (0) 800/77 22-375")) == Ok(number));
    check!(Number::parse(black_box("+49 800")).is_err_and(|error| error.offset == 3));
    check!(CountryCode::all().count() == 215);
    let dialled = some!(DialString::parse(black_box("(089) 84 07-98;ext=118")));
    check!(dialled.as_str() == "089840798" && dialled.extension() == Some("118"));
    check!(DialString::parse("\u{661}").is_err());
    let uri = some!(TelUri::parse(black_box("TEL:+49-89-840798;ext=1-18")));
    let line = some!(LineUri::try_from(&uri));
    check!(line == some!(LineUri::parse("tel:+4989840798;ext=118")));
    check!(TelUri::parse(black_box("tel:+49;a;A")).is_err());
    let text = line.number.text();
    check!(
        text.parts()
            .is_some_and(|parts| parts.area_code == Some("89"))
    );
    let long = some!(LongNumber::parse(black_box("+493320312345678901")));
    check!(Number::try_from(long).is_err() && long.national().is_some());
    black_box(long.format(NumberFormat::National));
    Ok(())
}

fn enum_lookup() -> Result<(), Failed> {
    let number = some!(Number::parse(black_box("+4989840798")));
    let mut lookup = some!(EnumLookup::new(number, &E164_ARPA, &["sip"]));
    check!(&*some!(lookup.question()).name == "8.9.7.0.4.8.9.8.9.4.e164.arpa");
    let rule = |flags, regexp, replacement| DnsRecord {
        ttl: Duration::from_secs(300),
        data: DnsData::Naptr(Naptr {
            order: 100,
            preference: 10,
            flags,
            services: "E2U+sip",
            regexp,
            replacement,
        }),
    };
    let other = some!(DnsName::parse(black_box("other.example")));
    let answer = [rule("", "", other)];
    check!(
        matches!(lookup.handle_answer(Ok(&answer)), EnumStep::Ask(question) if question.name == other)
    );
    let answer = [rule(
        "u",
        black_box(r"!^\+4989(.*)$!sip:\1@contoso.com!"),
        DnsName::ROOT,
    )];
    let uri = match lookup.handle_answer(Ok(&answer)) {
        EnumStep::Found(mut uris) => uris.next(),
        _ => None,
    };
    check!(&*some!(uri) == "sip:840798@contoso.com");
    Ok(())
}

/// Made by the compiler.
static SITES: [SimpleRule; 1] = match SimpleRule::new("8", Length::Exactly(4), 1, "+49305555") {
    Ok(rule) => [rule],
    Err(_) => panic!("seen by the compiler, since this is a constant"),
};

static OWN: [NormalizationRule; 1] = [NormalizationRule::fixed(
    r"^8(\d{3}|[1-3]\d{4})$",
    "+4930555$1",
)];

const MAIN_NUMBER: Number = match Number::parse("+49891234") {
    Ok(number) => number,
    Err(_) => panic!("seen by the compiler, since this is a constant"),
};

/// With patterns, extensions and the reference rules.
static PLAN: Plan<&[NormalizationRule], &[EmergencyNumber]> =
    Plan::fixed(&NationalPlan::GERMANY, "89", Some((MAIN_NUMBER, 3)), &OWN);

fn rules() -> Result<(), Failed> {
    let rules = RuleSet::new([
        some!(NormalizationRule::new(
            r"^0([1-9]\d{2,12}?)(?:-0)*$",
            "+49${1}"
        )),
        some!(NormalizationRule::new(
            black_box(r"^(\d{4})$"),
            "+1425555$1;ext=$1"
        )),
    ]);
    let translated = some!(rules.translate(&some!(DialString::parse("5100"))));
    let output = some!(translated.output);
    check!(translated.rule == 1 && output.as_str() == "+14255555100");
    check!(output.extension() == Some("5100"));
    check!(rules.translate(&some!(DialString::parse("x"))).is_none());
    check!(NormalizationRule::new(black_box("^(1"), "$1").is_err());
    check!(Pattern::new(black_box(r"(\d{1,99}){1,99}")).is_err());
    let translated =
        some!(SimpleRules(&SITES[..]).translate(&some!(DialString::parse(black_box("8118")))));
    check!(some!(translated.output).as_str() == "+49305555118");
    Ok(())
}

fn plan() -> Result<(), Failed> {
    let main_number = some!(Number::parse("+49891234"));
    let own = [some!(NormalizationRule::new(r"^(\d+)$", "+49$1"))];
    let plan = some!(some!(Plan::german(black_box("089"))).with_extensions(main_number, 3));
    for (dialled, expected) in [
        ("(089) 12 34-567", "+49891234567"),
        ("0049891234567", "+49891234567"),
        ("840798", "+4989840798"),
        ("118", "+49891234118"),
    ] {
        let normalized = some!(plan.normalize(&some!(DialString::parse(dialled))));
        check!(normalized.dial_string().as_str() == expected);
        check!(matches!(normalized, Normalized::E164(_)));
    }
    for number in SERVICE_NUMBERS {
        let dialled = some!(DialString::parse(number));
        let normalized = some!(plan.with_rules(&own).normalize(&dialled));
        check!(normalized.dial_string() == dialled);
        check!(normalized.is_emergency() == (number < "115"));
    }
    for (dialled, expected) in [
        ("8118", "+4930555118"),
        ("118", "+49891234118"),
        ("840798", "+4989840798"),
        ("0112", "112"),
    ] {
        let normalized = some!(PLAN.normalize(&some!(DialString::parse(black_box(dialled)))));
        check!(normalized.dial_string().as_str() == expected);
    }
    let refused = plan.normalize(&some!(DialString::parse("*99")));
    check!(refused == Err(Refusal::NoRule));
    check!(plan.lint().next().is_none());

    let other = [some!(EmergencyNumber::with_mask("911", "112"))];
    let plan = plan.with_location_policy(LocationPolicy::new(other));
    check!(
        plan.lint()
            .eq(["110", "112"].map(|number| Finding::NoEmergencyNumber { number }))
    );
    Ok(())
}

fn routes() -> Result<(), Failed> {
    let routes = [VoiceRoute {
        pattern: some!(Pattern::new(black_box(".*"))),
        usages: ["all"].as_slice(),
        trunks: ["link01", "link02"].as_slice(),
        caller_id: some!(CallerId::new(true, Some("+4989123456"))),
    }];
    let policy = VoicePolicy { usages: &["all"] };
    let called = some!(DialString::parse("112"));
    let mut selection = policy.select(&routes, &Normalized::Emergency(called));
    check!(selection.emergency && selection.trunks().eq(&["link01", "link02"]));
    let route = some!(selection.next());
    check!(route.caller_id.present(&called).as_str() == "+4989123456");
    check!(CallerId::new(true, None).is_err());
    Ok(())
}
