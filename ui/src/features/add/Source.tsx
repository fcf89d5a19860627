/**
 * Step 2 for a source that nobody describes: its address and a key, then what a test read found. The key leaves the field with the
 * request; what stands for it afterwards is the look.
 */
import { useNavigate } from "@tanstack/react-router";
import { ArrowLeft, CircleCheck, Eye, EyeOff, KeyRound, Lock, PencilLine, Search } from "lucide-react";
import { type FormEvent, useRef, useState } from "react";

import { type AppState, type AuthKind, type ConnectorFound, type ListChosen, type PasteChoice, type PasteCompared, type ProviderInfo, type ProviderRoute, type SignBy, useCommand } from "@/api";
import { heldSource, TroublePanel, useHeldSource } from "@/app";
import { useFormat, useMessage, useWords } from "@/i18n";
import { Button, IconButton, Input, RadioGroup, Select } from "@/kit";

import { FirstClients } from "./FirstClients";
import { Frame } from "./Frame";
import { OpenDefinition, type Opened, OwnDefinition } from "./OwnDefinition";
import { Paste, type Pasted } from "./Paste";
import { type Entered, SourceSignIn } from "./SourceSignIn";

/** Ways to send a key that the form has words for. */
type Way = Extract<AuthKind, "header" | "bearer" | "basic" | "query" | "oauth2">;
const WAYS: readonly AuthKind[] = ["header", "bearer", "basic", "query", "oauth2"];
const isWay = (kind: AuthKind): kind is Way => WAYS.includes(kind);
const waysOf = (route: ProviderRoute): readonly Way[] => (route.asks.length > 0 ? route.asks : route.auth === null ? [] : [route.auth]).filter(isWay);

interface Asked {
  name: string;
  address: string;
  sign: SignBy;
  key?: string;
  paste?: PasteChoice;
}

interface SourceProps {
  provider: ProviderInfo;
  route: ProviderRoute;
  state: AppState;
}

/** A definition that is dropped on the window takes the place of the one that was open. */
export function Source(props: SourceProps) {
  const dropped = useHeldSource();
  return <OneSource key={dropped !== null && heldSource.isDefinition ? dropped.fileId : "own"} {...props} />;
}

function OneSource({ provider, route, state }: SourceProps) {
  const [opened, setOpened] = useState<Opened | null>(null);
  const close = () => {
    setOpened(null);
    if (heldSource.isDefinition) heldSource.release();
  };
  if (opened !== null) return <OwnDefinition provider={provider} opened={opened} state={state} onClose={close} />;
  return <ByAddress provider={provider} route={route} onOpened={setOpened} />;
}

