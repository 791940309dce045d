//! A stand-in for AWS on a port of this machine. In: the answers, in order. Out: the requests that came. It knows no
//! protocol but HTTP, so that what the SDK writes and reads is seen as it is.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What is answered to a request.
pub enum Reply {
    /// A status and a body.
    Says(u16, String),
    /// Nothing: the connection is closed.
    HangsUp,
}

/// A request as it came.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The value of `X-Amz-Target`: which operation, of the services that speak JSON.
    pub target: String,
    pub body: String,
}

impl Seen {
    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("the body is JSON")
    }

    /// The fields of a form, decoded as far as our own values need it.
    pub fn field(&self, name: &str) -> Option<String> {
        let fields = self.body.split('&').filter_map(|field| field.split_once('='));
        let mut values = fields.filter(|(key, _)| *key == name).map(|(_, value)| value);
        values
            .next()
            .map(|value| value.replace("%2F", "/").replace("%3A", ":").replace("%20", " "))
    }
}

/// The stand-in.
pub struct Loopback {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Loopback {
    /// Answers as many requests as there are replies, then refuses connections.
    pub fn new(replies: impl IntoIterator<Item = Reply>) -> Loopback {
        let replies: Vec<Reply> = replies.into_iter().collect();
        let mut replies = replies.into_iter();
        let count = replies.len();
        Loopback::serve(count, move |_| replies.next().expect("there are as many"))
    }

    /// Answers each request as `reply` has it.
    pub fn by(reply: impl FnMut(&Seen) -> Reply + Send + 'static) -> Loopback {
        Loopback::serve(usize::MAX, reply)
    }

    fn serve(count: usize, mut reply: impl FnMut(&Seen) -> Reply + Send + 'static) -> Loopback {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port can be had");
        let url = format!("http://{}", listener.local_addr().expect("it has an address"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let into = seen.clone();
        thread::spawn(move || {
            for _ in 0..count {
                let (stream, _) = listener.accept().expect("a connection comes");
                let request = read(&stream);
                let reply = reply(&request);
                into.lock().expect("no test panics with the lock").push(request);
                if let Reply::Says(status, body) = reply {
                    write(&stream, status, &body);
                }
            }
        });
        Loopback { url, seen }
    }

    /// What has come so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no test panics with the lock").clone()
    }
}

fn read(stream: &TcpStream) -> Seen {
    let mut reader = BufReader::new(stream);
    let mut seen = Seen::default();
    let mut length = 0;
    loop {
        let mut line = String::new();
        let read = reader.read_line(&mut line).unwrap_or(0);
        let line = line.trim_end();
        if read == 0 || line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        match name.to_lowercase().as_str() {
            "content-length" => length = value.trim().parse().expect("a length is a number"),
            "x-amz-target" => seen.target = value.trim().to_string(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("the body comes whole");
    seen.body = String::from_utf8(body).expect("the body is text");
    seen
}

fn write(mut stream: &TcpStream, status: u16, body: &str) {
    let kind = if body.starts_with('{') {
        "application/x-amz-json-1.1"
    } else {
        "text/xml"
    };
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    // Who does not wait for the answer is none of our concern.
    let _ = stream.write_all(format!("{head}{body}").as_bytes());
}
