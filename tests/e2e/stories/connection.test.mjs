// The page of one connection: a CRM with a key, one that is signed in to in the browser, a file with a long name.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { choose, openHoneyBook, typeCode } from "../harness/crm-story.mjs";
import { desk, fillForm, shortCode } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";
import { screens } from "../harness/screens.mjs";

after(closeBrowser);

test("the page of a connection shows what is known, replaces a key, pauses, goes on and disconnects", async () => {
  const place = await desk({ upTo: "uploaded", clients: 12 });
  try {
    const app = await open(place.url);
    try {
      await app.page.getByRole("main").getByRole("link", { name: "Tave" }).click();
      await app.sees("heading", "How it connects");
      await app.seesText("From Tave itself");
      await app.seesText("Nothing is written into Tave");
      await app.seesText(/of 1,000/);
      await app.seesText(/^Ends in /);
      await app.seesText(/^Given .*, today$/);
      await app.seesText("What to bring, and that it may be kept here");
      await app.seesText(/^Clients: 12 new/);
      await screens(app, "connection-key");

      await app.press("button", "Check now");
      await app.seesText("Tave answers, and lets us read");

      await app.press("button", "Replace key");
      await app.sees("dialog", "Replace the key of Tave");
      await app.fill("New API key", "not-a-key");
      await app.page.getByRole("dialog").getByRole("button", { name: "Replace key" }).click();
      await app.seesText(/didn.t accept this key/);
      await screens(app, "connection-replace-key");
      await app.fill("New API key", place.world.api_key);
      await app.page.getByRole("dialog").getByRole("button", { name: "Replace key" }).click();
      await app.seesText("The key of Tave is replaced");

      await app.press("button", "Pause");
      await app.seesText(/^Paused since/);
      await screens(app, "connection-paused");
      await app.press("link", "Home");
      await app.seesText("Paused");
      assert.equal(await app.page.getByRole("button", { name: "Import again" }).count(), 0, "nothing is begun while it is paused");
      await app.press("link", "Settings");
      await app.press("link", "Open Tave");
      await app.press("button", "Go on");
      await app.seesText("Connected");

      await app.press("button", "Disconnect");
      await app.sees("alertdialog", "Disconnect Tave?");
      await screens(app, "connection-disconnect");
      await app.press("button", "Disconnect Tave");
      await app.seesText("Disconnected here. End the access in Tave too, if nothing else uses it.");
      await screens(app, "connection-ended");
      assert.deepEqual(app.faults.filter((fault) => !/40\d/.test(fault)), [], "the page reports nothing");
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
});

test("a sign-in is shown with what the CRM grants, waits for the person when it ends, and is taken back at the CRM", async () => {
  const place = await desk({ clients: 12, upTo: "signed_in" });
  try {
    const app = await open(place.url);
    try {
      const [studio] = place.world.honeybook_logins;
      await choose(app, "HoneyBook");
      await openHoneyBook(app, place.world);
      await typeCode(app, await shortCode(await fillForm(await app.openedLink(), studio)));
      await app.sees("heading", /^What should we bring from/);
      await app.page.goto(new URL("/#/home", app.page.url()).href);
      await app.page.getByRole("list").getByRole("link", { name: /HoneyBook|Harlow/ }).first().click();
      await app.sees("heading", "How it connects");
      await app.seesText(/Allowed when you signed in/);
      await app.seesText(/honeybook\.api/);
      await app.seesText("It renews itself while you use it.");
      await app.seesText("Nothing yet. Nothing is brought in before you say what to bring.");
      assert.equal(await app.page.getByRole("button", { name: "Replace key" }).count(), 0);
      await screens(app, "connection-sign-in");
      await app.press("button", "Disconnect");
      await app.seesText(/We tell HoneyBook that WedSync may not read any more\./);
      await app.page.getByRole("alertdialog").getByRole("button", { name: /^Disconnect / }).click();
      await app.seesText("Disconnected. HoneyBook doesn't let WedSync in any more.");
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
});
