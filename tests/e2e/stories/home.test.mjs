import assert from "node:assert/strict";
import { after, test } from "node:test";

import { desk } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";
import { screens } from "../harness/screens.mjs";

after(closeBrowser);

test("home imports, says what needs the person, and what is coming up", async () => {
  const place = await desk({ clients: 60, upTo: "connected" });
  try {
    const app = await open(place.url);
    const { page } = app;
    try {
      await app.sees("heading", "Your CRMs");
      await app.press("button", "Import");
      await app.sees("heading", "Needs you");
      await app.seesText(/clients? (is|are) ready to check/);
      await app.sees("heading", "Coming up");
      await app.seesText(/clients?, readable offline/);
      await app.sees("button", "Import again");
      await screens(app, "home-imported");
      await page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
      await app.resize({ width: 360, height: 640 });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wide <= 0, `text at 200 % on 360 px: ${String(wide)} px wider than the window`);
      await page.evaluate(() => (document.documentElement.style.fontSize = ""));
      await app.resize({ width: 1280, height: 800 });
      await app.press("link", "Decide");
      await app.sees("heading", "Review");
      assert.deepEqual(app.faults, [], "the page reports nothing");
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
});
