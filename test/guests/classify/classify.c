/*
 * What wasmtime's image classification programs do, as one program for every ABI of wasi:nn: a model by its file or by
 * a name, one tensor of 1x3x224x224 floats, one compute, the five best classes.
 *
 *     classify load <model file> <tensor file>
 *     classify named <model name> <tensor file>
 *
 * Built once for each ABI, see build.sh: NN_CORE is wasi_ephemeral_nn, NN_WAMR is WAMR's wasi_nn, and NN_VERSION the
 * release of the WIT; NN_STATEFUL those releases that set inputs one by one.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLASSES 1000
#define FROM(module, name) __attribute__((import_module(module), import_name(name)))

typedef struct {
  uint8_t *data;
  uint32_t length;
} bytes;

static const uint32_t DIMENSIONS[] = {1, 3, 224, 224};
static float scores[CLASSES + 1];

static void fail(const char *what, unsigned code, const char *why, size_t length) {
  fprintf(stderr, "%s: error %u%s%.*s\n", what, code, length ? ": " : "", (int)length, why);
  exit(2);
}

/* For components; of a core module, for what adapts it to one. */
__attribute__((export_name("cabi_realloc"))) void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
  (void)old_size;
  (void)align;
  return realloc(old, size);
}

#if defined(NN_CORE) || defined(NN_WAMR)

#define FP32 1
#define ONNX 1
#define CPU 0

static void check(const char *what, unsigned errno_) {
  if (errno_ != 0) fail(what, errno_, "", 0);
}

#ifdef NN_CORE
#define NN(name) FROM("wasi_ephemeral_nn", name)
typedef struct {
  const uint32_t *dimensions;
  uint32_t rank;
  uint8_t type;
  uint8_t *data;
  uint32_t length;
} tensor;
NN("load") unsigned nn_load(bytes *, uint32_t, uint32_t, uint32_t, uint32_t *);
NN("get_output") unsigned nn_get_output(uint32_t, uint32_t, void *, uint32_t, uint32_t *);
#else
#define NN(name) FROM("wasi_nn", name)
typedef struct {
  const uint32_t *data;
  uint32_t length;
} words;
typedef struct {
  words *dimensions;
  uint32_t type;
  uint8_t *data;
} tensor;
typedef struct {
  bytes *data;
  uint32_t length;
} builders;
NN("load") unsigned nn_load(builders *, uint32_t, uint32_t, uint32_t *);
NN("get_output") unsigned nn_get_output(uint32_t, uint32_t, void *, uint32_t *);
#endif
NN("load_by_name") unsigned nn_load_by_name(const char *, uint32_t, uint32_t *);
NN("init_execution_context") unsigned nn_init_execution_context(uint32_t, uint32_t *);
NN("set_input") unsigned nn_set_input(uint32_t, uint32_t, tensor *);
NN("compute") unsigned nn_compute(uint32_t);

static uint32_t classify(const char *name, bytes model, bytes input) {
  uint32_t graph, context, written = sizeof(scores);
#ifdef NN_CORE
  if (name) check("load_by_name", nn_load_by_name(name, strlen(name), &graph));
  else check("load", nn_load(&model, 1, ONNX, CPU, &graph));
  tensor given = {DIMENSIONS, 4, FP32, input.data, input.length};
#else
  builders all = {&model, 1};
  if (name) check("load_by_name", nn_load_by_name(name, strlen(name), &graph));
  else check("load", nn_load(&all, ONNX, CPU, &graph));
  words dimensions = {DIMENSIONS, 4};
  tensor given = {&dimensions, FP32, input.data};
#endif
  check("init_execution_context", nn_init_execution_context(graph, &context));
  check("set_input", nn_set_input(context, 0, &given));
  check("compute", nn_compute(context));
#ifdef NN_CORE
  check("get_output", nn_get_output(context, 0, scores, sizeof(scores), &written));
#else
  check("get_output", nn_get_output(context, 0, scores, &written));
#endif
  return written;
}

#else

#define NN(interface, name) FROM("wasi:nn/" interface "@" NN_VERSION, name)
#define FP32 1
#define ONNX 1
#define CPU 0

typedef struct {
  uint8_t failed;
  uint32_t handle;
} result;

