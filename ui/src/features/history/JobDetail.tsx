/** What one job did: figures, what went wrong, its closing table, its records and steps; and the way back from an upload. */
import { Link } from "@tanstack/react-router";
import { ChevronRight, Copy, Undo2 } from "lucide-react";
import { useState } from "react";

import { type ConnectionView, isMessage, type JobView, useCommand, useProgress } from "@/api";
import { TroublePanel } from "@/app";
import { useFormat, useMessage, useWords } from "@/i18n";
import { Button, ButtonLink, Confirm, CrmMark, ErrorPanel, ProgressSegments } from "@/kit";

import { JobLog } from "./JobLog";
import { canUndo, countOf, leftOf, nounOfJob, recordsOf, resultOf } from "./jobs";
import { useRecordNames } from "./names";
import { fieldWords, OUTCOMES } from "./words";

interface DetailProps {
  job: JobView;
  connection: ConnectionView | undefined;
  /** Opens another job: the undo that was just begun. */
  onOpen: (job: string) => void;
}

export function JobDetail({ job, connection, onOpen }: DetailProps) {
  const { t } = useWords("history");
  const say = useMessage();
  const format = useFormat();
  const error = isMessage(job.error) ? say(job.error) : null;
  const began = job.started_at ?? job.created_at;
  const kind = t(`kind.${job.kind}`);
  return (
    <article aria-label={kind}>
      <header className="flex flex-wrap items-center gap-4 px-6 py-4 max-wide:px-4">
        <CrmMark provider={connection?.provider ?? ""} name={connection?.name ?? ""} size={40} />
        <div className="min-w-[min(10rem,100%)] flex-1">
          <h2 className="text-dialog font-semibold">{connection === undefined ? kind : t("detail.title", { name: connection.name, kind })}</h2>
          <p className="num text-hint text-ink2">
            {job.completed_at === null
              ? t("detail.since", { from: format.moment(began) })
              : t("detail.span", { from: format.moment(began), to: format.time(job.completed_at) })}
            {" · "}
            {say({ id: `hub.job.${job.state}`, params: {} })}
          </p>
        </div>
        {canUndo(job) && <UndoUpload job={job} onOpen={onOpen} />}
        {job.state === "waiting_review" && (
          <ButtonLink>
            <Link to="/review" search={{ connection: job.connection_id }}>
              {t("review.open")}
            </Link>
          </ButtonLink>
        )}
      </header>
      <div className="flex flex-col gap-5 px-6 pb-5 max-wide:px-4">
        {job.completed_at === null && job.state !== "waiting_review" && <Running job={job} />}
        {error !== null && <ErrorPanel text={error} tone={resultOf(job.state) === "failed" ? "bad" : "warn"} />}
        {job.kind === "undo" ? <Undone job={job} /> : <Closing job={job} />}
        <Support job={job} />
      </div>
      {/* Read anew at the end: what was read while it ran is not the whole log. */}
      <JobLog key={job.completed_at} job={job} />
    </article>
  );
}

function UndoUpload({ job, onOpen }: { job: JobView; onOpen: (job: string) => void }) {
  const { t } = useWords("history");
  const [asked, setAsked] = useState(false);
  const undo = useCommand("undo.start", { onSuccess: (begun) => onOpen(begun.id) });
  const count = countOf(job, "uploaded");
  const noun = nounOfJob(job);
  return (
    <>
      <Button icon={Undo2} onClick={() => setAsked(true)}>
        {t("undo.this")}
      </Button>
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title={t("undo.ask", { count, ...noun })}
        text={
          <>
            <p>{t("undo.text", noun)}</p>
            <p className="mt-2">{t("undo.stays")}</p>
          </>
        }
        verb={t("undo.verb", { count, ...noun })}
        refusal={t("undo.no")}
        busy={undo.isPending}
        onConfirm={() => undo.mutate({ job_id: job.id }, { onSettled: () => setAsked(false) })}
      />
      {undo.error !== null && (
        <div className="w-full">
          <TroublePanel error={undo.error} />
        </div>
      )}
    </>
  );
}

function Running({ job }: { job: JobView }) {
  const { t } = useWords("history");
  const say = useMessage();
  const format = useFormat();
  const progress = useProgress(job.id);
  const phase = progress?.phase ?? null;
  const waits = job.state !== "running" && job.state !== "queued";
  const state = say({ id: `hub.job.${job.state}`, params: {} });
  const doing = phase === null || waits ? state : say({ id: `hub.phase.${phase}`, params: { detail: progress?.detail ?? "" } });
  const done = progress?.done ?? job.processed;
  const total = progress === undefined ? job.total : progress.total;
  return (
    <div className="rounded-inset border border-line bg-sunken p-4">
      <p className="mb-2 flex justify-between gap-4">
        <span className="font-semibold">{doing}</span>
        <span className="num text-ink2">{total === null ? format.number(done) : t("detail.of", { done: format.number(done), total: format.number(total) })}</span>
      </p>
      <ProgressSegments label={doing} state={waits ? "paused" : "running"} segments={[{ key: "rest", count: done }]} total={total} />
    </div>
  );
}

