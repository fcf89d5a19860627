/** Each connection: its account, key, what is left of its requests, what was agreed to, and the way out. */
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { type ConnectionView, isSignedIn, useCommand, useRead } from "@/api";
import { Loaded, TroublePanel } from "@/app";
import { useFormat, useWords } from "@/i18n";
import { Button, ButtonLink, Card, Confirm, CrmMark, Dialog, Input, Section, useToast } from "@/kit";

import { Line } from "./Line";

export function Connections() {
  const { t } = useWords("settings");
  const connections = useRead("connection.list", {});
  return (
    <Section title={t("connections")}>
      <Loaded query={connections}>
        {(data) =>
          data.connections.length === 0 ? (
            <Card>
              <p className="text-ink2">{t("connections.none")}</p>
            </Card>
          ) : (
            <div className="flex flex-col gap-4">
              {data.connections.map((connection) => (
                <Connection key={connection.id} connection={connection} />
              ))}
            </div>
          )
        }
      </Loaded>
    </Section>
  );
}

function Connection({ connection }: { connection: ConnectionView }) {
  const { t } = useWords("settings");
  const format = useFormat();
  const toast = useToast();
  const [asked, setAsked] = useState<"nothing" | "key" | "disconnect" | "way">("nothing");
  const providers = useRead("providers.list", {});
  const way = isSignedIn(connection) ? providers.data?.providers.find((each) => each.key === connection.provider)?.routes.find((route) => route.off_until !== null && route.on_since !== null) : undefined;
  const end = useCommand("crm_way.end");
  const details = useRead("connection.get", { connection_id: connection.id });
  const check = useCommand("connection.check", { onSuccess: () => toast({ text: t("connection.works", { name: connection.name }) }) });
  const disconnect = useCommand("connection.delete");
  const budget = details.data?.budget ?? [];
  return (
    <Card padded={false}>
      <Line
        title={
          <span className="flex items-center gap-3">
            <CrmMark provider={connection.provider} name={connection.name} size={30} />
            <span>
              {connection.name}
              <span className="block text-hint font-normal text-ink2">{connection.account_name}</span>
            </span>
          </span>
        }
      >
        <Button busy={check.isPending} onClick={() => check.mutate({ connection_id: connection.id })}>
          {t("connection.check")}
        </Button>
        <Button onClick={() => setAsked("disconnect")}>{t("connection.disconnect")}</Button>
      </Line>
      {(check.error ?? disconnect.error ?? end.error) !== null && <TroublePanel error={check.error ?? disconnect.error ?? end.error} />}
      {connection.key_hint !== "" && (
        <Line title={t("connection.key")} text={t("connection.keyText", { end: connection.key_hint })}>
          <Button onClick={() => setAsked("key")}>{t("connection.replaceKey")}</Button>
        </Line>
      )}
      {isSignedIn(connection) && (
        <Line title={t("connection.signIn")} text={t("connection.signInText")}>
          <ButtonLink>
            <Link to="/add" search={{ step: "connect", connection: connection.id }}>{t("connection.signInAgain")}</Link>
          </ButtonLink>
        </Line>
      )}
      {way !== undefined && (
        <Line title={t("connection.way")} text={t("connection.wayText", { name: connection.name, when: way.on_since === null ? "" : format.moment(way.on_since) })}>
          <Button onClick={() => setAsked("way")}>{t("connection.wayOff")}</Button>
        </Line>
      )}
      {budget.length > 0 && (
        <Line
          title={t("connection.budget")}
          text={budget
            .map(({ left, requests, per_seconds }) =>
              t("connection.left", { left: format.number(left), requests: format.number(requests), time: format.duration(per_seconds) }),
            )
            .join(" · ")}
        />
      )}
      {details.data !== undefined && (
        <Line
          title={t("connection.consent")}
          text={details.data.consented_at === null ? t("connection.noConsent") : t("connection.consented", { when: format.moment(details.data.consented_at) })}
        />
      )}
      {asked === "key" && <ReplaceKey connection={connection} onClose={() => setAsked("nothing")} />}
      <Confirm
        open={asked === "way"}
        onClose={() => setAsked("nothing")}
        title={t("way.ask", { name: connection.name })}
        text={t("way.text", { name: connection.name })}
        verb={t("connection.wayOff")}
        refusal={t("way.no")}
        look="danger"
        busy={end.isPending}
        onConfirm={() => end.mutate({ provider: connection.provider }, { onSettled: () => setAsked("nothing") })}
      />
      <Confirm
        open={asked === "disconnect"}
        onClose={() => setAsked("nothing")}
        title={t("disconnect.ask", { name: connection.name })}
        text={t("disconnect.text", { name: connection.name })}
        verb={t("disconnect.verb", { name: connection.name })}
        refusal={t("disconnect.no")}
        look="danger"
        busy={disconnect.isPending}
        onConfirm={() => disconnect.mutate({ connection_id: connection.id }, { onSettled: () => setAsked("nothing") })}
      />
    </Card>
  );
}

/** Mounted anew each time, so that a key never stays in the page. */
function ReplaceKey({ connection, onClose }: { connection: ConnectionView; onClose: () => void }) {
  const { t } = useWords("settings");
  const toast = useToast();
  const [key, setKey] = useState("");
  const replace = useCommand("connection.set_key", {
    onSuccess: () => {
      toast({ text: t("key.replaced", { name: connection.name }) });
      onClose();
    },
  });
  const save = () => replace.mutate({ connection_id: connection.id, key: key.trim() });
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("key.title", { name: connection.name })}
      actions={
        <>
          <Button onClick={onClose}>{t("key.no")}</Button>
          <Button look="primary" busy={replace.isPending} unavailable={key.trim() === "" && t("key.empty")} onClick={save}>
            {t("connection.replaceKey")}
          </Button>
        </>
      }
    >
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (key.trim() !== "" && !replace.isPending) save();
        }}
      >
        <p className="text-ink2">{t("key.text")}</p>
        <Input label={t("key.label")} type="password" autoComplete="off" autoFocus value={key} onChange={(event) => setKey(event.target.value)} />
        {replace.error !== null && <TroublePanel error={replace.error} />}
      </form>
    </Dialog>
  );
}
