/** Decisions about clients, each of which can be taken back: the program says what was decided before, and puts it back. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";

import { type BulkDecision, call, type Decided, type Decision, refresh, type Restored, type WhoIs } from "@/api";
import { useUndo } from "@/app";
import { useFormat, useWords } from "@/i18n";
import { useToast } from "@/kit";

/** Clients that one command may name. */
const MOST = 1000;

type SetValue = Extract<Decision, { kind: "set_value" }>;

/** A choice of who somebody is, as the program offers it; `person` is nobody of those listed when null. */
export interface WhoChoice {
  of: string;
  person: string | null;
}

/** What the question "who is it?" stands under in place of a field. */
export const SAME_AS = "same_as";

export function whoChoice(value: unknown): WhoChoice | null {
  const { of, person } = (value ?? {}) as Record<string, unknown>;
  return typeof of === "string" && (typeof person === "string" || person === null) ? { of, person } : null;
}

export interface Decisions {
  /** Decides about one client, one answer after another. Whether all of them were taken. */
  decide: (seq: number, decisions: readonly Decision[], label: string) => Promise<boolean>;
  /** Decides about many in the same way; how many, and how many it could not be done for. */
  decideMany: (seqs: readonly number[], decision: BulkDecision, label: string) => Promise<Pick<Decided, "decided" | "left"> | null>;
  /** Says who somebody is whom the list of clients has more than once. Rows have other numbers afterwards. */
  who: (choice: WhoChoice, name: string) => Promise<boolean>;
  /** Makes a rule of a fix: for the other cells with that value, and the next file. */
  everywhere: (seq: number, decision: SetValue, source: string, others: number) => Promise<boolean>;
  busy: boolean;
  error: Error | null;
  clear: () => void;
}

export function useDecisions(connection: string): Decisions {
  const client = useQueryClient();
  const { push, during: holding, forget } = useUndo();
  const { t } = useWords("review");
  const format = useFormat();
  const toast = useToast();
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
        void refresh(client, ["review"]);
        if (replaced.length === 0) throw new Error("nothing could be put back");
        rows = replaced;
      };
      push({ label, undo: turn, redo: turn });
    },
    [client, connection, push],
  );

  /** Works with the buttons at rest. Undo that is asked for meanwhile waits, and the work pushes its own step. */
  const during = useCallback(
    async <T>(work: () => Promise<T>): Promise<T | null> => {
      setBusy(true);
      setError(null);
      try {
        return await holding(work());
      } catch (cause) {
        setError(cause instanceof Error ? cause : new Error(String(cause)));
        return null;
      } finally {
        setBusy(false);
        await refresh(client, ["review"]);
      }
    },
    [client, holding],
  );

  const who = useCallback(
    async (choice: WhoChoice, name: string) => {
      const say = async (is: WhoIs) => {
        const { before } = await call("review.who", { connection_id: connection, of: choice.of, is });
        // Clients were joined or parted: what was decided before goes by numbers that are others' now.
        forget();
        void refresh(client, ["review", "jobs"]);
        return before;
      };
      const done = await during(async () => {
        let other = await say(choice.person === null ? { kind: "nobody" } : { kind: "entry", person: choice.person });
        const turn = async () => void (other = await say(other));
        push({ label: t("did.who", { name }), undo: turn, redo: turn });
        return true;
      });
      return done === true;
    },
    [client, connection, during, forget, push, t],
  );

  const everywhere = useCallback(
    async (seq: number, decision: SetValue, source: string, others: number) => {
      const { record_id, field, value } = decision;
      const match = async (rules: unknown[]) => {
        await call("mapping.set", { connection_id: connection, rules });
        await call("review.again", { connection_id: connection });
        void refresh(client, ["review", "mapping", "jobs"]);
      };
      const done = await during(async () => {
        const kept = await call("review.fix_rule", { connection_id: connection, seq, record_id, field, value });
        push({ label: t("did.rule", { value: source }), undo: () => match(kept.rules_before), redo: () => match(kept.rules) });
        return true;
      });
      if (done === null) return false;
      await refresh(client, ["mapping", "jobs"]);
      toast({ text: t("fix.ruled", { count: others, number: format.number(others) }) });
      return true;
    },
    [client, connection, during, format, push, t, toast],
  );

  return {
    busy,
    error,
    who,
    everywhere,
    clear: useCallback(() => setError(null), []),
    decide: useCallback(
      async (seq, decisions, label) => {
        const asked = decisions.map((decision) => (decision.kind === "set_value" && decision.field === SAME_AS ? whoChoice(decision.value) : null));
        const done = await during(async () => {
          let before: unknown;
          try {
            for (const decision of decisions) {
              if (decision.kind === "set_value" && decision.field === SAME_AS) continue;
              const unit = await call("review.decide", { connection_id: connection, seq, decision });
              before ??= unit.resolution_before;
            }
          } finally {
            if (before !== undefined) restorable(label, [{ seq, resolution: before }]);
          }
          return true;
        });
        // Last: afterwards the row may have another number.
        const choice = asked.find((each) => each !== null);
        if (done === true && choice !== undefined && choice !== null) return who(choice, label);
        return done === true;
      },
      [connection, during, restorable, who],
    ),
    decideMany: useCallback(
      async (seqs, decision, label) => {
        const sum: Decided = { decided: 0, left: 0, before: [] };
        const done = await during(async () => {
          try {
            for (let from = 0; from < seqs.length; from += MOST) {
              const part = await call("review.decide_many", { connection_id: connection, seqs: seqs.slice(from, from + MOST), decision });
              sum.decided += part.decided;
              sum.left += part.left;
              sum.before.push(...part.before);
            }
          } finally {
            restorable(label, sum.before);
          }
          return true;
        });
        return done === null && sum.decided === 0 ? null : sum;
      },
      [connection, during, restorable],
    ),
  };
}
