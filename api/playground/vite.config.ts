import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The page and its files are served below /playground by the mall itself.
export default defineConfig({
  base: "/playground/",
  plugins: [react()],
  worker: { format: "es" },
  build: {
    target: "es2022",
    chunkSizeWarningLimit: 5_000,
    // An inlined file would need `data:` in the page's policy.
    assetsInlineLimit: 0,
  },
});
