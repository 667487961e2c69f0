//! Compares two pictures: each through the graph, and how alike that finds them.

wit_bindgen::generate!({ world: "predictor", path: "wit", generate_all });

use exports::sandpiper::inference::prediction::{
    Description, ExactSize, Filter, Fit, Guest, Input, InputKind, InputValue, NumberRange, Occurrence, Output,
    OutputKind, Parameter, ParameterKind, ParameterValue, PictureInput, PictureSize, Request, TensorPort,
};
use sandpiper::inference::failures::{Failure, InferenceFailure};
use sandpiper::inference::values::{self, ElementType, NamedOutput, OutputValue, Picture, PixelFormat};
use wasi::config::store;
use wasi::logging::logging::{log, Level};
use wasi::nn::errors::Error;
use wasi::nn::graph::load_by_name;
use wasi::nn::tensor::{Tensor, TensorType};

const CHANNELS: usize = 3;

/// The host holds every answer to it, and shows it to clients.
const COMPARISON: &str = r#"{
  "type": "object",
  "properties": {
    "similarity": { "type": "number", "minimum": -1, "maximum": 1 },
    "same": { "type": "boolean" }
  },
  "required": ["similarity", "same"]
}"#;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Inference(InferenceFailure { code: error.code(), message: error.data() })
    }
}

fn internal(why: String) -> Failure {
    Failure::Internal(why)
}

/// `config` of model.json.
struct Config {
    width: u32,
    height: u32,
    mean: [f64; CHANNELS],
    std: [f64; CHANNELS],
    input: String,
    output: Option<String>,
}

impl Config {
    fn read() -> Result<Self, Failure> {
        Ok(Config {
            width: number("width", 224)?,
            height: number("height", 224)?,
            mean: per_channel("mean", 0.0)?,
            std: per_channel("std", 1.0)?,
            input: text("input")?.unwrap_or("input".into()),
            output: text("output")?,
        })
    }
}

fn text(key: &str) -> Result<Option<String>, Failure> {
    store::get(key).map_err(|error| internal(format!("the configuration cannot be read: {error:?}")))
}

fn parse<T: std::str::FromStr>(key: &str, text: &str) -> Result<T, Failure> {
    let wrong = || internal(format!("config key \"{key}\" is \"{text}\", but must be a number"));
    text.trim().parse().map_err(|_| wrong())
}

fn number(key: &str, fallback: u32) -> Result<u32, Failure> {
    text(key)?.map_or(Ok(fallback), |text| parse(key, &text))
}

/// One number for all channels, or one for each with commas between.
fn per_channel(key: &str, fallback: f64) -> Result<[f64; CHANNELS], Failure> {
    let Some(text) = text(key)? else { return Ok([fallback; CHANNELS]) };
    let numbers = text.split(',').map(|part| parse(key, part)).collect::<Result<Vec<f64>, _>>()?;
    Ok(numbers.clone().try_into().unwrap_or([numbers[0]; CHANNELS]))
}

/// Row by row RGB bytes to planes of (pixel - mean) / std, as little-endian FP32.
fn normalise(pixels: &[u8], config: &Config) -> Tensor {
    let mut planes = Vec::with_capacity(pixels.len() * size_of::<f32>());
    for channel in 0..CHANNELS {
        let value = |byte| ((byte as f64 - config.mean[channel]) / config.std[channel]) as f32;
        let values: [[u8; 4]; 256] = std::array::from_fn(|byte| value(byte).to_le_bytes());
        for pixel in pixels.chunks_exact(CHANNELS) {
            planes.extend_from_slice(&values[pixel[channel] as usize]);
        }
    }
    Tensor::new(&[1, CHANNELS as u32, config.height, config.width], TensorType::Fp32, &planes)
}

