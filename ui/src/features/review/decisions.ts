/** Decisions about clients, each of which can be taken back: the program says what was decided before, and puts it back. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";

import { type BulkDecision, call, type Decided, type Decision, refresh, type Restored } from "@/api";
import { useUndo } from "@/app";

/** Clients that one command may name. */
const MOST = 1000;

export interface Decisions {
  /** Decides about one client, one answer after another. Whether all of them were taken. */
  decide: (seq: number, decisions: readonly Decision[], label: string) => Promise<boolean>;
  /** Decides about many in the same way; how many, and how many it could not be done for. */
  decideMany: (seqs: readonly number[], decision: BulkDecision, label: string) => Promise<Pick<Decided, "decided" | "left"> | null>;
  busy: boolean;
  error: Error | null;
  clear: () => void;
}

export function useDecisions(connection: string): Decisions {
  const client = useQueryClient();
  const { push } = useUndo();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);

  const restorable = useCallback(
    (label: string, before: Restored[]) => {
      if (before.length === 0) return;
      let rows = before;
      // Each turn answers with what it replaced, which the opposite turn puts back.
      const turn = async () => {
        const replaced: Restored[] = [];
        for (let from = 0; from < rows.length; from += MOST) {
          const done = await call("review.restore", { connection_id: connection, rows: rows.slice(from, from + MOST) });
          replaced.push(...done.before);
        }
        await refresh(client, ["review"]);
        if (replaced.length === 0) throw new Error("nothing could be put back");
        rows = replaced;
      };
      push({ label, undo: turn, redo: turn });
    },
    [client, connection, push],
  );

  const during = useCallback(
    async <T>(work: () => Promise<T>): Promise<T | null> => {
      setBusy(true);
      setError(null);
      try {
        return await work();
      } catch (cause) {
        setError(cause instanceof Error ? cause : new Error(String(cause)));
        return null;
      } finally {
        setBusy(false);
        await refresh(client, ["review"]);
      }
    },
    [client],
  );

  return {
    busy,
    error,
    clear: useCallback(() => setError(null), []),
    decide: useCallback(
      async (seq, decisions, label) => {
        let before: unknown;
        const done = await during(async () => {
          for (const decision of decisions) {
            const unit = await call("review.decide", { connection_id: connection, seq, decision });
            before ??= unit.resolution_before;
          }
          return true;
        });
        if (before !== undefined) restorable(label, [{ seq, resolution: before }]);
        return done === true;
      },
      [connection, during, restorable],
    ),
    decideMany: useCallback(
      async (seqs, decision, label) => {
        const sum: Decided = { decided: 0, left: 0, before: [] };
        const done = await during(async () => {
          for (let from = 0; from < seqs.length; from += MOST) {
            const part = await call("review.decide_many", { connection_id: connection, seqs: seqs.slice(from, from + MOST), decision });
            sum.decided += part.decided;
            sum.left += part.left;
            sum.before.push(...part.before);
          }
          return true;
        });
        restorable(label, sum.before);
        return done === null && sum.decided === 0 ? null : sum;
      },
      [connection, during, restorable],
    ),
  };
}
