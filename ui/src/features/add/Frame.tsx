/** The frame of every step: rail with the way so far, title, content, action bar. Narrow windows get one line in its place. */
import { Link } from "@tanstack/react-router";
import { Check, PencilLine, X } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";

import type { ProviderInfo } from "@/api";
import { useWords } from "@/i18n";
import { Card, CrmMark, cx, Tooltip } from "@/kit";

export const STEPS = ["choose", "connect", "bring", "preview"] as const;
export type StepName = (typeof STEPS)[number];

interface FrameProps {
  step: StepName;
  title: string;
  lead: ReactNode;
  /** The CRM, once chosen. */
  provider?: Pick<ProviderInfo, "key" | "name">;
  /** The clients come from files: the second step is theirs. */
  files?: boolean;
  footer?: ReactNode;
  children: ReactNode;
}

export function Frame({ step, title, lead, provider, files = false, footer, children }: FrameProps) {
  const { t } = useWords("add");
  const heading = useRef<HTMLHeadingElement>(null);
  const at = STEPS.indexOf(step);
  useEffect(() => {
    document.title = t("window.title", { ns: "app", title });
  }, [title, t]);
  // A new step is a new page: the focus goes to its title, which is read out.
  useEffect(() => heading.current?.focus(), [step]);
  return (
    <div className="flex h-full max-wide:flex-col">
      <Rail at={at} provider={provider} files={files} />
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        <main id="main" data-pane="" tabIndex={-1} className="min-h-0 flex-1 overflow-y-auto px-12 pt-16 pb-8 max-wide:px-4 max-wide:pt-5">
          <div className="mx-auto max-w-4xl desk:max-w-[58.5rem]">
            <h1 ref={heading} tabIndex={-1} className="text-figure font-semibold [overflow-wrap:anywhere] focus:outline-none">
              {title}
            </h1>
            <div className="mt-1 mb-6 text-row text-ink2">{lead}</div>
            {children}
          </div>
          <div className="absolute right-5 top-2.5 max-wide:right-2 max-wide:top-1">
            <Tooltip text={t("close")}>
              <Link to="/home" aria-label={t("close")} className="btn" data-look="quiet" data-size="md" data-icon="">
                <X size={17} aria-hidden />
              </Link>
            </Tooltip>
          </div>
        </main>
        {footer !== undefined && (
          <footer data-pane="" tabIndex={-1} className="flex min-h-16 flex-none flex-wrap items-center gap-3 border-t border-line px-12 py-3 max-wide:px-4">
            {footer}
          </footer>
        )}
      </div>
    </div>
  );
}

function Rail({ at, provider, files }: { at: number; provider: FrameProps["provider"]; files: boolean }) {
  const { t } = useWords("add");
  const name = (step: StepName) => (files && step === "connect" ? "files" : step);
  return (
    <aside
      data-pane=""
      tabIndex={-1}
      aria-label={t("steps")}
      className="flex w-62 flex-none flex-col overflow-y-auto border-r border-line bg-canvas px-4 pt-16 pb-4 max-wide:w-full max-wide:border-r-0 max-wide:border-b max-wide:py-3.5"
    >
      <p className="px-2 text-title font-semibold max-wide:px-0 max-wide:text-body">{t("rail")}</p>
      <p className="text-hint text-ink2 wide:hidden">{t("rail.at", { at: at + 1, of: STEPS.length, step: t(`step.${name(STEPS[at] ?? "choose")}`) })}</p>
      <ol className="mt-6 px-2 max-wide:hidden">
        {STEPS.map((step, index) => {
          const done = index < at;
          const named = step === "choose" && done && provider !== undefined;
          return (
            <li key={step} aria-current={index === at ? "step" : undefined} className="relative flex min-h-15.5 gap-3">
              {index < STEPS.length - 1 && (
                <span aria-hidden className={cx("absolute left-[11px] top-6 bottom-0 border-l", done ? "border-pri" : "border-dashed border-pencil")} />
              )}
              <span
                className={cx(
                  "num grid size-[23px] flex-none place-items-center rounded-full border text-hint font-semibold",
                  done && "border-pri bg-pri-soft text-pri",
                  index === at && "border-fill bg-fill text-on-pri",
                  index > at && "border-dashed border-pencil text-ink2",
                )}
              >
                {done ? <Check size={13} strokeWidth={2.5} aria-label={t("step.done")} /> : index + 1}
              </span>
              <span className="min-w-0">
                <span className={cx("flex items-center gap-2", index === at ? "font-semibold" : "text-ink2")}>
                  {named && <CrmMark provider={provider.key} name={provider.name} size={18} />}
                  {/* A name of one's own may be long: the steps below it keep their distance. */}
                  <span className="line-clamp-2 [overflow-wrap:anywhere]" title={named ? provider.name : undefined}>
                    {named ? provider.name : t(`step.${name(step)}`)}
                  </span>
                </span>
                <span className="block text-hint text-ink2">{t(`step.${name(step)}.what`)}</span>
              </span>
            </li>
          );
        })}
      </ol>
      <span className="flex-1" />
      {/* Wider than the steps by their padding and not by a margin below nought: WebKit scrolls sideways for one. */}
      <Card pencil className="max-wide:hidden">
        <p className="flex items-center gap-2 text-hint font-semibold">
          <PencilLine size={14} aria-hidden />
          {t("pencil.title")}
        </p>
        <p className="mt-1 text-hint text-ink2">{t("pencil.text")}</p>
      </Card>
    </aside>
  );
}
