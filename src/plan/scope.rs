//! Names of fields: which table they are looked up in, and what is said when they aren't there.

use super::resolve::{Checked, Resolver, wrong};
use super::tree::FieldRef;
use crate::book::{Book, FieldType, IrregularityKind, REGISTRATION, STAGE_CHANGE, Table, Universe};
use crate::model::{Code, Diagnostic, KindId, Span, fold, nearest};
use crate::syntax::ast;

/// Where a name is looked up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    /// What the rows are.
    pub(super) place: Place,
    /// Their table.
    pub(super) table: &'a Table,
}

/// What the rows of a [`Scope`] are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The people of a query.
    People(Universe),
    /// The visitors of `visitor of "A" where …`.
    VisitorWhere,
    /// The records of a kind, in a `where`.
    Records(KindId),
}

impl<'a> Scope<'a> {
    /// The people of a universe.
    pub(super) fn people(book: &'a Book, universe: Universe) -> Self {
        Self { place: Place::People(universe), table: book.table(universe) }
    }

    /// The records of a kind.
    pub(super) fn records(book: &'a Book, kind: KindId) -> Self {
        Self { place: Place::Records(kind), table: &book.kinds[kind].table }
    }

    /// Whether it is the contacts.
    pub(super) fn is_contacts(self) -> bool {
        self.place == Place::People(Universe::Contacts)
    }

    /// Whether it is a `where`.
    pub(super) fn is_where(self) -> bool {
        match self.place {
            Place::People(_) => false,
            Place::VisitorWhere | Place::Records(_) => true,
        }
    }

    /// The part of the book that its columns come from.
    fn part(self, book: &Book) -> &'static str {
        match self.place {
            Place::People(Universe::Contacts) => "contacts",
            Place::People(Universe::Visitors) | Place::VisitorWhere => "visitors",
            Place::Records(kind) => match book.kinds[kind].folded.as_str() {
                REGISTRATION => "registrations",
                STAGE_CHANGE => "journey",
                _ => "activity",
            },
        }
    }

    /// Every name that a field has here.
    fn names(self) -> impl Iterator<Item = &'a str> {
        let columns = self.table.columns.iter();
        columns
            .flat_map(|it| {
                std::iter::once(it.tag.as_str()).chain(it.display.as_deref()).chain(it.aliases.iter().map(|it| &**it))
            })
            .chain(self.is_contacts().then_some("funnel"))
    }

    /// The field of a name, without its part: `domain` of `email.domain`.
    pub(super) fn find_name(self, name: &str) -> Option<FieldRef> {
        if self.is_contacts() && fold(name) == "funnel" {
            return Some(FieldRef::Funnel);
        }
        self.table.find(name).map(FieldRef::Column)
    }

    /// The type of a field; none for `funnel`, which is a stage or `lost`.
    pub(super) fn field_type(self, field: FieldRef) -> Option<&'a FieldType> {
        match field {
            FieldRef::Column(column) => Some(&self.table.columns[column].field_type),
            FieldRef::Funnel => None,
        }
    }

    /// The header of a field.
    pub(super) fn header(self, field: FieldRef) -> String {
        match field {
            FieldRef::Column(column) => self.table.columns[column].tag.clone(),
            FieldRef::Funnel => "funnel".to_owned(),
        }
    }
}

/// The field of a tag or display name and its header, as `show` would take it; the error has no place.
pub fn find_field(book: &Book, universe: Universe, name: &str) -> Result<(FieldRef, String), Diagnostic> {
    let scope = Scope::people(book, universe);
    match scope.find_name(name.trim()) {
        Some(field) => Ok((field, scope.header(field))),
        None => Err(Diagnostic { span: None, ..unknown(book, scope, name.trim(), Span::default()) }),
    }
}

/// A field as written.
pub(super) fn written(field: &ast::Field) -> String {
    match &field.part {
        Some(part) => format!("{}.{}", field.name.text, part.text),
        None => field.name.text.clone(),
    }
}

impl<'a> Resolver<'a> {
    /// The field of a name, or what is wrong with the name.
    pub(super) fn find(&self, field: &ast::Field, scope: Scope<'a>) -> Checked<FieldRef> {
        let name = written(field);
        if let Some(found) = scope.find_name(&name) {
            return Ok(found);
        }
        let place = if field.part.is_some() { field.span } else { field.name.span };
        let mut error = unknown(self.book(), scope, &name, place);
        if let Some(part) = &field.part
            && self.book().kind(&field.name.text).is_some()
        {
            let (kind, part) = (&field.name.text, &part.text);
            error = error.help(format!(
                "a property of records stands in a total, `max({kind}.{part})`, or after `where`: `did {kind} where {part} …`"
            ));
        }
        wrong(error)
    }
}

