import assert from "node:assert/strict";
import { after, test } from "node:test";

import { desk } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";
import { screens } from "../harness/screens.mjs";

after(closeBrowser);

test("an upload is read in history, its log is saved, and it is undone", async () => {
  const place = await desk({ upTo: "uploaded", clients: 12 });
  try {
    const app = await open(place.url);
    try {
      await app.press("link", "History");
      await app.seesText("12 clients uploaded");
      await screens(app, "history-list");
      await app.press("button", /Upload/);
      await app.sees("heading", "Tave, Upload");
      await app.sees("table", "What became of the records");
      await app.seesText("12 clients uploaded");
      await app.sees("tab", "New");
      await screens(app, "history-upload");

      const download = app.page.waitForEvent("download");
      await app.press("button", "Save log");
      assert.match((await download).suggestedFilename(), /^wedsync-hub-upload-\d{4}-\d\d-\d\d\.csv$/);

      await app.press("button", "Undo this upload");
      await app.sees("alertdialog", "Undo the upload of 12 clients?");
      await screens(app, "history-undo-ask");
      await app.press("button", "Keep the upload");
      await app.press("button", "Undo this upload");
      await app.press("button", "Undo 12 clients");
      await app.sees("heading", "Tave, Undo of an upload");
      await app.seesText(/records are as they were before the upload\.$/);
      await app.seesText("Put back");
      await screens(app, "history-undone");

      // The list is gone through by keyboard: the upload, then the import.
      await app.page.getByRole("region", { name: "Imports, uploads and undos" }).getByRole("button").first().focus();
      await app.key("ArrowDown");
      await app.sees("heading", "Tave, Upload");
      await app.key("ArrowDown");
      await app.sees("heading", "Tave, Import");
      await app.seesText("Comparing");
      await screens(app, "history-import");
      assert.deepEqual(app.faults, [], "the page reports nothing");
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
});
