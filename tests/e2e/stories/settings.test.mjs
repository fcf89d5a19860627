import assert from "node:assert/strict";
import { after, test } from "node:test";

import { desk } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";
import { screens } from "../harness/screens.mjs";

after(closeBrowser);

test("settings show what is connected, export the clients and check the installation", async () => {
  const place = await desk({ upTo: "uploaded", clients: 12 });
  try {
    const app = await open(place.url);
    try {
      await app.press("link", "Settings");
      await app.sees("button", "Sign out");
      await app.sees("link", "Open Tave");
      await screens(app, "settings-all");

      const download = app.page.waitForEvent("download");
      await app.press("button", "CSV");
      assert.equal((await download).suggestedFilename(), "wedsync-clients.csv");
      await app.seesText("12 clients exported");

      await app.page.getByRole("button", { name: "Check", exact: true }).click();
      await app.seesText("In order");

      assert.deepEqual(app.faults, [], "the page reports nothing");
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
});
