//! One HTTP/1.1 request over a connection that is already there: no redirects followed, no proxies, no cookies, and
//! nothing kept beyond fixed limits.

use std::pin::pin;

use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Body as _, Bytes};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, CONNECTION, HOST, HeaderValue, USER_AGENT};
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::handshake::{alert_name, tls_error};
use crate::evidence::HttpAnswer;

/// Header lines that are kept.
const MAX_HEADERS: usize = 64;
/// Characters that are kept of one header's value.
const MAX_HEADER_VALUE: usize = 2048;
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
    /// What came is not HTTP.
    #[error("the answer is not HTTP")]
    NotHttp,
    /// Anything else, in the library's words.
    #[error("{0}")]
    Other(String),
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
    let request = request(host, path)?;
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD)
        .max_headers(4 * MAX_HEADERS)
        .title_case_headers(true)
        .handshake::<_, Empty<Bytes>>(TokioIo::new(stream))
        .await
        .map_err(|error| classify(&error))?;
    let mut connection = pin!(connection);
    let mut exchange = pin!(async {
        let response = sender.send_request(request).await?;
        read(response, max_body).await
    });
    let mut connected = true;
    loop {
        tokio::select! {
            biased;
            answer = &mut exchange => return answer.map_err(|error| classify(&error)),
            ended = &mut connection, if connected => {
                connected = false;
                // A clean end is seen by the exchange as well; only a broken one has more to say here.
                if let Err(error) = ended && tls_error(&error).is_some() {
                    return Err(classify(&error));
                }
            }
        }
    }
}

fn request(host: &str, path: &str) -> Result<Request<Empty<Bytes>>, HttpError> {
    let other = |error: &dyn std::error::Error| HttpError::Other(error.to_string());
    let uri: Uri = path.parse().map_err(|e| other(&e))?;
    let mut request = Request::new(Empty::new());
    *request.uri_mut() = uri;
    let headers = request.headers_mut();
    headers.insert(HOST, HeaderValue::from_str(host).map_err(|e| other(&e))?);
    headers.insert(
        USER_AGENT,
        HeaderValue::from_static(concat!("vpnmedic/", env!("CARGO_PKG_VERSION"))),
    );
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    Ok(request)
}

async fn read(
    response: hyper::Response<hyper::body::Incoming>,
    max_body: usize,
) -> Result<Answer, hyper::Error> {
    let status = response.status().as_u16();
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
    };
    let mut incoming = response.into_body();
    while !incoming.is_end_stream() && !answer.cut {
        // A body that breaks off still leaves what came before it.
        let Some(Ok(frame)) = incoming.frame().await else {
            break;
        };
        if let Some(data) = frame.data_ref() {
            let room = max_body.saturating_sub(answer.body.len());
            answer.cut = data.len() > room;
            answer
                .body
                .extend_from_slice(data.get(..room.min(data.len())).unwrap_or_default());
        }
    }
    Ok(answer)
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
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        return HttpError::Closed;
    }
    HttpError::Other(error.to_string())
}
