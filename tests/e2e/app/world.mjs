// A computer of its own for each test: display, message bus, keychain, home, the sandbox's servers, and the app under
// WebDriver. Everything is started here and ended by the id it was started with.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { WebDriver } from "./webdriver.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../../..");
const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
const debug = join(target, process.env.HUB_E2E_BUILD ?? "debug");
/** The app as it is tested: a copy, which a build under way does not replace. */
const APP = process.env.HUB_E2E_APP ?? join(target, "e2e", "wedsync-hub");
const PATIENCE_MS = 20_000;

/** Waits until the answer is one; conditions, never times. */
export async function until(what, look, patience = PATIENCE_MS) {
  const end = Date.now() + patience;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found;
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await pause(50);
  }
}

/** How the world's system browser behaves. */
export const Browser = {
  /** Signs in, and hands the link to the app. */
  hands: "hands",
  /** Signs in and keeps the link, as if the person had not clicked it yet. */
  keeps: "keeps",
};

export class World {
  #children = [];
  #env;
  #driverPort;
  #app;

  /** Files below its folder that the test itself brought there. */
  brought = [];

  constructor(dir) {
    this.dir = dir;
  }

  /** Puts a file there, as a person has one; its path. */
  bring(name, text) {
    writeFileSync(join(this.dir, name), text);
    this.brought.push(name);
    return join(this.dir, name);
  }

  /** Starts it. `keychain` says whether there is one. */
  static async start({ clients = 3, keychain = "there", keepBodies = false } = {}) {
    const world = new World(mkdtempSync(join(tmpdir(), "wedsync-e2e-")));
    try {
      await world.#begin(clients, keychain, keepBodies);
    } catch (error) {
      await world.end();
      throw error;
    }
    return world;
  }