function ByAddress({ provider, route, onOpened }: { provider: ProviderInfo; route: ProviderRoute; onOpened: (opened: Opened) => void }) {
  const { t } = useWords("add");
  const say = useMessage();
  const navigate = useNavigate();
  const [found, setFound] = useState<ConnectorFound | null>(null);
  const look = useCommand("connector.recognise", { onSuccess: setFound });
  // Another choice: what was found stays on the page until the next look is back.
  const choose = useCommand("connector.recognise", { onSuccess: setFound });
  const [entered, setEntered] = useState<(Entered & { address: string }) | null>(null);
  // What was typed before a sign-in stands in the form again when one comes back from it.
  const [typed, setTyped] = useState<(Entered & { address: string }) | null>(null);
  const [pasted, setPasted] = useState<Pasted | null>(null);
  const connect = useCommand("connector.create", {
    onSuccess: (made) => void navigate({ to: "/add", search: { step: "bring", connection: made.id } }),
  });
  // What the last look was asked: another choice is looked at with what it was given, which no page holds.
  const [asked, setAsked] = useState<Omit<Asked, "key" | "paste"> | null>(null);
  if (entered !== null) {
    return (
      <SourceSignIn
        provider={provider}
        entered={entered}
        onBack={() => setEntered(null)}
        onOpened={(look_id) => {
          setEntered(null);
          const again = { name: entered.name, address: entered.address, sign: { kind: "sign_in" } as const };
          setAsked(again);
          look.mutate({ provider: provider.key, ...again, look_id });
        }}
      />
    );
  }
  return (
    <Frame
      step="connect"
      provider={provider}
      title={t("source.title", { name: provider.name })}
      lead={t("source.lead")}
      footer={
        <>
          <Button look="quiet" className="-ml-3" icon={ArrowLeft} onClick={() => void navigate({ to: "/add", search: { provider: provider.key } })}>
            {t("back")}
          </Button>
          <span className="flex-1" />
          {found === null ? (
            <Button look="primary" type="submit" form="source" icon={Search} busy={look.isPending}>
              {t("source.look")}
            </Button>
          ) : (
            <>
              <Button
                onClick={() => {
                  setFound(null);
                  choose.reset();
                }}
              >
                {t("source.again")}
              </Button>
              <Button look="primary" busy={connect.isPending} onClick={() => connect.mutate({ definition: found.definition, look_id: found.look_id })}>
                {t("connect.go")}
              </Button>
            </>
          )}
        </>
      }
    >
      {found === null ? (
        <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-x-10 gap-y-8 desk:grid-cols-[minmax(0,25rem)_minmax(0,1fr)]">
          <div className="flex min-w-0 flex-col gap-5">
            <Paste
              onChosen={(chosen) => {
                setPasted(chosen);
                setTyped(null);
              }}
            />
            {provider.category === "custom" && <OpenDefinition onOpened={onOpened} />}
            <SourceForm
              key={pasted === null ? "own" : `${pasted.pasteId} ${pasted.candidate}`}
              provider={provider}
              ways={waysOf(route)}
              pasted={pasted}
              typed={typed}
              busy={look.isPending}
              onLook={({ key, paste, ...again }) => {
                setAsked(again);
                look.mutate({ provider: provider.key, ...again, ...(key !== undefined && { key }), ...(paste !== undefined && { paste }) });
              }}
              onEntered={(given) => {
                setTyped(given);
                setEntered(given);
              }}
            />
            {look.error !== null && <TroublePanel error={look.error} />}
            <p className="flex items-center gap-2 text-hint text-ink2">
              <Lock size={14} className="flex-none" aria-hidden />
              {t("connect.locked")}
            </p>
          </div>
          <section className="rounded-card border border-line bg-canvas p-5" aria-labelledby="where">
            <h2 id="where" className="font-semibold">
              {t("connect.where")}
            </h2>
            <p className="mt-2 text-ink2">{say(route.help)}</p>
            {route.note !== null && <p className="mt-2 text-ink2">{say(route.note)}</p>}
            <p className="mt-3 text-hint text-ink2">{t("source.what")}</p>
          </section>
        </div>
      ) : (
        <>
          {connect.error !== null && <TroublePanel error={connect.error} />}
          {choose.error !== null && <TroublePanel error={choose.error} />}
          {asked !== null && <ReadBy found={found} busy={choose.isPending} onChoose={(chosen) => choose.mutate({ provider: provider.key, ...asked, look_id: found.look_id, chosen })} />}
          <WhatWasFound found={found} />
        </>
      )}
    </Frame>
  );
}

interface SourceFormProps {
  provider: ProviderInfo;
  ways: readonly Way[];
  /** What the form begins with. */
  pasted: Pasted | null;
  /** What was typed into it before a sign-in. */
  typed: (Entered & { address: string }) | null;
  busy: boolean;
  onLook: (asked: Asked) => void;
  onEntered: (entered: Entered & { address: string }) => void;
}

