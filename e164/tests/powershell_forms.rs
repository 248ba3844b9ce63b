//! The forms in which PowerShell hands out what the cmdlets of Skype for Business return: each is read, or told with
//! line and reason. No server was at hand; what Microsoft's documentation prints stands here as it stands there
//! (OfficeDocs-SkypeForBusiness, CC-BY-4.0, (c) Microsoft Corporation), the rest follows what Format-List, Export-Csv and
//! redirection do.
#![cfg(feature = "alloc")]

use trunkline_e164::config::{
    NormalizationRule, OutboundTranslationRule, Scope, TrunkConfiguration, VoiceConfiguration,
};
use trunkline_e164::import::{Format, Reason, decode};

/// The configuration, and what was told: line, field, reason.
fn read(format: Format, text: &str) -> (VoiceConfiguration, Vec<(usize, String, Reason)>) {
    let mut configuration = VoiceConfiguration::default();
    let findings = format.read(text, &mut configuration).unwrap();
    let told = findings
        .iter()
        .map(|found| (found.line, found.field.to_string(), found.reason))
        .collect();
    (configuration, told)
}

/// "View SIP trunk configuration information".
const TRUNK: &str = "\
Identity                                  : Global
OutboundTranslationRulesList              : {}
SipResponseCodeTranslationRulesList       : {}
OutboundCallingNumberTranslationRulesList : {}
PstnUsages                                : {}
Description                               :
ConcentratedTopology                      : True
EnableBypass                              : False
EnableMobileTrunkSupport                  : False
EnableReferSupport                        : True
EnableSessionTimer                        : False
EnableSignalBoost                         : False
MaxEarlyDialogs                           : 20
RemovePlusFromUri                         : False
RTCPActiveCalls                           : True
RTCPCallsOnHold                           : True
SRTPMode                                  : Required
EnablePIDFLOSupport                       : False
EnableRTPLatching                         : False
EnableOnlineVoice                         : False
ForwardCallHistory                        : False
Enable3pccRefer                           : False
ForwardPAI                                : False
EnableFastFailoverTimer                   : True
";

/// "View voice routes".
const ROUTE: &str = r"
Identity          : global
Priority          : -1
Description       :
NumberPattern     : ^(\+1[0-9]{10})$
PstnUsages        : {}
PstnGatewayList   : {}
Name              : global
SuppressCallerId  :
AlternateCallerId :
";

/// "Create or modify a voice policy and configure PSTN usage records".
const USAGES: &str = "
        Identity : Global
        Usage    : {Internal, Local, Long Distance}
";

/// What `Select-Object -ExpandProperty OutboundTranslationRulesList` leaves: nothing tells whose rule it is.
const EXPANDED: &str = r"
Description : Phone number without country/region code or area code.
Pattern     : ^\+(\d*)$
Translation : $1
Name        : NoAreaCode
";

#[test]
fn what_the_documentation_prints_is_read() {
    let (configuration, told) = read(Format::PowerShellList, TRUNK);
    assert_eq!(told, []);
    assert_eq!(
        configuration.trunk_configurations,
        [TrunkConfiguration::new(Scope::Global)]
    );

    let (configuration, told) = read(Format::PowerShellList, ROUTE);
    assert_eq!(told, [(3, "Priority".to_string(), Reason::NotNumber)]);
    let route = &configuration.voice_routes[0];
    assert_eq!(
        (&*route.identity, &*route.number_pattern, route.priority),
        ("global", r"^(\+1[0-9]{10})$", None)
    );

    let (configuration, told) = read(Format::PowerShellList, USAGES);
    assert_eq!(told, []);
    assert_eq!(
        configuration.pstn_usages,
        ["Internal", "Local", "Long Distance"]
    );

    let (configuration, told) = read(Format::PowerShellList, EXPANDED);
    assert_eq!(told, [(2, "Identity".to_string(), Reason::Missing)]);
    assert_eq!(configuration, VoiceConfiguration::default());
}

