//! Which questions are asked of a filter, and what the answers are told as.

use super::super::notes::shortened;
use super::super::outline::{Outline, Outlined, Said, outline};
use super::super::resolve::ResolveContext;
use super::logic::{Facts, Logic, NodeId};
use super::solve::{Solver, Spent};
use super::{Finding, FindingKind, Proof, Subject};
use crate::book::Universe;
use crate::model::{Code, Diagnostic, Span, fold};
use crate::syntax::ast::{self, Expr};

/// Steps that all questions about one filter may take together.
const STEPS_A_FILTER: u64 = 2_000_000;
/// Parts that are held against each other one by one.
const MAX_PAIRED: usize = 40;

/// A formula as each set of facts has it.
#[derive(Debug, Clone, Copy)]
struct Known {
    logic: NodeId,
    now: NodeId,
    data: NodeId,
}

/// An outline with its formulas.
struct Sketch {
    span: Span,
    known: Known,
    parts: Parts,
}

enum Parts {
    And(Vec<Sketch>),
    Or(Vec<Sketch>),
    Not(Box<Sketch>),
    None(Said),
}

/// A named filter that later ones are held against.
struct Earlier {
    tag: String,
    universe: Universe,
    known: Known,
    names: Vec<String>,
    folded_data: bool,
}

/// Checks filters one after the other.
pub(super) struct Teller<'a> {
    context: &'a ResolveContext<'a>,
    logic: Solver<'a>,
    now: Solver<'a>,
    data: Solver<'a>,
    earlier: Vec<Earlier>,
    findings: Vec<Finding>,
    budget: u64,
    is_undecided: bool,
    folded_data: bool,
}

impl<'a> Teller<'a> {
    pub(super) fn new(context: &'a ResolveContext<'a>) -> Self {
        let solver = |facts| Solver::new(Logic::new(context.book, context.segments, facts));
        Self {
            context,
            logic: solver(Facts::Logic),
            now: solver(Facts::Now),
            data: solver(Facts::Data),
            earlier: Vec::new(),
            findings: Vec::new(),
            budget: 0,
            is_undecided: false,
            folded_data: false,
        }
    }

    /// The findings about one filter.
    pub(super) fn subject(&mut self, subject: &Subject<'_>) -> Result<Vec<Finding>, Vec<Diagnostic>> {
        let outlined = outline(subject.from, subject.filter, self.context)?;
        (self.budget, self.is_undecided, self.folded_data) = (STEPS_A_FILTER, false, outlined.folded_data);
        let sketch = self.sketch(&outlined.outline, &outlined);
        let is_constant = self.whole(&sketch);
        self.absent(&outlined, sketch.span);
        if let Some(tag) = subject.tag {
            self.among_others(tag, subject.filter, &outlined, sketch.known, is_constant);
        }
        if self.is_undecided {
            let text = "not all about the sense of this could be decided: it took too many steps";
            let diagnostic = Diagnostic::note(Code::Undecided, Some(sketch.span), text);
            let (kind, proof) = (FindingKind::Undecided, Proof::Logic);
            self.findings.push(Finding { kind, proof, span: sketch.span, diagnostic });
        }
        let mut findings = std::mem::take(&mut self.findings);
        findings.sort_by_key(|it| (it.span.start, it.span.end));
        Ok(findings)
    }

