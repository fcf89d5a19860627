/**
 * Step 2 for events of an automation: an address to copy, plain steps, and what arrived. Nothing is kept until a test has
 * arrived and was looked at.
 */
import { useNavigate } from "@tanstack/react-router";
import { ArrowLeft, CircleCheck, Copy, Lock, Radio, RotateCw } from "lucide-react";
import { useState } from "react";

import { type BridgeAddress, type BridgeApart, type BridgeLook, type BridgeTests, type ProviderInfo, type ProviderRoute, useCommand, useRead } from "@/api";
import { TroublePanel } from "@/app";
import { useFormat, useMessage, useWords } from "@/i18n";
import { Button, Checkbox, Input, RadioGroup } from "@/kit";

import { FirstClients } from "./FirstClients";
import { Frame } from "./Frame";

/** How often is looked whether the test has arrived, in milliseconds. */
const LOOK_EVERY = 3000;
const STEPS = ["copy", "paste", "test"] as const;

/** What tells clients apart, as a choice of the form. */
const AS_SUGGESTED = "suggested";
const BY_NAME = "name";

export function Bridge({ provider, route }: { provider: ProviderInfo; route: ProviderRoute }) {
  const { t } = useWords("add");
  const say = useMessage();
  const navigate = useNavigate();
  const [apart, setApart] = useState<BridgeApart>({ by: "suggested" });
  const [tests, setTests] = useState<BridgeTests>("leave_out");
  const begin = useCommand("bridge.begin");
  const made = begin.data;
  const look = useRead(
    "bridge.look",
    { provider: provider.key, inbox_id: made?.inbox_id ?? "", apart },
    { enabled: made !== undefined, refetchInterval: (query) => ((query.state.data?.events ?? 0) === 0 ? LOOK_EVERY : false), placeholderData: (before) => before, retry: false },
  );
  const connect = useCommand("bridge.create", {
    onSuccess: (connection) => void navigate({ to: "/add", search: { step: "bring", connection: connection.id } }),
  });
  const arrived = look.data !== undefined && look.data.events > 0 ? look.data : undefined;
  const name = provider.name;
  return (
    <Frame
      step="connect"
      provider={provider}
      title={t("bridge.title", { name })}
      lead={t("bridge.lead", { name })}
      footer={
        <>
          <Button look="quiet" className="-ml-3" icon={ArrowLeft} onClick={() => void navigate({ to: "/add", search: { provider: provider.key } })}>
            {t("back")}
          </Button>
          <span className="flex-1" />
          {made === undefined ? (
            <Button look="primary" icon={Radio} busy={begin.isPending} onClick={() => begin.mutate({ provider: provider.key })}>
              {t("bridge.begin")}
            </Button>
          ) : (
            <>
              <Button icon={RotateCw} busy={look.isFetching && arrived !== undefined} onClick={() => void look.refetch()}>
                {t("source.again")}
              </Button>
              <Button
                look="primary"
                busy={connect.isPending}
                unavailable={arrived === undefined && t("bridge.waiting")}
                onClick={() => connect.mutate({ provider: provider.key, inbox_id: made.inbox_id, apart, tests })}
              >
                {t("connect.go")}
              </Button>
            </>
          )}
        </>
      }
    >
      <div className="flex flex-col gap-6">
        {begin.error !== null && <TroublePanel error={begin.error} />}
        {connect.error !== null && <TroublePanel error={connect.error} />}
        {made === undefined ? (
          <section className="rounded-card border border-line bg-canvas p-5" aria-labelledby="how">
            <h2 id="how" className="font-semibold">
              {t("bridge.how")}
            </h2>
            <p className="mt-2 text-ink2">{say(route.help)}</p>
            {route.note !== null && <p className="mt-2 text-ink2">{say(route.note)}</p>}
            <p className="mt-3 text-hint text-ink2">{t("bridge.new", { name })}</p>
          </section>
        ) : (
          <>
            <Address made={made} name={name} />
            {look.error !== null && <TroublePanel error={look.error} />}
            {arrived === undefined ? (
              <p role="status" className="flex items-center gap-2 text-ink2">
                <Radio size={16} aria-hidden />
                {t("bridge.waiting")}
              </p>
            ) : (
              <Arrived look={arrived} apart={apart} onApart={setApart} tests={tests} onTests={setTests} />
            )}
          </>
        )}
      </div>
    </Frame>
  );
}

