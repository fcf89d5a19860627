// A desk: the sandbox (a CRM and a WedSync cloud on loopback), `hub serve` on a fresh test profile, and its address.
// Everything ends with `close()`. The binaries are those of target/debug (HUB_E2E_BUILD=release: of target/release); the pages
// those of ui/dist.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
const exe = process.platform === "win32" ? ".exe" : "";
export const binary = (name) => join(target, process.env.HUB_E2E_BUILD ?? "debug", name + exe);

/** Starts a program and waits for its first line, which is JSON. */
async function begin(program, args) {
  const child = spawn(program, args, { cwd: root, stdio: ["pipe", "pipe", "pipe"] });
  let complaint = "";
  child.stderr.on("data", (text) => (complaint += text));
  const lines = createInterface({ input: child.stdout });
  const first = await new Promise((done, fail) => {
    lines.once("line", done);
    child.once("error", fail);
    child.once("exit", (code) => fail(new Error(`${program} ended with ${code}: ${complaint}`)));
  });
  return { child, said: JSON.parse(first) };
}

/** Asks a program to end, and waits until it has. */
async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => child.once("exit", done));
  child.stdin.end();
  child.kill();
  await gone;
}

/** One `hub` line on a profile, with this on standard input; its last line of output as JSON. */
async function line(profile, cloud, args, input = "") {
  const child = spawn(binary("hub"), [...common(profile, cloud), ...args], { cwd: root, stdio: ["pipe", "pipe", "pipe"] });
  let out = "";
  let complaint = "";
  child.stdout.on("data", (text) => (out += text));
  child.stderr.on("data", (text) => (complaint += text));
  child.stdin.end(input);
  const code = await new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", done);
  });
  if (code !== 0) throw new Error(`hub ${args.join(" ")} ended with ${code}: ${out} ${complaint}`);
  const last = out.trimEnd().split("\n").at(-1);
  return last ? JSON.parse(last) : null;
}

const common = (profile, cloud, kind = "test") => [
  "--profile-dir", profile, "--profile-kind", kind, "--cloud-url", cloud, "--locale", "en-GB", "--json",
];

/**
 * Opens a desk. `clients` is the size of the CRM's book. `upTo`: how far the story has come before the browser opens;
 * what a test is about it does itself, in the browser. `exports`: the book lies ready as each vendor's files (`world.exports`). `kind`: what the profile is for; a sample asks no cloud. `before(profile, hub, world)` may work on the profile while nothing serves it; `hub` afterwards is its guest.
 */
export async function desk({ clients = 40, upTo = "nothing", kind = "test", before, keepBodies = false, exports = false } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "hub-e2e-"));
  const sandbox = await begin(binary("hub-sandbox"), ["--clients", String(clients), "--seed", "7", ...(keepBodies ? ["--keep-bodies"] : []), ...(exports ? ["--exports", join(folder, "exports")] : [])]);
  const world = sandbox.said;
  const profile = join(folder, "profile");
  const hub = (args, input) => line(profile, world.wedsync, args, input);
  const closing = [() => rm(folder, { recursive: true, force: true }), () => end(sandbox.child)];
  const close = async () => {
    for (const step of closing.toReversed()) await step();
  };
  try {
    const steps = ["nothing", "signed_in", "connected", "imported", "uploaded"];
    const far = steps.indexOf(upTo);
    if (far < 0) throw new Error(`no step ${upTo}`);
    if (far >= 1) await signInByLine(profile, world);
    if (far >= 2) {
      await hub(["connect", "tave", "--name", "Tave", "--base-url", world.vsco, "--key-stdin"], `${world.api_key}\n`);
      await hub(["answer", "money_unit=minor"]);
      await hub(["scope", "--agree", "--hidden"]);
    }
    if (far >= 3) await hub(["import"]);
    if (far >= 4) {
      await hub(["review", "approve"]);
      await hub(["push"]);
    }
    await before?.(profile, hub, world);
    const served = await begin(binary("hub"), [...(kind === "sample" ? common(profile, world.wedsync, kind).filter((word, at, all) => word !== "--cloud-url" && all[at - 1] !== "--cloud-url") : common(profile, world.wedsync, kind)), "serve"]);
    closing.push(() => end(served.child));
    return { world, url: served.said.url, close, folder, hub };
  } catch (error) {
    await close();
    throw error;
  }
}

async function signInByLine(profile, world) {
  const login = await begin(binary("hub"), [...common(profile, world.wedsync), "login", "--no-browser"]);
  const ended = new Promise((done) => login.child.once("exit", done));
  await fetch(await fillForm(login.said.url, world));
  const code = await ended;
  if (code !== 0) throw new Error(`hub login ended with ${code}`);
}

/** Types the login into the cloud's form, as the system's browser would; answers where that browser is sent. */
export async function fillForm(authorize, world) {
  const page = new URL(authorize);
  const form = new URLSearchParams(page.search);
  form.set("login", world.login);
  form.set("password", world.password);
  const reply = await fetch(page.origin + page.pathname, { method: "POST", body: form, redirect: "manual" });
  const back = reply.headers.get("location");
  if (back === null) throw new Error(`the form answered ${reply.status}`);
  return new URL(back, page).href;
}

/** The short code that the page after the form shows under "Having trouble?". */
export async function shortCode(returnPage) {
  const text = await (await fetch(returnPage)).text();
  const code = /id="short-code">([^<]+)</.exec(text)?.[1];
  if (code === undefined) throw new Error("the page shows no code");
  return code;
}
