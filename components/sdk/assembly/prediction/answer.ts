import { keepBlock, storeString } from '../abi/memory';
import { reportOutput } from '../abi/imports/prediction';
import { OutputKind } from './outputs';
import { ScoredLabel, TensorValue } from './values';

/** Words of a `named-output`: its name's pointer and length, its kind, and five of its value. */
const WORDS = 8;

/** Outputs by the names that the component described. */
export class Answer {
  /** A canonical list of `named-output`, which points into what the caller gave; `held` keeps that alive. */
  private words: usize[] = [];
  private held: Object[] = [];

  /** JSON text; `JsonWriter` makes it. */
  json(name: string, text: string): Answer {
    this.held.push(text);
    return this.add(name, OutputKind.Json, changetype<usize>(text), text.length);
  }

  text(name: string, text: string): Answer {
    this.held.push(text);
    return this.add(name, OutputKind.Text, changetype<usize>(text), text.length);
  }

  /** Best first. */
  labels(name: string, labels: ScoredLabel[]): Answer {
    const list = keepBlock(<usize>labels.length * 12);
    for (let i = 0; i < labels.length; i++) {
      const item = list + <usize>i * 12;
      storeString(item, labels[i].label);
      store<f32>(item, labels[i].score, 8);
    }
    return this.add(name, OutputKind.Labels, list, labels.length);
  }

  tensor(name: string, tensor: TensorValue): Answer {
    const shape = tensor.shape;
    const data = tensor.data;
    const kind = <usize>tensor.elementType;
    this.held.push(tensor);
    return this.add(
      name,
      OutputKind.Tensor,
      kind,
      shape.dataStart,
      shape.length,
      data.dataStart,
      data.length,
    );
  }

  /** A file of this media type, such as `image/png`. */
  media(name: string, mediaType: string, data: Uint8Array): Answer {
    this.held.push(mediaType);
    this.held.push(data);
    const type = changetype<usize>(mediaType);
    return this.add(name, OutputKind.Media, type, mediaType.length, data.dataStart, data.length);
  }

  /** Tells these outputs while the component works: they reach a client that asked for a stream. */
  report(): void {
    for (let at = 0; at < this.words.length; at += WORDS) {
      const words = this.words.slice(at, at + WORDS);
      reportOutput(words[0], words[1], <u32>words[2], words[3], words[4], words[5], words[6], words[7]);
    }
  }

  /** Private to the SDK: writes `list<named-output>`, 8 bytes, valid while this object is. */
  store(at: usize): void {
    store<usize>(at, this.words.dataStart);
    store<usize>(at, this.words.length / WORDS, 4);
  }

  private add(
    name: string,
    kind: OutputKind,
    a: usize,
    b: usize,
    c: usize = 0,
    d: usize = 0,
    e: usize = 0,
  ): Answer {
    const words: StaticArray<usize> = [changetype<usize>(name), name.length, kind, a, b, c, d, e];
    for (let i = 0; i < WORDS; i++) this.words.push(words[i]);
    this.held.push(name);
    return this;
  }
}
