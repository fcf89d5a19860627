/** Messages that pass. Never for errors that need the person: those stay in place. */
import { Check, type LucideIcon, X } from "lucide-react";
import { Toast as Radix } from "radix-ui";
import { createContext, type ReactNode, useCallback, useContext, useState } from "react";

import { useWords } from "@/i18n";

import { Button, IconButton } from "./Button";

export interface ToastMessage {
  text: string;
  detail?: string;
  icon?: LucideIcon;
  /** "Undo" or "View". With an action it stays twice as long. */
  action?: { label: string; onSelect: () => void };
}

const ToastContext = createContext<(message: ToastMessage) => void>(() => undefined);

/** Shows a message that passes. */
export const useToast = (): ((message: ToastMessage) => void) => useContext(ToastContext);

export function ToastProvider({ children }: { children: ReactNode }) {
  const { t } = useWords("kit");
  const [shown, setShown] = useState<readonly (ToastMessage & { id: number })[]>([]);
  const show = useCallback((message: ToastMessage) => {
    setShown((before) => [...before.slice(-2), { ...message, id: (before.at(-1)?.id ?? 0) + 1 }]);
  }, []);
  return (
    <Radix.Provider label={t("toast.region")} swipeDirection="right">
      <ToastContext value={show}>{children}</ToastContext>
      {shown.map(({ id, text, detail, icon: Icon = Check, action }) => (
        <Radix.Root
          key={id}
          duration={action === undefined ? 5000 : 10_000}
          onOpenChange={(open) => !open && setShown((before) => before.filter((toast) => toast.id !== id))}
          className="rise flex items-center gap-3 rounded-card border border-line2 bg-card py-2.5 pl-4 pr-2 shadow-menu"
        >
          <Icon size={17} className="flex-none text-ok" aria-hidden />
          <div className="min-w-0 flex-1">
            <Radix.Title className="font-semibold">{text}</Radix.Title>
            {detail !== undefined && <Radix.Description className="text-hint text-ink3">{detail}</Radix.Description>}
          </div>
          {action !== undefined && (
            <Radix.Action asChild altText={action.label}>
              <Button look="link" size="sm" onClick={action.onSelect}>
                {action.label}
              </Button>
            </Radix.Action>
          )}
          <Radix.Close asChild>
            <IconButton icon={X} label={t("close")} size="xs" />
          </Radix.Close>
        </Radix.Root>
      ))}
      <Radix.Viewport className="fixed bottom-4 right-4 z-70 flex w-[min(24rem,calc(100vw-32px))] flex-col gap-2.5 max-wide:bottom-20" />
    </Radix.Provider>
  );
}
