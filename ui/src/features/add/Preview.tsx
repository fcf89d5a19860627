/** Step 4: the first clients, each shown as soon as it is complete; what the data cannot tell is asked here, once. */
import { Link, useNavigate } from "@tanstack/react-router";
import { ArrowLeft, ArrowRight, CircleCheck, CircleHelp, Info, LoaderCircle, TriangleAlert, Waypoints } from "lucide-react";
import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";

import { type ConnectionView, type HubEvent, type PreviewRow, type ProviderInfo, type Question, useCommand, useRead, useTopic } from "@/api";
import { TroublePanel } from "@/app";
import { useFormat, useMessage, useWords } from "@/i18n";
import { Button, ButtonLink, Card, cx, RadioGroup, Tooltip, useAnnounce } from "@/kit";

import { Frame } from "./Frame";
import { areAppointments, type Cell, found, moneyOf, phoneText, type PreviewClient, previewClient, text } from "./preview-model";

/** Rows that a preview reads; empty lines keep the place of those that are still to come. */
const ROWS = 10;

export function Preview({ provider, connection }: { provider: Pick<ProviderInfo, "key" | "name">; connection: ConnectionView }) {
  const { t } = useWords("add");
  const format = useFormat();
  const say = useMessage();
  const navigate = useNavigate();
  const announce = useAnnounce();
  const id = connection.id;
  const [arrived, setArrived] = useState<readonly PreviewRow[]>([]);
  const read = useCommand("preview.run", {
    onSuccess: ({ rows }) => announce(t("preview.read", { count: rows.length, ...nounOfRows(rows) })),
  });
  // After an answer: the same clients again, from what was read, without asking the CRM.
  const again = useCommand("mapping.preview");
  const answer = useCommand("connection.answer", { onSuccess: () => again.mutate({ connection_id: id }) });
  const start = useCommand("import.start", { onSuccess: () => void navigate({ to: "/home" }) });

  useTopic(
    "preview",
    useCallback(
      ({ event }: HubEvent) => {
        const row = rowOf(event, id);
        if (row !== null) setArrived((before) => [...before, row]);
      },
      [id],
    ),
  );
  const { mutate } = read;
  const begin = useCallback(() => {
    setArrived([]);
    mutate({ connection_id: id });
  }, [mutate, id]);
  // Reading is what this step is: it begins by itself, once.
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    mutate({ connection_id: id });
  }, [mutate, id]);

  // What the import will take, once it is clear that it can be read; nobody is asked for it.
  const forecast = useRead("import.forecast", { connection_id: id }, { enabled: read.isSuccess }).data;
  const whole = again.data ?? read.data;
  const rows = whole?.rows ?? arrived;
  const questions = whole?.questions ?? [];
  const reading = read.isPending || read.isIdle;
  const error = read.error ?? answer.error ?? again.error ?? start.error;
  const noun = nounOfRows(rows);
  const facts = found(rows);
  const first = facts.problems[0];
  return (
    <Frame
      step="preview"
      provider={provider}
      files={connection.route === "file"}
      title={reading ? t("preview.reading", { name: provider.name }) : t("preview.title", noun)}
      lead={reading ? t("preview.readingLead") : t("preview.lead", { name: noun.context === undefined ? provider.name : connection.name, ...noun })}
      footer={
        <>
          <Button look="quiet" className="-ml-3" icon={ArrowLeft} onClick={() => void navigate({ to: "/add", search: { step: "bring", connection: id } })}>
            {t("back")}
          </Button>
          <span className="flex-1" />
          {forecast !== undefined && (
            <span className="text-hint text-ink2" role="status">
              {say(forecast.sentence)}
            </span>
          )}
          {whole !== undefined && noun.context === undefined && (
            <ButtonLink>
              <Link to="/match" search={{ connection: id }}>
                <Waypoints size={15} aria-hidden />
                {t("preview.adjust")}
              </Link>
            </ButtonLink>
          )}
          <Button
            look="primary"
            busy={start.isPending}
            unavailable={whole === undefined ? t("preview.wait") : questions.length > 0 && t("preview.answerFirst")}
            onClick={() => start.mutate({ connection_id: id })}
          >
            {t("preview.import")}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {error !== null && <TroublePanel error={error} onRetry={error === read.error ? begin : undefined} />}
        {questions.map((question) => (
          <Ask key={question.decision} question={question} busy={answer.isPending || again.isPending} onAnswer={(value) => answer.mutate({ connection_id: id, decisions: { [question.decision]: value } })} />
        ))}
        {(reading || rows.length > 0) && <Table rows={rows} expected={reading ? ROWS : rows.length} noun={noun} />}
        {!reading && read.isSuccess && rows.length === 0 && <p className="text-ink2">{t("preview.empty", { name: provider.name })}</p>}
        {whole !== undefined && rows.length > 0 && (
          <ul className="grid gap-3 wide:grid-cols-2">
            <Fact icon={<CircleCheck size={17} className="text-ok" aria-hidden />} title={t("preview.matched", { count: facts.matched })} text={t("preview.matched.what", noun)} />
            {first === undefined ? (
              <Fact icon={<CircleCheck size={17} className="text-ok" aria-hidden />} title={t("preview.clean")} text={t("preview.clean.what", noun)} />
            ) : (
              <Fact icon={<TriangleAlert size={17} className="text-warn" aria-hidden />} title={t("preview.problems", { count: facts.problems.length })} text={t("preview.problems.what", { first: say(first) })} />
            )}
          </ul>
        )}
        <p className="flex items-center gap-2 text-hint text-ink2" role="status">
          {reading ? <LoaderCircle size={15} className="spin flex-none" aria-hidden /> : <Info size={15} className="flex-none" aria-hidden />}
          {reading ? t("preview.arrived", { count: rows.length, ...noun }) : t("preview.note", { number: format.number(rows.length), count: rows.length, ...noun })}
        </p>
      </div>
    </Frame>
  );
}

