/** Why two records may be one couple: points that sum to the score, as bars and as numbers. */
import { AtSign, CalendarHeart, type LucideIcon, Phone, Scale, Sigma, Type, UserX } from "lucide-react";

import type { CandidateView } from "@/api";
import { useFormat, useMessage, useWords } from "@/i18n";

import { extent, waterfall } from "./waterfall";

const ICON: Record<string, LucideIcon> = {
  "match.same_email": AtSign,
  "match.same_phone": Phone,
  "match.same_date": CalendarHeart,
  "match.other_date": CalendarHeart,
  "match.other_person": UserX,
};

export function Evidence({ candidate }: { candidate: CandidateView }) {
  const { t } = useWords("duplicates");
  const say = useMessage();
  const format = useFormat();
  const bars = waterfall(candidate);
  const most = extent(bars);
  const at = (points: number) => `${String((Math.max(0, points) / most) * 100)}%`;
  const signed = (points: number) => (points > 0 ? `+${format.number(points)}` : format.number(points).replace("-", "−"));
  const shown = (detail: string) => (/^\d{4}-\d{2}-\d{2}$/.test(detail) ? format.date(detail) : detail);
  return (
    <section>
      <h3 className="mb-2 flex flex-wrap items-baseline gap-x-3 font-semibold">
        {t("evidence")}
        <span className="text-hint font-normal text-ink3">{t("evidence.sum", { score: format.number(candidate.score) })}</span>
      </h3>
      <ul className="relative flex flex-col">
        <li aria-hidden className="pointer-events-none absolute inset-y-0 left-[min(46%,340px)] right-14 max-wide:hidden">
          {[60, 90].map((guide) => (
            <span key={guide} className="absolute inset-y-0 border-l border-dashed border-line2" style={{ left: at(guide) }}>
              <span className="absolute -top-4 -translate-x-1/2 whitespace-nowrap text-tiny text-ink3">{t(guide === 60 ? "guide.ask" : "guide.sure")}</span>
            </span>
          ))}
        </li>
        {bars.map((bar, index) => {
          const Icon = bar.why === "limit" ? Scale : (ICON[bar.why.id] ?? Type);
          return (
            <li key={index} className="flex min-h-[26px] items-center gap-2">
              <span className="flex w-[min(46%,340px)] min-w-0 flex-none items-center gap-2 pr-3 max-wide:w-auto max-wide:flex-1">
                <Icon size={14} className="flex-none text-ink2" aria-hidden />
                <span className="min-w-0">
                  {bar.why === "limit" ? t("evidence.limit") : say(bar.why)} <span className="break-words text-ink3">{shown(bar.detail)}</span>
                </span>
              </span>
              <span aria-hidden className="relative -ml-2 h-3.5 flex-1 max-wide:hidden">
                <span
                  className={bar.points > 0 ? "absolute inset-y-0 rounded-[2px] bg-fill" : "absolute inset-y-0 rounded-[2px] border-[1.5px] border-bad-dot"}
                  style={{ left: at(bar.from), width: at(bar.to - bar.from) }}
                />
              </span>
              <span className={`num w-12 flex-none text-right ${bar.points < 0 ? "text-bad" : ""}`}>
                {signed(bar.points)}
              </span>
            </li>
          );
        })}
        <li className="flex min-h-[26px] items-center gap-2 font-semibold">
          <span className="flex w-[min(46%,340px)] flex-none items-center gap-2 max-wide:w-auto max-wide:flex-1">
            <Sigma size={14} className="text-pri" aria-hidden />
            {t("evidence.together")}
          </span>
          <span aria-hidden className="relative -ml-2 h-3.5 flex-1 max-wide:hidden">
            <span className="absolute inset-y-0 left-0 rounded-[2px] border-[1.5px] border-pri bg-pri-soft" style={{ width: at(candidate.score) }} />
          </span>
          <span className="num w-12 flex-none text-right text-pri">{format.number(candidate.score)}</span>
        </li>
      </ul>
    </section>
  );
}
