//! [`Thrift`]: a walk over Thrift's compact protocol, in which Parquet writes its footers and page headers.
//!
//! It goes before the decoder, to see what would be claimed, and takes less than that does: a field of a known number
//! but of another type, a list of more elements than there are bytes, nesting without end are all no Thrift. So
//! both read the same from what passes here. Nothing is allocated, and no call goes deeper than [`DEPTH`].

/// How deep values may lie in one another; Parquet's own lie five deep.
const DEPTH: u32 = 24;

/// What a field or element is of, by its number on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A boolean of a field, whose value lies in the number.
    Bool,
    Byte,
    /// 16, 32 or 64 bits: all are written the same.
    Int(u8),
    Double,
    Binary,
    List,
    Map,
    Struct,
    Uuid,
}

impl Kind {
    pub(super) const I32: Self = Self::Int(32);
    pub(super) const I64: Self = Self::Int(64);

    fn of(number: u8) -> Option<Self> {
        Some(match number {
            1 | 2 => Self::Bool,
            3 => Self::Byte,
            4 => Self::Int(16),
            5 => Self::I32,
            6 => Self::I64,
            7 => Self::Double,
            8 => Self::Binary,
            9 | 10 => Self::List,
            11 => Self::Map,
            12 => Self::Struct,
            13 => Self::Uuid,
            _ => return None,
        })
    }
}

/// Bytes that are left to walk. Every method answers none for what is no Thrift.
#[derive(Debug, Clone, Copy)]
pub(super) struct Thrift<'a> {
    bytes: &'a [u8],
    depth: u32,
}

impl<'a> Thrift<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, depth: 0 }
    }

    /// What lies behind what was walked.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    /// The fields of a struct: `field` gets the number and the kind of each, and must walk its value.
    pub(super) fn fields(&mut self, mut field: impl FnMut(&mut Self, i16, Kind) -> Option<()>) -> Option<()> {
        self.depth = self.depth.checked_add(1).filter(|it| *it <= DEPTH)?;
        let mut last = 0_i16;
        loop {
            let head = self.byte()?;
            if head & 0x0f == 0 {
                break;
            }
            let kind = Kind::of(head & 0x0f)?;
            last = match head >> 4 {
                0 => i16::try_from(self.int()?).ok()?,
                delta => last.checked_add(i16::from(delta))?,
            };
            field(self, last, kind)?;
        }
        self.depth -= 1;
        Some(())
    }

    /// The head of a list: what its elements are of, and how many there are. Each takes a byte at least.
    pub(super) fn list(&mut self) -> Option<(Kind, usize)> {
        let head = self.byte()?;
        if head == 0 {
            return Some((Kind::Byte, 0));
        }
        let n = match head >> 4 {
            15 => usize::try_from(self.varint()?).ok()?,
            n => usize::from(n),
        };
        let kind = Kind::of(head & 0x0f)?;
        // Parquet has no lists of booleans here, and the decoder skips their elements without reading them.
        (n <= self.bytes.len() && (kind != Kind::Bool || n == 0)).then_some((kind, n))
    }

    /// A number of 16, 32 or 64 bits.
    pub(super) fn int(&mut self) -> Option<i64> {
        let zigzag = self.varint()?;
        Some((zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed())
    }

    /// A number of 32 bits, as the decoder takes it.
    pub(super) fn i32(&mut self) -> Option<i32> {
        i32::try_from(self.int()?).ok()
    }

    /// Walks a value of a kind.
    pub(super) fn skip(&mut self, kind: Kind) -> Option<()> {
        match kind {
            Kind::Bool => Some(()),
            Kind::Byte => self.take(1),
            Kind::Int(_) => self.varint().map(|_| ()),
            Kind::Double => self.take(8),
            Kind::Uuid => self.take(16),
            Kind::Binary => {
                let n = usize::try_from(self.varint()?).ok()?;
                self.take(n)
            }
            Kind::List => {
                let (kind, n) = self.list()?;
                self.depth = self.depth.checked_add(1).filter(|it| *it <= DEPTH)?;
                (0..n).try_for_each(|_| self.skip(kind))?;
                self.depth -= 1;
                Some(())
            }
            Kind::Struct => self.fields(|thrift, _, kind| thrift.skip(kind)),
            // Parquet has none.
            Kind::Map => None,
        }
    }

    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*byte)
    }

    fn take(&mut self, n: usize) -> Option<()> {
        self.bytes = self.bytes.get(n..)?;
        Some(())
    }

    fn varint(&mut self) -> Option<u64> {
        let (number, len) = varint(self.bytes)?;
        self.take(len)?;
        Some(number)
    }
}

/// A number of seven bits a byte, the lowest first, and its bytes; none of more than 64 bits.
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut number = 0_u64;
    for (at, byte) in bytes.iter().take(10).enumerate() {
        let bits = u64::from(byte & 0x7f);
        let shift = 7 * at as u32;
        if bits.leading_zeros() < shift {
            return None;
        }
        number |= bits << shift;
        if byte & 0x80 == 0 {
            return Some((number, at + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_thrift_writes_them() {
        // From the protocol's description: zigzag, seven bits a byte.
        for (bytes, number) in [(&[0x00][..], 0), (&[0x01], -1), (&[0x02], 1), (&[0xac, 0x02], 150), (&[0x7f], -64)] {
            assert_eq!(Thrift::new(bytes).int(), Some(number), "{bytes:?}");
        }
        let most = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(Thrift::new(&most).int(), Some(i64::MIN));
        assert_eq!(varint(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]), None);
        assert_eq!(varint(&[0x80]), None);
        assert_eq!(Thrift::new(&[0xfe, 0xff, 0xff, 0xff, 0x0f]).i32(), Some(i32::MAX));
        assert_eq!(Thrift::new(&[0x80, 0x80, 0x80, 0x80, 0x10]).i32(), None);
    }

    #[test]
    fn what_claims_more_than_there_is_ends_the_walk() {
        let struct_of = |bytes: &[u8]| Thrift::new(bytes).skip(Kind::Struct);
        // Field 1, a list of 14 integers, then the end.
        let mut list = vec![0x19, 0xe5];
        list.extend([2; 14]);
        list.push(0);
        assert_eq!(struct_of(&list), Some(()));
        assert_eq!(struct_of(&list[..15]), None);
        // A list of 2^31 booleans, which take no bytes of their own.
        assert_eq!(struct_of(&[0x19, 0xf1, 0xff, 0xff, 0xff, 0xff, 0x07, 0]), None);
        // A text of 127 bytes that aren't there.
        assert_eq!(struct_of(&[0x18, 0x7f, 0]), None);
        let nested = |depth: usize| [vec![0x1c; depth], vec![0; depth + 1]].concat();
        assert_eq!(struct_of(&nested(DEPTH as usize - 1)), Some(()));
        assert_eq!(struct_of(&nested(DEPTH as usize)), None);
        assert_eq!(struct_of(&nested(1_000_000)), None);
    }
}
