/** Undo and redo of decisions that the person made on this computer. Uploads are undone from History, not here. */
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from "react";

import { useWords } from "@/i18n";
import { useAnnounce, useToast } from "@/kit";

import { useShortcuts } from "./shortcuts";
import { type Step, UndoStack } from "./undo-stack";

export type { Step };

interface Undo {
  /** Remembers what was just done and how to take it back. */
  push: (step: Step) => void;
  /** What is being done now and will push its step: undo waits for it instead of taking back the step before. */
  during: <T>(work: Promise<T>) => Promise<T>;
  /** Forgets every step, where they can no longer be taken back one by one. */
  forget: () => void;
  undo: () => void;
  redo: () => void;
  /** What would be undone, in words; nothing when there is nothing. */
  next: string | null;
  nextRedo: string | null;
}

const UndoContext = createContext<Undo | null>(null);

export function UndoProvider({ children }: { children: ReactNode }) {
  const { t } = useWords();
  const announce = useAnnounce();
  const toast = useToast();
  const stack = useMemo(() => new UndoStack(), []);
  const [, setTurn] = useState(0);
  const changed = useCallback(() => setTurn((turn) => turn + 1), []);

  const walk = useCallback(
    (direction: "undo" | "redo") => {
      void stack[direction]().then(
        (step) => {
          changed();
          if (step !== null) announce(t(direction === "undo" ? "undo.done" : "undo.redone", { what: step.label }));
        },
        () => {
          changed();
          toast({ text: t("undo.failed") });
        },
      );
    },
    [stack, changed, announce, toast, t],
  );
  const undo = useCallback(() => walk("undo"), [walk]);
  const redo = useCallback(() => walk("redo"), [walk]);
  const push = useCallback(
    (step: Step) => {
      stack.push(step);
      changed();
    },
    [stack, changed],
  );
  const during = useCallback(<T,>(work: Promise<T>) => stack.during(work), [stack]);
  const forget = useCallback(() => {
    stack.clear();
    changed();
  }, [stack, changed]);
  useShortcuts(t("shortcuts.anywhere"), [
    { keys: "mod+z", label: t("undo.undo"), run: undo },
    { keys: "mod+shift+z", label: t("undo.redo"), run: redo },
  ]);
  return <UndoContext value={{ push, during, forget, undo, redo, next: stack.next, nextRedo: stack.nextRedo }}>{children}</UndoContext>;
}

export function useUndo(): Undo {
  const undo = useContext(UndoContext);
  if (undo === null) throw new Error("UndoProvider is missing");
  return undo;
}
