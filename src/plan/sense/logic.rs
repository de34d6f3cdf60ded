//! Plans as logic: atoms over subjects, joined by `and`, `or`, `not`.
//!
//! A missing value fails each positive condition and a negative form is its complement, so every condition is
//! true or false of a row. Atoms of one subject (a column, the number of some records) are related by its
//! values; what isn't known to be related stays apart, which can only miss a finding.

use std::collections::HashMap;

use super::super::outline::Outlined;
use super::super::segments::Segments;
use super::super::tree::{Aggregate, Measure, Plan, Predicate, Records, TextTest, ValueTest};
use super::held;
use crate::book::{Book, FieldType, Table};
use crate::model::{ColumnId, KindId, NameSet, Ranges, STAGES, Span};

/// A formula, by its position.
pub(super) type NodeId = usize;

/// A formula; equal ones have one position.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Node {
    True,
    Atom(usize),
    Not(NodeId),
    All(Vec<NodeId>),
    Any(Vec<NodeId>),
}

/// What is said of a subject.
#[derive(Debug, Clone)]
pub(super) enum Fact {
    /// No value.
    Missing,
    /// No value, the empty text or the empty list.
    Empty,
    /// The number, or a list's length, lies in these.
    Number(Ranges<i128>),
    /// The text, or some element.
    Text(TextTest),
    Flag(bool),
    /// Some visitor is so.
    Exists(NodeId),
    /// True or false, and no more is known.
    Opaque,
}

/// What values a subject has.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    Number {
        low: i128,
        high: i128,
        /// It is never missing.
        always: bool,
    },
    Text {
        /// The only values, if they are known.
        names: Option<NameSet>,
    },
    List,
    Flag,
    Visitors,
    Opaque,
}

/// What atoms are about.
pub(super) struct Subject {
    pub(super) shape: Shape,
    /// The records that it is a measure of.
    pub(super) over: Option<Over>,
}

/// A set of records of a contact.
#[derive(Debug, Clone, Copy)]
pub(super) struct Over {
    pub(super) kind: KindId,
    pub(super) filter: NodeId,
    /// The subject is their number; else of none it is 0 if it is never missing.
    pub(super) is_count: bool,
}

/// What is taken for certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Facts {
    /// What holds at every now, in every book of this schema.
    Logic,
    /// What holds at the query's now.
    Now,
    /// What holds at the query's now, of the values that the book holds.
    Data,
}

/// Whose rows a plan is about.
#[derive(Debug, Clone, Copy)]
enum Rows {
    Contacts,
    Visitors,
    Records(KindId),
}

/// Formulas over a book, each once.
pub(super) struct Logic<'a> {
    book: &'a Book,
    segments: &'a Segments,
    facts: Facts,
    pub(super) nodes: Vec<Node>,
    node_ids: HashMap<Node, NodeId>,
    pub(super) atoms: Vec<(usize, Fact)>,
    atom_ids: HashMap<(usize, String), usize>,
    pub(super) subjects: Vec<Subject>,
    subject_ids: HashMap<String, usize>,
}

const KEYS: Shape = Shape::Number { low: i64::MIN as i128, high: i64::MAX as i128, always: false };
const COUNT: Shape = Shape::Number { low: 0, high: i64::MAX as i128, always: true };

impl<'a> Logic<'a> {
    pub(super) fn new(book: &'a Book, segments: &'a Segments, facts: Facts) -> Self {
        Self {
            book,
            segments,
            facts,
            nodes: Vec::new(),
            node_ids: HashMap::new(),
            atoms: Vec::new(),
            atom_ids: HashMap::new(),
            subjects: Vec::new(),
            subject_ids: HashMap::new(),
        }
    }

    /// A condition of a definition.
    pub(super) fn condition(&mut self, plan: &Plan, outlined: &Outlined) -> NodeId {
        let rows = match outlined.universe {
            crate::book::Universe::Contacts => Rows::Contacts,
            crate::book::Universe::Visitors => Rows::Visitors,
        };
        self.plan(plan, rows, outlined)
    }

    pub(super) fn constant(&mut self, holds: bool) -> NodeId {
        let yes = self.node(Node::True);
        if holds { yes } else { self.node(Node::Not(yes)) }
    }

