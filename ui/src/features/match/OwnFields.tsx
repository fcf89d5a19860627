/** The supplier's own fields: each with some of its values, what we suggest, and where it goes. */
import { Check, CheckCheck, Redo2, Undo2, WandSparkles } from "lucide-react";
import { type RefObject, useRef } from "react";

import { type ChosenField, type CustomFieldView, type FieldChoice, type SchemaFieldView, useCommand } from "@/api";
import { Keys, TroublePanel, useShortcuts, useUndo, useValues } from "@/app";
import { useFormat, useMessage, useWords } from "@/i18n";
import { Button, cx, IconButton, Select, useAnnounce } from "@/kit";

import { type Rule, sample } from "./model";
import { before, choiceOf, chosen, existingFor, ownKey, suggestedOf, tally, undecided, wordOf } from "./own";
import { useFieldWords } from "./words";

interface OwnFieldsProps {
  connection: string;
  crm: string;
  fields: readonly CustomFieldView[];
  schema: readonly SchemaFieldView[];
  rules: readonly Rule[];
}

/** The name of the row that has the focus, and moving to another. */
const rowOf = (list: RefObject<HTMLElement | null>) => list.current?.querySelector<HTMLElement>("[data-own]:focus-within")?.dataset["own"];

export function OwnFields({ connection, crm, fields, schema, rules }: OwnFieldsProps) {
  const { t } = useWords("match");
  const announce = useAnnounce();
  const undo = useUndo();
  const values = useValues();
  const list = useRef<HTMLDivElement>(null);
  const choose = useCommand("fields.choose");
  const say = useSayChoice();
  const open = undecided(fields);
  const counts = tally(fields);

  const store = (choices: ChosenField[], back: ChosenField[], label: string) => {
    const send = (what: ChosenField[]) => choose.mutateAsync({ connection_id: connection, choices: what });
    const first = send(choices).then(() => undo.push({ label, undo: () => send(back), redo: () => send(choices) }));
    // A refusal stands above the list.
    void undo.during(first).catch(() => undefined);
  };
  const set = (field: CustomFieldView, choice: FieldChoice) => {
    store(chosen([field], () => choice), before([field]), t("own.step", { field: field.label }));
    announce(t("own.said", { field: field.label, choice: say(choice) }));
  };
  const accept = (field: CustomFieldView) => {
    if (field.chosen === null) set(field, suggestedOf(field));
  };
  const acceptAll = () => {
    if (open.length === 0) return;
    store(chosen(open, suggestedOf), before(open), t("step.accept"));
    announce(t("step.accept"));
  };
  const step = (by: number) => {
    const rows = [...(list.current?.querySelectorAll<HTMLElement>("[data-own]") ?? [])];
    const at = rows.findIndex((row) => row.dataset["own"] === rowOf(list));
    rows[Math.min(Math.max(at + by, 0), rows.length - 1)]?.querySelector<HTMLElement>("[role=combobox]")?.focus();
  };
  useShortcuts(t("own"), [
    { keys: "j", label: t("own.next"), run: () => step(1), within: list },
    { keys: "k", label: t("own.previous"), run: () => step(-1), within: list },
    {
      keys: "a",
      label: t("accept"),
      run: () => {
        const field = fields.find((each) => ownKey(each) === rowOf(list));
        if (field !== undefined) accept(field);
      },
      within: list,
    },
    { keys: "mod+shift+a", label: t("key.accept_all"), run: acceptAll },
  ]);
  const kinds = [...new Set(fields.map((field) => field.record_type))];
  return (
    <div ref={list} className="flex min-h-0 flex-1 flex-col">
      <div className="flex min-h-[46px] flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-6 py-1.5 text-hint text-ink2 max-wide:px-4">
        <Legend line="border-pri" text={t("own.go", { count: counts.go })} />
        <Legend line="border-dashed border-pencil" text={t("own.stay", { count: counts.stay })} />
        {counts.open > 0 && <span>{t("own.open", { count: counts.open })}</span>}
        <span className="ml-auto flex items-center gap-2">
          <Button look="quiet" size="sm" icon={Undo2} onClick={undo.undo} unavailable={undo.next === null ? "" : false}>
            {t("undo")}
          </Button>
          <IconButton look="quiet" size="sm" icon={Redo2} label={t("redo")} onClick={undo.redo} />
          {open.length > 0 && (
            <Button size="sm" icon={CheckCheck} busy={choose.isPending} onClick={acceptAll}>
              {t("accept.all", { count: open.length })}
            </Button>
          )}
        </span>
      </div>
      <div className="min-h-0 flex-1 overflow-auto px-6 pb-6 max-wide:px-4" tabIndex={0} role="region" aria-label={t("own")}>
        <p className="max-w-[68ch] pt-4 text-ink2">{t("own.text", { crm })}</p>
        {choose.error !== null && (
          <div className="mt-3">
            <TroublePanel error={choose.error} />
          </div>
        )}
        {kinds.map((kind) => (
          <section key={kind} className="mt-5" aria-label={values.record(kind)}>
            <h2 className="mb-2.5 font-semibold">{values.record(kind)}</h2>
            <ul className="flex flex-col gap-1.5">
              {fields
                .filter((field) => field.record_type === kind)
                .map((field) => (
                  <Row key={ownKey(field)} crm={crm} field={field} schema={schema} rules={rules} onChoose={(choice) => set(field, choice)} onAccept={() => accept(field)} />
                ))}
            </ul>
          </section>
        ))}
      </div>
    </div>
  );
}