/// What the graph gives for a picture, as little-endian FP32.
fn features(picture: &Picture, config: &Config) -> Result<Vec<u8>, Failure> {
    if (picture.width, picture.height) != (config.width, config.height) {
        return Err(internal(format!("the picture is {} x {}", picture.width, picture.height)));
    }
    let context = load_by_name("model")?.init_execution_context()?;
    let outputs = context.compute(vec![(config.input.clone(), normalise(&picture.pixels, config))])?;
    let wanted = |name: &String| config.output.as_ref().is_none_or(|output| output == name);
    let found = outputs.iter().find(|(name, _)| wanted(name));
    let (_, output) = found.ok_or_else(|| internal(format!("the graph has no output {:?}", config.output)))?;
    Ok(output.data())
}

/// From -1 to 1, at which both point the same way.
fn cosine(a: &[u8], b: &[u8]) -> f64 {
    let numbers = |bytes: &[u8]| -> Vec<f64> {
        bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap()) as f64).collect()
    };
    let (a, b) = (numbers(a), numbers(b));
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    let length = (dot(&a, &a) * dot(&b, &b)).sqrt();
    if length > 0.0 { (dot(&a, &b) / length).clamp(-1.0, 1.0) } else { 0.0 }
}

/// A panic ends the instance; before that, the log gets its message with file and line.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| log(Level::Critical, "panic", &panic.to_string())));
}

struct Comparer;

impl Guest for Comparer {
    fn describe() -> Result<Description, Failure> {
        log_panics();
        let Config { width, height, .. } = Config::read()?;
        let picture = |name: &str, description: &str| Input {
            name: name.into(),
            description: description.into(),
            kind: InputKind::Picture(PictureInput {
                size: PictureSize::Exact(ExactSize { width, height, fit: Fit::Crop }),
                filter: Filter::Bilinear,
                format: PixelFormat::Rgb8,
                regions: false,
            }),
            occurrence: Occurrence::Required,
        };
        let output = |name: &str, description: &str, kind| Output {
            name: name.into(),
            description: description.into(),
            kind,
            optional: false,
        };
        let features = TensorPort { element_type: ElementType::Float32, shape: vec![Some(2), None] };
        Ok(Description {
            inputs: vec![
                picture("first", "One picture."),
                picture("second", "The picture that it is compared with."),
            ],
            parameters: vec![Parameter {
                name: "threshold".into(),
                description: "The similarity from which on both count as the same.".into(),
                kind: ParameterKind::Number(NumberRange {
                    minimum: Some(-1.0),
                    maximum: Some(1.0),
                    default: Some(0.8),
                }),
            }],
            outputs: vec![
                output("comparison", "How alike both pictures are.", OutputKind::Json(Some(COMPARISON.into()))),
                output("features", "What the graph gave for each.", OutputKind::Tensor(features)),
            ],
        })
    }

    fn predict(request: Request) -> Result<Vec<NamedOutput>, Failure> {
        log_panics();
        let config = Config::read()?;
        // Both are required, so that they come, and in the order of the description.
        let [InputValue::Picture(first), InputValue::Picture(second)] =
            [&request.inputs[0].value, &request.inputs[1].value]
        else {
            return Err(internal("the inputs are no pictures".into()));
        };
        let ParameterValue::Number(threshold) = request.parameters[0].value else {
            return Err(internal("the threshold is no number".into()));
        };
        let mut both = features(first, &config)?;
        let second = features(second, &config)?;
        let similarity = cosine(&both, &second);
        let comparison = format!(r#"{{"similarity":{similarity},"same":{}}}"#, similarity >= threshold);
        log(Level::Debug, "predict", &comparison);
        let shape = vec![2, (second.len() / 4) as u32];
        both.extend(second);
        let features = values::Tensor { element_type: ElementType::Float32, shape, data: both };
        Ok(vec![
            NamedOutput { name: "comparison".into(), value: OutputValue::Json(comparison) },
            NamedOutput { name: "features".into(), value: OutputValue::Tensor(features) },
        ])
    }
}

export!(Comparer);
