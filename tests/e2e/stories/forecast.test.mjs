// What an import takes, before it begins: the wizard's last step, and the row of the CRM at home.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { bring } from "../harness/crm-story.mjs";
import { desk } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";
import { screens } from "../harness/screens.mjs";

after(closeBrowser);

/** "About 4 min, 12 % of the requests of an hour." */
const SENTENCE = /^(About \d+ min,|Less than a minute,|At least \d+ min and) \d+ % of the requests of (a minute|an hour|a day)\.$/;

test("an import says what it takes before it begins, in the wizard and at home", async () => {
  const place = await desk({ clients: 400, upTo: "connected" });
  try {
    const app = await open(place.url);
    const { page } = app;
    try {
      await app.sees("heading", "Your CRMs");
      const [connection] = (await app.rpc("app.state")).connections;
      assert.equal((await app.rpc("import.forecast", { connection_id: connection.id })).counted, "nobody");
      assert.equal(await page.getByText(SENTENCE).count(), 0, "what nobody counted is not said");
      await page.goto(`${new URL(place.url).origin}/#/add?step=bring&connection=${connection.id}`);
      await bring(app, "Tave");
      await app.seesText(SENTENCE);
      const told = await page.getByText(SENTENCE).innerText();
      const forecast = await app.rpc("import.forecast", { connection_id: connection.id });
      assert.ok(forecast.requests > 0 && told.includes(`${forecast.sentence.params.percent} %`), told);
      await screens(app, "forecast-wizard");

      await page.goto(`${new URL(place.url).origin}/#/home`);
      await app.seesText(SENTENCE);
      assert.equal(await page.getByText(SENTENCE).innerText(), told, "the same at home");
      await screens(app, "forecast-home");
      assert.deepEqual(app.faults, [], "the page reports nothing");
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
});
