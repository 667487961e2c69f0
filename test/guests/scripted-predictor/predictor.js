// A component of the open contract that is what its model's configuration says: `describe` and `predict` are code.
import { get } from 'wasi:config/store@0.2.0-rc.1';
import * as media from 'sandpiper:inference/request-media@0.1.0';
import { report } from 'sandpiper:inference/partial-outputs@0.1.0';

class Refusal extends Error {
  constructor(tag, val) {
    super(tag);
    this.payload = { tag, val };
  }
}

const evaluate = (key, names, values) => new Function(...names, get(key) ?? '')(...values);

export const prediction = {
  describe: () => evaluate('describe', [], []),
  predict(request) {
    const of = (name) => request.inputs.filter((input) => input.name === name).map(({ value }) => value.val);
    const parameter = (name) => request.parameters.find((one) => one.name === name)?.value.val;
    const refuse = (tag, val) => {
      throw new Refusal(tag, val);
    };
    return evaluate(
      'predict',
      ['request', 'of', 'parameter', 'media', 'report', 'refuse'],
      [request, of, parameter, media, report, refuse],
    );
  },
};
