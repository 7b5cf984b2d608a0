//! HTTP/1.1 requests over a connection that is already there: no redirects followed, no proxies, no cookies, and
//! nothing kept beyond fixed limits.

use std::io::ErrorKind;
use std::pin::{Pin, pin};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Bytes};
use hyper::client::conn::http1;
use hyper::header::{
    ACCEPT, CONNECTION, CONTENT_TYPE, HOST, HeaderValue, TRANSFER_ENCODING, USER_AGENT,
};
use hyper::{Method, Request, Uri};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::handshake::{alert_name, tls_error};
use crate::evidence::HttpAnswer;

/// Header lines that are kept.
const MAX_HEADERS: usize = 64;
/// Characters that are kept of one header's value.
const MAX_HEADER_VALUE: usize = 2048;
/// How long a body of no stated length may pause before it counts as whole.
const PAUSE: Duration = Duration::from_secs(2);
/// Bytes that all headers together may take.
const MAX_HEAD: usize = 64 << 10;

/// An answer's head, and its body up to the limit asked for.
#[derive(Debug)]
pub(super) struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers, names in lower case, in the order received.
    pub headers: Vec<(String, String)>,
    /// The first bytes of the body.
    pub body: Vec<u8>,
    /// True when the body went on beyond the limit.
    pub cut: bool,
    /// True when the connection ended before the body was as long as had been said.
    pub broken: bool,
}

impl Answer {
    /// The first value of this header, named in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// As evidence.
    pub(super) fn into_evidence(self) -> HttpAnswer {
        HttpAnswer {
            status: self.status,
            headers: self.headers,
            body: String::from_utf8_lossy(&self.body).into_owned(),
        }
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    /// The TLS session under it was ended by this alert.
    #[error("TLS alert {0}")]
    Alert(String),
    /// The connection ended before an answer came.
    #[error("the connection was closed before an answer came")]
    Closed,
    /// Nothing of an answer came in the time given for its beginning.
    #[error("no answer began in time")]
    Silent,
    /// What came is not HTTP.
    #[error("the answer is not HTTP")]
    NotHttp,
    /// Anything else, in the library's words.
    #[error("{0}")]
    Other(String),
}

/// What is asked for.
#[derive(Clone, Debug)]
pub(super) struct Query<'a> {
    /// The `Host` header.
    pub host: &'a str,
    /// The path, in origin form.
    pub path: &'a str,
    /// What is sent along and its media type: then it is a POST.
    pub posted: Option<(&'static str, Vec<u8>)>,
    /// Bytes of the answer's body that are read at most.
    pub max_body: usize,
    /// How long it may take until the answer begins; without it, as long as the caller waits.
    pub begins_within: Option<Duration>,
    /// Further headers, their names in lower case.
    pub headers: &'static [(&'static str, &'static str)],
    /// Whether another question may follow on the connection.
    pub keep: bool,
}

/// Asks for `path` (origin form) with this `Host`, and reads at most `max_body` bytes of the answer's body. Has no
/// deadline of its own.
pub(super) async fn get<S>(
    stream: S,
    host: &str,
    path: &str,
    max_body: usize,
) -> Result<Answer, HttpError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let query = Query {
        host,
        path,
        posted: None,
        max_body,
        begins_within: None,
        headers: &[],
        keep: false,
    };
    exchange(stream, query).await
}

/// Asks and reads the answer, within the limits that the question names.
pub(super) async fn exchange<S>(stream: S, query: Query<'_>) -> Result<Answer, HttpError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    Talk::open(stream).await?.ask(query).await
}

