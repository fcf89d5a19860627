//! Ending a process at a named window, as a power cut would.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use hub_core::ports::FailPoints;
use serde_json::{Value as Json, json};

use crate::Outside;

/// What a child process is told: where the world is, where its profile lies, and where it is to die.
#[derive(Debug, Clone)]
pub struct Orders {
    /// The world.
    pub outside: Outside,
    /// Profile directory.
    pub directory: std::path::PathBuf,
    /// Window and the pass of it that kills; `None` lives.
    pub kill: Option<(String, u32)>,
    /// Kills after so many milliseconds, wherever it is.
    pub kill_after_ms: Option<u64>,
}

impl Orders {
    /// As text for the child's standard input.
    pub fn to_json(&self) -> Json {
        json!({
            "crm_url": self.outside.crm_url, "api_key": self.outside.api_key, "cloud_url": self.outside.cloud_url,
            "directory": self.directory, "kill": self.kill, "kill_after_ms": self.kill_after_ms,
        })
    }

    /// From the text.
    pub fn from_json(json: &Json) -> Orders {
        let text = |name: &str| json[name].as_str().expect("a text").to_owned();
        Orders {
            outside: Outside {
                crm_url: text("crm_url"),
                api_key: text("api_key"),
                cloud_url: text("cloud_url"),
            },
            directory: text("directory").into(),
            kill: serde_json::from_value(json["kill"].clone()).expect("window and pass"),
            kill_after_ms: json["kill_after_ms"].as_u64(),
        }
    }
}

/// Ends this process the hard way: no destructors, no flushing, nothing (SIGKILL).
pub fn kill_self() -> ! {
    let _ = Command::new("kill").args(["-9", &std::process::id().to_string()]).status();
    loop {
        std::thread::park();
    }
}

/// Kills at the given pass of a window.
pub struct KillAt {
    window: String,
    pass: u32,
    seen: AtomicU32,
}

impl KillAt {
    /// At this pass of this window.
    pub fn new(window: String, pass: u32) -> KillAt {
        KillAt { window, pass, seen: AtomicU32::new(0) }
    }
}

impl FailPoints for KillAt {
    fn pass(&self, window: &'static str) {
        if window != self.window || self.seen.fetch_add(1, Ordering::SeqCst) + 1 != self.pass {
            return;
        }
        if window == "sent" {
            // The window is "on its way, not answered": the request leaves first, the server takes its time.
            std::thread::spawn(|| {
                std::thread::sleep(Duration::from_millis(60));
                kill_self()
            });
        } else {
            kill_self()
        }
    }
}