    fn sketch(&mut self, outline: &Outline, outlined: &Outlined) -> Sketch {
        let span = outline.span();
        let (known, parts) = match outline {
            Outline::And(parts, _) => {
                let parts: Vec<Sketch> = parts.iter().map(|it| self.sketch(it, outlined)).collect();
                let of = |get: fn(&Known) -> NodeId| parts.iter().map(|it| get(&it.known)).collect();
                let known = Known {
                    logic: self.logic.logic.all(of(|it| it.logic)),
                    now: self.now.logic.all(of(|it| it.now)),
                    data: self.data.logic.all(of(|it| it.data)),
                };
                (known, Parts::And(parts))
            }
            Outline::Or(parts, _) => {
                let parts: Vec<Sketch> = parts.iter().map(|it| self.sketch(it, outlined)).collect();
                let of = |get: fn(&Known) -> NodeId| parts.iter().map(|it| get(&it.known)).collect();
                let known = Known {
                    logic: self.logic.logic.any(of(|it| it.logic)),
                    now: self.now.logic.any(of(|it| it.now)),
                    data: self.data.logic.any(of(|it| it.data)),
                };
                (known, Parts::Or(parts))
            }
            Outline::Not(part, _) => {
                let part = self.sketch(part, outlined);
                let known = Known {
                    logic: self.logic.logic.not(part.known.logic),
                    now: self.now.logic.not(part.known.now),
                    data: self.data.logic.not(part.known.data),
                };
                (known, Parts::Not(Box::new(part)))
            }
            Outline::Condition { plan, said, .. } => {
                let known = Known {
                    logic: self.logic.logic.condition(plan, outlined),
                    now: self.now.logic.condition(plan, outlined),
                    data: self.data.logic.condition(plan, outlined),
                };
                (known, Parts::None(*said))
            }
        };
        Sketch { span, known, parts }
    }

    /// The proof that goals can't hold together, if there is one.
    fn impossible(&mut self, goals: &[(Known, bool)]) -> Option<Proof> {
        let of = |get: fn(&Known) -> NodeId| goals.iter().map(|(it, holds)| (get(it), *holds)).collect::<Vec<_>>();
        let by = |found: Result<bool, Spent>, proof| match found {
            Ok(possible) => Ok((!possible).then_some(proof)),
            Err(Spent) => Err(Spent),
        };
        let first = by(self.logic.possible(&of(|it| it.logic), &mut self.budget), Proof::Logic);
        let found = match first {
            Ok(None) => by(self.now.possible(&of(|it| it.now), &mut self.budget), Proof::Now),
            Ok(Some(_)) | Err(Spent) => first,
        };
        match found {
            Ok(found) => found.map(|it| if self.folded_data { Proof::Data } else { it }),
            Err(Spent) => {
                self.is_undecided = true;
                None
            }
        }
    }

    /// Whether nobody passes, by what the book holds; that it took too long isn't told.
    fn holds_of_none(&mut self, known: Known) -> bool {
        matches!(self.data.possible(&[(known.data, true)], &mut self.budget), Ok(false))
    }

    /// The filter as a whole, then its parts; answers whether it is nobody or everyone.
    fn whole(&mut self, sketch: &Sketch) -> bool {
        if matches!(sketch.parts, Parts::None(Said::Constant)) {
            return true;
        }
        if let Some(proof) = self.impossible(&[(sketch.known, true)]) {
            let why = self.reason(sketch);
            let text = format!("nobody can match{why}");
            self.tell(FindingKind::Empty, Code::AlwaysEmpty, proof, sketch.span, &text);
            return true;
        }
        if let Some(proof) = self.impossible(&[(sketch.known, false)]) {
            self.tell(FindingKind::Everyone, Code::AlwaysEveryone, proof, sketch.span, "everyone matches, always");
            return true;
        }
        self.within(sketch);
        if self.holds_of_none(sketch.known) {
            if !self.findings.iter().any(|it| it.span == sketch.span) {
                self.tell(FindingKind::Empty, Code::AlwaysEmpty, Proof::Data, sketch.span, "nobody matches");
            }
            return true;
        }
        false
    }

    /// Why nobody passes: the part that nobody passes, or the first two that contradict each other.
    fn reason(&mut self, sketch: &Sketch) -> String {
        let Parts::And(parts) = &sketch.parts else { return String::new() };
        let shown = &parts[..parts.len().min(MAX_PAIRED)];
        if let Some(part) = shown.iter().find(|it| self.impossible(&[(it.known, true)]).is_some()) {
            return format!(": `{}` holds of nobody", self.words(part.span));
        }
        for (at, b) in shown.iter().enumerate() {
            if let Some(a) = shown[..at].iter().find(|a| self.impossible(&[(a.known, true), (b.known, true)]).is_some())
            {
                return format!(": `{}` and `{}` contradict each other", self.words(a.span), self.words(b.span));
            }
        }
        ": its conditions contradict each other".to_owned()
    }

