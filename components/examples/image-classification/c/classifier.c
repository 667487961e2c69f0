// An image classifier: pixels to a normalised tensor, through the graph, to the best classes.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bindings/image_classifier.h"

enum { CHANNELS = 3 };

typedef image_classifier_string_t string_t;
typedef exports_sandpiper_inference_image_classification_failure_t failure_t;
typedef exports_sandpiper_inference_image_classification_image_input_t image_input_t;
typedef exports_sandpiper_inference_image_classification_picture_t picture_t;
typedef exports_sandpiper_inference_image_classification_classify_options_t options_t;
typedef exports_sandpiper_inference_image_classification_prediction_t prediction_t;
typedef exports_sandpiper_inference_image_classification_list_prediction_t predictions_t;
typedef wasi_nn_inference_list_named_tensor_t named_tensors_t;

// Functions that can fail return false and have said why in `failure`. Nothing is freed where an instance is
// about to end: it serves one request.

// `what` follows `why`. printf would bring the files of WASI along, which a component has to be granted.
static bool fail(failure_t *failure, const char *why, const char *what) {
  char *text = malloc(strlen(why) + strlen(what) + 1);
  strcat(strcpy(text, why), what);
  failure->tag = SANDPIPER_INFERENCE_FAILURES_FAILURE_INTERNAL;
  image_classifier_string_set(&failure->val.internal, text);
  return false;
}

static bool fail_inference(failure_t *failure, wasi_nn_errors_own_error_t error) {
  wasi_nn_errors_borrow_error_t borrowed = wasi_nn_errors_borrow_error(error);
  failure->tag = SANDPIPER_INFERENCE_FAILURES_FAILURE_INFERENCE;
  failure->val.inference.code = wasi_nn_errors_method_error_code(borrowed);
  wasi_nn_errors_method_error_data(borrowed, &failure->val.inference.message);
  return false;
}

// `config` of model.json.
typedef struct {
  double width, height, top_k;
  double mean[CHANNELS], std[CHANNELS];
  char *input, *output;
} config_t;

// The value of a key as a C string, or the fallback.
static char *config_text(const char *key, const char *fallback) {
  string_t name;
  image_classifier_option_string_t found;
  wasi_config_store_error_t error;
  image_classifier_string_set(&name, key);
  if (!wasi_config_store_get(&name, &found, &error) || !found.is_some) return (char *)fallback;
  return strndup((char *)found.val.ptr, found.val.len);
}

// One number, or one for each of `count` with commas between.
static bool config_numbers(const char *key, const char *fallback, double *numbers, int count, failure_t *failure) {
  char *text = config_text(key, fallback);
  for (int i = 0; i < count; i++) {
    char *end;
    numbers[i] = strtod(text, &end);
    if (end == text || !isfinite(numbers[i])) return fail(failure, "no number for the config key ", key);
    if (*end == ',') text = end + 1;
  }
  return true;
}

static bool read_config(config_t *config, failure_t *failure) {
  config->input = config_text("input", "input");
  config->output = config_text("output", NULL);
  return config_numbers("width", "224", &config->width, 1, failure) &&
         config_numbers("height", "224", &config->height, 1, failure) &&
         config_numbers("top-k", "5", &config->top_k, 1, failure) &&
         config_numbers("mean", "0", config->mean, CHANNELS, failure) &&
         config_numbers("std", "1", config->std, CHANNELS, failure);
}

// Row by row RGB bytes to planes of (pixel - mean) / std.
static wasi_nn_tensor_own_tensor_t normalise(const uint8_t *pixels, const config_t *config) {
  size_t count = config->width * config->height;
  float *planes = malloc(count * CHANNELS * sizeof(float));
  for (int channel = 0; channel < CHANNELS; channel++) {
    float values[256];
    for (int byte = 0; byte < 256; byte++) values[byte] = (byte - config->mean[channel]) / config->std[channel];
    float *plane = planes + channel * count;
    for (size_t pixel = 0; pixel < count; pixel++) plane[pixel] = values[pixels[pixel * CHANNELS + channel]];
  }
  uint32_t sizes[] = {1, CHANNELS, config->height, config->width};
  wasi_nn_tensor_tensor_dimensions_t dimensions = {sizes, 4};
  wasi_nn_tensor_tensor_data_t data = {(uint8_t *)planes, count * CHANNELS * sizeof(float)};
  wasi_nn_tensor_own_tensor_t tensor =
      wasi_nn_tensor_constructor_tensor(&dimensions, WASI_NN_TENSOR_TENSOR_TYPE_FP32, &data);
  free(planes);
  return tensor;
}