/** What rows are called where all of them are appointments. */
const nounOfRows = (rows: readonly PreviewRow[]): { context?: "appointment" } => (areAppointments(rows) ? { context: "appointment" } : {});

/** A row of this connection out of an event of the `preview` topic. */
function rowOf(event: unknown, connection: string): PreviewRow | null {
  if (typeof event !== "object" || event === null) return null;
  const { connection_id, row } = event as { connection_id?: unknown; row?: PreviewRow };
  return connection_id === connection && row !== undefined && Array.isArray(row.fields) ? row : null;
}

function Ask({ question, busy, onAnswer }: { question: Question; busy: boolean; onAnswer: (value: string) => void }) {
  const { t, i18n } = useWords("add");
  const say = useMessage();
  const [value, setValue] = useState<string>();
  const params = question.message.params;
  // The answers of a question are named with its own figures; one that is not known here stands as it came.
  const label = (name: string): string => {
    const key = `answer.${question.decision}.${name}`;
    const translate = i18n.t as unknown as (key: string, options: Record<string, unknown>) => string;
    return i18n.exists(key, { ns: "add" }) ? translate(key, { ns: "add", ...params }) : name;
  };
  const sentence = say(question.message);
  return (
    <section className="rounded-card border border-warn-line bg-warn-soft p-4">
      <h2 className="mb-2 flex items-center gap-2 font-semibold">
        <CircleHelp size={17} className="flex-none text-warn" aria-hidden />
        {sentence}
      </h2>
      <p className="mb-2 text-hint text-ink2">{t("answer.why")}</p>
      <RadioGroup label={sentence} value={value} onChange={setValue} choices={question.answers.map((name) => ({ value: name, label: label(name) }))} />
      <Button className="mt-2" size="sm" busy={busy} unavailable={value === undefined && t("answer.pick")} onClick={() => value !== undefined && onAnswer(value)}>
        {t("answer.use")}
      </Button>
    </section>
  );
}

function Fact({ icon, title, text: what }: { icon: ReactNode; title: string; text: string }) {
  return (
    <li>
      <Card className="flex h-full gap-3">
        <span className="flex-none pt-px">{icon}</span>
        <span className="min-w-0">
          <span className="block font-semibold">{title}</span>
          <span className="block text-hint text-ink2">{what}</span>
        </span>
      </Card>
    </li>
  );
}

