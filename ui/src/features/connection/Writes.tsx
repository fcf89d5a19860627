/**
 * How clients would be written into a source of one's own: the rules that its definition keeps, each in words, taking one away, and
 * adding one from the command with which the source itself is told. Nothing is sent by any of it, and nothing carries a rule out.
 */
import { Check, ClipboardPaste, Info, PencilLine, UserPlus, UserX } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";

import { type ConnectionPage, type ConnectorWriteFound, type Operation, type RecordType, useCommand, type WireMessage, type WriteRule } from "@/api";
import { TroublePanel, useValues } from "@/app";
import { useFormat, useMessage, useWords } from "@/i18n";
import { Button, Card, Field, RadioGroup, Section, useToast } from "@/kit";

const ICON = { create: UserPlus, update: PencilLine, delete: UserX, read: Info } as const;

export function Writes({ page }: { page: ConnectionPage }) {
  const { t } = useWords("connection");
  const [adding, setAdding] = useState(false);
  const { id, name } = page.connection;
  if (page.writes === null) return null;
  return (
    <Section title={t("writes", { name })}>
      <div className="flex flex-col gap-3">
        <p className="flex items-start gap-2 text-ink2">
          <Info size={15} className="mt-0.5 flex-none" aria-hidden />
          {t("writes.nothing", { name })}
        </p>
        {page.writes.length > 0 && (
          <Card padded={false}>
            <ul>
              {page.writes.map((rule) => (
                <li key={`${rule.operation} ${rule.record}`} className="border-b border-line px-5 py-4 last:border-b-0">
                  <Rule rule={rule}>
                    <TakeAway id={id} rule={rule} />
                  </Rule>
                </li>
              ))}
            </ul>
          </Card>
        )}
        {adding ? (
          <Adding id={id} read={page.last_read !== null} onClose={() => setAdding(false)} />
        ) : (
          <div>
            <Button icon={ClipboardPaste} onClick={() => setAdding(true)}>
              {t("writes.add")}
            </Button>
          </div>
        )}
      </div>
    </Section>
  );
}

