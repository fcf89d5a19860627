/** One place: what it is told of, how it stands, what needs the person with one button, and what it was told. */
import { CircleCheck, CirclePause, CirclePlay, Clock, ListChecks, RotateCw, Send, Trash2, TriangleAlert, Unplug } from "lucide-react";
import { type ReactNode, useId, useState } from "react";

import { type HookView, useCommand, useRead } from "@/api";
import { Loaded, TroublePanel, useNow } from "@/app";
import { useFormat, useMessage, useWords } from "@/i18n";
import { Badge, Banner, Button, Card, Confirm, CrmMark, useToast } from "@/kit";

import { inOrder, isKnown, needOf } from "./model";
import { Pick } from "./Pick";

/** Events that are shown before somebody asks for the others. */
const SHOWN = 8;

export function Place({ hook }: { hook: HookView }) {
  const { t } = useWords("others");
  const format = useFormat();
  const now = useNow();
  const toast = useToast();
  const heading = useId();
  const [open, setOpen] = useState<"pick" | "remove" | null>(null);
  const [told, setTold] = useState(false);
  const turn = useCommand("hooks.switch");
  const remove = useCommand("hooks.remove", { onSuccess: () => toast({ text: t("removed", { name: hook.name }) }) });
  const error = turn.error ?? remove.error;
  const figures: [string, ReactNode][] = [
    [t("last"), hook.last_taken_at === null ? t("last.never") : format.ago(hook.last_taken_at, now)],
    [t("taken"), format.number(hook.taken)],
    [t("waiting"), format.number(hook.queued)],
    [t("given_up"), format.number(hook.given_up)],
  ];
  return (
    <Card padded={false}>
      <section aria-labelledby={heading}>
        <div className="flex flex-wrap items-center gap-x-4 gap-y-3 p-5">
          <CrmMark provider={hook.provider} name={hook.name} size={40} />
          <div className="min-w-[min(12rem,100%)] flex-1 [overflow-wrap:anywhere]">
            <h2 id={heading} className="flex flex-wrap items-center gap-x-3 gap-y-1 text-row font-semibold">
              {hook.name}
              <Standing hook={hook} />
            </h2>
            <p className="text-hint text-ink2">
              {t(`tells.${hook.tells}`)} {t("at", { host: hook.host })}
            </p>
          </div>
          {hook.state !== "ended" && (
            <Button icon={ListChecks} onClick={() => setOpen("pick")}>
              {t("pick")}
            </Button>
          )}
        </div>
        <Needed hook={hook} onRemove={() => setOpen("remove")} />
        <dl className="grid grid-cols-4 border-t border-line px-5 py-3 max-wide:grid-cols-2 max-wide:gap-y-3">
          {figures.map(([name, value]) => (
            <div key={name} className="min-w-0">
              <dt className="text-hint text-ink2">{name}</dt>
              <dd className="num font-semibold first-letter:uppercase">{value}</dd>
            </div>
          ))}
        </dl>
        {error !== null && (
          <div className="px-5 pb-4">
            <TroublePanel error={error} />
          </div>
        )}
        <div className="flex flex-wrap items-center gap-2 border-t border-line px-5 py-3">
          <Button look="link" size="sm" className="-ml-1.5" aria-expanded={told} onClick={() => setTold(!told)}>
            {t(told ? "told.hide" : "told.show")}
          </Button>
          <span className="ml-auto flex flex-wrap gap-2">
            {hook.state !== "ended" && (
              <Button
                size="sm"
                icon={hook.state === "on" ? CirclePause : CirclePlay}
                busy={turn.isPending}
                aria-label={t(hook.state === "on" ? "off.of" : "on.of", { name: hook.name })}
                onClick={() => turn.mutate({ hook_id: hook.id, state: hook.state === "on" ? "off" : "on" })}
              >
                {t(hook.state === "on" ? "off" : "on")}
              </Button>
            )}
            <Button size="sm" look="quiet" icon={Trash2} aria-label={t("remove.of", { name: hook.name })} onClick={() => setOpen("remove")}>
              {t("remove")}
            </Button>
          </span>
        </div>
        {told && <Told hook={hook} />}
      </section>
      {open === "pick" && <Pick hook={hook} onClose={() => setOpen(null)} />}
      <Confirm
        open={open === "remove"}
        onClose={() => setOpen(null)}
        title={t("remove.ask", { name: hook.name })}
        text={t(hook.queued > 0 ? "remove.text.waiting" : "remove.text", { count: hook.queued, name: hook.name })}
        verb={t("remove.do", { name: hook.name })}
        refusal={t("remove.no")}
        look="danger"
        busy={remove.isPending}
        onConfirm={() => remove.mutate({ hook_id: hook.id }, { onSettled: () => setOpen(null) })}
      />
    </Card>
  );
}

