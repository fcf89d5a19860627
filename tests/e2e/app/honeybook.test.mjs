// HoneyBook in the real app: signed in to in the system's browser, whose way back is WedSync's page. It comes by the link that
// the system hands to the program, or by the short code that the person types.
import assert from "node:assert/strict";
import { test } from "node:test";

import { cloudOf } from "../harness/cloud.mjs";
import { bring, bringIn, choose, openHoneyBook, typeCode } from "../harness/crm-story.mjs";
import { heldLikeHoneyBook, honeyBookOf } from "../harness/crms.mjs";
import { lastSeen } from "../harness/screens.mjs";
import { drive } from "./driver.mjs";
import { Browser, World } from "./world.mjs";

/** Small enough that a story stays below HoneyBook's limit in a minute. */
const CLIENTS = 6;
/** What the review counts of them. */
const REVIEW = { Everything: 6, New: 5, Problems: 1 };

/** A story of somebody who is signed in to WedSync, in a world of its own. */
function story(name, tell) {
  test(name, { timeout: 180_000 }, async (context) => {
    const world = await World.start({ clients: CLIENTS });
    context.after(() => world.end());
    const app = await world.app();
    const person = await drive(app, world);
    try {
      await person.resize({ width: 1280, height: 800 });
      await person.press("button", "Sign in with your browser");
      await person.sees("heading", "Home");
      world.browser(Browser.keeps);
      await tell(person, { world, app, honeybook: honeyBookOf(world.servers) });
    } catch (error) {
      throw await lastSeen(person, error);
    }
  });
}

const connections = async (app) => (await app.rpc("app.state")).connections;

/** A link as it came, for an attempt that is nobody's. */
function ofNobody(link) {
  const forged = new URL(link);
  forged.searchParams.set("state", "x".repeat(forged.searchParams.get("state").length));
  return forged.href;
}

/** From what to bring to WedSync, which then holds HoneyBook's own book. */
async function bringHoneyBook(person, { world, honeybook }) {
  const cloud = cloudOf(world.servers);
  await bring(person, "HoneyBook");
  await bringIn(person, { cloud, expected: REVIEW });
  heldLikeHoneyBook(await cloud.records(), await honeybook.book());
  const { exchanged, refused } = await honeybook.counts();
  assert.deepEqual({ exchanged, refused }, { exchanged: 1, refused: 0 }, "one code was used, once");
}

story("HoneyBook is connected by the link that comes back to the app, imported, reviewed and uploaded", async (person, { world, app, honeybook }) => {
  await choose(person, "HoneyBook");
  await openHoneyBook(person, world.servers);
  const { address, link } = await world.kept();
  const asked = new URL(address);
  assert.equal(asked.origin, new URL(world.servers.honeybook).origin, "the browser was at HoneyBook");
  assert.equal(asked.searchParams.get("code_challenge_method"), "S256", "with a challenge");
  assert.equal(new URL(asked.searchParams.get("redirect_uri")).origin, new URL(world.servers.wedsync).origin, "and came back to WedSync's page");
  assert.match(link, /^wedsync:\/\/oauth\/callback\?/);

  assert.equal((await world.second(ofNobody(link))).code, 0, "the second instance hands over and ends");
  await person.seesText("That link doesn't belong to this sign-in, so nothing was connected.");
  await person.seesText("Waiting for HoneyBook");
  assert.deepEqual(await connections(app), []);
  await person.screens("app-browser-waiting");

  await world.second(link);
  await person.sees("heading", "What should we bring from HoneyBook?");
  const [studio] = world.servers.honeybook_logins;
  assert.deepEqual((await connections(app)).map(({ account_name }) => account_name), [studio.name]);
  await world.second(link);
  await person.seesText("That sign-in link was used before");
  assert.equal((await connections(app)).length, 1, "the same link again connects nothing");

  await bringHoneyBook(person, { world, honeybook });
  await world.second(link);
  await person.seesText("That sign-in link was used before");
  assert.equal((await honeybook.counts()).refused, 0, "nor does it bother HoneyBook");
});

story("HoneyBook is connected by the short code of the page, imported, reviewed and uploaded", async (person, { world, app, honeybook }) => {
  await choose(person, "HoneyBook");
  await openHoneyBook(person, world.servers);
  const given = await world.kept();
  await person.press("button", "Cancel");
  await person.sees("heading", "Sign in to HoneyBook");
  await world.second(given.link);
  await person.seesText("This sign-in has ended.");
  assert.deepEqual(await connections(app), [], "what was given up connects nothing");

  await openHoneyBook(person, world.servers);
  const { code } = await world.kept();
  await typeCode(person, code);
  await bringHoneyBook(person, { world, honeybook });
});

story("a link of HoneyBook's starts the app that was closed meanwhile, and home says how to go on", async (person, { world, honeybook }) => {
  await choose(person, "HoneyBook");
  await openHoneyBook(person, world.servers);
  const { link } = await world.kept();
  await world.closeApp();

  const app = await world.app({ also: [link] });
  const again = await drive(app, world);
  const [studio] = world.servers.honeybook_logins;
  await again.seesText(`${studio.name} is connected; nothing is brought in yet`);
  await again.screens("app-home-to-bring");
  await again.press("link", "Choose what to bring");
  await again.sees("heading", "What should we bring from HoneyBook?");
  assert.equal((await honeybook.counts()).exchanged, 1);
});
