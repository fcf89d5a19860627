/** What can be told from what the program gives: names never corrected, split or recased, how a connection opens, and what its rows are. */
import type { ConnectionView, ProviderFeature, ReviewSummary, RouteKind } from "./generated/rpc";

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

/** What rows are called where all of them are appointments; nothing where they are clients. */
export function nounOf(summary: Pick<ReviewSummary, "appointments" | "counts"> | undefined): { context?: "appointment" } {
  const all = summary?.counts.reduce((sum, { count }) => sum + count, 0) ?? 0;
  return all > 0 && summary?.appointments === all ? { context: "appointment" } : {};
}

/** What a way in brings where that is appointments alone; nothing where it brings clients. */
export function nounOfRoute(features: readonly ProviderFeature[], route: RouteKind): { context?: "appointment" } {
  const brought = features.filter((feature) => feature.route === route && feature.operation === "read" && feature.works);
  return brought.length > 0 && brought.every(({ record }) => record === "event") ? { context: "appointment" } : {};
}

/** What the records of an import or upload are called, by their types, where all of them are appointments. */
export function nounOfRecords(records: object): { context?: "appointment" } {
  const types = Object.keys(records);
  return types.length > 0 && types.every((type) => type === "event") ? { context: "appointment" } : {};
}
