//! [`Reader`]: the words before the cursor, read once, front to back; keeps what the next word may be.
//!
//! It reads what is right as the grammar does, and where it is at a loss it offers nothing.

use super::place::{Place, Subject, Wanted};
use super::words;
use crate::book::{Book, FieldType, REGISTRATION, Universe};
use crate::engine::Rows;
use crate::model::{NumberKind, fold};
use crate::plan::{FieldRef, find_field};
use crate::syntax::{STEPS, TokenKind};

/// What an open bracket holds, and what to go back to behind it.
struct Frame {
    holds: Held,
    rows: Rows,
    where_of: Option<Rows>,
    in_records: bool,
}

#[derive(PartialEq)]
enum Held {
    Conditions,
    /// Values of this.
    List(Subject),
    /// The function, and what it comes to once that is known.
    Total(String, Subject),
    /// The field of a `month(…)`.
    Calendar,
}

/// Reads word by word.
pub(super) struct Reader<'b> {
    book: &'b Book,
    /// What can stand next.
    pub(super) place: Place,
    /// Whose fields are meant.
    rows: Rows,
    /// After `where` without a bracket: whose fields are meant once one condition is over.
    where_of: Option<Rows>,
    /// Between `did` and the next joiner: how many, when and which may follow.
    in_records: bool,
    /// The records that a `where` would ask, if they are known.
    records: Option<Rows>,
    /// What the present test is of.
    subject: Subject,
    /// A total whose bracket comes next.
    function: Option<String>,
    /// The step that is being read, lower-cased.
    step: Option<String>,
    /// `between` was read, its `and` wasn't.
    between: bool,
    frames: Vec<Frame>,
}

impl<'b> Reader<'b> {
    pub(super) fn new(book: &'b Book) -> Self {
        let rows = Rows::People(Universe::Contacts);
        Self {
            book,
            place: Place::Condition { rows, is_first: true },
            rows,
            where_of: None,
            in_records: false,
            records: None,
            subject: Subject::Unknown,
            function: None,
            step: None,
            between: false,
            frames: Vec::new(),
        }
    }

    /// Reads one word; `before_bracket` if a `(` is next.
    pub(super) fn take(&mut self, word: &str, kind: TokenKind, before_bracket: bool) {
        match kind {
            TokenKind::Blank | TokenKind::Comment => {}
            TokenKind::Open => self.open(),
            TokenKind::Close => self.close(),
            TokenKind::Semicolon => *self = Self::new(self.book),
            TokenKind::Pipe => {
                self.frames.clear();
                self.step = Some(String::new());
                self.place = Place::Words(&STEPS);
            }
            TokenKind::Sign => self.sign(word),
            TokenKind::Text { .. } if self.step.is_some() => self.step_text(),
            TokenKind::Text { .. } => {
                let text = word.trim_matches(['"', '\'']);
                if self.place == Place::Kind || self.place == Place::Event {
                    let kind = if self.place == Place::Kind { text } else { REGISTRATION };
                    self.records = self.book.kind(kind).map(Rows::Records);
                }
                self.value();
            }
            TokenKind::Word | TokenKind::Backticks { .. } => match self.step.clone() {
                Some(step) => self.step_word(&step, &fold(word), before_bracket),
                None => self.word(word, before_bracket),
            },
        }
    }

    fn open(&mut self) {
        let function = self.function.take();
        let holds = match (&self.place, function) {
            (_, Some(function)) => Held::Total(function, Subject::Unknown),
            (Place::Value(subject) | Place::Operator(subject), None) => Held::List(subject.clone()),
            (Place::Words(_), None) if self.step.is_some() => Held::Calendar,
            (_, None) => Held::Conditions,
        };
        let place = match &holds {
            Held::Conditions => Place::Condition { rows: self.rows, is_first: false },
            Held::List(subject) => Place::Value(subject.clone()),
            Held::Total(function, _) => Place::TotalOf { properties: function != "count", lists: function == "count" },
            Held::Calendar => Place::Field(self.rows, Wanted::Measured),
        };
        let where_of = self.where_of.take();
        self.frames.push(Frame { holds, rows: self.rows, where_of, in_records: self.in_records });
        self.in_records = false;
        self.place = place;
    }

