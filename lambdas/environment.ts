/** A variable that the stack puts into the environment. @throws Error when it did not */
export function environment(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`the environment names no ${name}`);
  return value;
}
