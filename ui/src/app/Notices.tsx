/** Sentences that the program says of itself, such as why a link that came from outside was not used. */
import { Info } from "lucide-react";
import { useCallback } from "react";

import { type HubEvent, useTopic, type WireMessage } from "@/api";
import { useMessage } from "@/i18n";
import { useToast } from "@/kit";

export function Notices() {
  const say = useMessage();
  const toast = useToast();
  useTopic(
    "notice",
    useCallback(
      (event: HubEvent) => {
        const message = (event.event as { message?: WireMessage } | null)?.message;
        if (message !== undefined) toast({ text: say(message), icon: Info });
      },
      [say, toast],
    ),
  );
  return null;
}
