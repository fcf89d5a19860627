/** Which connection it is, how it stands, and what is done to it as a whole: looked at now, paused, gone on with. */
import { Link } from "@tanstack/react-router";
import { CircleCheck, CirclePause, CirclePlay, FileUp, KeyRound, LoaderCircle, Pause, RefreshCw, Unplug } from "lucide-react";

import { type ConnectionPage, troubleOf, useCommand } from "@/api";
import { TroublePanel, useNow } from "@/app";
import { useFormat, useMessage, useWords } from "@/i18n";
import { Badge, Button, ButtonLink, Card, CrmMark, ErrorPanel, useToast } from "@/kit";

import { isWayOff, offOf } from "./model";

export function Head({ page }: { page: ConnectionPage }) {
  const { t } = useWords("connection");
  const say = useMessage();
  const format = useFormat();
  const now = useNow();
  const toast = useToast();
  const { id, name, provider, paused_since, last_sync_at } = page.connection;
  const check = useCommand("connection.check", { onSuccess: () => toast({ text: t("check.works", { name }) }) });
  const pause = useCommand("connection.pause");
  const goOn = useCommand("connection.go_on");
  const error = check.error ?? pause.error ?? goOn.error;
  // What opens the account is put right further down on this page, not in the settings.
  const ofKey = error !== null && troubleOf(error).code === "crm_key" ? troubleOf(error) : null;
  const read = page.last_read?.completed_at ?? page.last_read?.started_at ?? last_sync_at;
  return (
    <div className="flex flex-col gap-3">
      <Card className="flex flex-wrap items-center gap-x-4 gap-y-3">
        <CrmMark provider={provider} name={name} size={40} />
        <div className="min-w-[min(12rem,100%)] flex-1">
          <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-row font-semibold [overflow-wrap:anywhere]">
            {page.provider_name ?? t("noCrm")}
            <Standing page={page} />
          </p>
          <p className="text-hint text-ink2">{read === null ? t("neverRead") : t("lastRead", { ago: format.ago(read, now) })}</p>
        </div>
        <div className="flex flex-wrap gap-2">
          {page.way === "file" ? (
            <ButtonLink>
              <Link to="/add" search={{ step: "files" }}>
                <FileUp size={15} aria-hidden />
                {t("file.newer")}
              </Link>
            </ButtonLink>
          ) : (
            <Button icon={RefreshCw} busy={check.isPending} unavailable={offOf(page) !== null ? t("state.off") : isWayOff(page) && t("way.is_off")} onClick={() => check.mutate({ connection_id: id })}>
              {t("check")}
            </Button>
          )}
          {paused_since === null ? (
            <Button icon={Pause} busy={pause.isPending} onClick={() => pause.mutate({ connection_id: id })}>
              {t("pause")}
            </Button>
          ) : (
            <Button look="primary" icon={CirclePlay} busy={goOn.isPending} onClick={() => goOn.mutate({ connection_id: id })}>
              {t("goOn")}
            </Button>
          )}
        </div>
      </Card>
      {ofKey !== null ? <ErrorPanel tone="warn" text={say(ofKey.message)} hints={ofKey.hints.map(say)} /> : error !== null && <TroublePanel error={error} />}
    </div>
  );
}

/** Colour, icon and word. */
function Standing({ page }: { page: ConnectionPage }) {
  const { t } = useWords("connection");
  const { connection, opening, way } = page;
  if (offOf(page) !== null) return <Badge tone="warn" icon={CirclePause}>{t("state.off")}</Badge>;
  if (isWayOff(page)) return <Badge tone="neutral" icon={CirclePause}>{t("state.way_off")}</Badge>;
  if (connection.status === "pending_auth") return <Badge tone="warn" icon={KeyRound}>{t(opening.with === "key" ? "state.key" : "state.signIn")}</Badge>;
  if (connection.paused_since !== null) return <Badge tone="neutral" icon={CirclePause}>{t("state.paused")}</Badge>;
  switch (connection.status) {
    case "sync_in_progress":
      return <Badge tone="pri" icon={LoaderCircle}>{t("state.running")}</Badge>;
    case "connected":
      return <Badge tone="ok" icon={CircleCheck}>{t(way === "file" ? "state.file" : "state.connected")}</Badge>;
    case "error":
    case "disconnected":
      return <Badge tone="bad" icon={Unplug}>{t("state.failed")}</Badge>;
  }
}
