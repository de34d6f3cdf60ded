//! The contacts: rows by key, system fields in their order, then custom ones.

use rayon::prelude::*;

use super::columns::{self, Loaded, Sort, System};
use super::error::LoadError;
use super::keys::{self, Keys};
use super::source::{Pick, Source, SourceColumn};
use super::texts::NO_CODE;
use super::values::Values;
use super::{Notes, Session, note};
use crate::book::{Column, ColumnSource, FieldType, Index, IrregularityKind, KeyIndex, Layout, Table};
use crate::index::{Dictionary, DictionaryBuilder, TextIndex, TextShard};
use crate::model::{STAGES, STATUSES, canonical, fold};

const fn field(tag: &'static str, sort: Sort) -> System {
    System { tag, aliases: &[], sort }
}

/// The system columns that are as the file has them, those before the funnel and those after it.
const BEFORE_FUNNEL: [System; 5] = [
    field("name", Sort::Text),
    field("status", Sort::Known(STATUSES)),
    System { tag: "labels", aliases: &["label"], sort: Sort::List },
    field("source", Sort::Text),
    field("subscribed_at", Sort::Time),
];
const AFTER_FUNNEL: [System; 4] = [
    field("stage_since", Sort::Time),
    field("last_open", Sort::Time),
    field("last_click", Sort::Time),
    field("last_send", Sort::Time),
];
/// Names of columns that the file may have, or that are made here.
const OWN: [&str; 7] = ["email", "email.domain", "funnel_status", "lost", "account_state", "stage", "label"];

/// What is read on its own, in parallel with the rest.
enum Task<'a> {
    System(System),
    Funnel,
    Custom(&'a SourceColumn),
}

/// The tags of all system fields, in lower case.
pub(super) fn system_tags() -> impl Iterator<Item = &'static str> {
    let as_they_are = BEFORE_FUNNEL.iter().chain(&AFTER_FUNNEL).map(|it| it.tag);
    OWN.into_iter().chain(["funnel"]).chain(as_they_are)
}

/// Reads the contacts, and the index of their keys.
pub(super) fn load(source: &Source, session: &Session<'_>, notes: &mut Notes) -> Result<(Table, KeyIndex), LoadError> {
    let key = source.required(&["email"])?;
    if key.shape != super::shape::Shape::Text {
        return Err(source.wrong_type(key, "text"));
    }
    let tasks = tasks(source, notes);
    let keys = keys::read(source, key, session, keys::email, notes)?;
    let layout = Layout::even(keys.n_rows(), session.shard_rows());
    let Keys { keep, parts, hashed } = keys;
    let (of_keys, columns) = rayon::join(
        || -> Result<_, LoadError> {
            let dictionary = Dictionary::join(parts);
            let domain = domain(session, &dictionary, &layout)?;
            Ok((KeyIndex::build(&hashed), [key_column("email", session, dictionary, &layout), domain]))
        },
        || -> Vec<Result<(Vec<Column>, Notes), LoadError>> {
            let one = |task: &Task<'_>| run(task, source, Pick::kept(keep.as_deref()), &layout, session);
            tasks.par_iter().with_max_len(1).map(one).collect()
        },
    );
    let (index, keys) = of_keys?;
    let mut all = Vec::from(keys);
    for result in columns {
        let (columns, told) = result?;
        all.extend(columns);
        notes.extend(told);
    }
    Ok((Table { layout, columns: all }, index))
}

fn tasks<'a>(source: &'a Source, notes: &mut Notes) -> Vec<Task<'a>> {
    let mut tasks = Vec::from(BEFORE_FUNNEL.map(Task::System));
    tasks.push(Task::Funnel);
    tasks.extend(AFTER_FUNNEL.map(Task::System));
    let made = ["email.domain", "stage", "label", "funnel"];
    for column in &source.columns {
        let folded = fold(&column.name);
        match system_tags().find(|tag| *tag == folded) {
            None => tasks.push(Task::Custom(column)),
            Some(tag) if column.name != tag || made.contains(&tag) => columns::name_is_taken(source, column, notes),
            Some(_) => {}
        }
    }
    tasks
}

fn run(
    task: &Task<'_>,
    source: &Source,
    pick: Pick<'_>,
    layout: &Layout,
    session: &Session<'_>,
) -> Result<(Vec<Column>, Notes), LoadError> {
    let mut notes = Notes::new();
    let columns = match task {
        Task::System(system) => {
            vec![columns::system(source, *system, pick, session, &mut notes)?.index(layout, session)?]
        }
        Task::Custom(column) => {
            let loaded = columns::custom(source, column, pick, session, &mut notes)?;
            loaded.map(|it| it.index(layout, session)).transpose()?.into_iter().collect()
        }
        Task::Funnel => funnel(source, pick, layout, session, &mut notes)?,
    };
    Ok((columns, notes))
}

