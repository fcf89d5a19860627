/** Sample data: a place of its own for invented clients, entered and left with one click each. */
import { useNavigate } from "@tanstack/react-router";
import { FlaskConical, Trash2 } from "lucide-react";
import { useState } from "react";

import { type AppState, beginSample, canChangeProfile, endSample, useCommand } from "@/api";
import { useWords } from "@/i18n";
import { Banner, Button } from "@/kit";

import { TroublePanel } from "./Trouble";

/** Leads to the sample; nothing where this host has no place for one. */
export function TrySample({ look = "secondary", size = "md", className }: { look?: "primary" | "secondary"; size?: "md" | "lg"; className?: string }) {
  const { t } = useWords();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  if (!canChangeProfile) return null;
  const go = () => {
    setBusy(true);
    setError(null);
    // Another profile is another world: nothing of this one is kept on the page.
    beginSample().then(
      () => window.location.reload(),
      (cause: unknown) => {
        setBusy(false);
        setError(cause);
      },
    );
  };
  return (
    <>
      <Button look={look} size={size} className={className} icon={FlaskConical} busy={busy} onClick={go}>
        {t("sample.try")}
      </Button>
      {error !== null && <TroublePanel error={error} onRetry={go} />}
    </>
  );
}

/** Brings the sample in, inside its own profile. */
export function StartSample() {
  const { t } = useWords();
  const start = useCommand("sample.start");
  return (
    <>
      <Button look="primary" icon={FlaskConical} busy={start.isPending} onClick={() => start.mutate({})}>
        {t("sample.try")}
      </Button>
      {start.error !== null && <TroublePanel error={start.error} onRetry={() => start.mutate({})} />}
    </>
  );
}

/** Says on every screen that nothing here is real, and takes it away. */
export function SampleBanner({ state }: { state: AppState }) {
  const { t } = useWords();
  const navigate = useNavigate();
  const forget = useCommand("connection.delete");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const remove = async () => {
    setBusy(true);
    setError(null);
    try {
      if (canChangeProfile) {
        await endSample();
        window.location.reload();
        return;
      }
      for (const { id } of state.connections) await forget.mutateAsync({ connection_id: id });
      await navigate({ to: "/home" });
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Banner
      tone="pri"
      icon={FlaskConical}
      title={t("sample.title")}
      text={t("sample.text")}
      actions={
        (canChangeProfile || state.connections.length > 0) && (
          <>
            <Button size="sm" icon={Trash2} busy={busy} onClick={() => void remove()}>
              {t("sample.remove")}
            </Button>
            {error !== null && <TroublePanel error={error} />}
          </>
        )
      }
    />
  );
}
