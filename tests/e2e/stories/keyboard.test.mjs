// The whole story once more, by keyboard alone: no press of a mouse reaches the page.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { cloudOf } from "../harness/cloud.mjs";
import { desk, fillForm, shortCode } from "../harness/desk.mjs";
import { closeBrowser, open } from "../harness/driver.mjs";
import { lastSeen } from "../harness/screens.mjs";
import { withoutMouse } from "../harness/keyboard.mjs";
import { tellTheWholeStory } from "../harness/whole-story.mjs";

after(closeBrowser);

test("the whole first import by keyboard alone", { timeout: 400_000 }, async () => {
  const place = await desk({ clients: 214 });
  try {
    const app = await open(place.url);
    try {
      const person = await withoutMouse(app);
      const signIn = async () => {
        await person.press("button", "Paste the code instead");
        const back = await fillForm(await person.openedLink(), place.world);
        await person.fill("Code from the sign-in page", await shortCode(back));
        await person.press("button", "Use this code");
      };
      await tellTheWholeStory(person, { world: place.world, cloud: cloudOf(place.world), signIn });
      assert.equal(person.pointers(), 0, "no pointer was pressed");
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
