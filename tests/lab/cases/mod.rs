//! The tables of cases, one file for each layer. A row says how its world differs from a healthy one.

mod between;
mod cards;
mod certificate;
mod device;
mod device_state;
mod dns;
mod experiments;
mod flaws;
mod healthy;
mod live;
mod network;
mod pairs;
mod profile;
mod silence;
mod site;
mod transport;
mod versions;

/// Makes a test of every row: `name { field: value, ... }`, where what is not said is as in [`crate::case::HEALTHY`].
macro_rules! cases {
    ($($name:ident { $($field:ident: $value:expr),* $(,)? })*) => {$(
        #[test]
        fn $name() {
            $crate::case::Case { name: stringify!($name), $($field: $value,)* ..$crate::case::HEALTHY }.run();
        }
    )*};
}
use cases;
