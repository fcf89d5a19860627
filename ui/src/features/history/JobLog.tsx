/** The log of a job: outcomes record by record, page by page, and its steps; both can be saved. */
import { ArrowLeftRight, Ban, Check, CircleAlert, CircleX, Copy, Equal, FileDown, Link2, type LucideIcon, Minus, PencilLine } from "lucide-react";
import { useState } from "react";

import { call, isMessage, type JobView, type LogView, type Outcome, saveText, useRead } from "@/api";
import { csv, Loaded, TroublePanel } from "@/app";
import { useFormat, useMessage, useWords } from "@/i18n";
import { Badge, Button, type Tab, Tabs, type Tone } from "@/kit";

import { recordsOf } from "./jobs";
import { useRecordNames } from "./names";
import { fieldWords, OUTCOMES } from "./words";

const PAGE = 100;
/** The most rows the program gives at once. */
const MOST = 500;

type View = "steps" | "all" | Outcome;

export function JobLog({ job }: { job: JobView }) {
  const { t } = useWords("history");
  const say = useMessage();
  const [view, setView] = useState<View>(job.kind === "import" ? "steps" : "all");
  const [saving, setSaving] = useState<"no" | "busy" | { error: unknown }>("no");
  const counts = Object.values(recordsOf(job));
  const found = job.kind === "upload" ? OUTCOMES.filter((outcome) => counts.some((row) => (row[outcome] ?? 0) > 0)) : [];
  const records: Tab<View>[] =
    job.kind === "import"
      ? []
      : [{ value: "all", label: t("log.all") }, ...found.map((outcome) => ({ value: outcome, label: say({ id: `hub.outcome.${outcome}`, params: {} }) }))];
  const save = () => {
    setSaving("busy");
    logAsCsv(job.id)
      .then((text) => saveText(`wedsync-hub-${job.kind}-${job.created_at.slice(0, 10)}.csv`, "text/csv", text))
      .then(
        () => setSaving("no"),
        (error: unknown) => setSaving({ error }),
      );
  };
  return (
    <div className="border-t border-line">
      {typeof saving === "object" && <TroublePanel error={saving.error} onRetry={save} />}
      <Tabs
        label={t("log")}
        value={view}
        tabs={[...records, { value: "steps", label: t("log.steps") }]}
        onChange={setView}
        tools={
          job.kind !== "import" && (
            <Button size="sm" look="quiet" icon={FileDown} busy={saving === "busy"} onClick={save}>
              {t("log.save")}
            </Button>
          )
        }
      >
        {view === "steps" ? <Steps job={job} /> : <Records key={view} job={job} outcome={view === "all" ? undefined : view} />}
      </Tabs>
    </div>
  );
}

function Steps({ job }: { job: JobView }) {
  const { t } = useWords("history");
  const say = useMessage();
  const format = useFormat();
  const events = useRead("job.events", { job_id: job.id, after: 0 }, { refetchOnMount: "always" });
  const sentence = (event: unknown): string | null => {
    const { type, phase, detail, message } = event as { type?: unknown; phase?: unknown; detail?: unknown; message?: unknown };
    if (type === "begin") return t("step.begin");
    if (type === "phase") return say({ id: `hub.phase.${String(phase)}`, params: { detail: String(detail) } });
    if (type === "waiting_crm") return say({ id: "hub.job.waiting_crm", params: {} });
    if (type === "warning") return isMessage(message) ? say(message) : isMessage(event) ? say(event) : t("step.warning");
    if (type === "end") return say({ id: `hub.job.${String(phase)}`, params: {} });
    return null;
  };
  return (
    <Loaded query={events}>
      {(data) => (
        <ol aria-label={t("log.steps")}>
          {data.events.flatMap(({ seq, at, event }) => {
            const text = sentence(event);
            return text === null
              ? []
              : [
                  <li key={seq} className="flex min-h-9 items-center gap-4 border-b border-line px-6 max-wide:px-4">
                    <span className="num text-hint text-ink2">{format.time(at)}</span>
                    <span>{text}</span>
                  </li>,
                ];
          })}
        </ol>
      )}
    </Loaded>
  );
}

const LOOK: Record<Outcome, { tone: Tone; icon: LucideIcon }> = {
  created: { tone: "pri", icon: Check },
  linked: { tone: "pri", icon: Link2 },
  updated: { tone: "pri", icon: PencilLine },
  unchanged: { tone: "neutral", icon: Equal },
  skipped: { tone: "neutral", icon: Minus },
  duplicate_waiting: { tone: "warn", icon: Copy },
  conflict_waiting: { tone: "warn", icon: ArrowLeftRight },
  problem: { tone: "bad", icon: CircleAlert },
  rejected_by_you: { tone: "neutral", icon: Ban },
  rejected_by_wedsync: { tone: "bad", icon: CircleX },
};

