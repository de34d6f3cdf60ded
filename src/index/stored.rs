//! [`Stored`]: how what a book is made of lies in the sections of its image.
//!
//! A section is a run of fields: a number takes eight bytes, bytes stand behind their number and are filled up to
//! a multiple of eight, so that whatever lies in a section is aligned for any number. What is numerous ([`Array`], text)
//! is read in place, without a copy.
//!
//! Invariant: a reader believes no length: it never reads beyond its section, and allocates no more than that
//! could fill.
//!
//! What is absent: files, checksums, and which section follows which.

use std::any::type_name;
use std::borrow::Cow;
use std::io::{self, Write};

use bytemuck::Pod;
use bytes::Bytes;

use super::Array;
use crate::model::{NAME_SETS, NameSet, NumberKind, RowSet, Zone};

/// What a section can hold. Reading gives what was written, or [`Damage`], and never panics.
pub trait Stored: Sized {
    /// Writes it.
    fn write_to(&self, out: &mut SectionWriter<'_>) -> io::Result<()>;

    /// Reads what [`Stored::write_to`] wrote.
    fn read_from(from: &mut SectionReader) -> Result<Self, Damage>;

    /// Adds to `shape` which fields it is written as.
    fn shape(shape: &mut Shape);
}

/// What shows that an image isn't as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Damage(pub &'static str);

/// Writes the fields of a section.
pub struct SectionWriter<'a>(&'a mut dyn Write);

impl<'a> SectionWriter<'a> {
    /// Onto `out`, which must stand at a multiple of eight bytes.
    pub fn new(out: &'a mut dyn Write) -> Self {
        Self(out)
    }

    /// Eight bytes.
    pub fn number(&mut self, number: u64) -> io::Result<()> {
        self.0.write_all(&number.to_le_bytes())
    }

    /// As many bytes as there are, behind their number.
    pub fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes_of(bytes.len(), |out| out.write_all(bytes))
    }

    /// So many bytes, which `write` writes, behind their number.
    fn bytes_of(&mut self, len: usize, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        self.number(len as u64)?;
        write(&mut *self.0)?;
        self.0.write_all(&[0; 8][..len.next_multiple_of(8) - len])
    }
}

/// Reads the fields of a section.
#[derive(Debug)]
pub struct SectionReader(Bytes);

