//! The German area codes, as data: 5202 codes in 2.4 KB.
//!
//! Derived from the geocoding data of libphonenumber v9.0.33 (Apache-2.0, Copyright (C) The Libphonenumber Authors;
//! the licence stands beside the test vectors), by way of the package `phonenumbers` 9.0.33, without the five parts
//! of 0621 that are no codes themselves. `tests/vectors/german_area_codes.tsv` holds the same as a list, and a test
//! compares the two.

/// The codes of two digits.
pub(super) const TWO: [u8; 4] = [30, 40, 69, 89];

/// The codes of three digits.
#[rustfmt::skip]
pub(super) const THREE: [u16; 87] = [
    201, 202, 203, 208, 209, 211, 212, 214, 221, 228, 231, 234, 241, 251, 261, 271, 281, 291, 331, 335,
    340, 341, 345, 351, 355, 361, 365, 371, 375, 381, 385, 391, 395, 421, 431, 441, 451, 461, 465, 471,
    481, 491, 511, 521, 531, 541, 551, 561, 571, 581, 591, 611, 621, 631, 641, 651, 661, 671, 681, 711,
    721, 731, 741, 751, 760, 761, 771, 781, 791, 811, 821, 831, 841, 851, 861, 871, 881, 906, 911, 921,
    931, 941, 951, 961, 971, 981, 991,
];

/// The first code of four digits that there could be.
pub(super) const FIRST_OF_FOUR: u16 = 2000;

/// A bit for each code of four digits, from `FIRST_OF_FOUR` on, the lowest bit first.
#[rustfmt::skip]
pub(super) static FOUR: [u64; 125] = [
    0x5782a0000000000, 0x1c000000007, 0x80e0e87ef7c0023a, 0xf9fe7f1fc001fc1b, 0x3fe3f8000fbfe3,
    0xeefbffef800ffcb8, 0xfb1fbfe003fe0fbb, 0x3f6000740783e1fb, 0xf9fe7f9ee5f3ff00, 0xffdff001feffdfe0,
    0x3fbff7f8de3f8fe, 0x1ecfcbeff03e0000, 0x9fe0001e00000ffc, 0x78fefbc3eff, 0x6f9be6f9be0003c0,
    0x783e2f81e, 0x0, 0x0, 0x0, 0x0,
    0x66db86000de00000, 0xc866e98560005, 0x856001aa2a82a000, 0xab2e00012168001a, 0x1596a5681e000562,
    0xa0009a1db1e0006a, 0xfe000000a86ea980, 0x783e000322a8, 0x9a548020000000, 0x2960004a34beb0,
    0x212bfe002da2a92a, 0x5489, 0x3fe0000000000000, 0xfbfedfb5fffbff00, 0xffc1e003fc0fbfff,
    0xc7f3fe3fbff7fbff, 0xfe7fbddfffdf001a, 0x86e003fe0703e018, 0xfbffefbfe5f8fe0f, 0xffcfebfbfe0037ef,
    0xe003fc000000001e, 0x1e079fe0005effcf, 0xbff3f83e001fc000, 0x7c1f800ffffe7f, 0x3f83effbfeff7fe0,
    0xedfbff0000c0303e, 0x3f9feffdf, 0xbfd1f83e3f9fe000, 0x9fca0032e0007c07, 0xffcfe3f9feffbfef,
    0xeefdf67f97e003fe, 0xff003ff0f07e7f87, 0x1eff9fe7f8f2bfb, 0xf9feffbfe002fe00, 0x3fc0f83e1f9f6f,
    0xc0783e1f87e1fbbf, 0xfe1f87e003fe0707, 0xfc1f87e3f83effd, 0xfbfa0f87e0787e00, 0xffbff001fc000003,
    0xe0000c0f03eeff7f, 0x7e3f9febf87e003f, 0xbdf0019c000007a8, 0xf0fe4694effffe9f, 0xedcf4dffdd003fe1,
    0xf002fe595fe0f8fe, 0xfe1dbfe7fafeffbd, 0xbffffbfe001fe7f8, 0x3ff7f8fe0f81efb, 0xff9f67faffdffff0,
    0xe1f8fc003ff0007c, 0xbfbff4fbfeffc3, 0x7fbffdfefefff000, 0xf9fe003da7f81e7f, 0x3fe1f87e7f8fe3,
    0x27fb1e7f8f20027c, 0x661821fbf, 0x0, 0xf87e0787e0000000, 0x3e0384c1,
    0xe1f87ef7dfedfffe, 0xfd3fbff0001c0f81, 0x3fd000003fbfffff, 0xe8fe7f9f93fbfe00, 0x1fbfd0001c0fbfe1,
    0xc0007c7f8feffbff, 0xfe7f87e07bb50007, 0xbff00000000fefff, 0x3e1fbff3f87e1f, 0xe9fedfbff003fc0,
    0xe001fc000002e83e, 0x781eff87, 0xfffffc00000f8000, 0x3f8feef, 0x1f8fe3f86edfbff0,
    0xefe81e000740f87e, 0xfc1f800f0de26387, 0xbeee7feaf7c7e001, 0xfdff0005c1f83e17, 0xf3ffff7fe003ff7,
    0xff747e0f8de000fc, 0x2fe00000003f, 0x87e0783e7fffe7f8, 0x5e07fef1e0000003, 0x3fc000fee0efe3,
    0xe078761783e0f9fe, 0xe20003e003ee0003, 0x387708, 0x0, 0x0,
    0xea7fff7fc0000000, 0xfe7fbfe0fbcd000f, 0xbaf003fefffffffc, 0xf3fffffff3f87e5f, 0xfffffff87a000ec0,
    0xf003fe7f87e7faf9, 0x1707bfe079fedebd, 0xbfc1fbfe0003ceb8, 0x1fc000001fbff1f, 0x3f87eff9feff9f60,
    0x67f3ff001120000e, 0x3c00000ff87e003f, 0xba23f9fe3fbfd000, 0xbbff001fa000001f, 0x7f87e1f9fe7,
];

