/**
 * The table: an ARIA grid with real row counts, virtualised, with sticky heads, ticks with ranges, and a keyboard by cell.
 *
 * Rows are asked for by index, so that pages can come from the program while the person scrolls; a row that is not there
 * yet keeps its place. Deliberately absent: sorting and filtering of data, which the program does.
 */
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import { type CSSProperties, Fragment, type KeyboardEvent, memo, type ReactNode, useCallback, useEffect, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Ref } from "react";

import { useWords } from "@/i18n";

import { Button } from "./Button";
import { cx } from "./cx";
import { Checkbox } from "./fields";
import { type Cell, type Group, GridModel, moved } from "./grid-model";
import { useTextScale } from "./text-scale";

export type { Group };

export interface Column<R> {
  key: string;
  head: string;
  /** CSS pixels at usual text, before the person resizes it. */
  width: number;
  /** Takes what is left of the width. */
  grow?: boolean;
  align?: "right";
  sort?: "ascending" | "descending" | "none";
  onSort?: () => void;
  /** Lets the person drag its edge, or move it with the arrow keys. */
  onResize?: (width: number) => void;
  cell: (row: R, index: number) => ReactNode;
}

/** Which rows are ticked; the caller keeps them, by its own keys. */
export interface Ticks {
  /** Of everything shown. */
  all: boolean | "indeterminate";
  has: (row: number) => boolean;
  /** From one row to another, both included; a single one when they are equal. */
  set: (from: number, to: number, ticked: boolean) => void;
  setAll: (ticked: boolean) => void;
}

export interface GridHandle {
  /** Puts the focus on a row and scrolls it into view. */
  focusRow: (row: number) => void;
}

export interface DataGridProps<R> {
  label: string;
  columns: readonly Column<R>[];
  rowCount: number;
  /** The row, or nothing while its page is still coming. */
  rowAt: (index: number) => R | undefined;
  /** "Charlotte Ashworth and James Pemberton, conflict, venue has 2 versions". */
  rowLabel: (row: R) => string;
  rowHeight?: number;
  groups?: readonly Group[];
  ticks?: Ticks;
  /** The row whose details are open. */
  selected?: number | null;
  /** The row that was pressed, or come to by keys. */
  onSelect?: (row: number, by: "pointer" | "keys") => void;
  /** Enter, or a double press. */
  onOpen?: (row: number, column: string) => void;
  /** What stands open below a row, such as the fix of a cell; over the whole width. */
  inset?: { row: number; height: number; content: ReactNode } | null;
  /** The heads stay for screen readers only: one column of two-line rows on narrow screens. */
  headHidden?: boolean;
  /** Which rows are in view, for fetching their pages. */
  onRange?: (from: number, to: number) => void;
  ref?: Ref<GridHandle>;
}

const HEAD_HEIGHT = 32;
const GROUP_HEIGHT = 30;
const TICK_WIDTH = 40;

