/** Step 1: where the clients are now. Only what can really be connected is offered. */
import { Link } from "@tanstack/react-router";
import { FileUp, KeyRound, Search } from "lucide-react";
import { type ReactNode, useState } from "react";

import type { AppState, ProviderInfo } from "@/api";
import { tierName } from "@/app";
import { useFormat, useWords } from "@/i18n";
import { Button, ButtonLink, CrmMark, Input } from "@/kit";

import { Frame } from "./Frame";
import { findProviders } from "./providers";

/** From how many on a search helps more than it clutters. */
const SEARCH_FROM = 4;

interface ChooseProps {
  providers: readonly ProviderInfo[];
  chosen: string | undefined;
  state: AppState;
  onChosen: (provider: string) => void;
  onFiles: () => void;
}

/** The choice that is no CRM; providers have keys of letters. */
const FILE = "-";

export function Choose({ providers, chosen, state, onChosen, onFiles }: ChooseProps) {
  const { t } = useWords("add");
  const format = useFormat();
  const [search, setSearch] = useState("");
  const [picked, setPicked] = useState(chosen ?? (providers.length === 1 ? providers[0]?.key : undefined));
  const found = findProviders(providers, search);
  const provider = found.find((each) => each.key === picked);
  const plan = state.signed_in;
  const lead =
    plan?.connection_limit == null
      ? t("choose.lead")
      : t("choose.leadPlan", { tier: tierName(plan.tier), count: plan.connection_limit });
  return (
    <Frame
      step="choose"
      title={t("title")}
      lead={lead}
      footer={
        <>
          <span className="flex-1 text-hint text-ink2 max-wide:hidden">{t("choose.keys")}</span>
          <ButtonLink>
            <Link to="/home">{t("cancel")}</Link>
          </ButtonLink>
          <Button type="submit" form="choose" look="primary" unavailable={provider === undefined && picked !== FILE && t("choose.first")}>
            {provider !== undefined ? t("choose.continue", { name: provider.name }) : picked === FILE ? t("choose.continueFile") : t("continue")}
          </Button>
        </>
      }
    >
      {providers.length >= SEARCH_FROM && (
        <Input
          label={t("choose.search")}
          labelHidden
          placeholder={t("choose.search")}
          type="search"
          before={<Search size={15} className="text-ink3" aria-hidden />}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          className="mb-5"
        />
      )}
      <form
        id="choose"
        onSubmit={(event) => {
          event.preventDefault();
          if (provider !== undefined) onChosen(provider.key);
          else if (picked === FILE) onFiles();
        }}
      >
        <fieldset className="grid gap-3.5 wide:grid-cols-2 desk:grid-cols-3">
          <legend className="sr-only">{t("title")}</legend>
          {found.map((each) => (
            <Tile key={each.key} value={each.key} picked={picked} onPick={setPicked}>
              <CrmMark provider={each.key} name={each.name} size={40} />
              <span className="min-w-0 flex-1">
                <span className="block text-row font-semibold">{each.name}</span>
                <span className="flex items-center gap-1.5 text-hint text-ink2">
                  <KeyRound size={13} aria-hidden />
                  {t("choose.apiKey", { time: format.duration(120) })}
                </span>
                <span className="block text-hint text-ink2">{each.description}</span>
              </span>
            </Tile>
          ))}
          <Tile value={FILE} picked={picked} onPick={setPicked}>
            <CrmMark provider="spreadsheet" name={t("choose.file.name")} size={40} />
            <span className="min-w-0 flex-1">
              <span className="block text-row font-semibold">{t("choose.file.name")}</span>
              <span className="flex items-center gap-1.5 text-hint text-ink2">
                <FileUp size={13} aria-hidden />
                {t("choose.file")}
              </span>
              <span className="block text-hint text-ink2">{t("choose.file.what")}</span>
            </span>
          </Tile>
        </fieldset>
        {found.length === 0 && <p className="text-ink2">{t("choose.none", { search })}</p>}
        {/* Enter chooses, as the line below says. */}
        <button type="submit" className="sr-only" tabIndex={-1} aria-hidden />
      </form>
    </Frame>
  );
}

function Tile({ value, picked, onPick, children }: { value: string; picked: string | undefined; onPick: (value: string) => void; children: ReactNode }) {
  return (
    <label className="relative flex min-h-22 items-center gap-3.5 rounded-card border border-line bg-card p-4 hover:bg-hover has-checked:border-pri has-checked:bg-pri-soft has-checked:outline has-checked:outline-pri has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-pri">
      <input type="radio" name="provider" value={value} checked={picked === value} onChange={() => onPick(value)} className="absolute inset-0 m-0 size-full appearance-none opacity-0" />
      {children}
    </label>
  );
}
