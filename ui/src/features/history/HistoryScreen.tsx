/** Every import, upload and undo: the list by day, and what the chosen one did. */
import { useNavigate } from "@tanstack/react-router";
import { ArrowLeft, CircleAlert, CircleCheck, CircleSlash, CircleX, History, LoaderCircle, type LucideIcon, Undo2 } from "lucide-react";
import { useEffect, useRef } from "react";

import { type ConnectionView, type JobView, useRead } from "@/api";
import { Loaded, Page, useNarrow, useNow, useShortcuts } from "@/app";
import { useFormat, useMessage, useWords } from "@/i18n";
import { Button, CrmMark, cx, Empty, Select } from "@/kit";

import { JobDetail } from "./JobDetail";
import { byDay, dayOf, type Result, resultOf, tookOf } from "./jobs";
import { historyRoute } from "./route";
import { useSummary } from "./words";

const RESULTS = ["running", "done", "partial", "failed", "cancelled"] as const;
/** How many jobs the list reads; the program keeps more. */
const LIMIT = 100;

export function HistoryScreen() {
  const { t } = useWords("history");
  const narrow = useNarrow();
  const navigate = useNavigate();
  const search = historyRoute.useSearch();
  const connections = useRead("connection.list", {});
  const jobs = useRead("job.list", { limit: LIMIT, ...(search.connection === undefined ? {} : { connection_id: search.connection }) });
  const go = (next: typeof search) => void navigate({ to: "/history", search: { ...search, ...next } });
  const known = connections.data?.connections ?? [];
  return (
    <Page title={t("title")} subtitle={t("kept")} layout="fill">
      <Loaded query={jobs}>
        {(data) => {
          const shown = data.jobs.filter((job) => search.result === undefined || resultOf(job.state) === search.result);
          const chosen = data.jobs.find((job) => job.id === search.job) ?? (narrow ? undefined : shown[0]);
          if (data.jobs.length === 0 && search.connection === undefined) {
            return (
              <div className="p-6 max-wide:p-4">
                <Empty icon={History} title={t("empty")} text={t("empty.text")} />
              </div>
            );
          }
          const list = (
            <div className="flex min-h-0 w-[min(23.25rem,36vw)] min-w-0 flex-none flex-col border-r border-line max-desk:w-[min(18rem,45vw)] max-wide:w-full max-wide:border-r-0">
              <div className="flex min-h-11 flex-wrap items-center gap-2 border-b border-line px-5 py-1.5 max-wide:px-4">
                <Select
                  label={t("filter.crm")}
                  labelHidden
                  value={search.connection ?? "all"}
                  choices={[{ value: "all", label: t("filter.allCrms") }, ...known.map(({ id, name }) => ({ value: id, label: name }))]}
                  onChange={(value) => go({ connection: value === "all" ? undefined : value, job: undefined })}
                />
                <Select
                  label={t("filter.result")}
                  labelHidden
                  value={search.result ?? "all"}
                  choices={[{ value: "all", label: t("filter.anyResult") }, ...RESULTS.map((value) => ({ value, label: t(`result.${value}`) }))]}
                  onChange={(value) => go({ result: value === "all" ? undefined : (value), job: undefined })}
                />
              </div>
              <JobList jobs={shown} chosen={chosen?.id} connections={known} onChoose={(job) => go({ job })} />
            </div>
          );
          const detail = chosen !== undefined && (
            <JobDetail key={chosen.id} job={chosen} connection={known.find(({ id }) => id === chosen.connection_id)} onOpen={(job) => go({ job, result: undefined })} />
          );
          // One tree at every width, so that an open question survives a resize.
          const alone = narrow && chosen !== undefined;
          return (
            <div className="flex min-h-0 flex-1">
              {!alone && list}
              {(!narrow || alone) && (
                <div key="detail" role="region" aria-label={t("detail")} tabIndex={0} className="min-h-0 min-w-0 flex-1 overflow-y-auto">
                  {alone && (
                    <div className="px-2 pt-2">
                      <Button look="quiet" icon={ArrowLeft} onClick={() => go({ job: undefined })}>
                        {t("back")}
                      </Button>
                    </div>
                  )}
                  {detail}
                </div>
              )}
            </div>
          );
        }}
      </Loaded>
    </Page>
  );
}

