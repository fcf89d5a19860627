/** One kind of record: what is matched and suggested of it, the two sides, and a real client as it would come in. */
import { CheckCheck, Redo2, TriangleAlert, Undo2 } from "lucide-react";

import { TroublePanel, useUndo } from "@/app";
import { useWords } from "@/i18n";
import { Button, IconButton } from "@/kit";

import { Board } from "./Board";
import type { Work } from "./Desk";
import { FaultLine } from "./FaultLine";
import { LiveRow } from "./LiveRow";
import { Pairs } from "./Pairs";

interface OneKindProps {
  work: Work;
  /** Suggestions that wait for an answer. */
  open: number;
  /** Required fields of this kind that nothing fills. */
  here: number;
  /** Rules that cannot be used, of all kinds. */
  broken: number;
  narrow: boolean;
  onAcceptAll: () => void;
  onStep: (by: number) => void;
}

export function OneKind({ work, open, here, broken, narrow, onAcceptAll, onStep }: OneKindProps) {
  const { t } = useWords("match");
  const undo = useUndo();
  return (
    <>
      <div className="flex min-h-[46px] flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-6 py-1.5 text-hint text-ink2 max-wide:px-4">
        <span className="inline-flex items-center gap-2">
          <span className="w-5 border-t-2 border-pri" aria-hidden />
          {t("legend.matched", { count: work.matches.length - open })}
        </span>
        <span className="inline-flex items-center gap-2">
          <span className="w-5 border-t-2 border-dashed border-pencil" aria-hidden />
          {t("legend.suggested", { count: open })}
        </span>
        {here > 0 && (
          <span className="inline-flex items-center gap-1.5 font-[550] text-warn">
            <TriangleAlert size={14} aria-hidden />
            {t("legend.required", { count: here })}
          </span>
        )}
        <span className="ml-auto flex min-w-0 flex-wrap items-center gap-2">
          <Button look="quiet" size="sm" icon={Undo2} onClick={undo.undo} unavailable={undo.next === null ? "" : false}>
            {t("undo")}
          </Button>
          <IconButton look="quiet" size="sm" icon={Redo2} label={t("redo")} onClick={undo.redo} />
          {open > 0 && (
            <Button size="sm" icon={CheckCheck} onClick={onAcceptAll}>
              {t("accept.all", { count: open })}
            </Button>
          )}
        </span>
      </div>
      {(broken > 0 || work.matching.error !== null) && (
        <div className="px-6 pt-3 max-wide:px-4">
          {work.matching.error !== null ? (
            <TroublePanel error={work.matching.error} />
          ) : (
            <div role="alert" className="rounded-card border border-bad-line bg-bad-soft px-4 py-2 text-bad">
              <p className="font-semibold">{t("faults", { count: broken })}</p>
              <ul>
                {work.matching.faults.filter((fault) => fault.severity === "error").map((fault) => (
                  <li key={`${String(fault.index)} ${fault.error}`}>
                    <FaultLine faults={[fault]} />
                  </li>
                ))}
              </ul>
            </div>
          )}
        </div>
      )}
      <div className="min-h-64 flex-1 overflow-auto" tabIndex={-1}>
        {narrow ? <Pairs work={work} /> : <Board key={work.kind} work={work} />}
      </div>
      <LiveRow work={work} step={onStep} />
    </>
  );
}
