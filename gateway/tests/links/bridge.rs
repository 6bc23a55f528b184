//! A UDP port whose datagrams go through a TCP connection to the gateway, framed (RFC 4571).

use std::net::SocketAddr;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::task::JoinHandle;
use transport::framing::Framing;

pub(crate) struct Bridge {
    /// Where a line sends its media.
    pub(crate) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Bridge {
    /// Connects to the gateway's TCP port.
    pub(crate) async fn to(gateway: SocketAddr) -> Self {
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = udp.local_addr().unwrap();
        let stream = TcpStream::connect(gateway).await.unwrap();
        Self { address, task: tokio::spawn(carry(udp, stream)) }
    }

    /// Cuts the connection.
    pub(crate) fn cut(&self) {
        self.task.abort();
    }
}

async fn carry(udp: UdpSocket, mut stream: TcpStream) {
    let (mut inbox, mut datagram) = (BytesMut::new(), [0; 2_048]);
    let mut line = None;
    loop {
        tokio::select! {
            read = stream.read_buf(&mut inbox) => {
                if read.unwrap_or_default() == 0 {
                    return;
                }
                while let Some(datagram) = Framing::Length.take(&mut inbox).unwrap() {
                    udp.send_to(&datagram, line.unwrap()).await.unwrap();
                }
            }
            received = udp.recv_from(&mut datagram) => {
                let (len, from) = received.unwrap();
                line = Some(from);
                let mut outbox = BytesMut::new();
                Framing::Length.put(&datagram[..len], &mut outbox);
                if stream.write_all(&outbox).await.is_err() {
                    return;
                }
            }
        }
    }
}
