//! [`Shape`]: what a column of the files holds, whatever its width and encoding.

use arrow::datatypes::DataType;

/// The sorts of values that the loader tells apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    /// Nothing but nulls.
    Null,
    Text,
    Flag,
    Int,
    /// Of so many digits after the point.
    Decimal(u8),
    Float,
    Date,
    Time,
    List,
    /// Can't be indexed; in words.
    Other(String),
}

impl Shape {
    #[expect(clippy::wildcard_enum_match_arm, reason = "arrow's types are open-ended; the rest can't be indexed")]
    pub(super) fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Null => Self::Null,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::Text,
            DataType::Boolean => Self::Flag,
            DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => Self::Int,
            DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => Self::Int,
            DataType::Float16 | DataType::Float32 | DataType::Float64 => Self::Float,
            DataType::Decimal32(_, scale)
            | DataType::Decimal64(_, scale)
            | DataType::Decimal128(_, scale)
            | DataType::Decimal256(_, scale) => Self::Decimal((*scale).max(0).unsigned_abs()),
            DataType::Date32 | DataType::Date64 => Self::Date,
            DataType::Timestamp(_, _) => Self::Time,
            DataType::Dictionary(_, values) => Self::of(values),
            DataType::List(item)
            | DataType::LargeList(item)
            | DataType::ListView(item)
            | DataType::LargeListView(item)
            | DataType::FixedSizeList(item, _) => match Self::of(item.data_type()) {
                Self::Text | Self::Null => Self::List,
                other => Self::Other(format!("lists of {}", other.words())),
            },
            DataType::Struct(_) => Self::Other("structs".to_owned()),
            DataType::Map(_, _) => Self::Other("maps".to_owned()),
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
                Self::Other("binary data".to_owned())
            }
            DataType::Time32(_) | DataType::Time64(_) => Self::Other("times of day".to_owned()),
            DataType::Interval(_) | DataType::Duration(_) => Self::Other("durations".to_owned()),
            _ => Self::Other("values of an unsupported type".to_owned()),
        }
    }

    /// In words, in the plural.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Null => "nothing",
            Self::Text => "text",
            Self::Flag => "booleans",
            Self::Int => "integers",
            Self::Decimal(_) => "decimals",
            Self::Float => "floats",
            Self::Date => "dates",
            Self::Time => "timestamps",
            Self::List => "lists of text",
            Self::Other(words) => words,
        }
        .to_owned()
    }

    /// The narrowest shape that holds both; none if there is none.
    pub(super) fn widen(&self, other: &Self) -> Option<Self> {
        Some(match (self, other) {
            (a, b) if a == b => a.clone(),
            (Self::Null, it) | (it, Self::Null) => it.clone(),
            (Self::Other(words), _) | (_, Self::Other(words)) => Self::Other(words.clone()),
            (Self::Decimal(a), Self::Decimal(b)) => Self::Decimal(*a.max(b)),
            (Self::Int, Self::Decimal(scale)) | (Self::Decimal(scale), Self::Int) => Self::Decimal(*scale),
            (Self::Int | Self::Decimal(_), Self::Float) | (Self::Float, Self::Int | Self::Decimal(_)) => Self::Float,
            (Self::Date, Self::Time) | (Self::Time, Self::Date) => Self::Time,
            _ => return None,
        })
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self, Self::Int | Self::Decimal(_) | Self::Float)
    }
}
