/** Another key of the same account, tried before the old one goes. */
import { CircleHelp, KeyRound } from "lucide-react";
import { type ComponentProps, useState } from "react";

import { type ConnectionPage, troubleOf, useCommand } from "@/api";
import { TroublePanel } from "@/app";
import { useMessage, useWords } from "@/i18n";
import { Button, Dialog, ErrorPanel, Input, useToast } from "@/kit";

import { waysOf } from "./model";

export function ReplaceKeyButton({ page, look = "secondary" }: { page: ConnectionPage; look?: ComponentProps<typeof Button>["look"] }) {
  const { t } = useWords("connection");
  const [asked, setAsked] = useState(false);
  return (
    <>
      <Button look={look} icon={KeyRound} onClick={() => setAsked(true)}>
        {t("key.replace")}
      </Button>
      {asked && <ReplaceKey page={page} onClose={() => setAsked(false)} />}
    </>
  );
}

/** Mounted anew each time, so that a key never stays in the page. */
function ReplaceKey({ page, onClose }: { page: ConnectionPage; onClose: () => void }) {
  const { t } = useWords("connection");
  const say = useMessage();
  const toast = useToast();
  const [key, setKey] = useState("");
  const { id, name } = page.connection;
  const help = waysOf(page).used?.help;
  const replace = useCommand("connection.set_key", {
    onSuccess: () => {
      toast({ text: t("key.replaced", { name }) });
      onClose();
    },
  });
  const refused = replace.error !== null && troubleOf(replace.error).code === "crm_key" ? troubleOf(replace.error) : null;
  const save = () => replace.mutate({ connection_id: id, key: key.trim() });
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("key.title", { name })}
      actions={
        <>
          <Button onClick={onClose}>{t("key.no")}</Button>
          <Button look="primary" busy={replace.isPending} unavailable={key.trim() === "" && t("key.empty")} onClick={save}>
            {t("key.replace")}
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
        {help !== undefined && (
          <p className="flex items-start gap-1.5 text-hint text-ink2">
            <CircleHelp size={13} className="mt-0.5 flex-none" aria-hidden />
            {say(help)}
          </p>
        )}
        <Input label={t("key.label")} type="password" autoComplete="off" autoFocus value={key} onChange={(event) => setKey(event.target.value)} />
        {refused !== null ? <ErrorPanel tone="warn" text={say(refused.message)} hints={refused.hints.map(say)} /> : replace.error !== null && <TroublePanel error={replace.error} />}
      </form>
    </Dialog>
  );
}
