/** A value that cannot be brought in: likely answers on 1, 2, 0, or what the person types. */
import { CornerDownLeft } from "lucide-react";
import { type FormEvent, useEffect, useRef, useState } from "react";

import { type Decision, type ProblemView, useRead } from "@/api";
import { Loaded, TroublePanel, useShortcuts, useValues } from "@/app";
import { useFormat, useWords } from "@/i18n";
import { Button, Checkbox, Input, Kbd } from "@/kit";

import type { Answer } from "./choices";
import { type Decisions, SAME_AS, whoChoice } from "./decisions";
import { useProblem } from "./words";

/** Likely answers and "leave blank"; digits stand for them. */
export function Likely({ problem, onAnswer, chosen }: { problem: ProblemView; onAnswer: (answer: Answer) => void; chosen?: Answer | undefined }) {
  const { t } = useWords("review");
  const values = useValues();
  return (
    <span data-likely="" className="flex flex-wrap items-center gap-2">
      {problem.fixes.slice(0, 9).map((fix, index) => (
        <Button
          key={index}
          aria-pressed={chosen?.kind === "value" && chosen.value === fix}
          onClick={() => onAnswer({ kind: "value", value: fix, side: "fix" })}
        >
          {values.text(fix) ?? t("leaveBlank")}
          <Kbd>{String(index + 1)}</Kbd>
        </Button>
      ))}
      {!problem.required_by_wedsync && (
        <Button look="quiet" aria-pressed={chosen?.kind === "without"} onClick={() => onAnswer({ kind: "without" })}>
          {t("leaveBlank")}
          <Kbd>{"0"}</Kbd>
        </Button>
      )}
    </span>
  );
}

interface FixRowProps {
  connection: string;
  seq: number;
  decisions: Decisions;
  label: string;
  onDone: () => void;
  onSkip: () => void;
}

/** The fix that opens below a row of the table. */
export function FixRow({ connection, seq, ...rest }: FixRowProps) {
  const unit = useRead("review.unit", { connection_id: connection, seq });
  return (
    <Loaded query={unit} rows={1}>
      {(data) => {
        const problem = data.problems[0];
        return problem === undefined ? null : <FixForm key={`${String(seq)}/${problem.record_id}/${problem.field}`} connection={connection} seq={seq} problem={problem} {...rest} />;
      }}
    </Loaded>
  );
}

function FixForm({ connection, seq, problem, decisions, label, onDone, onSkip }: FixRowProps & { problem: ProblemView }) {
  const { t } = useWords("review");
  const values = useValues();
  const format = useFormat();
  const say = useProblem();
  const asksWho = problem.field === SAME_AS;
  const same = useRead("review.same_value", { connection_id: connection, seq, record_id: problem.record_id, field: problem.field }, { enabled: !asksWho });
  const source = same.data?.source ?? null;
  const others = same.data?.others ?? 0;
  const [everywhere, setEverywhere] = useState(false);
  const box = useRef<HTMLFormElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(values.text(problem.fixes[0]) ?? problem.found);
  // The answers take the focus, so that their digits act at once; without any, the field does.
  useEffect(() => (box.current?.querySelector<HTMLElement>("[data-likely] button") ?? input.current)?.focus(), []);

  const answer = (given: Answer) => {
    const place = { record_id: problem.record_id, field: problem.field };
    const value = given.kind === "text" ? given.text : given.kind === "value" ? given.value : null;
    if (asksWho) {
      const choice = whoChoice(value);
      // The rows stand elsewhere afterwards: back to the table, and on from there.
      if (choice !== null) void decisions.who(choice, problem.found).then((taken) => (taken ? onSkip() : undefined));
      return;
    }
    const decision = { kind: "set_value", ...place, value } satisfies Decision;
    const taken = everywhere && source !== null ? decisions.everywhere(seq, decision, source, others) : decisions.decide(seq, [decision], label);
    void taken.then((done) => {
      if (done) onDone();
    });
  };
  const digits = [
    ...problem.fixes.slice(0, 9).map((fix, index) => ({ keys: String(index + 1), label: values.text(fix) ?? "", run: () => answer({ kind: "value", value: fix, side: "fix" }), within: box })),
    ...(problem.required_by_wedsync ? [] : [{ keys: "0", label: t("leaveBlank"), run: () => answer({ kind: "without" }), within: box }]),
  ];
  useShortcuts(t("shortcuts"), digits);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    answer({ kind: "text", text });
  };
  return (
    <form
      ref={box}
      onSubmit={submit}
      className="flex h-full flex-wrap content-center items-end gap-x-4 gap-y-2 overflow-auto px-5 py-3"
      onKeyDown={(event) => {
        if (event.key === "Escape") onSkip();
      }}
    >
      {!asksWho && (
        <div className="w-52">
          <Input ref={input} label={values.field(problem.field)} value={text} onChange={(event) => setText(event.target.value)} autoComplete="off" />
        </div>
      )}
      <div className="flex min-w-[min(10rem,100%)] flex-1 flex-col gap-1.5">
        <p className="text-hint text-ink2">{say(problem.message)}</p>
        <Likely problem={problem} onAnswer={answer} />
        {source !== null && others > 0 && (
          <Checkbox label={t("fix.everywhere", { count: others, number: format.number(others), value: problem.found })} checked={everywhere} onChange={setEverywhere} />
        )}
      </div>
      <Button look="quiet" onClick={onSkip}>
        {t("skip")}
      </Button>
      {!asksWho && (
        <Button type="submit" look="primary" iconAfter={CornerDownLeft} busy={decisions.busy}>
          {t("save")}
        </Button>
      )}
      {decisions.error !== null && (
        <div className="w-full">
          <TroublePanel error={decisions.error} />
        </div>
      )}
    </form>
  );
}