/// The key column of contacts or visitors, whose codes are its rows.
pub(super) fn key_column(tag: &str, session: &Session<'_>, dictionary: Dictionary, layout: &Layout) -> Column {
    let shards = (0..layout.n_shards()).map(|shard| TextShard::of_keys(layout.rows(shard))).collect();
    Column {
        tag: tag.to_owned(),
        display: columns::display(session, tag),
        aliases: Vec::new(),
        field_type: FieldType::Text,
        source: ColumnSource::System,
        index: Index::Text(TextIndex { dictionary, shards }),
    }
}

/// What follows the last `@` of the keys.
fn domain(session: &Session<'_>, keys: &Dictionary, layout: &Layout) -> Result<Column, LoadError> {
    let mut dictionary = DictionaryBuilder::default();
    let rows = 0..keys.len();
    let codes = match keys.tails() {
        Some(tails) => {
            let mut code = |tail: usize| tails.tail(tail).strip_prefix('@').map_or(NO_CODE, |it| dictionary.code(it));
            let by_tail: Vec<u32> = (0..tails.n_tails()).map(&mut code).collect();
            rows.map(|row| by_tail[tails.code(row)]).collect()
        }
        None => rows
            .map(|row| keys.text(row as u32).rsplit_once('@').map_or(NO_CODE, |(_, domain)| dictionary.code(domain)))
            .collect(),
    };
    let column = Column {
        tag: "email.domain".to_owned(),
        display: columns::display(session, "email.domain"),
        aliases: Vec::new(),
        field_type: FieldType::Text,
        source: ColumnSource::Derived,
        index: Index::Missing,
    };
    Loaded { column, values: Some(Values::Text(dictionary, codes)) }.index(layout, session)
}

/// `stage`, `lost` and `account_state`, which the three columns of the file make together.
fn funnel(
    source: &Source,
    pick: Pick<'_>,
    layout: &Layout,
    session: &Session<'_>,
    notes: &mut Notes,
) -> Result<Vec<Column>, LoadError> {
    let n_rows = layout.n_rows() as usize;
    let mut lost = vec![false; n_rows];
    let account = columns::system(source, field("account_state", Sort::Text), pick, session, notes)?;
    mark(&mut lost, account.values.as_ref(), |text| canonical(&["inactive"], text).is_some());
    let mut flag = columns::system(source, field("lost", Sort::Flag), pick, session, notes)?;
    if let Some(Values::Flag(flags)) = &flag.values {
        lost.iter_mut().zip(flags).for_each(|(lost, flag)| *lost |= *flag == Some(true));
    }
    let mut stage = columns::lacking(field("stage", Sort::Stage), session);
    if let Some(column) = source.column("funnel_status")
        && let Some(values) = columns::checked(source, column, Sort::Text, pick, session, notes)?
    {
        let is_lost = |text: &str| canonical(&["lost"], text).is_some();
        mark(&mut lost, Some(&values), is_lost);
        let n_lost = count(&values, is_lost);
        let (values, unknown) = super::convert::known(values, STAGES);
        note(notes, source.part, Some("funnel_status"), IrregularityKind::UnknownName, unknown - n_lost);
        stage.values = Some(values);
    }
    flag.values = Some(Values::Flag(lost.into_iter().map(Some).collect()));
    [stage, flag, account].into_iter().map(|it| it.index(layout, session)).collect()
}

/// Marks the rows whose text is as wanted.
fn mark(rows: &mut [bool], values: Option<&Values>, is_in: impl Fn(&str) -> bool) {
    let Some(Values::Text(texts, codes)) = values else { return };
    let wanted: Vec<bool> = (0..texts.len() as u32).map(|code| is_in(texts.text(code))).collect();
    rows.iter_mut().zip(codes).for_each(|(row, code)| *row |= *code != NO_CODE && wanted[*code as usize]);
}

fn count(values: &Values, is_in: impl Fn(&str) -> bool) -> u64 {
    let Values::Text(texts, codes) = values else { return 0 };
    let wanted: Vec<bool> = (0..texts.len() as u32).map(|code| is_in(texts.text(code))).collect();
    codes.iter().filter(|code| **code != NO_CODE && wanted[**code as usize]).count() as u64
}
