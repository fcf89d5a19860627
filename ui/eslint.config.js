// Lints and walls. A layer sees only the layers to its right:
//   main -> app/routes -> features -> app -> kit -> i18n
//                            |-> api -> platform -> @tauri-apps
import { readdirSync } from "node:fs";

import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const sees = (folder, banned, reason) => ({
  files: [`src/${folder}/**/*.{ts,tsx}`],
  ignores: ["src/app/routes.ts"],
  rules: {
    "no-restricted-imports": ["error", { patterns: banned.map((regex) => ({ regex, message: reason })) }],
  },
});
const tauri = "^@tauri-apps/";
const features = readdirSync(new URL("./src/features", import.meta.url)).join("|");
const layer = (name) => `^(@/|(\\.\\./)+)${name}(/|$)`;

/** Words a person sees come from the catalogues. */
const words = [
  { selector: "JSXText[value=/\\p{L}/u]", message: "Words come from the catalogues: use t()." },
  { selector: "JSXElement > JSXExpressionContainer > Literal[value=/\\p{L}{2}/u]", message: "Words come from the catalogues: use t()." },
  {
    selector:
      "JSXAttribute[name.name=/^(aria-label|aria-description|aria-roledescription|aria-valuetext|title|placeholder|alt|label|hint)$/] > Literal[value=/\\p{L}/u]",
    message: "Words come from the catalogues: use t().",
  },
];

export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/api/generated", "eslint.config.js"] },
  js.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  { languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } } },
  hooks.configs.flat.recommended,
  {
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: false }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      // TanStack Router throws redirects by design.
      "@typescript-eslint/only-throw-error": "off",
      "no-console": "error",
      "react-hooks/incompatible-library": "off",
    },
  },
  {
    files: ["src/**/*.tsx"],
    ignores: ["**/*.test.tsx"],
    rules: {
      "no-restricted-syntax": ["error", ...words],
    },
  },
  sees("platform", [layer("(api|app|kit|i18n|features)")], "platform stands at the bottom"),
  sees("api", [tauri, layer("(app|kit|features)")], "api sees platform and i18n"),
  sees("i18n", [tauri, layer("(api|app|kit|features|platform)")], "i18n sees nothing"),
  sees("kit", [tauri, layer("(api|app|features|platform)")], "the kit knows no data: it sees i18n only"),
  sees("app", [tauri, layer("features")], "only app/routes.ts knows the features"),
  sees("features", [tauri, layer("platform"), layer("features"), `^(\\.\\./)+(${features})(/|$)`], "a feature sees api, app, kit and i18n, and no other feature"),
);
