// The review, for stories that are told by both drivers: its tabs with their counts, and deciding what waits.
import assert from "node:assert/strict";

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
export const exactly = (text) => new RegExp(`^${escaped(text)}$`);

/** The tabs of the review with their counts: `{ Everything: 214, … }`. */
async function tabs(person) {
  const pairs = (await person.labels("tab")).map((text) => /^(.*?)\s*([\d,]+)$/s.exec(text.trim()));
  return Object.fromEntries(pairs.filter((pair) => pair !== null).map(([, name, count]) => [name.trim(), Number(count.replaceAll(",", ""))]));
}

/** Waits until the tabs say so. */
export async function until(person, wanted) {
  let now = {};
  await settled(async () => wanted((now = await tabs(person))), () => `the tabs say ${JSON.stringify(now)}`);
  return now;
}

/** Brings in, without what is wrong with them, everybody who stands under the tab of problems, which is open. */
export async function withoutWhatIsWrong(person) {
  await person.press("checkbox", "Tick all");
  await person.press("button", "Bring in without it");
  await until(person, (now) => (now.Problems ?? 0) === 0);
}

/** Goes to so many duplicates, and takes each for the same couple. */
export async function sameCouples(person, count) {
  await person.press("link", /^Duplicates/);
  for (let left = count; left > 0; left -= 1) {
    await person.seesText(left === 1 ? /^1 couple from/ : new RegExp(`^${left} couples from`));
    await person.seesText(/Points add up to \d+ out of 100/);
    await person.press("button", /The same couple/);
  }
  await person.seesText("No duplicates");
}

/** Waits for a condition, never for a time. */
export async function settled(look, what) {
  for (const end = Date.now() + 20_000; ; ) {
    if (await look()) return;
    if (Date.now() > end) assert.fail(typeof what === "string" ? `waited in vain: ${what}` : what());
    await new Promise((done) => setTimeout(done, 50));
  }
}
