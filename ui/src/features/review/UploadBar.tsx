/** The foot of the review: how many are ready and how many stay, and the one way by which pencil becomes ink. */
import { Link } from "@tanstack/react-router";
import { useQueryClient } from "@tanstack/react-query";
import { CircleCheck, CloudOff, CloudUpload } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { call, isMessage, type JobView, nounOf, nounOfRecords, refresh, type ReviewSummary, useCommand, useProgress, useRead } from "@/api";
import { TroublePanel, useAppState, useNarrow, useOnline, useShortcuts } from "@/app";
import { useFormat, useMessage, useWords } from "@/i18n";
import { Button, ButtonLink, Confirm, ProgressSegments, Switch, useAnnounce } from "@/kit";

import { FormChoice } from "./FormChoice";

const GOING: readonly JobView["state"][] = ["queued", "running", "waiting_crm", "waiting_network", "paused"];

/** The newest upload of a connection, while the review is open. */
export function useUpload(connection: string): JobView | undefined {
  const jobs = useRead("job.list", { connection_id: connection, limit: 20 });
  return jobs.data?.jobs.find((job) => job.kind === "upload");
}

interface UploadBarProps {
  connection: string;
  crm: string;
  summary: ReviewSummary | undefined;
  /** Ready clients that were picked by hand; all that are ready when empty. */
  picked: readonly number[];
}

export function UploadBar({ connection, crm, summary, picked }: UploadBarProps) {
  const { t } = useWords("review");
  const client = useQueryClient();
  const narrow = useNarrow();
  const online = useOnline();
  const state = useAppState();
  const announce = useAnnounce();
  const format = useFormat();
  const job = useUpload(connection);
  const going = job !== undefined && GOING.includes(job.state);
  const [asked, setAsked] = useState<"now" | "later" | "guard" | null>(null);
  // A draft form is made only where one was picked for this upload.
  const [form, setForm] = useState<string | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const lift = useCommand("review.lift_guard");
  const sample = state.data?.profile.kind === "sample";
  const ready = summary?.ready ?? 0;
  const waiting = summary?.waiting ?? 0;
  const approved = summary?.approved ?? 0;
  const guarded = summary?.guard != null;
  const some = picked.length > 0;
  const count = (some ? picked.length : ready) + approved;
  const noun = nounOf(summary);

  const start = async () => {
    setBusy(true);
    setError(null);
    try {
      if (some || ready > 0) await call("review.approve", { connection_id: connection, ...(some ? { seqs: [...picked] } : {}) });
      // Offline too: the upload then waits for the network in the program, which outlives this window.
      await call("push.start", { connection_id: connection, ...(asked === "now" && form !== null ? { form } : {}) });
    } catch (cause) {
      setError(cause instanceof Error ? cause : new Error(String(cause)));
    } finally {
      setBusy(false);
      setAsked(null);
      await refresh(client, ["jobs", "review"]);
    }
  };
  const ask = () => {
    setForm(null);
    if (count > 0 && !going && !sample) setAsked(guarded ? "guard" : online ? "now" : "later");
  };
  useShortcuts(t("shortcuts"), [{ keys: "mod+shift+u", label: t("upload.verb", { ...noun, count, ready: format.number(count) }), run: ask }]);

  if (going && isAhead(job, online)) return <Ahead job={job} count={approved} waiting={waiting} />;
  if (going) return <Going job={job} />;
  const done = job !== undefined && (job.state === "done" || job.state === "partial") && ready + approved === 0;
  if (done) return <Done job={job} waiting={waiting} announce={announce} />;
  const line = online
    ? { title: t("upload.online", { ready: format.number(count), waiting: format.number(waiting) }), text: t("upload.backup") }
    : { title: t("upload.offline", { count, ready: format.number(count) }), text: waiting === 0 ? t("upload.keepGoingAll") : t("upload.keepGoing", { count: waiting, waiting: format.number(waiting) }) };
  const unavailable = sample ? t("upload.sample") : count === 0 ? t("upload.none") : !online ? t("upload.whenOnline") : false;
  return (
    <>
      {!online && <CloudOff size={18} className="text-ink2 max-wide:hidden" aria-hidden />}
      <div className="min-w-[min(10rem,100%)] flex-1" role="status">
        <p className="font-semibold">{line.title}</p>
        <p className="text-hint text-ink3 max-wide:hidden">{line.text}</p>
      </div>
      {!online && count > 0 && !sample && <Switch label={t("upload.later")} checked={false} onChange={() => setAsked("later")} />}
      <span className={narrow ? "flex w-full *:flex-1" : undefined}>
        <Button look="primary" size="md" icon={CloudUpload} busy={busy} unavailable={unavailable} onClick={ask}>
          {t("upload.verb", { ...noun, count, ready: format.number(count) })}
        </Button>
      </span>
      {error !== null && (
        <div className="w-full">
          <TroublePanel error={error} onRetry={() => void start()} />
        </div>
      )}
      <Confirm
        open={asked === "now" || asked === "later"}
        onClose={() => setAsked(null)}
        title={t(asked === "later" ? "upload.askLater" : "upload.ask", { ...noun, count, ready: format.number(count) })}
        text={t(waiting > 0 ? "upload.askText" : "upload.askTextAll", { count: waiting, waiting: format.number(waiting) })}
        verb={t(asked === "later" ? "upload.verbLater" : "upload.verb", { ...noun, count, ready: format.number(count) })}
        refusal={t("upload.notYet")}
        busy={busy}
        onConfirm={() => void start()}
      >
        {asked === "now" && noun.context === undefined && <FormChoice value={form} onChange={setForm} />}
      </Confirm>
      <Confirm
        open={asked === "guard"}
        onClose={() => setAsked(null)}
        title={t(summary?.guard === "rebase" ? "guard.rebase.title" : "guard.title", { crm })}
        text={t(summary?.guard === "rebase" ? "guard.rebase.text" : "guard.text", { crm })}
        verb={t("guard.verb")}
        refusal={t("upload.notYet")}
        busy={lift.isPending}
        onConfirm={() => lift.mutate({ connection_id: connection }, { onSuccess: () => setAsked("now"), onError: setError })}
      />
    </>
  );
}

