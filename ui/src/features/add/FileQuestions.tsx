/** What files cannot tell and a person can: which comes first in a date, pounds or pence, which country. */
import { CircleHelp } from "lucide-react";

import type { FileQuestion } from "@/api";
import { useFormat, useMessage, useWords } from "@/i18n";
import { RadioGroup, Select } from "@/kit";

import { answerOf, type Answers, keyOf } from "./files-model";

/** Countries that are offered first come first; the rest of the world by its name. */
const COUNTRIES = ["GB", "IE", "US", "CA", "AU", "NZ", "ZA", "FR", "DE", "ES", "IT", "PT", "NL", "BE", "CH", "AT", "DK", "SE", "NO", "FI", "PL", "CZ", "GR", "CY", "MT", "IN", "SG", "AE", "MX", "BR"] as const;

interface FileQuestionsProps {
  questions: readonly FileQuestion[];
  answers: Answers;
  onAnswer: (question: FileQuestion, answer: string) => void;
}

export function FileQuestions({ questions, answers, onAnswer }: FileQuestionsProps) {
  return (
    <>
      {questions.map((question) => (
        <One key={keyOf(question)} question={question} value={answerOf(question, answers)} onAnswer={(answer) => onAnswer(question, answer)} />
      ))}
    </>
  );
}

function One({ question, value, onAnswer }: { question: FileQuestion; value: string | null; onAnswer: (answer: string) => void }) {
  const { t, i18n } = useWords("add");
  const say = useMessage();
  const format = useFormat();
  const sentence = say(question.message);
  // The names of answers come from the program at run time: their type cannot be known here.
  const label = (name: string): string => {
    const key = `files.answer.${question.decision}.${name}`;
    const translate = i18n.t as unknown as (key: string, options: Record<string, unknown>) => string;
    return i18n.exists(key, { ns: "add" }) ? translate(key, { ns: "add" }) : name;
  };
  const countries = new Intl.DisplayNames([i18n.language], { type: "region" });
  const free = question.answers.length === 0;
  return (
    <section className="rounded-card border border-warn-line bg-warn-soft p-4">
      <h2 className="mb-1 flex items-start gap-2 font-semibold">
        <CircleHelp size={17} className="mt-px flex-none text-warn" aria-hidden />
        <span className="min-w-0 break-words">{sentence}</span>
      </h2>
      {question.samples.length > 1 && <p className="num mb-2 text-hint text-ink2 break-words">{t("files.samples", { samples: format.list(question.samples.slice(0, 4).map((sample) => `“${sample}”`)) })}</p>}
      {free ? (
        <div className="max-w-72">
          <Select
            label={sentence}
            labelHidden
            value={value ?? undefined}
            placeholder={t("files.country")}
            choices={[...new Set([...(question.assumed === null ? [] : [question.assumed]), ...COUNTRIES])].map((code) => ({ value: code, label: countries.of(code) ?? code }))}
            onChange={onAnswer}
          />
        </div>
      ) : (
        <RadioGroup label={sentence} value={value ?? undefined} onChange={onAnswer} choices={question.answers.map((name) => ({ value: name, label: label(name) }))} />
      )}
      {question.assumed === null && value === null && <p className="mt-1 text-hint text-ink2">{t("files.wait")}</p>}
    </section>
  );
}
