/** A running job inside its CRM's row: its log's own numbers, so that a reload in the middle shows the same ones. */
import { CirclePause, CircleX, LoaderCircle, Pause, Play } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { isMessage, type JobView, type Progress, useCommand, useProgress } from "@/api";
import { TroublePanel } from "@/app";
import { useFormat, useMessage, useWords } from "@/i18n";
import { Button, Legend, ProgressSegments } from "@/kit";

import { segments } from "./found";
import { type Sample, secondsLeft, withSample } from "./steady";

const WAITS: readonly JobView["state"][] = ["waiting_crm", "waiting_network", "waiting_auth"];
const STOPPED: readonly JobView["state"][] = ["paused", "interrupted"];

export function JobProgress({ job, crm, noun = {} }: { job: JobView; crm: string; noun?: { context?: "appointment" } }) {
  const { t } = useWords("home");
  const say = useMessage();
  const format = useFormat();
  const progress = useProgress(job.id);
  const pause = useCommand("job.pause");
  const resume = useCommand("job.resume");
  const stop = useCommand("job.cancel");
  const stopped = STOPPED.includes(job.state);
  // What WedSync switched off goes on by itself, and not before.
  const off = stopped && isMessage(job.error) && job.error.id.startsWith("error.off.");
  const waits = WAITS.includes(job.state) || (!stopped && progress?.waitingUntil != null);
  const left = useTimeLeft(progress, !stopped && !waits);

  const phase = progress?.phase ?? null;
  // While pages are read, the total grows with every list that is opened: it is not one yet.
  const counting = phase === null || phase === "fetch" || phase === "mirror";
  // The row of a job that stopped is the last word; its last tick may still be on its way.
  const done = stopped ? Math.max(progress?.done ?? 0, job.processed) : (progress?.done ?? job.processed);
  const total = counting ? null : (progress?.total ?? null);
  const found = segments(done, progress?.found ?? {});
  const state = say({ id: `hub.job.${job.state}`, params: {} });
  const sentence = (): string => {
    if (stopped && done === 0) return state;
    if (stopped) return t(total === null ? "job.stoppedRead" : "job.stoppedAt", { state, done: format.number(done), total: format.number(total ?? 0), count: done });
    if (waits) return job.state === "running" || job.state === "queued" ? t("job.waitingCrm", { name: crm }) : state;
    if (phase === null) return state;
    if (total !== null) return t(job.kind === "import" ? "job.importing" : "job.doing", { done: format.number(done), total: format.number(total), count: total, ...noun, what: say({ id: `hub.phase.${phase}`, params: { detail: "" } }) });
    if (phase === "fetch") return done === 0 ? t("job.reading", { name: crm }) : t("job.read", { name: crm, count: done, number: format.number(done) });
    return say({ id: `hub.phase.${phase}`, params: { detail: progress?.detail ?? "" } });
  };
  const label = sentence();
  const until = job.wait_until ?? progress?.waitingUntil;
  const told = found.filter(({ key, count }) => key !== "rest" && count > 0);
  const error = pause.error ?? resume.error ?? stop.error;
  return (
    <div className="mx-4 mb-4 rounded-inset border border-line bg-sunken px-3.5 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        {stopped || waits ? <CirclePause size={15} className="flex-none text-ink2" aria-hidden /> : <LoaderCircle size={15} className="spin flex-none text-pri" aria-hidden />}
        <p className="num min-w-0 flex-1 font-semibold">{label}</p>
        {left !== null && <span className="num text-hint text-ink2">{t("job.left", { time: format.duration(left) })}</span>}
        {waits && until != null && <span className="num text-hint text-ink2">{t("job.until", { time: format.time(until) })}</span>}
        {stopped || job.state === "waiting_network" || job.state === "waiting_auth" ? (
          <>
            <Button size="xs" look="quiet" icon={CircleX} busy={stop.isPending} onClick={() => stop.mutate({ job_id: job.id })}>
              {t("job.stop")}
            </Button>
            {!off && <Button size="xs" icon={Play} busy={resume.isPending} onClick={() => resume.mutate({ job_id: job.id })}>
              {t("job.resume")}
            </Button>}
          </>
        ) : (
          <Button size="xs" icon={Pause} busy={pause.isPending} onClick={() => pause.mutate({ job_id: job.id })}>
            {t("job.pause")}
          </Button>
        )}
      </div>
      <div className="my-2">
        {/* At rest with no total there is no share to draw. */}
        {!(stopped && total === null) && <ProgressSegments label={label} state={stopped ? "paused" : waits ? "waiting" : "running"} segments={found} total={total} />}
      </div>
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
        {told.length > 0 ? (
          <Legend items={told.map(({ key, count }) => ({ key, text: t(`found.${key === "rest" ? "new" : key}`, { count, number: format.number(count) }) }))} />
        ) : (
          <span className="text-hint text-ink2">{stopped ? t("job.kept") : t("job.onlyHere")}</span>
        )}
        {!stopped && !waits && phase !== null && <span className="text-hint text-ink2">{t("job.now", { what: say({ id: `hub.phase.${phase}`, params: { detail: progress?.detail ?? "" } }) })}</span>}
      </div>
      {/* The reason of what WedSync switched off stands among what needs the person, once. */}
      {isMessage(job.error) && <p className="mt-2 text-hint text-warn">{off ? t("job.off") : say(job.error)}</p>}
      {error !== null && (
        <div className="mt-3">
          <TroublePanel error={error} />
        </div>
      )}
    </div>
  );
}

/** Watches the pace twice a second; counts from when this screen began to look, and anew with each phase. */
function useTimeLeft(progress: Progress | undefined, runs: boolean): number | null {
  const [watched, setWatched] = useState<{ phase: string | null; samples: readonly Sample[] }>({ phase: null, samples: [] });
  const latest = useRef(progress);
  useEffect(() => {
    latest.current = progress;
  });
  useEffect(() => {
    if (!runs) return;
    const timer = setInterval(() => {
      const now = latest.current;
      if (now === undefined) return;
      const sample = { at: performance.now(), done: now.done };
      setWatched((before) => ({ phase: now.phase, samples: withSample(before.phase === now.phase ? before.samples : [], sample) }));
    }, 500);
    return () => clearInterval(timer);
  }, [runs]);
  const counting = progress === undefined || progress.phase === "fetch" || progress.phase !== watched.phase;
  return runs && !counting ? secondsLeft(watched.samples, progress.total) : null;
}
