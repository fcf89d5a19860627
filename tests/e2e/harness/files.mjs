// Files dropped on the page, and the tabs of the review that they fill.
import { readFile } from "node:fs/promises";
import { basename } from "node:path";

/** Drops files anywhere on the page, as a person does from another program. `files`: `{ name, bytes }`. */
export async function drop(app, files) {
  const coded = files.map(({ name, bytes }) => [name, Buffer.from(bytes).toString("base64")]);
  const transfer = await app.page.evaluateHandle((held) => {
    const data = new DataTransfer();
    for (const [name, text] of held) data.items.add(new File([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))], name));
    return data;
  }, coded);
  await app.page.dispatchEvent("body", "dragenter", { dataTransfer: transfer });
  await app.seesText("Drop to bring these clients in");
  await app.page.dispatchEvent("body", "drop", { dataTransfer: transfer });
}

/** Files of this computer, as {@link drop} takes them. */
export const fromDisk = (paths) => Promise.all(paths.map(async (path) => ({ name: basename(path), bytes: await readFile(path) })));

/** The names of the tabs with their counts: `{ Everything: 214, … }`. */
export async function tabs(app) {
  const texts = await app.page.getByRole("tab").allInnerTexts();
  return Object.fromEntries(texts.map((text) => /^(.*?)\s*([\d,]+)$/s.exec(text.trim())).filter((found) => found !== null)
    .map(([, name, count]) => [name.trim(), Number(count.replaceAll(",", ""))]));
}

/** Waits until the tabs say so. */
export async function until(app, wanted) {
  for (let left = 400; ; left -= 1) {
    const now = await tabs(app);
    if (wanted(now)) return now;
    if (left === 0) throw new Error(`the tabs say ${JSON.stringify(now)}`);
    await app.page.waitForTimeout(50);
  }
}
