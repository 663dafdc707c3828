import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openIdentity } from '../../../adapters/web-chat/identity.ts'
import { VARIABLES } from '../../../platform/config.ts'

/** docs/channels/web-chat.md is copied into other people's servers: what stands there has to work as it stands. */

const page = readFileSync('docs/channels/web-chat.md', 'utf8')
const [chinese = '', english = ''] = page.split(/^# Web chat$/m)
const folder = mkdtempSync(join(tmpdir(), 'zhike-docs-'))
const example = (language: string, title: string) =>
  [...page.matchAll(/```(\w+)\n([\s\S]*?)```/g)].find(([, its, text]) => its === language && text?.includes(title))?.[2] ?? ''

afterAll(() => rmSync(folder, { recursive: true }))

describe('the page about the web chat', () => {
  it('signs an identity in Node.js that the house accepts', async () => {
    const file = join(folder, 'sign-identity.mjs')
    writeFileSync(file, example('js', 'export function signIdentity'))
    const { signIdentity } = await import(/* @vite-ignore */ file)
    const secret = '一个密钥 0123456789-0123456789-abcdef'
    const signed = signIdentity({ id: 'customer-42', name: '张三 "O’Neil"' }, secret)
    await expect(openIdentity(signed, secret, new Date())).resolves.toEqual({ id: 'customer-42', name: '张三 "O’Neil"', trusted: true })
    await expect(openIdentity(signIdentity({ id: 'customer-42' }, secret), secret, new Date())).resolves.toMatchObject({
      id: 'customer-42',
    })
    await expect(openIdentity(signed, `${secret}\n`, new Date())).rejects.toThrow()
    await expect(openIdentity(signIdentity({ id: 'customer-42' }, secret, 7_200), secret, new Date())).rejects.toThrow()
  })

  it.each([
    ['python', 'def sign_identity'],
    ['java', 'class ZhikeIdentity'],
  ])('signs the same claims in %s', (language, title) => {
    const text = example(language, title)
    for (const word of ['HS256', 'JWT', 'sub', 'name', 'aud', 'zhike-web-chat', 'iat', 'exp']) expect(text).toContain(word)
  })

  it('tells both languages what the host’s policy has to allow', () => {
    for (const text of [chinese, english])
      for (const line of ['script-src', 'connect-src', 'wss://chat.example.com', 'img-src', 'frame-src']) expect(text).toContain(line)
  })

  it('names only variables that exist', () => {
    const known = new Set(VARIABLES.map(({ name }) => name))
    expect([...new Set(page.match(/ZHIKE_[A-Z_]*[A-Z]/g))].filter((name) => !known.has(name))).toEqual([])
  })

  it('links only to files and headings that exist', () => {
    const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, text = '']) =>
      text
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s-]/gu, '')
        .replace(/\s/g, '-'),
    )
    const broken = [...page.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)].filter(([, path, anchor]) =>
      path ? !readFileSync(join('docs/channels', path)).length : anchor && !headings.includes(anchor),
    )
    expect(broken.map(([link]) => link)).toEqual([])
  })
})
