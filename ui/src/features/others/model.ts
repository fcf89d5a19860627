/** Who can be told of changes, and what a place needs: from the facts that the program gives. Pure. */
import type { HookEventView, HookView, ProviderInfo, ProviderRoute } from "@/api";

/** A program that takes events, and the way in which it does. */
export interface Taker {
  readonly provider: ProviderInfo;
  readonly route: ProviderRoute;
  /** `hook`: an address that it shows; `inbox`: a key, and a person takes in there what arrives. */
  readonly by: "hook" | "inbox";
}

/** Those that take something in this version: automations first. */
export function takersOf(providers: readonly ProviderInfo[]): readonly Taker[] {
  const takers = providers.flatMap((provider) =>
    provider.features.flatMap(({ route: kind, operation, works }): Taker[] => {
      const route = provider.routes.find((each) => each.kind === kind);
      if (operation !== "create" || !works || route === undefined || (kind !== "push" && kind !== "bridge")) return [];
      return [{ provider, route, by: kind === "push" ? "inbox" : "hook" }];
    }),
  );
  const first = takers.filter((taker, at) => takers.findIndex((each) => each.provider.key === taker.provider.key) === at);
  return [...first.filter(({ by }) => by === "hook"), ...first.filter(({ by }) => by === "inbox")];
}

/** The one thing that a place needs of the person, if there is one. */
export type Need = "ended" | "given_up" | "off" | "waits" | null;

export function needOf({ state, queued, given_up, why }: Pick<HookView, "state" | "queued" | "given_up" | "why">): Need {
  if (state === "ended") return "ended";
  if (given_up > 0) return "given_up";
  if (state === "off") return why === null ? null : "off";
  return queued > 0 ? "waits" : null;
}

/** Events that could not be sent first, then those that wait, then what was taken; each in the program's order. */
export function inOrder(events: readonly HookEventView[]): readonly HookEventView[] {
  const rank = { given_up: 0, queued: 1, dropped: 2, taken: 2 };
  return [...events].sort((one, other) => rank[one.state] - rank[other.state]);
}

/** Events that there are words for: the published shape (`core/src/told.rs`). */
const KNOWN = ["client.changed", "client.created", "event.changed", "event.created", "project.changed", "project.created"] as const;

export const isKnown = (type: string): type is (typeof KNOWN)[number] => KNOWN.some((known) => known === type);
