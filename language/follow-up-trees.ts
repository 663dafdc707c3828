/** A sum of small regression trees, as fitted by bench/follow-up-fit.ts. */
export interface Trees {
  readonly start: number
  /** Index of each tree's root node. */
  readonly roots: readonly number[]
  /**
   * Three numbers a node. A split: feature, edge, index of the node for values above the edge (the other follows at once); a leaf: -1,
   * value, 0.
   */
  readonly nodes: ArrayLike<number>
}

/** Probability that the trees give to the values; the time is that of `roots.length` short walks. */
export function probabilityOf({ start, roots, nodes }: Trees, x: readonly number[]): number {
  let z = start
  for (const root of roots) {
    let at = root * 3
    while ((nodes[at] as number) >= 0)
      at = (x[nodes[at] as number] as number) > (nodes[at + 1] as number) ? (nodes[at + 2] as number) * 3 : at + 3
    z += nodes[at + 1] as number
  }
  return 1 / (1 + Math.exp(-z))
}

/** Trees as text: a line each, its nodes in order, `feature>edge` for a split and a bare value for a leaf; the start comes first. */
export function writeTrees({ start, roots, nodes }: Trees): string {
  const lines = roots.map((root, i) => {
    const tokens: string[] = []
    for (let at = root; at < (roots[i + 1] ?? nodes.length / 3); at++) {
      const value = String(nodes[at * 3 + 1]).replace(/^(-?)0\./, '$1.')
      tokens.push((nodes[at * 3] as number) < 0 ? value : `${nodes[at * 3]}>${value}`)
    }
    return tokens.join(' ')
  })
  return [start, ...lines].join('\n')
}

/** The reverse of `writeTrees`. */
export function readTrees(written: string): Trees {
  const [start = '0', ...lines] = written.trim().split('\n')
  const nodes: number[] = []
  const roots = lines.map((line) => {
    const tokens = line.split(' ')
    const root = nodes.length / 3
    let at = 0
    const read = (): void => {
      const [feature = '', edge] = (tokens[at++] ?? '0').split('>')
      const place = nodes.length
      if (edge === undefined) {
        nodes.push(-1, Number(feature), 0)
        return
      }
      nodes.push(Number(feature), Number(edge), 0)
      read()
      nodes[place + 2] = nodes.length / 3
      read()
    }
    read()
    return root
  })
  return { start: Number(start), roots, nodes: Float64Array.from(nodes) }
}
