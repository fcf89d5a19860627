/** The one thing that the person is asked for, with one button; nothing where there is none. */
import { Link } from "@tanstack/react-router";
import { CirclePause, KeyRound, Unplug } from "lucide-react";

import { type ConnectionPage, isMessage } from "@/api";
import { useNow } from "@/app";
import { useFormat, useMessage, useWords } from "@/i18n";
import { Banner, ButtonLink } from "@/kit";

import { daysSince, needOf, offOf } from "./model";
import { ReplaceKeyButton } from "./ReplaceKey";

export function Needed({ page }: { page: ConnectionPage }) {
  const { t } = useWords("connection");
  const say = useMessage();
  const format = useFormat();
  const now = useNow();
  const { connection, opening } = page;
  const name = page.provider_name ?? connection.name;
  const why = isMessage(connection.error) ? say(connection.error) : t("need.why");
  const need = needOf(page);
  switch (need) {
    case null:
      return null;
    case "off":
      return <Banner tone="warn" icon={CirclePause} title={t("need.off", { name })} text={say(offOf(page) ?? { id: "error.off.other", params: { provider: name } })} />;
    case "key":
      return <Banner tone="warn" icon={KeyRound} title={t("need.key", { name })} text={why} actions={<ReplaceKeyButton page={page} look="primary" />} />;
    case "way_off":
      return (
        <Banner
          tone="warn"
          icon={CirclePause}
          title={t("way.is_off")}
          text={t("need.way_off.text", { name })}
          actions={
            <ButtonLink look="primary">
              <Link to="/add" search={{ step: "connect", connection: connection.id }}>{t("need.way_off.do")}</Link>
            </ButtonLink>
          }
        />
      );
    case "sign_in":
    case "session":
      return (
        <Banner
          tone="warn"
          icon={KeyRound}
          title={t(`need.${need}`, { name })}
          text={why}
          actions={
            <ButtonLink look="primary">
              <Link to="/add" search={{ step: "connect", connection: connection.id }}>{t("signInAgain")}</Link>
            </ButtonLink>
          }
        />
      );
    case "failed":
      return (
        <Banner
          tone="bad"
          icon={Unplug}
          title={why}
          text={t("need.failed")}
          actions={
            <ButtonLink>
              <Link to="/history">{t("need.failed.what")}</Link>
            </ButtonLink>
          }
        />
      );
    case "paused":
      return <Banner tone="pri" icon={CirclePause} title={t("need.paused", { when: format.moment(connection.paused_since ?? "") })} text={t("need.paused.text", { name })} />;
    case "renew":
      return (
        <Banner
          tone="warn"
          icon={KeyRound}
          title={t("need.renew", { count: daysSince(opening.given_at ?? "", now), name })}
          text={t("need.renew.text", { count: opening.renew_after_days ?? 0 })}
          actions={<ReplaceKeyButton page={page} />}
        />
      );
  }
}