/** The address, and where it goes. */
function Address({ made, name }: { made: BridgeAddress; name: string }) {
  const { t } = useWords("add");
  const [copied, setCopied] = useState(false);
  return (
    <section className="flex flex-col gap-4 rounded-card border border-line bg-canvas p-5" aria-labelledby="steps">
      <h2 id="steps" className="font-semibold">
        {t("bridge.steps", { name })}
      </h2>
      <ol className="list-decimal pl-6 text-ink2">
        {STEPS.map((step) => (
          <li key={step}>{t(`bridge.step.${step}`, { name })}</li>
        ))}
      </ol>
      <div className="flex items-end gap-2">
        <div className="min-w-0 flex-1">
          <Input label={t("bridge.address")} value={made.address} readOnly spellCheck={false} onFocus={(event) => event.target.select()} />
        </div>
        <Button icon={Copy} onClick={() => void navigator.clipboard.writeText(made.address).then(() => setCopied(true), () => setCopied(false))}>
          {copied ? t("bridge.copied") : t("bridge.copy")}
        </Button>
      </div>
      <p className="flex items-center gap-2 text-hint text-ink2">
        <Lock size={14} className="flex-none" aria-hidden />
        {t("bridge.locked")}
      </p>
    </section>
  );
}

interface ArrivedProps {
  look: BridgeLook;
  apart: BridgeApart;
  onApart: (apart: BridgeApart) => void;
  tests: BridgeTests;
  onTests: (tests: BridgeTests) => void;
}

/** What the test said, and the two things that a person may know better. */
function Arrived({ look, apart, onApart, tests, onTests }: ArrivedProps) {
  const { t } = useWords("add");
  const format = useFormat();
  const read = look.fields.filter((field) => field.uses.length > 0);
  const own = look.fields.length - read.length;
  const chosen = apart.by === "field" ? apart.path : apart.by === "address_and_name" ? BY_NAME : AS_SUGGESTED;
  const choices = [
    { value: AS_SUGGESTED, label: look.id === null || apart.by !== "suggested" ? t("bridge.apart.suggested") : t("bridge.apart.field", { path: look.id }) },
    ...look.ids.filter((path) => path !== look.id || apart.by === "field").map((path) => ({ value: path, label: t("bridge.apart.field", { path }) })),
    { value: BY_NAME, label: t("bridge.apart.name") },
  ];
  return (
    <>
      <section className="rounded-card border border-ok-line bg-ok-soft p-4" role="status">
        <h2 className="flex items-center gap-2 font-semibold text-ok">
          <CircleCheck size={17} aria-hidden />
          {t("bridge.arrived", { count: look.events, number: format.number(look.events) })}
        </h2>
        <p className="mt-1 text-ink2">
          {t("source.fields", { count: read.length })}. {t("source.fields.what", { count: own })}
        </p>
      </section>
      <FirstClients clients={look.clients} />
      <div className="flex flex-col gap-1.5">
        <p className="font-semibold">{t("bridge.apart")}</p>
        <RadioGroup
          label={t("bridge.apart")}
          value={chosen}
          onChange={(value) => onApart(value === AS_SUGGESTED ? { by: "suggested" } : value === BY_NAME ? { by: "address_and_name" } : { by: "field", path: value })}
          choices={choices}
        />
      </div>
      <Checkbox checked={tests === "bring_in"} onChange={(checked) => onTests(checked ? "bring_in" : "leave_out")} label={t("bridge.tests")} />
    </>
  );
}