    fn close(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        (self.rows, self.where_of, self.in_records) = (frame.rows, frame.where_of, frame.in_records);
        match frame.holds {
            Held::Conditions | Held::List(_) => self.condition_is_over(),
            Held::Total(_, subject) => {
                self.subject = subject.clone();
                self.place = Place::Operator(subject);
            }
            Held::Calendar => self.place = Place::Words(words::AFTER_GROUP),
        }
    }

    fn sign(&mut self, sign: &str) {
        match sign {
            "," => match self.frames.last().map(|it| &it.holds) {
                Some(Held::List(subject)) => self.place = Place::Value(subject.clone()),
                _ if self.step.is_some() => self.next_field(),
                _ => self.begin(),
            },
            "&" | "&&" | "||" => self.begin(),
            "@" => self.place = Place::Segment,
            "!" => {}
            _ if matches!(self.place, Place::Operator(_)) => self.place = Place::Value(self.subject.clone()),
            _ => {}
        }
    }

    /// A condition begins.
    fn begin(&mut self) {
        self.in_records = false;
        self.between = false;
        self.place = Place::Condition { rows: self.rows, is_first: false };
    }

    /// A condition, or a part of one on records, is over.
    fn condition_is_over(&mut self) {
        if let Some(rows) = self.where_of.take() {
            self.rows = rows;
            self.in_records = true;
        }
        self.place = Place::Words(if self.in_records { words::WHICH } else { words::JOINERS });
    }

    /// A value, or a name in its place.
    fn value(&mut self) {
        match &self.place {
            Place::Value(_) if self.between => self.place = Place::Words(&["and"]),
            Place::Value(_) if matches!(self.frames.last().map(|it| &it.holds), Some(Held::List(_))) => {
                self.place = Place::Words(&[]);
            }
            Place::Kind | Place::Event => {
                self.in_records = true;
                let is_total = matches!(self.frames.last().map(|it| &it.holds), Some(Held::Total(..)));
                self.place = Place::Words(if is_total { words::WHICH_OF_TOTAL } else { words::WHICH });
            }
            Place::Value(_)
            | Place::Condition { .. }
            | Place::Operator(_)
            | Place::TotalOf { .. }
            | Place::Segment
            | Place::SegmentName
            | Place::Field(..)
            | Place::Words(_)
            | Place::Path
            | Place::Nothing => self.condition_is_over(),
        }
    }

    fn word(&mut self, written: &str, before_bracket: bool) {
        let word = &*fold(written.trim_matches('`'));
        match (word, &self.place) {
            ("and", _) if self.between => {
                self.between = false;
                self.place = Place::Value(self.subject.clone());
            }
            ("and" | "or", _) => self.begin(),
            (_, Place::Condition { is_first, .. }) => {
                let is_first = *is_first;
                self.condition_word(word, is_first, before_bracket);
            }
            (_, Place::Operator(_)) => self.operator_word(word),
            ("cased", Place::Value(_)) | ("distinct", Place::TotalOf { .. }) | ("not", Place::Kind) => {}
            ("field", Place::Value(_)) => self.place = Place::Field(self.rows, Wanted::Any),
            ("file", Place::Value(_)) => self.place = Place::Path,
            (_, Place::Kind) => {
                self.records = self.book.kind(word).map(Rows::Records);
                self.value();
            }
            (_, Place::Event) => {
                self.records = self.book.kind(REGISTRATION).map(Rows::Records);
                self.value();
            }
            (_, Place::TotalOf { .. }) => self.total_of(word),
            (_, Place::Value(_)) => self.value(),
            (_, Place::Segment | Place::SegmentName | Place::Field(..)) => self.condition_is_over(),
            (_, Place::Words(_) | Place::Path | Place::Nothing) => self.phrase(word),
        }
    }

