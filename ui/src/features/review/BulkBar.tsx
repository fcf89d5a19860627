/** What can be done with the rows that are ticked. */
import { CircleSlash2, Eraser, RotateCcw, X } from "lucide-react";

import type { BulkDecision } from "@/api";
import { useFormat, useWords } from "@/i18n";
import { Button, IconButton } from "@/kit";

interface BulkBarProps {
  count: number;
  /** Some of them have problems. */
  problems: boolean;
  /** Some of them were left out or decided. */
  reopens: boolean;
  busy: boolean;
  onDecide: (decision: BulkDecision) => void;
  onClose: () => void;
}

export function BulkBar({ count, problems, reopens, busy, onDecide, onClose }: BulkBarProps) {
  const { t } = useWords("review");
  const format = useFormat();
  return (
    <div role="toolbar" aria-label={t("bulk.label")} className="rise absolute bottom-4 left-1/2 z-30 flex max-w-[calc(100%-24px)] -translate-x-1/2 flex-wrap items-center gap-1 rounded-card border border-line2 bg-card px-4 py-1.5 shadow-menu">
      <span className="mr-2 border-r border-line2 pr-4 font-semibold" role="status">
        {t("bulk.count", { count, number: format.number(count) })}
      </span>
      {problems && (
        <Button look="quiet" icon={Eraser} busy={busy} onClick={() => onDecide("without_missing")}>
          {t("bulk.without")}
        </Button>
      )}
      {reopens && (
        <Button look="quiet" icon={RotateCcw} busy={busy} onClick={() => onDecide("reopen")}>
          {t("bulk.reopen")}
        </Button>
      )}
      <Button look="quiet" icon={CircleSlash2} busy={busy} onClick={() => onDecide("reject")}>
        {t("bulk.reject")}
      </Button>
      <IconButton icon={X} label={t("bulk.close")} onClick={onClose} />
    </div>
  );
}
