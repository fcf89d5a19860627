// The shell of the real app: it starts, answers, takes links warm and cold, refuses wrong ones, is the only one, and lets
// `hub` in as its guest.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { Browser, signInByHand, until, World } from "./world.mjs";

/** A world for one test, ended with it. */
async function world(context, options) {
  const made = await World.start(options);
  context.after(() => made.end());
  return made;
}

test("the app starts to a page, answers commands and keeps to itself", async (context) => {
  const desk = await world(context);
  const app = await desk.app();
  const state = await app.rpc("app.state");
  assert.equal(state.profile.kind, "test");
  assert.equal(state.signed_in, null);
  assert.equal((await app.refusal("no.such")).code, "unknown_command");
  assert.equal((await app.refusal("window.no_such")).code, "unknown_command");
  assert.equal((await app.refusal("window.open_link", { url: "file:///etc/passwd" })).message.id, "error.app_address");
  assert.equal((await app.refusal("window.open_link", { url: "http://crm.example/" })).message.id, "error.app_address");
  // The page may call these two commands and nothing of the framework's own.
  const denied = await app.driver.run(`async () => {
    const attempts = ["plugin:event|listen", "plugin:window|close", "plugin:dialog|open", "plugin:webview|create_webview", "plugin:app|version", "plugin:notification|notify"];
    const open = [];
    for (const name of attempts) {
      await window.__TAURI_INTERNALS__.invoke(name, {}).then(() => open.push(name), (error) => {
        if (!String(error).includes("not allowed")) open.push(name + ": " + error);
      });
    }
    return open;
  }`);
  assert.deepEqual(denied, []);
  assert.equal(await app.driver.run("() => '__TAURI__' in window"), false, "no global");
  const elsewhere = await app.driver.run(
    "(url) => fetch(url).then(() => 'reached', () => 'refused')",
    desk.servers.wedsync,
  );
  assert.equal(elsewhere, "refused", "the page reaches no server, not even ours");
});

test("a sign-in link reaches the running app", async (context) => {
  const desk = await world(context);
  const app = await desk.app();
  const begun = await app.beginSignIn();
  assert.equal((await app.signedIn()).role, "owner");
  assert.equal((await app.rpc("sign_in.status", { attempt_id: begun.attempt_id })).state, "done");
});

test("a sign-in link starts the app that was closed meanwhile", async (context) => {
  const desk = await world(context);
  desk.browser(Browser.keeps);
  let app = await desk.app();
  await app.beginSignIn();
  const link = await desk.keptLink();
  await desk.closeApp();
  app = await desk.app({ also: [link] });
  assert.equal((await app.signedIn()).role, "owner");
});

test("signing in over loopback goes on beside the link", async (context) => {
  const desk = await world(context);
  const app = await desk.app();
  const linked = await app.rpc("sign_in.begin", { route: "return_page" });
  const begun = await app.rpc("sign_in.begin", { route: "loopback" });
  await app.rpc("window.open_link", { url: begun.url });
  await app.signedIn();
  const other = () => app.rpc("sign_in.status", { attempt_id: linked.attempt_id });
  await until("the first has won", async () => (await other()).state === "cancelled");
});

test("each wrong link is refused with its sentence", async (context) => {
  const desk = await world(context);
  desk.browser(Browser.keeps);
  const app = await desk.app();
  await app.listen();
  const said = async (link) => {
    assert.equal((await desk.second(link)).code, 0, "the second instance hands over and ends");
    return (await app.notice()).id;
  };
  const forged = "wedsync://oauth/callback?code=forged&state=forged";

  assert.equal(await said(forged), "error.link_unasked", "nobody is signing in");
  const begun = await app.beginSignIn();
  const link = await desk.keptLink();
  assert.equal(await said("wedsync://open/everything"), "error.link_malformed", "no link of ours");
  assert.equal(await said(`${link}&then=open`), "error.link_malformed", "one word too many");
  assert.equal(await said(forged), "error.sign_in_link", "another sign-in's");
  assert.equal((await app.rpc("sign_in.status", { attempt_id: begun.attempt_id })).state, "waiting", "none of them ended it");

  assert.equal((await desk.second(link)).code, 0);
  const account = await app.signedIn();
  assert.equal(await said(link), "error.link_used", "replayed");

  // Somebody else signs in on the page that the app opened.
  const again = await app.rpc("sign_in.begin", { route: "return_page" });
  assert.equal(await said(await signInByHand(again.url, desk.servers.other_login, desk.servers.other_password)), "error.other_supplier");
  assert.deepEqual((await app.rpc("app.state")).signed_in, account, "the account that was signed in still is");
  assert.equal((await app.rpc("doctor.run")).ok, true, "and its tokens are whole");

  const log = await desk.log();
  for (const secret of [link, new URL(link).searchParams.get("code"), new URL(link).searchParams.get("state")]) {
    assert.ok(!log.includes(secret), "no part of a link is logged");
  }
});

