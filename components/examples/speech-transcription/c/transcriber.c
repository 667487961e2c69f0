// A transcriber for Moonshine: the encoder once a piece of sound, then the decoder once a token, always the likeliest.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bindings/speech_transcriber.h"

#define SAMPLE_RATE 16000
// Seconds that the encoder takes; longer sound is cut, wherever that falls.
#define LONGEST_PIECE 30
// More than anyone speaks.
#define TOKENS_PER_SECOND 6.5

enum { START_TOKEN = 1, END_TOKEN = 2 };

// The decoder's cache before the first token: a key and a value a layer, heads, no tokens, numbers of each.
static const uint32_t EMPTY_CACHE[] = {12, 8, 0, 36};

typedef speech_transcriber_string_t string_t;
typedef speech_transcriber_list_u8_t bytes_t;
typedef speech_transcriber_list_u32_t tokens_t;
typedef speech_transcriber_list_f32_t samples_t;
typedef exports_sandpiper_inference_speech_transcription_failure_t failure_t;
typedef exports_sandpiper_inference_speech_transcription_audio_input_t audio_input_t;
typedef exports_sandpiper_inference_speech_transcription_transcribe_options_t options_t;
typedef exports_sandpiper_inference_speech_transcription_segment_t segment_t;
typedef exports_sandpiper_inference_speech_transcription_transcript_t transcript_t;
typedef wasi_nn_inference_own_graph_execution_context_t context_t;
typedef wasi_nn_inference_named_tensor_t named_tensor_t;
typedef wasi_nn_inference_list_named_tensor_t named_tensors_t;

// Functions that can fail return false and have said why in `failure`. What a long loop makes is freed; the rest goes
// away with the instance, which serves one request.

static bool fail(failure_t *failure, int kind, const char *why) {
  failure->tag = kind;
  // Each of these cases is a text.
  speech_transcriber_string_dup(&failure->val.internal, why);
  return false;
}

static bool fail_inference(failure_t *failure, wasi_nn_errors_own_error_t error) {
  wasi_nn_errors_borrow_error_t borrowed = wasi_nn_errors_borrow_error(error);
  failure->tag = SANDPIPER_INFERENCE_FAILURES_FAILURE_INFERENCE;
  failure->val.inference.code = wasi_nn_errors_method_error_code(borrowed);
  wasi_nn_errors_method_error_data(borrowed, &failure->val.inference.message);
  return false;
}

static bool equals(string_t text, const char *other) {
  return text.len == strlen(other) && memcmp(text.ptr, other, text.len) == 0;
}

static named_tensor_t named(const char *name, const uint32_t *sizes, size_t rank, int type, const void *data, size_t bytes) {
  wasi_nn_tensor_tensor_dimensions_t dimensions = {(uint32_t *)sizes, rank};
  wasi_nn_tensor_tensor_data_t content = {(uint8_t *)data, bytes};
  named_tensor_t tensor = {.f1 = wasi_nn_tensor_constructor_tensor(&dimensions, type, &content)};
  speech_transcriber_string_set(&tensor.f0, name);
  return tensor;
}

static named_tensor_t token_input(int64_t token) {
  return named("input_ids", (uint32_t[]){1, 1}, 2, WASI_NN_TENSOR_TENSOR_TYPE_I64, &token, sizeof token);
}

// The output of a name, which is the caller's from here on.
static bool take(named_tensors_t *outputs, const char *name, wasi_nn_tensor_own_tensor_t *tensor, failure_t *failure) {
  for (size_t i = 0; i < outputs->len; i++) {
    if (outputs->ptr[i].f1.__handle == 0 || !equals(outputs->ptr[i].f0, name)) continue;
    *tensor = outputs->ptr[i].f1;
    outputs->ptr[i].f1.__handle = 0;
    return true;
  }
  return fail(failure, SANDPIPER_INFERENCE_FAILURES_FAILURE_INTERNAL, name);
}

static void drop_rest(named_tensors_t *outputs) {
  for (size_t i = 0; i < outputs->len; i++) {
    if (outputs->ptr[i].f1.__handle != 0) wasi_nn_tensor_tensor_drop_own(outputs->ptr[i].f1);
    speech_transcriber_string_free(&outputs->ptr[i].f0);
  }
  free(outputs->ptr);
}

static bool open_graph(const char *name, context_t *context, failure_t *failure) {
  string_t text;
  wasi_nn_graph_own_graph_t graph;
  wasi_nn_errors_own_error_t error;
  speech_transcriber_string_set(&text, name);
  if (!wasi_nn_graph_load_by_name(&text, &graph, &error)) return fail_inference(failure, error);
  return wasi_nn_graph_method_graph_init_execution_context(wasi_nn_graph_borrow_graph(graph), context, &error) ||
         fail_inference(failure, error);
}

