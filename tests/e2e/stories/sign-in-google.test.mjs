// CRMs whose sign-in comes back to this computer: Google Contacts and Google Calendar, without a code to type.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { choose } from "../harness/crm-story.mjs";
import { desk, fillForm } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";
import { screens } from "../harness/screens.mjs";

after(closeBrowser);

test("a person signs in to Google in the browser, comes back by itself and is asked what to bring", async () => {
  const place = await desk({ clients: 12, upTo: "signed_in" });
  try {
    const app = await open(place.url);
    try {
      const [studio] = place.world.google_logins;
      await choose(app, "Google Contacts");
      await app.sees("heading", "Sign in to Google Contacts");
      await app.fill("Address", place.world.google_contacts);
      await app.press("button", "Open Google Contacts");
      await app.sees("heading", "Continue in your browser");
      await app.seesText("Waiting for Google Contacts");
      assert.equal(await app.page.getByRole("button", { name: "Use this code" }).count(), 0, "there is no code to type");
      await screens(app, "browser-waiting-loopback");
      const link = await app.openedLink();
      const asked = new URL(link);
      assert.equal(asked.origin, new URL(place.world.google_contacts).origin, "the browser was at Google");
      assert.match(asked.searchParams.get("redirect_uri") ?? "", /^http:\/\/127\.0\.0\.1:\d+\/callback$/, "back to this computer");
      const back = await fillForm(link, studio);
      assert.equal(new URL(back).hostname, "127.0.0.1");
      await fetch(back);
      await app.sees("heading", /^What should we bring from/);
      assert.deepEqual(app.faults.filter((fault) => !/40\d/.test(fault)), [], "the page reports nothing");
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
});

test("a calendar is signed in to in the same way, and says that it reads appointments", async () => {
  const place = await desk({ clients: 12, upTo: "signed_in" });
  try {
    const app = await open(place.url);
    try {
      const [studio] = place.world.google_logins;
      await choose(app, "Google Calendar");
      await app.sees("heading", "Sign in to Google Calendar");
      await app.seesText("See calendars and appointments");
      await app.seesText(/come into the review without a client, private ones as well/);
      await app.fill("Address", place.world.google_calendar);
      await app.press("button", "Open Google Calendar");
      await app.sees("heading", "Continue in your browser");
      await fetch(await fillForm(await app.openedLink(), studio));
      await app.sees("heading", /^What should we bring from/);
      assert.deepEqual(app.faults.filter((fault) => !/40\d/.test(fault)), [], "the page reports nothing");
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
});
