// wasi:nn between a component and its host: graphs that the config key `allowed-graphs` names, with commas between,
// and no others. Everything else passes through: a tensor's data are copied in and out of this memory as they are.
#include <stdlib.h>
#include <string.h>

#include "bindings/allow_list.h"

typedef exports_wasi_nn_graph_own_error_t error_t;
typedef wasi_nn_inference_list_named_tensor_t host_tensors_t;

static const char REFUSED[] = "The allow-list does not have this graph.";

struct exports_wasi_nn_tensor_tensor_t {
  // None once it was given to a run.
  wasi_nn_tensor_own_tensor_t host;
};

struct exports_wasi_nn_errors_error_t {
  // None: a refusal of ours.
  wasi_nn_errors_own_error_t host;
};

// The representation of graphs and contexts is the host's handle itself.
#define REP(type, own) ((type *)(uintptr_t)(own).__handle)
#define HOST(rep) ((int32_t)(uintptr_t)(rep))

static exports_wasi_nn_tensor_own_tensor_t wrap_tensor(wasi_nn_tensor_own_tensor_t host) {
  exports_wasi_nn_tensor_tensor_t *tensor = malloc(sizeof *tensor);
  tensor->host = host;
  return exports_wasi_nn_tensor_tensor_new(tensor);
}

static error_t wrap_error(wasi_nn_errors_own_error_t host) {
  exports_wasi_nn_errors_error_t *error = malloc(sizeof *error);
  error->host = host;
  return exports_wasi_nn_errors_error_new(error);
}

static bool refuse(error_t *error) {
  *error = wrap_error((wasi_nn_errors_own_error_t){0});
  return false;
}

static bool is_allowed(const allow_list_string_t *name) {
  allow_list_string_t key;
  allow_list_option_string_t list;
  wasi_config_store_error_t error;
  allow_list_string_set(&key, "allowed-graphs");
  if (!wasi_config_store_get(&key, &list, &error) || !list.is_some) return false;
  for (size_t start = 0, end = 0; end <= list.val.len; end++) {
    if (end < list.val.len && list.val.ptr[end] != ',') continue;
    if (end - start == name->len && memcmp(list.val.ptr + start, name->ptr, name->len) == 0) return true;
    start = end + 1;
  }
  return false;
}

// tensor

exports_wasi_nn_tensor_own_tensor_t exports_wasi_nn_tensor_constructor_tensor(
    exports_wasi_nn_tensor_tensor_dimensions_t *dimensions, exports_wasi_nn_tensor_tensor_type_t type,
    exports_wasi_nn_tensor_tensor_data_t *data) {
  wasi_nn_tensor_own_tensor_t host = wasi_nn_tensor_constructor_tensor(
      (wasi_nn_tensor_tensor_dimensions_t *)dimensions, type, (wasi_nn_tensor_tensor_data_t *)data);
  exports_wasi_nn_tensor_tensor_dimensions_free(dimensions);
  exports_wasi_nn_tensor_tensor_data_free(data);
  return wrap_tensor(host);
}

void exports_wasi_nn_tensor_method_tensor_dimensions(exports_wasi_nn_tensor_borrow_tensor_t self,
                                                     exports_wasi_nn_tensor_tensor_dimensions_t *ret) {
  wasi_nn_tensor_method_tensor_dimensions(wasi_nn_tensor_borrow_tensor(self->host),
                                          (wasi_nn_tensor_tensor_dimensions_t *)ret);
}

exports_wasi_nn_tensor_tensor_type_t exports_wasi_nn_tensor_method_tensor_ty(
    exports_wasi_nn_tensor_borrow_tensor_t self) {
  return wasi_nn_tensor_method_tensor_ty(wasi_nn_tensor_borrow_tensor(self->host));
}

void exports_wasi_nn_tensor_method_tensor_data(exports_wasi_nn_tensor_borrow_tensor_t self,
                                               exports_wasi_nn_tensor_tensor_data_t *ret) {
  wasi_nn_tensor_method_tensor_data(wasi_nn_tensor_borrow_tensor(self->host), (wasi_nn_tensor_tensor_data_t *)ret);
}

void exports_wasi_nn_tensor_tensor_destructor(exports_wasi_nn_tensor_tensor_t *rep) {
  if (rep->host.__handle != 0) wasi_nn_tensor_tensor_drop_own(rep->host);
  free(rep);
}

// errors

exports_wasi_nn_errors_error_code_t exports_wasi_nn_errors_method_error_code(
    exports_wasi_nn_errors_borrow_error_t self) {
  if (self->host.__handle == 0) return EXPORTS_WASI_NN_ERRORS_ERROR_CODE_SECURITY;
  return wasi_nn_errors_method_error_code(wasi_nn_errors_borrow_error(self->host));
}

