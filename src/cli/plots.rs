//! Pictures → SVG files in a folder. Nothing but pictures of an earlier run is replaced.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use chainrule::{plot::MADE_BY, report::insight::pictures::Picture};

use super::{
    error::{CliError, Failure},
    files,
    output::Output,
};

/// Writes every picture under its name, each once it is complete, and says which; a missing folder is made.
///
/// # Errors
/// The folder or a file cannot be written, or a file of such a name is of another program: then nothing is written.
pub fn write(folder: &Path, pictures: &[Picture], output: &mut Output) -> Result<(), Failure> {
    let drawn = || pictures.iter().filter_map(|picture| Some((picture.file, picture.svg.as_ref().ok()?)));
    for (file, _) in drawn() {
        let path = folder.join(file);
        if !is_free(&path).map_err(|error| CliError::Write { path: files::name(&path), error })? {
            return Err(CliError::NotOurs { path: files::name(&path) }.into());
        }
    }
    if drawn().next().is_some() {
        fs::create_dir_all(folder).map_err(|error| CliError::Folder { path: files::name(folder), error })?;
    }
    let mut written: Vec<&str> = Vec::new();
    for (file, svg) in drawn() {
        if let Err(error) = files::replace(&folder.join(file), svg.as_bytes()) {
            if !written.is_empty() {
                output.remark(&format!("written to {}: {}", files::name(folder), written.join(", ")))?;
            }
            return Err(error.into());
        }
        written.push(file);
    }
    for picture in pictures {
        if let Err(missing) = &picture.svg {
            output.remark(&format!("no {}: {missing}", picture.file))?;
        }
    }
    let folder = files::name(folder);
    output.remark(&match written.len() {
        0 => format!("no picture was written to {folder}: the parts that were asked for have nothing to draw"),
        _ => format!("written to {folder}: {}", written.join(", ")),
    })
}

/// Whether nothing stands there, or a picture that this program made.
fn is_free(path: &Path) -> io::Result<bool> {
    /// A picture says early who made it.
    const BEGINNING: u64 = 4096;
    let mut bytes = Vec::new();
    match File::open(path) {
        // No folder of this name either, or a file in its place: that is said when it is made.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(true);
        }
        Err(error) => return Err(error),
        Ok(file) => file.take(BEGINNING).read_to_end(&mut bytes)?,
    };
    Ok(bytes.is_empty() || String::from_utf8_lossy(&bytes).contains(MADE_BY))
}

#[cfg(test)]
mod tests {
    use chainrule::{plot::PlotError, report::insight::pictures::Missing};
    use clap::ColorChoice;
    use tempfile::TempDir;

    use super::*;

    fn picture(file: &'static str, text: &str) -> Picture {
        Picture { file, svg: Ok(format!("<svg>\n{MADE_BY}\n{text}</svg>")) }
    }

    fn written(folder: &Path, pictures: &[Picture]) -> Result<(), String> {
        let mut output = Output::new(ColorChoice::Never);
        write(folder, pictures, &mut output).map_err(|failure| match failure {
            Failure::Errors(errors, _) => errors[0].title.clone(),
            Failure::ClosedPipe => "closed".into(),
        })
    }

    #[test]
    fn pictures_replace_pictures_and_nothing_else() {
        let root = TempDir::new().unwrap();
        let folder = root.path().join("new/pictures");
        let missing = Picture { file: "attenuation.svg", svg: Err(Missing::Plot(PlotError::Empty)) };
        written(&folder, &[picture("norms.svg", "old"), missing.clone()]).unwrap();
        fs::write(folder.join("mine.svg"), "mine").unwrap();
        written(&folder, &[picture("norms.svg", "new"), missing]).unwrap();
        assert!(fs::read_to_string(folder.join("norms.svg")).unwrap().contains("new"));
        assert!(!folder.join("attenuation.svg").exists());

        fs::write(folder.join("influence.svg"), "<svg>drawn by hand</svg>").unwrap();
        let both = [picture("norms.svg", "newer"), picture("influence.svg", "x")];
        let refused = written(&folder, &both).unwrap_err();
        assert!(refused.ends_with("influence.svg` is no picture of chainrule, so it is not replaced"), "{refused}");
        assert_eq!(fs::read_to_string(folder.join("influence.svg")).unwrap(), "<svg>drawn by hand</svg>");
        assert!(fs::read_to_string(folder.join("norms.svg")).unwrap().contains("new<"));
        assert_eq!(fs::read_to_string(folder.join("mine.svg")).unwrap(), "mine");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 3);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let root = TempDir::new().unwrap();
        let file = root.path().join("file");
        fs::write(&file, "mine").unwrap();
        let refused = written(&file.join("sub"), &[picture("norms.svg", "x")]).unwrap_err();
        assert!(refused.starts_with("cannot make the folder `"), "{refused}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
        let nothing = root.path().join("nothing");
        written(&nothing, &[]).unwrap();
        assert!(!nothing.exists());
    }
}
