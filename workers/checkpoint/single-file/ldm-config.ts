/** What a network of the LDM code base predicts. */
type LdmPrediction = 'epsilon' | 'v_prediction';

/**
 * Reads what the network predicts from the .yaml that lies beside a single file. Only this one key counts: everything
 * else is told by the tensors' shapes.
 * @returns null where the file does not say.
 */
export function readLdmPrediction(yaml: string): LdmPrediction | null {
  const [, parameterization] = /^[ \t]*parameterization:[ \t]*["']?(\w+)["']?[ \t]*(?:#.*)?\r?$/m.exec(yaml) ?? [];
  if (parameterization === undefined) return null;
  return parameterization === 'v' ? 'v_prediction' : 'epsilon';
}
