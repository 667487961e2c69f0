// Compares two pictures: each through the graph, and how alike that finds them.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bindings/predictor.h"

enum { CHANNELS = 3 };

// Of the long names that the generator makes of the contract's, those that are used.
#define TASK(name) exports_sandpiper_inference_prediction_##name
#define VALUE(name) sandpiper_inference_values_##name
#define KIND(name) EXPORTS_SANDPIPER_INFERENCE_PREDICTION_##name

typedef predictor_string_t string_t;
typedef TASK(failure_t) failure_t;
typedef wasi_nn_inference_list_named_tensor_t named_tensors_t;

// The host holds every answer to it, and shows it to clients.
static const char COMPARISON[] =
    "{ \"type\": \"object\","
    "  \"properties\": {"
    "    \"similarity\": { \"type\": \"number\", \"minimum\": -1, \"maximum\": 1 },"
    "    \"same\": { \"type\": \"boolean\" } },"
    "  \"required\": [\"similarity\", \"same\"] }";

// Functions that can fail return false and have said why in `failure`. Nothing is freed where an instance is
// about to end: it serves one request. But what is returned is freed by the bindings, so all of it is allocated.

static void *allocated(const void *from, size_t bytes) { return memcpy(malloc(bytes), from, bytes); }

// `what` follows `why`. printf would bring the files of WASI along, which a component has to be granted.
static bool fail(failure_t *failure, const char *why, const char *what) {
  char *text = malloc(strlen(why) + strlen(what) + 1);
  strcat(strcpy(text, why), what);
  failure->tag = SANDPIPER_INFERENCE_FAILURES_FAILURE_INTERNAL;
  predictor_string_set(&failure->val.internal, text);
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
  double width, height;
  double mean[CHANNELS], std[CHANNELS];
  char *input, *output;
} config_t;

