// How clients would be saved in a source of one's own: a pasted command is read as a rule, looked at, kept in the definition, shown on
// the page of the connection and taken away again. Nothing is sent to the source by any of it.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { desk } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";
import { screens } from "../harness/screens.mjs";

after(closeBrowser);

const NAME = "The Marchioness of Ottenbury-Fairweather's Floristry and Wedding Flowers Ledger";
const COMMAND = "curl command that saves one client";

test("a pasted command becomes a rule of the definition, is shown with what it lacks, and is taken away and brought back", async () => {
  const place = await desk({
    clients: 2,
    upTo: "signed_in",
    before: async (profile, hub, { source }) => {
      await hub(["connector", "new", source.address, "--name", NAME, "--sign", "bearer", "--key-stdin", "--connect"], `${source.key}\n`);
    },
  });
  const { source } = place.world;
  const sent = async () => (await (await fetch(source.control)).json()).length;
  const { data } = await (await fetch(source.address, { headers: { authorization: `Bearer ${source.key}` } })).json();
  try {
    const app = await open(place.url);
    const { page } = app;
    const section = { at: page.getByRole("heading", { name: `Writing into ${NAME}` }) };
    const shown = async () => `${await page.content()} ${await page.evaluate(() => [...document.querySelectorAll("input, textarea")].map((field) => field.value).join(" "))}`;
    const [{ id }] = (await app.rpc("app.state")).connections;
    const definition = async () => (await app.rpc("connector.export", { connection_id: id })).definition;
    const paste = async (command) => {
      await app.fill(COMMAND, command);
      await app.press("button", "Read it");
    };
    const one = data[3];
    const origin = new URL(source.address).origin;
    const change = (where, body) => `curl -X PATCH '${where}' \\\n  -H 'Authorization: Bearer ${source.key}' \\\n  -H 'Content-Type: application/json' \\\n  --data-raw '${JSON.stringify(body)}'`;
    const body = { booking: { contact: { first_name: "Someone", last_name: "Else", email: one.contact.email }, kind: "wedding", csrf_token: "s3cr3t-5678", note_colour: "#ff00aa" } };
    const update = change(`${source.address}/${one.uuid}`, body);
    try {
      await page.goto(`${new URL(place.url).origin}/#/connection?connection=${id}`);
      await app.sees("heading", `Writing into ${NAME}`);
      await app.seesText(new RegExp("^This version writes nothing into .* by itself"));
      await screens(app, "own-writes-none", section);

      // Nothing was read yet: it needs a record, and says so.
      await app.press("button", "Add how a client is saved there");
      assert.equal(await page.getByLabel(COMMAND).evaluate((field) => field === document.activeElement), true, "one can paste at once");
      await app.press("button", "Read it");
      await app.seesText("Paste the command first.");
      await app.press("radio", "A client that was read already");
      await paste(update);
      await app.seesText("Nothing was read here yet to compare the command with. Paste one record, too.");
      assert.equal((await shown()).includes(source.key), false, "also where it was refused, the key is not left on the page");
      await screens(app, "own-writes-add", section);
      await app.press("button", "Not now");

      await place.hub(["scope", "--agree"]);
      await place.hub(["import"]);
      const before = await sent();
      await page.reload();
      await app.press("button", "Add how a client is saved there");

      // What cannot be read is refused with its reason.
      await paste(`curl '${source.address}/${one.uuid}' -H 'Authorization: Bearer ${source.key}'`);
      await app.seesText(/^This command changes nothing that we can see/);
      await paste(change("https://elsewhere.example/v3/bookings/1", body));
      await app.seesText(/^This command goes to another place than your list/);
      await paste(change(`${source.address}/5f0c2a10-0000-4000-8000-999999999999`, body));
      await app.seesText(/^This command saves another client than the one it is compared with/);
      await screens(app, "own-writes-refused", section);

      // A good one: what goes where, how it is read back, what it lacks.
      await paste(update);
      await app.sees("heading", "This rule would be kept");
      await app.sees("heading", "Changes a client");
      await app.seesText(`By PATCH ${new URL(source.address).pathname}/{id}`);
      await app.sees("row", /^First name booking\.contact\.first_name/);
      await app.sees("row", /^Always “wedding” booking\.kind/);
      await app.seesText(/^What is stored is read back from \/v3\/bookings\/\{id\}\.$/);
      await app.seesText(/^Read, and not written by it: .*Phone/);
      await app.seesText(/could be a key or nothing says what it is: booking\.csrf_token, booking\.note_colour$/);
      for (const hidden of [source.key, "s3cr3t", one.uuid, one.contact.email]) assert.equal((await shown()).includes(hidden), false, "neither key nor client");
      assert.equal((await definition()).includes("routes.api.write"), false, "nothing is kept before somebody says so");
      await screens(app, "own-writes-found", { at: page.getByRole("heading", { name: "This rule would be kept" }) });
      await app.press("button", "Keep this rule");
      await app.seesText("The rule is kept in the definition");
      await app.gone("heading", "This rule would be kept");
      await app.sees("button", "Take away");
      const kept = await definition();
      assert.match(kept, /\[\[routes\.api\.write\]\]/);
      for (const hidden of [source.key, "s3cr3t", one.uuid, one.contact.email]) assert.equal(kept.includes(hidden), false, "Inv 42: the definition holds neither");

      // The same once more, and one that makes somebody, compared with a record at hand.
      await app.press("button", "Add how a client is saved there");
      await paste(update);
      await app.seesText("There is a rule for this already. Take it away first, then paste the command again.");
      await app.press("radio", "A record I paste");
      await app.fill("One client as JSON", JSON.stringify(one));
      await paste(`curl ${source.address} --json '${JSON.stringify({ contact: { first_name: "A", last_name: "B", email: "c", phone: "d" } })}'`);
      await app.sees("heading", "Makes a new client");
      await app.press("button", "Keep this rule");
      await app.gone("heading", "This rule would be kept");
      await page.reload();
      await app.sees("heading", "Changes a client");
      await app.sees("heading", "Makes a new client");
      await screens(app, "own-writes-kept", section);
      await app.seesText("Not in this version", 5_000);

      // Taken away, brought back, taken away for good.
      const both = await definition();
      const late = { connection_id: id, definition: both, of_version: 1 };
      await assert.rejects(app.rpc("connector.replace", late), /error\.definition_moved/, "what was made of an older one undoes nothing");
      await app.press("button", "Take away");
      await app.seesText("The rule is taken away");
      await app.gone("heading", "Changes a client");
      await app.press("button", "Undo");
      await app.sees("heading", "Changes a client");
      assert.equal(await definition(), both, "to the letter");
      for (let left = 2; left > 0; left -= 1) {
        await app.press("button", "Take away");
        await page.waitForFunction((count) => [...document.querySelectorAll("button")].filter((each) => each.textContent === "Take away").length === count, left - 1);
      }
      assert.equal((await definition()).includes("routes.api.write"), false);
      assert.equal(await sent(), before, `nothing was sent to ${origin}`);

      // It is read as before.
      await place.hub(["import"]);
      assert.deepEqual(app.faults.filter((fault) => !/40\d/.test(fault)), [], "the page reports nothing");
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
});
