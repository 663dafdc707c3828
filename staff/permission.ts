/** What each role may do; deny by default. */

export const ROLES = ['agent', 'supervisor', 'admin'] as const
export type Role = (typeof ROLES)[number]

export const PERMISSIONS = [
  'articles:read',
  'articles:write',
  'knowledge:ask',
  'conversations:read',
  'conversations:write',
  'settings:write',
  'tokens:write',
  'audit:read',
] as const
export type StaffPermission = (typeof PERMISSIONS)[number]

const GRANTS: Readonly<Record<Role, ReadonlySet<StaffPermission>>> = {
  agent: new Set(['articles:read', 'knowledge:ask', 'conversations:read', 'conversations:write']),
  supervisor: new Set(['articles:read', 'articles:write', 'knowledge:ask', 'conversations:read', 'conversations:write', 'audit:read']),
  admin: new Set(PERMISSIONS),
}

export function mayDo(role: Role, permission: StaffPermission): boolean {
  return GRANTS[role].has(permission)
}

export function isRole(value: string): value is Role {
  return ROLES.some((role) => role === value)
}
