/** The one event stream: feeds the progress of jobs, makes caches stale, and passes the rest on to who asked. */
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useSyncExternalStore } from "react";

import { transport } from "@/platform";

import type { HubEvent, JobEventView, Tag } from "./generated/rpc";
import { refresh } from "./hooks";
import { hear, type Progress, reduce, reduceAll, START } from "./progress";
import { call } from "./rpc";

type Hearer = (event: HubEvent) => void;

/** Live state beside the caches. One for each window. */
export class Live {
  #jobs = new Map<string, Progress>();
  #fetching = new Set<string>();
  #changed = new Set<() => void>();
  #hearers = new Set<Hearer>();
  #connected: "no" | "yes" | "lost" = "no";

  constructor(private readonly client: QueryClient) {}

  /** Starts to listen; the returned function ends it. */
  start(): () => void {
    return transport.listen(
      (event) => this.take(event as HubEvent),
      () => {
        const again = this.#connected === "lost";
        this.#connected = "yes";
        // What was told meanwhile was missed: read it.
        if (again) {
          for (const job of this.#jobs.keys()) void this.catchUp(job);
          void this.client.invalidateQueries();
        }
        this.#tell();
      },
      () => {
        this.#connected = "lost";
        this.#tell();
      },
    );
  }

  /** Takes one event in. */
  take(event: HubEvent): void {
    if (event.topic === "job" && event.job_id !== null) {
      if (event.seq > 0) this.#takeJob(event.job_id, event);
      else {
        // A job whose log nobody has read yet is read when somebody asks for it.
        const known = this.#jobs.get(event.job_id);
        if (known !== undefined) this.#jobs.set(event.job_id, hear(known, event.event));
        this.#tell();
      }
      const type = (event.event as { type?: unknown } | null)?.type;
      if (type === "begin" || type === "end" || type === "waiting_crm") void refresh(this.client, ["jobs", "review"]);
    } else if (event.topic === "changed") {
      const tags = (event.event as { tags?: Tag[] } | null)?.tags ?? [];
      void refresh(this.client, tags);
    }
    for (const hearer of this.#hearers) hearer(event);
  }

  #takeJob(job: string, event: HubEvent): void {
    const next = reduce(this.#jobs.get(job) ?? START, event);
    if (next === "gap") void this.catchUp(job);
    else {
      this.#jobs.set(job, next);
      this.#tell();
    }
  }

  /** Reads the log of a job from where we stand to its end. */
  async catchUp(job: string): Promise<void> {
    if (this.#fetching.has(job)) return;
    this.#fetching.add(job);
    try {
      for (;;) {
        const from = this.#jobs.get(job) ?? START;
        const { events }: { events: JobEventView[] } = await call("job.events", { job_id: job, after: from.seq });
        // Live events may have come in while the log was read.
        const { progress } = reduceAll(this.#jobs.get(job) ?? START, events);
        this.#jobs.set(job, progress);
        this.#tell();
        if (events.length < 1000) return;
      }
    } catch {
      // The log is read again at the next event or reconnection; the job's own row still shows its counts.
    } finally {
      this.#fetching.delete(job);
    }
  }

  progress(job: string): Progress | undefined {
    return this.#jobs.get(job);
  }

  connection(): "no" | "yes" | "lost" {
    return this.#connected;
  }

  watch = (changed: () => void): (() => void) => {
    this.#changed.add(changed);
    return () => this.#changed.delete(changed);
  };

  hear(hearer: Hearer): () => void {
    this.#hearers.add(hearer);
    return () => this.#hearers.delete(hearer);
  }

  #tell(): void {
    for (const changed of this.#changed) changed();
  }
}

const LiveContext = createContext<Live | null>(null);

export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const live = useMemo(() => new Live(client), [client]);
  useEffect(() => live.start(), [live]);
  return <LiveContext value={live}>{children}</LiveContext>;
}

function useLive(): Live {
  const live = useContext(LiveContext);
  if (live === null) throw new Error("LiveProvider is missing");
  return live;
}

/** The progress of a job, from its log and the live stream together; nothing until the log was read. */
export function useProgress(job: string | null): Progress | undefined {
  const live = useLive();
  useEffect(() => {
    if (job !== null && live.progress(job) === undefined) void live.catchUp(job);
  }, [live, job]);
  return useSyncExternalStore(live.watch, () => (job === null ? undefined : live.progress(job)));
}

/** Hears events of one topic, such as `preview` or `sign_in`. Pass a function that does not change at each render. */
export function useTopic(topic: "job" | "preview" | "sign_in" | "changed" | "notice" | "files" | "menu", hearer: Hearer): void {
  const live = useLive();
  useEffect(
    () =>
      live.hear((event) => {
        if (event.topic === topic) hearer(event);
      }),
    [live, topic, hearer],
  );
}

/** Whether the program behind the interface is still heard. */
export function useLink(): "no" | "yes" | "lost" {
  const live = useLive();
  return useSyncExternalStore(live.watch, () => live.connection());
}
