// WebDriver over HTTP (W3C), as much of it as the story needs, spoken to WebKitWebDriver directly: a program between the
// two (tauri-driver) only translates capabilities. No library: a dozen requests are not worth 262 packages.

/** Key of element references in WebDriver's JSON. */
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
/** How long a page may take to become what is waited for. */
const PATIENCE_MS = 20_000;

/** How long the driver may take to answer; longer than any wait it does itself. */
const ANSWER_MS = 40_000;

/** A refusal of the driver. */
export class DriverError extends Error {
  constructor(body) {
    super(`${body?.value?.error}: ${body?.value?.message}`);
    this.error = body?.value?.error;
  }
}

/** One window under remote control. */
export class WebDriver {
  #base;
  #id;

  constructor(base, id) {
    this.#base = base;
    this.#id = id;
  }

  /** Starts a program with a web view. */
  static async start(port, binary, args) {
    const base = `http://127.0.0.1:${port}`;
    const capabilities = { alwaysMatch: { "webkitgtk:browserOptions": { binary, args } } };
    const { sessionId } = await request(base, "POST", "/session", { capabilities });
    const driver = new WebDriver(base, sessionId);
    await driver.#send("POST", "/timeouts", { script: PATIENCE_MS, pageLoad: PATIENCE_MS, implicit: 0 });
    return driver;
  }

  /** Ends the program. */
  async end() {
    await this.#send("DELETE", "");
  }

  /** Runs a function in the page and waits for its promise. */
  async run(body, ...args) {
    const script = `const done = arguments[arguments.length - 1];
      Promise.resolve((${body})(...Array.prototype.slice.call(arguments, 0, -1)))
        .then((value) => done({ value: value === undefined ? null : value }), (error) => done({ error: error instanceof Error ? String(error) : error }));`;
    const answer = await this.#send("POST", "/execute/async", { script, args });
    if (answer.error !== undefined) {
      throw Object.assign(new Error(`in the page: ${JSON.stringify(answer.error)}`), { reason: answer.error });
    }
    return answer.value;
  }

  /** The picture of the page, as PNG, after what was changed has been painted. */
  async screenshot() {
    // A window that nothing shows, as on a display without a window manager, may not be painted at all: a second is enough.
    await this.run("() => new Promise((done) => (setTimeout(done, 1000), requestAnimationFrame(() => requestAnimationFrame(() => done()))))");
    return Buffer.from(await this.#send("GET", "/screenshot"), "base64");
  }

  /** Goes to an address and waits until it has loaded. */
  async go(url) {
    await this.#send("POST", "/url", { url });
  }

  /** Loads the page anew. */
  async refresh() {
    await this.#send("POST", "/refresh", {});
  }

  /** Elements of a selector, as references. */
  async find(selector) {
    const found = await this.#send("POST", "/elements", { using: "css selector", value: selector });
    return found.map((reference) => reference[ELEMENT]);
  }

  async click(element) {
    await this.#send("POST", `/element/${element}/click`, {});
  }

  async clear(element) {
    await this.#send("POST", `/element/${element}/clear`, {});
  }

  async type(element, text) {
    await this.#send("POST", `/element/${element}/value`, { text });
  }

  /** Performs input actions (W3C, 17). */
  async actions(sources) {
    await this.#send("POST", "/actions", { actions: sources });
  }

  async resize(width, height) {
    await this.#send("POST", "/window/rect", { width, height });
  }

  /** The reference of what a page's function returned as an element. */
  static reference(value) {
    return value?.[ELEMENT];
  }

  static argument(element) {
    return { [ELEMENT]: element };
  }

  #send(method, path, body) {
    return request(this.#base, method, `/session/${this.#id}${path}`, body);
  }
}

async function request(base, method, path, body) {
  const answer = await fetch(base + path, {
    method,
    // A driver whose program went away answers nothing at all.
    signal: AbortSignal.timeout(ANSWER_MS),
    headers: { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const json = await answer.json();
  if (!answer.ok) throw new DriverError(json);
  return json.value;
}
