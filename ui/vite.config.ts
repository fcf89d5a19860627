import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Where `hub serve` answers while the interface is being developed, e.g. http://127.0.0.1:4100. */
const served = process.env["HUB_SERVE"];

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: {
    alias: {
      "@": fileURLToPath(new URL("./src", import.meta.url)),
      "@core-locales": fileURLToPath(new URL("../src-tauri/crates/core/locales", import.meta.url)),
    },
  },
  server: {
    port: 1420,
    strictPort: true,
    host: "127.0.0.1",
    fs: { allow: [fileURLToPath(new URL("..", import.meta.url))] },
    ...(served === undefined ? {} : { proxy: Object.fromEntries(proxied(served)) }),
  },
  build: { target: ["chrome111", "safari16.4"], assetsInlineLimit: 0, chunkSizeWarningLimit: 900 },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/test/setup.ts"],
    css: false,
  },
});

/** The server answers only to its own name, so the name is put right on the way. */
function proxied(target: string) {
  return ["/rpc", "/events", "/files", "/session"].map(
    (path) => [path, { target, changeOrigin: true, headers: { origin: target } }] as const,
  );
}