static bool compute(context_t context, named_tensor_t *inputs, size_t count, named_tensors_t *outputs, failure_t *failure) {
  named_tensors_t list = {inputs, count};
  wasi_nn_errors_own_error_t error;
  return wasi_nn_inference_method_graph_execution_context_compute(
             wasi_nn_inference_borrow_graph_execution_context(context), &list, outputs, &error) ||
         fail_inference(failure, error);
}

static bool bind(context_t context, named_tensor_t *inputs, size_t count, failure_t *failure) {
  sandpiper_inference_bound_inputs_list_named_tensor_t list = {inputs, count};
  wasi_nn_errors_own_error_t error;
  return sandpiper_inference_bound_inputs_bind(wasi_nn_inference_borrow_graph_execution_context(context), &list,
                                               &error) ||
         fail_inference(failure, error);
}

// The likeliest token, and the logarithm of its probability.
static bool choose(named_tensors_t *outputs, uint32_t *token, double *logarithm, failure_t *failure) {
  wasi_nn_tensor_own_tensor_t tensor;
  wasi_nn_tensor_tensor_data_t data;
  if (!take(outputs, "logits", &tensor, failure)) return false;
  wasi_nn_tensor_method_tensor_data(wasi_nn_tensor_borrow_tensor(tensor), &data);
  wasi_nn_tensor_tensor_drop_own(tensor);
  const float *logits = (const float *)data.ptr;
  size_t count = data.len / sizeof(float), best = 0;
  for (size_t i = 1; i < count; i++)
    if (logits[i] > logits[best]) best = i;
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += exp(logits[i] - logits[best]);
  *token = best;
  *logarithm = -log(sum);
  free(data.ptr);
  return true;
}

// The tokens of one piece of sound, and the mean logarithm of their probabilities.
static bool decode(samples_t samples, context_t encoder, context_t decoder, segment_t *segment, failure_t *failure) {
  uint32_t sizes[] = {1, samples.len};
  named_tensor_t sound =
      named("input_values", sizes, 2, WASI_NN_TENSOR_TENSOR_TYPE_FP32, samples.ptr, samples.len * sizeof(float));
  named_tensors_t heard;
  if (!compute(encoder, &sound, 1, &heard, failure)) return false;

  // What the encoder gives is what every step of the decoder takes: it stays with the host.
  if (!bind(decoder, heard.ptr, heard.len, failure)) return false;

  size_t most = ceil((double)samples.len / SAMPLE_RATE * TOKENS_PER_SECOND);
  tokens_t tokens = {malloc((most + 1) * sizeof(uint32_t)), 0};
  double logarithms = 0, logarithm;
  named_tensor_t past = named("past", EMPTY_CACHE, 4, WASI_NN_TENSOR_TENSOR_TYPE_FP32, samples.ptr, 0);
  for (uint32_t token = START_TOKEN; tokens.len <= most;) {
    named_tensor_t inputs[] = {token_input(token), past};
    named_tensors_t outputs;
    if (!compute(decoder, inputs, 2, &outputs, failure)) return false;
    if (!take(&outputs, "present", &past.f1, failure)) return false;
    if (!choose(&outputs, &token, &logarithm, failure)) return false;
    drop_rest(&outputs);
    if (token == END_TOKEN) break;
    tokens.ptr[tokens.len++] = token;
    logarithms += logarithm;
  }
  segment->tokens = tokens;
  segment->average_log_probability = tokens.len == 0 ? 0 : logarithms / tokens.len;
  return true;
}

// A token's line of the vocabulary.
static string_t line_of(bytes_t vocabulary, uint32_t token) {
  const uint8_t *at = vocabulary.ptr, *end = vocabulary.ptr + vocabulary.len;
  for (const uint8_t *stop; at < end; at = stop + 1) {
    stop = memchr(at, '\n', end - at);
    if (stop == NULL) stop = end;
    if (token-- == 0) return (string_t){(uint8_t *)at, stop - at};
  }
  return (string_t){NULL, 0};
}

