// A definition that somebody was given as a file: all its faults with their places, or where it goes and what it reads before anybody is
// asked; then a key, the first clients, and an import.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";

import { bring } from "../harness/crm-story.mjs";
import { desk } from "../harness/desk.mjs";
import { DRAWN } from "../harness/definitions.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";
import { drop } from "../harness/files.mjs";
import { screens } from "../harness/screens.mjs";

after(closeBrowser);

const NAME = "The Marchioness of Ottenbury-Fairweather's Floristry and Wedding Flowers Ledger";

/** A desk, and the definition of its source as the program itself writes one, under a long name. */
async function deskWithDefinition() {
  let text;
  const place = await desk({
    clients: 2,
    upTo: "signed_in",
    before: async (profile, hub, { source }) => {
      const out = join(profile, "..", "ours.toml");
      await hub(["connector", "new", source.address, "--name", NAME, "--sign", "bearer", "--key-stdin", "--out", out], `${source.key}\n`);
      text = await readFile(out, "utf8");
    },
  });
  return { place, text };
}

test("a definition from a file: its faults with their places, then where it goes before anybody is asked, a key, and an import", async () => {
  const { place, text } = await deskWithDefinition();
  const { source } = place.world;
  const asked = async () => (await (await fetch(source.control)).json()).length;
  try {
    const app = await open(place.url);
    const { page } = app;
    const choose = async (name, definition) => {
      const chooser = page.waitForEvent("filechooser");
      await app.press("button", "Choose the file");
      await (await chooser).setFiles({ name, mimeType: "application/toml", buffer: Buffer.from(definition) });
    };
    const before = await asked();
    try {
      await app.press("link", "Add a CRM or file");
      await app.press("radio", /^Your own CRM/);
      await app.press("button", "Continue with Your own CRM");
      await app.sees("heading", "A file that describes your CRM");
      await screens(app, "own-definition-choose");

      // Two things are wrong, at two places; both are told at once.
      const faulty = text.replace(/primary\.email/, "primary.mail").replace(/^hosts = .*$/m, 'hosts = ["elsewhere.example"]');
      await choose("a-file-with-a-very-long-name-that-somebody-mailed-us-last-tuesday.toml", faulty);
      await app.sees("heading", "This file isn't right yet");
      const places = await page.getByRole("status").getByRole("listitem").allInnerTexts();
      assert.deepEqual(places.map((each) => each.split("\n")[0]).sort(), ["routes.api.hosts", "rows.fields.contact.email"]);
      await app.seesText("`primary.mail` names no place and field of WedSync");
      await screens(app, "own-definition-faults");
      await app.press("button", "Back");

      // No definition at all.
      await choose("notes.toml", "this is = not [ toml");
      await app.sees("heading", "This file isn't right yet");
      await screens(app, "own-definition-no-toml");
      await app.press("button", "Back");
      await choose("empty.toml", "");
      await app.sees("heading", "This file isn't right yet");
      await app.press("button", "Back");

      // A good one: dropped anywhere on the window.
      await drop(app, [{ name: "ours.toml", bytes: Buffer.from(text) }]);
      await app.sees("heading", `What ${NAME} would do`);
      await app.seesText(new URL(source.address).host);
      assert.equal(await asked(), before, "nobody was asked yet");
      await screens(app, "own-definition-about");

      // Another one takes its place while it is open.
      await drop(app, [{ name: "drawn.toml", bytes: Buffer.from(DRAWN) }]);
      await app.sees("heading", "What The drawn studio would do");
      await app.seesText("The address that you give, and nowhere else");
      await screens(app, "own-definition-window");
      await app.press("button", "Back");
      await app.sees("heading", "Connect Your own CRM by its address");
      await choose("ours.toml", text);

      await app.press("button", "Give a key");
      await app.sees("heading", `Try ${NAME} with your key`);
      await app.press("button", "Look at it");
      await app.seesText("Paste the key first.");
      const key = page.getByLabel("Key", { exact: true });
      await key.fill("not-the-key");
      await app.press("button", "Look at it");
      await app.seesText(/didn't accept this key/);
      assert.equal(await key.inputValue(), "", "the field is emptied with the request");
      await screens(app, "own-definition-key");
      await key.fill(source.key);
      await app.key("Enter");
      await app.sees("table");
      assert.equal((await page.content()).includes(source.key), false, "the key is nowhere on the page");
      await screens(app, "own-definition-first");
      await app.press("button", "Connect");
      await bring(app, NAME);
      await app.press("button", /^Import to/);
      await app.sees("heading", "Needs you", 40_000);
      await screens(app, "own-definition-home");
      assert.deepEqual(app.faults.filter((fault) => !/40\d/.test(fault)), [], "the page reports nothing");
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
});
