//! From a column of the files to a [`Column`], but for its index: system and custom ones alike.

use super::error::LoadError;
use super::settings::{self, FieldSettings};
use super::shape::Shape;
use super::source::{Pick, Source, SourceColumn};
use super::values::{Merged, Values, merge};
use super::{Notes, Session, convert, note};
use crate::book::{Column, ColumnSource, FieldType, Index, IrregularityKind, Layout};
use crate::index::TextAccess;
use crate::model::{NameSet, NumberKind, STAGES, fold};

/// A system column, as `book.md` has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct System {
    pub(super) tag: &'static str,
    pub(super) aliases: &'static [&'static str],
    pub(super) sort: Sort,
}

/// What a system column must hold.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sort {
    Text,
    /// Lower-cased and trimmed.
    Email,
    Known(NameSet),
    Stage,
    Flag,
    List,
    Time,
    Number,
}

impl Sort {
    const fn expected(self) -> &'static str {
        match self {
            Self::Text | Self::Email | Self::Known(_) | Self::Stage => "text",
            Self::Flag => "booleans",
            Self::List => "lists of text",
            Self::Time => "timestamps",
            Self::Number => "numbers",
        }
    }

    fn fits(self, shape: &Shape) -> bool {
        match self {
            Self::Text | Self::Email | Self::Known(_) | Self::Stage => *shape == Shape::Text,
            Self::Flag => *shape == Shape::Flag,
            Self::List => *shape == Shape::List,
            Self::Time => matches!(shape, Shape::Date | Shape::Time),
            Self::Number => shape.is_number(),
        }
    }

    /// The type of a column that the files lack, or that holds nothing.
    const fn field_type(self) -> FieldType {
        match self {
            Self::Text | Self::Email => FieldType::Text,
            Self::Known(names) => FieldType::Known(names),
            Self::Stage => FieldType::Stage,
            Self::Flag => FieldType::Flag,
            Self::List => FieldType::List,
            Self::Time => FieldType::Time,
            Self::Number => FieldType::Number(NumberKind::Int),
        }
    }
}

/// A column with its values; without any it is missing throughout.
pub(super) struct Loaded {
    pub(super) column: Column,
    pub(super) values: Option<Values>,
}

impl Loaded {
    /// The column with the index of all its rows.
    pub(super) fn index(mut self, layout: &Layout, session: &Session<'_>) -> Result<Column, LoadError> {
        let access = self.access(session)?;
        if let Some(values) = self.values {
            self.column.index = values.into_index(layout, access);
        }
        Ok(self.column)
    }

    /// How its texts are to be found, if `book.toml` says so.
    pub(super) fn access(&self, session: &Session<'_>) -> Result<Option<TextAccess>, LoadError> {
        let tag = &self.column.tag;
        let asked = session.settings.fields.get(&*fold(tag)).and_then(|it| it.access);
        let (Some(access), Some(values)) = (asked, &self.values) else { return Ok(asked) };
        match (access, values) {
            (TextAccess::Bitmaps, Values::Text(texts, _)) if texts.len() > TextAccess::MOST_BITMAPS => {
                let (n_texts, most) = (texts.len(), TextAccess::MOST_BITMAPS);
                Err(settings::wrong(
                    format!(
                        "fields.{tag}.index: it has {n_texts} different texts, and at most {most} have a bitmap each"
                    ),
                    "write index = \"codes\", or leave it out",
                ))
            }
            (_, Values::Number(_) | Values::List(_) | Values::Flag(_)) => Err(settings::wrong(
                format!("fields.{tag}.index: only texts and choices are found in more than one way"),
                "leave it out",
            )),
            (_, Values::Text(..)) => Ok(asked),
        }
    }
}

/// A system column that is missing throughout.
pub(super) fn lacking(system: System, session: &Session<'_>) -> Loaded {
    let column = Column {
        tag: system.tag.to_owned(),
        display: display(session, system.tag),
        aliases: system.aliases.iter().map(|it| (*it).into()).collect(),
        field_type: system.sort.field_type(),
        source: ColumnSource::System,
        index: Index::Missing,
    };
    Loaded { column, values: None }
}

