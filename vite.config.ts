import { defineConfig } from 'vite'

/** The pages. Assets get a hash in their name and no inline code, so that the strict content policy holds. */
export default defineConfig({
  root: 'web/chat',
  base: '/',
  publicDir: false,
  build: { outDir: '../../dist/web/chat', emptyOutDir: true, assetsInlineLimit: 0, modulePreload: false, target: 'es2022' },
})
