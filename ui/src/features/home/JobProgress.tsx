/** A running job inside its CRM's row: the job's own numbers, moved on by its live log. */
import { type JobView, useProgress } from "@/api";
import { useFormat, useMessage, useWords } from "@/i18n";
import { ProgressSegments } from "@/kit";

export function JobProgress({ job }: { job: JobView }) {
  const { t } = useWords("home");
  const say = useMessage();
  const format = useFormat();
  const progress = useProgress(job.id);
  const state = say({ id: `hub.job.${job.state}`, params: {} });
  const phase = progress?.phase;
  const doing = phase == null ? state : say({ id: `hub.phase.${phase}`, params: { detail: progress?.detail ?? "" } });
  const done = progress?.done ?? job.processed;
  const total = progress === undefined ? job.total : progress.total;
  const waits = job.state !== "running" && job.state !== "queued";
  return (
    <div className="mt-3 rounded-inset border border-line bg-sunken p-4">
      <p className="mb-2 flex justify-between gap-4">
        <span className="font-semibold">{waits ? state : doing}</span>
        <span className="num text-ink2">{total === null ? format.number(done) : `${format.number(done)} / ${format.number(total)}`}</span>
      </p>
      <ProgressSegments label={t("running")} state={waits ? "paused" : "running"} segments={[{ key: "rest", count: done }]} total={total} />
    </div>
  );
}