function SourceForm({ provider, ways, pasted, typed, busy, onLook, onEntered }: SourceFormProps) {
  const { t } = useWords("add");
  const sign = pasted?.list.sign ?? null;
  const held = pasted?.list.key ?? null;
  const [way, setWay] = useState<Way>(typed !== null ? "oauth2" : (ways.find((each) => each === sign?.kind) ?? ways[0] ?? "header"));
  const [shown, setShown] = useState(false);
  const [missing, setMissing] = useState<"address" | "key" | null>(null);
  const name = useRef<HTMLInputElement>(null);
  const address = useRef<HTMLInputElement>(null);
  const place = useRef<HTMLInputElement>(null);
  const user = useRef<HTMLInputElement>(null);
  const key = useRef<HTMLInputElement>(null);
  const client = useRef<HTMLInputElement>(null);
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (busy || address.current === null) return;
    const own = name.current?.value.trim() ?? "";
    const called = own === "" ? provider.name : own;
    if (way === "oauth2") {
      const there = address.current.value.trim();
      setMissing(there === "" ? "address" : null);
      if (there === "") return address.current.focus();
      const client_id = client.current?.value.trim() ?? "";
      return onEntered({ name: called, address: there, ...(client_id !== "" && { client_id }) });
    }
    if (key.current === null) return;
    const [where, secret] = [address.current.value.trim(), key.current.value.trim()];
    const keyless = secret === "" && held === null;
    setMissing(where === "" ? "address" : keyless ? "key" : null);
    if (where === "") return address.current.focus();
    if (keyless) return key.current.focus();
    // Emptied before the answer: the key is in the request and nowhere else on this page.
    key.current.value = "";
    setShown(false);
    const named = place.current?.value.trim() ?? "";
    const by: SignBy = way === "header" ? { kind: "header", name: named === "" ? "X-API-Key" : named } : way === "query" ? { kind: "query", name: named === "" ? "api_key" : named } : { kind: way };
    onLook({
      name: called,
      address: where,
      sign: by,
      ...(secret !== "" && { key: way === "basic" ? `${user.current?.value.trim() ?? ""}:${secret}` : secret }),
      ...(pasted !== null && { paste: { paste_id: pasted.pasteId, candidate: pasted.candidate } }),
    });
  };
  return (
    <form id="source" className="flex flex-col gap-5" onSubmit={send} autoComplete="off" noValidate>
      {provider.category === "custom" && <Input ref={name} defaultValue={typed?.name ?? ""} label={t("source.name")} maxLength={120} autoComplete="off" />}
      <Input ref={address} onChange={() => setMissing(null)} defaultValue={typed?.address ?? pasted?.list.address ?? ""} label={t("source.address")} hint={t("source.address.hint")} problem={missing === "address" ? t("source.address.missing") : undefined} inputMode="url" spellCheck={false} autoComplete="off" />
      {ways.length > 1 && (
        <div className="flex flex-col gap-1.5">
          <p className="font-semibold">{t("source.sign")}</p>
          <RadioGroup label={t("source.sign")} value={way} onChange={setWay} choices={ways.map((each) => ({ value: each, label: t(`source.sign.${each}`) }))} />
        </div>
      )}
      {(way === "header" || way === "query") && <Input key={way} ref={place} label={t(`source.place.${way}`)} defaultValue={sign !== null && sign.kind === way && "name" in sign ? sign.name : way === "header" ? "X-API-Key" : "api_key"} spellCheck={false} autoComplete="off" />}
      {way === "basic" && <Input ref={user} label={t("source.user")} spellCheck={false} autoComplete="off" />}
      {way === "oauth2" ? (
        <Input key={way} ref={client} defaultValue={typed?.client_id ?? ""} label={t("source.clientId")} hint={t("source.clientId.hint")} spellCheck={false} autoComplete="off" autoCapitalize="off" />
      ) : (
        <Input
          ref={key}
          onChange={() => setMissing(null)}
          label={way === "basic" ? t("source.password") : t("source.key")}
          {...(held !== null && { hint: held.hint === "" ? t("source.key.pastedShort") : t("source.key.pasted", { hint: held.hint }) })}
          problem={missing === "key" ? t("connect.key.missing") : undefined}
          type={shown ? "text" : "password"}
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          data-1p-ignore=""
          before={<KeyRound size={15} className="text-ink3" aria-hidden />}
          after={<IconButton icon={shown ? EyeOff : Eye} size="xs" label={shown ? t("connect.hide") : t("connect.show")} onClick={() => setShown(!shown)} />}
        />
      )}
      {/* Enter in any field looks. */}
      <button type="submit" className="sr-only" tabIndex={-1} aria-hidden />
    </form>
  );
}

/** The menu's value for the list that is the answer itself, and for no date at all. */
const NONE = "-";

interface ReadByProps {
  found: ConnectorFound;
  busy: boolean;
  onChoose: (chosen: ListChosen) => void;
}

/** What the look chose by itself, where there was more than one: another choice is looked at anew. */
function ReadBy({ found, busy, onChoose }: ReadByProps) {
  const { t } = useWords("add");
  const { lists, ids, changed } = found.choices;
  const chosen: ListChosen = { list: found.list, id: found.id, changed: found.changed ?? "" };
  if (lists.length < 2 && ids.length < 2 && changed.length === 0) return null;
  return (
    <section className="mb-6" aria-busy={busy}>
      <h2 className="font-semibold">{t("source.by")}</h2>
      <p className="mb-2.5 text-hint text-ink2">{t("source.by.what")}</p>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4 wide:grid-cols-[repeat(3,minmax(0,1fr))]">
        {lists.length > 1 && (
          <Select
            label={t("source.by.list")}
            value={found.list === "" ? NONE : found.list}
            choices={lists.map((list) => ({ value: list.path === "" ? NONE : list.path, label: t("source.by.rows", { path: list.path === "" ? t("source.by.itself") : list.path, count: list.rows }) }))}
            // Another list has other fields.
            onChange={(path) => onChoose({ list: path === NONE ? "" : path })}
          />
        )}
        {ids.length > 1 && <Select label={t("source.by.id")} value={found.id} choices={ids.map((id) => ({ value: id, label: id }))} onChange={(id) => onChoose({ ...chosen, id })} />}
        {changed.length > 0 && (
          <Select
            label={t("source.by.changed")}
            value={found.changed ?? NONE}
            choices={[...changed.map((field) => ({ value: field, label: field })), { value: NONE, label: t("source.by.none") }]}
            onChange={(field) => onChoose({ ...chosen, changed: field === NONE ? "" : field })}
          />
        )}
      </div>
    </section>
  );
}

