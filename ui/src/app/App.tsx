/** Everything around the screens. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useState } from "react";

import { LiveProvider, troubleOf } from "@/api";
import { AnnouncerProvider, ToastProvider, TooltipProvider } from "@/kit";

import { PaletteProvider } from "./commands";
import { Notices } from "./Notices";
import { router } from "./routes";
import { ShortcutProvider } from "./shortcuts";
import { UndoProvider } from "./undo";

function newClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // The program is on this computer: being offline concerns it, not us.
        networkMode: "always",
        staleTime: 30_000,
        refetchOnWindowFocus: false,
        retry: (count, error) => count < 2 && troubleOf(error).code === "unreachable" && troubleOf(error).remedy === "reload",
        retryDelay: 500,
      },
      mutations: { networkMode: "always", retry: false },
    },
  });
}

export function App() {
  const [client] = useState(newClient);
  return (
    <QueryClientProvider client={client}>
      <LiveProvider>
        <AnnouncerProvider>
          <TooltipProvider delayDuration={400}>
            <ToastProvider>
              <Notices />
              <ShortcutProvider>
                <PaletteProvider>
                  <UndoProvider>
                    <RouterProvider router={router} />
                  </UndoProvider>
                </PaletteProvider>
              </ShortcutProvider>
            </ToastProvider>
          </TooltipProvider>
        </AnnouncerProvider>
      </LiveProvider>
    </QueryClientProvider>
  );
}
