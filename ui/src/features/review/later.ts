/**
 * "Upload when I'm back online": what was approved offline starts by itself once the computer is online again, whatever
 * screen is open then. Lasts as long as the window; what is approved lasts longer, in the program.
 */
import { useSyncExternalStore } from "react";

type Start = () => void;

export class Later {
  #waiting = new Map<string, Start>();
  #changed = new Set<() => void>();

  /** Remembers what to start for a connection; nothing forgets it. */
  set(connection: string, start: Start | null): void {
    if (start === null) this.#waiting.delete(connection);
    else this.#waiting.set(connection, start);
    for (const changed of this.#changed) changed();
  }

  has(connection: string): boolean {
    return this.#waiting.has(connection);
  }

  /** The computer is online again: each start is made once. */
  online(): void {
    const starts = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const start of starts) start();
    for (const changed of this.#changed) changed();
  }

  watch = (changed: () => void): (() => void) => {
    this.#changed.add(changed);
    return () => this.#changed.delete(changed);
  };
}

export const later = new Later();
addEventListener("online", () => later.online());

export function useLater(connection: string): boolean {
  return useSyncExternalStore(later.watch, () => later.has(connection));
}