    fn condition_word(&mut self, word: &str, is_first: bool, before_bracket: bool) {
        let contacts = Rows::People(Universe::Contacts);
        let is_field = |name: &str| self.rows.table(self.book).find(name).is_some();
        self.place = match word {
            "not" => Place::Condition { rows: self.rows, is_first: false },
            "everyone" | "nobody" => return self.condition_is_over(),
            "from" if is_first => Place::Words(&["contacts", "visitors"]),
            "did" => Place::Kind,
            "registered" => Place::Words(&["for"]),
            "attended" => Place::Event,
            "moved" => Place::Words(&["to", "from"]),
            "became" => Place::Words(&["lost"]),
            "visitor" => Place::Words(&["of"]),
            "segment" => Place::SegmentName,
            "push" if self.rows == contacts && !is_field("push") => {
                self.column_value(Rows::People(Universe::Visitors), "push")
            }
            _ if before_bracket && words::TOTALS.contains(&word) => {
                self.function = Some(word.to_owned());
                return;
            }
            _ => {
                self.subject = self.field(word);
                Place::Operator(self.subject.clone())
            }
        };
    }

    fn field(&self, name: &str) -> Subject {
        let found = match self.rows {
            Rows::People(universe) => find_field(self.book, universe, name).ok().map(|it| it.0),
            Rows::Records(_) => self.rows.table(self.book).find(name).map(FieldRef::Column),
        };
        found.map_or(Subject::Unknown, |it| Subject::Field(self.rows, it))
    }

    /// A value of a column of other rows.
    fn column_value(&self, rows: Rows, column: &str) -> Place {
        let column = rows.table(self.book).find(column);
        Place::Value(column.map_or(Subject::Unknown, |it| Subject::Field(rows, FieldRef::Column(it))))
    }

    fn operator_word(&mut self, word: &str) {
        let is_date = matches!(self.subject.field_type(self.book), Some(FieldType::Date | FieldType::Time));
        self.place = match word {
            "not" => return,
            "is" => Place::Words(&["empty", "not empty"]),
            "in" if is_date => Place::Words(words::DIRECTIONS),
            "in" | "contains" | "like" | "matches" | "before" | "after" | "on" | "since" | "all" | "none" => {
                Place::Value(self.subject.clone())
            }
            "starts" | "ends" => Place::Words(&["with"]),
            "between" => {
                self.between = true;
                Place::Value(self.subject.clone())
            }
            "more" => Place::Words(&["than"]),
            "anniversary" => Place::Words(words::WINDOWS),
            "from" => self.column_value(Rows::People(Universe::Contacts), "stage"),
            _ => return self.condition_is_over(),
        };
    }

    fn total_of(&mut self, word: &str) {
        let (kind, property) = word.split_once('.').unwrap_or((word, ""));
        let records = self.book.kind(kind).map(Rows::Records);
        let table = records.map(|it| it.table(self.book));
        let column_type = table.and_then(|it| it.find(property).map(|column| it.columns[column].field_type.clone()));
        if let Some(Held::Total(function, subject)) = self.frames.last_mut().map(|it| &mut it.holds) {
            *subject = match function.as_str() {
                "count" => Subject::Total(FieldType::Number(NumberKind::Int)),
                _ => column_type.map_or(Subject::Unknown, Subject::Total),
            };
        }
        self.records = records;
        self.in_records = records.is_some();
        self.place = Place::Words(if self.in_records { words::WHICH_OF_TOTAL } else { &[] });
    }

