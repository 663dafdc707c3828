/** Where a term stands: the first `length` places of both arrays are in use, in no order. */
export interface Postings {
  slots: Int32Array
  counts: Float32Array
  length: number
}

/** Term number → the Passages that have it, each with its count. */
export interface PostingLists {
  of(id: number): Postings
  insert(id: number, slot: number, count: number): void
  /** Puts the lists under new numbers: the number by the old one, -1 for a list to drop. */
  renumber(numbers: Int32Array): void
  /** Takes a Passage out in the time its term's list is long. */
  drop(id: number, slot: number): void
}

export function createPostingLists(): PostingLists {
  let lists: Postings[] = []

  return {
    of: (id) => lists[id] as Postings,
    insert(id, slot, count) {
      const list = lists[id] ?? { slots: new Int32Array(2), counts: new Float32Array(2), length: 0 }
      lists[id] = list
      if (list.length === list.slots.length) {
        const { slots, counts } = list
        list.slots = new Int32Array(list.length * 2)
        list.slots.set(slots)
        list.counts = new Float32Array(list.length * 2)
        list.counts.set(counts)
      }
      list.slots[list.length] = slot
      list.counts[list.length] = count
      list.length++
    },
    renumber(numbers) {
      const next: Postings[] = []
      for (const [id, list] of lists.entries()) if ((numbers[id] ?? -1) >= 0) next[numbers[id] as number] = list
      lists = next
    },
    drop(id, slot) {
      const list = lists[id] as Postings
      const at = list.slots.subarray(0, list.length).indexOf(slot)
      if (at < 0) return
      list.length--
      list.slots[at] = list.slots[list.length] as number
      list.counts[at] = list.counts[list.length] as number
    },
  }
}