    pub(super) fn not(&mut self, part: NodeId) -> NodeId {
        if let Node::Not(inner) = self.nodes[part] {
            return inner;
        }
        self.node(Node::Not(part))
    }

    pub(super) fn all(&mut self, parts: Vec<NodeId>) -> NodeId {
        let (yes, no) = (self.constant(true), self.constant(false));
        match joined(parts, yes, no) {
            Ok(one) => one,
            Err(parts) => self.node(Node::All(parts)),
        }
    }

    pub(super) fn any(&mut self, parts: Vec<NodeId>) -> NodeId {
        let (yes, no) = (self.constant(true), self.constant(false));
        match joined(parts, no, yes) {
            Ok(one) => one,
            Err(parts) => self.node(Node::Any(parts)),
        }
    }

    fn node(&mut self, node: Node) -> NodeId {
        if let Some(id) = self.node_ids.get(&node) {
            return *id;
        }
        self.nodes.push(node.clone());
        self.node_ids.insert(node, self.nodes.len() - 1);
        self.nodes.len() - 1
    }

    fn atom(&mut self, key: String, shape: Shape, over: Option<Over>, fact: Fact) -> NodeId {
        let next = self.subjects.len();
        let subject = *self.subject_ids.entry(key).or_insert(next);
        if subject == next {
            self.subjects.push(Subject { shape, over });
        }
        let next = self.atoms.len();
        let atom = *self.atom_ids.entry((subject, format!("{fact:?}"))).or_insert(next);
        if atom == next {
            self.atoms.push((subject, fact));
        }
        self.node(Node::Atom(atom))
    }

    fn opaque(&mut self, key: String) -> NodeId {
        self.atom(key, Shape::Opaque, None, Fact::Opaque)
    }

    fn plan(&mut self, plan: &Plan, rows: Rows, outlined: &Outlined) -> NodeId {
        match plan {
            Plan::All => self.constant(true),
            Plan::Nothing => self.constant(false),
            Plan::Not(part) => {
                let part = self.plan(part, rows, outlined);
                self.not(part)
            }
            Plan::And(parts) => {
                let parts = parts.iter().map(|it| self.plan(it, rows, outlined)).collect();
                self.all(parts)
            }
            Plan::Or(parts) => {
                let parts = parts.iter().map(|it| self.plan(it, rows, outlined)).collect();
                self.any(parts)
            }
            Plan::Test { column, predicate, id } => {
                if self.hangs(*id, outlined) {
                    let words = self.words(outlined.conditions[*id]);
                    return self.opaque(format!("words {rows:?} {column} {words} {predicate:?}"));
                }
                self.test(*column, predicate, rows)
            }
            Plan::Records(records) => self.records(records, outlined),
            Plan::Sequence(sequence) => {
                let mut key = format!("sequence {:?}", sequence.within);
                for step in &sequence.steps {
                    let filter = self.plan(&step.filter, Rows::Records(step.kind), outlined);
                    key.push_str(&format!(" {} {filter}", step.kind));
                }
                self.opaque(key)
            }
            Plan::Visitors { filter, .. } => {
                let filter = self.plan(filter, Rows::Visitors, outlined);
                if filter == self.constant(false) {
                    return filter;
                }
                self.atom("visitors".to_owned(), Shape::Visitors, None, Fact::Exists(filter))
            }
            Plan::Rows { rows, .. } if self.facts == Facts::Data && rows.is_empty() => self.constant(false),
            Plan::Rows { id, .. } => {
                // A file is known by its path; what it holds is another matter.
                let span = outlined.conditions[*id];
                let words = self.words(span);
                let path = words.find(['"', '\'']).map_or(words, |at| &words[at..]);
                self.opaque(format!("rows {} {path}", span.source.0))
            }
        }
    }

    /// Whether a condition's meaning hangs on what isn't taken for certain.
    fn hangs(&self, id: usize, outlined: &Outlined) -> bool {
        match self.facts {
            Facts::Logic => outlined.on_clock.contains(&id) || outlined.on_data.contains(&id),
            Facts::Now => outlined.on_data.contains(&id),
            Facts::Data => false,
        }
    }

