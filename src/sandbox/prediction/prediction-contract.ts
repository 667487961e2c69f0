/** Holds each call of one component to what the component has said of itself, on the thread that makes the call. */
import { assertOutput, shown, WrongAnswer } from './check-output.ts';
import type { GuestOutput, GuestRequest } from './guest-values.ts';
import { JsonCheck } from './json-check.ts';
import type { PredictionTerms } from './prediction-terms.ts';

/** The client's input is not of the component's kinds. */
export class WrongInput extends Error {}

export class PredictionContract {
  readonly #terms: PredictionTerms;
  readonly #inputs: ReadonlyMap<string, JsonCheck>;
  readonly #outputs: ReadonlyMap<string, JsonCheck>;

  /** @throws Error for a JSON schema that refers to what is not there */
  constructor(terms: PredictionTerms) {
    this.#terms = terms;
    this.#inputs = new Map([...terms.inputSchemas].map(([name, schema]) => [name, new JsonCheck(schema)]));
    this.#outputs = new Map(
      [...terms.outputs].flatMap(([name, output]) =>
        output.kind === 'json' ? [[name, new JsonCheck(output.schema)] as const] : [],
      ),
    );
  }

  /** @throws WrongInput */
  assertInputs(args: readonly unknown[]): void {
    const [request] = args as [GuestRequest];
    const none = new JsonCheck(undefined);
    for (const { name, value } of request.inputs) {
      if (value.tag !== 'json') continue;
      const fault = (this.#inputs.get(name) ?? none).fault(value.val);
      if (fault !== undefined) throw new WrongInput(`Input "${name}" ${fault}.`);
    }
  }

  /** The outputs that were wanted. @throws WrongAnswer */
  checkOutputs(outputs: readonly GuestOutput[], args: readonly unknown[]): GuestOutput[] {
    const [{ wanted }] = args as [GuestRequest];
    const seen = new Set<string>();
    for (const output of outputs) {
      if (seen.has(output.name)) throw new WrongAnswer(`the output ${shown(output.name)} twice`);
      seen.add(output.name);
      this.assertOutput(output);
    }
    for (const name of wanted) {
      if (!seen.has(name) && this.#terms.outputs.get(name)?.optional !== true)
        throw new WrongAnswer(`no output ${shown(name)}, which it says that it always gives`);
    }
    return outputs.filter(({ name }) => wanted.includes(name));
  }

  /** Checks an output of an answer, or a partial one. @throws WrongAnswer */
  assertOutput(output: GuestOutput): void {
    assertOutput(output, this.#terms.outputs.get(output.name), this.#outputs.get(output.name));
  }
}
