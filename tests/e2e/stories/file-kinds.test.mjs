// Every kind of export in the window: the seeded book in each vendor's own files is dropped, recognised, previewed, reviewed
// and uploaded, and WedSync is held to the generator's own list.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { cloudOf } from "../harness/cloud.mjs";
import { desk } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";
import { drop, fromDisk, tabs, until } from "../harness/files.mjs";

after(closeBrowser);

/** What the window says of each kind: whose it is, and what its tables are. */
const KINDS = [
  { vendor: "honeybook", name: "HoneyBook", tables: ["HoneyBook, booked projects", "HoneyBook, payments"] },
  { vendor: "dubsado", name: "Dubsado", tables: ["Dubsado, clients", "Dubsado, projects", "Dubsado, invoices", "Dubsado, transactions"] },
  { vendor: "studio_ninja", name: "Studio Ninja", tables: ["Studio Ninja, clients", "Studio Ninja, jobs"] },
  { vendor: "seventeen", name: "17hats", tables: ["17hats, contacts"] },
  { vendor: "tave", name: "Tave", tables: ["Tave, a list"] },
  { vendor: "spreadsheet", name: null, tables: [] },
];

for (const kind of KINDS) {
  test(`a drop of ${kind.name ?? "a plain spreadsheet"}: recognised, reviewed, uploaded, as the generator has it`, async () => {
    const place = await desk({ clients: 24, upTo: "signed_in", exports: true });
    const cloud = cloudOf(place.world);
    const app = await open(place.url);
    try {
      await app.sees("heading", "Home");
      const untouched = (await cloud.held()).digest;
      await drop(app, await fromDisk(place.world.exports[kind.vendor]));
      await app.sees("heading", "Here is what we found");
      if (kind.name === null) await app.seesText("We don't know this layout. You'll match its columns after this step.");
      else await app.seesText(kind.name);
      for (const table of kind.tables) await app.seesText(table);
      // What the files cannot tell is asked here: the first answer is the British one.
      for (const group of await app.page.getByRole("radiogroup").all()) {
        if ((await group.getByRole("radio", { checked: true }).count()) === 0) await group.getByRole("radio").first().click();
      }
      await app.press("button", "Continue");
      await app.sees("heading", /What should we bring from/);
      await app.page.getByRole("checkbox", { name: /My contracts/ }).click();
      await app.press("button", "Preview first clients");
      await app.sees("heading", "Here are your first clients");
      const whole = app.page.getByRole("radio", { name: /whole/i });
      if (await whole.count()) {
        await whole.first().click();
        await app.press("button", "Use this answer");
        await app.gone("heading", /Is the largest amount/);
      }
      await app.press("button", /^Import/);
      await app.sees("heading", "Home");
      await app.page.getByRole("link", { name: /^Review/ }).waitFor();
      await app.press("link", /^Review/);
      await app.sees("grid", "Clients to review");
      const first = await until(app, (now) => now.Everything > 0);
      assert.ok(first.Everything >= 24, `every client stands here: ${JSON.stringify(first)}`);
      assert.equal((await cloud.held()).digest, untouched, "a review uploads nothing");
      await decide(app);
      await app.press("button", /^Upload \d+ clients?$/);
      await app.page.getByRole("alertdialog").getByRole("button", { name: /^Upload/ }).click();
      await app.seesText(/clients? (is|are) in WedSync/, 60_000);
      assert.equal(await cloud.faultOfFiles(kind.vendor), null, "WedSync holds the generator's own list");
      assert.deepEqual(app.faults, [], "the page reports nothing");
    } finally {
      await app.close();
      await place.close();
    }
  });
}

/** Everything that waits, in the obvious way: without what cannot be read, and the one couple that it can be. */
async function decide(app) {
  const now = await tabs(app);
  if ((now.Problems ?? 0) > 0) {
    await app.press("tab", /^Problems/);
    await app.sees("columnheader", "What's wrong");
    await app.press("checkbox", "Tick all");
    await app.press("button", "Bring in without it");
    await until(app, (tabs) => (tabs.Problems ?? 0) === 0);
  }
  for (let left = (await tabs(app)).Duplicates ?? 0; left > 0; left -= 1) {
    await app.press("link", /^Duplicates/);
    await app.press("button", /The same couple/);
    await app.press("link", /^Review/);
    await until(app, (tabs) => (tabs.Duplicates ?? 0) < left);
  }
  await app.press("tab", /^Everything/);
}