impl SectionReader {
    /// Of these bytes, which should lie at a multiple of eight.
    #[must_use]
    pub fn new(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// The bytes that weren't read.
    #[must_use]
    pub fn left(&self) -> &[u8] {
        &self.0
    }

    /// Eight bytes.
    pub fn number(&mut self) -> Result<u64, Damage> {
        let Some(number) = self.0.first_chunk() else { return Err(ENDS_EARLY) };
        let number = u64::from_le_bytes(*number);
        drop(self.0.split_to(8));
        Ok(number)
    }

    /// As many bytes as their number says, in place.
    pub fn bytes(&mut self) -> Result<Bytes, Damage> {
        let len = usize::try_from(self.number()?).map_err(|_| ENDS_EARLY)?;
        let filled = len.checked_next_multiple_of(8).filter(|it| *it <= self.0.len()).ok_or(ENDS_EARLY)?;
        let mut bytes = self.0.split_to(filled);
        bytes.truncate(len);
        Ok(bytes)
    }
}

const ENDS_EARLY: Damage = Damage("a section ends before what it should hold");

/// Which fields an image consists of, by name and type, as a text.
#[derive(Debug, Default)]
pub struct Shape(String);

impl Shape {
    /// The shape of a type.
    #[must_use]
    pub fn of<T: Stored>() -> Self {
        let mut shape = Self::default();
        T::shape(&mut shape);
        shape
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Adds a name.
    pub fn name(&mut self, name: &str) {
        self.0.push_str(name);
        self.0.push(' ');
    }

    /// Adds a field; the function that leads to it is never called, and is here for its type.
    pub fn field<S, T: Stored>(&mut self, name: &str, _: fn(&S) -> &T) {
        self.name(name);
        T::shape(self);
    }

    /// Adds the field of a variant, as [`Shape::field`].
    pub fn variant_field<S, T: Stored>(&mut self, name: &str, _: fn(&S) -> Option<&T>) {
        self.name(name);
        T::shape(self);
    }
}

/// Writes [`Stored`] for a struct of such fields, or an enum of variants with at most one such field each, numbered.
///
/// It names every field and variant, and doesn't compile when one is forgotten.
macro_rules! stored {
    (struct $name:ident { $($field:ident),+ $(,)? }) => {
        impl $crate::index::Stored for $name {
            fn write_to(&self, out: &mut $crate::index::SectionWriter<'_>) -> std::io::Result<()> {
                let Self { $($field),+ } = self;
                $($crate::index::Stored::write_to($field, out)?;)+
                Ok(())
            }

            fn read_from(from: &mut $crate::index::SectionReader) -> Result<Self, $crate::index::Damage> {
                $(let $field = $crate::index::Stored::read_from(from)?;)+
                Ok(Self { $($field),+ })
            }

            fn shape(shape: &mut $crate::index::Shape) {
                shape.name(stringify!($name));
                $(shape.field(stringify!($field), |it: &Self| &it.$field);)+
            }
        }
    };
    (enum $name:ident { $($tag:literal => $variant:ident $(($field:ident))? $({ $named:ident })?),+ $(,)? }) => {
        impl $crate::index::Stored for $name {
            fn write_to(&self, out: &mut $crate::index::SectionWriter<'_>) -> std::io::Result<()> {
                match self {
                    $(Self::$variant $(($field))? $({ $named })? => {
                        out.number($tag)?;
                        $($crate::index::Stored::write_to($field, out)?;)?
                        $($crate::index::Stored::write_to($named, out)?;)?
                    })+
                }
                Ok(())
            }

            fn read_from(from: &mut $crate::index::SectionReader) -> Result<Self, $crate::index::Damage> {
                match from.number()? {
                    $($tag => {
                        $(let $field = $crate::index::Stored::read_from(from)?;)?
                        $(let $named = $crate::index::Stored::read_from(from)?;)?
                        Ok(Self::$variant $(($field))? $({ $named })?)
                    })+
                    _ => Err($crate::index::Damage(concat!("an unknown ", stringify!($name)))),
                }
            }

            fn shape(shape: &mut $crate::index::Shape) {
                shape.name(stringify!($name));
                $(
                    shape.name(concat!($tag, " ", stringify!($variant)));
                    $(shape.variant_field(stringify!($field), |it: &Self| {
                        if let Self::$variant($field) = it { Some($field) } else { None }
                    });)?
                    $(shape.variant_field(stringify!($named), |it: &Self| {
                        if let Self::$variant { $named } = it { Some($named) } else { None }
                    });)?
                )+
            }
        }
    };
}
pub(crate) use stored;

macro_rules! stored_numbers {
    ($($type:ty),+) => {$(
        impl Stored for $type {
            fn write_to(&self, out: &mut SectionWriter<'_>) -> io::Result<()> {
                out.number(u64::from(*self))
            }

            fn read_from(from: &mut SectionReader) -> Result<Self, Damage> {
                Self::try_from(from.number()?).map_err(|_| Damage("a number is too large"))
            }

            fn shape(shape: &mut Shape) {
                shape.name(stringify!($type));
            }
        }
    )+};
}
stored_numbers!(u8, u32, u64);

impl Stored for usize {
    fn write_to(&self, out: &mut SectionWriter<'_>) -> io::Result<()> {
        out.number(*self as u64)
    }

    fn read_from(from: &mut SectionReader) -> Result<Self, Damage> {
        Self::try_from(from.number()?).map_err(|_| Damage("a number is too large"))
    }

    fn shape(shape: &mut Shape) {
        shape.name("usize");
    }
}

impl Stored for i64 {
    fn write_to(&self, out: &mut SectionWriter<'_>) -> io::Result<()> {
        out.number(self.cast_unsigned())
    }

    fn read_from(from: &mut SectionReader) -> Result<Self, Damage> {
        from.number().map(u64::cast_signed)
    }

    fn shape(shape: &mut Shape) {
        shape.name("i64");
    }
}

impl Stored for String {
    fn write_to(&self, out: &mut SectionWriter<'_>) -> io::Result<()> {
        out.bytes(self.as_bytes())
    }

    fn read_from(from: &mut SectionReader) -> Result<Self, Damage> {
        let bytes = from.bytes()?;
        std::str::from_utf8(&bytes).map(str::to_owned).map_err(|_| Damage("a text isn't UTF-8"))
    }

    fn shape(shape: &mut Shape) {
        shape.name("text");
    }
}

/// What is a literal where a book is loaded is a text of its own where it is read.
impl Stored for Cow<'static, str> {
    fn write_to(&self, out: &mut SectionWriter<'_>) -> io::Result<()> {
        out.bytes(self.as_bytes())
    }

    fn read_from(from: &mut SectionReader) -> Result<Self, Damage> {
        String::read_from(from).map(Cow::Owned)
    }

