// A search for what must not be anywhere, in every dress that tests/scenarios/src/canary.rs knows: secrets, and a client's
// e-mail. A finding names the thing and the place, and never shows it.

/** Shorter forms turn up by chance. */
const SHORTEST = 6;

/** The characters of a base64 text that depend on these bytes alone when so many others stand before them. */
function within(bytes, before, alphabet) {
  const shifted = Buffer.concat([Buffer.alloc(before), bytes]);
  const text = shifted.toString(alphabet).replace(/=+$/, "");
  const end = Math.floor((shifted.length * 8) / 6);
  return text.slice(Math.min(Math.ceil((before * 8) / 6), end), end);
}

const escaped = (text) =>
  [...text].map((letter) => (letter === '"' || letter === "\\" ? `\\${letter}` : /[ -~]/.test(letter) ? letter : [...letter].flatMap((each) => each.split("")).map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join(""))).join("");

/** All forms of a text, each once, by the name of their dress. */
export function forms(text) {
  const bytes = Buffer.from(text, "utf8");
  const low = Buffer.from(text, "utf16le");
  const each = (write, glue = "") => [...bytes].map(write).join(glue);
  const hex = (byte) => byte.toString(16).padStart(2, "0");
  const all = [
    ["plain", bytes],
    ["utf16le", low],
    ["utf16be", Buffer.from(low).swap16()],
    ["escaped", escaped(text)],
    ...[0, 1, 2].flatMap((before) => [["base64", within(bytes, before, "base64")], ["base64url", within(bytes, before, "base64url")]]),
    ["hex", each(hex)],
    ["hex", each(hex).toUpperCase()],
    ["percent", each((byte) => `%${hex(byte)}`)],
    ["percent", each((byte) => `%${hex(byte).toUpperCase()}`)],
    ["percent", encodeURIComponent(text)],
    ["percent", new URLSearchParams({ a: text }).toString().slice(2)],
    ["numbers", each(String, ", ")],
    ["numbers", each(String, ",")],
  ];
  const seen = new Set();
  return all
    .map(([dress, form]) => [dress, Buffer.from(form)])
    .filter(([, form]) => form.length >= SHORTEST && !seen.has(form.toString("latin1")) && seen.add(form.toString("latin1")));
}

/** `needles` is what to look for, by name. */
export class Canaries {
  #needles;
  #clients;

  constructor({ secrets, clients = {} }) {
    this.#needles = Object.entries({ ...secrets, ...clients }).map(([name, text]) => {
      const own = forms(text);
      if (own.length === 0) throw new Error(`${name} is too short to be looked for`);
      return [name, own];
    });
    this.#clients = new Set(Object.keys(clients));
  }

  /** What of it is in there: "key, base64, in localStorage". Clients may stand where they are shown. */
  leaks(place, haystack, { clients = "forbidden" } = {}) {
    const bytes = Buffer.isBuffer(haystack) ? haystack : Buffer.from(haystack, "utf8");
    return this.#needles
      .filter(([name]) => clients === "forbidden" || !this.#clients.has(name))
      .flatMap(([name, own]) => own.filter(([, form]) => bytes.includes(form)).map(([dress]) => `${name}, ${dress}, in ${place}`));
  }
}

/** To be run in a page: all that its web storage holds, as text, by place. */
export const STORED = async () => {
  const text = async (value) => {
    if (value instanceof Blob) return value.text();
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return new TextDecoder("latin1").decode(value);
    if (value instanceof Response) return `${[...value.headers].join()} ${await value.text()}`;
    return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  };
  const done = (request) => new Promise((resolve, reject) => ((request.onsuccess = () => resolve(request.result)), (request.onerror = () => reject(request.error))));
  const found = { localStorage: JSON.stringify({ ...localStorage }), sessionStorage: JSON.stringify({ ...sessionStorage }), cookie: document.cookie, address: location.href, IndexedDB: "", Cache: "" };
  for (const { name } of await indexedDB.databases()) {
    const base = await done(indexedDB.open(name));
    for (const store of base.objectStoreNames) {
      const held = base.transaction(store).objectStore(store);
      const [keys, values] = await Promise.all([done(held.getAllKeys()), done(held.getAll())]);
      for (const value of [...keys, ...values]) found.IndexedDB += `${await text(value)}\n`;
    }
    base.close();
  }
  // Only where the page's origin may have caches at all.
  for (const name of "caches" in globalThis ? await caches.keys() : []) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) found.Cache += `${request.url} ${await text(await cache.match(request))}\n`;
  }
  return found;
};

/** To be run in a page: puts a text into one place of its web storage, to see that it is found there. */
export const PLANT = async (place, value) => {
  const done = (request) => new Promise((resolve, reject) => ((request.onsuccess = () => resolve(request.result)), (request.onerror = () => reject(request.error))));
  if (place === "localStorage" || place === "sessionStorage") return void globalThis[place].setItem("planted", value);
  if (place === "Cache") return void (await (await caches.open("planted")).put(new Request("/planted"), new Response(value)));
  const opening = indexedDB.open("planted");
  opening.onupgradeneeded = () => opening.result.createObjectStore("planted");
  const base = await done(opening);
  await done(base.transaction("planted", "readwrite").objectStore("planted").put({ value }, 1));
  base.close();
};

/** Commands that save a secret: the one request each in which it may stand. */
const SAVES = ["connection.test", "connection.create", "connection.set_key", "window.unlock", "sign_in.short_code", "sign_in.callback"];

/** What was said between a page and the program: requests, answers and events, as they went over. */
export class Transcript {
  #said = [];

  /** A request's body; what saves a secret is remembered as such. */
  asked(body) {
    const cmd = /"cmd"\s*:\s*"([^"]+)"/.exec(body)?.[1];
    this.#said.push({ place: `a request of ${cmd ?? "no command"}`, text: body, saves: SAVES.includes(cmd) });
  }

  answered(text, place = "an answer") {
    this.#said.push({ place, text, saves: false });
  }

  get length() {
    return this.#said.length;
  }

  /** Leaks in all of it, but for the requests that save a secret. */
  leaks(canaries) {
    return this.#said.filter(({ saves }) => !saves).flatMap(({ place, text }) => canaries.leaks(place, text, { clients: "shown" }));
  }

  /** Whether a secret went over at all: a transcript in which even the saving request lacks it has not seen everything. */
  saw(canaries) {
    return this.#said.some(({ saves, text }) => saves && canaries.leaks("it", text, { clients: "shown" }).length > 0);
  }
}
