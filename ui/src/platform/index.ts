/** The bottom layer: the only place that knows whether a window or a browser shows the interface. */
import { openSession, serveTransport } from "./serve";
import { tauriTransport } from "./tauri";
import type { Transport } from "./transport";

export { isCommandKey, system, type System } from "./host";
export { type PickedFile, Refused, type Transport, Unreachable } from "./transport";

const inWindow = "__TAURI_INTERNALS__" in window;

export const transport: Transport = inWindow ? tauriTransport : serveTransport;

/** To be awaited once before anything is called. */
export async function open(): Promise<void> {
  if (!inWindow) await openSession(window.location, window.history);
}
