//! A voice configuration as a tree: dial plans, policies with their usages, routes, trunks.

use core::fmt::{self, Write as _};
use std::collections::BTreeMap;

use trunkline_e164::config::VoiceConfiguration;

/// Where the columns begin, and how wide their boxes are.
const PLANS: (usize, usize) = (24, 428);
const POLICIES: (usize, usize) = (492, 190);
const ROUTES: (usize, usize) = (742, 276);
const TRUNKS: (usize, usize) = (1078, 268);
const WIDTH: usize = 1370;
/// Where boxes begin, below the titles of the columns.
const TOP: usize = 96;
/// A line of text in a box, its head, and between two boxes.
const LINE: usize = 21;
const HEAD: usize = 32;
const GAP: usize = 18;
/// How many lines a box shows, and how many boxes a column.
const MAX_LINES: usize = 40;
const MAX_BOXES: usize = 200;

/// A box with a head and lines: a name, what is matched, what becomes of it.
struct Card {
    head: String,
    note: String,
    lines: Vec<[String; 3]>,
    /// Lines that are not shown.
    more: usize,
    kind: &'static str,
    y: usize,
}

impl Card {
    fn height(&self) -> usize {
        let lines = self.lines.len() + usize::from(self.more > 0);
        HEAD + lines * LINE + if lines > 0 { 8 } else { 0 }
    }

    /// The middle of a line, or of the head.
    fn line_y(&self, line: Option<usize>) -> usize {
        self.y + line.map_or(HEAD / 2, |line| HEAD + line * LINE + LINE / 2)
    }
}

fn card(kind: &'static str, head: &str, note: &str, lines: Vec<[String; 3]>) -> Card {
    let count = lines.len();
    let mut lines = lines;
    lines.truncate(MAX_LINES);
    Card {
        head: head.into(),
        note: note.into(),
        more: count - lines.len(),
        lines,
        kind,
        y: 0,
    }
}

/// Puts boxes below each other, and tells where the last one ends.
fn place(cards: &mut Vec<Card>) -> usize {
    cards.truncate(MAX_BOXES);
    let mut y = TOP;
    for card in cards {
        card.y = y;
        y += card.height() + GAP;
    }
    y
}

