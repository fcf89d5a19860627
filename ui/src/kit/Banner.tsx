import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

import { cx } from "./cx";

const LOOK = {
  pri: "bg-pri-soft border-pri-line [--mark:var(--pri)]",
  warn: "bg-warn-soft border-warn-line [--mark:var(--warn)]",
  bad: "bg-bad-soft border-bad-line [--mark:var(--bad)]",
} as const;

export interface BannerProps {
  tone: keyof typeof LOOK;
  icon: LucideIcon;
  title: ReactNode;
  text?: ReactNode;
  actions?: ReactNode;
}

/** One at most on a screen. Errors that need the person stand here, in place, never in a toast. */
export function Banner({ tone, icon: Icon, title, text, actions }: BannerProps) {
  return (
    <div role={tone === "bad" ? "alert" : "status"} className={cx("flex flex-wrap items-center gap-x-4 gap-y-3 rounded-card border px-5 py-4", LOOK[tone])}>
      <Icon size={20} className="flex-none text-(--mark)" aria-hidden />
      <div className="min-w-[min(14rem,100%)] flex-1">
        <p className="text-row font-semibold">{title}</p>
        {text !== undefined && <p className="mt-0.5 text-ink2">{text}</p>}
      </div>
      {actions !== undefined && <div className="flex min-w-0 flex-wrap gap-2">{actions}</div>}
    </div>
  );
}
