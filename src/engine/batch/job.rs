//! [`Job`]: a segment and its options, resolved against the book: what is left is to evaluate and to write it.

use super::definition::canonical;
use super::formats::{OutputFormat, RowFormat};
use super::options::SegmentOptions;
use crate::book::{FieldType, Universe};
use crate::engine::{Engine, Error, PeopleColumns, segments};
use crate::model::{ColumnId, Diagnostic, NumberKind, SourceId};
use crate::plan::{FieldRef, Prepared, ResolveContext, Segment, find_field};
use crate::syntax::{self, ast};
use crate::write::Content;

/// A segment to materialize.
pub(super) struct Job {
    pub(super) tag: String,
    pub(super) name: Option<String>,
    pub(super) definition: String,
    pub(super) definition_sha256: String,
    pub(super) options: SegmentOptions,
    /// The filter, and the sample as its subset.
    pub(super) prepared: Prepared,
    pub(super) formats: Vec<OutputFormat>,
    /// The fields of each row.
    pub(super) columns: PeopleColumns,
    /// The fields whose values are folders.
    pub(super) partition: Vec<(FieldRef, String)>,
    /// The field of the ids, with its name.
    pub(super) id_column: Option<(ColumnId, String)>,
}

impl Job {
    pub(super) fn resolve(
        engine: &Engine,
        segment: Segment<'_>,
        options: SegmentOptions,
        context: &ResolveContext<'_>,
    ) -> Result<Self, Error> {
        let mut prepared = segments::prepare(segment, Vec::new(), context)?;
        let resolver = Options { engine, tag: segment.tag, universe: prepared.universe };
        if let Some(sample) = &options.sample {
            prepared = segments::prepare(segment, vec![resolver.sample(sample)?], context)
                .map_err(|error| resolver.wrong("sample", error.to_string()))?;
        }
        let formats = options.formats.clone().unwrap_or_else(|| vec![OutputFormat::Rows(RowFormat::Parquet)]);
        let partition = resolver.partition(options.partition.as_deref().unwrap_or_default())?;
        let columns = resolver.columns(options.columns.as_deref().unwrap_or_default(), &partition)?;
        let id_column = options.id_column.as_deref().map(|it| resolver.id_column(it)).transpose()?;
        resolver.check(&options, &formats, &columns)?;
        let definition = canonical(segment, context.segments).unwrap_or_default();
        Ok(Self {
            tag: segment.tag.to_owned(),
            name: segment.display.map(str::to_owned),
            definition_sha256: Content::of(definition.as_bytes()).sha256,
            definition,
            options,
            prepared,
            formats,
            columns,
            partition,
            id_column,
        })
    }

    pub(super) fn mailable_only(&self) -> bool {
        self.options.mailable == Some(true)
    }

    pub(super) fn wants_changes(&self) -> bool {
        self.options.changes == Some(true)
    }

    /// Whether its bitmaps hold rows of the files.
    pub(super) fn wants_file_rows(&self) -> bool {
        self.id_column.is_none() && self.formats.iter().any(|it| matches!(it, OutputFormat::Bitmap(_)))
    }

    pub(super) fn wrong(&self, option: &'static str, message: impl Into<String>) -> Error {
        Error::SegmentOption { tag: self.tag.clone(), option, message: message.into() }
    }
}

/// The options of one segment, being resolved.
struct Options<'a> {
    engine: &'a Engine,
    tag: &'a str,
    universe: Universe,
}