/// The configuration as one SVG picture that needs nothing else.
#[must_use]
pub fn svg(configuration: &VoiceConfiguration) -> String {
    let mut plans = Vec::new();
    for policy in &configuration.location_policies {
        let masks = |mask: &Option<String>| mask.as_deref().unwrap_or_default().replace(';', ", ");
        let mut lines: Vec<[String; 3]> = Vec::new();
        if let Some(number) = &policy.emergency_dial_string {
            lines.push([
                String::new(),
                masks(&policy.emergency_dial_mask),
                number.clone(),
            ]);
        }
        lines.extend(policy.emergency_numbers.iter().map(|number| {
            [
                String::new(),
                masks(&number.dial_mask),
                number.dial_string.clone(),
            ]
        }));
        plans.push(card(
            "emergency",
            &policy.identity.to_string(),
            "emergency calls, before all rules",
            lines,
        ));
    }
    for plan in &configuration.dial_plans {
        let note = plan.external_access_prefix.as_ref();
        let note = note.map_or_else(String::new, |prefix| format!("{prefix} for a line out"));
        let mut rules: Vec<_> = plan.normalization_rules.iter().collect();
        rules.sort_by_key(|rule| rule.priority.map_or(u64::MAX, u64::from));
        let lines = rules.iter().map(|rule| {
            [
                rule.name.clone(),
                rule.pattern.clone(),
                rule.translation.clone(),
            ]
        });
        plans.push(card(
            "plan",
            &plan.identity.to_string(),
            &note,
            lines.collect(),
        ));
    }
    let mut policies: Vec<Card> = configuration
        .voice_policies
        .iter()
        .map(|policy| {
            let usages = policy.pstn_usages.iter().enumerate();
            let lines =
                usages.map(|(index, usage)| [format!("{}.", index + 1), usage.clone(), "".into()]);
            card("policy", &policy.identity.to_string(), "", lines.collect())
        })
        .collect();
    let mut routes: Vec<Card> = configuration
        .voice_routes
        .iter()
        .map(|route| {
            let mut lines = vec![["".into(), route.number_pattern.clone(), "".into()]];
            if let (true, Some(alternate)) = (route.suppress_caller_id, &route.alternate_caller_id)
            {
                lines.push(["".into(), "any caller".into(), alternate.clone()]);
            }
            card("route", &route.identity, "", lines)
        })
        .collect();
    let mut gateways: Vec<&str> = Vec::new();
    for gateway in configuration
        .voice_routes
        .iter()
        .flat_map(|route| &route.pstn_gateway_list)
    {
        if !gateways.contains(&&**gateway) && gateways.len() < MAX_BOXES {
            gateways.push(gateway);
        }
    }
    let mut trunks: Vec<Card> = gateways
        .iter()
        .map(|gateway| {
            let mut configurations = configuration.trunk_configurations.iter();
            let own =
                configurations.find(|trunk| trunk.identity.name().eq_ignore_ascii_case(gateway));
            let rules = own.map_or(&[][..], |trunk| &trunk.outbound_translation_rules_list);
            let mut lines: Vec<[String; 3]> = rules
                .iter()
                .map(|rule| {
                    [
                        String::new(),
                        rule.pattern.clone(),
                        rule.translation.clone(),
                    ]
                })
                .collect();
            if own.is_some_and(|trunk| trunk.remove_plus_from_uri) {
                lines.push(["".into(), "^\\+".into(), "".into()]);
            }
            card("trunk", gateway, "", lines)
        })
        .collect();

    let bottom = [&mut plans, &mut policies, &mut routes, &mut trunks]
        .map(place)
        .into_iter()
        .max()
        .unwrap_or(TOP);
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {bottom}\" width=\"{WIDTH}\" height=\"{bottom}\" \
         role=\"img\" aria-label=\"Voice configuration\">\n<style>{STYLE}</style>\n\
         <rect class=\"page\" width=\"{WIDTH}\" height=\"{bottom}\"/>\n"
    );
    for (column, title, note) in [
        (PLANS, "Dial plans", "what is dialled becomes E.164"),
        (POLICIES, "Voice policies", "usages in order"),
        (ROUTES, "Routes", "by pattern"),
        (TRUNKS, "Trunks", "in order, with translations"),
    ] {
        let _ = writeln!(
            out,
            "<text class=\"title\" x=\"{0}\" y=\"46\">{title}</text><text class=\"under\" x=\"{0}\" y=\"68\">{note}</text>",
            column.0
        );
    }

    // edges lie under the boxes
    for (policy, card) in configuration.voice_policies.iter().zip(&policies) {
        for (line, usage) in policy.pstn_usages.iter().take(MAX_LINES).enumerate() {
            for (route, target) in configuration.voice_routes.iter().zip(&routes) {
                if route.pstn_usages.contains(usage) {
                    let from = (POLICIES.0 + POLICIES.1, card.line_y(Some(line)));
                    edge(
                        &mut out,
                        "usage",
                        from,
                        (ROUTES.0, target.line_y(None)),
                        None,
                    );
                }
            }
        }
    }
    let by_name: BTreeMap<&str, &Card> = gateways.iter().copied().zip(&trunks).collect();
    for (route, card) in configuration.voice_routes.iter().zip(&routes) {
        for (index, gateway) in route.pstn_gateway_list.iter().enumerate() {
            if let Some(target) = by_name.get(&**gateway) {
                // several leave one below the other, so that their order can be read
                let count = route.pstn_gateway_list.len();
                let step = (card.height() - 14) / count.max(1);
                let y = card.y + 7 + step / 2 + index * step;
                let from = (ROUTES.0 + ROUTES.1, y);
                let number = (count > 1).then_some(index + 1);
                let class = if index == 0 { "first" } else { "next" };
                edge(
                    &mut out,
                    class,
                    from,
                    (TRUNKS.0, target.line_y(None)),
                    number,
                );
            }
        }
    }
    for (column, cards) in [
        (PLANS, &plans),
        (POLICIES, &policies),
        (ROUTES, &routes),
        (TRUNKS, &trunks),
    ] {
        for card in cards {
            draw(&mut out, column, card);
        }
    }
    out.push_str("</svg>\n");
    out
}

