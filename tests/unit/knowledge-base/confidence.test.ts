import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { calibrate, confidenceOf, featureNames, priorCalibration, type Sample } from '../../../knowledge-base/confidence.ts'
import { createRandom } from '../../../knowledge-base/perturb.ts'

const size = featureNames.length
const strong = featureNames.map((name) => (name === 'unknown' || name === 'missed' || name === 'subject' || name === 'conflict' ? 0 : 1))
const weak = featureNames.map((name) => (name === 'one' || name === 'unknown' || name === 'missed' ? 1 : 0))

function sample(right: boolean, fit: number, known = true): Sample {
  return {
    features: featureNames.map((name) => (name === 'one' ? 1 : name === 'unknown' || name === 'missed' ? 1 - fit : fit)),
    right,
    known,
    doubted: false,
    weight: 1,
  }
}

describe('confidence', () => {
  it('is high before anything was learnt when everything fits, and low when nothing does', () => {
    expect(confidenceOf(strong, priorCalibration)).toBeGreaterThan(0.9)
    expect(confidenceOf(weak, priorCalibration)).toBeLessThan(0.05)
  })

  it('stays near its prior after a few samples and follows a thousand', () => {
    const middle = sample(true, 0.5).features
    const before = confidenceOf(middle, priorCalibration)
    const few = confidenceOf(middle, calibrate([sample(true, 0.5), sample(true, 0.5)]))
    const many = confidenceOf(middle, calibrate(Array.from({ length: 1_000 }, () => sample(true, 0.5))))
    expect(Math.abs(few - before)).toBeLessThan(0.25)
    expect(many).toBeGreaterThan(0.95)
  })

  it('asks for more where the base mistakes one Article for another', () => {
    const random = createRandom(5)
    const draw = (rightAt: (fit: number) => number): Sample[] =>
      Array.from({ length: 400 }, () => {
        const fit = random()
        return sample(random() < rightAt(fit), fit)
      })
    const easy = calibrate(draw((fit) => (fit > 0.2 ? 1 : 0)))
    const hard = calibrate(draw((fit) => fit * 0.9))
    expect(hard.answerFrom).toBeGreaterThan(easy.answerFrom)
    expect(hard.askFrom).toBeLessThan(hard.answerFrom)
  })

  it('is a probability and orders its thresholds for any samples', () => {
    const features = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: size, maxLength: size })
    const samples = fc.array(
      fc.record({
        features,
        right: fc.boolean(),
        known: fc.boolean(),
        doubted: fc.boolean(),
        weight: fc.double({ min: 0.01, max: 1, noNaN: true }),
      }),
      { maxLength: 40 },
    )
    fc.assert(
      fc.property(samples, features, (drawn, asked) => {
        const calibration = calibrate(drawn)
        const sure = confidenceOf(asked, calibration)
        expect(sure).toBeGreaterThanOrEqual(0)
        expect(sure).toBeLessThanOrEqual(1)
        expect(calibration.askFrom).toBeGreaterThan(0)
        expect(calibration.askFrom).toBeLessThan(calibration.answerFrom)
        expect(calibration.answerFrom).toBeLessThan(1)
      }),
    )
  })
})