/// The first code of five digits that there could be.
pub(super) const FIRST_OF_FIVE: u16 = 30000;

/// A bit for each code of five digits, from `FIRST_OF_FIVE` on.
#[rustfmt::skip]
pub(super) static FIVE: [u64; 157] = [
    0x0, 0x0, 0x0, 0x0, 0x0,
    0x0, 0x0, 0x0, 0x0, 0x0,
    0x0, 0x0, 0x0, 0x0, 0x0,
    0x0, 0x0, 0x0, 0x0, 0x0,
    0x0, 0x0, 0x0, 0x0, 0x0,
    0x0, 0x0, 0x0, 0x0, 0x0,
    0x0, 0x0, 0x0, 0x0, 0x0,
    0x0, 0x0, 0x0, 0x0, 0x0,
    0x0, 0x0, 0x0, 0x0, 0x0,
    0x0, 0x0, 0x1f80000000000, 0x63fd00, 0x0,
    0xefc00003ff, 0x0, 0x3fe000007f8, 0x5800ff000000007e, 0xff4007,
    0x0, 0x7f800003fe0000, 0x11e00000ff8003f0, 0x3fd001fe0780000, 0xffc0000000000000,
    0x7f400003fa, 0xfc0000003bff0000, 0x25efff, 0x0, 0x0,
    0xe001fc0000000000, 0xe0001e0001, 0x1fe001b600000ff8, 0x7e0001e00, 0xfe0007a0007c0,
    0x7f800, 0xff00000000000000, 0x800d7800fb000002, 0x6000000180003, 0x2e9f8000006e0,
    0x0, 0xff002fa000000000, 0xfa0001e000003, 0xf000031ff0000000, 0x7,
    0x0, 0xff00000003ff0000, 0x1f8003, 0x3e0000e002fc00, 0x9e00000000003f80,
    0x7f8001f800, 0x0, 0x3ff00000000, 0xf800000000000000, 0x1f800001fc000007,
    0xd000003b0000f800, 0x3f0000001e003e, 0x800ffc00000000f8, 0xe8000f, 0x3d8000000e003ff0,
    0xbe, 0xff00000000000000, 0xff00000000003, 0xfc00000000000000, 0xffc00000007,
    0xec7c00001fe00000, 0x1e0003, 0x0, 0x3bfd0017e001fe00, 0x3e0f800000000,
    0xe000560001effc00, 0xff00000000000003, 0x4ec00003, 0x3fe003fb003ff00, 0x0,
    0x0, 0x0, 0x3dd00000000, 0xf800000000000000, 0x3de003ff000007,
    0xe000000001e003ff, 0x1bc00000ffc0, 0x0, 0x3ff000000000000, 0x0,
    0x0, 0x3d00, 0x0, 0x0, 0x0,
    0x0, 0x0, 0x0, 0x7bff003fe00, 0x3ff3f000000000,
    0xffc001f800079ff, 0x3fc000000380, 0x17e00056ffc, 0x0, 0x0,
    0x0, 0xffc007bbff0000, 0x1fe0000037bbf000, 0x1f800dfdbe00, 0x0,
    0x3ff0000000000, 0xff00006ffc00ffc0, 0x3, 0x3ff000000000000, 0x1fc001fe0007e0,
    0xe003bf000007f800, 0xfffffdc0007e003f, 0xff800001fe003, 0x3be00, 0x0,
    0x1ff, 0xde00000000000000, 0xff80007bff001, 0xf80003bff0000000, 0x3fe0000ef,
    0x7b800bf80007bfe, 0xff80,
];
