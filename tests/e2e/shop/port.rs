//! Ports for servers that are started, stopped and started again at the same address.

use std::{
    net::{Ipv4Addr, TcpListener},
    process,
    sync::atomic::{AtomicU16, Ordering},
};

/// Below the ports that the kernel gives to outgoing connections: nobody takes one of these in the
/// moment in which its server is away.
const FIRST: u16 = 12_000;
const COUNT: u16 = 16_000;

static TAKEN: AtomicU16 = AtomicU16::new(0);

/// A port of loopback that nobody uses, never given out twice by this process.
pub(crate) fn free_port() -> u16 {
    let offset = u16::try_from(process::id() % u32::from(COUNT)).unwrap();
    loop {
        let port = FIRST + (offset + TAKEN.fetch_add(1, Ordering::Relaxed)) % COUNT;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
