// A CRM that is signed in to in the system's browser: HoneyBook, by the short code of WedSync's page.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { choose, openHoneyBook, typeCode } from "../harness/crm-story.mjs";
import { desk, fillForm, shortCode } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";
import { screens } from "../harness/screens.mjs";

after(closeBrowser);

test("a person signs in to HoneyBook in the browser and is asked what to bring", async () => {
  const place = await desk({ clients: 12, upTo: "signed_in" });
  try {
    const app = await open(place.url);
    try {
      const [studio] = place.world.honeybook_logins;
      await choose(app, "HoneyBook");
      await openHoneyBook(app, place.world, (name) => screens(app, name));
      const back = await fillForm(await app.openedLink(), studio);
      await typeCode(app, await shortCode(back));
      await app.sees("heading", /^What should we bring from/);
      assert.deepEqual(app.faults.filter((fault) => !/40\d/.test(fault)), [], "the page reports nothing");
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
});
