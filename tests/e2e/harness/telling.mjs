// What both tellings of the whole story in a browser have in common: the desk it is told at, and signing in.
import assert from "node:assert/strict";

import { cloudOf } from "./cloud.mjs";
import { desk, fillForm, shortCode } from "./desk.mjs";
import { open } from "./driver.mjs";
import { lastSeen } from "./screens.mjs";

/** Signs in with the code that the page after the form shows. */
export const byCode = (person, world) => async () => {
  await person.press("button", "Paste the code instead");
  const back = await fillForm(await person.openedLink(), world);
  await person.fill("Code from the sign-in page", await shortCode(back));
  await person.press("button", "Use this code");
};

/** Tells it at a desk of its own, in a window opened in this way. */
export async function tellAtADesk(options, act) {
  const place = await desk({ clients: 214, keepBodies: true });
  try {
    const app = await open(place.url, options);
    try {
      await act(app, place.world, cloudOf(place.world));
      assert.deepEqual(app.faults, [], "the page reports nothing");
    } catch (error) {
      throw await lastSeen(app, error);
    } finally {
      await app.close();
    }
  } finally {
    await place.close();
  }
}
