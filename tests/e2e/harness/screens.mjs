// Every screen at 1280 and 390 wide, light and dark: a picture for the documentation, and axe, whose findings fail the
// story. Pictures are written only when SHOTS is set, so that a test run leaves the repository as it was.
import { createRequire } from "node:module";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { root } from "./desk.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const SIZES = [{ width: 1280, height: 800 }, { width: 390, height: 844 }];
export const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Widths at which text of twice the size has to fit: the usual window, and the narrowest. */
const LARGE = [{ width: 1280, height: 800 }, { width: 360, height: 640 }];

/**
 * What is lost on the present page: a button or field that its own box cuts, or that lies outside the window where nothing
 * scrolls to it; and the width by which the page is too wide.
 */
const LOST = () => {
  const lost = [];
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  // The innermost of them that no box scrolls: what holds them is too wide because of it.
  const right = (element) => element.getBoundingClientRect().right;
  const scrolls = (element) => ["auto", "scroll"].some((way) => getComputedStyle(element).overflowX === way || getComputedStyle(element).overflowY === way);
  const held = (element) => element !== null && (scrolls(element) || held(element.parentElement));
  const tooFar = [...document.querySelectorAll("body *")].filter((each) => right(each) > innerWidth + 1 && [...each.children].every((child) => right(child) <= innerWidth + 1) && !held(each.parentElement));
  if (wide > 0) lost.push(`${wide} px wider than the window: ${tooFar.slice(0, 4).map((each) => `${each.tagName}.${String(each.getAttribute("class")).slice(0, 60)} “${(each.textContent ?? "").slice(0, 30)}”`).join(", ")}`);
  for (const element of document.querySelectorAll("button, a[href], input, select, [role=tab], [role=switch]")) {
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    if (box.width < 2 || box.height < 2 || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || style.clipPath !== "none") continue;
    const name = (element.getAttribute("aria-label") ?? element.textContent ?? "").replace(/\s+/g, " ").trim().slice(0, 40);
    const cuts = style.overflowX !== "visible" && style.textOverflow !== "ellipsis";
    if (element.tagName !== "INPUT" && cuts && (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 2)) lost.push(`“${name}” is cut`);
    let above = element.parentElement;
    while (above !== null && !scrolls(above)) above = above.parentElement;
    if (above === null && (box.left < -1 || box.right > innerWidth + 1 || box.top < -1 || box.bottom > innerHeight + 1)) lost.push(`“${name}” is outside the window`);
  }
  return lost;
};

/** Until the page has its shape: a table measures itself, and a window that became narrow is drawn anew. */
const STILL = async () => {
  const shape = () => [...document.querySelectorAll("body *")].map((each) => `${each.getBoundingClientRect().right} ${each.getBoundingClientRect().bottom}`).join();
  const pause = () => new Promise((done) => setTimeout(() => requestAnimationFrame(done), 60));
  for (let before = "", now = shape(), left = 40; before !== now && left > 0; left -= 1) {
    await pause();
    [before, now] = [now, shape()];
  }
};

/** What moves for longer than a short fade although the person asked for less motion. */
const MOVES = () => document.getAnimations().filter((each) => each.effect !== null && (each.effect.getTiming().iterations === Infinity || Number(each.effect.getTiming().duration) > 100)).map((each) => each.animationName ?? each.transitionProperty ?? "something");

/** Brings something to the top of what scrolls it; what only cuts stays where it is. */
const INTO_SIGHT = (element) => {
  let box = element.parentElement;
  while (box !== null && !["auto", "scroll"].includes(getComputedStyle(box).overflowY)) box = box.parentElement;
  if (box !== null) box.scrollTop += element.getBoundingClientRect().top - box.getBoundingClientRect().top - 12;
};

/** Holds the present screen to text of 200 %. */
async function large(app, name) {
  const found = [];
  await app.page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
  for (const size of LARGE) {
    await app.resize(size);
    await app.page.evaluate(STILL);
    for (const lost of await app.page.evaluate(LOST)) found.push(`${name} ${size.width}, text at 200 %: ${lost}`);
  }
  await app.page.evaluate(() => (document.documentElement.style.fontSize = ""));
  await app.page.evaluate(STILL);
  return found;
}

/** The error with what was on the screen when it happened, which is kept as a picture beside the others. */
export async function lastSeen(app, error) {
  const folder = join(root, "tests/e2e/shots");
  await mkdir(folder, { recursive: true });
  await app.picture().then((picture) => writeFile(join(folder, "last-seen.png"), picture), () => undefined);
  const text = await app.words().catch(() => "nothing");
  return new Error(`${error.message}\n--- on the screen:\n${text.slice(0, 1500)}`, { cause: error });
}

/** Keeps a picture for the documentation, where a run is asked for them. */
export async function keepPicture(name, take) {
  if (!process.env.SHOTS) return;
  const folder = join(root, "tests/e2e/shots");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.png`), await take());
}

/** Looks at the present screen in both themes and widths; throws with every finding. `at`: what is to be in the pictures, where the page scrolls. */
export async function screens(app, name, { at } = {}) {
  const found = [];
  for (const size of SIZES) {
    await app.resize(size);
    for (const theme of ["light", "dark"]) {
      await app.theme(theme);
      await app.page.evaluate(async () => {
        await document.fonts.ready;
        // A colour that is inherited moves on only after its parent's has: look again until nothing moves.
        const frame = () => new Promise((done) => requestAnimationFrame(done));
        for (await frame(); document.getAnimations().some((each) => each.playState === "running"); await frame()) {
          await Promise.all(document.getAnimations().map((each) => each.finished.catch(() => undefined)));
        }
      });
      for (const moving of await app.page.evaluate(MOVES)) found.push(`${name} ${size.width}: ${moving} moves although less motion was asked for`);
      // Past the cover of the page's own policy: the tool is ours, not the page's.
      await app.page.evaluate(`(() => { ${axe} })()`);
      const result = await app.page.evaluate((tags) => window.axe.run(document, { runOnly: tags }), RULES);
      for (const { id, nodes } of result.violations) {
        for (const node of nodes) found.push(`${name} ${size.width} ${theme}: ${id}: ${node.target.join(" ")}: ${node.failureSummary}`);
      }
      const wide = await app.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (wide > 0) found.push(`${name} ${size.width}: ${wide} px wider than the window`);
      await at?.evaluate(INTO_SIGHT);
      await keepPicture(`${name}-${size.width}-${theme}`, () => app.page.screenshot());
    }
  }
  await app.theme("light");
  found.push(...(await large(app, name)));
  await app.resize(SIZES[0]);
  await app.page.evaluate(STILL);
  if (found.length > 0) throw new Error(found.join("\n"));
}
