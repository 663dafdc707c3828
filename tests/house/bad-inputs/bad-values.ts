/** A stream of numbers in [0, 1) that the seed decides (mulberry32). */
export function createRandom(seed: number) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return { next, below, pick: <T>(from: readonly T[]): T => from[below(from.length)] as T, chance: (share: number) => next() < share }
}

export type Random = ReturnType<typeof createRandom>

/** Text that breaks what is careless; some of it is good text, which must then come back as it went in. */
export const BAD_TEXTS: readonly string[] = [
  '',
  ' ',
  '\t\r\n',
  '\0',
  'a\0b',
  '\ud800',
  'x\udfff',
  '\ud83d\ud83d',
  '\u202egnp.exe',
  '\ufeff',
  '\u200b\u200d',
  '\u0001\u0007\u001b[31m',
  '\u2028',
  'e\u0301'.repeat(50),
  '👩‍👩‍👧‍👦'.repeat(20),
  '長'.repeat(600),
  'x'.repeat(3_000),
  '长'.repeat(21_000),
  "'; drop table articles; --",
  '" or "1"="1',
  "\\'); delete from messages; --",
  '$1',
  '%s%n',
  '../../../../etc/passwd',
  '..\\..\\windows\\win.ini',
  '%2e%2e%2f%00',
  '/dev/null',
  'file:///etc/passwd',
  '#{7*7}{{7*7}}',
  '<script>alert(1)</script>',
  '=cmd|/c calc!A1',
  'a\r\nset-cookie: b=c',
  'NaN',
  'Infinity',
  '-0',
  '0x10',
  '1e999',
  '-1',
  '99999999999999999999999',
  '1.5',
  'null',
  'undefined',
  'true',
  '[]',
  '{}',
  '[object Object]',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '2026-02-30',
  '0000-00-00T99:99:99Z',
  '+275760-09-13T00:00:00.001Z',
]

function nest(depth: number): unknown {
  let value: unknown = 'deep'
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value }
  return value
}

/** `__proto__` as an own field, as JSON can write it. */
function poisoned(value: unknown): Record<string, unknown> {
  const made = {}
  Object.defineProperty(made, '__proto__', { value, enumerable: true })
  return made
}

export const BAD_VALUES: readonly unknown[] = [
  ...BAD_TEXTS,
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  -2_147_483_649,
  2_147_483_648,
  2 ** 53 + 2,
  5e-324,
  [],
  [[]],
  [null],
  [''],
  [0, 'a', {}],
  ['\0'],
  ['\ud800'],
  Array.from({ length: 3_000 }, (_, i) => i),
  Array.from({ length: 300 }, (_, i) => `entry ${i}`),
  {},
  { a: 1 },
  { id: null },
  { length: 1e9 },
  { $ne: null },
  { toString: 'x', valueOf: 'y' },
  { '\0': 1 },
  { '\ud800': 1 },
  { 'a.b[c]/~1': 1 },
  poisoned({ polluted: 1 }),
  { constructor: { prototype: { polluted: 1 } } },
  { prototype: { polluted: 1 } },
  nest(31),
  nest(33),
  nest(1_000),
]