function Records({ job, outcome }: { job: JobView; outcome: Outcome | undefined }) {
  const { t } = useWords("history");
  const format = useFormat();
  const [offset, setOffset] = useState(0);
  const logs = useRead("logs.list", { job_id: job.id, offset, limit: PAGE, ...(outcome === undefined ? {} : { outcome }) }, { refetchOnMount: "always" });
  const names = useRecordNames(true);
  return (
    <Loaded query={logs}>
      {({ entries, total }) =>
        total === 0 ? (
          <p className="p-6 text-ink2 max-wide:p-4">{t("log.none")}</p>
        ) : (
          <>
            <ul aria-label={t("log")}>
              {entries.map((entry, index) => (
                <Entry key={`${entry.at}-${String(index)}`} entry={entry} name={names(entry.wedsync_record_id ?? "")} undo={job.kind === "undo"} />
              ))}
            </ul>
            {total > PAGE && (
              <nav aria-label={t("log.pages")} className="flex flex-wrap items-center gap-2 px-6 py-3 max-wide:px-4">
                <span className="num flex-1 text-hint text-ink2" role="status">
                  {t("log.range", { from: format.number(offset + 1), to: format.number(offset + entries.length), total: format.number(total) })}
                </span>
                <Button size="sm" unavailable={offset === 0 && t("log.first")} onClick={() => setOffset(Math.max(0, offset - PAGE))}>
                  {t("log.newer")}
                </Button>
                <Button size="sm" unavailable={offset + PAGE >= total && t("log.last")} onClick={() => setOffset(offset + PAGE)}>
                  {t("log.older")}
                </Button>
              </nav>
            )}
          </>
        )
      }
    </Loaded>
  );
}

function Entry({ entry, name, undo }: { entry: LogView; name: string | null; undo: boolean }) {
  const { t } = useWords("history");
  const say = useMessage();
  const format = useFormat();
  const look = LOOK[entry.outcome];
  const { reason, fields } = (entry.details ?? {}) as { reason?: unknown; fields?: unknown };
  const changed = Array.isArray(fields) ? fields.filter((field) => typeof field === "string").map(fieldWords) : [];
  // An undo writes everything back as a change: what it did is told by its own word.
  const word = undo && entry.outcome === "updated" ? t("log.putBack") : say({ id: `hub.outcome.${entry.outcome}`, params: {} });
  const type = say({ id: `hub.records.${entry.record_type}`, params: {} });
  const why = isMessage(entry.error)
    ? say(entry.error)
    : entry.outcome === "updated" && changed.length > 0
      ? changed.join(", ")
      : typeof reason === "string" && entry.outcome !== "created"
        ? say({ id: reason, params: {} })
        : "";
  return (
    <li className="flex min-h-9 flex-wrap items-center gap-x-4 gap-y-0.5 border-b border-line px-6 py-1.5 max-wide:px-4">
      <span className="num w-12 flex-none text-hint text-ink2">{format.time(entry.at)}</span>
      <span className="w-36 flex-none">
        <Badge plain tone={look.tone} icon={look.icon}>
          {word}
        </Badge>
      </span>
      <span className="min-w-[min(10rem,100%)] flex-[2] truncate font-semibold">{name ?? type}</span>
      <span className="min-w-0 flex-1 truncate text-ink2 max-wide:basis-full" title={why}>
        {[...(name === null ? [] : [type]), ...(why === "" ? [] : [why])].join(" · ")}
      </span>
    </li>
  );
}

/** The whole log as a table, in as many reads as it takes. */
async function logAsCsv(job: string): Promise<string> {
  const rows: LogView[] = [];
  for (;;) {
    const { entries, total } = await call("logs.list", { job_id: job, offset: rows.length, limit: MOST });
    rows.push(...entries);
    if (entries.length === 0 || rows.length >= total) break;
  }
  return csv(
    ["at", "outcome", "record_type", "crm_id", "wedsync_id", "details", "error"],
    rows.map((row) => [row.at, row.outcome, row.record_type, row.record_id, row.wedsync_record_id, jsonText(row.details), jsonText(row.error)]),
  );
}

const jsonText = (value: unknown): string | null => (value === null || value === undefined ? null : JSON.stringify(value));
