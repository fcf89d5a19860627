// Sarah's whole first import in a browser on `hub serve`, with WedSync looked at from outside at each step, and the page's
// side searched afterwards for what must not be there. By keyboard alone it is told in `keyboard`.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { nothingLeaked, secretsOf } from "../harness/canary.mjs";
import { closeBrowser } from "../harness/driver.mjs";
import { screens } from "../harness/screens.mjs";
import { byCode, tellAtADesk } from "../harness/telling.mjs";
import { tellTheWholeStory } from "../harness/whole-story.mjs";

after(closeBrowser);

test("the whole first import in a browser, offline in between, and its undo, leaving no secret on the page's side", { timeout: 800_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "hub-e2e-browser-"));
  try {
    await tellAtADesk({ keepsIn: folder }, async (app, world, cloud) => {
      await tellTheWholeStory(app, { world, cloud, signIn: byCode(app, world), look: (name) => screens(app, name) });
      const cookies = await app.cookies();
      assert.equal(cookies.length, 1, "the session's cookie");
      const cookie = { name: "cookie", sort: "secret", text: cookies[0].value };
      const [key, ...further] = await secretsOf(world, cloud);
      await nothingLeaked(app, { needles: [key, cookie, ...further], folder });
    });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});