/** Whether an upload has not begun because WedSync does not answer: everything is still on this computer. */
export function isAhead(job: JobView, online: boolean): boolean {
  if (job.processed > 0) return false;
  return job.state === "waiting_network" || (!online && (job.state === "queued" || job.state === "running"));
}

/** An upload that begins when WedSync answers again; the switch takes it back. */
function Ahead({ job, count, waiting }: { job: JobView; count: number; waiting: number }) {
  const { t } = useWords("review");
  const say = useMessage();
  const format = useFormat();
  const online = useOnline();
  const stop = useCommand("job.cancel");
  const again = useCommand("job.resume");
  const time = job.wait_until === null ? null : format.time(job.wait_until);
  return (
    <>
      <CloudOff size={18} className="text-ink2 max-wide:hidden" aria-hidden />
      <div className="min-w-[min(10rem,100%)] flex-1" role="status">
        <p className="font-semibold">{online && isMessage(job.error) ? say(job.error) : t("ahead.title")}</p>
        <p className="text-hint text-ink3">
          {t("ahead.safe", { count, number: format.number(count) })} {time === null ? t("ahead.soon") : t("ahead.again", { time })}
          {waiting > 0 && <span className="max-wide:hidden"> {t("upload.keepGoing", { count: waiting, waiting: format.number(waiting) })}</span>}
        </p>
      </div>
      <Switch label={t("upload.later")} checked onChange={() => stop.mutate({ job_id: job.id })} />
      <Button busy={again.isPending} unavailable={online ? false : t("upload.whenOnline")} onClick={() => again.mutate({ job_id: job.id })}>
        {t("ahead.now")}
      </Button>
      {stop.error !== null && (
        <div className="w-full">
          <TroublePanel error={stop.error} />
        </div>
      )}
    </>
  );
}

function Going({ job }: { job: JobView }) {
  const { t } = useWords("review");
  const say = useMessage();
  const format = useFormat();
  const progress = useProgress(job.id);
  const pause = useCommand("job.pause");
  const resume = useCommand("job.resume");
  const done = progress?.done ?? job.processed;
  const total = progress === undefined ? job.total : progress.total;
  const phase = progress?.phase ?? null;
  const runs = job.state === "running" || job.state === "queued";
  const doing = runs && phase !== null ? say({ id: `hub.phase.${phase}`, params: { detail: progress?.detail ?? "" } }) : say({ id: `hub.job.${job.state}`, params: {} });
  const figures = total === null ? format.number(done) : t("upload.of", { done: format.number(done), total: format.number(total) });
  return (
    <div className="flex w-full flex-wrap items-center gap-x-4 gap-y-2">
      <div className="min-w-[min(13rem,100%)] flex-1">
        <p className="mb-1.5 flex justify-between gap-4">
          <span className="font-semibold">{doing}</span>
          <span className="num text-ink2">{figures}</span>
        </p>
        <ProgressSegments label={`${doing} ${figures}`} state={runs ? "running" : job.state === "paused" ? "paused" : "waiting"} segments={[{ key: "rest", count: done }]} total={total} />
      </div>
      {runs && <Button busy={pause.isPending} onClick={() => pause.mutate({ job_id: job.id })}>{t("upload.pause")}</Button>}
      {job.state === "paused" && <Button busy={resume.isPending} onClick={() => resume.mutate({ job_id: job.id })}>{t("upload.resume")}</Button>}
    </div>
  );
}

/** How many clients an upload brought into WedSync, by its own count; nothing before it is final. */
export function uploadedClients(counts: unknown): number | null {
  const count = typeof counts === "object" && counts !== null ? (counts as Record<string, unknown>)["uploaded"] : undefined;
  return typeof count === "number" ? count : null;
}

/** What an upload brought, by its own count too: where nothing is left to decide, there is no review any more that could say it. */
export function uploadedNoun(counts: unknown): { context?: "appointment" } {
  const records = typeof counts === "object" && counts !== null ? (counts as Record<string, unknown>)["records"] : undefined;
  return typeof records === "object" && records !== null ? nounOfRecords(records) : {};
}

function Done({ job, waiting, announce }: { job: JobView; waiting: number; announce: (text: string) => void }) {
  const { t } = useWords("review");
  const format = useFormat();
  const count = uploadedClients(job.counts);
  const title = count === null ? t("done.plain") : t("done.title", { count, number: format.number(count), ...uploadedNoun(job.counts) });
  const said = useRef<string | null>(null);
  useEffect(() => {
    if (said.current !== job.id) announce(title);
    said.current = job.id;
  }, [announce, job.id, title]);
  return (
    <>
      <CircleCheck size={18} className="text-ok" aria-hidden />
      <div className="min-w-[min(10rem,100%)] flex-1">
        <p className="font-semibold">{title}</p>
        <p className="text-hint text-ink3">{waiting > 0 ? t("done.waiting", { count: waiting, number: format.number(waiting) }) : t("done.all")}</p>
      </div>
      <ButtonLink>
        <Link to="/history">{t("done.undo")}</Link>
      </ButtonLink>
    </>
  );
}
