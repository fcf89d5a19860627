/** On narrow screens a row is two lines that say the problem in words; its tile is dashed while it is only in pencil. */
import { ChevronRight } from "lucide-react";
import { useMemo } from "react";

import type { ReviewRow } from "@/api";
import { useFormat, useWords } from "@/i18n";
import { type Column, CoupleName, cx, type Tone } from "@/kit";

import { Title } from "./columns";
import { dayOf, statusOf, useRowWords } from "./words";

const TILE: Record<Tone, string> = {
  ok: "bg-ok-soft text-ok",
  pri: "bg-pri-soft text-pri",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  neutral: "bg-hover text-ink2",
  pencil: "",
};
const TEXT: Record<Tone, string> = { ok: "text-ok", pri: "text-pri", warn: "text-warn", bad: "text-bad", neutral: "text-ink3", pencil: "text-ink3" };

/** The one column of narrow screens, or the columns of wide ones. */
export function useNarrowColumns(narrow: boolean, wide: Column<ReviewRow>[]): Column<ReviewRow>[] {
  const { t } = useWords("review");
  return useMemo(() => (narrow ? [{ key: "client", head: t("column.couple"), width: 200, grow: true, cell: (row: ReviewRow) => <NarrowRow row={row} /> }] : wide), [narrow, wide, t]);
}

function NarrowRow({ row }: { row: ReviewRow }) {
  const { t } = useWords("review");
  const format = useFormat();
  const words = useRowWords();
  const { icon: Icon, tone, key } = statusOf(row);
  const why = words.why(row);
  const { venue } = row.summary;
  const date = dayOf(row.summary);
  const where = [date === null ? null : format.date(date), venue].filter((part) => part !== null).join(", ");
  const plain = row.heading === "ready" && row.kind === "new";
  return (
    <span className="flex items-center gap-3">
      <span className={cx("grid size-9 flex-none place-items-center rounded-inset", plain ? "border border-dashed border-pencil text-ink2" : TILE[tone])}>
        <Icon size={16} aria-hidden />
        <span className="sr-only">{t(key)}</span>
      </span>
      <span className="min-w-0 flex-1">
        <span className="block truncate text-[0.875rem] leading-5">
          {row.summary.appointment === null ? <CoupleName names={row.summary.names} /> : <Title names={row.summary.names} word={t("appointment")} />}
        </span>
        <span className={cx("block truncate text-hint", why === null ? "text-ink3" : TEXT[tone])}>{why === null ? where : t("why.line", { status: t(key), why })}</span>
      </span>
      <ChevronRight size={16} className="flex-none text-ink2" aria-hidden />
    </span>
  );
}
