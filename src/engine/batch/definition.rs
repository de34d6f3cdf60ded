//! The canonical text of a definition, whole: with the definitions that it rests on.

use crate::plan::{Segment, Segments};
use crate::syntax::ast::Expr;
use crate::syntax::print_definition;

/// A definition in canonical form, a line each, after those that it rests on, so that the text stands for itself.
pub(super) fn canonical(segment: Segment<'_>, segments: &Segments) -> Option<String> {
    let mut order: Vec<Segment<'_>> = Vec::new();
    // A stack of its own: a chain of segments costs no recursion. Each is looked at when it is met and when it is left.
    let mut stack = vec![(segment, false)];
    while let Some((at, left)) = stack.pop() {
        if order.iter().any(|it| it.tag == at.tag) {
            continue;
        }
        if left {
            order.push(at);
            continue;
        }
        stack.push((at, true));
        let mut named = Vec::new();
        gather(&at.definition?.filter, segments, &mut named);
        // Rings were refused when the definition was resolved.
        stack.extend(named.into_iter().rev().map(|it| (it, false)));
    }
    let lines: Option<Vec<String>> = order.iter().map(|it| it.definition.map(print_definition)).collect();
    Some(lines?.join("\n"))
}

fn gather<'s>(expr: &Expr, segments: &'s Segments, named: &mut Vec<Segment<'s>>) {
    match expr {
        Expr::And(parts, _) | Expr::Or(parts, _) => parts.iter().for_each(|it| gather(it, segments, named)),
        Expr::Not(part, _) | Expr::Group(part, _) => gather(part, segments, named),
        Expr::Condition(condition) => named.extend(segments.named(&condition.kind)),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::plan::SegmentFile;

    #[test]
    fn it_stands_for_itself() {
        let text = "segment a: @C and @b;segment b \"The B\": (age>3);segment c: segment \"the b\" or AGE is empty;";
        let segments = Segments::new(vec![SegmentFile { path: PathBuf::new(), text: text.to_owned() }]);
        let of = |tag: &str| canonical(segments.iter().find(|it| it.tag == tag).unwrap(), &segments).unwrap();
        let b = "segment b \"The B\": age > 3;";
        assert_eq!(of("b"), b);
        assert_eq!(of("a"), format!("{b}\nsegment c: segment \"the b\" or AGE is empty;\nsegment a: @C and @b;"));
    }
}
