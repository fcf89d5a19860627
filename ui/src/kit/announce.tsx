/** Live regions: polite for progress and saves, assertive only when a sync stops. */
import { createContext, type ReactNode, useCallback, useContext, useState } from "react";

type Announce = (text: string, how?: "polite" | "assertive") => void;

const AnnounceContext = createContext<Announce>(() => undefined);

export function AnnouncerProvider({ children }: { children: ReactNode }) {
  const [said, setSaid] = useState<{ polite: Spoken; assertive: Spoken }>({ polite: EMPTY, assertive: EMPTY });
  const announce = useCallback<Announce>((text, how = "polite") => {
    // A counter makes the same sentence a new node, so that it is read out again.
    setSaid((before) => ({ ...before, [how]: { text, count: before[how].count + 1 } }));
  }, []);
  return (
    <AnnounceContext value={announce}>
      {children}
      <div className="sr-only" role="status" aria-live="polite">
        <span key={said.polite.count}>{said.polite.text}</span>
      </div>
      <div className="sr-only" role="alert" aria-live="assertive">
        <span key={said.assertive.count}>{said.assertive.text}</span>
      </div>
    </AnnounceContext>
  );
}

interface Spoken {
  text: string;
  count: number;
}
const EMPTY: Spoken = { text: "", count: 0 };

/** Reads a sentence out to screen readers. */
export const useAnnounce = (): Announce => useContext(AnnounceContext);
