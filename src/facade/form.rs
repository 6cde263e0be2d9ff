//! The name of a form → the form.

use std::str::FromStr;

use super::error::Error;
use crate::{
    gradient::Form,
    source::{Diagnostic, Kind, suggestion::nearest},
};

impl FromStr for Form {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|form| form.name() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name);
            let help = nearest(text, names)
                .map_or_else(|| format!("known are {}", names.join(", ")), |near| format!("did you mean `{near}`?"));
            Error::alone(Diagnostic::error(Kind::Usage, format!("unknown form `{}`", text.escape_debug())).help(help))
        })
    }
}
