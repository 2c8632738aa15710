//! How the paths of inputs are named where a revision tells of them: so that the same job names
//! them alike from wherever it is started.

use std::path::{Component, Path, PathBuf};

use super::storage::{is_address, leads_from};

/// Names paths as they lead from a folder. What was said as an absolute path stays one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathNames {
    /// The folder that names lead from.
    folder: PathBuf,
    /// The folder that relative paths lead from.
    working: PathBuf,
    /// Beginnings of paths that were said absolutely.
    absolute: Vec<PathBuf>,
    /// A folder that is there meanwhile, with files that the command wrote itself.
    own: Option<PathBuf>,
}

impl PathNames {
    /// Names that lead from `folder`; it, and all paths but absolute ones, lead from the `working`
    /// folder. What begins as one of the `said` paths that are absolute keeps its path.
    pub fn from<'a>(
        folder: &Path,
        working: &Path,
        said: impl IntoIterator<Item = &'a PathBuf>,
    ) -> Self {
        let absolute = said.into_iter().filter(|path| path.is_absolute());
        PathNames {
            folder: leads_from(working, folder),
            working: working.to_owned(),
            absolute: absolute.map(|path| before_wildcards(path)).collect(),
            own: None,
        }
    }

    /// The same; what the command wrote itself into the folder `own` is known by its name there, since
    /// that folder does not last.
    pub fn with_own(self, own: Option<&Path>) -> Self {
        PathNames { own: own.map(Path::to_owned), ..self }
    }

    /// The folder that names lead from.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder that relative paths lead from.
    pub fn working(&self) -> &Path {
        &self.working
    }

    /// The name of a path.
    pub fn name(&self, path: &Path) -> String {
        if is_address(path) {
            return path.display().to_string();
        }
        if let Some(name) = self.own.as_ref().and_then(|own| path.strip_prefix(own).ok()) {
            return name.display().to_string();
        }
        if self.absolute.iter().any(|said| path.starts_with(said)) {
            return path.display().to_string();
        }
        let whole = self.working.join(path);
        // No way leads from object storage to a file of this machine.
        if is_address(&self.folder) {
            return plain(&whole).display().to_string();
        }
        let name = relative(&plain(&self.folder), &plain(&whole));
        let real = |path: &Path| path.canonicalize().ok();
        // The parent of a link's target is not the parent of the link.
        match real(&self.folder.join(&name)) == real(&whole) {
            true => name.display().to_string(),
            false => whole.display().to_string(),
        }
    }
}

/// The folders of a glob before its first wildcard; the whole of any other path.
fn before_wildcards(path: &Path) -> PathBuf {
    if path.exists() {
        return path.to_owned();
    }
    let has_none = |part: &Component<'_>| {
        !part.as_os_str().as_encoded_bytes().iter().any(|byte| b"*?[{".contains(byte))
    };
    path.components().take_while(has_none).collect()
}

/// A path without `.`, and without `..` as far as there is something to go back from.
pub fn plain(path: &Path) -> PathBuf {
    if is_address(path) {
        return path.to_owned();
    }
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

/// A path as a command in the working folder takes it: relative where it lies below.
pub fn from_working(working: &Path, path: &Path) -> PathBuf {
    let path = plain(path);
    path.strip_prefix(plain(working)).map_or_else(|_| path.clone(), Path::to_owned)
}

/// The way from a folder to a path, both absolute and plain.
fn relative(folder: &Path, path: &Path) -> PathBuf {
    let common = folder.components().zip(path.components()).take_while(|(a, b)| a == b).count();
    let up = folder.components().skip(common).map(|_| Component::ParentDir);
    up.chain(path.components().skip(common)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_from_the_folder_and_absolute_paths_stay() {
        let said = ["/data/usage".into(), "/logs/*/may.csv".into(), "u.csv".into()];
        let names = PathNames::from(Path::new("jobs"), Path::new("/srv"), &said);
        assert_eq!(names.folder(), Path::new("/srv/jobs"));
        for (path, name) in [
            ("jobs/usage/a.csv", "usage/a.csv"),
            ("/srv/jobs/usage/a.csv", "usage/a.csv"),
            ("u.csv", "../u.csv"),
            ("./jobs/./u.csv", "u.csv"),
            ("../other/u.csv", "../../other/u.csv"),
            ("/data/usage/a.csv", "/data/usage/a.csv"),
            ("/data/usages/a.csv", "../../data/usages/a.csv"),
            ("/logs/2026/may.csv", "/logs/2026/may.csv"),
        ] {
            assert_eq!(names.name(Path::new(path)), name, "{path}");
        }
        let here = PathNames::from(Path::new(""), Path::new("/srv"), &said);
        assert_eq!(here.name(Path::new("usage/a.csv")), "usage/a.csv");
        let own = names.with_own(Some(Path::new("/tmp/x1")));
        assert_eq!(own.name(Path::new("/tmp/x1/adjustment.csv")), "adjustment.csv");
        assert_eq!(own.name(Path::new("jobs/usage/a.csv")), "usage/a.csv");
    }

    #[cfg(unix)]
    #[test]
    fn a_name_leads_to_the_file() {
        let sandbox = tempfile::tempdir().unwrap();
        let root = sandbox.path();
        std::fs::create_dir_all(root.join("real/jobs")).unwrap();
        std::os::unix::fs::symlink(root.join("real/jobs"), root.join("jobs")).unwrap();
        std::fs::write(root.join("real/u.csv"), "").unwrap();
        let names = PathNames::from(Path::new("jobs"), root, []);
        // Behind a link `..` leads elsewhere than it looks.
        for path in ["jobs/../u.csv", "real/jobs/../u.csv", "real/u.csv"] {
            let name = names.name(Path::new(path));
            let real = |path: PathBuf| path.canonicalize().unwrap();
            assert_eq!(real(names.folder().join(name)), real(root.join(path)), "{path}");
        }
    }
}
