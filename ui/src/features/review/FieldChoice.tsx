/** One field with two versions: the rule that decided, two option cards, the result, which can be typed over. */
import { CornerDownRight, MessageCircleQuestion, Pencil } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useId, useState } from "react";

import { useValues } from "@/app";
import { useMessage, useWords } from "@/i18n";
import { IconButton, Input } from "@/kit";

import { type Answer, type Choosable, difference } from "./choices";
import { SAME_AS } from "./decisions";
import { Likely } from "./Fix";
import { useProblem } from "./words";

interface FieldChoiceProps {
  choice: Choosable;
  crm: string;
  answer: Answer | undefined;
  onAnswer: (answer: Answer) => void;
}

export function FieldChoice({ choice, crm, answer, onAnswer }: FieldChoiceProps) {
  const { t } = useWords("review");
  const say = useMessage();
  const values = useValues();
  const id = useId();
  const waits = choice.needs && answer === undefined;
  const rule = answer !== undefined ? t("panel.yours") : waits ? t("panel.needsYou") : choice.rule === "kept" ? t("panel.kept") : choice.rule === null ? null : say(choice.rule);
  return (
    <section role="group" aria-labelledby={`${id}-name`}>
      <div className="mb-1.5 flex items-baseline justify-between gap-3">
        <h3 id={`${id}-name`} className="font-semibold">
          {values.field(choice.field)}
          {choice.recordType !== "person" && choice.recordType !== "project" && <span className="font-normal text-ink3">{` · ${values.record(choice.recordType)}`}</span>}
        </h3>
        {rule !== null && <span className={`text-hint ${waits ? "font-semibold text-warn" : "text-ink3"}`}>{rule}</span>}
      </div>
      {choice.problem === null ? <Sides choice={choice} crm={crm} answer={answer} onAnswer={onAnswer} /> : <Broken choice={choice} answer={answer} onAnswer={onAnswer} />}
      <Result choice={choice} answer={answer} onAnswer={onAnswer} waits={waits} />
    </section>
  );
}

function Sides({ choice, crm, answer, onAnswer }: FieldChoiceProps) {
  const { t } = useWords("review");
  const values = useValues();
  const chosen = answer === undefined ? choice.stands : answer.kind === "value" ? answer.side : null;
  const [mine, other] = [values.text(choice.crm) ?? "", values.text(choice.wedsync) ?? ""];
  const pick = (side: "crm" | "wedsync") => {
    if (choice.editable && choice[side] !== undefined) onAnswer({ kind: "value", value: choice[side], side });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (!event.key.startsWith("Arrow")) return;
    event.preventDefault();
    const cards = [...event.currentTarget.querySelectorAll<HTMLElement>("[role=radio]")];
    const next = cards[(cards.indexOf(document.activeElement as HTMLElement) + 1) % cards.length];
    next?.focus();
  };
  const sides = [
    { side: "crm" as const, who: crm, text: <Different text={mine} other={other} kept={chosen !== "wedsync"} />, blank: mine === "" },
    {
      side: "wedsync" as const,
      who: t("wedsync"),
      text: choice.wedsync === undefined ? t("panel.ownValue") : <Different text={other} other={mine} kept={chosen !== "crm"} />,
      blank: choice.wedsync !== undefined && other === "",
    },
  ];
  return (
    <div role="radiogroup" aria-label={values.field(choice.field)} className="grid gap-2 wide:grid-cols-2" onKeyDown={onKeyDown}>
      {sides.map(({ side, who, text, blank }, index) => (
        <button
          key={side}
          type="button"
          role="radio"
          aria-checked={chosen === side}
          aria-disabled={!choice.editable || undefined}
          tabIndex={chosen === side || (chosen === null && index === 0) ? 0 : -1}
          className="option"
          onClick={() => pick(side)}
        >
          <span className="who">
            <span className="dot" aria-hidden />
            {who}
          </span>
          <span className="min-w-0 break-words">{blank ? <span className="text-ink3">{t("missing")}</span> : text}</span>
        </button>
      ))}
    </div>
  );
}

/** Text with what differs marked: tinted and underlined where it comes, struck through where it goes. */
function Different({ text, other, kept }: { text: string; other: string; kept: boolean }): ReactNode {
  if (other === "" || text === other) return text;
  const { before, changed, after } = difference(text, other);
  return (
    <>
      {before}
      {kept ? <ins className="bg-pri-soft text-pri underline underline-offset-2">{changed}</ins> : <del className="text-ink3">{changed}</del>}
      {after}
    </>
  );
}

function Broken({ choice, answer, onAnswer }: { choice: Choosable; answer: Answer | undefined; onAnswer: (answer: Answer) => void }) {
  const { t } = useWords("review");
  const say = useProblem();
  const problem = choice.problem;
  if (problem === null) return null;
  return (
    <div className="flex flex-col gap-2">
      <p>
        <span className="cell-mark ml-0" data-mark="problem">
          <span className="squiggle">{problem.found === "" ? t("emptyCell") : problem.found}</span>
        </span>
        <span className="ml-2 text-hint text-bad">{say(problem.message)}</span>
      </p>
      <Likely problem={problem} onAnswer={onAnswer} chosen={answer} />
    </div>
  );
}

/** What it would be: still in pencil. */
function Result({ choice, answer, onAnswer, waits }: Omit<FieldChoiceProps, "crm"> & { waits: boolean }) {
  const { t } = useWords("review");
  const values = useValues();
  const [typing, setTyping] = useState<string | null>(null);
  const now =
    answer === undefined
      ? choice.stands === "crm"
        ? values.text(choice.crm)
        : choice.wedsync === undefined
          ? t("panel.ownValue")
          : values.text(choice.wedsync)
      : answer.kind === "text"
        ? answer.text
        : answer.kind === "value"
          ? values.text(answer.value)
          : null;
  if (typing !== null) {
    const done = () => {
      onAnswer(typing.trim() === "" ? { kind: "without" } : { kind: "text", text: typing });
      setTyping(null);
    };
    return (
      <form
        className="mt-2"
        onSubmit={(event) => {
          event.preventDefault();
          done();
        }}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.stopPropagation();
          setTyping(null);
        }}
      >
        <Input autoFocus labelHidden label={t("panel.type", { field: values.field(choice.field) })} value={typing} onChange={(event) => setTyping(event.target.value)} onBlur={done} />
      </form>
    );
  }
  // Who somebody is can be chosen, not typed.
  const pen = choice.editable && choice.field !== SAME_AS && (
    <IconButton data-type="" icon={Pencil} size="xs" label={t("panel.type", { field: values.field(choice.field) })} onClick={() => setTyping(now ?? choice.problem?.found ?? "")} />
  );
  if (waits) {
    return (
      <p className="mt-2 flex min-h-[30px] items-center gap-2 rounded-inset border border-warn-line bg-warn-soft py-0.5 pl-2.5 pr-1 text-warn">
        <MessageCircleQuestion size={14} aria-hidden />
        <span className="flex-1">{choice.problem === null ? t("panel.pick") : t("panel.fix")}</span>
        {pen}
      </p>
    );
  }
  return (
    <p className="result-line mt-2">
      <CornerDownRight size={14} className="flex-none text-ink3" aria-hidden />
      <span className="text-hint text-ink3">{t("panel.result")}</span>
      <span className="min-w-0 flex-1 break-words">{now ?? <span className="text-ink3">{t("missing")}</span>}</span>
      {pen}
    </p>
  );
}