/** Colour, icon and word. */
function Standing({ hook: { state, tells } }: { hook: HookView }) {
  const { t } = useWords("others");
  switch (state) {
    case "on":
      return <Badge tone="ok" icon={CircleCheck}>{t(tells === "picked" ? "state.ready" : "state.on")}</Badge>;
    case "off":
      return <Badge tone="neutral" icon={CirclePause}>{t("state.off")}</Badge>;
    case "ended":
      return <Badge tone="bad" icon={Unplug}>{t("state.ended")}</Badge>;
  }
}

/** The one thing that needs the person, with its reason and one button. */
function Needed({ hook, onRemove }: { hook: HookView; onRemove: () => void }) {
  const { t } = useWords("others");
  const say = useMessage();
  const format = useFormat();
  const retry = useCommand("hooks.retry");
  const send = useCommand("hooks.send");
  const need = needOf(hook);
  // The reason of what was given up stands with the events themselves.
  const events = useRead("hooks.events", { hook_id: hook.id }, { enabled: need === "given_up" });
  const reason = hook.why ?? events.data?.events.find(({ state }) => state === "given_up")?.why ?? null;
  const why = reason === null ? undefined : say(reason);
  const error = retry.error ?? send.error;
  if (need === null) return null;
  const banner = {
    ended: <Banner tone="bad" icon={Unplug} title={t("need.ended")} text={why} actions={<Button size="sm" icon={Trash2} onClick={onRemove}>{t("remove")}</Button>} />,
    given_up: (
      <Banner
        tone="bad"
        icon={TriangleAlert}
        title={t("need.given_up", { count: hook.given_up, number: format.number(hook.given_up) })}
        text={why}
        actions={<Button size="sm" icon={RotateCw} busy={retry.isPending} onClick={() => retry.mutate({ hook_id: hook.id })}>{t("need.given_up.do")}</Button>}
      />
    ),
    off: <Banner tone="pri" icon={CirclePause} title={t("need.off")} text={why} />,
    waits: (
      <Banner
        tone={hook.why === null ? "pri" : "warn"}
        icon={Clock}
        title={t("need.waits", { count: hook.queued, number: format.number(hook.queued) })}
        text={[why, hook.not_before === null ? undefined : t("need.waits.until", { when: format.moment(hook.not_before) })].filter((part) => part !== undefined).join(" ")}
        actions={<Button size="sm" icon={Send} busy={send.isPending} onClick={() => send.mutate({ hook_id: hook.id, client_ids: [] })}>{t("need.waits.do")}</Button>}
      />
    ),
  }[need];
  return (
    <div className="flex flex-col gap-3 px-5 pb-4">
      {banner}
      {error !== null && <TroublePanel error={error} />}
    </div>
  );
}

/** The newest of what it was told; what could not be sent stands first. */
function Told({ hook }: { hook: HookView }) {
  const { t } = useWords("others");
  const { t: app } = useWords();
  const say = useMessage();
  const format = useFormat();
  const events = useRead("hooks.events", { hook_id: hook.id });
  const [all, setAll] = useState(false);
  return (
    <div className="border-t border-line">
      <Loaded query={events} rows={2}>
        {(data) => {
          const ordered = inOrder(data.events);
          if (ordered.length === 0) return <p className="px-5 py-3 text-hint text-ink2">{t("told.nothing")}</p>;
          return (
            <>
              <ul aria-label={t("told.list", { name: hook.name })}>
                {(all ? ordered : ordered.slice(0, SHOWN)).map((event) => (
                  <li key={event.id} className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 border-b border-line px-5 py-2.5 last:border-b-0">
                    <span className="min-w-0">
                      <span className="block font-semibold [overflow-wrap:anywhere]">{event.names.length === 0 ? app("palette.nameless") : event.names.join(" & ")}</span>
                      <span className="block text-hint text-ink2">{isKnown(event.event_type) ? t(`event.${event.event_type}`) : event.event_type}</span>
                      {event.state !== "taken" && event.why !== null && <span className="block text-hint text-ink2">{say(event.why)}</span>}
                    </span>
                    <span className="flex flex-col items-end gap-0.5">
                      <EventState state={event.state} />
                      <span className="num text-hint text-ink2">{format.moment(event.created_at)}</span>
                    </span>
                  </li>
                ))}
              </ul>
              {!all && ordered.length > SHOWN && (
                <div className="border-t border-line px-5 py-2">
                  <Button look="link" size="sm" onClick={() => setAll(true)}>
                    {t("told.more", { count: ordered.length - SHOWN })}
                  </Button>
                </div>
              )}
            </>
          );
        }}
      </Loaded>
    </div>
  );
}

function EventState({ state }: { state: "queued" | "taken" | "given_up" | "dropped" }) {
  const { t } = useWords("others");
  switch (state) {
    case "queued":
      return <Badge plain tone="neutral" icon={Clock}>{t("event.queued")}</Badge>;
    case "taken":
      return <Badge plain tone="ok" icon={CircleCheck}>{t("event.taken")}</Badge>;
    case "given_up":
      return <Badge plain tone="bad" icon={TriangleAlert}>{t("event.given_up")}</Badge>;
    case "dropped":
      return <Badge plain tone="neutral" icon={Unplug}>{t("event.dropped")}</Badge>;
  }
}
