//! A book as the sections of an image, and back.
//!
//! The first sections hold what is small: the inputs ([`super::inputs`]), then the heads of tables and columns. Then,
//! table by table and column by column, a section for each dictionary and each shard: as large as a cache, so that its
//! checks find it there after its checksum was taken, and enough of them for many threads.

use std::borrow::Cow;
use std::io;
use std::ops::Range;

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::file::{Image, ImageWriter};
use super::inputs::Inputs;
use crate::book::{
    Book, Column, ColumnSource, FieldType, Index, Irregularity, KeyIndex, Layout, Owners, RecordKind, Table,
};
use crate::index::{
    Array, Damage, Dictionary, FlagIndex, FlagShard, ListIndex, ListShard, NumberIndex, NumberShard, Shape, Stored,
    TextIndex, TextShard, stored,
};
use crate::model::{NO_ROW, RowId, Zone};

/// Where the heads are, after the inputs.
const HEADS: usize = 1;

/// What of a book is small.
struct BookHead {
    id: String,
    zone: Zone,
    irregularities: Vec<Irregularity>,
    contacts: TableHead,
    visitors: TableHead,
    kinds: Vec<KindHead>,
}

struct TableHead {
    layout: Layout,
    columns: Vec<ColumnHead>,
}

struct KindHead {
    name: String,
    folded: String,
    table: TableHead,
}

