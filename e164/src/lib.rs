#![cfg_attr(docsrs, feature(doc_cfg))]
//! E.164 numbers, dial plans and emergency numbers, without IO and without allocation.
//!
//! Trunks accept E.164 and nothing else, and people dial as they always did. Between the two stands
//! a dial plan: rules in the style of Skype for Business, and for Germany a reference plan. What
//! must never be turned into E.164, emergency calls above all, comes before every rule.
//!
//! A number, a plan, a route:
//!
//! ```
//! # #[cfg(feature = "alloc")] {
//! use trunkline_e164::config::{DialPlan, Scope, VoiceConfiguration, VoicePolicy, VoiceRoute};
//! use trunkline_e164::{Caller, DialString, NationalPlan, Number, VoiceRouting};
//!
//! let number = Number::parse("+4989840798")?;
//! assert_eq!(number.text().national(), Some("89840798"));
//!
//! let mut voice = VoiceConfiguration::default();
//! voice.dial_plans.push(DialPlan::national(Scope::Global, &NationalPlan::GERMANY, "89")?);
//! voice.voice_policies.push(VoicePolicy::new(Scope::Global, ["all"]));
//! voice.voice_routes.push(VoiceRoute::new("provider", ".*", "all", ["gw01", "gw02"]));
//! let routing = VoiceRouting::new(&voice).map_err(|broken| broken.to_string())?;
//!
//! let call = routing.route(&Caller::new(number.into()), &DialString::parse("(0)30 12 34-567")?)?.call();
//! let first = call.and_then(|call| call.attempts().next()).ok_or("no trunk")?;
//! assert_eq!((first.trunk, first.called.as_str()), ("gw01", "+49301234567"));
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The parts of that work one by one, and without an allocator:
//!
//! ```
//! use trunkline_e164::{
//!     DialString, NormalizationRule, Normalized, Number, Pattern, Plan, VoicePolicy, VoiceRoute,
//!     CallerId,
//! };
//!
//! // Munich, extensions of three digits, and a rule of our own
//! let own = [NormalizationRule::new(r"^8(\d{4})$", "+4930555$1")?];
//! let plan = Plan::german("89")?
//!     .with_extensions(Number::parse("+49891234")?, 3)?
//!     .with_rules(own);
//! let normalize = |text: &str| plan.normalize(&DialString::parse(text).unwrap());
//!
//! for dialled in ["0891234567", "0049891234567", "+49 (0)89 1234567", "(089) 12 34-567"] {
//!     assert_eq!(normalize(dialled)?.to_string(), "+49891234567");
//! }
//! assert_eq!(normalize("840798")?.to_string(), "+4989840798");
//! assert_eq!(normalize("118")?.to_string(), "+49891234118");
//! assert_eq!(normalize("80100")?.to_string(), "+49305550100");
//!
//! // service numbers stay what they are, and emergency calls are known as such
//! assert_eq!(normalize("116117")?, Normalized::ShortCode(DialString::parse("116117")?));
//! assert!(normalize("0112")?.is_emergency());
//! assert_eq!(normalize("0112")?.to_string(), "112");
//! // what no rule covers is refused, with a reason to send along with 404
//! let reason = normalize("*99").unwrap_err();
//! assert_eq!(reason.to_string(), "no rule of the dial plan covers the number");
//!
//! // policy, usage, route, trunks
//! let routes = [VoiceRoute {
//!     pattern: Pattern::new(".*")?,
//!     usages: ["all"].as_slice(),
//!     trunks: ["link01", "link02"].as_slice(),
//!     caller_id: CallerId::new(true, Some("+4989123456"))?,
//! }];
//! let policy = VoicePolicy { usages: &["all"] };
//! let selection = policy.select(&routes, &normalize("840798")?);
//! assert!(selection.trunks().eq(&["link01", "link02"]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A company with two sites and two trunks, from nothing: `guide::voice_configuration`. Coming from Lync or Skype for Business:
//! `guide::from_lync`. Adding a country: `guide::your_country`.
//!
//! The examples `number` (what a written number is) and `plan` (what a plan makes of what is dialled, and by which
//! rule) are whole programs: `cargo run -p trunkline-e164 --example plan`.
//!
//! # What is supported
//!
//! | what | supported | not supported |
//! |---|---|---|
//! | numbers | [`Number`], strict (15 digits at most) or with visual separators; [`LongNumber`] with up to 17 digits behind the country calling code, where asked for; all 215 country calling codes, with regions and national prefix | validity beyond that |
//! | forms of numbers | [`NumberFormat`]: E.164, international, national, RFC 3966; split by the area code for Germany, [`NumberParts`] | area codes and groups of other countries |
//! | tel URIs | [`TelUri`], [`TelUriBuilder`]: RFC 3966 with `ext`, `isub`, `phone-context`; trunk groups (RFC 4904); `rn`, `cic`, `npdi`, `enumdi`, `verstat` and others as they stand; comparison; [`LineUri`] as directories have it | what `rn` and `cic` mean for a route |
//! | what is dialled | [`DialString`]: user parts of SIP URIs, numbers of tel URIs, typed digits; `;ext=` | the other parameters are passed over ([`TelUri`] has them); percent-escapes |
//! | patterns | [`Pattern`]: anchors, classes, groups, alternatives, greedy and lazy repetition, bounded look-ahead, in ASCII and in linear time; `AnyRule`, `RegexRule`: the crates `regex` and `fancy-regex` for patterns beyond that, behind features of their names | without these features: look-behind, unbounded look-ahead, back-references, named groups, inline options, class subtraction, more than 160 instructions |
//! | rules | [`NormalizationRule`], [`RuleSet`]: first match wins; `$1` to `$9`, `${1}`, `$0`, `$$` as in .NET; in arrays of the caller's, or in a `static` that the compiler makes ([`NormalizationRule::fixed`]), where a broken rule does not compile | named groups, groups beyond 9; the text around a match is dropped |
//! | long lists of rules | `CompiledRules`: looked up by digit, with the outcome of the list | patterns that begin with a choice of more than five digits are looked at one by one, but only tried where length and next digit fit; the tree is made with an allocator, not as a `static` |
//! | rules as forms take them | [`SimpleRule`]: first digits, length, digits to remove and to add, to pattern and translation and back; [`SimpleRules`]: asked as they are, also as a `static` that the compiler makes | |
//! | plans | [`Plan`]: the owner's rules, extensions, the reference plans of Germany and Austria ([`NationalPlan`]), those of other countries as data of yours, in `VoiceRouting` as well (`guide::your_country`); [`Plan::fixed`]: all of it as a `static` | reference plans of other countries in the crate; external access prefixes other than 0 (`VoiceRouting` has them) |
//! | service and emergency numbers | [`LocationPolicy`] before the plan; nothing that is no number of the country gets its code: never `+49110`, `+4911..`, `+43112` | |
//! | mistakes in plans | [`Plan::lint`]: groups that a pattern has not; service and emergency numbers of plans for +49 and +43; [`Pattern::slips`]: alternatives without an anchor, separators in classes, `d` for `\d`; `RuleSet::lint`: rules that others shadow, overlaps, outputs that are no E.164, each with an example; `VoiceConfiguration::lint`: all of that, and usages, routes and trunks that lead nowhere, routes that others of their usage come before, patterns without an anchor; [`Plan::explain`] tells which rule decides, [`Groups`] what its groups hold | look-ahead is not seen through, numbers longer than 40 digits are not tried |
//! | caller ID | [`CallerId`]: suppress and alternate | |
//! | routing | [`VoicePolicy`], [`VoiceRoute`]: usages in order, routes, trunks in order | time of day, cost |
//! | voice configurations | `config`: those of Skype for Business as data, with dial plans by scope, trunk translations, location policies by site, short codes; `VoiceRouting`: the same compiled, with all or without the broken parts, failover in order, every step told by a dry run | |
//! | forms of other systems | `import`: PowerShell output of Skype for Business (CSV and lists), `extensions.conf` of Asterisk, Kamailio's tables `dialplan`, `dr_rules` and `dr_gateways`, read and written; what cannot be carried over is told with line and reason | applications of Asterisk other than Goto and Dial; time recurrences |
//! | ENUM | [`EnumLookup`]: RFC 6116 with order, preference, services with subtypes, substitutions, at most 5 further domains; it asks by the questions of [`sans_io`], which whoever drives it puts to a resolver | the service field of RFC 2916; classes by name (`[[:digit:]]`); the longest match of POSIX where it is not the first |
//! | who has a number | `Directory`: a line, with its extension, belongs to one only; look-up by line and by number | |
//!
//! # Features
//!
//! | module | core (no features) | `alloc` | `std` (default) |
//! |---|---|---|---|
//! | `wire`: [`Number`], [`LongNumber`], [`CountryCode`], [`DialString`], [`TelUri`], [`LineUri`] | all | all | all |
//! | `machines`: [`Pattern`], [`NormalizationRule`], [`RuleSet`], [`Plan`], also made by the compiler; [`LocationPolicy`], [`CallerId`], [`VoicePolicy`] | all | all | all |
//! | [`SimpleRule`], [`SimpleRules`], [`EnumLookup`] | all | all | all |
//! | `Directory`: who has which line | | all | all |
//! | `CompiledRules`: rules for look-up by digit; made with an allocator, asked without | | all | all |
//! | `PlanConfig`, `WrittenRule`: a plan as people write it | | all | all |
//! | `config`, `VoiceRouting`: a voice configuration; made with an allocator, asked without | | all | all |
//! | `import`: configurations of other systems, read and written | | all | all |
//!
//! The feature `serde` adds the forms that numbers, rules and plans have in configuration files. `regex` and `fancy-regex` add
//! `RegexRule`, and let `VoiceRouting` take in every place the patterns that only these engines take; such rules allocate when they match.
//!
//! But for the last five lines of the table nothing here allocates at any level. A compiled rule is a value of about 850 octets without
//! pointers (some 80 within `CompiledRules`); lists of rules, emergency numbers and routes are kept as the caller likes, in arrays,
//! slices or a `Vec`. There is no `tokio` feature, since nothing here does IO.
//!
//! # The tables of country calling codes and German area codes
//!
//! They are derived from metadata and geocoding data of libphonenumber v9.0.33, Copyright (C) The Libphonenumber
//! Authors, Apache-2.0; `tests/vectors` holds its licence and the forms they were taken from. The 5,202 area codes
//! take 2.4 KB, which a program that formats no numbers does not contain.

#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(test)]
extern crate std;

#[cfg(feature = "alloc")]
pub mod guide;
mod machines;
#[cfg(feature = "serde")]
mod serde_impls;
mod wire;

pub use trunkline_sans_io as sans_io;

pub use machines::*;
pub use wire::*;
