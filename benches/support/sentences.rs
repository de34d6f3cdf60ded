//! Sentences that are parsed and printed wherever that is measured.

/// A sentence of many kinds of conditions.
pub const NESTED: &str = "status = active and (label in (label_1, label_7) or stage >= customer) and not label = label_2 \
                          and country in (ID, SG, MY) and age between 25 and 40";

/// A thousand conditions side by side.
pub fn chain() -> String {
    vec!["age = 1"; 1_000].join(" or ")
}
