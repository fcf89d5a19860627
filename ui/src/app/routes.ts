/** Every screen, one line each. The only file that knows the features. */
import { createHashHistory, createRouter } from "@tanstack/react-router";

import { addRoute } from "@/features/add/route";
import { connectionRoute } from "@/features/connection/route";
import { duplicatesRoute } from "@/features/duplicates/route";
import { historyRoute } from "@/features/history/route";
import { homeRoute, startRoute } from "@/features/home/route";
import { matchRoute } from "@/features/match/route";
import { othersRoute } from "@/features/others/route";
import { reviewRoute } from "@/features/review/route";
import { settingsRoute } from "@/features/settings/route";
import { welcomeRoute } from "@/features/welcome/route";

import { bareRoute, rootRoute, shellRoute } from "./roots";

const tree = rootRoute.addChildren([
  bareRoute.addChildren([welcomeRoute, addRoute]),
  shellRoute.addChildren([startRoute, homeRoute, reviewRoute, duplicatesRoute, historyRoute, matchRoute, connectionRoute, othersRoute, settingsRoute]),
]);

/** Hash history: the same addresses work in the window and on `hub serve`, whatever the page is called. */
export const router = createRouter({ routeTree: tree, history: createHashHistory(), defaultPreload: "intent" });

/** Fetches the code of every screen once the first one stands, so that a press opens it at once. */
export function fetchScreens(): void {
  for (const route of Object.values(router.routesById)) {
    // A screen that cannot be fetched now is fetched when it is opened, and says what is wrong there.
    void Promise.resolve(router.loadRouteChunk(route)).catch(() => undefined);
  }
}

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
  interface StaticDataRouteOption {
    /** The sidebar folds to a rail here, unless the person chose otherwise. */
    folds?: boolean;
  }
}
