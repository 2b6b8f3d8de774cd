use std::io;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// Longest command, in bytes; RFC 5321 asks for 512, extensions for some more.
const COMMAND_MAX_BYTES: usize = 4096;
/// How much of a long line is read at once.
const SEGMENT_MAX_BYTES: usize = 64 * 1024;

/// One connection, read line by line.
#[derive(Debug)]
pub(super) struct Wire {
    stream: BufReader<TcpStream>,
}

/// What came instead of a command line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    Text(String),
    TooLong,
    Closed,
}

/// What came after `DATA`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Data {
    Mail(Vec<u8>),
    TooLarge,
    Closed,
}

impl Wire {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream: BufReader::new(stream) }
    }

    pub(super) async fn reply(&mut self, text: &str) -> io::Result<()> {
        let lines = format!("{}\r\n", text.replace('\n', "\r\n"));
        self.stream.get_mut().write_all(lines.as_bytes()).await
    }

    /// Up to and with the next line feed, or `max_bytes`; empty at the end.
    async fn segment(&mut self, max_bytes: usize) -> io::Result<Vec<u8>> {
        let mut segment = Vec::new();
        while segment.len() < max_bytes {
            let buffer = self.stream.fill_buf().await?;
            if buffer.is_empty() {
                break;
            }
            let room = buffer.len().min(max_bytes - segment.len());
            let end = buffer[..room].iter().position(|byte| *byte == b'\n').map(|at| at + 1);
            let taken = end.unwrap_or(room);
            segment.extend_from_slice(&buffer[..taken]);
            self.stream.consume(taken);
            if end.is_some() {
                break;
            }
        }
        Ok(segment)
    }

    pub(super) async fn line(&mut self) -> io::Result<Line> {
        let mut segment = self.segment(COMMAND_MAX_BYTES).await?;
        if segment.ends_with(b"\n") {
            while segment.last().is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
                segment.pop();
            }
            return Ok(Line::Text(String::from_utf8_lossy(&segment).into_owned()));
        }
        if segment.len() < COMMAND_MAX_BYTES {
            return Ok(Line::Closed);
        }
        while !segment.is_empty() && !segment.ends_with(b"\n") {
            segment = self.segment(SEGMENT_MAX_BYTES).await?;
        }
        Ok(Line::TooLong)
    }

    /// A mail up to the dot that stands alone, its doubled dots made single again.
    ///
    /// A mail that is too large is still read to its end, or the sender would never see the reply.
    pub(super) async fn data(&mut self, max_bytes: usize) -> io::Result<Data> {
        let mut mail = Vec::new();
        let mut too_large = false;
        let mut at_line_start = true;
        loop {
            let segment = self.segment(SEGMENT_MAX_BYTES).await?;
            if segment.is_empty() {
                return Ok(Data::Closed);
            }
            if at_line_start && segment == b".\r\n" {
                return Ok(if too_large { Data::TooLarge } else { Data::Mail(mail) });
            }
            let unstuffed =
                if at_line_start && segment.starts_with(b".") { &segment[1..] } else { &segment[..] };
            too_large |= mail.len() + unstuffed.len() > max_bytes;
            if !too_large {
                mail.extend_from_slice(unstuffed);
            }
            // A bare line feed ends no line here, or a mail could smuggle in a second one.
            at_line_start = segment.ends_with(b"\r\n");
        }
    }
}
