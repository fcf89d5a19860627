/** The wizard that connects a CRM: choose, connect, what to bring, preview. It only reads; the rail says so. */
import { Link, Navigate, useNavigate } from "@tanstack/react-router";

import { type AppState, useRead } from "@/api";
import { isAdmitted, Loaded, useAppState } from "@/app";
import { useWords } from "@/i18n";
import { ButtonLink } from "@/kit";

import { Bring } from "./Bring";
import { Choose } from "./Choose";
import { Connect } from "./Connect";
import { Files } from "./Files";
import { Frame } from "./Frame";
import { Preview } from "./Preview";
import { addRoute } from "./route";

export function Add() {
  const state = useAppState();
  return <Loaded query={state}>{(data) => (isAdmitted(data) ? <Wizard state={data} /> : <Navigate to="/welcome" replace />)}</Loaded>;
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
        // A spreadsheet is nobody's: its connection says what it is called.
        const byFile = connection?.route === "file";
        const provider = data.providers.find((each) => each.key === key) ?? (byFile ? { key: connection.provider, name: connection.name } : undefined);
        const step = search.step ?? "choose";
        if (step === "files") return <Files state={state} />;
        if (step === "choose" || provider === undefined) {
          return (
            <Choose
              providers={data.providers}
              chosen={provider?.key}
              onFiles={() => void navigate({ to: "/add", search: { step: "files" } })}
              state={state}
              onChosen={(chosen) => void navigate({ to: "/add", search: { step: "connect", provider: chosen } })}
            />
          );
        }
        if (step === "connect" && "aliases" in provider) return <Connect key={connection?.id} provider={provider} connection={connection} state={state} />;
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