test("hub beside the app is its guest", async (context) => {
  const desk = await world(context);
  const app = await desk.app();
  await app.listen();
  await app.beginSignIn();
  await app.signedIn();
  const state = await desk.hub("connections");
  assert.equal(state.code, 0, state.err);
  const refused = await desk.hub("serve");
  assert.equal(JSON.parse(refused.out.trim().split("\n").at(-1)).error.code, "serve_needs_owner", "the app is the owner");
  assert.equal((await desk.hub("logout")).code, 0);
  assert.equal((await app.rpc("app.state")).signed_in, null, "what the guest did, the owner did");
});

test("an app whose profile another program has says so, and opens it when it is free", async (context) => {
  const desk = await world(context);
  const serving = await desk.hold();
  const app = await desk.app();
  const taken = await app.refusal("app.state");
  assert.equal(taken.message.id, "error.app_taken");
  assert.deepEqual([taken.code, taken.retry.kind], ["busy", "now"], "one action: try again");
  await serving.release();
  assert.equal((await app.rpc("app.state")).profile.kind, "test", "trying again is the same command");
});

test("a second instance shows the first and ends, with the files it was opened with", async (context) => {
  const desk = await world(context);
  const app = await desk.app();
  await app.listen();
  const file = join(desk.dir, "Clients 2026.csv");
  writeFileSync(file, "Name\nCharlotte Ashworth\n");
  writeFileSync(join(desk.dir, "run.sh"), "");
  const second = await desk.second(file, join(desk.dir, "run.sh"));
  assert.equal(second.code, 0);
  const [event] = await until("the file is handed over", async () => {
    const heard = await app.heard("files");
    return heard.length > 0 ? heard : undefined;
  });
  assert.deepEqual(
    event.event.files.map(({ name, size }) => ({ name, size })),
    [{ name: "Clients 2026.csv", size: 24 }],
    "only kinds that the program opens",
  );
  assert.ok(!JSON.stringify(event).includes(desk.dir), "no path");
});

test("an app that starts while the last one ends takes its place", async (context) => {
  const desk = await world(context);
  // Often enough to meet the moment in which the name is taken and nobody answers to it.
  for (let round = 0; round < 12; round += 1) {
    const app = await desk.app();
    assert.equal((await app.rpc("app.state")).profile.kind, "test", `round ${round}`);
    await desk.closeApp();
  }
});

test("a supplier's own profile opens by the keychain, and without one by a chosen passphrase", async (context) => {
  const live = (desk) => ["--profile-dir", desk.profile, "--profile-kind", "live", "--cloud-url", "https://wedsync.example", "--locale", "en-GB"];
  const desk = await world(context);
  let app = await desk.app({ options: live(desk) });
  assert.equal((await app.rpc("app.state")).profile.kind, "live");
  assert.equal((await app.refusal("window.open_link", { url: "http://127.0.0.1:1/" })).message.id, "error.app_address", "nothing plays a CRM here");
  await desk.closeApp();
  app = await desk.app({ options: live(desk) });
  assert.equal((await app.rpc("app.state")).profile.kind, "live", "the keychain kept the key");

  const bare = await world(context, { keychain: "none" });
  app = await bare.app({ options: live(bare) });
  assert.equal((await app.refusal("app.state")).message.id, "error.app_no_keychain", "never silently without");
  assert.equal((await app.refusal("window.unlock", { passphrase: "short" })).message.id, "error.passphrase_short");
  await app.rpc("window.unlock", { passphrase: "a passphrase of some length" });
  assert.equal((await app.rpc("app.state")).profile.kind, "live");
  await bare.closeApp();
  app = await bare.app({ options: live(bare) });
  assert.equal((await app.refusal("app.state")).message.id, "error.app_needs_passphrase");
  assert.equal((await app.refusal("window.unlock", { passphrase: "another passphrase" })).message.id, "error.wrong_key");
  await app.rpc("window.unlock", { passphrase: "a passphrase of some length" });
  assert.equal((await app.rpc("app.state")).profile.kind, "live");
});
