// Nothing secret, and no client, is left by the app's web view: in web storage, in what page and program said to each other,
// and in the files that the web view keeps on the disk. A planted leak is found in each place.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { anEmail } from "../harness/canary-client.mjs";
import { Canaries, PLANT, STORED, Transcript } from "../harness/canary.mjs";
import { cloudOf } from "../harness/cloud.mjs";
import { drive } from "./driver.mjs";
import { until, World } from "./world.mjs";

const PASSPHRASE = "a passphrase of some length";

/** Notes in the page what goes over its own door; to be run before the interface says more. */
const OVERHEAR = `() => {
  const said = (window.__said = []);
  const words = (body) => typeof body === "string" ? body : body instanceof ArrayBuffer || ArrayBuffer.isView(body) ? new TextDecoder().decode(body) : "";
  const send = window.fetch;
  window.fetch = async (...parts) => {
    const address = String(parts[0]?.url ?? parts[0]);
    const answer = await send(...parts);
    if (address.startsWith("ipc:")) {
      said.push(["asked", words(parts[1]?.body)]);
      said.push(["answered", await answer.clone().text()]);
    }
    return answer;
  };
}`;

/** Every file below, with what is in it. */
function files(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath ?? entry.path, entry.name);
      return [path.slice(folder.length + 1), readFileSync(path)];
    });
}

const onDisk = (home, canaries) => files(home).flatMap(([name, bytes]) => canaries.leaks(name, bytes));

test("no secret and no client is left by the app's web view", { timeout: 300_000 }, async (context) => {
  const world = await World.start({ clients: 12, keepBodies: true });
  context.after(() => world.end());
  const app = await world.app();
  const person = drive(app, world);
  await person.sees("button", "Sign in with your browser");
  await app.driver.run(OVERHEAR);
  await person.press("button", "Sign in with your browser");
  await person.sees("heading", "Home");
  await person.press("link", "Add a CRM or file");
  await person.press("radio", /Tave/);
  await person.press("button", "Continue with Tave");
  await person.fill(/^Address/, world.servers.vsco);
  await person.fill(/^Your Tave API key/, world.servers.api_key);
  await person.press("button", "Connect");
  await person.sees("heading", "This key works");
  await person.press("button", "Continue");
  await person.press("checkbox", /My contracts/);
  await person.press("button", "Preview first clients");
  await person.sees("heading", "Here are your first clients");
  await person.press("link", "History");
  await person.press("link", "Settings");
  await person.sees("button", "Sign out");

  const tokens = await cloudOf(world.servers).tokens();
  assert.ok(tokens.length >= 2, "tokens were given out");
  const email = await anEmail(world.servers);
  const link = await world.keptLink();
  const secrets = { key: world.servers.api_key, password: world.servers.password, "sign-in code": new URL(link).searchParams.get("code") };
  tokens.forEach((token, index) => (secrets[`token ${index + 1}`] = token));
  const canaries = new Canaries({ secrets, clients: { email } });

  const transcript = new Transcript();
  for (const [way, text] of await app.driver.run("() => window.__said")) {
    if (way === "asked") transcript.asked(text);
    else transcript.answered(text);
  }
  assert.ok(transcript.length > 20 && transcript.saw(canaries), "the whole conversation was heard, the key's request too");
  assert.deepEqual(transcript.leaks(canaries), [], "no word of it holds a secret");

  const looked = async () => Object.entries(await app.driver.run(STORED.toString())).flatMap(([where, text]) => canaries.leaks(where, text));
  assert.deepEqual(await looked(), [], "nothing is stored");
  const home = join(world.dir, "home");
  assert.ok(files(home).length > 0, "the web view keeps files");
  assert.deepEqual(onDisk(home, canaries), [], "none of its files holds any of it");

  for (const where of ["localStorage", "sessionStorage", "IndexedDB"]) {
    for (const [name, planted] of [["key", Buffer.from(`u:${secrets.key}`).toString("base64")], ["email", email]]) {
      await app.driver.run(PLANT.toString(), where, planted);
      assert.ok((await looked()).some((leak) => leak.startsWith(name) && leak.endsWith(where)), `${name} planted in ${where} is found`);
    }
  }
  // What was stored reaches the disk in the web view's own time; that it is found there shows that the right files are read.
  await until("a planted leak is found in the web view's files", () => onDisk(home, canaries).some((leak) => leak.startsWith("email")));
  await world.closeApp();
  mkdirSync(join(home, "cache", "planted"), { recursive: true });
  writeFileSync(join(home, "cache", "planted", "page"), `x${tokens[0]}x`);
  assert.ok(onDisk(home, canaries).some((leak) => leak.startsWith("token 1")), "and in a file of its cache");
});

test("a passphrase leaves nothing in the web view", async (context) => {
  const world = await World.start({ keychain: "none" });
  context.after(() => world.end());
  const options = ["--profile-dir", world.profile, "--profile-kind", "live", "--cloud-url", "https://wedsync.example", "--locale", "en-GB"];
  const app = await world.app({ options });
  await app.rpc("window.unlock", { passphrase: PASSPHRASE });
  assert.equal((await app.rpc("app.state")).profile.kind, "live");
  const canaries = new Canaries({ secrets: { passphrase: PASSPHRASE } });
  const stored = Object.entries(await app.driver.run(STORED.toString())).flatMap(([where, text]) => canaries.leaks(where, text));
  assert.deepEqual(stored, []);
  assert.deepEqual(files(world.dir).flatMap(([name, bytes]) => canaries.leaks(name, bytes)), [], "nor in any file of this computer");
});
