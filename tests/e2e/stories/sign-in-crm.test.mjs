// A CRM that is signed in to in the system's browser: HoneyBook, by the short code of WedSync's page.
import assert from "node:assert/strict";
import { after, test } from "node:test";

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
      await app.press("link", "Add a CRM or file");
      await app.press("radio", /^HoneyBook/);
      await app.press("button", "Continue with HoneyBook");
      await app.sees("heading", "Sign in to HoneyBook");
      await screens(app, "browser-begin");
      await app.fill("Address", place.world.honeybook);
      await app.press("button", "Open HoneyBook");
      await app.sees("heading", "Continue in your browser");
      await app.seesText("Waiting for HoneyBook");
      await screens(app, "browser-waiting");

      await app.fill("Code", "AAAA BBBB");
      await app.press("button", "Use this code");
      await app.seesText(/That code isn't right/);
      const back = await fillForm(await app.openedLink(), studio);
      await app.fill("Code", await shortCode(back));
      await app.press("button", "Use this code");
      await app.sees("heading", /^What should we bring from/);
      assert.deepEqual(app.faults.filter((fault) => !/40\d/.test(fault)), [], "the page reports nothing");
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
});
