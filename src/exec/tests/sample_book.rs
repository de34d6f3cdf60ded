//! Books from plain rows, in shards of a few contacts.

use crate::book::{
    Book, Column, ColumnSource, FieldType, Index, KeyIndex, Layout, Owners, RecordKind, STAGE_CHANGE, Table,
};
use crate::index::{
    DictionaryBuilder, FlagIndex, FlagShard, ListIndex, ListShard, NumberIndex, NumberShard, TextAccess, TextIndex,
    TextShard,
};
use crate::model::{RowId, STAGES, STATUSES, Zone, fold};

/// A column's values.
pub(super) enum Values<'a> {
    Text(Vec<Option<&'a str>>),
    Keys(Vec<Option<i64>>),
    Flags(Vec<Option<bool>>),
    Lists(Vec<Option<Vec<&'a str>>>),
}

pub(super) fn column(tag: &str, field_type: FieldType, values: &Values<'_>, layout: &Layout) -> Column {
    Column {
        tag: tag.to_owned(),
        display: None,
        aliases: Vec::new(),
        field_type,
        source: ColumnSource::Custom,
        index: index(values, layout),
    }
}

fn index(values: &Values<'_>, layout: &Layout) -> Index {
    let shards = || (0..layout.n_shards()).map(|shard| layout.rows(shard)).map(|it| it.start as usize..it.end as usize);
    match values {
        Values::Keys(keys) => Index::Number(NumberIndex {
            shards: shards().map(|rows| NumberShard::build(keys[rows].iter().copied())).collect(),
        }),
        Values::Flags(flags) => Index::Flag(FlagIndex {
            shards: shards().map(|rows| FlagShard::build(flags[rows].iter().copied())).collect(),
        }),
        Values::Text(texts) => {
            let mut builder = DictionaryBuilder::default();
            let codes: Vec<Option<u32>> = texts.iter().map(|text| text.map(|text| builder.code(text))).collect();
            let dictionary = builder.build();
            let n_codes = dictionary.len();
            let build = |rows: std::ops::Range<usize>| {
                TextShard::build(codes[rows].iter().copied(), n_codes, TextAccess::usual(n_codes))
            };
            let shards = shards().map(build).collect();
            Index::Text(TextIndex { dictionary, shards })
        }
        Values::Lists(lists) => {
            let mut builder = DictionaryBuilder::default();
            let codes: Vec<Option<Vec<u32>>> = lists
                .iter()
                .map(|list| list.as_ref().map(|list| list.iter().map(|text| builder.code(text)).collect()))
                .collect();
            let dictionary = builder.build();
            let build = |rows: std::ops::Range<usize>| {
                ListShard::build(codes[rows].iter().map(|it| it.as_deref()), dictionary.len())
            };
            let shards = shards().map(build).collect();
            Index::List(ListIndex { dictionary, shards })
        }
    }
}

/// A kind of record: `contacts` and `times` by contact, then by time; the other columns beside them.
pub(super) fn kind(
    name: &str,
    contacts: &Layout,
    of: &[RowId],
    times: &[i64],
    columns: &[(&str, FieldType, Values<'_>)],
) -> RecordKind {
    let ends = (0..contacts.n_shards()).map(|shard| of.partition_point(|it| *it < contacts.rows(shard).end) as RowId);
    let layout = Layout::ending_at(ends);
    let times = Values::Keys(times.iter().map(|it| Some(*it)).collect());
    let mut table_columns = vec![column("at", FieldType::Time, &times, &layout)];
    table_columns
        .extend(columns.iter().map(|(tag, field_type, values)| column(tag, field_type.clone(), values, &layout)));
    let by_shard: Vec<Vec<u16>> = (0..layout.n_shards())
        .map(|shard| {
            let (rows, first) = (layout.rows(shard), contacts.rows(shard).start);
            of[rows.start as usize..rows.end as usize].iter().map(|it| (it - first) as u16).collect()
        })
        .collect();
    RecordKind {
        name: name.to_owned(),
        folded: fold(name).into_owned(),
        table: Table { layout, columns: table_columns },
        owners: by_shard.into_iter().map(Owners::new).collect(),
    }
}

pub(super) fn book(contacts: Table, visitors: Option<Table>, kinds: Vec<RecordKind>) -> Book {
    let mut hashed: Vec<_> =
        (0..contacts.layout.n_rows()).map(|row| (KeyIndex::hash(&contacts.key(row)), row)).collect();
    hashed.sort_unstable();
    let keys = KeyIndex::build(&hashed);
    let visitors = visitors.unwrap_or(Table { layout: Layout::even(0, 4), columns: Vec::new() });
    let visitor_contacts = vec![crate::model::NO_ROW; visitors.layout.n_rows() as usize].into();
    Book {
        id: String::new(),
        zone: Zone::utc(),
        contacts,
        keys,
        visitors,
        visitor_contacts,
        kinds,
        irregularities: Vec::new(),
    }
}

/// Eight contacts in shards of three: the columns of a real book, one of each type, values missing here and there.
///
/// | row | email | status | stage, lost | city | age | labels |
/// |---|---|---|---|---|---|---|
/// | 0 | h@x.io | active | customer | Medan | 30 | vip, Press |
/// | 1 | g@y.io | active | customer, lost | medan | 40 | (empty) |
/// | 2 | f@x.io | pending | aware | (missing) | 20 | VIP |
/// | 3 | e@x.io | active | promoter | MEDAN | (missing) | (missing) |
/// | 4 | d@y.io | (missing) | (none) | (empty text) | 30 | press |
/// | 5 | c@x.io | hard_bounce | (none), lost | Bogor | 50 | vip |
/// | 6 | b@x.io | active | engaged | medan | 30 | (missing) |
/// | 7 | a@sub.x.io | unsubscribed | aware | bogor | 10 | (empty) |
pub(super) fn people() -> Book {
    let layout = Layout::even(8, 3);
    let text = |values: [Option<&'static str>; 8]| Values::Text(values.to_vec());
    let emails = ["h@x.io", "g@y.io", "f@x.io", "e@x.io", "d@y.io", "c@x.io", "b@x.io", "a@sub.x.io"];
    let domains = ["x.io", "y.io", "x.io", "x.io", "y.io", "x.io", "x.io", "sub.x.io"];
    let (active, aware) = (Some("active"), Some("aware"));
    let status = [active, active, Some("pending"), active, None, Some("hard_bounce"), active, Some("unsubscribed")];
    let stage = [Some("customer"), Some("customer"), aware, Some("promoter"), None, None, Some("engaged"), aware];
    let city =
        [Some("Medan"), Some("medan"), None, Some("MEDAN"), Some(""), Some("Bogor"), Some("medan"), Some("bogor")];
    let ages = [Some(30), Some(40), Some(20), None, Some(30), Some(50), Some(30), Some(10)];
    let lost = [false, true, false, false, false, true, false, false].map(Some);
    let labels = vec![
        Some(vec!["vip", "Press"]),
        Some(vec![]),
        Some(vec!["VIP"]),
        None,
        Some(vec!["press"]),
        Some(vec!["vip"]),
        None,
        Some(vec![]),
    ];
    let columns = vec![
        column("email", FieldType::Text, &text(emails.map(Some)), &layout),
        column("email.domain", FieldType::Text, &text(domains.map(Some)), &layout),
        column("status", FieldType::Known(STATUSES), &text(status), &layout),
        column("stage", FieldType::Stage, &text(stage), &layout),
        column("lost", FieldType::Flag, &Values::Flags(lost.to_vec()), &layout),
        column("city", FieldType::Text, &text(city), &layout),
        column("age", FieldType::Number(crate::model::NumberKind::Int), &Values::Keys(ages.to_vec()), &layout),
        column("labels", FieldType::List, &Values::Lists(labels), &layout),
    ];
    let journey = journey(&layout);
    book(Table { layout, columns }, None, vec![journey])
}

/// Contact 0: aware on day 1, customer on day 3. Contact 1: aware on day 1, lost on day 2, customer on day 5. Contact 6: engaged on day 9.
fn journey(contacts: &Layout) -> RecordKind {
    const DAY_US: i64 = 86_400_000_000;
    let days = [1, 3, 1, 2, 5, 9].map(|day| day * DAY_US);
    let from = vec![None, Some("aware"), None, Some("aware"), Some("aware"), None];
    let to = [0, 2, 0, 0, 2, 1].map(|stage| Some(STAGES[stage])).to_vec();
    let stages =
        [("from_stage", FieldType::Stage, Values::Text(from)), ("to_stage", FieldType::Stage, Values::Text(to))];
    kind(STAGE_CHANGE, contacts, &[0, 0, 1, 1, 1, 6], &days, &stages)
}
