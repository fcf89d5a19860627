import assert from "node:assert/strict";
import { after, test } from "node:test";

import { desk, fillForm, shortCode } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";
import { screens } from "../harness/screens.mjs";

after(closeBrowser);

/** A story on a desk of its own, with a window of its own. */
function story(name, options, tell) {
  test(name, async () => {
    const place = await desk(options);
    try {
      const app = await open(place.url);
      try {
        await tell(app, place);
        assert.deepEqual(app.faults, [], "the page reports nothing");
      } finally {
        await app.close();
      }
    } finally {
      await place.close();
    }
  });
}

story("the short code signs in, and leads home", {}, async (app, { world }) => {
  await app.sees("heading", "Bring your couples into WedSync");
  assert.equal(new URL(app.page.url()).hash.includes("token"), false, "the token is out of the address");
  await screens(app, "welcome");
  await app.press("button", "Paste the code instead");
  await app.sees("heading", "Finish signing in in your browser");
  await screens(app, "welcome-code");
  const back = await fillForm(await app.openedLink(), world);
  await app.fill("Code from the sign-in page", await shortCode(back));
  await app.press("button", "Use this code");
  await app.sees("heading", "Home");
  await app.seesText("Nothing connected yet");
  await screens(app, "home-empty");
});

story("the browser that comes back signs in by itself", {}, async (app, { world }) => {
  await app.press("button", "Sign in with your browser");
  const back = await fillForm(await app.openedLink(), world);
  await fetch(back);
  await app.sees("heading", "Home");
});

story("every screen opens after an import, and a reload keeps the session", { upTo: "imported" }, async (app) => {
  await app.sees("heading", "Home");
  await app.seesText("Tave");
  await screens(app, "home");
  await app.press("link", /^Review/);
  await app.sees("grid", "Clients to review");
  await screens(app, "review");
  await app.page.reload();
  await app.sees("grid", "Clients to review");
  await app.press("link", /^Duplicates/);
  await app.sees("heading", "Duplicates");
  await screens(app, "duplicates");
  await app.press("link", "History");
  await app.seesText("Ready for your review");
  await screens(app, "history");
  await app.press("link", "Settings");
  await app.sees("button", "Sign out");
  await screens(app, "settings");
  await app.key("Control+k");
  await app.sees("combobox", "Find or act");
  await screens(app, "palette");
  await app.page.keyboard.type("home");
  await app.key("Enter");
  await app.sees("heading", "Needs you");
});