/** What a rule says. `left`: what of the command it leaves out. */
function Rule({ rule, left = [], children }: { rule: WriteRule; left?: readonly string[]; children?: ReactNode }) {
  const { t } = useWords("connection");
  const say = useMessage();
  const format = useFormat();
  const fieldName = useFieldName();
  const Icon = ICON[rule.operation];
  const names = (fields: readonly string[]) => format.list(fields.map(fieldName));
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <div className="min-w-[min(12rem,100%)] flex-1">
          <h3 className="flex items-center gap-2 font-semibold">
            <Icon size={15} className="flex-none" aria-hidden />
            <What operation={rule.operation} record={rule.record} />
          </h3>
          <p className="text-hint [overflow-wrap:anywhere] text-ink2">{t("writes.request", { request: rule.request })}</p>
        </div>
        {children}
      </div>
      <table className="w-full table-fixed text-left text-hint">
        <caption className="sr-only">{t("writes.fields")}</caption>
        <thead>
          <tr className="text-head text-ink2">
            <th scope="col" className="py-1 pr-3 font-[550]">{t("writes.field")}</th>
            <th scope="col" className="py-1 font-[550]">{t("writes.to")}</th>
          </tr>
        </thead>
        <tbody className="align-top [overflow-wrap:anywhere]">
          {rule.fields.map(({ field, path, back }) => (
            <tr key={field} className="border-t border-line">
              <th scope="row" className="py-1.5 pr-3 font-[550]">{fieldName(field)}</th>
              <td className="py-1.5">
                {path}
                {back !== null && <span className="block text-ink2">{t("writes.back", { path: back })}</span>}
              </td>
            </tr>
          ))}
          {rule.fixed.map(({ path, value }) => (
            <tr key={path} className="border-t border-line">
              <th scope="row" className="py-1.5 pr-3 font-normal text-ink2">{value === "{id}" ? t("writes.fixed.id") : t("writes.fixed", { value })}</th>
              <td className="py-1.5">{path}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Said title={t("writes.how")} all={rule.facts.map(say)} good />
      <Said
        title={t("writes.lacks")}
        all={[
          ...(rule.unwritten.length > 0 ? [t("writes.unwritten", { fields: names(rule.unwritten) })] : []),
          ...(left.length > 0 ? [t("writes.left", { fields: left.join(", ") })] : []),
          ...rule.lacks.map((each: WireMessage) => say(each)),
        ]}
      />
    </div>
  );
}

function What({ operation, record }: { operation: Operation; record: RecordType }) {
  const { t } = useWords("connection");
  const kind = record === "person" ? "person" : record === "project" ? "project" : "other";
  return <>{t(`writes.${operation === "read" ? "update" : operation}.${kind}`)}</>;
}

function Said({ title, all, good = false }: { title: string; all: readonly string[]; good?: boolean }) {
  if (all.length === 0) return null;
  const Icon = good ? Check : Info;
  return (
    <div>
      <h4 className="text-hint font-semibold">{title}</h4>
      <ul className="mt-0.5 flex flex-col gap-0.5 text-hint [overflow-wrap:anywhere] text-ink2">
        {all.map((each) => (
          <li key={each} className="flex items-start gap-2">
            <Icon size={13} className="mt-px flex-none" aria-hidden />
            {each}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** `address.city` is the city of an address. */
function useFieldName(): (field: string) => string {
  const values = useValues();
  const { t } = useWords("connection");
  return (field) => {
    const [whole = field, part] = field.split(".");
    return part === undefined ? values.field(whole) : t("writes.part", { field: values.field(whole), part: part.replaceAll("_", " ") });
  };
}

/** Taken away at once, and brought back by one press. */
function TakeAway({ id, rule }: { id: string; rule: WriteRule }) {
  const { t } = useWords("connection");
  const toast = useToast();
  const back = useCommand("connector.replace");
  const remove = useCommand("connector.remove_write", {
    onSuccess: ({ was, of_version }) =>
      toast({ text: t("writes.gone"), action: { label: t("writes.bringBack"), onSelect: () => back.mutate({ connection_id: id, definition: was, of_version }) } }),
  });
  return (
    <>
      <Button size="sm" busy={remove.isPending} onClick={() => remove.mutate({ connection_id: id, record: rule.record, operation: rule.operation })}>
        {t("writes.remove")}
      </Button>
      {remove.error !== null && <TroublePanel error={remove.error} />}
    </>
  );
}

type Compared = "read" | "pasted";

/** The command, what it is compared with, and what it was read as. What is pasted leaves its field with the request: a key may be in it. */
function Adding({ id, read, onClose }: { id: string; read: boolean; onClose: () => void }) {
  const { t } = useWords("connection");
  const command = useRef<HTMLTextAreaElement>(null);
  const record = useRef<HTMLTextAreaElement>(null);
  const [compared, setCompared] = useState<Compared>(read ? "read" : "pasted");
  const [missing, setMissing] = useState<"command" | "record" | null>(null);
  const look = useCommand("connector.read_write");
  const found = look.data;
  useEffect(() => {
    if (found === undefined) command.current?.focus();
  }, [found]);
  const send = () => {
    if (look.isPending || command.current === null) return;
    const [text, sample] = [command.current.value, record.current?.value ?? ""];
    const lacks = text.trim() === "" ? "command" : compared === "pasted" && sample.trim() === "" ? "record" : null;
    setMissing(lacks);
    if (lacks !== null) return (lacks === "command" ? command : record).current?.focus();
    command.current.value = "";
    if (record.current !== null) record.current.value = "";
    look.mutate({ connection_id: id, command: text, ...(compared === "pasted" && { record: sample }) });
  };
  if (found !== undefined) return <Found id={id} found={found} onAgain={() => look.reset()} onClose={onClose} />;
  const area = "input font-mono";
  return (
    <section className="flex min-w-0 flex-col gap-4 rounded-card border border-line bg-canvas p-4" aria-labelledby="adding">
      <h3 id="adding" className="font-semibold">
        {t("writes.add")}
      </h3>
      <Field label={t("writes.command")} hint={t("writes.command.hint")} problem={missing === "command" ? t("writes.command.missing") : undefined}>
        {(tied) => <textarea ref={command} {...tied} onChange={() => setMissing(null)} className={area} rows={5} spellCheck={false} autoComplete="off" autoCapitalize="off" data-1p-ignore="" />}
      </Field>
      <div className="flex flex-col gap-1.5">
        <p className="font-semibold">{t("writes.compared")}</p>
        <RadioGroup
          label={t("writes.compared")}
          value={compared}
          onChange={setCompared}
          choices={[
            { value: "read", label: t("writes.compared.read"), hint: t("writes.compared.read.hint") },
            { value: "pasted", label: t("writes.compared.pasted"), hint: t("writes.compared.pasted.hint") },
          ]}
        />
      </div>
      {compared === "pasted" && (
        <Field label={t("writes.record")} hint={t("writes.record.hint")} problem={missing === "record" ? t("writes.record.missing") : undefined}>
          {(tied) => <textarea ref={record} {...tied} onChange={() => setMissing(null)} className={area} rows={4} spellCheck={false} autoComplete="off" autoCapitalize="off" data-1p-ignore="" />}
        </Field>
      )}
      {look.error !== null && <TroublePanel error={look.error} />}
      <div className="flex flex-wrap gap-2">
        <Button busy={look.isPending} onClick={send}>
          {t("writes.read")}
        </Button>
        <Button look="quiet" onClick={onClose}>
          {t("writes.close")}
        </Button>
      </div>
    </section>
  );
}

/** What would be kept: pencil, until somebody keeps it. */
function Found({ id, found, onAgain, onClose }: { id: string; found: ConnectorWriteFound; onAgain: () => void; onClose: () => void }) {
  const { t } = useWords("connection");
  const toast = useToast();
  const heading = useRef<HTMLHeadingElement>(null);
  // The button that was pressed is gone: the focus goes to what came of it.
  useEffect(() => heading.current?.focus(), []);
  const keep = useCommand("connector.replace", {
    onSuccess: () => {
      toast({ text: t("writes.kept") });
      onClose();
    },
  });
  return (
    <section className="flex min-w-0 flex-col gap-4 rounded-card border border-dashed border-pencil p-4" aria-labelledby="found">
      <div>
        <h3 id="found" ref={heading} tabIndex={-1} className="font-semibold focus:outline-none">
          {t("writes.found")}
        </h3>
        <p className="text-hint text-ink2">{t("writes.found.what")}</p>
      </div>
      <Rule rule={found.rule} left={found.left} />
      {keep.error !== null && <TroublePanel error={keep.error} />}
      <div className="flex flex-wrap gap-2">
        <Button look="primary" busy={keep.isPending} onClick={() => keep.mutate({ connection_id: id, definition: found.definition, of_version: found.of_version })}>
          {t("writes.keep")}
        </Button>
        <Button onClick={onAgain}>{t("writes.again")}</Button>
        <Button look="quiet" onClick={onClose}>
          {t("writes.close")}
        </Button>
      </div>
    </section>
  );
}