/** Records by type and outcome; the sums stand as the program counted them. */
function Closing({ job }: { job: JobView }) {
  const { t } = useWords("history");
  const say = useMessage();
  const format = useFormat();
  const records = recordsOf(job);
  const types = Object.keys(records);
  if (types.length === 0) return null;
  const shown = OUTCOMES.filter((outcome) => types.some((type) => (records[type]?.[outcome] ?? 0) > 0));
  const all = (type: string) => Object.values(records[type] ?? {}).reduce((sum, count) => sum + count, 0);
  const head = "px-3 py-2 text-right text-head font-[550] text-ink2";
  return (
    <div className="relative overflow-x-auto rounded-card border border-line bg-card" role="region" aria-label={t("closing")} tabIndex={0}>
      <table className="w-full border-collapse">
        <caption className="sr-only">{t("closing")}</caption>
        <thead className="border-b border-line">
          <tr>
            <th scope="col" className={`${head} text-left!`}>
              {t("closing.kind")}
            </th>
            <th scope="col" className={head}>
              {job.kind === "import" ? t("closing.read") : t("closing.all")}
            </th>
            {shown.map((outcome) => (
              <th key={outcome} scope="col" className={head}>
                {say({ id: `hub.outcome.${outcome}`, params: {} })}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {types.map((type) => (
            <tr key={type} className="border-b border-line last:border-b-0">
              <th scope="row" className="px-3 py-1.5 text-left font-semibold">
                {say({ id: `hub.records.${type}`, params: {} })}
              </th>
              <td className="num px-3 py-1.5 text-right">{format.number(all(type))}</td>
              {shown.map((outcome) => (
                <td key={outcome} className="num px-3 py-1.5 text-right">
                  {format.number(records[type]?.[outcome] ?? 0)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {job.kind === "upload" && job.completed_at !== null && (
        <p className="border-t border-line px-3 py-2 text-hint text-ink2">{t("closing.uploaded", { count: countOf(job, "uploaded"), ...nounOfJob(job) })}</p>
      )}
    </div>
  );
}

/** What went back and what was left, by name where WedSync still has it. */
function Undone({ job }: { job: JobView }) {
  const { t } = useWords("history");
  const say = useMessage();
  const left = leftOf(job);
  const names = useRecordNames(left.length > 0);
  if (job.completed_at === null) return null;
  return (
    <div className="flex flex-col gap-3">
      <p className="text-row font-semibold">{t("undo.result", { count: countOf(job, "undone") })}</p>
      {left.length > 0 && (
        <section className="rounded-card border border-warn-line bg-warn-soft p-4" aria-label={t("undo.leftTitle", { count: left.length })}>
          <h3 className="font-semibold">{t("undo.leftTitle", { count: left.length })}</h3>
          <p className="text-ink2">{t("undo.leftText")}</p>
          <ul className="mt-2 flex flex-col gap-1">
            {left.map(({ id, type, fields }) => (
              <li key={id}>
                <span className="font-semibold">{names(id) ?? say({ id: `hub.records.${type}`, params: {} })}</span>
                {fields.length > 0 && <span className="text-ink2"> · {fields.map(fieldWords).join(", ")}</span>}
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

/** What a person who helps asks for; nothing about clients is in it. */
function Support({ job }: { job: JobView }) {
  const { t } = useWords("history");
  const lines = [
    `${job.kind} ${job.state} ${job.id}`,
    `connection ${job.connection_id}`,
    `created ${job.created_at}, started ${job.started_at ?? "-"}, completed ${job.completed_at ?? "-"}`,
    ...(isMessage(job.error) ? [`error ${job.error.id}`] : []),
  ].join("\n");
  return (
    <details className="text-hint text-ink2">
      <summary className="flex min-h-6 items-center gap-1">
        <ChevronRight size={13} aria-hidden />
        {t("support")}
      </summary>
      <div className="mt-2 flex flex-wrap items-start gap-2">
        <code className="min-w-0 rounded-cell border border-line bg-card px-2 py-1 font-mono break-all whitespace-pre-wrap text-ink">{lines}</code>
        <Button size="xs" icon={Copy} onClick={() => void navigator.clipboard.writeText(lines)}>
          {t("support.copy")}
        </Button>
      </div>
    </details>
  );
}
