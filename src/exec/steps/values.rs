//! The texts that stand for a group: equal but for case, shown in the commonest spelling.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::index::Dictionary;

/// For each code that occurs, the code that its group is shown as: of equal folded texts the commonest, of equally
/// common ones the smallest by code point.
pub(in crate::exec) fn spellings(dictionary: &Dictionary, counts: &HashMap<u32, u64>) -> HashMap<u32, u32> {
    let mut best: HashMap<Cow<'_, str>, (u64, u32)> = HashMap::new();
    for (code, count) in counts {
        let entry = best.entry(dictionary.folded(*code)).or_insert((*count, *code));
        let is_better = *count > entry.0 || (*count == entry.0 && dictionary.text(*code) < dictionary.text(entry.1));
        if is_better {
            *entry = (*count, *code);
        }
    }
    counts.keys().filter_map(|code| best.get(&dictionary.folded(*code)).map(|(_, shown)| (*code, *shown))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::DictionaryBuilder;

    #[test]
    fn the_commonest_spelling_is_shown() {
        let mut builder = DictionaryBuilder::default();
        let [upper, lower, odd, other] = ["Medan", "medan", "MEDAN", "Bogor"].map(|text| builder.code(text));
        let dictionary = builder.build();
        let shown = spellings(&dictionary, &HashMap::from([(upper, 2), (lower, 5), (odd, 5), (other, 1)]));
        // "MEDAN" and "medan" are equally common; capitals come first by code point.
        assert_eq!(shown, HashMap::from([(upper, odd), (lower, odd), (odd, odd), (other, other)]));
    }
}