struct ColumnHead {
    tag: String,
    display: Option<String>,
    aliases: Vec<Cow<'static, str>>,
    field_type: FieldType,
    source: ColumnSource,
    kind: IndexKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum IndexKind {
    Missing,
    Number,
    Text,
    List,
    Flag,
}

stored!(struct BookHead { id, zone, irregularities, contacts, visitors, kinds });
stored!(struct TableHead { layout, columns });
stored!(struct KindHead { name, folded, table });
stored!(struct ColumnHead { tag, display, aliases, field_type, source, kind });
stored!(enum IndexKind { 0 => Missing, 1 => Number, 2 => Text, 3 => List, 4 => Flag });

/// A number for how this program stores a book; images of other numbers are of another version.
///
/// What the fields mean can change without their names: so the version of SegQL is part of it.
pub(super) fn shape() -> u64 {
    let mut shape = Shape::of::<Inputs>();
    BookHead::shape(&mut shape);
    Dictionary::shape(&mut shape);
    NumberShard::shape(&mut shape);
    TextShard::shape(&mut shape);
    ListShard::shape(&mut shape);
    FlagShard::shape(&mut shape);
    KeyIndex::shape(&mut shape);
    Owners::shape(&mut shape);
    Array::<RowId>::shape(&mut shape);
    shape.name(env!("CARGO_PKG_VERSION"));
    // Arrays are read in place.
    shape.name(if cfg!(target_endian = "little") { "little-endian" } else { "big-endian" });
    xxh3_64(shape.as_str().as_bytes())
}

/// Writes all sections but that of the inputs.
pub(super) fn write(book: &Book, out: &mut ImageWriter<'_>) -> io::Result<()> {
    let Book { id, zone, contacts, keys, visitors, visitor_contacts, kinds, irregularities } = book;
    let head = BookHead {
        id: id.clone(),
        zone: zone.clone(),
        irregularities: irregularities.clone(),
        contacts: table_head(contacts),
        visitors: table_head(visitors),
        kinds: kinds.iter().map(kind_head).collect(),
    };
    out.section(|out| head.write_to(out))?;
    write_table(contacts, out)?;
    out.section(|out| keys.write_to(out))?;
    write_table(visitors, out)?;
    out.section(|out| visitor_contacts.write_to(out))?;
    for RecordKind { name: _, folded: _, table, owners } in kinds {
        write_table(table, out)?;
        owners.iter().try_for_each(|it| out.section(|out| it.write_to(out)))?;
    }
    Ok(())
}

fn table_head(table: &Table) -> TableHead {
    let Table { layout, columns } = table;
    TableHead { layout: layout.clone(), columns: columns.iter().map(column_head).collect() }
}

fn kind_head(kind: &RecordKind) -> KindHead {
    KindHead { name: kind.name.clone(), folded: kind.folded.clone(), table: table_head(&kind.table) }
}

fn column_head(column: &Column) -> ColumnHead {
    let Column { tag, display, aliases, field_type, source, index } = column;
    let kind = match index {
        Index::Missing => IndexKind::Missing,
        Index::Number(_) => IndexKind::Number,
        Index::Text(_) => IndexKind::Text,
        Index::List(_) => IndexKind::List,
        Index::Flag(_) => IndexKind::Flag,
    };
    ColumnHead {
        tag: tag.clone(),
        display: display.clone(),
        aliases: aliases.clone(),
        field_type: field_type.clone(),
        source: *source,
        kind,
    }
}

fn write_table(table: &Table, out: &mut ImageWriter<'_>) -> io::Result<()> {
    fn all<T: Stored>(shards: &[T], out: &mut ImageWriter<'_>) -> io::Result<()> {
        shards.iter().try_for_each(|shard| out.section(|out| shard.write_to(out)))
    }
    for column in &table.columns {
        match &column.index {
            Index::Missing => {}
            Index::Number(NumberIndex { shards }) => all(shards, out)?,
            Index::Text(TextIndex { dictionary, shards }) => {
                out.section(|out| dictionary.write_to(out))?;
                all(shards, out)?;
            }
            Index::List(ListIndex { dictionary, shards }) => {
                out.section(|out| dictionary.write_to(out))?;
                all(shards, out)?;
            }
            Index::Flag(FlagIndex { shards }) => all(shards, out)?,
        }
    }
    Ok(())
}

/// Reads what [`write()`] wrote, on the current rayon pool. The first damage in the order of the sections is told.
pub(super) fn read(image: &Image) -> Result<Book, Damage> {
    let BookHead { id, zone, irregularities, contacts, visitors, kinds } = image.read(HEADS, BookHead::read_from)?;
    let mut next = HEADS + 1;
    let contacts = Found::claim(contacts, &mut next)?;
    let keys = next;
    next += 1;
    let visitors = Found::claim(visitors, &mut next)?;
    let visitor_contacts = next;
    next += 1;
    let mut found_kinds = Vec::with_capacity(kinds.len());
    for KindHead { name, folded, table } in kinds {
        let table = Found::claim(table, &mut next)?;
        found_kinds.push((name, folded, table, next));
        next = next.saturating_add(contacts.layout.n_shards());
    }
    if next != image.n_sections() {
        return Err(Damage("it has too many sections, or too few"));
    }
    sound(are_shards(&contacts.layout) && are_shards(&visitors.layout))?;

    let n_contacts = contacts.layout.n_rows();
    let layout = contacts.layout.clone();
    let (contacts, keys) = rayon::join(
        || contacts.read(image),
        || image.read(keys, |from| checked(KeyIndex::read_from(from)?, |it| it.is_sound(n_contacts))),
    );
    let (contacts, visitors) = (contacts?, visitors.read(image)?);
    sound(is_keyed(&contacts) && is_keyed(&visitors))?;
    let are_contacts = |it: &Array<RowId>| {
        it.len() == visitors.layout.n_rows() as usize && it.iter().all(|row| *row < n_contacts || *row == NO_ROW)
    };
    let visitor_contacts = image.read(visitor_contacts, |from| checked(Array::read_from(from)?, are_contacts))?;
    let kinds = found_kinds.into_par_iter().map(|(name, folded, table, links)| {
        let table = table.read(image)?;
        read_kind(image, name, folded, table, links, &layout)
    });
    let kinds = kinds.collect::<Vec<Result<_, _>>>().into_iter().collect::<Result<_, _>>()?;
    Ok(Book { id, zone, contacts, keys: keys?, visitors, visitor_contacts, kinds, irregularities })
}

/// A table whose sections are known.
struct Found {
    layout: Layout,
    columns: Vec<(ColumnHead, Range<usize>)>,
}

impl Found {
    /// Takes the table's sections off the next ones.
    fn claim(head: TableHead, next: &mut usize) -> Result<Self, Damage> {
        let TableHead { layout, columns } = head;
        sound(layout.is_sound())?;
        let mut claim = |column: ColumnHead| {
            let n_sections = match column.kind {
                IndexKind::Missing => 0,
                IndexKind::Number | IndexKind::Flag => layout.n_shards(),
                IndexKind::Text | IndexKind::List => layout.n_shards().saturating_add(1),
            };
            let first = *next;
            // What lies beyond the image's last section isn't found there.
            *next = first.saturating_add(n_sections);
            (column, first..*next)
        };
        let columns = columns.into_iter().map(&mut claim).collect();
        Ok(Self { layout, columns })
    }

