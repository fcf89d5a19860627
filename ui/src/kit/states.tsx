/** Nothing there, not there yet, went wrong: the three states that every screen has besides its own. */
import { ChevronRight, Copy, type LucideIcon, Unplug } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";

import { useWords } from "@/i18n";

import { Button } from "./Button";
import { cx } from "./cx";

/** A dashed box, one sentence, one action. */
export function Empty({ icon: Icon, title, text, action }: { icon: LucideIcon; title: string; text?: string; action?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-1 rounded-card border border-dashed border-pencil px-6 py-8 text-center">
      <Icon size={20} className="mb-1 text-ink2" aria-hidden />
      <p className="font-semibold">{title}</p>
      {text !== undefined && <p className="text-hint text-ink3">{text}</p>}
      {action !== undefined && <div className="mt-3">{action}</div>}
    </div>
  );
}

/** After how long a load is worth showing, in milliseconds. */
const LATE = 400;

/** True once something has taken long enough to be worth showing. */
export function useLate(): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), LATE);
    return () => clearTimeout(timer);
  }, []);
  return late;
}

/** Rows in the geometry of the real ones, after 400 ms. */
export function Skeleton({ rows = 6, height = 36 }: { rows?: number; height?: number }) {
  const { t } = useWords("kit");
  const late = useLate();
  return (
    <div role="status" aria-busy="true">
      <span className="sr-only">{t("loading")}</span>
      {late &&
        Array.from({ length: rows }, (_, row) => (
          <div key={row} aria-hidden className="fade-in flex items-center gap-5 border-b border-line px-4" style={{ height }}>
            <Bar className="w-4" />
            <Bar className={row % 2 === 0 ? "w-2/5" : "w-1/3"} />
            <Bar className="w-1/6" />
            <Bar className="w-1/5" />
          </div>
        ))}
    </div>
  );
}

function Bar({ className }: { className: string }) {
  return <span className={cx("h-2.5 rounded-badge bg-sel", className)} />;
}

export interface ErrorPanelProps {
  /** What happened, what it means for their data, what we will do: one or more sentences. */
  text: string;
  hints?: readonly string[];
  /** One fix button. */
  fix?: ReactNode;
  /** Code and reference, behind "Details for support". */
  details?: string;
  tone?: "bad" | "warn";
}

/** An error in its place. Never a toast. */
export function ErrorPanel({ text, hints = [], fix, details, tone = "bad" }: ErrorPanelProps) {
  const { t } = useWords("kit");
  return (
    <div
      role="alert"
      className={cx("flex flex-col items-start gap-3 rounded-card border p-4", tone === "bad" ? "border-bad-line bg-bad-soft" : "border-warn-line bg-warn-soft")}
    >
      <div className="flex gap-3">
        <Unplug size={18} className={cx("flex-none", tone === "bad" ? "text-bad" : "text-warn")} aria-hidden />
        <div>
          <p className="font-semibold">{text}</p>
          {hints.map((hint) => (
            <p key={hint} className="mt-0.5 text-ink2">
              {hint}
            </p>
          ))}
        </div>
      </div>
      {fix}
      {details !== undefined && (
        <details className="w-full text-hint text-ink2">
          <summary className="flex items-center gap-1">
            <ChevronRight size={13} aria-hidden />
            {t("error.details")}
          </summary>
          <div className="mt-2 flex items-center gap-2">
            <code className="rounded-cell bg-card px-2 py-1 font-mono text-ink">{details}</code>
            <Button size="xs" icon={Copy} onClick={() => void navigator.clipboard.writeText(details)}>
              {t("copy")}
            </Button>
          </div>
        </details>
      )}
    </div>
  );
}
