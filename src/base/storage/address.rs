//! Addresses in object storage, such as `s3://bucket/usage/2026-04.parquet`, which stand wherever a path does.

use std::path::{Path, PathBuf};

/// What addresses begin with: S3, Google's storage, Azure's, and servers that files are only read from.
const SCHEMES: [&str; 5] = ["s3", "gs", "az", "https", "http"];

/// Scheme, host or bucket, and the rest behind it.
pub(super) fn parts(path: &Path) -> Option<(&'static str, &str, &str)> {
    let (scheme, rest) = path.to_str()?.split_once("://")?;
    let scheme = SCHEMES.into_iter().find(|known| *known == scheme)?;
    let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
    Some((scheme, bucket, key.trim_end_matches('/')))
}

/// Whether a path is an address in object storage.
pub fn is_address(path: &Path) -> bool {
    parts(path).is_some()
}

/// Whether an address is of a web server, where files are read from and nothing else.
pub fn is_of_web(path: &Path) -> bool {
    parts(path).is_some_and(|(scheme, ..)| scheme.starts_with("http"))
}

/// The bucket of an address, with its scheme, and the key of the object there.
pub fn bucket_and_key(path: &Path) -> Option<(String, &str)> {
    parts(path).map(|(scheme, bucket, key)| (format!("{scheme}://{bucket}"), key))
}

/// Where a path leads from a folder: an address, as an absolute path, leads to the same place from everywhere.
pub fn leads_from(folder: &Path, path: &Path) -> PathBuf {
    if is_address(path) { path.to_owned() } else { folder.join(path) }
}

/// The folder before the first part of an address that has wildcards, and the parts from there on; `None` where none
/// has.
pub fn glob_of(address: &str) -> Option<(&str, Vec<&str>)> {
    let wildcard = address.find(['*', '?', '['])?;
    let (folder, _) = address[..wildcard].rsplit_once('/')?;
    Some((folder, address[folder.len() + 1..].split('/').collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_scheme_a_bucket_and_a_key() {
        for (path, expected) in [
            ("s3://b/usage/a.csv", Some(("s3", "b", "usage/a.csv"))),
            ("gs://b", Some(("gs", "b", ""))),
            ("az://c/folder/", Some(("az", "c", "folder"))),
            ("https://host:8443/a.csv", Some(("https", "host:8443", "a.csv"))),
            ("ftp://host/a.csv", None),
            ("s3:/b/a.csv", None),
            ("usage/s3/a.csv", None),
            ("/usage", None),
        ] {
            assert_eq!(parts(Path::new(path)), expected, "{path}");
        }
        let leads = |path: &str| leads_from(Path::new("/job"), Path::new(path));
        assert_eq!(leads("s3://b/a").to_str(), Some("s3://b/a"));
        assert_eq!(leads("a").to_str(), Some("/job/a"));
    }

    #[test]
    fn a_glob_begins_at_the_folder_before_its_first_wildcard() {
        assert_eq!(glob_of("s3://b/u/2026-*/*.csv"), Some(("s3://b/u", vec!["2026-*", "*.csv"])));
        assert_eq!(glob_of("s3://b/*"), Some(("s3://b", vec!["*"])));
        assert_eq!(glob_of("s3://b/u/a.csv"), None);
    }
}
