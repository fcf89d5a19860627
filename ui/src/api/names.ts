/** What can be told from what the program gives: names never corrected, split or recased, and how a connection opens. */
import type { ConnectionView } from "./generated/rpc";

/** Names as the program gives them. */
export interface Couple {
  /** Booking persons as written, primary first. Empty where nobody has a name. */
  readonly names: readonly string[];
}

/** The couple of a summary; blank names are left out. */
export function coupleOf(summary: { names: readonly string[] }): Couple {
  return { names: summary.names.filter((name) => name.trim() !== "") };
}

/** Whether a connection was signed in to, in the browser or in a window: then there is no key to replace. */
export const isSignedIn = ({ route, key_hint }: Pick<ConnectionView, "route" | "key_hint">): boolean => route === "api" && key_hint === "";