NN("errors", "[method]error.code") uint32_t error_code(uint32_t);
NN("errors", "[method]error.data") void error_data(uint32_t, bytes *);
NN("tensor", "[constructor]tensor") uint32_t new_tensor(const uint32_t *, uint32_t, uint32_t, uint8_t *, uint32_t);
NN("tensor", "[method]tensor.data") void tensor_data(uint32_t, bytes *);
NN("graph", "load") void nn_load(bytes *, uint32_t, uint32_t, uint32_t, result *);
NN("graph", "load-by-name") void nn_load_by_name(const char *, uint32_t, result *);
NN("graph", "[method]graph.init-execution-context") void nn_init(uint32_t, result *);

static uint32_t handle_of(const char *what, result got) {
  if (!got.failed) return got.handle;
  bytes message;
  error_data(got.handle, &message);
  fail(what, error_code(got.handle), (const char *)message.data, message.length);
  return 0;
}

#ifdef NN_STATEFUL
#define CONTEXT(name) NN("inference", "[method]graph-execution-context." name)
CONTEXT("set-input") void nn_set_input(uint32_t, const char *, uint32_t, uint32_t, result *);
CONTEXT("compute") void nn_compute(uint32_t, result *);
CONTEXT("get-output") void nn_get_output(uint32_t, const char *, uint32_t, result *);

static uint32_t compute(uint32_t context, uint32_t input) {
  result got;
  nn_set_input(context, "0", 1, input, &got);
  handle_of("set-input", got);
  nn_compute(context, &got);
  handle_of("compute", got);
  nn_get_output(context, "0", 1, &got);
  return handle_of("get-output", got);
}
#else
typedef struct {
  const char *name;
  uint32_t length;
  uint32_t tensor;
} named_tensor;
typedef struct {
  uint8_t failed;
  union {
    uint32_t error;
    named_tensor *outputs;
  };
  uint32_t length;
} outputs;
NN("inference", "[method]graph-execution-context.compute")
void nn_compute(uint32_t, named_tensor *, uint32_t, outputs *);

static uint32_t compute(uint32_t context, uint32_t input) {
  named_tensor inputs = {"input", 5, input};
  outputs got;
  nn_compute(context, &inputs, 1, &got);
  result first = {got.failed, got.failed ? got.error : got.outputs[0].tensor};
  return handle_of("compute", first);
}
#endif

static uint32_t classify(const char *name, bytes model, bytes input) {
  result got;
  if (name) nn_load_by_name(name, strlen(name), &got);
  else nn_load(&model, 1, ONNX, CPU, &got);
  nn_init(handle_of(name ? "load-by-name" : "load", got), &got);
  uint32_t context = handle_of("init-execution-context", got);
  bytes output;
  tensor_data(compute(context, new_tensor(DIMENSIONS, 4, FP32, input.data, input.length)), &output);
  if (output.length <= sizeof(scores)) memcpy(scores, output.data, output.length);
  return output.length;
}

#endif

static bytes read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) {
    perror(path);
    exit(1);
  }
  bytes all = {NULL, 0};
  for (;;) {
    all.data = realloc(all.data, all.length + 65536);
    size_t got = fread(all.data + all.length, 1, 65536, file);
    if (got == 0) break;
    all.length += got;
  }
  fclose(file);
  return all;
}

static int by_score(const void *a, const void *b) {
  float left = scores[*(const int *)a], right = scores[*(const int *)b];
  return left < right ? 1 : left > right ? -1 : 0;
}

int main(int count, char **arguments) {
  if (count != 4) {
    fprintf(stderr, "usage: classify load|named <model> <tensor>\n");
    return 1;
  }
  int named = strcmp(arguments[1], "named") == 0;
  bytes none = {NULL, 0};
  bytes model = named ? none : read_file(arguments[2]);
  uint32_t written = classify(named ? arguments[2] : NULL, model, read_file(arguments[3]));
  if (written != CLASSES * sizeof(float)) {
    fprintf(stderr, "%u bytes of output\n", written);
    return 1;
  }
  static int order[CLASSES];
  for (int i = 0; i < CLASSES; i++) order[i] = i;
  qsort(order, CLASSES, sizeof(int), by_score);
  for (int i = 0; i < 5; i++) printf("[%d] %d.%02d\n", order[i], (int)scores[order[i]], (int)(scores[order[i]] * 100) % 100);
  return 0;
}
