import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'
import { withoutComponents } from './scripts/lean-preact.ts'

/**
 * The pages, and with `--mode widget` the script that other sites embed. Assets get a hash in their name and no inline code, so that the
 * strict content policy holds.
 */

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const PAGES = ['chat', 'frame', 'demo-shop']
/** What a host page pays for the widget, compressed. */
const WIDGET_BYTES = 12_288

/** Fails the build of a widget that weighs too much. */
function weigh(most: number): Plugin {
  return {
    name: 'weigh',
    generateBundle(_options, bundle) {
      const files = Object.values(bundle)
      const code = files.map((file) => (file.type === 'chunk' ? file.code : file.source)).join('')
      const bytes = gzipSync(code, { level: 9 }).length
      if (files.length !== 1) this.error(`the widget is ${files.length} files, not one: ${files.map((file) => file.fileName).join(', ')}`)
      if (bytes > most) this.error(`widget.js weighs ${bytes} bytes gzipped, more than ${most}`)
      this.info(`widget.js weighs ${bytes} of ${most} bytes gzipped`)
    },
  }
}

export default defineConfig(({ mode }) => {
  const shared = {
    root: at('./web'),
    base: '/',
    publicDir: false as const,
    // Calls of h are shorter than those of the automatic runtime, which types see.
    oxc: {
      jsx: { runtime: 'classic' as const, pragma: 'h', pragmaFrag: 'Fragment', development: false },
      jsxInject: `import { h, Fragment } from 'preact'`,
    },
  }
  const build = {
    outDir: at('./dist/web'),
    assetsInlineLimit: 0,
    modulePreload: false as const,
    target: 'es2022',
    cssTarget: ['chrome123', 'safari17.5', 'firefox120'],
  }
  if (mode === 'widget')
    return {
      ...shared,
      plugins: [withoutComponents(), weigh(WIDGET_BYTES)],
      build: {
        ...build,
        emptyOutDir: false,
        rollupOptions: { input: at('./web/widget/widget.ts'), output: { format: 'iife', entryFileNames: 'widget.js' } },
      },
    }
  const pages = PAGES.map((page) => at(`./web/${page}/index.html`)).filter((page) => existsSync(page))
  return { ...shared, plugins: [withoutComponents()], build: { ...build, emptyOutDir: true, rollupOptions: { input: pages } } }
})