export function DataGrid<R>({
  label,
  columns,
  rowCount,
  rowAt,
  rowLabel,
  rowHeight: usualHeight = 36,
  groups = NO_GROUPS,
  ticks,
  selected = null,
  onSelect,
  onOpen,
  inset = null,
  headHidden = false,
  onRange,
  ref,
}: DataGridProps<R>) {
  const { t } = useWords("kit");
  const scale = useTextScale();
  const [HEAD, GROUP, TICK, rowHeight] = [headHidden ? 0 : HEAD_HEIGHT * scale, GROUP_HEIGHT * scale, TICK_WIDTH * scale, usualHeight * scale];
  const insetItem = useRef<number | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const [cell, setCell] = useState<Cell>({ row: 0, column: 0 });
  const wanted = useRef(false);
  const anchor = useRef<number | null>(null);
  const model = useMemo(() => new GridModel(rowCount, groups), [rowCount, groups]);
  const columnCount = columns.length + (ticks === undefined ? 0 : 1);
  const at: Cell = { row: Math.min(cell.row, Math.max(0, rowCount - 1)), column: Math.min(cell.column, columnCount - 1) };
  const focusedItem = model.itemOf(at.row);
  const opened = inset === null ? null : model.itemOf(inset.row);
  const openedHeight = (inset?.height ?? 0) * scale;

  const virtual = useVirtualizer({
    count: model.itemCount,
    getScrollElement: () => scroller.current,
    estimateSize: (item) => (model.item(item).kind === "group" ? GROUP : rowHeight + (item === opened ? openedHeight : 0)),
    overscan: 12,
    scrollPaddingStart: HEAD + (model.headers.length > 0 ? GROUP : 0),
    useFlushSync: false,
    initialRect: { width: 1000, height: 600 },
    rangeExtractor: useCallback(
      (range: Parameters<typeof defaultRangeExtractor>[0]) => {
        // The header above sticks, and the focused row stays, wherever the view is.
        const shown = new Set(defaultRangeExtractor(range));
        const header = model.headerAbove(range.startIndex);
        if (header !== undefined) shown.add(header);
        if (focusedItem < model.itemCount) shown.add(focusedItem);
        return [...shown].sort((a, b) => a - b);
      },
      [model, focusedItem],
    ),
  });
  useEffect(() => {
    if (insetItem.current === opened) return;
    insetItem.current = opened;
    virtual.measure();
  }, [opened, virtual]);
  useEffect(() => virtual.measure(), [rowHeight, virtual]);
  const items = virtual.getVirtualItems();
  const first = virtual.range?.startIndex ?? 0;
  const last = virtual.range?.endIndex ?? 0;
  const stuck = model.headerAbove(first);

  useEffect(() => {
    const rowOf = (item: number) => {
      const found = model.item(item);
      return found.kind === "row" ? found.row : model.item(Math.min(item + 1, model.itemCount - 1)).kind === "row" ? (model.item(Math.min(item + 1, model.itemCount - 1)) as { row: number }).row : 0;
    };
    if (model.itemCount > 0) onRange?.(rowOf(first), rowOf(last));
  }, [first, last, model, onRange]);

  const go = useCallback(
    (to: Cell, by: "pointer" | "keys" = "keys") => {
      wanted.current = true;
      setCell(to);
      virtual.scrollToIndex(model.itemOf(to.row), { align: "auto" });
      onSelect?.(to.row, by);
    },
    [virtual, model, onSelect],
  );
  useImperativeHandle(ref, () => ({ focusRow: (row) => go({ row, column: 0 }) }), [go]);

  // The cell may be drawn only after the scroll: take the focus once it stands there.
  useEffect(() => {
    if (!wanted.current) return;
    const target = scroller.current?.querySelector<HTMLElement>(`[data-cell="${String(at.row)}:${String(at.column)}"]`);
    if (target === null || target === undefined) return;
    wanted.current = false;
    target.focus({ preventScroll: true });
  });

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>) {
    // Heads, headings and what stands open below a row have controls with keys of their own: Space on "Tick all" ticks all.
    const ownKeys = event.target instanceof HTMLElement && event.target.closest("input, textarea, select, [contenteditable], [data-inset], [data-group], [data-head]") !== null;
    if (ownKeys || rowCount === 0) return;
    const far = event.ctrlKey || event.metaKey;
    if (ticks !== undefined && far && event.key.toLowerCase() === "a") {
      event.preventDefault();
      ticks.setAll(true);
      return;
    }
    if (ticks !== undefined && event.key === " ") {
      event.preventDefault();
      anchor.current = at.row;
      ticks.set(at.row, at.row, !ticks.has(at.row));
      return;
    }
    if (event.key === "Enter" && !far && onOpen !== undefined) {
      event.preventDefault();
      onOpen(at.row, columns[at.column - (ticks === undefined ? 0 : 1)]?.key ?? "");
      return;
    }
    const page = Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 400) - HEAD) / rowHeight) - 1);
    const to = moved(at, event.key, far, { rows: rowCount, columns: columnCount, page });
    if (to === undefined || event.altKey) return;
    event.preventDefault();
    if (ticks !== undefined && event.shiftKey && to.row !== at.row) {
      anchor.current ??= at.row;
      ticks.set(anchor.current, to.row, true);
    } else if (!event.shiftKey) anchor.current = null;
    go(to);
  }

  const press = useLatest((row: number, part: number | "tick" | "open", ranged: boolean) => {
    if (part === "open") return onOpen?.(row, "");
    if (part !== "tick") return go({ row, column: part }, "pointer");
    const from = ranged && anchor.current !== null ? anchor.current : row;
    ticks?.set(from, row, ranged || !ticks.has(row));
    anchor.current = row;
  });

  const template = cx(ticks !== undefined && `${String(TICK)}px`, ...columns.map((column) => {
    // Two-line rows have one column, which takes what there is.
    const width = headHidden ? 0 : column.width * scale;
    return column.grow ? `minmax(${String(width)}px, 1fr)` : `${String(width)}px`;
  }));
  // All rows are as wide as their columns or the table, whatever stands in them: each is a grid of its own, under the same heads.
  const least = headHidden ? 0 : (ticks === undefined ? 0 : TICK) + columns.reduce((sum, column) => sum + column.width * scale, 0);
  const index = (key: number) => key + 1;

  return (
    <div
      ref={scroller}
      style={{ "--row-least": `calc(${String(least)}px + 1rem)` } as CSSProperties}
      role="grid"
      aria-label={label}
      aria-rowcount={model.itemCount + 1}
      aria-colcount={columnCount}
      aria-multiselectable={ticks !== undefined || undefined}
      className="relative min-h-0 flex-1 overflow-auto"
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" className={headHidden ? "sr-only" : "sticky top-0 z-20 min-w-full bg-surface"}>
        <div role="row" aria-rowindex={1} data-head="" className="grid-row px-2 text-head font-[550] text-ink3" style={{ gridTemplateColumns: template, height: HEAD }}>
          {ticks !== undefined && (
            <div role="columnheader" aria-colindex={1} className="grid-cell justify-center">
              <Checkbox label={t("grid.tickAll")} labelHidden checked={ticks.all} onChange={ticks.setAll} />
            </div>
          )}
          {columns.map((column, position) => (
            <div
              key={column.key}
              role="columnheader"
              aria-colindex={position + (ticks === undefined ? 1 : 2)}
              aria-sort={column.sort}
              className={cx("grid-cell relative", column.align === "right" && "justify-end")}
            >
              {column.onSort === undefined ? (
                column.head
              ) : (
                <button type="button" onClick={column.onSort} className="inline-flex items-center gap-1 rounded-cell">
                  {column.head}
                  {column.sort === "ascending" && <ArrowUp size={12} aria-hidden />}
                  {column.sort === "descending" && <ArrowDown size={12} aria-hidden />}
                </button>
              )}
              {column.onResize !== undefined && <Edge label={t("grid.resize", { column: column.head })} width={column.width} scale={scale} onResize={column.onResize} />}
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" className="relative min-w-full" style={{ height: virtual.getTotalSize() }}>
        {items.map((drawn) => {
          const found = model.item(drawn.index);
          const place =
            drawn.index === stuck && found.kind === "group"
              ? ({ position: "sticky", top: HEAD, zIndex: 10 } as const)
              : ({ position: "absolute", top: 0, left: 0, transform: `translateY(${String(drawn.start)}px)` } as const);
          if (found.kind === "group") {
            return (
              <div key={`g-${found.group.key}`} role="row" aria-rowindex={index(drawn.index + 1)} data-group="" className="grid-row bg-sunken px-4" style={{ ...place, height: GROUP, width: "100%", gridTemplateColumns: "minmax(0, auto) minmax(max-content, 1fr)" }}>
                <div role="rowheader" className="flex min-w-0 items-center gap-2">
                  <span className="truncate font-semibold" title={found.group.label}>
                    {found.group.label}
                  </span>
                  <span className="num text-ink3">{found.group.count}</span>
                </div>
                {(found.group.note !== undefined || found.group.action !== undefined) && (
                  <div role="gridcell" className="sticky right-4 ml-auto flex items-center gap-3 justify-self-end">
                    {found.group.note !== undefined && <span className="text-hint text-ink3">{found.group.note}</span>}
                    {found.group.action !== undefined && (
                      <Button size="xs" onClick={found.group.action.run}>
                        {found.group.action.label}
                      </Button>
                    )}
                  </div>
                )}
              </div>
            );
          }
          const line = (
            <Line
              key={`r-${String(found.row)}`}
              index={found.row}
              row={rowAt(found.row)}
              ariaIndex={index(drawn.index + 1)}
              columns={columns}
              rowLabel={rowLabel}
              template={template}
              start={drawn.start}
              height={rowHeight}
              selected={selected === found.row}
              ticked={ticks?.has(found.row)}
              stop={at.row === found.row ? at.column : -1}
              press={press}
            />
          );
          if (inset === null || found.row !== inset.row) return line;
          return (
            <Fragment key={`r-${String(found.row)}`}>
              {line}
              <div
                role="row"
                aria-rowindex={index(drawn.index + 1)}
                data-inset=""
                className="grid-inset"
                style={{ position: "absolute", top: 0, left: 0, width: "100%", transform: `translateY(${String(drawn.start + rowHeight)}px)`, height: openedHeight }}
              >
                <div role="gridcell" aria-colspan={columnCount} className="h-full">
                  {inset.content}
                </div>
              </div>
            </Fragment>
          );
        })}
      </div>
    </div>
  );
}

interface LineProps<R> {
  /** Number of the row in the table. */
  index: number;
  row: R | undefined;
  ariaIndex: number;
  columns: readonly Column<R>[];
  rowLabel: (row: R) => string;
  template: string;
  start: number;
  height: number;
  selected: boolean;
  /** Nothing in a table without ticks. */
  ticked: boolean | undefined;
  /** The column that is the table's tab stop, when this row has it. */
  stop: number;
  press: Press;
}

/** A press on a cell by its number, on the tick, or twice on the row; `ranged` with Shift. */
type Press = (row: number, part: number | "tick" | "open", ranged: boolean) => void;

/** One row. Drawn anew only when something of it changes: while the table scrolls, only rows that come into view are. */
const Line = memo(function Line<R>({ index, row, ariaIndex, columns, rowLabel, template, start, height, selected, ticked, stop, press }: LineProps<R>) {
  const { t } = useWords("kit");
  const first = ticked === undefined ? 0 : 1;
  return (
    <div
      role="row"
      aria-rowindex={ariaIndex}
      aria-selected={selected}
      aria-label={row === undefined ? t("loading") : rowLabel(row)}
      aria-busy={row === undefined || undefined}
      data-ticked={ticked || undefined}
      className="grid-row grid-line px-2"
      style={{ transform: `translateY(${String(start)}px)`, height, gridTemplateColumns: template }}
      onDoubleClick={() => press(index, "open", false)}
    >
      {ticked !== undefined && (
        <div role="gridcell" aria-colindex={1} tabIndex={stop === 0 ? 0 : -1} data-cell={`${String(index)}:0`} className="grid-cell justify-center" onClick={(event) => press(index, "tick", event.shiftKey)}>
          <span aria-hidden className="pointer-events-none grid place-items-center">
            <TickBox on={ticked} />
          </span>
          <span className="sr-only">{ticked ? t("grid.ticked") : t("grid.notTicked")}</span>
        </div>
      )}
      {columns.map((column, position) => {
        const number = position + first;
        return (
          <div
            key={column.key}
            role="gridcell"
            aria-colindex={number + 1}
            tabIndex={stop === number ? 0 : -1}
            data-cell={`${String(index)}:${String(number)}`}
            className={cx("grid-cell", column.align === "right" && "num justify-end")}
            onClick={() => press(index, number, false)}
          >
            {row === undefined ? <span aria-hidden className="h-2.5 w-2/3 rounded-badge bg-sel" /> : <span className={cx("-mx-1.5 min-w-0 truncate px-1.5", column.align !== "right" && "flex-1")}>{column.cell(row, index)}</span>}
          </div>
        );
      })}
    </div>
  );
}) as <R>(props: LineProps<R>) => ReactNode;

/** A function that stays the same and always does what the newest one would. */
function useLatest<A extends unknown[]>(newest: (...arguments_: A) => void): (...arguments_: A) => void {
  const held = useRef(newest);
  useLayoutEffect(() => {
    held.current = newest;
  });
  return useCallback((...arguments_: A) => held.current(...arguments_), []);
}

const LEAST = 60;
const MOST = 640;

/** The edge of a column head: dragged by the pointer, moved by arrow keys. */
function Edge({ label, width, scale, onResize }: { label: string; width: number; scale: number; onResize: (width: number) => void }) {
  const to = (next: number) => onResize(Math.max(LEAST, Math.min(MOST, Math.round(next))));
  return (
    <span
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={width}
      aria-valuemin={LEAST}
      aria-valuemax={MOST}
      tabIndex={0}
      className="grid-edge"
      onKeyDown={(event) => {
        if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
        event.preventDefault();
        event.stopPropagation();
        to(width + (event.key === "ArrowLeft" ? -16 : 16));
      }}
      onPointerDown={(event) => {
        event.preventDefault();
        const edge = event.currentTarget;
        const from = event.clientX;
        edge.setPointerCapture(event.pointerId);
        edge.onpointermove = (move) => to(width + (move.clientX - from) / scale);
        edge.onpointerup = () => (edge.onpointermove = null);
      }}
    />
  );
}

const NO_GROUPS: readonly Group[] = [];

/** Drawn like a checkbox; the cell around it is what is focused and pressed. */
function TickBox({ on }: { on: boolean }) {
  return (
    <span className="check" data-state={on ? "checked" : "unchecked"}>
      {on && (
        <svg width="12" height="12" viewBox="0 0 12 12" fill="none" stroke="currentColor" strokeWidth="2">
          <path d="M2.5 6.2 5 8.6l4.5-5" />
        </svg>
      )}
    </span>
  );
}
