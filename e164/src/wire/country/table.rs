//! The country calling codes, as data.
//!
//! Derived from `PhoneNumberMetadata.xml` of libphonenumber v9.0.33 (Apache-2.0, Copyright (C) The
//! Libphonenumber Authors; the licence stands beside the test vectors). One row for each code that
//! is in use: code, regions (ISO 3166-1, the main one first; `001` is the whole world), national
//! (trunk) prefix.

use super::Entry;

const fn row(code: u16, regions: &'static str, national_prefix: &'static str) -> Entry {
    Entry {
        code,
        regions,
        national_prefix,
    }
}

/// All of them, in the order of their codes.
#[rustfmt::skip]
pub(super) const CODES: [Entry; 215] = [
    row(1, "US AG AI AS BB BM BS CA DM DO GD GU JM KN KY LC MP MS PR SX TC TT VC VG VI", "1"),
    row(7, "RU KZ", "8"), row(20, "EG", "0"), row(27, "ZA", "0"), row(30, "GR", ""),
    row(31, "NL", "0"), row(32, "BE", "0"), row(33, "FR", "0"), row(34, "ES", ""),
    row(36, "HU", "06"), row(39, "IT VA", ""), row(40, "RO", "0"), row(41, "CH", "0"),
    row(43, "AT", "0"), row(44, "GB GG IM JE", "0"), row(45, "DK", ""), row(46, "SE", "0"),
    row(47, "NO SJ", ""), row(48, "PL", ""), row(49, "DE", "0"), row(51, "PE", "0"),
    row(52, "MX", ""), row(53, "CU", "0"), row(54, "AR", "0"), row(55, "BR", "0"),
    row(56, "CL", ""), row(57, "CO", "0"), row(58, "VE", "0"), row(60, "MY", "0"),
    row(61, "AU CC CX", "0"), row(62, "ID", "0"), row(63, "PH", "0"), row(64, "NZ", "0"),
    row(65, "SG", ""), row(66, "TH", "0"), row(81, "JP", "0"), row(82, "KR", "0"),
    row(84, "VN", "0"), row(86, "CN", "0"), row(90, "TR", "0"), row(91, "IN", "0"),
    row(92, "PK", "0"), row(93, "AF", "0"), row(94, "LK", "0"), row(95, "MM", "0"),
    row(98, "IR", "0"), row(211, "SS", "0"), row(212, "MA EH", "0"), row(213, "DZ", "0"),
    row(216, "TN", ""), row(218, "LY", "0"), row(220, "GM", ""), row(221, "SN", ""),
    row(222, "MR", ""), row(223, "ML", ""), row(224, "GN", ""), row(225, "CI", ""),
    row(226, "BF", ""), row(227, "NE", ""), row(228, "TG", ""), row(229, "BJ", ""),
    row(230, "MU", ""), row(231, "LR", "0"), row(232, "SL", "0"), row(233, "GH", "0"),
    row(234, "NG", "0"), row(235, "TD", ""), row(236, "CF", ""), row(237, "CM", ""),
    row(238, "CV", ""), row(239, "ST", ""), row(240, "GQ", ""), row(241, "GA", ""),
    row(242, "CG", ""), row(243, "CD", "0"), row(244, "AO", ""), row(245, "GW", ""),
    row(246, "IO", ""), row(247, "AC", ""), row(248, "SC", ""), row(249, "SD", "0"),
    row(250, "RW", "0"), row(251, "ET", "0"), row(252, "SO", "0"), row(253, "DJ", ""),
    row(254, "KE", "0"), row(255, "TZ", "0"), row(256, "UG", "0"), row(257, "BI", ""),
    row(258, "MZ", ""), row(260, "ZM", "0"), row(261, "MG", "0"), row(262, "RE YT", "0"),
    row(263, "ZW", "0"), row(264, "NA", "0"), row(265, "MW", "0"), row(266, "LS", ""),
    row(267, "BW", ""), row(268, "SZ", ""), row(269, "KM", ""), row(290, "SH TA", ""),
    row(291, "ER", "0"), row(297, "AW", ""), row(298, "FO", ""), row(299, "GL", ""),
    row(350, "GI", ""), row(351, "PT", ""), row(352, "LU", ""), row(353, "IE", "0"),
    row(354, "IS", ""), row(355, "AL", "0"), row(356, "MT", ""), row(357, "CY", ""),
    row(358, "FI AX", "0"), row(359, "BG", "0"), row(370, "LT", "0"), row(371, "LV", ""),
    row(372, "EE", ""), row(373, "MD", "0"), row(374, "AM", "0"), row(375, "BY", "8"),
    row(376, "AD", ""), row(377, "MC", "0"), row(378, "SM", ""), row(380, "UA", "0"),
    row(381, "RS", "0"), row(382, "ME", "0"), row(383, "XK", "0"), row(385, "HR", "0"),
    row(386, "SI", "0"), row(387, "BA", "0"), row(389, "MK", "0"), row(420, "CZ", ""),
    row(421, "SK", "0"), row(423, "LI", "0"), row(500, "FK", ""), row(501, "BZ", ""),
    row(502, "GT", ""), row(503, "SV", ""), row(504, "HN", ""), row(505, "NI", ""),
    row(506, "CR", ""), row(507, "PA", ""), row(508, "PM", "0"), row(509, "HT", ""),
    row(590, "GP BL MF", "0"), row(591, "BO", "0"), row(592, "GY", ""), row(593, "EC", "0"),
    row(594, "GF", "0"), row(595, "PY", "0"), row(596, "MQ", "0"), row(597, "SR", ""),
    row(598, "UY", "0"), row(599, "CW BQ", ""), row(670, "TL", ""), row(672, "NF", ""),
    row(673, "BN", ""), row(674, "NR", ""), row(675, "PG", ""), row(676, "TO", ""),
    row(677, "SB", ""), row(678, "VU", ""), row(679, "FJ", ""), row(680, "PW", ""),
    row(681, "WF", ""), row(682, "CK", ""), row(683, "NU", ""), row(685, "WS", ""),
    row(686, "KI", "0"), row(687, "NC", ""), row(688, "TV", ""), row(689, "PF", ""),
    row(690, "TK", ""), row(691, "FM", ""), row(692, "MH", "1"), row(800, "001", ""),
    row(808, "001", ""), row(850, "KP", "0"), row(852, "HK", ""), row(853, "MO", ""),
    row(855, "KH", "0"), row(856, "LA", "0"), row(870, "001", ""), row(878, "001", ""),
    row(880, "BD", "0"), row(881, "001", ""), row(882, "001", ""), row(883, "001", ""),
    row(886, "TW", "0"), row(888, "001", ""), row(960, "MV", ""), row(961, "LB", "0"),
    row(962, "JO", "0"), row(963, "SY", "0"), row(964, "IQ", "0"), row(965, "KW", ""),
    row(966, "SA", "0"), row(967, "YE", "0"), row(968, "OM", ""), row(970, "PS", "0"),
    row(971, "AE", "0"), row(972, "IL", "0"), row(973, "BH", ""), row(974, "QA", ""),
    row(975, "BT", ""), row(976, "MN", "0"), row(977, "NP", "0"), row(979, "001", ""),
    row(992, "TJ", ""), row(993, "TM", "8"), row(994, "AZ", "0"), row(995, "GE", "0"),
    row(996, "KG", "0"), row(998, "UZ", ""),
];
