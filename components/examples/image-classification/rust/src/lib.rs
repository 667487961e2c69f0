//! An image classifier: pixels to a normalised tensor, through the graph, to the best classes.

wit_bindgen::generate!({ world: "image-classifier", path: "wit", generate_all });

use exports::sandpiper::inference::image_classification as task;
use sandpiper::inference::failures::{Failure, InferenceFailure};
use wasi::config::store;
use wasi::logging::logging::{log, Level};
use wasi::nn::errors::Error;
use wasi::nn::graph::load_by_name;
use wasi::nn::tensor::{Tensor, TensorType};
use task::{ClassifyOptions, ImageInput, Picture, Prediction, ScoreFunction};

const CHANNELS: usize = 3;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Inference(InferenceFailure { code: error.code(), message: error.data() })
    }
}

/// `config` of model.json.
struct Config {
    width: u32,
    height: u32,
    mean: [f64; CHANNELS],
    std: [f64; CHANNELS],
    input: String,
    output: Option<String>,
    top_k: u32,
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
            top_k: number("top-k", 5)?,
        })
    }
}

fn text(key: &str) -> Result<Option<String>, Failure> {
    store::get(key).map_err(|error| Failure::Internal(format!("the configuration cannot be read: {error:?}")))
}

fn parse<T: std::str::FromStr>(key: &str, text: &str) -> Result<T, Failure> {
    let wrong = || Failure::Internal(format!("config key \"{key}\" is \"{text}\", but must be a number"));
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

/// The graph's output as numbers.
fn run(tensor: Tensor, config: &Config) -> Result<Vec<f32>, Failure> {
    let context = load_by_name("model")?.init_execution_context()?;
    let outputs = context.compute(vec![(config.input.clone(), tensor)])?;
    let wanted = |name: &String| config.output.as_ref().is_none_or(|output| output == name);
    let found = outputs.iter().find(|(name, _)| wanted(name));
    let (_, output) =
        found.ok_or_else(|| Failure::Internal(format!("the graph has no output {:?}", config.output)))?;
    let bytes = output.data();
    Ok(bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect())
}

fn to_scores(values: &mut [f32], score_function: ScoreFunction) {
    match score_function {
        ScoreFunction::None => {}
        ScoreFunction::Sigmoid => values.iter_mut().for_each(|value| *value = 1.0 / (1.0 + (-*value).exp())),
        ScoreFunction::Softmax => {
            let largest = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            values.iter_mut().for_each(|value| *value = (*value - largest).exp());
            let sum: f64 = values.iter().map(|&share| share as f64).sum();
            values.iter_mut().for_each(|value| *value = (*value as f64 / sum) as f32);
        }
    }
}

/// A panic ends the instance; before that, the log gets its message with file and line.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| log(Level::Critical, "panic", &panic.to_string())));
}

struct Classifier;

impl task::Guest for Classifier {
    fn describe() -> Result<ImageInput, Failure> {
        log_panics();
        let Config { width, height, .. } = Config::read()?;
        Ok(ImageInput {
            width,
            height,
            fit: task::Fit::Crop,
            crop_fraction: 0.875,
            filter: task::Filter::Bilinear,
            format: task::PixelFormat::Rgb8,
        })
    }

    fn classify(picture: Picture, options: ClassifyOptions) -> Result<Vec<Prediction>, Failure> {
        log_panics();
        let config = Config::read()?;
        if (picture.width, picture.height) != (config.width, config.height) {
            return Err(Failure::Internal(format!("the picture is {} x {}", picture.width, picture.height)));
        }
        let mut scores = run(normalise(&picture.pixels, &config), &config)?;
        to_scores(&mut scores, options.score_function.unwrap_or(ScoreFunction::Softmax));
        let all = scores.into_iter().enumerate();
        let mut predictions: Vec<_> =
            all.map(|(index, score)| Prediction { index: index as u32, score }).collect();
        // A stable sort: equal scores by lower index.
        predictions.sort_by(|a, b| b.score.total_cmp(&a.score));
        predictions.truncate(options.top_k.unwrap_or(config.top_k) as usize);
        if let Some(best) = predictions.first() {
            log(Level::Debug, "classify", &format!("best class {}", best.index));
        }
        Ok(predictions)
    }
}

export!(Classifier);
