import type { british } from "./resources";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "app";
    keySeparator: false;
    resources: typeof british;
  }
}
