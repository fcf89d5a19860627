/** Picking clients for a place: found by name, e-mail or day, ticked, and sent. */
import { keepPreviousData } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { useEffect, useState } from "react";

import { type FoundClient, type HookView, useCommand, useRead } from "@/api";
import { TroublePanel } from "@/app";
import { useFormat, useWords } from "@/i18n";
import { Button, Checkbox, Dialog, Input } from "@/kit";

/** Letters from which a search is worth making, and between the last one and the search, in milliseconds. */
const FROM = 2;
const PAUSE = 150;
/** Clients that are found at once. */
const MOST = 20;

export function Pick({ hook, onClose }: { hook: HookView; onClose: () => void }) {
  const { t } = useWords("others");
  const [query, setQuery] = useState("");
  const [picked, setPicked] = useState<ReadonlyMap<string, FoundClient>>(new Map());
  const asked = usePaused(query.trim());
  const searches = asked.length >= FROM;
  const read = useRead("clients.find", { query: asked, limit: MOST }, { enabled: searches, placeholderData: keepPreviousData, retry: false });
  const send = useCommand("hooks.send");
  const found = searches ? (read.data?.clients ?? []) : [];
  // Who is ticked stays in sight whatever is looked for next.
  const shown = [...picked.values(), ...found.filter(({ client_id }) => !picked.has(client_id))];
  const tick = (client: FoundClient) => (on: boolean) => {
    const next = new Map(picked);
    if (on) next.set(client.client_id, client);
    else next.delete(client.client_id);
    setPicked(next);
  };
  const count = picked.size;
  if (send.data !== undefined) {
    const left = count - send.data.queued;
    return (
      <Dialog open onClose={onClose} title={t("sent.title", { name: hook.name })} actions={<Button look="primary" onClick={onClose}>{t("sent.close")}</Button>}>
        <div className="flex flex-col gap-2 text-ink2" role="status">
          {send.data.queued > 0 && <p>{t(hook.provider === "lightblue" ? "sent.inbox" : "sent.done", { count: send.data.queued, name: hook.name })}</p>}
          {left > 0 && <p>{t("sent.left", { count: left })}</p>}
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("pick.title", { name: hook.name })}
      actions={
        <>
          <Button onClick={onClose}>{t("add.no")}</Button>
          <Button look="primary" busy={send.isPending} unavailable={count === 0 && t("pick.missing")} onClick={() => send.mutate({ hook_id: hook.id, client_ids: [...picked.keys()] })}>
            {t("pick.do", { count })}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <Input
          label={t("pick.search")}
          hint={t("pick.search.hint")}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          spellCheck={false}
          autoComplete="off"
          before={<Search size={15} className="text-ink3" aria-hidden />}
        />
        {shown.length > 0 && (
          <ul aria-label={t("pick.found")} className="flex max-h-[40dvh] flex-col overflow-y-auto rounded-inset border border-line px-3 py-1">
            {shown.map((client) => (
              <li key={client.client_id} className="border-b border-line py-1 [overflow-wrap:anywhere] last:border-b-0">
                <Found client={client} ticked={picked.has(client.client_id)} onTick={tick(client)} />
              </li>
            ))}
          </ul>
        )}
        <p className={shown.length === 0 && searches && !read.isFetching ? "text-hint text-ink2" : "sr-only"} role="status">
          {searches && !read.isFetching ? (found.length === 0 ? t("pick.none") : t("pick.count", { count: found.length })) : ""}
        </p>
        {read.error !== null && <TroublePanel error={read.error} />}
        {send.error !== null && <TroublePanel error={send.error} />}
      </div>
    </Dialog>
  );
}

function Found({ client, ticked, onTick }: { client: FoundClient; ticked: boolean; onTick: (on: boolean) => void }) {
  const { t } = useWords();
  const format = useFormat();
  const where = t(client.review === null ? "palette.in_wedsync" : `palette.${client.review.heading}`);
  const more = [client.wedding_date === null ? null : format.date(client.wedding_date), client.email, where].filter((part) => part !== null);
  return <Checkbox checked={ticked} onChange={onTick} label={client.names.length === 0 ? t("palette.nameless") : client.names.join(" & ")} hint={more.join(" \u00b7 ")} />;
}

/** The text once nobody has typed for a moment. */
function usePaused(text: string): string {
  const [paused, setPaused] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setPaused(text), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  return paused;
}
