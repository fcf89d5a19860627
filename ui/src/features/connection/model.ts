/** What the page of a connection says, from the facts that the program gives. Pure. */
import type { BudgetWindow, ConnectionPage, Evidence, ProviderRoute, RecordType, WireMessage } from "@/api";

/** What may be done with one kind of records. */
export interface Permission {
  readonly record: RecordType;
  /** Whether it is brought in. */
  readonly read: boolean;
  /** Whether it is written back: by this version, by the CRM only, or not at all. */
  readonly write: "works" | "later" | "none";
  readonly evidence: Evidence;
  readonly limits: readonly WireMessage[];
}

/** By kind of records, for the way in use; in the program's order. */
export function permissions({ features, way }: Pick<ConnectionPage, "features" | "way">): readonly Permission[] {
  const used = features.filter((feature) => feature.route === way);
  const records = used.map((feature) => feature.record).filter((record, at, all) => all.indexOf(record) === at);
  return records.map((record) => {
    const own = used.filter((feature) => feature.record === record);
    const writes = own.filter((feature) => feature.operation !== "read");
    const limits = own.flatMap((feature) => (feature.limitation === null ? [] : [feature.limitation]));
    const reads = own.filter((feature) => feature.operation === "read");
    return {
      record,
      read: reads.some((feature) => feature.works),
      write: writes.some((feature) => feature.works) ? "works" : writes.length > 0 ? "later" : "none",
      // What is read is what the page is about; a way that only takes is known by what it takes.
      evidence: (reads[0] ?? own[0])?.evidence ?? "specified",
      limits: limits.filter((limit, at) => limits.findIndex((each) => each.id === limit.id) === at),
    };
  });
}

/** The way in use, where a definition says something of it, and the others: those of this version first. */
export function waysOf({ ways, way }: Pick<ConnectionPage, "ways" | "way">): { readonly used: ProviderRoute | undefined; readonly others: readonly ProviderRoute[] } {
  const others = ways.filter((each) => each.kind !== way);
  return { used: ways.find((each) => each.kind === way), others: [...others.filter((each) => each.works), ...others.filter((each) => !each.works)] };
}

/** Why WedSync has switched off the way in use, if it has. */
export const offOf = (page: Pick<ConnectionPage, "ways" | "way">): WireMessage | null => waysOf(page).used?.off ?? null;

/** Whether the way in use is one that the person has to switch on, and is not on. */
export const isWayOff = (page: Pick<ConnectionPage, "ways" | "way">): boolean => {
  const used = waysOf(page).used;
  return used !== undefined && (used.off_until ?? null) !== null && (used.on_since ?? null) === null;
};

/** One window of the budget as it is drawn. Never more than all of it, and a bar that is not empty shows. */
export interface Used {
  readonly used: number;
  /** Whole per cent, 0 to 100. */
  readonly share: number;
  readonly full: boolean;
}

export function usedOf({ requests, left }: BudgetWindow): Used {
  const used = Math.max(0, requests - left);
  if (requests <= 0) return { used, share: 0, full: false };
  const share = Math.min(100, Math.floor((used / requests) * 100));
  return { used, share: used > 0 ? Math.max(1, share) : 0, full: left <= 0 };
}

/** The one thing that the person is asked for, if there is one. A pause comes after what stopped before it. */
export type Need = "off" | "way_off" | "key" | "sign_in" | "session" | "failed" | "paused" | "renew" | null;

export function needOf({ connection, opening, ways, way }: Pick<ConnectionPage, "connection" | "opening" | "ways" | "way">): Need {
  // While WedSync keeps everybody from asking, nothing that the person could do would change anything.
  if (offOf({ ways, way }) !== null) return "off";
  if (isWayOff({ ways, way })) return "way_off";
  if (connection.status === "pending_auth") return opening.with === "session" ? "session" : opening.with === "sign_in" ? "sign_in" : "key";
  if (connection.status === "error") return "failed";
  if (connection.paused_since !== null) return "paused";
  return opening.renew_due ? "renew" : null;
}

/** Whole days since an instant; never less than none. */
export function daysSince(instant: string, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - new Date(instant).getTime()) / 86_400_000));
}
