import { useEffect, useRef } from "react";

import { useAnnounce } from "./announce";
import { cx } from "./cx";

export type ProgressState = "running" | "waiting" | "paused" | "done" | "stopped";

export interface Segment {
  key: "new" | "changed" | "duplicate" | "problem" | "rest";
  count: number;
}

const FILL: Record<Segment["key"], string> = {
  new: "bg-fill",
  changed: "bg-(--seg-changed)",
  duplicate: "bg-warn-dot",
  problem: "bg-bad-dot",
  rest: "bg-fill",
};
const WHOLE: Record<ProgressState, string | null> = {
  running: null,
  waiting: "bg-(--seg-changed)",
  paused: "bg-ctl",
  done: "bg-ok-dot",
  stopped: "bg-bad-dot",
};

export interface ProgressProps {
  /** What is going on, as a sentence; read out at every tenth and shown by the caller. */
  label: string;
  state: ProgressState;
  /** What was found so far; its sum is what is done. */
  segments: readonly Segment[];
  /** Nothing while unknown: the bar then shows movement and no share. */
  total: number | null;
}

/** A bar of what was found. An unknown total looks unknown. */
export function ProgressSegments({ label, state, segments, total }: ProgressProps) {
  const done = segments.reduce((sum, segment) => sum + segment.count, 0);
  const percent = total === null || total === 0 ? null : Math.min(100, Math.floor((done / total) * 100));
  useTenths(percent, label);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent ?? undefined}
      className="flex h-2 w-full gap-px overflow-hidden rounded-badge bg-sel"
    >
      {percent === null ? (
        <span className={cx("h-full", state === "running" ? "unknown-share w-1/3 bg-(--seg-changed)" : `w-full ${WHOLE[state] ?? ""}`)} />
      ) : (
        segments
          .filter((segment) => segment.count > 0)
          .map((segment) => (
            <span
              key={segment.key}
              className={cx("h-full transition-[width] duration-300", WHOLE[state] ?? FILL[segment.key])}
              style={{ width: `${String((segment.count / Math.max(total ?? 1, done)) * 100)}%` }}
            />
          ))
      )}
    </div>
  );
}

/** Says the sentence at every tenth, politely: not at every tick. */
function useTenths(percent: number | null, label: string): void {
  const announce = useAnnounce();
  const said = useRef<number | null>(null);
  const tenth = percent === null ? null : Math.floor(percent / 10);
  useEffect(() => {
    if (tenth !== null && said.current !== null && tenth !== said.current) announce(label);
    said.current = tenth;
  }, [tenth, announce, label]);
}

/** Squares with their words under a bar. */
export function Legend({ items }: { items: readonly { key: Segment["key"]; text: string }[] }) {
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 text-hint text-ink2">
      {items.map((item) => (
        <li key={item.key} className="flex items-center gap-1.5">
          <span className={cx("size-2 rounded-[2px]", FILL[item.key])} aria-hidden />
          {item.text}
        </li>
      ))}
    </ul>
  );
}
