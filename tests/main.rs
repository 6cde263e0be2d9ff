//! All integration tests, one topic a file.

mod concrete;
mod files;
mod oracles;
mod points;
