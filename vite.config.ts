import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'

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

/** Pieces of Preact 11.2.0: from here, up to there, what stands in their place. */
const UNUSED: readonly (readonly [from: string, to: string, instead: string])[] = [
  // Components, but for fragments.
  [
    'n:if("function"==typeof V){',
    '}else l=r.__e=F(',
    'if("function"==typeof V){A=r.props.children,l=I(t,w(A)?A:[A],r,u,i,f,o,e,l,c,a),r.__u&=-161',
  ],
  ['x.prototype.setState=', 'u=[],f=0,o=function', ''],
  // Error boundaries.
  ['n={__e:function(', ',t=0,r=function', 'n={__e:function(n){throw n}}'],
  // What a server has drawn before, and what waits for it.
  ['128&u.__u&&(c=32', '(s=n.__b)&&s(r);', ''],
  ['!u&&(i=t.__c)&&(i=i.__z)', 'u||g(t.__e),t.__e=', ''],
  // What our rules forbid anyway: markup from strings, and style attributes.
  ['"dangerouslySetInnerHTML"==s?y=k:', '"children"==s||s in x', ''],
  ['"dangerouslySetInnerHTML"==s?h=k:', '"value"==s?b=k', ''],
  ['h?(l||y&&(h.__html', '(y&&(t.textContent=""),', ''],
  ['if("style"==t)', 'if("o"==t[0]&&"n"==t[1])', ''],
  // Formulas.
  ['"math"==C?f=', 'f||(f=', ''],
  ['("foreignObject"==C||', 'I(a,w(_)?_:[_]', ''],
]

/**
 * Our views are plain functions that return elements; the half of Preact that runs components is dead weight, a tenth of all a host page
 * may be asked to load. The pin in package.json is exact; should Preact read otherwise one day, the build fails.
 */
function withoutComponents(): Plugin {
  return {
    name: 'without-components',
    transform(code, id) {
      if (!id.endsWith('/preact/dist/preact.mjs')) return null
      const less = UNUSED.reduce((text, [from, to, instead]) => {
        const start = text.indexOf(from)
        const end = text.indexOf(to, start)
        if (start < 0 || end < 0) this.error(`this is not the Preact that we know: no ${from} … ${to}`)
        return text.slice(0, start) + instead + text.slice(end)
      }, code)
      return { code: less, map: null }
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
