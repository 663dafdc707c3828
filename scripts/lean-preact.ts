import type { Plugin } from 'vite'

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
export function withoutComponents(): Plugin {
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