/** Everything the test read found, in words, and the first clients of it. */
function WhatWasFound({ found }: { found: ConnectorFound }) {
  const { t } = useWords("add");
  const format = useFormat();
  const read = found.fields.filter((field) => field.uses.length > 0);
  const own = found.fields.filter((field) => field.uses.length === 0);
  return (
    <div className="flex flex-col gap-6">
      <section className="rounded-card border border-ok-line bg-ok-soft p-4" role="status">
        <h2 className="flex items-center gap-2 font-semibold text-ok">
          <CircleCheck size={17} aria-hidden />
          {t("source.found")}
        </h2>
        <ul className="mt-2 list-disc pl-6">
          {found.count !== null && <li>{t("source.count", { count: found.count, number: format.number(found.count) })}</li>}
          <li>{t(`source.paging.${found.paging}`)}</li>
          <li>{t(`source.proof.${found.proof}`)}</li>
          <li>{t(found.newest_first ? "source.later.changes" : "source.later.whole")}</li>
          <li>
            <details>
              <summary>{t("source.requests", { count: found.requests.length })}</summary>
              <ol className="mt-1 flex flex-col gap-0.5 text-hint text-ink2">
                {found.requests.map((request, at) => (
                  // The same address may be asked twice: their order is what they are known by.
                  <li key={at} className="[overflow-wrap:anywhere]">
                    <code>{request.what}</code> {request.rows === null ? t("source.request.none") : t("source.request.rows", { count: request.rows })}
                  </li>
                ))}
              </ol>
            </details>
          </li>
          {found.compared !== null && isSame(found.compared) && <li>{t("source.compared.same")}</li>}
        </ul>
      </section>
      {found.compared !== null && !isSame(found.compared) && <Differs compared={found.compared} />}
      <FirstClients clients={found.clients} />
      <section>
        <h2 className="font-semibold">
          {t("source.fields", { count: read.length })}
        </h2>
        <p className="mb-2.5 text-hint text-ink2">{t("source.fields.what", { count: own.length })}</p>
        <ul className="grid grid-cols-[minmax(0,1fr)] gap-x-8 gap-y-1 text-hint wide:grid-cols-[repeat(2,minmax(0,1fr))]">
          {found.fields.map((field) => (
            <li key={field.path} className="flex min-w-0 gap-2">
              <span className="max-w-1/2 flex-none truncate font-[550]" title={field.path}>{field.path}</span>
              <span className="truncate text-ink2">{field.samples.join(" · ")}</span>
            </li>
          ))}
        </ul>
      </section>
      <p className="flex items-start gap-2 text-hint text-ink2">
        <PencilLine size={14} className="mt-px flex-none" aria-hidden />
        {t("source.writes")}
      </p>
    </div>
  );
}

const isSame = (compared: PasteCompared) => compared.same_list && compared.same_id && compared.missing.length === 0;

/** How the test read differs from an answer that was pasted: the address may be that of another list. */
function Differs({ compared }: { compared: PasteCompared }) {
  const { t } = useWords("add");
  return (
    <section className="rounded-card border border-warn-line bg-warn-soft p-4" role="status">
      <h2 className="font-semibold">{t("source.compared.title")}</h2>
      <ul className="mt-1 list-disc pl-6 [overflow-wrap:anywhere]">
        {!compared.same_list && <li>{t("source.compared.list")}</li>}
        {!compared.same_id && <li>{t("source.compared.id")}</li>}
        {compared.missing.length > 0 && <li>{t("source.compared.missing", { fields: compared.missing.join(", ") })}</li>}
      </ul>
    </section>
  );
}