    /// The parts of a filter that is neither nobody nor everyone.
    fn within(&mut self, sketch: &Sketch) {
        match &sketch.parts {
            Parts::And(parts) => self.join(parts, true),
            Parts::Or(parts) => self.join(parts, false),
            Parts::Not(part) => self.within(part),
            Parts::None(_) => {
                if self.holds_of_none(sketch.known) {
                    let text = format!("`{}` holds of nobody", self.words(sketch.span));
                    self.tell(FindingKind::Never, Code::NeverHolds, Proof::Data, sketch.span, &text);
                }
            }
        }
    }

    /// The parts of an `and` or `or`: each by itself, then those that the others make needless.
    fn join(&mut self, parts: &[Sketch], is_and: bool) {
        let mut left: Vec<&Sketch> = Vec::new();
        for part in parts {
            if !self.is_constant(part) {
                left.push(part);
                self.within(part);
            }
        }
        let mut at = left.len();
        while at > 0 {
            at -= 1;
            let part = left[at];
            // A segment is named to say what the filter builds on, also where the rest is narrower.
            if is_and && matches!(part.parts, Parts::None(Said::Segment)) {
                continue;
            }
            let others: Vec<&Sketch> = left.iter().enumerate().filter(|it| it.0 != at).map(|it| *it.1).collect();
            let mut goals: Vec<(Known, bool)> = others.iter().map(|it| (it.known, is_and)).collect();
            goals.push((part.known, !is_and));
            let Some(proof) = (!others.is_empty()).then(|| self.impossible(&goals)).flatten() else { continue };
            let single = others.iter().take(MAX_PAIRED).find(|it| {
                let goals = [(it.known, is_and), (part.known, !is_and)];
                self.impossible(&goals).is_some()
            });
            let by = single.map(|it| self.words(it.span));
            let words = self.words(part.span);
            if is_and {
                let why = by.map_or_else(|| "the others imply it".to_owned(), |it| format!("`{it}` implies it"));
                let text = format!("`{words}` says nothing new: {why}");
                self.tell(FindingKind::Implied, Code::Implied, proof, part.span, &text);
            } else {
                let why = by.map_or_else(|| "the others have them".to_owned(), |it| format!("`{it}` has them"));
                let text = format!("`{words}` adds nobody: {why} already");
                self.tell(FindingKind::AddsNobody, Code::AddsNobody, proof, part.span, &text);
            }
            left.remove(at);
        }
    }

    /// Tells of a part that holds of nobody or everyone.
    fn is_constant(&mut self, part: &Sketch) -> bool {
        if let Some(proof) = self.impossible(&[(part.known, true)]) {
            let why = self.reason(part);
            let text = format!("`{}` holds of nobody{why}", self.words(part.span));
            self.tell(FindingKind::Never, Code::NeverHolds, proof, part.span, &text);
            return true;
        }
        if let Some(proof) = self.impossible(&[(part.known, false)]) {
            let text = format!("`{}` holds of everyone", self.words(part.span));
            self.tell(FindingKind::Always, Code::AlwaysHolds, proof, part.span, &text);
            return true;
        }
        false
    }

    /// Values that the book never holds, by the notes of the resolver, which name what is near.
    fn absent(&mut self, outlined: &Outlined, whole: Span) {
        for note in &outlined.notes {
            let Some(span) = note.span.filter(|it| it.source == whole.source) else { continue };
            let is_inside = whole.start <= span.start && span.end <= whole.end;
            if !is_inside || !matches!(note.code, Code::AbsentValue | Code::UnknownKind) {
                continue;
            }
            // The note names the nearest value, too.
            self.findings.retain(|it| {
                !(it.kind == FindingKind::Never
                    && it.proof == Proof::Data
                    && it.span.start <= span.start
                    && span.end <= it.span.end)
            });
            self.tell(FindingKind::Absent, note.code, Proof::Data, span, &note.message);
            if let Some(finding) = self.findings.last_mut() {
                finding.diagnostic.help.clone_from(&note.help);
            }
        }
    }

