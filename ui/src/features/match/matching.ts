/** The matching of a connection as the screen works on it: every edit is saved, checked and shown at once. */
import { keepPreviousData, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useRef, useState } from "react";

import { call, keyOf, type MappingView, useRead } from "@/api";
import { useUndo } from "@/app";

import type { Rule, Suggestion } from "./model";

export function useMatching(connection: string) {
  const client = useQueryClient();
  const undo = useUndo();
  const request = { connection_id: connection };
  const mapping = useRead("mapping.get", request);
  const suggested = useRead("mapping.suggest", request, { retry: false });
  const stored = mapping.data?.rules;
  const rules = useMemo(() => (stored ?? []) as Rule[], [stored]);
  const faults = mapping.data?.faults ?? [];
  const wrong = faults.some((fault) => fault.severity === "error");
  const preview = useRead(
    "mapping.preview",
    { connection_id: connection, rules },
    // Rules that cannot be used have no preview: the last one stays.
    { enabled: mapping.data !== undefined && !wrong, placeholderData: keepPreviousData, retry: false },
  );
  const [error, setError] = useState<unknown>(null);
  const turn = useRef(0);

  /** Shows the rules at once and has them checked and stored; only the newest answer counts. */
  const write = useCallback(
    async (next: readonly Rule[]) => {
      const key = keyOf("mapping.get", { connection_id: connection });
      const mine = ++turn.current;
      setError(null);
      client.setQueryData<MappingView>(key, (old) => old && { ...old, rules: [...next] });
      try {
        const answer = await call("mapping.set", { connection_id: connection, rules: [...next] });
        if (turn.current === mine) client.setQueryData<MappingView>(key, answer);
        // The rules also say where the supplier's own fields go.
        void client.invalidateQueries({ queryKey: keyOf("fields.list", { connection_id: connection }) });
      } catch (cause) {
        // What is stored decides what is shown.
        await client.invalidateQueries({ queryKey: key });
        setError(cause);
      }
    },
    [client, connection],
  );
  const save = useCallback(
    (next: readonly Rule[], label: string) => {
      const before = rules;
      undo.push({ label, undo: () => write(before), redo: () => write(next) });
      return write(next);
    },
    [rules, undo, write],
  );
  return {
    mapping,
    preview,
    rules,
    faults,
    wrong,
    error,
    suggestions: (suggested.data?.suggestions ?? []) as Suggestion[],
    save,
  };
}

export type Matching = ReturnType<typeof useMatching>;
