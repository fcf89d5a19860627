import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { bareRoute } from "@/app/roots";

export const addRoute = createRoute({
  getParentRoute: () => bareRoute,
  path: "/add",
  component: lazyRouteComponent(() => import("./Add"), "Add"),
});
