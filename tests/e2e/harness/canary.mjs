// A search for what must not be on the side of the page (SYNC-LAW 42): secrets anywhere but in the one request that saves
// them, and clients' e-mails in what the web view keeps. The dresses are those of tests/scenarios/src/canary.rs; both are held to
// tests/fixtures/canary/forms.json. A finding names the thing and never shows it.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

/** Shorter forms turn up by chance in large files. */
const SHORTEST = 6;
/** The one command of a story whose request holds the CRM's key. */
export const SAVES_THE_KEY = "connection.create";

/** Places where clients may be named: what goes between the page and the program. */
const SAYS = ["request", "answer", "event"];

const hex = (bytes) => bytes.toString("hex");

/** What a web form makes of bytes (WHATWG URL, application/x-www-form-urlencoded). */
const formed = (bytes) => [...bytes].map((byte) => (byte === 0x20 ? "+" : /[A-Za-z0-9*\-._]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)).join("");

/** The characters of a base64 text that depend on these bytes alone when so many others stand before them. */
function base64Within(bytes, before, alphabet) {
  const shifted = Buffer.concat([Buffer.alloc(before), bytes]);
  const end = Math.floor((shifted.length * 8) / 6);
  return shifted.toString(alphabet).replace(/=+$/, "").slice(Math.min(Math.ceil((before * 8) / 6), end), end);
}

const escaped = (text) => [...text].map((letter) => (letter === '"' || letter === "\\" ? `\\${letter}` : letter >= " " && letter <= "~" ? letter : Array.from({ length: letter.length }, (_, at) => `\\u${letter.charCodeAt(at).toString(16).padStart(4, "0")}`).join(""))).join("");

/** Every dress of a text: `[encoding, bytes]`, each bytes once. */
export function forms(text) {
  const bytes = Buffer.from(text);
  const little = Buffer.from(text, "utf16le");
  const each = (write, between = "") => [...bytes].map(write).join(between);
  const all = [
    ["plain", bytes],
    ["utf16le", little],
    ["utf16be", Buffer.from(little).swap16()],
    ["escaped", escaped(text)],
    ...[0, 1, 2].flatMap((before) => [["base64", base64Within(bytes, before, "base64")], ["base64url", base64Within(bytes, before, "base64url")]]),
    ["hex", hex(bytes)],
    ["hex", hex(bytes).toUpperCase()],
    ["percent", each((byte) => `%${byte.toString(16).padStart(2, "0")}`)],
    ["percent", each((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)],
    ["percent", formed(bytes).replaceAll("+", "%20")],
    ["percent", formed(bytes)],
    ["numbers", each(String, ", ")],
    ["numbers", each(String, ",")],
  ].map(([encoding, form]) => [encoding, Buffer.from(form)]);
  const seen = new Set();
  return all.filter(([, form]) => form.length >= SHORTEST && !seen.has(hex(form)) && seen.add(hex(form)));
}

/** Spreads four bytes over a table of this many bits. */
const BITS = 18;
const slot = (word) => Math.imul(word, 0x9e3779b1) >>> (32 - BITS);

/** Looks for many things at once: most places are passed over by their first four bytes. */
export class Searcher {
  #known = new Uint8Array(1 << BITS);
  #forms = new Map();

  /** `needles`: `{ name, sort: "secret" | "client", text, savedBy }`, the last the one command whose request has to hold it. */
  constructor(needles) {
    for (const { name, sort, text } of needles) {
      const own = forms(text);
      if (own.length === 0) throw new Error(`${name} is too short to be looked for`);
      for (const [encoding, form] of own) {
        const word = form.readInt32BE(0);
        this.#known[slot(word)] = 1;
        const beginning = this.#forms.get(word) ?? [];
        this.#forms.set(word, beginning);
        beginning.push({ name, sort, encoding, form });
      }
    }
  }

  /** What of it is in these bytes, each once: `{ name, sort, encoding }`. */
  search(haystack) {
    const found = new Map();
    let word = 0;
    for (let at = 0; at < haystack.length; at += 1) {
      word = (word << 8) | haystack[at];
      if (this.#known[slot(word)] === 0 || at < 3) continue;
      for (const { name, sort, encoding, form } of this.#forms.get(word) ?? []) {
        const start = at - 3;
        if (form.compare(haystack, start, Math.min(start + form.length, haystack.length)) === 0) found.set(`${name} ${encoding}`, { name, sort, encoding });
      }
    }
    return [...found.values()];
  }
}

/**
 * Where something of it is that must not be there, as lines to read. `seen`: `{ place, text }`, the place one of `request`,
 * `answer`, `event`, a kind of storage, or `file NAME`. A request may say its command: the one that saves a secret holds it.
 */
export function leaks(needles, seen) {
  const searcher = new Searcher(needles);
  const savedBy = new Map(needles.map((needle) => [needle.name, needle.savedBy]));
  const found = new Set();
  for (const { place, text, command } of seen) {
    for (const { name, sort, encoding } of searcher.search(Buffer.from(text))) {
      if (sort === "client" && SAYS.includes(place)) continue;
      if (place === "request" && command !== undefined && command === savedBy.get(name)) continue;
      found.add(`${place}: ${name} as ${encoding}`);
    }
  }
  return [...found].sort();
}

/** All that scripts of the page can keep and read again. Runs in the page. */
export const KEPT = async () => {
  // Bytes as their numbers: the search knows them so.
  const plain = (_, value) => (value instanceof ArrayBuffer ? [...new Uint8Array(value)] : ArrayBuffer.isView(value) ? [...new Uint8Array(value.buffer)] : value);
  const kept = [
    { place: "localStorage", text: JSON.stringify({ ...localStorage }) },
    { place: "sessionStorage", text: JSON.stringify({ ...sessionStorage }) },
    { place: "document.cookie", text: document.cookie },
    { place: "history", text: `${location.href} ${JSON.stringify(history.state)} ${document.referrer} ${window.name}` },
  ];
  const done = (request) => new Promise((resolve, reject) => ((request.onsuccess = () => resolve(request.result)), (request.onerror = () => reject(request.error))));
  for (const { name } of await indexedDB.databases()) {
    const database = await done(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const held = database.transaction(store).objectStore(store);
      kept.push({ place: "IndexedDB", text: JSON.stringify([name, store, await done(held.getAllKeys()), await done(held.getAll())], plain) });
    }
    database.close();
  }
  if ("caches" in window) {
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        const answer = await cache.match(request);
        kept.push({ place: "Cache", text: `${name} ${request.url} ${JSON.stringify([...answer.headers])} ${await answer.text()}` });
      }
    }
  }
  return kept;
};

