import assert from "node:assert/strict";
import { after, test } from "node:test";

import { desk } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";
import { screens } from "../harness/screens.mjs";

after(closeBrowser);

/** What a Zap posts. */
async function post(address, event) {
  const answer = await fetch(address, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(event) });
  assert.equal(answer.status, 202);
}

test("Zapier is connected by an address to copy and a test event, and what it sends afterwards is previewed", async () => {
  const place = await desk({ clients: 2, upTo: "signed_in" });
  try {
    const app = await open(place.url);
    const { page } = app;
    try {
      await app.press("link", "Add a CRM or file");
      await app.press("radio", /^Zapier/);
      await app.press("button", "Continue with Zapier");
      await app.sees("heading", "Connect Zapier by its events");
      await app.press("button", "Make an address");
      await app.sees("heading", "Send events from Zapier");
      const address = await page.getByLabel("Address for events").inputValue();
      await app.seesText("Waiting for the first event");
      await screens(app, "add-events-waiting");

      await post(address, { client: { id: 81, first_name: "Test", last_name: "Person", email: "test@example.org" }, wedding: { date: "2027-06-12", venue: "Old Barn" }, cake: "Lemon" });
      await app.sees("heading", "1 event has arrived");
      await app.seesText("Test Person");
      await app.sees("radio", "The field client.id");
      await screens(app, "add-events-arrived");
      await app.press("button", "Connect");
      await app.sees("heading", /What should we bring/);
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
});