/// A connection over which questions are asked, one after the other.
pub(super) struct Talk<S: AsyncRead + AsyncWrite + Unpin> {
    sender: http1::SendRequest<Full<Bytes>>,
    connection: Pin<Box<http1::Connection<TokioIo<S>, Full<Bytes>>>>,
    ended: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Talk<S> {
    /// Nothing is sent yet.
    pub(super) async fn open(stream: S) -> Result<Self, HttpError> {
        let (sender, connection) = http1::Builder::new()
            .max_buf_size(MAX_HEAD)
            .max_headers(4 * MAX_HEADERS)
            .title_case_headers(true)
            .handshake::<_, Full<Bytes>>(TokioIo::new(stream))
            .await
            .map_err(|error| classify(&error))?;
        Ok(Self {
            sender,
            connection: Box::pin(connection),
            ended: false,
        })
    }

    /// Asks and reads the answer, within the limits that the question names. Fails as [`HttpError::Closed`] where the
    /// connection ended with the answer before.
    pub(super) async fn ask(&mut self, query: Query<'_>) -> Result<Answer, HttpError> {
        let (max_body, begins_within) = (query.max_body, query.begins_within);
        let request = request(query)?;
        let Self {
            sender,
            connection,
            ended,
        } = self;
        let mut exchange = pin!(async {
            sender.ready().await.map_err(|error| classify(&error))?;
            let sending = sender.send_request(request);
            let response = match begins_within {
                Some(limit) => tokio::time::timeout(limit, sending)
                    .await
                    .map_err(|_| HttpError::Silent)?,
                None => sending.await,
            };
            Ok(read(response.map_err(|error| classify(&error))?, max_body).await)
        });
        loop {
            tokio::select! {
                biased;
                answer = &mut exchange => return answer,
                over = connection.as_mut(), if !*ended => {
                    *ended = true;
                    // A clean end is seen by the exchange as well; only a broken one has more to say here.
                    if let Err(error) = over && tls_error(&error).is_some() {
                        return Err(classify(&error));
                    }
                }
            }
        }
    }
}

fn request(query: Query<'_>) -> Result<Request<Full<Bytes>>, HttpError> {
    let other = |error: &dyn std::error::Error| HttpError::Other(error.to_string());
    let uri: Uri = query.path.parse().map_err(|e| other(&e))?;
    let (media_type, body) = query.posted.unzip();
    let mut request = Request::new(Full::from(body.unwrap_or_default()));
    *request.uri_mut() = uri;
    if media_type.is_some() {
        *request.method_mut() = Method::POST;
    }
    let headers = request.headers_mut();
    let host = HeaderValue::from_str(query.host).map_err(|e| other(&e))?;
    headers.insert(HOST, host);
    if let Some(media_type) = media_type {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    }
    headers.insert(
        USER_AGENT,
        HeaderValue::from_static(concat!("vpnmedic/", env!("CARGO_PKG_VERSION"))),
    );
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    if !query.keep {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    for (name, value) in query.headers {
        headers.insert(*name, HeaderValue::from_static(value));
    }
    Ok(request)
}

async fn read(response: hyper::Response<hyper::body::Incoming>, max_body: usize) -> Answer {
    let status = response.status().as_u16();
    let chunked = response.headers().contains_key(TRANSFER_ENCODING);
    let headers = response
        .headers()
        .iter()
        .take(MAX_HEADERS)
        .map(|(name, value)| (name.as_str().to_owned(), shown(value)))
        .collect();
    let mut answer = Answer {
        status,
        headers,
        body: Vec::new(),
        cut: false,
        broken: false,
    };
    let mut incoming = response.into_body();
    // Without a length the end of the connection is the end of the body, and a connection that may stay open has none.
    let open_ended = incoming.size_hint().exact().is_none() && !chunked;
    while !incoming.is_end_stream() && !answer.cut {
        let next = incoming.frame();
        let next = if open_ended {
            tokio::time::timeout(PAUSE, next).await.ok().flatten()
        } else {
            next.await
        };
        let frame = match next {
            Some(Ok(frame)) => frame,
            // It still leaves what came before. Where no length was stated, an end without ceremony is the end.
            Some(Err(_)) => {
                answer.broken = !open_ended;
                break;
            }
            None => break,
        };
        if let Some(data) = frame.data_ref() {
            let room = max_body.saturating_sub(answer.body.len());
            answer.cut = data.len() > room;
            answer
                .body
                .extend_from_slice(data.get(..room.min(data.len())).unwrap_or_default());
        }
    }
    answer
}

fn shown(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes())
        .chars()
        .take(MAX_HEADER_VALUE)
        .collect()
}

fn classify(error: &hyper::Error) -> HttpError {
    if let Some(rustls::Error::AlertReceived(alert)) = tls_error(error) {
        return HttpError::Alert(alert_name(u8::from(*alert)));
    }
    if error.is_parse() {
        return HttpError::NotHttp;
    }
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() || cut(error) {
        return HttpError::Closed;
    }
    HttpError::Other(error.to_string())
}

/// Whether the connection under it was ended: with a reset, or without the `close_notify` that TLS asks for (RFC 8446
/// section 6.1), which many servers do not send.
fn cut(error: &hyper::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            return matches!(
                io.kind(),
                ErrorKind::UnexpectedEof
                    | ErrorKind::ConnectionReset
                    | ErrorKind::ConnectionAborted
                    | ErrorKind::BrokenPipe
            );
        }
        source = inner.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    async fn answered_with(text: &str) -> Answer {
        let (ours, mut theirs) = tokio::io::duplex(64 << 10);
        let text = text.to_owned();
        let server = async move {
            let mut question = [0; 4096];
            let read = theirs.read(&mut question).await.expect("a question");
            assert!(read > 0);
            theirs.write_all(text.as_bytes()).await.expect("it is read");
            theirs.shutdown().await.expect("it closes");
        };
        let (answer, ()) = tokio::join!(get(ours, "pki.example.com", "/", 100), server);
        answer.expect("an answer")
    }

    #[tokio::test]
    async fn a_body_that_ends_before_its_length_is_broken_and_one_without_a_length_is_not() {
        for (text, body, broken) in [
            ("Content-Length: 5\r\n\r\nhello", "hello", false),
            ("Content-Length: 9\r\n\r\nhello", "hello", true),
            ("\r\nhello", "hello", false),
            (
                "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                "hello",
                false,
            ),
            (
                "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n9\r\nwor",
                "hellowor",
                true,
            ),
        ] {
            let answer = answered_with(&format!("HTTP/1.1 200 OK\r\n{text}")).await;
            let seen = String::from_utf8_lossy(&answer.body).into_owned();
            assert_eq!((seen.as_str(), answer.broken), (body, broken), "{text:?}");
        }
    }
}
