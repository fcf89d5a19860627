/** The list of changes on a match, each with what can be set on it. Texts are taken when the field is left. */
import { Plus, X } from "lucide-react";
import { useState } from "react";

import { useWords } from "@/i18n";
import { Button, IconButton, Input, Select } from "@/kit";

import type { Transform } from "./model";
import { CHANGES, isChange, type Parameter } from "./transforms";
import { useFieldWords } from "./words";

/** The menu's value for "not set": the program then decides as it was told for the whole CRM. */
const UNSET = "unset";

export function Changes({ transforms, onChange }: { transforms: readonly Transform[]; onChange: (next: Transform[]) => void }) {
  const { t } = useWords("match");
  const words = useFieldWords();
  if (transforms.length === 0) return <p className="text-hint text-ink3">{t("changes.none")}</p>;
  const set = (at: number, name: string, value: unknown) =>
    onChange(
      transforms.map((transform, index) => {
        if (index !== at) return transform;
        const rest = Object.entries(transform).filter(([key]) => key !== name);
        return Object.fromEntries(value === undefined ? rest : [...rest, [name, value]]) as Transform;
      }),
    );
  return (
    <ul aria-label={t("changes")} className="flex flex-col gap-3">
      {transforms.map((transform, at) => (
        <li key={`${transform.kind} ${String(at)}`} className="rounded-inset border border-line bg-card p-3">
          <div className="flex items-center">
            <span className="flex-1 font-semibold">{words.change({ kind: transform.kind })}</span>
            <IconButton icon={X} size="xs" label={t("change.remove", { change: words.change({ kind: transform.kind }) })} onClick={() => onChange(transforms.filter((_, index) => index !== at))} />
          </div>
          {isChange(transform.kind) &&
            (CHANGES[transform.kind] as readonly Parameter[]).map((parameter) => (
              <div key={parameter.name} className="mt-2">
                <Setting parameter={parameter} value={transform[parameter.name]} onChange={(value) => set(at, parameter.name, value)} />
              </div>
            ))}
        </li>
      ))}
    </ul>
  );
}

function Setting({ parameter, value, onChange }: { parameter: Parameter; value: unknown; onChange: (value: unknown) => void }) {
  const { t } = useWords("match");
  const words = useFieldWords();
  const label = words.parameter(parameter.name);
  switch (parameter.as) {
    case "choice":
      return (
        <Select
          label={label}
          value={typeof value === "string" ? value : UNSET}
          choices={[...(parameter.optional ? [{ value: UNSET, label: t("choice.unset") }] : []), ...parameter.choices.map((each) => ({ value: each, label: words.choice(each) }))]}
          onChange={(next) => onChange(next === UNSET ? undefined : next)}
        />
      );
    case "text":
      return <Typed label={label} value={typeof value === "string" ? value : ""} onDone={(next) => onChange(next === "" && parameter.optional ? undefined : next)} />;
    case "number":
      return <Typed label={label} value={String(typeof value === "number" ? value : 0)} onDone={(next) => onChange(Math.max(0, Math.trunc(Number(next)) || 0))} />;
    case "words":
      return (
        <Typed
          label={label}
          value={Array.isArray(value) ? value.join(", ") : ""}
          onDone={(next) => onChange(next.split(",").map((word) => word.trim()).filter((word) => word !== ""))}
        />
      );
    case "table":
      return <Table entries={Array.isArray(value) ? (value as Entry[]) : []} onChange={onChange} />;
  }
}

interface Entry {
  from: unknown;
  to: unknown;
}

function Table({ entries, onChange }: { entries: readonly Entry[]; onChange: (next: Entry[]) => void }) {
  const { t } = useWords("match");
  const put = (at: number, change: Partial<Entry>) => onChange(entries.map((entry, index) => (index === at ? { ...entry, ...change } : entry)));
  return (
    <div className="flex flex-col gap-2">
      {entries.map((entry, at) => (
        <div key={at} className="grid grid-cols-[1fr_1fr_auto] items-end gap-1.5">
          <Typed label={t("table.from")} value={String(entry.from)} onDone={(from) => put(at, { from })} />
          <Typed label={t("table.to")} value={String(entry.to)} onDone={(to) => put(at, { to })} />
          <IconButton icon={X} size="sm" label={t("table.remove")} onClick={() => onChange(entries.filter((_, index) => index !== at))} />
        </div>
      ))}
      <Button size="xs" icon={Plus} onClick={() => onChange([...entries, { from: "", to: "" }])}>
        {t("table.add")}
      </Button>
    </div>
  );
}

function Typed({ label, value, onDone }: { label: string; value: string; onDone: (value: string) => void }) {
  const [text, setText] = useState(value);
  const [shown, setShown] = useState(value);
  // Undo, or the program, said something else meanwhile.
  if (shown !== value) {
    setShown(value);
    setText(value);
  }
  const done = () => text !== value && onDone(text);
  return <Input label={label} value={text} onChange={(event) => setText(event.target.value)} onBlur={done} onKeyDown={(event) => event.key === "Enter" && done()} />;
}
