// Nothing secret, and no client, is left in a browser: key, tokens, the session's cookie and a client's e-mail are looked for
// in all web storage and in every word that went over between page and program, but for the one request that saves the key.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { anEmail } from "../harness/canary-client.mjs";
import { Canaries, PLANT, STORED, Transcript } from "../harness/canary.mjs";
import { cloudOf } from "../harness/cloud.mjs";
import { desk, fillForm } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";
import { lastSeen } from "../harness/screens.mjs";

after(closeBrowser);

/** Writes down what goes over from now on; events come over a stream that only the browser's own tool shows. */
async function listen(page) {
  const transcript = new Transcript();
  const ours = (request) => ["/rpc", "/session", "/files"].includes(new URL(request.url()).pathname);
  const reading = [];
  page.on("request", (request) => ours(request) && transcript.asked(request.postData() ?? ""));
  page.on("requestfinished", (request) => {
    if (ours(request)) reading.push(request.response().then((answer) => answer.text()).then((text) => transcript.answered(text)));
  });
  const tool = await page.context().newCDPSession(page);
  await tool.send("Network.enable");
  tool.on("Network.eventSourceMessageReceived", ({ data }) => transcript.answered(data, "an event"));
  return { transcript, whole: () => Promise.all(reading) };
}

test("no secret and no client is left in the browser, nor is a secret ever sent to the page", async () => {
  const place = await desk({ clients: 12, keepBodies: true });
  try {
    const app = await open("about:blank");
    const { page } = app;
    try {
      const heard = await listen(page);
      await page.goto(place.url);
      await app.press("button", "Sign in with your browser");
      await fetch(await fillForm(await app.openedLink(), place.world));
      await app.sees("heading", "Home");
      await app.press("link", "Add a CRM or file");
      await app.press("radio", /Tave/);
      await app.press("button", "Continue with Tave");
      await app.fill("Address", place.world.vsco);
      await app.fill("Your Tave API key", place.world.api_key);
      await app.press("button", "Connect");
      await app.sees("heading", "This key works");
      await app.press("button", "Continue");
      await app.press("checkbox", /My contracts/);
      await app.press("button", "Preview first clients");
      await app.sees("heading", "Here are your first clients");
      await app.press("radio", /hundredths/);
      await app.press("button", "Use this answer");
      await app.gone("heading", /Is the largest amount/);
      await app.press("button", /^Import to/);
      await app.press("link", /^Review/);
      await app.sees("grid", "Clients to review", 100_000);
      await app.press("button", /^Upload \d+ clients?$/);
      await app.page.getByRole("alertdialog").getByRole("button", { name: /^Upload/ }).click();
      await app.seesText(/clients? (is|are) in WedSync\./, 60_000);
      await app.press("link", "History");
      await app.press("link", "Settings");
      await app.sees("button", "Sign out");
      await heard.whole();

      const tokens = await cloudOf(place.world).tokens();
      assert.ok(tokens.length >= 2, "tokens were given out");
      const [cookie] = await page.context().cookies();
      const secrets = { key: place.world.api_key, cookie: cookie.value, password: place.world.password };
      tokens.forEach((token, index) => (secrets[`token ${index + 1}`] = token));
      const canaries = new Canaries({ secrets, clients: { email: await anEmail(place.world) } });

      assert.ok(heard.transcript.length > 20 && heard.transcript.saw(canaries), "the whole conversation was heard, the key's request too");
      assert.deepEqual(heard.transcript.leaks(canaries), [], "no word of it holds a secret");
      const looked = async () => Object.entries(await page.evaluate(STORED)).flatMap(([where, text]) => canaries.leaks(where, text));
      assert.deepEqual(await looked(), [], "nothing is stored");

      // The search itself: what is planted is found, in each place and each direction.
      for (const where of ["localStorage", "sessionStorage", "IndexedDB", "Cache"]) {
        for (const [name, planted] of [["key", Buffer.from(`u:${secrets.key}`).toString("base64")], ["email", await anEmail(place.world)]]) {
          await page.evaluate(`(${PLANT})(${JSON.stringify(where)}, ${JSON.stringify(planted)})`);
          assert.ok((await looked()).some((leak) => leak.startsWith(name) && leak.endsWith(where)), `${name} planted in ${where} is found`);
        }
      }
      for (const [leak, plant] of [
        [/a request of job\.list$/, (said) => said.asked(JSON.stringify({ cmd: "job.list", payload: { note: tokens[0] } }))],
        [/an answer$/, (said) => said.answered(JSON.stringify({ ok: { held: secrets.key } }))],
        [/an event$/, (said) => said.answered(encodeURIComponent(tokens[1]), "an event")],
      ]) {
        const said = new Transcript();
        plant(said);
        assert.match(said.leaks(canaries).join(), leak, "a planted word is heard");
      }
      const saving = new Transcript();
      saving.asked(JSON.stringify({ cmd: "connection.create", payload: { key: secrets.key } }));
      assert.deepEqual([saving.leaks(canaries), saving.saw(canaries)], [[], true], "the request that saves a key may hold it");
      assert.deepEqual(app.faults, [], "the page reports nothing");
    } catch (error) {
      throw await lastSeen(app, error);
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
});