fn edge(
    out: &mut String,
    class: &str,
    from: (usize, usize),
    to: (usize, usize),
    number: Option<usize>,
) {
    let middle = (from.0 + to.0) / 2;
    let _ = writeln!(
        out,
        "<path class=\"edge {class}\" d=\"M{} {}C{middle} {} {middle} {} {} {}\"/>",
        from.0,
        from.1,
        from.1,
        to.1,
        to.0 - 5,
        to.1
    );
    let _ = writeln!(
        out,
        "<path class=\"tip {class}\" d=\"M{} {}l-8 -4v8z\"/>",
        to.0, to.1
    );
    if let Some(number) = number {
        let (x, y) = (from.0 + 9, from.1 + 4);
        let _ = writeln!(
            out,
            "<text class=\"order\" x=\"{x}\" y=\"{y}\">{number}</text>"
        );
    }
}

fn draw(out: &mut String, (x, width): (usize, usize), card: &Card) {
    let (y, height) = (card.y, card.height());
    let _ = writeln!(
        out,
        "<g class=\"{}\"><rect class=\"box\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"7\"/>\
         <path class=\"head\" d=\"M{x} {}v-{}a7 7 0 0 1 7 -7h{}a7 7 0 0 1 7 7v{}z\"/>",
        card.kind,
        y + HEAD,
        HEAD - 7,
        width - 14,
        HEAD - 7,
    );
    if card.lines.is_empty() {
        let _ = writeln!(
            out,
            "<rect class=\"head\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"7\"/>"
        );
    }
    text(out, "name", x + 12, y + 21, &card.head, (width - 24) / 8);
    if !card.note.is_empty() {
        let _ = writeln!(
            out,
            "<text class=\"note\" x=\"{}\" y=\"{}\">{}</text>",
            x + width - 12,
            y + 21,
            Escaped(&card.note)
        );
    }
    // the names are a column where there are any; what becomes of a number stands at the right
    let first = card.lines.iter().map(|line| line[0].chars().count());
    let first = first.max().unwrap_or(0).min(18);
    let second = if first > 0 { first * 7 + 14 } else { 0 };
    for (index, [name, value, outcome]) in card.lines.iter().enumerate() {
        let y = card.line_y(Some(index)) + 8;
        if !name.is_empty() {
            text(out, "key", x + 12, y, name, 18);
        }
        let room = (width - 24 - second) * 10 / 71;
        let outcome_room = if outcome.is_empty() {
            0
        } else {
            (room / 2).min(outcome.chars().count()) + 3
        };
        if !outcome.is_empty() {
            let outcome = format!("\u{2192} {outcome}");
            text(
                out,
                "value outcome",
                x + width - 12,
                y,
                &outcome,
                outcome_room,
            );
        }
        text(out, "value", x + 12 + second, y, value, room - outcome_room);
    }
    if card.more > 0 {
        let y = card.line_y(Some(card.lines.len())) + 8;
        text(
            out,
            "key",
            x + 12,
            y,
            &format!("and {} more", card.more),
            40,
        );
    }
    out.push_str("</g>\n");
}

/// A text of at most so many characters; all of it shows when one points at it.
fn text(out: &mut String, class: &str, x: usize, y: usize, content: &str, limit: usize) {
    let is_long = content.chars().count() > limit;
    let _ = write!(out, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">");
    if is_long {
        let short: String = content.chars().take(limit.saturating_sub(1)).collect();
        let _ = write!(
            out,
            "<title>{}</title>{}\u{2026}",
            Escaped(content),
            Escaped(&short)
        );
    } else {
        let _ = write!(out, "{}", Escaped(content));
    }
    out.push_str("</text>\n");
}

