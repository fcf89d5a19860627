// The window's half of what a story may do (the browser's is harness/driver.mjs): the same functions, over WebDriver. A story
// that keeps to them is told to both.
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";

import { KEPT, PLANT } from "../harness/canary.mjs";
import { FOCUSED, LABELS } from "../harness/driver.mjs";
import { keepPicture, RULES, SIZES } from "../harness/screens.mjs";
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

/**
 * Finds what is on screen by role and name, as assistive technology does: the first, or the text of all of them. The tool
 * that computes roles and names is axe's; it is put into the page by the driver, past the page's own policy. `field` is
 * what takes text, whatever its role: a hidden key has none.
 */
const FIND = `(role, name, within, all) => {
  const plain = (text) => text.replace(/\\s+/g, " ").trim();
  const fits = (text, name) => name === null || (typeof name === "string" ? plain(text).toLowerCase().includes(name.toLowerCase()) : new RegExp(name.source, name.flags).test(plain(text)));
  const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
  const textsOf = (element) => [...element.childNodes].map((node) => (node.nodeType === Node.TEXT_NODE ? node.textContent : node.nodeType === Node.ELEMENT_NODE && node.getAttribute("aria-hidden") !== "true" ? textsOf(node) : "")).join(" ");
  // Two things that the tool does not know: boxes are words of their own (CSS display), and a label names a button too (HTML).
  const namesOf = (element) => {
    const name = axe.commons.text.accessibleText(element);
    if (element.hasAttribute("aria-label") || element.hasAttribute("aria-labelledby")) return [name];
    return [name, textsOf(element), [...(element.labels ?? [])].map((label) => label.textContent).join(" ")].filter((each) => each !== "");
  };
  const is = (element, role, name) => {
    if (!shown(element)) return false;
    if (role === "text") {
      const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== "");
      return own && fits(element.textContent, name);
    }
    const asked = role === "field" ? element.matches("input:not([type=hidden]), textarea") : axe.commons.aria.getRole(element) === role;
    return asked && (name === null || namesOf(element).some((each) => fits(each, name)));
  };
  axe.setup(document.body);
  try {
    const place = within === null ? document.body : [...document.querySelectorAll("body *")].find((element) => is(element, ...within));
    const found = [];
    for (const element of place?.querySelectorAll("*") ?? []) {
      if (!is(element, role, name)) continue;
      if (!all) return element;
      found.push(element.innerText);
    }
    return all ? found : null;
  } finally {
    axe.teardown();
  }
}`;

/** What a page that is being drawn may answer to a press: look again. */
const PASSING = ["stale element reference", "element click intercepted", "element not interactable", "no such element"];

/**
 * Writes down what goes between the page and the shell. Requests leave by `fetch`; answers and events come to callbacks that
 * the framework keeps in a map: both are the page's own, and are listened to from inside it.
 */
const LISTEN = `() => {
  if ("__said" in window) return;
  const said = (window.__said = []);
  const send = window.fetch;
  window.fetch = (place, options) => {
    const body = typeof options?.body === "string" ? options.body : "";
    said.push({ place: "request", text: String(place) + " " + body, command: /"cmd":"([^"]+)"/.exec(body)?.[1] });
    return send(place, options);
  };
  const { callbacks } = window.__TAURI_INTERNALS__;
  callbacks.get = (id) => {
    const hear = Map.prototype.get.call(callbacks, id);
    return hear && ((message) => {
      const isEvent = message !== null && typeof message === "object" && "index" in message;
      said.push({ place: isEvent ? "event" : "answer", text: JSON.stringify(message) ?? "" });
      return hear(message);
    });
  };
}`;

/** Says a text once each way, so that what listens can be seen to hear it. */
const SAY = `async (text) => {
  const { invoke, runCallback, transformCallback } = window.__TAURI_INTERNALS__;
  await invoke("rpc", { cmd: "no.such", payload: { text } }).catch(() => undefined);
  runCallback(transformCallback(() => undefined), text);
  runCallback(transformCallback(() => undefined), { index: 0, message: text });
}`;

/** Until nothing moves that comes to an end; a colour that is inherited moves on only after its parent's has. */
const CALM = `async () => {
  await document.fonts.ready;
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const ending = () => document.getAnimations().filter((each) => each.effect?.getComputedTiming().endTime !== Infinity);
  for (await frame(); ending().some((each) => each.playState === "running"); await frame()) {
    await Promise.all(ending().map((each) => each.finished.catch(() => undefined)));
  }
}`;

/** Until something stands still: a click goes to where it was when its place was asked for. */
const STILL = `async (element) => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  let last = element.getBoundingClientRect();
  for (let still = 0, frames = 0; still < 2 && frames < 60; frames += 1) {
    await frame();
    const now = element.getBoundingClientRect();
    still = now.top === last.top && now.left === last.left ? still + 1 : 0;
    last = now;
  }
}`;

