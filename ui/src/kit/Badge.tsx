import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

import { cx } from "./cx";

/** State, never decoration: `pencil` is not uploaded, `pri` is ours, the rest are the state hues. */
export type Tone = "ok" | "pri" | "warn" | "bad" | "neutral" | "pencil";

const SOFT: Record<Tone, string> = {
  ok: "bg-ok-soft text-ok",
  pri: "bg-pri-soft text-pri",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  neutral: "bg-hover text-ink2",
  pencil: "border border-dashed border-pencil text-ink",
};
const PLAIN: Record<Tone, string> = {
  ok: "text-ok",
  pri: "text-pri",
  warn: "text-warn",
  bad: "text-bad",
  neutral: "text-ink2",
  pencil: "text-ink2",
};

/** Icon and word on a soft ground; `plain` has no ground, as in the status column. */
export function Badge({ tone, icon: Icon, plain, children }: { tone: Tone; icon: LucideIcon; plain?: boolean; children: ReactNode }) {
  return (
    <span
      className={cx(
        "inline-flex h-5 items-center gap-1.5 whitespace-nowrap text-head font-[550]",
        plain ? PLAIN[tone] : `rounded-badge px-2 ${SOFT[tone]}`,
      )}
    >
      <Icon size={13} aria-hidden />
      {children}
    </span>
  );
}
