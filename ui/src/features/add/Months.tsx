/** Weddings by month as bars: those that the chosen dates bring in ink, the others in pencil grey. */
import { useFormat, useWords } from "@/i18n";

import type { MonthSpan } from "./months";

const HEIGHT = 84;

export function Months({ span, complete, noun = {} }: { span: MonthSpan; complete: boolean; noun?: { context?: "appointment" } }) {
  const { t } = useWords("add");
  const format = useFormat();
  const most = Math.max(1, ...span.bars.map((bar) => bar.count));
  const width = span.bars.length;
  const left = span.total - span.brought;
  const words = t("bring.weddings", { count: span.total, brought: format.number(span.brought), total: format.number(span.total), ...noun });
  return (
    <figure className="flex flex-col gap-1.5">
      <svg viewBox={`0 0 ${String(width)} ${String(HEIGHT)}`} preserveAspectRatio="none" className="h-21 w-full" role="img" aria-label={words}>
        {span.bars.map((bar, at) => {
          const height = bar.count === 0 ? 1 : Math.max(3, (bar.count / most) * HEIGHT);
          return <rect key={bar.month} x={at + 0.14} y={HEIGHT - height} width={0.72} height={height} className={bar.brought ? "fill-fill" : "fill-line2"} />;
        })}
      </svg>
      <div className="relative h-4 border-t border-line" aria-hidden>
        {span.years.map(({ year, at }, place) => (
          // A year that begins right at the edge would lie over the next one.
          (span.years[place + 1]?.at ?? width) - at >= width / 10 && (
            <span key={year} className="num absolute top-0.5 text-tiny text-ink2" style={{ left: `${String((at / width) * 100)}%` }}>
              {String(year)}
            </span>
          )
        ))}
      </div>
      <figcaption className="num mt-1 text-hint text-ink2">
        {words}
        {left > 0 && ` ${t("bring.stay", { count: left, number: format.number(left) })}`}
        {span.undated > 0 && ` ${t("bring.undated", { count: span.undated, number: format.number(span.undated) })}`}
        {!complete && ` ${t("bring.someMonths")}`}
      </figcaption>
    </figure>
  );
}