  async #begin(clients, keychain, keepBodies) {
    for (const name of ["home", "run", "bin", "links", "tmp"]) mkdirSync(join(this.dir, name), { mode: 0o700 });
    symlinkSync(join(here, "xdg-open.mjs"), join(this.dir, "bin", "xdg-open"));
    const home = join(this.dir, "home");
    this.#env = {
      PATH: `${join(this.dir, "bin")}:${process.env.PATH}`,
      HOME: home,
      XDG_RUNTIME_DIR: join(this.dir, "run"),
      XDG_DATA_HOME: join(home, "data"),
      XDG_CONFIG_HOME: join(home, "config"),
      XDG_CACHE_HOME: join(home, "cache"),
      TMPDIR: join(this.dir, "tmp"),
      LANG: "en_GB.UTF-8",
      TAURI_WEBVIEW_AUTOMATION: "true",
      HUB_E2E_WORLD: this.dir,
      HUB_E2E_APP: APP,
      NO_AT_BRIDGE: "1",
    };
    this.#env.DISPLAY = `:${await this.#line("Xvfb", ["-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"])}`;
    this.#env.DBUS_SESSION_BUS_ADDRESS = await this.#line("dbus-daemon", [
      `--config-file=${this.#bus()}`,
      "--nofork",
      "--print-address=1",
    ]);
    if (keychain === "there") {
      const options = ["--unlock", "--components=secrets", "--foreground"];
      const daemon = this.#spawn("gnome-keyring-daemon", options, { stdio: ["pipe", "ignore", "ignore"] });
      daemon.stdin.end("e2e");
      const question = ["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/"];
      question.push("org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets");
      await until("there is a keychain", async () => (await this.#ended("dbus-send", question)).out.includes("boolean true"));
    }
    const sandbox = this.#spawn(join(debug, "hub-sandbox"), ["--clients", String(clients), "--seed", "7", ...(keepBodies ? ["--keep-bodies"] : [])], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.servers = JSON.parse(await firstLine(sandbox));
    writeFileSync(join(this.dir, "servers.json"), JSON.stringify(this.servers));
    this.browser(Browser.hands);
    this.#driverPort = await freePort();
    // What the app says goes the way of its driver's: into a file that is read when something failed.
    const said = openSync(join(this.dir, "driver.log"), "a");
    this.#spawn("WebKitWebDriver", [`--port=${this.#driverPort}`], { stdio: ["ignore", said, said] });
    closeSync(said);
    await until("the driver answers", () =>
      fetch(`http://127.0.0.1:${this.#driverPort}/status`).then((answer) => answer.ok, () => false),
    );
  }

  get profile() {
    return join(this.dir, "profile");
  }

  /** The options that name this world's profile. */
  get options() {
    return ["--profile-dir", this.profile, "--profile-kind", "test", "--cloud-url", this.servers.wedsync, "--locale", "en-GB"];
  }

  /** Says how the system browser behaves from now on. */
  browser(behaviour) {
    writeFileSync(join(this.dir, "browser"), behaviour);
  }

  /** What the browser kept of the page that it came back to, once: the address it was opened at, the link, the short code. */
  async kept() {
    const file = join(this.dir, "links", "last");
    return until("the browser came back", () => {
      try {
        const kept = JSON.parse(readFileSync(file, "utf8"));
        rmSync(file);
        return kept;
      } catch (error) {
        if (error.code === "ENOENT") return undefined;
        throw error;
      }
    });
  }

  /** The link alone. */
  async keptLink() {
    return (await this.kept()).link;
  }

  /** Starts the app under control; one at a time. */
  async app({ options = this.options, also = [], program = APP } = {}) {
    const driver = await WebDriver.start(this.#driverPort, program, [...options, ...also]);
    this.#app = new App(driver);
    await this.#app.ready();
    return this.#app;
  }

  /** Ends the app that is under control, and waits until it has: the next one would hand over to it. */
  async closeApp() {
    await this.#app?.end();
    this.#app = undefined;
    await until("the app has ended", () => this.#own().every(({ program }) => program !== APP));
  }

  /** Runs the app a second time, as the system does with a link or a file. */
  async second(...words) {
    return this.#ended(APP, words);
  }

  /** Runs `hub` beside the app. */
  async hub(...words) {
    return this.#ended(join(debug, "hub"), [...this.options, "--json", ...words]);
  }

  /** Lets another program own the profile until it is released. */
  async hold() {
    const child = this.#spawn(join(debug, "hub"), [...this.options, "--json", "serve"], { stdio: ["ignore", "pipe", "ignore"] });
    await firstLine(child);
    const release = async () => {
      child.kill("SIGKILL");
      await once(child, "exit");
    };
    return { release };
  }

  /** All that the profile's log holds. */
  async log() {
    const logs = join(this.profile, "logs");
    return readdirSync(logs)
      .map((name) => readFileSync(join(logs, name), "utf8"))
      .join("\n");
  }

  /** Ends everything, newest first. */
  async end() {
    await this.closeApp().catch(() => {});
    for (const child of this.#children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) continue;
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    // What they had started themselves: the app and its web view are children of the driver, not of ours.
    await until("everything has ended", () => {
      const left = this.#own();
      for (const { pid } of left) {
        try {
          process.kill(pid, "SIGKILL");
        } catch {
          // It was faster.
        }
      }
      return left.length === 0;
    });
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }

  /** The processes of this world, known by their environment. */
  #own() {
    const own = [];
    for (const pid of readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name))) {
      try {
        if (!readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(`HUB_E2E_WORLD=${this.dir}`)) continue;
        own.push({ pid: Number(pid), program: readlinkSync(`/proc/${pid}/exe`) });
      } catch {
        // Ended while we looked, or not ours to look at.
      }
    }
    return own;
  }

  /** A message bus that starts nothing by itself: what a test did not start is not there. */
  #bus() {
    const file = join(this.dir, "bus.conf");
    const policy = '<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>';
    writeFileSync(
      file,
      `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:dir=${join(this.dir, "run")}</listen><auth>EXTERNAL</auth><policy context="default">${policy}</policy></busconfig>\n`,
    );
    return file;
  }

  async #ended(program, words) {
    const child = this.#spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
    let [out, err] = ["", ""];
    child.stdout.on("data", (text) => (out += text));
    child.stderr.on("data", (text) => (err += text));
    const [code] = await once(child, "close");
    return { code, out, err };
  }

  async #line(program, words) {
    return firstLine(this.#spawn(program, words, { stdio: ["ignore", "pipe", "ignore"] }));
  }

  #spawn(program, words, options) {
    const child = spawn(program, words, { env: this.#env ?? process.env, cwd: this.dir, ...options });
    child.on("error", () => {});
    this.#children.push(child);
    return child;
  }
}

