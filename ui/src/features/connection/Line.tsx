/** One line of a card: what, its explanation, and at the right what one can do about it. */
import type { ReactNode } from "react";

export function Line({ title, text, children }: { title: ReactNode; text?: ReactNode; children?: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-5 py-3 last:border-b-0">
      <div className="min-w-[min(12.5rem,100%)] flex-1 [overflow-wrap:anywhere]">
        <div className="font-semibold">{title}</div>
        {text !== undefined && <div className="text-hint text-ink2">{text}</div>}
      </div>
      {children !== undefined && <div className="flex flex-wrap items-center gap-2">{children}</div>}
    </div>
  );
}

/** A fact with its name. What is not known says so. */
export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-hint text-ink2">{name}</dt>
      <dd className="[overflow-wrap:anywhere]">{children}</dd>
    </div>
  );
}
