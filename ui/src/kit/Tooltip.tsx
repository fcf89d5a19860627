import { Tooltip as Radix } from "radix-ui";
import type { ReactNode } from "react";

/**
 * Words for an icon, or the whole of a value that was cut. Never the only place of something needed.
 *
 * The box floats outside every region of the page, so it is no content of its own: what it describes refers to it, and
 * screen readers read it there.
 */
export function Tooltip({ text, after, children }: { text: string; after?: ReactNode; children: ReactNode }) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          aria-hidden
          sideOffset={6}
          collisionPadding={8}
          className="fade-in z-70 flex max-w-80 items-center gap-2 rounded-control border border-line2 bg-card px-2 py-1 text-hint text-ink shadow-menu"
        >
          {text}
          {after}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

export const TooltipProvider = Radix.Provider;
