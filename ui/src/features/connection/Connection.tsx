/** The page of one connection: what it needs, how it reads, whose account it is, what it may do, and the way out. */
import { Link } from "@tanstack/react-router";
import { Plug, PlugZap } from "lucide-react";
import { useState } from "react";

import { type ConnectionPage, type Disconnected, useRead } from "@/api";
import { Loaded, Page, useAppState } from "@/app";
import { useWords } from "@/i18n";
import { ButtonLink, Empty } from "@/kit";

import { Account, Agreed } from "./Account";
import { Head } from "./Head";
import { Leave } from "./Leave";
import { Needed } from "./Needed";
import { Opening } from "./Opening";
import { Reading } from "./Reading";
import { Requests } from "./Requests";
import { connectionRoute } from "./route";
import { May, Ways } from "./Ways";
import { Writes } from "./Writes";

export function Connection() {
  const { connection } = connectionRoute.useSearch();
  return <ById key={connection} id={connection} />;
}

function ById({ id }: { id: string | undefined }) {
  const { t } = useWords("connection");
  const state = useAppState();
  const [ended, setEnded] = useState<{ name: string; crm: string; how: Disconnected } | null>(null);
  const known = state.data?.connections.find((each) => each.id === id);
  const page = useRead("connection.page", { connection_id: id ?? "" }, { enabled: ended === null && known !== undefined });
  const name = ended?.name ?? known?.name ?? t("title");
  if (ended !== null) {
    return (
      <Page title={name}>
        <Empty icon={Plug} title={t(`ended.${ended.how.at_crm}`, { name: ended.crm })} text={t("ended.stays", { name: ended.crm })} action={<HomeLink />} />
      </Page>
    );
  }
  return (
    <Loaded query={state}>
      {() =>
        known === undefined ? (
          <Page title={t("title")}>
            <Empty icon={PlugZap} title={t("gone")} text={t("gone.text")} action={<HomeLink />} />
          </Page>
        ) : (
          <Page title={name} subtitle={known.account_name === name ? page.data?.provider_name : known.account_name}>
            <Loaded query={page}>{(data) => <Body page={data} onEnded={(how) => setEnded({ name, crm: data.provider_name ?? name, how })} />}</Loaded>
          </Page>
        )
      }
    </Loaded>
  );
}

function HomeLink() {
  const { t } = useWords("connection");
  return (
    <ButtonLink>
      <Link to="/home">{t("home")}</Link>
    </ButtonLink>
  );
}

/** What is there of a connection; a story of its own for tests. */
export function Body({ page, onEnded }: { page: ConnectionPage; onEnded: (how: Disconnected) => void }) {
  return (
    <div className="mx-auto flex max-w-270 flex-col gap-6">
      <Head page={page} />
      <Needed page={page} />
      <div className="grid items-start gap-6 desk:grid-cols-[minmax(0,1fr)_19rem]">
        <div className="flex min-w-0 flex-col gap-6">
          <Ways page={page} />
          <May page={page} />
          <Writes page={page} />
          <Opening page={page} />
        </div>
        <div className="grid min-w-0 gap-6 max-desk:grid-cols-[repeat(auto-fit,minmax(min(17rem,100%),1fr))]">
          <Requests page={page} />
          <Reading page={page} />
          <Account page={page} />
          <Agreed page={page} />
        </div>
      </div>
      <Leave page={page} onEnded={onEnded} />
    </div>
  );
}
