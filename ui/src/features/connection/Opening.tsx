/** What opens the account: how old it is, when another is suggested, where to make one, and how to give it. */
import { Link } from "@tanstack/react-router";
import { CircleHelp } from "lucide-react";

import { type ConnectionPage, nounOfRoute } from "@/api";
import { useNow } from "@/app";
import { useFormat, useMessage, useWords } from "@/i18n";
import { ButtonLink, Card, Section } from "@/kit";

import { Line } from "./Line";
import { daysSince, isWayOff, waysOf } from "./model";
import { ReplaceKeyButton } from "./ReplaceKey";
import { Switch } from "./Switch";

export function Opening({ page }: { page: ConnectionPage }) {
  const { t } = useWords("connection");
  const say = useMessage();
  const { connection, opening } = page;
  const name = page.provider_name ?? connection.name;
  const help = waysOf(page).used?.help;
  if (opening.with === "nothing") {
    return (
      <Section title={t("opening.nothing")}>
        <Card padded={false}>
          <Line title={t("file.noKey")} text={t("file.noKey.text", { name, ...nounOfRoute(page.features, page.way) })} />
        </Card>
      </Section>
    );
  }
  if (isWayOff(page)) {
    // The session is gone with the switch: there is nothing to say of it.
    return (
      <Section title={t("opening.session")}>
        <Card padded={false}>
          <Switch page={page} />
        </Card>
      </Section>
    );
  }
  const hint = connection.key_hint;
  return (
    <Section title={t(`opening.${opening.with}`)}>
      <Card padded={false}>
        <Line title={opening.with === "key" && hint !== "" ? t("key.ends", { end: hint }) : t(`opening.${opening.with}.what`)} text={t("opening.sealed")}>
          {isWayOff(page) ? null : opening.with === "key" || opening.with === "address" ? (
            <ReplaceKeyButton page={page} />
          ) : (
            <ButtonLink>
              <Link to="/add" search={{ step: "connect", connection: connection.id }}>{t("signInAgain")}</Link>
            </ButtonLink>
          )}
        </Line>
        <Line title={<Given page={page} />} text={<Renewal page={page} />} />
        <Switch page={page} />
        {opening.with === "key" && help !== undefined && (
          <Line
            title={t("key.where")}
            text={
              <span className="flex items-start gap-1.5">
                <CircleHelp size={13} className="mt-0.5 flex-none" aria-hidden />
                {say(help)}
              </span>
            }
          />
        )}
      </Card>
    </Section>
  );
}

function Given({ page: { opening } }: { page: ConnectionPage }) {
  const { t } = useWords("connection");
  const format = useFormat();
  const now = useNow();
  if (opening.given_at === null) return t("given.unknown");
  return t("given", { day: format.day(opening.given_at), ago: t("days", { count: daysSince(opening.given_at, now) }) });
}

function Renewal({ page: { opening } }: { page: ConnectionPage }) {
  const { t } = useWords("connection");
  if (opening.renew_after_days === null) return t(opening.with === "sign_in" ? "renew.itself" : opening.with === "session" ? "renew.session" : "renew.address");
  if (opening.renew_due) return t("renew.due", { count: opening.renew_after_days });
  return t("renew.after", { count: opening.renew_after_days });
}