const COLUMNS = ["client", "partner", "wedding", "venue", "phone", "email", "total"] as const;
const APPOINTMENT = ["client", "wedding", "venue"] as const;

/** What stands in a column, and how it is shown. */
const CELLS: Record<(typeof COLUMNS)[number], (client: PreviewClient) => { cell: Cell; as: "text" | "date" | "phone" | "money" }> = {
  client: ({ names }) => ({ cell: names[0], as: "text" }),
  partner: ({ names }) => ({ cell: names[1], as: "text" }),
  wedding: ({ wedding }) => ({ cell: wedding, as: "date" }),
  venue: ({ venue }) => ({ cell: venue, as: "text" }),
  phone: ({ phone }) => ({ cell: phone, as: "phone" }),
  email: ({ email }) => ({ cell: email, as: "text" }),
  total: ({ total }) => ({ cell: total, as: "money" }),
};

function Table({ rows, expected, noun }: { rows: readonly PreviewRow[]; expected: number; noun: { context?: "appointment" } }) {
  const { t } = useWords("add");
  const format = useFormat();
  const shown = (value: unknown, as: "text" | "date" | "phone" | "money"): string | null => {
    const plain = as === "phone" ? phoneText(value) : text(value);
    if (as === "date") return plain === null ? null : format.date(plain);
    if (as !== "money") return plain;
    const money = moneyOf(value);
    return money === null ? null : format.money(money.minor, money.currency);
  };
  // An appointment has a title, a day and a place, and nobody's address.
  const columns = noun.context === undefined ? COLUMNS : APPOINTMENT;
  const waiting = Math.max(0, expected - rows.length);
  return (
    <div className="relative overflow-x-auto rounded-card border border-dashed border-pencil" tabIndex={0} role="region" aria-label={t("preview.table", noun)}>
      <table className="w-full border-collapse text-left">
        <thead>
          <tr className="border-b border-line bg-sunken">
            {columns.map((column) => (
              <th key={column} scope="col" className={cx("px-3 py-2.5 font-normal whitespace-nowrap first:pl-4 last:pr-4", column === "total" && "text-right")}>
                <span className="block text-head text-ink2">{t(`preview.from.${column}`, noun)}</span>
                <span className={cx("flex items-center gap-1.5 text-small font-semibold", column === "total" && "justify-end")}>
                  <ArrowRight size={13} className="text-pri" aria-hidden />
                  {t(`preview.to.${column}`, noun)}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => {
            const client = previewClient(row);
            return (
              <tr key={index} className="fade-in h-10.5 border-b border-line last:border-b-0">
                {columns.map((column) => {
                  const { cell, as } = CELLS[column](client);
                  return <Value key={column} cell={cell} shown={shown(cell.value, as)} strong={column === "client" || column === "partner"} right={column === "total"} />;
                })}
              </tr>
            );
          })}
          {Array.from({ length: waiting }, (_, index) => (
            <tr key={`waiting-${String(index)}`} className="h-10.5 border-b border-line last:border-b-0" aria-hidden>
              {columns.map((column, place) => (
                <td key={column} className="px-3 first:pl-4 last:pr-4">
                  <span className={cx("block h-2.5 rounded-badge bg-sel", (index + place) % 3 === 0 ? "w-14" : "w-20")} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Value({ cell, shown, strong, right }: { cell: Cell; shown: string | null; strong?: boolean; right?: boolean }) {
  const { t } = useWords("add");
  const say = useMessage();
  const place = cx("num max-w-48 truncate px-3 first:pl-4 last:pr-4", right && "text-right", strong && "font-semibold");
  if (cell.problem !== null) {
    const reason = say(cell.problem);
    return (
      <td className={place}>
        <Tooltip text={reason}>
          <span tabIndex={0} className="rounded-cell bg-bad-soft px-1 text-bad squiggle">
            {shown ?? text(cell.before) ?? t("preview.none")}
            <span className="sr-only">{reason}</span>
          </span>
        </Tooltip>
      </td>
    );
  }
  return (
    <td className={place} title={shown ?? undefined}>
      {shown ?? <span className="font-normal text-ink3">{t("preview.none")}</span>}
    </td>
  );
}
