/** Step 1: where the clients are now. Everybody is there; only what this version can do can be gone on with. */
import { Link } from "@tanstack/react-router";
import { ArrowRight, CalendarDays, Clock, FileUp, KeyRound, Radio, Search } from "lucide-react";
import { type ReactNode, useRef, useState } from "react";

import type { AppState, ProviderInfo, ProviderRoute } from "@/api";
import { tierName, useShortcuts } from "@/app";
import { useFormat, useMessage, useWords } from "@/i18n";
import { Button, ButtonLink, CrmMark, cx, Input, Kbd } from "@/kit";

import { Frame } from "./Frame";
import { findProviders, type Kind, KINDS, ofKind, waysIn } from "./providers";
import { Ways } from "./Ways";

/** Seconds that a key takes to paste. */
const WITH_A_KEY = 120;

interface ChooseProps {
  providers: readonly ProviderInfo[];
  chosen: string | undefined;
  state: AppState;
  onChosen: (provider: string, route: ProviderRoute) => void;
  onFiles: () => void;
}

/** The choice that is no CRM; providers have keys of letters. */
const FILE = "-";

export function Choose({ providers, chosen, state, onChosen, onFiles }: ChooseProps) {
  const { t } = useWords("add");
  const say = useMessage();
  const [search, setSearch] = useState("");
  const [kind, setKind] = useState<Kind>("all");
  const [picked, setPicked] = useState(chosen);
  const field = useRef<HTMLInputElement>(null);
  useShortcuts(t("title"), [{ keys: "/", label: t("choose.search"), run: () => field.current?.focus() }]);
  const found = ofKind(findProviders(providers, search), kind);
  const provider = found.find((each) => each.key === picked);
  const [best] = provider === undefined ? [] : waysIn(provider);
  const plan = state.signed_in;
  const lead = plan?.connection_limit == null ? t("choose.lead") : t("choose.leadPlan", { tier: tierName(plan.tier), count: plan.connection_limit });
  const why = provider !== undefined ? best === undefined && t("choose.notYet", { name: provider.name }) : picked !== FILE && t("choose.first");
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
          <Button type="submit" form="choose" look="primary" unavailable={why}>
            {provider !== undefined ? t("choose.continue", { name: provider.name }) : picked === FILE ? t("choose.continueFile") : t("continue")}
          </Button>
        </>
      }
    >
      <div className="mb-5 flex flex-wrap items-center gap-3">
        <div className="min-w-[min(15rem,100%)] flex-1">
          <Input
            ref={field}
            label={t("choose.search")}
            labelHidden
            placeholder={t("choose.search")}
            type="search"
            before={<Search size={15} className="text-ink3" aria-hidden />}
            after={
              <span aria-hidden className="max-wide:hidden">
                <Kbd>/</Kbd>
              </span>
            }
            value={search}
            onChange={(event) => setSearch(event.target.value)}
          />
        </div>
        <Kinds value={kind} onChange={setKind} />
      </div>
      <form
        id="choose"
        onSubmit={(event) => {
          event.preventDefault();
          if (provider !== undefined && best !== undefined) onChosen(provider.key, best);
          else if (picked === FILE) onFiles();
        }}
      >
        <fieldset className="grid grid-flow-dense grid-cols-[minmax(0,1fr)] gap-3.5 wide:grid-cols-2 desk:grid-cols-3">
          <legend className="sr-only">{t("title")}</legend>
          {found.map((each) => (
            <Choice key={each.key} provider={each} picked={picked} onPick={setPicked} says={say(each.description)}>
              {each.key === picked && <Ways provider={each} onChoose={(route) => onChosen(each.key, route)} />}
            </Choice>
          ))}
          {kind !== "key" && (
            <Tile value={FILE} picked={picked} onPick={setPicked}>
              <CrmMark provider="spreadsheet" name={t("choose.file.name")} size={40} />
              <Words name={t("choose.file.name")} icon={FileUp} how={t("choose.file")} says={t("choose.file.what")} />
              <ArrowRight size={15} className="flex-none text-ink2" aria-hidden />
            </Tile>
          )}
        </fieldset>
        {found.length === 0 && <p className="mt-4 text-ink2">{t("choose.none", { search })}</p>}
        <p className="mt-4 flex flex-wrap gap-x-5 gap-y-1 text-hint text-ink2">
          <span className="flex items-center gap-1.5">
            <ArrowRight size={14} aria-hidden />
            {t("choose.bringsIn")}
          </span>
          <span className="flex items-center gap-1.5">
            <Clock size={14} aria-hidden />
            {t("choose.later.what")}
          </span>
        </p>
        {/* Enter chooses, as the line below says. */}
        <button type="submit" className="sr-only" tabIndex={-1} aria-hidden />
      </form>
    </Frame>
  );
}

