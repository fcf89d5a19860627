/** One client: what waits for the person, what would change, and what comes in, field by field. */
import { ChevronDown, ChevronRight, ChevronUp, X } from "lucide-react";
import { Link } from "@tanstack/react-router";
import { type RefObject, useState } from "react";

import type { UnitView } from "@/api";
import { useValues } from "@/app";
import { useFormat, useMessage, useWords } from "@/i18n";
import { ButtonLink, CoupleName, IconButton } from "@/kit";

import { type Answer, type Choosable, type Draft } from "./choices";
import { StatusBadge } from "./columns";
import { FieldChoice } from "./FieldChoice";
import { dayOf, useProblem } from "./words";

interface UnitPanelProps {
  unit: UnitView;
  crm: string;
  connection: string;
  choices: readonly Choosable[];
  draft: Draft;
  onAnswer: (choice: Choosable, answer: Answer) => void;
  /** Which of those that need a decision; nothing for the others. */
  place: { at: number; of: number } | null;
  onStep: (by: -1 | 1) => void;
  onClose: () => void;
  box: RefObject<HTMLDivElement | null>;
}

export function UnitPanel({ unit, crm, connection, choices, draft, onAnswer, place, onStep, onClose, box }: UnitPanelProps) {
  const { t } = useWords("review");
  const format = useFormat();
  const values = useValues();
  const problem = useProblem();
  const { venue, appointment } = unit.summary;
  const date = dayOf(unit.summary);
  const where = [date === null ? null : format.longDate(date), appointment?.time ?? null, venue].filter((part) => part !== null).join(", ");
  const needs = choices.filter((choice) => choice.needs);
  const first = needs[0];
  const says = first === undefined ? null : first.problem === null ? t("panel.conflict") : problem(first.problem.message);
  const heading = unit.state === "rejected" || unit.kind === "skipped" ? "left_out" : unit.state === "done" ? "in_wedsync" : unit.state === "refused" ? "refused" : unit.state === "approved" || unit.state === "applied" ? "approved" : "ready";
  return (
    <div ref={box} className="flex flex-col">
      <div className="border-b border-line px-5 pb-4 pt-3.5">
        <div className="mb-2 flex items-center gap-1 max-wide:pr-10">
          <StatusBadge row={{ kind: unit.kind, state: unit.state, heading }} />
          <span className="flex-1" />
          {place !== null && <span className="num mr-1 text-hint text-ink2">{t("panel.place", { at: format.number(place.at), of: format.number(place.of) })}</span>}
          <IconButton icon={ChevronUp} size="sm" label={t("previous")} onClick={() => onStep(-1)} />
          <IconButton icon={ChevronDown} size="sm" label={t("next")} onClick={() => onStep(1)} />
          <span className="max-wide:hidden">
            <IconButton icon={X} size="sm" label={t("close")} onClick={onClose} />
          </span>
        </div>
        <h2 className="text-[1.3125rem] leading-7">
          <CoupleName names={unit.summary.names} as="subject" />
        </h2>
        {(where !== "" || says !== null) && <p className="mt-1 text-hint text-ink3">{[where, says].filter(Boolean).join(". ")}</p>}
      </div>
      <div className="flex flex-col gap-5 px-5 py-4">
        {unit.kind === "duplicate" && (
          <section>
            <p className="mb-2">{t("panel.duplicate", { count: unit.candidates.length })}</p>
            <ButtonLink>
              <Link to="/duplicates" search={{ connection, client: unit.seq }}>
                {t("panel.compare")}
              </Link>
            </ButtonLink>
          </section>
        )}
        {choices.map((choice) => (
          <FieldChoice key={choice.id} choice={choice} crm={crm} answer={draft.get(choice.id)} onAnswer={(answer) => onAnswer(choice, answer)} />
        ))}
        <Answers unit={unit} />
        <Comes unit={unit} record={values.record} />
      </div>
    </div>
  );
}

/** What was answered earlier and can still be seen. */
function Answers({ unit }: { unit: UnitView }) {
  const { t } = useWords("review");
  const values = useValues();
  const held = (unit.resolution ?? {}) as { values?: Record<string, Record<string, unknown>>; create_anyway?: boolean; link_to?: string };
  const given = Object.values(held.values ?? {}).flatMap((fields) => Object.entries(fields));
  if (given.length === 0 && held.create_anyway !== true && held.link_to === undefined) return null;
  return (
    <section>
      <h3 className="mb-1 font-semibold">{t("panel.answered")}</h3>
      <ul className="flex flex-col gap-1 text-ink2">
        {held.create_anyway === true && <li>{t("panel.own")}</li>}
        {held.link_to !== undefined && <li>{t("panel.linked")}</li>}
        {given.map(([field, value], index) => (
          <li key={index}>{t("panel.answer", { field: values.field(field), value: values.text(value) ?? t("missing") })}</li>
        ))}
      </ul>
    </section>
  );
}

/** Records that come in, folded by sort; each with its fields. */
function Comes({ unit, record }: { unit: UnitView; record: (type: string) => string }) {
  const { t } = useWords("review");
  const values = useValues();
  const say = useMessage();
  const [open, setOpen] = useState(false);
  const filled = unit.ops.filter((op) => Object.keys(op.after).length > 0);
  if (filled.length === 0) return null;
  const created = unit.ops.filter((op) => op.kind === "create").length;
  return (
    <section className="border-t border-line pt-3">
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)} className="flex min-h-8 w-full items-center gap-2 rounded-cell text-left text-ink2">
        {open ? <ChevronDown size={14} aria-hidden /> : <ChevronRight size={14} aria-hidden />}
        {created > 0 ? t("panel.comes", { count: created }) : t("panel.fields", { count: filled.reduce((sum, op) => sum + Object.keys(op.after).length, 0) })}
      </button>
      {open &&
        filled.map((op) => (
          <div key={op.hash} className="mt-3">
            <h3 className="flex items-baseline justify-between gap-3 font-semibold">
              {record(op.record_type)}
              <span className="text-hint font-normal text-ink3">{say(op.reason)}</span>
            </h3>
            <dl className="mt-1 grid grid-cols-[minmax(88px,2fr)_3fr] gap-x-3 gap-y-1">
              {Object.entries(op.after)
                .filter(([field, value]) => !field.endsWith("_id") && field !== "html" && values.text(value) !== null)
                .map(([field, value]) => (
                  <div key={field} className="contents">
                    <dt className="text-ink3">{values.field(field)}</dt>
                    <dd className="min-w-0 break-words">{values.text(value)}</dd>
                  </div>
                ))}
            </dl>
          </div>
        ))}
    </section>
  );
}
