/**
 * The browser's transport: `hub serve` on this computer. The token stands in the address's fragment, is traded once for
 * a cookie that scripts cannot read, and is taken out of the address at once (MODEL 10).
 */
import { type PickedFile, Refused, type Transport, Unreachable } from "./transport";

/** Events that the server names; the stream is deaf to others. */
const TOPICS = ["job", "preview", "sign_in", "changed"] as const;

/** Trades the token, if the address carries one. */
export async function openSession(place: Location, past: History): Promise<void> {
  const token = /^#token=([0-9a-f]+)$/.exec(place.hash)?.[1];
  if (token === undefined) return;
  past.replaceState(null, "", `${place.pathname}#/`);
  const answer = await post("/session", JSON.stringify({ token }), "application/json");
  // A token that was used already may still have its cookie: the first call tells.
  if (!answer.ok && answer.status !== 403) throw new Unreachable("session");
}

export const serveTransport: Transport = {
  door: "serve",

  async call(command, payload) {
    const answer = await post("/rpc", JSON.stringify({ cmd: command, payload: payload ?? {} }), "application/json");
    if (answer.status === 401) throw new Unreachable("session");
    if (!answer.ok) throw new Unreachable("gone");
    const body = (await answer.json()) as { ok?: unknown; err?: unknown };
    if (body.err !== undefined) throw new Refused(body.err);
    return body.ok;
  },

  listen(onEvent, onOpen, onLost) {
    const source = new EventSource("/events");
    const hear = (message: MessageEvent<string>) => onEvent(JSON.parse(message.data));
    for (const topic of TOPICS) source.addEventListener(topic, hear);
    source.onopen = onOpen;
    source.onerror = onLost;
    return () => source.close();
  },

  pickFile: (accept) =>
    new Promise((resolve, reject) => {
      const input = document.createElement("input");
      input.type = "file";
      input.accept = accept.join(",");
      input.oncancel = () => resolve(null);
      input.onchange = () => {
        const file = input.files?.[0];
        if (file === undefined) resolve(null);
        else upload(file).then(resolve, reject);
      };
      input.click();
    }),

  saveText(name, type, text) {
    const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
    const link = document.createElement("a");
    link.href = address;
    link.download = name;
    link.click();
    // The browser has taken the bytes by the end of this turn's tasks.
    setTimeout(() => URL.revokeObjectURL(address), 0);
    return Promise.resolve(true);
  },

  // `hub serve` keeps to the profile it was started on.
  sample: null,

  // It asked in its terminal before it served anything.
  unlock: null,

  takeFiles: (files) => Promise.all(files.map(upload)),

  openLink(url) {
    window.open(url, "_blank", "noopener,noreferrer");
    return Promise.resolve();
  },
};

async function upload(file: File): Promise<PickedFile> {
  const answer = await post("/files", file, "application/octet-stream", { "x-file-name": encodeURIComponent(file.name) });
  if (!answer.ok) throw new Unreachable(answer.status === 401 ? "session" : "gone");
  const body = (await answer.json()) as { file_id: string; size: number };
  return { fileId: body.file_id, name: file.name, size: body.size };
}

async function post(path: string, body: BodyInit, type: string, further: Record<string, string> = {}): Promise<Response> {
  try {
    const headers = { "content-type": type, ...further };
    return await fetch(path, { method: "POST", body, headers, credentials: "same-origin" });
  } catch (cause) {
    throw new Unreachable("gone", { cause });
  }
}