/// Reads a system column; one that the files lack is missing throughout.
pub(super) fn system(
    source: &Source,
    system: System,
    pick: Pick<'_>,
    session: &Session<'_>,
    notes: &mut Notes,
) -> Result<Loaded, LoadError> {
    let Loaded { mut column, .. } = lacking(system, session);
    let Some(found) = source.column(system.tag) else { return Ok(Loaded { column, values: None }) };
    let Some(values) = checked(source, found, system.sort, pick, session, notes)? else {
        return Ok(Loaded { column, values: None });
    };
    let values = match system.sort {
        Sort::Known(names) => known(source, system.tag, values, names, notes),
        Sort::Stage => known(source, system.tag, values, STAGES, notes),
        Sort::Email => convert::map_texts(values, |text| super::keys::email(text).into_owned()),
        Sort::Number => {
            column.field_type = convert::field_type(&found.shape);
            values
        }
        Sort::Text | Sort::Flag | Sort::List | Sort::Time => values,
    };
    Ok(Loaded { column, values: Some(values) })
}

fn known(source: &Source, tag: &str, values: Values, names: NameSet, notes: &mut Notes) -> Values {
    let (values, unknown) = convert::known(values, names);
    note(notes, source.part, Some(tag), IrregularityKind::UnknownName, unknown);
    values
}

/// The values of a system column, if it holds any; of another type it is an error.
pub(super) fn checked(
    source: &Source,
    column: &SourceColumn,
    sort: Sort,
    pick: Pick<'_>,
    session: &Session<'_>,
    notes: &mut Notes,
) -> Result<Option<Values>, LoadError> {
    if column.shape == Shape::Null {
        return Ok(None);
    }
    if !sort.fits(&column.shape) {
        return Err(source.wrong_type(column, sort.expected()));
    }
    // A day where an instant is meant is its first moment.
    let column = match sort {
        Sort::Time => &column.of_shape(Shape::Time),
        Sort::Text | Sort::Email | Sort::Known(_) | Sort::Stage | Sort::Flag | Sort::List | Sort::Number => column,
    };
    read(source, column, pick, session, notes)
}

/// Reads a custom column as `book.toml` declares it; none if it had to be left out, which is noted.
pub(super) fn custom(
    source: &Source,
    column: &SourceColumn,
    pick: Pick<'_>,
    session: &Session<'_>,
    notes: &mut Notes,
) -> Result<Option<Loaded>, LoadError> {
    let field: Option<&FieldSettings> = session.settings.fields.get(&*fold(&column.name));
    convert::check_declared(source, column, field)?;
    let mut loaded = Loaded {
        column: Column {
            tag: column.name.clone(),
            display: field.and_then(|it| it.display.clone()),
            aliases: Vec::new(),
            field_type: convert::field_type(&column.shape),
            source: ColumnSource::Custom,
            index: Index::Missing,
        },
        values: None,
    };
    let Some(values) = read(source, column, pick, session, notes)? else { return Ok(None) };
    let converted = convert::declared(values, &column.shape, field, &session.times);
    if let Some((kind, count)) = converted.irregular {
        note(notes, source.part, Some(&column.name), kind, count);
    }
    loaded.column.field_type = converted.field_type;
    loaded.values = Some(converted.values);
    Ok(Some(loaded))
}

fn read(
    source: &Source,
    column: &SourceColumn,
    pick: Pick<'_>,
    session: &Session<'_>,
    notes: &mut Notes,
) -> Result<Option<Values>, LoadError> {
    let mut left_out = |why: String| {
        note(notes, source.part, Some(&column.name), IrregularityKind::ColumnLeftOut(why), 1);
        Ok(None)
    };
    if let Shape::Other(words) = &column.shape {
        return left_out(format!("{words} can't be indexed"));
    }
    let Merged { values, beyond, out_of_range } = merge(source.read(column, pick, session, |piece| piece)?);
    if beyond {
        return left_out(match column.shape {
            Shape::Decimal(_) => "a value has more than 18 digits".to_owned(),
            Shape::Null | Shape::Text | Shape::Flag | Shape::Int | Shape::Float => {
                "a value has more than 63 bits".to_owned()
            }
            Shape::Date | Shape::Time | Shape::List | Shape::Other(_) => "a value is too large".to_owned(),
        });
    }
    note(notes, source.part, Some(&column.name), IrregularityKind::TimeOutOfRange, out_of_range);
    Ok(Some(values))
}

pub(super) fn display(session: &Session<'_>, tag: &str) -> Option<String> {
    session.settings.fields.get(tag).and_then(|it| it.display.clone())
}

/// Notes that a column has a name that isn't free.
pub(super) fn name_is_taken(source: &Source, column: &SourceColumn, notes: &mut Notes) {
    let why = "its name is one of SegQL's own; rename it, or map it under [columns] in book.toml".to_owned();
    note(notes, source.part, Some(&column.name), IrregularityKind::ColumnLeftOut(why), 1);
}