    fn shape(shape: &mut Shape) {
        String::shape(shape);
    }
}

impl<T: Pod + Send> Stored for Array<T> {
    fn write_to(&self, out: &mut SectionWriter<'_>) -> io::Result<()> {
        out.bytes(self.as_bytes())
    }

    fn read_from(from: &mut SectionReader) -> Result<Self, Damage> {
        Self::of_bytes(from.bytes()?).ok_or(Damage("an array doesn't lie or end where it could"))
    }

    fn shape(shape: &mut Shape) {
        shape.name("array");
        shape.name(type_name::<T>());
    }
}

impl<T: Stored> Stored for Vec<T> {
    fn write_to(&self, out: &mut SectionWriter<'_>) -> io::Result<()> {
        out.number(self.len() as u64)?;
        self.iter().try_for_each(|it| it.write_to(out))
    }

    fn read_from(from: &mut SectionReader) -> Result<Self, Damage> {
        let len = from.number()?;
        // Whatever is stored takes eight bytes at least.
        if len > from.left().len() as u64 / 8 {
            return Err(ENDS_EARLY);
        }
        (0..len).map(|_| T::read_from(from)).collect()
    }

    fn shape(shape: &mut Shape) {
        shape.name("list");
        T::shape(shape);
    }
}

impl<T: Stored> Stored for Option<T> {
    fn write_to(&self, out: &mut SectionWriter<'_>) -> io::Result<()> {
        match self {
            None => out.number(0),
            Some(it) => {
                out.number(1)?;
                it.write_to(out)
            }
        }
    }

    fn read_from(from: &mut SectionReader) -> Result<Self, Damage> {
        match from.number()? {
            0 => Ok(None),
            1 => T::read_from(from).map(Some),
            _ => Err(Damage("neither there nor not")),
        }
    }

    fn shape(shape: &mut Shape) {
        shape.name("optional");
        T::shape(shape);
    }
}

impl<A: Stored, B: Stored> Stored for (A, B) {
    fn write_to(&self, out: &mut SectionWriter<'_>) -> io::Result<()> {
        let (a, b) = self;
        a.write_to(out)?;
        b.write_to(out)
    }

    fn read_from(from: &mut SectionReader) -> Result<Self, Damage> {
        Ok((A::read_from(from)?, B::read_from(from)?))
    }

    fn shape(shape: &mut Shape) {
        shape.name("pair");
        A::shape(shape);
        B::shape(shape);
    }
}

/// In the portable format of Roaring bitmaps.
/// As its bits where it is kept so, else in the portable Roaring format.
impl Stored for RowSet {
    fn write_to(&self, out: &mut SectionWriter<'_>) -> io::Result<()> {
        match self.words() {
            Some(words) => {
                out.number(1)?;
                out.bytes(bytemuck::cast_slice(words))
            }
            None => {
                out.number(0)?;
                out.bytes_of(self.portable_bytes(), |out| self.write_portable(out))
            }
        }
    }

    fn read_from(from: &mut SectionReader) -> Result<Self, Damage> {
        match from.number()? {
            0 => Self::read_portable(&from.bytes()?).ok_or(Damage("a set of rows isn't one")),
            1 => Ok(Self::from_words(Array::<u64>::read_from(from)?.to_vec())),
            _ => Err(Damage("an unknown kind of a set of rows")),
        }
    }

    fn shape(shape: &mut Shape) {
        shape.name("rows as bits or Roaring");
    }
}

/// By its name.
impl Stored for Zone {
    fn write_to(&self, out: &mut SectionWriter<'_>) -> io::Result<()> {
        out.bytes(self.name().as_bytes())
    }

    fn read_from(from: &mut SectionReader) -> Result<Self, Damage> {
        Self::named(&String::read_from(from)?).map_err(|_| Damage("an unknown time zone"))
    }

    fn shape(shape: &mut Shape) {
        shape.name("zone");
    }
}

/// By its place among all.
impl Stored for NameSet {
    fn write_to(&self, out: &mut SectionWriter<'_>) -> io::Result<()> {
        let at = NAME_SETS.iter().position(|it| it == self);
        out.number(at.ok_or_else(|| io::Error::other("a set of names without a place"))? as u64)
    }

    fn read_from(from: &mut SectionReader) -> Result<Self, Damage> {
        let at = usize::try_from(from.number()?).ok();
        at.and_then(|at| NAME_SETS.get(at)).copied().ok_or(Damage("an unknown set of names"))
    }

    fn shape(shape: &mut Shape) {
        NAME_SETS.iter().flat_map(|it| *it).for_each(|name| shape.name(name));
    }
}

stored!(enum NumberKind { 0 => Int, 1 => Decimal { scale }, 2 => Float });
