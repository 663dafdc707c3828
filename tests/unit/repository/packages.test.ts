import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

/** S-20, the part that needs no network: pins, hashes, install scripts and licences of what `npm ci` brings. */
interface Locked {
  readonly version?: string
  readonly integrity?: string
  readonly resolved?: string
  readonly dev?: true
  readonly optional?: true
  readonly link?: true
  readonly hasInstallScript?: true
}
type Pins = Readonly<Record<string, string>>

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { license: string; dependencies: Pins; devDependencies: Pins }
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Locked> }
const packages = Object.entries(lock.packages).filter(([path, entry]) => path !== '' && !entry.link)
const shipped = packages.filter(([, entry]) => !entry.dev)
const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)

describe('the packages', () => {
  test('are pinned to exact versions', () => {
    const pins = { ...manifest.dependencies, ...manifest.devDependencies }
    expect(Object.keys(pins).length).toBeGreaterThan(0)
    for (const [name, version] of Object.entries(pins)) expect(`${name} ${version}`).toMatch(/ \d+\.\d+\.\d+$/)
  })

  test('are the ones the lock file holds', () => {
    const pins = { ...manifest.dependencies, ...manifest.devDependencies }
    for (const [name, version] of Object.entries(pins))
      expect([name, lock.packages[`node_modules/${name}`]?.version]).toEqual([name, version])
  })

  test('each have a hash in the lock file, and no address they were once fetched from', () => {
    // Builds of three packages for other platforms were not to be had where the lock file was made; without their entries
    // `npm ci` refuses, and where they are wanted npm asks its registry for exactly that version.
    const elsewhere = /^node_modules\/(@biomejs\/cli-|@node-rs\/jieba-|@swc\/core-)/
    const bare = packages.filter(([, entry]) => !entry.integrity?.startsWith('sha512-'))
    expect(bare.filter(([path, entry]) => !(entry.optional && elsewhere.test(path))).map(([path]) => path)).toEqual([])
    for (const needed of ['@biomejs/cli-linux-x64', '@node-rs/jieba-linux-x64-gnu', '@swc/core-linux-x64-gnu'])
      expect(lock.packages[`node_modules/${needed}`]?.integrity).toMatch(/^sha512-/)
    expect(packages.filter(([, entry]) => entry.resolved !== undefined).map(([path]) => path)).toEqual([])
  })

  test('may run no code at installation, and none that ships wants to', () => {
    expect(readFileSync('.npmrc', 'utf8')).toMatch(/^ignore-scripts=true$/m)
    expect(shipped.filter(([, entry]) => entry.hasInstallScript).map(([path]) => path)).toEqual([])
  })

  test('for development want to run code at installation only where that was looked at', () => {
    // Their scripts check for a prebuilt binary (@swc/core, esbuild), print a banner (core-js) or serve their author (…-es5).
    const lookedAt = ['@swc/core', 'abort-controller-es5', 'core-js', 'core-js-pure', 'esbuild', 'markdown-it-attrs-es5', 'p-defer-es5']
    const wanting = new Set(packages.filter(([, entry]) => entry.hasInstallScript).map(([path]) => nameOf(path)))
    expect([...wanting].filter((name) => !lookedAt.includes(name))).toEqual([])
  })

  test('that ship have a licence that fits Apache-2.0', () => {
    const fits = new Set([
      'MIT',
      'MIT/X11',
      'Apache-2.0',
      'ISC',
      'BSD-2-Clause',
      'BSD-3-Clause',
      '0BSD',
      'BlueOak-1.0.0',
      'Unlicense',
      'CC0-1.0',
      'Zlib',
      'Python-2.0',
    ])
    const accepts = (licence: string): boolean => {
      const words = licence.replace(/^\((.*)\)$/, '$1')
      // Of a choice one is enough, of a sum each part must do.
      if (words.includes(' OR ')) return words.split(' OR ').some(accepts)
      if (words.includes(' AND ')) return words.split(' AND ').every(accepts)
      return fits.has(words)
    }
    const wrong = shipped.flatMap(([path, entry]) => {
      const file = join(path, 'package.json')
      // A binary for another platform is not installed here; its parent is looked at.
      if (!existsSync(file) && entry.optional) return []
      const { license } = JSON.parse(readFileSync(file, 'utf8')) as { license?: string | { type?: string } }
      const said = typeof license === 'string' ? license : license?.type
      return said && accepts(said) ? [] : [`${nameOf(path)}: ${said ?? 'says no licence'}`]
    })
    expect(wrong).toEqual([])
  })
})

test('the licence is the whole Apache License 2.0', () => {
  const text = readFileSync('LICENSE', 'utf8')
  expect(manifest.license).toBe('Apache-2.0')
  expect(text).toContain('Version 2.0, January 2004')
  expect(text).toContain('END OF TERMS AND CONDITIONS')
})
