/**
 * A definition that somebody wrote into a file: its faults with their places, or where it goes and what it reads, before anybody is
 * asked; then a key and a test read, or a window to sign in. The file is picked by the program; the page has an id and the text of it.
 */
import { useNavigate } from "@tanstack/react-router";
import { ArrowLeft, Eye, EyeOff, FileCode2, KeyRound, Lock, ShieldCheck, TriangleAlert } from "lucide-react";
import { type FormEvent, useCallback, useEffect, useRef, useState } from "react";

import { type AppState, type DefinitionAbout, type DefinitionOpened, type PickedFile, pickFile, type ProviderInfo, useCommand } from "@/api";
import { heldSource, TroublePanel, useHeldSource } from "@/app";
import { useWords } from "@/i18n";
import { Button, IconButton, Input } from "@/kit";

import { FirstClients } from "./FirstClients";
import { Frame } from "./Frame";
import { SignInWindow } from "./SignInWindow";
import { SourceSignIn } from "./SourceSignIn";

/** A definition, and the name of its file. */
export interface Opened {
  file: string;
  read: DefinitionOpened;
}

/** Choosing the file. One that is dropped anywhere on the window is handed on to here. */
export function OpenDefinition({ onOpened }: { onOpened: (opened: Opened) => void }) {
  const { t } = useWords("add");
  const dropped = useHeldSource();
  const { mutate, error, isPending } = useCommand("connector.open_file");
  const open = useCallback(
    (picked: PickedFile | null) => {
      if (picked !== null) mutate({ file_id: picked.fileId }, { onSuccess: (read) => onOpened({ file: picked.name, read }) });
    },
    [mutate, onOpened],
  );
  useEffect(() => {
    if (dropped !== null && heldSource.isDefinition) open(heldSource.begin());
  }, [dropped, open]);
  return (
    <section aria-labelledby="definition" className="flex flex-col items-start gap-1 rounded-card border border-line bg-canvas p-4">
      <h2 id="definition" className="font-semibold">
        {t("own.open")}
      </h2>
      <p className="text-hint text-ink2">{t("own.open.what")}</p>
      <Button className="mt-1" size="sm" icon={FileCode2} busy={isPending} onClick={() => void pickFile([".toml"]).then(open)}>
        {t("own.choose")}
      </Button>
      {error !== null && <TroublePanel error={error} />}
    </section>
  );
}

interface OwnDefinitionProps {
  provider: ProviderInfo;
  opened: Opened;
  state: AppState;
  onClose: () => void;
}

export function OwnDefinition({ provider, opened, state, onClose }: OwnDefinitionProps) {
  const { t } = useWords("add");
  const [onward, setOnward] = useState(false);
  const { about, definition, faults } = opened.read;
  if (about === null) return <Faults provider={provider} file={opened.file} faults={faults} onClose={onClose} />;
  const site = { key: provider.key, name: about.name, rate_limits: { per_minute: about.per_minute, per_hour: null } };
  if (onward && about.route === "sign_in") {
    const way = { note: null, needs_address: about.address === null, off_until: null, on_since: null };
    return <SignInWindow provider={site} route={way} state={state} connection={undefined} definition={definition} onBack={() => setOnward(false)} />;
  }
  if (onward) return <WithKey provider={site} about={about} definition={definition} onBack={() => setOnward(false)} />;
  return (
    <Frame
      step="connect"
      provider={site}
      title={t("own.title", { name: about.name })}
      lead={t("own.lead", { file: opened.file })}
      footer={
        <>
          <Button look="quiet" className="-ml-3" icon={ArrowLeft} onClick={onClose}>
            {t("back")}
          </Button>
          <span className="flex-1" />
          <Button look="primary" onClick={() => setOnward(true)}>
            {t(about.route === "sign_in" || about.auth === "oauth2" ? "own.onward.window" : "own.onward.key")}
          </Button>
        </>
      }
    >
      <About about={about} />
    </Frame>
  );
}

/** Everything that is wrong, where it stands in the file. */
function Faults({ provider, file, faults, onClose }: { provider: ProviderInfo; file: string; faults: DefinitionOpened["faults"]; onClose: () => void }) {
  const { t } = useWords("add");
  return (
    <Frame
      step="connect"
      provider={provider}
      title={t("own.faults.title")}
      lead={t("own.faults.lead", { file })}
      footer={
        <Button look="quiet" className="-ml-3" icon={ArrowLeft} onClick={onClose}>
          {t("back")}
        </Button>
      }
    >
      <section className="rounded-card border border-warn-line bg-warn-soft p-4" role="status">
        <h2 className="flex items-center gap-2 font-semibold">
          <TriangleAlert size={17} aria-hidden />
          {t("own.faults.count", { count: faults.length })}
        </h2>
        <ul className="mt-2 flex flex-col gap-1.5 [overflow-wrap:anywhere]">
          {faults.map((fault, at) => (
            <li key={at}>
              <code className="font-mono text-hint font-[550]">{fault.place}</code>
              <span className="block text-hint text-ink2">{fault.reason}</span>
            </li>
          ))}
        </ul>
      </section>
    </Frame>
  );
}