    fn words(&self, span: Span) -> &'a str {
        self.segments.source(span.source).and_then(|(_, text)| text.get(span.start..span.end)).unwrap_or("")
    }

    fn table(&self, rows: Rows) -> &'a Table {
        match rows {
            Rows::Contacts => &self.book.contacts,
            Rows::Visitors => &self.book.visitors,
            Rows::Records(kind) => &self.book.kinds[kind].table,
        }
    }

    fn test(&mut self, column: ColumnId, predicate: &Predicate, rows: Rows) -> NodeId {
        let data = &self.table(rows).columns[column];
        if self.facts == Facts::Data && held::never(&data.index, predicate) {
            return self.constant(false);
        }
        let fact = match predicate {
            Predicate::Empty => Fact::Empty,
            Predicate::Missing => Fact::Missing,
            Predicate::Keys(ranges) | Predicate::Length(ranges) => Fact::Number(wide(ranges)),
            Predicate::Text(test) => Fact::Text(test.clone()),
            Predicate::Flag(flag) => Fact::Flag(*flag),
            Predicate::Field(op, other) => return self.opaque(format!("fields {rows:?} {column} {op:?} {other}")),
        };
        self.atom(format!("column {rows:?} {column}"), shape(&data.field_type), None, fact)
    }

    fn records(&mut self, records: &Records, outlined: &Outlined) -> NodeId {
        let kind = records.kind;
        let filter = self.plan(&records.filter, Rows::Records(kind), outlined);
        let over = |is_count| Some(Over { kind, filter, is_count });
        match &records.measure {
            Measure::Count(counts) => {
                if filter == self.constant(false) {
                    return self.constant(counts.contains(0));
                }
                self.atom(format!("count {kind} {filter}"), COUNT, over(true), Fact::Number(wide(counts)))
            }
            Measure::CountDistinct { column, counts } => {
                let key = format!("distinct {kind} {column} {filter}");
                self.atom(key, COUNT, over(false), Fact::Number(wide(counts)))
            }
            Measure::Aggregate { function, column, test } => {
                let key = format!("{function:?} {kind} {column} {filter}");
                if self.hangs(records.id, outlined) {
                    let words = self.words(outlined.conditions[records.id]);
                    return self.opaque(format!("words {key} {words} {test:?}"));
                }
                let shape = self.aggregate_shape(*function, &self.book.kinds[kind].table.columns[*column].field_type);
                let fact = match test {
                    ValueTest::Missing => Fact::Empty,
                    ValueTest::Keys(ranges) => Fact::Number(wide(ranges)),
                    ValueTest::Sum(ranges) => Fact::Number(ranges.clone()),
                    ValueTest::Text(test) => Fact::Text(test.clone()),
                    ValueTest::Flag(flag) => Fact::Flag(*flag),
                    ValueTest::Mean(bounds) => return self.opaque(format!("{key} {bounds:?}")),
                };
                self.atom(key, shape, over(false), fact)
            }
        }
    }

    fn aggregate_shape(&self, function: Aggregate, field_type: &FieldType) -> Shape {
        match function {
            Aggregate::Sum => Shape::Number { low: i128::MIN, high: i128::MAX, always: true },
            Aggregate::Avg => KEYS,
            Aggregate::Min | Aggregate::Max | Aggregate::First | Aggregate::Last => shape(field_type),
        }
    }
}

fn shape(field_type: &FieldType) -> Shape {
    match field_type {
        FieldType::Text | FieldType::Choice { .. } => Shape::Text { names: None },
        FieldType::Known(names) => Shape::Text { names: Some(names) },
        FieldType::Stage => Shape::Text { names: Some(STAGES) },
        FieldType::Number(_) | FieldType::Date | FieldType::Time => KEYS,
        FieldType::Flag => Shape::Flag,
        FieldType::List => Shape::List,
    }
}

fn wide(ranges: &Ranges<i64>) -> Ranges<i128> {
    Ranges::union(ranges.as_slice().iter().map(|(low, high)| (i128::from(*low), i128::from(*high))))
}

/// The parts of a join in order, each once; a single part, or what decides, alone.
fn joined(mut parts: Vec<NodeId>, neutral: NodeId, decisive: NodeId) -> Result<NodeId, Vec<NodeId>> {
    if parts.contains(&decisive) {
        return Ok(decisive);
    }
    parts.retain(|it| *it != neutral);
    parts.sort_unstable();
    parts.dedup();
    match parts[..] {
        [] => Ok(neutral),
        [one] => Ok(one),
        [_, ..] => Err(parts),
    }
}
