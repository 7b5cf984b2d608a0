//! Numbers within bounds, refused with the bounds as data: clap's own parser of ranges tells them in English only.

use std::num::ParseIntError;

/// Why a number was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// No whole number at all, or none that fits.
    #[error(transparent)]
    None(#[from] ParseIntError),
    /// Less than the least there may be; there is no most.
    #[error("{value} is not in {least}..")]
    Below {
        /// The number.
        value: u64,
        /// The least there may be.
        least: u64,
    },
    /// Not between two bounds.
    #[error("{value} is not in {least}..={most}")]
    Outside {
        /// The number.
        value: u64,
        /// The least there may be.
        least: u64,
        /// The most there may be.
        most: u64,
    },
}

/// A parser of whole numbers from `least` to `most`, both of them taken.
pub fn within<T: TryFrom<u64>>(
    least: u64,
    most: u64,
) -> impl Fn(&str) -> Result<T, NumberError> + Clone {
    move |text| {
        let value = text.parse::<u64>()?;
        let outside = NumberError::Outside { value, least, most };
        if !(least..=most).contains(&value) {
            return Err(outside);
        }
        T::try_from(value).map_err(|_| outside)
    }
}

/// A parser of whole numbers from `least` on.
pub fn at_least(least: u64) -> impl Fn(&str) -> Result<u64, NumberError> + Clone {
    move |text| match text.parse::<u64>()? {
        value if value < least => Err(NumberError::Below { value, least }),
        value => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_taken_and_what_is_beyond_is_told_with_them() {
        let jobs = within::<u16>(1, 1024);
        assert_eq!((jobs("1"), jobs("1024")), (Ok(1), Ok(1024)));
        let beyond = |value| NumberError::Outside {
            value,
            least: 1,
            most: 1024,
        };
        assert_eq!(jobs("0"), Err(beyond(0)));
        assert_eq!(jobs("1025"), Err(beyond(1025)));
        assert_eq!(beyond(1025).to_string(), "1025 is not in 1..=1024");
        assert!(matches!(jobs("-1"), Err(NumberError::None(_))));
        let rounds = at_least(1);
        assert_eq!(rounds("18446744073709551615"), Ok(u64::MAX));
        assert_eq!(rounds("0"), Err(NumberError::Below { value: 0, least: 1 }));
        assert!(matches!(rounds(""), Err(NumberError::None(_))));
    }

    #[test]
    fn a_bound_that_the_type_cannot_hold_is_no_way_round_it() {
        assert!(matches!(
            within::<u8>(1, 300)("256"),
            Err(NumberError::Outside { value: 256, .. })
        ));
    }
}
