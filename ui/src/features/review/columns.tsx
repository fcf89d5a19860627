/** The cells of the review's table, and which of them the person wants to see, how wide and in which order. */
import { ArrowDown, ArrowUp, CalendarDays, CircleAlert, Split } from "lucide-react";
import { type ReactNode, useCallback, useMemo, useState } from "react";

import type { CellMark, ReviewRow, ReviewSort } from "@/api";
import { keep, kept } from "@/app";
import { useFormat, useWords } from "@/i18n";
import { Badge, Button, Checkbox, type Column, CoupleName, Dialog, IconButton } from "@/kit";

import { dayOf, statusOf, useProblem, useRowWords } from "./words";

export const COLUMNS = ["status", "couple", "wedding", "venue", "email", "phone", "why"] as const;
export type ColumnKey = (typeof COLUMNS)[number];

const WIDTH: Record<ColumnKey, number> = { status: 124, couple: 220, wedding: 108, venue: 150, email: 190, phone: 132, why: 220 };
const SORTS: Partial<Record<ColumnKey, [ReviewSort, ReviewSort]>> = { couple: ["name", "-name"], wedding: ["wedding_date", "-wedding_date"] };

export interface Layout {
  order: readonly ColumnKey[];
  hidden: readonly ColumnKey[];
  widths: Readonly<Partial<Record<ColumnKey, number>>>;
}

const PLAIN: Layout = { order: COLUMNS, hidden: ["why"], widths: {} };

/** A layout that was kept, as far as it still makes sense. */
export function layoutFrom(text: string | null): Layout {
  try {
    const held = JSON.parse(text ?? "null") as Partial<Layout> | null;
    if (held === null || !Array.isArray(held.order)) return PLAIN;
    const known = (key: unknown): key is ColumnKey => COLUMNS.includes(key as ColumnKey);
    const order = held.order.filter(known);
    return {
      order: [...order, ...COLUMNS.filter((key) => !order.includes(key))],
      hidden: (held.hidden ?? []).filter((key) => known(key) && key !== "couple"),
      widths: Object.fromEntries(Object.entries(held.widths ?? {}).filter(([key, width]) => known(key) && typeof width === "number" && width >= 60 && width <= 640)),
    };
  } catch {
    return PLAIN;
  }
}

export function useLayout(): [Layout, (next: Layout) => void] {
  const [layout, setLayout] = useState(() => layoutFrom(kept("review.columns")));
  return [
    layout,
    useCallback((next: Layout) => {
      keep("review.columns", JSON.stringify(next));
      setLayout(next);
    }, []),
  ];
}

/** A column one place to the left or right. */
export function movedColumn(layout: Layout, key: ColumnKey, by: -1 | 1): Layout {
  const order = [...layout.order];
  const at = order.indexOf(key);
  const to = at + by;
  const other = order[to];
  if (at < 0 || other === undefined) return layout;
  order[at] = other;
  order[to] = key;
  return { ...layout, order };
}

interface Using {
  layout: Layout;
  onLayout: (next: Layout) => void;
  sort: ReviewSort | undefined;
  onSort: (sort: ReviewSort) => void;
  /** On the tab of problems the reason stands at the end of each row. */
  problems: boolean;
  /** The panel takes a part of the width: the e-mail, which it shows, gives way. */
  beside: boolean;
  /** All rows are appointments: they have a title, a date and a place, and nobody's e-mail. */
  appointments: boolean;
}

/** The same array until something changes what its cells show: rows of the table are drawn anew only with it. */
export function useColumns({ layout, onLayout, sort, onSort, problems, beside, appointments }: Using): Column<ReviewRow>[] {
  const { t } = useWords("review");
  const format = useFormat();
  const words = useRowWords();
  const problem = useProblem();
  return useMemo(() => {
    const marked = (row: ReviewRow, fields: readonly string[], children: ReactNode) => markedCell({ t, problem }, row, fields, children);
    const cell: Record<ColumnKey, (row: ReviewRow) => ReactNode> = {
      status: (row) => {
        const status = statusOf(row);
        return (
          <Badge tone={status.tone} icon={status.icon} plain>
            {t(status.key)}
          </Badge>
        );
      },
      couple: (row) => marked(row, ["first_name", "last_name", "name"], row.summary.appointment === null ? <CoupleName names={row.summary.names} /> : <Title names={row.summary.names} word={t("appointment")} />),
      wedding: (row) => {
        const day = dayOf(row.summary);
        return marked(row, ["wedding_date", "start_date", "start_time"], day === null ? null : <span className="num">{format.date(day)}</span>);
      },
      venue: (row) => marked(row, ["venue_name", "location_name"], row.summary.venue),
      email: (row) => marked(row, ["email"], row.summary.email),
      phone: (row) => marked(row, ["phone"], row.summary.phone === null ? null : <span className="num">{row.summary.phone}</span>),
      why: (row) => {
        const why = words.why(row);
        if (why === null) return null;
        return row.kind === "problem" ? (
          <span className="inline-flex items-center gap-1.5 text-hint text-bad" title={why}>
            <CircleAlert size={13} className="flex-none" aria-hidden />
            <span className="truncate">{why}</span>
          </span>
        ) : (
          <span className="text-hint text-ink2" title={why}>
            {why}
          </span>
        );
      },
    };
    const shown = layout.order.filter((key) => {
      if (appointments && (key === "email" || key === "phone")) return false;
      if (problems) return key !== "status" && (key === "why" || key === "email" || !layout.hidden.includes(key));
      return !layout.hidden.includes(key) && !(beside && key === "email");
    });
    return shown.map((key) => {
      const sorts = SORTS[key];
      return {
        key,
        head: t(`column.${key}`, appointments ? { context: "appointment" } : {}),
        width: layout.widths[key] ?? WIDTH[key],
        grow: key === "couple" || (problems && key === "why"),
        cell: cell[key],
        onResize: (width: number) => onLayout({ ...layout, widths: { ...layout.widths, [key]: width } }),
        ...(sorts === undefined
          ? {}
          : {
              sort: sort === sorts[0] ? ("ascending" as const) : sort === sorts[1] ? ("descending" as const) : ("none" as const),
              onSort: () => onSort(sort === sorts[0] ? sorts[1] : sorts[0]),
            }),
      };
    });
  }, [t, format, words, problem, layout, onLayout, sort, onSort, problems, beside, appointments]);
}

