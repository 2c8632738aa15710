//! What a person's machine says of AWS in `~/.aws`, where the environment says nothing: as `aws configure` writes it.

use std::io;
use std::path::{Path, PathBuf};

use ini::{Ini, ParseOption};

/// What a profile says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Profile {
    pub key_id: Option<String>,
    pub secret: Option<String>,
    pub token: Option<String>,
    pub region: Option<String>,
    pub endpoint: Option<String>,
}

/// The profile that the environment names, or the one that is there by default. Nothing where there are no such files;
/// one that is named must be there.
///
/// # Errors
/// The files cannot be understood, or do not have what is named, or credentials stand there that only AWS's own tools
/// can get at.
pub(super) fn read(
    said: &dyn Fn(&str) -> Option<String>,
    home: Option<&Path>,
) -> io::Result<Profile> {
    let named = said("AWS_PROFILE").or_else(|| said("AWS_DEFAULT_PROFILE"));
    let name = named.as_deref().unwrap_or("default");
    let file = |variable, own: &str| {
        let said = said(variable).map(PathBuf::from);
        said.or_else(|| Some(home?.join(".aws").join(own)))
    };
    let credentials = load(file("AWS_SHARED_CREDENTIALS_FILE", "credentials"))?;
    let config = load(file("AWS_CONFIG_FILE", "config"))?;
    let of_config = if name == "default" { name.to_owned() } else { format!("profile {name}") };
    let sections = [credentials.section(Some(name)), config.section(Some(of_config))];
    let get = |key: &str| {
        let mut found = sections.iter().flatten().filter_map(|section| section.get(key));
        found.find(|text| !text.is_empty()).map(str::to_owned)
    };
    let profile = Profile {
        key_id: get("aws_access_key_id"),
        secret: get("aws_secret_access_key"),
        token: get("aws_session_token"),
        region: get("region"),
        endpoint: get("endpoint_url"),
    };
    const ELSEWHERE: [&str; 5] =
        ["sso_session", "sso_start_url", "role_arn", "credential_process", "login_session"];
    let elsewhere = ELSEWHERE.into_iter().find(|key| get(key).is_some());
    let is_there = sections.iter().any(Option::is_some);
    match (named.is_some(), is_there, &profile.key_id, elsewhere) {
        (true, false, ..) => {
            Err(refused(name, "is in neither ~/.aws/credentials nor ~/.aws/config"))
        }
        (_, true, None, Some(key)) => Err(refused(
            name,
            &format!(
                "gets its credentials by `{key}`, which AWS's own tools alone do: \
                 eval \"$(aws configure export-credentials --profile {name} --format env)\""
            ),
        )),
        (true, true, None, None) => Err(refused(name, "has no aws_access_key_id")),
        _ => Ok(profile),
    }
}

fn refused(name: &str, what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, format!("the AWS profile `{name}` {what}"))
}

/// What a file says; nothing where there is none.
fn load(file: Option<PathBuf>) -> io::Result<Ini> {
    let Some(file) = file else { return Ok(Ini::new()) };
    // Values are to the letter, and what is indented is of another key.
    let plain = ParseOption {
        enabled_quote: false,
        enabled_escape: false,
        enabled_preserve_key_leading_whitespace: true,
        ..ParseOption::default()
    };
    match Ini::load_from_file_opt(&file, plain) {
        Ok(said) => Ok(said),
        Err(ini::Error::Io(e)) if e.kind() == io::ErrorKind::NotFound => Ok(Ini::new()),
        Err(ini::Error::Io(e)) => Err(io::Error::new(e.kind(), format!("{}: {e}", file.display()))),
        Err(ini::Error::Parse(e)) => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("{}, line {}: {}", file.display(), e.line, e.msg),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_with(environment: &[(&str, &str)], home: &Path) -> io::Result<Profile> {
        let said = |name: &str| {
            let mut found = environment.iter().filter(|(key, _)| *key == name);
            found.next().map(|(_, value)| (*value).to_owned())
        };
        read(&said, Some(home))
    }

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_profile_says_what_aws_configure_wrote() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(read_with(&[], home.path()).unwrap(), Profile::default(), "no files");
        let own = home.path().join(".aws");
        std::fs::create_dir(&own).unwrap();
        let credentials = "[default]\naws_access_key_id = AKIA1\naws_secret_access_key = \"a\\b+/=#c\n\n\
                           [billing]\naws_access_key_id=AKIA2\naws_secret_access_key=s2\naws_session_token=t==\n";
        std::fs::write(own.join("credentials"), credentials).unwrap();
        let config = "# written by hand\n[default]\nregion = eu-central-1\ns3 =\n  region = elsewhere\n\
                      [profile billing]\nregion=us-west-2\nendpoint_url = https://s3.example.com\n\
                      [profile people]\nsso_session = us\nregion = us-east-1\n[profile empty]\noutput = json\n";
        std::fs::write(own.join("config"), config).unwrap();
        let default = read_with(&[], home.path()).unwrap();
        assert_eq!(default.secret, text("\"a\\b+/=#c"), "to the letter");
        assert_eq!((default.key_id, default.region), (text("AKIA1"), text("eu-central-1")));
        let billing = read_with(&[("AWS_PROFILE", "billing")], home.path()).unwrap();
        let expected = Profile {
            key_id: text("AKIA2"),
            secret: text("s2"),
            token: text("t=="),
            region: text("us-west-2"),
            endpoint: text("https://s3.example.com"),
        };
        assert_eq!(billing, expected);
        for (name, told) in [
            ("people", "export-credentials --profile people"),
            ("empty", "has no aws_access_key_id"),
            ("other", "is in neither"),
        ] {
            let refused = read_with(&[("AWS_PROFILE", name)], home.path()).unwrap_err();
            assert!(refused.to_string().contains(told), "{refused}");
        }
        // Files elsewhere; of those of the home nothing then.
        let there = own.join("config").display().to_string();
        let said = [("AWS_CONFIG_FILE", &*there), ("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")];
        let config_alone = read_with(&said, home.path()).unwrap();
        assert_eq!((config_alone.key_id, config_alone.region), (None, text("eu-central-1")));
        std::fs::write(own.join("config"), "[default\nregion").unwrap();
        let fault = read_with(&[], home.path()).unwrap_err().to_string();
        assert!(fault.contains(".aws/config, line 2"), "{fault}");
    }
}
