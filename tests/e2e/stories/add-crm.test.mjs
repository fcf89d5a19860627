import assert from "node:assert/strict";
import { after, test } from "node:test";

import { desk } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";
import { screens } from "../harness/screens.mjs";

after(closeBrowser);

test("a person connects Tave with a key, chooses what to bring, answers, and starts the import", async () => {
  const place = await desk({ clients: 40, upTo: "signed_in" });
  try {
    const app = await open(place.url);
    const { page } = app;
    try {
      await app.press("link", "Add a CRM or file");
      await app.sees("heading", "Where are your clients now?");
      await screens(app, "add-choose");
      await app.press("radio", /Tave/);
      await app.press("button", "Continue with Tave");

      await app.sees("heading", "Connect Tave with an API key");
      await app.press("button", "Connect");
      await app.seesText("Paste the key first.");
      await app.fill("Address", place.world.vsco);
      await app.fill("Your Tave API key", "not-a-key");
      await app.key("Enter");
      await app.seesText(/Tave didn't accept this key/);
      assert.equal(await page.getByLabel("Your Tave API key").inputValue(), "", "the field is emptied with the request");
      await screens(app, "add-connect-refused");
      await app.fill("Your Tave API key", place.world.api_key);
      await app.press("button", "Connect");
      await app.sees("heading", "This key works");
      await app.seesText(`Ends in ${place.world.api_key.slice(-4)}`);
      assert.equal((await page.content()).includes(place.world.api_key), false, "the key is nowhere on the page");
      await screens(app, "add-connect");
      await app.press("button", "Continue");

      await app.sees("heading", "What should we bring from Tave?");
      await app.sees("checkbox", "Clients and partners");
      const records = page.getByText(/^[\d,]+ records$/);
      const all = await records.innerText();
      const notes = page.getByRole("checkbox", { name: "Notes and emails" });
      await notes.click();
      await records.filter({ hasNotText: all }).waitFor();
      await notes.click();
      await records.filter({ hasText: all }).waitFor();
      await page.getByRole("checkbox", { name: /My contracts/ }).click();
      await screens(app, "add-bring");
      await app.press("button", "Preview first clients");

      await app.sees("heading", "Here are your first clients");
      assert.equal(await page.getByRole("button", { name: /^Import to/ }).getAttribute("aria-disabled"), "true", "first the answer");
      await screens(app, "add-preview-question");
      await page.getByRole("radio", { name: /hundredths/ }).click();
      await app.press("button", "Use this answer");
      await page.getByRole("heading", { name: /Is the largest amount/ }).waitFor({ state: "detached" });
      assert.ok((await page.getByRole("row").count()) > 5, "clients under the head");
      await screens(app, "add-preview");
      await app.press("button", /^Import to/);
      await app.sees("heading", "Home");
      await app.sees("progressbar");

      // The wizard has used up most of what the CRM allows in a minute: the import waits, and can be paused meanwhile.
      await app.press("button", "Pause");
      await app.sees("button", "Resume");
      const paused = page.getByRole("paragraph").filter({ hasText: /^Paused/ });
      const told = await paused.innerText();
      await page.reload();
      await app.sees("button", "Resume");
      await paused.waitFor();
      assert.equal(await paused.innerText(), told, "a reload shows the same numbers");
      await screens(app, "home-paused");
      assert.deepEqual(app.faults.filter((fault) => !/401/.test(fault)), [], "the page reports nothing");
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
});
