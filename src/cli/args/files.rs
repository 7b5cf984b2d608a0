//! Options of the verbs that read what lies on this device: saved chains, logs, saved connections.

use std::path::PathBuf;

/// `inspect`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit: 0 healthy, 1 a cause was found, 2 usage or unreadable input, 3 inconclusive."
)]
pub struct InspectArgs {
    /// Certificates: PEM, DER, PKCS#7, or the pasted output of `openssl s_client -showcerts`; `-` reads standard
    /// input. The first certificate is taken as the server's own.
    #[arg(value_name = "FILE", required_unless_present_any = ["client_cert", "p12"])]
    pub files: Vec<PathBuf>,
    /// The name (or address) the client would use.
    #[arg(long, value_name = "NAME")]
    pub host: Option<String>,
    /// Judge at this moment: RFC 3339, a day, or Unix seconds [default: now].
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// Trust these roots instead of this system's.
    #[arg(long, value_name = "FILE")]
    pub roots: Option<PathBuf>,
    /// A revocation list of one of the CAs (PEM or DER, at most 32 MiB); may be given several times.
    #[arg(long, value_name = "FILE")]
    pub crl: Vec<PathBuf>,
    /// An OCSP answer about one of the certificates (PEM or DER, at most 64 KiB); may be given several times.
    #[arg(long, value_name = "FILE")]
    pub ocsp: Vec<PathBuf>,
    /// A client's own certificate to judge (PEM or DER; PKCS#12 too). Roots given with --roots are then those that the
    /// gateway accepts.
    #[arg(long, value_name = "FILE")]
    pub client_cert: Option<PathBuf>,
    /// Its private key, where that is in a file of its own.
    #[arg(long, value_name = "FILE", requires = "client_cert")]
    pub key: Option<PathBuf>,
    /// A client's certificate and key in one PKCS#12 file (.p12, .pfx). A password is asked for on the terminal, or
    /// read as one line from standard input.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["client_cert", "key"])]
    pub p12: Option<PathBuf>,
    /// The document of `check --json`, with what a file can tell.
    #[arg(long)]
    pub json: bool,
}

/// `logs`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit: 1 known error messages were found, 2 usage or nothing named could be read, 3 none was found. Passwords, cookies and tokens in lines are hidden."
)]
pub struct LogsArgs {
    /// Log files (also packed with gzip) and folders; `-` reads standard input [default: the logs of the VPN programs
    /// known on this system].
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// As JSON: what was found, newest first, and causes.
    #[arg(long)]
    pub json: bool,
}

/// `profiles`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit: 0 some were found, 2 usage or nothing named could be read, 3 none was found. Keys, passwords and cookies in the files are left alone."
)]
pub struct ProfilesArgs {
    /// Files of saved connections [default: those of the VPN programs known on this system].
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// As JSON.
    #[arg(long)]
    pub json: bool,
}
