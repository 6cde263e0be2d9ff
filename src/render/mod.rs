//! What was found → text for a reader.

pub mod table;
