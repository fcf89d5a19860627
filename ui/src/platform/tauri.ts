/**
 * The desktop window's transport. The shell has two commands: `rpc {cmd, payload}` for the table and for the window's own
 * (`window.*`), and `events {channel}`. A channel and not the framework's events: a page that may listen to those hears
 * more than it should, such as the path of a dropped file.
 */
import { Channel, invoke } from "@tauri-apps/api/core";

import type { WindowSchema } from "./generated/window";
import { Refused, type Transport, Unreachable } from "./transport";

async function rpc(command: string, payload: unknown): Promise<unknown> {
  try {
    return await invoke<unknown>("rpc", { cmd: command, payload: payload ?? {} });
  } catch (reason) {
    if (typeof reason === "object" && reason !== null && "code" in reason) throw new Refused(reason);
    throw new Unreachable("gone", { cause: reason });
  }
}

/** A command that only a window has. */
async function own<K extends keyof WindowSchema>(command: K, payload: WindowSchema[K]["request"]): Promise<WindowSchema[K]["response"]> {
  return (await rpc(command, payload)) as WindowSchema[K]["response"];
}

export const tauriTransport: Transport = {
  door: "window",

  call: rpc,

  listen(onEvent, onOpen, onLost) {
    const channel = new Channel<unknown>(onEvent);
    invoke("events", { channel }).then(onOpen, onLost);
    return () => {
      channel.onmessage = () => undefined;
    };
  },

  async pickFile(accept) {
    const picked = await own("window.pick_file", { accept: [...accept] });
    return picked === null ? null : { fileId: picked.file_id, name: picked.name, size: picked.size };
  },

  saveText: (name, _type, text) => own("window.save_text", { name, text }),

  // What is dropped on the window reaches the shell, which tells of it on the topic `files`.
  takeFiles: () => Promise.resolve([]),

  sample: {
    begin: async () => void (await own("window.sample_begin", {})),
    end: async () => void (await own("window.sample_end", {})),
  },

  async unlock(passphrase) {
    await own("window.unlock", { passphrase });
  },

  async openLink(url) {
    await own("window.open_link", { url });
  },
};