    /// A word among those that follow a kind, make a window or stand between conditions.
    fn phrase(&mut self, word: &str) {
        let is_number = word.starts_with(|c: char| c.is_ascii_digit());
        let is_counted = self.in_records && matches!(self.place, Place::Nothing);
        self.place = match word {
            "not" => return,
            "where" if self.in_records => {
                self.where_of = Some(self.rows);
                self.rows = self.records.unwrap_or(self.rows);
                self.in_records = false;
                Place::Condition { rows: self.rows, is_first: false }
            }
            "then" => Place::Kind,
            "at" => Place::Words(&["least", "most"]),
            "more" | "fewer" => Place::Words(&["than"]),
            "least" | "most" | "exactly" | "than" | "within" => Place::Nothing,
            "in" => Place::Words(words::DIRECTIONS),
            "last" | "next" | "this" => Place::Words(words::UNITS),
            "before" | "after" | "on" | "since" => Place::Value(Subject::Total(FieldType::Time)),
            "for" => Place::Event,
            "to" | "from" => {
                self.in_records = true;
                self.column_value(Rows::People(Universe::Contacts), "stage")
            }
            "of" => {
                let visitors = Rows::People(Universe::Visitors);
                (self.records, self.in_records) = (Some(visitors), true);
                self.column_value(visitors, "audience")
            }
            "with" => Place::Value(self.subject.clone()),
            "lost" => {
                self.in_records = true;
                return self.condition_is_over();
            }
            "visitors" | "contacts" => {
                let universe = if word == "visitors" { Universe::Visitors } else { Universe::Contacts };
                self.rows = Rows::People(universe);
                return self.begin();
            }
            _ if is_number && is_counted => Place::Words(words::TIMES_OR_UNITS),
            _ if is_number => Place::Words(words::UNITS),
            _ if words::UNITS.contains(&word) && matches!(self.subject, Subject::Field(..)) && !self.in_records => {
                Place::Words(words::AGO_OR_JOINERS)
            }
            _ => return self.condition_is_over(),
        };
    }

    fn step_word(&mut self, step: &str, word: &str, before_bracket: bool) {
        let any = Place::Field(self.rows, Wanted::Any);
        let measured = Place::Field(self.rows, Wanted::Measured);
        let is_number = word.starts_with(|c: char| c.is_ascii_digit());
        self.place = match (step, word) {
            ("", _) => {
                self.step = Some(word.to_owned());
                match word {
                    "by" | "show" => any,
                    "stats" | "histogram" => measured,
                    "journey" => Place::Words(words::WINDOWS),
                    "export" => Place::Path,
                    "top" | "sample" | "save" => Place::Nothing,
                    _ => Place::Words(&[]),
                }
            }
            ("by", _) if before_bracket => Place::Words(&[]),
            ("top", "by") => measured,
            ("show", "by") | ("sample", "per") | ("export", "columns") => any,
            ("show", "order") => Place::Words(&["by"]),
            (_, "limit" | "offset" | "bins" | "seed") | ("by", "top") => Place::Nothing,
            ("journey", "last" | "next" | "this") => Place::Words(words::UNITS),
            ("journey", "in") => Place::Words(words::DIRECTIONS),
            ("top", _) if is_number => Place::Words(&["by"]),
            ("sample", _) if is_number => Place::Words(&["per", "seed"]),
            ("journey", _) if is_number => Place::Words(words::UNITS),
            ("by", _) => Place::Words(words::AFTER_GROUP),
            ("show", _) => Place::Words(words::AFTER_SHOWN),
            ("histogram", _) => Place::Words(&["bins"]),
            ("export", _) => Place::Words(&["columns", "overwrite"]),
            ("save", _) => Place::Words(&["overwrite"]),
            (_, _) => Place::Words(&[]),
        };
    }

    /// A text within a step: the name of `save`, the file of `export`.
    fn step_text(&mut self) {
        self.place = match self.step.as_deref() {
            Some("export") => Place::Words(&["columns", "overwrite"]),
            Some("save") => Place::Words(&["overwrite"]),
            Some(_) | None => Place::Words(&[]),
        };
    }

    /// A comma within a step: the next field, if fields are what it takes.
    fn next_field(&mut self) {
        self.place = match self.step.as_deref() {
            Some("by" | "show" | "export") => Place::Field(self.rows, Wanted::Any),
            Some(_) | None => Place::Words(&[]),
        };
    }
}
