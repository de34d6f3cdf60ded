//! [`Array`]: numbers one after the other, in memory of their own or in that of an image.

use std::fmt;
use std::ops::Deref;

use bytemuck::Pod;
use bytes::Bytes;

/// Numbers one after the other, used like a slice.
///
/// They are either its own or part of a larger memory that it keeps alive: the image that a book was started
/// from, of which nothing is copied.
#[derive(Clone)]
pub struct Array<T> {
    /// Empty where they are lent.
    own: Vec<T>,
    /// Aligned for `T` and a whole number of them: checked in [`Array::of_bytes`].
    lent: Option<Bytes>,
}

impl<T: Pod> Array<T> {
    /// The numbers that these bytes are, in the machine's byte order; none if they don't lie or end where numbers could.
    #[must_use]
    pub fn of_bytes(bytes: Bytes) -> Option<Self> {
        if bytes.is_empty() {
            // No bytes may lie anywhere, no numbers may not.
            return Some(Self::default());
        }
        let fits = bytemuck::try_cast_slice::<u8, T>(&bytes).is_ok();
        fits.then_some(Self { own: Vec::new(), lent: Some(bytes) })
    }

    /// The numbers as bytes, in the machine's byte order.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        bytemuck::cast_slice(self)
    }

    /// The numbers to be changed; what is lent is copied first.
    pub fn to_mut(&mut self) -> &mut Vec<T> {
        if let Some(bytes) = self.lent.take() {
            self.own = bytemuck::cast_slice(&bytes).to_vec();
        }
        &mut self.own
    }

    /// Bytes in memory.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.lent.as_ref().map_or(self.own.capacity() * size_of::<T>(), Bytes::len)
    }
}

impl<T: Pod> Deref for Array<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.lent {
            None => &self.own,
            Some(bytes) => bytemuck::cast_slice(bytes),
        }
    }
}

impl<T> From<Vec<T>> for Array<T> {
    fn from(own: Vec<T>) -> Self {
        Self { own, lent: None }
    }
}

impl<T> FromIterator<T> for Array<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        values.into_iter().collect::<Vec<T>>().into()
    }
}

impl<T> Default for Array<T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<'a, T: Pod> IntoIterator for &'a Array<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: Pod + PartialEq, const N: usize> PartialEq<[T; N]> for Array<T> {
    fn eq(&self, other: &[T; N]) -> bool {
        **self == other[..]
    }
}

impl<T: Pod + fmt::Debug> fmt::Debug for Array<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes() -> Bytes {
        let numbers: Vec<u64> = vec![1, 2, 3, 4];
        Bytes::from_owner(Numbers(numbers))
    }

    struct Numbers(Vec<u64>);

    impl AsRef<[u8]> for Numbers {
        fn as_ref(&self) -> &[u8] {
            bytemuck::cast_slice(&self.0)
        }
    }

    #[test]
    fn own_and_lent_numbers_read_alike() {
        let own = Array::from(vec![1_u64, 2, 3, 4]);
        let mut lent = Array::<u64>::of_bytes(bytes()).unwrap();
        assert_eq!(own[..], lent[..]);
        assert_eq!(own.as_bytes(), lent.as_bytes());
        assert_eq!((own.size_bytes(), lent.size_bytes()), (32, 32));
        lent.to_mut().push(5);
        assert_eq!(lent, [1, 2, 3, 4, 5]);
    }

    #[test]
    fn bytes_that_are_no_numbers_are_refused() {
        assert!(Array::<u64>::of_bytes(bytes().slice(8..24)).is_some_and(|it| it == [2, 3]));
        assert!(Array::<u64>::of_bytes(bytes().slice(..20)).is_none(), "not a whole number of them");
        assert!(Array::<u64>::of_bytes(bytes().slice(4..12)).is_none(), "not aligned");
        assert!(Array::<u64>::of_bytes(bytes().slice(3..3)).is_some_and(|it| it.is_empty()));
    }
}
