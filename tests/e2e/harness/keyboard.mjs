// A person without a mouse, in the browser: the functions of a story (driver.mjs) told by keys alone. Whatever is pressed is
// gone to by Tab, within lists, tables and groups by arrows, as assistive technology expects it; and at each stop the focus has to
// be seen.
import assert from "node:assert/strict";

/** More stops than the longest screen has. */
const FAR = 160;

/** Containers that are one stop of Tab; within them arrows go on. */
const COMPOSITES = "[role=radiogroup], [role=tablist], [role=menu], [role=listbox], [role=grid], ul:has(> li > [data-side])";

/** Notes every event of a pointer that the page gets. Runs before anything of the page does. */
const NOTE_POINTERS = () => {
  window.__pointers = [];
  for (const type of ["pointerdown", "pointermove", "mousedown", "mousemove", "touchstart", "wheel"]) {
    addEventListener(type, (event) => event.isTrusted && window.__pointers.push(type), { capture: true });
  }
};

/** Where the focus is, seen from a target: on it, in its list before or after it, or elsewhere. Runs in the page. */
const WHERE = (target, composites) => {
  const active = document.activeElement;
  const own = target.matches("[role=row]") ? target.contains(active) && active.matches("[data-cell]") : target === active;
  if (own) return "there";
  const group = target.closest(composites);
  if (group === null || !group.contains(active) || active === group) return "elsewhere";
  if (group.matches("[role=grid]") && (!active.matches("[data-cell]") || !target.matches("[role=row]"))) return "elsewhere";
  return active.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_FOLLOWING ? "before" : "after";
};

/** What is wrong with the present focus: not seen, outside the window, or out of order. Runs in the page. */
const WRONG = () => {
  const active = document.activeElement;
  // A heading that a screen begins at is no stop: it is come to by nobody's key.
  if (active === null || active === document.body || active.matches("h1")) return null;
  const name = `${active.tagName} “${(active.getAttribute("aria-label") ?? active.textContent ?? "").replace(/\s+/g, " ").trim().slice(0, 50)}”`;
  if (active.tabIndex > 0) return `${name} has an order of its own`;
  // An input's focus is drawn by its frame.
  const drawn = [active, active.parentElement].some((each) => {
    const style = getComputedStyle(each);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  });
  if (!drawn) return `${name} does not show its focus`;
  const box = active.getBoundingClientRect();
  if (box.width < 1 || box.height < 1) return `${name} is not there to be seen`;
  if (box.bottom < 1 || box.right < 1 || box.top > innerHeight - 1 || box.left > innerWidth - 1) return `${name} has the focus outside the window`;
  const [x, y] = [Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1), Math.min(Math.max(box.top + box.height / 2, 1), innerHeight - 1)];
  const top = document.elementFromPoint(x, y);
  if (top !== null && !active.contains(top) && !top.contains(active)) return `${name} is covered by ${top.tagName} ${String(top.className).slice(0, 40)}`;
  return null;
};

/** A person at the keyboard of what `open` opened. */
export function atTheKeyboard(app) {
  const { page } = app;
  const wrong = new Set();

  const look = async () => {
    const found = await page.evaluate(WRONG);
    if (found !== null) wrong.add(found);
  };

  async function press(key) {
    await page.keyboard.press(key);
    await look();
  }

  /** Goes to what is on screen by Tab and arrows. */
  async function reach(target, what) {
    await target.waitFor();
    for (let steps = 0; steps < FAR; steps += 1) {
      const where = await target.evaluate(WHERE, COMPOSITES);
      if (where === "there") return;
      if (where === "elsewhere") await press("Tab");
      else {
        const kind = await target.evaluate((element, composites) => element.closest(composites).getAttribute("role"), COMPOSITES);
        const [on, back] = kind === "tablist" ? ["ArrowRight", "ArrowLeft"] : ["ArrowDown", "ArrowUp"];
        await press(where === "before" ? on : back);
      }
    }
    const focused = await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200));
    assert.fail(`${what} cannot be reached by keys; the focus is on ${focused}`);
  }

  const first = (role, name, within) => app.by(role, name, within).first();

  return {
    ...app,
    async press(role, name, within) {
      const target = first(role, name, within);
      await reach(target, `${role} ${name}`);
      // A radio is chosen by coming to it; Space chooses the one that Tab came to.
      const key = ["radio", "checkbox", "switch"].includes(role) ? "Space" : "Enter";
      await page.keyboard.press(key);
    },
    async fill(label, text) {
      const field = page.getByLabel(label).first();
      await reach(field, `the field ${label}`);
      await page.keyboard.press("Control+a");
      await page.keyboard.type(text);
    },
    /** The way of the keyboard from one side to the other. */
    async drag(from, to) {
      await reach(first(...from), `${from[0]} ${from[1]}`);
      await press("Space");
      await press("ArrowRight");
      await reach(first(...to), `${to[0]} ${to[1]}`);
      await press("Enter");
    },
    key: async (keys) => {
      await page.keyboard.press(keys);
      await look();
    },
    /** What was wrong with the focus at any stop. */
    wrong: () => [...wrong],
    /** Events of a pointer since the page was loaded. */
    pointers: () => page.evaluate(() => window.__pointers),
  };
}

/** Notes events of a pointer from the first page on; before `open`'s page is gone to. */
export const notePointers = (page) => page.addInitScript(NOTE_POINTERS);
