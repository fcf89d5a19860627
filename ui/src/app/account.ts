/** Who and what is open: the data that every screen shares. */
import { useQueries } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { type AppState, call, keyOf, type ReviewSummary, useRead } from "@/api";

/** Profile, account, connections and open jobs. */
export const useAppState = () => useRead("app.state", {});

/** Sample data needs no account; everything else does. */
export const isAdmitted = (state: AppState): boolean => state.signed_in !== null || state.profile.kind === "sample";

/** The plan as a person writes it: the program says `SCALE`. */
export const tierName = (tier: string): string => tier.charAt(0).toUpperCase() + tier.slice(1).toLowerCase();

export interface WaitingCounts {
  /** Clients that wait for a look: ready or in need of a decision. */
  review: number;
  duplicates: number;
}

/** What waits, over all connections; for the sidebar and home. */
export function useWaiting(connections: readonly { id: string }[]): WaitingCounts {
  return useQueries({
    queries: connections.map(({ id }) => ({
      queryKey: keyOf("review.counts", { connection_id: id }),
      queryFn: () => call("review.counts", { connection_id: id }),
    })),
    combine: (results) => ({
      review: sum(results, (summary) => summary.ready + summary.waiting),
      duplicates: sum(results, (summary) =>
        summary.counts.filter((count) => count.kind === "duplicate" && count.state === "pending").reduce((all, count) => all + count.count, 0),
      ),
    }),
  });
}

function sum(results: readonly { data: ReviewSummary | undefined }[], of: (summary: ReviewSummary) => number): number {
  // A connection without a plan answers with an error: it has nothing waiting.
  return results.reduce((all, { data }) => all + (data === undefined ? 0 : of(data)), 0);
}

/** The time, for sentences such as "9 min ago"; moves on every half minute. */
export function useNow(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
