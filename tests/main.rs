//! All integration tests, one topic a file.

mod bindings;
mod concrete;
mod files;
mod oracles;
mod points;
