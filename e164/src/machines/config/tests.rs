use super::*;

/// A file with everything in it, and what it says.
const FILE: &str = r#"
country_code = 49
pstn_usages = ["national"]

[[dial_plan]]
identity = "Site:Munich"
simple_name = "munich"
external_access_prefix = "0"
optimize_device_dialing = true

[[dial_plan.normalization_rule]]
name = "Extension"
priority = 0
pattern = '^(\d{3})$'
translation = "+49891234$1"
is_internal_extension = true

[[voice_policy]]
identity = "Global"
pstn_usages = ["national"]

[[voice_route]]
identity = "Germany"
number_pattern = '^\+49'
pstn_usages = ["national"]
pstn_gateway_list = ["gw01", "gw02"]
suppress_caller_id = true
alternate_caller_id = "+498912340"
caller_id_pattern = '^\+49891234'

[[trunk_configuration]]
identity = "PstnGateway:gw01"
remove_plus_from_uri = true
emergency_form = "plus"

[[trunk_configuration.outbound_translation_rule]]
name = "national"
pattern = '^\+49(\d+)$'
translation = "0$1"

[[trunk_configuration.outbound_calling_number_translation_rule]]
pattern = '^\+49(\d+)$'
translation = "0$1"

[[trunk_configuration]]
identity = "PstnGateway:gw02"
pstn_usages = ["national"]
emergency_form = { configured = { "110" = "+4989110" } }

[[location_policy]]
identity = "Tag:munich"
emergency_dial_string = "112"
emergency_dial_mask = "911;999"
emergency_number = [{ dial_string = "110" }]
pstn_usage = "emergency"
pre_emption = false

[[network_site]]
network_site_id = "Munich"
location_policy = "munich"
numbers = ["+49891234"]
emergency_caller_id = "+498912340"

[[pstn_gateway]]
identity = "gw02"
site_id = "Munich"

[[short_code]]
code = "*21"
presence = "Busy"
answer = "busy"
"#;

fn configuration() -> VoiceConfiguration {
    let mut plan = DialPlan::new(Scope::Site("Munich".into()));
    plan.simple_name = Some("munich".into());
    plan.external_access_prefix = Some("0".into());
    plan.optimize_device_dialing = true;
    let mut extension = NormalizationRule::new("Extension", r"^(\d{3})$", "+49891234$1");
    extension.priority = Some(0);
    extension.is_internal_extension = true;
    plan.normalization_rules.push(extension);

    let mut route = VoiceRoute::new("Germany", r"^\+49", "national", ["gw01", "gw02"]);
    route.suppress_caller_id = true;
    route.alternate_caller_id = Some("+498912340".into());
    route.caller_id_pattern = Some(r"^\+49891234".into());

    let gateway = |name: &str| TrunkConfiguration::new(Scope::PstnGateway(name.into()));
    let mut first = gateway("gw01");
    first.remove_plus_from_uri = true;
    first.emergency_form = EmergencyForm::Plus;
    let rule = |name: &str| OutboundTranslationRule::new(name, r"^\+49(\d+)$", "0$1");
    first.outbound_translation_rules_list.push(rule("national"));
    first
        .outbound_calling_number_translation_rules_list
        .push(rule(""));
    let mut second = gateway("gw02");
    second.pstn_usages.push("national".into());
    let form = [("110".into(), "+4989110".into())];
    second.emergency_form = EmergencyForm::Configured(form.into());

    let mut location = LocationPolicy::new(Scope::Tag("munich".into()), "112", Some("911;999"));
    location.emergency_numbers.push(EmergencyNumber {
        dial_string: "110".into(),
        dial_mask: None,
    });
    location.pstn_usage = Some("emergency".into());
    location.pre_emption = false;
    let mut site = NetworkSite::new("Munich");
    site.location_policy = Some("munich".into());
    site.numbers.push("+49891234".into());
    site.emergency_caller_id = Some("+498912340".into());
    let mut code = ShortCode::new("*21", "Busy");
    code.answer = ShortCodeAnswer::Busy;

    VoiceConfiguration {
        pstn_usages: ["national".into()].into(),
        dial_plans: [plan].into(),
        voice_policies: [VoicePolicy::new(Scope::Global, ["national"])].into(),
        voice_routes: [route].into(),
        trunk_configurations: [first, second].into(),
        location_policies: [location].into(),
        network_sites: [site].into(),
        pstn_gateways: [PstnGateway::new("gw02", "Munich")].into(),
        short_codes: [code].into(),
        ..VoiceConfiguration::default()
    }
}

#[test]
fn a_file_holds_everything() {
    let configuration = configuration();
    assert_eq!(toml::from_str(FILE), Ok(configuration.clone()));
    let written = toml::to_string(&configuration).unwrap();
    assert_eq!(toml::from_str(&written), Ok(configuration), "{written}");
}

/// Broken rules are read like all others, so that they can be told of; slips in names are not passed over.
#[test]
fn what_a_file_says_is_not_judged() {
    let broken = "[[dial_plan]]\nnormalization_rule = [{ pattern = '^(', translation = '$1' }]";
    let configuration: VoiceConfiguration = toml::from_str(broken).unwrap();
    assert_eq!(
        configuration.dial_plans[0].normalization_rules[0].pattern,
        "^("
    );
    let slip = "[[dial_plan]]\nnormalisation_rule = []";
    assert!(toml::from_str::<VoiceConfiguration>(slip).is_err());
    assert_eq!(toml::from_str(""), Ok(VoiceConfiguration::default()));
}
