import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { shellRoute } from "@/app/roots";

export const othersRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/others",
  component: lazyRouteComponent(() => import("./Others"), "Others"),
});
