import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { bareRoute } from "@/app/roots";

export const welcomeRoute = createRoute({
  getParentRoute: () => bareRoute,
  path: "/welcome",
  component: lazyRouteComponent(() => import("./Welcome"), "Welcome"),
});
