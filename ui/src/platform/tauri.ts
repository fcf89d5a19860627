/**
 * The desktop window's transport. Names it shares with the shell: the command `rpc {cmd, payload}`, the event `hub`
 * with a HubEvent as payload, the commands `pick_file {accept}` (a dialog of the host, an opaque id back) and
 * `open_link {url}` (checked by the host).
 */
import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";

import { type PickedFile, Refused, type Transport, Unreachable } from "./transport";

interface Picked {
  file_id: string;
  name: string;
  size: number;
}

export const tauriTransport: Transport = {
  door: "window",

  async call(command, payload) {
    try {
      return await invoke<unknown>("rpc", { cmd: command, payload: payload ?? {} });
    } catch (reason) {
      if (typeof reason === "object" && reason !== null && "code" in reason) throw new Refused(reason);
      throw new Unreachable("gone", { cause: reason });
    }
  },

  listen(onEvent, onOpen, onLost) {
    let ended = false;
    let stop: (() => void) | undefined;
    listen<unknown>("hub", (event) => onEvent(event.payload)).then((unlisten) => {
      if (ended) unlisten();
      else {
        stop = unlisten;
        onOpen();
      }
    }, onLost);
    return () => {
      ended = true;
      stop?.();
    };
  },

  async pickFile(accept): Promise<PickedFile | null> {
    const picked = await invoke<Picked | null>("pick_file", { accept });
    return picked === null ? null : { fileId: picked.file_id, name: picked.name, size: picked.size };
  },

  openLink: (url) => invoke<void>("open_link", { url }),
};
