import { X } from "lucide-react";
import { AlertDialog, Dialog as Radix } from "radix-ui";
import { type ReactNode, useState } from "react";

import { useWords } from "@/i18n";

import { Button, IconButton } from "./Button";

const SCRIM = "fade-in fixed inset-0 z-50 bg-(--scrim)";
const BOX =
  "rise fixed left-1/2 top-1/2 z-50 flex max-h-[calc(100dvh-32px)] w-[min(28rem,calc(100vw-32px))] -translate-x-1/2 -translate-y-1/2 flex-col overflow-y-auto rounded-dialog border border-line2 bg-card p-5 shadow-dialog";

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  children: ReactNode;
  /** Buttons at the foot; the last one is the main one. */
  actions?: ReactNode;
}

/** A question or a small form over the page. Esc closes; the focus comes back to where it was. */
export function Dialog({ open, onClose, title, children, actions }: DialogProps) {
  const { t } = useWords("kit");
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className={SCRIM} />
        <Radix.Content className={BOX} aria-describedby={undefined}>
          <div className="flex items-start justify-between gap-4">
            <Radix.Title className="text-dialog font-semibold">{title}</Radix.Title>
            <Radix.Close asChild>
              <IconButton icon={X} label={t("close")} size="xs" />
            </Radix.Close>
          </div>
          <div className="mt-2 min-h-0 overflow-auto">{children}</div>
          {actions !== undefined && <div className="mt-4 flex flex-wrap justify-end gap-2">{actions}</div>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

export interface ConfirmProps {
  open: boolean;
  onClose: () => void;
  /** The question, with the number: "Upload 482 clients to WedSync?" */
  title: string;
  /** What it means, and how it can be undone. */
  text: ReactNode;
  /** Repeats the verb: "Upload 482 clients". */
  verb: string;
  /** Says no: "Not yet". */
  refusal: string;
  look?: "primary" | "danger";
  busy?: boolean;
  onConfirm: () => void;
  /** What has to be typed first, such as the studio's name before an erase. */
  typed?: { label: string; value: string };
  /** A choice that belongs to the question, below the text. */
  children?: ReactNode;
}

/** Asks before something big: upload, undo of an upload, erase, disconnect. Nothing else. */
export function Confirm({ open, onClose, ...rest }: ConfirmProps) {
  return (
    <AlertDialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className={SCRIM} />
        <AlertDialog.Content className={BOX}>
          <ConfirmBody {...rest} />
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

/** Mounted anew each time it opens, so that what was typed is gone. */
function ConfirmBody({ title, text, verb, refusal, look = "primary", busy = false, onConfirm, typed, children }: Omit<ConfirmProps, "open" | "onClose">) {
  const [text_, setText] = useState("");
  const fits = typed === undefined || text_.trim() === typed.value;
  return (
    <>
      <AlertDialog.Title className="text-dialog font-semibold">{title}</AlertDialog.Title>
      <AlertDialog.Description asChild>
        <div className="mt-1.5 text-ink2">{text}</div>
      </AlertDialog.Description>
      {children}
      {typed !== undefined && (
        <label className="mt-3 flex flex-col gap-1.5 font-semibold">
          {typed.label}
          <input className="input font-normal" value={text_} onChange={(event) => setText(event.target.value)} autoComplete="off" />
        </label>
      )}
      <div className="mt-4 flex flex-wrap justify-end gap-2">
        <AlertDialog.Cancel asChild>
          <Button>{refusal}</Button>
        </AlertDialog.Cancel>
        <Button look={look} busy={busy} unavailable={fits ? false : (typed?.label ?? "")} onClick={onConfirm}>
          {verb}
        </Button>
      </div>
    </>
  );
}

/** A panel from the bottom on narrow screens; carries what the side panel carries on wide ones. */
export function Sheet({ open, onClose, title, children, footer }: { open: boolean; onClose: () => void; title: string; children: ReactNode; footer?: ReactNode }) {
  const { t } = useWords("kit");
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className={SCRIM} />
        <Radix.Content
          aria-describedby={undefined}
          className="sheet-in fixed inset-x-0 bottom-0 z-50 flex max-h-[88dvh] flex-col rounded-t-sheet bg-surface pt-5 shadow-dialog outline-none"
          // The sheet itself takes the focus: a button would show its tooltip over what was opened.
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            (event.currentTarget as HTMLElement | null)?.focus();
          }}
        >
          <span aria-hidden className="absolute left-1/2 top-2 h-1 w-9 -translate-x-1/2 rounded-full bg-line2" />
          <Radix.Title className="sr-only">{title}</Radix.Title>
          <div className="absolute right-3 top-5 z-10">
            <Radix.Close asChild>
              <IconButton icon={X} label={t("close")} />
            </Radix.Close>
          </div>
          <div className="min-h-0 flex-1 overflow-auto" tabIndex={0} role="region" aria-label={title}>
            {children}
          </div>
          {footer !== undefined && <div className="flex max-h-[40dvh] flex-wrap gap-2 overflow-y-auto border-t border-line p-4 *:flex-1">{footer}</div>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