/** What an appointment is called; the icon tells it from a client, and is read out. */
export function Title({ names, word }: { names: readonly string[]; word: string }) {
  return (
    <span className="inline-flex min-w-0 items-center gap-1.5">
      <CalendarDays size={13} className="flex-none text-ink3" aria-hidden />
      <span className="sr-only">{word}</span>
      <CoupleName names={names} className="truncate" />
    </span>
  );
}

export function StatusBadge({ row, plain }: { row: Pick<ReviewRow, "kind" | "state" | "heading">; plain?: boolean }) {
  const { t } = useWords("review");
  const status = statusOf(row);
  return (
    <Badge tone={status.tone} icon={status.icon} plain={plain}>
      {t(status.key)}
    </Badge>
  );
}

interface CellWords {
  t: ReturnType<typeof useWords<"review">>["t"];
  problem: ReturnType<typeof useProblem>;
}

/**
 * A value with what makes it stand out; the reason is read out with it. A function and no component: a component would
 * subscribe to the words in every cell of the table.
 */
function markedCell({ t, problem }: CellWords, row: ReviewRow, fields: readonly string[], children: ReactNode): ReactNode {
  // The name of a project is no name of a couple; that of an appointment's event is its title.
  const types = row.summary.appointment === null ? ["person", "project"] : ["event"];
  const named = row.summary.appointment === null ? fields.filter((field) => field !== "name") : fields;
  const mark = row.marks.find((each: CellMark) => named.includes(each.field) && types.includes(each.record_type));
  if (mark === undefined) return children ?? <span className="text-ink3">{t("missing")}</span>;
  if (mark.mark === "conflict") {
    return (
      <span className="cell-mark" data-mark="conflict">
        <Split size={13} aria-hidden />
        {t("versions", { count: 2 })}
      </span>
    );
  }
  if (mark.mark === "changed") {
    return (
      <span className="cell-mark" data-mark="changed">
        {children ?? t("missing")}
        <span className="sr-only">{t("changed")}</span>
      </span>
    );
  }
  const why = mark.message === null ? "" : problem(mark.message);
  return (
    <span className="cell-mark" data-mark="problem" title={why}>
      <span className="squiggle">{mark.found === null || mark.found === "" ? t("emptyCell") : mark.found}</span>
      <span className="sr-only">{why}</span>
    </span>
  );
}

/** Which columns are shown, in which order. */
export function ColumnsDialog({ open, onClose, layout, onLayout }: { open: boolean; onClose: () => void; layout: Layout; onLayout: (next: Layout) => void }) {
  const { t } = useWords("review");
  return (
    <Dialog open={open} onClose={onClose} title={t("columns.title")} actions={<Button onClick={() => onLayout(PLAIN)}>{t("columns.reset")}</Button>}>
      <ul className="flex flex-col gap-1">
        {layout.order.map((key, at) => (
          <li key={key} className="flex min-h-9 items-center justify-between gap-2">
            <Checkbox
              label={t(`column.${key}`)}
              checked={!layout.hidden.includes(key)}
              disabled={key === "couple"}
              onChange={(on) => onLayout({ ...layout, hidden: on ? layout.hidden.filter((each) => each !== key) : [...layout.hidden, key] })}
            />
            <span className="flex">
              <IconButton icon={ArrowUp} size="xs" label={t("columns.earlier", { column: t(`column.${key}`) })} aria-disabled={at === 0} onClick={() => onLayout(movedColumn(layout, key, -1))} />
              <IconButton icon={ArrowDown} size="xs" label={t("columns.later", { column: t(`column.${key}`) })} aria-disabled={at === layout.order.length - 1} onClick={() => onLayout(movedColumn(layout, key, 1))} />
            </span>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
