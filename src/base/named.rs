//! Enums whose variants have names that tables and JSON write.

/// Declares an enum whose variants each have a name: all of them in order, the name of each, and
/// JSON that writes it.
macro_rules! named_enum {
    (
        $(#[$about:meta])*
        $visibility:vis enum $type:ident {
            $($(#[$of_variant:meta])* $variant:ident = $name:literal,)*
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        $visibility enum $type {
            $($(#[$of_variant])* $variant,)*
        }

        impl $type {
            /// All of them, in order.
            $visibility const ALL: [$type; [$($type::$variant),*].len()] = [$($type::$variant),*];

            /// The name as tables and JSON write it. A change is a breaking change.
            $visibility fn name(self) -> &'static str {
                match self {
                    $($type::$variant => $name,)*
                }
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
                to.serialize_str(self.name())
            }
        }
    };
}

pub(crate) use named_enum;
