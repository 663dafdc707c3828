import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const FOLDER = 'web/demo-shop'
const html = readFileSync(join(FOLDER, 'index.html'), 'utf8')
const css = readFileSync(join(FOLDER, 'style.css'), 'utf8')
const factSheet = readFileSync('demo/README.md', 'utf8')
const HAN = '[\\u3400-\\u9fff]'
const words = html
  .replace(/<script[\s\S]*?<\/script>/g, '')
  .replace(/<[^>]+>/g, '\n')
  .split('\n')
  .map((line) => line.trim())
  .filter(Boolean)

describe('the demo shop', () => {
  it('embeds the widget as any site would', () => {
    expect(html).toMatch(/<script async src="\/widget\.js" data-site="demo-shop"/)
    expect(html).toMatch(/<html lang="zh-CN">/)
  })

  it('holds under a strict content policy: nothing inline, nothing from elsewhere', () => {
    expect(html).not.toMatch(/\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\ssrc=)/)
    expect(html + css).not.toMatch(/(?:src|href)="(?:https?:)?\/\/|@import|url\(/)
  })

  it('uses only files that exist, and says what each picture shows and how large it is', () => {
    const files = [...html.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, file = '']) => file)
    expect(files.length).toBeGreaterThanOrEqual(10)
    expect(files.filter((file) => !existsSync(join(FOLDER, file)))).toEqual([])
    for (const [image] of html.matchAll(/<img[^>]*>/g)) {
      expect(image).toMatch(/\salt="/)
      expect(image).toMatch(/\swidth="\d+" height="\d+"/)
    }
    // Attributes of a picture are no style sheet: it looks the same under the policy.
    for (const file of files.filter((name) => name.endsWith('.svg'))) {
      const picture = readFileSync(join(FOLDER, file), 'utf8')
      expect(picture, file).not.toMatch(/<style|\sstyle=|<script|href=|<image/)
    }
  })

  it('shows eight products, each with a way to ask about it', () => {
    expect(html.match(/class="product"/g)).toHaveLength(8)
    expect(html.match(/data-open-chat>问问 /g)).toHaveLength(8)
    // Without scripts the same link leads to the full page.
    for (const [link] of html.matchAll(/<a[^>]*data-open-chat[^>]*>/g)) expect(link).toContain('href="/chat"')
  })

  it('has one main heading, and no level left out below it', () => {
    const levels = [...html.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level))
    expect(levels.filter((level) => level === 1)).toHaveLength(1)
    expect(levels.every((level, at) => at === 0 || level <= (levels[at - 1] ?? 0) + 1)).toBe(true)
  })

  it('names no sum of money that the fact sheet does not hold', () => {
    const sums = [...words.join(' ').matchAll(/(\d+) 元|减 (\d+)|满 (\d+)/g)].map((found) => found.slice(1).find(Boolean) ?? '')
    expect(sums.length).toBeGreaterThan(5)
    expect(sums.filter((sum) => !new RegExp(`(?<!\\d)${sum}(?!\\d)[^|\\n]*元`).test(factSheet))).toEqual([])
  })

  it('is written in Chinese typography', () => {
    expect(
      words.filter((line) => new RegExp(`${HAN}\\s*[,!?;:]|[,!?;:]\\s*${HAN}|${HAN}[A-Za-z0-9]|[A-Za-z0-9%]${HAN}`).test(line)),
    ).toEqual([])
    expect(words.filter((line) => /你|亲[，,～~]|[「」]/.test(line))).toEqual([])
  })

  it('answers dark mode, small screens and reduced motion', () => {
    for (const media of ['prefers-color-scheme: dark', 'max-width', 'prefers-reduced-motion', 'forced-colors']) expect(css).toContain(media)
  })
})