interface ListProps {
  jobs: readonly JobView[];
  chosen: string | undefined;
  connections: readonly ConnectionView[];
  onChoose: (job: string) => void;
}

function JobList({ jobs, chosen, connections, onChoose }: ListProps) {
  const { t } = useWords("history");
  const format = useFormat();
  const now = useNow();
  const box = useRef<HTMLDivElement>(null);
  const moved = useRef(false);
  const today = dayOf(now.toISOString());
  const yesterday = dayOf(new Date(now.getTime() - 86_400_000).toISOString());
  const step = (by: 1 | -1) => () => {
    const next = jobs[jobs.findIndex((job) => job.id === chosen) + by];
    if (next === undefined) return;
    moved.current = true;
    onChoose(next.id);
  };
  useShortcuts(t("title"), [
    { keys: "arrowdown", label: t("keys.next"), run: step(1), within: box },
    { keys: "arrowup", label: t("keys.previous"), run: step(-1), within: box },
  ]);
  useEffect(() => {
    // Only after the arrow keys: choosing by mouse has its own focus, and opening the screen takes none.
    if (moved.current) box.current?.querySelector<HTMLElement>("[aria-current='true']")?.focus();
    moved.current = false;
  }, [chosen]);
  if (jobs.length === 0) {
    return (
      <p role="status" className="p-5 text-ink2">
        {t("filter.none")}
      </p>
    );
  }
  return (
    <div ref={box} className="min-h-0 flex-1 overflow-y-auto" role="region" aria-label={t("list")}>
      {byDay(jobs).map(({ day, jobs: ofDay }) => (
        <section key={day}>
          <h2 className="flex min-h-[30px] items-center border-b border-line bg-sunken px-5 text-hint font-semibold text-ink2 max-wide:px-4">
            {day === today ? t("today") : day === yesterday ? t("yesterday") : format.longDate(day)}
          </h2>
          <ul>
            {ofDay.map((job) => (
              <Row
                key={job.id}
                job={job}
                chosen={job.id === chosen}
                connection={connections.find(({ id }) => id === job.connection_id)}
                onChoose={() => onChoose(job.id)}
              />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

const STATE: Record<Result, { icon: LucideIcon; tone: string }> = {
  running: { icon: LoaderCircle, tone: "text-pri" },
  done: { icon: CircleCheck, tone: "text-ok" },
  partial: { icon: CircleAlert, tone: "text-warn" },
  failed: { icon: CircleX, tone: "text-bad" },
  cancelled: { icon: CircleSlash, tone: "text-ink2" },
};

function Row({ job, chosen, connection, onChoose }: { job: JobView; chosen: boolean; connection: ConnectionView | undefined; onChoose: () => void }) {
  const { t } = useWords("history");
  const say = useMessage();
  const format = useFormat();
  const summary = useSummary(job);
  const result = resultOf(job.state);
  const took = tookOf(job);
  const state = say({ id: `hub.job.${job.state}`, params: {} });
  const Icon = job.kind === "undo" && result === "done" ? Undo2 : STATE[result].icon;
  return (
    <li className="border-b border-line">
      <button
        type="button"
        aria-current={chosen ? "true" : undefined}
        onClick={onChoose}
        className={cx(
          "relative flex min-h-14.5 w-full items-center gap-x-4 gap-y-1 px-5 py-2 text-left max-wide:flex-wrap hover:bg-hover max-wide:px-4",
          chosen && "bg-pri-soft before:absolute before:inset-y-0 before:left-0 before:w-[3px] before:bg-pri",
        )}
      >
        <span className="num text-small text-ink2">{format.time(job.created_at)}</span>
        <CrmMark provider={connection?.provider ?? ""} name={connection?.name ?? ""} size={24} />
        <span className="min-w-0 flex-1">
          <span className="block font-semibold">{t(`kind.${job.kind}`)}</span>
          <span className="sr-only">{connection?.name}</span>
          <span className="block truncate text-hint text-ink2">{summary === "" || result === "failed" ? state : summary}</span>
        </span>
        <span className="flex flex-none flex-col items-end">
          <Icon size={15} className={STATE[result].tone} aria-hidden />
          <span className="sr-only">{state}</span>
          <span className="num text-hint text-ink2">{took === null ? "" : format.duration(took)}</span>
        </span>
      </button>
    </li>
  );
}
