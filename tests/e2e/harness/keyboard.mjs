// A person without a mouse: the same functions as the other drivers, done with keys alone. Where something is, is looked up;
// how to get there is Tab, arrows, Enter and Space, as the widgets' patterns say.
import assert from "node:assert/strict";

/** More than there are stops on the fullest screen. */
const MOST_TABS = 250;
const MOST_ARROWS = 400;

/** Which keys move within what holds it, by role; what has none is a stop of its own. */
const ARROWS = {
  radio: { holder: "[role=radiogroup]", on: "ArrowDown", back: "ArrowUp" },
  tab: { holder: "[role=tablist]", on: "ArrowRight", back: "ArrowLeft" },
  row: { holder: "[role=grid]", on: "ArrowDown", back: "ArrowUp" },
};
const LIST = { holder: "ul", on: "ArrowDown", back: "ArrowUp" };

/** Presses with Space what Enter does not. */
const SPACED = ["checkbox", "switch", "radio"];

/** Takes the mouse out of an open window, and notes every press of a pointer that reaches the page. */
export async function withoutMouse(app) {
  const { page, by } = app;
  let pointers = 0;
  await page.exposeFunction("__pointed", () => (pointers += 1));
  const listen = () => {
    for (const kind of ["pointerdown", "mousedown", "touchstart"]) addEventListener(kind, () => globalThis.__pointed(), true);
  };
  await page.addInitScript(listen);
  await page.evaluate(listen);
  const key = (keys) => page.keyboard.press(keys);
  const at = (element) => element.evaluate((wanted) => wanted === document.activeElement || (wanted.getAttribute("role") === "row" && wanted.contains(document.activeElement)));
  const inside = (element, holder) => element.evaluate((wanted, selector) => wanted.closest(selector)?.contains(document.activeElement) ?? false, holder);

  /** Moves the focus to an element: to its group by Tab, within the group by arrows. */
  async function reach(role, name, within, locator = by(role, name, within).first()) {
    await locator.waitFor();
    const arrows = ARROWS[role] ?? (within?.[0] === "list" ? LIST : undefined);
    for (let tabs = 0; tabs < MOST_TABS; tabs += 1) {
      const element = await locator.elementHandle();
      if (await at(element)) return element;
      if (arrows !== undefined && (await inside(element, arrows.holder))) {
        const found = await along(locator, arrows);
        if (found !== undefined) return found;
      }
      await key("Tab");
    }
    return assert.fail(`${role} ${String(name)} cannot be reached by Tab`);
  }

  /** Back to the start of a group and on to its end; nothing when it is a group of single stops. */
  async function along(locator, { on, back }) {
    for (const press of [on, back]) {
      for (let steps = 0, still = 0; steps < MOST_ARROWS && still < 2; steps += 1) {
        const element = await locator.elementHandle();
        if (await at(element)) return element;
        const before = await page.evaluateHandle(() => document.activeElement);
        await key(press);
        still = (await page.evaluate((old) => old === document.activeElement, before)) ? still + 1 : 0;
      }
    }
    return undefined;
  }

  async function press(role, name, within) {
    await reach(role, name, within);
    if (role === "tab") return; // Arrows have chosen it.
    await key(SPACED.includes(role) ? "Space" : "Enter");
  }

  return {
    ...app,
    press,
    async fill(label, text) {
      await reach("textbox", label, undefined, page.getByLabel(label).first());
      await key("Control+a");
      await page.keyboard.type(text);
    },
    /** The keyboard's own way to take something from one side to the other. */
    async drag([role, name, within], [, target]) {
      await reach(role, name, within);
      await key("Space");
      await key("ArrowRight");
      for (const step of ["ArrowUp", "ArrowDown"]) {
        for (let before; before !== (before = await app.focused()); await key(step)) if (target.test(before)) return key("Enter");
      }
      return assert.fail(`${String(target)} was not found by arrow keys`);
    },
    /** How often a pointer was pressed since. */
    pointers: () => pointers,
  };
}
