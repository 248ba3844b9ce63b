//! German area codes.

mod table;
#[cfg(test)]
mod tests;

use table::{FIRST_OF_FIVE, FIRST_OF_FOUR, FIVE, FOUR, THREE, TWO};

/// How many digits at the beginning of a German national number are its destination code: the area code, or what
/// stands for it in mobile networks and before services. `None` where the number has none.
///
/// Where one area code is the beginning of another (0212 and 02129) the longer one counts.
pub(super) fn german_code_len(national: &str) -> Option<usize> {
    [5, 4, 3, 2].into_iter().find(|&len| {
        let code = national.get(..len).and_then(|code| code.parse().ok());
        code.is_some_and(|code| is_code(code, len))
    })
}

fn is_code(code: u32, len: usize) -> bool {
    let Ok(code) = u16::try_from(code) else {
        return false;
    };
    match len {
        5 => has(&FIVE, code.checked_sub(FIRST_OF_FIVE)),
        4 => has(&FOUR, code.checked_sub(FIRST_OF_FOUR)),
        3 => is_non_geographic(code) || THREE.binary_search(&code).is_ok(),
        // 032: national subscriber numbers
        _ => code == 32 || TWO.iter().any(|&two| u16::from(two) == code),
    }
}

fn has(bits: &[u64], index: Option<u16>) -> bool {
    let word = |index: u16| bits.get(usize::from(index / 64));
    index.is_some_and(|index| word(index).is_some_and(|word| word >> (index % 64) & 1 == 1))
}

/// The codes of three digits that are not of a place, by the numbering plan of the Bundesnetzagentur.
const fn is_non_geographic(code: u16) -> bool {
    matches!(
        code,
        137 | 138 // mass calling
        | 150
            ..=179 // mobile networks
        | 180 | 181 // shared cost, virtual private networks
        | 700 // personal numbers
        | 800 | 900 // free of charge, premium rate
    )
}
