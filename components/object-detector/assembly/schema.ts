/** JSON schema of `detections`: Hugging Face's answer of the task `object-detection`. */
export const SCHEMA: string = `{
  "type": "array",
  "items": {
    "type": "object",
    "properties": {
      "label": { "type": "string" },
      "score": { "type": "number", "minimum": 0, "maximum": 1 },
      "box": {
        "type": "object",
        "properties": {
          "xmin": { "type": "integer", "minimum": 0 },
          "ymin": { "type": "integer", "minimum": 0 },
          "xmax": { "type": "integer", "minimum": 0 },
          "ymax": { "type": "integer", "minimum": 0 }
        },
        "required": ["xmin", "ymin", "xmax", "ymax"],
        "additionalProperties": false
      }
    },
    "required": ["label", "score", "box"],
    "additionalProperties": false
  }
}`;
