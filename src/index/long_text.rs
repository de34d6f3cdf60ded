//! [`LongText`]: a long text, in memory of its own or in that of an image.

use std::fmt;
use std::io;
use std::ops::Deref;

use bytestring::ByteString;

use super::{Damage, SectionReader, SectionWriter, Shape, Stored};

/// A text of many megabytes, used like a `str`: its own, or part of the image that a book was started from, as an
/// [`Array`](super::Array) of numbers.
#[derive(Clone, Default)]
pub(super) struct LongText {
    /// Empty where it is lent.
    own: String,
    lent: Option<ByteString>,
}

impl LongText {
    /// The text to be changed; what is lent is copied first.
    pub(super) fn to_mut(&mut self) -> &mut String {
        if let Some(text) = self.lent.take() {
            self.own = text.to_string();
        }
        &mut self.own
    }

    /// Bytes in memory.
    pub(super) fn size_bytes(&self) -> usize {
        self.lent.as_ref().map_or(self.own.capacity(), |text| text.len())
    }
}

impl Deref for LongText {
    type Target = str;

    fn deref(&self) -> &str {
        self.lent.as_deref().unwrap_or(&self.own)
    }
}

impl fmt::Debug for LongText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl Stored for LongText {
    fn write_to(&self, out: &mut SectionWriter<'_>) -> io::Result<()> {
        out.bytes(self.as_bytes())
    }

    fn read_from(from: &mut SectionReader) -> Result<Self, Damage> {
        let lent = ByteString::try_from(from.bytes()?).map_err(|_| Damage("a text isn't UTF-8"))?;
        Ok(Self { own: String::new(), lent: Some(lent) })
    }

    fn shape(shape: &mut Shape) {
        shape.name("long text");
    }
}
