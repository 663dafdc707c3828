import { readFileSync, writeFileSync } from 'node:fs'
import { LEANS_FROM, standsByKind } from '../language/follow-up.ts'
import { type ChoiceWeights, choosePieces, lengthFeatures, type ScoredStretch } from '../language/follow-up-choice.ts'
import { readFacts, type SaidLine } from '../language/follow-up-facts.ts'
import { featuresOfStretch, readScene, type Scene } from '../language/follow-up-features.ts'
import { featuresOfText } from '../language/follow-up-leaning.ts'
import { type ReadLine, readLine } from '../language/follow-up-reading.ts'
import { readStretches, type Stretch } from '../language/follow-up-spans.ts'
import { probabilityOf, type Trees, writeTrees } from '../language/follow-up-trees.ts'
import { composeQuestion } from '../language/follow-up-wording.ts'
import { fitLeastSquares } from './follow-up-least-squares.ts'
import { type Boosting, fitTrees, type Sample } from './follow-up-trees.ts'

/**
 * Fits the models of language/follow-up-*.ts: `npx tsx bench/follow-up-fit.ts [--write] FILE…`, files of dialogues as in
 * tests/fixtures/follow-up. Every figure is of a file that the fit has not seen, since another hand asks in another style. With
 * `--write` a fit on everything goes to language/follow-up-weights.ts. A file named twice counts twice. The same rows give the same weights.
 */

interface Row {
  id: string
  history: { from: 'customer' | 'bot'; text: string }[]
  text: string
  standalone: string
  entities: string[]
  follow_up: boolean
}

const LEANING: Boosting = { rounds: 120, depth: 4, rate: 0.08, ridge: 5, least: 3, values: 0.4, samples: 0.7 }
const BOOSTING: Boosting = { rounds: 110, depth: 4, rate: 0.1, ridge: 5, least: 3, values: 0.4, samples: 0.7 }
/** Switches made up from two rows are shorter than real ones, and there are many. */
const MADE_UP_WEIGHT = 0.3
/** What is tried for the weights of the choice, and which rows passed decides. */
const GRID = {
  share: [0.9, 0.95, 1],
  spread: [0.2, 0.25, 0.3],
  missed: [1, 1.2, 1.4, 1.7],
}

const files = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const styles = [...new Set(files)]
const rows = files.flatMap((file) =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => ({ ...(JSON.parse(line) as Row), file })),
)
const read = (history: Row['history']): SaidLine[] =>
  history.map(({ from, text }): SaidLine => ({ ...readLine(text.trim(), 240), from })).filter(({ words }) => words.length > 0)

/** Does a text lean? Rows as they are, the customer's later lines, and texts that stand alone behind a strange history. */
const texts = rows.flatMap((row, i) => {
  const sample = (
    history: Row['history'],
    text: string,
    y: number,
    weight: number,
  ): Sample & { id: string; text: string; file: string; real: boolean } => ({
    x: featuresOfText(readLine(text.trim(), 60), read(history)),
    id: row.id,
    y,
    weight,
    file: row.file,
    text,
    real: weight === 1,
  })
  const found = [sample(row.history, row.text, Number(row.follow_up), 1)]
  const strange = (turn: number): Row =>
    rows.find((other, at) => at > (i * 37 + turn * 101) % rows.length && other.file === row.file) ?? row
  if (!row.follow_up) {
    for (let turn = 0; turn < 3; turn++) found.push(sample(strange(turn).history, row.text, 0, MADE_UP_WEIGHT))
    return found
  }
  for (const [at, line] of row.history.entries()) {
    if (at > 0 && line.from === 'customer' && !/^(?:嗯|哦|好|收到)/.test(line.text))
      found.push({ ...sample(row.history.slice(0, at), line.text, 1, 1), real: false })
  }
  const first = strange(5).history[0]
  if (first !== undefined && first.text !== row.history[0]?.text) found.push(sample(row.history.slice(0, 2), first.text, 0, MADE_UP_WEIGHT))
  return found
})

interface Leaning {
  readonly row: Row & { file: string }
  readonly lines: SaidLine[]
  readonly text: ReadLine
  readonly scene: Scene
  readonly stretches: Stretch[]
  readonly samples: Sample[]
  scored: ScoredStretch[]
}

/** Which stretches are needed? Of those that hold an entity the shortest. */
const leaning = rows
  .filter((row) => row.follow_up)
  .map((row): Leaning => {
    const lines = read(row.history)
    const text = readLine(row.text.trim(), 60)
    const facts = readFacts(lines, text)
    const scene = readScene(facts, lines, text)
    const stretches = readStretches(facts, lines, text)
    const needed = new Set(
      row.entities
        .filter((entity) => !row.text.includes(entity))
        .map(
          (entity) =>
            stretches.filter(({ spelled }) => spelled.includes(entity)).sort((one, other) => one.spelled.length - other.spelled.length)[0],
        ),
    )
    const samples = stretches.map((stretch) => ({ x: featuresOfStretch(stretch, scene), y: Number(needed.has(stretch)), weight: 1 }))
    return { row, lines, text, scene, stretches, samples, scored: [] }
  })

