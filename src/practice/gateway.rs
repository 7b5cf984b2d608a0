//! The practice gateway's listeners: loopback only, on ports that the system chooses, gone with the value. What they
//! say is decided in `scene.rs`.

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::hello::{self, Heard};
use super::scene::{Door, Page};

/// How long one connection is served at most.
const PATIENCE: Duration = Duration::from_secs(60);
/// Connections that are served at the same time; others wait.
const AT_ONCE: usize = 64;
/// The most that is read of a request, in bytes.
const MAX_REQUEST: usize = 16 << 10;

/// Listeners that end with the value.
pub(super) struct Gateway {
    /// Where the gateway is.
    pub(super) address: SocketAddr,
    tasks: Vec<JoinHandle<()>>,
    /// The port of a gateway that refuses, kept so that nobody else answers there.
    _kept: Option<Socket>,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// A listener on loopback whose port is known before anybody serves it.
pub(super) fn reserve() -> io::Result<(StdListener, SocketAddr)> {
    let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

impl Gateway {
    /// Opens the door, and the shelf beside it. Needs a runtime.
    pub(super) fn open(
        door: Door,
        shelf: StdListener,
        files: BTreeMap<&'static str, Vec<u8>>,
        portal: bool,
    ) -> io::Result<Self> {
        let files = Arc::new(files);
        let mut tasks = vec![serve(shelf, move |stream| {
            let files = Arc::clone(&files);
            async move {
                if portal {
                    sign_in(stream).await;
                } else {
                    hand_out(stream, &files).await;
                }
            }
        })?];
        let (address, kept) = if let Door::Refuses = door {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
            socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
            let address = socket.local_addr()?.as_socket();
            let address = address.ok_or_else(|| io::Error::other("no address of IPv4"))?;
            (address, Some(socket))
        } else {
            let (listener, address) = reserve()?;
            let keeper = Arc::new(Keeper {
                door,
                served: AtomicUsize::new(0),
            });
            tasks.push(serve(listener, move |stream| {
                let keeper = Arc::clone(&keeper);
                async move { keeper.receive(stream).await }
            })?);
            (address, None)
        };
        Ok(Self {
            address,
            tasks,
            _kept: kept,
        })
    }
}

/// Runs `handle` for every connection, for a while each.
fn serve<F, Fut>(listener: StdListener, handle: F) -> io::Result<JoinHandle<()>>
where
    F: Fn(TcpStream) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::from_std(listener)?;
    let places = Arc::new(Semaphore::new(AT_ONCE));
    Ok(tokio::spawn(async move {
        // Connections end with the listener: what is served belongs to this set.
        let mut served = tokio::task::JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            while served.try_join_next().is_some() {}
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                return;
            };
            let work = tokio::time::timeout(PATIENCE, handle(stream));
            served.spawn(async move {
                let _ = work.await;
                drop(place);
            });
        }
    }))
}

struct Keeper {
    door: Door,
    served: AtomicUsize,
}

impl Keeper {
    async fn receive(&self, mut stream: TcpStream) {
        match &self.door {
            Door::Refuses | Door::Closes => {}
            Door::Silent => listen(stream).await,
            Door::Resets => {
                let mut some = [0; 64];
                let _ = stream.read(&mut some).await;
                // Closing without lingering sends a reset.
                let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
            }
            Door::Greets(words) => {
                let _ = stream.write_all(words).await;
                listen(stream).await;
            }
            Door::Answers(words) => {
                let mut some = [0; 2048];
                if stream.read(&mut some).await.is_ok_and(|read| read > 0) {
                    let _ = stream.write_all(words.as_bytes()).await;
                    let _ = stream.shutdown().await;
                    listen(stream).await;
                }
            }
            Door::Old(old) => {
                if let Some(heard) = Heard::from(&mut stream).await {
                    let _ = stream.write_all(&old.answer(&heard)).await;
                    listen(stream).await;
                }
            }
            Door::Tls {
                nodes,
                answer,
                swallows,
            } => {
                if let Some(most) = swallows
                    && hello::length(&stream).await > *most
                {
                    return listen(stream).await;
                }
                let turn = self.served.fetch_add(1, Ordering::Relaxed);
                let Some(node) = nodes.get(turn % nodes.len().max(1)) else {
                    return;
                };
                if let Ok(mut session) = TlsAcceptor::from(Arc::clone(node)).accept(stream).await
                    && request(&mut session).await.is_some()
                {
                    let _ = session.write_all(written(answer).as_bytes()).await;
                    let _ = session.shutdown().await;
                }
            }
        }
    }
}

/// Takes in whatever comes until the other side goes.
async fn listen(mut stream: TcpStream) {
    let mut heard = [0; 4096];
    while stream.read(&mut heard).await.is_ok_and(|read| read > 0) {}
}

/// The path of an HTTP request, once its head is there.
async fn request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut head = Vec::new();
    let mut part = [0; 2048];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read(&mut part).await.ok()?;
        head.extend_from_slice(part.get(..read)?);
        if read == 0 || head.len() > MAX_REQUEST {
            return None;
        }
    }
    let head = String::from_utf8_lossy(&head);
    head.split(' ').nth(1).map(str::to_owned)
}

fn written(page: &Page) -> String {
    let Page {
        status,
        headers,
        body,
    } = page;
    let date = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT");
    format!(
        "HTTP/1.1 {status}\r\nDate: {date}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// The network's sign-in page, whatever was asked for.
async fn sign_in(mut stream: TcpStream) {
    const PAGE: Page = Page {
        status: "302 Found",
        headers: "Location: http://login.hotel.example/welcome\r\n",
        body: "",
    };
    if request(&mut stream).await.is_some() {
        close(&mut stream, written(&PAGE).as_bytes()).await;
    }
}

/// The file of that path, or 404.
async fn hand_out(mut stream: TcpStream, files: &BTreeMap<&'static str, Vec<u8>>) {
    let Some(path) = request(&mut stream).await else {
        return;
    };
    let (status, file) = match files.get(path.as_str()) {
        Some(file) => ("200 OK", file.as_slice()),
        None => ("404 Not Found", &[][..]),
    };
    let length = file.len();
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    close(&mut stream, &[head.as_bytes(), file].concat()).await;
}

async fn close(stream: &mut (impl AsyncWrite + Unpin), last: &[u8]) {
    let _ = stream.write_all(last).await;
    let _ = stream.shutdown().await;
}
