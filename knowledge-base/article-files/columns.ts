/** Columns of a table of Articles, in the order export writes them. */
export const COLUMN_NAMES = [
  'id',
  'question',
  'similar',
  'answer',
  'category',
  'stage',
  'tiers',
  'channels',
  'validFrom',
  'validTo',
  'status',
] as const

export const LIST_COLUMNS: ReadonlySet<string> = new Set(['similar', 'tiers', 'channels'])

/** What curators call the columns. */
const ALIASES: Readonly<Record<string, string>> = {
  编号: 'id',
  问题: 'question',
  标准问题: 'question',
  标准问: 'question',
  标题: 'question',
  相似问: 'similar',
  相似问法: 'similar',
  相似问题: 'similar',
  答案: 'answer',
  回答: 'answer',
  标准答案: 'answer',
  分类: 'category',
  类别: 'category',
  阶段: 'stage',
  等级: 'tiers',
  客户等级: 'tiers',
  渠道: 'channels',
  生效时间: 'validFrom',
  开始时间: 'validFrom',
  失效时间: 'validTo',
  结束时间: 'validTo',
  状态: 'status',
}

const BY_LOWER_CASE = new Map(COLUMN_NAMES.map((name) => [name.toLowerCase(), name as string]))

/** The field a column stands for; an unknown header is kept, so that its rows say which column is too many. */
export function fieldOf(header: string): string {
  const name = header.trim()
  return BY_LOWER_CASE.get(name.toLowerCase()) ?? (Object.hasOwn(ALIASES, name) ? (ALIASES[name] as string) : name)
}

/** Words of a table for values that have fixed names. */
const VALUES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  stage: { 售前: 'pre-sales', 售后: 'post-sales' },
  status: { 草稿: 'draft', 已发布: 'published', 发布: 'published', 已归档: 'archived', 归档: 'archived' },
}

export function readValue(field: string, cell: string): string {
  return VALUES[field]?.[cell.trim()] ?? cell
}