void exports_wasi_nn_errors_method_error_data(exports_wasi_nn_errors_borrow_error_t self, allow_list_string_t *ret) {
  if (self->host.__handle == 0) allow_list_string_dup(ret, REFUSED);
  else wasi_nn_errors_method_error_data(wasi_nn_errors_borrow_error(self->host), ret);
}

void exports_wasi_nn_errors_error_destructor(exports_wasi_nn_errors_error_t *rep) {
  if (rep->host.__handle != 0) wasi_nn_errors_error_drop_own(rep->host);
  free(rep);
}

// inference

// The host's tensor; the wrapper is gone.
static wasi_nn_tensor_own_tensor_t unwrap(exports_wasi_nn_tensor_own_tensor_t own) {
  exports_wasi_nn_tensor_tensor_t *tensor = exports_wasi_nn_tensor_tensor_rep(own);
  wasi_nn_tensor_own_tensor_t host = tensor->host;
  tensor->host.__handle = 0;
  exports_wasi_nn_tensor_tensor_drop_own(own);
  return host;
}

bool exports_wasi_nn_inference_method_graph_execution_context_compute(
    exports_wasi_nn_inference_borrow_graph_execution_context_t self,
    exports_wasi_nn_inference_list_named_tensor_t *inputs, exports_wasi_nn_inference_list_named_tensor_t *ret,
    exports_wasi_nn_inference_own_error_t *err) {
  // Names and handles lie in the same places on both sides.
  host_tensors_t given = {(wasi_nn_inference_named_tensor_t *)inputs->ptr, inputs->len};
  for (size_t i = 0; i < inputs->len; i++) given.ptr[i].f1 = unwrap(inputs->ptr[i].f1);
  host_tensors_t outputs;
  wasi_nn_errors_own_error_t error;
  wasi_nn_inference_borrow_graph_execution_context_t context = {HOST(self)};
  bool ran = wasi_nn_inference_method_graph_execution_context_compute(context, &given, &outputs, &error);
  exports_wasi_nn_inference_list_named_tensor_free(inputs);
  if (!ran) {
    *err = wrap_error(error);
    return false;
  }
  ret->ptr = (exports_wasi_nn_inference_named_tensor_t *)outputs.ptr;
  ret->len = outputs.len;
  for (size_t i = 0; i < outputs.len; i++) ret->ptr[i].f1 = wrap_tensor(outputs.ptr[i].f1);
  return true;
}

void exports_wasi_nn_inference_graph_execution_context_destructor(
    exports_wasi_nn_inference_graph_execution_context_t *rep) {
  wasi_nn_inference_graph_execution_context_drop_own(
      (wasi_nn_inference_own_graph_execution_context_t){HOST(rep)});
}

// graph

bool exports_wasi_nn_graph_load_by_name(allow_list_string_t *name, exports_wasi_nn_graph_own_graph_t *ret,
                                        exports_wasi_nn_graph_own_error_t *err) {
  wasi_nn_graph_own_graph_t graph;
  wasi_nn_errors_own_error_t error;
  if (!is_allowed(name)) return refuse(err);
  if (!wasi_nn_graph_load_by_name(name, &graph, &error)) {
    *err = wrap_error(error);
    return false;
  }
  *ret = exports_wasi_nn_graph_graph_new(REP(exports_wasi_nn_graph_graph_t, graph));
  return true;
}

// Bytes have no name that a list could have.
bool exports_wasi_nn_graph_load(exports_wasi_nn_graph_list_graph_builder_t *builder,
                                exports_wasi_nn_graph_graph_encoding_t encoding,
                                exports_wasi_nn_graph_execution_target_t target,
                                exports_wasi_nn_graph_own_graph_t *ret, exports_wasi_nn_graph_own_error_t *err) {
  return refuse(err);
}

bool exports_wasi_nn_graph_method_graph_init_execution_context(
    exports_wasi_nn_graph_borrow_graph_t self, exports_wasi_nn_graph_own_graph_execution_context_t *ret,
    exports_wasi_nn_graph_own_error_t *err) {
  wasi_nn_inference_own_graph_execution_context_t context;
  wasi_nn_errors_own_error_t error;
  wasi_nn_graph_borrow_graph_t graph = {HOST(self)};
  if (!wasi_nn_graph_method_graph_init_execution_context(graph, &context, &error)) {
    *err = wrap_error(error);
    return false;
  }
  *ret = exports_wasi_nn_inference_graph_execution_context_new(
      REP(exports_wasi_nn_inference_graph_execution_context_t, context));
  return true;
}

void exports_wasi_nn_graph_graph_destructor(exports_wasi_nn_graph_graph_t *rep) {
  wasi_nn_graph_graph_drop_own((wasi_nn_graph_own_graph_t){HOST(rep)});
}