/// `Get-CsVoiceRoute > routes.txt`: UTF-16 with its mark, lines that end as Windows ends them; the same of `Out-File
/// -Encoding utf8`, and of an editor.
#[test]
fn files_are_read_however_they_are_encoded() {
    let text = [TRUNK, ROUTE].join("\n").replace('\n', "\r\n");
    let expected = read(Format::PowerShellList, &text);
    assert_eq!(expected.1.len(), 1);
    let marked: Vec<u16> = "\u{feff}"
        .encode_utf16()
        .chain(text.encode_utf16())
        .collect();
    let files: [Vec<u8>; 4] = [
        marked.iter().copied().flat_map(u16::to_le_bytes).collect(),
        marked.iter().copied().flat_map(u16::to_be_bytes).collect(),
        format!("\u{feff}{text}").into_bytes(),
        text.into_bytes(),
    ];
    for file in &files {
        let text = decode(file).unwrap();
        assert_eq!(read(Format::PowerShellList, &text), expected);
    }
    // a code page, and half a character
    assert!(decode(b"Description : M\xfcnchen").is_err());
    assert!(decode(&files[0][..files[0].len() - 1]).is_err());
}

/// Windows PowerShell cuts lists after four members and says so with three dots, PowerShell 7 with one character.
#[test]
fn lists_that_were_cut_or_wrapped_are_told() {
    for dots in ["...", "…"] {
        let text = format!(
            "PS C:\\> Get-CsVoicePolicy | Format-List\r\n\r\nIdentity   : Global\r\nPstnUsages : {{One, Two, \r\n             Three, Four{dots}}}\r\n"
        );
        let (configuration, told) = read(Format::PowerShellList, &text);
        assert_eq!(
            told,
            [
                (4, "PstnUsages".to_string(), Reason::Wrapped),
                (4, "PstnUsages".to_string(), Reason::Truncated)
            ]
        );
        assert_eq!(
            configuration.voice_policies[0].pstn_usages,
            ["One", "Two", "Three", "Four"]
        );
    }
}

/// Of a table only what stood in its columns is there; of another cmdlet nothing is known; what a transcript adds belongs to
/// nothing. Every line is told.
#[test]
fn other_forms_are_told_line_by_line() {
    let table = "\
Identity NumberPattern PstnUsages
-------- ------------- ----------
Germany  ^\\+49         {Local}
";
    let (configuration, told) = read(Format::PowerShellList, table);
    let stray = |line: usize| (line, String::new(), Reason::Stray);
    assert_eq!(told, [stray(1), stray(2), stray(3)]);
    assert_eq!(configuration, VoiceConfiguration::default());

    let transcript = "\
**********************
Windows PowerShell transcript start
**********************
PS C:\\> Get-CsVoicePolicy

Identity : Global

PS C:\\> Get-CsUser

DisplayName : Kim
";
    let (configuration, told) = read(Format::PowerShellList, transcript);
    let unknown = (10, String::new(), Reason::UnknownObject);
    assert_eq!(told, [stray(1), stray(2), stray(3), unknown]);
    assert_eq!(configuration.voice_policies.len(), 1);
}

