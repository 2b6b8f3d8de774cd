//! The process, and the pipe to it.

use serde_json::{Value, json};
use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead as _, BufReader, Write as _},
    os::unix::process::CommandExt as _,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::{mpsc, oneshot};

/// What it is called; `cargo xtask test` looks for the same names.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// No sound, no updates, no shyness about pages in the background; every frame in its page's process,
/// so that one session sees them all.
const FLAGS: &str = "--headless --disable-gpu --no-first-run --no-default-browser-check --hide-scrollbars \
    --mute-audio --disable-background-networking --disable-component-update --disable-sync --disable-quic \
    --disable-breakpad --disable-extensions --disable-dev-shm-usage --disable-background-timer-throttling \
    --disable-backgrounding-occluded-windows --disable-renderer-backgrounding --force-color-profile=srgb \
    --disable-features=IsolateSandboxedIframes,Translate,OptimizationHints,MediaRouter --lang=en-US";

/// The shell gives Chromium the pipe as its descriptors 3 and 4, and clears up after it, however this
/// process ends.
const SCRIPT: &str = "profile=$(mktemp -d) || exit 1; \
    $0 \"$@\" --remote-debugging-pipe --user-data-dir=\"$profile\" about:blank 3<&0 4>&1 </dev/null >&2; \
    rm -rf \"$profile\"";

static CHROMIUM: OnceLock<Chromium> = OnceLock::new();
static CALLS: AtomicU64 = AtomicU64::new(1);

/// Something that has happened, in a window or (a new tab) around it.
pub(super) type Event = (String, Value);

#[derive(Debug)]
pub(super) struct Chromium {
    pipe: Mutex<ChildStdin>,
    /// The shell ends by itself, after Chromium.
    _shell: Child,
    desk: Mutex<Desk>,
}

/// Who waits for what. Nobody is added once it is over.
#[derive(Debug, Default)]
struct Desk {
    over: bool,
    asked: HashMap<u64, oneshot::Sender<Value>>,
    /// By session and by browser context.
    windows: HashMap<String, mpsc::UnboundedSender<Event>>,
}

/// The one that runs; starts it when it does not.
pub(super) fn chromium() -> &'static Chromium {
    let mut fresh = None;
    let chromium = CHROMIUM.get_or_init(|| {
        let (chromium, output) = start();
        fresh = Some(output);
        chromium
    });
    if let Some(output) = fresh {
        std::thread::spawn(move || chromium.listen(output));
        chromium.tell(None, "Target.setDiscoverTargets", &json!({ "discover": true }));
    }
    chromium
}

fn start() -> (Chromium, ChildStdout) {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let installed = |name: &&&str| std::env::split_paths(&paths).any(|path| path.join(name).is_file());
    let program = NAMES.iter().find(installed).expect("a Chromium: run cargo xtask test");
    // What it says about missing desktops helps nobody; that it has crashed is seen at the pipe.
    let log = File::options().write(true).open("/dev/null").unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", SCRIPT, program]).args(FLAGS.split_whitespace());
    if is_root() {
        command.arg("--no-sandbox");
    }
    // A terminal's Ctrl-C reaches only the tests: the shell shall live to clear up.
    command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{program} cannot be started: {error}"));
    let (pipe, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    (Chromium { pipe: Mutex::new(pipe), _shell: child, desk: Mutex::default() }, output)
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout == b"0\n")
}

impl Chromium {
    /// Sends a message and waits for its answer: `result`, or the words of a refusal.
    pub(super) async fn ask(
        &self,
        session: Option<&str>,
        method: &str,
        params: &Value,
    ) -> Result<Value, String> {
        let (sender, answer) = oneshot::channel();
        let id = CALLS.fetch_add(1, Ordering::Relaxed);
        {
            let mut desk = self.desk.lock().unwrap();
            assert!(!desk.over, "Chromium has ended");
            desk.asked.insert(id, sender);
        }
        self.send(id, session, method, params);
        let mut answer = answer.await.unwrap_or_else(|_| panic!("Chromium has ended at {method}"));
        match answer.get("error") {
            Some(error) => Err(format!("{method}: {error}")),
            None => Ok(answer["result"].take()),
        }
    }

    /// Sends a message and does not wait.
    pub(super) fn tell(&self, session: Option<&str>, method: &str, params: &Value) {
        self.send(CALLS.fetch_add(1, Ordering::Relaxed), session, method, params);
    }

    fn send(&self, id: u64, session: Option<&str>, method: &str, params: &Value) {
        let mut message = json!({ "id": id, "method": method, "params": params });
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        let mut pipe = self.pipe.lock().unwrap_or_else(PoisonError::into_inner);
        // An end is noticed where it is listened to.
        let _ = pipe.write_all(&bytes);
    }

    /// Has what happens at these sessions and contexts sent to one receiver.
    pub(super) fn subscribe(&self, name: &str, sender: &mpsc::UnboundedSender<Event>) {
        self.desk.lock().unwrap().windows.insert(name.to_owned(), sender.clone());
    }

    pub(super) fn unsubscribe(&self, name: &str) {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner).windows.remove(name);
    }

    /// Brings answers and events to those who wait, until the pipe closes.
    fn listen(&self, output: ChildStdout) {
        let mut output = BufReader::new(output);
        let mut bytes = Vec::new();
        while output.read_until(0, &mut bytes).is_ok_and(|length| length > 0) {
            bytes.pop();
            if let Ok(message) = serde_json::from_slice::<Value>(&bytes) {
                self.take(message);
            }
            bytes.clear();
        }
        let mut desk = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        desk.over = true;
        desk.asked.clear();
        desk.windows.clear();
    }

    fn take(&self, mut message: Value) {
        let mut desk = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = message["id"].as_u64() {
            if let Some(sender) = desk.asked.remove(&id) {
                // Whoever asked may have stopped waiting.
                let _ = sender.send(message);
            }
            return;
        }
        let method = message["method"].as_str().unwrap_or_default().to_owned();
        let session = message["sessionId"].as_str().map(str::to_owned);
        // An open dialog stops its page, and the test that looks at it.
        if method == "Page.javascriptDialogOpening" {
            self.tell(session.as_deref(), "Page.handleJavaScriptDialog", &json!({ "accept": true }));
        }
        let around = message["params"]["targetInfo"]["browserContextId"].as_str().map(str::to_owned);
        let Some(window) = session.or(around).and_then(|name| desk.windows.get(&name)) else { return };
        // A window that is being closed listens no more.
        let _ = window.send((method, message["params"].take()));
    }
}
