/** What is connected, how it stands, and the way to the page of each. */
import { Link } from "@tanstack/react-router";

import { type ConnectionView, useRead } from "@/api";
import { Loaded } from "@/app";
import { useWords } from "@/i18n";
import { ButtonLink, Card, CrmMark, Section } from "@/kit";

import { Line } from "./Line";

export function Connections() {
  const { t } = useWords("settings");
  const connections = useRead("connection.list", {});
  return (
    <Section title={t("connections")} note={t("connections.note")}>
      <Loaded query={connections}>
        {(data) =>
          data.connections.length === 0 ? (
            <Card>
              <p className="text-ink2">{t("connections.none")}</p>
            </Card>
          ) : (
            <Card padded={false}>
              {data.connections.map((connection) => (
                <Connection key={connection.id} connection={connection} />
              ))}
            </Card>
          )
        }
      </Loaded>
    </Section>
  );
}

function Connection({ connection }: { connection: ConnectionView }) {
  const { t } = useWords("settings");
  const stands = connection.paused_since !== null && connection.status !== "pending_auth" ? "paused" : connection.status;
  return (
    <Line
      title={
        <span className="flex items-center gap-3">
          <CrmMark provider={connection.provider} name={connection.name} size={30} />
          <span className="min-w-0 [overflow-wrap:anywhere]">
            {connection.name}
            <span className="block text-hint font-normal text-ink2">{[connection.account_name, t(`connection.${stands}`)].filter((part) => part !== "" && part !== connection.name).join(" \u00b7 ")}</span>
          </span>
        </span>
      }
    >
      <ButtonLink>
        <Link to="/connection" search={{ connection: connection.id }} aria-label={t("connection.openOf", { name: connection.name })}>
          {t("connection.open")}
        </Link>
      </ButtonLink>
    </Line>
  );
}
