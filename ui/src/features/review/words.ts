/** Icons, colours and sentences of the review's states. Colour is never alone: each has a word and an icon. */
import { CircleAlert, CircleCheck, CirclePlus, CircleSlash2, Copy, Equal, Link2, type LucideIcon, PencilLine, Split, TriangleAlert } from "lucide-react";
import { useCallback, useMemo } from "react";

import type { Heading, ReviewRow, Summary, UnitKind, WireMessage } from "@/api";
import { useValues } from "@/app";
import { useFormat, useMessage, useWords } from "@/i18n";
import type { Tone } from "@/kit";

export const KIND_ICON: Record<UnitKind, LucideIcon> = {
  conflict: Split,
  problem: CircleAlert,
  duplicate: Copy,
  changed: PencilLine,
  linked: Link2,
  new: CirclePlus,
  unchanged: Equal,
  skipped: CircleSlash2,
};

const KIND_TONE: Record<UnitKind, Tone> = {
  conflict: "warn",
  problem: "bad",
  duplicate: "neutral",
  changed: "pri",
  linked: "pri",
  new: "neutral",
  unchanged: "neutral",
  skipped: "neutral",
};

/** The day that a row is about: of the wedding, or of the appointment. */
export function dayOf(summary: Pick<Summary, "wedding_date" | "appointment">): string | null {
  return summary.appointment === null ? summary.wedding_date : summary.appointment.day;
}

export interface Status {
  icon: LucideIcon;
  tone: Tone;
  key: `status.${UnitKind}` | `status.${Exclude<Heading, "waiting" | "ready" | "unchanged">}` | "status.moved";
}

export function statusOf(row: Pick<ReviewRow, "kind" | "state" | "heading">): Status {
  switch (row.heading) {
    case "in_wedsync":
      return { icon: CircleCheck, tone: "ok", key: "status.in_wedsync" };
    case "approved":
      return { icon: CircleCheck, tone: "pri", key: "status.approved" };
    case "refused":
      return { icon: TriangleAlert, tone: "bad", key: "status.refused" };
    case "left_out":
      return { icon: CircleSlash2, tone: "neutral", key: "status.left_out" };
    case "waiting":
    case "ready":
    case "unchanged":
      if (row.state === "moved") return { icon: Split, tone: "warn", key: "status.moved" };
      return { icon: KIND_ICON[row.kind], tone: KIND_TONE[row.kind], key: `status.${row.kind}` };
  }
}

/** Sentences about problems, with the field's name in place of its wire name. */
export function useProblem(): (message: WireMessage) => string {
  const say = useMessage();
  const values = useValues();
  return useCallback((message) => say({ id: message.id, params: "field" in message.params ? { ...message.params, field: values.field(message.params["field"] ?? "") } : message.params }), [say, values]);
}

/** "Charlotte Ashworth and James Pemberton, conflict, venue has 2 versions". */
export function useRowWords(): { name: (row: ReviewRow) => string; why: (row: ReviewRow) => string | null; label: (row: ReviewRow) => string } {
  const { t } = useWords("review");
  const { t: kit } = useWords("kit");
  const format = useFormat();
  const values = useValues();
  const problem = useProblem();
  return useMemo(() => {
    const name = (row: ReviewRow) => (row.summary.names.length === 0 ? kit("couple.none") : format.list(row.summary.names));
    const why = (row: ReviewRow): string | null => {
      const conflict = row.marks.find((mark) => mark.mark === "conflict");
      if (conflict !== undefined) return t("why.conflict", { field: values.field(conflict.field) });
      const broken = row.marks.find((mark) => mark.mark === "problem" && mark.message !== null);
      if (broken?.message != null) return problem(broken.message);
      if (row.kind === "duplicate") return t("why.duplicate", { count: row.candidates });
      const changed = [...new Set(row.marks.filter((mark) => mark.mark === "changed").map((mark) => values.field(mark.field)))];
      if (changed.length > 0 && row.kind === "changed") return t("why.changed", { fields: format.list(changed) });
      return null;
    };
    const label = (row: ReviewRow) => {
      const parts = [name(row), t(statusOf(row).key), why(row)].filter((part) => part !== null);
      return parts.join(", ");
    };
    return { name, why, label };
  }, [t, kit, format, values, problem]);
}