function passes({ row, lines, text, scene, scored }: Leaning, weights: ChoiceWeights): boolean {
  const { pieces, tightness } = choosePieces(scored, scene, weights)
  const question = composeQuestion(pieces, lines, text, tightness)
  return (
    row.entities.every((entity) => question.includes(entity)) &&
    question.length <= 1.5 * row.standalone.length &&
    !row.history.some(({ text }) => text.length >= 6 && question.includes(text) && !row.standalone.includes(text))
  )
}

/** The length of a standalone question by its features; short ones count as much as long ones. */
const fitLength = (data: readonly Leaning[]): number[] =>
  fitLeastSquares(
    data.map(({ scene, scored, row }) => ({
      x: lengthFeatures(scene, scored),
      y: row.standalone.length,
      weight: 1 / row.standalone.length,
    })),
    0.3,
  )

const except = <T>(list: readonly T[], file: string, fileOf: (one: T) => string): T[] => list.filter((one) => fileOf(one) !== file)
const samplesOf = (data: readonly Leaning[]): Sample[] => data.flatMap(({ samples }) => samples)
const score = ({ stretches, samples }: Leaning, trees: Trees): ScoredStretch[] =>
  stretches.map((stretch, i) => ({ ...stretch, p: probabilityOf(trees, samples[i]?.x ?? []) }))

const leansWithout = new Map<string, Trees>()
for (const file of styles) {
  leansWithout.set(
    file,
    fitTrees(
      except(texts, file, (sample) => sample.file),
      LEANING,
    ),
  )
  const trees = fitTrees(samplesOf(except(leaning, file, ({ row }) => row.file)), BOOSTING)
  for (const one of leaning) if (one.row.file === file) one.scored = score(one, trees)
}
const lengthWithout = new Map(styles.map((file) => [file, fitLength(except(leaning, file, ({ row }) => row.file))]))
const passed = (one: Leaning, choice: Omit<ChoiceWeights, 'length'>): boolean =>
  passes(one, { ...choice, length: lengthWithout.get(one.row.file) as number[] })
let choice = { share: 1, spread: 0.25, missed: 1 }
let most = -1
for (const share of GRID.share)
  for (const spread of GRID.spread)
    for (const missed of GRID.missed) {
      const count = leaning.filter((one) => passed(one, { share, spread, missed })).length
      if (count > most) {
        most = count
        choice = { share, spread, missed }
      }
    }

const percent = (part: number, whole: number): string => `${((100 * part) / Math.max(1, whole)).toFixed(1)} % of ${whole}`
const real = texts.filter((sample) => sample.real && rows.some(({ id, text }) => id === sample.id && text === sample.text))
const good = new Set(leaning.filter((one) => passed(one, choice)).map(({ row }) => row.id))
const leans = ({ file, x, text }: (typeof texts)[number], from: number): boolean =>
  !standsByKind(text) && probabilityOf(leansWithout.get(file) as Trees, x) >= from
for (const file of [...styles, null]) {
  const own = real.filter((sample) => file === null || sample.file === file)
  const [yes, no] = [own.filter(({ y }) => y === 1), own.filter(({ y }) => y === 0)]
  console.log(`${file ?? 'all'}: question right if known to lean ${percent(yes.filter(({ id }) => good.has(id)).length, yes.length)}`)
  for (const from of file === null ? [0.4, 0.5, 0.6, 0.7, 0.8] : [LEANS_FROM]) {
    const found = yes.filter((sample) => leans(sample, from))
    const right = percent(found.filter(({ id }) => good.has(id)).length, yes.length)
    console.log(
      `  leaning from ${from}: found ${percent(found.length, yes.length)}, right ${right}, left alone ${percent(no.filter((sample) => !leans(sample, from)).length, no.length)}`,
    )
  }
}
console.log(choice)

if (process.argv.includes('--write')) {
  // The length is fitted on what trees gave that had not seen the row: those of the final fit are surer of their own rows.
  const length = fitLength(leaning)
  writeFileSync(
    new URL('../language/follow-up-weights.ts', import.meta.url),
    `import { readTrees } from './follow-up-trees.ts'

/* Written by bench/follow-up-fit.ts; not to be edited by hand. */

export const choiceWeights = {
  length: [${length.map((weight) => Number(weight.toFixed(2))).join(', ')}],
  share: ${choice.share},
  spread: ${choice.spread},
  missed: ${choice.missed},
}

/** For the values of \`featuresOfText\`. */
export const leaningTrees = readTrees(\`
${writeTrees(fitTrees(texts, LEANING))}
\`)

/** For the values of \`featuresOfStretch\`. */
export const stretchTrees = readTrees(\`
${writeTrees(fitTrees(samplesOf(leaning), BOOSTING))}
\`)
`,
  )
}