impl Options<'_> {
    fn sample(&self, words: &str) -> Result<ast::Step, Error> {
        let told = |errors: Vec<Diagnostic>| {
            let first = errors.into_iter().next().map_or_else(|| "it can't be read".to_owned(), |it| it.message);
            self.wrong("sample", format!("{first}; write it as `1000`, `10%` or `100 seed 7 per country`"))
        };
        let query = syntax::parse(&format!("everyone | sample {words}"), SourceId::QUERY).map_err(told)?;
        let mut steps = query.steps.into_iter();
        match (steps.next(), steps.next()) {
            (Some(step), None) => Ok(step),
            (_, _) => Err(self.wrong("sample", "it is more than a sample; write it as `1000` or `10%`")),
        }
    }

    fn field(&self, option: &'static str, name: &str) -> Result<(FieldRef, String), Error> {
        find_field(self.engine.book(), self.universe, name).map_err(|error| {
            let help: String = error.help.iter().map(|it| format!("; {it}")).collect();
            self.wrong(option, format!("{}{help}", error.message))
        })
    }

    fn partition(&self, names: &[String]) -> Result<Vec<(FieldRef, String)>, Error> {
        let mut all: Vec<(FieldRef, String)> = Vec::new();
        for name in names {
            let (field, header) = self.field("partition", name)?;
            if matches!(self.field_type(field), Some(FieldType::List)) {
                return Err(self.wrong("partition", format!("`{header}` has several values a person")));
            }
            if header == self.universe.key() {
                return Err(self.wrong("partition", format!("`{header}` would make a folder a person")));
            }
            if all.iter().any(|it| it.0 == field) {
                return Err(self.wrong("partition", format!("`{header}` stands twice")));
            }
            all.push((field, header));
        }
        Ok(all)
    }

    /// The fields without those that are folders; the key if none was named.
    fn columns(&self, names: &[String], partition: &[(FieldRef, String)]) -> Result<PeopleColumns, Error> {
        let mut fields: Vec<(FieldRef, String)> = Vec::new();
        for name in names {
            let (field, header) = self.field("columns", name)?;
            if fields.iter().any(|it| it.0 == field) {
                return Err(self.wrong("columns", format!("`{header}` stands twice")));
            }
            fields.push((field, header));
        }
        if names.is_empty() {
            fields.push((FieldRef::Column(0), self.universe.key().to_owned()));
        }
        fields.retain(|it| partition.iter().all(|folder| folder.0 != it.0));
        if fields.is_empty() {
            return Err(self.wrong("columns", "all of them are folders of `partition`; name another one"));
        }
        Ok(PeopleColumns { fields })
    }

    fn id_column(&self, name: &str) -> Result<(ColumnId, String), Error> {
        let (field, header) = self.field("id_column", name)?;
        match (field, self.field_type(field)) {
            (FieldRef::Column(column), Some(FieldType::Number(NumberKind::Int))) => Ok((column, header)),
            (FieldRef::Column(_) | FieldRef::Funnel, _) => {
                Err(self.wrong("id_column", format!("`{header}` doesn't hold whole numbers")))
            }
        }
    }

    fn check(&self, options: &SegmentOptions, formats: &[OutputFormat], columns: &PeopleColumns) -> Result<(), Error> {
        if let Some(twice) = formats.iter().enumerate().find(|(at, it)| formats[..*at].contains(it)) {
            return Err(self.wrong("formats", format!("`{}` stands twice", twice.1)));
        }
        if options.mailable == Some(true) && self.universe == Universe::Visitors {
            return Err(self.wrong("mailable", "visitors aren't mailed; only a segment of contacts can have it"));
        }
        if options.min_rows.zip(options.max_rows).is_some_and(|(min, max)| min > max) {
            return Err(self.wrong("min_rows", "it is larger than max_rows, so that nothing would be written"));
        }
        let has_key = columns.fields.iter().any(|it| it.0 == FieldRef::Column(0));
        if options.changes == Some(true) && !(has_key && formats.contains(&OutputFormat::Rows(RowFormat::Parquet))) {
            let key = self.universe.key();
            let message = format!(
                "they are told from the Parquet file of the run before: add `parquet` to formats, and `{key}` to columns"
            );
            return Err(self.wrong("changes", message));
        }
        Ok(())
    }

    fn field_type(&self, field: FieldRef) -> Option<&FieldType> {
        match field {
            FieldRef::Column(column) => Some(&self.engine.book().table(self.universe).columns[column].field_type),
            FieldRef::Funnel => None,
        }
    }

    fn wrong(&self, option: &'static str, message: impl Into<String>) -> Error {
        Error::SegmentOption { tag: self.tag.to_owned(), option, message: message.into() }
    }
}
