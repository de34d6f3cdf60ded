//! Whether facts about one subject can hold together.
//!
//! "No" is proven; "yes" may be too kind, where more isn't known.

use super::super::tree::TextTest;
use super::logic::{Fact, Shape};
use crate::model::{NameSet, Ranges, fold};

/// A fact, and whether it holds or fails.
pub(super) type Stated<'a> = (&'a Fact, bool);

/// Whether some value of the shape agrees with all that is stated.
///
/// What is stated of visitors is for the solver.
pub(super) fn possible(shape: Shape, stated: &[Stated<'_>]) -> bool {
    match shape {
        Shape::Number { always, .. } => (!always && missing_agrees(stated)) || !numbers(shape, stated).is_empty(),
        Shape::Text { names } => missing_agrees(stated) || text(names, stated),
        Shape::List => list(stated),
        Shape::Flag => missing_agrees(stated) || [true, false].iter().any(|it| flag(*it, stated)),
        Shape::Visitors | Shape::Opaque => true,
    }
}

/// The numbers that agree with all that is stated.
pub(super) fn numbers(shape: Shape, stated: &[Stated<'_>]) -> Vec<(i128, i128)> {
    let Shape::Number { low, high, .. } = shape else { return Vec::new() };
    let mut left = vec![(low, high)];
    for (fact, holds) in stated {
        match fact {
            Fact::Number(ranges) => left = if *holds { both(&left, ranges) } else { without(&left, ranges) },
            Fact::Missing | Fact::Empty if *holds => return Vec::new(),
            Fact::Missing | Fact::Empty | Fact::Text(_) | Fact::Flag(_) | Fact::Exists(_) | Fact::Opaque => {}
        }
    }
    left
}

/// Whether no value at all agrees with what is stated of a number, text or flag.
pub(super) fn missing_agrees(stated: &[Stated<'_>]) -> bool {
    stated.iter().all(|(fact, holds)| match fact {
        Fact::Missing | Fact::Empty => *holds,
        Fact::Number(_) | Fact::Text(_) | Fact::Flag(_) => !*holds,
        Fact::Exists(_) | Fact::Opaque => true,
    })
}

fn flag(value: bool, stated: &[Stated<'_>]) -> bool {
    stated.iter().all(|(fact, holds)| match fact {
        Fact::Missing | Fact::Empty => !*holds,
        Fact::Flag(flag) => (*flag == value) == *holds,
        Fact::Number(_) | Fact::Text(_) | Fact::Exists(_) | Fact::Opaque => true,
    })
}

fn tests<'a>(stated: &[Stated<'a>]) -> Vec<(&'a TextTest, bool)> {
    let test = |(fact, holds): &Stated<'a>| match fact {
        Fact::Text(test) => Some((test, *holds)),
        Fact::Missing | Fact::Empty | Fact::Number(_) | Fact::Flag(_) | Fact::Exists(_) | Fact::Opaque => None,
    };
    stated.iter().filter_map(test).collect()
}

fn text(names: Option<NameSet>, stated: &[Stated<'_>]) -> bool {
    let says = |wanted: bool| stated.iter().any(|(fact, holds)| matches!(fact, Fact::Empty) && *holds == wanted);
    if stated.iter().any(|(fact, holds)| matches!(fact, Fact::Missing) && *holds) {
        return false;
    }
    let mut tests = tests(stated);
    if says(true) {
        return !says(false) && tests.iter().all(|(test, holds)| test.holds("", "") == *holds);
    }
    let nothing = TextTest::OneOf { folded: vec![String::new()], cased: Vec::new() };
    if says(false) {
        tests.push((&nothing, false));
    }
    some_text(names, &tests)
}

fn list(stated: &[Stated<'_>]) -> bool {
    let mut lengths = vec![(0, i128::from(i64::MAX))];
    let nothing = Ranges::between(0, 0);
    for (fact, holds) in stated {
        match (fact, holds) {
            (Fact::Number(ranges), true) => lengths = both(&lengths, ranges),
            (Fact::Number(ranges), false) => lengths = without(&lengths, ranges),
            (Fact::Empty | Fact::Missing, true) => lengths = both(&lengths, &nothing),
            (Fact::Empty, false) | (Fact::Text(_), true) => lengths = without(&lengths, &nothing),
            (Fact::Missing | Fact::Text(_), false) | (Fact::Flag(_) | Fact::Exists(_) | Fact::Opaque, _) => {}
        }
    }
    // Each element that there must be agrees with all that no element is.
    let tests = tests(stated);
    let none: Vec<_> = tests.iter().filter(|it| !it.1).copied().collect();
    let agrees = |some: &(&TextTest, bool)| {
        let mut all = none.clone();
        all.push(*some);
        some_text(None, &all)
    };
    !lengths.is_empty() && tests.iter().filter(|it| it.1).all(agrees)
}

/// Whether some text passes and fails what it should.
fn some_text(names: Option<NameSet>, tests: &[(&TextTest, bool)]) -> bool {
    let exact = |text: &str| {
        let folded = fold(text);
        tests.iter().all(|(test, holds)| test.holds(text, &folded) == *holds)
    };
    let by_fold = |folded: &str| tests.iter().all(|(test, holds)| folded_holds(test, folded) != Some(!*holds));
    let listed = tests.iter().find_map(|(test, holds)| match test {
        TextTest::OneOf { folded, cased } if *holds => Some((folded, cased)),
        TextTest::OneOf { .. }
        | TextTest::Contains { .. }
        | TextTest::StartsWith { .. }
        | TextTest::EndsWith { .. }
        | TextTest::Matches { .. } => None,
    });
    match (names, listed) {
        (Some(names), _) => names.iter().any(|it| exact(it)),
        (None, Some((folded, cased))) => cased.iter().any(|it| exact(it)) || folded.iter().any(|it| by_fold(it)),
        (None, None) => {
            let that = |wanted: bool| tests.iter().filter(move |it| it.1 == wanted).map(|it| it.0);
            !that(false).any(|no| holds_always(no) || that(true).any(|yes| implies(yes, no)))
                && !that(true).any(|a| that(true).any(|b| ends_clash(a, b)))
        }
    }
}

/// Whether a test holds of each text of this lower-cased form; none if that differs.
fn folded_holds(test: &TextTest, folded: &str) -> Option<bool> {
    let plain = |holds: &dyn Fn(&str) -> bool, needle: &str, cased: bool| match (holds(&fold(needle)), cased) {
        (holds, false) => Some(holds),
        (false, true) => Some(false),
        (true, true) => None,
    };
    match test {
        TextTest::OneOf { folded: lower, cased } => {
            if lower.iter().any(|it| it == folded) {
                return Some(true);
            }
            if cased.iter().any(|it| fold(it) == folded) { None } else { Some(false) }
        }
        TextTest::Contains { needle, cased } => plain(&|it| folded.contains(it), needle, *cased),
        TextTest::StartsWith { needle, cased } => plain(&|it| folded.starts_with(it), needle, *cased),
        TextTest::EndsWith { needle, cased } => plain(&|it| folded.ends_with(it), needle, *cased),
        TextTest::Matches { regex, folded: true, .. } => Some(regex.is_match(folded)),
        TextTest::Matches { folded: false, .. } => None,
    }
}

/// Whether every text passes.
fn holds_always(test: &TextTest) -> bool {
    match test {
        TextTest::Contains { needle, .. } | TextTest::StartsWith { needle, .. } | TextTest::EndsWith { needle, .. } => {
            needle.is_empty()
        }
        TextTest::OneOf { .. } | TextTest::Matches { .. } => false,
    }
}

/// Whether each text that passes one passes the other.
fn implies(a: &TextTest, b: &TextTest) -> bool {
    use TextTest::{Contains, EndsWith, Matches, OneOf, StartsWith};
    let within = |a: (&str, bool), b: (&str, bool), holds: &dyn Fn(&str, &str) -> bool| match (a.1, b.1) {
        (true, true) | (false, false) => holds(a.0, b.0),
        (true, false) => holds(&fold(a.0), b.0),
        (false, true) => false,
    };
    match (a, b) {
        (
            Contains { needle: x, cased: i } | StartsWith { needle: x, cased: i } | EndsWith { needle: x, cased: i },
            Contains { needle: y, cased: j },
        ) => within((x, *i), (y, *j), &|x, y| x.contains(y)),
        (StartsWith { needle: x, cased: i }, StartsWith { needle: y, cased: j }) => {
            within((x, *i), (y, *j), &|x, y| x.starts_with(y))
        }
        (EndsWith { needle: x, cased: i }, EndsWith { needle: y, cased: j }) => {
            within((x, *i), (y, *j), &|x, y| x.ends_with(y))
        }
        (Matches { regex: x, folded: i, cased: c }, Matches { regex: y, folded: j, cased: d }) => {
            x.as_str() == y.as_str() && (i, c) == (j, d)
        }
        (OneOf { .. } | Contains { .. } | StartsWith { .. } | EndsWith { .. } | Matches { .. }, _) => false,
    }
}

/// Whether no text begins, or ends, in both ways.
fn ends_clash(a: &TextTest, b: &TextTest) -> bool {
    use TextTest::{Contains, EndsWith, Matches, OneOf, StartsWith};
    match (a, b) {
        (StartsWith { needle: x, .. }, StartsWith { needle: y, .. }) => {
            let (x, y) = (fold(x), fold(y));
            !x.starts_with(&*y) && !y.starts_with(&*x)
        }
        (EndsWith { needle: x, .. }, EndsWith { needle: y, .. }) => {
            let (x, y) = (fold(x), fold(y));
            !x.ends_with(&*y) && !y.ends_with(&*x)
        }
        (OneOf { .. } | Contains { .. } | StartsWith { .. } | EndsWith { .. } | Matches { .. }, _) => false,
    }
}

fn both(left: &[(i128, i128)], ranges: &Ranges<i128>) -> Vec<(i128, i128)> {
    let mut out = Vec::new();
    let (mut i, mut j) = (0, 0);
    let right = ranges.as_slice();
    while let (Some(a), Some(b)) = (left.get(i), right.get(j)) {
        let (low, high) = (a.0.max(b.0), a.1.min(b.1));
        if low <= high {
            out.push((low, high));
        }
        if a.1 < b.1 { i += 1 } else { j += 1 }
    }
    out
}

fn without(left: &[(i128, i128)], ranges: &Ranges<i128>) -> Vec<(i128, i128)> {
    let (mut gaps, mut next) = (Vec::new(), Some(i128::MIN));
    for (low, high) in ranges.as_slice() {
        if let Some(start) = next
            && start < *low
        {
            gaps.push((start, low - 1));
        }
        next = high.checked_add(1);
    }
    if let Some(start) = next {
        gaps.push((start, i128::MAX));
    }
    both(left, &Ranges::union(gaps))
}