/** Puts a text where scripts of a page can keep one. Runs in the page; `text` stands in a dress of its own in each. */
export const PLANT = async (inLocal, inSession, inDatabase, inCache) => {
  localStorage.setItem("planted", inLocal);
  sessionStorage.setItem("planted", inSession);
  await new Promise((resolve, reject) => {
    const opening = indexedDB.open("planted");
    opening.onupgradeneeded = () => opening.result.createObjectStore("planted");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const change = opening.result.transaction("planted", "readwrite");
      change.objectStore("planted").put({ inside: inDatabase }, 1);
      change.oncomplete = () => (opening.result.close(), resolve());
      change.onerror = () => reject(change.error);
    };
  });
  // Where the page's scheme has no cache, nothing can be kept in it either.
  if (!("caches" in window)) return false;
  return caches.open("planted").then((cache) => cache.put("/planted", new Response(inCache))).then(() => true, () => false);
};

/** Every file below a folder, as seen; `but` names what the test itself put there. */
export function files(folder, but = []) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !but.some((name) => relative(folder, path) === name || relative(folder, path).startsWith(`${name}/`)))
    .flatMap((path) => {
      try {
        return [{ place: `file ${relative(folder, path)}`, text: readFileSync(path) }];
      } catch (error) {
        // A running browser takes its files away as it likes.
        if (error.code === "ENOENT") return [];
        throw error;
      }
    });
}

/** The e-mails of clients that the program told the page of. */
export function emailsIn(seen) {
  const found = new Set(seen.filter(({ place }) => place === "answer").flatMap(({ text }) => String(text).match(/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g) ?? []));
  return [...found].map((text, at) => ({ name: `e-mail ${at + 1}`, sort: "client", text }));
}

/** Secrets of a story, from outside: what the CRM and WedSync gave out. */
export async function secretsOf(world, cloud) {
  const needles = [
    { name: "key of the CRM", sort: "secret", text: world.api_key, savedBy: SAVES_THE_KEY },
    { name: "password at WedSync", sort: "secret", text: world.password },
  ];
  const tokens = await cloud.tokens();
  if (tokens.length < 2) throw new Error("the sandbox keeps no bodies, or nobody signed in");
  return [...needles, ...tokens.map((text, at) => ({ name: `token ${at + 1} of WedSync`, sort: "secret", text }))];
}

/**
 * Searches everything on the page's side after a story, and then puts a leak into each place, which has to be found: a search
 * that sees nothing would find nothing either. `folder` is where the web view keeps its files.
 */
export async function nothingLeaked(person, { needles, folder, but = [] }) {
  const look = async () => [...(await person.said()), ...(await person.kept()), ...files(folder, but)];
  const seen = await look();
  const clients = emailsIn(seen);
  assert.ok(clients.length > 150, `the page was told of ${clients.length} e-mails`);
  for (const place of SAYS) assert.ok(seen.some((each) => each.place === place), `nothing was heard of any ${place}`);
  const [key] = needles;
  const saving = seen.filter(({ place, command }) => place === "request" && command === SAVES_THE_KEY);
  assert.equal(saving.length, 1, "one request saves the key");
  assert.ok(new Searcher([key]).search(Buffer.from(saving[0].text)).length > 0, "and it holds the key");
  const all = [...needles, ...clients];
  assert.deepEqual(leaks(all, seen), [], "nothing is where it must not be");

  // A token and not the key: no request may hold it. Each place has another dress.
  const token = needles.at(-1);
  const dressed = (encoding) => forms(token.text).find(([each]) => each === encoding)[1].toString("latin1");
  const stored = { localStorage: "plain", sessionStorage: "base64", IndexedDB: "hex", Cache: "percent" };
  const hasCache = await person.plant(Object.values(stored).map(dressed));
  const expected = Object.entries(stored).filter(([place]) => hasCache || place !== "Cache").map(([place, encoding]) => `${place}: ${token.name} as ${encoding}`);
  await person.say(token.text);
  expected.push(...SAYS.map((place) => `${place}: ${token.name} as plain`));
  writeFileSync(join(folder, "planted-wide"), Buffer.from(token.text, "utf16le"));
  writeFileSync(join(folder, "planted-client"), `to ${clients[0].text} and others`);
  expected.push(`file planted-wide: ${token.name} as utf16le`, `file planted-client: ${clients[0].name} as plain`);
  const found = leaks(all, await look());
  for (const line of expected) assert.ok(found.includes(line), `not seen: ${line}`);
}
