/** The wizard that connects a CRM: choose, connect, what to bring, preview. It only reads; the rail says so. */
import { Link, Navigate, useNavigate } from "@tanstack/react-router";

import { type AppState, useRead } from "@/api";
import { isAdmitted, Loaded, useAppState } from "@/app";
import { useWords } from "@/i18n";
import { ButtonLink } from "@/kit";

import { Bring } from "./Bring";
import { Browser } from "./Browser";
import { Choose } from "./Choose";
import { Connect } from "./Connect";
import { Files } from "./Files";
import { Frame } from "./Frame";
import { Preview } from "./Preview";
import { stepOf } from "./providers";
import { addRoute } from "./route";
import { Source } from "./Source";

export function Add() {
  const state = useAppState();
  return <Loaded query={state} whole>{(data) => (isAdmitted(data) ? <Wizard state={data} /> : <Navigate to="/welcome" replace />)}</Loaded>;
}

function Wizard({ state }: { state: AppState }) {
  const { t } = useWords("add");
  const search = addRoute.useSearch();
  const navigate = useNavigate();
  const providers = useRead("providers.list", {});
  return (
    <Loaded query={providers}>
      {(data) => {
        const connection = state.connections.find((each) => each.id === search.connection);
        const key = connection?.provider ?? search.provider;
        // A spreadsheet is nobody's, and neither is a connector of one's own: the connection says what it is called.
        const provider = data.providers.find((each) => each.key === key) ?? (connection === undefined ? undefined : { key: connection.provider, name: connection.name });
        const step = search.step ?? "choose";
        if (step === "files") return <Files state={state} provider={data.providers.find((each) => each.key === search.provider)} />;
        if (step === "choose" || provider === undefined) {
          return (
            <Choose
              providers={data.providers}
              chosen={provider?.key}
              onFiles={() => void navigate({ to: "/add", search: { step: "files" } })}
              state={state}
              onChosen={(chosen, route) => void navigate({ to: "/add", search: { step: stepOf(route), provider: chosen } })}
            />
          );
        }
        if (step === "connect" && "routes" in provider && connection === undefined) {
          const asked = provider.routes.find((route) => route.kind === "api" && route.works && route.recognised);
          const browser = provider.routes.some((route) => route.kind === "api" && route.works && route.auth === "oauth2");
          if (browser) return <Browser key={provider.key} provider={provider} state={state} />;
          if (asked !== undefined) return <Source key={provider.key} provider={provider} route={asked} />;
        }
        if (step === "connect" && "routes" in provider) return <Connect key={connection?.id} provider={provider} connection={connection} state={state} />;
        if (connection === undefined) {
          // It was disconnected meanwhile, or the address is an old one.
          return (
            <Frame step="choose" title={t("gone.title")} lead={t("gone.text")}>
              <ButtonLink>
                <Link to="/add">{t("gone.again")}</Link>
              </ButtonLink>
            </Frame>
          );
        }
        if (step === "bring") return <Bring key={connection.id} provider={provider} connection={connection} />;
        return <Preview key={connection.id} provider={provider} connection={connection} />;
      }}
    </Loaded>
  );
}
