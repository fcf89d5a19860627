import assert from "node:assert/strict";
import { after, test } from "node:test";

import { desk } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";
import { screens } from "../harness/screens.mjs";

after(closeBrowser);

test("settings show what is connected, replace a key, export the clients, check the installation and disconnect", async () => {
  const place = await desk({ upTo: "uploaded", clients: 12 });
  try {
    const app = await open(place.url);
    try {
      await app.press("link", "Settings");
      await app.sees("button", "Sign out");
      await app.seesText(/^Ends in /);
      await screens(app, "settings-all");

      await app.press("button", "Replace key");
      await app.sees("dialog", "Replace the key of Tave");
      await screens(app, "settings-key");
      await app.fill("New API key", place.world.api_key);
      await app.page.getByRole("dialog").getByRole("button", { name: "Replace key" }).click();
      await app.seesText("The key of Tave is replaced");

      const download = app.page.waitForEvent("download");
      await app.press("button", "CSV");
      assert.equal((await download).suggestedFilename(), "wedsync-clients.csv");
      await app.seesText("12 clients exported");

      await app.page.getByRole("button", { name: "Check", exact: true }).click();
      await app.seesText("In order");

      await app.press("button", "Disconnect");
      await app.sees("alertdialog", "Disconnect Tave?");
      await screens(app, "settings-disconnect");
      await app.press("button", "Disconnect Tave");
      await app.page.getByText("Nothing is connected yet.").waitFor();
      assert.deepEqual(app.faults, [], "the page reports nothing");
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
});