/// A text that is nothing but text, whatever is in it.
struct Escaped<'t>(&'t str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                // what no XML may have, and what turns the direction of writing
                letter if letter.is_control() => f.write_char(char::REPLACEMENT_CHARACTER)?,
                '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{fffe}'
                | '\u{ffff}' => {
                    f.write_char(char::REPLACEMENT_CHARACTER)?;
                }
                letter => f.write_char(letter)?,
            }
        }
        Ok(())
    }
}

const STYLE: &str = "\
text{font-family:system-ui,'Segoe UI','DejaVu Sans',sans-serif;font-size:13px;fill:#1f2933}\
.page{fill:#f6f7f9}.title{font-size:19px;font-weight:600}.under{fill:#6b7785}\
.box{fill:#fff;stroke:#cfd6de}.head{fill:#e7ecf2}.name{font-weight:600;font-size:14px}\
.note{text-anchor:end;fill:#52606d;font-size:12px}.key{fill:#6b7785;font-size:12px}\
.outcome{text-anchor:end;font-weight:600}.value{font-family:ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;font-size:11.5px;white-space:pre}\
.emergency .box{stroke:#d64545}.emergency .head{fill:#fbe4e4}.plan .head{fill:#dcebfb}.policy .head{fill:#ece4fa}\
.policy .value{font-family:system-ui,'Segoe UI','DejaVu Sans',sans-serif;font-size:13px}\
.route .head{fill:#fdf0d5}.trunk .head{fill:#def3e4}\
.edge{fill:none;stroke-width:1.6}.usage{stroke:#8b6fc7}.first{stroke:#c98a17}.next{stroke:#c98a17;stroke-dasharray:5 4}\
.tip{stroke:none}.tip.usage{fill:#8b6fc7}.tip.first,.tip.next{fill:#c98a17}\
.order{font-size:11px;font-weight:600;fill:#8a5d09;text-anchor:middle;paint-order:stroke;stroke:#f6f7f9;stroke-width:4px}";

#[cfg(test)]
mod tests {
    use trunkline_e164::config::{
        DialPlan, NormalizationRule, Scope, VoiceConfiguration, VoiceRoute,
    };

    use super::svg;

    /// Names are text, whatever is in them.
    #[test]
    fn nothing_escapes() {
        let hostile = "</text><script>alert(1)</script>\"'&\u{202e}\u{0}";
        let mut configuration = VoiceConfiguration::default();
        let mut plan = DialPlan::new(Scope::Site(hostile.into()));
        plan.normalization_rules = vec![NormalizationRule::new(hostile, hostile, hostile)];
        configuration.dial_plans = vec![plan];
        configuration.voice_routes = vec![VoiceRoute::new(hostile, hostile, hostile, [hostile])];
        let picture = svg(&configuration);
        assert!(
            !picture.contains("<script")
                && !picture.contains('\u{202e}')
                && !picture.contains('\u{0}')
        );
        let open = picture.matches("<text ").count();
        assert_eq!(open, picture.matches("</text>").count());
        assert_eq!(
            picture.matches("<g ").count(),
            picture.matches("</g>").count()
        );
    }

    /// Lists of any length make a picture of bounded size.
    #[test]
    fn long_lists_are_cut() {
        let mut configuration = VoiceConfiguration::default();
        let mut plan = DialPlan::new(Scope::Global);
        plan.normalization_rules = vec![NormalizationRule::new("n", "p", "t"); 5_000];
        configuration.dial_plans = vec![plan; 300];
        let picture = svg(&configuration);
        assert!(picture.contains("and 4960 more"));
        assert!(picture.len() < 4_000_000, "{}", picture.len());
    }
}