    /// This definition against those before it.
    fn among_others(&mut self, tag: &ast::Name, filter: &Expr, outlined: &Outlined, known: Known, is_constant: bool) {
        let mut names = Vec::new();
        self.named(filter, &mut names);
        if is_constant {
            return;
        }
        let folded = fold(&tag.text).into_owned();
        let earlier = std::mem::take(&mut self.earlier);
        for other in earlier.iter().filter(|it| it.universe == outlined.universe) {
            self.folded_data = outlined.folded_data || other.folded_data;
            // Who builds on the other segment knows that the one lies in the other.
            let is_built = names.contains(&fold(&other.tag).into_owned()) || other.names.contains(&folded);
            let inner = self.impossible(&[(known, true), (other.known, false)]);
            let outer = self.impossible(&[(other.known, true), (known, false)]);
            let shown = shortened(&other.tag, 60);
            match (inner, outer) {
                (Some(a), Some(b)) => {
                    let text = format!("`{}` has the same people as @{shown}", shortened(&tag.text, 60));
                    self.tell(FindingKind::Same(other.tag.clone()), Code::SameSegment, weaker(a, b), tag.span, &text);
                }
                (Some(proof), None) if !is_built => {
                    let text = format!("everyone in `{}` is in @{shown} too", shortened(&tag.text, 60));
                    self.tell(FindingKind::Contained(other.tag.clone()), Code::WithinSegment, proof, tag.span, &text);
                }
                (None, Some(proof)) if !is_built => {
                    let text = format!("everyone in @{shown} is in `{}` too", shortened(&tag.text, 60));
                    self.tell(FindingKind::Contained(other.tag.clone()), Code::WithinSegment, proof, tag.span, &text);
                }
                (Some(_) | None, _) => {}
            }
        }
        self.earlier = earlier;
        self.earlier.push(Earlier {
            tag: tag.text.clone(),
            universe: outlined.universe,
            known,
            names,
            folded_data: outlined.folded_data,
        });
    }

    /// The folded tags of the segments that a filter rests on, however deep.
    fn named(&self, filter: &Expr, names: &mut Vec<String>) {
        let mut left = vec![filter];
        while let Some(expr) = left.pop() {
            match expr {
                Expr::And(parts, _) | Expr::Or(parts, _) => left.extend(parts),
                Expr::Not(part, _) | Expr::Group(part, _) => left.push(part),
                Expr::Condition(condition) => {
                    let named = self.context.segments.named(&condition.kind);
                    let Some(found) = named.and_then(|it| it.definition) else { continue };
                    let tag = fold(&found.tag.text).into_owned();
                    if !names.contains(&tag) {
                        names.push(tag);
                        left.push(&found.filter);
                    }
                }
            }
        }
    }

    fn tell(&mut self, kind: FindingKind, code: Code, proof: Proof, span: Span, text: &str) {
        let by = match proof {
            Proof::Logic => "by logic",
            Proof::Now => "by logic, as of now",
            Proof::Data => "by this book's data",
        };
        let diagnostic = Diagnostic::warning(code, span, format!("{text} ({by})"));
        self.findings.push(Finding { kind, proof, span, diagnostic });
    }

    fn words(&self, span: Span) -> String {
        let text = self.context.segments.source(span.source).and_then(|(_, text)| text.get(span.start..span.end));
        let words: Vec<&str> = text.unwrap_or("").split_whitespace().collect();
        shortened(&words.join(" "), 60)
    }
}

/// What both proofs rest on.
fn weaker(a: Proof, b: Proof) -> Proof {
    if a == Proof::Data || b == Proof::Data {
        return Proof::Data;
    }
    if a == Proof::Now { a } else { b }
}
