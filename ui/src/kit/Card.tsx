import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

import { cx } from "./cx";
import type { Tone } from "./Badge";

/** Groups what belongs together; `pencil` is only on this computer. */
export function Card({ children, pencil, padded = true, className }: { children: ReactNode; pencil?: boolean; padded?: boolean; className?: string }) {
  return (
    <div
      className={cx(
        "rounded-card border",
        pencil ? "border-dashed border-pencil" : "border-line bg-card shadow-card",
        padded && "p-4",
        className,
      )}
    >
      {children}
    </div>
  );
}

/** A titled part of a page: heading, a word at the right, then its content. */
export function Section({ title, note, children }: { title: string; note?: ReactNode; children: ReactNode }) {
  return (
    <section className="min-w-0">
      <div className="mb-2.5 flex min-h-6 items-center justify-between gap-4">
        <h2 className="text-body font-semibold">{title}</h2>
        {note !== undefined && <span className="text-hint text-ink3">{note}</span>}
      </div>
      {children}
    </section>
  );
}

const TILE: Record<Exclude<Tone, "neutral" | "pencil">, string> = {
  ok: "bg-ok-soft text-ok",
  pri: "bg-pri-soft text-pri",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
};

export interface AttentionProps {
  tone: keyof typeof TILE;
  icon: LucideIcon;
  /** What. */
  title: string;
  /** Why, in one line. */
  why: string;
  /** One verb button. */
  action: ReactNode;
}

/** What needs the person: what, why, one button. Goes into a list inside a card without padding. */
export function AttentionRow({ tone, icon: Icon, title, why, action }: AttentionProps) {
  return (
    <li className="flex items-center gap-3 border-b border-line px-4 py-3 last:border-b-0">
      <span className={cx("grid size-8 flex-none place-items-center rounded-inset", TILE[tone])}>
        <Icon size={16} aria-hidden />
      </span>
      <span className="min-w-0 flex-1">
        <span className="block font-semibold">{title}</span>
        <span className="block text-hint text-ink3">{why}</span>
      </span>
      {action}
    </li>
  );
}
