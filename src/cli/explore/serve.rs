//! Connections → requests, each within its time: what is slow keeps nobody else waiting.

use std::{io, net, pin::pin, sync::Arc, time::Duration};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Builder,
    sync::Semaphore,
    time::{sleep, timeout},
};

use super::respond::{Site, respond};

/// Connections at once; more wait until one is closed.
const CONNECTIONS: usize = 64;
/// Bytes of a request's head.
const HEAD: usize = 16 << 10;
/// A head has to be there within this time, and a connection on which nothing comes is closed after it.
const HEAD_TIME: Duration = Duration::from_secs(5);
/// After this time a connection is closed behind its next answer, and then dropped.
const LIFE: Duration = Duration::from_secs(120);
const REST: Duration = Duration::from_secs(30);

/// Serves until the program is stopped.
///
/// # Errors
/// The system has no runtime to give, or takes the listener away.
pub fn serve(listener: net::TcpListener, site: Site) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
    runtime.block_on(accept(listener, Arc::new(site)))
}

async fn accept(listener: net::TcpListener, site: Arc<Site>) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let place = Arc::clone(&places).acquire_owned().await.map_err(io::Error::other)?;
        match listener.accept().await {
            Ok((stream, _)) => {
                let site = Arc::clone(&site);
                tokio::spawn(async move {
                    connection(stream, site).await;
                    drop(place);
                });
            }
            // Too many files are open, or the client went away at once.
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn connection(stream: TcpStream, site: Arc<Site>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| respond(request, Arc::clone(&site)));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(HEAD);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    // What goes wrong here is the client's: there is nobody to tell.
    if timeout(LIFE, connection.as_mut()).await.is_err() {
        connection.as_mut().graceful_shutdown();
        let _ = timeout(REST, connection).await;
    }
}
