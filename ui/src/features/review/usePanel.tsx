/** The panel beside the table: which client is open, what was drafted for it, and the keys that decide and go on. */
import { type RefObject, useRef, useState } from "react";

import { type ConnectionView, type ReviewRow, useRead } from "@/api";
import { Loaded, type PageProps, TroublePanel, useShortcuts } from "@/app";
import { useFormat, useWords } from "@/i18n";
import { Button, type GridHandle, useAnnounce } from "@/kit";

import { allFrom, type Answer, type Choosable, choosable, decisionsOf, type Draft, unanswered } from "./choices";
import { type Decisions, SAME_AS } from "./decisions";
import type { Rows } from "./rows";
import { UnitPanel } from "./UnitPanel";

interface PanelUse {
  connection: ConnectionView;
  rows: Rows;
  decisions: Decisions;
  list: RefObject<HTMLDivElement | null>;
  grid: RefObject<GridHandle | null>;
  disabled: boolean;
  narrow: boolean;
}

interface Panel {
  page: PageProps["panel"];
  /** The row of the table that is open. */
  index: number | null;
  open: (index: number) => void;
  /** Opens, and moves the focus in. */
  enter: (index: number) => void;
  close: () => void;
}

const NONE: Draft = new Map();

export function usePanel({ connection, rows, decisions, list, grid, disabled, narrow }: PanelUse): Panel {
  const { t } = useWords("review");
  const format = useFormat();
  const announce = useAnnounce();
  const [row, setRow] = useState<ReviewRow | null>(null);
  const [draft, setDraft] = useState<Draft>(NONE);
  const box = useRef<HTMLDivElement>(null);
  const seq = disabled ? null : (row?.seq ?? null);
  const unit = useRead("review.unit", { connection_id: connection.id, seq: seq ?? 0 }, { enabled: seq !== null });
  const index = seq === null ? null : rows.indexOf(seq);
  const waiting = rows.parts[0]?.key === "waiting" ? rows.parts[0].total : 0;

  const show = (next: ReviewRow | null) => {
    decisions.clear();
    setDraft(NONE);
    setRow(next);
  };
  const open = (at: number) => {
    const next = rows.at(at);
    if (next !== undefined && next.seq !== seq) show(next);
  };
  const enter = (at: number) => {
    open(at);
    // Once its content stands there.
    requestAnimationFrame(() => box.current?.querySelector<HTMLElement>("[role=radio][tabindex='0'], [data-likely] button, button")?.focus());
  };
  const close = () => {
    if (index !== null) grid.current?.focusRow(index);
    show(null);
  };
  /** The next or previous client that needs a decision, round and round. */
  const step = (by: -1 | 1) => {
    if (waiting === 0) return;
    const from = index === null || index >= waiting ? (by === 1 ? -1 : 0) : index;
    const to = (from + by + waiting) % waiting;
    if (narrow) open(to);
    else grid.current?.focusRow(to);
  };

  const data = seq !== null && unit.data?.seq === seq ? unit.data : undefined;
  const choices = data === undefined ? [] : choosable(data);
  const missing = unanswered(choices, draft);
  const answer = (choice: Choosable, given: Answer) => setDraft((before) => new Map(before).set(choice.id, given));
  const names = row === null ? "" : format.list(row.summary.names);

  const after = (current: ReviewRow) => {
    const at = index ?? 0;
    const candidates = at < waiting ? [rows.at(at + 1), rows.at(0)] : [rows.at(at + 1)];
    return candidates.find((next) => next !== undefined && next.seq !== current.seq && (at >= waiting || next.heading === "waiting")) ?? null;
  };
  const keep = async () => {
    if (row === null || missing.length > 0 || decisions.busy) return;
    const next = after(row);
    const given = decisionsOf(choices, draft);
    if (given.length > 0 && !(await decisions.decide(row.seq, given, t("did.one", { names })))) return;
    if (given.length > 0) announce(t("kept", { names }));
    // Where it was said who somebody is, rows have other numbers now.
    show(choices.some((choice) => choice.field === SAME_AS && draft.has(choice.id)) ? null : next);
  };
  const decide = async (kind: "reject" | "reopen") => {
    if (row === null) return;
    const next = after(row);
    if (!(await decisions.decide(row.seq, [{ kind }], t(kind === "reject" ? "did.reject" : "did.reopen", { names })))) return;
    announce(t(kind === "reject" ? "did.reject" : "did.reopen", { names }));
    show(next);
  };
  const firstOf = (side: "crm" | "wedsync") => {
    const choice = missing.find((each) => each.problem === null) ?? choices.find((each) => each.problem === null && each.editable);
    if (choice !== undefined && choice[side] !== undefined) answer(choice, { kind: "value", value: choice[side], side });
  };
  const digit = (at: number) => {
    const problem = missing[0]?.problem ?? null;
    const first = missing[0];
    if (problem === null || first === undefined) {
      if (at === 1 || at === 2) firstOf(at === 1 ? "crm" : "wedsync");
    } else if (at === 0 && !problem.required_by_wedsync) answer(first, { kind: "without" });
    else if (at > 0 && problem.fixes[at - 1] !== undefined) answer(first, { kind: "value", value: problem.fixes[at - 1], side: "fix" });
  };

  const shown = seq !== null;
  useShortcuts(t("shortcuts"), [
    { keys: "j", label: t("next"), run: () => step(1), within: list, disabled },
    { keys: "k", label: t("previous"), run: () => step(-1), within: list, disabled },
    { keys: "mod+enter", label: t("keepNext"), run: () => void keep(), disabled: !shown },
    { keys: "escape", label: t("close"), run: close, disabled: !shown || narrow },
  ]);
  useShortcuts(t("shortcuts"), [
    { keys: "1", label: t("key.1"), run: () => digit(1), disabled: !shown },
    { keys: "2", label: t("key.2"), run: () => digit(2), disabled: !shown },
    { keys: "0", label: t("key.0"), run: () => digit(0), disabled: !shown },
    { keys: "e", label: t("typeOwn"), run: () => box.current?.querySelector<HTMLElement>("[data-type]")?.click(), disabled: !shown },
  ]);

  const sides = choices.filter((choice) => choice.problem === null && choice.editable);
  const leftOut = row?.heading === "left_out";
  const place = index !== null && index < waiting ? { at: index + 1, of: waiting } : null;
  const page: PageProps["panel"] = !shown
    ? undefined
    : {
        title: t("panel.title", { names }),
        below: true,
        onClose: close,
        content: (
          <Loaded query={unit} rows={8}>
            {(loaded) =>
              loaded.seq !== seq ? null : (
                <>
                  <UnitPanel unit={loaded} crm={connection.name} connection={connection.id} choices={choices} draft={draft} onAnswer={answer} place={place} onStep={step} onClose={close} box={box} />
                  {decisions.error !== null && (
                    <div className="px-5 pb-4">
                      <TroublePanel error={decisions.error} />
                    </div>
                  )}
                </>
              )
            }
          </Loaded>
        ),
        footer: (
          <>
            {sides.length > 1 && !narrow ? (
              <>
                <Button size="sm" onClick={() => setDraft(allFrom(choices, "crm", draft))}>
                  {t("allFrom", { crm: connection.name })}
                </Button>
                <Button size="sm" onClick={() => setDraft(allFrom(choices, "wedsync", draft))}>
                  {t("allFrom", { crm: t("wedsync") })}
                </Button>
              </>
            ) : (
              <Button size="sm" busy={decisions.busy} onClick={() => void decide(leftOut ? "reopen" : "reject")}>
                {t(leftOut ? "bringIn" : "leaveOut")}
              </Button>
            )}
            <span className="flex-1 max-wide:hidden" />
            <Button look="primary" size="sm" busy={decisions.busy} unavailable={missing.length > 0 && t("panel.waits", { count: missing.length })} onClick={() => void keep()}>
              {t(draft.size > 0 || missing.length > 0 ? "keepNext" : "next")}
            </Button>
          </>
        ),
      };
  return { page, index, open, enter, close };
}
