//! The half of a classifier that runs the graph: its tensor is made by another component.

mod bindings;

use bindings::exports::sandpiper::inference::image_classification as task;
use bindings::sandpiper::composed::preprocessing::normalise;
use bindings::sandpiper::inference::failures::{Failure, InferenceFailure};
use bindings::wasi::nn::errors::Error;
use bindings::wasi::nn::graph::load_by_name;
use task::{ClassifyOptions, ImageInput, Picture, Prediction};

const SIDE: u32 = 224;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Inference(InferenceFailure { code: error.code(), message: error.data() })
    }
}

fn softmax(values: &mut [f32]) {
    let largest = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    values.iter_mut().for_each(|value| *value = (*value - largest).exp());
    let sum: f64 = values.iter().map(|&share| share as f64).sum();
    values.iter_mut().for_each(|value| *value = (*value as f64 / sum) as f32);
}

struct Classifier;

impl task::Guest for Classifier {
    fn describe() -> Result<ImageInput, Failure> {
        Ok(ImageInput {
            width: SIDE,
            height: SIDE,
            fit: task::Fit::Crop,
            crop_fraction: 0.875,
            filter: task::Filter::Bilinear,
            format: task::PixelFormat::Rgb8,
        })
    }

    fn classify(picture: Picture, options: ClassifyOptions) -> Result<Vec<Prediction>, Failure> {
        let tensor = normalise(&picture.pixels, picture.width, picture.height);
        let context = load_by_name("model")?.init_execution_context()?;
        let outputs = context.compute(vec![("input".into(), tensor)])?;
        let bytes = outputs.first().map(|(_, output)| output.data()).unwrap_or_default();
        let mut scores: Vec<f32> =
            bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect();
        softmax(&mut scores);
        let all = scores.into_iter().enumerate();
        let mut predictions: Vec<_> =
            all.map(|(index, score)| Prediction { index: index as u32, score }).collect();
        predictions.sort_by(|a, b| b.score.total_cmp(&a.score));
        predictions.truncate(options.top_k.unwrap_or(5) as usize);
        Ok(predictions)
    }
}

bindings::export!(Classifier with_types_in bindings);
