/** The decision about one possible duplicate, which can be taken back. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { call, type Decision, refresh, type Restored } from "@/api";
import { useUndo } from "@/app";

export function useDuplicateDecision(connection: string) {
  const client = useQueryClient();
  const { push, during } = useUndo();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const decide = async (seq: number, decision: Decision, label: string): Promise<boolean> => {
    setBusy(true);
    setError(null);
    const kept = async () => {
      const unit = await call("review.decide", { connection_id: connection, seq, decision });
      let rows: Restored[] = [{ seq, resolution: unit.resolution_before }];
      const turn = async () => {
        const done = await call("review.restore", { connection_id: connection, rows });
        void refresh(client, ["review"]);
        if (done.before.length === 0) throw new Error("nothing could be put back");
        rows = done.before;
      };
      push({ label, undo: turn, redo: turn });
    };
    try {
      await during(kept());
      return true;
    } catch (cause) {
      setError(cause instanceof Error ? cause : new Error(String(cause)));
      return false;
    } finally {
      await refresh(client, ["review"]);
      setBusy(false);
    }
  };
  return { decide, busy, error };
}
