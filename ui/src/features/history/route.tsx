import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { shellRoute } from "@/app/roots";

export const historyRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/history",
  component: lazyRouteComponent(() => import("./HistoryScreen"), "HistoryScreen"),
});
