// Sarah's whole first import in a browser on `hub serve`, with WedSync looked at from outside at each step.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { cloudOf } from "../harness/cloud.mjs";
import { desk, fillForm, shortCode } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";
import { lastSeen, screens } from "../harness/screens.mjs";
import { tellTheWholeStory } from "../harness/whole-story.mjs";

after(closeBrowser);

test("the whole first import in a browser, offline in between, and its undo", { timeout: 400_000 }, async () => {
  const place = await desk({ clients: 214 });
  try {
    const app = await open(place.url);
    try {
      const signIn = async () => {
        await app.press("button", "Paste the code instead");
        const back = await fillForm(await app.openedLink(), place.world);
        await app.fill("Code from the sign-in page", await shortCode(back));
        await app.press("button", "Use this code");
      };
      await tellTheWholeStory(app, { world: place.world, cloud: cloudOf(place.world), signIn, look: (name) => screens(app, name) });
      assert.deepEqual(app.faults, [], "the page reports nothing");
    } catch (error) {
      throw await lastSeen(app, error);
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
});
