/** Who asks, and what they may see. */

/** Somebody on this machine before an App is set up, the operator, a person of GitHub, or nobody we know. */
export type Visitor =
  | { readonly kind: 'local' }
  | { readonly kind: 'operator' }
  | { readonly kind: 'person'; readonly login: string; readonly repositories: readonly string[] }
  | { readonly kind: 'stranger' };

/** The repositories that a question is narrowed to; undefined: to none. */
export function scopeOf(visitor: Visitor): readonly string[] | undefined {
  if (visitor.kind === 'person') return visitor.repositories;
  return visitor.kind === 'stranger' ? [] : undefined;
}

/** Whether they may see what belongs to a repository. Uploads belong to none: whoever has signed in and knows the id may. */
export function maySee(visitor: Visitor, repository: string | null): boolean {
  if (visitor.kind === 'stranger') return false;
  return repository === null || visitor.kind !== 'person' || visitor.repositories.includes(repository);
}
