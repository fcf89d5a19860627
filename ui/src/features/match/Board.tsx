/** The two sides and the lines between them: by drag, by two clicks, or by keyboard. */
import { DndContext, DragOverlay, PointerSensor, useDraggable, useDroppable, useSensor, useSensors } from "@dnd-kit/core";
import { AtSign, Calendar, Check, CircleAlert, Clock, EllipsisVertical, GripVertical, Hash, House, List, type LucideIcon, Phone, PoundSterling, ToggleLeft, TriangleAlert, Type, WandSparkles } from "lucide-react";
import { type KeyboardEvent, useRef, useState } from "react";

import { useWords } from "@/i18n";
import { CrmMark, cx, IconButton, Menu, useAnnounce, WedSyncMark } from "@/kit";

import { faultsAt, type Work } from "./Desk";
import { FaultLine } from "./FaultLine";
import { type Match, sample, valueAt } from "./model";
import type { FieldType } from "./targets";
import { useFieldWords } from "./words";

const ICONS: Record<FieldType, LucideIcon> = {
  text: Type, email: AtSign, phone: Phone, date: Calendar, date_time: Clock, number: Hash, boolean: ToggleLeft, money: PoundSterling, json: House, array: List,
};
/** Row and gap, in rem, so that larger text has larger rows and the lines still meet them. */
const PITCH = 2.875;
const MIDDLE = 1.25;

