import { describe, expect, it } from 'vitest'
import type { Embedder } from '../../language/index.ts'

const sample = '怎么申请退款'

function dot(one: readonly number[], other: readonly number[]): number {
  return one.reduce((sum, value, at) => sum + value * (other[at] as number), 0)
}

/** What every embedder must do; `make` gives a fresh one. */
export function describeEmbedder(name: string, make: () => Embedder | Promise<Embedder>): void {
  describe(`embedder ${name}`, () => {
    it('has an id and the number of dimensions that its vectors have', async () => {
      const embedder = await make()
      expect(embedder.id).toMatch(/^\S.{0,98}\S$/)
      expect(await embedder.embedQuery(sample)).toHaveLength(embedder.dimensions)
      const [only] = await embedder.embedDocuments([sample])
      expect(only).toHaveLength(embedder.dimensions)
    })

    it('gives finite vectors of length one for any text, the empty one included', async () => {
      const embedder = await make()
      const texts = ['', ' ', '？！', sample, 'How do I return a parcel?', '\ud800', '\u0000', '🙂', '退'.repeat(5_000)]
      for (const vector of await embedder.embedDocuments(texts)) {
        expect(vector.every((value) => Number.isFinite(value))).toBe(true)
        expect(Math.sqrt(dot(vector, vector))).toBeCloseTo(1, 3)
      }
    })

    it('gives the same text the same vector, again and from another instance', async () => {
      const [one, other] = [await make(), await make()]
      expect(await one.embedQuery(sample)).toEqual(await one.embedQuery(sample))
      expect(await one.embedQuery(sample)).toEqual(await other.embedQuery(sample))
    })

    it('gives a batch in its order, each as if asked alone', async () => {
      const embedder = await make()
      const texts = [sample, '发票抬头怎么改', '', sample, 'track my order']
      const batch = await embedder.embedDocuments(texts)
      expect(batch).toHaveLength(texts.length)
      for (const [at, text] of texts.entries()) {
        const alone = await embedder.embedQuery(text)
        for (const [place, value] of alone.entries()) expect(batch[at]?.[place]).toBeCloseTo(value, 5)
      }
      expect(await embedder.embedDocuments([])).toEqual([])
    })

    it('puts two wordings of one question closer together than two questions', async () => {
      const embedder = await make()
      const pairs = [
        ['怎么申请退款', '我想申请退款，请问如何操作', '附近有停车场吗'],
        ['会员积分怎么兑换', '积分兑换的方法', '宽带安装要预约吗'],
        ['怎麼申請退款', '怎么申请退款', '附近有停車場嗎'],
        ['How do I reset my password?', 'resetting the password', 'Where is your nearest store?'],
      ]
      for (const [text, paraphrase, unrelated] of pairs) {
        const [one, near, far] = await embedder.embedDocuments([text, paraphrase, unrelated] as string[])
        expect(dot(one as number[], near as number[])).toBeGreaterThan(dot(one as number[], far as number[]) + 0.1)
      }
    })
  })
}
