//! Pictures → SVG files in a folder. Nothing but pictures of an earlier run is replaced.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use chainrule::{
    document::plot::Plot,
    render::plot::{self, MADE_BY},
    report::insight::pictures::Missing,
};

use super::{
    error::{CliError, Failure},
    files,
    output::Output,
};

/// Writes every picture under its name, each once it is complete, and says which; a missing folder is made.
///
/// # Errors
/// The folder or a file cannot be written, or a file of such a name is of another program: then nothing is written.
pub fn write(folder: &Path, pictures: &[Result<Plot, Missing>], output: &mut Output) -> Result<(), Failure> {
    let drawn: Vec<(String, &Plot)> =
        pictures.iter().flatten().map(|plot| (format!("{}.svg", plot.name), plot)).collect();
    for (file, _) in &drawn {
        let path = folder.join(file);
        if !is_free(&path).map_err(|error| CliError::Write { path: files::name(&path), error })? {
            return Err(CliError::NotOurs { path: files::name(&path) }.into());
        }
    }
    if !drawn.is_empty() {
        fs::create_dir_all(folder).map_err(|error| CliError::Folder { path: files::name(folder), error })?;
    }
    let mut written: Vec<&str> = Vec::new();
    for (file, plot) in &drawn {
        if let Err(error) = files::replace(&folder.join(file), plot::svg(plot).as_bytes()) {
            if !written.is_empty() {
                output.remark(&format!("written to {}: {}", files::name(folder), written.join(", ")))?;
            }
            return Err(error.into());
        }
        written.push(file);
    }
    for missing in pictures.iter().filter_map(|picture| picture.as_ref().err()) {
        output.remark(&missing.to_string())?;
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
    use chainrule::document::plot::{Figure, Marks};
    use clap::ColorChoice;
    use tempfile::TempDir;

    use super::*;

    fn picture(name: &'static str, title: &str) -> Plot {
        let marks = Marks { rows: vec![], columns: vec![], panels: vec![], legend: [""; 3], notes: vec![] };
        Plot { name, title: title.into(), figure: Figure::Marks(marks) }
    }

    fn written(folder: &Path, pictures: &[Result<Plot, Missing>]) -> Result<(), String> {
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
        let missing = Err(Missing::Empty("attenuation"));
        written(&folder, &[Ok(picture("norms", "old")), missing.clone()]).unwrap();
        fs::write(folder.join("mine.svg"), "mine").unwrap();
        written(&folder, &[Ok(picture("norms", "new")), missing]).unwrap();
        assert!(fs::read_to_string(folder.join("norms.svg")).unwrap().contains("new"));
        assert!(!folder.join("attenuation.svg").exists());

        fs::write(folder.join("influence.svg"), "<svg>drawn by hand</svg>").unwrap();
        let both = [Ok(picture("norms", "newer")), Ok(picture("influence", "x"))];
        let refused = written(&folder, &both).unwrap_err();
        assert!(refused.ends_with("influence.svg` is no picture of chainrule, so it is not replaced"), "{refused}");
        assert_eq!(fs::read_to_string(folder.join("influence.svg")).unwrap(), "<svg>drawn by hand</svg>");
        assert!(fs::read_to_string(folder.join("norms.svg")).unwrap().contains(">new<"));
        assert_eq!(fs::read_to_string(folder.join("mine.svg")).unwrap(), "mine");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 3);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let root = TempDir::new().unwrap();
        let file = root.path().join("file");
        fs::write(&file, "mine").unwrap();
        let refused = written(&file.join("sub"), &[Ok(picture("norms", "x"))]).unwrap_err();
        assert!(refused.starts_with("cannot make the folder `"), "{refused}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
        let nothing = root.path().join("nothing");
        written(&nothing, &[]).unwrap();
        assert!(!nothing.exists());
    }
}