// `▁` is a space, `<0x41>` a byte, any other in angle brackets a mark without text. No space at either end.
static string_t text_of(tokens_t tokens, bytes_t vocabulary) {
  static const char space[] = "\xe2\x96\x81";
  string_t text = {malloc(1), 0};
  for (size_t i = 0; i < tokens.len; i++) {
    string_t line = line_of(vocabulary, tokens.ptr[i]);
    text.ptr = realloc(text.ptr, text.len + line.len + 1);
    bool marked = line.len > 2 && line.ptr[0] == '<' && line.ptr[line.len - 1] == '>';
    if (marked && line.ptr[1] == '0') text.ptr[text.len++] = strtol((char *)line.ptr + 3, NULL, 16);
    for (size_t at = 0; !marked && at < line.len; at++) {
      bool spaced = line.len - at >= 3 && memcmp(line.ptr + at, space, 3) == 0;
      if (spaced) at += 2;
      if (!spaced || text.len > 0) text.ptr[text.len++] = spaced ? ' ' : line.ptr[at];
    }
  }
  while (text.len > 0 && text.ptr[text.len - 1] == ' ') text.len--;
  return text;
}

// `text` with `more` behind it, and a space between where both are there.
static string_t joined(string_t text, string_t more) {
  size_t space = text.len > 0;
  string_t whole = {malloc(text.len + space + more.len + 1), text.len + space + more.len};
  memcpy(whole.ptr, text.ptr, text.len);
  if (space) whole.ptr[text.len] = ' ';
  memcpy(whole.ptr + text.len + space, more.ptr, more.len);
  return whole;
}

static string_t language(void) {
  string_t key, fallback;
  speech_transcriber_option_string_t found;
  wasi_config_store_error_t error;
  speech_transcriber_string_set(&key, "language");
  speech_transcriber_string_dup(&fallback, "en");
  return wasi_config_store_get(&key, &found, &error) && found.is_some ? found.val : fallback;
}

bool exports_sandpiper_inference_speech_transcription_describe(audio_input_t *ret, failure_t *err) {
  string_t *languages = malloc(sizeof(string_t));
  languages[0] = language();
  *ret = (audio_input_t){
      .sample_rate = SAMPLE_RATE,
      .longest_piece = LONGEST_PIECE,
      .languages = {languages, 1},
      .word_timestamps = false,
  };
  return true;
}

bool exports_sandpiper_inference_speech_transcription_transcribe(options_t *options, transcript_t *ret, failure_t *err) {
  const int unsupported = SANDPIPER_INFERENCE_FAILURES_FAILURE_UNSUPPORTED;
  ret->language = language();
  if (options->language.is_some && (options->language.val.len != ret->language.len ||
                                    memcmp(options->language.val.ptr, ret->language.ptr, ret->language.len) != 0))
    return fail(err, unsupported, "this model knows another language");
  if (options->word_timestamps) return fail(err, unsupported, "this model gives no times of single words");
  if (options->temperature.is_some && options->temperature.val > 0)
    return fail(err, unsupported, "this model decodes greedily: its temperature is 0");
  uint64_t length = sandpiper_inference_sound_length();
  if (length == 0) return fail(err, SANDPIPER_INFERENCE_FAILURES_FAILURE_INVALID_INPUT, "the sound is empty");

  context_t encoder, decoder;
  bytes_t vocabulary;
  string_t asset;
  sandpiper_inference_assets_asset_error_t absent;
  if (!open_graph("encoder", &encoder, err) || !open_graph("decoder", &decoder, err)) return false;
  speech_transcriber_string_set(&asset, "vocabulary.txt");
  if (!sandpiper_inference_assets_read(&asset, &vocabulary, &absent))
    return fail(err, SANDPIPER_INFERENCE_FAILURES_FAILURE_INTERNAL, "the manifest lists no vocabulary.txt");

  const uint32_t piece = LONGEST_PIECE * SAMPLE_RATE;
  size_t pieces = (length + piece - 1) / piece;
  ret->segments.ptr = calloc(pieces, sizeof(segment_t));
  ret->segments.len = pieces;
  ret->text = (string_t){(uint8_t *)"", 0};
  for (size_t i = 0; i < pieces; i++) {
    samples_t samples;
    segment_t *segment = &ret->segments.ptr[i];
    sandpiper_inference_sound_read((uint64_t)i * piece, piece, &samples);
    if (!decode(samples, encoder, decoder, segment, err)) return false;
    segment->start = (double)i * LONGEST_PIECE;
    segment->end = segment->start + (double)samples.len / SAMPLE_RATE;
    segment->text = text_of(segment->tokens, vocabulary);
    string_t whole = joined(ret->text, segment->text);
    string_t more = {whole.ptr + ret->text.len, whole.len - ret->text.len};
    sandpiper_inference_progress_update_t update = {more, segment->end};
    sandpiper_inference_progress_report(&update);
    ret->text = whole;
    free(samples.ptr);
  }
  return true;
}