/** The app's window, seen from outside. */
export class App {
  constructor(driver) {
    this.driver = driver;
  }

  /** Waits until the page has loaded, and begins to note events. */
  async ready() {
    await until("the page has loaded", () =>
      this.driver.run("() => document.readyState === 'complete' && '__TAURI_INTERNALS__' in window").catch(() => false),
    );
  }

  /** Gives a command as the page does. A refusal is thrown with the wire error as `reason`. */
  async rpc(cmd, payload) {
    return this.driver.run(
      "(cmd, payload) => window.__TAURI_INTERNALS__.invoke('rpc', { cmd, payload })",
      cmd,
      payload ?? {},
    );
  }

  /** The refusal of a command. */
  async refusal(cmd, payload) {
    try {
      await this.rpc(cmd, payload);
    } catch (error) {
      if (error.reason !== undefined) return error.reason;
      throw error;
    }
    throw new Error(`${cmd} was not refused`);
  }

  /**
   * Notes the events that come, in place of the interface. The stream has one listener, the latest; so the interface is
   * left first, for a file of its own that has no script: it could otherwise begin to listen after us and take ours away.
   */
  async listen() {
    await this.driver.go("tauri://localhost/mark.svg");
    await this.ready();
    await this.driver.run(`() => {
      const heard = (window.__heard = []);
      const id = window.__TAURI_INTERNALS__.transformCallback((sent) => { if ("message" in sent) heard.push(sent.message); });
      return window.__TAURI_INTERNALS__.invoke("events", { channel: "__CHANNEL__:" + id });
    }`);
  }

  /** What was heard of a topic. */
  async heard(topic) {
    return this.driver.run("(topic) => window.__heard.filter((event) => event.topic === topic)", topic);
  }

  /** Waits for the next sentence that the app says of itself, and takes it. */
  async notice() {
    return until("the app says something", () =>
      this.driver.run(`() => {
        const at = window.__heard.findIndex((event) => event.topic === "notice");
        return at < 0 ? null : window.__heard.splice(at, 1)[0].event.message;
      }`),
    );
  }

  /** Starts a sign-in by the return page and opens the system browser. */
  async beginSignIn() {
    const begun = await this.rpc("sign_in.begin", { route: "return_page" });
    await this.rpc("window.open_link", { url: begun.url });
    return begun;
  }

  /** Waits until somebody is signed in. */
  async signedIn() {
    return until("somebody is signed in", async () => (await this.rpc("app.state")).signed_in);
  }

  async end() {
    await this.driver.end();
  }
}

/** Does in a sandbox's form what a person does. The page after it hands over to the app: its link, and its short code. */
export async function comeBackByHand(url, login, password) {
  const form = await (await fetch(url)).text();
  const fields = [...form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(([, name, value]) => [name, plain(value)]);
  const action = new URL(plain(/action="([^"]*)"/.exec(form)[1]), url);
  const body = new URLSearchParams([...fields, ["login", login], ["password", password]]);
  const answer = await fetch(action, { method: "POST", body, redirect: "manual" });
  const back = answer.headers.get("location");
  if (back === null) throw new Error(`the sign-in page answered ${answer.status}`);
  const page = await (await fetch(new URL(back, url))).text();
  const [link, code] = [/id="open-app" href="([^"]*)"/, /id="short-code">([^<]*)</].map((what) => what.exec(page)?.[1]);
  return { link: link && plain(link), code: code && plain(code) };
}

/** The same, for the link alone. */
export const signInByHand = async (...words) => (await comeBackByHand(...words)).link;

function plain(text) {
  const named = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name) => named[name]);
}

async function firstLine(child) {
  const lines = createInterface({ input: child.stdout });
  const gone = once(child, "exit").then(() => {
    throw new Error(`${child.spawnfile} ended before it said anything`);
  });
  gone.catch(() => {});
  const [line] = await Promise.race([once(lines, "line"), gone]);
  return line;
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
