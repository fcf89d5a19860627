// The window's half of what a story may do (the browser's is harness/driver.mjs): the same functions, over WebDriver. A story
// that keeps to them is told to both.
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";

import { FOCUSED, LABELS } from "../harness/driver.mjs";
import { until } from "./world.mjs";
import { WebDriver } from "./webdriver.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Keys of WebDriver's input that are no letters. */
const KEYS = {
  Control: "\uE009",
  Shift: "\uE008",
  Alt: "\uE00A",
  Meta: "\uE03D",
  Enter: "\uE007",
  Escape: "\uE00C",
  Tab: "\uE004",
  Backspace: "\uE003",
  Delete: "\uE017",
  ArrowLeft: "\uE012",
  ArrowUp: "\uE013",
  ArrowRight: "\uE014",
  ArrowDown: "\uE015",
  Space: " ",
};

/** What takes text; a field for a secret has no role of its own. */
const FIELD = "input:not([type=checkbox]):not([type=radio]), textarea";

/**
 * Finds what is on screen by role and name, as assistive technology does. The tool that computes them is axe's; it is put
 * into the page by the driver, past the page's own policy.
 */
const FIND = `(role, name, isPattern, root) => {
  const fits = (text) => {
    const plain = text.replace(/\\s+/g, " ").trim();
    if (name === null) return true;
    return isPattern ? new RegExp(name.source, name.flags).test(plain) : plain.toLowerCase().includes(name.toLowerCase());
  };
  axe.setup(document.body);
  try {
    const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
    for (const element of (root ?? document).querySelectorAll("*")) {
      if (role === "text") {
        const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== "");
        if (own && shown(element) && fits(element.textContent)) return element;
        continue;
      }
      if (!shown(element) || (role === "field" ? !element.matches("${FIELD}") : axe.commons.aria.getRole(element) !== role)) continue;
      if (fits(axe.commons.text.accessibleText(element))) return element;
    }
    return null;
  } finally {
    axe.teardown();
  }
}`;

/** Gives the functions of a story for this app. */
export function drive(app, world) {
  const { driver } = app;

  async function look(role, name, within) {
    const root = within === undefined ? null : await look(...within);
    if (root === undefined) return undefined;
    if (!(await driver.run("() => 'axe' in window"))) await driver.run(`() => { ${axe} }`);
    const isPattern = name instanceof RegExp;
    const asked = isPattern ? { source: name.source, flags: name.flags } : (name ?? null);
    return WebDriver.reference(await driver.run(FIND, role, asked, isPattern, root === null ? null : WebDriver.argument(root)));
  }

  const find = (role, name, within, patience) => until(`there is ${role} ${name ?? ""}`, () => look(role, name, within), patience);

  return {
    press: async (role, name, within) => driver.click(await find(role, name, within)),
    async fill(label, text) {
      const field = await find("field", label);
      await driver.clear(field);
      await driver.type(field, text);
    },
    /** Presses keys together, named as in "Control+k". */
    async key(keys) {
      const values = keys.split("+").map((key) => KEYS[key] ?? key);
      const actions = [
        ...values.map((value) => ({ type: "keyDown", value })),
        ...values.toReversed().map((value) => ({ type: "keyUp", value })),
      ];
      await driver.actions([{ type: "key", id: "keyboard", actions }]);
    },
    /** Takes what is at one place to another with the pointer. */
    async drag(from, to) {
      const [start, end] = [await find(...from), await find(...to)];
      const at = (element) => ({ type: "pointerMove", duration: 100, origin: WebDriver.argument(element), x: 0, y: 0 });
      // A little way first: dragging begins with a movement, not with the press.
      const nudge = { type: "pointerMove", duration: 50, origin: "pointer", x: 8, y: 8 };
      const actions = [at(start), { type: "pointerDown", button: 0 }, nudge, at(end), at(end), { type: "pointerUp", button: 0 }];
      await driver.actions([{ type: "pointer", id: "mouse", parameters: { pointerType: "mouse" }, actions }]);
    },
    sees: async (role, name, patience, within) => void (await find(role, name, within, patience)),
    seesText: async (text, patience) => void (await find("text", text, undefined, patience)),
    gone: (role, name) => until(`${role} ${name} is gone`, async () => (await look(role, name)) === undefined),
    texts: (role) => driver.run("(role) => [...document.querySelectorAll(`[role=\"${role}\"]`)].map((each) => each.innerText)", role),
    labels: (role) => driver.run(LABELS.toString(), role),
    focused: () => driver.run(FOCUSED.toString()),
    async reload() {
      await driver.run("() => void setTimeout(() => location.reload(), 0)");
      await app.ready();
    },
    async text(role, name) {
      const element = await find(role, name);
      return driver.run("(element) => element.innerText", WebDriver.argument(element));
    },
    /** The link that the system's browser kept. */
    openedLink: () => world.keptLink(),
    resize: ({ width, height }) => driver.resize(width, height),
    /** A picture of the window. */
    picture: () => driver.screenshot(),
  };
}
