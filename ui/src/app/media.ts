import { useSyncExternalStore } from "react";

function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (tell) => {
      const media = matchMedia(query);
      media.addEventListener("change", tell);
      return () => media.removeEventListener("change", tell);
    },
    () => matchMedia(query).matches,
  );
}

/** Under 720 CSS pixels: bottom tab bar, sheets, two-line rows. */
export const useNarrow = (): boolean => useMedia("(width < 720px)");
