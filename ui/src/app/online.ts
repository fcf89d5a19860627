/**
 * Whether WedSync can be reached: what a person means by online. The program knows it from its own requests and asks for a
 * sign of life while somebody looks; what the computer says of its network only makes it ask at once.
 */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { refresh, useRead } from "@/api";

/** How often the program is asked while the window is seen, in milliseconds: seldom while all is well. */
const WELL = 15_000;
const LOST = 3_000;

/** Keeps the answer of {@link useOnline} true; once in each window. */
export function useNetworkWatch(): void {
  const client = useQueryClient();
  useRead("network.look", {}, {
    staleTime: 0,
    refetchOnWindowFocus: "always",
    refetchInterval: (query) => (query.state.data?.wedsync_answers === false ? LOST : WELL),
  });
  useEffect(() => {
    const ask = () => void refresh(client, ["network"]);
    addEventListener("online", ask);
    addEventListener("offline", ask);
    return () => {
      removeEventListener("online", ask);
      removeEventListener("offline", ask);
    };
  }, [client]);
}

/** Whether WedSync answers. Until the program has said, it does. */
export function useOnline(): boolean {
  return useRead("network.look", {}, { staleTime: Infinity }).data?.wedsync_answers ?? true;
}