function Kinds({ value, onChange }: { value: Kind; onChange: (kind: Kind) => void }) {
  const { t } = useWords("add");
  return (
    <div role="group" aria-label={t("choose.kinds")} className="flex max-w-full flex-wrap rounded-control border border-line2 bg-card p-0.5">
      {KINDS.map((kind) => (
        <button
          key={kind}
          type="button"
          aria-pressed={kind === value}
          onClick={() => onChange(kind)}
          className={cx("min-h-7 rounded-small px-2.5 text-hint font-[550] max-wide:min-h-10 max-wide:px-3.5", kind === value ? "bg-sel text-ink" : "text-ink2 hover:bg-hover")}
        >
          {t(`choose.kind.${kind}`)}
        </button>
      ))}
    </div>
  );
}

interface ChoiceProps {
  provider: ProviderInfo;
  picked: string | undefined;
  onPick: (value: string) => void;
  says: string;
  children: ReactNode;
}

/** A tile, and under its row what is known of it once it is picked. */
function Choice({ provider, picked, onPick, says, children }: ChoiceProps) {
  const { t } = useWords("add");
  const format = useFormat();
  const [best] = waysIn(provider);
  const how = best === undefined ? t("choose.later") : best.kind === "file" ? t("choose.byFile") : best.kind === "bridge" ? t("choose.byEvents") : best.kind === "feed" ? t("choose.byFeed") : best.recognised ? t("choose.byAddress") : t(best.auth === "oauth2" ? "choose.browser" : "choose.apiKey", { time: format.duration(WITH_A_KEY) });
  return (
    <>
      <Tile value={provider.key} picked={picked} onPick={onPick} later={best === undefined}>
        <CrmMark provider={provider.key} name={provider.name} size={40} />
        <Words name={provider.name} icon={best === undefined ? Clock : best.kind === "file" ? FileUp : best.kind === "bridge" ? Radio : best.kind === "feed" ? CalendarDays : KeyRound} how={how} says={says} />
        {best !== undefined && <ArrowRight size={15} className="flex-none text-ink2" aria-hidden />}
      </Tile>
      {children}
    </>
  );
}

function Words({ name, icon: Icon, how, says }: { name: string; icon: typeof Clock; how: string; says: string }) {
  return (
    <span className="min-w-0 flex-1">
      <span className="block text-row font-semibold">{name}</span>
      <span className="flex items-center gap-1.5 text-hint text-ink2">
        <Icon size={13} className="flex-none" aria-hidden />
        {how}
      </span>
      <span className="block text-hint text-ink2">{says}</span>
    </span>
  );
}

interface TileProps {
  value: string;
  picked: string | undefined;
  onPick: (value: string) => void;
  /** Not in this version: pencil. */
  later?: boolean;
  children: ReactNode;
}

function Tile({ value, picked, onPick, later = false, children }: TileProps) {
  return (
    <label
      className={cx(
        "relative flex min-h-22 items-center gap-3.5 rounded-card border p-4 hover:bg-hover has-checked:border-pri has-checked:bg-pri-soft has-checked:outline has-checked:outline-pri has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-pri",
        later ? "border-dashed border-pencil" : "border-line bg-card",
      )}
    >
      <input type="radio" name="provider" value={value} checked={picked === value} onChange={() => onPick(value)} className="absolute inset-0 m-0 size-full appearance-none opacity-0" />
      {children}
    </label>
  );
}