export function Board({ work }: { work: Work }) {
  const { t } = useWords("match");
  const announce = useAnnounce();
  const [picked, setPicked] = useState<string | null>(null);
  const [dragged, setDragged] = useState<string | null>(null);
  const [active, setActive] = useState({ left: 0, right: 0 });
  const board = useRef<HTMLDivElement>(null);
  const sensors = useSensors(useSensor(PointerSensor, { activationConstraint: { distance: 6 } }));
  const { left, right, matches } = work;

  const focus = (side: "left" | "right", index: number) => {
    const to = Math.min(Math.max(index, 0), (side === "left" ? left : right).length - 1);
    setActive((now) => ({ ...now, [side]: to }));
    board.current?.querySelector<HTMLElement>(`[data-side="${side}"][data-row="${String(to)}"]`)?.focus();
  };
  const pick = (source: string) => {
    setPicked(source);
    announce(t("pick.up", { source: work.label(source) }));
  };
  const putBack = () => {
    if (picked === null) return;
    announce(t("drop.cancelled", { source: work.label(picked) }));
    setPicked(null);
    focus("left", left.indexOf(picked));
  };
  const drop = (field: string) => {
    if (picked !== null) work.match(picked, field);
    setPicked(null);
  };
  const chooseSource = (source: string) => {
    const match = matches.find((each) => each.source === source);
    work.choose(match === undefined ? { source } : { field: match.field });
    if (match === undefined) pick(source);
    else setPicked(null);
  };
  const walk = (event: KeyboardEvent, side: "left" | "right", index: number) => {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    const source = left[index];
    if (event.key === "ArrowDown") focus(side, index + 1);
    else if (event.key === "ArrowUp") focus(side, index - 1);
    else if (event.key === "Escape" && picked !== null) putBack();
    else if (side === "left" && event.key === " " && source !== undefined) pick(source);
    else if (side === "left" && event.key === "ArrowRight" && source !== undefined) {
      // Where it goes already, else the first field that nothing fills.
      const goes = right.findIndex((field) => matches.some((match) => match.field === field && match.source === source));
      const free = right.findIndex((field) => !matches.some((match) => match.field === field));
      focus("right", picked !== null && free >= 0 ? free : goes >= 0 ? goes : active.right);
    } else if (side === "right" && event.key === "ArrowLeft") focus("left", picked !== null ? left.indexOf(picked) : active.left);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const lit = (match: Match) => work.chosen !== null && "field" in work.chosen && work.chosen.field === match.field;
  const rows = Math.max(left.length, right.length);
  const lines = matches.flatMap((match) => {
    const from = match.source === null ? -1 : left.indexOf(match.source);
    const to = right.indexOf(match.field);
    return from < 0 || to < 0 ? [] : [{ match, from, to }];
  });
  return (
    <DndContext
      sensors={sensors}
      accessibility={{ announcements: QUIET, screenReaderInstructions: { draggable: "" } }}
      onDragStart={({ active: started }) => {
        setDragged(String(started.id));
        setPicked(null);
      }}
      onDragCancel={() => setDragged(null)}
      onDragEnd={({ active: ended, over }) => {
        setDragged(null);
        if (over !== null) work.match(String(ended.id), String(over.id));
        else announce(t("drop.cancelled", { source: work.label(String(ended.id)) }));
      }}
    >
      <div ref={board} className="min-w-[640px] px-6 pb-4">
        <div className="sticky top-0 z-20 grid h-9 grid-cols-[minmax(0,32fr)_minmax(0,23fr)_minmax(0,33fr)] items-center bg-surface">
          <span className="flex items-center gap-2 font-semibold">
            <CrmMark provider={work.crm.provider} name={work.crm.name} size={18} />
            {work.crm.name}
            <span className="ml-auto text-hint font-normal text-ink3">{t("column.fields", { count: left.length })}</span>
          </span>
          <span />
          <span className="flex items-center gap-2 font-semibold">
            <WedSyncMark size={18} />
            {t("wedsync")}
            <span className="ml-auto text-hint font-normal text-ink3">{t("column.fields", { count: right.length })}</span>
          </span>
        </div>
        <div className="grid grid-cols-[minmax(0,32fr)_minmax(0,23fr)_minmax(0,33fr)]">
          <ul aria-label={t("source", { crm: work.crm.name })}>
            {left.map((path, index) => (
              <SourceRow
                key={path}
                work={work}
                path={path}
                index={index}
                active={active.left === index}
                state={picked === path || dragged === path ? "picked" : "still"}
                onChoose={() => chooseSource(path)}
                onKeys={(event) => walk(event, "left", index)}
                onFocus={() => setActive((now) => ({ ...now, left: index }))}
              />
            ))}
          </ul>
          <div className="relative" style={{ height: `${String(rows * PITCH)}rem` }}>
            <svg aria-hidden className="absolute inset-0 size-full overflow-visible" viewBox={`0 0 100 ${String(rows * PITCH)}`} preserveAspectRatio="none">
              {lines.map(({ match, from, to }) => {
                const [y1, y2] = [from * PITCH + MIDDLE, to * PITCH + MIDDLE];
                return (
                  <path
                    key={`${match.source ?? ""} ${match.field} ${String(match.confirmed)}`}
                    d={`M0 ${String(y1)} C 45 ${String(y1)} 55 ${String(y2)} 100 ${String(y2)}`}
                    fill="none"
                    vectorEffect="non-scaling-stroke"
                    data-line={match.confirmed ? "ink" : "pencil"}
                    className={cx("match-line", lit(match) && "match-lit")}
                  />
                );
              })}
            </svg>
            {lines.map(({ match, from, to }) => (
              <Chip key={`${match.source ?? ""} ${match.field}`} work={work} match={match} lit={lit(match)} top={((from + to) / 2) * PITCH + MIDDLE} />
            ))}
          </div>
          <ul aria-label={t("wedsync")}>
            {right.map((field, index) => (
              <TargetRow
                key={field}
                work={work}
                field={field}
                index={index}
                active={active.right === index}
                open={picked !== null || dragged !== null}
                onChoose={() => (picked === null ? work.choose({ field }) : drop(field))}
                onKeys={(event) => walk(event, "right", index)}
                onFocus={() => setActive((now) => ({ ...now, right: index }))}
              />
            ))}
          </ul>
        </div>
      </div>
      <DragOverlay dropAnimation={null}>
        {dragged !== null && (
          <div className="flex h-10 -rotate-1 items-center gap-3 rounded-inset border-2 border-pri bg-card px-3 shadow-dialog">
            <GripVertical size={16} className="text-pri" aria-hidden />
            <span>{work.label(dragged)}</span>
            <span className="ml-auto truncate text-ink2">{sample(valueAt(work.kind, work.documents[work.client], dragged))}</span>
          </div>
        )}
      </DragOverlay>
    </DndContext>
  );
}

/** Our own live region speaks. */
const QUIET = { onDragStart: () => undefined, onDragOver: () => undefined, onDragEnd: () => undefined, onDragCancel: () => undefined };

interface RowProps {
  work: Work;
  index: number;
  active: boolean;
  onChoose: () => void;
  onKeys: (event: KeyboardEvent) => void;
  onFocus: () => void;
}

// Come to by keys, a row stands below the heads that stick.
const ROW = "scroll-mt-11 scroll-mb-2 flex h-10 w-full min-w-0 items-center gap-3 rounded-inset border px-3 text-left";

function SourceRow({ work, path, index, active, state, onChoose, onKeys, onFocus }: RowProps & { path: string; state: "picked" | "still" }) {
  const { t } = useWords("match");
  const words = useFieldWords(work.kind);
  const { setNodeRef, listeners } = useDraggable({ id: path });
  const own = work.matches.filter((match) => match.source === path);
  const first = own[0];
  const type = first === undefined ? "text" : work.target(first.field).type;
  const Icon = ICONS[type];
  const chosen = work.chosen !== null && ("source" in work.chosen ? work.chosen.source === path : own.some((match) => match.field === (work.chosen as { field: string }).field));
  const value = words.value(valueAt(work.kind, work.documents[work.client], path));
  const said =
    first === undefined
      ? t("state.kept")
      : own.map((match) => `${t(match.confirmed ? "state.matched" : "state.suggested", { field: words.field(match.field) })}${match.transforms.map((each) => `, ${words.change(each)}`).join("")}`).join("; ");
  return (
    <li className="group relative mb-1.5">
      <button
        ref={setNodeRef}
        type="button"
        {...listeners}
        data-side="left"
        data-row={index}
        tabIndex={active ? 0 : -1}
        aria-pressed={state === "picked"}
        onClick={onChoose}
        onKeyDown={onKeys}
        onKeyUp={(event) => event.key === " " && event.preventDefault()}
        onFocus={onFocus}
        className={cx(
          ROW,
          "touch-none",
          state === "picked" ? "border-dashed border-pencil bg-canvas text-ink2" : chosen ? "border-pri bg-pri-soft shadow-[inset_0_0_0_1px_var(--pri)]" : first === undefined ? "border-dashed border-pencil bg-surface" : "border-line bg-card",
        )}
      >
        <Icon size={15} className="flex-none text-ink2" aria-hidden />
        <span className="min-w-0 flex-none truncate max-w-[62%]">{work.label(path)}</span>
        <span className="num ml-auto min-w-0 truncate text-hint text-ink2" title={value}>
          {value}
        </span>
        <span className="sr-only">{said}</span>
      </button>
      {first !== undefined && <span aria-hidden className={cx("absolute top-1/2 -right-1 z-10 size-2 -translate-y-1/2 rounded-full border", first.confirmed ? "border-pri bg-pri" : "border-pencil bg-surface")} />}
      <span className="absolute top-1/2 right-1 -translate-y-1/2 rounded-small bg-card opacity-0 focus-within:opacity-100 has-[[data-state=open]]:opacity-100 group-focus-within:opacity-100">
        <Menu
          trigger={<IconButton icon={EllipsisVertical} size="xs" label={t("match.menu", { source: work.label(path) })} tabIndex={active ? 0 : -1} />}
          groups={[work.right.map((field) => ({ key: field, label: words.field(field), onSelect: () => work.match(path, field) })), own.map((match) => ({ key: `-${match.field}`, label: t("remove"), tone: "bad" as const, onSelect: () => work.remove(match) }))].filter((group) => group.length > 0)}
        />
      </span>
    </li>
  );
}

function TargetRow({ work, field, index, active, open, onChoose, onKeys, onFocus }: RowProps & { field: string; open: boolean }) {
  const { t } = useWords("match");
  const words = useFieldWords(work.kind);
  const { setNodeRef, isOver } = useDroppable({ id: field });
  const target = work.target(field);
  const match = work.matches.find((each) => each.field === field);
  const faults = faultsAt(work, field);
  const missing = faults.some((fault) => fault.error === "required_unmapped");
  const bad = faults.some((fault) => fault.severity === "error");
  const chosen = work.chosen !== null && "field" in work.chosen && work.chosen.field === field;
  const said = match === undefined ? t("state.free") : match.source === null ? "" : t(match.confirmed ? "state.from" : "state.suggested_from", { source: work.label(match.source) });
  const rule = match?.index == null ? undefined : work.rules[match.index];
  return (
    <li className="relative mb-1.5">
      {match !== undefined && match.source !== null && (
        <span aria-hidden className={cx("absolute top-5 -left-1 z-10 size-2 -translate-y-1/2 rounded-full border", match.confirmed ? "border-pri bg-pri" : "border-pencil bg-surface")} />
      )}
      <button
        ref={setNodeRef}
        type="button"
        data-side="right"
        data-row={index}
        tabIndex={active ? 0 : -1}
        aria-current={chosen || undefined}
        onClick={onChoose}
        onKeyDown={onKeys}
        onFocus={onFocus}
        className={cx(
          ROW,
          isOver ? "border-dashed border-pri bg-pri-soft" : bad ? "border-bad-line bg-bad-soft" : missing ? "border-warn-line bg-warn-soft" : chosen ? "border-pri bg-pri-soft shadow-[inset_0_0_0_1px_var(--pri)]" : open ? "border-pri-line bg-card" : match === undefined ? "border-line bg-surface" : "border-line bg-card",
        )}
      >
        <span className="min-w-0 truncate">
          {words.field(field)}
          {target.required && <span className="text-hint text-ink2"> {t("required")}</span>}
        </span>
        <span className="ml-auto inline-flex flex-none items-center gap-1.5 text-hint text-ink2">
          {isOver ? (
            <span className="text-pri">{t("drop.here")}</span>
          ) : missing ? (
            <span className="inline-flex items-center gap-1.5 font-[550] text-warn">
              <TriangleAlert size={14} aria-hidden />
              {t("required.needs")}
            </span>
          ) : bad ? (
            <CircleAlert size={15} className="text-bad" aria-hidden />
          ) : match?.source === null ? (
            t("default.is", { value: words.value(rule?.default) })
          ) : (
            t(`type.${target.type}`)
          )}
        </span>
        <span className="sr-only">{said}</span>
        {faults.length > 0 && (
          <span className="sr-only">
            <FaultLine faults={faults} />
          </span>
        )}
      </button>
    </li>
  );
}

/** What stands on a line: the change that is made, how sure we are, and the tick that turns pencil to ink. */
function Chip({ work, match, lit, top }: { work: Work; match: Match; lit: boolean; top: number }) {
  const { t } = useWords("match");
  const words = useFieldWords(work.kind);
    const change = match.transforms.filter((each) => each.kind !== "trim").at(-1) ?? match.transforms[0];
  if (match.confirmed && change === undefined) return null;
  const name = words.field(match.field);
  return (
    <span
      className={cx(
        "absolute left-1/2 z-10 inline-flex h-[22px] max-w-full -translate-x-1/2 -translate-y-1/2 items-stretch overflow-hidden rounded-small border text-hint whitespace-nowrap",
        lit ? "border-pri bg-pri-soft text-pri" : match.confirmed ? "border-line2 bg-card" : "border-dashed border-pencil bg-surface",
      )}
      style={{ top: `${String(top)}rem` }}
    >
      {change !== undefined && (
        <button type="button" tabIndex={-1} className="inline-flex min-w-0 items-center gap-1.5 px-2" onClick={() => work.choose({ field: match.field })}>
          <WandSparkles size={12} className="flex-none" aria-hidden />
          <span className="truncate">{words.change(change)}</span>
        </button>
      )}
      {!match.confirmed && (
        <>
          <span className={cx("inline-flex items-center px-2", change !== undefined && "border-l border-dashed border-pencil")}>
            {match.confidence === null ? t("suggested") : t("sure", { percent: String(Math.round(match.confidence * 100)) })}
          </span>
          <button type="button" tabIndex={-1} aria-label={`${t("accept")}: ${name}`} className="inline-grid w-6 place-items-center border-l border-dashed border-pencil text-pri hover:bg-hover" onClick={() => work.accept(match)}>
            <Check size={13} aria-hidden />
          </button>
        </>
      )}
    </span>
  );
}