// The value of a key as a C string, or the fallback.
static char *config_text(const char *key, const char *fallback) {
  string_t name;
  predictor_option_string_t found;
  wasi_config_store_error_t error;
  predictor_string_set(&name, key);
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
  predictor_string_set(&name, "model");
  if (!wasi_nn_graph_load_by_name(&name, &graph, &error)) return fail_inference(failure, error), NULL;
  wasi_nn_graph_borrow_graph_t borrowed = wasi_nn_graph_borrow_graph(graph);
  if (!wasi_nn_graph_method_graph_init_execution_context(borrowed, &context, &error))
    return fail_inference(failure, error), NULL;

  wasi_nn_inference_named_tensor_t input = {.f1 = tensor};
  predictor_string_set(&input.f0, config->input);
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

// What the graph gives for a picture, as `*count` floats.
static float *features(const VALUE(picture_t) *picture, const config_t *config, size_t *count, failure_t *failure) {
  if (picture->width != config->width || picture->height != config->height)
    return fail(failure, "the picture is of another size than ", "describe asked for"), NULL;
  return run(normalise(picture->pixels.ptr, config), config, count, failure);
}

// From -1 to 1, at which both point the same way.
static double cosine(const float *a, const float *b, size_t count) {
  double product = 0, square_a = 0, square_b = 0;
  for (size_t i = 0; i < count; i++) {
    product += (double)a[i] * b[i];
    square_a += (double)a[i] * a[i];
    square_b += (double)b[i] * b[i];
  }
  double length = sqrt(square_a * square_b);
  return length > 0 ? fmax(-1, fmin(1, product / length)) : 0;
}

// From -1 to 1 with six decimals, which printf would write as well.
static char *decimal(char *at, double value) {
  if (value < 0) *at++ = '-';
  uint32_t millionths = round(fabs(value) * 1e6);
  *at++ = '0' + millionths / 1000000;
  *at++ = '.';
  for (uint32_t unit = 100000; unit > 0; unit /= 10) *at++ = '0' + millionths / unit % 10;
  return at;
}

static TASK(input_t) describe_picture(const char *name, const char *description, const config_t *config) {
  TASK(input_t) input = {.occurrence = KIND(OCCURRENCE_REQUIRED)};
  predictor_string_dup(&input.name, name);
  predictor_string_dup(&input.description, description);
  input.kind.tag = KIND(INPUT_KIND_PICTURE);
  input.kind.val.picture = (TASK(picture_input_t)){
      .size.tag = KIND(PICTURE_SIZE_EXACT),
      .size.val.exact = {.width = config->width, .height = config->height, .fit = KIND(FIT_CROP)},
      .filter = KIND(FILTER_BILINEAR),
      .format = SANDPIPER_INFERENCE_VALUES_PIXEL_FORMAT_RGB8,
  };
  return input;
}

static TASK(output_t) describe_output(const char *name, const char *description) {
  TASK(output_t) output = {.optional = false};
  predictor_string_dup(&output.name, name);
  predictor_string_dup(&output.description, description);
  return output;
}

bool TASK(describe)(TASK(description_t) *ret, failure_t *err) {
  config_t config;
  if (!read_config(&config, err)) return false;

  TASK(input_t) inputs[] = {
      describe_picture("first", "One picture.", &config),
      describe_picture("second", "The picture that it is compared with.", &config),
  };

  TASK(parameter_t) threshold;
  predictor_string_dup(&threshold.name, "threshold");
  predictor_string_dup(&threshold.description, "The similarity from which on both count as the same.");
  threshold.kind.tag = KIND(PARAMETER_KIND_NUMBER);
  threshold.kind.val.number = (TASK(number_range_t)){{true, -1}, {true, 1}, {true, 0.8}};

  TASK(output_t) outputs[] = {
      describe_output("comparison", "How alike both pictures are."),
      describe_output("features", "What the graph gave for each."),
  };
  outputs[0].kind.tag = KIND(OUTPUT_KIND_JSON);
  outputs[0].kind.val.json.is_some = true;
  predictor_string_dup(&outputs[0].kind.val.json.val, COMPARISON);
  predictor_option_u32_t shape[] = {{true, 2}, {false, 0}};
  outputs[1].kind.tag = KIND(OUTPUT_KIND_TENSOR);
  outputs[1].kind.val.tensor.element_type = SANDPIPER_INFERENCE_VALUES_ELEMENT_TYPE_FLOAT32;
  outputs[1].kind.val.tensor.shape.ptr = allocated(shape, sizeof shape);
  outputs[1].kind.val.tensor.shape.len = 2;

  *ret = (TASK(description_t)){
      .inputs = {allocated(inputs, sizeof inputs), 2},
      .parameters = {allocated(&threshold, sizeof threshold), 1},
      .outputs = {allocated(outputs, sizeof outputs), 2},
  };
  return true;
}

bool TASK(predict)(TASK(request_t) *request, TASK(list_named_output_t) *ret, failure_t *err) {
  config_t config;
  if (!read_config(&config, err)) return false;
  // Both are required, so that they come, and in the order of the description.
  size_t count;
  float *first = features(&request->inputs.ptr[0].value.val.picture, &config, &count, err);
  if (first == NULL) return false;
  float *second = features(&request->inputs.ptr[1].value.val.picture, &config, &count, err);
  if (second == NULL) return false;
  double similarity = cosine(first, second, count);
  bool same = similarity >= request->parameters.ptr[0].value.val.number;

  char comparison[64] = "{\"similarity\":";
  strcpy(decimal(comparison + strlen(comparison), similarity), same ? ",\"same\":true}" : ",\"same\":false}");
  float *both = malloc(2 * count * sizeof(float));
  memcpy(both, first, count * sizeof(float));
  memcpy(both + count, second, count * sizeof(float));
  uint32_t shape[] = {2, count};

  VALUE(named_output_t) outputs[2];
  predictor_string_dup(&outputs[0].name, "comparison");
  outputs[0].value.tag = SANDPIPER_INFERENCE_VALUES_OUTPUT_VALUE_JSON;
  predictor_string_dup(&outputs[0].value.val.json, comparison);
  predictor_string_dup(&outputs[1].name, "features");
  outputs[1].value.tag = SANDPIPER_INFERENCE_VALUES_OUTPUT_VALUE_TENSOR;
  outputs[1].value.val.tensor = (VALUE(tensor_t)){
      .element_type = SANDPIPER_INFERENCE_VALUES_ELEMENT_TYPE_FLOAT32,
      .shape = {allocated(shape, sizeof shape), 2},
      .data = {(uint8_t *)both, 2 * count * sizeof(float)},
  };
  *ret = (TASK(list_named_output_t)){allocated(outputs, sizeof outputs), 2};
  return true;
}