function Legend({ line, text }: { line: string; text: string }) {
  return (
    <span className="inline-flex items-center gap-2">
      <span className={cx("w-5 border-t-2", line)} aria-hidden />
      {text}
    </span>
  );
}

/** A choice in words: "A new field in WedSync". */
function useSayChoice() {
  const { t } = useWords("match");
  const words = useFieldWords();
  return (choice: FieldChoice): string => (choice.choice === "existing" ? t("own.existing", { field: words.field(choice.field) }) : t(`own.${choice.choice}`));
}

interface RowProps {
  crm: string;
  field: CustomFieldView;
  schema: readonly SchemaFieldView[];
  rules: readonly Rule[];
  onChoose: (choice: FieldChoice) => void;
  onAccept: () => void;
}

function Row({ crm, field, schema, rules, onChoose, onAccept }: RowProps) {
  const { t } = useWords("match");
  const format = useFormat();
  const words = useFieldWords();
  const say = useSayChoice();
  const type = `type.${field.value_type}` as "type.text";
  const shown = [...new Set(field.samples.map((value) => words.value(value)).filter((text) => text !== ""))];
  const samples = shown.length === 0 ? t("own.empty") : format.list(shown.slice(0, 3).map((text) => `“${text}”`));
  const goes = field.chosen !== null && field.chosen.choice !== "keep";
  const existing = existingFor(field, schema, rules).map((target) => ({ value: wordOf({ choice: "existing", field: target.name }), label: say({ choice: "existing", field: target.name }) }));
  return (
    <li
      data-own={ownKey(field)}
      className={cx(
        "grid items-center gap-x-4 gap-y-2 rounded-inset border px-3 py-2 wide:grid-cols-[minmax(0,5fr)_minmax(0,6fr)_minmax(0,6fr)]",
        goes ? "border-line bg-card" : "border-dashed border-pencil bg-surface",
      )}
    >
      <span className="min-w-0">
        <span className="block font-semibold break-words">{field.label}</span>
        <span className="block text-hint text-ink3">{field.hidden ? t("own.hidden", { type: t(type), crm }) : t(type)}</span>
      </span>
      <span className="min-w-0 text-hint text-ink2 break-words wide:line-clamp-2" title={samples}>
        {samples}
      </span>
      <span className="flex min-w-0 flex-col gap-1.5">
        <Select
          label={t("own.where", { field: field.label })}
          labelHidden
          value={field.chosen === null ? undefined : wordOf(field.chosen)}
          placeholder={t("own.undecided")}
          choices={[{ value: "keep", label: t("own.keep") }, { value: "new", label: t("own.new") }, ...existing]}
          onChange={(word) => onChoose(choiceOf(word))}
        />
        {field.chosen === null && (
          <span className="flex min-w-0 items-center gap-2">
            <button type="button" className="inline-flex min-h-6 min-w-0 items-center gap-1.5 rounded-small border border-dashed border-pencil px-2 text-hint hover:bg-hover max-wide:min-h-10" aria-label={t("own.accept", { field: field.label, choice: say(suggestedOf(field)) })} onClick={onAccept}>
              <WandSparkles size={12} className="flex-none" aria-hidden />
              <span className="min-w-0 truncate">{say(suggestedOf(field))}</span>
              <Check size={13} className="flex-none text-pri" aria-hidden />
            </button>
            <Why field={field} />
          </span>
        )}
      </span>
    </li>
  );
}

/** What the suggestion stands on, in the program's words: the strongest reason. */
function Why({ field }: { field: CustomFieldView }) {
  const say = useMessage();
  const reason = field.suggestion.reasons[0] as { code?: unknown; params?: Record<string, unknown> } | undefined;
  if (typeof reason?.code !== "string") return null;
  const params = Object.fromEntries(Object.entries(reason.params ?? {}).map(([name, value]) => [name, sample(value)]));
  return <span className="min-w-0 text-hint text-ink3">{say({ id: `suggest.reason.${reason.code}`, params })}</span>;
}

/** The keys of this list, for the foot of the page. */
export function OwnHints() {
  const { t } = useWords("match");
  return (
    <>
      {([["j", "own.key.next"], ["k", "own.key.previous"], ["enter", "own.key.choose"], ["a", "key.accept"]] as const).map(([keys, text]) => (
        <span key={keys} className="inline-flex items-center gap-1.5">
          <Keys keys={keys} />
          {t(text)}
        </span>
      ))}
    </>
  );
}