    fn read(self, image: &Image) -> Result<Table, Damage> {
        let Self { layout, columns } = self;
        let columns = columns.into_par_iter().map(|(head, sections)| read_column(image, head, sections, &layout));
        let columns = columns.collect::<Vec<Result<_, _>>>().into_iter().collect::<Result<_, _>>()?;
        Ok(Table { layout, columns })
    }
}

fn read_column(image: &Image, head: ColumnHead, sections: Range<usize>, layout: &Layout) -> Result<Column, Damage> {
    let ColumnHead { tag, display, aliases, field_type, source, kind } = head;
    sound(kind == IndexKind::Missing || kind == kind_of(&field_type))?;
    let first = sections.start;
    let dictionary = || image.read(first, |from| checked(Dictionary::read_from(from)?, Dictionary::is_sound));
    let len = |shard: usize| layout.shard_len(shard);
    let index = match kind {
        IndexKind::Missing => Index::Missing,
        IndexKind::Number => {
            let is_sound = |it: &NumberShard, shard| it.is_sound(len(shard));
            Index::Number(NumberIndex { shards: read_shards(image, sections, is_sound)? })
        }
        IndexKind::Flag => {
            let is_sound = |it: &FlagShard, shard| it.is_sound(len(shard));
            Index::Flag(FlagIndex { shards: read_shards(image, sections, is_sound)? })
        }
        IndexKind::Text => {
            let dictionary = dictionary()?;
            let is_sound = |it: &TextShard, shard| it.is_sound(len(shard), dictionary.len());
            let shards = read_shards(image, first + 1..sections.end, is_sound)?;
            Index::Text(TextIndex { dictionary, shards })
        }
        IndexKind::List => {
            let dictionary = dictionary()?;
            let is_sound = |it: &ListShard, shard| it.is_sound(len(shard), dictionary.len());
            let shards = read_shards(image, first + 1..sections.end, is_sound)?;
            Index::List(ListIndex { dictionary, shards })
        }
    };
    Ok(Column { tag, display, aliases, field_type, source, index })
}

/// The shards of these sections, each held against what is known of its place.
fn read_shards<T: Stored + Send>(
    image: &Image,
    sections: Range<usize>,
    is_sound: impl Fn(&T, usize) -> bool + Sync,
) -> Result<Vec<T>, Damage> {
    let first = sections.start;
    let one = |section| image.read(section, |from| checked(T::read_from(from)?, |it| is_sound(it, section - first)));
    sections.into_par_iter().map(one).collect::<Vec<Result<_, _>>>().into_iter().collect()
}

fn read_kind(
    image: &Image,
    name: String,
    folded: String,
    table: Table,
    links: usize,
    contacts: &Layout,
) -> Result<RecordKind, Damage> {
    let has_time = table.columns.get(RecordKind::AT).is_some_and(|it| matches!(it.index, Index::Number(_)));
    sound(has_time && table.layout.n_shards() == contacts.n_shards())?;
    let are_theirs = |it: &Owners, shard: usize| it.is_sound(table.layout.shard_len(shard), contacts.shard_len(shard));
    let owners = read_shards(image, links..links + contacts.n_shards(), are_theirs)?;
    Ok(RecordKind { name, folded, table, owners })
}

/// The kind of index that a type of field has.
fn kind_of(field_type: &FieldType) -> IndexKind {
    match field_type {
        FieldType::Text | FieldType::Choice { .. } | FieldType::Known(_) | FieldType::Stage => IndexKind::Text,
        FieldType::Number(_) | FieldType::Date | FieldType::Time => IndexKind::Number,
        FieldType::Flag => IndexKind::Flag,
        FieldType::List => IndexKind::List,
    }
}

/// Whether a table of people has shards of no more rows than may be.
fn are_shards(layout: &Layout) -> bool {
    (0..layout.n_shards()).all(|shard| layout.shard_len(shard) <= Layout::SHARD_ROWS)
}

/// Whether a table's first column has a text for each row.
fn is_keyed(table: &Table) -> bool {
    table.columns.first().is_some_and(|it| match &it.index {
        Index::Text(index) => index.dictionary.len() == table.layout.n_rows() as usize,
        Index::Missing | Index::Number(_) | Index::List(_) | Index::Flag(_) => false,
    })
}

fn checked<T>(read: T, is_sound: impl FnOnce(&T) -> bool) -> Result<T, Damage> {
    sound(is_sound(&read)).map(|()| read)
}

fn sound(is_sound: bool) -> Result<(), Damage> {
    if is_sound { Ok(()) } else { Err(Damage("its parts don't fit together")) }
}
