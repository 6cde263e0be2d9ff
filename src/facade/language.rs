//! The spec language, by example. No code: documentation only.
#![doc = ""]
#![doc = include_str!("../../grammar/README.md")]