/** What axe finds on the present screen, and by how much it is too wide. */
const LOOK = `async (rules) => {
  const { violations } = await axe.run(document, { runOnly: rules });
  return { violations, wide: document.documentElement.scrollWidth - document.documentElement.clientWidth };
}`;

/** Gives the functions of a story for this app; `heard`: everything between page and shell is written down. */
export async function drive(app, world, { heard } = {}) {
  const { driver } = app;
  if (heard !== undefined) await driver.run(LISTEN);
  const hear = async () => heard?.push(...(await driver.run("() => window.__said.splice(0)")));

  const asked = (name) => (name instanceof RegExp ? { source: name.source, flags: name.flags } : (name ?? null));

  const bringTool = async () => {
    if (!(await driver.run("() => 'axe' in window"))) await driver.run(`() => { ${axe} }`);
  };

  async function ask(role, name, within, all) {
    await bringTool();
    return driver.run(FIND, role, asked(name), within === undefined ? null : [within[0], asked(within[1])], all);
  }

  const look = async (role, name, within) => WebDriver.reference(await ask(role, name, within, false));

  const find = (role, name, within, patience) => until(`there is ${role} ${name ?? ""}`, () => look(role, name, within), patience);

  /** Does something to what is on screen, in the middle of the window; again when it was drawn anew meanwhile. */
  async function act(role, name, within, what) {
    let refusal = "it is not there";
    const done = async () => {
      const element = await look(role, name, within);
      if (element === undefined) return false;
      try {
        await driver.run("(element) => element.scrollIntoView({ block: 'center', inline: 'nearest', behavior: 'instant' })", WebDriver.argument(element));
        await driver.run(STILL, WebDriver.argument(element));
        await what(element);
        return true;
      } catch (error) {
        if (!PASSING.includes(error.error)) throw error;
        refusal = error.message;
        return false;
      }
    };
    await until(`${role} ${name ?? ""} can be used`, done).catch((error) => {
      throw new Error(`${error.message}: ${refusal}`, { cause: error });
    });
  }

  return {
    press: (role, name, within) => act(role, name, within, (element) => driver.click(element)),
    async fill(label, text) {
      await act("field", label, undefined, (element) => driver.clear(element));
      await driver.type(await find("field", label), text);
    },
    async value(label) {
      return driver.run("(element) => element.value", WebDriver.argument(await find("field", label)));
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
      // A little way first: dragging begins with a movement, not with the press. And not at once: the page has to see where
      // it is before it is let go.
      const nudge = (x, y) => ({ type: "pointerMove", duration: 50, origin: "pointer", x, y });
      const wait = { type: "pause", duration: 200 };
      const actions = [at(start), { type: "pointerDown", button: 0 }, nudge(8, 8), wait, at(end), wait, nudge(2, 2), wait, { type: "pointerUp", button: 0 }];
      await driver.actions([{ type: "pointer", id: "mouse", parameters: { pointerType: "mouse" }, actions }]);
    },
    sees: async (role, name, patience, within) => void (await find(role, name, within, patience)),
    seesText: async (text, patience) => void (await find("text", text, undefined, patience)),
    gone: (role, name) => until(`${role} ${name ?? ""} is gone`, async () => (await look(role, name)) === undefined),
    async text(role, name) {
      const element = await find(role, name);
      return driver.run("(element) => element.innerText", WebDriver.argument(element));
    },
    texts: (role) => ask(role, undefined, undefined, true),
    labels: (role) => driver.run(String(LABELS), role),
    focused: () => driver.run(String(FOCUSED)),
    async reload() {
      await hear();
      await driver.refresh();
      await app.ready();
      if (heard !== undefined) await driver.run(LISTEN);
    },
    async said() {
      await hear();
      return heard;
    },
    say: (text) => driver.run(SAY, text),
    kept: () => driver.run(String(KEPT)),
    plant: (texts) => driver.run(String(PLANT), ...texts),
    words: () => driver.run("() => document.body.innerText"),
    /** The link that the system's browser kept. */
    openedLink: () => world.keptLink(),
    resize: ({ width, height }) => driver.resize(width, height),
    /** A picture of the window. */
    picture: () => driver.screenshot(),
    /** Looks at a screen that only the app has, in both themes and widths; throws with every finding. */
    async screens(name) {
      await bringTool();
      for (const { width, height } of SIZES) {
        await driver.resize(width, height);
        for (const theme of ["light", "dark"]) {
          await driver.run("(theme) => void (document.documentElement.dataset.theme = theme)", theme);
          await driver.run(CALM);
          await keepPicture(`${name}-${width}-${theme}`, () => driver.screenshot());
          const { wide, violations } = await driver.run(LOOK, RULES);
          const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target.join(" ")}: ${node.failureSummary}`).join("; ")}`);
          if (wide > 0) found.push(`${wide} px wider than the window`);
          if (found.length > 0) throw new Error(`${name} ${width} ${theme}: ${found.join("\n")}`);
        }
      }
      await driver.resize(SIZES[0].width, SIZES[0].height);
    },
  };
}
