// One CRM beside the whole story: from the wizard's first step to WedSync, in steps that both drivers can do. How it is connected
// is what differs from story to story.
import assert from "node:assert/strict";

import { sameCouples, until, withoutWhatIsWrong } from "./review.mjs";

/** Everything that an import does, a wait for the CRM's limit in a minute excepted: none of these books needs one. */
const AN_IMPORT = 30_000;
const AN_UPLOAD = 30_000;

/** From home to the second step with this CRM. */
export async function choose(person, name) {
  await person.press("link", "Add a CRM or file");
  await person.press("radio", new RegExp(`^${name}`));
  await person.press("button", `Continue with ${name}`);
}

/** Has HoneyBook's page opened in the system's browser, and waits for it; `look` looks at a screen. */
export async function openHoneyBook(person, world, look = async () => undefined) {
  await person.sees("heading", "Sign in to HoneyBook");
  await look("browser-begin");
  await person.fill("Address", world.honeybook);
  await person.press("button", "Open HoneyBook");
  await person.sees("heading", "Continue in your browser");
  await person.seesText("Waiting for HoneyBook");
  await look("browser-waiting");
}

/** Types the code of the page after the form; a wrong one first. */
export async function typeCode(person, code) {
  await person.fill("Code", "AAAA BBBB");
  await person.press("button", "Use this code");
  await person.seesText(/That code isn't right/);
  await person.fill("Code", code);
  await person.press("button", "Use this code");
}

/** Describes a source of one's own, by a bearer token; a wrong key first. Ends with what was found. */
export async function describeSource(person, { name, source, look = async () => undefined }) {
  await person.sees("heading", "Connect Your own CRM by its address");
  await person.press("button", "Look at it");
  await person.seesText("Paste the address first.");
  await person.fill("What it is called", name);
  await person.fill(/^Address of the list/, source.address);
  await person.press("radio", "As a bearer token");
  await look("source-form");
  await person.fill(/^Key$/, "not-the-key");
  await person.press("button", "Look at it");
  await person.seesText(/didn't accept this key/);
  assert.equal(await person.value(/^Key$/), "", "the field is emptied with the request");
  await person.fill(/^Key$/, source.key);
  await person.key("Enter");

  await person.sees("heading", "This list can be read");
  await person.seesText("It goes on page by page, by a marker in each page");
  await person.seesText("Its end is certain: the last page says that it is the last");
  await look("source-found");
}

/** Says what to bring, and sees the first clients. */
export async function bring(person, name) {
  await person.sees("heading", `What should we bring from ${name}?`);
  // Until it was counted the page still moves: what comes in above pushes the rest down.
  await person.seesText(/ records?$/);
  await person.press("checkbox", /^My contracts/);
  await person.press("button", "Preview first clients");
  await person.sees("heading", "Here are your first clients");
}

/** Accepts one suggestion where it is shown with its values; the others are taken with "Use this matching". */
async function matchByHand(person) {
  const crm = ["list", /^From /];
  await person.sees("heading", "Match fields");
  await person.press("button", /^First name/, crm);
  await person.press("button", /^Accept$/);
  await person.sees("button", /^First name.* matched to First name/, 20_000, crm);
}

/** From the preview to WedSync: matching, import, review, upload. `expected` is what the review has to count. Nothing is uploaded before. */
export async function bringIn(person, { cloud, expected }) {
  const untouched = (await cloud.held()).digest;
  await person.press("link", "Adjust matching");
  await matchByHand(person);
  await person.press("button", "Use this matching");
  await person.sees("heading", "Home");
  await person.press("button", /^Import$/);
  await person.sees("heading", "Needs you", AN_IMPORT);
  assert.equal((await cloud.held()).digest, untouched, "nothing is uploaded by an import");
  return upload(person, { cloud, expected });
}

/** From home after an import to WedSync: review and upload. How many clients that were. */
export async function upload(person, { cloud, expected }) {
  const untouched = (await cloud.held()).digest;
  await person.press("link", /^Review/);
  await person.sees("grid", "Clients to review");
  const found = await until(person, (now) => now.Everything > 0);
  assert.deepEqual(found, expected, "what the review counts");
  if (expected.Problems > 0) {
    await person.press("tab", /^Problems/);
    await person.sees("columnheader", "What's wrong");
    await withoutWhatIsWrong(person);
  }
  if (expected.Duplicates > 0) {
    await sameCouples(person, expected.Duplicates);
    await person.press("link", /^Review/);
  }
  await until(person, (now) => now.Everything === expected.Everything && now.Duplicates === undefined && (now.Problems ?? 0) === 0);
  assert.equal((await cloud.held()).digest, untouched, "nothing is uploaded by a review");

  const verb = /^Upload \d+ clients$/;
  const count = Number(/\d+/.exec(await person.text("button", verb))[0]);
  await person.press("button", verb);
  await person.sees("alertdialog", `Upload ${count} clients to WedSync?`);
  await person.press("button", verb, ["alertdialog", /^Upload/]);
  await person.seesText(`${count} clients are in WedSync.`, AN_UPLOAD);
  return count;
}