/// The error of a name that no field has.
fn unknown(book: &Book, scope: Scope<'_>, name: &str, span: Span) -> Diagnostic {
    if let Some(why) = left_out(book, scope, name) {
        return Diagnostic::error(
            Code::UnknownField,
            span,
            format!("the column `{name}` was left out of the book: {why}"),
        )
        .help(near(name, scope.names()));
    }
    let what = match scope.place {
        Place::Records(_) => "property",
        Place::People(_) | Place::VisitorWhere => "field",
    };
    let error = Diagnostic::error(Code::UnknownField, span, format!("unknown {what} `{name}`{}", of_whom(book, scope)));
    error.help(near(name, scope.names())).help(elsewhere(book, scope, name)).help(any_names(scope, name))
}

fn of_whom(book: &Book, scope: Scope<'_>) -> String {
    match scope.place {
        Place::People(Universe::Contacts) => String::new(),
        Place::People(Universe::Visitors) | Place::VisitorWhere => " of visitors".to_owned(),
        Place::Records(kind) => format!(" of `{}`", book.kinds[kind].name),
    }
}

/// Why a column of that name isn't in the book.
fn left_out<'b>(book: &'b Book, scope: Scope<'_>, name: &str) -> Option<&'b str> {
    let (part, name) = (scope.part(book), fold(name));
    book.irregularities.iter().find_map(|it| match &it.kind {
        IrregularityKind::ColumnLeftOut(why)
            if it.part == part && it.column.as_deref().is_some_and(|column| fold(column) == name) =>
        {
            Some(why.as_str())
        }
        IrregularityKind::ColumnLeftOut(_)
        | IrregularityKind::MissingKey
        | IrregularityKind::DuplicateKey
        | IrregularityKind::UnknownContact
        | IrregularityKind::MissingTime
        | IrregularityKind::MissingKind
        | IrregularityKind::ReservedKind
        | IrregularityKind::UnknownName
        | IrregularityKind::UndeclaredChoice
        | IrregularityKind::Unparsed
        | IrregularityKind::TimeOutOfRange => None,
    })
}

/// Where such a name would be found.
fn elsewhere(book: &Book, scope: Scope<'_>, name: &str) -> Option<String> {
    let contacts = Scope::people(book, Universe::Contacts).find_name(name).is_some();
    let visitors = book.visitors.find(name).is_some();
    match scope.place {
        Place::People(Universe::Contacts) if visitors => {
            Some(format!("`{name}` is a field of visitors: ask `from visitors`, or `visitor of \"…\" where {name} …`"))
        }
        Place::People(Universe::Contacts) if fold(name) == "funnel_status" => {
            Some("`stage` is the last stage reached, `funnel` that stage or `lost`".to_owned())
        }
        Place::People(Universe::Contacts) => {
            book.kind(name).map(|_| format!("`{name}` is a kind of record: `did {name}`, `count({name}) >= 1`"))
        }
        Place::People(Universe::Visitors) | Place::VisitorWhere if contacts => {
            Some(format!("`{name}` is a field of contacts, not of visitors"))
        }
        Place::Records(_) if contacts => {
            Some(format!("`{name}` is a field of the contact: it stands outside `where` and its brackets"))
        }
        Place::People(Universe::Visitors) | Place::VisitorWhere | Place::Records(_) => None,
    }
}

/// Where nothing is near: what there is, if that is few.
fn any_names(scope: Scope<'_>, name: &str) -> Option<String> {
    if !nearest(name, scope.names()).is_empty() || scope.table.columns.is_empty() {
        return None;
    }
    let tags = scope.table.columns.iter().take(12).map(|it| it.tag.as_str());
    let more = if scope.table.columns.len() > 12 { ", …" } else { "" };
    Some(format!("there are {}{more}", listed(tags)))
}

/// The nearest names in a sentence; none if all are far.
pub(super) fn near<'n>(wanted: &str, candidates: impl IntoIterator<Item = &'n str>) -> Option<String> {
    let found = nearest(wanted, candidates);
    (!found.is_empty()).then(|| format!("the nearest is {}", or_listed(&found)))
}

/// Names in backticks.
pub(super) fn listed<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    names.into_iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")
}

fn or_listed(names: &[&str]) -> String {
    names.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(" or ")
}