/** Whose word it is, where it goes, what it reads. */
function About({ about }: { about: DefinitionAbout }) {
  const { t } = useWords("add");
  const read = about.fields.filter((field) => field.uses.length > 0);
  const rows: [string, string][] = [
    [t("own.by"), t("own.by.file")],
    [t("own.way"), t(about.route === "sign_in" ? "own.way.window" : about.auth === "oauth2" ? "own.way.browser" : "own.way.key")],
    [t("own.hosts"), about.hosts.length === 0 ? t("own.hosts.asked") : about.hosts.join(", ")],
    [t("own.records"), about.records.map((record) => t(`record.${record}`)).join("; ")],
    [t("own.pace"), about.per_minute === null ? t("own.pace.slow") : t("own.pace.is", { count: about.per_minute })],
  ];
  return (
    <div className="flex flex-col gap-6">
      <section className="rounded-card border border-line bg-canvas p-5" aria-labelledby="about">
        <h2 id="about" className="flex items-center gap-2 font-semibold">
          <ShieldCheck size={17} aria-hidden />
          {t("own.about")}
        </h2>
        <dl className="mt-3 grid grid-cols-[auto_1fr] gap-x-6 gap-y-1.5">
          {rows.map(([name, value]) => (
            <div key={name} className="contents">
              <dt className="text-ink2">{name}</dt>
              <dd className="min-w-0 font-[550] [overflow-wrap:anywhere]">{value}</dd>
            </div>
          ))}
        </dl>
        <p className="mt-3 text-hint text-ink2">{t("own.careful")}</p>
      </section>
      <section>
        <h2 className="font-semibold">{t("own.fields", { count: read.length })}</h2>
        <ul className="mt-2 grid grid-cols-[minmax(0,1fr)] gap-x-8 gap-y-1 text-hint wide:grid-cols-[repeat(2,minmax(0,1fr))]">
          {read.map((field) => (
            <li key={field.path} className="flex min-w-0 gap-2">
              <span className="max-w-1/2 flex-none truncate font-[550]" title={field.path}>
                {field.path}
              </span>
              <span className="truncate text-ink2">{field.uses.join(", ")}</span>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}

/** A key, a test read with it, and the connection. The key leaves the field with the request; the look stands for it afterwards. */
function WithKey({ provider, about, definition, onBack }: { provider: { key: string; name: string }; about: DefinitionAbout; definition: string; onBack: () => void }) {
  const { t } = useWords("add");
  const navigate = useNavigate();
  const tried = useCommand("connector.try");
  const connect = useCommand("connector.create", {
    onSuccess: (made) => void navigate({ to: "/add", search: { step: "bring", connection: made.id } }),
  });
  const key = useRef<HTMLInputElement>(null);
  const user = useRef<HTMLInputElement>(null);
  const [shown, setShown] = useState(false);
  const [missing, setMissing] = useState(false);
  const [signsIn, setSignsIn] = useState(about.auth === "oauth2");
  const found = tried.data;
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (tried.isPending || key.current === null) return;
    const secret = key.current.value.trim();
    setMissing(secret === "");
    if (secret === "") return key.current.focus();
    key.current.value = "";
    setShown(false);
    tried.mutate({ definition, key: about.auth === "basic" ? `${user.current?.value.trim() ?? ""}:${secret}` : secret });
  };
  if (signsIn) {
    return (
      <SourceSignIn
        provider={provider}
        entered={{ name: about.name, definition }}
        onBack={onBack}
        onOpened={(look_id) => {
          setSignsIn(false);
          tried.mutate({ definition, look_id });
        }}
      />
    );
  }
  return (
    <Frame
      step="connect"
      provider={provider}
      title={t("own.key.title", { name: about.name })}
      lead={t("own.key.lead", { hosts: about.hosts.join(", ") })}
      footer={
        <>
          <Button look="quiet" className="-ml-3" icon={ArrowLeft} onClick={onBack}>
            {t("back")}
          </Button>
          <span className="flex-1" />
          {found === undefined && about.auth === "oauth2" ? null : found === undefined ? (
            <Button look="primary" type="submit" form="own" busy={tried.isPending}>
              {t("source.look")}
            </Button>
          ) : (
            <Button look="primary" busy={connect.isPending} onClick={() => connect.mutate({ definition, look_id: found.look_id })}>
              {t("connect.go")}
            </Button>
          )}
        </>
      }
    >
      {found === undefined && about.auth === "oauth2" ? (
        <>
          {tried.error !== null && <TroublePanel error={tried.error} onRetry={() => setSignsIn(true)} />}
          {tried.isPending && <p role="status">{t("own.reading")}</p>}
        </>
      ) : found === undefined ? (
        <form id="own" className="flex max-w-[25rem] flex-col gap-5" onSubmit={send} autoComplete="off" noValidate>
          {about.auth === "basic" && <Input ref={user} label={t("source.user")} spellCheck={false} autoComplete="off" />}
          <Input
            ref={key}
            label={t(about.auth === "basic" ? "source.password" : "source.key")}
            problem={missing ? t("connect.key.missing") : undefined}
            type={shown ? "text" : "password"}
            spellCheck={false}
            autoComplete="off"
            autoCapitalize="off"
            data-1p-ignore=""
            before={<KeyRound size={15} className="text-ink3" aria-hidden />}
            after={<IconButton icon={shown ? EyeOff : Eye} size="xs" label={shown ? t("connect.hide") : t("connect.show")} onClick={() => setShown(!shown)} />}
          />
          {tried.error !== null && <TroublePanel error={tried.error} />}
          <p className="flex items-center gap-2 text-hint text-ink2">
            <Lock size={14} className="flex-none" aria-hidden />
            {t("connect.locked")}
          </p>
        </form>
      ) : (
        <>
          {connect.error !== null && <TroublePanel error={connect.error} />}
          <FirstClients clients={found.clients} />
        </>
      )}
    </Frame>
  );
}
