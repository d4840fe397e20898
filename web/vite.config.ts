import { defineConfig } from "vite";

// One ES module and one style sheet, which ship inside the package: no network, no names with digests.
export default defineConfig({
  build: {
    outDir: "../src/groundswell/explorer/static",
    emptyOutDir: true,
    target: "es2022",
    minify: "esbuild",
    cssMinify: true,
    reportCompressedSize: false,
    lib: { entry: "src/main.ts", formats: ["es"], fileName: () => "explorer.js", cssFileName: "explorer" },
  },
  worker: { format: "iife" },
});