// The graph's output as `*count` floats.
static float *run(wasi_nn_tensor_own_tensor_t tensor, const config_t *config, size_t *count, failure_t *failure) {
  wasi_nn_errors_own_error_t error;
  wasi_nn_graph_own_graph_t graph;
  wasi_nn_inference_own_graph_execution_context_t context;
  string_t name;
  image_classifier_string_set(&name, "model");
  if (!wasi_nn_graph_load_by_name(&name, &graph, &error)) return fail_inference(failure, error), NULL;
  wasi_nn_graph_borrow_graph_t borrowed = wasi_nn_graph_borrow_graph(graph);
  if (!wasi_nn_graph_method_graph_init_execution_context(borrowed, &context, &error))
    return fail_inference(failure, error), NULL;

  wasi_nn_inference_named_tensor_t input = {.f1 = tensor};
  image_classifier_string_set(&input.f0, config->input);
  named_tensors_t inputs = {&input, 1}, outputs;
  if (!wasi_nn_inference_method_graph_execution_context_compute(
          wasi_nn_inference_borrow_graph_execution_context(context), &inputs, &outputs, &error))
    return fail_inference(failure, error), NULL;

  for (size_t i = 0; i < outputs.len; i++) {
    string_t found = outputs.ptr[i].f0;
    bool wanted = config->output == NULL ||
                  (strlen(config->output) == found.len && memcmp(config->output, found.ptr, found.len) == 0);
    if (!wanted) continue;
    wasi_nn_tensor_tensor_data_t data;
    wasi_nn_tensor_method_tensor_data(wasi_nn_tensor_borrow_tensor(outputs.ptr[i].f1), &data);
    *count = data.len / sizeof(float);
    return (float *)data.ptr;
  }
  return fail(failure, "the graph has no output ", config->output ? config->output : ""), NULL;
}

static void to_scores(float *values, size_t count, int score_function) {
  if (score_function == EXPORTS_SANDPIPER_INFERENCE_IMAGE_CLASSIFICATION_SCORE_FUNCTION_NONE) return;
  if (score_function == EXPORTS_SANDPIPER_INFERENCE_IMAGE_CLASSIFICATION_SCORE_FUNCTION_SIGMOID) {
    for (size_t i = 0; i < count; i++) values[i] = 1 / (1 + expf(-values[i]));
    return;
  }
  float largest = -INFINITY;
  for (size_t i = 0; i < count; i++) largest = fmaxf(largest, values[i]);
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += values[i] = expf(values[i] - largest);
  for (size_t i = 0; i < count; i++) values[i] /= sum;
}

// Best first; equal scores by lower index.
static int compare(const void *a, const void *b) {
  const prediction_t *first = a, *second = b;
  if (first->score != second->score) return first->score > second->score ? -1 : 1;
  return first->index < second->index ? -1 : 1;
}

static void log_best(const predictions_t *predictions) {
  if (predictions->len == 0) return;
  char text[] = "best class 0000000000";
  char *digit = text + sizeof text - 1;
  for (uint32_t rest = predictions->ptr[0].index; digit[-1] != ' '; rest /= 10) *--digit = '0' + rest % 10;
  string_t context, message;
  image_classifier_string_set(&context, "classify");
  image_classifier_string_set(&message, text);
  wasi_logging_logging_log(WASI_LOGGING_LOGGING_LEVEL_DEBUG, &context, &message);
}

bool exports_sandpiper_inference_image_classification_describe(image_input_t *ret, failure_t *err) {
  config_t config;
  if (!read_config(&config, err)) return false;
  *ret = (image_input_t){
      .width = config.width,
      .height = config.height,
      .fit = EXPORTS_SANDPIPER_INFERENCE_IMAGE_CLASSIFICATION_FIT_CROP,
      .crop_fraction = 0.875f,
      .filter = EXPORTS_SANDPIPER_INFERENCE_IMAGE_CLASSIFICATION_FILTER_BILINEAR,
      .format = EXPORTS_SANDPIPER_INFERENCE_IMAGE_CLASSIFICATION_PIXEL_FORMAT_RGB8,
  };
  return true;
}

bool exports_sandpiper_inference_image_classification_classify(picture_t *picture, options_t *options,
                                                               predictions_t *ret, failure_t *err) {
  config_t config;
  if (!read_config(&config, err)) return false;
  if (picture->width != config.width || picture->height != config.height)
    return fail(err, "the picture is of another size than ", "describe asked for");
  size_t count;
  float *scores = run(normalise(picture->pixels.ptr, &config), &config, &count, err);
  if (scores == NULL) return false;
  to_scores(scores, count, options->score_function.is_some ? options->score_function.val : 0);

  ret->ptr = malloc(count * sizeof(prediction_t));
  for (size_t i = 0; i < count; i++) ret->ptr[i] = (prediction_t){.index = i, .score = scores[i]};
  qsort(ret->ptr, count, sizeof(prediction_t), compare);
  size_t wanted = options->top_k.is_some ? options->top_k.val : config.top_k;
  ret->len = wanted < count ? wanted : count;
  log_best(ret);
  return true;
}
