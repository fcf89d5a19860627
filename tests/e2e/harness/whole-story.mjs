// Sarah's first import, told once and acted out twice: in a browser on `hub serve`, and in the app. It keeps to what both
// drivers can do, and WedSync is looked at from outside at each step.
import assert from "node:assert/strict";

import { exactly, sameCouples, settled, until, withoutWhatIsWrong } from "./review.mjs";

/** The number that she types for a client whose number was none. */
const NUMBER = "07700 900123";
/** Reading 214 clients after the wizard's own requests: the CRM allows sixty a minute. */
const AN_IMPORT = 150_000;
const AN_UPLOAD = 90_000;

/** `signIn` is the one step that differs; `look` looks at a screen (pictures, axe) where the driver can. */
export async function tellTheWholeStory(person, { world, cloud, signIn, look = async () => undefined }) {
  const untouched = (await cloud.held()).digest;
  const nothingUploaded = async (when) => assert.equal((await cloud.held()).digest, untouched, `nothing is uploaded ${when}`);

  await signIn();
  await person.sees("heading", "Home");

  await addTave(person, world);
  await nothingUploaded("by a preview");
  await matchThreeWays(person);

  await importAll(person, look);
  await nothingUploaded("by an import");
  const chosen = await review(person, look);
  await nothingUploaded("by a review");

  const count = await approveOffline(person, cloud, look);
  await nothingUploaded("while WedSync does not answer");
  await cloud.open();
  await person.seesText(`${count} clients are in WedSync.`, AN_UPLOAD);
  await look("review-done");
  assert.equal(await cloud.fault(chosen), null, "WedSync holds the generator's own list, record by record, field by field");

  await undo(person, count);
  await nothingUploaded("any more, after the undo");
}

async function addTave(person, world) {
  await person.press("link", "Add a CRM or file");
  await person.press("radio", /Tave/);
  await person.press("button", "Continue with Tave");
  await person.fill(/^Address/, world.vsco);
  await person.fill(/^Your Tave API key/, world.api_key);
  await person.press("button", "Connect");
  await person.sees("heading", "This key works");
  await person.press("button", "Continue");
  await person.sees("heading", "What should we bring from Tave?");
  // Everybody: one of the 214 is a contact that she hid.
  await person.press("checkbox", /^Contacts you hid/);
  await person.press("checkbox", /My contracts/);
  await person.press("button", "Preview first clients");
  await person.sees("heading", "Here are your first clients", 60_000);
  await person.press("radio", /hundredths/);
  await person.press("button", "Use this answer");
  await person.gone("heading", /Is the largest amount/);
  await person.press("link", "Adjust matching");
}

async function matchThreeWays(person) {
  const [crm, wedsync] = [["list", /^From /], ["list", /^WedSync$/]];
  await person.sees("heading", "Match fields");
  await person.sees("button", /^First name/, 20_000, crm);
  // By drag: the dashed line becomes ink.
  await person.drag(["button", /^First name/, crm], ["button", /^First name/, wedsync]);
  await person.sees("button", /^First name.* matched to First name/, 20_000, crm);
  // By two clicks; and it is taken back.
  await person.press("button", /^Kind/, crm);
  await person.press("button", /^Job title/, wedsync);
  await person.sees("button", /^Kind.* matched to Job title/, 20_000, crm);
  await person.press("button", "Undo");
  await person.sees("button", /^Kind.* not matched/, 20_000, crm);
  // By keyboard.
  await person.press("button", /^Last name/, crm);
  await person.key("Space");
  await person.key("ArrowRight");
  await walk(person, /^Last name/);
  await person.key("Enter");
  await person.sees("button", /^Last name.* matched to Last name/, 20_000, crm);
  await person.press("button", "Use this matching");
  await person.sees("heading", "Home");
}

/** Goes up or down a list by arrow keys until this has the focus. */
export async function walk(person, wanted) {
  for (const key of ["ArrowUp", "ArrowDown"]) {
    for (let before; before !== (before = await person.focused()); ) {
      if (wanted.test(before)) return;
      await person.key(key);
    }
  }
  assert.fail(`${wanted} was not found by arrow keys`);
}

