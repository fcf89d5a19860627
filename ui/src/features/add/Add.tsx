/** The wizard that connects a CRM: choose, connect, what to bring, preview. It only reads; the rail says so. */
import { Link, Navigate, useNavigate } from "@tanstack/react-router";

import { type AppState, type ConnectionView, isSignedIn, type RouteKind, useRead } from "@/api";
import { isAdmitted, Loaded, useAppState } from "@/app";
import { useWords } from "@/i18n";
import { ButtonLink } from "@/kit";

import { Bridge } from "./Bridge";
import { Bring } from "./Bring";
import { Browser } from "./Browser";
import { Choose } from "./Choose";
import { Connect } from "./Connect";
import { Files } from "./Files";
import { Frame } from "./Frame";
import { Preview } from "./Preview";
import { stepOf } from "./providers";
import { addRoute } from "./route";
import { SignInWindow } from "./SignInWindow";
import { Source } from "./Source";

/** The way of a site that a person described by themselves: its address is known, and nobody else has a say. */
const OWN_SITE = { note: null, needs_address: false, off_until: null, on_since: null };
const isOwn = ({ provider }: { provider: string }): boolean => provider.startsWith("custom:");

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
              onChosen={(chosen, route) => void navigate({ to: "/add", search: { step: stepOf(route), provider: chosen, ...(route.kind === "sign_in" && { way: "window" as const }), ...(route.kind === "bridge" && { way: "events" as const }), ...(route.kind === "feed" && { way: "calendar" as const }) } })}
            />
          );
        }
        // A source of one's own that was signed in to: its connection says how it is read.
        if (step === "connect" && connection !== undefined && isOwn(connection) && isSignedIn(connection)) {
          return <OwnAgain key={connection.id} connection={connection} state={state} />;
        }
        if (step === "connect" && "routes" in provider) {
          const works = (kind: RouteKind) => provider.routes.find((route) => route.kind === kind && route.works);
          const [api, site] = [works("api"), works("sign_in")];
          // A connection without a key was signed in to, and is so again.
          const again = connection !== undefined && isSignedIn(connection);
          const bridge = works("bridge");
          const feed = works("feed");
          const byFeed = connection === undefined ? search.way === "calendar" || (api ?? site ?? bridge) === undefined : connection.route === "feed";
          if (feed !== undefined && byFeed) return <Connect key={connection?.id} provider={provider} feed={feed} connection={connection} state={state} />;
          if (bridge !== undefined && connection === undefined && (search.way === "events" || api === undefined && site === undefined)) {
            return <Bridge key={provider.key} provider={provider} route={bridge} />;
          }
          const begins = connection === undefined || again;
          if (site !== undefined && (again ? api?.auth !== "oauth2" : connection === undefined && search.way === "window")) {
            return <SignInWindow key={provider.key} provider={provider} route={site} state={state} connection={connection} />;
          }
          if (begins && (api?.auth === "oauth2" || again && site === undefined && api !== undefined)) return <Browser key={provider.key} provider={provider} state={state} connection={connection} />;
          if (connection === undefined && api?.recognised === true) return <Source key={provider.key} provider={provider} route={api} state={state} />;
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

/** Signing in again to a source of one's own: in the browser, or in a window of the app. */
function OwnAgain({ connection, state }: { connection: ConnectionView; state: AppState }) {
  const page = useRead("connection.page", { connection_id: connection.id });
  const { provider: key, name } = connection;
  return (
    <Loaded query={page}>
      {(data) =>
        data.opening.with === "sign_in" ? (
          <Browser provider={{ key, name, routes: data.ways }} state={state} connection={connection} />
        ) : (
          <SignInWindow provider={{ key, name, rate_limits: { per_minute: null, per_hour: null } }} route={OWN_SITE} state={state} connection={connection} />
        )
      }
    </Loaded>
  );
}
