//! Known names: statuses, stages, push and registration states.
//!
//! Case, spaces, hyphens and underscores don't matter in them.

/// A closed, ordered set of names, in canonical spelling.
pub type NameSet = &'static [&'static str];

/// Whether and how a contact may be mailed; only `active` may.
pub const STATUSES: NameSet = &["active", "pending", "unsubscribed", "hard_bounce"];
/// The five funnel stages, in their order.
pub const STAGES: NameSet = &["aware", "engaged", "customer", "loyal_customer", "promoter"];
/// What a visitor answered to the browser's question.
pub const PUSH: NameSet = &["granted", "blocked", "unsubscribed"];
/// What became of an event registration.
pub const REGISTRATION_STATES: NameSet = &["registered", "attended", "cancelled"];
/// All of them.
pub const NAME_SETS: [NameSet; 4] = [STATUSES, STAGES, PUSH, REGISTRATION_STATES];

/// The index of the known name that `text` spells, if any.
///
/// `"Loyal Customer"`, `loyal-customer` and `LOYAL_CUSTOMER` are all `loyal_customer`.
#[must_use]
pub fn canonical(names: NameSet, text: &str) -> Option<usize> {
    fn letters(text: &str) -> impl Iterator<Item = char> + '_ {
        text.chars().filter(|c| !matches!(c, ' ' | '-' | '_')).map(super::fold_char)
    }
    names.iter().position(|name| letters(name).eq(letters(text)))
}
