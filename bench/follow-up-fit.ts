import { readFileSync } from 'node:fs'
import { chooseFacts, type FactWeights, factFeatures, featuresOfFact } from '../language/follow-up-choice.ts'
import { readFacts, type SaidLine } from '../language/follow-up-facts.ts'
import { featuresOfText, leaningFeatures } from '../language/follow-up-leaning.ts'
import { type ReadLine, readLine } from '../language/follow-up-reading.ts'
import { composeQuestion } from '../language/follow-up-wording.ts'

/**
 * Fits the two logistic models of language/follow-up-*.ts: `npx tsx bench/follow-up-fit.ts FILE…`, files of dialogues as in
 * tests/fixtures/follow-up. Prints figures of five-fold cross-validation per file and the weights of a fit on everything, ready
 * to be pasted. Batch gradient descent from zero: the same rows give the same weights.
 */

interface Row {
  id: string
  history: { from: 'customer' | 'bot'; text: string }[]
  text: string
  standalone: string
  entities: string[]
  follow_up: boolean
}
interface Sample {
  x: number[]
  y: number
  weight: number
}

const FOLDS = 5
/** Switches made up from two rows are shorter than real ones, and there are many. */
const MADE_UP_WEIGHT = 0.3

const files = process.argv.slice(2)
const rows = files.flatMap((file) =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => ({ ...(JSON.parse(line) as Row), file })),
)
const read = (history: Row['history']): SaidLine[] => history.map(({ from, text }) => ({ ...readLine(text, 240), from }))

function fitLogistic(samples: readonly Sample[], rounds = 3_000): number[] {
  const weights = new Array<number>(samples[0]?.x.length ?? 0).fill(0)
  for (let round = 0; round < rounds; round++) {
    const slope = weights.map((weight, i) => (i === 0 ? 0 : 0.5 * weight))
    for (const { x, y, weight } of samples) {
      const error = (logistic(weights, x) - y) * weight
      for (let i = 0; i < x.length; i++) slope[i] = (slope[i] as number) + error * (x[i] as number)
    }
    for (let i = 0; i < weights.length; i++) weights[i] = (weights[i] as number) - (2 * (slope[i] as number)) / samples.length
  }
  return weights
}

function logistic(weights: readonly number[], x: readonly number[]): number {
  return 1 / (1 + Math.exp(-x.reduce((sum, value, i) => sum + value * (weights[i] as number), 0)))
}

/** Does a text lean? Rows as they are, the customer's later lines, and first questions behind a strange history. */
const texts = rows.flatMap((row, i) => {
  const sample = (
    history: Row['history'],
    text: string,
    y: number,
    weight: number,
  ): Sample & { file: string; group: number; real: boolean } => ({
    x: featuresOfText(readLine(text, 60), read(history)),
    y,
    weight,
    file: row.file,
    group: i % FOLDS,
    real: weight === 1,
  })
  const found = [sample(row.history, row.text, Number(row.follow_up), 1)]
  if (!row.follow_up) return found
  for (const [at, line] of row.history.entries()) {
    if (at > 0 && line.from === 'customer' && !/^(?:嗯|哦|好|收到)/.test(line.text))
      found.push({ ...sample(row.history.slice(0, at), line.text, 1, 1), real: false })
  }
  const other = rows[(i * 37 + 11) % rows.length] as Row
  const first = other.history[0]
  if (first !== undefined && first.text !== row.history[0]?.text) found.push(sample(row.history.slice(0, 2), first.text, 0, MADE_UP_WEIGHT))
  return found
})

/** Is a fact meant? Labelled by the entities: any overlap counts. */
const leaning = rows
  .filter((row) => row.follow_up)
  .map((row, i) => {
    const lines = read(row.history)
    const text: ReadLine = readLine(row.text, 60)
    const facts = readFacts(lines, text)
    const samples = facts
      .filter(({ replaced }) => !replaced)
      .map((fact) => {
        const line = (lines[fact.line] as SaidLine).text
        const spelled = line.slice(fact.start, fact.end)
        const meant = row.entities.some((entity) => {
          const at = line.indexOf(entity)
          return spelled.includes(entity) || (at >= 0 && at < fact.end && at + entity.length > fact.start)
        })
        return { x: featuresOfFact(fact, facts, lines, text), y: Number(meant), weight: 1 }
      })
    return { row, lines, text, facts, samples, group: i % FOLDS }
  })

function passes(row: Row & { file: string }, question: string): boolean {
  return (
    row.entities.every((entity) => question.includes(entity)) &&
    question.length <= 1.5 * row.standalone.length &&
    !row.history.some(({ text }) => text.length >= 6 && question.includes(text) && !row.standalone.includes(text))
  )
}

const byFold = Array.from({ length: FOLDS }, (_, fold) => ({
  leans: fitLogistic(texts.filter(({ group }) => group !== fold)),
  facts: fitLogistic(
    leaning.filter(({ group }) => group !== fold).flatMap(({ samples }) => samples),
    1_500,
  ),
}))
const percent = (part: number, whole: number): string => `${((100 * part) / Math.max(1, whole)).toFixed(1)} % of ${whole}`
for (const file of files) {
  const own = texts.filter((sample) => sample.file === file && sample.real)
  const right = (y: number): string => {
    const of = own.filter((sample) => sample.y === y)
    return percent(
      of.filter(({ x, group }) => Number(logistic((byFold[group] as { leans: number[] }).leans, x) >= 0.5) === y).length,
      of.length,
    )
  }
  const followed = leaning.filter(({ row }) => row.file === file)
  const passed = followed.filter(({ row, lines, text, facts, group }) => {
    const weights: FactWeights = (byFold[group] as { facts: number[] }).facts
    const question = composeQuestion(chooseFacts(facts, lines, text, weights), lines, text)
    return passes(row, question)
  })
  console.log(
    `${file}\n  leaning found ${right(1)}, standing alone ${right(0)}; question right when leaning ${percent(passed.length, followed.length)}`,
  )
}
const print = (names: readonly string[], weights: readonly number[]): string =>
  names.map((name, i) => `  ${(weights[i] as number).toFixed(2)}, // ${name}`).join('\n')
console.log(`\nleaning\n${print(leaningFeatures, fitLogistic(texts))}`)
console.log(
  `\nfacts\n${print(
    factFeatures,
    fitLogistic(
      leaning.flatMap(({ samples }) => samples),
      1_500,
    ),
  )}`,
)
