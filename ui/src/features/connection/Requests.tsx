/** Requests sent and left, as the program counts them before it sends. */
import type { BudgetWindow, ConnectionPage } from "@/api";
import { useNow } from "@/app";
import { useFormat, useWords } from "@/i18n";
import { Card, cx, Section } from "@/kit";

import { usedOf } from "./model";

export function Requests({ page }: { page: ConnectionPage }) {
  const { t } = useWords("connection");
  const format = useFormat();
  const now = useNow();
  if (page.way === "file") return null;
  const name = page.provider_name ?? page.connection.name;
  const asked = page.blocked_until !== null && new Date(page.blocked_until) > now ? page.blocked_until : null;
  return (
    <Section title={t("requests")}>
      <Card className="flex flex-col gap-3">
        {asked !== null && <p className="font-semibold text-warn">{t("requests.asked", { name, time: format.time(asked) })}</p>}
        {page.budget.length === 0 ? <p className="text-ink2">{t("requests.noLimit", { name })}</p> : page.budget.map((window) => <Window key={window.per_seconds} window={window} />)}
        <p className="text-hint text-ink2">{t("requests.counted", { name })}</p>
      </Card>
    </Section>
  );
}

function Window({ window }: { window: BudgetWindow }) {
  const { t } = useWords("connection");
  const format = useFormat();
  const { used, share, full } = usedOf(window);
  const { per_seconds: seconds, requests, left, oldest_leaves_at } = window;
  const label = seconds === 60 ? t("requests.minute") : seconds === 3600 ? t("requests.hour") : seconds === 86_400 ? t("requests.day") : t("requests.time", { time: format.duration(seconds) });
  return (
    <div>
      <p className="flex items-baseline justify-between gap-3">
        <span className="text-hint text-ink2">{label}</span>
        <span className="num text-hint text-ink2">{t("requests.used", { used: format.number(used), requests: format.number(requests) })}</span>
      </p>
      {/* The words beside it say the same. */}
      <div aria-hidden className="mt-1 h-1.5 overflow-hidden rounded-badge bg-sel">
        <span className={cx("block h-full rounded-badge", full ? "bg-warn-dot" : "bg-fill")} style={{ width: `${String(share)}%` }} />
      </div>
      <p className="mt-1 text-hint text-ink2">
        {full && oldest_leaves_at !== null ? t("requests.full", { time: format.time(oldest_leaves_at) }) : t("requests.left", { count: left, number: format.number(left) })}
      </p>
    </div>
  );
}
