/** Examples of one request or answer by name, as OpenAPI has them. */
export type Examples<T = unknown> = Readonly<Record<string, { readonly summary: string; readonly value: T }>>;
