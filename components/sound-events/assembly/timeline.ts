/** Which sounds were heard when: neighbouring windows with the same label are one event. */
import { JsonWriter } from '../../sdk/assembly';
import { SECONDS, STEP_SECONDS } from './windows';

export const TIMELINE_SCHEMA: string = `{
  "type": "array",
  "items": {
    "type": "object",
    "properties": {
      "label": { "type": "string" },
      "score": { "type": "number", "minimum": 0, "maximum": 1, "description": "The highest of its windows." },
      "start": { "type": "number", "minimum": 0, "description": "Seconds." },
      "end": { "type": "number", "minimum": 0, "description": "Seconds." }
    },
    "required": ["label", "score", "start", "end"],
    "additionalProperties": false
  }
}`;

class Event {
  constructor(
    public label: i32,
    public score: f32,
    /** The first window that has it, and the last one. */
    public first: u32,
    public last: u32,
  ) {}
}

export class Timeline {
  private events: Event[] = [];
  /** The events of the window before, which may go on. */
  private open: Event[] = [];

  /** Tells that these labels, best first, are in a window. Windows come in their order. */
  add(window: u32, labels: i32[], scores: StaticArray<f32>): void {
    const open: Event[] = [];
    for (let i = 0; i < labels.length; i++) {
      const label = labels[i];
      const score = scores[label];
      let event: Event | null = null;
      for (let j = 0; j < this.open.length; j++) if (this.open[j].label == label) event = this.open[j];
      if (event) {
        event.last = window;
        event.score = max(event.score, score);
      } else {
        event = new Event(label, score, window, window);
        this.events.push(event);
      }
      open.push(event);
    }
    this.open = open;
  }

  /** By their start. `seconds` is the length of the sound, which the last window may be longer than. */
  json(labels: string[], seconds: f64): string {
    const json = new JsonWriter().array();
    for (let i = 0; i < this.events.length; i++) {
      const event = this.events[i];
      const end = Math.min(<f64>event.last * STEP_SECONDS + SECONDS, seconds);
      json.object().key('label').string(labels[event.label]).key('score').number(event.score);
      json.key('start').number(toHundredths(<f64>event.first * STEP_SECONDS));
      json.key('end').number(toHundredths(end)).end();
    }
    return json.end().text;
  }
}

function toHundredths(seconds: f64): f64 {
  return Math.round(seconds * 100) / 100;
}