/// The same two rules by `Export-Csv`, with and without its line of the type, with `-UseCulture` in German, with tabs,
/// and as PowerShell 7 leaves out quotation marks.
#[test]
fn csv_is_read_with_every_delimiter() {
    const TYPE: &str =
        "#TYPE Microsoft.Rtc.Management.WritableConfig.Policy.Voice.NormalizationRule\r\n";
    let rows = [
        [
            "Identity",
            "Priority",
            "Description",
            "Pattern",
            "Translation",
            "Name",
            "IsInternalExtension",
        ],
        [
            "Site:Munich/Three",
            "0",
            "of \"two\r\nlines\"",
            r"^(\d{3})$",
            "+49891234$1",
            "Three",
            "True",
        ],
        [
            "Site:Munich/All",
            "1",
            "a;b,c",
            r"^(\d{4,9})$",
            "+4989$1",
            "All",
            "False",
        ],
    ];
    let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
    let as_needed = |cell: &str| match cell.contains(['"', ',', ';', '\n']) {
        true => quoted(cell),
        false => cell.to_string(),
    };
    type Quote<'q> = &'q dyn Fn(&str) -> String;
    let forms: [(&str, &str, Quote<'_>); 7] = [
        (TYPE, ",", &quoted),
        ("", ",", &quoted),
        (TYPE, ";", &quoted),
        ("", ";", &quoted),
        ("", "\t", &quoted),
        ("", ",", &as_needed),
        ("", ";", &as_needed),
    ];
    for (first, delimiter, quote) in forms {
        let mut text = first.to_string();
        for row in rows {
            let cells: Vec<String> = row.into_iter().map(quote).collect();
            text.push_str(&cells.join(delimiter));
            text.push_str("\r\n");
        }
        let (configuration, told) = read(Format::PowerShellCsv, &text);
        assert_eq!(told, [], "{text}");
        let plan = &configuration.dial_plans[0];
        assert_eq!(plan.identity, Scope::Site("Munich".into()));
        let mut three = NormalizationRule::new("Three", r"^(\d{3})$", "+49891234$1");
        three.description = Some("of \"two\r\nlines\"".into());
        (three.priority, three.is_internal_extension) = (Some(0), true);
        let mut all = NormalizationRule::new("All", r"^(\d{4,9})$", "+4989$1");
        (all.description, all.priority) = (Some("a;b,c".into()), Some(1));
        assert_eq!(plan.normalization_rules, [three, all], "{text}");
    }
}

/// Export-Csv writes the name of a type where a cell has several values; those who export it join the values.
#[test]
fn cells_of_several_values_are_read_or_told() {
    for name in [
        "System.Collections.Generic.List`1[System.String]",
        "System.String[]",
        "System.Object[]",
        "Microsoft.Rtc.Management.WritableConfig.Policy.Voice.NormalizationRule",
        "Deserialized.Microsoft.Rtc.Management.Xds.XdsList",
    ] {
        let text = format!("Identity,NumberPattern,PstnUsages\na,^1,{name}\n");
        let (configuration, told) = read(Format::PowerShellCsv, &text);
        assert_eq!(told, [(2, "PstnUsages".to_string(), Reason::TypeName)]);
        assert_eq!(configuration.voice_routes.len(), 1);
    }
    let rule =
        |name: &str| format!("Description=;Pattern=^{name}(\\d*)$;Translation=$1;Name={name}");
    for separator in [" ", "\r\n", "|", ", ", ";"] {
        let rules = [rule("1"), rule("2")].join(separator);
        let text = format!("Identity,OutboundTranslationRulesList\nGlobal,\"{rules}\"\n");
        let (configuration, told) = read(Format::PowerShellCsv, &text);
        assert_eq!(told, [], "{text}");
        let expected = ["1", "2"]
            .map(|name| OutboundTranslationRule::new(name, format!("^{name}(\\d*)$"), "$1"));
        assert_eq!(
            configuration.trunk_configurations[0].outbound_translation_rules_list, expected,
            "{text}"
        );
    }
}

/// A quotation mark that nothing closes takes the rest of the file; a row that is too long has cells without a name.
#[test]
fn broken_csv_is_told() {
    let (configuration, told) = read(
        Format::PowerShellCsv,
        "Identity,NumberPattern\na,^1,more\nb,\"^2\nc,^3\n",
    );
    assert_eq!(
        told,
        [
            (2, String::new(), Reason::TooManyCells),
            (3, String::new(), Reason::UnclosedQuote)
        ]
    );
    assert_eq!(configuration.voice_routes.len(), 1);
}
