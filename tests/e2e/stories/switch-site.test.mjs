// A site that allows no program: off until the person has read why and switched it on. The window itself is the app's (app/switched-site).
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { desk } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";
import { screens } from "../harness/screens.mjs";

after(closeBrowser);

/** Those whose pages draw themselves from JSON, and whether an export of them is known too. */
const SITES = ["Pixieset", "Dubsado", "ShootQ"];

test("the note about a provider's terms is read and agreed to before anything can be switched on, by keyboard alone", async () => {
  const place = await desk({ clients: 2, upTo: "signed_in" });
  try {
    const app = await open(place.url);
    const { page } = app;
    const on = async (provider) => (await app.rpc("providers.list")).providers.find(({ key }) => key === provider).routes.find(({ kind }) => kind === "sign_in").on_since;
    try {
      for (const name of SITES) {
        await app.press("link", "Add a CRM or file");
        await app.press("radio", new RegExp(`^${name}`));
        await screens(app, `switch-choose-${name.toLowerCase()}`);
        await app.press("button", "Sign in in a window");
        await app.sees("heading", `Read ${name} with your own sign-in?`);
        await app.seesText(`${name} has not published this way of reading your client book`);
        await screens(app, `switch-note-${name.toLowerCase()}`);
        await app.press("button", "Back");
        await app.sees("heading", "Where are your clients now?");
        await page.goto(`${new URL(place.url).origin}/#/home`);
      }
      await page.goto(`${new URL(place.url).origin}/#/add?step=connect&provider=pixieset&way=window`);
      await app.sees("heading", "Read Pixieset with your own sign-in?");
      const button = page.getByRole("button", { name: "Switch it on" });
      assert.equal(await button.getAttribute("aria-disabled"), "true", "not before it was agreed to");
      await button.click({ force: true });
      assert.equal(await on("pixieset"), null, "a press before that does nothing");

      // From the box to the button with the keyboard.
      await page.getByRole("checkbox", { name: /^I have read this/ }).focus();
      await page.keyboard.press("Space");
      await page.waitForFunction(() => [...document.querySelectorAll("button")].some((each) => each.textContent === "Switch it on" && each.getAttribute("aria-disabled") === null));
      await screens(app, "switch-agreed");
      await button.focus();
      await page.keyboard.press("Enter");
      await app.sees("heading", "Sign in to Pixieset");
      assert.ok((await on("pixieset")) !== null, "it is on");
      assert.equal(await on("dubsado"), null, "and this one alone");
      await screens(app, "switch-window");

      // In a browser there is no window of the app; it says so in place.
      await app.press("checkbox", /^This is my own account/);
      await app.press("button", "Open Pixieset");
      await app.seesText(/happens in a window of the WedSync Hub app/);
      await screens(app, "switch-needs-app");
      assert.deepEqual(app.faults, [], "the page reports nothing");
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
});
