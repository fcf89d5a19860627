/** Adding a place: which program, its address or key, and of what it is told. The secret leaves the field with the request. */
import { Copy, Eye, EyeOff, KeyRound, Lock, ShieldCheck } from "lucide-react";
import { type FormEvent, useRef, useState } from "react";

import { type HookMade, type HookTells, useCommand, useRead } from "@/api";
import { Loaded, TroublePanel, useAppState } from "@/app";
import { useMessage, useWords } from "@/i18n";
import { Button, Dialog, IconButton, Input, RadioGroup } from "@/kit";

import { type Taker, takersOf } from "./model";

export function AddPlace({ onClose }: { onClose: () => void }) {
  const { t } = useWords("others");
  const providers = useRead("providers.list", {});
  const create = useCommand("hooks.create");
  const made = create.data;
  const signed = made?.signing_secret ?? null;
  const done = made !== undefined && signed === null;
  return (
    <Dialog
      open
      onClose={onClose}
      title={made === undefined ? t("add.title") : t("made.title", { name: made.hook.name })}
      actions={
        made === undefined ? (
          <>
            <Button onClick={onClose}>{t("add.no")}</Button>
            <Button look="primary" type="submit" form="place" busy={create.isPending}>
              {t("add.do")}
            </Button>
          </>
        ) : (
          <Button look="primary" onClick={onClose}>
            {t(done ? "made.done" : "made.kept")}
          </Button>
        )
      }
    >
      {made === undefined ? (
        <Loaded query={providers} rows={3}>
          {(data) => <PlaceForm takers={takersOf(data.providers)} error={create.error} busy={create.isPending} onAdd={(request) => create.mutate(request)} />}
        </Loaded>
      ) : (
        <Made made={made} secret={signed} />
      )}
    </Dialog>
  );
}

/** What it is told of from now on, and what its events are signed with: shown this once. */
function Made({ made, secret }: { made: HookMade; secret: string | null }) {
  const { t } = useWords("others");
  const [copied, setCopied] = useState(false);
  return (
    <div className="flex flex-col gap-4">
      <p className="text-ink2">{t(`made.${made.hook.tells}`, { name: made.hook.name })}</p>
      {secret !== null && (
        <>
          <div className="flex items-end gap-2">
            <div className="min-w-0 flex-1">
              <Input label={t("made.secret")} value={secret} readOnly spellCheck={false} onFocus={(event) => event.target.select()} />
            </div>
            <Button icon={Copy} onClick={() => void navigator.clipboard.writeText(secret).then(() => setCopied(true), () => setCopied(false))}>
              {t(copied ? "made.copied" : "made.copy")}
            </Button>
          </div>
          <p className="flex items-start gap-2 text-hint text-ink2">
            <ShieldCheck size={14} className="mt-0.5 flex-none" aria-hidden />
            {t("made.secret.what")}
          </p>
        </>
      )}
    </div>
  );
}

interface Wanted {
  provider: string;
  secret: string;
  tells: HookTells;
  name?: string;
  base_url?: string;
}

interface PlaceFormProps {
  takers: readonly Taker[];
  error: Error | null;
  busy: boolean;
  onAdd: (wanted: Wanted) => void;
}

function PlaceForm({ takers, error, busy, onAdd }: PlaceFormProps) {
  const { t } = useWords("others");
  const say = useMessage();
  const state = useAppState();
  const [key, setKey] = useState(takers[0]?.provider.key ?? "");
  const taker = takers.find((each) => each.provider.key === key) ?? takers[0];
  const [chosen, setChosen] = useState<HookTells | null>(null);
  const [shown, setShown] = useState(false);
  const [missing, setMissing] = useState(false);
  const secret = useRef<HTMLInputElement>(null);
  const name = useRef<HTMLInputElement>(null);
  const address = useRef<HTMLInputElement>(null);
  if (taker === undefined) return <p className="text-ink2">{t("add.nobody")}</p>;
  const by = taker.by;
  // A person takes in what arrives in an Inbox: everything there would be a heap of work.
  const tells = chosen ?? (by === "inbox" ? "picked" : "everything");
  const kind = state.data?.profile.kind;
  const invented = kind === "demo" || kind === "test";
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (busy || secret.current === null) return;
    const typed = secret.current.value.trim();
    setMissing(typed === "");
    if (typed === "") return secret.current.focus();
    // Emptied before the answer: the secret is in the request and nowhere else on this page.
    secret.current.value = "";
    setShown(false);
    const called = name.current?.value.trim() ?? "";
    const at = address.current?.value.trim() ?? "";
    onAdd({ provider: taker.provider.key, secret: typed, tells, ...(called !== "" && { name: called }), ...(at !== "" && { base_url: at }) });
  };
  return (
    <form id="place" className="flex flex-col gap-4" onSubmit={send} autoComplete="off" noValidate>
      <div className="flex flex-col gap-1">
        <p className="font-semibold">{t("add.who")}</p>
        <RadioGroup
          label={t("add.who")}
          value={taker.provider.key}
          onChange={(next) => {
            setKey(next);
            setChosen(null);
          }}
          choices={takers.map((each) => ({ value: each.provider.key, label: each.provider.name, hint: t(`add.who.${each.by}`, { name: each.provider.name }) }))}
        />
      </div>
      <Input
        key={taker.provider.key}
        ref={secret}
        label={t(`add.secret.${by}`, { name: taker.provider.name })}
        hint={by === "inbox" ? say(taker.route.help) : t("add.secret.hook.where", { name: taker.provider.name })}
        problem={missing ? t(`add.secret.${by}.missing`) : undefined}
        type={shown ? "text" : "password"}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        data-1p-ignore=""
        before={<KeyRound size={15} className="text-ink3" aria-hidden />}
        after={<IconButton icon={shown ? EyeOff : Eye} size="xs" label={t(shown ? "add.hide" : "add.show")} onClick={() => setShown(!shown)} />}
      />
      {error !== null && <TroublePanel error={error} />}
      {invented && by === "inbox" && <Input ref={address} label={t("add.address")} hint={t("add.address.hint")} inputMode="url" spellCheck={false} autoComplete="off" />}
      <div className="flex flex-col gap-1">
        <p className="font-semibold">{t("add.tells")}</p>
        <RadioGroup label={t("add.tells")} value={tells} onChange={setChosen} choices={(["everything", "picked"] as const).map((each) => ({ value: each, label: t(`add.tells.${each}`), hint: t(`add.tells.${each}.what`) }))} />
      </div>
      <Input ref={name} label={t("add.name")} hint={t("add.name.hint")} maxLength={120} autoComplete="off" />
      <p className="flex items-start gap-2 text-hint text-ink2">
        <Lock size={14} className="mt-0.5 flex-none" aria-hidden />
        {t("add.locked")}
      </p>
      {/* Enter in any field adds. */}
      <button type="submit" className="sr-only" tabIndex={-1} aria-hidden />
    </form>
  );
}