async function importAll(person, look) {
  await person.press("button", /^Import$/);
  await person.sees("progressbar");
  // The wizard has used up most of what the CRM allows in a minute: the import waits, and can be paused meanwhile.
  await person.press("button", "Pause");
  await person.sees("button", "Resume");
  const numbers = await person.text("text", /^Paused/);
  const found = await person.texts("progressbar");
  await person.reload();
  await person.sees("button", "Resume");
  assert.equal(await person.text("text", /^Paused/), numbers, "a reload in the middle shows the same numbers");
  assert.deepEqual(await person.texts("progressbar"), found, "and the same bar");
  await look("story-paused");
  await person.press("button", "Resume");
  await person.sees("heading", "Needs you", AN_IMPORT);
  await person.press("link", /^Review/);
  await person.sees("grid", "Clients to review");
}

const NO_NUMBER = /, Problem, .*(isn't a number|no number in it|too short)/;

async function review(person, look) {
  const first = await until(person, (now) => now.Problems > 0);
  assert.equal(first.Everything, 214, "every client of the book stands here");

  await person.press("tab", /^Problems/);
  await person.sees("columnheader", "What's wrong");
  // The column's head is drawn before the rows of its tab have come.
  await person.sees("row", NO_NUMBER);
  const wrong = (await person.labels("row")).find((label) => NO_NUMBER.test(label));
  assert.ok(wrong !== undefined, "somebody has a number that is none");
  await person.press("row", exactly(wrong));
  await person.sees("button", "Save");
  await person.fill(/^Phone$/, NUMBER);
  await person.press("button", "Save");
  await until(person, (now) => now.Problems === first.Problems - 1);
  await withoutWhatIsWrong(person);

  await sameCouples(person, first.Duplicates);
  await look("duplicates-none");
  await person.press("link", /^Review/);
  await until(person, (now) => now.Everything === 214 && now.Duplicates === undefined);
  const people = wrong.split(", Problem")[0].split(/ and |, /);
  return [{ people, field: "phone", value: { e164: "+447700900123", text: NUMBER } }];
}

async function approveOffline(person, cloud, look) {
  await cloud.shut();
  await person.seesText(/ready, saved on this/, 40_000);
  await person.seesText(/^Offline$/);
  await person.seesText(/^You're offline/);
  const ready = async () => Number((/^([\d,]+) ready/.exec(await person.text("text", /ready, saved on this/)) ?? [])[1]);
  const count = await ready();
  await look("review-offline");
  // Nothing stops: a decision is made, and taken back.
  await person.sees("row", /, New$/);
  const open = (await person.labels("row")).find((label) => /, New$/.test(label));
  await person.press("row", exactly(open));
  await person.press("button", "Don't bring in");
  await settled(async () => (await ready()) === count - 1, "a decision counts offline");
  // The decision is told, with the way back: until then there is nothing to take back.
  await person.sees("button", "Undo");
  await person.key("Control+z");
  await settled(async () => (await ready()) === count, "and so does taking it back");
  await person.key("Escape");

  await person.press("switch", "Upload when I'm back online");
  await person.sees("alertdialog", `Upload ${count} clients when you're back online?`);
  await look("review-later");
  await person.press("button", `Upload ${count} when online`);
  await person.seesText("WedSync didn't answer, so nothing was uploaded.");
  await person.seesText(`Your ${count} clients are safe on this`);
  await person.sees("switch", "Upload when I'm back online");
  // By now it waits in the program, with a time of its own: "We'll try again at 9:39."
  await person.seesText(/We'll try again at \d/, 40_000);
  await look("review-waits");
  return count;
}

async function undo(person, count) {
  await person.press("link", "History");
  await person.press("button", /Upload/);
  await person.sees("heading", /, Upload$/);
  await person.press("button", "Undo this upload");
  await person.sees("alertdialog", `Undo the upload of ${count} clients?`);
  await person.press("button", `Undo ${count} clients`);
  await person.sees("heading", /, Undo of an upload$/);
  await person.seesText(/records are as they were before the upload\.$/, AN_UPLOAD);
}
