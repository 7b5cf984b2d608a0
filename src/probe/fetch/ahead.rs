//! Connections to responders that are begun while a missing issuer is still being fetched: nobody can be asked about a
//! certificate before its issuer is there, but the way to whom will be asked can be ready by then.
//!
//! What is asked over them is in `revocation`; where they may lead in the fetcher above.

use std::sync::{Arc, Mutex, PoisonError};

use hyper::Uri;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::Fetcher;

/// Connections that are kept ready at most.
const MAX_AHEAD: usize = 2;

/// The connections of one run that are ready or on their way.
#[derive(Clone, Default)]
pub(in crate::probe) struct Ahead(Arc<Mutex<Vec<Begun>>>);

struct Begun {
    host: String,
    port: u16,
    connecting: JoinHandle<Option<TcpStream>>,
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.connecting.abort();
    }
}

impl Ahead {
    /// Begins a connection to the host of this address, if it is one of plain HTTP and none was begun.
    pub(super) fn begin(&self, fetcher: &Fetcher, url: &str) {
        let Some((host, port)) = place(url) else {
            return;
        };
        let mut begun = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = begun.iter().any(|one| one.host == host && one.port == port);
        if known || begun.len() >= MAX_AHEAD {
            return;
        }
        let (fetcher, wanted) = (fetcher.clone(), host.clone());
        let connecting = tokio::spawn(async move { fetcher.connect(&wanted, port).await.ok() });
        begun.push(Begun {
            host,
            port,
            connecting,
        });
    }

    /// The connection that was begun to this host, once; none where none was, or none came about.
    pub(super) async fn take(&self, uri: &Uri) -> Option<TcpStream> {
        let (host, port) = place(&uri.to_string())?;
        let mut one = {
            let mut begun = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let at = begun
                .iter()
                .position(|one| one.host == host && one.port == port)?;
            begun.swap_remove(at)
        };
        (&mut one.connecting).await.ok().flatten()
    }
}

fn place(url: &str) -> Option<(String, u16)> {
    let uri: Uri = url.parse().ok()?;
    (uri.scheme_str() == Some("http")).then_some(())?;
    Some((
        uri.host()?.to_ascii_lowercase(),
        uri.port_u16().unwrap_or(80),
    ))
}
