/** What waits in each connection's review, and which wait for the first word. */
import { useQueries } from "@tanstack/react-query";

import { call, type ConnectionView, keyOf, type ReviewSummary } from "@/api";

export interface Waiting {
  connection: ConnectionView;
  summary: ReviewSummary;
  duplicates: number;
}

/** A connection without a plan answers with an error: nothing of it waits. */
export function useSummaries(connections: readonly ConnectionView[]): readonly Waiting[] {
  return useQueries({
    queries: connections.map(({ id }) => ({
      queryKey: keyOf("review.summary", { connection_id: id }),
      queryFn: () => call("review.summary", { connection_id: id }),
    })),
    combine: (results) =>
      results.flatMap(({ data: summary }, index) => {
        const connection = connections[index];
        return summary === undefined || connection === undefined ? [] : [{ connection, summary, duplicates: pending(summary, "duplicate") }];
      }),
  });
}

/** Connections of which nobody has said yet what to bring: before that nothing is read, however they came to be. */
export function useUnasked(connections: readonly ConnectionView[]): readonly ConnectionView[] {
  return useQueries({
    queries: connections.map(({ id }) => ({
      queryKey: keyOf("connection.get", { connection_id: id }),
      queryFn: () => call("connection.get", { connection_id: id }),
    })),
    combine: (results) => connections.filter((_, index) => results[index]?.data?.consented_at === null),
  });
}

function pending(summary: ReviewSummary, kind: string): number {
  return summary.counts.filter((count) => count.kind === kind && count.state === "pending").reduce((sum, { count }) => sum + count, 0);
}
