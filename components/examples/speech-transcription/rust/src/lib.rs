//! A transcriber for Moonshine: the encoder once a piece of sound, then the decoder once a token, always the
//! likeliest.

wit_bindgen::generate!({ world: "speech-transcriber", path: "wit", generate_all });

use std::collections::HashMap;

use exports::sandpiper::inference::speech_transcription as task;
use sandpiper::inference::failures::{Failure, InferenceFailure};
use sandpiper::inference::{assets, bound_inputs, progress, sound};
use wasi::config::store;
use wasi::logging::logging::{log, Level};
use wasi::nn::errors::Error;
use wasi::nn::graph::load_by_name;
use wasi::nn::inference::GraphExecutionContext;
use wasi::nn::tensor::{Tensor, TensorType};
use task::{AudioInput, Segment, TranscribeOptions, Transcript};

const SAMPLE_RATE: u32 = 16_000;
/// Seconds that the encoder takes; longer sound is cut, wherever that falls.
const LONGEST_PIECE: u32 = 30;
/// More than anyone speaks.
const TOKENS_PER_SECOND: f64 = 6.5;
const START_TOKEN: u32 = 1;
const END_TOKEN: u32 = 2;

/// The decoder's cache before the first token: a key and a value a layer, heads, no tokens, numbers of each.
const EMPTY_CACHE: [u32; 4] = [12, 8, 0, 36];

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Inference(InferenceFailure { code: error.code(), message: error.data() })
    }
}

fn missing(name: &str) -> Failure {
    Failure::Internal(format!("the decoder gives no {name}"))
}

/// The tokens of one piece of sound, and the mean logarithm of their probabilities.
fn decode(
    samples: &[f32],
    encoder: &GraphExecutionContext,
    decoder: &GraphExecutionContext,
) -> Result<(Vec<u32>, f32), Failure> {
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let given = Tensor::new(&[1, samples.len() as u32], TensorType::Fp32, &bytes);
    // What the encoder gives is what every step of the decoder takes: it stays with the host.
    bound_inputs::bind(decoder, encoder.compute(vec![("input_values".into(), given)])?)?;

    let mut tokens = Vec::new();
    let mut logarithms = 0.0;
    let mut past = Tensor::new(&EMPTY_CACHE, TensorType::Fp32, &[]);
    let mut token = START_TOKEN;
    let most = (samples.len() as f64 / SAMPLE_RATE as f64 * TOKENS_PER_SECOND).ceil() as usize;
    while tokens.len() <= most {
        let ids = Tensor::new(&[1, 1], TensorType::I64, &(token as i64).to_le_bytes());
        let inputs = vec![("input_ids".into(), ids), ("past".into(), past)];
        let mut outputs: HashMap<_, _> = decoder.compute(inputs)?.into_iter().collect();
        past = outputs.remove("present").ok_or_else(|| missing("cache"))?;
        let output = outputs.remove("logits").ok_or_else(|| missing("logits"))?;
        let logits: Vec<f32> =
            output.data().chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect();
        let (place, largest) = largest(&logits);
        token = place as u32;
        if token == END_TOKEN {
            break;
        }
        tokens.push(token);
        logarithms -= logits.iter().map(|logit| ((logit - largest) as f64).exp()).sum::<f64>().ln();
    }
    let mean = logarithms / tokens.len().max(1) as f64;
    Ok((tokens, mean as f32))
}

/// The place and the value of the largest, the first of equal ones.
fn largest(values: &[f32]) -> (usize, f32) {
    let first = (0, f32::NEG_INFINITY);
    values.iter().copied().enumerate().fold(first, |best, next| if next.1 > best.1 { next } else { best })
}

/// One token a line: `▁` is a space, `<0x41>` a byte, any other in angle brackets a mark without text.
fn text_of(tokens: &[u32], lines: &[&str]) -> String {
    let mut bytes = Vec::new();
    for &token in tokens {
        let line = lines.get(token as usize).copied().unwrap_or("");
        let marked = line.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
        let byte = marked.and_then(|mark| mark.strip_prefix("0x")).map(|hex| u8::from_str_radix(hex, 16));
        match (byte, marked) {
            (Some(Ok(byte)), _) => bytes.push(byte),
            (_, Some(_)) => {}
            (_, None) => bytes.extend(line.replace('▁', " ").into_bytes()),
        }
    }
    String::from_utf8_lossy(&bytes).trim().to_owned()
}

fn language() -> String {
    store::get("language").ok().flatten().unwrap_or("en".into())
}

/// A panic ends the instance; before that, the log gets its message with file and line.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| log(Level::Critical, "panic", &panic.to_string())));
}

struct Transcriber;

impl task::Guest for Transcriber {
    fn describe() -> Result<AudioInput, Failure> {
        log_panics();
        Ok(AudioInput {
            sample_rate: SAMPLE_RATE,
            longest_piece: LONGEST_PIECE as f32,
            languages: vec![language()],
            word_timestamps: false,
        })
    }

    fn transcribe(options: TranscribeOptions) -> Result<Transcript, Failure> {
        log_panics();
        let language = language();
        if options.language.is_some_and(|wanted| wanted != language) {
            return Err(Failure::Unsupported(format!("this model knows the language \"{language}\"")));
        }
        if options.word_timestamps {
            return Err(Failure::Unsupported("this model gives no times of single words".into()));
        }
        if options.temperature.is_some_and(|temperature| temperature > 0.0) {
            return Err(Failure::Unsupported("this model decodes greedily: its temperature is 0".into()));
        }
        let length = sound::length();
        if length == 0 {
            return Err(Failure::InvalidInput("the sound is empty".into()));
        }

        let encoder = load_by_name("encoder")?.init_execution_context()?;
        let decoder = load_by_name("decoder")?.init_execution_context()?;
        let asset = assets::read("vocabulary.txt").map_err(|_| missing("vocabulary.txt"))?;
        let vocabulary = String::from_utf8_lossy(&asset);
        let lines: Vec<&str> = vocabulary.split('\n').collect();
        let seconds = |samples: u64| samples as f64 / SAMPLE_RATE as f64;
        let mut segments: Vec<Segment> = Vec::new();
        for from in (0..length).step_by((LONGEST_PIECE * SAMPLE_RATE) as usize) {
            let samples = sound::read(from, LONGEST_PIECE * SAMPLE_RATE);
            let (tokens, average_log_probability) = decode(&samples, &encoder, &decoder)?;
            let text = text_of(&tokens, &lines);
            let (start, end) = (seconds(from), seconds(from + samples.len() as u64));
            let space = if segments.is_empty() { "" } else { " " };
            progress::report(&progress::Update { text: format!("{space}{text}"), seconds: end });
            segments.push(Segment { text, start, end, tokens, average_log_probability, words: vec![] });
        }
        let texts: Vec<&str> = segments.iter().map(|segment| segment.text.as_str()).collect();
        Ok(Transcript { text: texts.join(" "), language, segments })
    }
}

export!(Transcriber);
