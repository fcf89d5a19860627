// WedSync switches off reading a CRM in the middle of an import: said at home and on the page of the connection, with the reason, and
// over by itself once it is lifted.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { cloudOf } from "../harness/cloud.mjs";
import { desk } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";
import { screens } from "../harness/screens.mjs";

after(closeBrowser);

const REASON = /^WedSync has switched off reading Tave: it has changed/;

test("a CRM that WedSync switches off in the middle of an import says so in both places, and the import goes on when it is lifted", async () => {
  const place = await desk({ clients: 120, upTo: "connected" });
  const cloud = cloudOf(place.world);
  const slow = (millis) => fetch(`${place.world.control}/_control/latency`, { method: "PUT", body: JSON.stringify({ from_ms: millis, to_ms: millis }) });
  try {
    const app = await open(place.url);
    const { page } = app;
    const job = async () => (await app.rpc("job.list", { limit: 1 })).jobs[0];
    const until = async (what, wanted) => {
      for (let left = 300; ; left -= 1) {
        const now = await job();
        if (wanted(now)) return;
        if (left === 0) throw new Error(`waited in vain until ${what}: ${JSON.stringify(now)}`);
        await page.waitForTimeout(100);
      }
    };
    try {
      await slow(700);
      await app.sees("heading", "Your CRMs");
      await app.press("button", "Import");
      await app.sees("progressbar");
      await until("something was read", ({ processed }) => processed > 0);
      await cloud.switches(2, [{ provider: "tave", route: "api", operation: "read", reason: "changed" }]);
      await place.hub(["definitions", "refresh"]);

      // Nobody reloads anything: the page hears of it.
      await app.sees("heading", "Needs you");
      await app.seesText("Tave is switched off by WedSync");
      await app.seesText(REASON);
      await until("the import is held", ({ state }) => state === "paused");
      await app.sees("link", /^Tave\s*Switched off by WedSync$/);
      await app.sees("button", "Stop");
      assert.equal(await page.getByRole("button", { name: "Resume" }).count(), 0, "what goes on by itself has no button for it");
      assert.equal(await page.getByRole("button", { name: /^Import/ }).count(), 0, "nothing is begun meanwhile");
      await screens(app, "switched-off-home");
      await page.getByRole("main").getByRole("link", { name: "Tave" }).click();
      await app.sees("heading", "How it connects");
      await app.seesText("Tave is switched off by WedSync");
      await app.seesText(REASON);
      assert.equal(await page.getByRole("main").getByText("Switched off by WedSync", { exact: true }).count(), 2, "its state, and its way");
      assert.equal(await page.getByRole("button", { name: "Check now" }).getAttribute("aria-disabled"), "true", "nobody can ask it");
      await screens(app, "switched-off-connection");
      await app.press("link", "Add a CRM or file").catch(() => page.goto(`${new URL(place.url).origin}/#/add`));
      await app.press("radio", /^Tave/);
      await app.seesText(REASON);
      await screens(app, "switched-off-choose");

      await page.goto(`${new URL(place.url).origin}/#/home`);
      await app.seesText("Tave is switched off by WedSync");
      await slow(0);
      await cloud.switches(3, []);
      await place.hub(["definitions", "refresh"]);
      await app.gone("text", "Tave is switched off by WedSync");
      await app.gone("link", /^Tave\s*Switched off by WedSync$/);
      await app.seesText(/clients? (is|are) ready to check/, 30_000);
      await until("it was read to its end", ({ state }) => state === "waiting_review");
      await screens(app, "switched-off-lifted");
      assert.deepEqual(app.faults, [], "the page reports nothing");
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
});
