/** Home before the first CRM: what will happen, drawn and said, and the ways to begin. */
import { Link } from "@tanstack/react-router";
import { ChevronRight, Plus, ShieldCheck } from "lucide-react";

import { useRead } from "@/api";
import { StartSample, TrySample } from "@/app";
import { useWords } from "@/i18n";
import { ButtonLink, CrmMark } from "@/kit";

const TILE = "flex min-h-15 items-center gap-3 rounded-card border border-line bg-card px-4 text-left text-ink no-underline shadow-card hover:bg-hover";

export function Nothing({ sample }: { sample: boolean }) {
  const { t } = useWords("home");
  const providers = useRead("providers.list", {});
  if (sample) {
    return (
      <div className="mx-auto flex max-w-150 flex-col items-center gap-3 pt-24 text-center max-wide:pt-8">
        <PencilToInk />
        <h2 className="serif mt-4 text-empty">{t("sample.title")}</h2>
        <p className="mb-3 max-w-120 text-row text-ink2">{t("sample.text")}</p>
        <StartSample />
      </div>
    );
  }
  return (
    <div className="mx-auto flex max-w-150 flex-col items-center pt-24 text-center max-wide:pt-8">
      <PencilToInk />
      <h2 className="serif mt-7 text-empty">{t("empty.title")}</h2>
      <p className="mt-3 max-w-120 text-row text-ink2">{t("empty.text")}</p>
      <ul className="mt-7 grid w-full gap-3 wide:grid-cols-2">
        {providers.data?.providers.slice(0, 3).map((provider) => (
          <li key={provider.key}>
            <Link
              to="/add"
              search={{ provider: provider.key }}
              className={TILE}
            >
              <CrmMark provider={provider.key} name={provider.name} size={30} />
              <span className="min-w-0 flex-1">
                <span className="block font-semibold">{provider.name}</span>
                <span className="block text-hint text-ink2">{t(provider.routes.some((route) => route.kind === "api" && route.works) ? "empty.apiKey" : "empty.byFile")}</span>
              </span>
              <ChevronRight size={16} className="text-ink2" aria-hidden />
            </Link>
          </li>
        ))}
        <li>
          <Link to="/add" search={{ step: "files" }} className={TILE}>
            <CrmMark provider="spreadsheet" name={t("empty.file")} size={30} />
            <span className="min-w-0 flex-1">
              <span className="block font-semibold">{t("empty.file")}</span>
              <span className="block text-hint text-ink2">{t("empty.file.what")}</span>
            </span>
            <ChevronRight size={16} className="text-ink2" aria-hidden />
          </Link>
        </li>
      </ul>
      <div className="mt-6 flex flex-wrap justify-center gap-3">
        <ButtonLink look="primary">
          <Link to="/add">
            <Plus size={15} aria-hidden />
            {t("empty.add")}
          </Link>
        </ButtonLink>
        <TrySample />
      </div>
      <p className="mt-6 flex items-center gap-2 text-hint text-ink2">
        <ShieldCheck size={15} aria-hidden />
        {t("empty.onlyRead")}
      </p>
    </div>
  );
}

/** A pencilled card that becomes an inked one. */
function PencilToInk() {
  return (
    <svg width="216" height="56" viewBox="0 0 216 56" fill="none" aria-hidden strokeWidth="1.8" strokeLinecap="round">
      <g className="stroke-pencil" strokeDasharray="3.5 4">
        <rect x="1" y="1" width="66" height="54" rx="8" />
        <path d="M13 16h28M13 28h42M13 40h20" />
      </g>
      <g className="stroke-pri">
        <path d="M76 28h61M129 20l9 8-9 8" strokeLinejoin="round" />
        <rect x="149" y="1" width="66" height="54" rx="8" />
        <path d="M161 16h30M161 28h42M161 40h26" />
      </g>
    </svg>
  );
}
